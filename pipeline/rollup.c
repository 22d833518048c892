/*
 * rollup.c - what became of an order, in one word, and what its shop hears.
 *
 * Only parts have a status.  This stage reads those of every touched order,
 * stores the roll-up as a cache, and writes down a row for the shop when what
 * it was told last is no longer so.
 */

#include <string.h>

#include "base/count.h"
#include "base/fs.h"
#include "model/status.h"
#include "pipeline/seal.h"
#include "pipeline/stage.h"
#include "store/stmt.h"

enum { FINGERPRINT_BYTES = 12 };

/* A destination of an order; the shop calls it a shipment. */
struct group {
	int64_t group_no;
	const char *shop_id;
	int64_t live_qty; /* not cancelled */
	int64_t shipped_qty;
	const char *tracking; /* the first, or "" */
};

struct tally {
	int64_t order_id;
	int64_t total_minor;
	int64_t paid_minor;
	const char *shop_sent;
	int64_t last_seq;   /* of what the shop was told; 0 nothing */
	int64_t sealed_seq; /* of its history; INT64_MIN nothing new */
	bool has_untold;    /* news that is in no document yet */
	bool held;
	bool shop_listens; /* its partner has a feed for order status */
	struct group *groups;
	size_t group_count;

	const char *label;
	int status_min;
	int status_max;
	bool all_ended; /* every part 9000 or more */
	bool some_ended;
	bool is_confirmed; /* it was accepted */
};

/* A range of touched orders, in order of order_id. */
struct batch {
	mem_ctx *ctx;
	struct tally *orders;
	size_t count;
	int64_t after;
	int64_t upto;
	size_t at; /* where merging stands */
};

/* ---- reading ------------------------------------------------------------ */

static bool
partner_listens(const struct run *run, const char *id)
{
	for (size_t i = 0; i < run->cfg->partner_count; i++) {
		const struct partner *p = &run->cfg->partners[i];

		if (strcmp(p->id, id) != 0)
			continue;
		for (size_t k = 0; k < p->feed_count; k++)
			if (p->feeds[k].direction == FEED_OUT &&
			    strcmp(p->feeds[k].type, "sfcc.order_status") == 0)
				return true;
	}
	return false;
}

static bool
load_orders(struct run *run, struct batch *b, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ROLLUP_ORDERS, err);
	size_t max = (size_t)run->cfg->batch_orders;

	if (s == NULL)
		return false;
	b->orders = mem_array(b->ctx, struct tally, max);
	stmt_int(s, ":after", b->after);
	stmt_int(s, ":max", (int64_t)max);
	while (stmt_next(s, err)) {
		b->upto = col_int(s, 0);
		b->orders[b->count++] = (struct tally){ .order_id = b->upto,
			.shop_listens = partner_listens(run, col_text(s, 1)),
			.total_minor = col_int(s, 2),
			.shop_sent = col_dup(s, 3, b->ctx),
			.held = col_int(s, 4) != 0,
			.paid_minor = col_int(s, 5),
			.last_seq = col_int(s, 6),
			.sealed_seq = INT64_MIN,
			.has_untold = col_int(s, 7) > 0,
			/* of an order without a line, for good */
			.label = col_int(s, 4) != 0 ? "ON_HOLD" : "CREATED",
			.status_min = PART_CREATED,
			.status_max = PART_CREATED };
	}
	return err->code == OMS_OK;
}

static struct stmt *
range_query(struct run *run, struct batch *b, enum sql_id id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	b->at = 0;
	if (s != NULL) {
		stmt_int(s, ":after", b->after);
		stmt_int(s, ":upto", b->upto);
	}
	return s;
}

/* The order a row of a range query belongs to. */
static struct tally *
order_of(struct batch *b, int64_t order_id)
{
	while (b->orders[b->at].order_id < order_id)
		b->at++;
	return &b->orders[b->at];
}

static struct group *
group_of(struct tally *t, int64_t group_no)
{
	for (size_t i = 0; i < t->group_count; i++)
		if (t->groups[i].group_no == group_no)
			return &t->groups[i];
	return NULL;
}

static bool
load_groups(struct run *run, struct batch *b, struct oms_error *err)
{
	struct stmt *s = range_query(run, b, SQL_ROLLUP_GROUPS, err);
	struct tally *t;

	while (s != NULL && stmt_next(s, err)) {
		t = order_of(b, col_int(s, 0));
		t->groups = mem_resize(b->ctx, t->groups,
		    (t->group_count + 1) * sizeof(*t->groups));
		t->groups[t->group_count++] = (struct group){
			.group_no = col_int(s, 1),
			.shop_id = t->shop_listens ? col_dup(s, 2, b->ctx) : "",
			.tracking = ""
		};
	}
	return err->code == OMS_OK;
}

static void
count_part(struct tally *t, int64_t group_no, int64_t qty, int status)
{
	struct group *g = group_of(t, group_no);

	if (g == NULL || status >= PART_CANCELLED)
		return;
	g->live_qty += qty;
	g->shipped_qty += status >= PART_SHIPPED ? qty : 0;
}

