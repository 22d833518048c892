/*
 * ingest.c - read every new file, in a child that may die of it.
 *
 * One child reads file after file and tells the parent, through a pipe, which
 * one it begins and what came of it.  When the child dies, the file it was at
 * gets one more crash on its account and a new child goes on; a file that
 * killed three is poison.
 */

#include "pipeline/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/act.h"
#include "pipeline/feed_type.h"
#include "pipeline/journal.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum { CRASHES_MAX = 3, RANK_MAX = 5, NAME_SHOWN_BYTES = 200 };

/* What the child tells: it begins a file, or it is through with one. */
struct message {
	int64_t file_id;
	bool begins;
	bool failed;             /* err says why the child stopped */
	struct stage_result res; /* of all files so far */
	struct oms_error err;
};

bool
ingest_progress(struct run *run, const struct file_row *file,
    int64_t next_record, int64_t next_offset, int64_t next_line,
    int64_t applied, int64_t duplicates, int64_t rejected,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_PROGRESS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":next_record", next_record);
	stmt_int(s, ":next_offset", next_offset);
	stmt_int(s, ":next_line", next_line);
	stmt_int(s, ":records", applied + duplicates + rejected);
	stmt_int(s, ":applied", applied);
	stmt_int(s, ":duplicates", duplicates);
	stmt_int(s, ":rejected", rejected);
	stmt_int(s, ":file_id", file->file_id);
	return stmt_run(s, NULL, err);
}

/* What became of the file, and of which bytes. */
static bool
write_act(struct run *run, const struct file_row *file, const char *state,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "act");
	struct audit_entry e = { .category = "file",
		.action = state,
		.object = mem_printf(row, "file %lld",
		    (long long)file->file_id),
		.before = mem_printf(row, "%s/%s, %s, sha256 %s", file->partner,
		    str_show(row, file->name, NAME_SHOWN_BYTES), file->type,
		    file->sha256) };
	struct stmt *s = stmt_begin(run->db, SQL_FILE_COUNTS, err);
	bool ok = false;

	if (s != NULL) {
		stmt_int(s, ":file_id", file->file_id);
		if (stmt_one(s, err))
			e.after = mem_printf(row,
			    "applied %lld, known %lld, rejected %lld",
			    (long long)col_int(s, 0), (long long)col_int(s, 1),
			    (long long)col_int(s, 2));
		stmt_end(s);
		ok = err->code == OMS_OK && act_add(run, &e, err);
	}
	mem_free(row);
	return ok;
}

static bool
set_state(struct run *run, const struct file_row *file, const char *state,
    const char *code, struct oms_error *err)
{
	struct stmt *s;

	if (!write_act(run, file, state, err))
		return false;
	s = stmt_begin(run->db, SQL_FILE_FINISH, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":state", state);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":code", code);
	stmt_int(s, ":file_id", file->file_id);
	return stmt_run(s, NULL, err);
}

/* The dead letters that this file repaired are done with. */
static bool
resolve_dead(struct run *run, int64_t file_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_PARENT, err);
	int64_t parent_dead_id;

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	parent_dead_id = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	if (err->code != OMS_OK)
		return false;
	s = stmt_begin(run->db, SQL_DEAD_RESOLVE_FILE, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":resolution", "retried");
	stmt_int(s, ":parent_dead_id", parent_dead_id);
	stmt_int(s, ":file_id", file_id);
	return stmt_run(s, NULL, err);
}

bool
ingest_finish(struct run *run, const struct file_row *file,
    struct oms_error *err)
{
	return set_state(run, file, "ingested", "", err) &&
	    resolve_dead(run, file->file_id, err) &&
	    dead_resolve_same_name(run, file->file_id, file->partner,
		file->name, file->type, file->sha256, err);
}

static const char *
extension_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL ? dot : "";
}

/* In front of the line, unless a reader has named it already. */
static void
name_file(struct run *run, const struct file_row *file, struct oms_error *why)
{
	mem_ctx *row = mem_ctx_new(run->ctx, "row");
	char *name = mem_printf(row, "%s/%s", file->partner,
	    str_show(row, file->name, NAME_SHOWN_BYTES));

	if (strncmp(why->where, name, strlen(name)) != 0)
		oms_at(why, "%s", name);
	mem_free(row);
}

