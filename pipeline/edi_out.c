/* edi_out.c - see edi_out.h.  The table of documents is the specification. */

#include "pipeline/edi_out.h"

#include <string.h>
#include <strings.h>

#include "base/count.h"
#include "base/str.h"
#include "pipeline/act.h"
#include "pipeline/edi_trade_out.h"
#include "pipeline/edi_transport.h"
#include "pipeline/edi_warehouse.h"
#include "pipeline/order_ops.h"

#define US_PER_S INT64_C(1000000)

/* clang-format off */
static const struct edi_out_type types[] = {
	/* what we answer: pipeline/edi_acks.c */
	{ "edi.ack", EDI_X12,     "997",    "FA",     "",       SQL_EDI_OUT_SETS_ACK,    edi_render_acks },
	{ "edi.ack", EDI_X12,     "999",    "FA",     "",       SQL_EDI_OUT_SETS_ACK,    edi_render_acks },
	{ "edi.ack", EDI_X12,     "TA1",    "",       "",       SQL_COUNT,               edi_render_ta1 },
	{ "edi.ack", EDI_EDIFACT, "CONTRL", "CONTRL", "",       SQL_EDI_OUT_SETS_CONTRL, edi_render_acks },

	/* customers and suppliers: pipeline/edi_trade_out.c */
	{ "trade.order_response", EDI_X12,     "855",    "PR",     "", SQL_TRADE_SETS_RESPONSES, edi_render_responses },
	{ "trade.order_response", EDI_EDIFACT, "ORDRSP", "ORDRSP", "", SQL_TRADE_SETS_RESPONSES, edi_render_responses },
	{ "trade.ship_notice",    EDI_X12,     "856",    "SH",     "", SQL_TRADE_SETS_NOTICES,   edi_render_notices },
	{ "trade.ship_notice",    EDI_EDIFACT, "DESADV", "DESADV", "", SQL_TRADE_SETS_NOTICES,   edi_render_notices },
	{ "trade.invoice",        EDI_X12,     "810",    "IN",     "", SQL_TRADE_SETS_INVOICES,  edi_render_invoices },
	{ "trade.invoice",        EDI_EDIFACT, "INVOIC", "INVOIC", "", SQL_TRADE_SETS_INVOICES,  edi_render_invoices },

	/* warehouses: pipeline/edi_warehouse.c, edi_stock.c, edi_supply.c */
	{ "wms.ship_order", EDI_X12,     "940",    "OW",     "", SQL_EDI_OUT_SETS_SHIP_ORDER, edi_render_ship_orders },
	{ "wms.ship_order", EDI_EDIFACT, "ORDERS", "ORDERS", "", SQL_EDI_OUT_SETS_SHIP_ORDER, edi_render_ship_orders },
	{ "wms.stock_notice", EDI_X12,     "943",    "AR",     "", SQL_EDI_OUT_SETS_STOCK_NOTICE, edi_render_stock_notices },
	{ "wms.stock_notice", EDI_EDIFACT, "DESADV", "DESADV", "", SQL_EDI_OUT_SETS_STOCK_NOTICE, edi_render_stock_notices },
	{ "supply.order", EDI_X12,     "850",    "PO",     "", SQL_EDI_OUT_SETS_SUPPLY_ORDER, edi_render_supply_orders },
	{ "supply.order", EDI_EDIFACT, "ORDERS", "ORDERS", "", SQL_EDI_OUT_SETS_SUPPLY_ORDER, edi_render_supply_orders },
	{ "trade.stock_report", EDI_X12,     "846",    "IB",     "", SQL_EDI_OUT_SETS_STOCK_REPORT, edi_render_stock_reports },
	{ "trade.stock_report", EDI_EDIFACT, "INVRPT", "INVRPT", "", SQL_EDI_OUT_SETS_STOCK_REPORT, edi_render_stock_reports },

	/* carriers: pipeline/edi_tender.c */
	{ "carrier.booking",  EDI_X12,     "204",    "SM",     "", SQL_TRANSPORT_SETS, edi_render_loads },
	{ "carrier.booking",  EDI_EDIFACT, "IFTMIN", "IFTMIN", "", SQL_TRANSPORT_SETS, edi_render_loads },
	{ "courier.manifest", EDI_X12,     "204",    "SM",     "", SQL_TRANSPORT_SETS, edi_render_loads },
	{ "courier.manifest", EDI_EDIFACT, "IFTMIN", "IFTMIN", "", SQL_TRANSPORT_SETS, edi_render_loads },
};
/* clang-format on */

