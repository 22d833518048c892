/*
 * release.c - give scheduled parts to their nodes: parts 1500 -> 3200.
 *
 * One release and one shipment for each order, node and ship group, with
 * keys that are never used again.  Before that the stock is looked at once
 * more: it may have been counted lower since it was reserved.  Where it does
 * not reach, the parts are released in the order of the queue as far as it
 * goes, and the rest go back to the queue as backorders, with their
 * reservation freed.
 */

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "model/status.h"
#include "pipeline/order_ops.h"
#include "pipeline/queue.h"
#include "pipeline/stage.h"
#include "pipeline/stock.h"
#include "store/stmt.h"

enum {
	KEY_BYTES = 24, /* R00000001 and more digits when they come */
	DETAIL_MAX_BYTES = 300
};

/* So many of a SKU that a part holds at its node. */
struct held {
	const char *sku;
	int64_t qty;
	bool is_short; /* more is reserved of it than there is */
};

struct scheduled {
	int64_t part_no;
	int64_t group_no;
	const char *node;
	int64_t qty;
	int64_t weight_g;
	bool released_before;
	size_t first_held;
	size_t held_count;
	bool goes_back;
	bool leads; /* its release and shipment are made with it */
};

struct order {
	int64_t order_id;
	bool ship_complete;
	bool waits; /* other parts of it are backordered */
	size_t first_part;
	size_t part_count;
};

/* Stock that does not reach, and how much of it may still be released. */
struct cell {
	const char *sku;
	const char *node;
	int64_t left_qty;
};

struct releasing {
	struct run *run;
	struct queue q;
	mem_ctx *cells_ctx;
	struct cell *cells; /* by SKU and node; loaded when one is met */
	size_t cell_count;
	int64_t released;   /* orders of the batch */
	int64_t keys;       /* releases of the batch */
	int64_t release_no; /* the last number given */
	int64_t shipment_no;

	/* Of the batch at hand. */
	mem_ctx *ctx;
	struct order *orders;
	size_t order_count;
	struct scheduled *parts;
	size_t part_count;
	struct held *held;
	size_t held_count;
	struct sbuf released_detail;
	struct sbuf short_detail;
};

/* Room for one more of n elements of an array in a context. */
static void *
one_more(mem_ctx *ctx, void *p, size_t n, size_t bytes)
{
	if ((n & (n - 1)) != 0)
		return p;
	return mem_resize(ctx, p, (n == 0 ? 1 : 2 * n) * bytes);
}

static void
add_order(struct releasing *r, struct stmt *s)
{
	r->orders = one_more(r->ctx, r->orders, r->order_count,
	    sizeof(*r->orders));
	r->orders[r->order_count++] = (struct order){ .order_id = col_int(s, 0),
		.ship_complete = col_int(s, 1) != 0,
		.first_part = r->part_count };
}

static void
add_part(struct releasing *r, struct stmt *s)
{
	r->parts = one_more(r->ctx, r->parts, r->part_count, sizeof(*r->parts));
	r->parts[r->part_count++] = (struct scheduled){ .part_no = col_int(s,
							    2),
		.group_no = col_int(s, 3),
		.node = col_dup(s, 4, r->ctx),
		.qty = col_int(s, 5),
		.released_before = col_int(s, 6) != 0,
		.first_held = r->held_count };
	r->orders[r->order_count - 1].part_count++;
}

/* Without inventory information there is nothing that could be short. */
static bool
is_short(const struct releasing *r, struct stmt *s)
{
	int64_t counted_us = col_int(s, 12);
	int64_t stale_us = r->run->cfg->stale_stock_s * 1000000;

	if (strcmp(col_text(s, 13), "infinite") == 0 &&
	    (counted_us == 0 ||
		(stale_us > 0 && r->run->now_us - counted_us > stale_us)))
		return false;
	return col_int(s, 11) > col_int(s, 10);
}

static void
add_held(struct releasing *r, struct stmt *s)
{
	struct scheduled *p = &r->parts[r->part_count - 1];
	struct held *h;

	r->held = one_more(r->ctx, r->held, r->held_count, sizeof(*r->held));
	h = &r->held[r->held_count++];
	*h = (struct held){ .sku = col_dup(s, 7, r->ctx),
		.qty = p->qty * col_int(s, 8),
		.is_short = is_short(r, s) };
	p->weight_g = num_add_product(p->weight_g, h->qty, col_int(s, 9));
	p->held_count++;
}

