/* Billing per shipment: TEMP-10, TEMP-11, TEMP-20..22, SFCC-34..37. */

#include "tests/unit/ordering.h"

#include "pipeline/bill.h"

static int
setup(void **state)
{
	mem_ctx *top = mem_ctx_new(NULL, "test");

	*state = mem_ctx_new(top, "fixture");
	return 0;
}

static const int64_t thirds[6] = { 1000, 200, -100, -20, 50, 10 };

/* Order 1: three of one thing, shipping 500 + 100, paid by card: 17.40. */
static struct ordering *
three_of_one(void **state)
{
	struct ordering *o = ordering_new(*state);

	order_add(o, 1, "EUR", 1740, 290);
	group_add(o, 1, 1, 500, 100);
	line_add(o, 1, 1, 1, 3, thirds);
	payment_add(o, 1, 1, "card", 1740, 0);
	return o;
}

static void
ship(struct ordering *o, int n, int64_t qty)
{
	shipment_add(o, n, 1, 1);
	ship_line(o, n, 1, 1, qty);
}

static void
bill(struct ordering *o)
{
	o->res = (struct stage_result){ 0 };
	ASSERT_OK(stage_bill(&o->run, &o->res, ERR));
}

static void
credit(struct ordering *o, int64_t id, int n, int64_t line_no, int64_t qty)
{
	char key[16];

	snprintf(key, sizeof(key), "S%08d", n);
	ASSERT_OK(db_begin(o->run.db, ERR));
	ASSERT_OK(bill_credit_short(&o->run, id, key, line_no, qty, ERR));
	ASSERT_OK(db_commit(o->run.db, "test", ERR));
}

static void
request_all(struct ordering *o)
{
	sql(o, "UPDATE charge SET state = 'requested' WHERE state = 'due'");
}

static void
answer(struct ordering *o, int64_t charge_id, const char *result)
{
	ASSERT_OK(db_begin(o->run.db, ERR));
	ASSERT_OK(bill_charge_answered(&o->run, charge_id, result, "ref-1",
	    NOW_US, ERR));
	ASSERT_OK(db_commit(o->run.db, "test", ERR));
}

static void
assert_charge(struct ordering *o, const char *idem_key, const char *state,
    int64_t amount_minor)
{
	char query[200];

	snprintf(query, sizeof(query),
	    "SELECT state || ' ' || amount_minor FROM charge"
	    " WHERE idem_key = '%s'",
	    idem_key);
	snprintf(query + 150, 50, "%s %lld", state, (long long)amount_minor);
	assert_string_equal(ask_text(o, query), query + 150);
}

static void
test_stage_bill__whole_order_in_one__invoice_is_the_order(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	bill(o);
	assert_int_equal(o->res.done, 1);
	assert_int_equal(o->res.waiting, 0);
	assert_string_equal(ask_text(o,
				"SELECT invoice_no || ' ' || goods_minor ||"
				" ' ' || discount_minor || ' ' ||"
				" shipping_minor || ' ' || tax_minor || ' ' ||"
				" total_minor || ' ' || currency || ' ' ||"
				" issued_ts_us FROM invoice"),
	    "INV-00000001 1000 -100 550 290 1740 EUR 1774663200000000");
	assert_string_equal(ask_text(o,
				"SELECT sku || ' ' || qty || ' ' || net_minor"
				" || ' ' || ship_minor || ' ' || tax_minor"
				" FROM invoice_line WHERE line_no = 0"),
	    "SHIPPING 1 0 500 100");
	assert_charge(o, "S00000001:charge:1:1", "due", 1740);
	assert_int_equal(ask(o, "SELECT stage FROM shipment"), 5);
	assert_int_equal(ask(o, "SELECT value_minor FROM shipment"), 1740);
	assert_int_equal(ask(o, "SELECT used_minor FROM payment"), 1740);
	assert_int_equal(ask(o, "SELECT billed_qty FROM order_line"), 3);
	assert_int_equal(ask(o, "SELECT committed_minor FROM customer_spend"),
	    1740);
	assert_string_equal(ask_text(o,
				"SELECT event || ' ' || detail"
				" FROM event"),
	    "billed INV-00000001 17.40 EUR");
}

/* TEMP-11: per shipment, and SFCC-36: the last takes the remainder. */
static void
test_stage_bill__three_shipments__add_up_to_the_order(void **state)
{
	struct ordering *o = three_of_one(state);

	for (int n = 1; n <= 3; n++) {
		ship(o, n, 1);
		bill(o);
	}
	assert_string_equal(
	    ask_text(o, "SELECT GROUP_CONCAT(total_minor) FROM invoice"),
	    "980,380,380");
	assert_int_equal(ask(o, "SELECT SUM(total_minor) FROM invoice"), 1740);
	assert_int_equal(ask(o, "SELECT SUM(tax_minor) FROM invoice"), 290);
	assert_int_equal(ask(o, "SELECT SUM(amount_minor) FROM charge"), 1740);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM invoice_line"
			     " WHERE line_no = 0"),
	    1);
}

