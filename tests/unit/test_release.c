/* test_release.c - releases and shipments, and what the database refuses. */

#include "tests/unit/home.h"

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct home *h = home_new(run);

	home_product(h, "A", 100, "backorder");
	home_product(h, "B", 250, "backorder");
	home_node(h, "EAST", "zero");
	home_node(h, "WEST", "zero");
	*state = h;
	return 0;
}

static const char *const PARTS = "SELECT order_id, part_no, qty, status, node, "
				 "release_key, shipment_key"
				 " FROM part ORDER BY 1, 2";

static void
allocate_and_release(struct home *h)
{
	home_run(h, stage_allocate);
	home_run(h, stage_release);
}

/* STERL-09: the release table, and the part's status in it. */
static void
test_release__scheduled_order__gets_a_release_and_a_shipment(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 9);
	home_stock(h, "B", "EAST", 9);
	home_order_at(h, 1, "A*2 B*3", 2);
	allocate_and_release(h);
	assert_int_equal(h->res.done, 1);
	ASSERT_SQL(h, PARTS,
	    "1|1|2|3200|EAST|R00000001|S00000001;"
	    "1|2|3|3200|EAST|R00000001|S00000001");
	ASSERT_SQL(h, "SELECT * FROM release",
	    "R00000001|1|1|EAST|1|1774663200000000");
	ASSERT_SQL(h,
	    "SELECT shipment_key, release_key, order_id, group_no, node,"
	    " stage, status, weight_g, value_minor, promise_ts_us"
	    " FROM shipment",
	    "S00000001|R00000001|1|1|EAST|4|PENDING|950|0|NULL");
	ASSERT_SQL(h, "SELECT * FROM shipment_line",
	    "S00000001|1|1|2|0|NULL;S00000001|1|2|3|0|NULL");
	ASSERT_SQL(h,
	    "SELECT part_no, seq, release_key, status, status_quantity, qty"
	    " FROM release_status",
	    "1|1|R00000001|3200|2|2;2|1|R00000001|3200|3|3");
	ASSERT_SQL(h, "SELECT stage, touched FROM orders", "0|1");
	ASSERT_SQL(h,
	    "SELECT event, from_status, to_status, detail FROM event"
	    " WHERE seq = 2",
	    "released|1500|3200|R00000001 S00000001 EAST");
	/* STERL-12: shipped goods leave the reservation, released ones stay */
	ASSERT_SQL(h, "SELECT reserved_qty FROM stock ORDER BY sku", "2;3");
}

/* SHP-07: what comes from two places, or goes to two, is parted. */
static void
test_release__two_nodes_and_two_groups__are_parted(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 2);
	home_stock(h, "B", "WEST", 2);
	home_order_at(h, 1, "A*1 B*1 A*1", 2);
	home_exec(h,
	    "INSERT INTO ship_group SELECT order_id, 2, 'sh2', method, name,"
	    " company, address1, address2, city, postal_code, state, country,"
	    " phone, zone, 0, 0 FROM ship_group;"
	    "UPDATE order_line SET group_no = 2 WHERE line_no = 3;");
	allocate_and_release(h);
	ASSERT_SQL(h, PARTS,
	    "1|1|1|3200|EAST|R00000001|S00000001;"
	    "1|2|1|3200|WEST|R00000002|S00000002;"
	    "1|3|1|3200|EAST|R00000003|S00000003");
	ASSERT_SQL(h, "SELECT group_no, node, attempt FROM release",
	    "1|EAST|1;1|WEST|1;2|EAST|1");
}

