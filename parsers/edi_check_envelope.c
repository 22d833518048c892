/*
 * edi_check_envelope.c - interchanges, groups and sets: what opens and closes
 * them, the counts and control numbers at each level, and what each verdict
 * is made of.
 */

#include "parsers/edi_check_internal.h"

#include <string.h>

enum {
	COUNT_DIGITS_MAX = 18,
	TA105_DATE = 14,
	TA105_TIME = 15,
	TA105_CONTROL = 18,
	TA105_ACK = 19,
	TA105_TEST = 20,
	AK502_CUT = 2,
	AK905_CUT = 3,
	TA105_CUT = 23,
	CONTRL_INVALID = 12,
	CONTRL_MISSING = 13,
	CONTRL_MIXED = 30,
	CONTRL_CHARSET = 46
};

/* ------------------------------------------------------------- values */

/* A component without release characters and blanks behind it. */
size_t
edi_take(const struct edi_check *c, const struct edi_segment *s, unsigned e,
    unsigned component, char *dst, size_t size)
{
	const struct edi_value *v = edi_component(s, e, component);
	size_t n = 0;

	dst[0] = '\0';
	if (v == NULL)
		return 0;
	if (v->is_released) {
		n = edi_unrelease(v, c->ix.delimiters.release, dst, size);
	} else {
		n = v->len < size ? v->len : size - 1;
		memcpy(dst, v->p, n);
	}
	if (n >= size)
		n = size - 1;
	while (n > 0 && dst[n - 1] == ' ')
		n--;
	dst[n] = '\0';
	/* They go into messages and file names of others. */
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)dst[i] < 0x20 || dst[i] == 0x7F)
			dst[i] = '?';
	return n;
}

/* Components from to to with ':' between them: "ZZ:ACME", "D:96A:UN". */
void
edi_take_joined(const struct edi_check *c, const struct edi_segment *s,
    unsigned e, unsigned from, unsigned to, char *dst, size_t size)
{
	size_t len = 0, whole = 0;

	dst[0] = '\0';
	for (unsigned i = from; i <= to && len + 2 < size; i++) {
		if (i > from)
			dst[len++] = ':';
		size_t n = edi_take(c, s, e, i, dst + len, size - len);
		len += n;
		if (n > 0)
			whole = len;
	}
	dst[whole] = '\0';
}

/* A count as sent; -1: it is none. */
int64_t
edi_take_count(const struct edi_check *c, const struct edi_segment *s,
    unsigned e)
{
	char text[COUNT_DIGITS_MAX + 2];
	size_t n = edi_take(c, s, e, 1, text, sizeof(text));
	int64_t v = 0;

	if (n == 0 || n > COUNT_DIGITS_MAX)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		v = v * 10 + (text[i] - '0');
	}
	return v;
}

bool
edi_is_digits(const char *s, size_t min, size_t max)
{
	size_t n = strspn(s, "0123456789");

	return s[n] == '\0' && n >= min && n <= max;
}

/* "0001" is "1"; text that is no number stands for itself. */
static const char *
as_number(const char *s)
{
	if (!edi_is_digits(s, 1, EDI_CONTROL_BYTES))
		return s;
	while (s[0] == '0' && s[1] != '\0')
		s++;
	return s;
}

struct edi_spot
edi_spot_at(const struct edi_segment *s, int e)
{
	struct edi_spot spot = { .segment = s, .element = e };
	size_t len = 0;

	spot.value = edi_raw(s, (unsigned)e, &len);
	spot.value_len = len;
	return spot;
}

/* A value of ISA or UNB that cannot be, with its own code for a TA1. */
static void
say_header(struct edi_check *c, const struct edi_segment *s, int e,
    enum edi_fault fault, int ta105, int contrl, const char *expected)
{
	struct edi_spot spot = edi_spot_at(s, e);
	char show[SHOW_BYTES + 8];

