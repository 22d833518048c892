/*
 * csv_record.c - libcsv in its strict mode, one physical line at a time, and
 * all that it leaves to its caller; see csv_record.h.
 */

#include "parsers/csv_record.h"

#include <csv.h>
#include <string.h>
#include <strings.h>

#include "base/blob.h"

enum {
	BLOCK_BYTES = 64 << 10,
	SHOW_BYTES = 60,
	ERROR_COLUMN = -1, /* in header_map: a column to ignore */
	ERROR_MAX_BYTES = 1000
};

/* A physical line, with and without its end. */
struct line {
	const char *p; /* NULL at the end of the file */
	size_t len;
	size_t whole;
	bool too_long;
};

/* The bytes of a file from an offset on: a window that slides. */
struct window {
	struct blob *blob; /* NULL: from memory */
	const char *mem;
	size_t mem_len;
	char *buf;
	size_t room, start, end; /* unread is buf[start..end) */
	int64_t off;             /* of buf[start] in the file */
	bool at_end;             /* nothing comes after buf[end) */
};

struct csv_reader {
	const struct csv_schema *schema;
	const char *name;
	struct window in;
	char eol;
	char delim;
	int64_t line_no; /* of the next line */
	struct csv_parser parser;

	char *header[CSV_COLUMNS_MAX];
	int header_map[CSV_COLUMNS_MAX]; /* index into the schema */
	size_t header_count;
	int64_t body_off; /* the first record: past the header row */
	int64_t body_line;

	/* The record being read. */
	struct csv_record record;
	struct sbuf raw;  /* its bytes */
	size_t first_len; /* of its first physical line */
	struct sbuf text; /* its fields, a NUL after each */
	size_t field_off[CSV_COLUMNS_MAX];
	size_t fields; /* also counts those past the limit */
	size_t rows;
	bool has_nul;
	bool is_whole; /* as many fields as the header, and no syntax error */
};

/* The hook has no context: so one limit for all parsers. */
static void *
capped_realloc(void *p, size_t n)
{
	return n > CSV_FIELD_MAX_BYTES ? NULL : realloc(p, n);
}

static void
parser_reset(struct csv_reader *r)
{
	csv_free(&r->parser);
	csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL);
	csv_set_delim(&r->parser, (unsigned char)r->delim);
	csv_set_blk_size(&r->parser, 4096);
	csv_set_realloc_func(&r->parser, capped_realloc);
}

static void
on_field(void *p, size_t n, void *u)
{
	struct csv_reader *r = u;

	if (r->fields < CSV_COLUMNS_MAX) {
		r->field_off[r->fields] = r->text.len;
		if (p != NULL)
			sbuf_add(&r->text, p, n);
		sbuf_addc(&r->text, '\0');
	}
	r->has_nul = r->has_nul || (p != NULL && memchr(p, '\0', n) != NULL);
	r->fields++;
}

static void
on_row(int c, void *u)
{
	struct csv_reader *r = u;

	(void)c;
	r->rows++;
}

static char *
field(const struct csv_reader *r, size_t i)
{
	return r->text.p + r->field_off[i];
}

/* ------------------------------------------------------ physical lines */

static bool
read_at(const struct window *w, char *dst, size_t n, int64_t off, size_t *ret_n,
    struct oms_error *err)
{
	if (w->blob == NULL) {
		size_t left = w->mem_len - (size_t)off;

		*ret_n = left < n ? left : n;
		memcpy(dst, w->mem + off, *ret_n);
		return true;
	}
	return blob_read(w->blob, dst, n, off, ret_n, err);
}

/* Make the window longer, at its end. */
static bool
slide(struct csv_reader *r, struct oms_error *err)
{
	struct window *w = &r->in;
	size_t n = 0;

	memmove(w->buf, w->buf + w->start, w->end - w->start);
	w->end -= w->start;
	w->start = 0;
	if (w->end == w->room) {
		w->room *= 2;
		w->buf = mem_resize(r, w->buf, w->room);
	}
	if (!read_at(w, w->buf + w->end, w->room - w->end,
		w->off + (int64_t)w->end, &n, err))
		return oms_at(err, "%s", r->name);
	w->end += n;
	w->at_end = n == 0;
	return true;
}

