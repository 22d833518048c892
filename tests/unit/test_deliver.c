/* test_deliver.c - documents reach a partner exactly once, whatever happens. */

#include "tests/unit/exchange_home.h"
#include "tests/unit/order_columns.h"

#include "base/fault.h"
#include "pipeline/dead_ops.h"
#include "pipeline/document.h"
#include "pipeline/partner_state.h"

#define BODY  "hello"
#define TWIN  "jelly" /* of the size of BODY */
#define FINAL "there/in/so-1.xml"

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct home *h = home_new(run);

	*state = h;
	home_feed(h, &h->partner[0], FEED_OUT, "ship_orders", "wms.ship_order",
	    "in", "");
	home_feed(h, &h->partner[0], FEED_OUT, "journal",
	    "accounting.invoice_journal", "in", "");
	home_feed(h, &h->partner[0], FEED_OUT, "manifest",
	    "accounting.journal_manifest", "in", "");
	return 0;
}

static void
add_document(struct home *h, int id, const char *feed, const char *type,
    const char *name, const char *state)
{
	char sha[FS_SHA_BYTES];

	ASSERT_OK(spool_keep_bytes(&h->run, BODY, strlen(BODY), sha, ERR));
	home_sql(h,
	    mem_printf(h,
		"INSERT INTO document (doc_id, partner, feed, type, doc_no, "
		"name, run_id, window, created_ts_us, state, sha256, "
		"size_bytes) VALUES (%d, 'shop', '%s', '%s', %d, '%s', 1, "
		"'2026-03-28', 0, '%s', '%s', 5)",
		id, feed, type, id, name, state, sha));
}

static void
add_ship_order(struct home *h, const char *state)
{
	add_document(h, 1, "ship_orders", "wms.ship_order", "so-1.xml", state);
}

/* A try that never came back, as a killed run leaves it. */
static void
add_try(struct home *h, const char *phase)
{
	home_sql(h,
	    mem_printf(h,
		"INSERT INTO attempt (doc_id, n, started_ts_us, phase) "
		"VALUES (1, 1, 0, '%s')",
		phase));
}

static const char *
state_of(struct home *h, int id)
{
	return home_ask(h,
	    mem_printf(h, "SELECT state FROM document WHERE doc_id = %d", id));
}

static void
test_deliver__ready__arrives_whole_under_its_name(void **state)
{
	struct home *h = *state;

	add_ship_order(h, "ready");
	home_run(h, stage_deliver);
	assert_file_is(h->root, FINAL, BODY, 5);
	assert_tree_is(home_path(h, "there"), "./in/so-1.xml\n");
	assert_string_equal(state_of(h, 1), "sent");
	assert_sql(h, "SELECT outcome FROM attempt", "sent");
	assert_int_equal(h->res.done, 1);
	assert_int_equal(h->res.worst, OMS_OK);
}

