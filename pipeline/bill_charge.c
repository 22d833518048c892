/* bill_charge.c - the money asked for, refused and given back; see bill.h. */

#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "model/money.h"
#include "pipeline/bill.h"
#include "pipeline/bill_internal.h"
#include "pipeline/order_ops.h"
#include "store/stmt.h"

enum { KEY_BYTES = 80, REASON_BYTES = 200 };

/* A row of the charge table, as it is asked for or answered. */
struct charge {
	int64_t charge_id;
	const char *kind; /* "capture" or "refund" */
	int64_t order_id;
	const char *shipment_key;
	const char *invoice_no;
	int64_t payment_n;
	int64_t amount_minor;
	const char *currency;
	const char *state;
	const char *idem_key;
	const char *customer_key;
	bool is_limit_held;
};

/* A payment of the order. */
struct source {
	int64_t n;
	int64_t room_minor;
	int64_t used_minor;
	bool is_asked;
	int64_t rank; /* lower pays first */
};

static const char *const tender_ranks[] = { "gift_certificate", "store_credit",
	"card", "wallet", "bank", "invoice" };

static int64_t
rank_of(const char *tender)
{
	size_t i = 0;

	while (i < COUNT(tender_ranks) && strcmp(tender_ranks[i], tender) != 0)
		i++;
	return (int64_t)i;
}

/*
 * The payments of an order in the order they pay: by tender; what the shop
 * took already before what is to be asked for; what is authorised before
 * what is not.
 */
static bool
load_sources(struct run *run, int64_t order_id, struct source *ret,
    size_t *ret_count, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_PAYMENTS, err);
	size_t count = 0;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	while (stmt_next(s, err)) {
		bool taken = col_int(s, 4) != 0;
		struct source p = { .n = col_int(s, 0),
			.room_minor = col_int(s, 2),
			.used_minor = col_int(s, 5),
			.is_asked = !taken &&
			    strcmp(col_text(s, 1), "invoice") != 0,
			.rank = rank_of(col_text(s, 1)) * 4 + !taken * 2 +
			    (col_int(s, 3) == 0) };
		size_t i = count;

		if (count == ORDER_PAYMENTS_MAX)
			return oms_fail(err, OMS_INTERNAL,
			    "order %lld has over %d payments",
			    (long long)order_id, ORDER_PAYMENTS_MAX);
		for (; i > 0 && ret[i - 1].rank > p.rank; i--)
			ret[i] = ret[i - 1];
		ret[i] = p;
		count++;
	}
	*ret_count = count;
	return err->code == OMS_OK;
}

bool
bill_cover_plan(struct run *run, int64_t order_id, int64_t total_minor,
    struct bill_cover *ret, struct oms_error *err)
{
	struct source source[ORDER_PAYMENTS_MAX];
	int64_t left = total_minor > 0 ? total_minor : 0;
	size_t count = 0;

	ret->count = 0;
	ret->asked_minor = ret->settled_minor = 0;
	if (left > 0 && !load_sources(run, order_id, source, &count, err))
		return false;
	for (size_t i = 0; i < count && left > 0; i++) {
		const struct source *p = &source[i];
		int64_t take = p->room_minor < left ? p->room_minor : left;

		if (take <= 0)
			continue;
		ret->of[ret->count].payment_n = p->n;
		ret->of[ret->count].minor = take;
		ret->of[ret->count++].is_asked = p->is_asked;
		*(p->is_asked ? &ret->asked_minor
			      : &ret->settled_minor) += take;
		left -= take;
	}
	ret->short_minor = left;
	return true;
}

/* minor < 0 frees it again. */
static bool
use_payment(struct run *run, int64_t order_id, int64_t n, int64_t minor,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_PAYMENT_USE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":minor", minor);
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":n", n);
	return stmt_run(s, NULL, err);
}

static bool
add_spend(struct run *run, const char *customer_key, const char *currency,
    int64_t minor, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_SPEND_ADD, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":customer_key", customer_key);
	stmt_text(s, ":currency", currency);
	stmt_int(s, ":minor", minor);
	return stmt_run(s, NULL, err);
}

/* The customer is charged less: payment and spending are free again. */
static bool
free_money(struct run *run, int64_t order_id, int64_t payment_n,
    const char *currency, int64_t minor, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_SPEND_BACK, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":minor", minor);
	stmt_text(s, ":currency", currency);
	stmt_int(s, ":order_id", order_id);
	return stmt_run(s, NULL, err) &&
	    use_payment(run, order_id, payment_n, -minor, err);
}

