/*
 * edi_dictionary.h - elements, composites and segments of one version.
 *
 * A dictionary is read as it is written (names, not pointers), so that one
 * can take over another and an overlay can change an element below all that
 * use it; edi_dictionary_resolve() then makes the tables of edi_guide.h.
 */
#ifndef OMS_PARSERS_EDI_DICTIONARY_H
#define OMS_PARSERS_EDI_DICTIONARY_H

#include "parsers/edi_guide_text.h"

struct dict_use {
	const char *id;
	bool is_required;
	uint16_t max_repeat;
};

struct dict_code {
	const char *value;
	const char *name;
	struct guide_at at;
};

/* An element, a composite or a segment, as written. */
struct dict_entry {
	char kind; /* 'e' 'c' 's' */
	const char *id;
	const char *name;
	struct guide_at at;
	enum edi_type type;
	uint8_t decimals;
	uint32_t min;
	uint32_t max;
	bool is_closed;
	struct dict_code *codes;
	size_t code_count;
	size_t code_room;
	const struct dict_use *uses;
	size_t use_count;
	const struct edi_rule *rules;
	size_t rule_count;
};

/* Entries by name, in the order they were written. */
struct dict_map {
	struct dict_entry **rows;
	size_t count;
	size_t room;
	uint32_t *slots; /* row + 1; 0: empty */
	uint32_t mask;
};

struct dict_text {
	struct guide_head head;
	const char *file;         /* that this one is */
	struct dict_map elements; /* and composites */
	struct dict_map segments;
	struct arena *arena;
};

struct edi_dictionary {
	const struct dict_text *text;
	struct edi_element_def *elements; /* as text->elements.rows */
	struct edi_segment_def *segments; /* as text->segments.rows */
};

/* An empty one; with base, everything of that one. */
struct dict_text *dict_text_new(struct arena *a, const char *file,
    const struct dict_text *base);

/*
 * dict_text_line - take a line e, v, c or s.
 *
 * returns  it was one of these, be it good or bad
 */
bool dict_text_line(struct dict_text *d, const struct guide_line *l,
    struct guide_faults *f);

/* As dict_text_line, of the lines `element` and `code` of an overlay. */
bool dict_text_overlay(struct dict_text *d, const struct guide_line *l,
    struct guide_faults *f);

struct dict_entry *dict_find(const struct dict_map *m, const char *id);

/* The nearest name of the map, or "". */
const char *dict_nearest(const struct dict_map *m, const char *id);

/* Tables out of the text; what is wrong becomes faults. */
struct edi_dictionary *edi_dictionary_resolve(struct arena *a,
    const struct dict_text *d, struct guide_faults *f);

/* The table for edi_codes_have(); NULL for no codes. */
const struct edi_code_hash *edi_code_hash_new(struct arena *a,
    const struct edi_code *codes, size_t count);

/* For bsearch(3) and qsort(3) of codes. */
int edi_code_compare(const void *a, const void *b);

#endif
