/* test_edi_transport.c - the promises of mappers/edi_transport.h. */

#include "tests/unit/testing.h"

#include "base/num.h"
#include "mappers/edi_transport.h"
#include "parsers/edi_check.h"

enum { TEXT_BYTES = 1 << 16 };

struct fixture {
	struct edi_guides *guides;
	struct edi_profile profile;
	struct sbuf out;
	struct sbuf said; /* what the checker found, and what was mapped */
	const char *currency;
};

#define ISA_00401                                                              \
	"ISA*00*          *00*          *02*INTL           *ZZ*OMS           " \
	" "                                                                    \
	"*260328*0200*U*00401*000000001*0*P*>~"
#define ISA_00501                                                              \
	"ISA*00*          *00*          *02*INTL           *ZZ*OMS           " \
	" "                                                                    \
	"*260328*0200*^*00501*000000001*0*P*>~"
#define UNB "UNB+UNOC:3+5412345000013:14+OMS:ZZ+260328:0200+1'"

static int
setup(void **state)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(ctx, struct fixture);

	f->guides = edi_guides_new(f);
	f->currency = "USD";
	sbuf_init(&f->out, f, TEXT_BYTES);
	sbuf_init(&f->said, f, TEXT_BYTES);
	*state = f;
	return 0;
}

/* ---- what comes in -------------------------------------------------------- */

static bool
take_finding(void *u, const struct edi_finding *found, struct oms_error *err)
{
	struct fixture *f = u;

	(void)err;
	if (found->severity == EDI_ERROR)
		sbuf_addf(&f->said, "%s\n", found->message);
	return true;
}

static void
say_movements(struct fixture *f, const struct edi_set *set)
{
	struct edi_movements all;
	char ts[NUM_TS_BYTES];

	if (!edi_movements_map(f, set, &all, ERR)) {
		sbuf_addf(&f->said, "%s: %s\n", ERR->where, ERR->reason);
		return;
	}
	for (size_t i = 0; i < all.count; i++) {
		const struct edi_movement *v = &all.moves[i];

		sbuf_addf(&f->said, "%s %s%s %s|%s|%s|%s|%s|%s|%s|%s|%s%s\n",
		    v->shipment_key, v->code, v->is_known ? "" : "?",
		    movement_name(v->kind), v->text, v->reason, v->why,
		    v->reference, v->tracking, v->place, v->equipment,
		    v->ts_us != 0 ? num_format_ts(v->ts_us, ts) : "",
		    v->is_local ? " local" : "");
	}
}

static void
say_answer(struct fixture *f, const struct edi_set *set)
{
	struct edi_tender_answer a;

	if (!edi_tender_answer_map(f, set, &a, ERR))
		sbuf_addf(&f->said, "%s: %s\n", ERR->where, ERR->reason);
	else
		sbuf_addf(&f->said, "%s %s %s %s|%s|%s\n", a.shipment_key,
		    a.scac, a.code, a.state, a.reference, a.reason);
}

static void
say_freight(struct fixture *f, const struct edi_set *set)
{
	struct edi_freight b;

	if (!edi_freight_map(f, set, f->currency, &b, ERR)) {
		sbuf_addf(&f->said, "%s: %s\n", ERR->where, ERR->reason);
		return;
	}
	sbuf_addf(&f->said, "%s %s %s %s %lld of %lld|%s|%s\n", b.invoice_no,
	    b.shipment_key, b.scac, b.currency, (long long)b.amount_minor,
	    (long long)b.charges_minor, b.pay, b.correction);
	for (size_t i = 0; i < b.charge_count; i++)
		sbuf_addf(&f->said, "  %s %s %lld\n", b.charges[i].code,
		    b.charges[i].text, (long long)b.charges[i].amount_minor);
}

static bool
take_set(void *u, const struct edi_set_head *h, const struct edi_set *set,
    struct oms_error *err)
{
	struct fixture *f = u;

	(void)err;
	*ERR = NO_ERROR;
	if (set == NULL)
		sbuf_addf(&f->said, "%s is refused\n", h->type);
	else if (strcmp(h->type, "990") == 0)
		say_answer(f, set);
	else if (strcmp(h->type, "210") == 0)
		say_freight(f, set);
	else if (strcmp(h->type, "214") == 0 || strcmp(h->type, "IFTSTA") == 0)
		say_movements(f, set);
	return true;
}

