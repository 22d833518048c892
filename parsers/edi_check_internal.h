/*
 * edi_check_internal.h - what the parts of the checker share.
 *
 *	edi_check.c           feeding, findings, memory
 *	edi_check_envelope.c  interchanges and groups: counts and numbers
 *	edi_check_set.c       one set: its guide, its trailer, its verdict
 *	edi_check_segment.c   the order of segments: a walk over the guide
 *	edi_check_value.c     elements: types, lengths, codes, rules
 *	edi_check_dtm.c       dates and times of EDIFACT by their 2379
 *	edi_check_total.c     control totals, the numbers of HL and CPS
 */
#ifndef OMS_PARSERS_EDI_CHECK_INTERNAL_H
#define OMS_PARSERS_EDI_CHECK_INTERNAL_H

#include "parsers/edi_check.h"
#include "parsers/edi_set_build.h"

enum {
	WALK_DEPTH_MAX = 64, /* loops in loops, and misplaced ones on top */
	MESSAGE_BYTES = 512,
	EDI_NAME_BYTES = 32,
	SHOW_BYTES = 60,
	TOTALS_MAX = 8 /* count and sum lines of a guide */
};

/* ---------------------------------------------------- control numbers */

/* Which texts were here before: 8 bytes for each, 16 when it grows. */
struct edi_seen {
	uint64_t *slots; /* 0: free */
	size_t room;     /* a power of 2 */
	size_t count;
};

/* ------------------------------------------------------------ the walk */

/* The children of a loop, or of the set, made ready for searching. */
struct edi_branch {
	const struct edi_node *nodes;
	const uint32_t *ids;      /* of nodes, close together */
	const uint16_t *required; /* places of those with a min, in order */
	uint32_t *used;           /* how often each occurred in this turn */
	const struct edi_branch **below; /* of a loop; NULL for a segment */
	uint16_t count;
	uint16_t required_count;
};

struct edi_plan {
	const struct edi_set_def *def;
	const struct edi_branch *root;
	struct edi_plan *next;
};

struct edi_frame {
	const struct edi_branch *level;
	const struct edi_node *loop; /* NULL: the set */
	uint16_t pos;                /* where we are among level's nodes */
	uint16_t next_required;      /* in level->required, not yet passed */
	bool is_detached; /* a loop in a wrong place: the frame below waits */
};

/* -------------------------------------------------------------- values */

/* A total of the guide while its set is read. */
struct edi_tally {
	int64_t count;
	int64_t sum;        /* of 10^-6 */
	bool is_lost;       /* a value was no number, or the sum too large */
	bool is_said;       /* the set has the total */
	int64_t said;       /* count, or 10^-6 */
	char text[24];      /* as sent */
	int64_t segment_no; /* where */
	int64_t line;
	int64_t column;
	int64_t byte_off;
};

enum edi_charset {
	EDI_CS_X12, /* bytes from 0x20 on */
	EDI_CS_UNOA,
	EDI_CS_UNOB,
	EDI_CS_8BIT, /* one of ISO 8859 */
	EDI_CS_UTF8
};

/* ------------------------------------------------------------ findings */

/* Where, for a finding; what is 0 or NULL is not known or not meant. */
struct edi_spot {
	const struct edi_segment *segment;
	const char *tag; /* when it is not that of segment: what is missing */
	const struct edi_node *loop;
	int element;
	int component;
	int repetition;
	const char *element_id;
	const char *value;
	size_t value_len;
	bool has_place; /* byte_off, line, column, segment_no are given here */
	int64_t byte_off;
	int64_t line;
	int64_t column;
	int64_t segment_no;
};

/* What went wrong within an interchange, a group or a set. */
struct edi_tale {
	bool has_error;
	bool is_forgiven; /* an error that a leniency turned into a warning */
	int contrl;       /* of the first error that has one */
	int codes[5];     /* AK502, AK905; TA105 is codes[0] */
	size_t code_count;
};

struct edi_check {
	struct edi_check_options options;
	struct edi_sink sink;
	struct edi_reader *reader;
	struct oms_error *err; /* of the call that is running */
	bool is_stopped;       /* the sink said so */
	struct edi_summary sum;

	bool in_interchange;
	bool is_told; /* the sink knows of it */
	struct edi_interchange ix;
	struct edi_tale ix_tale;
	struct edi_seen ix_seen;
	char *header; /* ix.raw */
	size_t header_room;
	bool is_unterminated; /* and that was said */
	bool has_ta1;
	bool ix_forgiven; /* a group with EDI_ACCEPTED_WITH_ERRORS */
	enum edi_charset charset;
	unsigned suspicious; /* classes of bytes that charset must look at */
	char decimal;        /* the mark of the interchange; 0: both */
	int64_t end_off;     /* of the last segment, as it says itself */
	int64_t fed_bytes;   /* so far */
	int64_t ix_bad_sets; /* sets that are not accepted, lost ones too */
	int64_t ix_sets;
	int64_t accepted_before; /* of the file, when it began */
	int64_t file_sets;

	bool in_group;
	bool is_mixed; /* EDIFACT: groups and bare messages; said */
	struct edi_group group;
	struct edi_tale group_tale;
	struct edi_seen group_seen;
	bool has_said_code;    /* GS01 does not fit */
	bool has_said_version; /* no guide is of the version of the group */
	bool has_forgiven;     /* a set with EDI_ACCEPTED_WITH_ERRORS */
	int64_t lost_sets;     /* without ST */
	bool is_outside;       /* segments between sets: said */

