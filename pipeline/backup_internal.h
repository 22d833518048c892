/* backup_internal.h - what backup.c and its readers share. */
#ifndef OMS_PIPELINE_BACKUP_INTERNAL_H
#define OMS_PIPELINE_BACKUP_INTERNAL_H

#include "base/seal.h"
#include "pipeline/backup.h"

/* One file of a copy. */
struct piece {
	char sha256[FS_SHA_BYTES];
	int64_t bytes;
	const char *path; /* in the home */
	/* Of a blob: the key it is encrypted with; "" plain, or no blob. */
	char key_id[SEAL_ID_BYTES];
};

/*
 * piece_get - a piece of the store as the new file dst, compared.
 *
 * dst     NULL: only look whether it is right
 * errors  OMS_DAMAGED  it is missing or another; dst does not exist then
 */
bool piece_get(const struct backup_store *st, const struct piece *p,
    const char *dst, struct oms_error *err) MUST_CHECK;

typedef bool piece_fn(void *u, const struct piece *p, struct oms_error *err);
typedef bool lay_fn(void *u, const char *partner, const char *name,
    struct oms_error *err);

/*
 * manifest_open - a manifest as text in scratch, proved whole.
 *
 * Proved before anything is done by it; manifest_each() reads it again.
 *
 * ret     its path, into ctx
 * errors  OMS_SECRET, OMS_DAMAGED, OMS_IO
 */
bool manifest_open(mem_ctx *ctx, const struct backup_store *st,
    const char *name, const char *scratch, char **ret,
    struct backup_info *ret_info, struct oms_error *err) MUST_CHECK;

/* Call piece() and lay() with every such line; either may be NULL. */
bool manifest_each(const char *text, piece_fn *piece, lay_fn *lay, void *u,
    struct oms_error *err) MUST_CHECK;

/*
 * older_open - the newest copy of the store, to look up its blobs.
 *
 * By it a blob is known without being read.  NULL: there is none, or none
 * that can be opened; then everything is read.
 */
struct older;
struct older *older_open(mem_ctx *ctx, const struct backup_store *st,
    const char *scratch);

/*
 * older_find - the blob of that content as the older copy has it.
 *
 * Asked in the order of sha256, once for each.  ret->path is not set.
 */
bool older_find(struct older *o, const char *sha256, struct piece *ret);

/* One backup or restore of a home at a time; -1 on an error. */
int backup_lock(mem_ctx *ctx, const char *home, struct oms_error *err);

#endif
