/*
 * edi_check_value.c - elements and components: types, lengths, codes, rules.
 *
 * The way of a good value is short: one table look-up a byte and a switch.
 * Only what is wrong is looked at again, to say what and why.
 */

#include "parsers/edi_check_internal.h"

#include <string.h>

#include "base/str.h"

enum {
	CODES_SHOWN = 8,
	CODES_BYTES = 160,
	RULE_BITS = 64 /* elements whose presence is kept in one word */
};

/* No fault: the value may stand. */
static const enum edi_fault FINE = EDI_FAULT_COUNT;
/* Characters that UNOA has not: a warning, and the rest is to be looked at. */
static const enum edi_fault BEYOND_UNOA = EDI_FAULT_COUNT + 1;

/* Classes of bytes; a byte may be in several. */
enum {
	B_CONTROL = 1,
	B_HIGH = 2, /* 0x80 and above */
	B_C1 = 4,   /* controls of ISO 8859 */
	B_LOWER = 8,
	B_NOT_UNOA = 16, /* printable, but not of UNOA; not lower case */
	B_NO_LETTER = 32
};

/* What UNOA has beside upper case letters, digits and the blank. */
static const char UNOA_MARKS[] = ".,-()/=!\"%&*;<>'+:?";

void
edi_value_classes(unsigned char ret[256])
{
	for (unsigned b = 0; b < 256; b++) {
		bool is_letter = (b >= 'A' && b <= 'Z') ||
		    (b >= 'a' && b <= 'z') || b == ' ' || b >= 0xA0;
		unsigned char k = is_letter ? 0 : B_NO_LETTER;

		if (b < 0x20 || b == 0x7F)
			k |= B_CONTROL;
		else if (b >= 0x80)
			k |= b < 0xA0 ? B_HIGH | B_C1 : B_HIGH;
		else if (b >= 'a' && b <= 'z')
			k |= B_LOWER;
		else if (!is_letter && (b < '0' || b > '9') &&
		    strchr(UNOA_MARKS, (int)b) == NULL)
			k |= B_NOT_UNOA;
		ret[b] = k;
	}
}

/* By charset: the classes that need a second look. */
static const unsigned suspicious[] = {
	[EDI_CS_X12] = B_CONTROL | B_HIGH,
	[EDI_CS_UNOA] = B_CONTROL | B_HIGH | B_LOWER | B_NOT_UNOA,
	[EDI_CS_UNOB] = B_CONTROL | B_HIGH,
	[EDI_CS_8BIT] = B_CONTROL | B_C1,
	[EDI_CS_UTF8] = B_CONTROL | B_HIGH,
};

void
edi_value_charset(struct edi_check *c, enum edi_charset charset)
{
	c->charset = charset;
	c->suspicious = suspicious[charset];
	c->decimal = c->ix.standard == EDI_X12 ? '.' : c->ix.delimiters.decimal;
}

/* --------------------------------------------------------------- names */

/* "PO103", "POC05-2"; "DTM element 1.2 (2380)". */
const char *
edi_name_of(const struct edi_check *c, const struct edi_spot *spot,
    char dst[EDI_NAME_BYTES])
{
	const char *tag = spot->tag != NULL ? spot->tag : spot->segment->tag;
	int n;

	if (c->ix.standard == EDI_X12) {
		n = snprintf(dst, EDI_NAME_BYTES, "%s%02d", tag, spot->element);
		if (spot->component > 0)
			snprintf(dst + n, EDI_NAME_BYTES - (size_t)n, "-%d",
			    spot->component);
		return dst;
	}
	n = snprintf(dst, EDI_NAME_BYTES, "%s element %d", tag, spot->element);
	if (spot->component > 0)
		n += snprintf(dst + n, EDI_NAME_BYTES - (size_t)n, ".%d",
		    spot->component);
	if (spot->element_id != NULL && n < EDI_NAME_BYTES)
		snprintf(dst + n, EDI_NAME_BYTES - (size_t)n, " (%s)",
		    spot->element_id);
	return dst;
}

