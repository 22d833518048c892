/* test_confirm.c - the promises of pipeline/confirm.c. */

#include "tests/unit/csv_home.h"
#include "tests/unit/order_columns.h"

#include <sys/wait.h>

#include "base/fault.h"

/*
 * Order 1: five apples, two kits of two pears and a fig each, one date; all
 * in one shipment, sent to its warehouse, invoiced and asked to be paid.
 */
static const char world[] =
    "INSERT INTO file (file_id, partner, feed, type, name, sha256, size_bytes,"
    " state, received_ts_us) VALUES"
    " (1, 'shop', 'orders', 'sfcc.order', 'o.xml', 'x', 1, 'ingested', 0);"
    "UPDATE counter SET value = 1 WHERE name IN ('file', 'order', 'charge');"
    "INSERT INTO orders (" ORDER_COLUMNS
    ") VALUES (1, 'O1', 'shop', 'shop', 1, '', 1, 1, 'EUR',"
    " 'net', 'C1', 'C1', 'Ann', '', 0, 0, 0, 5, 9600, 1600, '', '', '', '',"
    " '', 0, 0, 0, 3300, 3300, 'PICKING', '');"
    "INSERT INTO ship_group (order_id, group_no, shop_id, method, name,"
    " company, address1, address2, city, postal_code, state, country, phone,"
    " ship_net_minor, ship_tax_minor) VALUES (1, 1, '', '', '', '', '', '',"
    " '', '', '', 'AT', '', 0, 0);"
    "INSERT INTO order_line VALUES"
    " (1, 1, 1, 'A', 'Apple', 5, 5000, 1000, 0, 0, 0, 0, '0.2', '1', 5),"
    " (1, 2, 1, 'KIT', 'Box', 2, 2000, 400, 0, 0, 0, 0, '0.2', '2', 2),"
    " (1, 3, 1, 'D', 'Date', 1, 1000, 200, 0, 0, 0, 0, '0.2', '3', 1);"
    "INSERT INTO kit_component VALUES (1, 2, 1, 'B', 2), (1, 2, 2, 'F', 1);"
    "INSERT INTO payment VALUES"
    " (1, 1, 'card', 'VISA', 9600, 1, 0, 't', 'p', 9600);"
    "INSERT INTO customer_spend VALUES ('C1', 'EUR', 9600);"
    "INSERT INTO part (order_id, part_no, line_no, qty, status, node,"
    " release_key, shipment_key) VALUES"
    " (1, 1, 1, 5, 3300, 'WH', 'R1', 'S1'),"
    " (1, 2, 2, 2, 3300, 'WH', 'R1', 'S1'),"
    " (1, 3, 3, 1, 3300, 'WH', 'R1', 'S1');"
    "INSERT INTO release VALUES ('R1', 1, 1, 'WH', 1, 0);"
    "INSERT INTO release_status VALUES"
    " (1, 1, 1, 'R1', 3200, 0, 5, 0, 0), (1, 1, 2, 'R1', 3300, 5, 5, 0, 0),"
    " (1, 2, 1, 'R1', 3200, 0, 2, 0, 0), (1, 2, 2, 'R1', 3300, 2, 2, 0, 0),"
    " (1, 3, 1, 'R1', 3200, 0, 1, 0, 0), (1, 3, 2, 'R1', 3300, 1, 1, 0, 0);"
    "INSERT INTO document (doc_id, partner, feed, type, doc_no, name, run_id,"
    " window, created_ts_us, state) VALUES"
    " (1, 'acme', 'f', 'wms.ship_order', 1, 'n', 1, 'w', 0, 'sent');"
    "INSERT INTO ship_node VALUES"
    " ('WH', 'House', 'acme', '', 'AT', 'zero', 0, 1);"
    "INSERT INTO shipment (shipment_key, release_key, order_id, group_no,"
    " node, stage, status, weight_g, value_minor, book_partner, wms_doc_id)"
    " VALUES ('S1', 'R1', 1, 1, 'WH', 7, 'BOOKED', 100, 9600, 'acme', 1);"
    "INSERT INTO shipment_line (shipment_key, order_id, part_no, planned)"
    " VALUES ('S1', 1, 1, 5), ('S1', 1, 2, 2), ('S1', 1, 3, 1);"
    "INSERT INTO invoice (invoice_no, kind, order_id, shipment_key,"
    " issued_ts_us, currency, goods_minor, discount_minor, shipping_minor,"
    " tax_minor, total_minor) VALUES"
    " ('INV-1', 'invoice', 1, 'S1', 0, 'EUR', 8000, 0, 0, 1600, 9600);"
    "INSERT INTO invoice_line (invoice_no, n, line_no, sku, qty, net_minor,"
    " disc_minor, ship_minor, tax_minor, tax_rate) VALUES"
    " ('INV-1', 1, 1, 'A', 5, 5000, 0, 0, 1000, '0.2'),"
    " ('INV-1', 2, 2, 'KIT', 2, 2000, 0, 0, 400, '0.2'),"
    " ('INV-1', 3, 3, 'D', 1, 1000, 0, 0, 200, '0.2');"
    "INSERT INTO charge (charge_id, idem_key, kind, order_id, shipment_key,"
    " invoice_no, payment_n, amount_minor, currency, state, ts_us, doc_id)"
    " VALUES (1, 'S1:charge:1:1', 'capture', 1, 'S1', 'INV-1', 1, 9600,"
    " 'EUR', 'requested', 0, 1);"
    "INSERT INTO stock (sku, node, on_hand_qty, reserved_qty, counted_ts_us)"
    " VALUES ('A', 'WH', 20, 5, 0), ('B', 'WH', 20, 4, 0),"
    " ('F', 'WH', 20, 2, 0), ('D', 'WH', 20, 1, 0);";