/* Which try of its kind it is; every one has a key of its own. */
static bool
count_tries(struct run *run, const struct charge *c, int64_t *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_CHARGE_TRIES, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", c->shipment_key);
	stmt_int(s, ":payment_n", c->payment_n);
	stmt_text(s, ":kind", c->kind);
	*ret = 1;
	if (stmt_one(s, err))
		*ret = col_int(s, 0) + 1;
	stmt_end(s);
	return err->code == OMS_OK;
}

/* try_no 1 for the first, 0 to find out. */
static bool
add_charge(struct run *run, const struct charge *c, int64_t try_no,
    struct oms_error *err)
{
	bool is_capture = strcmp(c->kind, "capture") == 0;
	char key[KEY_BYTES];
	int64_t charge_id;
	struct stmt *s;

	if (try_no == 0 && !count_tries(run, c, &try_no, err))
		return false;
	if (!db_next(run->db, "charge", &charge_id, err))
		return false;
	s = stmt_begin(run->db, SQL_BILL_CHARGE_ADD, err);
	if (s == NULL)
		return false;
	snprintf(key, sizeof(key), "%s:%s:%lld:%lld", c->shipment_key,
	    is_capture ? "charge" : "refund", (long long)c->payment_n,
	    (long long)try_no);
	stmt_int(s, ":charge_id", charge_id);
	stmt_text(s, ":idem_key", key);
	stmt_text(s, ":kind", c->kind);
	stmt_int(s, ":order_id", c->order_id);
	stmt_text(s, ":shipment_key", c->shipment_key);
	stmt_text(s, ":invoice_no", c->invoice_no);
	stmt_int(s, ":payment_n", c->payment_n);
	stmt_int(s, ":amount_minor", c->amount_minor);
	stmt_text(s, ":currency", c->currency);
	stmt_text(s, ":state", c->state);
	stmt_int(s, ":ts_us", run->now_us);
	return stmt_run(s, NULL, err);
}

bool
bill_cover_use(struct run *run, const struct bill_invoice *inv,
    const char *customer_key, const struct bill_cover *cover,
    struct oms_error *err)
{
	for (size_t i = 0; i < cover->count; i++) {
		struct charge c = { .kind = "capture",
			.order_id = inv->order_id,
			.shipment_key = inv->shipment_key,
			.invoice_no = inv->invoice_no,
			.payment_n = cover->of[i].payment_n,
			.amount_minor = cover->of[i].minor,
			.currency = inv->currency,
			.state = "due" };

		if (!use_payment(run, c.order_id, c.payment_n, c.amount_minor,
			err) ||
		    (cover->of[i].is_asked && !add_charge(run, &c, 1, err)))
			return false;
	}
	if (cover->short_minor > 0 &&
	    !bill_event(run, inv->order_id, "payment_short", inv->invoice_no,
		cover->short_minor, inv->currency, err))
		return false;
	return cover->asked_minor == 0 ||
	    add_spend(run, customer_key, inv->currency, cover->asked_minor,
		err);
}

