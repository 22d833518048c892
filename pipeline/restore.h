/*
 * restore.h - that a home was restored and is not reconciled yet.
 *
 * A restore writes it into the database that it makes, and stops the home.
 * "oms start" refuses until restore_end(): partners may know more than the
 * home does (reconcile.h).
 */
#ifndef OMS_PIPELINE_RESTORE_H
#define OMS_PIPELINE_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

/* A restore of this database that is not reconciled yet. */
struct restore_info {
	int64_t restore_id; /* 0: there is none */
	char backup[40];
	int64_t backup_ts_us;
	int64_t ts_us;
};

/* The restore that is open; restore_id 0 when there is none. */
bool restore_find(struct db *db, struct restore_info *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * restore_end - the home goes on as it is now.
 *
 * One transaction, with its audit.
 *
 * outcome  "reconciled"; "accepted" with unknown documents at partners;
 *          "forced" by a person, without a look
 */
bool restore_end(struct run *run, const struct restore_info *info,
    const char *outcome, struct oms_error *err) MUST_CHECK;

#endif
