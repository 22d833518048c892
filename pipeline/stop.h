/*
 * stop.h - a person stops the home, or one partner, and starts it again.
 *
 * A stop is a file in stop/ of the home, "ALL" or a partner's id, with who,
 * when and why in one line.  A file and not a row: it must work when the
 * database is damaged, and survive its restoration.
 *
 * A stopped home does no run (exit status 12) and ends the one at work after
 * its stage.  A stopped partner is not called, and nothing is taken from its
 * inbox or put into its outbox; the others go on.
 */
#ifndef OMS_PIPELINE_STOP_H
#define OMS_PIPELINE_STOP_H

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

/*
 * stop_set - stop the home, or a partner; one that is stopped stays so.
 *
 * partner  NULL the whole home
 * ts_us    the time to note
 * ret_new  false when it was stopped already; may be NULL
 * errors   OMS_IO, OMS_SPACE
 */
bool stop_set(const char *home, const char *partner, const char *actor,
    int64_t ts_us, const char *reason, bool *ret_new,
    struct oms_error *err) MUST_CHECK;

/* stop_clear - take the stop back; ret_was false when there was none. */
bool stop_clear(const char *home, const char *partner, bool *ret_was,
    struct oms_error *err) MUST_CHECK;

/* Is it stopped?  A stop whose file cannot be looked at counts as one. */
bool stop_is_set(const char *home, const char *partner);

/* Who, when and why, in one line, into ctx; "" when it is not stopped. */
char *stop_why(mem_ctx *ctx, const char *home, const char *partner);

#endif
