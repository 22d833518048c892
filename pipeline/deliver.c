/*
 * deliver.c - documents become the partner's; crash-safety 3.4.
 *
 *   ready -> sending -> publishing -> sent
 *    look     O4, O5      O7          O9
 *
 * A document is written under a private name, then renamed.  Each try has a
 * private name of its own, ".<doc_id>-<try>.part": a server that woke up late
 * may still carry out the rename of the last try, and must not find a half
 * written file under that name.
 *
 * The intents are committed before the acts.  What a reply did not tell, and
 * what a killed run left, is found out by looking; resolution[] says what
 * each sight means.
 */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/document.h"
#include "pipeline/partner_state.h"
#include "pipeline/stop.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum { OUTBOX_MODE = 0750, DOCUMENT_MODE = 0640 };

#define FULL_WAIT_US ((int64_t)30 * 60 * 1000000) /* REMOTE_FULL, 3.6 */

/* A row of document that is to be delivered. */
struct doc {
	int64_t doc_id;
	char *feed;
	char *type;
	char *name;
	char *sha256;
	int64_t size_bytes;
	char state[16];
	int64_t attempts; /* failed, since it was ready or sent again */
	int64_t next_ts_us;
	char *code;
	int64_t last_try;    /* attempt.n, 0 before the first */
	int64_t there_bytes; /* under its name at the partner, -1 nothing */
};

struct doc_list {
	struct doc *doc;
	size_t count;
	size_t room;
};

/* The documents of one partner, on their way. */
struct delivery {
	struct run *run;
	struct stage_result *res;
	const struct partner *p;
	mem_ctx *ctx;
	struct partner_call *call; /* NULL: not called yet */
	bool is_off;               /* not called any more in this run */
	const char *stopped[CONFIG_FEEDS_MAX]; /* types that keep their order */
	size_t stopped_count;
};

/* ---- the resolution table ----------------------------------------------- */

/* What lies under a name, as bits so that a rule can allow several. */
enum sight {
	ABSENT = 1,
	SAME = 2, /* in size as ours */
	SHORT = 4,
	LONG = 8,
	OTHER = SHORT | LONG,
	PRESENT = SAME | OTHER,
	ANY = PRESENT | ABSENT
};

/* What was last announced.  ready and sending: nothing to be seen yet. */
enum phase { SENDING = 1, PUBLISHING = 2, EITHER = 3 };

enum move { UPLOAD, ADOPT, WAIT, HOLD, UNCERTAIN };

struct rule {
	bool direct;     /* written under its final name */
	enum sight part; /* our private name of the last try */
	enum sight final;
	enum phase phase;
	enum move move;
};

/* clang-format off */
static const struct rule resolution[] = {
	/* renamed, its reply lost; or a link without its unlink */
	{ false, ANY,     SAME,   EITHER,     ADOPT },
	/* the rename was not done, or nothing ever was: from byte 0 */
	{ false, PRESENT, ABSENT, EITHER,     UPLOAD },
	{ false, ABSENT,  ABSENT, SENDING,    UPLOAD },
	/* the partner may have taken it, and nothing proves it */
	{ false, ABSENT,  ABSENT, PUBLISHING, UNCERTAIN },
	/* a foreign file, or the server's copy still running */
	{ false, PRESENT, OTHER,  EITHER,     WAIT },
	{ false, ABSENT,  OTHER,  EITHER,     HOLD },

	{ true,  ANY,     SAME,   EITHER,     ADOPT },
	{ true,  ANY,     ABSENT, SENDING,    UPLOAD },
	{ true,  ANY,     ABSENT, PUBLISHING, UNCERTAIN },
	/* our own write, cut off: the partner's rule must tell it from whole */
	{ true,  ANY,     SHORT,  PUBLISHING, UPLOAD },
	{ true,  ANY,     SHORT,  SENDING,    HOLD },
	{ true,  ANY,     LONG,   EITHER,     HOLD },
};
/* clang-format on */

static enum sight
sight_of(int64_t bytes, int64_t ours)
{
	if (bytes < 0)
		return ABSENT;
	return bytes == ours ? SAME : bytes < ours ? SHORT : LONG;
}

static enum move
resolve(bool direct, enum sight part, enum sight final, enum phase phase)
{
	for (size_t i = 0; i < COUNT(resolution); i++) {
		const struct rule *r = &resolution[i];

		if (r->direct == direct && (r->part & part) != 0 &&
		    (r->final & final) != 0 && (r->phase & phase) != 0)
			return r->move;
	}
	return HOLD; /* no rule: let a person look */
}

/* ---- rows --------------------------------------------------------------- */

static bool
is(const struct doc *doc, const char *state)
{
	return strcmp(doc->state, state) == 0;
}

