/* feed_type.c - see feed_type.h: the table, and who looks into it. */

#include "pipeline/feed_type.h"

#include <string.h>

#include "base/count.h"
#include "base/nearest.h"

/* clang-format off */
const struct feed_type feed_types[] = {
	{ "ref.products",         FEED_IN, 1, "csv/products.csv",
	  ingest_reference,       "what can be sold: weight, class, shortage policy" },
	{ "ref.ship_nodes",       FEED_IN, 1, "csv/ship_nodes.csv",
	  ingest_reference,       "places that ship, and the WMS that runs each" },
	{ "ref.zones",            FEED_IN, 1, "csv/zones.csv",
	  ingest_reference,       "sets of destinations by country and postal prefix" },
	{ "ref.lanes",            FEED_IN, 1, "csv/lanes.csv",
	  ingest_reference,       "how far each node is from each zone" },
	{ "ref.carrier_services", FEED_IN, 1, "csv/carrier_services.csv",
	  ingest_reference,       "products of couriers and carriers" },
	{ "ref.rates",            FEED_IN, 1, "csv/rates.csv",
	  ingest_reference,       "their prices by zone and weight" },
	{ "ref.routing_rules",    FEED_IN, 1, "csv/routing_rules.csv",
	  ingest_reference,       "which nodes and which services may serve what" },
	{ "ref.spending_limits",  FEED_IN, 1, "csv/spending_limits.csv",
	  ingest_reference,       "how much a customer may be charged in all" },
	{ "ref.address_rules",    FEED_IN, 1, "csv/address_rules.csv",
	  ingest_reference,       "what an address needs, by country" },
	{ "ref.stock",            FEED_IN, 2, "csv/stock.csv",
	  ingest_reference,       "counts of stock by node" },
	{ "sfcc.order",           FEED_IN, 3, "sfcc/order.xsd",
	  ingest_sfcc_orders,     "Salesforce Commerce Cloud order export" },
	{ "wms.ship_confirm",     FEED_IN, 4, "csv/ship_confirm.csv",
	  ingest_ship_confirm,    "what the warehouse shipped, and what it lacked" },
	{ "payment.capture_result", FEED_IN, 4, "csv/capture_result.csv",
	  ingest_capture_result,  "the processor's answers to capture requests" },
	{ "courier.status",       FEED_IN, 5, "csv/courier_status.csv",
	  ingest_courier_status,  "booked, dispatched, delivered" },

	{ "wms.ship_order",       FEED_OUT, 0, "wms/shipping_order.xsd",
	  NULL,                   "what a warehouse is to ship" },
	{ "payment.capture_request", FEED_OUT, 0, "",
	  NULL,                   "what the processor is to take or give back" },
	{ "courier.manifest",     FEED_OUT, 0, "",
	  NULL,                   "shipments handed to a courier" },
	{ "carrier.booking",      FEED_OUT, 0, "",
	  NULL,                   "shipments booked with a carrier" },
	{ "sfcc.order_status",    FEED_OUT, 0, "",
	  NULL,                   "order status for Salesforce Commerce Cloud" },
	{ "accounting.invoice_journal", FEED_OUT, 0, "",
	  NULL,                   "balanced postings of the day's invoices" },
	{ "accounting.journal_manifest", FEED_OUT, 0, "",
	  NULL,                   "counts, sums and sha256 of the journal" },
};
/* clang-format on */

const size_t feed_type_count = COUNT(feed_types);

const struct feed_type *
feed_type_of(const char *name)
{
	for (size_t i = 0; i < COUNT(feed_types); i++)
		if (strcmp(feed_types[i].name, name) == 0)
			return &feed_types[i];
	return NULL;
}

char *
feed_fault(mem_ctx *ctx, const struct config *cfg, const struct feed *f)
{
	const struct feed_type *t = feed_type_of(f->type);
	struct nearest n = NEAREST_TO(f->type);
	const char *meant;

	if (t != NULL && t->direction == f->direction)
		return NULL;
	if (t != NULL)
		return mem_printf(ctx,
		    "%s: [feed.%s] has direction = %s, and %s goes %s",
		    config_origin(cfg, f, "direction"), f->name,
		    f->direction == FEED_IN ? "in" : "out", t->name,
		    t->direction == FEED_IN ? "in" : "out");
	for (size_t i = 0; i < feed_type_count; i++)
		nearest_offer(&n, feed_types[i].name);
	meant = nearest_found(&n);
	return mem_printf(ctx, "%s: [feed.%s] has the unknown type %s%s%s%s",
	    config_origin(cfg, f, "type"), f->name, f->type,
	    meant != NULL ? "; is " : "", meant != NULL ? meant : "",
	    meant != NULL ? " meant?" : "");
}

static bool
check_type(const struct config *cfg, const struct feed *f,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "feed");
	const char *text = feed_fault(row, cfg, f);

	if (text != NULL)
		oms_fail(err, OMS_CONFIG, "%s", text);
	mem_free(row);
	return err->code == OMS_OK;
}

bool
feed_check_types(const struct config *cfg, struct oms_error *err)
{
	for (size_t i = 0; i < cfg->partner_count; i++)
		for (size_t j = 0; j < cfg->partners[i].feed_count; j++)
			if (!check_type(cfg, &cfg->partners[i].feeds[j], err))
				return false;
	return true;
}