/* What the customer may still be charged; false in *ret_limited: anything. */
static bool
find_limit(struct run *run, const char *customer_key, const char *currency,
    bool *ret_limited, int64_t *ret_limit_minor, int64_t *ret_committed_minor,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_LIMIT, err);
	int64_t for_all = run->cfg->spending_limit_minor;

	if (s == NULL)
		return false;
	stmt_text(s, ":customer_key", customer_key);
	stmt_text(s, ":currency", currency);
	*ret_limited = false;
	if (stmt_one(s, err)) {
		bool is_own = col_int(s, 0) != 0;

		*ret_limited = is_own ? !col_is_null(s, 1) : for_all > 0;
		*ret_limit_minor = is_own ? col_int(s, 1) : for_all;
		*ret_committed_minor = col_int(s, 2);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
hold_over_limit(struct run *run, const struct bill_debt *debt,
    int64_t limit_minor, int64_t committed_minor, struct stage_result *res,
    struct oms_error *err)
{
	char reason[REASON_BYTES], amount[3][NUM_DECIMAL_BYTES];
	bool is_new;

	snprintf(reason, sizeof(reason),
	    "%s %s more would pass the limit of %s, %s is charged already",
	    money_format(debt->minor, debt->currency, amount[0]),
	    debt->currency,
	    money_format(limit_minor, debt->currency, amount[1]),
	    money_format(committed_minor, debt->currency, amount[2]));
	if (!hold_set(run, debt->order_id, debt->shipment_key, "LIMIT",
		OMS_SPENDING, reason, &is_new, err))
		return false;
	res->held += is_new;
	return true;
}

bool
bill_limit_check(struct run *run, const struct bill_debt *debt,
    struct stage_result *res, bool *ret_pass, struct oms_error *err)
{
	int64_t limit = 0, committed = 0, sum;
	bool limited;

	if (!find_limit(run, debt->customer_key, debt->currency, &limited,
		&limit, &committed, err))
		return false;
	*ret_pass = !limited || debt->minor <= 0 ||
	    (num_add(committed, debt->minor, &sum) && sum <= limit);
	if (!*ret_pass &&
	    !hold_was_overruled(run, debt->order_id, debt->shipment_key,
		"LIMIT", OMS_SPENDING, ret_pass, err))
		return false;
	if (!*ret_pass)
		return hold_over_limit(run, debt, limit, committed, res, err);
	return !debt->is_held ||
	    hold_resolve(run, debt->order_id, debt->shipment_key, "LIMIT", err);
}

/* What is owed for a shipment, and settled without a request. */
static bool
find_owed(struct run *run, int64_t order_id, const char *shipment_key,
    int64_t *ret_owed_minor, int64_t *ret_settled_minor, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_OWED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_text(s, ":shipment_key", shipment_key);
	*ret_owed_minor = *ret_settled_minor = 0;
	if (stmt_one(s, err)) {
		*ret_owed_minor = col_int(s, 0);
		*ret_settled_minor = col_int(s, 1);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

/* Take up to *left from what there is. */
static int64_t
take(int64_t *left, int64_t there)
{
	int64_t n = there < *left ? there : *left;

	n = n > 0 ? n : 0;
	*left -= n;
	return n;
}

static bool
mark_settled(struct run *run, const char *invoice_no, int64_t minor,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_INVOICE_SETTLED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":minor", minor);
	stmt_text(s, ":invoice_no", invoice_no);
	return stmt_run(s, NULL, err);
}

/* Payments that cover without a request are free again, the last first. */
static bool
free_settled(struct run *run, const struct bill_invoice *credit, int64_t minor,
    struct oms_error *err)
{
	struct source source[ORDER_PAYMENTS_MAX];
	size_t count = 0;

	if (minor == 0)
		return true;
	if (!load_sources(run, credit->order_id, source, &count, err) ||
	    !mark_settled(run, credit->invoice_no, -minor, err))
		return false;
	for (size_t i = count; i-- > 0 && minor > 0;) {
		int64_t back = source[i].is_asked
		    ? 0
		    : take(&minor, source[i].used_minor);

		if (back > 0 &&
		    !use_payment(run, credit->order_id, source[i].n, -back,
			err))
			return false;
	}
	return true;
}

/* A request nobody has seen yet: ask for less, or not at all. */
static bool
shrink_charge(struct run *run, int64_t charge_id, int64_t minor, bool to_zero,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db,
	    to_zero ? SQL_BILL_CHARGE_DELETE : SQL_BILL_CHARGE_REDUCE, err);

	if (s == NULL)
		return false;
	if (!to_zero)
		stmt_int(s, ":minor", minor);
	stmt_int(s, ":charge_id", charge_id);
	return stmt_run(s, NULL, err);
}

static bool
add_refund(struct run *run, const struct bill_invoice *credit,
    int64_t payment_n, int64_t minor, bool is_captured, struct oms_error *err)
{
	struct charge c = { .kind = "refund",
		.order_id = credit->order_id,
		.shipment_key = credit->shipment_key,
		.invoice_no = credit->invoice_no,
		.payment_n = payment_n,
		.amount_minor = minor,
		.currency = credit->currency,
		.state = is_captured ? "due" : "waiting" };

	return add_charge(run, &c, 0, err);
}

/* A capture of the shipment, and what of it was not given back yet. */
struct capture {
	int64_t charge_id;
	int64_t payment_n;
	int64_t left_minor;
	bool is_due;
	bool is_done;
};

static bool
load_captures(struct run *run, const char *shipment_key, struct capture *ret,
    size_t *ret_count, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_CAPTURES, err);
	size_t count = 0;

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", shipment_key);
	for (; count < ORDER_PAYMENTS_MAX && stmt_next(s, err); count++) {
		ret[count].charge_id = col_int(s, 0);
		ret[count].payment_n = col_int(s, 1);
		ret[count].is_due = strcmp(col_text(s, 2), "due") == 0;
		ret[count].is_done = strcmp(col_text(s, 2), "done") == 0;
		ret[count].left_minor = col_int(s, 3);
	}
	stmt_end(s);
	*ret_count = count;
	return err->code == OMS_OK;
}

