/* fsck.c - see fsck.h. */

#include "pipeline/fsck.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/count.h"
#include "base/fs.h"
#include "base/scope.h"
#include "base/str.h"
#include "pipeline/partner_state.h"
#include "pipeline/personal.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum { YOUNG_S = 3600, SHA_DIGITS = FS_SHA_BYTES - 1, READ_BYTES = 1 << 16 };

static const char restore_it
    [] = "oms restore from a backup puts it back; it cannot be made anew";

struct fsck {
	struct run *run;
	const struct config *cfg;
	bool is_fast;
	fsck_tell_fn *tell;
	void *u;
	mem_ctx *row;   /* scratch of one folder or row */
	int64_t no_key; /* blobs under a key that we have not */
	char no_key_why[256];
};

static void
say(struct fsck *f, const char *code, const char *object, const char *message,
    const char *action)
{
	f->tell(f->u, code, object, message, action);
}

static char *
in_home(const struct fsck *f, const char *name)
{
	return fs_path(f->row, f->run->cfg->home, name);
}

/* ---- rows have their bytes ----------------------------------------------- */

static void
check_bytes(struct fsck *f, const char *object, const char *want,
    int64_t want_bytes)
{
	char sha[FS_SHA_BYTES] = "";
	struct oms_error why = NO_ERROR;
	struct blob *b = spool_open(f->run, f->row, want, &why);

	if (b == NULL && why.code == OMS_SECRET) {
		f->no_key++;
		str_copy(f->no_key_why, sizeof(f->no_key_why), why.reason);
	} else if (b == NULL) {
		say(f,
		    why.code == OMS_STORE_DAMAGED ? "blob.damaged"
						  : "blob.unreadable",
		    object, why.reason, restore_it);
	} else if (want_bytes >= 0 && blob_bytes(b) != want_bytes) {
		say(f, "blob.size", object,
		    mem_printf(f->row, "it has %lld bytes, %lld were written",
			(long long)blob_bytes(b), (long long)want_bytes),
		    restore_it);
	} else if (f->is_fast) {
		return;
	} else if (!blob_hash(b, sha, &why)) {
		say(f, "blob.damaged", object, why.reason, restore_it);
	} else if (strcmp(sha, want) != 0) {
		say(f, "blob.damaged", object,
		    "its bytes are not those that were written", restore_it);
	}
}

/* One key for them all, so one finding. */
static void
tell_no_key(struct fsck *f)
{
	f->row = mem_ctx_new(NULL, "key");
	if (f->no_key > 0)
		say(f, "blob.no_key", "spool/blob",
		    mem_printf(f->row, "%lld files cannot be proved: %s",
			(long long)f->no_key, f->no_key_why),
		    "put your copy of keys/personal.key back: no backup has "
		    "it");
	mem_free(f->row);
}

static bool
check_blobs(struct fsck *f, struct oms_error *err)
{
	struct stmt *s = stmt_begin(f->run->db, SQL_FSCK_BLOBS, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		const char *sha = col_text(s, 0);
		char *path, *object;
		struct stat st;

		f->row = mem_ctx_new(NULL, "blob");
		path = spool_blob(f->run, f->row, sha);
		object = mem_printf(f->row, "spool/blob/%.2s/%s", sha, sha);
		if (lstat(path, &st) < 0)
			say(f, "blob.missing", object,
			    mem_printf(f->row, "%s needs it", col_text(s, 2)),
			    restore_it);
		else if (!S_ISREG(st.st_mode))
			say(f, "spool.foreign", object,
			    "it is not a plain file: nobody but oms writes "
			    "here",
			    "find out who put it there, then remove it");
		else
			check_bytes(f, object, sha, col_int(s, 1));
		mem_free(f->row);
	}
	tell_no_key(f);
	return err->code == OMS_OK;
}

/* ---- files have their rows ----------------------------------------------- */

/* What a walk does with one name of a folder. */
typedef bool entry_fn(void *u, const char *path, const char *name,
    const struct stat *st, struct oms_error *err);

