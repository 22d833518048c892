/* test_config.c - the promises of base/config.h and base/inifile.h. */

#include "tests/unit/testing.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/config.h"
#include "base/fs.h"
#include "base/nearest.h"

struct fixture {
	char *home;
	char faults[4000]; /* one a line */
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->home = testing_tmpdir(run);
	*state = f;
	assert_int_equal(mkdir(mem_printf(f, "%s/partners", f->home), 0755), 0);
	return 0;
}

static void
put_bytes(struct fixture *f, const char *name, const void *p, size_t n)
{
	char *path = mem_printf(f, "%s/%s", f->home, name);

	(void)unlink(path);
	ASSERT_OK(fs_write_tmp(path, p, n, 0600, ERR));
}

static void
put(struct fixture *f, const char *name, const char *text)
{
	put_bytes(f, name, text, strlen(text));
}

static void
note(void *u, const char *text)
{
	struct fixture *f = u;
	size_t n = strlen(f->faults);

	snprintf(f->faults + n, sizeof(f->faults) - n, "%s\n", text);
}

static size_t
lint(struct fixture *f)
{
	f->faults[0] = '\0';
	return config_lint(f->home, note, f);
}

#define HOST_KEY                                                               \
	"ssh-ed25519 "                                                         \
	"AAAAC3NzaC1lZDI1NTE5AAAAIJ0mJ0oX0mJ0oX0mJ0oX0mJ0oX0mJ0oX0mJ0oX0mJ0o"

static const char shop[] = "[partner]\n"
			   "kind = shop\n"
			   "[feed.orders]\n"
			   "type = sfcc.order\n"
			   "direction = in\n"
			   "pattern = *.xml\n";

/* A partner half prepared stops no night, and is no partner in order. */
static void
test_lint__placeholders_of_a_new_partner__are_told_and_loaded(void **state)
{
	struct fixture *f = *state;

	put(f, "oms.ini", "");
	put(f, "partners/bolt.ini",
	    mem_printf(f,
		"%s[edi]\nstandard = x12\nour_id = OUR-ID\n"
		"their_id = THEIR-ID\n",
		shop));
	ASSERT_OK(config_load(f, f->home, ERR) != NULL);
	assert_int_equal(lint(f), 2);
	assert_non_null(strstr(f->faults,
	    "bolt.ini:9: our_id is still OUR-ID: ask the partner what he calls "
	    "us. "));
	assert_non_null(strstr(f->faults,
	    "bolt.ini:10: their_id is still THEIR-ID: ask the partner for his "
	    "own. "));
}

static void
test_lint__association_code_that_is_none__is_a_fault(void **state)
{
	struct fixture *f = *state;

	put(f, "oms.ini", "");
	put(f, "partners/bolt.ini",
	    mem_printf(f,
		"%s[edi]\nstandard = edifact\nour_id = A\ntheir_id = B\n"
		"assoc = EAN008 EAN009\n",
		shop));
	assert_int_equal(lint(f), 1);
	assert_non_null(strstr(f->faults, "bolt.ini:11: assoc: only one code"));
}

static void
test_load__empty_file__gives_every_default(void **state)
{
	struct fixture *f = *state;
	struct config *cfg;

	put(f, "oms.ini", "");
	ASSERT_OK((cfg = config_load(f, f->home, ERR)) != NULL);
	assert_string_equal(cfg->invoice_prefix, "INV-");
	assert_string_equal(cfg->shipping_charge, "first");
	assert_int_equal(cfg->batch_orders, 1000);
	assert_int_equal(cfg->handling_s, 86400);
	assert_int_equal(cfg->inbox_settle_ms, 2000);
	assert_int_equal(cfg->cache_bytes, 64 << 20);
	assert_true(cfg->split_lines);
	assert_false(cfg->ship_complete);
	assert_int_equal(cfg->partner_count, 0);
	assert_int_equal(strlen(cfg->sha256), 64);
}

