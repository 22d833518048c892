/* deliver_remote.c - documents become those of a partner far away. */

#include "pipeline/deliver_internal.h"

#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/str.h"
#include "pipeline/document.h"
#include "pipeline/partner_state.h"
#include "pipeline/spool.h"

#define FULL_WAIT_US ((int64_t)30 * 60 * 1000000) /* REMOTE_FULL, 3.6 */

static bool
is_direct(const struct delivery *d)
{
	return strcmp(d->p->publish, "direct") == 0;
}

static const struct feed *
feed_of(const struct delivery *d, const struct doc *doc)
{
	return document_feed(d->p, doc->feed, doc->type);
}

static const char *
dir_of(const struct delivery *d, const struct doc *doc)
{
	return feed_of(d, doc)->dir;
}

static char *
part_name(mem_ctx *ctx, const struct doc *doc)
{
	return mem_printf(ctx, ".%08lld-%lld.part", (long long)doc->doc_id,
	    (long long)doc->last_try);
}

/* ---- a try that failed -------------------------------------------------- */

/* Where a failed try leaves it: to be tried again, or out of tries. */
static const char *
state_after(const struct delivery *d, const struct doc *doc)
{
	bool is_spent = doc->attempts >= d->run->cfg->max_attempts;

	/* It may lie there, so it is never dead. */
	if (deliver_phase(doc) == PUBLISHING)
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
	return deliver_rest(d, doc, state_after(d, doc), why, err);
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

/* A server's copy may still be running: one more cycle, then a person. */
static bool
wait_or_hold(struct delivery *d, struct doc *doc, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	oms_fail(&why, OMS_DELIVER_CONFLICT,
	    "%.150s lies there beside our part, and is not our document",
	    doc->name);
	if (strcmp(doc->code, oms_code_name(OMS_DELIVER_CONFLICT)) == 0)
		return deliver_rest(d, doc, "hold", &why, err);
	doc->next_ts_us = clock_now_us() + partner_backoff_us(d->p->id, 1);
	return deliver_rest(d, doc, doc->state, &why, err);
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
	*ret_part = deliver_sight(part_bytes, doc->size_bytes);
	*ret = deliver_resolve(is_direct(d), *ret_part,
	    deliver_sight(doc->there_bytes, doc->size_bytes),
	    deliver_phase(doc));
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
		deliver_say(d, doc, LOG_DEBUG_, "document.copy_left",
		    unused.reason);
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
	deliver_say(d, doc, LOG_INFO_, "document.unread", net->reason);
	*net = NO_ERROR;
	return true;
}

/* A partner that waits for a done file gets it last, and empty. */
static bool
put_done_file(struct delivery *d, mem_ctx *row, const struct doc *doc,
    struct oms_error *net)
{
	const struct feed *f = feed_of(d, doc);
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
	return deliver_sent(d, doc, how, err);
}

static bool
adopt(struct delivery *d, mem_ctx *row, struct doc *doc, enum sight part,
    struct oms_error *err)
{
	struct oms_error net = NO_ERROR;

	if (!is_ours(d, row, doc, &net))
		return net.code == OMS_DELIVER_CONFLICT
		    ? deliver_rest(d, doc, "hold", &net, err)
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

	if (!deliver_announce(d, doc, "sending", true, err))
		return false;
	part = part_name(row, doc);
	if (!transport_put(d->call->session,
		spool_blob(d->run, row, doc->sha256), dir, part, &net))
		return put_failed(d, row, doc, &net, err);
	fault_step("deliver.put");
	if (!deliver_announce(d, doc, "publishing", false, err))
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

	if (!deliver_announce(d, doc, "publishing", true, err))
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

static bool
upload(struct delivery *d, mem_ctx *row, struct doc *doc, enum sight part,
    struct oms_error *err)
{
	struct oms_error net = NO_ERROR;

	if (!deliver_check_copy(d, doc, &net))
		return net.code == OMS_INTERNAL ? deliver_hold_cut(d, doc, err)
						: failed(d, doc, &net, err);
	/* First take the announcement back: no part and no file is then no
	 * riddle for whoever finds it. */
	if (deliver_phase(doc) == PUBLISHING &&
	    !deliver_announce(d, doc, "sending", false, err))
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
	case HOLD: break;
	}
	return deliver_unclear(d, doc, move, err);
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

/* ---- its documents ------------------------------------------------------ */

/* May this document go now?  If not, those of its type behind it wait too. */
static bool
may_go(struct delivery *d, const struct doc *doc, bool *ret,
    struct oms_error *err)
{
	bool early;

	*ret = false;
	if (deliver_is_stopped(d, doc))
		return true;
	if (!deliver_too_early(d, doc, &early, err))
		return false;
	*ret = !early && partner_is_due(doc->next_ts_us);
	if (*ret && feed_of(d, doc) == NULL) {
		deliver_say(d, doc, LOG_WARN_, "document.no_feed",
		    "the partner's configuration has no feed for it any more");
		partner_note(d->res, OMS_CONFIG);
		*ret = false;
	}
	if (!*ret)
		deliver_stop_type(d, doc);
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

bool
deliver_remote(struct delivery *d, struct oms_error *err)
{
	struct doc_list work = { 0 };
	bool go;

	if (!deliver_load(d, &work, err))
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
