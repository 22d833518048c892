/*
 * edi_charset.h - the characters of an interchange as UTF-8.
 *
 * The names are those of UNB 0001; the tables are ISO 8859-1 to -9 and -15.
 * What a table does not have becomes U+FFFD; nothing is dropped.
 *
 * X12 names no character set, and senders of UNOA and UNOB, who may only send
 * ASCII, send others: there, and for a name that is not known, a value is
 * UTF-8 when it is valid UTF-8, else ISO 8859-1.
 */
#ifndef OMS_PARSERS_EDI_CHARSET_H
#define OMS_PARSERS_EDI_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct edi_charset; /* one of a few, for ever */

/* Of UNB 0001, "UNOC"; "" for X12.  Never NULL. */
const struct edi_charset *edi_charset_find(const char *name);

/* Is that name one of UNB 0001? */
bool edi_charset_is_known(const char *name);

enum { EDI_CHAR_MAX_BYTES = 3 }; /* that one byte becomes at most */

/*
 * edi_charset_to_utf8 - n bytes of that set into dst.
 *
 * dst      room for n * EDI_CHAR_MAX_BYTES; ends without a NUL
 * returns  the bytes written
 */
size_t edi_charset_to_utf8(const struct edi_charset *cs, const char *p,
    size_t n, char *dst);

#endif