static void
test_load__values__are_read_with_their_units(void **state)
{
	struct fixture *f = *state;
	struct config *cfg;

	put(f, "oms.ini",
	    "\xef\xbb\xbf; a comment\r\n"
	    "[company]\r\n"
	    "name = M\xc3\xbcller ; Sons\r\n"
	    "# another\n"
	    "[orders]\n"
	    "  twin_window = 90s\n"
	    "  handling_time:2d\n"
	    "[allocation]\n"
	    "ship_complete = on\n"
	    "[run]\n"
	    "inbox_settle_time = 500ms\n"
	    "cache = 8 MiB\n"
	    "min_free = 0");
	ASSERT_OK((cfg = config_load(f, f->home, ERR)) != NULL);
	assert_string_equal(cfg->company_name, "M\xc3\xbcller ; Sons");
	assert_int_equal(cfg->twin_window_s, 90);
	assert_int_equal(cfg->handling_s, 2 * 86400);
	assert_true(cfg->ship_complete);
	assert_int_equal(cfg->inbox_settle_ms, 500);
	assert_int_equal(cfg->cache_bytes, 8 << 20);
	assert_int_equal(cfg->min_free_bytes, 0);
}

static void
test_load__no_oms_ini__is_a_configuration_error(void **state)
{
	struct fixture *f = *state;

	ASSERT_FAILS(OMS_CONFIG, config_load(f, f->home, ERR) != NULL);
	assert_non_null(strstr(ERR->reason, "oms init DIR"));
}

static void
test_load__folder_or_open_file__is_refused(void **state)
{
	struct fixture *f = *state;
	char *path = mem_printf(f, "%s/oms.ini", f->home);

	assert_int_equal(mkdir(path, 0755), 0);
	ASSERT_FAILS(OMS_CONFIG, config_load(f, f->home, ERR) != NULL);
	assert_int_equal(rmdir(path), 0);
	put(f, "oms.ini", "");
	assert_int_equal(chmod(path, 0666), 0);
	ASSERT_FAILS(OMS_CONFIG, config_load(f, f->home, ERR) != NULL);
	assert_non_null(strstr(ERR->reason, "chmod o-w"));
}

/* SFCC-33: typed keys with defaults; an unknown one is an error. */
static void
test_lint__every_fault__is_told_with_file_and_line(void **state)
{
	struct fixture *f = *state;

	put(f, "oms.ini",
	    "early = 1\n"
	    "[runn]\n"
	    "x = 1\n"
	    "[run]\n"
	    "batch_order = 5\n"
	    "cache = 64MB\n"
	    "child_cpu = 90\n"
	    "batch_orders = 0\n"
	    "batch_orders = 7\n"
	    "no value\n"
	    "[billing]\n"
	    "shipping_charge = last\n"
	    "maintenance = maybe\n"
	    "spending_limit_minor = 1e3\n"
	    "[partner]\n"
	    "[open\n"
	    "[company] name\n");
	assert_int_equal(lint(f), 14);
	assert_string_equal(f->faults,
	    "oms.ini:1: early stands before the first section\n"
	    "oms.ini:2: unknown section [runn]; is [run] meant?\n"
	    "oms.ini:5: unknown key batch_order in [run]; is batch_orders "
	    "meant?\n"
	    "oms.ini:6: cache: \"64MB\" is no size: write it like 64MiB\n"
	    "oms.ini:7: child_cpu: \"90\" is no duration: write it like 90s, "
	    "5m, 2h or 1d\n"
	    "oms.ini:8: batch_orders: \"0\" is not a whole number from 1 to "
	    "100000\n"
	    "oms.ini:9: batch_orders was given before, at oms.ini:8\n"
	    "oms.ini:10: the line is no key = value, section or comment\n"
	    "oms.ini:12: shipping_charge: \"last\" is none of "
	    "first|value|weight\n"
	    "oms.ini:13: maintenance: \"maybe\" is not yes or no\n"
	    "oms.ini:14: spending_limit_minor: \"1e3\" is not a whole number "
	    "from 0 to 1000000000000\n"
	    "oms.ini:15: unknown section [partner]\n"
	    "oms.ini:16: the section has no ]\n"
	    "oms.ini:17: there is text after the section's ]\n");
	ASSERT_FAILS(OMS_CONFIG, config_load(f, f->home, ERR) != NULL);
	assert_string_equal(ERR->reason,
	    "oms.ini:1: early stands before the first section (and 13 more: "
	    "oms config lint)");
}

