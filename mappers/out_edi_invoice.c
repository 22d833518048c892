/* out_edi_invoice.c - 810 and INVOIC; see out_edi_trade.h. */

#include <string.h>

#include "mappers/out_edi_trade.h"

enum { RATE_SCALE = 6, RATES_MAX = 20 };

/* A bill with its amounts as they are written: none below 0. */
struct sums {
	int64_t goods_minor;
	int64_t allowance_minor;
	int64_t charge_minor;
	int64_t tax_minor;
	size_t line_count;
};

static int64_t
written(const struct out_bill *b, int64_t minor)
{
	return b->is_credit ? -minor : minor;
}

static bool
is_item(const struct out_bill_line *l)
{
	return l->line_no != 0 && l->qty != 0;
}

static struct sums
sums_of(const struct out_bill *b)
{
	struct sums s = { 0 };

	for (size_t i = 0; i < b->line_count; i++) {
		const struct out_bill_line *l = &b->lines[i];

		if (is_item(l)) {
			s.goods_minor += written(b, l->net_minor);
			s.line_count++;
		} else { /* a line's rest without goods is a charge, too */
			s.charge_minor += written(b, l->net_minor);
		}
		s.allowance_minor -= written(b, l->disc_minor);
		s.charge_minor += written(b, l->ship_minor);
		s.tax_minor += written(b, l->tax_minor);
	}
	return s;
}

static int64_t
total_of(const struct sums *s)
{
	return s->goods_minor - s->allowance_minor + s->charge_minor +
	    s->tax_minor;
}

/* The kind says the sign: an amount below 0 would be taken for its opposite. */
static const char *
kind_of(int64_t minor)
{
	return minor < 0 ? "A" : "C";
}

static int64_t
size_of(int64_t minor)
{
	return minor < 0 ? -minor : minor;
}

static const char *
price_of(mem_ctx *ctx, const struct out_bill *b, const struct out_bill_line *l)
{
	return trade_price(ctx, l->of.line.price, l->of.line.price_qty,
	    written(b, l->qty), written(b, l->net_minor), b->trade.currency);
}

/* ------------------------------------------------------------------ 810 */

static void
x12_head(struct edi_writer *w, const struct out_bill *b)
{
	const struct out_trade *t = &b->trade;

	edi_w_set(w, "810");
	edi_w_tag(w, "BIG");
	edi_w_date(w, b->issued_ts_us);
	edi_w_text(w, b->invoice_no);
	edi_w_text(w, t->po_date);
	edi_w_text(w, t->po_number);
	edi_w_text(w, t->release_no);
	edi_w_skip(w, 1);
	edi_w_text(w, b->is_credit ? "CR" : "DI");
	out_trade_text(w, "CUR", "SE", t->currency);
	out_trade_references(w, t);
	out_trade_text(w, "REF", "BM", b->bill);
	out_trade_text(w, "REF", "SI", b->shipment_key);
	out_trade_text(w, "REF", "IV", b->credits);
	out_trade_place(w, t, "ST", &b->to_party, &b->to);
	out_trade_party(w, t, "BY", &t->buyer);
	out_trade_party(w, t, "BT", &t->bill_to);
	if (t->terms_net_days[0] != '\0') {
		edi_w_tag(w, "ITD");
		edi_w_text(w, "05");
		edi_w_text(w, "3");
		edi_w_skip(w, 4);
		edi_w_text(w, t->terms_net_days);
	}
	edi_w_tag(w, "DTM");
	edi_w_text(w, "011");
	edi_w_date(w, b->shipped_ts_us);
}

static void
x12_line(struct edi_writer *w, mem_ctx *ctx, const struct out_bill *b,
    const struct out_bill_line *l)
{
	const struct trade_line *tl = &l->of.line;
	const char *price = price_of(ctx, b, l);

	edi_w_tag(w, "IT1");
	edi_w_text(w, tl->buyer_line);
	edi_w_int(w, written(b, l->qty));
	edi_w_text(w, tl->uom[0] != '\0' ? tl->uom : "EA");
	edi_w_text(w, price);
	edi_w_text(w, strcmp(price, tl->price) == 0 ? tl->price_basis : "");
	out_trade_ids(w, &b->trade, &l->of);
}