/* What the checker says of the text, and what its sets are. */
static void
check(struct fixture *f, const char *text)
{
	struct edi_check_options o = { .guides = f->guides,
		.collect = true,
		.is_test = -1 };
	struct edi_sink sink = { .u = f,
		.finding = take_finding,
		.set_end = take_set };
	struct edi_check *c = edi_check_new(f, &o, &sink);
	struct edi_summary sum;

	sbuf_clear(&f->said);
	ASSERT_OK(edi_check_feed(c, text, strlen(text), ERR));
	ASSERT_OK(edi_check_finish(c, &sum, ERR));
	mem_free(c);
}

static void
assert_said(struct fixture *f, const char *want)
{
	sbuf_addc(&f->said, '\0');
	assert_string_equal(f->said.p, want);
}

/* One set of X12; segs is the number with ST and SE. */
static void
x12(struct fixture *f, const char *group, const char *version, const char *set,
    int segs, const char *body)
{
	char text[4096];

	snprintf(text, sizeof(text),
	    "%sGS*%s*INTL*OMS*20260328*0200*1*X*%s~ST*%s*0001~%s"
	    "SE*%d*0001~GE*1*1~IEA*1*000000001~",
	    strncmp(version, "005", 3) == 0 ? ISA_00501 : ISA_00401, group,
	    version, set, body, segs);
	check(f, text);
}

static void
iftsta(struct fixture *f, const char *version, int segs, const char *body)
{
	char text[4096];

	snprintf(text, sizeof(text), UNB "UNH+1+IFTSTA:%s'%sUNT+%d+1'UNZ+1+1'",
	    version, body, segs);
	check(f, text);
}

/* ---- 214 ------------------------------------------------------------------ */

#define B10 "B10*PRO1*S00000001*INTL~LX*1~"

/* The same letters in 1650 and 1651. */
static void
test_edi_movements_map__af_d1_ca__differ_by_element(void **state)
{
	struct fixture *f = *state;

	x12(f, "QM", "004010", "214", 10,
	    B10 "AT7*AF*NS***20260328*1230*CT~AT7*SD*AF***20260328*1300*ET~"
		"AT7*SD*D1***20260328*1301*ET~AT7*SD*CA***20260328*1302*ET~"
		"AT7*CA*AH***20260328*1303*UT~AT7*D1*NS***20260329*0900*LT~");
	assert_said(f,
	    "S00000001 AF dispatched|departed from the pick-up|NS||PRO1|PRO1"
	    "|||2026-03-28T17:30:00Z\n"
	    "S00000001 SD exception|delayed|AF|accident|PRO1|PRO1|||"
	    "2026-03-28T17:00:00Z\n"
	    "S00000001 SD exception|delayed|D1|carrier's dispatch|PRO1|PRO1|"
	    "||2026-03-28T17:01:00Z\n"
	    "S00000001 SD exception|delayed|CA|customs|PRO1|PRO1|||"
	    "2026-03-28T17:02:00Z\n"
	    "S00000001 CA exception|cancelled by the carrier|AH|driver related"
	    "|PRO1|PRO1|||2026-03-28T13:03:00Z\n"
	    "S00000001 D1 delivered|delivered: unloading is completed|NS||PRO1"
	    "|PRO1|||2026-03-29T09:00:00Z local\n");
}

static void
test_edi_movements_map__appointment__is_no_status(void **state)
{
	struct fixture *f = *state;

	x12(f, "QM", "004010", "214", 6,
	    B10 "AT7***AB*NA*20260330*0800*ET~AT7***AA*NS*20260328~");
	assert_said(f,
	    "S00000001 AB eta|delivery appointment|NA||PRO1|PRO1|||"
	    "2026-03-30T12:00:00Z\n"
	    "S00000001 AA note|pick-up appointment|NS||PRO1|PRO1|||"
	    "2026-03-28T00:00:00Z local\n");
}

