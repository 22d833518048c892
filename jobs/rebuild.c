/* rebuild.c - see rebuild.h. */

#include "jobs/rebuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "jobs/stages.h"
#include "pipeline/personal.h"
#include "pipeline/emit.h"
#include "pipeline/journal.h"
#include "pipeline/turn.h"
#include "store/compare.h"
#include "store/journal.h"
#include "store/stmt.h"

#define CACHE_BYTES ((int64_t)64 << 20)

enum { LOCK_WAIT_MS = 10000, NAME_SHOWN_BYTES = 200 };

/* Not part of what is promised: when a row at rest was last listed. */
static const struct compare_exempt exempt[] = {
	{ "remote_file", "last_ts_us" },
	{ NULL, NULL },
};

enum step_kind {
	STEP_APPLY, /* a transaction */
	STEP_STAGE, /* do it again */
	STEP_ON     /* it went on, after the acts before this */
};

/* Something to do. */
struct step {
	int64_t seq;
	int64_t commit_no;
	enum step_kind kind;
	int64_t run_id; /* 0: an act of a person */
	const char *path;
	int64_t at;
	int64_t bytes;
};

struct noted { /* a document */
	int64_t commit_no;
	int64_t doc_id;
	char sha256[FS_SHA_BYTES];
};

struct replay {
	mem_ctx *ctx;
	const struct rebuild_request *req;
	struct rebuild_report *ret;
	rebuild_found_fn *found;
	void *u;
	char *scratch; /* a home of its own */
	int64_t now_us;
	int64_t new_us; /* when the first database was made */
	struct step *steps;
	size_t count;
	size_t room;
	struct noted *documents;
	size_t document_count;
	size_t document_room;
	char *path;      /* of the segment that is being read */
	int64_t stop_no; /* the last commit of the database we compare with */
	size_t next;     /* step */
	size_t stage;    /* the step of the last stage; count: none */
	const struct step *applying;
	struct oms_error failed; /* after a commit of the stage */
	struct db *db;
	int64_t run_id; /* of the stage that is done again here */
};

/* ---- what is to be done ------------------------------------------------- */

static void
add_step(struct replay *r, const struct journal_entry *e, enum step_kind kind)
{
	if (r->count == r->room) {
		r->room = r->room == 0 ? 1024 : 2 * r->room;
		r->steps = mem_resize(r->ctx, r->steps,
		    r->room * sizeof(*r->steps));
	}
	if (r->path == NULL || strcmp(r->path, e->path) != 0)
		r->path = mem_strdup(r->ctx, e->path);
	r->steps[r->count++] = (struct step){ .seq = e->seq,
		.commit_no = e->commit_no,
		.kind = kind,
		.run_id = journal_field_int(e, "run"),
		.path = r->path,
		.at = e->at,
		.bytes = e->bytes };
}

static void
add_document(struct replay *r, const struct journal_entry *e)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct noted *d;

	if (r->document_count == r->document_room) {
		r->document_room = r->document_room == 0 ? 256
							 : 2 * r->document_room;
		r->documents = mem_resize(r->ctx, r->documents,
		    r->document_room * sizeof(*r->documents));
	}
	d = &r->documents[r->document_count++];
	d->commit_no = e->commit_no;
	d->doc_id = journal_field_int(e, "doc_id");
	(void)str_copy(d->sha256, sizeof(d->sha256),
	    journal_field(row, e, "sha256"));
	mem_free(row);
}

/* Keep what the database with that position knows of. */
static void
forget_after(struct replay *r, int64_t entry_no, int64_t commit_no)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct step *s = &r->steps[i];

		if (s->kind == STEP_APPLY ? s->seq <= entry_no
					  : s->commit_no <= commit_no + 1)
			r->steps[kept++] = *s;
	}
	r->count = kept;
	kept = 0;
	for (size_t i = 0; i < r->document_count; i++)
		if (r->documents[i].commit_no <= commit_no)
			r->documents[kept++] = r->documents[i];
	r->document_count = kept;
}