	edi_tale_add(&c->ix_tale, ta105, contrl);
	edi_check_say(c, &spot, fault, 0,
	    edi_is_x12(c) ? "%s%02d is \"%s\": %s"
			  : "%s element %d is \"%s\": %s",
	    s->tag, e, edi_show(spot.value, spot.value_len, show), expected);
}

/* -------------------------------------------------------- interchanges */

static const struct {
	const char *name;
	enum edi_charset charset;
} charsets[] = {
	{ "UNOA", EDI_CS_UNOA },
	{ "UNOB", EDI_CS_UNOB },
	{ "UNOC", EDI_CS_8BIT },
	{ "UNOD", EDI_CS_8BIT },
	{ "UNOE", EDI_CS_8BIT },
	{ "UNOF", EDI_CS_8BIT },
	{ "UNOG", EDI_CS_8BIT },
	{ "UNOH", EDI_CS_8BIT },
	{ "UNOI", EDI_CS_8BIT },
	{ "UNOJ", EDI_CS_8BIT },
	{ "UNOK", EDI_CS_8BIT },
	{ "UNOL", EDI_CS_8BIT },
	{ "UNOW", EDI_CS_UTF8 },
	{ "UNOY", EDI_CS_UTF8 },
};

static void
keep_header(struct edi_check *c, const struct edi_segment *s)
{
	if (s->raw_len >= c->header_room) {
		c->header_room = s->raw_len + 1;
		c->header = mem_resize(c, c->header, c->header_room);
	}
	memcpy(c->header, s->raw, s->raw_len);
	c->header[s->raw_len] = '\0';
	c->ix.raw = c->header;
	c->ix.raw_len = s->raw_len;
}

/* YYMMDD with the century that is nearer; CCYYMMDD as it is. */
static void
full_date(const char *date, char ret[9])
{
	if (strlen(date) == 6)
		snprintf(ret, 9, "%s%s", date[0] >= '7' ? "19" : "20", date);
	else
		snprintf(ret, 9, "%.8s", date);
}

/* Qualifier and id, which stands behind it: "ZZ:ACME". */
static void
read_party(const struct edi_check *c, const struct edi_segment *s, unsigned e,
    char ret[EDI_PARTY_BYTES])
{
	char qualifier[8], id[EDI_PARTY_BYTES - sizeof(qualifier)];

	(void)edi_take(c, s, e, 1, qualifier, sizeof(qualifier));
	(void)edi_take(c, s, e + 1, 1, id, sizeof(id));
	snprintf(ret, EDI_PARTY_BYTES, "%s:%s", qualifier, id);
}

static void
read_isa(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_interchange *ix = &c->ix;
	char text[16];

	read_party(c, s, 5, ix->sender);
	read_party(c, s, 7, ix->receiver);
	(void)edi_take(c, s, 13, 1, ix->control, sizeof(ix->control));
	(void)edi_take(c, s, 12, 1, ix->version, sizeof(ix->version));
	(void)edi_take(c, s, 9, 1, text, sizeof(text));
	full_date(text, ix->date);
	(void)edi_take(c, s, 10, 1, ix->time, sizeof(ix->time));
	(void)edi_take(c, s, 14, 1, text, sizeof(text));
	ix->wants_ack = strcmp(text, "1") == 0;
	(void)edi_take(c, s, 15, 1, text, sizeof(text));
	ix->is_test = strcmp(text, "T") == 0;
}

