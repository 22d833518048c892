/* test_reference.c - the promises of csv_intake.h and ingest_reference.c. */

#include "tests/unit/csv_home.h"

static int
setup(void **state)
{
	*state = home_new();
	return 0;
}

#define PRODUCTS "sku,name,class,weight_g,unit,shortage,active\n"
#define NODES                                                                  \
	"node,name,partner,node_group,country,no_inventory,lead_hours,open\n"

static void
load_world(struct home *h)
{
	feed(h, "ref.products", PRODUCTS "A,Apple,,100,,,\nB,Pear,,200,,,\n");
	feed(h, "ref.ship_nodes", NODES "WH,Hall,wms,,AT,zero,24,1\n");
	assert_int_equal(h->res.rejected, 0);
}

static void
test_reference__every_type__lands_in_its_table(void **state)
{
	struct home *h = *state;

	feed(h, "ref.products",
	    "sku,name,weight_g,shortage,active,class,unit\n"
	    "A,\"Apple, red\",100,ask,no,fruit,gram\nB,Pear,0,,,,\n");
	assert_sql(h, "SELECT * FROM product ORDER BY sku",
	    "A|Apple, red|fruit|100|gram|ask|0;B|Pear||0|piece|backorder|1");
	feed(h, "ref.ship_nodes",
	    NODES
	    "WH,Hall,wms-a,east,at,infinite,1.5,0\nW2,Two,wms-b,,US,,,\n");
	assert_sql(h, "SELECT * FROM ship_node ORDER BY node",
	    "W2|Two|wms-b||US|zero|86400|1;"
	    "WH|Hall|wms-a|east|AT|infinite|5400|0");
	feed(h, "ref.zones", "country;postal_prefix;zone\nAT;;Z1\nAT;10;Z2\n");
	assert_sql(h, "SELECT * FROM zone ORDER BY zone", "AT||Z1;AT|10|Z2");
	feed(h, "ref.lanes", "node,zone,distance_km\nWH,Z1,300\n");
	assert_sql(h, "SELECT * FROM lane", "WH|Z1|300");
	feed(h, "ref.carrier_services",
	    "carrier,service,kind,partner,method,transit_hours,max_weight_g,"
	    "currency,max_value,active\nDHX,EXP,courier,dhx,,12,5000,EUR,99.90,"
	    "\nDHX,STD,carrier,dhx,ground,48,,,,0\n");
	assert_sql(h, "SELECT * FROM carrier_service ORDER BY service",
	    "DHX|EXP|courier|dhx||43200|5000|EUR|9990|1;"
	    "DHX|STD|carrier|dhx|ground|172800|-||-|0");
	feed(h, "ref.rates",
	    "carrier,service,zone,max_weight_g,currency,price\n"
	    "DHX,EXP,Z1,5000,JPY,120\n");
	assert_sql(h,
	    "SELECT carrier, max_weight_g, price_minor, currency "
	    "FROM rate",
	    "DHX|5000|120|JPY");
	feed(h, "ref.routing_rules",
	    "rule_no,kind,channel,zone,class,method,currency,min_value,"
	    "max_value,min_weight_g,max_weight_g,target\n"
	    "10,node,,Z1,,,EUR,5,,,,east|WH\n");
	assert_sql(h, "SELECT * FROM routing_rule",
	    "10|node||Z1|||EUR|500|-|-|-|east|WH");
	feed(h, "ref.spending_limits",
	    "customer,currency,limit\nC1,EUR,100\nguest:a@b.example,EUR,\n");
	assert_sql(h, "SELECT * FROM spending_limit ORDER BY 1",
	    "C1|EUR|10000;guest:a@b.example|EUR|-");
	feed(h, "ref.address_rules",
	    "country,postal_pattern,postal_required,state_required,deliverable"
	    "\nUS,[0-9]{5},1,yes,true\nKP,,0,0,0\n");
	assert_sql(h, "SELECT * FROM address_rule ORDER BY 1",
	    "KP||0|0|0;US|[0-9]{5}|1|1|1");
	assert_sql(h, "SELECT DISTINCT state, rejected FROM file",
	    "ingested|0");
	assert_sql(h, "SELECT COUNT(*) FROM record", "0");
}

