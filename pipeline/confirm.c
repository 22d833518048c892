/*
 * confirm.c - what came of it: the warehouse's, the payment processor's and
 * the courier's word.
 *
 * The warehouse closes a shipment line once: so many shipped, so many short.
 * What is short goes back to the queue as a part of its own, under a new
 * shipment key when it is released again.  The courier's events only ever
 * raise a status.  The same word again changes nothing; another one about
 * what is closed is refused.
 *
 * source  lifecycle 2.2 to 2.5, billing 4.2
 */

#include "pipeline/ingest.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "base/str.h"
#include "model/money.h"
#include "model/order.h"
#include "model/status.h"
#include "pipeline/bill.h"
#include "pipeline/courier.h"
#include "pipeline/csv_intake.h"
#include "pipeline/order_ops.h"
#include "pipeline/stock_ops.h"

enum { SHOW_BYTES = 60, DETAIL_BYTES = 200 };

/* -------------------------------------------------------- ship confirms */

/* A row of the warehouse, and the line of ours that it closes. */
struct ship_row {
	const char *shipment_key;
	int64_t part_no;
	int64_t shipped_qty;
	int64_t short_qty;
	int64_t ts_us; /* when it left */
	const char *tracking;

	int64_t order_id;
	int64_t line_no;
	int64_t planned;
	int64_t quantity; /* shipped before; 0: not yet */
	int status;       /* of the part */
	bool is_short;    /* closed before as short */
	bool was_told;    /* its warehouse order was written */
	bool is_cancelled;
	const char *sku; /* of the order line */
	const char *node;
};

static bool
load_ship_row(struct intake *in, struct ship_row *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_LINE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":part_no", r->part_no);
	stmt_text(s, ":shipment_key", r->shipment_key);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_UNMATCHED, "shipment %s is not ours",
			r->shipment_key);
	if (col_is_null(s, 4)) {
		stmt_end(s);
		return oms_fail(err, OMS_UNMATCHED,
		    "shipment %s has no line %lld", r->shipment_key,
		    (long long)r->part_no);
	}
	r->order_id = col_int(s, 0);
	r->node = col_dup(s, 1, r);
	r->is_cancelled = strcmp(col_text(s, 2), "CANCELLED") == 0;
	r->was_told = col_int(s, 3) != 0;
	r->status = (int)col_int(s, 5);
	r->line_no = col_int(s, 6);
	r->sku = col_dup(s, 7, r);
	r->planned = col_int(s, 8);
	r->quantity = col_int(s, 9);
	r->is_short = col_text(s, 10)[0] != '\0';
	stmt_end(s);
	return true;
}

/* What was split off as short when the line was confirmed. */
static bool
split_qty(struct intake *in, const struct ship_row *r, int64_t *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_SPLIT_QTY, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", r->shipment_key);
	stmt_int(s, ":part_no", r->part_no);
	*ret = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

/* The line is closed: the same numbers are a repeat, others are refused. */
static bool
check_repeat(struct intake *in, const struct ship_row *r, struct oms_error *err)
{
	int64_t missing = r->planned;

	if (!r->is_short && !split_qty(in, r, &missing, err))
		return false;
	if (r->shipped_qty == r->quantity && r->short_qty == missing)
		return true;
	return oms_fail(err, OMS_TRANSITION,
	    "line %lld of shipment %s is closed: %lld shipped, %lld short; "
	    "now it says %lld and %lld",
	    (long long)r->part_no, r->shipment_key, (long long)r->quantity,
	    (long long)missing, (long long)r->shipped_qty,
	    (long long)r->short_qty);
}

static bool
check_ship_row(const struct ship_row *r, struct oms_error *err)
{
	if (r->is_cancelled)
		return oms_fail(err, OMS_TRANSITION, "shipment %s is cancelled",
		    r->shipment_key);
	if (!r->was_told)
		return oms_fail(err, OMS_TRANSITION,
		    "shipment %s was not given to its warehouse yet",
		    r->shipment_key);
	if (r->shipped_qty + r->short_qty != r->planned)
		return oms_fail(err, OMS_VALUE,
		    "%lld shipped and %lld short do not make the %lld of "
		    "line %lld",
		    (long long)r->shipped_qty, (long long)r->short_qty,
		    (long long)r->planned, (long long)r->part_no);
	return true;
}

static bool
check_sku(const struct csv_record *rec, const struct ship_row *r,
    struct oms_error *err)
{
	mem_ctx *tmp;

	if (strcmp(csv_text(rec, "sku"), r->sku) == 0)
		return true;
	tmp = mem_ctx_new(NULL, "check_sku");
	oms_fail(err, OMS_UNMATCHED,
	    "line %lld of shipment %s is %s, not \"%s\"", (long long)r->part_no,
	    r->shipment_key, str_show(tmp, r->sku, SHOW_BYTES),
	    str_show(tmp, csv_text(rec, "sku"), SHOW_BYTES));
	mem_free(tmp);
	return oms_at(err, "column sku");
}

/* Run a statement about one part of the row's order. */
static bool
run_on_part(struct intake *in, enum sql_id id, const struct ship_row *r,
    int64_t part_no, int64_t qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, id, err);

	if (s == NULL)
		return false;
	if (stmt_has(s, ":qty"))
		stmt_int(s, ":qty", qty);
	if (stmt_has(s, ":shipment_key"))
		stmt_text(s, ":shipment_key", r->shipment_key);
	stmt_int(s, ":order_id", r->order_id);
	stmt_int(s, ":part_no", part_no);
	return stmt_run(s, NULL, err);
}