static int
setup(void **state)
{
	struct home *h = home_new();

	h->cfg.credit_prefix = mem_strdup(h, "CN-");
	h->cfg.invoice_prefix = mem_strdup(h, "INV-");
	do_sql(h, world);
	*state = h;
	return 0;
}

#define CONFIRM "shipment_key,ship_line_no,sku,shipped_qty,short_qty\n"
#define CONFIRM_AT                                                             \
	"shipment_key,ship_line_no,sku,shipped_qty,short_qty,tracking,"        \
	"shipped_at\n"
#define PARTS                                                                  \
	"SELECT part_no, line_no, qty, status, shipment_key, parent_no, "      \
	"attempts FROM part ORDER BY part_no"
#define LINES                                                                  \
	"SELECT part_no, planned, quantity, closed FROM shipment_line "        \
	"ORDER BY part_no"
#define STOCK                                                                  \
	"SELECT sku, on_hand_qty, reserved_qty, dirty_ts_us > 0 FROM stock "   \
	"ORDER BY sku"
#define DEAD "SELECT code, reason FROM dead ORDER BY dead_id"

/* What lifecycle 2.5 asserts of every state; after each test that ships. */
static void
assert_sound(struct home *h)
{
	assert_sql(h,
	    "SELECT l.line_no FROM order_line l WHERE l.qty <> (SELECT "
	    "SUM(p.qty) FROM part p WHERE p.order_id = l.order_id AND "
	    "p.line_no = l.line_no)",
	    "");
	assert_sql(h,
	    "SELECT p.part_no FROM part p WHERE p.status >= 1400 AND 1 <> ("
	    "SELECT COUNT(*) FROM release_status r WHERE r.part_no = p.part_no"
	    " AND r.status_quantity = p.qty AND r.qty = p.qty AND r.status = "
	    "p.status AND r.release_key = p.release_key)",
	    "");
	assert_sql(h,
	    "SELECT (SELECT COALESCE(SUM(quantity), 0) FROM shipment_line) - "
	    "(SELECT COALESCE(SUM(qty), 0) FROM part WHERE status >= 3700)",
	    "0");
	assert_sql(h,
	    "SELECT s.sku FROM stock s WHERE s.reserved_qty <> (SELECT "
	    "COALESCE(SUM(p.qty * COALESCE(k.qty_per, 1)), 0) FROM part p "
	    "JOIN order_line l ON l.line_no = p.line_no LEFT JOIN "
	    "kit_component k ON k.line_no = l.line_no WHERE p.status BETWEEN "
	    "1500 AND 3350 AND COALESCE(k.sku, l.sku) = s.sku)",
	    "");
}

