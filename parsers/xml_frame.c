/*
 * xml_frame.c - the half of xml_record.h that cuts: bytes to records.
 *
 * The scanner knows just enough of XML to find a record's tags for certain:
 * comments, CDATA, processing instructions and quoted values.  Whether what
 * stands between two tags is well-formed is for the parser to say.
 */

#include "parsers/xml_frame.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/blob.h"
#include "base/count.h"
#include "base/str.h"

enum {
	CHUNK_BYTES = 1 << 20,
	WINDOW_MAX_BYTES = XML_RECORD_MAX_BYTES + 2 * CHUNK_BYTES,
	HEAD_MAX_BYTES = 64 << 10,
	TAIL_MAX_BYTES = 64 << 10,
	NAME_MAX_BYTES = 256
};

/* A name to look for. */
struct word {
	const char *p;
	size_t n;
	char last; /* most others differ in it */
};

struct xml_file {
	const struct xml_vocabulary *voc;
	struct word record;
	struct word root;
	struct blob *blob;
	int64_t size_bytes;
	struct xml_frame frame;
	int64_t body_off; /* of the first byte after the root start tag */
	int64_t body_line;
	bool root_is_empty; /* <orders/> */
	const char *note;   /* about the head, told with the first record */

	char *buf; /* the window */
	size_t len;
	size_t room;
	int64_t base; /* offset in the file of buf[0] */
	size_t pos;   /* what is before it is done with */
	size_t keep;  /* what is before it may leave the window */
	bool at_end;  /* the window reaches the end of the file */

	int64_t record_no;     /* of the next record */
	int64_t line;          /* of counted */
	int64_t line_off;      /* where that line begins */
	int64_t counted;       /* newlines before this offset are counted */
	unsigned never_closed; /* openers that no closer follows, as bits */
};

const struct xml_frame *
xml_file_frame(const struct xml_file *f)
{
	return &f->frame;
}

/* ---------------------------------------------------------- the window */

/* Count the lines up to a place in the window that is about to leave it. */
static void
count_lines(struct xml_file *f, size_t upto)
{
	const char *p = f->buf + (f->counted - f->base);
	const char *end = f->buf + upto;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		f->line++;
		f->line_off = f->base + (p - f->buf);
	}
	f->counted = f->base + (int64_t)upto;
}

static void
drop_before_keep(struct xml_file *f)
{
	if (f->keep == 0)
		return;
	if (f->counted < f->base + (int64_t)f->keep)
		count_lines(f, f->keep);
	memmove(f->buf, f->buf + f->keep, f->len - f->keep);
	f->len -= f->keep;
	f->pos -= f->keep;
	f->base += (int64_t)f->keep;
	f->keep = 0;
}

enum fill { FILL_OK, FILL_END, FILL_FULL, FILL_ERROR };

/* Bring more of the file into the window; what is before keep leaves it. */
static enum fill
fill(struct xml_file *f, struct oms_error *err)
{
	size_t got;

	if (f->at_end)
		return FILL_END;
	drop_before_keep(f);
	if (f->room - f->len < CHUNK_BYTES) {
		if (f->room >= WINDOW_MAX_BYTES)
			return FILL_FULL;
		f->room += CHUNK_BYTES;
		f->buf = mem_resize(f, f->buf, f->room);
	}
	if (!blob_read(f->blob, f->buf + f->len, CHUNK_BYTES,
		f->base + (int64_t)f->len, &got, err))
		return FILL_ERROR;
	f->len += got;
	f->at_end = got < CHUNK_BYTES;
	return got > 0 ? FILL_OK : FILL_END;
}

static void
move_window(struct xml_file *f, int64_t off)
{
	f->base = off;
	f->len = f->pos = f->keep = 0;
	f->at_end = false;
}

/* ------------------------------------------------------------- markup */

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* What ends a name.  Anything else is let pass: the parser knows better. */
static const bool delimiters[256] = { ['\0'] = true,
	['\t'] = true,
	['\n'] = true,
	['\r'] = true,
	[' '] = true,
	['!'] = true,
	['"'] = true,
	['\''] = true,
	['&'] = true,
	['/'] = true,
	['<'] = true,
	['='] = true,
	['>'] = true,
	['?'] = true,
	['['] = true };