static void
test_lint__bad_bytes__are_refused_line_by_line(void **state)
{
	static const char text[] = "[company]\n"
				   "name = a\0b\n"
				   "invoice_prefix = \xff\n"
				   "credit_prefix = \x1b[2J\n";
	struct fixture *f = *state;
	char *line = mem_zero(f, 5000, "line");

	put_bytes(f, "oms.ini", text, sizeof(text) - 1);
	assert_int_equal(lint(f), 3);
	assert_string_equal(f->faults,
	    "oms.ini:2: the line holds a NUL byte\n"
	    "oms.ini:3: the line is not UTF-8\n"
	    "oms.ini:4: the line holds a control byte\n");

	/* inih alone would read the tail of a long line as another pair. */
	snprintf(line, 5000, "[company]\nname = %04200d evil=1\n", 0);
	put(f, "oms.ini", line);
	assert_int_equal(lint(f), 1);
	assert_string_equal(f->faults,
	    "oms.ini:2: the line is longer than 4096 bytes\n");
}

static void
test_lint__one_prefix_for_two_counters__is_refused(void **state)
{
	struct fixture *f = *state;

	put(f, "oms.ini", "[company]\ncredit_prefix = INV-\n");
	assert_int_equal(lint(f), 1);
	assert_string_equal(f->faults,
	    "oms.ini:2: invoices and credit notes need different prefixes\n");
}

static void
test_lint__long_section_name__is_refused_not_cut(void **state)
{
	struct fixture *f = *state;

	put(f, "oms.ini", "");
	put(f, "partners/sfcc.ini",
	    mem_printf(f, "%s[feed.%050d]\ntype = x\n", shop, 0));
	assert_int_equal(lint(f), 2);
	assert_non_null(strstr(f->faults,
	    "partners/sfcc.ini:7: the section's name is longer than 48"));
}

static void
test_load__partners__come_sorted_with_their_feeds(void **state)
{
	struct fixture *f = *state;
	const struct partner *p;
	const struct feed *feed;
	struct config *cfg;

	put(f, "oms.ini", "");
	put(f, "partners/wms-east.ini",
	    "[partner]\nkind = wms\nnode = WH-EAST\ntransport = sftp\n"
	    "[sftp]\nhost = h\nuser = u\nkey_file = keys/id\n"
	    "host_key = " HOST_KEY " a comment\nhost_key = " HOST_KEY "\n"
	    "[feed.ship]\ntype = wms.ship_order\ndirection = out\n"
	    "format = csv\n"
	    "[feed.confirm]\ntype = wms.ship_confirm\ndirection = in\n"
	    "pattern = *.csv\nafter = delete\nmax_rejects = 5\n");
	put(f, "partners/sfcc.ini", shop);
	put(f, "partners/sfcc.ini.bak", "rubbish");
	put(f, "partners/.hidden.ini", "rubbish");
	ASSERT_OK((cfg = config_load(f, f->home, ERR)) != NULL);
	assert_int_equal(cfg->partner_count, 2);
	assert_string_equal(cfg->partners[0].id, "sfcc");
	assert_string_equal(cfg->partners[0].transport, "folder");
	assert_non_null(p = config_partner(cfg, "wms-east"));
	assert_null(config_partner(cfg, "wms"));
	assert_string_equal(p->node, "WH-EAST");
	assert_int_equal(p->port, 22);
	assert_int_equal(p->host_key_count, 2);
	assert_string_equal(p->host_keys[0], HOST_KEY);
	assert_string_equal(p->key_file, mem_printf(f, "%s/keys/id", f->home));
	assert_non_null(feed = config_feed(p, FEED_OUT, "wms.ship_order"));
	assert_string_equal(feed->name, "ship");
	assert_string_equal(feed->format, "csv");
	assert_null(config_feed(p, FEED_IN, "wms.ship_order"));
	assert_non_null(feed = config_feed(p, FEED_IN, "wms.ship_confirm"));
	assert_int_equal(feed->after, AFTER_DELETE);
	assert_int_equal(feed->complete, COMPLETE_STABLE);
	assert_int_equal(feed->max_rejects, 5);
}

