/*
 * allocate.c - choose nodes and reserve: parts 1200, 1300, 1310, 1400 -> 1500.
 *
 * New orders and old backorders stand in one queue, so an old backorder gets
 * new stock before a newer order does.  A batch is read, solved in memory
 * and written; its reservations are added up and checked against the stock
 * rows as they are now.  Should somebody have changed the stock meanwhile,
 * the batch is taken back, the stock loaded again and the batch solved anew.
 *
 * What no node has follows the shortage word of its product: backorder 1300,
 * cancel 9000, ask 1120.  An order with a question to its customer rests,
 * with what is reserved, until somebody answers.  An order for which nothing
 * changes is not written.
 */

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "model/status.h"
#include "pipeline/alloc_book.h"
#include "pipeline/alloc_explain.h"
#include "pipeline/order_ops.h"
#include "pipeline/queue.h"
#include "pipeline/stage.h"
#include "pipeline/stock.h"
#include "store/stmt.h"

enum {
	DETAIL_MAX_BYTES = 300,
	TRIES_MAX = 3 /* of a batch, when the stock changes under it */
};

/* A quantity that waits for a node. */
struct waiting {
	int64_t part_no;
	int64_t group_no;
	int64_t qty;
	int status;
	bool released_before; /* it has a history of releases */
	size_t product;       /* of the line, a kit's own SKU */
	const char *sku;
	const char *zone;
	const char *method;
	size_t first_need;
	size_t need_count;
	int64_t placed_qty; /* by the pieces of the order */
};

struct order {
	int64_t order_id;
	const char *channel;
	const char *currency;
	int64_t total_minor;
	int64_t ship_by_ts_us;
	bool ship_complete;
	bool asks;      /* a part waits for the customer's answer */
	bool scheduled; /* a part has its node already */
	size_t first_part;
	size_t part_count;
	size_t first_used;
	size_t used_count;
};

/* A node that sends something to a ship group of the order already. */
struct used_node {
	int64_t group_no;
	size_t node;
};

/* So much of a part comes from a node. */
struct piece {
	size_t part; /* index in the batch */
	size_t node;
	int64_t qty;
};

/* To be reserved when the batch is written. */
struct claim {
	const char *sku;
	size_t node;
	int64_t qty;
	bool endless;
};

struct allocation {
	struct run *run;
	struct alloc_book *book;
	struct queue q;
	int64_t allocated; /* orders of the batch */
	struct alloc_rules rules;
	struct alloc_site *sites;

	/* Of the batch at hand. */
	mem_ctx *ctx;
	struct order *orders;
	size_t order_count;
	struct waiting *parts;
	size_t part_count;
	struct alloc_need *needs;
	const char **need_skus;
	size_t need_count;
	struct used_node *used;
	size_t used_count;
	struct claim *claims;
	size_t claim_count;

	/* Of the order at hand. */
	struct alloc_line *lines; /* of one ship group */
	size_t *line_parts;
	size_t *line_products;
	size_t line_room;
	struct piece *pieces;
	size_t piece_count;
	size_t piece_room;
	struct sbuf why;
	struct sbuf detail;
};

/* Room for one more of n elements of an array in the batch's context. */
static void *
one_more(struct allocation *a, void *p, size_t n, size_t bytes)
{
	if ((n & (n - 1)) != 0)
		return p;
	return mem_resize(a->ctx, p, (n == 0 ? 1 : 2 * n) * bytes);
}

/* A text that once ran over its limit stays closed: begin another. */
static void
restart(struct allocation *a, struct sbuf *text, size_t max_bytes)
{
	if (sbuf_ok(text))
		sbuf_clear(text);
	else
		sbuf_init(text, a->ctx, max_bytes);
}

static void
add_order(struct allocation *a, struct stmt *s)
{
	a->orders = one_more(a, a->orders, a->order_count, sizeof(*a->orders));
	a->orders[a->order_count++] = (struct order){ .order_id = col_int(s, 0),
		.channel = col_dup(s, 1, a->ctx),
		.currency = col_dup(s, 2, a->ctx),
		.total_minor = col_int(s, 3),
		.ship_by_ts_us = col_int(s, 4),
		.ship_complete = col_int(s, 5) != 0,
		.first_part = a->part_count,
		.first_used = a->used_count };
}

