/*
 * edi_check_set.c - one set: its guide, its segments, its trailer, its
 * verdict; and the whole of it in memory for who wants it.
 */

#include "parsers/edi_check_internal.h"

#include <string.h>

/* UNH says more than UNG: "D:96A:UN:EAN008". */
static bool
is_of_group_version(const struct edi_check *c)
{
	size_t n = strcspn(c->group.version, ":");

	n += c->group.version[n] == ':'
	    ? 1 + strcspn(c->group.version + n + 1, ":")
	    : 0;
	return strncmp(c->set.version, c->group.version, n) == 0;
}

static void
find_guide(struct edi_check *c, const struct edi_segment *s)
{
	const char *version = c->options.version != NULL ? c->options.version
							 : c->set.version;
	struct edi_spot spot = edi_spot_at(s, edi_is_x12(c) ? 1 : 2);

	c->set.def = NULL;
	/* What names no set has no guide: that is said once. */
	if (c->options.guides == NULL ||
	    (edi_is_x12(c) && !edi_is_digits(c->set.type, 3, 3)))
		return;
	if (strcmp(c->def_type, c->set.type) != 0 ||
	    strcmp(c->def_version, c->set.version) != 0 ||
	    c->def_standard != c->ix.standard) {
		c->def_type[0] = '\0';
		if (!edi_guides_find(c->options.guides, c->ix.standard,
			c->set.type, version, &c->def, c->err)) {
			c->is_stopped = true;
			return;
		}
		memcpy(c->def_type, c->set.type, sizeof(c->def_type));
		memcpy(c->def_version, c->set.version, sizeof(c->def_version));
		c->def_standard = c->ix.standard;
	}
	c->set.def = c->def;
	if (c->def == NULL && c->set.type[0] != '\0' &&
	    !(c->has_said_version && is_of_group_version(c)))
		edi_check_warn(c, &spot, EDI_F_NO_GUIDE,
		    "there is no guide for set %s in version %s: only its "
		    "envelope is checked",
		    c->set.type, version);
}

/* GS01 against the group that the guide names; UNG 0038 against UNH 0065. */
static void
check_group_code(struct edi_check *c, const struct edi_segment *s)
{
	const char *want = edi_is_x12(c) ? (c->def != NULL ? c->def->group : "")
					 : c->set.type;
	struct edi_spot spot = edi_spot_at(s, edi_is_x12(c) ? 1 : 2);

	if (c->has_said_code || c->group.is_implied || want[0] == '\0' ||
	    strcmp(want, c->group.code) == 0)
		return;
	if (edi_is_x12(c) && c->set.def == NULL)
		return;
	c->has_said_code = true;
	edi_check_say(c, &spot, EDI_F_GROUP_CODE, EDI_GROUP_CODE,
	    "%s \"%s\" does not fit set %s: expected is \"%s\"",
	    edi_is_x12(c) ? "GS01" : "UNG 0038", c->group.code, c->set.type,
	    want);
}

static void
check_set_head(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot type = edi_spot_at(s, edi_is_x12(c) ? 1 : 2);
	struct edi_spot control = edi_spot_at(s, edi_is_x12(c) ? 2 : 1);
	size_t len = strlen(c->set.control);

	if (edi_is_x12(c) ? !edi_is_digits(c->set.type, 3, 3)
			  : c->set.type[0] == '\0')
		edi_check_say(c, &type, EDI_F_SET_ID, 0,
		    edi_is_x12(c)
			? "ST01 is \"%s\": it must be three digits"
			: "UNH 0065 is \"%s\": it must name a message",
		    c->set.type);
	if (len < (edi_is_x12(c) ? 4 : 1) || len > (edi_is_x12(c) ? 9 : 14))
		edi_check_say(c, &control, EDI_F_SET_CONTROL_FORM, 0,
		    edi_is_x12(c)
			? "ST02 is \"%s\": it must have 4 to 9 characters"
			: "UNH 0062 is \"%s\": it must have 1 to 14 characters",
		    c->set.control);
	else if (!c->options.no_set_check &&
	    edi_seen_add(c, &c->set_seen, c->set.control))
		edi_check_say(c, &control, EDI_F_SET_DUPLICATE, 0,
		    "set control number %s stands twice in this %s",
		    c->set.control, edi_is_x12(c) ? "group" : "interchange");
}