static bool
give_back_capture(struct run *run, const struct bill_invoice *credit,
    const struct capture *c, int64_t minor, struct oms_error *err)
{
	bool ok = c->is_due
	    ? shrink_charge(run, c->charge_id, minor, minor == c->left_minor,
		  err)
	    : add_refund(run, credit, c->payment_n, minor, c->is_done, err);

	return ok &&
	    free_money(run, credit->order_id, c->payment_n, credit->currency,
		minor, err);
}

bool
bill_give_back(struct run *run, const struct bill_invoice *credit,
    int64_t minor, struct oms_error *err)
{
	struct capture captures[ORDER_PAYMENTS_MAX];
	int64_t owed, settled, back;
	size_t count = 0;

	if (!find_owed(run, credit->order_id, credit->shipment_key, &owed,
		&settled, err))
		return false;
	(void)take(&minor, owed + minor); /* before the credit counted */
	back = take(&minor, settled);
	if (!free_settled(run, credit, back, err))
		return false;
	if (minor > 0 &&
	    !load_captures(run, credit->shipment_key, captures, &count, err))
		return false;
	for (size_t i = 0; i < count && minor > 0; i++) {
		back = take(&minor, captures[i].left_minor);
		if (back > 0 &&
		    !give_back_capture(run, credit, &captures[i], back, err))
			return false;
	}
	return minor <= 0 ||
	    oms_fail(err, OMS_INTERNAL, "credit %s is more than was charged",
		credit->invoice_no);
}

static bool
room_of(struct run *run, const struct charge *c, int64_t *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_PAYMENTS, err);

	if (s == NULL)
		return false;
	*ret = 0;
	stmt_int(s, ":order_id", c->order_id);
	while (stmt_next(s, err))
		if (col_int(s, 0) == c->payment_n)
			*ret = col_int(s, 2);
	return err->code == OMS_OK;
}

static bool
set_asked(struct run *run, const struct charge *c, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_AGAIN_DONE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":charge_id", c->charge_id);
	return stmt_run(s, NULL, err);
}

/* What was declined may be less by now: credited, or its payment used up. */
static bool
capture_again(struct run *run, const struct charge *old,
    struct stage_result *res, struct oms_error *err)
{
	struct charge c = *old;
	struct bill_debt debt = { .order_id = c.order_id,
		.shipment_key = c.shipment_key,
		.customer_key = c.customer_key,
		.currency = c.currency,
		.is_held = c.is_limit_held };
	int64_t owed, settled, room, wanted;
	bool passes;

	if (!find_owed(run, c.order_id, c.shipment_key, &owed, &settled, err) ||
	    !room_of(run, &c, &room, err))
		return false;
	wanted = take(&owed, c.amount_minor);
	c.amount_minor = wanted < room ? wanted : room;
	debt.minor = c.amount_minor;
	if (!bill_limit_check(run, &debt, res, &passes, err))
		return false;
	if (!passes)
		return true;
	if (!set_asked(run, old, err))
		return false;
	if (c.amount_minor > 0 &&
	    (!add_charge(run, &c, 0, err) ||
		!use_payment(run, c.order_id, c.payment_n, c.amount_minor,
		    err) ||
		!add_spend(run, c.customer_key, c.currency, c.amount_minor,
		    err) ||
		!bill_event(run, c.order_id, "charged_again", c.shipment_key,
		    c.amount_minor, c.currency, err)))
		return false;
	res->done++;
	return wanted <= room ||
	    bill_event(run, c.order_id, "payment_short", c.shipment_key,
		wanted - c.amount_minor, c.currency, err);
}

/* The refund was freed with its credit; what we keep of it is used again. */
static bool
keep_refund(struct run *run, const struct charge *c, int64_t minor,
    struct oms_error *err)
{
	return minor == 0 ||
	    (use_payment(run, c->order_id, c->payment_n, minor, err) &&
		add_spend(run, c->customer_key, c->currency, minor, err) &&
		bill_event(run, c->order_id, "refund_kept", c->shipment_key,
		    minor, c->currency, err));
}