static void
check_isa(struct edi_check *c, const struct edi_segment *s)
{
	char text[8];

	if (!edi_is_date(c->ix.date, 8))
		say_header(c, s, 9, EDI_F_ENVELOPE, TA105_DATE, 0,
		    "it must be a date, YYMMDD");
	if (!edi_is_time(c->ix.time, 4))
		say_header(c, s, 10, EDI_F_ENVELOPE, TA105_TIME, 0,
		    "it must be a time, HHMM");
	if (!edi_is_digits(c->ix.version, 5, 5) || c->ix.version[0] != '0' ||
	    c->ix.version[1] != '0')
		say_header(c, s, 12, EDI_F_IX_VERSION, 0, 0,
		    "it must be a version such as 00401");
	if (!edi_is_digits(c->ix.control, 9, 9))
		say_header(c, s, 13, EDI_F_ENVELOPE, TA105_CONTROL, 0,
		    "it must be a control number of 9 digits");
	(void)edi_take(c, s, 14, 1, text, sizeof(text));
	if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
		say_header(c, s, 14, EDI_F_ENVELOPE, TA105_ACK, 0,
		    "it must be 0 or 1");
	(void)edi_take(c, s, 15, 1, text, sizeof(text));
	if (strcmp(text, "P") != 0 && strcmp(text, "T") != 0 &&
	    strcmp(text, "I") != 0)
		say_header(c, s, 15, EDI_F_ENVELOPE, TA105_TEST, 0,
		    "it must be P, T or I");
}

static void
read_unb(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_interchange *ix = &c->ix;
	char text[16];

	edi_take_joined(c, s, 1, 1, 2, ix->version, sizeof(ix->version));
	edi_take_joined(c, s, 2, 1, 2, ix->sender, sizeof(ix->sender));
	edi_take_joined(c, s, 3, 1, 2, ix->receiver, sizeof(ix->receiver));
	(void)edi_take(c, s, 4, 1, text, sizeof(text));
	full_date(text, ix->date);
	(void)edi_take(c, s, 4, 2, ix->time, sizeof(ix->time));
	(void)edi_take(c, s, 5, 1, ix->control, sizeof(ix->control));
	(void)edi_take(c, s, 9, 1, text, sizeof(text));
	ix->wants_ack = strcmp(text, "1") == 0;
	(void)edi_take(c, s, 11, 1, text, sizeof(text));
	ix->is_test = text[0] != '\0' && strcmp(text, "0") != 0;
}

static void
check_unb(struct edi_check *c, const struct edi_segment *s)
{
	char syntax[8], version[8];
	size_t i = 0, count = sizeof(charsets) / sizeof(charsets[0]);

	(void)edi_take(c, s, 1, 1, syntax, sizeof(syntax));
	while (i < count && strcmp(charsets[i].name, syntax) != 0)
		i++;
	if (i < count)
		edi_value_charset(c, charsets[i].charset);
	else
		say_header(c, s, 1, EDI_F_ENVELOPE, 0, CONTRL_CHARSET,
		    "it must be a syntax we read: UNOA to UNOL, UNOW, UNOY");
	(void)edi_take(c, s, 1, 2, version, sizeof(version));
	if (version[0] < '1' || version[0] > '4' || version[1] != '\0')
		say_header(c, s, 1, EDI_F_IX_VERSION, 0, 0,
		    "the version of the syntax must be 1, 2, 3 or 4");
	if (!edi_is_date(c->ix.date, strlen(c->ix.date)) ||
	    !edi_is_time(c->ix.time, 4))
		say_header(c, s, 4, EDI_F_ENVELOPE, 0, CONTRL_INVALID,
		    "it must be a date and a time, YYMMDD and HHMM");
	if (c->ix.control[0] == '\0')
		say_header(c, s, 5, EDI_F_ENVELOPE, 0, CONTRL_MISSING,
		    "a control number (0020) must stand here");
}

