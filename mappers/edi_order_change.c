/* edi_order_change.c - 860 and ORDCHG, and what they make of an order. */

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "base/str.h"
#include "mappers/edi_trade.h"

enum { WHERE_BYTES = 160 };

struct mapping {
	mem_ctx *ctx;
	const struct edi_set *set;
	const struct edi_profile *profile;
	struct oms_error *err;
	struct trade_change *c;
};

static bool
at(struct mapping *m, const struct edi_seg *s)
{
	return edi_at(m->err, s);
}

/* ------------------------------------------------------------- the head */

static bool
read_purpose(struct mapping *m, const struct edi_seg *s, unsigned e)
{
	static const struct {
		const char *x12, *edifact;
		bool is_cancel, is_replace;
	} known[] = { { "04", "4", false, false }, { "01", "1", true, false },
		{ "05", "5", false, true } };
	const char *code = edi_get(s, e);

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(code,
			m->set->standard == EDI_X12 ? known[i].x12
						    : known[i].edifact) == 0) {
			m->c->is_cancel = known[i].is_cancel;
			m->c->is_replace = known[i].is_replace;
			return true;
		}
	oms_fail(m->err, OMS_VALUE,
	    "purpose %.10s: a change, a cancellation or a replacement was "
	    "expected",
	    code);
	return at(m, s);
}

static bool
read_number(struct mapping *m, const struct edi_seg *s, const char *po,
    const char *release)
{
	m->c->head.po_number = po;
	m->c->head.release_no = release;
	m->c->order_no = release[0] != '\0'
	    ? mem_printf(m->ctx, "%s-%s", po, release)
	    : po;
	if (po[0] != '\0')
		return true;
	oms_fail(m->err, OMS_VALUE, "the change names no order");
	return at(m, s);
}

static bool
read_time(struct mapping *m, const struct edi_seg *s)
{
	bool is_x12 = m->set->standard == EDI_X12;
	int64_t *dst = edi_trade_time(&m->c->head, m->set, edi_get(s, 1));

	if (dst == NULL)
		return true;
	return (is_x12 ? edi_date(edi_get(s, 2), edi_get(s, 3), edi_get(s, 4),
			     dst, m->err)
		       : edi_dtm(s, dst, m->err)) ||
	    at(m, s);
}

static bool
read_times(struct mapping *m)
{
	for (const struct edi_seg *s = edi_first(m->set, NULL, "DTM"); s;
	     s = edi_next(m->set, s))
		if (!read_time(m, s))
			return false;
	return true;
}

static bool
x12_head(struct mapping *m)
{
	const struct edi_seg *bch = edi_first(m->set, NULL, "BCH");

	if (bch == NULL)
		return oms_fail(m->err, OMS_VALUE, "an 860 without BCH");
	m->c->change_no = edi_get(bch, 5);
	m->c->dates = mem_printf(m->ctx, "%s/%s/%s", edi_get(bch, 6),
	    edi_get(bch, 10), edi_get(bch, 11));
	return read_purpose(m, bch, 1) &&
	    read_number(m, bch, edi_get(bch, 3), edi_get(bch, 4)) &&
	    read_times(m);
}

static bool
edifact_head(struct mapping *m)
{
	const struct edi_seg *bgm = edi_first(m->set, NULL, "BGM");
	const struct edi_seg *rff = edi_first(m->set, NULL, "RFF");
	const struct edi_seg *dtm = edi_with(m->set, NULL, "DTM", 1, "137");

	if (bgm == NULL)
		return oms_fail(m->err, OMS_VALUE, "an ORDCHG without BGM");
	while (rff != NULL && strcmp(edi_getc(rff, 1, 1), "ON") != 0)
		rff = edi_next(m->set, rff);
	m->c->change_no = edi_getc(bgm, 2, 1);
	if (dtm != NULL)
		m->c->dates = edi_getc(dtm, 1, 2);
	return read_purpose(m, bgm, 3) &&
	    read_number(m, bgm,
		rff != NULL ? edi_getc(rff, 1, 2) : m->c->change_no, "") &&
	    read_times(m);
}

/* ------------------------------------------------------------ the lines */

