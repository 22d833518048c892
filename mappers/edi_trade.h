/*
 * edi_trade.h - what trade customers send: orders, changes, remittances.
 *
 * Pure, as all mappers: a set goes in, what it says comes out, and nothing is
 * looked up.  Numbers and ids are kept as they were sent, for they are said
 * back (855, 856, 810; ORDRSP, DESADV, INVOIC).
 */
#ifndef OMS_MAPPERS_EDI_TRADE_H
#define OMS_MAPPERS_EDI_TRADE_H

#include "base/edi_profile.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/mem.h"
#include "model/trade.h"
#include "parsers/edi_set.h"

/*
 * edi_order_map - an 850 or ORDERS as an order.
 *
 * The order's number is the customer's, with "-RELEASE" behind it for a
 * release of a blanket order.  Our sku is the number of the profile's
 * item_qualifier; without that the first of our own, then a GTIN.  What does
 * not add up becomes order.recon, what is lacking order.incomplete: both hold
 * the order and do not refuse it.
 *
 * ctx     owner of the trade; its texts are partly the set's
 * errors  OMS_VALUE  a value that cannot be used, with its place
 *         OMS_LIMIT  more lines or places than oms takes
 */
bool edi_order_map(mem_ctx *ctx, const struct edi_set *set,
    const struct edi_profile *profile, struct trade *ret,
    struct oms_error *err) MUST_CHECK;

/* As order_content_hash(), with what is only in the trade. */
void edi_order_hash(const struct trade *t, char ret[HASH_BYTES]);

/* What is done to a line. */
enum trade_line_action {
	TRADE_KEEP,
	TRADE_ADD,
	TRADE_DELETE,
	TRADE_SET_QTY,
	TRADE_ADD_QTY, /* may be below 0 */
	TRADE_SET_PRICE,
	TRADE_SET_BOTH,
	TRADE_SET_ALL
};

struct trade_change_line {
	enum trade_line_action action;
	bool has_qty;
	int64_t qty;             /* to order, to set or to add */
	struct order_line order; /* as sent; its goods for one action ADD */
	struct trade_line line;
	const char *where; /* "860 0001 segment 7 (POC)" */
};

/* An 860 or ORDCHG. */
struct trade_change {
	const char *order_no; /* as edi_order_map() makes it */
	const char *change_no;
	const char *dates;      /* of the message itself, as sent */
	bool is_cancel;         /* all of it */
	bool is_replace;        /* its lines are all there are */
	struct trade_head head; /* what it says anew; else "" and 0 */
	struct trade_change_line *lines;
	size_t line_count;
};

bool edi_order_change_map(mem_ctx *ctx, const struct edi_set *set,
    const struct edi_profile *profile, struct trade_change *ret,
    struct oms_error *err) MUST_CHECK;

/* Equal for the same change sent twice, in whatever envelope. */
void edi_order_change_hash(const struct trade_change *c, char ret[HASH_BYTES]);

/*
 * trade_change_apply - the order as it is after the change.
 *
 * was     stays as it is; *ret shares its texts
 * errors  OMS_VALUE  it names a line that is not there, or goes below 0
 */
bool trade_change_apply(mem_ctx *ctx, const struct trade *was,
    const struct trade_change *c, struct trade *ret,
    struct oms_error *err) MUST_CHECK;

/* An 820. */
struct remittance_line {
	const char *qualifier;  /* of the reference: IV, CM */
	const char *reference;  /* invoice number as the payer has it */
	int64_t paid_minor;     /* below 0: taken off */
	int64_t discount_minor; /* he took, 0 or more */
	const char *reason;     /* of an adjustment, or "" */
};

struct remittance {
	const char *trace_no; /* of the payment */
	const char *method;   /* ACH, CHK ... */
	const char *currency;
	int64_t amount_minor;
	int64_t paid_ts_us;
	struct remittance_line *lines;
	size_t line_count;
};

/*
 * edi_remittance_map - an 820 as a payment and what it is for.
 *
 * errors  OMS_VALUE  no amount, no number, or a value that cannot be used
 */
bool edi_remittance_map(mem_ctx *ctx, const struct edi_set *set,
    const struct edi_profile *profile, struct remittance *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_trade_time - where a time of that qualifier of a DTM goes.
 *
 * NULL  nowhere, or one was said before: the first holds
 */
int64_t *edi_trade_time(struct trade_head *h, const struct edi_set *set,
    const char *qualifier);

/* The currency of a set without CUR or CUX: of its standard. */
const char *edi_currency(const struct edi_set *set);

/*
 * edi_decimal - a decimal value as text with a point for its mark.
 *
 * ret  "" when the element is empty
 */
const char *edi_decimal(mem_ctx *ctx, const char *text);

/* The amount of an N2 element in minor units. */
bool edi_n2(const struct edi_seg *s, unsigned e, const char *currency,
    int64_t *ret, struct oms_error *err) MUST_CHECK;

/* PO105, POC07: the price is for so many. */
int64_t edi_price_qty(const char *basis);

/*
 * edi_pri - the price of a LIN: its AAA, the net one, else its AAB, gross.
 *
 * ret     its price, price_basis and price_qty; without one "", "" and 1
 * errors  OMS_VALUE  it is for no whole number of units
 */
bool edi_pri(mem_ctx *ctx, const struct edi_set *set, const struct edi_seg *lin,
    struct trade_line *ret, struct oms_error *err) MUST_CHECK;

/* What a line says of its products: PO106 ff., LIN and PIA. */
void edi_item_ids(const struct edi_set *set, const struct edi_seg *line,
    unsigned from, const struct edi_profile *profile, struct trade_line *ret,
    const char **ret_sku);

#endif