/* A copy of the database has all up to that commit. */
static void
forget_before(struct replay *r, int64_t commit_no)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->steps[i].commit_no > commit_no)
			r->steps[kept++] = r->steps[i];
	r->count = kept;
	r->ret->from_commit_no = commit_no;
}

/* One that is not there any more is no loss: the one before it may be. */
static void
take_base(struct replay *r, int64_t commit_no)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");

	if (access(journal_base_path(row, r->req->home, commit_no), F_OK) == 0)
		forget_before(r, commit_no);
	mem_free(row);
}

static bool
take_entry(void *u, const struct journal_entry *e, struct oms_error *err)
{
	struct replay *r = u;

	if (strcmp(e->kind, "tx") == 0)
		add_step(r, e, STEP_APPLY);
	else if (strcmp(e->kind, "stage") == 0)
		add_step(r, e, STEP_STAGE);
	else if (strcmp(e->kind, "on") == 0)
		add_step(r, e, STEP_ON);
	else if (strcmp(e->kind, "document") == 0)
		add_document(r, e);
	else if (strcmp(e->kind, "new") == 0)
		r->new_us = journal_field_int(e, "now");
	else if (strcmp(e->kind, "base") == 0)
		take_base(r, journal_field_int(e, "commit_no"));
	else if (strcmp(e->kind, "void") == 0)
		forget_after(r, journal_field_int(e, "after"), e->commit_no);
	else
		return oms_fail(err, OMS_JOURNAL,
		    "this oms knows no entry of the kind %.20s", e->kind);
	return true;
}

static bool
read_journal(struct replay *r, struct oms_error *err)
{
	struct journal_end end;

	if (!journal_read(r->req->home, take_entry, r, &end, err))
		return false;
	r->ret->torn_bytes = end.torn_bytes;
	if (end.seq == 0)
		return oms_fail(err, OMS_JOURNAL,
		    "there is no journal in %s/spool/journal", r->req->home);
	return true;
}

/* ---- a home beside the home --------------------------------------------- */

static char *
in_scratch(const struct replay *r, const char *name)
{
	return fs_path(r->ctx, r->scratch, name);
}

/* From a copy of the database, or from nothing. */
static bool
make_database(struct replay *r, struct oms_error *err)
{
	char *to = in_scratch(r, "oms.db");
	char *base = journal_base_path(r->ctx, r->req->home,
	    r->ret->from_commit_no);

	if (r->ret->from_commit_no == 0 && access(base, F_OK) < 0) {
		if (r->new_us == 0)
			return oms_fail(err, OMS_JOURNAL,
			    "the journal does not say how it began");
		clock_fix(r->new_us);
		r->db = db_open(r->ctx, r->scratch, DB_CREATE, CACHE_BYTES,
		    err);
		return r->db != NULL;
	}
	if (!fs_copy(base, to, 0600, err))
		return oms_context(err, "the copy the journal begins with");
	r->db = db_open(r->ctx, r->scratch, DB_WRITE, CACHE_BYTES, err);
	return r->db != NULL;
}

/* The key ring, when the home has it in a file of its own. */
static bool
link_keys(struct replay *r, struct oms_error *err)
{
	char *keys = realpath(fs_path(r->ctx, r->req->home, "keys"), NULL);
	bool ok = keys == NULL || symlink(keys, in_scratch(r, "keys")) == 0 ||
	    oms_fail_errno(err, OMS_IO, "link to %s", keys);

	free(keys); /* realpath's own */
	return ok;
}

