/*
 * order_ops.h - the few changes to an order that many stages make.
 *
 * All of them work inside the caller's transaction and write the history
 * with the change.
 */
#ifndef OMS_PIPELINE_ORDER_OPS_H
#define OMS_PIPELINE_ORDER_OPS_H

#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

/*
 * order_event - add to the history of an order, and touch it.
 *
 * Touched it is rolled up by the run, and the event is sealed (seal.h).
 *
 * event     a fixed word: received accepted hold_set hold_resolved allocated
 *           backordered released billed routed sent short shipped
 *           dispatched delivered completed cancelled revised note ...
 * from, to  part statuses, 0 for none
 */
bool order_event(const struct run *run, int64_t order_id, const char *event,
    int from, int to, const char *detail, struct oms_error *err) MUST_CHECK;

/*
 * hold_set - put a hold on an order or one of its shipments.
 *
 * The same type again while it is open is a no-op (*ret_new false).
 *
 * shipment_key  "" for the whole order
 * type          of hold_type, e.g. "ADDRESS"
 * code          why: its name is what oms explain takes
 */
bool hold_set(const struct run *run, int64_t order_id, const char *shipment_key,
    const char *type, enum oms_code code, const char *reason, bool *ret_new,
    struct oms_error *err) MUST_CHECK;

/*
 * hold_resolve - resolve the open hold of that type.
 *
 * errors  OMS_NOT_FOUND  there is no such hold (resolving an absent hold is an
 *                        error, lifecycle 2.4)
 */
bool hold_resolve(const struct run *run, int64_t order_id,
    const char *shipment_key, const char *type,
    struct oms_error *err) MUST_CHECK;

/*
 * hold_was_overruled - has a person (not a run) released such a hold before?
 *
 * shipment_key  a person who released the whole order ("") is heard too
 * code          why it was set; a hold that people set for other reasons does
 *               not count
 */
bool hold_was_overruled(const struct run *run, int64_t order_id,
    const char *shipment_key, const char *type, enum oms_code code, bool *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * part_move - take a part to another status, by the table of model/status.h.
 *
 * For a part with a release the release_status history moves with it: the
 * row that was current gets status_quantity 0, the new one holds the
 * quantity.  Does not touch stock and writes no event.
 *
 * errors  OMS_TRANSITION
 */
bool part_move(const struct run *run, int64_t order_id, int64_t part_no,
    int from, int to, struct oms_error *err) MUST_CHECK;

/* Set orders.stage and mark the order touched. */
bool order_set_stage(const struct run *run, int64_t order_id, int stage,
    struct oms_error *err) MUST_CHECK;

#endif
