/*
 * edi_ship_advice.c - 945 and DESADV: what left the warehouse.
 *
 * W1202, the ordered quantity, is not read: with a LX for each carton senders
 * repeat it, or put the carton's there.  What was ordered we know ourselves.
 */

#include <string.h>

#include "mappers/edi_warehouse.h"

enum { SSCC_DIGITS = 18, GIN_NUMBERS = 5 };

struct reading {
	mem_ctx *ctx;
	const struct edi_set *set;
	struct edi_ship_advice *a;
};

/* 368 and 4221 that say: the rest is to come from here. */
static bool
follows(const char *status)
{
	return edi_is_among(status, "BP BO BK AS SS");
}

static bool
is_sscc(const char *s)
{
	return strlen(s) == SSCC_DIGITS &&
	    strspn(s, "0123456789") == SSCC_DIGITS;
}

static bool
refuse(const struct edi_seg *s, struct oms_error *err, const char *what)
{
	oms_fail(err, OMS_SCHEMA, "%s", what);
	return s != NULL ? edi_at(err, s) : false;
}

/* first: the carton told first of those that are told together. */
static void
add_carton(struct edi_ship_advice *a, const char *sscc, const char *tracking,
    size_t first)
{
	bool is_first = a->carton_count == first;

	a->cartons[a->carton_count++] = (struct advice_carton){ sscc, tracking,
		is_first ? -1 : (int64_t)first };
}

static int64_t
carton_from(const struct edi_ship_advice *a, size_t first)
{
	return a->carton_count > first ? (int64_t)first : -1;
}

static struct advice_line *
add_line(struct edi_ship_advice *a, const struct edi_seg *s, int64_t carton)
{
	struct advice_line *l = &a->lines[a->line_count++];

	*l = (struct advice_line){ .seg = s,
		.status = "",
		.unit = "",
		.lot = "",
		.difference_qty = -1,
		.carton = carton };
	return l;
}

/* ---- 945 ------------------------------------------------------------------ */

static bool
x12_kind(struct reading *r, const struct edi_seg *w06, struct oms_error *err)
{
	const char *code = edi_get(w06, 1);

	if (!edi_is_among(code, "F J N X"))
		return refuse(w06, err,
		    "W0601 is neither F, J, N nor X: the advice says nothing "
		    "of what left");
	r->a->omission = edi_is_among(code, "N X") ? ADVICE_SHIPPED
						   : ADVICE_SHORT;
	return true;
}

static bool
x12_when(struct reading *r, const struct edi_seg *w06, struct oms_error *err)
{
	const struct edi_seg *g62 = edi_with(r->set, NULL, "G62", 1, "11");
	struct edi_moment *m = &r->a->shipped;

	if (!edi_moment_date(edi_get(w06, 3), "", "", m, err))
		return edi_at(err, w06);
	if (g62 != NULL &&
	    !edi_moment_date(edi_get(g62, 2), edi_get(g62, 4), edi_get(g62, 5),
		m, err))
		return edi_at(err, g62);
	return true;
}

static bool
x12_head(struct reading *r, const struct edi_seg *w06, struct oms_error *err)
{
	const struct edi_seg *w27 = edi_first(r->set, NULL, "W27");
	const struct edi_seg *w03 = edi_first(r->set, NULL, "W03");
	struct edi_ship_advice *a = r->a;

	a->shipment_key = edi_get(w06, 2);
	a->advice_no = edi_get(w06, edi_get(w06, 4)[0] != '\0' ? 4 : 5);
	a->scac = w27 != NULL ? edi_get(w27, 2) : "";
	a->bill = edi_reference(r->set, NULL, "BM");
	a->tracking = edi_reference(r->set, NULL, "2I");
	if (a->tracking[0] == '\0')
		a->tracking = edi_reference(r->set, NULL, "CN");
	a->total_qty = -1;
	return w03 == NULL || edi_qty(r->set, w03, 1, 1, &a->total_qty, err);
}

/* The numbers of one kind in the MANs of a LX, one after another. */
struct man_walk {
	const struct edi_seg *man;
	unsigned element;
	bool of_sscc; /* GM: of a carton or pallet; else a parcel's number */
};

static struct man_walk
man_begin(const struct reading *r, const struct edi_seg *lx, bool of_sscc)
{
	return (struct man_walk){ edi_first(r->set, lx, "MAN"), 1, of_sscc };
}

static const char *
man_next(const struct reading *r, struct man_walk *at)
{
	for (; at->man != NULL;
	     at->man = edi_next(r->set, at->man), at->element = 1)
		while (at->element <= 4) {
			const char *q = edi_get(at->man, at->element);
			const char *id = edi_get(at->man, at->element + 1);

			at->element += 3;
			if (at->of_sscc
				? strcmp(q, "GM") == 0 && is_sscc(id)
				: edi_is_among(q, "CP ZZ 2") && id[0] != '\0')
				return id;
		}
	return NULL;
}