static bool
make_scratch(struct replay *r, struct oms_error *err)
{
	static const char *const folders[] = { "spool/tmp", "locks", "outbox",
		"inbox", "deadletter", "stop" };
	bool ok = true;
	char *blobs;

	r->scratch = fs_path(r->ctx, r->req->home, "spool/rebuild");
	fs_remove_tree(r->scratch); /* of one that was killed */
	for (size_t i = 0; ok && i < sizeof(folders) / sizeof(folders[0]); i++)
		ok = fs_mkdir(in_scratch(r, folders[i]), 0700, err);
	blobs = realpath(fs_path(r->ctx, r->req->home, "spool/blob"), NULL);
	if (ok && blobs == NULL)
		ok = oms_fail_errno(err, OMS_IO, "folder spool/blob");
	if (ok && symlink(blobs, in_scratch(r, "spool/blob")) < 0)
		ok = oms_fail_errno(err, OMS_IO, "link to %s", blobs);
	free(blobs); /* realpath's own */
	return ok && link_keys(r, err) && make_database(r, err);
}

/* Names for the folders and the file of a configuration that was kept. */
static bool
put_config(struct replay *r, mem_ctx *ctx, const char *sha256,
    struct oms_error *err)
{
	static const char *const names[] = { "oms.ini", "partners", "jobs" };
	char *dir = journal_config_dir(ctx, r->req->home, sha256);
	char *real = realpath(dir, NULL);
	bool ok = real != NULL ||
	    oms_fail_errno(err, OMS_JOURNAL, "configuration %s", dir);

	for (size_t i = 0; ok && i < sizeof(names) / sizeof(names[0]); i++) {
		char *name = in_scratch(r, names[i]);

		if ((unlink(name) < 0 && errno != ENOENT) ||
		    symlink(fs_path(ctx, real, names[i]), name) < 0)
			ok = oms_fail_errno(err, OMS_IO, "link %s", name);
	}
	free(real); /* realpath's own */
	return ok;
}

/* ---- transactions ------------------------------------------------------- */

static bool
call_again(void *u, const char *name, int64_t arg, struct oms_error *err)
{
	return journal_call(u, name, arg, err);
}

static bool
apply_open(struct replay *r, struct run *run, const struct journal_entry *e,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	bool ok;

	if (!db_begin(run->db, err)) {
		mem_free(row);
		return false;
	}
	ok = db_apply(run->db, e->body, e->body_bytes, call_again, run, err) &&
	    db_commit(run->db, "rebuild.applied", err);
	if (!ok)
		db_rollback(run->db);
	mem_free(row);
	(void)r;
	return ok;
}

/* Is it this one's turn?  Every commit has the number it had. */
static bool
check_turn(struct db *db, const struct step *s, struct oms_error *err)
{
	int64_t commit_no, entry_no;

	if (!db_position(db, &commit_no, &entry_no, err))
		return false;
	return s->commit_no == commit_no + 1 ||
	    oms_fail(err, OMS_JOURNAL,
		"entry %lld is for commit %lld, but the stages done again "
		"came to commit %lld: they did not do what they did",
		(long long)s->seq, (long long)s->commit_no,
		(long long)commit_no);
}

static bool
apply(struct replay *r, struct db *db, const struct step *s,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "transaction");
	struct journal_entry *e = journal_load(row, s->path, s->at, s->bytes,
	    err);
	struct config cfg = { .home = r->scratch };
	struct run run = { .ctx = row, .cfg = &cfg, .db = db, .replay = true };
	bool ok = e != NULL && check_turn(db, s, err);

	r->applying = s;
	if (ok) {
		run.run_id = s->run_id;
		run.now_us = journal_field_int(e, "now");
		run.actor = journal_field(row, e, "actor");
		run.window = "";
		ok = apply_open(r, &run, e, err);
	}
	r->applying = NULL;
	mem_free(row);
	return ok || oms_context(err, "entry %lld", (long long)s->seq);
}

/* ---- stages ------------------------------------------------------------- */

static const struct step *
next_step(const struct replay *r)
{
	return r->next < r->count ? &r->steps[r->next] : NULL;
}

