/*
 * out_edi_trade.h - what trade customers are told: 855, 856, 810; ORDRSP,
 * DESADV, INVOIC.
 *
 * Pure: the same rows give the same bytes.  Each function writes one set into
 * w, whose group is open; a text that cannot be written is found by
 * edi_w_ok().  Numbers, lines and places are those the customer sent.
 */
#ifndef OMS_MAPPERS_OUT_EDI_TRADE_H
#define OMS_MAPPERS_OUT_EDI_TRADE_H

#include "base/edi_profile.h"
#include "mappers/out.h"
#include "model/trade.h"
#include "writers/edi.h"

/* What every one of them says of the order. */
struct out_trade {
	const struct edi_profile *profile;
	int64_t created_ts_us; /* of the document */
	const char *currency;
	const char *po_number;
	const char *release_no;
	const char *po_date; /* CCYYMMDD, or "" */
	const char *vendor_no;
	const char *department;
	const char *customer_order;
	const char *promotion;
	const char *contract;
	struct trade_party buyer;
	struct trade_party bill_to;
	struct trade_party vendor;
	const char *terms_net_days;
};

/* A line, as the customer called it. */
struct out_trade_line {
	struct trade_line line; /* price_qty and buyer_line too */
	const char *sku;
};

/* An answer to an order: 855, ORDRSP. */
struct out_response_line {
	struct out_trade_line of;
	int64_t accepted_qty;
	int64_t later_qty;   /* backordered */
	int64_t refused_qty; /* or deleted */
};

struct out_response {
	struct out_trade trade;
	const char *number; /* ours, of this answer */
	bool is_first;      /* to the order as it came first */
	bool is_cancelled; /* by the customer: refused quantities are deleted */
	const char *refused; /* why a change was refused, or "" */
	const struct out_response_line *lines;
	size_t line_count;
};

void out_edi_order_response(struct edi_writer *w, const struct out_response *r);

/* A shipment on its way: 856, DESADV. */
struct out_notice_line {
	struct out_trade_line of;
	int64_t line_no; /* ours */
	int64_t shipped_qty;
	int64_t ordered_qty;
};

struct out_notice {
	struct out_trade trade;
	const char *shipment_key;
	const char *bill;       /* of lading, the warehouse's or our key */
	const char *invoice_no; /* or "" */
	const char *node;
	const char *node_name;
	const char *scac; /* of the carrier, or "" */
	const char *carrier;
	const char *service;
	const char *tracking;
	int64_t weight_g;
	int64_t shipped_ts_us;
	int64_t promise_ts_us; /* 0 none */
	struct out_address to;
	struct trade_party to_party;
	struct trade_party mark;
	const struct out_notice_line *lines;
	size_t line_count;
};

/* The cartons of a shipment as its warehouse told them, numbered from 1. */
struct out_carton {
	const char *sscc;     /* or "" */
	const char *tracking; /* or "" */
	int64_t with_no;      /* has the content of this one, too; 0 none */
	int64_t same_no;      /* the first of the same SSCC, or its own */
};

struct out_carton_line {
	int64_t carton_no;
	int64_t line_no; /* of an out_notice_line */
	const char *lot; /* or "" */
	int64_t qty;
};

struct out_cartons {
	const struct out_carton *cartons;
	size_t carton_count;
	const struct out_carton_line *lines;
	size_t line_count;
};

/* What is in which carton.  Every pack has labels and items. */
struct out_label {
	const char *sscc;
	const char *tracking;
};

struct out_packed {
	size_t line; /* index into lines of the out_notice */
	int64_t qty;
	const char *lot; /* or "" */
};

struct out_pack {
	const struct out_label *labels; /* several: told together */
	size_t label_count;
	const struct out_packed *items;
	size_t item_count;
};

struct out_packing {
	const struct out_pack *packs;
	size_t pack_count;
	size_t label_count; /* of all packs */
	const struct out_packed *loose;
	size_t loose_count;
};

/*
 * out_edi_pack - each unit that was shipped, in the carton it was told in.
 *
 * When no carton was told it is one, if it has a tracking number or our GS1
 * prefix is known; else all is loose.  Also loose is what no carton has, as
 * long as the content of every carton was told.
 */
struct out_packing out_edi_pack(mem_ctx *ctx, const struct out_notice *n,
    const struct out_cartons *told);

void out_edi_ship_notice(struct edi_writer *w, const struct out_notice *n,
    const struct out_packing *p);

enum { SSCC_BYTES = 19 };

/*
 * out_sscc - the SSCC-18 of a shipment whose cartons were not told.
 *
 * prefix   of GS1, 7 to 10 digits; else there is none and ret is ""
 * serial   unique below it; cut to the digits that are left
 */
void out_sscc(const char *prefix, const char *shipment_key,
    char ret[SSCC_BYTES]);

/* An invoice or credit note: 810, INVOIC. */
struct out_bill_line {
	struct out_trade_line of;
	int64_t line_no; /* 0: freight of the shipment */
	int64_t qty;
	int64_t net_minor;
	int64_t disc_minor; /* 0 or less */
	int64_t ship_minor;
	int64_t tax_minor;
	const char *tax_rate;
};

struct out_bill {
	struct out_trade trade;
	const char *invoice_no;
	const char *credits; /* the invoice a credit note corrects, or "" */
	bool is_credit;      /* its amounts are below 0 */
	const char *shipment_key;
	const char *bill; /* of lading, the warehouse's or our key */
	int64_t issued_ts_us;
	int64_t shipped_ts_us;
	struct out_address to;
	struct trade_party to_party;
	struct trade_party mark;
	const struct out_bill_line *lines;
	size_t line_count;
};

/*
 * out_edi_invoice - write it; its sums are exact to the minor unit.
 *
 * Lines of quantity 0, taken back by a credit note, are left out.  A unit
 * price is the customer's own where it gives the line's amount, else one with
 * as many decimals as that takes.
 *
 * ret  the total, as written: never below 0
 */
int64_t out_edi_invoice(struct edi_writer *w, mem_ctx *ctx,
    const struct out_bill *b);

/* What the three of them share. */
bool out_trade_is_x12(const struct out_trade *t);
void out_trade_text(struct edi_writer *w, const char *segment,
    const char *qualifier, const char *text);
void out_trade_party(struct edi_writer *w, const struct out_trade *t,
    const char *role, const struct trade_party *p);
void out_trade_place(struct edi_writer *w, const struct out_trade *t,
    const char *role, const struct trade_party *p,
    const struct out_address *to);
/* NAD+SU: us as he called us, else as we are called in the envelope. */
void out_trade_supplier(struct edi_writer *w, const struct out_trade *t);
void out_trade_references(struct edi_writer *w, const struct out_trade *t);
/* The pairs of LIN, PO1, IT1; or the C212 of LIN and the PIA behind it. */
void out_trade_ids(struct edi_writer *w, const struct out_trade *t,
    const struct out_trade_line *l);
void out_trade_lin(struct edi_writer *w, const struct out_trade *t,
    const struct out_trade_line *l, size_t n, const char *action);
/* PRI, MOA, QTY of EDIFACT: a qualifier and a number with the profile's mark. */
void out_trade_number(struct edi_writer *w, const struct out_trade *t,
    const char *segment, const char *qualifier, const char *number);
void out_trade_moa(struct edi_writer *w, const struct out_trade *t,
    const char *qualifier, int64_t minor);
void out_trade_qty(struct edi_writer *w, const char *qualifier, int64_t qty,
    const char *uom);
/* CNT+qualifier:n */
void out_trade_cnt(struct edi_writer *w, const char *qualifier, int64_t n);

#endif
