/* test_transport_child.c - transport_spawn: a session in its own process. */

#include "tests/unit/testing.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "transport/transport.h"

enum { NO_LIMIT = 1 << 30 };

struct fixture {
	struct config cfg;
	struct partner p;
	char *root;
	char *local;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->root = testing_tmpdir(f);
	f->local = testing_tmpdir(f);
	f->cfg.home = f->local;
	f->cfg.child_memory_bytes = 256 << 20;
	f->p = (struct partner){
		.id = mem_strdup(f, "wms-east"),
		.transport = mem_strdup(f, "folder"),
		.path = f->root,
		.max_entries = 2000,
		.connect_timeout_ms = 1000,
		.idle_timeout_ms = 1000,
		.file_deadline_s = 20,
		.session_deadline_s = 30,
	};
	*state = f;
	return 0;
}

static struct transport *
spawn(struct fixture *f, int keep_fd)
{
	struct transport *t;

	ASSERT_OK(
	    (t = transport_spawn(f, &f->cfg, &f->p, keep_fd, ERR)) != NULL);
	return t;
}

/* The one child of this process. */
static pid_t
child_of_ours(void)
{
	char path[64];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

static void
put_text(const char *root, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

static void
test_spawn__every_call__does_what_it_does_here(void **state)
{
	struct fixture *f = *state;
	struct transport *t = spawn(f, -1);
	char sha[FS_SHA_BYTES], want[FS_SHA_BYTES];
	struct remote_entry *e;
	size_t count, skipped;
	int64_t bytes;
	char *text;

	put_text(f->local, "src", "order");
	put_text(f->root, "bad\nname", "");
	fs_sha_of("order", 5, want);
	ASSERT_OK(transport_put(t, mem_printf(f, "%s/src", f->local), "",
	    "b.part", ERR));
	ASSERT_OK(transport_rename(t, "", "b.part", "", "b", ERR));
	put_text(f->root, "a", "");
	ASSERT_OK(transport_list(t, f, "", &e, &count, &skipped, ERR));
	assert_int_equal(count, 2);
	assert_int_equal(skipped, 1);
	assert_string_equal(e[0].name, "a");
	assert_string_equal(e[1].name, "b");
	ASSERT_OK(transport_get(t, "", "b", e[1].size_bytes, e[1].mtime_s,
	    NO_LIMIT, mem_printf(f, "%s/dst", f->local), sha, ERR));
	assert_string_equal(sha, want);
	assert_file_is(f->local, "dst", "order", 5);
	ASSERT_OK(transport_remove(t, "", "b", ERR));
	ASSERT_OK(transport_stat(t, "", "b", &bytes, ERR));
	assert_int_equal(bytes, -1);
	ASSERT_OK((text = transport_describe(t, f, ERR)) != NULL);
	assert_non_null(strstr(text, f->root));
}

static void
test_spawn__many_entries__all_come_through(void **state)
{
	struct fixture *f = *state;
	struct transport *t = spawn(f, -1);
	struct remote_entry *e;
	size_t count, skipped;
	char name[32];

	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "order-%04d", i);
		put_text(f->root, name, "x");
	}
	ASSERT_OK(transport_list(t, f, "", &e, &count, &skipped, ERR));
	assert_int_equal(count, 1500);
	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "order-%04d", i);
		assert_string_equal(e[i].name, name);
	}
}

static void
test_spawn__failures__come_through_whole_and_once(void **state)
{
	struct fixture *f = *state;
	struct transport *t = spawn(f, -1);
	struct remote_entry *e;
	size_t count, skipped;

	ASSERT_FAILS(OMS_NOT_FOUND,
	    transport_list(t, f, "none", &e, &count, &skipped, ERR));
	assert_string_equal(ERR->reason,
	    "list \"none\": open folder \"none\": No such file or directory");
	ASSERT_OK(transport_list(t, f, "", &e, &count, &skipped, ERR));
	f->p.path = mem_strdup(f, "/does/not/exist");
	ASSERT_FAILS(OMS_PEER,
	    transport_spawn(f, &f->cfg, &f->p, -1, ERR) != NULL);
}

