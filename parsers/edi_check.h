/*
 * edi_check.h - segments into sets: envelopes, order, values, totals.
 *
 * The one way from bytes to anything else: `oms edi check`, `oms edi show`,
 * ingest and the acknowledgements all stand on it.  One cause gives one
 * finding; after it reading goes on at the next segment that fits, at worst
 * at the next set.  Memory does not grow with the file, but for control
 * numbers (some bytes a set) and, when they are collected, one set.
 *
 *	c = edi_check_new(ctx, &options, &sink);
 *	while ((n = read(...)) > 0)
 *		edi_check_feed(c, buf, n, err)
 *	edi_check_finish(c, &summary, err)
 */
#ifndef OMS_PARSERS_EDI_CHECK_H
#define OMS_PARSERS_EDI_CHECK_H

#include "parsers/edi_fault.h"
#include "parsers/edi_guide.h"
#include "parsers/edi_reader.h"
#include "parsers/edi_set.h"

enum { EDI_SET_FINDINGS_MAX = 100, EDI_SET_DEFAULT_MAX_BYTES = 64 << 20 };

/*
 * What was decided of an interchange, a group or a set: AK901 AK501 TA104.
 *
 * set          R an error; E errors that a leniency forgave; A, also with
 *              warnings that are nothing else
 * group        R its own envelope is wrong, or none of its sets is accepted;
 *              sets_accepted is then 0.  P some sets are; E all, and a
 *              leniency was needed
 * interchange  R its own envelope is wrong, or one set and suspend_interchange:
 *              nothing in it counts as accepted, whatever was said before.
 *              P a set or a group in it was refused, the interchange was not
 */
/*
 * What a TA1 and a UCI say of an interchange that is refused for what is in
 * it: 18, unspecified, as no value of the UNB is wrong.
 */
enum { EDI_TA105_CONTENT = 24, EDI_CONTRL_CONTENT = 18 };

enum edi_verdict {
	EDI_ACCEPTED = 'A',
	EDI_ACCEPTED_WITH_ERRORS = 'E',
	EDI_PARTLY = 'P', /* groups and interchanges only */
	EDI_REJECTED = 'R'
};

struct edi_interchange {
	enum edi_standard standard;
	int64_t no; /* in the file, from 1 */
	struct edi_delimiters delimiters;
	/* X12 "ZZ:ACME", EDIFACT "5412345000013:14"; no blanks at the end */
	char sender[EDI_PARTY_BYTES];
	char receiver[EDI_PARTY_BYTES];
	char control[EDI_CONTROL_BYTES]; /* ISA13, UNB 0020, as sent */
	char version[EDI_VERSION_BYTES]; /* ISA12 "00401"; "UNOC:3" */
	char date[9];                    /* CCYYMMDD */
	char time[7];                    /* HHMM[SS] */
	bool is_test;
	bool wants_ack;   /* ISA14 = 1, UNB 0031 = 1 */
	int64_t byte_off; /* of ISA, UNA or UNB */
	int64_t line;
	/* Set at its end: */
	int64_t byte_len;
	int64_t group_count;
	enum edi_verdict verdict;
	int ta105;       /* 0: none */
	int contrl;      /* 0085; 0: none */
	const char *raw; /* ISA or UNB segment as sent, for TA1 and UCI */
	size_t raw_len;
};

struct edi_group {
	int64_t no;      /* in the interchange, from 1 */
	bool is_implied; /* EDIFACT without UNG: one group that is not there */
	char code[8];    /* GS01, UNG 0038 */
	char sender[EDI_PARTY_BYTES];
	char receiver[EDI_PARTY_BYTES];
	char control[EDI_CONTROL_BYTES]; /* GS06, UNG 0048 */
	char version[EDI_VERSION_BYTES]; /* GS08, "D:96A" */
	/* Set at its end: */
	int64_t sets_said; /* GE01 as sent; -1 none */
	int64_t sets_received;
	int64_t sets_accepted; /* A and E */
	enum edi_verdict verdict;
	int ak905[5]; /* 0: none */
	int contrl;
};