/* POC02, LIN 1229; x12 names one of the two readings of QI and QD. */
static const struct {
	const char *code;
	enum trade_line_action set, delta;
	int sign; /* of a delta */
} x12_actions[] = {
	{ "AI", TRADE_ADD, TRADE_ADD, 1 },
	{ "DI", TRADE_DELETE, TRADE_DELETE, 1 },
	{ "QI", TRADE_SET_QTY, TRADE_ADD_QTY, 1 },
	{ "QD", TRADE_SET_QTY, TRADE_ADD_QTY, -1 },
	{ "PC", TRADE_SET_PRICE, TRADE_SET_PRICE, 1 },
	{ "PQ", TRADE_SET_BOTH, TRADE_SET_BOTH, 1 },
	{ "CA", TRADE_SET_ALL, TRADE_SET_ALL, 1 },
	{ "RZ", TRADE_SET_ALL, TRADE_SET_ALL, 1 },
	{ "NC", TRADE_KEEP, TRADE_KEEP, 1 },
};

static const struct {
	const char *code;
	enum trade_line_action action;
} edifact_actions[] = {
	{ "1", TRADE_ADD },
	{ "2", TRADE_DELETE },
	{ "3", TRADE_SET_ALL },
	{ "4", TRADE_KEEP },
	{ "", TRADE_SET_ALL },
};

static bool
no_such_action(struct mapping *m, const struct edi_seg *s, const char *code)
{
	oms_fail(m->err, OMS_VALUE,
	    "%.10s is no change of a line that oms makes", code);
	return at(m, s);
}

static bool
x12_action(struct mapping *m, const struct edi_seg *poc,
    struct trade_change_line *l)
{
	bool is_delta = strcmp(m->profile->change_qty, "delta") == 0;
	const char *code = edi_get(poc, 2);

	for (size_t i = 0; i < COUNT(x12_actions); i++)
		if (strcmp(code, x12_actions[i].code) == 0) {
			l->action = is_delta ? x12_actions[i].delta
					     : x12_actions[i].set;
			if (l->action == TRADE_ADD_QTY)
				l->qty *= x12_actions[i].sign;
			return true;
		}
	return no_such_action(m, poc, code);
}

static bool
edifact_action(struct mapping *m, const struct edi_seg *lin,
    struct trade_change_line *l)
{
	const char *code = edi_get(lin, 2);

	for (size_t i = 0; i < COUNT(edifact_actions); i++)
		if (strcmp(code, edifact_actions[i].code) == 0) {
			l->action = edifact_actions[i].action;
			return true;
		}
	return no_such_action(m, lin, code);
}

/* "860 0001 segment 7 (POC)": for what is found wrong later. */
static const char *
place_of(struct mapping *m, const struct edi_seg *s)
{
	struct oms_error e = NO_ERROR;

	oms_fail(&e, OMS_VALUE, "-");
	edi_at(&e, s);
	return mem_strdup(m->ctx, e.where);
}

static bool
read_qty(struct mapping *m, const struct edi_seg *s, unsigned e, unsigned c,
    struct trade_change_line *l)
{
	if (!edi_qty(m->set, s, e, c, &l->qty, m->err))
		return at(m, s);
	l->has_qty = true;
	if (l->qty >= 0)
		return true;
	oms_fail(m->err, OMS_VALUE,
	    "a quantity of %lld: 0 or more was expected", (long long)l->qty);
	return at(m, s);
}

static bool
x12_line(struct mapping *m, const struct edi_seg *poc,
    struct trade_change_line *l)
{
	l->line.buyer_line = edi_get(poc, 1);
	l->line.uom = edi_getc(poc, 5, 1);
	l->line.price = edi_decimal(m->ctx, edi_get(poc, 6));
	l->line.price_basis = edi_get(poc, 7);
	l->line.price_qty = edi_price_qty(l->line.price_basis);
	edi_item_ids(m->set, poc, 8, m->profile, &l->line, &l->order.sku);
	return (edi_get(poc, 3)[0] == '\0' || read_qty(m, poc, 3, 1, l)) &&
	    x12_action(m, poc, l);
}

static bool
edifact_line(struct mapping *m, const struct edi_seg *lin,
    struct trade_change_line *l)
{
	const struct edi_seg *q = edi_first(m->set, lin, "QTY");

	while (q != NULL && strcmp(edi_getc(q, 1, 1), "21") != 0)
		q = edi_next(m->set, q);
	l->line.buyer_line = edi_get(lin, 1);
	l->line.uom = q != NULL ? edi_getc(q, 1, 3) : "";
	edi_item_ids(m->set, lin, 0, m->profile, &l->line, &l->order.sku);
	return edi_pri(m->ctx, m->set, lin, &l->line, m->err) &&
	    (q == NULL || read_qty(m, q, 1, 2, l)) && edifact_action(m, lin, l);
}

