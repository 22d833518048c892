/*
 * edi_check_dtm.c - C507 of EDIFACT: is 2380 what 2379 says it is?
 *
 * source  UN/EDIFACT code list 2379
 */

#include "parsers/edi_check_internal.h"

#include <string.h>

#include "base/count.h"

enum {
	MOMENT_BYTES = 40, /* more than any form has */
	CENTURY = 2000     /* years of two digits: 2000 was a leap year */
};

/*
 * Y CCYY, y YY, M, D, h, m, s of two digits; W week, w day of it, J day of
 * the year; Z three letters of a time zone; '-' another moment, with a hyphen
 * before it or not.
 */
/* clang-format off */
static const struct form {
	const char *format; /* 2379 */
	const char *picture;
} forms[] = {
	{ "102", "YMD"    }, { "203", "YMDhm"       }, { "204", "YMDhms"  },
	{ "718", "YMD-YMD"}, { "719", "YMDhm-YMDhm" }, { "616", "YW"      },
	{ "2",   "DMy"    }, { "101", "yMD"         }, { "103", "yWw"     },
	{ "105", "yJ"     }, { "106", "MD"          }, { "107", "J"       },
	{ "108", "W"      }, { "109", "M"           }, { "110", "D"       },
	{ "201", "yMDhm"  }, { "202", "yMDhms"      }, { "303", "YMDhmZ"  },
	{ "304", "YMDhmsZ"}, { "401", "hm"          }, { "402", "hms"     },
	{ "501", "hm-hm"  }, { "602", "Y"           }, { "609", "yM"      },
	{ "610", "YM"     }, { "615", "yW"          }, { "711", "YMD-YMD" },
	{ "713", "yMDhm-yMDhm" }, { "717", "yMD-yMD" },
};

/* By letter: how many digits, and the least and most they may say. */
static const struct part {
	char letter;
	unsigned char width;
	bool is_time;
	unsigned short least;
	unsigned short most;
} parts[] = {
	{ 'Y', 4, false, 1, 9999 }, { 'y', 2, false, 0, 99 },
	{ 'M', 2, false, 1, 12   }, { 'D', 2, false, 1, 31 },
	{ 'W', 2, false, 1, 53   }, { 'w', 1, false, 1, 7  },
	{ 'J', 3, false, 1, 366  }, { 'h', 2, true,  0, 23 },
	{ 'm', 2, true,  0, 59   }, { 's', 2, true,  0, 59 },
};
/* clang-format on */

/* Parts of a moment that are to be looked at together; 0: not given. */
struct moment {
	unsigned year;
	unsigned month;
	unsigned day;
	bool has_year;
};

static const struct part *
part_of(char letter)
{
	for (size_t i = 0; i < COUNT(parts); i++)
		if (parts[i].letter == letter)
			return &parts[i];
	return NULL;
}

static void
keep(struct moment *m, char letter, unsigned v)
{
	if (letter == 'Y' || letter == 'y') {
		m->year = letter == 'y' ? CENTURY + v : v;
		m->has_year = true;
	} else if (letter == 'M') {
		m->month = v;
	} else if (letter == 'D') {
		m->day = v;
	}
}

/* By the calendar, as far as it is given. */
static bool
is_day(const struct moment *m)
{
	char text[MOMENT_BYTES];

	if (m->month == 0 || m->day == 0)
		return true;
	snprintf(text, sizeof(text), "%04u%02u%02u",
	    m->has_year ? m->year : CENTURY, m->month, m->day);
	return edi_is_date(text, 8);
}

/* The digits of one part; -1: there are none. */
static int
number_of(const char *p, size_t width)
{
	int v = 0;

	for (size_t i = 0; i < width; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

/* The value against its picture. */
static enum edi_fault
compare(const char *picture, const char *p, const char *end)
{
	struct moment m = { 0 };
	enum edi_fault fault = EDI_FAULT_COUNT;

	for (; *picture != '\0'; picture++) {
		const struct part *part = part_of(*picture);
		int v;

		if (*picture == '-') {
			if (!is_day(&m))
				return EDI_F_DATE;
			m = (struct moment){ 0 };
			p += p < end && *p == '-';
			continue;
		}
		if (*picture == 'Z') {
			p = end - p == 3 ? end : p;
			continue;
		}
		if (part == NULL || end - p < part->width)
			return EDI_F_DATE;
		v = number_of(p, part->width);
		if (v < 0)
			return EDI_F_DATE;
		if (v < part->least || v > part->most)
			fault = part->is_time ? EDI_F_TIME : EDI_F_DATE;
		if (fault == EDI_F_DATE)
			return fault;
		keep(&m, *picture, (unsigned)v);
		p += part->width;
	}
	return p != end || !is_day(&m) ? EDI_F_DATE : fault;
}

static const struct form *
form_of(const struct edi_value *format)
{
	for (size_t i = 0; i < COUNT(forms); i++)
		if (strlen(forms[i].format) == format->len &&
		    memcmp(forms[i].format, format->p, format->len) == 0)
			return &forms[i];
	return NULL;
}

/* Senders leave 2379 out when it is a date: nothing is said then. */
void
edi_dtm_check(struct edi_check *c, const struct edi_segment *s,
    const struct edi_use *u, unsigned e, const struct edi_value *v, size_t n)
{
	const struct form *form = n >= 3 ? form_of(&v[2]) : NULL;
	struct edi_spot spot = { .segment = s,
		.element = (int)e,
		.component = 2,
		.element_id = u->def->components[1].def->id };
	char text[MOMENT_BYTES], name[EDI_NAME_BYTES], show[SHOW_BYTES + 8];
	enum edi_fault fault;
	size_t len;

	if (form == NULL || v[1].len == 0 || v[1].len >= sizeof(text))
		return;
	spot.value = v[1].p;
	spot.value_len = v[1].len;
	len = edi_unrelease(&v[1], c->ix.delimiters.release, text,
	    sizeof(text));
	fault = compare(form->picture, text, text + len);
	if (fault != EDI_FAULT_COUNT)
		edi_check_say(c, &spot, fault, 0,
		    "%s is \"%s\": 2379 says %s, and there is no such %s",
		    edi_name_of(c, &spot, name), edi_show(text, len, show),
		    form->format, fault == EDI_F_TIME ? "time" : "date");
}
