/*
 * test_edi_reader.c - the promises of parsers/edi_reader.h and edi.h.
 *
 * A file is read into a shape: each segment by its tag, an interchange in
 * brackets, wrong bytes as !name, or ~name when they are forgiven.  A
 * transcript has every byte and place of it too, and must be the same however
 * the file is cut.  OMS_EDI_SAMPLES names a folder of more files to cut.
 */

#include "tests/unit/testing.h"

#include <dirent.h>

#include "base/fs.h"
#include "base/str.h"
#include "parsers/edi_reader.h"
#include "parsers/edi_scan.h"

enum { TEXT_MAX_BYTES = 64 << 20 };

#define CORPUS "tests/corpus/edi"

struct fixture {
	struct sbuf out;
	bool is_short; /* a shape, not a transcript */
	int64_t end;   /* of the last segment: the next begins there or later */
	int stop_after;
};

static const char *const lexical_names[] = {
	[EDI_LEX_GARBAGE] = "garbage",
	[EDI_LEX_ISA_LENGTH] = "isa-length",
	[EDI_LEX_DELIMITERS] = "delimiters",
	[EDI_LEX_UNA] = "una",
	[EDI_LEX_WRAPPED] = "wrapped",
	[EDI_LEX_INDENTED] = "indented",
	[EDI_LEX_EMPTY_SEGMENT] = "empty",
	[EDI_LEX_TAG] = "tag",
	[EDI_LEX_TOO_LONG] = "too-long",
	[EDI_LEX_TOO_MANY] = "too-many",
	[EDI_LEX_RELEASE] = "release",
	[EDI_LEX_RELEASE_END] = "release-end",
	[EDI_LEX_BINARY] = "binary",
	[EDI_LEX_UNTERMINATED] = "unterminated",
	[EDI_LEX_CUT] = "cut",
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	sbuf_init(&f->out, f, TEXT_MAX_BYTES);
	*state = f;
	return 0;
}

/* ---------------------------------------------------------- transcripts */

static void
put_shape(struct fixture *f, const struct edi_event *ev)
{
	static const char
	    *const word[] = { [EDI_BEGIN] = "[", [EDI_END] = "]" };

	if (ev->kind == EDI_SEGMENT)
		sbuf_adds(&f->out,
		    ev->segment->id != 0 ? ev->segment->tag : "?");
	else if (ev->kind == EDI_LEXICAL)
		sbuf_addf(&f->out, "%c%s", ev->is_forgiven ? '~' : '!',
		    lexical_names[ev->lexical]);
	else
		sbuf_adds(&f->out, word[ev->kind]);
	sbuf_addc(&f->out, ' ');
}

static void
put_segment(struct fixture *f, const struct edi_segment *s)
{
	sbuf_addf(&f->out, "S \"%s\" %06x at %lld+%lld %lld:%lld %u", s->tag,
	    s->id, (long long)s->byte_off, (long long)s->byte_len,
	    (long long)s->line, (long long)s->column, s->element_count);
	assert_true(s->byte_off >= f->end);
	f->end = s->byte_off + s->byte_len;
	for (unsigned e = 1; e <= s->element_count; e++) {
		assert_true(s->first[e] <= s->first[e + 1]);
		for (unsigned i = s->first[e]; i < s->first[e + 1]; i++) {
			const struct edi_value *v = &s->values[i];

			assert_true(v->p >= s->raw);
			assert_true(v->p + v->len <= s->raw + s->raw_len);
			sbuf_addf(&f->out, " %u.%u.%u%s<", e, v->repetition,
			    v->component, v->is_released ? "r" : "");
			sbuf_add(&f->out, v->p, v->len);
			sbuf_addc(&f->out, '>');
		}
	}
	sbuf_adds(&f->out, " raw<");
	sbuf_add(&f->out, s->raw, s->raw_len);
	sbuf_adds(&f->out, ">\n");
}

static bool
on_event(void *u, const struct edi_event *ev, struct oms_error *err)
{
	struct fixture *f = u;
	const struct edi_delimiters *d = ev->delimiters;

	if (f->stop_after > 0 && --f->stop_after == 0)
		return oms_fail(err, OMS_VALUE, "enough");
	if (f->is_short) {
		put_shape(f, ev);
		return true;
	}
	if (ev->kind == EDI_SEGMENT) {
		put_segment(f, ev->segment);
		return true;
	}
	sbuf_addf(&f->out, "%d at %lld %lld:%lld", ev->kind,
	    (long long)ev->byte_off, (long long)ev->line,
	    (long long)ev->column);
	if (ev->kind == EDI_BEGIN)
		sbuf_addf(&f->out, " %d %02x %02x %02x %02x %02x %02x",
		    ev->standard, d->element, d->component, d->repetition,
		    d->segment, d->release, d->decimal);
	if (ev->kind == EDI_LEXICAL) {
		sbuf_addf(&f->out, " %s %d <", lexical_names[ev->lexical],
		    ev->is_forgiven);
		assert_true(ev->bytes_len <= 60);
		sbuf_add(&f->out, ev->bytes, ev->bytes_len);
		sbuf_addc(&f->out, '>');
	}
	sbuf_addc(&f->out, '\n');
	return true;
}

