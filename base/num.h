/*
 * num.h - numbers from text, and back, without a double anywhere.
 */
#ifndef OMS_BASE_NUM_H
#define OMS_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * num_parse_int - a whole decimal number: optional '-', digits, nothing else.
 *
 * errors  OMS_VALUE  not a number, or not within min..max; *ret untouched
 */
bool num_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * num_parse_decimal - decimal text as an integer of 10^-scale units.
 *
 * "12.5" at scale 2 is 1250.  Accepts an optional sign, digits before or
 * after one point, and a decimal exponent as xsd:double writes it
 * ("1.0E-4").  Digits past the scale must be zeros: nothing is rounded.
 *
 * scale   0 to 9, e.g. the exponent of the currency
 * errors  OMS_VALUE  not a decimal, more decimals than scale, or too large
 */
bool num_parse_decimal(const char *s, int scale, int64_t *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * num_parse_ts - an xsd:dateTime or xsd:date as microseconds since 1970 UTC.
 *
 * "2026-03-28T02:00:00.398Z", "...+01:00"; a time without a zone is UTC, a
 * date alone is its midnight.  The calendar is checked (29 February).
 *
 * errors  OMS_VALUE  not such a time, or outside the years 1970 to 9999
 * source  ISO 8601, XML Schema Part 2, 3.2.7
 */
bool num_parse_ts(const char *s, int64_t *ret_us,
    struct oms_error *err) MUST_CHECK;

enum { NUM_TS_BYTES = 32, NUM_DECIMAL_BYTES = 48 };

/* "2026-03-28T02:00:00Z", with ".398" or ".398123" only when not zero. */
char *num_format_ts(int64_t ts_us, char dst[NUM_TS_BYTES]);

/* "20260328T020000Z": for names of files. */
char *num_format_stamp(int64_t ts_us, char dst[NUM_TS_BYTES]);

/* 1250 at scale 2 is "12.50"; -5 is "-0.05". */
char *num_format_decimal(int64_t v, int scale, char dst[NUM_DECIMAL_BYTES]);

/* a * b / c rounded half away from zero; c > 0; exact in 128 bits. */
int64_t num_muldiv(int64_t a, int64_t b, int64_t c);

/* Sum that says when it does not fit instead of wrapping. */
bool num_add(int64_t a, int64_t b, int64_t *ret);

/* sum + a * b, at most INT64_MAX: for weights, which only have to be too much.
 * None of them is below 0. */
int64_t num_add_product(int64_t sum, int64_t a, int64_t b);

#endif
