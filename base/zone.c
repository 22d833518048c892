/* zone.c - see zone.h. */

#include "base/zone.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "base/num.h"

#define US_PER_S INT64_C(1000000)

enum {
	S_PER_DAY = 86400,
	FILE_MAX_BYTES = 1 << 20,
	NAME_MAX_BYTES = 64,
	HEADER_BYTES = 44,
	TYPE_BYTES = 6
};

static const char zone_dir[] = "/usr/share/zoneinfo";

/* When clocks change each year: "M3.5.0/2". */
struct change {
	char kind; /* M: month, week, day; J: day 1-365; 0: day 0-365 */
	int month;
	int week; /* 5: the last */
	int day;
	int64_t second; /* of the day, by the clocks before the change */
};

struct zone {
	size_t count;
	int64_t *at_s;     /* transitions, rising */
	int64_t *offset_s; /* from each on */
	int64_t first_s;   /* offset before the first of them */

	/* The rule behind the table; from the last transition on. */
	bool has_rule;
	bool has_summer;
	int64_t standard_s;
	int64_t summer_s;
	struct change to_summer;
	struct change to_standard;
};

/* ---- the calendar -------------------------------------------------------- */

/* Proleptic Gregorian: days since 1970-01-01. */
static int64_t
days_of(int64_t y, int m, int d)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243,
		273, 304, 334 };
	int64_t last = y - 1;
	bool is_leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return last * 365 + last / 4 - last / 100 + last / 400 - 719162 +
	    before[m - 1] + (m > 2 && is_leap) + d - 1;
}

static int64_t
year_of(int64_t day)
{
	int64_t y = 1970 + day / 366;

	while (days_of(y + 1, 1, 1) <= day)
		y++;
	while (days_of(y, 1, 1) > day)
		y--;
	return y;
}

int
zone_weekday(int64_t day)
{
	int64_t n = (day + 4) % 7; /* 1970-01-01 was a Thursday */

	return (int)(n < 0 ? n + 7 : n);
}

char *
zone_format_day(int64_t day, char dst[ZONE_DATE_BYTES])
{
	char ts[NUM_TS_BYTES];

	snprintf(dst, ZONE_DATE_BYTES, "%.10s",
	    num_format_ts(day * S_PER_DAY * US_PER_S, ts));
	return dst;
}

bool
zone_parse_day(const char *text, int64_t *ret_day, struct oms_error *err)
{
	int64_t us;

	if (strlen(text) != 10 || !num_parse_ts(text, &us, err)) {
		*err = NO_ERROR;
		return oms_fail(err, OMS_VALUE,
		    "\"%.40s\" is not a date like 2026-03-28", text);
	}
	*ret_day = us / US_PER_S / S_PER_DAY;
	return true;
}

/* Rounded down, also before 1970. */
static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* ---- the rule at the end of the file ------------------------------------- */

/* "CET" or "<+1030>" */
static bool
skip_name(const char **at)
{
	const char *p = *at;

	if (*p == '<') {
		p = strchr(p, '>');
		if (p == NULL)
			return false;
		*at = p + 1;
		return true;
	}
	while (isalpha((unsigned char)*p))
		p++;
	if (p - *at < 3)
		return false;
	*at = p;
	return true;
}

