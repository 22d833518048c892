/*
 * edi_guide.h - what a set may hold, read once from text into tables.
 *
 * docs/formats/edi/guides.md is the form of the text.  A guide names its
 * standard, version and set; it uses a dictionary of elements and segments;
 * an overlay of a partner narrows or relaxes it.  The guides in schemas/edi/
 * are built into the program.
 *
 * Everything is resolved when it is loaded: a checker follows pointers and
 * compares numbers, and looks up no text.
 */
#ifndef OMS_PARSERS_EDI_GUIDE_H
#define OMS_PARSERS_EDI_GUIDE_H

#include "parsers/edi.h"

enum edi_type {
	EDI_T_AN, /* X12 AN, EDIFACT an: any printable character */
	EDI_T_ID, /* a code */
	EDI_T_A,  /* EDIFACT a: letters */
	EDI_T_N,  /* X12 Nn, EDIFACT n: digits, a sign; decimals for X12 */
	EDI_T_R,  /* decimal text, a sign, a decimal mark */
	EDI_T_DT, /* CCYYMMDD or YYMMDD */
	EDI_T_TM, /* HHMM[SS[d[d]]] */
	EDI_T_B   /* bytes */
};

struct edi_code {
	const char *value;
	const char *name; /* for people */
};

struct edi_element_def {
	const char *id;   /* "353", "C002", "2005" */
	const char *name; /* "Transaction Set Purpose Code" */
	enum edi_type type;
	uint8_t decimals; /* of EDI_T_N in X12: N2 has 2 */
	uint32_t min;
	uint32_t max;
	const struct edi_code *codes; /* sorted by value */
	size_t code_count;
	bool is_closed; /* a value outside codes is an error */
	/* A composite: its components; type and lengths mean nothing then. */
	const struct edi_use *components;
	size_t component_count;
	const struct edi_rule *rules;
	size_t rule_count;
};

/* An element of a segment, or a component of a composite. */
struct edi_use {
	const struct edi_element_def *def;
	bool is_required;
	bool is_forbidden;   /* by an overlay */
	uint16_t max_repeat; /* 1: it does not repeat */
	/* Narrowed here, by an overlay or a set: NULL as def. */
	const struct edi_code *codes;
	size_t code_count;
};

/* P0304, or D5(3,4) of EDIFACT: places are elements (or components). */
struct edi_rule {
	char kind; /* P R E C L; EDIFACT: '1' one only, '2' as P, '3' as R,
		      '4' as E, '5' as C, '6' as L, '7' if first, none of them */
	uint8_t count;
	uint8_t places[12];
};

struct edi_segment_def {
	const char *tag;
	uint32_t id;
	const char *name;
	const struct edi_use *uses; /* element e is uses[e - 1] */
	size_t use_count;
	const struct edi_rule *rules;
	size_t rule_count;
};

/*
 * A place in a set: a segment, or a loop.  A loop is entered by its first
 * segment, which is its first child; with when_element, only by one whose
 * value there is among when_values.
 */
struct edi_node {
	const char *name; /* loop: "N1", "SG25"; segment: its tag */
	const struct edi_segment_def *segment; /* NULL for a loop */
	uint32_t id; /* of the segment, or of the loop's first one */
	uint32_t min;
	uint32_t max;         /* UINT32_MAX: no limit */
	uint8_t when_element; /* 0: any */
	uint8_t when_component;
	const char *const *when_values;
	size_t when_count;
	const struct edi_node *children;
	size_t child_count;
	const struct edi_node *parent; /* NULL: of the set itself */
	uint16_t depth;                /* 0 for the children of the set */
	uint16_t index;                /* in struct edi_set_def.nodes */
	/* Uses narrowed at this place only; NULL: as segment. */
	const struct edi_use *uses;
};

struct edi_set_def {
	enum edi_standard standard;
	const char *type;                /* "850", "ORDERS" */
	const char *group;               /* GS01: "PO"; EDIFACT "" */
	const char *version;             /* "004010", "D:96A" */
	const char *name;                /* "Purchase Order" */
	const struct edi_node *children; /* ST SE, UNH UNT among them */
	size_t child_count;
	size_t node_count;
	const char
	    *total_count;   /* CTT01, CNT+2: tag that is counted, or NULL */
	bool has_tree;      /* HL or CPS */
	const char *source; /* file it was read from */
};

struct edi_guides; /* opaque: a library of sets and dictionaries */

/* An empty library; freed with ctx. */
struct edi_guides *edi_guides_new(mem_ctx *ctx);

/*
 * edi_guides_find - the guide of a set, loaded when first asked for.
 *
 * version  X12: GS08 as sent, "004010VICS"; EDIFACT: "D:96A:UN:EAN008".
 *          What is after the version proper is ignored when no guide has it.
 * ret      NULL: there is none, and that is no error
 * errors   OMS_CONFIG  the guide itself is wrong, with file and line
 */
bool edi_guides_find(struct edi_guides *g, enum edi_standard standard,
    const char *type, const char *version, const struct edi_set_def **ret,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_guides_overlay - lay a partner's overlay over the guides it names.
 *
 * Before any find.  path is a file of the home; errors name its line.
 */
bool edi_guides_overlay(struct edi_guides *g, const char *path,
    struct oms_error *err) MUST_CHECK;

/* The segment of a dictionary: for sets that no guide knows. NULL: none. */
const struct edi_segment_def *edi_guides_segment(struct edi_guides *g,
    enum edi_standard standard, const char *version, uint32_t id);

/*
 * edi_guides_lint - read a guide file of whatever kind, and all it uses.
 *
 * each     called with every fault, "file:line: text"; not only the first
 * returns  how many
 */
size_t edi_guides_lint(const char *path,
    void (*each)(void *u, const char *fault), void *u);

/* Call each() for every guide that is built in, by name. */
void edi_guides_each(void (*each)(void *u, const struct edi_set_def *def),
    void *u);

/* The name of a code in a list; NULL when it has none. */
const char *edi_code_name(const struct edi_use *use, const char *value,
    size_t len);

#endif
