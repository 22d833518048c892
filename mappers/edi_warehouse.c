/* edi_warehouse.c - what all sets of warehouses have in common. */

#include "mappers/edi_warehouse.h"

#include <string.h>

#include "base/count.h"
#include "base/num.h"

enum { WORD_BYTES = 4, LINE_NO_MAX = 1000000 };

/* ---- units and item numbers ---------------------------------------------- */

/* The first code of each is the one we write. */
static const struct {
	const char *unit;
	const char *x12;
	const char *edifact;
	const char *others; /* parted by blanks */
} units[] = {
	{ "piece", "EA", "PCE", "EA PC PCE UN C62 H87 E" },
	{ "gram", "GR", "GRM", "GR GRM GM" },
	{ "millilitre", "ML", "MLT", "ML MLT" },
};

bool
edi_is_among(const char *word, const char *words)
{
	size_t n = strlen(word);

	for (const char *p = words; n > 0 && (p = strstr(p, word)) != NULL;
	     p += n)
		if ((p == words || p[-1] == ' ') &&
		    (p[n] == '\0' || p[n] == ' '))
			return true;
	return false;
}

size_t
edi_count(const struct edi_set *set, const char *tag)
{
	size_t n = 0;

	for (size_t i = 0; i < set->count; i++)
		n += strcmp(set->segs[i].tag, tag) == 0;
	return n;
}

static size_t
unit_of(const char *unit)
{
	for (size_t i = 0; i < COUNT(units); i++)
		if (strcmp(units[i].unit, unit) == 0)
			return i;
	return 0;
}

const char *
edi_unit(const struct edi_profile *p, const char *unit)
{
	return strcmp(p->standard, "x12") == 0 ? units[unit_of(unit)].x12
					       : units[unit_of(unit)].edifact;
}

bool
edi_unit_is(const char *code, const char *unit)
{
	return code[0] == '\0' ||
	    edi_is_among(code, units[unit_of(unit)].others);
}

const char *
edi_item_qualifier(const struct edi_profile *p)
{
	if (p->item_qualifier[0] != '\0')
		return p->item_qualifier;
	return strcmp(p->standard, "x12") == 0 ? "VN" : "SA";
}

void
edi_item_add(struct edi_item *it, const char *qualifier, const char *id)
{
	if (id[0] != '\0' && it->count < COUNT(it->ids))
		it->ids[it->count++] = (struct edi_item_id){ qualifier, id };
}

void
edi_item_pairs(struct edi_item *it, const struct edi_seg *s, unsigned first,
    unsigned last)
{
	for (unsigned e = first; e < last; e += 2)
		edi_item_add(it, edi_get(s, e), edi_get(s, e + 1));
}

void
edi_item_lin(struct edi_item *it, const struct edi_set *set,
    const struct edi_seg *lin)
{
	const struct edi_seg *pia = edi_first(set, lin, "PIA");

	edi_item_add(it, edi_getc(lin, 3, 2), edi_getc(lin, 3, 1));
	for (; pia != NULL; pia = edi_next(set, pia))
		for (unsigned e = 2; e <= pia->element_count; e++)
			edi_item_add(it, edi_getc(pia, e, 2),
			    edi_getc(pia, e, 1));
}

int64_t
edi_line_no(const char *text)
{
	struct oms_error ignored = NO_ERROR;
	int64_t v;

	return num_parse_int(text, 1, LINE_NO_MAX, &v, &ignored) ? v : 0;
}

/* ---- places, references, times ------------------------------------------- */

const char *
edi_place(const struct edi_set *set, const char *qualifiers)
{
	bool is_x12 = set->standard == EDI_X12;
	const struct edi_seg *s = edi_first(set, NULL, is_x12 ? "N1" : "NAD");

	for (; s != NULL; s = edi_next(set, s))
		if (edi_is_among(edi_get(s, 1), qualifiers))
			return is_x12 ? edi_get(s, 4) : edi_getc(s, 2, 1);
	return "";
}

const char *
edi_reference(const struct edi_set *set, const struct edi_seg *head,
    const char *qualifier)
{
	bool is_x12 = set->standard == EDI_X12;
	const struct edi_seg *s = edi_with(set, head, is_x12 ? "N9" : "RFF", 1,
	    qualifier);

	if (s == NULL)
		return "";
	return is_x12 ? edi_get(s, 2) : edi_getc(s, 1, 2);
}

bool
edi_moment_date(const char *date, const char *time, const char *zone,
    struct edi_moment *ret, struct oms_error *err)
{
	if (date[0] == '\0')
		return true;
	ret->is_day = time[0] == '\0';
	return edi_date(date, time, zone, &ret->ts_us, err);
}

bool
edi_moment_dtm(const struct edi_set *set, const struct edi_seg *head,
    const char *qualifiers, struct edi_moment *ret, struct oms_error *err)
{
	char word[WORD_BYTES];

	for (const char *p = qualifiers; *p != '\0';) {
		size_t n = strcspn(p, " ");
		const struct edi_seg *dtm;

		snprintf(word, sizeof(word), "%.*s", (int)n, p);
		p += n + strspn(p + n, " ");
		dtm = edi_with(set, head, "DTM", 1, word);
		if (dtm == NULL)
			continue;
		ret->is_day = strlen(edi_getc(dtm, 1, 2)) <= 8;
		return edi_dtm(dtm, &ret->ts_us, err) || edi_at(err, dtm);
	}
	return true;
}
