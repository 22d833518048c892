/* emit.c - see emit.h.  The table of documents is the specification. */

#include "pipeline/emit.h"

#include <string.h>
#include <unistd.h>

#include "base/count.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/num.h"
#include "pipeline/act.h"
#include "pipeline/edi_out.h"
#include "pipeline/edi_transport.h"
#include "pipeline/partner_state.h"
#include "pipeline/render.h"
#include "pipeline/spool.h"
#include "pipeline/journal.h"
#include "pipeline/queue.h"
#include "store/stmt.h"

enum {
	ITEMS_MAX = 50000, /* of a document; more go into another */
	PASSES = 2
};

/*
 * Every document: how its file is called, the statement that takes its rows,
 * and what that wants to know besides the document's id.
 */
/* clang-format off */
static const struct doc_type {
	const char *type;
	const char *prefix;
	const char *ext; /* "" = as the feed says */
	enum sql_id take;
	const char *kind; /* service_kind it is for */
	int pass; /* 1 needs what pass 0 did: see stage_emit */
	const char *set; /* EDI: only for partners who get this set */
} doc_types[] = {
	{ "wms.ship_order", "SHIP", "",
	  SQL_EMIT_TAKE_SHIP_ORDERS, NULL, 0, NULL },
	{ "wms.stock_notice", "INBOUND", "",
	  SQL_EMIT_TAKE_STOCK_NOTICES, NULL, 0, NULL },
	{ "supply.order", "PURCHASE", "",
	  SQL_EMIT_TAKE_SUPPLY_ORDERS, NULL, 0, NULL },
	{ "trade.stock_report", "STOCK", "",
	  SQL_EMIT_TAKE_STOCK_REPORT, NULL, 0, NULL },
	{ "payment.capture_request", "CAPTURE", "csv",
	  SQL_EMIT_TAKE_CHARGES, NULL, 0, NULL },
	{ "courier.manifest", "MANIFEST", "csv",
	  SQL_EMIT_TAKE_HANDOVERS, "courier", 1, NULL },
	{ "carrier.booking", "BOOKING", "csv",
	  SQL_EMIT_TAKE_HANDOVERS, "carrier", 1, NULL },
	{ "courier.manifest", "WITHDRAW", "", SQL_TRANSPORT_TAKE_WITHDRAWN, NULL, 1, "204" },
	{ "courier.manifest", "WITHDRAW", "", SQL_TRANSPORT_TAKE_WITHDRAWN, NULL, 1, "IFTMIN" },
	{ "carrier.booking", "WITHDRAW", "", SQL_TRANSPORT_TAKE_WITHDRAWN, NULL, 1, "204" },
	{ "carrier.booking", "WITHDRAW", "", SQL_TRANSPORT_TAKE_WITHDRAWN, NULL, 1, "IFTMIN" },
	{ "sfcc.order_status", "ORDERSTATUS", "xml",
	  SQL_EMIT_TAKE_UPDATES, NULL, 0, NULL },
	{ "accounting.invoice_journal", "JOURNAL", "csv",
	  SQL_EMIT_TAKE_INVOICES, NULL, 0, NULL },
	{ "accounting.journal_manifest", "JOURNALMANIFEST", "csv",
	  SQL_EMIT_TAKE_JOURNALS, NULL, 1, NULL },
	{ "trade.order_response", "RESPONSE", "",
	  SQL_TRADE_TAKE_RESPONSES, NULL, 0, NULL },
	{ "trade.ship_notice", "NOTICE", "",
	  SQL_TRADE_TAKE_NOTICES, NULL, 0, NULL },
	{ "trade.invoice", "INVOICE", "",
	  SQL_TRADE_TAKE_INVOICES, NULL, 0, NULL },
	{ "edi.ack", "TA1", "", SQL_EDI_TAKE_TA1, NULL, 0, "TA1" },
	{ "edi.ack", "ACK", "", SQL_EDI_TAKE_GROUPS, NULL, 0, "997" },
	{ "edi.ack", "ACK", "", SQL_EDI_TAKE_GROUPS, NULL, 0, "999" },
	{ "edi.ack", "CONTRL", "", SQL_EDI_TAKE_INTERCHANGES, NULL, 0, "CONTRL" },
};
/* clang-format on */

