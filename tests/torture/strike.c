/*
 * strike.c - run a program, and kill it just before its N-th call that changes
 * the state of the world, or let that call fail.
 *
 *   strike [-l LOG] [-k N [-o]] [-m FILE] -- COMMAND...
 *   strike [-l LOG] [-k N -e ERRNO [-a]] [-c CALLS] [-p PATH] -- COMMAND...
 *
 *   -l LOG   write a line for every such call, with -k from N on:
 *            "N process call what"
 *   -k N     kill every process of the command just before call N
 *   -o       kill only the process that makes the call; the others live on
 *   -m FILE  write "STATUS PEAK_KB" there at the end
 *   -e ERRNO do not kill: call N is not made and fails with this number; 0:
 *            it is made, but writes or reads only half.  A close is made
 *            all the same: its descriptor is gone, as after a real failure
 *   -a       call N and every one after it
 *   -c CALLS count only these, as in "fsync,fdatasync"; open, read, close and
 *            what they do to a folder can be named too
 *   -p PATH  count only calls on files that begin so
 *
 * The calls are counted over all processes of the command together, in the
 * order in which the kernel sees them: a count per process, as strace has it,
 * would kill parent and child at the same time or never.  Process 1 is the
 * command, 2 its first child, and so on.
 *
 * Counted are: openat with O_CREAT, all forms of write, send, fsync, truncate,
 * rename, link, unlink, mkdir.  A send is counted whoever gets it: it may be a
 * request that changes a partner's files, or one process telling another what
 * it has done.
 *
 * Without -l and -k nothing is traced.  Whether a call is one of -p is asked
 * at each, which takes time.  The exit status is the command's, 128
 * more than the signal when it died of one (137 when it was struck), 125 when
 * strike itself failed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* After the header of the C library, which declares a part of it. */
#include <linux/ptrace.h>

enum { FAILED = 125, PROCESSES_MAX = 64, WHAT_BYTES = 512, OPEN_ANY = -2 };

/* What a call's first path, or descriptor, is to be read from. */
enum where { FD0, PATH0, PATH1, PATH2 };

#define CALL(name, where)                                                      \
	{                                                                      \
		__NR_##name, #name, (where)                                    \
	}

static const struct call {
	int nr;
	const char *name;
	enum where where;
} calls[] = {
	/* clang-format off */
	CALL(openat, PATH1), /* first: counted when it has O_CREAT */
	CALL(write, FD0), CALL(writev, FD0), CALL(pwrite64, FD0),
	CALL(pwritev, FD0), CALL(sendto, FD0), CALL(sendmsg, FD0),
	CALL(sendfile, FD0), CALL(copy_file_range, FD0),
	CALL(fsync, FD0), CALL(fdatasync, FD0), CALL(ftruncate, FD0),
	CALL(truncate, PATH0), CALL(fallocate, FD0),
	CALL(renameat2, PATH1), CALL(linkat, PATH1), CALL(unlinkat, PATH1),
	CALL(mkdirat, PATH1), CALL(symlinkat, PATH2),
#ifdef __NR_renameat
	CALL(renameat, PATH1),
#endif
#ifdef __NR_rename
	CALL(creat, PATH0), CALL(rename, PATH0), CALL(link, PATH0),
	CALL(unlink, PATH0), CALL(rmdir, PATH0), CALL(mkdir, PATH0),
	CALL(symlink, PATH1),
#endif
	/* Only when -c names them. */
	CALL(read, FD0), CALL(pread64, FD0), CALL(close, FD0),
	CALL(getdents64, FD0), CALL(fchmod, FD0), CALL(newfstatat, PATH1),
	CALL(flock, FD0), CALL(sync_file_range, FD0),
	{ OPEN_ANY, "open", PATH1 },
	/* clang-format on */
};
enum { CALL_COUNT = sizeof(calls) / sizeof(calls[0]) };
_Static_assert(CALL_COUNT < 200, "the jumps of the filter are short");

static pid_t process[PROCESSES_MAX]; /* 0: it has ended */
static int process_count;
static FILE *log_file;
static long count, kill_at;
static bool only_one, struck;
static int fail_with = -1; /* an errno; 0: half of it; -1: kill */
static bool always;
static const char *chosen; /* of -c */
static const char *below;  /* of -p */

/* ---- the command -------------------------------------------------------- */

