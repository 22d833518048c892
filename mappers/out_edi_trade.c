/* out_edi_trade.c - what the documents for trade customers share. */

#include "mappers/out_edi_trade.h"

#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "model/money.h"

enum { NUMBER_BYTES = 64 };

bool
out_trade_is_x12(const struct out_trade *t)
{
	return strcmp(t->profile->standard, "x12") == 0;
}

/* REF*IA*123; nothing when there is nothing to say. */
void
out_trade_text(struct edi_writer *w, const char *segment, const char *qualifier,
    const char *text)
{
	if (text[0] == '\0')
		return;
	edi_w_tag(w, segment);
	edi_w_text(w, qualifier);
	edi_w_text(w, text);
}

void
out_trade_number(struct edi_writer *w, const struct out_trade *t,
    const char *segment, const char *qualifier, const char *number)
{
	char copy[NUMBER_BYTES];
	char *point;

	(void)str_copy(copy, sizeof(copy), number);
	point = strchr(copy, '.');
	if (point != NULL && t->profile->decimal_mark[0] != '\0')
		*point = t->profile->decimal_mark[0];
	edi_w_tag(w, segment);
	edi_w_text(w, qualifier);
	edi_w_more(w, copy);
}

void
out_trade_moa(struct edi_writer *w, const struct out_trade *t,
    const char *qualifier, int64_t minor)
{
	char text[NUM_DECIMAL_BYTES];

	out_trade_number(w, t, "MOA", qualifier,
	    money_format(minor, t->currency, text));
}

void
out_trade_qty(struct edi_writer *w, const char *qualifier, int64_t qty,
    const char *uom)
{
	char text[NUM_DECIMAL_BYTES];

	edi_w_tag(w, "QTY");
	edi_w_text(w, qualifier);
	edi_w_more(w, num_format_decimal(qty, 0, text));
	edi_w_more(w, uom);
}

void
out_trade_cnt(struct edi_writer *w, const char *qualifier, int64_t n)
{
	char text[NUM_DECIMAL_BYTES];

	edi_w_tag(w, "CNT");
	edi_w_text(w, qualifier);
	edi_w_more(w, num_format_decimal(n, 0, text));
}

static void
edifact_party_id(struct edi_writer *w, const struct trade_party *p)
{
	if (p->id[0] == '\0') {
		edi_w_skip(w, 1);
		return;
	}
	edi_w_text(w, p->id);
	edi_w_more(w, "");
	edi_w_more(w, p->qualifier);
}

/* N1 or NAD with a number; nothing when he gave none. */
void
out_trade_party(struct edi_writer *w, const struct out_trade *t,
    const char *role, const struct trade_party *p)
{
	if (p->id[0] == '\0')
		return;
	if (!out_trade_is_x12(t)) {
		edi_w_tag(w, "NAD");
		edi_w_text(w, role);
		edifact_party_id(w, p);
		return;
	}
	edi_w_tag(w, "N1");
	edi_w_text(w, role);
	edi_w_skip(w, 1);
	edi_w_text(w, p->qualifier[0] != '\0' ? p->qualifier : "92");
	edi_w_text(w, p->id);
}

static void
edifact_place(struct edi_writer *w, const char *role,
    const struct trade_party *p, const struct out_address *to)
{
	edi_w_tag(w, "NAD");
	edi_w_text(w, role);
	edifact_party_id(w, p);
	edi_w_skip(w, 1);
	edi_w_textn(w, to->name, 35);
	edi_w_textn(w, to->address1, 35);
	if (to->address2[0] != '\0')
		edi_w_more(w, to->address2);
	edi_w_textn(w, to->city, 35);
	edi_w_textn(w, to->state, 9);
	edi_w_textn(w, to->postal_code, 9);
	edi_w_text(w, to->country);
}

static void
x12_address(struct edi_writer *w, const struct out_address *to)
{
	if (to->address1[0] != '\0') {
		edi_w_tag(w, "N3");
		edi_w_textn(w, to->address1, 55);
		edi_w_textn(w, to->address2, 55);
	}
	if (to->city[0] == '\0' && to->postal_code[0] == '\0')
		return;
	edi_w_tag(w, "N4");
	edi_w_textn(w, to->city, 30);
	edi_w_text(w, strlen(to->state) == 2 ? to->state : "");
	edi_w_textn(w, to->postal_code, 15);
	edi_w_text(w, to->country);
}

