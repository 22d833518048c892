/*
 * edi_trade_out.c - what trade customers are told, from the rows taken for it.
 *
 * A set is small: its rows are read into memory, given to its mapper, and
 * forgotten.
 */

#include "pipeline/edi_out.h"

#include <stdio.h>
#include <string.h>

#include "mappers/out_edi_trade.h"
#include "pipeline/edi_trade_out.h"
#include "pipeline/render.h"

enum {
	LINE_COLUMNS = 11, /* of a trade_line and its sku */
	NUMBER_BYTES = 60
};

/* Room for one more of n elements of an array. */
static void *
one_more(mem_ctx *row, void *p, size_t n, size_t bytes)
{
	if ((n & (n - 1)) != 0)
		return p;
	return mem_resize(row, p, (n == 0 ? 1 : 2 * n) * bytes);
}

static struct trade_party
party_at(struct stmt *s, int i, mem_ctx *row)
{
	return (struct trade_party){ .qualifier = col_dup(s, i, row),
		.id = col_dup(s, i + 1, row),
		.name = "" };
}

/* Fifteen columns from i on. */
static struct out_trade
trade_at(const struct edi_rendering *r, struct stmt *s, int i,
    const char *currency, mem_ctx *row)
{
	return (struct out_trade){ .profile = r->profile,
		.created_ts_us = r->doc->created_ts_us,
		.currency = currency,
		.po_number = col_dup(s, i, row),
		.release_no = col_dup(s, i + 1, row),
		.po_date = col_dup(s, i + 2, row),
		.vendor_no = col_dup(s, i + 3, row),
		.department = col_dup(s, i + 4, row),
		.customer_order = col_dup(s, i + 5, row),
		.promotion = col_dup(s, i + 6, row),
		.contract = col_dup(s, i + 7, row),
		.buyer = party_at(s, i + 8, row),
		.bill_to = party_at(s, i + 10, row),
		.vendor = party_at(s, i + 12, row),
		.terms_net_days = col_dup(s, i + 14, row) };
}

/* The first LINE_COLUMNS columns. */
static struct out_trade_line
line_at(struct stmt *s, mem_ctx *row)
{
	return (
	    struct out_trade_line){ .line = { .buyer_line = col_dup(s, 0, row),
					.uom = col_dup(s, 1, row),
					.seller_q = col_dup(s, 2, row),
					.seller_item = col_dup(s, 3, row),
					.buyer_q = col_dup(s, 4, row),
					.buyer_item = col_dup(s, 5, row),
					.gtin_q = col_dup(s, 6, row),
					.gtin = col_dup(s, 7, row),
					.price = col_dup(s, 8, row),
					.price_basis = col_dup(s, 9, row),
					.price_qty = 1 },
		.sku = col_dup(s, 10, row) };
}

/* ---- 855, ORDRSP ---------------------------------------------------------- */

/* Splits of one line of the customer stand side by side. */
static bool
response_lines(struct edi_rendering *r, int64_t order_id,
    struct out_response *o, mem_ctx *row, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_TRADE_RENDER_RESPONSE_LINES,
	    err);
	struct out_response_line *lines = NULL, *last = NULL;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	while (stmt_next(s, err)) {
		if (last == NULL ||
		    strcmp(last->of.line.buyer_line, col_text(s, 0)) != 0) {
			lines = one_more(row, lines, o->line_count,
			    sizeof(lines[0]));
			last = &lines[o->line_count++];
			*last = (struct out_response_line){ .of = line_at(s,
								row) };
		}
		last->accepted_qty += col_int(s, LINE_COLUMNS);
		last->later_qty += col_int(s, LINE_COLUMNS + 1);
		last->refused_qty += col_int(s, LINE_COLUMNS + 2);
	}
	o->lines = lines;
	return err->code == OMS_OK;
}