static void
add_part(struct allocation *a, struct stmt *s)
{
	char *sku = col_dup(s, 11, a->ctx);

	a->parts = one_more(a, a->parts, a->part_count, sizeof(*a->parts));
	a->parts[a->part_count++] = (struct waiting){ .part_no = col_int(s, 6),
		.group_no = col_int(s, 7),
		.qty = col_int(s, 8),
		.status = (int)col_int(s, 9),
		.released_before = col_int(s, 10) != 0,
		.product = book_product(a->book, sku),
		.sku = sku,
		.zone = col_dup(s, 12, a->ctx),
		.method = col_dup(s, 13, a->ctx),
		.first_need = a->need_count };
	a->orders[a->order_count - 1].part_count++;
}

/* The part's own SKU, or the component of the kit in this row. */
static void
add_need(struct allocation *a, struct stmt *s)
{
	struct waiting *p = &a->parts[a->part_count - 1];
	bool kit = !col_is_null(s, 14);
	const char *sku = kit ? col_dup(s, 14, a->ctx) : p->sku;

	a->needs = one_more(a, a->needs, a->need_count, sizeof(*a->needs));
	a->need_skus = one_more(a, a->need_skus, a->need_count,
	    sizeof(*a->need_skus));
	a->needs[a->need_count] = (struct alloc_need){ .sku = kit
		    ? book_product(a->book, sku)
		    : p->product,
		.qty_per = kit ? col_int(s, 15) : 1 };
	a->need_skus[a->need_count++] = sku;
	p->need_count++;
}

static void
add_used(struct allocation *a, struct order *o, struct stmt *s)
{
	struct used_node use = { col_int(s, 7),
		book_node(a->book, col_text(s, 16)) };

	for (size_t i = o->first_used; i < a->used_count; i++)
		if (a->used[i].group_no == use.group_no &&
		    a->used[i].node == use.node)
			return;
	a->used = one_more(a, a->used, a->used_count, sizeof(*a->used));
	a->used[a->used_count++] = use;
	o->used_count++;
}

/* Of the other parts it matters that they are there, and where. */
static bool
is_waiting(struct allocation *a, struct stmt *s)
{
	struct order *o = &a->orders[a->order_count - 1];

	if (col_is_null(s, 6))
		return false;
	switch (col_int(s, 9)) {
	case PART_ACTION_REQUIRED: o->asks = true; return false;
	case PART_SCHEDULED:
		o->scheduled = true;
		add_used(a, o, s);
		return false;
	default: break;
	}
	if (col_int(s, 9) < PART_SCHEDULED)
		return true;
	add_used(a, o, s);
	return false;
}

/* Rows come order by order, part by part. */
static bool
read_batch(struct allocation *a, struct oms_error *err)
{
	struct stmt *s = queue_stmt(a->run, SQL_ALLOCATE_PARTS, &a->q, err);

	a->orders = NULL;
	a->parts = NULL;
	a->needs = NULL;
	a->need_skus = NULL;
	a->used = NULL;
	a->claims = NULL;
	a->order_count = a->part_count = a->need_count = 0;
	a->used_count = a->claim_count = 0;
	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		const struct order *o = a->order_count == 0
		    ? NULL
		    : &a->orders[a->order_count - 1];

		if (o == NULL || o->order_id != col_int(s, 0)) {
			add_order(a, s);
			o = &a->orders[a->order_count - 1];
		}
		if (!is_waiting(a, s))
			continue;
		if (o->part_count == 0 ||
		    a->parts[a->part_count - 1].part_no != col_int(s, 6))
			add_part(a, s);
		add_need(a, s);
	}
	return err->code == OMS_OK;
}

static void
make_room(struct allocation *a, size_t part_count)
{
	if (part_count <= a->line_room)
		return;
	a->line_room = 2 * part_count;
	a->lines = mem_resize(a->book, a->lines,
	    a->line_room * sizeof(*a->lines));
	a->line_parts = mem_resize(a->book, a->line_parts,
	    a->line_room * sizeof(*a->line_parts));
	a->line_products = mem_resize(a->book, a->line_products,
	    a->line_room * sizeof(*a->line_products));
}

