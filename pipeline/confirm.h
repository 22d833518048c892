/*
 * confirm.h - what the warehouse says of a line of a shipment.
 *
 * A line is closed once: so many left, so many are short.  What is short goes
 * back to the queue as a part of its own, under a new shipment key when it is
 * released again, or is cancelled when the partner's profile says so.  A
 * warehouse that ships in several goes may also leave a rest open: it becomes
 * a part and a line of its own of the same shipment, and the table ship_rest
 * keeps by which line number the warehouse knows it.
 *
 * The same word again changes nothing; another one about what is closed is
 * refused.  All inside the caller's transaction.
 */
#ifndef OMS_PIPELINE_CONFIRM_H
#define OMS_PIPELINE_CONFIRM_H

#include "base/error.h"
#include "pipeline/csv_intake.h"
#include "pipeline/stage.h"

/* shipped, short and rest together are what was planned. */
struct ship_confirm {
	const char *shipment_key;
	int64_t part_no;
	const char *sku; /* what it says the line is; "" nothing */
	int64_t shipped_qty;
	int64_t short_qty;
	int64_t rest_qty;   /* to follow, when something was shipped */
	bool cancels_short; /* what is short is not looked for elsewhere */
	int64_t ts_us;      /* when it left */
	bool is_day;        /* only the day is known: stock_day_moment() */
	const char *tracking;
};

/*
 * confirm_ship_line - apply it: parts, stock, credit note, history.
 *
 * *ret    INTAKE_DUPLICATE: it was closed with these numbers before
 * errors  OMS_UNMATCHED   no such shipment, no such line, another product
 *         OMS_TRANSITION  closed with other numbers, cancelled, or its
 *                         warehouse was never told of it
 *         OMS_VALUE       the quantities do not make what was planned
 */
bool confirm_ship_line(struct run *run, const struct ship_confirm *c,
    enum intake_fate *ret, struct oms_error *err) MUST_CHECK;

/* No file said that the part was there: it follows from what came after. */
bool confirm_mark_implied(struct run *run, int64_t order_id, int64_t part_no,
    struct oms_error *err) MUST_CHECK;

/* The order has news: it is rolled up and sealed by the run. */
bool confirm_touch_order(struct run *run, int64_t order_id,
    struct oms_error *err) MUST_CHECK;

#endif
