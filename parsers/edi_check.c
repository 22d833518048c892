/* edi_check.c - feeding, findings, memory; see edi_check_internal.h. */

#include "parsers/edi_check_internal.h"

#include <stdarg.h>
#include <string.h>

#include "base/str.h"

/* ---------------------------------------------------- control numbers */

enum { SEEN_FIRST_ROOM = 64, SEEN_KEPT_ROOM = 1024 };

/* FNV-1a, and a finish that spreads its weak low bits; never 0. */
static uint64_t
seen_hash(const char *text)
{
	uint64_t h = 0xCBF29CE484222325u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001B3u;
	h ^= h >> 32;
	h *= 0xD6E8FEB86659FD93u;
	h ^= h >> 32;
	return h == 0 ? 1 : h;
}

/* The slot of h: its own, or the free one where it belongs. */
static uint64_t *
seen_slot(const struct edi_seen *s, uint64_t h)
{
	size_t at = (size_t)h & (s->room - 1);

	while (s->slots[at] != 0 && s->slots[at] != h)
		at = (at + 1) & (s->room - 1);
	return &s->slots[at];
}

static void
seen_grow(struct edi_check *c, struct edi_seen *s)
{
	struct edi_seen old = *s;

	s->room = old.room == 0 ? SEEN_FIRST_ROOM : old.room * 2;
	s->slots = mem_array(c, uint64_t, s->room);
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i] != 0)
			*seen_slot(s, old.slots[i]) = old.slots[i];
	mem_free(old.slots);
}

bool
edi_seen_add(struct edi_check *c, struct edi_seen *s, const char *text)
{
	uint64_t h = seen_hash(text);
	uint64_t *slot;

	if (s->count * 4 >= s->room * 3)
		seen_grow(c, s);
	slot = seen_slot(s, h);
	if (*slot == h)
		return true;
	*slot = h;
	s->count++;
	return false;
}

/* A large table is given back: else each small group would wipe it. */
void
edi_seen_clear(struct edi_seen *s)
{
	if (s->room > SEEN_KEPT_ROOM) {
		mem_free(s->slots);
		*s = (struct edi_seen){ 0 };
	} else if (s->count > 0) {
		memset(s->slots, 0, s->room * sizeof(*s->slots));
		s->count = 0;
	}
}

/* ------------------------------------------------------------ findings */

void
edi_tale_add(struct edi_tale *t, int code, int contrl)
{
	t->has_error = true;
	if (t->contrl == 0 && contrl > 0)
		t->contrl = contrl;
	if (code <= 0 || t->code_count == sizeof(t->codes) / sizeof(int))
		return;
	for (size_t i = 0; i < t->code_count; i++)
		if (t->codes[i] == code)
			return;
	t->codes[t->code_count++] = code;
}

/* Whose verdict a fault changes: a set's, a group's or the interchange's. */
static struct edi_tale *
tale_of(struct edi_check *c, enum edi_fault fault, int *ret_code)
{
	const struct edi_fault_row *row = &edi_faults[fault];

	*ret_code = row->envelope;
	if (row->level == EDI_LEVEL_GROUP)
		return &c->group_tale;
	if (row->level >= EDI_LEVEL_SET && c->in_set) {
		*ret_code = row->ak502;
		return &c->set_tale;
	}
	/*
	 * Bytes between interchanges refuse none of them; segments between
	 * sets are a set that was lost, which its group counts.
	 */
	if (row->level == EDI_LEVEL_FILE || !c->in_interchange ||
	    (row->level >= EDI_LEVEL_SET && c->in_group))
		return NULL;
	return &c->ix_tale;
}

static void
note(struct edi_check *c, enum edi_fault fault, enum edi_severity severity,
    bool is_forgiven)
{
	int code = 0;
	struct edi_tale *t = tale_of(c, fault, &code);

	if (severity == EDI_WARNING)
		c->sum.warnings++;
	else
		c->sum.errors++;
	if (t != NULL && severity == EDI_ERROR) {
		if (t == &c->set_tale && !t->has_error)
			c->set.first_fault = fault;
		edi_tale_add(t, code, edi_faults[fault].contrl);
	}
	if (t != NULL && is_forgiven)
		t->is_forgiven = true;
}

const char *
edi_show(const char *p, size_t len, char dst[SHOW_BYTES + 8])
{
	char raw[SHOW_BYTES + 8];
	mem_ctx *ctx = mem_ctx_new(NULL, "edi show");

	/* One byte more than is shown: str_show then says that it cut. */
	if (len > SHOW_BYTES + 1)
		len = SHOW_BYTES + 1;
	for (size_t i = 0; i < len; i++)
		raw[i] = p[i] == '\0' ? '?' : p[i];
	raw[len] = '\0';
	(void)str_copy(dst, SHOW_BYTES + 8, str_show(ctx, raw, SHOW_BYTES));
	mem_free(ctx);
	return dst;
}