static void
test_lint__partner_that_cannot_work__is_told_why(void **state)
{
	static const struct {
		const char *file;
		const char *text;
		const char *fault;
	} cases[] = {
		{ "partners/Acme.ini", "", "a partner's file is" },
		{ "partners/a.ini", "[feed.x]\ntype = t\ndirection = out\n",
		    "partners/a.ini: [partner] lacks kind\n" },
		{ "partners/a.ini", "[partner]\nkind = shop\n",
		    "partners/a.ini: there is no [feed.NAME]\n" },
		{ "partners/a.ini",
		    "[partner]\nkind = shop\n[feed.x]\ndirection = out\n",
		    "partners/a.ini: [feed.x] lacks type\n" },
		{ "partners/a.ini",
		    "[partner]\nkind = shop\n[feed.x]\ntype = t\n"
		    "direction = in\n",
		    "partners/a.ini:4: [feed.x] takes nothing in" },
		{ "partners/a.ini",
		    "[partner]\nkind = wms\n[feed.x]\ntype = t\n"
		    "direction = out\n",
		    "partners/a.ini: [partner] of a wms lacks node\n" },
		{ "partners/a.ini",
		    "[partner]\nkind = shop\nnode = X\n[feed.x]\ntype = t\n"
		    "direction = out\n",
		    "partners/a.ini:3: only a wms runs a node, not a shop\n" },
		{ "partners/a.ini",
		    "[partner]\nkind = shop\n[feed.x]\ntype = t\n"
		    "direction = out\n[feed.x]\ntype = u\n",
		    "partners/a.ini:6: [feed.x] is there twice\n" },
		{ "partners/a.ini",
		    "[partner]\nkind = shop\n[feed.x]\ntype = t\n"
		    "direction = out\n[feed.y]\ntype = t\ndirection = out\n",
		    "partners/a.ini:7: [feed.y] writes the type of [feed.x]" },
		{ "partners/a.ini",
		    "[partner]\nkind = shop\ntransport = sftp\n"
		    "[sftp]\nhost = h\nuser = u\nhost_key = " HOST_KEY "\n"
		    "[feed.x]\ntype = t\ndirection = out\n",
		    "lacks key_file, password or use_agent" },
		{ "partners/a.ini",
		    "[partner]\nkind = shop\n[sftp]\nhost_key = SHA256:abc\n"
		    "[feed.x]\ntype = t\ndirection = out\n",
		    "partners/a.ini:4: host_key: \"SHA256:abc\" is no host "
		    "key" },
		{ "partners/a.ini", "[partner]\nkind = shop\n[run]\n",
		    "partners/a.ini:3: unknown section [run]" },
	};
	struct fixture *f = *state;

	put(f, "oms.ini", "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		put(f, cases[i].file, cases[i].text);
		assert_int_not_equal(lint(f), 0);
		if (strstr(f->faults, cases[i].fault) == NULL)
			fail_msg("%zu: %s", i, f->faults);
		(void)unlink(mem_printf(f, "%s/%s", f->home, cases[i].file));
	}
}

