/*
 * out_ship_order_csv.c - the same shipping orders, one row a line.
 *
 * A component of a kit is a row with parent_line and no ship_line_no: it is
 * picked with its kit, but only the kit is confirmed.
 */

#include "base/count.h"
#include "base/num.h"
#include "mappers/out_ship_order.h"

static const char *const columns[] = { "shipment_key", "release_key", "attempt",
	"order_no", "channel", "node", "carrier", "service", "promise_at",
	"name", "company", "address1", "address2", "postal_code", "city",
	"state", "country", "phone", "ship_line_no", "parent_line",
	"order_line", "sku", "product_name", "qty" };

static void
begin(struct out_ship_orders *d, mem_ctx *ctx, struct sbuf *out,
    const struct out_head *head)
{
	(void)ctx;
	(void)head;
	csvw_begin(&d->csv, out, CSVW_RAW, columns, COUNT(columns));
}

static void
open_shipment(struct out_ship_orders *d, const struct out_shipment *s)
{
	(void)d; /* its lines name it */
	(void)s;
}

static void
add_shipment(struct csvw *w, const struct out_shipment *s)
{
	char ts[NUM_TS_BYTES];
	const char *const fields[] = { s->order_no, s->channel, s->node,
		s->carrier, s->service,
		s->promise_ts_us != 0 ? num_format_ts(s->promise_ts_us, ts)
				      : "",
		s->to.name, s->to.company, s->to.address1, s->to.address2,
		s->to.postal_code, s->to.city, s->to.state, s->to.country,
		s->to.phone };

	csvw_text(w, s->shipment_key);
	csvw_text(w, s->release_key);
	csvw_int(w, s->attempt);
	for (size_t i = 0; i < COUNT(fields); i++)
		csvw_text(w, fields[i]);
}

static void
line(struct out_ship_orders *d, const struct out_ship_line *l)
{
	add_shipment(&d->csv, d->shipment);
	csvw_int(&d->csv, l->ship_line_no);
	csvw_text(&d->csv, "");
	csvw_int(&d->csv, l->order_line);
	csvw_text(&d->csv, l->sku);
	csvw_text(&d->csv, l->name);
	csvw_int(&d->csv, l->qty);
	csvw_row(&d->csv);
	d->ship_line_no = l->ship_line_no;
	d->order_line = l->order_line;
}

static void
component(struct out_ship_orders *d, const struct out_component *c)
{
	add_shipment(&d->csv, d->shipment);
	csvw_text(&d->csv, "");
	csvw_int(&d->csv, d->ship_line_no);
	csvw_int(&d->csv, d->order_line);
	csvw_text(&d->csv, c->sku);
	csvw_text(&d->csv, "");
	csvw_int(&d->csv, c->qty);
	csvw_row(&d->csv);
}

static bool
close_shipment(struct out_ship_orders *d, struct oms_error *err)
{
	return sbuf_ok(d->csv.out) ||
	    oms_fail(err, OMS_LIMIT, "more than %zu bytes", d->csv.out->max);
}

static bool
end(struct out_ship_orders *d, struct oms_error *err)
{
	(void)d;
	(void)err;
	return true;
}

const struct ship_order_dialect ship_order_csv = { "csv", begin, open_shipment,
	line, component, close_shipment, end };
