/*
 * status.h - the life of a part, and the only way to move it.
 *
 *   1100 > 1200 > 1500 > 3200 > 3300 > 3700 > 3710 > 3800 > 3900
 *            \      ^             |
 *             1300 -+---- 1400 <--+  (short pick: back to the queue)
 *
 * A part is a quantity of one order line that has always had one fate.  Only
 * parts have a status; that of a line, order or shipment is a roll-up of it.
 * Holds are an overlay and never change a code.
 */
#ifndef OMS_MODEL_STATUS_H
#define OMS_MODEL_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* X(constant, code, name): codes and names are stored and shown; only add. */
/* clang-format off */
#define PART_STATUSES(X) \
	X(PART_CREATED,           1100, "CREATED")               \
	X(PART_PENDING_PAYMENT,   1110, "PENDING_PAYMENT")       \
	X(PART_ACTION_REQUIRED,   1120, "ACTION_REQUIRED")       \
	X(PART_CONFIRMED,         1200, "CONFIRMED")             \
	X(PART_BACKORDERED,       1300, "BACKORDERED")           \
	X(PART_UNSCHEDULED,       1310, "UNSCHEDULED")           \
	X(PART_BACKORDERED_NODE,  1400, "BACKORDERED_FROM_NODE") \
	X(PART_SCHEDULED,         1500, "SCHEDULED")             \
	X(PART_RELEASED,          3200, "RELEASED")              \
	X(PART_SENT_TO_NODE,      3300, "SENT_TO_NODE")          \
	X(PART_IN_SHIPMENT,       3350, "IN_SHIPMENT")           \
	X(PART_SHIPPED,           3700, "SHIPPED")               \
	X(PART_DISPATCHED,        3710, "DISPATCHED")            \
	X(PART_DELIVERED,         3800, "DELIVERED")             \
	X(PART_COMPLETED,         3900, "COMPLETED")             \
	X(PART_CANCELLED,         9000, "CANCELLED")             \
	X(PART_TIMED_OUT,         9100, "TIMED_OUT")             \
	X(PART_FAILED,            9200, "FAILED")
/* clang-format on */

#define X(constant, code, name) constant = code,
enum part_status { PART_STATUSES(X) };
#undef X

/* "SHIPPED" for 3700; "UNKNOWN" for a code that is none. */
const char *part_status_name(int status);

/* May a part go from one status straight to the other? */
bool part_may_move(int from, int to);

/*
 * part_check_move - as part_may_move, with the refusal as an error.
 *
 * errors  OMS_TRANSITION  names both statuses
 */
bool part_check_move(int from, int to, struct oms_error *err) MUST_CHECK;

/*
 * order_label - the one word for an order, from the statuses of its parts.
 *
 * status  count statuses, any order
 * held    an open hold blocks the next stage
 * source  lifecycle 2.3: drop 9000 and more unless all are; ON_HOLD; then
 *         min and max
 */
const char *order_label(const int *status, size_t count, bool held);

/* The next stage an order waits for; orders.stage. */
enum order_stage {
	ORDER_AT_REST = 0, /* nothing to do before something happens */
	ORDER_TO_ACCEPT = 1,
	ORDER_TO_ALLOCATE = 2,
	ORDER_TO_RELEASE = 3
};

/* The next stage a shipment waits for; shipment.stage. */
enum shipment_stage {
	SHIPMENT_AT_REST = 0,
	SHIPMENT_TO_BILL = 4,
	SHIPMENT_TO_ROUTE = 5,
	SHIPMENT_TO_EMIT = 6, /* the warehouse's order is to be written */
	SHIPMENT_TO_BOOK = 7  /* waits for its charge, then for its courier */
};

#endif
