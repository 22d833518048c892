/* test_edi_ack.c - TA1, 997, 999, CONTRL: mappers/edi_ack.h, edi.md 1.3. */

#include "tests/unit/testing.h"

#include "mappers/edi_ack.h"

struct answers {
	mem_ctx *ctx;
	struct sbuf out;
	struct edi_profile p;
	struct edi_writer *w;
};

static int
setup(void **state)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "test");
	struct answers *t = mem_new(ctx, struct answers);
	char **const texts[] = { &t->p.assoc, &t->p.our_qualifier,
		&t->p.their_qualifier, &t->p.our_group_id, &t->p.their_group_id,
		&t->p.application, &t->p.agreement, &t->p.element_separator,
		&t->p.component_separator, &t->p.repetition_separator,
		&t->p.terminator, &t->p.release, &t->p.decimal_mark,
		&t->p.charset, &t->p.control_prefix, &t->p.version };

	t->ctx = ctx;
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = mem_strdup(ctx, "");
	t->p.standard = mem_strdup(ctx, "x12");
	t->p.our_id = mem_strdup(ctx, "OURHOUSE");
	t->p.their_id = mem_strdup(ctx, "ACME");
	t->p.suffix = mem_strdup(ctx, "none");
	t->p.replacement = mem_strdup(ctx, " ");
	t->p.syntax = 3;
	sbuf_init(&t->out, ctx, 100000);
	*state = t;
	return 0;
}

static struct edi_ack *
begin(struct answers *t, const char *kind, bool accepted)
{
	static const struct edi_head head = { .interchange_no = 1,
		.group_no = 1 };

	if (strcmp(kind, "contrl") == 0)
		t->p.standard = mem_strdup(t->ctx, "edifact");
	else if (strcmp(kind, "999") == 0)
		t->p.version = mem_strdup(t->ctx, "005010");
	t->w = edi_writer_new(t->ctx, &t->out, &t->p, &head);
	return edi_ack_new(t->ctx, t->w, kind, accepted);
}

static const char *
end(struct answers *t)
{
	edi_w_tag(t->w, "END");
	ASSERT_OK(edi_w_ok(t->w, ERR));
	return t->out.p;
}

static struct edi_set_head
set_of(const char *control, enum edi_verdict verdict, int code)
{
	struct edi_set_head s = { .type = "850",
		.version = "004010",
		.verdict = verdict,
		.ak502 = { code } };

	snprintf(s.control, sizeof(s.control), "%s", control);
	return s;
}

static void
add_set(struct edi_ack *a, const char *control, enum edi_verdict verdict,
    int code, const struct edi_finding *findings, size_t count)
{
	struct edi_set_head s = set_of(control, verdict, code);

	edi_ack_set(a, &s);
	for (size_t i = 0; i < count; i++)
		edi_ack_finding(a, &findings[i]);
	edi_ack_set_end(a, &s);
}

/* Acceptance 5: one bad set of three is P, with what is wrong in it. */
static void
test_997__one_bad_set_of_three__is_accepted_partly(void **state)
{
	static const struct edi_finding findings[] = {
		{ .fault = EDI_F_TOO_LONG,
		    .severity = EDI_ERROR,
		    .segment = "PO1",
		    .segment_no = 5,
		    .loop = "PO1",
		    .element = 3,
		    .element_id = "355",
		    .value = "EA*CH" },
		{ .fault = EDI_F_CODE,
		    .severity = EDI_ERROR,
		    .segment = "PO1",
		    .segment_no = 5,
		    .loop = "PO1",
		    .element = 4,
		    .component = 2,
		    .element_id = "355",
		    .value = "XX" },
		{ .fault = EDI_F_SEG_MISSING,
		    .severity = EDI_ERROR,
		    .segment = "CTT",
		    .segment_no = 6,
		    .loop = "",
		    .element_id = "",
		    .value = "" },
		{ .fault = EDI_F_TOTAL,
		    .severity = EDI_WARNING,
		    .segment = "CTT",
		    .segment_no = 6,
		    .loop = "",
		    .element_id = "",
		    .value = "" },
	};
	static const struct edi_group g = { .code = "PO",
		.control = "42",
		.version = "004010",
		.sets_said = 3,
		.sets_received = 3,
		.sets_accepted = 2,
		.verdict = EDI_PARTLY };
	struct answers *t = *state;
	struct edi_ack *a = begin(t, "997", true);

	edi_ack_group(a, &g);
	add_set(a, "0001", EDI_ACCEPTED, 0, NULL, 0);
	add_set(a, "0002", EDI_REJECTED, 5, findings, COUNT(findings));
	add_set(a, "0003", EDI_ACCEPTED, 0, NULL, 0);
	edi_ack_group_end(a, &g);
	assert_string_equal(end(t),
	    "ST*997*0001~AK1*PO*42~"
	    "AK2*850*0001~AK5*A~"
	    "AK2*850*0002~AK3*PO1*5*PO1*8~AK4*3*355*5*EACH~"
	    "AK4*4>2*355*7*XX~AK3*CTT*6**3~AK5*R*5~"
	    "AK2*850*0003~AK5*A~"
	    "AK9*P*3*3*2~SE*14*0001~END");
}