/* A quantity where one is needed, and none that cannot be. */
static bool
check_line(struct mapping *m, const struct edi_seg *s,
    const struct trade_change_line *l)
{
	bool needs = l->action == TRADE_ADD || l->action == TRADE_SET_QTY ||
	    l->action == TRADE_SET_BOTH || l->action == TRADE_ADD_QTY;

	if ((needs && !l->has_qty) || l->qty > QTY_MAX || l->qty < -QTY_MAX)
		oms_fail(m->err, OMS_VALUE,
		    "the change of line %s has no quantity that oms takes",
		    l->line.buyer_line);
	else if ((l->action == TRADE_SET_PRICE ||
		     l->action == TRADE_SET_BOTH) &&
	    l->line.price[0] == '\0')
		oms_fail(m->err, OMS_VALUE,
		    "the change of line %s has no price", l->line.buyer_line);
	else if (l->action == TRADE_ADD && l->order.sku[0] == '\0')
		oms_fail(m->err, OMS_VALUE,
		    "line %s is added, but names no product",
		    l->line.buyer_line);
	else if (edi_first(m->set, s, "SDQ") != NULL)
		oms_fail(m->err, OMS_VALUE,
		    "line %s is split by SDQ: oms changes no splits; ask for "
		    "a new order",
		    l->line.buyer_line);
	else
		return true;
	return at(m, s);
}

static bool
map_lines(struct mapping *m)
{
	bool is_x12 = m->set->standard == EDI_X12;
	const char *tag = is_x12 ? "POC" : "LIN";
	const struct edi_seg *s = edi_first(m->set, NULL, tag);
	struct trade_change *c = m->c;

	for (; s != NULL; s = edi_next(m->set, s)) {
		struct trade_change_line *l;

		if (c->line_count == ORDER_LINES_MAX) {
			oms_fail(m->err, OMS_LIMIT, "more than %d lines",
			    ORDER_LINES_MAX);
			return at(m, s);
		}
		if ((c->line_count & (c->line_count - 1)) == 0)
			c->lines = mem_resize(m->ctx, c->lines,
			    (c->line_count == 0 ? 1 : 2 * c->line_count) *
				sizeof(c->lines[0]));
		l = &c->lines[c->line_count++];
		*l = (struct trade_change_line){ .qty = 0 };
		l->order = (struct order_line){ .name = "", .tax_rate = "" };
		l->where = place_of(m, s);
		if (!(is_x12 ? x12_line(m, s, l) : edifact_line(m, s, l)) ||
		    !check_line(m, s, l))
			return false;
	}
	return true;
}

bool
edi_order_change_map(mem_ctx *ctx, const struct edi_set *set,
    const struct edi_profile *profile, struct trade_change *ret,
    struct oms_error *err)
{
	struct trade_change c = { .change_no = "", .dates = "" };
	struct mapping m = { .ctx = ctx,
		.set = set,
		.profile = profile,
		.err = err,
		.c = &c };

	if (!(set->standard == EDI_X12 ? x12_head(&m) : edifact_head(&m)) ||
	    !map_lines(&m))
		return false;
	*ret = c;
	return true;
}

void
edi_order_change_hash(const struct trade_change *c, char ret[HASH_BYTES])
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	const struct trade_head *h = &c->head;
	struct sbuf b;

	sbuf_init(&b, row, SIZE_MAX / 2);
	sbuf_addf(&b, "%s|%s|%s|%d|%d|%lld|%lld|%lld|%lld|%lld", c->order_no,
	    c->change_no, c->dates, c->is_cancel, c->is_replace,
	    (long long)h->ship_from_ts_us, (long long)h->ship_by_ts_us,
	    (long long)h->deliver_from_ts_us, (long long)h->deliver_by_ts_us,
	    (long long)h->cancel_after_ts_us);
	for (size_t i = 0; i < c->line_count; i++) {
		const struct trade_change_line *l = &c->lines[i];

		sbuf_addf(&b, "|%d|%d|%lld|%s|%s|%s|%lld", (int)l->action,
		    l->has_qty, (long long)l->qty, l->line.buyer_line,
		    l->order.sku, l->line.price, (long long)l->line.price_qty);
	}
	hash_of(b.p, b.len, ret);
	mem_free(row);
}

/* ------------------------------------------------------------- applying */

struct applying {
	mem_ctx *ctx;
	const struct trade_change *c;
	struct trade *t;
	bool *is_gone;  /* beside order.lines */
	bool *is_named; /* by the change */
	struct oms_error *err;
};

