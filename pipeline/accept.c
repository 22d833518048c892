/*
 * accept.c - the gates before allocation: orders 1100 -> 1200, or a hold.
 *
 * Every gate looks at a whole batch with one statement and names the orders
 * that fail it.  What a gate finds becomes a hold, unless a person has
 * released that hold before; an open hold that a run has set and whose cause
 * is gone is resolved.  Orders that nothing holds go on.  A held order stays
 * and is looked at again in the next run, so one that waits for a product
 * goes on by itself when the product comes.
 */

#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "base/str.h"
#include "model/money.h"
#include "pipeline/address.h"
#include "pipeline/order_ops.h"
#include "pipeline/queue.h"
#include "pipeline/stage.h"
#include "store/stmt.h"

enum { REASON_MAX_BYTES = 400 };

/* What a gate has against an order. */
struct finding {
	int64_t order_id;
	const struct gate *gate;
	const char *reason;
};

/* A hold that is open, or that a person has resolved. */
struct known_hold {
	int64_t order_id;
	char *type;
	char *code;
	char *reason;
	bool open;
	bool by_run; /* who set it */
	bool caused; /* a gate still finds its cause */
};

struct new_zone {
	int64_t order_id;
	int64_t group_no;
	const char *zone;
};

struct accept {
	struct run *run;
	struct stage_result *res;
	struct address_book *book;

	/* Of the batch at hand. */
	mem_ctx *ctx;
	struct queue q;
	struct finding *findings;
	size_t finding_count;
	struct known_hold *holds; /* by order */
	size_t hold_count;
	struct new_zone *zones;
	size_t zone_count;
};

struct gate {
	const char *name;
	const char *hold; /* hold_type */
	enum oms_code code;
	enum sql_id sql;
	/* Is it switched on?  NULL: always. */
	bool (*wanted)(const struct config *cfg);
	/* What it takes from the configuration; NULL: nothing. */
	void (*bind)(struct stmt *s, const struct config *cfg);
	/* Does the row of its statement fail it?  If so, why. */
	bool (*judge)(struct accept *a, struct stmt *row, struct sbuf *reason);
};

static bool
judge_sku(struct accept *a, struct stmt *row, struct sbuf *reason)
{
	(void)a;
	sbuf_addf(reason,
	    col_int(row, 4) != 0 ? "%.80s in line %lld is not active"
				 : "%.80s in line %lld is not known",
	    col_text(row, 1), (long long)col_int(row, 2));
	return true;
}

static bool
judge_complete(struct accept *a, struct stmt *row, struct sbuf *reason)
{
	(void)a;
	if (col_text(row, 1)[0] != '\0')
		sbuf_addf(reason, "%.300s", col_text(row, 1));
	else if (col_text(row, 2)[0] != '\0')
		sbuf_addf(reason, "the shop says %s", col_text(row, 2));
	else
		sbuf_adds(reason, "no lines");
	return true;
}

static bool
judge_totals(struct accept *a, struct stmt *row, struct sbuf *reason)
{
	(void)a;
	sbuf_addf(reason, "%.300s", col_text(row, 1));
	return true;
}

static bool
judge_payment(struct accept *a, struct stmt *row, struct sbuf *reason)
{
	const char *currency = col_text(row, 1);
	char amount[NUM_DECIMAL_BYTES];

	(void)a;
	if (col_int(row, 2) < 0)
		sbuf_addf(reason, "a total of %s %s is nothing to charge",
		    money_format(col_int(row, 2), currency, amount), currency);
	else if (col_text(row, 4)[0] != '\0')
		sbuf_addf(reason, "%s %s by %s is not authorised",
		    money_format(col_int(row, 5), currency, amount), currency,
		    col_text(row, 4));
	else
		sbuf_addf(reason, "%s for %s %s",
		    col_int(row, 3) == 0 ? "no payment" : "all payments are 0",
		    money_format(col_int(row, 2), currency, amount), currency);
	return true;
}

static bool
payment_total_is_wanted(const struct config *cfg)
{
	return strcmp(cfg->payment_total, "hold") == 0;
}

