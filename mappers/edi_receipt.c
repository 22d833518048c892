/*
 * edi_receipt.c - 944 and RECADV: what came to the warehouse.
 *
 * W07 is what is there of one lot and condition; W13 says how much of it is
 * not good.  What W13 says is short never was there, and what is over is in
 * W07 already.
 */

#include "mappers/edi_warehouse.h"

#include <string.h>

static bool
refuse(const struct edi_seg *s, const char *what, struct oms_error *err)
{
	oms_fail(err, OMS_SCHEMA, "%s", what);
	return s != NULL ? edi_at(err, s) : false;
}

static bool
check_qty(const struct edi_seg *s, int64_t qty, struct oms_error *err)
{
	if (qty >= 0)
		return true;
	oms_fail(err, OMS_VALUE, "a received quantity is below 0");
	return edi_at(err, s);
}

/* ---- 944 ------------------------------------------------------------------ */

/* 412: not to be sold; 02 short and 03 over are no part of what is there. */
#define DAMAGED "01 04 05 08"
#define ON_HOLD "09"

static bool
x12_conditions(const struct edi_set *set, const struct edi_seg *w07,
    struct receipt_line *l, struct oms_error *err)
{
	for (const struct edi_seg *w13 = edi_first(set, w07, "W13");
	     w13 != NULL; w13 = edi_next(set, w13)) {
		int64_t qty;

		if (!edi_qty(set, w13, 1, 1, &qty, err) ||
		    !check_qty(w13, qty, err))
			return false;
		if (edi_is_among(edi_get(w13, 3), DAMAGED))
			l->damaged_qty += qty;
		else if (edi_is_among(edi_get(w13, 3), ON_HOLD))
			l->held_qty += qty;
	}
	return true;
}

static bool
x12_line(const struct edi_set *set, const struct edi_seg *w07,
    bool damaged_in_received, struct edi_receipt *r, struct oms_error *err)
{
	struct receipt_line *l = &r->lines[r->line_count++];
	const char *lot = edi_reference(set, w07, "LT");
	const char *hold = edi_get(w07, 9);
	int64_t qty;

	*l = (struct receipt_line){ .seg = w07,
		.line_no = edi_line_no(edi_reference(set, w07, "LI")),
		.unit = edi_get(w07, 2),
		.lot = lot[0] != '\0' ? lot : edi_get(w07, 8),
		.supply_no = edi_reference(set, w07, "PO") };
	edi_item_add(&l->item, "UP", edi_get(w07, 3));
	edi_item_pairs(&l->item, w07, 4, 7);
	edi_item_pairs(&l->item, w07, 10, 11);
	if (!edi_qty(set, w07, 1, 1, &qty, err) || !check_qty(w07, qty, err) ||
	    !x12_conditions(set, w07, l, err))
		return false;
	r->sum_qty += qty;
	l->good_qty = qty - (damaged_in_received ? l->damaged_qty : 0);
	if (hold[0] != '\0' && strcmp(hold, "N") != 0)
		l->held_qty = l->good_qty;
	if (l->good_qty >= l->held_qty)
		return true;
	oms_fail(err, OMS_VALUE,
	    "W13 has more units than W0701: does it count damaged ones? see "
	    "damaged_in_received in [edi]");
	return edi_at(err, w07);
}

static bool
read_x12(mem_ctx *ctx, const struct edi_set *set, bool damaged_in_received,
    struct edi_receipt *r, struct oms_error *err)
{
	const struct edi_seg *w17 = edi_first(set, NULL, "W17");
	const struct edi_seg *g62 = edi_with(set, NULL, "G62", 1, "09");
	const struct edi_seg *w14 = edi_first(set, NULL, "W14");

	if (w17 == NULL)
		return refuse(NULL, "W17 is missing", err);
	if (edi_is_among(edi_get(w17, 1), "A K R"))
		return refuse(w17,
		    "W1701 is a simulation, a correction or a replacement: "
		    "corrections come as 947",
		    err);
	r->receipt_no = edi_get(w17, 3);
	r->supply_no = edi_get(w17, edi_get(w17, 4)[0] != '\0' ? 4 : 5);
	r->place = edi_place(set, "WH ST");
	if (!edi_moment_date(edi_get(w17, 2), edi_get(w17, 7), "", &r->received,
		err))
		return edi_at(err, w17);
	if (g62 != NULL && edi_get(g62, 4)[0] != '\0' &&
	    !edi_moment_date(edi_get(g62, 2), edi_get(g62, 4), edi_get(g62, 5),
		&r->received, err))
		return edi_at(err, g62);
	if (w14 != NULL && !edi_qty(set, w14, 1, 1, &r->total_qty, err))
		return false;
	r->lines = mem_array(ctx, struct receipt_line,
	    edi_count(set, "W07") + 1);
	for (const struct edi_seg *l = edi_first(set, NULL, "W07"); l != NULL;
	     l = edi_next(set, l))
		if (!x12_line(set, l, damaged_in_received, r, err))
			return false;
	return true;
}