/* Who it is from, for whom, and whether it is meant in earnest. */
static void
check_parties(struct edi_check *c, const struct edi_segment *s)
{
	const struct edi_check_options *o = &c->options;
	struct edi_spot from = edi_spot_at(s, edi_is_x12(c) ? 6 : 2);
	struct edi_spot to = edi_spot_at(s, edi_is_x12(c) ? 8 : 3);
	struct edi_spot test = edi_spot_at(s, edi_is_x12(c) ? 15 : 11);

	if (o->sender != NULL && strcmp(o->sender, c->ix.sender) != 0)
		edi_check_say(c, &from, EDI_F_SENDER, 0,
		    "the sender is %s, expected is %s", c->ix.sender,
		    o->sender);
	if (o->receiver != NULL && strcmp(o->receiver, c->ix.receiver) != 0)
		edi_check_say(c, &to, EDI_F_RECEIVER, 0,
		    "the receiver is %s, expected is %s", c->ix.receiver,
		    o->receiver);
	if (o->is_test >= 0 && (o->is_test != 0) != c->ix.is_test)
		edi_check_say(c, &test, EDI_F_TEST, 0,
		    "this is a %s interchange, expected is %s",
		    c->ix.is_test ? "test" : "production",
		    o->is_test != 0 ? "a test one" : "production");
}

static void
check_interchange_twice(struct edi_check *c, const struct edi_segment *s)
{
	char key[2 * EDI_PARTY_BYTES + EDI_CONTROL_BYTES + 4];
	struct edi_spot spot = edi_spot_at(s, edi_is_x12(c) ? 13 : 5);

	snprintf(key, sizeof(key), "%s\n%s\n%s", c->ix.sender, c->ix.receiver,
	    as_number(c->ix.control));
	if (c->ix.control[0] != '\0' && edi_seen_add(c, &c->ix_seen, key))
		edi_check_say(c, &spot, EDI_F_IX_DUPLICATE, 0,
		    "interchange %s of %s stands in this file twice",
		    c->ix.control, c->ix.sender);
}

static void
tell_interchange(struct edi_check *c, const struct edi_spot *spot)
{
	bool is_known = false;

	c->is_told = true;
	c->ix.verdict = c->ix_tale.has_error ? EDI_REJECTED : EDI_ACCEPTED;
	if (c->is_stopped || c->sink.interchange == NULL)
		return;
	c->is_stopped = !c->sink.interchange(c->sink.u, &c->ix, &is_known,
	    c->err);
	if (is_known)
		edi_check_say(c, spot, EDI_F_IX_DUPLICATE, 0,
		    "interchange %s of %s was received before", c->ix.control,
		    c->ix.sender);
}

static void
open_interchange(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot control = edi_spot_at(s, edi_is_x12(c) ? 13 : 5);

	keep_header(c, s);
	if (edi_is_x12(c)) {
		read_isa(c, s);
		check_isa(c, s);
	} else {
		read_unb(c, s);
		check_unb(c, s);
	}
	check_parties(c, s);
	check_interchange_twice(c, s);
	if (!c->is_told)
		tell_interchange(c, &control);
}

/*
 * Its header cannot be read, as when two delimiters are one: whoever listens
 * is told of an interchange all the same before he is told what is in it.
 */
static void
open_headless(struct edi_check *c, const struct edi_spot *spot)
{
	if (!c->ix_tale.has_error)
		edi_check_say(c, spot, EDI_F_ENVELOPE, 0,
		    "the interchange does not begin with %s",
		    edi_is_x12(c) ? "ISA" : "UNB");
	tell_interchange(c, spot);
}

void
edi_envelope_begin(struct edi_check *c, const struct edi_event *ev)
{
	if (c->in_interchange)
		edi_envelope_end(c);
	c->in_interchange = true;
	c->ix = (struct edi_interchange){ .standard = ev->standard,
		.no = ++c->sum.interchanges,
		.delimiters = *ev->delimiters,
		.byte_off = ev->byte_off,
		.line = ev->line,
		.verdict = EDI_ACCEPTED,
		.raw = "" };
	c->ix_tale = (struct edi_tale){ 0 };
	edi_value_charset(c, EDI_CS_X12);
	c->end_off = ev->byte_off;
	c->is_unterminated = c->has_ta1 = c->is_told = false;
	c->is_mixed = c->is_outside = false;
	c->ix_sets = c->ix_bad_sets = 0;
	c->accepted_before = c->sum.sets_accepted;
	edi_seen_clear(&c->group_seen);
	edi_seen_clear(&c->set_seen);
}

