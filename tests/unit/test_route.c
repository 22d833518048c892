/* A carrier's service for every shipment: rules, rates and limits. */

#include "tests/unit/ordering.h"

static int
setup(void **state)
{
	mem_ctx *top = mem_ctx_new(NULL, "test");

	*state = mem_ctx_new(top, "fixture");
	return 0;
}

/*
 * Three services to US-1: POST is cheap and slow, UPS has two, one of them
 * for the method "express" only; FAR serves another zone.
 */
static struct ordering *
carriers(void **state)
{
	static const int64_t minor[6] = { 5000 };
	struct ordering *o = ordering_new(*state);

	sql(o,
	    "INSERT INTO carrier_service VALUES"
	    " ('POST', 'STD', 'carrier', 'post', '', 400000, 5000, '', NULL,"
	    " 1),"
	    " ('UPS', 'AIR', 'carrier', 'ups', 'express', 90000, NULL, '',"
	    " NULL, 1),"
	    " ('UPS', 'GND', 'carrier', 'ups', '', 200000, 30000, 'EUR',"
	    " 100000, 1),"
	    " ('BIKE', 'NOW', 'courier', 'bike', '', 7200, 3000, '', NULL, 0),"
	    " ('FAR', 'STD', 'carrier', 'far', '', 1, NULL, '', NULL, 1);"
	    "INSERT INTO rate VALUES"
	    " ('POST', 'STD', 'US-1', 1000, 400, 'EUR'),"
	    " ('POST', 'STD', 'US-1', 5000, 900, 'EUR'),"
	    " ('UPS', 'AIR', 'US-1', 70000, 300, 'EUR'),"
	    " ('UPS', 'GND', 'US-1', 30000, 700, 'EUR'),"
	    " ('BIKE', 'NOW', 'US-1', 9000, 1, 'EUR'),"
	    " ('FAR', 'STD', 'US-9', 9000, 1, 'EUR'),"
	    " ('UPS', 'GND', 'US-0', 30000, 1, 'EUR')");
	order_add(o, 1, "EUR", 5000, 0);
	group_add(o, 1, 1, 0, 0);
	line_add(o, 1, 1, 1, 1, minor);
	shipment_add(o, 1, 1, 1);
	ship_line(o, 1, 1, 1, 1);
	sql(o, "UPDATE shipment SET stage = 5, value_minor = 5000");
	return o;
}

static void
route(struct ordering *o)
{
	o->res = (struct stage_result){ 0 };
	ASSERT_OK(stage_route(&o->run, &o->res, ERR));
}

/* Route the one shipment anew; "" when it found no service. */
static const char *
routed(struct ordering *o)
{
	sql(o, "UPDATE shipment SET stage = 5, carrier = '', service = ''");
	route(o);
	assert_int_equal(o->res.done + o->res.waiting, 1);
	return ask_text(o,
	    "SELECT CASE carrier WHEN '' THEN '' ELSE carrier"
	    " || ':' || service END FROM shipment");
}

static void
test_stage_route__no_rules__takes_the_cheapest(void **state)
{
	struct ordering *o = carriers(state);

	route(o);
	assert_string_equal(ask_text(o,
				"SELECT carrier || ' ' || service || ' ' ||"
				" service_kind || ' ' || book_partner || ' ' ||"
				" rate_minor || ' ' || stage FROM shipment"),
	    "POST STD carrier post 400 6");
	assert_int_equal(ask(o, "SELECT promise_ts_us FROM shipment"),
	    NOW_US + (3600 + 400000) * INT64_C(1000000));
	assert_string_equal(ask_text(o,
				"SELECT event || ' ' || detail"
				" FROM event"),
	    "routed S00000001 POST STD 4.00 EUR");
	route(o);
	assert_int_equal(o->res.done, 0);
}