static void
test_stage_bill__parts_of_one_line__are_one_invoice_line(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 1);
	ship_line(o, 1, 1, 1, 2);
	bill(o);
	assert_int_equal(ask(o,
			     "SELECT qty FROM invoice_line"
			     " WHERE line_no = 1"),
	    3);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM invoice_line"), 2);
}

static void
test_stage_bill__run_again__does_nothing_twice(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	bill(o);
	bill(o);
	assert_int_equal(o->res.done, 0);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM invoice"), 1);
	assert_int_equal(ask(o,
			     "SELECT value FROM counter"
			     " WHERE name = 'invoice'"),
	    1);
}

static void
test_stage_bill__shipment_set_back_by_hand__is_not_billed_twice(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 1);
	bill(o);
	sql(o, "UPDATE shipment SET stage = 4");
	ASSERT_FAILS(OMS_DUPLICATE, stage_bill(&o->run, &o->res, ERR));
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 1);
	assert_int_equal(ask(o, "SELECT billed_qty FROM order_line"), 1);
}

static void
test_stage_bill__more_than_ordered__is_held_for_a_person(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	ship(o, 2, 1);
	bill(o);
	assert_int_equal(o->res.done, 1);
	assert_int_equal(o->res.held, 1);
	assert_string_equal(ask_text(o, "SELECT type || ' ' || code FROM hold"),
	    "DATA internal");
}

static void
test_stage_bill__small_batches__bill_all(void **state)
{
	struct ordering *o = three_of_one(state);

	o->cfg.batch_orders = 1;
	for (int n = 1; n <= 3; n++)
		ship(o, n, 1);
	bill(o);
	assert_int_equal(o->res.done, 3);
	assert_int_equal(ask(o, "SELECT SUM(total_minor) FROM invoice"), 1740);
}

static void
test_stage_bill__held__waits_whichever_hold(void **state)
{
	static const char *const key[] = { "", "S00000001" };
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	for (size_t i = 0; i < COUNT(key); i++) {
		sql(o,
		    "INSERT INTO hold (hold_id, order_id, shipment_key, type,"
		    " code, reason, state, set_ts_us, set_by) VALUES (%zu, 1,"
		    " '%s', 'RECON', 'order.totals', 'r', 'open', 1, 'run:1')",
		    i + 1, key[i]);
		bill(o);
		assert_int_equal(o->res.done, 0);
		assert_int_equal(o->res.waiting, 1);
		release_holds(o);
	}
	bill(o);
	assert_int_equal(o->res.done, 1);
}

/* TEMP-27 */
static void
test_stage_bill__maintenance__keeps_the_queue(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	o->cfg.maintenance = true;
	bill(o);
	assert_int_equal(o->res.done, 0);
	assert_int_equal(o->res.waiting, 1);
	assert_string_not_equal(o->res.note, "");
	o->cfg.maintenance = false;
	bill(o);
	assert_int_equal(o->res.done, 1);
}

static void
test_stage_bill__yen__has_no_cents(void **state)
{
	static const int64_t yen[6] = { 100, 10, 0, 0, 0, 0 };
	struct ordering *o = ordering_new(*state);

	order_add(o, 1, "JPY", 110, 10);
	group_add(o, 1, 1, 0, 0);
	line_add(o, 1, 1, 1, 3, yen);
	payment_add(o, 1, 1, "card", 110, 0);
	ship(o, 1, 1);
	ship(o, 2, 2);
	bill(o);
	assert_string_equal(
	    ask_text(o, "SELECT GROUP_CONCAT(total_minor) FROM invoice"),
	    "36,74");
	assert_string_equal(ask_text(o, "SELECT detail FROM event"),
	    "INV-00000001 36 JPY");
}

static void
test_stage_bill__free_order__is_invoiced_and_not_charged(void **state)
{
	static const int64_t none[6] = { 0 };
	struct ordering *o = ordering_new(*state);

	order_add(o, 1, "EUR", 0, 0);
	group_add(o, 1, 1, 0, 0);
	line_add(o, 1, 1, 1, 1, none);
	ship(o, 1, 1);
	bill(o);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM invoice"), 1);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 0);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM customer_spend"), 0);
}

/* Shipping 90 + 9 over lines worth 100 and 200, weighing 3000 g and 1000 g. */
static struct ordering *
shared_shipping(void **state, const char *mode)
{
	static const int64_t worth[2][6] = { { 100 }, { 200 } };
	struct ordering *o = ordering_new(*state);

	o->cfg.shipping_charge = mem_strdup(*state, mode);
	sql(o,
	    "INSERT INTO product VALUES ('SKU-1', '', '', 3000, 'piece',"
	    " 'cancel', 1), ('SKU-2', '', '', 500, 'piece', 'cancel', 1)");
	order_add(o, 1, "EUR", 399, 9);
	group_add(o, 1, 1, 90, 9);
	line_add(o, 1, 1, 1, 1, worth[0]);
	line_add(o, 1, 2, 1, 2, worth[1]);
	payment_add(o, 1, 1, "card", 399, 0);
	shipment_add(o, 1, 1, 1);
	ship_line(o, 1, 1, 1, 1);
	for (int n = 2; n <= 3; n++) {
		shipment_add(o, n, 1, 1);
		ship_line(o, n, 1, 2, 1);
	}
	return o;
}

