/*
 * bill_internal.h - what the files of billing share: bill.c invoices,
 * bill_credit.c credit notes, bill_charge.c the money asked for.
 */
#ifndef OMS_PIPELINE_BILL_INTERNAL_H
#define OMS_PIPELINE_BILL_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/order.h"
#include "pipeline/stage.h"

enum { INVOICE_NO_BYTES = 64 };

/* The amounts of a line, each apportioned by itself. */
enum bill_amount {
	BILL_NET,  /* goods before discounts */
	BILL_DISC, /* net, 0 or less */
	BILL_SHIP, /* net */
	BILL_TAX,  /* of all three */
	BILL_AMOUNTS
};

/* A line of an invoice or credit note: its share of something whole. */
struct bill_line {
	int64_t line_no; /* of the order; 0 the shipping charge */
	const char *sku;
	const char *tax_rate;
	int64_t qty;
	int64_t share_minor[BILL_AMOUNTS];

	int64_t of_qty;   /* the whole: an order line, or an invoice line */
	int64_t done_qty; /* of it, before */
	int64_t of_minor[BILL_AMOUNTS];
	int64_t n; /* credit: of the invoice line */
};

struct bill_invoice {
	char invoice_no[INVOICE_NO_BYTES];
	const char *kind;    /* "invoice" or "credit" */
	const char *credits; /* the invoice, or "" */
	int64_t order_id;
	const char *shipment_key;
	const char *currency;
	int64_t settled_minor; /* of the total, without a request */
	const struct bill_line *lines;
	size_t line_count;
};

/* The next number of "invoice" or "credit". */
bool bill_number(struct run *run, struct bill_invoice *inv,
    struct oms_error *err) MUST_CHECK;

/* Gross of some lines. */
int64_t bill_total(const struct bill_line *line, size_t count);

/* Store it with its lines. */
bool bill_write(struct run *run, const struct bill_invoice *inv,
    struct oms_error *err) MUST_CHECK;

/* Add to order_line.billed_qty. */
bool bill_add_billed(struct run *run, int64_t order_id, int64_t line_no,
    int64_t qty, struct oms_error *err) MUST_CHECK;

/* Event with "<words> 12.50 EUR". */
bool bill_event(struct run *run, int64_t order_id, const char *event,
    const char *words, int64_t minor, const char *currency,
    struct oms_error *err) MUST_CHECK;

/* Which payments cover an amount, in the fixed order of tenders. */
struct bill_cover {
	struct {
		int64_t payment_n;
		int64_t minor;
		bool is_asked; /* else on terms, or taken by the shop */
	} of[ORDER_PAYMENTS_MAX];
	size_t count;
	int64_t asked_minor;
	int64_t settled_minor;
	int64_t short_minor; /* no payment covers it */
};

bool bill_cover_plan(struct run *run, int64_t order_id, int64_t total_minor,
    struct bill_cover *ret, struct oms_error *err) MUST_CHECK;

/* Write the charges of a stored invoice and use up the payments. */
bool bill_cover_use(struct run *run, const struct bill_invoice *inv,
    const char *customer_key, const struct bill_cover *cover,
    struct oms_error *err) MUST_CHECK;

/* Who is to be charged, and for what. */
struct bill_debt {
	int64_t order_id;
	const char *shipment_key;
	const char *customer_key;
	const char *currency;
	int64_t minor;
	bool is_held; /* an earlier check has set a hold that is open */
};

/*
 * bill_limit_check - may the customer be charged so much more?
 *
 * Over the limit the shipment gets a LIMIT hold, unless a person released
 * one before; what passes loses the hold of an earlier check.
 *
 * res  new holds are counted there
 */
bool bill_limit_check(struct run *run, const struct bill_debt *debt,
    struct stage_result *res, bool *ret_pass, struct oms_error *err) MUST_CHECK;

/*
 * bill_give_back - minor less is owed for a shipment; in bill.h's order.
 *
 * credit  stored, and counted in what is owed
 */
bool bill_give_back(struct run *run, const struct bill_invoice *credit,
    int64_t minor, struct oms_error *err) MUST_CHECK;

/* Ask again what was declined and released since. */
bool bill_ask_again(struct run *run, struct stage_result *res,
    struct oms_error *err) MUST_CHECK;

#endif
