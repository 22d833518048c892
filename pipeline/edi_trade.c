/*
 * edi_trade.c - orders, changes and remittances of trade customers.
 *
 * An order is stored as any other (order_intake.h), and beside it what has to
 * be said back (0011-trade.sql).  What was applied is remembered by what it
 * says: the same words again change nothing, in whatever envelope.  An order
 * sent again is a copy, also when a change has come in between; a change or
 * replacement sent again then may mean "back to that", and is not guessed at.
 */

#include "pipeline/edi_document.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "mappers/edi_trade.h"
#include "model/money.h"
#include "pipeline/order_intake.h"
#include "pipeline/order_ops.h"
#include "store/stmt.h"

enum { PLACE_BYTES = 60, DETAIL_BYTES = 300, SHOWN_BYTES = 200 };

/* An order number as the store knows it. */
struct known {
	int64_t order_id; /* 0: it does not */
	int64_t revision;
	bool was_released;
	bool is_his; /* it came from this partner by EDI */
	bool was_heard;
	bool was_overtaken; /* and other words were heard since */
};

static bool
find(struct edi_intake *in, const char *order_no, const char *hash,
    struct known *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_FIND, err);

	*ret = (struct known){ 0 };
	if (s == NULL)
		return false;
	stmt_text(s, ":hash", hash);
	stmt_text(s, ":order_no", order_no);
	stmt_text(s, ":channel", order_intake_channel(in->run->cfg, in->file));
	if (stmt_one(s, err))
		*ret = (struct known){ .order_id = col_int(s, 0),
			.revision = col_int(s, 1),
			.was_released = col_int(s, 2) > 0,
			.is_his = strcmp(col_text(s, 3), in->file->partner) ==
			    0,
			.was_heard = col_int(s, 4) > 0,
			.was_overtaken = col_int(s, 5) > 0 };
	stmt_end(s);
	return err->code == OMS_OK;
}

/* ------------------------------------------------------------- the rows */

static bool
run_on_order(struct edi_intake *in, enum sql_id id, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, id, err);

	if (s == NULL)
		return false;
	if (stmt_has(s, ":partner"))
		stmt_text(s, ":partner", in->file->partner);
	stmt_int(s, ":order_id", order_id);
	return stmt_run(s, NULL, err);
}

static bool
set_head(struct edi_intake *in, int64_t order_id, const struct trade_head *h,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_ORDER_SET, err);
	char place[PLACE_BYTES];

	if (s == NULL)
		return false;
	snprintf(place, sizeof(place), "trade_order.note/%lld",
	    (long long)order_id);
	stmt_int(s, ":order_id", order_id);
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":set_type", h->set);
	stmt_text(s, ":po_number", h->po_number);
	stmt_text(s, ":release_no", h->release_no);
	stmt_text(s, ":order_type", h->order_type);
	stmt_text(s, ":po_date", h->po_date);
	stmt_text(s, ":vendor_no", h->vendor_no);
	stmt_text(s, ":department", h->department);
	stmt_text(s, ":customer_order", h->customer_order);
	stmt_text(s, ":promotion", h->promotion);
	stmt_text(s, ":contract", h->contract);
	stmt_text(s, ":buyer_q", h->buyer.qualifier);
	stmt_text(s, ":buyer_id", h->buyer.id);
	stmt_text(s, ":bill_q", h->bill_to.qualifier);
	stmt_text(s, ":bill_id", h->bill_to.id);
	stmt_text(s, ":vendor_q", h->vendor.qualifier);
	stmt_text(s, ":vendor_id", h->vendor.id);
	stmt_int(s, ":ship_from_ts_us", h->ship_from_ts_us);
	stmt_int(s, ":ship_by_ts_us", h->ship_by_ts_us);
	stmt_int(s, ":deliver_from_ts_us", h->deliver_from_ts_us);
	stmt_int(s, ":deliver_by_ts_us", h->deliver_by_ts_us);
	stmt_int(s, ":cancel_after_ts_us", h->cancel_after_ts_us);
	stmt_text(s, ":terms_net_days", h->terms_net_days);
	stmt_sealed(s, ":note", h->note, place);
	return stmt_run(s, NULL, err);
}

