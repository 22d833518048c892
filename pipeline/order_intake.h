/*
 * order_intake.h - one order into the store, whatever format it came in.
 *
 * What an order number that is known already means:
 *
 *   the same content           duplicate: nothing is changed
 *   other, nothing released    revision: the order is replaced
 *   other, something released  conflict: nothing is changed, a person decides
 *
 * All of it happens inside the caller's transaction; the history is written
 * with the change.  The ids of new orders are counted in memory between
 * order_intake_begin() and order_intake_end() of one transaction.
 */
#ifndef OMS_PIPELINE_ORDER_INTAKE_H
#define OMS_PIPELINE_ORDER_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "model/order.h"
#include "pipeline/ingest.h"
#include "pipeline/stage.h"

/* A file whose orders are being stored. */
struct order_intake {
	struct run *run;
	const struct file_row *file;
	const char *channel;
	const char *shown_name; /* of the file, safe to print */
	const char *sender;     /* in the history: "the shop" */
	int64_t last_order_id;
	bool any_dead; /* the partner has dead letters waiting */
};

/* An order, and where it stands in its file. */
struct order_record {
	const struct order *order;
	const char *content_hash; /* equal: the same order once more */
	const char *basket_hash;  /* equal: may be a twin (accept) */
	int64_t record_no;
};

enum order_fate {
	ORDER_IS_NEW,
	ORDER_IS_DUPLICATE,
	ORDER_IS_REVISION,
	ORDER_IS_CONFLICT
};

/* Where the partner's orders of that feed were sold: orders.channel. */
const char *order_intake_channel(const struct config *cfg,
    const struct file_row *file);

/* The counter of orders, and whether dead letters wait; and the counter back. */
bool order_intake_begin(struct order_intake *in,
    struct oms_error *err) MUST_CHECK;
bool order_intake_end(struct order_intake *in,
    struct oms_error *err) MUST_CHECK;

/*
 * order_intake_store - store the order, by the rules above.
 *
 * ret_order_id  of the order, new or known
 * why           of a conflict, for its dead letter
 * errors        of the store; class reject: its schema refuses the order
 */
bool order_intake_store(struct order_intake *in, const struct order_record *rec,
    enum order_fate *ret, int64_t *ret_order_id, struct oms_error *why,
    struct oms_error *err) MUST_CHECK;

/*
 * order_intake_mend - a good order resolves what waits under its number.
 *
 * A duplicate leaves the letters of its own file, and every conflict.
 */
bool order_intake_mend(struct order_intake *in, const char *order_no,
    int64_t record_no, bool is_duplicate, struct oms_error *err) MUST_CHECK;

#endif
