/*
 * test_edi_round_trip.c - what the reader reads, the writer writes again.
 *
 * Each file of tests/corpus/edi/good is read twice: once to learn what its
 * partner's profile says, once to give each element, component and repetition
 * to the writer.  The same bytes must come out, envelopes and counts too: the
 * files are as our writer writes them (edi.md, acceptance 10).
 */

#include "tests/unit/testing.h"

#include <dirent.h>

#include "base/num.h"
#include "parsers/edi_reader.h"
#include "writers/edi.h"

enum { FILE_MAX = 1 << 20, VALUE_MAX = 4096 };

struct fixture {
	char path[300];
	char *bytes;
	size_t n;
	struct sbuf out;
	struct edi_profile p;
	struct edi_head head;
	struct edi_writer *w;
	char release;
};

static int
setup(void **state)
{
	struct fixture *f = mem_new(mem_ctx_new(NULL, "round"), struct fixture);

	f->bytes = mem_array(f, char, FILE_MAX);
	sbuf_init(&f->out, f, FILE_MAX);
	*state = f;
	return 0;
}

/* Component c of the first repetition of element e; "" it is not there. */
static char *
value(struct fixture *f, const struct edi_segment *s, unsigned e, unsigned c)
{
	char *text = mem_zero(f, VALUE_MAX, "value");

	if (e > s->element_count)
		return text;
	for (unsigned i = s->first[e]; i < s->first[e + 1]; i++) {
		const struct edi_value *v = &s->values[i];

		if (v->repetition != 1 || v->component != c)
			continue;
		(void)edi_unrelease(v, f->release, text, VALUE_MAX);
		for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
			text[n - 1] = '\0';
	}
	return text;
}

static char *
letter(struct fixture *f, char c)
{
	return c == '\0' ? mem_strdup(f, "") : mem_printf(f, "%c", c);
}

/* ---- the profile ---------------------------------------------------------- */

static int64_t
time_of(const char *date, const char *time)
{
	char text[40];
	int64_t ts;
	size_t n = strlen(date);

	snprintf(text, sizeof(text), "%s%.*s-%.2s-%.2sT%.2s:%.2s:00Z",
	    n == 6 ? "20" : "", (int)n - 4, date, date + n - 4, date + n - 2,
	    time, time + 2);
	ASSERT_OK(num_parse_ts(text, &ts, ERR));
	return ts;
}

static void
learn_isa(struct fixture *f, const struct edi_segment *s)
{
	struct edi_profile *p = &f->p;

	p->our_qualifier = value(f, s, 5, 1);
	p->our_id = value(f, s, 6, 1);
	p->their_qualifier = value(f, s, 7, 1);
	p->their_id = value(f, s, 8, 1);
	p->version = mem_printf(f, "%s0", value(f, s, 12, 1));
	p->test = strcmp(value(f, s, 15, 1), "T") == 0;
	f->head.interchange_no = atoi(value(f, s, 13, 1));
	f->head.wants_ack = strcmp(value(f, s, 14, 1), "1") == 0;
	f->head.created_ts_us = time_of(value(f, s, 9, 1), value(f, s, 10, 1));
}

static void
learn_unb(struct fixture *f, const struct edi_segment *s)
{
	struct edi_profile *p = &f->p;
	const char *control = value(f, s, 5, 1);
	size_t n = strlen(control);

	while (n > 0 && control[n - 1] >= '0' && control[n - 1] <= '9')
		n--;
	n += strspn(control + n, "0"); /* the writer fills up with none */
	p->control_prefix = mem_strndup(f, control, n);
	f->head.interchange_no = atoi(control + n);
	p->charset = value(f, s, 1, 1);
	p->syntax = atoi(value(f, s, 1, 2));
	p->our_id = value(f, s, 2, 1);
	p->our_qualifier = value(f, s, 2, 2);
	p->their_id = value(f, s, 3, 1);
	p->their_qualifier = value(f, s, 3, 2);
	p->application = value(f, s, 7, 1);
	p->agreement = value(f, s, 10, 1);
	p->test = strcmp(value(f, s, 11, 1), "1") == 0;
	f->head.wants_ack = strcmp(value(f, s, 9, 1), "1") == 0;
	f->head.created_ts_us = time_of(value(f, s, 4, 1), value(f, s, 4, 2));
}