/* A copy of its own, so that a sanitizer sees a read behind its end. */
static void
feed(struct edi_reader *r, const char *p, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);

	memcpy(copy, p, n);
	ASSERT_OK(edi_reader_feed(r, copy, n, ERR));
	free(copy);
}

static void
finish(struct fixture *f, struct edi_reader *r)
{
	if (!edi_reader_finish(r, ERR))
		sbuf_addf(&f->out, "%s", oms_code_name(ERR->code));
	edi_reader_reset(r);
	f->end = 0;
}

/* Read it in pieces of step bytes, the first one of first bytes. */
static char *
read_in(struct fixture *f, struct edi_reader *r, const char *p, size_t n,
    size_t first, size_t step)
{
	sbuf_clear(&f->out);
	sbuf_adds(&f->out, "");
	for (size_t at = 0, k; at < n; at += k) {
		k = at == 0 && first > 0 ? first : step;
		if (k > n - at)
			k = n - at;
		feed(r, p + at, k);
	}
	finish(f, r);
	assert_true(sbuf_ok(&f->out));
	return f->out.p;
}

static const char *
load(struct fixture *f, const char *folder, const char *name, size_t *ret_n)
{
	const char *path = mem_printf(f, "%s/%s", folder, name);
	FILE *in = fopen(path, "r");
	char *p = mem_array(f, char, 1 << 16);

	if (in == NULL)
		fail_msg("%s cannot be read", path);
	*ret_n = fread(p, 1, 1 << 16, in);
	fclose(in);
	return p;
}

static const char *
shape(struct fixture *f, const char *p, size_t n, unsigned lenient)
{
	struct edi_reader *r = edi_reader_new(f, lenient, on_event, f);
	char *got;

	f->is_short = true;
	got = mem_strdup(f, read_in(f, r, p, n, 0, n));
	f->is_short = false;
	if (*got != '\0' && got[strlen(got) - 1] == ' ')
		got[strlen(got) - 1] = '\0';
	return got;
}

static const char *
shape_of_file(struct fixture *f, const char *name, unsigned lenient)
{
	size_t n;
	const char *p = load(f, CORPUS, name, &n);

	return shape(f, p, n, lenient);
}

#define ASSERT_SHAPE(want, name, lenient)                                      \
	assert_string_equal(shape_of_file(*state, name, lenient), want)
#define ASSERT_HAS(text, what)                                                 \
	do {                                                                   \
		if (strstr(text, what) == NULL)                                \
			fail_msg("no %s in:\n%s", what, text);                 \
	} while (0)

#define SET_850    "GS ST BEG REF DTM N1 N3 N4 PO1 PID PO1 CTT SE GE"
#define X12_850    "[ ISA " SET_850 " IEA ]"
#define ORDERS     "UNH BGM DTM FTX NAD LIN QTY PRI UNS CNT UNT"
#define EDI_ORDERS "[ UNB " ORDERS " UNZ ]"

/* ----------------------------------------------------------------- cuts */

static bool
is_same(struct fixture *f, struct edi_reader *r, const char *p, size_t n,
    size_t first, size_t step, const char *whole, size_t len)
{
	(void)read_in(f, r, p, n, first, step);
	return f->out.len == len && memcmp(f->out.p, whole, len) == 0;
}

/* In two pieces at every place, and in pieces of 1 to 7 bytes. */
static void
cut_everywhere(struct fixture *f, const char *name, const char *p, size_t n)
{
	const unsigned lenient[] = { EDI_STRICT, ~0u };

	for (size_t i = 0; i < COUNT(lenient); i++) {
		struct edi_reader *r = edi_reader_new(f, lenient[i], on_event,
		    f);
		size_t len;
		char *whole;

		(void)read_in(f, r, p, n, 0, n);
		len = f->out.len;
		whole = mem_array(r, char, len + 1);
		memcpy(whole, f->out.p, len);

		for (size_t at = 1; at < n; at++)
			if (!is_same(f, r, p, n, at, n, whole, len))
				fail_msg("%s cut at %zu:\n%s\nnot:\n%s", name,
				    at, f->out.p, whole);
		for (size_t step = 1; step <= 7; step++)
			if (!is_same(f, r, p, n, 0, step, whole, len))
				fail_msg("%s by %zu bytes:\n%s\nnot:\n%s", name,
				    step, f->out.p, whole);
		mem_free(r);
	}
}

