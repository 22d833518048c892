/* dead_ops.c - see dead_ops.h. */

#include "pipeline/dead_ops.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/scope.h"
#include "base/str.h"
#include "pipeline/act.h"
#include "pipeline/dead_version.h"
#include "pipeline/document.h"
#include "pipeline/spool.h"
#include "pipeline/stop.h"
#include "store/stmt.h"

/* The columns of dead_by_id and dead_open_next, in their order. */
static struct dead_row *
from_columns(struct stmt *s, mem_ctx *ctx)
{
	struct dead_row *d = mem_new(ctx, struct dead_row);

	d->dead_id = col_int(s, 0);
	d->kind = col_dup(s, 1, d);
	d->partner = col_dup(s, 2, d);
	d->feed = col_dup(s, 3, d);
	d->file_id = col_int(s, 4);
	d->record_no = col_int(s, 5);
	d->key = col_dup(s, 6, d);
	d->code = col_dup(s, 7, d);
	d->stage = col_dup(s, 8, d);
	d->where = col_dup(s, 9, d);
	d->reason = col_dup(s, 10, d);
	d->name = col_dup(s, 11, d);
	d->sha256 = col_dup(s, 12, d);
	d->state = col_dup(s, 13, d);
	d->tries = col_int(s, 14);
	d->first_ts_us = col_int(s, 15);
	d->last_ts_us = col_int(s, 16);
	d->resolution = col_dup(s, 17, d);
	d->doc_id = col_int(s, 18);
	d->owner = col_dup(s, 19, d);
	d->note = col_dup(s, 20, d);
	d->nights = col_int(s, 21);
	d->version = col_int(s, 22);
	return d;
}

struct dead_row *
dead_load(struct db *db, mem_ctx *ctx, int64_t dead_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_DEAD_BY_ID, err);
	struct dead_row *d = NULL;

	if (s == NULL)
		return NULL;
	stmt_int(s, ":dead_id", dead_id);
	if (stmt_one(s, err))
		d = from_columns(s, ctx);
	stmt_end(s);
	if (d == NULL && err->code == OMS_OK)
		oms_fail(err, OMS_NOT_FOUND, "no dead letter %lld",
		    (long long)dead_id);
	return d;
}

struct dead_row *
dead_load_open_after(struct db *db, mem_ctx *ctx, int64_t after,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_DEAD_OPEN_NEXT, err);
	struct dead_row *d = NULL;

	if (s == NULL)
		return NULL;
	stmt_int(s, ":after", after);
	if (stmt_one(s, err))
		d = from_columns(s, ctx);
	stmt_end(s);
	return d;
}

static bool
set_state(struct run *run, int64_t dead_id, const char *state,
    const char *resolution, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_SET_STATE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":state", state);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":resolution", resolution);
	stmt_int(s, ":dead_id", dead_id);
	return stmt_run(s, NULL, err);
}

/* ---- what every act does ------------------------------------------------ */

static bool
is(const struct dead_row *d, const char *state)
{
	return strcmp(d->state, state) == 0;
}

/* What is resolved or closed stays so, with what was said of it. */
static struct dead_row *
load_waiting(struct run *run, mem_ctx *row, int64_t dead_id,
    struct oms_error *err)
{
	struct dead_row *d = dead_load(run->db, row, dead_id, err);

	if (d == NULL || (!is(d, "resolved") && !is(d, "closed")))
		return d;
	oms_fail(err, OMS_TRANSITION,
	    is(d, "closed") ? "dead letter %lld is %s: %.300s; oms dead reopen "
			      "opens it again"
			    : "dead letter %lld is %s: %s",
	    (long long)dead_id, d->state, d->resolution);
	return NULL;
}

/* Begin the transaction; a run may have dealt with it since we looked. */
static bool
begin(struct run *run, mem_ctx *row, const struct dead_row *d,
    struct oms_error *err)
{
	struct dead_row *now;

	if (!db_begin(run->db, err))
		return false;
	now = dead_load(run->db, row, d->dead_id, err);
	if (now != NULL && strcmp(now->state, d->state) == 0 &&
	    strcmp(now->sha256, d->sha256) == 0)
		return true;
	if (now != NULL)
		oms_fail(err, OMS_TRANSITION,
		    "dead letter %lld was changed meanwhile: it is %s",
		    (long long)d->dead_id, now->state);
	db_rollback(run->db);
	return false;
}

/* "open data.value", for the audit. */
static const char *
was(mem_ctx *row, const struct dead_row *d)
{
	return mem_printf(row, "%s %s", d->state, d->code);
}

