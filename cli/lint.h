/* lint.h - faults as rows, for `oms config lint` and `oms check`. */
#ifndef OMS_CLI_LINT_H
#define OMS_CLI_LINT_H

#include <stddef.h>

#include "cli/out.h"

/* One fault: which check found it, what it concerns, what is wrong. */
void lint_tell(struct out *o, const char *check, const char *what,
    const char *text);

/*
 * lint_config - every fault of the configuration of a home, as rows.
 *
 * Also what base/ cannot know: do feeds name types that exist?
 * Returns the number of faults.
 */
size_t lint_config(struct out *o, const char *home);

#endif
