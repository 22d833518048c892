/*
 * edi_guide_text.h - a guide as lines of words, and the faults found in it.
 *
 * For the loaders of dictionaries and sets only; everybody else wants
 * edi_guide.h.  Reading goes on after a fault, so that one look at a file
 * says all that is wrong with it.
 */
#ifndef OMS_PARSERS_EDI_GUIDE_TEXT_H
#define OMS_PARSERS_EDI_GUIDE_TEXT_H

#include "base/arena.h"
#include "parsers/edi_guide.h"

enum {
	GUIDE_FILE_MAX_BYTES = 4 << 20,
	GUIDE_LINE_MAX_BYTES = 2000,
	GUIDE_WORDS_MAX = GUIDE_LINE_MAX_BYTES / 2,
	GUIDE_DEPTH_MAX = 8, /* of loops, of `use` and of `like` */
	GUIDE_FAULTS_MAX = 1000
};

/* A line of a file, to point at. */
struct guide_at {
	const char *file; /* "schemas/edi/x12-004010-850.guide" */
	int line;
};

struct guide_faults {
	void (*each)(void *u, const char *fault); /* or NULL */
	void *u;
	size_t count;
	struct oms_error first;
};

/* Record a fault; always false.  Beyond GUIDE_FAULTS_MAX only counted. */
bool guide_fault(struct guide_faults *f, struct guide_at at, const char *fmt,
    ...) PRINTF(3, 4);

/* One file, whole, and where it was found. */
struct guide_source {
	const char *name;   /* flat: "x12-004010-850.guide" */
	const char *file;   /* as faults call it */
	const char *folder; /* of the file on disk; NULL: built in, or memory */
	const char *text;
	size_t len;
};

struct guide_line {
	struct guide_at at;
	unsigned level; /* of indent, two blanks each */
	size_t count;   /* words, at least 1 */
	char *words[GUIDE_WORDS_MAX];
	const char *name; /* behind " : ", or "" */
	char bytes[GUIDE_LINE_MAX_BYTES + 1];
};

struct guide_reader {
	const struct guide_source *source;
	struct guide_faults *faults;
	size_t at;
	int line_no;
	struct guide_line line;
};

void guide_reader_init(struct guide_reader *r, const struct guide_source *s,
    struct guide_faults *f);

/* The next line with words, in r->line; false at the end. */
bool guide_next(struct guide_reader *r);

/* One of the words of a line as a number; "*" is UINT32_MAX where allowed. */
bool guide_number(const char *word, bool may_be_many, uint32_t *ret);

/*
 * guide_place - "BEG.1" or "QTY.1.1": a segment or path, element, component.
 *
 * word  cut at its first dot
 * ret_* 0: not said
 */
bool guide_place(char *word, unsigned *ret_element, unsigned *ret_component);

/* Words from first on, as an array of the arena. */
const char *const *guide_values(struct arena *a, const struct guide_line *l,
    size_t first, size_t *ret_count);

/* The head of every file: what it is about. */
struct guide_head {
	enum edi_standard standard;
	bool has_standard;
	const char *version; /* "004010", "D:96A", or "" */
	const char *use;     /* a dictionary, or "" */
	struct guide_at use_at;
};

/*
 * guide_head_line - take a line `standard`, `version` or `use`.
 *
 * returns  it was one of these, be it good or bad
 */
bool guide_head_line(struct guide_head *h, struct arena *a,
    const struct guide_line *l, struct guide_faults *f);

/* standard and version were said. */
bool guide_head_check(const struct guide_head *h, struct guide_at at,
    struct guide_faults *f);

enum { GUIDE_NAME_BYTES = 64 };

/*
 * guide_name - "edifact-d96a-orders.guide": how the file of it is called.
 *
 * set  "" for a dictionary
 */
void guide_name(enum edi_standard standard, const char *version,
    const char *set, char dst[GUIDE_NAME_BYTES]);

#endif
