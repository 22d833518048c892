/* out_edi_ship_notice.c - 856 and DESADV; see out_edi_trade.h. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "mappers/out_edi_trade.h"

enum {
	SSCC_DIGITS = 17,
	PREFIX_MIN = 7,
	PREFIX_MAX = 10,
	ROUTING_MAX_BYTES = 35,
	ROUTING_BYTES = 120,
	GIN_NUMBERS = 5
};

/* Modulo 10 over 17 digits, weights 3 and 1 from the left (GS1). */
static char
check_digit(const char *digits)
{
	int sum = 0;

	for (int i = 0; i < SSCC_DIGITS; i++)
		sum += (digits[i] - '0') * (i % 2 == 0 ? 3 : 1);
	return (char)('0' + (10 - sum % 10) % 10);
}

void
out_sscc(const char *prefix, const char *shipment_key, char ret[SSCC_BYTES])
{
	size_t len = strlen(prefix), key = strlen(shipment_key);

	ret[0] = '\0';
	if (len < PREFIX_MIN || len > PREFIX_MAX ||
	    strspn(prefix, "0123456789") != len)
		return;
	memset(ret, '0', SSCC_DIGITS);
	memcpy(ret + 1, prefix, len);
	/* The digits of the key fill it from the right. */
	for (size_t i = SSCC_DIGITS; i > len + 1 && key > 0 &&
	     isdigit((unsigned char)shipment_key[key - 1]);
	     key--)
		ret[--i] = shipment_key[key - 1];
	ret[SSCC_DIGITS] = check_digit(ret);
	ret[SSCC_DIGITS + 1] = '\0';
}

/* A set being written. */
struct notice {
	struct edi_writer *w;
	const struct out_notice *n;
	const struct out_packing *p;
	bool *is_named; /* of each line: its order was named above */
};

/* What was ordered is said once: a line may be in many cartons. */
static bool
is_first_of(struct notice *d, const struct out_packed *i)
{
	bool is_first = !d->is_named[i->line];

	d->is_named[i->line] = true;
	return is_first;
}

/* Grams as kilograms. */
static const char *
kilograms(int64_t weight_g, char dst[NUM_DECIMAL_BYTES])
{
	return num_format_decimal(weight_g, 3, dst);
}

/* ------------------------------------------------------------------ 856 */

static void
x12_hl(struct edi_writer *w, int64_t *id, int64_t parent, const char *level,
    bool has_children)
{
	edi_w_tag(w, "HL");
	edi_w_int(w, ++*id);
	if (parent > 0)
		edi_w_int(w, parent);
	else
		edi_w_skip(w, 1);
	edi_w_text(w, level);
	edi_w_text(w, has_children ? "1" : "0");
}

static void
x12_routing(struct edi_writer *w, const struct out_notice *n)
{
	char text[ROUTING_BYTES];

	snprintf(text, sizeof(text), "%s%s%s", n->carrier,
	    n->carrier[0] != '\0' && n->service[0] != '\0' ? " " : "",
	    n->service);
	edi_w_tag(w, "TD5");
	edi_w_text(w, "B");
	edi_w_text(w, n->scac[0] != '\0' ? "2" : "");
	edi_w_text(w, n->scac);
	edi_w_skip(w, 1);
	edi_w_textn(w, text[0] != '\0' ? text : "BEST WAY", ROUTING_MAX_BYTES);
}

static void
x12_carriage(struct notice *d)
{
	const struct out_notice *n = d->n;
	int64_t cartons = (int64_t)d->p->label_count;
	char text[NUM_DECIMAL_BYTES];

	if (cartons > 0 || n->weight_g > 0) {
		edi_w_tag(d->w, "TD1");
		edi_w_text(d->w, cartons > 0 ? "CTN25" : "");
		if (cartons > 0)
			edi_w_int(d->w, cartons);
		else
			edi_w_skip(d->w, 1);
		edi_w_skip(d->w, 3);
		edi_w_text(d->w, n->weight_g > 0 ? "G" : "");
		edi_w_text(d->w,
		    n->weight_g > 0 ? kilograms(n->weight_g, text) : "");
		edi_w_text(d->w, n->weight_g > 0 ? "KG" : "");
	}
	x12_routing(d->w, n);
}

