/*
 * audit_verify.h - is the audit what was written, and what it seals, too?
 *
 * Walks the chain from its first row, opens every seal, reads the rows it was
 * made over again, and looks for rows that no seal could cover.  Memory does
 * not grow with the audit: one seal is held at a time.  Everything is read in
 * one snapshot, so a run may be at work.
 *
 * What it cannot see: what was changed before the audit began, rows that
 * somebody appends in the way the program does,
 * and, without a head that was noted elsewhere, a chain that was made again
 * from some row to its end with all that follows from it.
 */
#ifndef OMS_PIPELINE_AUDIT_VERIFY_H
#define OMS_PIPELINE_AUDIT_VERIFY_H

#include "base/error.h"
#include "store/audit.h"
#include "store/db.h"

enum { VERIFY_HEADS_MAX = 8 };

/* What was found to be wrong. */
struct verify_fault {
	const char *id;   /* "audit 17", "event 00010001/3", "stock_move 5" */
	const char *kind; /* edited, deleted, inserted, moved, cut off */
	const char *what; /* for people */
};

/* What there is to compare with, and what was seen. */
struct verify {
	struct audit_head heads[VERIFY_HEADS_MAX]; /* noted elsewhere */
	size_t head_count;
	void (*tell)(void *u, const struct verify_fault *f);
	void *u;

	int64_t rows; /* of the audit */
	int64_t sealed_rows;
	int64_t open_rows; /* that wait for their seal */
	int64_t faults;
	struct audit_head last;

	/* The upgrade from an oms without an audit; 0: there was none.  What
	   happened before is sealed since, and nothing proves it. */
	int64_t upgraded_id;
	int64_t upgraded_ts_us;
};

/*
 * audit_verify - tell every fault; true when all was looked at.
 *
 * errors  of the store; what is only wrong is told
 */
bool audit_verify(struct db *db, struct verify *v,
    struct oms_error *err) MUST_CHECK;

#endif