/* CAT-04: bulk import is an upsert. */
static void
test_reference__same_key_again__replaces_the_row(void **state)
{
	struct home *h = *state;

	feed(h, "ref.products", PRODUCTS "A,Apple,fruit,100,,ask,\n");
	feed(h, "ref.products", PRODUCTS "A,Apfel,,90,,,\nA,Apfel,,80,,,\n");
	assert_sql(h,
	    "SELECT sku, name, class, weight_g, shortage FROM product",
	    "A|Apfel||80|backorder");
	assert_int_equal(h->res.done, 2);
}

static void
test_reference__bad_rows__are_dead_letters_and_the_rest_goes_on(void **state)
{
	struct home *h = *state;

	feed(h, "ref.products",
	    PRODUCTS "A,Apple,,100,,,\nB,Pear,,heavy,,,\n\"C,Fig,,5,,,\n"
		     "D,Date\nE,Elder,,7,,,\n");
	assert_sql(h, "SELECT sku FROM product ORDER BY 1", "A;E");
	assert_sql(h, "SELECT state, records, applied, rejected FROM file",
	    "ingested|5|2|3");
	assert_sql(h, "SELECT record_no, kind, key, code, where_text FROM dead",
	    "2|record|products:B|data.value|"
	    "acme/in.csv line 3 column 4 weight_g;"
	    "3|record||data.syntax|acme/in.csv line 4;"
	    "4|record||data.syntax|acme/in.csv line 5");
	assert_sql(h,
	    "SELECT record_no, byte_off, byte_len, line_no, state "
	    "FROM record",
	    "2|61|17|3|rejected;3|78|13|4|rejected;4|91|7|5|rejected");
	assert_int_equal(h->res.done, 2);
	assert_int_equal(h->res.rejected, 3);
	assert_int_equal(h->res.worst, OMS_SYNTAX);
}

static void
test_reference__a_repaired_reject__resolves_its_dead_letter(void **state)
{
	struct home *h = *state;

	feed(h, "ref.products", PRODUCTS "B,Pear,,heavy,,,\n");
	assert_string_equal(last_payload(h),
	    "sku,name,class,weight_g,unit,shortage,active,error\n"
	    "B,Pear,,heavy,,,,\"column 4 weight_g: "
	    "\"\"heavy\"\" is not a whole number from 0 to 100000000 "
	    "[data.value]\"\n");
	feed(h, "ref.products",
	    "sku,name,class,weight_g,unit,shortage,active,error\n"
	    "B,Pear,,200,,,,whatever it said\n");
	assert_sql(h, "SELECT sku, weight_g FROM product", "B|200");
	assert_sql(h, "SELECT state FROM dead", "resolved");
}

static void
test_reference__bad_header__kills_the_file_whole(void **state)
{
	struct home *h = *state;

	feed(h, "ref.products", "sku,name,weight\nA,Apple,1\n");
	assert_sql(h, "SELECT state, code FROM file", "dead|data.column");
	assert_sql(h, "SELECT kind, code, where_text FROM dead",
	    "file|data.column|acme/in.csv line 1");
	feed(h, "ref.products", "");
	assert_sql(h, "SELECT code FROM file WHERE file_id = 2",
	    "data.truncated");
	assert_sql(h, "SELECT COUNT(*) FROM product", "0");
}

static void
test_reference__max_rejects__is_judged_before_anything_is_done(void **state)
{
	struct home *h = *state;

	h->max_rejects = 1;
	feed(h, "ref.products",
	    PRODUCTS "A,Apple,,1,,,\nB,Pear,,1,,,\nC,x,,x,,,\nD,x,,x,,,\n");
	assert_sql(h, "SELECT state, code, applied FROM file", "dead|limit|0");
	assert_sql(h, "SELECT COUNT(*) FROM product", "0");
	feed(h, "ref.products", PRODUCTS "A,Apple,,1,,,\nC,x,,x,,,\n");
	assert_sql(h,
	    "SELECT state, applied, rejected FROM file "
	    "WHERE file_id = 2",
	    "ingested|1|1");
}

