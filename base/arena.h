/*
 * arena.h - many small things that die together.
 *
 * For what a record is made of by the hundred: tree nodes, short texts.
 * Taking is a few instructions; nothing is freed alone.  Everything else
 * belongs in a mem context (mem.h), where each block is visible to ASan.
 */
#ifndef OMS_BASE_ARENA_H
#define OMS_BASE_ARENA_H

#include <stddef.h>

#include "base/mem.h"

struct arena; /* opaque */

/* An empty arena that dies with ctx and grows by block_bytes at a time. */
struct arena *arena_new(mem_ctx *ctx, size_t block_bytes);

/* bytes zeroed bytes, aligned for anything. */
void *arena_zero(struct arena *a, size_t bytes);
#define arena_array(a, type, n) ((type *)arena_zero(a, sizeof(type) * (n)))

/* n bytes of s and a NUL; "" takes no room. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/* Bytes taken since the last reset. */
size_t arena_bytes(const struct arena *a);

/* Everything taken is gone; up to 16 MiB of blocks stay for what comes. */
void arena_reset(struct arena *a);

#endif