/* Is it one of those that are to be counted? */
static bool
is_chosen(const struct call *c)
{
	size_t n = strlen(c->name);

	if (chosen == NULL)
		return c->nr != OPEN_ANY && c->nr != __NR_read &&
		    c->nr != __NR_pread64 && c->nr != __NR_close &&
		    c->nr != __NR_getdents64 && c->nr != __NR_fchmod &&
		    c->nr != __NR_newfstatat && c->nr != __NR_flock &&
		    c->nr != __NR_sync_file_range;
	for (const char *p = chosen; *p != '\0'; p += strcspn(p, ",")) {
		p += *p == ',';
		if (strncmp(p, c->name, n) == 0 &&
		    (p[n] == ',' || p[n] == '\0'))
			return true;
	}
	return false;
}

/* Stop at the calls above; one instruction each. */
static void
install_filter(void)
{
	struct sock_filter code[2 * CALL_COUNT + 8];
	struct sock_fprog prog = { .filter = code };
	unsigned short n = 0;
	bool any = false;

	for (size_t i = 0; i < CALL_COUNT; i++)
		any = any || (calls[i].nr == OPEN_ANY && is_chosen(&calls[i]));
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	for (size_t i = 1; i < CALL_COUNT; i++) {
		unsigned nr = (unsigned)(calls[i].nr == OPEN_ANY ? __NR_openat
								 : calls[i].nr);

		if (!is_chosen(&calls[i]))
			continue;
		code[n++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		    SECCOMP_RET_TRACE);
	}
	if (is_chosen(&calls[0]) && !any) {
		code[n++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 0, 3);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W |
			BPF_ABS,
		    offsetof(struct seccomp_data, args[2]));
		code[n++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JSET | BPF_K, O_CREAT, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		    SECCOMP_RET_TRACE);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ALLOW);
	prog.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		err(FAILED, "seccomp");
}

static _Noreturn void
be_command(char **argv, bool traced)
{
	if (traced) {
		raise(SIGSTOP); /* until we are held */
		install_filter();
	}
	execvp(argv[0], argv);
	err(FAILED, "%s", argv[0]);
}

/* ---- what it does ------------------------------------------------------- */

static int
number_of(pid_t pid)
{
	for (int i = 0; i < process_count; i++)
		if (process[i] == pid)
			return i + 1;
	if (process_count == PROCESSES_MAX)
		errx(FAILED, "too many processes");
	process[process_count++] = pid;
	return process_count;
}

static void
forget(pid_t pid)
{
	for (int i = 0; i < process_count; i++)
		if (process[i] == pid)
			process[i] = 0;
}

static void
read_text(pid_t pid, uint64_t addr, char *ret, size_t size)
{
	size_t n = 0;

	while (n + sizeof(long) < size) {
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, addr + n, NULL);
		if (errno != 0)
			break;
		memcpy(ret + n, &word, sizeof(word));
		if (memchr(&word, '\0', sizeof(word)) != NULL)
			return;
		n += sizeof(word);
	}
	ret[n] = '\0';
}

static void
read_link(pid_t pid, uint64_t fd, char *ret, size_t size)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%ld/fd/%d", (long)pid, (int)fd);
	n = readlink(link, ret, size - 1);
	ret[n > 0 ? n : 0] = '\0';
}

/* The call that it is stopped at: what it is, and of which file. */
static const struct call *
look_at(pid_t pid, char *ret_what, size_t size)
{
	struct __ptrace_syscall_info info;
	const struct call *c = NULL;

	ret_what[0] = '\0';
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return NULL;
	for (size_t i = 0; i < CALL_COUNT && c == NULL; i++)
		if (calls[i].nr == (int)info.seccomp.nr)
			c = &calls[i];
	if (c == NULL)
		return NULL;
	if (c->where == FD0)
		read_link(pid, info.seccomp.args[0], ret_what, size);
	else
		read_text(pid, info.seccomp.args[c->where - PATH0], ret_what,
		    size);
	return c;
}

#ifdef __x86_64__
/* It is made, and then says that it failed. */
static void
fail_at_exit(pid_t pid)
{
	struct user_regs_struct r;
	int status;

	if (ptrace(PTRACE_SYSCALL, pid, NULL, 0) < 0 ||
	    waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &r) < 0)
		return; /* it was killed meanwhile */
	r.rax = (unsigned long long)-fail_with;
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &r);
}
#endif

