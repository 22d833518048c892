/* test_collect.c - every file is taken once, when it is whole, and kept. */

#include "tests/unit/exchange_home.h"

#include "pipeline/inbox.h"

#define ORDERS "<?xml version=\"1.0\"?>\n<orders><order/></orders>\n"

static struct feed *
feed(struct home *h)
{
	return &h->partner[0].feeds[0];
}

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct home *h = home_new(run);

	*state = h;
	home_feed(h, &h->partner[0], FEED_IN, "orders", "sfcc.order", "out",
	    "*.xml");
	home_feed(h, &h->partner[0], FEED_IN, "stock", "ref.stock", "out",
	    "stock*.csv");
	return 0;
}

static const char *
count(struct home *h, const char *table)
{
	return home_ask(h, mem_printf(h, "SELECT count(*) FROM %s", table));
}

static const char *
remote_states(struct home *h)
{
	return home_ask(h,
	    "SELECT coalesce(group_concat(state), '') FROM "
	    "(SELECT state FROM remote_file ORDER BY remote_id)");
}

/* The bytes lie in the spool, whatever the file was called. */
static void
assert_owned(struct home *h, const char *text)
{
	char sha[FS_SHA_BYTES];

	fs_sha_of(text, strlen(text), sha);
	assert_sql(h,
	    mem_printf(h, "SELECT count(*) FROM file WHERE sha256 = '%s'", sha),
	    "1");
	assert_file_is(h->root, mem_printf(h, "spool/blob/%.2s/%s", sha, sha),
	    text, strlen(text));
}

/* ---- the inbox ---------------------------------------------------------- */

static void
test_inbox__whole_file__is_kept_registered_and_removed(void **state)
{
	struct home *h = *state;

	home_write(h, "inbox/shop/a.xml", ORDERS);
	home_run(h, stage_collect);
	assert_int_equal(h->res.done, 1);
	assert_tree_is(home_path(h, "inbox"), "");
	assert_sql(h, "SELECT feed || ' ' || type || ' ' || state FROM file",
	    "orders sfcc.order new");
	assert_sql(h, "SELECT place || name FROM file_occurrence",
	    "inboxa.xml");
	assert_tree_is(home_path(h, "spool/tmp"), "");
}

static void
test_inbox__same_bytes_again__are_one_file_seen_twice(void **state)
{
	struct home *h = *state;

	home_write(h, "inbox/shop/a.xml", ORDERS);
	home_run(h, stage_collect);
	home_write(h, "inbox/shop/b.xml", ORDERS);
	home_run(h, stage_collect);
	assert_string_equal(count(h, "file"), "1");
	assert_string_equal(count(h, "file_occurrence"), "2");
	assert_tree_is(home_path(h, "inbox"), "");
}

static void
test_inbox__unfinished_names__are_left_alone(void **state)
{
	struct home *h = *state;

	home_write(h, "inbox/shop/a.xml.part", ORDERS);
	home_write(h, "inbox/shop/a.xml.tmp", ORDERS);
	home_write(h, "inbox/shop/a.xml.filepart", ORDERS);
	home_write(h, "inbox/shop/a.xml.writing", ORDERS);
	home_write(h, "inbox/shop/.a.xml", ORDERS);
	home_run(h, stage_collect);
	assert_string_equal(count(h, "file"), "0");
	assert_int_equal(h->res.waiting, 0);
}

/* One that the store refuses must not keep out what came beside it. */
static void
test_inbox__a_row_that_is_refused__leaves_only_that_one(void **state)
{
	struct home *h = *state;

	assert_sql(h,
	    "CREATE TRIGGER test BEFORE INSERT ON file WHEN NEW.name = 'b.xml'"
	    " BEGIN SELECT RAISE(ABORT, 'never'); END",
	    "");
	home_write(h, "inbox/shop/a.xml", "<orders><a/></orders>\n");
	home_write(h, "inbox/shop/b.xml", "<orders><b/></orders>\n");
	home_write(h, "inbox/shop/c.xml", "<orders><c/></orders>\n");
	home_write(h, "inbox/shop/notes.txt", "hello\n");
	home_run(h, stage_collect);
	assert_int_equal(h->res.done, 3);
	assert_int_equal(h->res.waiting, 1);
	assert_int_equal(h->res.rejected, 1);
	assert_int_equal(h->res.worst, OMS_VALUE);
	assert_sql(h, "SELECT group_concat(name) FROM file",
	    "a.xml,c.xml,notes.txt");
	assert_tree_is(home_path(h, "inbox"), "./shop/b.xml\n");
}

