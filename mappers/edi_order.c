/*
 * edi_order.c - 850 and ORDERS; see edi_trade.h.
 *
 * The two standards are read by two sets of small functions that fill the
 * same head, places and lines.
 */

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "base/str.h"
#include "mappers/edi_trade.h"
#include "mappers/order_hash.h"
#include "model/money.h"

enum {
	ORDER_NO_MAX_BYTES = 50,
	NOTE_MAX_BYTES = 2000,
	TEXT_MAX_BYTES = 400,
	SDQ_FIRST = 3,
	RATE_SCALE = 6
};

/* A place goods may go to. */
struct place {
	struct trade_party party;
	struct ship_group to;
	bool has_address;
};

struct mapping {
	mem_ctx *ctx;
	const struct edi_set *set;
	const struct edi_profile *profile;
	struct oms_error *err;
	struct order *o;
	struct trade *t;
	struct place *places; /* of the head */
	size_t place_count;
	struct trade_party mark; /* of the head */
	const char *method;
	const char *tax_rate;    /* of the head */
	int64_t charge_minor;    /* of the head */
	int64_t allowance_minor; /* of the head, 0 or more */
	struct sbuf note;
};

static const struct place nowhere = { .party = { "", "", "" },
	.to = { .shop_id = "",
	    .method = "",
	    .name = "",
	    .company = "",
	    .address1 = "",
	    .address2 = "",
	    .city = "",
	    .postal_code = "",
	    .state = "",
	    .country = "",
	    .phone = "" } };

static bool
at(struct mapping *m, const struct edi_seg *s)
{
	return edi_at(m->err, s);
}

static void
set_once(const char **dst, const char *text)
{
	if ((*dst)[0] == '\0')
		*dst = text;
}

/* Room for one more of n elements of an array. */
static void *
one_more(struct mapping *m, void *p, size_t n, size_t bytes)
{
	if ((n & (n - 1)) != 0)
		return p;
	return mem_resize(m->ctx, p, (n == 0 ? 1 : 2 * n) * bytes);
}

static void
add_note(struct mapping *m, const char *text)
{
	if (text[0] == '\0')
		return;
	if (m->note.len > 0)
		sbuf_addc(&m->note, ' ');
	sbuf_adds(&m->note, text);
}

/* ------------------------------------------------------- places and lines */

static bool
same_party(const struct trade_party *a, const struct trade_party *b)
{
	return strcmp(a->qualifier, b->qualifier) == 0 &&
	    strcmp(a->id, b->id) == 0 && strcmp(a->name, b->name) == 0;
}

/* The group of that place and mark; a new one when there is none. */
static bool
group_of(struct mapping *m, const struct place *p,
    const struct trade_party *mark, size_t *ret)
{
	struct order *o = m->o;
	size_t n = o->group_count;

	for (size_t i = 0; i < n; i++)
		if (same_party(&m->t->groups[i].to, &p->party) &&
		    same_party(&m->t->groups[i].mark, mark)) {
			*ret = i;
			return true;
		}
	if (n == ORDER_GROUPS_MAX)
		return oms_fail(m->err, OMS_LIMIT,
		    "more than %d places to ship to", ORDER_GROUPS_MAX);
	o->groups = one_more(m, o->groups, n, sizeof(o->groups[0]));
	m->t->groups = one_more(m, m->t->groups, n, sizeof(m->t->groups[0]));
	o->groups[n] = p->to;
	o->groups[n].shop_id = mark->id[0] != '\0' ? mark->id : p->party.id;
	o->groups[n].method = m->method;
	m->t->groups[n] = (struct trade_group){ .to = p->party, .mark = *mark };
	o->group_count++;
	*ret = n;
	return true;
}

static const struct place *
place_by_id(const struct mapping *m, const char *id)
{
	for (size_t i = 0; i < m->place_count; i++)
		if (strcmp(m->places[i].party.id, id) == 0)
			return &m->places[i];
	return NULL;
}

/* Where a line goes that does not say so itself. */
static const struct place *
default_place(struct mapping *m, const struct trade_line *l)
{
	if (m->place_count == 0)
		return &nowhere;
	if (m->place_count > 1)
		set_once(&m->o->incomplete,
		    mem_printf(m->ctx,
			"place to ship line %s to: the order names several",
			l->buyer_line));
	return &m->places[0];
}

/* One line of the customer, as it is before it is split. */
struct draft {
	const struct edi_seg *seg;
	struct trade_line line;
	const char *sku;
	const char *name;
	const char *tax_rate;
	int64_t qty;
	int64_t allowance_minor; /* 0 or more */
	int64_t charge_minor;
	int64_t done_qty; /* of splits so far */
	bool has_total;   /* without a price: MOA 203 */
	int64_t total_minor;
};

