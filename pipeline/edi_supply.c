/*
 * edi_supply.c - goods that are to come: the feed ref.supply_orders; 850 and
 * ORDERS to their suppliers, 943 and DESADV to the warehouses that get them.
 *
 * An order is written once.  Until then its lines may be sent again and
 * change; after that a change is refused, for nobody would hear of it.
 */

#include "pipeline/edi_warehouse.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "pipeline/act.h"
#include "pipeline/csv_intake.h"
#include "store/stmt.h"

enum { SHOW_BYTES = 60 };

/* ---- ref.supply_orders ---------------------------------------------------- */

/* What stands of the row's order and line. */
struct standing {
	bool exists; /* the order */
	bool fits;   /* its head says what the row says */
	bool was_sent;
	bool has_line;
	bool is_same; /* the line says what the row says */
};

static bool
load_standing(struct intake *in, const struct csv_record *rec,
    struct standing *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_SUPPLY_STANDING, err);

	*ret = (struct standing){ 0 };
	if (s == NULL)
		return false;
	stmt_text(s, ":supply_no", csv_text(rec, "supply_no"));
	stmt_int(s, ":line_no", csv_int(rec, "line_no", 0));
	if (!stmt_one(s, err))
		return err->code == OMS_OK;
	ret->exists = true;
	ret->fits = strcmp(col_text(s, 0), csv_text(rec, "kind")) == 0 &&
	    strcmp(col_text(s, 1), csv_text(rec, "supplier")) == 0 &&
	    strcmp(col_text(s, 2), csv_text(rec, "node")) == 0 &&
	    strcmp(col_text(s, 3), csv_text(rec, "currency")) == 0;
	ret->was_sent = col_int(s, 4) != 0;
	ret->has_line = !col_is_null(s, 5);
	ret->is_same = ret->has_line &&
	    strcmp(col_text(s, 5), csv_text(rec, "sku")) == 0 &&
	    col_int(s, 6) == csv_int(rec, "qty", 0) &&
	    col_int(s, 7) == csv_int(rec, "price", 0) &&
	    col_int(s, 8) == csv_int(rec, "due_at", 0);
	stmt_end(s);
	return true;
}

static bool
check_known(struct intake *in, const struct csv_record *rec,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_STOCK_IS_KNOWN, err);
	const char *supplier = csv_text(rec, "supplier");
	bool sku, node;

	if (s == NULL)
		return false;
	stmt_text(s, ":sku", csv_text(rec, "sku"));
	stmt_text(s, ":node", csv_text(rec, "node"));
	if (!stmt_one(s, err))
		return false;
	sku = col_int(s, 0) > 0;
	node = col_int(s, 1) > 0;
	stmt_end(s);
	if (!sku || !node) {
		oms_fail(err, OMS_REFERENCE, "%s %.60s is not known",
		    sku ? "node" : "sku", csv_text(rec, sku ? "node" : "sku"));
		return oms_at(err, "column %s", sku ? "node" : "sku");
	}
	if (strcmp(csv_text(rec, "kind"), "purchase") != 0 ||
	    config_partner(in->run->cfg, supplier) != NULL)
		return true;
	oms_fail(err, OMS_REFERENCE,
	    "no partner of that name: whom is the order for?");
	return oms_at(err, "column supplier");
}

static bool
check_change(const struct csv_record *rec, const struct standing *at,
    struct oms_error *err)
{
	if (at->exists && !at->fits)
		return oms_fail(err, OMS_VALUE,
		    "another row of %.22s has another kind, supplier, node or "
		    "currency",
		    csv_text(rec, "supply_no"));
	return !at->was_sent ||
	    oms_fail(err, OMS_TRANSITION,
		"%.22s was sent already: order what is new under a new "
		"supply_no",
		csv_text(rec, "supply_no"));
}

static bool
save(struct intake *in, enum sql_id id, const struct csv_record *rec,
    struct oms_error *err)
{
	static const char *const texts[] = { ":supply_no", ":kind", ":supplier",
		":node", ":currency", ":sku" };
	static const char *const numbers[] = { ":line_no", ":qty", ":price",
		":due_at" };
	struct stmt *s = stmt_begin(in->run->db, id, err);