static inline bool
is_name(char c)
{
	return !delimiters[(unsigned char)c];
}

/* Does the qualified name that ends before end have this local name? */
static inline bool
has_local_name(const char *p, const char *end, const struct word *w)
{
	ptrdiff_t prefix = end - p - (ptrdiff_t)w->n;

	if (prefix < 0 || end[-1] != w->last ||
	    memcmp(p + prefix, w->p, w->n) != 0)
		return false;
	return prefix == 0 ||
	    (prefix > 1 && p[prefix - 1] == ':' &&
		memchr(p, ':', (size_t)prefix) == p + prefix - 1);
}

enum markup {
	MARK_MORE,  /* goes on past the window */
	MARK_START, /* of an element */
	MARK_EMPTY, /* <a/> */
	MARK_END,
	MARK_OTHER, /* comment, CDATA, processing instruction */
	MARK_CDATA,
	MARK_DOCTYPE,
	MARK_BROKEN, /* '<' of nothing: one byte */
	MARK_OPEN    /* never closed: the file ends first */
};

struct mark {
	const char *at;   /* its '<' */
	const char *end;  /* behind it */
	const char *name; /* of an element, with its prefix */
	const char *name_end;
};

static enum markup
until(const char *p, const char *end, const char *stop, struct mark *m,
    enum markup kind)
{
	const char *q = memmem(p, (size_t)(end - p), stop, strlen(stop));

	if (q == NULL)
		return MARK_MORE;
	m->end = q + strlen(stop);
	return kind;
}

static enum markup
exclamation(const char *p, const char *end, struct mark *m)
{
	static const struct {
		const char *open;
		const char *close;
		enum markup kind;
	} kinds[] = {
		{ "<!--", "-->", MARK_OTHER },
		{ "<![CDATA[", "]]>", MARK_CDATA },
		{ "<!DOCTYPE", ">", MARK_DOCTYPE },
	};
	size_t left = (size_t)(end - p);

	for (size_t i = 0; i < COUNT(kinds); i++) {
		size_t n = strlen(kinds[i].open);

		if (memcmp(p, kinds[i].open, left < n ? left : n) != 0)
			continue;
		if (left < n)
			return MARK_MORE;
		return until(p + n, end, kinds[i].close, m, kinds[i].kind);
	}
	return MARK_BROKEN;
}

/* Behind the value that begins with the quote at p; NULL: past the window. */
static const char *
skip_value(const char *p, const char *end)
{
	char quote = *p++;

	/* A '<' cannot be in a value: an open quote ends with its tag. */
	while (p < end && *p != quote && *p != '<')
		p++;
	return p == end ? NULL : *p == quote ? p + 1 : p;
}

static enum markup
start_tag(const char *p, const char *end, struct mark *m)
{
	while (p < end && *p != '>') {
		if (*p == '<') { /* its '>' is missing: end it here */
			m->end = p;
			return MARK_START;
		}
		if (*p != '"' && *p != '\'')
			p++;
		else if ((p = skip_value(p, end)) == NULL)
			return MARK_MORE;
	}
	if (p == end)
		return MARK_MORE;
	m->end = p + 1;
	return p[-1] == '/' ? MARK_EMPTY : MARK_START;
}

/* What begins with the '<' at p; m->end only if it is not MARK_MORE. */
static enum markup
look(const char *p, const char *end, struct mark *m)
{
	const char *q = p + 1;

	m->at = p;
	if (q == end)
		return MARK_MORE;
	m->end = q;
	if (*q == '!')
		return exclamation(p, end, m);
	if (*q == '?')
		return until(q + 1, end, "?>", m, MARK_OTHER);
	m->name = *q == '/' ? q + 1 : q;
	for (q = m->name; q < end && is_name(*q); q++)
		;
	m->name_end = q;
	if (q == end)
		return MARK_MORE;
	if (q == m->name)
		return MARK_BROKEN;
	if (m->name[-1] != '/')
		return start_tag(q, end, m);
	/* Its '>' is looked for only behind blanks: no more can stand there. */
	while (q < end && is_space(*q))
		q++;
	if (q == end)
		return MARK_MORE;
	m->end = *q == '>' ? q + 1 : q;
	return MARK_END;
}

