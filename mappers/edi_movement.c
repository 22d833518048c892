/*
 * edi_movement.c - 214 and IFTSTA, where a shipment is; see edi_transport.h.
 *
 * Which shipment a status is about is said nearest to it: in a 214 by L11*SI
 * of its LX, else of the set, else by B1002; in an IFTSTA by RFF+CU of its
 * STS, else of the set, else by the number of the consignment.
 */

#include <string.h>

#include "base/count.h"
#include "mappers/edi_transport.h"

enum { MOVES_MAX = 10000, FIRST_MOVES = 8 };

struct mapping {
	mem_ctx *ctx;
	const struct edi_set *set;
	struct oms_error *err;
	struct edi_movements *m;
	size_t room;
};

static bool
at(struct mapping *m, const struct edi_seg *s)
{
	return edi_at(m->err, s);
}

static bool
new_move(struct mapping *m, const struct edi_seg *s, struct edi_movement **ret)
{
	struct edi_movements *all = m->m;

	if (all->count == MOVES_MAX) {
		oms_fail(m->err, OMS_LIMIT, "more than %d statuses", MOVES_MAX);
		(void)at(m, s);
		return false;
	}
	if (all->count == m->room) {
		m->room += m->room + FIRST_MOVES;
		all->moves = mem_resize(m->ctx, all->moves,
		    m->room * sizeof(all->moves[0]));
	}
	*ret = &all->moves[all->count++];
	**ret = (struct edi_movement){ .shipment_key = "",
		.code = "",
		.agency = "",
		.text = "",
		.reason = "",
		.why = "",
		.reference = "",
		.tracking = "",
		.place = "",
		.equipment = "",
		.kind = MOVED_NOTE };
	return true;
}

/* The list of this set and release decides; what it has not is a note. */
static void
set_code(struct mapping *m, struct edi_movement *v, int element,
    const char *code)
{
	const struct movement_code *c = movement_code_of(m->set, element, code);

	v->code = code;
	v->is_known = c != NULL;
	if (c == NULL)
		return;
	v->kind = c->kind;
	v->text = c->text;
}

static const char *
joined(struct mapping *m, const char *first, const char *between,
    const char *second)
{
	if (first[0] == '\0')
		return second;
	return second[0] == '\0'
	    ? first
	    : mem_printf(m->ctx, "%s%s%s", first, between, second);
}

/* ---- 214 ------------------------------------------------------------------ */

/* The value with that qualifier of L11 (128), or of MAN (88). */
static const char *
l11(struct mapping *m, const struct edi_seg *head, const char *qualifier)
{
	const struct edi_seg *s = edi_with(m->set, head, "L11", 2, qualifier);

	return s != NULL ? edi_get(s, 1) : "";
}

static const char *
man(struct mapping *m, const struct edi_seg *head)
{
	const struct edi_seg *s = edi_with(m->set, head, "MAN", 1, "CP");

	return s != NULL ? edi_get(s, 2) : "";
}

static const char *
first_of(const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (texts[i][0] != '\0')
			return texts[i];
	return "";
}

#define FIRST_OF(...)                                                          \
	first_of((const char *const[]){ __VA_ARGS__ },                         \
	    COUNT(((const char *const[]){ __VA_ARGS__ })))

/* "MEMPHIS, TN, US"; else longitude and latitude as they were sent. */
static const char *
place_of(struct mapping *m, const struct edi_seg *ms1)
{
	const char *text;

	if (ms1 == NULL)
		return "";
	text = joined(m, edi_get(ms1, 1), ", ", edi_get(ms1, 2));
	text = joined(m, text, ", ", edi_get(ms1, 3));
	if (text[0] != '\0' || edi_get(ms1, 4)[0] == '\0')
		return text;
	return mem_printf(m->ctx, "%s%s %s%s", edi_get(ms1, 5), edi_get(ms1, 7),
	    edi_get(ms1, 4), edi_get(ms1, 6));
}