static enum phase
phase_of(const struct doc *doc)
{
	return is(doc, "publishing") ? PUBLISHING : SENDING;
}

static bool
is_direct(const struct delivery *d)
{
	return strcmp(d->p->publish, "direct") == 0;
}

static const struct feed *
feed_of(const struct partner *p, const struct doc *doc)
{
	for (size_t i = 0; i < p->feed_count; i++)
		if (p->feeds[i].direction == FEED_OUT &&
		    strcmp(p->feeds[i].name, doc->feed) == 0)
			return &p->feeds[i];
	return config_feed(p, FEED_OUT, doc->type);
}

static const char *
dir_of(const struct delivery *d, const struct doc *doc)
{
	return feed_of(d->p, doc)->dir;
}

static char *
part_name(mem_ctx *ctx, const struct doc *doc)
{
	return mem_printf(ctx, ".%08lld-%lld.part", (long long)doc->doc_id,
	    (long long)doc->last_try);
}

static void
say(const struct delivery *d, const struct doc *doc, enum log_level level,
    const char *event, const char *why)
{
	log_event(level, "deliver",
	    "partner=%s doc_id=%lld name=%s event=%s: %s", d->p->id,
	    (long long)doc->doc_id, doc->name, event, why);
}

static bool
put_doc(struct delivery *d, const struct doc *doc, const char *code,
    const char *reason, struct oms_error *err)
{
	struct stmt *s = stmt_begin(d->run->db, SQL_DOCUMENT_SET, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":state", doc->state);
	stmt_int(s, ":attempts", doc->attempts);
	stmt_int(s, ":next_ts_us", doc->next_ts_us);
	stmt_text(s, ":code", code);
	stmt_text(s, ":reason", reason);
	stmt_int(s, ":doc_id", doc->doc_id);
	return stmt_run(s, NULL, err);
}

static bool
end_attempt(struct delivery *d, const struct doc *doc, const char *outcome,
    const char *reason, struct oms_error *err)
{
	struct stmt *s;

	if (doc->last_try == 0)
		return true;
	s = stmt_begin(d->run->db, SQL_ATTEMPT_END, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":outcome", outcome);
	stmt_text(s, ":reason", reason);
	stmt_int(s, ":doc_id", doc->doc_id);
	stmt_int(s, ":n", doc->last_try);
	return stmt_run(s, NULL, err);
}

static bool
add_attempt(struct delivery *d, const struct doc *doc, struct oms_error *err)
{
	struct stmt *s = stmt_begin(d->run->db, SQL_ATTEMPT_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc->doc_id);
	stmt_int(s, ":n", doc->last_try);
	stmt_int(s, ":ts_us", clock_now_us());
	stmt_text(s, ":phase", doc->state);
	return stmt_run(s, NULL, err);
}

static bool
set_phase(struct delivery *d, const struct doc *doc, struct oms_error *err)
{
	struct stmt *s = stmt_begin(d->run->db, SQL_ATTEMPT_PHASE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":phase", doc->state);
	stmt_int(s, ":doc_id", doc->doc_id);
	stmt_int(s, ":n", doc->last_try);
	return stmt_run(s, NULL, err);
}

/* O4 and O7: what we are about to do, durable before it is done. */
static bool
announce(struct delivery *d, struct doc *doc, const char *state, bool is_new,
    struct oms_error *err)
{
	(void)str_copy(doc->state, sizeof(doc->state), state);
	doc->last_try += is_new;
	if (!db_begin(d->run->db, err))
		return false;
	if (put_doc(d, doc, "", "", err) &&
	    (is_new ? add_attempt(d, doc, err) : set_phase(d, doc, err)))
		return db_commit(d->run->db,
		    is_new ? "deliver.sending" : "deliver.publishing", err);
	db_rollback(d->run->db);
	return false;
}

/* ---- ends --------------------------------------------------------------- */

/* Later documents of the type wait, so that they arrive in their order. */
static void
stop_type(struct delivery *d, const struct doc *doc)
{
	if (d->stopped_count < COUNT(d->stopped))
		d->stopped[d->stopped_count++] = doc->type;
}

static bool
is_stopped(const struct delivery *d, const struct doc *doc)
{
	for (size_t i = 0; i < d->stopped_count; i++)
		if (strcmp(d->stopped[i], doc->type) == 0)
			return true;
	return d->stopped_count == COUNT(d->stopped);
}

/* O9 */
static bool
sent(struct delivery *d, const struct doc *doc, const char *how,
    struct oms_error *err)
{
	if (!db_begin(d->run->db, err))
		return false;
	if (end_attempt(d, doc, how, "", err) &&
	    document_mark_sent(d->run, doc->doc_id, err)) {
		d->res->done++;
		say(d, doc, LOG_INFO_, "document.sent", how);
		return db_commit(d->run->db, "deliver.sent", err);
	}
	db_rollback(d->run->db);
	return false;
}