static bool
judge_payment_total(struct accept *a, struct stmt *row, struct sbuf *reason)
{
	const char *currency = col_text(row, 1);
	char total[NUM_DECIMAL_BYTES], paid[NUM_DECIMAL_BYTES];

	(void)a;
	sbuf_addf(reason, "payments of %s %s for an order of %s %s",
	    money_format(col_int(row, 3), currency, paid), currency,
	    money_format(col_int(row, 2), currency, total), currency);
	return true;
}

static bool
twin_is_wanted(const struct config *cfg)
{
	return cfg->twin_window_s > 0;
}

static void
bind_twin(struct stmt *s, const struct config *cfg)
{
	stmt_int(s, ":window_us", cfg->twin_window_s * 1000000);
}

static bool
judge_twin(struct accept *a, struct stmt *row, struct sbuf *reason)
{
	(void)a;
	sbuf_addf(reason, "same customer and content as %.60s, %lld s before",
	    col_text(row, 1), (long long)(col_int(row, 3) / 1000000));
	return true;
}

static bool
judge_test(struct accept *a, struct stmt *row, struct sbuf *reason)
{
	(void)a;
	sbuf_addf(reason, "%.40s sent it in a test interchange",
	    col_text(row, 1));
	return true;
}

static void
bind_spending(struct stmt *s, const struct config *cfg)
{
	int64_t limit = cfg->spending_limit_minor;

	stmt_opt_int(s, ":limit_minor", limit > 0 ? limit : INT64_MIN);
}

static bool
judge_spending(struct accept *a, struct stmt *row, struct sbuf *reason)
{
	const char *currency = col_text(row, 1);
	char total[NUM_DECIMAL_BYTES], spent[NUM_DECIMAL_BYTES];
	char limit[NUM_DECIMAL_BYTES];

	(void)a;
	sbuf_addf(reason,
	    "%s %s charged so far and %s %s for this order are more than the "
	    "limit of %s %s",
	    money_format(col_int(row, 3), currency, spent), currency,
	    money_format(col_int(row, 2), currency, total), currency,
	    money_format(col_int(row, 4), currency, limit), currency);
	return true;
}

/* Room for one more of n elements of an array in the batch's context. */
static void *
one_more(struct accept *a, void *p, size_t n, size_t bytes)
{
	if ((n & (n - 1)) != 0)
		return p;
	return mem_resize(a->ctx, p, (n == 0 ? 1 : 2 * n) * bytes);
}

/* While the address is at hand its zone is found too. */
static bool
judge_address(struct accept *a, struct stmt *row, struct sbuf *reason)
{
	struct address address = { .name = col_text(row, 2),
		.company = col_text(row, 3),
		.address1 = col_text(row, 4),
		.city = col_text(row, 5),
		.postal_code = col_text(row, 6),
		.state = col_text(row, 7),
		.country = col_text(row, 8) };
	const char *zone = address_zone(a->book, address.country,
	    address.postal_code);

	if (strcmp(zone, col_text(row, 9)) != 0) {
		a->zones = one_more(a, a->zones, a->zone_count,
		    sizeof(*a->zones));
		a->zones[a->zone_count++] = (struct new_zone){ col_int(row, 0),
			col_int(row, 1), zone };
	}
	return address_fault(a->book, &address, reason);
}

/* clang-format off */
static const struct gate gates[] = {
	{ "sku",      "DATA",      OMS_UNKNOWN_SKU, SQL_ACCEPT_UNKNOWN_SKU,
	  NULL, NULL, judge_sku },
	{ "complete", "DATA",      OMS_INCOMPLETE,  SQL_ACCEPT_INCOMPLETE,
	  NULL, NULL, judge_complete },
	{ "totals",   "RECON",     OMS_TOTALS,      SQL_ACCEPT_TOTALS,
	  NULL, NULL, judge_totals },
	{ "payment",  "PAYMENT",   OMS_PAYMENT,     SQL_ACCEPT_PAYMENT,
	  NULL, NULL, judge_payment },
	{ "paid sum", "RECON",     OMS_TOTALS,      SQL_ACCEPT_PAYMENT_TOTAL,
	  payment_total_is_wanted, NULL, judge_payment_total },
	{ "twin",     "DUPLICATE", OMS_TWIN,        SQL_ACCEPT_TWIN,
	  twin_is_wanted, bind_twin, judge_twin },
	{ "test",     "CUSTOM",    OMS_TEST_ORDER,  SQL_ACCEPT_TEST,
	  NULL, NULL, judge_test },
	{ "spending", "LIMIT",     OMS_SPENDING,    SQL_ACCEPT_SPENDING,
	  NULL, bind_spending, judge_spending },
	{ "address",  "ADDRESS",   OMS_ADDRESS,     SQL_ACCEPT_ADDRESSES,
	  NULL, NULL, judge_address },
};
/* clang-format on */