static struct alloc_line
line_of(const struct allocation *a, const struct waiting *p)
{
	return (struct alloc_line){ p->qty, a->needs + p->first_need,
		p->need_count };
}

static int64_t
weight_of(const struct allocation *a, const struct waiting *p)
{
	int64_t weight_g = 0;

	for (size_t i = 0; i < p->need_count; i++) {
		const struct alloc_need *n = &a->needs[p->first_need + i];

		weight_g = num_add_product(weight_g, p->qty * n->qty_per,
		    a->book->products[n->sku].weight_g);
	}
	return weight_g;
}

/* The waiting parts of one ship group as lines; returns how many. */
static size_t
gather_group(struct allocation *a, const struct order *o, int64_t group_no,
    struct book_case *ret)
{
	size_t n = 0;

	*ret = (struct book_case){ .channel = o->channel,
		.currency = o->currency,
		.value_minor = o->total_minor,
		.products = a->line_products };
	for (size_t i = o->first_part; i < o->first_part + o->part_count; i++) {
		const struct waiting *p = &a->parts[i];

		if (p->group_no != group_no)
			continue;
		a->lines[n] = line_of(a, p);
		a->line_products[n] = p->product;
		a->line_parts[n++] = i;
		ret->zone = p->zone;
		ret->method = p->method;
		ret->weight_g = num_add_product(ret->weight_g, 1,
		    weight_of(a, p));
	}
	ret->product_count = n;
	return n;
}

static void
take(struct allocation *a, size_t part, size_t node, int64_t qty)
{
	struct alloc_line line = line_of(a, &a->parts[part]);

	if (a->piece_count == a->piece_room) {
		a->piece_room = 2 * a->piece_room + 16;
		a->pieces = mem_resize(a->book, a->pieces,
		    a->piece_room * sizeof(*a->pieces));
	}
	a->pieces[a->piece_count++] = (struct piece){ part, node, qty };
	a->parts[part].placed_qty += qty;
	alloc_take(a->book->grid, &line, node, qty);
}

/* Returns how many nodes the group has already. */
static size_t
mark_in_use(struct allocation *a, const struct order *o, int64_t group_no)
{
	size_t count = 0;

	for (size_t i = o->first_used; i < o->first_used + o->used_count; i++) {
		if (a->used[i].group_no != group_no)
			continue;
		count++;
		if (a->used[i].node < a->book->node_count)
			a->sites[a->used[i].node].in_use = true;
	}
	return count;
}

static void
solve_group(struct allocation *a, const struct order *o, int64_t group_no)
{
	struct book_case c;
	struct alloc_job job = { .lines = a->lines,
		.line_count = gather_group(a, o, group_no, &c),
		.sites = a->sites,
		.rules = &a->rules };
	const struct book_rule *rule = book_rule(a->book, &c);
	struct alloc_plan plan;

	book_sites(a->book, rule, c.zone, a->run->now_us, o->ship_by_ts_us,
	    a->sites);
	job.in_use_count = mark_in_use(a, o, group_no);
	a->rules.ship_complete = o->ship_complete;
	alloc_solve(a->book->grid, &job, &plan);
	alloc_explain(&a->why, a->book, group_no, &c, rule, &job, &plan);
	for (size_t i = 0; i < plan.piece_count; i++)
		take(a, a->line_parts[plan.pieces[i].line], plan.pieces[i].node,
		    plan.pieces[i].qty);
}

/* The least ship group above the one given; INT64_MAX: there is none. */
static int64_t
next_group(const struct allocation *a, const struct order *o, int64_t after)
{
	int64_t next = INT64_MAX;

	for (size_t i = o->first_part; i < o->first_part + o->part_count; i++)
		if (a->parts[i].group_no > after && a->parts[i].group_no < next)
			next = a->parts[i].group_no;
	return next;
}

static bool
is_filled(const struct allocation *a, const struct order *o)
{
	for (size_t i = o->first_part; i < o->first_part + o->part_count; i++)
		if (a->parts[i].placed_qty < a->parts[i].qty)
			return false;
	return true;
}

