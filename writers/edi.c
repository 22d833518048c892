/*
 * edi.c - see edi.h.
 *
 * Empty elements and components are only counted; they are written when
 * something follows them, so none is left at an end.
 */

#include "writers/edi.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/count.h"
#include "base/num.h"
#include "model/money.h"

enum {
	TEXT_MAX_BYTES = 4096, /* of one component, as given */
	BYTES_MAX = 2 * TEXT_MAX_BYTES,
	COPY_MAX_BYTES = 100,
	DATE_BYTES = 16,
	NUMBER_BYTES = 24,
	NINE_DIGITS = 1000000000,
	ISA_ID_BYTES = 15
};

struct delimiters {
	char element;
	char component;
	char repetition; /* 0 none */
	char segment;
	char release; /* 0: X12 has none */
	char decimal;
	char replacement; /* X12; 0: refuse */
};

struct edi_writer {
	struct sbuf *out;
	const struct edi_profile *profile;
	struct edi_head head;
	bool is_x12;
	struct delimiters d;
	const char *suffix;
	const char *version;
	bool is_ascii; /* letters lose their accents */
	bool is_upper; /* UNOA */
	iconv_t charset;
	bool has_charset;

	/* the segment that is open */
	bool in_segment;
	char tag[4];
	int elements;      /* given, also empty ones */
	int held_elements; /* separators not written yet */
	int held_components;

	/* the envelopes that are open */
	int64_t interchanges; /* begun so far */
	int64_t interchange_no;
	int64_t groups_in_all; /* of all interchanges */
	int64_t groups_before; /* of those that are closed */
	char group_control[NUMBER_BYTES];
	bool has_group;
	int64_t sets; /* in the group */
	int64_t sets_in_all;
	char set_control[NUMBER_BYTES];
	int64_t segments; /* of the set */

	struct oms_error err; /* the first */
};

/* ---- the profile --------------------------------------------------------- */

static char
delimiter_of(const char *text, char fallback)
{
	if (text == NULL || text[0] == '\0')
		return fallback;
	if (strncasecmp(text, "0x", 2) == 0)
		return (char)strtol(text + 2, NULL, 16);
	return text[0];
}

/* "004010" is before "005010"; text that is no number is old. */
static bool
is_at_least(const char *version, const char *least)
{
	return strncmp(version, least, strlen(least)) >= 0;
}

static struct delimiters
delimiters_of(const struct edi_writer *w)
{
	const struct edi_profile *p = w->profile;
	bool repeats = w->is_x12 ? is_at_least(w->version, "00402")
				 : p->syntax >= 4;

	return (struct delimiters){
		.element = delimiter_of(p->element_separator,
		    w->is_x12 ? '*' : '+'),
		.component = delimiter_of(p->component_separator,
		    w->is_x12 ? '>' : ':'),
		.repetition = repeats ? delimiter_of(p->repetition_separator,
					    w->is_x12 ? '^' : '*')
				      : '\0',
		.segment = delimiter_of(p->terminator, w->is_x12 ? '~' : '\''),
		.release = w->is_x12 ? '\0' : delimiter_of(p->release, '?'),
		.decimal = w->is_x12 ? '.' : delimiter_of(p->decimal_mark, '.'),
		.replacement = w->is_x12 ? delimiter_of(p->replacement, '\0')
					 : '\0',
	};
}

/* Character sets by their names in profiles and in UNB 0001. */
/* clang-format off */
static const struct {
	const char *name;
	const char *iconv; /* NULL: ASCII; "" the UTF-8 we have */
} charsets[] = {
	{ "utf-8",      ""            }, { "iso-8859-1", "ISO-8859-1" },
	{ "ascii",      NULL          }, { "UNOA",       NULL         },
	{ "UNOB",       NULL          }, { "UNOC",       "ISO-8859-1" },
	{ "UNOD",       "ISO-8859-2"  }, { "UNOE",       "ISO-8859-5" },
	{ "UNOF",       "ISO-8859-7"  }, { "UNOG",       "ISO-8859-3" },
	{ "UNOH",       "ISO-8859-4"  }, { "UNOI",       "ISO-8859-6" },
	{ "UNOJ",       "ISO-8859-8"  }, { "UNOK",       "ISO-8859-9" },
	{ "UNOL",       "ISO-8859-15" }, { "UNOW",       ""           },
	{ "UNOY",       ""            },
};
/* clang-format on */