static bool
add_dead(struct delivery *d, const struct doc *doc, const struct oms_error *why,
    struct oms_error *err)
{
	struct dead_letter dead = { .kind = "document",
		.partner = d->p->id,
		.feed = doc->feed,
		.file_name = doc->name,
		.doc_id = doc->doc_id,
		.key = doc->name,
		.stage = "deliver",
		.ext = "",
		.sha256 = doc->sha256 };
	struct oms_error said = *why;

	oms_at(&said, "%s:%.200s", d->p->id, doc->name);
	d->res->rejected++;
	return dead_add(d->run, &dead, &said, err);
}

/* The document stays where it is until a person, or its time, comes. */
static bool
rest(struct delivery *d, struct doc *doc, const char *state,
    const struct oms_error *why, struct oms_error *err)
{
	(void)str_copy(doc->state, sizeof(doc->state), state);
	partner_tell(d->res, d->p, why);
	d->res->waiting++;
	stop_type(d, doc);
	say(d, doc, LOG_WARN_, mem_printf(d->ctx, "document.%s", state),
	    why->reason);
	if (!db_begin(d->run->db, err))
		return false;
	if (end_attempt(d, doc, oms_code_name(why->code), why->reason, err) &&
	    put_doc(d, doc, oms_code_name(why->code), why->reason, err) &&
	    (!is(doc, "dead") || add_dead(d, doc, why, err)))
		return db_commit(d->run->db, "deliver.rest", err);
	db_rollback(d->run->db);
	return false;
}

/* Where a failed try leaves it: to be tried again, or out of tries. */
static const char *
state_after(const struct delivery *d, const struct doc *doc)
{
	bool is_spent = doc->attempts >= d->run->cfg->max_attempts;

	if (phase_of(doc) == PUBLISHING) /* it may lie there, so never dead */
		return is_spent ? "uncertain" : "publishing";
	return is_spent ? "dead" : "ready";
}

/* This try failed; the session may still be good. */
static bool
try_later(struct delivery *d, struct doc *doc, const struct oms_error *why,
    struct oms_error *err)
{
	doc->attempts++;
	doc->next_ts_us = clock_now_us() +
	    (why->code == OMS_REMOTE_FULL
		    ? FULL_WAIT_US
		    : partner_backoff_us(d->p->id, doc->attempts));
	return rest(d, doc, state_after(d, doc), why, err);
}

/* This try failed, and perhaps the session with it. */
static bool
failed(struct delivery *d, struct doc *doc, const struct oms_error *why,
    struct oms_error *err)
{
	if (oms_code_class(why->code) == CLASS_STOP) /* ours: no blame */
		return partner_call_lost(d->call, why, err);
	if (!try_later(d, doc, why, err))
		return false;
	return partner_survives(why->code) ||
	    partner_call_lost(d->call, why, err);
}

static bool
hold(struct delivery *d, struct doc *doc, enum oms_code code,
    const char *reason, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	oms_fail(&why, code, "%s", reason);
	return rest(d, doc, code == OMS_UNCERTAIN ? "uncertain" : "hold", &why,
	    err);
}

/* A server's copy may still be running: one more cycle, then a person. */
static bool
wait_or_hold(struct delivery *d, struct doc *doc, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	oms_fail(&why, OMS_DELIVER_CONFLICT,
	    "%.150s lies there beside our part, and is not our document",
	    doc->name);
	if (strcmp(doc->code, oms_code_name(OMS_DELIVER_CONFLICT)) == 0)
		return rest(d, doc, "hold", &why, err);
	doc->next_ts_us = clock_now_us() + partner_backoff_us(d->p->id, 1);
	return rest(d, doc, doc->state, &why, err);
}

/* ---- the partner's side ------------------------------------------------- */

static bool
stat_there(struct delivery *d, const struct doc *doc, const char *name,
    int64_t *ret_bytes, struct oms_error *net)
{
	return transport_stat(d->call->session, dir_of(d, doc), name, ret_bytes,
	    net);
}

/* Look at both names. */
static bool
look(struct delivery *d, mem_ctx *row, struct doc *doc, enum sight *ret_part,
    enum move *ret, struct oms_error *net)
{
	int64_t part_bytes = -1;

	if (doc->last_try > 0 && !is_direct(d) &&
	    !stat_there(d, doc, part_name(row, doc), &part_bytes, net))
		return false;
	if (!stat_there(d, doc, doc->name, &doc->there_bytes, net))
		return false;
	*ret_part = sight_of(part_bytes, doc->size_bytes);
	*ret = resolve(is_direct(d), *ret_part,
	    sight_of(doc->there_bytes, doc->size_bytes), phase_of(doc));
	return true;
}