/* Rows come order by order, part by part. */
static bool
read_batch(struct releasing *r, struct oms_error *err)
{
	struct stmt *s = queue_stmt(r->run, SQL_RELEASE_PARTS, &r->q, err);

	r->orders = NULL;
	r->parts = NULL;
	r->held = NULL;
	r->order_count = r->part_count = r->held_count = 0;
	if (s == NULL)
		return false;
	stmt_int(s, ":now_us", r->run->now_us);
	while (stmt_next(s, err)) {
		if (r->order_count == 0 ||
		    r->orders[r->order_count - 1].order_id != col_int(s, 0))
			add_order(r, s);
		if (col_is_null(s, 2))
			continue;
		if (col_int(s, 14) != PART_SCHEDULED) {
			r->orders[r->order_count - 1].waits = true;
			continue;
		}
		if (r->orders[r->order_count - 1].part_count == 0 ||
		    r->parts[r->part_count - 1].part_no != col_int(s, 2))
			add_part(r, s);
		add_held(r, s);
	}
	return err->code == OMS_OK;
}

static int
cell_order(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	int by_sku = strcmp(x->sku, y->sku);

	return by_sku != 0 ? by_sku : strcmp(x->node, y->node);
}

/*
 * What is on hand less what is released already may still be released.  The
 * sum over the scheduled parts costs a walk, so it is only made when a batch
 * meets stock that does not reach, and then kept up to date in memory.
 */
static bool
load_cells(struct releasing *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RELEASE_SHORT_CELLS, err);

	mem_free(r->cells_ctx);
	r->cells_ctx = mem_ctx_new(r->run->ctx, "short stock");
	r->cells = NULL;
	r->cell_count = 0;
	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		int64_t scheduled = col_int(s, 4);
		int64_t left = col_int(s, 2) - (col_int(s, 3) - scheduled);

		r->cells = one_more(r->cells_ctx, r->cells, r->cell_count,
		    sizeof(*r->cells));
		r->cells[r->cell_count++] = (struct cell){ col_dup(s, 0,
							       r->cells_ctx),
			col_dup(s, 1, r->cells_ctx), left > 0 ? left : 0 };
	}
	if (r->cell_count > 0)
		qsort(r->cells, r->cell_count, sizeof(*r->cells), cell_order);
	return err->code == OMS_OK;
}

/*
 * The cell a part draws from; NULL when the stock there reaches.  What is not
 * short when its batch is read stays so: releasing reserves nothing.
 */
static struct cell *
cell_of(const struct releasing *r, const struct scheduled *p,
    const struct held *h)
{
	struct cell key = { .sku = h->sku, .node = p->node };

	if (!h->is_short || r->cell_count == 0)
		return NULL;
	return bsearch(&key, r->cells, r->cell_count, sizeof(*r->cells),
	    cell_order);
}

/* Before a batch: is there short stock that we have no account of? */
static bool
account_for_short(struct releasing *r, struct oms_error *err)
{
	for (size_t i = 0; i < r->part_count; i++) {
		const struct scheduled *p = &r->parts[i];

		for (size_t k = 0; k < p->held_count; k++) {
			const struct held *h = &r->held[p->first_held + k];

			if (h->is_short && cell_of(r, p, h) == NULL)
				return load_cells(r, err);
		}
	}
	return true;
}

/* Take (sign 1) from the short cells of a part, or give back (-1). */
static void
draw(struct releasing *r, const struct scheduled *p, int sign)
{
	for (size_t k = 0; k < p->held_count; k++) {
		const struct held *h = &r->held[p->first_held + k];
		struct cell *c = cell_of(r, p, h);

		if (c != NULL)
			c->left_qty -= sign * h->qty;
	}
}

/* After draw(): did every cell have that much?  A kit may need one twice. */
static bool
reached(const struct releasing *r, const struct scheduled *p)
{
	for (size_t k = 0; k < p->held_count; k++) {
		const struct cell *c = cell_of(r, p,
		    &r->held[p->first_held + k]);

		if (c != NULL && c->left_qty < 0)
			return false;
	}
	return true;
}

/* Which parts of an order go back; all or none if it must ship complete. */
static void
judge_order(struct releasing *r, const struct order *o)
{
	struct scheduled *p = r->parts + o->first_part;
	bool any_back = false;

	for (size_t i = 0; i < o->part_count; i++) {
		draw(r, &p[i], 1);
		p[i].goes_back = !reached(r, &p[i]);
		any_back = any_back || p[i].goes_back;
		if (p[i].goes_back)
			draw(r, &p[i], -1);
	}
	for (size_t i = 0; any_back && o->ship_complete && i < o->part_count;
	     i++) {
		if (!p[i].goes_back)
			draw(r, &p[i], -1);
		p[i].goes_back = true;
	}
}

