/* schedule.c - see schedule.h. */

#include "jobs/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "pipeline/finding.h"
#include "store/stmt.h"

#define US_PER_S INT64_C(1000000)

enum { DAYS_MAX = 400 }; /* looked at for a slot */

bool
schedule_open(mem_ctx *ctx, const struct job *job, struct schedule *ret,
    struct oms_error *err)
{
	const char *at = job->at, *cut_off = job->cut_off;

	*ret = (struct schedule){ .job = job };
	ret->zone = zone_load(ctx, job->zone, err);
	if (ret->zone == NULL || !zone_parse_days(job->days, &ret->days, err))
		return false;
	while (ret->at_count < ZONE_TIMES_MAX &&
	    zone_next_time(&at, &ret->at_s[ret->at_count], err))
		ret->at_count++;
	return err->code == OMS_OK &&
	    (zone_next_time(&cut_off, &ret->cut_off_s, err) ||
		err->code == OMS_OK);
}

/* ---- slots --------------------------------------------------------------- */

static void
date_of(const struct schedule *s, int64_t day, int64_t second,
    char dst[ZONE_DATE_BYTES])
{
	zone_format_day(second < s->cut_off_s ? day - 1 : day, dst);
}

void
schedule_date(const struct schedule *s, int64_t ts_us,
    char dst[ZONE_DATE_BYTES])
{
	int64_t second, day = zone_day(s->zone, ts_us, &second);

	date_of(s, day, second, dst);
}

static void
set_slot(const struct schedule *s, int64_t day, size_t i, struct slot *ret)
{
	int second = (int)s->at_s[i];

	ret->due_us = zone_ts_us(s->zone, day, second);
	date_of(s, day, second, ret->date);
	snprintf(ret->at, sizeof(ret->at), "%02d:%02d", second / 3600 % 24,
	    second / 60 % 60);
}

static bool
is_on(const struct schedule *s, int64_t day)
{
	return (s->days & 1U << zone_weekday(day)) != 0;
}

bool
schedule_prev(const struct schedule *s, int64_t ts_us, struct slot *ret)
{
	int64_t today = zone_day(s->zone, ts_us, NULL) + 1;

	for (int64_t day = today; day > today - DAYS_MAX; day--)
		for (size_t i = s->at_count; is_on(s, day) && i-- > 0;) {
			set_slot(s, day, i, ret);
			if (ret->due_us <= ts_us)
				return true;
		}
	return false;
}

bool
schedule_next(const struct schedule *s, int64_t ts_us, struct slot *ret)
{
	int64_t today = zone_day(s->zone, ts_us, NULL) - 1;

	for (int64_t day = today; day < today + DAYS_MAX; day++)
		for (size_t i = 0; is_on(s, day) && i < s->at_count; i++) {
			set_slot(s, day, i, ret);
			if (ret->due_us > ts_us)
				return true;
		}
	return false;
}

bool
schedule_until(const struct schedule *s, const char *text, int64_t now_us,
    int64_t *ret_us, struct oms_error *err)
{
	struct oms_error ignored = NO_ERROR;
	int64_t second, day = zone_day(s->zone, now_us, NULL);
	const char *at = text;

	if (zone_next_time(&at, &second, &ignored) && *at == '\0') {
		*ret_us = zone_ts_us(s->zone, day, second);
		if (*ret_us <= now_us)
			*ret_us = zone_ts_us(s->zone, day + 1, second);
		return true;
	}
	ignored = NO_ERROR;
	return num_parse_ts(text, ret_us, &ignored) ||
	    oms_fail(err, OMS_USAGE,
		"\"%.40s\" is not a time like 06:00 or 2026-03-28T06:00:00Z",
		text);
}

/* ---- what became of them ------------------------------------------------- */

bool
schedule_state(struct db *db, const struct job *job, const struct slot *slot,
    char ret[16], struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_WINDOW_GET, err);

	ret[0] = '\0';
	if (s == NULL)
		return false;
	stmt_text(s, ":job", job->id);
	stmt_text(s, ":business_date", slot->date);
	stmt_text(s, ":at", slot->at);
	if (stmt_one(s, err))
		(void)str_copy(ret, 16, col_text(s, 0));
	stmt_end(s);
	return err->code == OMS_OK;
}

/* Has the job ever had a window? */
static bool
is_known(struct db *db, const struct job *job, bool *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_WINDOW_LIST, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":job", job->id);
	stmt_int(s, ":rows", 1);
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

/* Is nothing to be done about a slot in that state any more? */
static bool
is_settled(const char *state)
{
	return state[0] != '\0' && strcmp(state, "due") != 0;
}

static bool
is_wanted(const struct job *j, const struct slot *slot, size_t back,
    int64_t now_us)
{
	switch (j->catch_up) {
	case CATCH_UP_NONE:
		return back == 0 &&
		    now_us - slot->due_us <= j->start_within_s * US_PER_S;
	case CATCH_UP_LAST: return back == 0;
	case CATCH_UP_ALL: return (int64_t)back < j->catch_up_max;
	}
	return false;
}

