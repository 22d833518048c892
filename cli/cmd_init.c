/*
 * cmd_init.c - make a home that runs.
 *
 * The order of the steps makes a half-made home safe to finish: the marker
 * first, oms.db last, the marker away when all is there.  A folder with other
 * people's files is never touched.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/fs.h"
#include "base/str.h"
#include "cli/commands.h"
#include "gen/example.h"
#include "pipeline/personal.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/stmt.h"

enum { DIR_MODE = 0750, FILE_MODE = 0640, NEW_DB_CACHE_BYTES = 4 << 20 };

static const char marker[] = ".oms-init";
static const char
    marker_text[] = "oms init has not finished this home; run it again\n";

struct home {
	struct cli *c;
	mem_ctx *ctx;
	const char *dir;
	bool is_example;
	bool has_edi; /* its partners who trade EDI, too */
	bool has_key;
	bool is_begun; /* an earlier oms init was stopped */
};

static char *
in_home(const struct home *h, const char *name)
{
	return fs_path(h->ctx, h->dir, name);
}

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Empty, absent, or ours and half made: anything else is refused. */
static bool
check_dir(struct home *h, struct oms_error *err)
{
	DIR *d = opendir(h->dir);
	const struct dirent *e;
	bool is_empty = true;

	if (d == NULL && errno == ENOENT)
		return true;
	if (d == NULL)
		return oms_fail_errno(err, OMS_USAGE, "folder %s", h->dir);
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			is_empty = false;
	(void)closedir(d);
	h->is_begun = exists(in_home(h, marker));
	if (is_empty || h->is_begun)
		return true;
	if (exists(in_home(h, "oms.db")))
		return oms_fail(err, OMS_USAGE, "%s is a home already", h->dir);
	return oms_fail(err, OMS_USAGE, "%s is not empty", h->dir);
}

static bool
make_folders(const struct home *h, struct oms_error *err)
{
	static const char *const names[] = { "partners", "jobs", "rules",
		"inbox", "outbox", "deadletter/requeue", "archive", "locks",
		"spool/tmp", "spool/blob" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!fs_mkdir(in_home(h, names[i]), DIR_MODE, err))
			return false;
	return true;
}

/* A whole file under its name; one that is there already stays as it is. */
static bool
put(const struct home *h, const char *name, const char *text,
    struct oms_error *err)
{
	char *final = in_home(h, name);
	char *tmp = in_home(h, "spool/tmp/init");

	if (exists(final))
		return true;
	return fs_remove(tmp, err) &&
	    fs_write_tmp(tmp, text, strlen(text), FILE_MODE, err) &&
	    fs_publish(tmp, final, err);
}

static bool
put_marker(const struct home *h, struct oms_error *err)
{
	char *path = in_home(h, marker);

	return h->is_begun ||
	    (fs_write_tmp(path, marker_text, sizeof(marker_text) - 1, FILE_MODE,
		 err) &&
		fs_sync_dir_of(path, err));
}

/* Reference data is also dropped, as the merchant would; the copy in rules/
 * stays to be edited and dropped again. */
static bool
drop_reference(const struct home *h, const char *name, const char *text,
    struct oms_error *err)
{
	static const char rules[] = "rules/";
	size_t n = sizeof(rules) - 1;

	/* Once the database is there, they may have been taken in. */
	if (strncmp(name, rules, n) != 0 || exists(in_home(h, "oms.db")))
		return true;
	return fs_mkdir(in_home(h, "inbox/merchant"), DIR_MODE, err) &&
	    put(h, mem_printf(h->ctx, "inbox/merchant/%s", name + n), text,
		err);
}

/*
 * The files of config/ lie in the program, named as in the source tree; those
 * of config/edi/ are more of the same, for who asks for them.
 */
static bool
put_example(const struct home *h, struct oms_error *err)
{
	static const char top[] = "config/", edi[] = "edi/";

	for (int i = 0; i < EXAMPLE_COUNT; i++) {
		const char *name = example_names[i] + sizeof(top) - 1;

		if (strncmp(name, edi, sizeof(edi) - 1) == 0) {
			if (!h->has_edi)
				continue;
			name += sizeof(edi) - 1;
		}
		if (!put(h, name, example_texts[i], err) ||
		    !drop_reference(h, name, example_texts[i], err))
			return false;
	}
	return true;
}

/* Folders where partners drop and fetch. */
static bool
make_partner_folders(const struct home *h, const struct config *cfg,
    struct oms_error *err)
{
	for (size_t i = 0; i < cfg->partner_count; i++) {
		const char *id = cfg->partners[i].id;

		if (!fs_mkdir(mem_printf(h->ctx, "%s/inbox/%s", h->dir, id),
			DIR_MODE, err) ||
		    !fs_mkdir(mem_printf(h->ctx, "%s/outbox/%s", h->dir, id),
			DIR_MODE, err))
			return false;
	}
	return true;
}

/* Leave nothing of an earlier try beside the new database. */
static bool
clear_new(const struct home *h, const char *dir, struct oms_error *err)
{
	static const char *const names[] = { "oms.db", "oms.db-wal",
		"oms.db-shm", "oms.db.writer" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!fs_remove(fs_path(h->ctx, dir, names[i]), err))
			return false;
	return true;
}

