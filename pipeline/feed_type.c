/* feed_type.c - see feed_type.h: the table, and who looks into it. */

#include "pipeline/feed_type.h"

#include <string.h>

#include "base/count.h"
#include "base/nearest.h"
#include "pipeline/edi_out.h"

/* clang-format off */
const struct feed_type feed_types[] = {
	{ "ref.products",         FEED_IN, 1, "csv/products.csv",
	  ingest_reference,       "what can be sold: weight, class, shortage policy", NULL },
	{ "ref.ship_nodes",       FEED_IN, 1, "csv/ship_nodes.csv",
	  ingest_reference,       "places that ship, and the WMS that runs each", NULL },
	{ "ref.zones",            FEED_IN, 1, "csv/zones.csv",
	  ingest_reference,       "sets of destinations by country and postal prefix", NULL },
	{ "ref.lanes",            FEED_IN, 1, "csv/lanes.csv",
	  ingest_reference,       "how far each node is from each zone", NULL },
	{ "ref.carrier_codes",    FEED_IN, 1, "csv/carrier_codes.csv",
	  ingest_reference,       "what a carrier's own status codes mean", NULL },
	{ "ref.carrier_services", FEED_IN, 1, "csv/carrier_services.csv",
	  ingest_reference,       "products of couriers and carriers", NULL },
	{ "ref.rates",            FEED_IN, 1, "csv/rates.csv",
	  ingest_reference,       "their prices by zone and weight", NULL },
	{ "ref.routing_rules",    FEED_IN, 1, "csv/routing_rules.csv",
	  ingest_reference,       "which nodes and which services may serve what", NULL },
	{ "ref.spending_limits",  FEED_IN, 1, "csv/spending_limits.csv",
	  ingest_reference,       "how much a customer may be charged in all", NULL },
	{ "ref.address_rules",    FEED_IN, 1, "csv/address_rules.csv",
	  ingest_reference,       "what an address needs, by country", NULL },
	{ "ref.stock",            FEED_IN, 2, "csv/stock.csv",
	  ingest_reference,       "counts of stock by node", NULL },
	{ "ref.supply_orders",    FEED_IN, 2, "csv/supply_orders.csv",
	  ingest_supply_orders,   "what is ordered from suppliers, or moved to a node", NULL },
	{ "sfcc.order",           FEED_IN, 3, "sfcc/order.xsd",
	  ingest_sfcc_orders,     "Salesforce Commerce Cloud order export", NULL },
	{ "wms.ship_confirm",     FEED_IN, 4, "csv/ship_confirm.csv",
	  ingest_ship_confirm,    "what the warehouse shipped, and what it lacked", NULL },
	{ "payment.capture_result", FEED_IN, 4, "csv/capture_result.csv",
	  ingest_capture_result,  "the processor's answers to capture requests", NULL },
	{ "courier.status",       FEED_IN, 5, "csv/courier_status.csv",
	  ingest_courier_status,  "booked, dispatched, delivered", NULL },
	{ "edi.trade",            FEED_IN, 3, "",
	  ingest_edi,             "X12 or EDIFACT of customers and suppliers: orders, changes", NULL },
	{ "edi.warehouse",        FEED_IN, 4, "",
	  ingest_edi,             "X12 or EDIFACT of warehouses: receipts, shipping advices, stock", NULL },
	{ "edi.transport",        FEED_IN, 5, "",
	  ingest_edi,             "X12 or EDIFACT of carriers: tenders answered, status, freight bills", NULL },

	{ "wms.ship_order",       FEED_OUT, 0, "wms/shipping_order.xsd",
	  NULL,                   "what a warehouse is to ship", "xml csv x12 edifact" },
	{ "wms.stock_notice",     FEED_OUT, 0, "",
	  NULL,                   "goods a warehouse is to expect: 943, DESADV", "x12 edifact" },
	{ "supply.order",         FEED_OUT, 0, "",
	  NULL,                   "orders to a supplier: 850, ORDERS", "x12 edifact" },
	{ "trade.stock_report",   FEED_OUT, 0, "",
	  NULL,                   "what is available of every product: 846, INVRPT", "x12 edifact" },
	{ "payment.capture_request", FEED_OUT, 0, "",
	  NULL,                   "what the processor is to take or give back", NULL },
	{ "courier.manifest",     FEED_OUT, 0, "",
	  NULL,                   "shipments handed to a courier", "xml csv x12 edifact" },
	{ "carrier.booking",      FEED_OUT, 0, "",
	  NULL,                   "shipments booked with a carrier", "xml csv x12 edifact" },
	{ "sfcc.order_status",    FEED_OUT, 0, "",
	  NULL,                   "order status for Salesforce Commerce Cloud", NULL },
	{ "accounting.invoice_journal", FEED_OUT, 0, "",
	  NULL,                   "balanced postings of the day's invoices", NULL },
	{ "accounting.journal_manifest", FEED_OUT, 0, "",
	  NULL,                   "counts, sums and sha256 of the journal", NULL },
	{ "trade.order_response", FEED_OUT, 0, "",
	  NULL,                   "what becomes of a customer's order: 855, ORDRSP", "x12 edifact" },
	{ "trade.ship_notice",    FEED_OUT, 0, "",
	  NULL,                   "a customer's goods are on their way: 856, DESADV", "x12 edifact" },
	{ "trade.invoice",        FEED_OUT, 0, "",
	  NULL,                   "a customer's invoices and credit notes: 810, INVOIC", "x12 edifact" },
	{ "edi.ack",              FEED_OUT, 0, "",
	  NULL,                   "what we answer to X12 and EDIFACT: TA1, 997, 999, CONTRL", "x12 edifact" },
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

/* A feed stands in its partner. */
static const struct partner *
partner_of(const struct config *cfg, const struct feed *f)
{
	for (size_t i = 0; i < cfg->partner_count; i++)
		if (f >= cfg->partners[i].feeds &&
		    f < cfg->partners[i].feeds + cfg->partners[i].feed_count)
			return &cfg->partners[i];
	return NULL;
}

static char *
type_fault(mem_ctx *ctx, const struct config *cfg, const struct feed *f)
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

/* Is the word one of those that are parted by blanks? */
static bool
has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; (p = strstr(p, word)) != NULL; p += n)
		if ((p == words || p[-1] == ' ') &&
		    (p[n] == '\0' || p[n] == ' '))
			return true;
	return false;
}

