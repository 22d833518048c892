/*
 * audit.h - who changed what, in a chain that shows every tampering.
 *
 * A row carries the sha256 of itself and of the row before it.  An edited, a
 * deleted or an inserted row breaks the chain at its place; rows cut off at
 * the end show by the head that was noted elsewhere.
 */
#ifndef OMS_STORE_AUDIT_H
#define OMS_STORE_AUDIT_H

#include <stdint.h>

#include "base/error.h"
#include "store/db.h"

/* One change.  Members that are NULL are written as "". */
struct audit_entry {
	const char *category; /* "order", "stock", "dead", "partner" ... */
	const char *action;   /* the verb: "hold", "adjust", "retry" */
	const char *object;   /* "order 1001", "dead 7", "partner wms-east" */
	const char *before;   /* "on_hand 4"; no personal data, no secret */
	const char *after;
};

/*
 * audit_add - append one change, in the transaction that makes it.
 *
 * ts_us   business time of the change
 * actor   struct run's actor
 * errors  of the store
 */
bool audit_add(struct db *db, int64_t ts_us, const char *actor,
    const struct audit_entry *e, struct oms_error *err) MUST_CHECK;

#endif
