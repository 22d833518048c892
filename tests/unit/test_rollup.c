/* test_rollup.c - labels, and what the shop hears of an order. */

#include "tests/unit/emit_home.h"

static int
setup(void **state)
{
	struct home *h = emit_home(mem_ctx_new(NULL, "test"));

	emit_partner(h, "shop", "sfcc.order_status", "");
	*state = h;
	return 0;
}

static struct stage_result
roll_up(struct home *h)
{
	struct stage_result res = { 0 };

	ASSERT_OK(stage_rollup(&h->run, &res, ERR));
	return res;
}

static char *
updates(struct home *h)
{
	return emit_text(h,
	    "SELECT order_id, seq, order_status, shipping_status, "
	    "payment_status, label FROM order_update ORDER BY 1, 2");
}

static void
test_rollup__released_order__is_labelled_and_told_once(void **state)
{
	struct home *h = *state;

	emit_orders(h, 1, 1, 6);
	assert_int_equal(roll_up(h).done, 1);
	assert_string_equal(emit_text(h,
				"SELECT label, status_min, status_max, "
				"touched, shop_sent FROM orders"),
	    "RELEASED|3200|3200|0|OPEN/NOT_SHIPPED/NOT_PAID\n");
	assert_string_equal(updates(h),
	    "1|1|OPEN|NOT_SHIPPED|NOT_PAID|RELEASED\n");
	assert_string_equal(emit_text(h,
				"SELECT group_no, shop_id, status, tracking "
				"FROM order_update_shipment"),
	    "1|ship1|NOT_SHIPPED|\n");
	assert_int_equal(roll_up(h).done, 0);
	home_exec(h, "UPDATE orders SET touched = 1");
	assert_int_equal(roll_up(h).done, 1);
	assert_string_equal(updates(h),
	    "1|1|OPEN|NOT_SHIPPED|NOT_PAID|RELEASED\n");
}

/* SFCC-19 */
static void
test_rollup__order_life__gives_the_words_of_the_shop(void **state)
{
	static const struct {
		const char *sql;
		const char *label;
		const char *told; /* of the newest update */
	} steps[] = {
		{ "UPDATE part SET status = 1100", "CREATED", "" },
		{ "UPDATE part SET status = 1200", "CONFIRMED",
		    "OPEN/NOT_SHIPPED/NOT_PAID" },
		{ "UPDATE part SET status = 1300 WHERE part_no = 1;"
		  "UPDATE part SET status = 1500 WHERE part_no = 2",
		    "PARTIALLY_BACKORDERED", "OPEN/NOT_SHIPPED/NOT_PAID" },
		{ "UPDATE part SET status = 3300 WHERE part_no = 2;"
		  "UPDATE charge SET state = 'done', amount_minor = 100",
		    "PARTIALLY_BACKORDERED", "OPEN/NOT_SHIPPED/PART_PAID" },
		{ "UPDATE part SET status = 3700 WHERE part_no = 2;"
		  "UPDATE charge SET amount_minor = 11900",
		    "PARTIALLY_SHIPPED", "OPEN/PART_SHIPPED/PAID" },
		{ "UPDATE part SET status = 3800", "DELIVERED",
		    "OPEN/SHIPPED/PAID" },
		{ "UPDATE part SET status = 3900", "COMPLETED",
		    "COMPLETED/SHIPPED/PAID" },
	};
	struct home *h = *state;

	emit_orders(h, 1, 1, 6);
	for (size_t i = 0; i < COUNT(steps); i++) {
		home_exec(h, steps[i].sql);
		home_exec(h, "UPDATE orders SET touched = 1");
		roll_up(h);
		assert_string_equal(emit_text(h, "SELECT label FROM orders"),
		    mem_printf(h, "%s\n", steps[i].label));
		assert_string_equal(
		    emit_text(h,
			"SELECT order_status || '/' || shipping_status "
			"|| '/' || payment_status FROM order_update "
			"ORDER BY seq DESC LIMIT 1"),
		    steps[i].told[0] == '\0'
			? ""
			: mem_printf(h, "%s\n", steps[i].told));
	}
}

static void
test_rollup__all_parts_ended__is_cancelled_and_not_paid(void **state)
{
	struct home *h = *state;

	emit_orders(h, 1, 2, 6);
	home_exec(h,
	    "UPDATE part SET status = 9000 WHERE order_id = 1;"
	    "UPDATE part SET status = 9200 WHERE order_id = 2");
	roll_up(h);
	assert_string_equal(updates(h),
	    "1|1|CANCELLED|NOT_SHIPPED|NOT_PAID|CANCELLED\n"
	    "2|1|CANCELLED|NOT_SHIPPED|NOT_PAID|FAILED\n");
}

static void
test_rollup__part_cancelled__what_is_left_can_be_paid(void **state)
{
	struct home *h = *state;

	emit_orders(h, 1, 1, 6);
	home_exec(h,
	    "UPDATE part SET status = 9000 WHERE part_no = 1;"
	    "UPDATE part SET status = 3700 WHERE part_no = 2;"
	    "UPDATE invoice SET goods_minor = 5000, discount_minor = 0,"
	    " shipping_minor = 0, tax_minor = 950, total_minor = 5950;"
	    "UPDATE charge SET state = 'done', amount_minor = 5950");
	roll_up(h);
	assert_string_equal(updates(h), "1|1|OPEN|SHIPPED|PAID|SHIPPED\n");
}

