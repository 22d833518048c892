/*
 * queue.h - walk the orders that wait for a stage, a batch at a time.
 *
 * The order of the walk is the fairness of the house: priority class, ship-by
 * date, order time, order id.  A batch is a stretch of that order between two
 * keys, so it needs no memory, and statements over a batch are set-wise: they
 * take the keys by queue_stmt().  What a batch leaves in the stage is not met
 * again in the same walk.
 *
 *	struct queue q = QUEUE_START;
 *
 *	while (queue_next(run, SQL_ACCEPT_QUEUE, &q, err))
 *		...one transaction over q...
 *	return err->code == OMS_OK;
 */
#ifndef OMS_PIPELINE_QUEUE_H
#define OMS_PIPELINE_QUEUE_H

#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"
#include "store/stmt.h"

struct queue_key {
	int64_t priority;
	int64_t ship_by_ts_us;
	int64_t order_ts_us;
	int64_t order_id;
};

struct queue {
	struct queue_key after; /* not in the batch */
	struct queue_key upto;  /* the last of the batch */
	int64_t count;          /* orders in it */
};

#define QUEUE_START                                                            \
	((struct queue){ .upto = { INT64_MIN, INT64_MIN, INT64_MIN, 0 } })

/*
 * queue_next - go on to the next batch of cfg->batch_orders orders.
 *
 * id     a statement that gives the four keys of the orders of a stage
 *        after :after_*, in their order, at most :count
 * false  at the end (err untouched), or on an error (err set)
 */
bool queue_next(const struct run *run, enum sql_id id, struct queue *q,
    struct oms_error *err) MUST_CHECK;

/* As stmt_begin, with the eight keys bound. */
struct stmt *queue_stmt(const struct run *run, enum sql_id id,
    const struct queue *q, struct oms_error *err) MUST_CHECK;

/*
 * queue_count - how many wait for a stage: the number a statement gives.
 *
 * It has no parameters; no row is 0.
 */
bool queue_count(const struct run *run, enum sql_id id, int64_t *ret,
    struct oms_error *err) MUST_CHECK;

#endif
