/*
 * edi_adjustment.c - 947: what changed in the warehouse, and why.
 *
 * Reason 05 puts units on hold, 55 takes them off again: they are still
 * there, whatever sign the quantity has.  All others change what is there, by
 * the sign that was sent.
 */

#include "mappers/edi_warehouse.h"

#include <string.h>

static bool
read_line(const struct edi_set *set, const struct edi_seg *w19,
    struct edi_adjustment *a, struct oms_error *err)
{
	struct adjustment_line *l = &a->lines[a->line_count++];
	bool to_hold = strcmp(edi_get(w19, 1), "05") == 0;
	bool off_hold = strcmp(edi_get(w19, 1), "55") == 0;
	const char *lot = edi_reference(set, w19, "LT");

	*l = (struct adjustment_line){ .seg = w19,
		.reason = edi_get(w19, 1),
		.unit = edi_get(w19, 3),
		.lot = lot[0] != '\0' ? lot : edi_get(w19, 9) };
	edi_item_add(&l->item, "UP", edi_get(w19, 4));
	edi_item_pairs(&l->item, w19, 5, 8);
	edi_item_pairs(&l->item, w19, 17, 18);
	if (!edi_qty(set, w19, 2, 1, &l->qty, err))
		return false;
	if (to_hold || off_hold) {
		int64_t units = l->qty < 0 ? -l->qty : l->qty;

		l->held_qty = to_hold ? units : -units;
		l->qty = 0;
	}
	return true;
}

struct edi_adjustment *
edi_adjustment_read(mem_ctx *ctx, const struct edi_set *set,
    struct oms_error *err)
{
	struct edi_adjustment *a = mem_new(ctx, struct edi_adjustment);
	const struct edi_seg *w15 = edi_first(set, NULL, "W15");

	if (w15 == NULL ||
	    (edi_get(w15, 2)[0] == '\0' && edi_get(w15, 3)[0] == '\0')) {
		oms_fail(err, OMS_SCHEMA,
		    "the adjustment has no number in W1502 or W1503");
		return NULL;
	}
	a->our_no = edi_get(w15, 2);
	a->their_no = edi_get(w15, 3);
	a->place = edi_place(set, "WH SF");
	if (!edi_moment_date(edi_get(w15, 1), "", "", &a->when, err)) {
		edi_at(err, w15);
		return NULL;
	}
	a->lines = mem_array(ctx, struct adjustment_line,
	    edi_count(set, "W19") + 1);
	for (const struct edi_seg *l = edi_first(set, NULL, "W19"); l != NULL;
	     l = edi_next(set, l))
		if (!read_line(set, l, a, err))
			return NULL;
	return a;
}