static void
test_lint__two_partners_of_one_node__are_refused(void **state)
{
	static const char wms[] = "[partner]\nkind = wms\nnode = WH-EAST\n"
				  "[feed.x]\ntype = wms.ship_order\n"
				  "direction = out\n";
	static const char confirms
	    [] = "[partner]\nkind = wms\nnode = WH-EAST\n[feed.x]\n"
		 "type = wms.ship_confirm\ndirection = in\npattern = *.csv\n";
	struct fixture *f = *state;

	put(f, "oms.ini", "");
	put(f, "partners/a.ini", wms);
	put(f, "partners/b.ini", wms);
	assert_int_equal(lint(f), 1);
	assert_string_equal(f->faults,
	    "partners/b.ini:3: partner a runs node WH-EAST too\n");
	put(f, "partners/b.ini", confirms);
	assert_int_equal(lint(f), 0);
}

static void
test_lint__secret_itself__is_refused_and_never_printed(void **state)
{
	struct fixture *f = *state;

	put(f, "oms.ini", "");
	put(f, "partners/a.ini",
	    mem_printf(f, "%s[sftp]\npassword = hunter2\n", shop));
	assert_int_equal(lint(f), 1);
	assert_string_equal(f->faults,
	    "partners/a.ini:8: password: a secret is given as env:NAME, "
	    "file:PATH or credential:NAME, never itself\n");
}

static void
test_lint__secret_file_others_can_read__is_a_fault(void **state)
{
	struct fixture *f = *state;

	put(f, "oms.ini", "");
	put(f, "pw", "hunter2\n");
	put(f, "partners/a.ini",
	    mem_printf(f, "%s[sftp]\npassword = file:pw\n", shop));
	assert_int_equal(lint(f), 0);
	assert_int_equal(chmod(mem_printf(f, "%s/pw", f->home), 0640), 0);
	assert_int_equal(lint(f), 1);
	assert_non_null(strstr(f->faults, "has mode 0640"));
}

static void
test_secret__reference__gives_the_secret_or_says_why_not(void **state)
{
	struct fixture *f = *state;
	struct config *cfg;

	put(f, "oms.ini", "");
	put(f, "pw", "hunter2\n");
	put(f, "empty", "\n");
	ASSERT_OK((cfg = config_load(f, f->home, ERR)) != NULL);
	assert_string_equal(config_secret(f, cfg, "file:pw", ERR), "hunter2");
	assert_int_equal(setenv("OMS_TEST_SECRET", "s3cret", 1), 0);
	assert_string_equal(config_secret(f, cfg, "env:OMS_TEST_SECRET", ERR),
	    "s3cret");
	ASSERT_FAILS(OMS_SECRET,
	    config_secret(f, cfg, "env:OMS_TEST_NO_SECRET", ERR) != NULL);
	ASSERT_FAILS(OMS_SECRET,
	    config_secret(f, cfg, "file:absent", ERR) != NULL);
	ASSERT_FAILS(OMS_SECRET,
	    config_secret(f, cfg, "file:empty", ERR) != NULL);
	assert_int_equal(chmod(mem_printf(f, "%s/pw", f->home), 0604), 0);
	ASSERT_FAILS(OMS_SECRET, config_secret(f, cfg, "file:pw", ERR) != NULL);
	assert_null(strstr(ERR->reason, "hunter2"));
}

static void
keep_shown(void *u, const char *section, const char *key, const char *value,
    const char *origin)
{
	struct fixture *f = u;
	size_t n = strlen(f->faults);

	if (strcmp(origin, "default") != 0)
		snprintf(f->faults + n, sizeof(f->faults) - n,
		    "%s.%s=%s (%s)\n", section, key, value, origin);
}

