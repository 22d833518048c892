/* order_intake.c - see order_intake.h. */

#include "pipeline/order_intake.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/status.h"
#include "pipeline/order_ops.h"
#include "pipeline/personal.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum { DETAIL_BYTES = 300, PLACE_BYTES = 80 };

/* ------------------------------------------------------------- the rows */

/* A value of a group of an order, for nobody to read but us. */
static void
seal_group(struct stmt *s, const char *name, const char *text, int64_t order_id,
    int64_t group_no)
{
	char place[PLACE_BYTES];

	(void)snprintf(place, sizeof(place), "ship_group.%s/%lld/%lld",
	    name + 1, (long long)order_id, (long long)group_no);
	stmt_sealed(s, name, text, place);
}

static bool
add_group(struct order_intake *in, int64_t order_id, size_t i,
    const struct ship_group *g, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_GROUP_ADD, err);
	int64_t group_no = (int64_t)i + 1;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":group_no", group_no);
	stmt_text(s, ":shop_id", g->shop_id);
	stmt_text(s, ":method", g->method);
	seal_group(s, ":name", g->name, order_id, group_no);
	seal_group(s, ":company", g->company, order_id, group_no);
	seal_group(s, ":address1", g->address1, order_id, group_no);
	seal_group(s, ":address2", g->address2, order_id, group_no);
	stmt_text(s, ":city", g->city);
	stmt_text(s, ":postal_code", g->postal_code);
	stmt_text(s, ":state", g->state);
	stmt_text(s, ":country", g->country);
	seal_group(s, ":phone", g->phone, order_id, group_no);
	stmt_int(s, ":ship_net_minor", g->shipping.net_minor);
	stmt_int(s, ":ship_tax_minor", g->shipping.tax_minor);
	return stmt_run(s, NULL, err);
}

static bool
add_components(struct order_intake *in, int64_t order_id, int64_t line_no,
    const struct order_line *l, struct oms_error *err)
{
	for (size_t i = 0; i < l->component_count; i++) {
		struct stmt *s = stmt_begin(in->run->db,
		    SQL_INGEST_COMPONENT_ADD, err);

		if (s == NULL)
			return false;
		stmt_int(s, ":order_id", order_id);
		stmt_int(s, ":line_no", line_no);
		stmt_int(s, ":comp_no", (int64_t)i + 1);
		stmt_text(s, ":sku", l->components[i].sku);
		stmt_int(s, ":qty_per", l->components[i].qty_per);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

static bool
add_taxes(struct order_intake *in, int64_t order_id, int64_t line_no,
    const struct order_line *l, struct oms_error *err)
{
	for (size_t i = 0; i < l->tax_count; i++) {
		struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_TAX_ADD,
		    err);

		if (s == NULL)
			return false;
		stmt_int(s, ":order_id", order_id);
		stmt_int(s, ":line_no", line_no);
		stmt_int(s, ":n", (int64_t)i + 1);
		stmt_text(s, ":tax_id", l->taxes[i].tax_id);
		stmt_text(s, ":tax_rate", l->taxes[i].tax_rate);
		stmt_int(s, ":amount_minor", l->taxes[i].amount_minor);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

static bool
add_part(struct order_intake *in, int64_t order_id, int64_t line_no,
    int64_t qty, int status, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_PART_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":line_no", line_no);
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":status", status);
	return stmt_run(s, NULL, err);
}

static bool
add_line(struct order_intake *in, int64_t order_id, size_t i,
    const struct order_line *l, int status, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_LINE_ADD, err);
	int64_t line_no = (int64_t)i + 1;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":line_no", line_no);
	stmt_int(s, ":group_no", (int64_t)l->group + 1);
	stmt_text(s, ":sku", l->sku);
	stmt_text(s, ":name", l->name);
	stmt_int(s, ":qty", l->qty);
	stmt_int(s, ":net_minor", l->goods.net_minor);
	stmt_int(s, ":tax_minor", l->goods.tax_minor);
	stmt_int(s, ":disc_net_minor", l->discount.net_minor);
	stmt_int(s, ":disc_tax_minor", l->discount.tax_minor);
	stmt_int(s, ":ship_net_minor", l->shipping.net_minor);
	stmt_int(s, ":ship_tax_minor", l->shipping.tax_minor);
	stmt_text(s, ":tax_rate", l->tax_rate);
	stmt_text(s, ":position", l->position);
	return stmt_run(s, NULL, err) &&
	    add_part(in, order_id, line_no, l->qty, status, err) &&
	    add_components(in, order_id, line_no, l, err) &&
	    add_taxes(in, order_id, line_no, l, err);
}