static void
test_reference__thousands_of_bad_rows__are_bounded(void **state)
{
	struct home *h = *state;
	struct sbuf b;

	h->cfg.batch_orders = 1000;
	sbuf_init(&b, h, 1 << 20);
	sbuf_adds(&b, PRODUCTS);
	for (int i = 0; i < 1500; i++)
		sbuf_addf(&b, "S%d,x,,x,,,\n", i);
	sbuf_adds(&b, "A,Apple,,1,,,\n");
	feed(h, "ref.products", b.p);
	assert_sql(h, "SELECT state, applied, rejected FROM file",
	    "ingested|1|1500");
	assert_sql(h, "SELECT kind, COUNT(*) FROM dead GROUP BY kind",
	    "file|1;record|1000");
}

static void
test_reference__stopped_after_a_batch__goes_on_there(void **state)
{
	struct home *h = *state;

	put_file(h, "ref.products",
	    PRODUCTS "A,Apple,,1,,,\nB,Pear,,x,,,\nC,Fig,,3,,,\n");
	/* As the first batch of two leaves it. */
	do_sql(h,
	    "UPDATE file SET state = 'ingesting', next_record = 3, "
	    "next_offset = 72, next_line = 4, records = 2, applied = 1,"
	    " rejected = 1");
	ASSERT_OK(read_file(h, ERR));
	assert_sql(h, "SELECT sku FROM product", "C");
	assert_sql(h,
	    "SELECT state, next_record, records, applied, rejected "
	    "FROM file",
	    "ingested|4|3|2|1");
}

static void
test_reference__bad_pattern__is_refused(void **state)
{
	struct home *h = *state;

	feed(h, "ref.address_rules",
	    "country,postal_pattern,postal_required,state_required,deliverable"
	    "\nUS,[0-9,1,0,1\n");
	assert_sql(h, "SELECT code, where_text FROM dead",
	    "data.value|acme/in.csv line 2 column postal_pattern");
	assert_sql(h, "SELECT COUNT(*) FROM address_rule", "0");
}

/* INV-01 */
static void
test_stock__a_count__sets_stock_and_writes_a_move(void **state)
{
	struct home *h = *state;

	load_world(h);
	feed(h, "ref.stock",
	    "sku,node,on_hand_qty,buffer_qty,counted_at\n"
	    "A,WH,10,2,2026-03-27T20:00:00Z\nB,WH,5,,\n");
	assert_sql(h,
	    "SELECT sku, on_hand_qty, reserved_qty, buffer_qty, "
	    "counted_ts_us FROM stock",
	    "A|10|0|2|1774641600000000;B|5|0|0|1774663200000000");
	assert_sql(h, "SELECT sku, kind, qty, before_qty, ref FROM stock_move",
	    "A|count|10|0|file 3;B|count|5|0|file 3");
	/* Without a buffer the old one stays; the same count moves nothing. */
	feed(h, "ref.stock",
	    "node,sku,on_hand_qty,counted_at\nWH,A,10,2026-03-27T21:00:00Z\n");
	assert_sql(h,
	    "SELECT on_hand_qty, buffer_qty FROM stock "
	    "WHERE sku = 'A'",
	    "10|2");
	assert_sql(h, "SELECT COUNT(*) FROM stock_move", "2");
}

static void
test_stock__unknown_or_negative__is_refused(void **state)
{
	struct home *h = *state;

	load_world(h);
	feed(h, "ref.stock", "sku,node,on_hand_qty\nX,WH,1\nA,XX,1\nA,WH,-1\n");
	assert_sql(h, "SELECT code, reason FROM dead",
	    "data.reference|sku \"X\" is not known;"
	    "data.reference|node \"XX\" is not known;"
	    "data.value|\"-1\" is not a whole number from 0 to 1000000000");
	assert_sql(h, "SELECT COUNT(*) FROM stock", "0");
}