	bool in_set;
	struct edi_set_head set;
	struct edi_tale set_tale;
	struct edi_seen set_seen;
	int64_t segment_no;
	int64_t missing;                 /* segments that were said to lack */
	int64_t strange;                 /* those that do not belong into it */
	bool is_collected;               /* until it grows too large */
	int64_t set_cost;                /* what it takes in memory, about */
	bool is_too_large;               /* and that was said */
	struct edi_set_builder *builder; /* NULL: nothing was collected yet */

	/* The guide of the last set: most sets are like the one before. */
	const struct edi_set_def *def;
	enum edi_standard def_standard;
	char def_type[8];
	char def_version[EDI_VERSION_BYTES];
	struct edi_plan *plans;
	struct edi_plan *plan; /* NULL: no guide */
	struct edi_frame frames[WALK_DEPTH_MAX];
	size_t depth;
	bool is_lost; /* behind what fits nowhere: wait for what does */

	int64_t tree_next; /* HL01, CPS 7164 that must come */
	struct edi_tally tallies[TOTALS_MAX];
	size_t total_count;
	unsigned char classes[256]; /* of bytes */
	char *plain;                /* a value without release characters */
	size_t plain_room;
	char message[MESSAGE_BYTES];
};

/* edi_check.c */

/* Where the last segment ends, in the input. */
int64_t edi_check_end(const struct edi_check *c);

/*
 * edi_check_say - one finding, told to whom it concerns.
 *
 * lenient  the bit that may forgive it: it is a warning then; 0 none
 */
void edi_check_say(struct edi_check *c, const struct edi_spot *spot,
    enum edi_fault fault, unsigned lenient, const char *fmt, ...) PRINTF(5, 6);
void edi_check_warn(struct edi_check *c, const struct edi_spot *spot,
    enum edi_fault fault, const char *fmt, ...) PRINTF(4, 5);

/* A code for an acknowledgement, for what needs no finding of its own. */
void edi_tale_add(struct edi_tale *t, int code, int contrl);

/* Was it here before?  From now on it was. */
bool edi_seen_add(struct edi_check *c, struct edi_seen *s, const char *text);
void edi_seen_clear(struct edi_seen *s);

/* Text for a message: safe to print, at most SHOW_BYTES. */
const char *edi_show(const char *p, size_t len, char dst[SHOW_BYTES + 8]);

/* Component of an element's first repetition; NULL: it is not there. */
const struct edi_value *edi_component(const struct edi_segment *s, unsigned e,
    unsigned component);

/* edi_check_envelope.c */
void edi_envelope_begin(struct edi_check *c, const struct edi_event *ev);
void edi_envelope_segment(struct edi_check *c, const struct edi_segment *s);
void edi_envelope_cut(struct edi_check *c, const struct edi_event *ev);
void edi_envelope_end(struct edi_check *c);

/* A component without release characters and blanks behind it: its length. */
size_t edi_take(const struct edi_check *c, const struct edi_segment *s,
    unsigned e, unsigned component, char *dst, size_t size);
/* Components from to to with ':' between them: "D:96A:UN". */
void edi_take_joined(const struct edi_check *c, const struct edi_segment *s,
    unsigned e, unsigned from, unsigned to, char *dst, size_t size);
/* A count as sent; -1: it is none. */
int64_t edi_take_count(const struct edi_check *c, const struct edi_segment *s,
    unsigned e);
bool edi_is_digits(const char *s, size_t min, size_t max);
struct edi_spot edi_spot_at(const struct edi_segment *s, int e);

static inline bool
edi_is_x12(const struct edi_check *c)
{
	return c->ix.standard == EDI_X12;
}

/* edi_check_segment.c */
void edi_walk_begin(struct edi_check *c);
/* The place of a segment, and findings about it; NULL: it has none. */
const struct edi_node *edi_walk_place(struct edi_check *c,
    const struct edi_segment *s);

/* edi_check_set.c */
void edi_set_open(struct edi_check *c, const struct edi_segment *s);
void edi_set_segment(struct edi_check *c, const struct edi_segment *s);
void edi_set_close(struct edi_check *c, const struct edi_segment *s);
/* What stands only outside of sets came: a set that is open ends here. */
void edi_set_cut(struct edi_check *c, const struct edi_segment *s);
/* The verdict; a set without its trailer comes here, too. */
void edi_set_end(struct edi_check *c);
void edi_tell_segment(struct edi_check *c, const struct edi_segment *s,
    const struct edi_node *node);

/* edi_check_value.c */
void edi_value_classes(unsigned char ret[256]);
/* An interchange has begun, its charset is known. */
void edi_value_charset(struct edi_check *c, enum edi_charset charset);
void edi_value_check(struct edi_check *c, const struct edi_segment *s,
    const struct edi_node *node);
/* "PO103", "POC05-2"; "DTM element 1.2 (2380)". */
const char *edi_name_of(const struct edi_check *c, const struct edi_spot *spot,
    char dst[EDI_NAME_BYTES]);
/* CCYYMMDD or YYMMDD, by the calendar; HHMM[SS[d[d]]]. */
bool edi_is_date(const char *p, size_t len);
bool edi_is_time(const char *p, size_t len);

/* edi_check_dtm.c */

/* One C507 of a DTM: its components are v[0] to v[n - 1]. */
void edi_dtm_check(struct edi_check *c, const struct edi_segment *s,
    const struct edi_use *u, unsigned e, const struct edi_value *v, size_t n);

/* edi_check_total.c */
void edi_total_begin(struct edi_check *c);
void edi_total_segment(struct edi_check *c, const struct edi_segment *s);
void edi_total_end(struct edi_check *c);

#endif
