/* test_edi_set.c - the promises of parsers/edi_set.h and edi_set_build.h. */

#include "tests/unit/testing.h"

#include "base/num.h"
#include "base/str.h"
#include "parsers/edi_charset.h"
#include "parsers/edi_reader.h"
#include "parsers/edi_set_build.h"

static const char dictionary
    [] = "standard x12\n"
	 "version 004010\n"
	 "e 1 AN 1 80\n"
	 "c C001 1 1 1\n"
	 "s ST 1 1\ns SE 1 1\ns BEG 1x5\ns REF 1 1\ns N1 1x4\ns N3 1\n"
	 "s PO1 1x10\ns PID 1x5\ns HL 1x4\ns CTT 1 1\n";

static const char set_850[] = "standard x12\n"
			      "version 004010\n"
			      "use x12-004010.dictionary\n"
			      "set 850 PO : Purchase Order\n"
			      "  BEG 1 1\n"          /* 1 */
			      "  REF 0 *\n"          /* 2 */
			      "  loop N1 0 *\n"      /* 3 */
			      "    N1 1 1\n"         /* 4 */
			      "    N3 0 2\n"         /* 5 */
			      "  loop PO1 1 *\n"     /* 6 */
			      "    PO1 1 1\n"        /* 7 */
			      "    PID 0 *\n"        /* 8 */
			      "    loop PO1N1 0 *\n" /* 9 */
			      "      N1 1 1\n"       /* 10 */
			      "      N3 0 2\n"       /* 11 */
			      "  loop HL 0 *\n"      /* 12 */
			      "    HL 1 1\n"         /* 13 */
			      "    PID 0 *\n"        /* 14 */
			      "  CTT 0 1\n";         /* 15, SE 16 */

struct fixture {
	const struct edi_set_def *def;
	struct edi_set_builder *b;
	struct edi_set head;
	const int *places;
	int64_t count;
	bool is_full;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);
	struct edi_guides *g = edi_guides_new(f);

	edi_guides_text(g, "x12-004010.dictionary", dictionary);
	edi_guides_text(g, "x12-004010-850.guide", set_850);
	ASSERT_OK(edi_guides_find(g, EDI_X12, "850", "004010", &f->def, ERR));
	f->b = edi_set_builder_new(f);
	f->head = (struct edi_set){ .standard = EDI_X12,
		.type = "850",
		.version = "004010VICS",
		.control = "0001",
		.interchange = "000000009",
		.sender = "ZZ:ACME",
		.receiver = "ZZ:US",
		.group = "7",
		.decimal = '.' };
	*state = f;
	return 0;
}

/* Segments of a set, in an interchange that does not matter. */
static bool
take_event(void *u, const struct edi_event *ev, struct oms_error *err)
{
	struct fixture *f = u;
	const struct edi_segment *s = ev->segment;
	int at;

	(void)err;
	if (ev->kind != EDI_SEGMENT || strcmp(s->tag, "ISA") == 0 ||
	    strcmp(s->tag, "IEA") == 0 || strcmp(s->tag, "UNB") == 0 ||
	    strcmp(s->tag, "UNZ") == 0)
		return true;
	at = f->places != NULL ? f->places[f->count] : -1;
	f->is_full = !edi_set_builder_add(f->b, s,
			 at >= 0 ? f->def->nodes[at] : NULL, f->count + 1) ||
	    f->is_full;
	f->count++;
	return true;
}

static const char x12_head
    [] = "ISA*00*          *00*          *ZZ*ACME           *ZZ*US             "
	 "*260328*1530*^*00501*000000009*0*P*>~";

static const struct edi_set *
build_of(struct fixture *f, const char *head, const char *segments,
    const int *places, char release, const char *charset, int64_t max)
{
	struct edi_reader *r = edi_reader_new(f, 0, take_event, f);

	f->places = places;
	f->count = 0;
	f->is_full = false;
	edi_set_builder_reset(f->b, &f->head, release, charset, max);
	ASSERT_OK(edi_reader_feed(r, head, strlen(head), ERR));
	ASSERT_OK(edi_reader_feed(r, segments, strlen(segments), ERR));
	ASSERT_OK(edi_reader_finish(r, ERR));
	mem_free(r);
	return edi_set_builder_finish(f->b);
}

static const struct edi_set *
build(struct fixture *f, const char *segments, const int *places)
{
	return build_of(f, x12_head, segments, places, 0, "", 1 << 20);
}