static bool
price_line(struct mapping *m, const struct draft *d, int64_t qty,
    struct order_line *l)
{
	if (d->line.price[0] != '\0' &&
	    !trade_line_minor(d->line.price, d->line.price_qty, qty,
		m->o->currency, &l->goods.net_minor, m->err))
		return at(m, d->seg);
	if (d->line.price[0] == '\0' && d->has_total)
		l->goods.net_minor = money_share(d->total_minor, d->qty,
		    d->done_qty, qty);
	l->discount.net_minor = -money_share(d->allowance_minor, d->qty,
	    d->done_qty, qty);
	l->shipping.net_minor = money_share(d->charge_minor, d->qty,
	    d->done_qty, qty);
	l->goods.tax_minor = trade_tax_minor(l->goods.net_minor, l->tax_rate);
	l->discount.tax_minor = trade_tax_minor(l->discount.net_minor,
	    l->tax_rate);
	l->shipping.tax_minor = trade_tax_minor(l->shipping.net_minor,
	    l->tax_rate);
	return true;
}

static bool
add_line(struct mapping *m, struct draft *d, int64_t qty, size_t group)
{
	struct order *o = m->o;
	struct order_line *l;

	if (o->line_count == ORDER_LINES_MAX) {
		oms_fail(m->err, OMS_LIMIT, "more than %d lines and splits",
		    ORDER_LINES_MAX);
		return at(m, d->seg);
	}
	o->lines = one_more(m, o->lines, o->line_count, sizeof(o->lines[0]));
	m->t->lines = one_more(m, m->t->lines, o->line_count,
	    sizeof(m->t->lines[0]));
	m->t->lines[o->line_count] = d->line;
	l = &o->lines[o->line_count++];
	*l = (struct order_line){ .sku = d->sku,
		.name = d->name,
		.position = d->line.buyer_line,
		.tax_rate = d->tax_rate,
		.qty = qty,
		.group = group };
	if (!price_line(m, d, qty, l))
		return false;
	d->done_qty += qty;
	return true;
}

/* The split of a line by stores: they must take all of it. */
static bool
add_split(struct mapping *m, struct draft *d, const char *qualifier,
    const char *id, int64_t qty)
{
	struct trade_party mark = { qualifier, id, "" };
	const struct place *p = place_by_id(m, id);
	size_t group;

	if (qty == 0)
		return true;
	if (qty < 0 || d->done_qty + qty > d->qty)
		return oms_fail(m->err, OMS_VALUE,
		    "line %s is split over more than the %lld ordered",
		    d->line.buyer_line, (long long)d->qty);
	if (p != NULL) /* the store itself is known: goods go there */
		mark = m->mark;
	else
		p = m->place_count > 0 ? &m->places[0]
				       : default_place(m, &d->line);
	return group_of(m, p, &mark, &group) && add_line(m, d, qty, group);
}

static bool
finish_line(struct mapping *m, struct draft *d, const struct place *own)
{
	const struct place *p = own;
	size_t group;

	if (d->line.price[0] == '\0' && !d->has_total)
		set_once(&m->o->incomplete,
		    mem_printf(m->ctx, "price of line %s", d->line.buyer_line));
	if (d->done_qty == d->qty)
		return true;
	if (d->done_qty > 0) {
		oms_fail(m->err, OMS_VALUE,
		    "line %s is split over %lld, but %lld are ordered",
		    d->line.buyer_line, (long long)d->done_qty,
		    (long long)d->qty);
		return at(m, d->seg);
	}
	if (p == NULL)
		p = default_place(m, &d->line);
	return group_of(m, p, &m->mark, &group) &&
	    add_line(m, d, d->qty, group);
}

static bool
check_draft(struct mapping *m, struct draft *d)
{
	if (d->sku[0] == '\0')
		oms_fail(m->err, OMS_VALUE,
		    "line %s names no product by a number that oms reads",
		    d->line.buyer_line);
	else if (d->qty <= 0 || d->qty > QTY_MAX)
		oms_fail(m->err, OMS_VALUE,
		    "line %s orders %lld: 1 to %d was expected",
		    d->line.buyer_line, (long long)d->qty, QTY_MAX);
	else
		return true;
	return at(m, d->seg);
}

/* ------------------------------------------------------------ X12: head */

static const struct {
	const char *x12, *edifact;
	enum trade_purpose purpose;
} purposes[] = {
	{ "00", "9", TRADE_ORIGINAL },
	{ "05", "5", TRADE_REPLACE },
	{ "01", "1", TRADE_CANCEL },
	{ "06", "6", TRADE_REPEAT },
	{ "07", "7", TRADE_REPEAT },
	{ "", "31", TRADE_REPEAT },
};

static bool
read_purpose(struct mapping *m, const struct edi_seg *s, unsigned e)
{
	const char *code = edi_get(s, e);

	if (code[0] == '\0' && m->set->standard == EDI_EDIFACT)
		code = "9";
	for (size_t i = 0; i < COUNT(purposes); i++) {
		const char *known = m->set->standard == EDI_X12
		    ? purposes[i].x12
		    : purposes[i].edifact;

		if (known[0] != '\0' && strcmp(code, known) == 0) {
			m->t->head.purpose = purposes[i].purpose;
			return true;
		}
	}
	oms_fail(m->err, OMS_VALUE,
	    "purpose %.10s is none that oms acts on; a change comes as %s",
	    code, m->set->standard == EDI_X12 ? "860" : "ORDCHG");
	return at(m, s);
}