static void
test_stage_bill__shipping_charge__is_shared_by_the_mode(void **state)
{
	static const struct {
		const char *mode, *want;
	} cases[] = { { "first", "90" }, { "value", "30,30,30" },
		{ "weight", "68,11,11" } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ordering *o = shared_shipping(state, cases[i].mode);

		bill(o);
		assert_string_equal(ask_text(o,
					"SELECT GROUP_CONCAT(ship_minor) FROM"
					" invoice_line WHERE line_no = 0"),
		    cases[i].want);
		assert_int_equal(ask(o, "SELECT SUM(total_minor) FROM invoice"),
		    399);
	}
}

/* SFCC-34..36: tenders in their fixed order. */
static void
test_stage_bill__several_tenders__pay_in_the_fixed_order(void **state)
{
	struct ordering *o = three_of_one(state);

	sql(o, "UPDATE payment SET tender = 'invoice', amount_minor = 500");
	payment_add(o, 1, 2, "card", 900, 0);
	payment_add(o, 1, 3, "gift_certificate", 100, 0);
	payment_add(o, 1, 4, "store_credit", 240, 1);
	ship(o, 1, 3);
	bill(o);
	assert_string_equal(ask_text(o,
				"SELECT GROUP_CONCAT(idem_key || ' ' ||"
				" amount_minor) FROM charge"),
	    "S00000001:charge:3:1 100,S00000001:charge:2:1 900");
	assert_string_equal(
	    ask_text(o, "SELECT GROUP_CONCAT(used_minor) FROM payment"),
	    "500,900,100,240");
	assert_int_equal(ask(o, "SELECT settled_minor FROM invoice"), 740);
	assert_int_equal(ask(o, "SELECT committed_minor FROM customer_spend"),
	    1000);
}

static void
test_stage_bill__captured_by_the_shop__is_used_first_in_its_rank(void **state)
{
	struct ordering *o = three_of_one(state);

	payment_add(o, 1, 2, "card", 1000, 1);
	ship(o, 1, 3);
	bill(o);
	assert_int_equal(ask(o, "SELECT used_minor FROM payment WHERE n = 2"),
	    1000);
	assert_charge(o, "S00000001:charge:1:1", "due", 740);
}

/* Real orders' payments need not add up: facts of the SFCC exports. */
static void
test_stage_bill__payments_fall_short__charge_what_they_cover(void **state)
{
	struct ordering *o = three_of_one(state);

	sql(o, "UPDATE payment SET amount_minor = 1000");
	ship(o, 1, 3);
	bill(o);
	assert_charge(o, "S00000001:charge:1:1", "due", 1000);
	assert_int_equal(ask(o, "SELECT total_minor FROM invoice"), 1740);
	assert_string_equal(ask_text(o,
				"SELECT detail FROM event WHERE"
				" event = 'payment_short'"),
	    "INV-00000001 7.40 EUR");
	assert_string_not_equal(o->res.note, "");
}

/* Order id: one thing for amount, alone in its shipment of the same number. */
static void
simple_order(struct ordering *o, int id, int64_t amount)
{
	const int64_t minor[6] = { amount };

	order_add(o, id, "EUR", amount, 0);
	group_add(o, id, 1, 0, 0);
	line_add(o, id, 1, 1, 1, minor);
	payment_add(o, id, 1, "card", amount, 0);
	shipment_add(o, id, id, 1);
	ship_line(o, id, id, 1, 1);
}

/* TEMP-20: 700 + 500 over 1000 must fail. */
static void
test_stage_bill__over_the_spending_limit__holds_the_shipment(void **state)
{
	struct ordering *o = ordering_new(*state);

	o->cfg.spending_limit_minor = 1000;
	simple_order(o, 10, 700);
	simple_order(o, 20, 500); /* the same customer */
	simple_order(o, 30, 300);
	simple_order(o, 31, 500); /* another */
	bill(o);
	assert_int_equal(o->res.done, 3);
	assert_int_equal(o->res.held, 1);
	assert_string_equal(ask_text(o,
				"SELECT shipment_key || ' ' || type || ' ' ||"
				" code FROM hold"),
	    "S00000020 LIMIT order.spending_limit");
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM invoice"
			     " WHERE order_id = 20"),
	    0);
	assert_int_equal(ask(o,
			     "SELECT committed_minor FROM customer_spend"
			     " WHERE customer_key = 'C0'"),
	    1000);
	assert_int_equal(ask(o,
			     "SELECT billed_qty FROM order_line"
			     " WHERE order_id = 20"),
	    0);
	release_holds(o);
	bill(o);
	assert_int_equal(o->res.done, 1); /* a person said so */
}