/* ---- RECADV --------------------------------------------------------------- */

/* All QTY with that qualifier; -1: there is none. */
static bool
sum_qty(const struct edi_set *set, const struct edi_seg *lin,
    const char *qualifier, int64_t *ret, const char **ret_unit,
    struct oms_error *err)
{
	*ret = -1;
	for (const struct edi_seg *q = edi_first(set, lin, "QTY"); q != NULL;
	     q = edi_next(set, q)) {
		int64_t qty;

		if (strcmp(edi_get(q, 1), qualifier) != 0)
			continue;
		if (!edi_qty(set, q, 1, 2, &qty, err) ||
		    !check_qty(q, qty, err))
			return false;
		*ret = (*ret > 0 ? *ret : 0) + qty;
		if (edi_getc(q, 1, 3)[0] != '\0')
			*ret_unit = edi_getc(q, 1, 3);
	}
	return true;
}

/*
 * 48 is all that came, 194 what of it was accepted; 195 and 196 are refused,
 * 124 is damaged, 89 on hold for its quality.
 */
static bool
edifact_qtys(const struct edi_set *set, const struct edi_seg *lin,
    struct receipt_line *l, struct oms_error *err)
{
	static const char *const kinds[] = { "48", "194", "195", "196", "124",
		"89" };
	int64_t q[6], bad = 0;

	for (size_t i = 0; i < 6; i++)
		if (!sum_qty(set, lin, kinds[i], &q[i], &l->unit, err))
			return false;
	for (size_t i = 2; i < 5; i++)
		bad += q[i] > 0 ? q[i] : 0;
	if (q[0] < 0 && q[1] < 0)
		return refuse(lin, "LIN has neither QTY+48 nor QTY+194", err);
	l->good_qty = q[1] >= 0 ? q[1] : q[0] - bad;
	l->damaged_qty = q[1] >= 0 && q[0] > q[1] ? q[0] - q[1] : bad;
	l->held_qty = q[5] > 0 ? q[5] : 0;
	if (l->good_qty >= l->held_qty)
		return true;
	oms_fail(err, OMS_VALUE, "more units are bad or on hold than came");
	return edi_at(err, lin);
}

static bool
edifact_line(const struct edi_set *set, const struct edi_seg *lin,
    struct edi_receipt *r, struct oms_error *err)
{
	struct receipt_line *l = &r->lines[r->line_count++];

	*l = (struct receipt_line){ .seg = lin,
		.line_no = edi_line_no(edi_reference(set, lin, "LI")),
		.unit = "",
		.lot = "",
		.supply_no = edi_reference(set, lin, "ON") };
	edi_item_lin(&l->item, set, lin);
	return edifact_qtys(set, lin, l, err);
}

static bool
read_edifact(mem_ctx *ctx, const struct edi_set *set, struct edi_receipt *r,
    struct oms_error *err)
{
	static const char *const ours[] = { "ON", "AAK", "DQ", "AAU" };
	const struct edi_seg *bgm = edi_first(set, NULL, "BGM");

	if (bgm == NULL)
		return refuse(NULL, "BGM is missing", err);
	if (edi_is_among(edi_get(bgm, 3), "1 3 4 5"))
		return refuse(bgm,
		    "it changes or cancels a receiving advice: correct the "
		    "stock by a count",
		    err);
	r->receipt_no = edi_get(bgm, 2);
	r->supply_no = "";
	for (size_t i = 0; i < 4 && r->supply_no[0] == '\0'; i++)
		r->supply_no = edi_reference(set, NULL, ours[i]);
	r->place = edi_place(set, "WH DP ST");
	if (!edi_moment_dtm(set, NULL, "50 35 137", &r->received, err))
		return false;
	r->lines = mem_array(ctx, struct receipt_line,
	    edi_count(set, "LIN") + 1);
	for (const struct edi_seg *cps = edi_first(set, NULL, "CPS");
	     cps != NULL; cps = edi_next(set, cps))
		for (const struct edi_seg *l = edi_first(set, cps, "LIN");
		     l != NULL; l = edi_next(set, l))
			if (!edifact_line(set, l, r, err))
				return false;
	return true;
}

struct edi_receipt *
edi_receipt_read(mem_ctx *ctx, const struct edi_set *set,
    bool damaged_in_received, struct oms_error *err)
{
	struct edi_receipt *r = mem_new(ctx, struct edi_receipt);

	r->total_qty = -1;
	if (!(set->standard == EDI_X12
		    ? read_x12(ctx, set, damaged_in_received, r, err)
		    : read_edifact(ctx, set, r, err)))
		return NULL;
	if (r->receipt_no[0] == '\0') {
		refuse(NULL, "the receipt has no number", err);
		return NULL;
	}
	return r;
}