const char *
emit_type_of_prefix(const char *prefix)
{
	for (size_t i = 0; i < COUNT(doc_types); i++)
		if (strcmp(doc_types[i].prefix, prefix) == 0)
			return doc_types[i].type;
	return NULL;
}

/* ---- O1: take the rows -------------------------------------------------- */

static bool
next_doc_no(struct run *run, const char *partner, const char *type,
    int64_t *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_EMIT_NUMBER, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", partner);
	stmt_text(s, ":type", type);
	if (!stmt_next(s, err))
		return false;
	*ret = col_int(s, 0);
	stmt_end(s);
	return true;
}

static bool
take_rows(struct run *run, const struct partner *p, const struct doc_type *t,
    int64_t doc_id, int64_t *ret_items, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, t->take, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	if (stmt_has(s, ":partner"))
		stmt_text(s, ":partner", p->id);
	if (stmt_has(s, ":window"))
		stmt_text(s, ":window", run->window);
	if (t->kind != NULL)
		stmt_text(s, ":kind", t->kind);
	stmt_int(s, ":max", ITEMS_MAX);
	return stmt_run(s, ret_items, err);
}

static bool
add_events(struct run *run, const struct doc_type *t,
    const struct edi_out_type *edi, int64_t doc_id, struct oms_error *err)
{
	bool is_offer = edi != NULL && strcmp(edi->set, "204") == 0;
	struct stmt *s;

	if (t->take != SQL_EMIT_TAKE_HANDOVERS)
		return true;
	s = stmt_begin(run->db, SQL_EMIT_EVENTS_BOOKED, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":event", is_offer ? "offered" : "booked");
	stmt_text(s, ":actor", run->actor);
	stmt_int(s, ":doc_id", doc_id);
	if (!stmt_run(s, NULL, err) ||
	    (edi != NULL && !edi_tender_add(run, doc_id, is_offer, err)))
		return false;
	s = stmt_begin(run->db, SQL_EMIT_TOUCH_BOOKED, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	return stmt_run(s, NULL, err);
}

/* SHIP_wms-east_00000012_20260328T020000Z.xml */
static char *
document_name(mem_ctx *ctx, const struct run *run, const struct partner *p,
    const struct feed *f, const struct doc_type *t, int64_t doc_no)
{
	const char *ext = t->ext;
	char stamp[NUM_TS_BYTES];

	if (edi_out_is(f))
		ext = strcmp(f->format, "x12") == 0 ? "x12" : "edi";
	else if (ext[0] == '\0')
		ext = f->format != NULL && strcmp(f->format, "csv") == 0
		    ? "csv"
		    : "xml";
	return mem_printf(ctx, "%s_%s_%08lld_%s.%s", t->prefix, p->id,
	    (long long)doc_no, num_format_stamp(run->now_us, stamp), ext);
}

static bool
add_document(struct run *run, const struct partner *p, const struct feed *f,
    const struct doc_type *t, int64_t doc_id, int64_t items,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct stmt *s = NULL;
	int64_t doc_no;
	bool ok = next_doc_no(run, p->id, t->type, &doc_no, err) &&
	    (s = stmt_begin(run->db, SQL_EMIT_DOCUMENT_ADD, err)) != NULL;

	if (ok) {
		stmt_int(s, ":doc_id", doc_id);
		stmt_text(s, ":partner", p->id);
		stmt_text(s, ":feed", f->name);
		stmt_text(s, ":type", t->type);
		stmt_int(s, ":doc_no", doc_no);
		stmt_text(s, ":name", document_name(row, run, p, f, t, doc_no));
		stmt_int(s, ":run_id", run->run_id);
		stmt_text(s, ":window", run->window);
		stmt_int(s, ":ts_us", run->now_us);
		stmt_int(s, ":items", items);
		ok = stmt_run(s, NULL, err);
	}
	mem_free(row);
	return ok;
}

/* One document in one transaction; none when *ret_items is 0. */
static bool
take_document(struct run *run, const struct partner *p, const struct feed *f,
    const struct doc_type *t, const struct edi_out_type *edi,
    int64_t *ret_items, struct oms_error *err)
{
	int64_t doc_id;
	bool ok;

	if (!db_begin(run->db, err))
		return false;
	ok = db_next(run->db, "document", &doc_id, err) &&
	    take_rows(run, p, t, doc_id, ret_items, err);
	if (!ok || *ret_items == 0) {
		db_rollback(run->db);
		return ok;
	}
	if (add_document(run, p, f, t, doc_id, *ret_items, err) &&
	    (edi == NULL || edi_out_add(run, p, edi, doc_id, err)) &&
	    add_events(run, t, edi, doc_id, err))
		return db_commit(run->db, "emit.document", err);
	db_rollback(run->db);
	return false;
}

/* As many documents as the rows of one feed need. */
static bool
take_feed(struct run *run, const struct partner *p, const struct feed *f,
    const struct doc_type *t, struct stage_result *res, int64_t *documents,
    struct oms_error *err)
{
	const struct edi_out_type *edi = edi_out_is(f)
	    ? edi_out_find(p, t->type, t->set)
	    : NULL;
	int64_t items;

	if (edi == NULL && t->set != NULL)
		return true;
	do {
		if (!take_document(run, p, f, t, edi, &items, err))
			return oms_context(err, "%s for %s", t->type, p->id);
		*documents += items > 0;
		res->done += items;
	} while (items > 0);
	return true;
}

static bool
take_types(struct run *run, const struct partner *p, const struct feed *f,
    int pass, struct stage_result *res, int64_t *documents,
    struct oms_error *err)
{
	for (size_t i = 0; i < COUNT(doc_types); i++)
		if (doc_types[i].pass == pass &&
		    strcmp(doc_types[i].type, f->type) == 0 &&
		    !take_feed(run, p, f, &doc_types[i], res, documents, err))
			return false;
	return true;
}

/* What partners' feeds ask for; the partners are sorted, so is the result. */
static bool
take_all(struct run *run, int pass, struct stage_result *res,
    int64_t *documents, struct oms_error *err)
{
	for (size_t i = 0; i < run->cfg->partner_count; i++) {
		const struct partner *p = &run->cfg->partners[i];

		for (size_t k = 0; k < p->feed_count; k++)
			if (p->feeds[k].direction == FEED_OUT &&
			    !take_types(run, p, &p->feeds[k], pass, res,
				documents, err))
				return false;
	}
	return true;
}

/* ---- O2, O3: write the bytes -------------------------------------------- */

/*
 * For a partner who fetches from there, deliver puts it there.  With a key
 * ring no plain copy is left for people only: they have oms out show --raw.
 */
static bool
is_view(const struct run *run, const struct document *doc)
{
	const struct partner *p = config_partner(run->cfg, doc->partner);

	return p != NULL && partner_is_remote(p) && run->cfg->ring == NULL;
}

/*
 * For people, a copy of what goes to a partner far away.  One who fetches from
 * the outbox gets his from deliver: under its name it is his to take.
 */
static bool
publish(struct run *run, const struct document *doc, mem_ctx *row,
    const char *sha256, struct oms_error *err)
{
	char *dir = mem_printf(row, "%s/outbox/%s", run->cfg->home,
	    doc->partner);
	char *tmp = spool_tmp(run, row);

	if (run->replay || !is_view(run, doc))
		return true;
	return fs_mkdir(dir, 0750, err) &&
	    spool_copy(run, sha256, tmp, 0640, err) &&
	    fs_publish(tmp, fs_path(row, dir, doc->name), err);
}

static bool
add_totals(struct run *run, const struct document *doc,
    const struct rendered *r, struct oms_error *err)
{
	for (size_t i = 0; i < r->total_count; i++) {
		const struct out_journal_total *t = &r->totals[i];
		struct stmt *s = stmt_begin(run->db, SQL_EMIT_TOTAL_ADD, err);

		if (s == NULL)
			return false;
		stmt_int(s, ":doc_id", doc->doc_id);
		stmt_text(s, ":currency", t->currency);
		stmt_int(s, ":entries", t->entries);
		stmt_int(s, ":lines", t->lines);
		stmt_int(s, ":debit_minor", t->debit_minor);
		stmt_int(s, ":credit_minor", t->credit_minor);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

/* The bytes that leave: with this every line of them is in the chain. */
static bool
write_act(struct run *run, const struct document *doc, const struct rendered *r,
    struct oms_error *err)
{
	char object[ACT_TEXT_BYTES], after[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "document",
		.action = "write",
		.object = object,
		.after = after };

	snprintf(object, sizeof(object), "document %lld, %.300s",
	    (long long)doc->doc_id, doc->name);
	snprintf(after, sizeof(after), "items %lld, bytes %lld, sha256 %s",
	    (long long)r->items, (long long)r->size_bytes, r->sha256);
	return act_add(run, &e, err);
}

static bool
set_ready(struct run *run, const struct document *doc, const struct rendered *r,
    struct oms_error *err)
{
	struct stmt *s;

	if (!db_begin(run->db, err))
		return false;
	s = stmt_begin(run->db, SQL_EMIT_SET_READY, err);
	if (s != NULL) {
		stmt_int(s, ":items", r->items);
		stmt_int(s, ":sum_minor", r->sum_minor);
		stmt_text(s, ":sha256", r->sha256);
		stmt_int(s, ":size_bytes", r->size_bytes);
		stmt_int(s, ":doc_id", doc->doc_id);
	}
	if (s != NULL && stmt_run(s, NULL, err) &&
	    add_totals(run, doc, r, err) && write_act(run, doc, r, err) &&
	    journal_document(run, doc->doc_id, doc->name, r->sha256, err))
		return db_commit(run->db, "emit.ready", err);
	db_rollback(run->db);
	return false;
}

static bool
set_hold(struct run *run, const struct document *doc,
    const struct oms_error *why, struct oms_error *err)
{
	struct stmt *s;

	log_error("emit", why);
	if (!db_begin(run->db, err))
		return false;
	s = stmt_begin(run->db, SQL_EMIT_SET_HOLD, err);
	if (s != NULL) {
		stmt_text(s, ":code", oms_code_name(why->code));
		stmt_text(s, ":reason", why->reason);
		stmt_int(s, ":doc_id", doc->doc_id);
	}
	if (s != NULL && stmt_run(s, NULL, err))
		return db_commit(run->db, "emit.hold", err);
	db_rollback(run->db);
	return false;
}

static bool
write_document(struct run *run, const struct document *doc, mem_ctx *row,
    struct oms_error *err)
{
	char *tmp = spool_tmp(run, row);
	struct rendered r;

	if (!render_document(run, doc, row, tmp, &r, err))
		return false;
	if (doc->sha256[0] != '\0' && strcmp(doc->sha256, r.sha256) != 0) {
		oms_fail(err, OMS_NONDETERMINISTIC,
		    "its bytes were %s and would be %s", doc->sha256, r.sha256);
		/* Kept for the comparison; nobody gets them. */
		if (!spool_keep(run, tmp, r.sha256, err))
			return false;
		return oms_at(err, "document %s", doc->name);
	}
	return spool_keep(run, tmp, r.sha256, err) &&
	    publish(run, doc, row, r.sha256, err) &&
	    set_ready(run, doc, &r, err);
}

/* Is it this document that cannot be written, and not the machine? */
static bool
is_its_own_fault(enum oms_code code)
{
	return code == OMS_INTERNAL || code == OMS_NONDETERMINISTIC ||
	    code == OMS_EXISTS || oms_code_class(code) == CLASS_REJECT;
}

static bool
load_next(struct run *run, enum sql_id id, int64_t after, mem_ctx *ctx,
    struct document *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":after", after);
	if (!stmt_one(s, err))
		return false;
	*ret = (struct document){ .doc_id = col_int(s, 0),
		.partner = col_dup(s, 1, ctx),
		.type = col_dup(s, 2, ctx),
		.name = col_dup(s, 3, ctx),
		.doc_no = col_int(s, 4),
		.created_ts_us = col_int(s, 5),
		.sha256 = col_dup(s, 6, ctx) };
	stmt_end(s);
	return true;
}

typedef bool document_fn(struct run *run, const struct document *doc,
    mem_ctx *row, struct stage_result *res, struct oms_error *err);

/* What a statement lists, one by one, until fn cannot go on. */
static bool
each_document(struct run *run, enum sql_id id, document_fn *fn,
    struct stage_result *res, struct oms_error *err)
{
	struct document doc = { 0 };
	bool ok = true, found = true;

	while (ok && found) {
		mem_ctx *row = mem_ctx_new(NULL, "document");

		found = load_next(run, id, doc.doc_id, row, &doc, err);
		ok = found ? fn(run, &doc, row, res, err) : err->code == OMS_OK;
		mem_free(row);
	}
	return ok;
}

static bool
write_or_hold(struct run *run, const struct document *doc, mem_ctx *row,
    struct stage_result *res, struct oms_error *err)
{
	struct oms_error why;

	if (write_document(run, doc, row, err))
		return true;
	if (!is_its_own_fault(err->code))
		return false;
	why = *err;
	*err = NO_ERROR;
	res->rejected++;
	if (res->worst == OMS_OK)
		res->worst = why.code;
	return set_hold(run, doc, &why, err);
}

static bool
write_pending(struct run *run, struct stage_result *res, struct oms_error *err)
{
	return each_document(run, SQL_EMIT_PENDING_NEXT, write_or_hold, res,
	    err);
}

bool
emit_render_pending(struct run *run, struct oms_error *err)
{
	struct stage_result res = { 0 };

	return write_pending(run, &res, err);
}

/* Without our own copy there is nothing to put there; deliver tells of it. */
static bool
put_back(struct run *run, const struct document *doc, mem_ctx *row,
    struct stage_result *res, struct oms_error *err)
{
	char *path = mem_printf(row, "%s/outbox/%s/%s", run->cfg->home,
	    doc->partner, doc->name);

	(void)res;
	if (!is_view(run, doc) || access(path, F_OK) == 0 ||
	    access(spool_blob(run, row, doc->sha256), R_OK) < 0)
		return true;
	log_event(LOG_WARN_, "emit",
	    "partner=%s doc_id=%lld event=outbox.repaired: %s was missing",
	    doc->partner, (long long)doc->doc_id, doc->name);
	return publish(run, doc, row, doc->sha256, err);
}

bool
emit_repair_outbox(struct run *run, struct oms_error *err)
{
	return each_document(run, SQL_EMIT_UNSENT_NEXT, put_back, NULL, err);
}

/*
 * A shipment is handed over after its shipping order is written, in the same
 * run when nothing is left to be paid; a manifest of journals wants their
 * bytes.
 */
bool
stage_emit(struct run *run, struct stage_result *res, struct oms_error *err)
{
	int64_t documents = 0;

	for (int pass = 0; pass < PASSES; pass++)
		if (!write_pending(run, res, err) ||
		    !take_all(run, pass, res, &documents, err))
			return false;
	if (!write_pending(run, res, err) ||
	    !queue_count(run, SQL_EMIT_WAITING, &res->waiting, err))
		return false;
	if (documents > 0)
		snprintf(res->note, sizeof(res->note), "%lld documents",
		    (long long)documents);
	return true;
}
