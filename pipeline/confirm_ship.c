/*
 * confirm_ship.c - a line of a shipment leaves, or does not: see confirm.h.
 *
 * source  lifecycle 2.2 to 2.5, billing 4.2
 */

#include "pipeline/confirm.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/order.h"
#include "model/status.h"
#include "pipeline/bill.h"
#include "pipeline/order_ops.h"
#include "pipeline/stock.h"
#include "pipeline/stock_ops.h"
#include "store/stmt.h"

enum { SHOW_BYTES = 60, DETAIL_BYTES = 200 };

/* A row of the warehouse, and the line of ours that it closes. */
struct ship_row {
	const char *shipment_key;
	int64_t part_no;
	int64_t shipped_qty;
	int64_t short_qty;
	int64_t rest_qty;   /* stays open at the warehouse */
	bool cancels_short; /* nobody looks for it again */
	int64_t ts_us;      /* when it left */
	bool is_day;        /* only the day is known */
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
load_ship_row(struct run *run, struct ship_row *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_LINE, err);

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
split_qty(struct run *run, const struct ship_row *r, int64_t *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_SPLIT_QTY, err);

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
check_repeat(struct run *run, const struct ship_row *r, struct oms_error *err)
{
	int64_t missing = r->planned;

	if (!r->is_short && !split_qty(run, r, &missing, err))
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
	if (r->shipped_qty + r->short_qty + r->rest_qty != r->planned)
		return oms_fail(err, OMS_VALUE,
		    "%lld shipped and %lld short do not make the %lld of "
		    "line %lld",
		    (long long)r->shipped_qty, (long long)r->short_qty,
		    (long long)r->planned, (long long)r->part_no);
	return true;
}

static bool
check_sku(const struct ship_row *r, const char *sku, struct oms_error *err)
{
	mem_ctx *tmp;

	if (sku[0] == '\0' || strcmp(sku, r->sku) == 0)
		return true;
	tmp = mem_ctx_new(NULL, "check_sku");
	oms_fail(err, OMS_UNMATCHED,
	    "line %lld of shipment %s is %s, not \"%s\"", (long long)r->part_no,
	    r->shipment_key, str_show(tmp, r->sku, SHOW_BYTES),
	    str_show(tmp, sku, SHOW_BYTES));
	mem_free(tmp);
	return oms_at(err, "column sku");
}

/* Run a statement about one part of the row's order. */
static bool
run_on_part(struct run *run, enum sql_id id, const struct ship_row *r,
    int64_t part_no, int64_t qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

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

bool
confirm_mark_implied(struct run *run, int64_t order_id, int64_t part_no,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_IMPLIED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":part_no", part_no);
	return stmt_run(s, NULL, err);
}

/* The confirmation came before we knew that our order was delivered. */
static bool
imply_sent(struct run *run, struct ship_row *r, struct oms_error *err)
{
	if (r->status != PART_RELEASED)
		return true;
	r->status = PART_SENT_TO_NODE;
	return part_move(run, r->order_id, r->part_no, PART_RELEASED,
		   PART_SENT_TO_NODE, err) &&
	    confirm_mark_implied(run, r->order_id, r->part_no, err);
}

static bool
to_queue(struct run *run, const struct ship_row *r, int64_t part_no,
    struct oms_error *err)
{
	return part_move(run, r->order_id, part_no, r->status,
		   PART_BACKORDERED_NODE, err) &&
	    run_on_part(run, SQL_CONFIRM_PART_SHORT, r, part_no, 0, err) &&
	    (!r->cancels_short ||
		part_move(run, r->order_id, part_no, PART_BACKORDERED_NODE,
		    PART_CANCELLED, err));
}

static bool
begin_history(struct run *run, const struct ship_row *r, int64_t part_no,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_RELEASE_STATUS_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_int(s, ":order_id", r->order_id);
	stmt_int(s, ":part_no", part_no);
	return stmt_run(s, NULL, err);
}

/* Lifecycle 2.5, part split: what did not leave gets a fate of its own. */
static bool
split_part(struct run *run, const struct ship_row *r, int64_t qty,
    int64_t *ret_new_no, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_SPLIT_PART, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":order_id", r->order_id);
	stmt_int(s, ":part_no", r->part_no);
	if (!stmt_one(s, err))
		return false;
	*ret_new_no = col_int(s, 0);
	stmt_end(s);
	return run_on_part(run, SQL_CONFIRM_PART_QTY, r, r->part_no,
		   r->shipped_qty, err) &&
	    begin_history(run, r, *ret_new_no, err);
}

