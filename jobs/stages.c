/*
 * stages.c - see stages.h.  The job nightly walks the whole table.
 *
 * Rolled up twice: before emit, which writes the news for the shop, and after
 * deliver, which moves parts on.  Else an order would be shown all day under
 * the label of the night before.
 */

#include "jobs/stages.h"

#include "base/count.h"

/* clang-format off */
const struct stage stages[] = {
	/* name       takes                      leaves                      fn              remade  intake confirm deliver */
	{ "collect",  "partners' files",         "our copies of them",       stage_collect,  false,  true,  true,  false },
	{ "ingest",   "new files",               "orders, stock, answers",   stage_ingest,   true,   true,  true,  false },
	{ "accept",   "orders just received",    "confirmed, or held",       stage_accept,   true,   false, false, false },
	{ "allocate", "confirmed, backordered",  "scheduled at a node",      stage_allocate, true,   false, false, false },
	{ "release",  "scheduled",               "releases and shipments",   stage_release,  true,   false, false, false },
	{ "bill",     "shipments",               "invoices and charges",     stage_bill,     true,   false, false, false },
	{ "route",    "billed shipments",        "carrier and service",      stage_route,    true,   false, false, false },
	{ "close",    "delivered and paid",      "completed",                stage_close,    true,   false, true,  false },
	{ "rollup",   "orders that changed",     "their label, news for the shop", stage_rollup, true,   true, true, false },
	{ "emit",     "what partners must know", "documents",                stage_emit,     true,   false, true,  false },
	{ "deliver",  "documents",               "documents delivered",      stage_deliver,  false,  false, true,  true },
	{ "relabel",  "orders just sent out",    "their label",              stage_rollup,   true,   false, true,  true },
};
/* clang-format on */

const size_t stage_count = COUNT(stages);
