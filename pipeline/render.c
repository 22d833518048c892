/* render.c - see render.h.  One function a type: read a row, give it on. */

#include "pipeline/render.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/count.h"
#include "base/scope.h"
#include "pipeline/edi_out.h"
#include "store/stmt.h"

enum {
	FLUSH_BYTES = 256 << 10, /* written to the file when so many wait */
	ITEM_MAX_BYTES = 64 << 20
};

/* A document being written. */
struct render {
	struct run *run;
	const struct document *doc;
	struct out_head head;
	mem_ctx *ctx;
	const char *path;
	int fd;
	struct fs_sha sha;
	struct sbuf out; /* not yet in the file */
	struct rendered *ret;
};

static bool
write_out(struct render *r, struct oms_error *err)
{
	const char *p = r->out.p;
	size_t left = r->out.len;

	while (left > 0) {
		ssize_t n = write(r->fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return oms_fail_errno(err, fs_code_of_errno(errno),
			    "write %s", r->path);
		p += n;
		left -= (size_t)n;
	}
	fs_sha_add(&r->sha, r->out.p, r->out.len);
	r->ret->size_bytes += (int64_t)r->out.len;
	sbuf_clear(&r->out);
	return true;
}

/* An item is written: count it, and empty the buffer when it is full. */
static bool
item_done(struct render *r, int64_t minor, struct oms_error *err)
{
	r->ret->items++;
	if (__builtin_add_overflow(r->ret->sum_minor, minor,
		&r->ret->sum_minor))
		return oms_fail(err, OMS_LIMIT, "the sum does not fit");
	if (!sbuf_ok(&r->out))
		return oms_fail(err, OMS_LIMIT,
		    "one item has more than %d bytes", ITEM_MAX_BYTES);
	return r->out.len < FLUSH_BYTES || write_out(r, err);
}

/* The query for this document, of one parameter. */
static struct stmt *
query(struct render *r, enum sql_id id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, id, err);

	if (s != NULL)
		stmt_int(s, ":doc_id", r->doc->doc_id);
	return s;
}

/* Details are read beside their items, in the same order: all must be used. */
static bool
all_used(struct stmt *details, bool more, struct oms_error *err)
{
	stmt_end(details);
	if (more)
		oms_fail(err, OMS_INTERNAL,
		    "a detail belongs to no item of the document");
	return err->code == OMS_OK;
}

struct out_address
render_address(struct stmt *s, int i)
{
	return (struct out_address){ .name = col_text(s, i),
		.company = col_text(s, i + 1),
		.address1 = col_text(s, i + 2),
		.address2 = col_text(s, i + 3),
		.postal_code = col_text(s, i + 4),
		.city = col_text(s, i + 5),
		.state = col_text(s, i + 6),
		.country = col_text(s, i + 7),
		.phone = col_text(s, i + 8) };
}

/* ---- shipping orders ---------------------------------------------------- */

/* The lines of one shipment, and the components of those that are kits. */
static void
ship_lines(struct out_ship_orders *d, const char *shipment_key, struct stmt *s,
    bool *more, struct oms_error *err)
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
			out_shipment_line(d, &l);
		part_no = l.ship_line_no;
		if (!col_is_null(s, 6))
			out_shipment_component(d, &c);
		*more = stmt_next(s, err);
	}
}

static bool
ship_orders(struct render *r, struct oms_error *err)
{
	struct stmt *s = query(r, SQL_RENDER_SHIPMENTS, err);
	struct stmt *lines = query(r, SQL_RENDER_SHIPMENT_LINES, err);
	const char *ext = strrchr(r->doc->name, '.');
	struct out_ship_orders *d;
	bool more;

	if (s == NULL || lines == NULL)
		return false;
	d = out_ship_orders_begin(r->ctx, &r->out, ext != NULL ? ext + 1 : "",
	    &r->head);
	more = stmt_next(lines, err);
	while (err->code == OMS_OK && stmt_next(s, err)) {
		struct out_shipment h = { .shipment_key = col_text(s, 0),
			.release_key = col_text(s, 1),
			.attempt = col_int(s, 2),
			.order_no = col_text(s, 3),
			.channel = col_text(s, 4),
			.node = col_text(s, 5),
			.carrier = col_text(s, 6),
			.service = col_text(s, 7),
			.promise_ts_us = col_int(s, 8),
			.to = render_address(s, 10) };

		out_shipment_open(d, &h);
		ship_lines(d, h.shipment_key, lines, &more, err);
		if (err->code != OMS_OK || !out_shipment_close(d, err) ||
		    !item_done(r, col_int(s, 9), err))
			stmt_end(s);
	}
	return all_used(lines, more && err->code == OMS_OK, err) &&
	    out_ship_orders_end(d, err);
}

/* ---- manifests, bookings ------------------------------------------------ */