static void
take(struct window *w, size_t n)
{
	w->start += n;
	w->off += (int64_t)n;
}

/* Pass over a line that is too long to keep. */
static bool
skip_line(struct csv_reader *r, struct oms_error *err)
{
	struct window *w = &r->in;

	for (;;) {
		const char *p = memchr(w->buf + w->start, r->eol,
		    w->end - w->start);

		take(w,
		    p != NULL ? (size_t)(p - w->buf) + 1 - w->start
			      : w->end - w->start);
		if (p != NULL || w->at_end)
			return true;
		if (!slide(r, err))
			return false;
	}
}

/* The next physical line; it stays in place until the next call. */
static bool
next_line(struct csv_reader *r, struct line *ret, struct oms_error *err)
{
	struct window *w = &r->in;
	size_t seen = 0;
	const char *p = NULL;

	*ret = (struct line){ 0 };
	for (;;) {
		size_t have = w->end - w->start;

		p = memchr(w->buf + w->start + seen, r->eol, have - seen);
		if (p != NULL || w->at_end)
			break;
		if (have > CSV_RECORD_MAX_BYTES) {
			ret->p = "";
			ret->too_long = true;
			r->line_no++;
			return skip_line(r, err);
		}
		seen = have;
		if (!slide(r, err))
			return false;
	}
	ret->p = w->buf + w->start;
	ret->whole = p != NULL ? (size_t)(p - ret->p) + 1 : w->end - w->start;
	if (ret->whole == 0) {
		ret->p = NULL;
		return true;
	}
	ret->len = ret->whole - (p != NULL);
	if (p != NULL && r->eol == '\n' && ret->len > 0 && p[-1] == '\r')
		ret->len--;
	take(w, ret->whole);
	r->line_no++;
	return true;
}

/* ------------------------------------------------------------- records */

static bool
check_utf8(struct csv_reader *r, const struct line *line, struct oms_error *err)
{
	size_t i = 0, n;

	if (str_is_utf8(line->p, line->len))
		return true;
	while (i < line->len) {
		for (n = 1; n <= 4 && i + n <= line->len; n++)
			if (str_is_utf8(line->p + i, n))
				break;
		if (n > 4 || i + n > line->len)
			break;
		i += n;
	}
	return oms_fail(err, OMS_ENCODING,
	    "byte \\x%02x at offset %lld of the file is not UTF-8",
	    (unsigned char)line->p[i],
	    (long long)(r->in.off - (int64_t)line->whole + (int64_t)i));
}

static const char *
header_name(const struct csv_reader *r, size_t i)
{
	return i < r->header_count ? r->header[i] : "";
}

/* A quote was opened in an earlier line, and what follows does not fit. */
static bool
never_closed(const struct csv_reader *r, struct oms_error *err)
{
	return oms_fail(err, OMS_SYNTAX,
	    "the quote opened in field %zu %s is not closed where it should be",
	    r->fields + 1, header_name(r, r->fields));
}

static bool
bad_syntax(struct csv_reader *r, const struct line *line, size_t consumed,
    bool was_open, struct oms_error *err)
{
	if (was_open)
		return never_closed(r, err);
	if (csv_error(&r->parser) != CSV_EPARSE)
		return oms_fail(err, OMS_LIMIT,
		    "field %zu %s is longer than %d bytes", r->fields + 1,
		    header_name(r, r->fields), CSV_FIELD_MAX_BYTES);
	return oms_fail(err, OMS_SYNTAX,
	    "byte %zu of the line, field %zu %s: \"%c\" cannot stand there; "
	    "a field with quotes in it is quoted whole, and they are doubled",
	    consumed + 1, r->fields + 1, header_name(r, r->fields),
	    consumed < line->len ? line->p[consumed] : '"');
}

