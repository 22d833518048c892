/*
 * journal.h - what happened, in a file of its own beside the database.
 *
 *   spool/journal/0000000001.log   entries, appended only; chained by sha256
 *   spool/journal/0000004711.log   the same from entry 4711 on, and so forth
 *   spool/journal/lock             held while one is appended
 *
 * The database is the truth while it lives; when it is lost, the journal and
 * the blobs make it again (jobs/rebuild.h).  An entry is durable before the
 * commit that makes it true.  So at most the newest entries are not true: the
 * number of the last one that is stands in the database (journal_head), and
 * whoever appends next writes down that the others are void.
 *
 * An entry, its values parted by tabs:
 *
 *   entry  <seq>  <commit_no>  <kind>  <key>=<value> ...
 *   <lines of the body>
 *   end    <seq>  <seq of the last tx entry>  <sha256>
 *
 * The sha256 is that of the sha256 before it (64 zeros at first), the first
 * line and the body.  A file after the first one begins with an entry that has
 * that sha256 as the value "before", so that older files may be removed.  An entry that is cut short by a power cut was never
 * durable, so nothing was built on it: the next append cuts it off.
 */
#ifndef OMS_STORE_JOURNAL_H
#define OMS_STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"

struct journal;

struct journal_entry {
	int64_t seq;       /* running number, from 1 */
	int64_t commit_no; /* of the commit that makes it true, or follows it */
	const char *kind; /* "tx": true when it is committed; or another word */
	const char *fields; /* "key=value", parted by tabs */
	const char *body;   /* whole lines, or "" */
	size_t body_bytes;
	const char *path; /* when it was read: its file, and */
	int64_t at;       /* where it begins there */
	int64_t bytes;    /* without its last line */
	bool begins_file; /* when it is appended: another file begins with it */
};

/* Where the journal ends. */
struct journal_end {
	int64_t seq; /* 0: it is empty */
	int64_t tx_seq;
	char sha[FS_SHA_BYTES];
	int64_t torn_bytes; /* of an entry that was cut short */
};

/* Attach to the journal of a home; nothing is read or made yet. */
struct journal *journal_open(mem_ctx *ctx, const char *home);

/*
 * journal_after - when it is empty, it begins after that entry: the number of
 * the last one that is true, which the database keeps, stays one of the past.
 */
void journal_after(struct journal *j, int64_t seq);

/* A file that has so many bytes is followed by another one; 64 MiB. */
void journal_limit(struct journal *j, int64_t file_bytes);

/*
 * journal_append - add one entry; its seq is given to it.
 *
 * durable  sync it, and all before it
 * errors   OMS_IO, OMS_SPACE  nothing was added
 */
bool journal_append(struct journal *j, const struct journal_entry *e,
    bool durable, int64_t *ret_seq, struct oms_error *err) MUST_CHECK;

/* Where it ends now, by its last line. */
bool journal_tail(struct journal *j, struct journal_end *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * journal_read - every entry in its order, the chain proved on the way.
 *
 * each    may be NULL: only prove; false stops, with err set
 * errors  OMS_JOURNAL  the chain is broken, at the file and line named: each()
 *                      has had what comes before
 */
bool journal_read(const char *home,
    bool (*each)(void *u, const struct journal_entry *e, struct oms_error *err),
    void *u, struct journal_end *ret, struct oms_error *err) MUST_CHECK;

/*
 * journal_first - the first entry of the last file; NULL: there is none, or
 * err says why.
 */
struct journal_entry *journal_first(mem_ctx *ctx, const char *home,
    struct oms_error *err);

/*
 * journal_prune - remove the files before the one that begins with the entry
 * that is_first() knows: the oldest one first, so that a chain is left at any
 * moment.
 *
 * errors  OMS_IO
 */
bool journal_prune(const char *home,
    bool (*is_first)(void *u, const struct journal_entry *e), void *u,
    struct oms_error *err) MUST_CHECK;

/*
 * journal_load - an entry again, by the place where journal_read() saw it.
 *
 * errors  OMS_IO, OMS_JOURNAL
 */
struct journal_entry *journal_load(mem_ctx *ctx, const char *path, int64_t at,
    int64_t bytes, struct oms_error *err) MUST_CHECK;

/* The value of a key in the fields, into ctx; "" when there is none. */
char *journal_field(mem_ctx *ctx, const struct journal_entry *e,
    const char *key);
int64_t journal_field_int(const struct journal_entry *e, const char *key);

#endif
