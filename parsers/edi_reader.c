/*
 * edi_reader.c - the pieces of a file, and what stands between terminators;
 * see edi_reader.h.
 *
 * Nothing is said of a segment before all of it is there, with the blanks
 * behind it: so a cut in the input cannot change what is said.  What is left
 * of a piece goes to the carry, to which just enough of the next is added.
 */

#include "parsers/edi_reader.h"

#include "base/count.h"
#include "parsers/edi_scan.h"

enum {
	SHOW_BYTES = 60,
	CARRY_FIRST_BYTES = 4096,
	CARRY_STEP_BYTES = 64,
	CTRL_Z = 0x1a,
	NAK = 0x15
};

enum state {
	BETWEEN, /* interchanges */
	GARBAGE, /* it was told; the next interchange is looked for */
	INSIDE,  /* an interchange, where a segment begins */
	SKIPPING /* the rest of a segment too long, or of a package */
};

/* What is at hand: p moves on, with the place of it. */
struct view {
	const char *p;
	const char *end;
	bool at_end; /* of the input */
};

struct place {
	int64_t off;
	int64_t line;
	int64_t line_off;
	bool is_after_cr;
};

enum step {
	STEP_ON,
	STEP_MORE, /* bytes are needed */
	STEP_STOP  /* by the callback: its error stands */
};

enum scanned { SCAN_WHOLE, SCAN_OPEN, SCAN_TOO_LONG };

/* What is odd about the segment in hand: bits. */
enum flaw {
	IS_WRAPPED = 1,
	IS_ODD_RELEASE = 2,
	IS_RELEASE_END = 4,
	IS_TOO_MANY = 8,
	IS_BAD_BINARY = 16,
	IS_BINARY = 32, /* good, but any bytes may be in it */
	IS_UNTERMINATED = 64
};

struct edi_reader {
	unsigned lenient;
	edi_event_fn *event;
	void *u;

	enum state state;
	struct place at;
	bool is_any;        /* an interchange was found */
	const char *odd;    /* while there is none: what is there; or NULL */
	bool is_header;     /* the next segment is the UNB of its start */
	bool is_line_start; /* since the last line end only blanks */
	bool is_indented;   /* ... and there were some */
	bool told_indented; /* in this interchange */
	int64_t skip_bytes; /* SKIPPING: so many, then */
	bool skip_segment;  /* ... up to a terminator */
	enum edi_standard standard;
	uint32_t last_id; /* IEA or UNZ */
	struct edi_delimiters delimiters;
	struct edi_classes classes;

	unsigned flaws;
	const char *line_end; /* the first one, when it is wrapped */
	struct edi_event ev;
	struct edi_segment segment;
	/* A block may go beyond the limits before that is seen. */
	struct edi_value values[EDI_VALUES_MAX + EDI_BLOCK_BYTES + 2];
	uint16_t first[EDI_ELEMENTS_MAX + EDI_BLOCK_BYTES + 4];

	char *carry;
	size_t carry_len, carry_size, carry_want;
	char *unwrapped; /* a segment without its line ends */
	size_t unwrapped_size;
};

/* -------------------------------------------------------------- places */

static void
advance(struct place *at, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!edi_is_line_end(p[i])) {
			at->is_after_cr = false;
			continue;
		}
		if (p[i] == '\r' || !at->is_after_cr)
			at->line++;
		at->line_off = at->off + (int64_t)i + 1;
		at->is_after_cr = p[i] == '\r';
	}
	at->off += (int64_t)n;
}

/* Terminator and blanks: also remember whether a segment is indented. */
static void
advance_gap(struct edi_reader *r, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (edi_is_line_end(p[i])) {
			r->is_line_start = true;
			r->is_indented = false;
		} else if (p[i] == ' ' || p[i] == '\t') {
			r->is_indented = r->is_line_start;
		} else {
			r->is_line_start = r->is_indented = false;
		}
	}
	advance(&r->at, p, n);
}

static void
take(struct edi_reader *r, struct view *v, size_t n)
{
	advance(&r->at, v->p, n);
	v->p += n;
}

static size_t
left(const struct view *v)
{
	return (size_t)(v->end - v->p);
}

/* -------------------------------------------------------------- events */

/* The leniency that allows it; 0: none does. */
static unsigned
leniency(enum edi_lexical what)
{
	switch (what) {
	case EDI_LEX_GARBAGE: return EDI_GARBAGE;
	case EDI_LEX_ISA_LENGTH: return EDI_ISA_LENGTH;
	case EDI_LEX_WRAPPED: return EDI_WRAPPED;
	case EDI_LEX_INDENTED: return EDI_INDENTED;
	case EDI_LEX_UNTERMINATED: return EDI_UNTERMINATED;
	case EDI_LEX_DELIMITERS:
	case EDI_LEX_UNA:
	case EDI_LEX_EMPTY_SEGMENT:
	case EDI_LEX_TAG:
	case EDI_LEX_TOO_LONG:
	case EDI_LEX_TOO_MANY:
	case EDI_LEX_RELEASE:
	case EDI_LEX_RELEASE_END:
	case EDI_LEX_BINARY:
	case EDI_LEX_CUT: return 0;
	}
	return 0;
}

