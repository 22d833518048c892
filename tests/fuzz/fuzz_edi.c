/*
 * fuzz_edi.c - no bytes may crash the EDI reader or make it loop, and where
 * they are cut changes nothing of what it tells.  The last byte of an input
 * decides the cuts and the leniencies, the byte before it the cuts.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "parsers/edi_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A sum of all that was told. */
struct told {
	uint64_t sum;
	int64_t end;
	int depth;
};

static void
mix(struct told *t, const void *p, size_t n)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < n; i++)
		t->sum = (t->sum ^ c[i]) * 0x100000001b3u;
}

static void
mix_int(struct told *t, int64_t v)
{
	mix(t, &v, sizeof(v));
}

static void
mix_segment(struct told *t, const struct edi_segment *s)
{
	assert(s->byte_off >= t->end && s->element_count <= EDI_ELEMENTS_MAX);
	t->end = s->byte_off + s->byte_len;
	mix_int(t, s->byte_off);
	mix_int(t, s->byte_len);
	mix_int(t, s->line);
	mix_int(t, s->column);
	mix_int(t, s->id);
	mix(t, s->tag, sizeof(s->tag));
	mix(t, s->raw, s->raw_len);
	for (unsigned i = 0; i < s->first[s->element_count + 1]; i++) {
		const struct edi_value *v = &s->values[i];

		assert(v->p >= s->raw && v->p + v->len <= s->raw + s->raw_len);
		mix(t, v->p, v->len);
		mix_int(t, v->repetition);
		mix_int(t, v->component);
		mix_int(t, v->is_released);
	}
	for (unsigned e = 0; e <= s->element_count + 1u; e++)
		mix_int(t, s->first[e]);
}

static bool
on_event(void *u, const struct edi_event *ev, struct oms_error *err)
{
	struct told *t = u;

	(void)err;
	mix_int(t, ev->kind);
	mix_int(t, ev->byte_off);
	mix_int(t, ev->line);
	mix_int(t, ev->column);
	t->depth += (ev->kind == EDI_BEGIN) - (ev->kind == EDI_END);
	assert(t->depth == 0 || t->depth == 1);
	if (ev->kind == EDI_BEGIN)
		mix(t, ev->delimiters, sizeof(*ev->delimiters));
	if (ev->kind == EDI_SEGMENT) {
		assert(t->depth == 1);
		mix_segment(t, ev->segment);
	}
	if (ev->kind == EDI_LEXICAL) {
		assert(ev->bytes_len <= 60);
		mix_int(t, ev->lexical);
		mix_int(t, ev->is_forgiven);
		mix(t, ev->bytes, ev->bytes_len);
	}
	return true;
}

/* Pieces are copies, so that a read behind their end is seen. */
static uint64_t
read_in(const uint8_t *data, size_t n, unsigned lenient, unsigned cuts)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "fuzz");
	struct told told = { 0 };
	struct edi_reader *r = edi_reader_new(ctx, lenient, on_event, &told);
	struct oms_error err = NO_ERROR;

	for (size_t at = 0, k; at < n; at += k) {
		cuts = cuts * 1103515245u + 12345u;
		k = 1 + (cuts >> 16) % 97;
		if (k > n - at)
			k = n - at;
		char *piece = malloc(k);
		memcpy(piece, data + at, k);
		if (!edi_reader_feed(r, piece, k, &err))
			abort();
		free(piece);
	}
	if (!edi_reader_finish(r, &err))
		assert(err.code == OMS_SYNTAX);
	assert(told.depth == 0);
	mem_free(ctx);
	return told.sum;
}

static uint64_t
read_whole(const uint8_t *data, size_t n, unsigned lenient)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "fuzz");
	struct told told = { 0 };
	struct edi_reader *r = edi_reader_new(ctx, lenient, on_event, &told);
	struct oms_error err = NO_ERROR;

	if (!edi_reader_feed(r, (const char *)data, n, &err))
		abort();
	if (!edi_reader_finish(r, &err))
		assert(err.code == OMS_SYNTAX);
	mem_free(ctx);
	return told.sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	unsigned lenient, cuts;

	if (n < 2)
		return 0;
	cuts = data[n - 1] + 256u * data[n - 2];
	lenient = data[n - 1] & 1 ? ~0u : EDI_STRICT;
	assert(read_whole(data, n, lenient) == read_in(data, n, lenient, cuts));
	return 0;
}
