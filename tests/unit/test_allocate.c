/* test_allocate.c - orders get nodes, stock is reserved, the rest waits. */

#include "tests/unit/home.h"

#include "base/log.h"
#include "pipeline/stock.h"

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct home *h = home_new(run);

	home_product(h, "A", 100, "backorder");
	home_product(h, "B", 200, "backorder");
	home_product(h, "C", 300, "cancel");
	home_product(h, "Q", 300, "ask");
	home_node(h, "EAST", "zero");
	home_node(h, "WEST", "zero");
	*state = h;
	return 0;
}

static const char *const
    PARTS = "SELECT order_id, part_no, line_no, qty, status, node, parent_no"
	    " FROM part ORDER BY 1, 2";
static const char *const RESERVED = "SELECT sku, node, reserved_qty FROM stock "
				    "WHERE reserved_qty > 0"
				    " ORDER BY 1, 2";
static const char
    *const EVENTS = "SELECT event, from_status, to_status, detail FROM event"
		    " ORDER BY order_id, seq";

/* Reserved is what the parts from 1500 to 3350 hold, kits by component. */
static void
assert_reserved_is_held(struct home *h)
{
	ASSERT_SQL(h,
	    "SELECT sku, node, SUM(q) FROM ("
	    " SELECT sku, node, reserved_qty AS q FROM stock UNION ALL"
	    " SELECT COALESCE(k.sku, l.sku), p.node,"
	    "        -p.qty * COALESCE(k.qty_per, 1)"
	    "   FROM part p JOIN order_line l ON l.order_id = p.order_id"
	    "    AND l.line_no = p.line_no"
	    "   LEFT JOIN kit_component k ON k.order_id = l.order_id"
	    "    AND k.line_no = l.line_no"
	    "  WHERE p.status BETWEEN 1500 AND 3350)"
	    " GROUP BY sku, node HAVING SUM(q) <> 0",
	    "");
}

static void
test_allocate__one_node_has_all__order_is_reserved_there(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 9);
	home_stock(h, "A", "WEST", 9);
	home_stock(h, "B", "WEST", 9);
	home_order_at(h, 1, "A*2 B*3", 2);
	home_run(h, stage_allocate);
	assert_int_equal(h->res.done, 1);
	ASSERT_SQL(h, PARTS, "1|1|1|2|1500|WEST|0;1|2|2|3|1500|WEST|0");
	ASSERT_SQL(h, RESERVED, "A|WEST|2;B|WEST|3");
	ASSERT_SQL(h, "SELECT stage, touched FROM orders", "3|1");
	ASSERT_SQL(h, EVENTS, "allocated|1200|1500|WEST 5");
	ASSERT_SQL(h, "SELECT text FROM alloc_explain",
	    "group 1, zone none, method standard: no rule, any open node\n"
	    "> WEST 5/5: rank 0, late 0, doubt 0, cost 41500 (scarcity 500, "
	    "40000 km)\n"
	    "  EAST 2/5: rank 0, late 0, doubt 0, cost 40600 (scarcity 200, "
	    "40000 km)\n"
	    "5/5 from one node\n");
	assert_reserved_is_held(h);
}

/* WH-05, LIF-17: a line over two nodes becomes parts; the rest waits. */
/* The limit is of the order, however many nights it takes. */
static void
test_allocate__max_splits_reached_before__rest_waits_for_its_nodes(void **state)
{
	struct home *h = *state;

	h->cfg.max_splits = 1;
	home_stock(h, "A", "EAST", 2);
	home_stock(h, "B", "WEST", 9);
	home_order_at(h, 1, "A*2 B*1", 2);
	home_run(h, stage_allocate);
	home_run(h, stage_release);
	home_run(h, stage_allocate);
	ASSERT_SQL(h, "SELECT line_no, status, node FROM part",
	    "1|3200|EAST;2|1300|");
	home_stock(h, "B", "EAST", 1);
	home_run(h, stage_allocate);
	ASSERT_SQL(h, "SELECT line_no, status, node FROM part",
	    "1|3200|EAST;2|1500|EAST");
}

