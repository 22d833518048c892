/*
 * nomem.c - LD_PRELOAD: the N-th request for memory is refused.
 *
 *   NOMEM_AT=N      of each process, a child goes on with its parent's count
 *   NOMEM_ALWAYS=1  and every one after it
 *   NOMEM_LOG=FILE  the count is written there when the process ends by itself
 *
 * The C library's own requests count, those of the loader before main do not.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The C library has them under these names, too: nothing to look up. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t m);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

static unsigned long count, refused_at;
static bool always, counts;
static pid_t first;

__attribute__((constructor)) static void
begin(void)
{
	const char *at = getenv("NOMEM_AT");

	refused_at = at != NULL ? strtoul(at, NULL, 10) : 0;
	always = getenv("NOMEM_ALWAYS") != NULL;
	first = getpid();
	counts = true;
}

__attribute__((destructor)) static void
end(void)
{
	const char *path = getenv("NOMEM_LOG");
	FILE *f;

	counts = false;
	if (path == NULL || getpid() != first || (f = fopen(path, "w")) == NULL)
		return;
	fprintf(f, "%lu\n", count);
	fclose(f);
}

static bool
is_refused(void)
{
	if (!counts)
		return false;
	count++;
	if (refused_at == 0 || count < refused_at ||
	    (count > refused_at && !always))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return is_refused() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t m)
{
	return is_refused() ? NULL : __libc_calloc(n, m);
}

void *
realloc(void *p, size_t n)
{
	return is_refused() ? NULL : __libc_realloc(p, n);
}

void *
aligned_alloc(size_t align, size_t n)
{
	return is_refused() ? NULL : __libc_memalign(align, n);
}

int
posix_memalign(void **ret, size_t align, size_t n)
{
	void *p = is_refused() ? NULL : __libc_memalign(align, n);

	if (p == NULL)
		return ENOMEM;
	*ret = p;
	return 0;
}
