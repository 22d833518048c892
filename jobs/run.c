/* run.c - see run.h. */

#include "jobs/run.h"

#include <dirent.h>
#include <fcntl.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/num.h"
#include "jobs/dry_run.h"
#include "jobs/metrics.h"
#include "jobs/names.h"
#include "jobs/stages.h"
#include "pipeline/act.h"
#include "pipeline/alert.h"
#include "pipeline/emit.h"
#include "pipeline/feed_type.h"
#include "pipeline/finding.h"
#include "pipeline/journal.h"
#include "pipeline/personal.h"
#include "pipeline/seal.h"
#include "pipeline/spool.h"
#include "pipeline/stop.h"
#include "pipeline/watch.h"
#include "store/stmt.h"

#define US_PER_S INT64_C(1000000)

enum { DYING_WAIT_MS = 5000 };

/* What a run is to do, by its request and its file in jobs/. */
struct plan {
	const struct job *job; /* of jobs/, or no_job */
	const char *words;     /* jobs and stages to run */
	struct schedule schedule;
	bool has_slot;
	struct slot slot;    /* that this run serves */
	int64_t until_us;    /* no stage is begun after it; 0 never */
	int64_t end_mono_us; /* the same by a clock that nobody sets */
};

/* A job without a file: by hand, and its day is the day in UTC. */
static const struct job no_job = { .id = (char[]){ "" },
	.run = (char[]){ "" },
	.partners = (char[]){ "" },
	.zone = (char[]){ "UTC" },
	.at = (char[]){ "" },
	.days = (char[]){ "daily" },
	.cut_off = (char[]){ "00:00" },
	.until = (char[]){ "" } };

/* Local file systems only: kernel locks and WAL need one machine. */
static const long network_fs[] = { 0x6969 /* NFS */, 0x517b /* SMB */,
	(long)0xff534d42 /* CIFS */, (long)0xfe534d42 /* SMB2 */ };

/* ---- start -------------------------------------------------------------- */

static bool
check_ground(const struct config *cfg, struct oms_error *err)
{
	struct statfs fs;
	int64_t free_bytes = fs_free_bytes(cfg->home);

	if (statfs(cfg->home, &fs) < 0)
		return oms_fail_errno(err, OMS_CONFIG, "home %s", cfg->home);
	for (size_t i = 0; i < COUNT(network_fs); i++)
		if ((long)fs.f_type == network_fs[i])
			return oms_fail(err, OMS_CONFIG,
			    "home %s lies on a network file system, where "
			    "locks do not hold: move it to a local disk",
			    cfg->home);
	if (free_bytes >= 0 && free_bytes < cfg->min_free_bytes)
		return oms_fail(err, OMS_SPACE,
		    "%lld bytes are free below %s, min_free is %lld",
		    (long long)free_bytes, cfg->home,
		    (long long)cfg->min_free_bytes);
	return true;
}

/* What the lock file says of its holder: for people, the kernel holds it. */
static char *
holder_of(mem_ctx *ctx, const char *path)
{
	struct oms_error unread = NO_ERROR;
	size_t len = 0;
	char *text = fs_read(ctx, path, 4096, &len, &unread);

	return text != NULL && len > 0 ? text : mem_strdup(ctx, path);
}

