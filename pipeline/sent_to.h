/*
 * sent_to.h - who may speak of what we gave away.
 *
 * A partner may only confirm, move or bill what was given to him.  That is
 * decided here for every reader, CSV and EDI:
 *
 *   a shipment, its picking  the partner whom its ship order was sent to, the
 *                            one that runs its node by ref.ship_nodes, and
 *                            the wms whose `node` it is: the confirmations
 *                            of one warehouse may come by a partner of their
 *                            own
 *   a shipment, its way      the partner that it is routed to, the one whom
 *                            its booking was sent to, and one with the same
 *                            scac.  Given to nobody: any carrier or courier,
 *                            and the warehouse that ships it
 *   a charge                 the partner whom it was sent to
 *
 * Answers to loads offered (990) belong to the offer, and acknowledgements to
 * the document: they are only looked for among those of the partner.
 */
#ifndef OMS_PIPELINE_SENT_TO_H
#define OMS_PIPELINE_SENT_TO_H

#include <stdbool.h>

#include "base/error.h"
#include "pipeline/stage.h"

enum sent_what { SENT_SHIP_ORDER, SENT_BOOKING, SENT_CHARGE };

/*
 * sent_to_check - may the partner speak of it?
 *
 * key     of the shipment; of the charge for SENT_CHARGE
 * errors  OMS_UNMATCHED  it is not ours
 *         OMS_SENDER     it is another partner's
 */
bool sent_to_check(struct run *run, enum sent_what what, const char *key,
    const char *partner, struct oms_error *err) MUST_CHECK;

#endif