static const struct edi_set *
build_order(struct fixture *f)
{
	static const int places[] = { 0, 1, 2, 4, 5, 4, 7, 8, 10, 11, 10, 7, 15,
		16 };

	return build(f,
	    "ST*850*0001~BEG*00*SA*X 1 **20260328~REF*IA*9~N1*ST*Shop~"
	    "N3*Street 1~N1*BT~PO1*1*5*EA*2.50**UP*012345678905*VN*AB~"
	    "PID*F~N1*ST**92*17~N3*Far~N1*BY~PO1*2*-1.000~CTT*2~SE*14*0001~",
	    places);
}

static void
test_edi_set_builder__a_set__keeps_head_places_and_bytes(void **state)
{
	const struct edi_set *set = build_order(*state);

	assert_int_equal(set->count, 14);
	assert_string_equal(set->version, "004010VICS");
	assert_string_equal(set->release, "004010");
	assert_string_equal(set->assoc, "");
	assert_string_equal(set->sender, "ZZ:ACME");
	assert_string_equal(set->segs[0].tag, "ST");
	assert_int_equal(set->segs[13].segment_no, 14);
	assert_int_equal(set->segs[0].byte_off, 106);
	assert_int_equal(set->segs[0].byte_len, 12);
	assert_string_equal(set->segs[4].loop, "N1");
	assert_string_equal(set->segs[9].loop, "PO1N1");
	assert_string_equal(set->segs[2].loop, "");
}

static void
test_edi_set__the_tree__is_that_of_the_guide(void **state)
{
	static const int parents[] = { -1, -1, -1, -1, 3, -1, -1, 6, 6, 8, 6,
		-1, -1, -1 };
	static const int ends[] = { 1, 2, 3, 5, 5, 6, 11, 8, 10, 10, 11, 12, 13,
		14 };
	const struct edi_set *set = build_order(*state);
	const struct edi_seg *n1, *po1;

	for (size_t i = 0; i < set->count; i++) {
		assert_int_equal(set->segs[i].parent, parents[i]);
		assert_int_equal(set->segs[i].end, ends[i]);
		assert_int_equal(set->segs[i].tree, -1);
	}
	n1 = edi_first(set, NULL, "N1");
	assert_ptr_equal(n1, &set->segs[3]);
	assert_ptr_equal(edi_next(set, n1), &set->segs[5]);
	assert_null(edi_next(set, edi_next(set, n1)));
	assert_null(edi_first(set, &set->segs[5], "N3"));
	po1 = edi_first(set, NULL, "PO1");
	assert_ptr_equal(edi_first(set, po1, "N1"), &set->segs[8]);
	assert_ptr_equal(edi_next(set, &set->segs[8]), &set->segs[10]);
	assert_null(edi_next(set, &set->segs[10]));
	assert_null(edi_first(set, po1, "N3"));
	assert_ptr_equal(edi_next(set, po1), &set->segs[11]);
	assert_ptr_equal(edi_with(set, NULL, "N1", 1, "BT"), &set->segs[5]);
	assert_ptr_equal(edi_with(set, po1, "N1", 1, "BY"), &set->segs[10]);
	assert_null(edi_with(set, po1, "N1", 1, "BT"));
	assert_null(edi_first(set, NULL, "ZZZ"));
}

static void
test_edi_get__what_is_not_there__is_empty(void **state)
{
	const struct edi_set *set = build_order(*state);
	const struct edi_seg *beg = &set->segs[1], *po1 = &set->segs[6];

	assert_string_equal(edi_get(beg, 1), "00");
	assert_string_equal(edi_get(beg, 3), "X 1"); /* no trailing blank */
	assert_string_equal(edi_get(beg, 4), "");
	assert_string_equal(edi_get(beg, 5), "20260328");
	assert_string_equal(edi_get(beg, 6), "");
	assert_string_equal(edi_get(beg, 0), "");
	assert_string_equal(edi_getc(beg, 1, 2), "");
	assert_string_equal(edi_getr(beg, 1, 2, 1), "");
	assert_string_equal(edi_pair(po1, 6, "UP"), "012345678905");
	assert_string_equal(edi_pair(po1, 6, "VN"), "AB");
	assert_string_equal(edi_pair(po1, 6, "EN"), "");
	assert_string_equal(edi_pair(po1, 7, "UP"), "");
	assert_string_equal(edi_pair(po1, 9, "AB"), "");
}

