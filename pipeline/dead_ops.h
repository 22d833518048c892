/*
 * dead_ops.h - what a person does with dead letters.
 */
#ifndef OMS_PIPELINE_DEAD_OPS_H
#define OMS_PIPELINE_DEAD_OPS_H

#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

struct dead_row {
	int64_t dead_id;
	const char *kind;
	const char *partner;
	const char *feed;
	int64_t file_id;
	int64_t record_no;
	int64_t doc_id;
	const char *key;
	const char *code;
	const char *stage;
	const char *where;
	const char *reason;
	const char *name; /* of its file in deadletter/<partner>/ */
	const char *sha256;
	const char *state;
	int64_t tries;
	int64_t first_ts_us;
	int64_t last_ts_us;
	const char *resolution;
};

/* errors  OMS_NOT_FOUND  there is no such dead letter */
struct dead_row *dead_load(struct db *db, mem_ctx *ctx, int64_t dead_id,
    struct oms_error *err) MUST_CHECK;

/* The next open one after an id that has bytes; NULL at the end. */
struct dead_row *dead_load_open_after(struct db *db, mem_ctx *ctx,
    int64_t after, struct oms_error *err) MUST_CHECK;

/*
 * dead_retry - try a dead letter again, as it now lies in deadletter/.
 *
 * When a person has edited its file there, the edited bytes are taken (the
 * original is kept); else the original.  The work itself is done by the next
 * run of the job `intake` (or `deliver` for a document), which the command
 * starts.  One transaction.
 *
 * errors  OMS_NOT_FOUND   no such dead letter
 *         OMS_TRANSITION  it is resolved or closed already
 */
bool dead_retry(struct run *run, int64_t dead_id,
    struct oms_error *err) MUST_CHECK;

/* The last bytes of retry: shared with the spool. */
bool spool_register_child(struct run *run, const char *partner,
    const char *feed, const char *type, const char *name, const char *sha256,
    int64_t bytes, const char *place, int64_t parent_dead_id,
    int64_t *ret_file_id, bool *ret_new, struct oms_error *err) MUST_CHECK;
bool file_requeue(struct run *run, int64_t file_id, const char *feed,
    const char *type, int64_t parent_dead_id, struct oms_error *err) MUST_CHECK;

/*
 * dead_close - give a dead letter up; a person says why.
 *
 * errors  as dead_retry
 */
bool dead_close(struct run *run, int64_t dead_id, const char *reason,
    struct oms_error *err) MUST_CHECK;

#endif