static bool
end(struct run *run, bool ok, const char *step, struct oms_error *err)
{
	if (ok && db_commit(run->db, step, err))
		return true;
	db_rollback(run->db);
	return false;
}

/* ---- its bytes ---------------------------------------------------------- */

static char *
view_path(const struct run *run, mem_ctx *row, const struct dead_row *d)
{
	return mem_printf(row, "%s/deadletter/%s/%s", run->cfg->home,
	    d->partner, d->name);
}

static bool
copy_in(struct run *run, mem_ctx *row, const char *path,
    char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	AUTO_CLOSE int fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *tmp = spool_tmp(run, row);
	int64_t bytes, cards;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return oms_fail_errno(err, OMS_IO, "open %s", path);
	if (!S_ISREG(st.st_mode))
		return oms_fail(err, OMS_IO, "%s is no plain file", path);
	return fs_copy_hashed(fd, tmp, INT64_MAX, ret_sha, &bytes, err) &&
	    spool_scrub(tmp, NULL, ret_sha, &cards, err) &&
	    spool_keep(run, tmp, ret_sha, err);
}

/*
 * The bytes to try: the last version, or what a person made of the file in
 * deadletter/ since.  A file that holds an older version is only late.
 */
static bool
take_view(struct run *run, mem_ctx *row, const struct dead_row *d,
    char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	char *path = view_path(run, row, d);
	int64_t version;

	if (!dead_version_of_file(run, d->dead_id, path, ret_sha, &version,
		err))
		return false;
	if (ret_sha[0] != '\0' && version == 0)
		return copy_in(run, row, path, ret_sha, err);
	(void)str_copy(ret_sha, FS_SHA_BYTES, d->sha256);
	return true;
}

/* ---- retry -------------------------------------------------------------- */

/* The file that a letter came in. */
struct origin {
	const char *name;
	const char *sha256;
};

static bool
load_origin(struct run *run, mem_ctx *row, const struct dead_row *d,
    struct origin *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_BY_ID, err);
	bool is_there;

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", d->file_id);
	is_there = stmt_one(s, err);
	ret->name = is_there ? col_dup(s, 4, row) : "";
	ret->sha256 = is_there ? col_dup(s, 5, row) : "";
	stmt_end(s);
	return err->code == OMS_OK;
}

/* The feed that reads it: the one it came by, or the one of its name. */
static const struct feed *
feed_for(const struct run *run, const struct dead_row *d, const char *name)
{
	const struct partner *p = config_partner(run->cfg, d->partner);

	for (size_t i = 0; p != NULL && i < p->feed_count; i++) {
		const struct feed *f = &p->feeds[i];

		if (f->direction != FEED_IN)
			continue;
		if (d->feed[0] != '\0' ? strcmp(f->name, d->feed) == 0
				       : fnmatch(f->pattern, name, 0) == 0)
			return f;
	}
	return NULL;
}

const struct feed *
dead_feed(struct run *run, const struct dead_row *d, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct origin from;
	const struct feed *feed = NULL;

	if (load_origin(run, row, d, &from, err)) {
		feed = feed_for(run, d, from.name);
		if (feed == NULL)
			oms_fail(err, OMS_NO_FEED,
			    "no incoming feed of partner %s takes %s",
			    d->partner, from.name);
	}
	mem_free(row);
	return feed;
}

/* Who tries it, and how it is told. */
struct trial {
	const char *action; /* in the audit */
	const char *note;   /* of the version, when the bytes are new */
	bool by_night;      /* the run by itself */
};

static bool
mark_night(struct run *run, int64_t dead_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_NIGHT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":night", run->window);
	stmt_int(s, ":dead_id", dead_id);
	return stmt_run(s, NULL, err);
}

static bool
mark_tried(struct run *run, mem_ctx *row, const struct dead_row *d,
    const char *sha, const struct trial *t, struct oms_error *err)
{
	char after[60] = "retried";
	int64_t version;

	if (!dead_version_add(run, d->dead_id, sha, t->note, &version, err) ||
	    !set_state(run, d->dead_id, "retried",
		is(d, "held") ? "was held" : "", err))
		return false;
	if (t->by_night)
		return mark_night(run, d->dead_id, err);
	if (version != 0)
		snprintf(after, sizeof(after), "retried, version %lld",
		    (long long)version);
	return act_on(run, "dead", d->dead_id, t->action, was(row, d), after,
	    err);
}