static bool
take_line(struct csv_reader *r, const struct line *line, struct oms_error *err)
{
	bool was_open = r->parser.quoted;
	size_t n;

	if (line->too_long || r->raw.len + line->whole > CSV_RECORD_MAX_BYTES)
		return was_open ? never_closed(r, err)
				: oms_fail(err, OMS_LIMIT,
				      "the line is longer than %d bytes",
				      CSV_RECORD_MAX_BYTES);
	sbuf_add(&r->raw, line->p, line->whole);
	if (!check_utf8(r, line, err))
		return false;
	n = csv_parse(&r->parser, line->p, line->len, on_field, on_row, r);
	if (n < line->len)
		return bad_syntax(r, line, n, was_open, err);
	if (csv_parse(&r->parser, "\n", 1, on_field, on_row, r) < 1)
		return bad_syntax(r, line, n, was_open, err);
	if (r->rows > 1)
		return oms_fail(err, OMS_SYNTAX,
		    "a carriage return in the middle of the line");
	return true;
}

static void
begin_record(struct csv_reader *r)
{
	sbuf_clear(&r->raw);
	sbuf_clear(&r->text);
	r->fields = r->rows = r->first_len = 0;
	r->has_nul = r->is_whole = false;
	r->record.byte_off = r->in.off;
	r->record.line_no = r->line_no;
}

enum got { GOT_RECORD, GOT_BAD, GOT_END, GOT_FAILED };

/* Collect the lines of one record and take it apart. */
static enum got
read_record(struct csv_reader *r, struct oms_error *err)
{
	struct line line;

	do {
		begin_record(r);
		if (!next_line(r, &line, err))
			return GOT_FAILED;
		if (line.p == NULL)
			return GOT_END;
		r->first_len = line.whole;
		if (!take_line(r, &line, err))
			return GOT_BAD;
	} while (r->rows == 0 && !r->parser.quoted); /* a blank line */

	while (r->rows == 0) { /* the line ended inside quotes */
		if (!next_line(r, &line, err))
			return GOT_FAILED;
		if (line.p == NULL) {
			(void)never_closed(r, err);
			return GOT_BAD;
		}
		if (!take_line(r, &line, err))
			return GOT_BAD;
	}
	return GOT_RECORD;
}

void
csv_seek(struct csv_reader *r, int64_t byte_off, int64_t line_no)
{
	struct window *w = &r->in;

	if (byte_off < r->body_off) {
		byte_off = r->body_off;
		line_no = r->body_line;
	}
	w->off = byte_off;
	w->start = w->end = 0;
	w->at_end = false;
	r->line_no = line_no;
	parser_reset(r);
}

/* Say where, and go on with the line after the first of the bad record. */
static enum csv_result
refuse(struct csv_reader *r, struct oms_error *err)
{
	struct csv_record *rec = &r->record;

	oms_at(err, "%s line %lld", r->name, (long long)rec->line_no);
	if (r->line_no > rec->line_no + 1) {
		r->is_whole = false;
		r->raw.len = r->first_len;
		r->raw.p[r->raw.len] = '\0';
		csv_seek(r, rec->byte_off + (int64_t)r->first_len,
		    rec->line_no + 1);
	}
	parser_reset(r);
	rec->byte_len = r->in.off - rec->byte_off;
	return CSV_BAD;
}

static bool
set_value(struct csv_reader *r, size_t header, struct oms_error *err)
{
	size_t at = (size_t)r->header_map[header];
	const struct csv_schema *s = r->schema;
	const char *currency = "";

	if (s->currency < s->column_count &&
	    r->record.values[s->currency].text != NULL)
		currency = r->record.values[s->currency].text;
	if (csv_schema_value(&s->columns[at], field(r, header), currency,
		&r->record.values[at], err))
		return true;
	return oms_at(err, "column %zu %s", header + 1, s->columns[at].name);
}

