/* test_spool.c - our copies, dead letters, and files that kill their reader. */

#include "tests/unit/exchange_home.h"

#include "base/seal.h"
#include "pipeline/dead_ops.h"
#include "pipeline/ingest.h"

#define GOOD  "sku,name,weight_g\nA,Apple,100\n"
#define BAD   "sku,name,weight_g\nB,Pear,heavy\n"
#define WRONG "sku,name,colour\nC,Plum,blue\n" /* a header nobody knows */

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct home *h = home_new(run);

	*state = h;
	h->cfg.child_cpu_s = 60;
	h->cfg.child_memory_bytes = INT64_C(1) << 40;
	h->cfg.cache_bytes = 1 << 20;
	home_feed(h, &h->partner[0], FEED_IN, "goods", "ref.products", "out",
	    "*.csv");
	home_feed(h, &h->partner[0], FEED_IN, "orders", "sfcc.order", "out",
	    "*.xml");
	return 0;
}

/* Bytes become ours, as collect does it; the file's id. */
static int64_t
take(struct home *h, const char *feed, const char *type, const char *name,
    const char *text)
{
	char sha[FS_SHA_BYTES];
	int64_t file_id = 0;
	bool is_new;

	ASSERT_OK(spool_keep_bytes(&h->run, text, strlen(text), sha, ERR));
	ASSERT_OK(db_begin(h->run.db, ERR));
	ASSERT_OK(spool_register(&h->run, "shop", feed, type, name, sha,
	    (int64_t)strlen(text), "inbox", &file_id, &is_new, ERR));
	ASSERT_OK(db_commit(h->run.db, "test", ERR));
	return file_id;
}

/* An orphan of a key that is gone must not stand for what has come. */
static void
test_keep__what_lies_there_cannot_be_opened__takes_its_place(void **state)
{
	struct home *h = *state;
	struct ring *of[2];
	char sha[FS_SHA_BYTES];
	size_t n;

	for (int i = 0; i < 2; i++) {
		const char *text = ring_text(h->ctx, NULL, true, NULL, ERR);

		ASSERT_OK((of[i] = ring_parse(h->ctx, text, ERR)) != NULL);
		h->cfg.ring = of[i];
		ASSERT_OK(
		    spool_keep_bytes(&h->run, GOOD, strlen(GOOD), sha, ERR));
	}
	assert_string_equal(spool_read(&h->run, h->ctx, sha, 1000, &n, ERR),
	    GOOD);
	ASSERT_OK(spool_keep_bytes(&h->run, GOOD, strlen(GOOD), sha, ERR));
}

/* Bytes that cannot be read now are not lost: nobody is to decide about them. */
static void
test_bytes__missing_and_unreadable__are_told_apart(void **state)
{
	struct home *h = *state;
	char sha[FS_SHA_BYTES];
	char *path;
	int64_t bytes;

	ASSERT_OK(spool_keep_bytes(&h->run, GOOD, strlen(GOOD), sha, ERR));
	ASSERT_OK(spool_bytes(&h->run, sha, &bytes, ERR));
	assert_int_equal(bytes, strlen(GOOD));
	path = spool_blob(&h->run, h->ctx, sha);
	assert_int_equal(unlink(path), 0);
	ASSERT_FAILS(OMS_INTERNAL, spool_bytes(&h->run, sha, &bytes, ERR));
	assert_int_equal(mkdir(path, 0700), 0); /* EISDIR, as good as EIO */
	ASSERT_FAILS(OMS_IO, spool_bytes(&h->run, sha, &bytes, ERR));
	assert_int_equal(rmdir(path), 0);
}

static int64_t
take_csv(struct home *h, const char *name, const char *text)
{
	return take(h, "goods", "ref.products", name, text);
}

/* Read what is new, and bring deadletter/ to what the tables say. */
static void
read_files(struct home *h)
{
	home_run(h, stage_ingest);
	ASSERT_OK(spool_repair_views(&h->run, ERR));
}

static void
retry(struct home *h, int64_t dead_id)
{
	ASSERT_OK(dead_retry(&h->run, dead_id, ERR));
}

#define LETTER "deadletter/shop/00000001-products_B.csv"

/* --------------------------------------------------------------- blobs */

