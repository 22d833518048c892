/* Tests of store/db.c: what is said of a disk that takes no more. */

#include "tests/unit/testing.h"

#include <signal.h>
#include <sys/resource.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commit__a_file_may_not_grow__is_no_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
