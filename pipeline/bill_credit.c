/* bill_credit.c - credit notes for what did not ship; see bill.h. */

#include <string.h>

#include "model/money.h"
#include "pipeline/bill.h"
#include "pipeline/bill_internal.h"
#include "store/stmt.h"

/* The invoice a credit is made out of, and the credit's lines. */
struct crediting {
	mem_ctx *ctx;
	char *invoice_no; /* NULL: the shipment was never billed */
	struct bill_invoice credit;
	struct bill_line lines[2]; /* the goods; the shipping charge */
	bool is_found;
	int64_t left_qty; /* of goods on the invoice, before */
};

static bool
find_invoice(struct run *run, struct crediting *c, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_INVOICE_OF, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", c->credit.shipment_key);
	if (stmt_one(s, err)) {
		c->invoice_no = col_dup(s, 0, c->ctx);
		c->credit.credits = c->invoice_no;
		c->credit.currency = col_dup(s, 1, c->ctx);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static void
read_line(struct crediting *c, struct stmt *s, struct bill_line *ret)
{
	ret->n = col_int(s, 0);
	ret->line_no = col_int(s, 1);
	ret->sku = col_dup(s, 2, c->ctx);
	ret->of_qty = col_int(s, 3);
	ret->done_qty = col_int(s, 4);
	for (int k = 0; k < BILL_AMOUNTS; k++)
		ret->of_minor[k] = col_int(s, 5 + k);
	ret->tax_rate = col_dup(s, 9, c->ctx);
}

/* The line to credit, the shipping line, and what the goods come to. */
static bool
load_lines(struct run *run, struct crediting *c, int64_t line_no,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_INVOICE_LINES, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":invoice_no", c->invoice_no);
	while (stmt_next(s, err)) {
		int64_t this_no = col_int(s, 1);

		if (this_no != 0)
			c->left_qty += col_int(s, 3) - col_int(s, 4);
		if (this_no == line_no) {
			read_line(c, s, &c->lines[0]);
			c->is_found = true;
		} else if (this_no == 0) {
			read_line(c, s, &c->lines[1]);
		}
	}
	return err->code == OMS_OK;
}

/* A line's share of the invoice line, with the sign turned. */
static void
share_back(struct bill_line *line, int64_t qty)
{
	for (int k = 0; k < BILL_AMOUNTS; k++)
		line->share_minor[k] = -money_share(line->of_minor[k],
		    line->of_qty, line->done_qty, qty);
	line->qty = -qty;
}

/* With the last of the goods the shipping charge goes too. */
static bool
fill_lines(struct crediting *c, int64_t line_no, int64_t qty,
    struct oms_error *err)
{
	struct bill_line *goods = &c->lines[0], *shipping = &c->lines[1];
	int64_t left = goods->of_qty - goods->done_qty;

	if (!c->is_found || qty <= 0 || qty > left)
		return oms_fail(err, OMS_VALUE,
		    "invoice %s: %lld of line %lld cannot be credited, "
		    "%lld are left",
		    c->invoice_no, (long long)qty, (long long)line_no,
		    (long long)left);
	share_back(goods, qty);
	c->credit.line_count = 1;
	if (qty == c->left_qty && shipping->of_qty > shipping->done_qty) {
		share_back(shipping, shipping->of_qty - shipping->done_qty);
		c->credit.line_count = 2;
	}
	c->credit.lines = c->lines;
	return true;
}

static bool
mark_credited(struct run *run, const struct crediting *c, struct oms_error *err)
{
	for (size_t i = 0; i < c->credit.line_count; i++) {
		struct stmt *s = stmt_begin(run->db, SQL_BILL_LINE_CREDITED,
		    err);

		if (s == NULL)
			return false;
		stmt_int(s, ":qty", -c->lines[i].qty);
		stmt_text(s, ":invoice_no", c->invoice_no);
		stmt_int(s, ":n", c->lines[i].n);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return bill_add_billed(run, c->credit.order_id, c->lines[0].line_no,
	    c->lines[0].qty, err);
}

/* What leaves together is worth less now. */
static bool
lower_value(struct run *run, const char *shipment_key, int64_t minor,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_SHIPMENT_VALUE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":minor", minor);
	stmt_text(s, ":shipment_key", shipment_key);
	return stmt_run(s, NULL, err);
}

static bool
issue(struct run *run, struct crediting *c, struct oms_error *err)
{
	struct bill_invoice *credit = &c->credit;
	int64_t total = bill_total(credit->lines, credit->line_count);

	return bill_number(run, credit, err) && bill_write(run, credit, err) &&
	    bill_give_back(run, credit, -total, err) &&
	    mark_credited(run, c, err) &&
	    lower_value(run, credit->shipment_key, total, err) &&
	    bill_event(run, credit->order_id, "credited", credit->invoice_no,
		total, credit->currency, err);
}

bool
bill_credit_short(struct run *run, int64_t order_id, const char *shipment_key,
    int64_t line_no, int64_t qty, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "credit");
	struct crediting *c = mem_new(ctx, struct crediting);
	bool ok;

	c->ctx = ctx;
	c->credit.kind = "credit";
	c->credit.order_id = order_id;
	c->credit.shipment_key = shipment_key;
	ok = find_invoice(run, c, err);
	if (ok && c->invoice_no != NULL)
		ok = load_lines(run, c, line_no, err) &&
		    fill_lines(c, line_no, qty, err) && issue(run, c, err);
	mem_free(ctx);
	return ok;
}