static bool
drop_part(struct delivery *d, mem_ctx *row, const struct doc *doc,
    enum sight part, struct oms_error *net)
{
	if (part == ABSENT)
		return true;
	if (!transport_remove(d->call->session, dir_of(d, doc),
		part_name(row, doc), net))
		return false;
	fault_step("deliver.drop");
	return true;
}

static bool
is_same_file(struct delivery *d, mem_ctx *row, const struct doc *doc,
    struct oms_error *net)
{
	char *copy = spool_tmp(d->run, row);
	struct oms_error unused = NO_ERROR;
	char sha[FS_SHA_BYTES];

	if (!transport_get(d->call->session, dir_of(d, doc), doc->name,
		doc->size_bytes, TRANSPORT_ANY_TIME, doc->size_bytes, copy, sha,
		net))
		return false;
	if (!fs_remove(copy, &unused)) /* the next run sweeps it */
		say(d, doc, LOG_DEBUG_, "document.copy_left", unused.reason);
	return strcmp(sha, doc->sha256) == 0 ||
	    oms_fail(net, OMS_DELIVER_CONFLICT,
		"another file lies under its name: it has the size of ours, "
		"and other bytes");
}

/*
 * What lies there has the size of ours: is it ours?  A partner may not let us
 * read what we wrote; then the size must do.
 */
static bool
is_ours(struct delivery *d, mem_ctx *row, const struct doc *doc,
    struct oms_error *net)
{
	if (doc->size_bytes > d->p->read_back_bytes ||
	    is_same_file(d, row, doc, net))
		return true;
	if (net->code != OMS_NET_DENIED)
		return false;
	say(d, doc, LOG_INFO_, "document.unread", net->reason);
	*net = NO_ERROR;
	return true;
}

/* A partner that waits for a done file gets it last, and empty. */
static bool
put_done_file(struct delivery *d, mem_ctx *row, const struct doc *doc,
    struct oms_error *net)
{
	const struct feed *f = feed_of(d->p, doc);
	char *empty = spool_tmp(d->run, row);
	bool ok;

	if (f->complete != COMPLETE_DONE)
		return true;
	if (!fs_write_tmp(empty, "", 0, 0600, net))
		return false;
	ok = transport_put(d->call->session, empty, f->dir,
	    mem_printf(row, "%s%s", doc->name, f->done_suffix), net);
	if (ok)
		fault_step("deliver.done_file");
	return fs_remove(empty, net) && ok;
}

/* The final name holds our bytes: the rest of the way. */
static bool
finish(struct delivery *d, mem_ctx *row, struct doc *doc, const char *how,
    struct oms_error *err)
{
	struct oms_error net = NO_ERROR;

	if (!put_done_file(d, row, doc, &net))
		return failed(d, doc, &net, err);
	return sent(d, doc, how, err);
}

static bool
adopt(struct delivery *d, mem_ctx *row, struct doc *doc, enum sight part,
    struct oms_error *err)
{
	struct oms_error net = NO_ERROR;

	if (!is_ours(d, row, doc, &net))
		return net.code == OMS_DELIVER_CONFLICT
		    ? rest(d, doc, "hold", &net, err)
		    : failed(d, doc, &net, err);
	if (!drop_part(d, row, doc, part, &net))
		return failed(d, doc, &net, err);
	return finish(d, row, doc, "adopted", err);
}

/*
 * Not done, as we saw.  The server's own word for it ends the matter; after
 * silence it may still wake up and rename, so the row stays publishing and
 * the next run looks again.
 */
static bool
not_published(struct delivery *d, mem_ctx *row, struct doc *doc,
    enum sight part, const struct oms_error *why, struct oms_error *err)
{
	struct oms_error net = NO_ERROR;

	if (!partner_survives(why->code))
		return try_later(d, doc, why, err);
	if (!is_direct(d) || doc->there_bytes < 0)
		(void)str_copy(doc->state, sizeof(doc->state), "sending");
	return try_later(d, doc, why, err) &&
	    (drop_part(d, row, doc, part, &net) || partner_survives(net.code) ||
		partner_call_lost(d->call, &net, err));
}

static bool act(struct delivery *d, mem_ctx *row, struct doc *doc,
    enum sight part, enum move move, const struct oms_error *why,
    struct oms_error *err);

/*
 * O8: the rename, or a direct write, failed with *why.  Its reply may have
 * been lost, so look before believing it.
 */