static bool
add_group(struct edi_intake *in, int64_t order_id, size_t i,
    const struct trade_group *g, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_GROUP_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":group_no", (int64_t)i + 1);
	stmt_text(s, ":to_q", g->to.qualifier);
	stmt_text(s, ":to_id", g->to.id);
	stmt_text(s, ":mark_q", g->mark.qualifier);
	stmt_text(s, ":mark_id", g->mark.id);
	return stmt_run(s, NULL, err);
}

static bool
add_line(struct edi_intake *in, int64_t order_id, size_t i,
    const struct trade_line *l, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_LINE_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":line_no", (int64_t)i + 1);
	stmt_text(s, ":buyer_line", l->buyer_line);
	stmt_text(s, ":uom", l->uom);
	stmt_text(s, ":seller_q", l->seller_q);
	stmt_text(s, ":seller_item", l->seller_item);
	stmt_text(s, ":buyer_q", l->buyer_q);
	stmt_text(s, ":buyer_item", l->buyer_item);
	stmt_text(s, ":gtin_q", l->gtin_q);
	stmt_text(s, ":gtin", l->gtin);
	stmt_text(s, ":price", l->price);
	stmt_text(s, ":price_basis", l->price_basis);
	stmt_int(s, ":price_qty", l->price_qty);
	return stmt_run(s, NULL, err);
}

static bool
remember(struct edi_intake *in, int64_t order_id, const char *set,
    const char *hash, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_MESSAGE_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_text(s, ":hash", hash);
	stmt_text(s, ":set_type", set);
	stmt_int(s, ":file_id", in->file->file_id);
	stmt_int(s, ":record_no", in->record_no);
	stmt_int(s, ":ts_us", in->run->now_us);
	return stmt_run(s, NULL, err);
}

/* Beside the order as it is now; and it is to be answered. */
static bool
store_trade(struct edi_intake *in, int64_t order_id, const struct trade *t,
    struct oms_error *err)
{
	bool ok = set_head(in, order_id, &t->head, err) &&
	    run_on_order(in, SQL_TRADE_GROUPS_DROP, order_id, err) &&
	    run_on_order(in, SQL_TRADE_LINES_DROP, order_id, err);

	for (size_t i = 0; ok && i < t->order.group_count; i++)
		ok = add_group(in, order_id, i, &t->groups[i], err);
	for (size_t i = 0; ok && i < t->order.line_count; i++)
		ok = add_line(in, order_id, i, &t->lines[i], err);
	return ok &&
	    run_on_order(in, SQL_TRADE_RESPONSES_DROP, order_id, err) &&
	    run_on_order(in, SQL_TRADE_RESPONSE_ADD, order_id, err);
}

/* ---------------------------------------------------------- read it back */

static bool
load_head(struct edi_intake *in, int64_t order_id, struct trade *t,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_GET_ORDER, err);
	struct trade_head *h = &t->head;
	struct order *o = &t->order;
	const char **texts[] = { &o->order_no, &o->currency, &o->taxation,
		&o->customer_no, &o->customer_name, &o->customer_email,
		&o->shop_status, &o->payment_status, NULL, &o->recon,
		&o->incomplete, &h->set, &h->po_number, &h->release_no,
		&h->order_type, &h->po_date, &h->vendor_no, &h->department,
		&h->customer_order, &h->promotion, &h->contract,
		&h->buyer.qualifier, &h->buyer.id, &h->bill_to.qualifier,
		&h->bill_to.id, &h->vendor.qualifier, &h->vendor.id,
		&h->terms_net_days, &h->note };
	int64_t *times[] = { &h->ship_from_ts_us, &h->ship_by_ts_us,
		&h->deliver_from_ts_us, &h->deliver_by_ts_us,
		&h->cancel_after_ts_us };
	enum {
		ORDER_TS = 8,
		TEXTS = sizeof(texts) / sizeof(texts[0]),
		TIMES = sizeof(times) / sizeof(times[0])
	};

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_INTERNAL, "order %lld is there and not",
			(long long)order_id);
	for (int i = 0; i < TEXTS; i++)
		if (i != ORDER_TS)
			*texts[i] = col_dup(s, i, in->ctx);
	for (int i = 0; i < TIMES; i++)
		*times[i] = col_int(s, TEXTS + i);
	o->order_ts_us = col_int(s, ORDER_TS);
	o->ship_by_ts_us = h->ship_by_ts_us;
	h->buyer.name = h->bill_to.name = h->vendor.name = "";
	stmt_end(s);
	return true;
}

