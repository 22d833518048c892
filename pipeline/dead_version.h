/*
 * dead_version.h - the bytes of a dead letter, each time they changed.
 *
 * Version 1 is what came.  It never changes, nor does any other: whoever
 * mends a letter makes a new version, which knows what it was made of.  The
 * last one is what a retry reads and what lies in deadletter/<partner>/.
 */
#ifndef OMS_PIPELINE_DEAD_VERSION_H
#define OMS_PIPELINE_DEAD_VERSION_H

#include <stdint.h>

#include "base/error.h"
#include "base/fs.h"
#include "pipeline/stage.h"

struct dead_version {
	int64_t version;
	int64_t parent;
	const char *sha256;
	const char *actor;
	int64_t ts_us;
	const char *note;
};

/*
 * dead_version_add - these bytes, which are a blob, are the last version.
 *
 * Inside a transaction.  The bytes of the last version again, or none ("")
 * make no version.
 *
 * note         "edited in deadletter/"
 * ret_version  the new one, or 0 when there is none; may be NULL
 */
bool dead_version_add(struct run *run, int64_t dead_id, const char *sha256,
    const char *note, int64_t *ret_version, struct oms_error *err) MUST_CHECK;

/*
 * dead_version_load - one version, into ctx.
 *
 * version  its number; 0 the last
 * errors   OMS_NOT_FOUND  the letter has no such version
 */
struct dead_version *dead_version_load(struct db *db, mem_ctx *ctx,
    int64_t dead_id, int64_t version, struct oms_error *err) MUST_CHECK;

/*
 * dead_version_of_file - which version has the bytes of that file?
 *
 * Never follows a link.  ret_sha is "" when there is no such file.
 *
 * ret_version  0 when it is none of them: a person has changed it
 */
bool dead_version_of_file(struct run *run, int64_t dead_id, const char *path,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_version,
    struct oms_error *err) MUST_CHECK;

#endif
