/*
 * edi_stock.c - what warehouses say of their stock: 944, 947, 846 in; and what
 * is available to a partner: 846 and INVRPT out.
 *
 * A receipt adds the good units; damaged ones are only written down, as they
 * cannot be sold.  An adjustment changes what is there, or what of it is on
 * hold.  A report is a count.  All of them are stock moves, so that files in
 * any order come to the same stock.
 *
 * source  X12 944, 947, 846, UN/EDIFACT RECADV, INVRPT; docs/formats/edi
 */

#include "pipeline/edi_warehouse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/log.h"
#include "pipeline/act.h"
#include "pipeline/stock.h"
#include "store/stmt.h"

enum { SHOW_BYTES = 60, NOTES_MAX_BYTES = 1 << 14, SET_LINES_MAX = 10000 };

static void note(struct sbuf *notes, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
note(struct sbuf *notes, const char *fmt, ...)
{
	char text[WMS_NOTE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (notes->len + sizeof(text) < NOTES_MAX_BYTES)
		sbuf_addf(notes, "%s%s", notes->len > 0 ? "; " : "", text);
}

static void
begin_advice(struct edi_intake *in, struct wms_advice *a, const char *kind,
    const char *key, const struct edi_moment *when)
{
	*a = (struct wms_advice){ .kind = kind,
		.key = key,
		.ts_us = wms_moment(in, when),
		.is_day = wms_is_day(when),
		.shipment_key = "",
		.scac = "",
		.bill = "" };
	sbuf_init(&a->note, in->ctx, NOTES_MAX_BYTES);
}

/* A move of the stock, at its moment or in its day. */
static bool
book(struct edi_intake *in, const struct wms_advice *a, const char *sku,
    const char *node, int64_t qty, int64_t held_qty, const char *ref,
    struct oms_error *err)
{
	int64_t ts_us = a->ts_us;

	return (!a->is_day ||
		   stock_day_moment(in->run, sku, node, false, &ts_us, err)) &&
	    stock_book(in->run, sku, node, qty, held_qty, ts_us, ref, err);
}

/* ---- 944, RECADV ---------------------------------------------------------- */

struct receiving {
	struct edi_intake *in;
	const struct edi_set *set;
	struct edi_receipt *r;
	struct wms_advice kept;
	const char *node;
	const char *ref; /* of the stock moves */
};

static void
digest_receipt(struct receiving *v)
{
	struct fs_sha sha;

	fs_sha_begin(&sha);
	for (size_t i = 0; i < v->r->line_count; i++) {
		const struct receipt_line *l = &v->r->lines[i];
		const char *text = mem_printf(v->in->ctx, "%lld %lld %lld %s",
		    (long long)l->good_qty, (long long)l->damaged_qty,
		    (long long)l->held_qty,
		    wms_item_text(v->in->ctx, &l->item));

		fs_sha_add(&sha, text, strlen(text) + 1);
	}
	fs_sha_end(&sha, v->kept.digest);
}

/* What of it was ordered: the line it names, else one of that product. */
static bool
close_supply(struct receiving *v, const struct receipt_line *l, const char *sku,
    struct oms_error *err)
{
	const char *supply_no = l->supply_no[0] != '\0' ? l->supply_no
							: v->r->supply_no;
	struct stmt *s;
	int64_t changed;

	if (supply_no[0] == '\0')
		return true;
	s = stmt_begin(v->in->run->db, SQL_SUPPLY_RECEIVE, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":supply_no", supply_no);
	stmt_text(s, ":node", v->node);
	stmt_text(s, ":sku", sku);
	stmt_int(s, ":line_no", l->line_no);
	stmt_int(s, ":good_qty", l->good_qty);
	stmt_int(s, ":damaged_qty", l->damaged_qty);
	if (!stmt_run(s, &changed, err))
		return false;
	if (changed == 0) {
		note(&v->kept.note,
		    "%s is not awaited at %s by the supply order %s",
		    str_show(v->in->ctx, sku, SHOW_BYTES), v->node,
		    str_show(v->in->ctx, supply_no, SHOW_BYTES));
		return true;
	}
	s = stmt_begin(v->in->run->db, SQL_SUPPLY_CLOSE, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":supply_no", supply_no);
	return stmt_run(s, NULL, err);
}

static bool
receive_line(struct receiving *v, const struct receipt_line *l,
    struct oms_error *err)
{
	const char *sku, *unit;

	if (!wms_product(v->in, &l->item, &sku, &unit, err) ||
	    !wms_check_unit(l->unit, unit, err))
		return false;
	if (l->damaged_qty > 0)
		note(&v->kept.note, "%lld of %s came damaged",
		    (long long)l->damaged_qty,
		    str_show(v->in->ctx, sku, SHOW_BYTES));
	return book(v->in, &v->kept, sku, v->node, l->good_qty, l->held_qty,
		   v->ref, err) &&
	    close_supply(v, l, sku, err);
}

bool
edi_apply_receipt(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	struct receiving v = { .in = in, .set = set };
	bool is_new;

	v.r = edi_receipt_read(in->ctx, set, in->profile->damaged_in_received,
	    err);
	if (v.r == NULL)
		return false;
	*ret_key = v.r->receipt_no;
	begin_advice(in, &v.kept, "receipt", v.r->receipt_no, &v.r->received);
	digest_receipt(&v);
	v.ref = mem_printf(in->ctx, "receipt %s", v.r->receipt_no);
	if (!wms_advice_begin(in, &v.kept, &is_new, err))
		return false;
	*ret = is_new ? INTAKE_APPLIED : INTAKE_DUPLICATE;
	if (!is_new)
		return true;
	if (!wms_node(in, v.r->place, &v.node, err))
		return false;
	if (v.r->total_qty >= 0 && v.r->total_qty != v.r->sum_qty)
		note(&v.kept.note, "W1401 says %lld, the lines sum to %lld",
		    (long long)v.r->total_qty, (long long)v.r->sum_qty);
	for (size_t i = 0; i < v.r->line_count; i++)
		if (!receive_line(&v, &v.r->lines[i], err))
			return edi_at(err, v.r->lines[i].seg);
	return wms_advice_keep(in, &v.kept, err);
}

/* ---- 947 ------------------------------------------------------------------ */

static void
digest_adjustment(struct edi_intake *in, const struct edi_adjustment *a,
    char *digest)
{
	struct fs_sha sha;

	fs_sha_begin(&sha);
	for (size_t i = 0; i < a->line_count; i++) {
		const struct adjustment_line *l = &a->lines[i];
		const char *text = mem_printf(in->ctx, "%s %lld %lld %s",
		    l->reason, (long long)l->qty, (long long)l->held_qty,
		    wms_item_text(in->ctx, &l->item));

		fs_sha_add(&sha, text, strlen(text) + 1);
	}
	fs_sha_end(&sha, digest);
}

static bool
adjust_line(struct edi_intake *in, const struct adjustment_line *l,
    const char *node, const struct wms_advice *kept, struct oms_error *err)
{
	const char *sku, *unit;
	const char *ref = mem_printf(in->ctx, "947 %s", l->reason);

	return wms_product(in, &l->item, &sku, &unit, err) &&
	    wms_check_unit(l->unit, unit, err) &&
	    book(in, kept, sku, node, l->qty, l->held_qty, ref, err);
}

bool
edi_apply_adjustment(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	struct edi_adjustment *a = edi_adjustment_read(in->ctx, set, err);
	struct wms_advice kept;
	const char *node;
	bool is_new;

	if (a == NULL)
		return false;
	*ret_key = a->their_no[0] != '\0' ? a->their_no : a->our_no;
	begin_advice(in, &kept, "adjustment",
	    mem_printf(in->ctx, "%s/%s", a->our_no, a->their_no), &a->when);
	digest_adjustment(in, a, kept.digest);
	if (!wms_advice_begin(in, &kept, &is_new, err))
		return false;
	*ret = is_new ? INTAKE_APPLIED : INTAKE_DUPLICATE;
	if (!is_new)
		return true;
	if (!wms_node(in, a->place, &node, err))
		return false;
	for (size_t i = 0; i < a->line_count; i++)
		if (!adjust_line(in, &a->lines[i], node, &kept, err))
			return edi_at(err, a->lines[i].seg);
	return wms_advice_keep(in, &kept, err);
}

/* ---- 846, INVRPT in ------------------------------------------------------- */

/* What a report says of one product, all its lines together. */
struct counted {
	const char *sku;
	int64_t qty;
	bool has_qty;
	bool is_available; /* what is on hold is not in it */
};

struct counting {
	struct edi_intake *in;
	const struct edi_set *set;
	struct edi_stock_count *c;
	const char *node;
	int64_t ts_us;
	bool is_day; /* only the day is known */
	char ref[40];
	struct counted *products; /* by sku */
	size_t product_count;
	int64_t news; /* counts that said something new */
	int64_t unknown;
	int64_t silent; /* lines without a quantity that counts */
	struct sbuf notes;
};

static bool
name_line(struct counting *v, const struct count_line *l, struct oms_error *err)
{
	struct counted *p = &v->products[v->product_count];
	const char *unit;

	if (!wms_product(v->in, &l->item, &p->sku, &unit, err) ||
	    !wms_check_unit(l->unit, unit, err))
		return false;
	p->qty = l->qty;
	p->has_qty = l->has_qty;
	p->is_available = l->is_available;
	v->silent += !l->has_qty;
	v->product_count++;
	return true;
}

/* Our product of each line; one that is none does not stop the others. */
static bool
name_lines(struct counting *v, struct oms_error *err)
{
	v->products = mem_array(v->in->ctx, struct counted,
	    v->c->line_count + 1);
	for (size_t i = 0; i < v->c->line_count; i++) {
		if (name_line(v, &v->c->lines[i], err))
			continue;
		if (err->code != OMS_REFERENCE)
			return edi_at(err, v->c->lines[i].seg);
		if (v->unknown++ == 0)
			note(&v->notes, "%s", err->reason);
		*err = NO_ERROR;
	}
	return true;
}

static int
by_sku(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	return strcmp(x->sku, y->sku);
}

/* Partners part a product by lots and places: that is one count. */
static void
join_lines(struct counting *v)
{
	size_t n = 0;

	qsort(v->products, v->product_count, sizeof(*v->products), by_sku);
	for (size_t i = 0; i < v->product_count; i++) {
		struct counted *p = &v->products[i];

		if (n == 0 || strcmp(v->products[n - 1].sku, p->sku) != 0) {
			v->products[n++] = *p;
			continue;
		}
		v->products[n - 1].qty += p->qty;
		v->products[n - 1].has_qty |= p->has_qty;
		v->products[n - 1].is_available |= p->is_available;
	}
	v->product_count = n;
}

static bool
count_one(struct counting *v, const struct counted *p, struct oms_error *err)
{
	int64_t ts_us = v->ts_us;
	bool is_news;

	if (v->is_day &&
	    !stock_day_moment(v->in->run, p->sku, v->node, true, &ts_us, err))
		return false;
	if (!stock_count(v->in->run, p->sku, v->node, p->qty, INT64_MIN, ts_us,
		v->ref, &is_news, err))
		return false;
	v->news += is_news;
	return !is_news || !p->is_available ||
	    stock_hold_none(v->in->run, p->sku, v->node, err);
}

static bool
next_stocked(struct counting *v, const char *after, const char **ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(v->in->run->db, SQL_WMS_STOCKED_NEXT, err);

	*ret = NULL;
	if (s == NULL)
		return false;
	stmt_text(s, ":node", v->node);
	stmt_text(s, ":after", after);
	if (stmt_one(s, err))
		*ret = col_dup(s, 0, v->in->ctx);
	stmt_end(s);
	return err->code == OMS_OK;
}

/* What the report leaves out is gone, when the profile says so. */
static bool
zero_absent(struct counting *v, struct oms_error *err)
{
	struct counted at = { .sku = "" };

	if (strcmp(v->in->profile->absent_items, "zero") != 0 ||
	    !v->c->is_whole)
		return true;
	while (next_stocked(v, at.sku, &at.sku, err) && at.sku != NULL)
		if (bsearch(&at, v->products, v->product_count, sizeof(at),
			by_sku) == NULL &&
		    !count_one(v, &at, err))
			return false;
	return err->code == OMS_OK;
}

static bool
count_all(struct counting *v, struct oms_error *err)
{
	join_lines(v);
	for (size_t i = 0; i < v->product_count; i++)
		if (v->products[i].has_qty &&
		    !count_one(v, &v->products[i], err))
			return false;
	return zero_absent(v, err);
}

static bool
tell_count(struct counting *v, struct oms_error *err)
{
	char object[ACT_TEXT_BYTES], after[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "stock",
		.action = "count",
		.object = object,
		.after = after };

	snprintf(object, sizeof(object), "report %.100s of %s",
	    str_show(v->in->ctx, v->c->report_no, SHOW_BYTES),
	    v->in->partner->id);
	snprintf(after, sizeof(after),
	    "%s: %lld counted, %lld without a quantity that counts, %lld no "
	    "products of ours%s%.200s",
	    v->node, (long long)v->news, (long long)v->silent,
	    (long long)v->unknown, v->notes.len > 0 ? "; " : "",
	    v->notes.len > 0 ? v->notes.p : "");
	if (v->unknown > 0 || v->silent > 0)
		log_event(LOG_WARN_, "edi", "partner=%s %s: %s",
		    v->in->partner->id, object, after);
	return act_add(v->in->run, &e, err);
}

bool
edi_apply_stock(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	struct counting v = { .in = in, .set = set };

	v.c = edi_stock_count_read(in->ctx, set, err);
	if (v.c == NULL)
		return false;
	*ret_key = v.c->report_no;
	v.ts_us = wms_moment(in, &v.c->counted);
	v.is_day = wms_is_day(&v.c->counted);
	snprintf(v.ref, sizeof(v.ref), "file %lld",
	    (long long)in->file->file_id);
	sbuf_init(&v.notes, in->ctx, NOTES_MAX_BYTES);
	if (!wms_node(in, v.c->place, &v.node, err) || !name_lines(&v, err) ||
	    !count_all(&v, err))
		return false;
	*ret = v.news > 0 ? INTAKE_APPLIED : INTAKE_DUPLICATE;
	return tell_count(&v, err);
}

/* ---- 846, INVRPT out ------------------------------------------------------ */

bool
edi_render_stock_reports(struct edi_rendering *r, struct oms_error *err)
{
	struct stmt *s = edi_render_query(r, SQL_EDI_STOCK_REPORT, err);
	struct edi_stock_reports *d = edi_stock_reports_new(r->ctx, r->w,
	    r->profile, r->doc->created_ts_us);
	int64_t lines = 0;

	while (s != NULL && err->code == OMS_OK && stmt_next(s, err)) {
		if (lines % SET_LINES_MAX == 0)
			edi_stock_report_open(d, col_text(s, 4));
		edi_stock_report_line(d, col_text(s, 0), col_text(s, 1),
		    col_text(s, 2), col_int(s, 3));
		if (++lines % SET_LINES_MAX == 0)
			edi_stock_report_close(d);
		if (!edi_render_done(r, 0, err))
			stmt_end(s);
	}
	if (lines % SET_LINES_MAX != 0)
		edi_stock_report_close(d);
	return err->code == OMS_OK && edi_w_ok(r->w, err);
}