static void
give_back(struct allocation *a)
{
	for (size_t i = 0; i < a->piece_count; i++) {
		const struct piece *e = &a->pieces[i];
		struct alloc_line line = line_of(a, &a->parts[e->part]);

		alloc_give(a->book->grid, &line, e->node, e->qty);
		a->parts[e->part].placed_qty = 0;
	}
	a->piece_count = 0;
}

/* Every ship group by itself; complete means all groups or none. */
static void
solve_order(struct allocation *a, const struct order *o)
{
	restart(a, &a->why, EXPLAIN_MAX_BYTES);
	make_room(a, o->part_count);
	for (int64_t g = next_group(a, o, 0); g != INT64_MAX;
	     g = next_group(a, o, g))
		solve_group(a, o, g);
	if (!o->ship_complete || is_filled(a, o))
		return;
	give_back(a);
	sbuf_adds(&a->why, "must ship complete: nothing is reserved\n");
}

static void
claim(struct allocation *a, const struct piece *e)
{
	const struct waiting *p = &a->parts[e->part];

	for (size_t i = p->first_need; i < p->first_need + p->need_count; i++) {
		a->claims = one_more(a, a->claims, a->claim_count,
		    sizeof(*a->claims));
		a->claims[a->claim_count++] = (struct claim){ a->need_skus[i],
			e->node, e->qty * a->needs[i].qty_per,
			alloc_get(a->book->grid, a->needs[i].sku, e->node) ==
			    ALLOC_ENDLESS };
	}
}

/* What is to become of a quantity that no node has. */
static int
shortage_status(const struct allocation *a, const struct order *o,
    const struct waiting *p)
{
	static const int wanted[] = { [SHORTAGE_BACKORDER] = PART_BACKORDERED,
		[SHORTAGE_CANCEL] = PART_CANCELLED,
		[SHORTAGE_ASK] = PART_ACTION_REQUIRED };
	int to = o->ship_complete
	    ? PART_BACKORDERED
	    : wanted[a->book->products[p->product].shortage];

	/* An unscheduled part must be backordered before it can be asked. */
	return part_may_move(p->status, to) ? to : PART_BACKORDERED;
}

/* The part itself becomes qty units at a node, or without one. */
static bool
place_part(struct allocation *a, const struct order *o, const struct waiting *p,
    int to, const char *node, int64_t qty, struct oms_error *err)
{
	/* A part with releases moves with its history, after its quantity. */
	int now = p->released_before ? p->status : to;
	struct stmt *s;
	int64_t changed;

	if (!part_check_move(p->status, to, err))
		return false;
	s = stmt_begin(a->run->db, SQL_PART_PLACE, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":to_status", now);
	stmt_text(s, ":node", node);
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":order_id", o->order_id);
	stmt_int(s, ":part_no", p->part_no);
	stmt_int(s, ":from_status", p->status);
	if (!stmt_run(s, &changed, err))
		return false;
	if (changed != 1)
		return oms_fail(err, OMS_INTERNAL, "part %lld is not %d",
		    (long long)p->part_no, p->status);
	return !p->released_before ||
	    part_move(a->run, o->order_id, p->part_no, p->status, to, err);
}

static bool
split_part(struct allocation *a, const struct order *o, const struct waiting *p,
    int to, const char *node, int64_t qty, struct oms_error *err)
{
	struct stmt *s;

	/* What is left of a backorder simply stays one. */
	if (to != p->status && !part_check_move(p->status, to, err))
		return false;
	s = stmt_begin(a->run->db, SQL_PART_SPLIT, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":to_status", to);
	stmt_text(s, ":node", node);
	stmt_int(s, ":order_id", o->order_id);
	stmt_int(s, ":part_no", p->part_no);
	return stmt_run(s, NULL, err);
}

/* The pieces of a part, then what is left of it. */
static bool
write_part(struct allocation *a, const struct order *o, size_t part,
    struct oms_error *err)
{
	const struct waiting *p = &a->parts[part];
	int64_t rest = p->qty - p->placed_qty;
	bool first = true;

