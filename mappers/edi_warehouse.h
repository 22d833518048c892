/*
 * edi_warehouse.h - what a warehouse is told and says, in X12 and EDIFACT.
 *
 * Pure, as all mappers.  Out: structs of rows become one set of a writer whose
 * interchange and group are open; the profile decides the standard.  In: one
 * set becomes a struct in ctx, whose texts are never NULL.  Nothing here knows
 * our shipments, products or stock: who reads the struct compares.
 *
 *	out  edi_ship_order    940  ORDERS   to a warehouse
 *	     edi_stock_notice  943  DESADV   to a warehouse
 *	     edi_supply_order  850  ORDERS   to a supplier
 *	     edi_stock_report  846  INVRPT   to a shop or a marketplace
 *	in   edi_ship_advice   945  DESADV
 *	     edi_receipt       944  RECADV
 *	     edi_adjustment    947
 *	     edi_stock_count   846  INVRPT
 *
 * source  X12 004010 and 005010; UN/EDIFACT D.96A and D.01B; docs/formats/edi
 */
#ifndef OMS_MAPPERS_EDI_WAREHOUSE_H
#define OMS_MAPPERS_EDI_WAREHOUSE_H

#include "mappers/out.h"
#include "model/trade.h"
#include "parsers/edi_set.h"
#include "writers/edi.h"

enum { EDI_ITEM_IDS_MAX = 8 };

/* ---- both ways ----------------------------------------------------------- */

/* What an item is called: qualifier (235, 7143) and number, as sent. */
struct edi_item_id {
	const char *qualifier;
	const char *id;
};

struct edi_item {
	struct edi_item_id ids[EDI_ITEM_IDS_MAX];
	size_t count;
};

/* A time as it was said; a day has no hour. */
struct edi_moment {
	int64_t ts_us; /* 0: nothing was said */
	bool is_day;
};

/* What our sku is called to him: the profile's word, or VN, SA. */
const char *edi_item_qualifier(const struct edi_profile *p);

/* Our unit of stock (piece, gram, millilitre) as code of 355 or 6411. */
const char *edi_unit(const struct edi_profile *p, const char *unit);

/*
 * edi_unit_is - is a code of 355 or 6411 that unit?
 *
 * code  "" is: nothing else was ordered
 */
bool edi_unit_is(const char *code, const char *unit);

/* ---- 940, ORDERS: what a warehouse is to ship ---------------------------- */

struct edi_ship_order {
	struct out_shipment s;
	int64_t ship_by_ts_us; /* 0 none */
	int64_t weight_g;
	const char *node_name;
	const char *scac; /* of the carrier, or "" */
	bool is_parcel;   /* by courier, not by carrier */
	/* By the numbers of a customer who orders by EDI; id "" has none. */
	struct trade_party place; /* that it goes to: his depot */
	struct trade_party mark;  /* the store it is for */
};

struct edi_ship_orders; /* opaque */

/*
 * The calls are those of out_ship_orders: open, for each line line and then
 * its components when it is a kit, close.  Every call is one set.
 */
struct edi_ship_orders *edi_ship_orders_new(mem_ctx *ctx, struct edi_writer *w,
    const struct edi_profile *p, int64_t created_ts_us);
void edi_ship_order_open(struct edi_ship_orders *d,
    const struct edi_ship_order *o);
void edi_ship_order_line(struct edi_ship_orders *d,
    const struct out_ship_line *l, const char *unit);
void edi_ship_order_component(struct edi_ship_orders *d,
    const struct out_component *c);
void edi_ship_order_close(struct edi_ship_orders *d);

/* ---- 850, ORDERS to a supplier; 943, DESADV to a warehouse --------------- */

struct edi_supply {
	const char *supply_no;
	const char *supplier; /* its partner id, or "" */
	const char *node;
	const char *node_name;
	const char *currency;
	int64_t due_ts_us;
};

struct edi_supply_line {
	int64_t line_no;
	const char *sku;
	const char *name;
	const char *unit;
	int64_t qty;
	int64_t price_minor; /* of one */
};

struct edi_supplies; /* opaque */

/* notice: it is announced to the warehouse; else ordered from the supplier. */
struct edi_supplies *edi_supplies_new(mem_ctx *ctx, struct edi_writer *w,
    const struct edi_profile *p, int64_t created_ts_us, bool notice);
void edi_supply_open(struct edi_supplies *d, const struct edi_supply *s);
void edi_supply_line(struct edi_supplies *d, const struct edi_supply_line *l);
void edi_supply_close(struct edi_supplies *d);

/* ---- 846, INVRPT: what is available -------------------------------------- */

struct edi_stock_reports; /* opaque */

struct edi_stock_reports *edi_stock_reports_new(mem_ctx *ctx,
    struct edi_writer *w, const struct edi_profile *p, int64_t created_ts_us);
void edi_stock_report_open(struct edi_stock_reports *d, const char *report_no);
void edi_stock_report_line(struct edi_stock_reports *d, const char *sku,
    const char *name, const char *unit, int64_t qty);
void edi_stock_report_close(struct edi_stock_reports *d);

/* ---- 945, DESADV: what left ---------------------------------------------- */

enum advice_omission { ADVICE_SHORT, ADVICE_SHIPPED };

struct advice_carton {
	const char *sscc; /* 18 digits, or "" */
	const char *tracking;
	int64_t with; /* the carton whose lines are of both; -1: its own */
};

