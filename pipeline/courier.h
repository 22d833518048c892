/*
 * courier.h - what a courier or carrier says of a shipment.
 *
 * A word of theirs only ever raises the status of a shipment: booked,
 * dispatched, delivered.  Old news is kept in the history and changes
 * nothing, and what is said twice is a no-op.  All inside the caller's
 * transaction.
 */
#ifndef OMS_PIPELINE_COURIER_H
#define OMS_PIPELINE_COURIER_H

#include "base/error.h"
#include "pipeline/csv_intake.h"
#include "pipeline/stage.h"

struct courier_event {
	const char *shipment_key;
	const char *event;    /* booked, dispatched, delivered */
	const char *tracking; /* "" nothing new */
};

/*
 * courier_event - apply it: shipment, its parts, history.
 *
 * *ret    INTAKE_DUPLICATE: the shipment was there or further already
 * errors  OMS_UNMATCHED   no such shipment
 *         OMS_TRANSITION  it is cancelled, or its warehouse has not
 *                         confirmed all of it yet
 */
bool courier_event(struct run *run, const struct courier_event *e,
    enum intake_fate *ret, struct oms_error *err) MUST_CHECK;

#endif
