/*
 * edi_warehouse.h - what the functions for warehouses' sets share.
 *
 *	edi_warehouse.c  940 out, 945 in
 *	edi_stock.c      944, 947, 846 in, 846 out
 *	edi_supply.c     ref.supply_orders in, 850 and 943 out
 */
#ifndef OMS_PIPELINE_EDI_WAREHOUSE_H
#define OMS_PIPELINE_EDI_WAREHOUSE_H

#include "base/str.h"
#include "mappers/edi_warehouse.h"
#include "pipeline/edi_document.h"
#include "pipeline/edi_out.h"

enum { WMS_NOTE_BYTES = 400, WMS_DIGEST_BYTES = 65 };

/* An advice, as the table wms_advice keeps it. */
struct wms_advice {
	const char *kind; /* ship, receipt, adjustment */
	const char *key;
	char digest[WMS_DIGEST_BYTES];
	int64_t ts_us;
	bool is_day; /* of ts_us only the day is known: stock_day_moment() */
	const char *shipment_key;
	const char *scac;
	const char *bill;
	struct sbuf note; /* what does not add up, for people */
};

/*
 * wms_advice_begin - was it said before?
 *
 * *ret_new  false: the same was said under this key
 * errors    OMS_DUPLICATE  something else was said under this key
 */
bool wms_advice_begin(struct edi_intake *in, const struct wms_advice *a,
    bool *ret_new, struct oms_error *err) MUST_CHECK;

/* Keep it, with its note. */
bool wms_advice_keep(struct edi_intake *in, const struct wms_advice *a,
    struct oms_error *err) MUST_CHECK;

/*
 * wms_moment - a moment as a time.
 *
 * A day without an hour is its last moment, but not later than the file came (for
 * the stock see stock_day_moment);
 * nothing is the time when the file came.
 */
int64_t wms_moment(const struct edi_intake *in, const struct edi_moment *m);

/* Does it name a day, and no hour? */
bool wms_is_day(const struct edi_moment *m);

/*
 * wms_node - the node that a set is about.
 *
 * place   what the set calls it; "": the only node of the partner
 * errors  OMS_REFERENCE  the partner runs no such node, or several
 */
bool wms_node(struct edi_intake *in, const char *place, const char **ret,
    struct oms_error *err) MUST_CHECK;

/*
 * wms_product - our product that an item is.
 *
 * The number under the profile's qualifier, or else the first that is a sku
 * of ours.
 *
 * *ret_unit  its unit of stock
 * errors     OMS_REFERENCE  none of the numbers is a product
 */
bool wms_product(struct edi_intake *in, const struct edi_item *item,
    const char **ret_sku, const char **ret_unit,
    struct oms_error *err) MUST_CHECK;

/* "VN A-1, UP 012345678905", into ctx. */
const char *wms_item_text(mem_ctx *ctx, const struct edi_item *item);

/* The unit of a quantity must be ours: a case of twelve is not one. */
bool wms_check_unit(const char *code, const char *unit,
    struct oms_error *err) MUST_CHECK;

edi_render_fn edi_render_ship_orders;   /* 940, ORDERS */
edi_render_fn edi_render_stock_reports; /* 846, INVRPT */
edi_render_fn edi_render_supply_orders; /* 850, ORDERS */
edi_render_fn edi_render_stock_notices; /* 943, DESADV */

#endif
