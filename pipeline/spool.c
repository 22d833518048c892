/* spool.c - see spool.h. */

#include "pipeline/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cards.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "pipeline/dead_ops.h"
#include "pipeline/dead_version.h"
#include "store/stmt.h"

enum { CHUNK_BYTES = 1 << 20, NAME_BYTES = 256 };

char *
spool_tmp(const struct run *run, mem_ctx *ctx)
{
	static unsigned n;

	return mem_printf(ctx, "%s/spool/tmp/%ld-%u", run->cfg->home,
	    (long)getpid(), ++n);
}

char *
spool_blob(const struct run *run, mem_ctx *ctx, const char *sha256)
{
	return mem_printf(ctx, "%s/spool/blob/%.2s/%s", run->cfg->home, sha256,
	    sha256);
}

struct blob *
spool_open(const struct run *run, mem_ctx *ctx, const char *sha256,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct blob *b = blob_open(ctx, spool_blob(run, row, sha256),
	    run->cfg->ring, err);

	mem_free(row);
	return b;
}

bool
spool_bytes(const struct run *run, const char *sha256, int64_t *ret,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct stat st;
	bool is_there = lstat(spool_blob(run, row, sha256), &st) == 0 ||
	    errno != ENOENT;
	struct blob *b = is_there ? spool_open(run, row, sha256, err) : NULL;

	if (b != NULL)
		*ret = blob_bytes(b);
	else if (!is_there || err->code == OMS_STORE_DAMAGED)
		oms_fail(err, OMS_INTERNAL,
		    "the stored bytes %s are missing or cut", sha256);
	mem_free(row);
	return b != NULL;
}

bool
spool_copy(const struct run *run, const char *sha256, const char *dst,
    mode_t mode, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct blob *b = spool_open(run, row, sha256, err);
	bool ok = b != NULL && blob_copy(b, dst, mode, err);

	mem_free(row);
	return ok;
}

static bool
hash_file(const char *path, char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct blob *b = blob_open(row, path, NULL, err);
	bool ok = b != NULL && blob_hash(b, ret_sha, err);

	mem_free(row);
	return ok;
}

bool
spool_scrub(const char *tmp, const struct feed *feed, char sha[FS_SHA_BYTES],
    int64_t *ret_cards, struct oms_error *err)
{
	*ret_cards = 0;
	if (feed != NULL && feed->scrub != NULL &&
	    strcmp(feed->scrub, "off") == 0)
		return true;
	if (cards_scrub_file(tmp, ret_cards, err) &&
	    (*ret_cards == 0 || hash_file(tmp, sha, err)))
		return true;
	(void)unlink(tmp);
	return oms_context(err, "look for card numbers; nothing was kept");
}

bool
spool_note_cards(struct run *run, int64_t file_id, const char *partner,
    int64_t cards, struct oms_error *err)
{
	struct stmt *s;
	int64_t event_no;

	if (cards == 0)
		return true;
	log_event(LOG_WARN_, "collect",
	    "partner=%s file_id=%lld event=cards.scrubbed count=%lld", partner,
	    (long long)file_id, (long long)cards);
	s = stmt_begin(run->db, SQL_FILE_SET_CARDS, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":cards", cards);
	stmt_int(s, ":file_id", file_id);
	if (!stmt_run(s, NULL, err) ||
	    !db_next(run->db, "security_event", &event_no, err))
		return false;
	s = stmt_begin(run->db, SQL_SECURITY_EVENT_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":event_no", event_no);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":kind", "cards_scrubbed");
	stmt_text(s, ":actor", run->actor);
	stmt_text(s, ":partner", partner);
	stmt_int(s, ":file_id", file_id);
	stmt_int(s, ":count", cards);
	stmt_text(s, ":detail", "");
	return stmt_run(s, NULL, err);
}

/*
 * The same content again is fine: a name says what lies under it.  What lies
 * there and cannot be opened - its head is damaged, or of a key that is gone -
 * is worth less than what has come.
 */
static bool
is_kept(const struct run *run, const char *path, const char *tmp,
    bool *ret_useless)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct oms_error absent = NO_ERROR;
	struct blob *old = blob_open(row, path, run->cfg->ring, &absent);
	struct stat st;
	bool ok = old != NULL && stat(tmp, &st) == 0 &&
	    st.st_size == blob_bytes(old);

	*ret_useless = absent.code == OMS_SECRET ||
	    absent.code == OMS_STORE_DAMAGED;

	mem_free(row);
	return ok;
}