static size_t
cut_folder(struct fixture *f, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	size_t files = 0, n;

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		const char *p = load(f, folder, e->d_name, &n);
		cut_everywhere(f, e->d_name, p, n);
		files++;
	}
	closedir(dir);
	return files;
}

static void
test_feed__cut_anywhere__tells_the_same(void **state)
{
	assert_true(cut_folder(*state, CORPUS) > 50);
}

static void
test_feed__samples_cut_anywhere__tells_the_same(void **state)
{
	const char *folder = getenv("OMS_EDI_SAMPLES");

	if (folder == NULL)
		print_message("# OMS_EDI_SAMPLES is not set: left out\n");
	else
		assert_true(cut_folder(*state, folder) > 0);
}

/* --------------------------------------------------------------- shapes */

struct shape {
	const char *name;
	const char *strict;
	const char *lenient; /* NULL: the same */
};

/* clang-format off */
static const struct shape shapes[] = {
{ "both.edi",
  "[ ISA " SET_850 " IEA ] [ UNB " ORDERS " UNZ ] [ ISA " SET_850 " IEA ] [ UNB " ORDERS " UNZ ]", NULL },
{ "edi-bom.edi",
  EDI_ORDERS, NULL },
{ "edi-empty-unb.edi",
  "[ UNB !cut ] [ UNB " ORDERS " UNZ ]", NULL },
{ "edi-joined-cut.edi",
  "[ UNB UNH BGM DTM FTX !unterminated NAD !cut ] "
  "[ UNB " ORDERS " !unterminated UNZ ] "
  "[ ISA GS ST BEG REF DTM N1 N3 !unterminated N4 !cut ] "
  "[ UNB " ORDERS " UNZ ]",
  "[ UNB UNH BGM DTM FTX ~unterminated NAD !cut ] "
  "[ UNB " ORDERS " ~unterminated UNZ ] "
  "[ ISA GS ST BEG REF DTM N1 N3 ~unterminated N4 !cut ] "
  "[ UNB " ORDERS " UNZ ]" },
{ "edi-lines.edi",
  EDI_ORDERS, NULL },
{ "edi-nested-tag.edi",
  EDI_ORDERS, NULL },
{ "edi-no-release.edi",
  EDI_ORDERS, NULL },
{ "edi-no-una.edi",
  EDI_ORDERS, NULL },
{ "edi-odd-release.edi",
  "[ UNB UNH BGM DTM FTX ~release ~release FTX ~release FTX NAD LIN QTY PRI UNS CNT UNT UNZ ]", NULL },
{ "edi-other-una.edi",
  EDI_ORDERS, NULL },
{ "edi-package-short.edi",
  "[ UNB UNH BGM !binary UNO UNP UNZ ]", NULL },
{ "edi-package.edi",
  "[ UNB UNH BGM UNO UNP UNZ ]", NULL },
{ "edi-release-last.edi",
  "[ UNB " ORDERS " !release-end !unterminated UNZ ]",
  "[ UNB " ORDERS " !release-end ~unterminated UNZ ]" },
{ "edi-second-without-una.edi",
  "[ UNB " ORDERS " UNZ ] [ UNB " ORDERS " UNZ ]", NULL },
{ "edi-syntax4.edi",
  EDI_ORDERS, NULL },
{ "edi-una-alone.edi",
  "!una [ UNB " ORDERS " UNZ ]", NULL },
{ "edi-una-component.edi",
  "[ !una UNB " ORDERS " UNZ ]", NULL },
{ "edi-una-differs.edi",
  "[ !una UNB " ORDERS " UNZ ]", NULL },
{ "edi-una.edi",
  EDI_ORDERS, NULL },
{ "edi-unb-unknown.edi",
  "[ !una UNB " ORDERS " UNZ ]", NULL },
{ "edi-unob.edi",
  "[ UNB UNH BGM DTM NAD LIN QTY PRI UNS CNT UNT UNZ ]", NULL },
{ "edi-utf8.edi",
  EDI_ORDERS, NULL },
{ "x12-bad-tags.x12",
  "[ ISA GS ST BEG REF !tag ? !tag ? !tag ? !tag ? !tag ? DTM N1 N3 N4 PO1 PID PO1 CTT SE GE IEA ]", NULL },
{ "x12-binary-short.x12",
  "[ ISA GS ST BEG REF !binary BIN REF DTM N1 N3 N4 PO1 PID PO1 CTT SE GE IEA ]", NULL },
{ "x12-binary.x12",
  "[ ISA GS ST BEG REF BIN BDS DTM N1 N3 N4 PO1 PID PO1 CTT SE GE IEA ]", NULL },
{ "x12-bom.x12",
  X12_850, NULL },
{ "x12-corrupt-isa.x12",
  "!garbage data.syntax",
  "~garbage data.syntax" },
{ "x12-cr-lf.x12",
  X12_850, NULL },
{ "x12-cut-by-next.x12",
  "[ ISA GS ST BEG REF DTM N1 !cut ] [ ISA " SET_850 " IEA ]", NULL },
{ "x12-cut-isa.x12",
  "[ !isa-length ISA " SET_850 " IEA ]", NULL },
{ "x12-cut.x12",
  "[ ISA GS ST BEG REF DTM N1 N3 N4 PO1 !unterminated !tag ? !cut ]",
  "[ ISA GS ST BEG REF DTM N1 N3 N4 PO1 ~unterminated !tag ? !cut ]" },
{ "x12-empty-segments.x12",
  "[ ISA GS ST BEG REF !empty !empty DTM N1 N3 N4 PO1 PID PO1 CTT SE GE IEA ]", NULL },
{ "x12-garbage.x12",
  "!garbage [ ISA " SET_850 " IEA ] !garbage [ ISA " SET_850 " IEA ] !garbage",
  "~garbage [ ISA " SET_850 " IEA ] ~garbage [ ISA " SET_850 " IEA ] ~garbage" },
{ "x12-indented-lf.x12",
  "[ ISA !indented " SET_850 " !unterminated IEA ]",
  "[ ISA ~indented " SET_850 " ~unterminated IEA ]" },
{ "x12-indented.x12",
  "[ ISA !indented " SET_850 " IEA ]",
  "[ ISA ~indented " SET_850 " IEA ]" },
{ "x12-isa-in-text.x12",
  "[ ISA GS ST BEG REF MSG NTE END DTM N1 N3 N4 PO1 PID PO1 CTT SE GE IEA ]", NULL },
{ "x12-joined-unterminated.x12",
  "[ ISA " SET_850 " !unterminated IEA ] "
  "[ ISA " SET_850 " !unterminated IEA ] "
  "[ ISA " SET_850 " IEA ]",
  "[ ISA " SET_850 " ~unterminated IEA ] "
  "[ ISA " SET_850 " ~unterminated IEA ] "
  "[ ISA " SET_850 " IEA ]" },
{ "x12-letter-repetition.x12",
  X12_850, NULL },
{ "x12-lf.x12",
  X12_850, NULL },
{ "x12-long-isa16.x12",
  "[ !isa-length ISA " SET_850 " IEA ]",
  "[ ~isa-length ISA " SET_850 " IEA ]" },
{ "x12-lost-terminator.x12",
  "[ ISA GS ST BEG REF DTM !wrapped N1 N4 PO1 PID PO1 CTT SE GE IEA ]",
  "[ ISA GS ST BEG REF DTM ~wrapped N1 N4 PO1 PID PO1 CTT SE GE IEA ]" },
{ "x12-nak-crlf.x12",
  X12_850, NULL },
{ "x12-no-isa16-one-line.x12",
  "[ !isa-length ISA " SET_850 " IEA ]",
  "[ ~isa-length ISA " SET_850 " IEA ]" },
{ "x12-no-isa16.x12",
  "[ !isa-length ISA " SET_850 " IEA ]",
  "[ ~isa-length ISA " SET_850 " IEA ]" },
{ "x12-pi-on-own-line.x12",
  "[ ISA GS ST BEG !wrapped W01 DTM N1 N3 N4 PO1 PID PO1 CTT SE GE IEA ]",
  "[ ISA GS ST BEG ~wrapped W01 DTM N1 N3 N4 PO1 PID PO1 CTT SE GE IEA ]" },
{ "x12-pipe.x12",
  X12_850, NULL },
{ "x12-plain.x12",
  X12_850, NULL },
{ "x12-repetition.x12",
  X12_850, NULL },
{ "x12-same-delimiters.x12",
  "[ !delimiters ISA " SET_850 " IEA ]", NULL },
{ "x12-short-isa.x12",
  "[ !isa-length ISA " SET_850 " IEA ]",
  "[ ~isa-length ISA " SET_850 " IEA ]" },
{ "x12-ta1.x12",
  "[ ISA TA1 IEA ]", NULL },
{ "x12-tilde-blank.x12",
  X12_850, NULL },
{ "x12-tilde-crlf.x12",
  X12_850, NULL },
{ "x12-trailing.x12",
  X12_850, NULL },
{ "x12-two-delimiters.x12",
  "[ ISA " SET_850 " IEA ] [ ISA " SET_850 " IEA ] [ ISA " SET_850 " IEA ]", NULL },
{ "x12-unterminated.x12",
  "[ ISA " SET_850 " !unterminated IEA ]",
  "[ ISA " SET_850 " ~unterminated IEA ]" },
{ "x12-wrapped-crlf.x12",
  "[ !wrapped ISA GS !wrapped ST BEG REF DTM !wrapped N1 N3 N4 !wrapped PO1 PID !wrapped PO1 CTT SE GE IEA ]",
  "[ ~wrapped ISA GS ~wrapped ST BEG REF DTM ~wrapped N1 N3 N4 ~wrapped PO1 PID ~wrapped PO1 CTT SE GE IEA ]" },
{ "x12-wrapped.x12",
  "[ !wrapped ISA GS !wrapped ST BEG REF DTM !wrapped N1 N3 N4 !wrapped PO1 PID !wrapped PO1 CTT SE GE IEA ]",
  "[ ~wrapped ISA GS ~wrapped ST BEG REF DTM ~wrapped N1 N3 N4 ~wrapped PO1 PID ~wrapped PO1 CTT SE GE IEA ]" },
};
/* clang-format on */