static void
test_edi_movements_map__several_shipments__by_lx(void **state)
{
	struct fixture *f = *state;

	x12(f, "QM", "004010", "214", 16,
	    "B10*PRO1**INTL~L11*T0*2I~LX*1~AT7*X6*NS***20260328*1230*UT~"
	    "MS1*MEMPHIS*TN*US~MS2*INTL*30402~L11*S00000001*SI~L11*T1*2I~"
	    "LX*2~AT7*OO*NS***20260328*1240*UT~MS1****0893800*0351000*W*N~"
	    "L11*S00000002*SI~LX*3~AT7*ZZ*NS~");
	assert_said(f,
	    "line 1 segment 15 (AT7): it names no shipment: B1002 or "
	    "L11 "
	    "with SI was expected\n");
	x12(f, "QM", "004010", "214", 14,
	    "B10*PRO1**INTL~L11*T0*2I~LX*1~AT7*X6*NS***20260328*1230*UT~"
	    "MS1*MEMPHIS*TN*US~MS2*INTL*30402~L11*S00000001*SI~L11*T1*2I~"
	    "LX*2~AT7*OO*NS***20260328*1240*UT~MS1****0893800*0351000*W*N~"
	    "L11*S00000002*SI~");
	assert_said(f,
	    "S00000001 X6 in_transit|en route|NS||PRO1|T1|MEMPHIS, TN, US|"
	    "INTL 30402|2026-03-28T12:30:00Z\n"
	    "S00000002 OO in_transit|out for delivery|NS||PRO1|T0|"
	    "0351000N 0893800W||2026-03-28T12:40:00Z\n");
	x12(f, "QM", "005010", "214", 6,
	    "B10*PRO1**INTL~LX*1~L11*S00000001*SI~AT7*XB*NS~");
	assert_said(f, "S00000001 XB booked|booked|NS||PRO1|PRO1|||\n");
}

static void
test_edi_movements_map__unknown_code__is_a_note(void **state)
{
	struct fixture *f = *state;

	x12(f, "QM", "004010", "214", 5, B10 "AT7*NS*NS***20260328*1230*UT~");
	assert_said(f,
	    "S00000001 NS? note||NS||PRO1|PRO1|||2026-03-28T12:30:00Z\n");
}

/* ---- IFTSTA --------------------------------------------------------------- */

#define STATUSES                                                               \
	"BGM+44+1+9'DTM+137:20260328:102'RFF+CU:S00000001'CNI+1+C1'"           \
	"STS+1+1'STS+1+6'STS+1+13'STS+1+21'STS+1+1E'STS+1+6E'"

/* edi.md 2.10: the same number is another word in another release. */
static void
test_edi_movements_map__iftsta_codes__by_release_and_association(void **state)
{
	struct fixture *f = *state;
	static const char at[] = "||||C1|C1|||2026-03-28T00:00:00Z local\n";
	char want[2000];

	iftsta(f, "D:96A:UN:EAN004", 12, STATUSES);
	snprintf(want, sizeof(want),
	    "S00000001 1 in_transit|arrived%sS00000001 6 booked|booked%s"
	    "S00000001 13 dispatched|collected%sS00000001 21 delivered|"
	    "delivered%sS00000001 1E? note|%sS00000001 6E? note|%s",
	    at + 1, at + 1, at + 1, at + 1, at + 1, at + 1);
	assert_said(f, want);
	iftsta(f, "D:01B:UN", 12, STATUSES);
	snprintf(want, sizeof(want),
	    "S00000001 1 note|to be done%sS00000001 6 note|minimum%s"
	    "S00000001 13 note|3 days available%sS00000001 21 note|temporary%s"
	    "S00000001 1E? note|%sS00000001 6E? note|%s",
	    at + 1, at + 1, at + 1, at + 1, at + 1, at + 1);
	assert_said(f, want);
	iftsta(f, "D:01B:UN:EAN004", 12, STATUSES);
	snprintf(want, sizeof(want),
	    "S00000001 1? note|%sS00000001 6? note|%s"
	    "S00000001 13 dispatched|collected%sS00000001 21 delivered|"
	    "delivered%sS00000001 1E in_transit|arrived%s"
	    "S00000001 6E booked|booked%s",
	    at + 1, at + 1, at + 1, at + 1, at + 1, at + 1);
	assert_said(f, want);
}

static void
test_edi_movements_map__iftsta__says_when_where_and_of_what(void **state)
{
	struct fixture *f = *state;

	iftsta(f, "D:96A:UN:EAN004", 14,
	    "BGM+44+1+9'DTM+137:20260328:102'CNI+1+C1'LOC+5+DEHAM'"
	    "STS+1+31'RFF+CU:S00000001'RFF+CN:PRO1'DTM+334:202603281245:203'"
	    "LOC+16E+:::HEATHROW'CNI+2+S00000002'STS+1+31'"
	    "DTM+132:202603300800:203'");
	assert_said(f,
	    "S00000001 31 in_transit|en route|||PRO1|PRO1|HEATHROW||"
	    "2026-03-28T12:45:00Z local\n"
	    "S00000002 31 eta|en route|||||||2026-03-30T08:00:00Z local\n");
}

