/* out_ship_order_xml.c - schemas/wms/shipping_order.xsd. */

#include "base/num.h"
#include "mappers/out_ship_order.h"

static void
begin(struct out_ship_orders *d, mem_ctx *ctx, struct sbuf *out,
    const struct out_head *head)
{
	char ts[NUM_TS_BYTES];

	d->xml = xmlw_new(ctx, out);
	xmlw_open(d->xml, "shipping-orders");
	xmlw_attr(d->xml, "xmlns", "urn:oms:shipping-order:1");
	xmlw_attr(d->xml, "partner", head->partner);
	xmlw_attr_int(d->xml, "document-no", head->doc_no);
	xmlw_attr(d->xml, "created", num_format_ts(head->created_ts_us, ts));
}

static void
ship_to(struct xmlw *w, const struct out_address *a)
{
	xmlw_open(w, "ship-to");
	xmlw_leaf(w, "name", a->name);
	xmlw_opt_leaf(w, "company", a->company);
	xmlw_leaf(w, "address1", a->address1);
	xmlw_opt_leaf(w, "address2", a->address2);
	xmlw_opt_leaf(w, "postal-code", a->postal_code);
	xmlw_leaf(w, "city", a->city);
	xmlw_opt_leaf(w, "state", a->state);
	xmlw_leaf(w, "country", a->country);
	xmlw_opt_leaf(w, "phone", a->phone);
	xmlw_close(w);
}

static void
open_shipment(struct out_ship_orders *d, const struct out_shipment *s)
{
	struct xmlw *w = d->xml;
	char ts[NUM_TS_BYTES];

	xmlw_open(w, "shipping-order");
	xmlw_attr(w, "shipment-key", s->shipment_key);
	xmlw_attr(w, "release-key", s->release_key);
	xmlw_attr_int(w, "attempt", s->attempt);
	xmlw_attr(w, "node", s->node);
	xmlw_leaf(w, "order-no", s->order_no);
	xmlw_leaf(w, "channel", s->channel);
	xmlw_opt_leaf(w, "carrier", s->carrier);
	xmlw_opt_leaf(w, "service", s->service);
	if (s->promise_ts_us != 0)
		xmlw_leaf(w, "promise", num_format_ts(s->promise_ts_us, ts));
	ship_to(w, &s->to);
}

static void
close_line(struct out_ship_orders *d)
{
	if (d->in_line)
		xmlw_close(d->xml);
	d->in_line = false;
}

static void
line(struct out_ship_orders *d, const struct out_ship_line *l)
{
	close_line(d);
	d->in_line = true;
	xmlw_open(d->xml, "line");
	xmlw_attr_int(d->xml, "ship-line-no", l->ship_line_no);
	xmlw_attr_int(d->xml, "order-line", l->order_line);
	xmlw_attr(d->xml, "sku", l->sku);
	xmlw_attr_int(d->xml, "qty", l->qty);
	xmlw_leaf(d->xml, "name", l->name);
}

static void
component(struct out_ship_orders *d, const struct out_component *c)
{
	xmlw_open(d->xml, "component");
	xmlw_attr(d->xml, "sku", c->sku);
	xmlw_attr_int(d->xml, "qty", c->qty);
	xmlw_close(d->xml);
}

static bool
close_shipment(struct out_ship_orders *d, struct oms_error *err)
{
	close_line(d);
	xmlw_close(d->xml);
	return xmlw_ok(d->xml, err);
}

static bool
end(struct out_ship_orders *d, struct oms_error *err)
{
	xmlw_close(d->xml);
	return xmlw_end(d->xml, err);
}

const struct ship_order_dialect ship_order_xml = { "xml", begin, open_shipment,
	line, component, close_shipment, end };