static bool
says_line(const struct trade_change_line *l, const struct trade *t, size_t i)
{
	return l->line.buyer_line[0] != '\0'
	    ? strcmp(l->line.buyer_line, t->lines[i].buyer_line) == 0
	    : strcmp(l->order.sku, t->order.lines[i].sku) == 0;
}

static void
set_tax(struct order_line *l)
{
	l->goods.tax_minor = trade_tax_minor(l->goods.net_minor, l->tax_rate);
	l->discount.tax_minor = trade_tax_minor(l->discount.net_minor,
	    l->tax_rate);
	l->shipping.tax_minor = trade_tax_minor(l->shipping.net_minor,
	    l->tax_rate);
}

/* Another quantity at the price it has; what was granted goes with it. */
static bool
set_qty(struct applying *a, size_t i, int64_t qty)
{
	struct order_line *l = &a->t->order.lines[i];
	const struct trade_line *tl = &a->t->lines[i];
	int64_t was_qty = l->qty;

	if (qty == 0) {
		a->is_gone[i] = true;
		return true;
	}
	if (qty < 0 || qty > QTY_MAX)
		return oms_fail(a->err, OMS_VALUE,
		    "line %s would have %lld of its %lld", tl->buyer_line,
		    (long long)qty, (long long)was_qty);
	l->qty = qty;
	if (tl->price[0] == '\0')
		l->goods.net_minor = num_muldiv(l->goods.net_minor, qty,
		    was_qty);
	else if (!trade_line_minor(tl->price, tl->price_qty, qty,
		     a->t->order.currency, &l->goods.net_minor, a->err))
		return false;
	l->discount.net_minor = num_muldiv(l->discount.net_minor, qty, was_qty);
	l->shipping.net_minor = num_muldiv(l->shipping.net_minor, qty, was_qty);
	set_tax(l);
	return true;
}

/* A change that does not say what the price is for leaves that as it was. */
static bool
set_price(struct applying *a, size_t i, const struct trade_line *to)
{
	struct trade_line *tl = &a->t->lines[i];

	tl->price = to->price;
	if (to->price_basis[0] != '\0') {
		tl->price_basis = to->price_basis;
		tl->price_qty = to->price_qty;
	}
	return set_qty(a, i, a->t->order.lines[i].qty);
}

static bool
change_line(struct applying *a, const struct trade_change_line *l, size_t i,
    size_t count)
{
	bool sets_qty = l->action == TRADE_SET_QTY ||
	    l->action == TRADE_SET_BOTH || l->action == TRADE_ADD_QTY ||
	    (l->action == TRADE_SET_ALL && l->has_qty);
	bool sets_price = l->action == TRADE_SET_PRICE ||
	    l->action == TRADE_SET_BOTH ||
	    (l->action == TRADE_SET_ALL && l->line.price[0] != '\0');
	int64_t qty = l->qty;

	if (l->action == TRADE_DELETE) {
		a->is_gone[i] = true;
		return true;
	}
	if (sets_qty && count > 1)
		return oms_fail(a->err, OMS_VALUE,
		    "line %s goes to %zu places, and the change does not say "
		    "where; ask for a new order",
		    a->t->lines[i].buyer_line, count);
	if (l->action == TRADE_SET_ALL && l->order.sku[0] != '\0')
		a->t->order.lines[i].sku = l->order.sku;
	if (sets_price && !set_price(a, i, &l->line))
		return false;
	if (l->action == TRADE_ADD_QTY)
		qty += a->t->order.lines[i].qty;
	return !sets_qty || set_qty(a, i, qty);
}

static bool
add_line(struct applying *a, const struct trade_change_line *l)
{
	struct order *o = &a->t->order;
	struct order_line *n;
	size_t i = o->line_count;

	if (i == ORDER_LINES_MAX)
		return oms_fail(a->err, OMS_LIMIT, "more than %d lines",
		    ORDER_LINES_MAX);
	if (o->group_count != 1 && !a->c->is_replace)
		return oms_fail(a->err, OMS_VALUE,
		    "line %s is added to an order with %zu places, and does "
		    "not say where; ask for a new order",
		    l->line.buyer_line, o->group_count);
	if (l->qty <= 0)
		return oms_fail(a->err, OMS_VALUE, "line %s adds nothing",
		    l->line.buyer_line);
	n = &o->lines[i];
	*n = l->order;
	n->position = l->line.buyer_line;
	n->tax_rate = i > 0 ? o->lines[0].tax_rate : "";
	n->qty = l->qty;
	a->t->lines[i] = l->line;
	a->is_gone[i] = false;
	a->is_named[i] = true;
	o->line_count++;
	return set_qty(a, i, l->qty);
}

