/* Tests of store/db.c: what is said of a disk that takes no more. */

#include "tests/unit/testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "store/db.h"
#include "store/stmt.h"

static int
setup(void **state)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "test");

	testing_err = NO_ERROR;
	*state = db_open(ctx, testing_tmpdir(ctx), DB_CREATE, 1 << 20, ERR);
	assert_non_null(*state);
	return 0;
}

static void
set_counter(struct db *db, int64_t value)
{
	struct stmt *s = stmt_begin(db, SQL_COUNTER_SET, ERR);

	stmt_int(s, ":value", value);
	stmt_text(s, ":name", "order");
	ASSERT_OK(stmt_run(s, NULL, ERR));
}

/* SQLite calls EFBIG and EDQUOT a disk that broke. */
static void
test_commit__a_file_may_not_grow__is_no_space(void **state)
{
	struct rlimit none = { 0, RLIM_INFINITY }, before;
	struct db *db = *state;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none.rlim_max = before.rlim_max;
	ASSERT_OK(db_begin(db, ERR));
	set_counter(db, 7);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	ASSERT_FAILS(OMS_SPACE, db_commit(db, "test", ERR));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	ASSERT_OK(db_begin(db, ERR));
	set_counter(db, 8);
	ASSERT_OK(db_commit(db, "test", ERR));
}

/* SQLite calls a WAL that it cannot open "readonly", or cannot open it. */
static void
test_open__the_wal_finds_no_descriptor__is_not_the_configuration(void **state)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "test");
	char *home = testing_tmpdir(ctx);
	struct db *db = db_open(ctx, home, DB_CREATE, 1 << 20, ERR);
	struct rlimit few, before;
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_non_null(db);
	mem_free(db);
	(void)close(next);
	next = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)close(next); /* the database has it, and the WAL none */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)next + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_null(db_open(ctx, home, DB_WRITE, 1 << 20, ERR));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(testing_err.code, OMS_IO);
	testing_err = NO_ERROR;
	assert_non_null(db_open(ctx, home, DB_WRITE, 1 << 20, ERR));
	mem_free(ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commit__a_file_may_not_grow__is_no_space),
		TEST(
		    test_open__the_wal_finds_no_descriptor__is_not_the_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