static bool
read_number(struct mapping *m, const struct edi_seg *s, const char *po,
    const char *release)
{
	struct trade_head *h = &m->t->head;

	h->po_number = po;
	h->release_no = release;
	m->o->order_no = release[0] != '\0'
	    ? mem_printf(m->ctx, "%s-%s", po, release)
	    : po;
	if (po[0] == '\0')
		oms_fail(m->err, OMS_VALUE, "the order has no number");
	else if (strlen(m->o->order_no) > ORDER_NO_MAX_BYTES)
		oms_fail(m->err, OMS_VALUE,
		    "the number of the order has more than %d bytes",
		    ORDER_NO_MAX_BYTES);
	else
		return true;
	return at(m, s);
}

static bool
set_currency(struct mapping *m, const struct edi_seg *s, const char *code)
{
	m->o->currency = code[0] != '\0' ? code : edi_currency(m->set);
	if (money_exponent(m->o->currency) >= 0)
		return true;
	oms_fail(m->err, OMS_VALUE, "\"%.10s\" is not a currency of ISO 4217",
	    m->o->currency);
	return s != NULL ? at(m, s) : false;
}

static bool
read_time(struct mapping *m, const struct edi_seg *s)
{
	bool is_x12 = m->set->standard == EDI_X12;
	int64_t *dst = edi_trade_time(&m->t->head, m->set, edi_get(s, 1));

	if (dst == NULL || (is_x12 && edi_get(s, 2)[0] == '\0'))
		return true;
	return (is_x12 ? edi_date(edi_get(s, 2), edi_get(s, 3), edi_get(s, 4),
			     dst, m->err)
		       : edi_dtm(s, dst, m->err)) ||
	    at(m, s);
}

/* Where a reference number goes. */
static const struct {
	const char *x12, *edifact;
	size_t to;
} references[] = {
	{ "IA", "IA", offsetof(struct trade_head, vendor_no) },
	{ "VR", "", offsetof(struct trade_head, vendor_no) },
	{ "DP", "", offsetof(struct trade_head, department) },
	{ "CO", "CR", offsetof(struct trade_head, customer_order) },
	{ "PD", "PD", offsetof(struct trade_head, promotion) },
	{ "CT", "CT", offsetof(struct trade_head, contract) },
};

static void
read_reference(struct mapping *m, const char *qualifier, const char *number)
{
	bool is_x12 = m->set->standard == EDI_X12;

	for (size_t i = 0; i < COUNT(references); i++) {
		const char **dst = (const char **)(void *)((char *)&m->t->head +
		    references[i].to);

		if (strcmp(qualifier,
			is_x12 ? references[i].x12 : references[i].edifact) ==
		    0)
			set_once(dst, number);
	}
}

/* N404 and N402 as ISO 3166-1 alpha-2; at home nobody writes it. */
static const char *
x12_country(const char *country, const char *state)
{
	static const struct {
		const char *code, *alpha2;
	} known[] = { { "USA", "US" }, { "CAN", "CA" }, { "MEX", "MX" } };
	static const char provinces[] = " AB BC MB NB NL NS NT NU ON PE QC SK "
					"YT ";

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(country, known[i].code) == 0)
			return known[i].alpha2;
	if (country[0] != '\0' || strlen(state) != 2)
		return country;
	return memmem(provinces, sizeof(provinces) - 1,
		   (char[]){ ' ', state[0], state[1], ' ' }, 4) != NULL
	    ? "CA"
	    : "US";
}

static struct place
x12_place(struct mapping *m, const struct edi_seg *n1)
{
	struct place p = { .party = { edi_get(n1, 3), edi_get(n1, 4),
			       edi_get(n1, 2) },
		.to = nowhere.to };
	const struct edi_seg *n2 = edi_first(m->set, n1, "N2");
	const struct edi_seg *n3 = edi_first(m->set, n1, "N3");
	const struct edi_seg *n4 = edi_first(m->set, n1, "N4");
	const struct edi_seg *per = edi_first(m->set, n1, "PER");

	p.to.name = p.party.name;
	if (n2 != NULL)
		p.to.company = edi_get(n2, 1);
	if (n3 != NULL) {
		p.to.address1 = edi_get(n3, 1);
		p.to.address2 = edi_get(n3, 2);
	}
	if (n4 != NULL) {
		p.to.city = edi_get(n4, 1);
		p.to.state = edi_get(n4, 2);
		p.to.postal_code = edi_get(n4, 3);
		p.to.country = x12_country(edi_get(n4, 4), p.to.state);
	}
	if (per != NULL)
		p.to.phone = edi_pair(per, 3, "TE");
	p.has_address = n3 != NULL || n4 != NULL;
	return p;
}

static bool
add_place(struct mapping *m, const struct edi_seg *s, const struct place *p)
{
	if (m->place_count == ORDER_GROUPS_MAX) {
		oms_fail(m->err, OMS_LIMIT, "more than %d places to ship to",
		    ORDER_GROUPS_MAX);
		return at(m, s);
	}
	m->places = one_more(m, m->places, m->place_count,
	    sizeof(m->places[0]));
	m->places[m->place_count++] = *p;
	return true;
}