/* The blob sha becomes a file to be read, as a child of the letter. */
static bool
submit(struct run *run, mem_ctx *row, const struct dead_row *d, const char *sha,
    const struct trial *t, struct oms_error *err)
{
	const struct feed *feed = dead_feed(run, d, err);
	struct origin from;
	int64_t bytes = 0, file_id;
	bool is_new, ok;

	if (feed == NULL || !load_origin(run, row, d, &from, err) ||
	    !spool_bytes(run, sha, &bytes, err) || !begin(run, row, d, err))
		return false;
	if (strcmp(d->kind, "file") == 0 && strcmp(sha, from.sha256) == 0)
		ok = file_requeue(run, d->file_id, feed->name, feed->type,
		    d->dead_id, err);
	else
		ok = spool_register_child(run, d->partner, feed->name,
		    feed->type, from.name, sha, bytes, "retry", d->dead_id,
		    &file_id, &is_new, err);
	return end(run, ok && mark_tried(run, row, d, sha, t, err),
	    "dead.retry", err);
}

static bool
retry_bytes(struct run *run, mem_ctx *row, const struct dead_row *d,
    struct oms_error *err)
{
	static const struct trial by_person = { "retry",
		"edited in deadletter/", false };
	char sha[FS_SHA_BYTES];

	return take_view(run, row, d, sha, err) &&
	    submit(run, row, d, sha, &by_person, err);
}

static bool
retry_remote(struct run *run, mem_ctx *row, const struct dead_row *d,
    struct oms_error *err)
{
	struct stmt *s;
	bool ok;

	if (!begin(run, row, d, err))
		return false;
	s = stmt_begin(run->db, SQL_REMOTE_RETRY_FILE, err);
	if (s != NULL) {
		stmt_text(s, ":partner", d->partner);
		stmt_text(s, ":name", d->key);
	}
	ok = s != NULL && stmt_run(s, NULL, err) &&
	    set_state(run, d->dead_id, "resolved", "looked for again", err) &&
	    act_on(run, "dead", d->dead_id, "retry", was(row, d),
		"resolved: looked for again", err);
	return end(run, ok, "dead.retry", err);
}

bool
dead_retry(struct run *run, int64_t dead_id, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = load_waiting(run, row, dead_id, err);
	bool ok = d != NULL;

	if (ok && is(d, "retried"))
		ok = true; /* its bytes are taken and wait for the next run */
	else if (ok && strcmp(d->kind, "document") == 0)
		ok = document_resend(run, d->doc_id, err); /* resolves it */
	else if (ok && strcmp(d->kind, "remote") == 0)
		ok = retry_remote(run, row, d, err);
	else if (ok)
		ok = retry_bytes(run, row, d, err);
	mem_free(row);
	return ok;
}

bool
dead_requeue(struct run *run, int64_t dead_id, const char *sha256,
    const char *note, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = load_waiting(run, row, dead_id, err);
	const struct trial t = { "requeue", note, false };
	bool ok = d != NULL;

	/* Taken before, and the run ended before the file was removed. */
	if (ok && !(is(d, "retried") && strcmp(d->sha256, sha256) == 0))
		ok = submit(run, row, d, sha256, &t, err);
	mem_free(row);
	return ok;
}

/* ---- what runs try by themselves ---------------------------------------- */

static bool
next_due(struct run *run, const struct dead_rule *r, int64_t *dead_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_DUE_NEXT, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":after", *dead_id);
	stmt_text(s, ":code", oms_code_name(r->code));
	stmt_int(s, ":nights", r->nights);
	stmt_text(s, ":night", run->window);
	*dead_id = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	return err->code == OMS_OK && *dead_id != 0;
}

/* Is somebody mending it, or is its partner stopped? */
static bool
is_left_alone(struct run *run, mem_ctx *row, const struct dead_row *d,
    bool *ret, struct oms_error *err)
{
	char sha[FS_SHA_BYTES];
	int64_t version;

	if (!dead_version_of_file(run, d->dead_id, view_path(run, row, d), sha,
		&version, err))
		return false;
	*ret = stop_is_set(run->cfg->home, d->partner) ||
	    (sha[0] != '\0' && version == 0);
	return true;
}

/* One letter; what hinders only it is told and left. */
static bool
try_due(struct run *run, int64_t dead_id, struct stage_result *res,
    struct oms_error *err)
{
	static const struct trial by_night = { "", "", true };
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct oms_error why = NO_ERROR;
	struct dead_row *d = dead_load(run->db, row, dead_id, &why);
	bool left = false;
	bool ok = d != NULL && is_left_alone(run, row, d, &left, &why) &&
	    (left || submit(run, row, d, d->sha256, &by_night, &why));