static bool
mark_implied(struct intake *in, int64_t order_id, int64_t part_no,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_IMPLIED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":part_no", part_no);
	return stmt_run(s, NULL, err);
}

/* The confirmation came before we knew that our order was delivered. */
static bool
imply_sent(struct intake *in, struct ship_row *r, struct oms_error *err)
{
	if (r->status != PART_RELEASED)
		return true;
	r->status = PART_SENT_TO_NODE;
	return part_move(in->run, r->order_id, r->part_no, PART_RELEASED,
		   PART_SENT_TO_NODE, err) &&
	    mark_implied(in, r->order_id, r->part_no, err);
}

static bool
to_queue(struct intake *in, const struct ship_row *r, int64_t part_no,
    struct oms_error *err)
{
	return part_move(in->run, r->order_id, part_no, r->status,
		   PART_BACKORDERED_NODE, err) &&
	    run_on_part(in, SQL_CONFIRM_PART_SHORT, r, part_no, 0, err);
}

static bool
begin_history(struct intake *in, const struct ship_row *r, int64_t part_no,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_RELEASE_STATUS_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", in->run->now_us);
	stmt_int(s, ":order_id", r->order_id);
	stmt_int(s, ":part_no", part_no);
	return stmt_run(s, NULL, err);
}

/* Lifecycle 2.5, part split: the short quantity gets a fate of its own. */
static bool
split_off(struct intake *in, const struct ship_row *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_SPLIT_PART, err);
	int64_t new_no;

	if (s == NULL)
		return false;
	stmt_int(s, ":qty", r->short_qty);
	stmt_int(s, ":order_id", r->order_id);
	stmt_int(s, ":part_no", r->part_no);
	if (!stmt_one(s, err))
		return false;
	new_no = col_int(s, 0);
	stmt_end(s);
	return run_on_part(in, SQL_CONFIRM_PART_QTY, r, r->part_no,
		   r->shipped_qty, err) &&
	    begin_history(in, r, new_no, err) &&
	    run_on_part(in, SQL_CONFIRM_LINE_SPLIT, r, new_no, r->short_qty,
		err) &&
	    to_queue(in, r, new_no, err);
}

static bool
ship_stock(struct intake *in, const struct ship_row *r, const char *sku,
    int64_t qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_STOCK_SHIPPED,
	    err);
	int64_t on_hand;
	bool was_seen;

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", r->ts_us);
	stmt_int(s, ":qty", qty);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", r->node);
	if (!stmt_one(s, err))
		return err->code == OMS_OK; /* a node without a stock count */
	on_hand = col_int(s, 0);
	was_seen = col_int(s, 1) > r->ts_us;
	stmt_end(s);
	return was_seen ||
	    stock_move_add(in->run, sku, r->node, r->ts_us, "ship", -qty,
		on_hand + qty, r->shipment_key, err);
}

static bool
free_stock(struct intake *in, const struct ship_row *r, const char *sku,
    int64_t qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_STOCK_SHORT, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":ts_us", r->ts_us);
	stmt_int(s, ":now_us", in->run->now_us);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", r->node);
	return stmt_run(s, NULL, err);
}

/* What is not in it need not be carried. */
static bool
lighten(struct intake *in, const struct ship_row *r, const char *sku,
    int64_t qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_SHIPMENT_LIGHTER,
	    err);

	if (s == NULL)
		return false;
	stmt_int(s, ":qty", qty);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":shipment_key", r->shipment_key);
	return stmt_run(s, NULL, err);
}

static bool
leave_behind(struct intake *in, const struct ship_row *r, const char *sku,
    int64_t qty, struct oms_error *err)
{
	return free_stock(in, r, sku, qty, err) &&
	    lighten(in, r, sku, qty, err);
}

/* What one unit of the line is on the shelf: the line's sku, or a kit's. */
struct piece {
	const char *sku;
	int64_t qty_per;
};

