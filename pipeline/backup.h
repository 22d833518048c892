/*
 * backup.h - copies of a home, and a home out of a copy.
 *
 *   DIR/20260328T020000Z.backup   what a copy consists of: its manifest
 *   DIR/data/<ab>/<name>          the pieces, shared by all copies in DIR
 *   DIR/tmp/                      being written; garbage after a crash
 *
 * A copy holds the database as it was at one moment, every blob that it
 * names, and the configuration.  It holds no keys, no secrets, and nothing
 * that partners can give again (inbox/) or that is made anew (views).  A blob
 * that is encrypted in the home is in the copy as it lies, once its content
 * was proved: a copy is no plainer than its home.  Pieces are named by their
 * sha256, so a copy adds only what is new since the last.
 *
 * With a key all of it is sealed (base/sealed_file.h), the names of pieces
 * too, and the manifest ends in .sealed.
 *
 * The manifest gets its name last, when every piece is durable and was read
 * back: without it there is no copy, only garbage.
 */
#ifndef OMS_PIPELINE_BACKUP_H
#define OMS_PIPELINE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/seal.h"
#include "base/sealed_file.h"
#include "pipeline/stage.h"

enum { BACKUP_NAME_BYTES = 40 };

/* Where copies lie. */
struct backup_store {
	const char *dir;
	const struct file_key *key; /* NULL: not sealed */
};

/* What a manifest says of its copy. */
struct backup_info {
	char name[BACKUP_NAME_BYTES]; /* "20260328T020000Z" */
	bool is_sealed;
	int64_t ts_us;
	char version[40]; /* of oms */
	int64_t run_id;   /* the last run that it knows */
	int64_t pieces;
	int64_t bytes;
};

/* What making one did. */
struct backup_made {
	struct backup_info info;
	int64_t new_pieces; /* the others were in DIR before */
	int64_t new_bytes;
	int64_t bad_blobs; /* missing or damaged in the home: not in it */
};

/*
 * backup_make - add a copy of the home to the store.
 *
 * Runs may be at work meanwhile.  Noted in the table backup and the audit.
 *
 * errors  OMS_LOCKED         another backup of the home is being made, or the
 *                            key of personal data was changed meanwhile
 *         OMS_STORE_DAMAGED  the home's database is not whole: nothing is
 *                            made of it, and older copies stay
 *         OMS_IO, OMS_SPACE
 */
bool backup_make(struct run *run, const struct backup_store *to,
    struct backup_made *ret, struct oms_error *err) MUST_CHECK;

/*
 * backup_names - the copies in a folder, oldest first, into ctx.
 *
 * Each as its file is called, with .backup or .sealed.
 */
bool backup_names(mem_ctx *ctx, const char *dir, char ***ret, size_t *ret_count,
    struct oms_error *err) MUST_CHECK;

/*
 * backup_read - what one copy says of itself.
 *
 * scratch  a folder of ours, for what is unsealed meanwhile
 * errors   OMS_SECRET   no key, or another
 *          OMS_DAMAGED  it does not end as it should
 */
bool backup_read(const struct backup_store *st, const char *name,
    const char *scratch, struct backup_info *ret,
    struct oms_error *err) MUST_CHECK;

typedef void backup_fault_fn(void *u, const char *piece, const char *what);

/*
 * backup_verify - read all of one copy, and open its database.
 *
 * each   called for every piece that is missing or not what was written
 * ret    how many of them
 */
bool backup_verify(const struct backup_store *st, const char *name,
    const char *scratch, backup_fault_fn *each, void *u, size_t *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * backup_keep - remove all but the newest n copies, and what only they named.
 *
 * Sealed copies cannot be looked into without the key: then nothing is done.
 */
bool backup_keep(const struct backup_store *st, int64_t n, const char *scratch,
    int64_t *ret_removed, int64_t *ret_bytes, struct oms_error *err) MUST_CHECK;

/* What a restore did. */
struct restored {
	struct backup_info info;
	int64_t blobs;  /* written; the others were there and right */
	int64_t kept;   /* files of the configuration that were there */
	char aside[80]; /* where the old database lies, in the home; "" none */
	/* The keys of personal data that it needs, parted by blanks. */
	char key_ids[SEAL_KEYS_MAX * SEAL_ID_BYTES];
};

/*
 * backup_restore - make home out of a copy, or bring it back to one.
 *
 * First the home is stopped, so that nothing can be sent of what the copy
 * does not know to be sent already; then pieces, then the database, last, by
 * one rename.  Killed at any moment: run it again.
 *
 * An old database is moved to replaced/ with its journal, never deleted.
 * Configuration that is there stays.
 *
 * errors  OMS_LOCKED   a run is at work in that home
 *         OMS_DAMAGED  a piece is not what was written; the home is stopped
 *                      and its old database in place
 */
bool backup_restore(const struct backup_store *st, const char *name,
    const char *home, const char *actor, int64_t now_us, struct restored *ret,
    struct oms_error *err) MUST_CHECK;

/* The folder for unsealed pieces of that home: swept, ready; NULL on error. */
char *backup_scratch(mem_ctx *ctx, const char *home, struct oms_error *err);

#endif