/* SFCC-39, STORY-06-AC7 */
static void
test_ship_confirm__all_shipped__takes_stock_and_moves_parts(void **state)
{
	struct home *h = *state;

	feed(h, "wms.ship_confirm",
	    CONFIRM_AT "S1,1,A,5,,T1,2026-03-27T15:00:00Z\n"
		       "S1,2,KIT,2,0,T1,2026-03-27T15:00:00Z\n"
		       "S1,3,D,1,0,,2026-03-27T15:00:00Z\n");
	assert_sql(h, DEAD, "");
	assert_sql(h, PARTS,
	    "1|1|5|3700|S1|0|0;2|2|2|3700|S1|0|0;3|3|1|3700|S1|0|0");
	assert_sql(h, LINES, "1|5|5|-;2|2|2|-;3|1|1|-");
	assert_sql(h, STOCK, "A|15|0|0;B|16|0|0;D|19|0|0;F|18|0|0");
	assert_sql(h, "SELECT sku, kind, qty, before_qty, ref FROM stock_move",
	    "A|ship|-5|20|S1;B|ship|-4|20|S1;F|ship|-2|20|S1;"
	    "D|ship|-1|20|S1");
	assert_sql(h,
	    "SELECT status, stage, tracking, shipped_ts_us "
	    "FROM shipment",
	    "BOOKED|7|T1|1774623600000000");
	assert_sql(h,
	    "SELECT event, from_status, to_status, detail FROM event "
	    "WHERE seq = 1",
	    "shipped|3300|3700|S1 line 1: 5 of 5, tracking T1");
	assert_sql(h, "SELECT record_no, key, state FROM record",
	    "1|S1/1|applied;2|S1/2|applied;3|S1/3|applied");
	assert_sql(h, "SELECT stage, touched FROM orders", "0|1");
	assert_sql(h, "SELECT COUNT(*) FROM invoice", "1");
	assert_sound(h);
}

/* STERL-13, STORY-06-AC4: only the unfound pieces go back to the queue. */
static void
test_ship_confirm__short__splits_the_part(void **state)
{
	struct home *h = *state;

	feed(h, "wms.ship_confirm", CONFIRM "S1,1,A,3,2\n");
	assert_sql(h, DEAD, "");
	assert_sql(h, PARTS,
	    "1|1|3|3700|S1|0|0;2|2|2|3300|S1|0|0;3|3|1|3300|S1|0|0;"
	    "4|1|2|1400||1|1");
	assert_sql(h, LINES, "1|3|3|-;2|2|0|-;3|1|0|-;4|2|0|SHORT");
	assert_sql(h,
	    "SELECT part_no, seq, status, status_quantity, qty FROM "
	    "release_status WHERE part_no IN (1, 4) ORDER BY 1, 2",
	    "1|1|3200|0|5;1|2|3300|0|5;1|3|3700|3|3;4|1|3300|0|2;"
	    "4|2|1400|2|2");
	assert_sql(h, STOCK, "A|17|0|1;B|20|4|0;D|20|1|0;F|20|2|0");
	assert_sql(h, "SELECT stage, touched FROM orders", "2|1");
	assert_sql(h,
	    "SELECT event, from_status, to_status, detail FROM event "
	    "WHERE event IN ('short', 'shipped')",
	    "short|3300|1400|S1 line 1: 2 of 5 not found at WH;"
	    "shipped|3300|3700|S1 line 1: 3 of 5");
	assert_sql(h,
	    "SELECT kind, credits, total_minor FROM invoice "
	    "WHERE kind = 'credit'",
	    "credit|INV-1|-2400");
	assert_sql(h, "SELECT billed_qty FROM order_line WHERE line_no = 1",
	    "3");
	assert_sql(h, "SELECT status, stage FROM shipment", "BOOKED|7");
	assert_sound(h);
}

static void
test_ship_confirm__kit_short__frees_its_components(void **state)
{
	struct home *h = *state;

	feed(h, "wms.ship_confirm", CONFIRM "S1,2,KIT,1,1\n");
	assert_sql(h, DEAD, "");
	assert_sql(h, STOCK, "A|20|5|0;B|18|0|1;D|20|1|0;F|19|0|1");
	assert_sound(h);
}

static void
test_ship_confirm__nothing_found__cancels_the_shipment(void **state)
{
	struct home *h = *state;

	feed(h, "wms.ship_confirm", CONFIRM "S1,1,A,0,5\nS1,2,KIT,0,2\n");
	assert_sql(h, "SELECT status, stage FROM shipment", "BOOKED|7");
	feed(h, "wms.ship_confirm", CONFIRM "S1,3,D,0,1\n");
	assert_sql(h, DEAD, "");
	assert_sql(h, PARTS, "1|1|5|1400||0|1;2|2|2|1400||0|1;3|3|1|1400||0|1");
	assert_sql(h, LINES, "1|5|0|SHORT;2|2|0|SHORT;3|1|0|SHORT");
	assert_sql(h, "SELECT status, stage FROM shipment", "CANCELLED|0");
	assert_sql(h, "SELECT SUM(total_minor) FROM invoice", "0");
	assert_sql(h, STOCK, "A|20|0|1;B|20|0|1;D|20|0|1;F|20|0|1");
	assert_sound(h);
}

