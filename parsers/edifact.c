/* edifact.c - UNA and UNB, and the packages of ISO 9735-8. */

#include "parsers/edi_scan.h"

enum {
	UNA_BYTES = 9,
	UNB_LOOK_BYTES = 6, /* "UNOA:3" */
	IS1 = 0x1f,
	IS3 = 0x1d,
	IS4 = 0x1c,         /* of UNOB */
	PACKAGE_LENGTH = 4, /* the element of a UNO: S022 */
	LEN_DIGITS_MAX = 15
};

/* What may follow a UNB. */
static const char follows_unb[] = "UNHUNGUNZUNO";

static const struct edi_delimiters usual = { .element = '+',
	.component = ':',
	.segment = '\'',
	.release = '?' };
static const struct edi_delimiters separators = { .element = IS3,
	.component = IS1,
	.segment = IS4 };

static void
of_una(const char *una, struct edi_delimiters *d)
{
	*d = (struct edi_delimiters){ .component = una[3],
		.element = una[4],
		.decimal = una[5],
		.release = una[6] == ' ' ? 0 : una[6],
		.segment = una[8] };
}

/* The delimiters of a UNB, which may have a UNA; false: it is none. */
static bool
of_unb(const char *una, const char *unb, size_t n, struct edi_start *s)
{
	struct edi_delimiters *d = &s->delimiters;
	size_t at;

	if (una != NULL)
		of_una(una, d);
	if (una != NULL && unb[3] == d->element)
		return true;
	s->is_disputed = una != NULL;
	if (unb[3] == usual.element || unb[3] == separators.element) {
		*d = unb[3] == usual.element ? usual : separators;
		return true;
	}
	if (edi_is_blank(unb[3]) ||
	    !edi_find_terminator(unb, n, unb[3], follows_unb, &at))
		return false;
	s->is_disputed = true;
	if (una == NULL)
		*d = usual;
	d->element = unb[3];
	d->segment = unb[at];
	return true;
}

/* The first bytes behind "UNB+", without line ends. */
static size_t
look_at_unb(const char *unb, size_t n, char look[UNB_LOOK_BYTES])
{
	size_t len = 0;

	for (size_t i = 4; i < n && len < UNB_LOOK_BYTES; i++)
		if (!edi_is_line_end(unb[i]))
			look[len++] = unb[i];
	return len;
}

/* Syntax identifier and version: "UNOC:3". */
static void
of_syntax(const char *una, const char *look, size_t n, struct edi_start *s)
{
	struct edi_delimiters *d = &s->delimiters;

	if (n < UNB_LOOK_BYTES || memcmp(look, "UNO", 3) != 0 ||
	    look[4] == d->element || look[4] == d->segment)
		return;
	if (look[4] != d->component && !edi_is_alnum(look[4])) {
		s->is_disputed = true;
		d->component = look[4];
	}
	if (look[5] < '4' || look[5] > '9')
		return;
	d->decimal = 0;
	if (d->element != separators.element)
		d->repetition = una != NULL && una[7] != ' ' ? una[7] : '*';
}

static bool
is_ambiguous(const struct edi_delimiters *d)
{
	const char c[] = { d->element, d->component, d->segment, d->release,
		d->repetition, d->decimal };

	if (d->decimal != 0 && d->decimal != '.' && d->decimal != ',')
		return true;

	for (size_t i = 0; i < sizeof(c); i++) {
		if (edi_is_alnum(c[i]) || c[i] == ' ' ||
		    (edi_is_line_end(c[i]) && c[i] != d->segment))
			return true;
		for (size_t j = 0; j < i; j++)
			if (c[i] != 0 && c[i] == c[j])
				return true;
	}
	return false;
}

bool
edifact_start(const char *p, size_t n, struct edi_start *ret)
{
	const char *una = NULL, *unb = p, *end = p + n;
	char look[UNB_LOOK_BYTES];

	*ret = (struct edi_start){ .standard = EDI_EDIFACT };
	if (n >= UNA_BYTES && memcmp(p, "UNA", 3) == 0) {
		una = p;
		unb = p + UNA_BYTES;
		while (unb < end && edi_is_blank(*unb))
			unb++;
	}
	n = (size_t)(end - unb);
	if (n < 5 || memcmp(unb, "UNB", 3) != 0 || edi_is_alnum(unb[3]) ||
	    !of_unb(una, unb, n, ret))
		return false;
	of_syntax(una, look, look_at_unb(unb, n, look), ret);
	ret->header_at = (size_t)(unb - p);
	ret->is_ambiguous = is_ambiguous(&ret->delimiters);
	if (ret->is_ambiguous) /* said once, not of every number */
		ret->delimiters.decimal = 0;
	return true;
}

int64_t
edifact_package(const struct edi_segment *uno)
{
	size_t n = 0;
	const char *p = edi_raw(uno, PACKAGE_LENGTH, &n);
	int64_t len = 0;

	if (p == NULL || n == 0 || n > LEN_DIGITS_MAX)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return 0;
		len = len * 10 + (p[i] - '0');
	}
	return len;
}
