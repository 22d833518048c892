/* bill.c - the stage bill: one invoice a shipment; see bill.h. */

#include "pipeline/bill.h"

#include <string.h>

#include "base/num.h"
#include "model/money.h"
#include "pipeline/bill_internal.h"
#include "pipeline/order_ops.h"
#include "pipeline/queue.h"
#include "store/stmt.h"

enum { KEY_BYTES = 32, FIRST_LINES = 8 };

/* A shipment, and what its invoice will hold. */
struct billing {
	mem_ctx *ctx; /* lifetime: the shipment */
	const char *shipment_key;
	int64_t order_id;
	int64_t group_no;
	const char *currency;
	const char *customer_key;
	bool is_limit_held; /* by an earlier run */
	int64_t order_total_minor;
	int64_t shipping_minor[BILL_AMOUNTS]; /* of the group */
	bool is_first;    /* nothing of the order is billed yet */
	bool has_credits; /* something of it was credited */
	struct bill_line *lines;
	size_t line_count;
	size_t line_room;
};

struct queued {
	char shipment_key[KEY_BYTES];
	bool is_limit_held;
};

struct batch {
	struct queued *shipments;
	size_t count;
	char last[KEY_BYTES]; /* where the next batch goes on */
	int64_t short_count;  /* payments did not add up */
};

int64_t
bill_total(const struct bill_line *line, size_t count)
{
	int64_t total = 0;

	for (size_t i = 0; i < count; i++)
		for (int k = 0; k < BILL_AMOUNTS; k++)
			total += line[i].share_minor[k];
	return total;
}

bool
bill_number(struct run *run, struct bill_invoice *inv, struct oms_error *err)
{
	const char *prefix = strcmp(inv->kind, "credit") == 0
	    ? run->cfg->credit_prefix
	    : run->cfg->invoice_prefix;
	int64_t n;

	if (!db_next(run->db, inv->kind, &n, err))
		return false;
	snprintf(inv->invoice_no, sizeof(inv->invoice_no), "%s%08lld", prefix,
	    (long long)n);
	return true;
}

static bool
write_line(struct run *run, const char *invoice_no, int64_t n,
    const struct bill_line *line, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_INVOICE_LINE_ADD, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":invoice_no", invoice_no);
	stmt_int(s, ":n", n);
	stmt_int(s, ":line_no", line->line_no);
	stmt_text(s, ":sku", line->sku);
	stmt_int(s, ":qty", line->qty);
	stmt_int(s, ":net_minor", line->share_minor[BILL_NET]);
	stmt_int(s, ":disc_minor", line->share_minor[BILL_DISC]);
	stmt_int(s, ":ship_minor", line->share_minor[BILL_SHIP]);
	stmt_int(s, ":tax_minor", line->share_minor[BILL_TAX]);
	stmt_text(s, ":tax_rate", line->tax_rate);
	return stmt_run(s, NULL, err);
}

bool
bill_write(struct run *run, const struct bill_invoice *inv,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_INVOICE_ADD, err);
	int64_t sum[BILL_AMOUNTS] = { 0 };

	if (s == NULL)
		return false;
	for (size_t i = 0; i < inv->line_count; i++)
		for (int k = 0; k < BILL_AMOUNTS; k++)
			sum[k] += inv->lines[i].share_minor[k];
	stmt_text(s, ":invoice_no", inv->invoice_no);
	stmt_text(s, ":kind", inv->kind);
	stmt_text(s, ":credits", inv->credits);
	stmt_int(s, ":order_id", inv->order_id);
	stmt_text(s, ":shipment_key", inv->shipment_key);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":currency", inv->currency);
	stmt_int(s, ":goods_minor", sum[BILL_NET]);
	stmt_int(s, ":discount_minor", sum[BILL_DISC]);
	stmt_int(s, ":shipping_minor", sum[BILL_SHIP]);
	stmt_int(s, ":tax_minor", sum[BILL_TAX]);
	stmt_int(s, ":total_minor", bill_total(inv->lines, inv->line_count));
	stmt_int(s, ":settled_minor", inv->settled_minor);
	if (!stmt_run(s, NULL, err))
		return false;
	for (size_t i = 0; i < inv->line_count; i++)
		if (!write_line(run, inv->invoice_no, (int64_t)i + 1,
			&inv->lines[i], err))
			return false;
	return true;
}

bool
bill_add_billed(struct run *run, int64_t order_id, int64_t line_no, int64_t qty,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_LINE_BILLED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":line_no", line_no);
	return stmt_run(s, NULL, err);
}

