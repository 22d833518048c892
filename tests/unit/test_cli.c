/* test_cli.c - the promises of the command line, as a user sees them. */

#include "tests/unit/testing.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "cli/cli.h"

struct fixture {
	char *dir; /* of the test; home is inside */
	char *home;
	char *out; /* what the last command printed */
	char *err;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->dir = testing_tmpdir(run);
	f->home = mem_printf(f, "%s/home", f->dir);
	*state = f;
	assert_int_equal(unsetenv("OMS_HOME"), 0);
	assert_int_equal(unsetenv("OMS_NOW"), 0);
	return 0;
}

static char *
slurp(struct fixture *f, const char *path)
{
	size_t n;
	char *text = NULL;

	ASSERT_OK((text = fs_read(f, path, 1 << 24, &n, ERR)) != NULL);
	return text;
}

/* Run "oms WORDS" with --home; words are parted by single blanks. */
static int
oms(struct fixture *f, const char *words)
{
	char *copy = mem_strdup(f, words), *save = NULL;
	char *out = mem_printf(f, "%s/out", f->dir);
	char *err = mem_printf(f, "%s/err", f->dir);
	char *argv[32] = { mem_strdup(f, "oms"), mem_strdup(f, "--home"),
		f->home };
	int argc = 3, code, real_out = dup(STDOUT_FILENO),
	    real_err = dup(STDERR_FILENO);
	mem_ctx *ctx = mem_ctx_new(f, "oms");

	for (char *w = strtok_r(copy, " ", &save); w != NULL && argc < 31;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	fflush(stdout);
	assert_non_null(freopen(out, "w", stdout));
	assert_non_null(freopen(err, "w", stderr));
	code = (int)cli_main(ctx, argc, argv);
	fflush(stdout);
	fflush(stderr);
	assert_true(dup2(real_out, STDOUT_FILENO) >= 0);
	assert_true(dup2(real_err, STDERR_FILENO) >= 0);
	close(real_out);
	close(real_err);
	mem_free(ctx);
	f->out = slurp(f, out);
	f->err = slurp(f, err);
	return code;
}

#define ASSERT_HAS(text, part)                                                 \
	do {                                                                   \
		if (strstr(text, part) == NULL)                                \
			fail_msg("no \"%s\" in: %s", part, text);              \
	} while (0)

/* Change the database behind oms's back. */
static void
sql(struct fixture *f, const char *text)
{
	sqlite3 *db;
	char *why = NULL;

	assert_int_equal(sqlite3_open(mem_printf(f, "%s/oms.db", f->home), &db),
	    SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", why, text);
	sqlite3_close(db);
}

/* Two parts: one at its warehouse, one that waits for stock. */
static const char order[] =
    "PRAGMA foreign_keys = OFF;"
    "INSERT INTO file (file_id, partner, feed, type, name, sha256, size_bytes,"
    " state, received_ts_us) "
    "VALUES (1, 'sfcc', 'orders', 'sfcc.order', 'o.xml', 's', 1, 'ingested',"
    " 1000000);"
    "INSERT INTO orders (order_id, order_no, channel, partner, content_hash,"
    " file_id, record_no, currency, taxation, customer_key, customer_no,"
    " customer_name, customer_email, order_ts_us, received_ts_us,"
    " ship_by_ts_us, total_minor, tax_minor, basket_hash, shop_status,"
    " payment_status, recon, incomplete, ship_complete, stage, touched,"
    " status_min, status_max, label) "
    "VALUES (1, '00010001', 'sfcc', 'sfcc', 'h', 1, 1, 'USD', 'net', 'C1',"
    " 'C1', 'Ada ' || char(27) || '[31m', 'ada@example.com', 1000000,"
    " 1000000, 2000000, 12345, 987, 'b', 'NEW', '', '', '', 0, 2, 0, 1300,"
    " 3300, 'STALE');"
    "INSERT INTO order_line (order_id, line_no, group_no, sku, name, qty,"
    " net_minor, tax_minor, disc_net_minor, disc_tax_minor, ship_net_minor,"
    " ship_tax_minor, tax_rate, position) "
    "VALUES (1, 1, 1, 'SKU-0001', 'Thing', 3, 900, 72, 0, 0, 0, 0, '0.08',"
    " '1');"
    "INSERT INTO part (order_id, part_no, line_no, qty, status, node,"
    " release_key, shipment_key) "
    "VALUES (1, 1, 1, 2, 3300, 'WH-EAST', 'R1', 'S1'),"
    " (1, 2, 1, 1, 1300, '', '', '');"
    "INSERT INTO release (release_key, order_id, group_no, node, attempt,"
    " ts_us) VALUES ('R1', 1, 1, 'WH-EAST', 1, 1000000);"
    "INSERT INTO release_status (order_id, part_no, seq, release_key, status,"
    " status_quantity, qty, ts_us) VALUES (1, 1, 1, 'R1', 3300, 2, 2, 1);"
    "INSERT INTO shipment (shipment_key, release_key, order_id, group_no,"
    " node, stage, status, weight_g, value_minor, carrier, service, tracking)"
    " VALUES ('S1', 'R1', 1, 1, 'WH-EAST', 7, 'PENDING', 400, 2700, 'C', 'S',"
    " 'T-77');"
    "INSERT INTO invoice (invoice_no, kind, credits, order_id, shipment_key,"
    " issued_ts_us, currency, goods_minor, discount_minor, shipping_minor,"
    " tax_minor, total_minor) "
    "VALUES ('INV-1', 'invoice', '', 1, 'S1', 1, 'USD', 2000, 0, 500, 200,"
    " 2700), ('CN-1', 'credit', 'INV-1', 1, 'S1', 2, 'USD', -100, 0, 0, -8,"
    " -108);"
    "INSERT INTO event (order_id, seq, ts_us, event, to_status, actor) "
    "VALUES (1, 1, 1000000, 'received', 1100, 'run:1');";

static void
test_init__example__gives_a_home_that_is_in_order(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init %s --example", f->home)),
	    EXIT_OK);
	assert_int_equal(oms(f, "file list --json"), EXIT_OK);
	assert_null(strstr(f->out, "\"rejected\":1"));
	ASSERT_HAS(f->out, "\"name\":\"zones.csv\"");
	assert_int_equal(oms(f, "dead list"), EXIT_OK);
	assert_string_equal(f->out, "");
	assert_int_equal(oms(f, "config lint"), EXIT_OK);
	assert_int_equal(oms(f, "check"), EXIT_OK);
	ASSERT_HAS(f->err, "0 faults");
	assert_int_equal(oms(f, "stock show SKU-0100 --json"), EXIT_OK);
	ASSERT_HAS(f->out, "\"node\":\"WH-CENTRAL\"");
	assert_int_not_equal(
	    access(mem_printf(f, "%s/.oms-init", f->home), F_OK), 0);
}

static void
test_init__without_example__gives_a_home_of_defaults(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init %s", f->home)), EXIT_OK);
	assert_int_equal(oms(f, "config lint"), EXIT_OK);
	assert_int_equal(oms(f, "config show"), EXIT_OK);
	assert_null(strstr(f->out, "oms.ini:"));
	assert_int_equal(oms(f, "status"), EXIT_OK);
}

static void
test_init__folder_in_use__is_refused_and_untouched(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->home, 0755), 0);
	ASSERT_OK(fs_write_tmp(mem_printf(f, "%s/thesis.txt", f->home), "x", 1,
	    0600, ERR));
	assert_int_equal(oms(f, mem_printf(f, "init %s", f->home)), EXIT_USAGE);
	ASSERT_HAS(f->err, "is not empty");
	assert_tree_is(f->home, "./thesis.txt\n");
}