static void
learn_unh(struct fixture *f, const struct edi_segment *s)
{
	f->p.version = mem_printf(f, "%s:%s", value(f, s, 2, 2),
	    value(f, s, 2, 3));
	f->p.assoc = value(f, s, 2, 5);
}

static bool
learn(void *u, const struct edi_event *ev, struct oms_error *err)
{
	struct fixture *f = u;
	const struct edi_delimiters *d = ev->delimiters;

	(void)err;
	assert_int_not_equal(ev->kind, EDI_LEXICAL);
	if (ev->kind == EDI_BEGIN) {
		f->release = d->release;
		f->p.standard = mem_strdup(f,
		    ev->standard == EDI_X12 ? "x12" : "edifact");
		f->p.element_separator = letter(f, d->element);
		f->p.component_separator = letter(f, d->component);
		f->p.repetition_separator = letter(f, d->repetition);
		f->p.terminator = letter(f, d->segment);
		f->p.release = letter(f, d->release);
		f->p.decimal_mark = letter(f, d->decimal);
	}
	if (ev->kind != EDI_SEGMENT)
		return true;
	if (ev->segment->id == EDI_ID("ISA"))
		learn_isa(f, ev->segment);
	else if (ev->segment->id == EDI_ID("GS"))
		f->head.group_no = atoi(value(f, ev->segment, 6, 1));
	else if (ev->segment->id == EDI_ID("UNB"))
		learn_unb(f, ev->segment);
	else if (ev->segment->id == EDI_ID("UNG") && !f->p.groups) {
		f->p.groups = true;
		f->head.group_no = atoi(value(f, ev->segment, 5, 1));
	} else if (ev->segment->id == EDI_ID("UNH"))
		learn_unh(f, ev->segment);
	return true;
}

/* ---- again ---------------------------------------------------------------- */

/* The writer takes UTF-8; of the files only those of UNOC have more. */
static char *
as_utf8(struct fixture *f, const char *text)
{
	char *utf8 = mem_zero(f, 2 * strlen(text) + 1, "utf8"), *to = utf8;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x80)
			*to++ = (char)(0xC0 | c >> 6);
		*to++ = (char)(c < 0x80 ? c : 0x80 | (c & 0x3F));
	}
	return utf8;
}

/* Every value of a segment, by the calls that mappers use. */
static void
write_segment(struct fixture *f, const struct edi_segment *s)
{
	edi_w_tag(f->w, s->tag);
	for (unsigned e = 1; e <= s->element_count; e++) {
		for (unsigned i = s->first[e]; i < s->first[e + 1]; i++) {
			const struct edi_value *v = &s->values[i];
			char text[VALUE_MAX] = "";

			(void)edi_unrelease(v, f->release, text, sizeof(text));
			if (i == s->first[e])
				edi_w_text(f->w, as_utf8(f, text));
			else if (v->component == 1)
				edi_w_again(f->w, as_utf8(f, text));
			else
				edi_w_more(f->w, as_utf8(f, text));
		}
	}
}

static void
begin_interchange(struct fixture *f)
{
	f->w = edi_writer_new(f, &f->out, &f->p, &f->head);
	edi_w_interchange(f->w);
}

static void
begin_set(struct fixture *f, const struct edi_segment *s)
{
	bool is_x12 = s->id == EDI_ID("ST");

	if (is_x12)
		edi_w_set_as(f->w, value(f, s, 1, 1), value(f, s, 3, 1));
	else
		edi_w_set(f->w, value(f, s, 2, 1));
}