/* A short part is released again, under a new key, and shipped. */
static void
test_ship_confirm__released_again__ships_under_the_new_key(void **state)
{
	struct home *h = *state;

	feed(h, "wms.ship_confirm", CONFIRM "S1,1,A,3,2\n");
	do_sql(h,
	    "UPDATE release_status SET status_quantity = 0 WHERE part_no = 4;"
	    "INSERT INTO release VALUES ('R2', 1, 1, 'WH', 2, 0);"
	    "INSERT INTO shipment (shipment_key, release_key, order_id, "
	    "group_no, node, stage, status, weight_g, value_minor, wms_doc_id)"
	    " VALUES ('S2', 'R2', 1, 1, 'WH', 7, 'PENDING', 100, 0, 1);"
	    "UPDATE part SET status = 3300, release_key = 'R2', shipment_key ="
	    " 'S2' WHERE part_no = 4;"
	    "INSERT INTO release_status VALUES "
	    "(1, 4, 3, 'R2', 3300, 2, 2, 0, 0);"
	    "INSERT INTO shipment_line (shipment_key, order_id, part_no, "
	    "planned) VALUES ('S2', 1, 4, 2);"
	    "UPDATE stock SET reserved_qty = 2 WHERE sku = 'A'");
	feed(h, "wms.ship_confirm", CONFIRM "S2,4,A,1,1\n");
	assert_sql(h, DEAD, "");
	assert_sql(h, PARTS " LIMIT 10 OFFSET 3",
	    "4|1|1|3700|S2|1|1;5|1|1|1400||4|2");
	assert_sql(h,
	    "SELECT shipment_key, part_no, planned, quantity, closed"
	    " FROM shipment_line WHERE part_no > 3 ORDER BY 1, 2",
	    "S1|4|2|0|SHORT;S2|4|1|1|-;S2|5|1|0|SHORT");
	assert_sound(h);
	/* Both confirmations once more: nothing new. */
	feed(h, "wms.ship_confirm", CONFIRM "S1,1,A,3,2\nS2,4,A,1,1\n");
	assert_sql(h, DEAD, "");
	assert_sql(h,
	    "SELECT applied, duplicates FROM file "
	    "ORDER BY file_id DESC LIMIT 1",
	    "0|2");
	assert_sound(h);
}

/* STORY-09-AC9 */
static void
test_ship_confirm__twice__is_a_duplicate_or_refused(void **state)
{
	struct home *h = *state;

	feed(h, "wms.ship_confirm",
	    CONFIRM "S1,1,A,3,2\nS1,2,KIT,0,2\nS1,3,D,1,0\n"
		    "S1,1,A,3,2\nS1,2,KIT,0,2\nS1,3,D,1,\n");
	assert_sql(h, DEAD, "");
	assert_sql(h, "SELECT applied, duplicates FROM file WHERE file_id = 2",
	    "3|3");
	feed(h, "wms.ship_confirm",
	    CONFIRM "S1,1,A,3,0\nS1,1,A,5,0\nS1,2,KIT,2,0\nS1,3,D,0,1\n");
	assert_sql(h, DEAD,
	    "data.transition|line 1 of shipment S1 is closed: 3 shipped, 2 "
	    "short; now it says 3 and 0;"
	    "data.transition|line 1 of shipment S1 is closed: 3 shipped, 2 "
	    "short; now it says 5 and 0;"
	    "data.transition|line 2 of shipment S1 is closed: 0 shipped, 2 "
	    "short; now it says 2 and 0;"
	    "data.transition|line 3 of shipment S1 is closed: 1 shipped, 0 "
	    "short; now it says 0 and 1");
	assert_sound(h);
}

static void
test_ship_confirm__what_does_not_fit__is_refused_row_by_row(void **state)
{
	struct home *h = *state;

	do_sql(h,
	    "INSERT INTO shipment (shipment_key, release_key, order_id, "
	    "group_no, node, stage, status, weight_g, value_minor) VALUES "
	    "('S9', 'R1', 1, 1, 'WH', 6, 'PENDING', 1, 0);"
	    "INSERT INTO part (order_id, part_no, line_no, qty, status, "
	    "release_key, shipment_key) VALUES "
	    "(1, 9, 3, 1, 9000, 'R1', 'S9');"
	    "INSERT INTO shipment_line (shipment_key, order_id, part_no, "
	    "planned) VALUES ('S9', 1, 9, 1)");
	feed(h, "wms.ship_confirm",
	    CONFIRM "S7,1,A,5,0\nS1,8,A,5,0\nS1,1,D,5,0\nS1,1,A,6,0\n"
		    "S1,1,A,3,\nS1,1,A,3,1\nS9,9,D,1,0\nS1,3,D,1,0\n");
	assert_sql(h, DEAD,
	    "data.unmatched|shipment S7 is not ours;"
	    "data.unmatched|shipment S1 has no line 8;"
	    "data.unmatched|line 1 of shipment S1 is A, not \"D\";"
	    "data.value|6 shipped and 0 short do not make the 5 of line 1;"
	    "data.value|3 shipped and 0 short do not make the 5 of line 1;"
	    "data.value|3 shipped and 1 short do not make the 5 of line 1;"
	    "data.transition|shipment S9 was not given to its warehouse yet");
	assert_sql(h,
	    "SELECT state, applied, rejected FROM file "
	    "WHERE file_id = 2",
	    "ingested|1|7");
	assert_int_equal(h->res.rejected, 7);
	/* A part that was cancelled meanwhile cannot ship any more. */
	do_sql(h, "UPDATE shipment SET wms_doc_id = 1");
	feed(h, "wms.ship_confirm", CONFIRM "S9,9,D,1,0\n");
	assert_sql(h, "SELECT code FROM dead ORDER BY dead_id DESC LIMIT 1",
	    "data.transition");
	assert_sql(h,
	    "SELECT quantity FROM shipment_line "
	    "WHERE shipment_key = 'S9'",
	    "0");
}