static void
test_allocate__stock_in_pieces__parts_are_split(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 2);
	home_stock(h, "A", "WEST", 3);
	home_order_at(h, 1, "A*7", 2);
	home_run(h, stage_allocate);
	ASSERT_SQL(h, PARTS,
	    "1|1|1|3|1500|WEST|0;1|2|1|2|1500|EAST|1;1|3|1|2|1300||1");
	ASSERT_SQL(h, RESERVED, "A|EAST|2;A|WEST|3");
	ASSERT_SQL(h, EVENTS,
	    "allocated|1200|1500|EAST 2, WEST 3;"
	    "backordered|1200|1300|no stock: A 2");
	ASSERT_SQL(h, "SELECT stage FROM orders", "3");
	ASSERT_SQL(h, "SELECT text FROM alloc_explain",
	    "group 1, zone none, method standard: no rule, any open node\n"
	    "> EAST 2/7: rank 0, late 0, doubt 0, cost 41998 (scarcity 666, "
	    "40000 km)\n"
	    "> WEST 3/7: rank 0, late 0, doubt 0, cost 42250 (scarcity 750, "
	    "40000 km)\n"
	    "5/7 from fewest nodes, split lines 1: rank 0, late 0, doubt 0, "
	    "cost 84248 (scarcity 1416, 80000 km)\n");
	assert_reserved_is_held(h);
}

/* What is nearest decides between equals; then lanes are per zone. */
static void
test_allocate__two_equal_nodes__the_nearer_sends(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 9);
	home_stock(h, "A", "WEST", 9);
	home_exec(h,
	    "INSERT INTO lane VALUES ('EAST', 'leeds', 300),"
	    " ('WEST', 'leeds', 20), ('EAST', 'dover', 10)");
	home_order_at(h, 1, "A*1", 2);
	home_order_at(h, 2, "A*1", 2);
	home_exec(h,
	    "UPDATE ship_group SET zone = 'leeds' WHERE order_id = 1;"
	    "UPDATE ship_group SET zone = 'dover' WHERE order_id = 2;");
	home_run(h, stage_allocate);
	ASSERT_SQL(h, "SELECT node FROM part ORDER BY order_id", "WEST;EAST");
}

/* SFCC-28: the first rule that matches decides, its targets rank. */
static void
test_allocate__routing_rules__first_match_decides(void **state)
{
	static const struct {
		const char *rules;
		const char *node;
	} cases[] = {
		{ "(1, 'node', '', '', '', '', '', NULL, NULL, NULL, NULL, "
		  "'WEST|EAST')",
		    "WEST" },
		{ "(1, 'node', '', '', '', '', '', NULL, NULL, NULL, NULL, "
		  "'south | WEST')",
		    "WEST" },
		{ "(1, 'node', '', '', '', '', '', NULL, NULL, NULL, NULL, "
		  "'NOWHERE')",
		    "" },
		{ "(1, 'node', 'phone', '', '', '', '', NULL, NULL, NULL, "
		  "NULL, 'WEST')",
		    "EAST" },
		{ "(1, 'node', 'web', 'leeds', 'bulky', 'standard', 'GBP', "
		  "1200, 1200, 100, 100, 'WEST')",
		    "WEST" },
		{ "(1, 'node', '', '', '', '', 'EUR', NULL, NULL, NULL, NULL, "
		  "'WEST')",
		    "EAST" },
		{ "(1, 'node', '', '', '', '', '', 1201, NULL, NULL, NULL, "
		  "'WEST')",
		    "EAST" },
		{ "(1, 'node', '', '', '', '', '', NULL, NULL, NULL, 99, "
		  "'WEST')",
		    "EAST" },
		{ "(1, 'node', '', '', 'tiny', '', '', NULL, NULL, NULL, NULL, "
		  "'WEST')",
		    "EAST" },
		{ "(1, 'carrier', '', '', '', '', '', NULL, NULL, NULL, NULL, "
		  "'WEST')",
		    "EAST" },
		{ "(2, 'node', '', '', '', '', '', NULL, NULL, NULL, NULL, "
		  "'EAST'),"
		  "(1, 'node', '', '', '', '', '', NULL, NULL, NULL, NULL, "
		  "'WEST')",
		    "WEST" },
	};

	log_set_level(LOG_ERROR_);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct home *h = *state;

		home_stock(h, "A", "EAST", 9);
		home_stock(h, "A", "WEST", 9);
		home_order_at(h, 1, "A*1", 2);
		home_exec(h,
		    mem_printf(h->ctx,
			"UPDATE product SET class = 'bulky';"
			"UPDATE ship_group SET zone = 'leeds';"
			"INSERT INTO routing_rule VALUES %s;",
			cases[i].rules));
		home_run(h, stage_allocate);
		ASSERT_SQL(h, "SELECT node FROM part", cases[i].node);
		testing_teardown(state);
		setup(state);
	}
}

