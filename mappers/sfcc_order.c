/* sfcc_order.c - see sfcc_order.h. */

#include "mappers/sfcc_order.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "base/str.h"
#include "mappers/sfcc_names.h"
#include "mappers/sfcc_totals.h"
#include "model/money.h"

enum { ORDER_NO_MAX_BYTES = 50 };

static const struct xml_name names[] = {
#define X(constant, name, kind) { name, kind },
	SFCC_NAMES(X)
#undef X
};

static const char *const attributes[] = {
	[A_ORDER_NO] = "order-no",
	[A_MODE] = "mode",
	[A_SHIPMENT_ID] = "shipment-id",
	[A_UNIT] = "unit",
	[A_VERSION] = "version",
};

const struct xml_vocabulary sfcc_order_vocabulary = {
	.ns = "http://www.demandware.com/xml/impex/order/2006-10-31",
	.root = "orders",
	.key = "order-no",
	.schema = "schemas/sfcc/order.xsd",
	.record = E_ORDER,
	.names = names,
	.name_count = COUNT(names),
	.attributes = attributes,
	.attribute_count = COUNT(attributes),
};

/* ------------------------------------------------------ small things */

/* Say in which element of the file something is wrong. */
static bool
at(struct sfcc *m, const struct xml_node *n)
{
	return oms_at(m->err, "line %lld <%s>", (long long)n->line,
	    names[n->id].name);
}

static bool
wrong(struct sfcc *m, const struct xml_node *n, const char *what)
{
	oms_fail(m->err, OMS_VALUE, "%s", what);
	return at(m, n);
}

static bool
too_many(struct sfcc *m, const struct xml_node *n, const char *what, int max)
{
	oms_fail(m->err, OMS_LIMIT, "the order has more than %d %s", max, what);
	return at(m, n);
}

/* A text of the file as the store takes it: control characters are blanks. */
static const char *
keep(struct sfcc *m, const char *s)
{
	size_t n = strlen(s);
	unsigned char *p;

	if (n == 0)
		return "";
	p = (unsigned char *)arena_strndup(m->a, s, n);
	for (size_t i = 0; i < n; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f)
			p[i] = ' ';
		if (p[i] == 0xc2 && p[i + 1] >= 0x80 && p[i + 1] < 0xa0)
			p[i] = p[i + 1] = ' ';
	}
	return (const char *)p;
}

static const char *
keep_child(struct sfcc *m, const struct xml_node *n, int id)
{
	return keep(m, xml_text(n, id));
}

/* The parts that are not empty, with sep between them. */
static const char *
joined(struct sfcc *m, const char *sep, const char *a, const char *b,
    const char *c)
{
	const char *s[] = { a, b, c };
	const char *all = "";

	for (size_t i = 0; i < COUNT(s); i++) {
		if (s[i][0] == '\0')
			continue;
		all = all[0] == '\0'
		    ? s[i]
		    : arena_printf(m->a, "%s%s%s", all, sep, s[i]);
	}
	return all;
}

/* Scripts of shops write these for what they do not have. */
static const char *
unless_undefined(const char *s)
{
	static const char *const nothing[] = { "undefined", "null",
		"undefined undefined", "null null" };

	for (size_t i = 0; i < COUNT(nothing); i++)
		if (strcmp(s, nothing[i]) == 0)
			return "";
	return s;
}

/* The n-th child element list: children of the container with that id. */
static const struct xml_node *
first_of(const struct xml_node *n, int container, int id)
{
	const struct xml_node *c = xml_child(n, container);

	return c != NULL ? xml_child(c, id) : NULL;
}

static size_t
count_of(const struct xml_node *first)
{
	size_t n = 0;

	for (; first != NULL; first = xml_again(first))
		n++;
	return n;
}

/* ------------------------------------------------------------- money */

static bool
money_of(struct sfcc *m, const struct xml_node *n, int64_t *ret)
{
	if (!num_parse_decimal(n->text, m->exponent, ret, m->err)) {
		oms_context(m->err, "amount in %s", m->order->currency);
		return at(m, n);
	}
	if (*ret > MONEY_MAX_MINOR || *ret < -MONEY_MAX_MINOR)
		return wrong(m, n, "the amount is beyond the bound of oms");
	return true;
}

