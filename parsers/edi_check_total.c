/*
 * edi_check_total.c - what a set says of itself: how many lines, the sum of
 * their quantities, and the tree of its HL or CPS.
 */

#include "parsers/edi_check_internal.h"

#include <string.h>

#include "base/num.h"

enum { TALLY_SCALE = 6, UNITS = 1000000 };

void
edi_total_begin(struct edi_check *c)
{
	c->tree_next = 1;
	c->total_count = 0;
	if (c->set.def == NULL)
		return;
	c->total_count = c->set.def->total_rows < TOTALS_MAX
	    ? c->set.def->total_rows
	    : TOTALS_MAX;
	memset(c->tallies, 0, c->total_count * sizeof(c->tallies[0]));
}

/* A decimal of either mark in units of 10^-6; false: it cannot be added. */
static bool
to_units(const char *p, size_t len, int64_t *ret)
{
	size_t i = len > 0 && p[0] == '-';
	int decimals = -1; /* none before the mark */
	int64_t v = 0;

	if (i == len)
		return false;
	for (; i < len; i++) {
		if ((p[i] == '.' || p[i] == ',') && decimals < 0) {
			decimals = 0;
			continue;
		}
		if ((unsigned char)(p[i] - '0') > 9 || v > INT64_MAX / 100 ||
		    decimals == TALLY_SCALE)
			return false;
		v = v * 10 + (p[i] - '0');
		decimals += decimals >= 0;
	}
	for (int k = decimals < 0 ? 0 : decimals; k < TALLY_SCALE; k++)
		if (__builtin_mul_overflow(v, 10, &v))
			return false;
	*ret = p[0] == '-' ? -v : v;
	return true;
}

static bool
is_among(const struct edi_value *v, const char *const *values, size_t count)
{
	for (size_t i = 0; v != NULL && i < count; i++)
		if (strncmp(values[i], v->p, v->len) == 0 &&
		    values[i][v->len] == '\0')
			return true;
	return false;
}

/* The segment that says the total. */
static void
tally_said(struct edi_check *c, const struct edi_segment *s,
    const struct edi_total *total, struct edi_tally *t)
{
	const struct edi_value *v = edi_component(s, total->element,
	    total->component == 0 ? 1 : total->component);

	if (v == NULL || v->len == 0 ||
	    (total->when_element != 0 &&
		!is_among(
		    edi_component(s, total->when_element,
			total->when_component == 0 ? 1 : total->when_component),
		    total->when_values, total->when_count)))
		return;
	if (!to_units(v->p, v->len, &t->said))
		return;
	t->is_said = true;
	snprintf(t->text, sizeof(t->text), "%.*s",
	    (int)(v->len < sizeof(t->text) ? v->len : sizeof(t->text) - 1),
	    v->p);
	t->segment_no = c->segment_no;
	t->line = s->line;
	t->column = s->column + (v->p - s->raw);
	t->byte_off = s->byte_off + (v->p - s->raw);
}

static void
tally_add(const struct edi_segment *s, const struct edi_total *total,
    struct edi_tally *t)
{
	const struct edi_value *v;
	int64_t units;

	t->count++;
	if (!total->is_sum)
		return;
	v = edi_component(s, total->of_element,
	    total->of_component == 0 ? 1 : total->of_component);
	if (v == NULL || v->len == 0)
		return;
	if (!to_units(v->p, v->len, &units) ||
	    __builtin_add_overflow(t->sum, units, &t->sum))
		t->is_lost = true;
}

/* Ids count up from 1; a parent is an id that came before. */
static void
check_tree(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot spot = { .segment = s, .element = 1 };
	char show[SHOW_BYTES + 8];
	int64_t id = 0, parent = 0;
	const struct edi_value *v = edi_component(s, 1, 1);

	if (v == NULL || v->len == 0) /* said: it is mandatory */
		return;
	spot.value = v->p;
	spot.value_len = v->len;
	/* What is no number stands for the one that was expected. */
	if (!to_units(v->p, v->len, &id) || id % UNITS != 0)
		id = 0;
	id /= UNITS;
	if (id != c->tree_next)
		edi_check_say(c, &spot, EDI_F_TREE, 0,
		    "%s01 is \"%s\": expected is %lld, for they count up from "
		    "1",
		    s->tag, edi_show(v->p, v->len, show),
		    (long long)c->tree_next);
	c->tree_next = id > 0 ? id + 1 : c->tree_next + 1;
	v = edi_component(s, 2, 1);
	if (v == NULL || v->len == 0)
		return;
	spot.element = 2;
	spot.value = v->p;
	spot.value_len = v->len;
	if (!to_units(v->p, v->len, &parent) || parent < UNITS ||
	    parent / UNITS >= c->tree_next - 1)
		edi_check_say(c, &spot, EDI_F_TREE, 0,
		    "%s02 is \"%s\": no %s before this one has that number",
		    s->tag, edi_show(v->p, v->len, show), s->tag);
}

void
edi_total_segment(struct edi_check *c, const struct edi_segment *s)
{
	const struct edi_set_def *def = c->set.def;

	for (size_t i = 0; i < c->total_count; i++) {
		const struct edi_total *total = &def->totals[i];

		if (total->of_id == s->id)
			tally_add(s, total, &c->tallies[i]);
		if (total->id == s->id)
			tally_said(c, s, total, &c->tallies[i]);
	}
	if (def->tree_id == s->id && def->tree_id != 0)
		check_tree(c, s);
}

/* "23.500000" is "23.5", "23.000000" is "23". */
static const char *
without_zeroes(char *s)
{
	size_t n = strlen(s);

	while (s[n - 1] == '0')
		n--;
	if (s[n - 1] == '.')
		n--;
	s[n] = '\0';
	return s;
}

static void
say_total(struct edi_check *c, const struct edi_total *total,
    const struct edi_tally *t)
{
	struct edi_spot spot = { .tag = total->tag,
		.element = total->element,
		.component = total->component > 1 ? total->component : 0,
		.value = t->text,
		.value_len = strlen(t->text),
		.has_place = true,
		.byte_off = t->byte_off,
		.line = t->line,
		.column = t->column,
		.segment_no = t->segment_no };
	char name[EDI_NAME_BYTES], sum[NUM_DECIMAL_BYTES];

	if (total->is_sum)
		edi_check_warn(c, &spot, EDI_F_TOTAL,
		    "%s is %s: the sum of element %u of all %s is %s",
		    edi_name_of(c, &spot, name), t->text,
		    (unsigned)total->of_element, total->of_tag,
		    without_zeroes(
			num_format_decimal(t->sum, TALLY_SCALE, sum)));
	else
		edi_check_say(c, &spot, EDI_F_TOTAL, EDI_COUNTS,
		    "%s is %s: the set has %lld %s",
		    edi_name_of(c, &spot, name), t->text, (long long)t->count,
		    total->of_tag);
}

void
edi_total_end(struct edi_check *c)
{
	for (size_t i = 0; i < c->total_count; i++) {
		const struct edi_total *total = &c->set.def->totals[i];
		const struct edi_tally *t = &c->tallies[i];
		int64_t got;

		if (!t->is_said || t->is_lost ||
		    __builtin_mul_overflow(t->count, UNITS, &got))
			continue;
		if (t->said != (total->is_sum ? t->sum : got))
			say_total(c, total, t);
	}
}