static const char *
charset_of(const struct edi_writer *w)
{
	if (w->profile->charset[0] != '\0')
		return w->profile->charset;
	return w->is_x12 ? "utf-8" : "UNOC";
}

static void
choose_charset(struct edi_writer *w)
{
	const char *name = charset_of(w);
	size_t i = 0;

	while (i < COUNT(charsets) && strcasecmp(charsets[i].name, name) != 0)
		i++;
	w->is_upper = strcasecmp(name, "UNOA") == 0;
	w->is_ascii = i == COUNT(charsets) || charsets[i].iconv == NULL;
	if (i == COUNT(charsets)) {
		oms_fail(&w->err, OMS_CONFIG, "charset %s is none of EDI's",
		    name);
	} else if (!w->is_ascii && charsets[i].iconv[0] != '\0') {
		w->charset = iconv_open(charsets[i].iconv, "UTF-8");
		w->has_charset = w->charset != (iconv_t)-1; /* NOLINT */
		if (!w->has_charset)
			oms_fail_errno(&w->err, OMS_INTERNAL, "charset %s",
			    name);
	}
}

static void
close_charset(void *p)
{
	struct edi_writer *w = p;

	if (w->has_charset)
		(void)iconv_close(w->charset);
}

static const char *
suffix_of(const char *word)
{
	static const char *const words[][2] = { { "none", "" }, { "cr", "\r" },
		{ "lf", "\n" }, { "crlf", "\r\n" } };

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i][0], word) == 0)
			return words[i][1];
	return "\n";
}

/* A line end as terminator needs no second one behind it. */
static bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

struct edi_writer *
edi_writer_new(mem_ctx *ctx, struct sbuf *out,
    const struct edi_profile *profile, const struct edi_head *head)
{
	struct edi_writer *w = mem_new(ctx, struct edi_writer);

	w->out = out;
	w->profile = profile;
	w->head = *head;
	w->is_x12 = strcmp(profile->standard, "edifact") != 0;
	w->version = profile->version[0] != '\0' ? profile->version
	    : w->is_x12                          ? "004010"
						 : "D:96A";
	w->d = delimiters_of(w);
	w->suffix = suffix_of(profile->suffix);
	if (is_line_end(w->d.segment) && w->suffix[0] == w->d.segment)
		w->suffix = "";
	w->err = NO_ERROR;
	choose_charset(w);
	mem_on_free(w, close_charset);
	return w;
}

/* ---- text in the character set of the partner ----------------------------- */

/* U+00C0 to U+017F as those write it who have no accents; "" there is none. */
/* clang-format off */
static const char plain_letters[][3] = {
	"A", "A", "A", "A", "AE", "A", "AE", "C", "E", "E", "E", "E", "I", "I", "I", "I",
	"D", "N", "O", "O", "O", "O", "OE", "x", "O", "U", "U", "U", "UE", "Y", "TH", "ss",
	"a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "oe", "/", "o", "u", "u", "u", "ue", "y", "th", "y",
	"A", "a", "A", "a", "A", "a", "C", "c", "C", "c", "C", "c", "C", "c", "D", "d",
	"D", "d", "E", "e", "E", "e", "E", "e", "E", "e", "E", "e", "G", "g", "G", "g",
	"G", "g", "G", "g", "H", "h", "H", "h", "I", "i", "I", "i", "I", "i", "I", "i",
	"I", "i", "IJ", "ij", "J", "j", "K", "k", "k", "L", "l", "L", "l", "L", "l", "L",
	"l", "L", "l", "N", "n", "N", "n", "N", "n", "n", "N", "n", "O", "o", "O", "o",
	"O", "o", "OE", "oe", "R", "r", "R", "r", "R", "r", "S", "s", "S", "s", "S", "s",
	"S", "s", "T", "t", "T", "t", "T", "t", "U", "u", "U", "u", "U", "u", "U", "u",
	"U", "u", "U", "u", "W", "w", "Y", "y", "Y", "Z", "z", "Z", "z", "Z", "z", "s",
};
/* clang-format on */