/* A folder that is not there has no names; its order is that of the names. */
static bool
each_entry(const char *dir, entry_fn *fn, void *u, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "folder");
	struct dirent **e = NULL;
	int n = scandir(dir, &e, NULL, alphasort);
	struct stat st;
	bool ok = n >= 0 || errno == ENOENT || errno == ENOTDIR ||
	    oms_fail_errno(err, OMS_IO, "folder %s", dir);

	for (int i = 0; i < n; i++) {
		const char *name = e[i]->d_name;
		char *path = fs_path(ctx, dir, name);

		if (ok && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		    lstat(path, &st) == 0) /* gone meanwhile is fine */
			ok = fn(u, path, name, &st, err);
		free(e[i]);
	}
	free(e);
	mem_free(ctx);
	return ok;
}

static bool
is_sha(const char *name)
{
	return strlen(name) == SHA_DIGITS &&
	    strspn(name, "0123456789abcdef") == SHA_DIGITS;
}

static const char *
inside(const struct fsck *f, const char *path)
{
	return path + strlen(f->run->cfg->home) + 1;
}

static bool
foreign(struct fsck *f, const char *path)
{
	say(f, "spool.foreign", inside(f, path),
	    "it is none of ours: nobody but oms writes here",
	    "find out who put it there, then remove it");
	return true;
}

/*
 * The names in the folders and those of the rows come in the same order, so
 * they are walked in step.  What is left is compared a second time: a run may
 * have named it meanwhile.
 */
struct orphan {
	char sha256[FS_SHA_BYTES];
	char *path;
	int64_t bytes;
	int64_t mtime_s;
	bool is_file;
	bool is_named;
};

struct orphans {
	struct fsck *f;
	mem_ctx *ctx;
	struct stmt *s;            /* the rows, by sha256 */
	char sha256[FS_SHA_BYTES]; /* on which it stands */
	bool is_over;
	bool tell_foreign;
	struct orphan *orphan;
	size_t count, room;
};

static bool
is_named(struct orphans *o, const char *sha, bool *ret, struct oms_error *err)
{
	while (!o->is_over && strcmp(o->sha256, sha) < 0)
		if (stmt_next(o->s, err))
			str_copy(o->sha256, sizeof(o->sha256),
			    col_text(o->s, 0));
		else
			o->is_over = true;
	*ret = !o->is_over && strcmp(o->sha256, sha) == 0;
	return err->code == OMS_OK;
}

static void
add_orphan(struct orphans *o, const char *path, const char *name,
    const struct stat *st)
{
	struct orphan *new;

	if (o->count == o->room) {
		o->room = o->room == 0 ? 64 : 2 * o->room;
		o->orphan = mem_resize(o->ctx, o->orphan,
		    o->room * sizeof(*o->orphan));
	}
	new = &o->orphan[o->count++];
	*new = (struct orphan){ .path = mem_strdup(o->ctx, path),
		.bytes = (int64_t)st->st_size,
		.mtime_s = (int64_t)st->st_mtime,
		.is_file = S_ISREG(st->st_mode) };
	str_copy(new->sha256, sizeof(new->sha256), name);
}

static bool
look_at_blob(void *u, const char *path, const char *name, const struct stat *st,
    struct oms_error *err)
{
	struct orphans *o = u;
	bool named = false;

	if (!is_sha(name) ||
	    strncmp(name, path + strlen(path) - SHA_DIGITS - 3, 2) != 0)
		return !o->tell_foreign || foreign(o->f, path);
	if (!is_named(o, name, &named, err))
		return false;
	if (!named)
		add_orphan(o, path, name, st);
	return true;
}

static bool
look_at_blobs(void *u, const char *path, const char *name,
    const struct stat *st, struct oms_error *err)
{
	struct orphans *o = u;

	if (!S_ISDIR(st->st_mode) || strlen(name) != 2 ||
	    strspn(name, "0123456789abcdef") != 2)
		return !o->tell_foreign || foreign(o->f, path);
	return each_entry(path, look_at_blob, o, err);
}

static bool
rows_begin(struct orphans *o, struct oms_error *err)
{
	o->s = stmt_begin(o->f->run->db, SQL_BACKUP_BLOBS, err);
	o->sha256[0] = '\0';
	o->is_over = false;
	return o->s != NULL;
}

static void
rows_end(struct orphans *o)
{
	if (o->s != NULL && !o->is_over)
		stmt_end(o->s);
	o->s = NULL;
}