static void
test_keep_bytes__twice_the_same__is_one_blob(void **state)
{
	struct home *h = *state;
	char one[FS_SHA_BYTES], two[FS_SHA_BYTES];

	ASSERT_OK(spool_keep_bytes(&h->run, "abc", 3, one, ERR));
	ASSERT_OK(spool_keep_bytes(&h->run, "abc", 3, two, ERR));
	assert_string_equal(one, two);
	assert_file_is(h->root, mem_printf(h, "spool/blob/%.2s/%s", one, one),
	    "abc", 3);
	assert_tree_is(home_path(h, "spool/tmp"), "");
}

/* ------------------------------------------------------------ register */

static void
test_register__reference_bytes_again__are_read_again(void **state)
{
	struct home *h = *state;
	int64_t file_id = take_csv(h, "a.csv", GOOD);

	read_files(h);
	home_sql(h, "UPDATE product SET name = 'Quince'");
	assert_int_equal(take_csv(h, "b.csv", GOOD), file_id);
	read_files(h);
	assert_sql(h, "SELECT name FROM product", "Apple");
	assert_sql(h, "SELECT count(*) FROM file_occurrence", "2");
}

static void
test_register__name_of_no_feed__is_a_dead_letter_until_it_has_one(void **state)
{
	struct home *h = *state;

	(void)take(h, "", "", "a.txt", GOOD);
	read_files(h);
	assert_sql(h, "SELECT state || code FROM dead", "opendata.no_feed");
	assert_tree_is(home_path(h, "deadletter"),
	    "./shop/00000001-a.txt\n./shop/00000001-a.txt.why\n");
	(void)take_csv(h, "a.csv", GOOD);
	read_files(h);
	assert_sql(h, "SELECT state FROM file", "ingested");
	assert_sql(h, "SELECT state FROM dead", "resolved");
	assert_tree_is(home_path(h, "deadletter"), "");
}

/* -------------------------------------------------------- dead letters */

static void
test_dead_add__the_same_again__counts_a_try(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", WRONG);
	read_files(h);
	(void)take_csv(h, "again.csv", WRONG);
	read_files(h);
	assert_sql(h, "SELECT count(*) || state || tries FROM dead", "1open2");
	assert_sql(h, "SELECT where_text FROM dead", "shop/a.csv line 1");
}

static void
test_dead_add__names_of_partners__become_names_we_can_keep(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a b;$(c)'\".csv", WRONG);
	read_files(h);
	assert_sql(h, "SELECT name FROM dead", "00000001-a_b___c___.csv");
}

static void
test_repair_views__what_a_person_edits__is_not_written_over(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	home_write(h, LETTER, "being edited");
	home_write(h, LETTER ".why", "scribbled on");
	home_write(h, "deadletter/shop/notes.txt", "a person's own");
	home_write(h, "deadletter/shop/00000099-gone.csv", "of no row");
	ASSERT_OK(spool_repair_views(&h->run, ERR));
	assert_file_is(h->root, LETTER, "being edited", 12);
	assert_true(home_has(h, "deadletter/shop/notes.txt"));
	assert_true(home_has(h, "deadletter/shop/00000099-gone.csv"));
	assert_int_equal(unlink(home_path(h, LETTER)), 0);
	ASSERT_OK(spool_repair_views(&h->run, ERR));
	assert_true(home_has(h, LETTER));
}

/* --------------------------------------------------------------- retry */

static void
test_retry__mended_file__is_read_and_the_letter_goes(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	assert_int_equal(h->res.rejected, 1);
	home_write(h, LETTER, "sku,name,weight_g\nB,Pear,150\n");
	retry(h, 1);
	assert_sql(h, "SELECT state FROM dead", "retried");
	read_files(h);
	assert_sql(h, "SELECT sku || weight_g FROM product", "B150");
	assert_sql(h, "SELECT state FROM dead", "resolved");
	assert_tree_is(home_path(h, "deadletter"), "");
}

static void
test_retry__nothing_mended__is_the_same_letter_with_one_more_try(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	for (int i = 0; i < 2; i++) {
		retry(h, 1);
		read_files(h);
	}
	assert_sql(h, "SELECT count(*) || state || tries FROM dead", "1open3");
	assert_true(home_has(h, LETTER));
}