bool
ingest_kill_file(struct run *run, const struct file_row *file,
    const struct oms_error *why, struct oms_error *err)
{
	struct dead_letter d = { .kind = "file",
		.partner = file->partner,
		.feed = file->feed,
		.file_name = file->name,
		.file_id = file->file_id,
		.key = "",
		.stage = "ingest",
		.ext = extension_of(file->name),
		.sha256 = file->sha256 };
	struct oms_error placed = *why;

	if (!db_begin(run->db, err))
		return false;
	name_file(run, file, &placed);
	if (set_state(run, file, "dead", oms_code_name(why->code), err) &&
	    dead_add(run, &d, &placed, err))
		return db_commit(run->db, "ingest.dead", err);
	db_rollback(run->db);
	return false;
}

bool
ingest_end(struct run *run, const struct file_row *file, bool ok,
    const struct oms_error *why, enum oms_code worst, struct stage_result *res,
    struct oms_error *err)
{
	if (!ok && why != NULL) {
		*err = NO_ERROR;
		res->rejected++;
		worst = why->code;
		ok = ingest_kill_file(run, file, why, err);
	}
	if (worst != OMS_OK)
		res->worst = worst;
	return ok;
}

/* ---- the child ---------------------------------------------------------- */

static int64_t
max_rejects_of(const struct run *run, const char *partner, const char *feed)
{
	const struct partner *p = config_partner(run->cfg, partner);

	for (size_t i = 0; p != NULL && i < p->feed_count; i++)
		if (strcmp(p->feeds[i].name, feed) == 0)
			return p->feeds[i].max_rejects;
	return -1;
}

static struct file_row *
load_file(struct run *run, mem_ctx *ctx, int64_t file_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_BY_ID, err);
	struct file_row *f = mem_new(ctx, struct file_row);

	if (s == NULL)
		return NULL;
	stmt_int(s, ":file_id", file_id);
	if (!stmt_one(s, err)) {
		if (err->code == OMS_OK)
			oms_fail(err, OMS_INTERNAL, "file %lld is gone",
			    (long long)file_id);
		return NULL;
	}
	f->file_id = file_id;
	f->partner = col_dup(s, 1, f);
	f->feed = col_dup(s, 2, f);
	f->type = col_dup(s, 3, f);
	f->name = col_dup(s, 4, f);
	f->sha256 = col_dup(s, 5, f);
	f->size_bytes = col_int(s, 6);
	f->next_record = col_int(s, 7);
	f->next_offset = col_int(s, 8);
	f->next_line = col_int(s, 9);
	stmt_end(s);
	f->path = spool_blob(run, f, f->sha256);
	f->max_rejects = max_rejects_of(run, f->partner, f->feed);
	return f;
}

/* The next file of that type after an id; 0 when there is none. */
static bool
next_file(struct run *run, const char *type, int64_t after, int64_t *ret_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_NEXT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":type", type);
	stmt_int(s, ":after", after);
	*ret_id = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

static void
tell(int fd, const struct message *m)
{
	if (write(fd, m, sizeof(*m)) != (ssize_t)sizeof(*m))
		_exit(1); /* the parent is gone */
}

static bool
read_file(struct run *run, const struct feed_type *type, int64_t file_id,
    int fd, struct message *m)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "file");
	struct file_row *file;
	bool ok;

	*m = (struct message){ .file_id = file_id,
		.begins = true,
		.res = m->res };
	tell(fd, m);
	file = load_file(run, ctx, file_id, &m->err);
	ok = file != NULL && type->ingest(run, file, &m->res, &m->err);
	if (!ok && file != NULL)
		oms_at(&m->err, "%s/%s", file->partner, file->name);
	db_rollback(run->db);
	m->begins = false;
	m->failed = !ok;
	tell(fd, m);
	mem_free(ctx);
	return ok;
}

/*
 * Behind the file that cannot be read now, those of its kind wait, too: what
 * is newer must not be made old news by being read first.
 */
static bool
must_wait(struct run *run, const struct file_row *skipped, int64_t file_id,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "file");
	const struct file_row *f = file_id < skipped->file_id
	    ? NULL
	    : load_file(run, ctx, file_id, err);
	bool waits = f != NULL && strcmp(f->partner, skipped->partner) == 0 &&
	    strcmp(f->type, skipped->type) == 0;

	mem_free(ctx);
	return waits;
}