static void
test_inbox__name_no_feed_takes__is_kept_as_a_dead_letter(void **state)
{
	struct home *h = *state;

	home_write(h, "inbox/shop/notes.txt", "hello\n");
	home_run(h, stage_collect);
	assert_sql(h, "SELECT code FROM dead", "data.no_feed");
	assert_tree_is(home_path(h, "inbox"), "");
}

static void
test_inbox__links_folders_and_giants__are_left_and_counted(void **state)
{
	struct home *h = *state;
	char big[2000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	home_write(h, "inbox/shop/big.xml", big);
	home_write(h, "secret", ORDERS);
	assert_int_equal(symlink(home_path(h, "secret"),
			     home_path(h, "inbox/shop/link.xml")),
	    0);
	home_mkdir(h, "inbox/shop/dir.xml");
	assert_int_equal(mkfifo(home_path(h, "inbox/shop/pipe.xml"), 0600), 0);
	home_run(h, stage_collect);
	assert_string_equal(count(h, "file"), "0");
	assert_int_equal(h->res.waiting, 4);
	assert_int_equal(h->res.worst, OMS_LIMIT);
	assert_true(home_has(h, "inbox/shop/link.xml"));
}

static void
test_inbox__name_that_cannot_be_kept__asks_for_a_person(void **state)
{
	struct home *h = *state;

	home_write(h, "inbox/shop/a\nb.xml", ORDERS);
	home_run(h, stage_collect);
	assert_string_equal(count(h, "file"), "0");
	assert_int_equal(h->res.waiting, 1);
	assert_int_equal(h->res.worst, OMS_VALUE);
	assert_true(home_has(h, "inbox/shop/a\nb.xml"));
}

static void
test_inbox__no_end_in_sight__is_taken_after_it_stood_still(void **state)
{
	struct home *h = *state;

	home_write(h, "inbox/shop/a.xml", "<orders><order>");
	home_run(h, stage_collect);
	assert_owned(h, "<orders><order>"); /* ingest will say it is cut */
}

static void
test_has_end__documents__are_told_from_their_beginnings(void **state)
{
	static const struct {
		const char *text;
		const char *type;
		bool want;
	} cases[] = {
		{ "<orders></orders>", "sfcc.order", true },
		{ "<orders></orders >\n <!-- end -->\n", "sfcc.order", true },
		{ "<o:orders xmlns:o='u'></o:orders>", "sfcc.order", true },
		{ "<?xml version='1.0'?><!-- <a> --><order><x/></order>",
		    "sfcc.order", true },
		{ "<orders xmlns='u'/>\n", "sfcc.order", true },
		{ "<orders><order></order>", "sfcc.order", false },
		{ "<orders><order/>", "sfcc.order", false },
		{ "<orders><order></ord", "sfcc.order", false },
		{ "<orders", "sfcc.order", false },
		{ "<!-- </orders>", "sfcc.order", false },
		{ "", "sfcc.order", false },
		{ "a,b\n1,2\n", "ref.stock", true },
		{ "a,b\n1,", "ref.stock", false },
		{ "", "ref.stock", false },
	};
	struct home *h = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int fd;

		home_write(h, "end", cases[i].text);
		fd = open(home_path(h, "end"), O_RDONLY);
		assert_true(fd >= 0);
		assert_int_equal(inbox_has_end(fd, cases[i].type),
		    cases[i].want);
		(void)close(fd);
	}
}

/* ---- the partner's own folders ------------------------------------------ */

static void
test_remote__renamed_into_place__is_fetched_and_archived(void **state)
{
	struct home *h = *state;

	home_write(h, "there/out/a.xml", ORDERS);
	home_write(h, "there/out/other.txt", "not ours");
	home_run(h, stage_collect);
	assert_int_equal(h->res.done, 1);
	assert_owned(h, ORDERS);
	assert_tree_is(home_path(h, "there"),
	    "./archive/a.xml.00000001\n./out/other.txt\n");
	assert_string_equal(remote_states(h), "archived");
	assert_sql(h, "SELECT place FROM file_occurrence", "folder");
	assert_tree_is(home_path(h, "spool/tmp"), "");
}