static bool
is_ack(const struct edi_out_type *t)
{
	return strcmp(t->type, "edi.ack") == 0;
}

const char *
edi_ack_kind(const struct edi_profile *profile, const char *word)
{
	if (strcmp(word, "auto") != 0)
		return word;
	if (strcmp(profile->standard, "edifact") == 0)
		return "contrl";
	return strncmp(profile->version, "005", 3) >= 0 ? "999" : "997";
}

static enum edi_standard
standard_of(const struct edi_profile *profile)
{
	return strcmp(profile->standard, "edifact") == 0 ? EDI_EDIFACT
							 : EDI_X12;
}

/* Of acknowledgements there is one kind a partner, and TA1 beside it. */
static bool
fits(const struct edi_out_type *t, const struct edi_profile *profile)
{
	return !is_ack(t) || strcmp(t->set, "TA1") == 0 ||
	    strcasecmp(t->set, edi_ack_kind(profile, profile->ack)) == 0;
}

const struct edi_out_type *
edi_out_find(const struct partner *p, const char *type, const char *set)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i].standard == standard_of(&p->edi) &&
		    strcmp(types[i].type, type) == 0 &&
		    (set == NULL || strcmp(types[i].set, set) == 0) &&
		    fits(&types[i], &p->edi))
			return &types[i];
	return NULL;
}

/* What a document was made as, whatever the profile says by now. */
static const struct edi_out_type *
type_of_row(enum edi_standard standard, const char *type, const char *set)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i].standard == standard &&
		    strcmp(types[i].type, type) == 0 &&
		    strcmp(types[i].set, set) == 0)
			return &types[i];
	return NULL;
}

bool
edi_out_writes(const char *type, enum edi_standard standard)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i].standard == standard &&
		    strcmp(types[i].type, type) == 0)
			return true;
	return false;
}

bool
edi_out_is(const struct feed *f)
{
	return f->format != NULL &&
	    (strcmp(f->format, "x12") == 0 ||
		strcmp(f->format, "edifact") == 0);
}

/* ---- the envelope -------------------------------------------------------- */

static bool
draw_number(struct run *run, const struct partner *p, const char *kind,
    int64_t *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_EDI_OUT_NUMBER, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", p->id);
	stmt_text(s, ":env", p->edi.test ? "test" : "production");
	stmt_text(s, ":kind", kind);
	stmt_int(s, ":first", p->edi.control_first);
	stmt_int(s, ":last", p->edi.control_last);
	if (!stmt_next(s, err))
		return false;
	*ret = col_int(s, 0);
	stmt_end(s);
	return true;
}

static bool
add_sets(struct run *run, const struct edi_out_type *t, int64_t doc_id,
    struct oms_error *err)
{
	struct stmt *s;

