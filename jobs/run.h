/*
 * run.h - what cron starts: a job, under its lock, with its record.
 *
 * A run holds the home's kernel lock for its whole life, so that two never
 * overlap and a dead one is known to be dead.  It first repairs what a
 * crashed run left, then walks its stages, then reports.
 */
#ifndef OMS_JOBS_RUN_H
#define OMS_JOBS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "jobs/exit.h"
#include "jobs/schedule.h"
#include "pipeline/ledger.h"
#include "pipeline/stage.h"
#include "store/audit.h"

enum { RUN_STAGES_MAX = 16 };

/* In the journal, as a stage: documents are written that a crash left. */
#define JOBS_RENDER "render"

struct job_request {
	const char *home;
	const char *job;    /* a job or the name of a stage */
	const char *window; /* "2026-03-28"; NULL = by the clock and the job */
	const struct slot *slot; /* that is due; NULL when started by hand */
	const char *until;       /* "06:00"; NULL as the job says */
	int64_t max_duration_s;  /* 0 as the job says */
	bool dry_run;
	bool fail_on_empty;
	int wait_ms;   /* for the lock of another run */
	bool offline;  /* call no partner: the inside of a dry run */
	bool progress; /* show it on a terminal */
};

struct stage_report {
	const char *stage;
	struct stage_result res;
	int64_t took_us; /* 0 when the clock stands still, as below */
};

/* A document that a dry run wrote. */
struct planned {
	const char *partner;
	const char *name;
	int64_t size_bytes;
};

/* The ledger of the files that the run read. */
struct difference {
	const char *object;
	const char *text;
};

struct run_report {
	int64_t run_id;
	const char *job;
	char window[16];
	int64_t started_ts_us;
	int64_t took_us;
	struct stage_report stages[RUN_STAGES_MAX];
	size_t stage_count;
	struct ledger_sum ledger;
	struct difference *differences; /* at most LEDGER_TOLD_MAX */
	size_t difference_count;
	bool was_done; /* the slot was served already: nothing was run */
	enum exit_code exit_code;
	struct oms_error err;    /* what ended the run early, or OMS_OK */
	struct audit_head head;  /* of the audit, at its end */
	struct planned *planned; /* by a dry run */
	size_t planned_count;
};

/*
 * jobs_run - run a job; ret is filled in every case.
 *
 * ctx      owner of what ret points to
 * returns  the exit code of the program, also in ret
 */
enum exit_code jobs_run(mem_ctx *ctx, const struct job_request *req,
    struct run_report *ret);

/* The person at the keyboard: the user's name in the system, into ctx. */
char *jobs_actor(mem_ctx *ctx);

/*
 * jobs_open - the run of a command that changes something, without a job.
 *
 * Loads the configuration and opens the database for writing; run_id is 0
 * and the actor is the person.
 */
struct run *jobs_open(mem_ctx *ctx, const char *home,
    struct oms_error *err) MUST_CHECK;

/*
 * jobs_open_alone - as jobs_open(), while no run is at work or can begin.
 *
 * what    for those who wait, e.g. "key rotate"
 * errors  OMS_LOCKED too
 */
struct run *jobs_open_alone(mem_ctx *ctx, const char *home, const char *what,
    struct oms_error *err) MUST_CHECK;

/* The same in a copy of a home that is thrown away: it has no journal. */
struct run *jobs_open_copy(mem_ctx *ctx, const char *home,
    struct oms_error *err) MUST_CHECK;

/* The lock of the home, as a run holds it; -1: err says who holds it. */
int jobs_lock(mem_ctx *ctx, const struct config *cfg, const char *job,
    struct oms_error *err);

/*
 * jobs_replay - do a run again that was forgotten, under its time.
 *
 * Under the lock of the home.  First what was left half done is finished; then
 * with_stages every stage but those that meet a partner: collect and deliver.
 *
 * run  of jobs_open(); its time, window and actor are its own again afterwards
 */
bool jobs_replay(struct run *run, int64_t ts_us, bool with_stages,
    struct oms_error *err) MUST_CHECK;

#endif