/* An order under a bad name must not lie there in silence. */
static void
test_remote__name_that_cannot_be_used__is_told_and_the_others_taken(
    void **state)
{
	struct home *h = *state;

	home_write(h, "there/out/a.xml", ORDERS);
	home_write(h, "there/out/bad\nname.xml", ORDERS);
	home_run(h, stage_collect);
	assert_int_equal(h->res.done, 1);
	assert_int_equal(h->res.worst, OMS_VALUE);
	assert_int_equal(h->res.waiting, 1);
}

static void
test_remote__offline__calls_nobody(void **state)
{
	struct home *h = *state;

	home_write(h, "there/out/a.xml", ORDERS);
	h->run.offline = true;
	home_run(h, stage_collect);
	assert_string_equal(count(h, "remote_file"), "0");
}

static void
test_remote__after_delete_and_keep__do_as_they_say(void **state)
{
	struct home *h = *state;

	feed(h)->after = AFTER_DELETE;
	h->partner[0].feeds[1].after = AFTER_KEEP;
	home_write(h, "there/out/a.xml", ORDERS);
	home_write(h, "there/out/stock.csv", "sku\n");
	for (int i = 0; i < 2; i++)
		home_run(h, stage_collect);
	assert_tree_is(home_path(h, "there"), "./out/stock.csv\n");
	assert_string_equal(count(h, "file_occurrence"), "2");
	assert_string_equal(remote_states(h), "archived,archived");
}

/* P1, P3: two looks, settle apart, by what the partner says of itself. */
static void
test_remote__stable__is_proven_by_a_second_look_in_the_same_run(void **state)
{
	struct home *h = *state;

	feed(h)->complete = COMPLETE_STABLE;
	h->partner[0].settle_s = 0;
	home_write(h, "there/out/a.xml", ORDERS);
	home_run(h, stage_collect);
	assert_int_equal(h->res.done, 1);
	assert_int_equal(h->res.waiting, 0);
	assert_string_equal(remote_states(h), "archived");
}

static void
test_remote__stable__is_proven_by_two_runs(void **state)
{
	struct home *h = *state;

	feed(h)->complete = COMPLETE_STABLE;
	h->partner[0].settle_s = 7200; /* too long to wait for in a run */
	home_write(h, "there/out/a.xml", ORDERS);
	home_run(h, stage_collect);
	assert_string_equal(remote_states(h), "seen");
	assert_int_equal(h->res.waiting, 1);
	clock_fix(HOME_NOW_US + HOUR_US);
	home_run(h, stage_collect);
	assert_string_equal(remote_states(h), "seen");
	home_write(h, "there/out/a.xml", ORDERS "\n"); /* it grew */
	clock_fix(HOME_NOW_US + 2 * HOUR_US);
	home_run(h, stage_collect);
	assert_string_equal(remote_states(h), "gone,seen");
	clock_fix(HOME_NOW_US + 4 * HOUR_US);
	home_run(h, stage_collect);
	assert_string_equal(remote_states(h), "gone,archived");
	assert_owned(h, ORDERS "\n");
}

static void
test_remote__done_file__proves_it_and_goes_last(void **state)
{
	struct home *h = *state;

	feed(h)->complete = COMPLETE_DONE;
	feed(h)->done_suffix = mem_strdup(h, ".ok.xml");
	home_write(h, "there/out/a.xml", ORDERS);
	home_run(h, stage_collect);
	assert_string_equal(remote_states(h), "seen");
	home_write(h, "there/out/a.xml.ok.xml", "");
	home_run(h, stage_collect);
	assert_string_equal(remote_states(h), "archived");
	assert_tree_is(home_path(h, "there"), "./archive/a.xml.00000001\n");
}

static void
test_remote__too_large__is_refused_with_a_dead_letter_once(void **state)
{
	struct home *h = *state;

	feed(h)->max_bytes = 3;
	home_write(h, "there/out/a.xml", ORDERS);
	for (int i = 0; i < 2; i++)
		home_run(h, stage_collect);
	assert_string_equal(remote_states(h), "refused");
	assert_sql(h, "SELECT kind || code || count(*) FROM dead",
	    "remotelimit1");
	feed(h)->max_bytes = 1000;
	home_run(h, stage_collect);
	assert_string_equal(remote_states(h), "archived");
	assert_sql(h, "SELECT state FROM dead", "resolved");
}