static bool
read_rank(struct run *run, int rank, const struct file_row *skipped, int fd,
    struct message *m)
{
	for (size_t i = 0; i < feed_type_count; i++) {
		const struct feed_type *type = &feed_types[i];
		int64_t file_id = 0;

		if (type->direction != FEED_IN || type->rank != rank)
			continue;
		while (next_file(run, type->name, file_id, &file_id, &m->err) &&
		    file_id != 0)
			if ((skipped == NULL ||
				!must_wait(run, skipped, file_id, &m->err)) &&
			    (m->err.code != OMS_OK ||
				!read_file(run, type, file_id, fd, m)))
				return false;
		if (m->err.code != OMS_OK)
			return false;
	}
	return true;
}

/* A file that bloats or loops the parser costs this process only. */
static void
limit_child(const struct config *cfg, pid_t parent)
{
	struct rlimit cpu = { (rlim_t)cfg->child_cpu_s,
		(rlim_t)cfg->child_cpu_s + 5 };
	struct rlimit core = { 0, 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)setrlimit(RLIMIT_CPU, &cpu);
	(void)setrlimit(RLIMIT_CORE, &core);
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory is terabytes wide */
	struct rlimit memory = { (rlim_t)cfg->child_memory_bytes,
		(rlim_t)cfg->child_memory_bytes };

	(void)setrlimit(RLIMIT_AS, &memory);
#endif
}

static void
child_main(const struct run *parent_run, int64_t skip, int fd, pid_t parent)
{
	struct run run = *parent_run;
	struct message m = { .err = NO_ERROR };
	const struct file_row *skipped = NULL;
	bool ok;

	limit_child(run.cfg, parent);
	run.ctx = mem_ctx_new(NULL, "child");
	run.db = db_open(run.ctx, run.cfg->home, DB_WRITE, run.cfg->cache_bytes,
	    &m.err);
	ok = run.db != NULL;
	if (ok) {
		db_use_ring(run.db, run.cfg->ring);
		db_watch_as(run.db, parent_run->db);
	}
	if (ok && skip != 0) {
		skipped = load_file(&run, run.ctx, skip, &m.err);
		ok = skipped != NULL;
	}
	for (int rank = 1; ok && rank <= RANK_MAX; rank++)
		ok = read_rank(&run, rank, skipped, fd, &m);
	if (!ok && !m.failed) {
		m.failed = true;
		tell(fd, &m);
	}
	_exit(0);
}

/* ---- the parent --------------------------------------------------------- */

struct outcome {
	struct message last;
	bool any;   /* last holds a message */
	int status; /* of waitpid */
};

static bool
watch_child(int fd, pid_t pid, struct outcome *ret, struct oms_error *err)
{
	struct message m;
	ssize_t n;

	*ret = (struct outcome){ .any = false };
	while ((n = read(fd, &m, sizeof(m))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(m))
			break;
		ret->last = m;
		ret->any = true;
	}
	while (waitpid(pid, &ret->status, 0) < 0)
		if (errno != EINTR)
			return oms_fail_errno(err, OMS_INTERNAL,
			    "wait for the ingest process");
	if (WIFEXITED(ret->status) &&
	    (WEXITSTATUS(ret->status) == FAULT_STOPPED ||
		WEXITSTATUS(ret->status) == FAULT_REPLAYED))
		_exit(WEXITSTATUS(ret->status)); /* it stops us all */
	return true;
}

static bool
spawn_child(struct run *run, int64_t skip, struct outcome *ret,
    struct oms_error *err)
{
	int fds[2];
	pid_t parent = getpid(), pid;
	bool ok;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return oms_fail_errno(err, OMS_IO, "pipe");
	fflush(NULL); /* or the child would write our buffers again */
	pid = fork();
	if (pid < 0) {
		(void)close(fds[0]);
		(void)close(fds[1]);
		return oms_fail_errno(err, OMS_IO, "fork");
	}
	if (pid == 0) {
		(void)close(fds[0]);
		child_main(run, skip, fds[1], parent);
	}
	(void)close(fds[1]);
	ok = watch_child(fds[0], pid, ret, err);
	(void)close(fds[0]);
	return ok;
}

static bool
count_crash(struct run *run, int64_t file_id, int64_t *ret_crashes,
    struct oms_error *err)
{
	struct stmt *s;

	if (!db_begin(run->db, err))
		return false;
	s = stmt_begin(run->db, SQL_FILE_CRASHED, err);
	if (s != NULL) {
		stmt_int(s, ":file_id", file_id);
		*ret_crashes = stmt_one(s, err) ? col_int(s, 0) : 0;
		stmt_end(s);
		if (err->code == OMS_OK)
			return db_commit(run->db, "ingest.crash", err);
	}
	db_rollback(run->db);
	return false;
}