static void
check_block(struct sfcc *m, const struct xml_node *n, const struct block *b)
{
	if (b->has_net && b->has_tax && b->has_gross)
		sfcc_check(m, b->gross, b->net + b->tax,
		    "<%s> of line %lld: gross is", "net and tax are",
		    names[n->id].name, (long long)n->line);
}

/*
 * The amounts of a line, adjustment or total.  What is missing follows from
 * what is there; a missing tax is none.
 */
static bool
block_of(struct sfcc *m, const struct xml_node *n, struct block *ret)
{
	struct block b = { 0 };

	for (const struct xml_node *c = n->child; c != NULL; c = c->next) {
		switch (c->id) {
		case E_NET:
			b.has_net = true;
			if (!money_of(m, c, &b.net))
				return false;
			break;
		case E_TAX:
			b.has_tax = true;
			if (!money_of(m, c, &b.tax))
				return false;
			break;
		case E_GROSS:
			b.has_gross = true;
			if (!money_of(m, c, &b.gross))
				return false;
			break;
		default: break;
		}
	}
	if (!b.has_net && b.has_gross)
		b.net = b.gross - b.tax;
	if (!b.has_tax && b.has_net && b.has_gross)
		b.tax = b.gross - b.net;
	if (!b.has_gross)
		b.gross = b.net + b.tax;
	check_block(m, n, &b);
	*ret = b;
	return true;
}

static void
add(struct amount *sum, int64_t net, int64_t tax)
{
	sum->net_minor += net;
	sum->tax_minor += tax;
}

static void
add_amount(struct amount *sum, const struct amount *more)
{
	add(sum, more->net_minor, more->tax_minor);
}

/* The adjustments that hang under n, summed up. */
static bool
adjustments_of(struct sfcc *m, const struct xml_node *n, struct amount *ret)
{
	const struct xml_node *c = first_of(n, E_ADJUSTMENTS, E_ADJUSTMENT);
	struct block b;

	for (; c != NULL; c = xml_again(c)) {
		if (!block_of(m, c, &b))
			return false;
		add(ret, b.net, b.tax);
	}
	return true;
}

/* ------------------------------------------------------------- lines */

static bool
quantity_of(struct sfcc *m, const struct xml_node *n, int64_t *ret)
{
	struct oms_error why = NO_ERROR;

	if (!num_parse_decimal(n->text, 0, ret, &why)) {
		oms_fail(m->err, OMS_VALUE,
		    "\"%.40s\": quantity must be whole units", n->text);
		return at(m, n);
	}
	if (*ret < 1 || *ret > QTY_MAX) {
		oms_fail(m->err, OMS_VALUE,
		    "\"%.40s\" is not a quantity from 1 to %d", n->text,
		    QTY_MAX);
		return at(m, n);
	}
	return true;
}

/* The group a line or charge goes to; there is always at least one. */
static bool
group_of(struct sfcc *m, const struct xml_node *n, size_t *ret)
{
	const struct order *o = m->order;
	const char *id = xml_text(n, E_SHIPMENT_ID);
	const struct xml_node *named = xml_child(n, E_SHIPMENT_ID);

	for (*ret = 0; *ret < o->group_count; ++*ret)
		if (strcmp(o->groups[*ret].shop_id, id) == 0)
			return true;
	*ret = 0;
	if (o->group_count == 1 &&
	    (id[0] == '\0' || o->groups[0].shop_id[0] == '\0'))
		return true;
	oms_fail(m->err, OMS_VALUE, "\"%.40s\" is no shipment of the order",
	    id);
	return at(m, named != NULL ? named : n);
}

/* Components are per kit; those of a kit in a kit are multiplied out. */
static bool
add_components(struct sfcc *m, const struct xml_node *n, int64_t times,
    struct order_line *l)
{
	const struct xml_node *c = first_of(n, E_BUNDLED_LINES, E_BUNDLED_LINE);
	int64_t qty;