static bool
x12_parties(struct mapping *m)
{
	struct trade_head *h = &m->t->head;
	const struct edi_seg *n1 = edi_first(m->set, NULL, "N1");
	struct place buyer = nowhere;

	for (; n1 != NULL; n1 = edi_next(m->set, n1)) {
		const char *role = edi_get(n1, 1);
		struct place p = x12_place(m, n1);

		if (strcmp(role, "ST") == 0 && !add_place(m, n1, &p))
			return false;
		if (strcmp(role, "BY") == 0) {
			h->buyer = p.party;
			buyer = p;
		} else if (strcmp(role, "BT") == 0) {
			h->bill_to = p.party;
		} else if (strcmp(role, "Z7") == 0) {
			m->mark = p.party;
		} else if (strcmp(role, "VN") == 0 || strcmp(role, "SU") == 0) {
			h->vendor = p.party;
		}
	}
	return m->place_count > 0 || !buyer.has_address ||
	    add_place(m, NULL, &buyer);
}

static void
x12_method(struct mapping *m)
{
	const struct edi_seg *td5 = edi_first(m->set, NULL, "TD5");

	if (td5 == NULL)
		return;
	set_once(&m->method, edi_get(td5, 3));
	set_once(&m->method, edi_get(td5, 12));
	set_once(&m->method, edi_get(td5, 5));
}

static void
x12_notes(struct mapping *m)
{
	const struct edi_seg *n9 = edi_first(m->set, NULL, "N9");

	for (; n9 != NULL; n9 = edi_next(m->set, n9)) {
		const struct edi_seg *msg = edi_first(m->set, n9, "MSG");

		read_reference(m, edi_get(n9, 1), edi_get(n9, 2));
		add_note(m, edi_get(n9, 3));
		for (; msg != NULL; msg = edi_next(m->set, msg))
			add_note(m, edi_get(msg, 1));
	}
}

/* Given by percent or rate: of what, only the customer knows for sure. */
static void
hold_for_amount(struct mapping *m, bool is_charge, const char *line)
{
	set_once(&m->o->incomplete,
	    mem_printf(m->ctx,
		"amount of %s of %s%s: it is given by percent or rate only",
		is_charge ? "a charge" : "an allowance",
		line != NULL ? "line " : "the order",
		line != NULL ? line : ""));
}

/*
 * Charges and allowances, of the head or of a line.
 *
 * line  its number, NULL for the head
 */
static bool
x12_sac(struct mapping *m, const struct edi_seg *head, const char *line,
    int64_t *charge_minor, int64_t *allowance_minor)
{
	const struct edi_seg *sac = edi_first(m->set, head, "SAC");

	for (; sac != NULL; sac = edi_next(m->set, sac)) {
		bool is_charge = strcmp(edi_get(sac, 1), "C") == 0;
		int64_t minor;

		if (!is_charge && strcmp(edi_get(sac, 1), "A") != 0)
			continue;
		if (edi_get(sac, 5)[0] == '\0') {
			if (edi_get(sac, 6)[0] != '\0' ||
			    edi_get(sac, 7)[0] != '\0' ||
			    edi_get(sac, 8)[0] != '\0')
				hold_for_amount(m, is_charge, line);
			continue;
		}
		if (!edi_n2(sac, 5, m->o->currency, &minor, m->err))
			return at(m, sac);
		if (minor < 0 || minor > MONEY_MAX_MINOR) {
			oms_fail(m->err, OMS_VALUE,
			    "an allowance or charge of %.20s", edi_get(sac, 5));
			return at(m, sac);
		}
		*(is_charge ? charge_minor : allowance_minor) += minor;
	}
	return true;
}

static bool
x12_head(struct mapping *m)
{
	const struct edi_seg *beg = edi_first(m->set, NULL, "BEG");
	const struct edi_seg *cur = edi_first(m->set, NULL, "CUR");
	const struct edi_seg *itd = edi_first(m->set, NULL, "ITD");
	struct trade_head *h = &m->t->head;

	if (beg == NULL)
		return oms_fail(m->err, OMS_VALUE, "an 850 without BEG");
	h->order_type = edi_get(beg, 2);
	h->po_date = edi_get(beg, 5);
	h->contract = edi_get(beg, 6);
	if (!read_purpose(m, beg, 1) ||
	    !read_number(m, beg, edi_get(beg, 3), edi_get(beg, 4)) ||
	    !set_currency(m, cur, cur != NULL ? edi_get(cur, 2) : ""))
		return false;
	if (h->po_date[0] != '\0' &&
	    !edi_date(h->po_date, "", "", &m->o->order_ts_us, m->err))
		return at(m, beg);
	if (itd != NULL)
		h->terms_net_days = edi_get(itd, 7);
	for (const struct edi_seg *s = edi_first(m->set, NULL, "REF"); s;
	     s = edi_next(m->set, s))
		read_reference(m, edi_get(s, 1), edi_get(s, 2));
	for (const struct edi_seg *s = edi_first(m->set, NULL, "DTM"); s;
	     s = edi_next(m->set, s))
		if (!read_time(m, s))
			return false;
	x12_method(m);
	x12_notes(m);
	return x12_parties(m) &&
	    x12_sac(m, NULL, NULL, &m->charge_minor, &m->allowance_minor);
}

/* ----------------------------------------------------------- X12: lines */