static bool
in_doubt(struct delivery *d, mem_ctx *row, struct doc *doc,
    const struct oms_error *why, struct oms_error *err)
{
	struct oms_error net = *why;
	enum sight part = ABSENT;
	enum move move = HOLD;

	if (!partner_survives(why->code) && !partner_call_again(d->call, &net))
		return failed(d, doc, &net, err);
	net = NO_ERROR;
	if (!look(d, row, doc, &part, &move, &net))
		return failed(d, doc, &net, err);
	/* It was never whole, and what there was of it we removed. */
	if (move == UNCERTAIN && is_direct(d) && why->code == OMS_REMOTE_FULL)
		move = UPLOAD;
	return act(d, row, doc, part, move, why, err);
}

/* Half a file under the private name helps nobody. */
static bool
put_failed(struct delivery *d, mem_ctx *row, struct doc *doc,
    const struct oms_error *why, struct oms_error *err)
{
	struct oms_error net = NO_ERROR;

	if (partner_survives(why->code))
		(void)drop_part(d, row, doc, PRESENT, &net);
	return failed(d, doc, why, err);
}

/*
 * Some servers say yes and do nothing, or leave the old name too.  Only our
 * part is looked at: the document itself the partner may have taken already.
 */
static bool
is_renamed(struct delivery *d, const struct doc *doc, const char *part,
    struct oms_error *net)
{
	struct oms_error lost = NO_ERROR; /* the next call says so too */
	int64_t part_bytes = -1;

	return !stat_there(d, doc, part, &part_bytes, &lost) ||
	    part_bytes < 0 ||
	    oms_fail(net, OMS_NET_DENIED,
		"the server says that it renamed our part, and the part is "
		"still there");
}

/* O4 to O9. */
static bool
send_and_rename(struct delivery *d, mem_ctx *row, struct doc *doc,
    struct oms_error *err)
{
	const char *dir = dir_of(d, doc);
	struct oms_error net = NO_ERROR;
	char *part;

	if (!announce(d, doc, "sending", true, err))
		return false;
	part = part_name(row, doc);
	if (!transport_put(d->call->session,
		spool_blob(d->run, row, doc->sha256), dir, part, &net))
		return put_failed(d, row, doc, &net, err);
	fault_step("deliver.put");
	if (!announce(d, doc, "publishing", false, err))
		return false;
	if (!transport_rename(d->call->session, dir, part, dir, doc->name,
		&net))
		return in_doubt(d, row, doc, &net, err);
	fault_step("deliver.rename");
	if (!is_renamed(d, doc, part, &net))
		return in_doubt(d, row, doc, &net, err);
	return finish(d, row, doc, "sent", err);
}

/* For servers where a rename is a copy, or is not allowed. */
static bool
send_direct(struct delivery *d, mem_ctx *row, struct doc *doc,
    struct oms_error *err)
{
	struct oms_error net = NO_ERROR;

	if (!announce(d, doc, "publishing", true, err))
		return false;
	if (transport_put(d->call->session,
		spool_blob(d->run, row, doc->sha256), dir_of(d, doc), doc->name,
		&net)) {
		fault_step("deliver.put");
		return finish(d, row, doc, "sent", err);
	}
	if (net.code == OMS_NET_DENIED || net.code == OMS_NOT_FOUND) {
		/* Refused at the door: there is nothing to be seen. */
		(void)str_copy(doc->state, sizeof(doc->state), "sending");
		return failed(d, doc, &net, err);
	}
	return in_doubt(d, row, doc, &net, err);
}

static const char
    our_copy_is_cut[] = "our copy in spool/blob is missing or cut";

static bool
is_whole(struct delivery *d, const struct doc *doc)
{
	return spool_bytes(d->run, doc->sha256) == doc->size_bytes;
}

static bool
upload(struct delivery *d, mem_ctx *row, struct doc *doc, enum sight part,
    struct oms_error *err)
{
	struct oms_error net = NO_ERROR;

	if (!is_whole(d, doc))
		return hold(d, doc, OMS_INTERNAL, our_copy_is_cut, err);
	/* First take the announcement back: no part and no file is then no
	 * riddle for whoever finds it. */
	if (phase_of(doc) == PUBLISHING &&
	    !announce(d, doc, "sending", false, err))
		return false;
	if (!drop_part(d, row, doc, part, &net))
		return failed(d, doc, &net, err);
	return is_direct(d) ? send_direct(d, row, doc, err)
			    : send_and_rename(d, row, doc, err);
}

