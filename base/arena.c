/* arena.c - see arena.h. */

#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ALIGN = 16, KEPT_MAX_BYTES = 16 << 20 };

struct block {
	struct block *next;
	size_t used; /* bytes of data[], this header not counted */
	size_t room;
	_Alignas(ALIGN) char data[];
};

struct arena {
	struct block *first;
	struct block *now; /* the one that is being filled */
	size_t block_bytes;
	size_t taken;
};

static struct block *
new_block(struct arena *a, size_t bytes)
{
	size_t room = bytes > a->block_bytes ? bytes : a->block_bytes;
	/* mem_resize does not clear: a block is cleared as it is taken. */
	struct block *b = mem_resize(a, NULL, sizeof(*b) + room);

	*b = (struct block){ .room = room };
	return b;
}

struct arena *
arena_new(mem_ctx *ctx, size_t block_bytes)
{
	struct arena *a = mem_new(ctx, struct arena);

	a->block_bytes = block_bytes;
	a->first = a->now = new_block(a, block_bytes);
	return a;
}

static void *
take(struct arena *a, size_t bytes)
{
	size_t n = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	void *p;

	if (a->now->room - a->now->used < n) {
		struct block *b = a->now->next;

		if (b == NULL || b->room < n) {
			b = new_block(a, n);
			b->next = a->now->next;
			a->now->next = b;
		}
		b->used = 0;
		a->now = b;
	}
	p = a->now->data + a->now->used;
	a->now->used += n;
	a->taken += n;
	return p;
}

void *
arena_zero(struct arena *a, size_t bytes)
{
	return memset(take(a, bytes), 0, bytes);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	static char empty[1];
	char *p;

	if (n == 0)
		return empty;
	p = take(a, n + 1);
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = take(a, (size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

size_t
arena_bytes(const struct arena *a)
{
	return a->taken;
}

/* Blocks of the usual size will be wanted again: first touch is dear. */
void
arena_reset(struct arena *a)
{
	size_t kept = a->first->room;

	for (struct block **at = &a->first->next, *b; (b = *at) != NULL;) {
		if (b->room > a->block_bytes || kept > KEPT_MAX_BYTES) {
			*at = b->next;
			mem_free(b);
			continue;
		}
		kept += b->room;
		at = &b->next;
	}
	a->first->used = 0;
	a->now = a->first;
	a->taken = 0;
}