static bool
x12_splits(struct mapping *m, struct draft *d)
{
	const struct edi_seg *sdq = edi_first(m->set, d->seg, "SDQ");

	for (; sdq != NULL; sdq = edi_next(m->set, sdq))
		for (unsigned e = SDQ_FIRST;
		     e + 1 <= sdq->element_count && edi_get(sdq, e)[0] != '\0';
		     e += 2) {
			int64_t qty;

			if (!edi_qty(m->set, sdq, e + 1, 1, &qty, m->err) ||
			    !add_split(m, d, edi_get(sdq, 2), edi_get(sdq, e),
				qty))
				return at(m, sdq);
		}
	return true;
}

static const char *
x12_line_name(struct mapping *m, const struct edi_seg *po1)
{
	const struct edi_seg *pid = edi_first(m->set, po1, "PID");

	for (; pid != NULL; pid = edi_next(m->set, pid))
		if (edi_get(pid, 5)[0] != '\0')
			return edi_get(pid, 5);
	return "";
}

static bool
x12_line(struct mapping *m, const struct edi_seg *po1, size_t n)
{
	const struct edi_seg *st = edi_with(m->set, po1, "N1", 1, "ST");
	struct draft d = { .seg = po1,
		.name = x12_line_name(m, po1),
		.tax_rate = "" };
	struct place own;

	d.line.buyer_line = edi_get(po1, 1);
	if (d.line.buyer_line[0] == '\0')
		d.line.buyer_line = mem_printf(m->ctx, "%zu", n);
	d.line.uom = edi_get(po1, 3);
	d.line.price = edi_decimal(m->ctx, edi_get(po1, 4));
	d.line.price_basis = edi_get(po1, 5);
	d.line.price_qty = edi_price_qty(d.line.price_basis);
	edi_item_ids(m->set, po1, 6, m->profile, &d.line, &d.sku);
	if (!edi_qty(m->set, po1, 2, 1, &d.qty, m->err))
		return at(m, po1);
	if (!check_draft(m, &d) ||
	    !x12_sac(m, po1, d.line.buyer_line, &d.charge_minor,
		&d.allowance_minor) ||
	    !x12_splits(m, &d))
		return false;
	if (st == NULL)
		return finish_line(m, &d, NULL);
	own = x12_place(m, st);
	if (!own.has_address && place_by_id(m, own.party.id) != NULL)
		own = *place_by_id(m, own.party.id);
	return finish_line(m, &d, &own);
}

static bool
x12_lines(struct mapping *m)
{
	const struct edi_seg *po1 = edi_first(m->set, NULL, "PO1");

	for (size_t n = 1; po1 != NULL; po1 = edi_next(m->set, po1), n++)
		if (!x12_line(m, po1, n))
			return false;
	return true;
}

/* -------------------------------------------------------- EDIFACT: head */

static struct place
edifact_place(struct mapping *m, const struct edi_seg *nad)
{
	struct place p = { .to = nowhere.to };

	(void)m;
	p.party.id = edi_getc(nad, 2, 1);
	p.party.qualifier = edi_getc(nad, 2, 3);
	p.party.name = edi_getc(nad, 4, 1);
	set_once(&p.party.name, edi_getc(nad, 3, 1));
	p.to.name = p.party.name;
	p.to.company = edi_getc(nad, 4, 2);
	p.to.address1 = edi_getc(nad, 5, 1);
	set_once(&p.to.address1, edi_getc(nad, 3, 2));
	p.to.address2 = edi_getc(nad, 5, 2);
	p.to.city = edi_get(nad, 6);
	p.to.state = edi_getc(nad, 7, 1);
	p.to.postal_code = edi_get(nad, 8);
	p.to.country = edi_get(nad, 9);
	p.has_address = p.to.address1[0] != '\0' || p.to.city[0] != '\0';
	return p;
}

static bool
edifact_parties(struct mapping *m)
{
	struct trade_head *h = &m->t->head;
	const struct edi_seg *nad = edi_first(m->set, NULL, "NAD");
	struct place buyer = nowhere;

	for (; nad != NULL; nad = edi_next(m->set, nad)) {
		const char *role = edi_get(nad, 1);
		struct place p = edifact_place(m, nad);
		const struct edi_seg *rff = edi_first(m->set, nad, "RFF");

		if (strcmp(role, "DP") == 0 && !add_place(m, nad, &p))
			return false;
		if (strcmp(role, "BY") == 0) {
			h->buyer = p.party;
			buyer = p;
		} else if (strcmp(role, "IV") == 0) {
			h->bill_to = p.party;
		} else if (strcmp(role, "UC") == 0) {
			m->mark = p.party;
		} else if (strcmp(role, "SU") == 0) {
			h->vendor = p.party;
			for (; rff != NULL; rff = edi_next(m->set, rff))
				read_reference(m, edi_getc(rff, 1, 1),
				    edi_getc(rff, 1, 2));
		}
	}
	return m->place_count > 0 || !buyer.has_address ||
	    add_place(m, NULL, &buyer);
}

/* A percentage as a rate: "20" is "0.2". */
static const char *
rate_of(struct mapping *m, const char *percent)
{
	struct oms_error why = NO_ERROR;
	char text[NUM_DECIMAL_BYTES];
	int64_t v;
	size_t n;

	if (percent[0] == '\0' ||
	    !num_parse_decimal(edi_decimal(m->ctx, percent), RATE_SCALE - 2, &v,
		&why) ||
	    v <= 0)
		return "";
	num_format_decimal(v, RATE_SCALE, text);
	for (n = strlen(text); n > 0 && text[n - 1] == '0'; n--)
		text[n - 1] = '\0';
	return mem_strdup(m->ctx, text);
}