	if (s == NULL)
		return false;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (stmt_has(s, texts[i]))
			stmt_text(s, texts[i], csv_text(rec, texts[i] + 1));
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (stmt_has(s, numbers[i]))
			stmt_int(s, numbers[i],
			    csv_int(rec, numbers[i] + 1, 0));
	return stmt_run(s, NULL, err);
}

static bool
tell(struct intake *in, const struct csv_record *rec, bool is_new,
    struct oms_error *err)
{
	char object[ACT_TEXT_BYTES], after[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "reference",
		.action = is_new ? "add" : "change",
		.object = object,
		.after = after };

	snprintf(object, sizeof(object), "ref.supply_orders %.22s/%lld",
	    csv_text(rec, "supply_no"), (long long)csv_int(rec, "line_no", 0));
	snprintf(after, sizeof(after), "sku=%.256s qty=%lld price=%lld",
	    csv_text(rec, "sku"), (long long)csv_int(rec, "qty", 0),
	    (long long)csv_int(rec, "price", 0));
	return act_add(in->run, &e, err);
}

static bool
apply_supply(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err)
{
	struct standing at;

	if (!load_standing(in, rec, &at, err))
		return false;
	*ret = INTAKE_DUPLICATE;
	if (at.fits && at.is_same)
		return true;
	*ret = INTAKE_APPLIED;
	return check_known(in, rec, err) && check_change(rec, &at, err) &&
	    save(in, SQL_SUPPLY_ORDER_UPSERT, rec, err) &&
	    save(in, SQL_SUPPLY_LINE_UPSERT, rec, err) &&
	    tell(in, rec, !at.has_line, err);
}

bool
ingest_supply_orders(struct run *run, const struct file_row *file,
    struct stage_result *res, struct oms_error *err)
{
	static const struct intake_type type = { .type = "ref.supply_orders",
		.row = apply_supply,
		.keys = { "supply_no", "line_no" } };

	return csv_intake(run, file, &type, res, err);
}

/* ---- 850 and 943 ---------------------------------------------------------- */

static void
supply_lines(struct edi_supplies *d, const char *supply_no, struct stmt *s,
    bool *more, struct oms_error *err)
{
	while (*more && strcmp(col_text(s, 0), supply_no) == 0) {
		struct edi_supply_line l = { .line_no = col_int(s, 1),
			.sku = col_text(s, 2),
			.name = col_text(s, 3),
			.unit = col_text(s, 4),
			.qty = col_int(s, 5),
			.price_minor = col_int(s, 6) };

		edi_supply_line(d, &l);
		*more = stmt_next(s, err);
	}
}

static bool
render_supplies(struct edi_rendering *r, enum sql_id heads,
    enum sql_id lines_id, bool notice, struct oms_error *err)
{
	struct stmt *s = edi_render_query(r, heads, err);
	struct stmt *lines = s != NULL ? edi_render_query(r, lines_id, err)
				       : NULL;
	struct edi_supplies *d = edi_supplies_new(r->ctx, r->w, r->profile,
	    r->doc->created_ts_us, notice);
	bool more;

	if (lines == NULL)
		return false;
	more = stmt_next(lines, err);
	while (err->code == OMS_OK && stmt_next(s, err)) {
		struct edi_supply o = { .supply_no = col_text(s, 0),
			.supplier = col_text(s, 1),
			.node = col_text(s, 2),
			.node_name = col_text(s, 3),
			.currency = col_text(s, 4),
			.due_ts_us = col_int(s, 5) };

		edi_supply_open(d, &o);
		supply_lines(d, o.supply_no, lines, &more, err);
		edi_supply_close(d);
		if (err->code == OMS_OK && !edi_render_done(r, 0, err))
			oms_at(err, "supply order %s", o.supply_no);
		if (err->code != OMS_OK)
			stmt_end(s);
	}
	if (more)
		stmt_end(lines);
	return err->code == OMS_OK;
}

bool
edi_render_supply_orders(struct edi_rendering *r, struct oms_error *err)
{
	return render_supplies(r, SQL_EDI_SUPPLY_ORDERS,
	    SQL_EDI_SUPPLY_ORDER_LINES, false, err);
}

bool
edi_render_stock_notices(struct edi_rendering *r, struct oms_error *err)
{
	return render_supplies(r, SQL_EDI_STOCK_NOTICES,
	    SQL_EDI_STOCK_NOTICE_LINES, true, err);
}
