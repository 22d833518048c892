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

/* What a retry would change: a row of a table, told for people. */
struct change {
	const char *what;  /* "dead", "file", "order", "stock", "document" */
	const char *id;    /* its number or key */
	const char *state; /* it would be in */
	const char *code;
	const char *message;
};

struct retry_report {
	struct change *changes;
	size_t change_count;
	struct oms_error err; /* what kept us from telling, or OMS_OK */
};

/*
 * dry_retry - retry dead letters for real, in a copy that is thrown away.
 *
 * In the copy, what waits anyway is done first, by all stages but collect;
 * then the letters are retried, and the stages walk again.  What the second
 * walk makes is the work of the retry alone.
 *
 * ctx      owner of what ret points to
 * returns  EXIT_REJECTED when a letter would still be dead
 */
enum exit_code dry_retry(mem_ctx *ctx, const char *home, const int64_t *ids,
    size_t count, struct retry_report *ret);

/* Remove the copies of dry runs, and of editors' files, left by the dead. */
void dry_run_sweep(mem_ctx *ctx, const char *home);

#endif
