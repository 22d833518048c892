/* test_status.c - the promises of model/status.h: lifecycle codes, LIF-01..10. */

#include "tests/unit/testing.h"

#include "model/status.h"

static int
setup(void **state)
{
	*state = mem_ctx_new(mem_ctx_new(NULL, "test"), "fixture");
	return 0;
}

static const int all[] = {
#define X(constant, code, name) code,
	PART_STATUSES(X)
#undef X
};

static void
test_may_move__ended_parts__never_move(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		assert_false(part_may_move(PART_CANCELLED, all[i]));
		assert_false(part_may_move(PART_TIMED_OUT, all[i]));
		assert_false(part_may_move(PART_FAILED, all[i]));
	}
}

static void
test_may_move__every_pair__goes_forward_or_back_to_the_queue(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		assert_false(part_may_move(all[i], all[i]));
		for (size_t k = 0; k < COUNT(all); k++) {
			if (!part_may_move(all[i], all[k]) || all[k] > all[i])
				continue;
			/* Backwards only out of 1120, or into the queue. */
			assert_true(all[k] == PART_CONFIRMED ||
			    (all[k] >= PART_BACKORDERED &&
				all[k] <= PART_BACKORDERED_NODE) ||
			    all[k] == PART_ACTION_REQUIRED);
		}
	}
}

static void
test_may_move__after_goods_issue__nothing_goes_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		for (size_t k = 0; k < COUNT(all); k++)
			if (all[i] >= PART_SHIPPED && all[k] < PART_SHIPPED)
				assert_false(part_may_move(all[i], all[k]));
}

static void
test_check_move__a_refusal__names_both(void **state)
{
	(void)state;
	ASSERT_FAILS(OMS_TRANSITION,
	    part_check_move(PART_CREATED, PART_SHIPPED, ERR));
	assert_string_equal(ERR->reason,
	    "a part cannot go from 1100 CREATED to 3700 SHIPPED");
}

static void
test_label__mixes_of_parts__have_one_word(void **state)
{
	static const struct {
		int status[4];
		size_t count;
		bool held;
		const char *want;
	} cases[] = {
		{ { 1100 }, 1, false, "CREATED" },
		{ { 1100 }, 1, true, "ON_HOLD" },
		{ { 1200, 1200 }, 2, false, "CONFIRMED" },
		{ { 1300, 1300 }, 2, false, "BACKORDERED" },
		{ { 1300, 1500 }, 2, false, "PARTIALLY_BACKORDERED" },
		{ { 3200, 3200 }, 2, false, "RELEASED" },
		{ { 3300, 3350 }, 2, false, "PICKING" },
		{ { 3300, 3700 }, 2, false, "PARTIALLY_SHIPPED" },
		{ { 1400, 3700 }, 2, false, "PARTIALLY_SHIPPED" },
		{ { 3700, 3700 }, 2, false, "SHIPPED" },
		{ { 3710, 3800 }, 2, false, "PARTIALLY_DELIVERED" },
		{ { 3800, 3800 }, 2, false, "DELIVERED" },
		{ { 3900, 3900 }, 2, false, "COMPLETED" },
		{ { 3900, 9000 }, 2, false, "COMPLETED" },
		{ { 3900, 9200 }, 2, false, "COMPLETED_WITH_EXCEPTIONS" },
		{ { 9000, 9000 }, 2, false, "CANCELLED" },
		{ { 9000, 9000 }, 2, true, "CANCELLED" },
		{ { 9200 }, 1, false, "FAILED" },
		{ { 1120, 1500 }, 2, false, "ACTION_REQUIRED" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
		    order_label(cases[i].status, cases[i].count, cases[i].held),
		    cases[i].want);
}

static void
test_name__every_code__has_one_and_others_do_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		assert_string_not_equal(part_status_name(all[i]), "UNKNOWN");
	assert_string_equal(part_status_name(4711), "UNKNOWN");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_may_move__ended_parts__never_move),
		TEST(
		    test_may_move__every_pair__goes_forward_or_back_to_the_queue),
		TEST(test_may_move__after_goods_issue__nothing_goes_back),
		TEST(test_check_move__a_refusal__names_both),
		TEST(test_label__mixes_of_parts__have_one_word),
		TEST(test_name__every_code__has_one_and_others_do_not),
	};
	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