static bool
load_groups(struct edi_intake *in, int64_t order_id, struct trade *t,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_GET_GROUPS, err);
	struct order *o = &t->order;

	o->groups = mem_array(in->ctx, struct ship_group, ORDER_GROUPS_MAX);
	t->groups = mem_array(in->ctx, struct trade_group, ORDER_GROUPS_MAX);
	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	while (o->group_count < ORDER_GROUPS_MAX && stmt_next(s, err)) {
		struct ship_group *g = &o->groups[o->group_count];
		struct trade_group *tg = &t->groups[o->group_count++];
		const char **texts[] = { &g->shop_id, &g->method, &g->name,
			&g->company, &g->address1, &g->address2, &g->city,
			&g->postal_code, &g->state, &g->country, &g->phone,
			NULL, NULL, &tg->to.qualifier, &tg->to.id,
			&tg->mark.qualifier, &tg->mark.id };

		for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0]));
		     i++)
			if (texts[i] != NULL)
				*texts[i] = col_dup(s, i, in->ctx);
		g->shipping = (struct amount){ col_int(s, 11), col_int(s, 12) };
		tg->to.name = g->name;
		tg->mark.name = "";
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
load_lines(struct edi_intake *in, int64_t order_id, struct trade *t,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_GET_LINES, err);
	struct order *o = &t->order;

	o->lines = mem_array(in->ctx, struct order_line, ORDER_LINES_MAX);
	t->lines = mem_array(in->ctx, struct trade_line, ORDER_LINES_MAX);
	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	while (o->line_count < ORDER_LINES_MAX && stmt_next(s, err)) {
		struct order_line *l = &o->lines[o->line_count];
		struct trade_line *tl = &t->lines[o->line_count++];
		const char **texts[] = { &l->sku, &l->name, &l->position,
			&l->tax_rate, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
			NULL, &tl->buyer_line, &tl->uom, &tl->seller_q,
			&tl->seller_item, &tl->buyer_q, &tl->buyer_item,
			&tl->gtin_q, &tl->gtin, &tl->price, &tl->price_basis };

		for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0]));
		     i++)
			if (texts[i] != NULL)
				*texts[i] = col_dup(s, i, in->ctx);
		l->qty = col_int(s, 4);
		l->group = (size_t)(col_int(s, 5) - 1);
		l->goods = (struct amount){ col_int(s, 6), col_int(s, 7) };
		l->discount = (struct amount){ col_int(s, 8), col_int(s, 9) };
		l->shipping = (struct amount){ col_int(s, 10), col_int(s, 11) };
		tl->price_qty = col_int(s, 22);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
load(struct edi_intake *in, int64_t order_id, struct trade *ret,
    struct oms_error *err)
{
	*ret = (struct trade){ 0 };
	return load_head(in, order_id, ret, err) &&
	    load_groups(in, order_id, ret, err) &&
	    load_lines(in, order_id, ret, err);
}

/* --------------------------------------------------------------- orders */

/* As the record of the set says it: the ledger counts it. */
static void
say_worth(struct edi_intake *in, const struct trade *t)
{
	in->currency = t->order.currency[0] != '\0' ? t->order.currency : NULL;
	in->worth_minor = t->order.total.net_minor + t->order.total.tax_minor;
}

/*
 * The order as it is now, into the store.
 *
 * hash  of the message that made it so
 */
