/* seal.c - see seal.h. */

#include "pipeline/seal.h"

#include <string.h>

#include "pipeline/act.h"

enum {
	MOVES_MAX = 5000, /* a seal */
	ROW_MAX_BYTES = 1 << 20,
	INT_MAX_BYTES = 24, /* 20 digits or so, and their number */
	COL_ORDER = 0,
	COL_AFTER,
	COL_KEY /* and from here on what is hashed */
};

/* ---- the text of a row -------------------------------------------------- */

/* SQLite would make a text of each number with its printf(). */
static void
add_int(struct sbuf *b, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char text[INT_MAX_BYTES]; /* 12:-12345678901 */
	size_t at = sizeof(text), n;

	do {
		text[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		text[--at] = '-';
	n = sizeof(text) - at;
	text[--at] = ':';
	text[--at] = (char)('0' + n % 10);
	if (n >= 10)
		text[--at] = (char)('0' + n / 10);
	sbuf_add(b, text + at, sizeof(text) - at);
}

void
seal_row_text(struct sbuf *b, struct stmt *s, int first)
{
	int count = col_count(s);

	sbuf_clear(b);
	for (int i = first; i < count; i++) {
		const char *text;
		size_t n;

		if (col_is_int(s, i)) {
			add_int(b, col_int(s, i));
			continue;
		}
		text = col_text(s, i);
		n = strlen(text);
		sbuf_addi(b, (int64_t)n);
		sbuf_addc(b, ':');
		sbuf_add(b, text, n);
	}
}

uint32_t
seal_sum(const char *text, size_t n)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619U;
	return h;
}

static void
add_sum(struct sbuf *b, uint32_t sum)
{
	static const char hex[] = "0123456789abcdef";
	char digits[SEAL_SUM_DIGITS];

	for (int i = SEAL_SUM_DIGITS - 1; i >= 0; i--, sum >>= 4)
		digits[i] = hex[sum & 0xf];
	sbuf_add(b, digits, SEAL_SUM_DIGITS);
}

void
seal_words(char *dst, size_t size, int64_t rows, const char *list_sha256,
    const char *rows_sha256)
{
	snprintf(dst, size, "rows %lld list %s rows %s", (long long)rows,
	    list_sha256, rows_sha256);
}

/* ---- a seal ------------------------------------------------------------- */

/* One seal being made. */
struct sealing {
	mem_ctx *ctx;
	struct fs_sha sha;
	struct sbuf row;
	struct sbuf list; /* the lines */
	struct sbuf sums; /* of the line that is open */
	int64_t rows;
	int64_t order_id; /* of the open line; -1 none is */
	int64_t from;
	int64_t upto;
	struct sealed *orders;
	size_t count;
	size_t room;
};

static void
begin(struct sealing *g, mem_ctx *ctx)
{
	*g = (struct sealing){ .ctx = ctx, .order_id = -1 };
	fs_sha_begin(&g->sha);
	sbuf_init(&g->row, ctx, ROW_MAX_BYTES);
	sbuf_init(&g->list, ctx, SEAL_LIST_MAX_BYTES);
	sbuf_init(&g->sums, ctx, SEAL_LIST_MAX_BYTES);
}

static void
end_line(struct sealing *g)
{
	if (g->order_id < 0)
		return;
	sbuf_addi(&g->list, g->order_id);
	sbuf_addc(&g->list, ' ');
	sbuf_addi(&g->list, g->from);
	sbuf_addc(&g->list, ' ');
	sbuf_addi(&g->list, g->upto);
	sbuf_addc(&g->list, ' ');
	sbuf_add(&g->list, g->sums.p, g->sums.len);
	sbuf_addc(&g->list, '\n');
	sbuf_clear(&g->sums);
	if (g->count == g->room) {
		g->room = g->room == 0 ? 256 : 2 * g->room;
		g->orders = mem_resize(g->ctx, g->orders,
		    g->room * sizeof(*g->orders));
	}
	g->orders[g->count++] = (struct sealed){ g->order_id, g->upto };
}

static void
add_row(struct sealing *g, struct stmt *s)
{
	int64_t order_id = col_int(s, COL_ORDER);

	if (order_id != g->order_id) {
		end_line(g);
		g->order_id = order_id;
		g->from = col_int(s, COL_AFTER);
	}
	g->upto = col_int(s, COL_KEY);
	seal_row_text(&g->row, s, COL_KEY);
	fs_sha_add(&g->sha, g->row.p, g->row.len);
	add_sum(&g->sums, seal_sum(g->row.p, g->row.len));
	g->rows++;
}

static bool
add_list(struct run *run, const struct sealing *g, struct oms_error *err)
{
	struct audit_head head;
	struct stmt *s;

	if (!audit_read_head(run->db, &head, err))
		return false;
	s = stmt_begin(run->db, SQL_SEAL_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":audit_id", head.audit_id);
	stmt_text(s, ":list", g->list.p);
	return stmt_run(s, NULL, err);
}

/* The audit row and its list; nothing when nothing was new. */
static bool
finish(struct run *run, struct sealing *g, const char *what,
    struct oms_error *err)
{
	char list_sha[FS_SHA_BYTES], rows_sha[FS_SHA_BYTES];
	char words[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "seal",
		.action = "seal",
		.object = what,
		.after = words };

	end_line(g);
	if (g->rows == 0)
		return true;
	if (!sbuf_ok(&g->list) || !sbuf_ok(&g->sums) || !sbuf_ok(&g->row))
		return oms_fail(err, OMS_LIMIT, "one seal over too much");
	fs_sha_of(g->list.p, g->list.len, list_sha);
	fs_sha_end(&g->sha, rows_sha);
	seal_words(words, sizeof(words), g->rows, list_sha, rows_sha);
	return act_add(run, &e, err) && add_list(run, g, err);
}

/* The rows of a statement behind after, up to and with upto. */
static bool
seal_rows(struct run *run, struct sealing *g, enum sql_id id, int64_t after,
    int64_t upto, const char *what, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":after", after);
	stmt_int(s, ":upto", upto);
	while (stmt_next(s, err))
		add_row(g, s);
	return err->code == OMS_OK && finish(run, g, what, err);
}

