/* exit.c - see exit.h. */

#include "jobs/exit.h"

#include <stddef.h>

#include "base/count.h"

enum exit_code
exit_code_of(enum oms_code code)
{
	switch (code) {
	case OMS_OK: return EXIT_OK;
	case OMS_USAGE:
	case OMS_CONFIG:
	case OMS_SECRET: return EXIT_USAGE;
	case OMS_LOCKED: return EXIT_LOCKED;
	case OMS_AUTH:
	case OMS_HOST_KEY:
	case OMS_ALGORITHM: return EXIT_REFUSED;
	case OMS_STORE_DAMAGED:
	case OMS_JOURNAL:
	case OMS_STORE_VERSION: return EXIT_STORE;
	case OMS_SPACE: return EXIT_SPACE;
	case OMS_DISK: return EXIT_TEMPORARY;
	case OMS_UNCERTAIN: return EXIT_UNCERTAIN;
	case OMS_STOPPED: return EXIT_STOPPED;
	case OMS_INTERNAL: return EXIT_INTERNAL;
	default: break;
	}
	switch (oms_code_class(code)) {
	case CLASS_RETRY: return EXIT_TEMPORARY;
	case CLASS_STOP: return EXIT_STORE;
	case CLASS_OPERATOR: return EXIT_REJECTED; /* a person must look */
	default: return EXIT_REJECTED;
	}
}

enum exit_code
jobs_graver(enum exit_code a, enum exit_code b)
{
	static const enum exit_code order[] = { EXIT_INTERNAL, EXIT_STORE,
		EXIT_SPACE, EXIT_REFUSED, EXIT_UNCERTAIN, EXIT_USAGE,
		EXIT_STOPPED, EXIT_FOUND, EXIT_REJECTED, EXIT_TEMPORARY,
		EXIT_LOCKED };

	for (size_t i = 0; i < COUNT(order); i++)
		if (order[i] == a || order[i] == b)
			return order[i];
	return EXIT_OK;
}

enum exit_code
jobs_ends_early(enum exit_code so_far, enum exit_code code)
{
	return so_far == EXIT_REJECTED && code != EXIT_OK
	    ? code
	    : jobs_graver(so_far, code);
}

const char *
jobs_state_name(enum exit_code code)
{
	return code == EXIT_OK || code == EXIT_NOTHING ? "ok"
	    : code == EXIT_REJECTED || code == EXIT_TEMPORARY ||
		code == EXIT_REFUSED || code == EXIT_UNCERTAIN ||
		code == EXIT_FOUND
	    ? "partial"
	    : "failed";
}
