/*
 * partner_state.h - calling a partner: one at a time, and not after a refusal.
 *
 * A call is a session behind three gates: the kernel lock of the partner
 * (one session a partner, whatever runs), the breaker (a refused key, user
 * or host key is not tried again before the configuration changes) and the
 * back-off (an unreachable server gets 5 minutes, then twice that, up to 67).
 *
 * The lock is inherited by the session's process, so it is free only when
 * both are dead: no run can meet the leftover session of a killed one.
 */
#ifndef OMS_PIPELINE_PARTNER_STATE_H
#define OMS_PIPELINE_PARTNER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "base/mem.h"
#include "pipeline/stage.h"
#include "transport/transport.h"

/* Belongs to the context it was made in; freeing that hangs up. */
struct partner_call {
	struct run *run;
	const struct partner *p;
	const char *stage;         /* for the log, e.g. "collect" */
	struct stage_result *res;  /* where failures are counted */
	struct transport *session; /* NULL: lost, and noted in the table */
	int lock_fd;
	int64_t failures; /* in a row, before this call */
};

/* Has the partner a tree of its own?  Else its inbox and outbox are it. */
bool partner_is_remote(const struct partner *p);

/*
 * partner_call_open - lock, ask the breaker, connect.
 *
 * ret     NULL when the partner is not called now, or did not answer: that is
 *         noted, logged and counted in res, and no error
 * errors  of the store and of our own disk: the run cannot go on
 */
bool partner_call_open(struct run *run, const struct partner *p,
    const char *stage, struct stage_result *res, mem_ctx *ctx,
    struct partner_call **ret, struct oms_error *err) MUST_CHECK;

/*
 * partner_call_lost - the session failed: note it, count it, hang up.
 *
 * why     what the transport said
 * errors  of the store; or why itself, when it concerns our own machine
 */
bool partner_call_lost(struct partner_call *c, const struct oms_error *why,
    struct oms_error *err) MUST_CHECK;

/*
 * partner_call_again - a new session in place of a dead one, at once.
 *
 * For the one question that cannot wait: did the rename happen?
 *
 * errors  as transport_open; the call is then without a session, not noted
 */
bool partner_call_again(struct partner_call *c,
    struct oms_error *err) MUST_CHECK;

/* Hang up; a session that lasted closes the breaker and the back-off. */
bool partner_call_end(struct partner_call *c, struct oms_error *err) MUST_CHECK;

/* Close the breaker and the back-off: it answered, or a person says so. */
bool partner_reset(struct run *run, const char *partner,
    struct oms_error *err) MUST_CHECK;

/* Does the session live on after this error?  See transport.h. */
bool partner_survives(enum oms_code code);

/*
 * partner_backoff_us - how long to leave it alone after so many failures.
 *
 * 5 min * 2^(failures - 1), at most 67 min, give or take 20 % that depend on
 * name alone: no two partners come back together, and no chance is involved.
 *
 * source  crash-safety 3.6: Postfix minimal and maximal backoff
 */
int64_t partner_backoff_us(const char *name, int64_t failures);

/*
 * partner_is_due - has the time next_ts_us come?
 *
 * A time further away than any back-off was written under another clock.
 */
bool partner_is_due(int64_t next_ts_us);

/* Keep the gravest code in res->worst. */
void partner_note(struct stage_result *res, enum oms_code code);

/* The same, and the gravest failure's text is the stage's note. */
void partner_tell(struct stage_result *res, const struct partner *p,
    const struct oms_error *why);

#endif
