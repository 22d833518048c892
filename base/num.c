/* num.c - see num.h. */

#include "base/num.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { SCALE_MAX = 9, US_PER_S = 1000000, S_PER_DAY = 86400 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
num_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret,
    struct oms_error *err)
{
	const char *p = s + (s[0] == '-');
	int64_t v = 0;
	bool ok = *p != '\0';

	for (; ok && *p != '\0'; p++)
		ok = is_digit(*p) && !__builtin_mul_overflow(v, 10, &v) &&
		    !__builtin_sub_overflow(v, *p - '0', &v);
	if (ok && s[0] != '-')
		ok = !__builtin_sub_overflow(0, v, &v);
	if (!ok || v < min || v > max)
		return oms_fail(err, OMS_VALUE,
		    "\"%.40s\" is not a whole number from %lld to %lld", s,
		    (long long)min, (long long)max);
	*ret = v;
	return true;
}

static bool
not_decimal(struct oms_error *err, const char *s, int scale)
{
	return oms_fail(err, OMS_VALUE,
	    "\"%.40s\" is not a decimal number with at most %d decimals", s,
	    scale);
}

bool
num_parse_decimal(const char *s, int scale, int64_t *ret, struct oms_error *err)
{
	const char *p = s + (s[0] == '-' || s[0] == '+');
	int64_t v = 0, exponent = 0;
	int decimals = 0, digits = 0, zeros = 0;
	bool after_point = false;

	assert(scale >= 0 && scale <= SCALE_MAX);
	for (; is_digit(*p) || (*p == '.' && !after_point); p++) {
		if (*p == '.') {
			after_point = true;
			continue;
		}
		digits++;
		decimals += after_point;
		/* Trailing zeros wait, so that "1.000000" keeps its room. */
		if (*p == '0' && (after_point || v == 0)) {
			zeros += after_point;
			continue;
		}
		for (; zeros > 0; zeros--)
			if (__builtin_mul_overflow(v, 10, &v))
				return not_decimal(err, s, scale);
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, *p - '0', &v))
			return not_decimal(err, s, scale);
	}
	if (digits > 0 && (*p == 'e' || *p == 'E')) {
		p += p[1] == '+' ? 2 : 1;
		if (!num_parse_int(p, -30, 30, &exponent, err))
			return not_decimal(err, s, scale);
		p = "";
	}
	if (digits == 0 || *p != '\0')
		return not_decimal(err, s, scale);
	for (int64_t up = exponent - (decimals - zeros) + scale; up != 0;) {
		if (v == 0)
			break;
		if (up < 0 && (v % 10 != 0))
			return not_decimal(err, s, scale);
		if (up < 0) {
			v /= 10;
			up++;
		} else if (__builtin_mul_overflow(v, 10, &v)) {
			return not_decimal(err, s, scale);
		} else {
			up--;
		}
	}
	*ret = s[0] == '-' ? -v : v;
	return true;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day -
	    1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

static void
civil_of(int64_t days, int64_t *y, int64_t *m, int64_t *d)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = yoe + era * 400 + (*m <= 2);
}

/* Read exactly n digits at *p. */
static bool
digits(const char **p, int n, int64_t *ret)
{
	*ret = 0;
	for (int i = 0; i < n; i++, (*p)++) {
		if (!is_digit(**p))
			return false;
		*ret = *ret * 10 + (**p - '0');
	}
	return true;
}

static bool
take(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool
parse_date(const char **p, int64_t *ret_days)
{
	static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };
	int64_t y, m, d;

	if (!digits(p, 4, &y) || !take(p, '-') || !digits(p, 2, &m) ||
	    !take(p, '-') || !digits(p, 2, &d))
		return false;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (y < 1970 || m < 1 || m > 12 || d < 1 ||
	    d > month_days[m - 1] + (m == 2 && leap))
		return false;
	*ret_days = days_of(y, m, d);
	return true;
}

static bool
parse_time(const char **p, int64_t *ret_us)
{
	int64_t h, m, s, us = 0, unit = US_PER_S;

	if (!digits(p, 2, &h) || !take(p, ':') || !digits(p, 2, &m))
		return false;
	s = 0; /* a shop's JSON leaves the seconds out: formats, SFCC */
	if (take(p, ':') && !digits(p, 2, &s))
		return false;
	if (h > 23 || m > 59 || s > 59)
		return false;
	if (take(p, '.')) {
		if (!is_digit(**p))
			return false;
		for (; is_digit(**p); (*p)++) {
			unit /= 10;
			us += (**p - '0') * unit;
		}
	}
	*ret_us = ((h * 60 + m) * 60 + s) * US_PER_S + us;
	return true;
}

