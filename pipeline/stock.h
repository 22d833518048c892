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

/*
 * stock_count - a count by a partner, inside a transaction.
 *
 * What left or came since it was taken is applied to it again; a count older
 * than the one we know says nothing new (*ret_is_news false).
 *
 * buffer_qty  INT64_MIN: as before
 * ref         of the move           e.g. "file 12"
 * errors      OMS_REFERENCE  there is no such product or node
 * source      allocation 3.4, snapshot semantics
 */
bool stock_count(const struct run *run, const char *sku, const char *node,
    int64_t on_hand_qty, int64_t buffer_qty, int64_t counted_ts_us,
    const char *ref, bool *ret_is_news, struct oms_error *err) MUST_CHECK;

/*
 * stock_day_moment - when in its day was it, if only the day is known?
 *
 * As things arrive: a count has seen all of its day that came here before it,
 * and a move was seen by every count of its day that comes here after it.  So
 * nothing is added to a count that knew of it, and nothing that comes after a
 * count is taken for seen.
 *
 * is_count  it is a count; else a move
 * *ts_us    any moment of the day; the one to be used
 */
bool stock_day_moment(const struct run *run, const char *sku, const char *node,
    bool is_count, int64_t *ts_us, struct oms_error *err) MUST_CHECK;

/*
 * stock_book - something came, went or was put on hold; inside a transaction.
 *
 * A move that happened before the last count was seen by it, and changes only
 * what is on hold.  What is on hold is there and is not sold; it never falls
 * below 0.
 *
 * qty       signed change of what is there
 * held_qty  signed change of what of it is on hold
 * ref       of the move, and why                e.g. "receipt R-17"
 * errors    OMS_REFERENCE  there is no such product or node
 */
bool stock_book(const struct run *run, const char *sku, const char *node,
    int64_t qty, int64_t held_qty, int64_t ts_us, const char *ref,
    struct oms_error *err) MUST_CHECK;

/* Nothing of it is on hold: a count told only what may be sold. */
bool stock_hold_none(const struct run *run, const char *sku, const char *node,
    struct oms_error *err) MUST_CHECK;

#endif