static void
test_stage_route__weight_value_method__choose_who_can(void **state)
{
	static const struct {
		const char *change, *want;
	} cases[] = {
		{ "UPDATE shipment SET weight_g = 1001", "UPS:GND" },
		{ "UPDATE shipment SET weight_g = 30000", "UPS:GND" },
		{ "UPDATE shipment SET weight_g = 30001", "" },
		{ "UPDATE ship_group SET method = 'express'", "UPS:AIR" },
		{ "UPDATE shipment SET weight_g = 1000", "UPS:AIR" },
		{ "UPDATE ship_group SET method = ''", "POST:STD" },
		{ "UPDATE carrier_service SET active = 0"
		  " WHERE carrier = 'POST'",
		    "UPS:GND" },
		{ "UPDATE shipment SET value_minor = 100000", "UPS:GND" },
		{ "UPDATE shipment SET value_minor = 100001", "" },
		{ "UPDATE carrier_service SET currency = 'USD'", "UPS:GND" },
		{ "UPDATE orders SET currency = 'USD'", "" },
		{ "UPDATE rate SET currency = 'USD' WHERE service = 'GND';"
		  "UPDATE shipment SET value_minor = 1",
		    "UPS:GND" },
		{ "UPDATE ship_group SET zone = 'US-5'", "" },
		{ "UPDATE ship_group SET zone = ''", "" },
	};
	struct ordering *o = carriers(state);

	for (size_t i = 0; i < COUNT(cases); i++) {
		sql(o, "%s", cases[i].change);
		assert_string_equal(routed(o), cases[i].want);
	}
}

static void
test_stage_route__equal_price__takes_the_faster_then_the_name(void **state)
{
	struct ordering *o = carriers(state);

	sql(o, "UPDATE rate SET price_minor = 400 WHERE service = 'GND'");
	assert_string_equal(routed(o), "UPS:GND");
	sql(o, "UPDATE carrier_service SET transit_s = 400000");
	assert_string_equal(routed(o), "POST:STD");
}

static void
rule(struct ordering *o, int rule_no, const char *columns, const char *values,
    const char *target)
{
	sql(o,
	    "DELETE FROM routing_rule WHERE rule_no = %d;"
	    "INSERT INTO routing_rule (rule_no, kind, target%s) VALUES (%d,"
	    " 'carrier', '%s'%s)",
	    rule_no, columns, rule_no, target, values);
}

static void
test_stage_route__first_matching_rule__restricts_and_ranks(void **state)
{
	static const struct {
		const char *columns, *values, *target, *want;
	} cases[] = {
		{ "", "", "UPS|POST", "UPS:GND" },
		{ "", "", "POST|UPS", "POST:STD" },
		{ "", "", "UPS:AIR", "" },
		{ "", "", "UPS:GND", "UPS:GND" },
		{ "", "", "NOBODY", "" },
		{ "", "", "NOBODY|UPS", "UPS:GND" },
		{ ", channel", ", 'web'", "UPS", "UPS:GND" },
		{ ", channel", ", 'phone'", "UPS", "POST:STD" },
		{ ", zone", ", 'US-1'", "UPS", "UPS:GND" },
		{ ", zone", ", 'US-2'", "UPS", "POST:STD" },
		{ ", method", ", 'ground'", "UPS", "UPS:GND" },
		{ ", method", ", 'express'", "UPS", "POST:STD" },
		{ ", currency, min_value_minor", ", 'EUR', 5000", "UPS",
		    "UPS:GND" },
		{ ", currency, min_value_minor", ", 'EUR', 5001", "UPS",
		    "POST:STD" },
		{ ", currency, max_value_minor", ", 'USD', 9999", "UPS",
		    "POST:STD" },
		{ ", min_weight_g", ", 1001", "UPS", "POST:STD" },
		{ ", max_weight_g", ", 1000", "UPS", "UPS:GND" },
		{ ", class", ", 'bulky'", "UPS", "UPS:GND" },
		{ ", class", ", 'spare'", "UPS", "UPS:GND" },
		{ ", class", ", 'live'", "UPS", "POST:STD" },
	};
	struct ordering *o = carriers(state);

	sql(o,
	    "INSERT INTO product VALUES ('SKU-1', '', 'bulky', 1, 'piece',"
	    " 'cancel', 1), ('K', '', 'spare', 1, 'piece', 'cancel', 1);"
	    "INSERT INTO kit_component VALUES (1, 1, 1, 'K', 2)");
	rule(o, 9, "", "", "POST"); /* the last word */
	for (size_t i = 0; i < COUNT(cases); i++) {
		rule(o, 1, cases[i].columns, cases[i].values, cases[i].target);
		assert_string_equal(routed(o), cases[i].want);
	}
}

