/*
 * mem.h - who owns what.
 *
 * Every object is created inside a context and dies with it; nothing is
 * freed one by one.  There are three lifetimes, outermost first:
 *
 *   run    the process          configuration, the database handle
 *   file   one inbound file     bytes, parsed records, mapped orders
 *   row    one record           scratch; emptied between records
 *
 * These calls succeed or do not return: a job that runs out of memory exits
 * with status 5 (temporary failure) and cron runs it again.  A thin veneer over talloc(3).
 */
#ifndef OMS_BASE_MEM_H
#define OMS_BASE_MEM_H

#include <stddef.h>

#include "base/error.h"

/* Exit statuses without memory. */
enum {
	MEM_EXHAUSTED = 5, /* the machine has none: run again later */
	MEM_LIMITED = 99   /* our own limit of addresses (RLIMIT_AS) */
};

typedef void mem_ctx; /* any pointer obtained from this module */

mem_ctx *mem_ctx_new(mem_ctx *parent, const char *name);
void mem_free(mem_ctx *ctx); /* and everything inside it; NULL is allowed */

#define mem_new(ctx, type)      ((type *)mem_zero(ctx, sizeof(type), #type))
#define mem_array(ctx, type, n) ((type *)mem_zeros(ctx, sizeof(type), n, #type))

void *mem_zero(mem_ctx *ctx, size_t bytes, const char *type);
void *mem_zeros(mem_ctx *ctx, size_t bytes, size_t n, const char *type);
void *mem_resize(mem_ctx *ctx, void *p, size_t bytes); /* new bytes not zero */
char *mem_strndup(mem_ctx *ctx, const char *s, size_t n);
char *mem_strdup(mem_ctx *ctx, const char *s);
char *mem_printf(mem_ctx *ctx, const char *fmt, ...) PRINTF(2, 3);

/*
 * For a library that lets us choose its malloc(3), realloc(3) and strdup(3):
 * else it would take "no memory" for a fault of the data.
 */
void *mem_malloc(size_t bytes);
void *mem_realloc(void *p, size_t bytes);
char *mem_malloc_text(const char *s);

/* The same for OpenSSL, which asks once: before its first use. */
void mem_for_openssl(void);

/* Call fn(p) when p dies: for a handle that owns a descriptor. */
void mem_on_free(void *p, void (*fn)(void *p));

mem_ctx *mem_parent(const void *p);

#endif
