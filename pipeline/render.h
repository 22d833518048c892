/*
 * render.h - the bytes of a document, from the rows that were taken for it.
 *
 * The same rows give the same bytes, so writing a document again after a
 * crash is harmless.  Rows are read and written one by one: the memory used
 * does not grow with the document.
 */
#ifndef OMS_PIPELINE_RENDER_H
#define OMS_PIPELINE_RENDER_H

#include <stdint.h>

#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "mappers/out.h"
#include "pipeline/stage.h"
#include "store/stmt.h"

/* A row of the table document. */
struct document {
	int64_t doc_id;
	const char *partner;
	const char *type;
	const char *name;
	int64_t doc_no;
	int64_t created_ts_us;
	const char *sha256; /* of an earlier writing, or "" */
};

/* What was written. */
struct rendered {
	char sha256[FS_SHA_BYTES];
	int64_t size_bytes;
	int64_t items;
	int64_t sum_minor;
	/* A journal's sums, by currency; else none. */
	const struct out_journal_total *totals;
	size_t total_count;
};

/*
 * render_document - write the document to the new file path, synced.
 *
 * ctx     owner of what ret points to
 * errors  OMS_INTERNAL  its rows contradict one another
 *         OMS_ENCODING, OMS_LIMIT  a text or the whole cannot be written
 *         OMS_IO, OMS_SPACE        try again; in all cases path is removed
 */
bool render_document(struct run *run, const struct document *doc, mem_ctx *ctx,
    const char *path, struct rendered *ret, struct oms_error *err) MUST_CHECK;

/* An address in nine columns of a row from i on; it lasts as the row does. */
struct out_address render_address(struct stmt *s, int i);

#endif
