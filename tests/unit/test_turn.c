/* test_turn.c - the promises of pipeline/turn.h. */

#include "tests/unit/testing.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "pipeline/turn.h"

struct fixture {
	char *home;
	struct turn *stage;
	int fds[2]; /* who had its turn, a letter each */
};

static void
close_pipe(void *p)
{
	struct fixture *f = p;

	(void)close(f->fds[0]);
	(void)close(f->fds[1]);
}

static int
setup(void **state)
{
	struct fixture *f = mem_new(mem_ctx_new(NULL, "test"), struct fixture);

	f->home = testing_tmpdir(f);
	ASSERT_OK(fs_mkdir(fs_path(f, f->home, "locks"), 0700, ERR));
	f->stage = turn_open(f, f->home);
	assert_int_equal(pipe(f->fds), 0);
	mem_on_free(f, close_pipe);
	*state = f;
	return 0;
}

static void
put(struct fixture *f, const char *letter)
{
	assert_int_equal(write(f->fds[1], letter, 1), 1);
}

/* An act of another process: waits, writes A, and ends as told. */
static pid_t
act(struct fixture *f, bool is_killed)
{
	struct oms_error err = NO_ERROR;
	struct turn *t;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	t = turn_open(f, f->home);
	if (!turn_take_act(t, &err) || write(f->fds[1], "A", 1) != 1)
		_exit(1);
	if (is_killed)
		(void)raise(SIGKILL);
	turn_give(t);
	_exit(0);
}

static void
let_acts_until_two(struct fixture *f)
{
	char seen[3] = "";

	for (size_t n = 0; n < 2;) {
		struct pollfd p = { .fd = f->fds[0], .events = POLLIN };

		if (poll(&p, 1, 0) == 1)
			n += read(f->fds[0], seen + n, 1) == 1;
		(void)turn_let_acts(f->stage);
	}
	assert_string_equal(seen, "SA");
}

static void
test_let_acts__nobody_waits__keeps_the_turn(void **state)
{
	struct fixture *f = *state;

	ASSERT_OK(turn_take_stage(f->stage, ERR));
	assert_false(turn_let_acts(f->stage));
	ASSERT_FAILS(OMS_LOCKED,
	    fs_lock(fs_path(f, f->home, "locks/stage.lock"), 0, ERR) >= 0);
}

static void
test_let_acts__an_act_waits__has_its_turn_only_there(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	ASSERT_OK(turn_take_stage(f->stage, ERR));
	pid = act(f, false);
	usleep(50000); /* time to be wrong */
	put(f, "S");
	let_acts_until_two(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
test_let_acts__an_act_is_killed__goes_on(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	ASSERT_OK(turn_take_stage(f->stage, ERR));
	pid = act(f, true);
	put(f, "S");
	let_acts_until_two(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	ASSERT_OK(turn_take_stage(f->stage, ERR));
}

static void
test_take_act__the_stage_is_killed__has_its_turn(void **state)
{
	struct fixture *f = *state;
	struct oms_error err = NO_ERROR;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (turn_take_stage(f->stage, &err))
			(void)raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	ASSERT_OK(turn_take_act(f->stage, ERR));
	turn_give(f->stage);
}

/* The ingest process commits in the place of its parent. */
static void
test_let_acts__in_a_child__the_parent_holds_the_turn_after_it(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid, child;

	ASSERT_OK(turn_take_stage(f->stage, ERR));
	put(f, "S");
	pid = act(f, false);
	child = fork();
	if (child == 0) {
		let_acts_until_two(f);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ASSERT_FAILS(OMS_LOCKED,
	    fs_lock(fs_path(f, f->home, "locks/stage.lock"), 0, ERR) >= 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_let_acts__nobody_waits__keeps_the_turn),
		TEST(test_let_acts__an_act_waits__has_its_turn_only_there),
		TEST(test_let_acts__an_act_is_killed__goes_on),
		TEST(test_take_act__the_stage_is_killed__has_its_turn),
		TEST(
		    test_let_acts__in_a_child__the_parent_holds_the_turn_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
