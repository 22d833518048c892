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
#include "pipeline/act.h"
#include "pipeline/csv_intake.h"
#include "pipeline/personal.h"
#include "pipeline/stock.h"

enum {
	TOLD_MAX = 200, /* changed rows of a file that the audit names */
	IMAGE_COLUMNS_MAX = 16,
	WORDS_MAX_BYTES = 64 << 10
};

/* A guest is known by a hash of his address, as his orders are. */
static void
bind_text(const struct intake *in, struct stmt *s, const char *name,
    const char *text)
{
	char key[PERSONAL_KEY_BYTES];

	if (text != NULL && strcmp(name, ":customer") == 0) {
		personal_customer_key(in->run->cfg->ring, text, key);
		text = key;
	}
	stmt_opt_text(s, name, text);
}

/* The statement binds its columns by their names, so one function does. */
static struct stmt *
bound(struct intake *in, enum sql_id id, const struct csv_record *rec,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, id, err);

	for (size_t i = 0; s != NULL && i < rec->schema->column_count; i++) {
		const struct csv_column *c = &rec->schema->columns[i];
		const struct csv_value *v = &rec->values[i];

		if (!stmt_has(s, c->bind))
			continue;
		if (csv_type_is_text(c->type))
			bind_text(in, s, c->bind, v->text);
		else
			stmt_opt_int(s, c->bind, v->is_null ? INT64_MIN : v->i);
	}
	return s;
}

/* ---- what the audit has of it -------------------------------------------- */

/* The row of the record's key; no columns when there is none. */
struct image {
	char *text[IMAGE_COLUMNS_MAX]; /* text[0] is its key */
	const char *name[IMAGE_COLUMNS_MAX];
	int count;
};

static bool
load_image(struct intake *in, const struct csv_record *rec, mem_ctx *ctx,
    struct image *ret, struct oms_error *err)
{
	struct stmt *s = bound(in, in->type->get, rec, err);

	*ret = (struct image){ 0 };
	if (s == NULL)
		return false;
	if (stmt_one(s, err))
		for (; ret->count < col_count(s); ret->count++) {
			ret->text[ret->count] = col_dup(s, ret->count, ctx);
			ret->name[ret->count] = col_name(s, ret->count);
		}
	stmt_end(s);
	return err->code == OMS_OK;
}

/* The columns in which a differs from b. */
static char *
difference(mem_ctx *ctx, const struct image *a, const struct image *b)
{
	struct sbuf words;

	sbuf_init(&words, ctx, WORDS_MAX_BYTES);
	for (int i = 1; i < a->count; i++)
		if (i >= b->count || strcmp(a->text[i], b->text[i]) != 0)
			sbuf_addf(&words, "%s%s=%s", words.len > 0 ? " " : "",
			    a->name[i], a->text[i]);
	return words.p;
}

/* A guest's key is his e-mail address: not for the audit. */
static char *
object_of(struct intake *in, mem_ctx *ctx, const char *key)
{
	char sha[FS_SHA_BYTES];

	fs_sha_of(key, strlen(key), sha);
	return strchr(key, '@') == NULL
	    ? mem_printf(ctx, "%s %s", in->type->type, key)
	    : mem_printf(ctx, "%s sha256:%.16s", in->type->type, sha);
}

/* One by one as long as they are few, then all in one digest. */
static bool
tell_change(struct intake *in, const struct audit_entry *e,
    struct oms_error *err)
{
	struct intake_changes *ch = &in->changes;
	const char *const members[] = { e->object, e->before, e->after };

	if (ch->told < TOLD_MAX) {
		ch->told++;
		return act_add(in->run, e, err);
	}
	if (ch->untold++ == 0)
		fs_sha_begin(&ch->sha);
	for (size_t i = 0; i < COUNT(members); i++)
		fs_sha_add(&ch->sha, members[i], strlen(members[i]) + 1);
	return true;
}

static bool
compare(struct intake *in, mem_ctx *ctx, const struct image *before,
    const struct image *after, struct oms_error *err)
{
	bool is_new = before->count == 0;
	struct audit_entry e = { .category = "reference",
		.action = is_new ? "add" : "change",
		.before = difference(ctx, before, after),
		.after = difference(ctx, after, before) };

	if (after->count == 0 || (!is_new && e.after[0] == '\0'))
		return true;
	if (is_new)
		in->changes.added++;
	else
		in->changes.changed++;
	e.object = object_of(in, ctx, after->text[0]);
	return tell_change(in, &e, err);
}