/* The first allowed ones: "00, 01, 04 and 12 others". */
static const char *
codes_of(const struct edi_use *u, char dst[CODES_BYTES])
{
	const struct edi_code *codes = u->codes != NULL ? u->codes
							: u->def->codes;
	size_t count = u->codes != NULL ? u->code_count : u->def->code_count;
	size_t shown = count > CODES_SHOWN ? CODES_SHOWN : count;
	size_t len = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < shown && len + 40 < CODES_BYTES; i++)
		len += (size_t)snprintf(dst + len, CODES_BYTES - len, "%s%.16s",
		    i == 0 ? "" : ", ", codes[i].value);
	if (count > shown)
		snprintf(dst + len, CODES_BYTES - len, " and %zu others",
		    count - shown);
	return dst;
}

/* ----------------------------------------------------- dates and times */

static bool
has_digits(const char *p, size_t len)
{
	unsigned bad = 0;

	for (size_t i = 0; i < len; i++)
		bad |= (unsigned)((unsigned char)(p[i] - '0') > 9);
	return bad == 0;
}

static unsigned
two(const char *p)
{
	return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

bool
edi_is_date(const char *p, size_t len)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };
	unsigned year, month, day;

	if ((len != 6 && len != 8) || !has_digits(p, len))
		return false;
	/* Of two digits, each fourth year is a leap year: 2000 was. */
	year = two(p);
	if (len == 8) {
		year = year * 100 + two(p + 2);
		if (year == 0)
			return false;
	}
	month = two(p + len - 4);
	day = two(p + len - 2);
	if (month == 2 && day == 29)
		return year % 4 == 0 &&
		    (len == 6 || year % 100 != 0 || year % 400 == 0);
	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

bool
edi_is_time(const char *p, size_t len)
{
	if (len < 4 || len > 8 || len == 5 || !has_digits(p, len))
		return false;
	return two(p) < 24 && two(p + 2) < 60 && (len == 4 || two(p + 4) < 60);
}

/* ------------------------------------------------------------- one value */

/* Digits with a sign: how many, or 0 when it is no number of the type. */
static inline size_t
digits_of(const struct edi_check *c, const char *p, size_t len, bool has_mark,
    enum edi_fault *ret)
{
	size_t i = len > 0 && p[0] == '-', digits = 0, before = 0;
	bool marked = false;

	for (; i < len; i++) {
		if ((unsigned char)(p[i] - '0') <= 9) {
			digits++;
			continue;
		}
		if (!has_mark || marked || (p[i] != '.' && p[i] != ',')) {
			*ret = EDI_F_NUMBER;
			return 0;
		}
		if (p[i] != c->decimal && (c->decimal != 0)) {
			*ret = EDI_F_DECIMAL;
			return 0;
		}
		marked = true;
		before = digits + 1;
	}
	/* EDIFACT demands a digit before the mark. */
	if (digits == 0 ||
	    (marked && before == 1 && c->ix.standard == EDI_EDIFACT)) {
		*ret = EDI_F_NUMBER;
		return 0;
	}
	return digits;
}

static size_t
utf8_length(const char *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (p[i] & 0xC0) != 0x80;
	return n;
}

/* Bytes that need a look: is one of them wrong? Characters go to *len. */
static enum edi_fault
judge_bytes(const struct edi_check *c, const char *p, size_t *len,
    unsigned seen)
{
	if ((seen & B_CONTROL) != 0)
		return EDI_F_CHARACTER;
	switch (c->charset) {
	case EDI_CS_X12: /* names no charset: UTF-8 if it is, or 8 bits */
		if (str_is_utf8(p, *len))
			*len = utf8_length(p, *len);
		return FINE;
	case EDI_CS_UTF8:
		if (!str_is_utf8(p, *len))
			return EDI_F_CHARSET;
		*len = utf8_length(p, *len);
		return FINE;
	case EDI_CS_UNOA:
	case EDI_CS_UNOB:
		return (seen & B_HIGH) != 0 ? EDI_F_CHARSET : BEYOND_UNOA;
	case EDI_CS_8BIT: return EDI_F_CHARSET;
	}
	return FINE;
}