enum { PLAIN_FIRST = 0xC0 };

/* Bytes on their way into the document. */
struct bytes {
	char p[BYTES_MAX];
	size_t n;
};

static bool
cannot_write(struct edi_writer *w, const char *text)
{
	if (w->err.code == OMS_OK)
		oms_fail(&w->err, OMS_ENCODING,
		    "\"%.60s\" cannot be written in charset %s", text,
		    charset_of(w));
	return false;
}

/* Two bytes of UTF-8 as a letter without its accent. */
static bool
to_ascii(struct edi_writer *w, const char *text, size_t n, struct bytes *ret)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned point = 0;
		const char *plain;

		if (c < 0x80) {
			ret->p[ret->n++] = (char)c;
			continue;
		}
		if ((c & 0xE0) == 0xC0 && i + 1 < n)
			point = (c & 0x1FU) << 6 |
			    ((unsigned char)text[++i] & 0x3FU);
		if (point == 0xA0) { /* a blank that does not break */
			ret->p[ret->n++] = ' ';
			continue;
		}
		if (point < PLAIN_FIRST ||
		    point >= PLAIN_FIRST + COUNT(plain_letters))
			return cannot_write(w, text);
		plain = plain_letters[point - PLAIN_FIRST];
		memcpy(ret->p + ret->n, plain, strlen(plain));
		ret->n += strlen(plain);
	}
	return true;
}

static bool
to_charset(struct edi_writer *w, const char *text, size_t n, struct bytes *ret)
{
	char *in = (char *)(uintptr_t)text; /* iconv does not write to it */
	char *to = ret->p;
	size_t left = sizeof(ret->p);

	(void)iconv(w->charset, NULL, NULL, NULL, NULL);
	if (iconv(w->charset, &in, &n, &to, &left) == (size_t)-1)
		return cannot_write(w, text);
	ret->n = sizeof(ret->p) - left;
	return true;
}

/* The text's bytes in the charset: without control characters and blanks at
 * the end. */
static bool
encode(struct edi_writer *w, const char *text, size_t n, struct bytes *ret)
{
	ret->n = 0;
	if (n > TEXT_MAX_BYTES)
		return oms_fail(&w->err, OMS_LIMIT,
		    "a text of %zu bytes is longer than %d", n, TEXT_MAX_BYTES);
	if (w->is_ascii) {
		if (!to_ascii(w, text, n, ret))
			return false;
	} else if (w->has_charset) {
		if (!to_charset(w, text, n, ret))
			return false;
	} else {
		memcpy(ret->p, text, n);
		ret->n = n;
	}
	for (size_t i = 0; i < ret->n; i++) {
		unsigned char c = (unsigned char)ret->p[i];

		if (c < ' ' || c == 0x7F)
			ret->p[i] = ' ';
		else if (w->is_upper)
			ret->p[i] = (char)toupper(c);
	}
	while (ret->n > 0 && ret->p[ret->n - 1] == ' ')
		ret->n--;
	return true;
}

/* ---- elements ------------------------------------------------------------ */

static bool
is_service(const struct edi_writer *w, char c)
{
	const struct delimiters *d = &w->d;

	return c == d->element || c == d->component || c == d->segment ||
	    (d->repetition != '\0' && c == d->repetition) ||
	    (d->release != '\0' && c == d->release);
}

static void
add_data(struct edi_writer *w, const struct bytes *b)
{
	for (size_t i = 0; i < b->n; i++) {
		char c = b->p[i];

		if (!is_service(w, c)) {
			sbuf_addc(w->out, c);
		} else if (w->d.release != '\0') {
			sbuf_addc(w->out, w->d.release);
			sbuf_addc(w->out, c);
		} else if (w->d.replacement != '\0') {
			sbuf_addc(w->out, w->d.replacement);
		} else if (w->err.code == OMS_OK) {
			oms_fail(&w->err, OMS_ENCODING,
			    "\"%.*s\" holds the separator %c; set another one "
			    "or a replacement in [edi]",
			    (int)(b->n < 60 ? b->n : 60), b->p, c);
		}
	}
}