/* Who came first is served first, whatever the batch; backorders too. */
static void
test_allocate__scarce_stock__goes_by_class_date_and_time(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 3);
	for (int i = 1; i <= 6; i++)
		home_order_at(h, i, "A*1", 2);
	home_exec(h,
	    "UPDATE orders SET priority = 1 WHERE order_id = 5;"
	    "UPDATE orders SET ship_by_ts_us = 1 WHERE order_id = 4;"
	    "UPDATE part SET status = 1300 WHERE order_id = 1;");
	home_run(h, stage_allocate);
	ASSERT_SQL(h, "SELECT order_id FROM part WHERE status = 1500", "1;4;5");
	assert_int_equal(h->res.done, 3);
	assert_int_equal(h->res.waiting, 3);
	assert_reserved_is_held(h);
}

/* A backorder that stays one costs nothing: not a row is written. */
static void
test_allocate__nothing_changes__nothing_is_written(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 1);
	home_order_at(h, 1, "A*1", 2);
	home_order_at(h, 2, "A*1 B*1", 2);
	home_run(h, stage_allocate);
	ASSERT_SQL(h, EVENTS,
	    "allocated|1200|1500|EAST 1;"
	    "backordered|1200|1300|no stock: A 1, B 1");
	home_exec(h, "UPDATE orders SET touched = 0");
	home_run(h, stage_allocate);
	assert_int_equal(h->res.done, 0);
	assert_int_equal(h->res.waiting, 1);
	ASSERT_SQL(h, "SELECT COUNT(*) FROM event", "2");
	ASSERT_SQL(h, "SELECT COUNT(*) FROM alloc_explain", "2");
	ASSERT_SQL(h, "SELECT SUM(touched) FROM orders", "0");
	home_stock(h, "B", "EAST", 1);
	home_run(h, stage_allocate);
	assert_int_equal(h->res.done, 1);
	ASSERT_SQL(h, "SELECT part_no, status FROM part WHERE order_id = 2",
	    "1|1300;2|1500");
}

/* SFCC-41: the product says what a shortage means. */
static void
test_allocate__no_stock__product_says_what_becomes_of_it(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 9);
	home_stock(h, "C", "EAST", 1);
	home_order_at(h, 1, "A*1 C*3", 2);
	home_order_at(h, 2, "A*1 Q*1", 2);
	home_order_at(h, 3, "C*1", 2);
	home_run(h, stage_allocate);
	ASSERT_SQL(h, PARTS,
	    "1|1|1|1|1500|EAST|0;1|2|2|1|1500|EAST|0;1|3|2|2|9000||2;"
	    "2|1|1|1|1500|EAST|0;2|2|2|1|1120||0;3|1|1|1|9000||0");
	ASSERT_SQL(h, "SELECT order_id, stage FROM orders", "1|3;2|0;3|0");
	ASSERT_SQL(h, EVENTS,
	    "allocated|1200|1500|EAST 2;cancelled|1200|9000|no stock: C 2;"
	    "allocated|1200|1500|EAST 1;customer_ask|1200|1120|no stock: Q 1;"
	    "cancelled|1200|9000|no stock: C 1");
	assert_reserved_is_held(h);
}