	mem_free(row);
	if (ok) {
		res->done += !left;
		return true;
	}
	if (oms_code_class(why.code) == CLASS_STOP) {
		*err = why;
		return false;
	}
	log_error("collect", &why);
	res->waiting++;
	return true;
}

bool
dead_retry_due(struct run *run, struct stage_result *res, struct oms_error *err)
{
	const struct config *cfg = run->cfg;

	for (size_t i = 0; i < cfg->dead_rule_count; i++) {
		const struct dead_rule *r = &cfg->dead_rules[i];
		int64_t dead_id = 0;

		if (r->action != DEAD_RETRY ||
		    config_dead_rule(cfg, r->code, DEAD_RETRY) != r)
			continue;
		while (next_due(run, r, &dead_id, err))
			if (!try_due(run, dead_id, res, err))
				return false;
		if (err->code != OMS_OK)
			return false;
	}
	return true;
}

/* ---- edit --------------------------------------------------------------- */

/* The bytes of sha become a version, and the file in deadletter/ its view. */
static bool
add_version(struct run *run, mem_ctx *row, struct dead_row *d, const char *sha,
    const char *note, int64_t *ret_version, struct oms_error *err)
{
	char after[40];
	bool ok;

	*ret_version = 0;
	if (strcmp(sha, d->sha256) == 0)
		return true;
	if (!begin(run, row, d, err))
		return false;
	ok = dead_version_add(run, d->dead_id, sha, note, ret_version, err);
	snprintf(after, sizeof(after), "version %lld", (long long)*ret_version);
	ok = end(run,
	    ok &&
		act_on(run, "dead", d->dead_id, "edit",
		    mem_printf(row, "version %lld", (long long)d->version),
		    after, err),
	    "dead.edit", err);
	if (ok) {
		d->sha256 = mem_strdup(d, sha);
		d->version = *ret_version;
	}
	return ok;
}

static struct dead_row *
load_editable(struct run *run, mem_ctx *row, int64_t dead_id,
    struct oms_error *err)
{
	struct dead_row *d = load_waiting(run, row, dead_id, err);

	if (d == NULL)
		return NULL;
	if (is(d, "retried"))
		oms_fail(err, OMS_TRANSITION,
		    "dead letter %lld is being tried: oms run intake first",
		    (long long)dead_id);
	else if (d->sha256[0] == '\0' || strcmp(d->kind, "document") == 0)
		oms_fail(err, OMS_TRANSITION,
		    "dead letter %lld has no bytes that can be edited",
		    (long long)dead_id);
	else
		return d;
	return NULL;
}

bool
dead_take_edits(struct run *run, int64_t dead_id, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = load_editable(run, row, dead_id, err);
	char sha[FS_SHA_BYTES];
	int64_t version;
	bool ok = d != NULL && take_view(run, row, d, sha, err) &&
	    add_version(run, row, d, sha, "edited in deadletter/", &version,
		err);

	mem_free(row);
	return ok;
}

bool
dead_edit(struct run *run, int64_t dead_id, const char *path, const char *note,
    int64_t *ret_version, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d;
	char sha[FS_SHA_BYTES];
	bool ok = dead_take_edits(run, dead_id, err) &&
	    (d = load_editable(run, row, dead_id, err)) != NULL &&
	    copy_in(run, row, path, sha, err) &&
	    add_version(run, row, d, sha, note, ret_version, err) &&
	    spool_repair_view(run, d, err);

	mem_free(row);
	return ok;
}

/* ---- hold, release, owner, note ----------------------------------------- */

static bool
set_owner(struct run *run, const struct dead_row *d, const char *owner,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_SET_OWNER, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":owner", owner);
	stmt_int(s, ":dead_id", d->dead_id);
	return stmt_run(s, NULL, err);
}

/* A note may name a customer: it is sealed, in the journal, too. */
static bool
set_note(struct run *run, const struct dead_row *d, const char *note,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_SET_NOTE, err);
	char place[40];

	if (s == NULL)
		return false;
	snprintf(place, sizeof(place), "dead.note/%lld", (long long)d->dead_id);
	stmt_sealed(s, ":note", note, place);
	stmt_int(s, ":dead_id", d->dead_id);
	return stmt_run(s, NULL, err);
}

/* From one waiting state to another; there already is fine. */
static bool
move(struct run *run, int64_t dead_id, const char *from, const char *to,
    const char *action, const char *note, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = load_waiting(run, row, dead_id, err);
	bool ok = d != NULL;

	if (ok && !is(d, from) && !is(d, to))
		ok = oms_fail(err, OMS_TRANSITION,
		    "dead letter %lld is being tried: oms run intake first",
		    (long long)dead_id);
	if (ok && is(d, from) && (ok = begin(run, row, d, err)))
		ok = end(run,
		    set_state(run, dead_id, to, "", err) &&
			(note == NULL || set_note(run, d, note, err)) &&
			act_on(run, "dead", d->dead_id, action, from, to, err),
		    "dead.move", err);
	mem_free(row);
	return ok;
}

