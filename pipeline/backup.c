/*
 * backup.c - see backup.h.
 *
 * A manifest is text:
 *
 *   oms-backup 1
 *   made 2026-03-28T02:00:00Z
 *   oms 0.1.0
 *   run 17
 *   piece <sha256> <bytes> <path in the home>
 *   lay <partner>/<name>           in outbox/, for a partner to fetch
 *   end <pieces> <bytes> <sha256 of all lines before>
 */

#include "pipeline/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/num.h"
#include "base/scope.h"
#include "base/str.h"
#include "pipeline/backup_internal.h"
#include "pipeline/partner_state.h"
#include "pipeline/spool.h"
#include "store/audit.h"
#include "store/stmt.h"

enum { DIR_MODE = 0700, CACHE_BYTES = 8 << 20, LINE_BYTES = 1500 };

static const char plain_end[] = ".backup";
static const char sealed_end[] = ".sealed";

/* ---- the folder of unsealed things -------------------------------------- */

/* Plain files only; a folder of ours has no others. */
static bool
sweep(mem_ctx *ctx, const char *dir, struct oms_error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool ok = true;

	if (d == NULL)
		return oms_fail_errno(err, OMS_IO, "folder %s", dir);
	while (ok && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			ok = fs_remove(fs_path(ctx, dir, e->d_name), err);
	(void)closedir(d);
	return ok;
}

char *
backup_scratch(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	char *dir = fs_path(ctx, home, "spool/backup");

	return fs_mkdir(dir, DIR_MODE, err) && sweep(ctx, dir, err) ? dir
								    : NULL;
}

/* ---- pieces ------------------------------------------------------------- */

static char *
piece_path(mem_ctx *ctx, const struct backup_store *st, const char *sha)
{
	char name[FS_SHA_BYTES];

	str_copy(name, sizeof(name), sha);
	if (st->key != NULL)
		file_key_name(st->key, sha, name);
	return mem_printf(ctx, "%s/data/%.2s/%s", st->dir, name, name);
}

static int64_t
size_in_store(const struct backup_store *st, int64_t bytes)
{
	return st->key == NULL ? bytes : sealed_file_bytes(bytes);
}

/* Is it there, of the right size?  What is in it was proved when it came. */
static bool
is_stored(const struct backup_store *st, const char *path, int64_t bytes)
{
	struct stat s;

	return lstat(path, &s) == 0 && S_ISREG(s.st_mode) &&
	    s.st_size == size_in_store(st, bytes);
}

static bool
damaged(struct oms_error *err, const char *what)
{
	return oms_fail(err, OMS_DAMAGED, "%s", what);
}

bool
piece_get(const struct backup_store *st, const struct piece *p, const char *dst,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "piece");
	AUTO_CLOSE int fd = open(piece_path(row, st, p->sha256),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char sha[FS_SHA_BYTES];
	int64_t bytes = 0;
	bool ok;

	if (fd < 0)
		ok = errno == ENOENT
		    ? damaged(err, "the piece is missing")
		    : oms_fail_errno(err, OMS_IO, "open a piece");
	else if (st->key != NULL)
		ok = sealed_file_read(fd, dst, st->key, sha, &bytes, err);
	else if (dst != NULL)
		ok = fs_copy_hashed(fd, dst, INT64_MAX, sha, &bytes, err);
	else
		ok = fs_hash_fd(fd, sha, &bytes, err);
	mem_free(row);
	if (!ok && err->code == OMS_SECRET) /* the manifest could be opened */
		err->code = OMS_DAMAGED;
	if (ok && (bytes != p->bytes || strcmp(sha, p->sha256) != 0)) {
		if (dst != NULL)
			(void)unlink(dst);
		ok = damaged(err, "the piece is not what was written");
	}
	return ok || oms_context(err, "%s", p->path);
}

/* Write what is read from fd under a name of its own; ret is what it was. */
static bool
write_tmp(const struct backup_store *st, int fd, const char *tmp,
    struct piece *ret, struct oms_error *err)
{
	return st->key != NULL
	    ? sealed_file_write(fd, tmp, st->key, ret->sha256, &ret->bytes, err)
	    : fs_copy_hashed(fd, tmp, INT64_MAX, ret->sha256, &ret->bytes, err);
}

/* ---- making ------------------------------------------------------------- */

struct maker {
	struct run *run;
	const struct backup_store *st;
	struct backup_made *made;
	mem_ctx *ctx;
	const char *scratch;
	struct db *copy;
	FILE *list; /* the manifest */
	struct fs_sha sha;
	unsigned tmps;
};

static void
list_line(struct maker *m, const char *text)
{
	fs_sha_add(&m->sha, text, strlen(text));
	(void)fputs(text, m->list); /* ferror() is asked at the end */
}

static void
list_piece(struct maker *m, const struct piece *p, bool is_new)
{
	mem_ctx *row = mem_ctx_new(NULL, "line");

	list_line(m,
	    mem_printf(row, "piece %s %lld %s\n", p->sha256,
		(long long)p->bytes, p->path));
	mem_free(row);
	m->made->info.pieces++;
	m->made->info.bytes += p->bytes;
	m->made->new_pieces += is_new;
	m->made->new_bytes += is_new ? p->bytes : 0;
}

static char *
next_tmp(struct maker *m, mem_ctx *ctx)
{
	return mem_printf(ctx, "%s/tmp/%u", m->st->dir, ++m->tmps);
}

/* The finished tmp gets its name, and is read back from under it. */
static bool
publish_piece(struct maker *m, mem_ctx *row, const char *tmp,
    const struct piece *p, struct oms_error *err)
{
	char *path = piece_path(row, m->st, p->sha256);
	char *dir = mem_strndup(row, path, (size_t)(strrchr(path, '/') - path));

	/* Under this name and not whole: an older fault of that disk. */
	if (access(path, F_OK) == 0 && !is_stored(m->st, path, p->bytes) &&
	    !fs_remove(path, err))
		return false;
	return fs_mkdir(dir, DIR_MODE, err) && fs_publish(tmp, path, err) &&
	    piece_get(m->st, p, NULL, err);
}

/* want: the sha256 it must have, or NULL.  *ret_ok: it was there and right. */
static bool
put_piece(struct maker *m, const char *path, const char *src, const char *want,
    bool *ret_ok, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "piece");
	struct piece p = { .path = mem_strdup(row, path) };
	char *tmp = next_tmp(m, row);
	AUTO_CLOSE int fd = open(src, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool ok = true, known = false;

	*ret_ok = fd >= 0;
	if (fd >= 0)
		ok = write_tmp(m->st, fd, tmp, &p, err);
	if (ok && *ret_ok && want != NULL && strcmp(want, p.sha256) != 0) {
		*ret_ok = false;
		ok = fs_remove(tmp, err);
	}
	if (ok && *ret_ok) {
		known = is_stored(m->st, piece_path(row, m->st, p.sha256),
		    p.bytes);
		ok = known ? fs_remove(tmp, err)
			   : publish_piece(m, row, tmp, &p, err);
	}
	if (ok && *ret_ok)
		list_piece(m, &p, !known);
	mem_free(row);
	return ok;
}

static bool
copy_database(struct maker *m, const char *path, struct oms_error *err)
{
	if (!db_copy_to(m->run->db, path, err))
		return false;
	fault_step("backup.copied");
	if (!db_check_file(path, err))
		return oms_context(err, "no copy is made of it");
	m->copy = db_open(m->ctx, m->scratch, DB_READ, CACHE_BYTES, err);
	return m->copy != NULL;
}

/* The files of one folder of the configuration that end so. */
static bool
put_folder(struct maker *m, const char *folder, const char *end,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "folder");
	struct dirent **e = NULL;
	int n = scandir(fs_path(ctx, m->run->cfg->home, folder), &e, NULL,
	    alphasort);
	bool ok = true, there;

	for (int i = 0; i < n; i++) {
		char *path = fs_path(ctx, folder, e[i]->d_name);
		size_t len = strlen(e[i]->d_name), k = strlen(end);

		if (ok && e[i]->d_type == DT_REG && len > k &&
		    str_is_safe_name(e[i]->d_name) &&
		    strcmp(e[i]->d_name + len - k, end) == 0)
			ok = put_piece(m, path,
			    fs_path(ctx, m->run->cfg->home, path), NULL, &there,
			    err);
		free(e[i]);
	}
	free(e);
	mem_free(ctx);
	return ok;
}