/* TEMP-21: what a manager raises takes effect at the next charge. */
static void
test_stage_bill__limit_raised__goes_on_by_itself(void **state)
{
	struct ordering *o = ordering_new(*state);

	o->cfg.spending_limit_minor = 600;
	simple_order(o, 10, 700);
	bill(o);
	bill(o);
	assert_int_equal(o->res.held, 0); /* it is the same hold still */
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM hold"), 1);
	o->cfg.spending_limit_minor = 700;
	bill(o);
	assert_int_equal(o->res.done, 1);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM hold"
			     " WHERE state = 'open'"),
	    0);
}

/* A person's word on the order is one on its shipments. */
static void
test_stage_bill__limit_of_order_overruled__is_not_set_again(void **state)
{
	static const struct {
		const char *code;
		int64_t billed;
	} cases[] = { { "order.spending_limit", 1 }, { "ok", 0 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ordering *o = ordering_new(*state);

		o->cfg.spending_limit_minor = 600;
		simple_order(o, 10, 700);
		sql(o,
		    "INSERT INTO hold (hold_id, order_id, shipment_key, type,"
		    " code, reason, state, set_ts_us, set_by, resolved_by)"
		    " VALUES (99, 10, '', 'LIMIT', '%s', '', 'resolved', 0,"
		    " 'run:1', 'anna')",
		    cases[i].code);
		bill(o);
		assert_int_equal(o->res.done, cases[i].billed);
	}
}

/* TEMP-21: a manager's row counts before the limit for everyone. */
static void
test_stage_bill__own_limit__counts_before_the_general_one(void **state)
{
	static const struct {
		const char *limit;
		int64_t billed;
	} cases[] = { { "NULL", 1 }, { "700", 1 }, { "699", 0 }, { "0", 0 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ordering *o = ordering_new(*state);

		o->cfg.spending_limit_minor = 600;
		sql(o,
		    "INSERT INTO spending_limit VALUES ('C0', 'EUR', %s),"
		    " ('C0', 'USD', 1)",
		    cases[i].limit);
		simple_order(o, 10, 700);
		bill(o);
		assert_int_equal(o->res.done, cases[i].billed);
	}
}

/* Billing 4.2: one shipment must not pass while the next fails. */
static void
test_stage_bill__first_shipment__is_tested_for_the_whole_order(void **state)
{
	struct ordering *o = three_of_one(state);

	o->cfg.spending_limit_minor = 1739;
	ship(o, 1, 1);
	bill(o);
	assert_int_equal(o->res.held, 1);
	o->cfg.spending_limit_minor = 1740;
	release_holds(o);
	bill(o);
	ship(o, 2, 2);
	bill(o);
	assert_int_equal(o->res.done, 1);
	assert_int_equal(ask(o, "SELECT committed_minor FROM customer_spend"),
	    1740);
}

static void
test_bill_credit_short__request_not_sent__asks_for_less(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	bill(o);
	credit(o, 1, 1, 1, 1);
	assert_string_equal(ask_text(o,
				"SELECT invoice_no || ' ' || credits || ' ' ||"
				" total_minor FROM invoice"
				" WHERE kind = 'credit'"),
	    "CN-00000001 INV-00000001 -380");
	assert_charge(o, "S00000001:charge:1:1", "due", 1360);
	assert_int_equal(ask(o, "SELECT used_minor FROM payment"), 1360);
	assert_int_equal(ask(o, "SELECT committed_minor FROM customer_spend"),
	    1360);
	assert_int_equal(ask(o, "SELECT billed_qty FROM order_line"), 2);
	assert_int_equal(ask(o, "SELECT value_minor FROM shipment"), 1360);
	ship(o, 2, 1);
	bill(o);
	assert_int_equal(ask(o, "SELECT SUM(total_minor) FROM invoice"), 1740);
	assert_int_equal(ask(o, "SELECT SUM(amount_minor) FROM charge"), 1740);
}

static void
test_bill_credit_short__nothing_ships__shipping_goes_to_the_next(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 1);
	ship_line(o, 1, 1, 1, 1);
	bill(o);
	credit(o, 1, 1, 1, 1);
	assert_int_equal(ask(o, "SELECT SUM(shipping_minor) FROM invoice"),
	    516);
	credit(o, 1, 1, 1, 1);
	assert_int_equal(ask(o, "SELECT SUM(total_minor) FROM invoice"), 0);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 0);
	assert_int_equal(ask(o, "SELECT used_minor FROM payment"), 0);
	ship(o, 2, 3);
	bill(o);
	assert_int_equal(ask(o,
			     "SELECT total_minor FROM invoice"
			     " WHERE shipment_key = 'S00000002'"),
	    1740);
}

static void
test_bill_credit_short__captured__is_refunded(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	bill(o);
	request_all(o);
	credit(o, 1, 1, 1, 1);
	assert_charge(o, "S00000001:refund:1:1", "waiting", 380);
	answer(o, 1, "captured");
	assert_charge(o, "S00000001:refund:1:1", "due", 380);
	credit(o, 1, 1, 1, 1);
	assert_charge(o, "S00000001:refund:1:2", "due", 380);
	request_all(o);
	answer(o, 2, "refunded");
	assert_charge(o, "S00000001:refund:1:1", "done", 380);
	assert_int_equal(ask(o, "SELECT used_minor FROM payment"), 980);
	assert_int_equal(ask(o, "SELECT committed_minor FROM customer_spend"),
	    980);
	credit(o, 1, 1, 1, 1); /* and the shipping with it */
	assert_charge(o, "S00000001:refund:1:3", "due", 980);
}