/* Byte, line and column of the value itself, or of its segment. */
static void
place(struct edi_finding *f, const struct edi_spot *spot)
{
	const struct edi_segment *s = spot->segment;

	if (spot->has_place) {
		f->byte_off = spot->byte_off;
		f->line = spot->line;
		f->column = spot->column;
		f->segment_no = spot->segment_no;
		return;
	}
	if (s == NULL)
		return;
	f->byte_off = s->byte_off;
	f->line = s->line;
	f->column = s->column;
	if (spot->value >= s->raw && spot->value <= s->raw + s->raw_len) {
		f->byte_off += spot->value - s->raw;
		f->column += spot->value - s->raw;
	}
}

static void
fill(const struct edi_check *c, const struct edi_spot *spot,
    struct edi_finding *f)
{
	f->standard = c->ix.standard;
	f->interchange = c->in_interchange ? c->ix.control : "";
	f->group = c->in_group ? c->group.control : "";
	f->set_type = c->in_set ? c->set.type : "";
	f->set = c->in_set ? c->set.control : "";
	f->interchange_no = c->in_interchange ? c->ix.no : 0;
	f->group_no = c->in_group ? c->group.no : 0;
	f->set_no = c->in_set ? c->set.no : 0;
	f->segment = spot->tag != NULL ? spot->tag
	    : spot->segment != NULL    ? spot->segment->tag
				       : "";
	f->segment_no = c->in_set ? c->segment_no : 0;
	f->loop = spot->loop != NULL ? spot->loop->name : "";
	f->element = spot->element;
	f->component = spot->component;
	f->repetition = spot->repetition;
	f->element_id = spot->element_id != NULL ? spot->element_id : "";
	place(f, spot);
}

static void PRINTF(6, 0) say(struct edi_check *c, const struct edi_spot *spot,
    enum edi_fault fault, enum edi_severity severity, bool is_forgiven,
    const char *fmt, va_list ap)
{
	struct edi_finding f = { .fault = fault, .severity = severity };
	char value[SHOW_BYTES + 8];

	if (c->is_stopped)
		return;
	note(c, fault, severity, is_forgiven);
	if (c->in_set && ++c->set.finding_count > EDI_SET_FINDINGS_MAX)
		return;
	if (c->sink.finding == NULL)
		return;
	fill(c, spot, &f);
	f.value = edi_show(spot->value != NULL ? spot->value : "",
	    spot->value_len, value);
	(void)vsnprintf(c->message, sizeof(c->message), fmt, ap);
	f.message = c->message;
	c->is_stopped = !c->sink.finding(c->sink.u, &f, c->err);
}

void
edi_check_say(struct edi_check *c, const struct edi_spot *spot,
    enum edi_fault fault, unsigned lenient, const char *fmt, ...)
{
	bool is_forgiven = (c->options.lenient & lenient) != 0;
	va_list ap;

	c->missing += fault == EDI_F_SEG_MISSING;
	c->strange += fault == EDI_F_SEG_UNKNOWN ||
	    fault == EDI_F_SEG_NOT_IN_SET;
	va_start(ap, fmt);
	say(c, spot, fault, is_forgiven ? EDI_WARNING : EDI_ERROR, is_forgiven,
	    fmt, ap);
	va_end(ap);
}

void
edi_check_warn(struct edi_check *c, const struct edi_spot *spot,
    enum edi_fault fault, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, spot, fault, EDI_WARNING, false, fmt, ap);
	va_end(ap);
}

/* As edi_check_warn, of an error that the reader has forgiven if is_error. */
PRINTF(5, 6)
static void
forgive(struct edi_check *c, const struct edi_spot *spot, enum edi_fault fault,
    bool is_error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, spot, fault, EDI_WARNING, is_error, fmt, ap);
	va_end(ap);
}

const struct edi_value *
edi_component(const struct edi_segment *s, unsigned e, unsigned component)
{
	if (e == 0 || e > s->element_count)
		return NULL;
	for (unsigned i = s->first[e]; i < s->first[e + 1]; i++) {
		if (s->values[i].repetition > 1)
			return NULL;
		if (s->values[i].component == component)
			return &s->values[i];
	}
	return NULL;
}

/* ------------------------------------------------------------- feeding */

