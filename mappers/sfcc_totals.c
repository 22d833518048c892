/* sfcc_totals.c - see sfcc_totals.h. */

#include "mappers/sfcc_totals.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "model/money.h"

static const char *const total_names[SFCC_TOTAL_COUNT] = {
	[SFCC_GOODS] = "merchandize-total",
	[SFCC_ADJ_GOODS] = "adjusted-merchandize-total",
	[SFCC_SHIPPING] = "shipping-total",
	[SFCC_ADJ_SHIPPING] = "adjusted-shipping-total",
	[SFCC_ORDER_TOTAL] = "order-total",
};

void
sfcc_lacks(struct sfcc *m, const char *what)
{
	const char *now = m->order->incomplete;

	if (strstr(now, what) == NULL)
		m->order->incomplete = now[0] == '\0'
		    ? arena_printf(m->a, "no %s", what)
		    : arena_printf(m->a, "%s, no %s", now, what);
}

void
sfcc_check(struct sfcc *m, int64_t given, int64_t sum, const char *fmt,
    const char *what, ...)
{
	char first[NUM_DECIMAL_BYTES], second[NUM_DECIMAL_BYTES], text[120];
	va_list ap;

	if (llabs(given - sum) <= m->tolerance || m->order->recon[0] != '\0')
		return;
	va_start(ap, what);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	m->order->recon = arena_printf(m->a, "%s %s, %s %s", text,
	    num_format_decimal(given, m->exponent, first), what,
	    num_format_decimal(sum, m->exponent, second));
}

/* ------------------------------------------------------------- split */

static struct amount
plus(struct amount a, struct amount b)
{
	return (struct amount){ a.net_minor + b.net_minor,
		a.tax_minor + b.tax_minor };
}

static struct amount
minus(struct amount a, struct amount b)
{
	return (struct amount){ a.net_minor - b.net_minor,
		a.tax_minor - b.tax_minor };
}

static int64_t
sum_of(const int64_t *v, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return sum;
}

/* shares[i] of d: net by the net weights, tax by the tax weights. */
static void
split_amount(struct sfcc *m, struct amount d, int64_t *net_weight,
    int64_t *tax_weight, size_t n, struct amount *shares)
{
	int64_t *net = arena_array(m->a, int64_t, n);
	int64_t *tax = arena_array(m->a, int64_t, n);

	if (sum_of(tax_weight, n) == 0)
		tax_weight = net_weight;
	money_split(d.net_minor, net_weight, n, net);
	money_split(d.tax_minor, tax_weight, n, tax);
	for (size_t i = 0; i < n; i++)
		shares[i] = (struct amount){ net[i], tax[i] };
}

static int64_t
at_least_0(int64_t v)
{
	return v > 0 ? v : 0;
}

static void
split_over_lines(struct sfcc *m, struct amount d)
{
	size_t n = m->product_count > 0 ? m->product_count
					: m->order->line_count;
	int64_t *net = arena_array(m->a, int64_t, n);
	int64_t *tax = arena_array(m->a, int64_t, n);
	struct amount *shares = arena_array(m->a, struct amount, n);
	struct order_line *l = m->order->lines;

	for (size_t i = 0; i < n; i++) {
		struct amount v = plus(l[i].goods, l[i].discount);

		net[i] = at_least_0(v.net_minor);
		tax[i] = at_least_0(v.tax_minor);
	}
	if (sum_of(net, n) == 0)
		for (size_t i = 0; i < n; i++)
			net[i] = l[i].qty;
	split_amount(m, d, net, tax, n, shares);
	for (size_t i = 0; i < n; i++)
		l[i].discount = plus(l[i].discount, shares[i]);
}