/* LIF-16: unfulfillable items ship later; the order stays open. */
static void
test_release__rest_is_backordered__order_waits_for_stock(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 1);
	home_order_at(h, 1, "A*3", 2);
	allocate_and_release(h);
	ASSERT_SQL(h, PARTS,
	    "1|1|1|3200|EAST|R00000001|S00000001;1|2|2|1300|||");
	ASSERT_SQL(h, "SELECT stage FROM orders", "2");
	home_exec(h, "UPDATE stock SET on_hand_qty = 3");
	allocate_and_release(h);
	ASSERT_SQL(h, PARTS,
	    "1|1|1|3200|EAST|R00000001|S00000001;"
	    "1|2|2|3200|EAST|R00000002|S00000002");
	ASSERT_SQL(h, "SELECT attempt FROM release", "1;2");
	ASSERT_SQL(h, "SELECT stage FROM orders", "0");
}

/* STERL-07: released only if enough, in the order of the queue. */
static void
test_release__counted_lower_meanwhile__the_last_go_back(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 9);
	for (int i = 1; i <= 4; i++)
		home_order_at(h, i, "A*2", 2);
	home_run(h, stage_allocate);
	home_exec(h, "UPDATE stock SET on_hand_qty = 5");
	home_run(h, stage_release);
	assert_int_equal(h->res.done, 2);
	assert_int_equal(h->res.waiting, 2);
	ASSERT_SQL(h, "SELECT order_id, status, node FROM part",
	    "1|3200|EAST;2|3200|EAST;3|1300|;4|1300|");
	ASSERT_SQL(h, "SELECT on_hand_qty, reserved_qty FROM stock", "5|4");
	ASSERT_SQL(h, "SELECT order_id, stage FROM orders", "1|0;2|0;3|2;4|2");
	ASSERT_SQL(h, "SELECT event, detail FROM event WHERE order_id = 3",
	    "allocated|EAST 2;backordered|stock is gone: A 2 at EAST");
	allocate_and_release(h); /* the one that is left goes to the first */
	ASSERT_SQL(h, "SELECT reserved_qty FROM stock", "5");
	ASSERT_SQL(h, "SELECT qty, status FROM part WHERE order_id = 3",
	    "1|3200;1|1300");
}

/* What was released before has the first claim on what is left. */
static void
test_release__less_than_is_released_already__all_go_back(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 4);
	home_order_at(h, 1, "A*2", 2);
	allocate_and_release(h);
	home_order_at(h, 2, "A*2", 2);
	home_run(h, stage_allocate);
	home_exec(h, "UPDATE stock SET on_hand_qty = 1");
	home_run(h, stage_release);
	ASSERT_SQL(h, "SELECT order_id, status FROM part", "1|3200;2|1300");
	ASSERT_SQL(h, "SELECT reserved_qty FROM stock", "2");
}

static void
test_release__ship_complete_order_is_short__goes_back_whole(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 1);
	home_stock(h, "B", "EAST", 2);
	home_order_at(h, 1, "B*1 A*1", 2);
	home_order_at(h, 2, "B*1", 2);
	home_exec(h, "UPDATE orders SET ship_complete = 1 WHERE order_id = 1");
	home_run(h, stage_allocate);
	home_exec(h,
	    "UPDATE stock SET on_hand_qty = 0 WHERE sku = 'A';"
	    "UPDATE stock SET on_hand_qty = 1 WHERE sku = 'B';");
	home_run(h, stage_release);
	ASSERT_SQL(h, "SELECT order_id, status FROM part",
	    "1|1300;1|1300;2|3200");
	ASSERT_SQL(h, "SELECT sku, reserved_qty FROM stock ORDER BY 1",
	    "A|0;B|1");
}

