/* test_accept.c - the gates: what holds an order, and what lets it go. */

#include "tests/unit/home.h"

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct home *h = home_new(run);

	home_product(h, "A", 100, "backorder");
	home_product(h, "B", 200, "backorder");
	*state = h;
	return 0;
}

static const char *const HOLDS = "SELECT order_id, type, code, reason FROM "
				 "hold WHERE state = 'open' ORDER BY 1, 2";

static void
test_accept__faultless_orders__go_on_to_allocation(void **state)
{
	struct home *h = *state;

	for (int i = 1; i <= 5; i++)
		home_order_at(h, i, "A*1 B*2", 1);
	home_run(h, stage_accept);
	assert_int_equal(h->res.done, 5);
	assert_int_equal(h->res.held, 0);
	assert_int_equal(h->res.waiting, 0);
	ASSERT_SQL(h, "SELECT DISTINCT stage, touched FROM orders", "2|1");
	ASSERT_SQL(h, "SELECT status, COUNT(*) FROM part", "1200|10");
	ASSERT_SQL(h,
	    "SELECT COUNT(*), MIN(seq), event, from_status, to_status, actor"
	    " FROM event",
	    "5|1|accepted|1100|1200|run:1");
}

/* STERL-08: each gate by name; the reason says what a person must know. */
static void
test_accept__one_fault__sets_its_hold_and_says_why(void **state)
{
	static const struct {
		const char *fault;
		const char *want;
	} cases[] = {
		{ "UPDATE order_line SET sku = 'X' WHERE line_no = 2",
		    "1|DATA|order.unknown_sku|X in line 2 is not known" },
		{ "UPDATE product SET active = 0 WHERE sku = 'B'",
		    "1|DATA|order.unknown_sku|B in line 2 is not active" },
		{ "INSERT INTO kit_component VALUES (1, 1, 1, 'A', 1),"
		  " (1, 1, 2, 'K', 1)",
		    "1|DATA|order.unknown_sku|K in line 1 is not known" },
		{ "UPDATE orders SET incomplete = 'no customer'",
		    "1|DATA|order.incomplete|no customer" },
		{ "UPDATE orders SET shop_status = 'REPLACED'",
		    "1|DATA|order.incomplete|the shop says REPLACED" },
		{ "DELETE FROM part; DELETE FROM order_line",
		    "1|DATA|order.incomplete|no lines" },
		{ "UPDATE orders SET recon = 'lines 1 != total 2'",
		    "1|RECON|order.totals|lines 1 != total 2" },
		{ "DELETE FROM payment",
		    "1|PAYMENT|order.payment|no payment for 12.00 GBP" },
		{ "UPDATE payment SET amount_minor = 0",
		    "1|PAYMENT|order.payment|all payments are 0 for 12.00 "
		    "GBP" },
		{ "UPDATE orders SET total_minor = -500",
		    "1|PAYMENT|order.payment|a total of -5.00 GBP is nothing "
		    "to charge" },
		{ "UPDATE payment SET authorised = 0",
		    "1|PAYMENT|order.payment|12.00 GBP by card is not "
		    "authorised" },
		{ "UPDATE ship_group SET name = 'undefined undefined'",
		    "1|ADDRESS|order.address|name is empty" },
		{ "UPDATE ship_group SET address1 = 'NA'",
		    "1|ADDRESS|order.address|address1 is empty" },
		{ "UPDATE ship_group SET city = ' n/a '",
		    "1|ADDRESS|order.address|city is empty" },
		{ "UPDATE ship_group SET country = ''",
		    "1|ADDRESS|order.address|country is empty" },
		{ "INSERT INTO spending_limit VALUES ('c1', 'GBP', 1199)",
		    "1|LIMIT|order.spending_limit|0.00 GBP charged so far and "
		    "12.00 GBP for this order are more than the limit of "
		    "11.99 GBP" },
		{ "INSERT INTO spending_limit VALUES ('c1', 'GBP', 1300);"
		  "INSERT INTO customer_spend VALUES ('c1', 'GBP', 101)",
		    "1|LIMIT|order.spending_limit|1.01 GBP charged so far and "
		    "12.00 GBP for this order are more than the limit of "
		    "13.00 GBP" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct home *h = *state;

		home_order_at(h, 1, "A*1 B*2", 1);
		home_exec(h, cases[i].fault);
		home_run(h, stage_accept);
		assert_int_equal(h->res.done, 0);
		assert_int_equal(h->res.held, 1);
		assert_int_equal(h->res.waiting, 1);
		ASSERT_SQL(h, HOLDS, cases[i].want);
		ASSERT_SQL(h, "SELECT stage FROM orders", "1");
		ASSERT_SQL(h, "SELECT COUNT(*) FROM part WHERE status <> 1100",
		    "0");
		home_run(h, stage_accept); /* again: nothing twice */
		assert_int_equal(h->res.held, 0);
		ASSERT_SQL(h, HOLDS, cases[i].want);
		ASSERT_SQL(h, "SELECT COUNT(*) FROM event", "1");
		testing_teardown(state);
		setup(state);
	}
}

/* The rules of a country, as reference data. */
static void
test_accept__country_rules__are_obeyed(void **state)
{
	static const struct {
		const char *rule;  /* pattern, postal, state, deliverable */
		const char *fault; /* of the address */
		const char *reason;
	} cases[] = {
		{ "'[A-Z]{2}[0-9] [0-9][A-Z]{2}', 1, 0, 1", "city = 'York'",
		    "" },
		{ "'[A-Z]{2}[0-9] [0-9][A-Z]{2}', 1, 0, 1",
		    "postal_code = ' ls1 4ap '", "" },
		{ "'[A-Z]{2}[0-9] [0-9][A-Z]{2}', 1, 0, 1",
		    "postal_code = '12345'",
		    "postal_code \"12345\" is none of GB: [A-Z]{2}[0-9] "
		    "[0-9][A-Z]{2}" },
		{ "'', 1, 0, 1", "postal_code = 'NA'",
		    "postal_code is empty, GB needs one" },
		{ "'[0-9]+', 0, 0, 1", "postal_code = '-'", "" },
		{ "'', 0, 1, 1", "state = ''", "state is empty, GB needs one" },
		{ "'', 0, 1, 1", "state = 'W Yorks'", "" },
		{ "'', 0, 0, 0", "city = 'York'",
		    "country GB is not delivered to" },
		{ "'[', 0, 0, 1", "city = 'York'",
		    "postal_code cannot be checked: \"[\" at 1: not a "
		    "pattern: missing terminating ] for character class" },
		{ "'(A+)+[BD]', 0, 0, 1",
		    "postal_code = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAC'",
		    "postal_code cannot be checked: match: match limit "
		    "exceeded" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct home *h = *state;

		home_order_at(h, 1, "A*1", 1);
		home_exec(h,
		    mem_printf(h->ctx,
			"INSERT INTO address_rule VALUES ('FR', '', 1, 1, 0),"
			" ('GB', %s); UPDATE ship_group SET %s;",
			cases[i].rule, cases[i].fault));
		home_run(h, stage_accept);
		ASSERT_SQL(h, "SELECT reason FROM hold", cases[i].reason);
		testing_teardown(state);
		setup(state);
	}
}

static void
test_accept__zone__is_that_of_the_longest_prefix(void **state)
{
	struct home *h = *state;

	home_exec(h,
	    "INSERT INTO zone VALUES ('GB', '', 'uk'), ('GB', 'LS', 'leeds'),"
	    " ('GB', 'LS14', 'east'), ('FR', '75', 'paris')");
	for (int i = 1; i <= 5; i++)
		home_order_at(h, i, "A*1", 1);
	home_exec(h,
	    "UPDATE ship_group SET postal_code = 'ls1 4ap' WHERE order_id = 1;"
	    "UPDATE ship_group SET postal_code = 'LS2' WHERE order_id = 2;"
	    "UPDATE ship_group SET postal_code = 'M1 1AA' WHERE order_id = 3;"
	    "UPDATE ship_group SET country = 'FR', postal_code = '13001'"
	    " WHERE order_id = 4;"
	    "UPDATE ship_group SET country = 'FR', postal_code = '75001'"
	    " WHERE order_id = 5;");
	home_run(h, stage_accept);
	ASSERT_SQL(h, "SELECT zone FROM ship_group ORDER BY order_id",
	    "east;leeds;uk;;paris");
}

/* NFR-REL-03 seen from the customer: ordered twice by mistake. */
static void
test_accept__same_basket_within_the_window__is_held_as_twin(void **state)
{
	struct home *h = *state;

	h->cfg.twin_window_s = 600;
	for (int i = 1; i <= 4; i++)
		home_order_at(h, i, "A*1", 1);
	home_exec(h,
	    "UPDATE orders SET customer_key = 'c', basket_hash = 'b',"
	    " order_ts_us = 1000000000 + order_id * 300000000;"
	    "UPDATE orders SET basket_hash = 'other' WHERE order_id = 3;");
	home_run(h, stage_accept);
	ASSERT_SQL(h, HOLDS,
	    "2|DUPLICATE|order.twin|same customer and content as N-1, 300 s "
	    "before;4|DUPLICATE|order.twin|same customer and content as N-2, "
	    "600 s before");
	assert_int_equal(h->res.done, 2);
}

static void
test_accept__unlimited_customer__passes_the_limit_of_everyone(void **state)
{
	struct home *h = *state;

	h->cfg.spending_limit_minor = 1000;
	home_order_at(h, 1, "A*1", 1);
	home_order_at(h, 2, "A*1", 1);
	home_exec(h, "INSERT INTO spending_limit VALUES ('c1', 'GBP', NULL)");
	home_run(h, stage_accept);
	ASSERT_SQL(h, "SELECT order_id FROM hold", "2");
}

static void
test_accept__payments_below_total__hold_only_if_configured(void **state)
{
	struct home *h = *state;

	home_order_at(h, 1, "A*1", 1);
	home_exec(h, "UPDATE payment SET amount_minor = 1000");
	h->cfg.payment_total = mem_strdup(h->ctx, "hold");
	home_run(h, stage_accept);
	ASSERT_SQL(h, HOLDS,
	    "1|RECON|order.totals|payments of 10.00 GBP for an order of "
	    "12.00 GBP");
	h->cfg.payment_total = mem_strdup(h->ctx, "report");
	home_run(h, stage_accept);
	ASSERT_SQL(h, HOLDS, "");
	assert_int_equal(h->res.done, 1);
}

static void
test_accept__free_order__needs_no_payment(void **state)
{
	struct home *h = *state;

	home_order_at(h, 1, "A*1", 1);
	home_exec(h, "DELETE FROM payment; UPDATE orders SET total_minor = 0");
	home_run(h, stage_accept);
	assert_int_equal(h->res.done, 1);
}

static void
test_accept__cause_is_gone__order_goes_on_by_itself(void **state)
{
	struct home *h = *state;

	home_order_at(h, 1, "X*1", 1);
	home_run(h, stage_accept);
	assert_int_equal(h->res.held, 1);
	home_product(h, "X", 1, "backorder");
	h->run.actor = "run:2";
	home_run(h, stage_accept);
	assert_int_equal(h->res.done, 1);
	ASSERT_SQL(h, "SELECT state, resolved_by FROM hold", "resolved|run:2");
	ASSERT_SQL(h, "SELECT event FROM event ORDER BY seq",
	    "hold_set;hold_resolved;accepted");
}

/* Two gates share DATA: as long as one finds something the hold stays. */
static void
test_accept__two_faults_of_one_type__share_one_hold(void **state)
{
	struct home *h = *state;

	home_order_at(h, 1, "X*1", 1);
	home_exec(h, "UPDATE orders SET incomplete = 'no phone'");
	home_run(h, stage_accept);
	ASSERT_SQL(h, HOLDS,
	    "1|DATA|order.unknown_sku|X in line 1 is not known");
	home_product(h, "X", 1, "backorder");
	home_run(h, stage_accept);
	ASSERT_SQL(h, HOLDS, "1|DATA|order.incomplete|no phone");
	home_exec(h, "UPDATE orders SET incomplete = ''");
	home_run(h, stage_accept);
	assert_int_equal(h->res.done, 1);
}

static void
test_accept__hold_released_by_a_person__is_not_set_again(void **state)
{
	struct home *h = *state;

	home_order_at(h, 1, "A*1", 1);
	home_exec(h, "UPDATE ship_group SET city = ''");
	home_run(h, stage_accept);
	home_exec(h,
	    "UPDATE hold SET state = 'resolved', resolved_ts_us = 1,"
	    " resolved_by = 'ann'");
	home_run(h, stage_accept);
	assert_int_equal(h->res.done, 1);
	assert_int_equal(h->res.held, 0);
}

static void
test_accept__hold_resolved_by_a_run__is_set_again(void **state)
{
	struct home *h = *state;

	home_order_at(h, 1, "A*1", 1);
	home_exec(h,
	    "UPDATE ship_group SET city = '';"
	    "INSERT INTO hold VALUES (90, 1, '', 'ADDRESS', 'order.address',"
	    " 'x', 'resolved', 1, 'run:1', 2, 'run:2');");
	home_run(h, stage_accept);
	assert_int_equal(h->res.held, 1);
}

static void
test_accept__hold_of_a_person__stays_and_stops_the_order(void **state)
{
	struct home *h = *state;

	home_order_at(h, 1, "A*1", 1);
	home_exec(h,
	    "INSERT INTO hold VALUES (90, 1, '', 'ADDRESS', 'order.address',"
	    " 'ring first', 'open', 1, 'ann', NULL, NULL);");
	home_run(h, stage_accept);
	assert_int_equal(h->res.waiting, 1);
	ASSERT_SQL(h, HOLDS, "1|ADDRESS|order.address|ring first");
}

/* CREDIT blocks release, not allocation. */
static void
test_accept__hold_that_does_not_block_allocate__lets_it_pass(void **state)
{
	struct home *h = *state;

	home_order_at(h, 1, "A*1", 1);
	home_exec(h,
	    "INSERT INTO hold VALUES (90, 1, '', 'CREDIT', 'order.payment',"
	    " 'x', 'open', 1, 'ann', NULL, NULL);");
	home_run(h, stage_accept);
	assert_int_equal(h->res.done, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_accept__faultless_orders__go_on_to_allocation),
		TEST(test_accept__one_fault__sets_its_hold_and_says_why),
		TEST(test_accept__country_rules__are_obeyed),
		TEST(test_accept__zone__is_that_of_the_longest_prefix),
		TEST(
		    test_accept__same_basket_within_the_window__is_held_as_twin),
		TEST(
		    test_accept__unlimited_customer__passes_the_limit_of_everyone),
		TEST(
		    test_accept__payments_below_total__hold_only_if_configured),
		TEST(test_accept__free_order__needs_no_payment),
		TEST(test_accept__cause_is_gone__order_goes_on_by_itself),
		TEST(test_accept__two_faults_of_one_type__share_one_hold),
		TEST(test_accept__hold_released_by_a_person__is_not_set_again),
		TEST(test_accept__hold_resolved_by_a_run__is_set_again),
		TEST(test_accept__hold_of_a_person__stays_and_stops_the_order),
		TEST(
		    test_accept__hold_that_does_not_block_allocate__lets_it_pass),
	};
	return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