static bool
handovers(struct render *r,
    void (*add)(struct csvw *w, const struct out_handover *h), struct csvw *w,
    struct oms_error *err)
{
	struct stmt *s = query(r, SQL_RENDER_HANDOVERS, err);

	while (s != NULL && err->code == OMS_OK && stmt_next(s, err)) {
		struct out_handover h = { .shipment_key = col_text(s, 0),
			.order_no = col_text(s, 1),
			.carrier = col_text(s, 2),
			.service = col_text(s, 3),
			.node = col_text(s, 4),
			.weight_g = col_int(s, 5),
			.value_minor = col_int(s, 6),
			.currency = col_text(s, 7),
			.promise_ts_us = col_int(s, 8),
			.rate_minor = col_is_null(s, 9) ? INT64_MIN
							: col_int(s, 9),
			.to = render_address(s, 10) };

		add(w, &h);
		if (!item_done(r, h.value_minor, err))
			stmt_end(s);
	}
	return err->code == OMS_OK;
}

static bool
manifest(struct render *r, struct oms_error *err)
{
	struct csvw w;

	out_manifest_begin(&w, &r->out);
	return handovers(r, out_manifest_add, &w, err);
}

static bool
booking(struct render *r, struct oms_error *err)
{
	struct csvw w;

	out_booking_begin(&w, &r->out);
	return handovers(r, out_booking_add, &w, err);
}

/* ---- charges ------------------------------------------------------------ */

static bool
captures(struct render *r, struct oms_error *err)
{
	struct stmt *s = query(r, SQL_RENDER_CHARGES, err);
	struct csvw w;

	out_captures_begin(&w, &r->out);
	while (s != NULL && err->code == OMS_OK && stmt_next(s, err)) {
		struct out_charge c = { .charge_key = col_text(s, 0),
			.kind = col_text(s, 1),
			.order_no = col_text(s, 2),
			.shipment_key = col_text(s, 3),
			.invoice_no = col_text(s, 4),
			.tender = col_text(s, 5),
			.method = col_text(s, 6),
			.processor = col_text(s, 7),
			.transaction_id = col_text(s, 8),
			.amount_minor = col_int(s, 9),
			.currency = col_text(s, 10) };

		out_captures_add(&w, &r->head, &c);
		if (!item_done(r, c.amount_minor, err))
			stmt_end(s);
	}
	return err->code == OMS_OK;
}

/* ---- order status ------------------------------------------------------- */

static void
status_shipments(struct out_statuses *d, int64_t order_id, int64_t seq,
    struct stmt *s, bool *more, struct oms_error *err)
{
	while (*more && col_int(s, 0) == order_id && col_int(s, 1) == seq) {
		struct out_update_shipment u = { .shop_id = col_text(s, 2),
			.status = col_text(s, 3),
			.tracking = col_text(s, 4) };

		out_statuses_shipment(d, &u);
		*more = stmt_next(s, err);
	}
}

static bool
statuses(struct render *r, struct oms_error *err)
{
	struct stmt *s = query(r, SQL_RENDER_UPDATES, err);
	struct stmt *shipments = query(r, SQL_RENDER_UPDATE_SHIPMENTS, err);
	struct out_statuses d;
	bool more;

	if (s == NULL || shipments == NULL)
		return false;
	out_statuses_begin(&d, r->ctx, &r->out);
	more = stmt_next(shipments, err);
	while (err->code == OMS_OK && stmt_next(s, err)) {
		struct out_update u = { .order_no = col_text(s, 2),
			.order_status = col_text(s, 3),
			.shipping_status = col_text(s, 4),
			.payment_status = col_text(s, 5) };

		out_statuses_add(&d, &u);
		status_shipments(&d, col_int(s, 0), col_int(s, 1), shipments,
		    &more, err);
		if (err->code != OMS_OK || !item_done(r, 0, err))
			stmt_end(s);
	}
	return all_used(shipments, more && err->code == OMS_OK, err) &&
	    out_statuses_end(&d, err);
}

/* ---- journal ------------------------------------------------------------ */

static void
invoice_taxes(struct out_journal *j, const char *invoice_no, struct stmt *s,
    bool *more, struct oms_error *err)
{
	while (*more && strcmp(col_text(s, 0), invoice_no) == 0) {
		out_journal_tax(j, col_text(s, 1), col_int(s, 2));
		*more = stmt_next(s, err);
	}
}