static bool
apply(struct edi_intake *in, const struct edi_set *set, const struct trade *t,
    const char *hash, enum intake_fate *ret, struct oms_error *err)
{
	struct order_intake orders = { .run = in->run,
		.file = in->file,
		.channel = order_intake_channel(in->run->cfg, in->file),
		.shown_name = str_show(in->ctx, in->file->name, SHOWN_BYTES),
		.sender = "the customer" };
	char content[HASH_BYTES];
	/* Two orders of a customer are never twins: their numbers differ. */
	struct order_record rec = { .order = &t->order,
		.content_hash = content,
		.basket_hash = content,
		.record_no = in->record_no };
	struct oms_error why = NO_ERROR;
	enum order_fate fate;
	int64_t order_id;

	edi_order_hash(t, content);
	say_worth(in, t);
	if (!order_intake_begin(&orders, err) ||
	    !order_intake_store(&orders, &rec, &fate, &order_id, &why, err) ||
	    !order_intake_end(&orders, err))
		return false;
	*ret = fate == ORDER_IS_DUPLICATE ? INTAKE_DUPLICATE : INTAKE_APPLIED;
	if (fate == ORDER_IS_CONFLICT) {
		*err = why;
		return false;
	}
	return (fate == ORDER_IS_DUPLICATE ||
		   store_trade(in, order_id, t, err)) &&
	    remember(in, order_id, set->type, hash, err);
}

static bool
is_not_his(const struct known *k, const char *order_no, struct oms_error *err)
{
	return oms_fail(err, OMS_CONFLICT,
	    "order %s came here another way, or from another partner%s",
	    order_no, k->order_id != 0 ? ": its channel has it already" : "");
}

static bool
is_overtaken(const char *order_no, struct oms_error *err)
{
	return oms_fail(err, OMS_CONFLICT,
	    "order %s was told the same before, and other words since: if it "
	    "is to go back to that, the customer must send it with a new "
	    "number or date; if it was only sent again, discard it",
	    order_no);
}

/* A cancellation may name the order and nothing else. */
static bool
fill_cancelled(struct edi_intake *in, const struct known *k, struct trade *t,
    struct oms_error *err)
{
	struct trade was;

	if (k->order_id == 0)
		return oms_fail(err, OMS_REFERENCE,
		    "order %s, which is to be cancelled, is not known",
		    t->order.order_no);
	if (!load(in, k->order_id, &was, err))
		return false;
	*t = was;
	t->order.shop_status = "CANCELLED";
	trade_total(in->ctx, t);
	return true;
}

bool
edi_apply_order(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	enum trade_purpose purpose;
	char hash[HASH_BYTES];
	struct known k;
	struct trade t;

	if (!edi_order_map(in->ctx, set, in->profile, &t, err))
		return false;
	*ret_key = t.order.order_no;
	/* He is one customer, whatever store he buys for. */
	t.order.customer_no = in->file->partner;
	purpose = t.head.purpose;
	in->is_whole = purpose != TRADE_CANCEL;
	edi_order_hash(&t, hash);
	if (!find(in, t.order.order_no, hash, &k, err))
		return false;
	if (k.order_id != 0 && !k.is_his)
		return is_not_his(&k, t.order.order_no, err);
	if (k.was_overtaken &&
	    (purpose == TRADE_REPLACE || purpose == TRADE_CANCEL))
		return is_overtaken(t.order.order_no, err);
	if (k.was_heard) {
		say_worth(in, &t);
		*ret = INTAKE_DUPLICATE;
		return true;
	}
	if (purpose == TRADE_REPEAT && k.order_id != 0)
		return oms_fail(err, OMS_CONFLICT,
		    "a copy of order %s says other than the order: ask the "
		    "customer which of them counts",
		    t.order.order_no);
	if (purpose == TRADE_CANCEL && !fill_cancelled(in, &k, &t, err))
		return false;
	return apply(in, set, &t, hash, ret, err);
}

bool
edi_apply_order_change(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	char hash[HASH_BYTES];
	struct trade_change c;
	struct trade was, t;
	struct known k;

	if (!edi_order_change_map(in->ctx, set, in->profile, &c, err))
		return false;
	*ret_key = c.order_no;
	edi_order_change_hash(&c, hash);
	if (!find(in, c.order_no, hash, &k, err))
		return false;
	if (k.order_id == 0)
		return oms_fail(err, OMS_REFERENCE,
		    "order %s, which is to be changed, is not known",
		    c.order_no);
	if (!k.is_his)
		return is_not_his(&k, c.order_no, err);
	if (k.was_overtaken)
		return is_overtaken(c.order_no, err);
	if (k.was_heard) {
		*ret = INTAKE_DUPLICATE;
		return true;
	}
	if (k.was_released)
		return oms_fail(err, OMS_CONFLICT,
		    "the change of order %s came too late: goods were "
		    "released to a warehouse already",
		    c.order_no);
	return load(in, k.order_id, &was, err) &&
	    trade_change_apply(in->ctx, &was, &c, &t, err) &&
	    apply(in, set, &t, hash, ret, err);
}

