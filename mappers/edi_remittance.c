/* edi_remittance.c - 820, a payment and what it is for; see edi_trade.h. */

#include <string.h>

#include "base/count.h"
#include "mappers/edi_trade.h"
#include "model/money.h"

enum { LINES_MAX = 20000, FIRST_LINES = 16 };

struct mapping {
	mem_ctx *ctx;
	const struct edi_set *set;
	struct oms_error *err;
	struct remittance *r;
	size_t room;
};

static bool
at(struct mapping *m, const struct edi_seg *s)
{
	return edi_at(m->err, s);
}

/* An amount of the set; 0 when the element is empty. */
static bool
amount(struct mapping *m, const struct edi_seg *s, unsigned e, int64_t *ret)
{
	*ret = 0;
	if (edi_get(s, e)[0] == '\0')
		return true;
	return edi_minor(m->set, s, e, 1, m->r->currency, ret, m->err) ||
	    at(m, s);
}

/* NULL: there are too many. */
static struct remittance_line *
new_line(struct mapping *m, const struct edi_seg *s)
{
	struct remittance *r = m->r;

	if (r->line_count == LINES_MAX) {
		oms_fail(m->err, OMS_LIMIT, "more than %d lines", LINES_MAX);
		(void)at(m, s);
		return NULL;
	}
	if (r->line_count == m->room) {
		m->room += m->room + FIRST_LINES;
		r->lines = mem_resize(m->ctx, r->lines,
		    m->room * sizeof(r->lines[0]));
	}
	r->lines[r->line_count] = (struct remittance_line){ .reason = "" };
	return &r->lines[r->line_count++];
}

/* ADX: taken off or added, of an invoice when one is named. */
static bool
map_adjustments(struct mapping *m, const struct edi_seg *head, const char *q,
    const char *reference)
{
	const struct edi_seg *adx = edi_first(m->set, head, "ADX");

	for (; adx != NULL; adx = edi_next(m->set, adx)) {
		struct remittance_line *l = new_line(m, adx);

		if (l == NULL || !amount(m, adx, 1, &l->paid_minor))
			return false;
		l->qualifier = edi_get(adx, 3)[0] != '\0' ? edi_get(adx, 3) : q;
		l->reference = edi_get(adx, 4)[0] != '\0' ? edi_get(adx, 4)
							  : reference;
		l->reason = edi_get(adx, 2);
		if (l->reason[0] == '\0')
			l->reason = "adjusted";
	}
	return true;
}

static bool
map_rmr(struct mapping *m, const struct edi_seg *rmr)
{
	struct remittance_line *l = new_line(m, rmr);

	if (l == NULL)
		return false;
	l->qualifier = edi_get(rmr, 1);
	l->reference = edi_get(rmr, 2);
	return amount(m, rmr, 4, &l->paid_minor) &&
	    amount(m, rmr, 6, &l->discount_minor) &&
	    map_adjustments(m, rmr, l->qualifier, l->reference);
}

/* RMR stands in the loop of an ENT, or without one. */
static bool
map_lines_of(struct mapping *m, const struct edi_seg *head)
{
	const struct edi_seg *rmr = edi_first(m->set, head, "RMR");

	for (; rmr != NULL; rmr = edi_next(m->set, rmr))
		if (!map_rmr(m, rmr))
			return false;
	return map_adjustments(m, head, "", "");
}

static bool
map_head(struct mapping *m)
{
	const struct edi_seg *bpr = edi_first(m->set, NULL, "BPR");
	const struct edi_seg *trn = edi_first(m->set, NULL, "TRN");
	const struct edi_seg *cur = edi_first(m->set, NULL, "CUR");
	struct remittance *r = m->r;

	r->currency = cur != NULL && edi_get(cur, 2)[0] != '\0'
	    ? edi_get(cur, 2)
	    : edi_currency(m->set);
	if (bpr == NULL || money_exponent(r->currency) < 0)
		return oms_fail(m->err, OMS_VALUE,
		    "an 820 without an amount, or in no currency of ISO 4217");
	if (trn == NULL || edi_get(trn, 2)[0] == '\0')
		return oms_fail(m->err, OMS_VALUE,
		    "the payment has no number: TRN02 was expected");
	r->trace_no = edi_get(trn, 2);
	r->method = edi_get(bpr, 4);
	if (!amount(m, bpr, 2, &r->amount_minor))
		return false;
	if (strcmp(edi_get(bpr, 3), "D") == 0)
		r->amount_minor = -r->amount_minor; /* taken from us */
	return edi_get(bpr, 16)[0] == '\0' ||
	    edi_date(edi_get(bpr, 16), "", "", &r->paid_ts_us, m->err) ||
	    at(m, bpr);
}

bool
edi_remittance_map(mem_ctx *ctx, const struct edi_set *set,
    const struct edi_profile *profile, struct remittance *ret,
    struct oms_error *err)
{
	struct remittance r = { .lines = NULL };
	struct mapping m = { .ctx = ctx, .set = set, .err = err, .r = &r };
	const struct edi_seg *ent = edi_first(set, NULL, "ENT");

	(void)profile;
	if (!map_head(&m) || !map_lines_of(&m, NULL))
		return false;
	for (; ent != NULL; ent = edi_next(set, ent))
		if (!map_lines_of(&m, ent))
			return false;
	*ret = r;
	return true;
}