static bool
put_back(struct releasing *r, const struct order *o, struct scheduled *p,
    struct oms_error *err)
{
	struct stmt *s;

	if (!stock_free_part(r->run, o->order_id, p->part_no, err) ||
	    !part_move(r->run, o->order_id, p->part_no, PART_SCHEDULED,
		PART_BACKORDERED, err))
		return false;
	sbuf_addf(&r->short_detail, "%s%.60s %lld at %s",
	    r->short_detail.len > 0 ? ", " : "stock is gone: ",
	    r->held[p->first_held].sku, (long long)p->qty, p->node);
	s = stmt_begin(r->run->db, SQL_RELEASE_UNPLACE, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", o->order_id);
	stmt_int(s, ":part_no", p->part_no);
	return stmt_run(s, NULL, err);
}

/* The numbers before the first one of the batch. */
static bool
take_numbers(struct releasing *r, const char *counter, int64_t *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RELEASE_TAKE_KEYS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":count", r->keys);
	stmt_text(s, ":name", counter);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_INTERNAL, "no counter %s", counter);
	*ret = col_int(s, 0);
	stmt_end(s);
	return true;
}

static bool
add_release(struct releasing *r, const struct order *o,
    const struct scheduled *p, const char *release_key, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RELEASE_ADD, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":release_key", release_key);
	stmt_int(s, ":order_id", o->order_id);
	stmt_int(s, ":group_no", p->group_no);
	stmt_text(s, ":node", p->node);
	stmt_int(s, ":ts_us", r->run->now_us);
	return stmt_run(s, NULL, err);
}

static bool
add_shipment(struct releasing *r, const struct order *o,
    const struct scheduled *p, const char *release_key,
    const char *shipment_key, int64_t weight_g, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RELEASE_ADD_SHIPMENT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", shipment_key);
	stmt_text(s, ":release_key", release_key);
	stmt_int(s, ":order_id", o->order_id);
	stmt_int(s, ":group_no", p->group_no);
	stmt_text(s, ":node", p->node);
	stmt_int(s, ":stage", SHIPMENT_TO_BILL);
	stmt_int(s, ":weight_g", weight_g);
	return stmt_run(s, NULL, err);
}

static bool
set_keys(struct releasing *r, const struct order *o, const struct scheduled *p,
    int to, const char *release_key, const char *shipment_key,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RELEASE_PART, err);
	int64_t changed;

	if (s == NULL)
		return false;
	stmt_int(s, ":to_status", to);
	stmt_text(s, ":release_key", release_key);
	stmt_text(s, ":shipment_key", shipment_key);
	stmt_int(s, ":order_id", o->order_id);
	stmt_int(s, ":part_no", p->part_no);
	if (!stmt_run(s, &changed, err))
		return false;
	return changed == 1 ||
	    oms_fail(err, OMS_INTERNAL, "part %lld is not scheduled",
		(long long)p->part_no);
}

static bool
first_status(struct releasing *r, const struct order *o,
    const struct scheduled *p, const char *release_key, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RELEASE_FIRST_STATUS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", o->order_id);
	stmt_int(s, ":part_no", p->part_no);
	stmt_text(s, ":release_key", release_key);
	stmt_int(s, ":qty", p->qty);
	stmt_int(s, ":ts_us", r->run->now_us);
	return stmt_run(s, NULL, err);
}

static bool
add_line(struct releasing *r, const struct order *o, const struct scheduled *p,
    const char *shipment_key, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RELEASE_ADD_LINE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", shipment_key);
	stmt_int(s, ":order_id", o->order_id);
	stmt_int(s, ":part_no", p->part_no);
	stmt_int(s, ":planned", p->qty);
	return stmt_run(s, NULL, err);
}

static bool
release_part(struct releasing *r, const struct order *o, struct scheduled *p,
    const char *release_key, const char *shipment_key, struct oms_error *err)
{
	bool ok;

	if (p->released_before) /* its history goes on */
		ok = set_keys(r, o, p, PART_SCHEDULED, release_key,
			 shipment_key, err) &&
		    part_move(r->run, o->order_id, p->part_no, PART_SCHEDULED,
			PART_RELEASED, err);
	else
		ok = set_keys(r, o, p, PART_RELEASED, release_key, shipment_key,
			 err) &&
		    first_status(r, o, p, release_key, err);
	return ok && add_line(r, o, p, shipment_key, err);
}

static bool
is_together(const struct scheduled *a, const struct scheduled *b)
{
	return !b->goes_back && a->group_no == b->group_no &&
	    strcmp(a->node, b->node) == 0;
}