bool
edi_render_responses(struct edi_rendering *r, struct oms_error *err)
{
	struct stmt *s = edi_render_query(r, SQL_TRADE_RENDER_RESPONSES, err);

	while (s != NULL && err->code == OMS_OK && stmt_next(s, err)) {
		mem_ctx *row = mem_ctx_new(NULL, "set");
		int64_t order_id = col_int(s, 0), revision = col_int(s, 1);
		int64_t dead_id = col_int(s, 2);
		char number[NUMBER_BYTES];
		struct out_response o = { .trade = trade_at(r, s, 7,
					      col_dup(s, 4, row), row),
			.number = number,
			.is_first = revision == 1 && dead_id == 0,
			.is_cancelled = strcmp(col_text(s, 5), "CANCELLED") ==
			    0,
			.refused = col_dup(s, 6, row) };

		/* Ours: the order, what of it, and which refusal. */
		snprintf(number, sizeof(number),
		    dead_id != 0 ? "%lld-%lld-%lld" : "%lld-%lld",
		    (long long)order_id, (long long)revision,
		    (long long)dead_id);
		if (response_lines(r, order_id, &o, row, err))
			out_edi_order_response(r->w, &o);
		mem_free(row);
		if (err->code != OMS_OK || !edi_render_done(r, 0, err))
			stmt_end(s);
	}
	return err->code == OMS_OK;
}

/* ---- 856, DESADV ---------------------------------------------------------- */

static bool
notice_lines(struct edi_rendering *r, struct out_notice *o, mem_ctx *row,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_TRADE_RENDER_NOTICE_LINES,
	    err);
	struct out_notice_line *lines = NULL;

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", o->shipment_key);
	while (stmt_next(s, err)) {
		lines = one_more(row, lines, o->line_count, sizeof(lines[0]));
		lines[o->line_count++] = (struct out_notice_line){
			.of = line_at(s, row),
			.shipped_qty = col_int(s, LINE_COLUMNS),
			.ordered_qty = col_int(s, LINE_COLUMNS + 1),
			.line_no = col_int(s, LINE_COLUMNS + 2)
		};
	}
	o->lines = lines;
	return err->code == OMS_OK;
}

static bool
notice_cartons(struct edi_rendering *r, const char *shipment_key,
    struct out_cartons *o, mem_ctx *row, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_TRADE_RENDER_CARTONS, err);
	struct out_carton *cartons = NULL;

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", shipment_key);
	while (stmt_next(s, err)) {
		cartons = one_more(row, cartons, o->carton_count,
		    sizeof(cartons[0]));
		cartons[o->carton_count++] = (struct out_carton){
			.sscc = col_dup(s, 0, row),
			.tracking = col_dup(s, 1, row),
			.with_no = col_int(s, 2),
			.same_no = col_int(s, 3)
		};
	}
	o->cartons = cartons;
	return err->code == OMS_OK;
}

static bool
notice_carton_lines(struct edi_rendering *r, const char *shipment_key,
    struct out_cartons *o, mem_ctx *row, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_TRADE_RENDER_CARTON_LINES,
	    err);
	struct out_carton_line *lines = NULL;

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", shipment_key);
	while (stmt_next(s, err)) {
		lines = one_more(row, lines, o->line_count, sizeof(lines[0]));
		lines[o->line_count++] = (struct out_carton_line){
			.carton_no = col_int(s, 0),
			.line_no = col_int(s, 1),
			.lot = col_dup(s, 2, row),
			.qty = col_int(s, 3)
		};
	}
	o->lines = lines;
	return err->code == OMS_OK;
}

static bool
looks_like_scac(const char *text)
{
	size_t n = strlen(text);

	return n >= 2 && n <= 4 &&
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == n;
}

/* Who took it, as the warehouse says; else the carrier's own, or his name. */
static const char *
scac_of(const struct edi_rendering *r, const char *told, const char *partner,
    const char *carrier)
{
	const struct partner *p = config_partner(r->run->cfg, partner);

	if (looks_like_scac(told))
		return told;
	if (p != NULL && p->edi.scac != NULL && p->edi.scac[0] != '\0')
		return p->edi.scac;
	return looks_like_scac(carrier) ? carrier : "";
}