static void
test_init__home__is_not_made_twice(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init %s", f->home)), EXIT_OK);
	assert_int_equal(oms(f, mem_printf(f, "init %s", f->home)), EXIT_USAGE);
	ASSERT_HAS(f->err, "is a home already");
}

static void
test_init__stopped_half_way__is_finished_by_the_next(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init %s --example", f->home)),
	    EXIT_OK);
	/* As if it had stopped before the database, with one file less. */
	ASSERT_OK(fs_write_tmp(mem_printf(f, "%s/.oms-init", f->home), "x", 1,
	    0600, ERR));
	assert_int_equal(unlink(mem_printf(f, "%s/oms.db", f->home)), 0);
	(void)unlink(mem_printf(f, "%s/oms.db-wal", f->home));
	(void)unlink(mem_printf(f, "%s/oms.db-shm", f->home));
	assert_int_equal(unlink(mem_printf(f, "%s/partners/sfcc.ini", f->home)),
	    0);
	/* The journal comes after it: where that is, a database was lost. */
	assert_int_equal(oms(f, mem_printf(f, "init %s --example", f->home)),
	    EXIT_STORE);
	ASSERT_HAS(f->err, "is gone");
	fs_remove_tree(mem_printf(f, "%s/spool/journal", f->home));
	assert_int_equal(oms(f, mem_printf(f, "init %s --example", f->home)),
	    EXIT_OK);
	assert_int_equal(oms(f, "check"), EXIT_OK);
	assert_int_equal(oms(f, "stock show SKU-0001"), EXIT_OK);
	assert_int_equal(
	    access(mem_printf(f, "%s/partners/sfcc.ini", f->home), F_OK), 0);
}