/* ---- 990 ------------------------------------------------------------------ */

static void
test_edi_tender_answer_map__codes__say_taken_or_not(void **state)
{
	struct fixture *f = *state;

	x12(f, "GF", "004010", "990", 5,
	    "B1*INTL*S1*20260328*A~N9*CN*PRO1~K1*SEE*YOU~");
	assert_said(f, "S1 INTL A accepted|PRO1|SEE YOU\n");
	x12(f, "GF", "004010", "990", 3, "B1*INTL*S1*20260328*D~");
	assert_said(f, "S1 INTL D declined||\n");
	x12(f, "GF", "005010", "990", 3, "B1*INTL*S1*20260328*E~");
	assert_said(f, "S1 INTL E declined||\n");
	x12(f, "GF", "005010", "990", 3, "B1*INTL*S1*20260328*B~");
	assert_said(f, "S1 INTL B conditional||\n");
	x12(f, "GF", "005010", "990", 3, "B1*INTL*S1*20260328*C~");
	assert_said(f, "S1 INTL C countered||\n");
	x12(f, "GF", "004010", "990", 3, "B1*INTL*S1*20260328*X~");
	assert_said(f,
	    "line 1 segment 2 (B1): \"X\" is no answer of 004010: A, "
	    "B, C, "
	    "D or E was expected\n");
}

/* ---- 210 ------------------------------------------------------------------ */

static void
test_edi_freight_map__charges__are_exact(void **state)
{
	struct fixture *f = *state;

	x12(f, "IM", "004010", "210", 13,
	    "B3**F-1*S1*PP**20260328*1899****INTL~C3*EUR~LX*1~L5*1*PALLETS~"
	    "L0*1~L1*1*1.00*PH*1799~LX*2~L5*2*FUEL~L1*2*1.00*FR*250****FUE~"
	    "LX*3~L1*3***-150****DSC****REBATE~");
	assert_said(f,
	    "F-1 S1 INTL EUR 1899 of 1899|PP|\n"
	    "   PALLETS 1799\n  FUE FUEL 250\n  DSC REBATE -150\n");
	f->currency = "JPY"; /* two implied decimals, and the yen has none */
	x12(f, "IM", "004010", "210", 4,
	    "B3**F-2**PP**20260328*189900****INTL~N9*SI*S2~");
	assert_said(f, "F-2 S2 INTL JPY 1899 of 0|PP|\n");
	x12(f, "IM", "004010", "210", 3,
	    "B3**F-3**PP**20260328*189950****INTL~");
	assert_non_null(strstr(f->said.p, "segment 2 (B3)"));
}

/* ---- 204, IFTMIN ---------------------------------------------------------- */

static void
profile(struct fixture *f, const char *standard, const char *version,
    const char *assoc)
{
	bool is_x12 = strcmp(standard, "x12") == 0;
	struct edi_profile *p = &f->profile;
	char **texts[] = { &p->our_group_id, &p->their_group_id,
		&p->application, &p->agreement, &p->element_separator,
		&p->component_separator, &p->repetition_separator,
		&p->terminator, &p->release, &p->replacement,
		&p->control_prefix };

	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = mem_strdup(f, "");
	p->standard = mem_strdup(f, standard);
	p->version = mem_strdup(f, version);
	p->assoc = mem_strdup(f, assoc);
	p->our_id = mem_strdup(f, "OMS");
	p->our_qualifier = mem_strdup(f, "ZZ");
	p->their_id = mem_strdup(f, "INTL");
	p->their_qualifier = mem_strdup(f, is_x12 ? "02" : "ZZ");
	p->decimal_mark = mem_strdup(f, is_x12 ? "" : ",");
	p->suffix = mem_strdup(f, "lf");
	p->charset = mem_strdup(f, is_x12 ? "utf-8" : "UNOC");
	p->syntax = 3;
	p->una = !is_x12;
	p->scac = mem_strdup(f, "INTL");
}

