/*
 * exchange_home.h - a home with one partner whose tree is a folder beside it.
 *
 *	<home>/there/       the partner's tree: out/ in/ archive/
 *	<home>/inbox/shop/  where files are dropped by hand
 *
 * SQL here is the test's own: it makes states that only a crash makes, and
 * looks at what is left, past the code under test.
 */
#ifndef OMS_TESTS_EXCHANGE_HOME_H
#define OMS_TESTS_EXCHANGE_HOME_H

#include "tests/unit/testing.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "pipeline/spool.h"
#include "pipeline/stage.h"
#include "store/db.h"

#define HOME_NOW_US INT64_C(1774663200000000) /* 2026-03-28T02:00:00Z */
#define HOUR_US     (INT64_C(3600) * 1000000)

struct home {
	mem_ctx *ctx;
	char *root;
	struct config cfg;
	struct partner partner[2];
	struct run run;
	struct stage_result res;
	sqlite3 *sql;
};

static inline char *
home_path(struct home *h, const char *name)
{
	return fs_path(h->ctx, h->root, name);
}

static inline void
home_mkdir(struct home *h, const char *name)
{
	ASSERT_OK(fs_mkdir(home_path(h, name), 0750, ERR));
}

static inline void
home_write(struct home *h, const char *name, const char *text)
{
	char *path = home_path(h, name);

	(void)unlink(path);
	ASSERT_OK(fs_write_tmp(path, text, strlen(text), 0640, ERR));
}

static inline bool
home_has(struct home *h, const char *name)
{
	struct stat st;

	return lstat(home_path(h, name), &st) == 0;
}

static inline void
home_sql(struct home *h, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(h->sql, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
}

/* The first column of the first row, as text; "" when there is none. */
static inline const char *
home_ask(struct home *h, const char *sql)
{
	sqlite3_stmt *s;
	char *got = mem_strdup(h->ctx, "");

	if (sqlite3_prepare_v2(h->sql, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(h->sql));
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
		got = mem_strdup(h->ctx,
		    (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return got;
}

#define assert_sql(h, sql, want) assert_string_equal(home_ask(h, sql), want)

static inline void
home_free(void *p)
{
	sqlite3_close(((struct home *)p)->sql);
}

static inline void
home_partner(struct home *h, struct partner *p, const char *id,
    const char *path)
{
	p->id = mem_strdup(h->ctx, id);
	p->kind = mem_strdup(h->ctx, "shop");
	p->node = mem_strdup(h->ctx, "");
	p->transport = mem_strdup(h->ctx, "folder");
	p->path = mem_strdup(h->ctx, path);
	p->publish = mem_strdup(h->ctx, "rename");
	p->idle_timeout_ms = 5000;
	p->connect_timeout_ms = 5000;
	p->file_deadline_s = 60;
	p->session_deadline_s = 60;
	p->max_entries = 1000;
}

static inline struct feed *
home_feed(struct home *h, struct partner *p, enum feed_direction direction,
    const char *name, const char *type, const char *dir, const char *pattern)
{
	struct feed *f = &p->feeds[p->feed_count++];

	f->name = mem_strdup(h->ctx, name);
	f->type = mem_strdup(h->ctx, type);
	f->dir = mem_strdup(h->ctx, dir);
	f->pattern = mem_strdup(h->ctx, pattern);
	f->done_suffix = mem_strdup(h->ctx, ".done");
	f->archive_dir = mem_strdup(h->ctx, "archive");
	f->channel = mem_strdup(h->ctx, "");
	f->format = mem_strdup(h->ctx, "");
	f->direction = direction;
	f->complete = COMPLETE_RENAME;
	f->after = AFTER_ARCHIVE;
	f->max_bytes = 1000;
	f->max_rejects = -1;
	return f;
}

/* What a new process would have: its own connection. */
static inline void
home_open(struct home *h)
{
	ASSERT_OK(h->run.db = db_open(h->ctx, h->root, DB_WRITE, 1 << 20, ERR));
}

static inline struct home *
home_new(mem_ctx *ctx)
{
	static const char *const folders[] = { "spool/tmp", "spool/blob",
		"inbox/shop", "outbox", "locks", "there/out", "there/in",
		"there/archive" };
	struct home *h = mem_new(ctx, struct home);
	struct db *db;

	h->ctx = h;
	h->root = testing_tmpdir(h);
	for (size_t i = 0; i < COUNT(folders); i++)
		home_mkdir(h, folders[i]);
	ASSERT_OK(db = db_open(h, h->root, DB_CREATE, 1 << 20, ERR));
	mem_free(db);
	assert_int_equal(sqlite3_open(home_path(h, "oms.db"), &h->sql),
	    SQLITE_OK);
	sqlite3_busy_timeout(h->sql, 5000);
	mem_on_free(h, home_free);
	home_open(h);

	h->cfg.home = h->root;
	h->cfg.partners = h->partner;
	h->cfg.partner_count = 1;
	h->cfg.max_attempts = 3;
	h->cfg.inbox_settle_ms = 1;
	h->cfg.batch_orders = 1000;
	(void)snprintf(h->cfg.sha256, sizeof(h->cfg.sha256), "config-1");
	home_partner(h, &h->partner[0], "shop", home_path(h, "there"));
	h->run = (struct run){ .ctx = h,
		.cfg = &h->cfg,
		.db = h->run.db,
		.run_id = 1,
		.now_us = HOME_NOW_US,
		.window = "2026-03-28",
		.actor = "run:1" };
	clock_fix(HOME_NOW_US);
	log_set_level(LOG_ERROR_);
	return h;
}

static inline void
home_run(struct home *h, stage_fn *stage)
{
	h->res = (struct stage_result){ 0 };
	ASSERT_OK(stage(&h->run, &h->res, ERR));
}

/* The stage in a process of its own, stopped dead after step durable steps. */
static inline int
home_run_stopped(struct home *h, stage_fn *stage, int step)
{
	char *counter = home_path(h, "steps");
	char text[16];
	int status;
	pid_t pid;

	(void)snprintf(text, sizeof(text), "%d\n", step);
	home_write(h, "steps", text);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct stage_result res = { 0 };
		struct oms_error err = NO_ERROR;
		int null = open("/dev/null", O_WRONLY);

		(void)dup2(null, STDERR_FILENO);
		setenv("OMS_STOP_COUNTER", counter, 1);
		h->run.db = db_open(NULL, h->root, DB_WRITE, 1 << 20, &err);
		_exit(h->run.db != NULL && stage(&h->run, &res, &err) ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

/*
 * A new home, filled, the stage stopped after its first durable step, and a
 * look; then the same for its second step, until nothing is left to stop.
 * check() runs the stage again.  Returns the steps tried.
 */
static inline int
home_stop_at_each_step(int (*setup)(void **state), void (*fill)(struct home *),
    stage_fn *stage, void (*check)(struct home *))
{
	int step = 0, status;

	do {
		void *state;

		setup(&state);
		fill(state);
		status = home_run_stopped(state, stage, ++step);
		check(state);
		mem_free(mem_parent(state));
	} while (status == FAULT_STOPPED);
	assert_int_equal(status, 0);
	return step;
}

#endif