/*
 * The database is made beside its place and renamed into it whole, so that
 * a home either has a database or has none.
 */
static bool
make_database(const struct home *h, struct oms_error *err)
{
	char *dir = in_home(h, "spool/tmp/new");
	mem_ctx *ctx = mem_ctx_new(h->ctx, "new");
	struct db *db;
	bool ok;

	if (exists(in_home(h, "oms.db")))
		return true;
	if (exists(in_home(h, "spool/journal/lock"))) /* it comes after it */
		return oms_fail(err, OMS_STORE_DAMAGED,
		    "%s is gone, and spool/journal knows that it was there",
		    in_home(h, "oms.db"));
	if (!fs_mkdir(dir, DIR_MODE, err) || !clear_new(h, dir, err))
		return false;
	db = db_open(ctx, dir, DB_CREATE, NEW_DB_CACHE_BYTES, err);
	ok = db != NULL && db_checkpoint(db, err);
	mem_free(ctx);
	if (!ok ||
	    !fs_publish(fs_path(h->ctx, dir, "oms.db"), in_home(h, "oms.db"),
		err) ||
	    !clear_new(h, dir, err))
		return false;
	(void)rmdir(dir);
	return true;
}

/* The key ring of a new home, unless there is one. */
static bool
make_key(const struct home *h, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(h->ctx, "key");
	const struct config *cfg = config_load(ctx, h->dir, err);
	const char *text;
	bool ok = cfg != NULL;

	if (ok && personal_load(ctx, cfg, err) == NULL) {
		text = err->code == OMS_OK
		    ? ring_text(ctx, NULL, true, NULL, err)
		    : NULL;
		ok = text != NULL && personal_write(cfg, text, err);
	}
	mem_free(ctx);
	return ok;
}

static bool
say_made(const struct home *h, struct run *run, struct oms_error *err)
{
	struct audit_entry e = { .category = "home",
		.action = "init",
		.object = "home",
		.after = h->is_example ? "made, with an example" : "made" };
	struct stmt *s = stmt_begin(run->db, SQL_AUDIT_HAS_MADE, err);
	bool is_said = s != NULL && stmt_one(s, err);

	if (s != NULL)
		stmt_end(s);
	if (is_said || err->code != OMS_OK)
		return is_said;
	if (!db_begin(run->db, err))
		return false;
	if (audit_add(run->db, run->now_us, run->actor, &e, err))
		return db_commit(run->db, "init.audit", err);
	db_rollback(run->db);
	return false;
}

/*
 * The first transactions of a home: its journal begins here, with nothing.
 * One that was killed in between is begun again: what is there stays.  A new
 * home encrypts from its first row on, unless it is told not to.
 */
static bool
make_rows(const struct home *h, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(h->ctx, "rows");
	bool is_used = false, is_done = false;
	struct run *run = NULL;
	struct ring *ring;
	bool ok = !h->has_key || make_key(h, err);

	if (ok)
		run = jobs_open_alone(ctx, h->dir, "init", err);
	ok = run != NULL && personal_state(run, NULL, &is_used, &is_done, err);
	if (ok && h->has_key && !is_used) {
		ring = personal_load(ctx, run->cfg, err);
		ok = ring != NULL && personal_begin(run, ring, err);
	}
	ok = ok && say_made(h, run, err);
	mem_free(ctx);
	return ok;
}

static bool
make_files(struct home *h, struct oms_error *err)
{
	const struct config *cfg;
	bool ok = fs_mkdir(h->dir, DIR_MODE, err) && put_marker(h, err) &&
	    make_folders(h, err) &&
	    (h->is_example ? put_example(h, err)
			   : put(h, "oms.ini", config_template(h->ctx), err));

	if (!ok)
		return false;
	cfg = config_load(h->ctx, h->dir, err);
	return cfg != NULL && make_partner_folders(h, cfg, err) &&
	    make_database(h, err) && make_rows(h, err);
}

/* The reference data that lies in the inbox: products, stock, rates ... */
static enum exit_code
load_example(const struct home *h)
{
	struct job_request req = { .home = h->dir, .job = "intake" };
	struct run_report report;
	enum exit_code code = jobs_run(h->ctx, &req, &report);

	if (report.err.code != OMS_OK)
		(void)cli_fail(h->c, &report.err);
	return code;
}

enum exit_code
cmd_init(struct cli *c)
{
	struct home h = { .c = c,
		.ctx = mem_ctx_new(c->ctx, "init"),
		.dir = c->args[0],
		.is_example = cli_flag(c, "example") ||
		    cli_flag(c, "example-edi"),
		.has_edi = cli_flag(c, "example-edi"),
		.has_key = !cli_flag(c, "no-key") };
	struct oms_error err = NO_ERROR;
	enum exit_code code = EXIT_OK;

	if (!check_dir(&h, &err) || !make_files(&h, &err))
		return cli_fail(c, &err);
	if (h.is_example)
		code = load_example(&h);
	if (code == EXIT_OK && !fs_remove(in_home(&h, marker), &err))
		return cli_fail(c, &err);
	if (code == EXIT_OK)
		cli_say(c, "%s is a home%s; next: oms --home %s status", h.dir,
		    h.is_example ? " with an example in it" : "", h.dir);
	return code;
}
