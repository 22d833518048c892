/*
 * doc_lines.h - which lines of a finished document belong to which key.
 *
 * Nothing is stored for it: the document itself is read again, and a table
 * says where a type of document has its key.
 */
#ifndef OMS_PIPELINE_DOC_LINES_H
#define OMS_PIPELINE_DOC_LINES_H

#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

/* Lines first to last, from 1, are of that shipment, charge, invoice, order
 * or journal; false stops the reading. */
typedef bool doc_lines_fn(void *u, int64_t first, int64_t last,
    const char *key);

/*
 * doc_lines_each - read the document, and tell of every key in it.
 *
 * type    e.g. "wms.ship_order"
 * name    its extension says whether it is XML, CSV or EDI
 * sha256  of its bytes
 * errors  OMS_USAGE  it is not written yet, or its type has no keys
 *         OMS_IO
 */
bool doc_lines_each(const struct run *run, int64_t doc_id, const char *type,
    const char *name, const char *sha256, doc_lines_fn *fn, void *u,
    struct oms_error *err) MUST_CHECK;

#endif
