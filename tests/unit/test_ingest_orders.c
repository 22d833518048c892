/* test_ingest_orders.c - order files into the store, once and in order. */

#include "tests/unit/home.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "base/str.h"
#include "pipeline/ingest.h"

#define NS              "http://www.demandware.com/xml/impex/order/2006-10-31"
#define FILE_OF(orders) "<orders xmlns='" NS "'>\n" orders "</orders>\n"
#define ORDER_AS(no, qty, status)                                              \
	"<order order-no='" no "'><order-date>2026-03-27T10:00:00Z"            \
	"</order-date><currency>EUR</currency><customer><customer-email>"      \
	"Ann@X.org</customer-email></customer><status><order-status>" status   \
	"</order-status></status><product-lineitems><product-lineitem>"        \
	"<net-price>10.00</net-price><tax>2.00</tax><product-id>A"             \
	"</product-id><quantity unit=''>" qty "</quantity><shipment-id>S"      \
	"</shipment-id></product-lineitem></product-lineitems><shipments>"     \
	"<shipment shipment-id='S'/></shipments><payments><payment>"           \
	"<bank-transfer/><amount>12.00</amount></payment></payments>"          \
	"</order>\n"
#define ORDER(no, qty) ORDER_AS(no, qty, "NEW")

struct fixture {
	struct home *h;
	int files;
	int64_t max_rejects;
	struct stage_result res;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	*state = f;
	f->h = home_new(f);
	f->h->cfg.handling_s = 3600;
	f->files = 1;
	f->max_rejects = -1;
	ASSERT_OK(
	    fs_mkdir(mem_printf(f, "%s/spool/tmp", f->h->dir), 0750, ERR));
	ASSERT_OK(
	    fs_mkdir(mem_printf(f, "%s/spool/blob", f->h->dir), 0750, ERR));
	return 0;
}

static int
file_add(struct fixture *f, const char *text)
{
	int id = ++f->files;

	ASSERT_OK(fs_write_tmp(mem_printf(f, "%s/%d.xml", f->h->dir, id), text,
	    strlen(text), 0600, ERR));
	home_exec(f->h,
	    mem_printf(f,
		"INSERT INTO file (file_id, partner, feed, type, name, sha256,"
		" size_bytes, state, received_ts_us) VALUES (%d, 'shop',"
		" 'orders', 'sfcc.order', '%d.xml', 'sha-%d', %zu, 'new', 0);",
		id, id, id, strlen(text)));
	return id;
}

