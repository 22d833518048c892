/*
 * edi_document.h - the sets of X12 and EDIFACT that oms takes in.
 *
 * edi_intake reads a file: it checks it whole, decides of each set, and gives
 * every good one to the function of its row here, inside a transaction and a
 * savepoint of its own.  A set that is refused is undone and becomes a dead
 * letter: a file of its own, with its envelope, to be mended and read again.
 */
#ifndef OMS_PIPELINE_EDI_DOCUMENT_H
#define OMS_PIPELINE_EDI_DOCUMENT_H

#include "base/config.h"
#include "parsers/edi_set.h"
#include "pipeline/csv_intake.h"
#include "pipeline/ingest.h"

/* The file being read, as the function of a set sees it. */
struct edi_intake {
	struct run *run;
	const struct file_row *file;
	const struct partner *partner;
	const struct edi_profile *profile;
	int64_t received_ts_us; /* when the file came, the last time */
	int64_t record_no;      /* of the set, in the file */
	mem_ctx *ctx;           /* lifetime: the set */
	bool is_whole; /* set by the function: the set states a whole order */
};

/*
 * A function that applies a set, inside a transaction.
 *
 * ret_key  what people call it: order number, shipment key; into in->ctx
 * false    class reject: the set is undone and becomes a dead letter;
 *          any other class: the file waits for the next run
 */
typedef bool edi_apply_fn(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err);

struct edi_document {
	enum edi_standard standard;
	const char *type; /* "850", "ORDERS" */
	bool is_answer;   /* 997 999 TA1 CONTRL: never acknowledged */
	edi_apply_fn *apply;
	const char *what; /* for people */
};

/* NULL when oms does not take it. */
const struct edi_document *edi_document_of(enum edi_standard standard,
    const char *type);

/* pipeline/edi_trade.c: customers and suppliers */
edi_apply_fn edi_apply_order;        /* 850, ORDERS */
edi_apply_fn edi_apply_order_change; /* 860, ORDCHG */
edi_apply_fn edi_apply_remittance;   /* 820 */

/* pipeline/edi_warehouse.c */
edi_apply_fn edi_apply_receipt;     /* 944, RECADV */
edi_apply_fn edi_apply_ship_advice; /* 945, DESADV */
edi_apply_fn edi_apply_adjustment;  /* 947 */
edi_apply_fn edi_apply_stock;       /* 846, INVRPT */

/* pipeline/edi_transport.c */
edi_apply_fn edi_apply_tender_answer; /* 990 */
edi_apply_fn edi_apply_transport;     /* 214, IFTSTA */
edi_apply_fn edi_apply_freight;       /* 210 */

/* pipeline/edi_answer.c: what closes ours */
edi_apply_fn edi_apply_answer; /* 997 999 CONTRL APERAK */

#endif