static void
test_usage__mistakes__are_status_2_with_the_nearest_word(void **state)
{
	static const struct {
		const char *words;
		const char *says;
	} cases[] = {
		{ "statsu", "is \"status\" meant?" },
		{ "order shw 1", "is \"show\" meant?" },
		{ "order", "needs one of: show history find" },
		{ "order show", "usage: oms order show NO" },
		{ "order show 1 2", "usage: oms order show NO" },
		{ "status --jsno", "is --json meant?" },
		{ "status --js", "unknown option --js" },
		{ "status --window 1", "--window is no option of oms status" },
		{ "order find --limit", "--limit needs a value" },
		{ "order find --limit x", "--limit \"x\" is not a whole" },
		{ "file show x", "\"x\" is no id" },
		{ "--now never status", "is not a time" },
		{ "explain order.addres", "is order.address meant?" },
		{ "", "no verb" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(oms(f, cases[i].words), EXIT_USAGE);
		ASSERT_HAS(f->err, cases[i].says);
		assert_string_equal(f->out, "");
	}
}

static void
test_help__every_verb__has_one(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(oms(f, "--help"), EXIT_OK);
	for (size_t i = 0; i < verb_count; i++) {
		const struct verb *v = &verbs[i];

		ASSERT_HAS(f->out, v->what);
	}
	for (size_t i = 0; i < verb_count; i++) {
		const struct verb *v = &verbs[i];

		assert_int_equal(oms(f,
				     mem_printf(f, "%s %s --help", v->name,
					 v->sub != NULL ? v->sub : "")),
		    EXIT_OK);
		ASSERT_HAS(f->out, v->what);
	}
}

static void
test_failure__json__is_an_object_on_stderr(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(oms(f, "status --json"), EXIT_USAGE);
	assert_string_equal(f->out, "");
	ASSERT_HAS(f->err, "\"kind\":\"error\"");
	ASSERT_HAS(f->err, "\"code\":\"config\"");
}

/* TEMP: support staff locate an order and understand its status. */
static void
test_order_show__json__is_one_object_with_its_parts(void **state)
{
	static const char *const has[] = { "\"order_no\":\"00010001\"",
		"\"channel\":\"sfcc\"", "\"currency\":\"USD\"",
		"\"label\":\"PARTIALLY_BACKORDERED\"", "\"total_minor\":12345",
		"\"holds\":[]",
		"{\"part_no\":1,\"qty\":2,\"status\":3300,\"status_name\":"
		"\"SENT_TO_NODE\",\"node\":\"WH-EAST\",\"release_key\":\"R1\","
		"\"shipment_key\":\"S1\"",
		"\"carrier\":\"C\",\"service\":\"S\",\"status_name\":"
		"\"PENDING\"",
		"\"tracking\":\"T-77\",\"invoice_no\":\"INV-1\"",
		"\"invoice_no\":\"CN-1\",\"kind\":\"credit\"",
		"\"total_minor\":-108",
		"\"ts\":\"1970-01-01T00:00:01Z\",\"event\":\"received\","
		"\"from\":null,\"to\":1100,\"actor\":\"run:1\"" };
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init %s", f->home)), EXIT_OK);
	sql(f, order);
	assert_int_equal(oms(f, "order show 00010001 --json"), EXIT_OK);
	for (size_t i = 0; i < COUNT(has); i++)
		ASSERT_HAS(f->out, has[i]);
	assert_ptr_equal(strchr(f->out, '\n'), f->out + strlen(f->out) - 1);
}

static void
test_order_show__text__says_why_and_drives_no_terminal(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init %s", f->home)), EXIT_OK);
	sql(f, order);
	assert_int_equal(oms(f, "order show 00010001"), EXIT_OK);
	ASSERT_HAS(f->out, "Ada \\x1b[31m");
	assert_null(strchr(f->out, '\x1b'));
	ASSERT_HAS(f->out, "SKU-0001 x 1: no stock");
	ASSERT_HAS(f->out,
	    "shipment S1: waits for the confirmation of "
	    "WH-EAST");
	assert_int_equal(oms(f, "order show 999"), EXIT_USAGE);
	ASSERT_HAS(f->err, "no order 999");
}

static void
test_order_find__one_box__finds_by_many_things(void **state)
{
	static const char *const texts[] = { "1000", "ada@EXAMPLE.com", "T-77",
		"S1", "R1", "INV-1", "C1", "ada", "--label STALE",
		"--sku SKU-0001" };
	static const char *const others[] = { "100%", "1_1", "T-7",
		"--label SHIPPED", "--sku SKU-0002" };
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init %s", f->home)), EXIT_OK);
	sql(f, order);
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(
		    oms(f, mem_printf(f, "order find %s", texts[i])), EXIT_OK);
		ASSERT_HAS(f->out, "00010001");
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_int_equal(
		    oms(f, mem_printf(f, "order find %s", others[i])), EXIT_OK);
		assert_string_equal(f->out, "");
	}
}

