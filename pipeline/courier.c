/* courier.c - see courier.h.  The table of stations is the specification. */

#include "pipeline/courier.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "model/status.h"
#include "pipeline/confirm.h"
#include "pipeline/order_ops.h"
#include "store/stmt.h"

enum { DETAIL_BYTES = 200 };

/* The stations of a shipment, as the courier and as we call them. */
/* clang-format off */
static const struct station {
	const char *status;
	const char *event;
	int from, to; /* of its parts; 0: they do not move */
} stations[] = {
	{ "PENDING",    "",           0,               0               },
	{ "BOOKED",     "booked",     0,               0               },
	{ "DISPATCHED", "dispatched", PART_SHIPPED,    PART_DISPATCHED },
	{ "DELIVERED",  "delivered",  PART_DISPATCHED, PART_DELIVERED  },
};
/* clang-format on */

static size_t
station_of(const char *status)
{
	size_t i;

	for (i = 0; i < COUNT(stations); i++)
		if (strcmp(stations[i].status, status) == 0)
			break;
	return i; /* COUNT: cancelled */
}

static size_t
station_said(const char *event)
{
	size_t i = 1;

	while (i + 1 < COUNT(stations) && strcmp(stations[i].event, event) != 0)
		i++;
	return i;
}

struct word {
	const char *shipment_key;
	int64_t order_id;
	size_t now; /* index of stations */
	size_t said;
	const char *tracking;
};

static bool
load_shipment(struct run *run, struct word *w, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_COURIER_SHIPMENT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", w->shipment_key);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_UNMATCHED, "shipment %s is not ours",
			w->shipment_key);
	w->order_id = col_int(s, 0);
	w->now = station_of(col_text(s, 1));
	stmt_end(s);
	return w->now < COUNT(stations) ||
	    oms_fail(err, OMS_TRANSITION, "shipment %s is cancelled",
		w->shipment_key);
}

/* Goods cannot be on the way before the warehouse has said that they left. */
static bool
check_all_shipped(struct run *run, const struct word *w, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_COURIER_UNSHIPPED, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", w->shipment_key);
	if (!stmt_one(s, err))
		return err->code == OMS_OK;
	oms_fail(err, OMS_TRANSITION,
	    "shipment %s cannot be %s: its warehouse has not confirmed line "
	    "%lld yet, which is %s; retry it after the ship confirmation",
	    w->shipment_key, stations[w->said].event, (long long)col_int(s, 0),
	    part_status_name((int)col_int(s, 1)));
	stmt_end(s);
	return false;
}

static bool
move_part(struct run *run, const struct word *w, int64_t part_no, int status,
    int to, struct oms_error *err)
{
	if (status == PART_SHIPPED && to == PART_DELIVERED) {
		if (!part_move(run, w->order_id, part_no, PART_SHIPPED,
			PART_DISPATCHED, err) ||
		    !confirm_mark_implied(run, w->order_id, part_no, err))
			return false;
		status = PART_DISPATCHED;
	}
	return part_move(run, w->order_id, part_no, status, to, err);
}

static bool
move_parts(struct run *run, const struct word *w, struct oms_error *err)
{
	int to = stations[w->said].to, status;
	int64_t part_no = 0;
	struct stmt *s;

	for (;;) {
		s = stmt_begin(run->db, SQL_COURIER_NEXT_PART, err);
		if (s == NULL)
			return false;
		stmt_text(s, ":shipment_key", w->shipment_key);
		stmt_int(s, ":after", part_no);
		stmt_int(s, ":to_status", to);
		if (!stmt_one(s, err))
			return err->code == OMS_OK;
		part_no = col_int(s, 0);
		status = (int)col_int(s, 1);
		stmt_end(s);
		if (!move_part(run, w, part_no, status, to, err))
			return false;
	}
}

static bool
set_station(struct run *run, const struct word *w, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_COURIER_SET_STATUS, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":status", stations[w->said].status);
	stmt_text(s, ":tracking", w->tracking);
	stmt_text(s, ":shipment_key", w->shipment_key);
	return stmt_run(s, NULL, err);
}

/* Old news: kept in the history, and nothing changes. */
static bool
note_old_news(struct run *run, const struct word *w, struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	snprintf(detail, sizeof(detail), "%s: the courier says %s, it is %s",
	    w->shipment_key, stations[w->said].event, stations[w->now].status);
	return order_event(run, w->order_id, "note", 0, 0, detail, err);
}

static bool
advance(struct run *run, const struct word *w, struct oms_error *err)
{
	const struct station *to = &stations[w->said];
	char detail[DETAIL_BYTES];

	if (to->to != 0 &&
	    (!check_all_shipped(run, w, err) || !move_parts(run, w, err)))
		return false;
	snprintf(detail, sizeof(detail), "%s%s%.80s", w->shipment_key,
	    w->tracking[0] != '\0' ? ", tracking " : "", w->tracking);
	return set_station(run, w, err) &&
	    order_event(run, w->order_id, to->event, to->from, to->to, detail,
		err);
}

bool
courier_event(struct run *run, const struct courier_event *e,
    enum intake_fate *ret, struct oms_error *err)
{
	struct word w = { .shipment_key = e->shipment_key,
		.said = station_said(e->event),
		.tracking = e->tracking };
	bool ok;

	if (!load_shipment(run, &w, err))
		return false;
	*ret = w.said > w.now ? INTAKE_APPLIED : INTAKE_DUPLICATE;
	if (w.said > w.now)
		ok = advance(run, &w, err);
	else if (w.said < w.now)
		ok = note_old_news(run, &w, err);
	else /* the answer to our booking; its tracking number may be news */
		ok = set_station(run, &w, err);
	return ok && confirm_touch_order(run, w.order_id, err);
}
