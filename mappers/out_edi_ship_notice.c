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
	ROUTING_BYTES = 120
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

static bool
has_pack(const struct out_notice *n, const char *sscc)
{
	return sscc[0] != '\0' || n->tracking[0] != '\0';
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
x12_carriage(struct edi_writer *w, const struct out_notice *n, bool packed)
{
	char text[NUM_DECIMAL_BYTES];

	if (packed || n->weight_g > 0) {
		edi_w_tag(w, "TD1");
		edi_w_text(w, packed ? "CTN25" : "");
		edi_w_text(w, packed ? "1" : "");
		edi_w_skip(w, 3);
		edi_w_text(w, n->weight_g > 0 ? "G" : "");
		edi_w_text(w,
		    n->weight_g > 0 ? kilograms(n->weight_g, text) : "");
		edi_w_text(w, n->weight_g > 0 ? "KG" : "");
	}
	x12_routing(w, n);
}

static void
x12_shipment(struct edi_writer *w, const struct out_notice *n, bool packed)
{
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

	x12_carriage(w, n, packed);
	out_trade_text(w, "REF", "BM", n->shipment_key);
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
x12_pack(struct edi_writer *w, const struct out_notice *n, const char *sscc)
{
	out_trade_text(w, "MAN", "GM", sscc);
	out_trade_text(w, "MAN", "CP", n->tracking);
}

static void
x12_item(struct edi_writer *w, const struct out_notice *n,
    const struct out_notice_line *l)
{
	const char *uom = l->of.line.uom[0] != '\0' ? l->of.line.uom : "EA";

	edi_w_tag(w, "LIN");
	edi_w_text(w, l->of.line.buyer_line);
	out_trade_ids(w, &n->trade, &l->of);
	edi_w_tag(w, "SN1");
	edi_w_text(w, l->of.line.buyer_line);
	edi_w_int(w, l->shipped_qty);
	edi_w_text(w, uom);
	edi_w_skip(w, 1);
	edi_w_int(w, l->ordered_qty);
	edi_w_text(w, uom);
}

static void
x12_notice(struct edi_writer *w, const struct out_notice *n, const char *sscc)
{
	bool packed = has_pack(n, sscc);
	int64_t id = 0, parent;

	edi_w_set(w, "856");
	edi_w_tag(w, "BSN");
	edi_w_text(w, "00");
	edi_w_text(w, n->shipment_key);
	edi_w_date(w, n->trade.created_ts_us);
	edi_w_time(w, n->trade.created_ts_us);
	edi_w_text(w, packed ? "0001" : "0004");
	x12_hl(w, &id, 0, "S", true);
	x12_shipment(w, n, packed);
	x12_hl(w, &id, id, "O", true);
	x12_order(w, n);
	if (packed) {
		x12_hl(w, &id, id, "P", true);
		x12_pack(w, n, sscc);
	}
	parent = id;
	for (size_t i = 0; i < n->line_count; i++) {
		x12_hl(w, &id, parent, "I", false);
		x12_item(w, n, &n->lines[i]);
	}
	edi_w_tag(w, "CTT");
	edi_w_int(w, id);
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
	out_trade_party(w, t, "SU", &t->vendor);
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

/* The shipment as a whole, and below it the carton. */
static void
edifact_packs(struct edi_writer *w, const struct out_notice *n,
    const char *sscc)
{
	edi_w_tag(w, "CPS");
	edi_w_text(w, "1");
	if (!has_pack(n, sscc))
		return;
	edi_w_tag(w, "PAC");
	edi_w_text(w, "1");
	edi_w_tag(w, "CPS");
	edi_w_text(w, "2");
	edi_w_text(w, "1");
	edi_w_tag(w, "PAC");
	edi_w_text(w, "1");
	edi_w_skip(w, 1);
	edi_w_text(w, "CT");
	edi_w_tag(w, "PCI");
	if (sscc[0] == '\0') {
		edi_w_text(w, "24");
		edi_w_textn(w, n->tracking, 35);
		return;
	}
	edi_w_text(w, "33E");
	edi_w_tag(w, "GIN");
	edi_w_text(w, "BJ");
	edi_w_text(w, sscc);
}

static void
edifact_notice(struct edi_writer *w, const struct out_notice *n,
    const char *sscc)
{
	edifact_head(w, n);
	edifact_carriage(w, n);
	edifact_packs(w, n, sscc);
	for (size_t i = 0; i < n->line_count; i++) {
		const struct out_notice_line *l = &n->lines[i];
		const char *uom = l->of.line.uom;

		out_trade_lin(w, &n->trade, &l->of, i + 1, "");
		out_trade_qty(w, "12", l->shipped_qty, uom);
		out_trade_qty(w, "21", l->ordered_qty, uom);
		edi_w_tag(w, "RFF");
		edi_w_text(w, "ON");
		edi_w_more(w, n->trade.po_number);
		edi_w_more(w, l->of.line.buyer_line);
	}
	out_trade_cnt(w, "2", (int64_t)n->line_count);
	edi_w_set_end(w);
}

void
out_edi_ship_notice(struct edi_writer *w, const struct out_notice *n)
{
	char sscc[SSCC_BYTES];

	out_sscc(n->trade.profile->gs1_prefix, n->shipment_key, sscc);
	if (out_trade_is_x12(&n->trade))
		x12_notice(w, n, sscc);
	else
		edifact_notice(w, n, sscc);
}