static void
test_ship_confirm__before_our_sent_mark__implies_it(void **state)
{
	struct home *h = *state;

	do_sql(h,
	    "DELETE FROM release_status WHERE seq = 2;"
	    "UPDATE release_status SET status_quantity = qty;"
	    "UPDATE part SET status = 3200");
	feed(h, "wms.ship_confirm", CONFIRM "S1,1,A,3,2\n");
	assert_sql(h, DEAD, "");
	assert_sql(h,
	    "SELECT part_no, status, status_quantity, qty, implied FROM "
	    "release_status WHERE part_no IN (1, 4) ORDER BY part_no, seq",
	    "1|3200|0|5|0;1|3300|0|5|1;1|3700|3|3|0;4|3300|0|2|0;"
	    "4|1400|2|2|0");
	assert_sound(h);
}

/* Allocation 3.4: a count that came later has seen what left before it. */
static void
test_ship_confirm__counted_since__does_not_take_stock_twice(void **state)
{
	struct home *h = *state;

	do_sql(h, "UPDATE stock SET counted_ts_us = 1774641600000000");
	feed(h, "wms.ship_confirm",
	    CONFIRM_AT "S1,1,A,3,2,,2026-03-27T15:00:00Z\n"
		       "S1,3,D,1,0,,2026-03-27T20:00:00Z\n");
	assert_sql(h, STOCK, "A|20|0|0;B|20|4|0;D|19|0|0;F|20|2|0");
	assert_sql(h, "SELECT sku, qty FROM stock_move", "D|-1");
	assert_sound(h);
}

static void
test_ship_confirm__node_without_stock_rows__ships_all_the_same(void **state)
{
	struct home *h = *state;

	do_sql(h, "DELETE FROM stock");
	feed(h, "wms.ship_confirm", CONFIRM "S1,1,A,3,2\nS1,3,D,1,0\n");
	assert_sql(h, DEAD, "");
	assert_sql(h, "SELECT COUNT(*) FROM stock", "0");
}

static const char stop_text[] = CONFIRM
    "S1,1,A,3,2\nS1,2,KIT,0,2\nS1,3,D,1,0\nS1,3,D,0,1\n";

static void
assert_stop_world(struct home *h)
{
	assert_sql(h, PARTS,
	    "1|1|3|3700|S1|0|0;2|2|2|1400||0|1;3|3|1|3700|S1|0|0;"
	    "4|1|2|1400||1|1");
	assert_sql(h,
	    "SELECT state, records, applied, rejected FROM file "
	    "WHERE file_id = 2",
	    "ingested|4|3|1");
	assert_sql(h, "SELECT COUNT(*) FROM stock_move", "2");
	assert_sql(h,
	    "SELECT COUNT(*), SUM(total_minor) FROM invoice "
	    "WHERE kind = 'credit'",
	    "2|-4800");
	assert_sql(h,
	    "SELECT COUNT(*) FROM event WHERE event IN ('short', "
	    "'shipped')",
	    "4");
	assert_sql(h, "SELECT record_no, code FROM dead", "4|data.transition");
	assert_sound(h);
}

