/*
 * watch.h - watch the data, not only the process.
 *
 * At its end every run looks whether files, orders and answers are where they
 * should be by now, and makes findings (finding.h) of what is not.  Few rows
 * are read: each question has an index of what is open.
 */
#ifndef OMS_PIPELINE_WATCH_H
#define OMS_PIPELINE_WATCH_H

#include "base/error.h"
#include "pipeline/stage.h"

/*
 * watch_all - raise and clear the findings of feeds, stuck orders, overdue
 * answers and uncertain deliveries, inside a transaction.
 *
 * errors  of the store
 */
bool watch_all(struct run *run, struct oms_error *err) MUST_CHECK;

#endif
