/*
 * dead_ops.h - what a person does with dead letters.
 *
 *   open -> retried -> resolved      its bytes are read again, and are good
 *     |  <---'                       or not: then it is the same letter
 *     v ^
 *   held                             left alone by runs and by ALL
 *
 * and from each of them to closed, and back to open.  Who names a held one to
 * be tried does not end its hold: a try that fails leaves it held.  Every act
 * is one transaction, with its row in the audit; done twice it is done once.
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
	const char *owner;
	const char *note;
	int64_t nights;  /* how often runs tried it by themselves */
	int64_t version; /* the last one; 0: it has no bytes */
};

/* errors  OMS_NOT_FOUND  there is no such dead letter */
struct dead_row *dead_load(struct db *db, mem_ctx *ctx, int64_t dead_id,
    struct oms_error *err) MUST_CHECK;

/* The next open one after an id that has bytes; NULL at the end. */
struct dead_row *dead_load_open_after(struct db *db, mem_ctx *ctx,
    int64_t after, struct oms_error *err) MUST_CHECK;

/* The feed that reads it.  errors  OMS_NO_FEED */
const struct feed *dead_feed(struct run *run, const struct dead_row *d,
    struct oms_error *err) MUST_CHECK;

/*
 * dead_retry - try a dead letter again, as it now lies in deadletter/.
 *
 * When a person has edited its file there, the edited bytes become its next
 * version and are taken; else the last version.  The work itself is done by
 * the next run of the job `intake` (or `deliver` for a document), which the
 * command starts.
 *
 * errors  OMS_NOT_FOUND   no such dead letter
 *         OMS_TRANSITION  it is resolved or closed already
 *         OMS_NO_FEED     no feed reads it
 */
bool dead_retry(struct run *run, int64_t dead_id,
    struct oms_error *err) MUST_CHECK;

/*
 * dead_requeue - try it again with these bytes, a blob.
 *
 * note    of their version: "by deadletter/requeue/"
 * errors  as dead_retry
 */
bool dead_requeue(struct run *run, int64_t dead_id, const char *sha256,
    const char *note, struct oms_error *err) MUST_CHECK;

/*
 * dead_retry_due - what runs try by themselves, once a business date.
 *
 * By the rules of [dead], and never a letter that is held or that a person
 * is editing.  Such a try counts as a night and not as a try.
 *
 * errors  only what stops the run
 */
bool dead_retry_due(struct run *run, struct stage_result *res,
    struct oms_error *err) MUST_CHECK;

/*
 * dead_edit - make the file at path the next version of a dead letter.
 *
 * What a person changed in deadletter/ before is kept as a version of its
 * own.  The file in deadletter/ follows.
 *
 * note         "oms dead edit"
 * ret_version  0 when the bytes are those of the last version: no new one
 * errors       OMS_NOT_FOUND, OMS_IO
 *              OMS_TRANSITION  it waits no more, or has no bytes
 */
bool dead_edit(struct run *run, int64_t dead_id, const char *path,
    const char *note, int64_t *ret_version, struct oms_error *err) MUST_CHECK;

/* Only the first half of that: before an editor is opened. */
bool dead_take_edits(struct run *run, int64_t dead_id,
    struct oms_error *err) MUST_CHECK;

/*
 * dead_hold, dead_release - nobody but a person who names it tries a held
 * one, and it does not grow old.
 *
 * note    replaces its note; NULL: it stays
 * errors  as dead_retry; OMS_TRANSITION also while it is being tried
 */
bool dead_hold(struct run *run, int64_t dead_id, const char *note,
    struct oms_error *err) MUST_CHECK;
bool dead_release(struct run *run, int64_t dead_id,
    struct oms_error *err) MUST_CHECK;

/* Who cares for it, "" nobody; what is to be known of it.  As dead_hold. */
bool dead_assign(struct run *run, int64_t dead_id, const char *owner,
    struct oms_error *err) MUST_CHECK;
bool dead_note(struct run *run, int64_t dead_id, const char *note,
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

/*
 * dead_reopen - it waits again, with its versions, owner and note.
 *
 * errors  OMS_NOT_FOUND
 *         OMS_TRANSITION  it is not closed; open already is fine
 *         OMS_IO          its stored bytes are gone
 */
bool dead_reopen(struct run *run, int64_t dead_id,
    struct oms_error *err) MUST_CHECK;

#endif