static bool
tell(struct edi_reader *r, enum edi_event_kind kind, const struct place *at,
    struct oms_error *err)
{
	r->ev.kind = kind;
	r->ev.standard = r->standard;
	r->ev.byte_off = at->off;
	r->ev.line = at->line;
	r->ev.column = at->off - at->line_off + 1;
	return r->event(r->u, &r->ev, err);
}

static bool
tell_wrong(struct edi_reader *r, enum edi_lexical what, bool is_forgiven,
    const struct place *at, const char *p, size_t n, struct oms_error *err)
{
	r->ev.lexical = what;
	r->ev.is_forgiven = is_forgiven;
	r->ev.bytes = p;
	r->ev.bytes_len = n < SHOW_BYTES ? n : SHOW_BYTES;
	return tell(r, EDI_LEXICAL, at, err);
}

/* Wrong bytes where the reader is. */
static bool
tell_here(struct edi_reader *r, enum edi_lexical what, const char *p, size_t n,
    struct oms_error *err)
{
	return tell_wrong(r, what, (r->lenient & leniency(what)) != 0, &r->at,
	    p, n, err);
}

static bool
tell_begin(struct edi_reader *r, struct oms_error *err)
{
	r->ev.delimiters = &r->delimiters;
	return tell(r, EDI_BEGIN, &r->at, err);
}

static bool
tell_end(struct edi_reader *r, struct oms_error *err)
{
	bool ok = tell(r, EDI_END, &r->at, err);

	r->state = BETWEEN;
	r->ev.delimiters = NULL;
	return ok;
}

/* ---------------------------------------------------- taking it apart */

void
edi_classes_set(struct edi_classes *k, const struct edi_delimiters *d)
{
	/* One that is not there looks for what is looked for anyway. */
	const char c[7] = { d->element,
		d->component != 0 ? d->component : d->element,
		d->repetition != 0 ? d->repetition : d->element, d->segment,
		d->release != 0 ? d->release : d->segment, '\r', '\n' };

	memset(k->of, 0, sizeof(k->of));
	for (int i = '0'; i <= '9'; i++)
		k->of[i] = EDI_IS_TAG;
	for (int i = 'A'; i <= 'Z'; i++)
		k->of[i] = EDI_IS_TAG;
	k->of[' '] = k->of['\t'] = k->of['\r'] = k->of['\n'] = EDI_IS_GAP;
	if (d->segment != NAK)
		k->of[NAK] = EDI_IS_GAP;
	for (int i = 0; i < 7; i++) {
		memset(k->wide[i], c[i], sizeof(k->wide[i]));
		k->of[(unsigned char)c[i]] |= i < 3 ? EDI_IS_SPLIT
						    : EDI_IS_STOP;
	}
}

/* The masks of less than a block. */
static struct edi_masks
tail_masks(const struct edi_classes *k, const char *p, size_t n)
{
	char block[EDI_BLOCK_BYTES] = { 0 };
	struct edi_masks m;

	memcpy(block, p, n);
	m = edi_masks(k, block);
	m.split &= (UINT32_C(1) << n) - 1;
	m.stop &= (UINT32_C(1) << n) - 1;
	return m;
}

static void
keep_limits(struct edi_reader *r, unsigned *value, unsigned *e)
{
	if (*value > EDI_VALUES_MAX) {
		*value = EDI_VALUES_MAX;
		r->flaws |= IS_TOO_MANY;
	}
	if (*e > EDI_ELEMENTS_MAX + 1) {
		*e = EDI_ELEMENTS_MAX + 1;
		r->flaws |= IS_TOO_MANY;
	}
}

/* The last value is in: how many elements there are. */
static void
close_elements(struct edi_reader *r, unsigned value, unsigned e)
{
	r->first[e + 1] = (uint16_t)value;
	keep_limits(r, &value, &e);
	if (e > EDI_ELEMENTS_MAX) {
		e = EDI_ELEMENTS_MAX;
		r->flaws |= IS_TOO_MANY;
	}
	if (r->flaws & IS_TOO_MANY)
		for (unsigned i = 0; i <= e + 1; i++)
			if (r->first[i] > EDI_VALUES_MAX)
				r->first[i] = EDI_VALUES_MAX;
	r->segment.element_count = (uint16_t)e;
}

/* Behind a release character and what it releases; NULL: not all is there. */
static const char *
pass_release(struct edi_reader *r, const char *q, const char *end,
    bool is_whole)
{
	q++;
	if (q == end) {
		if (is_whole)
			r->flaws |= IS_RELEASE_END;
		return is_whole ? q : NULL;
	}
	if (*q == '\r' && q + 1 == end && !is_whole)
		return NULL;
	if ((r->classes.of[(unsigned char)*q] & (EDI_IS_SPLIT | EDI_IS_STOP)) ==
		0 ||
	    edi_is_line_end(*q))
		r->flaws |= IS_ODD_RELEASE;
	return q + (*q == '\r' && q + 1 < end && q[1] == '\n' ? 2 : 1);
}

/*
 * Behind a release character, a line end, or a terminator that is data; NULL:
 * not all is there.
 */