static bool
again(void *u, const struct edi_event *ev, struct oms_error *err)
{
	struct fixture *f = u;
	const struct edi_segment *s = ev->segment;

	(void)err;
	if (ev->kind != EDI_SEGMENT)
		return true;
	if (s->id == EDI_ID("ISA") || s->id == EDI_ID("UNB"))
		begin_interchange(f);
	else if (s->id == EDI_ID("GS") || s->id == EDI_ID("UNG"))
		edi_w_group(f->w, value(f, s, 1, 1),
		    s->id == EDI_ID("GS") ? value(f, s, 8, 1) : "");
	else if (s->id == EDI_ID("ST") || s->id == EDI_ID("UNH"))
		begin_set(f, s);
	else if (s->id == EDI_ID("SE") || s->id == EDI_ID("UNT"))
		edi_w_set_end(f->w);
	else if (s->id == EDI_ID("GE") || s->id == EDI_ID("UNE"))
		edi_w_group_end(f->w);
	else if (s->id == EDI_ID("IEA") || s->id == EDI_ID("UNZ"))
		edi_w_interchange_end(f->w);
	else
		write_segment(f, s);
	return true;
}

/* Only the segments, by their bytes. */
static bool
raw(void *u, const struct edi_event *ev, struct oms_error *err)
{
	struct fixture *f = u;

	(void)err;
	if (ev->kind == EDI_SEGMENT)
		edi_w_raw(f->w, ev->segment->raw, ev->segment->raw_len);
	return true;
}

static void
read_with(struct fixture *f, edi_event_fn *event)
{
	struct edi_reader *r = edi_reader_new(f, EDI_STRICT, event, f);

	ASSERT_OK(edi_reader_feed(r, f->bytes, f->n, ERR));
	ASSERT_OK(edi_reader_finish(r, ERR));
}

static void
load(struct fixture *f, const char *name)
{
	char *empty = mem_strdup(f, "");
	FILE *in;

	snprintf(f->path, sizeof(f->path), "tests/corpus/edi/good/%s", name);
	in = fopen(f->path, "rb");
	assert_non_null(in);
	f->n = fread(f->bytes, 1, FILE_MAX, in);
	assert_true(f->n > 0 && feof(in));
	assert_int_equal(fclose(in), 0);
	f->head = (struct edi_head){ .group_no = 1 };
	f->p = (struct edi_profile){ .assoc = empty,
		.our_group_id = empty,
		.their_group_id = empty,
		.application = empty,
		.agreement = empty,
		.control_prefix = empty,
		.charset = empty,
		.suffix = mem_strdup(f, "lf"),
		.replacement = empty,
		.una = memcmp(f->bytes, "UNA", 3) == 0 };
	sbuf_clear(&f->out);
	read_with(f, learn);
}

static void
is_same(struct fixture *f)
{
	size_t at = 0, n = f->out.len < f->n ? f->out.len : f->n;

	ASSERT_OK(edi_w_ok(f->w, ERR));
	while (at < n && f->out.p[at] == f->bytes[at])
		at++;
	if (at < f->n || f->out.len != f->n)
		fail_msg("%s: byte %zu: \"%.40s\", not \"%.40s\"", f->path, at,
		    f->out.p + at, f->bytes + at);
}

static size_t
each_file(struct fixture *f, void (*each)(struct fixture *f))
{
	DIR *dir = opendir("tests/corpus/edi/good");
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		load(f, entry->d_name);
		each(f);
		count++;
	}
	closedir(dir);
	return count;
}

static void
write_again(struct fixture *f)
{
	read_with(f, again);
	is_same(f);
}

static void
test_edi_writer__every_good_file__is_written_byte_for_byte(void **state)
{
	assert_true(each_file(*state, write_again) >= 36);
}

static void
write_raw(struct fixture *f)
{
	bool is_una = f->p.una;

	f->w = edi_writer_new(f, &f->out, &f->p, &f->head);
	if (is_una) /* it is of the interchange, no segment */
		sbuf_add(&f->out, f->bytes, strcspn(f->bytes, "\n") + 1);
	read_with(f, raw);
	edi_w_tag(f->w, ""); /* ends what is open */
	is_same(f);
}

static void
test_edi_w_raw__every_segment__is_as_it_was_read(void **state)
{
	assert_true(each_file(*state, write_raw) >= 36);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    test_edi_writer__every_good_file__is_written_byte_for_byte),
		TEST(test_edi_w_raw__every_segment__is_as_it_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