static void
read_set_head(struct edi_check *c, const struct edi_segment *s)
{
	c->set = (struct edi_set_head){ .no = ++c->group.sets_received,
		.file_no = ++c->file_sets,
		.byte_off = s->byte_off,
		.line = s->line,
		.verdict = EDI_ACCEPTED };
	c->sum.sets++;
	c->ix_sets++;
	if (!edi_is_x12(c)) {
		(void)edi_take(c, s, 1, 1, c->set.control,
		    sizeof(c->set.control));
		(void)edi_take(c, s, 2, 1, c->set.type, sizeof(c->set.type));
		edi_take_joined(c, s, 2, 2, 5, c->set.version,
		    sizeof(c->set.version));
		return;
	}
	(void)edi_take(c, s, 1, 1, c->set.type, sizeof(c->set.type));
	(void)edi_take(c, s, 2, 1, c->set.control, sizeof(c->set.control));
	if (edi_take(c, s, 3, 1, c->set.version, sizeof(c->set.version)) == 0)
		memcpy(c->set.version, c->group.version,
		    sizeof(c->set.version));
}

void
edi_tell_segment(struct edi_check *c, const struct edi_segment *s,
    const struct edi_node *node)
{
	if (!c->is_stopped && c->sink.segment != NULL)
		c->is_stopped = !c->sink.segment(c->sink.u, s, c->segment_no,
		    node, c->err);
}

static bool
is_frame(const struct edi_segment *s)
{
	return s->id == EDI_ID("SE") || s->id == EDI_ID("ST") ||
	    s->id == EDI_ID("UNH") || s->id == EDI_ID("UNT");
}

/*
 * What a segment takes in memory as part of a whole set, about.  The same
 * whether sets are collected or not: who only looks must find what he finds
 * who takes.
 */
static int64_t
cost_of(const struct edi_segment *s)
{
	size_t values = s->first[s->element_count + 1];

	return (int64_t)(sizeof(struct edi_seg) + s->raw_len +
	    values * (sizeof(char *) + 2 * sizeof(uint16_t) + 1) +
	    (s->element_count + 2u) * sizeof(uint16_t));
}

/* A segment of the set, ST and SE too. */
void
edi_set_segment(struct edi_check *c, const struct edi_segment *s)
{
	const struct edi_node *node = NULL;
	struct edi_spot spot = { .segment = s };

	c->segment_no++;
	/* What is left of a segment that the input cut off is not judged. */
	if (c->plan != NULL && !c->is_unterminated) {
		edi_total_segment(c, s);
		node = edi_walk_place(c, s);
		/* Of ST, SE, UNH, UNT all is said elsewhere. */
		if (node != NULL && !is_frame(s))
			edi_value_check(c, s, node);
	}
	edi_tell_segment(c, s, node);
	c->set_cost += cost_of(s);
	if (c->is_collected &&
	    !edi_set_builder_add(c->builder, s, node, c->segment_no))
		c->set_cost = INT64_MAX / 2;
	if (c->set_cost > c->options.set_max_bytes && !c->is_too_large) {
		c->is_too_large = true;
		c->is_collected = false;
		edi_check_say(c, &spot, EDI_F_SET_LIMIT, 0,
		    "the set takes more than %lld bytes in memory: have it "
		    "sent in parts, or raise max_set in [edi]",
		    (long long)c->options.set_max_bytes);
	}
}

/* From now on the segments are kept. */
static void
collect(struct edi_check *c)
{
	char charset[8] = "";
	struct edi_set head = { .standard = c->ix.standard,
		.type = c->set.type,
		.version = c->set.version,
		.control = c->set.control,
		.interchange = c->ix.control,
		.sender = c->ix.sender,
		.receiver = c->ix.receiver,
		.group = c->group.control,
		.decimal = c->decimal == ',' ? ',' : '.',
		.is_test = c->ix.is_test };

	if (c->builder == NULL)
		c->builder = edi_set_builder_new(c);
	if (!edi_is_x12(c)) /* "UNOC:3" */
		(void)snprintf(charset, sizeof(charset), "%.4s", c->ix.version);
	edi_set_builder_reset(c->builder, &head, c->ix.delimiters.release,
	    charset, INT64_MAX); /* it is counted here */
	c->is_collected = true;
}

