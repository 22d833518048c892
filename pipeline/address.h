/*
 * address.h - is a ship-to address good enough, and which zone is it in?
 *
 * The rules of countries and the zones are reference data, loaded once a run.
 * A country without a rule gets the general checks only.
 */
#ifndef OMS_PIPELINE_ADDRESS_H
#define OMS_PIPELINE_ADDRESS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "pipeline/stage.h"

struct address_book; /* opaque */

struct address {
	const char *name;
	const char *company;
	const char *address1;
	const char *city;
	const char *postal_code;
	const char *state;
	const char *country; /* ISO 3166-1 alpha-2, upper case */
};

/*
 * address_book_new - load the rules of countries and the zones.
 *
 * A postal pattern that is no expression does not fail here: it makes every
 * address of its country faulty, with the reason.
 */
struct address_book *address_book_new(mem_ctx *ctx, const struct run *run,
    struct oms_error *err) MUST_CHECK;

/*
 * address_fault - the first thing wrong with an address, in words.
 *
 * Words that shops write for nothing count as empty: NA, N/A, undefined, -.
 * The postal code is matched in upper case, without blanks around it.
 *
 * reason  gets the field and the rule; empty when the address is good
 * true    there is a fault
 */
bool address_fault(const struct address_book *book, const struct address *a,
    struct sbuf *reason);

/*
 * address_zone - the zone of the longest postal prefix; "" when none fits.
 *
 * Blanks and case of the postal code do not count.
 */
const char *address_zone(const struct address_book *book, const char *country,
    const char *postal_code);

#endif