/* Those that are done, by us or by the process of a stage. */
static bool
skip_done(struct replay *r, struct db *db, int64_t *ret_commit_no,
    struct oms_error *err)
{
	int64_t entry_no;

	if (!db_position(db, ret_commit_no, &entry_no, err))
		return false;
	while (
	    r->next < r->count && r->steps[r->next].commit_no <= *ret_commit_no)
		r->next++;
	return true;
}

/* The step before which the stage went on, or NULL: it did no more. */
static const struct step *
find_on(const struct replay *r)
{
	size_t i = r->next;

	while (i < r->count && r->steps[i].kind == STEP_APPLY &&
	    r->steps[i].run_id != r->run_id)
		i++;
	return i < r->count && r->steps[i].kind == STEP_ON ? &r->steps[i]
							   : NULL;
}

/* Acts that came in where the stage had committed come in again. */
static bool
let_acts(struct replay *r, struct db *db, struct oms_error *err)
{
	const struct step *on, *s;
	int64_t commit_no;

	if (!skip_done(r, db, &commit_no, err))
		return false;
	s = next_step(r);
	if (s == NULL || s->kind != STEP_APPLY || s->commit_no != commit_no + 1)
		return true;
	on = find_on(r);
	if (on == NULL)
		_exit(FAULT_REPLAYED);
	for (; s < on; s++)
		if (!apply(r, db, s, err))
			return false;
	r->next = (size_t)(on - r->steps) + 1;
	return true;
}

static void
after_end(void *u, struct db *db, bool is_committed)
{
	struct replay *r = u;

	if (is_committed && r->applying == NULL && r->failed.code == OMS_OK)
		(void)let_acts(r, db, &r->failed);
}

static bool
before_begin(void *u, struct db *db, struct oms_error *err)
{
	struct replay *r = u;

	(void)db;
	if (r->failed.code == OMS_OK)
		return true;
	*err = r->failed;
	return false;
}

/*
 * Where the next step has the number of this commit, or the database ends
 * before it, the stage came no further the first time.
 */
static bool
before_commit(void *u, struct db_commit_note *note, struct oms_error *err)
{
	struct replay *r = u;
	const struct step *s = next_step(r);

	(void)err;
	if (r->applying != NULL) {
		note->ret_entry_no = r->applying->seq;
		return true;
	}
	if (note->commit_no > r->stop_no ||
	    (s != NULL && s->commit_no <= note->commit_no))
		_exit(FAULT_REPLAYED);
	return true;
}

static bool
walk_stage(struct run *run, const char *name, struct oms_error *err)
{
	struct stage_result res = { 0 };

	if (strcmp(name, JOBS_RENDER) == 0)
		return emit_render_pending(run, err);
	for (size_t i = 0; i < stage_count; i++)
		if (strcmp(stages[i].name, name) == 0)
			return stages[i].fn(run, &res, err);
	return oms_fail(err, OMS_JOURNAL, "this oms has no stage %.40s", name);
}

static bool
do_stage(struct replay *r, const struct journal_entry *e, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "stage");
	struct db_watch watch = { r, before_begin, before_commit, after_end };
	struct run *run = mem_new(ctx, struct run);
	char *sha256 = journal_field(ctx, e, "config");

	clock_fix(journal_field_int(e, "now"));
	run->ctx = run;
	run->replay = run->offline = true;
	run->now_us = clock_now_us();
	run->run_id = r->run_id = journal_field_int(e, "run");
	run->window = journal_field(ctx, e, "window");
	run->skip_file = journal_field_int(e, "skip");
	run->actor = mem_printf(ctx, "run:%lld", (long long)run->run_id);
	if (!put_config(r, ctx, sha256, err))
		return false;
	run->cfg = config_load(run, r->scratch, err);
	if (run->cfg == NULL)
		return false;
	if (strcmp(run->cfg->sha256, sha256) != 0)
		return oms_fail(err, OMS_JOURNAL,
		    "the configuration %s was changed", sha256);
	run->db = db_open(run, r->scratch, DB_WRITE, run->cfg->cache_bytes,
	    err);
	if (run->db == NULL || !personal_open(run, err))
		return false;
	db_watch(run->db, &watch);
	return walk_stage(run, journal_field(ctx, e, "stage"), err);
}