static void
test_feed__corpus__gives_these_shapes(void **state)
{
	for (size_t i = 0; i < COUNT(shapes); i++) {
		const struct shape *s = &shapes[i];

		print_message("# %s\n", s->name);
		ASSERT_SHAPE(s->strict, s->name, EDI_STRICT);
		ASSERT_SHAPE(s->lenient != NULL ? s->lenient : s->strict,
		    s->name, ~0u);
	}
}

/* ---------------------------------------------- values, places, limits */

/* All of it, from bytes in one piece. */
static const char *
transcript_of(struct fixture *f, const char *p, size_t n)
{
	struct edi_reader *r = edi_reader_new(f, EDI_STRICT, on_event, f);

	return read_in(f, r, p, n, 0, n);
}

static const char *
transcript(struct fixture *f, const char *name)
{
	size_t n;
	const char *p = load(f, CORPUS, name, &n);

	return transcript_of(f, p, n);
}

static void
test_feed__x12__takes_elements_apart(void **state)
{
	const char *t = transcript(*state, "x12-repetition.x12");

	ASSERT_HAS(t, "0 at 0 1:1 0 2a 3e 5e 7e 00 00\n");
	ASSERT_HAS(t, "S \"ISA\" 495341 at 0+106 1:1 16 ");
	ASSERT_HAS(t, " 11.1.1<^> 12.1.1<00501> ");
	ASSERT_HAS(t, " 16.1.1<>> raw<ISA*");
	ASSERT_HAS(t, " 1.1.1<DP> 2.1.1<845> 2.2.1<846> 2.2.2<x> 2.3.1<847> ");
	ASSERT_HAS(t, " 1.1.1<00> 2.1.1<SA> 3.1.1<PO-4711> 4.1.1<> 5.1.1<");
}