/* CAT-06: the weight and the check are those of the components. */
static void
test_release__kit__is_checked_by_its_components(void **state)
{
	struct home *h = *state;

	home_product(h, "K", 7, "backorder");
	home_stock(h, "A", "EAST", 4);
	home_stock(h, "B", "EAST", 2);
	home_order_at(h, 1, "K*2", 2);
	home_exec(h,
	    "INSERT INTO kit_component VALUES (1, 1, 1, 'A', 2),"
	    " (1, 1, 2, 'B', 1)");
	home_run(h, stage_allocate);
	home_exec(h, "UPDATE stock SET on_hand_qty = 1 WHERE sku = 'B'");
	home_run(h, stage_release);
	ASSERT_SQL(h, "SELECT status FROM part", "1300");
	ASSERT_SQL(h, "SELECT reserved_qty FROM stock", "0;0");
	home_exec(h, "UPDATE stock SET on_hand_qty = 2 WHERE sku = 'B'");
	allocate_and_release(h);
	ASSERT_SQL(h, "SELECT weight_g FROM shipment", "900");
}

static void
test_release__endless_node__is_never_short(void **state)
{
	struct home *h = *state;

	home_exec(h,
	    "UPDATE ship_node SET no_inventory = 'infinite'"
	    " WHERE node = 'WEST'");
	home_order_at(h, 1, "A*50", 2);
	allocate_and_release(h);
	ASSERT_SQL(h, "SELECT status, node FROM part", "3200|WEST");
}

static void
test_release__endless_beside_short_stock__is_released(void **state)
{
	struct home *h = *state;

	home_exec(h,
	    "UPDATE ship_node SET no_inventory = 'infinite'"
	    " WHERE node = 'WEST'");
	home_stock(h, "B", "EAST", 2);
	home_stock(h, "B", "WEST", 0);
	home_order_at(h, 1, "A*50 B*2", 2);
	home_run(h, stage_allocate);
	home_exec(h, "UPDATE stock SET on_hand_qty = 0 WHERE node = 'EAST'");
	home_run(h, stage_release);
	ASSERT_SQL(h, "SELECT line_no, status, node FROM part",
	    "1|3200|WEST;2|1300|");
}

static void
test_release__hold_that_blocks_release__keeps_the_order(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 9);
	home_order_at(h, 1, "A*1", 2);
	home_exec(h,
	    "INSERT INTO hold VALUES (90, 1, '', 'CREDIT', 'order.payment',"
	    " 'x', 'open', 1, 'ann', NULL, NULL);");
	allocate_and_release(h);
	assert_int_equal(h->res.waiting, 1);
	ASSERT_SQL(h, "SELECT status FROM part", "1500");
	home_exec(h, "UPDATE hold SET state = 'resolved'");
	home_run(h, stage_release);
	ASSERT_SQL(h, "SELECT status FROM part", "3200");
}

/* A short pick, as confirm leaves it, goes round again with new keys. */
static void
test_release__again_after_a_short_pick__has_new_keys(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 5);
	home_order_at(h, 1, "A*2", 2);
	allocate_and_release(h);
	home_exec(h,
	    "UPDATE part SET status = 1400;"
	    "UPDATE shipment_line SET closed = 'SHORT';"
	    "UPDATE release_status SET status_quantity = 0;"
	    "INSERT INTO release_status VALUES (1, 1, 2, 'R00000001', 1400, 2,"
	    " 2, 1, 0);"
	    "UPDATE orders SET stage = 2; UPDATE stock SET reserved_qty = 0;");
	allocate_and_release(h);
	ASSERT_SQL(h, PARTS, "1|1|2|3200|EAST|R00000002|S00000002");
	ASSERT_SQL(h,
	    "SELECT seq, release_key, status, status_quantity"
	    " FROM release_status",
	    "1|R00000001|3200|0;2|R00000001|1400|0;3|R00000001|1500|0;"
	    "4|R00000002|3200|2");
	ASSERT_SQL(h, "SELECT attempt FROM release", "1;2");
	ASSERT_SQL(h,
	    "SELECT shipment_key, quantity, closed FROM shipment_line",
	    "S00000001|0|SHORT;S00000002|0|NULL");
}