static void
say_where(struct edi_writer *w)
{
	if (w->err.code != OMS_OK && w->err.where[0] == '\0')
		(void)oms_at(&w->err, "%s%02d", w->tag, w->elements);
}

/* A component: what is held back before it comes first. */
static void
add_component(struct edi_writer *w, const char *text, size_t n)
{
	struct bytes b;

	if (w->err.code != OMS_OK)
		return;
	if (encode(w, text, n, &b) && b.n > 0) {
		for (; w->held_elements > 0; w->held_elements--)
			sbuf_addc(w->out, w->d.element);
		for (; w->held_components > 0; w->held_components--)
			sbuf_addc(w->out, w->d.component);
		add_data(w, &b);
	}
	say_where(w);
}

void
edi_w_textn(struct edi_writer *w, const char *text, size_t max_bytes)
{
	size_t n = strnlen(text, max_bytes);

	/* never half a character */
	while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
		n--;
	w->elements++;
	w->held_elements++;
	w->held_components = 0;
	add_component(w, text, n);
}

void
edi_w_text(struct edi_writer *w, const char *text)
{
	edi_w_textn(w, text, TEXT_MAX_BYTES);
}

void
edi_w_copy(struct edi_writer *w, const char *text, size_t max_bytes)
{
	char kept[COPY_MAX_BYTES];
	size_t n = 0;

	if (max_bytes > sizeof(kept) - 1)
		max_bytes = sizeof(kept) - 1;
	for (; *text != '\0' && n < max_bytes; text++)
		if (*text >= ' ' && *text < 0x7F && !is_service(w, *text))
			kept[n++] = *text;
	kept[n] = '\0';
	edi_w_text(w, kept);
}

void
edi_w_int(struct edi_writer *w, int64_t value)
{
	char digits[NUMBER_BYTES];

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)value);
	edi_w_text(w, digits);
}

void
edi_w_skip(struct edi_writer *w, int n)
{
	while (n-- > 0)
		edi_w_text(w, "");
}

void
edi_w_more(struct edi_writer *w, const char *text)
{
	w->held_components++;
	add_component(w, text, strlen(text));
}

void
edi_w_again(struct edi_writer *w, const char *text)
{
	if (text[0] == '\0')
		return;
	if (w->d.repetition == '\0') {
		if (w->err.code == OMS_OK)
			oms_fail(&w->err, OMS_CONFIG,
			    "version %s repeats no elements", w->version);
		return;
	}
	w->held_components = 0;
	sbuf_addc(w->out, w->d.repetition);
	add_component(w, text, strlen(text));
}

void
edi_w_minor(struct edi_writer *w, int64_t amount_minor, const char *currency)
{
	char text[NUM_DECIMAL_BYTES];
	char *mark = strchr(money_format(amount_minor, currency, text), '.');

	if (mark != NULL)
		*mark = w->d.decimal;
	edi_w_text(w, text);
}

void
edi_w_n2(struct edi_writer *w, int64_t amount_minor, const char *currency)
{
	int exponent = money_exponent(currency);
	int64_t cents = amount_minor;

	for (; exponent < 2 && exponent >= 0; exponent++)
		cents *= 10;
	for (; exponent > 2; exponent--) {
		if (cents % 10 != 0 && w->err.code == OMS_OK)
			oms_fail(&w->err, OMS_VALUE,
			    "%lld minor units of %s have no two decimals",
			    (long long)amount_minor, currency);
		cents /= 10;
	}
	edi_w_int(w, cents);
}

/* ---- times ---------------------------------------------------------------- */

/* A time as digits: which of CCYYMMDD and HHMM. */
enum stamp { CCYYMMDD, YYMMDD, HHMM };

static const char *
stamp(int64_t ts_us, enum stamp which, char dst[DATE_BYTES])
{
	char text[NUM_TS_BYTES]; /* "20260328T020000Z" */
	const char *from = num_format_stamp(ts_us, text);
	int width = 8;

	if (which == YYMMDD) {
		from += 2;
		width = 6;
	} else if (which == HHMM) {
		from += 9;
		width = 4;
	}
	(void)snprintf(dst, DATE_BYTES, "%.*s", width, from);
	return dst;
}

