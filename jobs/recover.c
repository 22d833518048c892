/* recover.c - see recover.h. */

#include "jobs/recover.h"

#include "base/scope.h"
#include "pipeline/journal.h"
#include "pipeline/restore.h"

/*
 * Forgotten runs are done again one by one; each is settled before the next.
 * What its partner had by the time of a run is read in it; of what has a time
 * that is later than all of them nobody knows, so the last one reads it.
 */
static bool
replay_all(struct run *run, struct reconcile *r, struct oms_error *err)
{
	size_t count;
	const int64_t *ts_us = reconcile_times(r, &count);
	int64_t now_us = run->now_us, work = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < count; i++) {
		run->now_us = ts_us[i]; /* it came then, as far as we know */
		ok = reconcile_take(r, i + 1 < count ? ts_us[i] : INT64_MAX,
		    &work, err);
		run->now_us = now_us;
		ok = ok && jobs_replay(run, ts_us[i], true, err) &&
		    reconcile_settle(r, err);
	}
	if (!ok || count > 0)
		return ok;
	return reconcile_take(r, INT64_MAX, &work, err) &&
	    jobs_replay(run, now_us, work > 0, err) && reconcile_settle(r, err);
}

/* Orders whose documents turned out to be sent get their label. */
static bool
relabel(struct run *run, struct oms_error *err)
{
	struct stage_result res = { 0 };

	return stage_rollup(run, &res, err);
}

static enum exit_code
reconcile(struct run *run, const struct restore_info *info, bool accept,
    reconcile_tell_fn *tell, void *u, struct oms_error *err)
{
	struct reconcile *r = reconcile_new(run->ctx, run, info->ts_us, tell,
	    u);
	size_t unreached = 0;
	int64_t waiting = 0, unknown = 0;

	if (!reconcile_look(r, &unreached, err))
		return exit_code_of(err->code);
	if (unreached > 0)
		return EXIT_TEMPORARY;
	if (!replay_all(run, r, err) || !relabel(run, err) ||
	    !reconcile_end(r, accept, &unknown, &waiting, err))
		return exit_code_of(err->code);
	if (unknown > 0 && !accept)
		return EXIT_FOUND;
	if (!restore_end(run, info, unknown > 0 ? "accepted" : "reconciled",
		err))
		return exit_code_of(err->code);
	return waiting > 0 ? EXIT_UNCERTAIN : EXIT_OK;
}

enum exit_code
jobs_recover(mem_ctx *ctx, const char *home, bool accept,
    reconcile_tell_fn *tell, void *u, struct oms_error *err)
{
	struct run *run = jobs_open(ctx, home, err);
	struct restore_info info = { 0 };
	AUTO_CLOSE int lock = -1;

	if (run == NULL)
		return exit_code_of(err->code);
	lock = jobs_lock(ctx, run->cfg, "recover", err);
	if (lock < 0 || !restore_find(run->db, &info, err) ||
	    !journal_begin(run, err))
		return exit_code_of(err->code);
	return info.restore_id == 0
	    ? EXIT_OK
	    : reconcile(run, &info, accept, tell, u, err);
}