static bool
put_config(struct maker *m, struct oms_error *err)
{
	bool there;

	return put_piece(m, "oms.ini",
		   fs_path(m->ctx, m->run->cfg->home, "oms.ini"), NULL, &there,
		   err) &&
	    put_folder(m, "partners", ".ini", err) &&
	    put_folder(m, "jobs", ".ini", err) &&
	    put_folder(m, "rules", ".csv", err);
}

static void
tell_bad_blob(struct maker *m, const char *sha)
{
	m->made->bad_blobs++;
	log_event(LOG_WARN_, "backup",
	    "blob=%s event=backup.blob: it is missing or damaged, and not in "
	    "the backup",
	    sha);
}

static bool
put_blob(struct maker *m, const char *sha, int64_t bytes, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "blob");
	struct piece p = { .bytes = bytes };
	bool ok = true, there = true;

	p.path = mem_printf(row, "spool/blob/%.2s/%s", sha, sha);
	str_copy(p.sha256, sizeof(p.sha256), sha);
	if (bytes >= 0 && is_stored(m->st, piece_path(row, m->st, sha), bytes))
		list_piece(m, &p, false);
	else
		ok = put_piece(m, p.path, spool_blob(m->run, row, sha), sha,
		    &there, err);
	if (ok && !there)
		tell_bad_blob(m, sha);
	mem_free(row);
	return ok;
}

