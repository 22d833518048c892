/*
 * bench_edi.c - how fast EDI is read, beside memchr(3) of the same bytes.
 *
 *	bench_edi FILE...
 *
 * Each file is held in memory and read ROUNDS times in turn: memchr from
 * terminator to terminator, which only finds segments, and the reader in
 * pieces of 64 KiB, whose callback looks at the tag and counts elements.
 * Then the checker: the same with envelopes, and every segment and value held
 * against the guide of its set.  The best round counts: the machine may be
 * busy.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "parsers/edi_check.h"

enum { ROUNDS = 7, PIECE_BYTES = 64 << 10 };

struct seen {
	long segments;
	long elements;
	unsigned tags;
};

/* Of this process, so that others at work disturb it less. */
static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
on_event(void *u, const struct edi_event *ev, struct oms_error *err)
{
	struct seen *seen = u;

	if (ev->kind == EDI_LEXICAL)
		return oms_fail(err, OMS_SYNTAX, "wrong bytes at %lld",
		    (long long)ev->byte_off);
	if (ev->kind == EDI_SEGMENT) {
		seen->segments++;
		seen->elements += ev->segment->element_count;
		seen->tags ^= ev->segment->id;
	}
	return true;
}

static bool
read_all(struct edi_reader *r, const char *p, size_t n, struct oms_error *err)
{
	edi_reader_reset(r);
	for (size_t at = 0; at < n; at += PIECE_BYTES)
		if (!edi_reader_feed(r, p + at,
			n - at < PIECE_BYTES ? n - at : PIECE_BYTES, err))
			return false;
	return edi_reader_finish(r, err);
}

static bool
check_all(struct edi_check *c, const char *p, size_t n, struct oms_error *err)
{
	struct edi_summary sum;

	edi_check_reset(c);
	for (size_t at = 0; at < n; at += PIECE_BYTES)
		if (!edi_check_feed(c, p + at,
			n - at < PIECE_BYTES ? n - at : PIECE_BYTES, err))
			return false;
	if (!edi_check_finish(c, &sum, err))
		return false;
	return sum.errors == 0 ||
	    oms_fail(err, OMS_SYNTAX, "%lld errors", (long long)sum.errors);
}

static long
count_terminators(const char *p, size_t n)
{
	const char *end = p + n;
	char terminator = end[-1];
	long count = 0;

	while ((p = memchr(p, terminator, (size_t)(end - p))) != NULL) {
		count++;
		if (++p == end)
			break;
	}
	return count;
}

static char *
load(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "r");
	char *p;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		return NULL;
	*ret_n = (size_t)ftell(f);
	rewind(f);
	p = malloc(*ret_n + 1);
	if (p != NULL && fread(p, 1, *ret_n, f) != *ret_n)
		p[0] = '\0';
	fclose(f);
	return p;
}

static bool
measure(const char *path, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "bench");
	struct seen seen = { 0 };
	struct edi_reader *r = edi_reader_new(ctx, EDI_STRICT, on_event, &seen);
	struct edi_check_options options = { .is_test = -1,
		.guides = edi_guides_new(ctx) };
	struct edi_sink none = { 0 };
	struct edi_check *c = edi_check_new(ctx, &options, &none);
	double best = 1e9, best_ref = 1e9, best_check = 1e9, mb;
	const char *name = strrchr(path, '/');
	size_t n = 0;
	char *p = load(path, &n);
	long found = 0;

	if (p == NULL || n == 0)
		return oms_fail(err, OMS_IO, "cannot read %s", path);
	for (int i = 0; i < ROUNDS; i++) {
		double t0 = now_s(), t1, t2, t3;

		found = count_terminators(p, n);
		t1 = now_s();
		seen = (struct seen){ 0 };
		if (!read_all(r, p, n, err))
			return oms_at(err, "%s", path);
		t2 = now_s();
		if (!check_all(c, p, n, err))
			return oms_at(err, "%s", path);
		t3 = now_s();
		best_check = t3 - t2 < best_check ? t3 - t2 : best_check;
		best_ref = t1 - t0 < best_ref ? t1 - t0 : best_ref;
		best = t2 - t1 < best ? t2 - t1 : best;
	}
	mb = (double)n / 1e6;
	printf("%-10s %8.1f %10ld %10ld %10.0f %10.0f %7.2f %10.0f\n",
	    name != NULL ? name + 1 : path, mb, seen.segments, found,
	    mb / best_ref, mb / best, best / best_ref, mb / best_check);
	free(p);
	mem_free(ctx);
	return true;
}

int
main(int argc, char **argv)
{
	struct oms_error err = NO_ERROR;

	printf("%-10s %8s %10s %10s %10s %10s %7s %10s\n", "file", "MB",
	    "segments", "memchr", "memchr MB/s", "reader MB/s", "ratio",
	    "check MB/s");
	for (int i = 1; i < argc; i++) {
		if (!measure(argv[i], &err)) {
			fprintf(stderr, "bench_edi: %s: %s\n", err.where,
			    err.reason);
			return 1;
		}
	}
	return 0;
}