/* Amounts come last: they need the currency of their row. */
static bool
set_values(struct csv_reader *r, struct oms_error *err)
{
	for (size_t i = 0; i < r->schema->column_count; i++)
		r->record.values[i] = (struct csv_value){ .is_null = true };
	for (int money = 0; money <= 1; money++) {
		for (size_t i = 0; i < r->header_count; i++) {
			int at = r->header_map[i];

			if (at != ERROR_COLUMN &&
			    (r->schema->columns[at].type == CSV_MONEY) ==
				money &&
			    !set_value(r, i, err))
				return false;
		}
	}
	return true;
}

enum csv_result
csv_next(struct csv_reader *r, const struct csv_record **ret,
    struct oms_error *err)
{
	*ret = &r->record;
	switch (read_record(r, err)) {
	case GOT_END: return CSV_END;
	case GOT_FAILED: return CSV_FAILED;
	case GOT_BAD: return refuse(r, err);
	case GOT_RECORD: break;
	}
	if (r->fields != r->header_count) {
		oms_fail(err, OMS_SYNTAX, "%zu fields where the header has %zu",
		    r->fields, r->header_count);
		return refuse(r, err);
	}
	r->is_whole = !r->has_nul;
	if (r->has_nul) {
		oms_fail(err, OMS_SYNTAX, "a NUL byte");
		return refuse(r, err);
	}
	if (!set_values(r, err))
		return refuse(r, err);
	r->record.byte_len = r->in.off - r->record.byte_off;
	return CSV_RECORD;
}

int64_t
csv_offset(const struct csv_reader *r)
{
	return r->in.off;
}

int64_t
csv_line_no(const struct csv_reader *r)
{
	return r->line_no;
}

/* -------------------------------------------------------------- header */

static char *
known_columns(mem_ctx *ctx, const struct csv_schema *s)
{
	struct sbuf b;

	sbuf_init(&b, ctx, ERROR_MAX_BYTES);
	for (size_t i = 0; i < s->column_count; i++)
		sbuf_addf(&b, "%s%s", i > 0 ? ", " : "", s->columns[i].name);
	return b.p;
}

static bool
map_column(struct csv_reader *r, size_t i, struct oms_error *err)
{
	const struct csv_schema *s = r->schema;
	const char *name = r->header[i];
	size_t at = csv_schema_find(s, name);

	if (at == s->column_count && strcasecmp(name, "error") == 0) {
		r->header_map[i] = ERROR_COLUMN;
		return true;
	}
	if (at == s->column_count)
		return oms_fail(err, OMS_COLUMN,
		    "unknown column %zu \"%s\"; known are: %s", i + 1,
		    str_show(r, name, SHOW_BYTES), known_columns(r, s));
	for (size_t k = 0; k < i; k++)
		if (r->header_map[k] == (int)at)
			return oms_fail(err, OMS_COLUMN,
			    "column %s stands twice, as %zu and %zu", name,
			    k + 1, i + 1);
	r->header_map[i] = (int)at;
	return true;
}

static bool
map_header(struct csv_reader *r, struct oms_error *err)
{
	const struct csv_schema *s = r->schema;

	if (r->fields > CSV_COLUMNS_MAX)
		return oms_fail(err, OMS_LIMIT, "%zu columns; at most %d",
		    r->fields, CSV_COLUMNS_MAX);
	if (r->has_nul)
		return oms_fail(err, OMS_SYNTAX, "a NUL byte");
	r->header_count = r->fields;
	for (size_t i = 0; i < r->fields; i++)
		r->header[i] = mem_strdup(r, field(r, i));
	for (size_t i = 0; i < r->fields; i++)
		if (!map_column(r, i, err))
			return false;
	for (size_t c = 0; c < s->column_count; c++) {
		bool found = !s->columns[c].required;

		for (size_t i = 0; i < r->header_count && !found; i++)
			found = r->header_map[i] == (int)c;
		if (!found)
			return oms_fail(err, OMS_COLUMN,
			    "column %s is missing; needed or allowed are: %s",
			    s->columns[c].name, known_columns(r, s));
	}
	return true;
}