	for (; c != NULL; c = xml_again(c)) {
		const struct xml_node *q = xml_child(c, E_QUANTITY);

		if (q == NULL)
			return wrong(m, c, "no quantity");
		if (!quantity_of(m, q, &qty))
			return false;
		if (qty * times > QTY_MAX)
			return wrong(m, c, "the kit holds too many of it");
		if (first_of(c, E_BUNDLED_LINES, E_BUNDLED_LINE) != NULL) {
			if (!add_components(m, c, qty * times, l))
				return false;
			continue;
		}
		if (l->component_count == KIT_COMPONENTS_MAX)
			return too_many(m, c, "components in a kit",
			    KIT_COMPONENTS_MAX);
		if (l->components == NULL)
			l->components = arena_array(m->a, struct kit_component,
			    KIT_COMPONENTS_MAX);
		l->components[l->component_count++] = (struct kit_component){
			.sku = keep_child(m, c, E_PRODUCT_ID),
			.qty_per = qty * times
		};
	}
	return true;
}

static bool
add_taxes(struct sfcc *m, const struct xml_node *n, struct order_line *l)
{
	const struct xml_node *c = first_of(n, E_TAX_ITEMS, E_TAX_ITEM);

	if (c != NULL)
		l->taxes = arena_array(m->a, struct line_tax, LINE_TAXES_MAX);
	for (; c != NULL; c = xml_again(c)) {
		const struct xml_node *amount = xml_child(c, E_TAX_AMOUNT);
		struct line_tax *t = &l->taxes[l->tax_count];

		if (l->tax_count++ == LINE_TAXES_MAX)
			return too_many(m, c, "tax items in a line",
			    LINE_TAXES_MAX);
		t->tax_id = keep_child(m, c, E_TAX_ID);
		t->tax_rate = keep_child(m, c, E_TAX_RATE);
		if (amount != NULL && !money_of(m, amount, &t->amount_minor))
			return false;
	}
	return true;
}

/* A line without totals: the unit price times the quantity, by taxation. */
static bool
price_by_unit(struct sfcc *m, const struct xml_node *n, int64_t qty,
    struct block *b)
{
	const struct xml_node *base = xml_child(n, E_BASE);
	int64_t unit;

	if (base == NULL) {
		sfcc_lacks(m, "price of a line");
		return true;
	}
	if (!money_of(m, base, &unit))
		return false;
	if (unit > MONEY_MAX_MINOR / qty || unit < -MONEY_MAX_MINOR / qty)
		return wrong(m, base, "the amount is beyond the bound of oms");
	if (m->is_gross)
		b->net = unit * qty - b->tax;
	else
		b->net = unit * qty;
	return true;
}

/* Options have no quantity and no stock: their money is the line's. */
static bool
add_options(struct sfcc *m, const struct xml_node *n, struct order_line *l)
{
	const struct xml_node *c = first_of(n, E_OPTION_LINES, E_OPTION_LINE);
	struct block b;

	for (; c != NULL; c = xml_again(c)) {
		if (!block_of(m, c, &b) ||
		    (!b.has_net && !b.has_gross &&
			!price_by_unit(m, c, l->qty, &b)) ||
		    !adjustments_of(m, c, &l->discount))
			return false;
		add(&l->goods, b.net, b.tax);
	}
	return true;
}

/* Shipping cost of this very product, after its own adjustments. */
static bool
add_line_shipping(struct sfcc *m, const struct xml_node *n,
    struct order_line *l)
{
	const struct xml_node *c = xml_child(n, E_SHIPPING_LINE);
	struct amount adjust = { 0 };
	struct block b;

	if (c == NULL)
		return true;
	if (!block_of(m, c, &b) || !adjustments_of(m, c, &adjust))
		return false;
	add(&l->shipping, b.net, b.tax);
	add_amount(&m->sums.shipping, &l->shipping);
	add_amount(&m->sums.shipping_adjust, &adjust);
	add_amount(&l->shipping, &adjust);
	return true;
}

static const char *
rate_of(struct sfcc *m, const struct xml_node *n)
{
	const char *s = xml_text(n, E_TAX_RATE);

	return strspn(s, "0123456789.+-eE") == strlen(s) ? keep(m, s) : "";
}

