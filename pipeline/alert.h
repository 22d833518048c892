/*
 * alert.h - tell people what waits for them, once, and when it is over.
 *
 * At the end of a run alert_make() compares what waits now (the view
 * attention) with what was told before, and writes at most one message of
 * each kind, in one transaction:
 *
 *   new     things nobody was told of, grouped by kind, code and partner
 *   clear   everything that was told is over
 *   digest  once a business day: what waits, by age, code and partner; it
 *           comes also when nothing waits, so that silence means trouble
 *
 * alert_send() then sends what is due over every channel of [alert].  A
 * channel that fails is tried again by later runs for a day; it never fails
 * the run.  A crash between sending and noting it sends a message twice, with
 * the same Message-ID, and never loses one.
 */
#ifndef OMS_PIPELINE_ALERT_H
#define OMS_PIPELINE_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "pipeline/stage.h"

/* Is there any channel to tell a person?  Else only the exit status does. */
bool alert_has_channel(const struct config *cfg);

/* errors  of the store; nothing was written then */
bool alert_make(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * alert_send - send every message that is due.
 *
 * ret_failed  channels that failed, each once; they are logged
 * errors      of the store
 */
bool alert_send(struct run *run, size_t *ret_failed,
    struct oms_error *err) MUST_CHECK;

/* A message that only says that the channels work. */
bool alert_test(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * alert_failure - tell over all channels, without the database, that a run
 * could not even begin; as good as it goes.
 */
void alert_failure(const struct config *cfg, const char *job,
    const struct oms_error *why);

#endif