static const char *
pass_stop(struct edi_reader *r, const char *q, const char *end, bool is_whole)
{
	if (r->delimiters.release != 0 && *q == r->delimiters.release)
		return pass_release(r, q, end, is_whole);
	if (edi_is_line_end(*q) && !(r->flaws & IS_WRAPPED)) {
		r->flaws |= IS_WRAPPED;
		r->line_end = q;
	}
	return q + 1;
}

/*
 * The segment at p into values, the tag as element 0.
 *
 * is_whole  it ends at end; else at its terminator, if that is there
 */
static enum scanned
scan(struct edi_reader *r, const char *p, const char *end, bool is_whole,
    const char **ret_end)
{
	const struct edi_classes *k = &r->classes;
	const char element = r->delimiters.element;
	const char component = r->delimiters.component;
	struct edi_value *values = r->values;
	uint16_t *first = r->first;
	const char *block = p, *start = p;
	unsigned value = 0, e = 0, c = 1, rep = 1, excess = 0;
	bool is_released = false;

	r->flaws = 0;
	first[0] = 0;
	while (block < end) {
		size_t n = (size_t)(end - block);
		struct edi_masks m = n >= EDI_BLOCK_BYTES
		    ? edi_masks(k, block)
		    : tail_masks(k, block, n);
		uint32_t split = m.split;
		const char *q;

		if (m.stop != 0)
			split &= (m.stop & (0 - m.stop)) - 1;
		for (; split != 0; split &= split - 1) {
			q = block + __builtin_ctz(split);
			bool is_element = *q == element;
			bool is_component = *q == component;

			values[value++] = (struct edi_value){ start,
				(uint32_t)(q - start), (uint16_t)rep,
				(uint8_t)c, is_released };
			first[e + 1] = (uint16_t)value;
			start = q + 1;
			is_released = false;
			excess |= c;
			e += is_element;
			rep = is_element ? 1 : rep + !is_component;
			c = is_component ? c + 1 : 1;
		}
		if (value > EDI_VALUES_MAX || e > EDI_ELEMENTS_MAX)
			keep_limits(r, &value, &e);
		if (m.stop == 0) {
			block += n < EDI_BLOCK_BYTES ? n : EDI_BLOCK_BYTES;
			if (block - p > EDI_SEGMENT_MAX_BYTES && !is_whole)
				return SCAN_TOO_LONG;
			continue;
		}
		q = block + __builtin_ctz(m.stop);
		if (q - p > EDI_SEGMENT_MAX_BYTES && !is_whole)
			return SCAN_TOO_LONG;
		if (*q == r->delimiters.segment && !is_whole) {
			end = q;
			is_whole = true;
			break;
		}
		is_released |= *q == r->delimiters.release;
		block = pass_stop(r, q, end, is_whole);
		if (block == NULL)
			break;
	}
	if (!is_whole)
		return end - p > EDI_SEGMENT_MAX_BYTES ? SCAN_TOO_LONG
						       : SCAN_OPEN;
	values[value++] = (struct edi_value){ start, (uint32_t)(end - start),
		(uint16_t)rep, (uint8_t)c, is_released };
	if ((excess | c) > UINT8_MAX)
		r->flaws |= IS_TOO_MANY;
	close_elements(r, value, e);
	*ret_end = end;
	return SCAN_WHOLE;
}

/*
 * Take the line ends out of a wrapped segment and read it again; released
 * ones are data.
 */
static void
unwrap(struct edi_reader *r, const char **p, size_t *len)
{
	const char *q = *p, *end = q + *len;
	unsigned flaws = r->flaws;
	char *dst;

	if (r->unwrapped_size < *len) {
		r->unwrapped_size = *len;
		r->unwrapped = mem_resize(r, r->unwrapped, *len);
	}
	dst = r->unwrapped;
	while (q < end) {
		const char *next = q + 1;

		if (r->delimiters.release != 0 && *q == r->delimiters.release)
			next = pass_release(r, q, end, true);
		else if (edi_is_line_end(*q))
			q = next;
		while (q < next)
			*dst++ = *q++;
	}
	*p = r->unwrapped;
	*len = (size_t)(dst - r->unwrapped);
	(void)scan(r, *p, *p + *len, true, &end);
	r->flaws = (flaws & ~(unsigned)IS_TOO_MANY) | (r->flaws & IS_TOO_MANY);
}

/* Two or three upper-case letters and digits. */
static void
set_tag(struct edi_reader *r, const char *p, size_t len)
{
	struct edi_segment *s = &r->segment;
	size_t n = r->values[0].len;
	const unsigned char *class = r->classes.of;

	memset(s->tag, 0, sizeof(s->tag));
	s->id = 0;
	if (n < 2 || n > 3 || len < n ||
	    !(class[(unsigned char)p[0]] & EDI_IS_TAG) ||
	    !(class[(unsigned char)p[1]] & EDI_IS_TAG) ||
	    !(class[(unsigned char)p[n - 1]] & EDI_IS_TAG))
		return;
	s->tag[0] = p[0];
	s->tag[1] = p[1];
	s->tag[2] = n == 3 ? p[2] : '\0';
	s->id = EDI_ID(s->tag);
}

