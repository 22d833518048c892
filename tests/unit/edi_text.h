/*
 * edi_text.h - EDI as tests write it, and what a checker says of it as text.
 *
 * A finding is a line:
 *
 *	E segment-missing 850/0001 2 BEG 0.0 @4:1+171
 *
 * E or W, fault, set and its control number, number and tag of the segment,
 * element and component, line, column and byte.
 */
#ifndef OMS_TESTS_EDI_TEXT_H
#define OMS_TESTS_EDI_TEXT_H

#include "tests/unit/testing.h"

#include "base/str.h"
#include "parsers/edi_check.h"

enum { EDI_TEXT_MAX_BYTES = 1 << 20 };

struct edi_text {
	struct sbuf findings;
	struct sbuf messages;
	struct sbuf verdicts; /* "set 850 0001 R 5\n", "group 1 P 3 3 2\n" */
	struct sbuf segments; /* "BEG 2 BEG\n": tag, number, place in guide */
	struct edi_summary sum;
	bool is_known; /* what interchange() answers */
};

static inline bool
edi_text_finding(void *u, const struct edi_finding *f, struct oms_error *err)
{
	struct edi_text *t = u;

	(void)err;
	sbuf_addf(&t->findings, "%c %s %s/%s %lld %s %d.%d @%lld:%lld+%lld\n",
	    f->severity == EDI_ERROR ? 'E' : 'W', edi_faults[f->fault].name,
	    f->set_type, f->set, (long long)f->segment_no,
	    f->segment[0] == '\0' ? "-" : f->segment, f->element, f->component,
	    (long long)f->line, (long long)f->column, (long long)f->byte_off);
	sbuf_addf(&t->messages, "%s\n", f->message);
	return true;
}

static inline bool
edi_text_interchange(void *u, const struct edi_interchange *ix, bool *ret_known,
    struct oms_error *err)
{
	struct edi_text *t = u;

	(void)err;
	*ret_known = t->is_known;
	sbuf_addf(&t->verdicts, "from %s to %s %s %s %s %s%s%s\n", ix->sender,
	    ix->receiver, ix->control, ix->version, ix->date, ix->time,
	    ix->is_test ? " test" : "", ix->wants_ack ? " ack" : "");
	return true;
}

static inline bool
edi_text_segment(void *u, const struct edi_segment *s, int64_t no,
    const struct edi_node *node, struct oms_error *err)
{
	struct edi_text *t = u;

	(void)err;
	sbuf_addf(&t->segments, "%s %lld %s%s%s\n", s->tag, (long long)no,
	    node == NULL ? "-" : node->name,
	    node == NULL || node->parent == NULL ? "" : " in ",
	    node == NULL || node->parent == NULL ? "" : node->parent->name);
	return true;
}

static inline void
edi_text_codes(struct sbuf *b, const int *codes, int contrl)
{
	for (int i = 0; i < 5 && codes[i] != 0; i++)
		sbuf_addf(b, " %d", codes[i]);
	if (contrl != 0)
		sbuf_addf(b, " contrl %d", contrl);
	sbuf_addc(b, '\n');
}

static inline bool
edi_text_set_end(void *u, const struct edi_set_head *h,
    const struct edi_set *set, struct oms_error *err)
{
	struct edi_text *t = u;

	(void)err;
	(void)set;
	sbuf_addf(&t->verdicts, "set %s %s %c", h->type, h->control,
	    (int)h->verdict);
	edi_text_codes(&t->verdicts, h->ak502, h->contrl);
	return true;
}

static inline bool
edi_text_group_end(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct edi_text *t = u;

	(void)err;
	sbuf_addf(&t->verdicts, "group %s %c %lld %lld %lld", g->control,
	    (int)g->verdict, (long long)g->sets_said,
	    (long long)g->sets_received, (long long)g->sets_accepted);
	edi_text_codes(&t->verdicts, g->ak905, g->contrl);
	return true;
}

static inline bool
edi_text_interchange_end(void *u, const struct edi_interchange *ix,
    struct oms_error *err)
{
	struct edi_text *t = u;

	(void)err;
	sbuf_addf(&t->verdicts,
	    "interchange %s %c %03d contrl %d, %lld bytes\n", ix->control,
	    (int)ix->verdict, ix->ta105, ix->contrl, (long long)ix->byte_len);
	return true;
}

static inline struct edi_text *
edi_text_new(mem_ctx *ctx)
{
	struct edi_text *t = mem_new(ctx, struct edi_text);

	sbuf_init(&t->findings, t, EDI_TEXT_MAX_BYTES);
	sbuf_init(&t->messages, t, EDI_TEXT_MAX_BYTES);
	sbuf_init(&t->verdicts, t, EDI_TEXT_MAX_BYTES);
	sbuf_init(&t->segments, t, EDI_TEXT_MAX_BYTES);
	return t;
}

static inline struct edi_sink
edi_text_sink(struct edi_text *t)
{
	return (struct edi_sink){ .u = t,
		.interchange = edi_text_interchange,
		.segment = edi_text_segment,
		.set_end = edi_text_set_end,
		.group_end = edi_text_group_end,
		.interchange_end = edi_text_interchange_end,
		.finding = edi_text_finding };
}

static inline void
edi_text_clear(struct edi_text *t)
{
	sbuf_clear(&t->findings);
	sbuf_clear(&t->messages);
	sbuf_clear(&t->verdicts);
	sbuf_clear(&t->segments);
}

#endif