static const char *
edifact_tax(struct mapping *m, const struct edi_seg *head)
{
	const struct edi_seg *tax = edi_first(m->set, head, "TAX");

	for (; tax != NULL; tax = edi_next(m->set, tax))
		if (strcmp(edi_get(tax, 1), "7") == 0 &&
		    strcmp(edi_getc(tax, 2, 1), "VAT") == 0)
			return rate_of(m, edi_getc(tax, 5, 4));
	return "";
}

/* The amount of a MOA with one of these qualifiers; 0 when none has. */
static bool
edifact_moa(struct mapping *m, const struct edi_seg *head,
    const char *qualifiers, bool *ret_found, int64_t *ret_minor)
{
	const struct edi_seg *moa = edi_first(m->set, head, "MOA");

	*ret_found = false;
	*ret_minor = 0;
	for (; moa != NULL; moa = edi_next(m->set, moa)) {
		char word[16];

		snprintf(word, sizeof(word), " %.8s ", edi_getc(moa, 1, 1));
		if (strstr(qualifiers, word) == NULL ||
		    edi_getc(moa, 1, 2)[0] == '\0')
			continue;
		*ret_found = true;
		return edi_minor(m->set, moa, 1, 2, m->o->currency, ret_minor,
			   m->err) ||
		    at(m, moa);
	}
	return true;
}

static bool
edifact_alc(struct mapping *m, const struct edi_seg *head, const char *line,
    int64_t *charge_minor, int64_t *allowance_minor)
{
	const struct edi_seg *alc = edi_first(m->set, head, "ALC");

	for (; alc != NULL; alc = edi_next(m->set, alc)) {
		bool is_charge = strcmp(edi_get(alc, 1), "C") == 0, found;
		int64_t minor;

		if (!edifact_moa(m, alc, " 8 23 204 ", &found, &minor))
			return false;
		if (!found &&
		    (edi_first(m->set, alc, "PCD") != NULL ||
			edi_first(m->set, alc, "RTE") != NULL))
			hold_for_amount(m, is_charge, line);
		if (minor < 0 || minor > MONEY_MAX_MINOR) {
			oms_fail(m->err, OMS_VALUE,
			    "an allowance or charge below 0, or too large");
			return at(m, alc);
		}
		*(is_charge ? charge_minor : allowance_minor) += minor;
	}
	return true;
}

static void
edifact_method(struct mapping *m)
{
	const struct edi_seg *tdt = edi_first(m->set, NULL, "TDT");

	if (tdt == NULL)
		return;
	set_once(&m->method, edi_getc(tdt, 5, 1));
	set_once(&m->method, edi_getc(tdt, 5, 4));
	set_once(&m->method, edi_getc(tdt, 3, 1));
}

static void
edifact_terms(struct mapping *m)
{
	const struct edi_seg *pat = edi_first(m->set, NULL, "PAT");

	if (pat != NULL && strcmp(edi_getc(pat, 3, 3), "D") == 0)
		m->t->head.terms_net_days = edi_getc(pat, 3, 4);
}

static bool
edifact_date(struct mapping *m, const struct edi_seg *dtm)
{
	if (strcmp(edi_getc(dtm, 1, 1), "137") != 0)
		return read_time(m, dtm);
	m->t->head.po_date = mem_strndup(m->ctx, edi_getc(dtm, 1, 2), 8);
	return edi_dtm(dtm, &m->o->order_ts_us, m->err) || at(m, dtm);
}

static bool
edifact_head(struct mapping *m)
{
	const struct edi_seg *bgm = edi_first(m->set, NULL, "BGM");
	const struct edi_seg *cux = edi_first(m->set, NULL, "CUX");
	struct trade_head *h = &m->t->head;

	if (bgm == NULL)
		return oms_fail(m->err, OMS_VALUE, "an ORDERS without BGM");
	h->order_type = edi_getc(bgm, 1, 1);
	if (!read_purpose(m, bgm, 3) ||
	    !read_number(m, bgm, edi_getc(bgm, 2, 1), "") ||
	    !set_currency(m, cux, cux != NULL ? edi_getc(cux, 1, 2) : ""))
		return false;
	for (const struct edi_seg *s = edi_first(m->set, NULL, "DTM"); s;
	     s = edi_next(m->set, s))
		if (!edifact_date(m, s))
			return false;
	for (const struct edi_seg *s = edi_first(m->set, NULL, "RFF"); s;
	     s = edi_next(m->set, s))
		read_reference(m, edi_getc(s, 1, 1), edi_getc(s, 1, 2));
	for (const struct edi_seg *s = edi_first(m->set, NULL, "FTX"); s;
	     s = edi_next(m->set, s))
		for (unsigned c = 1; c <= 5; c++)
			add_note(m, edi_getc(s, 4, c));
	m->tax_rate = edifact_tax(m, NULL);
	edifact_method(m);
	edifact_terms(m);
	return edifact_parties(m) &&
	    edifact_alc(m, NULL, NULL, &m->charge_minor, &m->allowance_minor);
}