/* The process of a stage: what it commits stays, and it may stop anywhere. */
static void
stage_main(struct replay *r, const struct journal_entry *e, int fd)
{
	struct oms_error err = NO_ERROR;

	log_set_level(LOG_ERROR_);
	if (do_stage(r, e, &err))
		_exit(0);
	if (write(fd, &err, sizeof(err)) < 0)
		_exit(1);
	_exit(2);
}

/*
 * A stage that failed the first time fails again, and that is as it was: only
 * where more was to come it matters.
 */
static bool
judge(struct replay *r, const struct oms_error *failed, struct oms_error *err)
{
	const struct step *s;
	int64_t commit_no;

	if (!skip_done(r, r->db, &commit_no, err))
		return false;
	s = next_step(r);
	if (failed->code == OMS_OK ||
	    (s != NULL && s->commit_no == commit_no + 1))
		return true;
	*err = *failed;
	return false;
}

static bool
wait_stage(struct replay *r, pid_t pid, int fd, struct oms_error *err)
{
	struct oms_error failed = NO_ERROR;
	int status;

	if (read(fd, &failed, sizeof(failed)) != (ssize_t)sizeof(failed))
		failed = NO_ERROR;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return oms_fail_errno(err, OMS_INTERNAL, "wait");
	if (!WIFEXITED(status))
		return oms_fail(err, OMS_INTERNAL,
		    "its process died of signal %d", WTERMSIG(status));
	switch (WEXITSTATUS(status)) {
	case FAULT_STOPPED: _exit(FAULT_STOPPED);
	case FAULT_REPLAYED:
	case 0:
	case 2: return judge(r, &failed, err);
	default:
		return oms_fail(err, OMS_INTERNAL,
		    "its process ended with status %d", WEXITSTATUS(status));
	}
}

static bool
spawn_stage(struct replay *r, const struct journal_entry *e,
    struct oms_error *err)
{
	int fds[2];
	pid_t pid;
	bool ok;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return oms_fail_errno(err, OMS_IO, "pipe");
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		stage_main(r, e, fds[1]);
	}
	(void)close(fds[1]);
	ok = pid > 0 ? wait_stage(r, pid, fds[0], err)
		     : oms_fail_errno(err, OMS_IO, "fork");
	(void)close(fds[0]);
	return ok;
}

static bool
stage_again(struct replay *r, const struct step *s, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "stage");
	struct journal_entry *e = journal_load(row, s->path, s->at, s->bytes,
	    err);
	bool ok = e != NULL && spawn_stage(r, e, err);

	r->ret->stages++;
	if (!ok && e != NULL)
		oms_context(err, "stage %s of run %lld",
		    journal_field(row, e, "stage"), (long long)s->run_id);
	mem_free(row);
	return ok;
}

/* ---- all of it ---------------------------------------------------------- */

/*
 * How many commits are missing before the turn of that step.  Some may still
 * come: the stage had ended, and then an act gave it more to do; or a death in
 * its middle had ended it.
 */
static bool
catch_up(struct replay *r, const struct step *s, int64_t *ret_missing,
    struct oms_error *err)
{
	size_t at = r->next;
	int64_t commit_no, before;

	if (!skip_done(r, r->db, &before, err))
		return false;
	*ret_missing = s->commit_no - before - 1;
	while (*ret_missing > 0 && r->stage < r->count) {
		if (!stage_again(r, &r->steps[r->stage], err) ||
		    !skip_done(r, r->db, &commit_no, err))
			return false;
		*ret_missing = s->commit_no - commit_no - 1;
		if (commit_no == before)
			break;
		before = commit_no;
	}
	if (r->next < at || *ret_missing < 0)
		return oms_fail(err, OMS_JOURNAL,
		    "entry %lld is for commit %lld, which is done",
		    (long long)s->seq, (long long)s->commit_no);
	return true;
}