static bool
keep_sealed(const struct run *run, mem_ctx *row, const char *tmp,
    const char *path, const char *sha256, struct oms_error *err)
{
	char *sealed = spool_tmp(run, row);
	bool is_useless;

	if (is_kept(run, path, tmp, &is_useless))
		/* Who named it may have been killed before it was synced. */
		return unlink(tmp) == 0
		    ? fs_sync_dir_of(path, err)
		    : oms_fail_errno(err, OMS_IO, "remove %s", tmp);
	if (!blob_write(tmp, sealed, run->cfg->ring, sha256, err) ||
	    (is_useless && !fs_remove(path, err)) ||
	    !fs_publish(sealed, path, err))
		return false;
	return unlink(tmp) == 0 ||
	    oms_fail_errno(err, OMS_IO, "remove %s", tmp);
}

bool
spool_keep(const struct run *run, const char *tmp, const char *sha256,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	char *dir = mem_printf(row, "%s/spool/blob/%.2s", run->cfg->home,
	    sha256);
	char *path = spool_blob(run, row, sha256);
	bool ok = fs_mkdir(dir, 0750, err) &&
	    (run->cfg->ring == NULL
		    ? fs_publish(tmp, path, err)
		    : keep_sealed(run, row, tmp, path, sha256, err));

	if (ok) /* an old orphan is young again: gc leaves it to its new owner */
		(void)utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
	mem_free(row);
	return ok || oms_context(err, "keep %s", sha256);
}

char *
spool_read(const struct run *run, mem_ctx *ctx, const char *sha256, size_t max,
    size_t *ret_n, struct oms_error *err)
{
	struct blob *b = spool_open(run, ctx, sha256, err);
	char *p;

	if (b == NULL)
		return NULL;
	if (blob_bytes(b) > (int64_t)max) {
		oms_fail(err, OMS_LIMIT, "%lld bytes, the limit is %zu",
		    (long long)blob_bytes(b), max);
		return NULL;
	}
	p = mem_zero(ctx, (size_t)blob_bytes(b) + 1, "file");
	return blob_read(b, p, (size_t)blob_bytes(b), 0, ret_n, err) ? p : NULL;
}

bool
spool_keep_bytes(const struct run *run, const void *p, size_t n,
    char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	char *tmp = spool_tmp(run, row);
	bool ok;

	fs_sha_of(p, n, ret_sha);
	ok = fs_write_tmp(tmp, p, n, 0600, err) &&
	    spool_keep(run, tmp, ret_sha, err);
	mem_free(row);
	return ok;
}

static bool
add_occurrence(struct run *run, int64_t file_id, const char *name,
    const char *place, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_OCCURRENCE_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	stmt_text(s, ":name", name);
	stmt_text(s, ":place", place);
	stmt_int(s, ":ts_us", run->now_us);
	return stmt_run(s, NULL, err);
}

