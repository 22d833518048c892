/* out_edi_order_response.c - 855 and ORDRSP; see out_edi_trade.h. */

#include <string.h>

#include "mappers/out_edi_trade.h"

/* What became of the order as a whole. */
struct outcome {
	int64_t accepted_qty;
	int64_t later_qty;
	int64_t refused_qty;
};

static struct outcome
outcome_of(const struct out_response *r)
{
	struct outcome o = { 0 };

	for (size_t i = 0; i < r->line_count; i++) {
		o.accepted_qty += r->lines[i].accepted_qty;
		o.later_qty += r->lines[i].later_qty;
		o.refused_qty += r->lines[i].refused_qty;
	}
	return o;
}

static int64_t
ordered_qty(const struct out_response_line *l)
{
	return l->accepted_qty + l->later_qty + l->refused_qty;
}

/* ------------------------------------------------------------------ 855 */

/* 587: all as ordered, nothing at all, or something in between. */
static const char *
x12_answer(const struct out_response *r)
{
	struct outcome o = outcome_of(r);

	if (o.later_qty == 0 && o.refused_qty == 0)
		return "AD";
	if (o.accepted_qty == 0 && o.later_qty == 0 && !r->is_cancelled)
		return "RD";
	return "AC";
}

static void
x12_ack(struct edi_writer *w, const char *code, int64_t qty, const char *uom)
{
	if (qty == 0)
		return;
	edi_w_tag(w, "ACK");
	edi_w_text(w, code);
	edi_w_int(w, qty);
	edi_w_text(w, uom);
}

static void
x12_line(struct edi_writer *w, const struct out_response *r,
    const struct out_response_line *l)
{
	const struct trade_line *tl = &l->of.line;
	const char *uom = tl->uom[0] != '\0' ? tl->uom : "EA";

	edi_w_tag(w, "PO1");
	edi_w_text(w, tl->buyer_line);
	edi_w_int(w, ordered_qty(l));
	edi_w_text(w, uom);
	edi_w_text(w, tl->price);
	edi_w_text(w, tl->price[0] != '\0' ? tl->price_basis : "");
	out_trade_ids(w, &r->trade, &l->of);
	x12_ack(w, "IA", l->accepted_qty, uom);
	x12_ack(w, "IB", l->later_qty, uom);
	x12_ack(w, r->is_cancelled ? "ID" : "IR", l->refused_qty, uom);
}

static void
x12_refused(struct edi_writer *w, const char *why)
{
	if (why[0] == '\0')
		return;
	edi_w_tag(w, "N9");
	edi_w_text(w, "ZZ");
	edi_w_text(w, "CHANGE REFUSED");
	edi_w_tag(w, "MSG");
	edi_w_textn(w, why, 264);
}

static void
x12_response(struct edi_writer *w, const struct out_response *r)
{
	const struct out_trade *t = &r->trade;

	edi_w_set(w, "855");
	edi_w_tag(w, "BAK");
	edi_w_text(w, r->is_first ? "00" : "06");
	edi_w_text(w, x12_answer(r));
	edi_w_text(w, t->po_number);
	if (t->po_date[0] != '\0')
		edi_w_text(w, t->po_date);
	else
		edi_w_date(w, t->created_ts_us);
	edi_w_text(w, t->release_no);
	edi_w_skip(w, 1);
	edi_w_text(w, t->contract);
	edi_w_text(w, r->number);
	edi_w_date(w, t->created_ts_us);
	out_trade_text(w, "CUR", "SE", t->currency);
	out_trade_references(w, t);
	x12_refused(w, r->refused);
	out_trade_party(w, t, "BY", &t->buyer);
	out_trade_party(w, t, "VN", &t->vendor);
	for (size_t i = 0; i < r->line_count; i++)
		x12_line(w, r, &r->lines[i]);
	edi_w_tag(w, "CTT");
	edi_w_int(w, (int64_t)r->line_count);
	edi_w_set_end(w);
}

/* --------------------------------------------------------------- ORDRSP */

/* 1225 */
static const char *
edifact_answer(const struct out_response *r)
{
	struct outcome o = outcome_of(r);

	if (o.later_qty == 0 && o.refused_qty == 0)
		return "29";
	return o.accepted_qty == 0 && o.later_qty == 0 && !r->is_cancelled
	    ? "27"
	    : "4";
}

/* 1229 */
static const char *
edifact_action(const struct out_response *r, const struct out_response_line *l)
{
	if (l->later_qty == 0 && l->refused_qty == 0)
		return "5";
	if (l->accepted_qty > 0 || l->later_qty > 0)
		return "6";
	return r->is_cancelled ? "2" : "7";
}

/* What does not come now: below 0, and why. */
static void
edifact_variance(struct edi_writer *w, const struct out_response_line *l)
{
	int64_t qty = l->later_qty + l->refused_qty;
	char text[NUM_DECIMAL_BYTES];

	if (qty == 0)
		return;
	edi_w_tag(w, "QVR");
	edi_w_text(w, num_format_decimal(-qty, 0, text));
	edi_w_more(w, "21");
	edi_w_text(w, l->later_qty > 0 ? "BP" : "CP");
}

/* In D.96A QVR stands before PRI; so it does in D.01B. */
static void
edifact_line(struct edi_writer *w, const struct out_response *r,
    const struct out_response_line *l, size_t n)
{
	const struct trade_line *tl = &l->of.line;

	out_trade_lin(w, &r->trade, &l->of, n, edifact_action(r, l));
	out_trade_qty(w, "21", ordered_qty(l), tl->uom);
	edifact_variance(w, l);
	if (tl->price[0] == '\0')
		return;
	out_trade_number(w, &r->trade, "PRI",
	    tl->price_basis[0] != '\0' ? tl->price_basis : "AAA", tl->price);
}

static void
edifact_head(struct edi_writer *w, const struct out_response *r)
{
	const struct out_trade *t = &r->trade;

	edi_w_set(w, "ORDRSP");
	edi_w_tag(w, "BGM");
	edi_w_text(w, "231");
	edi_w_text(w, r->number);
	edi_w_text(w, edifact_answer(r));
	edi_w_dtm(w, "137", t->created_ts_us);
	if (r->refused[0] != '\0') {
		edi_w_tag(w, "FTX");
		edi_w_text(w, "AAO");
		edi_w_skip(w, 2);
		edi_w_textn(w, r->refused, 70);
	}
	edi_w_tag(w, "RFF");
	edi_w_text(w, "ON");
	edi_w_more(w, t->po_number);
	out_trade_party(w, t, "BY", &t->buyer);
	out_trade_supplier(w, t);
	edi_w_tag(w, "CUX");
	edi_w_text(w, "2");
	edi_w_more(w, t->currency);
	edi_w_more(w, "9");
}

static void
edifact_response(struct edi_writer *w, const struct out_response *r)
{
	edifact_head(w, r);
	for (size_t i = 0; i < r->line_count; i++)
		edifact_line(w, r, &r->lines[i], i + 1);
	edi_w_tag(w, "UNS");
	edi_w_text(w, "S");
	out_trade_cnt(w, "2", (int64_t)r->line_count);
	edi_w_set_end(w);
}

void
out_edi_order_response(struct edi_writer *w, const struct out_response *r)
{
	if (out_trade_is_x12(&r->trade))
		x12_response(w, r);
	else
		edifact_response(w, r);
}