struct edi_set_head {
	int64_t no;      /* in the group, from 1 */
	int64_t file_no; /* in the file, from 1: of all sets, good or bad */
	char type[8];    /* "850", "ORDERS" */
	char control[EDI_CONTROL_BYTES]; /* ST02, UNH 0062 */
	char version
	    [EDI_VERSION_BYTES]; /* X12: ST03 or GS08; "D:96A:UN:EAN008" */
	int64_t byte_off;        /* of ST or UNH */
	int64_t line;
	const struct edi_set_def *def; /* NULL: no guide */
	/* Set at its end: */
	int64_t byte_len;
	int64_t segment_count;
	int64_t finding_count;
	enum edi_verdict verdict;
	int ak502[5]; /* 0: none */
	int contrl;
	enum edi_fault first_fault; /* of the first error, when rejected */
};

/*
 * What becomes of it.  Any may be NULL; false stops reading.
 *
 * interchange  its header is read: the caller may say `*ret_known = true`,
 *              it was here before (over time; in the file we see it)
 * segment      each of a set, ST and SE too; node NULL: it has no place.
 *              A TA1 comes with segment_no 0: it stands in no set
 * set_end      the verdict is in; set is the whole set when options.collect
 *              and it was not rejected, else NULL
 * finding      at any time
 */
struct edi_sink {
	void *u;
	bool (*interchange)(void *u, const struct edi_interchange *ix,
	    bool *ret_known, struct oms_error *err);
	bool (
	    *group)(void *u, const struct edi_group *g, struct oms_error *err);
	bool (
	    *set)(void *u, const struct edi_set_head *s, struct oms_error *err);
	bool (*segment)(void *u, const struct edi_segment *s,
	    int64_t segment_no, const struct edi_node *node,
	    struct oms_error *err);
	bool (*set_end)(void *u, const struct edi_set_head *s,
	    const struct edi_set *set, struct oms_error *err);
	bool (*group_end)(void *u, const struct edi_group *g,
	    struct oms_error *err);
	bool (*interchange_end)(void *u, const struct edi_interchange *ix,
	    struct oms_error *err);
	bool (*finding)(void *u, const struct edi_finding *f,
	    struct oms_error *err);
};

struct edi_check_options {
	struct edi_guides *guides; /* NULL: envelopes only */
	unsigned lenient;          /* bits of enum edi_lenient */
	bool collect;              /* give whole sets to set_end */
	int64_t set_max_bytes;     /* of a set in memory, also of one that is
				      not collected; 0: the default */
	bool no_group_check;       /* GS06 may come twice */
	bool no_set_check;         /* ST02 may come twice */
	bool suspend_interchange;  /* one bad set rejects the interchange */
	const char *version;       /* use this version's guides, or NULL */
	/* Expected, or NULL: any. "ZZ:ACME" */
	const char *sender;
	const char *receiver;
	int is_test; /* 1 test, 0 production, -1 any */
};

struct edi_summary {
	int64_t interchanges;
	int64_t groups;
	int64_t sets;
	int64_t segments;
	int64_t sets_accepted;
	int64_t sets_rejected;
	int64_t errors;
	int64_t warnings;
};

struct edi_check; /* opaque */

struct edi_check *edi_check_new(mem_ctx *ctx,
    const struct edi_check_options *options, const struct edi_sink *sink);

/* errors  of the sink; OMS_CONFIG: a guide is wrong */
bool edi_check_feed(struct edi_check *c, const char *p, size_t n,
    struct oms_error *err) MUST_CHECK;

/* errors  as feed; OMS_SYNTAX: it is no EDI */
bool edi_check_finish(struct edi_check *c, struct edi_summary *ret,
    struct oms_error *err) MUST_CHECK;

/* A new input, same guides, all memory kept. */
void edi_check_reset(struct edi_check *c);

/* The word of the verdict: "accepted", "accepted with errors" ... */
const char *edi_verdict_name(enum edi_verdict v);

#endif