/* A killed run's children outlive it by a moment, and its lock with them. */
static bool
is_dying(const char *holder)
{
	const char *p = strstr(holder, ", process ");
	long pid = 0;

	return p != NULL && sscanf(p, ", process %ld", &pid) == 1 && pid > 0 &&
	    kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static int
take_lock(mem_ctx *ctx, const struct config *cfg, const struct job_request *req,
    struct oms_error *err)
{
	char *path = mem_printf(ctx, "%s/locks/run.lock", cfg->home);
	int fd = fs_lock(path, req->wait_ms, err);
	char text[120], ts[NUM_TS_BYTES];
	char *holder;
	int n;

	if (fd < 0 && err->code == OMS_LOCKED) {
		holder = holder_of(ctx, path);
		*err = NO_ERROR;
		fd = fs_lock(path, is_dying(holder) ? DYING_WAIT_MS : 0, err);
		if (fd < 0 && err->code == OMS_LOCKED)
			oms_fail(err, OMS_LOCKED, "another run is at work: %s",
			    holder);
	}
	if (fd < 0)
		return -1;
	n = snprintf(text, sizeof(text), "job %s, process %ld, since %s",
	    req->job, (long)getpid(), num_format_ts(clock_now_us(), ts));
	if (ftruncate(fd, 0) < 0 || write(fd, text, (size_t)n) < 0)
		log_event(LOG_DEBUG_, "run", "event=lock_text_failed");
	return fd;
}

/* What the audit has of a run that begins: it came after a crash, perhaps. */
static bool
say_begin(struct run *run, const char *job, int64_t crashed,
    struct oms_error *err)
{
	run->actor = mem_printf(run->ctx, "run:%lld", (long long)run->run_id);
	return act_on(run, "run", run->run_id, "begin",
		   crashed > 0 ? "the run before it crashed" : "",
		   mem_printf(run->ctx,
		       "job %s by %s, oms %s, configuration %s", job,
		       jobs_actor(run->ctx), OMS_VERSION, run->cfg->sha256),
		   err) &&
	    act_on_config(run, err);
}

static bool
insert_run(struct run *run, const char *job, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_RUN_MARK_CRASHED, err);
	int64_t crashed;

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	if (!stmt_run(s, &crashed, err) ||
	    !db_next(run->db, "run", &run->run_id, err))
		return false;
	s = stmt_begin(run->db, SQL_RUN_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":run_id", run->run_id);
	stmt_text(s, ":job", job);
	stmt_text(s, ":window", run->window);
	stmt_int(s, ":pid", clock_is_fixed() ? 0 : getpid());
	stmt_text(s, ":version", OMS_VERSION);
	stmt_text(s, ":config_sha256", run->cfg->sha256);
	stmt_int(s, ":ts_us", run->now_us);
	return stmt_run(s, NULL, err) && say_begin(run, job, crashed, err);
}

/* The last slot of the business date served that nobody has served yet. */
static bool
find_slot(struct run *run, struct plan *plan, struct oms_error *err)
{
	struct slot slot = { .due_us = run->now_us + 1 };
	char state[16] = "";

	for (int i = 0; i < SCHEDULE_DUE_MAX &&
	     schedule_prev(&plan->schedule, slot.due_us - 1, &slot);
	     i++) {
		if (strcmp(slot.date, run->window) != 0)
			continue;
		if (!schedule_state(run->db, plan->job, &slot, state, err))
			return false;
		if (strcmp(state, "done") == 0 || strcmp(state, "partial") == 0)
			continue;
		plan->has_slot = true;
		plan->slot = slot;
		return true;
	}
	return true;
}

/* Somebody else may have served it while we waited for the lock. */
static bool
was_served(struct run *run, const struct plan *plan, bool *ret,
    struct oms_error *err)
{
	char state[16] = "";

	if (!schedule_state(run->db, plan->job, &plan->slot, state, err))
		return false;
	*ret = state[0] != '\0' && strcmp(state, "due") != 0;
	return true;
}

static bool
begin_slot(struct run *run, const struct plan *plan, struct oms_error *err)
{
	struct stmt *s;

	if (!plan->has_slot)
		return true;
	s = stmt_begin(run->db, SQL_WINDOW_BEGIN, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":job", plan->job->id);
	stmt_text(s, ":business_date", plan->slot.date);
	stmt_text(s, ":at", plan->slot.at);
	stmt_text(s, ":zone", plan->job->zone);
	stmt_int(s, ":due_ts_us", plan->slot.due_us);
	stmt_int(s, ":run_id", run->run_id);
	return stmt_run(s, NULL, err);
}

/* The slots of runs that died are due again; then ours is taken. */
static bool
take_slot(struct run *run, const struct job_request *req, struct plan *plan,
    bool *ret_done, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_WINDOW_CRASHED, err);

	*ret_done = false;
	if (s == NULL || !stmt_run(s, NULL, err))
		return false;
	if (req->slot == NULL)
		return find_slot(run, plan, err);
	plan->has_slot = true;
	plan->slot = *req->slot;
	return was_served(run, plan, ret_done, err);
}

