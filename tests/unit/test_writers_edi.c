/* test_writers_edi.c - X12 and EDIFACT out: writers/edi.h. */

#include "tests/unit/testing.h"

#include "writers/edi.h"

/* 2026-03-28T02:05:00Z */
enum { SENT_S = 1774663500 };

struct home {
	mem_ctx *ctx;
	struct sbuf out;
	struct edi_profile p;
	struct edi_head head;
	struct edi_writer *w;
};

static char *
text(struct home *h, const char *s)
{
	return mem_strdup(h->ctx, s);
}

static int
setup(void **state)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "test");
	struct home *h = mem_new(ctx, struct home);
	char **const texts[] = { &h->p.assoc, &h->p.our_qualifier,
		&h->p.their_qualifier, &h->p.our_group_id, &h->p.their_group_id,
		&h->p.application, &h->p.agreement, &h->p.element_separator,
		&h->p.component_separator, &h->p.repetition_separator,
		&h->p.terminator, &h->p.release, &h->p.decimal_mark,
		&h->p.charset, &h->p.control_prefix, &h->p.version };

	h->ctx = ctx;
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = text(h, "");
	h->p.standard = text(h, "x12");
	h->p.our_id = text(h, "OURHOUSE");
	h->p.their_id = text(h, "ACME");
	h->p.suffix = text(h, "none");
	h->p.replacement = text(h, " ");
	h->p.syntax = 3;
	h->head = (struct edi_head){ .interchange_no = 17,
		.group_no = 42,
		.created_ts_us = INT64_C(1000000) * SENT_S };
	*state = h;
	return 0;
}

static void
edifact(struct home *h)
{
	h->p.standard = text(h, "edifact");
}

static struct edi_writer *
begin(struct home *h)
{
	sbuf_init(&h->out, h->ctx, 100000);
	h->w = edi_writer_new(h->ctx, &h->out, &h->p, &h->head);
	return h->w;
}

/* One segment with one element, behind a tag of three letters. */
static const char *
element(struct home *h, const char *value)
{
	struct edi_writer *w = begin(h);

	edi_w_tag(w, "TAG");
	edi_w_text(w, value);
	edi_w_tag(w, "END");
	return h->out.p;
}

static void
test_interchange__x12__is_106_bytes_and_counts_itself(void **state)
{
	struct home *h = *state;
	struct edi_writer *w = begin(h);

	edi_w_interchange(w);
	edi_w_group(w, "OW", "");
	for (int i = 0; i < 2; i++) {
		edi_w_set(w, "940");
		edi_w_tag(w, "W05");
		edi_w_text(w, "N");
		edi_w_set_end(w);
	}
	edi_w_group_end(w);
	edi_w_interchange_end(w);
	ASSERT_OK(edi_w_ok(w, ERR));
	assert_string_equal(h->out.p,
	    "ISA*00*          *00*          *ZZ*OURHOUSE       *ZZ*ACME        "
	    "   "
	    "*260328*0205*U*00401*000000017*0*P*>~"
	    "GS*OW*OURHOUSE*ACME*20260328*0205*42*X*004010~"
	    "ST*940*0001~W05*N~SE*3*0001~ST*940*0002~W05*N~SE*3*0002~"
	    "GE*2*42~IEA*1*000000017~");
	assert_int_equal(strcspn(h->out.p, "~"), 105);
}

static void
test_interchange__005010__names_the_repetition_separator(void **state)
{
	struct home *h = *state;
	struct edi_writer *w;

	h->p.version = text(h, "005010");
	h->p.test = true;
	w = begin(h);
	edi_w_interchange(w);
	edi_w_tag(w, "REF");
	edi_w_text(w, "A");
	edi_w_again(w, "B");
	edi_w_interchange_end(w);
	ASSERT_OK(edi_w_ok(w, ERR));
	assert_non_null(strstr(h->out.p, "*0205*^*00501*000000017*0*T*>~"));
	assert_non_null(strstr(h->out.p, "REF*A^B~"));
}

static void
test_interchange__edifact__unh_says_the_version_and_unz_counts(void **state)
{
	struct home *h = *state;
	struct edi_writer *w;

	edifact(h);
	h->p.una = true;
	h->p.assoc = text(h, "EAN008");
	h->p.our_qualifier = text(h, "14");
	h->p.test = true;
	w = begin(h);
	edi_w_interchange(w);
	edi_w_group(w, "ORDERS", "");
	edi_w_set(w, "ORDERS");
	edi_w_dtm(w, "137", h->head.created_ts_us);
	edi_w_set_end(w);
	edi_w_group_end(w);
	edi_w_interchange_end(w);
	ASSERT_OK(edi_w_ok(w, ERR));
	assert_string_equal(h->out.p,
	    "UNA:+.? 'UNB+UNOC:3+OURHOUSE:14+ACME+260328:0205+17++++++1'"
	    "UNH+1+ORDERS:D:96A:UN:EAN008'DTM+137:202603280205:203'"
	    "UNT+3+1'UNZ+1+17'");
}

