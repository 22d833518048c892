/*
 * journal.h - what the pipeline writes down, so that oms rebuild can do again.
 *
 * The journal (store/journal.h) holds two kinds of work.  What cannot be done
 * again - files that came in, calls of partners, acts of persons - is
 * recorded: every changing statement of the transaction with what was bound
 * to it.  What follows from that - all that the stages make of the stored
 * bytes - is only announced: "from here on, run 17 did the stage bill".  Both
 * are tied together by the number that every commit has (store/db.h), so that
 * a run killed anywhere is made again to the very commit it came to.
 *
 * What an author must do:
 *
 *   a new verb      nothing: jobs_open() records all its transactions.  Take
 *                   the time from run->now_us, numbers from db_next(), and
 *                   do not bind a person's data as plain text: what is bound
 *                   stands in the journal (as encrypted it may).
 *   a new stage     says in jobs/stages.c whether it is made again.  It may be
 *                   when it reads nothing but rows, blobs, the configuration
 *                   and run->now_us: no other clock, no chance, no partner,
 *                   no folder.  Else it is recorded.
 *   a transaction   that is recorded and has thousands of statements that
 *                   follow from rows: db_call() in their place, and a row in
 *                   the table calls[] of journal.c.
 *   a bulk change   of the whole database (another key, a migration by hand):
 *                   journal_base() after it.
 */
#ifndef OMS_PIPELINE_JOURNAL_H
#define OMS_PIPELINE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"
#include "store/journal.h"

/*
 * journal_attach - from here on, what run->db commits is in the journal.
 *
 * Its last entry must be the one that the database knows as its last.  A home
 * that has no journal yet gets one that begins with a copy of the database;
 * so does one that has lost entries, and a finding tells a person.
 *
 * errors  OMS_STORE_DAMAGED  the database has lost commits
 */
bool journal_attach(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * journal_highest - the highest commit that the journal has seen and nobody
 * has made void; every entry is proved on the way.
 *
 * A database more than one behind has lost the last ones, if its position was
 * read after this: a run may be at work.
 */
bool journal_highest(const char *home, int64_t *ret_commit_no,
    struct journal_end *ret, struct oms_error *err) MUST_CHECK;

/*
 * journal_begin - before the first transaction of a run, under its lock.
 *
 * Keeps the configuration it runs under, and begins with a copy of the
 * database after a change of the program: another program might do other
 * work from the same bytes.
 */
bool journal_begin(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * journal_base - copy the database to spool/journal/base-<commit>.db.
 *
 * A rebuild begins there.  The copy before the last one is removed.
 */
bool journal_base(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * journal_forget - remove all that is older than the last copy.
 *
 * After a change of keys: else it would stay readable as it was.
 */
bool journal_forget(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * journal_tidy - between two stages of a run: a copy when the journal has
 * grown long since the last one, and away with what is older than both copies.
 *
 * errors  OMS_JOURNAL  a line of it is not what was written: all is kept
 */
bool journal_tidy(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * journal_stage, journal_stage_end - between them, work is made again by a
 * rebuild and not recorded.  It is announced at its first commit: a stage
 * that finds nothing to do leaves no trace.  Acts of persons come in only
 * where it has just committed (pipeline/turn.h).
 *
 * Inside, db_record(run->db, true) records what does not follow from the
 * rows: that a process died.
 */
bool journal_stage(struct run *run, const char *stage,
    struct oms_error *err) MUST_CHECK;
void journal_stage_end(struct run *run);

/* Announce it anew: from here on it leaves out the file run->skip_file. */
void journal_stage_again(struct run *run);

/*
 * journal_document - the bytes that a document got: what a rebuild must get.
 *
 * Inside the transaction that says so in the database.
 */
bool journal_document(struct run *run, int64_t doc_id, const char *name,
    const char *sha256, struct oms_error *err) MUST_CHECK;

/* Do a recorded call again: see db_call(). */
bool journal_call(struct run *run, const char *name, int64_t arg,
    struct oms_error *err) MUST_CHECK;

/* Where a configuration was kept: spool/journal/config-<sha256>. */
char *journal_config_dir(mem_ctx *ctx, const char *home, const char *sha256);

/* The copy of the database with that many commits. */
char *journal_base_path(mem_ctx *ctx, const char *home, int64_t commit_no);

#endif
