/* recover.c - see recover.h. */

#include "jobs/recover.h"

#include "base/scope.h"

/* Forgotten runs are done again one by one; each is settled before the next. */
static bool
replay_all(struct run *run, struct reconcile *r, struct oms_error *err)
{
	size_t count;
	const int64_t *ts_us = reconcile_times(r, &count);
	int64_t now_us = run->now_us, work = 0;

	if (count > 0)
		run->now_us = ts_us[0]; /* it came then, as far as we know */
	if (!reconcile_take(r, &work, err))
		return false;
	run->now_us = now_us;
	for (size_t i = 0; i < count; i++)
		if (!jobs_replay(run, ts_us[i], true, err) ||
		    !reconcile_settle(r, err))
			return false;
	return count > 0 ||
	    (jobs_replay(run, now_us, work > 0, err) &&
		reconcile_settle(r, err));
}

/* Orders whose documents turned out to be sent get their label. */
static bool
relabel(struct run *run, struct oms_error *err)
{
	struct stage_result res = { 0 };

	return stage_rollup(run, &res, err);
}

static enum exit_code
reconcile(struct run *run, const struct restore_info *info,
    reconcile_tell_fn *tell, void *u, struct oms_error *err)
{
	struct reconcile *r = reconcile_new(run->ctx, run, tell, u);
	size_t unreached = 0;
	int64_t waiting = 0;

	if (!reconcile_look(r, &unreached, err))
		return exit_code_of(err->code);
	if (unreached > 0)
		return EXIT_TEMPORARY;
	if (!replay_all(run, r, err) || !relabel(run, err) ||
	    !reconcile_end(r, &waiting, err) ||
	    !restore_end(run, info, "reconciled", err))
		return exit_code_of(err->code);
	return waiting > 0 ? EXIT_UNCERTAIN : EXIT_OK;
}

enum exit_code
jobs_recover(mem_ctx *ctx, const char *home, reconcile_tell_fn *tell, void *u,
    struct oms_error *err)
{
	struct run *run = jobs_open(ctx, home, err);
	struct restore_info info = { 0 };
	AUTO_CLOSE int lock = -1;

	if (run == NULL)
		return exit_code_of(err->code);
	lock = jobs_lock(ctx, run->cfg, "recover", err);
	if (lock < 0 || !restore_find(run->db, &info, err))
		return exit_code_of(err->code);
	return info.restore_id == 0 ? EXIT_OK
				    : reconcile(run, &info, tell, u, err);
}
