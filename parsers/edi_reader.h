/*
 * edi_reader.h - bytes into segments, X12 and EDIFACT, at memory speed.
 *
 * A reader is fed pieces of a file of any size; where they are cut changes
 * nothing.  Delimiters are found anew at each ISA, UNA and UNB.  It knows
 * nothing of guides and counts nothing: it finds where an interchange begins
 * and ends, takes segments apart, and says what is no EDI.
 *
 *	r = edi_reader_new(ctx, EDI_STRICT, event, u);
 *	while ((n = read(...)) > 0)
 *		edi_reader_feed(r, buf, n, err)
 *	edi_reader_finish(r, err)
 *
 * A segment that lies whole in one piece is not copied.  Memory: one segment,
 * at most EDI_SEGMENT_MAX_BYTES; a longer one is a fault and is skipped.
 *
 * source  ASC X12.5 and X12.6; ISO 9735 (syntax 1 to 4)
 */
#ifndef OMS_PARSERS_EDI_READER_H
#define OMS_PARSERS_EDI_READER_H

#include "parsers/edi.h"

enum edi_event_kind {
	EDI_BEGIN,   /* an interchange: delimiters and standard are known */
	EDI_SEGMENT, /* every segment, ISA UNB ... IEA UNZ among them, not UNA */
	EDI_END,     /* behind IEA or UNZ, or where the next ISA cut it off */
	EDI_LEXICAL  /* something is wrong with the bytes: lexical, at */
};

/* Wrong bytes.  What a leniency allows comes with is_forgiven. */
enum edi_lexical {
	EDI_LEX_GARBAGE,       /* between interchanges, or before the first */
	EDI_LEX_ISA_LENGTH,    /* 104 or 105 bytes, ISA16 missing ... */
	EDI_LEX_DELIMITERS,    /* alphanumeric, one for two purposes, or a
				  decimal mark that is none */
	EDI_LEX_UNA,           /* UNA and UNB do not agree */
	EDI_LEX_WRAPPED,       /* a line end inside a segment; once a segment */
	EDI_LEX_INDENTED,      /* once an interchange */
	EDI_LEX_EMPTY_SEGMENT, /* two terminators in a row */
	EDI_LEX_TAG,           /* the first two or three bytes are no tag */
	EDI_LEX_TOO_LONG,      /* a segment beyond EDI_SEGMENT_MAX_BYTES */
	EDI_LEX_TOO_MANY,      /* elements or components beyond the limits */
	EDI_LEX_RELEASE,       /* release before a character that needs none,
				  or before a line end; is_forgiven */
	EDI_LEX_RELEASE_END,   /* release as the very last byte */
	EDI_LEX_BINARY,        /* BIN, BDS: fewer bytes than it says */
	EDI_LEX_UNTERMINATED,  /* the input ends in a segment, or the next
				  interchange begins on a line of it */
	EDI_LEX_CUT /* the input or interchange ends without IEA, UNZ */
};

struct edi_event {
	enum edi_event_kind kind;
	enum edi_standard standard;
	const struct edi_delimiters *delimiters;
	const struct edi_segment *segment; /* EDI_SEGMENT */
	enum edi_lexical lexical;          /* EDI_LEXICAL, as all below */
	bool is_forgiven;                  /* by a leniency: a warning */
	int64_t byte_off;
	int64_t line;
	int64_t column;
	const char *bytes; /* some of them, at most 60; not terminated */
	size_t bytes_len;
};

/* false stops the reader; err is then the caller's. */
typedef bool edi_event_fn(void *u, const struct edi_event *ev,
    struct oms_error *err);

struct edi_reader; /* opaque */

/* lenient: bits of enum edi_lenient; those of the reader are looked at. */
struct edi_reader *edi_reader_new(mem_ctx *ctx, unsigned lenient,
    edi_event_fn *event, void *u);

/* errors  those of the callback; wrong bytes are events */
bool edi_reader_feed(struct edi_reader *r, const char *p, size_t n,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_reader_finish - the input is at its end.
 *
 * errors  OMS_SYNTAX  there was no interchange in it: it is no EDI
 */
bool edi_reader_finish(struct edi_reader *r, struct oms_error *err) MUST_CHECK;

/* A new input with the same reader; all memory is kept. */
void edi_reader_reset(struct edi_reader *r);

#endif
