/*
 * csv.h - write CSV as RFC 4180 has it: commas, CRLF, quotes where needed.
 *
 *	static const char *const columns[] = { "sku", "qty" };
 *
 *	csvw_begin(&w, &out, CSVW_RAW, columns, COUNT(columns));
 *	csvw_text(&w, sku);
 *	csvw_int(&w, qty);
 *	csvw_row(&w);
 *
 * Two flavours: machines get the bytes as they are.  Files that people open
 * in a spreadsheet are guarded: a field that begins with = + - @ TAB or CR
 * would be run as a formula and gets an apostrophe in front, unless it is a
 * plain number (-0.02 stays a number).
 */
#ifndef OMS_WRITERS_CSV_H
#define OMS_WRITERS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum csvw_flavour { CSVW_RAW, CSVW_GUARDED };

struct csvw {
	struct sbuf *out; /* may be emptied between two rows */
	enum csvw_flavour flavour;
	size_t width; /* fields of a row */
	size_t field; /* of this row so far */
};

/* Begin a file: writes the header row, which also fixes the width. */
void csvw_begin(struct csvw *w, struct sbuf *out, enum csvw_flavour flavour,
    const char *const *columns, size_t width);

void csvw_text(struct csvw *w, const char *s);
void csvw_int(struct csvw *w, int64_t value);

/* End the row.  One that has not a field for every column is a bug: aborts. */
void csvw_row(struct csvw *w);

#endif
