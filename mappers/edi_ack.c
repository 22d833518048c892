/* edi_ack.c - see edi_ack.h.  A kind of answer is a row of functions. */

#include "mappers/edi_ack.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"

enum {
	CODE_GROUP = 2,        /* AK101 */
	CODE_SET = 3,          /* AK201 */
	CONTROL_MIN_BYTES = 4, /* AK202 */
	CONTROL_MAX_BYTES = 9,
	TAG_MIN_BYTES = 2, /* AK301 */
	TAG_MAX_BYTES = 3,
	VALUE_MAX_BYTES = 99, /* AK404 */
	LOOP_MAX_BYTES = 6,   /* AK303 */
	CODE_BYTES = 12,
	ACK_CODES = 5, /* AK502 to AK506, AK905 to AK909 */
	TA105_BYTES = 8,
	PARTS_MAX = 5,
	VERSION_PARTS = 3 /* S009 must have 0052, 0054 and 0051 */
};

/* What CONTRL does with a level: 0083. */
enum { CONTRL_REJECTED = 4, CONTRL_ACKNOWLEDGED = 7 };

struct edi_ack {
	struct edi_writer *w;
	const struct ack_kind *kind;
	bool accepted;
	int64_t segment_no; /* that AK3, IK3 or UCS named last; 0 none */
	int segment_code;
	bool in_set; /* its AK2 or UCM is written */
	bool tells_warnings;
};

struct ack_kind {
	const char *name;
	const char *segment_tag; /* AK3 */
	const char *element_tag;
	const char *set_tag;
	bool is_999;
	void (
	    *interchange)(struct edi_ack *a, const struct edi_interchange *ix);
	void (*interchange_end)(struct edi_ack *a);
	void (*group)(struct edi_ack *a, const struct edi_group *g);
	void (*set)(struct edi_ack *a, const struct edi_set_head *s);
	void (*finding)(struct edi_ack *a, const struct edi_finding *f);
	void (*set_end)(struct edi_ack *a, const struct edi_set_head *s);
	void (*group_end)(struct edi_ack *a, const struct edi_group *g);
};

/* An element of code, nothing for 0 and less. */
static void
add_code(struct edi_writer *w, int code)
{
	if (code > 0)
		edi_w_int(w, code);
	else
		edi_w_skip(w, 1);
}

static void
add_place(struct edi_writer *w, int place)
{
	char digits[CODE_BYTES];

	(void)snprintf(digits, sizeof(digits), "%d", place);
	edi_w_more(w, digits);
}

/* ---- 997, 999 ------------------------------------------------------------ */

/*
 * What was sent, as long as X12 wants it, with zeros before it: an answer must
 * be right even where what it answers was not.
 */
static void
add_padded(struct edi_writer *w, const char *text, size_t min, size_t max)
{
	char padded[EDI_CONTROL_BYTES];
	size_t n = strnlen(text, max);

	(void)snprintf(padded, sizeof(padded), "%.*s%.*s",
	    n < min ? (int)(min - n) : 0, "000000000", (int)n, text);
	edi_w_copy(w, padded, max);
}

/* GS06 is a number, or 0 when it was none. */
static void
add_group_control(struct edi_writer *w, const char *text)
{
	edi_w_text(w, text[strspn(text, "0123456789")] == '\0' ? text : "0");
}

static void
fa_group(struct edi_ack *a, const struct edi_group *g)
{
	edi_w_set_as(a->w, a->kind->name,
	    a->kind->is_999 ? "005010X231A1" : "");
	edi_w_tag(a->w, "AK1");
	add_padded(a->w, g->code, CODE_GROUP, CODE_GROUP);
	add_group_control(a->w, g->control);
	if (a->kind->is_999)
		edi_w_text(a->w, g->version);
}

static void
fa_set(struct edi_ack *a, const struct edi_set_head *s)
{
	edi_w_tag(a->w, "AK2");
	add_padded(a->w, s->type, CODE_SET, CODE_SET);
	add_padded(a->w, s->control, CONTROL_MIN_BYTES, CONTROL_MAX_BYTES);
	if (a->kind->is_999 && strlen(s->version) > 6)
		edi_w_text(a->w, s->version); /* ST03, when it was sent */
}

/* The code of an element in AK4; what only a 999 knows is "too many" else. */
static int
element_code(const struct edi_ack *a, const struct edi_fault_row *row)
{
	return row->ak403 > 10 && !a->kind->is_999 ? 3 : row->ak403;
}

static void
fa_segment(struct edi_ack *a, const struct edi_finding *f,
    const struct edi_fault_row *row)
{
	if (a->segment_no == f->segment_no && a->segment_code == row->ak304)
		return;
	a->segment_no = f->segment_no;
	a->segment_code = row->ak304;
	edi_w_tag(a->w, a->kind->segment_tag);
	add_padded(a->w, f->segment, TAG_MIN_BYTES, TAG_MAX_BYTES);
	edi_w_int(a->w, f->segment_no);
	edi_w_copy(a->w, f->loop, LOOP_MAX_BYTES);
	edi_w_int(a->w, row->ak304);
}