/* What the statuses of its parts, now complete, say of the order. */
static void
judge(struct tally *t, const int *statuses, size_t count)
{
	int live_min = PART_FAILED, live_max = 0;
	int min = PART_FAILED, max = 0;

	for (size_t i = 0; i < count; i++) {
		int status = statuses[i];
		bool ended = status >= PART_CANCELLED;

		min = status < min ? status : min;
		max = status > max ? status : max;
		if (!ended && status < live_min)
			live_min = status;
		if (!ended && status > live_max)
			live_max = status;
		t->some_ended = t->some_ended || ended;
		t->is_confirmed = t->is_confirmed || status >= PART_CONFIRMED;
	}
	t->all_ended = live_max == 0;
	t->status_min = t->all_ended ? min : live_min;
	t->status_max = t->all_ended ? max : live_max;
	t->label = order_label(statuses, count, t->held);
}

static bool
load_parts(struct run *run, struct batch *b, struct oms_error *err)
{
	struct stmt *s = range_query(run, b, SQL_ROLLUP_PARTS, err);
	struct tally *t = NULL;
	size_t room = b->count * 4, used = 0;
	int *statuses = mem_array(b->ctx, int, room);

	while (s != NULL && stmt_next(s, err)) {
		struct tally *of = order_of(b, col_int(s, 0));

		if (of != t && t != NULL)
			judge(t, statuses, used);
		if (of != t)
			used = 0;
		t = of;
		if (used == room) {
			room *= 2;
			statuses = mem_resize(b->ctx, statuses,
			    room * sizeof(*statuses));
		}
		statuses[used] = (int)col_int(s, 3);
		count_part(t, col_int(s, 1), col_int(s, 2), statuses[used++]);
	}
	if (t != NULL)
		judge(t, statuses, used);
	return err->code == OMS_OK;
}

static bool
load_shipments(struct run *run, struct batch *b, struct oms_error *err)
{
	struct stmt *s = range_query(run, b, SQL_ROLLUP_SHIPMENTS, err);

	while (s != NULL && stmt_next(s, err)) {
		struct tally *t = order_of(b, col_int(s, 0));
		struct group *g = group_of(t, col_int(s, 1));

		t->paid_minor += col_int(s, 3);
		if (g != NULL && g->tracking[0] == '\0' &&
		    col_text(s, 2)[0] != '\0')
			g->tracking = col_dup(s, 2, b->ctx);
	}
	return err->code == OMS_OK;
}

/* ---- what the shop hears ------------------------------------------------ */

static const char *
order_status(const struct tally *t)
{
	return t->all_ended                   ? "CANCELLED"
	    : t->status_min >= PART_COMPLETED ? "COMPLETED"
					      : "OPEN";
}

static const char *
shipping_status(const struct tally *t)
{
	int64_t live = 0, shipped = 0;

	for (size_t i = 0; i < t->group_count; i++) {
		live += t->groups[i].live_qty;
		shipped += t->groups[i].shipped_qty;
	}
	return shipped == 0  ? "NOT_SHIPPED"
	    : shipped < live ? "PART_SHIPPED"
			     : "SHIPPED";
}

static const char *
group_status(const struct group *g)
{
	return g->live_qty > 0 && g->shipped_qty == g->live_qty ? "SHIPPED"
								: "NOT_SHIPPED";
}

/*
 * With a part cancelled, what is due is what was invoiced for the others.
 * An order that is owed nothing any more has not been paid by that.
 */
static bool
payment_status(struct run *run, const struct tally *t, const char **ret,
    struct oms_error *err)
{
	int64_t due_minor = t->total_minor;
	struct stmt *s;

	if (t->some_ended && t->status_min >= PART_SHIPPED) {
		s = stmt_begin(run->db, SQL_ROLLUP_INVOICED, err);
		if (s == NULL)
			return false;
		stmt_int(s, ":order_id", t->order_id);
		if (!stmt_one(s, err))
			return false;
		due_minor = col_int(s, 0);
		stmt_end(s);
	}
	*ret = t->paid_minor >= due_minor &&
		(t->paid_minor > 0 || t->total_minor == 0)
	    ? "PAID"
	    : t->paid_minor > 0 ? "PART_PAID"
				: "NOT_PAID";
	return true;
}

/*
 * The three words, and once something has shipped a fingerprint of what each
 * shipment is told, so that a second tracking number is news too.
 */
static char *
fingerprint(mem_ctx *ctx, const struct tally *t, const char *payment)
{
	char *told = mem_printf(ctx, "%s/%s/%s", order_status(t),
	    shipping_status(t), payment);
	char *all = mem_strdup(ctx, ""), sha[FS_SHA_BYTES];
	bool any = false;

	for (size_t i = 0; i < t->group_count; i++)
		any = any || t->groups[i].shipped_qty > 0 ||
		    t->groups[i].tracking[0] != '\0';
	if (!any)
		return told;
	for (size_t i = 0; i < t->group_count; i++)
		all = mem_printf(ctx, "%s %lld %s %s", all,
		    (long long)t->groups[i].group_no,
		    group_status(&t->groups[i]), t->groups[i].tracking);
	fs_sha_of(all, strlen(all), sha);
	return mem_printf(ctx, "%s %.*s", told, FINGERPRINT_BYTES, sha);
}

