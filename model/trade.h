/*
 * trade.h - what a trade customer's order says beyond the order itself.
 *
 * A struct trade is a struct order and, beside it, what has to be said back
 * as the customer said it: his numbers, his lines, his places.  lines[i] and
 * groups[i] stand beside order.lines[i] and order.groups[i].  One line of the
 * customer that goes to many places is many lines here, all with his number.
 *
 * Texts are never NULL and belong to the context the trade was mapped into.
 * Decimal texts have a point, whatever mark they were sent with.
 */
#ifndef OMS_MODEL_TRADE_H
#define OMS_MODEL_TRADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "model/order.h"

/* What the sender wants done with it. */
enum trade_purpose {
	TRADE_ORIGINAL,
	TRADE_REPLACE,
	TRADE_CANCEL,
	TRADE_REPEAT /* said before: a confirmation, a copy */
};

/* A place or company, by its number; "" when it has none. */
struct trade_party {
	const char *qualifier; /* as sent: 92, UL, 9 */
	const char *id;
	const char *name;
};

struct trade_head {
	enum trade_purpose purpose;
	const char *set;        /* "850", "ORDERS" */
	const char *po_number;  /* as sent */
	const char *release_no; /* of a blanket order, or "" */
	const char *order_type; /* as sent: SA, 220 */
	const char *po_date;    /* CCYYMMDD as sent, or "" */
	const char *vendor_no;  /* what he calls us */
	const char *department;
	const char *customer_order; /* of his own customer */
	const char *promotion;
	const char *contract;
	struct trade_party buyer;
	struct trade_party bill_to;
	struct trade_party vendor; /* us, as he has us */
	int64_t ship_from_ts_us;   /* not before; 0 none */
	int64_t ship_by_ts_us;     /* no later */
	int64_t deliver_from_ts_us;
	int64_t deliver_by_ts_us;
	int64_t cancel_after_ts_us;
	const char *terms_net_days; /* of ITD07, PAT; digits or "" */
	const char *note;           /* instructions, gift text; personal */
};

struct trade_line {
	const char *buyer_line; /* PO101, LIN 1082 */
	const char *uom;        /* EA, PCE */
	const char *seller_q;   /* qualifier and our number, as sent */
	const char *seller_item;
	const char *buyer_q;
	const char *buyer_item;
	const char *gtin_q;
	const char *gtin;
	const char *price;       /* of one price_qty, decimal text, or "" */
	const char *price_basis; /* PO105, 5118, as sent */
	int64_t price_qty;       /* the price is for so many; 1 mostly */
};

struct trade_group {
	struct trade_party to;   /* ST, DP; name "" */
	struct trade_party mark; /* Z7, or the store of a split */
};

struct trade {
	struct order order;
	struct trade_head head;
	struct trade_line *lines;
	struct trade_group *groups;
};

enum { TRADE_PRICE_SCALE = 6 };

/*
 * trade_line_minor - what qty cost at a price, to the nearest minor unit.
 *
 * price      decimal text with at most TRADE_PRICE_SCALE decimals
 * price_qty  the price is for so many, > 0
 * errors     OMS_VALUE
 */
bool trade_line_minor(const char *price, int64_t price_qty, int64_t qty,
    const char *currency, int64_t *ret_minor, struct oms_error *err) MUST_CHECK;

/* tax_rate of an amount: "0.2" of 1000 is 200; an unreadable rate is 0. */
int64_t trade_tax_minor(int64_t net_minor, const char *tax_rate);

/*
 * trade_price - a unit price that gives exactly minor for qty, as text.
 *
 * The price itself when it does, else with as many decimals as it takes.
 */
const char *trade_price(mem_ctx *ctx, const char *price, int64_t price_qty,
    int64_t qty, int64_t minor, const char *currency);

/* order.total and its one payment, on terms, from lines and groups. */
void trade_total(mem_ctx *ctx, struct trade *t);

#endif