/* Each release character in raw that stands before what needs none. */
static bool
tell_releases(struct edi_reader *r, const char *p, size_t n,
    struct oms_error *err)
{
	struct place at = r->at;
	const char *end = p + n;

	for (const char *q = p; q < end; q++) {
		const char *from = q;

		if (*q == r->delimiters.release) {
			r->flaws &= ~(unsigned)IS_ODD_RELEASE;
			q = pass_release(r, q, end, true) - 1;
			if ((r->flaws & IS_ODD_RELEASE) &&
			    !tell_wrong(r, EDI_LEX_RELEASE, true, &at, from,
				(size_t)(q + 1 - from), err))
				return false;
		}
		advance(&at, from, (size_t)(q + 1 - from));
	}
	return true;
}

static const struct {
	enum flaw flaw;
	enum edi_lexical what;
} told_of_flaw[] = {
	{ IS_BAD_BINARY, EDI_LEX_BINARY },
	{ IS_RELEASE_END, EDI_LEX_RELEASE_END },
	{ IS_TOO_MANY, EDI_LEX_TOO_MANY },
	{ IS_UNTERMINATED, EDI_LEX_UNTERMINATED },
};

/* What is wrong with the segment raw, as it was sent. */
static bool
tell_flaws(struct edi_reader *r, const char *raw, size_t n,
    struct oms_error *err)
{
	unsigned flaws = r->flaws;
	struct place at = r->at;

	if (r->is_indented && !r->told_indented) {
		r->told_indented = true;
		if (!tell_here(r, EDI_LEX_INDENTED, raw, n, err))
			return false;
	}
	if (flaws & IS_WRAPPED) {
		advance(&at, raw, (size_t)(r->line_end - raw));
		if (!tell_wrong(r, EDI_LEX_WRAPPED,
			(r->lenient & EDI_WRAPPED) != 0, &at, raw, n, err))
			return false;
	}
	if ((flaws & IS_ODD_RELEASE) && !tell_releases(r, raw, n, err))
		return false;
	for (size_t i = 0; i < COUNT(told_of_flaw); i++)
		if ((flaws & told_of_flaw[i].flaw) &&
		    !tell_here(r, told_of_flaw[i].what, raw, n, err))
			return false;
	return r->segment.id != 0 || tell_here(r, EDI_LEX_TAG, raw, n, err);
}

/* The end of the blanks from q on; NULL: that is not known yet. */
static const char *
gap_end(const struct edi_reader *r, const struct view *v, const char *q)
{
	const char *limit = v->end - q > EDI_GAP_MAX_BYTES
	    ? q + EDI_GAP_MAX_BYTES
	    : v->end;

	while (q < limit && (r->classes.of[(unsigned char)*q] & EDI_IS_GAP))
		q++;
	return q == v->end && limit == v->end && !v->at_end ? NULL : q;
}

/*
 * The segment of raw_len bytes is in the values: say so, when what follows
 * it is there.
 *
 * behind  its terminator, or its package; NULL: the input ends in it
 */
static enum step
take_segment(struct edi_reader *r, struct view *v, size_t raw_len,
    const char *behind, struct oms_error *err)
{
	struct edi_segment *s = &r->segment;
	const char *raw = v->p, *next = v->end;
	unsigned flaws = r->flaws;

	if (behind != NULL)
		next = r->skip_bytes > 0 ? behind : gap_end(r, v, behind);
	if (next == NULL)
		return STEP_MORE;
	s->raw = raw;
	s->raw_len = raw_len;
	if (flaws & IS_WRAPPED)
		unwrap(r, &s->raw, &s->raw_len);
	set_tag(r, s->raw, s->raw_len);
	s->byte_off = r->at.off;
	s->byte_len = next - raw + r->skip_bytes;
	s->line = r->at.line;
	s->column = r->at.off - r->at.line_off + 1;
	if ((flaws != 0 || s->id == 0 || r->is_indented) &&
	    !tell_flaws(r, raw, raw_len, err))
		return STEP_STOP;
	if (!tell(r, EDI_SEGMENT, &r->at, err))
		return STEP_STOP;
	if (flaws & (IS_WRAPPED | IS_ODD_RELEASE | IS_BINARY)) {
		advance(&r->at, raw, raw_len);
	} else {
		r->at.off += (int64_t)raw_len;
		r->at.is_after_cr = false;
	}
	advance_gap(r, raw + raw_len, (size_t)(next - raw) - raw_len);
	v->p = next;
	r->is_header = false;
	if (s->id == r->last_id)
		return tell_end(r, err) ? STEP_ON : STEP_STOP;
	return STEP_ON;
}

/* -------------------------------------------- inside of an interchange */

static enum step
begin_skip(struct edi_reader *r, const struct view *v, int64_t bytes,
    struct oms_error *err)
{
	if (!tell_here(r, EDI_LEX_TOO_LONG, v->p, left(v), err))
		return STEP_STOP;
	r->state = SKIPPING;
	r->skip_bytes = bytes;
	r->skip_segment = true;
	r->is_header = false;
	return STEP_ON;
}

/* The input ends in a segment, or in what ends many files. */
static enum step
take_last(struct edi_reader *r, struct view *v, bool is_bad_binary,
    struct oms_error *err)
{
	const char *end = v->end;