/* One finding an order and gate: the first. */
static void
add_finding(struct accept *a, const struct gate *gate, int64_t order_id,
    const char *reason)
{
	struct finding *last = a->finding_count == 0
	    ? NULL
	    : &a->findings[a->finding_count - 1];

	if (last != NULL && last->gate == gate && last->order_id == order_id)
		return;
	a->findings = one_more(a, a->findings, a->finding_count,
	    sizeof(*a->findings));
	a->findings[a->finding_count++] = (struct finding){ order_id, gate,
		mem_strdup(a->ctx, reason) };
}

static bool
check_gate(struct accept *a, const struct gate *gate, struct oms_error *err)
{
	struct sbuf reason;
	struct stmt *s;

	if (gate->wanted != NULL && !gate->wanted(a->run->cfg))
		return true;
	s = queue_stmt(a->run, gate->sql, &a->q, err);
	if (s == NULL)
		return false;
	if (gate->bind != NULL)
		gate->bind(s, a->run->cfg);
	sbuf_init(&reason, a->ctx, REASON_MAX_BYTES);
	while (stmt_next(s, err)) {
		if (!sbuf_ok(&reason)) /* the last one was too long */
			sbuf_init(&reason, a->ctx, REASON_MAX_BYTES);
		sbuf_clear(&reason);
		if (gate->judge(a, s, &reason))
			add_finding(a, gate, col_int(s, 0), reason.p);
	}
	return err->code == OMS_OK || oms_context(err, "gate %s", gate->name);
}

static int
finding_order(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->order_id != y->order_id)
		return x->order_id < y->order_id ? -1 : 1;
	return x->gate < y->gate ? -1 : x->gate > y->gate;
}

static bool
check_gates(struct accept *a, struct oms_error *err)
{
	for (size_t i = 0; i < COUNT(gates); i++)
		if (!check_gate(a, &gates[i], err))
			return false;
	if (a->finding_count > 0)
		qsort(a->findings, a->finding_count, sizeof(*a->findings),
		    finding_order);
	return true;
}

