/* test_sql.c - the schema and the statements fit each other; the store's rules. */

#include "tests/unit/testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "store/db.h"
#include "store/stmt.h"

struct fixture {
	char *home;
	struct db *db;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->home = testing_tmpdir(run);
	*state = f;
	ASSERT_OK(
	    (f->db = db_open(f, f->home, DB_CREATE, 1 << 20, ERR)) != NULL);
	return 0;
}

static void
test_sql__every_statement__prepares(void **state)
{
	struct fixture *f = *state;

	for (int id = 0; id < SQL_COUNT; id++)
		ASSERT_OK(stmt_begin(f->db, (enum sql_id)id, ERR) != NULL);
}

static void
test_open__no_database__says_oms_init(void **state)
{
	struct fixture *f = *state;
	char *empty = testing_tmpdir(f);

	ASSERT_FAILS(OMS_CONFIG,
	    db_open(f, empty, DB_WRITE, 1 << 20, ERR) != NULL);
	assert_non_null(strstr(ERR->reason, "oms init"));
}

static void
test_open__a_foreign_file__is_damage_and_not_touched(void **state)
{
	struct fixture *f = *state;
	char *dir = testing_tmpdir(f);
	char *path = mem_printf(f, "%s/oms.db", dir);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write(fd, "not a database, sorry", 21), 21);
	close(fd);
	ASSERT_FAILS(OMS_STORE_DAMAGED,
	    db_open(f, dir, DB_WRITE, 1 << 20, ERR) != NULL);
	assert_file_is(dir, "oms.db", "not a database, sorry", 21);
}

static void
test_next__rolled_back__gives_the_number_again(void **state)
{
	struct fixture *f = *state;
	int64_t a, b;

	ASSERT_OK(db_begin(f->db, ERR));
	ASSERT_OK(db_next(f->db, "invoice", &a, ERR));
	db_rollback(f->db);
	ASSERT_OK(db_begin(f->db, ERR));
	ASSERT_OK(db_next(f->db, "invoice", &b, ERR));
	ASSERT_OK(db_commit(f->db, "test", ERR));
	assert_int_equal(a, 1);
	assert_int_equal(b, 1);
}

static void
test_next__undone_record__gives_its_numbers_again(void **state)
{
	struct fixture *f = *state;
	int64_t n;

	for (int64_t round = 0; round < 2; round++) {
		ASSERT_OK(db_begin(f->db, ERR));
		ASSERT_OK(db_next(f->db, "invoice", &n, ERR));
		assert_int_equal(n, 1 + 2 * round);
		ASSERT_OK(db_save(f->db, ERR));
		ASSERT_OK(db_next(f->db, "invoice", &n, ERR));
		ASSERT_OK(db_next(f->db, "charge", &n, ERR));
		ASSERT_OK(db_undo(f->db, ERR));
		ASSERT_OK(db_next(f->db, "invoice", &n, ERR));
		assert_int_equal(n, 2 + 2 * round);
		ASSERT_OK(db_next(f->db, "charge", &n, ERR));
		assert_int_equal(n, 1 + round);
		ASSERT_FAILS(OMS_INTERNAL, db_next(f->db, "x", &n, ERR));
		ASSERT_OK(db_commit(f->db, "test", ERR));
	}
}

static void
test_begin__killed_writer__leaves_no_lock_and_no_half(void **state)
{
	struct fixture *f = *state;
	int64_t n;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct oms_error err = NO_ERROR;
		struct db *db = db_open(NULL, f->home, DB_WRITE, 1 << 20, &err);

		if (db == NULL || !db_begin(db, &err) ||
		    !db_next(db, "order", &n, &err))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	ASSERT_OK(db_begin(f->db, ERR));
	ASSERT_OK(db_next(f->db, "order", &n, ERR));
	assert_int_equal(n, 1);
	ASSERT_OK(db_commit(f->db, "test", ERR));
	ASSERT_OK(db_check(f->db, ERR));
}

static void
test_copy__of_a_live_database__is_whole(void **state)
{
	struct fixture *f = *state;
	char *dir = testing_tmpdir(f);
	struct db *copy;

	ASSERT_OK(db_copy_to(f->db, mem_printf(f, "%s/oms.db", dir), ERR));
	ASSERT_OK((copy = db_open(f, dir, DB_WRITE, 1 << 20, ERR)) != NULL);
	ASSERT_OK(db_check(copy, ERR));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sql__every_statement__prepares),
		TEST(test_open__no_database__says_oms_init),
		TEST(test_open__a_foreign_file__is_damage_and_not_touched),
		TEST(test_next__rolled_back__gives_the_number_again),
		TEST(test_next__undone_record__gives_its_numbers_again),
		TEST(test_begin__killed_writer__leaves_no_lock_and_no_half),
		TEST(test_copy__of_a_live_database__is_whole),
	};
	return cmocka_run_group_tests_name("sql", tests, NULL, NULL);
}