/* EANCOM numbers its messages one by one: ORDERS EAN008, IFTMIN EAN004. */
static void
test_set__assoc_of_the_message__goes_before_that_of_all(void **state)
{
	struct home *h = *state;
	struct edi_writer *w;

	edifact(h);
	h->p.assoc = text(h, "IFTMIN:EAN004 EAN008 CONTRL:EAN002");
	w = begin(h);
	edi_w_set(w, "ORDERS");
	edi_w_set_end(w);
	edi_w_set(w, "IFTMIN");
	edi_w_set_end(w);
	edi_w_set_as(w, "CONTRL", "D:3");
	edi_w_set_end(w);
	edi_w_set_as(w, "APERAK", "D:96B");
	edi_w_set_end(w);
	ASSERT_OK(edi_w_ok(w, ERR));
	assert_non_null(strstr(h->out.p, "UNH+1+ORDERS:D:96A:UN:EAN008'"));
	assert_non_null(strstr(h->out.p, "UNH+2+IFTMIN:D:96A:UN:EAN004'"));
	assert_non_null(strstr(h->out.p, "UNH+3+CONTRL:D:3:UN:EAN002'"));
	assert_non_null(strstr(h->out.p, "UNH+4+APERAK:D:96B:UN'"));
}

static void
test_assoc_fault__what_is_no_code__is_told(void **state)
{
	(void)state;
	assert_null(edi_profile_assoc_fault(""));
	assert_null(edi_profile_assoc_fault("EAN008"));
	assert_null(edi_profile_assoc_fault(" EAN008  IFTMIN:EAN004 "));
	assert_null(edi_profile_assoc_fault("IFTMIN:EAN004"));
	assert_non_null(edi_profile_assoc_fault("EAN008 EAN009"));
	assert_non_null(edi_profile_assoc_fault("EAN0080"));
	assert_non_null(edi_profile_assoc_fault("IFTMIN:"));
	assert_non_null(edi_profile_assoc_fault(":EAN008"));
	assert_non_null(edi_profile_assoc_fault("ORDER:EAN008"));
	assert_non_null(edi_profile_assoc_fault("ean008"));
}

static void
test_interchange__edifact_with_groups__unz_counts_groups(void **state)
{
	struct home *h = *state;
	struct edi_writer *w;

	edifact(h);
	h->p.groups = true;
	w = begin(h);
	edi_w_interchange(w);
	edi_w_group(w, "ORDERS", "");
	for (int i = 0; i < 3; i++) {
		edi_w_set(w, "ORDERS");
		edi_w_set_end(w);
	}
	edi_w_group_end(w);
	edi_w_interchange_end(w);
	assert_non_null(strstr(h->out.p,
	    "UNG+ORDERS+OURHOUSE+ACME+260328:0205+42+UN+D:96A'"));
	assert_non_null(strstr(h->out.p, "UNE+3+42'UNZ+1+17'"));
}

static void
test_interchange__a_second_one__has_the_next_number(void **state)
{
	struct home *h = *state;
	struct edi_writer *w = begin(h);

	edi_w_interchange(w);
	edi_w_interchange_end(w);
	edi_w_interchange(w);
	edi_w_group(w, "FA", "");
	edi_w_group_end(w);
	edi_w_interchange_end(w);
	assert_non_null(strstr(h->out.p, "IEA*0*000000017~"));
	assert_non_null(strstr(h->out.p, "IEA*1*000000018~"));
}

static void
test_text__empty_at_the_end__is_left_out(void **state)
{
	struct home *h = *state;
	struct edi_writer *w = begin(h);

	edi_w_tag(w, "N1");
	edi_w_text(w, "ST");
	edi_w_skip(w, 2);
	edi_w_text(w, "9 ");
	edi_w_more(w, "");
	edi_w_skip(w, 3);
	edi_w_tag(w, "N2");
	edi_w_text(w, "");
	edi_w_more(w, "");
	edi_w_more(w, "b");
	edi_w_tag(w, "N3");
	assert_string_equal(h->out.p, "N1*ST***9~N2*>>b~N3");
}

static void
test_text__service_characters_edifact__are_released(void **state)
{
	struct home *h = *state;

	edifact(h);
	assert_string_equal(element(h, "a'b+c:d?e"), "TAG+a?'b?+c?:d??e'END");
}

