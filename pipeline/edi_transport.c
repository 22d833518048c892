/*
 * edi_transport.c - what carriers say: 990, 214 and IFTSTA.
 *
 * A set may speak of several shipments; it is applied whole or not at all.
 * What was said before, in whatever envelope, changes nothing.
 */

#include "pipeline/edi_document.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "mappers/edi_transport.h"
#include "pipeline/courier.h"
#include "pipeline/finding.h"
#include "pipeline/order_ops.h"
#include "pipeline/sent_to.h"
#include "store/stmt.h"

enum { DETAIL_BYTES = 400, SHOW_BYTES = 60, REASON_BYTES = 300 };

/* ----------------------------------------------------------------- tenders */

struct tender {
	const struct edi_tender_answer *a;
	int64_t attempt;
	int64_t order_id;
	char state[16];  /* what was known before */
	char status[16]; /* of the shipment */
};

static bool
load_tender(struct edi_intake *in, struct tender *t, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRANSPORT_TENDER, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", t->a->shipment_key);
	stmt_text(s, ":partner", in->file->partner);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_UNMATCHED,
			"shipment %s was not offered to %s",
			str_show(in->ctx, t->a->shipment_key, SHOW_BYTES),
			in->file->partner);
	t->attempt = col_int(s, 0);
	(void)str_copy(t->state, sizeof(t->state), col_text(s, 1));
	t->order_id = col_int(s, 2);
	(void)str_copy(t->status, sizeof(t->status), col_text(s, 3));
	stmt_end(s);
	return true;
}

static bool
set_answer(struct edi_intake *in, const struct tender *t, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRANSPORT_TENDER_ANSWERED,
	    err);
	const struct edi_tender_answer *a = t->a;

	if (s == NULL)
		return false;
	stmt_text(s, ":state", a->state);
	stmt_text(s, ":code", a->code);
	stmt_text(s, ":reference", a->reference);
	stmt_text(s, ":reason", str_show(in->ctx, a->reason, REASON_BYTES));
	stmt_int(s, ":ts_us", in->received_ts_us);
	stmt_text(s, ":shipment_key", a->shipment_key);
	stmt_int(s, ":attempt", t->attempt);
	return stmt_run(s, NULL, err);
}

static bool
run_on_tender(struct edi_intake *in, enum sql_id id, const struct tender *t,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, id, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", t->a->shipment_key);
	if (stmt_has(s, ":attempt"))
		stmt_int(s, ":attempt", t->attempt);
	return stmt_run(s, NULL, err);
}

/*
 * Was the same said before, maybe of an earlier offer?  *ret_attempt is the
 * one it was said of, 0 none.
 */
static bool
find_said(struct edi_intake *in, const struct tender *t, int64_t *ret_attempt,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRANSPORT_TENDER_SAID,
	    err);

	*ret_attempt = 0;
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":shipment_key", t->a->shipment_key);
	stmt_text(s, ":code", t->a->code);
	stmt_text(s, ":date", t->a->date);
	stmt_text(s, ":reference", t->a->reference);
	if (stmt_one(s, err))
		*ret_attempt = col_int(s, 0);
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
keep_said(struct edi_intake *in, const struct tender *t, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRANSPORT_TENDER_SAY, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":shipment_key", t->a->shipment_key);
	stmt_text(s, ":code", t->a->code);
	stmt_text(s, ":date", t->a->date);
	stmt_text(s, ":reference", t->a->reference);
	stmt_int(s, ":attempt", t->attempt);
	stmt_int(s, ":ts_us", in->received_ts_us);
	return stmt_run(s, NULL, err);
}

/* What was on hold for an earlier answer goes on; there may be nothing. */
static bool
lift_hold(struct edi_intake *in, const struct tender *t, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	if (hold_resolve(in->run, t->order_id, t->a->shipment_key, "TENDER",
		&why) ||
	    why.code == OMS_NOT_FOUND)
		return true;
	*err = why;
	return false;
}

