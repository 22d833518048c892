/* invariants.h - what must always hold in the books, for check and fsck. */
#ifndef OMS_CLI_INVARIANTS_H
#define OMS_CLI_INVARIANTS_H

#include "base/error.h"
#include "store/db.h"

/*
 * invariants_each - prove them all; each() is called with every fault.
 *
 * check  its name, "reserved"; what: the object; text: what is wrong
 */
bool invariants_each(struct db *db,
    void (
	*each)(void *u, const char *check, const char *what, const char *text),
    void *u, struct oms_error *err) MUST_CHECK;

#endif
