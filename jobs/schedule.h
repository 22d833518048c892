/*
 * schedule.h - when jobs are due, by jobs/JOB.ini.
 *
 * A slot is one time at which a job is due: a business date and a time of
 * day in the job's zone.  What became of it stands in the table run_window.
 * A slot whose wall time is skipped by the clocks is due at the moment of the
 * change, one whose time comes twice at the first of both: each is served
 * once, whatever clocks do.
 */
#ifndef OMS_JOBS_SCHEDULE_H
#define OMS_JOBS_SCHEDULE_H

#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/zone.h"
#include "pipeline/stage.h"

enum { SCHEDULE_DUE_MAX = 40, SLOT_AT_BYTES = 8 };

struct schedule {
	const struct job *job;
	struct zone *zone;
	int64_t at_s[ZONE_TIMES_MAX];
	size_t at_count; /* 0: the job is started by hand only */
	unsigned days;
	int64_t cut_off_s;
};

struct slot {
	int64_t due_us;
	char date[ZONE_DATE_BYTES]; /* the business date, "2026-03-28" */
	char at[SLOT_AT_BYTES];     /* "02:30" */
};

/* What is to be done about a slot that is due. */
struct due {
	const struct job *job;
	struct slot slot;
};

/*
 * schedule_open - the times of a job.
 *
 * errors  OMS_CONFIG
 */
bool schedule_open(mem_ctx *ctx, const struct job *job, struct schedule *ret,
    struct oms_error *err) MUST_CHECK;

/* The business date of a moment. */
void schedule_date(const struct schedule *s, int64_t ts_us,
    char dst[ZONE_DATE_BYTES]);

/* The last slot due at or before a moment, the first after it.  false: none */
bool schedule_prev(const struct schedule *s, int64_t ts_us, struct slot *ret);
bool schedule_next(const struct schedule *s, int64_t ts_us, struct slot *ret);

/* What became of a slot: its state in run_window; "" when it has no row. */
bool schedule_state(struct db *db, const struct job *job,
    const struct slot *slot, char ret[16], struct oms_error *err) MUST_CHECK;

/*
 * schedule_due - the slots of a job to serve now, the oldest first.
 *
 * Those that are not to be caught up with come as missed.
 *
 * errors  of the store
 */
bool schedule_due(struct db *db, const struct schedule *s, int64_t now_us,
    struct slot ret[SCHEDULE_DUE_MAX], size_t *ret_count,
    struct slot ret_missed[SCHEDULE_DUE_MAX], size_t *ret_missed_count,
    struct oms_error *err) MUST_CHECK;

/*
 * schedule_all_due - of every job, in the order in which they fell due.
 *
 * run     of a command, opened for writing: what is missed gets its row
 * only    the name of a job, or NULL
 * ret     owned by ctx
 */
bool schedule_all_due(mem_ctx *ctx, struct run *run, const char *only,
    struct due **ret, size_t *ret_count, struct oms_error *err) MUST_CHECK;

/* The finding window.missed of every job: inside a transaction. */
bool schedule_watch(struct run *run, struct oms_error *err) MUST_CHECK;

/* The moment after which no stage is begun, by a time of day in the job's
 * zone ("06:00", the next from now on) or a whole time.  errors  OMS_USAGE */
bool schedule_until(const struct schedule *s, const char *text, int64_t now_us,
    int64_t *ret_us, struct oms_error *err) MUST_CHECK;

#endif
