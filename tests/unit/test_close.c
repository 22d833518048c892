/* What is delivered and paid is completed; lifecycle 2.3, 3900. */

#include "tests/unit/ordering.h"

static int
setup(void **state)
{
	mem_ctx *top = mem_ctx_new(NULL, "test");

	*state = mem_ctx_new(top, "fixture");
	return 0;
}

/* Orders 1 to count, each two parts in one shipment, delivered. */
static struct ordering *
delivered(void **state, int count)
{
	static const int64_t minor[6] = { 100 };
	struct ordering *o = ordering_new(*state);

	for (int id = 1; id <= count; id++) {
		order_add(o, id, "EUR", 100, 0);
		group_add(o, id, 1, 0, 0);
		line_add(o, id, 1, 1, 3, minor);
		shipment_add(o, id, id, 1);
		ship_line(o, id, id, 1, 1);
		ship_line(o, id, id, 1, 2);
	}
	sql(o,
	    "UPDATE shipment SET stage = 0, status = 'DELIVERED';"
	    "UPDATE part SET status = 3800;"
	    "INSERT INTO release_status SELECT order_id, part_no, 1,"
	    " release_key, 3200, 0, qty, 1, 0 FROM part;"
	    "INSERT INTO release_status SELECT order_id, part_no, 2,"
	    " release_key, 3800, qty, qty, 2, 0 FROM part");
	return o;
}

static void
charge(struct ordering *o, int id, const char *kind, const char *state,
    int again)
{
	sql(o,
	    "INSERT INTO invoice (invoice_no, kind, order_id, shipment_key,"
	    " issued_ts_us, currency, goods_minor, discount_minor,"
	    " shipping_minor, tax_minor, total_minor) VALUES ('I%d',"
	    " 'invoice', %d, 'S%08d', 1, 'EUR', 0, 0, 0, 0, 0)"
	    " ON CONFLICT DO NOTHING;"
	    "INSERT INTO charge (charge_id, idem_key, kind, order_id,"
	    " shipment_key, invoice_no, payment_n, amount_minor, currency,"
	    " state, ts_us, again) SELECT COUNT(*) + 1, 'k' || COUNT(*), '%s',"
	    " %d, 'S%08d', 'I%d', 1, 100, 'EUR', '%s', 1, %d FROM charge",
	    id, id, id, kind, id, id, id, state, again);
}

static void
close_orders(struct ordering *o)
{
	o->res = (struct stage_result){ 0 };
	ASSERT_OK(stage_close(&o->run, &o->res, ERR));
}

static void
test_stage_close__delivered_nothing_to_pay__is_completed(void **state)
{
	struct ordering *o = delivered(state, 1);

	close_orders(o);
	assert_int_equal(o->res.done, 1);
	assert_int_equal(o->res.waiting, 0);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM part"
			     " WHERE status = 3900"),
	    2);
	assert_string_equal(ask_text(o,
				"SELECT GROUP_CONCAT(seq || event ||"
				" from_status || to_status || actor || detail)"
				" FROM event"),
	    "1completed38003900run:1S00000001");
	assert_int_equal(ask(o, "SELECT touched FROM orders"), 1);
	assert_string_equal(ask_text(o,
				"SELECT GROUP_CONCAT(seq || ' ' || status ||"
				" ' ' || status_quantity) FROM release_status"
				" WHERE part_no = 2"),
	    "1 3200 0,2 3800 0,3 3900 2");
}

static void
test_stage_close__run_again__does_nothing_twice(void **state)
{
	struct ordering *o = delivered(state, 2);

	close_orders(o);
	close_orders(o);
	assert_int_equal(o->res.done, 0);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM event"), 2);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM release_status"
			     " WHERE status = 3900"),
	    4);
}

static void
test_stage_close__captures__must_be_done(void **state)
{
	static const struct {
		const char *kind, *state;
		int again;
		int64_t done;
	} cases[] = { { "capture", "done", 0, 1 }, { "capture", "due", 0, 0 },
		{ "capture", "requested", 0, 0 },
		{ "capture", "declined", 1, 0 },
		{ "capture", "declined", 0, 1 } /* another took its place */,
		{ "refund", "requested", 0, 1 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ordering *o = delivered(state, 1);

		charge(o, 1, "capture", "done", 0);
		charge(o, 1, cases[i].kind, cases[i].state, cases[i].again);
		close_orders(o);
		assert_int_equal(o->res.done, cases[i].done);
		assert_int_equal(o->res.waiting, cases[i].done ? 0 : 2);
	}
}

static void
test_stage_close__one_shipment_of_two_paid__closes_that_one(void **state)
{
	struct ordering *o = delivered(state, 1);

	shipment_add(o, 2, 1, 1);
	ship_line(o, 2, 1, 1, 1);
	sql(o, "UPDATE part SET status = 3800");
	charge(o, 1, "capture", "due", 0);
	close_orders(o);
	assert_int_equal(o->res.done, 1);
	assert_string_equal(ask_text(o, "SELECT detail FROM event"),
	    "S00000002");
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM part"
			     " WHERE status = 3800"),
	    2);
}

static void
test_stage_close__two_shipments_at_once__have_an_event_each(void **state)
{
	struct ordering *o = delivered(state, 1);

	shipment_add(o, 2, 1, 1);
	ship_line(o, 2, 1, 1, 1);
	sql(o,
	    "UPDATE part SET status = 3800;"
	    "INSERT INTO event (order_id, seq, ts_us, event, actor) VALUES"
	    " (1, 1, 1, 'note', 'anna')");
	close_orders(o);
	assert_string_equal(ask_text(o,
				"SELECT GROUP_CONCAT(seq || detail)"
				" FROM event"),
	    "1,2S00000001,3S00000002");
}

static void
test_stage_close__not_delivered__is_left_alone(void **state)
{
	struct ordering *o = delivered(state, 1);

	sql(o, "UPDATE part SET status = 3710");
	close_orders(o);
	assert_int_equal(o->res.done, 0);
	assert_int_equal(ask(o, "SELECT touched FROM orders"), 0);
}

static void
test_stage_close__small_batches__close_all(void **state)
{
	struct ordering *o = delivered(state, 20);

	o->cfg.batch_orders = 3;
	charge(o, 7, "capture", "due", 0);
	charge(o, 8, "capture", "due", 0);
	charge(o, 9, "capture", "due", 0);
	close_orders(o);
	assert_int_equal(o->res.done, 17);
	assert_int_equal(o->res.waiting, 6);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM part"
			     " WHERE status = 3900"),
	    34);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stage_close__delivered_nothing_to_pay__is_completed),
		TEST(test_stage_close__run_again__does_nothing_twice),
		TEST(test_stage_close__captures__must_be_done),
		TEST(
		    test_stage_close__one_shipment_of_two_paid__closes_that_one),
		TEST(
		    test_stage_close__two_shipments_at_once__have_an_event_each),
		TEST(test_stage_close__not_delivered__is_left_alone),
		TEST(test_stage_close__small_batches__close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
