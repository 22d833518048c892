/*
 * edi_set.h - one whole set in memory, as mappers read it.
 *
 * Values are UTF-8, NUL-terminated, without release characters and trailing
 * blanks; "" is what is not there.  The tree is that of the guide, seen by
 * head segments and so the same in every version: the parent of a segment is
 * the segment that began its loop, the parent of that one the head of the
 * loop around it.  Of PO1 PID N1 N3: N3's parent is the N1, N1's is the PO1.
 * HL and CPS have the tree that their own numbers say: edi_tree_parent().
 *
 *	for (l = edi_first(set, NULL, "PO1"); l != NULL; l = edi_next(set, l))
 *		qty = edi_get(l, 2);
 */
#ifndef OMS_PARSERS_EDI_SET_H
#define OMS_PARSERS_EDI_SET_H

#include "parsers/edi.h"

struct edi_seg {
	char tag[EDI_TAG_BYTES];
	int32_t parent; /* index of the head of its loop; -1: of the set */
	int32_t end;    /* index behind the last segment of its loop */
	int32_t tree;   /* HL, CPS: index of the parent in that tree; -1 none */
	int64_t segment_no; /* in the set, from 1 */
	int64_t line;
	int64_t byte_off;
	int64_t byte_len;
	const char *loop; /* the guide's name of its loop: "SG25"; "" none */
	const char *const *values;  /* all components, in order */
	const uint16_t *first;      /* as in struct edi_segment */
	const uint16_t *repetition; /* of each value, from 1 */
	const uint16_t *component;  /* of each value, from 1 */
	uint16_t element_count;
};

struct edi_set {
	enum edi_standard standard;
	const char *type;    /* "850" */
	const char *version; /* "004010", "D:96A:UN:EAN008" */
	const char *release; /* its version proper: "004010", "D:96A" */
	const char *assoc;   /* EDIFACT 0057 "EAN008", or "" */
	const char *control;
	const char *interchange; /* control number */
	const char *sender;
	const char *receiver;
	const char *group; /* control number */
	char decimal;      /* '.' or ',' */
	bool is_test;
	const struct edi_seg *segs; /* ST to SE */
	size_t count;
};

/* Element e, component c (both from 1) of its first repetition; "" if none. */
const char *edi_get(const struct edi_seg *s, unsigned e);
const char *edi_getc(const struct edi_seg *s, unsigned e, unsigned c);
/* Of repetition r, from 1. */
const char *edi_getr(const struct edi_seg *s, unsigned e, unsigned r,
    unsigned c);

/*
 * edi_first, edi_next - the segments of that tag whose parent is head.
 *
 * head  NULL: those outside of any loop, and heads of loops of the set
 * next  the next one with the same tag and parent; NULL when there is none
 */
const struct edi_seg *edi_first(const struct edi_set *set,
    const struct edi_seg *head, const char *tag);
const struct edi_seg *edi_next(const struct edi_set *set,
    const struct edi_seg *s);

/* The first of that tag below head whose element e is value; NULL none. */
const struct edi_seg *edi_with(const struct edi_set *set,
    const struct edi_seg *head, const char *tag, unsigned e, const char *value);

/*
 * edi_pair - X12's pairs of qualifier and id: PO106/07, PO108/09 ...
 *
 * Looks at elements from, from + 2 ... for the qualifier, and returns the
 * element behind it; "" when it is not there.
 */
const char *edi_pair(const struct edi_seg *s, unsigned from,
    const char *qualifier);

/* The parent in the tree of HL (HL02) or CPS (CPS02); NULL: a root. */
const struct edi_seg *edi_tree_parent(const struct edi_set *set,
    const struct edi_seg *s);

/*
 * edi_qty - a value of type R, Nn or n as a whole quantity.
 *
 * text    of edi_get(); decimals that are all 0 are fine, others are not
 * errors  OMS_VALUE, with segment and element as where
 */
bool edi_qty(const struct edi_set *set, const struct edi_seg *s, unsigned e,
    unsigned c, int64_t *ret, struct oms_error *err) MUST_CHECK;

/* edi_minor - a decimal amount as minor units of the currency; exact. */
bool edi_minor(const struct edi_set *set, const struct edi_seg *s, unsigned e,
    unsigned c, const char *currency, int64_t *ret,
    struct oms_error *err) MUST_CHECK;

/* The same of type N2: digits, of which the last `decimals` are decimals. */
bool edi_minor_implied(const struct edi_seg *s, unsigned e, unsigned c,
    int decimals, const char *currency, int64_t *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_date - a date and perhaps a time as microseconds since 1970, UTC.
 *
 * date    CCYYMMDD or YYMMDD (70 to 99: of 1900); time "", HHMM, HHMMSS or with
 *         one or two decimals of a second
 * zone    X12 element 623: "UT", "GM", "ET", "01" ...; "" or "LT": UTC is
 *         assumed.  ET CT MT PT AT TT NT have the summer time of the USA
 * errors  OMS_VALUE
 */
bool edi_date(const char *date, const char *time, const char *zone,
    int64_t *ret_ts_us, struct oms_error *err) MUST_CHECK;

/*
 * A DTM of EDIFACT: C507 in element 1; 2379: 101 102 201 to 204, 718 (a
 * period: its first day), 616 (a week: its Monday).  Times are UTC.
 */
bool edi_dtm(const struct edi_seg *dtm, int64_t *ret_ts_us,
    struct oms_error *err) MUST_CHECK;

/*
 * Put the place before err->where: "line 14 segment 12 (PO1)".  One that is
 * there already is nearer, and stays.
 */
bool edi_at(struct oms_error *err, const struct edi_seg *s);

#endif