static bool
map_line(struct sfcc *m, const struct xml_node *n, struct order_line *l)
{
	const struct xml_node *qty = xml_child(n, E_QUANTITY);
	struct block b;

	if (qty == NULL)
		return wrong(m, n, "no quantity");
	if (!quantity_of(m, qty, &l->qty))
		return false;
	l->sku = keep_child(m, n, E_PRODUCT_ID);
	if (l->sku[0] == '\0')
		return wrong(m, n, "no product-id");
	l->name = keep_child(m, n, E_PRODUCT_NAME);
	if (l->name[0] == '\0')
		l->name = keep_child(m, n, E_LINE_TEXT);
	l->position = keep_child(m, n, E_POSITION);
	l->tax_rate = rate_of(m, n);
	if (!group_of(m, n, &l->group) || !block_of(m, n, &b))
		return false;
	if (!b.has_net && !b.has_gross && !price_by_unit(m, n, l->qty, &b))
		return false;
	add(&l->goods, b.net, b.tax);
	if (!adjustments_of(m, n, &l->discount) || !add_options(m, n, l) ||
	    !add_line_shipping(m, n, l) || !add_components(m, n, 1, l) ||
	    !add_taxes(m, n, l))
		return false;
	add_amount(&m->sums.goods, &l->goods);
	add_amount(&m->sums.goods_adjust, &l->discount);
	return true;
}

static bool
map_gift_line(struct sfcc *m, const struct xml_node *n, struct order_line *l)
{
	struct block b;

	*l = (struct order_line){ .sku = "GIFT-CERTIFICATE",
		.name = keep_child(m, n, E_LINE_TEXT),
		.position = "",
		.tax_rate = "",
		.qty = 1 };
	if ((xml_child(n, E_SHIPMENT_ID) != NULL &&
		!group_of(m, n, &l->group)) ||
	    !block_of(m, n, &b))
		return false;
	if (!b.has_net && !b.has_gross && !price_by_unit(m, n, 1, &b))
		return false;
	add(&l->goods, b.net, b.tax);
	add_amount(&m->sums.gifts, &l->goods);
	return true;
}

static bool
map_lines(struct sfcc *m, const struct xml_node *n)
{
	const struct xml_node *c = first_of(n, E_PRODUCT_LINES, E_PRODUCT_LINE);
	const struct xml_node *g = first_of(n, E_GIFT_LINES, E_GIFT_LINE);
	struct order *o = m->order;

	m->product_count = count_of(c);
	o->line_count = m->product_count + count_of(g);
	if (o->line_count > ORDER_LINES_MAX)
		return too_many(m, n, "lines", ORDER_LINES_MAX);
	o->lines = arena_array(m->a, struct order_line, o->line_count);
	for (size_t i = 0; c != NULL; c = xml_again(c), i++)
		if (!map_line(m, c, &o->lines[i]))
			return false;
	for (size_t i = m->product_count; g != NULL; g = xml_again(g), i++)
		if (!map_gift_line(m, g, &o->lines[i]))
			return false;
	if (o->line_count == 0)
		sfcc_lacks(m, "order line");
	return true;
}

/* ------------------------------------------------------ destinations */

static const char *
country_of(struct sfcc *m, const struct xml_node *address)
{
	const char *s = xml_text(address, E_COUNTRY_CODE);
	char *up;

	for (size_t i = 0; i < 2; i++)
		if (!((s[i] >= 'A' && s[i] <= 'Z') ||
			(s[i] >= 'a' && s[i] <= 'z')))
			return "";
	up = arena_strndup(m->a, s, 2);
	for (size_t i = 0; i < 2; i++)
		up[i] = (char)(up[i] & ~0x20);
	return up;
}

static const char *
name_of(struct sfcc *m, const struct xml_node *address)
{
	return unless_undefined(
	    joined(m, " ", keep_child(m, address, E_FIRST_NAME),
		keep_child(m, address, E_SECOND_NAME),
		keep_child(m, address, E_LAST_NAME)));
}