static void
test_rollup__open_hold__shows_and_goes(void **state)
{
	struct home *h = *state;

	emit_orders(h, 1, 1, 6);
	home_exec(h,
	    "INSERT INTO hold (hold_id, order_id, shipment_key, type, code,"
	    " reason, state, set_ts_us, set_by) VALUES (1, 1, 'S00000001',"
	    " 'PAYMENT', 'charge.declined', 'r', 'open', 0, 'run:1')");
	roll_up(h);
	assert_string_equal(emit_text(h, "SELECT label FROM orders"),
	    "ON_HOLD\n");
	home_exec(h,
	    "UPDATE hold SET state = 'resolved';"
	    "UPDATE orders SET touched = 1");
	roll_up(h);
	assert_string_equal(emit_text(h, "SELECT label FROM orders"),
	    "RELEASED\n");
}

static void
test_rollup__second_tracking_number__is_told_too(void **state)
{
	struct home *h = *state;

	emit_orders(h, 1, 1, 6);
	home_exec(h,
	    "INSERT INTO ship_group SELECT 1, 2, 'two', method, name,"
	    " company, address1, address2, city, postal_code, state,"
	    " country, phone, zone, 0, 0 FROM ship_group;"
	    "UPDATE order_line SET group_no = 2 WHERE line_no = 2;"
	    "UPDATE part SET status = 3700 WHERE part_no = 1;"
	    "UPDATE shipment SET tracking = 'TRK1'");
	roll_up(h);
	home_exec(h,
	    "UPDATE order_update SET doc_id = 7;"
	    "UPDATE orders SET touched = 1;"
	    "UPDATE shipment SET tracking = 'TRK2'");
	roll_up(h);
	assert_string_equal(emit_text(h,
				"SELECT seq, shop_id, status, tracking FROM "
				"order_update_shipment ORDER BY 1, 2"),
	    "1|ship1|SHIPPED|TRK1\n1|two|NOT_SHIPPED|\n"
	    "2|ship1|SHIPPED|TRK2\n2|two|NOT_SHIPPED|\n");
}

static void
test_rollup__news_not_told_yet__gives_way_to_newer(void **state)
{
	struct home *h = *state;

	emit_orders(h, 1, 1, 6);
	roll_up(h);
	home_exec(h,
	    "UPDATE part SET status = 3700;"
	    "UPDATE orders SET touched = 1");
	roll_up(h);
	assert_string_equal(emit_text(h,
				"SELECT u.seq, shipping_status, s.status FROM "
				"order_update u JOIN order_update_shipment s "
				"ON s.seq = u.seq"),
	    "1|SHIPPED|SHIPPED\n");
}

static void
test_rollup__shop_without_the_feed__is_not_told(void **state)
{
	struct home *h = *state;

	h->cfg.partners[0].feed_count = 0;
	emit_orders(h, 1, 1, 6);
	assert_int_equal(roll_up(h).done, 1);
	assert_string_equal(updates(h), "");
	assert_string_equal(
	    emit_text(h, "SELECT touched, shop_sent FROM orders"), "0|\n");
}

static void
test_rollup__more_orders_than_a_batch__does_all(void **state)
{
	struct home *h = *state;

	h->cfg.batch_orders = 3;
	emit_orders(h, 1, 8, 6);
	home_exec(h, "UPDATE orders SET touched = 0 WHERE order_id = 5");
	assert_int_equal(roll_up(h).done, 7);
	assert_string_equal(emit_text(h,
				"SELECT SUM(touched), (SELECT COUNT(*) FROM "
				"order_update) FROM orders"),
	    "0|7\n");
}

static void
test_rollup__order_without_lines__does_not_stop_the_others(void **state)
{
	struct home *h = *state;

	emit_orders(h, 1, 2, 6);
	home_exec(h,
	    "PRAGMA foreign_keys = OFF; DELETE FROM part WHERE order_id = 1");
	assert_int_equal(roll_up(h).done, 2);
	assert_string_equal(
	    emit_text(h, "SELECT label FROM orders ORDER BY order_id"),
	    "CREATED\nRELEASED\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rollup__released_order__is_labelled_and_told_once),
		TEST(test_rollup__order_life__gives_the_words_of_the_shop),
		TEST(test_rollup__all_parts_ended__is_cancelled_and_not_paid),
		TEST(test_rollup__part_cancelled__what_is_left_can_be_paid),
		TEST(test_rollup__open_hold__shows_and_goes),
		TEST(test_rollup__second_tracking_number__is_told_too),
		TEST(test_rollup__news_not_told_yet__gives_way_to_newer),
		TEST(test_rollup__shop_without_the_feed__is_not_told),
		TEST(test_rollup__more_orders_than_a_batch__does_all),
		TEST(
		    test_rollup__order_without_lines__does_not_stop_the_others),
	};

	return cmocka_run_group_tests_name("rollup", tests, NULL, NULL);
}