/* Every row of the resolution table of crash-safety 3.4. */
static void
test_deliver__found_half_way__is_resolved_by_the_table(void **state)
{
	static const struct {
		const char *state;
		const char *part;
		const char *final;
		bool direct;
		const char *want;
		const char *tree;
	} cases[] = {
		{ "sending", NULL, NULL, false, "sent", "./so-1.xml\n" },
		{ "sending", "hel", NULL, false, "sent", "./so-1.xml\n" },
		{ "sending", NULL, BODY, false, "sent", "./so-1.xml\n" },
		{ "sending", BODY, BODY, false, "sent", "./so-1.xml\n" },
		{ "publishing", BODY, NULL, false, "sent", "./so-1.xml\n" },
		{ "publishing", NULL, BODY, false, "sent", "./so-1.xml\n" },
		{ "publishing", BODY, BODY, false, "sent", "./so-1.xml\n" },
		{ "publishing", NULL, NULL, false, "uncertain", "" },
		{ "publishing", NULL, "foreign", false, "hold",
		    "./so-1.xml\n" },
		{ "sending", NULL, "foreign", false, "hold", "./so-1.xml\n" },
		{ "sending", NULL, TWIN, false, "hold", "./so-1.xml\n" },
		{ "publishing", NULL, TWIN, false, "hold", "./so-1.xml\n" },
		{ "publishing", NULL, TWIN, true, "hold", "./so-1.xml\n" },
		{ "publishing", BODY, "foreign", false, "publishing",
		    "./.00000001-1.part\n./so-1.xml\n" },
		{ "publishing", NULL, BODY, true, "sent", "./so-1.xml\n" },
		{ "publishing", NULL, "hel", true, "sent", "./so-1.xml\n" },
		{ "publishing", NULL, "foreign", true, "hold", "./so-1.xml\n" },
		{ "publishing", NULL, NULL, true, "uncertain", "" },
	};
	struct home *first = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		void *again;
		struct home *h;

		setup(&again);
		h = again;
		h->partner[0].read_back_bytes = 5;
		h->partner[0].publish = mem_strdup(h,
		    cases[i].direct ? "direct" : "rename");
		add_ship_order(h, cases[i].state);
		add_try(h, cases[i].state);
		if (cases[i].part != NULL)
			home_write(h, "there/in/.00000001-1.part",
			    cases[i].part);
		if (cases[i].final != NULL)
			home_write(h, FINAL, cases[i].final);
		home_run(h, stage_deliver);
		assert_string_equal(state_of(h, 1), cases[i].want);
		assert_tree_is(home_path(h, "there/in"), cases[i].tree);
		if (strcmp(cases[i].want, "sent") == 0)
			assert_file_is(h->root, FINAL, BODY, 5);
		else if (cases[i].final != NULL)
			assert_file_is(h->root, FINAL, cases[i].final,
			    strlen(cases[i].final));
		mem_free(mem_parent(h));
	}
	(void)first;
}

static void
test_deliver__larger_than_read_back__is_adopted_by_its_size(void **state)
{
	struct home *h = *state;

	h->partner[0].read_back_bytes = 4;
	add_ship_order(h, "publishing");
	add_try(h, "publishing");
	home_write(h, FINAL, TWIN);
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "sent");
}

static void
test_deliver__uncertain__is_the_gravest_thing_and_not_sent_again(void **state)
{
	struct home *h = *state;

	add_ship_order(h, "publishing");
	add_try(h, "publishing");
	home_run(h, stage_deliver);
	assert_int_equal(h->res.worst, OMS_UNCERTAIN);
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "uncertain");
	assert_tree_is(home_path(h, "there"), "");
}

static void
test_deliver__foreign_file_beside_our_part__waits_a_cycle_then_holds(
    void **state)
{
	struct home *h = *state;

	add_ship_order(h, "publishing");
	add_try(h, "publishing");
	home_write(h, "there/in/.00000001-1.part", BODY);
	home_write(h, FINAL, "foreign");
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "publishing");
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "publishing"); /* not due */
	clock_fix(HOME_NOW_US + HOUR_US);
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "hold");
	assert_file_is(h->root, FINAL, "foreign", 7);
}

static void
test_deliver__folder_missing__waits_and_is_dead_after_max_attempts(void **state)
{
	struct home *h = *state;

	add_ship_order(h, "ready");
	assert_int_equal(rmdir(home_path(h, "there/in")), 0);
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "ready");
	assert_sql(h, "SELECT code FROM document", "net.not_found");
	home_run(h, stage_deliver);
	assert_sql(h, "SELECT attempts FROM document", "1"); /* not due */
	for (int hours = 1; hours <= 2; hours++) {
		clock_fix(HOME_NOW_US + 2 * hours * HOUR_US);
		home_run(h, stage_deliver);
	}
	assert_string_equal(state_of(h, 1), "dead");
	assert_sql(h, "SELECT kind || doc_id || state FROM dead",
	    "document1open");
	assert_int_equal(h->res.rejected, 1);

	home_mkdir(h, "there/in");
	ASSERT_OK(dead_retry(&h->run, 1, ERR));
	assert_sql(h, "SELECT state FROM dead", "resolved");
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "sent");
}