	while (end > v->p &&
	    (edi_is_line_end(end[-1]) || end[-1] == '\0' || end[-1] == CTRL_Z))
		end--;
	if (end == v->p) {
		take(r, v, left(v));
		return STEP_MORE;
	}
	(void)scan(r, v->p, end, true, &end);
	r->flaws |= IS_UNTERMINATED;
	r->flaws |= is_bad_binary ? IS_BAD_BINARY : 0;
	return take_segment(r, v, (size_t)(end - v->p), NULL, err);
}

/* Does the UNP of a package begin here, or behind blanks? */
static bool
is_package_end(const struct edi_reader *r, const char *p, const char *end)
{
	while (p < end && (r->classes.of[(unsigned char)*p] & EDI_IS_GAP))
		p++;
	return end - p >= 4 && memcmp(p, "UNP", 3) == 0 &&
	    p[3] == r->delimiters.element;
}

/*
 * A UNO that ends at end: bytes follow it, as many as it says, directly or
 * on a new line.
 */
static enum step
take_package(struct edi_reader *r, struct view *v, const char *end,
    struct oms_error *err)
{
	const char *body = end + 1;
	size_t raw_len = (size_t)(end - v->p);
	int64_t len = edifact_package(&r->segment);
	enum step step;

	if (len == 0)
		return take_segment(r, v, raw_len, body, err);
	if (len > EDI_SEGMENT_MAX_BYTES) {
		r->skip_bytes = len;
		step = take_segment(r, v, raw_len, body, err);
		r->skip_segment = false;
		r->state = SKIPPING;
		return step;
	}
	if (v->end - body < len + 2 * EDI_GAP_MAX_BYTES && !v->at_end)
		return STEP_MORE;
	for (int i = 0; i < EDI_GAP_MAX_BYTES && v->end - body >= len;
	     i++, body++) {
		if (is_package_end(r, body + len, v->end))
			return take_segment(r, v, raw_len, body + len, err);
		if (body == v->end || !edi_is_line_end(*body))
			break;
	}
	r->flaws |= IS_BAD_BINARY;
	return take_segment(r, v, raw_len, end + 1, err);
}

/* An interchange begins at p; what is further on may not be there yet. */
static bool
is_start(const char *p, size_t n, struct edi_start *ret)
{
	if (n > EDI_HEAD_BYTES)
		n = EDI_HEAD_BYTES;
	return x12_start(p, n, ret) || edifact_start(p, n, ret);
}

static bool
is_start_tag(const char *p)
{
	return memcmp(p, "ISA", 3) == 0 || memcmp(p, "UNA", 3) == 0 ||
	    memcmp(p, "UNB", 3) == 0;
}

/*
 * A line of a wrapped segment that begins an interchange: files were put
 * together, and the first has lost its end.  ret is the line end before it,
 * or NULL.
 */
static enum step
find_start(const struct edi_reader *r, const struct view *v, const char *end,
    const char **ret)
{
	struct edi_start start;

	*ret = NULL;
	for (const char *q = r->line_end; q < end; q++) {
		size_t n = (size_t)(v->end - q) - 1;

		if (!edi_is_line_end(*q))
			continue;
		if (n < 3 && !v->at_end)
			return STEP_MORE;
		if (n < 3 || !is_start_tag(q + 1))
			continue;
		if (n < EDI_HEAD_BYTES && !v->at_end)
			return STEP_MORE;
		if (!is_start(q + 1, n, &start))
			continue;
		while (edi_is_line_end(q[-1]))
			q--;
		*ret = q;
		break;
	}
	return STEP_ON;
}

static enum step
take_any(struct edi_reader *r, struct view *v, bool is_bad_binary,
    struct oms_error *err)
{
	const char *end = v->end, *cut = NULL;
	enum scanned scanned = scan(r, v->p, v->end, false, &end);

	if (scanned == SCAN_OPEN && !v->at_end)
		return STEP_MORE;
	if (scanned == SCAN_TOO_LONG)
		end = v->p + EDI_SEGMENT_MAX_BYTES;
	if ((r->flaws & IS_WRAPPED) && find_start(r, v, end, &cut) == STEP_MORE)
		return STEP_MORE;
	if (cut != NULL) {
		(void)scan(r, v->p, cut, true, &end);
		r->flaws |= IS_UNTERMINATED;
		return take_segment(r, v, (size_t)(cut - v->p), cut, err);
	}
	if (scanned == SCAN_TOO_LONG)
		return begin_skip(r, v, 0, err);
	if (scanned == SCAN_OPEN)
		return take_last(r, v, is_bad_binary, err);
	r->flaws |= is_bad_binary ? IS_BAD_BINARY : 0;
	if (r->standard == EDI_EDIFACT && memcmp(v->p, "UNO", 3) == 0)
		return take_package(r, v, end, err);
	return take_segment(r, v, (size_t)(end - v->p), end + 1, err);
}

