/*
 * zone.h - wall clocks: what time is it where, and when is it that time?
 *
 * Reads the system's time zone files itself (TZif, RFC 8536) instead of
 * changing TZ for the whole process, so that threads do not matter and
 * several zones can be asked beside each other.  The rule at the end of a
 * file is followed, so that years after its table are right too.
 *
 * A wall time that does not exist (clocks go forward) is the moment of the
 * change; one that comes twice (clocks go back) is the first of both.
 */
#ifndef OMS_BASE_ZONE_H
#define OMS_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

struct zone; /* opaque */

/*
 * zone_load - the rules of a place.
 *
 * ctx     owner of the result
 * name    "Europe/Vienna"; "UTC" and "" need no file
 * errors  OMS_CONFIG  no such zone, or its file cannot be read
 * source  RFC 8536; POSIX.1-2017 8.3, TZ
 */
struct zone *zone_load(mem_ctx *ctx, const char *name,
    struct oms_error *err) MUST_CHECK;

/*
 * zone_day - the date there, as days since 1970-01-01, and the second of the
 * day that the clocks show.
 */
int64_t zone_day(const struct zone *z, int64_t ts_us, int64_t *ret_second);

/* The first moment at which the clocks there show that time of that day. */
int64_t zone_ts_us(const struct zone *z, int64_t day, int64_t second);

enum { ZONE_DATE_BYTES = 16, ZONE_TIME_BYTES = 32 };

/* "2026-03-28" */
char *zone_format_day(int64_t day, char dst[ZONE_DATE_BYTES]);

/* The day of "2026-03-28". errors  OMS_VALUE */
bool zone_parse_day(const char *text, int64_t *ret_day,
    struct oms_error *err) MUST_CHECK;

/* What the clocks there show: "2026-03-29 03:00 +02:00". */
char *zone_format(const struct zone *z, int64_t ts_us,
    char dst[ZONE_TIME_BYTES]);

/* 0 is Sunday. */
int zone_weekday(int64_t day);

/* ---- times and days as configuration writes them ------------------------- */

enum { ZONE_EVERY_DAY = 0x7f, ZONE_TIMES_MAX = 96 };

/* The next "HH:MM" of a list parted by blanks, 00:00 to 23:59, in seconds;
 * *at goes on behind it.  false at the end (err untouched) or on an error. */
bool zone_next_time(const char **at, int64_t *ret_second,
    struct oms_error *err) MUST_CHECK;

/*
 * zone_parse_days - "daily", "mon-fri", "mon,wed,sat": a set of weekdays.
 *
 * *ret    bit 0 is Sunday
 * errors  OMS_CONFIG
 */
bool zone_parse_days(const char *text, unsigned *ret,
    struct oms_error *err) MUST_CHECK;

/* A span of the day, on some days: "mon-fri 02:00-04:30". */
struct zone_span {
	unsigned days;  /* on which it begins */
	int64_t from_s; /* of the day */
	int64_t to_s;   /* above 86400: it ends on the next day */
};

/* errors  OMS_CONFIG */
bool zone_parse_span(const char *text, struct zone_span *ret,
    struct oms_error *err) MUST_CHECK;

#endif