/*
 * How many attributes a start tag has at most, cheaply: each has two quotes,
 * and a short tag cannot have too many.
 */
static bool
has_too_many_attributes(const struct mark *m)
{
	size_t quotes = 0;

	if (m->end - m->at < XML_ATTRIBUTES_MAX * 5)
		return false;
	for (const char *p = m->at; p < m->end; p++)
		quotes += *p == '"' || *p == '\'';
	return quotes > XML_ATTRIBUTES_MAX * 2;
}

/* The value of an attribute of a start tag as written; "" if too long. */
static void
copy_value(const struct mark *m, const char *attr, char *dst, size_t size)
{
	const char *p = m->name_end;
	size_t n = strlen(attr);

	dst[0] = '\0';
	while (p < m->end && *p != '>' && *p != '/') {
		const char *name = p, *value, *end;

		if (!is_name(*p)) {
			p++;
			continue;
		}
		while (p < m->end && is_name(*p))
			p++;
		end = p;
		while (p < m->end && (is_space(*p) || *p == '='))
			p++;
		if (p >= m->end || (*p != '"' && *p != '\''))
			continue;
		value = p + 1;
		if ((p = skip_value(p, m->end)) == NULL)
			return;
		if ((size_t)(end - name) != n || memcmp(name, attr, n) != 0)
			continue;
		if ((size_t)(p - 1 - value) < size) {
			memcpy(dst, value, (size_t)(p - 1 - value));
			dst[p - 1 - value] = '\0';
		}
		return;
	}
}

/* ------------------------------------------------------------ records */

static int64_t
here(const struct xml_file *f)
{
	return f->base + (int64_t)f->pos;
}

/* Note where a record begins: at f->pos. */
static void
begin_record(struct xml_file *f, struct xml_record *r)
{
	count_lines(f, f->pos);
	f->keep = f->pos;
	*r = (struct xml_record){ .record_no = f->record_no,
		.byte_off = here(f),
		.line = f->line };
	r->column = r->byte_off - f->line_off + 1;
	f->record_no++;
	if (f->note != NULL && r->record_no == 1)
		(void)snprintf(r->note, sizeof(r->note), "%s", f->note);
}

static bool
blame(struct xml_record *r, enum oms_code code, const char *what)
{
	if (r->why.code != OMS_OK)
		return true;
	oms_fail(&r->why, code, "%s", what);
	oms_at(&r->why, "line %lld column %lld", (long long)r->line,
	    (long long)r->column);
	return true;
}

/* The record ends at f->pos. */
static bool
end_record(struct xml_file *f, struct xml_record *r)
{
	r->byte_len = here(f) - r->byte_off;
	r->bytes = r->byte_off >= f->base ? f->buf + (r->byte_off - f->base)
					  : NULL;
	if (r->byte_len > XML_RECORD_MAX_BYTES) {
		r->bytes = NULL;
		blame(r, OMS_LIMIT,
		    "the record is larger than 8 MiB, the limit");
	}
	return true;
}

/* A bit for each thing that can swallow the rest of a file. */
static unsigned
opener(const char *p, const char *end)
{
	if (end - p < 3 || (p[1] != '!' && p[1] != '?'))
		return 0;
	return p[1] == '?' ? 1u : p[2] == '-' ? 2u : 4u;
}

enum step { STEP_MARK, STEP_END, STEP_ERROR };

/*
 * The next markup from f->pos on; f->pos then stands at its '<'.
 *
 * A record that outgrows the window leaves it, and its scan goes on.
 */
