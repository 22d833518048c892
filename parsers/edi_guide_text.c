/* edi_guide_text.c - see edi_guide_text.h. */

#include "parsers/edi_guide_text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

bool
guide_fault(struct guide_faults *f, struct guide_at at, const char *fmt, ...)
{
	char text[400], whole[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (f->count++ == 0) {
		oms_fail(&f->first, OMS_CONFIG, "%s", text);
		if (at.line > 0)
			oms_at(&f->first, "%s:%d", at.file, at.line);
		else
			oms_at(&f->first, "%s", at.file);
	}
	if (f->each == NULL || f->count > GUIDE_FAULTS_MAX)
		return false;
	if (at.line > 0)
		snprintf(whole, sizeof(whole), "%s:%d: %s", at.file, at.line,
		    text);
	else
		snprintf(whole, sizeof(whole), "%s: %s", at.file, text);
	f->each(f->u, whole);
	return false;
}

/* ---- lines --------------------------------------------------------------- */

void
guide_reader_init(struct guide_reader *r, const struct guide_source *s,
    struct guide_faults *f)
{
	r->source = s;
	r->faults = f;
	r->at = 0;
	r->line_no = 0;
	r->line.at = (struct guide_at){ s->file, 0 };
}

/* The bytes of the next line into r->line.bytes; false when it is too long
 * or holds what no text does. */
static bool
take_bytes(struct guide_reader *r)
{
	const char *p = r->source->text + r->at;
	size_t left = r->source->len - r->at;
	const char *lf = memchr(p, '\n', left);
	size_t n = lf != NULL ? (size_t)(lf - p) : left;
	struct guide_line *l = &r->line;

	r->at += n + (lf != NULL);
	l->at.line = ++r->line_no;
	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (n > GUIDE_LINE_MAX_BYTES)
		return guide_fault(r->faults, l->at,
		    "the line has %zu bytes; at most %d may be", n,
		    GUIDE_LINE_MAX_BYTES);
	memcpy(l->bytes, p, n);
	l->bytes[n] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\t')
			return guide_fault(r->faults, l->at,
			    "a tab; blanks are wanted, two a level");
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			return guide_fault(r->faults, l->at,
			    "byte 0x%02x is no text", (unsigned char)p[i]);
	}
	return str_is_utf8(p, n) ||
	    guide_fault(r->faults, l->at, "the line is not UTF-8");
}

/* A comment goes, a name is parted off: whichever comes first. */
static void
part_name(struct guide_line *l)
{
	l->name = "";
	for (char *p = l->bytes; *p != '\0'; p++) {
		bool is_first = p == l->bytes || p[-1] == ' ';

		if (*p == '#' && is_first) {
			*p = '\0';
			return;
		}
		if (*p == ':' && is_first && (p[1] == ' ' || p[1] == '\0')) {
			l->name = p + 1 + strspn(p + 1, " ");
			*p = '\0';
			return;
		}
	}
}

static bool
part_words(struct guide_reader *r)
{
	struct guide_line *l = &r->line;
	size_t indent = strspn(l->bytes, " ");
	char *p = l->bytes + indent;

	l->count = 0;
	while (*p != '\0') {
		l->words[l->count++] = p;
		p += strcspn(p, " ");
		while (*p == ' ')
			*p++ = '\0';
	}
	l->level = (unsigned)(indent / 2);
	if (l->count > 0 && indent % 2 != 0)
		return guide_fault(r->faults, l->at,
		    "an indent of %zu blanks; two a level are wanted", indent);
	return l->count > 0;
}

/* Blanks behind the name for people are no part of it. */
static void
trim_name(struct guide_line *l)
{
	size_t n = strlen(l->name);

	while (n > 0 && l->name[n - 1] == ' ')
		n--;
	l->bytes[(size_t)(l->name - l->bytes) + n] = '\0';
}

bool
guide_next(struct guide_reader *r)
{
	while (r->at < r->source->len) {
		if (!take_bytes(r))
			continue;
		part_name(&r->line);
		if (r->line.name[0] != '\0')
			trim_name(&r->line);
		if (part_words(r))
			return true;
	}
	return false;
}