static void
test_stage_route__no_service__is_held_until_there_is_one(void **state)
{
	struct ordering *o = carriers(state);

	sql(o, "UPDATE shipment SET weight_g = 50000");
	route(o);
	assert_int_equal(o->res.held, 1);
	assert_int_equal(o->res.waiting, 1);
	assert_string_equal(ask_text(o,
				"SELECT type || ' ' || code || ' ' || reason"
				" FROM hold"),
	    "DATA route.no_service no service to zone \"US-1\" for 50000 g "
	    "worth 50.00 EUR by method \"ground\"");
	route(o);
	assert_int_equal(o->res.held, 0); /* it knows */
	assert_int_equal(o->res.waiting, 1);
	sql(o,
	    "INSERT INTO rate VALUES ('FAR', 'STD', 'US-1', 60000, 9000,"
	    " 'EUR')");
	route(o);
	assert_int_equal(o->res.done, 1);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM hold"
			     " WHERE state = 'open'"),
	    0);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM hold"
			     " WHERE resolved_by = 'run:1'"),
	    1);
}

static void
test_stage_route__other_holds__stop_it(void **state)
{
	struct ordering *o = carriers(state);

	sql(o,
	    "INSERT INTO hold (hold_id, order_id, shipment_key, type, code,"
	    " reason, state, set_ts_us, set_by) VALUES (1, 1, '', 'MANUAL',"
	    " 'x', 'r', 'open', 1, 'anna')");
	route(o);
	assert_int_equal(o->res.done, 0);
	assert_int_equal(o->res.waiting, 1);
	release_holds(o);
	route(o);
	assert_int_equal(o->res.done, 1);
}

static void
test_stage_route__many_shipments_small_batches__all_routed(void **state)
{
	struct ordering *o = carriers(state);

	o->cfg.batch_orders = 7;
	for (int n = 2; n <= 40; n++) {
		shipment_add(o, n, 1, 1);
		sql(o,
		    "UPDATE shipment SET stage = 5, weight_g = %d"
		    " WHERE shipment_key = 'S%08d'",
		    n % 5 == 0 ? 99999 : n * 100, n);
	}
	route(o);
	assert_int_equal(o->res.done, 32);
	assert_int_equal(o->res.held, 8);
	assert_int_equal(ask(o,
			     "SELECT COUNT(*) FROM shipment"
			     " WHERE stage = 6"),
	    32);
}

static void
test_stage_route__many_rates__finds_each_zone(void **state)
{
	struct ordering *o = carriers(state);

	for (int z = 0; z < 200; z++)
		for (int g = 5; g >= 1; g--)
			sql(o,
			    "INSERT INTO rate VALUES ('FAR', 'STD',"
			    " 'Z-%d', %d, %d, 'EUR')",
			    z, g * 1000, z * 10 + g);
	for (int z = 0; z < 200; z += 13) {
		sql(o,
		    "UPDATE ship_group SET zone = 'Z-%d';"
		    "UPDATE shipment SET weight_g = %d",
		    z, z * 20 + 1);
		assert_string_equal(routed(o), "FAR:STD");
		assert_int_equal(ask(o, "SELECT rate_minor FROM shipment"),
		    z * 10 + (z * 20 + 1000) / 1000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stage_route__no_rules__takes_the_cheapest),
		TEST(test_stage_route__weight_value_method__choose_who_can),
		TEST(
		    test_stage_route__equal_price__takes_the_faster_then_the_name),
		TEST(
		    test_stage_route__first_matching_rule__restricts_and_ranks),
		TEST(test_stage_route__no_service__is_held_until_there_is_one),
		TEST(test_stage_route__other_holds__stop_it),
		TEST(
		    test_stage_route__many_shipments_small_batches__all_routed),
		TEST(test_stage_route__many_rates__finds_each_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