/* What is wrong with a value; FINE: nothing.  Never with one that is empty. */
static inline enum edi_fault
judge(const struct edi_check *c, const struct edi_use *u, const char *p,
    size_t len)
{
	const struct edi_element_def *def = u->def;
	enum edi_fault fault = FINE;
	size_t chars = len;
	unsigned seen = 0;

	switch (def->type) {
	case EDI_T_AN:
	case EDI_T_ID:
	case EDI_T_A:
		for (size_t i = 0; i < len; i++)
			seen |= c->classes[(unsigned char)p[i]];
		if ((seen & c->suspicious) != 0) {
			fault = judge_bytes(c, p, &chars, seen);
			if (fault != FINE)
				return fault;
		}
		if (def->type == EDI_T_A && (seen & B_NO_LETTER) != 0)
			return EDI_F_CHARACTER;
		break;
	case EDI_T_N:
	case EDI_T_R:
		chars = digits_of(c, p, len, def->type == EDI_T_R, &fault);
		if (fault != FINE)
			return fault;
		break;
	case EDI_T_DT:
		if (!edi_is_date(p, len))
			return EDI_F_DATE;
		break;
	case EDI_T_TM:
		if (!edi_is_time(p, len))
			return EDI_F_TIME;
		break;
	case EDI_T_B: break;
	}
	if (chars > def->max)
		return EDI_F_TOO_LONG;
	if (chars < def->min)
		return EDI_F_TOO_SHORT;
	if (u->only != NULL && !edi_codes_have(u->only, p, len))
		return EDI_F_CODE;
	return FINE;
}

/* p: the value without release characters. */
static void
say_length(struct edi_check *c, const struct edi_spot *spot,
    enum edi_fault fault, const struct edi_use *u, unsigned lenient,
    const char *p, size_t bytes)
{
	char name[EDI_NAME_BYTES], show[SHOW_BYTES + 8];
	bool is_number = u->def->type == EDI_T_N || u->def->type == EDI_T_R;
	enum edi_fault unused = FINE;
	size_t len = is_number
	    ? digits_of(c, p, bytes, u->def->type == EDI_T_R, &unused)
	    : utf8_length(p, bytes);
	bool is_long = fault == EDI_F_TOO_LONG;

	edi_check_say(c, spot, fault, lenient | EDI_LENGTHS,
	    "%s is \"%s\": %zu %s%s where at %s %u %s allowed",
	    edi_name_of(c, spot, name), edi_show(p, bytes, show), len,
	    is_number ? "digit" : "character", len == 1 ? "" : "s",
	    is_long ? "most" : "least",
	    (unsigned)(is_long ? u->def->max : u->def->min),
	    (is_long ? u->def->max : u->def->min) == 1 ? "is" : "are");
}

/* What each fault of a value is called; the rest has more to say. */
static const char *
complaint(const struct edi_check *c, enum edi_fault fault)
{
	switch ((int)fault) {
	case EDI_F_CHARACTER: return "a character in it may not stand there";
	case EDI_F_CHARSET:
		return "bytes in it are not of the character set that UNB "
		       "declares";
	case EDI_F_NUMBER: return "it is no number";
	case EDI_F_DECIMAL:
		return c->decimal == ',' ? "the decimal mark must be \",\""
					 : "the decimal mark must be \".\"";
	case EDI_F_DATE: return "there is no such date";
	case EDI_F_TIME: return "there is no such time";
	}
	return edi_faults[fault].text;
}

