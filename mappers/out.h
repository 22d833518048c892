/*
 * out.h - the documents that leave: rows in, bytes out.
 *
 * One out_*.c for each document and dialect.  They are pure: the same rows in
 * the same order give the same bytes, whenever and wherever they are written,
 * which is what lets a document be written again after a crash.  Nothing here
 * knows the database or a file; the bytes go to an sbuf, and whoever owns it
 * may empty it between two items, so memory does not grow with a document.
 *
 * Texts are never NULL and only need to live until the item is closed.
 * Times that do not apply are 0.
 */
#ifndef OMS_MAPPERS_OUT_H
#define OMS_MAPPERS_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "writers/csv.h"
#include "writers/xml.h"

struct out_head {
	const char *partner;   /* who gets it */
	int64_t doc_no;        /* counts the partner's documents of this type */
	int64_t created_ts_us; /* the same at every writing */
};

struct out_address {
	const char *name;
	const char *company;
	const char *address1;
	const char *address2;
	const char *postal_code;
	const char *city;
	const char *state;
	const char *country; /* ISO 3166-1 alpha-2 */
	const char *phone;
};

/*
 * Shipping orders for a warehouse, as XML or as CSV.
 *
 *	d = out_ship_orders_begin(ctx, &out, "xml", &head);
 *	for each shipment:
 *		out_shipment_open(d, &shipment);
 *		for each line:
 *			out_shipment_line(d, &line);
 *			for each component, when it is a kit:
 *				out_shipment_component(d, &component);
 *		out_shipment_close(d, err)
 *	out_ship_orders_end(d, err)
 *
 * source  schemas/wms/shipping_order.xsd
 */
struct out_shipment {
	const char *shipment_key;
	const char *release_key;
	int64_t attempt; /* 1, then one more at each re-release */
	const char *order_no;
	const char *channel;
	const char *node;
	const char *carrier;
	const char *service;
	int64_t promise_ts_us;
	struct out_address to;
};

struct out_ship_line {
	int64_t ship_line_no; /* the confirmation names it again */
	int64_t order_line;
	const char *sku;
	const char *name;
	int64_t qty;
};

struct out_component {
	const char *sku;
	int64_t qty; /* for the whole line, not for one kit */
};

struct out_ship_orders; /* opaque */

/* format is "xml" or "csv". */
struct out_ship_orders *out_ship_orders_begin(mem_ctx *ctx, struct sbuf *out,
    const char *format, const struct out_head *head);
void out_shipment_open(struct out_ship_orders *d, const struct out_shipment *s);
void out_shipment_line(struct out_ship_orders *d,
    const struct out_ship_line *line);
void out_shipment_component(struct out_ship_orders *d,
    const struct out_component *c);

/* errors  OMS_ENCODING, OMS_LIMIT: as xmlw_ok; err->where names it */
bool out_shipment_close(struct out_ship_orders *d,
    struct oms_error *err) MUST_CHECK;
bool out_ship_orders_end(struct out_ship_orders *d,
    struct oms_error *err) MUST_CHECK;

/*
 * The manifest of shipments handed to a courier, or booked with a carrier:
 * CSV.  A booking also says the rate, and people open it: it is guarded.
 */
struct out_handover {
	const char *shipment_key;
	const char *order_no;
	const char *carrier;
	const char *service;
	const char *node;
	struct out_address to;
	int64_t weight_g;
	int64_t value_minor;
	const char *currency;
	int64_t promise_ts_us;
	int64_t rate_minor; /* INT64_MIN: none was found */
};

void out_manifest_begin(struct csvw *w, struct sbuf *out);
void out_manifest_add(struct csvw *w, const struct out_handover *h);
void out_booking_begin(struct csvw *w, struct sbuf *out);
void out_booking_add(struct csvw *w, const struct out_handover *h);

/* What the payment processor is to take or give back: CSV. */
struct out_charge {
	const char *charge_key; /* the answer names it; never used twice */
	const char *kind;       /* capture, refund */
	const char *order_no;
	const char *shipment_key;
	const char *invoice_no;
	const char *tender;
	const char *method;
	const char *processor;
	const char *transaction_id; /* of the authorisation */
	int64_t amount_minor;
	const char *currency;
};