/* BIN and BDS, whose last element may hold any bytes. */
static enum step
take_binary(struct edi_reader *r, struct view *v, struct oms_error *err)
{
	const char *p = v->p, *end;
	size_t at = 0;
	int64_t len = 0;
	unsigned e, value;

	if (left(v) < EDI_BINARY_HEAD_BYTES && !v->at_end)
		return STEP_MORE;
	if (!x12_binary(&r->delimiters, p, left(v), &at, &len))
		return take_any(r, v, false, err);
	if (len + (int64_t)at > EDI_SEGMENT_MAX_BYTES)
		return begin_skip(r, v, len + (int64_t)at, err);
	if ((int64_t)(left(v) - at) <= len)
		return v->at_end ? take_any(r, v, true, err) : STEP_MORE;
	if (p[at + (size_t)len] != r->delimiters.segment)
		return take_any(r, v, true, err);
	(void)scan(r, p, p + at - 1, true, &end);
	e = ++r->segment.element_count;
	value = r->first[e];
	r->values[value] = (struct edi_value){ p + at, (uint32_t)len, 1, 1, 0 };
	r->first[e + 1] = (uint16_t)(value + 1);
	r->flaws |= IS_BINARY;
	return take_segment(r, v, at + (size_t)len, p + at + len + 1, err);
}

/* ISA, UNA or UNB where a segment should begin: the last one has no end. */
static enum step
take_start(struct edi_reader *r, struct view *v, struct oms_error *err)
{
	struct edi_start start;

	if (left(v) < EDI_HEAD_BYTES && !v->at_end)
		return STEP_MORE;
	if (!is_start(v->p, left(v), &start))
		return take_any(r, v, false, err);
	return tell_here(r, EDI_LEX_CUT, v->p, 0, err) && tell_end(r, err)
	    ? STEP_ON
	    : STEP_STOP;
}

static enum step
take_one(struct edi_reader *r, struct view *v, struct oms_error *err)
{
	uint32_t id = EDI_ID(v->p);

	if (id == EDI_ID("ISA") || id == EDI_ID("UNA") || id == EDI_ID("UNB"))
		return r->is_header || edi_is_alnum(v->p[3])
		    ? take_any(r, v, false, err)
		    : take_start(r, v, err);
	if ((id == EDI_ID("BIN") || id == EDI_ID("BDS")) &&
	    r->standard == EDI_X12)
		return take_binary(r, v, err);
	return take_any(r, v, false, err);
}

static enum step
inside(struct edi_reader *r, struct view *v, struct oms_error *err)
{
	enum step step = STEP_ON;

	while (step == STEP_ON && r->state == INSIDE) {
		if (v->p == v->end)
			return STEP_MORE;
		if (r->classes.of[(unsigned char)*v->p] & EDI_IS_GAP) {
			advance_gap(r, v->p++, 1);
		} else if (*v->p == r->delimiters.segment) {
			if (!tell_here(r, EDI_LEX_EMPTY_SEGMENT, v->p, 1, err))
				return STEP_STOP;
			advance_gap(r, v->p++, 1);
		} else if (left(v) >= 4) {
			step = take_one(r, v, err);
		} else {
			step = v->at_end ? take_any(r, v, false, err)
					 : STEP_MORE;
		}
	}
	return step;
}

static enum step
skip(struct edi_reader *r, struct view *v, struct oms_error *err)
{
	const char *q;

	if (r->skip_bytes > 0) {
		size_t n = left(v);

		if ((int64_t)n > r->skip_bytes)
			n = (size_t)r->skip_bytes;
		take(r, v, n);
		r->skip_bytes -= (int64_t)n;
	}
	if (r->skip_bytes > 0 && v->at_end) {
		r->skip_bytes = 0;
		return tell_here(r, EDI_LEX_BINARY, v->p, 0, err) ? STEP_MORE
								  : STEP_STOP;
	}
	if (r->skip_bytes > 0)
		return STEP_MORE;
	for (q = v->p; r->skip_segment && q < v->end; q++) {
		if (*q == r->delimiters.segment)
			break;
		if (r->delimiters.release == 0 || *q != r->delimiters.release)
			continue;
		if (q + 1 < v->end)
			q++;
		else if (!v->at_end)
			break;
	}
	take(r, v, (size_t)(q - v->p));
	if (r->skip_segment &&
	    (v->p == v->end || *v->p != r->delimiters.segment))
		return STEP_MORE;
	if (r->skip_segment)
		advance_gap(r, v->p++, 1);
	r->state = INSIDE;
	return STEP_ON;
}

/* ------------------------------------------- between the interchanges */

/* The line of p ends in c, or an ST follows a c in it. */
static bool
is_closed_by(const char *p, size_t n, char c, char element)
{
	size_t i = 0, last;

	while (i < n && !edi_is_line_end(p[i])) {
		if (p[i] == c && n - i > 3 && p[i + 1] == 'S' &&
		    p[i + 2] == 'T' && p[i + 3] == element)
			return true;
		i++;
	}
	if (i == n)
		return memchr(p, c, n) != NULL;
	for (last = i; last > 0 && edi_is_blank(p[last - 1]); last--)
		;
	return last > 0 && p[last - 1] == c;
}