static void
say_value(struct edi_check *c, const struct edi_spot *spot,
    enum edi_fault fault, const struct edi_use *u, unsigned lenient,
    const char *p, size_t bytes)
{
	char name[EDI_NAME_BYTES], show[SHOW_BYTES + 8], codes[CODES_BYTES];

	if (fault == EDI_F_TOO_LONG || fault == EDI_F_TOO_SHORT) {
		say_length(c, spot, fault, u, lenient, p, bytes);
		return;
	}
	(void)edi_show(p, bytes, show);
	if (fault == EDI_F_CODE)
		edi_check_say(c, spot, fault, lenient | EDI_CODES,
		    "%s is \"%s\": expected is one of %s",
		    edi_name_of(c, spot, name), show, codes_of(u, codes));
	else if (fault == EDI_F_DATE)
		edi_check_say(c, spot, fault, lenient, "%s %s is no date",
		    edi_name_of(c, spot, name), show);
	else if (fault == EDI_F_TIME)
		edi_check_say(c, spot, fault, lenient, "%s %s is no time",
		    edi_name_of(c, spot, name), show);
	else
		edi_check_say(c, spot, fault,
		    lenient | (fault == EDI_F_CHARSET ? EDI_CHARSET : 0),
		    "%s is \"%s\": %s", edi_name_of(c, spot, name), show,
		    complaint(c, fault));
}

/* UNOA by the letter has no lower case; all send it: a warning. */
static void
warn_unoa(struct edi_check *c, const struct edi_spot *spot)
{
	char name[EDI_NAME_BYTES];
	unsigned seen = 0;

	for (size_t i = 0; i < spot->value_len; i++)
		seen |= c->classes[(unsigned char)spot->value[i]];
	if ((seen & c->suspicious & B_LOWER) != 0) {
		c->suspicious &= ~(unsigned)B_LOWER;
		edi_check_warn(c, spot, EDI_F_CHARSET,
		    "%s has lower case letters, which UNOA has not (said once "
		    "an interchange)",
		    edi_name_of(c, spot, name));
	}
	if ((seen & B_NOT_UNOA) != 0)
		edi_check_warn(c, spot, EDI_F_CHARSET,
		    "%s has characters that UNOA has not",
		    edi_name_of(c, spot, name));
}

/* Without blanks around it the value would stand. */
static bool
is_blanks_only(const struct edi_check *c, const struct edi_use *u,
    const char *p, size_t len)
{
	size_t whole = len;

	while (len > 0 && p[0] == ' ')
		p++, len--;
	while (len > 0 && p[len - 1] == ' ')
		len--;
	return len > 0 && len < whole && judge(c, u, p, len) == FINE;
}

/* The rare case: something is wrong, or released, or lower case in UNOA. */
static void __attribute__((noinline))
look_again(struct edi_check *c, const struct edi_segment *s,
    const struct edi_use *u, const struct edi_value *v, int e, int component)
{
	struct edi_spot spot = { .segment = s,
		.element = e,
		.component = component,
		.repetition = v->repetition > 1 ? v->repetition : 0,
		.element_id = u->def->id,
		.value = v->p,
		.value_len = v->len };
	const char *p = v->p;
	size_t len = v->len;
	enum edi_fault fault;

	if (v->is_released) {
		if (c->plain_room < len + 1) {
			c->plain_room = len + 1;
			c->plain = mem_resize(c, c->plain, c->plain_room);
		}
		len = edi_unrelease(v, c->ix.delimiters.release, c->plain,
		    c->plain_room);
		p = c->plain;
	}
	fault = judge(c, u, p, len);
	if (fault == BEYOND_UNOA) {
		unsigned suspects = c->suspicious;

		warn_unoa(c, &spot);
		suspects &= c->suspicious;
		c->suspicious = B_CONTROL | B_HIGH;
		fault = judge(c, u, p, len);
		c->suspicious = suspects;
	}
	if (fault != FINE)
		say_value(c, &spot, fault, u,
		    is_blanks_only(c, u, p, len) ? EDI_BLANKS : 0, p, len);
}

static inline void
check_value(struct edi_check *c, const struct edi_segment *s,
    const struct edi_use *u, const struct edi_value *v, unsigned e,
    unsigned component)
{
	if (v->is_released || judge(c, u, v->p, v->len) != FINE)
		look_again(c, s, u, v, (int)e, (int)component);
}

/* --------------------------------------------------------------- rules */

