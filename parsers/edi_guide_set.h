/*
 * edi_guide_set.h - a set as its guide writes it, before it becomes tables.
 *
 * Names, not pointers: so that one set can be like another one with other
 * segments below the same names, and an overlay can change what it names.
 */
#ifndef OMS_PARSERS_EDI_GUIDE_SET_H
#define OMS_PARSERS_EDI_GUIDE_SET_H

#include "parsers/edi_dictionary.h"

enum { SET_PLACES_MAX = 4000, SET_TOTALS_MAX = 16 };

/* "CNT.1.1 in 2" */
struct set_when {
	const char *tag; /* NULL: none */
	unsigned element;
	unsigned component;
	const char *const *values;
	size_t count;
};

enum set_narrow_kind { SET_IN, SET_REQUIRED, SET_OPTIONAL, SET_FORBIDDEN };

/* "BEG.1 in 00 05", at one place. */
struct set_narrow {
	enum set_narrow_kind kind;
	struct guide_at at;
	unsigned element;
	unsigned component; /* 0: not said */
	const char *const *values;
	size_t count;
	struct set_narrow *next;
};

/* A segment or a loop. */
struct set_place {
	const char *name;
	bool is_loop;
	struct guide_at at;
	uint32_t min;
	uint32_t max;
	struct set_when when;
	struct set_narrow *narrows;
	struct set_place *parent;
	struct set_place *first;
	struct set_place *last;
	struct set_place *next;
	unsigned depth;
};

struct set_total {
	bool is_sum;
	struct guide_at at;
	const char *tag;
	unsigned element;
	unsigned component;
	const char *of_tag;
	unsigned of_element;
	unsigned of_component;
	struct set_when when;
};

struct set_text {
	struct guide_head head;
	struct guide_at at; /* of its line `set` or `like` */
	const char *type;   /* NULL: none was said */
	const char *group;
	const char *name;
	const char *like; /* a file, or NULL */
	const char *tree; /* "HL", "CPS" or NULL */
	struct guide_at tree_at;
	struct set_place root;
	size_t place_count;
	struct set_total totals[SET_TOTALS_MAX];
	size_t total_count;
};

/* The set that a line `like` names, or NULL with a fault. */
typedef const struct set_text *set_like_fn(void *u, struct guide_at at,
    const char *file, struct guide_faults *f);

/* Read a *.guide.  Always a set, be it a bad one; faults say so. */
struct set_text *set_text_read(struct arena *a, const struct guide_source *s,
    set_like_fn *like, void *u, struct guide_faults *f);

/* A line of `like` or of an overlay: "PO1/PID 0 0", "BEG.2 in SA". */
void set_text_change(struct arena *a, struct set_text *t,
    const struct guide_line *l, struct guide_faults *f);

/* Tables out of the text; what is wrong becomes faults. */
struct edi_set_def *set_text_resolve(struct arena *a, const struct set_text *t,
    const struct edi_dictionary *d, struct guide_faults *f);

#endif
