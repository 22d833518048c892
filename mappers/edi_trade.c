/* edi_trade.c - see edi_trade.h: what its mappers share. */

#include "mappers/edi_trade.h"

#include <stddef.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "model/money.h"

enum { IDS_MAX = 40, N2_DECIMALS = 2 };

/* Where a time of either standard goes. */
static const struct {
	const char *x12, *edifact;
	size_t to;
} times[] = {
	{ "037", "37", offsetof(struct trade_head, ship_from_ts_us) },
	{ "038", "38", offsetof(struct trade_head, ship_by_ts_us) },
	{ "010", "10", offsetof(struct trade_head, ship_by_ts_us) },
	{ "064", "64", offsetof(struct trade_head, deliver_from_ts_us) },
	{ "063", "63", offsetof(struct trade_head, deliver_by_ts_us) },
	{ "002", "2", offsetof(struct trade_head, deliver_by_ts_us) },
	{ "001", "61", offsetof(struct trade_head, cancel_after_ts_us) },
};

int64_t *
edi_trade_time(struct trade_head *h, const struct edi_set *set,
    const char *qualifier)
{
	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t *dst = (int64_t *)(void *)((char *)h + times[i].to);

		if (strcmp(qualifier,
			set->standard == EDI_X12 ? times[i].x12
						 : times[i].edifact) == 0)
			return *dst == 0 ? dst : NULL;
	}
	return NULL;
}

const char *
edi_currency(const struct edi_set *set)
{
	return set->standard == EDI_X12 ? "USD" : "EUR";
}

const char *
edi_decimal(mem_ctx *ctx, const char *text)
{
	char *copy, *mark;

	/* The checker has refused the other mark where there is one. */
	if (strchr(text, ',') == NULL)
		return text;
	copy = mem_strdup(ctx, text);
	mark = strchr(copy, ',');
	*mark = '.';
	return copy;
}

bool
edi_n2(const struct edi_seg *s, unsigned e, const char *currency, int64_t *ret,
    struct oms_error *err)
{
	int exponent = money_exponent(currency);
	int64_t v;

	if (!num_parse_int(edi_get(s, e), -MONEY_MAX_MINOR, MONEY_MAX_MINOR, &v,
		err))
		return false;
	for (; exponent > N2_DECIMALS; exponent--)
		v *= 10;
	for (; exponent < N2_DECIMALS; exponent++) {
		if (v % 10 != 0)
			return oms_fail(err, OMS_VALUE,
			    "%s has no hundredths: %.20s is none of its "
			    "amounts",
			    currency, edi_get(s, e));
		v /= 10;
	}
	*ret = v;
	return true;
}

/* A qualifier and its number, as sent. */
struct item_id {
	const char *q;
	const char *id;
};

struct item_ids {
	struct item_id v[IDS_MAX];
	size_t count;
};

static void
add_id(struct item_ids *ids, const char *q, const char *id)
{
	if (q[0] != '\0' && id[0] != '\0' && ids->count < IDS_MAX)
		ids->v[ids->count++] = (struct item_id){ q, id };
}

static void
x12_ids(const struct edi_seg *line, unsigned from, struct item_ids *ids)
{
	for (unsigned e = from; e < line->element_count; e += 2)
		add_id(ids, edi_get(line, e), edi_get(line, e + 1));
}

static void
edifact_ids(const struct edi_set *set, const struct edi_seg *lin,
    struct item_ids *ids)
{
	const struct edi_seg *pia = edi_first(set, lin, "PIA");

	add_id(ids, edi_getc(lin, 3, 2), edi_getc(lin, 3, 1));
	for (; pia != NULL; pia = edi_next(set, pia))
		for (unsigned e = 2; e <= pia->element_count; e++)
			add_id(ids, edi_getc(pia, e, 2), edi_getc(pia, e, 1));
}

/* The first id with one of these qualifiers, in the order of the list. */
static const struct item_id *
find_id(const struct item_ids *ids, const char *const *qualifiers, size_t n)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < ids->count; i++)
			if (qualifiers[k][0] != '\0' &&
			    strcmp(ids->v[i].q, qualifiers[k]) == 0)
				return &ids->v[i];
	return NULL;
}

static void
take_id(const struct item_id *id, const char **ret_q, const char **ret)
{
	*ret_q = id != NULL ? id->q : "";
	*ret = id != NULL ? id->id : "";
}

void
edi_item_ids(const struct edi_set *set, const struct edi_seg *line,
    unsigned from, const struct edi_profile *profile, struct trade_line *ret,
    const char **ret_sku)
{
	const char *const ours[] = { profile->item_qualifier, "VN", "VP", "VC",
		"SK", "SA" };
	const char *const theirs[] = { profile->their_item_qualifier, "BP",
		"IN", "PI", "CB" };
	const char *const global[] = { "UP", "EN", "UK", "UI", "SRV", "UA" };
	const char *q;
	struct item_ids ids = { .count = 0 };
	const struct item_id *own;

	if (set->standard == EDI_X12)
		x12_ids(line, from, &ids);
	else
		edifact_ids(set, line, &ids);
	own = find_id(&ids, ours, COUNT(ours));
	take_id(own, &ret->seller_q, &ret->seller_item);
	take_id(find_id(&ids, theirs, COUNT(theirs)), &ret->buyer_q,
	    &ret->buyer_item);
	take_id(find_id(&ids, global, COUNT(global)), &ret->gtin_q, &ret->gtin);
	if (own == NULL)
		own = find_id(&ids, global, COUNT(global));
	take_id(own, &q, ret_sku);
}

int64_t
edi_price_qty(const char *basis)
{
	static const struct {
		const char *code;
		int64_t qty;
	} known[] = { { "PN", 10 }, { "HP", 100 }, { "TP", 1000 } };

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(basis, known[i].code) == 0)
			return known[i].qty;
	return 1;
}

bool
edi_pri(mem_ctx *ctx, const struct edi_set *set, const struct edi_seg *lin,
    struct trade_line *ret, struct oms_error *err)
{
	const struct edi_seg *pri = edi_with(set, lin, "PRI", 1, "AAA");
	struct oms_error why = NO_ERROR;
	const char *per;

	ret->price = "";
	ret->price_basis = "";
	ret->price_qty = 1;
	if (pri == NULL)
		pri = edi_with(set, lin, "PRI", 1, "AAB");
	if (pri == NULL)
		return true;
	ret->price = edi_decimal(ctx, edi_getc(pri, 1, 2));
	ret->price_basis = edi_getc(pri, 1, 1);
	per = edi_getc(pri, 1, 5);
	if (per[0] == '\0' ||
	    num_parse_int(per, 1, QTY_MAX, &ret->price_qty, &why))
		return true;
	oms_fail(err, OMS_VALUE,
	    "a price for \"%.20s\": a whole number was expected", per);
	return edi_at(err, pri);
}
