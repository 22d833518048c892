/* edi_document.c - see edi_document.h: the table. */

#include "pipeline/edi_document.h"

#include <string.h>

#include "base/count.h"

/* clang-format off */
static const struct edi_document documents[] = {
	/* answers to what we sent: pipeline/edi_answer.c */
	{ EDI_X12,     "997",    true,  edi_apply_answer, "functional acknowledgement" },
	{ EDI_X12,     "999",    true,  edi_apply_answer, "implementation acknowledgement" },
	{ EDI_EDIFACT, "CONTRL", true,  edi_apply_answer, "syntax report" },
	{ EDI_EDIFACT, "APERAK", true,  edi_apply_answer, "application error report" },

	/* customers and suppliers: pipeline/edi_trade.c */
	{ EDI_X12,     "850",    false, edi_apply_order,        "purchase order" },
	{ EDI_EDIFACT, "ORDERS", false, edi_apply_order,        "purchase order" },
	{ EDI_X12,     "860",    false, edi_apply_order_change, "purchase order change" },
	{ EDI_EDIFACT, "ORDCHG", false, edi_apply_order_change, "purchase order change" },
	{ EDI_X12,     "820",    false, edi_apply_remittance,   "remittance advice" },

	/* warehouses: pipeline/edi_warehouse.c */
	{ EDI_X12,     "944",    false, edi_apply_receipt,      "stock transfer receipt" },
	{ EDI_EDIFACT, "RECADV", false, edi_apply_receipt,      "receiving advice" },
	{ EDI_X12,     "945",    false, edi_apply_ship_advice,  "warehouse shipping advice" },
	{ EDI_EDIFACT, "DESADV", false, edi_apply_ship_advice,  "despatch advice" },
	{ EDI_X12,     "947",    false, edi_apply_adjustment,   "inventory adjustment" },
	{ EDI_X12,     "846",    false, edi_apply_stock,        "inventory advice" },
	{ EDI_EDIFACT, "INVRPT", false, edi_apply_stock,        "inventory report" },

	/* carriers: pipeline/edi_transport.c */
	{ EDI_X12,     "990",    false, edi_apply_tender_answer, "response to a load tender" },
	{ EDI_X12,     "214",    false, edi_apply_transport,     "shipment status" },
	{ EDI_EDIFACT, "IFTSTA", false, edi_apply_transport,     "transport status" },
	{ EDI_X12,     "210",    false, edi_apply_freight,       "freight invoice" },
};
/* clang-format on */

const struct edi_document *
edi_document_of(enum edi_standard standard, const char *type)
{
	for (size_t i = 0; i < COUNT(documents); i++)
		if (documents[i].standard == standard &&
		    strcmp(documents[i].type, type) == 0)
			return &documents[i];
	return NULL;
}
