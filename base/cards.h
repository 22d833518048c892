/*
 * cards.h - no card number is ever stored: its middle digits become X.
 *
 * What counts as a card number:
 *
 *   - 14 to 19 digits in one piece, or parted by single blanks or dashes the
 *     way cards are printed: 4-4-4-4, 4-4-4-4-3, 4-6-5, 4-6-4
 *   - that begin with the issuer prefix of a brand, have a length the brand
 *     has, and are correct by Luhn's rule (ISO/IEC 7812-1)
 *   - with no letter, digit or '_' right before or after, and not part of a
 *     number with a decimal point
 *
 * So order numbers, EAN-13, UPS and 20-digit tracking numbers pass.  Visa
 * numbers of 13 digits, which nobody issues any more, count as EAN-13.
 *
 * The first six and the last four digits stay, as PCI DSS 3.4.1 allows, and
 * no byte moves: offsets and lengths are as they were.  NULs between digits
 * are passed over, so UTF-16 and UTF-32 are scrubbed as well.
 */
#ifndef OMS_BASE_CARDS_H
#define OMS_BASE_CARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Scrub n bytes where they lie; how many card numbers there were. */
int64_t cards_scrub(char *p, size_t n);

/*
 * cards_scrub_file - scrub a file of ours in place.
 *
 * On false the file must not be kept: it may hold what was not seen.  When
 * something was scrubbed the file is synced again.
 *
 * errors  OMS_IO, OMS_SPACE
 */
bool cards_scrub_file(const char *path, int64_t *ret_cards,
    struct oms_error *err) MUST_CHECK;

#endif