/* What killed it, and the key that allows more of that. */
static bool
say_poison(struct oms_error *why, int64_t times, int status)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (WIFEXITED(status) && WEXITSTATUS(status) == MEM_LIMITED)
		return oms_fail(why, OMS_POISON,
		    "reading it takes more memory than child_memory allows");
	if (sig == SIGXCPU)
		return oms_fail(why, OMS_POISON,
		    "reading it takes longer than child_cpu allows");
	return oms_fail(why, OMS_POISON, "its reader died %lld times (%s %d)",
	    (long long)times, sig != 0 ? "signal" : "status",
	    sig != 0 ? sig : WEXITSTATUS(status));
}

static bool
blame_file(struct run *run, int64_t file_id, int status,
    struct stage_result *res, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	mem_ctx *ctx;
	struct file_row *file;
	int64_t crashes;
	bool ok;

	if (!count_crash(run, file_id, &crashes, err))
		return false;
	log_event(LOG_WARN_, "ingest",
	    "event=child_died file=%lld status=%d crashes=%lld",
	    (long long)file_id, status, (long long)crashes);
	if (crashes < CRASHES_MAX)
		return true;
	ctx = mem_ctx_new(run->ctx, "file");
	file = load_file(run, ctx, file_id, err);
	(void)say_poison(&why, crashes, status);
	ok = file != NULL && ingest_kill_file(run, file, &why, err);
	res->rejected++;
	mem_free(ctx);
	return ok;
}

/* That a process died does not follow from the bytes: it is recorded. */
static bool
after_crash(struct run *run, int64_t file_id, int status,
    struct stage_result *res, struct oms_error *err)
{
	bool was_recorded = db_record(run->db, run->journal != NULL);
	bool ok = blame_file(run, file_id, status, res, err);

	(void)db_record(run->db, was_recorded);
	return ok;
}

static void
add_results(struct stage_result *sum, const struct stage_result *more)
{
	sum->done += more->done;
	sum->rejected += more->rejected;
	sum->held += more->held;
	sum->waiting += more->waiting;
	if (more->worst != OMS_OK)
		sum->worst = more->worst;
	if (more->note[0] != '\0')
		memcpy(sum->note, more->note, sizeof(sum->note));
}

static bool
is_well(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Did somebody give us less than child_memory?  Then that is the limit. */
static bool
is_limited_from_outside(const struct config *cfg)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_AS, &limit) == 0 &&
	    limit.rlim_cur < (rlim_t)cfg->child_memory_bytes;
}

/* Then the file is not to blame. */
static bool
is_machine_short(const struct config *cfg, const struct outcome *o)
{
	int status = WIFEXITED(o->status) ? WEXITSTATUS(o->status) : 0;

	return status == MEM_EXHAUSTED ||
	    (status == MEM_LIMITED && is_limited_from_outside(cfg));
}

bool
stage_ingest(struct run *run, struct stage_result *res, struct oms_error *err)
{
	struct outcome o = { .any = false };
	int64_t skip = run->skip_file;
	int idle_deaths = 0;

	for (;;) {
		if (!spawn_child(run, skip, &o, err))
			return false;
		if (o.any)
			add_results(res, &o.last.res);
		if (is_machine_short(run->cfg, &o))
			return oms_fail(err, OMS_DISK,
			    "this machine has no memory for the process that "
			    "reads files");
		if (!o.any || (!o.last.failed && !o.last.begins)) {
			if (is_well(o.status))
				return true;
			if (++idle_deaths == CRASHES_MAX)
				return oms_fail(err, OMS_INTERNAL,
				    "the ingest process died %d times while it "
				    "read no file",
				    idle_deaths);
			continue; /* no file is to blame */
		}
		if (o.last.begins) {
			if (!after_crash(run, o.last.file_id, o.status, res,
				err))
				return false;
			journal_stage_again(run);
			continue;
		}
		if (oms_code_class(o.last.err.code) == CLASS_STOP ||
		    o.last.file_id == 0 || skip != 0) {
			*err = o.last.err;
			return false;
		}
		/* One file cannot be read now: the others go on without it. */
		log_error("ingest", &o.last.err);
		res->worst = o.last.err.code;
		res->waiting++;
		skip = run->skip_file = o.last.file_id;
		journal_stage_again(run);
	}
}