/* *ret_done: the slot was served already, and no run is begun. */
static bool
begin_run(struct run *run, const struct job_request *req, struct plan *plan,
    bool *ret_done, struct oms_error *err)
{
	if (!db_begin(run->db, err))
		return false;
	if (!take_slot(run, req, plan, ret_done, err) || *ret_done ||
	    !insert_run(run, req->job, err) || !begin_slot(run, plan, err)) {
		db_rollback(run->db);
		return *ret_done;
	}
	return db_commit(run->db, "run.begin", err);
}

/* A file in spool/tmp is garbage by definition: we hold the lock. */
static bool
sweep_tmp(struct run *run, struct oms_error *err)
{
	char *dir = mem_printf(run->ctx, "%s/spool/tmp", run->cfg->home);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL; /* a link leads to others' */
	struct dirent *e;
	bool ok = true;

	if (d == NULL)
		return oms_fail_errno(err, OMS_CONFIG, "folder %s", dir);
	while (ok && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && e->d_type == DT_REG)
			ok = fs_remove(fs_path(run->ctx, dir, e->d_name), err);
	(void)closedir(d);
	return ok;
}

/* What a crashed run left half done is finished before anything new. */
static bool
recover(struct run *run, struct oms_error *err)
{
	bool ok;

	dry_run_sweep(run->ctx, run->cfg->home);
	if (!sweep_tmp(run, err) || !personal_finish(run, err) ||
	    !journal_stage(run, JOBS_RENDER, err))
		return false;
	ok = emit_render_pending(run, err);
	journal_stage_end(run);
	return ok && emit_repair_outbox(run, err) &&
	    spool_repair_views(run, err);
}

static bool
set_window(struct run *run, const struct schedule *s, const char *window,
    struct oms_error *err)
{
	char date[ZONE_DATE_BYTES];
	int64_t day;

	if (window == NULL) {
		schedule_date(s, run->now_us, date);
		run->window = mem_strdup(run->ctx, date);
		return true;
	}
	if (!zone_parse_day(window, &day, err))
		return oms_fail(err, OMS_USAGE,
		    "--window \"%.40s\" is not a date like 2026-03-28", window);
	run->window = window;
	return true;
}

/* ---- the walk ----------------------------------------------------------- */

static bool
run_stage(struct run *run, const struct stage *st, struct run_report *rep,
    struct oms_error *err)
{
	struct stage_report *sr = &rep->stages[rep->stage_count++];
	int64_t began_us = clock_mono_us(), took_us;
	bool ok;

	*sr = (struct stage_report){ .stage = st->name };
	if (run->progress)
		fprintf(stderr, "\r\033[K%s ...", st->name);
	ok = (!st->is_remade || journal_stage(run, st->name, err)) &&
	    st->fn(run, &sr->res, err);
	db_rollback(run->db); /* whatever a failed stage left open */
	journal_stage_end(run);
	took_us = clock_mono_us() - began_us;
	sr->took_us = clock_is_fixed() ? 0 : took_us;
	if (run->progress)
		fprintf(stderr, "\r\033[K");
	log_event(LOG_INFO_, st->name,
	    "event=stage done=%lld rejected=%lld held=%lld waiting=%lld "
	    "took_ms=%lld",
	    (long long)sr->res.done, (long long)sr->res.rejected,
	    (long long)sr->res.held, (long long)sr->res.waiting,
	    (long long)(took_us / 1000));
	if (sr->res.worst != OMS_OK)
		rep->exit_code = jobs_graver(rep->exit_code,
		    exit_code_of(sr->res.worst));
	if (sr->res.rejected > 0)
		rep->exit_code = jobs_graver(rep->exit_code, EXIT_REJECTED);
	if (!ok)
		oms_context(err, "stage %s", st->name);
	return ok;
}

