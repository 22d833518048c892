/*
 * rebuild.h - the database again, from the journal and the stored bytes.
 *
 * A new database is made beside the old one, in spool/rebuild: what was
 * recorded is applied, what follows from it is done again by the stages
 * themselves, each run with its configuration, its clock and its window, to
 * the commit it came to.  No partner is called, and no folder changes but
 * spool/blob, where a document that is missing is written again.
 *
 * The proof: every commit has the number it had, every document the bytes
 * that were noted when it was first written.  When the old database can be
 * read, every row of both is compared too.
 *
 * Killed at any moment, nothing has changed, or the new database is in place,
 * or there is none and a rebuild makes it: the old one is moved aside, never
 * removed.
 */
#ifndef OMS_JOBS_REBUILD_H
#define OMS_JOBS_REBUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "jobs/run.h"

struct rebuild_request {
	const char *home;
	const char *to; /* a folder that gets the new oms.db; NULL none */
	bool replace;   /* put it in the place of one that is gone or damaged */
	bool discard;   /* also of one that is sound and differs */
};

struct rebuild_report {
	int64_t from_commit_no; /* of the copy it began with; 0: from nothing */
	int64_t commit_no;      /* that it came to */
	int64_t transactions;   /* applied */
	int64_t stages;         /* done again */
	int64_t documents;      /* whose bytes were compared */
	int64_t torn_bytes;     /* of an entry that never became true */
	bool has_old;           /* there is an oms.db ... */
	bool old_is_sound;      /* ... that passes its checks */
	char old_fault[480];    /* or what is wrong with it */
	int64_t faults;         /* documents and rows that differ */
	const char *aside; /* where the old one is now; NULL not replaced */
	bool is_in_place;
};

/* A document or a row that differs: "document", "SHIP_1.xml", what */
typedef void rebuild_found_fn(void *u, const char *kind, const char *key,
    const char *what);

/*
 * rebuild - make it, prove it, and on demand put it in place.
 *
 * Under the run lock.  What differs is given to found(); then nothing is put
 * in place.
 *
 * errors  OMS_LOCKED   a run is at work
 *         OMS_JOURNAL  the journal is broken, begins too late, or what was
 *                      done again is not what was done
 *         OMS_IO       a blob is missing
 */
bool rebuild(mem_ctx *ctx, const struct rebuild_request *req,
    rebuild_found_fn *found, void *u, struct rebuild_report *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * rebuild_base - give up the journal so far: it begins anew with a copy of
 * the database.  A broken one is kept, in a folder beside.
 */
bool rebuild_base(mem_ctx *ctx, const char *home,
    struct oms_error *err) MUST_CHECK;

#endif
