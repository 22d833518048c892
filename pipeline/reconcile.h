/*
 * reconcile.h - what was done in the time that a restored home has forgotten.
 *
 * Between the backup and the loss, files were taken from partners and
 * documents were sent to them.  The partners' folders still show much of it:
 *
 *   archive folders   what was taken, as <name>.<file id>: it is fetched
 *                     again, to be read in the order of those ids
 *   feeds that keep   what lay there when the home was restored and is not
 *                     known may have been taken: it is taken
 *   inbox/            what a person has put back there
 *   out folders       what was sent, as <TYPE>_<partner>_<number>_<stamp>: the
 *                     stamps are the times of the runs that are forgotten
 *
 * The same input at the same time gives the same bytes.  So the forgotten runs
 * are done again under their times (jobs/recover.h), without sending, and
 * every document is then settled:
 *
 *   the partner has it, byte for byte         sent
 *   the partner has answered what it says     sent
 *   another file has its name there           hold, deliver.conflict
 *   neither: it was taken, or never sent      uncertain, for a person
 *
 * Nothing is ever sent from here.
 *
 * A document there that nothing makes again, or that differs from ours, says
 * that something came in which was not found.  If it comes again, it would be
 * read as new and sent twice: so that ends a recovery only when a person
 * accepts it.
 */
#ifndef OMS_PIPELINE_RECONCILE_H
#define OMS_PIPELINE_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

/*
 * What was found, for a person.
 *
 * code    "input.again", "input.unseen", "document.sent", "document.uncertain",
 *         "document.conflict", "document.unknown", "partner.unreached"
 * object  "sfcc: orders.xml", "document 12"
 */
typedef void reconcile_tell_fn(void *u, const char *code, const char *object,
    const char *message);

struct reconcile; /* opaque */

/* restored_us: what came to a partner's folder later was not taken. */
struct reconcile *reconcile_new(mem_ctx *ctx, struct run *run,
    int64_t restored_us, reconcile_tell_fn *tell, void *u);

/*
 * reconcile_look - list the folders of every partner, fetch what was taken.
 *
 * What is fetched becomes a blob; the database does not change.
 *
 * ret_unreached  partners that did not answer: the picture is not whole, and
 *                nothing may be done by it
 */
bool reconcile_look(struct reconcile *r, size_t *ret_unreached,
    struct oms_error *err) MUST_CHECK;

/* The times of forgotten runs, oldest first; they belong to r. */
const int64_t *reconcile_times(const struct reconcile *r, size_t *ret_count);

/*
 * reconcile_take - make what was fetched into new files.
 *
 * until_us  only what its partner had by then; the first call takes all that
 *           lies in inbox/, too
 * ret_work  how many files wait to be read now
 */
bool reconcile_take(struct reconcile *r, int64_t until_us, int64_t *ret_work,
    struct oms_error *err) MUST_CHECK;

/* Settle every document that the database does not know to be sent. */
bool reconcile_settle(struct reconcile *r, struct oms_error *err) MUST_CHECK;

/*
 * reconcile_end - tell of documents there that nothing here made.
 *
 * accept       give their numbers to nobody else: what made them is lost
 * ret_unknown  documents there that something unknown must have made; when
 *              there are none, or they are accepted, the numbers are settled
 * ret_waiting  documents that a person must decide on
 */
bool reconcile_end(struct reconcile *r, bool accept, int64_t *ret_unknown,
    int64_t *ret_waiting, struct oms_error *err) MUST_CHECK;

#endif
