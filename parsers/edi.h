/*
 * edi.h - X12 and EDIFACT: what reader, guide and checker have in common.
 *
 *	edi_reader   bytes -> segments           (x12.c, edifact.c)
 *	edi_guide    what a set may hold         (schemas/edi/)
 *	edi_check    segments -> sets, findings  (envelopes, guides)
 *	edi_set      one whole set in memory     (for mappers)
 *
 * Words: an interchange holds groups, a group holds sets (X12: transaction
 * sets, EDIFACT: messages), a set holds segments, a segment elements, an
 * element components, and some elements repeat.  EDIFACT may leave groups out.
 */
#ifndef OMS_PARSERS_EDI_H
#define OMS_PARSERS_EDI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

enum {
	EDI_TAG_BYTES = 4,      /* "BEG" and a NUL */
	EDI_ELEMENTS_MAX = 256, /* of a segment */
	EDI_VALUES_MAX = 4096,  /* components of a segment, all together */
	EDI_SEGMENT_MAX_BYTES = 1 << 20,
	EDI_CONTROL_BYTES = 36, /* a control number and a NUL */
	EDI_PARTY_BYTES = 71,   /* sender or receiver: id, qualifier, route */
	EDI_VERSION_BYTES = 24  /* "004010VICS", "D:96A:UN:EAN008" */
};

enum edi_standard { EDI_X12, EDI_EDIFACT };

/* The service characters of one interchange; 0: it has none. */
struct edi_delimiters {
	char element;
	char component;
	char repetition;
	char segment;
	char release; /* EDIFACT */
	char decimal; /* EDIFACT: of UNA; 0: both '.' and ',' */
};

/*
 * What may be forgiven, by name: of a partner's profile (lenient = wrapped
 * indented) or of --lenient.  Each use of one is a warning, never silent.
 */
#define EDI_LENIENCIES(X)                                                      \
	X(EDI_WRAPPED, "wrapped", "line ends inside segments, in the ISA too") \
	X(EDI_ISA_LENGTH, "isa-length",                                        \
	    "an ISA that is not 106 bytes, or lacks ISA16")                    \
	X(EDI_INDENTED, "indented", "blanks before a segment")                 \
	X(EDI_UNTERMINATED, "unterminated",                                    \
	    "no terminator after the last segment")                            \
	X(EDI_GARBAGE, "garbage", "other bytes between interchanges")          \
	X(EDI_COUNTS, "counts", "wrong counts in SE GE IEA, UNT UNE UNZ")      \
	X(EDI_CONTROLS, "controls", "control numbers that do not match")       \
	X(EDI_GROUP_CODE, "group-code", "a GS01 that does not fit its sets")   \
	X(EDI_TRAILING, "trailing",                                            \
	    "empty elements and components at the end")                        \
	X(EDI_BLANKS, "blanks", "blanks around values")                        \
	X(EDI_CHARSET, "charset", "characters outside the declared set")       \
	X(EDI_CODES, "codes", "values that are not in a closed code list")     \
	X(EDI_LENGTHS, "lengths", "values too long or too short")

#define X(id, name, what) id##_BIT,
enum edi_lenient_bit { EDI_LENIENCIES(X) EDI_LENIENT_COUNT };
#undef X
#define X(id, name, what) id = 1 << id##_BIT,
enum edi_lenient { EDI_STRICT, EDI_LENIENCIES(X) };
#undef X

/*
 * edi_lenient_parse - "wrapped indented" or "wrapped,indented" as bits.
 *
 * errors  OMS_CONFIG  an unknown name, with the nearest one
 */
bool edi_lenient_parse(const char *names, unsigned *ret,
    struct oms_error *err) MUST_CHECK;

/* One component of one repetition of an element, as it stands in the bytes. */
struct edi_value {
	const char *p; /* not terminated; release characters still in it */
	uint32_t len;
	uint16_t repetition; /* from 1 */
	uint8_t component;   /* from 1 */
	bool is_released;    /* EDIFACT: holds release characters */
};

/*
 * A segment.  Bytes and values last until the callback returns; the values
 * point into raw.
 *
 * Element e (from 1) has values[first[e]] up to values[first[e + 1]]; an
 * element that is not there has none, one that is empty has one of length 0.
 */
struct edi_segment {
	char tag[EDI_TAG_BYTES]; /* as sent; "" when it is no tag */
	uint32_t id;             /* the tag: EDI_ID("BEG"); 0 no tag */
	const char *raw;         /* from its tag to before its terminator;
				    line ends that wrap it are not in it */
	size_t raw_len;
	const struct edi_value *values;
	const uint16_t *first;
	uint16_t element_count;
	int64_t byte_off; /* of its tag in the input, from 0 */
	int64_t byte_len; /* with terminator and what follows it */
	int64_t line;     /* of its tag, from 1 */
	int64_t column;   /* from 1, in bytes */
};

#define EDI_ID(t)                                                              \
	((uint32_t)(unsigned char)(t)[0] << 16 |                               \
	    (uint32_t)(unsigned char)(t)[1] << 8 |                             \
	    (uint32_t)(unsigned char)((t)[1] != '\0' ? (t)[2] : 0))

/* The first component of element e, or NULL; *ret_len its length. */
static inline const char *
edi_raw(const struct edi_segment *s, unsigned e, size_t *ret_len)
{
	if (e == 0 || e > s->element_count || s->first[e] == s->first[e + 1])
		return NULL;
	*ret_len = s->values[s->first[e]].len;
	return s->values[s->first[e]].p;
}

/*
 * edi_unrelease - the bytes of a value without release characters.
 *
 * At most size bytes are written to dst; their number is returned.  A NUL
 * follows them when there is room for it.
 */
size_t edi_unrelease(const struct edi_value *v, char release, char *dst,
    size_t size);

#endif
