/*
 * partner_check.h - what `oms check` says of a partner.
 *
 * Connects as a run would, and looks at every folder of every feed; writes
 * nothing there.  What fails is said with its code, its reason and what to do.
 *
 *	sfcc                ok    sftp oms@sftp.shop.example:22
 *	  host key: ssh-ed25519 SHA256:...
 *	  feed orders       ok    in "outgoing": 12 files, 3 match *.xml
 *	  feed status       FAIL  net.not_found: list "incoming": ...
 *	                          what to do: correct the folder ...
 */
#ifndef OMS_PIPELINE_PARTNER_CHECK_H
#define OMS_PIPELINE_PARTNER_CHECK_H

#include <stdio.h>

#include "base/config.h"
#include "base/error.h"

/*
 * partner_check - check one partner and print what was found.
 *
 * cfg, p  the configuration; no database is needed
 * out     where to print, usually stdout
 * ret     OMS_OK, or the gravest code met
 */
enum oms_code partner_check(const struct config *cfg, const struct partner *p,
    FILE *out);

#endif
