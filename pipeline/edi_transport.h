/*
 * edi_transport.h - carriers who trade EDI: what they are given and say.
 *
 * A 204 offers a shipment: it stays PENDING until the carrier's 990 takes it.
 * An IFTMIN books it.  A no brings it back, under a hold TENDER of the
 * shipment; once a person releases that it is offered again.  What is said in
 * 214 and IFTSTA goes the way of courier.h, and is kept word by word.  A 210
 * is compared with the rate that was found when the shipment was routed.
 */
#ifndef OMS_PIPELINE_EDI_TRANSPORT_H
#define OMS_PIPELINE_EDI_TRANSPORT_H

#include "pipeline/edi_out.h"
#include "pipeline/stage.h"

/* 204, IFTMIN: a document of manifest or booking. */
edi_render_fn edi_render_loads;

/*
 * edi_tender_add - the shipments of a document that was just made are
 * offered; inside its transaction.
 *
 * is_offer  the carrier may say no: they are not booked yet
 */
bool edi_tender_add(struct run *run, int64_t doc_id, bool is_offer,
    struct oms_error *err) MUST_CHECK;

/*
 * freight_settle - a person takes an invoice that is not as expected.
 *
 * A transaction of its own, with its row in the audit; again it is a no-op.
 *
 * errors  OMS_USAGE  there is none of that number, or it is as expected
 */
bool freight_settle(struct run *run, const char *partner,
    const char *invoice_no, const char *reason,
    struct oms_error *err) MUST_CHECK;

#endif