static void
test_order_hold__set_and_released__stands_in_the_history(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init --no-key %s", f->home)),
	    EXIT_OK);
	sql(f, order);
	assert_int_equal(oms(f, "order hold 00010001 MANUAL"), EXIT_USAGE);
	assert_int_equal(oms(f, "order hold 00010001 NONE --reason x"),
	    EXIT_USAGE);
	ASSERT_HAS(f->err, "is no hold type: ADDRESS");
	assert_int_equal(oms(f, "order hold 00010001 MANUAL --reason called"),
	    EXIT_OK);
	assert_int_equal(oms(f, "order show 00010001"), EXIT_OK);
	ASSERT_HAS(f->out, "ON_HOLD");
	ASSERT_HAS(f->out, "called");
	ASSERT_HAS(f->out, "oms order release 00010001 MANUAL");
	assert_int_equal(oms(f, "order release 00010001 MANUAL"), EXIT_OK);
	assert_int_equal(oms(f, "order release 00010001 MANUAL"), EXIT_USAGE);
	assert_int_equal(oms(f, "order history 00010001"), EXIT_OK);
	ASSERT_HAS(f->out, "hold_set");
	ASSERT_HAS(f->out, "hold_resolved");
}

static void
test_check__broken_books__are_status_11_with_the_place(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init %s", f->home)), EXIT_OK);
	sql(f, order);
	sql(f,
	    "UPDATE part SET qty = 2 WHERE part_no = 2;"
	    "DELETE FROM release_status;"
	    "INSERT INTO release (release_key, order_id, group_no, node, "
	    "attempt, ts_us) VALUES ('R2', 1, 1, 'WH-EAST', 1, 1);"
	    "INSERT INTO stock (sku, node, on_hand_qty, reserved_qty, "
	    "counted_ts_us) VALUES ('SKU-0001', 'WH-EAST', 9, 7, 0);");
	assert_int_equal(oms(f, "check"), EXIT_FOUND);
	ASSERT_HAS(f->out, "00010001 line 1: parts sum to 4, ordered are 3");
	ASSERT_HAS(f->out, "00010001 part 1: released as R1 with 0 current");
	ASSERT_HAS(f->out, "R2: no part was ever released under it");
	ASSERT_HAS(f->out,
	    "SKU-0001 at WH-EAST: reserved are 7, the parts hold 2");
	ASSERT_HAS(f->out, "invoice numbers: the counter gave 0, there are 1");
	ASSERT_HAS(f->out, "INV-1: the lines sum to 0, its total is 2700");
}