/* -------------------------------------------------------------- groups */

static void
begin_group(struct edi_check *c, bool is_implied)
{
	c->in_group = true;
	c->group = (struct edi_group){ .no = ++c->ix.group_count,
		.is_implied = is_implied,
		.sets_said = -1,
		.verdict = EDI_ACCEPTED };
	c->sum.groups++;
	c->group_tale = (struct edi_tale){ 0 };
	c->has_said_code = c->has_forgiven = c->is_outside = false;
	c->has_said_version = false;
	c->lost_sets = 0;
	if (edi_is_x12(c)) /* UNH 0062: in the interchange */
		edi_seen_clear(&c->set_seen);
}

static void
tell_group(struct edi_check *c)
{
	if (!c->is_stopped && c->sink.group != NULL)
		c->is_stopped = !c->sink.group(c->sink.u, &c->group, c->err);
}

static void
read_group(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_group *g = &c->group;
	bool x12 = edi_is_x12(c);

	(void)edi_take(c, s, 1, 1, g->code, sizeof(g->code));
	edi_take_joined(c, s, 2, 1, 2, g->sender, sizeof(g->sender));
	edi_take_joined(c, s, 3, 1, 2, g->receiver, sizeof(g->receiver));
	(void)edi_take(c, s, x12 ? 6 : 5, 1, g->control, sizeof(g->control));
	if (x12)
		(void)edi_take(c, s, 8, 1, g->version, sizeof(g->version));
	else
		edi_take_joined(c, s, 7, 1, 3, g->version, sizeof(g->version));
}

static void
check_group(struct edi_check *c, const struct edi_segment *s)
{
	const char *control = c->group.control;
	struct edi_spot spot = edi_spot_at(s, edi_is_x12(c) ? 6 : 5);

	if (edi_is_x12(c) ? !edi_is_digits(control, 1, 9)
			  : control[0] == '\0') {
		edi_check_say(c, &spot, EDI_F_GROUP_CONTROL_FORM, 0,
		    edi_is_x12(c) ? "GS06 is \"%s\": it must have 1 to 9 digits"
				  : "UNG 0048 is \"%s\": a control number must "
				    "stand here",
		    control);
	} else if (!c->options.no_group_check &&
	    edi_seen_add(c, &c->group_seen, as_number(control))) {
		edi_check_say(c, &spot, EDI_F_GROUP_DUPLICATE, 0,
		    "group control number %s stands twice in this interchange",
		    control);
	}
}

/* Once for all its sets: they have their envelopes checked, and no more. */
static void
check_group_version(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot spot = edi_spot_at(s, edi_is_x12(c) ? 8 : 7);

	if (c->options.guides == NULL || c->options.version != NULL ||
	    c->group.version[0] == '\0' ||
	    edi_guides_knows(c->options.guides, c->ix.standard,
		c->group.version))
		return;
	c->has_said_version = true;
	edi_check_warn(c, &spot, EDI_F_GROUP_VERSION,
	    "there is no guide for version %s: only envelopes are checked in "
	    "group %s",
	    c->group.version, c->group.control);
}

static void cut_group(struct edi_check *c, const struct edi_segment *s);

/* GS, UNG. */
static void
open_group(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot spot = { .segment = s };

	edi_set_cut(c, s);
	if (c->in_group && c->group.is_implied && !edi_is_x12(c) &&
	    !c->is_mixed) {
		c->is_mixed = true;
		edi_tale_add(&c->ix_tale, 0, CONTRL_MIXED);
		edi_check_say(c, &spot, EDI_F_ENVELOPE, 0,
		    "a group begins after messages that stand in none");
	}
	cut_group(c, s);
	begin_group(c, false);
	read_group(c, s);
	check_group(c, s);
	check_group_version(c, s);
	tell_group(c);
}