/* Told as a difference; what comes after is still worth doing. */
static bool
go_on_at(struct replay *r, const struct step *s, int64_t missing,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct stmt *q = stmt_begin(r->db, SQL_JOURNAL_GO_ON_AT, err);

	r->ret->faults++;
	r->found(r->u, "journal",
	    mem_printf(row, "entry %lld", (long long)s->seq),
	    mem_printf(row,
		"the stages before it made %lld commits less than they did",
		(long long)missing));
	mem_free(row);
	if (q == NULL)
		return false;
	stmt_int(q, ":commit_no", s->commit_no - 1);
	return stmt_run(q, NULL, err);
}

static bool
do_step(struct replay *r, const struct step *s, struct oms_error *err)
{
	if (s->kind == STEP_ON) /* and then it was killed */
		return true;
	if (s->kind == STEP_STAGE) {
		r->stage = (size_t)(s - r->steps);
		return stage_again(r, s, err);
	}
	r->ret->transactions++;
	return apply(r, r->db, s, err);
}

static bool
walk_steps(struct replay *r, struct oms_error *err)
{
	struct db_watch watch = { .u = r, .commit = before_commit };
	const struct step *s;
	int64_t missing;

	db_watch(r->db, &watch);
	r->stage = r->count;
	while ((s = next_step(r)) != NULL) {
		if (!catch_up(r, s, &missing, err))
			return false;
		if (missing > 0 && !go_on_at(r, s, missing, err))
			return false;
		r->next = (size_t)(s - r->steps) + 1;
		if (!do_step(r, s, err))
			return false;
	}
	return true;
}

static void
found_document(struct replay *r, int64_t doc_id, const char *name,
    const char *what)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");

	r->ret->faults++;
	r->found(r->u, "document",
	    mem_printf(row, "%lld %s", (long long)doc_id, name), what);
	mem_free(row);
}

/* The bytes of every document are those that partners got. */
static bool
compare_documents(struct replay *r, struct oms_error *err)
{
	for (size_t i = 0; i < r->document_count; i++) {
		const struct noted *d = &r->documents[i];
		struct stmt *s = stmt_begin(r->db, SQL_JOURNAL_DOCUMENT, err);

		if (s == NULL)
			return false;
		if (d->commit_no > r->ret->commit_no)
			continue;
		stmt_int(s, ":doc_id", d->doc_id);
		r->ret->documents++;
		if (!stmt_one(s, err)) {
			if (err->code != OMS_OK)
				return false;
			found_document(r, d->doc_id, "", "was not made again");
		} else if (strcmp(col_text(s, 1), d->sha256) != 0) {
			found_document(r, d->doc_id, col_text(s, 0),
			    "has other bytes than were noted");
		}
		stmt_end(s);
	}
	return true;
}

static void
found_row(void *u, const char *table, const char *key, const char *what)
{
	struct replay *r = u;

	r->ret->faults++;
	r->found(r->u, table, key, what);
}

/* ---- the old one -------------------------------------------------------- */

/*
 * A copy of it is what we compare with, so that nobody changes it meanwhile.
 * One that cannot be read is no failure: that is what we are for.  One that
 * another oms wrote is sound, but not ours to judge.
 */
