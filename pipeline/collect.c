/*
 * collect.c - partners' files become ours; crash-safety 3.3.
 *
 *   seen -> stable -> fetching -> fetched -> archived
 *    I1       I1         I2      I3 to I6    I7, I8
 *
 * A row of remote_file is a name with one size and one time; when either
 * changes it is another file, with another row.  The states on the way are
 * committed before the act they announce, so that a run killed anywhere goes
 * on from the row.  What is fetched is never fetched again: only its removal
 * from the partner's side is.
 *
 * A file that stands still proves it in two looks, settle apart.  A nightly
 * run comes once a day, so it looks twice itself: every partner first, then,
 * when settle has passed since, those where something was too fresh.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cards.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/dead_ops.h"
#include "pipeline/feed_match.h"
#include "pipeline/inbox.h"
#include "pipeline/partner_state.h"
#include "pipeline/stop.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

#define SECOND_US ((int64_t)1000000)
#define EXPIRY_US (24 * 3600 * SECOND_US) /* of failing to fetch a file */

enum {
	SETTLE_WAIT_MAX_S = 3600, /* longer: the next run looks again */
	CRASHES_MAX = 3,
	NAME_SHOWN_BYTES = 200,
	NAME_BYTES = 256
};

/* One look at one partner. */
struct visit {
	struct run *run;
	struct stage_result *res;
	struct partner_call *call;
	const struct partner *p;
	mem_ctx *ctx;
	bool is_second;
	size_t unsettled; /* files that a second look may prove */
};

/* One folder of the partner, as it was listed. */
struct folder {
	const char *dir;
	struct remote_entry *entry;
	size_t count;
	int64_t ts_us;
};

/* A row of remote_file. */
struct remote {
	int64_t remote_id;
	const struct feed *feed; /* NULL: no longer configured */
	const char *dir;
	const char *name;
	int64_t size_bytes;
	int64_t mtime_s;
	char state[16];
	int64_t first_ts_us;
	int64_t fail_ts_us;
	int64_t attempts;
	int64_t next_ts_us;
	int64_t file_id;
	bool was_known; /* an earlier look saw the same size and time */
};

static bool
is(const struct remote *r, const char *state)
{
	return strcmp(r->state, state) == 0;
}

static bool
is_up(const struct visit *v)
{
	return v->call->session != NULL;
}

static void
say(const struct visit *v, const struct remote *r, enum log_level level,
    const char *event, const char *why)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");

	log_event(level, "collect", "partner=%s file=%s event=%s: %s", v->p->id,
	    str_show(row, r->name, NAME_SHOWN_BYTES), event, why);
	mem_free(row);
}

/* Write the row as it stands; inside a transaction. */
static bool
put_row(struct visit *v, const struct remote *r, const struct oms_error *why,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(v->run->db, SQL_REMOTE_SET, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":state", r->state);
	stmt_text(s, ":feed", r->feed->name);
	stmt_int(s, ":first_ts_us", r->first_ts_us);
	stmt_int(s, ":fail_ts_us", r->fail_ts_us);
	stmt_int(s, ":attempts", r->attempts);
	stmt_int(s, ":next_ts_us", r->next_ts_us);
	stmt_opt_int(s, ":file_id", r->file_id == 0 ? INT64_MIN : r->file_id);
	stmt_text(s, ":code", why != NULL ? oms_code_name(why->code) : "");
	stmt_text(s, ":reason", why != NULL ? why->reason : "");
	stmt_int(s, ":remote_id", r->remote_id);
	return stmt_run(s, NULL, err);
}

/* A transaction of its own for one step of one file. */
static bool
commit_row(struct visit *v, struct remote *r, const char *state,
    const struct oms_error *why, struct oms_error *err)
{
	(void)str_copy(r->state, sizeof(r->state), state);
	if (!db_begin(v->run->db, err))
		return false;
	if (put_row(v, r, why, err))
		return db_commit(v->run->db, "collect.state", err);
	db_rollback(v->run->db);
	return false;
}

/* A dead letter without bytes: the file still lies at the partner's. */
static bool
add_dead(struct visit *v, const struct remote *r, const struct oms_error *why,
    struct oms_error *err)
{
	struct dead_letter d = { .kind = "remote",
		.partner = v->p->id,
		.feed = r->feed->name,
		.file_name = r->name,
		.key = r->name,
		.stage = "collect",
		.ext = "",
		.sha256 = "" };
	struct oms_error said = *why;