/* What the reader calls it and we: fault, and what stands before the bytes. */
static const struct {
	enum edi_fault fault;
	const char *text;
} lexicals[] = {
	[EDI_LEX_GARBAGE] = { EDI_F_GARBAGE,
	    "these bytes belong to no interchange" },
	[EDI_LEX_ISA_LENGTH] = { EDI_F_ISA_LENGTH,
	    "the ISA segment does not have the 106 bytes of its fixed form" },
	[EDI_LEX_DELIMITERS] = { EDI_F_DELIMITERS,
	    "the service characters are letters or digits, one of them has two "
	    "purposes, or the decimal mark is neither point nor comma" },
	[EDI_LEX_UNA] = { EDI_F_DELIMITERS,
	    "UNB does not use the service characters that UNA names" },
	[EDI_LEX_WRAPPED] = { EDI_F_WRAPPED,
	    "a line end stands inside the segment" },
	[EDI_LEX_INDENTED] = { EDI_F_INDENTED,
	    "blanks stand before the name of a segment" },
	[EDI_LEX_EMPTY_SEGMENT] = { EDI_F_SEG_EMPTY,
	    "two segment terminators stand in a row" },
	[EDI_LEX_TAG] = { EDI_F_SEG_EMPTY,
	    "the segment does not begin with a name of 2 or 3 letters and "
	    "digits" },
	[EDI_LEX_TOO_LONG] = { EDI_F_SEG_TOO_LONG,
	    "the segment is longer than 1 MiB and was left out" },
	[EDI_LEX_TOO_MANY] = { EDI_F_TOO_MANY,
	    "the segment has more than 256 elements or 4,096 components" },
	[EDI_LEX_RELEASE] = { EDI_F_RELEASE,
	    "a release character stands before a character that needs none" },
	[EDI_LEX_RELEASE_END] = { EDI_F_RELEASE,
	    "the input ends with a release character" },
	[EDI_LEX_BINARY] = { EDI_F_TOO_SHORT,
	    "the binary data has fewer bytes than the segment says" },
	[EDI_LEX_UNTERMINATED] = { EDI_F_UNTERMINATED,
	    "the input ends inside a segment: its terminator is missing" },
};

/* The reader has judged what is forgiven: so no leniency is looked at here. */
static void
lexical(struct edi_check *c, const struct edi_event *ev)
{
	struct edi_spot spot = { .has_place = true,
		.byte_off = ev->byte_off,
		.line = ev->line,
		.column = ev->column,
		.value = ev->bytes,
		.value_len = ev->bytes_len };
	enum edi_fault fault;
	char show[SHOW_BYTES + 8];

	if (ev->lexical == EDI_LEX_CUT) {
		edi_envelope_cut(c, ev);
		return;
	}
	if (ev->lexical == EDI_LEX_TOO_LONG && c->in_set)
		c->segment_no++;
	/* The segment is not counted before it came. */
	spot.segment_no = !c->in_set          ? 0
	    : ev->lexical == EDI_LEX_TOO_LONG ? c->segment_no
					      : c->segment_no + 1;
	fault = lexicals[ev->lexical].fault;
	if (ev->lexical == EDI_LEX_UNTERMINATED && !ev->is_forgiven)
		c->is_unterminated = true;
	if (ev->is_forgiven)
		forgive(c, &spot, fault, ev->lexical != EDI_LEX_RELEASE,
		    "%s: \"%s\"", lexicals[ev->lexical].text,
		    edi_show(ev->bytes, ev->bytes_len, show));
	else
		edi_check_say(c, &spot, fault, 0, "%s: \"%s\"",
		    lexicals[ev->lexical].text,
		    edi_show(ev->bytes, ev->bytes_len, show));
}

static bool
on_event(void *u, const struct edi_event *ev, struct oms_error *err)
{
	struct edi_check *c = u;

	c->err = err;
	switch (ev->kind) {
	case EDI_SEGMENT: edi_envelope_segment(c, ev->segment); break;
	case EDI_BEGIN: edi_envelope_begin(c, ev); break;
	case EDI_END: edi_envelope_end(c); break;
	case EDI_LEXICAL: lexical(c, ev); break;
	}
	return !c->is_stopped;
}

struct edi_check *
edi_check_new(mem_ctx *ctx, const struct edi_check_options *options,
    const struct edi_sink *sink)
{
	struct edi_check *c = mem_new(ctx, struct edi_check);

	c->options = *options;
	c->sink = *sink;
	if (c->options.set_max_bytes == 0)
		c->options.set_max_bytes = EDI_SET_DEFAULT_MAX_BYTES;
	edi_value_classes(c->classes);
	c->reader = edi_reader_new(c, options->lenient, on_event, c);
	return c;
}

bool
edi_check_feed(struct edi_check *c, const char *p, size_t n,
    struct oms_error *err)
{
	c->fed_bytes += (int64_t)n;
	return edi_reader_feed(c->reader, p, n, err);
}

bool
edi_check_finish(struct edi_check *c, struct edi_summary *ret,
    struct oms_error *err)
{
	if (!edi_reader_finish(c->reader, err))
		return false;
	*ret = c->sum;
	return true;
}

void
edi_check_reset(struct edi_check *c)
{
	edi_reader_reset(c->reader);
	edi_seen_clear(&c->ix_seen);
	edi_seen_clear(&c->group_seen);
	edi_seen_clear(&c->set_seen);
	c->sum = (struct edi_summary){ 0 };
	c->in_interchange = c->in_group = c->in_set = false;
	c->is_stopped = false;
	c->file_sets = 0;
	c->fed_bytes = 0;
}

/* A package may say that it is longer than the input. */
int64_t
edi_check_end(const struct edi_check *c)
{
	return c->end_off < c->fed_bytes ? c->end_off : c->fed_bytes;
}

const char *
edi_verdict_name(enum edi_verdict v)
{
	switch (v) {
	case EDI_ACCEPTED: return "accepted";
	case EDI_ACCEPTED_WITH_ERRORS: return "accepted with errors";
	case EDI_PARTLY: return "partly accepted";
	case EDI_REJECTED: return "rejected";
	}
	return "?";
}