/* The terminator before the tag at p + i; 0: none can be told. */
static size_t
terminator_before(const char *p, size_t n, size_t i, char element)
{
	size_t last = i - 1, line_end = 0;

	while (last > 4 && edi_is_blank(p[last])) {
		if (edi_is_line_end(p[last]))
			line_end = last;
		last--;
	}
	if (edi_is_alnum(p[last]) || p[last] == element)
		return line_end;
	if (line_end == 0 || is_closed_by(p + i, n - i, p[last], element))
		return last;
	return line_end;
}

bool
edi_find_terminator(const char *p, size_t n, char element, const char *tags,
    size_t *ret_at)
{
	for (size_t i = 5; i + 4 <= n && i < EDI_HEADER_MAX_BYTES; i++) {
		for (const char *t = tags; *t != '\0'; t += 3) {
			size_t len = t[2] == ' ' ? 2 : 3;

			if (memcmp(p + i, t, len) != 0 || p[i + len] != element)
				continue;
			*ret_at = terminator_before(p, n, i, element);
			if (*ret_at != 0)
				return true;
		}
	}
	return false;
}

/* What is odd about the way it begins. */
static bool
tell_start(struct edi_reader *r, const struct view *v,
    const struct edi_start *s, struct oms_error *err)
{
	bool is_forgiven = !s->is_beyond && (r->lenient & EDI_ISA_LENGTH) != 0;
	size_t n = s->header_at + s->isa_len;

	if (n == 0 || n > left(v))
		n = left(v);
	if (s->is_misshapen &&
	    !tell_wrong(r, EDI_LEX_ISA_LENGTH, is_forgiven, &r->at, v->p, n,
		err))
		return false;
	if (s->is_disputed && !tell_here(r, EDI_LEX_UNA, v->p, n, err))
		return false;
	return !s->is_ambiguous ||
	    tell_here(r, EDI_LEX_DELIMITERS, v->p, n, err);
}

static enum step
open_interchange(struct edi_reader *r, struct view *v,
    const struct edi_start *s, struct oms_error *err)
{
	struct edi_delimiters bare = s->delimiters;
	const char *end;
	enum step step;

	r->standard = s->standard;
	r->last_id = s->standard == EDI_X12 ? EDI_ID("IEA") : EDI_ID("UNZ");
	r->delimiters = s->delimiters;
	r->is_any = r->is_header = true;
	r->is_line_start = r->is_indented = r->told_indented = false;
	r->state = INSIDE;
	if (!tell_begin(r, err) || !tell_start(r, v, s, err))
		return STEP_STOP;
	take(r, v, s->header_at);
	edi_classes_set(&r->classes, &s->delimiters);
	if (s->standard == EDI_EDIFACT)
		return STEP_ON;
	bare.component = bare.repetition = 0; /* in the ISA they are data */
	edi_classes_set(&r->classes, &bare);
	(void)scan(r, v->p, v->p + s->isa_len, true, &end);
	step = take_segment(r, v, s->isa_len, end + 1, err);
	edi_classes_set(&r->classes, &s->delimiters);
	return step;
}

/* What may stand between interchanges without a word: how many bytes. */
static size_t
filler(const struct view *v)
{
	static const char bom[] = "\xef\xbb\xbf";

	if (edi_is_blank(*v->p) || *v->p == '\0' || *v->p == CTRL_Z ||
	    *v->p == NAK)
		return 1;
	return left(v) >= 3 && memcmp(v->p, bom, 3) == 0 ? 3 : 0;
}

/* What a file without an interchange is, as far as its first bytes tell. */
static const char *
oddity(const struct view *v, enum edi_lexical what)
{
	const char *p = v->p;

	if (what == EDI_LEX_ISA_LENGTH)
		return "it begins with ISA, but not with the 106 bytes of one: "
		       "was it cut off?";
	if (what == EDI_LEX_UNA)
		return "it begins with UNA or UNB, but no whole UNB is there: "
		       "was it cut off?";
	if (left(v) >= 4 &&
	    (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0 ||
		((*p == 'I' || *p == 'U') && p[1] == '\0' && p[3] == '\0')))
		return "it is UTF-16: have it sent with one byte a character, "
		       "ASCII or UTF-8";
	return NULL;
}

/* Once for all of it, up to where the next interchange may begin. */
static enum step
tell_garbage(struct edi_reader *r, struct view *v, struct oms_error *err)
{
	enum edi_lexical what = EDI_LEX_GARBAGE;
	bool is_forgiven = (r->lenient & EDI_GARBAGE) != 0;
	size_t n = 1;

	if (left(v) >= 4 && is_start_tag(v->p) && !edi_is_alnum(v->p[3])) {
		what = *v->p == 'I' ? EDI_LEX_ISA_LENGTH : EDI_LEX_UNA;
		is_forgiven = false;
	}
	while (n < left(v) && n < SHOW_BYTES &&
	    (left(v) - n < 3 || !is_start_tag(v->p + n)))
		n++;
	if (!tell_wrong(r, what, is_forgiven, &r->at, v->p, n, err))
		return STEP_STOP;
	if (r->odd == NULL)
		r->odd = oddity(v, what);
	r->state = GARBAGE;
	take(r, v, 1);
	return STEP_ON;
}