static void
test_997__accepted_sets__may_be_left_out(void **state)
{
	static const struct edi_group g = { .code = "PO",
		.control = "42",
		.sets_said = -1,
		.sets_received = 2,
		.sets_accepted = 1,
		.verdict = EDI_PARTLY,
		.ak905 = { 5, 19 } };
	struct answers *t = *state;
	struct edi_ack *a = begin(t, "997", false);

	edi_ack_group(a, &g);
	add_set(a, "0001", EDI_ACCEPTED, 0, NULL, 0);
	add_set(a, "0002", EDI_REJECTED, 1, NULL, 0);
	edi_ack_group_end(a, &g);
	assert_string_equal(end(t), /* a 997 has no code 19 */
	    "ST*997*0001~AK1*PO*42~AK2*850*0002~AK5*R*1~"
	    "AK9*P*2*2*1*5~SE*6*0001~END");
}

static void
test_999__says_version_and_repetition__and_what_only_it_knows(void **state)
{
	static const struct edi_finding finding = { .fault = EDI_F_REPETITIONS,
		.severity = EDI_ERROR,
		.segment = "REF",
		.segment_no = 3,
		.loop = "",
		.element = 2,
		.repetition = 4,
		.element_id = "127",
		.value = "B" };
	static const struct edi_group g = { .code = "PO",
		.control = "42",
		.version = "005010",
		.sets_said = 1,
		.sets_received = 1,
		.verdict = EDI_REJECTED,
		.ak905 = { 19 } };
	struct answers *t = *state;
	struct edi_ack *a = begin(t, "999", true);

	edi_ack_group(a, &g);
	add_set(a, "0001", EDI_REJECTED, 5, &finding, 1);
	edi_ack_group_end(a, &g);
	assert_string_equal(end(t),
	    "ST*999*0001*005010X231A1~AK1*PO*42*005010~AK2*850*0001~"
	    "IK3*REF*3**8~IK4*2>>4*127*12*B~IK5*R*5~"
	    "AK9*R*1*1*0*19~SE*8*0001~END");
}

static void
test_contrl__parties_are_as_sent__and_places_are_named(void **state)
{
	static const struct edi_finding findings[] = {
		{ .fault = EDI_F_SEG_UNKNOWN,
		    .severity = EDI_ERROR,
		    .segment = "ZZX",
		    .segment_no = 4,
		    .loop = "",
		    .element_id = "",
		    .value = "" },
		{ .fault = EDI_F_TOO_LONG,
		    .severity = EDI_ERROR,
		    .segment = "QTY",
		    .segment_no = 9,
		    .loop = "SG25",
		    .element = 1,
		    .component = 2,
		    .element_id = "6060",
		    .value = "1" },
		{ .fault = EDI_F_SEG_MISSING,
		    .severity = EDI_ERROR,
		    .segment = "UNS",
		    .segment_no = 11,
		    .loop = "",
		    .element_id = "",
		    .value = "" },
	};
	static const struct edi_interchange ix = { .standard = EDI_EDIFACT,
		.sender = "4000001000005:14",
		.receiver = "4000002000004:14",
		.control = "R17",
		.version = "UNOC:3",
		.verdict = EDI_PARTLY };
	static const struct edi_group g = { .is_implied = true };
	struct edi_set_head bad = { .type = "ORDERS",
		.control = "1",
		.version = "D:96A:UN:EAN008",
		.verdict = EDI_REJECTED };
	struct answers *t = *state;
	struct edi_ack *a = begin(t, "contrl", true);

	edi_ack_interchange(a, &ix);
	edi_ack_group(a, &g);
	edi_ack_set(a, &bad);
	for (size_t i = 0; i < COUNT(findings); i++)
		edi_ack_finding(a, &findings[i]);
	edi_ack_set_end(a, &bad);
	edi_ack_group_end(a, &g);
	edi_ack_interchange_end(a, &ix);
	assert_string_equal(end(t),
	    "UNH+1+CONTRL:D:3:UN'UCI+R17+4000001000005:14+4000002000004:14+7'"
	    "UCM+1+ORDERS:D:96A:UN:EAN008+4'UCS+4+15'UCS+9'UCD+39+2:2'"
	    "UCS+10+13'UNT+8+1'END");
}

