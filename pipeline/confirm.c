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
#include "pipeline/confirm.h"
#include "pipeline/order_ops.h"

enum { SHOW_BYTES = 60, DETAIL_BYTES = 200 };

/* -------------------------------------------------------- ship confirms */

static bool
apply_ship_confirm(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	struct ship_confirm c = {
		.shipment_key = csv_text(rec, "shipment_key"),
		.part_no = csv_int(rec, "ship_line_no", 0),
		.sku = csv_text(rec, "sku"),
		.shipped_qty = csv_int(rec, "shipped_qty", 0),
		.short_qty = csv_int(rec, "short_qty", 0),
		.ts_us = csv_int(rec, "shipped_at", in->received_ts_us),
		.tracking = csv_text(rec, "tracking"),
	};

	return confirm_ship_line(in->run, &c, ret, err);
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
	    confirm_touch_order(in->run, c.order_id, err);
}

/* ------------------------------------------------------- courier status */

/* The stations of a shipment, as the courier and as we call them. */
/* clang-format off */
static const struct station {
	const char *status;
	const char *event;
	int from, to; /* of its parts; 0: they do not move */
} stations[] = {
	{ "PENDING",    "",           0,               0               },
	{ "BOOKED",     "booked",     0,               0               },
	{ "DISPATCHED", "dispatched", PART_SHIPPED,    PART_DISPATCHED },
	{ "DELIVERED",  "delivered",  PART_DISPATCHED, PART_DELIVERED  },
};
/* clang-format on */

static size_t
station_of(const char *status)
{
	size_t i;

	for (i = 0; i < COUNT(stations); i++)
		if (strcmp(stations[i].status, status) == 0)
			break;
	return i; /* COUNT: cancelled */
}

static size_t
station_said(const char *event)
{
	size_t i = 1;

	while (i + 1 < COUNT(stations) && strcmp(stations[i].event, event) != 0)
		i++;
	return i;
}

struct courier_row {
	const char *shipment_key;
	int64_t order_id;
	size_t now; /* index of stations */
	size_t said;
	const char *tracking;
};

static bool
load_courier_row(struct intake *in, struct courier_row *r,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_COURIER_SHIPMENT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", r->shipment_key);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_UNMATCHED, "shipment %s is not ours",
			r->shipment_key);
	r->order_id = col_int(s, 0);
	r->now = station_of(col_text(s, 1));
	stmt_end(s);
	return r->now < COUNT(stations) ||
	    oms_fail(err, OMS_TRANSITION, "shipment %s is cancelled",
		r->shipment_key);
}

/* Goods cannot be on the way before the warehouse has said that they left. */
static bool
check_all_shipped(struct intake *in, const struct courier_row *r,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_COURIER_UNSHIPPED, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", r->shipment_key);
	if (!stmt_one(s, err))
		return err->code == OMS_OK;
	oms_fail(err, OMS_TRANSITION,
	    "shipment %s cannot be %s: its warehouse has not confirmed line "
	    "%lld yet, which is %s; retry it after the ship confirmation",
	    r->shipment_key, stations[r->said].event, (long long)col_int(s, 0),
	    part_status_name((int)col_int(s, 1)));
	stmt_end(s);
	return false;
}

static bool
move_part(struct intake *in, const struct courier_row *r, int64_t part_no,
    int status, int to, struct oms_error *err)
{
	if (status == PART_SHIPPED && to == PART_DELIVERED) {
		if (!part_move(in->run, r->order_id, part_no, PART_SHIPPED,
			PART_DISPATCHED, err) ||
		    !confirm_mark_implied(in->run, r->order_id, part_no, err))
			return false;
		status = PART_DISPATCHED;
	}
	return part_move(in->run, r->order_id, part_no, status, to, err);
}

static bool
move_parts(struct intake *in, const struct courier_row *r,
    struct oms_error *err)
{
	int to = stations[r->said].to, status;
	int64_t part_no = 0;
	struct stmt *s;

	for (;;) {
		s = stmt_begin(in->run->db, SQL_COURIER_NEXT_PART, err);
		if (s == NULL)
			return false;
		stmt_text(s, ":shipment_key", r->shipment_key);
		stmt_int(s, ":after", part_no);
		stmt_int(s, ":to_status", to);
		if (!stmt_one(s, err))
			return err->code == OMS_OK;
		part_no = col_int(s, 0);
		status = (int)col_int(s, 1);
		stmt_end(s);
		if (!move_part(in, r, part_no, status, to, err))
			return false;
	}
}

static bool
set_station(struct intake *in, const struct courier_row *r,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_COURIER_SET_STATUS, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":status", stations[r->said].status);
	stmt_text(s, ":tracking", r->tracking);
	stmt_text(s, ":shipment_key", r->shipment_key);
	return stmt_run(s, NULL, err);
}

/* Old news: kept in the history, and nothing changes. */
static bool
note_old_news(struct intake *in, const struct courier_row *r,
    struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	snprintf(detail, sizeof(detail), "%s: the courier says %s, it is %s",
	    r->shipment_key, stations[r->said].event, stations[r->now].status);
	return order_event(in->run, r->order_id, "note", 0, 0, detail, err);
}

static bool
advance(struct intake *in, const struct courier_row *r, struct oms_error *err)
{
	const struct station *to = &stations[r->said];
	char detail[DETAIL_BYTES];

	if (to->to != 0 &&
	    (!check_all_shipped(in, r, err) || !move_parts(in, r, err)))
		return false;
	snprintf(detail, sizeof(detail), "%s%s%.80s", r->shipment_key,
	    r->tracking[0] != '\0' ? ", tracking " : "", r->tracking);
	return set_station(in, r, err) &&
	    order_event(in->run, r->order_id, to->event, to->from, to->to,
		detail, err);
}

static bool
apply_courier_status(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	struct courier_row r = {
		.shipment_key = csv_text(rec, "shipment_key"),
		.said = station_said(csv_text(rec, "status")),
		.tracking = csv_text(rec, "tracking"),
	};
	bool ok;

	if (!load_courier_row(in, &r, err))
		return false;
	*ret = r.said > r.now ? INTAKE_APPLIED : INTAKE_DUPLICATE;
	if (r.said > r.now)
		ok = advance(in, &r, err);
	else if (r.said < r.now)
		ok = note_old_news(in, &r, err);
	else /* the answer to our booking; its tracking number may be news */
		ok = set_station(in, &r, err);
	return ok && confirm_touch_order(in->run, r.order_id, err);
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