static void
test_lists__json__have_kind_id_state_and_code(void **state)
{
	static const char *const verbs_of[] = { "status", "file list",
		"dead list --all", "out list" };
	struct fixture *f = *state;

	assert_int_equal(oms(f, mem_printf(f, "init %s --example", f->home)),
	    EXIT_OK);
	sql(f,
	    "INSERT INTO dead (dead_id, kind, partner, feed, file_id, code, "
	    "stage, where_text, reason, name, sha256, state, first_ts_us, "
	    "last_ts_us) VALUES (1, 'record', 'sfcc', 'orders', 1, "
	    "'data.value', 'ingest', 'w', 'r', 'n', '', 'open', 1, 1);"
	    "INSERT INTO document (doc_id, partner, feed, type, doc_no, name, "
	    "run_id, \"window\", created_ts_us, state) VALUES (1, 'p', 'f', "
	    "'t', 1, 'n', 1, 'w', 1, 'ready');");
	for (size_t i = 0; i < COUNT(verbs_of); i++) {
		char *save = NULL;
		size_t lines = 0;

		assert_int_equal(
		    oms(f, mem_printf(f, "%s --json", verbs_of[i])), EXIT_OK);
		for (char *l = strtok_r(f->out, "\n", &save); l != NULL;
		     l = strtok_r(NULL, "\n", &save)) {
			lines++;
			ASSERT_HAS(l, "{\"v\":1,\"kind\":\"");
			ASSERT_HAS(l, "\"id\":");
			ASSERT_HAS(l, "\"state\":\"");
			ASSERT_HAS(l, "\"code\":");
		}
		assert_true(lines > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_init__example__gives_a_home_that_is_in_order),
		TEST(test_init__without_example__gives_a_home_of_defaults),
		TEST(test_init__folder_in_use__is_refused_and_untouched),
		TEST(test_init__home__is_not_made_twice),
		TEST(test_init__stopped_half_way__is_finished_by_the_next),
		TEST(test_usage__mistakes__are_status_2_with_the_nearest_word),
		TEST(test_help__every_verb__has_one),
		TEST(test_failure__json__is_an_object_on_stderr),
		TEST(test_order_show__json__is_one_object_with_its_parts),
		TEST(test_order_show__text__says_why_and_drives_no_terminal),
		TEST(test_order_find__one_box__finds_by_many_things),
		TEST(test_order_hold__set_and_released__stands_in_the_history),
		TEST(test_check__broken_books__are_status_11_with_the_place),
		TEST(test_lists__json__have_kind_id_state_and_code),
	};
	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
