/* out_captures.c - capture and refund requests for a payment processor. */

#include "base/count.h"
#include "base/num.h"
#include "mappers/out.h"
#include "model/money.h"

static const char *const columns[] = { "charge_key", "kind", "order_no",
	"shipment_key", "invoice_no", "tender", "method", "processor",
	"transaction_id", "amount", "currency", "requested_at" };

void
out_captures_begin(struct csvw *w, struct sbuf *out)
{
	csvw_begin(w, out, CSVW_RAW, columns, COUNT(columns));
}

void
out_captures_add(struct csvw *w, const struct out_head *head,
    const struct out_charge *c)
{
	char ts[NUM_TS_BYTES], amount[NUM_DECIMAL_BYTES];
	const char *const fields[] = { c->charge_key, c->kind, c->order_no,
		c->shipment_key, c->invoice_no, c->tender, c->method,
		c->processor, c->transaction_id,
		money_format(c->amount_minor, c->currency, amount), c->currency,
		num_format_ts(head->created_ts_us, ts) };

	for (size_t i = 0; i < COUNT(fields); i++)
		csvw_text(w, fields[i]);
	csvw_row(w);
}
