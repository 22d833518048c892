/*
 * emit.h - from rows that partners must know of to documents.
 *
 * Step O1 to O3 of crash-safety 3.4: one transaction takes the rows and makes
 * a document of state pending, with its number, name and time; then its bytes
 * are a pure function of those rows; then it is ready.  A crash in between
 * leaves a pending document, which is written as if nothing had happened.
 */
#ifndef OMS_PIPELINE_EMIT_H
#define OMS_PIPELINE_EMIT_H

#include "base/error.h"
#include "pipeline/stage.h"

/*
 * emit_render_pending - write every document that is still pending.
 *
 * For recovery: before anything is read in, so that the rows are those the
 * document was made of.  A document whose rows cannot be written goes on hold
 * with its reason and does not stop the others.
 *
 * errors  OMS_IO, OMS_SPACE, OMS_DB_BUSY: the documents stay pending
 */
bool emit_render_pending(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * emit_repair_outbox - put back what is missing there and was not sent yet.
 *
 * For recovery, after emit_render_pending.  What a partner has taken is sent,
 * and does not come back.
 *
 * errors  OMS_IO, OMS_SPACE, of the store
 */
bool emit_repair_outbox(struct run *run, struct oms_error *err) MUST_CHECK;

/* The type of documents whose names begin so, "SHIP"; NULL: no document. */
const char *emit_type_of_prefix(const char *prefix);

#endif