	for (size_t i = 0; i < a->piece_count; i++) {
		const struct piece *e = &a->pieces[i];

		if (e->part != part)
			continue;
		if (!(first ? place_part : split_part)(a, o, p, PART_SCHEDULED,
			a->book->nodes[e->node].node, e->qty, err))
			return false;
		first = false;
		claim(a, e);
	}
	if (rest == 0)
		return true;
	if (first && shortage_status(a, o, p) == p->status)
		return true;
	return (first ? place_part : split_part)(a, o, p,
	    shortage_status(a, o, p), "", rest, err);
}

/* The order's nodes with their units: "WH-EAST 3, WH-WEST 1". */
static bool
say_allocated(struct allocation *a, const struct order *o,
    struct oms_error *err)
{
	restart(a, &a->detail, DETAIL_MAX_BYTES);
	for (size_t n = 0; n < a->book->node_count; n++) {
		int64_t qty = 0;

		for (size_t i = 0; i < a->piece_count; i++)
			if (a->pieces[i].node == n)
				qty += a->pieces[i].qty;
		if (qty > 0)
			sbuf_addf(&a->detail, "%s%s %lld",
			    a->detail.len > 0 ? ", " : "",
			    a->book->nodes[n].node, (long long)qty);
	}
	return order_event(a->run, o->order_id, "allocated",
	    a->parts[a->pieces[0].part].status, PART_SCHEDULED, a->detail.p,
	    err);
}

/* The event of one kind of shortage, if any part newly came to it. */
static bool
say_shortage(struct allocation *a, const struct order *o, int to,
    const char *event, struct oms_error *err)
{
	int from = 0;

	restart(a, &a->detail, DETAIL_MAX_BYTES);
	for (size_t i = o->first_part; i < o->first_part + o->part_count; i++) {
		const struct waiting *p = &a->parts[i];

		if (p->placed_qty == p->qty || p->status == to ||
		    shortage_status(a, o, p) != to)
			continue;
		if (from == 0)
			from = p->status;
		sbuf_addf(&a->detail, "%s%.60s %lld",
		    a->detail.len > 0 ? ", " : "no stock: ", p->sku,
		    (long long)(p->qty - p->placed_qty));
	}
	return from == 0 ||
	    order_event(a->run, o->order_id, event, from, to, a->detail.p, err);
}