static bool
journal(struct render *r, struct oms_error *err)
{
	struct stmt *s = query(r, SQL_RENDER_INVOICES, err);
	struct stmt *lines = query(r, SQL_RENDER_INVOICE_LINES, err);
	struct out_journal j;
	bool more;

	if (s == NULL || lines == NULL)
		return false;
	out_journal_begin(&j, r->ctx, &r->out);
	more = stmt_next(lines, err);
	while (err->code == OMS_OK && stmt_next(s, err)) {
		struct out_invoice i = { .invoice_no = col_text(s, 0),
			.kind = col_text(s, 1),
			.credits = col_text(s, 2),
			.order_no = col_text(s, 3),
			.shipment_key = col_text(s, 4),
			.country = col_text(s, 5),
			.state = col_text(s, 6),
			.currency = col_text(s, 7),
			.issued_ts_us = col_int(s, 8),
			.goods_minor = col_int(s, 9),
			.discount_minor = col_int(s, 10),
			.shipping_minor = col_int(s, 11),
			.total_minor = col_int(s, 12) };

		out_journal_open(&j, &i);
		invoice_taxes(&j, i.invoice_no, lines, &more, err);
		if (err->code != OMS_OK || !out_journal_close(&j, err) ||
		    !item_done(r, i.total_minor, err))
			stmt_end(s);
	}
	r->ret->totals = j.totals;
	r->ret->total_count = j.total_count;
	return all_used(lines, more && err->code == OMS_OK, err);
}

static bool
journal_manifest(struct render *r, struct oms_error *err)
{
	struct stmt *s = query(r, SQL_RENDER_JOURNALS, err);
	struct csvw w;

	out_journal_manifest_begin(&w, &r->out);
	while (s != NULL && err->code == OMS_OK && stmt_next(s, err)) {
		struct out_journal_file f = { .name = col_text(s, 0),
			.sha256 = col_text(s, 1),
			.size_bytes = col_int(s, 2),
			.sums = { .entries = col_int(s, 3),
			    .lines = col_int(s, 4),
			    .debit_minor = col_int(s, 5),
			    .credit_minor = col_int(s, 6) } };

		(void)str_copy(f.sums.currency, sizeof(f.sums.currency),
		    col_text(s, 7));
		out_journal_manifest_add(&w, &f);
		if (!item_done(r, f.sums.debit_minor, err))
			stmt_end(s);
	}
	return err->code == OMS_OK;
}

/* ---- X12 and EDIFACT ----------------------------------------------------- */

struct stmt *
edi_render_query(struct edi_rendering *r, enum sql_id id, struct oms_error *err)
{
	return query(r->of, id, err);
}

bool
edi_render_done(struct edi_rendering *r, int64_t amount_minor,
    struct oms_error *err)
{
	return edi_w_ok(r->w, err) && item_done(r->of, amount_minor, err);
}

static bool
edi(struct render *r, struct oms_error *err)
{
	struct edi_rendering e = { .run = r->run,
		.doc = r->doc,
		.ctx = r->ctx,
		.of = r };

	return edi_out_render(&e, &r->out, err);
}

/* clang-format off */
static const struct {
	const char *type;
	bool (*write)(struct render *r, struct oms_error *err);
} types[] = {
	{ "wms.ship_order",               ship_orders      },
	{ "courier.manifest",             manifest         },
	{ "carrier.booking",              booking          },
	{ "payment.capture_request",      captures         },
	{ "sfcc.order_status",            statuses         },
	{ "accounting.invoice_journal",   journal          },
	{ "accounting.journal_manifest",  journal_manifest },
};
/* clang-format on */

static bool
write_type(struct render *r, struct oms_error *err)
{
	if (edi_out_is_name(r->doc->name))
		return edi(r, err) && write_out(r, err);
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].type, r->doc->type) == 0)
			return types[i].write(r, err) && write_out(r, err);
	return oms_fail(err, OMS_INTERNAL, "no document of type %s is known",
	    r->doc->type);
}

static bool
sync_and_close(struct render *r, struct oms_error *err)
{
	bool ok = fsync(r->fd) == 0;
	int fd = r->fd;

	r->fd = -1;
	return (close(fd) == 0 && ok) ||
	    oms_fail_errno(err, fs_code_of_errno(errno), "sync %s", r->path);
}

bool
render_document(struct run *run, const struct document *doc, mem_ctx *ctx,
    const char *path, struct rendered *ret, struct oms_error *err)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	AUTO_CLOSE int fd = open(path, flags, 0600);
	struct render r = { .run = run,
		.doc = doc,
		.ctx = ctx,
		.path = path,
		.fd = fd,
		.ret = ret,
		.head = { .partner = doc->partner,
		    .doc_no = doc->doc_no,
		    .created_ts_us = doc->created_ts_us } };
	bool ok;

	*ret = (struct rendered){ 0 };
	if (fd < 0)
		return oms_fail_errno(err, fs_code_of_errno(errno), "create %s",
		    path);
	fs_sha_begin(&r.sha);
	sbuf_init(&r.out, ctx, ITEM_MAX_BYTES);
	ok = write_type(&r, err) && sync_and_close(&r, err);
	fd = r.fd; /* -1: closed already. NOLINT: read by its clean-up */
	if (!ok) {
		(void)unlink(path);
		return oms_at(err, "document %s", doc->name);
	}
	fs_sha_end(&r.sha, ret->sha256);
	return true;
}
