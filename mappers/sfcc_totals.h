/*
 * sfcc_totals.h - the sums of an SFCC order: split, and reconciled.
 *
 * Private to mappers/sfcc_*.c.  sfcc_order.c reads the amounts; here what
 * the order as a whole gives is split over lines and shipments, and what the
 * file calls its totals is compared with what its lines add up to.
 */
#ifndef OMS_MAPPERS_SFCC_TOTALS_H
#define OMS_MAPPERS_SFCC_TOTALS_H

#include "base/arena.h"
#include "base/error.h"
#include "model/order.h"

/* Amounts of one element; all three are set, has_* say what was written. */
struct block {
	int64_t net;
	int64_t tax;
	int64_t gross;
	bool has_net;
	bool has_tax;
	bool has_gross;
};

enum sfcc_total {
	SFCC_GOODS,
	SFCC_ADJ_GOODS,
	SFCC_SHIPPING,
	SFCC_ADJ_SHIPPING,
	SFCC_ORDER_TOTAL, /* of a shipment: shipment-total */
	SFCC_TOTAL_COUNT
};

struct sfcc_totals {
	struct block block[SFCC_TOTAL_COUNT];
	int64_t line[SFCC_TOTAL_COUNT]; /* 0: the file has it not */
};

/* What the lines of the file add up to. */
struct sfcc_sums {
	struct amount goods;           /* product lines, before adjustments */
	struct amount goods_adjust;    /* their own adjustments */
	struct amount order_adjust;    /* the order's, on goods */
	struct amount shipping;        /* before adjustments */
	struct amount shipping_adjust; /* shipping lines' own */
	struct amount order_shipping_adjust;
	struct amount gifts; /* gift certificates sold */
};

/* One order while it is mapped. */
struct sfcc {
	struct arena *a;
	struct order *order;
	struct sfcc_sums sums;
	size_t product_count; /* lines before the gift certificates */
	int exponent;         /* decimals of the currency */
	bool is_gross;
	int64_t group_tolerance; /* if the shop rounds at group level */
	int64_t tolerance;       /* in force for this order */
	struct oms_error *err;
};

/* Add to what the order lacks, once each: "no " is put before it. */
void sfcc_lacks(struct sfcc *m, const char *what);

/*
 * sfcc_check - two amounts that should be the same.
 *
 * The first that differ by more than the tolerance become order.recon:
 * "<fmt> 20.00, <what> 19.99".
 */
void sfcc_check(struct sfcc *m, int64_t given, int64_t sum, const char *fmt,
    const char *what, ...) __attribute__((format(printf, 4, 6)));

/*
 * sfcc_split - split the order's own adjustments, by largest remainder.
 *
 * Net by the net value of the lines after their own discounts, tax by their
 * tax, so that an untaxed line takes no part of it.
 *
 * source  billing 4.2, step 1
 */
void sfcc_split(struct sfcc *m);

/*
 * sfcc_reconcile - compare the totals, and set order.total.
 *
 * Afterwards, when order.recon is "", the lines and groups of the order add
 * up to its total, to the unit.
 */
void sfcc_reconcile(struct sfcc *m, const struct sfcc_totals *of_order,
    const struct sfcc_totals *of_shipment, size_t shipment_count);

#endif
