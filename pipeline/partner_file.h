/*
 * partner_file.h - change partners/<id>.ini, keeping what a person wrote.
 *
 * Lines that are not concerned stay as they are, comments too.  The file is
 * replaced in one step; what it was before stays beside it as <id>.ini.old.
 */
#ifndef OMS_PIPELINE_PARTNER_FILE_H
#define OMS_PIPELINE_PARTNER_FILE_H

#include <stdbool.h>

#include "base/config.h"
#include "base/error.h"

/*
 * partner_file_pin - add a host_key line to [sftp]: "ssh-ed25519 AAAA...".
 *
 * A key that is there already is fine.
 *
 * errors  OMS_CONFIG  there is no [sftp] section
 *         OMS_IO, OMS_SPACE
 */
bool partner_file_pin(const struct config *cfg, const struct partner *p,
    const char *key, struct oms_error *err) MUST_CHECK;

/*
 * partner_file_rotate - next_key_file becomes key_file, and so on.
 *
 * The lines of the credential that was in force until now are dropped.
 *
 * errors  as partner_file_pin
 */
bool partner_file_rotate(const struct config *cfg, const struct partner *p,
    struct oms_error *err) MUST_CHECK;

/*
 * partner_file_new - write partners/<id>.ini for somebody to fill in.
 *
 * It is right as it stands, and does nothing yet: its transport is the folder
 * inbox/<id>, its interchanges are tests.
 *
 * kind      "shop", "wms" or "carrier"
 * standard  "x12" or "edifact"
 * errors    OMS_USAGE  the id, kind or standard cannot be; or there is such
 *                      a file, which is not changed
 *           OMS_IO, OMS_SPACE
 */
bool partner_file_new(const struct config *cfg, const char *id,
    const char *kind, const char *standard, struct oms_error *err) MUST_CHECK;

#endif
