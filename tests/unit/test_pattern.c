/* test_pattern.c - the promises of base/pattern.h. */

#include "tests/unit/testing.h"

#include "base/pattern.h"

struct fixture {
	mem_ctx *ctx;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->ctx = run;
	*state = f;
	return 0;
}

static void
test_match__postal_codes__whole_text_decides(void **state)
{
	static const struct {
		const char *pattern;
		const char *text;
		bool matches;
	} cases[] = {
		{ "[0-9]{5}(-[0-9]{4})?", "12345", true },
		{ "[0-9]{5}(-[0-9]{4})?", "12345-6789", true },
		{ "[0-9]{5}(-[0-9]{4})?", "123456", false },
		{ "[0-9]{5}(-[0-9]{4})?", " 12345", false },
		{ "[0-9]{5}(-[0-9]{4})?", "12345\n", false },
		{ "a|ab", "ab", true }, /* the longer branch is tried too */
		{ "\\p{L}+", "Zürich", true },
		{ "", "", true },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pattern *p;
		bool matches;

		ASSERT_OK(p = pattern_new(f, cases[i].pattern, ERR));
		ASSERT_OK(pattern_match(p, cases[i].text, &matches, ERR));
		assert_int_equal(matches, cases[i].matches);
	}
}

static void
test_new__not_an_expression__names_the_place(void **state)
{
	ASSERT_FAILS(OMS_VALUE, pattern_new(*state, "[0-9", ERR) != NULL);
	assert_non_null(strstr(ERR->reason, "\"[0-9\" at 4"));
}

static void
test_match__runaway_expression__ends_with_an_error(void **state)
{
	struct fixture *f = *state;
	struct pattern *p;
	bool matches;

	ASSERT_OK(p = pattern_new(f, "(a+)+[bd]", ERR));
	ASSERT_FAILS(OMS_LIMIT,
	    pattern_match(p, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac",
		&matches, ERR));
}

static void
test_match__text_is_not_utf8__is_an_error(void **state)
{
	struct fixture *f = *state;
	struct pattern *p;
	bool matches;

	ASSERT_OK(p = pattern_new(f, ".*", ERR));
	ASSERT_FAILS(OMS_VALUE, pattern_match(p, "\xff", &matches, ERR));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_match__postal_codes__whole_text_decides),
		TEST(test_new__not_an_expression__names_the_place),
		TEST(test_match__runaway_expression__ends_with_an_error),
		TEST(test_match__text_is_not_utf8__is_an_error),
	};
	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
