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
#include "pipeline/bill.h"
#include "pipeline/confirm.h"
#include "pipeline/courier.h"
#include "pipeline/csv_intake.h"
#include "pipeline/sent_to.h"

enum { SHOW_BYTES = 60, DETAIL_BYTES = 200 };

/* -------------------------------------------------------- ship confirms */

/* Only ship notices by EDI say what is in which parcel. */
static bool
tells_parcels(const struct config *cfg)
{
	for (size_t i = 0; i < cfg->partner_count; i++)
		for (size_t j = 0; j < cfg->partners[i].feed_count; j++)
			if (strcmp(cfg->partners[i].feeds[j].type,
				"trade.ship_notice") == 0)
				return true;
	return false;
}

static bool
keep_parcel(struct run *run, const struct ship_confirm *c,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CONFIRM_PARCEL_ADD, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", c->shipment_key);
	stmt_text(s, ":tracking", c->tracking);
	if (!stmt_run(s, NULL, err))
		return false;
	s = stmt_begin(run->db, SQL_CONFIRM_PARCEL_LINE_ADD, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", c->shipment_key);
	stmt_text(s, ":tracking", c->tracking);
	stmt_int(s, ":part_no", c->part_no);
	stmt_text(s, ":sku", c->sku);
	stmt_int(s, ":qty", c->shipped_qty);
	return stmt_run(s, NULL, err);
}

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

	if (!sent_to_check(in->run, SENT_SHIP_ORDER, c.shipment_key,
		in->file->partner, err) ||
	    !confirm_ship_line(in->run, &c, ret, err))
		return false;
	return *ret != INTAKE_APPLIED || c.tracking[0] == '\0' ||
	    c.shipped_qty == 0 || !tells_parcels(in->run->cfg) ||
	    keep_parcel(in->run, &c, err);
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

	if (!load_charge(in, key, &c, err) ||
	    !sent_to_check(in->run, SENT_CHARGE, key, in->file->partner, err) ||
	    !check_amount(rec, &c, err))
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

static bool
apply_courier_status(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	struct courier_event e = {
		.shipment_key = csv_text(rec, "shipment_key"),
		.event = csv_text(rec, "status"),
		.tracking = csv_text(rec, "tracking"),
	};

	return sent_to_check(in->run, SENT_BOOKING, e.shipment_key,
		   in->file->partner, err) &&
	    courier_event(in->run, &e, ret, err);
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