static void
test_deliver__one_fails__later_ones_of_its_type_keep_their_order(void **state)
{
	struct home *h = *state;

	add_ship_order(h, "ready");
	add_document(h, 2, "ship_orders", "wms.ship_order", "so-2.xml",
	    "ready");
	add_document(h, 3, "journal", "accounting.invoice_journal", "j-3.csv",
	    "ready");
	home_write(h, FINAL, "foreign");
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "hold");
	assert_string_equal(state_of(h, 2), "ready");
	assert_string_equal(state_of(h, 3), "sent");
	home_run(h, stage_deliver); /* what waits for a person blocks nobody */
	assert_string_equal(state_of(h, 2), "sent");
}

static void
test_deliver__manifest__goes_after_everything_it_names(void **state)
{
	struct home *h = *state;

	add_document(h, 1, "journal", "accounting.invoice_journal", "so-1.xml",
	    "ready");
	add_document(h, 2, "manifest", "accounting.journal_manifest", "m-2.csv",
	    "ready");
	home_write(h, FINAL, "foreign");
	home_run(h, stage_deliver);
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 2), "ready");
	ASSERT_OK(document_adopt(&h->run, 1, ERR));
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 2), "sent");
}

static void
test_deliver__done_file_partner__gets_it_last(void **state)
{
	struct home *h = *state;

	h->partner[0].feeds[0].complete = COMPLETE_DONE;
	add_ship_order(h, "ready");
	home_run(h, stage_deliver);
	assert_tree_is(home_path(h, "there/in"),
	    "./so-1.xml\n./so-1.xml.done\n");
	assert_tree_is(home_path(h, "spool/tmp"), "");
}

static void
test_deliver__our_copy_is_cut__is_held_and_nothing_is_sent(void **state)
{
	struct home *h = *state;

	add_ship_order(h, "ready");
	home_sql(h, "UPDATE document SET size_bytes = 6");
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "hold");
	assert_tree_is(home_path(h, "there"), "");
}

/* The partner comes to our outbox; nobody is called for it. */
static void
use_outbox(struct home *h)
{
	h->partner[0].path = mem_strdup(h, "");
	h->run.offline = true;
}