	if (t->sets == SQL_COUNT)
		return true;
	s = stmt_begin(run->db, t->sets, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	if (stmt_has(s, ":type"))
		stmt_text(s, ":type", t->set);
	return stmt_run(s, NULL, err);
}

bool
edi_out_add(struct run *run, const struct partner *p,
    const struct edi_out_type *t, int64_t doc_id, struct oms_error *err)
{
	bool has_group = t->group[0] != '\0';
	const char *expects = is_ack(t)
	    ? "none"
	    : edi_ack_kind(&p->edi, p->edi.expect_ack);
	int64_t interchange_no, group_no = 0;
	struct stmt *s;

	if (!draw_number(run, p, "interchange", &interchange_no, err) ||
	    (has_group && !draw_number(run, p, "group", &group_no, err)))
		return false;
	s = stmt_begin(run->db, SQL_EDI_OUT_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	stmt_text(s, ":partner", p->id);
	stmt_text(s, ":standard", p->edi.standard);
	stmt_int(s, ":is_test", p->edi.test);
	stmt_int(s, ":interchange_no", interchange_no);
	stmt_int(s, ":group_no", group_no);
	stmt_text(s, ":group_code", t->group);
	stmt_text(s, ":set_type", t->set);
	stmt_text(s, ":expects", expects);
	stmt_text(s, ":ack", strcmp(expects, "none") == 0 ? "none" : "open");
	return stmt_run(s, NULL, err) && add_sets(run, t, doc_id, err);
}

bool
edi_out_sent(struct run *run, int64_t doc_id, int64_t sent_ts_us,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_EDI_OUT_GET, err);
	const struct partner *p = NULL;

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	if (stmt_one(s, err) && strcmp(col_text(s, 5), "open") == 0)
		p = config_partner(run->cfg, col_text(s, 0));
	stmt_end(s);
	if (p == NULL || p->edi.ack_time_s == 0)
		return err->code == OMS_OK;
	s = stmt_begin(run->db, SQL_EDI_OUT_DUE, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", sent_ts_us + p->edi.ack_time_s * US_PER_S);
	stmt_int(s, ":doc_id", doc_id);
	return stmt_run(s, NULL, err);
}

/* ---- what a person makes of its answer ------------------------------------ */

/* A document of ours, and what its partner said. */
struct answered {
	char ack[8];
	char type[40];
	char set_type[8];
	bool is_closed;
};

static bool
load_answered(struct run *run, int64_t doc_id, struct answered *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_EDI_OUT_STATE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_NOT_FOUND,
			"document %lld is no EDI of ours", (long long)doc_id);
	(void)str_copy(ret->ack, sizeof(ret->ack), col_text(s, 0));
	ret->is_closed = !col_is_null(s, 1);
	(void)str_copy(ret->type, sizeof(ret->type), col_text(s, 2));
	(void)str_copy(ret->set_type, sizeof(ret->set_type), col_text(s, 3));
	stmt_end(s);
	return true;
}

static bool
close_answered(struct run *run, int64_t doc_id, const char *action,
    const char *before, const char *done, const char *reason,
    struct oms_error *err)
{
	char object[40], after[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "document",
		.action = action,
		.object = object,
		.before = before,
		.after = after };
	struct stmt *s = stmt_begin(run->db, SQL_EDI_OUT_SETTLE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_int(s, ":doc_id", doc_id);
	snprintf(object, sizeof(object), "document %lld", (long long)doc_id);
	snprintf(after, sizeof(after), "%s: %.400s", done, reason);
	return stmt_run(s, NULL, err) && act_add(run, &e, err);
}

bool
edi_out_settle(struct run *run, int64_t doc_id, const char *reason,
    struct oms_error *err)
{
	struct answered d = { 0 };

	if (!db_begin(run->db, err))
		return false;
	if (load_answered(run, doc_id, &d, err) &&
	    (d.is_closed ||
		close_answered(run, doc_id, "settle", d.ack, "settled", reason,
		    err)))
		return db_commit(run->db, "edi.settle", err);
	db_rollback(run->db);
	return false;
}

/* clang-format off */
static const struct {
	const char *type;
	enum sql_id sql; /* its refused rows are in no document again */
} renewals[] = {
	{ "trade.order_response", SQL_EDI_RENEW_RESPONSES   },
	{ "trade.ship_notice",    SQL_EDI_RENEW_NOTICES     },
	{ "trade.invoice",        SQL_EDI_RENEW_INVOICES    },
	{ "wms.ship_order",       SQL_EDI_RENEW_SHIP_ORDERS },
};
/* clang-format on */

static enum sql_id
renewal_of(const struct answered *d)
{
	for (size_t i = 0; i < COUNT(renewals); i++)
		if (strcmp(renewals[i].type, d->type) == 0)
			return renewals[i].sql;
	return SQL_COUNT;
}

static bool
check_renewal(const struct answered *d, int64_t doc_id, struct oms_error *err)
{
	if (d->is_closed)
		return oms_fail(err, OMS_TRANSITION,
		    "document %lld is settled already", (long long)doc_id);
	if (strcmp(d->ack, "P") != 0 && strcmp(d->ack, "R") != 0)
		return oms_fail(err, OMS_TRANSITION,
		    "nothing in document %lld was refused: one that never "
		    "came is given to the partner again as it is (oms out "
		    "show %lld --raw)",
		    (long long)doc_id, (long long)doc_id);
	return renewal_of(d) != SQL_COUNT ||
	    oms_fail(err, OMS_TRANSITION,
		"a %s is not written anew: settle it with the partner, then "
		"oms acks close %lld",
		d->set_type, (long long)doc_id);
}

static bool
renew(struct run *run, int64_t doc_id, const char *reason,
    struct oms_error *err)
{
	struct answered d = { 0 };
	int64_t rows;
	struct stmt *s;