static void
x12_shipment(struct notice *d)
{
	struct edi_writer *w = d->w;
	const struct out_notice *n = d->n;
	struct trade_party node = { "91", n->node, n->node_name };
	struct out_address from = { .name = n->node_name,
		.company = "",
		.address1 = "",
		.address2 = "",
		.postal_code = "",
		.city = "",
		.state = "",
		.country = "",
		.phone = "" };

	x12_carriage(d);
	out_trade_text(w, "REF", "BM", n->bill);
	out_trade_text(w, "REF", "CN", n->tracking);
	edi_w_tag(w, "DTM");
	edi_w_text(w, "011");
	edi_w_date(w, n->shipped_ts_us);
	edi_w_time(w, n->shipped_ts_us);
	if (n->promise_ts_us != 0) {
		edi_w_tag(w, "DTM");
		edi_w_text(w, "017");
		edi_w_date(w, n->promise_ts_us);
	}
	out_trade_place(w, &n->trade, "ST", &n->to_party, &n->to);
	out_trade_place(w, &n->trade, "SF", &node, &from);
}

static void
x12_order(struct edi_writer *w, const struct out_notice *n)
{
	const struct out_trade *t = &n->trade;

	edi_w_tag(w, "PRF");
	edi_w_text(w, t->po_number);
	edi_w_text(w, t->release_no);
	edi_w_skip(w, 1);
	edi_w_text(w, t->po_date);
	out_trade_references(w, t);
	out_trade_text(w, "REF", "IV", n->invoice_no);
	if (n->mark.id[0] != '\0')
		out_trade_party(w, t, "Z7", &n->mark);
	out_trade_party(w, t, "BY", &t->buyer);
}

static void
x12_labels(struct edi_writer *w, const struct out_pack *p)
{
	const char *before = "";

	for (size_t i = 0; i < p->label_count; i++)
		out_trade_text(w, "MAN", "GM", p->labels[i].sscc);
	for (size_t i = 0; i < p->label_count; i++) {
		const char *tracking = p->labels[i].tracking;

		if (strcmp(tracking, before) != 0)
			out_trade_text(w, "MAN", "CP", tracking);
		before = tracking;
	}
}

static void
x12_item(struct notice *d, const struct out_packed *i)
{
	const struct out_notice_line *l = &d->n->lines[i->line];
	const char *uom = l->of.line.uom[0] != '\0' ? l->of.line.uom : "EA";

	edi_w_tag(d->w, "LIN");
	edi_w_text(d->w, l->of.line.buyer_line);
	out_trade_ids(d->w, &d->n->trade, &l->of);
	edi_w_tag(d->w, "SN1");
	edi_w_text(d->w, l->of.line.buyer_line);
	edi_w_int(d->w, i->qty);
	edi_w_text(d->w, uom);
	if (is_first_of(d, i)) {
		edi_w_skip(d->w, 1);
		edi_w_int(d->w, l->ordered_qty);
		edi_w_text(d->w, uom);
	}
	out_trade_text(d->w, "REF", "LT", i->lot);
}

static void
x12_items(struct notice *d, const struct out_packed *items, size_t count,
    int64_t *id, int64_t parent)
{
	for (size_t i = 0; i < count; i++) {
		x12_hl(d->w, id, parent, "I", false);
		x12_item(d, &items[i]);
	}
}

static int64_t
shipped_in_all(const struct out_notice *n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n->line_count; i++)
		sum += n->lines[i].shipped_qty;
	return sum;
}

static void
x12_notice(struct notice *d)
{
	const struct out_notice *n = d->n;
	const struct out_packing *p = d->p;
	struct edi_writer *w = d->w;
	int64_t id = 0, order;

	edi_w_set(w, "856");
	edi_w_tag(w, "BSN");
	edi_w_text(w, "00");
	edi_w_text(w, n->shipment_key);
	edi_w_date(w, n->trade.created_ts_us);
	edi_w_time(w, n->trade.created_ts_us);
	edi_w_text(w, p->pack_count > 0 ? "0001" : "0004");
	x12_hl(w, &id, 0, "S", true);
	x12_shipment(d);
	x12_hl(w, &id, id, "O", true);
	x12_order(w, n);
	order = id;
	x12_items(d, p->loose, p->loose_count, &id, order);
	for (size_t i = 0; i < p->pack_count; i++) {
		x12_hl(w, &id, order, "P", true);
		x12_labels(w, &p->packs[i]);
		x12_items(d, p->packs[i].items, p->packs[i].item_count, &id,
		    id);
	}
	edi_w_tag(w, "CTT");
	edi_w_int(w, id);
	edi_w_int(w, shipped_in_all(n));
	edi_w_set_end(w);
}

/* --------------------------------------------------------------- DESADV */