static void
test_bill_credit_short__settled_money__is_free_without_a_refund(void **state)
{
	struct ordering *o = three_of_one(state);

	sql(o, "UPDATE payment SET captured = 1");
	ship(o, 1, 3);
	bill(o);
	credit(o, 1, 1, 1, 1);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 0);
	assert_int_equal(ask(o, "SELECT used_minor FROM payment"), 1360);
	assert_int_equal(ask(o, "SELECT SUM(settled_minor) FROM invoice"),
	    1360);
}

static void
test_bill_credit_short__never_billed__is_fine(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	credit(o, 1, 1, 1, 1);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM invoice"), 0);
}

static void
test_bill_credit_short__more_than_is_left__is_refused(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 2);
	bill(o);
	credit(o, 1, 1, 1, 1);
	ASSERT_FAILS(OMS_VALUE,
	    bill_credit_short(&o->run, 1, "S00000001", 1, 2, ERR));
	ASSERT_FAILS(OMS_VALUE,
	    bill_credit_short(&o->run, 1, "S00000001", 2, 1, ERR));
	ASSERT_FAILS(OMS_VALUE,
	    bill_credit_short(&o->run, 1, "S00000001", 1, 0, ERR));
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM invoice"), 2);
}

/* TEMP-22; n in the key changes only on a definite decline. */
static void
test_bill_charge_answered__declined__holds_and_asks_again(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	bill(o);
	request_all(o);
	answer(o, 1, "declined");
	assert_string_equal(ask_text(o,
				"SELECT shipment_key || ' ' || type || ' ' ||"
				" code FROM hold WHERE state = 'open'"),
	    "S00000001 PAYMENT charge.declined");
	assert_int_equal(ask(o, "SELECT used_minor FROM payment"), 0);
	assert_int_equal(ask(o, "SELECT committed_minor FROM customer_spend"),
	    0);
	bill(o);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 1);
	release_holds(o);
	bill(o);
	bill(o);
	assert_charge(o, "S00000001:charge:1:2", "due", 1740);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 2);
	request_all(o);
	answer(o, 2, "captured");
	assert_int_equal(ask(o, "SELECT used_minor FROM payment"), 1740);
	assert_int_equal(ask(o, "SELECT committed_minor FROM customer_spend"),
	    1740);
}

static void
test_bill_charge_answered__declined_after_a_credit__asks_for_less(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	bill(o);
	request_all(o);
	credit(o, 1, 1, 1, 1); /* its refund waits */
	answer(o, 1, "declined");
	assert_charge(o, "S00000001:refund:1:1", "declined", 380);
	assert_int_equal(ask(o, "SELECT used_minor FROM payment"), 0);
	credit(o, 1, 1, 1, 1); /* nothing is captured: no money moves */
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 2);
	release_holds(o);
	bill(o);
	assert_charge(o, "S00000001:charge:1:2", "due", 980);
	assert_int_equal(ask(o, "SELECT committed_minor FROM customer_spend"),
	    980);
}

static void
test_bill_charge_answered__refund_declined__is_asked_again(void **state)
{
	struct ordering *o = three_of_one(state);

	ship(o, 1, 3);
	bill(o);
	request_all(o);
	answer(o, 1, "captured");
	credit(o, 1, 1, 1, 1);
	request_all(o);
	answer(o, 2, "declined");
	release_holds(o);
	bill(o);
	assert_charge(o, "S00000001:refund:1:2", "due", 380);
	bill(o);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 3);
}

/* The capture that was declined too takes what was to be given back. */
static void
test_bill_charge_answered__refund_kept_for_what_is_owed__is_used_again(
    void **state)
{
	struct ordering *o = three_of_one(state);

	sql(o,
	    "UPDATE payment SET amount_minor = 1000;"
	    "INSERT INTO payment SELECT order_id, 2, tender, method, 740,"
	    " authorised, captured, transaction_id, processor, 0 FROM payment");
	ship(o, 1, 3);
	bill(o);
	request_all(o);
	answer(o, 2, "captured");
	credit(o, 1, 1, 1, 1);
	assert_charge(o, "S00000001:refund:2:1", "due", 380);
	request_all(o);
	answer(o, 1, "declined");
	answer(o, 3, "declined");
	release_holds(o);
	bill(o);
	assert_charge(o, "S00000001:charge:1:2", "due", 620);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 4);
	assert_int_equal(ask(o, "SELECT used_minor FROM payment WHERE n = 2"),
	    740);
	assert_int_equal(ask(o, "SELECT committed_minor FROM customer_spend"),
	    1360);
}