/* P10: a failed archive is retried alone and never fetches again. */
static void
test_remote__archive_folder_missing__is_ours_and_not_fetched_again(void **state)
{
	struct home *h = *state;

	assert_int_equal(rmdir(home_path(h, "there/archive")), 0);
	home_write(h, "there/out/a.xml", ORDERS);
	for (int i = 0; i < 2; i++) {
		home_run(h, stage_collect);
		assert_string_equal(remote_states(h), "fetched");
		assert_int_equal(h->res.worst, OMS_NOT_FOUND);
	}
	assert_string_equal(count(h, "file_occurrence"), "1");
	home_mkdir(h, "there/archive");
	home_run(h, stage_collect);
	assert_string_equal(remote_states(h), "archived");
	assert_tree_is(home_path(h, "there"), "./archive/a.xml.00000001\n");
}

/* I7 in doubt: what a run killed around the rename may have left. */
static void
test_remote__fetched_and_then_killed__is_resolved_by_the_table(void **state)
{
	static const struct {
		bool has_source;
		bool has_archive;
		const char *want;
		const char *tree;
	} cases[] = {
		{ true, false, "archived", "./archive/a.xml.00000001\n" },
		{ false, true, "archived", "./archive/a.xml.00000001\n" },
		{ true, true, "archived", "./archive/a.xml.00000001\n" },
		{ false, false, "gone", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		void *again;
		struct home *h;

		setup(&again);
		h = again;
		assert_int_equal(rmdir(home_path(h, "there/archive")), 0);
		home_write(h, "there/out/a.xml", ORDERS);
		home_run(h, stage_collect);
		assert_string_equal(remote_states(h), "fetched");
		home_mkdir(h, "there/archive");
		if (cases[i].has_archive)
			home_write(h, "there/archive/a.xml.00000001", ORDERS);
		if (!cases[i].has_source)
			assert_int_equal(
			    unlink(home_path(h, "there/out/a.xml")), 0);
		home_run(h, stage_collect);
		assert_string_equal(remote_states(h), cases[i].want);
		assert_tree_is(home_path(h, "there"), cases[i].tree);
		assert_string_equal(count(h, "file_occurrence"), "1");
		mem_free(mem_parent(h));
	}
}

/* A new file under the old name is never moved away unread. */
static void
test_remote__fetched_name_is_another_file_now__takes_that_too(void **state)
{
	struct home *h = *state;

	assert_int_equal(rmdir(home_path(h, "there/archive")), 0);
	home_write(h, "there/out/a.xml", ORDERS);
	home_run(h, stage_collect);
	home_mkdir(h, "there/archive");
	home_write(h, "there/archive/a.xml.00000001", ORDERS);
	home_write(h, "there/out/a.xml", "<orders/>");
	home_run(h, stage_collect);
	assert_owned(h, ORDERS);
	assert_owned(h, "<orders/>");
	assert_string_equal(remote_states(h), "archived,archived");
	assert_tree_is(home_path(h, "there"),
	    "./archive/a.xml.00000001\n./archive/a.xml.00000002\n");
}

static void
test_remote__same_name_again__is_another_file(void **state)
{
	struct home *h = *state;

	home_write(h, "there/out/a.xml", ORDERS);
	home_run(h, stage_collect);
	home_write(h, "there/out/a.xml", "<orders/>");
	home_run(h, stage_collect);
	assert_string_equal(count(h, "file"), "2");
}

static void
test_remote__one_partner_is_away__the_others_are_served(void **state)
{
	struct home *h = *state;
	struct partner swap = h->partner[0];

	home_partner(h, &h->partner[0], "away", home_path(h, "nowhere"));
	h->partner[0].feed_count = 0;
	home_feed(h, &h->partner[0], FEED_IN, "orders", "sfcc.order", "out",
	    "*.xml");
	h->partner[1] = swap;
	h->cfg.partner_count = 2;
	home_write(h, "there/out/a.xml", ORDERS);
	home_run(h, stage_collect);
	assert_owned(h, ORDERS);
	assert_int_equal(h->res.worst, OMS_PEER);
	assert_sql(h,
	    "SELECT failures FROM partner_state WHERE partner = "
	    "'away'",
	    "1");
}

static void
test_remote__a_folder_is_missing__the_other_feeds_go_on(void **state)
{
	struct home *h = *state;

	feed(h)->dir = mem_strdup(h, "absent");
	home_write(h, "there/out/stock.csv", "sku\n");
	home_run(h, stage_collect);
	assert_owned(h, "sku\n");
	assert_int_equal(h->res.worst, OMS_NOT_FOUND);
	assert_sql(h, "SELECT failures FROM partner_state", "0");
}

static void
fill_two(struct home *h)
{
	home_write(h, "there/out/a.xml", ORDERS);
	home_write(h, "there/out/b.xml", "<orders/>");
}

static void
check_two(struct home *h)
{
	home_run(h, stage_collect);
	assert_sql(h,
	    "SELECT group_concat(name) FROM "
	    "(SELECT name FROM file ORDER BY file_id)",
	    "a.xml,b.xml");
}

/* The later of two files may hold the newer revision of an order. */
static void
test_remote__stopped_at_any_step__keeps_the_order_of_names(void **state)
{
	(void)state;
	assert_true(home_stop_at_each_step(setup, fill_two, stage_collect,
			check_two) > 10);
}

static void
fill_both_ways(struct home *h)
{
	feed(h)->complete = COMPLETE_DONE;
	home_write(h, "there/out/a.xml", ORDERS);
	home_write(h, "there/out/a.xml.done", "");
	home_write(h, "inbox/shop/b.xml", "<orders/>");
}

static void
check_both_ways(struct home *h)
{
	clock_fix(HOME_NOW_US + 2 * HOUR_US); /* past any back-off */
	home_run(h, stage_collect);
	assert_owned(h, ORDERS);
	assert_owned(h, "<orders/>");
	assert_string_equal(count(h, "file"), "2");
	assert_string_equal(remote_states(h), "archived");
	assert_tree_is(home_path(h, "inbox"), "");
	assert_tree_is(home_path(h, "there"),
	    mem_printf(h, "./archive/a.xml.%08d\n",
		atoi(home_ask(h, "SELECT file_id FROM remote_file"))));
}

/* V1, V5, V6: stopped after every durable step, run again, taken once. */
static void
test_collect__stopped_at_any_step__takes_everything_once(void **state)
{
	(void)state;
	assert_true(home_stop_at_each_step(setup, fill_both_ways, stage_collect,
			check_both_ways) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_inbox__whole_file__is_kept_registered_and_removed),
		TEST(test_inbox__same_bytes_again__are_one_file_seen_twice),
		TEST(test_inbox__unfinished_names__are_left_alone),
		TEST(test_inbox__a_row_that_is_refused__leaves_only_that_one),
		TEST(test_inbox__name_no_feed_takes__is_kept_as_a_dead_letter),
		TEST(
		    test_inbox__links_folders_and_giants__are_left_and_counted),
		TEST(test_inbox__name_that_cannot_be_kept__asks_for_a_person),
		TEST(
		    test_inbox__no_end_in_sight__is_taken_after_it_stood_still),
		TEST(test_has_end__documents__are_told_from_their_beginnings),
		TEST(test_remote__renamed_into_place__is_fetched_and_archived),
		TEST(
		    test_remote__name_that_cannot_be_used__is_told_and_the_others_taken),
		TEST(test_remote__offline__calls_nobody),
		TEST(test_remote__after_delete_and_keep__do_as_they_say),
		TEST(
		    test_remote__stable__is_proven_by_a_second_look_in_the_same_run),
		TEST(test_remote__stable__is_proven_by_two_runs),
		TEST(test_remote__done_file__proves_it_and_goes_last),
		TEST(
		    test_remote__too_large__is_refused_with_a_dead_letter_once),
		TEST(
		    test_remote__archive_folder_missing__is_ours_and_not_fetched_again),
		TEST(
		    test_remote__fetched_and_then_killed__is_resolved_by_the_table),
		TEST(
		    test_remote__fetched_name_is_another_file_now__takes_that_too),
		TEST(test_remote__same_name_again__is_another_file),
		TEST(test_remote__one_partner_is_away__the_others_are_served),
		TEST(test_remote__a_folder_is_missing__the_other_feeds_go_on),
		TEST(
		    test_remote__stopped_at_any_step__keeps_the_order_of_names),
		TEST(test_collect__stopped_at_any_step__takes_everything_once),
	};
	return cmocka_run_group_tests_name("collect", tests, NULL, NULL);
}