static void
end_group(struct edi_check *c)
{
	struct edi_group *g = &c->group;

	if (c->group_tale.has_error) {
		c->sum.sets_accepted -= g->sets_accepted;
		c->sum.sets_rejected += g->sets_accepted;
		c->ix_bad_sets += g->sets_accepted + 1;
		g->sets_accepted = 0;
		g->verdict = EDI_REJECTED;
	} else if (g->sets_accepted == g->sets_received && c->lost_sets == 0) {
		g->verdict = c->group_tale.is_forgiven || c->has_forgiven
		    ? EDI_ACCEPTED_WITH_ERRORS
		    : EDI_ACCEPTED;
	} else {
		g->verdict = g->sets_accepted == 0 ? EDI_REJECTED : EDI_PARTLY;
	}
	memcpy(g->ak905, c->group_tale.codes, sizeof(g->ak905));
	g->contrl = c->group_tale.contrl;
	if (g->verdict == EDI_ACCEPTED_WITH_ERRORS)
		c->ix_forgiven = true;
	c->in_group = false;
	if (!c->is_stopped && c->sink.group_end != NULL)
		c->is_stopped = !c->sink.group_end(c->sink.u, g, c->err);
}

/* GE, UNE. */
static void
close_group(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot count = edi_spot_at(s, 1), control = edi_spot_at(s, 2);
	struct edi_group *g = &c->group;
	char text[EDI_CONTROL_BYTES], show[SHOW_BYTES + 8];

	edi_set_cut(c, s);
	g->sets_said = edi_take_count(c, s, 1);
	/* A set without ST was said already. */
	if (g->sets_said != g->sets_received &&
	    g->sets_said != g->sets_received + c->lost_sets)
		edi_check_say(c, &count, EDI_F_GROUP_COUNT, EDI_COUNTS,
		    "%s says %s sets, but %lld came", s->tag,
		    edi_show(count.value, count.value_len, show),
		    (long long)g->sets_received);
	(void)edi_take(c, s, 2, 1, text, sizeof(text));
	if (g->control[0] != '\0' &&
	    strcmp(as_number(text), as_number(g->control)) != 0)
		edi_check_say(c, &control, EDI_F_GROUP_CONTROL, EDI_CONTROLS,
		    "%s names group %s, but it began as %s", s->tag, text,
		    g->control);
	end_group(c);
}

/* Something came that only stands outside of groups. */
static void
cut_group(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot spot = { .segment = s,
		.tag = edi_is_x12(c) ? "GE" : "UNE" };

	if (!c->in_group)
		return;
	if (!c->group.is_implied || edi_is_x12(c))
		edi_check_say(c, &spot, EDI_F_GROUP_CUT, 0,
		    "group %s ends without %s before this %s", c->group.control,
		    spot.tag, s->tag);
	end_group(c);
}

/* A set begins and no group is open: EDIFACT may, X12 may not. */
static void
imply_group(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot spot = { .segment = s };

	if (edi_is_x12(c)) {
		spot.tag = "GS";
		edi_check_say(c, &spot, EDI_F_ENVELOPE, 0,
		    "GS is missing before this %s", s->tag);
	} else if (c->ix.group_count > 0 && !c->is_mixed) {
		c->is_mixed = true;
		edi_tale_add(&c->ix_tale, 0, CONTRL_MIXED);
		edi_check_say(c, &spot, EDI_F_ENVELOPE, 0,
		    "a message stands outside of groups, though there are "
		    "groups");
	}
	begin_group(c, true);
	tell_group(c);
}

/* -------------------------------------------------------- ends of all */