void out_captures_begin(struct csvw *w, struct sbuf *out);
void out_captures_add(struct csvw *w, const struct out_head *head,
    const struct out_charge *c);

/*
 * What the shop is told of its orders: XML in the namespace and the element
 * order of Salesforce Commerce Cloud's order.xsd.
 *
 * An update's shipments follow it; the next update closes it.
 */
struct out_update {
	const char *order_no;
	const char *order_status;    /* OPEN COMPLETED CANCELLED */
	const char *shipping_status; /* NOT_SHIPPED PART_SHIPPED SHIPPED */
	const char *payment_status;  /* NOT_PAID PART_PAID PAID */
};

struct out_update_shipment {
	const char *shop_id; /* the shop's shipment-id; "" leaves it out */
	const char *status;  /* NOT_SHIPPED SHIPPED */
	const char *tracking;
};

struct out_statuses {
	struct xmlw *xml;
	bool in_order;
	bool in_shipments;
};

void out_statuses_begin(struct out_statuses *d, mem_ctx *ctx, struct sbuf *out);
void out_statuses_add(struct out_statuses *d, const struct out_update *u);
void out_statuses_shipment(struct out_statuses *d,
    const struct out_update_shipment *s);
bool out_statuses_end(struct out_statuses *d, struct oms_error *err) MUST_CHECK;

/*
 * The neutral journal: every invoice and credit note as one balanced entry.
 *
 *	out_journal_begin(&j, ctx, &out);
 *	for each invoice:
 *		out_journal_open(&j, &invoice);
 *		for each of its lines:
 *			out_journal_tax(&j, tax_rate, tax_minor);
 *		out_journal_close(&j, err)
 *
 * Debits and credits are positive; a credit note's postings are those of its
 * invoice on the other side.  j.totals then holds the sums by currency.
 */
struct out_invoice {
	const char *invoice_no;
	const char *kind;    /* invoice, credit */
	const char *credits; /* the invoice a credit note corrects, or "" */
	const char *order_no;
	const char *shipment_key;
	const char *country; /* the place of supply */
	const char *state;
	const char *currency;
	int64_t issued_ts_us;
	int64_t goods_minor;
	int64_t discount_minor;
	int64_t shipping_minor;
	int64_t total_minor;
};

struct out_journal_total {
	char currency[4];
	int64_t entries;
	int64_t lines;
	int64_t debit_minor;
	int64_t credit_minor;
};

struct out_tax {
	char *rate;
	int64_t minor;
};

struct out_journal {
	struct csvw csv;
	mem_ctx *ctx;
	const struct out_invoice *invoice; /* that is open */
	struct out_tax *taxes;             /* of it, by rate */
	size_t tax_count;
	size_t tax_room;
	int64_t entry; /* its number, from 1 in the document */
	int64_t line;  /* of the entry */
	char date[NUM_TS_BYTES];
	struct out_journal_total *totals;
	size_t total_count;
	size_t total; /* that of the open invoice */
};

void out_journal_begin(struct out_journal *j, mem_ctx *ctx, struct sbuf *out);
void out_journal_open(struct out_journal *j, const struct out_invoice *i);
void out_journal_tax(struct out_journal *j, const char *rate,
    int64_t tax_minor);

/*
 * errors  OMS_INTERNAL  its debits are not its credits: the invoice and its
 *                       lines disagree
 */
bool out_journal_close(struct out_journal *j, struct oms_error *err) MUST_CHECK;

/* The journals of a manifest, each with its sums: one row a currency, CSV. */
struct out_journal_file {
	const char *name;
	const char *sha256;
	int64_t size_bytes;
	struct out_journal_total sums;
};

void out_journal_manifest_begin(struct csvw *w, struct sbuf *out);
void out_journal_manifest_add(struct csvw *w, const struct out_journal_file *f);

#endif
