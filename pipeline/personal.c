/* personal.c - see personal.h. */

#include "pipeline/personal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/count.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "pipeline/journal.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum { BATCH_ROWS = 500, PLACE_BYTES = 80, PREFIX_BYTES = 32, SHA_HEX = 64 };

static const char guest[] = "guest:";
enum { GUEST_BYTES = sizeof(guest) - 1 };

/* ---- which ring --------------------------------------------------------- */

/* A file that is not there yet is no fault; all else is. */
static bool
is_absent(mem_ctx *ctx, const struct config *cfg)
{
	const char *path = cfg->personal_key + strlen("file:");
	struct stat st;

	if (strncmp(cfg->personal_key, "file:", 5) != 0)
		return false;
	if (path[0] != '/')
		path = fs_path(ctx, cfg->home, path);
	return stat(path, &st) < 0 && errno == ENOENT;
}

struct ring *
personal_load(mem_ctx *ctx, const struct config *cfg, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "ring");
	struct ring *ring = NULL;
	const char *text;

	if (cfg->personal_key != NULL && cfg->personal_key[0] != '\0' &&
	    !is_absent(row, cfg)) {
		text = config_secret(row, cfg, cfg->personal_key, err);
		if (text != NULL)
			ring = ring_parse(ctx, text, err);
		if (ring == NULL)
			oms_context(err, "the key ring of [security]");
	}
	mem_free(row);
	return ring;
}

static struct stmt *
begin(struct run *run, enum sql_id id, struct oms_error *err)
{
	return stmt_begin(run->db, id, err);
}

bool
personal_state(struct run *run, const struct ring *ring, bool *ret_used,
    bool *ret_done, struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_PERSONAL_KEYS, err);

	*ret_used = *ret_done = false;
	while (s != NULL && stmt_next(s, err)) {
		*ret_used = true;
		if (strcmp(col_text(s, 1), "current") == 0)
			*ret_done = ring != NULL && col_int(s, 2) == 1 &&
			    strcmp(col_text(s, 0), ring_id(ring, 0)) == 0;
	}
	return err->code == OMS_OK;
}

static bool
has_all_keys(struct run *run, const struct ring *ring, struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_PERSONAL_KEYS, err);

	while (s != NULL && stmt_next(s, err))
		if (!ring_has(ring, col_text(s, 0))) {
			oms_fail(err, OMS_SECRET,
			    "personal data is encrypted with key %.8s, which "
			    "the key ring of [security] has not",
			    col_text(s, 0));
			stmt_end(s);
			return false;
		}
	return err->code == OMS_OK;
}

bool
personal_open(struct run *run, struct oms_error *err)
{
	/* The one place that completes a configuration once it is loaded. */
	struct config *cfg = (struct config *)(uintptr_t)run->cfg;
	struct ring *ring;
	bool is_used, is_done;

	cfg->ring = NULL;
	db_use_ring(run->db, NULL);
	if (!personal_state(run, NULL, &is_used, &is_done, err))
		return false;
	if (!is_used)
		return true;
	ring = personal_load(run->ctx, cfg, err);
	if (ring == NULL)
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_SECRET,
			"personal data is encrypted, and the key ring of "
			"[security] is not there: bring it back");
	if (!has_all_keys(run, ring, err))
		return false;
	cfg->ring = ring;
	db_use_ring(run->db, ring);
	return true;
}

static bool
add_event(struct run *run, const char *kind, const char *detail,
    struct oms_error *err)
{
	struct stmt *s;
	int64_t event_no;

	if (!db_next(run->db, "security_event", &event_no, err))
		return false;
	s = begin(run, SQL_SECURITY_EVENT_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":event_no", event_no);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":kind", kind);
	stmt_text(s, ":actor", run->actor);
	stmt_text(s, ":partner", "");
	stmt_null(s, ":file_id");
	stmt_int(s, ":count", 0);
	stmt_text(s, ":detail", detail);
	return stmt_run(s, NULL, err);
}

static bool
set_current(struct run *run, const char *key_id, struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_PERSONAL_KEYS_OLD, err);

	if (s == NULL || !stmt_run(s, NULL, err))
		return false;
	s = begin(run, SQL_PERSONAL_KEY_ADD, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":key_id", key_id);
	stmt_int(s, ":ts_us", run->now_us);
	return stmt_run(s, NULL, err);
}