static void
test_release__run_again__does_nothing_twice(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 50);
	for (int i = 1; i <= 5; i++)
		home_order_at(h, i, "A*2", 2);
	allocate_and_release(h);
	home_run(h, stage_release);
	assert_int_equal(h->res.done, 0);
	ASSERT_SQL(h, "SELECT COUNT(*), MAX(release_key) FROM release",
	    "5|R00000005");
	ASSERT_SQL(h, "SELECT value FROM counter WHERE name = 'shipment'", "5");
}

/*
 * Lifecycle 2.5: the six wrong moves are refused by the database itself, so
 * no bug of ours can ship anything twice.
 */
static void
test_schema__six_wrong_moves__are_refused(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 9);
	home_order_at(h, 1, "A*2 A*3", 2);
	allocate_and_release(h);
	/* part 2 was not found, part 1 is shipped */
	home_exec(h,
	    "UPDATE shipment_line SET closed = 'SHORT' WHERE part_no = 2;"
	    "UPDATE shipment_line SET quantity = 2 WHERE part_no = 1;"
	    "INSERT INTO shipment (shipment_key, release_key, order_id,"
	    " group_no, node, stage, status, weight_g, value_minor)"
	    " SELECT 'S00000002', release_key, order_id, group_no, node,"
	    " stage, status, 0, 0 FROM shipment;");
	/* 1 ship under a closed key */
	home_refuses(h,
	    "UPDATE shipment_line SET quantity = planned WHERE part_no = 2",
	    "shipment line closed");
	/* 2 a second current release of a part */
	home_refuses(h,
	    "INSERT INTO release_status VALUES (1, 1, 2, 'R00000001', 3300, 2,"
	    " 2, 1, 0)",
	    "UNIQUE constraint failed");
	/* 3 the same key again */
	home_refuses(h,
	    "INSERT INTO shipment_line VALUES ('S00000001', 1, 2, 3, 0, NULL)",
	    "UNIQUE constraint failed");
	/* 4 ship the part twice, under another key */
	home_exec(h,
	    "INSERT INTO shipment_line VALUES ('S00000002', 1, 1, 2, 0, NULL)");
	home_refuses(h,
	    "UPDATE shipment_line SET quantity = 2"
	    " WHERE shipment_key = 'S00000002'",
	    "UNIQUE constraint failed");
	/* 5 take a shipment back */
	home_refuses(h,
	    "UPDATE shipment_line SET quantity = 0"
	    " WHERE shipment_key = 'S00000001' AND part_no = 1",
	    "shipment line closed");
	/* 6 delete what was shipped */
	home_refuses(h, "DELETE FROM shipment_line",
	    "shipment keys are never reused");
	/* and neither a wrong quantity nor a second open pick */
	home_refuses(h,
	    "UPDATE shipment_line SET quantity = 1"
	    " WHERE shipment_key = 'S00000002'",
	    "CHECK constraint failed");
	home_exec(h,
	    "INSERT INTO shipment_line VALUES ('S00000002', 1, 2, 3, 0, NULL)");
	home_refuses(h,
	    "UPDATE shipment_line SET closed = NULL WHERE part_no = 2",
	    "UNIQUE constraint failed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    test_release__scheduled_order__gets_a_release_and_a_shipment),
		TEST(test_release__two_nodes_and_two_groups__are_parted),
		TEST(test_release__rest_is_backordered__order_waits_for_stock),
		TEST(test_release__counted_lower_meanwhile__the_last_go_back),
		TEST(test_release__less_than_is_released_already__all_go_back),
		TEST(
		    test_release__ship_complete_order_is_short__goes_back_whole),
		TEST(test_release__kit__is_checked_by_its_components),
		TEST(test_release__endless_node__is_never_short),
		TEST(test_release__endless_beside_short_stock__is_released),
		TEST(test_release__hold_that_blocks_release__keeps_the_order),
		TEST(test_release__again_after_a_short_pick__has_new_keys),
		TEST(test_release__run_again__does_nothing_twice),
		TEST(test_schema__six_wrong_moves__are_refused),
	};
	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
