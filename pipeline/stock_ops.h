/*
 * stock_ops.h - the book of why stock changed.
 *
 * stock.on_hand_qty is the last count and every ship and adjust move since
 * it, in whatever order the files that told them came.
 */
#ifndef OMS_PIPELINE_STOCK_OPS_H
#define OMS_PIPELINE_STOCK_OPS_H

#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

/*
 * stock_move_add - write a move into the book, inside a transaction.
 *
 * Does not change the stock itself.
 *
 * kind        "count", "adjust" or "ship"
 * qty         signed change
 * before_qty  on hand before it
 * ref         shipment key, file id, reason code
 */
bool stock_move_add(const struct run *run, const char *sku, const char *node,
    int64_t ts_us, const char *kind, int64_t qty, int64_t before_qty,
    const char *ref, struct oms_error *err) MUST_CHECK;

#endif