static void
fa_finding(struct edi_ack *a, const struct edi_finding *f)
{
	const struct edi_fault_row *row = &edi_faults[f->fault];

	if (row->ak304 < 0)
		return;
	fa_segment(a, f, row);
	if (row->ak403 < 0 || f->element == 0)
		return;
	edi_w_tag(a->w, a->kind->element_tag);
	edi_w_int(a->w, f->element);
	if (f->component > 0)
		add_place(a->w, f->component);
	if (a->kind->is_999 && f->repetition > 1) {
		if (f->component == 0)
			edi_w_more(a->w, "");
		add_place(a->w, f->repetition);
	}
	edi_w_copy(a->w, f->element_id, 4);
	edi_w_int(a->w, element_code(a, row));
	edi_w_copy(a->w, f->value, VALUE_MAX_BYTES);
}

static void
add_verdict(struct edi_ack *a, const char *tag, enum edi_verdict verdict)
{
	const char word[] = { (char)verdict, '\0' };

	edi_w_tag(a->w, tag);
	edi_w_text(a->w, word);
}

static void
fa_set_end(struct edi_ack *a, const struct edi_set_head *s)
{
	add_verdict(a, a->kind->set_tag, s->verdict);
	for (size_t i = 0; i < ACK_CODES; i++)
		add_code(a->w, s->ak502[i]);
}

static void
fa_group_end(struct edi_ack *a, const struct edi_group *g)
{
	add_verdict(a, "AK9", g->verdict);
	edi_w_int(a->w, g->sets_said >= 0 ? g->sets_said : g->sets_received);
	edi_w_int(a->w, g->sets_received);
	edi_w_int(a->w, g->sets_accepted);
	for (size_t i = 0; i < ACK_CODES; i++)
		add_code(a->w,
		    g->ak905[i] == 19 && !a->kind->is_999 ? 0 : g->ak905[i]);
	edi_w_set_end(a->w);
}

/* ---- CONTRL --------------------------------------------------------------- */

/* A mandatory value: 0 stands for what was not sent. */
static void
add_due(struct edi_writer *w, const char *text)
{
	edi_w_text(w, text[0] != '\0' ? text : "0");
}

/* "a:b:c" as the next element and its components. */
static void
add_parts(struct edi_writer *w, const char *text)
{
	char part[EDI_PARTY_BYTES];

	for (int i = 0; i < PARTS_MAX; i++) {
		size_t n = strcspn(text, ":");

		(void)snprintf(part, sizeof(part), "%.*s", (int)n, text);
		if (i == 0)
			add_due(w, part);
		else
			edi_w_more(w, part);
		if (text[n] == '\0')
			return;
		text += n + 1;
	}
}

static int
action_of(enum edi_verdict verdict)
{
	return verdict == EDI_REJECTED ? CONTRL_REJECTED : CONTRL_ACKNOWLEDGED;
}

static void
contrl_interchange(struct edi_ack *a, const struct edi_interchange *ix)
{
	bool is_syntax_4 = strchr(ix->version, ':') != NULL &&
	    strchr(ix->version, ':')[1] == '4';

	edi_w_set_as(a->w, "CONTRL", is_syntax_4 ? "4:1" : "D:3");
	edi_w_tag(a->w, "UCI");
	add_due(a->w, ix->control);
	add_parts(a->w, ix->sender);
	add_parts(a->w, ix->receiver);
	edi_w_int(a->w, action_of(ix->verdict));
	add_code(a->w, ix->contrl);
}

static void
contrl_interchange_end(struct edi_ack *a)
{
	edi_w_set_end(a->w);
}

static void
contrl_group(struct edi_ack *a, const struct edi_group *g)
{
	if (g->is_implied)
		return;
	edi_w_tag(a->w, "UCF");
	add_due(a->w, g->control);
	add_parts(a->w, g->sender);
	add_parts(a->w, g->receiver);
	edi_w_int(a->w, action_of(g->verdict));
	add_code(a->w, g->contrl);
}

static void
contrl_set(struct edi_ack *a, const struct edi_set_head *s)
{
	const char *v = s->version;

	edi_w_tag(a->w, "UCM");
	add_due(a->w, s->control);
	add_due(a->w, s->type);
	for (int i = 0; i < VERSION_PARTS || *v != '\0'; i++) {
		char part[EDI_VERSION_BYTES];
		size_t n = strcspn(v, ":");

		(void)snprintf(part, sizeof(part), "%.*s", (int)n, v);
		edi_w_more(a->w, i < VERSION_PARTS && n == 0 ? "0" : part);
		v += n + (v[n] == ':');
	}
	edi_w_int(a->w, action_of(s->verdict));
	add_code(a->w, s->contrl);
}