static enum step
next_mark(struct xml_file *f, enum markup *ret, struct mark *m,
    struct oms_error *err)
{
	for (;;) {
		const char *end = f->buf + f->len;
		const char *p = memchr(f->buf + f->pos, '<', f->len - f->pos);
		enum fill got;

		f->pos = p != NULL ? (size_t)(p - f->buf) : f->len;
		*ret = MARK_MORE;
		if (p != NULL && (opener(p, end) & f->never_closed) != 0) {
			*m = (struct mark){ .at = p, .end = p + 1 };
			*ret = MARK_OPEN;
		} else if (p != NULL) {
			*ret = look(p, end, m);
		}
		if (*ret != MARK_MORE)
			return STEP_MARK;
		if ((got = fill(f, err)) == FILL_FULL) {
			/* Too large anyway: let go of it, then of all. */
			f->keep = f->pos = f->keep < f->pos ? f->pos : f->len;
			got = fill(f, err);
		}
		if (got == FILL_ERROR)
			return STEP_ERROR;
		if (got == FILL_END) {
			if (p == NULL)
				return STEP_END;
			m->end = p + 1;
			f->never_closed |= opener(p, f->buf + f->len);
			*ret = MARK_OPEN;
			return STEP_MARK;
		}
	}
}

/*
 * A record whose comment, CDATA or tag never ends: all that follows would be
 * lost with it.  Go back and cut it where the next record seems to begin.
 */
static bool
resync(struct xml_file *f, struct xml_record *r, struct oms_error *err)
{
	enum markup kind;
	struct mark m;
	enum step step;

	blame(r, OMS_SYNTAX,
	    "a comment, CDATA section or instruction in the record is never "
	    "closed");
	move_window(f, r->byte_off);
	f->counted = r->byte_off;
	f->line = r->line;
	f->line_off = r->byte_off - r->column + 1;
	if (fill(f, err) == FILL_ERROR)
		return false;
	f->pos = 1;
	while ((step = next_mark(f, &kind, &m, err)) == STEP_MARK) {
		if ((kind == MARK_START || kind == MARK_EMPTY) &&
		    has_local_name(m.name, m.name_end, &f->record))
			return end_record(f, r);
		f->pos++;
	}
	return step == STEP_END && end_record(f, r);
}

static void
step_over(struct xml_file *f, const struct mark *m)
{
	f->pos = (size_t)(m->end - f->buf);
}

/* From behind a record's start tag to behind its end tag. */
static bool
cut_record(struct xml_file *f, struct xml_record *r, struct oms_error *err)
{
	enum markup kind;
	struct mark m;
	enum step step;

	while ((step = next_mark(f, &kind, &m, err)) == STEP_MARK) {
		bool is_start = kind == MARK_START || kind == MARK_EMPTY;

		if (kind == MARK_OPEN)
			return resync(f, r, err);
		if (is_start &&
		    has_local_name(m.name, m.name_end, &f->record)) {
			blame(r, OMS_SYNTAX,
			    "the record has no end tag before the next one "
			    "begins");
			return end_record(f, r);
		}
		if (is_start && has_too_many_attributes(&m))
			blame(r, OMS_LIMIT,
			    "an element has more than 256 attributes");
		step_over(f, &m);
		if (kind == MARK_END &&
		    has_local_name(m.name, m.name_end, &f->record))
			return end_record(f, r);
		if (kind == MARK_END && f->frame.wrapped &&
		    has_local_name(m.name, m.name_end, &f->root)) {
			f->pos = (size_t)(m.at - f->buf);
			blame(r, OMS_SYNTAX, "the record has no end tag");
			return end_record(f, r);
		}
	}
	if (step == STEP_ERROR)
		return false;
	blame(r, OMS_SYNTAX, "the record has no end tag");
	return end_record(f, r);
}

/* Fit to be shown and stored as it is written? */
static bool
is_plain(const char *s)
{
	if (!str_is_utf8(s, strlen(s)))
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == '&')
			return false;
	return true;
}

static bool
take_record(struct xml_file *f, struct xml_record *r, enum markup kind,
    const struct mark *m, struct oms_error *err)
{
	begin_record(f, r);
	copy_value(m, f->voc->key, r->key, sizeof(r->key));
	if (!is_plain(r->key))
		r->key[0] = '\0';
	if (has_too_many_attributes(m))
		blame(r, OMS_LIMIT, "an element has more than 256 attributes");
	step_over(f, m);
	return kind == MARK_EMPTY ? end_record(f, r) : cut_record(f, r, err);
}

