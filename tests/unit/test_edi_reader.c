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
  "[ ISA GS ST BEG REF DTM N1 N3 N4 PO1 !tag !unterminated ? !cut ]",
  "[ ISA GS ST BEG REF DTM N1 N3 N4 PO1 !tag ~unterminated ? !cut ]" },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_feed__cut_anywhere__tells_the_same),
		TEST(test_feed__corpus__gives_these_shapes),
		TEST(test_feed__samples_cut_anywhere__tells_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