/* Read the file in a process that stops dead at durable step n. */
static int
read_and_stop(struct home *h, int n)
{
	char *counter = fs_path(h, h->cfg.home, "counter");
	int status;
	pid_t pid;
	FILE *f = fopen(counter, "w");

	assert_non_null(f);
	fprintf(f, "%d\n", n);
	fclose(f);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct oms_error err = NO_ERROR;

		setenv("OMS_STOP_COUNTER", counter, 1);
		h->run.db = db_open(h, h->cfg.home, DB_WRITE, 1 << 20, &err);
		_exit(h->run.db != NULL && read_file(h, &err) ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* NFR-REL-09: whatever moment it is killed, nothing is lost or done twice. */
static void
test_ship_confirm__stopped_after_any_step__ends_the_same(void **state)
{
	int n = 1, status;

	(void)state;
	do {
		struct home *h;

		setup((void **)&h);
		put_file(h, "wms.ship_confirm", stop_text);
		status = read_and_stop(h, n++);
		assert_true(status == 0 || status == FAULT_STOPPED);
		if (status == FAULT_STOPPED &&
		    ask_int(h,
			"SELECT state <> 'ingested' FROM file "
			"WHERE file_id = 2") != 0)
			ASSERT_OK(read_file(h, ERR));
		assert_stop_world(h);
		mem_free(mem_parent(h));
	} while (status == FAULT_STOPPED);
	assert_true(n > 3);
}

/* A file that is read again from its start knows what it did. */
static void
test_ship_confirm__read_again__does_nothing_twice(void **state)
{
	struct home *h = *state;

	feed(h, "wms.ship_confirm", stop_text);
	do_sql(h,
	    "UPDATE file SET state = 'new', next_record = 1, "
	    "next_offset = 0, next_line = 1, records = 0, rejected = 0 "
	    "WHERE file_id = 2");
	ASSERT_OK(read_file(h, ERR));
	assert_sql(h, "SELECT state FROM record ORDER BY record_no",
	    "applied;applied;applied;rejected");
	do_sql(h, "UPDATE file SET applied = 3 WHERE file_id = 2");
	assert_stop_world(h);
}

#define RESULT "charge_key,result,amount,currency,reference,answered_at\n"

static void
test_capture_result__captured__settles_the_charge_once(void **state)
{
	struct home *h = *state;

	feed(h, "payment.capture_result",
	    RESULT "S1:charge:1:1,captured,96.00,EUR,ref-7,"
		   "2026-03-28T01:00:00Z\n"
		   "S1:charge:1:1,captured,96.00,EUR,ref-7,\n"
		   "S1:charge:1:1,declined,96.00,EUR,ref-7,\n");
	assert_sql(h, "SELECT state, answer_ref, answer_ts_us FROM charge",
	    "done|ref-7|1774659600000000");
	assert_sql(h,
	    "SELECT applied, duplicates, rejected FROM file "
	    "WHERE file_id = 2",
	    "1|1|1");
	assert_sql(h, DEAD,
	    "data.transition|charge S1:charge:1:1 is done, not requested: it "
	    "cannot be declined now");
	assert_sql(h, "SELECT touched FROM orders", "1");
}

static void
test_capture_result__declined__holds_the_shipment(void **state)
{
	struct home *h = *state;

	feed(h, "payment.capture_result",
	    RESULT "S1:charge:1:1,declined,96,EUR,,\n");
	assert_sql(h, DEAD, "");
	assert_sql(h, "SELECT state FROM charge", "declined");
	assert_sql(h, "SELECT shipment_key, type, state FROM hold",
	    "S1|PAYMENT|open");
}

static void
test_capture_result__what_does_not_fit__is_refused(void **state)
{
	struct home *h = *state;

	do_sql(h,
	    "INSERT INTO charge (charge_id, idem_key, kind, order_id, "
	    "shipment_key, invoice_no, payment_n, amount_minor, currency,"
	    " state, ts_us) VALUES (2, 'S1:refund:1', 'refund', 1, 'S1',"
	    " 'INV-1', 1, 100, 'EUR', 'waiting', 0)");
	feed(h, "payment.capture_result",
	    RESULT "S2:charge:1:1,captured,96,EUR,,\n"
		   "S1:charge:1:1,captured,95.99,EUR,,\n"
		   "S1:charge:1:1,captured,96,USD,,\n"
		   "S1:charge:1:1,refunded,96,EUR,,\n"
		   "S1:refund:1,refunded,1,EUR,,\n"
		   "S1:charge:1:1,lost,96,EUR,,\n");
	assert_sql(h, "SELECT code FROM dead ORDER BY dead_id",
	    "data.unmatched;data.value;data.value;data.transition;"
	    "data.transition;data.value");
	assert_sql(h, "SELECT state FROM charge ORDER BY 1",
	    "requested;waiting");
}

#define STATUS "shipment_key,status,tracking,status_at\n"

static void
ship_all(struct home *h)
{
	feed(h, "wms.ship_confirm",
	    CONFIRM "S1,1,A,3,2\nS1,2,KIT,2,0\nS1,3,D,1,0\n");
	assert_sql(h, DEAD, "");
}

/* SHP-10, lifecycle 2.2 rule 5 */
static void
test_courier_status__on_its_way__raises_and_never_lowers(void **state)
{
	struct home *h = *state;

	ship_all(h);
	feed(h, "courier.status", STATUS "S1,Dispatched,T9,2026-03-28\n");
	assert_sql(h, "SELECT status, tracking, stage FROM shipment",
	    "DISPATCHED|T9|0");
	assert_sql(h, "SELECT part_no, status FROM part ORDER BY 1",
	    "1|3710;2|3710;3|3710;4|1400");
	feed(h, "courier.status",
	    STATUS "S1,booked,T0,\nS1,dispatched,,2026-03-29\n");
	assert_sql(h, "SELECT status, tracking FROM shipment", "DISPATCHED|T9");
	feed(h, "courier.status", STATUS "S1,dispatched,T10,2026-03-29\n");
	assert_sql(h, "SELECT status, tracking FROM shipment",
	    "DISPATCHED|T10");
	feed(h, "courier.status", STATUS "S1,delivered,,\n");
	assert_sql(h, "SELECT status FROM shipment", "DELIVERED");
	assert_sql(h, "SELECT part_no, status FROM part ORDER BY 1",
	    "1|3800;2|3800;3|3800;4|1400");
	assert_sql(h, DEAD, "");
	assert_sql(h,
	    "SELECT event, from_status, to_status, detail FROM event"
	    " WHERE event IN ('dispatched', 'delivered', 'note')",
	    "dispatched|3700|3710|S1, tracking T9;"
	    "note|-|-|S1: the courier says booked, it is DISPATCHED;"
	    "delivered|3710|3800|S1");
	assert_sound(h);
}

static void
test_courier_status__delivered_at_once__implies_dispatched(void **state)
{
	struct home *h = *state;

	ship_all(h);
	feed(h, "courier.status", STATUS "S1,delivered,,\n");
	assert_sql(h, DEAD, "");
	assert_sql(h,
	    "SELECT status, status_quantity, implied FROM release_status "
	    "WHERE part_no = 3 AND status >= 3700 ORDER BY seq",
	    "3700|0|0;3710|0|1;3800|1|0");
	assert_sound(h);
}

static void
test_courier_status__before_the_warehouse__waits_for_a_retry(void **state)
{
	struct home *h = *state;

	do_sql(h, "UPDATE shipment SET status = 'PENDING'");
	feed(h, "wms.ship_confirm", CONFIRM "S1,1,A,5,0\n");
	feed(h, "courier.status",
	    STATUS "S1,booked,B1,\nS1,dispatched,,\nS8,booked,,\n");
	assert_sql(h, DEAD,
	    "data.transition|shipment S1 cannot be dispatched: its warehouse "
	    "has not confirmed line 2 yet, which is SENT_TO_NODE; retry it "
	    "after the ship confirmation;"
	    "data.unmatched|shipment S8 is not ours");
	assert_sql(h, "SELECT status, stage, tracking FROM shipment",
	    "BOOKED|7|B1");
	assert_sql(h, "SELECT status FROM part WHERE part_no = 1", "3700");
	feed(h, "wms.ship_confirm", CONFIRM "S1,2,KIT,2,0\nS1,3,D,0,1\n");
	feed(h, "courier.status",
	    "shipment_key,status,tracking,status_at,error\n"
	    "S1,dispatched,,,too early\n");
	assert_sql(h, "SELECT state FROM dead", "resolved;open");
	assert_sql(h, "SELECT part_no, status FROM part ORDER BY 1",
	    "1|3710;2|3710;3|1400");
	assert_sound(h);
}

static void
test_courier_status__cancelled_shipment__is_refused(void **state)
{
	struct home *h = *state;

	feed(h, "wms.ship_confirm",
	    CONFIRM "S1,1,A,0,5\nS1,2,KIT,0,2\nS1,3,D,0,1\n");
	feed(h, "courier.status", STATUS "S1,delivered,,\n");
	assert_sql(h, DEAD, "data.transition|shipment S1 is cancelled");
}

/* ---- who may say what: sent_to.h ------------------------------------------- */

#define SAY_ALL                                                                \
	feed(h, "wms.ship_confirm", CONFIRM "S1,1,A,5,0\n");                   \
	feed(h, "courier.status", STATUS "S1,booked,T1,\n");                   \
	feed(h, "payment.capture_result",                                      \
	    RESULT "S1:charge:1:1,captured,96,EUR,,\n")

static void
test_sent_to__another_partner__changes_nothing(void **state)
{
	struct home *h = *state;

	do_sql(h,
	    "UPDATE document SET partner = 'east';"
	    "UPDATE ship_node SET partner = 'east';"
	    "UPDATE shipment SET book_partner = 'bike'");
	SAY_ALL;
	assert_sql(h, DEAD,
	    "data.sender|shipment S1 was given to east, not to acme;"
	    "data.sender|shipment S1 was given to bike, not to acme;"
	    "data.sender|charge S1:charge:1:1 was given to east, not to acme");
	assert_sql(h, "SELECT tracking FROM shipment", "");
	assert_sql(h, "SELECT state FROM charge", "requested");
	assert_sql(h, "SELECT DISTINCT status FROM part", "3300");
}

/* The node went to another partner after the ship order was sent, or the
   carrier was routed anew: both may still speak. */
static void
test_sent_to__the_one_of_the_document__may_speak(void **state)
{
	struct home *h = *state;

	do_sql(h,
	    "UPDATE ship_node SET partner = 'east';"
	    "UPDATE shipment SET book_partner = 'bike', book_doc_id = 1");
	SAY_ALL;
	assert_sql(h, DEAD, "");
	do_sql(h,
	    "UPDATE document SET partner = 'east';"
	    "UPDATE ship_node SET partner = 'acme'");
	feed(h, "wms.ship_confirm", CONFIRM "S1,2,KIT,2,0\n");
	assert_sql(h, DEAD, "");
}

/* One warehouse, one carrier: each with a second partner that only answers. */
static void
test_sent_to__second_partner_of_a_node_or_scac__may_speak(void **state)
{
	char scac[] = "BIKE", node[] = "WH", none[] = "", acme[] = "acme",
	     bike[] = "bike", wms[] = "wms", carrier[] = "carrier";
	struct partner two[] = {
		{ .id = acme, .kind = wms, .node = node, .edi.scac = scac },
		{ .id = bike, .kind = carrier, .node = none, .edi.scac = scac },
	};
	struct home *h = *state;

	h->cfg.partners = two;
	h->cfg.partner_count = COUNT(two);
	do_sql(h,
	    "UPDATE document SET partner = 'east';"
	    "UPDATE ship_node SET partner = 'east';"
	    "UPDATE charge SET doc_id = NULL;"
	    "UPDATE shipment SET book_partner = 'bike'");
	SAY_ALL;
	assert_sql(h, DEAD, "");
	two[0].edi.scac = none;
	feed(h, "courier.status", STATUS "S1,booked,T2,\n");
	assert_sql(h, DEAD,
	    "data.sender|shipment S1 was given to bike, not to acme");
	/* Given to no carrier: whoever ships it tells of it. */
	do_sql(h, "UPDATE shipment SET book_partner = ''");
	feed(h, "courier.status", STATUS "S1,booked,T3,\n");
	assert_sql(h, "SELECT tracking FROM shipment", "T3");
	two[0].node = none;
	feed(h, "courier.status", STATUS "S1,booked,T4,\n");
	assert_sql(h, "SELECT reason FROM dead ORDER BY dead_id DESC LIMIT 1",
	    "shipment S1 was given to no carrier, not to acme");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    test_ship_confirm__all_shipped__takes_stock_and_moves_parts),
		TEST(test_ship_confirm__short__splits_the_part),
		TEST(test_ship_confirm__kit_short__frees_its_components),
		TEST(test_ship_confirm__nothing_found__cancels_the_shipment),
		TEST(
		    test_ship_confirm__released_again__ships_under_the_new_key),
		TEST(test_ship_confirm__twice__is_a_duplicate_or_refused),
		TEST(
		    test_ship_confirm__what_does_not_fit__is_refused_row_by_row),
		TEST(test_ship_confirm__before_our_sent_mark__implies_it),
		TEST(
		    test_ship_confirm__counted_since__does_not_take_stock_twice),
		TEST(
		    test_ship_confirm__node_without_stock_rows__ships_all_the_same),
		TEST(test_ship_confirm__stopped_after_any_step__ends_the_same),
		TEST(test_ship_confirm__read_again__does_nothing_twice),
		TEST(test_capture_result__captured__settles_the_charge_once),
		TEST(test_capture_result__declined__holds_the_shipment),
		TEST(test_capture_result__what_does_not_fit__is_refused),
		TEST(test_courier_status__on_its_way__raises_and_never_lowers),
		TEST(
		    test_courier_status__delivered_at_once__implies_dispatched),
		TEST(
		    test_courier_status__before_the_warehouse__waits_for_a_retry),
		TEST(test_courier_status__cancelled_shipment__is_refused),
		TEST(test_sent_to__another_partner__changes_nothing),
		TEST(test_sent_to__the_one_of_the_document__may_speak),
		TEST(test_sent_to__second_partner_of_a_node_or_scac__may_speak),
	};
	return cmocka_run_group_tests_name("confirm", tests, NULL, NULL);
}
