/*
 * edi_warehouse.c - 940 and ORDERS to a warehouse; its 945 and DESADV.
 *
 * One advice is one shipment of ours; one shipment may have many advices.
 * What of a line left is summed over all its cartons and compared with what
 * is still open of our own order, never with what the advice says was
 * ordered.  The rest of a line is to follow when its status says so; else it
 * is short.  More than is open, and what we did not order, is refused: the
 * whole advice becomes a dead letter, and nothing of it is applied.
 *
 * source  X12 945, UN/EDIFACT DESADV; docs/formats/edi/945.md
 */

#include "pipeline/edi_warehouse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/log.h"
#include "pipeline/confirm.h"
#include "pipeline/order_ops.h"
#include "pipeline/render.h"
#include "pipeline/sent_to.h"
#include "store/stmt.h"

enum { SHOW_BYTES = 60, TOLD_MAX = 2000, KEY_MAX_BYTES = 200 };

#define US_PER_DAY INT64_C(86400000000)

/* ---- what was said before ------------------------------------------------- */

bool
wms_advice_begin(struct edi_intake *in, const struct wms_advice *a,
    bool *ret_new, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_WMS_ADVICE_GET, err);
	int64_t file_id;
	bool is_same;

	*ret_new = true;
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->partner->id);
	stmt_text(s, ":kind", a->kind);
	stmt_text(s, ":key", a->key);
	if (!stmt_one(s, err))
		return err->code == OMS_OK;
	is_same = strcmp(col_text(s, 0), a->digest) == 0;
	file_id = col_int(s, 1);
	stmt_end(s);
	*ret_new = false;
	return is_same ||
	    oms_fail(err, OMS_DUPLICATE,
		"the %s advice %s came before, in file %lld, and said "
		"something else: ask "
		"the warehouse which is right",
		a->kind, str_show(in->ctx, a->key, SHOW_BYTES),
		(long long)file_id);
}

bool
wms_advice_keep(struct edi_intake *in, const struct wms_advice *a,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_WMS_ADVICE_ADD, err);

	if (s == NULL)
		return false;
	if (a->note.len > 0)
		log_event(LOG_WARN_, "edi", "partner=%s %s=%s: %s",
		    in->partner->id, a->kind,
		    str_show(in->ctx, a->key, SHOW_BYTES), a->note.p);
	stmt_text(s, ":partner", in->partner->id);
	stmt_text(s, ":kind", a->kind);
	stmt_text(s, ":key", a->key);
	stmt_text(s, ":digest", a->digest);
	stmt_int(s, ":file_id", in->file->file_id);
	stmt_int(s, ":ts_us", a->ts_us);
	stmt_text(s, ":shipment_key", a->shipment_key);
	stmt_text(s, ":scac", a->scac);
	stmt_text(s, ":bill", a->bill);
	stmt_text(s, ":note", a->note.len > 0 ? a->note.p : "");
	return stmt_run(s, NULL, err);
}

int64_t
wms_moment(const struct edi_intake *in, const struct edi_moment *m)
{
	int64_t end = m->ts_us + US_PER_DAY - 1;

	if (m->ts_us == 0)
		return in->received_ts_us;
	if (!m->is_day)
		return m->ts_us;
	if (m->ts_us >
	    in->received_ts_us) /* by their calendar it is tomorrow */
		return m->ts_us;
	return end < in->received_ts_us ? end : in->received_ts_us;
}

bool
wms_is_day(const struct edi_moment *m)
{
	return m->ts_us != 0 && m->is_day;
}

/* ---- nodes, products ------------------------------------------------------ */

static bool
find_node(struct edi_intake *in, enum sql_id id, const char *place,
    const char **ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, id, err);
	int found = 0;

	*ret = NULL;
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->partner->id);
	if (stmt_has(s, ":node"))
		stmt_text(s, ":node", place);
	while (stmt_next(s, err))
		*ret = ++found == 1 ? col_dup(s, 0, in->ctx) : NULL;
	return err->code == OMS_OK;
}

bool
wms_node(struct edi_intake *in, const char *place, const char **ret,
    struct oms_error *err)
{
	bool is_ours = place[0] != '\0' &&
	    strcmp(place, in->profile->warehouse_id) != 0;