static bool
take_int(const char **at, int max, int *ret)
{
	const char *p = *at;
	int v = 0;

	if (!isdigit((unsigned char)*p))
		return false;
	while (isdigit((unsigned char)*p) && v <= max)
		v = v * 10 + (*p++ - '0');
	*at = p;
	*ret = v;
	return v <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool
take_time(const char **at, int64_t *ret_s)
{
	int part[3] = { 0, 0, 0 };
	int64_t sign = **at == '-' ? -1 : 1;

	if (**at == '-' || **at == '+')
		(*at)++;
	if (!take_int(at, 167, &part[0]))
		return false;
	for (int i = 1; i < 3 && **at == ':'; i++) {
		(*at)++;
		if (!take_int(at, 59, &part[i]))
			return false;
	}
	*ret_s = sign * (part[0] * INT64_C(3600) + part[1] * 60 + part[2]);
	return true;
}

static bool
take_char(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static bool
take_change(const char **at, struct change *c)
{
	bool ok;

	c->kind = **at == 'M' || **at == 'J' ? *(*at)++ : '0';
	c->second = 2 * 3600;
	if (c->kind == 'M')
		ok = take_int(at, 12, &c->month) && c->month > 0 &&
		    take_char(at, '.') && take_int(at, 5, &c->week) &&
		    c->week > 0 && take_char(at, '.') &&
		    take_int(at, 6, &c->day);
	else
		ok = take_int(at, 365, &c->day) &&
		    (c->kind == '0' || c->day > 0);
	if (ok && take_char(at, '/'))
		ok = take_time(at, &c->second);
	return ok;
}

static bool
parse_rule(struct zone *z, const char *p)
{
	if (!skip_name(&p) || !take_time(&p, &z->standard_s))
		return false;
	z->standard_s = -z->standard_s; /* POSIX counts to the west */
	z->summer_s = z->standard_s + 3600;
	z->has_rule = true;
	if (*p == '\0')
		return true;
	z->has_summer = true;
	if (!skip_name(&p))
		return false;
	if (*p != ',') {
		if (!take_time(&p, &z->summer_s))
			return false;
		z->summer_s = -z->summer_s;
	}
	return take_char(&p, ',') && take_change(&p, &z->to_summer) &&
	    take_char(&p, ',') && take_change(&p, &z->to_standard) &&
	    *p == '\0';
}

/* The second, as if clocks there showed UTC, of that change in a year. */
static int64_t
change_in(const struct change *c, int64_t year)
{
	int64_t day = days_of(year, 1, 1);
	bool is_leap = days_of(year + 1, 1, 1) - day == 366;

	if (c->kind == 'J')
		day += c->day - 1 + (is_leap && c->day > 59);
	else if (c->kind == '0')
		day += c->day;
	else {
		int64_t next = c->month == 12 ? days_of(year + 1, 1, 1)
					      : days_of(year, c->month + 1, 1);

		day = days_of(year, c->month, 1);
		day += (c->day - zone_weekday(day) + 7) % 7;
		for (int i = 1; i < c->week && day + 7 < next; i++)
			day += 7;
	}
	return day * S_PER_DAY + c->second;
}

static int64_t
offset_by_rule(const struct zone *z, int64_t s)
{
	int64_t year, on, off;

	if (!z->has_summer)
		return z->standard_s;
	year = year_of(floor_div(s + z->standard_s, S_PER_DAY));
	on = change_in(&z->to_summer, year) - z->standard_s;
	off = change_in(&z->to_standard, year) - z->summer_s;
	if (on < off)
		return s >= on && s < off ? z->summer_s : z->standard_s;
	return s >= off && s < on ? z->standard_s : z->summer_s;
}

/* ---- the file ------------------------------------------------------------ */

static int64_t
big_endian(const unsigned char *p, int bytes)
{
	uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

struct header {
	int64_t isut, isstd, leap, time, type, chars;
};

static bool
read_header(const unsigned char *p, size_t n, struct header *h)
{
	if (n < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
		return false;
	h->isut = big_endian(p + 20, 4);
	h->isstd = big_endian(p + 24, 4);
	h->leap = big_endian(p + 28, 4);
	h->time = big_endian(p + 32, 4);
	h->type = big_endian(p + 36, 4);
	h->chars = big_endian(p + 40, 4);
	return h->isut >= 0 && h->isstd >= 0 && h->leap >= 0 && h->time >= 0 &&
	    h->type > 0 && h->chars >= 0;
}

static int64_t
body_bytes(const struct header *h, int time_bytes)
{
	return h->time * (time_bytes + 1) + h->type * TYPE_BYTES + h->chars +
	    h->leap * (time_bytes + 4) + h->isstd + h->isut;
}

static bool
read_table(struct zone *z, const unsigned char *p, const struct header *h)
{
	const unsigned char *index = p + h->time * 8;
	const unsigned char *types = index + h->time;

	z->count = (size_t)h->time;
	z->at_s = mem_array(z, int64_t, z->count + 1);
	z->offset_s = mem_array(z, int64_t, z->count + 1);
	z->first_s = big_endian(types, 4);
	for (size_t i = 0; i < z->count; i++) {
		if (index[i] >= h->type)
			return false;
		z->at_s[i] = big_endian(p + 8 * i, 8);
		z->offset_s[i] = big_endian(
		    types + (size_t)TYPE_BYTES * index[i], 4);
		if (i > 0 && z->at_s[i] <= z->at_s[i - 1])
			return false;
	}
	return true;
}

/* Version 2 and later: a block of 32-bit times, skipped, then one of 64. */
static bool
parse_file(struct zone *z, const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;
	const unsigned char *end = p + n;
	struct header h;
	char rule[128];
	size_t len;

	if (!read_header(p, n, &h) || p[4] < '2' ||
	    body_bytes(&h, 4) > (int64_t)n - HEADER_BYTES)
		return false;
	p += HEADER_BYTES + body_bytes(&h, 4);
	if (!read_header(p, (size_t)(end - p), &h) ||
	    body_bytes(&h, 8) > end - p - HEADER_BYTES ||
	    !read_table(z, p + HEADER_BYTES, &h))
		return false;
	p += HEADER_BYTES + body_bytes(&h, 8);
	if (p == end || *p++ != '\n')
		return false;
	len = strcspn((const char *)p, "\n"); /* fs_read ends it with a NUL */
	if (len == 0)
		return true;
	if (len >= sizeof(rule))
		return false;
	snprintf(rule, sizeof(rule), "%.*s", (int)len, (const char *)p);
	return parse_rule(z, rule);
}

static bool
is_zone_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= NAME_MAX_BYTES &&
	    strspn(name,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_+-/") == n &&
	    name[0] != '/' && name[n - 1] != '/';
}

struct zone *
zone_load(mem_ctx *ctx, const char *name, struct oms_error *err)
{
	struct oms_error unread = NO_ERROR;
	struct zone *z = mem_new(ctx, struct zone);
	char *bytes;
	size_t n = 0;

	z->has_rule = true; /* UTC, and nothing else */
	if (name[0] == '\0' || strcmp(name, "UTC") == 0)
		return z;
	z->has_rule = false;
	bytes = is_zone_name(name) ? fs_read(z, fs_path(z, zone_dir, name),
					 FILE_MAX_BYTES, &n, &unread)
				   : NULL;
	if (bytes != NULL && parse_file(z, bytes, n))
		return z;
	oms_fail(err, OMS_CONFIG,
	    "\"%.70s\" is no time zone of this machine: write it like "
	    "Europe/Vienna, or UTC; the package tzdata has them",
	    name);
	mem_free(z);
	return NULL;
}

/* ---- questions ----------------------------------------------------------- */

static int64_t
offset_at(const struct zone *z, int64_t s)
{
	size_t low = 0, high = z->count;

	if (z->has_rule && (z->count == 0 || s >= z->at_s[z->count - 1]))
		return offset_by_rule(z, s);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->at_s[mid] <= s)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 ? z->first_s : z->offset_s[low - 1];
}

int64_t
zone_day(const struct zone *z, int64_t ts_us, int64_t *ret_second)
{
	int64_t s = floor_div(ts_us, US_PER_S);
	int64_t local = s + offset_at(z, s);
	int64_t day = floor_div(local, S_PER_DAY);

	if (ret_second != NULL)
		*ret_second = local - day * S_PER_DAY;
	return day;
}

/* The first second from low on, up to high, at which the later offset holds. */
static int64_t
change_between(const struct zone *z, int64_t low, int64_t high)
{
	int64_t later = offset_at(z, high);

	while (low < high) {
		int64_t mid = low + (high - low) / 2;

		if (offset_at(z, mid) == later)
			high = mid;
		else
			low = mid + 1;
	}
	return high;
}

int64_t
zone_ts_us(const struct zone *z, int64_t day, int64_t second)
{
	int64_t wall = day * S_PER_DAY + second;
	int64_t before = wall - offset_at(z, wall - S_PER_DAY);
	int64_t after = wall - offset_at(z, wall + S_PER_DAY);
	int64_t s;

	if (before + offset_at(z, before) == wall)
		s = before; /* the first, when it comes twice */
	else if (after + offset_at(z, after) == wall)
		s = after;
	else /* skipped: clocks jump over it */
		s = change_between(z, after, before);
	return s * US_PER_S;
}

char *
zone_format(const struct zone *z, int64_t ts_us, char dst[ZONE_TIME_BYTES])
{
	int64_t offset = offset_at(z, floor_div(ts_us, US_PER_S));
	char ts[NUM_TS_BYTES];

	num_format_ts(ts_us + offset * US_PER_S, ts);
	snprintf(dst, ZONE_TIME_BYTES, "%.10s %.5s %c%02d:%02d", ts, ts + 11,
	    offset < 0 ? '-' : '+', (int)(llabs(offset) / 3600 % 100),
	    (int)(llabs(offset) / 60 % 60));
	return dst;
}

/* ---- times and days as configuration writes them ------------------------- */

bool
zone_next_time(const char **at, int64_t *ret_second, struct oms_error *err)
{
	const char *p = *at + strspn(*at, " ");
	int hour, minute;

	if (*p == '\0')
		return false;
	if (strcspn(p, " -") != 5 || !take_int(&p, 23, &hour) ||
	    !take_char(&p, ':') || !take_int(&p, 59, &minute))
		return oms_fail(err, OMS_CONFIG,
		    "\"%.40s\" is no time from 00:00 to 23:59", *at);
	*ret_second = hour * INT64_C(3600) + minute * 60;
	*at = p;
	return true;
}

static int
weekday_of(const char *text, size_t n)
{
	static const char *const names[] = { "sun", "mon", "tue", "wed", "thu",
		"fri", "sat" };

	for (int i = 0; i < 7; i++)
		if (n == 3 && strncasecmp(names[i], text, 3) == 0)
			return i;
	return -1;
}

bool
zone_parse_days(const char *text, unsigned *ret, struct oms_error *err)
{
	const char *p = text;
	unsigned days = 0;

	if (strcmp(text, "daily") == 0) {
		*ret = ZONE_EVERY_DAY;
		return true;
	}
	for (;;) {
		size_t n = strcspn(p, "-,");
		int from = weekday_of(p, n), to = from;

		p += n;
		if (*p == '-') {
			n = strcspn(++p, "-,");
			to = weekday_of(p, n);
			p += n;
		}
		if (from < 0 || to < 0 || *p == '-')
			return oms_fail(err, OMS_CONFIG,
			    "\"%.40s\" are no days: write daily, mon-fri or "
			    "mon,wed,sat",
			    text);
		for (int d = from; days |= 1U << d, d != to; d = (d + 1) % 7)
			;
		if (*p++ == '\0')
			break;
	}
	*ret = days;
	return true;
}

bool
zone_parse_span(const char *text, struct zone_span *ret, struct oms_error *err)
{
	size_t n = strcspn(text, " ");
	const char *times = text;
	char days[40] = "daily";

	if (isalpha((unsigned char)text[0]) && n < sizeof(days)) {
		snprintf(days, sizeof(days), "%.*s", (int)n, text);
		times = text + n + strspn(text + n, " ");
	}
	if (!zone_parse_days(days, &ret->days, err))
		return false;
	if (zone_next_time(&times, &ret->from_s, err) &&
	    take_char(&times, '-') && zone_next_time(&times, &ret->to_s, err) &&
	    *times == '\0') {
		if (ret->to_s <= ret->from_s)
			ret->to_s += S_PER_DAY;
		return true;
	}
	*err = NO_ERROR;
	return oms_fail(err, OMS_CONFIG,
	    "\"%.60s\" is no span of time like 02:00-04:30 or mon-fri "
	    "02:00-04:30",
	    text);
}