static bool
load_pieces(struct intake *in, struct ship_row *r,
    struct piece pieces[KIT_COMPONENTS_MAX], size_t *ret_count,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_PIECES, err);
	size_t n = 0;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", r->order_id);
	stmt_int(s, ":line_no", r->line_no);
	while (n < KIT_COMPONENTS_MAX && stmt_next(s, err)) {
		pieces[n].sku = col_dup(s, 0, r);
		pieces[n++].qty_per = col_int(s, 1);
	}
	stmt_end(s);
	if (n == 0)
		pieces[n++] = (struct piece){ r->sku, 1 };
	*ret_count = n;
	return err->code == OMS_OK;
}

static bool
move_stock(struct intake *in, struct ship_row *r, struct oms_error *err)
{
	struct piece pieces[KIT_COMPONENTS_MAX];
	size_t count;

	if (!load_pieces(in, r, pieces, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		int64_t per = pieces[i].qty_per;

		if (r->shipped_qty > 0 &&
		    !ship_stock(in, r, pieces[i].sku, r->shipped_qty * per,
			err))
			return false;
		if (r->short_qty > 0 &&
		    !leave_behind(in, r, pieces[i].sku, r->short_qty * per,
			err))
			return false;
	}
	return true;
}

static bool
set_shipped(struct intake *in, const struct ship_row *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_SHIPMENT_SHIPPED,
	    err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", r->ts_us);
	stmt_text(s, ":tracking", r->tracking);
	stmt_text(s, ":shipment_key", r->shipment_key);
	return stmt_run(s, NULL, err);
}

static bool
cancel_if_empty(struct intake *in, const struct ship_row *r,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_SHIPMENT_EMPTY,
	    err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", r->shipment_key);
	return stmt_run(s, NULL, err);
}

static bool
ship(struct intake *in, const struct ship_row *r, struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	snprintf(detail, sizeof(detail), "%s line %lld: %lld of %lld%s%.80s",
	    r->shipment_key, (long long)r->part_no, (long long)r->shipped_qty,
	    (long long)r->planned, r->tracking[0] != '\0' ? ", tracking " : "",
	    r->tracking);
	return part_move(in->run, r->order_id, r->part_no, r->status,
		   PART_SHIPPED, err) &&
	    run_on_part(in, SQL_CONFIRM_LINE_SHIPPED, r, r->part_no,
		r->shipped_qty, err) &&
	    set_shipped(in, r, err) &&
	    order_event(in->run, r->order_id, "shipped", r->status,
		PART_SHIPPED, detail, err);
}

static bool
fall_short(struct intake *in, const struct ship_row *r, struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	snprintf(detail, sizeof(detail),
	    "%s line %lld: %lld of %lld not found "
	    "at %.60s",
	    r->shipment_key, (long long)r->part_no, (long long)r->short_qty,
	    (long long)r->planned, r->node);
	if (r->shipped_qty > 0) {
		if (!split_off(in, r, err))
			return false;
	} else if (!to_queue(in, r, r->part_no, err) ||
	    !run_on_part(in, SQL_CONFIRM_LINE_SHORT, r, r->part_no, 0, err) ||
	    !cancel_if_empty(in, r, err)) {
		return false;
	}
	return order_event(in->run, r->order_id, "short", r->status,
		   PART_BACKORDERED_NODE, detail, err) &&
	    order_set_stage(in->run, r->order_id, ORDER_TO_ALLOCATE, err);
}

static bool
touch_order(struct intake *in, int64_t order_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_ORDER_TOUCH, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	return stmt_run(s, NULL, err);
}

static bool
close_line(struct intake *in, struct ship_row *r, struct oms_error *err)
{
	if (!imply_sent(in, r, err))
		return false;
	if (r->short_qty > 0 && !fall_short(in, r, err))
		return false;
	if (r->shipped_qty > 0 && !ship(in, r, err))
		return false;
	if (!move_stock(in, r, err) || !touch_order(in, r->order_id, err))
		return false;
	return r->short_qty == 0 ||
	    bill_credit_short(in->run, r->order_id, r->shipment_key, r->line_no,
		r->short_qty, err);
}

static bool
confirm_line(struct intake *in, const struct csv_record *rec,
    struct ship_row *r, enum intake_fate *ret, struct oms_error *err)
{
	r->shipment_key = csv_text(rec, "shipment_key");
	r->part_no = csv_int(rec, "ship_line_no", 0);
	r->shipped_qty = csv_int(rec, "shipped_qty", 0);
	r->short_qty = csv_int(rec, "short_qty", 0);
	r->ts_us = csv_int(rec, "shipped_at", in->received_ts_us);
	r->tracking = csv_text(rec, "tracking");
	if (!load_ship_row(in, r, err) || !check_sku(rec, r, err))
		return false;
	*ret = INTAKE_DUPLICATE;
	if (r->quantity > 0 || r->is_short)
		return check_repeat(in, r, err);
	*ret = INTAKE_APPLIED;
	return check_ship_row(r, err) && close_line(in, r, err);
}

static bool
apply_ship_confirm(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	struct ship_row *r = mem_new(NULL, struct ship_row);
	bool ok = confirm_line(in, rec, r, ret, err);

	mem_free(r);
	return ok;
}

/* ------------------------------------------------------ capture results */

struct charge {
	int64_t charge_id;
	int64_t order_id;
	bool is_refund;
	int64_t amount_minor;
	char currency[4];
	char state[12];
};

static bool
load_charge(struct intake *in, const char *key, struct charge *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_CONFIRM_CHARGE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":charge_key", key);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_UNMATCHED, "charge %s is not ours", key);
	ret->charge_id = col_int(s, 0);
	ret->order_id = col_int(s, 1);
	ret->is_refund = strcmp(col_text(s, 2), "refund") == 0;
	ret->amount_minor = col_int(s, 3);
	(void)str_copy(ret->currency, sizeof(ret->currency), col_text(s, 4));
	(void)str_copy(ret->state, sizeof(ret->state), col_text(s, 5));
	stmt_end(s);
	return true;
}

