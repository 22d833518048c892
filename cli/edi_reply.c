/*
 * edi_reply.c - see edi_reply.h.
 *
 * What is said of a set may be overruled by its group, and that by its
 * interchange: so all of an interchange is held until its verdict is in.
 */

#include "cli/edi_reply.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/str.h"
#include "mappers/edi_ack.h"

enum { REPLY_MAX_BYTES = 256 << 20, SYNTAX_USUAL = 3 };

/* A set with its findings. */
struct held_set {
	struct edi_set_head head;
	struct edi_finding *findings;
	size_t finding_count;
	struct held_set *next;
};

struct held_group {
	struct edi_group group;
	struct held_set *sets;
	struct held_set **last_set;
	bool is_unknown; /* no guide is of its version */
	struct held_group *next;
};

struct reply {
	struct cli *c;
	struct edi_sink told;
	mem_ctx *held; /* lifetime: the interchange */
	struct held_group *groups;
	struct held_group **last_group;
	struct edi_finding *pending; /* of the set that is being read */
	size_t pending_count;
	bool is_unknown; /* ditto of the group that begins */
	bool has_ta1;
	int64_t written; /* interchanges so far */
	struct sbuf out;
};

/* ---- an interchange is held ---------------------------------------------- */

static bool
on_interchange(void *u, const struct edi_interchange *ix, bool *ret_known,
    struct oms_error *err)
{
	struct reply *r = u;

	(void)ix;
	(void)err;
	*ret_known = false;
	mem_free(r->held);
	r->held = mem_ctx_new(r->c->ctx, "interchange");
	r->groups = NULL;
	r->last_group = &r->groups;
	r->pending = mem_array(r->held, struct edi_finding,
	    EDI_SET_FINDINGS_MAX);
	r->pending_count = 0;
	r->is_unknown = r->has_ta1 = false;
	return true;
}

static bool
on_group(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct reply *r = u;
	struct held_group *h = mem_new(r->held, struct held_group);

	(void)g;
	(void)err;
	h->last_set = &h->sets;
	h->is_unknown = r->is_unknown;
	r->is_unknown = false;
	*r->last_group = h;
	return true;
}

static bool
on_segment(void *u, const struct edi_segment *s, int64_t segment_no,
    const struct edi_node *node, struct oms_error *err)
{
	struct reply *r = u;

	(void)s;
	(void)node;
	(void)err;
	if (segment_no == 0)
		r->has_ta1 = true;
	return true;
}

static struct edi_finding
copy_finding(mem_ctx *ctx, const struct edi_finding *f)
{
	struct edi_finding copy = *f;

	copy.segment = mem_strdup(ctx, f->segment);
	copy.loop = mem_strdup(ctx, f->loop);
	copy.element_id = mem_strdup(ctx, f->element_id);
	copy.value = mem_strdup(ctx, f->value);
	copy.interchange = copy.group = copy.set = copy.message = "";
	copy.set_type = "";
	return copy;
}

static bool
on_finding(void *u, const struct edi_finding *f, struct oms_error *err)
{
	struct reply *r = u;

	r->is_unknown |= f->fault == EDI_F_GROUP_VERSION;
	if (f->set_no > 0 && r->pending_count < EDI_SET_FINDINGS_MAX)
		r->pending[r->pending_count++] = copy_finding(r->held, f);
	return r->told.finding(r->told.u, f, err);
}

/* What has no guide is no set that we take. */
static void
refuse_unknown(struct edi_set_head *h)
{
	const struct edi_fault_row *row = &edi_faults[EDI_F_NOT_SUPPORTED];

	if (h->def != NULL || h->verdict == EDI_REJECTED)
		return;
	h->verdict = EDI_REJECTED;
	h->ak502[0] = row->ak502;
	h->contrl = row->contrl;
}

static bool
on_set_end(void *u, const struct edi_set_head *s, const struct edi_set *set,
    struct oms_error *err)
{
	struct reply *r = u;
	struct held_group *g = *r->last_group;
	struct held_set *h = mem_new(r->held, struct held_set);

	(void)set;
	(void)err;
	h->head = *s;
	refuse_unknown(&h->head);
	h->finding_count = r->pending_count;
	h->findings = mem_array(h, struct edi_finding, r->pending_count + 1);
	memcpy(h->findings, r->pending,
	    r->pending_count * sizeof(*h->findings));
	r->pending_count = 0;
	*g->last_set = h;
	g->last_set = &h->next;
	return true;
}