void
out_trade_place(struct edi_writer *w, const struct out_trade *t,
    const char *role, const struct trade_party *p, const struct out_address *to)
{
	const char *name = to->name[0] != '\0' ? to->name : to->company;

	if (!out_trade_is_x12(t)) {
		edifact_place(w, role, p, to);
		return;
	}
	if (name[0] == '\0' && p->id[0] == '\0')
		name = "-"; /* R0203: one of them must be there */
	edi_w_tag(w, "N1");
	edi_w_text(w, role);
	edi_w_textn(w, name, 60);
	if (p->id[0] != '\0') {
		edi_w_text(w, p->qualifier[0] != '\0' ? p->qualifier : "92");
		edi_w_text(w, p->id);
	}
	x12_address(w, to);
}

void
out_trade_supplier(struct edi_writer *w, const struct out_trade *t)
{
	bool is_gln = strcmp(t->profile->our_qualifier, "14") == 0;
	struct trade_party us = { is_gln ? "9" : "91", t->profile->our_id, "" };

	out_trade_party(w, t, "SU", t->vendor.id[0] != '\0' ? &t->vendor : &us);
}

void
out_trade_references(struct edi_writer *w, const struct out_trade *t)
{
	out_trade_text(w, "REF", "IA",
	    t->vendor_no[0] != '\0' ? t->vendor_no : t->profile->vendor_no);
	out_trade_text(w, "REF", "DP", t->department);
	out_trade_text(w, "REF", "CO", t->customer_order);
	out_trade_text(w, "REF", "PD", t->promotion);
}

static void
pair(struct edi_writer *w, const char *q, const char *id)
{
	if (id[0] == '\0')
		return;
	edi_w_text(w, q);
	edi_w_text(w, id);
}

static void
component_id(struct edi_writer *w, const char *q, const char *id)
{
	if (id[0] == '\0')
		return;
	edi_w_text(w, id);
	edi_w_more(w, q);
}

/* Our own number under the profile's qualifier, when he sent none. */
static const char *
own_qualifier(const struct out_trade *t)
{
	if (t->profile->item_qualifier[0] != '\0')
		return t->profile->item_qualifier;
	return out_trade_is_x12(t) ? "VN" : "SA";
}

void
out_trade_ids(struct edi_writer *w, const struct out_trade *t,
    const struct out_trade_line *l)
{
	const struct trade_line *tl = &l->line;

	pair(w, tl->buyer_q, tl->buyer_item);
	if (strcmp(tl->seller_item, tl->gtin) != 0)
		pair(w, tl->seller_q, tl->seller_item);
	pair(w, tl->gtin_q, tl->gtin);
	if (tl->buyer_item[0] == '\0' && tl->seller_item[0] == '\0' &&
	    tl->gtin[0] == '\0')
		pair(w, own_qualifier(t), l->sku);
}

/* LIN with his GTIN, and PIA with the other numbers. */
void
out_trade_lin(struct edi_writer *w, const struct out_trade *t,
    const struct out_trade_line *l, size_t n, const char *action)
{
	const struct trade_line *tl = &l->line;

	edi_w_tag(w, "LIN");
	if (tl->buyer_line[0] != '\0')
		edi_w_text(w, tl->buyer_line);
	else
		edi_w_int(w, (int64_t)n);
	edi_w_text(w, action);
	component_id(w, tl->gtin_q, tl->gtin);
	if (tl->gtin[0] != '\0' && tl->seller_item[0] == '\0' &&
	    tl->buyer_item[0] == '\0')
		return;
	edi_w_tag(w, "PIA");
	edi_w_text(w, tl->gtin[0] != '\0' ? "1" : "5");
	if (strcmp(tl->seller_item, tl->gtin) != 0)
		component_id(w, tl->seller_q, tl->seller_item);
	component_id(w, tl->buyer_q, tl->buyer_item);
	if (tl->gtin[0] == '\0' && tl->seller_item[0] == '\0' &&
	    tl->buyer_item[0] == '\0')
		component_id(w, own_qualifier(t), l->sku);
}