static void
test_edi_getr__components_and_repetitions__are_told_apart(void **state)
{
	const struct edi_set *set = build(*state,
	    "ST*850*0001~PO1*1>2>3**A^B>C^^D*x>>y~SE*3*0001~", NULL);
	const struct edi_seg *s = &set->segs[1];

	assert_string_equal(edi_getc(s, 1, 2), "2");
	assert_string_equal(edi_getc(s, 1, 3), "3");
	assert_string_equal(edi_getc(s, 1, 4), "");
	assert_string_equal(edi_get(s, 3), "A");
	assert_string_equal(edi_getr(s, 3, 2, 1), "B");
	assert_string_equal(edi_getr(s, 3, 2, 2), "C");
	assert_string_equal(edi_getr(s, 3, 3, 1), "");
	assert_string_equal(edi_getr(s, 3, 4, 1), "D");
	assert_string_equal(edi_getc(s, 4, 2), "");
	assert_string_equal(edi_getc(s, 4, 3), "y");
}

static void
test_edi_tree_parent__hl__follows_its_own_numbers(void **state)
{
	static const int places[] = { 0, 13, 13, 13, 14, 13, 13, 16 };
	const struct edi_set *set = build(*state,
	    "ST*850*0001~HL*1**S~HL*2*1*O~HL*3*2*I~PID*F~HL*4*2*I~HL*5*9*I~"
	    "SE*8*0001~",
	    places);

	assert_null(edi_tree_parent(set, &set->segs[1]));
	assert_ptr_equal(edi_tree_parent(set, &set->segs[2]), &set->segs[1]);
	assert_ptr_equal(edi_tree_parent(set, &set->segs[3]), &set->segs[2]);
	assert_ptr_equal(edi_tree_parent(set, &set->segs[5]), &set->segs[2]);
	assert_null(edi_tree_parent(set, &set->segs[6]));
	assert_null(edi_tree_parent(set, &set->segs[4]));
	assert_int_equal(set->segs[4].parent, 3);
}

/* Linear: 100,000 of them are a moment, not an evening. */
static void
test_edi_tree_parent__very_many_hl__all_find_their_parent(void **state)
{
	enum { MANY = 100000 };
	struct fixture *f = *state;
	struct sbuf text;
	const struct edi_set *set;

	sbuf_init(&text, f, 16 << 20);
	for (int i = 1; i <= MANY; i++)
		sbuf_addf(&text, "HL*%d*%d~", i, i / 2);
	set = build_of(f, x12_head, text.p, NULL, 0, "", 64 << 20);
	assert_int_equal(set->count, MANY);
	for (int i = 2; i <= MANY; i++)
		assert_int_equal(set->segs[i - 1].tree, i / 2 - 1);
}

static void
test_edi_set_builder__too_large__gives_no_set_and_forgets_it(void **state)
{
	struct fixture *f = *state;

	assert_null(build_of(f, x12_head, "ST*850*0001~BEG*00~SE*3*0001~", NULL,
	    0, "", 200));
	assert_true(f->is_full);
	assert_int_equal(build_order(f)->count, 14);
	assert_false(f->is_full);
}

static void
test_edi_set_builder__again_and_again__keeps_nothing_of_the_set_before(
    void **state)
{
	static const int places[] = { 0, 14, 16 };
	struct fixture *f = *state;

	build_order(f);
	build(f, "HL*1~HL*2*1~", NULL);
	/* PID has lost its HL: none of an earlier set may take it. */
	const struct edi_set *set = build(f, "ST*1~PID*F~HL*7*1~", places);

	assert_int_equal(set->segs[1].parent, -1);
	assert_int_equal(set->segs[2].tree, -1);
}

/* ---- characters ---------------------------------------------------------- */

static const struct edi_set *
build_edifact(struct fixture *f, const char *charset, const char *segments)
{
	char *head = mem_printf(f, "UNA:+,? 'UNB+%s:3+A:14+B:14+260328:1530+1'",
	    charset);

	f->head.standard = EDI_EDIFACT;
	f->head.version = "D:96A:UN:EAN008";
	f->head.decimal = ',';
	return build_of(f, head, segments, NULL, '?', charset, 1 << 20);
}

static void
test_edi_set_builder__released_characters__stand_for_themselves(void **state)
{
	const struct edi_set *set = build_edifact(*state, "UNOC",
	    "UNH+1+ORDERS:D:96A:UN:EAN008'"
	    "FTX+AAI+++10?+5?:1 ?"
	    "?'NAD+BY+M\xfcller ?+ S\xf6hne '");

	assert_string_equal(edi_get(&set->segs[1], 4), "10+5:1 ?");
	assert_string_equal(set->release, "D:96A");
	assert_string_equal(set->assoc, "EAN008");
	assert_string_equal(edi_get(&set->segs[set->count - 1], 2),
	    "M\xc3\xbcller + S\xc3\xb6hne");
}