/* What is refused takes along what is in it, whatever was said of that. */
static void
refuse_group(struct held_group *g)
{
	g->group.verdict = EDI_REJECTED;
	g->group.sets_accepted = 0;
	for (struct held_set *s = g->sets; s != NULL; s = s->next)
		s->head.verdict = EDI_REJECTED;
}

/* Sets that were refused here count among its refused ones. */
static void
count_again(struct held_group *h)
{
	struct edi_group *g = &h->group;
	int64_t accepted = 0;

	for (const struct held_set *s = h->sets; s != NULL; s = s->next)
		accepted += s->head.verdict != EDI_REJECTED;
	if (g->verdict == EDI_REJECTED || accepted == g->sets_accepted)
		return;
	g->sets_accepted = accepted;
	g->verdict = accepted == 0 ? EDI_REJECTED : EDI_PARTLY;
	if (accepted == 0 && h->is_unknown) {
		g->ak905[0] = edi_faults[EDI_F_GROUP_VERSION].envelope;
		g->contrl = edi_faults[EDI_F_GROUP_VERSION].contrl;
	}
}

static bool
on_group_end(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct reply *r = u;
	struct held_group *h = *r->last_group;

	(void)err;
	h->group = *g;
	count_again(h);
	if (h->group.verdict == EDI_REJECTED)
		refuse_group(h);
	r->last_group = &h->next;
	return true;
}

/* ---- what is answered, and by whom --------------------------------------- */

static bool
is_answer_set(const struct held_set *s)
{
	static const char *const types[] = { "997", "999", "CONTRL" };

	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(s->head.type, types[i]) == 0)
			return true;
	return false;
}

static bool
is_answer(const struct held_group *g)
{
	if (strcmp(g->group.code, "FA") == 0)
		return true;
	for (const struct held_set *s = g->sets; s != NULL; s = s->next)
		if (!is_answer_set(s))
			return false;
	return g->sets != NULL;
}

/* Is there anything in the interchange but answers? */
static bool
is_question(const struct reply *r)
{
	for (const struct held_group *g = r->groups; g != NULL; g = g->next)
		if (!is_answer(g))
			return true;
	return r->groups == NULL && !r->has_ta1;
}

/* "999" for a 005010. */
static const char *
kind_of(const struct held_group *g)
{
	return strncmp(g->group.version, "005", 3) == 0 ? "999" : "997";
}

/* "ZZ:ACME" or "5412345000013:14" as id and qualifier. */
static void
split_party(mem_ctx *ctx, bool is_x12, const char *party, char **ret_id,
    char **ret_qualifier)
{
	size_t n = strcspn(party, ":");
	const char *rest = party[n] == ':' ? party + n + 1 : "";
	char *first = mem_strndup(ctx, party, n);
	char *second = mem_strdup(ctx, rest);

	*ret_id = is_x12 ? second : first;
	*ret_qualifier = is_x12 ? first : second;
}

/* 0002 of "UNOC:4"; a version there is none of is not repeated. */
static int
syntax_of(const struct edi_interchange *ix)
{
	const char *colon = strchr(ix->version, ':');

	return colon != NULL && colon[1] >= '1' && colon[1] <= '4'
	    ? colon[1] - '0'
	    : SYNTAX_USUAL;
}

/* We answer as the one it was sent to, with the usual service characters. */
static struct edi_profile *
profile_of(mem_ctx *ctx, const struct edi_interchange *ix, const char *kind)
{
	struct edi_profile *p = mem_new(ctx, struct edi_profile);
	bool is_x12 = ix->standard == EDI_X12;
	char *empty = mem_strdup(ctx, "");
	char **const texts[] = { &p->assoc, &p->our_group_id,
		&p->their_group_id, &p->application, &p->agreement,
		&p->element_separator, &p->component_separator,
		&p->repetition_separator, &p->terminator, &p->release,
		&p->decimal_mark, &p->control_prefix };

	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = empty;
	p->standard = mem_strdup(ctx, is_x12 ? "x12" : "edifact");
	p->version = mem_strdup(ctx,
	    !is_x12                        ? "D:96A"
		: strcmp(kind, "999") == 0 ? "005010"
					   : "004010");
	p->charset = mem_strdup(ctx, is_x12 ? "utf-8" : "UNOC");
	p->suffix = mem_strdup(ctx, "lf");
	p->replacement = mem_strdup(ctx, " ");
	p->test = ix->is_test;
	p->syntax = syntax_of(ix);
	p->una = true;
	split_party(ctx, is_x12, ix->receiver, &p->our_id, &p->our_qualifier);
	split_party(ctx, is_x12, ix->sender, &p->their_id, &p->their_qualifier);
	return p;
}