static char *
format_fault(mem_ctx *ctx, const struct config *cfg, const struct feed *f)
{
	const struct feed_type *t = feed_type_of(f->type);
	const struct partner *p = partner_of(cfg, f);
	const char *at = config_origin(cfg, f, "format");
	bool is_edi = edi_out_is(f);

	if (t->formats == NULL && !is_edi)
		return NULL;
	if (t->formats == NULL || !has_word(t->formats, f->format))
		return mem_printf(ctx,
		    "%s: [feed.%s] has format = %s, and a %s is %s%s", at,
		    f->name, f->format, t->name,
		    t->formats != NULL ? "one of " : "not written in EDI",
		    t->formats != NULL ? t->formats : "");
	if (is_edi && p != NULL && strcmp(p->edi.standard, f->format) != 0)
		return mem_printf(ctx,
		    "%s: [feed.%s] has format = %s, and [edi] of %s has "
		    "standard = %s: give both the same",
		    at, f->name, f->format, p->id, p->edi.standard);
	if (is_edi &&
	    !edi_out_writes(t->name,
		strcmp(f->format, "x12") == 0 ? EDI_X12 : EDI_EDIFACT))
		return mem_printf(ctx,
		    "%s: [feed.%s] has format = %s, and oms does not write "
		    "%s so",
		    at, f->name, f->format, t->name);
	return NULL;
}

static bool
has_ack_feed(const struct partner *p)
{
	for (size_t i = 0; i < p->feed_count; i++)
		if (p->feeds[i].direction == FEED_OUT &&
		    strcmp(p->feeds[i].type, "edi.ack") == 0)
			return true;
	return false;
}

/* Sets come in: who sends them, and where would our answers go? */
static char *
intake_fault(mem_ctx *ctx, const struct config *cfg, const struct feed *f)
{
	const struct partner *p = partner_of(cfg, f);
	const char *at = config_origin(cfg, f, "type");

	if (p == NULL || strncmp(f->type, "edi.", 4) != 0)
		return NULL;
	if (p->edi.standard[0] == '\0')
		return mem_printf(ctx,
		    "%s: [feed.%s] has type = %s, and %s has no [edi] with a "
		    "standard",
		    at, f->name, f->type, p->id);
	if (strcmp(p->edi.ack, "none") != 0 && !has_ack_feed(p))
		return mem_printf(ctx,
		    "%s: what [feed.%s] brings is to be acknowledged: give %s "
		    "a feed out of type edi.ack, or say ack = none in [edi]",
		    at, f->name, p->id);
	return NULL;
}

char *
feed_fault(mem_ctx *ctx, const struct config *cfg, const struct feed *f)
{
	char *text = type_fault(ctx, cfg, f);

	if (text != NULL)
		return text;
	return f->direction == FEED_IN ? intake_fault(ctx, cfg, f)
				       : format_fault(ctx, cfg, f);
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
