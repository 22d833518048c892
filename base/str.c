/* str.c - see str.h. */

#include "base/str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_ROOM = 256, NAME_MAX_BYTES = 200, DIGITS_MAX = 20 };

void
sbuf_init(struct sbuf *b, mem_ctx *ctx, size_t max_bytes)
{
	*b = (struct sbuf){ .ctx = ctx, .max = max_bytes };
	b->room = max_bytes < FIRST_ROOM ? max_bytes + 1 : FIRST_ROOM;
	b->p = mem_zero(ctx, b->room, "sbuf");
}

/* Make room for n more bytes and the NUL; false, for ever, past the limit. */
static bool
make_room(struct sbuf *b, size_t n)
{
	size_t want = b->len + n + 1;

	if (b->overflow || n > b->max - b->len) {
		b->overflow = true;
		return false;
	}
	if (want > b->room) {
		while (b->room < want)
			b->room *= 2;
		b->p = mem_resize(b->ctx, b->p, b->room);
	}
	return true;
}

void
sbuf_add(struct sbuf *b, const void *p, size_t n)
{
	if (!make_room(b, n))
		return;
	memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void
sbuf_adds(struct sbuf *b, const char *s)
{
	sbuf_add(b, s, strlen(s));
}

void
sbuf_addc(struct sbuf *b, char c)
{
	sbuf_add(b, &c, 1);
}

void
sbuf_addi(struct sbuf *b, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[DIGITS_MAX];
	size_t at = DIGITS_MAX;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		digits[--at] = '-';
	sbuf_add(b, digits + at, DIGITS_MAX - at);
}

void
sbuf_addf(struct sbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !make_room(b, (size_t)n)) {
		b->overflow = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
sbuf_clear(struct sbuf *b)
{
	b->len = 0;
	b->p[0] = '\0';
}

bool
sbuf_ok(const struct sbuf *b)
{
	return !b->overflow;
}

bool
str_copy(char *dst, size_t size, const char *s)
{
	size_t n = strlen(s);

	if (n >= size) {
		memcpy(dst, s, size - 1);
		dst[size - 1] = '\0';
		return false;
	}
	memcpy(dst, s, n + 1);
	return true;
}

/* The bytes of the UTF-8 sequence at s, 0 when it is not one. RFC 3629 4. */
static size_t
utf8_len(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80 ? 1
	    : s[0] < 0xc2        ? 0
	    : s[0] < 0xe0        ? 2
	    : s[0] < 0xf0        ? 3
	    : s[0] < 0xf5        ? 4
				 : 0;

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

bool
str_is_utf8(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = utf8_len((const unsigned char *)s + i, n - i);

		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

char *
str_show(mem_ctx *ctx, const char *s, size_t max_bytes)
{
	struct sbuf b;
	size_t n = strlen(s);

	sbuf_init(&b, ctx, max_bytes * 4 + 8);
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		size_t len = utf8_len((const unsigned char *)s + i, n - i);

		if (i + len > max_bytes) {
			sbuf_adds(&b, "...");
			break;
		}
		if (len == 0 || c < 0x20 || c == 0x7f) {
			sbuf_addf(&b, "\\x%02x", c);
			i++;
			continue;
		}
		sbuf_add(&b, s + i, len);
		i += len;
	}
	return b.p;
}

bool
str_is_safe_name(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > NAME_MAX_BYTES || s[0] == '.' || !str_is_utf8(s, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f || s[i] == '/')
			return false;
	return true;
}