void
edi_w_date(struct edi_writer *w, int64_t ts_us)
{
	char text[DATE_BYTES];

	edi_w_text(w, stamp(ts_us, CCYYMMDD, text));
}

void
edi_w_time(struct edi_writer *w, int64_t ts_us)
{
	char text[DATE_BYTES];

	edi_w_text(w, stamp(ts_us, HHMM, text));
}

void
edi_w_dtm(struct edi_writer *w, const char *qualifier, int64_t ts_us)
{
	char date[DATE_BYTES], clock[DATE_BYTES], both[2 * DATE_BYTES];

	(void)snprintf(both, sizeof(both), "%s%s", stamp(ts_us, CCYYMMDD, date),
	    stamp(ts_us, HHMM, clock));
	edi_w_tag(w, "DTM");
	edi_w_text(w, qualifier);
	edi_w_more(w, both);
	edi_w_more(w, "203");
}

/* ---- segments -------------------------------------------------------------- */

static void
end_segment(struct edi_writer *w)
{
	if (!w->in_segment)
		return;
	sbuf_addc(w->out, w->d.segment);
	sbuf_adds(w->out, w->suffix);
	w->in_segment = false;
	w->segments++;
}

void
edi_w_tag(struct edi_writer *w, const char *tag)
{
	end_segment(w);
	sbuf_adds(w->out, tag);
	(void)str_copy(w->tag, sizeof(w->tag), tag);
	w->in_segment = true;
	w->elements = w->held_elements = w->held_components = 0;
}

void
edi_w_raw(struct edi_writer *w, const char *bytes, size_t n)
{
	end_segment(w);
	sbuf_add(w->out, bytes, n);
	w->in_segment = true;
}

/* ---- envelopes ------------------------------------------------------------- */

/* An element of ISA: exactly so many bytes, whatever it holds. */
static void
add_fixed(struct edi_writer *w, const char *text, int width)
{
	struct bytes b;

	sbuf_addc(w->out, w->d.element);
	w->elements++;
	if (!encode(w, text, strlen(text), &b)) {
		say_where(w);
		return;
	}
	for (size_t i = 0; i < b.n; i++)
		if (is_service(w, b.p[i]) && w->err.code == OMS_OK)
			oms_fail(&w->err, OMS_CONFIG,
			    "\"%.*s\" holds a separator", (int)b.n, b.p);
	if (b.n > (size_t)width && w->err.code == OMS_OK)
		oms_fail(&w->err, OMS_CONFIG,
		    "\"%.*s\" is longer than %d characters", (int)b.n, b.p,
		    width);
	sbuf_addf(w->out, "%-*.*s", width, (int)b.n, b.p);
	say_where(w);
}

static const char *
or_else(const char *text, const char *fallback)
{
	return text[0] != '\0' ? text : fallback;
}

static void
begin_x12(struct edi_writer *w)
{
	const struct edi_profile *p = w->profile;
	char date[DATE_BYTES], clock[DATE_BYTES], isa12[6],
	    control[NUMBER_BYTES];
	char repetition[2] = { w->d.repetition, '\0' };

	(void)snprintf(isa12, sizeof(isa12), "%.5s", w->version);
	(void)snprintf(control, sizeof(control), "%09lld",
	    (long long)(w->interchange_no % NINE_DIGITS));
	edi_w_tag(w, "ISA");
	add_fixed(w, "00", 2);
	add_fixed(w, "", 10);
	add_fixed(w, "00", 2);
	add_fixed(w, "", 10);
	add_fixed(w, or_else(p->our_qualifier, "ZZ"), 2);
	add_fixed(w, p->our_id, ISA_ID_BYTES);
	add_fixed(w, or_else(p->their_qualifier, "ZZ"), 2);
	add_fixed(w, p->their_id, ISA_ID_BYTES);
	add_fixed(w, stamp(w->head.created_ts_us, YYMMDD, date), 6);
	add_fixed(w, stamp(w->head.created_ts_us, HHMM, clock), 4);
	sbuf_addc(w->out, w->d.element);
	sbuf_adds(w->out, w->d.repetition != '\0' ? repetition : "U");
	add_fixed(w, isa12, 5);
	add_fixed(w, control, 9);
	add_fixed(w, w->head.wants_ack ? "1" : "0", 1);
	add_fixed(w, p->test ? "T" : "P", 1);
	sbuf_addc(w->out, w->d.element);
	sbuf_addc(w->out, w->d.component);
}

