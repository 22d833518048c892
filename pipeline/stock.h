/*
 * stock.h - reservations, and corrections by hand.
 *
 * stock.reserved_qty is what the parts from 1500 to 3350 hold, kits by their
 * components; `oms check` compares both.  A node without inventory
 * information needs no row to be allocated from; its reservations are kept
 * in one that was never counted (counted_ts_us 0, on hand 0).
 */
#ifndef OMS_PIPELINE_STOCK_H
#define OMS_PIPELINE_STOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

/*
 * stock_reserve - reserve qty units, inside a transaction.
 *
 * endless   the node has no inventory information and never runs out
 * *ret_enough  false, and nothing reserved: available is less than qty by now
 */
bool stock_reserve(const struct run *run, const char *sku, const char *node,
    int64_t qty, bool endless, bool *ret_enough,
    struct oms_error *err) MUST_CHECK;

/*
 * stock_free_part - give back what a part holds reserved at its node.
 *
 * Inside a transaction, while the part still has its old status and node.
 *
 * errors  OMS_STORE_DAMAGED  less is reserved than the part holds
 */
bool stock_free_part(const struct run *run, int64_t order_id, int64_t part_no,
    struct oms_error *err) MUST_CHECK;

enum stock_change {
	STOCK_BY, /* qty more, or less when below 0: found, broken, lost */
	STOCK_TO  /* qty are there: a count, as of now */
};

/*
 * stock_adjust - correct what is on hand, in one transaction.
 *
 * The correction is a stock move: a count that was taken before it and comes
 * later is corrected by it too.  STOCK_TO also ends the distrust that a short
 * pick left.
 *
 * reason  a word or two, must not be empty   e.g. "damaged"
 * *ret_on_hand_qty  what is on hand now
 * errors  OMS_USAGE      no reason, a count below 0, or beyond any stock
 *         OMS_REFERENCE  there is no such product or node
 */
bool stock_adjust(const struct run *run, const char *sku, const char *node,
    enum stock_change how, int64_t qty, const char *reason,
    int64_t *ret_on_hand_qty, struct oms_error *err) MUST_CHECK;

#endif
