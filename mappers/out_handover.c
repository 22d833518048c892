/* out_handover.c - courier manifests and carrier bookings. */

#include "base/count.h"
#include "base/num.h"
#include "mappers/out.h"
#include "model/money.h"

/* A manifest has all but the last; a booking has the rate too. */
static const char *const columns[] = { "shipment_key", "order_no", "carrier",
	"service", "node", "name", "company", "address1", "address2",
	"postal_code", "city", "state", "country", "phone", "weight_g", "value",
	"currency", "promise_at", "rate" };

void
out_manifest_begin(struct csvw *w, struct sbuf *out)
{
	csvw_begin(w, out, CSVW_RAW, columns, COUNT(columns) - 1);
}

void
out_booking_begin(struct csvw *w, struct sbuf *out)
{
	csvw_begin(w, out, CSVW_GUARDED, columns, COUNT(columns));
}

static void
add_common(struct csvw *w, const struct out_handover *h)
{
	const struct out_address *a = &h->to;
	const char *const fields[] = { h->shipment_key, h->order_no, h->carrier,
		h->service, h->node, a->name, a->company, a->address1,
		a->address2, a->postal_code, a->city, a->state, a->country,
		a->phone };
	char ts[NUM_TS_BYTES], amount[NUM_DECIMAL_BYTES];

	for (size_t i = 0; i < COUNT(fields); i++)
		csvw_text(w, fields[i]);
	csvw_int(w, h->weight_g);
	csvw_text(w, money_format(h->value_minor, h->currency, amount));
	csvw_text(w, h->currency);
	csvw_text(w,
	    h->promise_ts_us != 0 ? num_format_ts(h->promise_ts_us, ts) : "");
}

void
out_manifest_add(struct csvw *w, const struct out_handover *h)
{
	add_common(w, h);
	csvw_row(w);
}

void
out_booking_add(struct csvw *w, const struct out_handover *h)
{
	char amount[NUM_DECIMAL_BYTES];

	add_common(w, h);
	csvw_text(w,
	    h->rate_minor == INT64_MIN
		? ""
		: money_format(h->rate_minor, h->currency, amount));
	csvw_row(w);
}