static enum step
between(struct edi_reader *r, struct view *v, struct oms_error *err)
{
	struct edi_start start;
	size_t n;

	while (v->p < v->end && (n = filler(v)) > 0)
		take(r, v, n);
	if (v->p == v->end || (left(v) < EDI_HEAD_BYTES && !v->at_end))
		return STEP_MORE;
	if (is_start(v->p, left(v), &start))
		return open_interchange(r, v, &start, err);
	return tell_garbage(r, v, err);
}

static enum step
garbage(struct edi_reader *r, struct view *v)
{
	struct edi_start start;

	for (; left(v) >= 3; take(r, v, 1)) {
		if (!is_start_tag(v->p))
			continue;
		if (left(v) < EDI_HEAD_BYTES && !v->at_end)
			return STEP_MORE;
		if (is_start(v->p, left(v), &start)) {
			r->state = BETWEEN;
			return STEP_ON;
		}
	}
	if (v->at_end)
		take(r, v, left(v));
	return STEP_MORE;
}

/* ------------------------------------------------------------- pieces */

/* false: the callback stopped it. */
static bool
read_view(struct edi_reader *r, struct view *v, struct oms_error *err)
{
	enum step step = STEP_ON;

	while (step == STEP_ON) {
		switch (r->state) {
		case BETWEEN: step = between(r, v, err); break;
		case GARBAGE: step = garbage(r, v); break;
		case INSIDE: step = inside(r, v, err); break;
		case SKIPPING: step = skip(r, v, err); break;
		}
	}
	return step != STEP_STOP;
}

static void
add_to_carry(struct edi_reader *r, const char *p, size_t n)
{
	if (r->carry_len + n > r->carry_size) {
		size_t size = r->carry_size * 2;

		if (size < r->carry_len + n)
			size = r->carry_len + n;
		r->carry = mem_resize(r, r->carry, size);
		r->carry_size = size;
	}
	memcpy(r->carry + r->carry_len, p, n);
	r->carry_len += n;
}

/* Reading again too soon would make short pieces of long segments slow. */
static void
set_want(struct edi_reader *r)
{
	r->carry_want = r->carry_len + r->carry_len / 4 + CARRY_STEP_BYTES;
}

/* Bytes of p join the carry until a segment is whole; how many, in ret_n. */
static bool
feed_carry(struct edi_reader *r, const char *p, size_t n, size_t *ret_n,
    struct oms_error *err)
{
	size_t used = 0;

	while (r->carry_len > 0 && used < n) {
		size_t add = n - used, rest;
		struct view v;

		if (r->carry_len + add > r->carry_want)
			add = r->carry_want - r->carry_len;
		add_to_carry(r, p + used, add);
		used += add;
		if (r->carry_len < r->carry_want)
			break;
		v = (struct view){ r->carry, r->carry + r->carry_len, false };
		if (!read_view(r, &v, err))
			return false;
		rest = left(&v);
		if (rest <= add) { /* all of it stands in p */
			used -= rest;
			r->carry_len = 0;
			break;
		}
		memmove(r->carry, v.p, rest);
		r->carry_len = rest;
		set_want(r);
	}
	*ret_n = used;
	return true;
}

bool
edi_reader_feed(struct edi_reader *r, const char *p, size_t n,
    struct oms_error *err)
{
	struct view v = { p, p + n, false };
	size_t used = 0;

	if (!feed_carry(r, p, n, &used, err))
		return false;
	v.p += used;
	if (v.p == v.end)
		return true;
	if (!read_view(r, &v, err))
		return false;
	if (left(&v) > 0) {
		add_to_carry(r, v.p, left(&v));
		set_want(r);
	}
	return true;
}

bool
edi_reader_finish(struct edi_reader *r, struct oms_error *err)
{
	struct view v = { r->carry, r->carry + r->carry_len, true };

	if (!read_view(r, &v, err))
		return false;
	r->carry_len = 0;
	if (r->state == INSIDE || r->state == SKIPPING) {
		if (!tell_here(r, EDI_LEX_CUT, v.end, 0, err) ||
		    !tell_end(r, err))
			return false;
	}
	if (!r->is_any)
		return oms_fail(err, OMS_SYNTAX, "%s",
		    r->at.off == 0       ? "it is empty"
			: r->odd != NULL ? r->odd
					 : "there is no ISA, UNA or UNB in it: "
					   "it is neither X12 nor EDIFACT");
	return true;
}

struct edi_reader *
edi_reader_new(mem_ctx *ctx, unsigned lenient, edi_event_fn *event, void *u)
{
	struct edi_reader *r = mem_new(ctx, struct edi_reader);

	r->lenient = lenient;
	r->event = event;
	r->u = u;
	r->carry = mem_array(r, char, CARRY_FIRST_BYTES);
	r->carry_size = CARRY_FIRST_BYTES;
	r->segment.values = r->values;
	r->segment.first = r->first;
	r->ev.segment = &r->segment;
	edi_reader_reset(r);
	return r;
}

void
edi_reader_reset(struct edi_reader *r)
{
	r->state = BETWEEN;
	r->at = (struct place){ .line = 1 };
	r->is_any = r->is_header = false;
	r->odd = NULL;
	r->is_line_start = r->is_indented = false;
	r->skip_bytes = 0;
	r->ev.delimiters = NULL;
	r->carry_len = 0;
}