/* Do what the table says.  why: the failure that made us look, or NULL. */
static bool
act(struct delivery *d, mem_ctx *row, struct doc *doc, enum sight part,
    enum move move, const struct oms_error *why, struct oms_error *err)
{
	switch (move) {
	case ADOPT: return adopt(d, row, doc, part, err);
	case UPLOAD:
		return why != NULL ? not_published(d, row, doc, part, why, err)
				   : upload(d, row, doc, part, err);
	case WAIT: return wait_or_hold(d, doc, err);
	case UNCERTAIN:
		return hold(d, doc, OMS_UNCERTAIN,
		    "it was to be published, and neither it nor our part of "
		    "it is there",
		    err);
	case HOLD: break;
	}
	return hold(d, doc, OMS_DELIVER_CONFLICT,
	    mem_printf(row,
		"another file lies under its name: it has %lld bytes, ours "
		"%lld",
		(long long)doc->there_bytes, (long long)doc->size_bytes),
	    err);
}

/* O5: look first, whether it is new or was left half way by a killed run. */
static bool
deliver_document(struct delivery *d, struct doc *doc, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct oms_error net = NO_ERROR;
	enum sight part = ABSENT;
	enum move move = HOLD;
	bool ok = look(d, row, doc, &part, &move, &net)
	    ? act(d, row, doc, part, move, NULL, err)
	    : failed(d, doc, &net, err);

	mem_free(row);
	return ok;
}

/* ---- partners ----------------------------------------------------------- */

static void
add_doc(mem_ctx *ctx, struct doc_list *l, const struct doc *doc)
{
	if (l->count == l->room) {
		l->room = l->room == 0 ? 32 : 2 * l->room;
		l->doc = mem_resize(ctx, l->doc, l->room * sizeof(*l->doc));
	}
	l->doc[l->count++] = *doc;
}