/* All blobs that no row names, in their order. */
static bool
find_orphans(struct orphans *o, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "orphans");
	bool ok = rows_begin(o, err) &&
	    each_entry(fs_path(row, o->f->run->cfg->home, "spool/blob"),
		look_at_blobs, o, err);

	rows_end(o);
	if (ok && o->count > 0) {
		ok = rows_begin(o, err);
		for (size_t i = 0; ok && i < o->count; i++)
			ok = is_named(o, o->orphan[i].sha256,
			    &o->orphan[i].is_named, err);
		rows_end(o);
	}
	mem_free(row);
	return ok;
}

static bool
check_orphans(struct fsck *f, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "orphans");
	struct orphans o = { .f = f, .ctx = ctx, .tell_foreign = true };
	bool ok = find_orphans(&o, err);

	for (size_t i = 0; ok && i < o.count; i++)
		if (!o.orphan[i].is_named)
			say(f, "blob.orphan", inside(f, o.orphan[i].path),
			    o.orphan[i].is_file
				? "no row names it"
				: "it is no plain file, and no row names it",
			    "nothing is lost; oms fsck --gc removes it when it "
			    "is an hour old");
	mem_free(ctx);
	return ok;
}

static bool
check_tmp(void *u, const char *path, const char *name, const struct stat *st,
    struct oms_error *err)
{
	struct fsck *f = u;

	(void)name;
	(void)st;
	(void)err;
	say(f, "tmp.leftover", inside(f, path),
	    "it was being written when its process died, or is just now",
	    "nothing is lost; the next run or oms fsck --gc removes it");
	return true;
}

/* ---- views --------------------------------------------------------------- */

static const char mend_views[] = "oms fsck --repair-views";

static void
check_view(struct fsck *f, const char *path, const char *why)
{
	struct stat st;

	if (lstat(in_home(f, path), &st) < 0)
		say(f, "view.missing", path, why, mend_views);
	else if (!S_ISREG(st.st_mode))
		(void)foreign(f, in_home(f, path));
}

static bool
check_dead_views(struct fsck *f, struct oms_error *err)
{
	struct stmt *s = stmt_begin(f->run->db, SQL_FSCK_VIEWS, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		char *path, *why;

		f->row = mem_ctx_new(NULL, "view");
		path = mem_printf(f->row, "deadletter/%s/%s", col_text(s, 0),
		    col_text(s, 1));
		why = mem_printf(f->row, "dead letter %lld is open",
		    (long long)col_int(s, 2));
		check_view(f, path, why);
		check_view(f, mem_printf(f->row, "%s.why", path), why);
		mem_free(f->row);
	}
	return err->code == OMS_OK;
}

static bool
check_outbox_views(struct fsck *f, struct oms_error *err)
{
	struct stmt *s = stmt_begin(f->run->db, SQL_FSCK_UNSENT, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		const struct partner *p = config_partner(f->cfg,
		    col_text(s, 0));

		if (p == NULL || !partner_is_remote(p))
			continue; /* deliver puts it there */
		f->row = mem_ctx_new(NULL, "view");
		check_view(f,
		    mem_printf(f->row, "outbox/%s/%s", p->id, col_text(s, 1)),
		    mem_printf(f->row, "document %lld is not sent yet",
			(long long)col_int(s, 2)));
		mem_free(f->row);
	}
	return err->code == OMS_OK;
}

static bool
check_dead_file(void *u, const char *path, const char *name,
    const struct stat *st, struct oms_error *err)
{
	struct fsck *f = u;
	bool wanted = true;

	(void)st;
	if (!spool_is_view(f->run, name, &wanted, err))
		return false;
	if (!wanted)
		say(f, "view.extra", inside(f, path),
		    "its dead letter is not open any more", mend_views);
	return true;
}

static bool
check_dead_folder(void *u, const char *path, const char *name,
    const struct stat *st, struct oms_error *err)
{
	(void)name;
	return !S_ISDIR(st->st_mode) ||
	    each_entry(path, check_dead_file, u, err);
}

/* ---- who may write ------------------------------------------------------- */

static void
check_mode(struct fsck *f, const char *name, mode_t forbidden, const char *what)
{
	const char *path = name[0] == '/' ? name : in_home(f, name);
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	if ((st.st_mode & forbidden) != 0)
		say(f, "mode", name,
		    mem_printf(f->row, "its mode is %04o: %s",
			(unsigned)(st.st_mode & 07777), what),
		    mem_printf(f->row, "chmod %04o %s",
			(unsigned)(st.st_mode & 07777 & ~forbidden), name));
	if (st.st_uid != geteuid() && geteuid() != 0)
		say(f, "owner", name, "it belongs to another user",
		    "give it to the user that runs oms");
}

