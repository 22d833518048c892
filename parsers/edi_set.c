/* edi_set.c - see edi_set.h. */

#include "parsers/edi_set.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "base/zone.h"
#include "model/money.h"

enum { DECIMAL_MAX_BYTES = 60, S_PER_HOUR = 3600, S_PER_DAY = 86400 };

#define US_PER_S INT64_C(1000000)

/* ---- values -------------------------------------------------------------- */

const char *
edi_getr(const struct edi_seg *s, unsigned e, unsigned r, unsigned c)
{
	if (e == 0 || e > s->element_count)
		return "";
	for (size_t i = s->first[e]; i < s->first[e + 1]; i++)
		if (s->repetition[i] == r && s->component[i] == c)
			return s->values[i];
	return "";
}

const char *
edi_getc(const struct edi_seg *s, unsigned e, unsigned c)
{
	return edi_getr(s, e, 1, c);
}

const char *
edi_get(const struct edi_seg *s, unsigned e)
{
	return edi_getr(s, e, 1, 1);
}

const char *
edi_pair(const struct edi_seg *s, unsigned from, const char *qualifier)
{
	for (unsigned e = from; e < s->element_count; e += 2)
		if (strcmp(edi_get(s, e), qualifier) == 0)
			return edi_get(s, e + 1);
	return "";
}

/* ---- the tree ------------------------------------------------------------ */

/* The first at index or behind it with that tag, and parent as its parent. */
static const struct edi_seg *
seek(const struct edi_set *set, int32_t parent, int32_t at, const char *tag)
{
	int32_t end = parent >= 0 ? set->segs[parent].end : (int32_t)set->count;

	for (; at < end; at = set->segs[at].end)
		if (set->segs[at].parent == parent &&
		    strcmp(set->segs[at].tag, tag) == 0)
			return &set->segs[at];
	return NULL;
}

const struct edi_seg *
edi_first(const struct edi_set *set, const struct edi_seg *head,
    const char *tag)
{
	int32_t parent = head != NULL ? (int32_t)(head - set->segs) : -1;

	return seek(set, parent, parent + 1, tag);
}

const struct edi_seg *
edi_next(const struct edi_set *set, const struct edi_seg *s)
{
	return seek(set, s->parent, s->end, s->tag);
}

const struct edi_seg *
edi_with(const struct edi_set *set, const struct edi_seg *head, const char *tag,
    unsigned e, const char *value)
{
	const struct edi_seg *s = edi_first(set, head, tag);

	while (s != NULL && strcmp(edi_get(s, e), value) != 0)
		s = edi_next(set, s);
	return s;
}

const struct edi_seg *
edi_tree_parent(const struct edi_set *set, const struct edi_seg *s)
{
	return s->tree >= 0 ? &set->segs[s->tree] : NULL;
}

bool
edi_at(struct oms_error *err, const struct edi_seg *s)
{
	return strncmp(err->where, "line ", 5) != 0 &&
	    oms_at(err, "line %lld segment %lld (%s)", (long long)s->line,
		(long long)s->segment_no, s->tag);
}

/* ---- numbers ------------------------------------------------------------- */

/* The reason is in err; where: segment, element. */
static bool
at_element(struct oms_error *err, const struct edi_seg *s, unsigned e,
    unsigned c)
{
	if (c > 1)
		oms_at(err, "element %u component %u", e, c);
	else
		oms_at(err, "element %u", e);
	return edi_at(err, s);
}

/* A number with the mark of the interchange, as num.h wants it: a point. */
static bool
with_point(const struct edi_set *set, const char *text,
    char dst[DECIMAL_MAX_BYTES], struct oms_error *err)
{
	char mark = set->standard == EDI_X12 ? '.' : set->decimal;
	size_t n = strlen(text), i;

	for (i = 0; i < n && n < DECIMAL_MAX_BYTES; i++) {
		bool is_mark = text[i] == mark ||
		    (mark == '\0' && (text[i] == '.' || text[i] == ','));
		bool is_sign = i == 0 && (text[i] == '-' || text[i] == '+');

		if (!is_mark && !is_sign && (text[i] < '0' || text[i] > '9'))
			break;
		dst[i] = is_mark ? '.' : text[i];
	}
	if (n == 0)
		return oms_fail(err, OMS_VALUE, "a number is missing");
	if (i < n)
		return oms_fail(err, OMS_VALUE,
		    "\"%.40s\" is not a number with the decimal mark %c", text,
		    mark != '\0' ? mark : '.');
	dst[n] = '\0';
	return true;
}