	if (is_ours && !find_node(in, SQL_WMS_NODE_IS, place, ret, err))
		return false;
	if ((!is_ours || *ret == NULL) &&
	    !find_node(in, SQL_WMS_NODES, "", ret, err))
		return false;
	return *ret != NULL ||
	    oms_fail(err, OMS_REFERENCE,
		"which node of %s is \"%s\"? it runs none, or several: send "
		"its "
		"code in N1*WH or NAD+WH, or set warehouse_id in [edi]",
		in->partner->id, str_show(in->ctx, place, SHOW_BYTES));
}

static bool
try_product(struct edi_intake *in, const char *id, const char **ret_sku,
    const char **ret_unit, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_WMS_PRODUCT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":sku", id);
	if (stmt_one(s, err)) {
		*ret_sku = col_dup(s, 0, in->ctx);
		*ret_unit = col_dup(s, 1, in->ctx);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

const char *
wms_item_text(mem_ctx *ctx, const struct edi_item *item)
{
	const char *text = "";

	for (size_t i = 0; i < item->count; i++)
		text = mem_printf(ctx, "%s%s%s %s", text, i > 0 ? ", " : "",
		    str_show(ctx, item->ids[i].qualifier, SHOW_BYTES),
		    str_show(ctx, item->ids[i].id, SHOW_BYTES));
	return text[0] != '\0' ? text : "nothing";
}

bool
wms_product(struct edi_intake *in, const struct edi_item *item,
    const char **ret_sku, const char **ret_unit, struct oms_error *err)
{
	const char *ours = edi_item_qualifier(in->profile);

	*ret_sku = NULL;
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < item->count && *ret_sku == NULL; i++)
			if ((strcmp(item->ids[i].qualifier, ours) == 0) ==
				(pass == 0) &&
			    !try_product(in, item->ids[i].id, ret_sku, ret_unit,
				err))
				return false;
	return *ret_sku != NULL ||
	    oms_fail(err, OMS_REFERENCE, "no product of ours is %s",
		wms_item_text(in->ctx, item));
}

bool
wms_check_unit(const char *code, const char *unit, struct oms_error *err)
{
	return edi_unit_is(code, unit) ||
	    oms_fail(err, OMS_VALUE,
		"the unit is %.3s, and ours is one %s: a quantity in another "
		"unit cannot be counted",
		code, unit);
}

/* ---- 945, DESADV: the lines ----------------------------------------------- */

/* A line as the warehouse was told of it. */
struct told {
	int64_t told_no;
	int64_t part_no; /* that is open under it; 0: none is */
	const char *sku;
	const char *unit;
	int64_t open_qty;
	int64_t before_qty; /* shipped by earlier advices */

	int64_t shipped_qty; /* by this one */
	int64_t mentions;
	int64_t difference_qty;
	bool follows;
	const char *tracking;
};

struct advising {
	struct edi_intake *in;
	const struct edi_set *set;
	struct edi_ship_advice *a;
	struct wms_advice kept;
	int64_t order_id;
	struct told *told;
	size_t told_count;
	size_t *target;  /* of each line of the advice: its told[] */
	int64_t changed; /* lines that were closed or split */
};