/* How many releases an order becomes, and which part stands for each. */
static void
count_keys(struct releasing *r, const struct order *o)
{
	struct scheduled *p = r->parts + o->first_part;

	for (size_t i = 0; i < o->part_count; i++) {
		size_t k = 0;

		while (k < i && !is_together(&p[i], &p[k]))
			k++;
		p[i].leads = k == i && !p[i].goes_back;
		r->keys += p[i].leads;
	}
}

/* The part and all that go with it to the same place from the same node. */
static bool
release_together(struct releasing *r, const struct order *o, size_t first,
    struct oms_error *err)
{
	struct scheduled *p = r->parts + o->first_part;
	char release_key[KEY_BYTES], shipment_key[KEY_BYTES];
	int64_t weight_g = 0;

	for (size_t i = first; i < o->part_count; i++)
		if (is_together(&p[first], &p[i]))
			weight_g = num_add_product(weight_g, 1, p[i].weight_g);
	snprintf(release_key, KEY_BYTES, "R%08lld", (long long)++r->release_no);
	snprintf(shipment_key, KEY_BYTES, "S%08lld",
	    (long long)++r->shipment_no);
	if (!add_release(r, o, &p[first], release_key, err) ||
	    !add_shipment(r, o, &p[first], release_key, shipment_key, weight_g,
		err))
		return false;
	sbuf_addf(&r->released_detail, "%s%s %s %s",
	    r->released_detail.len > 0 ? ", " : "", release_key, shipment_key,
	    p[first].node);
	for (size_t i = first; i < o->part_count; i++)
		if (is_together(&p[first], &p[i]) &&
		    !release_part(r, o, &p[i], release_key, shipment_key, err))
			return false;
	return true;
}

static bool
write_events(struct releasing *r, const struct order *o, struct oms_error *err)
{
	if (r->released_detail.len > 0 &&
	    !order_event(r->run, o->order_id, "released", PART_SCHEDULED,
		PART_RELEASED, r->released_detail.p, err))
		return false;
	return r->short_detail.len == 0 ||
	    order_event(r->run, o->order_id, "backordered", PART_SCHEDULED,
		PART_BACKORDERED, r->short_detail.p, err);
}

static void
restart(struct releasing *r, struct sbuf *text)
{
	if (sbuf_ok(text))
		sbuf_clear(text);
	else
		sbuf_init(text, r->ctx, DETAIL_MAX_BYTES);
}

static bool
release_order(struct releasing *r, struct order *o, struct oms_error *err)
{
	struct scheduled *p = r->parts + o->first_part;

	restart(r, &r->released_detail);
	restart(r, &r->short_detail);
	for (size_t i = 0; i < o->part_count; i++) {
		o->waits = o->waits || p[i].goes_back;
		if (p[i].goes_back && !put_back(r, o, &p[i], err))
			return false;
		if (p[i].leads && !release_together(r, o, i, err))
			return false;
	}
	r->released += r->released_detail.len > 0;
	return write_events(r, o, err) &&
	    order_set_stage(r->run, o->order_id,
		o->waits ? ORDER_TO_ALLOCATE : ORDER_AT_REST, err);
}

static bool
release_batch(struct releasing *r, struct oms_error *err)
{
	r->released = r->keys = 0;
	if (!read_batch(r, err) || !account_for_short(r, err))
		return false;
	for (size_t i = 0; i < r->order_count; i++) {
		judge_order(r, &r->orders[i]);
		count_keys(r, &r->orders[i]);
	}
	if (!take_numbers(r, "release", &r->release_no, err) ||
	    !take_numbers(r, "shipment", &r->shipment_no, err))
		return false;
	for (size_t i = 0; i < r->order_count; i++)
		if (!release_order(r, &r->orders[i], err))
			return oms_context(err, "release order %lld",
			    (long long)r->orders[i].order_id);
	return true;
}

bool
stage_release(struct run *run, struct stage_result *res, struct oms_error *err)
{
	struct releasing r = { .run = run, .q = QUEUE_START };
	bool ok = true;

	while (ok && queue_next(run, SQL_RELEASE_QUEUE, &r.q, err)) {
		r.ctx = mem_ctx_new(run->ctx, "release batch");
		sbuf_init(&r.released_detail, r.ctx, DETAIL_MAX_BYTES);
		sbuf_init(&r.short_detail, r.ctx, DETAIL_MAX_BYTES);
		ok = db_begin(run->db, err) && release_batch(&r, err) &&
		    db_commit(run->db, "release.batch", err);
		mem_free(r.ctx);
		if (!ok) {
			db_rollback(run->db);
			continue;
		}
		res->done += r.released;
		res->waiting += r.q.count - r.released;
	}
	mem_free(r.cells_ctx);
	return err->code == OMS_OK;
}