static void
end_interchange(struct edi_check *c)
{
	struct edi_interchange *ix = &c->ix;

	if (c->options.suspend_interchange && c->ix_bad_sets > 0)
		edi_tale_add(&c->ix_tale, EDI_TA105_CONTENT,
		    EDI_CONTRL_CONTENT);
	ix->byte_len = edi_check_end(c) - ix->byte_off;
	ix->verdict = c->ix_tale.has_error ? EDI_REJECTED
	    : c->ix_bad_sets > 0           ? EDI_PARTLY
	    : c->ix_tale.is_forgiven || c->ix_forgiven
	    ? EDI_ACCEPTED_WITH_ERRORS
	    : EDI_ACCEPTED;
	if (ix->verdict == EDI_REJECTED) {
		c->sum.sets_rejected += c->sum.sets_accepted -
		    c->accepted_before;
		c->sum.sets_accepted = c->accepted_before;
	}
	ix->ta105 = c->ix_tale.codes[0];
	ix->contrl = c->ix_tale.contrl;
	c->in_interchange = false;
	c->ix_forgiven = false;
	if (!c->is_stopped && c->sink.interchange_end != NULL)
		c->is_stopped = !c->sink.interchange_end(c->sink.u, ix, c->err);
}

/* IEA, UNZ. */
static void
close_interchange(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot count = edi_spot_at(s, 1), control = edi_spot_at(s, 2);
	struct edi_interchange *ix = &c->ix;
	/* Before the cuts, which close what is counted. */
	bool is_bare = !edi_is_x12(c) && ix->group_count == 1 && c->in_group &&
	    c->group.is_implied;
	int64_t got = is_bare ? c->group.sets_received : ix->group_count;
	int64_t lost = is_bare ? c->lost_sets : 0;
	int64_t said = edi_take_count(c, s, 1);
	char text[EDI_CONTROL_BYTES], show[SHOW_BYTES + 8];

	edi_set_cut(c, s);
	cut_group(c, s);
	if (said != got && said != got + lost &&
	    !(c->has_ta1 && got == 0 && said == 1))
		edi_check_say(c, &count, EDI_F_IX_COUNT, EDI_COUNTS,
		    "%s says %s %s, but %lld came", s->tag,
		    edi_show(count.value, count.value_len, show),
		    is_bare ? "messages" : "groups", (long long)got);
	(void)edi_take(c, s, 2, 1, text, sizeof(text));
	if (ix->control[0] != '\0' &&
	    strcmp(as_number(text), as_number(ix->control)) != 0)
		edi_check_say(c, &control, EDI_F_IX_CONTROL, EDI_CONTROLS,
		    "%s names interchange %s, but it began as %s", s->tag, text,
		    ix->control);
}

/*
 * The input, or the next interchange, cut it off.  One cause and one finding,
 * with its codes at each level.
 */
void
edi_envelope_cut(struct edi_check *c, const struct edi_event *ev)
{
	struct edi_spot spot = { .has_place = true,
		.byte_off = ev->byte_off,
		.line = ev->line,
		.column = ev->column,
		.tag = edi_is_x12(c) ? "IEA" : "UNZ",
		.segment_no = c->in_set ? c->segment_no : 0 };

	if (!c->in_interchange)
		return;
	if (!c->is_unterminated)
		edi_check_say(c, &spot, EDI_F_CUT, 0,
		    "interchange %s ends without %s%s%s%s", c->ix.control,
		    spot.tag, c->in_set ? " in set " : "",
		    c->in_set ? c->set.control : "",
		    c->in_set ? ": ask for the whole file" : "");
	edi_tale_add(&c->ix_tale, TA105_CUT, CONTRL_MISSING);
	if (c->in_group && (edi_is_x12(c) || !c->group.is_implied))
		edi_tale_add(&c->group_tale, AK905_CUT, CONTRL_MISSING);
	if (c->in_set) {
		if (!c->set_tale.has_error)
			c->set.first_fault = EDI_F_SET_CUT;
		edi_tale_add(&c->set_tale, AK502_CUT, CONTRL_MISSING);
	}
}