static void
test_bill_charge_answered__over_the_limit_meanwhile__is_held(void **state)
{
	struct ordering *o = ordering_new(*state);

	simple_order(o, 10, 700);
	bill(o);
	request_all(o);
	answer(o, 1, "declined");
	o->cfg.spending_limit_minor = 500;
	sql(o, "UPDATE hold SET state = 'resolved', resolved_by = 'anna'");
	bill(o);
	assert_int_equal(o->res.held, 1);
	assert_int_equal(ask(o, "SELECT COUNT(*) FROM charge"), 1);
	release_holds(o);
	bill(o);
	assert_charge(o, "S00000010:charge:1:2", "due", 700);
}

static void
test_bill_charge_answered__wrong_answers__are_refused(void **state)
{
	struct ordering *o = three_of_one(state);
	struct run *run = &o->run;

	ship(o, 1, 3);
	bill(o);
	ASSERT_FAILS(OMS_UNMATCHED,
	    bill_charge_answered(run, 9, "captured", "", 1, ERR));
	ASSERT_FAILS(OMS_UNMATCHED,
	    bill_charge_answered(run, 1, "captured", "", 1, ERR));
	request_all(o);
	ASSERT_FAILS(OMS_VALUE,
	    bill_charge_answered(run, 1, "maybe", "", 1, ERR));
	ASSERT_FAILS(OMS_TRANSITION,
	    bill_charge_answered(run, 1, "refunded", "", 1, ERR));
	answer(o, 1, "captured");
	answer(o, 1, "captured"); /* the same again */
	ASSERT_FAILS(OMS_TRANSITION,
	    bill_charge_answered(run, 1, "declined", "", 1, ERR));
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM event"
			     " WHERE event = 'captured'"),
	    1);
}

/*
 * Any orders, shipped in any pieces, short-picked and billed again, charges
 * answered either way: the sums hold at every moment and end exact.
 */
enum { ORDERS = 150, LINES = 4, ROUNDS = 8 };

static uint64_t seed;

static int
random_upto(int max)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (int)((seed * UINT64_C(2685821657736338717) >> 33) %
	    (uint64_t)(max + 1));
}

struct world {
	struct ordering *o;
	int shipments;
	int left[ORDERS + 1][LINES + 1]; /* not in a shipment, or back */
};

static int64_t
random_line(struct world *w, int id, int line_no, int64_t *tax_minor)
{
	int qty = random_upto(6) + 1, scale = random_upto(2) ? 9999 : 5;
	int64_t net = random_upto(scale), tax = random_upto((int)net);
	int64_t disc = -random_upto((int)net), ship = random_upto(99);
	const int64_t minor[6] = { net, tax, disc, disc * tax / (net + 1), ship,
		ship / 5 };
	int64_t total = 0;

	line_add(w->o, id, line_no, (line_no - 1) % 2 + 1, qty, minor);
	w->left[id][line_no] = qty;
	*tax_minor += minor[1] + minor[3] + minor[5];
	for (int i = 0; i < 6; i++)
		total += minor[i];
	return total;
}

static void
random_payments(struct world *w, int id, int64_t total)
{
	static const char *const tender[] = { "gift_certificate", "card",
		"wallet", "invoice" };
	int count = random_upto(3) + 1;
	int64_t left = total;

	for (int n = 1; n <= count; n++) {
		int64_t part = n == count ? left : random_upto((int)left);

		if (n == count && random_upto(9) == 0)
			part /= 2; /* short */
		payment_add(w->o, id, n, tender[random_upto(3)], part,
		    random_upto(4) == 0);
		left -= part;
	}
}

static void
random_order(struct world *w, int id)
{
	int lines = random_upto(LINES - 1) + 1;
	int64_t total = 0, tax = 0;

	order_add(w->o, id, id % 3 ? "EUR" : "JPY", 0, 0);
	for (int group_no = 1; group_no <= 2; group_no++) {
		int64_t ship = lines < group_no ? 0 : random_upto(999);

		group_add(w->o, id, group_no, ship, ship / 5);
		total += ship + ship / 5;
		tax += ship / 5;
	}
	for (int line_no = 1; line_no <= lines; line_no++)
		total += random_line(w, id, line_no, &tax);
	random_payments(w, id, total);
	sql(w->o,
	    "UPDATE orders SET total_minor = %lld, tax_minor = %lld"
	    " WHERE order_id = %d",
	    (long long)total, (long long)tax, id);
}

/* A shipment of one group with some of what is left of it. */
static void
random_shipment(struct world *w, int id, int group_no, bool all)
{
	int n = 0;

	for (int line_no = group_no; line_no <= LINES; line_no += 2) {
		int left = w->left[id][line_no];
		int qty = all ? left : random_upto(left);

		if (qty == 0)
			continue;
		if (n == 0) {
			n = ++w->shipments;
			shipment_add(w->o, n, id, group_no);
		}
		if (qty > 1) /* as two parts */
			ship_line(w->o, n, id, line_no, 1);
		ship_line(w->o, n, id, line_no, qty > 1 ? qty - 1 : qty);
		w->left[id][line_no] -= qty;
	}
}