void
edi_set_open(struct edi_check *c, const struct edi_segment *s)
{
	read_set_head(c, s);
	c->in_set = true;
	c->set_tale = (struct edi_tale){ 0 };
	c->segment_no = 1; /* for findings about ST itself */
	c->set_cost = 0;
	c->is_too_large = false;
	c->missing = c->strange = 0;
	find_guide(c, s);
	if (c->is_stopped)
		return;
	edi_walk_begin(c);
	edi_total_begin(c);
	check_set_head(c, s);
	check_group_code(c, s);
	if (!c->is_stopped && c->sink.set != NULL)
		c->is_stopped = !c->sink.set(c->sink.u, &c->set, c->err);
	if (c->options.collect)
		collect(c);
	c->segment_no = 0;
	edi_set_segment(c, s);
}

/* The verdict; a set without its trailer comes here, too. */
void
edi_set_end(struct edi_check *c)
{
	struct edi_set_head *h = &c->set;
	const struct edi_set *whole = NULL;

	h->segment_count = c->segment_no;
	h->byte_len = edi_check_end(c) - h->byte_off;
	h->verdict = c->set_tale.has_error ? EDI_REJECTED
	    : c->set_tale.is_forgiven      ? EDI_ACCEPTED_WITH_ERRORS
					   : EDI_ACCEPTED;
	memcpy(h->ak502, c->set_tale.codes, sizeof(h->ak502));
	h->contrl = c->set_tale.contrl;
	if (h->verdict == EDI_REJECTED) {
		c->sum.sets_rejected++;
		c->ix_bad_sets++;
	} else {
		c->sum.sets_accepted++;
		c->group.sets_accepted++;
		c->has_forgiven |= h->verdict == EDI_ACCEPTED_WITH_ERRORS;
	}
	if (c->is_collected && h->verdict != EDI_REJECTED)
		whole = edi_set_builder_finish(c->builder);
	c->in_set = false;
	if (!c->is_stopped && c->sink.set_end != NULL)
		c->is_stopped = !c->sink.set_end(c->sink.u, h, whole, c->err);
	c->is_collected = false;
}

/*
 * Is the count explained by what was said already?  A segment that was lost or
 * slipped in after the sender had counted is one cause, and one finding.
 */
static bool
is_count_right(const struct edi_check *c, int64_t said)
{
	return said == c->segment_no ||
	    (said > c->segment_no && said <= c->segment_no + c->missing) ||
	    (said < c->segment_no && said >= c->segment_no - c->strange);
}

/* SE, UNT. */
void
edi_set_close(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot count = edi_spot_at(s, 1), control = edi_spot_at(s, 2);
	char text[EDI_CONTROL_BYTES], show[SHOW_BYTES + 8];

	edi_set_segment(c, s);
	edi_total_end(c);
	if (!is_count_right(c, edi_take_count(c, s, 1)))
		edi_check_say(c, &count, EDI_F_SET_COUNT, EDI_COUNTS,
		    "%s says %s segments, but %lld came", s->tag,
		    edi_show(count.value, count.value_len, show),
		    (long long)c->segment_no);
	(void)edi_take(c, s, 2, 1, text, sizeof(text));
	/* That it began without one was said. */
	if (c->set.control[0] != '\0' && strcmp(text, c->set.control) != 0)
		edi_check_say(c, &control, EDI_F_SET_CONTROL, EDI_CONTROLS,
		    "%s names set %s, but it began as %s", s->tag, text,
		    c->set.control);
	edi_set_end(c);
}

/* Something came that only stands outside of sets. */
void
edi_set_cut(struct edi_check *c, const struct edi_segment *s)
{
	struct edi_spot spot = { .segment = s,
		.tag = edi_is_x12(c) ? "SE" : "UNT" };

	if (!c->in_set)
		return;
	c->segment_no++;
	edi_check_say(c, &spot, EDI_F_SET_CUT, 0,
	    "set %s %s ends without %s before this %s", c->set.type,
	    c->set.control, spot.tag, s->tag);
	c->segment_no--;
	edi_set_end(c);
}