/* The customer has answered: what was reserved meanwhile goes on. */
static void
test_allocate__nothing_waits_any_more__order_moves_on(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 9);
	home_order_at(h, 1, "A*1 Q*1", 2);
	home_order_at(h, 2, "Q*1", 2);
	home_run(h, stage_allocate);
	home_exec(h,
	    "UPDATE part SET status = 9000 WHERE status = 1120;"
	    "UPDATE orders SET stage = 2;");
	home_run(h, stage_allocate);
	ASSERT_SQL(h, "SELECT order_id, stage FROM orders", "1|3;2|0");
}

static void
test_allocate__ship_complete__reserves_all_or_nothing(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 9);
	home_order_at(h, 1, "A*1 C*1", 2);
	home_order_at(h, 2, "A*9", 2);
	home_exec(h, "UPDATE orders SET ship_complete = 1");
	home_run(h, stage_allocate);
	ASSERT_SQL(h, PARTS,
	    "1|1|1|1|1300||0;1|2|2|1|1300||0;2|1|1|9|1500|EAST|0");
	assert_reserved_is_held(h);
}

/* Complete means the order, not each of its destinations. */
static void
test_allocate__ship_complete_with_two_groups__gives_back(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 1);
	home_order_at(h, 1, "A*1 B*1", 2);
	home_order_at(h, 2, "A*1", 2);
	home_exec(h,
	    "INSERT INTO ship_group SELECT order_id, 2, 'sh2', method, name,"
	    " company, address1, address2, city, postal_code, state, country,"
	    " phone, zone, 0, 0 FROM ship_group WHERE order_id = 1;"
	    "UPDATE order_line SET group_no = 2 WHERE sku = 'B';"
	    "UPDATE orders SET ship_complete = 1;");
	home_run(h, stage_allocate);
	ASSERT_SQL(h, "SELECT order_id, status FROM part",
	    "1|1300;1|1300;2|1500");
	assert_reserved_is_held(h);
}

/* CAT-06: components are reserved, at one node; price stays on the kit. */
static void
test_allocate__kit__reserves_components_of_one_node(void **state)
{
	struct home *h = *state;

	home_product(h, "K", 1, "backorder");
	home_stock(h, "A", "EAST", 4);
	home_stock(h, "A", "WEST", 9);
	home_stock(h, "B", "EAST", 9);
	home_order_at(h, 1, "K*3 B*1", 2);
	home_exec(h,
	    "INSERT INTO kit_component VALUES (1, 1, 1, 'A', 2),"
	    " (1, 1, 2, 'B', 1)");
	home_run(h, stage_allocate);
	ASSERT_SQL(h, PARTS,
	    "1|1|1|2|1500|EAST|0;1|2|2|1|1500|EAST|0;1|3|1|1|1300||1");
	ASSERT_SQL(h, RESERVED, "A|EAST|4;B|EAST|3");
	assert_reserved_is_held(h);
}