/* Is there anything but blanks from f->pos to the end of n bytes? */
static bool
skip_blanks(struct xml_file *f, size_t upto)
{
	while (f->pos < upto && is_space(f->buf[f->pos]))
		f->pos++;
	return f->pos < upto;
}

/* What stands between records and is none: up to the next, or the end. */
static bool
take_garbage(struct xml_file *f, struct xml_record *r, struct oms_error *err)
{
	enum markup kind;
	struct mark m;
	enum step step;

	begin_record(f, r);
	blame(r, OMS_SYNTAX,
	    "there is something between the records that is "
	    "none of them");
	while ((step = next_mark(f, &kind, &m, err)) == STEP_MARK) {
		if ((kind == MARK_START || kind == MARK_EMPTY) &&
		    has_local_name(m.name, m.name_end, &f->record))
			break;
		if (kind == MARK_END &&
		    has_local_name(m.name, m.name_end, &f->root))
			break;
		step_over(f, &m);
	}
	return step != STEP_ERROR && end_record(f, r);
}

bool
xml_file_next(struct xml_file *f, struct xml_record *ret, struct oms_error *err)
{
	for (;;) {
		enum markup kind;
		struct mark m;
		size_t from;
		enum step step;
		int64_t before;

		f->keep = f->pos;
		if (f->pos == f->len && fill(f, err) == FILL_ERROR)
			return false;
		(void)skip_blanks(f, f->len);
		f->keep = f->pos;
		before = here(f);
		step = next_mark(f, &kind, &m, err);
		if (step == STEP_ERROR)
			return false;
		from = before < f->base ? 0 : (size_t)(before - f->base);
		if (from < f->pos) { /* text before the markup */
			f->pos = from;
			if (skip_blanks(f, f->len) && f->buf[f->pos] != '<')
				return take_garbage(f, ret, err);
			continue;
		}
		if (step == STEP_END)
			return false;
		if ((kind == MARK_START || kind == MARK_EMPTY) &&
		    has_local_name(m.name, m.name_end, &f->record))
			return take_record(f, ret, kind, &m, err);
		if (kind != MARK_OTHER &&
		    !(kind == MARK_END &&
			has_local_name(m.name, m.name_end, &f->root)))
			return take_garbage(f, ret, err);
		step_over(f, &m);
	}
}

/* ------------------------------------------------------- both ends */

