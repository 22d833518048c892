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
	EDI_T_N,  /* X12 Nn: digits, a sign; the last n are decimals */
	EDI_T_R,  /* X12 R, EDIFACT n: a sign, digits, a decimal mark */
	EDI_T_DT, /* CCYYMMDD or YYMMDD */
	EDI_T_TM, /* HHMM[SS[d[d]]] */
	EDI_T_B   /* bytes */
};

struct edi_code {
	const char *value;
	const char *name; /* for people */
};

/*
 * The values of a list as numbers, for edi_codes_have(): those of at most
 * seven bytes packed, in a table with empty slots of 0; longer ones sorted.
 */
struct edi_code_hash {
	uint32_t mask; /* slots - 1, a power of two */
	uint32_t shift;
	const uint64_t *slots;
	const char *const *longer;
	size_t longer_count;
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
	const struct edi_code_hash *code_hash; /* of codes; NULL: no codes */
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
	/* What must be among it, narrowed or closed; NULL: any value may be. */
	const struct edi_code_hash *only;
};

enum { EDI_RULE_PLACES = 12 };

/* P0304, or D5(3,4) of EDIFACT: places are elements (or components). */
struct edi_rule {
	char kind; /* P R E C L; EDIFACT: '1' one only, '2' as P, '3' as R,
		      '4' as E, '5' as C, '6' as L, '7' if first, none of them */
	uint8_t count;
	uint8_t places[EDI_RULE_PLACES];
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
	uint32_t max;           /* UINT32_MAX: no limit */
	uint8_t when_element;   /* 0: any */
	uint8_t when_component; /* from 1, of a simple element, too */
	const char *const *when_values;
	size_t when_count;
	const struct edi_node *children;
	size_t child_count;
	const struct edi_node *parent; /* NULL: of the set itself */
	uint16_t depth;                /* 0 for the children of the set */
	uint16_t index;                /* in struct edi_set_def.nodes */
	uint16_t end;                  /* of what is in it: index up to end */
	uint16_t place;                /* among its siblings, from 0 */
	/* Uses narrowed at this place only; NULL: as segment. */
	const struct edi_use *uses;
};

/* All places of one segment in a set, in order. */
struct edi_places {
	uint32_t id; /* 0: an empty slot */
	uint16_t count;
	const struct edi_segment_def *segment;
	const struct edi_node *const *nodes;
};

/*
 * A total of the set: element of segment id says how many of_id there are, or
 * the sum of of_element over them.
 */
struct edi_total {
	bool is_sum; /* a wrong one is a warning */
	uint32_t id;
	uint8_t element;
	uint8_t component;
	uint32_t of_id;
	uint8_t of_element; /* of a sum, else 0 */
	uint8_t of_component;
	const char *tag;    /* of id */
	const char *of_tag; /* of of_id */
	/* Only when the value there is among these; 0: always. */
	uint8_t when_element;
	uint8_t when_component;
	const char *const *when_values;
	size_t when_count;
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
	uint32_t tree_id;   /* EDI_ID("HL"), EDI_ID("CPS"); 0 none */
	const char *source; /* file it was read from */
	const struct edi_node *const
	    *nodes; /* each after its parent, in order */
	const struct edi_total *totals;
	size_t total_rows;
	const struct edi_places *places; /* for edi_set_places() */
	uint32_t place_mask;
	const struct edi_dictionary *dictionary;
};

/* Where a segment may stand in a set; NULL: the set does not have it. */
static inline const struct edi_places *
edi_set_places(const struct edi_set_def *def, uint32_t id)
{
	uint32_t at = (id * 0x9E3779B1u) >> 8 & def->place_mask;

	for (;; at = (at + 1) & def->place_mask) {
		if (def->places[at].id == id)
			return &def->places[at];
		if (def->places[at].id == 0)
			return NULL;
	}
}

/* Is it among the codes?  The bytes of p as they were sent. */
bool edi_codes_have_longer(const struct edi_code_hash *h, const char *p,
    size_t len);

static inline bool
edi_codes_have(const struct edi_code_hash *h, const char *p, size_t len)
{
	uint64_t key = 1, slot; /* 1: "0" is not "00" is not "" */
	uint32_t at;

	if (len >= sizeof(key))
		return edi_codes_have_longer(h, p, len);
	for (size_t i = 0; i < len; i++)
		key = key << 8 | (unsigned char)p[i];
	at = (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> h->shift);
	while ((slot = h->slots[at & h->mask]) != key) {
		if (slot == 0)
			return false;
		at++;
	}
	return true;
}

struct edi_dictionary; /* opaque: elements and segments of a version */

/* The segment of the dictionary of a set, also one that the set has not. */
const struct edi_segment_def *edi_dictionary_segment(
    const struct edi_dictionary *d, uint32_t id);

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
 * edi_guides_knows - is there a dictionary of that version?
 *
 * version  as in edi_guides_find(); without it no set of the version has a
 *          guide
 */
bool edi_guides_knows(struct edi_guides *g, enum edi_standard standard,
    const char *version);

/*
 * edi_guides_overlay - lay a partner's overlay over the guides it names.
 *
 * Before any find.  path is a file of the home; errors name its line.
 */
bool edi_guides_overlay(struct edi_guides *g, const char *path,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_guides_overlays - all overlays of a partner, as `guides` of [edi] names
 * them.
 *
 * home   what names without a leading slash are relative to
 * files  parted by blanks; "": none
 */
bool edi_guides_overlays(struct edi_guides *g, const char *home,
    const char *files, struct oms_error *err) MUST_CHECK;

/* As edi_guides_overlay, from the text of one; text lives as long as g. */
bool edi_guides_overlay_text(struct edi_guides *g, const char *name,
    const char *text, struct oms_error *err) MUST_CHECK;

/*
 * edi_guides_text - a file from memory, by the flat name it would have in
 * schemas/edi/; it goes before a built-in one of that name.
 *
 * text  lives as long as g
 */
void edi_guides_text(struct edi_guides *g, const char *name, const char *text);

/* The segment of a dictionary: for sets that no guide knows. NULL: none. */
const struct edi_segment_def *edi_guides_segment(struct edi_guides *g,
    enum edi_standard standard, const char *version, uint32_t id);

/*
 * edi_guides_lint - read a guide file of whatever kind, and all it uses.
 *
 * path     *.dictionary; a set or an overlay, as its lines say. When there is
 *          no such file, the built-in one of that name
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
