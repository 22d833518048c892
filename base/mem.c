/* mem.c - see mem.h.  The only file that knows talloc. */

#include "base/mem.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <talloc.h>

/*
 * Is it our own limit that refused the bytes?  Else the machine is short of
 * memory.  Near the limit is as good as there: what libraries asked for in
 * between is not known.
 */
static bool
is_own_limit(size_t bytes)
{
	char text[32] = "";
	struct rlimit limit;
	rlim_t used;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 ||
	    getrlimit(RLIMIT_AS, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return false;
	used = (rlim_t)strtoul(text, NULL, 10) * (rlim_t)getpagesize();
	return used + bytes > limit.rlim_cur / 4 * 3;
}

static void *
or_exit(void *p, size_t bytes)
{
	static const char msg[] = "oms: out of memory\n";

	if (p == NULL) {
		(void)!write(STDERR_FILENO, msg, sizeof(msg) - 1);
		_exit(is_own_limit(bytes) ? MEM_LIMITED : MEM_EXHAUSTED);
	}
	return p;
}

mem_ctx *
mem_ctx_new(mem_ctx *parent, const char *name)
{
	return or_exit(talloc_named_const(parent, 0, name), 0);
}

void
mem_free(mem_ctx *ctx)
{
	if (ctx != NULL)
		talloc_free(ctx);
}

void *
mem_zero(mem_ctx *ctx, size_t bytes, const char *type)
{
	return or_exit(_talloc_zero(ctx, bytes, type), bytes);
}

void *
mem_zeros(mem_ctx *ctx, size_t bytes, size_t n, const char *type)
{
	return or_exit(_talloc_zero_array(ctx, bytes, (unsigned)n, type),
	    bytes * n);
}

void *
mem_resize(mem_ctx *ctx, void *p, size_t bytes)
{
	return or_exit(
	    _talloc_realloc_array(ctx, p, 1, (unsigned)bytes, "bytes"), bytes);
}

char *
mem_strdup(mem_ctx *ctx, const char *s)
{
	return or_exit(talloc_strdup(ctx, s), 0);
}

char *
mem_strndup(mem_ctx *ctx, const char *s, size_t n)
{
	return or_exit(talloc_strndup(ctx, s, n), 0);
}

char *
mem_printf(mem_ctx *ctx, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = talloc_vasprintf(ctx, fmt, ap);
	va_end(ap);
	return or_exit(s, 0);
}

struct guard {
	void (*fn)(void *p);
	void *p;
};

static int
guard_run(struct guard *g)
{
	g->fn(g->p);
	return 0;
}

void *
mem_malloc(size_t bytes)
{
	return or_exit(malloc(bytes > 0 ? bytes : 1), bytes);
}

void *
mem_realloc(void *p, size_t bytes)
{
	return or_exit(realloc(p, bytes > 0 ? bytes : 1), bytes);
}

char *
mem_malloc_text(const char *s)
{
	return or_exit(strdup(s), 0);
}

static void *
openssl_malloc(size_t bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	return mem_malloc(bytes);
}

static void *
openssl_realloc(void *p, size_t bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	return mem_realloc(p, bytes);
}

static void
openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void
mem_for_openssl(void)
{
	(void)CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc,
	    openssl_free);
}

void
mem_on_free(void *p, void (*fn)(void *p))
{
	struct guard *g = mem_new(p, struct guard);

	*g = (struct guard){ .fn = fn, .p = p };
	talloc_set_destructor(g, guard_run);
}

mem_ctx *
mem_parent(const void *p)
{
	return talloc_parent(p);
}