/* What counts as available: buffer, reservations, dirt, age, closed nodes. */
static void
test_allocate__available__is_what_can_be_trusted(void **state)
{
	static const struct {
		const char *change;
		const char *node;
	} cases[] = {
		{ "UPDATE stock SET buffer_qty = 2 WHERE node = 'EAST'",
		    "WEST" },
		{ "UPDATE stock SET reserved_qty = 3 WHERE node = 'EAST'",
		    "WEST" },
		{ "UPDATE stock SET on_hand_qty = -1 WHERE node = 'EAST'",
		    "WEST" },
		{ "UPDATE ship_node SET open = 0 WHERE node = 'EAST'", "WEST" },
		/* picked short just now: empty, until counted again */
		{ "UPDATE stock SET dirty_ts_us = 1774663100000000", "" },
		{ "UPDATE stock SET dirty_ts_us = 1774663100000000,"
		  " counted_ts_us = 1774663150000000",
		    "EAST" },
		/* long ago: last choice, but a choice */
		{ "UPDATE stock SET dirty_ts_us = 1774563200000000,"
		  " counted_ts_us = 1774563100000000 WHERE node = 'EAST'",
		    "WEST" },
		{ "UPDATE stock SET dirty_ts_us = 1774563200000000,"
		  " counted_ts_us = 1774563100000000;"
		  "DELETE FROM stock WHERE node = 'WEST'",
		    "EAST" },
		/* older than a week is no information */
		{ "UPDATE stock SET counted_ts_us = 1773663100000000"
		  " WHERE node = 'EAST'",
		    "WEST" },
		{ "DELETE FROM stock", "" },
		{ "DELETE FROM stock; UPDATE ship_node SET"
		  " no_inventory = 'infinite' WHERE node = 'WEST'",
		    "WEST" },
		/* a known 0 is always 0 */
		{ "UPDATE stock SET on_hand_qty = 0; UPDATE ship_node SET"
		  " no_inventory = 'infinite'",
		    "" },
		{ "UPDATE stock SET counted_ts_us = 1773663100000000;"
		  "UPDATE ship_node SET no_inventory = 'infinite'"
		  " WHERE node = 'WEST'",
		    "WEST" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct home *h = *state;

		h->cfg.stale_stock_s = 7 * 86400;
		home_stock(h, "A", "EAST", 3);
		home_stock(h, "A", "WEST", 3);
		home_order_at(h, 1, "A*2", 2);
		home_exec(h, cases[i].change);
		home_run(h, stage_allocate);
		ASSERT_SQL(h, "SELECT node FROM part", cases[i].node);
		testing_teardown(state);
		setup(state);
	}
}

/* DFC-07: reservations at a node without information are kept all the same. */
static void
test_allocate__endless_node__keeps_its_reservations(void **state)
{
	struct home *h = *state;

	home_exec(h,
	    "UPDATE ship_node SET no_inventory = 'infinite'"
	    " WHERE node = 'WEST'");
	for (int i = 1; i <= 3; i++)
		home_order_at(h, i, "A*1000", 2);
	home_run(h, stage_allocate);
	ASSERT_SQL(h,
	    "SELECT sku, node, on_hand_qty, reserved_qty, counted_ts_us"
	    " FROM stock",
	    "A|WEST|0|3000|0");
	assert_reserved_is_held(h);
	home_order_at(h, 4, "A*5", 2); /* the row is no count: still endless */
	home_run(h, stage_allocate);
	ASSERT_SQL(h, "SELECT reserved_qty FROM stock", "3005");
}

static void
test_allocate__held_order__is_passed_by(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 1);
	home_order_at(h, 1, "A*1", 2);
	home_order_at(h, 2, "A*1", 2);
	home_exec(h,
	    "INSERT INTO hold VALUES (90, 1, '', 'MANUAL', 'order.payment',"
	    " 'x', 'open', 1, 'ann', NULL, NULL);");
	home_run(h, stage_allocate);
	ASSERT_SQL(h, "SELECT order_id FROM part WHERE status = 1500", "2");
}

