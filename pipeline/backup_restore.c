/*
 * backup_restore.c - a home out of a copy: see backup.h.
 *
 * The order makes it safe to be killed: the stop, then what only adds, then
 * the old database away, then the new one in its place by one rename.  Until
 * that rename the home has its old database or none, and no run begins.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/num.h"
#include "base/scope.h"
#include "base/str.h"
#include "pipeline/backup_internal.h"
#include "pipeline/stop.h"
#include "store/audit.h"
#include "store/stmt.h"

enum { DIR_MODE = 0750, CACHE_BYTES = 8 << 20 };

struct restorer {
	const struct backup_store *st;
	const char *home;
	const char *actor;
	int64_t now_us;
	struct restored *ret;
	mem_ctx *ctx;
	const char *scratch;
	struct db *db; /* the new one, still beside its place */
};

static char *
in_home(const struct restorer *r, mem_ctx *ctx, const char *name)
{
	return fs_path(ctx, r->home, name);
}

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static bool
make_folders(struct restorer *r, struct oms_error *err)
{
	static const char *const names[] = { "partners", "jobs", "rules",
		"inbox", "outbox", "deadletter", "archive", "locks",
		"spool/tmp", "spool/blob" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!fs_mkdir(in_home(r, r->ctx, names[i]), DIR_MODE, err))
			return false;
	return true;
}

/* ---- pieces ------------------------------------------------------------- */

/* A blob that is there is read: what may be damaged is why we are here. */
static bool
is_right(const char *path, const struct piece *p)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct oms_error unread = NO_ERROR;
	char sha[FS_SHA_BYTES];
	int64_t bytes;

	return fd >= 0 && fs_hash_fd(fd, sha, &bytes, &unread) &&
	    bytes == p->bytes && strcmp(sha, p->sha256) == 0;
}

static bool
put_file(struct restorer *r, mem_ctx *row, const struct piece *p,
    const char *path, mode_t mode, struct oms_error *err)
{
	char *tmp = fs_path(row, r->scratch, "piece");
	char *dir = mem_strndup(row, path, (size_t)(strrchr(path, '/') - path));

	if (!fs_mkdir(dir, DIR_MODE, err) || !fs_remove(tmp, err) ||
	    !piece_get(r->st, p, tmp, err))
		return false;
	if (chmod(tmp, mode) < 0)
		return oms_fail_errno(err, OMS_IO, "chmod %s", tmp);
	return fs_publish(tmp, path, err);
}

/* So that what came by hand can be put back before the first run. */
static bool
make_inbox(struct restorer *r, mem_ctx *row, const struct piece *p,
    struct oms_error *err)
{
	const char *id = p->path + strlen("partners/");

	return strncmp(p->path, "partners/", strlen("partners/")) != 0 ||
	    fs_mkdir(mem_printf(row, "%s/inbox/%.*s", r->home,
			 (int)strcspn(id, "."), id),
		DIR_MODE, err);
}

static bool
restore_piece(void *u, const struct piece *p, struct oms_error *err)
{
	struct restorer *r = u;
	mem_ctx *row = mem_ctx_new(NULL, "piece");
	bool is_blob = strncmp(p->path, "spool/blob/", 11) == 0, ok = true;
	char *path = in_home(r, row, p->path);

	if (strcmp(p->path, "oms.db") == 0) {
		path = fs_path(row, r->scratch, "oms.db");
		ok = fs_remove(path, err) && piece_get(r->st, p, path, err);
	} else if (is_blob && !is_right(path, p)) {
		r->ret->blobs++;
		ok = fs_remove(path, err) &&
		    put_file(r, row, p, path, 0600, err);
	} else if (!is_blob && exists(path)) {
		r->ret->kept++;
	} else if (!is_blob) {
		ok = put_file(r, row, p, path, 0640, err);
	}
	ok = ok && make_inbox(r, row, p, err);
	mem_free(row);
	return ok;
}

/* ---- the database ------------------------------------------------------- */

/* It lay in our outbox; whether it was taken since, nobody here knows. */
static bool
doubt_lay(void *u, const char *partner, const char *name, struct oms_error *err)
{
	struct restorer *r = u;
	struct stmt *s;

	if (exists(
		mem_printf(r->ctx, "%s/outbox/%s/%s", r->home, partner, name)))
		return true; /* it still does */
	s = stmt_begin(r->db, SQL_RESTORE_DOUBT, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":code", oms_code_name(OMS_UNCERTAIN));
	stmt_text(s, ":reason",
	    "it lay in the outbox when the backup was made; the partner may "
	    "have taken it since");
	stmt_text(s, ":partner", partner);
	stmt_text(s, ":name", name);
	return stmt_run(s, NULL, err);
}