/* An answer is right, however wrong what it answers was. */
static void
test_997__values_that_were_none__are_filled_with_zeros(void **state)
{
	static const struct edi_finding finding = { .fault = EDI_F_SEG_EMPTY,
		.severity = EDI_ERROR,
		.segment = "",
		.segment_no = 4,
		.loop = "",
		.element_id = "",
		.value = "" };
	static const struct edi_group g = { .code = "",
		.control = "48A0",
		.sets_said = -1,
		.sets_received = 1,
		.verdict = EDI_REJECTED,
		.ak905 = { 6 } };
	struct edi_set_head s = { .type = "",
		.control = "01",
		.verdict = EDI_REJECTED,
		.ak502 = { 6, 7 } };
	struct answers *t = *state;
	struct edi_ack *a = begin(t, "997", true);

	edi_ack_group(a, &g);
	edi_ack_set(a, &s);
	edi_ack_finding(a, &finding);
	edi_ack_set_end(a, &s);
	edi_ack_group_end(a, &g);
	assert_string_equal(end(t),
	    "ST*997*0001~AK1*00*0~AK2*000*0001~AK3*00*4**1~AK5*R*6*7~"
	    "AK9*R*1*1*0*6~SE*7*0001~END");
}

static void
test_contrl__values_that_were_not_sent__are_zero(void **state)
{
	static const struct edi_interchange ix = { .standard = EDI_EDIFACT,
		.version = "UNOC:4",
		.verdict = EDI_PARTLY };
	static const struct edi_finding finding = { .fault = EDI_F_REPETITIONS,
		.severity = EDI_ERROR,
		.segment = "FTX",
		.segment_no = 5,
		.loop = "",
		.element = 4,
		.repetition = 3,
		.element_id = "C108",
		.value = "" };
	static const struct edi_group g = { .verdict = EDI_REJECTED,
		.contrl = 12 };
	static const struct edi_set_head s = { .verdict = EDI_REJECTED,
		.version = "D:96A",
		.contrl = 12 };
	struct answers *t = *state;
	struct edi_ack *a = begin(t, "contrl", true);

	edi_ack_interchange(a, &ix);
	edi_ack_group(a, &g);
	edi_ack_set(a, &s);
	edi_ack_finding(a, &finding);
	edi_ack_set_end(a, &s);
	edi_ack_group_end(a, &g);
	edi_ack_interchange_end(a, &ix);
	assert_string_equal(end(t),
	    "UNH+1+CONTRL:4:1:UN'UCI+0+0+0+7'UCF+0+0+0+4+12'"
	    "UCM+0+0:D:96A:0+4+12'UCS+5'UCD+16+5::3'UNT+7+1'END");
}

static void
test_ta1__repeats_date_and_time__and_says_the_code(void **state)
{
	static const struct edi_interchange ix = { .control = "000000017",
		.date = "20260328",
		.time = "0205",
		.ta105 = 25,
		.verdict = EDI_REJECTED };
	struct answers *t = *state;

	(void)begin(t, "997", true);
	edi_ack_ta1(t->w, &ix);
	assert_string_equal(end(t), "TA1*000000017*260328*0205*R*025~END");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_997__one_bad_set_of_three__is_accepted_partly),
		TEST(test_997__accepted_sets__may_be_left_out),
		TEST(
		    test_999__says_version_and_repetition__and_what_only_it_knows),
		TEST(test_contrl__parties_are_as_sent__and_places_are_named),
		TEST(test_997__values_that_were_none__are_filled_with_zeros),
		TEST(test_contrl__values_that_were_not_sent__are_zero),
		TEST(test_ta1__repeats_date_and_time__and_says_the_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