bool
file_requeue(struct run *run, int64_t file_id, const char *feed,
    const char *type, int64_t parent_dead_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_REQUEUE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":feed", feed);
	stmt_text(s, ":type", type);
	stmt_opt_int(s, ":parent_dead_id",
	    parent_dead_id == 0 ? INT64_MIN : parent_dead_id);
	stmt_int(s, ":file_id", file_id);
	if (!stmt_run(s, NULL, err))
		return false;
	s = stmt_begin(run->db, SQL_RECORD_FORGET_REJECTED, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	if (!stmt_run(s, NULL, err))
		return false;
	s = stmt_begin(run->db, SQL_DEAD_FILE_RETRIED, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	return stmt_run(s, NULL, err);
}

static bool
insert_file(struct run *run, const char *partner, const char *feed,
    const char *type, const char *name, const char *sha256, int64_t bytes,
    int64_t parent_dead_id, int64_t *ret_file_id, struct oms_error *err)
{
	struct stmt *s;

	if (!db_next(run->db, "file", ret_file_id, err))
		return false;
	s = stmt_begin(run->db, SQL_FILE_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", *ret_file_id);
	stmt_text(s, ":partner", partner);
	stmt_text(s, ":feed", feed);
	stmt_text(s, ":type", type);
	stmt_text(s, ":name", name);
	stmt_text(s, ":sha256", sha256);
	stmt_int(s, ":size_bytes", bytes);
	stmt_text(s, ":state", type[0] == '\0' ? "dead" : "new");
	stmt_int(s, ":ts_us", run->now_us);
	stmt_opt_int(s, ":parent_dead_id",
	    parent_dead_id == 0 ? INT64_MIN : parent_dead_id);
	return stmt_run(s, NULL, err);
}

/* No feed takes the name: kept all the same, for a person to look at. */
static bool
make_homeless(struct run *run, const char *partner, const char *name,
    const char *sha256, int64_t file_id, struct oms_error *err)
{
	struct dead_letter d = { .kind = "file",
		.partner = partner,
		.feed = "",
		.file_name = name,
		.file_id = file_id,
		.key = "",
		.stage = "collect",
		.ext = "",
		.sha256 = sha256 };
	struct oms_error why = NO_ERROR;

	oms_fail(&why, OMS_NO_FEED,
	    "no incoming feed of partner %s has a pattern for this name",
	    partner);
	oms_at(&why, "%s/%s", partner, name);
	return dead_add(run, &d, &why, err);
}

/* Which known bytes are read again: reference data, and what was dead. */
static bool
is_read_again(const char *type, const char *state)
{
	return strcmp(state, "dead") == 0 || strcmp(state, "closed") == 0 ||
	    (strncmp(type, "ref.", 4) == 0 && strcmp(state, "ingested") == 0);
}

bool
spool_register_child(struct run *run, const char *partner, const char *feed,
    const char *type, const char *name, const char *sha256, int64_t bytes,
    const char *place, int64_t parent_dead_id, int64_t *ret_file_id,
    bool *ret_new, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_FIND, err);
	char shown[NAME_BYTES];
	bool again = false;

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", partner);
	/* People put card numbers even there. */
	(void)str_copy(shown, sizeof(shown), name);
	if (cards_scrub(shown, strlen(shown)) > 0)
		name = shown;
	stmt_text(s, ":sha256", sha256);
	*ret_new = !stmt_one(s, err);
	if (err->code != OMS_OK)
		return false;
	if (!*ret_new) {
		*ret_file_id = col_int(s, 0);
		again = parent_dead_id != 0 ||
		    is_read_again(type, col_text(s, 1));
	}
	stmt_end(s);
	if (*ret_new &&
	    !insert_file(run, partner, feed, type, name, sha256, bytes,
		parent_dead_id, ret_file_id, err))
		return false;
	if (again && type[0] != '\0' &&
	    !file_requeue(run, *ret_file_id, feed, type, parent_dead_id, err))
		return false;
	if (*ret_new && type[0] == '\0' &&
	    !make_homeless(run, partner, name, sha256, *ret_file_id, err))
		return false;
	return add_occurrence(run, *ret_file_id, name, place, err);
}

bool
spool_register(struct run *run, const char *partner, const char *feed,
    const char *type, const char *name, const char *sha256, int64_t bytes,
    const char *place, int64_t *ret_file_id, bool *ret_new,
    struct oms_error *err)
{
	return spool_register_child(run, partner, feed, type, name, sha256,
	    bytes, place, 0, ret_file_id, ret_new, err);
}

/* The dead letter that this failure belongs to: 0 when it is a new one. */
static bool
find_dead(struct run *run, const struct dead_letter *d, int64_t parent_id,
    int64_t *ret_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_FIND, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", d->file_id);
	stmt_int(s, ":record_no", d->record_no);
	stmt_text(s, ":kind", d->kind);
	*ret_id = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	/* A repaired dead letter that is dead again stays the same one. */
	if (*ret_id == 0 && d->record_no <= 1)
		*ret_id = parent_id;
	return err->code == OMS_OK;
}

/*
 * What is tried again is a file of its own under the old name, and its lines
 * are those of the letter: name the file that a person mends.
 */
static void
name_letter(mem_ctx *row, struct stmt *parent, struct oms_error *why)
{
	static const char one[] = " record 1";
	char *rest = strstr(why->where, " record ");

	if (rest == NULL)
		rest = strstr(why->where, " line ");
	rest = mem_strdup(row, rest != NULL ? rest : "");
	if (strcmp(col_text(parent, 1), "record") == 0 &&
	    strncmp(rest, one, sizeof(one) - 1) == 0)
		rest += sizeof(one) - 1;
	snprintf(why->where, sizeof(why->where), "deadletter/%s/%s%s",
	    col_text(parent, 2), col_text(parent, 3), rest);
}

/* A whole file that died, and now a record in it: that is a new letter. */
static bool
is_same_unit(struct stmt *parent, const struct dead_letter *d)
{
	return strcmp(col_text(parent, 1), "record") == 0 ||
	    strcmp(col_text(parent, 1), d->kind) == 0;
}

/* The letter whose bytes the file has, 0 none; then the place is in it. */
static bool
find_parent(struct run *run, const struct dead_letter *d, int64_t *ret_id,
    struct oms_error *why, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_PARENT, err);
	mem_ctx *row;

	*ret_id = 0;
	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", d->file_id);
	if (stmt_one(s, err) && is_same_unit(s, d)) {
		row = mem_ctx_new(NULL, "row");
		*ret_id = col_int(s, 0);
		if (col_int(s, 4) != 0)
			name_letter(row, s, why);
		mem_free(row);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

/* A name for people: the id, then what it is about. */
static char *
view_name(mem_ctx *ctx, int64_t dead_id, const struct dead_letter *d)
{
	const char *what = d->key[0] != '\0' ? d->key : d->file_name;
	const char *dot = strrchr(what, '.');
	bool has_ext = dot != NULL && strcmp(dot, d->ext) == 0;
	char *name = mem_printf(ctx, "%08lld-%.120s%s", (long long)dead_id,
	    what,
	    !has_ext && (d->key[0] != '\0' || d->record_no > 0) ? d->ext : "");

	for (char *p = name; *p != '\0'; p++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "abcdefghijklmnopqrstuvwxyz0123456789._-",
			*p) == NULL)
			*p = '_';
	return name;
}

/* What the rules of [dead] say of a code. */
static const char *
first_state(const struct run *run, const struct oms_error *why)
{
	return config_dead_rule(run->cfg, why->code, DEAD_HOLD) != NULL
	    ? "held"
	    : "open";
}

static const char *
first_owner(const struct run *run, const struct oms_error *why)
{
	const struct dead_rule *r = config_dead_rule(run->cfg, why->code,
	    DEAD_OWNER);

	return r != NULL ? r->owner : "";
}

static bool
insert_dead(struct run *run, const struct dead_letter *d,
    const struct oms_error *why, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct stmt *s = NULL;
	int64_t dead_id;
	bool ok = db_next(run->db, "dead", &dead_id, err) &&
	    (s = stmt_begin(run->db, SQL_DEAD_INSERT, err)) != NULL;

	if (ok) {
		stmt_int(s, ":dead_id", dead_id);
		stmt_text(s, ":kind", d->kind);
		stmt_text(s, ":partner", d->partner);
		stmt_text(s, ":feed", d->feed);
		stmt_opt_int(s, ":file_id",
		    d->file_id == 0 ? INT64_MIN : d->file_id);
		stmt_int(s, ":record_no", d->record_no);
		stmt_opt_int(s, ":doc_id",
		    d->doc_id == 0 ? INT64_MIN : d->doc_id);
		stmt_text(s, ":key", d->key);
		stmt_text(s, ":code", oms_code_name(why->code));
		stmt_text(s, ":stage", d->stage);
		stmt_text(s, ":where_text", why->where);
		stmt_text(s, ":reason", why->reason);
		stmt_text(s, ":name", view_name(row, dead_id, d));
		stmt_text(s, ":sha256", d->sha256);
		stmt_text(s, ":state", first_state(run, why));
		stmt_int(s, ":ts_us", run->now_us);
		stmt_text(s, ":owner", first_owner(run, why));
		stmt_text(s, ":night", run->window);
		ok = stmt_run(s, NULL, err) &&
		    dead_version_add(run, dead_id, d->sha256, "as it came",
			NULL, err);
	}
	mem_free(row);
	return ok;
}

bool
dead_add(struct run *run, const struct dead_letter *d,
    const struct oms_error *why, struct oms_error *err)
{
	struct oms_error placed = *why;
	struct stmt *s;
	int64_t dead_id, parent_id;

	if (!find_parent(run, d, &parent_id, &placed, err) ||
	    !find_dead(run, d, parent_id, &dead_id, err))
		return false;
	if (dead_id == 0)
		return insert_dead(run, d, &placed, err);
	s = stmt_begin(run->db, SQL_DEAD_REOPEN, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":state", first_state(run, why));
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":key", d->key);
	stmt_text(s, ":code", oms_code_name(why->code));
	stmt_text(s, ":stage", d->stage);
	stmt_text(s, ":where_text", placed.where);
	stmt_text(s, ":reason", why->reason);
	stmt_text(s, ":sha256", d->sha256);
	stmt_text(s, ":owner", first_owner(run, why));
	stmt_int(s, ":dead_id", dead_id);
	return stmt_run(s, NULL, err) &&
	    dead_version_add(run, dead_id, d->sha256, "refused again", NULL,
		err);
}