static bool
note_restore(struct restorer *r, const char *list, struct oms_error *err)
{
	const struct backup_info *info = &r->ret->info;
	struct audit_entry e = { .category = "home",
		.action = "restore",
		.object = mem_printf(r->ctx, "backup %s", info->name) };
	int64_t restore_id;
	struct stmt *s;

	if (!db_next(r->db, "restore", &restore_id, err) ||
	    (s = stmt_begin(r->db, SQL_RESTORE_ADD, err)) == NULL)
		return false;
	stmt_int(s, ":restore_id", restore_id);
	stmt_text(s, ":backup", info->name);
	stmt_int(s, ":backup_ts_us", info->ts_us);
	stmt_int(s, ":ts_us", r->now_us);
	return stmt_run(s, NULL, err) &&
	    manifest_each(list, NULL, doubt_lay, r, err) &&
	    audit_add(r->db, r->now_us, r->actor, &e, err);
}

static bool
note_keys(struct restorer *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->db, SQL_PERSONAL_KEYS, err);
	size_t len = 0, size = sizeof(r->ret->key_ids);

	while (s != NULL && stmt_next(s, err))
		if (len < size)
			len += (size_t)snprintf(r->ret->key_ids + len,
			    size - len, "%s%s", len > 0 ? " " : "",
			    col_text(s, 0));
	return err->code == OMS_OK;
}

/* Beside its place: what is noted in it comes with it by the same rename. */
static bool
prepare_database(struct restorer *r, const char *list, struct oms_error *err)
{
	bool ok;

	if (!db_check_file(fs_path(r->ctx, r->scratch, "oms.db"), err))
		return oms_context(err, "the database of the backup");
	r->db = db_open(r->ctx, r->scratch, DB_WRITE, CACHE_BYTES, err);
	ok = r->db != NULL && db_begin(r->db, err);
	if (ok && !note_restore(r, list, err)) {
		db_rollback(r->db);
		ok = false;
	}
	ok = ok && db_commit(r->db, "restore.noted", err) &&
	    note_keys(r, err) && db_checkpoint(r->db, err);
	mem_free(r->db);
	r->db = NULL;
	return ok;
}

/*
 * The old one goes first and its WAL after it: a WAL that is left behind by a
 * kill is moved by the next try, before any database stands beside it.  The
 * journal tells what led to the old one: the new one begins its own.
 */
static bool
set_aside(struct restorer *r, struct oms_error *err)
{
	static const char *const names[] = { "oms.db", "oms.db-wal",
		"oms.db-shm", "spool/journal" };
	char stamp[NUM_TS_BYTES];
	char *dir = NULL, *from, *to;

	num_format_stamp(r->now_us, stamp);
	for (int n = 1;; n++) {
		snprintf(r->ret->aside, sizeof(r->ret->aside), "replaced/%s-%d",
		    stamp, n);
		dir = in_home(r, r->ctx, r->ret->aside);
		if (!exists(fs_path(r->ctx, dir, "oms.db")) ||
		    !exists(in_home(r, r->ctx, "oms.db")))
			break;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		from = in_home(r, r->ctx, names[i]);
		to = fs_path(r->ctx, dir,
		    i < 3 ? names[i] : strrchr(names[i], '/') + 1);
		if (!exists(from))
			continue;
		if (!fs_mkdir(dir, 0700, err))
			return false;
		if (rename(from, to) < 0)
			return oms_fail_errno(err, OMS_IO, "move %s to %s",
			    from, to);
		fault_step("restore.aside");
		if (!fs_sync_dir_of(to, err) || !fs_sync_dir_of(from, err))
			return false;
	}
	if (!exists(dir))
		r->ret->aside[0] = '\0';
	return true;
}

static bool
restore(struct restorer *r, const char *name, struct oms_error *err)
{
	char *list;

	r->scratch = backup_scratch(r->ctx, r->home, err);
	return r->scratch != NULL &&
	    manifest_open(r->ctx, r->st, name, r->scratch, &list, &r->ret->info,
		err) &&
	    stop_set(r->home, NULL, r->actor, r->now_us,
		mem_printf(r->ctx, "restored from backup %s; next: oms recover",
		    r->ret->info.name),
		NULL, err) &&
	    make_folders(r, err) &&
	    manifest_each(list, restore_piece, NULL, r, err) &&
	    prepare_database(r, list, err) && set_aside(r, err) &&
	    fs_publish(fs_path(r->ctx, r->scratch, "oms.db"),
		in_home(r, r->ctx, "oms.db"), err);
}

bool
backup_restore(const struct backup_store *st, const char *name,
    const char *home, const char *actor, int64_t now_us, struct restored *ret,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "restore");
	struct restorer r = { .st = st,
		.home = home,
		.actor = actor,
		.now_us = now_us,
		.ret = ret,
		.ctx = ctx };
	AUTO_CLOSE int run = -1;
	AUTO_CLOSE int lock = -1;
	struct oms_error unswept = NO_ERROR;
	bool ok = fs_mkdir(fs_path(ctx, home, "locks"), DIR_MODE, err);

	*ret = (struct restored){ 0 };
	if (ok)
		run = fs_lock(fs_path(ctx, home, "locks/run.lock"), 0, err);
	if (run >= 0)
		lock = backup_lock(ctx, home, err);
	ok = lock >= 0 && restore(&r, name, err);
	if (r.scratch != NULL) /* nothing unsealed is left lying about */
		(void)!backup_scratch(ctx, home, &unswept);
	mem_free(ctx);
	return ok || oms_context(err, "restore %s", home);
}