static void
test_retry__letter_moved_away__takes_the_original(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	assert_int_equal(unlink(home_path(h, LETTER)), 0);
	assert_int_equal(symlink("/etc/passwd", home_path(h, LETTER)), 0);
	retry(h, 1);
	read_files(h);
	assert_sql(h, "SELECT state || tries || code FROM dead",
	    "open2data.value");
}

static void
test_retry__file_without_a_feed__changes_nothing(void **state)
{
	struct home *h = *state;

	(void)take(h, "", "", "a.txt", GOOD);
	read_files(h);
	ASSERT_FAILS(OMS_NO_FEED, dead_retry(&h->run, 1, ERR));
	assert_sql(h, "SELECT state FROM dead", "open");
	assert_sql(h, "SELECT state FROM file", "dead");
}

static void
test_retry__whole_file__is_read_from_its_start(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", WRONG);
	read_files(h);
	home_write(h, "deadletter/shop/00000001-a.csv", GOOD);
	retry(h, 1);
	read_files(h);
	assert_sql(h, "SELECT sku FROM product", "A");
	assert_sql(h, "SELECT state FROM dead", "resolved");
}

static void
test_retry__no_such_letter__is_told(void **state)
{
	struct home *h = *state;

	ASSERT_FAILS(OMS_NOT_FOUND, dead_retry(&h->run, 7, ERR));
	ASSERT_FAILS(OMS_NOT_FOUND, dead_close(&h->run, 7, "x", ERR));
}

/* ------------------------------------------------------------ versions */

static void
edit(struct home *h, const char *text)
{
	int64_t version;

	home_write(h, "mended", text);
	ASSERT_OK(dead_edit(&h->run, 1, home_path(h, "mended"), "test",
	    &version, ERR));
}

static void
test_edit__new_bytes__are_a_version_and_the_view(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	edit(h, "sku,name,weight_g\nB,Pear,some\n");
	edit(h, "sku,name,weight_g\nB,Pear,some\n");
	assert_sql(h,
	    "SELECT group_concat(version || '|' || parent || '|' || note, ';') "
	    "FROM dead_version",
	    "1|0|as it came;2|1|test");
	assert_file_is(h->root, LETTER, "sku,name,weight_g\nB,Pear,some\n", 30);
}

/* Stopped between the version and its view: the version is what counts. */
static void
test_edit__view_that_is_late__is_brought_to_the_last_version(void **state)
{
	struct home *h = *state;
	size_t n = 0;
	char *old;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	old = fs_read(h, home_path(h, LETTER), 1000, &n, ERR);
	assert_non_null(old);
	edit(h, "sku,name,weight_g\nB,Pear,150\n");
	home_write(h, LETTER, old);
	ASSERT_OK(spool_repair_views(&h->run, ERR));
	assert_file_is(h->root, LETTER, "sku,name,weight_g\nB,Pear,150\n", 29);
	home_write(h, LETTER, old);
	retry(h, 1);
	read_files(h);
	assert_sql(h, "SELECT weight_g FROM product", "150");
}

static void
test_edit__what_was_edited_by_hand__is_kept_before(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	home_write(h, LETTER, "by hand");
	edit(h, GOOD);
	assert_sql(h,
	    "SELECT group_concat(version || '|' || note, ';') FROM "
	    "dead_version",
	    "1|as it came;2|edited in deadletter/;3|test");
}

/* ------------------------------------------------------ the same name */

#define BEGUN                                                                  \
	"<orders xmlns='http://www.demandware.com/xml/impex/order/"            \
	"2006-10-31'>"

static void
test_same_name__a_dead_file_that_is_no_beginning__stays(void **state)
{
	struct home *h = *state;

	(void)take(h, "orders", "sfcc.order", "o.xml", BEGUN "<order");
	read_files(h);
	assert_sql(h, "SELECT DISTINCT code FROM dead", "data.truncated");
	(void)take(h, "orders", "sfcc.order", "o.xml", BEGUN "</orders>\n");
	read_files(h);
	assert_sql(h, "SELECT state FROM dead", "open");
	(void)take(h, "orders", "sfcc.order", "o.xml",
	    BEGUN "<order/></orders>\n");
	read_files(h);
	assert_sql(h,
	    "SELECT state || '|' || resolution FROM dead WHERE file_id = 1",
	    "resolved|file 3 of the same name came whole");
}