static bool
is_current(struct run *run, const char *key_id, bool *ret,
    struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_PERSONAL_KEYS, err);

	*ret = false;
	while (s != NULL && stmt_next(s, err))
		*ret = *ret ||
		    (strcmp(col_text(s, 0), key_id) == 0 &&
			strcmp(col_text(s, 1), "current") == 0);
	return err->code == OMS_OK;
}

bool
personal_adopt(struct run *run, const struct ring *ring, const char *kind,
    struct oms_error *err)
{
	const char *id = ring_id(ring, 0);
	bool is_known;

	if (!is_current(run, id, &is_known, err))
		return false;
	if (is_known)
		return true;
	if (!db_begin(run->db, err))
		return false;
	if (set_current(run, id, err) && add_event(run, kind, id, err))
		return db_commit(run->db, "personal.adopt", err);
	db_rollback(run->db);
	return false;
}

bool
personal_is_settled(struct run *run, struct oms_error *err)
{
	bool is_known;

	if (run->cfg->ring == NULL)
		return true;
	if (!is_current(run, ring_id(run->cfg->ring, 0), &is_known, err))
		return false;
	return is_known ||
	    oms_fail(err, OMS_SECRET,
		"the key ring has a new first key: run oms key rotate, which "
		"takes it into use");
}

bool
personal_is_same(struct run *run, struct oms_error *err)
{
	const struct ring *ring = run->cfg->ring;
	struct stmt *s = begin(run, SQL_PERSONAL_KEYS, err);
	bool is_same = true;

	while (s != NULL && stmt_next(s, err))
		if (strcmp(col_text(s, 1), "current") == 0)
			is_same = ring != NULL &&
			    ring_has(ring, col_text(s, 0));
	if (err->code != OMS_OK)
		return false;
	return is_same ||
	    oms_fail(err, OMS_DB_BUSY,
		"the keys of personal data were changed meanwhile");
}

bool
personal_write(const struct config *cfg, const char *text,
    struct oms_error *err)
{
	mem_ctx *row;
	char *path, *tmp, *dir;
	bool ok;

	if (strncmp(cfg->personal_key, "file:", 5) != 0)
		return oms_fail(err, OMS_USAGE,
		    "the key ring is %s: put there what oms key new --print "
		    "prints",
		    cfg->personal_key);
	row = mem_ctx_new(NULL, "row");
	path = mem_strdup(row, cfg->personal_key + 5);
	if (path[0] != '/')
		path = fs_path(row, cfg->home, path);
	tmp = mem_printf(row, "%s.new", path);
	dir = mem_strndup(row, path, (size_t)(strrchr(path, '/') - path));
	(void)unlink(tmp); /* of a try that was killed */
	ok = fs_mkdir(dir, 0700, err) &&
	    fs_write_tmp(tmp, text, strlen(text), 0600, err);
	if (ok && rename(tmp, path) < 0)
		ok = oms_fail_errno(err, OMS_IO, "rename to %s", path);
	ok = ok && fs_sync_dir_of(path, err);
	if (ok)
		fault_step("personal.ring");
	mem_free(row);
	return ok;
}