bool
edi_qty(const struct edi_set *set, const struct edi_seg *s, unsigned e,
    unsigned c, int64_t *ret, struct oms_error *err)
{
	const char *text = edi_getc(s, e, c);
	struct oms_error ignored = NO_ERROR;
	char number[DECIMAL_MAX_BYTES];

	if (!with_point(set, text, number, err))
		return at_element(err, s, e, c);
	if (num_parse_decimal(number, 0, ret, &ignored))
		return true;
	oms_fail(err, OMS_VALUE, "\"%.40s\" is not a whole quantity", text);
	return at_element(err, s, e, c);
}

bool
edi_minor(const struct edi_set *set, const struct edi_seg *s, unsigned e,
    unsigned c, const char *currency, int64_t *ret, struct oms_error *err)
{
	char number[DECIMAL_MAX_BYTES];

	if (with_point(set, edi_getc(s, e, c), number, err) &&
	    money_parse(number, currency, ret, err))
		return true;
	return at_element(err, s, e, c);
}

bool
edi_minor_implied(const struct edi_seg *s, unsigned e, unsigned c, int decimals,
    const char *currency, int64_t *ret, struct oms_error *err)
{
	const char *text = edi_getc(s, e, c);
	struct oms_error ignored = NO_ERROR;
	char number[NUM_DECIMAL_BYTES];
	int64_t v;

	if (!num_parse_int(text, -INT64_MAX, INT64_MAX, &v, &ignored)) {
		oms_fail(err, OMS_VALUE,
		    "\"%.40s\" is not a number without a decimal mark", text);
		return at_element(err, s, e, c);
	}
	num_format_decimal(v, decimals, number);
	return money_parse(number, currency, ret, err) ||
	    at_element(err, s, e, c);
}

/* ---- dates --------------------------------------------------------------- */

static const struct zone_row {
	const char *code;
	int minutes;    /* ahead of UTC, in winter */
	bool is_summer; /* has the summer time of the USA */
} zones[] = {
	{ "UT", 0, false },
	{ "GM", 0, false },
	{ "LT", 0, false },
	{ "", 0, false },
	{ "AT", -540, true },
	{ "AS", -540, false },
	{ "AD", -480, false },
	{ "CT", -360, true },
	{ "CS", -360, false },
	{ "CD", -300, false },
	{ "ET", -300, true },
	{ "ES", -300, false },
	{ "ED", -240, false },
	{ "HT", -600, false },
	{ "HS", -600, false },
	{ "HD", -540, false },
	{ "MT", -420, true },
	{ "MS", -420, false },
	{ "MD", -360, false },
	{ "NT", -210, true },
	{ "NS", -210, false },
	{ "ND", -150, false },
	{ "PT", -480, true },
	{ "PS", -480, false },
	{ "PD", -420, false },
	{ "TT", -240, true },
	{ "TS", -240, false },
	{ "TD", -180, false },
};

/* The day of the nth Sunday of a month of the year of that time. */
static int64_t
sunday_of(int64_t year, int month, int nth)
{
	char text[ZONE_DATE_BYTES];
	struct oms_error ignored = NO_ERROR;
	int64_t day = 0;

	snprintf(text, sizeof(text), "%04d-%02d-01", (int)year, month);
	if (!zone_parse_day(text, &day, &ignored))
		return 0;
	return day + (7 - zone_weekday(day)) % 7 + 7 * (nth - 1);
}

/* Between the second Sunday of March and the first of November, 2 o'clock. */
static bool
is_summer(int64_t local_us)
{
	int64_t local_s = local_us / US_PER_S;
	int64_t two = INT64_C(2) * S_PER_HOUR;
	char text[NUM_TS_BYTES];
	int64_t year;

	num_format_ts(local_us, text);
	year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 +
	    (text[2] - '0') * 10 + (text[3] - '0');
	return local_s >= sunday_of(year, 3, 2) * S_PER_DAY + two &&
	    local_s < sunday_of(year, 11, 1) * S_PER_DAY + two;
}

static bool
is_digits(const char *s, size_t n)
{
	return strspn(s, "0123456789") >= n;
}

/* "01" to "12" are ahead of UTC, "13" (12 behind) to "24" (1 behind). */
static bool
zone_hours(const char *zone, int64_t *ret_minutes)
{
	struct oms_error ignored = NO_ERROR;
	int64_t v;

	if (strlen(zone) != 2 || !is_digits(zone, 2) ||
	    !num_parse_int(zone, 1, 24, &v, &ignored))
		return false;
	*ret_minutes = 60 * (v <= 12 ? v : v - 25);
	return true;
}

static bool
minutes_ahead(const char *zone, int64_t local_us, int64_t *ret,
    struct oms_error *err)
{
	for (size_t i = 0; i < COUNT(zones); i++) {
		if (strcmp(zones[i].code, zone) != 0)
			continue;
		*ret = zones[i].minutes +
		    (zones[i].is_summer && is_summer(local_us) ? 60 : 0);
		return true;
	}
	return zone_hours(zone, ret) ||
	    oms_fail(err, OMS_VALUE,
		"time zone \"%.10s\" is none of element 623, like UT or ET",
		zone);
}