static bool
check_amount(const struct csv_record *rec, const struct charge *c,
    struct oms_error *err)
{
	int64_t amount = csv_int(rec, "amount", 0);
	const char *currency = csv_text(rec, "currency");
	char said[NUM_DECIMAL_BYTES], asked[NUM_DECIMAL_BYTES];

	return (amount == c->amount_minor &&
		   strcmp(currency, c->currency) == 0) ||
	    oms_fail(err, OMS_VALUE,
		"the answer is about %s %s, we asked for %s %s",
		money_format(amount, currency, said), currency,
		money_format(c->amount_minor, c->currency, asked), c->currency);
}

static bool
apply_capture_result(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	const char *key = csv_text(rec, "charge_key");
	const char *result = csv_text(rec, "result");
	bool declined = strcmp(result, "declined") == 0;
	struct charge c = { .charge_id = 0 };

	if (!load_charge(in, key, &c, err) || !check_amount(rec, &c, err))
		return false;
	if (!declined && (strcmp(result, "refunded") == 0) != c.is_refund)
		return oms_fail(err, OMS_TRANSITION,
		    "charge %s is a %s and cannot be %s", key,
		    c.is_refund ? "refund" : "capture", result);
	*ret = INTAKE_DUPLICATE;
	if (strcmp(c.state, declined ? "declined" : "done") == 0)
		return true;
	if (strcmp(c.state, "requested") != 0)
		return oms_fail(err, OMS_TRANSITION,
		    "charge %s is %s, not %s: it cannot be %s now", key,
		    c.state, "requested", result);
	*ret = INTAKE_APPLIED;
	return bill_charge_answered(in->run, c.charge_id, result,
		   csv_text(rec, "reference"),
		   csv_int(rec, "answered_at", in->received_ts_us), err) &&
	    touch_order(in, c.order_id, err);
}

/* ------------------------------------------------------- courier status */

static bool
apply_courier_status(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	struct courier_event e = {
		.shipment_key = csv_text(rec, "shipment_key"),
		.event = csv_text(rec, "status"),
		.tracking = csv_text(rec, "tracking"),
	};

	return courier_event(in->run, &e, ret, err);
}

/* ----------------------------------------------------------------------- */

bool
ingest_ship_confirm(struct run *run, const struct file_row *file,
    struct stage_result *res, struct oms_error *err)
{
	static const struct intake_type type = { .type = "wms.ship_confirm",
		.row = apply_ship_confirm,
		.keep_records = true,
		.keys = { "shipment_key", "ship_line_no" } };

	return csv_intake(run, file, &type, res, err);
}

bool
ingest_capture_result(struct run *run, const struct file_row *file,
    struct stage_result *res, struct oms_error *err)
{
	static const struct intake_type type = {
		.type = "payment.capture_result",
		.row = apply_capture_result,
		.keep_records = true,
		.keys = { "charge_key" }
	};

	return csv_intake(run, file, &type, res, err);
}

bool
ingest_courier_status(struct run *run, const struct file_row *file,
    struct stage_result *res, struct oms_error *err)
{
	static const struct intake_type type = { .type = "courier.status",
		.row = apply_courier_status,
		.keep_records = true,
		.keys = { "shipment_key", "status" } };

	return csv_intake(run, file, &type, res, err);
}