static void
test_feed__edifact__keeps_what_is_released(void **state)
{
	const char *t = transcript(*state, "edi-una.edi");

	ASSERT_HAS(t, "0 at 0 1:1 1 2b 3a 00 27 3f 2e\n");
	ASSERT_HAS(t, "S \"UNB\" 554e42 at 9+");
	ASSERT_HAS(t,
	    " 4.1.1r<It?'s 5?+1 ?: why?"
	    "?> raw<");
	t = transcript(*state, "edi-syntax4.edi");
	ASSERT_HAS(t, "0 at 0 1:1 1 2b 3a 2a 27 3f 00\n");
	ASSERT_HAS(t, " 1.1.1<BY> 1.2.1<SU> 2.1.1r<a?*b> 2.2.1<c> 2.2.2<d>");
	t = transcript(*state, "edi-no-release.edi");
	ASSERT_HAS(t, " 4.1.1<why? not> raw<");
}

static void
test_feed__second_interchange__has_its_own_delimiters(void **state)
{
	const char *t = transcript(*state, "x12-two-delimiters.x12");

	ASSERT_HAS(t, " 0 2a 3e 00 7e 00 00\n");
	ASSERT_HAS(t, " 0 7c 5e 00 0a 00 00\n");
	ASSERT_HAS(t, " 0 2b 3a 00 27 00 00\n");
	t = transcript(*state, "edi-second-without-una.edi");
	ASSERT_HAS(t, " 1 2b 3a 00 27 3f 2c\n");
	ASSERT_HAS(t, " 1 2b 3a 00 27 3f 00\n");
	t = transcript(*state, "edi-unob.edi");
	ASSERT_HAS(t, " 1 1d 1f 00 1c 00 00\n");
}