static bool
add_update(struct run *run, const struct tally *t, const char *payment,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ROLLUP_UPDATE_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", t->order_id);
	stmt_int(s, ":seq", t->last_seq + 1);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":order_status", order_status(t));
	stmt_text(s, ":shipping_status", shipping_status(t));
	stmt_text(s, ":payment_status", payment);
	stmt_text(s, ":label", t->label);
	return stmt_run(s, NULL, err);
}

static bool
add_update_shipments(struct run *run, const struct tally *t,
    struct oms_error *err)
{
	for (size_t i = 0; i < t->group_count; i++) {
		const struct group *g = &t->groups[i];
		struct stmt *s = stmt_begin(run->db,
		    SQL_ROLLUP_UPDATE_SHIPMENT_ADD, err);

		if (s == NULL)
			return false;
		stmt_int(s, ":order_id", t->order_id);
		stmt_int(s, ":seq", t->last_seq + 1);
		stmt_int(s, ":group_no", g->group_no);
		stmt_text(s, ":shop_id", g->shop_id);
		stmt_text(s, ":status", group_status(g));
		stmt_text(s, ":tracking", g->tracking);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

/* The shop hears how it is, not how it was meanwhile. */
static bool
drop_untold(struct run *run, const struct tally *t, struct oms_error *err)
{
	static const enum sql_id drops[] = { SQL_ROLLUP_UNTOLD_SHIPMENTS,
		SQL_ROLLUP_UNTOLD };

	for (size_t i = 0; t->has_untold && i < COUNT(drops); i++) {
		struct stmt *s = stmt_begin(run->db, drops[i], err);

		if (s == NULL)
			return false;
		stmt_int(s, ":order_id", t->order_id);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

/* *sent is what the shop was told, or will be. */
static bool
tell_shop(struct run *run, mem_ctx *ctx, const struct tally *t,
    const char **sent, struct oms_error *err)
{
	const char *payment;
	char *now;

	*sent = t->shop_sent;
	if (!t->shop_listens || !t->is_confirmed)
		return true;
	if (!payment_status(run, t, &payment, err))
		return false;
	now = fingerprint(ctx, t, payment);
	if (strcmp(now, t->shop_sent) == 0)
		return true;
	*sent = now;
	return drop_untold(run, t, err) && add_update(run, t, payment, err) &&
	    add_update_shipments(run, t, err);
}

static bool
store_order(struct run *run, struct batch *b, const struct tally *t,
    struct oms_error *err)
{
	const char *sent;
	struct stmt *s;

	if (!tell_shop(run, b->ctx, t, &sent, err))
		return false;
	s = stmt_begin(run->db, SQL_ROLLUP_SET, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":label", t->label);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_int(s, ":status_min", t->status_min);
	stmt_int(s, ":status_max", t->status_max);
	stmt_text(s, ":shop_sent", sent);
	stmt_opt_int(s, ":sealed_seq", t->sealed_seq);
	stmt_int(s, ":order_id", t->order_id);
	return stmt_run(s, NULL, err);
}

/* Here every order with new events is at hand. */
static bool
seal(struct run *run, struct batch *b, struct oms_error *err)
{
	struct sealed *sealed = NULL;
	size_t count = 0;

	if (!seal_events(run, b->ctx, b->after, b->upto, &sealed, &count, err))
		return false;
	b->at = 0;
	for (size_t i = 0; i < count; i++)
		order_of(b, sealed[i].order_id)->sealed_seq = sealed[i].seq;
	return true;
}

static bool
roll_up(struct run *run, struct batch *b, struct oms_error *err)
{
	if (!load_orders(run, b, err))
		return false;
	if (b->count == 0)
		return true;
	if (!load_groups(run, b, err) || !load_parts(run, b, err) ||
	    !load_shipments(run, b, err) || !seal(run, b, err))
		return false;
	for (size_t i = 0; i < b->count; i++)
		if (!store_order(run, b, &b->orders[i], err))
			return false;
	return true;
}

bool
stage_rollup(struct run *run, struct stage_result *res, struct oms_error *err)
{
	int64_t after = 0;
	size_t count;
	bool ok;

	do {
		struct batch b = { .ctx = mem_ctx_new(NULL, "batch"),
			.after = after };

		ok = db_begin(run->db, err) && roll_up(run, &b, err) &&
		    b.count > 0 && db_commit(run->db, "rollup.batch", err);
		if (!ok)
			db_rollback(run->db);
		after = b.upto;
		count = b.count;
		res->done += ok ? (int64_t)b.count : 0;
		mem_free(b.ctx);
	} while (ok);
	return count == 0 && err->code == OMS_OK;
}