static bool
add_payment(struct order_intake *in, int64_t order_id, size_t i,
    const struct payment *p, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_PAYMENT_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":n", (int64_t)i + 1);
	stmt_text(s, ":tender", p->tender);
	stmt_text(s, ":method", p->method);
	stmt_int(s, ":amount_minor", p->amount_minor);
	stmt_int(s, ":authorised", p->authorised);
	stmt_int(s, ":captured", p->captured);
	stmt_text(s, ":transaction_id", p->transaction_id);
	stmt_text(s, ":processor", p->processor);
	return stmt_run(s, NULL, err);
}

/* It came cancelled, and there is nothing to do for it. */
static bool
is_cancelled(const struct order *o)
{
	return strcmp(o->shop_status, "CANCELLED") == 0;
}

static int
first_status(const struct order *o)
{
	return is_cancelled(o) ? PART_CANCELLED : PART_CREATED;
}

/* By which support finds the order, where its texts are sealed. */
static bool
add_hashes(struct order_intake *in, int64_t order_id, const struct order *o,
    struct oms_error *err)
{
	struct run *run = in->run;
	bool ok = run->cfg->ring == NULL ||
	    (personal_add_hash(run, order_id, "email", o->customer_email,
		 err) &&
		personal_add_hash(run, order_id, "name", o->customer_name,
		    err));

	for (size_t i = 0; run->cfg->ring != NULL && ok && i < o->group_count;
	     i++) {
		const struct ship_group *g = &o->groups[i];

		/* Mostly he sends it to himself. */
		ok = (strcmp(g->name, o->customer_name) == 0 ||
			 personal_add_hash(run, order_id, "name", g->name,
			     err)) &&
		    personal_add_hash(run, order_id, "phone", g->phone, err);
	}
	return ok;
}

static bool
add_children(struct order_intake *in, int64_t order_id, const struct order *o,
    struct oms_error *err)
{
	bool ok = add_hashes(in, order_id, o, err);

	for (size_t i = 0; ok && i < o->group_count; i++)
		ok = add_group(in, order_id, i, &o->groups[i], err);
	for (size_t i = 0; ok && i < o->line_count; i++)
		ok = add_line(in, order_id, i, &o->lines[i], first_status(o),
		    err);
	for (size_t i = 0; ok && i < o->payment_count; i++)
		ok = add_payment(in, order_id, i, &o->payments[i], err);
	return ok;
}

/* Who bought it: the number the shop gave, or the guest's address. */
static void
customer_key(const struct order_intake *in, const struct order *o,
    char dst[PERSONAL_KEY_BYTES])
{
	const char *who = o->customer_email[0] != '\0' ? o->customer_email
						       : o->order_no;
	char key[PERSONAL_KEY_BYTES];

	if (o->customer_no[0] != '\0') {
		(void)str_copy(dst, PERSONAL_KEY_BYTES, o->customer_no);
		return;
	}
	(void)snprintf(key, sizeof(key), "guest:%s", who);
	personal_customer_key(in->run->cfg->ring, key, dst);
}

static void
seal_order(struct stmt *s, const char *name, const char *text, int64_t order_id)
{
	char place[PLACE_BYTES];

	(void)snprintf(place, sizeof(place), "orders.%s/%lld", name + 1,
	    (long long)order_id);
	stmt_sealed(s, name, text, place);
}

/* From :content_hash on the two statements name the same, in one order. */
static void
bind_order(struct stmt *s, struct order_intake *in,
    const struct order_record *rec, int64_t order_id, bool is_new)
{
	const struct order *o = rec->order;
	const struct config *cfg = in->run->cfg;
	int64_t order_ts_us = o->order_ts_us != 0 ? o->order_ts_us
						  : in->run->now_us;
	char customer[PERSONAL_KEY_BYTES];

	customer_key(in, o, customer);
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":content_hash", rec->content_hash);
	stmt_int(s, ":file_id", in->file->file_id);
	stmt_int(s, ":record_no", rec->record_no);
	stmt_text(s, ":currency", o->currency);
	stmt_text(s, ":taxation", o->taxation);
	stmt_text(s, ":customer_key", customer);
	stmt_text(s, ":customer_no", o->customer_no);
	seal_order(s, ":customer_name", o->customer_name, order_id);
	seal_order(s, ":customer_email", o->customer_email, order_id);
	stmt_int(s, ":order_ts_us", order_ts_us);
	if (is_new)
		stmt_int(s, ":received_ts_us", in->run->now_us);
	stmt_int(s, ":ship_by_ts_us",
	    o->ship_by_ts_us != 0
		? o->ship_by_ts_us
		: order_ts_us + cfg->handling_s * INT64_C(1000000));
	stmt_int(s, ":total_minor", o->total.net_minor + o->total.tax_minor);
	stmt_int(s, ":tax_minor", o->total.tax_minor);
	stmt_text(s, ":basket_hash", rec->basket_hash);
	stmt_text(s, ":shop_status", o->shop_status);
	stmt_text(s, ":payment_status", o->payment_status);
	stmt_text(s, ":recon", o->recon);
	stmt_text(s, ":incomplete", o->incomplete);
	if (is_new)
		stmt_int(s, ":ship_complete", cfg->ship_complete);
	stmt_int(s, ":stage",
	    is_cancelled(o) ? ORDER_AT_REST : ORDER_TO_ACCEPT);
	stmt_int(s, ":status", first_status(o));
	stmt_text(s, ":label", part_status_name(first_status(o)));
}