/* ISA11 separates only since 00402, and never when it is a letter. */
static void
test_feed__isa11__separates_repetitions_or_not(void **state)
{
	ASSERT_HAS(transcript(*state, "x12-letter-repetition.x12"),
	    " 0 2a 3e 00 7e 00 00\n");
	ASSERT_HAS(transcript(*state, "x12-ta1.x12"), " 0 2a 3a 5e 7e 00 00\n");
}

static void
test_feed__odd_isa__finds_its_delimiters(void **state)
{
	ASSERT_HAS(transcript(*state, "x12-no-isa16.x12"),
	    " 0 2a 00 00 7e 00 00\n");
	ASSERT_HAS(transcript(*state, "x12-no-isa16-one-line.x12"),
	    " 0 2a 00 00 7e 00 00\n");
	ASSERT_HAS(transcript(*state, "x12-short-isa.x12"),
	    " 0 2a 3e 00 7e 00 00\n");
	ASSERT_HAS(transcript(*state, "x12-long-isa16.x12"),
	    " 0 2a 3e 00 7e 00 00\n");
	ASSERT_HAS(transcript(*state, "x12-nak-crlf.x12"),
	    " 0 2a 7d 00 15 00 00\n");
	ASSERT_HAS(transcript(*state, "x12-lf.x12"), " 0 2a 40 00 0a 00 00\n");
	ASSERT_HAS(transcript(*state, "x12-cr-lf.x12"),
	    " 0 2a 3e 00 0d 00 00\n");
	ASSERT_HAS(transcript(*state, "x12-same-delimiters.x12"),
	    " 0 2a 00 00 7e 00 00\n");
}

/* The line ends are taken out, and the places count them. */
static void
test_feed__wrapped__gives_the_same_values(void **state)
{
	const char *t = transcript(*state, "x12-wrapped-crlf.x12");

	ASSERT_HAS(t, "3 at 80 1:81 wrapped 0 <ISA*");
	ASSERT_HAS(t, "S \"ISA\" 495341 at 0+108 1:1 16 ");
	ASSERT_HAS(t, " 10.1.1<0410> ");
	ASSERT_HAS(t, "S \"GS\" 475300 at 108+");
	ASSERT_HAS(t, " 2:27 8 ");
	t = transcript(*state, "x12-lost-terminator.x12");
	ASSERT_HAS(t, " 4.1.1<0042N3> 5.1.1<7 Quay Lane> ");
}

static void
test_feed__release_before_line_end__keeps_it(void **state)
{
	const char *t = transcript(*state, "edi-odd-release.edi");

	ASSERT_HAS(t, " release 1 <?4>\n");
	ASSERT_HAS(t, " release 1 <?A>\n");
	ASSERT_HAS(t, " release 1 <?\r\n>\n");
	ASSERT_HAS(t, " 4.1.1r<line?\r\nend> ");
}

static void
test_feed__bytes_not_edi__are_shown(void **state)
{
	const char *t = transcript(*state, "x12-garbage.x12");

	ASSERT_HAS(t,
	    "3 at 0 1:1 garbage 0 <Dear partner, here is our file\r\n>\n");
	ASSERT_HAS(t, "garbage 0 <-- \r\nsent by a mail gateway\r\n>\n");
	ASSERT_HAS(t, "garbage 0 <end of file>\n");
}

static void
test_feed__binary__is_one_value(void **state)
{
	static const char want[] = " 1.1.1<B64> 2.1.1<4> 3.1.1<a~b~> raw<BDS*";
	struct fixture *f = *state;

	ASSERT_HAS(transcript(f, "x12-binary.x12"), "S \"BIN\" 42494e at ");
	/* Behind the NULs of the other one. */
	assert_non_null(memmem(f->out.p, f->out.len, want, strlen(want)));
}

/* A file of one 850 whose segment n is text. */
static struct sbuf
file_with(struct fixture *f, const char *text, size_t n)
{
	static const char
	    head[] = "ISA*00*          *00*          *ZZ*NORTHLAMP      *ZZ*"
		     "FJORDWARE      *260328*0410*U*00401*000000017*0*P*>~"
		     "GS*PO*A*B*20260328*0410*17*X*004010~";
	struct sbuf b;

	sbuf_init(&b, f, TEXT_MAX_BYTES);
	sbuf_adds(&b, head);
	sbuf_add(&b, text, n);
	sbuf_adds(&b, "~GE*0*17~IEA*1*000000017~");
	return b;
}

