/* deliver_doc.c - a document on its way: its rows, and how it ends. */

#include "pipeline/deliver_internal.h"

#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/str.h"
#include "pipeline/document.h"
#include "pipeline/partner_state.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

/* ---- the resolution table ----------------------------------------------- */

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

enum sight
deliver_sight(int64_t bytes, int64_t ours)
{
	if (bytes < 0)
		return ABSENT;
	return bytes == ours ? SAME : bytes < ours ? SHORT : LONG;
}

enum move
deliver_resolve(bool direct, enum sight part, enum sight final,
    enum phase phase)
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

enum phase
deliver_phase(const struct doc *doc)
{
	return is(doc, "publishing") ? PUBLISHING : SENDING;
}

void
deliver_say(const struct delivery *d, const struct doc *doc,
    enum log_level level, const char *event, const char *why)
{
	log_event(level, "deliver",
	    "partner=%s doc_id=%lld name=%s event=%s: %s", d->p->id,
	    (long long)doc->doc_id, doc->name, event, why);
}

bool
deliver_put(struct delivery *d, const struct doc *doc, const char *code,
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

bool
deliver_announce(struct delivery *d, struct doc *doc, const char *state,
    bool is_new, struct oms_error *err)
{
	(void)str_copy(doc->state, sizeof(doc->state), state);
	doc->last_try += is_new;
	if (!db_begin(d->run->db, err))
		return false;
	if (deliver_put(d, doc, "", "", err) &&
	    (is_new ? add_attempt(d, doc, err) : set_phase(d, doc, err)))
		return db_commit(d->run->db,
		    is_new ? "deliver.sending" : "deliver.publishing", err);
	db_rollback(d->run->db);
	return false;
}

/* ---- the work ------------------------------------------------------------ */

void
deliver_add(mem_ctx *ctx, struct doc_list *l, const struct doc *doc)
{
	if (l->count == l->room) {
		l->room = l->room == 0 ? 32 : 2 * l->room;
		l->doc = mem_resize(ctx, l->doc, l->room * sizeof(*l->doc));
	}
	l->doc[l->count++] = *doc;
}

bool
deliver_load(struct delivery *d, struct doc_list *ret, struct oms_error *err)
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
		deliver_add(d->ctx, ret, &doc);
	}
	return err->code == OMS_OK;
}

bool
deliver_too_early(struct delivery *d, const struct doc *doc, bool *ret,
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

void
deliver_stop_type(struct delivery *d, const struct doc *doc)
{
	if (d->stopped_count < COUNT(d->stopped))
		d->stopped[d->stopped_count++] = doc->type;
}

bool
deliver_is_stopped(const struct delivery *d, const struct doc *doc)
{
	for (size_t i = 0; i < d->stopped_count; i++)
		if (strcmp(d->stopped[i], doc->type) == 0)
			return true;
	return d->stopped_count == COUNT(d->stopped);
}

bool
deliver_check_copy(const struct delivery *d, const struct doc *doc,
    struct oms_error *why)
{
	int64_t bytes;

	if (!spool_bytes(d->run, doc->sha256, &bytes, why)) {
		if (why->code == OMS_IO)
			why->code = OMS_DISK; /* no partner is to blame */
		return false;
	}
	return bytes == doc->size_bytes ||
	    oms_fail(why, OMS_INTERNAL, "it has %lld of its %lld bytes",
		(long long)bytes, (long long)doc->size_bytes);
}

/* ---- ends --------------------------------------------------------------- */

bool
deliver_sent(struct delivery *d, const struct doc *doc, const char *how,
    struct oms_error *err)
{
	if (!db_begin(d->run->db, err))
		return false;
	if (end_attempt(d, doc, how, "", err) &&
	    document_mark_sent(d->run, doc->doc_id, err)) {
		d->res->done++;
		deliver_say(d, doc, LOG_INFO_, "document.sent", how);
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

bool
deliver_rest(struct delivery *d, struct doc *doc, const char *state,
    const struct oms_error *why, struct oms_error *err)
{
	(void)str_copy(doc->state, sizeof(doc->state), state);
	partner_tell(d->res, d->p, why);
	d->res->waiting++;
	deliver_stop_type(d, doc);
	deliver_say(d, doc, LOG_WARN_, mem_printf(d->ctx, "document.%s", state),
	    why->reason);
	if (!db_begin(d->run->db, err))
		return false;
	if (end_attempt(d, doc, oms_code_name(why->code), why->reason, err) &&
	    deliver_put(d, doc, oms_code_name(why->code), why->reason, err) &&
	    (!is(doc, "dead") || add_dead(d, doc, why, err)))
		return db_commit(d->run->db, "deliver.rest", err);
	db_rollback(d->run->db);
	return false;
}

/* It rests for a person. */
static bool
hold(struct delivery *d, struct doc *doc, enum oms_code code,
    const char *reason, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	oms_fail(&why, code, "%s", reason);
	return deliver_rest(d, doc,
	    code == OMS_UNCERTAIN ? "uncertain" : "hold", &why, err);
}

bool
deliver_hold_cut(struct delivery *d, struct doc *doc, struct oms_error *err)
{
	return hold(d, doc, OMS_INTERNAL,
	    "our copy in spool/blob is missing or cut", err);
}

bool
deliver_unclear(struct delivery *d, struct doc *doc, enum move move,
    struct oms_error *err)
{
	if (move == UNCERTAIN)
		return hold(d, doc, OMS_UNCERTAIN,
		    "it was to be published, and neither it nor our part of "
		    "it is there",
		    err);
	return hold(d, doc, OMS_DELIVER_CONFLICT,
	    mem_printf(d->ctx,
		"another file lies under its name: it has %lld bytes, ours "
		"%lld",
		(long long)doc->there_bytes, (long long)doc->size_bytes),
	    err);
}