bool
bill_event(struct run *run, int64_t order_id, const char *event,
    const char *words, int64_t minor, const char *currency,
    struct oms_error *err)
{
	char amount[NUM_DECIMAL_BYTES], detail[200];

	snprintf(detail, sizeof(detail), "%s %s %s", words,
	    money_format(minor, currency, amount), currency);
	return order_event(run, order_id, event, 0, 0, detail, err);
}

static bool
load_shipment(struct run *run, struct billing *b, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_SHIPMENT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", b->shipment_key);
	if (!stmt_one(s, err))
		return err->code == OMS_OK
		    ? oms_fail(err, OMS_INTERNAL, "shipment %s has no order",
			  b->shipment_key)
		    : false;
	b->order_id = col_int(s, 0);
	b->group_no = col_int(s, 1);
	b->currency = col_dup(s, 2, b->ctx);
	b->customer_key = col_dup(s, 3, b->ctx);
	b->order_total_minor = col_int(s, 4);
	b->shipping_minor[BILL_SHIP] = col_int(s, 5);
	b->shipping_minor[BILL_TAX] = col_int(s, 6);
	b->is_first = col_is_null(s, 7);
	b->has_credits = strcmp(col_text(s, 7), "credit") == 0;
	stmt_end(s);
	return true;
}

static struct bill_line *
find_line(const struct billing *b, int64_t line_no)
{
	for (size_t i = 0; i < b->line_count; i++)
		if (b->lines[i].line_no == line_no)
			return &b->lines[i];
	return NULL;
}

/* A new line at the end, all zero. */
static struct bill_line *
add_line(struct billing *b)
{
	struct bill_line *line;

	if (b->line_count == b->line_room) {
		b->line_room += b->line_room + FIRST_LINES;
		b->lines = mem_resize(b->ctx, b->lines,
		    b->line_room * sizeof(b->lines[0]));
	}
	line = &b->lines[b->line_count++];
	*line = (struct bill_line){ 0 };
	return line;
}

static bool
load_lines(struct run *run, struct billing *b, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_LINES, err);
	struct bill_line *line;

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", b->shipment_key);
	while (stmt_next(s, err)) {
		line = find_line(b, col_int(s, 0));
		if (line != NULL) { /* another part of the same line */
			line->qty += col_int(s, 9);
			continue;
		}
		line = add_line(b);
		line->line_no = col_int(s, 0);
		line->sku = col_dup(s, 1, b->ctx);
		line->of_qty = col_int(s, 2);
		line->done_qty = col_int(s, 3);
		for (int k = 0; k < BILL_AMOUNTS; k++)
			line->of_minor[k] = col_int(s, 4 + k);
		line->tax_rate = col_dup(s, 8, b->ctx);
		line->qty = col_int(s, 9);
	}
	return err->code == OMS_OK;
}

/* What invoices less credits hold of a line, where credits stand between. */
static bool
line_so_far(struct run *run, const struct billing *b, int64_t line_no,
    int64_t ret_minor[BILL_AMOUNTS], struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_LINE_SO_FAR, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", b->order_id);
	stmt_int(s, ":line_no", line_no);
	if (stmt_one(s, err))
		for (int k = 0; k < BILL_AMOUNTS; k++)
			ret_minor[k] = col_int(s, k);
	stmt_end(s);
	return err->code == OMS_OK;
}

/* Without credits what was billed is the ideal share: nothing to look up. */
static bool
share_line(struct run *run, const struct billing *b, struct bill_line *line,
    struct oms_error *err)
{
	int64_t so_far[BILL_AMOUNTS] = { 0 };

	if (b->has_credits && !line_so_far(run, b, line->line_no, so_far, err))
		return false;
	for (int k = 0; k < BILL_AMOUNTS; k++)
		line->share_minor[k] = b->has_credits
		    ? money_next(line->of_minor[k], line->of_qty,
			  line->done_qty + line->qty, so_far[k])
		    : money_share(line->of_minor[k], line->of_qty,
			  line->done_qty, line->qty);
	return true;
}

/*
 * How much of the group is billed with this invoice, out of how much; by
 * quantity where the lines have no value or weight (billing 4.2, step 1).
 */