static void
assert_text_gives(struct fixture *f, const char *text, size_t n,
    const char *want)
{
	struct sbuf b = file_with(f, text, n);
	struct edi_reader *r;

	assert_string_equal(shape(f, b.p, b.len, EDI_STRICT), want);
	/* ... and in pieces: no longer than what is kept */
	r = edi_reader_new(f, EDI_STRICT, on_event, f);
	f->is_short = true;
	(void)read_in(f, r, b.p, b.len, 100, 4093);
	f->is_short = false;
	f->out.p[f->out.len - 1] = '\0';
	assert_string_equal(f->out.p, want);
}

static char *
filled(struct fixture *f, const char *head, size_t n)
{
	char *p = mem_array(f, char, n + 1);

	memset(p, 'x', n);
	memcpy(p, head, strlen(head));
	return p;
}

static void
test_feed__segment_at_the_limit__is_read(void **state)
{
	size_t n = EDI_SEGMENT_MAX_BYTES;

	assert_text_gives(*state, filled(*state, "MSG*", n), n,
	    "[ ISA GS MSG GE IEA ]");
}

static void
test_feed__segment_beyond_the_limit__is_skipped(void **state)
{
	size_t n = EDI_SEGMENT_MAX_BYTES + 1;

	assert_text_gives(*state, filled(*state, "MSG*", n), n,
	    "[ ISA GS !too-long GE IEA ]");
	n = 5 * EDI_SEGMENT_MAX_BYTES;
	assert_text_gives(*state, filled(*state, "MSG*", n), n,
	    "[ ISA GS !too-long GE IEA ]");
}

static void
test_feed__binary_beyond_the_limit__is_passed_by(void **state)
{
	const char *head = "BIN*3000000*~~GS*IEA*1*1~~";
	size_t n = strlen("BIN*3000000*") + 3000000;

	assert_text_gives(*state, filled(*state, head, n), n,
	    "[ ISA GS !too-long GE IEA ]");
}

static void
test_feed__elements_beyond_the_limit__are_left_out(void **state)
{
	struct fixture *f = *state;
	char *p = mem_array(f, char, 20001);

	memset(p, '*', 20000);
	memcpy(p, "MSG", 3);
	assert_text_gives(f, p, 3 + EDI_ELEMENTS_MAX, "[ ISA GS MSG GE IEA ]");
	assert_text_gives(f, p, 4 + EDI_ELEMENTS_MAX,
	    "[ ISA GS !too-many MSG GE IEA ]");
	assert_text_gives(f, p, 20000, "[ ISA GS !too-many MSG GE IEA ]");
	memset(p + 4, '>', 19996);
	assert_text_gives(f, p, 4 + 254, "[ ISA GS MSG GE IEA ]");
	assert_text_gives(f, p, 4 + 255, "[ ISA GS !too-many MSG GE IEA ]");
	assert_text_gives(f, p, 20000, "[ ISA GS !too-many MSG GE IEA ]");
}

static void
test_feed__many_blanks__do_not_pile_up(void **state)
{
	struct fixture *f = *state;
	char *p = mem_array(f, char, 300001);

	memset(p, ' ', 300000);
	memcpy(p, "REF*A~", 6);
	memcpy(p + 299990, "\n  REF*B", 8);
	assert_text_gives(f, p, 299998, "[ ISA GS REF !indented REF GE IEA ]");
}

static void
test_feed__callback_says_no__stops(void **state)
{
	struct fixture *f = *state;
	struct edi_reader *r = edi_reader_new(f, EDI_STRICT, on_event, f);
	size_t n;
	const char *p = load(f, CORPUS, "x12-plain.x12", &n);

	for (int i = 1; i <= 18; i++) {
		f->stop_after = i;
		f->end = 0;
		edi_reader_reset(r);
		ASSERT_FAILS(OMS_VALUE,
		    edi_reader_feed(r, p, n, ERR) && edi_reader_finish(r, ERR));
	}
}

static void
test_finish__no_interchange__is_no_edi(void **state)
{
	struct fixture *f = *state;
	struct edi_reader *r = edi_reader_new(f, EDI_STRICT, on_event, f);

	ASSERT_FAILS(OMS_SYNTAX, edi_reader_finish(r, ERR));
	edi_reader_reset(r);
	feed(r, " \r\n", 3);
	ASSERT_FAILS(OMS_SYNTAX, edi_reader_finish(r, ERR));
	edi_reader_reset(r);
	feed(r, "sku,qty\nA,1\n", 12);
	ASSERT_FAILS(OMS_SYNTAX, edi_reader_finish(r, ERR));
}

/* ----------------------------------------------------- masks, edi.c */