bool
dead_resolve(struct run *run, const char *partner, const char *key,
    int64_t not_of_file_id, const char *resolution, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_RESOLVE_KEY, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":resolution", resolution);
	stmt_text(s, ":partner", partner);
	stmt_text(s, ":key", key);
	stmt_int(s, ":not_of_file_id", not_of_file_id);
	return stmt_run(s, NULL, err);
}

/* ---- a file that came again, whole -------------------------------------- */

/* Is the content of sha the beginning of the content of whole? */
static bool
is_beginning(const struct run *run, mem_ctx *row, const char *sha,
    const char *whole, bool *ret, struct oms_error *err)
{
	struct blob *a = spool_open(run, row, sha, err);
	struct blob *b = a != NULL ? spool_open(run, row, whole, err) : NULL;
	char *one = mem_zero(row, CHUNK_BYTES, "chunk");
	char *two = mem_zero(row, CHUNK_BYTES, "chunk");
	size_t n, m;

	if (a == NULL || b == NULL)
		return false;
	for (int64_t off = 0;; off += (int64_t)n) {
		if (!blob_read(a, one, CHUNK_BYTES, off, &n, err) ||
		    !blob_read(b, two, n, off, &m, err))
			return false;
		*ret = m == n && memcmp(one, two, n) == 0;
		if (n == 0 || !*ret)
			return true;
	}
}