static void
test_same_name__reference_data__is_always_resolved(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", WRONG);
	read_files(h);
	(void)take_csv(h, "b.csv", "sku,name,weight_g\nB,Pear,1\n");
	read_files(h);
	assert_sql(h, "SELECT state FROM dead", "open");
	(void)take_csv(h, "a.csv", GOOD);
	read_files(h);
	assert_sql(h, "SELECT state FROM dead", "resolved");
	assert_sql(h, "SELECT state FROM file WHERE file_id = 1", "closed");
}

/* -------------------------------------------------------------- nights */

static void
nights(struct home *h, const char *window)
{
	h->run.window = window;
	h->res = (struct stage_result){ 0 };
	ASSERT_OK(dead_retry_due(&h->run, &h->res, ERR));
	read_files(h);
}

static void
test_nights__only_what_nobody_has_in_hand__is_tried_once_a_night(void **state)
{
	struct home *h = *state;

	h->cfg.dead_rules[0] = (struct dead_rule){ .code = OMS_VALUE,
		.action = DEAD_RETRY,
		.nights = 2 };
	h->cfg.dead_rule_count = 1;
	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	nights(h, "2026-03-28"); /* it was made in this one */
	assert_sql(h, "SELECT nights || '|' || tries FROM dead", "0|1");
	nights(h, "2026-03-29");
	nights(h, "2026-03-29");
	assert_sql(h, "SELECT nights || '|' || tries || '|' || state FROM dead",
	    "1|1|open");
	ASSERT_OK(dead_hold(&h->run, 1, NULL, ERR));
	nights(h, "2026-03-30");
	assert_sql(h, "SELECT nights || '|' || state FROM dead", "1|held");
	ASSERT_OK(dead_release(&h->run, 1, ERR));
	home_write(h, LETTER, "being edited");
	nights(h, "2026-03-30");
	assert_sql(h, "SELECT nights FROM dead", "1");
	assert_file_is(h->root, LETTER, "being edited", 12);
	assert_int_equal(unlink(home_path(h, LETTER)), 0);
	nights(h, "2026-03-30");
	nights(h, "2026-03-31");
	assert_sql(h, "SELECT nights || '|' || tries || '|' || state FROM dead",
	    "2|1|open");
	retry(h, 1);
	read_files(h);
	assert_sql(h, "SELECT nights || '|' || tries FROM dead", "2|2");
}

/* --------------------------------------------------------------- close */

static void
test_close__letter_of_a_file__closes_both_and_clears_the_folder(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", WRONG);
	read_files(h);
	ASSERT_OK(dead_close(&h->run, 1, "a mistake", ERR));
	assert_sql(h, "SELECT state || resolution FROM dead",
	    "closeda mistake");
	assert_sql(h, "SELECT state FROM file", "closed");
	assert_tree_is(home_path(h, "deadletter"), "");
}

static void
test_close__row_of_a_file__leaves_the_file_as_it_is(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	ASSERT_OK(dead_close(&h->run, 1, "a mistake", ERR));
	assert_sql(h, "SELECT state FROM file", "ingested");
}

static void
test_close__what_is_done_with__keeps_its_story(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", WRONG);
	read_files(h);
	ASSERT_OK(dead_close(&h->run, 1, "a mistake", ERR));
	ASSERT_FAILS(OMS_TRANSITION, dead_close(&h->run, 1, "another", ERR));
	ASSERT_FAILS(OMS_TRANSITION, dead_retry(&h->run, 1, ERR));
	assert_sql(h, "SELECT resolution FROM dead", "a mistake");
}

static void
test_close__bytes_come_again__open_it_again(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", WRONG);
	read_files(h);
	ASSERT_OK(dead_close(&h->run, 1, "a mistake", ERR));
	(void)take_csv(h, "a.csv", WRONG);
	read_files(h);
	assert_sql(h, "SELECT count(*) || state || tries FROM dead", "1open2");
}

/* A letter is mended in its own file: so the place is told in that one. */
static void
test_retry__refused_again__names_the_place_in_the_letter(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", GOOD "B,Pear,heavy\n");
	read_files(h);
	assert_sql(h, "SELECT where_text FROM dead",
	    "shop/a.csv line 3 column 3 weight_g");
	retry(h, 1);
	read_files(h);
	assert_sql(h, "SELECT where_text || ' ' || tries FROM dead",
	    LETTER " line 2 column 3 weight_g 2");
}