static void
edifact_head(struct edi_writer *w, const struct out_notice *n)
{
	const struct out_trade *t = &n->trade;
	struct trade_party node = { "91", n->node, "" };

	edi_w_set(w, "DESADV");
	edi_w_tag(w, "BGM");
	edi_w_text(w, "351");
	edi_w_text(w, n->shipment_key);
	edi_w_text(w, "9");
	edi_w_dtm(w, "137", t->created_ts_us);
	edi_w_dtm(w, "11", n->shipped_ts_us);
	if (n->promise_ts_us != 0)
		edi_w_dtm(w, "17", n->promise_ts_us);
	edi_w_tag(w, "RFF");
	edi_w_text(w, "ON");
	edi_w_more(w, t->po_number);
	out_trade_party(w, t, "BY", &t->buyer);
	out_trade_supplier(w, t);
	out_trade_place(w, t, "DP", &n->to_party, &n->to);
	out_trade_party(w, t, "UC", &n->mark);
	out_trade_party(w, t, "SF", &node);
}

static void
edifact_carriage(struct edi_writer *w, const struct out_notice *n)
{
	if (n->carrier[0] == '\0')
		return;
	edi_w_tag(w, "TDT");
	edi_w_text(w, "20");
	edi_w_textn(w, n->tracking, 17);
	edi_w_text(w, "30");
	edi_w_skip(w, 1);
	edi_w_text(w, n->scac);
	edi_w_more(w, "");
	edi_w_more(w, n->scac[0] != '\0' ? "182" : "");
	edi_w_more(w, n->carrier);
}

/* PAC of the cartons of a pack, and below it what they are called. */
static void
edifact_labels(struct edi_writer *w, const struct out_pack *p)
{
	size_t in_gin = 0;

	edi_w_tag(w, "PAC");
	edi_w_int(w, (int64_t)p->label_count);
	edi_w_skip(w, 1);
	edi_w_text(w, "CT");
	for (size_t i = 0; i < p->label_count; i++) {
		if (p->labels[i].sscc[0] == '\0')
			continue;
		if (in_gin == 0) {
			edi_w_tag(w, "PCI");
			edi_w_text(w, "33E");
		}
		if (in_gin++ % GIN_NUMBERS == 0) {
			edi_w_tag(w, "GIN");
			edi_w_text(w, "BJ");
		}
		edi_w_text(w, p->labels[i].sscc);
	}
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].sscc[0] == '\0') {
			edi_w_tag(w, "PCI");
			edi_w_text(w, "24");
			edi_w_textn(w, p->labels[i].tracking,
			    ROUTING_MAX_BYTES);
		}
}

static void
edifact_item(struct notice *d, const struct out_packed *i, size_t n)
{
	const struct out_trade *t = &d->n->trade;
	const struct out_notice_line *l = &d->n->lines[i->line];
	const char *uom = l->of.line.uom;
	struct out_trade_line of = l->of;
	struct edi_writer *w = d->w;

	of.line.buyer_line = ""; /* his line comes again; RFF+ON names it */
	out_trade_lin(w, t, &of, n, "");
	if (i->lot[0] != '\0') {
		edi_w_tag(w, "PIA");
		edi_w_text(w, "1");
		edi_w_textn(w, i->lot, ROUTING_MAX_BYTES);
		edi_w_more(w, "NB");
	}
	out_trade_qty(w, "12", i->qty, uom);
	if (is_first_of(d, i))
		out_trade_qty(w, "21", l->ordered_qty, uom);
	edi_w_tag(w, "RFF");
	edi_w_text(w, "ON");
	edi_w_more(w, t->po_number);
	edi_w_more(w, l->of.line.buyer_line);
}

/* The shipment as a whole, and below it the cartons. */
static void
edifact_notice(struct notice *d)
{
	const struct out_packing *p = d->p;
	struct edi_writer *w = d->w;
	size_t lines = 0;

	edifact_head(w, d->n);
	edifact_carriage(w, d->n);
	edi_w_tag(w, "CPS");
	edi_w_text(w, "1");
	if (p->label_count > 0) {
		edi_w_tag(w, "PAC");
		edi_w_int(w, (int64_t)p->label_count);
	}
	for (size_t i = 0; i < p->loose_count; i++)
		edifact_item(d, &p->loose[i], ++lines);
	for (size_t i = 0; i < p->pack_count; i++) {
		edi_w_tag(w, "CPS");
		edi_w_int(w, (int64_t)i + 2);
		edi_w_text(w, "1");
		edifact_labels(w, &p->packs[i]);
		for (size_t j = 0; j < p->packs[i].item_count; j++)
			edifact_item(d, &p->packs[i].items[j], ++lines);
	}
	out_trade_cnt(w, "2", (int64_t)lines);
	edi_w_set_end(w);
}

void
out_edi_ship_notice(struct edi_writer *w, const struct out_notice *n,
    const struct out_packing *p)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "notice");
	struct notice d = { .w = w,
		.n = n,
		.p = p,
		.is_named = mem_array(ctx, bool, n->line_count + 1) };

	if (out_trade_is_x12(&n->trade))
		x12_notice(&d);
	else
		edifact_notice(&d);
	mem_free(ctx);
}