/* As many numbers as SSCCs are one for each; else the first is of all. */
static void
number_cartons(struct reading *r, const struct edi_seg *lx, size_t first,
    size_t numbers, const char *of_all)
{
	size_t cartons = r->a->carton_count - first;
	struct man_walk at = man_begin(r, lx, false);
	const char *number = man_next(r, &at);

	if (number == NULL || (of_all[0] != '\0' && numbers != cartons))
		return;
	for (size_t i = first; i < r->a->carton_count; i++) {
		r->a->cartons[i].tracking = number;
		if (numbers == cartons)
			number = man_next(r, &at);
	}
}

static int64_t
x12_cartons(struct reading *r, const struct edi_seg *lx)
{
	const char *of_all = edi_reference(r->set, lx, "2I");
	size_t first = r->a->carton_count, numbers = 0;
	struct man_walk at = man_begin(r, lx, true);
	const char *id;

	while ((id = man_next(r, &at)) != NULL)
		add_carton(r->a, id, of_all, first);
	for (at = man_begin(r, lx, false); man_next(r, &at) != NULL;)
		numbers++;
	if (r->a->carton_count > first) {
		number_cartons(r, lx, first, numbers, of_all);
		return carton_from(r->a, first);
	}
	if (of_all[0] != '\0' && numbers <= 1) {
		add_carton(r->a, "", of_all, first);
		return carton_from(r->a, first);
	}
	at = man_begin(r, lx, false);
	while ((id = man_next(r, &at)) != NULL)
		add_carton(r->a, "", id, first);
	return carton_from(r->a, first);
}

static bool
x12_line(struct reading *r, const struct edi_seg *w12, int64_t carton,
    struct oms_error *err)
{
	struct advice_line *l = add_line(r->a, w12, carton);
	const char *lot = edi_reference(r->set, w12, "LT");

	l->line_no = edi_line_no(edi_reference(r->set, w12, "LI"));
	l->status = edi_get(w12, 1);
	l->follows = follows(l->status);
	l->is_substitute = edi_is_among(l->status, "IS CS") &&
	    edi_get(w12, 18)[0] != '\0';
	l->unit = edi_get(w12, 5);
	l->lot = lot[0] != '\0' ? lot : edi_get(w12, 9);
	edi_item_add(&l->item, "UP", edi_get(w12, 6));
	edi_item_pairs(&l->item, w12, 7, 8);
	edi_item_pairs(&l->item, w12, 21, 22);
	if (edi_get(w12, 3)[0] != '\0' &&
	    !edi_qty(r->set, w12, 3, 1, &l->shipped_qty, err))
		return false;
	if (l->shipped_qty < 0) {
		oms_fail(err, OMS_VALUE, "W1203 is below 0");
		return edi_at(err, w12);
	}
	if (edi_get(w12, 4)[0] == '\0')
		return true;
	if (!edi_qty(r->set, w12, 4, 1, &l->difference_qty, err))
		return false;
	if (l->difference_qty < 0) /* no guide says which sign it has */
		l->difference_qty = -l->difference_qty;
	return true;
}

static bool
read_x12(struct reading *r, struct oms_error *err)
{
	const struct edi_seg *w06 = edi_first(r->set, NULL, "W06");

	if (w06 == NULL)
		return refuse(NULL, err, "W06 is missing");
	r->a->cartons = mem_array(r->ctx, struct advice_carton,
	    2 * edi_count(r->set, "MAN") + edi_count(r->set, "LX") + 1);
	r->a->lines = mem_array(r->ctx, struct advice_line,
	    edi_count(r->set, "W12") + 1);
	if (!x12_kind(r, w06, err) || !x12_when(r, w06, err) ||
	    !x12_head(r, w06, err))
		return false;
	for (const struct edi_seg *lx = edi_first(r->set, NULL, "LX");
	     lx != NULL; lx = edi_next(r->set, lx)) {
		int64_t carton = x12_cartons(r, lx);

		for (const struct edi_seg *l = edi_first(r->set, lx, "W12");
		     l != NULL; l = edi_next(r->set, l))
			if (!x12_line(r, l, carton, err))
				return false;
	}
	return true;
}

/* ---- DESADV --------------------------------------------------------------- */

static bool
edifact_head(struct reading *r, struct oms_error *err)
{
	const struct edi_seg *bgm = edi_first(r->set, NULL, "BGM");
	const struct edi_seg *tdt = edi_with(r->set, NULL, "TDT", 1, "20");
	struct edi_ship_advice *a = r->a;
	unsigned no = 2; /* C106 in D.01B, 1004 in D.96A: the same place */

	if (bgm == NULL)
		return refuse(NULL, err, "BGM is missing");
	if (edi_is_among(edi_get(bgm, 3), "1 3 17"))
		return refuse(bgm, err,
		    "it cancels a despatch advice: what left cannot be taken "
		    "back by file");
	a->advice_no = edi_getc(bgm, no, 1);
	a->shipment_key = edi_reference(r->set, NULL, "ON");
	a->tracking = edi_reference(r->set, NULL, "CN");
	a->bill = edi_reference(r->set, NULL, "BM");
	a->scac = tdt != NULL ? edi_getc(tdt, 5, 1) : "";
	a->omission = ADVICE_SHORT;
	a->total_qty = -1;
	return edi_moment_dtm(r->set, NULL, "11 137", &a->shipped, err);
}

