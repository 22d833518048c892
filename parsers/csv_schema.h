/*
 * csv_schema.h - the columns a CSV file may have, and what they may hold.
 *
 * A column list is a CSV file of ours, schemas/csv/<type>.csv, one row a
 * column:
 *
 *   column    its name in the header row
 *   type      text      min to max bytes, no control characters
 *             int       whole number from min to max
 *             bool      0 1 true false yes no
 *             enum      one of values, parted by |; any case
 *             time      2026-03-28T02:00:00Z; a date is its midnight
 *             country   two letters, given upper-cased
 *             currency  ISO 4217, given upper-cased
 *             money     an amount in the currency of the same row, as minor
 *                       units; min and max are minor units
 *             hours     decimal hours, as seconds; min and max are seconds
 *             seconds   whole seconds
 *   required  yes: the column must be there and never be empty
 *   meaning   for people
 */
#ifndef OMS_PARSERS_CSV_SCHEMA_H
#define OMS_PARSERS_CSV_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

enum csv_type {
	CSV_TEXT,
	CSV_INT,
	CSV_BOOL,
	CSV_ENUM,
	CSV_TIME,
	CSV_COUNTRY,
	CSV_CURRENCY,
	CSV_MONEY,
	CSV_HOURS,
	CSV_SECONDS
};

struct csv_column {
	const char *name;
	const char *bind;   /* ":name", as statements call it */
	const char *values; /* CSV_ENUM: "a|b|c", else "" */
	char **choices;     /* the same, apart; NULL ends it */
	enum csv_type type;
	bool required;
	int64_t min, max; /* bytes, number, minor units or seconds */
};

struct csv_schema {
	const char *name; /* "csv/stock.csv" */
	struct csv_column *columns;
	size_t column_count;
	size_t currency; /* index of the column currency; column_count: none */
};

struct csv_value {
	bool is_null;     /* empty, or the column is not in the file */
	int64_t i;        /* numbers, in their unit; 0 when is_null */
	const char *text; /* text, enum, country, currency; else NULL */
};

/*
 * csv_schema_load - the column list of that name, built into the program.
 *
 * ctx     owner of the result
 * name    "csv/stock.csv"
 * errors  OMS_INTERNAL  there is none, or it is not a column list
 */
struct csv_schema *csv_schema_load(mem_ctx *ctx, const char *name,
    struct oms_error *err) MUST_CHECK;

/* As csv_schema_load, from the text of a column list. */
struct csv_schema *csv_schema_parse(mem_ctx *ctx, const char *name,
    const char *text, struct oms_error *err) MUST_CHECK;

/* Are its values texts?  text, enum, country, currency. */
bool csv_type_is_text(enum csv_type type);

/* The index of a column, any case; column_count when there is none. */
size_t csv_schema_find(const struct csv_schema *s, const char *column);

/*
 * csv_schema_value - a field as the value its column wants.
 *
 * field     NUL-terminated; upper-cased in place for country and currency;
 *           ret points into it
 * currency  of the row, for CSV_MONEY; "" when it has none
 * errors    OMS_VALUE  says what was expected
 */
bool csv_schema_value(const struct csv_column *c, char *field,
    const char *currency, struct csv_value *ret,
    struct oms_error *err) MUST_CHECK;

#endif