/* What is there of a segment, or of a composite. */
struct presence {
	uint64_t bits; /* of places 1 to RULE_BITS */
	const struct edi_use *uses;
	size_t use_count;
	int element; /* of a composite: its element; 0: a segment */
	int repetition;
};

static bool
is_there(const struct presence *p, unsigned place)
{
	return place >= 1 && place <= RULE_BITS &&
	    (p->bits >> (place - 1) & 1) != 0;
}

/* "PO106 and PO107": the names of the places of a rule. */
static const char *
places_of(const struct edi_check *c, const struct edi_spot *spot,
    const struct presence *p, const struct edi_rule *r, char *dst, size_t size)
{
	size_t len = 0;

	dst[0] = '\0';
	for (unsigned i = 0; i < r->count && len + EDI_NAME_BYTES < size; i++) {
		struct edi_spot at = *spot;
		char name[EDI_NAME_BYTES];

		at.element_id = NULL;
		if (p->element == 0)
			at.element = r->places[i];
		else
			at.component = r->places[i];
		len += (size_t)snprintf(dst + len, size - len, "%s%s",
		    i == 0                  ? ""
			: i + 1 == r->count ? " and "
					    : ", ",
		    edi_name_of(c, &at, name));
	}
	return dst;
}

static const char *
rule_text(char kind)
{
	switch (kind) {
	case 'P':
	case '2': return "all must be there or none";
	case 'R':
	case '3': return "at least one must be there";
	case 'E':
	case '4': return "at most one may be there";
	case 'C':
	case '5': return "the first demands all the others";
	case 'L':
	case '6': return "the first demands one of the others";
	case '1': return "exactly one must be there";
	case '7': return "the first forbids the others";
	}
	return "a rule is broken";
}

static void
say_rule(struct edi_check *c, const struct edi_segment *s,
    const struct presence *p, const struct edi_rule *r, unsigned place,
    enum edi_fault fault)
{
	struct edi_spot spot = { .segment = s,
		.element = p->element,
		.repetition = p->repetition };
	char places[256], name[EDI_NAME_BYTES];

	if (place <= p->use_count) {
		/* That it is missing has been said. */
		if (fault == EDI_F_CONDITION && p->uses[place - 1].is_required)
			return;
		spot.element_id = p->uses[place - 1].def->id;
	}
	if (p->element == 0)
		spot.element = (int)place;
	else
		spot.component = (int)place;
	(void)places_of(c, &spot, p, r, places, sizeof(places));
	edi_check_say(c, &spot, fault, 0, "%s %s: of %s, %s",
	    edi_name_of(c, &spot, name),
	    fault == EDI_F_CONDITION ? "is missing" : "may not be there",
	    places, rule_text(r->kind));
}

/* P and C of two places, as most rules are: kept, without a closer look? */
static inline bool
is_kept(const struct presence *p, const struct edi_rule *r)
{
	bool first, second;

	if (r->count != 2 || (r->kind != 'P' && r->kind != 'C'))
		return false;
	first = is_there(p, r->places[0]);
	second = is_there(p, r->places[1]);
	return r->kind == 'P' ? first == second : !first || second;
}

/* All the letters in terms of how many are there, and which ones. */
static void
check_rule(struct edi_check *c, const struct edi_segment *s,
    const struct presence *p, const struct edi_rule *r)
{
	unsigned there = 0, absent = 0, second = 0, first_other = 0;
	bool has_first;

	for (unsigned i = 0; i < r->count; i++) {
		if (!is_there(p, r->places[i])) {
			absent = absent == 0 ? r->places[i] : absent;
			continue;
		}
		there++;
		second = there == 2 ? r->places[i] : second;
		if (i > 0 && first_other == 0)
			first_other = r->places[i];
	}
	if (r->count < 2)
		return;
	has_first = is_there(p, r->places[0]);
	switch (r->kind) {
	case 'P':
	case '2':
		if (there > 0 && there < r->count)
			say_rule(c, s, p, r, absent, EDI_F_CONDITION);
		return;
	case 'R':
	case '3':
		if (there == 0)
			say_rule(c, s, p, r, r->places[0], EDI_F_CONDITION);
		return;
	case '1':
		if (there == 0)
			say_rule(c, s, p, r, r->places[0], EDI_F_CONDITION);
		/* fall through */
	case 'E':
	case '4':
		if (there > 1)
			say_rule(c, s, p, r, second, EDI_F_EXCLUSION);
		return;
	case 'C':
	case '5':
		if (has_first && there < r->count)
			say_rule(c, s, p, r, absent, EDI_F_CONDITION);
		return;
	case 'L':
	case '6':
		if (has_first && there == 1)
			say_rule(c, s, p, r, r->places[1], EDI_F_CONDITION);
		return;
	case '7':
		if (has_first && first_other != 0)
			say_rule(c, s, p, r, first_other, EDI_F_EXCLUSION);
		return;
	}
}