static void note(struct advising *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
note(struct advising *v, const char *fmt, ...)
{
	char text[WMS_NOTE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sbuf_addf(&v->kept.note, "%s%s", v->kept.note.len > 0 ? "; " : "",
	    text);
}

static bool
load_shipment(struct advising *v, struct oms_error *err)
{
	struct edi_intake *in = v->in;
	struct stmt *s;
	bool was_told;

	if (!sent_to_check(in->run, SENT_SHIP_ORDER, v->a->shipment_key,
		in->file->partner, err))
		return false;
	s = stmt_begin(in->run->db, SQL_WMS_SHIPMENT, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", v->a->shipment_key);
	if (!stmt_one(s, err))
		return false;
	v->order_id = col_int(s, 0);
	was_told = col_int(s, 1) != 0;
	stmt_end(s);
	return was_told ||
	    oms_fail(err, OMS_TRANSITION,
		"shipment %s was not given to its warehouse yet",
		v->a->shipment_key);
}

static bool
load_told(struct advising *v, struct oms_error *err)
{
	struct edi_intake *in = v->in;
	struct stmt *s = stmt_begin(in->run->db, SQL_WMS_SHIP_LINES, err);
	struct told *t = NULL;

	v->told = mem_array(in->ctx, struct told, TOLD_MAX);
	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", v->a->shipment_key);
	while (v->told_count < TOLD_MAX && stmt_next(s, err)) {
		if (t == NULL || t->told_no != col_int(s, 0)) {
			t = &v->told[v->told_count++];
			t->told_no = col_int(s, 0);
			t->sku = col_dup(s, 2, in->ctx);
			t->unit = col_dup(s, 3, in->ctx);
			t->tracking = v->a->tracking;
			t->difference_qty = -1;
		}
		t->before_qty += col_int(s, 5);
		if (col_int(s, 5) == 0 && col_text(s, 6)[0] == '\0') {
			t->part_no = col_int(s, 1);
			t->open_qty = col_int(s, 4);
		}
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
names_sku(const struct edi_item *item, const char *sku)
{
	for (size_t i = 0; i < item->count; i++)
		if (strcmp(item->ids[i].id, sku) == 0)
			return true;
	return false;
}

/* Our own number of the item, as they say it, is another one. */
static bool
contradicts(const struct advising *v, const struct edi_item *item,
    const char *sku)
{
	const char *ours = edi_item_qualifier(v->in->profile);

	if (names_sku(item, sku))
		return false;
	for (size_t i = 0; i < item->count; i++)
		if (strcmp(item->ids[i].qualifier, ours) == 0)
			return true;
	return false;
}

static bool
find_by_number(struct advising *v, const struct advice_line *l, size_t *ret,
    struct oms_error *err)
{
	size_t i = 0;

	while (i < v->told_count && v->told[i].told_no != l->line_no)
		i++;
	if (i == v->told_count)
		return oms_fail(err, OMS_UNMATCHED,
		    "shipment %s has no line %lld", v->a->shipment_key,
		    (long long)l->line_no);
	if (contradicts(v, &l->item, v->told[i].sku))
		return oms_fail(err, OMS_UNMATCHED,
		    "line %lld of shipment %s is %s, not %s",
		    (long long)l->line_no, v->a->shipment_key,
		    str_show(v->in->ctx, v->told[i].sku, SHOW_BYTES),
		    wms_item_text(v->in->ctx, &l->item));
	*ret = i;
	return true;
}

/* The first line of that product that has room for it, else the last one. */
static bool
find_by_item(struct advising *v, const struct advice_line *l, size_t *ret,
    struct oms_error *err)
{
	bool found = false;

	for (size_t i = 0; i < v->told_count; i++) {
		const struct told *t = &v->told[i];

		if (!names_sku(&l->item, t->sku))
			continue;
		*ret = i;
		found = true;
		if (t->part_no != 0 &&
		    t->shipped_qty + l->shipped_qty <= t->open_qty)
			return true;
	}
	return found ||
	    oms_fail(err, OMS_UNMATCHED,
		"%s is not in shipment %s: correct the item, or ask the "
		"warehouse what it sent",
		wms_item_text(v->in->ctx, &l->item), v->a->shipment_key);
}

static bool
take_line(struct advising *v, size_t i, struct oms_error *err)
{
	const struct advice_line *l = &v->a->lines[i];
	struct told *t;
	size_t at = 0;

	if (l->is_substitute)
		return oms_fail(err, OMS_UNMATCHED,
		    "%s was sent instead of what was ordered (status %s): "
		    "agree it with the customer, then retry this advice with "
		    "the ordered line as not shipped (quantity 0)",
		    wms_item_text(v->in->ctx, &l->item), l->status);
	if (!(l->line_no != 0 ? find_by_number(v, l, &at, err)
			      : find_by_item(v, l, &at, err)))
		return false;
	t = &v->told[at];
	v->target[i] = at;
	t->mentions++;
	t->shipped_qty += l->shipped_qty;
	t->difference_qty = l->difference_qty;
	t->follows = t->follows || l->follows;
	if (l->carton >= 0 && v->a->cartons[l->carton].tracking[0] != '\0')
		t->tracking = v->a->cartons[l->carton].tracking;
	return wms_check_unit(l->unit, t->unit, err);
}

static bool
check_told(const struct advising *v, const struct told *t,
    struct oms_error *err)
{
	if (t->shipped_qty <= t->open_qty)
		return true;
	if (t->part_no == 0)
		return oms_fail(err, OMS_TRANSITION,
		    "line %lld of shipment %s is closed, with %lld shipped; "
		    "now %lld more are said to have left: if they are the "
		    "same, close this dead letter",
		    (long long)t->told_no, v->a->shipment_key,
		    (long long)t->before_qty, (long long)t->shipped_qty);
	return oms_fail(err, OMS_VALUE,
	    "%lld of line %lld of shipment %s left, and only %lld are open: "
	    "correct the quantity, or ask the warehouse what it sent",
	    (long long)t->shipped_qty, (long long)t->told_no,
	    v->a->shipment_key, (long long)t->open_qty);
}

static bool
take_lines(struct advising *v, struct oms_error *err)
{
	int64_t sum = 0;

	v->target = mem_array(v->in->ctx, size_t, v->a->line_count + 1);
	for (size_t i = 0; i < v->a->line_count; i++) {
		if (!take_line(v, i, err))
			return edi_at(err, v->a->lines[i].seg);
		sum += v->a->lines[i].shipped_qty;
	}
	for (size_t i = 0; i < v->told_count; i++) {
		const struct told *t = &v->told[i];
		int64_t missing = t->open_qty - t->shipped_qty;

		if (!check_told(v, t, err))
			return false;
		if (t->mentions == 1 && t->difference_qty >= 0 &&
		    t->difference_qty != missing)
			note(v,
			    "line %lld: W1204 says %lld missing, they are %lld",
			    (long long)t->told_no, (long long)t->difference_qty,
			    (long long)missing);
	}
	if (v->a->total_qty >= 0 && v->a->total_qty != sum)
		note(v, "W0301 says %lld, the lines sum to %lld",
		    (long long)v->a->total_qty, (long long)sum);
	return true;
}

/* ---- 945, DESADV: what follows from it ------------------------------------ */

enum fate { FATE_SHIPPED, FATE_SHORT, FATE_OPEN };

/* What is to become of what the advice does not ship of a line. */
static enum fate
fate_of_rest(const struct advising *v, const struct told *t)
{
	const char *rule = v->in->profile->omitted_lines;

	if (t->mentions > 0)
		return t->follows ? FATE_OPEN : FATE_SHORT;
	if (strcmp(rule, "open") == 0)
		return FATE_OPEN;
	if (strcmp(rule, "short") == 0)
		return FATE_SHORT;
	if (strcmp(rule, "shipped") == 0 || v->a->omission == ADVICE_SHIPPED)
		return FATE_SHIPPED;
	return FATE_SHORT;
}

static bool
close_line(struct advising *v, const struct told *t, struct oms_error *err)
{
	enum fate fate = fate_of_rest(v, t);
	int64_t rest = t->open_qty - t->shipped_qty;
	struct ship_confirm c = { .shipment_key = v->a->shipment_key,
		.part_no = t->part_no,
		.sku = "",
		.shipped_qty = t->shipped_qty +
		    (fate == FATE_SHIPPED ? rest : 0),
		.short_qty = fate == FATE_SHORT ? rest : 0,
		.rest_qty = fate == FATE_OPEN ? rest : 0,
		.cancels_short = strcmp(v->in->profile->short_lines, "close") ==
		    0,
		.ts_us = v->kept.ts_us,
		.is_day = v->kept.is_day,
		.tracking = t->tracking };
	enum intake_fate ignored;

	if (t->part_no == 0 || (c.shipped_qty == 0 && c.short_qty == 0))
		return true;
	v->changed++;
	return confirm_ship_line(v->in->run, &c, &ignored, err);
}

static bool
add_carton(struct advising *v, int64_t carton_no, int64_t with_no,
    const struct advice_carton *c, struct oms_error *err)
{
	struct stmt *s = stmt_begin(v->in->run->db, SQL_WMS_CARTON_ADD, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", v->a->shipment_key);
	stmt_int(s, ":carton_no", carton_no);
	stmt_int(s, ":with_no", with_no);
	stmt_text(s, ":sscc", c->sscc);
	stmt_text(s, ":tracking", c->tracking);
	stmt_text(s, ":advice", v->kept.key);
	return stmt_run(s, NULL, err);
}

static bool
add_carton_line(struct advising *v, int64_t carton_no,
    const struct advice_line *l, const struct told *t, struct oms_error *err)
{
	struct stmt *s = stmt_begin(v->in->run->db, SQL_WMS_CARTON_LINE_ADD,
	    err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", v->a->shipment_key);
	stmt_int(s, ":carton_no", carton_no);
	stmt_int(s, ":part_no", t->part_no);
	stmt_text(s, ":sku", t->sku);
	stmt_text(s, ":lot", l->lot);
	stmt_int(s, ":qty", l->shipped_qty);
	return stmt_run(s, NULL, err);
}

static bool
keep_cartons(struct advising *v, struct oms_error *err)
{
	struct stmt *s = stmt_begin(v->in->run->db, SQL_WMS_CARTON_LAST, err);
	int64_t last;

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", v->a->shipment_key);
	if (!stmt_one(s, err))
		return false;
	last = col_int(s, 0);
	stmt_end(s);
	for (size_t i = 0; i < v->a->carton_count; i++) {
		const struct advice_carton *c = &v->a->cartons[i];

		if (!add_carton(v, last + 1 + (int64_t)i,
			c->with < 0 ? 0 : last + 1 + c->with, c, err))
			return false;
	}
	for (size_t i = 0; i < v->a->line_count; i++) {
		const struct advice_line *l = &v->a->lines[i];

		if (l->carton >= 0 && l->shipped_qty > 0 &&
		    !add_carton_line(v, last + 1 + l->carton, l,
			&v->told[v->target[i]], err))
			return false;
	}
	return true;
}

/* Without a number two equal parts differ by when and how they left. */
static void
digest_of_despatch(struct advising *v, struct fs_sha *sha)
{
	const struct edi_ship_advice *a = v->a;
	const char *text = mem_printf(v->in->ctx, "%lld %s %s",
	    (long long)a->shipped.ts_us, a->bill, a->tracking);

	fs_sha_add(sha, text, strlen(text) + 1);
	for (size_t i = 0; i < a->carton_count; i++) {
		const struct advice_carton *c = &a->cartons[i];

		fs_sha_add(sha, c->sscc, strlen(c->sscc) + 1);
		fs_sha_add(sha, c->tracking, strlen(c->tracking) + 1);
	}
}

static void
digest_of(struct advising *v)
{
	const struct edi_ship_advice *a = v->a;
	struct fs_sha sha;

	fs_sha_begin(&sha);
	fs_sha_add(&sha, a->shipment_key, strlen(a->shipment_key) + 1);
	for (size_t i = 0; i < a->line_count; i++) {
		const struct advice_line *l = &a->lines[i];
		const char *text = mem_printf(v->in->ctx, "%lld %s %lld %s",
		    (long long)l->line_no, l->status, (long long)l->shipped_qty,
		    wms_item_text(v->in->ctx, &l->item));

		fs_sha_add(&sha, text, strlen(text) + 1);
	}
	if (a->advice_no[0] == '\0')
		digest_of_despatch(v, &sha);
	fs_sha_end(&sha, v->kept.digest);
}

/* Without a number of its own an advice is known by what it says. */
static void
prepare(struct advising *v)
{
	struct edi_intake *in = v->in;

	digest_of(v);
	v->kept.kind = "ship";
	v->kept.key = mem_printf(in->ctx, "%s/%s", v->a->shipment_key,
	    v->a->advice_no[0] != '\0' ? v->a->advice_no : v->kept.digest);
	v->kept.ts_us = wms_moment(in, &v->a->shipped);
	v->kept.is_day = wms_is_day(&v->a->shipped);
	v->kept.shipment_key = v->a->shipment_key;
	v->kept.scac = v->a->scac;
	v->kept.bill = v->a->bill;
	sbuf_init(&v->kept.note, in->ctx, 1 << 16);
}

static bool
tell_notes(struct advising *v, struct oms_error *err)
{
	char detail[WMS_NOTE_BYTES];

	if (v->changed == 0)
		note(v, "it closes no line");
	if (v->kept.note.len == 0)
		return true;
	snprintf(detail, sizeof(detail), "%s: %.300s", v->a->shipment_key,
	    v->kept.note.p);
	return order_event(v->in->run, v->order_id, "note", 0, 0, detail, err);
}

bool
edi_apply_ship_advice(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	struct advising v = { .in = in, .set = set };
	bool is_new;

	v.a = edi_ship_advice_read(in->ctx, set, err);
	if (v.a == NULL)
		return false;
	*ret_key = v.a->shipment_key;
	prepare(&v);
	if (!load_shipment(&v, err) ||
	    !wms_advice_begin(in, &v.kept, &is_new, err))
		return false;
	*ret = is_new ? INTAKE_APPLIED : INTAKE_DUPLICATE;
	if (!is_new)
		return true;
	if (!load_told(&v, err) || !take_lines(&v, err))
		return false;
	for (size_t i = 0; i < v.told_count; i++)
		if (!close_line(&v, &v.told[i], err))
			return false;
	return keep_cartons(&v, err) && tell_notes(&v, err) &&
	    wms_advice_keep(in, &v.kept, err);
}

/* ---- 940, ORDERS ---------------------------------------------------------- */

/* The lines of one shipment, and the components of those that are kits. */
static void
ship_order_lines(struct edi_ship_orders *d, const char *shipment_key,
    struct stmt *s, bool *more, struct oms_error *err)
{
	int64_t part_no = 0;

	while (*more && strcmp(col_text(s, 0), shipment_key) == 0) {
		struct out_ship_line l = { .ship_line_no = col_int(s, 1),
			.order_line = col_int(s, 2),
			.sku = col_text(s, 3),
			.name = col_text(s, 4),
			.qty = col_int(s, 5) };
		struct out_component c = { .sku = col_text(s, 6),
			.qty = col_int(s, 7) * l.qty };

		if (l.ship_line_no != part_no)
			edi_ship_order_line(d, &l, col_text(s, 8));
		part_no = l.ship_line_no;
		if (!col_is_null(s, 6))
			edi_ship_order_component(d, &c);
		*more = stmt_next(s, err);
	}
}

static struct edi_ship_order
ship_order_at(const struct edi_rendering *r, struct stmt *s)
{
	const struct partner *carrier = config_partner(r->run->cfg,
	    col_text(s, 22));

	return (struct edi_ship_order){
		.s = { .shipment_key = col_text(s, 0),
		    .release_key = col_text(s, 1),
		    .attempt = col_int(s, 2),
		    .order_no = col_text(s, 3),
		    .channel = col_text(s, 4),
		    .node = col_text(s, 5),
		    .carrier = col_text(s, 6),
		    .service = col_text(s, 7),
		    .promise_ts_us = col_int(s, 8),
		    .to = render_address(s, 10) },
		.ship_by_ts_us = col_int(s, 19),
		.weight_g = col_int(s, 20),
		.node_name = col_text(s, 21),
		.scac = carrier != NULL ? carrier->edi.scac : "",
		.is_parcel = strcmp(col_text(s, 23), "courier") == 0,
		.place = { .qualifier = col_text(s, 24),
		    .id = col_text(s, 25) },
		.mark = { .qualifier = col_text(s, 26), .id = col_text(s, 27) },
	};
}

bool
edi_render_ship_orders(struct edi_rendering *r, struct oms_error *err)
{
	struct stmt *s = edi_render_query(r, SQL_EDI_SHIP_ORDERS, err);
	struct stmt *lines = edi_render_query(r, SQL_EDI_SHIP_ORDER_LINES, err);
	struct edi_ship_orders *d;
	bool more;

	if (s == NULL || lines == NULL)
		return false;
	d = edi_ship_orders_new(r->ctx, r->w, r->profile,
	    r->doc->created_ts_us);
	more = stmt_next(lines, err);
	while (err->code == OMS_OK && stmt_next(s, err)) {
		struct edi_ship_order o = ship_order_at(r, s);

		edi_ship_order_open(d, &o);
		ship_order_lines(d, o.s.shipment_key, lines, &more, err);
		edi_ship_order_close(d);
		if (err->code == OMS_OK &&
		    !edi_render_done(r, col_int(s, 9), err))
			oms_at(err, "shipment %s", o.s.shipment_key);
		if (err->code != OMS_OK)
			stmt_end(s);
	}
	if (more)
		stmt_end(lines);
	return err->code == OMS_OK;
}