static struct edi_load
load(void)
{
	return (struct edi_load){
		.h = { .shipment_key = "S00000001",
		    .order_no = "00010010",
		    .carrier = "INTERLANE",
		    .service = "parcel",
		    .node = "WH-EAST",
		    .to = { .name = "J\xc3\xbcrgen Mayer",
			.company = "Mayer+Co",
			.address1 = "Long Street 1",
			.address2 = "Backyard",
			.postal_code = "10115",
			.city = "Berlin",
			.state = "BE",
			.country = "DE",
			.phone = "+49 30 1" },
		    .weight_g = 1250,
		    .value_minor = 9900,
		    .currency = "USD",
		    .promise_ts_us = INT64_C(1774956600000000),
		    .rate_minor = 1899 },
		.node_name = "East",
		.node_country = "US",
		.pickup_ts_us = INT64_C(1774697400000000),
		.ship_by_ts_us = INT64_C(1774740600000000),
	};
}

static void
write_load(struct fixture *f, const struct edi_load *l)
{
	struct edi_head head = { .interchange_no = 7,
		.group_no = 7,
		.created_ts_us = INT64_C(1774663200000000) };
	struct edi_writer *w;
	bool is_x12 = strcmp(f->profile.standard, "x12") == 0;

	sbuf_clear(&f->out);
	w = edi_writer_new(f, &f->out, &f->profile, &head);
	edi_w_interchange(w);
	edi_w_group(w, is_x12 ? "SM" : "IFTMIN", "");
	edi_load_write(w, &f->profile, head.created_ts_us, l);
	edi_w_group_end(w);
	edi_w_interchange_end(w);
	ASSERT_OK(edi_w_ok(w, ERR));
	sbuf_addc(&f->out, '\0');
	check(f, f->out.p);
	assert_said(f, ""); /* the checker has no complaint */
}

static void
assert_body(struct fixture *f, const char *first, const char *last,
    const char *want)
{
	const char *begin = strstr(f->out.p, first);
	const char *end = begin != NULL ? strstr(begin, last) : NULL;

	assert_non_null(begin);
	assert_non_null(end);
	f->out.p[end - f->out.p] = '\0';
	assert_string_equal(begin, want);
}

static void
test_edi_load_write__204__offers_the_shipment(void **state)
{
	struct fixture *f = *state;
	struct edi_load l = load();

	profile(f, "x12", "004010", "");
	write_load(f, &l);
	assert_body(f, "ST*", "GE*",
	    "ST*204*0001~\nB2**INTL**S00000001**PP~\nB2A*00*LT~\n"
	    "L11*00010010*CO~\nL11*parcel*ZZ*SERVICE~\n"
	    "G62*64*20260328*1*1130*UT~\n"
	    "S5*1*CL~\nG62*37*20260328*I*1130*UT~\n"
	    "G62*38*20260328*K*2330*UT~\nAT8*G*K*1.250~\n"
	    "N1*SF*East*92*WH-EAST~\nN4****US~\n"
	    "S5*2*CU~\nG62*54*20260331*L*1130*UT~\nAT8*G*K*1.250~\n"
	    "N1*ST*J\xc3\xbcrgen Mayer~\nN2*Mayer+Co~\n"
	    "N3*Long Street 1*Backyard~\nN4*Berlin*BE*10115*DE~\n"
	    "G61*DC*J\xc3\xbcrgen Mayer*TE*+49 30 1~\n"
	    "OID*S00000001*00010010****K*1.250~\nL3*1.250*G***1899~\n"
	    "SE*23*0001~\n");
	profile(f, "x12", "005010", "");
	write_load(f, &l);
}

/* What went by already is no date to be held: 204 G62*64 and 38, DTM+235. */
static void
test_edi_load_write__dates_gone_by__are_left_out(void **state)
{
	struct fixture *f = *state;
	struct edi_load l = load();

	l.ship_by_ts_us = l.pickup_ts_us - 1;
	l.pickup_ts_us = INT64_C(1774663200000000); /* when it is written */
	profile(f, "x12", "004010", "");
	write_load(f, &l);
	assert_null(strstr(f->out.p, "G62*64"));
	assert_non_null(strstr(f->out.p, "G62*38*20260328*K*1129*UT~"));
	l.ship_by_ts_us = INT64_C(1776211200000000); /* a day: until its end */
	write_load(f, &l);
	assert_non_null(strstr(f->out.p, "G62*38*20260415*K*2359*UT~"));
	l.ship_by_ts_us = l.pickup_ts_us;
	profile(f, "edifact", "D:96A", "");
	write_load(f, &l);
	assert_null(strstr(f->out.p, "DTM+235"));
}