static bool
split_off(struct run *run, const struct ship_row *r, struct oms_error *err)
{
	int64_t new_no;

	return split_part(run, r, r->short_qty, &new_no, err) &&
	    run_on_part(run, SQL_CONFIRM_LINE_SPLIT, r, new_no, r->short_qty,
		err) &&
	    to_queue(run, r, new_no, err);
}

/* The warehouse keeps the rest open, under the line it was told. */
static bool
leave_open(struct run *run, const struct ship_row *r, struct oms_error *err)
{
	char detail[DETAIL_BYTES];
	struct stmt *s;
	int64_t new_no;

	if (!split_part(run, r, r->rest_qty, &new_no, err) ||
	    !run_on_part(run, SQL_CONFIRM_PART_REST, r, new_no, 0, err) ||
	    !run_on_part(run, SQL_CONFIRM_LINE_REST, r, new_no, r->rest_qty,
		err))
		return false;
	s = stmt_begin(run->db, SQL_CONFIRM_REST_ADD, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", r->shipment_key);
	stmt_int(s, ":part_no", r->part_no);
	stmt_int(s, ":new_no", new_no);
	snprintf(detail, sizeof(detail),
	    "%s line %lld: %lld of %lld are to follow from %.60s",
	    r->shipment_key, (long long)r->part_no, (long long)r->rest_qty,
	    (long long)r->planned, r->node);
	return stmt_run(s, NULL, err) &&
	    order_event(run, r->order_id, "note", 0, 0, detail, err);
}

static bool
ship_stock(struct run *run, const struct ship_row *r, const char *sku,
    int64_t qty, struct oms_error *err)
{
	int64_t on_hand, ts_us = r->ts_us;
	struct stmt *s;
	bool was_seen;

	if (r->is_day &&
	    !stock_day_moment(run, sku, r->node, false, &ts_us, err))
		return false;
	s = stmt_begin(run->db, SQL_CONFIRM_STOCK_SHIPPED, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", ts_us);
	stmt_int(s, ":qty", qty);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", r->node);
	if (!stmt_one(s, err))
		return err->code == OMS_OK; /* a node without a stock count */
	on_hand = col_int(s, 0);
	was_seen = col_int(s, 1) > ts_us;
	stmt_end(s);
	return was_seen ||
	    stock_move_add(run, sku, r->node, ts_us, "ship", -qty,
		on_hand + qty, r->shipment_key, err);
}

static bool
free_stock(struct run *run, const struct ship_row *r, const char *sku,
    int64_t qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_STOCK_SHORT, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":ts_us", r->ts_us);
	stmt_int(s, ":now_us", run->now_us);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", r->node);
	return stmt_run(s, NULL, err);
}

/* What is not in it need not be carried. */
static bool
lighten(struct run *run, const struct ship_row *r, const char *sku, int64_t qty,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_SHIPMENT_LIGHTER, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":qty", qty);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":shipment_key", r->shipment_key);
	return stmt_run(s, NULL, err);
}

static bool
leave_behind(struct run *run, const struct ship_row *r, const char *sku,
    int64_t qty, struct oms_error *err)
{
	return free_stock(run, r, sku, qty, err) &&
	    lighten(run, r, sku, qty, err);
}

/* What one unit of the line is on the shelf: the line's sku, or a kit's. */
struct piece {
	const char *sku;
	int64_t qty_per;
};