static bool
set_zones(struct accept *a, struct oms_error *err)
{
	for (size_t i = 0; i < a->zone_count; i++) {
		struct stmt *s = stmt_begin(a->run->db, SQL_ACCEPT_SET_ZONE,
		    err);

		if (s == NULL)
			return false;
		stmt_text(s, ":zone", a->zones[i].zone);
		stmt_int(s, ":order_id", a->zones[i].order_id);
		stmt_int(s, ":group_no", a->zones[i].group_no);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

static bool
load_holds(struct accept *a, struct oms_error *err)
{
	struct stmt *s = queue_stmt(a->run, SQL_ACCEPT_HOLDS, &a->q, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		a->holds = one_more(a, a->holds, a->hold_count,
		    sizeof(*a->holds));
		a->holds[a->hold_count++] = (struct known_hold){
			.order_id = col_int(s, 0),
			.type = col_dup(s, 1, a->ctx),
			.code = col_dup(s, 2, a->ctx),
			.open = strcmp(col_text(s, 3), "open") == 0,
			.by_run = strncmp(col_text(s, 4), "run:", 4) == 0,
			.reason = col_dup(s, 5, a->ctx)
		};
	}
	return err->code == OMS_OK;
}

/* The first known hold of an order, or where it would be. */
static struct known_hold *
first_hold(struct accept *a, int64_t order_id)
{
	size_t low = 0, high = a->hold_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (a->holds[mid].order_id < order_id)
			low = mid + 1;
		else
			high = mid;
	}
	return a->holds + low;
}

/*
 * Is a hold to be set, or given other words?  Not when a person has overruled
 * this very finding or holds the order anyway, and two gates that share a type
 * share the hold: the first one's words stand.
 */
static bool
needs_hold(struct accept *a, const struct finding *f,
    const struct finding *last)
{
	struct known_hold *end = a->holds + a->hold_count, *open = NULL;
	const char *code = oms_code_name(f->gate->code);

	for (struct known_hold *h = first_hold(a, f->order_id);
	     h < end && h->order_id == f->order_id; h++) {
		if (strcmp(h->type, f->gate->hold) != 0)
			continue;
		if (h->open)
			open = h;
		else if (strcmp(h->code, code) == 0)
			return false;
	}
	if (open == NULL)
		return last == NULL || last->order_id != f->order_id ||
		    strcmp(last->gate->hold, f->gate->hold) != 0;
	if (!open->by_run || open->caused)
		return false;
	open->caused = true;
	return strcmp(open->code, code) != 0 ||
	    strcmp(open->reason, f->reason) != 0;
}

static bool
apply_findings(struct accept *a, struct oms_error *err)
{
	const struct finding *last = NULL; /* that set a hold */

	for (size_t i = 0; i < a->finding_count; i++) {
		const struct finding *f = &a->findings[i];
		bool is_new;

		if (!needs_hold(a, f, last))
			continue;
		if (!hold_set(a->run, f->order_id, "", f->gate->hold,
			f->gate->code, f->reason, &is_new, err))
			return false;
		a->res->held += is_new;
		last = f;
	}
	return true;
}

static bool
is_ours(const struct known_hold *h)
{
	for (size_t i = 0; i < COUNT(gates); i++)
		if (strcmp(h->type, gates[i].hold) == 0 &&
		    strcmp(h->code, oms_code_name(gates[i].code)) == 0)
			return h->open && h->by_run;
	return false;
}

static bool
resolve_holds(struct accept *a, struct oms_error *err)
{
	for (size_t i = 0; i < a->hold_count; i++) {
		const struct known_hold *h = &a->holds[i];

		if (is_ours(h) && !h->caused &&
		    !hold_resolve(a->run, h->order_id, "", h->type, err))
			return false;
	}
	return true;
}

/* What no hold stops goes on to allocation. */
static bool
pass_orders(struct accept *a, struct oms_error *err)
{
	struct stmt *s = queue_stmt(a->run, SQL_ACCEPT_EVENTS, &a->q, err);
	int64_t passed;

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", a->run->now_us);
	stmt_text(s, ":actor", a->run->actor);
	if (!stmt_run(s, NULL, err))
		return false;
	s = queue_stmt(a->run, SQL_ACCEPT_PARTS, &a->q, err);
	if (s == NULL || !stmt_run(s, NULL, err))
		return false;
	s = queue_stmt(a->run, SQL_ACCEPT_ORDERS, &a->q, err);
	if (s == NULL || !stmt_run(s, &passed, err))
		return false;
	a->res->done += passed;
	a->res->waiting += a->q.count - passed;
	return true;
}

static bool
accept_batch(struct accept *a, struct oms_error *err)
{
	a->findings = NULL;
	a->holds = NULL;
	a->zones = NULL;
	a->finding_count = a->hold_count = a->zone_count = 0;
	return check_gates(a, err) && set_zones(a, err) && load_holds(a, err) &&
	    apply_findings(a, err) && resolve_holds(a, err) &&
	    pass_orders(a, err);
}

bool
stage_accept(struct run *run, struct stage_result *res, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "accept");
	struct accept a = { .run = run, .res = res, .q = QUEUE_START };
	bool ok = true;

	a.book = address_book_new(ctx, run, err);
	while (ok && a.book != NULL &&
	    queue_next(run, SQL_ACCEPT_QUEUE, &a.q, err)) {
		a.ctx = mem_ctx_new(ctx, "batch");
		ok = db_begin(run->db, err) && accept_batch(&a, err) &&
		    db_commit(run->db, "accept.batch", err);
		if (!ok)
			db_rollback(run->db);
		mem_free(a.ctx);
	}
	mem_free(ctx);
	return err->code == OMS_OK;
}