void
edi_envelope_end(struct edi_check *c)
{
	struct edi_spot start = { .has_place = true,
		.byte_off = c->ix.byte_off,
		.line = c->ix.line,
		.column = 1 };

	if (!c->in_interchange)
		return;
	if (!c->is_told)
		open_headless(c, &start);
	if (c->in_set)
		edi_set_end(c);
	if (c->in_group)
		end_group(c);
	end_interchange(c);
}

/* ----------------------------------------------------------- segments */

/* Neither envelope nor in a set: said once for all that follow. */
static void
outside(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot spot = { .segment = s };

	if (edi_is_x12(c) && s->id == EDI_ID("TA1") && !c->in_group) {
		c->has_ta1 = true;
		c->segment_no = 0;
		edi_tell_segment(c, s, NULL);
		return;
	}
	if (c->is_outside)
		return;
	if (!edi_is_x12(c) && !c->in_group)
		imply_group(c, s);
	c->is_outside = true;
	c->lost_sets += c->in_group;
	edi_check_say(c, &spot, EDI_F_SEG_UNEXPECTED, 0,
	    "%s stands in no set: %s is missing before it", s->tag,
	    edi_is_x12(c) ? "ST" : "UNH");
}

/* SE, UNT: also of a set whose beginning is not there, which was said. */
static void
on_set_close(struct edi_check *c, const struct edi_segment *s)
{
	if (c->in_set) {
		edi_set_close(c, s);
		return;
	}
	outside(c, s);
	c->is_outside = false;
}

static void
on_set_open(struct edi_check *c, const struct edi_segment *s)
{
	edi_set_cut(c, s);
	if (!c->in_group)
		imply_group(c, s);
	c->is_outside = false;
	edi_set_open(c, s);
}

static void
on_group_close(struct edi_check *c, const struct edi_segment *s)
{
	if (c->in_group)
		close_group(c, s);
	else
		outside(c, s);
}

/* clang-format off */
static const struct role {
	uint32_t id;
	enum edi_standard standard;
	void (*take)(struct edi_check *c, const struct edi_segment *s);
} roles[] = {
	{ EDI_ID("ISA"), EDI_X12,     open_interchange },
	{ EDI_ID("GS"),  EDI_X12,     open_group },
	{ EDI_ID("ST"),  EDI_X12,     on_set_open },
	{ EDI_ID("SE"),  EDI_X12,     on_set_close },
	{ EDI_ID("GE"),  EDI_X12,     on_group_close },
	{ EDI_ID("IEA"), EDI_X12,     close_interchange },
	{ EDI_ID("UNB"), EDI_EDIFACT, open_interchange },
	{ EDI_ID("UNG"), EDI_EDIFACT, open_group },
	{ EDI_ID("UNH"), EDI_EDIFACT, on_set_open },
	{ EDI_ID("UNT"), EDI_EDIFACT, on_set_close },
	{ EDI_ID("UNE"), EDI_EDIFACT, on_group_close },
	{ EDI_ID("UNZ"), EDI_EDIFACT, close_interchange }
};
/* clang-format on */

/* Only ISA, IEA, GS, GE, ST, SE and UN. are of the envelope. */
static inline bool
may_have_role(uint32_t id)
{
	unsigned char first = (unsigned char)(id >> 16);

	return first == 'U' || first == 'S' || first == 'G' || first == 'I';
}

void
edi_envelope_segment(struct edi_check *c, const struct edi_segment *s)
{
	const size_t count = sizeof(roles) / sizeof(roles[0]);

	c->sum.segments++;
	c->end_off = s->byte_off + s->byte_len;
	if (!c->is_told && s->id != EDI_ID("ISA") && s->id != EDI_ID("UNB"))
		open_headless(c, &(struct edi_spot){ .segment = s });
	if (may_have_role(s->id))
		for (size_t i = 0; i < count; i++)
			if (roles[i].id == s->id &&
			    roles[i].standard == c->ix.standard) {
				roles[i].take(c, s);
				return;
			}
	if (c->in_set)
		edi_set_segment(c, s);
	else
		outside(c, s);
}
