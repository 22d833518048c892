/*
 * recover.h - after a restore: become what the partners know us to be.
 *
 * The home is stopped and stays so; nothing is sent.  See
 * pipeline/reconcile.h.  Killed at any moment: run it again.
 */
#ifndef OMS_JOBS_RECOVER_H
#define OMS_JOBS_RECOVER_H

#include "base/error.h"
#include "jobs/run.h"
#include "pipeline/reconcile.h"

/*
 * jobs_recover - reconcile a restored home with its partners.
 *
 * accept   end though partners have documents that nothing here makes again
 * tell     called with everything that was found
 * returns  EXIT_OK         it may be started (also when it was not restored)
 *          EXIT_UNCERTAIN  it may, and documents wait for a person
 *          EXIT_FOUND      it may not: partners have documents that nothing
 *                          here makes again, so something is missing
 *          EXIT_TEMPORARY  a partner did not answer: it may not, run it again
 *          the code of *err
 */
enum exit_code jobs_recover(mem_ctx *ctx, const char *home, bool accept,
    reconcile_tell_fn *tell, void *u, struct oms_error *err);

#endif
