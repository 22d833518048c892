/*
 * log.h - one line an event, on stderr.
 *
 *   2026-03-28T02:00:00Z warn collect partner=sfcc event=host_key.refused ...
 *
 * Only pipeline/, jobs/ and cli/ log; everything below returns its error, so
 * that each failure is said once.  Silence means success: below a terminal
 * only warnings and errors show, unless --verbose.
 */
#ifndef OMS_BASE_LOG_H
#define OMS_BASE_LOG_H

#include "base/error.h"

enum log_level { LOG_ERROR_, LOG_WARN_, LOG_INFO_, LOG_DEBUG_ };

void log_set_level(enum log_level level); /* show this and graver */

/*
 * log_event - say that something happened.
 *
 * stage  the stage or command, e.g. "ingest"
 * fmt    key=value pairs; values of partners go through str_show() first
 */
void log_event(enum log_level level, const char *stage, const char *fmt, ...)
    PRINTF(3, 4);

/* log_error - the one line of a failure: "stage: where: reason [code]". */
void log_error(const char *stage, const struct oms_error *err);

#endif