/* ------------------------------------------------- elements, composites */

static void
say_required(struct edi_check *c, const struct edi_segment *s,
    const struct edi_use *u, unsigned e, unsigned component,
    unsigned repetition)
{
	struct edi_spot spot = { .segment = s,
		.element = (int)e,
		.component = (int)component,
		.repetition = repetition > 1 ? (int)repetition : 0,
		.element_id = u->def->id };
	char name[EDI_NAME_BYTES];

	edi_check_say(c, &spot, EDI_F_REQUIRED, 0, "%s is missing: %s",
	    edi_name_of(c, &spot, name),
	    u->def->name != NULL && u->def->name[0] != '\0'
		? u->def->name
		: "it must be sent");
}

static void
say_simply(struct edi_check *c, const struct edi_segment *s,
    const struct edi_value *v, unsigned e, enum edi_fault fault,
    unsigned lenient, const char *what)
{
	struct edi_spot spot = { .segment = s,
		.element = (int)e,
		.component = v != NULL && v->component > 1 ? v->component : 0,
		.repetition = v != NULL && v->repetition > 1 ? v->repetition
							     : 0 };
	char name[EDI_NAME_BYTES];

	if (v != NULL) {
		spot.value = v->p;
		spot.value_len = v->len;
	}
	edi_check_say(c, &spot, fault, lenient, "%s: %s",
	    edi_name_of(c, &spot, name), what);
}

/* One repetition of a composite: its values are v[0] to v[n - 1]. */
static void
check_components(struct edi_check *c, const struct edi_segment *s,
    const struct edi_use *u, unsigned e, const struct edi_value *v, size_t n)
{
	const struct edi_element_def *def = u->def;
	struct presence p = { .uses = def->components,
		.use_count = def->component_count,
		.element = (int)e,
		.repetition = v->repetition > 1 ? v->repetition : 0 };
	bool has_said = false;

	for (size_t i = 0; i < n; i++) {
		if (v[i].len == 0)
			continue;
		if (i < RULE_BITS)
			p.bits |= UINT64_C(1) << i;
		if (i < def->component_count) {
			if (def->components[i].is_forbidden)
				say_simply(c, s, &v[i], e, EDI_F_TOO_MANY, 0,
				    "the guide forbids this component");
			else
				check_value(c, s, &def->components[i], &v[i], e,
				    (unsigned)i + 1);
		} else if (!has_said) {
			has_said = true;
			say_simply(c, s, &v[i], e, EDI_F_COMPONENTS, 0,
			    "more components than the element has");
		}
	}
	for (size_t i = 0; i < def->component_count; i++)
		if (def->components[i].is_required && (i >= n || v[i].len == 0))
			say_required(c, s, &def->components[i], e,
			    (unsigned)i + 1, v->repetition);
	for (size_t i = 0; i < def->rule_count; i++)
		if (!is_kept(&p, &def->rules[i]))
			check_rule(c, s, &p, &def->rules[i]);
	if (s->id == EDI_ID("DTM") && strcmp(def->id, "C507") == 0)
		edi_dtm_check(c, s, u, e, v, n);
}

static bool
is_any(const struct edi_value *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].len > 0)
			return true;
	return false;
}