/* Did a person stop the home?  Then nothing more is begun. */
static bool
may_go_on(const struct run *run, struct oms_error *err)
{
	char *why;

	if (run->offline || !stop_is_set(run->cfg->home, NULL))
		return true;
	why = stop_why(run->ctx, run->cfg->home, NULL);
	return oms_fail(err, OMS_STOPPED, "this home is stopped: %s", why);
}

/* What is left when the time is up waits for the next run. */
static bool
is_in_time(const struct plan *plan, const char *stage, struct oms_error *err)
{
	char ts[NUM_TS_BYTES];

	if (plan->until_us != 0 && clock_now_us() >= plan->until_us)
		return oms_fail(err, OMS_TIME_UP,
		    "no stage is begun after %s; %s and what follows wait for "
		    "the next run",
		    num_format_ts(plan->until_us, ts), stage);
	if (plan->end_mono_us != 0 && clock_mono_us() >= plan->end_mono_us)
		return oms_fail(err, OMS_TIME_UP,
		    "the run took as long as max_duration allows; %s and what "
		    "follows wait for the next run",
		    stage);
	return true;
}

static bool
walk(struct run *run, const struct plan *plan, struct run_report *rep,
    struct oms_error *err)
{
	for (size_t i = 0; i < stage_count; i++)
		if (jobs_walk(&stages[i], plan->words) &&
		    (!may_go_on(run, err) ||
			!is_in_time(plan, stages[i].name, err) ||
			!run_stage(run, &stages[i], rep, err)))
			return false;
	if (jobs_has_word(plan->words, "housekeeping") &&
	    (!db_check(run->db, err) || !db_check_schema(run->db, err) ||
		!journal_tidy(run, err)))
		return false;
	return spool_repair_views(run, err);
}

/* ---- the end ------------------------------------------------------------ */

static bool
store_stage(struct run *run, const struct stage_report *sr, size_t seq,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_RUN_STAGE_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":run_id", run->run_id);
	stmt_int(s, ":seq", (int64_t)seq + 1);
	stmt_text(s, ":stage", sr->stage);
	stmt_int(s, ":done", sr->res.done);
	stmt_int(s, ":rejected", sr->res.rejected);
	stmt_int(s, ":held", sr->res.held);
	stmt_int(s, ":waiting", sr->res.waiting);
	stmt_int(s, ":took_us", sr->took_us);
	stmt_text(s, ":note", sr->res.note);
	return stmt_run(s, NULL, err);
}

static void
note_failure(struct run_report *rep, const struct oms_error *err)
{
	if (rep->err.code == OMS_OK) /* the first is the cause of the others */
		rep->err = *err;
	rep->exit_code = jobs_ends_early(rep->exit_code,
	    exit_code_of(err->code));
}

/* ---- what the run looks at when its work is done ------------------------ */

struct keeping {
	struct run *run;
	struct run_report *rep;
};

static void
keep_difference(void *u, const char *object, const char *text)
{
	struct keeping *k = u;
	struct run_report *rep = k->rep;

	rep->differences[rep->difference_count++] = (struct difference){
		mem_strdup(rep->differences, object),
		mem_strdup(rep->differences, text)
	};
}

static bool
reconcile(struct run *run, mem_ctx *ctx, struct run_report *rep,
    struct oms_error *err)
{
	const struct ledger_scope mine = { .run_ts_us = run->now_us,
		.run_id = run->run_id,
		.night = "" };
	const struct ledger_scope everything = { .night = "",
		.everything = true };
	struct keeping k = { run, rep };
	const struct ledger_reader keep = { .difference = keep_difference,
		.u = &k };
	struct ledger_sum ignored = { 0 };
	size_t found;
	bool had;

	rep->differences = mem_array(ctx, struct difference, LEDGER_TOLD_MAX);
	if (!ledger_read(run, &mine, &keep, &rep->ledger, &found, err) ||
	    !finding_is_open(run, OMS_LEDGER, "", &had, err))
		return false;
	if (!had) /* else it is all looked at again */
		return true;
	rep->difference_count = 0;
	return ledger_read(run, &everything, &keep, &ignored, &found, err);
}