static void
test_edi_set_builder__the_character_set__is_that_of_unb(void **state)
{
	static const struct {
		const char *charset, *sent, *want;
	} cases[] = {
		{ "UNOC", "\xfc\xdf", "\xc3\xbc\xc3\x9f" },
		{ "UNOC", "\xc3\xbc", "\xc3\x83\xc2\xbc" }, /* as it says */
		{ "UNOD", "\xb1\xe6", "\xc4\x85\xc4\x87" },
		{ "UNOE", "\xb0\xf1", "\xd0\x90\xd1\x91" },
		{ "UNOF", "\xe1\xff", "\xce\xb1\xef\xbf\xbd" },
		{ "UNOG", "\xa1", "\xc4\xa6" },
		{ "UNOH", "\xa2", "\xc4\xb8" },
		{ "UNOI", "\xc1", "\xd8\xa1" },
		{ "UNOJ", "\xe0", "\xd7\x90" },
		{ "UNOK", "\xf0", "\xc4\x9f" },
		{ "UNOL", "\xa4", "\xe2\x82\xac" },
		{ "UNOW", "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "UNOY", "a\xe2\x82z\xfc",
		    "a\xef\xbf\xbd\xef\xbf\xbdz"
		    "\xef\xbf\xbd" },
		{ "UNOA", "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "UNOB", "\xfc", "\xc3\xbc" },
		{ "", "\xfc", "\xc3\xbc" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct edi_charset *cs = edi_charset_find(
		    cases[i].charset);
		char got[64];
		size_t n = edi_charset_to_utf8(cs, cases[i].sent,
		    strlen(cases[i].sent), got);

		got[n] = '\0';
		assert_string_equal(got, cases[i].want);
		assert_int_equal(edi_charset_is_known(cases[i].charset),
		    cases[i].charset[0] != '\0');
	}
	assert_false(edi_charset_is_known("UNOZ"));
	(void)state;
}

/* Whatever the bytes: valid UTF-8, and never more than it says. */
static void
test_edi_charset_to_utf8__any_byte_of_any_set__is_utf8(void **state)
{
	static const char *const names[] = { "", "UNOA", "UNOC", "UNOD", "UNOE",
		"UNOF", "UNOG", "UNOH", "UNOI", "UNOJ", "UNOK", "UNOL", "UNOW",
		"UNOX", "UNOY" };

	for (size_t i = 0; i < COUNT(names); i++) {
		for (unsigned pair = 0; pair < 65536; pair++) {
			char in[2] = { (char)(pair >> 8), (char)pair };
			char out[2 * EDI_CHAR_MAX_BYTES];
			size_t n = edi_charset_to_utf8(
			    edi_charset_find(names[i]), in, 2, out);

			assert_true(n <= sizeof(out) && str_is_utf8(out, n));
		}
	}
	(void)state;
}

/* ---- numbers ------------------------------------------------------------- */

static const struct edi_set *
build_value(struct fixture *f, const char *text)
{
	return build(f, mem_printf(f, "ST*850*0001~PO1*%s~", text), NULL);
}

static void
test_edi_qty__decimals__must_be_zeros(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} good[] = { { "5", 5 }, { "5.", 5 }, { "5.000", 5 }, { "-3", -3 },
		{ "007", 7 }, { "9223372036854775807", INT64_MAX }, { "+2", 2 },
		{ "0", 0 } };
	static const char *const bad[] = { "5.5", "", "A", "1,0", "--1", "1e2",
		"9223372036854775808", "." };
	int64_t v = 0;

	for (size_t i = 0; i < COUNT(good); i++) {
		const struct edi_set *set = build_value(*state, good[i].text);

		ASSERT_OK(edi_qty(set, &set->segs[1], 1, 1, &v, ERR));
		assert_int_equal(v, good[i].want);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct edi_set *set = build_value(*state, bad[i]);

		ASSERT_FAILS(OMS_VALUE,
		    edi_qty(set, &set->segs[1], 1, 1, &v, ERR));
		assert_string_equal(ERR->where,
		    "line 1 segment 2 (PO1) element 1");
	}
}

static void
test_edi_minor__the_mark_of_the_interchange__and_no_other(void **state)
{
	struct fixture *f = *state;
	const struct edi_set *set = build_edifact(f, "UNOC",
	    "UNH+1'MOA+79:12,5'MOA+79:12.5'");
	int64_t v;

	ASSERT_OK(edi_minor(set, &set->segs[1], 1, 2, "EUR", &v, ERR));
	assert_int_equal(v, 1250);
	ASSERT_FAILS(OMS_VALUE,
	    edi_minor(set, &set->segs[2], 1, 2, "EUR", &v, ERR));
	assert_string_equal(ERR->where,
	    "line 1 segment 3 (MOA) element 1 component 2");
	ASSERT_FAILS(OMS_VALUE,
	    edi_minor(set, &set->segs[1], 1, 2, "JPY", &v, ERR));
	f->head.decimal = '\0';
	set = build_of(f, "UNB+UNOC:4+A:14+B:14+260328:1530+1'",
	    "UNH+1'MOA+79:12,5'MOA+79:12.5'", NULL, '?', "UNOC", 1 << 20);
	ASSERT_OK(edi_minor(set, &set->segs[1], 1, 2, "EUR", &v, ERR));
	ASSERT_OK(edi_minor(set, &set->segs[2], 1, 2, "EUR", &v, ERR));
	assert_int_equal(v, 1250);
}

static void
test_edi_minor_implied__n2__ends_in_its_decimals(void **state)
{
	static const struct {
		const char *text, *currency;
		int64_t want;
	} good[] = { { "255438", "USD", 255438 }, { "-5", "USD", -5 },
		{ "5", "KWD", 50 }, { "500", "JPY", 5 }, { "0", "USD", 0 } };
	static const char *const bad[] = { "25.5", "", "-", "5x",
		"99999999999999999999" };
	int64_t v = 0;

	for (size_t i = 0; i < COUNT(good); i++) {
		const struct edi_set *set = build_value(*state, good[i].text);

		ASSERT_OK(edi_minor_implied(&set->segs[1], 1, 1, 2,
		    good[i].currency, &v, ERR));
		assert_int_equal(v, good[i].want);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct edi_set *set = build_value(*state, bad[i]);

		ASSERT_FAILS(OMS_VALUE,
		    edi_minor_implied(&set->segs[1], 1, 1, 2, "USD", &v, ERR));
	}
	const struct edi_set *set = build_value(*state, "501");

	ASSERT_FAILS(OMS_VALUE,
	    edi_minor_implied(&set->segs[1], 1, 1, 2, "JPY", &v, ERR));
}

/* ---- dates --------------------------------------------------------------- */

static void
test_edi_date__good_ones__are_microseconds_of_utc(void **state)
{
	static const struct {
		const char *date, *time, *zone, *want;
	} cases[] = {
		{ "20260328", "", "", "2026-03-28T00:00:00Z" },
		{ "260328", "1530", "UT", "2026-03-28T15:30:00Z" },
		{ "991231", "235959", "GM", "1999-12-31T23:59:59Z" },
		{ "20240229", "0000", "LT", "2024-02-29T00:00:00Z" },
		{ "20260328", "1530015", "", "2026-03-28T15:30:01.500Z" },
		{ "20260328", "15300105", "", "2026-03-28T15:30:01.050Z" },
		{ "20260115", "1200", "ET", "2026-01-15T17:00:00Z" },
		{ "20260715", "1200", "ET", "2026-07-15T16:00:00Z" },
		{ "20260715", "1200", "ES", "2026-07-15T17:00:00Z" },
		{ "20260115", "1200", "ED", "2026-01-15T16:00:00Z" },
		{ "20260308", "0159", "ET", "2026-03-08T06:59:00Z" },
		{ "20260308", "0300", "ET", "2026-03-08T07:00:00Z" },
		{ "20261101", "0159", "ET", "2026-11-01T05:59:00Z" },
		{ "20261101", "0200", "ET", "2026-11-01T07:00:00Z" },
		{ "20260715", "1200", "PT", "2026-07-15T19:00:00Z" },
		{ "20260715", "1200", "HT", "2026-07-15T22:00:00Z" },
		{ "20260715", "1200", "NT", "2026-07-15T14:30:00Z" },
		{ "20260715", "1200", "01", "2026-07-15T11:00:00Z" },
		{ "20260715", "1200", "12", "2026-07-15T00:00:00Z" },
		{ "20260715", "1200", "13", "2026-07-16T00:00:00Z" },
		{ "20260715", "1200", "24", "2026-07-15T13:00:00Z" },
	};
	char got[NUM_TS_BYTES];
	int64_t ts;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ASSERT_OK(edi_date(cases[i].date, cases[i].time, cases[i].zone,
		    &ts, ERR));
		assert_string_equal(num_format_ts(ts, got), cases[i].want);
	}
	(void)state;
}

