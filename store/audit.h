/*
 * audit.h - who changed what, in a chain that shows every tampering.
 *
 * A row carries the sha256 of itself and of the row before it.  An edited, a
 * deleted or an inserted row breaks the chain at its place; rows cut off at
 * the end show by the head that was noted elsewhere.
 *
 * The hash of a row is the sha256 of its members in this order, each as its
 * length in bytes in decimal, a colon and its bytes: prev, audit_id, ts_us,
 * actor, category, action, object, before, after.  docs/formats/audit.md shows
 * how to do it with sha256sum.
 */
#ifndef OMS_STORE_AUDIT_H
#define OMS_STORE_AUDIT_H

#include <stdint.h>

#include "base/error.h"
#include "base/fs.h"
#include "store/db.h"

/* One change.  Members that are NULL are written as "". */
struct audit_entry {
	const char *category; /* "order", "stock", "dead", "partner" ... */
	const char *action;   /* the verb: "hold", "adjust", "retry" */
	const char *object;   /* "order 1001", "dead 7", "partner wms-east" */
	const char *before;   /* "on_hand 4"; no personal data, no secret */
	const char *after;
};

/* The last row of the chain. */
struct audit_head {
	int64_t audit_id; /* 0: there is none */
	char hash[FS_SHA_BYTES];
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

/* audit_read_head - where the chain ends now. */
bool audit_read_head(struct db *db, struct audit_head *ret,
    struct oms_error *err) MUST_CHECK;

/* The hash of a row; no member is NULL. */
void audit_hash(int64_t audit_id, int64_t ts_us, const char *actor,
    const struct audit_entry *e, const char *prev, char ret_hex[FS_SHA_BYTES]);

#endif
