/*
 * ingest_reference.c - products, nodes, rates, stock ...: rows that replace
 * the row with their key.
 *
 * A row that a file does not name stays as it is: partners send what changed.
 * Orders that were held for want of a row are looked at again by accept, by
 * themselves.
 */

#include "pipeline/ingest.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/pattern.h"
#include "base/str.h"
#include "pipeline/csv_intake.h"
#include "pipeline/personal.h"
#include "pipeline/stock_ops.h"

enum { SHOW_BYTES = 60 };

/* The statement binds its columns by their names, so one function does. */
static bool
apply_row(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, in->type->upsert, err);

	*ret = INTAKE_APPLIED;
	if (s == NULL)
		return false;
	for (size_t i = 0; i < rec->schema->column_count; i++) {
		const struct csv_column *c = &rec->schema->columns[i];
		const struct csv_value *v = &rec->values[i];

		if (csv_type_is_text(c->type))
			stmt_opt_text(s, c->bind, v->text);
		else
			stmt_opt_int(s, c->bind, v->is_null ? INT64_MIN : v->i);
	}
	return stmt_run(s, NULL, err);
}

/* A guest is known by a hash of his address, as his orders are. */
static bool
apply_spending_limit(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, in->type->upsert, err);
	char key[PERSONAL_KEY_BYTES];

	*ret = INTAKE_APPLIED;
	if (s == NULL)
		return false;
	personal_customer_key(in->run->cfg->ring, csv_text(rec, "customer"),
	    key);
	stmt_text(s, ":customer", key);
	stmt_text(s, ":currency", csv_text(rec, "currency"));
	stmt_opt_int(s, ":limit", csv_int(rec, "limit", INT64_MIN));
	return stmt_run(s, NULL, err);
}

/* An expression that does not compile would hold every order of a country. */
static bool
apply_address_rule(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	mem_ctx *tmp = mem_ctx_new(NULL, "address_rule");
	bool ok = pattern_new(tmp, csv_text(rec, "postal_pattern"), err) !=
	    NULL;

	mem_free(tmp);
	if (!ok)
		return oms_at(err, "column postal_pattern");
	return apply_row(in, rec, ret, err);
}

static bool
unknown(const struct csv_record *rec, const char *column, struct oms_error *err)
{
	mem_ctx *tmp = mem_ctx_new(NULL, "unknown");

	oms_fail(err, OMS_REFERENCE, "%s \"%s\" is not known", column,
	    str_show(tmp, csv_text(rec, column), SHOW_BYTES));
	mem_free(tmp);
	return oms_at(err, "column %s", column);
}

/* The stock that a count meets. */
struct stock {
	bool exists;
	int64_t on_hand_qty;
	int64_t counted_ts_us;
	int64_t moved_qty; /* since the count that comes */
};

static bool
load_stock(struct intake *in, const struct csv_record *rec,
    int64_t counted_ts_us, struct stock *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_REF_STOCK_GET, err);
	bool sku_known, node_known;

	if (s == NULL)
		return false;
	stmt_int(s, ":counted_ts_us", counted_ts_us);
	stmt_text(s, ":sku", csv_text(rec, "sku"));
	stmt_text(s, ":node", csv_text(rec, "node"));
	if (!stmt_one(s, err))
		return false;
	sku_known = col_int(s, 0) != 0;
	node_known = col_int(s, 1) != 0;
	ret->exists = !col_is_null(s, 2);
	ret->on_hand_qty = col_int(s, 2);
	ret->counted_ts_us = col_int(s, 3);
	ret->moved_qty = col_int(s, 4);
	stmt_end(s);
	if (!sku_known)
		return unknown(rec, "sku", err);
	return node_known || unknown(rec, "node", err);
}

static bool
save_count(struct intake *in, const struct csv_record *rec,
    int64_t counted_ts_us, int64_t on_hand_qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_REF_STOCK_UPSERT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":sku", csv_text(rec, "sku"));
	stmt_text(s, ":node", csv_text(rec, "node"));
	stmt_int(s, ":on_hand_qty", on_hand_qty);
	stmt_opt_int(s, ":buffer_qty", csv_int(rec, "buffer_qty", INT64_MIN));
	stmt_int(s, ":counted_ts_us", counted_ts_us);
	return stmt_run(s, NULL, err);
}

/*
 * What left since the count was taken is not there any more, although the
 * count has it; a count older than the one we know says nothing new.
 *
 * source  allocation 3.4, snapshot semantics
 */
static bool
apply_stock(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	int64_t counted = csv_int(rec, "counted_at", in->received_ts_us);
	struct stock old;
	int64_t on_hand;
	char ref[40];

	if (!load_stock(in, rec, counted, &old, err))
		return false;
	*ret = INTAKE_DUPLICATE;
	if (old.exists && counted < old.counted_ts_us)
		return true;
	*ret = INTAKE_APPLIED;
	on_hand = csv_int(rec, "on_hand_qty", 0) + old.moved_qty;
	if (!save_count(in, rec, counted, on_hand, err))
		return false;
	if (old.exists && on_hand == old.on_hand_qty)
		return true;
	snprintf(ref, sizeof(ref), "file %lld", (long long)in->file->file_id);
	return stock_move_add(in->run, csv_text(rec, "sku"),
	    csv_text(rec, "node"), counted, "count", on_hand - old.on_hand_qty,
	    old.on_hand_qty, ref, err);
}

/* clang-format off */
static const struct intake_type types[] = {
	{ .type = "ref.products", .row = apply_row,
	  .upsert = SQL_REF_PRODUCTS_UPSERT, .keys = { "sku" } },
	{ .type = "ref.ship_nodes", .row = apply_row,
	  .upsert = SQL_REF_SHIP_NODES_UPSERT, .keys = { "node" } },
	{ .type = "ref.zones", .row = apply_row,
	  .upsert = SQL_REF_ZONES_UPSERT, .keys = { "country", "postal_prefix" } },
	{ .type = "ref.lanes", .row = apply_row,
	  .upsert = SQL_REF_LANES_UPSERT, .keys = { "node", "zone" } },
	{ .type = "ref.carrier_services", .row = apply_row,
	  .upsert = SQL_REF_CARRIER_SERVICES_UPSERT, .keys = { "carrier", "service" } },
	{ .type = "ref.rates", .row = apply_row,
	  .upsert = SQL_REF_RATES_UPSERT,
	  .keys = { "carrier", "service", "zone", "max_weight_g" } },
	{ .type = "ref.routing_rules", .row = apply_row,
	  .upsert = SQL_REF_ROUTING_RULES_UPSERT, .keys = { "rule_no" } },
	{ .type = "ref.spending_limits", .row = apply_spending_limit,
	  .upsert = SQL_REF_SPENDING_LIMITS_UPSERT, .keys = { "customer", "currency" } },
	{ .type = "ref.address_rules", .row = apply_address_rule,
	  .upsert = SQL_REF_ADDRESS_RULES_UPSERT, .keys = { "country" } },
	{ .type = "ref.stock", .row = apply_stock, .keys = { "sku", "node" } },
};
/* clang-format on */

bool
ingest_reference(struct run *run, const struct file_row *file,
    struct stage_result *res, struct oms_error *err)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].type, file->type) == 0)
			return csv_intake(run, file, &types[i], res, err);
	return oms_fail(err, OMS_INTERNAL, "%s is no reference data",
	    file->type);
}