static void
test_retry__of_a_held_one_that_fails__is_held_again(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	ASSERT_OK(dead_assign(&h->run, 1, "anna", ERR));
	ASSERT_OK(dead_hold(&h->run, 1, "ask legal", ERR));
	retry(h, 1);
	assert_sql(h, "SELECT state FROM dead", "retried");
	read_files(h);
	assert_sql(h,
	    "SELECT state || ',' || owner || ',' || note || ',' || resolution"
	    " FROM dead",
	    "held,anna,ask legal,");
	ASSERT_OK(dead_release(&h->run, 1, ERR));
	retry(h, 1);
	read_files(h);
	assert_sql(h, "SELECT state FROM dead", "open");
}

static void
test_reopen__what_was_closed__waits_again(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", WRONG);
	read_files(h);
	ASSERT_OK(dead_assign(&h->run, 1, "anna", ERR));
	ASSERT_OK(dead_close(&h->run, 1, "a mistake", ERR));
	ASSERT_OK(dead_reopen(&h->run, 1, ERR));
	ASSERT_OK(dead_reopen(&h->run, 1, ERR)); /* done once */
	assert_sql(h, "SELECT state || ',' || owner || resolution FROM dead",
	    "open,anna");
	assert_sql(h, "SELECT state FROM file", "dead");
	assert_true(home_has(h, "deadletter/shop/00000001-a.csv"));
	assert_sql(h,
	    "SELECT before || ' > ' || after FROM audit"
	    " WHERE action = 'reopen'",
	    "closed: a mistake > open");
	retry(h, 1);
	ASSERT_FAILS(OMS_TRANSITION, dead_reopen(&h->run, 1, ERR));
}

static void
test_reopen__resolved__stays_so(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", BAD);
	read_files(h);
	assert_sql(h, "UPDATE dead SET state = 'resolved' RETURNING state",
	    "resolved");
	ASSERT_FAILS(OMS_TRANSITION, dead_reopen(&h->run, 1, ERR));
	ASSERT_FAILS(OMS_NOT_FOUND, dead_reopen(&h->run, 7, ERR));
}

/* -------------------------------------------------------------- poison */

static void
test_ingest__child_that_cannot_begin__ends_the_run(void **state)
{
	struct home *h = *state;

	(void)take_csv(h, "a.csv", GOOD);
	assert_int_equal(
	    rename(home_path(h, "oms.db"), home_path(h, "away.db")), 0);
	h->res = (struct stage_result){ 0 };
	testing_err = NO_ERROR;
	assert_false(stage_ingest(&h->run, &h->res, ERR));
	assert_int_not_equal(ERR->code, OMS_OK);
	assert_int_equal(
	    rename(home_path(h, "away.db"), home_path(h, "oms.db")), 0);
}

#ifndef __SANITIZE_ADDRESS__ /* it has no limit of memory: see ingest.c */

#define ORDERS                                                                 \
	"<orders xmlns='http://www.demandware.com/xml/impex/order/2006-10-31'" \
	">\n<order order-no='7'><order-date>2026-03-27T10:00:00Z</order-date>" \
	"<currency>EUR</currency>"

static char *
order_with(struct home *h, size_t elements)
{
	static const char head[] = ORDERS "<custom-attributes>";
	static const char one[] = "<c>thirty-two bytes of what is kept</c>";
	static const char tail[] = "</custom-attributes></order></orders>\n";
	char *text = mem_resize(h, NULL,
	    sizeof(head) + sizeof(one) * elements + sizeof(tail));
	char *p = mempcpy(text, head, sizeof(head) - 1);

	for (size_t i = 0; i < elements; i++)
		p = mempcpy(p, one, sizeof(one) - 1);
	memcpy(p, tail, sizeof(tail));
	return text;
}

/* What reading a small order takes, and not what reading a bloated one does. */
static void
limit_memory(struct home *h)
{
	const int64_t more = 24 << 20;
	FILE *f = fopen("/proc/self/statm", "r");
	long pages = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld", &pages), 1);
	(void)fclose(f);
	h->cfg.child_memory_bytes = pages * sysconf(_SC_PAGESIZE) + more;
}