bool
guide_number(const char *word, bool may_be_many, uint32_t *ret)
{
	uint64_t v = 0;
	const char *p = word;

	if (may_be_many && strcmp(word, "*") == 0) {
		*ret = UINT32_MAX;
		return true;
	}
	for (; *p >= '0' && *p <= '9' && v < 100000000; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	if (*p != '\0' || p == word)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool
place_number(const char *word, unsigned *ret)
{
	uint32_t v;

	if (!guide_number(word, false, &v) || v == 0 || v >= EDI_ELEMENTS_MAX)
		return false;
	*ret = v;
	return true;
}

bool
guide_place(char *word, unsigned *ret_element, unsigned *ret_component)
{
	char *dot = strchr(word, '.'), *second;

	*ret_element = *ret_component = 0;
	if (dot == NULL)
		return true;
	*dot++ = '\0';
	second = strchr(dot, '.');
	if (second != NULL) {
		*second++ = '\0';
		if (!place_number(second, ret_component))
			return false;
	}
	return place_number(dot, ret_element);
}

const char *const *
guide_values(struct arena *a, const struct guide_line *l, size_t first,
    size_t *ret_count)
{
	size_t n = l->count > first ? l->count - first : 0;
	const char **ret = arena_array(a, const char *, n + 1);

	for (size_t i = 0; i < n; i++)
		ret[i] = arena_strdup(a, l->words[first + i]);
	*ret_count = n;
	return ret;
}

/* ---- heads --------------------------------------------------------------- */

static void
take_standard(struct guide_head *h, const struct guide_line *l,
    struct guide_faults *f)
{
	bool is_x12 = strcmp(l->words[1], "x12") == 0;

	if (!is_x12 && strcmp(l->words[1], "edifact") != 0) {
		guide_fault(f, l->at, "standard %s; x12 or edifact is wanted",
		    l->words[1]);
		return;
	}
	h->standard = is_x12 ? EDI_X12 : EDI_EDIFACT;
	h->has_standard = true;
}

bool
guide_head_line(struct guide_head *h, struct arena *a,
    const struct guide_line *l, struct guide_faults *f)
{
	const char *word = l->words[0];
	bool is_standard = strcmp(word, "standard") == 0;
	bool is_version = strcmp(word, "version") == 0;

	if (!is_standard && !is_version && strcmp(word, "use") != 0)
		return false;
	if (l->level != 0 || l->count != 2) {
		guide_fault(f, l->at, "%s wants one word, and no indent", word);
	} else if (is_standard) {
		take_standard(h, l, f);
	} else if (is_version) {
		if (strlen(l->words[1]) >= EDI_VERSION_BYTES)
			guide_fault(f, l->at, "the version is too long");
		else
			h->version = arena_strdup(a, l->words[1]);
	} else if (h->use != NULL) {
		guide_fault(f, l->at, "a second use; one dictionary is used");
	} else {
		h->use = arena_strdup(a, l->words[1]);
		h->use_at = l->at;
	}
	return true;
}

bool
guide_head_check(const struct guide_head *h, struct guide_at at,
    struct guide_faults *f)
{
	if (!h->has_standard)
		return guide_fault(f, at,
		    "no standard; a line `standard x12` or `standard edifact` "
		    "is wanted first");
	if (h->version == NULL)
		return guide_fault(f, at,
		    "no version; a line like `version %s` is wanted first",
		    h->standard == EDI_X12 ? "004010" : "D:96A");
	return true;
}

/* Letters and digits of it, small. */
static size_t
add_small(char *dst, size_t n, const char *s)
{
	for (; *s != '\0' && n + 1 < GUIDE_NAME_BYTES; s++)
		if (isalnum((unsigned char)*s))
			dst[n++] = (char)tolower((unsigned char)*s);
	dst[n] = '\0';
	return n;
}

void
guide_name(enum edi_standard standard, const char *version, const char *set,
    char dst[GUIDE_NAME_BYTES])
{
	enum { FOR_SET = 16 };
	char v[EDI_VERSION_BYTES + 1], s[FOR_SET + 1];

	snprintf(v, sizeof(v), "%s", version);
	snprintf(s, sizeof(s), "%s", set);
	size_t n = add_small(dst, 0, standard == EDI_X12 ? "x12" : "edifact");
	dst[n++] = '-';
	n = add_small(dst, n, v);
	if (set[0] != '\0') {
		dst[n++] = '-';
		n = add_small(dst, n, s);
	}
	snprintf(dst + n, GUIDE_NAME_BYTES - n,
	    set[0] != '\0' ? ".guide" : ".dictionary");
}