/* What the first bytes tell: byte order mark, line end, delimiter. */
static bool
sniff(struct csv_reader *r, struct oms_error *err)
{
	struct window *w = &r->in;
	size_t n, line;

	if (!slide(r, err))
		return false;
	n = w->end;
	if (n >= 2 &&
	    (memcmp(w->buf, "\xff\xfe", 2) == 0 ||
		memcmp(w->buf, "\xfe\xff", 2) == 0)) {
		oms_fail(err, OMS_ENCODING, "the file is UTF-16, not UTF-8");
		return oms_at(err, "%s", r->name);
	}
	if (n >= 3 && memcmp(w->buf, "\xef\xbb\xbf", 3) == 0)
		take(w, 3);
	n = w->end - w->start;
	if (memchr(w->buf + w->start, '\n', n) == NULL &&
	    memchr(w->buf + w->start, '\r', n) != NULL)
		r->eol = '\r';
	for (line = 0; line < n; line++)
		if (w->buf[w->start + line] != '\r' &&
		    w->buf[w->start + line] != '\n')
			break; /* blank lines before the header */
	for (n -= line; n > 0 && w->buf[w->start + line] != r->eol; n--) {
		char c = w->buf[w->start + line++];

		if (c == ',' || (c == ';' && r->delim == ','))
			r->delim = c == ',' ? 0 : c;
		if (r->delim == 0)
			break;
	}
	if (r->delim == 0)
		r->delim = ',';
	return true;
}

static bool
read_header(struct csv_reader *r, struct oms_error *err)
{
	bool ok;

	if (!sniff(r, err))
		return false;
	parser_reset(r);
	switch (read_record(r, err)) {
	case GOT_END:
		oms_fail(err, OMS_TRUNCATED,
		    "the file is empty: it has not even a header row");
		return oms_at(err, "%s", r->name);
	case GOT_FAILED: return false;
	case GOT_BAD: ok = false; break;
	default: ok = map_header(r, err); break;
	}
	r->body_off = r->in.off;
	r->body_line = r->line_no;
	return ok ||
	    oms_at(err, "%s line %lld", r->name, (long long)r->record.line_no);
}

static void
reader_close(void *p)
{
	struct csv_reader *r = p;

	csv_free(&r->parser);
}

static struct csv_reader *
new_reader(mem_ctx *ctx, const char *name, const struct csv_schema *schema)
{
	struct csv_reader *r = mem_new(ctx, struct csv_reader);

	r->in.room = BLOCK_BYTES;
	r->in.buf = mem_zero(r, BLOCK_BYTES, "window");
	r->name = mem_strdup(r, name);
	r->schema = schema;
	r->eol = '\n';
	r->delim = ',';
	r->line_no = 1;
	r->record.schema = schema;
	r->record.values = mem_array(r, struct csv_value, schema->column_count);
	sbuf_init(&r->raw, r, CSV_RECORD_MAX_BYTES);
	sbuf_init(&r->text, r, 2 * CSV_RECORD_MAX_BYTES);
	csv_init(&r->parser, 0);
	mem_on_free(r, reader_close);
	return r;
}

static struct csv_reader *
begin(struct csv_reader *r, struct oms_error *err)
{
	if (read_header(r, err))
		return r;
	mem_free(r);
	return NULL;
}

struct csv_reader *
csv_open_bytes(mem_ctx *ctx, const void *p, size_t n, const char *name,
    const struct csv_schema *schema, struct oms_error *err)
{
	struct csv_reader *r = new_reader(ctx, name, schema);

	r->in.mem = p;
	r->in.mem_len = n;
	return begin(r, err);
}

