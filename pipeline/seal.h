/*
 * seal.h - the history of orders and the moves of stock, sealed in the audit.
 *
 * Events are written by the million and have no hash of their own.  Instead
 * the roll-up, which walks every touched order anyway, seals what is new:
 * one audit row of category seal a batch, with the sha256 of the list of what
 * was sealed and of the rows themselves.  The list (table seal) has a line
 * each, "order_id from upto sums\n": the events after from, up to and with
 * upto, and 8 hex digits of a checksum for each, so that the row that was
 * changed can be named.  For stock moves order_id is 0 and the line counts
 * move_id.
 *
 * Every event touches its order, so the touched orders are those with events
 * that wait for a seal; a run that is killed leaves them so for the next.
 */
#ifndef OMS_PIPELINE_SEAL_H
#define OMS_PIPELINE_SEAL_H

#include <stdint.h>

#include "base/error.h"
#include "base/fs.h"
#include "base/str.h"
#include "pipeline/stage.h"
#include "store/stmt.h"

enum { SEAL_SUM_DIGITS = 8, SEAL_LIST_MAX_BYTES = 48 << 20 };

/* An order whose events now have their seal, up to seq. */
struct sealed {
	int64_t order_id;
	int64_t seq;
};

/*
 * seal_events - seal what is new of the touched orders in (after, upto].
 *
 * Inside the caller's transaction, who then sets orders.sealed_seq of those
 * in ret, in the order of order_id.
 *
 * ctx  owner of *ret
 */
bool seal_events(struct run *run, mem_ctx *ctx, int64_t after, int64_t upto,
    struct sealed **ret, size_t *ret_count, struct oms_error *err) MUST_CHECK;

/*
 * seal_rest - at the end of a run: orders it did not roll up, stock moves.
 *
 * Transactions of its own; killed in between, the next run does the rest.
 */
bool seal_rest(struct run *run, struct oms_error *err) MUST_CHECK;

/* ---- for who verifies ---------------------------------------------------- */

/* The text that is hashed of a row: its columns from first on. */
void seal_row_text(struct sbuf *b, struct stmt *s, int first);

/* The checksum of such a text: FNV-1a, for naming, not for proof. */
uint32_t seal_sum(const char *text, size_t n);

/* What an audit row says of its list and rows, into dst. */
void seal_words(char *dst, size_t size, int64_t rows, const char *list_sha256,
    const char *rows_sha256);

#endif