/* Short-pick one line of a billed shipment, in part or whole. */
static void
random_short(struct world *w)
{
	struct ordering *o = w->o;
	int n = random_upto(w->shipments - 1) + 1;
	char where[200];

	snprintf(where, sizeof(where),
	    "FROM invoice i JOIN invoice_line l ON l.invoice_no ="
	    " i.invoice_no WHERE i.kind = 'invoice' AND i.shipment_key ="
	    " 'S%08d' AND l.line_no > 0 AND l.credited_qty < l.qty",
	    n);
	int64_t id = ask(o, "SELECT i.order_id %s LIMIT 1", where);
	int64_t line_no = ask(o, "SELECT l.line_no %s LIMIT 1", where);
	int64_t qty = ask(o, "SELECT l.qty - l.credited_qty %s LIMIT 1", where);
	if (qty == 0)
		return;
	qty = random_upto((int)qty - 1) + 1;
	credit(o, id, n, line_no, qty);
	w->left[id][line_no] += (int)qty;
}

static void
random_answers(struct world *w)
{
	int64_t last = ask(w->o, "SELECT MAX(charge_id) FROM charge");

	sql(w->o,
	    "UPDATE charge SET state = 'requested' WHERE state = 'due'"
	    " AND charge_id %% 3 = %d",
	    random_upto(2));
	for (int64_t id = 1; id <= last; id++) {
		bool is_open = ask(w->o,
		    "SELECT COUNT(*) FROM charge WHERE charge_id = %lld"
		    " AND state = 'requested'",
		    (long long)id);
		bool is_refund = ask(w->o,
		    "SELECT COUNT(*) FROM charge WHERE charge_id = %lld"
		    " AND kind = 'refund'",
		    (long long)id);

		if (is_open && random_upto(1))
			answer(w->o, id,
			    random_upto(4) == 0 ? "declined"
				: is_refund     ? "refunded"
						: "captured");
	}
}

#define LIVE                                                                   \
	"COALESCE((SELECT SUM(CASE WHEN kind = 'capture' THEN amount_minor"    \
	" ELSE -amount_minor END) FROM charge c WHERE c.state <> 'declined'"

/* What must hold after every transaction; each counts what breaks it. */
static const char *const laws[] = {
	/* what is billed is what invoices less credits hold */
	"SELECT COUNT(*) FROM order_line o WHERE billed_qty <> COALESCE(("
	"SELECT SUM(l.qty) FROM invoice i JOIN invoice_line l ON"
	" l.invoice_no = i.invoice_no WHERE i.order_id = o.order_id AND"
	" l.line_no = o.line_no), 0)",
	/* signs are kept */
	"SELECT COUNT(*) FROM invoice i JOIN invoice_line l ON l.invoice_no ="
	" i.invoice_no WHERE i.kind = 'invoice' AND (l.net_minor < 0 OR"
	" l.disc_minor > 0 OR l.ship_minor < 0 OR l.tax_minor < 0)",
	"SELECT COUNT(*) FROM invoice i JOIN invoice_line l ON l.invoice_no ="
	" i.invoice_no WHERE i.kind = 'credit' AND (l.net_minor > 0 OR"
	" l.disc_minor < 0 OR l.ship_minor > 0 OR l.tax_minor > 0)",
	/* a payment is never used beyond its amount, nor below nothing */
	"SELECT COUNT(*) FROM payment WHERE used_minor NOT BETWEEN 0 AND"
	" amount_minor",
	/* a payment that is asked is used for what was asked; a declined
	   refund leaves money with us that is owed back: not live */
	"SELECT COUNT(*) FROM payment p WHERE p.captured = 0 AND p.tender <>"
	" 'invoice' AND p.used_minor <> " LIVE
	" AND c.order_id = p.order_id AND c.payment_n = p.n), 0) - COALESCE(("
	"SELECT SUM(amount_minor) FROM charge d WHERE d.kind = 'refund' AND"
	" d.again = 1 AND d.order_id = p.order_id AND d.payment_n = p.n), 0)",
	/* settled money is that of the payments not asked */
	"SELECT COUNT(*) FROM orders o WHERE COALESCE((SELECT SUM("
	"settled_minor) FROM invoice i WHERE i.order_id = o.order_id), 0) <>"
	" COALESCE((SELECT SUM(used_minor) FROM payment p WHERE p.order_id ="
	" o.order_id AND (p.captured = 1 OR p.tender = 'invoice')), 0)",
	/* TEMP-20: committed is what the customer is charged */
	"SELECT COUNT(*) FROM customer_spend s WHERE committed_minor <> ("
	"SELECT SUM(used_minor) FROM payment p JOIN orders o ON o.order_id ="
	" p.order_id WHERE p.captured = 0 AND p.tender <> 'invoice' AND"
	" o.customer_key = s.customer_key AND o.currency = s.currency)",
	/* numbers are gapless */
	"SELECT MAX(CAST(SUBSTR(invoice_no, 5) AS INTEGER)) - COUNT(*) FROM"
	" invoice WHERE kind = 'invoice'",
};