static bool
apply_line(struct applying *a, const struct trade_change_line *l)
{
	size_t count = 0, was_count = a->t->order.line_count;

	for (size_t i = 0; i < was_count; i++)
		count += !a->is_gone[i] && says_line(l, a->t, i);
	if (l->action == TRADE_ADD || (count == 0 && a->c->is_replace)) {
		if (count > 0)
			return oms_fail(a->err, OMS_VALUE,
			    "line %s is added, but is there already",
			    l->line.buyer_line);
		return add_line(a, l);
	}
	if (count == 0)
		return oms_fail(a->err, OMS_VALUE, "the order has no line %s",
		    l->line.buyer_line[0] != '\0' ? l->line.buyer_line
						  : l->order.sku);
	for (size_t i = 0; i < was_count; i++) {
		if (a->is_gone[i] || !says_line(l, a->t, i))
			continue;
		a->is_named[i] = true;
		if (!change_line(a, l, i, count))
			return false;
	}
	return true;
}

/* Without the lines that went; with none left the order is cancelled. */
static void
close_ranks(struct applying *a)
{
	struct order *o = &a->t->order;
	size_t n = 0, left = 0;

	for (size_t i = 0; i < o->line_count; i++)
		left += !a->is_gone[i];
	if (left == 0) {
		o->shop_status = "CANCELLED";
		return;
	}
	for (size_t i = 0; i < o->line_count; i++) {
		if (a->is_gone[i])
			continue;
		o->lines[n] = o->lines[i];
		a->t->lines[n++] = a->t->lines[i];
	}
	o->line_count = n;
}

/* What is lacking after it; a total said before no longer counts. */
static void
judge_again(struct applying *a)
{
	struct order *o = &a->t->order;

	o->recon = "";
	if (strncmp(o->incomplete, "price of ", strlen("price of ")) == 0)
		o->incomplete = "";
	for (size_t i = 0; i < o->line_count && o->incomplete[0] == '\0'; i++)
		if (a->t->lines[i].price[0] == '\0' &&
		    o->lines[i].goods.net_minor == 0)
			o->incomplete = mem_printf(a->ctx, "price of line %s",
			    a->t->lines[i].buyer_line);
}

static void
merge_head(struct trade_head *to, const struct trade_head *c)
{
	const struct {
		int64_t *dst;
		int64_t v;
	} times[] = { { &to->ship_from_ts_us, c->ship_from_ts_us },
		{ &to->ship_by_ts_us, c->ship_by_ts_us },
		{ &to->deliver_from_ts_us, c->deliver_from_ts_us },
		{ &to->deliver_by_ts_us, c->deliver_by_ts_us },
		{ &to->cancel_after_ts_us, c->cancel_after_ts_us } };

	for (size_t i = 0; i < COUNT(times); i++)
		if (times[i].v != 0)
			*times[i].dst = times[i].v;
}

bool
trade_change_apply(mem_ctx *ctx, const struct trade *was,
    const struct trade_change *c, struct trade *ret, struct oms_error *err)
{
	struct trade t = *was;
	struct applying a = { .ctx = ctx,
		.c = c,
		.t = &t,
		.err = err,
		.is_gone = mem_array(ctx, bool, ORDER_LINES_MAX),
		.is_named = mem_array(ctx, bool, ORDER_LINES_MAX) };

	merge_head(&t.head, &c->head);
	t.order.ship_by_ts_us = t.head.ship_by_ts_us;
	if (c->is_cancel && c->line_count == 0)
		t.order.shop_status = "CANCELLED";
	t.order.lines = mem_array(ctx, struct order_line, ORDER_LINES_MAX);
	t.lines = mem_array(ctx, struct trade_line, ORDER_LINES_MAX);
	for (size_t i = 0; i < was->order.line_count; i++) {
		t.order.lines[i] = was->order.lines[i];
		t.lines[i] = was->lines[i];
	}
	for (size_t i = 0; i < c->line_count; i++) {
		struct trade_change_line l = c->lines[i];

		if (c->is_cancel)
			l.action = TRADE_DELETE;
		if (!apply_line(&a, &l))
			return oms_at(err, "%s", l.where);
	}
	for (size_t i = 0; c->is_replace && i < was->order.line_count; i++)
		a.is_gone[i] |= !a.is_named[i];
	close_ranks(&a);
	trade_total(ctx, &t);
	judge_again(&a);
	*ret = t;
	return true;
}