static void
map_group(struct sfcc *m, const struct xml_node *n, struct ship_group *g)
{
	const struct xml_node *a = xml_child(n, E_SHIPPING_ADDRESS);
	static const struct xml_node none = { .id = E_SHIPPING_ADDRESS };

	if (a == NULL)
		a = &none;
	g->shop_id = keep(m, xml_attr_of(n, A_SHIPMENT_ID));
	g->method = keep_child(m, n, E_SHIPPING_METHOD);
	g->name = name_of(m, a);
	g->company = keep_child(m, a, E_COMPANY_NAME);
	g->address1 = keep_child(m, a, E_ADDRESS1);
	g->address2 = joined(m, ", ", keep_child(m, a, E_ADDRESS2),
	    keep_child(m, a, E_SUITE), keep_child(m, a, E_POSTBOX));
	g->city = keep_child(m, a, E_CITY);
	g->postal_code = keep_child(m, a, E_POSTAL_CODE);
	g->state = keep_child(m, a, E_STATE_CODE);
	g->country = country_of(m, a);
	g->phone = keep_child(m, a, E_PHONE);
}

static bool
map_groups(struct sfcc *m, const struct xml_node *n)
{
	const struct xml_node *c = first_of(n, E_SHIPMENTS, E_SHIPMENT);
	static const struct xml_node none = { .id = E_SHIPMENT };
	struct order *o = m->order;

	o->group_count = count_of(c);
	if (o->group_count > ORDER_GROUPS_MAX)
		return too_many(m, n, "shipments", ORDER_GROUPS_MAX);
	if (o->group_count == 0) { /* the lines must hang on something */
		sfcc_lacks(m, "shipment");
		o->group_count = 1;
		c = &none;
	}
	o->groups = arena_array(m->a, struct ship_group, o->group_count);
	for (size_t i = 0; c != NULL; c = xml_again(c), i++)
		map_group(m, c, &o->groups[i]);
	return true;
}

static bool
map_shipping(struct sfcc *m, const struct xml_node *n)
{
	const struct xml_node *c = first_of(n, E_SHIPPING_LINES,
	    E_SHIPPING_LINE);

	for (; c != NULL; c = xml_again(c)) {
		struct amount adjust = { 0 };
		struct amount *to;
		struct block b;
		size_t group;

		if (!group_of(m, c, &group) || !block_of(m, c, &b))
			return false;
		if (!b.has_net && !b.has_gross && !price_by_unit(m, c, 1, &b))
			return false;
		if (!adjustments_of(m, c, &adjust))
			return false;
		to = &m->order->groups[group].shipping;
		add(to, b.net, b.tax);
		add_amount(to, &adjust);
		add(&m->sums.shipping, b.net, b.tax);
		add_amount(&m->sums.shipping_adjust, &adjust);
	}
	return true;
}

/* ---------------------------------------------------------- payments */

/* How each payment method of SFCC is paid, in words of oms. */
static const struct {
	enum sfcc_element element;
	const char *tender;
	const char *method; /* when the file has no better word */
	int word;           /* child with the better word, or -1 */
} tenders[] = {
	{ E_CARD, "card", "CREDIT_CARD", E_CARD_TYPE },
	{ E_GIFT_CERTIFICATE, "gift_certificate", "GIFT_CERTIFICATE", -1 },
	{ E_APPLE_PAY, "wallet", "APPLE_PAY", -1 },
	{ E_ANDROID_PAY, "wallet", "ANDROID_PAY", -1 },
	{ E_SALESFORCE, "wallet", "SALESFORCE_PAYMENTS", -1 },
	{ E_BANK, "bank", "BANK_TRANSFER", -1 },
	{ E_BML, "invoice", "BML", -1 },
	{ E_CUSTOM_METHOD, "invoice", "CUSTOM", E_METHOD_NAME },
};

static void
map_tender(struct sfcc *m, const struct xml_node *n, struct payment *p)
{
	p->tender = "card";
	p->method = "";
	for (size_t i = 0; i < COUNT(tenders); i++) {
		const struct xml_node *c = xml_child(n,
		    (int)tenders[i].element);
		const char *word;

		if (c == NULL)
			continue;
		word = tenders[i].word < 0 ? "" : xml_text(c, tenders[i].word);
		p->tender = tenders[i].tender;
		p->method = word[0] != '\0' ? keep(m, word) : tenders[i].method;
		break;
	}
	if (strcmp(p->method, "STORE_CREDIT") == 0)
		p->tender = "store_credit";
}