static void
split_over_groups(struct sfcc *m, struct amount d)
{
	struct ship_group *g = m->order->groups;
	size_t n = m->order->group_count;
	int64_t *net = arena_array(m->a, int64_t, n);
	int64_t *tax = arena_array(m->a, int64_t, n);
	struct amount *shares = arena_array(m->a, struct amount, n);

	for (size_t i = 0; i < n; i++) {
		net[i] = at_least_0(g[i].shipping.net_minor);
		tax[i] = at_least_0(g[i].shipping.tax_minor);
	}
	split_amount(m, d, net, tax, n, shares);
	for (size_t i = 0; i < n; i++)
		g[i].shipping = plus(g[i].shipping, shares[i]);
}

static bool
is_zero(struct amount a)
{
	return a.net_minor == 0 && a.tax_minor == 0;
}

static bool
has_lines(const struct order *o, size_t group)
{
	for (size_t i = 0; i < o->line_count; i++)
		if (o->lines[i].group == group)
			return true;
	return false;
}

/* From where nothing is shipped no invoice comes: its charge goes with the
   first line. */
static void
move_idle_shipping(struct order *o)
{
	for (size_t i = 0; o->line_count > 0 && i < o->group_count; i++) {
		struct amount *to = &o->groups[o->lines[0].group].shipping;

		if (has_lines(o, i))
			continue;
		*to = plus(*to, o->groups[i].shipping);
		o->groups[i].shipping = (struct amount){ 0 };
	}
}

void
sfcc_split(struct sfcc *m)
{
	struct order *o = m->order;

	if (!is_zero(m->sums.order_adjust)) {
		if (o->line_count > 0)
			split_over_lines(m, m->sums.order_adjust);
		else
			split_over_groups(m, m->sums.order_adjust);
	}
	if (!is_zero(m->sums.order_shipping_adjust))
		split_over_groups(m, m->sums.order_shipping_adjust);
	move_idle_shipping(o);
	/* A surcharge is no discount: it belongs to the price. */
	for (size_t i = 0; i < o->line_count; i++) {
		struct order_line *l = &o->lines[i];

		if (l->discount.net_minor <= 0 && l->discount.tax_minor <= 0)
			continue;
		l->goods = plus(l->goods, l->discount);
		l->discount = (struct amount){ 0 };
	}
}

/* --------------------------------------------------------- reconcile */

static struct amount
amount_of(const struct block *b)
{
	return (struct amount){ b->net, b->tax };
}

static bool
is_near(const struct sfcc *m, struct amount a, struct amount b)
{
	return llabs(a.net_minor - b.net_minor) <= m->tolerance &&
	    llabs(a.tax_minor - b.tax_minor) <= m->tolerance;
}

/* One total of the file with what it should be; net, tax, then gross. */
static void
check_total(struct sfcc *m, const struct sfcc_totals *t, enum sfcc_total i,
    struct amount want, const char *what)
{
	const struct block *b = &t->block[i];

	if (t->line[i] == 0)
		return;
	if (b->has_net)
		sfcc_check(m, b->net, want.net_minor, "%s net is", what,
		    total_names[i]);
	if (b->has_tax)
		sfcc_check(m, b->tax, want.tax_minor, "%s tax is", what,
		    total_names[i]);
	if (b->has_gross)
		sfcc_check(m, b->gross, want.net_minor + want.tax_minor,
		    "%s gross is", what, total_names[i]);
}

/*
 * The shipments' totals add up to the order's.  A shop may or may not have
 * taken its order-level adjustments and gift certificates into them: the
 * schema does not say, so what fits without them is right too.
 */
static void
check_shipments(struct sfcc *m, const struct sfcc_totals *of_order,
    const struct sfcc_totals *of_shipment, size_t count, enum sfcc_total i)
{
	const struct sfcc_sums *s = &m->sums;
	struct amount sum = { 0 }, want = amount_of(&of_order->block[i]);
	bool goods = i == SFCC_ADJ_GOODS || i == SFCC_ORDER_TOTAL;
	bool shipping = i == SFCC_ADJ_SHIPPING || i == SFCC_ORDER_TOTAL;
	struct block b = { .has_net = true, .has_tax = true };
	struct sfcc_totals t = { .line = { 0 } };

	for (size_t k = 0; k < count; k++) {
		if (of_shipment[k].line[i] == 0)
			return;
		sum = plus(sum, amount_of(&of_shipment[k].block[i]));
	}
	for (unsigned with = 0; with < 8; with++) {
		struct amount w = want;

		if ((with & 1) != 0 && goods)
			w = minus(w, s->order_adjust);
		if ((with & 2) != 0 && shipping)
			w = minus(w, s->order_shipping_adjust);
		if ((with & 4) != 0)
			w = minus(w, s->gifts);
		if (is_near(m, sum, w))
			return;
	}
	b.net = want.net_minor;
	b.tax = want.tax_minor;
	t.block[i] = b;
	t.line[i] = of_order->line[i];
	check_total(m, &t, i, sum, "the shipments add up to");
}