static void
take_bloated(struct home *h)
{
	(void)take(h, "orders", "sfcc.order", "big.xml", order_with(h, 190000));
	limit_memory(h);
}

static void
test_ingest__file_that_kills_three_readers__is_poison(void **state)
{
	struct home *h = *state;

	take_bloated(h);
	(void)take(h, "orders", "sfcc.order", "small.xml", order_with(h, 1));
	read_files(h);
	assert_int_equal(h->res.rejected, 1);
	assert_int_equal(h->res.done, 1);
	assert_sql(h,
	    "SELECT state || crashes || code FROM file WHERE name = 'big.xml'",
	    "dead3data.poison");
	assert_sql(h, "SELECT code || reason FROM dead",
	    "data.poisonreading it takes more memory than child_memory allows");
	assert_sql(h, "SELECT state FROM file WHERE name = 'small.xml'",
	    "ingested");
}

static void
test_ingest__stopped_between_crashes__goes_on_counting(void **state)
{
	struct home *h = *state;

	take_bloated(h);
	assert_int_equal(home_run_stopped(h, stage_ingest, 1), 100);
	assert_sql(h, "SELECT state || crashes FROM file", "new1");
	assert_int_equal(home_run_stopped(h, stage_ingest, 1), 100);
	assert_sql(h, "SELECT state || crashes FROM file", "new2");
	read_files(h);
	assert_sql(h, "SELECT state || crashes FROM file", "dead3");
}

static void
test_retry__poison_with_more_memory__is_read(void **state)
{
	struct home *h = *state;

	take_bloated(h);
	read_files(h);
	h->cfg.child_memory_bytes = INT64_C(1) << 40;
	retry(h, 1);
	read_files(h);
	assert_sql(h, "SELECT state || crashes FROM file", "ingested0");
	assert_sql(h, "SELECT state FROM dead", "resolved");
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    test_keep__what_lies_there_cannot_be_opened__takes_its_place),
		TEST(test_keep_bytes__twice_the_same__is_one_blob),
		TEST(test_register__reference_bytes_again__are_read_again),
		TEST(
		    test_register__name_of_no_feed__is_a_dead_letter_until_it_has_one),
		TEST(test_dead_add__the_same_again__counts_a_try),
		TEST(
		    test_dead_add__names_of_partners__become_names_we_can_keep),
		TEST(
		    test_repair_views__what_a_person_edits__is_not_written_over),
		TEST(test_retry__mended_file__is_read_and_the_letter_goes),
		TEST(
		    test_retry__nothing_mended__is_the_same_letter_with_one_more_try),
		TEST(test_retry__letter_moved_away__takes_the_original),
		TEST(test_retry__file_without_a_feed__changes_nothing),
		TEST(test_retry__whole_file__is_read_from_its_start),
		TEST(test_retry__no_such_letter__is_told),
		TEST(test_edit__new_bytes__are_a_version_and_the_view),
		TEST(
		    test_edit__view_that_is_late__is_brought_to_the_last_version),
		TEST(test_edit__what_was_edited_by_hand__is_kept_before),
		TEST(test_same_name__a_dead_file_that_is_no_beginning__stays),
		TEST(test_same_name__reference_data__is_always_resolved),
		TEST(
		    test_nights__only_what_nobody_has_in_hand__is_tried_once_a_night),
		TEST(
		    test_close__letter_of_a_file__closes_both_and_clears_the_folder),
		TEST(test_bytes__missing_and_unreadable__are_told_apart),
		TEST(test_close__row_of_a_file__leaves_the_file_as_it_is),
		TEST(test_close__what_is_done_with__keeps_its_story),
		TEST(test_close__bytes_come_again__open_it_again),
		TEST(test_retry__refused_again__names_the_place_in_the_letter),
		TEST(test_retry__of_a_held_one_that_fails__is_held_again),
		TEST(test_reopen__what_was_closed__waits_again),
		TEST(test_reopen__resolved__stays_so),
		TEST(test_ingest__child_that_cannot_begin__ends_the_run),
#ifndef __SANITIZE_ADDRESS__
		TEST(test_ingest__file_that_kills_three_readers__is_poison),
		TEST(test_ingest__stopped_between_crashes__goes_on_counting),
		TEST(test_retry__poison_with_more_memory__is_read),
#endif
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
