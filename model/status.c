/* status.c - the transition table is the specification: read it first. */

#include "model/status.h"

#include "base/count.h"

/* clang-format off */
static const struct {
	int from;
	int to;
} moves[] = {
	{ PART_CREATED,          PART_PENDING_PAYMENT  },
	{ PART_CREATED,          PART_CONFIRMED        },
	{ PART_CREATED,          PART_ACTION_REQUIRED  },
	{ PART_CREATED,          PART_FAILED           },
	{ PART_CREATED,          PART_CANCELLED        },
	{ PART_PENDING_PAYMENT,  PART_CONFIRMED        },
	{ PART_PENDING_PAYMENT,  PART_FAILED           },
	{ PART_PENDING_PAYMENT,  PART_TIMED_OUT        },
	{ PART_PENDING_PAYMENT,  PART_CANCELLED        },
	{ PART_ACTION_REQUIRED,  PART_CONFIRMED        },
	{ PART_ACTION_REQUIRED,  PART_CANCELLED        },
	{ PART_ACTION_REQUIRED,  PART_TIMED_OUT        },
	{ PART_CONFIRMED,        PART_SCHEDULED        },
	{ PART_CONFIRMED,        PART_BACKORDERED      },
	{ PART_CONFIRMED,        PART_ACTION_REQUIRED  },
	{ PART_CONFIRMED,        PART_CANCELLED        },
	{ PART_BACKORDERED,      PART_SCHEDULED        },
	{ PART_BACKORDERED,      PART_ACTION_REQUIRED  },
	{ PART_BACKORDERED,      PART_CANCELLED        },
	{ PART_BACKORDERED,      PART_TIMED_OUT        },
	{ PART_UNSCHEDULED,      PART_SCHEDULED        },
	{ PART_UNSCHEDULED,      PART_BACKORDERED      },
	{ PART_UNSCHEDULED,      PART_CANCELLED        },
	{ PART_BACKORDERED_NODE, PART_SCHEDULED        },
	{ PART_BACKORDERED_NODE, PART_BACKORDERED      },
	{ PART_BACKORDERED_NODE, PART_ACTION_REQUIRED  },
	{ PART_BACKORDERED_NODE, PART_CANCELLED        },
	{ PART_BACKORDERED_NODE, PART_TIMED_OUT        },
	{ PART_SCHEDULED,        PART_RELEASED         },
	{ PART_SCHEDULED,        PART_UNSCHEDULED      },
	{ PART_SCHEDULED,        PART_BACKORDERED      },
	{ PART_SCHEDULED,        PART_CANCELLED        },
	{ PART_RELEASED,         PART_SENT_TO_NODE     },
	{ PART_RELEASED,         PART_UNSCHEDULED      },
	{ PART_RELEASED,         PART_CANCELLED        },
	{ PART_SENT_TO_NODE,     PART_IN_SHIPMENT      },
	{ PART_SENT_TO_NODE,     PART_SHIPPED          },
	{ PART_SENT_TO_NODE,     PART_BACKORDERED_NODE },
	{ PART_SENT_TO_NODE,     PART_UNSCHEDULED      },
	{ PART_SENT_TO_NODE,     PART_CANCELLED        },
	{ PART_IN_SHIPMENT,      PART_SHIPPED          },
	{ PART_IN_SHIPMENT,      PART_BACKORDERED_NODE },
	{ PART_IN_SHIPMENT,      PART_CANCELLED        },
	{ PART_SHIPPED,          PART_DISPATCHED       },
	{ PART_SHIPPED,          PART_DELIVERED        },
	{ PART_SHIPPED,          PART_FAILED           },
	{ PART_DISPATCHED,       PART_DELIVERED        },
	{ PART_DISPATCHED,       PART_FAILED           },
	{ PART_DELIVERED,        PART_COMPLETED        },
};

static const struct {
	int code;
	const char *name;
} names[] = {
#define X(constant, code, name) { code, name },
	PART_STATUSES(X)
#undef X
};
/* clang-format on */

const char *
part_status_name(int status)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].code == status)
			return names[i].name;
	return "UNKNOWN";
}

bool
part_may_move(int from, int to)
{
	for (size_t i = 0; i < COUNT(moves); i++)
		if (moves[i].from == from && moves[i].to == to)
			return true;
	return false;
}

bool
part_check_move(int from, int to, struct oms_error *err)
{
	return part_may_move(from, to) ||
	    oms_fail(err, OMS_TRANSITION,
		"a part cannot go from %d %s to %d %s", from,
		part_status_name(from), to, part_status_name(to));
}

/* What min = max is called; the warehouse's steps share one word. */
static const char *
label_of_one(int status)
{
	if (status >= PART_SENT_TO_NODE && status <= PART_IN_SHIPMENT)
		return "PICKING";
	if (status == PART_BACKORDERED_NODE || status == PART_UNSCHEDULED)
		return "BACKORDERED";
	return part_status_name(status);
}

static const char *
label_of_span(int min, int max)
{
	if (min < PART_SHIPPED && max >= PART_SHIPPED)
		return "PARTIALLY_SHIPPED";
	if (min < PART_DELIVERED && max >= PART_DELIVERED)
		return "PARTIALLY_DELIVERED";
	if (min >= PART_BACKORDERED && min <= PART_BACKORDERED_NODE)
		return max <= PART_BACKORDERED_NODE ? "BACKORDERED"
						    : "PARTIALLY_BACKORDERED";
	return label_of_one(min);
}

static const char *
label_of_ended(const int *status, size_t count)
{
	int max = 0;

	for (size_t i = 0; i < count; i++)
		if (status[i] > max)
			max = status[i];
	return part_status_name(max);
}

const char *
order_label(const int *status, size_t count, bool held)
{
	int min = PART_FAILED, max = 0;
	bool asked = false, failed = false;

	for (size_t i = 0; i < count; i++) {
		failed = failed || status[i] == PART_FAILED;
		if (status[i] >= PART_CANCELLED)
			continue;
		asked = asked || status[i] == PART_ACTION_REQUIRED;
		min = status[i] < min ? status[i] : min;
		max = status[i] > max ? status[i] : max;
	}
	if (max == 0)
		return label_of_ended(status, count);
	if (held)
		return "ON_HOLD";
	if (asked)
		return "ACTION_REQUIRED";
	if (min == PART_COMPLETED && failed)
		return "COMPLETED_WITH_EXCEPTIONS";
	return min == max ? label_of_one(min) : label_of_span(min, max);
}