/* A file that died whole, and its letter. */
struct dead_file {
	int64_t dead_id;
	int64_t file_id;
	char sha256[FS_SHA_BYTES];
};

/* The next one of that name; its dead_id is 0 when there is none. */
static bool
next_of_name(struct run *run, int64_t file_id, const char *partner,
    const char *name, struct dead_file *f, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_OF_NAME, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", partner);
	stmt_text(s, ":name", name);
	stmt_int(s, ":file_id", file_id);
	stmt_int(s, ":after", f->dead_id);
	f->dead_id = 0;
	if (stmt_one(s, err)) {
		f->dead_id = col_int(s, 0);
		f->file_id = col_int(s, 2);
		(void)str_copy(f->sha256, FS_SHA_BYTES, col_text(s, 1));
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
resolve_one(struct run *run, mem_ctx *row, const struct dead_file *f,
    int64_t by_file_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_SET_STATE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":state", "resolved");
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":resolution",
	    mem_printf(row, "file %lld of the same name came whole",
		(long long)by_file_id));
	stmt_int(s, ":dead_id", f->dead_id);
	if (!stmt_run(s, NULL, err))
		return false;
	s = stmt_begin(run->db, SQL_FILE_CLOSE, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", f->file_id);
	return stmt_run(s, NULL, err);
}

bool
dead_resolve_same_name(struct run *run, int64_t file_id, const char *partner,
    const char *name, const char *type, const char *sha256,
    struct oms_error *err)
{
	bool is_reference = strncmp(type, "ref.", 4) == 0, ok = true;
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_file f = { 0 };

	while (ok &&
	    (ok = next_of_name(run, file_id, partner, name, &f, err)) &&
	    f.dead_id != 0) {
		bool is_it = is_reference;

		ok = (is_it ||
			 is_beginning(run, row, f.sha256, sha256, &is_it,
			     err)) &&
		    (!is_it || resolve_one(run, row, &f, file_id, err));
	}
	mem_free(row);
	return ok;
}

/* ---- the views ---------------------------------------------------------- */

static char *
why_text(mem_ctx *ctx, const struct dead_row *d)
{
	char first[NUM_TS_BYTES];
	enum oms_code code = oms_code_of_name(d->code);
	bool known = code < OMS_CODE_COUNT;

	return mem_printf(ctx,
	    "code      %s\n"
	    "class     %s\n"
	    "where     %s\n"
	    "reason    %s\n"
	    "means     %s\n"
	    "to do     %s\n"
	    "first_ts  %s\n"
	    "tries     %lld\n"
	    "sha256    %s\n"
	    "hint      edit %s here, then run: oms dead retry %lld; or "
	    "drop the mended file into deadletter/requeue/\n",
	    d->code, known ? oms_class_name(oms_code_class(code)) : "",
	    d->where, d->reason, known ? oms_code_meaning(code) : "",
	    known ? oms_code_action(code) : "",
	    num_format_ts(d->first_ts_us, first), (long long)d->tries,
	    d->sha256, d->name, (long long)d->dead_id);
}

static bool
write_why(struct run *run, mem_ctx *row, const struct dead_row *d,
    const char *path, struct oms_error *err)
{
	char *text = why_text(row, d);
	char *old, *tmp;
	size_t n;
	struct oms_error absent = NO_ERROR;

	old = fs_read(row, path, 1 << 16, &n, &absent);
	if (old != NULL && strcmp(old, text) == 0)
		return true;
	tmp = spool_tmp(run, row);
	if (!fs_write_tmp(tmp, text, strlen(text), 0640, err))
		return false;
	if (rename(tmp, path) < 0)
		return oms_fail_errno(err, OMS_IO, "rename to %s", path);
	fault_step("dead.why");
	return true;
}

static bool
write_payload(struct run *run, mem_ctx *row, const struct dead_row *d,
    const char *path, struct oms_error *err)
{
	char *tmp, sha[FS_SHA_BYTES];
	int64_t version;

	if (access(path, F_OK) == 0) {
		/* What a person edits stays; an older version of ours does not. */
		if (d->version <= 1)
			return true;
		if (!dead_version_of_file(run, d->dead_id, path, sha, &version,
			err))
			return false;
		if (version == 0 || strcmp(sha, d->sha256) == 0)
			return true;
		if (!fs_remove(path, err))
			return false;
	}
	tmp = spool_tmp(run, row);
	if (!spool_copy(run, d->sha256, tmp, 0600, err))
		return oms_context(err, "bytes of dead letter %lld",
		    (long long)d->dead_id);
	return fs_publish(tmp, path, err);
}

bool
spool_repair_view(struct run *run, const struct dead_row *d,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	char *dir = mem_printf(row, "%s/deadletter/%s", run->cfg->home,
	    d->partner);
	char *path = fs_path(row, dir, d->name);
	bool ok = fs_mkdir(dir, 0750, err) &&
	    write_payload(run, row, d, path, err) &&
	    write_why(run, row, d, mem_printf(row, "%s.why", path), err);

	mem_free(row);
	return ok;
}

bool
spool_is_view(struct run *run, const char *name, bool *ret,
    struct oms_error *err)
{
	mem_ctx *row;
	struct dead_row *d;
	int64_t dead_id;
	char digits[9];
	struct oms_error not_ours = NO_ERROR;

	*ret = true; /* what is not ours is left alone */
	if (strlen(name) < 10 || name[8] != '-')
		return true;
	str_copy(digits, sizeof(digits), name);
	if (!num_parse_int(digits, 1, INT64_MAX, &dead_id, &not_ours))
		return true;
	row = mem_ctx_new(NULL, "row");
	d = dead_load(run->db, row, dead_id, err);
	if (d != NULL)
		*ret = strcmp(d->state, "open") == 0 ||
		    strcmp(d->state, "held") == 0;
	else if (err->code == OMS_NOT_FOUND)
		*err = NO_ERROR;
	mem_free(row);
	return err->code == OMS_OK;
}

static bool
sweep_partner(struct run *run, const char *partner, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	char *dir = mem_printf(row, "%s/deadletter/%s", run->cfg->home,
	    partner);
	DIR *d = opendir(dir);
	struct dirent *e;
	bool ok = true, wanted;

	while (ok && d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		ok = spool_is_view(run, e->d_name, &wanted, err) &&
		    (wanted || fs_remove(fs_path(row, dir, e->d_name), err));
	}
	if (d != NULL)
		(void)closedir(d);
	mem_free(row);
	return ok;
}

bool
spool_repair_views(struct run *run, struct oms_error *err)
{
	mem_ctx *row;
	struct dead_row *d;
	int64_t after = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < run->cfg->partner_count; i++)
		ok = sweep_partner(run, run->cfg->partners[i].id, err);
	while (ok) {
		row = mem_ctx_new(NULL, "row");
		d = dead_load_open_after(run->db, row, after, err);
		ok = d != NULL && spool_repair_view(run, d, err);
		if (d != NULL)
			after = d->dead_id;
		mem_free(row);
	}
	return err->code == OMS_OK;
}