static void
interchange_control(const struct edi_writer *w, char dst[NUMBER_BYTES])
{
	(void)snprintf(dst, NUMBER_BYTES, w->is_x12 ? "%s%09lld" : "%s%lld",
	    w->is_x12 ? "" : w->profile->control_prefix,
	    (long long)(w->interchange_no % NINE_DIGITS));
}

static void
add_una(struct edi_writer *w)
{
	const struct delimiters *d = &w->d;
	const char una[] = { 'U', 'N', 'A', d->component, d->element,
		d->decimal, d->release != '\0' ? d->release : ' ',
		d->repetition != '\0' ? d->repetition : ' ', d->segment };

	if (!w->profile->una && memcmp(una, "UNA:+.? '", sizeof(una)) == 0)
		return;
	sbuf_add(w->out, una, sizeof(una));
	sbuf_adds(w->out, w->suffix);
}

/* The element of one party of UNB or UNG: its id and what kind it is of. */
static void
add_party(struct edi_writer *w, const char *id, const char *qualifier)
{
	edi_w_text(w, id);
	edi_w_more(w, qualifier);
}

static void
begin_edifact(struct edi_writer *w)
{
	const struct edi_profile *p = w->profile;
	char date[DATE_BYTES], control[NUMBER_BYTES], syntax[NUMBER_BYTES];

	add_una(w);
	(void)snprintf(syntax, sizeof(syntax), "%lld", (long long)p->syntax);
	interchange_control(w, control);
	edi_w_tag(w, "UNB");
	edi_w_text(w, charset_of(w));
	edi_w_more(w, syntax);
	add_party(w, p->our_id, p->our_qualifier);
	add_party(w, p->their_id, p->their_qualifier);
	edi_w_text(w,
	    stamp(w->head.created_ts_us, p->syntax >= 4 ? CCYYMMDD : YYMMDD,
		date));
	edi_w_more(w, stamp(w->head.created_ts_us, HHMM, date));
	edi_w_text(w, control);
	edi_w_text(w, ""); /* 0022, a password */
	edi_w_text(w, p->application);
	edi_w_text(w, ""); /* 0029, the priority */
	edi_w_text(w, w->head.wants_ack ? "1" : "");
	edi_w_text(w, p->agreement);
	edi_w_text(w, p->test ? "1" : "");
}

void
edi_w_interchange(struct edi_writer *w)
{
	w->interchange_no = w->head.interchange_no + w->interchanges++;
	w->sets_in_all = 0;
	w->groups_before = w->groups_in_all;
	if (w->is_x12)
		begin_x12(w);
	else
		begin_edifact(w);
}

static void
begin_gs(struct edi_writer *w, const char *code, const char *version)
{
	const struct edi_profile *p = w->profile;

	edi_w_tag(w, "GS");
	edi_w_text(w, code);
	edi_w_text(w, or_else(p->our_group_id, p->our_id));
	edi_w_text(w, or_else(p->their_group_id, p->their_id));
	edi_w_date(w, w->head.created_ts_us);
	edi_w_time(w, w->head.created_ts_us);
	edi_w_text(w, w->group_control);
	edi_w_text(w, "X");
	edi_w_text(w, or_else(version, w->version));
}

/* "D:96A": what comes after the n-th colon, up to the next one. */
static void
add_version(struct edi_writer *w, const char *version)
{
	size_t n = strcspn(version, ":");
	char part[8];

	(void)snprintf(part, sizeof(part), "%.*s", (int)n, version);
	edi_w_more(w, part);
	(void)snprintf(part, sizeof(part), "%.*s",
	    (int)(version[n] == ':' ? strcspn(version + n + 1, ":") : 0),
	    version[n] == ':' ? version + n + 1 : "");
	edi_w_more(w, part);
	edi_w_more(w, "UN");
}