static bool
raise_differences(struct run *run, const struct run_report *rep,
    struct oms_error *err)
{
	for (size_t i = 0; i < rep->difference_count; i++) {
		const struct difference *d = &rep->differences[i];

		if (!finding_raise(run,
			&(struct finding){ OMS_LEDGER, d->object, "", d->text },
			err))
			return false;
	}
	return finding_settle(run, OMS_LEDGER, err);
}

/* Watching must not keep a run from being recorded. */
static bool
watch(struct run *run, struct run_report *rep, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	if (!db_save(run->db, err))
		return false;
	if (watch_all(run, &why) && schedule_watch(run, &why) &&
	    raise_differences(run, rep, &why))
		return db_keep(run->db, err);
	if (oms_code_class(why.code) == CLASS_STOP) {
		*err = why;
		return false;
	}
	oms_context(&why, "watch the data");
	note_failure(rep, &why);
	return db_undo(run->db, err);
}

/* A run that did all it could has served its slot; one that failed has not. */
static bool
end_slot(struct run *run, enum exit_code code, struct oms_error *err)
{
	const char *state = jobs_state_name(code);
	struct stmt *s = stmt_begin(run->db, SQL_WINDOW_END, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":state",
	    strcmp(state, "ok") == 0            ? "done"
		: strcmp(state, "partial") == 0 ? "partial"
						: "due");
	stmt_int(s, ":run_id", run->run_id);
	return stmt_run(s, NULL, err);
}

static bool
say_end(const struct run *run, const struct run_report *rep,
    struct oms_error *err)
{
	char words[80];

	snprintf(words, sizeof(words), "%s, exit status %d",
	    jobs_state_name(rep->exit_code), (int)rep->exit_code);
	return act_on(run, "run", run->run_id, "end", "", words, err);
}

static bool
end_run(struct run *run, struct run_report *rep, struct oms_error *err)
{
	struct stmt *s;
	bool ok = db_begin(run->db, err);

	for (size_t i = 0; ok && i < rep->stage_count; i++)
		ok = store_stage(run, &rep->stages[i], i, err);
	ok = ok && watch(run, rep, err) && end_slot(run, rep->exit_code, err);
	s = ok ? stmt_begin(run->db, SQL_RUN_END, err) : NULL;
	if (s != NULL) {
		stmt_text(s, ":state", jobs_state_name(rep->exit_code));
		stmt_int(s, ":ts_us", clock_now_us());
		stmt_int(s, ":exit_code", rep->exit_code);
		stmt_int(s, ":run_id", run->run_id);
		if (stmt_run(s, NULL, err) && say_end(run, rep, err))
			return db_commit(run->db, "run.end", err);
	}
	db_rollback(run->db);
	return false;
}

static bool
did_nothing(const struct run_report *rep)
{
	for (size_t i = 0; i < rep->stage_count; i++)
		if (rep->stages[i].res.done > 0 ||
		    rep->stages[i].res.rejected > 0)
			return false;
	return true;
}

/* Telling people never fails a run: what could not be sent is due again. */
static void
tell_people(struct run *run)
{
	struct oms_error err = NO_ERROR;
	size_t failed = 0;

	if (run->offline || !alert_has_channel(run->cfg))
		return;
	if (!alert_make(run, &err) || !alert_send(run, &failed, &err))
		log_error("alert", &err);
}

/* A run that did not begin has no row to be told from. */
static void
tell_failure(const struct config *cfg, const struct run_report *rep)
{
	if (rep->run_id == 0 && rep->err.code != OMS_OK &&
	    rep->err.code != OMS_LOCKED && rep->err.code != OMS_STOPPED)
		alert_failure(cfg, rep->job, &rep->err);
}

/* Everything that happens while we hold the lock. */
static void
run_locked(struct run *run, mem_ctx *ctx, const struct job_request *req,
    struct plan *plan, struct run_report *rep)
{
	struct oms_error err = NO_ERROR;