static bool
at7_time(struct mapping *m, const struct edi_seg *at7, struct edi_movement *v)
{
	const char *zone = edi_get(at7, 7);

	if (edi_get(at7, 5)[0] == '\0')
		return true;
	v->is_local = zone[0] == '\0' || strcmp(zone, "LT") == 0;
	return edi_date(edi_get(at7, 5), edi_get(at7, 6), zone, &v->ts_us,
		   m->err) ||
	    at(m, at7);
}

/* 1650 with its reason in 02, or 1652 with its reason in 04: E0103. */
static bool
at7_status(struct mapping *m, const struct edi_seg *at7, struct edi_movement *v)
{
	bool is_status = edi_get(at7, 1)[0] != '\0';
	unsigned e = is_status ? 1 : 3;

	if (edi_get(at7, e)[0] == '\0') {
		oms_fail(m->err, OMS_VALUE,
		    "no status: AT701 or AT703 was expected");
		return at(m, at7);
	}
	set_code(m, v, is_status ? 1650 : 1652, edi_get(at7, e));
	v->reason = edi_get(at7, e + 1);
	v->why = movement_reason_x12(v->reason);
	return true;
}

static bool
map_at7(struct mapping *m, const struct edi_seg *lx, const struct edi_seg *at7)
{
	const struct edi_seg *b10 = edi_first(m->set, NULL, "B10");
	const struct edi_seg *ms2 = edi_first(m->set, at7, "MS2");
	struct edi_movement *v = NULL;

	if (!new_move(m, at7, &v))
		return false;
	v->reference = FIRST_OF(l11(m, lx, "CN"), edi_get(b10, 1),
	    l11(m, NULL, "CN"));
	v->tracking = FIRST_OF(l11(m, lx, "2I"), man(m, lx), l11(m, NULL, "2I"),
	    man(m, NULL), v->reference);
	v->shipment_key = FIRST_OF(l11(m, lx, "SI"), edi_get(b10, 2),
	    l11(m, NULL, "SI"));
	v->place = place_of(m, edi_first(m->set, at7, "MS1"));
	if (ms2 != NULL)
		v->equipment = joined(m, edi_get(ms2, 1), " ", edi_get(ms2, 2));
	if (v->shipment_key[0] == '\0') {
		oms_fail(m->err, OMS_VALUE,
		    "it names no shipment: B1002 or L11 with SI was expected");
		return at(m, at7);
	}
	return at7_status(m, at7, v) && at7_time(m, at7, v);
}

static bool
map_214(struct mapping *m)
{
	const struct edi_seg *lx = edi_first(m->set, NULL, "LX");

	if (edi_first(m->set, NULL, "B10") == NULL)
		return oms_fail(m->err, OMS_VALUE, "a 214 without B10");
	for (; lx != NULL; lx = edi_next(m->set, lx)) {
		const struct edi_seg *at7 = edi_first(m->set, lx, "AT7");

		for (; at7 != NULL; at7 = edi_next(m->set, at7))
			if (!map_at7(m, lx, at7))
				return false;
	}
	return true;
}

/* ---- IFTSTA --------------------------------------------------------------- */

static const char *
rff(struct mapping *m, const struct edi_seg *head, const char *qualifier)
{
	const struct edi_seg *s = edi_first(m->set, head, "RFF");

	for (; s != NULL; s = edi_next(m->set, s))
		if (strcmp(edi_getc(s, 1, 1), qualifier) == 0)
			return edi_getc(s, 1, 2);
	return "";
}

/* RFF of the message is the head of a group of its own. */
static const char *
head_rff(struct mapping *m, const char *qualifier)
{
	return rff(m, NULL, qualifier);
}

static bool
dtm(struct mapping *m, const struct edi_seg *head, const char *qualifier,
    int64_t *ret, bool *ret_found)
{
	const struct edi_seg *s = edi_first(m->set, head, "DTM");

	*ret_found = false;
	for (; s != NULL; s = edi_next(m->set, s))
		if (strcmp(edi_getc(s, 1, 1), qualifier) == 0) {
			*ret_found = true;
			return edi_dtm(s, ret, m->err) || at(m, s);
		}
	return true;
}