/* From the newest back to the first that was settled; a job that is new has
 * missed nothing. */
bool
schedule_due(struct db *db, const struct schedule *s, int64_t now_us,
    struct slot ret[SCHEDULE_DUE_MAX], size_t *ret_count,
    struct slot ret_missed[SCHEDULE_DUE_MAX], size_t *ret_missed_count,
    struct oms_error *err)
{
	struct slot newest_first[SCHEDULE_DUE_MAX], slot = { .due_us = now_us };
	size_t count = 0, back = 0;
	bool known;
	char state[16];

	*ret_count = *ret_missed_count = 0;
	if (!is_known(db, s->job, &known, err))
		return false;
	while (back < (known ? SCHEDULE_DUE_MAX : 1) &&
	    schedule_prev(s, back == 0 ? now_us : slot.due_us - 1, &slot)) {
		if (!schedule_state(db, s->job, &slot, state, err))
			return false;
		if (is_settled(state))
			break;
		if (is_wanted(s->job, &slot, back++, now_us))
			newest_first[count++] = slot;
		else
			ret_missed[(*ret_missed_count)++] = slot;
	}
	while (count > 0)
		ret[(*ret_count)++] = newest_first[--count];
	return true;
}

static bool
write_missed(struct run *run, const struct job *job, const struct slot *slot,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_WINDOW_MISS, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":job", job->id);
	stmt_text(s, ":business_date", slot->date);
	stmt_text(s, ":at", slot->at);
	stmt_text(s, ":zone", job->zone);
	stmt_int(s, ":due_ts_us", slot->due_us);
	return stmt_run(s, NULL, err);
}

static int
by_time(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->slot.due_us != y->slot.due_us)
		return x->slot.due_us < y->slot.due_us ? -1 : 1;
	return strcmp(x->job->id, y->job->id);
}

static bool
add_due(mem_ctx *ctx, struct run *run, const struct job *job, struct due *all,
    size_t *count, struct oms_error *err)
{
	struct slot due[SCHEDULE_DUE_MAX], missed[SCHEDULE_DUE_MAX];
	size_t due_count, missed_count;
	struct schedule s;

	if (!schedule_open(ctx, job, &s, err) ||
	    !schedule_due(run->db, &s, run->now_us, due, &due_count, missed,
		&missed_count, err))
		return false;
	for (size_t i = 0; i < missed_count; i++)
		if (!write_missed(run, job, &missed[i], err))
			return false;
	for (size_t i = 0; i < due_count; i++)
		all[(*count)++] = (struct due){ job, due[i] };
	return true;
}

bool
schedule_all_due(mem_ctx *ctx, struct run *run, const char *only,
    struct due **ret, size_t *ret_count, struct oms_error *err)
{
	const struct config *cfg = run->cfg;
	struct due *all = mem_array(ctx, struct due,
	    cfg->job_count * SCHEDULE_DUE_MAX + 1);
	size_t count = 0;
	bool ok = db_begin(run->db, err);

	for (size_t i = 0; ok && i < cfg->job_count; i++)
		if (only == NULL || strcmp(only, cfg->jobs[i].id) == 0)
			ok = add_due(ctx, run, &cfg->jobs[i], all, &count, err);
	if (!ok || !db_commit(run->db, "window.missed", err)) {
		db_rollback(run->db);
		return false;
	}
	qsort(all, count, sizeof(*all), by_time);
	*ret = all;
	*ret_count = count;
	return true;
}

/* ---- what is told -------------------------------------------------------- */

/* The last slot should have begun, or was missed. */
static bool
watch_job(struct run *run, const struct job *job, struct oms_error *err)
{
	char state[16], text[200], due[ZONE_TIME_BYTES];
	struct schedule s;
	struct slot slot;
	bool known;

	if (!schedule_open(run->ctx, job, &s, err) ||
	    !is_known(run->db, job, &known, err))
		return false;
	if (!known || !schedule_prev(&s, run->now_us, &slot))
		return true;
	if (!schedule_state(run->db, job, &slot, state, err))
		return false;
	if (strcmp(state, "missed") != 0 &&
	    (is_settled(state) ||
		run->now_us - slot.due_us <= job->start_within_s * US_PER_S))
		return true;
	snprintf(text, sizeof(text), "the window %s was due %s and %s",
	    slot.date, zone_format(s.zone, slot.due_us, due),
	    strcmp(state, "missed") == 0 ? "was missed" : "has not run");
	return finding_raise(run,
	    &(struct finding){ OMS_WINDOW, job->id, "", text }, err);
}

bool
schedule_watch(struct run *run, struct oms_error *err)
{
	for (size_t i = 0; i < run->cfg->job_count; i++)
		if (!watch_job(run, &run->cfg->jobs[i], err))
			return false;
	return finding_settle(run, OMS_WINDOW, err);
}