static void
test_deliver__partner_without_a_tree__finds_it_in_the_outbox(void **state)
{
	struct home *h = *state;
	struct stat st;

	use_outbox(h);
	add_ship_order(h, "ready");
	add_document(h, 2, "ship_orders", "wms.ship_order", "so-2.xml",
	    "pending");
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "sent");
	assert_string_equal(state_of(h, 2), "pending");
	assert_tree_is(home_path(h, "outbox"), "./shop/so-1.xml\n");
	assert_file_is(h->root, "outbox/shop/so-1.xml", BODY, 5);
	assert_int_equal(stat(home_path(h, "outbox/shop/so-1.xml"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void
test_deliver__half_way_to_the_outbox__is_resolved_by_the_table(void **state)
{
	static const struct {
		const char *state;
		const char *part;
		const char *final;
		const char *want;
		const char *tree;
	} cases[] = {
		{ "ready", NULL, NULL, "sent", "./so-1.xml\n" },
		{ "ready", "hel", NULL, "sent", "./so-1.xml\n" },
		{ "ready", BODY, NULL, "sent", "./so-1.xml\n" },
		{ "ready", NULL, BODY, "sent", "./so-1.xml\n" },
		{ "ready", NULL, "foreign", "hold", "./so-1.xml\n" },
		{ "ready", NULL, TWIN, "hold", "./so-1.xml\n" },
		{ "publishing", NULL, TWIN, "hold", "./so-1.xml\n" },
		{ "publishing", BODY, NULL, "sent", "./so-1.xml\n" },
		{ "publishing", NULL, BODY, "sent", "./so-1.xml\n" },
		{ "publishing", BODY, BODY, "sent", "./so-1.xml\n" },
		{ "publishing", NULL, NULL, "uncertain", "" },
		{ "publishing", "hel", NULL, "hold", "./.00000001.part\n" },
		{ "publishing", NULL, "foreign", "hold", "./so-1.xml\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		void *again;
		struct home *h;

		setup(&again);
		h = again;
		use_outbox(h);
		h->partner[0].read_back_bytes = 5;
		home_mkdir(h, "outbox/shop");
		add_ship_order(h, cases[i].state);
		if (cases[i].part != NULL)
			home_write(h, "outbox/shop/.00000001.part",
			    cases[i].part);
		if (cases[i].final != NULL)
			home_write(h, "outbox/shop/so-1.xml", cases[i].final);
		home_run(h, stage_deliver);
		assert_string_equal(state_of(h, 1), cases[i].want);
		assert_tree_is(home_path(h, "outbox/shop"), cases[i].tree);
		mem_free(mem_parent(h));
	}
}

/* Whoever is killed, a partner that takes what he sees gets it once. */
static void
test_deliver__killed_while_the_partner_fetches__he_gets_it_once(void **state)
{
	bool stopped = true;
	int step = 1;

	(void)state;
	for (; stopped; step++) {
		void *again;
		struct home *h;
		int taken;

		setup(&again);
		h = again;
		use_outbox(h);
		add_ship_order(h, "ready");
		stopped = home_run_stopped(h, stage_deliver, step) ==
		    FAULT_STOPPED;
		taken = unlink(home_path(h, "outbox/shop/so-1.xml")) == 0;
		home_run(h, stage_deliver);
		taken += unlink(home_path(h, "outbox/shop/so-1.xml")) == 0;
		assert_int_equal(taken, 1);
		assert_true(strcmp(state_of(h, 1), "sent") == 0 ||
		    strcmp(state_of(h, 1), "uncertain") == 0);
		mem_free(mem_parent(h));
	}
	assert_true(step > 4); /* or there was nothing to stop */
}

static void
test_deliver__waits_for_a_person__is_told_every_night(void **state)
{
	struct home *h = *state;

	add_ship_order(h, "uncertain");
	home_sql(h, "UPDATE document SET code = 'deliver.uncertain'");
	home_run(h, stage_deliver);
	assert_int_equal(h->res.worst, OMS_UNCERTAIN);
	assert_int_equal(h->res.waiting, 1);
	assert_string_equal(state_of(h, 1), "uncertain");
}

static void
test_deliver__tree_is_not_there__backs_off_and_touches_no_document(void **state)
{
	struct home *h = *state;

	h->partner[0].path = home_path(h, "unmounted");
	add_ship_order(h, "ready");
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "ready");
	assert_sql(h, "SELECT attempts FROM document", "0");
	assert_sql(h, "SELECT failures || breaker FROM partner_state", "1");
	assert_int_equal(h->res.worst, OMS_PEER);
	home_mkdir(h, "unmounted/in");
	clock_fix(HOME_NOW_US + HOUR_US);
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "sent");
	assert_sql(h, "SELECT failures FROM partner_state", "0");
}

static void
test_deliver__breaker_is_open__calls_nobody_until_the_config_changes(
    void **state)
{
	struct home *h = *state;

	add_ship_order(h, "ready");
	home_sql(h,
	    "INSERT INTO partner_state (partner, breaker, reason, "
	    "config_sha256, failures) VALUES ('shop', 'net.auth', 'no', "
	    "'config-1', 1)");
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "ready");
	assert_int_equal(h->res.worst, OMS_AUTH);
	(void)snprintf(h->cfg.sha256, sizeof(h->cfg.sha256), "config-2");
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "sent");
	assert_sql(h, "SELECT breaker FROM partner_state", "");
}