/* Off the invoice, or to be paid by the customer (331). */
static void
x12_sac(struct edi_writer *w, const struct out_bill *b, const char *code,
    int64_t minor, const char *what)
{
	if (minor == 0)
		return;
	edi_w_tag(w, "SAC");
	edi_w_text(w, kind_of(minor));
	edi_w_text(w, code);
	edi_w_skip(w, 2);
	edi_w_n2(w, size_of(minor), b->trade.currency);
	edi_w_skip(w, 6);
	edi_w_text(w, minor < 0 ? "02" : "06");
	edi_w_skip(w, 2);
	edi_w_text(w, what);
}

static void
x12_invoice(struct edi_writer *w, mem_ctx *ctx, const struct out_bill *b,
    const struct sums *s)
{
	x12_head(w, b);
	for (size_t i = 0; i < b->line_count; i++)
		if (is_item(&b->lines[i]))
			x12_line(w, ctx, b, &b->lines[i]);
	edi_w_tag(w, "TDS");
	edi_w_n2(w, total_of(s), b->trade.currency);
	if (s->tax_minor != 0) {
		edi_w_tag(w, "TXI");
		edi_w_text(w, "TX");
		edi_w_minor(w, s->tax_minor, b->trade.currency);
	}
	x12_sac(w, b, "C310", -s->allowance_minor, "DISCOUNT");
	x12_sac(w, b, "D240", s->charge_minor, "FREIGHT");
	edi_w_tag(w, "CTT");
	edi_w_int(w, (int64_t)s->line_count);
	edi_w_set_end(w);
}

/* --------------------------------------------------------------- INVOIC */

/* What one tax rate is of, and comes to. */
struct rate {
	const char *rate;
	int64_t taxable_minor;
	int64_t tax_minor;
};

struct rates {
	struct rate v[RATES_MAX];
	size_t count;
};

static struct rate *
rate_of(struct rates *r, const char *rate)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->v[i].rate, rate) == 0)
			return &r->v[i];
	if (r->count == RATES_MAX)
		return &r->v[RATES_MAX - 1];
	r->v[r->count] = (struct rate){ .rate = rate };
	return &r->v[r->count++];
}

/* Freight is taxed as the goods are: its own line names no rate. */
static void
collect_rates(const struct out_bill *b, struct rates *r)
{
	const char *of_goods = "";

	for (size_t i = 0; i < b->line_count && of_goods[0] == '\0'; i++)
		of_goods = b->lines[i].tax_rate;
	for (size_t i = 0; i < b->line_count; i++) {
		const struct out_bill_line *l = &b->lines[i];
		struct rate *v = rate_of(r,
		    l->line_no == 0 && l->tax_minor != 0 ? of_goods
							 : l->tax_rate);

		v->taxable_minor += written(b,
		    l->net_minor + l->disc_minor + l->ship_minor);
		v->tax_minor += written(b, l->tax_minor);
	}
}

/* "0.2" as "20", "0.055" as "5.5"; "" is 0. */
static const char *
percent(mem_ctx *ctx, const struct out_trade *t, const char *rate)
{
	struct oms_error why = NO_ERROR;
	char text[NUM_DECIMAL_BYTES];
	int64_t v;
	size_t n;

	if (rate[0] == '\0' || !num_parse_decimal(rate, RATE_SCALE, &v, &why) ||
	    v == 0)
		return "0";
	num_format_decimal(v, RATE_SCALE - 2, text);
	for (n = strlen(text); n > 0 && text[n - 1] == '0'; n--)
		text[n - 1] = '\0';
	if (n > 0 && text[n - 1] == '.')
		text[n - 1] = '\0';
	else if (strchr(text, '.') != NULL &&
	    t->profile->decimal_mark[0] != '\0')
		*strchr(text, '.') = t->profile->decimal_mark[0];
	return mem_strdup(ctx, text);
}

static void
edifact_tax(struct edi_writer *w, mem_ctx *ctx, const struct out_trade *t,
    const char *rate)
{
	const char *text = percent(ctx, t, rate);

	edi_w_tag(w, "TAX");
	edi_w_text(w, "7");
	edi_w_text(w, "VAT");
	edi_w_skip(w, 2);
	edi_w_text(w, "");
	edi_w_more(w, "");
	edi_w_more(w, "");
	edi_w_more(w, text);
	edi_w_text(w, strcmp(text, "0") == 0 ? "Z" : "S");
}

static void
reference(struct edi_writer *w, const char *qualifier, const char *number)
{
	if (number[0] == '\0')
		return;
	edi_w_tag(w, "RFF");
	edi_w_text(w, qualifier);
	edi_w_more(w, number);
}

