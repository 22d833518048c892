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
 *   blob <key id, or -> <sha256> <bytes> <sha256 of its content>
 *   lay <partner>/<name>           in outbox/, for a partner to fetch
 *   end <pieces> <bytes> <sha256 of all lines before>
 *
 * The blobs come in the order of their contents.  One that is encrypted in the
 * home is a piece as it lies there, so its sha256 is not that of its content;
 * content and key id are enough to know it again in the next copy.
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
	char sha[FS_SHA_BYTES] = "";
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
	struct older *older; /* NULL: nothing is known */
	FILE *list;          /* the manifest */
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
	bool is_blob = strncmp(p->path, "spool/blob/", 11) == 0;

	list_line(m,
	    is_blob ? mem_printf(row, "blob %s %s %lld %s\n",
			  p->key_id[0] != '\0' ? p->key_id : "-", p->sha256,
			  (long long)p->bytes, strrchr(p->path, '/') + 1)
		    : mem_printf(row, "piece %s %lld %s\n", p->sha256,
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

/* All of fd, as the piece p->path; its sha256 and bytes are set. */
static bool
put_fd(struct maker *m, int fd, struct piece *p, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "piece");
	char *tmp = next_tmp(m, row);
	bool ok = write_tmp(m->st, fd, tmp, p, err), known = false;

	if (ok) {
		known = is_stored(m->st, piece_path(row, m->st, p->sha256),
		    p->bytes);
		ok = known ? fs_remove(tmp, err)
			   : publish_piece(m, row, tmp, p, err);
	}
	if (ok)
		list_piece(m, p, !known);
	mem_free(row);
	return ok;
}

/* A file that went meanwhile is not in the copy, nor is a folder. */
static bool
put_piece(struct maker *m, const char *path, const char *src,
    struct oms_error *err)
{
	struct piece p = { .path = path };
	AUTO_CLOSE int fd = open(src, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return errno == ENOENT ||
		    oms_fail_errno(err, OMS_IO, "open %s", src);
	return !S_ISREG(st.st_mode) || put_fd(m, fd, &p, err);
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
	bool ok = true;

	for (int i = 0; i < n; i++) {
		char *path = fs_path(ctx, folder, e[i]->d_name);
		size_t len = strlen(e[i]->d_name), k = strlen(end);

		if (ok && len > k && str_is_safe_name(e[i]->d_name) &&
		    strcmp(e[i]->d_name + len - k, end) == 0)
			ok = put_piece(m, path,
			    fs_path(ctx, m->run->cfg->home, path), err);
		free(e[i]);
	}
	free(e);
	mem_free(ctx);
	return ok;
}

static bool
put_config(struct maker *m, struct oms_error *err)
{
	return put_piece(m, "oms.ini",
		   fs_path(m->ctx, m->run->cfg->home, "oms.ini"), err) &&
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

/* The keys of personal data that a database needs, as one text. */
static bool
key_ids(struct db *db, mem_ctx *ctx, char **ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_PERSONAL_KEYS, err);

	*ret = mem_strdup(ctx, "");
	while (s != NULL && stmt_next(s, err))
		*ret = mem_printf(ctx, "%s %s", *ret, col_text(s, 0));
	return err->code == OMS_OK;
}

/* Else the copy would have files under a key that its database lacks. */
static bool
check_keys(struct maker *m, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "keys");
	char *now, *then;
	bool ok = key_ids(m->run->db, row, &now, err) &&
	    key_ids(m->copy, row, &then, err) &&
	    (strcmp(now, then) == 0 ||
		oms_fail(err, OMS_LOCKED,
		    "the key of personal data is being changed: make the "
		    "backup again when oms key rotate is done"));

	mem_free(row);
	return ok;
}

/* May p be listed without its bytes being read? */
static bool
is_known(struct maker *m, mem_ctx *row, const struct piece *p)
{
	return p->sha256[0] != '\0' &&
	    is_stored(m->st, piece_path(row, m->st, p->sha256), p->bytes);
}

/*
 * What the piece of a blob must be, as far as it can be told without reading
 * it: sha256 stays "" when it cannot.  b NULL: it is gone from the home, and
 * the older copy still has it.
 */
static struct piece
expect_blob(struct maker *m, const struct blob *b, const char *sha)
{
	const struct ring *ring = m->run->cfg->ring;
	struct piece p = { 0 }, old = { 0 };
	bool has_old = m->older != NULL && older_find(m->older, sha, &old);

	if (b == NULL) {
		if (has_old &&
		    (old.key_id[0] == '\0' ||
			(ring != NULL && ring_has(ring, old.key_id))))
			p = old;
	} else if (has_old && strcmp(old.key_id, blob_key_id(b)) == 0) {
		p = old;
	} else if (blob_key_id(b)[0] == '\0') {
		str_copy(p.sha256, sizeof(p.sha256), sha);
		p.bytes = blob_bytes(b);
	}
	return p;
}

/* As it lies, encrypted or not, once its content is proved. */
static bool
put_new_blob(struct maker *m, const struct blob *b, const char *sha,
    struct piece *p, struct oms_error *err)
{
	struct oms_error unread = NO_ERROR;
	char got[FS_SHA_BYTES];

	if (b == NULL || !blob_hash(b, got, &unread) || strcmp(got, sha) != 0) {
		tell_bad_blob(m, sha);
		return true;
	}
	str_copy(p->key_id, sizeof(p->key_id), blob_key_id(b));
	return put_fd(m, blob_fd(b), p, err);
}

static bool
put_blob(struct maker *m, const char *sha, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "blob");
	struct oms_error why = NO_ERROR;
	struct blob *b = spool_open(m->run, row, sha, &why);
	struct piece p = expect_blob(m, b, sha);
	bool ok = why.code != OMS_SECRET || check_keys(m, err);

	p.path = mem_printf(row, "spool/blob/%.2s/%s", sha, sha);
	if (ok && is_known(m, row, &p))
		list_piece(m, &p, false);
	else if (ok)
		ok = put_new_blob(m, b, sha, &p, err);
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
		if (!put_blob(m, col_text(s, 0), err))
			return false;
	return err->code == OMS_OK && check_keys(m, err);
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
	bool ok;

	m->scratch = backup_scratch(m->ctx, m->run->cfg->home, err);
	if (m->scratch == NULL || !make_store(m->ctx, m->st->dir, err))
		return false;
	m->older = older_open(m->ctx, m->st, m->scratch);
	if (!open_list(m, err))
		return false;
	path = fs_path(m->ctx, m->scratch, "oms.db");
	ok = copy_database(m, path, err) && last_run(m, err);
	if (ok) {
		list_head(m);
		list_outbox(m);
		ok = put_piece(m, "oms.db", path, err) && put_config(m, err) &&
		    put_blobs(m, err);
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
		if (fs_mkdir(to->dir, DIR_MODE, err))
			there = fs_lock(fs_path(ctx, to->dir, "lock"), 0, err);
		ok = there >= 0 && make(&m, err);
		mem_free(m.copy);
		if (m.scratch != NULL) /* no plain copy is left lying about */
			(void)!sweep(ctx, m.scratch, &unswept);
	}
	mem_free(ctx);
	return ok || oms_context(err, "backup to %s", to->dir);
}