static void
assert_laws(struct world *w)
{
	for (size_t i = 0; i < COUNT(laws); i++)
		if (ask(w->o, "%s", laws[i]) != 0)
			fail_msg("broken: %s", laws[i]);
}

static void
random_world(void **state, const char *mode)
{
	struct world *w = mem_new(*state, struct world);
	struct ordering *o = w->o = ordering_new(*state);

	o->cfg.shipping_charge = mem_strdup(*state, mode);
	sql(o,
	    "INSERT INTO product VALUES ('SKU-1', '', '', 300, 'piece',"
	    " 'cancel', 1), ('SKU-3', '', '', 50, 'piece', 'cancel', 1)");
	for (int id = 1; id <= ORDERS; id++)
		random_order(w, id);
	for (int round = 1; round <= ROUNDS; round++) {
		for (int id = 1; id <= ORDERS; id++)
			random_shipment(w, id, random_upto(1) + 1, false);
		bill(o);
		random_answers(w);
		for (int i = 0; i < ORDERS / 3; i++)
			random_short(w);
		if (round % 2 == 0)
			release_holds(o);
		assert_laws(w);
	}
	for (int id = 1; id <= ORDERS; id++)
		for (int group_no = 1; group_no <= 2; group_no++)
			random_shipment(w, id, group_no, true);
	release_holds(o);
	bill(o);
	assert_laws(w);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM order_line"
			     " WHERE billed_qty <> qty"),
	    0);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM orders o WHERE total_minor"
			     " <> (SELECT SUM(total_minor) FROM invoice i"
			     " WHERE i.order_id = o.order_id)"),
	    0);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM orders o WHERE tax_minor"
			     " <> (SELECT SUM(tax_minor) FROM invoice i"
			     " WHERE i.order_id = o.order_id)"),
	    0);
}

static void
test_stage_bill__any_history_shipping_first__ends_exact(void **state)
{
	seed = 1;
	random_world(state, "first");
}

static void
test_stage_bill__any_history_shipping_by_value__ends_exact(void **state)
{
	seed = 2;
	random_world(state, "value");
}

static void
test_stage_bill__any_history_shipping_by_weight__ends_exact(void **state)
{
	seed = 3;
	random_world(state, "weight");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stage_bill__whole_order_in_one__invoice_is_the_order),
		TEST(test_stage_bill__three_shipments__add_up_to_the_order),
		TEST(test_stage_bill__parts_of_one_line__are_one_invoice_line),
		TEST(test_stage_bill__run_again__does_nothing_twice),
		TEST(
		    test_stage_bill__shipment_set_back_by_hand__is_not_billed_twice),
		TEST(test_stage_bill__more_than_ordered__is_held_for_a_person),
		TEST(test_stage_bill__small_batches__bill_all),
		TEST(test_stage_bill__held__waits_whichever_hold),
		TEST(test_stage_bill__maintenance__keeps_the_queue),
		TEST(test_stage_bill__yen__has_no_cents),
		TEST(test_stage_bill__free_order__is_invoiced_and_not_charged),
		TEST(test_stage_bill__shipping_charge__is_shared_by_the_mode),
		TEST(test_stage_bill__several_tenders__pay_in_the_fixed_order),
		TEST(
		    test_stage_bill__captured_by_the_shop__is_used_first_in_its_rank),
		TEST(
		    test_stage_bill__payments_fall_short__charge_what_they_cover),
		TEST(
		    test_stage_bill__over_the_spending_limit__holds_the_shipment),
		TEST(test_stage_bill__limit_raised__goes_on_by_itself),
		TEST(
		    test_stage_bill__limit_of_order_overruled__is_not_set_again),
		TEST(test_stage_bill__own_limit__counts_before_the_general_one),
		TEST(
		    test_stage_bill__first_shipment__is_tested_for_the_whole_order),
		TEST(test_bill_credit_short__request_not_sent__asks_for_less),
		TEST(
		    test_bill_credit_short__nothing_ships__shipping_goes_to_the_next),
		TEST(test_bill_credit_short__captured__is_refunded),
		TEST(
		    test_bill_credit_short__settled_money__is_free_without_a_refund),
		TEST(test_bill_credit_short__never_billed__is_fine),
		TEST(test_bill_credit_short__more_than_is_left__is_refused),
		TEST(test_bill_charge_answered__declined__holds_and_asks_again),
		TEST(
		    test_bill_charge_answered__declined_after_a_credit__asks_for_less),
		TEST(
		    test_bill_charge_answered__refund_declined__is_asked_again),
		TEST(
		    test_bill_charge_answered__refund_kept_for_what_is_owed__is_used_again),
		TEST(
		    test_bill_charge_answered__over_the_limit_meanwhile__is_held),
		TEST(test_bill_charge_answered__wrong_answers__are_refused),
		TEST(test_stage_bill__any_history_shipping_first__ends_exact),
		TEST(
		    test_stage_bill__any_history_shipping_by_value__ends_exact),
		TEST(
		    test_stage_bill__any_history_shipping_by_weight__ends_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
