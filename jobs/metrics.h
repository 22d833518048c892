/*
 * metrics.h - the figures of a home for Prometheus.
 *
 * In the text format of exposition, all from the database: what a run leaves
 * in [monitor] metrics_file is what oms status --prometheus prints.
 */
#ifndef OMS_JOBS_METRICS_H
#define OMS_JOBS_METRICS_H

#include "base/error.h"
#include "base/str.h"
#include "pipeline/stage.h"

enum { METRICS_MAX_BYTES = 1 << 20 };

/*
 * metrics_write - append the figures.
 *
 * cfg     for the partners; NULL when the configuration is at fault
 * errors  of the store; OMS_LIMIT when they take more than the room of b
 * source  Prometheus, exposition formats, text format 0.0.4
 */
bool metrics_write(struct run *run, struct sbuf *b,
    struct oms_error *err) MUST_CHECK;

/* At the end of a run: replace metrics_file.  A failure is only logged. */
void metrics_leave(struct run *run);

#endif
