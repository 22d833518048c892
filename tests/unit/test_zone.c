/* test_zone.c - wall clocks, on the nights that move them. */

#include "base/zone.h"

#include "base/num.h"
#include "tests/unit/testing.h"

enum { HOUR = 3600, MINUTE = 60 };

static int
setup(void **state)
{
	*state = mem_ctx_new(mem_ctx_new(NULL, "test"), "fixture");
	return 0;
}

/* The moment at which clocks in a place show that, in UTC. */
struct moment {
	const char *zone;
	const char *date;
	int64_t second;
	const char *utc;
};

static void
assert_is(const struct moment *m)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "zone");
	struct zone *z = zone_load(ctx, m->zone, ERR);
	char ts[NUM_TS_BYTES];
	int64_t day;

	assert_non_null(z);
	ASSERT_OK(zone_parse_day(m->date, &day, ERR));
	assert_string_equal(num_format_ts(zone_ts_us(z, day, m->second), ts),
	    m->utc);
	mem_free(ctx);
}

static void
assert_are(const struct moment *m, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_is(&m[i]);
}

static void
test_ts__ordinary_days__are_off_by_the_zone(void **state)
{
	static const struct moment cases[] = {
		{ "UTC", "2026-03-28", 2 * HOUR, "2026-03-28T02:00:00Z" },
		{ "", "2024-02-29", 2 * HOUR, "2024-02-29T02:00:00Z" },
		{ "Europe/Vienna", "2026-03-28", 2 * HOUR,
		    "2026-03-28T01:00:00Z" },
		{ "Europe/Vienna", "2026-07-01", 2 * HOUR,
		    "2026-07-01T00:00:00Z" },
		{ "America/New_York", "2026-12-31", 22 * HOUR,
		    "2027-01-01T03:00:00Z" },
		{ "Asia/Kolkata", "2028-02-29", 0, "2028-02-28T18:30:00Z" },
		{ "Australia/Lord_Howe", "2026-12-31", 12 * HOUR,
		    "2026-12-31T01:00:00Z" },
	};

	(void)state;
	assert_are(cases, COUNT(cases));
}

static void
test_ts__time_that_does_not_exist__is_the_moment_of_the_change(void **state)
{
	static const struct moment cases[] = {
		{ "Europe/Vienna", "2026-03-29", 2 * HOUR + 30 * MINUTE,
		    "2026-03-29T01:00:00Z" },
		{ "Europe/Vienna", "2026-03-29", 2 * HOUR,
		    "2026-03-29T01:00:00Z" },
		{ "Europe/Vienna", "2026-03-29", 3 * HOUR,
		    "2026-03-29T01:00:00Z" },
		{ "America/New_York", "2026-03-08", 2 * HOUR + 30 * MINUTE,
		    "2026-03-08T07:00:00Z" },
		/* Half an hour: from 02:00 +10:30 to 02:30 +11. */
		{ "Australia/Lord_Howe", "2026-10-04", 2 * HOUR + 15 * MINUTE,
		    "2026-10-03T15:30:00Z" },
	};

	(void)state;
	assert_are(cases, COUNT(cases));
}

static void
test_ts__time_that_comes_twice__is_the_first(void **state)
{
	static const struct moment cases[] = {
		{ "Europe/Vienna", "2026-10-25", 2 * HOUR + 30 * MINUTE,
		    "2026-10-25T00:30:00Z" },
		{ "Europe/Vienna", "2026-10-25", 3 * HOUR,
		    "2026-10-25T02:00:00Z" },
		{ "America/New_York", "2026-11-01", 1 * HOUR + 30 * MINUTE,
		    "2026-11-01T05:30:00Z" },
		{ "Australia/Lord_Howe", "2026-04-05", 1 * HOUR + 45 * MINUTE,
		    "2026-04-04T14:45:00Z" },
	};

	(void)state;
	assert_are(cases, COUNT(cases));
}

/* Behind the table of the file its rule goes on. */
static void
test_ts__far_years__follow_the_rule(void **state)
{
	static const struct moment cases[] = {
		{ "Europe/Vienna", "2090-03-26", 2 * HOUR + 30 * MINUTE,
		    "2090-03-26T01:00:00Z" },
		{ "Europe/Vienna", "2090-12-01", 0, "2090-11-30T23:00:00Z" },
		{ "Australia/Lord_Howe", "2090-01-15", 12 * HOUR,
		    "2090-01-15T01:00:00Z" },
		{ "America/New_York", "2044-02-29", 0, "2044-02-29T05:00:00Z" },
	};

	(void)state;
	assert_are(cases, COUNT(cases));
}

