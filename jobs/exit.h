/* exit.h - how a run ended, in one number for cron. */
#ifndef OMS_JOBS_EXIT_H
#define OMS_JOBS_EXIT_H

#include "base/error.h"

/* The published exit status of the program; never reused. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_INTERNAL = 1,
	EXIT_USAGE = 2,
	EXIT_REJECTED = 3,   /* ran, but some items are dead or rejected */
	EXIT_NOTHING = 4,    /* nothing to do, only with --fail-on-empty */
	EXIT_TEMPORARY = 5,  /* run again */
	EXIT_LOCKED = 6,     /* another run holds the lock */
	EXIT_REFUSED = 7,    /* authentication or host key refused */
	EXIT_STORE = 8,      /* store damaged or too new */
	EXIT_SPACE = 9,      /* no space or a limit reached */
	EXIT_UNCERTAIN = 10, /* a delivery needs a person */
	EXIT_FOUND = 11,     /* check or lint found problems */
	EXIT_STOPPED = 12    /* by oms stop */
};

/* The exit status for a code: what cron and the operator should do next. */
enum exit_code exit_code_of(enum oms_code code);

/* The state of a run that ended so: "ok", "partial" or "failed". */
const char *jobs_state_name(enum exit_code code);

/* Of two, the one that is told. */
enum exit_code jobs_graver(enum exit_code a, enum exit_code b);

/*
 * A run that stopped half-way must be run again, whatever it had rejected till
 * then: else cron takes it for one that is done and has dead letters.
 *
 * so_far  what its stages came to; code is what ended it
 */
enum exit_code jobs_ends_early(enum exit_code so_far, enum exit_code code);

#endif