/* A group that X12 did not begin has no number that could be repeated. */
static bool
is_of_kind(const struct held_group *g, const char *kind)
{
	return !is_answer(g) && !g->group.is_implied &&
	    strcmp(kind_of(g), kind) == 0;
}

/* ---- answers ------------------------------------------------------------- */

static void
answer_group(struct edi_ack *a, const struct held_group *g)
{
	edi_ack_group(a, &g->group);
	for (const struct held_set *s = g->sets; s != NULL; s = s->next) {
		if (is_answer_set(s))
			continue;
		edi_ack_set(a, &s->head);
		for (size_t i = 0; i < s->finding_count; i++)
			edi_ack_finding(a, &s->findings[i]);
		edi_ack_set_end(a, &s->head);
	}
	edi_ack_group_end(a, &g->group);
}

/* One interchange: a TA1, or the answers of one kind. */
static bool
write_answer(struct reply *r, const struct edi_interchange *ix,
    const char *kind, struct oms_error *err)
{
	struct edi_head head = { .interchange_no = ++r->written,
		.group_no = r->written,
		.created_ts_us = clock_now_us() };
	bool is_x12 = ix->standard == EDI_X12;
	struct edi_writer *w = edi_writer_new(r->held, &r->out,
	    profile_of(r->held, ix, kind), &head);
	struct edi_ack *a = edi_ack_new(r->held, w, kind, true);

	edi_w_interchange(w);
	if (strcmp(kind, "TA1") == 0) {
		edi_ack_ta1(w, ix);
	} else {
		edi_w_group(w, is_x12 ? "FA" : "CONTRL",
		    strcmp(kind, "999") == 0 ? "005010X231A1" : "");
		edi_ack_interchange(a, ix);
		for (struct held_group *g = r->groups; g != NULL; g = g->next)
			if (is_x12 ? is_of_kind(g, kind) : !is_answer(g))
				answer_group(a, g);
		edi_ack_interchange_end(a, ix);
		edi_w_group_end(w);
	}
	edi_w_interchange_end(w);
	if (!edi_w_ok(w, err))
		return false;
	fwrite(r->out.p, 1, r->out.len, stdout);
	sbuf_clear(&r->out);
	return true;
}

static bool
has_kind(const struct reply *r, const char *kind)
{
	for (const struct held_group *g = r->groups; g != NULL; g = g->next)
		if (is_of_kind(g, kind))
			return true;
	return false;
}

static bool
answer_x12(struct reply *r, const struct edi_interchange *ix,
    struct oms_error *err)
{
	if ((ix->wants_ack || ix->ta105 != 0) &&
	    !write_answer(r, ix, "TA1", err))
		return false;
	return (!has_kind(r, "997") || write_answer(r, ix, "997", err)) &&
	    (!has_kind(r, "999") || write_answer(r, ix, "999", err));
}

static bool
on_interchange_end(void *u, const struct edi_interchange *ix,
    struct oms_error *err)
{
	struct reply *r = u;

	if (!is_question(r))
		return true;
	for (struct held_group *g = r->groups; g != NULL; g = g->next)
		if (ix->verdict == EDI_REJECTED)
			refuse_group(g);
	return ix->standard == EDI_X12 ? answer_x12(r, ix, err)
				       : write_answer(r, ix, "contrl", err);
}

struct edi_sink
edi_reply_sink(struct cli *c, const struct edi_sink *findings)
{
	struct reply *r = mem_new(c->ctx, struct reply);

	r->c = c;
	r->told = *findings;
	sbuf_init(&r->out, c->ctx, REPLY_MAX_BYTES);
	return (struct edi_sink){ .u = r,
		.interchange = on_interchange,
		.group = on_group,
		.segment = on_segment,
		.set_end = on_set_end,
		.group_end = on_group_end,
		.interchange_end = on_interchange_end,
		.finding = on_finding };
}