static bool
look_at_old(struct replay *r, char **ret_copy, int64_t *ret_commit_no,
    int64_t *ret_entry_no, struct oms_error *err)
{
	mem_ctx *open = mem_ctx_new(NULL, "old");
	char *path = fs_path(r->ctx, r->req->home, "oms.db");
	char *dir = fs_path(r->ctx, r->req->home, "spool/rebuild.old");
	struct oms_error why = NO_ERROR;
	struct db *old = NULL, *copy = NULL;

	*ret_copy = fs_path(r->ctx, dir, "oms.db");
	fs_remove_tree(dir);
	r->ret->has_old = access(path, F_OK) == 0;
	if (r->ret->has_old && fs_mkdir(dir, 0700, &why))
		old = db_open(open, r->req->home, DB_READ, CACHE_BYTES, &why);
	if (old != NULL && db_check(old, &why) &&
	    db_copy_to(old, *ret_copy, &why))
		copy = db_open(open, dir, DB_WRITE, CACHE_BYTES, &why);
	r->ret->old_is_sound = copy != NULL &&
	    db_position(copy, ret_commit_no, ret_entry_no, &why);
	(void)str_copy(r->ret->old_fault, sizeof(r->ret->old_fault),
	    why.reason);
	mem_free(open);
	if (why.code != OMS_DB_BUSY && why.code != OMS_STORE_VERSION)
		return true;
	*err = why;
	return false;
}

/*
 * Sound, and yet not the last word: it lacks commits that the journal has,
 * more than the one a crash may have prevented (pipeline/journal.c).
 */
static bool
has_fallen_back(struct replay *r, int64_t commit_no)
{
	int64_t highest_no = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->steps[i].kind == STEP_APPLY &&
		    r->steps[i].commit_no > highest_no)
			highest_no = r->steps[i].commit_no;
	if (highest_no <= commit_no + 1)
		return false;
	r->ret->old_is_sound = false;
	snprintf(r->ret->old_fault, sizeof(r->ret->old_fault),
	    "it has %lld commits, and the journal knows of %lld",
	    (long long)commit_no, (long long)highest_no);
	return true;
}

static bool
move_aside(struct replay *r, struct oms_error *err)
{
	char stamp[NUM_TS_BYTES];
	char *path = fs_path(r->ctx, r->req->home, "oms.db");
	char *wal = mem_printf(r->ctx, "%s-wal", path);
	char *aside = mem_printf(r->ctx, "%s.damaged-%s", path,
	    num_format_stamp(r->now_us, stamp));

	if (access(path, F_OK) == 0) {
		for (int i = 1; access(aside, F_OK) == 0; i++)
			aside = mem_printf(r->ctx, "%s.damaged-%s-%d", path,
			    stamp, i);
		if (rename(path, aside) < 0)
			return oms_fail_errno(err, OMS_IO, "rename %s", path);
		fault_step("rebuild.aside");
		r->ret->aside = aside;
	}
	/* A log of the old one beside the new one would be taken for its own. */
	if (rename(wal, mem_printf(r->ctx, "%s-wal", aside)) < 0 &&
	    errno != ENOENT)
		return oms_fail_errno(err, OMS_IO, "rename %s", wal);
	fault_step("rebuild.aside_log");
	return fs_remove(mem_printf(r->ctx, "%s-shm", path), err);
}

static bool
put_in_place(struct replay *r, struct oms_error *err)
{
	char *path = fs_path(r->ctx, r->req->home, "oms.db");
	int lock = fs_lock(fs_path(r->ctx, r->req->home, "oms.db.writer"),
	    LOCK_WAIT_MS, err);
	bool ok = lock >= 0 && move_aside(r, err);

	if (ok && rename(in_scratch(r, "oms.db"), path) < 0)
		ok = oms_fail_errno(err, OMS_IO, "rename to %s", path);
	ok = ok && fs_sync_dir_of(path, err);
	if (ok)
		fault_step("rebuild.in_place");
	if (lock >= 0)
		(void)close(lock);
	r->ret->is_in_place = ok;
	return ok;
}

static bool
give_to(struct replay *r, struct oms_error *err)
{
	char *to = fs_path(r->ctx, r->req->to, "oms.db");

	if (access(to, F_OK) == 0)
		return oms_fail(err, OMS_USAGE, "%s exists already", to);
	return fs_mkdir(r->req->to, 0700, err) &&
	    fs_copy(in_scratch(r, "oms.db"), to, 0600, err);
}

