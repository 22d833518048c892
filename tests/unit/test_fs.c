/* test_fs.c - the promises of base/fs.h. */

#include "tests/unit/testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fs.h"

struct fixture {
	char *root;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->root = testing_tmpdir(run);
	*state = f;
	return 0;
}

static void
test_publish__a_free_name__holds_the_bytes(void **state)
{
	struct fixture *f = *state;
	char *tmp = fs_path(f, f->root, "tmp"), *fin = fs_path(f, f->root, "a");

	ASSERT_OK(fs_write_tmp(tmp, "x\0y", 3, 0600, ERR));
	ASSERT_OK(fs_publish(tmp, fin, ERR));
	assert_file_is(f->root, "a", "x\0y", 3);
	assert_tree_is(f->root, "./a\n");
}

static void
test_publish__the_same_again__keeps_the_first_and_succeeds(void **state)
{
	struct fixture *f = *state;
	char *tmp = fs_path(f, f->root, "tmp"), *fin = fs_path(f, f->root, "a");

	ASSERT_OK(fs_write_tmp(fin, "old", 3, 0600, ERR));
	ASSERT_OK(fs_write_tmp(tmp, "new", 3, 0600, ERR));
	ASSERT_OK(fs_publish(tmp, fin, ERR));
	assert_file_is(f->root, "a", "old", 3);
	assert_tree_is(f->root, "./a\n");
}

static void
test_publish__another_file_has_the_name__is_never_overwritten(void **state)
{
	struct fixture *f = *state;
	char *tmp = fs_path(f, f->root, "tmp"), *fin = fs_path(f, f->root, "a");

	ASSERT_OK(fs_write_tmp(fin, "theirs", 6, 0600, ERR));
	ASSERT_OK(fs_write_tmp(tmp, "ours", 4, 0600, ERR));
	ASSERT_FAILS(OMS_EXISTS, fs_publish(tmp, fin, ERR));
	assert_file_is(f->root, "a", "theirs", 6);
}

static void
test_write_tmp__an_existing_name__is_refused(void **state)
{
	struct fixture *f = *state;
	char *path = fs_path(f, f->root, "tmp");

	ASSERT_OK(fs_write_tmp(path, "1", 1, 0600, ERR));
	ASSERT_FAILS(OMS_IO, fs_write_tmp(path, "2", 1, 0600, ERR));
	assert_file_is(f->root, "tmp", "1", 1);
}

static void
test_write_tmp__a_symbolic_link__is_not_followed(void **state)
{
	struct fixture *f = *state;
	char *link_path = fs_path(f, f->root, "tmp");

	assert_int_equal(symlink("/dev/null", link_path), 0);
	ASSERT_FAILS(OMS_IO, fs_write_tmp(link_path, "x", 1, 0600, ERR));
}

static void
test_copy_hashed__over_the_limit__leaves_nothing(void **state)
{
	struct fixture *f = *state;
	char *from = fs_path(f, f->root, "from");
	char sha[FS_SHA_BYTES];
	int64_t n;
	int fd;

	ASSERT_OK(fs_write_tmp(from, "0123456789", 10, 0600, ERR));
	fd = open(from, O_RDONLY);
	ASSERT_FAILS(OMS_LIMIT,
	    fs_copy_hashed(fd, fs_path(f, f->root, "to"), 9, sha, &n, ERR));
	close(fd);
	assert_tree_is(f->root, "./from\n");
}

static void
test_copy__whatever_the_umask__has_the_bytes_and_the_mode(void **state)
{
	struct fixture *f = *state;
	char *from = fs_path(f, f->root, "from");
	char *to = fs_path(f, f->root, "to");
	mode_t before = umask(077);
	struct stat st;

	ASSERT_OK(fs_write_tmp(from, "x\0y", 3, 0600, ERR));
	ASSERT_OK(fs_copy(from, to, 0640, ERR));
	umask(before);
	assert_file_is(f->root, "to", "x\0y", 3);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	ASSERT_FAILS(OMS_IO, fs_copy(from, to, 0640, ERR));
	ASSERT_FAILS(OMS_IO,
	    fs_copy(fs_path(f, f->root, "none"), to, 0640, ERR));
}

static void
test_sha_of__known_bytes__is_what_sha256sum_says(void **state)
{
	char sha[FS_SHA_BYTES];

	(void)state;
	fs_sha_of("abc", 3, sha);
	assert_string_equal(sha,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
}

static void
test_mkdir__parents_that_lack__are_made(void **state)
{
	struct fixture *f = *state;
	char *path = fs_path(f, f->root, "a/b/c");
	struct stat st;

	ASSERT_OK(fs_mkdir(path, 0750, ERR));
	ASSERT_OK(fs_mkdir(path, 0750, ERR));
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
}

static void
test_lock__held_by_another_process__is_said_and_free_after_its_death(
    void **state)
{
	struct fixture *f = *state;
	char *path = fs_path(f, f->root, "lock");
	int fds[2], status, fd;
	char c;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct oms_error err = NO_ERROR;

		if (fs_lock(path, 0, &err) < 0 || write(fds[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(fds[0], &c, 1), 1);
	assert_int_equal(fs_lock(path, 0, ERR), -1);
	assert_int_equal(ERR->code, OMS_LOCKED);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	testing_err = NO_ERROR;
	fd = fs_lock(path, 0, ERR);
	assert_true(fd >= 0);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_publish__a_free_name__holds_the_bytes),
		TEST(
		    test_publish__the_same_again__keeps_the_first_and_succeeds),
		TEST(
		    test_publish__another_file_has_the_name__is_never_overwritten),
		TEST(test_write_tmp__an_existing_name__is_refused),
		TEST(test_write_tmp__a_symbolic_link__is_not_followed),
		TEST(test_copy_hashed__over_the_limit__leaves_nothing),
		TEST(test_copy__whatever_the_umask__has_the_bytes_and_the_mode),
		TEST(test_sha_of__known_bytes__is_what_sha256sum_says),
		TEST(test_mkdir__parents_that_lack__are_made),
		TEST(
		    test_lock__held_by_another_process__is_said_and_free_after_its_death),
	};
	return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
