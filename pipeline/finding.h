/*
 * finding.h - what is not as it should be, remembered until it is.
 *
 * A finding is a row of the table finding: a code, the object it concerns and
 * a sentence.  A code has at most one open finding of an object.  Each run
 * raises what it sees; what it looked for and did not see is cleared.  Rows
 * stay, so that alerts can tell what is new and what has passed:
 *
 *   new       first_ts_us and last_run_id are those of this run
 *   still     open, first_ts_us earlier
 *   passed    state cleared, cleared_ts_us
 */
#ifndef OMS_PIPELINE_FINDING_H
#define OMS_PIPELINE_FINDING_H

#include "base/error.h"
#include "pipeline/stage.h"

struct finding {
	enum oms_code code;
	const char *object;  /* "sfcc.orders", "file 11", "document 7" */
	const char *partner; /* "" when it concerns none */
	const char *text;    /* what, since when, how many: for people */
};

/* finding_raise - it is so: inside a transaction. */
bool finding_raise(struct run *run, const struct finding *f,
    struct oms_error *err) MUST_CHECK;

/* finding_settle - of this code, what this run has not raised is cleared. */
bool finding_settle(struct run *run, enum oms_code code,
    struct oms_error *err) MUST_CHECK;

/*
 * finding_adopt - what a command, or this run before it had its number, has
 * raised with that code counts as raised by this run: it is told once.
 */
bool finding_adopt(struct run *run, enum oms_code code,
    struct oms_error *err) MUST_CHECK;

/* finding_clear - this one is not so any more; none is fine. */
bool finding_clear(struct run *run, enum oms_code code, const char *object,
    struct oms_error *err) MUST_CHECK;

/* finding_is_open - is there one, of that object; "": of any? */
bool finding_is_open(struct run *run, enum oms_code code, const char *object,
    bool *ret, struct oms_error *err) MUST_CHECK;

#endif