/* What was to be given back may be less by now: a capture was declined. */
static bool
refund_again(struct run *run, const struct charge *old,
    struct stage_result *res, struct oms_error *err)
{
	struct charge c = *old;
	int64_t owed, settled;

	if (!set_asked(run, old, err) ||
	    !find_owed(run, c.order_id, c.shipment_key, &owed, &settled, err))
		return false;
	owed = -owed;
	c.amount_minor = take(&owed, c.amount_minor);
	if (!keep_refund(run, &c, old->amount_minor - c.amount_minor, err))
		return false;
	if (c.amount_minor == 0)
		return true;
	res->done++;
	return add_charge(run, &c, 0, err) &&
	    bill_event(run, c.order_id, "refunded_again", c.shipment_key,
		c.amount_minor, c.currency, err);
}

static bool
load_again(struct run *run, mem_ctx *ctx, int64_t after, struct charge **ret,
    size_t *ret_count, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_AGAIN_QUEUE, err);
	size_t count = 0;

	if (s == NULL)
		return false;
	stmt_int(s, ":after", after);
	stmt_int(s, ":n", run->cfg->batch_orders);
	*ret = mem_array(ctx, struct charge, (size_t)run->cfg->batch_orders);
	while (stmt_next(s, err))
		(*ret)[count++] = (struct charge){
			.charge_id = col_int(s, 0),
			.kind = col_dup(s, 1, ctx),
			.order_id = col_int(s, 2),
			.shipment_key = col_dup(s, 3, ctx),
			.invoice_no = col_dup(s, 4, ctx),
			.payment_n = col_int(s, 5),
			.amount_minor = col_int(s, 6),
			.currency = col_dup(s, 7, ctx),
			.customer_key = col_dup(s, 8, ctx),
			.is_limit_held = col_int(s, 9) != 0,
			.state = "due",
		};
	*ret_count = count;
	return err->code == OMS_OK;
}

static bool
again_batch(struct run *run, int64_t *after, bool *ret_more,
    struct stage_result *res, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "again");
	struct charge *c;
	size_t count = 0;
	bool ok = load_again(run, ctx, *after, &c, &count, err);

	for (size_t i = 0; ok && i < count; i++) {
		ok = strcmp(c[i].kind, "capture") == 0
		    ? capture_again(run, &c[i], res, err)
		    : refund_again(run, &c[i], res, err);
		*after = c[i].charge_id;
	}
	mem_free(ctx);
	*ret_more = count > 0;
	return ok;
}

bool
bill_ask_again(struct run *run, struct stage_result *res, struct oms_error *err)
{
	bool ok, more = false;
	int64_t after = 0;

	do {
		ok = db_begin(run->db, err) &&
		    again_batch(run, &after, &more, res, err) &&
		    db_commit(run->db, "bill.again", err);
	} while (ok && more);
	if (!ok)
		db_rollback(run->db);
	return ok;
}

static bool
find_charge(struct run *run, mem_ctx *ctx, int64_t charge_id,
    struct charge *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_CHARGE_FIND, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":charge_id", charge_id);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_UNMATCHED, "there is no charge %lld",
			(long long)charge_id);
	*ret = (struct charge){ .charge_id = charge_id,
		.kind = col_dup(s, 0, ctx),
		.order_id = col_int(s, 1),
		.shipment_key = col_dup(s, 2, ctx),
		.payment_n = col_int(s, 3),
		.amount_minor = col_int(s, 4),
		.currency = col_dup(s, 5, ctx),
		.state = col_dup(s, 6, ctx),
		.idem_key = col_dup(s, 7, ctx) };
	stmt_end(s);
	return true;
}

static bool
set_answer(struct run *run, const struct charge *c, const char *state,
    const char *reference, int64_t answered_ts_us, bool again,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_CHARGE_ANSWER, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":state", state);
	stmt_int(s, ":ts_us", answered_ts_us);
	stmt_text(s, ":reference", reference);
	stmt_int(s, ":again", again);
	stmt_int(s, ":charge_id", c->charge_id);
	return stmt_run(s, NULL, err);
}

/* The refunds that wait for a capture: their sum, then their new state. */
static bool
settle_refunds(struct run *run, const struct charge *c, const char *state,
    int64_t *ret_minor, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_REFUNDS_WAITING, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", c->shipment_key);
	stmt_int(s, ":payment_n", c->payment_n);
	*ret_minor = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	if (err->code != OMS_OK || *ret_minor == 0)
		return err->code == OMS_OK;
	s = stmt_begin(run->db, SQL_BILL_REFUNDS_SET, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":state", state);
	stmt_text(s, ":shipment_key", c->shipment_key);
	stmt_int(s, ":payment_n", c->payment_n);
	return stmt_run(s, NULL, err);
}