static bool
is_ascii_based(const char *name)
{
	static const char *const known[] = { "utf-8", "utf8", "us-ascii",
		"ascii", "iso-8859-", "windows-125", "cp125", "latin1" };

	for (size_t i = 0; i < COUNT(known); i++)
		if (strncasecmp(name, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

static bool
check_marks(const char *p, size_t n, size_t *ret_skip, struct oms_error *err)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *name;
	} wide[] = {
		{ "\x00\x00\xfe\xff", 4, "UTF-32" },
		{ "\xff\xfe\x00\x00", 4, "UTF-32" },
		{ "\x00\x00\x00<", 4, "UTF-32" },
		{ "<\x00\x00\x00", 4, "UTF-32" },
		{ "\xfe\xff", 2, "UTF-16" },
		{ "\xff\xfe", 2, "UTF-16" },
		{ "\x00<", 2, "UTF-16" },
		{ "<\x00", 2, "UTF-16" },
	};

	*ret_skip = 0;
	for (size_t i = 0; i < COUNT(wide); i++)
		if (n >= wide[i].n && memcmp(p, wide[i].bytes, wide[i].n) == 0)
			return oms_fail(err, OMS_ENCODING,
			    "the file is %s, oms takes UTF-8 or an encoding "
			    "that contains ASCII",
			    wide[i].name);
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		*ret_skip = 3;
	return true;
}

/* The XML declaration at p: what encoding does it name? */
static bool
read_declaration(struct xml_file *f, const struct mark *decl,
    struct oms_error *err)
{
	struct mark as_tag = { .at = decl->at,
		.end = decl->end,
		.name_end = decl->at + 5 };
	char encoding[40];

	copy_value(&as_tag, "encoding", encoding, sizeof(encoding));
	if (encoding[0] == '\0')
		return true;
	if (!is_ascii_based(encoding))
		return oms_fail(err, OMS_ENCODING,
		    "the file declares %s, oms takes UTF-8 or an encoding "
		    "that contains ASCII",
		    str_show(f, encoding, sizeof(encoding)));
	f->frame.is_utf8 = strcasecmp(encoding, "utf-8") == 0 ||
	    strcasecmp(encoding, "utf8") == 0 ||
	    strcasecmp(encoding, "us-ascii") == 0;
	return true;
}

static int64_t
newlines(const char *p, const char *end)
{
	int64_t n = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

/* Declaration and root start tag around nothing: head, tail, and a check. */
static bool
make_frame(struct xml_file *f, const struct mark *decl, const struct mark *root,
    enum markup kind, int64_t line, struct oms_error *err)
{
	struct xml_frame *fr = &f->frame;
	int declared = decl->at != NULL ? (int)(decl->end - decl->at) : 0;
	int tag = (int)(root->end - root->at) - (kind == MARK_EMPTY ? 2 : 1);
	char *doc;

	fr->wrapped = !has_local_name(root->name, root->name_end, &f->record);
	fr->head = mem_printf(f, "%.*s%s", declared, decl->at,
	    declared > 0 ? "\n" : "");
	fr->tail = mem_printf(f, "%s", "");
	if (fr->wrapped) {
		fr->head = mem_printf(f, "%s%.*s>\n", fr->head, tag, root->at);
		fr->tail = mem_printf(f, "</%.*s>",
		    (int)(root->name_end - root->name), root->name);
	}
	fr->head_len = strlen(fr->head);
	fr->tail_len = strlen(fr->tail);
	fr->head_lines = newlines(fr->head, fr->head + fr->head_len);
	if (!fr->wrapped)
		return true;
	doc = mem_printf(f, "%s%s", fr->head, fr->tail);
	return xml_check_head(doc, strlen(doc), f->voc, line, err);
}

static bool
check_root(struct xml_file *f, const struct mark *root, struct oms_error *err)
{
	if (has_too_many_attributes(root))
		return oms_fail(err, OMS_LIMIT,
		    "the root element has more than 256 attributes");
	if (has_local_name(root->name, root->name_end, &f->root) ||
	    has_local_name(root->name, root->name_end, &f->record))
		return true;
	return oms_fail(err, OMS_SCHEMA, "the root element is <%s>, not <%s>",
	    str_show(f,
		mem_strndup(f, root->name,
		    (size_t)(root->name_end - root->name)),
		60),
	    f->root.p);
}

/* The head does not say what it is: too short, or not XML. */
static bool
fail_head(const char *p, const char *end, enum markup kind,
    struct oms_error *err)
{
	if (kind == MARK_DOCTYPE ||
	    (end - p >= 9 && strncasecmp(p, "<!DOCTYPE", 9) == 0))
		return oms_fail(err, OMS_DOCTYPE, "the file has a DOCTYPE");
	if (kind == MARK_MORE)
		return end - p < HEAD_MAX_BYTES
		    ? oms_fail(err, OMS_TRUNCATED,
			  "the file ends within its first element")
		    : oms_fail(err, OMS_LIMIT,
			  "no root element within the first 64 KiB");
	return oms_fail(err, OMS_SYNTAX,
	    "the file is not XML: it begins "
	    "with neither <?xml nor an element");
}

/* Walk from the first byte to behind the root start tag. */
static bool
read_head(struct xml_file *f, const char *p, size_t n, struct oms_error *err)
{
	const char *start = p, *end = p + n;
	struct mark m = { 0 }, decl = { 0 };
	enum markup kind = MARK_MORE;
	size_t skip;

	if (!check_marks(p, n, &skip, err))
		return false;
	start = p += skip;
	for (; p < end; p = m.end) {
		while (p < end && is_space(*p))
			p++;
		if (p == end)
			break;
		kind = *p == '<' ? look(p, end, &m) : MARK_BROKEN;
		if (kind == MARK_START || kind == MARK_EMPTY)
			break;
		if (kind != MARK_OTHER) {
			(void)fail_head(p, end, kind, err);
			return oms_at(err, "line %lld",
			    (long long)newlines(start, p) + 1);
		}
		if (m.end - p > 6 && memcmp(p, "<?xml", 5) == 0 &&
		    is_space(p[5])) {
			decl = m;
			if (p != start)
				f->note = "blank before the XML declaration";
			if (!read_declaration(f, &decl, err))
				return false;
		}
	}
	if (kind != MARK_START && kind != MARK_EMPTY)
		return oms_fail(err, OMS_TRUNCATED,
		    "the file ends before its first element");
	f->body_line = 1 + newlines(start, m.at);
	f->root_is_empty = kind == MARK_EMPTY;
	if (!check_root(f, &m, err) ||
	    !make_frame(f, &decl, &m, kind, f->body_line, err))
		return false;
	if (f->frame.wrapped)
		f->body_line = 1 + newlines(start, m.end);
	f->body_off = (int64_t)skip +
	    ((f->frame.wrapped ? m.end : m.at) - start);
	return true;
}

/* Without the blanks, comments and instructions at its end. */
static const char *
trim_misc(const char *p, const char *end)
{
	static const char *const pairs[][2] = { { "-->", "<!--" },
		{ "?>", "<?" } };
	bool again = true;

	while (again) {
		again = false;
		while (end > p && is_space(end[-1]))
			end--;
		for (size_t i = 0; i < COUNT(pairs); i++) {
			size_t n = strlen(pairs[i][0]);
			size_t k = strlen(pairs[i][1]);
			const char *q = end - n - k;

			if (end - p < (ptrdiff_t)(n + k) ||
			    memcmp(end - n, pairs[i][0], n) != 0)
				continue;
			while (q >= p && memcmp(q, pairs[i][1], k) != 0)
				q--;
			if (q < p)
				return end;
			end = q;
			again = true;
		}
	}
	return end;
}

/* Is p..end cut off within a comment or a CDATA section? */
static bool
is_inside(const char *p, const char *end)
{
	static const char *const pairs[][2] = { { "<!--", "-->" },
		{ "<![CDATA[", "]]>" } };

	for (size_t i = 0; i < COUNT(pairs); i++) {
		const char *open = NULL, *q = p;

		while ((q = memmem(q, (size_t)(end - q), pairs[i][0],
			    strlen(pairs[i][0]))) != NULL)
			open = q++;
		if (open != NULL &&
		    memmem(open, (size_t)(end - open), pairs[i][1],
			strlen(pairs[i][1])) == NULL)
			return true;
	}
	return false;
}

/* Does the file end with its root's end tag, or with <root .../>? */
static bool
check_tail(const struct xml_file *f, const char *p, size_t n,
    struct oms_error *err)
{
	const struct word *root = f->frame.wrapped ? &f->root : &f->record;
	const char *end = trim_misc(p, p + n);
	const char *q;

	if (end > p && end[-1] == '>' && !is_inside(p, end)) {
		struct mark m;

		for (q = end - 1; q > p && *q != '<'; q--)
			;
		if (look(q, end, &m) ==
			(f->root_is_empty ? MARK_EMPTY : MARK_END) &&
		    m.end == end && has_local_name(m.name, m.name_end, root))
			return true;
	}
	return oms_fail(err, OMS_TRUNCATED,
	    "the file ends without </%s>: it is not whole, and nothing of it "
	    "was used",
	    root->p);
}

static bool
read_ends(struct xml_file *f, struct oms_error *err)
{
	char *p = mem_resize(f, NULL, HEAD_MAX_BYTES);
	int64_t tail = f->size_bytes - TAIL_MAX_BYTES;
	size_t n;
	bool ok;

	if (f->size_bytes == 0)
		return oms_fail(err, OMS_TRUNCATED, "the file is empty");
	ok = blob_read(f->blob, p, HEAD_MAX_BYTES, 0, &n, err) &&
	    read_head(f, p, n, err) &&
	    blob_read(f->blob, p, TAIL_MAX_BYTES, tail < 0 ? 0 : tail, &n,
		err) &&
	    check_tail(f, p, n, err);
	mem_free(p);
	return ok;
}

static struct word
word_of(const char *name)
{
	size_t n = strlen(name);

	return (struct word){ name, n, name[n - 1] };
}

struct xml_file *
xml_file_open(mem_ctx *ctx, const char *path, const struct ring *ring,
    const struct xml_vocabulary *voc, struct oms_error *err)
{
	struct xml_file *f = mem_new(ctx, struct xml_file);

	f->voc = voc;
	f->record = word_of(voc->names[voc->record].name);
	f->root = word_of(voc->root);
	f->frame.is_utf8 = true;
	f->blob = blob_open(f, path, ring, err);
	if (f->blob == NULL) {
		mem_free(f);
		return NULL;
	}
	f->size_bytes = blob_bytes(f->blob);
	if (!read_ends(f, err)) {
		mem_free(f);
		return NULL;
	}
	move_window(f, f->body_off);
	f->record_no = 1;
	f->line = f->body_line;
	f->counted = f->body_off;
	f->line_off = f->body_off;
	if (!xml_file_seek(f, 1, f->body_off, f->body_line, err)) {
		mem_free(f);
		return NULL;
	}
	return f;
}

/* The offset of the first byte of the line that holds off. */
static bool
find_line(const struct xml_file *f, int64_t off, int64_t *ret,
    struct oms_error *err)
{
	char block[4096];

	for (int64_t end = off; end > 0;) {
		int64_t from = end > (int64_t)sizeof(block)
		    ? end - (int64_t)sizeof(block)
		    : 0;
		const char *nl;
		size_t n;

		if (!blob_read(f->blob, block, (size_t)(end - from), from, &n,
			err))
			return false;
		nl = memrchr(block, '\n', n);
		if (nl != NULL) {
			*ret = from + (nl - block) + 1;
			return true;
		}
		end = from;
	}
	*ret = 0;
	return true;
}

bool
xml_file_seek(struct xml_file *f, int64_t next_record, int64_t next_offset,
    int64_t next_line, struct oms_error *err)
{
	if (next_offset < f->body_off) { /* a file never begun */
		next_record = 1;
		next_offset = f->body_off;
		next_line = f->body_line;
	}
	move_window(f, next_offset);
	f->record_no = next_record;
	f->line = next_line;
	f->counted = next_offset;
	return find_line(f, next_offset, &f->line_off, err);
}

void
xml_file_tell(const struct xml_file *f, int64_t *ret_record,
    int64_t *ret_offset, int64_t *ret_line)
{
	const char *from = f->buf == NULL ? NULL
					  : f->buf + (f->counted - f->base);

	*ret_record = f->record_no;
	*ret_offset = here(f);
	*ret_line = f->line +
	    (from == NULL ? 0 : newlines(from, f->buf + f->pos));
}

char *
xml_file_extract(const struct xml_file *f, mem_ctx *ctx, int64_t byte_off,
    int64_t byte_len, size_t *ret_n, struct oms_error *err)
{
	const struct xml_frame *fr = &f->frame;
	char *doc;
	size_t n;

	if (byte_len > XML_RECORD_MAX_BYTES) {
		oms_fail(err, OMS_LIMIT, "the record has %lld bytes",
		    (long long)byte_len);
		return NULL;
	}
	doc = mem_resize(ctx, NULL,
	    fr->head_len + (size_t)byte_len + fr->tail_len + 2);
	memcpy(doc, fr->head, fr->head_len);
	if (!blob_read(f->blob, doc + fr->head_len, (size_t)byte_len, byte_off,
		&n, err)) {
		mem_free(doc);
		return NULL;
	}
	n += fr->head_len;
	doc[n++] = '\n';
	memcpy(doc + n, fr->tail, fr->tail_len + 1);
	*ret_n = n + fr->tail_len;
	return doc;
}

int64_t
xml_file_extract_line(const struct xml_file *f)
{
	return f->frame.head_lines + 1;
}
