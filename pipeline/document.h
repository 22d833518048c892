/*
 * document.h - what becomes of one document after it is written.
 */
#ifndef OMS_PIPELINE_DOCUMENT_H
#define OMS_PIPELINE_DOCUMENT_H

#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "pipeline/stage.h"

/* The feed it goes by: that of the name, or else the type's; NULL none. */
const struct feed *document_feed(const struct partner *p, const char *feed,
    const char *type);

/*
 * document_mark_sent - the partner has it; inside a transaction.
 *
 * For a shipping order the parts of its shipments go from 3200 to 3300.
 */
bool document_mark_sent(struct run *run, int64_t doc_id,
    struct oms_error *err) MUST_CHECK;

/*
 * document_move_parts - the part of document_mark_sent that grows with the
 * document: it stands in the journal as a call.
 */
bool document_move_parts(struct run *run, int64_t doc_id,
    struct oms_error *err) MUST_CHECK;

/*
 * document_resend - a person says: send it again, the same bytes.
 *
 * For a document that is on hold, uncertain or dead.  A transaction of its own.
 *
 * errors  OMS_NOT_FOUND, OMS_TRANSITION (sent, or being sent by itself)
 */
bool document_resend(struct run *run, int64_t doc_id,
    struct oms_error *err) MUST_CHECK;

/* document_adopt - a person says: the partner has it.  As document_resend. */
bool document_adopt(struct run *run, int64_t doc_id,
    struct oms_error *err) MUST_CHECK;

#endif
