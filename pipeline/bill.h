/*
 * bill.h - money that follows what happens to a shipment after its invoice.
 *
 * stage_bill (stage.h) makes one invoice a shipment and asks for the money.
 * An invoice is never changed: what a shipment does not bring is credited,
 * and billed again with the shipment that brings it.  Over all of them the
 * sums are exact: with everything shipped, invoices less credits are the
 * order's total to the last unit, whatever the sequence (billing 4.2).
 *
 * Both functions work inside the caller's transaction and write the history.
 */
#ifndef OMS_PIPELINE_BILL_H
#define OMS_PIPELINE_BILL_H

#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

/*
 * bill_credit_short - credit a quantity this shipment will not bring.
 *
 * Makes a credit note over its share of the invoice line and gives the
 * quantity back to be billed again.  When nothing of the shipment is left the
 * shipping charge on its invoice is credited too, and the next invoice of its
 * group takes it.  The money, in this order: what nobody was asked for yet
 * is not asked for, then what was settled without a request is free again,
 * then requests not sent yet shrink, then refunds are due, newest charge
 * first; a refund waits while its capture has no answer.
 *
 * A shipment without an invoice is fine: nothing to do.
 *
 * qty     of the order line, > 0
 * errors  OMS_VALUE  the invoice has no such line, or not that much is left
 */
bool bill_credit_short(struct run *run, int64_t order_id,
    const char *shipment_key, int64_t line_no, int64_t qty,
    struct oms_error *err) MUST_CHECK;

/*
 * bill_charge_answered - the payment processor has answered a charge.
 *
 * captured  the charge is done, and refunds that waited for it are due
 * refunded  the refund is done
 * declined  the money is free again, and the shipment gets a PAYMENT hold;
 *           when a person releases it, stage_bill asks again under a new key
 *
 * The same answer again is a no-op.
 *
 * reference        the processor's own number, for people
 * answered_ts_us   by the processor's clock
 * errors  OMS_UNMATCHED   there is no such charge, or it was never asked for
 *         OMS_TRANSITION  the answer contradicts the one before, or its kind
 *         OMS_VALUE       a result that is none of the three
 */
bool bill_charge_answered(struct run *run, int64_t charge_id,
    const char *result, const char *reference, int64_t answered_ts_us,
    struct oms_error *err) MUST_CHECK;

#endif
