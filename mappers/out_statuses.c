/*
 * out_statuses.c - order status for Salesforce Commerce Cloud.
 *
 * An order element with nothing but its status and shipments is valid by
 * their order.xsd (formats, SFCC 1.2), which is what their import jobs read.
 */

#include "mappers/out.h"

void
out_statuses_begin(struct out_statuses *d, mem_ctx *ctx, struct sbuf *out)
{
	*d = (struct out_statuses){ .xml = xmlw_new(ctx, out) };
	xmlw_open(d->xml, "orders");
	xmlw_attr(d->xml, "xmlns",
	    "http://www.demandware.com/xml/impex/order/2006-10-31");
}

static void
close_order(struct out_statuses *d)
{
	if (d->in_shipments)
		xmlw_close(d->xml);
	if (d->in_order)
		xmlw_close(d->xml);
	d->in_shipments = d->in_order = false;
}

void
out_statuses_add(struct out_statuses *d, const struct out_update *u)
{
	struct xmlw *w = d->xml;

	close_order(d);
	d->in_order = true;
	xmlw_open(w, "order");
	xmlw_attr(w, "order-no", u->order_no);
	xmlw_open(w, "status");
	xmlw_leaf(w, "order-status", u->order_status);
	xmlw_leaf(w, "shipping-status", u->shipping_status);
	xmlw_leaf(w, "confirmation-status", "CONFIRMED");
	xmlw_leaf(w, "payment-status", u->payment_status);
	xmlw_close(w);
}

void
out_statuses_shipment(struct out_statuses *d,
    const struct out_update_shipment *s)
{
	struct xmlw *w = d->xml;

	if (s->shop_id[0] == '\0')
		return; /* the shop could not tell which one is meant */
	if (!d->in_shipments)
		xmlw_open(w, "shipments");
	d->in_shipments = true;
	xmlw_open(w, "shipment");
	xmlw_attr(w, "shipment-id", s->shop_id);
	xmlw_open(w, "status");
	xmlw_leaf(w, "shipping-status", s->status);
	xmlw_close(w);
	xmlw_opt_leaf(w, "tracking-number", s->tracking);
	xmlw_close(w);
}

bool
out_statuses_end(struct out_statuses *d, struct oms_error *err)
{
	close_order(d);
	xmlw_close(d->xml);
	return xmlw_end(d->xml, err);
}