/* ---------------------------------------------------------- remittances */

static bool
remittance_known(struct edi_intake *in, const struct remittance *r,
    bool *ret_known, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_REMITTANCE_KNOWN,
	    err);
	bool is_same;

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":trace_no", r->trace_no);
	*ret_known = stmt_one(s, err);
	is_same = !*ret_known ||
	    (col_int(s, 1) == r->amount_minor &&
		strcmp(col_text(s, 2), r->currency) == 0 &&
		col_int(s, 3) == (int64_t)r->line_count);
	stmt_end(s);
	if (err->code == OMS_OK && !is_same)
		oms_fail(err, OMS_CONFLICT,
		    "payment %s was told of before, with other amounts: ask "
		    "the customer which of them counts",
		    r->trace_no);
	return err->code == OMS_OK;
}

static bool
remittance_add(struct edi_intake *in, const struct remittance *r, int64_t id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_REMITTANCE_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":remittance_id", id);
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":trace_no", r->trace_no);
	stmt_text(s, ":method", r->method);
	stmt_text(s, ":currency", r->currency);
	stmt_int(s, ":amount_minor", r->amount_minor);
	stmt_int(s, ":paid_ts_us", r->paid_ts_us);
	stmt_int(s, ":file_id", in->file->file_id);
	stmt_int(s, ":record_no", in->record_no);
	stmt_int(s, ":received_ts_us", in->run->now_us);
	return stmt_run(s, NULL, err);
}

static bool
remittance_line_add(struct edi_intake *in, const struct remittance *r,
    int64_t id, size_t i, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_REMITTANCE_LINE_ADD,
	    err);
	const struct remittance_line *l = &r->lines[i];

	if (s == NULL)
		return false;
	stmt_int(s, ":remittance_id", id);
	stmt_int(s, ":n", (int64_t)i + 1);
	stmt_text(s, ":qualifier", l->qualifier);
	stmt_text(s, ":reference", l->reference);
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":currency", r->currency);
	stmt_int(s, ":paid_minor", l->paid_minor);
	stmt_int(s, ":discount_minor", l->discount_minor);
	stmt_text(s, ":reason", l->reason);
	return stmt_run(s, NULL, err);
}

/* The history of every order it pays. */
static bool
remittance_events(struct edi_intake *in, const struct remittance *r, int64_t id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRADE_REMITTANCE_ORDERS,
	    err);
	bool ok = true;

	if (s == NULL)
		return false;
	stmt_int(s, ":remittance_id", id);
	while (ok && stmt_next(s, err)) {
		char amount[NUM_DECIMAL_BYTES], detail[DETAIL_BYTES];

		snprintf(detail, sizeof(detail), "%s %s by payment %.60s",
		    money_format(col_int(s, 1), r->currency, amount),
		    r->currency, str_show(in->ctx, r->trace_no, SHOWN_BYTES));
		ok = order_event(in->run, col_int(s, 0), "paid", 0, 0, detail,
		    err);
	}
	return ok && err->code == OMS_OK;
}

bool
edi_apply_remittance(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	struct remittance r;
	bool is_known;
	int64_t id;

	if (!edi_remittance_map(in->ctx, set, in->profile, &r, err))
		return false;
	*ret_key = r.trace_no;
	if (!remittance_known(in, &r, &is_known, err))
		return false;
	*ret = is_known ? INTAKE_DUPLICATE : INTAKE_APPLIED;
	if (is_known)
		return true;
	if (!db_next(in->run->db, "remittance", &id, err) ||
	    !remittance_add(in, &r, id, err))
		return false;
	for (size_t i = 0; i < r.line_count; i++)
		if (!remittance_line_add(in, &r, id, i, err))
			return false;
	return remittance_events(in, &r, id, err);
}