	if (!load_answered(run, doc_id, &d, err) ||
	    !check_renewal(&d, doc_id, err) ||
	    (s = stmt_begin(run->db, renewal_of(&d), err)) == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	if (!stmt_run(s, &rows, err))
		return false;
	if (rows == 0)
		return oms_fail(err, OMS_TRANSITION,
		    "what was refused in document %lld has gone on since: the "
		    "goods left, or it was cancelled; oms acks close %lld",
		    (long long)doc_id, (long long)doc_id);
	return edi_out_note_refused(run, doc_id, "written anew:", reason,
		   err) &&
	    close_answered(run, doc_id, "renew", d.ack, "written anew", reason,
		err);
}

bool
edi_out_renew(struct run *run, int64_t doc_id, const char *reason,
    struct oms_error *err)
{
	if (!db_begin(run->db, err))
		return false;
	if (renew(run, doc_id, reason, err))
		return db_commit(run->db, "edi.renew", err);
	db_rollback(run->db);
	return false;
}

/* A set that was refused, and the order it was about. */
struct refused {
	int64_t order_id;
	const char *text;
};

static bool
load_refused(struct run *run, mem_ctx *ctx, int64_t doc_id, const char *said,
    const char *reason, struct refused **ret, size_t *ret_count,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_EDI_OUT_REFUSED_ORDERS, err);
	size_t room = 0;

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	while (stmt_next(s, err)) {
		if (*ret_count == room) {
			room = room == 0 ? 8 : 2 * room;
			*ret = mem_resize(ctx, *ret, room * sizeof(**ret));
		}
		(*ret)[(*ret_count)++] = (struct refused){ col_int(s, 0),
			mem_printf(ctx, "%s the %s of %s: %s", said,
			    col_text(s, 1), col_text(s, 2),
			    reason != NULL ? reason : col_text(s, 3)) };
	}
	return err->code == OMS_OK;
}

bool
edi_out_note_refused(struct run *run, int64_t doc_id, const char *said,
    const char *reason, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "refused");
	struct refused *all = NULL;
	size_t count = 0;
	bool ok = load_refused(run, ctx, doc_id, said, reason, &all, &count,
	    err);

	for (size_t i = 0; ok && i < count; i++)
		ok = order_event(run, all[i].order_id, "note", 0, 0,
		    all[i].text, err);
	mem_free(ctx);
	return ok;
}

/* ---- the bytes ----------------------------------------------------------- */

bool
edi_out_is_name(const char *name)
{
	const char *ext = strrchr(name, '.');

	return ext != NULL &&
	    (strcmp(ext, ".x12") == 0 || strcmp(ext, ".edi") == 0);
}

/* The row edi_out, and what it was made as; NULL: err says why.  A number
   of the tests goes into a test, though the partner be in production by now. */
static const struct edi_out_type *
load_envelope(struct edi_rendering *r, struct edi_head *head,
    struct edi_profile *profile, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_EDI_OUT_GET, err);
	const struct edi_out_type *t = NULL;

	if (s == NULL)
		return NULL;
	stmt_int(s, ":doc_id", r->doc->doc_id);
	if (stmt_one(s, err)) {
		head->interchange_no = col_int(s, 1);
		head->group_no = col_int(s, 2);
		profile->test = col_int(s, 6) != 0;
		if (r->partner != NULL &&
		    strcmp(r->partner->edi.standard, col_text(s, 3)) == 0)
			t = type_of_row(standard_of(&r->partner->edi),
			    r->doc->type, col_text(s, 4));
	}
	stmt_end(s);
	if (t == NULL && err->code == OMS_OK)
		oms_fail(err, OMS_INTERNAL,
		    "partner %s has no %s in the EDI it was made in",
		    r->doc->partner, r->doc->type);
	return t;
}

bool
edi_out_render(struct edi_rendering *r, struct sbuf *out, struct oms_error *err)
{
	struct edi_head head = { .created_ts_us = r->doc->created_ts_us };
	struct edi_profile *profile = mem_new(r->ctx, struct edi_profile);
	const struct edi_out_type *t;

	r->partner = config_partner(r->run->cfg, r->doc->partner);
	if (r->partner != NULL)
		*profile = r->partner->edi;
	t = load_envelope(r, &head, profile, err);
	if (t == NULL)
		return false;
	r->profile = profile;
	r->type = t;
	head.wants_ack = r->profile->ask_ta1 && !is_ack(t);
	r->w = edi_writer_new(r->ctx, out, r->profile, &head);
	edi_w_interchange(r->w);
	if (t->group[0] != '\0')
		edi_w_group(r->w, t->group, t->version);
	if (!t->render(r, err))
		return false;
	if (t->group[0] != '\0')
		edi_w_group_end(r->w);
	edi_w_interchange_end(r->w);
	return edi_w_ok(r->w, err);
}