static void
gin_cartons(struct reading *r, const struct edi_seg *gin, size_t first)
{
	for (unsigned e = 2; e <= 1 + GIN_NUMBERS; e++)
		if (is_sscc(edi_getc(gin, e, 1)))
			add_carton(r->a, edi_getc(gin, e, 1), "", first);
}

/* PAC, below it PCI, below that GIN+BJ with up to five numbers. */
static int64_t
edifact_cartons(struct reading *r, const struct edi_seg *cps)
{
	size_t first = r->a->carton_count;

	for (const struct edi_seg *pac = edi_first(r->set, cps, "PAC");
	     pac != NULL; pac = edi_next(r->set, pac))
		for (const struct edi_seg *pci = edi_first(r->set, pac, "PCI");
		     pci != NULL; pci = edi_next(r->set, pci))
			for (const struct edi_seg *gin =
				 edi_first(r->set, pci, "GIN");
			     gin != NULL; gin = edi_next(r->set, gin))
				gin_cartons(r, gin, first);
	return carton_from(r->a, first);
}

/* RFF+LI:1, or the line of RFF+ON:S00000001:1. */
static int64_t
edifact_line_no(const struct reading *r, const struct edi_seg *lin)
{
	const struct edi_seg *rff = edi_with(r->set, lin, "RFF", 1, "LI");

	if (rff != NULL) {
		int64_t v = edi_line_no(edi_getc(rff, 1, 3));

		return v != 0 ? v : edi_line_no(edi_getc(rff, 1, 2));
	}
	rff = edi_with(r->set, lin, "RFF", 1, "ON");
	return rff != NULL ? edi_line_no(edi_getc(rff, 1, 3)) : 0;
}

static bool
edifact_line(struct reading *r, const struct edi_seg *lin, int64_t carton,
    struct oms_error *err)
{
	struct advice_line *l = add_line(r->a, lin, carton);
	const struct edi_seg *qty = edi_with(r->set, lin, "QTY", 1, "12");
	const struct edi_seg *qvr = edi_first(r->set, lin, "QVR");
	const char *order = edi_reference(r->set, lin, "ON");

	l->line_no = edifact_line_no(r, lin);
	edi_item_lin(&l->item, r->set, lin);
	for (size_t i = 0; i < l->item.count; i++)
		if (strcmp(l->item.ids[i].qualifier, "NB") == 0)
			l->lot = l->item.ids[i].id;
	if (r->a->shipment_key[0] == '\0')
		r->a->shipment_key = order;
	else if (order[0] != '\0' && strcmp(order, r->a->shipment_key) != 0)
		return refuse(lin, err,
		    "one advice for two orders: each of ours wants its own");
	if (qvr != NULL) {
		l->status = edi_get(qvr, 2);
		l->follows = follows(l->status);
		l->is_substitute = strcmp(l->status, "IS") == 0;
	}
	if (qty == NULL)
		return refuse(lin, err, "LIN has no QTY+12");
	l->unit = edi_getc(qty, 1, 3);
	if (!edi_qty(r->set, qty, 1, 2, &l->shipped_qty, err))
		return false;
	if (l->shipped_qty < 0) {
		oms_fail(err, OMS_VALUE, "QTY+12 is below 0");
		return edi_at(err, qty);
	}
	return true;
}

static bool
read_edifact(struct reading *r, struct oms_error *err)
{
	r->a->cartons = mem_array(r->ctx, struct advice_carton,
	    GIN_NUMBERS * edi_count(r->set, "GIN") + 1);
	r->a->lines = mem_array(r->ctx, struct advice_line,
	    edi_count(r->set, "LIN") + 1);
	if (!edifact_head(r, err))
		return false;
	for (const struct edi_seg *cps = edi_first(r->set, NULL, "CPS");
	     cps != NULL; cps = edi_next(r->set, cps)) {
		int64_t carton = edifact_cartons(r, cps);

		for (const struct edi_seg *l = edi_first(r->set, cps, "LIN");
		     l != NULL; l = edi_next(r->set, l))
			if (!edifact_line(r, l, carton, err))
				return false;
	}
	return true;
}

struct edi_ship_advice *
edi_ship_advice_read(mem_ctx *ctx, const struct edi_set *set,
    struct oms_error *err)
{
	struct edi_ship_advice *a = mem_new(ctx, struct edi_ship_advice);
	struct reading r = { .ctx = ctx, .set = set, .a = a };
	bool is_x12 = set->standard == EDI_X12;

	if (!(is_x12 ? read_x12(&r, err) : read_edifact(&r, err)))
		return NULL;
	if (a->shipment_key[0] == '\0') {
		refuse(NULL, err,
		    is_x12 ? "W0602, our shipment key, is missing"
			   : "RFF+ON, our shipment key, is missing");
		return NULL;
	}
	return a;
}
