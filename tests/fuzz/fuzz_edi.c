/*
 * fuzz_edi.c - no bytes may crash the checker of EDI, leak, or make it loop;
 * what it says lies within the input, and where the input is cut changes
 * nothing.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "parsers/edi_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { VALUE_MAX_BYTES = 240, SET_MAX_BYTES = 64 << 10 };

struct said {
	int64_t len; /* of the input */
	uint64_t hash;
	int64_t sets_ended;
	int64_t interchanges; /* begun */
	int64_t interchanges_ended;
};

static void
add(struct said *s, uint64_t v)
{
	s->hash = (s->hash ^ v) * UINT64_C(0x100000001B3);
}

static bool
on_finding(void *u, const struct edi_finding *f, struct oms_error *err)
{
	struct said *s = u;

	(void)err;
	assert(f->byte_off >= 0 && f->byte_off <= s->len);
	assert(f->line >= 1 && f->column >= 1);
	assert(f->message[0] != '\0' && strlen(f->value) <= VALUE_MAX_BYTES);
	add(s, f->fault);
	add(s, (uint64_t)f->severity);
	add(s, (uint64_t)f->byte_off);
	add(s, (uint64_t)f->line << 32 | (uint64_t)f->segment_no);
	add(s, (uint64_t)f->element << 32 | (uint64_t)f->component);
	return true;
}

/* What is in an interchange comes behind its beginning, before its end. */
static bool
on_interchange(void *u, const struct edi_interchange *ix, bool *ret_known,
    struct oms_error *err)
{
	struct said *s = u;

	(void)ret_known;
	(void)err;
	assert(ix->no == ++s->interchanges);
	return true;
}

static bool
on_interchange_end(void *u, const struct edi_interchange *ix,
    struct oms_error *err)
{
	struct said *s = u;

	(void)err;
	assert(ix->no == ++s->interchanges_ended);
	assert(s->interchanges_ended == s->interchanges);
	assert(ix->byte_off + ix->byte_len <= s->len);
	return true;
}

static bool
on_group(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct said *s = u;

	(void)g;
	(void)err;
	assert(s->interchanges == s->interchanges_ended + 1);
	return true;
}

static bool
on_set_end(void *u, const struct edi_set_head *h, const struct edi_set *set,
    struct oms_error *err)
{
	struct said *s = u;

	(void)err;
	assert(h->verdict != EDI_REJECTED || set == NULL);
	assert(set == NULL || (int64_t)set->count <= h->segment_count);
	s->sets_ended++;
	add(s, (uint64_t)h->verdict);
	add(s, (uint64_t)h->segment_count);
	return true;
}

/* bits[0] chooses leniencies, bits[1] the rest of the options. */
static struct said
run(mem_ctx *ctx, struct edi_guides *guides, const uint8_t bits[2],
    const char *p, size_t n, size_t piece)
{
	struct said said = { .len = (int64_t)n };
	struct edi_sink sink = { .u = &said,
		.interchange = on_interchange,
		.group = on_group,
		.set_end = on_set_end,
		.interchange_end = on_interchange_end,
		.finding = on_finding };
	struct edi_check_options options = { .is_test = -1,
		.guides = guides,
		.lenient = bits[0] * 0x0101u,
		.collect = (bits[1] & 1) != 0,
		.set_max_bytes = SET_MAX_BYTES,
		.no_group_check = (bits[1] & 2) != 0,
		.no_set_check = (bits[1] & 4) != 0,
		.suspend_interchange = (bits[1] & 8) != 0 };
	struct edi_check *c = edi_check_new(ctx, &options, &sink);
	struct oms_error err = NO_ERROR;
	struct edi_summary sum = { 0 };

	for (size_t at = 0; at < n; at += piece)
		assert(edi_check_feed(c, p + at,
		    n - at < piece ? n - at : piece, &err));
	if (edi_check_finish(c, &sum, &err)) {
		assert(sum.sets == said.sets_ended);
		assert(sum.sets == sum.sets_accepted + sum.sets_rejected);
	}
	mem_free(c);
	return said;
}

/* A file as it is, read strictly; with a byte from 0x80 on before it, that one
   and the next are the options. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t strict[2] = { 0, 1 };
	static struct edi_guides *guides; /* read once */
	bool is_said = n > 2 && data[0] >= 0x80;
	const uint8_t *bits = is_said ? data : strict;
	size_t at = is_said ? 2 : 0;
	const char *p = (const char *)data + at;
	struct said whole, pieces;
	mem_ctx *ctx;

	if (n == 0)
		return 0;
	if (guides == NULL)
		guides = edi_guides_new(NULL);
	ctx = mem_ctx_new(NULL, "fuzz");
	whole = run(ctx, guides, bits, p, n - at, n - at);
	pieces = run(ctx, guides, bits, p, n - at, 1 + n % 7);
	assert(whole.hash == pieces.hash);
	mem_free(ctx);
	return 0;
}
