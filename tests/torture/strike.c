/*
 * strike.c - run a program, and kill it just before its N-th call that changes
 * the state of the world.
 *
 *   strike [-l LOG] [-k N [-o]] [-m FILE] -- COMMAND...
 *
 *   -l LOG   write a line for every such call: "N process call what"
 *   -k N     kill every process of the command just before call N
 *   -o       kill only the process that makes the call; the others live on
 *   -m FILE  write "STATUS PEAK_KB" there at the end
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
 * Without -l and -k nothing is traced.  The exit status is the command's, 128
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
#include <sys/wait.h>
#include <unistd.h>

/* After the header of the C library, which declares a part of it. */
#include <linux/ptrace.h>

enum { FAILED = 125, PROCESSES_MAX = 64, WHAT_BYTES = 512 };

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
	/* clang-format on */
};
enum { CALL_COUNT = sizeof(calls) / sizeof(calls[0]) };
_Static_assert(CALL_COUNT < 200, "the jumps of the filter are short");

static pid_t process[PROCESSES_MAX]; /* 0: it has ended */
static int process_count;
static FILE *log_file;
static long count, kill_at;
static bool only_one, struck;

/* ---- the command -------------------------------------------------------- */

/* Stop at the calls above; one instruction each. */
static void
install_filter(void)
{
	struct sock_filter code[CALL_COUNT + 8];
	struct sock_fprog prog = { .filter = code };
	unsigned short n = 0;
	unsigned left;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
	    __NR_openat, 0, 4);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, args[2]));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
	    O_CREAT, 0, 1);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_TRACE);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ALLOW);
	for (unsigned i = 1; i < CALL_COUNT; i++) {
		left = CALL_COUNT - i;
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ |
			BPF_K,
		    (unsigned)calls[i].nr, (uint8_t)left, 0);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_TRACE);
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

static void
log_call(pid_t pid)
{
	struct __ptrace_syscall_info info;
	const struct call *c = NULL;
	char what[WHAT_BYTES] = "";

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return;
	for (size_t i = 0; i < CALL_COUNT; i++)
		if (calls[i].nr == (int)info.seccomp.nr)
			c = &calls[i];
	if (c == NULL)
		return;
	if (c->where == FD0)
		read_link(pid, info.seccomp.args[0], what, sizeof(what));
	else
		read_text(pid, info.seccomp.args[c->where - PATH0], what,
		    sizeof(what));
	fprintf(log_file, "%ld %d %s %s\n", count, number_of(pid), c->name,
	    what);
}

static void
strike(pid_t pid)
{
	struck = true;
	for (int i = 0; i < process_count; i++)
		if (process[i] != 0 && (!only_one || process[i] == pid))
			(void)kill(process[i], SIGKILL);
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
	if (event == PTRACE_EVENT_SECCOMP) {
		count++;
		if (log_file != NULL && (kill_at == 0 || kill_at == count))
			log_call(pid);
		if (count == kill_at) {
			strike(pid);
			return;
		}
	}
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

	while ((c = getopt(argc, argv, "+l:k:om:")) != -1) {
		switch (c) {
		case 'l':
			log_file = fopen(optarg, "we");
			if (log_file == NULL)
				err(FAILED, "%s", optarg);
			break;
		case 'k': kill_at = strtol(optarg, NULL, 10); break;
		case 'o': only_one = true; break;
		case 'm': measures = optarg; break;
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
