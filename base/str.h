/*
 * str.h - text that grows, with a limit given at birth.
 *
 *	struct sbuf b;
 *
 *	sbuf_init(&b, ctx, DOC_MAX_BYTES);
 *	sbuf_addf(&b, "%s,%lld\n", sku, (long long)qty);
 *	if (!sbuf_ok(&b)) ...               asked once, at the end
 *
 * The bytes belong to ctx and are always NUL-terminated.  What does not fit is
 * dropped and remembered: sbuf_ok() is then false for ever.
 */
#ifndef OMS_BASE_STR_H
#define OMS_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

struct sbuf {
	char *p; /* len bytes and a NUL */
	size_t len;
	size_t room;
	size_t max; /* bytes, the limit */
	bool overflow;
	mem_ctx *ctx;
};

void sbuf_init(struct sbuf *b, mem_ctx *ctx, size_t max_bytes);
void sbuf_add(struct sbuf *b, const void *p, size_t n);
void sbuf_adds(struct sbuf *b, const char *s);
void sbuf_addc(struct sbuf *b, char c);
void sbuf_addi(struct sbuf *b, int64_t value); /* in digits; cheap */
void sbuf_addf(struct sbuf *b, const char *fmt, ...) PRINTF(2, 3);
void sbuf_clear(struct sbuf *b); /* empty again; the room is kept */
bool sbuf_ok(const struct sbuf *b);

/* Copy s into dst of size bytes, cut if too long; false when it was cut. */
bool str_copy(char *dst, size_t size, const char *s);

/*
 * str_show - text of a partner, safe to print: control bytes and invalid
 * UTF-8 become \xNN, and what is longer than max_bytes is cut with "...".
 */
char *str_show(mem_ctx *ctx, const char *s, size_t max_bytes);

/* Is it whole, shortest-form UTF-8 without surrogates?  RFC 3629. */
bool str_is_utf8(const char *s, size_t n);

/*
 * str_is_safe_name - may it be one component of a path of ours?
 *
 * True for 1 to 200 bytes of UTF-8 without '/', control bytes or a leading
 * dot.  Names come from partners' data, so they may try to leave the folder.
 */
bool str_is_safe_name(const char *s);

#endif