/* *ret_new false: the number is known, and nothing was done. */
static bool
insert_order(struct order_intake *in, const struct order_record *rec,
    bool *ret_new, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_ORDER_ADD, err);
	int64_t changed;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", in->last_order_id + 1);
	stmt_text(s, ":order_no", rec->order->order_no);
	stmt_text(s, ":channel", in->channel);
	bind_order(s, in, rec, in->last_order_id + 1, true);
	if (!stmt_run(s, &changed, err))
		return false;
	*ret_new = changed > 0;
	return true;
}

static void
detail_of(const struct order_intake *in, const struct order_record *rec,
    const char *prefix, char dst[DETAIL_BYTES])
{
	(void)snprintf(dst, DETAIL_BYTES, "%s%s record %lld", prefix,
	    in->shown_name, (long long)rec->record_no);
}

static bool
first_event(struct order_intake *in, const struct order_record *rec,
    int64_t order_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_EVENT_FIRST, err);
	char detail[DETAIL_BYTES];

	if (s == NULL)
		return false;
	detail_of(in, rec, "", detail);
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":ts_us", in->run->now_us);
	stmt_int(s, ":to_status", PART_CREATED);
	stmt_text(s, ":actor", in->run->actor);
	stmt_text(s, ":detail", detail);
	return stmt_run(s, NULL, err);
}

static bool
cancelled_event(struct order_intake *in, const struct order_record *rec,
    int64_t order_id, struct oms_error *err)
{
	char detail[DETAIL_BYTES];

	if (!is_cancelled(rec->order))
		return true;
	(void)snprintf(detail, sizeof(detail), "by %s", in->sender);
	return order_event(in->run, order_id, "cancelled", PART_CREATED,
	    PART_CANCELLED, detail, err);
}
/* ------------------------------------------------ numbers known before */

struct known {
	int64_t order_id;
	int64_t revision;
	enum order_fate fate;
	const char *why; /* a conflict */
};

/* May this content replace what we have?  Not once goods are on their way. */
static void
judge(struct stmt *s, const struct order_record *rec, struct known *k)
{
	bool was_released = col_int(s, 4) > 0 || col_int(s, 5) > 0;
	bool ended_here = col_int(s, 6) > 0 && col_int(s, 7) == 0 &&
	    strcmp(col_text(s, 3), "CANCELLED") != 0;

	k->order_id = col_int(s, 0);
	k->revision = col_int(s, 1);
	k->fate = ORDER_IS_CONFLICT;
	if (strcmp(col_text(s, 2), rec->content_hash) == 0)
		k->fate = ORDER_IS_DUPLICATE;
	else if (was_released)
		k->why = "its goods were released to a warehouse already";
	else if (ended_here && !is_cancelled(rec->order))
		k->why = "the order was ended here";
	else
		k->fate = ORDER_IS_REVISION;
}

static bool
find_known(struct order_intake *in, const struct order_record *rec,
    struct known *k, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_ORDER_KNOWN, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":order_no", rec->order->order_no);
	stmt_text(s, ":channel", in->channel);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_INTERNAL, "order %s is there and not",
			rec->order->order_no);
	judge(s, rec, k);
	stmt_end(s);
	return true;
}

/* What hangs on the order as it was; its reservations first. */
static bool
drop_children(struct order_intake *in, int64_t order_id, struct oms_error *err)
{
	static const enum sql_id steps[] = { SQL_INGEST_FREE_STOCK,
		SQL_INGEST_DROP_PARTS, SQL_INGEST_DROP_COMPONENTS,
		SQL_INGEST_DROP_TAXES, SQL_INGEST_DROP_PAYMENTS,
		SQL_INGEST_DROP_LINES, SQL_INGEST_DROP_GROUPS };

	if (!personal_drop_hashes(in->run, order_id, err))
		return false;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct stmt *s = stmt_begin(in->run->db, steps[i], err);

		if (s == NULL)
			return false;
		stmt_int(s, ":order_id", order_id);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

static bool
close_holds(struct order_intake *in, int64_t order_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_CLOSE_HOLDS, err);
	char detail[DETAIL_BYTES];
	int64_t closed;

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", in->run->now_us);
	stmt_text(s, ":actor", in->run->actor);
	stmt_int(s, ":order_id", order_id);
	if (!stmt_run(s, &closed, err))
		return false;
	(void)snprintf(detail, sizeof(detail), "%s sent a revision",
	    in->sender);
	return closed == 0 ||
	    order_event(in->run, order_id, "hold_resolved", 0, 0, detail, err);
}