static void
test_each__value__comes_with_its_origin_and_secrets_masked(void **state)
{
	struct fixture *f = *state;
	struct config *cfg;

	put(f, "oms.ini", "[orders]\n\ntwin_window = 600s\n");
	put(f, "partners/a.ini",
	    "[partner]\nkind = shop\ntransport = sftp\n"
	    "[sftp]\nhost = h\nuser = u\npassword = env:PW\n"
	    "host_key = " HOST_KEY "\n"
	    "[feed.x]\ntype = t\ndirection = out\n");
	ASSERT_OK((cfg = config_load(f, f->home, ERR)) != NULL);
	config_each(cfg, keep_shown, f);
	assert_string_equal(f->faults,
	    "orders.twin_window=10m (oms.ini:3)\n"
	    "a/partner.kind=shop (partners/a.ini:2)\n"
	    "a/partner.transport=sftp (partners/a.ini:3)\n"
	    "a/sftp.host=h (partners/a.ini:5)\n"
	    "a/sftp.user=u (partners/a.ini:6)\n"
	    "a/sftp.password=<secret> (partners/a.ini:7)\n"
	    "a/sftp.host_key=" HOST_KEY " (partners/a.ini:8)\n"
	    "a/feed.x.type=t (partners/a.ini:10)\n"
	    "a/feed.x.direction=out (partners/a.ini:11)\n");
}

static void
test_load__sha256__changes_with_any_byte_of_any_file(void **state)
{
	struct fixture *f = *state;
	struct config *a, *b, *c;

	put(f, "oms.ini", "");
	put(f, "partners/a.ini", shop);
	ASSERT_OK((a = config_load(f, f->home, ERR)) != NULL);
	ASSERT_OK((b = config_load(f, f->home, ERR)) != NULL);
	put(f, "partners/a.ini", mem_printf(f, "%s;\n", shop));
	ASSERT_OK((c = config_load(f, f->home, ERR)) != NULL);
	assert_string_equal(a->sha256, b->sha256);
	assert_string_not_equal(a->sha256, c->sha256);
}

static void
test_nearest__typing_errors__find_the_word_and_rubbish_does_not(void **state)
{
	static const struct {
		const char *word;
		const char *found;
	} cases[] = {
		{ "pattren", "pattern" },
		{ "patern", "pattern" },
		{ "statsu", "status" },
		{ "ordr", "order" },
		{ "xyzzy", NULL },
		{ "", NULL },
	};
	static const char *const known[] = { "pattern", "status", "order" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nearest n = NEAREST_TO(cases[i].word);
		const char *got;

		for (size_t j = 0; j < COUNT(known); j++)
			nearest_offer(&n, known[j]);
		got = nearest_found(&n);
		if (cases[i].found == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].found);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lint__association_code_that_is_none__is_a_fault),
		TEST(
		    test_lint__placeholders_of_a_new_partner__are_told_and_loaded),
		TEST(test_load__empty_file__gives_every_default),
		TEST(test_load__values__are_read_with_their_units),
		TEST(test_load__no_oms_ini__is_a_configuration_error),
		TEST(test_load__folder_or_open_file__is_refused),
		TEST(test_lint__every_fault__is_told_with_file_and_line),
		TEST(test_lint__bad_bytes__are_refused_line_by_line),
		TEST(test_lint__one_prefix_for_two_counters__is_refused),
		TEST(test_lint__long_section_name__is_refused_not_cut),
		TEST(test_load__partners__come_sorted_with_their_feeds),
		TEST(test_lint__partner_that_cannot_work__is_told_why),
		TEST(test_lint__two_partners_of_one_node__are_refused),
		TEST(test_lint__secret_itself__is_refused_and_never_printed),
		TEST(test_lint__secret_file_others_can_read__is_a_fault),
		TEST(test_secret__reference__gives_the_secret_or_says_why_not),
		TEST(
		    test_each__value__comes_with_its_origin_and_secrets_masked),
		TEST(test_load__sha256__changes_with_any_byte_of_any_file),
		TEST(
		    test_nearest__typing_errors__find_the_word_and_rubbish_does_not),
	};
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