bool
edi_render_notices(struct edi_rendering *r, struct oms_error *err)
{
	struct stmt *s = edi_render_query(r, SQL_TRADE_RENDER_NOTICES, err);

	while (s != NULL && err->code == OMS_OK && stmt_next(s, err)) {
		mem_ctx *row = mem_ctx_new(NULL, "set");
		const char *carrier = col_dup(s, 3, row);
		struct out_notice o = { .trade = trade_at(r, s, 27,
					    col_dup(s, 11, row), row),
			.shipment_key = col_dup(s, 0, row),
			.invoice_no = col_dup(s, 25, row),
			.node = col_dup(s, 2, row),
			.node_name = col_dup(s, 26, row),
			.bill = col_dup(s, 42, row),
			.scac = scac_of(r, col_dup(s, 43, row), col_text(s, 5),
			    carrier),
			.carrier = carrier,
			.service = col_dup(s, 4, row),
			.tracking = col_dup(s, 6, row),
			.weight_g = col_int(s, 7),
			.shipped_ts_us = col_int(s, 8),
			.promise_ts_us = col_int(s, 9),
			.to = render_address(s, 12),
			.to_party = party_at(s, 21, row),
			.mark = party_at(s, 23, row) };
		struct out_cartons told = { .cartons = NULL };

		if (notice_lines(r, &o, row, err) &&
		    notice_cartons(r, o.shipment_key, &told, row, err) &&
		    notice_carton_lines(r, o.shipment_key, &told, row, err)) {
			struct out_packing p = out_edi_pack(row, &o, &told);

			out_edi_ship_notice(r->w, &o, &p);
		}
		mem_free(row);
		if (err->code != OMS_OK || !edi_render_done(r, 0, err))
			stmt_end(s);
	}
	return err->code == OMS_OK;
}

/* ---- 810, INVOIC ---------------------------------------------------------- */

static bool
bill_lines(struct edi_rendering *r, int64_t order_id, struct out_bill *o,
    mem_ctx *row, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_TRADE_RENDER_INVOICE_LINES,
	    err);
	struct out_bill_line *lines = NULL;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_text(s, ":invoice_no", o->invoice_no);
	stmt_int(s, ":doc_id", r->doc->doc_id);
	while (stmt_next(s, err)) {
		struct out_bill_line *l;

		lines = one_more(row, lines, o->line_count, sizeof(lines[0]));
		l = &lines[o->line_count++];
		*l = (struct out_bill_line){ .of = line_at(s, row),
			.line_no = col_int(s, LINE_COLUMNS),
			.qty = col_int(s, LINE_COLUMNS + 1),
			.net_minor = col_int(s, LINE_COLUMNS + 2),
			.disc_minor = col_int(s, LINE_COLUMNS + 3),
			.ship_minor = col_int(s, LINE_COLUMNS + 4),
			.tax_minor = col_int(s, LINE_COLUMNS + 5),
			.tax_rate = col_dup(s, LINE_COLUMNS + 6, row) };
		l->of.line.price_qty = col_int(s, LINE_COLUMNS + 7);
	}
	o->lines = lines;
	return err->code == OMS_OK;
}

bool
edi_render_invoices(struct edi_rendering *r, struct oms_error *err)
{
	struct stmt *s = edi_render_query(r, SQL_TRADE_RENDER_INVOICES, err);

	while (s != NULL && err->code == OMS_OK && stmt_next(s, err)) {
		mem_ctx *row = mem_ctx_new(NULL, "set");
		struct out_bill o = { .trade = trade_at(r, s, 22,
					  col_dup(s, 6, row), row),
			.invoice_no = col_dup(s, 0, row),
			.credits = col_dup(s, 2, row),
			.is_credit = strcmp(col_text(s, 1), "credit") == 0,
			.shipment_key = col_dup(s, 4, row),
			.bill = col_dup(s, 37, row),
			.issued_ts_us = col_int(s, 5),
			.shipped_ts_us = col_int(s, 7),
			.to = render_address(s, 9),
			.to_party = party_at(s, 18, row),
			.mark = party_at(s, 20, row) };
		int64_t total_minor = 0;

		if (bill_lines(r, col_int(s, 3), &o, row, err))
			total_minor = out_edi_invoice(r->w, row, &o);
		if (o.is_credit)
			total_minor = -total_minor;
		mem_free(row);
		if (err->code != OMS_OK ||
		    !edi_render_done(r, total_minor, err))
			stmt_end(s);
	}
	return err->code == OMS_OK;
}
