/*
 * edi_scan.h - what the files of the reader share: how an interchange begins,
 * and which bytes of a block are service characters.
 *
 *	edi_reader.c  the pieces of a file, segments, events
 *	x12.c         ISA, binary segments
 *	edifact.c     UNA and UNB, packages
 */
#ifndef OMS_PARSERS_EDI_SCAN_H
#define OMS_PARSERS_EDI_SCAN_H

#include <string.h>

#include "parsers/edi.h"

#if defined(__SSE2__) && !defined(OMS_NO_SIMD)
#include <emmintrin.h>
#define EDI_SCAN_SSE2 1
#else
#define EDI_SCAN_SSE2 0
#endif

enum {
	EDI_BLOCK_BYTES = 32,
	EDI_HEAD_BYTES = 512,       /* enough to understand ISA, UNA and UNB */
	EDI_HEADER_MAX_BYTES = 400, /* of an ISA, so that its gap fits too */
	EDI_GAP_MAX_BYTES = 64      /* blanks that belong to a segment */
};

/* What a byte is in the interchange that is open: bits. */
enum edi_class {
	EDI_IS_SPLIT = 1, /* separates elements, components, repetitions */
	EDI_IS_STOP = 2,  /* terminator, release, CR, LF */
	EDI_IS_GAP = 4,   /* may stand between segments */
	EDI_IS_TAG = 8    /* A to Z, 0 to 9 */
};

struct edi_classes {
	unsigned char of[256];
	/* element, component, repetition; terminator, release, CR, LF */
	unsigned char wide[7][16];
};

/* Bit i: byte i of a block is of the class. */
struct edi_masks {
	uint32_t split;
	uint32_t stop;
};

/* A delimiter that is 0 is not there. */
void edi_classes_set(struct edi_classes *k, const struct edi_delimiters *d);

static inline struct edi_masks
edi_masks_portable(const struct edi_classes *k, const char *p)
{
	struct edi_masks m = { 0, 0 };

	for (unsigned i = 0; i < EDI_BLOCK_BYTES; i++) {
		uint32_t class = k->of[(unsigned char)p[i]];

		m.split |= (class & EDI_IS_SPLIT) << i;
		m.stop |= (class & EDI_IS_STOP) >> 1 << i;
	}
	return m;
}

#if EDI_SCAN_SSE2
/* Which bytes of v are c, for service character i. */
static inline __m128i
edi_equal(const struct edi_classes *k, int i, __m128i v)
{
	const void *c = k->wide[i];

	return _mm_cmpeq_epi8(v, _mm_loadu_si128((const __m128i *)c));
}

static inline struct edi_masks
edi_masks_half(const struct edi_classes *k, const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i split = _mm_or_si128(edi_equal(k, 0, v), edi_equal(k, 1, v));
	__m128i stop = _mm_or_si128(edi_equal(k, 3, v), edi_equal(k, 4, v));
	__m128i ends = _mm_or_si128(edi_equal(k, 5, v), edi_equal(k, 6, v));

	split = _mm_or_si128(split, edi_equal(k, 2, v));
	stop = _mm_or_si128(stop, ends);
	return (struct edi_masks){ (uint32_t)_mm_movemask_epi8(split),
		(uint32_t)_mm_movemask_epi8(stop) };
}

static inline struct edi_masks
edi_masks(const struct edi_classes *k, const char *p)
{
	struct edi_masks a = edi_masks_half(k, p);
	struct edi_masks b = edi_masks_half(k, p + 16);

	return (
	    struct edi_masks){ a.split | b.split << 16, a.stop | b.stop << 16 };
}
#else
static inline struct edi_masks
edi_masks(const struct edi_classes *k, const char *p)
{
	return edi_masks_portable(k, p);
}
#endif

static inline bool
edi_is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static inline bool
edi_is_line_end(char c)
{
	return c == '\r' || c == '\n';
}

/* Blanks and line ends, as they may follow a terminator. */
static inline bool
edi_is_blank(char c)
{
	return c == ' ' || c == '\t' || edi_is_line_end(c);
}

/* How an interchange begins. */
struct edi_start {
	enum edi_standard standard;
	struct edi_delimiters delimiters;
	size_t header_at;  /* of ISA or UNB: behind a UNA */
	size_t isa_len;    /* X12: to before its terminator */
	bool is_misshapen; /* X12: not the 106 bytes */
	bool is_beyond;    /* ... nor anything that can be forgiven */
	bool is_disputed;  /* EDIFACT: UNA and UNB do not agree */
	bool is_ambiguous; /* delimiters alphanumeric, or the same twice */
};

/*
 * x12_start, edifact_start - understand what stands at p.
 *
 * n      bytes there; EDI_HEAD_BYTES unless the input ends before
 * false  no interchange begins here
 */
bool x12_start(const char *p, size_t n, struct edi_start *ret);
bool edifact_start(const char *p, size_t n, struct edi_start *ret);

/*
 * edi_find_terminator - the byte before the first of some tags.
 *
 * For a header whose shape does not tell its end: tags are those that may
 * follow it, three bytes each, "GS TA1IEA".
 */
bool edi_find_terminator(const char *p, size_t n, char element,
    const char *tags, size_t *ret_at);

enum { EDI_BINARY_HEAD_BYTES = 64 };

/*
 * x12_binary - where the binary element of a BIN or BDS is.
 *
 * n      at least EDI_BINARY_HEAD_BYTES, unless the input ends before
 * false  it says no length: read it like any other
 */
bool x12_binary(const struct edi_delimiters *d, const char *p, size_t n,
    size_t *ret_at, int64_t *ret_len);

/* edifact_package - how many bytes follow a UNO; 0 none. */
int64_t edifact_package(const struct edi_segment *uno);

#endif
