/*
 * fsck.h - do the database and the folders of a home say the same?
 *
 * Looks both ways: has every row its bytes, and every file its row?  Looking
 * changes nothing, not even a time of access that counts.  While a run is at
 * work, what it is about to finish may show.
 */
#ifndef OMS_PIPELINE_FSCK_H
#define OMS_PIPELINE_FSCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

/*
 * One finding.
 *
 * code    "blob.missing", "view.extra", ... never reused
 * object  a path in the home, or "document 12"
 * action  what to do, for a person
 */
typedef void fsck_tell_fn(void *u, const char *code, const char *object,
    const char *message, const char *action);

/*
 * fsck_look - compare everything.
 *
 * run      of a command that only looks: its db may be open for reading only
 * cfg      NULL when the configuration is at fault: less is compared then
 * is_fast  compare sizes; read no blob
 */
bool fsck_look(struct run *run, const struct config *cfg, bool is_fast,
    fsck_tell_fn *tell, void *u, struct oms_error *err) MUST_CHECK;

/*
 * fsck_gc - remove blobs that nothing names, and leftovers in spool/tmp.
 *
 * The caller holds the lock of the home, so no run is about to name one; what
 * is younger than an hour stays all the same, for commands need no lock.  What
 * spool/journal names stays, too.
 *
 * tell         called for each, with "blob.orphan" or "tmp.leftover"
 * is_dry       only tell
 */
bool fsck_gc(struct run *run, bool is_dry, fsck_tell_fn *tell, void *u,
    int64_t *ret_count, int64_t *ret_bytes, struct oms_error *err) MUST_CHECK;

#endif
