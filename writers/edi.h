/*
 * edi.h - X12 and EDIFACT out: interchange, group, sets, segments.
 *
 * The writer keeps the envelopes: it writes their control numbers, which the
 * caller has made durable before, counts segments and sets, releases or
 * replaces service characters in data, and leaves out what is empty at the
 * end of composites and segments.  The same calls give the same bytes.
 *
 *	w = edi_writer_new(ctx, &out, profile, &head);
 *	edi_w_interchange(w);
 *	edi_w_group(w, "OW", "004010");
 *	edi_w_set(w, "940");
 *	edi_w_tag(w, "W05");
 *	edi_w_text(w, "N");
 *	edi_w_text(w, "S00000001");
 *	edi_w_set_end(w);
 *	edi_w_group_end(w);
 *	edi_w_interchange_end(w);
 *	ok = edi_w_ok(w, err)
 *
 * One set is small; the caller may empty out between two segments.
 *
 * source  ASC X12.5, X12.6; ISO 9735
 */
#ifndef OMS_WRITERS_EDI_H
#define OMS_WRITERS_EDI_H

#include "base/edi_profile.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

/* What was decided, and stored, when the document was made. */
struct edi_head {
	int64_t
	    interchange_no; /* of the first: ISA13, UNB 0020; then one more */
	int64_t group_no;   /* of the first group: GS06, UNG 0048; ditto */
	int64_t created_ts_us; /* ISA09/10, GS04/05, UNB 0017/0019: UTC */
	bool wants_ack;        /* ISA14, UNB 0031 */
};

struct edi_writer; /* opaque */

/* ctx owns it; out is the caller's and may be emptied between segments. */
struct edi_writer *edi_writer_new(mem_ctx *ctx, struct sbuf *out,
    const struct edi_profile *profile, const struct edi_head *head);

void edi_w_interchange(struct edi_writer *w);

/*
 * edi_w_group - GS; for EDIFACT UNG when the profile wants groups, else
 * nothing.
 *
 * code     GS01 "OW"; EDIFACT: the set type
 * version  GS08, "004010"; "" takes the profile's
 */
void edi_w_group(struct edi_writer *w, const char *code, const char *version);

/* ST, UNH.  type "940", "ORDERS"; its number counts from 1 in the
 * group, of EDIFACT in the interchange. */
void edi_w_set(struct edi_writer *w, const char *type);

/* ST or UNH of another version than the profile's: a CONTRL, a 999. */
void edi_w_set_as(struct edi_writer *w, const char *type, const char *version);

void edi_w_set_end(struct edi_writer *w);
void edi_w_group_end(struct edi_writer *w);
void edi_w_interchange_end(struct edi_writer *w);

/* A segment: its tag, then its elements one by one. */
void edi_w_tag(struct edi_writer *w, const char *tag);

/* The next element.  Bytes are UTF-8; the profile's charset is written. */
void edi_w_text(struct edi_writer *w, const char *text);
void edi_w_textn(struct edi_writer *w, const char *text, size_t max_bytes);
void edi_w_int(struct edi_writer *w, int64_t value);

/*
 * edi_w_copy - the next element: at most max_bytes of a value that was bad.
 *
 * What cannot be written, service characters among it, is left out.
 */
void edi_w_copy(struct edi_writer *w, const char *text, size_t max_bytes);

/* Skip n elements: they are empty. */
void edi_w_skip(struct edi_writer *w, int n);

/* One more component of the element just written, ditto a repetition. */
void edi_w_more(struct edi_writer *w, const char *text);
void edi_w_again(struct edi_writer *w, const char *text);

/* Minor units as decimal text with the profile's mark: 1234 -> "12.34". */
void edi_w_minor(struct edi_writer *w, int64_t amount_minor,
    const char *currency);

/* Minor units as X12's N2: 1234 -> "1234". */
void edi_w_n2(struct edi_writer *w, int64_t amount_minor, const char *currency);

/* CCYYMMDD and HHMM of a time, UTC. */
void edi_w_date(struct edi_writer *w, int64_t ts_us);
void edi_w_time(struct edi_writer *w, int64_t ts_us);

/* DTM+qualifier:CCYYMMDDHHMM:203 */
void edi_w_dtm(struct edi_writer *w, const char *qualifier, int64_t ts_us);

/* A segment as its bytes, without terminator: what was read, back again. */
void edi_w_raw(struct edi_writer *w, const char *bytes, size_t n);

/*
 * edi_w_ok - did all of it fit?  Asked at the end, or after any item.
 *
 * errors  OMS_ENCODING  a text cannot be written in the charset, or holds a
 *                       service character that the profile refuses; err says
 *                       the segment and element
 *         OMS_LIMIT     out is full
 */
bool edi_w_ok(const struct edi_writer *w, struct oms_error *err) MUST_CHECK;

#endif