static void
check_modes(struct fsck *f)
{
	static const char *const folders[] = { ".", "spool", "spool/tmp",
		"spool/blob", "locks", "partners", "deadletter", "outbox",
		"inbox", "stop" };
	static const char *const secrets[] = { "oms.db", "oms.db-wal" };

	f->row = mem_ctx_new(NULL, "modes");
	for (size_t i = 0; i < COUNT(folders); i++)
		check_mode(f, folders[i], S_IWOTH,
		    "everybody may write into it");
	for (size_t i = 0; i < COUNT(secrets); i++)
		check_mode(f, secrets[i], S_IWGRP | S_IRWXO,
		    "others may read or change it");
	for (size_t i = 0; f->cfg != NULL && i < f->cfg->partner_count; i++)
		if (f->cfg->partners[i].key_file[0] != '\0')
			check_mode(f, f->cfg->partners[i].key_file,
			    S_IRWXG | S_IRWXO, "others may read the key");
	mem_free(f->row);
}

/* ---- personal data ------------------------------------------------------- */

/* The first column of the row that is not as we wrote it. */
static void
check_sealed_row(struct fsck *f, struct stmt *s, bool is_done)
{
	static const char ask[] = "oms stop; somebody wrote into the database: "
				  "oms rebuild says what should stand there";
	char message[160];

	for (int i = 1; i < col_count(s) - 1; i++) {
		bool is_plain = strncmp(col_raw(s, i), "enc1:", 5) != 0;

		if (col_is_null(s, i) || col_raw(s, i)[0] == '\0')
			continue;
		if (is_plain ? !is_done : col_is_sound(s, i))
			continue;
		(void)snprintf(message, sizeof(message), "%s is %s",
		    col_name(s, i),
		    is_plain ? "not encrypted, though the others are"
			     : "changed, or was sealed for another row");
		say(f, is_plain ? "personal.plain" : "personal.moved",
		    col_text(s, 0), message, ask);
		return;
	}
}

static bool
check_sealed(struct fsck *f, struct oms_error *err)
{
	static const enum sql_id tables[] = { SQL_PERSONAL_SEALED_ORDERS,
		SQL_PERSONAL_SEALED_GROUPS, SQL_PERSONAL_SEALED_NOTES,
		SQL_PERSONAL_SEALED_TRADE_NOTES };
	const struct ring *ring = f->run->cfg->ring;
	bool is_used, is_done;

	if (ring == NULL || f->is_fast)
		return true;
	if (!personal_state(f->run, ring, &is_used, &is_done, err))
		return false;
	for (size_t i = 0; i < COUNT(tables); i++) {
		struct stmt *s = stmt_begin(f->run->db, tables[i], err);

		if (s == NULL)
			return false;
		while (stmt_next(s, err))
			check_sealed_row(f, s, is_done);
		if (err->code != OMS_OK)
			return false;
	}
	return true;
}

/* ---- all of it ----------------------------------------------------------- */

static bool
check_rows(struct fsck *f, enum sql_id id, const char *code, const char *action,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(f->run->db, id, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err))
		say(f, code, col_text(s, 0), col_text(s, 1), action);
	return err->code == OMS_OK;
}

bool
fsck_look(struct run *run, const struct config *cfg, bool is_fast,
    fsck_tell_fn *tell, void *u, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "fsck");
	struct fsck f = { .run = run,
		.cfg = cfg,
		.is_fast = is_fast,
		.tell = tell,
		.u = u };
	const char *home = run->cfg->home;
	bool ok = check_rows(&f, SQL_FSCK_STATES, "state",
		      "oms check, then report it: this should never be", err) &&
	    check_rows(&f, SQL_FSCK_COUNTERS, "counter",
		"oms stop, and oms restore: a key would be given twice", err) &&
	    check_sealed(&f, err) && check_blobs(&f, err) &&
	    check_orphans(&f, err) &&
	    each_entry(fs_path(ctx, home, "spool/tmp"), check_tmp, &f, err) &&
	    each_entry(fs_path(ctx, home, "spool/backup"), check_tmp, &f,
		err) &&
	    check_dead_views(&f, err) &&
	    each_entry(fs_path(ctx, home, "deadletter"), check_dead_folder, &f,
		err) &&
	    (cfg == NULL || check_outbox_views(&f, err));

	if (ok)
		check_modes(&f);
	mem_free(ctx);
	return ok;
}