static bool
load_work(struct delivery *d, struct doc_list *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(d->run->db, SQL_DOCUMENT_WORK, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", d->p->id);
	while (stmt_next(s, err)) {
		struct doc doc = { .doc_id = col_int(s, 0),
			.feed = col_dup(s, 1, d->ctx),
			.type = col_dup(s, 2, d->ctx),
			.name = col_dup(s, 3, d->ctx),
			.sha256 = col_dup(s, 4, d->ctx),
			.size_bytes = col_int(s, 5),
			.attempts = col_int(s, 7),
			.next_ts_us = col_int(s, 8),
			.code = col_dup(s, 9, d->ctx),
			.last_try = col_int(s, 10) };

		(void)str_copy(doc.state, sizeof(doc.state), col_text(s, 6));
		add_doc(d->ctx, ret, &doc);
	}
	return err->code == OMS_OK;
}

/* A manifest says what was sent, so it goes when all of that has gone. */
static bool
comes_too_early(struct delivery *d, const struct doc *doc, bool *ret,
    struct oms_error *err)
{
	struct stmt *s;

	*ret = false;
	if (strcmp(doc->type, "accounting.journal_manifest") != 0)
		return true;
	s = stmt_begin(d->run->db, SQL_DOCUMENT_UNSENT_BEFORE, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", d->p->id);
	stmt_int(s, ":doc_id", doc->doc_id);
	*ret = stmt_one(s, err) && col_int(s, 0) > 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

/* May this document go now?  If not, those of its type behind it wait too. */
static bool
may_go(struct delivery *d, const struct doc *doc, bool *ret,
    struct oms_error *err)
{
	bool early;

	*ret = false;
	if (is_stopped(d, doc))
		return true;
	if (!comes_too_early(d, doc, &early, err))
		return false;
	*ret = !early && partner_is_due(doc->next_ts_us);
	if (*ret && feed_of(d->p, doc) == NULL) {
		say(d, doc, LOG_WARN_, "document.no_feed",
		    "the partner's configuration has no feed for it any more");
		partner_note(d->res, OMS_CONFIG);
		*ret = false;
	}
	if (!*ret)
		stop_type(d, doc);
	return true;
}

/* Connect for the first document that may go, and no sooner. */
static bool
is_on_the_line(struct delivery *d, bool *ret, struct oms_error *err)
{
	if (d->call == NULL && !d->is_off) {
		if (!partner_call_open(d->run, d->p, "deliver", d->res, d->ctx,
			&d->call, err))
			return false;
		d->is_off = d->call == NULL;
	}
	*ret = !d->is_off && d->call->session != NULL;
	return true;
}

static bool
deliver_remote(struct delivery *d, struct oms_error *err)
{
	struct doc_list work = { 0 };
	bool go;

	if (!load_work(d, &work, err))
		return false;
	for (size_t i = 0; i < work.count; i++) {
		if (!may_go(d, &work.doc[i], &go, err) ||
		    (go && !is_on_the_line(d, &go, err)))
			return false;
		if (!go)
			d->res->waiting++;
		else if (!deliver_document(d, &work.doc[i], err))
			return false;
	}
	return d->call == NULL || partner_call_end(d->call, err);
}

/* ---- partners who fetch from our outbox --------------------------------- */

static char *
outbox_path(const struct delivery *d, mem_ctx *ctx, const char *name)
{
	return mem_printf(ctx, "%s/outbox/%s/%s", d->run->cfg->home, d->p->id,
	    name);
}

static char *
outbox_part(const struct delivery *d, mem_ctx *ctx, const struct doc *doc)
{
	return outbox_path(d, ctx,
	    mem_printf(ctx, ".%08lld.part", (long long)doc->doc_id));
}

static bool
look_here(const char *path, const struct doc *doc, int64_t *ret_bytes,
    enum sight *ret, struct oms_error *err)
{
	struct stat st;
	bool is_there = lstat(path, &st) == 0;

	if (!is_there && errno != ENOENT && errno != ENOTDIR)
		return oms_fail_errno(err, OMS_IO, "look at %s", path);
	*ret_bytes = is_there ? (int64_t)st.st_size : -1;
	*ret = sight_of(*ret_bytes, doc->size_bytes);
	return true;
}

static bool
is_same_here(mem_ctx *row, const char *path, const struct doc *doc)
{
	struct oms_error unread = NO_ERROR;
	char sha[FS_SHA_BYTES];
	size_t n = 0;
	char *text = fs_read(row, path, (size_t)doc->size_bytes, &n, &unread);

	if (text == NULL)
		return false;
	fs_sha_of(text, n, sha);
	return strcmp(sha, doc->sha256) == 0;
}

/* What is the next thing to do with it?  See the resolution table. */
static bool
look_in_outbox(struct delivery *d, mem_ctx *row, struct doc *doc,
    enum sight *ret_part, enum move *ret, struct oms_error *err)
{
	enum sight final = ABSENT;
	int64_t part_bytes;

	if (!look_here(outbox_part(d, row, doc), doc, &part_bytes, ret_part,
		err) ||
	    !look_here(outbox_path(d, row, doc->name), doc, &doc->there_bytes,
		&final, err))
		return false;
	if (final == SAME && doc->size_bytes <= d->p->read_back_bytes &&
	    !is_same_here(row, outbox_path(d, row, doc->name), doc))
		final = LONG; /* another file, of the size of ours */
	*ret = resolve(false, *ret_part, final, phase_of(doc));
	return true;
}

/* O5: a copy beside our blob; the partner may change it or delete it. */
static bool
put_part(struct delivery *d, mem_ctx *row, const struct doc *doc,
    struct oms_error *err)
{
	char *part = outbox_part(d, row, doc);

	return fs_mkdir(outbox_path(d, row, "."), OUTBOX_MODE, err) &&
	    fs_remove(part, err) &&
	    spool_copy(d->run, doc->sha256, part, DOCUMENT_MODE, err) &&
	    fs_sync_dir_of(part, err);
}

/* The folder cannot be used now: the other partners go on. */
static bool
not_now(struct delivery *d, const struct doc *doc, struct oms_error *why,
    struct oms_error *err)
{
	if (oms_code_class(why->code) == CLASS_STOP) {
		*err = *why;
		return false;
	}
	say(d, doc, LOG_WARN_, "document.not_now", why->reason);
	partner_note(d->res, why->code);
	d->res->waiting++;
	stop_type(d, doc);
	return true;
}

/* What is to be published goes to *out; what cannot be rests. */
static bool
prepare(struct delivery *d, mem_ctx *row, struct doc *doc, struct doc_list *out,
    struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	enum sight part = ABSENT;
	enum move move = HOLD;
	bool is_new;

	if (!look_in_outbox(d, row, doc, &part, &move, &why))
		return not_now(d, doc, &why, err);
	/* Announced with a whole part beside it: only the rename is left. */
	is_new = phase_of(doc) == SENDING;
	if (move == UPLOAD && !is_new && part != SAME)
		move = HOLD;
	if (move == WAIT) /* no server here that could be at work still */
		move = HOLD;
	if (move == HOLD || move == UNCERTAIN)
		return act(d, row, doc, part, move, NULL, err);
	if (move == UPLOAD && is_new && !is_whole(d, doc))
		return hold(d, doc, OMS_INTERNAL, our_copy_is_cut, err);
	if (move == UPLOAD && is_new && !put_part(d, row, doc, &why))
		return not_now(d, doc, &why, err);
	(void)str_copy(doc->state, sizeof(doc->state), "publishing");
	add_doc(d->ctx, out, doc);
	return true;
}

static bool
prepare_all(struct delivery *d, struct doc_list *work, struct doc_list *out,
    struct oms_error *err)
{
	bool ok = true, early = false;

	for (size_t i = 0; ok && i < work->count; i++) {
		mem_ctx *row = mem_ctx_new(NULL, "row");
		struct doc *doc = &work->doc[i];

		/* Those before it are here or stopped. */
		if (d->stopped_count > 0)
			ok = comes_too_early(d, doc, &early, err);
		if (ok && (early || is_stopped(d, doc)))
			d->res->waiting++;
		else if (ok)
			ok = prepare(d, row, doc, out, err);
		mem_free(row);
	}
	return ok;
}

/* O7: all of them announced in one transaction. */
static bool
announce_all(struct delivery *d, const struct doc_list *out,
    struct oms_error *err)
{
	bool ok = db_begin(d->run->db, err);

	for (size_t i = 0; ok && i < out->count; i++)
		ok = put_doc(d, &out->doc[i], "", "", err);
	if (ok)
		return db_commit(d->run->db, "deliver.announced", err);
	db_rollback(d->run->db);
	return false;
}

static bool
publish_all(struct delivery *d, const struct doc_list *out,
    struct oms_error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < out->count; i++) {
		mem_ctx *row = mem_ctx_new(NULL, "row");
		const struct doc *doc = &out->doc[i];
		char *part = outbox_part(d, row, doc);
		char *final = outbox_path(d, row, doc->name);

		/* Adopted: the name is there, and perhaps our part beside. */
		ok = doc->there_bytes >= 0 ? fs_remove(part, err)
					   : fs_publish(part, final, err);
		mem_free(row);
	}
	return ok;
}

/* O9 */
static bool
all_sent(struct delivery *d, const struct doc_list *out, struct oms_error *err)
{
	bool ok = db_begin(d->run->db, err);

	for (size_t i = 0; ok && i < out->count; i++)
		ok = document_mark_sent(d->run, out->doc[i].doc_id, err);
	if (ok) {
		d->res->done += (int64_t)out->count;
		return db_commit(d->run->db, "deliver.outbox", err);
	}
	db_rollback(d->run->db);
	return false;
}

/*
 * Once a document has its name in the outbox its partner may take it, so the
 * same steps are needed as for one far away.
 */
static bool
deliver_outbox(struct delivery *d, struct oms_error *err)
{
	struct doc_list work = { 0 }, out = { 0 };

	if (!load_work(d, &work, err) || !prepare_all(d, &work, &out, err))
		return false;
	return out.count == 0 ||
	    (announce_all(d, &out, err) && publish_all(d, &out, err) &&
		all_sent(d, &out, err));
}

/* ---- everyone ----------------------------------------------------------- */

static bool
deliver_to(struct run *run, const struct partner *p, struct stage_result *res,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "delivery");
	struct delivery d = { .run = run, .res = res, .p = p, .ctx = ctx };
	bool ok = true;

	if (!run_serves(run, p->id))
		;
	else if (stop_is_set(run->cfg->home, p->id))
		res->waiting++;
	else if (!partner_is_remote(p))
		ok = deliver_outbox(&d, err);
	else if (!run->offline)
		ok = deliver_remote(&d, err);
	mem_free(ctx);
	return ok || oms_context(err, "deliver to %s", p->id);
}

/* The partners with documents to go, by id. */
static bool
load_partners(struct run *run, mem_ctx *ctx, char ***ret, size_t *ret_count,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DOCUMENT_PARTNERS, err);
	char **id = NULL;
	size_t count = 0, room = 0;

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		if (count == room) {
			room = room == 0 ? 16 : 2 * room;
			id = mem_resize(ctx, id, room * sizeof(*id));
		}
		id[count++] = col_dup(s, 0, ctx);
	}
	*ret = id;
	*ret_count = count;
	return err->code == OMS_OK;
}

/* What waits for a person is told every night, until somebody decides. */
static bool
note_standing(struct run *run, struct stage_result *res, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DOCUMENT_STANDING, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		partner_note(res, oms_code_of_name(col_text(s, 0)));
		res->waiting += col_int(s, 1);
	}
	return err->code == OMS_OK;
}

bool
stage_deliver(struct run *run, struct stage_result *res, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "deliver");
	char **id = NULL;
	size_t count = 0;
	bool ok = note_standing(run, res, err) &&
	    load_partners(run, ctx, &id, &count, err);

	for (size_t i = 0; ok && i < count; i++) {
		const struct partner *p = config_partner(run->cfg, id[i]);

		if (p != NULL) {
			ok = deliver_to(run, p, res, err);
			continue;
		}
		log_event(LOG_WARN_, "deliver",
		    "partner=%s event=partner.unknown: it has documents and "
		    "no configuration",
		    id[i]);
		partner_note(res, OMS_CONFIG);
		res->waiting++;
	}
	mem_free(ctx);
	return ok;
}