/* Every quarter of an hour of a year: there and back is the same moment,
 * unless clocks went back meanwhile, when it is the first. */
static void
test_day__each_moment_of_a_year__comes_back(void **state)
{
	static const char *const names[] = { "UTC", "Europe/Vienna",
		"America/New_York", "Australia/Lord_Howe" };
	mem_ctx *ctx = mem_ctx_new(NULL, "zone");
	int64_t begin_us, step_us = INT64_C(900) * 1000000;

	(void)state;
	ASSERT_OK(num_parse_ts("2028-01-01", &begin_us, ERR));
	for (size_t i = 0; i < COUNT(names); i++) {
		struct zone *z = zone_load(ctx, names[i], ERR);

		for (int n = 0; n < 366 * 96; n++) {
			int64_t us = begin_us + n * step_us, second;
			int64_t day = zone_day(z, us, &second);
			int64_t back = zone_ts_us(z, day, second);

			assert_true(back == us ||
			    (back < us && us - back <= 4 * step_us));
			assert_int_equal(zone_day(z, back, NULL), day);
		}
	}
	mem_free(ctx);
}

static void
test_format__a_moment__shows_clock_and_offset(void **state)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "zone");
	char text[ZONE_TIME_BYTES];
	int64_t us;

	(void)state;
	ASSERT_OK(num_parse_ts("2026-03-29T01:00:00Z", &us, ERR));
	assert_string_equal(
	    zone_format(zone_load(ctx, "Europe/Vienna", ERR), us, text),
	    "2026-03-29 03:00 +02:00");
	assert_string_equal(
	    zone_format(zone_load(ctx, "America/St_Johns", ERR), us, text),
	    "2026-03-28 22:30 -02:30");
	mem_free(ctx);
}

static void
test_load__what_is_no_zone__is_refused(void **state)
{
	static const char *const bad[] = { "Europe/Wien_", "../passwd",
		"/etc/passwd", "Europe/", "Europe", "Europe/../Europe/Vienna",
		"zone.tab", "a b" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_FAILS(OMS_CONFIG, zone_load(NULL, bad[i], ERR) != NULL);
}

static void
test_parse_days__sets_and_spans__are_days(void **state)
{
	unsigned days;

	(void)state;
	ASSERT_OK(zone_parse_days("daily", &days, ERR));
	assert_int_equal(days, 0x7f);
	ASSERT_OK(zone_parse_days("mon-fri", &days, ERR));
	assert_int_equal(days, 0x3e);
	ASSERT_OK(zone_parse_days("fri-mon,wed", &days, ERR));
	assert_int_equal(days, 0x6b);
	ASSERT_FAILS(OMS_CONFIG, zone_parse_days("", &days, ERR));
	ASSERT_FAILS(OMS_CONFIG, zone_parse_days("monday", &days, ERR));
	ASSERT_FAILS(OMS_CONFIG, zone_parse_days("mon-fri-sat", &days, ERR));
	ASSERT_FAILS(OMS_CONFIG, zone_parse_days("mon,", &days, ERR));
}

static void
test_parse_span__times__may_pass_midnight(void **state)
{
	static const char *const bad[] = { "", "02:00", "2:00-4:00",
		"02:00-24:00", "mon-fri", "02:00-04:30 mon", "02:00-04:60" };
	struct zone_span span;

	(void)state;
	ASSERT_OK(zone_parse_span("02:00-04:30", &span, ERR));
	assert_int_equal(span.from_s, 7200);
	assert_int_equal(span.to_s, 16200);
	assert_int_equal(span.days, 0x7f);
	ASSERT_OK(zone_parse_span("mon 22:00-01:00", &span, ERR));
	assert_int_equal(span.to_s, 90000);
	assert_int_equal(span.days, 2);
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_FAILS(OMS_CONFIG, zone_parse_span(bad[i], &span, ERR));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ts__ordinary_days__are_off_by_the_zone),
		TEST(
		    test_ts__time_that_does_not_exist__is_the_moment_of_the_change),
		TEST(test_ts__time_that_comes_twice__is_the_first),
		TEST(test_ts__far_years__follow_the_rule),
		TEST(test_day__each_moment_of_a_year__comes_back),
		TEST(test_format__a_moment__shows_clock_and_offset),
		TEST(test_load__what_is_no_zone__is_refused),
		TEST(test_parse_days__sets_and_spans__are_days),
		TEST(test_parse_span__times__may_pass_midnight),
	};
	return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