static bool
revise(struct order_intake *in, const struct order_record *rec,
    const struct known *k, struct oms_error *err)
{
	char prefix[40], detail[DETAIL_BYTES];
	struct stmt *s;

	if (!drop_children(in, k->order_id, err))
		return false;
	s = stmt_begin(in->run->db, SQL_INGEST_ORDER_REVISE, err);
	if (s == NULL)
		return false;
	bind_order(s, in, rec, k->order_id, false);
	stmt_int(s, ":ts_us", in->run->now_us);
	stmt_int(s, ":order_id", k->order_id);
	(void)snprintf(prefix, sizeof(prefix), "revision %lld, ",
	    (long long)k->revision + 1);
	detail_of(in, rec, prefix, detail);
	return stmt_run(s, NULL, err) &&
	    add_children(in, k->order_id, rec->order, err) &&
	    close_holds(in, k->order_id, err) &&
	    order_event(in->run, k->order_id, "revised", 0,
		first_status(rec->order), detail, err) &&
	    cancelled_event(in, rec, k->order_id, err);
}

static void
say_conflict(const struct order_intake *in, const struct order_record *rec,
    const struct known *k, struct oms_error *why)
{
	const struct order *o = rec->order;

	if (is_cancelled(o))
		oms_fail(why, OMS_CONFLICT,
		    "order %s was cancelled by %s, but %s", o->order_no,
		    in->sender, k->why);
	else
		oms_fail(why, OMS_CONFLICT,
		    "order %s came with other content, but %s", o->order_no,
		    k->why);
}

/* ------------------------------------------------------------ the whole */

bool
order_intake_store(struct order_intake *in, const struct order_record *rec,
    enum order_fate *ret, int64_t *ret_order_id, struct oms_error *why,
    struct oms_error *err)
{
	int64_t order_id = in->last_order_id + 1;
	struct known k = { 0 };
	bool is_new;

	if (!insert_order(in, rec, &is_new, err))
		return false;
	if (is_new) {
		in->last_order_id = order_id;
		*ret = ORDER_IS_NEW;
		*ret_order_id = order_id;
		return add_children(in, order_id, rec->order, err) &&
		    first_event(in, rec, order_id, err) &&
		    cancelled_event(in, rec, order_id, err);
	}
	if (!find_known(in, rec, &k, err))
		return false;
	*ret = k.fate;
	*ret_order_id = k.order_id;
	if (k.fate == ORDER_IS_CONFLICT)
		say_conflict(in, rec, &k, why);
	return k.fate != ORDER_IS_REVISION || revise(in, rec, &k, err);
}

bool
order_intake_mend(struct order_intake *in, const char *order_no,
    int64_t record_no, bool is_duplicate, struct oms_error *err)
{
	int64_t not_of = is_duplicate ? in->file->file_id : 0;
	struct stmt *s;
	int64_t count, conflicts;
	char resolution[DETAIL_BYTES];

	if (!in->any_dead)
		return true;
	s = stmt_begin(in->run->db, SQL_INGEST_DEAD_OF, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":key", order_no);
	stmt_int(s, ":not_of_file_id", not_of);
	if (!stmt_one(s, err))
		return false;
	count = col_int(s, 0);
	conflicts = col_int(s, 1);
	stmt_end(s);
	if (count == 0 || (is_duplicate && conflicts > 0))
		return true;
	(void)snprintf(resolution, sizeof(resolution),
	    "repaired by file %lld, record %lld", (long long)in->file->file_id,
	    (long long)record_no);
	return dead_resolve(in->run, in->file->partner, order_no, not_of,
	    resolution, err);
}

bool
order_intake_begin(struct order_intake *in, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_ORDER_ID_GET, err);

	if (s == NULL || !stmt_one(s, err))
		return false;
	in->last_order_id = col_int(s, 0);
	stmt_end(s);
	s = stmt_begin(in->run->db, SQL_INGEST_ANY_DEAD, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	in->any_dead = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

bool
order_intake_end(struct order_intake *in, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_ORDER_ID_SET, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":value", in->last_order_id);
	return stmt_run(s, NULL, err);
}

const char *
order_intake_channel(const struct config *cfg, const struct file_row *file)
{
	const struct partner *p = config_partner(cfg, file->partner);

	for (size_t i = 0; p != NULL && i < p->feed_count; i++) {
		const struct feed *feed = &p->feeds[i];

		if (feed->direction == FEED_IN &&
		    strcmp(feed->name, file->feed) == 0 &&
		    feed->channel != NULL && feed->channel[0] != '\0')
			return feed->channel;
	}
	return file->partner;
}
