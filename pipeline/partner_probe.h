/*
 * partner_probe.h - try what a partner's server does with our files.
 *
 * In the folder of every feed out a small file is written, read back,
 * renamed, renamed onto another one, and removed.  What was found is stored
 * and compared with the last time: a server that was changed over night is
 * seen before it loses a document.
 */
#ifndef OMS_PIPELINE_PARTNER_PROBE_H
#define OMS_PIPELINE_PARTNER_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "pipeline/stage.h"

/* One thing found. */
struct partner_finding {
	const char *name;   /* "orders.rename_onto_existing" */
	const char *value;  /* "refused" */
	const char *before; /* last time; "" when it was not known */
	bool is_bad;        /* oms cannot work with that */
};

/*
 * partner_probe - probe one partner with a tree of its own, and store it.
 *
 * run    with the database open for writing; one transaction at the end
 * each   is called with every finding, in the order of their names
 *
 * errors  of the transport when no session comes about; of the store
 */
bool partner_probe(struct run *run, const struct partner *p,
    void (*each)(void *u, const struct partner_finding *f), void *u,
    struct oms_error *err) MUST_CHECK;

#endif