static void
test_deliver__partner_is_locked__is_left_for_later(void **state)
{
	struct home *h = *state;
	int fd;

	add_ship_order(h, "ready");
	fd = fs_lock(home_path(h, "locks/partner-shop.lock"), 0, ERR);
	assert_true(fd >= 0);
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "ready");
	assert_true(h->res.waiting > 0);
	(void)close(fd);
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "sent");
}

/* ---- what happens to the orders in it ----------------------------------- */

static void
add_order(struct home *h, int order_id)
{
	home_sql(h,
	    mem_printf(h,
		"CREATE TEMP TABLE IF NOT EXISTS n (x); DELETE FROM n;"
		"INSERT INTO n VALUES (%d);",
		order_id));
	home_sql(h,
	    "INSERT INTO orders (" ORDER_COLUMNS
	    ") SELECT x, 'O-' || x, 'web', 'shop', 1, '', 1, "
	    "1, 'EUR', 'net', '', '', '', '', 0, 0, 0, 5, 0, 0, '', '', '', "
	    "'', '', 0, 0, 0, 3200, 3200, 'RELEASED', '' FROM n;"
	    "INSERT INTO order_line SELECT x, 1, 1, 'A', 'A', 2, 0, 0, 0, 0, "
	    "0, 0, '0', '1', 0 FROM n;"
	    "INSERT INTO part (order_id, part_no, line_no, qty, status, node, "
	    "release_key, shipment_key) "
	    "SELECT x, 1, 1, 2, 3200, 'N', 'R' || x, 'S' || x FROM n;"
	    "INSERT INTO release SELECT 'R' || x, x, 1, 'N', 1, 0 FROM n;"
	    "INSERT INTO release_status (order_id, part_no, seq, release_key, "
	    "status, status_quantity, qty, ts_us) "
	    "SELECT x, 1, 1, 'R' || x, 3200, 2, 2, 0 FROM n;"
	    "INSERT INTO shipment (shipment_key, release_key, order_id, "
	    "group_no, node, stage, status, weight_g, value_minor, "
	    "wms_doc_id) "
	    "SELECT 'S' || x, 'R' || x, x, 1, 'N', 7, 'PENDING', 0, 0, 1 "
	    "FROM n;");
}

/* TEMP-12: the warehouse has the order when its document is there. */
static void
test_mark_sent__shipping_order__moves_its_parts_with_their_history(void **state)
{
	struct home *h = *state;

	add_ship_order(h, "ready");
	add_order(h, 1);
	add_order(h, 2);
	home_sql(h, "UPDATE part SET status = 9000 WHERE order_id = 2");
	home_run(h, stage_deliver);
	assert_sql(h, "SELECT status FROM part WHERE order_id = 1", "3300");
	assert_sql(h, "SELECT status FROM part WHERE order_id = 2", "9000");
	assert_sql(h,
	    "SELECT group_concat(seq || ':' || status || ':' || "
	    "status_quantity) FROM release_status WHERE order_id = 1",
	    "1:3200:0,2:3300:2");
	assert_sql(h,
	    "SELECT event || from_status || to_status || detail FROM event",
	    "sent32003300so-1.xml");
	assert_sql(h, "SELECT sum(touched * order_id) FROM orders", "1");
}

static void
test_mark_sent__twice__changes_nothing_more(void **state)
{
	struct home *h = *state;

	add_ship_order(h, "ready");
	add_order(h, 1);
	for (int i = 0; i < 2; i++) {
		ASSERT_OK(db_begin(h->run.db, ERR));
		ASSERT_OK(document_mark_sent(&h->run, 1, ERR));
		ASSERT_OK(db_commit(h->run.db, "test", ERR));
	}
	assert_sql(h, "SELECT count(*) FROM event", "1");
	assert_sql(h, "SELECT count(*) FROM release_status", "2");
}