static bool
take_yes(struct edi_intake *in, const struct tender *t, struct oms_error *err)
{
	struct courier_event e = { .shipment_key = t->a->shipment_key,
		.event = "booked",
		.tracking = t->a->reference };
	enum intake_fate ignored;

	return lift_hold(in, t, err) &&
	    run_on_tender(in, SQL_TRANSPORT_TAKEN, t, err) &&
	    courier_event(in->run, &e, &ignored, err);
}

/* What a person is to do about it, in the hold. */
static const char *
next_step(const char *state)
{
	if (strcmp(state, "declined") == 0)
		return "releasing this hold offers it again";
	return "agree with the carrier; its yes, or you, release this hold";
}

static bool
take_no(struct edi_intake *in, const struct tender *t, struct oms_error *err)
{
	const struct edi_tender_answer *a = t->a;
	bool is_no = strcmp(a->state, "declined") == 0, is_new;
	char reason[DETAIL_BYTES];

	snprintf(reason, sizeof(reason),
	    "%.60s: the load is %s (%.10s)%s%s; %s", in->file->partner,
	    a->state, a->code, a->reason[0] != '\0' ? ": " : "",
	    str_show(in->ctx, a->reason, SHOW_BYTES * 3), next_step(a->state));
	return (!is_no || run_on_tender(in, SQL_TRANSPORT_NOT_TAKEN, t, err)) &&
	    hold_set(in->run, t->order_id, a->shipment_key, "TENDER",
		OMS_TENDER, reason, &is_new, err);
}

/* It is on its way, or taken back: what is said now comes too late. */
static bool
is_past(const struct tender *t)
{
	return strcmp(t->status, "DISPATCHED") == 0 ||
	    strcmp(t->status, "DELIVERED") == 0 ||
	    strcmp(t->status, "CANCELLED") == 0;
}

static bool
note_late(struct edi_intake *in, const struct tender *t, struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	snprintf(detail, sizeof(detail), "%.30s: the carrier says %s, it is %s",
	    t->a->shipment_key, t->a->state, t->status);
	return order_event(in->run, t->order_id, "note", 0, 0, detail, err);
}

/* It may be a new no of the same day: whoever looks at the order sees it. */
static bool
note_again(struct edi_intake *in, const struct tender *t, int64_t said,
    struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	if (said == t->attempt)
		return true;
	snprintf(detail, sizeof(detail),
	    "%.30s: the carrier says %s as to attempt %lld: taken as a repeat",
	    t->a->shipment_key, t->a->state, (long long)said);
	return order_event(in->run, t->order_id, "note", 0, 0, detail, err);
}

/* A yes binds: what takes it back is for a person. */
static bool
refuse_to_move(struct edi_intake *in, const struct tender *t,
    struct oms_error *err)
{
	return oms_fail(err, OMS_TENDER,
	    "shipment %s: %s took the load and now says %s (%.10s); it stays "
	    "accepted: agree with the carrier",
	    str_show(in->ctx, t->a->shipment_key, SHOW_BYTES),
	    in->file->partner, t->a->state, t->a->code);
}

bool
edi_apply_tender_answer(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	struct edi_tender_answer a;
	struct tender t = { .a = &a };
	int64_t said;

	if (!edi_tender_answer_map(in->ctx, set, &a, err))
		return false;
	*ret_key = a.shipment_key;
	if (!load_tender(in, &t, err) || !find_said(in, &t, &said, err))
		return false;
	*ret = INTAKE_DUPLICATE;
	if (strcmp(t.state, a.state) == 0)
		return true;
	if (is_past(&t))
		return note_late(in, &t, err);
	if (said != 0)
		return note_again(in, &t, said, err);
	if (strcmp(t.state, "accepted") == 0)
		return refuse_to_move(in, &t, err);
	*ret = INTAKE_APPLIED;
	if (!keep_said(in, &t, err) || !set_answer(in, &t, err))
		return false;
	return strcmp(a.state, "accepted") == 0 ? take_yes(in, &t, err)
						: take_no(in, &t, err);
}