static void
contrl_finding(struct edi_ack *a, const struct edi_finding *f)
{
	const struct edi_fault_row *row = &edi_faults[f->fault];
	bool is_element = f->element > 0;
	/* 0096 of what is missing: the last segment that was there. */
	int64_t place = f->segment_no - (f->fault == EDI_F_SEG_MISSING);

	if (row->contrl < 0 || f->segment_no == 0 ||
	    row->level < EDI_LEVEL_SEGMENT)
		return;
	if (!is_element || a->segment_no != place) {
		a->segment_no = place;
		edi_w_tag(a->w, "UCS");
		edi_w_int(a->w, place);
		add_code(a->w, is_element ? 0 : row->contrl);
	}
	if (!is_element)
		return;
	edi_w_tag(a->w, "UCD");
	edi_w_int(a->w, row->contrl);
	edi_w_int(a->w, f->element + 1); /* 0098: the tag is number 1 */
	if (f->component > 0)
		add_place(a->w, f->component);
	if (f->repetition > 1) { /* 0136, of syntax 4 */
		if (f->component == 0)
			edi_w_more(a->w, "");
		add_place(a->w, f->repetition);
	}
}

static void
contrl_set_end(struct edi_ack *a, const struct edi_set_head *s)
{
	(void)a; /* UCM has said it */
	(void)s;
}

static void
contrl_group_end(struct edi_ack *a, const struct edi_group *g)
{
	(void)a;
	(void)g;
}

/* ---- the kinds -------------------------------------------------------------- */

/* clang-format off */
static const struct ack_kind kinds[] = {
	{ "997", "AK3", "AK4", "AK5", false, NULL, NULL,
	  fa_group, fa_set, fa_finding, fa_set_end, fa_group_end },
	{ "999", "IK3", "IK4", "IK5", true, NULL, NULL,
	  fa_group, fa_set, fa_finding, fa_set_end, fa_group_end },
	{ "contrl", "", "", "", false, contrl_interchange, contrl_interchange_end,
	  contrl_group, contrl_set, contrl_finding, contrl_set_end, contrl_group_end },
};
/* clang-format on */

struct edi_ack *
edi_ack_new(mem_ctx *ctx, struct edi_writer *w, const char *kind, bool accepted)
{
	struct edi_ack *a = mem_new(ctx, struct edi_ack);

	a->w = w;
	a->accepted = accepted;
	a->kind = &kinds[0];
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, kind) == 0)
			a->kind = &kinds[i];
	return a;
}

void
edi_ack_interchange(struct edi_ack *a, const struct edi_interchange *ix)
{
	if (a->kind->interchange != NULL)
		a->kind->interchange(a, ix);
}

void
edi_ack_interchange_end(struct edi_ack *a, const struct edi_interchange *ix)
{
	(void)ix;
	if (a->kind->interchange_end != NULL)
		a->kind->interchange_end(a);
}

void
edi_ack_group(struct edi_ack *a, const struct edi_group *g)
{
	a->kind->group(a, g);
}

void
edi_ack_set(struct edi_ack *a, const struct edi_set_head *s)
{
	a->in_set = a->accepted || s->verdict != EDI_ACCEPTED;
	a->tells_warnings = s->verdict == EDI_ACCEPTED_WITH_ERRORS;
	a->segment_no = 0;
	a->segment_code = 0;
	if (a->in_set)
		a->kind->set(a, s);
}

void
edi_ack_finding(struct edi_ack *a, const struct edi_finding *f)
{
	if (a->in_set && (f->severity == EDI_ERROR || a->tells_warnings))
		a->kind->finding(a, f);
}

void
edi_ack_set_end(struct edi_ack *a, const struct edi_set_head *s)
{
	if (a->in_set)
		a->kind->set_end(a, s);
}

void
edi_ack_group_end(struct edi_ack *a, const struct edi_group *g)
{
	a->kind->group_end(a, g);
}

/* ---- TA1 ------------------------------------------------------------------- */

/* It is about the envelope only: what became of the sets, others say. */
static enum edi_verdict
ta104(const struct edi_interchange *ix)
{
	if (ix->ta105 == 0)
		return EDI_ACCEPTED;
	return ix->verdict == EDI_REJECTED ? EDI_REJECTED
					   : EDI_ACCEPTED_WITH_ERRORS;
}

void
edi_ack_ta1(struct edi_writer *w, const struct edi_interchange *ix)
{
	const char word[] = { (char)ta104(ix), '\0' };
	char code[TA105_BYTES];

	(void)snprintf(code, sizeof(code), "%03d", ix->ta105);
	edi_w_tag(w, "TA1");
	edi_w_text(w, ix->control);
	edi_w_text(w, strlen(ix->date) == 8 ? ix->date + 2 : ix->date);
	edi_w_textn(w, ix->time, 4);
	edi_w_text(w, word);
	edi_w_text(w, code);
}