static void
test_text__service_characters_x12__are_replaced_or_refused(void **state)
{
	struct home *h = *state;

	assert_string_equal(element(h, "a*b~c>d^"), "TAG*a b c d^~END");
	h->p.replacement = text(h, "");
	(void)element(h, "a*b");
	ASSERT_FAILS(OMS_ENCODING, edi_w_ok(h->w, ERR));
	assert_string_equal(ERR->where, "TAG01");
}

static void
test_text__charsets__are_what_the_profile_says(void **state)
{
	static const struct {
		const char *standard, *charset, *in, *out;
	} cases[] = {
		{ "x12", "", "M\xC3\xBCller", "TAG*M\xC3\xBCller~END" },
		{ "x12", "ascii", "M\xC3\xBCller", "TAG*Mueller~END" },
		{ "x12", "iso-8859-1", "M\xC3\xBCller", "TAG*M\xFCller~END" },
		{ "edifact", "UNOA", "M\xC3\xBCller", "TAG+MUELLER'END" },
		{ "edifact", "UNOB",
		    "\xC5\x81\xC3\xB3"
		    "d\xC5\xBA",
		    "TAG+Lodz'END" },
		{ "edifact", "UNOD", "\xC5\x81", "TAG+\xA3'END" },
		{ "edifact", "UNOY", "\xE2\x82\xAC", "TAG+\xE2\x82\xAC'END" },
	};
	struct home *h = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		h->p.standard = text(h, cases[i].standard);
		h->p.charset = text(h, cases[i].charset);
		assert_string_equal(element(h, cases[i].in), cases[i].out);
		ASSERT_OK(edi_w_ok(h->w, ERR));
	}
	(void)element(h, "ok");
	h->p.charset = text(h, "UNOC");
	(void)element(h, "\xE2\x82\xAC");
	ASSERT_FAILS(OMS_ENCODING, edi_w_ok(h->w, ERR));
}

static void
test_text__control_characters__become_blanks(void **state)
{
	struct home *h = *state;

	assert_string_equal(element(h, "a\tb\r\nc\x7F"), "TAG*a b  c~END");
}

static void
test_textn__a_letter_that_does_not_fit__is_not_cut_in_two(void **state)
{
	struct home *h = *state;
	struct edi_writer *w = begin(h);

	edi_w_tag(w, "TAG");
	edi_w_textn(w, "M\xC3\xBCller", 2);
	edi_w_tag(w, "END");
	assert_string_equal(h->out.p, "TAG*M~END");
}

static void
test_minor__decimal_mark_and_n2__are_exact(void **state)
{
	struct home *h = *state;
	struct edi_writer *w;

	edifact(h);
	h->p.decimal_mark = text(h, ",");
	w = begin(h);
	edi_w_tag(w, "MOA");
	edi_w_minor(w, -1205, "EUR");
	edi_w_minor(w, 1205, "JPY");
	edi_w_n2(w, 1205, "EUR");
	edi_w_n2(w, 1205, "JPY");
	edi_w_n2(w, 12050, "KWD");
	edi_w_tag(w, "END");
	assert_string_equal(h->out.p, "MOA+-12,05+1205+1205+120500+1205'END");
	ASSERT_OK(edi_w_ok(w, ERR));
	edi_w_n2(w, 12051, "KWD");
	ASSERT_FAILS(OMS_VALUE, edi_w_ok(w, ERR));
}

static void
test_interchange__an_id_too_long_for_isa__is_a_fault(void **state)
{
	struct home *h = *state;
	struct edi_writer *w;

	h->p.our_id = text(h, "0123456789ABCDEF");
	w = begin(h);
	edi_w_interchange(w);
	ASSERT_FAILS(OMS_CONFIG, edi_w_ok(w, ERR));
	assert_string_equal(ERR->where, "ISA06");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_interchange__x12__is_106_bytes_and_counts_itself),
		TEST(test_interchange__005010__names_the_repetition_separator),
		TEST(test_set__assoc_of_the_message__goes_before_that_of_all),
		TEST(test_assoc_fault__what_is_no_code__is_told),
		TEST(
		    test_interchange__edifact__unh_says_the_version_and_unz_counts),
		TEST(test_interchange__edifact_with_groups__unz_counts_groups),
		TEST(test_interchange__a_second_one__has_the_next_number),
		TEST(test_text__empty_at_the_end__is_left_out),
		TEST(test_text__service_characters_edifact__are_released),
		TEST(
		    test_text__service_characters_x12__are_replaced_or_refused),
		TEST(test_text__charsets__are_what_the_profile_says),
		TEST(test_text__control_characters__become_blanks),
		TEST(test_textn__a_letter_that_does_not_fit__is_not_cut_in_two),
		TEST(test_minor__decimal_mark_and_n2__are_exact),
		TEST(test_interchange__an_id_too_long_for_isa__is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
