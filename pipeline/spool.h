/*
 * spool.h - our copies of files, and the dead letters made of them.
 *
 *   spool/tmp/                    being written; garbage after a crash
 *   spool/blob/<ab>/<sha256>      immutable, named by their content, encrypted
 *                                 when the home has a key ring (base/blob.h)
 *   inbox/<partner>/              dropped by hand or by a local partner
 *   outbox/<partner>/<name>       finished documents
 *   deadletter/<partner>/<name>   a view of the dead table, with <name>.why
 *   deadletter/requeue/           mended ones, dropped there to be tried again
 */
#ifndef OMS_PIPELINE_SPOOL_H
#define OMS_PIPELINE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "pipeline/stage.h"

/* A fresh path in spool/tmp, never given twice in a process. */
char *spool_tmp(const struct run *run, mem_ctx *ctx);

/* Where the bytes of that sha256 lie (or will); read them by spool_open(). */
char *spool_blob(const struct run *run, mem_ctx *ctx, const char *sha256);

/*
 * spool_open - the content of that sha256, plain whether encrypted or not.
 *
 * ctx     owner of the result; freeing it closes the file
 * errors  as blob_open()
 */
struct blob *spool_open(const struct run *run, mem_ctx *ctx, const char *sha256,
    struct oms_error *err) MUST_CHECK;

/*
 * spool_bytes - the length of that content in bytes.
 *
 * errors  OMS_INTERNAL  it is missing or cut
 *         OMS_IO, OMS_SECRET  it cannot be read: that says nothing of it
 */
bool spool_bytes(const struct run *run, const char *sha256, int64_t *ret,
    struct oms_error *err) MUST_CHECK;

/* A plain copy of that content as the new file dst, synced. */
bool spool_copy(const struct run *run, const char *sha256, const char *dst,
    mode_t mode, struct oms_error *err) MUST_CHECK;

/*
 * spool_scrub - take card numbers out of the file tmp before it is kept.
 *
 * Called for everything that comes from outside, before spool_keep(); a file
 * for which it fails is not kept.
 *
 * feed     the feed that takes it (its `scrub`); NULL: none, scrub it
 * sha      of its bytes; made anew when something was scrubbed
 */
bool spool_scrub(const char *tmp, const struct feed *feed,
    char sha[FS_SHA_BYTES], int64_t *ret_cards,
    struct oms_error *err) MUST_CHECK;

/*
 * spool_note_cards - say so: on the file's row and as a security event.
 *
 * In the transaction of spool_register(); nothing when cards is 0.
 */
bool spool_note_cards(struct run *run, int64_t file_id, const char *partner,
    int64_t cards, struct oms_error *err) MUST_CHECK;

/*
 * spool_keep - make the finished file tmp the blob of its sha256, durably.
 *
 * The same content again is fine.  Steps I4 and I5 of crash-safety 3.3.
 */
bool spool_keep(const struct run *run, const char *tmp, const char *sha256,
    struct oms_error *err) MUST_CHECK;

/*
 * spool_read - the whole blob of that sha256, into ctx, NUL-terminated.
 *
 * max     bytes
 * errors  OMS_IO, OMS_LIMIT
 */
char *spool_read(const struct run *run, mem_ctx *ctx, const char *sha256,
    size_t max, size_t *ret_n, struct oms_error *err) MUST_CHECK;

/* Keep n bytes in memory as a blob. */
bool spool_keep_bytes(const struct run *run, const void *p, size_t n,
    char ret_sha[FS_SHA_BYTES], struct oms_error *err) MUST_CHECK;

/*
 * spool_register - a blob becomes a file row: from here we own it (I6).
 *
 * Inside a transaction.  The same partner and sha256 again only adds an
 * occurrence, except for reference data, which is read again.
 *
 * type   feed type, e.g. "ref.stock"; "" when no feed takes the name: the
 *        file is made dead at once (data.no_feed)
 * place  "inbox", "sftp" or "retry"
 * ret    the file's id; *ret_new false when the bytes were known
 */
bool spool_register(struct run *run, const char *partner, const char *feed,
    const char *type, const char *name, const char *sha256, int64_t bytes,
    const char *place, int64_t *ret_file_id, bool *ret_new,
    struct oms_error *err) MUST_CHECK;

/* What becomes a dead letter. */
struct dead_letter {
	const char *kind; /* "file", "record", "document" or "remote" */
	const char *partner;
	const char *feed;
	const char *file_name; /* of the file it came in */
	int64_t file_id;       /* 0 for a document or a remote file */
	int64_t doc_id;        /* 0 for all but a document */
	int64_t record_no;     /* 0 for a whole file */
	const char *key;       /* order_no, shipment_key ..., or "" */
	const char *stage;
	const char *ext;    /* ".xml", ".csv": of the view */
	const char *sha256; /* of the bytes to repair, in spool/blob */
};

/*
 * dead_add - put a dead letter into the table, inside a transaction.
 *
 * why     code, where and reason of the failure; of a letter that was tried
 *         again, the place in the letter's file is told
 * The same file, record and kind again only counts a try, and one that was
 * held when it was tried is held again.
 */
bool dead_add(struct run *run, const struct dead_letter *d,
    const struct oms_error *why, struct oms_error *err) MUST_CHECK;

/*
 * dead_resolve - dead records with this key and partner are repaired.
 *
 * not_of_file_id  letters of that file stay: a repeat of what the file said
 *                 first does not settle what it said in between; 0 none
 */
bool dead_resolve(struct run *run, const char *partner, const char *key,
    int64_t not_of_file_id, const char *resolution,
    struct oms_error *err) MUST_CHECK;

/*
 * dead_resolve_same_name - a whole file came under the name of dead ones.
 *
 * A reference file replaces what the earlier one would have said.  Of any
 * other, the dead file must be the beginning of this one, byte for byte:
 * else it may hold what this one does not.  Inside a transaction.
 *
 * sha256  of the file that was read
 * type    of its feed
 */
bool dead_resolve_same_name(struct run *run, int64_t file_id,
    const char *partner, const char *name, const char *type, const char *sha256,
    struct oms_error *err) MUST_CHECK;

/* Bring the view of one dead letter to what the tables say. */
struct dead_row;
bool spool_repair_view(struct run *run, const struct dead_row *d,
    struct oms_error *err) MUST_CHECK;

/*
 * spool_is_view - is it a file of deadletter/ that an open dead letter has?
 *
 * True for names that are not ours: people may leave theirs there.
 */
bool spool_is_view(struct run *run, const char *name, bool *ret,
    struct oms_error *err) MUST_CHECK;

/* Bring deadletter/ and unsent outbox/ files to what the tables say. */
bool spool_repair_views(struct run *run, struct oms_error *err) MUST_CHECK;

#endif
