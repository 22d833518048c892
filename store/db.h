/*
 * db.h - the database: open it, bring its schema up to date, transactions.
 *
 * One writer at a time: db_begin() takes the kernel lock oms.db.writer before
 * BEGIN IMMEDIATE and db_commit() gives it back, so that no checkpoint can
 * overlap a commit (SQLite before 3.51.3 may lose pages then).  WAL and
 * synchronous=FULL: what db_commit() returned true for survives a power cut.
 * When the WAL has grown long, db_commit() moves it into the database while it
 * still holds the lock.
 */
#ifndef OMS_STORE_DB_H
#define OMS_STORE_DB_H

#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

struct db;
struct ring;

enum db_mode {
	DB_READ, /* for commands that only look */
	DB_WRITE,
	DB_CREATE /* oms init: the file must not exist */
};

/*
 * db_open - open <home>/oms.db and check or migrate its schema.
 *
 * cache_bytes  page cache; the whole memory the store uses
 * errors  OMS_CONFIG         there is no database: oms init makes one
 *         OMS_STORE_DAMAGED  it is not one of ours
 *         OMS_STORE_VERSION  a newer oms wrote it
 *         OMS_IO, OMS_DB_BUSY
 */
struct db *db_open(mem_ctx *ctx, const char *home, enum db_mode mode,
    int64_t cache_bytes, struct oms_error *err) MUST_CHECK;

/*
 * db_begin, db_commit, db_rollback - one transaction; they do not nest.
 *
 * After db_commit has returned true the change is durable; name is the
 * fault_step() that marks it.  db_rollback is safe to call at any time.
 *
 * errors  OMS_DB_BUSY, OMS_SPACE, OMS_IO, OMS_STORE_DAMAGED
 */
bool db_begin(struct db *db, struct oms_error *err) MUST_CHECK;
bool db_commit(struct db *db, const char *name,
    struct oms_error *err) MUST_CHECK;
void db_rollback(struct db *db);

/*
 * db_save, db_keep, db_undo - a point inside the transaction to go back to.
 *
 * For one record among many: db_save(); work; on failure db_undo() takes
 * back only that work, else db_keep().  They do not nest.
 */
bool db_save(struct db *db, struct oms_error *err) MUST_CHECK;
bool db_keep(struct db *db, struct oms_error *err) MUST_CHECK;
bool db_undo(struct db *db, struct oms_error *err) MUST_CHECK;

/* Move the WAL into the database, under the writer lock; busy is fine. */
bool db_checkpoint(struct db *db, struct oms_error *err) MUST_CHECK;

/*
 * The next number of a counter, from 1, gapless: inside a transaction, whose
 * rollback (or db_undo) gives it back.  The counter table itself changes when
 * the transaction commits.
 */
bool db_next(struct db *db, const char *counter, int64_t *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * db_use_ring - seal with it what stmt_sealed() binds, unseal what is read.
 *
 * ring  base/seal.h; it must live as long as db.  NULL: nothing is sealed
 *
 * A sealed text that was changed is given as it lies there, and no
 * transaction of the connection commits any more (OMS_STORE_DAMAGED).
 */
void db_use_ring(struct db *db, const struct ring *ring);

/* Write the whole file anew: nothing deleted or replaced is left in it. */
bool db_vacuum(struct db *db, struct oms_error *err) MUST_CHECK;

/*
 * What is told of a commit to the one who watches: the journal, or its replay.
 */
struct db_commit_note {
	const char *name;  /* of its fault_step() */
	int64_t commit_no; /* its number: commits are counted, from 1, over all
				processes, and the count commits with them */
	int64_t entry_no;  /* the last entry_no that was given back, or 0 */
	const char *changes; /* its statements, or NULL: not recorded */
	size_t changes_bytes;
	int64_t ret_entry_no; /* is kept in the database, unless 0 */
};

/*
 * db_watch - ask somebody at each transaction.
 *
 * begin   before one begins, outside of it; false refuses it
 * commit  the last thing inside of it; false refuses it, and it is rolled back
 * end     after it ended, or did not begin, outside of it
 *
 * Each may be NULL.
 */
struct db_watch {
	void *u;
	bool (*begin)(void *u, struct db *db, struct oms_error *err);
	bool (*commit)(void *u, struct db_commit_note *note,
	    struct oms_error *err);
	void (*end)(void *u, struct db *db, bool is_committed);
};
void db_watch(struct db *db, const struct db_watch *watch);

/* The connection of a child process is watched and recorded as its parent's. */
void db_watch_as(struct db *db, const struct db *parent);

/*
 * db_record - from the next transaction on, note the statements that change
 * something, with what is bound to them.  Returns what it was before.
 */
bool db_record(struct db *db, bool on);

/* The statement that has just changed something shall not be in the record. */
void db_record_drop(struct db *db);

/*
 * db_call, db_call_end - record a call in place of the statements it makes.
 *
 * For what would be too long to write down: the name of a function, and a
 * number, that do the same again.
 */
void db_call(struct db *db, const char *name, int64_t arg);
void db_call_end(struct db *db);

/*
 * db_apply - make recorded changes again, inside a transaction.
 *
 * call    makes a recorded call
 * errors  OMS_JOURNAL  they are not what db_record() makes, or name a
 *                      statement that this program does not have
 */
bool db_apply(struct db *db, const char *changes, size_t bytes,
    bool (*call)(void *u, const char *name, int64_t arg, struct oms_error *err),
    void *u, struct oms_error *err) MUST_CHECK;

/* Did this connection bring an older schema up to date? */
bool db_was_migrated(const struct db *db);

/* commit_no and entry_no of the last commit. */
bool db_position(struct db *db, int64_t *ret_commit_no, int64_t *ret_entry_no,
    struct oms_error *err) MUST_CHECK;

/* integrity_check and foreign_key_check; the first fault is the reason. */
bool db_check(struct db *db, struct oms_error *err) MUST_CHECK;

/*
 * Is the text of every table, index, view and trigger what the schema's steps
 * make of an empty database?  The first that is not is the reason.
 */
bool db_check_schema(struct db *db, struct oms_error *err) MUST_CHECK;

/*
 * db_copy_to - a consistent copy of the whole database in the new file path.
 *
 * While others write, too.  The copy is one file without a WAL, mode 0600,
 * synced.
 */
bool db_copy_to(struct db *db, const char *path,
    struct oms_error *err) MUST_CHECK;

/*
 * db_check_file - is the file path a whole database of ours?
 *
 * Nothing is written.  For copies: nobody else may be at work on it.
 *
 * errors  OMS_STORE_DAMAGED, OMS_STORE_VERSION, OMS_IO
 */
bool db_check_file(const char *path, struct oms_error *err) MUST_CHECK;

#endif
