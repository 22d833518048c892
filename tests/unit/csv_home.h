/*
 * csv_home.h - a home with a database, to feed files to.
 *
 *	feed(h, "ref.stock", "sku,node,...\n...");   as a file of partner acme
 *	assert_sql(h, "SELECT ...", "a|1;b|2");      rows by ;, columns by |
 */
#ifndef OMS_TESTS_CSV_HOME_H
#define OMS_TESTS_CSV_HOME_H

#include "tests/unit/testing.h"

#include <sqlite3.h>

#include "base/fs.h"
#include "base/str.h"
#include "pipeline/feed_type.h"
#include "pipeline/spool.h"

#define NOW INT64_C(1774663200000000) /* 2026-03-28T02:00:00Z */
#define DAY INT64_C(86400000000)

struct home {
	struct config cfg;
	struct run run;
	struct stage_result res; /* of the last feed() */
	int64_t max_rejects;
	int64_t file_id; /* of the last feed() */
};

static inline struct home *
home_new(void)
{
	struct home *h = mem_new(mem_ctx_new(NULL, "test"), struct home);

	h->cfg.home = testing_tmpdir(h);
	h->cfg.batch_orders = 2; /* small, so that tests cross batches */
	h->max_rejects = -1;
	h->run = (struct run){ .ctx = h,
		.cfg = &h->cfg,
		.run_id = 1,
		.now_us = NOW,
		.window = "2026-03-28",
		.actor = "run:1" };
	ASSERT_OK(fs_mkdir(fs_path(h, h->cfg.home, "spool/tmp"), 0750, ERR));
	ASSERT_OK(h->run.db = db_open(h, h->cfg.home, DB_CREATE, 1 << 20, ERR));
	return h;
}

/* Run a script on a connection of its own. */
static inline void
do_sql(struct home *h, const char *script)
{
	sqlite3 *db;
	char *why = NULL;

	assert_int_equal(sqlite3_open(fs_path(h, h->cfg.home, "oms.db"), &db),
	    SQLITE_OK);
	sqlite3_exec(db, script, NULL, NULL, &why);
	if (why != NULL)
		fail_msg("%s", why);
	sqlite3_close(db);
}

static inline int
collect_row(void *u, int n, char **value, char **name)
{
	char *got = u;
	size_t len = strlen(got);

	(void)name;
	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(got + len, 4000 - len, "%s%s",
		    i > 0         ? "|"
			: len > 0 ? ";"
				  : "",
		    value[i] != NULL ? value[i] : "-");
	return 0;
}

static inline void
assert_sql(struct home *h, const char *query, const char *want)
{
	char got[4000] = "", *why = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(fs_path(h, h->cfg.home, "oms.db"), &db),
	    SQLITE_OK);
	sqlite3_exec(db, query, collect_row, got, &why);
	if (why != NULL)
		fail_msg("%s", why);
	sqlite3_close(db);
	if (strcmp(got, want) != 0)
		fail_msg("%s\n got %s\nwant %s", query, got, want);
}

static inline int64_t
ask_int(struct home *h, const char *query)
{
	char got[4000] = "";
	sqlite3 *db;

	assert_int_equal(sqlite3_open(fs_path(h, h->cfg.home, "oms.db"), &db),
	    SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, query, collect_row, got, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	return strtoll(got, NULL, 10);
}

/* Keep and register the bytes; the file is new and unread. */
static inline void
put_file(struct home *h, const char *type, const char *text)
{
	char sha[FS_SHA_BYTES];
	bool is_new;

	ASSERT_OK(spool_keep_bytes(&h->run, text, strlen(text), sha, ERR));
	ASSERT_OK(db_begin(h->run.db, ERR));
	ASSERT_OK(spool_register(&h->run, "acme", "feed", type, "in.csv", sha,
	    (int64_t)strlen(text), "inbox", &h->file_id, &is_new, ERR));
	ASSERT_OK(db_commit(h->run.db, "test.put", ERR));
}

/* Read the file from where its row says. */
static inline bool
read_file(struct home *h, struct oms_error *err)
{
	struct file_row f = { .file_id = h->file_id,
		.partner = "acme",
		.feed = "feed",
		.name = "in.csv",
		.max_rejects = h->max_rejects };
	char sha[80] = "", type[80] = "";
	sqlite3 *db;

	sqlite3_open(fs_path(h, h->cfg.home, "oms.db"), &db);
	sqlite3_exec(db,
	    mem_printf(h,
		"SELECT sha256 FROM file WHERE "
		"file_id = %d",
		(int)h->file_id),
	    collect_row, sha, NULL);
	sqlite3_exec(db,
	    mem_printf(h,
		"SELECT type FROM file WHERE "
		"file_id = %d",
		(int)h->file_id),
	    collect_row, type, NULL);
	sqlite3_close(db);
	f.sha256 = sha;
	f.type = type;
	f.path = spool_blob(&h->run, h, sha);
	f.next_record = ask_int(h,
	    mem_printf(h,
		"SELECT next_record FROM "
		"file WHERE file_id = %d",
		(int)h->file_id));
	f.next_offset = ask_int(h,
	    mem_printf(h,
		"SELECT next_offset FROM "
		"file WHERE file_id = %d",
		(int)h->file_id));
	f.next_line = ask_int(h,
	    mem_printf(h,
		"SELECT next_line FROM file "
		"WHERE file_id = %d",
		(int)h->file_id));
	h->res = (struct stage_result){ 0 };
	return feed_type_of(type)->ingest(&h->run, &f, &h->res, err);
}

static inline void
feed(struct home *h, const char *type, const char *text)
{
	put_file(h, type, text);
	ASSERT_OK(read_file(h, ERR));
}

/* The payload of the last dead letter, as a person would see it. */
static inline char *
last_payload(struct home *h)
{
	char sha[80] = "";
	sqlite3 *db;
	char *text;
	size_t n;

	sqlite3_open(fs_path(h, h->cfg.home, "oms.db"), &db);
	sqlite3_exec(db,
	    "SELECT sha256 FROM dead ORDER BY dead_id DESC "
	    "LIMIT 1",
	    collect_row, sha, NULL);
	sqlite3_close(db);
	ASSERT_OK(
	    text = fs_read(h, spool_blob(&h->run, h, sha), 1 << 20, &n, ERR));
	return text;
}

#endif