struct advice_line {
	int64_t line_no; /* ours, from N9*LI or RFF+LI; 0: not said */
	struct edi_item item;
	const char *status; /* 368, 4221; or "" */
	const char *unit;
	const char *lot;
	int64_t shipped_qty;
	int64_t difference_qty; /* W1204 without its sign; -1: not said */
	bool is_substitute;     /* of another item than was ordered */
	bool follows;           /* the rest is to come */
	int64_t carton;         /* index into cartons, or -1 */
	const struct edi_seg *seg;
};

struct edi_ship_advice {
	const char *shipment_key; /* W0602, RFF+ON */
	const char *advice_no;    /* W0604, BGM; or "" */
	struct edi_moment shipped;
	enum advice_omission omission; /* what a line left out means */
	const char *scac;
	const char *bill; /* of lading */
	const char *tracking;
	int64_t total_qty; /* W0301; -1: not said */
	struct advice_carton *cartons;
	size_t carton_count;
	struct advice_line *lines;
	size_t line_count;
};

/*
 * edi_ship_advice_read
 *
 * errors  OMS_VALUE   a quantity or date that is none; err->where has segment
 *                     and element
 *         OMS_SCHEMA  a kind of advice that says nothing of what left:
 *                     a simulation, a cancellation; or no key of ours
 */
struct edi_ship_advice *edi_ship_advice_read(mem_ctx *ctx,
    const struct edi_set *set, struct oms_error *err) MUST_CHECK;

/* ---- 944, RECADV: what came ---------------------------------------------- */

struct receipt_line {
	int64_t line_no; /* ours, or 0 */
	struct edi_item item;
	const char *unit;
	const char *lot;
	const char *supply_no; /* of the line, or "" */
	int64_t good_qty;      /* that may be sold */
	int64_t damaged_qty;   /* broken, refused, of bad quality, wrong */
	int64_t held_qty;      /* good, but on hold for now */
	const struct edi_seg *seg;
};

struct edi_receipt {
	const char *receipt_no; /* W1703, BGM */
	const char *supply_no;  /* W1704, W1705, RFF+ON; or "" */
	const char *place;      /* N1*WH, NAD+WH; or "" */
	struct edi_moment received;
	int64_t total_qty; /* W1401; -1: not said */
	int64_t sum_qty;   /* of W0701 */
	struct receipt_line *lines;
	size_t line_count;
};

/*
 * edi_receipt_read
 *
 * damaged_in_received  W0701 counts the units of W13*01, too
 * errors               as edi_ship_advice_read
 */
struct edi_receipt *edi_receipt_read(mem_ctx *ctx, const struct edi_set *set,
    bool damaged_in_received, struct oms_error *err) MUST_CHECK;

/* ---- 947: what changed --------------------------------------------------- */

struct adjustment_line {
	const char *reason; /* 181 */
	struct edi_item item;
	const char *unit;
	const char *lot;
	int64_t qty;      /* signed, of what is there */
	int64_t held_qty; /* signed, of what is on hold; then qty is 0 */
	const struct edi_seg *seg;
};

struct edi_adjustment {
	const char *our_no;   /* W1502 */
	const char *their_no; /* W1503 */
	const char *place;    /* N1*WH, or "" */
	struct edi_moment when;
	struct adjustment_line *lines;
	size_t line_count;
};

/* errors  as edi_ship_advice_read */
struct edi_adjustment *edi_adjustment_read(mem_ctx *ctx,
    const struct edi_set *set, struct oms_error *err) MUST_CHECK;

/* ---- 846, INVRPT: what is there ------------------------------------------ */

struct count_line {
	struct edi_item item;
	const char *unit;
	int64_t qty;
	bool has_qty;      /* false: only quantities that mean something else */
	bool is_available; /* 33: without what is on hold */
	const struct edi_seg *seg;
};

struct edi_stock_count {
	const char *report_no;
	const char *place; /* N1*WH, NAD+WH; or "" */
	bool is_whole;     /* BIA01 00, BGM 35: absent items may mean zero */
	struct edi_moment counted;
	struct count_line *lines;
	size_t line_count;
};

/* errors  as edi_ship_advice_read */
struct edi_stock_count *edi_stock_count_read(mem_ctx *ctx,
    const struct edi_set *set, struct oms_error *err) MUST_CHECK;

/* ---- for the readers themselves ------------------------------------------ */

void edi_item_add(struct edi_item *it, const char *qualifier, const char *id);

/* Pairs of qualifier and id, from element first to element last. */
void edi_item_pairs(struct edi_item *it, const struct edi_seg *s,
    unsigned first, unsigned last);

/* C212 of a LIN, and those of the PIA below it. */
void edi_item_lin(struct edi_item *it, const struct edi_set *set,
    const struct edi_seg *lin);

/* The id of an N1 or NAD with one of those qualifiers, parted by blanks. */
const char *edi_place(const struct edi_set *set, const char *qualifiers);

/* The reference of that qualifier below head: N9, REF or RFF; "" none. */
const char *edi_reference(const struct edi_set *set, const struct edi_seg *head,
    const char *qualifier);

/* A DTM of EDIFACT below head with one of those qualifiers, the first first. */
bool edi_moment_dtm(const struct edi_set *set, const struct edi_seg *head,
    const char *qualifiers, struct edi_moment *ret,
    struct oms_error *err) MUST_CHECK;

/* A date of X12 with its time; "" leaves *ret as it is. */
bool edi_moment_date(const char *date, const char *time, const char *zone,
    struct edi_moment *ret, struct oms_error *err) MUST_CHECK;

/* How many segments of that tag the set has. */
size_t edi_count(const struct edi_set *set, const char *tag);

/* Is the word one of those, parted by blanks?  "" never is. */
bool edi_is_among(const char *word, const char *words);

/* A line number of ours as the partner repeats it: digits, else 0. */
int64_t edi_line_no(const char *text);

#endif