/* An element with components, repetitions or both; false: it is empty. */
static bool
check_parts(struct edi_check *c, const struct edi_segment *s,
    const struct edi_use *u, unsigned e, const struct edi_value *v, size_t n)
{
	bool has_said = false, has_any = is_any(v, n);
	size_t i = 0, end;

	for (; has_any && i < n; i = end) {
		for (end = i + 1;
		     end < n && v[end].repetition == v[i].repetition; end++)
			;
		if (v[i].repetition > u->max_repeat && !has_said) {
			has_said = true;
			say_simply(c, s, &v[i], e, EDI_F_REPETITIONS, 0,
			    "the element is repeated more often than it may");
		}
		if (!is_any(&v[i], end - i))
			continue;
		if (u->def->component_count > 0) {
			check_components(c, s, u, e, &v[i], end - i);
			continue;
		}
		if (v[i].len > 0)
			check_value(c, s, u, &v[i], e, 0);
		if (is_any(&v[i + 1], end - i - 1))
			say_simply(c, s, &v[i + 1], e, EDI_F_COMPONENTS, 0,
			    "the element has no components");
	}
	return has_any;
}

/* Empty elements at the end, or empty components at the end of an element. */
static void
check_trailing(struct edi_check *c, const struct edi_segment *s)
{
	for (unsigned e = s->element_count; e > 0; e--) {
		unsigned from = s->first[e], to = s->first[e + 1];

		if (to == from || s->values[to - 1].len > 0 ||
		    (to - from == 1 && e < s->element_count))
			continue;
		say_simply(c, s, &s->values[to - 1], e, EDI_F_TRAILING,
		    EDI_TRAILING,
		    "empty at the end: leave the separators away");
		return;
	}
}

static void
say_too_many(struct edi_check *c, const struct edi_segment *s, size_t use_count)
{
	for (unsigned e = (unsigned)use_count + 1; e <= s->element_count; e++) {
		const struct edi_value *v = &s->values[s->first[e]];

		if (!is_any(v, (size_t)s->first[e + 1] - s->first[e]))
			continue;
		say_simply(c, s, v, e, EDI_F_TOO_MANY, 0,
		    "more elements than the segment has");
		return;
	}
}

void
edi_value_check(struct edi_check *c, const struct edi_segment *s,
    const struct edi_node *node)
{
	const struct edi_segment_def *def = node->segment;
	struct presence p = { .uses = node->uses != NULL ? node->uses
							 : def->uses,
		.use_count = def->use_count };
	unsigned n = s->element_count;
	bool has_trailing = n == 0;

	for (unsigned e = 1; e <= p.use_count; e++) {
		const struct edi_use *u = &p.uses[e - 1];
		const struct edi_value *v;
		size_t count;
		bool is_here = false;

		if (e <= n) {
			v = &s->values[s->first[e]];
			count = (size_t)s->first[e + 1] - s->first[e];
			if (count == 1 && u->def->component_count == 0) {
				is_here = v->len > 0;
				if (is_here)
					check_value(c, s, u, v, e, 0);
			} else {
				is_here = check_parts(c, s, u, e, v, count);
				has_trailing |= count > 1 &&
				    v[count - 1].len == 0;
			}
		} else if (!u->is_required) {
			continue;
		}
		if (is_here && e <= RULE_BITS)
			p.bits |= UINT64_C(1) << (e - 1);
		if (is_here && u->is_forbidden)
			say_simply(c, s, NULL, e, EDI_F_TOO_MANY, 0,
			    "the guide forbids this element");
		if (!is_here && u->is_required)
			say_required(c, s, u, e, 0, 0);
	}
	if (n > p.use_count)
		say_too_many(c, s, p.use_count);
	if (n > 0 && s->values[s->first[n + 1] - 1].len == 0)
		has_trailing = true;
	if (has_trailing)
		check_trailing(c, s);
	for (size_t i = 0; i < def->rule_count; i++)
		if (!is_kept(&p, &def->rules[i]))
			check_rule(c, s, &p, &def->rules[i]);
}