/* Not made, but failed; or made with half of its bytes. */
static void
let_fail(pid_t pid, const struct call *c)
{
#ifdef __x86_64__
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) < 0)
		err(FAILED, "registers");
	if (fail_with == 0) {
		r.rdx = r.rdx > 1 ? r.rdx / 2 : r.rdx;
	} else if (c != NULL && c->nr == __NR_close) {
		fail_at_exit(pid);
		return;
	} else {
		r.orig_rax = (unsigned long long)-1;
		r.rax = (unsigned long long)-fail_with;
	}
	if (ptrace(PTRACE_SETREGS, pid, NULL, &r) < 0)
		err(FAILED, "registers");
#else
	(void)pid;
	(void)c;
	errx(FAILED, "-e knows the registers of x86_64 only");
#endif
}

static void
strike(pid_t pid)
{
	struck = true;
	for (int i = 0; i < process_count; i++)
		if (process[i] != 0 && (!only_one || process[i] == pid))
			(void)kill(process[i], SIGKILL);
}

/* Was it killed? */
static bool
handle_call(pid_t pid)
{
	char what[WHAT_BYTES];
	const struct call *c = NULL;

	if (below != NULL || log_file != NULL || fail_with >= 0)
		c = look_at(pid, what, sizeof(what));
	if (below != NULL &&
	    (c == NULL || strncmp(what, below, strlen(below)) != 0))
		return false;
	count++;
	if (c != NULL && log_file != NULL && (kill_at == 0 || kill_at <= count))
		fprintf(log_file, "%ld %d %s %s\n", count, number_of(pid),
		    c->name, what);
	if (kill_at == 0 || count < kill_at || (count > kill_at && !always))
		return false;
	if (fail_with >= 0) {
		let_fail(pid, c);
		return false;
	}
	strike(pid);
	return true;
}

/* One stop of one process: on it goes, or not. */
static void
handle_stop(pid_t pid, int status)
{
	int event = status >> 16;
	long sig = event == 0 ? WSTOPSIG(status) : 0;

	(void)number_of(pid);
	if (struck && !only_one) {
		(void)kill(pid, SIGKILL); /* born meanwhile */
		return;
	}
	if (event == PTRACE_EVENT_SECCOMP && handle_call(pid))
		return;
	(void)ptrace(PTRACE_CONT, pid, NULL, sig);
}

static void
hold(pid_t pid)
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
	int status;

	if (waitpid(pid, &status, WUNTRACED) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SEIZE, pid, NULL, options) < 0)
		err(FAILED, "trace");
	(void)number_of(pid);
	(void)kill(pid, SIGCONT);
}

/* Until all have ended; the status is the command's. */
static int
watch(pid_t command)
{
	int status, ret = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		if (WIFSTOPPED(status)) {
			handle_stop(pid, status);
			continue;
		}
		forget(pid);
		if (pid == command)
			ret = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
						  : WEXITSTATUS(status);
	}
	return ret;
}

static void
write_measures(const char *path, int status)
{
	struct rusage use;
	FILE *f = fopen(path, "w");

	if (f == NULL || getrusage(RUSAGE_CHILDREN, &use) < 0)
		err(FAILED, "%s", path);
	fprintf(f, "%d %ld\n", status, use.ru_maxrss);
	fclose(f);
}

int
main(int argc, char **argv)
{
	const char *measures = NULL;
	bool traced;
	pid_t command;
	int c, status;

	while ((c = getopt(argc, argv, "+ac:e:l:k:om:p:")) != -1) {
		switch (c) {
		case 'l':
			log_file = fopen(optarg, "we");
			if (log_file == NULL)
				err(FAILED, "%s", optarg);
			break;
		case 'k': kill_at = strtol(optarg, NULL, 10); break;
		case 'o': only_one = true; break;
		case 'm': measures = optarg; break;
		case 'a': always = true; break;
		case 'c': chosen = optarg; break;
		case 'e': fail_with = atoi(optarg); break;
		case 'p': below = optarg; break;
		default: return FAILED;
		}
	}
	if (optind == argc)
		errx(FAILED, "no command");
	traced = log_file != NULL || kill_at > 0;
	command = fork();
	if (command == 0)
		be_command(argv + optind, traced);
	if (command < 0)
		err(FAILED, "fork");
	if (traced)
		hold(command);
	status = watch(command);
	if (log_file != NULL && fclose(log_file) != 0)
		err(FAILED, "log");
	if (measures != NULL)
		write_measures(measures, status);
	return status;
}