/* STERL-14: a short-picked part goes through the queue again. */
static void
test_allocate__part_released_before__moves_with_its_history(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "WEST", 1);
	home_order_at(h, 1, "A*3", 2);
	home_exec(h,
	    "INSERT INTO release VALUES ('R00000009', 1, 1, 'EAST', 1, 1);"
	    "UPDATE part SET status = 1400, node = 'EAST', attempts = 1,"
	    " release_key = 'R00000009', shipment_key = 'S00000009';"
	    "INSERT INTO release_status VALUES (1, 1, 1, 'R00000009', 3200, 0,"
	    " 3, 1, 0), (1, 1, 2, 'R00000009', 1400, 3, 3, 2, 0);");
	home_run(h, stage_allocate);
	ASSERT_SQL(h, PARTS, "1|1|1|1|1500|WEST|0;1|2|1|2|1300||1");
	ASSERT_SQL(h,
	    "SELECT seq, status, status_quantity, qty FROM release_status",
	    "1|3200|0|3;2|1400|0|3;3|1500|1|1");
	ASSERT_SQL(h, "SELECT attempts FROM part", "1;1");
	assert_reserved_is_held(h);
}

/* Same input, same output: two homes, different batches. */
static void
test_allocate__other_batch_size__gives_the_same_parts(void **state)
{
	static const int64_t sizes[] = { 1, 3, 1000 };
	char *first = NULL;

	for (size_t k = 0; k < COUNT(sizes); k++) {
		struct home *h = *state;

		h->cfg.batch_orders = sizes[k];
		home_stock(h, "A", "EAST", 20);
		home_stock(h, "A", "WEST", 15);
		home_stock(h, "B", "WEST", 11);
		for (int i = 1; i <= 12; i++)
			home_order_at(h, i, i % 3 == 0 ? "A*4 B*2" : "A*3", 2);
		home_run(h, stage_allocate);
		assert_reserved_is_held(h);
		mem_ctx *ctx = mem_ctx_new(NULL, "rows");
		char *got = mem_strdup(ctx, "");
		assert_int_equal(
		    sqlite3_exec(h->sql, PARTS, home_row, &got, NULL),
		    SQLITE_OK);
		if (first == NULL)
			first = strdup(got);
		assert_string_equal(got, first);
		mem_free(ctx);
		testing_teardown(state);
		setup(state);
	}
	free(first);
}

/* Somebody takes the stock between its loading and the second batch. */
static void
test_allocate__stock_changes_meanwhile__batch_is_solved_anew(void **state)
{
	struct home *h = *state;

	h->cfg.batch_orders = 1;
	home_stock(h, "A", "EAST", 1);
	home_stock(h, "B", "EAST", 9);
	home_stock(h, "B", "WEST", 2);
	home_order_at(h, 1, "A*1", 2);
	home_order_at(h, 2, "B*2", 2);
	home_exec(h,
	    "CREATE TRIGGER meanwhile AFTER UPDATE OF stage ON orders"
	    " WHEN NEW.order_id = 1 BEGIN"
	    " UPDATE stock SET on_hand_qty = 0 WHERE sku = 'B'"
	    "  AND node = 'EAST'; END;");
	home_run(h, stage_allocate);
	ASSERT_SQL(h, "SELECT order_id, status, node FROM part",
	    "1|1500|EAST;2|1500|WEST");
	assert_int_equal(h->res.done, 2);
	assert_reserved_is_held(h);
}

static void
test_allocate__stock_never_stands_still__nothing_is_written(void **state)
{
	struct home *h = *state;

	home_stock(h, "A", "EAST", 1);
	home_order_at(h, 1, "A*1", 2);
	home_exec(h,
	    "CREATE TRIGGER always AFTER INSERT ON event BEGIN"
	    " UPDATE stock SET on_hand_qty = 0; END;");
	ASSERT_FAILS(OMS_DB_BUSY, stage_allocate(&h->run, &h->res, ERR));
	ASSERT_SQL(h, PARTS, "1|1|1|1|1200||0");
	ASSERT_SQL(h, "SELECT COUNT(*) FROM event", "0");
	ASSERT_SQL(h, "SELECT on_hand_qty FROM stock", "1");
}