	oms_at(&said, "%s:%.80s/%.120s", v->p->id, r->dir, r->name);
	v->res->rejected++;
	return dead_add(v->run, &d, &said, err);
}

/* ---- I1: what the listing says ------------------------------------------ */

static bool
has_done_file(const struct folder *f, const struct remote *r)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	const char *name = mem_printf(row, "%s%s", r->name,
	    r->feed->done_suffix);
	bool has = transport_entry(f->entry, f->count, name) != NULL;

	mem_free(row);
	return has;
}

static bool
is_done_file(const struct feed *f, const char *name)
{
	size_t n = strlen(name), m = strlen(f->done_suffix);

	return f->complete == COMPLETE_DONE && n > m &&
	    strcmp(name + n - m, f->done_suffix) == 0;
}

/* The clock may be fixed or set back: then only the second look proves. */
static bool
has_settled(const struct visit *v, const struct folder *f,
    const struct remote *r)
{
	return r->was_known &&
	    (v->is_second ||
		f->ts_us - r->first_ts_us >= v->p->settle_s * SECOND_US);
}

static bool
is_proven(struct visit *v, const struct folder *f, const struct remote *r)
{
	bool proven = false;

	switch (r->feed->complete) {
	case COMPLETE_RENAME: return true;
	case COMPLETE_DONE: proven = has_done_file(f, r); break;
	case COMPLETE_STABLE:
		proven = has_settled(v, f, r);
		v->unsettled += !proven;
		break;
	}
	if (!proven && f->ts_us - r->first_ts_us > EXPIRY_US)
		say(v, r, LOG_WARN_, "remote.unproven",
		    "for a day nothing has shown that it is complete");
	return proven;
}

/* Begin anew: what we knew of this name, size and time is over. */
static void
start_over(struct remote *r, const struct folder *f)
{
	(void)str_copy(r->state, sizeof(r->state), "seen");
	r->first_ts_us = f->ts_us;
	r->attempts = r->next_ts_us = r->fail_ts_us = r->file_id = 0;
	r->was_known = false;
}

/* Does a row that was at its end begin anew when it is listed again? */
static bool
is_back(const struct remote *r)
{
	/* Same name, size and time, but the bytes may be others. */
	if (is(r, "archived"))
		return r->feed->after != AFTER_KEEP;
	if (is(r, "refused"))
		return r->size_bytes <= r->feed->max_bytes;
	return is(r, "gone");
}

static bool
refuse(struct visit *v, struct remote *r, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	oms_fail(&why, OMS_LIMIT, "%lld bytes, max_bytes of feed %s is %lld",
	    (long long)r->size_bytes, r->feed->name,
	    (long long)r->feed->max_bytes);
	say(v, r, LOG_WARN_, "remote.refused", why.reason);
	partner_tell(v->res, v->p, &why);
	(void)str_copy(r->state, sizeof(r->state), "refused");
	return put_row(v, r, &why, err) && add_dead(v, r, &why, err);
}

/* The walk of a row at each listing; inside the listing's transaction. */
static bool
walk(struct visit *v, const struct folder *f, struct remote *r,
    struct oms_error *err)
{
	if (is_back(r))
		start_over(r, f);
	if (!is(r, "seen") && !is(r, "unstable"))
		return true;
	if (r->size_bytes > r->feed->max_bytes)
		return refuse(v, r, err);
	if (is_proven(v, f, r)) {
		if (is(r, "seen"))
			r->fail_ts_us = 0;
		(void)str_copy(r->state, sizeof(r->state), "stable");
	} else {
		v->res->waiting += v->is_second ==
		    (r->feed->complete == COMPLETE_STABLE);
	}
	return put_row(v, r, NULL, err);
}

/* Bind what identifies a row; the names are those of both statements. */
static void
bind_identity(struct stmt *s, const struct visit *v, const struct remote *r)
{
	stmt_text(s, ":partner", v->p->id);
	stmt_text(s, ":dir", r->dir);
	stmt_text(s, ":name", r->name);
	stmt_int(s, ":size_bytes", r->size_bytes);
	stmt_int(s, ":mtime_s", r->mtime_s);
}

