/*
 * edi_stock_count.c - 846 and INVRPT: what is there.
 *
 * On hand is QTY*17, of INVRPT 145 or 17; where a partner sends no such one,
 * what is available for sale, 33.  Every other qualifier is data of his, and
 * is never taken for something that could be sold.  An item that stands there
 * more than once, by lot or place, is the sum.
 */

#include "mappers/edi_warehouse.h"

#include <string.h>

/* The first that a line has is what it counts. */
static const char *const x12_kinds[] = { "17", "33" };
static const char *const edifact_kinds[] = { "145", "17" };

struct qtys {
	int64_t sum[2];
	bool has[2];
	const char *unit;
};

static bool
add_qty(const struct edi_set *set, const struct edi_seg *q, struct qtys *ret,
    struct oms_error *err)
{
	bool is_x12 = set->standard == EDI_X12;
	const char *const *kinds = is_x12 ? x12_kinds : edifact_kinds;

	for (size_t i = 0; i < 2; i++) {
		int64_t qty;

		if (strcmp(edi_get(q, 1), kinds[i]) != 0)
			continue;
		if (!edi_qty(set, q, is_x12 ? 2 : 1, is_x12 ? 1 : 2, &qty, err))
			return false;
		ret->sum[i] += qty;
		ret->has[i] = true;
		ret->unit = is_x12 ? edi_getc(q, 3, 1) : edi_getc(q, 1, 3);
	}
	return true;
}

static bool
add_qtys(const struct edi_set *set, const struct edi_seg *head,
    struct qtys *ret, struct oms_error *err)
{
	for (const struct edi_seg *q = edi_first(set, head, "QTY"); q != NULL;
	     q = edi_next(set, q))
		if (!add_qty(set, q, ret, err))
			return false;
	return true;
}

static bool
read_line(const struct edi_set *set, const struct edi_seg *lin,
    struct edi_stock_count *c, struct oms_error *err)
{
	struct count_line *l = &c->lines[c->line_count++];
	struct qtys q = { .unit = "" };

	*l = (struct count_line){ .seg = lin, .unit = "" };
	if (set->standard == EDI_X12)
		edi_item_pairs(&l->item, lin, 2, lin->element_count);
	else
		edi_item_lin(&l->item, set, lin);
	if (!add_qtys(set, lin, &q, err))
		return false;
	/* In D.01B a quantity stands below INV, in D.96A INV below it. */
	for (const struct edi_seg *inv = edi_first(set, lin, "INV");
	     inv != NULL; inv = edi_next(set, inv))
		if (!add_qtys(set, inv, &q, err))
			return false;
	l->has_qty = q.has[0] || q.has[1];
	l->qty = q.has[0] ? q.sum[0] : q.sum[1];
	l->is_available = !q.has[0] && q.has[1] && set->standard == EDI_X12;
	l->unit = q.unit;
	return true;
}

static bool
x12_head(const struct edi_set *set, struct edi_stock_count *c,
    struct oms_error *err)
{
	const struct edi_seg *bia = edi_first(set, NULL, "BIA");
	const struct edi_seg *dtm = edi_with(set, NULL, "DTM", 1, "007");

	if (bia == NULL)
		return oms_fail(err, OMS_SCHEMA, "BIA is missing");
	c->report_no = edi_get(bia, 3);
	c->is_whole = edi_is_among(edi_get(bia, 1), "00 05");
	c->place = edi_place(set, "WH SF");
	if (!edi_moment_date(edi_get(bia, 4), edi_get(bia, 5), "", &c->counted,
		err))
		return edi_at(err, bia);
	/* The count is as of then, when the report itself has only a day. */
	if (dtm != NULL && (c->counted.is_day || edi_get(dtm, 3)[0] != '\0') &&
	    !edi_moment_date(edi_get(dtm, 2), edi_get(dtm, 3), edi_get(dtm, 4),
		&c->counted, err))
		return edi_at(err, dtm);
	return true;
}

static bool
edifact_head(const struct edi_set *set, struct edi_stock_count *c,
    struct oms_error *err)
{
	const struct edi_seg *bgm = edi_first(set, NULL, "BGM");

	if (bgm == NULL)
		return oms_fail(err, OMS_SCHEMA, "BGM is missing");
	if (strcmp(edi_get(bgm, 1), "78") == 0) {
		oms_fail(err, OMS_SCHEMA,
		    "a movement report is no count: ask for BGM+35");
		return edi_at(err, bgm);
	}
	c->report_no = edi_get(bgm, 2);
	c->is_whole = !edi_is_among(edi_get(bgm, 3), "2 3 4 36");
	c->place = edi_place(set, "WH GY GM");
	return edi_moment_dtm(set, NULL, "366 7 137", &c->counted, err);
}

struct edi_stock_count *
edi_stock_count_read(mem_ctx *ctx, const struct edi_set *set,
    struct oms_error *err)
{
	struct edi_stock_count *c = mem_new(ctx, struct edi_stock_count);

	if (!(set->standard == EDI_X12 ? x12_head(set, c, err)
				       : edifact_head(set, c, err)))
		return NULL;
	c->lines = mem_array(ctx, struct count_line, edi_count(set, "LIN") + 1);
	for (const struct edi_seg *lin = edi_first(set, NULL, "LIN");
	     lin != NULL; lin = edi_next(set, lin))
		if (!read_line(set, lin, c, err))
			return NULL;
	return c;
}