	if (!check_ground(run->cfg, &err) ||
	    (!req->offline &&
		(!journal_attach(run, &err) || !journal_begin(run, &err))) ||
	    !begin_run(run, req, plan, &rep->was_done, &err)) {
		note_failure(rep, &err);
		return;
	}
	if (rep->was_done)
		return;
	rep->run_id = run->run_id;
	if (!recover(run, &err) || !walk(run, plan, rep, &err))
		note_failure(rep, &err);
	err = NO_ERROR;
	if (!reconcile(run, ctx, rep, &err))
		note_failure(rep, &err);
	if (rep->difference_count > 0)
		rep->exit_code = jobs_graver(rep->exit_code, EXIT_FOUND);
	if (rep->exit_code == EXIT_OK && req->fail_on_empty && did_nothing(rep))
		rep->exit_code = EXIT_NOTHING;
	err = NO_ERROR;
	if (!seal_rest(run, &err))
		note_failure(rep, &err);
	err = NO_ERROR;
	if (!end_run(run, rep, &err))
		note_failure(rep, &err);
	else
		metrics_leave(run);
	act_note_head(run, &rep->head);
	tell_people(run);
	err = NO_ERROR;
	if (!db_checkpoint(run->db, &err))
		note_failure(rep, &err);
}

/* What the job's file says; the command line goes before it. */
static bool
make_plan(struct run *run, const struct job_request *req, struct plan *plan,
    struct oms_error *err)
{
	const struct job *j = config_job(run->cfg, req->job);
	const char *until = req->until;
	int64_t duration_s = req->max_duration_s;

	if (j == NULL && !jobs_is_known(NULL, req->job))
		return oms_fail(err, OMS_USAGE, "no job or stage \"%.40s\"",
		    req->job);
	*plan = (struct plan){ .job = j != NULL ? j : &no_job };
	plan->words = j != NULL ? jobs_words_of(j) : req->job;
	run->partners = plan->job->partners;
	if (!schedule_open(run->ctx, plan->job, &plan->schedule, err))
		return false;
	if (until == NULL && plan->job->until[0] != '\0')
		until = plan->job->until;
	if (until != NULL &&
	    !schedule_until(&plan->schedule, until, run->now_us,
		&plan->until_us, err))
		return false;
	if (duration_s == 0)
		duration_s = plan->job->max_duration_s;
	if (duration_s > 0)
		plan->end_mono_us = clock_mono_us() + duration_s * US_PER_S;
	return set_window(run, &plan->schedule, req->window, err);
}

static struct run *
new_run(mem_ctx *ctx, const struct job_request *req, struct plan *plan,
    struct oms_error *err)
{
	struct run *run = mem_new(ctx, struct run);

	run->ctx = run;
	/* As the names of its documents have it: recover does it again by them. */
	run->now_us = clock_now_us() / US_PER_S * US_PER_S;
	run->actor = "run:0";
	run->cfg = config_load(run, req->home, err);
	if (run->cfg == NULL || !feed_check_types(run->cfg, err) ||
	    !jobs_check(run->cfg, err) || !make_plan(run, req, plan, err))
		return NULL;
	return run;
}

enum exit_code
jobs_run(mem_ctx *ctx, const struct job_request *req, struct run_report *ret)
{
	struct oms_error err = NO_ERROR;
	int64_t began_us = clock_mono_us();
	struct plan plan = { .job = &no_job };
	struct run *run;
	int lock = -1;

	*ret = (struct run_report){ .job = req->job };
	if (req->dry_run)
		return dry_run(ctx, req, ret);
	(void)signal(SIGPIPE, SIG_IGN);
	run = new_run(ctx, req, &plan, &err);
	if (run != NULL) {
		run->offline = req->offline;
		if (!may_go_on(run, &err))
			run = NULL; /* its context is freed with ctx */
	}
	if (run != NULL)
		lock = take_lock(run, run->cfg, req, &err);
	if (lock >= 0)
		run->db = db_open(run, req->home, DB_WRITE,
		    run->cfg->cache_bytes, &err);
	if (run == NULL || lock < 0 || run->db == NULL ||
	    !personal_open(run, &err)) {
		note_failure(ret, &err);
	} else {
		snprintf(ret->window, sizeof(ret->window), "%s", run->window);
		ret->started_ts_us = run->now_us;
		run->progress = req->progress;
		run_locked(run, ctx, req, &plan, ret);
	}
	if (run != NULL && !run->offline)
		tell_failure(run->cfg, ret);
	mem_free(run);
	if (lock >= 0)
		(void)close(lock);
	ret->took_us = clock_is_fixed() ? 0 : clock_mono_us() - began_us;
	return ret->exit_code;
}