static void
edifact_alc(struct edi_writer *w, const struct out_bill *b, const char *code,
    int64_t minor)
{
	if (minor == 0)
		return;
	edi_w_tag(w, "ALC");
	edi_w_text(w, kind_of(minor));
	edi_w_skip(w, 3);
	edi_w_text(w, code);
	out_trade_moa(w, &b->trade, "8", size_of(minor));
}

static void
edifact_head(struct edi_writer *w, const struct out_bill *b,
    const struct sums *s)
{
	const struct out_trade *t = &b->trade;

	edi_w_set(w, "INVOIC");
	edi_w_tag(w, "BGM");
	edi_w_text(w, b->is_credit ? "381" : "380");
	edi_w_text(w, b->invoice_no);
	edi_w_text(w, "9");
	edi_w_dtm(w, "137", b->issued_ts_us);
	edi_w_dtm(w, "35", b->shipped_ts_us);
	reference(w, "ON", t->po_number);
	reference(w, "DQ", b->shipment_key);
	reference(w, "IV", b->credits);
	out_trade_supplier(w, t);
	out_trade_party(w, t, "BY", &t->buyer);
	out_trade_party(w, t, "IV", &t->bill_to);
	out_trade_place(w, t, "DP", &b->to_party, &b->to);
	edi_w_tag(w, "CUX");
	edi_w_text(w, "2");
	edi_w_more(w, t->currency);
	edi_w_more(w, "4");
	if (t->terms_net_days[0] != '\0') {
		edi_w_tag(w, "PAT");
		edi_w_text(w, "1");
		edi_w_skip(w, 1);
		edi_w_text(w, "5");
		edi_w_more(w, "3");
		edi_w_more(w, "D");
		edi_w_more(w, t->terms_net_days);
	}
	edifact_alc(w, b, "DI", -s->allowance_minor);
	edifact_alc(w, b, "FC", s->charge_minor);
}

static void
edifact_line(struct edi_writer *w, mem_ctx *ctx, const struct out_bill *b,
    const struct out_bill_line *l, size_t n)
{
	const struct out_trade *t = &b->trade;

	out_trade_lin(w, t, &l->of, n, "");
	out_trade_qty(w, "47", written(b, l->qty), l->of.line.uom);
	out_trade_moa(w, t, "203", written(b, l->net_minor));
	out_trade_number(w, t, "PRI", "AAA", price_of(ctx, b, l));
	if (l->tax_rate[0] != '\0')
		edifact_tax(w, ctx, t, l->tax_rate);
}

static void
edifact_sums(struct edi_writer *w, mem_ctx *ctx, const struct out_bill *b,
    const struct sums *s)
{
	const struct out_trade *t = &b->trade;
	int64_t net_minor = total_of(s) - s->tax_minor;
	struct rates rates = { .count = 0 };

	out_trade_moa(w, t, "79", s->goods_minor);
	out_trade_moa(w, t, "131", s->charge_minor - s->allowance_minor);
	out_trade_moa(w, t, "125", net_minor);
	out_trade_moa(w, t, "176", s->tax_minor);
	out_trade_moa(w, t, "86", total_of(s));
	out_trade_moa(w, t, "77", total_of(s));
	out_trade_moa(w, t, "9", total_of(s));
	collect_rates(b, &rates);
	for (size_t i = 0; i < rates.count; i++) {
		edifact_tax(w, ctx, t, rates.v[i].rate);
		out_trade_moa(w, t, "125", rates.v[i].taxable_minor);
		out_trade_moa(w, t, "124", rates.v[i].tax_minor);
	}
}

static void
edifact_invoice(struct edi_writer *w, mem_ctx *ctx, const struct out_bill *b,
    const struct sums *s)
{
	size_t n = 0;

	edifact_head(w, b, s);
	for (size_t i = 0; i < b->line_count; i++)
		if (is_item(&b->lines[i]))
			edifact_line(w, ctx, b, &b->lines[i], ++n);
	edi_w_tag(w, "UNS");
	edi_w_text(w, "S");
	out_trade_cnt(w, "2", (int64_t)s->line_count);
	edifact_sums(w, ctx, b, s);
	edi_w_set_end(w);
}

int64_t
out_edi_invoice(struct edi_writer *w, mem_ctx *ctx, const struct out_bill *b)
{
	struct sums s = sums_of(b);

	if (out_trade_is_x12(&b->trade))
		x12_invoice(w, ctx, b, &s);
	else
		edifact_invoice(w, ctx, b, &s);
	return total_of(&s);
}
