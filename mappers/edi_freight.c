/* edi_freight.c - 210, a carrier's invoice; see edi_transport.h. */

#include <string.h>

#include "mappers/edi_transport.h"
#include "model/money.h"

enum { CHARGES_MAX = 1000, FIRST_CHARGES = 8, N2_DECIMALS = 2 };

struct mapping {
	mem_ctx *ctx;
	const struct edi_set *set;
	struct oms_error *err;
	struct edi_freight *f;
	size_t room;
};

/* 0 when the element is empty. */
static bool
amount(struct mapping *m, const struct edi_seg *s, unsigned e, int64_t *ret)
{
	*ret = 0;
	return edi_get(s, e)[0] == '\0' ||
	    edi_minor_implied(s, e, 1, N2_DECIMALS, m->f->currency, ret,
		m->err) ||
	    edi_at(m->err, s);
}

static bool
new_charge(struct mapping *m, const struct edi_seg *l1, struct edi_charge **ret)
{
	struct edi_freight *f = m->f;

	if (f->charge_count == CHARGES_MAX) {
		oms_fail(m->err, OMS_LIMIT, "more than %d charges",
		    CHARGES_MAX);
		(void)edi_at(m->err, l1);
		return false;
	}
	if (f->charge_count == m->room) {
		m->room += m->room + FIRST_CHARGES;
		f->charges = mem_resize(m->ctx, f->charges,
		    m->room * sizeof(f->charges[0]));
	}
	*ret = &f->charges[f->charge_count++];
	return true;
}

/* A loop LX is one line of the bill: what it is in L5, what it costs in L1. */
static bool
map_line(struct mapping *m, const struct edi_seg *lx)
{
	const struct edi_seg *l5 = edi_first(m->set, lx, "L5");
	const struct edi_seg *l1 = edi_first(m->set, lx, "L1");

	for (; l1 != NULL; l1 = edi_next(m->set, l1)) {
		struct edi_charge *c = NULL;

		if (edi_get(l1, 4)[0] == '\0')
			continue;
		if (!new_charge(m, l1, &c))
			return false;
		c->code = edi_get(l1, 8);
		c->text = edi_get(l1, 12);
		if (c->text[0] == '\0' && l5 != NULL)
			c->text = edi_get(l5, 2);
		/* 1000 charges of 12 digits fit */
		if (!amount(m, l1, 4, &c->amount_minor))
			return false;
		m->f->charges_minor += c->amount_minor;
	}
	return true;
}

static bool
map_head(struct mapping *m, const struct edi_seg *b3)
{
	struct edi_freight *f = m->f;

	f->invoice_no = edi_get(b3, 2);
	f->shipment_key = edi_freight_shipment(m->set);
	f->pay = edi_get(b3, 4);
	f->correction = edi_get(b3, 8);
	f->scac = edi_get(b3, 11);
	if (f->invoice_no[0] == '\0') {
		oms_fail(m->err, OMS_VALUE,
		    "the invoice has no number: B302 was expected");
		return edi_at(m->err, b3);
	}
	if (edi_get(b3, 7)[0] == '\0') {
		oms_fail(m->err, OMS_VALUE,
		    "the invoice has no amount: B307 was expected");
		return edi_at(m->err, b3);
	}
	if (money_exponent(f->currency) < 0) {
		oms_fail(m->err, OMS_VALUE,
		    "\"%.10s\" is no currency of ISO 4217", f->currency);
		return edi_at(m->err, b3);
	}
	return amount(m, b3, 7, &f->amount_minor) &&
	    (edi_get(b3, 6)[0] == '\0' ||
		edi_date(edi_get(b3, 6), "", "", &f->invoice_ts_us, m->err) ||
		edi_at(m->err, b3));
}

const char *
edi_freight_shipment(const struct edi_set *set)
{
	const struct edi_seg *b3 = edi_first(set, NULL, "B3");
	const struct edi_seg *n9 = edi_with(set, NULL, "N9", 1, "SI");
	const struct edi_seg *l11 = edi_with(set, NULL, "L11", 2, "SI");

	if (b3 != NULL && edi_get(b3, 3)[0] != '\0')
		return edi_get(b3, 3);
	if (n9 != NULL)
		return edi_get(n9, 2);
	return l11 != NULL ? edi_get(l11, 1) : "";
}

bool
edi_freight_map(mem_ctx *ctx, const struct edi_set *set, const char *currency,
    struct edi_freight *ret, struct oms_error *err)
{
	struct edi_freight f = { .charges = NULL };
	struct mapping m = { .ctx = ctx, .set = set, .err = err, .f = &f };
	const struct edi_seg *b3 = edi_first(set, NULL, "B3");
	const struct edi_seg *c3 = edi_first(set, NULL, "C3");
	const struct edi_seg *lx = edi_first(set, NULL, "LX");

	if (b3 == NULL)
		return oms_fail(err, OMS_VALUE, "a 210 without B3");
	f.currency = c3 != NULL && edi_get(c3, 1)[0] != '\0' ? edi_get(c3, 1)
							     : currency;
	if (!map_head(&m, b3))
		return false;
	for (; lx != NULL; lx = edi_next(set, lx))
		if (!map_line(&m, lx))
			return false;
	*ret = f;
	return true;
}