static bool
load_pieces(struct run *run, struct ship_row *r,
    struct piece pieces[KIT_COMPONENTS_MAX], size_t *ret_count,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_PIECES, err);
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
move_stock(struct run *run, struct ship_row *r, struct oms_error *err)
{
	struct piece pieces[KIT_COMPONENTS_MAX];
	size_t count;

	if (!load_pieces(run, r, pieces, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		int64_t per = pieces[i].qty_per;

		if (r->shipped_qty > 0 &&
		    !ship_stock(run, r, pieces[i].sku, r->shipped_qty * per,
			err))
			return false;
		if (r->short_qty > 0 &&
		    !leave_behind(run, r, pieces[i].sku, r->short_qty * per,
			err))
			return false;
	}
	return true;
}

static bool
set_shipped(struct run *run, const struct ship_row *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_SHIPMENT_SHIPPED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", r->ts_us);
	stmt_text(s, ":tracking", r->tracking);
	stmt_text(s, ":shipment_key", r->shipment_key);
	return stmt_run(s, NULL, err);
}

static bool
cancel_if_empty(struct run *run, const struct ship_row *r,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_SHIPMENT_EMPTY, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", r->shipment_key);
	return stmt_run(s, NULL, err);
}

static bool
ship(struct run *run, const struct ship_row *r, struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	snprintf(detail, sizeof(detail), "%s line %lld: %lld of %lld%s%.80s",
	    r->shipment_key, (long long)r->part_no, (long long)r->shipped_qty,
	    (long long)r->planned, r->tracking[0] != '\0' ? ", tracking " : "",
	    r->tracking);
	return part_move(run, r->order_id, r->part_no, r->status, PART_SHIPPED,
		   err) &&
	    run_on_part(run, SQL_CONFIRM_LINE_SHIPPED, r, r->part_no,
		r->shipped_qty, err) &&
	    set_shipped(run, r, err) &&
	    order_event(run, r->order_id, "shipped", r->status, PART_SHIPPED,
		detail, err);
}

static bool
fall_short(struct run *run, const struct ship_row *r, struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	snprintf(detail, sizeof(detail),
	    "%s line %lld: %lld of %lld not found at %.60s%s", r->shipment_key,
	    (long long)r->part_no, (long long)r->short_qty,
	    (long long)r->planned, r->node,
	    r->cancels_short ? ", cancelled" : "");
	if (r->shipped_qty > 0) {
		if (!split_off(run, r, err))
			return false;
	} else if (!to_queue(run, r, r->part_no, err) ||
	    !run_on_part(run, SQL_CONFIRM_LINE_SHORT, r, r->part_no, 0, err) ||
	    !cancel_if_empty(run, r, err)) {
		return false;
	}
	if (r->cancels_short)
		return order_event(run, r->order_id, "cancelled", r->status,
		    PART_CANCELLED, detail, err);
	return order_event(run, r->order_id, "short", r->status,
		   PART_BACKORDERED_NODE, detail, err) &&
	    order_set_stage(run, r->order_id, ORDER_TO_ALLOCATE, err);
}

bool
confirm_touch_order(struct run *run, int64_t order_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ORDER_TOUCH, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	return stmt_run(s, NULL, err);
}

static bool
close_line(struct run *run, struct ship_row *r, struct oms_error *err)
{
	if (!imply_sent(run, r, err))
		return false;
	if (r->short_qty > 0 && !fall_short(run, r, err))
		return false;
	if (r->rest_qty > 0 && !leave_open(run, r, err))
		return false;
	if (r->shipped_qty > 0 && !ship(run, r, err))
		return false;
	if (!move_stock(run, r, err) ||
	    !confirm_touch_order(run, r->order_id, err))
		return false;
	return r->short_qty == 0 ||
	    bill_credit_short(run, r->order_id, r->shipment_key, r->line_no,
		r->short_qty, err);
}

static bool
confirm_line(struct run *run, struct ship_row *r, const char *sku,
    enum intake_fate *ret, struct oms_error *err)
{
	if (!load_ship_row(run, r, err) || !check_sku(r, sku, err))
		return false;
	*ret = INTAKE_DUPLICATE;
	if (r->quantity > 0 || r->is_short)
		return check_repeat(run, r, err);
	*ret = INTAKE_APPLIED;
	return check_ship_row(r, err) && close_line(run, r, err);
}

bool
confirm_ship_line(struct run *run, const struct ship_confirm *c,
    enum intake_fate *ret, struct oms_error *err)
{
	struct ship_row *r = mem_new(NULL, struct ship_row);
	bool ok;

	r->shipment_key = c->shipment_key;
	r->part_no = c->part_no;
	r->shipped_qty = c->shipped_qty;
	r->short_qty = c->short_qty;
	r->rest_qty = c->rest_qty;
	r->cancels_short = c->cancels_short;
	r->ts_us = c->ts_us;
	r->is_day = c->is_day;
	r->tracking = c->tracking;
	ok = confirm_line(run, r, c->sku, ret, err);
	mem_free(r);
	return ok;
}