static bool
group_progress(struct run *run, const struct billing *b, bool by_weight,
    int64_t *ret_upto, int64_t *ret_whole, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_GROUP_LINES, err);
	int64_t upto = 0, whole = 0, upto_qty = 0, whole_qty = 0;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", b->order_id);
	stmt_int(s, ":group_no", b->group_no);
	while (stmt_next(s, err)) {
		const struct bill_line *line = find_line(b, col_int(s, 0));
		int64_t qty = col_int(s, 1);
		int64_t billed = col_int(s, 2) + (line ? line->qty : 0);
		int64_t weight = col_int(s, by_weight ? 4 : 3);

		weight = weight > 0 ? weight : 0;
		whole = num_add_product(whole, 1, weight);
		upto = num_add_product(upto, 1,
		    num_muldiv(weight, billed, qty));
		whole_qty += qty;
		upto_qty += billed;
	}
	*ret_upto = whole > 0 ? upto : upto_qty;
	*ret_whole = whole > 0 ? whole : whole_qty;
	return err->code == OMS_OK;
}

static bool
shipping_so_far(struct run *run, const struct billing *b,
    int64_t ret_minor[BILL_AMOUNTS], struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_SHIPPING_SO_FAR, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", b->order_id);
	stmt_int(s, ":group_no", b->group_no);
	if (stmt_one(s, err)) {
		ret_minor[BILL_SHIP] = col_int(s, 0);
		ret_minor[BILL_TAX] = col_int(s, 1);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

/* The shipping charge of the group, or its share, as line 0. */
static bool
share_shipping(struct run *run, struct billing *b, struct oms_error *err)
{
	const char *mode = run->cfg->shipping_charge;
	int64_t so_far[BILL_AMOUNTS] = { 0 }, share[BILL_AMOUNTS] = { 0 };
	int64_t upto = 1, whole = 1; /* "first": all of it now */
	struct bill_line *line;

	if (b->shipping_minor[BILL_SHIP] == 0 &&
	    b->shipping_minor[BILL_TAX] == 0)
		return true;
	if (strcmp(mode, "first") != 0 &&
	    !group_progress(run, b, strcmp(mode, "weight") == 0, &upto, &whole,
		err))
		return false;
	if (!b->is_first && !shipping_so_far(run, b, so_far, err))
		return false;
	for (int k = 0; k < BILL_AMOUNTS; k++)
		share[k] = money_next(b->shipping_minor[k], whole, upto,
		    so_far[k]);
	if (share[BILL_SHIP] == 0 && share[BILL_TAX] == 0)
		return true;
	line = add_line(b);
	line->sku = "SHIPPING";
	line->tax_rate = "";
	line->qty = 1;
	memcpy(line->share_minor, share, sizeof(share));
	return true;
}

/* A shipment that does not fit its order: a bug's trace, for a person. */
static bool
check_lines(struct run *run, const struct billing *b, bool *ret_sound,
    struct oms_error *err)
{
	char reason[160] = "";
	bool is_new;

	if (b->line_count == 0)
		snprintf(reason, sizeof(reason), "there is nothing in it");
	for (size_t i = 0; i < b->line_count; i++)
		if (b->lines[i].qty > b->lines[i].of_qty - b->lines[i].done_qty)
			snprintf(reason, sizeof(reason),
			    "%lld of line %lld would be billed, %lld ordered",
			    (long long)(b->lines[i].done_qty + b->lines[i].qty),
			    (long long)b->lines[i].line_no,
			    (long long)b->lines[i].of_qty);
	*ret_sound = reason[0] == '\0';
	return *ret_sound ||
	    hold_set(run, b->order_id, b->shipment_key, "DATA", OMS_INTERNAL,
		reason, &is_new, err);
}

/* The whole order is tested before its first shipment, so that not one of
   them passes and the next fails. */
static struct bill_debt
debt_to_test(const struct billing *b, int64_t total_minor)
{
	return (struct bill_debt){ .order_id = b->order_id,
		.shipment_key = b->shipment_key,
		.customer_key = b->customer_key,
		.currency = b->currency,
		.minor = b->is_first && b->order_total_minor > total_minor
		    ? b->order_total_minor
		    : total_minor,
		.is_held = b->is_limit_held };
}

static bool
finish_shipment(struct run *run, const struct billing *b, int64_t total_minor,
    const char *invoice_no, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_SHIPMENT_BILLED, err);
	int64_t changed;

	if (s == NULL)
		return false;
	stmt_int(s, ":value_minor", total_minor);
	stmt_text(s, ":shipment_key", b->shipment_key);
	if (!stmt_run(s, &changed, err))
		return false;
	if (changed != 1)
		return oms_fail(err, OMS_INTERNAL, "shipment %s is billed",
		    b->shipment_key);
	return bill_event(run, b->order_id, "billed", invoice_no, total_minor,
	    b->currency, err);
}

static bool
issue(struct run *run, const struct billing *b, int64_t total_minor,
    struct batch *batch, struct oms_error *err)
{
	struct bill_invoice inv = { .kind = "invoice",
		.credits = "",
		.order_id = b->order_id,
		.shipment_key = b->shipment_key,
		.currency = b->currency,
		.lines = b->lines,
		.line_count = b->line_count };
	struct bill_cover cover;

	if (!bill_cover_plan(run, b->order_id, total_minor, &cover, err))
		return false;
	inv.settled_minor = cover.settled_minor;
	if (!bill_number(run, &inv, err) || !bill_write(run, &inv, err))
		return false;
	for (size_t i = 0; i < b->line_count; i++)
		if (b->lines[i].line_no > 0 &&
		    !bill_add_billed(run, b->order_id, b->lines[i].line_no,
			b->lines[i].qty, err))
			return false;
	batch->short_count += cover.short_minor > 0;
	return bill_cover_use(run, &inv, b->customer_key, &cover, err) &&
	    finish_shipment(run, b, total_minor, inv.invoice_no, err);
}

static bool
bill_shipment(struct run *run, struct billing *b, struct batch *batch,
    struct stage_result *res, struct oms_error *err)
{
	struct bill_debt debt;
	bool passes;
	int64_t total_minor;

	if (!load_shipment(run, b, err) || !load_lines(run, b, err) ||
	    !check_lines(run, b, &passes, err))
		return false;
	if (!passes) {
		res->held++;
		return true;
	}
	for (size_t i = 0; i < b->line_count; i++)
		if (!share_line(run, b, &b->lines[i], err))
			return false;
	if (!share_shipping(run, b, err))
		return false;
	total_minor = bill_total(b->lines, b->line_count);
	debt = debt_to_test(b, total_minor);
	if (!bill_limit_check(run, &debt, res, &passes, err))
		return false;
	if (!passes)
		return true;
	res->done++;
	return issue(run, b, total_minor, batch, err);
}

static bool
load_batch(struct run *run, struct batch *batch, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BILL_QUEUE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":after", batch->last);
	stmt_int(s, ":n", run->cfg->batch_orders);
	batch->count = 0;
	while (stmt_next(s, err)) {
		struct queued *q = &batch->shipments[batch->count++];

		snprintf(q->shipment_key, KEY_BYTES, "%s", col_text(s, 0));
		q->is_limit_held = col_int(s, 1) != 0;
	}
	if (batch->count > 0)
		memcpy(batch->last,
		    batch->shipments[batch->count - 1].shipment_key, KEY_BYTES);
	return err->code == OMS_OK;
}

