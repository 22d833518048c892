/*
 * edi_ship_order.c - a shipping order as 940, or as ORDERS to a warehouse.
 *
 * N9*LI and RFF+LI are our number of the line: the only thing by which the
 * warehouse's advice finds it again.  A kit is one line with its components
 * named below it, in 940 as N9*ZZ, in ORDERS as sub-lines: they are picked
 * with the kit, and only the kit is confirmed.
 */

#include <stdio.h>
#include <string.h>

#include "mappers/edi_put.h"
#include "mappers/edi_warehouse.h"

enum {
	NAME_MAX_BYTES = 35, /* of N102 and 3036, the shorter */
	TEXT_MAX_BYTES = 45, /* G6901 */
	REF_MAX_BYTES = 30,  /* N902 */
	UPC_BYTES = 12,
	NUMBER_BYTES = 24,
	GRAMS_PER_KG = 1000
};

struct edi_ship_orders {
	struct edi_writer *w;
	const struct edi_profile *p;
	bool is_x12;
	int64_t created_ts_us;
	const struct edi_ship_order *order; /* that is open */
	int64_t lines;                      /* of it: LX, LIN */
	int64_t parent;                     /* LIN of the kit */
	int64_t qty;                        /* of all lines */
};

struct edi_ship_orders *
edi_ship_orders_new(mem_ctx *ctx, struct edi_writer *w,
    const struct edi_profile *p, int64_t created_ts_us)
{
	struct edi_ship_orders *d = mem_new(ctx, struct edi_ship_orders);

	d->w = w;
	d->p = p;
	d->is_x12 = strcmp(p->standard, "x12") == 0;
	d->created_ts_us = created_ts_us;
	return d;
}

static const char *
place_of(const struct edi_ship_orders *d)
{
	return d->p->warehouse_id[0] != '\0' ? d->p->warehouse_id
					     : d->order->s.node;
}

/* The code list of a number, as our partner's standard has it. */
static const char *
list_of(const struct edi_ship_orders *d, const struct trade_party *p)
{
	bool is_gln = strcmp(p->qualifier, "UL") == 0 ||
	    strcmp(p->qualifier, "9") == 0;

	if (!d->is_x12)
		return is_gln ? "9" : "92";
	return is_gln ? "UL" : "92";
}

/* ---- 940 ------------------------------------------------------------------ */

static void
x12_number(const struct edi_ship_orders *d, const struct trade_party *p)
{
	if (p->id[0] == '\0')
		return;
	edi_w_text(d->w, list_of(d, p));
	edi_w_text(d->w, p->id);
}

static void
x12_address(struct edi_ship_orders *d, const struct out_address *a)
{
	struct edi_writer *w = d->w;
	bool has_both = a->company[0] != '\0' && a->name[0] != '\0';

	edi_w_tag(w, "N1");
	edi_w_text(w, "ST");
	edi_w_textn(w, a->name[0] != '\0' ? a->name : a->company,
	    NAME_MAX_BYTES);
	x12_number(d, &d->order->place);
	if (has_both) {
		edi_w_tag(w, "N2");
		edi_w_textn(w, a->company, NAME_MAX_BYTES);
	}
	if (a->address1[0] != '\0') {
		edi_w_tag(w, "N3");
		edi_w_text(w, a->address1);
		edi_w_text(w, a->address2);
	}
	SEGMENT(w, "N4", a->city, a->state, a->postal_code, a->country);
	if (a->phone[0] != '\0')
		SEGMENT(w, "PER", "DC", "", "TE", a->phone);
}

static void
x12_date(struct edi_writer *w, const char *qualifier, int64_t ts_us)
{
	if (ts_us == 0)
		return;
	edi_w_tag(w, "G62");
	edi_w_text(w, qualifier);
	edi_w_date(w, ts_us);
}