/* Nothing of ours is in there: no database, no other partner's session. */
static void
test_spawn__child__has_only_the_descriptors_it_needs(void **state)
{
	struct fixture *f = *state;
	int secret = open("/dev/null", O_RDONLY);
	int kept = open(mem_printf(f, "%s/lock", f->local), O_CREAT | O_RDWR,
	    0600);
	char path[64], target[512], text[16384] = "";
	struct dirent *d;
	DIR *dir;

	put_text(f->local, "oms.db", "");
	int db = open(mem_printf(f, "%s/oms.db", f->local), O_RDWR);
	spawn(f, kept);
	snprintf(path, sizeof(path), "/proc/%d/fd", child_of_ours());
	dir = opendir(path);
	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), d->d_name, target,
		    sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		strcat(strcat(text, target), "\n");
	}
	closedir(dir);
	assert_non_null(strstr(text, "/lock\n"));
	assert_null(strstr(text, "oms.db"));
	close(secret);
	close(kept);
	close(db);
}

static void
test_spawn__child_is_killed__fails_at_once_and_stays_so(void **state)
{
	struct fixture *f = *state;
	struct transport *t = spawn(f, -1);
	int64_t bytes;

	assert_int_equal(kill(child_of_ours(), SIGKILL), 0);
	ASSERT_FAILS(OMS_NET_PROTOCOL, transport_stat(t, "", "a", &bytes, ERR));
	assert_non_null(strstr(ERR->reason, "signal 9"));
	ASSERT_FAILS(OMS_NET_PROTOCOL, transport_stat(t, "", "a", &bytes, ERR));
	assert_non_null(strstr(ERR->reason, "ended before"));
}

static void
test_spawn__child_is_stopped__times_out_and_is_reaped(void **state)
{
	struct fixture *f = *state;
	struct transport *t;
	int64_t bytes;

	f->p.idle_timeout_ms = 100;
	t = spawn(f, -1);
	assert_int_equal(kill(child_of_ours(), SIGSTOP), 0);
	ASSERT_FAILS(OMS_TIMEOUT, transport_stat(t, "", "a", &bytes, ERR));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
test_spawn__free__leaves_no_process(void **state)
{
	struct fixture *f = *state;

	mem_free(spawn(f, -1));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
test_spawn__we_die__the_child_dies_too(void **state)
{
	struct fixture *f = *state;
	int pipe_fd[2];
	pid_t pid, grandchild = 0;

	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	if (pid == 0) {
		spawn(f, -1);
		grandchild = child_of_ours();
		(void)!write(pipe_fd[1], &grandchild, sizeof(grandchild));
		_exit(0); /* no goodbye */
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(read(pipe_fd[0], &grandchild, sizeof(grandchild)),
	    sizeof(grandchild));
	for (int i = 0; i < 500; i++) {
		char path[64], text[64] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/stat", grandchild);
		file = fopen(path, "r");
		if (file == NULL)
			break;
		(void)!fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
		if (strstr(text, ") Z") != NULL)
			break;
		usleep(10000);
		assert_int_not_equal(i, 499);
	}
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

/* A crash test stops the whole program, wherever the step was taken. */
static void
test_spawn__fault_step_in_the_child__stops_the_parent(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	put_text(f->root, "a", "order");
	put_text(f->local, "steps", "1\n");
	pid = fork();
	if (pid == 0) {
		setenv("OMS_STOP_COUNTER", mem_printf(f, "%s/steps", f->local),
		    1);
		close(STDERR_FILENO); /* it says that it stopped */
		struct transport *t = spawn(f, -1);
		(void)!transport_rename(t, "", "a", "", "b", ERR);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 100);
	assert_tree_is(f->root, "./b\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_spawn__every_call__does_what_it_does_here),
		TEST(test_spawn__many_entries__all_come_through),
		TEST(test_spawn__failures__come_through_whole_and_once),
		TEST(test_spawn__child__has_only_the_descriptors_it_needs),
		TEST(test_spawn__child_is_killed__fails_at_once_and_stays_so),
		TEST(test_spawn__child_is_stopped__times_out_and_is_reaped),
		TEST(test_spawn__free__leaves_no_process),
		TEST(test_spawn__we_die__the_child_dies_too),
		TEST(test_spawn__fault_step_in_the_child__stops_the_parent),
	};
	return cmocka_run_group_tests_name("transport_child", tests, NULL,
	    NULL);
}
