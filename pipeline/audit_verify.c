/* audit_verify.c - see audit_verify.h. */

#include "pipeline/audit_verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/mem.h"
#include "pipeline/seal.h"
#include "store/stmt.h"

enum {
	TEXT_BYTES = 400,
	ROW_MAX_BYTES = 1 << 20,
	WORDS_BYTES = 400,
	COL_KEY = 2 /* of the rows of a seal */
};

struct walk {
	struct db *db;
	struct verify *v;
	mem_ctx *ctx;

	/* the chain */
	char before_last[FS_SHA_BYTES];
	int64_t edited_id; /* not told yet: it may be an inserted one; 0 none */
	int64_t shift;     /* rows were written with an id so much higher */
	bool is_told;      /* of the row just before, or of this one */

	/* the seals */
	int64_t moves_upto;
	int64_t sealed_events;
	struct sbuf row;
};

static void PRINTF(4, 5)
    tell(struct walk *w, const char *id, const char *kind, const char *fmt, ...)
{
	char what[TEXT_BYTES];
	struct verify_fault f = { .id = id, .kind = kind, .what = what };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	w->v->faults++;
	w->v->tell(w->v->u, &f);
}

static void PRINTF(4, 5) tell_row(struct walk *w, int64_t audit_id,
    const char *kind, const char *fmt, ...)
{
	char id[40], what[TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(id, sizeof(id), "audit %lld", (long long)audit_id);
	tell(w, id, kind, "%s", what);
}

/* ---- the rows of a seal -------------------------------------------------- */

/* A line of a list. */
struct line {
	int64_t order_id; /* 0: stock moves */
	int64_t from;
	int64_t upto;
	const char *sums;
	size_t count; /* of the sums */
};

/* The checksums of the rows as they are now. */
struct found {
	uint32_t *sums;
	int64_t *keys;
	size_t count;
	size_t room;
};

static bool
read_line(const char **p, struct line *ret)
{
	long long order_id, from, upto;
	int n = 0;

	if (sscanf(*p, "%lld %lld %lld %n", &order_id, &from, &upto, &n) != 3 ||
	    n == 0)
		return false;
	ret->order_id = order_id;
	ret->from = from;
	ret->upto = upto;
	ret->sums = *p + n;
	ret->count = strcspn(ret->sums, "\n") / SEAL_SUM_DIGITS;
	*p = ret->sums + strcspn(ret->sums, "\n");
	*p += **p == '\n';
	return true;
}

static uint32_t
sum_at(const struct line *l, size_t i)
{
	char hex[SEAL_SUM_DIGITS + 1];

	memcpy(hex, l->sums + i * SEAL_SUM_DIGITS, SEAL_SUM_DIGITS);
	hex[SEAL_SUM_DIGITS] = '\0';
	return (uint32_t)strtoul(hex, NULL, 16);
}

static bool
read_rows(struct walk *w, const struct line *l, struct fs_sha *sha,
    struct found *ret, struct oms_error *err)
{
	bool is_move = l->order_id == 0;
	struct stmt *s = stmt_begin(w->db,
	    is_move ? SQL_SEAL_MOVES : SQL_VERIFY_EVENTS, err);

	ret->count = 0;
	if (s == NULL)
		return false;
	stmt_int(s, ":after", l->from);
	if (!is_move)
		stmt_int(s, ":order_id", l->order_id);
	stmt_int(s, ":upto", l->upto);
	while (stmt_next(s, err)) {
		seal_row_text(&w->row, s, COL_KEY);
		fs_sha_add(sha, w->row.p, w->row.len);
		if (ret->count == ret->room) {
			ret->room = ret->room == 0 ? 256 : 2 * ret->room;
			ret->sums = mem_resize(w->ctx, ret->sums,
			    ret->room * sizeof(*ret->sums));
			ret->keys = mem_resize(w->ctx, ret->keys,
			    ret->room * sizeof(*ret->keys));
		}
		ret->keys[ret->count] = col_int(s, COL_KEY);
		ret->sums[ret->count++] = seal_sum(w->row.p, w->row.len);
	}
	return err->code == OMS_OK;
}

static char *
name_row(struct walk *w, const struct line *l, int64_t key)
{
	struct oms_error unread = NO_ERROR;
	struct stmt *s;
	char *name;

	if (l->order_id == 0)
		return mem_printf(w->ctx, "stock_move %lld", (long long)key);
	name = mem_printf(w->ctx, "event of order_id %lld, seq %lld",
	    (long long)l->order_id, (long long)key);
	s = stmt_begin(w->db, SQL_AUDIT_ORDER_NO, &unread);
	if (s == NULL)
		return name;
	stmt_int(s, ":order_id", l->order_id);
	if (stmt_one(s, &unread))
		name = mem_printf(w->ctx, "event %.200s/%lld", col_text(s, 0),
		    (long long)key);
	stmt_end(s);
	return name;
}

/*
 * The first row of a line that is not what it was: keys have no gap, so what
 * is missing is deleted, and what is too much is inserted.
 */
static bool
tell_line(struct walk *w, int64_t audit_id, const struct line *l,
    const struct found *f)
{
	bool bad = false;

	for (size_t i = 0, k = 0; i < l->count || k < f->count;) {
		int64_t key = l->from + 1 + (int64_t)i;
		bool is_there = k < f->count && f->keys[k] == key;

		if (is_there && i < l->count && f->sums[k] == sum_at(l, i)) {
			i++, k++;
			continue;
		}
		bad = true;
		if (is_there && i < l->count)
			tell(w, name_row(w, l, key), "edited",
			    "it is not what audit %lld sealed",
			    (long long)audit_id);
		else if (i < l->count)
			tell(w, name_row(w, l, key), "deleted",
			    "audit %lld sealed it", (long long)audit_id);
		else
			tell(w, name_row(w, l, f->keys[k]), "inserted",
			    "audit %lld did not seal it", (long long)audit_id);
		k += is_there || i >= l->count;
		i += i < l->count;
	}
	return bad;
}

/* Is the list's range the one that comes after the seal before it? */
static void
check_range(struct walk *w, int64_t audit_id, const struct line *l)
{
	w->v->sealed_rows += (int64_t)l->count;
	if (l->order_id != 0) {
		w->sealed_events += l->upto - l->from;
		return;
	}
	if (l->from != w->moves_upto)
		tell_row(w, audit_id, "moved",
		    "it seals stock moves after %lld, the seal before it "
		    "ended with %lld",
		    (long long)l->from, (long long)w->moves_upto);
	w->moves_upto = l->upto;
}

static bool
open_list(struct walk *w, int64_t audit_id, const char *list, const char *words,
    struct oms_error *err)
{
	char list_sha[FS_SHA_BYTES], rows_sha[FS_SHA_BYTES];
	char now[WORDS_BYTES];
	const char *p = list;
	struct fs_sha sha;
	struct found f = { 0 };
	struct line l;
	bool told = false;
	int64_t rows = 0;

	fs_sha_begin(&sha);
	fs_sha_of(list, strlen(list), list_sha);
	if (strstr(words, list_sha) == NULL) {
		tell_row(w, audit_id, "edited",
		    "its row in table seal is not the one it was made with");
		return true;
	}
	while (read_line(&p, &l)) {
		if (!read_rows(w, &l, &sha, &f, err))
			return false;
		told = tell_line(w, audit_id, &l, &f) || told;
		check_range(w, audit_id, &l);
		rows += (int64_t)l.count;
	}
	fs_sha_end(&sha, rows_sha);
	seal_words(now, sizeof(now), rows, list_sha, rows_sha);
	if (!told && strcmp(now, words) != 0)
		tell_row(w, audit_id, "edited",
		    "the rows it seals give %s, it says %s", now, words);
	return true;
}

static bool
check_seal(struct walk *w, int64_t audit_id, const char *words,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(w->db, SQL_VERIFY_LIST, err);
	mem_ctx *outer = w->ctx;
	bool ok = true;

	if (s == NULL)
		return false;
	w->ctx = mem_ctx_new(outer, "seal");
	sbuf_init(&w->row, w->ctx, ROW_MAX_BYTES);
	stmt_int(s, ":audit_id", audit_id);
	if (stmt_one(s, err))
		ok = open_list(w, audit_id, col_text(s, 0), words, err);
	else if (err->code == OMS_OK)
		tell_row(w, audit_id, "deleted",
		    "its row in table seal is gone");
	stmt_end(s);
	mem_free(w->ctx);
	w->ctx = outer;
	return ok && err->code == OMS_OK;
}

/* ---- the chain ----------------------------------------------------------- */

/* A row of the chain, in the columns of verify_chain. */
struct row {
	int64_t audit_id;
	int64_t ts_us;
	const char *actor;
	struct audit_entry e;
	const char *prev;
	const char *hash;
};

static struct row
row_of(struct stmt *s)
{
	return (struct row){ .audit_id = col_int(s, 0),
		.ts_us = col_int(s, 1),
		.actor = col_text(s, 2),
		.e = { col_text(s, 3), col_text(s, 4), col_text(s, 5),
		    col_text(s, 6), col_text(s, 7) },
		.prev = col_text(s, 8),
		.hash = col_text(s, 9) };
}

/* Is its hash its own, had it been written with this id? */
static bool
is_of_id(const struct row *r, int64_t audit_id)
{
	char hash[FS_SHA_BYTES];

	audit_hash(audit_id, r->ts_us, r->actor, &r->e, r->prev, hash);
	return strcmp(hash, r->hash) == 0;
}

/* A row that was renumbered tells that others went or came before it. */
static bool
was_renumbered(struct walk *w, const struct row *r)
{
	const int64_t tries[] = { w->shift, 0, w->shift + 1, w->shift - 1, 1,
		-1 };

	for (size_t i = 0; i < COUNT(tries); i++) {
		if (!is_of_id(r, r->audit_id + tries[i]))
			continue;
		if (tries[i] != 0 && tries[i] != w->shift && !w->is_told)
			tell_row(w, r->audit_id, "moved",
			    "it was written as row %lld: rows before it were "
			    "deleted, inserted or swapped",
			    (long long)(r->audit_id + tries[i]));
		w->shift = tries[i];
		return true;
	}
	return false;
}

static void
tell_edited(struct walk *w)
{
	if (w->edited_id != 0)
		tell_row(w, w->edited_id, "edited",
		    "its hash is not that of what it says");
	w->edited_id = 0;
}

/* How the row stands behind the one before it. */
static void
check_link(struct walk *w, const struct row *r)
{
	const struct audit_head *last = &w->v->last;

	if (r->audit_id != last->audit_id + 1) {
		tell_edited(w);
		if (r->audit_id == last->audit_id + 2)
			tell_row(w, last->audit_id + 1, "deleted",
			    "the numbers have no gap, and it is missing");
		else
			tell_row(w, last->audit_id + 1, "deleted",
			    "rows up to %lld are missing",
			    (long long)r->audit_id - 1);
	} else if (strcmp(r->prev, last->hash) == 0) {
		tell_edited(w);
	} else if (w->is_told) {
		return; /* of the row before it: that is why */
	} else if (last->audit_id > 0 && strcmp(r->prev, w->before_last) == 0) {
		tell_row(w, last->audit_id, "inserted",
		    "the row after it does not know it");
		w->edited_id = 0;
	} else if (w->edited_id != 0) {
		tell_edited(w);
	} else if (is_of_id(r, r->audit_id)) {
		tell_row(w, last->audit_id, "edited",
		    "its hash was made again: the row after it has another");
	}
}

static void
check_heads(struct walk *w, const struct row *r)
{
	for (size_t i = 0; i < w->v->head_count; i++)
		if (w->v->heads[i].audit_id == r->audit_id &&
		    strcmp(w->v->heads[i].hash, r->hash) != 0)
			tell_row(w, r->audit_id, "edited",
			    "the chain was made again up to here: its hash "
			    "was noted as %s",
			    w->v->heads[i].hash);
}

/* Schema 1 had no audit yet. */
static void
note_upgrade(struct walk *w, const struct row *r)
{
	if (strcmp(r->e.category, "schema") != 0 ||
	    strcmp(r->e.before, "schema 1") != 0)
		return;
	w->v->upgraded_id = r->audit_id;
	w->v->upgraded_ts_us = r->ts_us;
}

static bool
check_row(struct walk *w, const struct row *r, struct oms_error *err)
{
	int64_t faults = w->v->faults;

	note_upgrade(w, r);
	check_link(w, r);
	w->is_told = w->v->faults > faults;
	if (!was_renumbered(w, r))
		w->edited_id = r->audit_id;
	w->is_told = w->v->faults > faults;
	check_heads(w, r);
	(void)str_copy(w->before_last, FS_SHA_BYTES, w->v->last.hash);
	w->v->last.audit_id = r->audit_id;
	(void)str_copy(w->v->last.hash, FS_SHA_BYTES, r->hash);
	w->v->rows++;
	return strcmp(r->e.category, "seal") != 0 ||
	    check_seal(w, r->audit_id + w->shift, r->e.after, err);
}

static bool
check_chain(struct walk *w, struct oms_error *err)
{
	struct stmt *s = stmt_begin(w->db, SQL_VERIFY_CHAIN, err);

	while (s != NULL && stmt_next(s, err)) {
		struct row r = row_of(s);

		if (!check_row(w, &r, err)) {
			stmt_end(s);
			return false;
		}
	}
	tell_edited(w);
	return err->code == OMS_OK;
}

/* Numbers that were given, and heads that were noted, are there. */
static void
check_end(struct walk *w, int64_t given)
{
	int64_t last_id = w->v->last.audit_id;

	for (size_t i = 0; i < w->v->head_count; i++)
		if (w->v->heads[i].audit_id > given)
			given = w->v->heads[i].audit_id;
	if (given > last_id)
		tell_row(w, last_id + 1, "cut off",
		    "rows up to %lld are missing at the end", (long long)given);
	else if (given < last_id)
		tell_row(w, given + 1, "inserted",
		    "no number above %lld was given", (long long)given);
}

/* ---- what no seal covers ------------------------------------------------- */

static bool
check_lists(struct walk *w, struct oms_error *err)
{
	struct stmt *s = stmt_begin(w->db, SQL_VERIFY_LISTS_ALONE, err);

	while (s != NULL && stmt_next(s, err)) {
		char id[40];

		snprintf(id, sizeof(id), "seal %lld", (long long)col_int(s, 0));
		tell(w, id, "inserted", "no row of the audit has that seal");
	}
	return err->code == OMS_OK;
}

static void
check_stray(struct walk *w, struct stmt *s)
{
	const char *order_no = col_text(s, 0);
	int64_t first = col_int(s, 1), last = col_int(s, 2);
	int64_t sealed = col_int(s, 3), open = col_int(s, 5);
	bool waits = col_int(s, 4) != 0;
	char id[300];

	snprintf(id, sizeof(id), "event %.200s/%lld", order_no,
	    (long long)(first < 1 ? first : sealed + 1));
	if (first < 1)
		tell(w, id, "inserted", "events are numbered from 1");
	if (last <= sealed)
		return;
	if (!waits)
		tell(w, id, "inserted",
		    "it has no seal, and its order does not wait for one");
	else if (open != last - sealed)
		tell(w, id, "deleted", "of %lld new events %lld are there",
		    (long long)(last - sealed), (long long)open);
	w->v->open_rows += open;
}

static bool
check_strays(struct walk *w, struct oms_error *err)
{
	struct stmt *s = stmt_begin(w->db, SQL_VERIFY_STRAYS, err);

	while (s != NULL && stmt_next(s, err))
		check_stray(w, s);
	return err->code == OMS_OK;
}

static bool
check_sum(struct walk *w, struct oms_error *err)
{
	struct stmt *s = stmt_begin(w->db, SQL_VERIFY_SEALED_SUM, err);

	if (s == NULL || !stmt_one(s, err))
		return false;
	if (col_int(s, 0) != w->sealed_events)
		tell(w, "orders.sealed_seq", "edited",
		    "the seals hold %lld events, the orders say %lld",
		    (long long)w->sealed_events, (long long)col_int(s, 0));
	stmt_end(s);
	return true;
}

static bool
check_moves(struct walk *w, struct oms_error *err)
{
	struct stmt *s = stmt_begin(w->db, SQL_VERIFY_MOVES, err);
	int64_t count, last, first;

	if (s == NULL)
		return false;
	stmt_int(s, ":after", w->moves_upto);
	if (!stmt_one(s, err))
		return false;
	count = col_int(s, 0);
	last = count > 0 ? col_int(s, 2) : w->moves_upto;
	first = col_int(s, 3);
	stmt_end(s);
	if (first < 1)
		tell(w, "stock_move", "inserted", "moves are numbered from 1");
	if (last - w->moves_upto != count)
		tell(w, "stock_move", "deleted",
		    "of %lld moves after the last seal %lld are there",
		    (long long)(last - w->moves_upto), (long long)count);
	w->v->open_rows += count;
	return true;
}

bool
audit_verify(struct db *db, struct verify *v, struct oms_error *err)
{
	/* Open to the end: so that all others see what it sees. */
	struct stmt *s = stmt_begin(db, SQL_VERIFY_COUNTER, err);
	struct walk w = { .db = db,
		.v = v,
		.ctx = mem_ctx_new(NULL, "verify") };
	bool ok = s != NULL && stmt_one(s, err);

	if (ok) {
		ok = check_chain(&w, err);
		check_end(&w, col_int(s, 0));
		ok = ok && (v->faults > 0 || check_lists(&w, err)) &&
		    check_strays(&w, err) && check_sum(&w, err) &&
		    check_moves(&w, err);
		stmt_end(s);
	}
	mem_free(w.ctx);
	return ok;
}