static void
x12_open(struct edi_ship_orders *d, const struct edi_ship_order *o)
{
	struct edi_writer *w = d->w;
	const struct out_shipment *s = &o->s;

	edi_w_set(w, "940");
	SEGMENT(w, "W05", "N", s->shipment_key, s->order_no);
	x12_address(d, &s->to);
	if (o->mark.id[0] != '\0') {
		SEGMENT(w, "N1", "Z7", "");
		x12_number(d, &o->mark);
	}
	SEGMENT(w, "N1", "SF", o->node_name, "92", place_of(d));
	SEGMENT(w, "N1", "DE", "", "91", d->p->our_id);
	SEGMENT(w, "N9", "CO", s->order_no);
	SEGMENT(w, "N9", "RE", s->release_key);
	x12_date(w, "10", o->ship_by_ts_us);
	x12_date(w, "02", s->promise_ts_us);
	edi_w_tag(w, "W66");
	edi_w_text(w, "PP");
	edi_w_text(w, o->is_parcel ? "U" : "M");
	edi_w_skip(w, 2);
	edi_w_textn(w, s->service[0] != '\0' ? s->service : s->carrier,
	    NAME_MAX_BYTES);
	edi_w_skip(w, 4);
	edi_w_text(w, o->scac);
}

static bool
is_upc(const char *qualifier, const char *sku)
{
	return strcmp(qualifier, "UP") == 0 && strlen(sku) == UPC_BYTES;
}

static void
x12_line(struct edi_ship_orders *d, const struct out_ship_line *l,
    const char *unit)
{
	const char *qualifier = edi_item_qualifier(d->p);
	struct edi_writer *w = d->w;

	edi_w_tag(w, "LX");
	edi_w_int(w, d->lines);
	edi_w_tag(w, "W01");
	edi_w_int(w, l->qty);
	edi_w_text(w, edi_unit(d->p, unit));
	if (is_upc(qualifier, l->sku)) {
		edi_w_text(w, l->sku);
	} else {
		edi_w_skip(w, 1);
		edi_w_text(w, qualifier);
		edi_w_text(w, l->sku);
	}
	if (l->name[0] != '\0') {
		edi_w_tag(w, "G69");
		edi_w_textn(w, l->name, TEXT_MAX_BYTES);
	}
	edi_w_tag(w, "N9");
	edi_w_text(w, "LI");
	edi_w_int(w, l->ship_line_no);
}

static void
x12_component(struct edi_ship_orders *d, const struct out_component *c)
{
	char text[TEXT_MAX_BYTES];

	snprintf(text, sizeof(text), "COMPONENT %lld", (long long)c->qty);
	edi_w_tag(d->w, "N9");
	edi_w_text(d->w, "ZZ");
	edi_w_textn(d->w, c->sku, REF_MAX_BYTES);
	edi_w_text(d->w, text);
}

static void
x12_close(struct edi_ship_orders *d)
{
	int64_t g = d->order->weight_g;
	char kg[NUMBER_BYTES];

	edi_w_tag(d->w, "W76");
	edi_w_int(d->w, d->qty);
	if (g > 0) {
		snprintf(kg, sizeof(kg), "%lld.%03lld",
		    (long long)(g / GRAMS_PER_KG),
		    (long long)(g % GRAMS_PER_KG));
		edi_w_text(d->w, kg);
		edi_w_text(d->w, "KG");
	}
}

/* ---- ORDERS --------------------------------------------------------------- */

static void
edifact_number(const struct edi_ship_orders *d, const char *role,
    const struct trade_party *p)
{
	SEGMENT(d->w, "NAD", role, p->id);
	if (p->id[0] != '\0') {
		edi_w_more(d->w, "");
		edi_w_more(d->w, list_of(d, p));
	}
}

static void
edifact_address(struct edi_ship_orders *d, const struct out_address *a)
{
	struct edi_writer *w = d->w;

	edifact_number(d, "DP", &d->order->place);
	edi_w_skip(w, 1);
	edi_w_textn(w, a->name, NAME_MAX_BYTES);
	edi_w_more(w, a->company);
	edi_w_text(w, a->address1);
	edi_w_more(w, a->address2);
	edi_w_text(w, a->city);
	edi_w_text(w, a->state);
	edi_w_text(w, a->postal_code);
	edi_w_text(w, a->country);
	if (a->phone[0] != '\0') {
		SEGMENT(w, "CTA", "DL");
		edi_w_tag(w, "COM");
		edi_w_text(w, a->phone);
		edi_w_more(w, "TE");
	}
}

