/*
 * csv_record.h - CSV files as typed records, checked against a column list.
 *
 * The header row gives the columns in any order and any case; an unknown,
 * repeated or missing one refuses the file.  A column named `error` is
 * ignored, so that a file of rejects can be fed again.  The delimiter is the
 * comma, or the semicolon when the header has no comma.  Lines end in LF,
 * CRLF or CR; a UTF-8 byte order mark is skipped; blank lines are skipped.
 *
 * A bad record is told and reading goes on with the next line.  That is the
 * line after its *first* one: a quote that is never closed costs one line and
 * not the rest of the file.
 */
#ifndef OMS_PARSERS_CSV_RECORD_H
#define OMS_PARSERS_CSV_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "parsers/csv_schema.h"

enum {
	CSV_FIELD_MAX_BYTES = 64 << 10,
	CSV_RECORD_MAX_BYTES = 1 << 20,
	CSV_COLUMNS_MAX = 200
};

/* One record.  It lasts until the next csv_next() or csv_seek(). */
struct csv_record {
	const struct csv_schema *schema;
	struct csv_value *values; /* one a column of the schema */
	int64_t line_no;          /* of its first byte, from 1 */
	int64_t byte_off;         /* in the file */
	int64_t byte_len;         /* with its line end */
};

struct csv_reader; /* opaque */

enum csv_result {
	CSV_RECORD, /* a whole, valid record */
	CSV_BAD,    /* a bad one: err says why; go on with csv_next() */
	CSV_END,    /* no more */
	CSV_FAILED  /* the file cannot be read: err */
};

/*
 * csv_open - open a file and read its header row.
 *
 * ctx     owner of the reader; freeing it closes the file
 * path    of the bytes
 * ring    for an encrypted file (base/blob.h); NULL: it is plain
 * name    how errors call the file, e.g. "stock.csv"
 * errors  OMS_COLUMN    the header lacks, repeats or invents a column
 *         OMS_TRUNCATED there is no header row: the file is empty
 *         OMS_ENCODING  UTF-16, or a header that is not UTF-8
 *         OMS_SYNTAX    the header is no CSV
 *         OMS_IO
 */
struct csv_reader *csv_open(mem_ctx *ctx, const char *path,
    const struct ring *ring, const char *name, const struct csv_schema *schema,
    struct oms_error *err) MUST_CHECK;

/* As csv_open, from n bytes that must outlive the reader. */
struct csv_reader *csv_open_bytes(mem_ctx *ctx, const void *p, size_t n,
    const char *name, const struct csv_schema *schema,
    struct oms_error *err) MUST_CHECK;

/*
 * csv_next - the next record.
 *
 * ret     set for CSV_RECORD; for CSV_BAD only its place is known (line_no,
 *         byte_off, byte_len) and values are unset
 * err     CSV_BAD: OMS_SYNTAX, OMS_VALUE, OMS_ENCODING or OMS_LIMIT, with
 *         file, line, column and what was expected; CSV_FAILED: OMS_IO
 * source  RFC 4180; libcsv in its strict mode
 */
enum csv_result csv_next(struct csv_reader *r, const struct csv_record **ret,
    struct oms_error *err) MUST_CHECK;

/* Where the record after this one begins: for csv_seek() in a later run. */
int64_t csv_offset(const struct csv_reader *r);
int64_t csv_line_no(const struct csv_reader *r);

/*
 * csv_seek - go on at a place that csv_offset() and csv_line_no() gave.
 *
 * A place before the first record, such as 0, means the first record.
 */
void csv_seek(struct csv_reader *r, int64_t byte_off, int64_t line_no);

/*
 * csv_reject - the last record as a CSV file of its own, to be repaired.
 *
 * The header, the record and one more column, `error`, with the reason.
 */
void csv_reject(const struct csv_reader *r, const struct oms_error *why,
    struct sbuf *dst);

/*
 * csv_field - a field of the last record as it was written, by column.
 *
 * Also for a bad record, as long as it could be taken apart; else "".
 */
const char *csv_field(const struct csv_reader *r, const char *column);

/*
 * csv_text, csv_int - a value by the name of its column.
 *
 * A column the schema does not have is a bug, and aborts.  For an empty
 * value: "" and fallback.
 */
const char *csv_text(const struct csv_record *rec, const char *column);
int64_t csv_int(const struct csv_record *rec, const char *column,
    int64_t fallback);
bool csv_is_null(const struct csv_record *rec, const char *column);

#endif
