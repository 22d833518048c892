/* out_ship_order.c - shipping orders: the dialect does the work. */

#include "mappers/out_ship_order.h"

#include <string.h>

struct out_ship_orders *
out_ship_orders_begin(mem_ctx *ctx, struct sbuf *out, const char *format,
    const struct out_head *head)
{
	struct out_ship_orders *d = mem_new(ctx, struct out_ship_orders);

	d->dialect = strcmp(format, ship_order_csv.format) == 0
	    ? &ship_order_csv
	    : &ship_order_xml;
	d->dialect->begin(d, ctx, out, head);
	return d;
}

void
out_shipment_open(struct out_ship_orders *d, const struct out_shipment *s)
{
	d->shipment = s;
	d->dialect->open(d, s);
}

void
out_shipment_line(struct out_ship_orders *d, const struct out_ship_line *line)
{
	d->dialect->line(d, line);
}

void
out_shipment_component(struct out_ship_orders *d, const struct out_component *c)
{
	d->dialect->component(d, c);
}

bool
out_shipment_close(struct out_ship_orders *d, struct oms_error *err)
{
	return d->dialect->close(d, err) ||
	    oms_at(err, "shipment %s", d->shipment->shipment_key);
}

bool
out_ship_orders_end(struct out_ship_orders *d, struct oms_error *err)
{
	return d->dialect->end(d, err);
}