/* ------------------------------------------------------- EDIFACT: lines */

static const struct edi_seg *
edifact_qty(struct mapping *m, const struct edi_seg *head,
    const char *qualifier)
{
	const struct edi_seg *q = edi_first(m->set, head, "QTY");

	while (q != NULL && strcmp(edi_getc(q, 1, 1), qualifier) != 0)
		q = edi_next(m->set, q);
	return q;
}

static bool
edifact_price(struct mapping *m, struct draft *d)
{
	if (!edi_pri(m->ctx, m->set, d->seg, &d->line, m->err) ||
	    !edifact_moa(m, d->seg, " 203 ", &d->has_total, &d->total_minor))
		return false;
	if (d->total_minor >= 0)
		return true;
	oms_fail(m->err, OMS_VALUE,
	    "line %s has an amount below 0 (MOA+203): an order charges or "
	    "is free; take back by a return",
	    d->line.buyer_line);
	return at(m, d->seg);
}

static bool
edifact_splits(struct mapping *m, struct draft *d)
{
	const struct edi_seg *loc = edi_first(m->set, d->seg, "LOC");

	for (; loc != NULL; loc = edi_next(m->set, loc)) {
		const struct edi_seg *q = edifact_qty(m, loc, "11");
		int64_t qty;

		if (strcmp(edi_get(loc, 1), "7") != 0 || q == NULL)
			continue;
		if (!edi_qty(m->set, q, 1, 2, &qty, m->err) ||
		    !add_split(m, d, edi_getc(loc, 2, 3), edi_getc(loc, 2, 1),
			qty))
			return at(m, loc);
	}
	return true;
}

static const char *
edifact_line_name(struct mapping *m, const struct edi_seg *lin)
{
	const struct edi_seg *imd = edi_first(m->set, lin, "IMD");

	for (; imd != NULL; imd = edi_next(m->set, imd))
		if (edi_getc(imd, 3, 4)[0] != '\0')
			return edi_getc(imd, 3, 4);
	return "";
}

static bool
edifact_line(struct mapping *m, const struct edi_seg *lin, size_t n)
{
	const struct edi_seg *dp = edi_with(m->set, lin, "NAD", 1, "DP");
	const struct edi_seg *q = edifact_qty(m, lin, "21");
	struct draft d = { .seg = lin,
		.name = edifact_line_name(m, lin),
		.tax_rate = edifact_tax(m, lin) };
	struct place own;

	d.line = (struct trade_line){ .buyer_line = edi_get(lin, 1),
		.uom = "",
		.price = "",
		.price_basis = "",
		.price_qty = 1 };
	if (d.line.buyer_line[0] == '\0')
		d.line.buyer_line = mem_printf(m->ctx, "%zu", n);
	set_once(&d.tax_rate, m->tax_rate);
	edi_item_ids(m->set, lin, 0, m->profile, &d.line, &d.sku);
	if (q == NULL) {
		oms_fail(m->err, OMS_VALUE, "line %s has no QTY+21",
		    d.line.buyer_line);
		return at(m, lin);
	}
	d.line.uom = edi_getc(q, 1, 3);
	if (!edi_qty(m->set, q, 1, 2, &d.qty, m->err))
		return at(m, q);
	if (!check_draft(m, &d) || !edifact_price(m, &d) ||
	    !edifact_alc(m, lin, d.line.buyer_line, &d.charge_minor,
		&d.allowance_minor) ||
	    !edifact_splits(m, &d))
		return false;
	if (dp == NULL)
		return finish_line(m, &d, NULL);
	own = edifact_place(m, dp);
	if (!own.has_address && place_by_id(m, own.party.id) != NULL)
		own = *place_by_id(m, own.party.id);
	return finish_line(m, &d, &own);
}

static bool
edifact_lines(struct mapping *m)
{
	const struct edi_seg *lin = edi_first(m->set, NULL, "LIN");

	for (size_t n = 1; lin != NULL; lin = edi_next(m->set, lin), n++)
		if (!edifact_line(m, lin, n))
			return false;
	return true;
}

/* ------------------------------------------------------------- the whole */

/* What the head takes off goes over the lines by their value; what it adds
   is the shipping charge of the first place. */
static void
spread(struct mapping *m)
{
	struct order *o = m->o;
	int64_t *weights, *shares;

	if (m->charge_minor > 0 && o->group_count > 0) {
		o->groups[0].shipping.net_minor = m->charge_minor;
		o->groups[0].shipping.tax_minor = trade_tax_minor(
		    m->charge_minor, m->tax_rate);
	}
	if (m->allowance_minor == 0 || o->line_count == 0)
		return;
	weights = mem_array(m->ctx, int64_t, o->line_count);
	shares = mem_array(m->ctx, int64_t, o->line_count);
	for (size_t i = 0; i < o->line_count; i++)
		weights[i] = o->lines[i].goods.net_minor;
	money_split(m->allowance_minor, weights, o->line_count, shares);
	for (size_t i = 0; i < o->line_count; i++) {
		o->lines[i].discount.net_minor -= shares[i];
		o->lines[i].discount.tax_minor -= trade_tax_minor(shares[i],
		    o->lines[i].tax_rate);
	}
}