static void
test_edi_date__what_is_no_date__is_refused(void **state)
{
	static const char *const cases[][3] = { { "", "", "" },
		{ "20260229", "", "" }, { "20261301", "", "" },
		{ "2026032", "", "" }, { "202603281", "", "" },
		{ "2026-3-1", "", "" }, { "20260328", "2400", "" },
		{ "20260328", "1260", "" }, { "20260328", "12", "" },
		{ "20260328", "12345", "" }, { "20260328", "123456789", "" },
		{ "20260328", "12:4", "" }, { "20260328", "1200", "XX" },
		{ "20260328", "1200", "00" }, { "20260328", "1200", "25" },
		{ "20260328", "1200", "-1" }, { "19691231", "", "" },
		{ "2026032\xc3", "", "" } };
	int64_t ts;

	for (size_t i = 0; i < COUNT(cases); i++)
		ASSERT_FAILS(OMS_VALUE,
		    edi_date(cases[i][0], cases[i][1], cases[i][2], &ts, ERR));
	(void)state;
}

static void
test_edi_dtm__its_formats__are_told_apart(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "137:20260328:102", "2026-03-28T00:00:00Z" },
		{ "137:20260328", "2026-03-28T00:00:00Z" },
		{ "137:260328:101", "2026-03-28T00:00:00Z" },
		{ "137:2603281530:201", "2026-03-28T15:30:00Z" },
		{ "137:260328153059:202", "2026-03-28T15:30:59Z" },
		{ "137:202603281530:203", "2026-03-28T15:30:00Z" },
		{ "137:20260328153059:204", "2026-03-28T15:30:59Z" },
		{ "137:2026032820260404:718", "2026-03-28T00:00:00Z" },
		{ "137:20260328-20260404:718", "2026-03-28T00:00:00Z" },
		{ "137:202601:616", "2025-12-29T00:00:00Z" },
		{ "137:202653:616", "2026-12-28T00:00:00Z" },
		{ "137:202753:616", "" },
		{ "137:202600:616", "" },
		{ "137:20260404-20260328:718", "" },
		{ "137:20260328:203", "" },
		{ "137:202603281530:102", "" },
		{ "137:20260328:999", "" },
		{ "137", "" },
	};
	int64_t ts;
	char got[NUM_TS_BYTES];

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct edi_set *set = build_edifact(*state, "UNOC",
		    mem_printf(*state, "UNH+1'DTM+%s'", cases[i].value));

		if (cases[i].want[0] == '\0') {
			ASSERT_FAILS(OMS_VALUE,
			    edi_dtm(&set->segs[1], &ts, ERR));
			continue;
		}
		ASSERT_OK(edi_dtm(&set->segs[1], &ts, ERR));
		assert_string_equal(num_format_ts(ts, got), cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_edi_set_builder__a_set__keeps_head_places_and_bytes),
		TEST(test_edi_set__the_tree__is_that_of_the_guide),
		TEST(test_edi_get__what_is_not_there__is_empty),
		TEST(test_edi_getr__components_and_repetitions__are_told_apart),
		TEST(test_edi_tree_parent__hl__follows_its_own_numbers),
		TEST(test_edi_tree_parent__very_many_hl__all_find_their_parent),
		TEST(
		    test_edi_set_builder__too_large__gives_no_set_and_forgets_it),
		TEST(
		    test_edi_set_builder__again_and_again__keeps_nothing_of_the_set_before),
		TEST(
		    test_edi_set_builder__released_characters__stand_for_themselves),
		TEST(test_edi_set_builder__the_character_set__is_that_of_unb),
		TEST(test_edi_charset_to_utf8__any_byte_of_any_set__is_utf8),
		TEST(test_edi_qty__decimals__must_be_zeros),
		TEST(test_edi_minor__the_mark_of_the_interchange__and_no_other),
		TEST(test_edi_minor_implied__n2__ends_in_its_decimals),
		TEST(test_edi_date__good_ones__are_microseconds_of_utc),
		TEST(test_edi_date__what_is_no_date__is_refused),
		TEST(test_edi_dtm__its_formats__are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