/* What is not known is left out, and the set is still one. */
static void
test_edi_load_write__bare_shipment__is_a_good_set(void **state)
{
	struct fixture *f = *state;
	struct edi_load l = {
		.h = { .shipment_key = "S1",
		    .order_no = "O1",
		    .carrier = "X",
		    .service = "",
		    .node = "WH",
		    .to = { .name = "",
			.company = "",
			.address1 = "",
			.address2 = "",
			.postal_code = "1",
			.city = "",
			.state = "Vienna",
			.country = "AT",
			.phone = "" },
		    .currency = "EUR",
		    .rate_minor = INT64_MIN },
		.node_name = "",
		.node_country = "",
		.is_cancel = true,
	};

	l.h.to.name = "A";
	profile(f, "x12", "004010", "");
	f->profile.scac = mem_strdup(f, "");
	write_load(f, &l);
	assert_body(f, "ST*", "GE*",
	    "ST*204*0001~\nB2****S1**PP~\nB2A*01*LT~\nL11*O1*CO~\nS5*1*CL~\n"
	    "N1*SF*WH*92*WH~\nS5*2*CU~\nN1*ST*A~\nN4****AT~\nOID*S1*O1~\n"
	    "SE*11*0001~\n");
	profile(f, "edifact", "D:96A", "");
	f->profile.scac = mem_strdup(f, "");
	write_load(f, &l);
	assert_body(f, "UNH", "UNZ",
	    "UNH+1+IFTMIN:D:96A:UN'\nBGM+610+S1+1'\n"
	    "DTM+137:202603280200:203'\nRFF+CU:S1'\nRFF+ON:O1'\n"
	    "TDT+20++3++:::X'\nNAD+CZ+WH::92++WH'\n"
	    "NAD+CN+++A+++Vienna+1+AT'\nNAD+CA+++X'\nGID+1'\nUNT+11+1'\n");
}

static void
test_edi_load_write__iftmin__books_the_shipment(void **state)
{
	struct fixture *f = *state;
	struct edi_load l = load();

	profile(f, "edifact", "D:96A", "EAN004");
	write_load(f, &l);
	assert_body(f, "UNH", "UNZ",
	    "UNH+1+IFTMIN:D:96A:UN:EAN004'\nBGM+610+S00000001+9'\n"
	    "DTM+137:202603280200:203'\nDTM+2:202603311130:203'\n"
	    "DTM+10:202603281130:203'\n"
	    "DTM+235:202603282330:203'\nFTX+DEL+++parcel'\nCNT+7:1,250:KGM'\n"
	    "RFF+CU:S00000001'\nRFF+ON:00010010'\nTDT+20++30++INTL:172:182'\n"
	    "NAD+CZ+WH-EAST::92++East+++++US'\n"
	    "NAD+CN+++J\xfcrgen Mayer:Mayer?+Co+Long Street 1:Backyard+Berlin"
	    "+BE+10115+DE'\n"
	    "CTA+IC'\nCOM+?+49 30 1:TE'\nNAD+CA+INTL:172:182'\nGID+1'\n"
	    "MEA+AAE+G+KGM:1,250'\nUNT+19+1'\n");
	profile(f, "edifact", "D:01B", "");
	f->profile.decimal_mark = mem_strdup(f, "");
	write_load(f, &l);
	assert_non_null(strstr(f->out.p, "CNT+7:1.250:KGM'"));
	assert_non_null(strstr(f->out.p, "TDT+20++3++"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_edi_movements_map__af_d1_ca__differ_by_element),
		TEST(test_edi_movements_map__appointment__is_no_status),
		TEST(test_edi_movements_map__several_shipments__by_lx),
		TEST(test_edi_movements_map__unknown_code__is_a_note),
		TEST(
		    test_edi_movements_map__iftsta_codes__by_release_and_association),
		TEST(
		    test_edi_movements_map__iftsta__says_when_where_and_of_what),
		TEST(test_edi_tender_answer_map__codes__say_taken_or_not),
		TEST(test_edi_freight_map__charges__are_exact),
		TEST(test_edi_load_write__204__offers_the_shipment),
		TEST(test_edi_load_write__dates_gone_by__are_left_out),
		TEST(test_edi_load_write__bare_shipment__is_a_good_set),
		TEST(test_edi_load_write__iftmin__books_the_shipment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
