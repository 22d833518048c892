/*
 * x12.c - the ISA, in the shapes it really has, and binary segments.
 *
 * An ISA is 106 bytes, and its shape tells all delimiters.  Senders also cut
 * it into lines of 80, shorten one element, or leave out ISA16.
 */

#include "parsers/edi_scan.h"

enum {
	ISA_BYTES = 106,
	ISA_COMPONENT = 104,
	ISA_TERMINATOR = 105,
	ISA_ELEMENTS = 16,
	LEN_DIGITS_MAX = 12
};

/* What may follow an ISA. */
static const char follows_isa[] = "GS TA1IEAISB";

static bool
is_element_place(size_t i)
{
	static const unsigned char place[] = { 3, 6, 17, 20, 31, 34, 50, 53, 69,
		76, 81, 83, 89, 99, 101, 103 };

	return memchr(place, (int)i, sizeof(place)) != NULL;
}

/* Element separators stand where they should, and nowhere else. */
static bool
is_fixed(const char *p, size_t n)
{
	if (n < ISA_TERMINATOR)
		return false;
	for (size_t i = 3; i < ISA_TERMINATOR; i++)
		if ((p[i] == p[3]) != is_element_place(i))
			return false;
	return true;
}

/* The bytes of p without line ends; at[i] is where byte i was. */
static size_t
unwrap(const char *p, size_t n, char *dst, size_t *at, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < n && len < size; i++) {
		if (edi_is_line_end(p[i]))
			continue;
		at[len] = i;
		dst[len++] = p[i];
	}
	return len;
}

/* Where the terminator of an ISA of the right shape is; 0 nowhere. */
static size_t
fixed_terminator(const char *p, size_t n)
{
	char text[ISA_BYTES];
	size_t at[ISA_BYTES], len;

	if (is_fixed(p, n))
		return n > ISA_TERMINATOR && !edi_is_alnum(p[ISA_TERMINATOR])
		    ? ISA_TERMINATOR
		    : 0;
	len = unwrap(p, n, text, at, sizeof(text));
	if (!is_fixed(text, len))
		return 0;
	if (len == ISA_BYTES && !edi_is_alnum(text[ISA_TERMINATOR]))
		return at[ISA_TERMINATOR];
	return at[ISA_COMPONENT] + 1 < n &&
		edi_is_line_end(p[at[ISA_COMPONENT] + 1])
	    ? at[ISA_COMPONENT] + 1
	    : 0;
}

/*
 * What follows decides, one or two bytes around the place that the shape
 * gives: without ISA16 the terminator stands before it, behind an ISA16 of
 * two characters after it.
 */
static size_t
find_terminator(const char *p, size_t n)
{
	size_t fixed = fixed_terminator(p, n), found = 0;

	if (!edi_find_terminator(p, n, p[3], follows_isa, &found))
		return fixed;
	if (fixed != 0 && (found + 2 < fixed || found > fixed + 1))
		return fixed;
	return found;
}

/* Element k of an ISA without line ends. */
static const char *
element(const char *isa, size_t len, char sep, unsigned k, size_t *ret_len)
{
	const char *p = isa, *end = isa + len, *stop;

	for (unsigned i = 0; i < k; i++) {
		p = memchr(p, sep, (size_t)(end - p));
		if (p == NULL)
			return NULL;
		p++;
	}
	stop = memchr(p, sep, (size_t)(end - p));
	*ret_len = (size_t)((stop != NULL ? stop : end) - p);
	return p;
}

/*
 * ISA11 separates repetitions since 00402; senders write the U of before in
 * later versions too.
 */
static char
repetition(const char *isa, size_t len, char sep)
{
	size_t n = 0, version_len = 0;
	const char *c = element(isa, len, sep, 11, &n);
	const char *version = element(isa, len, sep, 12, &version_len);

	if (c == NULL || version == NULL || n != 1 || version_len != 5 ||
	    memcmp(version, "00402", 5) < 0)
		return 0;
	return edi_is_alnum(*c) || edi_is_blank(*c) ? 0 : *c;
}

/* A delimiter that serves two ends, or is no delimiter, is left out. */
static void
check_delimiters(struct edi_start *s)
{
	struct edi_delimiters *d = &s->delimiters;

	if (d->component != 0 &&
	    (edi_is_alnum(d->component) || edi_is_blank(d->component) ||
		d->component == d->segment)) {
		s->is_ambiguous = true;
		d->component = 0;
	}
	if (d->repetition != 0 &&
	    (d->repetition == d->element || d->repetition == d->component ||
		d->repetition == d->segment)) {
		s->is_ambiguous = true;
		d->repetition = 0;
	}
	if (d->segment == d->element || d->segment == ' ')
		s->is_ambiguous = true;
}

bool
x12_start(const char *p, size_t n, struct edi_start *ret)
{
	char isa[EDI_HEADER_MAX_BYTES];
	size_t at[EDI_HEADER_MAX_BYTES], len, count = 0, last_len = 0;
	const char *last;

	if (n < 5 || memcmp(p, "ISA", 3) != 0 || edi_is_alnum(p[3]) ||
	    edi_is_blank(p[3]) || p[3] == '\0')
		return false;
	*ret = (struct edi_start){ .standard = EDI_X12,
		.isa_len = find_terminator(p, n) };
	if (ret->isa_len == 0 || ret->isa_len > EDI_HEADER_MAX_BYTES)
		return false;
	len = unwrap(p, ret->isa_len, isa, at, sizeof(isa));
	for (size_t i = 0; i < len; i++)
		count += isa[i] == p[3];
	ret->is_misshapen = !is_fixed(isa, len) || len != ISA_TERMINATOR;
	ret->is_beyond = count != ISA_ELEMENTS && count + 1 != ISA_ELEMENTS;
	ret->delimiters.element = p[3];
	ret->delimiters.segment = p[ret->isa_len];
	ret->delimiters.repetition = repetition(isa, len, p[3]);
	last = element(isa, len, p[3], ISA_ELEMENTS, &last_len);
	if (last != NULL && last_len > 0)
		ret->delimiters.component = *last;
	check_delimiters(ret);
	return true;
}

/* BIN*len*bytes, BDS*filter*len*bytes */
bool
x12_binary(const struct edi_delimiters *d, const char *p, size_t n,
    size_t *ret_at, int64_t *ret_len)
{
	int64_t len = 0;
	size_t i = 4, digits = 0;

	if (n > EDI_BINARY_HEAD_BYTES)
		n = EDI_BINARY_HEAD_BYTES;
	if (n < 4 || p[3] != d->element)
		return false;
	if (memcmp(p, "BDS", 3) == 0)
		while (i < n && p[i] != d->segment && p[i++] != d->element)
			;
	for (; i < n && p[i] >= '0' && p[i] <= '9'; i++, digits++)
		if (digits < LEN_DIGITS_MAX)
			len = len * 10 + (p[i] - '0');
	if (digits == 0 || digits > LEN_DIGITS_MAX || i >= n ||
	    p[i] != d->element)
		return false;
	*ret_at = i + 1;
	*ret_len = len;
	return true;
}