/* Proven: now it may be used; who had the old one open is told to look anew. */
static bool
hand_over(struct replay *r, struct oms_error *err)
{
	bool may = r->ret->faults == 0 || r->req->discard;

	if (r->req->to != NULL && !give_to(r, err))
		return false;
	if (!r->req->replace || !may ||
	    (r->ret->old_is_sound && r->ret->faults == 0))
		return true;
	return put_in_place(r, err);
}

static bool
make_and_prove(struct replay *r, struct oms_error *err)
{
	int64_t commit_no = 0, entry_no = 0, differences = 0;
	struct turn *turn = turn_open(r->ctx, r->req->home);
	char *copy, *path;
	bool has_copy;

	/* No act comes between the two; nor before we have replaced it, for
	   it would be in the old one only. */
	if (!turn_take_act(turn, err) || !read_journal(r, err) ||
	    !look_at_old(r, &copy, &commit_no, &entry_no, err))
		return false;
	if (!r->req->replace)
		turn_give(turn);
	has_copy = r->ret->old_is_sound && !has_fallen_back(r, commit_no);
	if (has_copy)
		forget_after(r, entry_no, commit_no);
	r->stop_no = has_copy ? commit_no : INT64_MAX;
	if (!make_scratch(r, err) || !walk_steps(r, err) ||
	    !db_position(r->db, &r->ret->commit_no, &entry_no, err) ||
	    !compare_documents(r, err) || !db_check(r->db, err) ||
	    !db_checkpoint(r->db, err))
		return false;
	path = in_scratch(r, "oms.db");
	if (has_copy &&
	    !store_compare(path, copy, exempt, found_row, r, &differences, err))
		return false;
	mem_free(r->db);
	r->db = NULL;
	return hand_over(r, err);
}

bool
rebuild(mem_ctx *ctx, const struct rebuild_request *req,
    rebuild_found_fn *found, void *u, struct rebuild_report *ret,
    struct oms_error *err)
{
	struct replay r = { .ctx = mem_ctx_new(ctx, "rebuild"),
		.req = req,
		.now_us = clock_now_us(),
		.ret = ret,
		.found = found,
		.u = u };
	int lock = fs_lock(fs_path(r.ctx, req->home, "locks/run.lock"), 0, err);
	bool ok;

	*ret = (struct rebuild_report){ 0 };
	if (lock < 0)
		return false;
	ok = make_and_prove(&r, err);
	if (ret->aside != NULL)
		ret->aside = mem_strdup(ctx, ret->aside);
	if (r.db != NULL)
		mem_free(r.db);
	fs_remove_tree(fs_path(r.ctx, req->home, "spool/rebuild"));
	fs_remove_tree(fs_path(r.ctx, req->home, "spool/rebuild.old"));
	mem_free(r.ctx);
	(void)close(lock);
	return ok;
}

bool
rebuild_base(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	struct journal_end end;
	char stamp[NUM_TS_BYTES];
	char *dir = fs_path(ctx, home, "spool/journal"), *aside;
	struct run *run;
	/* In the middle of a run it would begin in the middle of a stage. */
	int lock = fs_lock(fs_path(ctx, home, "locks/run.lock"), 0, err);
	bool ok;

	if (lock < 0)
		return false;
	if (!journal_read(home, NULL, NULL, &end, &why)) {
		aside = mem_printf(ctx, "%s.damaged-%s", dir,
		    num_format_stamp(clock_now_us(), stamp));
		if (rename(dir, aside) < 0) {
			(void)close(lock);
			return oms_fail_errno(err, OMS_IO, "rename %s", dir);
		}
		fault_step("rebuild.journal_aside");
	}
	run = jobs_open(ctx, home, err);
	ok = run != NULL && journal_base(run, err);
	(void)close(lock);
	return ok;
}