/* ---- events ------------------------------------------------------------- */

bool
seal_events(struct run *run, mem_ctx *ctx, int64_t after, int64_t upto,
    struct sealed **ret, size_t *ret_count, struct oms_error *err)
{
	struct sealing g;

	begin(&g, ctx);
	if (!seal_rows(run, &g, SQL_SEAL_EVENTS, after, upto, "event", err))
		return false;
	*ret = g.orders;
	*ret_count = g.count;
	return true;
}

static bool
mark_order(struct run *run, const struct sealed *o, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_SEAL_ORDER, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":sealed_seq", o->seq);
	stmt_int(s, ":order_id", o->order_id);
	return stmt_run(s, NULL, err);
}

/* *upto is 0 when no touched order comes after. */
static bool
next_orders(struct run *run, int64_t after, int64_t *upto,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_SEAL_NEXT_ORDERS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":after", after);
	stmt_int(s, ":max", run->cfg->batch_orders);
	*upto = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
seal_batch(struct run *run, mem_ctx *ctx, int64_t after, int64_t upto,
    struct oms_error *err)
{
	struct sealed *orders = NULL;
	size_t count = 0;

	if (!seal_events(run, ctx, after, upto, &orders, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!mark_order(run, &orders[i], err))
			return false;
	return true;
}

static bool
rest_of_events(struct run *run, struct oms_error *err)
{
	int64_t after = 0, upto = 0;
	bool ok = next_orders(run, after, &upto, err);

	while (ok && upto != 0) {
		mem_ctx *ctx = mem_ctx_new(NULL, "seal");

		ok = db_begin(run->db, err) &&
		    seal_batch(run, ctx, after, upto, err) &&
		    db_commit(run->db, "seal.events", err);
		if (!ok)
			db_rollback(run->db);
		after = upto;
		ok = ok && next_orders(run, after, &upto, err);
		mem_free(ctx);
	}
	return ok;
}

/* ---- stock moves -------------------------------------------------------- */

static bool
read_moves(struct run *run, int64_t *after, int64_t *last,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_SEAL_MOVES_OF, err);

	*after = *last = 0;
	if (s == NULL)
		return false;
	if (stmt_one(s, err)) {
		*after = col_int(s, 0);
		*last = col_int(s, 1);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
seal_moves(struct run *run, mem_ctx *ctx, int64_t after, int64_t upto,
    struct oms_error *err)
{
	struct sealing g;
	struct stmt *s;

	begin(&g, ctx);
	if (!seal_rows(run, &g, SQL_SEAL_MOVES, after, upto, "stock_move", err))
		return false;
	s = stmt_begin(run->db, SQL_COUNTER_SET, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":value", upto);
	stmt_text(s, ":name", "sealed_move");
	return stmt_run(s, NULL, err);
}

static bool
rest_of_moves(struct run *run, struct oms_error *err)
{
	int64_t after, last;
	bool ok = read_moves(run, &after, &last, err);

	while (ok && after < last) {
		mem_ctx *ctx = mem_ctx_new(NULL, "seal");
		int64_t upto = last - after > MOVES_MAX ? after + MOVES_MAX
							: last;

		ok = db_begin(run->db, err) &&
		    seal_moves(run, ctx, after, upto, err) &&
		    db_commit(run->db, "seal.moves", err);
		if (!ok)
			db_rollback(run->db);
		after = upto;
		mem_free(ctx);
	}
	return ok;
}

bool
seal_rest(struct run *run, struct oms_error *err)
{
	return rest_of_events(run, err) && rest_of_moves(run, err);
}
