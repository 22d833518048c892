/* out_ship_order.h - a shipping order's dialects; only for out_ship_*.c. */
#ifndef OMS_MAPPERS_OUT_SHIP_ORDER_H
#define OMS_MAPPERS_OUT_SHIP_ORDER_H

#include "mappers/out.h"

struct out_ship_orders {
	const struct ship_order_dialect *dialect;
	struct xmlw *xml;
	bool in_line; /* xml: its element is open, for components */
	struct csvw csv;
	const struct out_shipment *shipment; /* that is open */
	int64_t ship_line_no;                /* csv: of a component's parent */
	int64_t order_line;
};

struct ship_order_dialect {
	const char *format;
	void (*begin)(struct out_ship_orders *d, mem_ctx *ctx, struct sbuf *out,
	    const struct out_head *head);
	void (*open)(struct out_ship_orders *d, const struct out_shipment *s);
	void (*line)(struct out_ship_orders *d, const struct out_ship_line *l);
	void (*component)(struct out_ship_orders *d,
	    const struct out_component *c);
	bool (*close)(struct out_ship_orders *d, struct oms_error *err);
	bool (*end)(struct out_ship_orders *d, struct oms_error *err);
};

extern const struct ship_order_dialect ship_order_xml;
extern const struct ship_order_dialect ship_order_csv;

#endif
