/*
 * dry_run.h - a job for real, in a copy of the home that is thrown away.
 *
 * The copy has the database, the configuration, the files that wait in the
 * inbox and the blobs that wait to be read; no partner is called.  What the
 * job would write lies in the copy's outbox for a moment and is listed.
 */
#ifndef OMS_JOBS_DRY_RUN_H
#define OMS_JOBS_DRY_RUN_H

#include "jobs/run.h"

enum exit_code dry_run(mem_ctx *ctx, const struct job_request *req,
    struct run_report *ret);

/* Remove the copies of dry runs that were killed. */
void dry_run_sweep(mem_ctx *ctx, const char *home);

#endif