static void
close_lock(void *p)
{
	int fd = *(int *)p;

	if (fd >= 0)
		(void)close(fd);
}

char *
jobs_actor(mem_ctx *ctx)
{
	const struct passwd *pw = getpwuid(getuid());

	return pw != NULL ? mem_strdup(ctx, pw->pw_name)
			  : mem_printf(ctx, "uid:%ld", (long)getuid());
}

/* A command that changed something leaves its witness, too. */
static void
note_head(void *p)
{
	const struct run *run = p;
	struct audit_head head;

	db_rollback(run->db);
	act_note_head(run, &head);
}

struct run *
jobs_open_copy(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	const struct job_request by_hand = { .home = home, .job = "nightly" };
	struct plan plan = { .job = &no_job };
	struct run *run = new_run(ctx, &by_hand, &plan, err);

	if (run == NULL)
		return NULL;
	run->actor = jobs_actor(run);
	run->db = db_open(run, home, DB_WRITE, run->cfg->cache_bytes, err);
	return run->db != NULL && personal_open(run, err) ? run : NULL;
}

static struct run *
open_home(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	struct run *run = jobs_open_copy(ctx, home, err);

	if (run == NULL || !journal_attach(run, err))
		return NULL;
	mem_on_free(run, note_head);
	return run;
}

int
jobs_lock(mem_ctx *ctx, const struct config *cfg, const char *job,
    struct oms_error *err)
{
	struct job_request req = { .home = cfg->home, .job = job };

	return take_lock(ctx, cfg, &req, err);
}

static bool
meets_partners(const struct stage *st)
{
	return st->fn == stage_collect || st->fn == stage_deliver;
}

static bool
replay(struct run *run, mem_ctx *ctx, struct plan *plan, bool with_stages,
    struct run_report *rep, struct oms_error *err)
{
	const struct job_request req = { .job = rep->job };
	bool done, ok;

	ok = begin_run(run, &req, plan, &done, err) && recover(run, err);

	for (size_t i = 0; ok && with_stages && i < stage_count; i++)
		if (!meets_partners(&stages[i]))
			ok = run_stage(run, &stages[i], rep, err);
	return ok && reconcile(run, ctx, rep, err) && end_run(run, rep, err);
}

bool
jobs_replay(struct run *run, int64_t ts_us, bool with_stages,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "replay");
	struct run_report rep = { .job = "recover" };
	struct plan plan = { .job = &no_job }; /* it serves no window */
	struct run before = *run;
	bool ok;

	run->now_us = ts_us;
	ok = schedule_open(ctx, plan.job, &plan.schedule, err) &&
	    set_window(run, &plan.schedule, NULL, err) &&
	    replay(run, ctx, &plan, with_stages, &rep, err);
	*run = before;
	mem_free(ctx);
	return ok;
}

struct run *
jobs_open(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	struct run *run = open_home(ctx, home, err);

	return run != NULL && personal_is_settled(run, err) ? run : NULL;
}

struct run *
jobs_open_alone(mem_ctx *ctx, const char *home, const char *what,
    struct oms_error *err)
{
	struct job_request req = { .home = home, .job = what };
	struct run *run = open_home(ctx, home, err);
	int *lock;

	if (run == NULL)
		return NULL;
	lock = mem_new(run, int);
	*lock = take_lock(run, run->cfg, &req, err);
	mem_on_free(lock, close_lock);
	return *lock >= 0 ? run : NULL;
}
