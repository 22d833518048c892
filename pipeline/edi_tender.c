/* edi_tender.c - shipments for carriers, as 204 or IFTMIN. */

#include "pipeline/edi_transport.h"

#include "mappers/edi_transport.h"
#include "pipeline/render.h"
#include "store/stmt.h"

/* Columns of transport_loads. */
enum {
	L_KEY,
	L_ORDER,
	L_CARRIER,
	L_SERVICE,
	L_NODE,
	L_WEIGHT,
	L_VALUE,
	L_CURRENCY,
	L_PROMISE,
	L_RATE,
	L_TO,
	L_NODE_NAME = L_TO + 9,
	L_NODE_COUNTRY,
	L_PICKUP,
	L_CANCEL,
	L_SHIP_BY
};

static struct edi_load
load_of(struct stmt *s)
{
	return (struct edi_load){
		.h = { .shipment_key = col_text(s, L_KEY),
		    .order_no = col_text(s, L_ORDER),
		    .carrier = col_text(s, L_CARRIER),
		    .service = col_text(s, L_SERVICE),
		    .node = col_text(s, L_NODE),
		    .to = render_address(s, L_TO),
		    .weight_g = col_int(s, L_WEIGHT),
		    .value_minor = col_int(s, L_VALUE),
		    .currency = col_text(s, L_CURRENCY),
		    .promise_ts_us = col_int(s, L_PROMISE),
		    .rate_minor = col_is_null(s, L_RATE) ? INT64_MIN
							 : col_int(s, L_RATE) },
		.node_name = col_text(s, L_NODE_NAME),
		.node_country = col_text(s, L_NODE_COUNTRY),
		.pickup_ts_us = col_int(s, L_PICKUP),
		.ship_by_ts_us = col_int(s, L_SHIP_BY),
		.is_cancel = col_int(s, L_CANCEL) > 0,
	};
}

bool
edi_render_loads(struct edi_rendering *r, struct oms_error *err)
{
	struct stmt *s = edi_render_query(r, SQL_TRANSPORT_LOADS, err);

	while (s != NULL && err->code == OMS_OK && stmt_next(s, err)) {
		struct edi_load l = load_of(s);

		edi_load_write(r->w, r->profile, r->doc->created_ts_us, &l);
		if (!edi_render_done(r, l.h.value_minor, err))
			stmt_end(s);
	}
	return err->code == OMS_OK;
}

static bool
run_on_document(struct run *run, enum sql_id id, int64_t doc_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	return stmt_run(s, NULL, err);
}

bool
edi_tender_add(struct run *run, int64_t doc_id, bool is_offer,
    struct oms_error *err)
{
	return run_on_document(run, SQL_TRANSPORT_TENDERS_ADD, doc_id, err) &&
	    (!is_offer ||
		run_on_document(run, SQL_TRANSPORT_ONLY_OFFERED, doc_id, err));
}