/* When it happened; a time of arrival that is estimated makes it an ETA. */
static bool
sts_time(struct mapping *m, const struct edi_seg *sts, struct edi_movement *v)
{
	static const struct {
		const char *qualifier;
		bool is_eta;
	} times[] = { { "334", false }, { "7", false }, { "35", false },
		{ "178", false }, { "17", true }, { "132", true } };
	bool found = false;

	v->is_local = true; /* EDIFACT says no zone */
	for (size_t i = 0; i < COUNT(times) && !found; i++) {
		if (!dtm(m, sts, times[i].qualifier, &v->ts_us, &found))
			return false;
		if (found && times[i].is_eta && v->kind == MOVED_IN_TRANSIT)
			v->kind = MOVED_ETA;
	}
	return found || dtm(m, NULL, "137", &v->ts_us, &found);
}

static const char *
loc_of(const struct edi_seg *loc)
{
	if (loc == NULL)
		return "";
	return edi_getc(loc, 2, 4)[0] != '\0' ? edi_getc(loc, 2, 4)
					      : edi_getc(loc, 2, 1);
}

static void
sts_status(struct mapping *m, const struct edi_seg *sts, struct edi_movement *v)
{
	set_code(m, v, 0, edi_getc(sts, 2, 1));
	v->agency = edi_getc(sts, 2, 3);
	if (v->text[0] == '\0')
		v->text = edi_getc(sts, 2, 4);
	v->reason = edi_getc(sts, 3, 1);
	v->why = edi_getc(sts, 3, 4);
}

static bool
map_sts(struct mapping *m, const struct edi_seg *cni, const struct edi_seg *sts)
{
	const char *consignment = edi_getc(cni, 2, 1);
	struct edi_movement *v = NULL;

	if (!new_move(m, sts, &v))
		return false;
	if (edi_getc(sts, 2, 1)[0] == '\0') {
		oms_fail(m->err, OMS_VALUE,
		    "no status: C555 was expected in STS");
		return at(m, sts);
	}
	sts_status(m, sts, v);
	v->shipment_key = FIRST_OF(rff(m, sts, "CU"), rff(m, sts, "DQ"),
	    head_rff(m, "CU"), consignment);
	v->reference = FIRST_OF(rff(m, sts, "CN"), head_rff(m, "CN"),
	    strcmp(consignment, v->shipment_key) != 0 ? consignment : "");
	v->tracking = v->reference;
	v->place = FIRST_OF(loc_of(edi_first(m->set, sts, "LOC")),
	    loc_of(edi_first(m->set, cni, "LOC")));
	if (v->shipment_key[0] == '\0') {
		oms_fail(m->err, OMS_VALUE,
		    "it names no shipment: RFF+CU or a number in CNI was "
		    "expected");
		return at(m, sts);
	}
	return sts_time(m, sts, v);
}

static bool
map_iftsta(struct mapping *m)
{
	const struct edi_seg *cni = edi_first(m->set, NULL, "CNI");

	for (; cni != NULL; cni = edi_next(m->set, cni)) {
		const struct edi_seg *sts = edi_first(m->set, cni, "STS");

		for (; sts != NULL; sts = edi_next(m->set, sts))
			if (!map_sts(m, cni, sts))
				return false;
	}
	return true;
}

/* ------------------------------------------------------------------------- */

bool
edi_movements_map(mem_ctx *ctx, const struct edi_set *set,
    struct edi_movements *ret, struct oms_error *err)
{
	struct edi_movements all = { .moves = NULL };
	struct mapping m = { .ctx = ctx, .set = set, .err = err, .m = &all };

	if (!(set->standard == EDI_X12 ? map_214(&m) : map_iftsta(&m)))
		return false;
	if (all.count == 0)
		return oms_fail(err, OMS_VALUE,
		    "it says nothing of any shipment: %s was expected",
		    set->standard == EDI_X12 ? "AT7" : "STS");
	*ret = all;
	return true;
}