static bool
write_explain(struct allocation *a, const struct order *o,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(a->run->db, SQL_ALLOC_EXPLAIN_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", o->order_id);
	stmt_int(s, ":ts_us", a->run->now_us);
	stmt_text(s, ":text", a->why.p);
	return stmt_run(s, NULL, err);
}

/* Where the order goes next, after its parts are what they became. */
static int
next_stage(const struct allocation *a, const struct order *o)
{
	bool waits = false, asks = o->asks;

	for (size_t i = o->first_part; i < o->first_part + o->part_count; i++) {
		const struct waiting *p = &a->parts[i];
		int to = shortage_status(a, o, p);

		if (p->placed_qty == p->qty)
			continue;
		asks = asks || to == PART_ACTION_REQUIRED;
		waits = waits || to == PART_BACKORDERED;
	}
	if (asks) /* it rests, with what is reserved */
		return ORDER_AT_REST;
	if (o->scheduled || a->piece_count > 0)
		return ORDER_TO_RELEASE;
	return waits ? ORDER_TO_ALLOCATE : ORDER_AT_REST;
}

static bool
write_stage(struct allocation *a, const struct order *o, struct oms_error *err)
{
	return order_set_stage(a->run, o->order_id, next_stage(a, o), err);
}

static bool
write_order(struct allocation *a, const struct order *o, struct oms_error *err)
{
	for (size_t i = 0; i < o->part_count; i++)
		if (!write_part(a, o, o->first_part + i, err))
			return false;
	if (a->piece_count > 0 && !say_allocated(a, o, err))
		return false;
	return say_shortage(a, o, PART_BACKORDERED, "backordered", err) &&
	    say_shortage(a, o, PART_CANCELLED, "cancelled", err) &&
	    say_shortage(a, o, PART_ACTION_REQUIRED, "customer_ask", err) &&
	    write_explain(a, o, err) && write_stage(a, o, err);
}

static bool
changes(const struct allocation *a, const struct order *o)
{
	for (size_t i = o->first_part; i < o->first_part + o->part_count; i++) {
		const struct waiting *p = &a->parts[i];

		if (p->placed_qty > 0 || shortage_status(a, o, p) != p->status)
			return true;
	}
	return false;
}

static bool
allocate_order(struct allocation *a, const struct order *o,
    struct oms_error *err)
{
	a->piece_count = 0;
	if (o->part_count == 0) /* nothing waits: it only has to move on */
		return write_stage(a, o, err);
	solve_order(a, o);
	if (!changes(a, o))
		return true;
	a->allocated += a->piece_count > 0;
	return write_order(a, o, err) ||
	    oms_context(err, "allocate order %lld", (long long)o->order_id);
}

static int
claim_order(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int by_sku = strcmp(x->sku, y->sku);

	if (by_sku != 0)
		return by_sku;
	return x->node < y->node ? -1 : x->node > y->node;
}

/* One update a stock row, in the order of its key. */
static bool
reserve_claims(struct allocation *a, bool *ret_enough, struct oms_error *err)
{
	*ret_enough = true;
	if (a->claim_count > 0)
		qsort(a->claims, a->claim_count, sizeof(*a->claims),
		    claim_order);
	for (size_t i = 0, next; i < a->claim_count && *ret_enough; i = next) {
		const struct claim *c = &a->claims[i];
		int64_t qty = 0;

		for (next = i; next < a->claim_count &&
		     claim_order(c, &a->claims[next]) == 0;
		     next++)
			qty += a->claims[next].qty;
		if (!stock_reserve(a->run, c->sku, a->book->nodes[c->node].node,
			qty, c->endless, ret_enough, err))
			return false;
	}
	return true;
}

static bool
write_batch(struct allocation *a, bool *ret_enough, struct oms_error *err)
{
	if (!read_batch(a, err))
		return false;
	a->allocated = 0;
	for (size_t i = 0; i < a->order_count; i++)
		if (!allocate_order(a, &a->orders[i], err))
			return false;
	return reserve_claims(a, ret_enough, err);
}

static bool
try_batch(struct allocation *a, bool *ret_enough, struct oms_error *err)
{
	bool ok;

	a->ctx = mem_ctx_new(a->run->ctx, "allocate batch");
	sbuf_init(&a->why, a->ctx, EXPLAIN_MAX_BYTES);
	sbuf_init(&a->detail, a->ctx, DETAIL_MAX_BYTES);
	ok = db_begin(a->run->db, err) && write_batch(a, ret_enough, err);
	if (ok && *ret_enough)
		ok = db_commit(a->run->db, "allocate.batch", err);
	else
		db_rollback(a->run->db);
	mem_free(a->ctx);
	return ok;
}

static bool
allocate_batch(struct allocation *a, struct oms_error *err)
{
	bool enough = false;

	for (int i = 0; i < TRIES_MAX; i++) {
		if (!try_batch(a, &enough, err))
			return false;
		if (enough)
			return true;
		if (!alloc_book_reload(a->book, a->run, err))
			return false;
	}
	return oms_fail(err, OMS_DB_BUSY,
	    "the stock changed %d times while it was allocated", TRIES_MAX);
}

bool
stage_allocate(struct run *run, struct stage_result *res, struct oms_error *err)
{
	const struct config *cfg = run->cfg;
	struct allocation a = { .run = run,
		.q = QUEUE_START,
		.rules = { .max_splits = cfg->max_splits,
		    .scarcity_weight = cfg->scarcity_weight,
		    .distance_weight = cfg->distance_weight,
		    .split_lines = cfg->split_lines } };

	a.book = alloc_book_new(run->ctx, run, err);
	if (a.book == NULL)
		return false;
	a.sites = mem_array(a.book, struct alloc_site, a.book->node_count + 1);
	while (queue_next(run, SQL_ALLOCATE_QUEUE, &a.q, err)) {
		if (!allocate_batch(&a, err))
			break;
		res->done += a.allocated;
		res->waiting += a.q.count - a.allocated;
	}
	mem_free(a.book);
	return err->code == OMS_OK;
}
