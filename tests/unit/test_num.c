/* test_num.c - the promises of base/num.h. */

#include "tests/unit/testing.h"

#include "base/num.h"

static int
setup(void **state)
{
	*state = mem_ctx_new(mem_ctx_new(NULL, "test"), "fixture");
	return 0;
}

static void
test_parse_int__whole_numbers_in_range__are_read(void **state)
{
	int64_t v;

	(void)state;
	ASSERT_OK(num_parse_int("-12", -20, 20, &v, ERR));
	assert_int_equal(v, -12);
	ASSERT_OK(num_parse_int("9223372036854775807", 0, INT64_MAX, &v, ERR));
	assert_true(v == INT64_MAX);
	ASSERT_OK(num_parse_int("-9223372036854775808", INT64_MIN, 0, &v, ERR));
	assert_true(v == INT64_MIN);
}

static void
test_parse_int__anything_else__is_refused(void **state)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0",
		"0x1", "21", "9223372036854775808", "1e3" };
	int64_t v = 7;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_FAILS(OMS_VALUE, num_parse_int(bad[i], 0, 20, &v, ERR));
	assert_int_equal(v, 7);
}

static void
test_parse_decimal__forms_of_one_value__agree(void **state)
{
	static const struct {
		const char *text;
		int scale;
		int64_t want;
	} cases[] = {
		{ "12.5", 2, 1250 },
		{ "12.50", 2, 1250 },
		{ "12.500000", 2, 1250 },
		{ ".5", 2, 50 },
		{ ".00", 2, 0 },
		{ "5.", 2, 500 },
		{ "-0.01", 2, -1 },
		{ "+1", 0, 1 },
		{ "1.0E-1", 2, 10 },
		{ "1e3", 0, 1000 },
		{ "0.000", 0, 0 },
		{ "100", 0, 100 },
		{ "1.23E+1", 1, 123 },
		{ "0.1", 9, 100000000 },
		{ "00012.30", 2, 1230 },
		{ "1000000.0", 0, 1000000 },
	};
	int64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		ASSERT_OK(
		    num_parse_decimal(cases[i].text, cases[i].scale, &v, ERR));
		assert_int_equal(v, cases[i].want);
	}
}

static void
test_parse_decimal__lost_digits_and_nonsense__are_refused(void **state)
{
	static const char *const bad[] = { "", ".", "-", "1.005", "1,5", "INF",
		"NaN", "1.2.3", "1e", "1e99", "0x10", "12 ",
		"999999999999999999.9", "--1", "1-" };
	int64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_FAILS(OMS_VALUE, num_parse_decimal(bad[i], 2, &v, ERR));
}

static void
test_format_decimal__any_amount__reads_back(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 5, -5, 99, 100, -100, 1250,
		INT64_C(123456789012345), -INT64_C(123456789012345) };
	char text[NUM_DECIMAL_BYTES];
	int64_t back;

	(void)state;
	for (int scale = 0; scale <= 3; scale++) {
		for (size_t i = 0; i < COUNT(values); i++) {
			num_format_decimal(values[i], scale, text);
			ASSERT_OK(num_parse_decimal(text, scale, &back, ERR));
			assert_true(back == values[i]);
		}
	}
	assert_string_equal(num_format_decimal(-5, 2, text), "-0.05");
}

static void
test_parse_ts__forms_shops_write__are_read(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "2026-03-28T02:00:00Z", "2026-03-28T02:00:00Z" },
		{ "2026-03-28T02:00:00.398Z", "2026-03-28T02:00:00.398Z" },
		{ "2026-03-28T02:00:00.000Z", "2026-03-28T02:00:00Z" },
		{ "2026-03-28T02:00:00+01:00", "2026-03-28T01:00:00Z" },
		{ "2026-03-28T02:00:00-05:30", "2026-03-28T07:30:00Z" },
		{ "2026-03-28T02:00:00", "2026-03-28T02:00:00Z" },
		{ "2014-11-06T13:36Z", "2014-11-06T13:36:00Z" },
		{ "2024-02-29", "2024-02-29T00:00:00Z" },
		{ "2038-01-19T03:14:08Z", "2038-01-19T03:14:08Z" },
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
	};
	char text[NUM_TS_BYTES];
	int64_t us;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		ASSERT_OK(num_parse_ts(cases[i].text, &us, ERR));
		assert_string_equal(num_format_ts(us, text), cases[i].want);
	}
}

static void
test_parse_ts__days_that_do_not_exist__are_refused(void **state)
{
	static const char *const bad[] = { "", "2026", "2026-02-29",
		"2100-02-29", "2026-13-01", "2026-00-10", "2026-01-32",
		"0000-01-01", "1969-12-31", "2026-03-28T24:00:00Z",
		"2026-03-28T02:60:00Z", "2026-03-28 02:00:00Z",
		"2026-03-28T02:00:00ZZ", "2026-03-28T02:00:00+25:00",
		"28.03.2026" };
	int64_t us;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_FAILS(OMS_VALUE, num_parse_ts(bad[i], &us, ERR));
}

static void
test_muldiv__halves__go_away_from_zero(void **state)
{
	(void)state;
	assert_int_equal(num_muldiv(5, 1, 10), 1);
	assert_int_equal(num_muldiv(-5, 1, 10), -1);
	assert_int_equal(num_muldiv(4, 1, 10), 0);
	assert_int_equal(num_muldiv(1000000000000, 1000000, 1000000),
	    1000000000000);
}

static void
test_add_product__too_much__stays_the_most_there_is(void **state)
{
	(void)state;
	assert_int_equal(num_add_product(7, 2, 3), 13);
	assert_int_equal(num_add_product(0, 1000000000000, 100000000),
	    INT64_MAX);
	assert_int_equal(num_add_product(INT64_MAX, 1, 1), INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_parse_int__whole_numbers_in_range__are_read),
		TEST(test_parse_int__anything_else__is_refused),
		TEST(test_parse_decimal__forms_of_one_value__agree),
		TEST(test_parse_decimal__lost_digits_and_nonsense__are_refused),
		TEST(test_format_decimal__any_amount__reads_back),
		TEST(test_parse_ts__forms_shops_write__are_read),
		TEST(test_parse_ts__days_that_do_not_exist__are_refused),
		TEST(test_muldiv__halves__go_away_from_zero),
		TEST(test_add_product__too_much__stays_the_most_there_is),
	};
	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