static void
begin_ung(struct edi_writer *w, const char *code, const char *version)
{
	const struct edi_profile *p = w->profile;
	char date[DATE_BYTES];
	const char *v = or_else(version, w->version);
	const char *colon = strchr(v, ':');
	char assoc[EDI_ASSOC_BYTES];

	edi_profile_assoc(p, code, false, assoc);
	edi_w_tag(w, "UNG");
	edi_w_text(w, code);
	add_party(w, or_else(p->our_group_id, p->our_id), p->our_qualifier);
	add_party(w, or_else(p->their_group_id, p->their_id),
	    p->their_qualifier);
	edi_w_text(w,
	    stamp(w->head.created_ts_us, p->syntax >= 4 ? CCYYMMDD : YYMMDD,
		date));
	edi_w_more(w, stamp(w->head.created_ts_us, HHMM, date));
	edi_w_text(w, w->group_control);
	edi_w_text(w, "UN");
	edi_w_textn(w, v, strcspn(v, ":"));
	edi_w_more(w, colon != NULL ? colon + 1 : "");
	edi_w_more(w, assoc);
}

void
edi_w_group(struct edi_writer *w, const char *code, const char *version)
{
	w->sets = 0;
	w->has_group = w->is_x12 || w->profile->groups;
	if (!w->has_group)
		return;
	(void)snprintf(w->group_control, sizeof(w->group_control), "%lld",
	    (long long)((w->head.group_no + w->groups_in_all++) % NINE_DIGITS));
	if (w->is_x12)
		begin_gs(w, code, version);
	else
		begin_ung(w, code, version);
}

static void
begin_set(struct edi_writer *w, const char *type, const char *version)
{
	char assoc[EDI_ASSOC_BYTES];

	w->sets++;
	w->sets_in_all++;
	(void)snprintf(w->set_control, sizeof(w->set_control),
	    w->is_x12 ? "%04lld" : "%lld",
	    (long long)(w->is_x12 ? w->sets : w->sets_in_all));
	end_segment(w);
	w->segments = 0;
	if (w->is_x12) {
		edi_w_tag(w, "ST");
		edi_w_text(w, type);
		edi_w_text(w, w->set_control);
		if (is_at_least(or_else(version, w->version), "005"))
			edi_w_text(w, version);
		return;
	}
	edi_w_tag(w, "UNH");
	edi_w_text(w, w->set_control);
	edi_w_text(w, type);
	add_version(w, or_else(version, w->version));
	edi_profile_assoc(w->profile, type, version[0] != '\0', assoc);
	edi_w_more(w, assoc);
}

void
edi_w_set(struct edi_writer *w, const char *type)
{
	begin_set(w, type, "");
}

void
edi_w_set_as(struct edi_writer *w, const char *type, const char *version)
{
	begin_set(w, type, version);
}

void
edi_w_set_end(struct edi_writer *w)
{
	int64_t segments = w->segments + (w->in_segment ? 1 : 0) + 1;

	edi_w_tag(w, w->is_x12 ? "SE" : "UNT");
	edi_w_int(w, segments);
	edi_w_text(w, w->set_control);
}

void
edi_w_group_end(struct edi_writer *w)
{
	if (!w->has_group)
		return;
	edi_w_tag(w, w->is_x12 ? "GE" : "UNE");
	edi_w_int(w, w->sets);
	edi_w_text(w, w->group_control);
}

/* UNZ counts groups where there are any, else messages. */
void
edi_w_interchange_end(struct edi_writer *w)
{
	int64_t groups = w->groups_in_all - w->groups_before;
	char control[NUMBER_BYTES];

	interchange_control(w, control);
	edi_w_tag(w, w->is_x12 ? "IEA" : "UNZ");
	edi_w_int(w, w->is_x12 || groups > 0 ? groups : w->sets_in_all);
	edi_w_text(w, control);
	end_segment(w);
}

bool
edi_w_ok(const struct edi_writer *w, struct oms_error *err)
{
	if (w->err.code != OMS_OK) {
		*err = w->err;
		return false;
	}
	return sbuf_ok(w->out) ||
	    oms_fail(err, OMS_LIMIT, "more than %zu bytes", w->out->max);
}