/* What the invoices of this order will come to. */
static struct amount
billed(const struct order *o)
{
	struct amount sum = { 0 };

	for (size_t i = 0; i < o->line_count; i++)
		sum = plus(sum,
		    plus(plus(o->lines[i].goods, o->lines[i].discount),
			o->lines[i].shipping));
	for (size_t i = 0; i < o->group_count; i++)
		sum = plus(sum, o->groups[i].shipping);
	return sum;
}

/* The rounding of the shop's tax groups, at home on the largest line. */
static void
absorb(struct sfcc *m, struct amount rest)
{
	struct order *o = m->order;
	struct order_line *to = o->lines;

	if (is_zero(rest))
		return;
	for (size_t i = 0; i < o->line_count; i++)
		if (o->lines[i].goods.net_minor > to->goods.net_minor)
			to = &o->lines[i];
	if (o->line_count > 0)
		to->goods = plus(to->goods, rest);
	else
		o->groups[0].shipping = plus(o->groups[0].shipping, rest);
}

static void
set_total(struct sfcc *m, const struct sfcc_totals *t)
{
	struct order *o = m->order;
	struct amount sum = billed(o);

	if (t->line[SFCC_ORDER_TOTAL] == 0) {
		o->total = sum;
		return;
	}
	o->total = amount_of(&t->block[SFCC_ORDER_TOTAL]);
	check_total(m, t, SFCC_ORDER_TOTAL, sum,
	    "what is to be billed adds up to");
	if (o->recon[0] == '\0')
		absorb(m, minus(o->total, sum));
}

void
sfcc_reconcile(struct sfcc *m, const struct sfcc_totals *of_order,
    const struct sfcc_totals *of_shipment, size_t shipment_count)
{
	const struct sfcc_sums *s = &m->sums;
	const char *lines = "the lines add up to";
	struct amount goods = s->goods, shipping = s->shipping, total;
	/* Whether goods include gift certificates sold is not established. */
	bool gifts_inside = !is_zero(s->gifts) &&
	    of_order->line[SFCC_GOODS] != 0 &&
	    is_near(m, amount_of(&of_order->block[SFCC_GOODS]),
		plus(goods, s->gifts));

	if (gifts_inside)
		goods = plus(goods, s->gifts);
	check_total(m, of_order, SFCC_GOODS, goods, lines);
	goods = plus(plus(goods, s->goods_adjust), s->order_adjust);
	check_total(m, of_order, SFCC_ADJ_GOODS, goods,
	    "the lines and adjustments add up to");
	check_total(m, of_order, SFCC_SHIPPING, shipping,
	    "the shipping lines add up to");
	shipping = plus(plus(shipping, s->shipping_adjust),
	    s->order_shipping_adjust);
	check_total(m, of_order, SFCC_ADJ_SHIPPING, shipping,
	    "the shipping lines and adjustments add up to");
	total = plus(goods, shipping);
	if (!gifts_inside)
		total = plus(total, s->gifts);
	check_total(m, of_order, SFCC_ORDER_TOTAL, total,
	    "goods and shipping add up to");
	for (enum sfcc_total i = 0; i < SFCC_TOTAL_COUNT; i++)
		if (of_order->line[i] != 0 && shipment_count > 0)
			check_shipments(m, of_order, of_shipment,
			    shipment_count, i);
	set_total(m, of_order);
}