/* What the batch changed, in one row, when it is more than was told. */
static bool
tell_rest(struct intake *in, int64_t first, int64_t last, struct oms_error *err)
{
	struct intake_changes *ch = &in->changes;
	char object[ACT_TEXT_BYTES], after[ACT_TEXT_BYTES], sha[FS_SHA_BYTES];
	struct audit_entry e = { .category = "reference",
		.action = "load",
		.object = object,
		.after = after };

	if (ch->untold > 0) {
		fs_sha_end(&ch->sha, sha);
		snprintf(object, sizeof(object),
		    "%s, file %lld, rows %lld to %lld", in->type->type,
		    (long long)in->file->file_id, (long long)first,
		    (long long)last);
		snprintf(after, sizeof(after),
		    "added %lld, changed %lld; of these %lld are not told one "
		    "by one, sha256 of them %s",
		    (long long)ch->added, (long long)ch->changed,
		    (long long)ch->untold, sha);
	}
	if (ch->untold > 0 && !act_add(in->run, &e, err))
		return false;
	ch->added = ch->changed = ch->untold = 0;
	return true;
}

static bool
apply_row(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "row");
	struct image before, after;
	struct stmt *s;
	bool ok = load_image(in, rec, ctx, &before, err);

	*ret = INTAKE_APPLIED;
	s = ok ? bound(in, in->type->upsert, rec, err) : NULL;
	ok = s != NULL && stmt_run(s, NULL, err) &&
	    load_image(in, rec, ctx, &after, err) &&
	    compare(in, ctx, &before, &after, err);
	mem_free(ctx);
	return ok;
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
apply_stock(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	char ref[40];
	bool is_news;

	snprintf(ref, sizeof(ref), "file %lld", (long long)in->file->file_id);
	if (!stock_count(in->run, csv_text(rec, "sku"), csv_text(rec, "node"),
		csv_int(rec, "on_hand_qty", 0),
		csv_int(rec, "buffer_qty", INT64_MIN),
		csv_int(rec, "counted_at", in->received_ts_us), ref, &is_news,
		err))
		return false;
	*ret = is_news ? INTAKE_APPLIED : INTAKE_DUPLICATE;
	return true;
}

/* clang-format off */
static const struct intake_type types[] = {
	{ .type = "ref.products", .row = apply_row,
	  .upsert = SQL_REF_PRODUCTS_UPSERT, .get = SQL_REF_PRODUCTS_GET,
	  .batch_end = tell_rest, .keys = { "sku" } },
	{ .type = "ref.ship_nodes", .row = apply_row,
	  .upsert = SQL_REF_SHIP_NODES_UPSERT, .get = SQL_REF_SHIP_NODES_GET,
	  .batch_end = tell_rest, .keys = { "node" } },
	{ .type = "ref.zones", .row = apply_row,
	  .upsert = SQL_REF_ZONES_UPSERT, .get = SQL_REF_ZONES_GET,
	  .batch_end = tell_rest, .keys = { "country", "postal_prefix" } },
	{ .type = "ref.lanes", .row = apply_row,
	  .upsert = SQL_REF_LANES_UPSERT, .get = SQL_REF_LANES_GET,
	  .batch_end = tell_rest, .keys = { "node", "zone" } },
	{ .type = "ref.carrier_codes", .row = apply_row,
	  .upsert = SQL_REF_CARRIER_CODES_UPSERT, .get = SQL_REF_CARRIER_CODES_GET,
	  .batch_end = tell_rest, .keys = { "partner", "set", "code" } },
	{ .type = "ref.carrier_services", .row = apply_row,
	  .upsert = SQL_REF_CARRIER_SERVICES_UPSERT, .get = SQL_REF_CARRIER_SERVICES_GET,
	  .batch_end = tell_rest, .keys = { "carrier", "service" } },
	{ .type = "ref.rates", .row = apply_row,
	  .upsert = SQL_REF_RATES_UPSERT, .get = SQL_REF_RATES_GET,
	  .batch_end = tell_rest,
	  .keys = { "carrier", "service", "zone", "max_weight_g" } },
	{ .type = "ref.routing_rules", .row = apply_row,
	  .upsert = SQL_REF_ROUTING_RULES_UPSERT, .get = SQL_REF_ROUTING_RULES_GET,
	  .batch_end = tell_rest, .keys = { "rule_no" } },
	{ .type = "ref.spending_limits", .row = apply_row,
	  .upsert = SQL_REF_SPENDING_LIMITS_UPSERT, .get = SQL_REF_SPENDING_LIMITS_GET,
	  .batch_end = tell_rest, .keys = { "customer", "currency" } },
	{ .type = "ref.address_rules", .row = apply_address_rule,
	  .upsert = SQL_REF_ADDRESS_RULES_UPSERT, .get = SQL_REF_ADDRESS_RULES_GET,
	  .batch_end = tell_rest, .keys = { "country" } },
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