void
personal_customer_key(const struct ring *ring, const char *text,
    char ret[PERSONAL_KEY_BYTES])
{
	char hash[SEAL_HASH_BYTES];

	(void)str_copy(ret, PERSONAL_KEY_BYTES, text);
	if (strncmp(text, guest, GUEST_BYTES) != 0 || strchr(text, '@') == NULL)
		return;
	for (char *p = ret; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (ring == NULL)
		return;
	seal_hash(ring, "email", text + GUEST_BYTES, hash);
	(void)snprintf(ret, PERSONAL_KEY_BYTES, "%s#%s", guest, hash);
}

static bool
change_hash(struct run *run, enum sql_id id, int64_t order_id, const char *kind,
    const char *text, struct oms_error *err)
{
	int64_t hash = text[0] == '\0'
	    ? 0
	    : seal_search(run->cfg->ring, kind, text);
	struct stmt *s;

	if (hash == 0)
		return true;
	s = begin(run, id, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":hash", hash);
	stmt_int(s, ":order_id", order_id);
	return stmt_run(s, NULL, err);
}

bool
personal_add_hash(struct run *run, int64_t order_id, const char *kind,
    const char *text, struct oms_error *err)
{
	return run->cfg->ring == NULL ||
	    change_hash(run, SQL_PERSONAL_HASH_ADD, order_id, kind, text, err);
}

bool
personal_drop_hashes(struct run *run, int64_t order_id, struct oms_error *err)
{
	struct stmt *s;

	if (run->cfg->ring == NULL)
		return true;
	s = begin(run, SQL_PERSONAL_HASHED, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	while (stmt_next(s, err))
		if (!change_hash(run, SQL_PERSONAL_HASH_DROP, order_id,
			col_text(s, 0), col_text(s, 1), err))
			return false;
	return err->code == OMS_OK;
}

void
personal_record_key(const struct ring *ring, const char *text,
    char ret[PERSONAL_KEY_BYTES])
{
	char hash[HASH_BYTES];

	personal_customer_key(ring, text, ret);
	if (strncmp(ret, guest, GUEST_BYTES) != 0 || strchr(ret, '@') == NULL)
		return;
	hash_of(ret, strlen(ret), hash);
	(void)snprintf(ret, PERSONAL_KEY_BYTES, "%s#%s", guest, hash);
}

/* ---- the rows ----------------------------------------------------------- */

/* A walk over everything, for one key. */
struct walk {
	struct run *run;
	const struct ring *ring;
	struct personal_counts *counts;
	char prefix[PREFIX_BYTES]; /* of what is done: "enc1:<id>:%" */
};

static struct stmt *
begin_batch(struct walk *w, enum sql_id id, int64_t after,
    struct oms_error *err)
{
	struct stmt *s = begin(w->run, id, err);

	if (s != NULL) {
		stmt_text(s, ":prefix", w->prefix);
		stmt_int(s, ":after", after);
		stmt_int(s, ":rows", BATCH_ROWS);
	}
	return s;
}

/* A row of orders, plain. */
struct order_row {
	int64_t order_id;
	const char *name;
	const char *email;
	const char *key;
};

static bool
put_order(struct walk *w, const struct order_row *o, struct oms_error *err)
{
	struct stmt *s = begin(w->run, SQL_PERSONAL_ORDER_SET, err);
	char place[PLACE_BYTES], key[PERSONAL_KEY_BYTES];

	if (s == NULL)
		return false;
	personal_customer_key(w->ring, o->key, key);
	(void)snprintf(place, sizeof(place), "orders.customer_name/%lld",
	    (long long)o->order_id);
	stmt_text(s, ":customer_key", key);
	stmt_sealed(s, ":customer_name", o->name, place);
	(void)snprintf(place, sizeof(place), "orders.customer_email/%lld",
	    (long long)o->order_id);
	stmt_sealed(s, ":customer_email", o->email, place);
	stmt_int(s, ":order_id", o->order_id);
	w->counts->rows++;
	return stmt_run(s, NULL, err) &&
	    personal_add_hash(w->run, o->order_id, "email", o->email, err) &&
	    personal_add_hash(w->run, o->order_id, "name", o->name, err);
}

/* The next batch of orders, from *after on, which moves along. */
static bool
orders_batch(struct walk *w, mem_ctx *ctx, int64_t *after, size_t *ret,
    struct oms_error *err)
{
	struct order_row *o = mem_array(ctx, struct order_row, BATCH_ROWS);
	struct stmt *s = begin_batch(w, SQL_PERSONAL_ORDERS, *after, err);
	bool ok = true;

	*ret = 0;
	while (s != NULL && stmt_next(s, err))
		o[(*ret)++] = (struct order_row){ .order_id = col_int(s, 0),
			.name = col_dup(s, 1, ctx),
			.email = col_dup(s, 2, ctx),
			.key = col_dup(s, 3, ctx) };
	for (size_t i = 0; err->code == OMS_OK && ok && i < *ret; i++)
		ok = put_order(w, &o[i], err);
	if (*ret > 0)
		*after = o[*ret - 1].order_id;
	return ok && err->code == OMS_OK;
}

/* A row of ship_group, plain, in the order of group_columns. */
enum { GROUP_COLUMNS = 5 };
static const char *const group_columns[GROUP_COLUMNS] = { ":name", ":company",
	":address1", ":address2", ":phone" };

struct group_row {
	int64_t order_id;
	int64_t group_no;
	const char *text[GROUP_COLUMNS];
};

static bool
put_group(struct walk *w, const struct group_row *g, struct oms_error *err)
{
	struct stmt *s = begin(w->run, SQL_PERSONAL_GROUP_SET, err);
	char place[PLACE_BYTES];

	if (s == NULL)
		return false;
	for (size_t i = 0; i < GROUP_COLUMNS; i++) {
		(void)snprintf(place, sizeof(place), "ship_group.%s/%lld/%lld",
		    group_columns[i] + 1, (long long)g->order_id,
		    (long long)g->group_no);
		stmt_sealed(s, group_columns[i], g->text[i], place);
	}
	stmt_int(s, ":order_id", g->order_id);
	stmt_int(s, ":group_no", g->group_no);
	w->counts->rows++;
	return stmt_run(s, NULL, err) &&
	    personal_add_hash(w->run, g->order_id, "name", g->text[0], err) &&
	    personal_add_hash(w->run, g->order_id, "phone",
		g->text[GROUP_COLUMNS - 1], err);
}

/* What is done falls out of the query, so *after may stand on an order. */
static bool
groups_batch(struct walk *w, mem_ctx *ctx, int64_t *after, size_t *ret,
    struct oms_error *err)
{
	struct group_row *g = mem_array(ctx, struct group_row, BATCH_ROWS);
	struct stmt *s = begin_batch(w, SQL_PERSONAL_GROUPS, *after, err);
	bool ok = true;

	for (*ret = 0; s != NULL && stmt_next(s, err); ++*ret) {
		g[*ret].order_id = col_int(s, 0);
		g[*ret].group_no = col_int(s, 1);
		for (int i = 0; i < GROUP_COLUMNS; i++)
			g[*ret].text[i] = col_dup(s, i + 2, ctx);
	}
	for (size_t i = 0; err->code == OMS_OK && ok && i < *ret; i++)
		ok = put_group(w, &g[i], err);
	if (*ret > 0)
		*after = g[*ret - 1].order_id;
	return ok && err->code == OMS_OK;
}

/* A note of a table with one: what people wrote, what customers asked for. */
struct noted {
	enum sql_id next;
	enum sql_id set;
	const char *column; /* its place: "dead.note" */
	const char *id;     /* parameter of set */
};

static bool
put_note(struct walk *w, const struct noted *t, int64_t id, const char *note,
    struct oms_error *err)
{
	struct stmt *s = begin(w->run, t->set, err);
	char place[PLACE_BYTES];

	if (s == NULL)
		return false;
	(void)snprintf(place, sizeof(place), "%s/%lld", t->column,
	    (long long)id);
	stmt_sealed(s, ":note", note, place);
	stmt_int(s, t->id, id);
	w->counts->rows++;
	return stmt_run(s, NULL, err);
}

static bool
noted_batch(struct walk *w, const struct noted *t, mem_ctx *ctx, int64_t *after,
    size_t *ret, struct oms_error *err)
{
	struct stmt *s = begin_batch(w, t->next, *after, err);
	int64_t ids[BATCH_ROWS];
	char *notes[BATCH_ROWS];
	bool ok = true;

	for (*ret = 0; s != NULL && stmt_next(s, err); ++*ret) {
		ids[*ret] = col_int(s, 0);
		notes[*ret] = col_dup(s, 1, ctx);
	}
	for (size_t i = 0; err->code == OMS_OK && ok && i < *ret; i++)
		ok = put_note(w, t, ids[i], notes[i], err);
	if (*ret > 0)
		*after = ids[*ret - 1];
	return ok && err->code == OMS_OK;
}

static bool
notes_batch(struct walk *w, mem_ctx *ctx, int64_t *after, size_t *ret,
    struct oms_error *err)
{
	static const struct noted dead = { SQL_PERSONAL_NOTES,
		SQL_DEAD_SET_NOTE, "dead.note", ":dead_id" };

	return noted_batch(w, &dead, ctx, after, ret, err);
}

static bool
trade_notes_batch(struct walk *w, mem_ctx *ctx, int64_t *after, size_t *ret,
    struct oms_error *err)
{
	static const struct noted trade = { SQL_PERSONAL_TRADE_NOTES,
		SQL_PERSONAL_TRADE_NOTE_SET, "trade_order.note", ":order_id" };

	return noted_batch(w, &trade, ctx, after, ret, err);
}

/* Limits and sums of guests, which have no other column to tell them by. */
static bool
guests_batch(struct walk *w, mem_ctx *ctx, int64_t *after, size_t *ret,
    struct oms_error *err)
{
	static const enum sql_id moves[] = { SQL_PERSONAL_LIMIT_MOVE,
		SQL_PERSONAL_LIMIT_DROP, SQL_PERSONAL_SPEND_MOVE,
		SQL_PERSONAL_SPEND_DROP };
	struct stmt *s = begin(w->run, SQL_PERSONAL_GUESTS, err);
	char *keys[BATCH_ROWS];
	bool ok = true;

	(void)after;
	*ret = 0;
	if (s != NULL)
		stmt_int(s, ":rows", BATCH_ROWS);
	while (s != NULL && stmt_next(s, err))
		keys[(*ret)++] = col_dup(s, 0, ctx);
	for (size_t i = 0; err->code == OMS_OK && i < *ret; i++)
		for (size_t k = 0; ok && k < sizeof(moves) / sizeof(*moves);
		     k++) {
			char key[PERSONAL_KEY_BYTES];

			s = begin(w->run, moves[k], err);
			if (s == NULL)
				return false;
			personal_customer_key(w->ring, keys[i], key);
			if (stmt_has(s, ":new_key"))
				stmt_text(s, ":new_key", key);
			stmt_text(s, ":old_key", keys[i]);
			ok = stmt_run(s, NULL, err);
		}
	w->counts->rows += (int64_t)*ret;
	return ok && err->code == OMS_OK;
}

typedef bool batch_fn(struct walk *w, mem_ctx *ctx, int64_t *after, size_t *ret,
    struct oms_error *err);

/* Batch by batch, a commit each, until one finds nothing. */
static bool
convert_rows(struct walk *w, batch_fn *batch, const char *step,
    struct oms_error *err)
{
	int64_t after = 0;
	size_t n = 1;

	while (n > 0) {
		mem_ctx *ctx = mem_ctx_new(NULL, "batch");
		bool ok = db_begin(w->run->db, err);

		if (ok && !batch(w, ctx, &after, &n, err)) {
			db_rollback(w->run->db);
			ok = false;
		}
		ok = ok && db_commit(w->run->db, step, err);
		mem_free(ctx);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- the files ---------------------------------------------------------- */

static bool
convert_file(struct walk *w, const char *path, const char *sha256,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct blob *b = blob_open(row, path, w->ring, err);
	bool ok = b != NULL;
	char *tmp;

	if (ok && strcmp(blob_key_id(b), ring_id(w->ring, 0)) != 0) {
		tmp = spool_tmp(w->run, row);
		ok = blob_seal(b, tmp, w->ring, sha256, err);
		if (ok && rename(tmp, path) < 0)
			ok = oms_fail_errno(err, OMS_IO, "rename to %s", path);
		if (ok)
			fault_step("personal.blob");
		w->counts->files += ok;
	}
	mem_free(row);
	return ok;
}

static bool
convert_folder(struct walk *w, const char *dir, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	DIR *d = opendir(dir);
	const struct dirent *e;
	int64_t before = w->counts->files;
	bool ok = d != NULL || errno == ENOTDIR ||
	    oms_fail_errno(err, OMS_IO, "read folder %s", dir);

	while (ok && d != NULL && (e = readdir(d)) != NULL)
		if (strlen(e->d_name) == SHA_HEX)
			ok = convert_file(w, fs_path(row, dir, e->d_name),
			    e->d_name, err);
	if (d != NULL)
		(void)closedir(d);
	if (ok && w->counts->files > before)
		ok = fs_sync_dir_of(fs_path(row, dir, "."), err);
	mem_free(row);
	return ok;
}

static bool
convert_files(struct walk *w, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	char *top = fs_path(row, w->run->cfg->home, "spool/blob");
	DIR *d = opendir(top);
	const struct dirent *e;
	bool ok = d != NULL ||
	    oms_fail_errno(err, OMS_IO, "read folder %s", top);

	while (ok && d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			ok = convert_folder(w, fs_path(row, top, e->d_name),
			    err);
	if (d != NULL)
		(void)closedir(d);
	mem_free(row);
	return ok;
}

/* ---- what lies aside ---------------------------------------------------- */

/* In a folder of the home, names like this with a stamp behind. */
struct aside {
	const char *dir;
	const char *prefix;
};

struct copies {
	mem_ctx *ctx;
	char *path[PERSONAL_COPIES_MAX];
	size_t count;
};

/* "" when there is no current key. */
static bool
current_since(struct run *run, char ret[NUM_TS_BYTES], struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_PERSONAL_KEYS, err);

	ret[0] = '\0';
	while (s != NULL && stmt_next(s, err))
		if (strcmp(col_text(s, 1), "current") == 0)
			(void)num_format_stamp(col_int(s, 3), ret);
	return err->code == OMS_OK;
}

static void
find_copies(struct copies *l, const struct config *cfg, const struct aside *a,
    const char *since)
{
	DIR *d = opendir(fs_path(l->ctx, cfg->home, a->dir));
	size_t n = strlen(a->prefix);
	const struct dirent *e;

	while (d != NULL && l->count < PERSONAL_COPIES_MAX &&
	    (e = readdir(d)) != NULL)
		if (strncmp(e->d_name, a->prefix, n) == 0 &&
		    isdigit((unsigned char)e->d_name[n]) &&
		    strncmp(e->d_name + n, since, strlen(since)) < 0)
			l->path[l->count++] = strcmp(a->dir, ".") == 0
			    ? mem_strdup(l->ctx, e->d_name)
			    : fs_path(l->ctx, a->dir, e->d_name);
	if (d != NULL)
		(void)closedir(d);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
personal_old_copies(struct run *run, void (*tell)(void *u, const char *path),
    void *u, struct oms_error *err)
{
	static const struct aside asides[] = { { ".", "oms.db.damaged-" },
		{ "replaced", "" }, { "spool", "journal.damaged-" } };
	mem_ctx *ctx = mem_ctx_new(NULL, "copies");
	struct copies *l = mem_new(ctx, struct copies);
	char since[NUM_TS_BYTES];
	bool ok = current_since(run, since, err);

	l->ctx = ctx;
	for (size_t i = 0; ok && since[0] != '\0' && i < COUNT(asides); i++)
		find_copies(l, run->cfg, &asides[i], since);
	if (l->count > 1)
		qsort(l->path, l->count, sizeof(char *), by_path);
	for (size_t i = 0; i < l->count; i++)
		tell(u, l->path[i]);
	mem_free(ctx);
	return ok;
}

/* ---- all of it ---------------------------------------------------------- */

static bool
set_done(struct run *run, struct oms_error *err)
{
	static const enum sql_id steps[] = { SQL_PERSONAL_KEYS_DROP_OLD,
		SQL_PERSONAL_KEY_DONE };

	if (!db_begin(run->db, err))
		return false;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		struct stmt *s = begin(run, steps[i], err);

		if (s == NULL || !stmt_run(s, NULL, err)) {
			db_rollback(run->db);
			return false;
		}
	}
	return db_commit(run->db, "personal.done", err);
}

bool
personal_begin(struct run *run, const struct ring *ring, struct oms_error *err)
{
	return personal_adopt(run, ring, "key_made", err) &&
	    personal_open(run, err) && set_done(run, err);
}

bool
personal_convert(struct run *run, struct personal_counts *ret,
    struct oms_error *err)
{
	struct walk w = { .run = run, .ring = run->cfg->ring, .counts = ret };
	bool ok, recorded;

	*ret = (struct personal_counts){ 0 };
	(void)snprintf(w.prefix, sizeof(w.prefix), "enc1:%s:%%",
	    ring_id(w.ring, 0));
	/* The journal is told of the outcome only: it begins anew behind it. */
	recorded = db_record(run->db, false);
	ok = convert_rows(&w, guests_batch, "personal.guests", err) &&
	    convert_rows(&w, orders_batch, "personal.orders", err) &&
	    convert_rows(&w, groups_batch, "personal.groups", err) &&
	    convert_rows(&w, notes_batch, "personal.notes", err) &&
	    convert_rows(&w, trade_notes_batch, "personal.trade_notes", err) &&
	    convert_files(&w, err) && db_vacuum(run->db, err);
	(void)db_record(run->db, recorded);
	/* Older copies and entries hold what is encrypted now, as it was. */
	return ok && journal_base(run, err) && journal_forget(run, err) &&
	    set_done(run, err);
}

bool
personal_finish(struct run *run, struct oms_error *err)
{
	struct personal_counts counts;
	bool is_used, is_done;

	if (run->cfg->ring == NULL)
		return true;
	if (!personal_adopt(run, run->cfg->ring, "key_rotated", err) ||
	    !personal_state(run, run->cfg->ring, &is_used, &is_done, err))
		return false;
	if (is_done)
		return true;
	if (!personal_convert(run, &counts, err))
		return oms_context(err, "encrypt personal data");
	log_event(LOG_INFO_, "recover",
	    "event=personal.sealed rows=%lld files=%lld",
	    (long long)counts.rows, (long long)counts.files);
	return true;
}