/* The customer's own total, where he gives one. */
static bool
read_total(struct mapping *m, bool *ret_found, int64_t *ret_minor)
{
	const struct edi_seg *ctt = edi_first(m->set, NULL, "CTT");
	const struct edi_seg *amt = ctt != NULL
	    ? edi_with(m->set, ctt, "AMT", 1, "TT")
	    : NULL;

	*ret_found = false;
	if (m->set->standard == EDI_EDIFACT)
		return edifact_moa(m, NULL, " 79 ", ret_found, ret_minor);
	if (amt == NULL || edi_get(amt, 2)[0] == '\0')
		return true;
	*ret_found = true;
	return edi_minor(m->set, amt, 2, 1, m->o->currency, ret_minor,
		   m->err) ||
	    at(m, amt);
}

/* With or without allowances and charges: customers mean either. */
static bool
check_total(struct mapping *m)
{
	char said[NUM_DECIMAL_BYTES], sum[NUM_DECIMAL_BYTES];
	int64_t total_minor = 0, goods_minor = 0;
	bool found;

	if (!read_total(m, &found, &total_minor))
		return false;
	for (size_t i = 0; i < m->o->line_count; i++)
		goods_minor += m->o->lines[i].goods.net_minor;
	if (found && total_minor != goods_minor &&
	    total_minor != m->o->total.net_minor)
		set_once(&m->o->recon,
		    mem_printf(m->ctx,
			"the customer's total is %s, that of the lines %s",
			money_format(total_minor, m->o->currency, said),
			money_format(goods_minor, m->o->currency, sum)));
	return true;
}

static const struct trade_party nobody = { "", "", "" };

bool
edi_order_map(mem_ctx *ctx, const struct edi_set *set,
    const struct edi_profile *profile, struct trade *ret, struct oms_error *err)
{
	struct trade t = { .order = { .taxation = "net",
			       .customer_no = "",
			       .customer_name = "",
			       .customer_email = "",
			       .shop_status = "",
			       .payment_status = "",
			       .recon = "",
			       .incomplete = "" },
		.head = { .set = set->type,
		    .vendor_no = "",
		    .department = "",
		    .customer_order = "",
		    .promotion = "",
		    .contract = "",
		    .po_date = "",
		    .release_no = "",
		    .terms_net_days = "",
		    .buyer = nobody,
		    .bill_to = nobody,
		    .vendor = nobody,
		    .note = "" } };
	bool is_x12 = set->standard == EDI_X12;
	struct mapping m = { .ctx = ctx,
		.set = set,
		.profile = profile,
		.err = err,
		.o = &t.order,
		.t = &t,
		.mark = nobody,
		.method = "",
		.tax_rate = "" };

	sbuf_init(&m.note, ctx, NOTE_MAX_BYTES);
	if (!(is_x12 ? x12_head(&m) : edifact_head(&m)) ||
	    !(is_x12 ? x12_lines(&m) : edifact_lines(&m)))
		return false;
	spread(&m);
	trade_total(ctx, &t);
	if (!check_total(&m))
		return false;
	t.order.ship_by_ts_us = t.head.ship_by_ts_us;
	t.head.note = m.note.len > 0 ? m.note.p : "";
	if (t.head.purpose == TRADE_CANCEL)
		t.order.shop_status = "CANCELLED";
	t.order.customer_name = t.head.bill_to.name[0] != '\0'
	    ? t.head.bill_to.name
	    : t.head.buyer.name;
	if (t.order.line_count == 0 && t.head.purpose != TRADE_CANCEL)
		return oms_fail(err, OMS_VALUE, "the order has no lines");
	*ret = t; /* only a whole order, never half of one */
	return true;
}

static void
hash_texts(struct sbuf *b, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sbuf_addc(b, '|');
		sbuf_adds(b, texts[i]);
	}
}

static void
hash_head(struct sbuf *b, const struct trade_head *h)
{
	const char *const texts[] = { h->po_date, h->vendor_no, h->department,
		h->customer_order, h->promotion, h->contract };
	const int64_t dates[] = { h->ship_from_ts_us, h->ship_by_ts_us,
		h->deliver_from_ts_us, h->deliver_by_ts_us,
		h->cancel_after_ts_us };

	hash_texts(b, texts, COUNT(texts));
	for (size_t i = 0; i < COUNT(dates); i++) {
		sbuf_addc(b, '|');
		sbuf_addi(b, dates[i]);
	}
	hash_texts(b, &h->note, 1);
}

void
edi_order_hash(const struct trade *t, char ret[HASH_BYTES])
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	char of_order[HASH_BYTES];
	struct sbuf b;

	order_content_hash(&t->order, of_order);
	sbuf_init(&b, row, SIZE_MAX / 2);
	sbuf_adds(&b, of_order);
	hash_head(&b, &t->head);
	for (size_t i = 0; i < t->order.line_count; i++) {
		const struct trade_line *l = &t->lines[i];
		const char *const texts[] = { l->buyer_line, l->uom,
			l->seller_item, l->buyer_item, l->gtin, l->price };

		hash_texts(&b, texts, COUNT(texts));
	}
	hash_of(b.p, b.len, ret);
	mem_free(row);
}
