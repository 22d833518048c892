/* run.c - see run.h. */

#include "jobs/run.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/num.h"
#include "jobs/dry_run.h"
#include "jobs/stages.h"
#include "pipeline/act.h"
#include "pipeline/alert.h"
#include "pipeline/emit.h"
#include "pipeline/feed_type.h"
#include "pipeline/journal.h"
#include "pipeline/seal.h"
#include "pipeline/spool.h"
#include "pipeline/stop.h"
#include "store/stmt.h"

enum { DYING_WAIT_MS = 5000 };

static const struct {
	const char *name;
	const char *what;
} jobs[] = {
	{ "nightly", "all stages, in the order of the data" },
	{ "intake", "collect and ingest: take in what partners sent" },
	{ "confirm", "take in answers, close, write and deliver documents" },
	{ "deliver", "deliver documents that are ready" },
	{ "housekeeping", "tidy folders, check and shrink the database" },
};

/* Local file systems only: kernel locks and WAL need one machine. */
static const long network_fs[] = { 0x6969 /* NFS */, 0x517b /* SMB */,
	(long)0xff534d42 /* CIFS */, (long)0xfe534d42 /* SMB2 */ };

enum exit_code
exit_code_of(enum oms_code code)
{
	switch (code) {
	case OMS_OK: return EXIT_OK;
	case OMS_USAGE:
	case OMS_CONFIG:
	case OMS_SECRET: return EXIT_USAGE;
	case OMS_LOCKED: return EXIT_LOCKED;
	case OMS_AUTH:
	case OMS_HOST_KEY:
	case OMS_ALGORITHM: return EXIT_REFUSED;
	case OMS_STORE_DAMAGED:
	case OMS_JOURNAL:
	case OMS_STORE_VERSION: return EXIT_STORE;
	case OMS_SPACE: return EXIT_SPACE;
	case OMS_UNCERTAIN: return EXIT_UNCERTAIN;
	case OMS_STOPPED: return EXIT_STOPPED;
	case OMS_INTERNAL: return EXIT_INTERNAL;
	default: break;
	}
	switch (oms_code_class(code)) {
	case CLASS_RETRY: return EXIT_TEMPORARY;
	case CLASS_STOP: return EXIT_STORE;
	case CLASS_OPERATOR: return EXIT_REJECTED; /* a person must look */
	default: return EXIT_REJECTED;
	}
}

/* When several apply, the gravest is told: this order. */
static enum exit_code
graver(enum exit_code a, enum exit_code b)
{
	static const enum exit_code order[] = { EXIT_INTERNAL, EXIT_STORE,
		EXIT_SPACE, EXIT_REFUSED, EXIT_UNCERTAIN, EXIT_USAGE,
		EXIT_STOPPED, EXIT_REJECTED, EXIT_TEMPORARY, EXIT_LOCKED };

	for (size_t i = 0; i < COUNT(order); i++)
		if (order[i] == a || order[i] == b)
			return order[i];
	return EXIT_OK;
}

static bool
is_job(const char *name)
{
	for (size_t i = 0; i < COUNT(jobs); i++)
		if (strcmp(jobs[i].name, name) == 0)
			return true;
	return false;
}

bool
jobs_is_known(const char *name)
{
	if (is_job(name))
		return true;
	for (size_t i = 0; i < stage_count; i++)
		if (strcmp(stages[i].name, name) == 0)
			return true;
	return false;
}

void
jobs_each(void (*each)(void *u, const char *name, const char *what), void *u)
{
	char what[160];

	for (size_t i = 0; i < COUNT(jobs); i++)
		each(u, jobs[i].name, jobs[i].what);
	for (size_t i = 0; i < stage_count; i++) {
		if (is_job(stages[i].name))
			continue; /* deliver is both, and one thing */
		snprintf(what, sizeof(what), "stage: %s -> %s", stages[i].takes,
		    stages[i].leaves);
		each(u, stages[i].name, what);
	}
}