static bool
bill_batch(struct run *run, struct batch *batch, struct stage_result *res,
    struct oms_error *err)
{
	bool ok = load_batch(run, batch, err);

	for (size_t i = 0; ok && i < batch->count; i++) {
		mem_ctx *ctx = mem_ctx_new(run->ctx, "shipment");
		const struct queued *q = &batch->shipments[i];
		struct billing b = { .ctx = ctx,
			.shipment_key = q->shipment_key,
			.is_limit_held = q->is_limit_held };

		ok = bill_shipment(run, &b, batch, res, err) ||
		    oms_context(err, "shipment %s", q->shipment_key);
		mem_free(ctx);
	}
	return ok;
}

static bool
bill_queue(struct run *run, struct stage_result *res, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "bill");
	struct batch batch = { .shipments = mem_array(ctx, struct queued,
				   (size_t)run->cfg->batch_orders) };
	bool ok = true;

	do {
		ok = db_begin(run->db, err) &&
		    bill_batch(run, &batch, res, err) &&
		    db_commit(run->db, "bill.batch", err);
	} while (ok && batch.count > 0);
	if (!ok)
		db_rollback(run->db);
	if (batch.short_count > 0)
		snprintf(res->note, sizeof(res->note),
		    "the payments of %lld shipments fall short",
		    (long long)batch.short_count);
	mem_free(ctx);
	return ok;
}

bool
stage_bill(struct run *run, struct stage_result *res, struct oms_error *err)
{
	if (run->cfg->maintenance)
		snprintf(res->note, sizeof(res->note), "paused: maintenance");
	else if (!bill_queue(run, res, err) || !bill_ask_again(run, res, err))
		return false;
	return queue_count(run, SQL_BILL_QUEUE_COUNT, &res->waiting, err);
}