static bool
parse_zone(const char **p, int64_t *ret_us)
{
	int64_t h, m;
	int sign = **p == '-' ? -1 : 1;

	*ret_us = 0;
	if (**p == '\0' || take(p, 'Z'))
		return true;
	if (!take(p, '+') && !take(p, '-'))
		return false;
	if (!digits(p, 2, &h) || !take(p, ':') || !digits(p, 2, &m) || h > 14 ||
	    m > 59)
		return false;
	*ret_us = sign * (h * 60 + m) * 60 * US_PER_S;
	return true;
}

bool
num_parse_ts(const char *s, int64_t *ret_us, struct oms_error *err)
{
	const char *p = s;
	int64_t days, time_us = 0, zone_us;
	bool ok = parse_date(&p, &days);

	if (ok && take(&p, 'T'))
		ok = parse_time(&p, &time_us);
	ok = ok && parse_zone(&p, &zone_us) && *p == '\0';
	if (!ok)
		return oms_fail(err, OMS_VALUE,
		    "\"%.40s\" is not a time like 2026-03-28T02:00:00Z", s);
	*ret_us = days * S_PER_DAY * US_PER_S + time_us - zone_us;
	return true;
}

static void
split(int64_t ts_us, int64_t ymd[3], int64_t hms[3], int64_t *us)
{
	int64_t secs = ts_us / US_PER_S - (ts_us % US_PER_S < 0);
	int64_t day = secs / S_PER_DAY - (secs % S_PER_DAY < 0);
	int64_t rest = secs - day * S_PER_DAY;

	*us = ts_us - secs * US_PER_S;
	civil_of(day, &ymd[0], &ymd[1], &ymd[2]);
	hms[0] = rest / 3600;
	hms[1] = rest / 60 % 60;
	hms[2] = rest % 60;
}

/* v as that many digits at p; the end of them. */
static char *
put(char *p, int64_t v, int width)
{
	for (int i = width; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + width;
}

/* Three numbers with what stands between them. */
static char *
put3(char *p, const int64_t v[3], int first_width, const char *between)
{
	p = put(p, v[0], first_width);
	for (int i = 1; i < 3; i++) {
		if (*between != '\0')
			*p++ = *between;
		p = put(p, v[i], 2);
	}
	return p;
}

char *
num_format_ts(int64_t ts_us, char dst[NUM_TS_BYTES])
{
	int64_t d[3], t[3], us;
	char *p;

	split(ts_us, d, t, &us);
	p = put3(dst, d, 4, "-");
	*p++ = 'T';
	p = put3(p, t, 2, ":");
	if (us != 0) {
		*p++ = '.';
		p = us % 1000 == 0 ? put(p, us / 1000, 3) : put(p, us, 6);
	}
	*p++ = 'Z';
	*p = '\0';
	return dst;
}

char *
num_format_stamp(int64_t ts_us, char dst[NUM_TS_BYTES])
{
	int64_t d[3], t[3], us;
	char *p;

	split(ts_us, d, t, &us);
	p = put3(dst, d, 4, "");
	*p++ = 'T';
	p = put3(p, t, 2, "");
	*p++ = 'Z';
	*p = '\0';
	return dst;
}

char *
num_format_decimal(int64_t v, int scale, char dst[NUM_DECIMAL_BYTES])
{
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char digits[NUM_DECIMAL_BYTES], *p = dst;
	int n = 0;

	assert(scale >= 0 && scale <= SCALE_MAX);
	do {
		digits[n++] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0 || n <= scale);
	if (v < 0)
		*p++ = '-';
	while (n > 0) {
		if (n == scale)
			*p++ = '.';
		*p++ = digits[--n];
	}
	*p = '\0';
	return dst;
}

int64_t
num_muldiv(int64_t a, int64_t b, int64_t c)
{
	__extension__ typedef __int128 wide;
	wide p = (wide)a * b;

	assert(c > 0);
	return (int64_t)(p < 0 ? (p - c / 2) / c : (p + c / 2) / c);
}

bool
num_add(int64_t a, int64_t b, int64_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

int64_t
num_add_product(int64_t sum, int64_t a, int64_t b)
{
	int64_t product;

	return __builtin_mul_overflow(a, b, &product) ||
		__builtin_add_overflow(sum, product, &sum)
	    ? INT64_MAX
	    : sum;
}