static bool
touch_order(struct run *run, int64_t order_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ORDER_TOUCH, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	return stmt_run(s, NULL, err);
}

static bool
charge_done(struct run *run, const struct charge *c, const char *reference,
    int64_t answered_ts_us, struct oms_error *err)
{
	bool is_capture = strcmp(c->kind, "capture") == 0;
	int64_t refunds_minor;

	return set_answer(run, c, "done", reference, answered_ts_us, false,
		   err) &&
	    (!is_capture ||
		settle_refunds(run, c, "due", &refunds_minor, err)) &&
	    bill_event(run, c->order_id, is_capture ? "captured" : "refunded",
		c->idem_key, c->amount_minor, c->currency, err) &&
	    touch_order(run, c->order_id, err);
}

static bool
charge_declined(struct run *run, const struct charge *c, const char *reference,
    int64_t answered_ts_us, struct oms_error *err)
{
	bool is_capture = strcmp(c->kind, "capture") == 0, is_new;
	char reason[REASON_BYTES], amount[NUM_DECIMAL_BYTES];
	int64_t refunds_minor;

	if (!set_answer(run, c, "declined", reference, answered_ts_us, true,
		err))
		return false;
	/* What waits to be refunded was freed when its credit was issued. */
	if (is_capture &&
	    (!settle_refunds(run, c, "declined", &refunds_minor, err) ||
		!free_money(run, c->order_id, c->payment_n, c->currency,
		    c->amount_minor - refunds_minor, err)))
		return false;
	snprintf(reason, sizeof(reason), "%s of %s %s was refused (%s)%s%.60s",
	    c->kind, money_format(c->amount_minor, c->currency, amount),
	    c->currency, c->idem_key, reference[0] != '\0' ? ": " : "",
	    reference);
	return bill_event(run, c->order_id, "declined", c->idem_key,
		   c->amount_minor, c->currency, err) &&
	    hold_set(run, c->order_id, c->shipment_key, "PAYMENT", OMS_DECLINED,
		reason, &is_new, err) &&
	    touch_order(run, c->order_id, err);
}

/* result, the kinds of charge it may answer, and the state it leads to. */
static const struct answer {
	const char *result;
	const char *kind; /* "" any */
	const char *state;
	bool (*apply)(struct run *run, const struct charge *c,
	    const char *reference, int64_t answered_ts_us,
	    struct oms_error *err);
} answers[] = {
	{ "captured", "capture", "done", charge_done },
	{ "refunded", "refund", "done", charge_done },
	{ "declined", "", "declined", charge_declined },
};

static bool
apply_answer(struct run *run, const struct charge *c, const struct answer *a,
    const char *reference, int64_t answered_ts_us, struct oms_error *err)
{
	if (a->kind[0] != '\0' && strcmp(a->kind, c->kind) != 0)
		return oms_fail(err, OMS_TRANSITION, "%s is a %s, not %s",
		    c->idem_key, c->kind, a->result);
	if (strcmp(c->state, a->state) == 0)
		return true; /* said before */
	if (strcmp(c->state, "due") == 0 || strcmp(c->state, "waiting") == 0)
		return oms_fail(err, OMS_UNMATCHED, "%s was never asked for",
		    c->idem_key);
	if (strcmp(c->state, "requested") != 0)
		return oms_fail(err, OMS_TRANSITION,
		    "%s is %s already and cannot be %s", c->idem_key, c->state,
		    a->result);
	return a->apply(run, c, reference, answered_ts_us, err);
}

bool
bill_charge_answered(struct run *run, int64_t charge_id, const char *result,
    const char *reference, int64_t answered_ts_us, struct oms_error *err)
{
	size_t i = 0;
	mem_ctx *ctx;
	struct charge c = { .kind = "", .state = "" };
	bool ok;

	while (i < COUNT(answers) && strcmp(answers[i].result, result) != 0)
		i++;
	if (i == COUNT(answers))
		return oms_fail(err, OMS_VALUE,
		    "\"%.20s\" is not captured, refunded or declined", result);
	ctx = mem_ctx_new(run->ctx, "answer");
	ok = find_charge(run, ctx, charge_id, &c, err) &&
	    apply_answer(run, &c, &answers[i], reference, answered_ts_us, err);
	mem_free(ctx);
	return ok;
}