static void
test_stock__older_count__changes_nothing(void **state)
{
	struct home *h = *state;

	load_world(h);
	feed(h, "ref.stock",
	    "sku,node,on_hand_qty,counted_at\nA,WH,10,2026-03-27\n");
	feed(h, "ref.stock",
	    "sku,node,on_hand_qty,counted_at\nA,WH,99,2026-03-26\n");
	assert_sql(h, "SELECT on_hand_qty FROM stock", "10");
	assert_sql(h,
	    "SELECT applied, duplicates FROM file "
	    "WHERE file_id = 4",
	    "0|1");
}

/* Allocation 3.4: movements after the count are applied again. */
static void
test_stock__moves_after_the_count__are_applied_again(void **state)
{
	struct home *h = *state;

	load_world(h);
	do_sql(h,
	    "INSERT INTO stock VALUES ('A', 'WH', 7, 2, 0, 0, 0, 0);"
	    "INSERT INTO stock_move VALUES"
	    " (1, 'A', 'WH', 1774569600000000, 'ship', -4, 11, 'S1', 'run:1'),"
	    " (2, 'A', 'WH', 1774656000000000, 'ship', -3, 10, 'S2', 'run:1'),"
	    " (3, 'A', 'WH', 1774656000000000, 'count', 9, 0, 'f', 'run:1'),"
	    " (4, 'A', 'WH', 1774659600000000, 'adjust', 1, 7, 'x', 'ann');"
	    "UPDATE counter SET value = 4 WHERE name = 'stock_move'");
	feed(h, "ref.stock",
	    "sku,node,on_hand_qty,counted_at\nA,WH,20,2026-03-27T12:00:00Z\n");
	assert_sql(h, "SELECT on_hand_qty, reserved_qty FROM stock", "18|2");
	assert_sql(h,
	    "SELECT kind, qty, before_qty FROM stock_move "
	    "WHERE move_id = 5",
	    "count|11|7");
}

static void
test_stock__count_after_a_short_pick__clears_the_doubt(void **state)
{
	struct home *h = *state;

	load_world(h);
	do_sql(h,
	    "INSERT INTO stock VALUES "
	    "('A', 'WH', 7, 0, 0, 0, 1774663200000000, 0)");
	feed(h, "ref.stock",
	    "sku,node,on_hand_qty,counted_at\nA,WH,6,2026-03-28T01:59:59Z\n");
	assert_sql(h, "SELECT on_hand_qty, dirty_ts_us > 0 FROM stock", "6|1");
	feed(h, "ref.stock",
	    "sku,node,on_hand_qty,counted_at\nA,WH,6,2026-03-28T02:00:00Z\n");
	assert_sql(h, "SELECT on_hand_qty, dirty_ts_us FROM stock", "6|0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reference__every_type__lands_in_its_table),
		TEST(test_reference__same_key_again__replaces_the_row),
		TEST(
		    test_reference__bad_rows__are_dead_letters_and_the_rest_goes_on),
		TEST(
		    test_reference__a_repaired_reject__resolves_its_dead_letter),
		TEST(test_reference__bad_header__kills_the_file_whole),
		TEST(
		    test_reference__max_rejects__is_judged_before_anything_is_done),
		TEST(test_reference__thousands_of_bad_rows__are_bounded),
		TEST(test_reference__stopped_after_a_batch__goes_on_there),
		TEST(test_reference__bad_pattern__is_refused),
		TEST(test_stock__a_count__sets_stock_and_writes_a_move),
		TEST(test_stock__unknown_or_negative__is_refused),
		TEST(test_stock__older_count__changes_nothing),
		TEST(test_stock__moves_after_the_count__are_applied_again),
		TEST(test_stock__count_after_a_short_pick__clears_the_doubt),
	};
	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