static bool
add_row(struct visit *v, struct remote *r, int64_t ts_us, struct oms_error *err)
{
	struct stmt *s;

	if (!db_next(v->run->db, "remote", &r->remote_id, err))
		return false;
	s = stmt_begin(v->run->db, SQL_REMOTE_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":remote_id", r->remote_id);
	stmt_text(s, ":feed", r->feed->name);
	bind_identity(s, v, r);
	stmt_int(s, ":ts_us", ts_us);
	(void)str_copy(r->state, sizeof(r->state), "seen");
	r->first_ts_us = ts_us;
	return stmt_run(s, NULL, err);
}

/* Nothing comes of it that it is listed again. */
static bool
is_at_rest(const struct remote *r)
{
	static const char *const states[] = { "archived", "fetched", "refused",
		"expired" };

	for (size_t i = 0; i < COUNT(states); i++)
		if (is(r, states[i]))
			return !is_back(r);
	return false;
}

/* The row of a listed file, made when it is new. */
static bool
load_row(struct visit *v, const struct folder *f, struct remote *r,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(v->run->db, SQL_REMOTE_LISTED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", f->ts_us);
	bind_identity(s, v, r);
	r->was_known = stmt_one(s, err);
	if (r->was_known) {
		r->remote_id = col_int(s, 0);
		(void)str_copy(r->state, sizeof(r->state), col_text(s, 1));
		r->first_ts_us = col_int(s, 2);
		r->fail_ts_us = col_int(s, 3);
		r->attempts = col_int(s, 4);
		r->next_ts_us = col_int(s, 5);
		r->file_id = col_int(s, 6);
	}
	stmt_end(s);
	if (err->code != OMS_OK)
		return false;
	if (r->was_known && is_at_rest(r))
		db_record_drop(v->run->db); /* thousands may lie there */
	return r->was_known || add_row(v, r, f->ts_us, err);
}

static bool
note_gone(struct visit *v, const struct folder *f, struct oms_error *err)
{
	struct stmt *s = stmt_begin(v->run->db, SQL_REMOTE_GONE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", v->p->id);
	stmt_text(s, ":dir", f->dir);
	stmt_int(s, ":ts_us", f->ts_us);
	return stmt_run(s, NULL, err);
}

/* What is to be fetched now, the fewest failures first. */
struct worklist {
	struct remote *row;
	size_t count;
	size_t room;
};

static void
add_work(mem_ctx *ctx, struct worklist *w, const struct remote *r)
{
	if (w->count == w->room) {
		w->room = w->room == 0 ? 64 : 2 * w->room;
		w->row = mem_resize(ctx, w->row,
		    w->room * sizeof(struct remote));
	}
	w->row[w->count++] = *r;
}

/*
 * A try that we were killed at is not the file's fault, or else a crash would
 * have a later file of the partner overtake it.  Unless it goes on like that.
 */
static int64_t
failures_of(const struct remote *r)
{
	return r->fail_ts_us != 0 || r->attempts >= CRASHES_MAX ? r->attempts
								: 0;
}

/* A file that breaks every session must not keep the others waiting. */
static int
by_failures(const void *a, const void *b)
{
	const struct remote *x = a, *y = b;

	if (failures_of(x) != failures_of(y))
		return failures_of(x) < failures_of(y) ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* A name is kept as it is, to find the file again; such a name is not kept. */
static bool
has_card(const char *name)
{
	char copy[NAME_BYTES];

	(void)str_copy(copy, sizeof(copy), name);
	return cards_scrub(copy, strlen(copy)) > 0;
}

static bool
observe_entry(struct visit *v, const struct folder *f,
    const struct remote_entry *e, struct worklist *work, size_t *unsafe,
    struct oms_error *err)
{
	struct remote r = { .dir = f->dir,
		.name = e->name,
		.size_bytes = e->size_bytes,
		.mtime_s = e->mtime_s };

	if (feed_ignores(e->name))
		return true;
	r.feed = feed_match(v->p, f->dir, e->name);
	if (r.feed == NULL || is_done_file(r.feed, e->name))
		return true;
	if (!str_is_safe_name(e->name) || has_card(e->name)) {
		++*unsafe;
		return true;
	}
	if (!load_row(v, f, &r, err) || !walk(v, f, &r, err))
		return false;
	if (is(&r, "stable") || is(&r, "fetching")) {
		if (partner_is_due(r.next_ts_us))
			add_work(v->ctx, work, &r);
		else
			v->res->waiting++;
	}
	return true;
}

static bool
observe(struct visit *v, const struct folder *f, struct worklist *work,
    size_t *unsafe, struct oms_error *err)
{
	bool ok;

	if (!db_begin(v->run->db, err))
		return false;
	ok = true;
	for (size_t i = 0; ok && i < f->count; i++)
		ok = observe_entry(v, f, &f->entry[i], work, unsafe, err);
	if (ok && note_gone(v, f, err))
		return db_commit(v->run->db, "collect.listed", err);
	db_rollback(v->run->db);
	return false;
}

/* ---- I7, I8: out of the partner's way ----------------------------------- */

static char *
archive_name(mem_ctx *ctx, const struct remote *r)
{
	return mem_printf(ctx, "%s.%08lld", r->name, (long long)r->file_id);
}

/* Was the rename done, though its reply was lost?  The table of 3.4. */
enum fate { FATE_DONE, FATE_BOTH, FATE_STILL_THERE, FATE_VANISHED, FATE_OTHER };

static enum fate
fate_of(int64_t source_bytes, int64_t archive_bytes)
{
	if (source_bytes < 0)
		return archive_bytes < 0 ? FATE_VANISHED : FATE_DONE;
	if (archive_bytes < 0)
		return FATE_STILL_THERE;
	return source_bytes == archive_bytes ? FATE_BOTH : FATE_OTHER;
}

static bool
look_at_both(struct visit *v, const struct remote *r, const char *archived,
    enum fate *ret, struct oms_error *net)
{
	int64_t source, archive;

	if (!transport_stat(v->call->session, r->dir, r->name, &source, net) ||
	    !transport_stat(v->call->session, r->feed->archive_dir, archived,
		&archive, net))
		return false;
	*ret = fate_of(source, archive);
	return true;
}

static void
say_vanished(struct visit *v, const struct remote *r)
{
	say(v, r, LOG_WARN_, "remote.vanished",
	    "neither it nor its archived name is there; we have it");
}

/* The rename failed with *net: is the file out of the way all the same? */
static bool
resolve_archive(struct visit *v, const struct remote *r, const char *archived,
    const char **ret_state, struct oms_error *net)
{
	struct oms_error refused = *net;
	enum fate fate;

	if (!partner_survives(net->code) && !partner_call_again(v->call, net))
		return false;
	*net = NO_ERROR;
	if (!look_at_both(v, r, archived, &fate, net))
		return false;
	switch (fate) {
	case FATE_DONE: return true;
	case FATE_BOTH: /* a link without its unlink */
		return transport_remove(v->call->session, r->dir, r->name, net);
	case FATE_VANISHED:
		say_vanished(v, r);
		*ret_state = "gone";
		return true;
	case FATE_OTHER:
		return oms_fail(net, OMS_EXISTS,
		    "another file lies at %.100s/%.200s", r->feed->archive_dir,
		    archived);
	case FATE_STILL_THERE: break;
	}
	*net = refused;
	return false;
}

static bool
move_away(struct visit *v, const struct remote *r, const char *archived,
    const char **ret_state, struct oms_error *net)
{
	switch (r->feed->after) {
	case AFTER_KEEP: return true;
	case AFTER_DELETE:
		return transport_remove(v->call->session, r->dir, r->name, net);
	case AFTER_ARCHIVE:
		return transport_rename(v->call->session, r->dir, r->name,
			   r->feed->archive_dir, archived, net) ||
		    resolve_archive(v, r, archived, ret_state, net);
	}
	return true;
}

/* An earlier run moved it, and did not live to write that down. */
static bool
confirm_away(struct visit *v, const struct remote *r, const char *archived,
    const char **ret_state, struct oms_error *net)
{
	int64_t bytes;

	if (r->feed->after != AFTER_ARCHIVE)
		return true;
	if (!transport_stat(v->call->session, r->feed->archive_dir, archived,
		&bytes, net))
		return false;
	if (bytes < 0) {
		say_vanished(v, r);
		*ret_state = "gone";
	}
	return true;
}

/* The done file goes last: without it the data would never be taken again. */
static bool
remove_done_file(struct visit *v, mem_ctx *row, const struct remote *r,
    struct oms_error *net)
{
	if (r->feed->complete != COMPLETE_DONE || r->feed->after == AFTER_KEEP)
		return true;
	return transport_remove(v->call->session, r->dir,
	    mem_printf(row, "%s%s", r->name, r->feed->done_suffix), net);
}

/*
 * I7 and I8 for a file that is ours.  source_is_there: this look listed it
 * with the size and time of the row; else it was moved before, or the name
 * is another file now.
 */
static bool
archive(struct visit *v, struct remote *r, bool source_is_there,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct oms_error net = NO_ERROR;
	const char *state = "archived";
	char *name = archive_name(row, r);
	bool ok,
	    moved = source_is_there ? move_away(v, r, name, &state, &net)
				    : confirm_away(v, r, name, &state, &net);

	if (moved && r->feed->after != AFTER_KEEP)
		fault_step("collect.archive");
	moved = moved && remove_done_file(v, row, r, &net);
	mem_free(row);
	if (moved) {
		r->next_ts_us = 0;
		return commit_row(v, r, state, NULL, err);
	}
	say(v, r, LOG_WARN_, "remote.not_archived", net.reason);
	v->res->waiting++;
	partner_tell(v->res, v->p, &net);
	ok = commit_row(v, r, "fetched", &net, err);
	if (ok && !partner_survives(net.code))
		ok = partner_call_lost(v->call, &net, err);
	return ok;
}

/* Rows that an earlier run fetched and did not get out of the way. */
static bool
load_fetched(struct visit *v, const struct folder *f, struct worklist *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(v->run->db, SQL_REMOTE_FETCHED, err);
	struct remote r = { .dir = f->dir, .state = "fetched" };

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", v->p->id);
	stmt_text(s, ":dir", f->dir);
	while (stmt_next(s, err)) {
		r.remote_id = col_int(s, 0);
		r.name = col_dup(s, 2, v->ctx);
		r.feed = feed_match(v->p, f->dir, r.name);
		r.size_bytes = col_int(s, 3);
		r.mtime_s = col_int(s, 4);
		r.first_ts_us = col_int(s, 5);
		r.fail_ts_us = col_int(s, 6);
		r.attempts = col_int(s, 7);
		r.file_id = col_int(s, 8);
		if (r.feed != NULL)
			add_work(v->ctx, ret, &r);
	}
	return err->code == OMS_OK;
}

static bool
archive_leftovers(struct visit *v, const struct folder *f,
    struct oms_error *err)
{
	struct worklist left = { 0 };
	bool ok = load_fetched(v, f, &left, err);

	for (size_t i = 0; ok && is_up(v) && i < left.count; i++) {
		const struct remote_entry *e = transport_entry(f->entry,
		    f->count, left.row[i].name);

		ok = archive(v, &left.row[i],
		    e != NULL && e->size_bytes == left.row[i].size_bytes &&
			e->mtime_s == left.row[i].mtime_s,
		    err);
	}
	return ok;
}

/* ---- I2 to I6: fetch one ------------------------------------------------ */

static bool
expire(struct visit *v, struct remote *r, const struct oms_error *why,
    struct oms_error *err)
{
	say(v, r, LOG_WARN_, "remote.expired", why->reason);
	(void)str_copy(r->state, sizeof(r->state), "expired");
	if (!db_begin(v->run->db, err))
		return false;
	if (put_row(v, r, why, err) && add_dead(v, r, why, err))
		return db_commit(v->run->db, "collect.expired", err);
	db_rollback(v->run->db);
	return false;
}

/* What becomes of the row after a failed fetch. */
static const char *
state_after(enum oms_code code)
{
	static const struct {
		enum oms_code code;
		const char *state;
	} fates[] = {
		{ OMS_UNSTABLE, "unstable" },
		{ OMS_LIMIT, "unstable" }, /* it outgrew what was listed */
		{ OMS_NOT_FOUND, "gone" },
	};

	for (size_t i = 0; i < COUNT(fates); i++)
		if (fates[i].code == code)
			return fates[i].state;
	return "stable";
}

static bool
fetch_failed(struct visit *v, struct remote *r, const struct oms_error *why,
    struct oms_error *err)
{
	int64_t now_us = clock_now_us();
	const char *state = state_after(why->code);
	bool ok;

	if (oms_code_class(why->code) == CLASS_STOP) /* our disk: no blame */
		return partner_call_lost(v->call, why, err);
	if (r->fail_ts_us == 0)
		r->fail_ts_us = now_us;
	if (strcmp(state, "unstable") == 0)
		r->first_ts_us = now_us; /* it must stand still from now on */
	else
		r->next_ts_us = now_us +
		    partner_backoff_us(v->p->id, r->attempts);
	partner_tell(v->res, v->p, why);
	v->res->waiting++;
	if (now_us - r->fail_ts_us >= EXPIRY_US && strcmp(state, "gone") != 0) {
		ok = expire(v, r, why, err);
	} else {
		say(v, r, LOG_WARN_, "remote.not_fetched", why->reason);
		ok = commit_row(v, r, state, why, err);
	}
	return ok &&
	    (partner_survives(why->code) ||
		partner_call_lost(v->call, why, err));
}

static bool
resolve_dead(struct visit *v, const struct remote *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(v->run->db, SQL_REMOTE_DEAD_RESOLVE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", v->run->now_us);
	stmt_text(s, ":partner", v->p->id);
	stmt_text(s, ":key", r->name);
	return stmt_run(s, NULL, err);
}

/* I6: one commit, and it is ours. */
static bool
own(struct visit *v, struct remote *r, const char *sha, int64_t cards,
    struct oms_error *err)
{
	bool is_new;

	if (!db_begin(v->run->db, err))
		return false;
	(void)str_copy(r->state, sizeof(r->state), "fetched");
	r->next_ts_us = r->fail_ts_us = 0;
	if (spool_register(v->run, v->p->id, r->feed->name, r->feed->type,
		r->name, sha, r->size_bytes, v->p->transport, &r->file_id,
		&is_new, err) &&
	    spool_note_cards(v->run, r->file_id, v->p->id, cards, err) &&
	    put_row(v, r, NULL, err) && resolve_dead(v, r, err)) {
		say(v, r, LOG_INFO_, "remote.fetched",
		    is_new ? "new" : "bytes we know");
		return db_commit(v->run->db, "collect.fetched", err);
	}
	db_rollback(v->run->db);
	return false;
}

static bool
fetch(struct visit *v, struct remote *r, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct oms_error net = NO_ERROR;
	char *tmp = spool_tmp(v->run, row);
	char sha[FS_SHA_BYTES];
	int64_t cards;
	bool ok;

	r->attempts++;
	ok = commit_row(v, r, "fetching", NULL, err);
	if (ok &&
	    !transport_get(v->call->session, r->dir, r->name, r->size_bytes,
		r->mtime_s, r->feed->max_bytes, tmp, sha, &net)) {
		ok = fetch_failed(v, r, &net, err);
	} else if (ok) {
		ok = spool_scrub(tmp, r->feed, sha, &cards, err) &&
		    spool_keep(v->run, tmp, sha, err) &&
		    own(v, r, sha, cards, err);
		v->res->done += ok;
		ok = ok && archive(v, r, true, err);
	}
	mem_free(row);
	return ok;
}

static bool
fetch_all(struct visit *v, struct worklist *work, struct oms_error *err)
{
	if (work->count > 1)
		qsort(work->row, work->count, sizeof(struct remote),
		    by_failures);
	for (size_t i = 0; i < work->count; i++) {
		if (!is_up(v)) {
			v->res->waiting += (int64_t)(work->count - i);
			break;
		}
		if (!fetch(v, &work->row[i], err))
			return false;
	}
	return true;
}

/* ---- folders and partners ----------------------------------------------- */

static bool
list_failed(struct visit *v, const struct oms_error *why, struct oms_error *err)
{
	if (!partner_survives(why->code))
		return partner_call_lost(v->call, why, err);
	log_event(LOG_WARN_, "collect",
	    "partner=%s event=remote.not_listed: %s [%s]", v->p->id,
	    why->reason, oms_code_name(why->code));
	partner_tell(v->res, v->p, why);
	v->res->waiting++;
	return true;
}

/* Any of them may be an order that nobody would ever miss: not in silence. */
static void
tell_unsafe(struct visit *v, const char *dir, size_t count)
{
	struct oms_error why = NO_ERROR;

	oms_fail(&why, OMS_VALUE,
	    "%zu of the names in \"%.80s\" cannot be used: not UTF-8, too "
	    "long, or with control characters; ask the partner to rename them",
	    count, dir);
	log_event(LOG_WARN_, "collect",
	    "partner=%s event=remote.unsafe_names: %s", v->p->id, why.reason);
	partner_tell(v->res, v->p, &why);
	v->res->waiting += (int64_t)count;
}

static bool
collect_folder(struct visit *v, const char *dir, struct oms_error *err)
{
	struct folder f = { .dir = dir };
	struct oms_error net = NO_ERROR;
	struct worklist work = { 0 };
	size_t unsafe = 0;

	if (!transport_list(v->call->session, v->ctx, dir, &f.entry, &f.count,
		&unsafe, &net))
		return list_failed(v, &net, err);
	f.ts_us = clock_now_us();
	if (!observe(v, &f, &work, &unsafe, err))
		return false;
	if (unsafe > 0)
		tell_unsafe(v, dir, unsafe);
	return archive_leftovers(v, &f, err) && fetch_all(v, &work, err);
}

/* Several feeds may share a folder: it is listed once. */
static bool
is_listed_before(const struct partner *p, size_t feed)
{
	for (size_t i = 0; i < feed; i++)
		if (p->feeds[i].direction == FEED_IN &&
		    strcmp(p->feeds[i].dir, p->feeds[feed].dir) == 0)
			return true;
	return false;
}

static bool
has_feed_in(const struct partner *p)
{
	for (size_t i = 0; i < p->feed_count; i++)
		if (p->feeds[i].direction == FEED_IN)
			return true;
	return false;
}

static bool
visit_partner(struct visit *v, struct oms_error *err)
{
	if (!partner_call_open(v->run, v->p, "collect", v->res, v->ctx,
		&v->call, err))
		return false;
	if (v->call == NULL)
		return true;
	for (size_t i = 0; is_up(v) && i < v->p->feed_count; i++)
		if (v->p->feeds[i].direction == FEED_IN &&
		    !is_listed_before(v->p, i) &&
		    !collect_folder(v, v->p->feeds[i].dir, err))
			return false;
	if (!is_up(v))
		v->unsettled = 0; /* it is not called again in this run */
	return partner_call_end(v->call, err);
}

/* A partner that a second look may help, and since when it is left alone. */
struct again {
	const struct partner *p;
	int64_t since_us; /* clock_mono_us() */
};

static bool
look_at(struct run *run, const struct partner *p, bool is_second,
    struct stage_result *res, size_t *ret_unsettled, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "visit");
	struct visit v = { .run = run,
		.res = res,
		.p = p,
		.ctx = ctx,
		.is_second = is_second };
	bool ok = visit_partner(&v, err);

	*ret_unsettled = v.unsettled;
	mem_free(ctx);
	return ok || oms_context(err, "collect from %s", p->id);
}

static void
wait_until(int64_t mono_us)
{
	int64_t left_us = mono_us - clock_mono_us();
	struct timespec t = { .tv_sec = left_us / SECOND_US,
		.tv_nsec = left_us % SECOND_US * 1000 };

	while (left_us > 0 && nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static bool
collect_remote(struct run *run, mem_ctx *ctx, struct stage_result *res,
    struct oms_error *err)
{
	const struct config *cfg = run->cfg;
	struct again *again = mem_array(ctx, struct again,
	    cfg->partner_count + 1);
	size_t count = 0, unsettled;

	for (size_t i = 0; i < cfg->partner_count; i++) {
		const struct partner *p = &cfg->partners[i];

		if (!partner_is_remote(p) || !has_feed_in(p) ||
		    !run_serves(run, p->id))
			continue;
		if (stop_is_set(cfg->home, p->id)) {
			res->waiting++;
			continue;
		}
		if (!look_at(run, p, false, res, &unsettled, err))
			return false;
		if (unsettled > 0 && p->settle_s <= SETTLE_WAIT_MAX_S)
			again[count++] = (struct again){ p, clock_mono_us() };
		else
			res->waiting += (int64_t)unsettled;
	}
	for (size_t i = 0; i < count; i++) {
		wait_until(
		    again[i].since_us + again[i].p->settle_s * SECOND_US);
		if (!look_at(run, again[i].p, true, res, &unsettled, err))
			return false;
	}
	return true;
}

bool
stage_collect(struct run *run, struct stage_result *res, struct oms_error *err)
{
	mem_ctx *ctx;
	bool ok;

	if (!inbox_collect(run, res, err) || !dead_retry_due(run, res, err))
		return false;
	if (run->offline)
		return true;
	ctx = mem_ctx_new(NULL, "collect");
	ok = collect_remote(run, ctx, res, err);
	mem_free(ctx);
	return ok;
}