/* Read a file from where the file table says it goes on. */
static bool
ingest(struct fixture *f, int id, struct oms_error *err)
{
	struct file_row row = { .file_id = id,
		.partner = "shop",
		.feed = "orders",
		.type = "sfcc.order",
		.name = mem_printf(f, "%d.xml", id),
		.sha256 = mem_printf(f, "sha-%d", id),
		.path = mem_printf(f, "%s/%d.xml", f->h->dir, id),
		.max_rejects = f->max_rejects };
	sqlite3_stmt *s;

	assert_int_equal(sqlite3_prepare_v2(f->h->sql,
			     mem_printf(f,
				 "SELECT next_record, next_offset, next_line"
				 " FROM file WHERE file_id = %d",
				 id),
			     -1, &s, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	row.next_record = sqlite3_column_int64(s, 0);
	row.next_offset = sqlite3_column_int64(s, 1);
	row.next_line = sqlite3_column_int64(s, 2);
	sqlite3_finalize(s);
	f->res = (struct stage_result){ 0 };
	return ingest_sfcc_orders(&f->h->run, &row, &f->res, err);
}

static int
take(struct fixture *f, const char *text)
{
	int id = file_add(f, text);

	ASSERT_OK(ingest(f, id, ERR));
	return id;
}

static void
test_ingest__a_good_file__makes_every_row(void **state)
{
	struct fixture *f = *state;
	struct home *h = f->h;

	take(f, FILE_OF(ORDER("1", "2") ORDER("2", "1") ORDER("3", "1")));
	assert_int_equal(f->res.done, 3);
	assert_int_equal(f->res.rejected, 0);
	ASSERT_SQL(h,
	    "SELECT state, records, applied, duplicates, rejected"
	    " FROM file WHERE file_id = 2",
	    "ingested|3|3|0|0");
	ASSERT_SQL(h,
	    "SELECT order_id, order_no, channel, partner, revision, file_id,"
	    " record_no, currency, taxation, customer_key, customer_email,"
	    " order_ts_us, received_ts_us, ship_by_ts_us, total_minor,"
	    " tax_minor, shop_status, recon, incomplete, ship_complete, stage,"
	    " touched, status_min, status_max, label FROM orders"
	    " WHERE order_no = '1'",
	    "1|1|shop|shop|1|2|1|EUR|net|guest:ann@x.org|Ann@X.org|"
	    "1774605600000000|1774663200000000|1774609200000000|1200|200|NEW|"
	    "||0|1|1|1100|1100|CREATED");
	ASSERT_SQL(h, "SELECT order_id, group_no, shop_id FROM ship_group",
	    "1|1|S;2|1|S;3|1|S");
	ASSERT_SQL(h,
	    "SELECT line_no, group_no, sku, qty, net_minor, tax_minor"
	    " FROM order_line WHERE order_id = 1",
	    "1|1|A|2|1000|200");
	ASSERT_SQL(h,
	    "SELECT part_no, line_no, qty, status, node FROM part"
	    " WHERE order_id = 1",
	    "1|1|2|1100|");
	ASSERT_SQL(h,
	    "SELECT n, tender, amount_minor, authorised, captured"
	    " FROM payment WHERE order_id = 1",
	    "1|bank|1200|1|0");
	ASSERT_SQL(h,
	    "SELECT seq, event, to_status, actor, detail FROM event"
	    " WHERE order_id = 2",
	    "1|received|1100|run:1|2.xml record 2");
	ASSERT_SQL(h, "SELECT record_no, key, state, line_no FROM record",
	    "1|1|applied|2;2|2|applied|3;3|3|applied|4");
	ASSERT_SQL(h, "SELECT value FROM counter WHERE name = 'order'", "3");
}

static void
test_ingest__an_empty_file__is_ingested_with_nothing(void **state)
{
	struct fixture *f = *state;

	take(f, "<orders/>");
	ASSERT_SQL(f->h, "SELECT state, records FROM file WHERE file_id = 2",
	    "ingested|0");
}

/* SFCC fact 2: the consumer must be idempotent. */
static void
test_ingest__the_same_order_again__is_a_duplicate(void **state)
{
	struct fixture *f = *state;

	take(f, FILE_OF(ORDER("1", "2") ORDER("1", "2")));
	take(f, FILE_OF("\n\n" ORDER("1", "2.0")));
	ASSERT_SQL(f->h,
	    "SELECT file_id, applied, duplicates, rejected"
	    " FROM file WHERE file_id > 1",
	    "2|1|1|0;3|0|1|0");
	ASSERT_SQL(f->h, "SELECT COUNT(*), MAX(revision) FROM orders", "1|1");
	ASSERT_SQL(f->h, "SELECT COUNT(*) FROM event", "1");
	ASSERT_SQL(f->h, "SELECT file_id, record_no, state FROM record",
	    "2|1|applied;2|2|duplicate;3|1|duplicate");
}

static void
test_ingest__other_content_before_release__is_a_revision(void **state)
{
	struct fixture *f = *state;
	struct home *h = f->h;

	home_node(h, "EAST", "zero");
	home_stock(h, "A", "EAST", 10);
	take(f, FILE_OF(ORDER("1", "2")));
	home_exec(h,
	    "UPDATE part SET status = 1500, node = 'EAST';"
	    "UPDATE stock SET reserved_qty = 5;"
	    "UPDATE orders SET stage = 3;"
	    "INSERT INTO hold (hold_id, order_id, type, code, reason, state,"
	    " set_ts_us, set_by) VALUES (1, 1, 'RECON', 'order.totals', 'x',"
	    " 'open', 0, 'run:1'), (2, 1, 'MANUAL', 'ok', 'x', 'open', 0,"
	    " 'anna');");
	take(f, FILE_OF(ORDER("1", "3")));
	ASSERT_SQL(h,
	    "SELECT revision, stage, status_min, file_id FROM"
	    " orders",
	    "2|1|1100|3");
	ASSERT_SQL(h, "SELECT qty, status, node FROM part", "3|1100|");
	ASSERT_SQL(h, "SELECT qty FROM order_line", "3");
	ASSERT_SQL(h, "SELECT COUNT(*) FROM payment", "1");
	ASSERT_SQL(h, "SELECT reserved_qty FROM stock", "3");
	ASSERT_SQL(h, "SELECT hold_id, state FROM hold", "1|resolved;2|open");
	ASSERT_SQL(h, "SELECT event, detail FROM event",
	    "received|2.xml record 1;"
	    "hold_resolved|the shop sent a revision;"
	    "revised|revision 2, 3.xml record 1");
	ASSERT_SQL(h, "SELECT state FROM record WHERE file_id = 3", "revision");
}

static void
test_ingest__a_revision_of_a_kit__frees_its_components(void **state)
{
	struct fixture *f = *state;
	struct home *h = f->h;

	home_node(h, "EAST", "zero");
	home_stock(h, "A", "EAST", 10);
	home_stock(h, "X", "EAST", 10);
	take(f, FILE_OF(ORDER("1", "2")));
	home_exec(h,
	    "INSERT INTO kit_component VALUES (1, 1, 1, 'X', 3);"
	    "UPDATE part SET status = 1500, node = 'EAST';"
	    "UPDATE stock SET reserved_qty = 7;");
	take(f, FILE_OF(ORDER("1", "3")));
	ASSERT_SQL(h, "SELECT sku, reserved_qty FROM stock ORDER BY sku",
	    "A|7;X|1");
	ASSERT_SQL(h, "SELECT COUNT(*) FROM kit_component", "0");
}

static void
test_ingest__other_content_after_release__is_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct home *h = f->h;

	take(f, FILE_OF(ORDER("1", "2")));
	home_exec(h, "UPDATE part SET status = 3200;");
	take(f, FILE_OF(ORDER("1", "3") ORDER("2", "1")));
	assert_int_equal(f->res.done, 1);
	assert_int_equal(f->res.rejected, 1);
	ASSERT_SQL(h, "SELECT revision FROM orders WHERE order_no = '1'", "1");
	ASSERT_SQL(h, "SELECT qty FROM order_line WHERE order_id = 1", "2");
	ASSERT_SQL(h,
	    "SELECT kind, key, code, record_no, length(sha256)"
	    " FROM dead",
	    "record|1|order.conflict|1|64");
	ASSERT_SQL(h, "SELECT state FROM record WHERE file_id = 3",
	    "conflict;applied");

	/* The first content once more does not settle it. */
	take(f, FILE_OF(ORDER("1", "2")));
	ASSERT_SQL(h, "SELECT state FROM dead", "open");
}

static void
test_ingest__cancelled_by_the_shop__is_stored_as_cancelled(void **state)
{
	struct fixture *f = *state;
	struct home *h = f->h;

	take(f, FILE_OF(ORDER_AS("1", "2", "CANCELLED") ORDER("2", "1")));
	take(f, FILE_OF(ORDER_AS("2", "1", "CANCELLED")));
	ASSERT_SQL(h,
	    "SELECT order_no, revision, stage, status_min,"
	    " status_max, label, touched FROM orders",
	    "1|1|0|9000|9000|CANCELLED|1;2|2|0|9000|9000|CANCELLED|1");
	ASSERT_SQL(h, "SELECT status FROM part", "9000;9000");
	ASSERT_SQL(h, "SELECT event FROM event WHERE order_id = 2",
	    "received;revised;cancelled");

	/* The shop may take it back. */
	take(f, FILE_OF(ORDER("2", "1")));
	ASSERT_SQL(h,
	    "SELECT revision, stage, label FROM orders"
	    " WHERE order_no = '2'",
	    "3|1|CREATED");
}

static void
test_ingest__an_order_ended_by_us__is_not_brought_back(void **state)
{
	struct fixture *f = *state;

	take(f, FILE_OF(ORDER("1", "2")));
	home_exec(f->h, "UPDATE part SET status = 9000;");
	take(f, FILE_OF(ORDER("1", "3")));
	ASSERT_SQL(f->h, "SELECT code FROM dead", "order.conflict");
}

/* SFCC-22: one bad order does not sink a file. */
static void
test_ingest__bad_orders__become_documents_that_can_be_mended(void **state)
{
	struct fixture *f = *state;
	struct home *h = f->h;
	char sha[80], *doc;
	sqlite3_stmt *s;
	size_t n;

	take(f,
	    FILE_OF(ORDER("1", "1") ORDER("2", "1.5") ORDER("3",
		"x") "<order order-no='4'><a></order>" ORDER("5", "1")));
	assert_int_equal(f->res.done, 2);
	assert_int_equal(f->res.rejected, 3);
	ASSERT_SQL(h,
	    "SELECT state, records, applied, rejected FROM file"
	    " WHERE file_id = 2",
	    "ingested|5|2|3");
	ASSERT_SQL(h, "SELECT record_no, key, code, stage, state FROM dead",
	    "2|2|data.value|ingest|open;3|3|data.schema|ingest|open;"
	    "4|4|data.syntax|ingest|open");
	ASSERT_SQL(h, "SELECT where_text, reason FROM dead WHERE key = '2'",
	    "shop/2.xml record 2 order 2 line 3 <quantity>, line 2 of the dead "
	    "letter|"
	    "\"1.5\": quantity must be whole units");
	ASSERT_SQL(h, "SELECT record_no, state FROM record",
	    "1|applied;2|rejected;3|rejected;4|rejected;5|applied");

	assert_int_equal(sqlite3_prepare_v2(h->sql,
			     "SELECT sha256 FROM dead WHERE key = '2'", -1, &s,
			     NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	snprintf(sha, sizeof(sha), "%s",
	    (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	ASSERT_OK((doc = fs_read(f,
		       mem_printf(f, "%s/spool/blob/%.2s/%s", h->dir, sha, sha),
		       1 << 20, &n, ERR)) != NULL);
	assert_string_equal(doc,
	    "<orders xmlns='" NS
	    "'>\n" ORDER("2", "1.5") "<!-- data.value: \"1.5\": quantity must "
				     "be whole units -->\n"
				     "</orders>");

	/* The mended document brings the order in and closes the letter. */
	*strstr(doc, "1.5") = '2';
	memcpy(strstr(doc, "2.5"), "2.0", 3);
	take(f, doc);
	ASSERT_SQL(h, "SELECT key, state, resolution FROM dead",
	    "2|resolved|repaired by file 3, record 1;3|open|;4|open|");
}

static void
test_ingest__too_many_rejects__kill_the_file(void **state)
{
	struct fixture *f = *state;

	f->max_rejects = 1;
	take(f,
	    FILE_OF(ORDER("1", "1") ORDER("2", "x") ORDER("3", "1")
		    ORDER("4", "1") ORDER("5", "x") ORDER("6", "1")));
	ASSERT_SQL(f->h,
	    "SELECT state, code, applied FROM file"
	    " WHERE file_id = 2",
	    "dead|limit|3");
	ASSERT_SQL(f->h, "SELECT COUNT(*) FROM orders", "3");
	ASSERT_SQL(f->h, "SELECT kind FROM dead ORDER BY dead_id",
	    "record;file");
}

static void
test_ingest__a_file_that_is_not_whole__is_dead_and_nothing_of_it_used(
    void **state)
{
	struct fixture *f = *state;

	take(f, "<orders>" ORDER("1", "1") ORDER("2", "1"));
	assert_int_equal(f->res.rejected, 1);
	ASSERT_SQL(f->h,
	    "SELECT state, code, records FROM file"
	    " WHERE file_id = 2",
	    "dead|data.truncated|0");
	ASSERT_SQL(f->h, "SELECT COUNT(*) FROM orders", "0");
	ASSERT_SQL(f->h, "SELECT kind, code FROM dead", "file|data.truncated");
}

static void
test_ingest__what_the_store_refuses__costs_that_record_only(void **state)
{
	struct fixture *f = *state;

	home_exec(f->h,
	    "CREATE TRIGGER strange BEFORE INSERT ON order_line"
	    " WHEN NEW.qty = 7 BEGIN SELECT RAISE(ABORT, 'no sevens'); END;");
	take(f, FILE_OF(ORDER("1", "1") ORDER("2", "7") ORDER("3", "1")));
	ASSERT_SQL(f->h, "SELECT order_id, order_no FROM orders", "1|1;2|3");
	ASSERT_SQL(f->h, "SELECT key, code FROM dead", "2|data.value");
	ASSERT_SQL(f->h,
	    "SELECT applied, rejected FROM file"
	    " WHERE file_id = 2",
	    "2|1");
}

static void
test_ingest__a_file_read_again__changes_nothing(void **state)
{
	struct fixture *f = *state;
	int id = take(f,
	    FILE_OF(ORDER("1", "1") ORDER("2", "x") ORDER("3", "1")));

	home_exec(f->h,
	    "UPDATE file SET state = 'new', next_record = 1, next_offset = 0,"
	    " next_line = 1, records = 0, applied = 0, rejected = 0"
	    " WHERE file_id = 2; DELETE FROM record WHERE state = 'rejected'");
	ASSERT_OK(ingest(f, id, ERR));
	ASSERT_SQL(f->h,
	    "SELECT applied, duplicates, rejected FROM file"
	    " WHERE file_id = 2",
	    "0|2|1");
	ASSERT_SQL(f->h, "SELECT record_no, state FROM record",
	    "1|applied;2|rejected;3|applied");
	ASSERT_SQL(f->h, "SELECT tries FROM dead", "2");
	ASSERT_SQL(f->h, "SELECT COUNT(*) FROM event", "2");
}

/* ---------------------------------------------------------- killed */

/* Good, bad, good, bad, twice, good, revised, good: four batches of two. */
static const char *
many(struct fixture *f)
{
	return mem_printf(f, "<orders xmlns='" NS "'>\n%s%s%s%s</orders>\n",
	    ORDER("1", "1") ORDER("2", "x"), ORDER("3", "1") ORDER("4", "1.5"),
	    ORDER("1", "1") ORDER("6", "1"), ORDER("3", "2") ORDER("8", "1"));
}

static const char everything[] =
    "SELECT group_concat(x, ';') FROM ("
    "SELECT order_no || revision || content_hash || label AS x FROM orders"
    " UNION ALL SELECT key || code || sha256 || tries FROM dead"
    " UNION ALL SELECT record_no || state || byte_off FROM record"
    " UNION ALL SELECT order_id || seq || event || detail FROM event"
    " UNION ALL SELECT order_id || part_no || qty || status FROM part"
    " UNION ALL SELECT records || '/' || applied || '/' || duplicates || '/'"
    " || rejected || state || next_offset FROM file)";

static char *
ask(struct fixture *f, const char *query)
{
	sqlite3_stmt *s;
	char *got;

	assert_int_equal(sqlite3_prepare_v2(f->h->sql, query, -1, &s, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	got = mem_strdup(f, (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return got;
}

/* A child that is stopped dead after so many durable steps. */
static bool
is_stopped_at(struct fixture *f, int id, int steps)
{
	char *counter = mem_printf(f, "%s/steps", f->h->dir);
	char *text = mem_printf(f, "%d\n", steps);
	int status;
	pid_t pid;

	(void)unlink(counter);
	ASSERT_OK(fs_write_tmp(counter, text, strlen(text), 0600, ERR));
	pid = fork();
	if (pid == 0) {
		struct oms_error err = NO_ERROR;

		assert_non_null(freopen("/dev/null", "w", stderr));
		setenv("OMS_STOP_COUNTER", counter, 1);
		f->h->run.db = db_open(f, f->h->dir, DB_WRITE, 1 << 20, &err);
		_exit(f->h->run.db != NULL && ingest(f, id, &err) ? 0 : 99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 99);
	return WEXITSTATUS(status) != 0;
}

static void
test_ingest__killed_after_any_step_and_run_again__ends_the_same(void **state)
{
	struct fixture *f = *state;
	bool stopped = true;
	char *want;
	int steps;

	take(f, many(f));
	want = ask(f, everything);
	for (steps = 1; stopped; steps++) {
		void *again = NULL;
		struct fixture *g;
		int id;

		assert_int_equal(setup(&again), 0);
		g = again;
		id = file_add(g, many(f));
		stopped = is_stopped_at(g, id, steps);
		if (stopped)
			ASSERT_OK(ingest(g, id, ERR));
		assert_string_equal(ask(g, everything), want);
		mem_free(mem_parent(g));
	}
	assert_true(steps > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ingest__a_good_file__makes_every_row),
		TEST(test_ingest__an_empty_file__is_ingested_with_nothing),
		TEST(test_ingest__the_same_order_again__is_a_duplicate),
		TEST(test_ingest__other_content_before_release__is_a_revision),
		TEST(test_ingest__a_revision_of_a_kit__frees_its_components),
		TEST(test_ingest__other_content_after_release__is_a_conflict),
		TEST(
		    test_ingest__cancelled_by_the_shop__is_stored_as_cancelled),
		TEST(test_ingest__an_order_ended_by_us__is_not_brought_back),
		TEST(
		    test_ingest__bad_orders__become_documents_that_can_be_mended),
		TEST(test_ingest__too_many_rejects__kill_the_file),
		TEST(
		    test_ingest__a_file_that_is_not_whole__is_dead_and_nothing_of_it_used),
		TEST(
		    test_ingest__what_the_store_refuses__costs_that_record_only),
		TEST(test_ingest__a_file_read_again__changes_nothing),
		TEST(
		    test_ingest__killed_after_any_step_and_run_again__ends_the_same),
	};
	return cmocka_run_group_tests_name("ingest_orders", tests, NULL, NULL);
}