/* Is this stage part of the job? */
static bool
is_walked(const struct stage *st, const char *job)
{
	return strcmp(job, "nightly") == 0 || strcmp(job, st->name) == 0 ||
	    (strcmp(job, "intake") == 0 && st->by_intake) ||
	    (strcmp(job, "confirm") == 0 && st->by_confirm) ||
	    (strcmp(job, "deliver") == 0 && st->by_deliver);
}

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

static bool
write_act(const struct run *run, const char *action, const char *before,
    const char *after, struct oms_error *err)
{
	char object[40];
	struct audit_entry e = { .category = "run",
		.action = action,
		.object = object,
		.before = before,
		.after = after };

	snprintf(object, sizeof(object), "run %lld", (long long)run->run_id);
	return act_add(run, &e, err);
}

/* What the audit has of a run that begins: it came after a crash, perhaps. */
static bool
say_begin(struct run *run, const char *job, int64_t crashed,
    struct oms_error *err)
{
	run->actor = mem_printf(run->ctx, "run:%lld", (long long)run->run_id);
	return write_act(run, "begin",
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

static bool
begin_run(struct run *run, const char *job, struct oms_error *err)
{
	if (!db_begin(run->db, err))
		return false;
	if (!insert_run(run, job, err)) {
		db_rollback(run->db);
		return false;
	}
	return db_commit(run->db, "run.begin", err);
}

/* A file in spool/tmp is garbage by definition: we hold the lock. */
static bool
sweep_tmp(struct run *run, struct oms_error *err)
{
	char *dir = mem_printf(run->ctx, "%s/spool/tmp", run->cfg->home);
	DIR *d = opendir(dir);
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
	if (!sweep_tmp(run, err) || !journal_stage(run, JOBS_RENDER, err))
		return false;
	ok = emit_render_pending(run, err);
	journal_stage_end(run);
	return ok && emit_repair_outbox(run, err) &&
	    spool_repair_views(run, err);
}

static bool
set_window(struct run *run, const char *window, struct oms_error *err)
{
	char ts[NUM_TS_BYTES];
	int64_t us;

	if (window == NULL) {
		run->window = mem_strndup(run->ctx,
		    num_format_ts(run->now_us, ts), 10);
		return true;
	}
	if (strlen(window) != 10 || !num_parse_ts(window, &us, err))
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
		rep->exit_code = graver(rep->exit_code,
		    exit_code_of(sr->res.worst));
	if (sr->res.rejected > 0)
		rep->exit_code = graver(rep->exit_code, EXIT_REJECTED);
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

static bool
walk(struct run *run, const char *job, struct run_report *rep,
    struct oms_error *err)
{
	for (size_t i = 0; i < stage_count; i++)
		if (is_walked(&stages[i], job) &&
		    (!may_go_on(run, err) ||
			!run_stage(run, &stages[i], rep, err)))
			return false;
	if (strcmp(job, "housekeeping") == 0 &&
	    (!db_check(run->db, err) || !journal_tidy(run, err)))
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

const char *
jobs_state_name(enum exit_code code)
{
	return code == EXIT_OK || code == EXIT_NOTHING ? "ok"
	    : code == EXIT_REJECTED || code == EXIT_TEMPORARY ||
		code == EXIT_REFUSED || code == EXIT_UNCERTAIN
	    ? "partial"
	    : "failed";
}

static bool
say_end(const struct run *run, const struct run_report *rep,
    struct oms_error *err)
{
	char words[80];

	snprintf(words, sizeof(words), "%s, exit status %d",
	    jobs_state_name(rep->exit_code), (int)rep->exit_code);
	return write_act(run, "end", "", words, err);
}

static bool
end_run(struct run *run, const struct run_report *rep, struct oms_error *err)
{
	struct stmt *s;
	bool ok = db_begin(run->db, err);

	for (size_t i = 0; ok && i < rep->stage_count; i++)
		ok = store_stage(run, &rep->stages[i], i, err);
	s = ok ? stmt_begin(run->db, SQL_RUN_END, err) : NULL;
	if (s != NULL) {
		stmt_text(s, ":state", jobs_state_name(rep->exit_code));
		stmt_int(s, ":ts_us", clock_now_us());
		stmt_int(s, ":exit_code", rep->exit_code);
		stmt_int(s, ":run_id", run->run_id);
		if (stmt_run(s, NULL, err) && say_end(run, rep, err))
			return db_commit(run->db, "run.end", err) &&
			    db_checkpoint(run->db, err);
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

static void
note_failure(struct run_report *rep, const struct oms_error *err)
{
	if (rep->err.code == OMS_OK) /* the first is the cause of the others */
		rep->err = *err;
	rep->exit_code = graver(rep->exit_code, exit_code_of(err->code));
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
run_locked(struct run *run, const struct job_request *req,
    struct run_report *rep)
{
	struct oms_error err = NO_ERROR;

	if (!check_ground(run->cfg, &err) ||
	    (!req->offline &&
		(!journal_attach(run, &err) || !journal_begin(run, &err))) ||
	    !begin_run(run, req->job, &err)) {
		note_failure(rep, &err);
		return;
	}
	rep->run_id = run->run_id;
	if (!recover(run, &err) || !walk(run, req->job, rep, &err))
		note_failure(rep, &err);
	if (rep->exit_code == EXIT_OK && req->fail_on_empty && did_nothing(rep))
		rep->exit_code = EXIT_NOTHING;
	err = NO_ERROR;
	if (!seal_rest(run, &err))
		note_failure(rep, &err);
	err = NO_ERROR;
	if (!end_run(run, rep, &err))
		note_failure(rep, &err);
	act_note_head(run, &rep->head);
	tell_people(run);
}

static struct run *
new_run(mem_ctx *ctx, const char *home, const char *window,
    struct oms_error *err)
{
	struct run *run = mem_new(ctx, struct run);

	run->ctx = run;
	run->now_us = clock_now_us();
	run->actor = "run:0";
	run->cfg = config_load(run, home, err);
	if (run->cfg == NULL || !feed_check_types(run->cfg, err) ||
	    !set_window(run, window, err))
		return NULL;
	return run;
}

enum exit_code
jobs_run(mem_ctx *ctx, const struct job_request *req, struct run_report *ret)
{
	struct oms_error err = NO_ERROR;
	int64_t began_us = clock_mono_us();
	struct run *run;
	int lock = -1;

	*ret = (struct run_report){ .job = req->job };
	if (req->dry_run)
		return dry_run(ctx, req, ret);
	(void)signal(SIGPIPE, SIG_IGN);
	run = new_run(ctx, req->home, req->window, &err);
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
	if (run == NULL || lock < 0 || run->db == NULL) {
		note_failure(ret, &err);
	} else {
		snprintf(ret->window, sizeof(ret->window), "%s", run->window);
		ret->started_ts_us = run->now_us;
		run->progress = req->progress;
		run_locked(run, req, ret);
	}
	if (run != NULL && !run->offline)
		tell_failure(run->cfg, ret);
	mem_free(run);
	if (lock >= 0)
		(void)close(lock);
	ret->took_us = clock_is_fixed() ? 0 : clock_mono_us() - began_us;
	return ret->exit_code;
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
	struct run *run = new_run(ctx, home, NULL, err);

	if (run == NULL)
		return NULL;
	run->actor = jobs_actor(run);
	run->db = db_open(run, home, DB_WRITE, run->cfg->cache_bytes, err);
	return run->db != NULL ? run : NULL;
}

struct run *
jobs_open(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	struct run *run = jobs_open_copy(ctx, home, err);

	if (run == NULL || !journal_attach(run, err))
		return NULL;
	mem_on_free(run, note_head);
	return run;
}
