/* partner_row.h - partners as people name them and see them. */
#ifndef OMS_CLI_PARTNER_ROW_H
#define OMS_CLI_PARTNER_ROW_H

#include "base/config.h"
#include "base/error.h"
#include "cli/out.h"
#include "pipeline/stage.h"

/* errors  OMS_USAGE  there is none; the nearest name is offered */
const struct partner *partner_named(const struct config *cfg, const char *id,
    struct oms_error *err) MUST_CHECK;

/*
 * partner_filter - is what --partner names a partner, or was it one?
 *
 * errors  OMS_USAGE  neither; the nearest name is offered
 */
bool partner_filter(struct cli *c, const struct run *run,
    struct oms_error *err) MUST_CHECK;

/*
 * partner_row - a whole row of out: how it stands with the partner.
 *
 * home    of the installation, for the stop flags
 * state   ok, new, local, failing, refused (the breaker), stopped (by a person)
 * errors  of the store
 */
bool partner_row(const struct run *run, const char *home,
    const struct partner *p, struct out *o, struct oms_error *err) MUST_CHECK;

#endif