/* Has the shop a promise of the money, or the money itself? */
static void
map_authorisation(const struct xml_node *n, const char *payment_status,
    struct payment *p)
{
	const char *type = xml_text(n, E_TRANSACTION_TYPE);
	bool paid = strcmp(payment_status, "PAID") == 0;
	bool is_auth = strcmp(type, "AUTH") == 0;
	bool is_capture = strcmp(type, "CAPTURE") == 0;

	if (type[0] != '\0' && !is_auth && !is_capture)
		return; /* AUTH_REVERSAL, CREDIT: money that went back */
	p->captured = paid || is_capture;
	p->authorised = p->captured || is_auth ||
	    p->transaction_id[0] != '\0' || p->processor[0] != '\0' ||
	    strcmp(p->tender, "gift_certificate") == 0 ||
	    strcmp(p->tender, "bank") == 0 || strcmp(p->tender, "invoice") == 0;
}

static bool
map_payments(struct sfcc *m, const struct xml_node *n)
{
	const struct xml_node *c = first_of(n, E_PAYMENTS, E_PAYMENT);
	struct order *o = m->order;

	o->payment_count = count_of(c);
	if (o->payment_count > ORDER_PAYMENTS_MAX)
		return too_many(m, n, "payments", ORDER_PAYMENTS_MAX);
	o->payments = arena_array(m->a, struct payment, o->payment_count);
	for (struct payment *p = o->payments; c != NULL;
	     c = xml_again(c), p++) {
		const struct xml_node *amount = xml_child(c, E_AMOUNT);

		map_tender(m, c, p);
		p->transaction_id = unless_undefined(
		    keep_child(m, c, E_TRANSACTION));
		p->processor = unless_undefined(keep_child(m, c, E_PROCESSOR));
		map_authorisation(c, o->payment_status, p);
		/* Without an amount the only payment is for all of it. */
		if (amount == NULL && o->payment_count == 1)
			p->amount_minor = o->total.net_minor +
			    o->total.tax_minor;
		else if (amount != NULL &&
		    !money_of(m, amount, &p->amount_minor))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------ totals */

/* Adjustments of the whole order hang under two of its totals. */
static bool
map_order_adjustments(struct sfcc *m, const struct xml_node *totals)
{
	const struct xml_node *goods = xml_child(totals, E_MERCH);
	const struct xml_node *shipping = xml_child(totals, E_SHIPPING);

	return (goods == NULL ||
		   adjustments_of(m, goods, &m->sums.order_adjust)) &&
	    (shipping == NULL ||
		adjustments_of(m, shipping, &m->sums.order_shipping_adjust));
}

static bool
read_totals(struct sfcc *m, const struct xml_node *n, struct sfcc_totals *ret)
{
	static const int ids[SFCC_TOTAL_COUNT] = { E_MERCH, E_ADJ_MERCH,
		E_SHIPPING, E_ADJ_SHIPPING, E_ORDER_TOTAL };

	*ret = (struct sfcc_totals){ 0 };
	for (size_t i = 0; n != NULL && i < SFCC_TOTAL_COUNT; i++) {
		const struct xml_node *c = xml_child(n, ids[i]);

		if (c == NULL && i == SFCC_ORDER_TOTAL)
			c = xml_child(n, E_SHIPMENT_TOTAL);
		if (c != NULL && !block_of(m, c, &ret->block[i]))
			return false;
		ret->line[i] = c != NULL ? c->line : 0;
	}
	return true;
}

static bool
map_totals(struct sfcc *m, const struct xml_node *n)
{
	const struct xml_node *totals = xml_child(n, E_TOTALS);
	const struct xml_node *c = first_of(n, E_SHIPMENTS, E_SHIPMENT);
	struct sfcc_totals of_order, *of_shipment;
	size_t count = count_of(c);

	if (totals != NULL && !map_order_adjustments(m, totals))
		return false;
	sfcc_split(m);
	if (!read_totals(m, totals, &of_order))
		return false;
	of_shipment = arena_array(m->a, struct sfcc_totals, count);
	for (size_t i = 0; c != NULL; c = xml_again(c), i++)
		if (!read_totals(m, xml_child(c, E_TOTALS), &of_shipment[i]))
			return false;
	sfcc_reconcile(m, &of_order, of_shipment, count);
	return true;
}

/* --------------------------------------------------------- the order */

static bool
map_currency(struct sfcc *m, const struct xml_node *n)
{
	const struct xml_node *c = xml_child(n, E_CURRENCY);

	if (c == NULL || c->text[0] == '\0')
		return wrong(m, n, "the order has no currency");
	m->order->currency = keep(m, c->text);
	m->exponent = money_exponent(m->order->currency);
	if (m->exponent >= 0)
		return true;
	oms_fail(m->err, OMS_VALUE, "\"%.10s\" is not a currency of ISO 4217",
	    c->text);
	return at(m, c);
}

static void
map_customer(struct sfcc *m, const struct xml_node *n)
{
	const struct xml_node *c = xml_child(n, E_CUSTOMER);
	const struct xml_node *billing;
	struct order *o = m->order;

	o->customer_no = o->customer_name = o->customer_email = "";
	if (c == NULL)
		return;
	o->customer_no = unless_undefined(keep_child(m, c, E_CUSTOMER_NO));
	o->customer_name = unless_undefined(keep_child(m, c, E_CUSTOMER_NAME));
	o->customer_email = unless_undefined(
	    keep_child(m, c, E_CUSTOMER_EMAIL));
	billing = xml_child(c, E_BILLING_ADDRESS);
	if (o->customer_name[0] == '\0' && billing != NULL)
		o->customer_name = name_of(m, billing);
}

/* A status that says there is nothing for us to do. */
static void
map_status(struct sfcc *m, const struct xml_node *n)
{
	static const char *const over[] = { "COMPLETED", "REPLACED", "FAILED" };
	const struct xml_node *c = xml_child(n, E_STATUS);
	struct order *o = m->order;

	o->shop_status = o->payment_status = "";
	if (c == NULL)
		return;
	o->shop_status = keep_child(m, c, E_ORDER_STATUS);
	o->payment_status = keep_child(m, c, E_PAYMENT_STATUS);
	for (size_t i = 0; i < COUNT(over); i++)
		if (strcmp(o->shop_status, over[i]) == 0)
			sfcc_lacks(m, "order-status to work on");
}

static bool
map_head(struct sfcc *m, const struct xml_node *n)
{
	const struct xml_node *date = xml_child(n, E_ORDER_DATE);
	const char *mode = xml_attr_of(n, A_MODE);
	const char *rounded = xml_text(n, E_ROUNDED_AT_GROUP);
	struct order *o = m->order;

	if (mode[0] != '\0')
		return wrong(m, n,
		    "an order with a mode is for another shop, "
		    "not for oms");
	o->order_no = keep(m, xml_attr_of(n, A_ORDER_NO));
	if (strlen(o->order_no) > ORDER_NO_MAX_BYTES)
		return wrong(m, n, "the order-no is longer than 50 bytes");
	m->is_gross = strcmp(xml_text(n, E_TAXATION), "gross") == 0;
	o->taxation = m->is_gross ? "gross" : "net";
	if (strcmp(rounded, "true") == 0 || strcmp(rounded, "1") == 0)
		m->tolerance = m->group_tolerance;
	map_customer(m, n);
	map_status(m, n);
	if (date == NULL)
		sfcc_lacks(m, "order-date");
	else if (!num_parse_ts(date->text, &o->order_ts_us, m->err))
		return at(m, date);
	return map_currency(m, n);
}

bool
sfcc_order_map(struct arena *a, const struct xml_node *record,
    int64_t tolerance_minor, struct order *ret, struct oms_error *err)
{
	struct order o = { .recon = "", .incomplete = "" };
	struct sfcc m = { .a = a,
		.order = &o,
		.group_tolerance = tolerance_minor,
		.err = err };

	if (!map_head(&m, record) || !map_groups(&m, record) ||
	    !map_lines(&m, record) || !map_shipping(&m, record) ||
	    !map_totals(&m, record) || !map_payments(&m, record))
		return false;
	*ret = o; /* only a whole order, never half of one */
	return true;
}