static void
edifact_open(struct edi_ship_orders *d, const struct edi_ship_order *o)
{
	struct edi_writer *w = d->w;
	const struct out_shipment *s = &o->s;

	edi_w_set(w, "ORDERS");
	SEGMENT(w, "BGM", "220", s->shipment_key, "9");
	edi_w_dtm(w, "137", d->created_ts_us);
	if (o->ship_by_ts_us != 0)
		edi_w_dtm(w, "10", o->ship_by_ts_us);
	if (s->promise_ts_us != 0)
		edi_w_dtm(w, "2", s->promise_ts_us);
	edi_put_rff(w, "ON", s->order_no);
	edi_put_rff(w, "CR", s->release_key);
	edi_put_nad(w, d->p, "BY", d->p->our_id);
	edi_put_nad(w, d->p, "SU", place_of(d));
	edifact_address(d, &s->to);
	if (o->mark.id[0] != '\0')
		edifact_number(d, "UC", &o->mark);
	if (s->carrier[0] != '\0') {
		edi_w_tag(w, "TDT");
		edi_w_text(w, "20");
		edi_w_skip(w, 1);
		edi_w_text(w, o->is_parcel ? "5" : "3");
		edi_w_skip(w, 1);
		edi_w_text(w, o->scac);
		edi_w_more(w, "");
		edi_w_more(w, "");
		edi_w_more(w, s->service[0] != '\0' ? s->service : s->carrier);
	}
}

/* parent 0: a line; else a sub-line of that one. */
static void
edifact_lin(struct edi_ship_orders *d, const char *sku, int64_t qty,
    int64_t parent)
{
	struct edi_writer *w = d->w;
	char text[NUMBER_BYTES];

	edi_w_tag(w, "LIN");
	edi_w_int(w, d->lines);
	edi_w_skip(w, 1);
	edi_w_text(w, sku);
	edi_w_more(w, edi_item_qualifier(d->p));
	if (parent != 0) {
		snprintf(text, sizeof(text), "%lld", (long long)parent);
		edi_w_text(w, "1");
		edi_w_more(w, text);
	}
	snprintf(text, sizeof(text), "%lld", (long long)qty);
	edi_w_tag(w, "QTY");
	edi_w_text(w, "21");
	edi_w_more(w, text);
}

static void
edifact_line(struct edi_ship_orders *d, const struct out_ship_line *l,
    const char *unit)
{
	char number[NUMBER_BYTES];

	edifact_lin(d, l->sku, l->qty, 0);
	edi_w_more(d->w, edi_unit(d->p, unit));
	snprintf(number, sizeof(number), "%lld", (long long)l->ship_line_no);
	edi_put_rff(d->w, "LI", number);
}

static void
edifact_close(struct edi_ship_orders *d)
{
	char text[NUMBER_BYTES];

	SEGMENT(d->w, "UNS", "S");
	snprintf(text, sizeof(text), "%lld", (long long)d->lines);
	edi_w_tag(d->w, "CNT");
	edi_w_text(d->w, "2");
	edi_w_more(d->w, text);
}

/* ---- both ----------------------------------------------------------------- */

void
edi_ship_order_open(struct edi_ship_orders *d, const struct edi_ship_order *o)
{
	d->order = o;
	d->lines = d->qty = 0;
	if (d->is_x12)
		x12_open(d, o);
	else
		edifact_open(d, o);
}

void
edi_ship_order_line(struct edi_ship_orders *d, const struct out_ship_line *l,
    const char *unit)
{
	d->parent = ++d->lines;
	d->qty += l->qty;
	if (d->is_x12)
		x12_line(d, l, unit);
	else
		edifact_line(d, l, unit);
}

void
edi_ship_order_component(struct edi_ship_orders *d,
    const struct out_component *c)
{
	if (d->is_x12) {
		x12_component(d, c);
		return;
	}
	d->lines++;
	edifact_lin(d, c->sku, c->qty, d->parent);
}

void
edi_ship_order_close(struct edi_ship_orders *d)
{
	if (d->is_x12)
		x12_close(d);
	else
		edifact_close(d);
	edi_w_set_end(d->w);
}
