/* json.c - see json.h.  RFC 8259. */

#include "writers/json.h"

#include <assert.h>
#include <string.h>

#include "base/num.h"

enum { UTF8_MAX_BYTES = 4 };

void
json_begin(struct json *j, struct sbuf *out)
{
	*j = (struct json){ .out = out };
}

/* The bytes of the sequence at s; 0 when it is none. */
static size_t
utf8_at(const char *s)
{
	for (size_t n = 1; n <= UTF8_MAX_BYTES && s[n - 1] != '\0'; n++)
		if (str_is_utf8(s, n))
			return n;
	return 0;
}

static size_t
add_special(struct sbuf *out, const char *s)
{
	static const char letters[] = "\"\\\b\f\n\r\t";
	static const char escapes[] = "\"\\bfnrt";
	const char *p = strchr(letters, s[0]);
	size_t n;

	if (p != NULL) {
		sbuf_addc(out, '\\');
		sbuf_addc(out, escapes[p - letters]);
		return 1;
	}
	if ((unsigned char)s[0] < 0x20 || s[0] == 0x7f) {
		sbuf_addf(out, "\\u%04x", (unsigned)s[0]);
		return 1;
	}
	n = utf8_at(s);
	sbuf_add(out, n > 0 ? s : "\xef\xbf\xbd", n > 0 ? n : 3);
	return n > 0 ? n : 1;
}

static bool
is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void
quoted(struct sbuf *out, const char *s)
{
	sbuf_addc(out, '"');
	while (*s != '\0') {
		size_t run = 0;

		while (is_plain(s[run]))
			run++;
		sbuf_add(out, s, run);
		s += run;
		if (*s != '\0')
			s += add_special(out, s);
	}
	sbuf_addc(out, '"');
}

/* What stands before every value: a comma, a key. */
static void
before(struct json *j, const char *key)
{
	if (j->more[j->depth])
		sbuf_addc(j->out, ',');
	j->more[j->depth] = j->depth > 0;
	assert((key != NULL) == (j->end[j->depth] == '}'));
	if (key != NULL) {
		quoted(j->out, key);
		sbuf_addc(j->out, ':');
	}
}

static void
open_one(struct json *j, const char *key, char begin, char end)
{
	before(j, key);
	assert(j->depth < JSON_DEPTH_MAX);
	sbuf_addc(j->out, begin);
	j->depth++;
	j->more[j->depth] = false;
	j->end[j->depth] = end;
}

void
json_object(struct json *j, const char *key)
{
	open_one(j, key, '{', '}');
}

void
json_array(struct json *j, const char *key)
{
	open_one(j, key, '[', ']');
}

void
json_close(struct json *j)
{
	assert(j->depth > 0);
	sbuf_addc(j->out, j->end[j->depth]);
	if (--j->depth == 0)
		sbuf_addc(j->out, '\n');
}

void
json_text(struct json *j, const char *key, const char *value)
{
	before(j, key);
	quoted(j->out, value);
}

void
json_int(struct json *j, const char *key, int64_t value)
{
	char digits[NUM_DECIMAL_BYTES];

	before(j, key);
	sbuf_adds(j->out, num_format_decimal(value, 0, digits));
}

void
json_bool(struct json *j, const char *key, bool value)
{
	before(j, key);
	sbuf_adds(j->out, value ? "true" : "false");
}

void
json_null(struct json *j, const char *key)
{
	before(j, key);
	sbuf_adds(j->out, "null");
}