struct csv_reader *
csv_open(mem_ctx *ctx, const char *path, const struct ring *ring,
    const char *name, const struct csv_schema *schema, struct oms_error *err)
{
	struct csv_reader *r = new_reader(ctx, name, schema);

	r->in.blob = blob_open(r, path, ring, err);
	if (r->in.blob == NULL) {
		oms_at(err, "%s", name);
		mem_free(r);
		return NULL;
	}
	return begin(r, err);
}

/* ------------------------------------------------------------- rejects */

static void
write_field(const struct csv_reader *r, const char *s, struct sbuf *dst)
{
	size_t n = strlen(s);
	bool plain = strpbrk(s, "\"\r\n") == NULL &&
	    memchr(s, r->delim, n) == NULL &&
	    (n == 0 ||
		(strchr(" \t", s[0]) == NULL &&
		    strchr(" \t", s[n - 1]) == NULL));

	if (plain) {
		sbuf_adds(dst, s);
		return;
	}
	sbuf_addc(dst, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			sbuf_addc(dst, '"');
		sbuf_addc(dst, *s);
	}
	sbuf_addc(dst, '"');
}

static void
write_error(const struct csv_reader *r, const struct oms_error *why,
    struct sbuf *dst)
{
	mem_ctx *tmp = mem_ctx_new(NULL, "reject");
	/* Not its line: that would be another when this file is read. */
	const char *column = strstr(why->where, "column ");

	write_field(r,
	    mem_printf(tmp, "%s%s%s [%s]", column != NULL ? column : "",
		column != NULL ? ": " : "",
		str_show(tmp, why->reason, ERROR_MAX_BYTES),
		oms_code_name(why->code)),
	    dst);
	sbuf_addc(dst, '\n');
	mem_free(tmp);
}

void
csv_reject(const struct csv_reader *r, const struct oms_error *why,
    struct sbuf *dst)
{
	size_t raw = r->raw.len;

	for (size_t i = 0; i < r->header_count; i++) {
		if (r->header_map[i] == ERROR_COLUMN)
			continue;
		write_field(r, r->header[i], dst);
		sbuf_addc(dst, r->delim);
	}
	sbuf_adds(dst, "error\n");
	if (r->is_whole) {
		for (size_t i = 0; i < r->header_count; i++) {
			if (r->header_map[i] == ERROR_COLUMN)
				continue;
			write_field(r, field(r, i), dst);
			sbuf_addc(dst, r->delim);
		}
	} else { /* as it came: nobody knows what it should be */
		while (raw > 0 && strchr("\r\n", r->raw.p[raw - 1]) != NULL)
			raw--;
		sbuf_add(dst, r->raw.p, raw);
		sbuf_addc(dst, r->delim);
	}
	write_error(r, why, dst);
}

/* -------------------------------------------------------------- values */

const char *
csv_field(const struct csv_reader *r, const char *column)
{
	size_t at = csv_schema_find(r->schema, column);

	for (size_t i = 0; r->is_whole && i < r->header_count; i++)
		if (r->header_map[i] == (int)at)
			return field(r, i);
	return "";
}

static const struct csv_value *
value_of(const struct csv_record *rec, const char *column)
{
	size_t i = csv_schema_find(rec->schema, column);

	if (i == rec->schema->column_count) {
		fprintf(stderr, "oms: %s has no column %s\n", rec->schema->name,
		    column);
		abort();
	}
	return &rec->values[i];
}

const char *
csv_text(const struct csv_record *rec, const char *column)
{
	const struct csv_value *v = value_of(rec, column);

	return v->text != NULL ? v->text : "";
}

int64_t
csv_int(const struct csv_record *rec, const char *column, int64_t fallback)
{
	const struct csv_value *v = value_of(rec, column);

	return v->is_null ? fallback : v->i;
}

bool
csv_is_null(const struct csv_record *rec, const char *column)
{
	return value_of(rec, column)->is_null;
}