/* Both ways to look at a block, for each byte at each place. */
static void
test_masks__portable__are_the_same(void **state)
{
	static const struct edi_delimiters sets[] = {
		{ '*', '>', 0, '~', 0, 0 },
		{ '*', ':', '^', '\n', 0, 0 },
		{ '+', ':', '*', '\'', '?', '.' },
		{ 0x1d, 0x1f, 0, 0x1c, 0, 0 },
		{ (char)0xa6, (char)0xff, (char)0x80, (char)0x85, '\\', 0 },
	};
	struct edi_classes k;
	char block[EDI_BLOCK_BYTES];

	(void)state;
	for (size_t i = 0; i < COUNT(sets); i++) {
		edi_classes_set(&k, &sets[i]);
		for (int c = 0; c < 256 * EDI_BLOCK_BYTES; c++) {
			for (int at = 0; at < EDI_BLOCK_BYTES; at++)
				block[at] = (char)(c + at * (1 + c / 256));
			struct edi_masks a = edi_masks(&k, block);
			struct edi_masks b = edi_masks_portable(&k, block);

			assert_int_equal(a.split, b.split);
			assert_int_equal(a.stop, b.stop);
		}
	}
}

static void
test_unrelease__released__gives_the_data(void **state)
{
	struct edi_value v = { "It?'s 5?+1??", 12, 1, 1, true };
	char dst[16];

	(void)state;
	assert_int_equal(edi_unrelease(&v, '?', dst, sizeof(dst)), 9);
	assert_string_equal(dst, "It's 5+1?");
	assert_int_equal(edi_unrelease(&v, '?', dst, 4), 4);
	assert_memory_equal(dst, "It's", 4);
	v.len = 3; /* a release character at the end of the input */
	assert_int_equal(edi_unrelease(&v, '?', dst, sizeof(dst)), 2);
	assert_string_equal(dst, "It");
	v = (struct edi_value){ "why?", 4, 1, 1, false };
	assert_int_equal(edi_unrelease(&v, '?', dst, sizeof(dst)), 4);
	assert_string_equal(dst, "why?");
}

static void
test_lenient_parse__names__gives_bits(void **state)
{
	unsigned bits = 0;

	(void)state;
	ASSERT_OK(edi_lenient_parse("wrapped indented", &bits, ERR));
	assert_int_equal(bits, EDI_WRAPPED | EDI_INDENTED);
	ASSERT_OK(edi_lenient_parse(" isa-length,,lengths ,", &bits, ERR));
	assert_int_equal(bits, EDI_ISA_LENGTH | EDI_LENGTHS);
	ASSERT_OK(edi_lenient_parse("", &bits, ERR));
	assert_int_equal(bits, EDI_STRICT);
}

static void
test_lenient_parse__unknown_name__offers_the_nearest(void **state)
{
	unsigned bits = 77;

	(void)state;
	ASSERT_FAILS(OMS_CONFIG,
	    edi_lenient_parse("counts wraped", &bits, ERR));
	ASSERT_HAS(ERR->reason, "\"wrapped\"");
	ASSERT_FAILS(OMS_CONFIG, edi_lenient_parse("everything", &bits, ERR));
	ASSERT_HAS(ERR->reason, "group-code");
	assert_int_equal(bits, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_feed__cut_anywhere__tells_the_same),
		TEST(test_feed__samples_cut_anywhere__tells_the_same),
		TEST(test_feed__corpus__gives_these_shapes),
		TEST(test_feed__x12__takes_elements_apart),
		TEST(test_feed__edifact__keeps_what_is_released),
		TEST(test_feed__second_interchange__has_its_own_delimiters),
		TEST(test_feed__isa11__separates_repetitions_or_not),
		TEST(test_feed__odd_isa__finds_its_delimiters),
		TEST(test_feed__wrapped__gives_the_same_values),
		TEST(test_feed__release_before_line_end__keeps_it),
		TEST(test_feed__bytes_not_edi__are_shown),
		TEST(test_feed__binary__is_one_value),
		TEST(test_feed__segment_at_the_limit__is_read),
		TEST(test_feed__segment_beyond_the_limit__is_skipped),
		TEST(test_feed__binary_beyond_the_limit__is_passed_by),
		TEST(test_feed__elements_beyond_the_limit__are_left_out),
		TEST(test_feed__many_blanks__do_not_pile_up),
		TEST(test_feed__callback_says_no__stops),
		TEST(test_finish__no_interchange__is_no_edi),
		TEST(test_masks__portable__are_the_same),
		TEST(test_unrelease__released__gives_the_data),
		TEST(test_lenient_parse__names__gives_bits),
		TEST(test_lenient_parse__unknown_name__offers_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