static void
test_resend_and_adopt__not_waiting_for_a_person__is_refused(void **state)
{
	static const char *const busy[] = { "pending", "ready", "sending",
		"publishing", "sent" };
	struct home *h = *state;

	add_ship_order(h, "ready");
	for (size_t i = 0; i < COUNT(busy); i++) {
		home_sql(h,
		    mem_printf(h, "UPDATE document SET state = '%s'", busy[i]));
		ASSERT_FAILS(OMS_TRANSITION, document_resend(&h->run, 1, ERR));
		ASSERT_FAILS(OMS_TRANSITION, document_adopt(&h->run, 1, ERR));
	}
	ASSERT_FAILS(OMS_NOT_FOUND, document_resend(&h->run, 2, ERR));
}

static void
test_backoff__failures__grow_to_67_minutes_give_or_take_a_fifth(void **state)
{
	static const int64_t minutes[] = { 5, 10, 20, 40, 67, 67 };

	(void)state;
	for (size_t i = 0; i < COUNT(minutes); i++) {
		int64_t us = minutes[i] * 60 * 1000000;
		int64_t got = partner_backoff_us("shop", (int64_t)i + 1);

		assert_true(got >= us / 100 * 80 && got <= us / 100 * 120);
		assert_int_equal(got,
		    partner_backoff_us("shop", (int64_t)i + 1));
	}
}

static void
fill_ready(struct home *h)
{
	add_ship_order(h, "ready");
}

static void
check_sent(struct home *h)
{
	clock_fix(HOME_NOW_US + 2 * HOUR_US); /* past any back-off */
	home_run(h, stage_deliver);
	assert_string_equal(state_of(h, 1), "sent");
	assert_tree_is(home_path(h, "there"), "./in/so-1.xml\n");
	assert_file_is(h->root, FINAL, BODY, 5);
}

/* SFCC-20, V2: stopped after every durable step, run again, sent once. */
static void
test_deliver__stopped_at_any_step__is_sent_once(void **state)
{
	(void)state;
	assert_true(home_stop_at_each_step(setup, fill_ready, stage_deliver,
			check_sent) > 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_deliver__ready__arrives_whole_under_its_name),
		TEST(test_deliver__found_half_way__is_resolved_by_the_table),
		TEST(
		    test_deliver__larger_than_read_back__is_adopted_by_its_size),
		TEST(
		    test_deliver__larger_than_read_back__is_adopted_by_its_size),
		TEST(
		    test_deliver__uncertain__is_the_gravest_thing_and_not_sent_again),
		TEST(
		    test_deliver__foreign_file_beside_our_part__waits_a_cycle_then_holds),
		TEST(
		    test_deliver__folder_missing__waits_and_is_dead_after_max_attempts),
		TEST(
		    test_deliver__one_fails__later_ones_of_its_type_keep_their_order),
		TEST(test_deliver__manifest__goes_after_everything_it_names),
		TEST(test_deliver__done_file_partner__gets_it_last),
		TEST(
		    test_deliver__our_copy_is_cut__is_held_and_nothing_is_sent),
		TEST(
		    test_deliver__partner_without_a_tree__finds_it_in_the_outbox),
		TEST(
		    test_deliver__half_way_to_the_outbox__is_resolved_by_the_table),
		TEST(
		    test_deliver__killed_while_the_partner_fetches__he_gets_it_once),
		TEST(test_deliver__waits_for_a_person__is_told_every_night),
		TEST(
		    test_deliver__tree_is_not_there__backs_off_and_touches_no_document),
		TEST(
		    test_deliver__breaker_is_open__calls_nobody_until_the_config_changes),
		TEST(test_deliver__partner_is_locked__is_left_for_later),
		TEST(
		    test_mark_sent__shipping_order__moves_its_parts_with_their_history),
		TEST(test_mark_sent__twice__changes_nothing_more),
		TEST(
		    test_resend_and_adopt__not_waiting_for_a_person__is_refused),
		TEST(
		    test_backoff__failures__grow_to_67_minutes_give_or_take_a_fifth),
		TEST(test_deliver__stopped_at_any_step__is_sent_once),
	};
	return cmocka_run_group_tests_name("deliver", tests, NULL, NULL);
}