/* ---- gc ------------------------------------------------------------------ */

struct gc {
	struct fsck f;
	struct orphans o;
	bool is_dry;
	int64_t count;
	int64_t bytes;
	struct oms_error *err;
};

static int
by_sha(const void *sha, const void *orphan)
{
	return memcmp(sha, ((const struct orphan *)orphan)->sha256, SHA_DIGITS);
}

static void
spare(struct gc *g, const char *sha)
{
	struct orphan *o = g->o.count == 0
	    ? NULL
	    : bsearch(sha, g->o.orphan, g->o.count, sizeof(*g->o.orphan),
		  by_sha);

	if (o != NULL)
		o->is_named = true;
}

/*
 * Whatever looks like a sha256 in it is named by it: any 64 hex digits in a
 * row, for in a copy of the database columns touch each other.
 */
static bool
spare_named(void *u, const char *path, const char *name, const struct stat *st,
    struct oms_error *err)
{
	struct gc *g = u;
	AUTO_FCLOSE FILE *in = S_ISREG(st->st_mode) ? fopen(path, "re") : NULL;
	char last[2 * SHA_DIGITS]; /* digits, the newest SHA_DIGITS of them */
	size_t n = 0;
	int c;

	(void)name;
	if (S_ISDIR(st->st_mode))
		return each_entry(path, spare_named, u, err);
	if (in == NULL)
		return !S_ISREG(st->st_mode) ||
		    oms_fail_errno(err, OMS_IO, "open %s", path);
	while ((c = getc_unlocked(in)) != EOF) {
		if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
			n = 0;
			continue;
		}
		if (n == sizeof(last)) {
			n = SHA_DIGITS - 1;
			memmove(last, last + sizeof(last) - n, n);
		}
		last[n++] = (char)c;
		if (n >= SHA_DIGITS)
			spare(g, last + n - SHA_DIGITS);
	}
	return ferror(in) == 0 || oms_fail_errno(err, OMS_IO, "read %s", path);
}

static void
drop(struct gc *g, const char *code, const char *path, int64_t bytes)
{
	mem_ctx *row = mem_ctx_new(NULL, "drop");

	if (g->err->code == OMS_OK && (g->is_dry || fs_remove(path, g->err))) {
		say(&g->f, code, inside(&g->f, path),
		    mem_printf(row, "%lld bytes", (long long)bytes),
		    g->is_dry ? "would be removed" : "removed");
		g->count++;
		g->bytes += bytes;
	}
	mem_free(row);
}

static bool
drop_tmp(void *u, const char *path, const char *name, const struct stat *st,
    struct oms_error *err)
{
	(void)name;
	if (S_ISREG(st->st_mode))
		drop(u, "tmp.leftover", path, (int64_t)st->st_size);
	return err->code == OMS_OK;
}

bool
fsck_gc(struct run *run, bool is_dry, fsck_tell_fn *tell, void *u,
    int64_t *ret_count, int64_t *ret_bytes, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "gc");
	const char *home = run->cfg->home;
	int64_t old_s = (int64_t)time(NULL) - YOUNG_S;
	struct gc g = { .f = { .run = run, .tell = tell, .u = u },
		.o = { .f = &g.f, .ctx = ctx },
		.is_dry = is_dry,
		.err = err };
	bool ok = find_orphans(&g.o, err) &&
	    each_entry(fs_path(ctx, home, "spool/journal"), spare_named, &g,
		err);

	for (size_t i = 0; ok && i < g.o.count; i++) {
		const struct orphan *o = &g.o.orphan[i];
		struct stat
		    now; /* an act may have found it and made it young */

		if (!o->is_named && o->is_file && o->mtime_s <= old_s &&
		    lstat(o->path, &now) == 0 && (int64_t)now.st_mtime <= old_s)
			drop(&g, "blob.orphan", o->path, o->bytes);
		ok = err->code == OMS_OK;
	}
	ok = ok &&
	    each_entry(fs_path(ctx, home, "spool/tmp"), drop_tmp, &g, err);
	mem_free(ctx);
	*ret_count = g.count;
	*ret_bytes = g.bytes;
	return ok;
}