static bool
put_blobs(struct maker *m, struct oms_error *err)
{
	struct stmt *s = stmt_begin(m->copy, SQL_BACKUP_BLOBS, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err))
		if (!put_blob(m, col_text(s, 0), col_int(s, 1), err))
			return false;
	return err->code == OMS_OK;
}

/* What lay there for its partner to fetch; only its name: it is in a blob. */
static void
list_outbox(struct maker *m)
{
	const struct config *cfg = m->run->cfg;

	for (size_t i = 0; i < cfg->partner_count; i++) {
		mem_ctx *ctx = mem_ctx_new(NULL, "outbox");
		const char *id = cfg->partners[i].id;
		struct dirent **e = NULL;
		int n = partner_is_remote(&cfg->partners[i])
		    ? 0
		    : scandir(mem_printf(ctx, "%s/outbox/%s", cfg->home, id),
			  &e, NULL, alphasort);

		for (int k = 0; k < n; k++) {
			if (str_is_safe_name(e[k]->d_name))
				list_line(m,
				    mem_printf(ctx, "lay %s/%s\n", id,
					e[k]->d_name));
			free(e[k]);
		}
		free(e);
		mem_free(ctx);
	}
}

static bool
last_run(struct maker *m, struct oms_error *err)
{
	struct stmt *s = stmt_begin(m->copy, SQL_BACKUP_LAST_RUN, err);

	if (s == NULL)
		return false;
	if (stmt_one(s, err))
		m->made->info.run_id = col_int(s, 0);
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
open_list(struct maker *m, struct oms_error *err)
{
	m->list = fopen(fs_path(m->ctx, m->scratch, "manifest"), "wxe");
	if (m->list == NULL)
		return oms_fail_errno(err, OMS_IO, "create the manifest");
	fs_sha_begin(&m->sha);
	return true;
}

static void
list_head(struct maker *m)
{
	char ts[NUM_TS_BYTES];

	list_line(m,
	    mem_printf(m->ctx, "oms-backup 1\nmade %s\noms %s\nrun %lld\n",
		num_format_ts(m->made->info.ts_us, ts), m->made->info.version,
		(long long)m->made->info.run_id));
}

static bool
close_list(struct maker *m, struct oms_error *err)
{
	char sha[FS_SHA_BYTES];
	bool ok;

	fs_sha_end(&m->sha, sha);
	fprintf(m->list, "end %lld %lld %s\n", (long long)m->made->info.pieces,
	    (long long)m->made->info.bytes, sha);
	ok = ferror(m->list) == 0;
	ok = fclose(m->list) == 0 && ok;
	m->list = NULL;
	return ok || oms_fail_errno(err, OMS_IO, "write the manifest");
}

/* From here on there is a copy. */
static bool
publish_list(struct maker *m, struct oms_error *err)
{
	struct backup_info *info = &m->made->info;
	char *tmp = next_tmp(m, m->ctx);
	AUTO_CLOSE int fd = open(fs_path(m->ctx, m->scratch, "manifest"),
	    O_RDONLY | O_CLOEXEC);
	struct piece p = { 0 };
	char stamp[NUM_TS_BYTES];
	char *path;

	if (fd < 0)
		return oms_fail_errno(err, OMS_IO, "open the manifest");
	if (!write_tmp(m->st, fd, tmp, &p, err))
		return false;
	num_format_stamp(info->ts_us, stamp);
	for (int n = 1;; n++) { /* two in one second, or a fixed clock */
		snprintf(info->name, sizeof(info->name),
		    n == 1 ? "%s%.0d" : "%s-%d", stamp, n == 1 ? 0 : n);
		path = mem_printf(m->ctx, "%s/%s", m->st->dir, info->name);
		if (access(mem_printf(m->ctx, "%s%s", path, plain_end), F_OK) <
			0 &&
		    access(mem_printf(m->ctx, "%s%s", path, sealed_end), F_OK) <
			0)
			break;
	}
	if (!fs_publish(tmp,
		mem_printf(m->ctx, "%s%s", path,
		    info->is_sealed ? sealed_end : plain_end),
		err))
		return false;
	fault_step("backup.published");
	return true;
}

static bool
note_made(struct maker *m, struct oms_error *err)
{
	const struct backup_info *info = &m->made->info;
	struct audit_entry e = { .category = "home",
		.action = "backup",
		.object = mem_printf(m->ctx, "backup %s", info->name),
		.after = mem_printf(m->ctx, "%lld pieces, %lld bytes%s",
		    (long long)info->pieces, (long long)info->bytes,
		    info->is_sealed ? ", sealed" : "") };
	struct db *db = m->run->db;
	int64_t backup_id;
	struct stmt *s = NULL;

	if (!db_begin(db, err))
		return false;
	if (db_next(db, "backup", &backup_id, err) &&
	    (s = stmt_begin(db, SQL_BACKUP_ADD, err)) != NULL) {
		stmt_int(s, ":backup_id", backup_id);
		stmt_text(s, ":place", m->st->dir);
		stmt_text(s, ":name", info->name);
		stmt_int(s, ":ts_us", info->ts_us);
		stmt_int(s, ":pieces", info->pieces);
		stmt_int(s, ":size_bytes", info->bytes);
		stmt_int(s, ":sealed", info->is_sealed);
	}
	if (s != NULL && stmt_run(s, NULL, err) &&
	    audit_add(db, m->run->now_us, m->run->actor, &e, err))
		return db_commit(db, "backup.noted", err);
	db_rollback(db);
	return false;
}

static bool
make_store(mem_ctx *ctx, const char *dir, struct oms_error *err)
{
	char *tmp = fs_path(ctx, dir, "tmp");

	return fs_mkdir(dir, DIR_MODE, err) &&
	    fs_mkdir(fs_path(ctx, dir, "data"), DIR_MODE, err) &&
	    fs_mkdir(tmp, DIR_MODE, err) && sweep(ctx, tmp, err);
}

/*
 * The database comes first: what it calls sent and does not lie in the outbox
 * afterwards, its partner has taken.
 */
static bool
make(struct maker *m, struct oms_error *err)
{
	char *path;
	bool ok, there;

	m->scratch = backup_scratch(m->ctx, m->run->cfg->home, err);
	if (m->scratch == NULL || !make_store(m->ctx, m->st->dir, err) ||
	    !open_list(m, err))
		return false;
	path = fs_path(m->ctx, m->scratch, "oms.db");
	ok = copy_database(m, path, err) && last_run(m, err);
	if (ok) {
		list_head(m);
		list_outbox(m);
		ok = put_piece(m, "oms.db", path, NULL, &there, err) &&
		    put_config(m, err) && put_blobs(m, err);
	}
	ok = close_list(m, err) && ok;
	return ok && publish_list(m, err) && note_made(m, err);
}

bool
backup_make(struct run *run, const struct backup_store *to,
    struct backup_made *ret, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "backup");
	struct maker m = { .run = run, .st = to, .made = ret, .ctx = ctx };
	struct oms_error unswept = NO_ERROR;
	AUTO_CLOSE int here = backup_lock(ctx, run->cfg->home, err);
	AUTO_CLOSE int there = -1;
	bool ok = here >= 0;

	*ret = (struct backup_made){ 0 };
	ret->info.is_sealed = to->key != NULL;
	ret->info.ts_us = run->now_us;
	str_copy(ret->info.version, sizeof(ret->info.version), OMS_VERSION);
	if (ok) {
		ok = fs_mkdir(to->dir, DIR_MODE, err) &&
		    (there = fs_lock(fs_path(ctx, to->dir, "lock"), 0, err)) >=
			0 &&
		    make(&m, err);
		mem_free(m.copy);
		if (m.scratch != NULL) /* no plain copy is left lying about */
			(void)!sweep(ctx, m.scratch, &unswept);
	}
	mem_free(ctx);
	return ok || oms_context(err, "backup to %s", to->dir);
}