bool
dead_hold(struct run *run, int64_t dead_id, const char *note,
    struct oms_error *err)
{
	return move(run, dead_id, "open", "held", "hold", note, err);
}

bool
dead_release(struct run *run, int64_t dead_id, struct oms_error *err)
{
	return move(run, dead_id, "held", "open", "release", NULL, err);
}

bool
dead_assign(struct run *run, int64_t dead_id, const char *owner,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = load_waiting(run, row, dead_id, err);
	bool ok = d != NULL;

	if (ok && strcmp(d->owner, owner) != 0 &&
	    (ok = begin(run, row, d, err)))
		ok = end(run,
		    set_owner(run, d, owner, err) &&
			act_on(run, "dead", d->dead_id, "assign", d->owner,
			    owner, err),
		    "dead.assign", err);
	mem_free(row);
	return ok;
}

/* The audit, which is not sealed, has only its length. */
static const char *
sized(mem_ctx *row, const char *note)
{
	return note[0] == '\0' ? ""
			       : mem_printf(row, "%zu bytes", strlen(note));
}

bool
dead_note(struct run *run, int64_t dead_id, const char *note,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = load_waiting(run, row, dead_id, err);
	bool ok = d != NULL;

	if (ok && strcmp(d->note, note) != 0 && (ok = begin(run, row, d, err)))
		ok = end(run,
		    set_note(run, d, note, err) &&
			act_on(run, "dead", d->dead_id, "note",
			    sized(row, d->note), sized(row, note), err),
		    "dead.note", err);
	mem_free(row);
	return ok;
}

/* ---- close -------------------------------------------------------------- */

/* Only one that is dead: rows of another may have gone in. */
static bool
close_file(struct run *run, int64_t file_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_CLOSE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	return stmt_run(s, NULL, err);
}

static bool
reopen_file(struct run *run, int64_t file_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_REOPEN, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	return stmt_run(s, NULL, err);
}

/* After the commit; what a crash leaves of it is swept by the next run. */
static bool
remove_view(struct run *run, mem_ctx *row, const struct dead_row *d,
    struct oms_error *err)
{
	char *path = view_path(run, row, d);

	return d->name[0] == '\0' ||
	    (fs_remove(mem_printf(row, "%s.why", path), err) &&
		fs_remove(path, err));
}

bool
dead_close(struct run *run, int64_t dead_id, const char *reason,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = load_waiting(run, row, dead_id, err);
	bool ok = d != NULL && begin(run, row, d, err);

	if (ok)
		ok = end(run,
		    set_state(run, dead_id, "closed", reason, err) &&
			(strcmp(d->kind, "file") != 0 ||
			    close_file(run, d->file_id, err)) &&
			act_on(run, "dead", d->dead_id, "close", was(row, d),
			    mem_printf(row, "closed: %.400s", reason), err),
		    "dead.close", err);
	ok = ok && remove_view(run, row, d, err);
	mem_free(row);
	return ok;
}

static bool
reopen_closed(struct run *run, mem_ctx *row, const struct dead_row *d,
    struct oms_error *err)
{
	int64_t bytes;
	bool ok = (d->sha256[0] == '\0' ||
		      spool_bytes(run, d->sha256, &bytes, err)) &&
	    begin(run, row, d, err);

	if (!ok)
		return false;
	ok = set_state(run, d->dead_id, "open", "", err) &&
	    (strcmp(d->kind, "file") != 0 ||
		reopen_file(run, d->file_id, err)) &&
	    act_on(run, "dead", d->dead_id, "reopen",
		mem_printf(row, "closed: %.400s", d->resolution), "open", err);
	return end(run, ok, "dead.reopen", err) &&
	    (d->sha256[0] == '\0' || spool_repair_view(run, d, err));
}

bool
dead_reopen(struct run *run, int64_t dead_id, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = dead_load(run->db, row, dead_id, err);
	bool ok = d != NULL;

	if (ok && is(d, "closed"))
		ok = reopen_closed(run, row, d, err);
	else if (ok && !is(d, "open"))
		ok = oms_fail(err, OMS_TRANSITION,
		    "dead letter %lld is %s: only a closed one is opened again",
		    (long long)dead_id, d->state);
	mem_free(row);
	return ok;
}
