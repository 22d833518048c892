/*
 * order.h - an order as a shop sends it, before it is stored.
 *
 * What every order mapper makes, whatever the format, and what the store
 * takes.  Amounts are minor units of order.currency.  Texts belong to the
 * context the order was mapped into, are never NULL, and are valid UTF-8
 * without control characters.
 */
#ifndef OMS_MODEL_ORDER_H
#define OMS_MODEL_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	ORDER_LINES_MAX = 1000,
	ORDER_GROUPS_MAX = 100,
	ORDER_PAYMENTS_MAX = 50,
	KIT_COMPONENTS_MAX = 100,
	LINE_TAXES_MAX = 10,
	QTY_MAX = 1000000
};

/* Net and tax; the gross is their sum. */
struct amount {
	int64_t net_minor;
	int64_t tax_minor;
};

struct kit_component {
	const char *sku;
	int64_t qty_per; /* in one kit */
};

struct line_tax {
	const char *tax_id; /* the authority */
	const char *tax_rate;
	int64_t amount_minor;
};

struct order_line {
	const char *sku;
	const char *name;
	const char *position; /* as written by the shop */
	const char *tax_rate; /* decimal text, e.g. "0.1" */
	int64_t qty;
	size_t group;        /* index into order.groups */
	struct amount goods; /* line total before any discount */
	struct amount
	    discount; /* line's own and its share of the order's, <= 0 */
	struct amount shipping; /* product shipping charge, after adjustments */
	struct kit_component *components; /* none: not a kit */
	size_t component_count;
	struct line_tax *taxes;
	size_t tax_count;
};

struct ship_group {
	const char *shop_id; /* the shop's shipment-id */
	const char *method;  /* shipping method id */
	const char *name;
	const char *company;
	const char *address1;
	const char *address2;
	const char *city;
	const char *postal_code;
	const char *state;
	const char *country; /* ISO 3166-1 alpha-2, upper case, or "" */
	const char *phone;
	struct amount
	    shipping; /* after adjustments, with its share of the order's */
};

struct payment {
	const char *
	    tender; /* gift_certificate store_credit card wallet bank invoice */
	const char *method; /* the shop's word, e.g. VISA */
	const char *transaction_id;
	const char *processor;
	int64_t amount_minor;
	bool authorised;
	bool captured; /* the shop has taken it already */
};

struct order {
	const char *order_no; /* 1 to 50 bytes */
	const char *currency; /* ISO 4217 */
	const char *taxation; /* "net" or "gross" */
	const char *customer_no;
	const char *customer_name;
	const char *customer_email;
	const char *shop_status;    /* order-status as exported, or "" */
	const char *payment_status; /* payment-status as exported, or "" */
	int64_t order_ts_us;
	int64_t ship_by_ts_us; /* 0: by the handling time of orders */
	struct amount total;   /* what the customer pays */

	/* The first totals rule it breaks, in words; "" when all hold. */
	const char *recon;
	/* What it lacks to be fulfilled, in words; "" when complete. */
	const char *incomplete;

	struct order_line *lines;
	size_t line_count;
	struct ship_group *groups;
	size_t group_count;
	struct payment *payments;
	size_t payment_count;
};

#endif