static void
test_adjust__by_and_to__is_a_move_with_a_reason(void **state)
{
	struct home *h = *state;
	int64_t now;

	h->run.actor = "ann";
	home_stock(h, "A", "EAST", 5);
	home_exec(h, "UPDATE stock SET dirty_ts_us = 1");
	ASSERT_OK(stock_adjust(&h->run, "A", "EAST", STOCK_BY, -2, "damaged",
	    &now, ERR));
	assert_int_equal(now, 3);
	ASSERT_SQL(h, "SELECT on_hand_qty, dirty_ts_us FROM stock", "3|1");
	ASSERT_OK(stock_adjust(&h->run, "A", "EAST", STOCK_TO, 9, "recount",
	    &now, ERR));
	ASSERT_SQL(h,
	    "SELECT on_hand_qty, dirty_ts_us, counted_ts_us FROM stock",
	    "9|0|1774663200000000");
	ASSERT_OK(stock_adjust(&h->run, "B", "WEST", STOCK_BY, 4, "found", &now,
	    ERR));
	ASSERT_SQL(h,
	    "SELECT sku, node, kind, qty, before_qty, ref, actor"
	    " FROM stock_move ORDER BY move_id",
	    "A|EAST|adjust|-2|5|damaged|ann;A|EAST|adjust|6|3|recount|ann;"
	    "B|WEST|adjust|4|0|found|ann");
}

static void
test_adjust__without_reason_or_unknown__changes_nothing(void **state)
{
	struct home *h = *state;
	int64_t now;

	ASSERT_FAILS(OMS_USAGE,
	    stock_adjust(&h->run, "A", "EAST", STOCK_BY, 1, "", &now, ERR));
	ASSERT_FAILS(OMS_USAGE,
	    stock_adjust(&h->run, "A", "EAST", STOCK_TO, -1, "x", &now, ERR));
	ASSERT_FAILS(OMS_REFERENCE,
	    stock_adjust(&h->run, "X", "EAST", STOCK_BY, 1, "x", &now, ERR));
	ASSERT_FAILS(OMS_REFERENCE,
	    stock_adjust(&h->run, "A", "SOUTH", STOCK_BY, 1, "x", &now, ERR));
	ASSERT_SQL(h, "SELECT COUNT(*) FROM stock_move", "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_allocate__one_node_has_all__order_is_reserved_there),
		TEST(
		    test_allocate__max_splits_reached_before__rest_waits_for_its_nodes),
		TEST(test_allocate__stock_in_pieces__parts_are_split),
		TEST(test_allocate__two_equal_nodes__the_nearer_sends),
		TEST(test_allocate__routing_rules__first_match_decides),
		TEST(test_allocate__scarce_stock__goes_by_class_date_and_time),
		TEST(test_allocate__nothing_changes__nothing_is_written),
		TEST(test_allocate__no_stock__product_says_what_becomes_of_it),
		TEST(test_allocate__nothing_waits_any_more__order_moves_on),
		TEST(test_allocate__ship_complete__reserves_all_or_nothing),
		TEST(test_allocate__ship_complete_with_two_groups__gives_back),
		TEST(test_allocate__kit__reserves_components_of_one_node),
		TEST(test_allocate__available__is_what_can_be_trusted),
		TEST(test_allocate__endless_node__keeps_its_reservations),
		TEST(test_allocate__held_order__is_passed_by),
		TEST(
		    test_allocate__part_released_before__moves_with_its_history),
		TEST(test_allocate__other_batch_size__gives_the_same_parts),
		TEST(
		    test_allocate__stock_changes_meanwhile__batch_is_solved_anew),
		TEST(
		    test_allocate__stock_never_stands_still__nothing_is_written),
		TEST(test_adjust__by_and_to__is_a_move_with_a_reason),
		TEST(test_adjust__without_reason_or_unknown__changes_nothing),
	};
	return cmocka_run_group_tests_name("allocate", tests, NULL, NULL);
}