/* n digits of a date and of a time as local microseconds. */
static bool
parse_local(const char *date, size_t n, const char *time, int64_t *ret)
{
	char text[40], century[3] = "";
	struct oms_error ignored = NO_ERROR;
	size_t t = strlen(time);
	const char *seconds = t >= 6 ? time + 4 : "00";

	if ((n != 6 && n != 8) || !is_digits(date, n) || !is_digits(time, t) ||
	    (t != 0 && t != 4 && (t < 6 || t > 8)))
		return false;
	if (n == 6)
		snprintf(century, sizeof(century), "%s",
		    date[0] >= '7' ? "19" : "20");
	snprintf(text, sizeof(text), "%s%.*s-%.2s-%.2sT%.2s:%.2s:%.2s%s%s",
	    century, (int)n - 4, date, date + n - 4, date + n - 2,
	    t > 0 ? time : "00", t > 0 ? time + 2 : "00", seconds,
	    t > 6 ? "." : "", t > 6 ? time + 6 : "");
	return num_parse_ts(text, ret, &ignored);
}

bool
edi_date(const char *date, const char *time, const char *zone,
    int64_t *ret_ts_us, struct oms_error *err)
{
	int64_t local_us, minutes;

	if (!parse_local(date, strlen(date), time, &local_us))
		return oms_fail(err, OMS_VALUE,
		    "\"%.20s%s%.20s\" is no date like 20260328%s", date,
		    time[0] != '\0' ? " " : "", time,
		    time[0] != '\0' ? " with a time like 1530" : "");
	if (!minutes_ahead(zone, local_us, &minutes, err))
		return false;
	*ret_ts_us = local_us - minutes * 60 * US_PER_S;
	return true;
}

/* CCYYWW: the Monday of that week of ISO 8601, whose Thursday is in CCYY. */
static bool
parse_week(const char *text, int64_t *ret)
{
	char date[ZONE_DATE_BYTES];
	struct oms_error ignored = NO_ERROR;
	int64_t fourth, last, monday, week;

	if (strlen(text) != 6 || !is_digits(text, 6) ||
	    !num_parse_int(text + 4, 1, 53, &week, &ignored))
		return false;
	snprintf(date, sizeof(date), "%.4s-01-04", text); /* is in week 1 */
	if (!zone_parse_day(date, &fourth, &ignored))
		return false;
	snprintf(date, sizeof(date), "%.4s-12-31", text);
	if (!zone_parse_day(date, &last, &ignored))
		return false;
	monday = fourth - (zone_weekday(fourth) + 6) % 7 + 7 * (week - 1);
	*ret = monday * S_PER_DAY * US_PER_S;
	return monday >= 0 && monday + 3 <= last;
}

/* CCYYMMDDCCYYMMDD, with or without a hyphen: both must be days. */
static bool
parse_period(const char *text, int64_t *ret)
{
	size_t n = strlen(text);
	int64_t last;

	if (n != 16 && !(n == 17 && text[8] == '-'))
		return false;
	return parse_local(text + n - 8, 8, "", &last) &&
	    parse_local(text, 8, "", ret) && *ret <= last;
}

static bool
parse_dtm(const char *text, const char *format, int64_t *ret)
{
	static const struct {
		const char *format;
		size_t date;
		size_t time;
	} rows[] = {
		{ "101", 6, 0 }, { "102", 8, 0 }, { "201", 6, 4 },
		{ "202", 6, 6 }, { "203", 8, 4 }, { "204", 8, 6 },
		{ "", 8, 0 }, /* senders leave it out when it is a date */
	};

	if (strcmp(format, "616") == 0)
		return parse_week(text, ret);
	if (strcmp(format, "718") == 0)
		return parse_period(text, ret);
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].format, format) == 0 &&
		    strlen(text) == rows[i].date + rows[i].time)
			return parse_local(text, rows[i].date,
			    text + rows[i].date, ret);
	return false;
}

bool
edi_dtm(const struct edi_seg *dtm, int64_t *ret_ts_us, struct oms_error *err)
{
	const char *text = edi_getc(dtm, 1, 2), *format = edi_getc(dtm, 1, 3);

	return parse_dtm(text, format, ret_ts_us) ||
	    oms_fail(err, OMS_VALUE,
		"\"%.40s\" is no date in the format \"%.10s\"; 102 is "
		"CCYYMMDD, 203 CCYYMMDDHHMM, 204 CCYYMMDDHHMMSS, 718 a period, "
		"616 CCYYWW",
		text, format);
}