/* --------------------------------------------------------------- movements */

struct moving {
	struct edi_intake *in;
	const struct edi_set *set;
	const struct edi_movement *v;
	int64_t order_id;
	enum movement_kind kind;
	const char *detail; /* for people */
};

static bool
load_shipment(struct moving *m, struct oms_error *err)
{
	struct edi_intake *in = m->in;
	struct stmt *s;

	if (!sent_to_check(in->run, SENT_BOOKING, m->v->shipment_key,
		in->file->partner, err))
		return false;
	s = stmt_begin(in->run->db, SQL_TRANSPORT_SHIPMENT, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", m->v->shipment_key);
	if (!stmt_one(s, err))
		return false;
	m->order_id = col_int(s, 0);
	stmt_end(s);
	return true;
}

/* What ref.carrier_codes says of it counts before our own lists. */
static bool
find_kind(struct moving *m, struct oms_error *err)
{
	struct stmt *s = stmt_begin(m->in->run->db, SQL_TRANSPORT_CODE, err);

	m->kind = m->v->kind;
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", m->in->file->partner);
	stmt_text(s, ":set_type", m->set->type);
	stmt_text(s, ":code", m->v->code);
	if (stmt_one(s, err))
		m->kind = movement_of(col_text(s, 0));
	stmt_end(s);
	return err->code == OMS_OK;
}

/* "S00000001: refused by the consignee (A7, BS: refused by ...), MEMPHIS" */
static const char *
detail_of(const struct moving *m)
{
	const struct edi_movement *v = m->v;
	mem_ctx *ctx = m->in->ctx;
	char ts[NUM_TS_BYTES];
	const char *text = v->text[0] != '\0' ? v->text : "status not known";

	if (v->reason[0] != '\0' && strcmp(v->reason, "NS") != 0)
		text = mem_printf(ctx, "%s (%s, %s%s%s)", text, v->code,
		    v->reason, v->why[0] != '\0' ? ": " : "", v->why);
	else
		text = mem_printf(ctx, "%s (%s)", text, v->code);
	if (v->place[0] != '\0')
		text = mem_printf(ctx, "%s, %s", text, v->place);
	if (v->ts_us != 0)
		text = mem_printf(ctx, "%s, %s%s", text,
		    num_format_ts(v->ts_us, ts),
		    v->is_local ? " (their clock, taken as UTC)" : "");
	return str_show(ctx, text, REASON_BYTES);
}

static bool
keep_movement(struct moving *m, bool *ret_new, struct oms_error *err)
{
	struct stmt *s = stmt_begin(m->in->run->db, SQL_TRANSPORT_EVENT_ADD,
	    err);
	const struct edi_movement *v = m->v;
	int64_t added;

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", v->shipment_key);
	stmt_text(s, ":partner", m->in->file->partner);
	stmt_text(s, ":event", movement_name(m->kind));
	stmt_text(s, ":code", v->code);
	stmt_text(s, ":reason", v->reason);
	stmt_int(s, ":ts_us", v->ts_us);
	stmt_int(s, ":is_local", v->is_local);
	stmt_text(s, ":place", v->place);
	stmt_text(s, ":equipment", v->equipment);
	stmt_text(s, ":reference", v->reference);
	stmt_text(s, ":detail", m->detail);
	stmt_int(s, ":file_id", m->in->file->file_id);
	stmt_int(s, ":record_no", m->in->record_no);
	if (!stmt_run(s, &added, err))
		return false;
	*ret_new = added > 0;
	return true;
}

static bool
note(struct moving *m, const char *event, struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	snprintf(detail, sizeof(detail), "%.60s: %s", m->v->shipment_key,
	    m->detail);
	return order_event(m->in->run, m->order_id, event, 0, 0, detail, err);
}

/*
 * Does trouble of it last that this word does not end?  Trouble that the
 * goods are in, and what is said to have happened after it.
 */
static bool
find_trouble(struct moving *m, bool *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(m->in->run->db, SQL_TRANSPORT_EXCEPTIONS,
	    err);
	int64_t ts_us = m->v->ts_us;

	*ret = false;
	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", m->v->shipment_key);
	while (stmt_next(s, err))
		if (!movement_passes(col_text(s, 0)) ||
		    (ts_us != 0 && col_int(s, 1) > ts_us))
			*ret = true;
	return err->code == OMS_OK;
}

/* It moves again: what only kept it from moving is over. */
static bool
end_trouble(struct moving *m, struct oms_error *err)
{
	bool lasts = false;

	if (m->kind != MOVED_DELIVERED && !find_trouble(m, &lasts, err))
		return false;
	return lasts ||
	    finding_clear(m->in->run, OMS_CARRIER, m->v->shipment_key, err);
}

static bool
move_on(struct moving *m, struct oms_error *err)
{
	struct courier_event e = { .shipment_key = m->v->shipment_key,
		.event = movement_name(m->kind),
		.tracking = m->v->tracking };
	enum intake_fate ignored;

	return courier_event(m->in->run, &e, &ignored, err) &&
	    (m->kind == MOVED_BOOKED || end_trouble(m, err));
}

static bool
set_eta(struct moving *m, struct oms_error *err)
{
	struct stmt *s;

	if (m->v->ts_us == 0)
		return true;
	s = stmt_begin(m->in->run->db, SQL_TRANSPORT_ETA, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", m->v->ts_us);
	stmt_text(s, ":shipment_key", m->v->shipment_key);
	return stmt_run(s, NULL, err);
}

/* It moved on since, and we heard of that first. */
static bool
is_over(struct moving *m, bool *ret, struct oms_error *err)
{
	struct stmt *s;

	*ret = false;
	if (m->v->ts_us == 0)
		return true;
	s = stmt_begin(m->in->run->db, SQL_TRANSPORT_MOVED_SINCE, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", m->v->shipment_key);
	stmt_int(s, ":ts_us", m->v->ts_us);
	stmt_int(s, ":passes", movement_passes(m->v->code));
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
raise(struct moving *m, struct oms_error *err)
{
	bool over;

	if (!is_over(m, &over, err))
		return false;
	return over ||
	    finding_raise(m->in->run,
		&(struct finding){ OMS_CARRIER, m->v->shipment_key,
		    m->in->file->partner, m->detail },
		err);
}

static bool
act(struct moving *m, struct oms_error *err)
{
	switch (m->kind) {
	case MOVED_BOOKED:
	case MOVED_DISPATCHED:
	case MOVED_DELIVERED: return move_on(m, err);
	case MOVED_IN_TRANSIT:
		return note(m, "in_transit", err) && end_trouble(m, err);
	case MOVED_ETA: return set_eta(m, err) && note(m, "eta", err);
	case MOVED_EXCEPTION: return note(m, "exception", err) && raise(m, err);
	case MOVED_NOTE:
	case MOVED_KINDS: break;
	}
	return note(m, "note", err);
}

static bool
apply_movement(struct moving *m, enum intake_fate *ret, struct oms_error *err)
{
	bool is_new;

	if (!load_shipment(m, err) || !find_kind(m, err))
		return false;
	m->detail = detail_of(m);
	if (!keep_movement(m, &is_new, err))
		return false;
	if (!is_new)
		return true;
	*ret = INTAKE_APPLIED;
	return act(m, err);
}

bool
edi_apply_transport(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	struct moving m = { .in = in, .set = set };
	struct edi_movements all;

	if (!edi_movements_map(in->ctx, set, &all, err))
		return false;
	*ret_key = all.moves[0].shipment_key;
	*ret = INTAKE_DUPLICATE;
	for (size_t i = 0; i < all.count; i++) {
		m.v = &all.moves[i];
		if (!apply_movement(&m, ret, err))
			return false;
	}
	return true;
}
