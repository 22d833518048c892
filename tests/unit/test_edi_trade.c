/* test_edi_trade.c - the promises of model/trade.h, mappers/edi_trade.h and
   mappers/out_edi_trade.h: orders by EDI in, changes, and what goes out. */

#include "tests/unit/testing.h"

#include "base/edi_profile.h"
#include "base/num.h"
#include "mappers/edi_trade.h"
#include "mappers/out_edi_trade.h"
#include "parsers/edi_check.h"

#define X12_HEAD                                                               \
	"ISA*00*          *00*          *ZZ*BIGBOX         *ZZ*MERCHANT      " \
	" "                                                                    \
	"*260328*0130*U*00401*000000017*0*P*>~"
#define EDIFACT_HEAD "UNB+UNOC:3+BUY:14+OUR:14+260328:0130+7'"

struct fixture {
	struct edi_profile profile;
	struct trade trade;
	struct trade_change change;
	struct remittance remittance;
	bool ok;
	struct oms_error why;
	enum { ORDER, CHANGE, PAYMENT } kind;
};

static int
setup(void **state)
{
	struct fixture *f = mem_new(mem_ctx_new(NULL, "test"), struct fixture);

	f->profile = (struct edi_profile){ .standard = mem_strdup(f, "x12"),
		.version = mem_strdup(f, "004010"),
		.item_qualifier = mem_strdup(f, ""),
		.their_item_qualifier = mem_strdup(f, ""),
		.change_qty = mem_strdup(f, "new") };
	*state = f;
	return 0;
}

static bool
map_set(void *u, const struct edi_set_head *head, const struct edi_set *set,
    struct oms_error *err)
{
	struct fixture *f = u;

	(void)err;
	if (set == NULL)
		fail_msg("%s %s was rejected", head->type, head->control);
	f->why = NO_ERROR;
	if (f->kind == ORDER)
		f->ok = edi_order_map(f, set, &f->profile, &f->trade, &f->why);
	else if (f->kind == CHANGE)
		f->ok = edi_order_change_map(f, set, &f->profile, &f->change,
		    &f->why);
	else
		f->ok = edi_remittance_map(f, set, &f->profile, &f->remittance,
		    &f->why);
	return true;
}

static bool
tell(void *u, const struct edi_finding *finding, struct oms_error *err)
{
	(void)u;
	(void)err;
	if (finding->severity == EDI_ERROR)
		print_message("# %s segment %d: %s\n", finding->segment,
		    (int)finding->segment_no, finding->message);
	return true;
}

/* One set, through the guide that is built in.  What the mapper keeps of a set
   lives as long as the set, so what is compared later is said at once. */
static void
read_set(struct fixture *f, const char *text)
{
	struct edi_sink sink = { .u = f, .set_end = map_set, .finding = tell };
	struct edi_check_options options = { .guides = edi_guides_new(f),
		.lenient = EDI_COUNTS,
		.collect = true,
		.is_test = -1 };
	struct edi_check *c = edi_check_new(f, &options, &sink);
	struct edi_summary sum;

	f->ok = false;
	ASSERT_OK(edi_check_feed(c, text, strlen(text), ERR));
	ASSERT_OK(edi_check_finish(c, &sum, ERR));
	assert_int_equal(sum.sets, 1);
}

static void
read_x12(struct fixture *f, const char *code, const char *type,
    const char *body)
{
	read_set(f,
	    mem_printf(f,
		X12_HEAD "GS*%s*BIGBOX*MERCHANT*20260328*0130*4*X*004010~"
			 "ST*%s*0001~%sSE*9*0001~GE*1*4~IEA*1*000000017~",
		code, type, body));
}

static void
read_edifact(struct fixture *f, const char *type, const char *body)
{
	f->profile.standard = mem_strdup(f, "edifact");
	read_set(f,
	    mem_printf(f,
		EDIFACT_HEAD "UNH+1+%s:D:96A:UN:EAN008'%sUNT+9+1'UNZ+1+7'",
		type, body));
}

static void
x12_order(struct fixture *f, const char *body)
{
	f->kind = ORDER;
	read_x12(f, "PO", "850", body);
}

#define ST  "N1*ST*DC 7*92*0007~N3*100 MAIN ST~N4*NEWARK*NJ*07102~"
#define BEG "BEG*00*SA*4500**20260327~"

static void
test_edi_order_map__a_whole_850__is_an_order(void **state)
{
	struct fixture *f = *state;

	x12_order(f,
	    "BEG*00*SA*4500*R7*20260327~CUR*BY*EUR~REF*DP*017~REF*IA*9~"
	    "ITD*05*3*****30~DTM*037*20260401~DTM*001*20260415~" ST
	    "N1*BY**92*0042~"
	    "PO1*1*3*EA*9.995*PE*BP*B-1*VN*A*UP*614141000012~"
	    "SAC*A*C310***100~CTT*1~");
	assert_true(f->ok);
	assert_string_equal(f->trade.order.order_no, "4500-R7");
	assert_string_equal(f->trade.head.po_number, "4500");
	assert_string_equal(f->trade.head.buyer.id, "0042");
	assert_string_equal(f->trade.head.terms_net_days, "30");
	assert_string_equal(f->trade.order.currency, "EUR");
	assert_int_equal(f->trade.head.ship_from_ts_us,
	    INT64_C(1775001600000000));
	assert_int_equal(f->trade.order.line_count, 1);
	assert_string_equal(f->trade.order.lines[0].sku, "A");
	assert_int_equal(f->trade.order.lines[0].goods.net_minor, 2999);
	assert_int_equal(f->trade.order.lines[0].discount.net_minor, -100);
	assert_string_equal(f->trade.lines[0].buyer_item, "B-1");
	assert_string_equal(f->trade.lines[0].price, "9.995");
	assert_string_equal(f->trade.order.groups[0].country, "US");
	assert_int_equal(f->trade.order.payments[0].amount_minor, 2899);
	assert_string_equal(f->trade.order.payments[0].tender, "invoice");
	assert_string_equal(f->trade.order.incomplete, "");
}

static void
test_edi_order_map__no_place_and_no_price__holds_and_does_not_fail(void **state)
{
	struct fixture *f = *state;

	x12_order(f, BEG "PO1*1*3*EA***VN*A~CTT*1~");
	assert_true(f->ok);
	assert_string_equal(f->trade.order.incomplete, "price of line 1");
	assert_int_equal(f->trade.order.group_count, 1);
	assert_string_equal(f->trade.order.groups[0].name, "");
}

static void
test_edi_order_map__a_split_by_stores__is_a_line_for_each(void **state)
{
	struct fixture *f = *state;

	x12_order(f,
	    BEG ST "PO1*1*5*EA*10*PE*VN*A~SDQ*EA*92*0101*2*0102*3~CTT*1~");
	assert_true(f->ok);
	assert_int_equal(f->trade.order.line_count, 2);
	assert_int_equal(f->trade.order.group_count, 2);
	assert_string_equal(f->trade.lines[1].buyer_line, "1");
	assert_string_equal(f->trade.groups[1].mark.id, "0102");
	assert_string_equal(f->trade.groups[1].to.id, "0007");
	assert_int_equal(f->trade.order.lines[1].goods.net_minor, 3000);
}

static void
test_edi_order_map__what_cannot_be__is_refused(void **state)
{
	static const char *const bodies[] = {
		BEG ST "PO1*1*5*EA*10*PE*VN*A~SDQ*EA*92*0101*2~CTT*1~",
		BEG ST "PO1*1*5*EA*10*PE*VN*A~SDQ*EA*92*01*2*02*9~CTT*1~",
		BEG ST "PO1*1*0.5*EA*10*PE*VN*A~CTT*1~",
		BEG ST "PO1*1*5*EA*10~CTT*1~",
		BEG ST "PO1*1*5*EA*-1*PE*VN*A~CTT*1~",
		"BEG*04*SA*4500**20260327~" ST "PO1*1*5*EA*1*PE*VN*A~CTT*1~",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(bodies); i++) {
		x12_order(f, bodies[i]);
		assert_false(f->ok);
		assert_int_equal(f->why.code, OMS_VALUE);
	}
}

static void
test_edi_order_map__another_total__is_told(void **state)
{
	struct fixture *f = *state;

	x12_order(f, BEG ST "PO1*1*5*EA*10*PE*VN*A~CTT*1~AMT*TT*49~");
	assert_true(f->ok);
	assert_string_equal(f->trade.order.recon,
	    "the customer's total is 49.00, that of the lines 50.00");
}

static void
test_edi_order_map__orders__has_tax_and_places_by_gln(void **state)
{
	struct fixture *f = *state;

	f->kind = ORDER;
	read_edifact(f, "ORDERS",
	    "BGM+220+77+9'DTM+137:20260327:102'NAD+BY+4012345000009::9'"
	    "NAD+DP+4012345000108::9++Lager+Str. 1+Wien++1010+AT'"
	    "TAX+7+VAT+++:::20+S'CUX+2:EUR:9'LIN+1++4000001000128:EN'"
	    "PIA+1+A:SA+771:IN'QTY+21:3:PCE'PRI+AAA:1.50'"
	    "LOC+7+0101::92'QTY+11:1'LOC+7+0102::92'QTY+11:2'UNS+S'CNT+2:1'");
	assert_true(f->ok);
	assert_int_equal(f->trade.order.line_count, 2);
	assert_string_equal(f->trade.order.lines[0].sku, "A");
	assert_string_equal(f->trade.order.lines[0].tax_rate, "0.2");
	assert_int_equal(f->trade.order.total.net_minor, 450);
	assert_int_equal(f->trade.order.total.tax_minor, 90);
	assert_string_equal(f->trade.groups[0].to.id, "4012345000108");
	assert_string_equal(f->trade.groups[0].to.qualifier, "9");
	assert_string_equal(f->trade.lines[0].gtin, "4000001000128");
}

static void
test_edi_order_map__an_amount_below_0__is_refused(void **state)
{
	struct fixture *f = *state;

	f->kind = ORDER;
	read_edifact(f, "ORDERS",
	    "BGM+220+77+9'DTM+137:20260327:102'NAD+BY+4012345000009::9'"
	    "ALC+A'MOA+8:5'LIN+1'PIA+5+A:SA'QTY+21:3'MOA+203:-10'UNS+S'"
	    "CNT+2:1'");
	assert_false(f->ok);
	assert_int_equal(f->why.code, OMS_VALUE);
	assert_non_null(strstr(f->why.reason, "an amount below 0"));
}

static void
test_edi_order_map__allowance_by_percent__holds_the_order(void **state)
{
	struct fixture *f = *state;

	x12_order(f, BEG ST "PO1*1*5*EA*10*PE*VN*A~SAC*A*C310****3*5~CTT*1~");
	assert_true(f->ok);
	assert_string_equal(f->trade.order.incomplete,
	    "amount of an allowance of line 1: it is given by percent or "
	    "rate only");
	x12_order(f,
	    BEG "SAC*C*D240****3*5~" ST "PO1*1*5*EA*10*PE*VN*A~CTT*1~");
	assert_true(f->ok);
	assert_string_equal(f->trade.order.incomplete,
	    "amount of a charge of the order: it is given by percent or "
	    "rate only");
	/* Words alone say no amount, and an amount beside a percentage does. */
	x12_order(f,
	    BEG ST "PO1*1*5*EA*10*PE*VN*A~SAC*A*C310**********02***AS AGREED~"
		   "SAC*A*C310***250*3*5~CTT*1~");
	assert_true(f->ok);
	assert_string_equal(f->trade.order.incomplete, "");
	assert_int_equal(f->trade.order.lines[0].discount.net_minor, -250);
	read_edifact(f, "ORDERS",
	    "BGM+220+77+9'DTM+137:20260327:102'NAD+BY+4012345000009::9'"
	    "LIN+7'PIA+5+A:SA'QTY+21:3'PRI+AAA:10'ALC+A'PCD+1:5'UNS+S'"
	    "CNT+2:1'");
	assert_true(f->ok);
	assert_string_equal(f->trade.order.incomplete,
	    "amount of an allowance of line 7: it is given by percent or "
	    "rate only");
}

/* ---- changes -------------------------------------------------------------- */

static void
change_order(struct fixture *f, const char *body)
{
	x12_order(f,
	    BEG ST "PO1*1*5*EA*10*PE*VN*A~PO1*2*2*EA*3.5*PE*VN*B~CTT*2~");
	assert_true(f->ok);
	f->kind = CHANGE;
	read_x12(f, "PC", "860", body);
	assert_true(f->ok);
}

#define BCH(purpose) "BCH*" purpose "*SA*4500**1*20260327~"

static void
test_trade_change_apply__every_kind__changes_its_line(void **state)
{
	struct fixture *f = *state;
	struct trade t;

	change_order(f,
	    BCH("04") "POC*1*QI*7*0*EA*10*PE*VN*A~POC*2*PC***EA*4*PE*VN*B~"
		      "POC*3*AI*1*0*EA*2.25*PE*VN*C~CTT*3~");
	ASSERT_OK(trade_change_apply(f, &f->trade, &f->change, &t, ERR));
	assert_int_equal(t.order.line_count, 3);
	assert_int_equal(t.order.lines[0].qty, 7);
	assert_int_equal(t.order.lines[1].goods.net_minor, 800);
	assert_string_equal(t.order.lines[2].sku, "C");
	assert_int_equal(t.order.payments[0].amount_minor, 7000 + 800 + 225);
	assert_int_equal(f->trade.order.lines[0].qty, 5);
}

static void
test_trade_change_apply__delta__adds_and_takes_away(void **state)
{
	struct fixture *f = *state;
	struct trade t;

	f->profile.change_qty = mem_strdup(f, "delta");
	change_order(f,
	    BCH("04") "POC*1*QD*2*0*EA*10*PE*VN*A~"
		      "POC*2*QD*2*0*EA*3.5*PE*VN*B~CTT*2~");
	ASSERT_OK(trade_change_apply(f, &f->trade, &f->change, &t, ERR));
	assert_int_equal(t.order.line_count, 1); /* nothing is left of 2 */
	assert_int_equal(t.order.lines[0].qty, 3);
	f->kind = CHANGE;
	read_x12(f, "PC", "860", BCH("04") "POC*1*QD*6*0*EA*10*PE*VN*A~CTT*1~");
	ASSERT_FAILS(OMS_VALUE,
	    trade_change_apply(f, &f->trade, &f->change, &t, ERR));
}

static void
test_trade_change_apply__all_lines_or_the_order__cancels_it(void **state)
{
	struct fixture *f = *state;
	struct trade t;

	change_order(f,
	    BCH("04") "POC*1*DI*5*0*EA*10*PE*VN*A~"
		      "POC*2*DI*2*0*EA*3.5*PE*VN*B~CTT*2~");
	ASSERT_OK(trade_change_apply(f, &f->trade, &f->change, &t, ERR));
	assert_string_equal(t.order.shop_status, "CANCELLED");
	assert_int_equal(t.order.line_count, 2);
	change_order(f, BCH("01"));
	ASSERT_OK(trade_change_apply(f, &f->trade, &f->change, &t, ERR));
	assert_string_equal(t.order.shop_status, "CANCELLED");
}

static void
test_trade_change_apply__a_line_that_is_not_there__is_refused(void **state)
{
	struct fixture *f = *state;
	struct trade t;

	change_order(f, BCH("04") "POC*9*QI*7*0*EA*10*PE*VN*Z~CTT*1~");
	ASSERT_FAILS(OMS_VALUE,
	    trade_change_apply(f, &f->trade, &f->change, &t, ERR));
	assert_string_equal(ERR->reason, "the order has no line 9");
}

static void
test_edi_order_change_hash__the_same_words__are_the_same(void **state)
{
	struct fixture *f = *state;
	char a[HASH_BYTES], b[HASH_BYTES], c[HASH_BYTES];

	change_order(f, BCH("04") "POC*1*QI*7*0*EA*10*PE*VN*A~CTT*1~");
	edi_order_change_hash(&f->change, a);
	change_order(f, BCH("04") "POC*1*QI*7*0*EA*10*PE*VN*A~CTT*1~");
	edi_order_change_hash(&f->change, b);
	change_order(f, BCH("04") "POC*1*QI*8*0*EA*10*PE*VN*A~CTT*1~");
	edi_order_change_hash(&f->change, c);
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
}

static void
test_trade_change_apply__price_basis__goes_with_the_price(void **state)
{
	struct fixture *f = *state;
	struct trade t;

	change_order(f,
	    BCH("04") "POC*1*PC***EA*900*HP*VN*A~"
		      "POC*3*AI*50*0*EA*120*HP*VN*C~CTT*2~");
	ASSERT_OK(trade_change_apply(f, &f->trade, &f->change, &t, ERR));
	assert_int_equal(t.order.lines[0].goods.net_minor, 4500);
	assert_string_equal(t.lines[0].price_basis, "HP");
	assert_int_equal(t.lines[0].price_qty, 100);
	assert_int_equal(t.order.lines[2].goods.net_minor, 6000);
	f->kind = CHANGE;
	read_x12(f, "PC", "860", BCH("04") "POC*1*PC***EA*800**VN*A~CTT*1~");
	ASSERT_OK(trade_change_apply(f, &t, &f->change, &t, ERR));
	assert_int_equal(t.order.lines[0].goods.net_minor, 4000);
}

static void
test_edi_order_change_map__ordchg__takes_the_net_price_for_so_many(void **state)
{
	struct fixture *f = *state;

	f->kind = CHANGE;
	read_edifact(f, "ORDCHG",
	    "BGM+230+8+4'DTM+137:20260328:102'RFF+ON:77'"
	    "NAD+BY+4012345000009::9'LIN+3+1'PIA+5+C:SA'QTY+21:50'"
	    "PRI+AAB:150:::100'PRI+AAA:120:::100'UNS+S'CNT+2:1'");
	assert_true(f->ok);
	assert_int_equal(f->change.lines[0].line.price_qty, 100);
	assert_string_equal(f->change.lines[0].line.price_basis, "AAA");
	assert_string_equal(f->change.dates, "20260328");
}

static void
test_edi_order_change_map__no_quantity_or_below_0__is_refused(void **state)
{
	static const char *const bodies[] = {
		BCH("04") "POC*1*QI***EA*10*PE*VN*A~CTT*1~",
		BCH("04") "POC*1*QD***EA*10*PE*VN*A~CTT*1~",
		BCH("04") "POC*1*QD*-2**EA*10*PE*VN*A~CTT*1~",
	};
	static const char *const modes[] = { "delta", "new" };
	struct fixture *f = *state;

	f->kind = CHANGE;
	for (size_t i = 0; i < COUNT(bodies) * COUNT(modes); i++) {
		f->profile.change_qty = mem_strdup(f, modes[i % 2]);
		read_x12(f, "PC", "860", bodies[i / 2]);
		assert_false(f->ok);
		assert_int_equal(f->why.code, OMS_VALUE);
	}
}

static void
test_edi_order_change_hash__another_date__is_another_change(void **state)
{
	struct fixture *f = *state;
	char a[HASH_BYTES], b[HASH_BYTES];

	change_order(f, BCH("04") "POC*1*QI*7*0*EA*10*PE*VN*A~CTT*1~");
	edi_order_change_hash(&f->change, a);
	change_order(f,
	    "BCH*04*SA*4500**1*20260328~POC*1*QI*7*0*EA*10*PE*VN*A~CTT*1~");
	edi_order_change_hash(&f->change, b);
	assert_string_not_equal(a, b);
}

/* ---- payments ------------------------------------------------------------- */

static void
test_edi_remittance_map__an_820__says_what_was_paid(void **state)
{
	struct fixture *f = *state;

	f->kind = PAYMENT;
	read_x12(f, "RA", "820",
	    "BPR*C*391.5*C*ACH*CTX*01*011000015*DA*1*1234567890**01*011000028"
	    "*DA*2*20260410~TRN*1*PAY-77~ENT*1~"
	    "RMR*IV*INV-1**310*316*6~ADX*-2.5*01*IV*INV-1~RMR*IV*7**84~");
	assert_true(f->ok);
	assert_string_equal(f->remittance.trace_no, "PAY-77");
	assert_int_equal(f->remittance.amount_minor, 39150);
	assert_int_equal(f->remittance.line_count, 3);
	assert_int_equal(f->remittance.lines[0].discount_minor, 600);
	assert_int_equal(f->remittance.lines[1].paid_minor, -250);
	assert_string_equal(f->remittance.lines[1].reference, "INV-1");
	assert_int_equal(f->remittance.lines[2].paid_minor, 8400);
}

/* ---- amounts and numbers -------------------------------------------------- */

static void
test_trade_price__any_share__comes_to_the_very_amount(void **state)
{
	struct fixture *f = *state;

	for (int64_t qty = 1; qty < 5000; qty = qty * 3 + 1)
		for (int64_t minor = 0; minor < 100000; minor += 997) {
			const char *price = trade_price(f, "", 1, qty, minor,
			    "EUR");
			int64_t again;

			/* More decimals than a price of ours: by hand. */
			ASSERT_OK(num_parse_decimal(price, 9, &again, ERR));
			assert_int_equal(
			    num_muldiv(again, qty, INT64_C(10000000)), minor);
		}
	assert_string_equal(trade_price(f, "10.25", 1, 2, 2050, "EUR"),
	    "10.25");
	assert_string_equal(trade_price(f, "10.25", 100, 2, 21, "EUR"),
	    "0.105");
}

static void
test_out_sscc__prefix_and_key__make_18_digits_with_their_check(void **state)
{
	char sscc[SSCC_BYTES];

	(void)state;
	out_sscc("0614141", "S00000012", sscc);
	assert_string_equal(sscc, "006141410000000128");
	out_sscc("", "S00000012", sscc);
	assert_string_equal(sscc, "");
	out_sscc("12345", "S00000012", sscc);
	assert_string_equal(sscc, "");
}

/* ---- what is in which carton ---------------------------------------------- */

static void
say_items(struct sbuf *b, const struct out_packed *v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sbuf_addf(b, " %zux%lld%s", v[i].line, (long long)v[i].qty,
		    v[i].lot);
	sbuf_addc(b, '|');
}

/* Two lines, 5 and 2 shipped, in the cartons told. */
static const char *
packed(struct fixture *f, const char *prefix, const char *tracking,
    const struct out_cartons *told)
{
	const struct out_notice_line lines[] = {
		{ .line_no = 1, .shipped_qty = 5, .ordered_qty = 5 },
		{ .line_no = 4, .shipped_qty = 2, .ordered_qty = 3 },
	};
	struct out_notice n = { .trade = { .profile = &f->profile },
		.shipment_key = "S00000012",
		.tracking = tracking,
		.lines = lines,
		.line_count = COUNT(lines) };
	struct out_packing p;
	struct sbuf b;

	f->profile.gs1_prefix = mem_strdup(f, prefix);
	p = out_edi_pack(f, &n, told);
	sbuf_init(&b, f, 4096);
	sbuf_addf(&b, "%zu in", p.label_count);
	for (size_t i = 0; i < p.pack_count; i++) {
		for (size_t j = 0; j < p.packs[i].label_count; j++)
			sbuf_addf(&b, " %s/%s", p.packs[i].labels[j].sscc,
			    p.packs[i].labels[j].tracking);
		say_items(&b, p.packs[i].items, p.packs[i].item_count);
	}
	sbuf_adds(&b, " loose");
	say_items(&b, p.loose, p.loose_count);
	assert_true(sbuf_ok(&b));
	return b.p;
}

static void
test_out_edi_pack__nothing_told__is_one_carton_or_none(void **state)
{
	const struct out_cartons none = { .cartons = NULL };

	assert_string_equal(packed(*state, "", "", &none),
	    "0 in loose 0x5 1x2|");
	assert_string_equal(packed(*state, "", "T1", &none),
	    "1 in /T1 0x5 1x2| loose|");
	assert_string_equal(packed(*state, "0614141", "T1", &none),
	    "1 in 006141410000000128/T1 0x5 1x2| loose|");
}

static void
test_out_edi_pack__content_told__is_a_pack_for_each_carton(void **state)
{
	const struct out_carton cartons[] = { { "A", "T1", 0, 1 },
		{ "B", "T2", 0, 2 }, { "B", "T2", 0, 2 } };
	const struct out_carton_line lines[] = { { 1, 1, "", 3 },
		{ 2, 1, "", 1 }, { 2, 4, "L1", 1 }, { 3, 1, "", 1 },
		{ 3, 4, "L2", 1 } };
	const struct out_cartons told = { cartons, COUNT(cartons), lines,
		COUNT(lines) };

	assert_string_equal(packed(*state, "0614141", "T2", &told),
	    "2 in A/T1 0x3| B/T2 0x2 1x1L1 1x1L2| loose|");
}

static void
test_out_edi_pack__told_together__is_one_pack_with_both_numbers(void **state)
{
	const struct out_carton cartons[] = { { "A", "", 0, 1 },
		{ "B", "", 1, 2 }, { "C", "", 0, 3 } };
	const struct out_carton_line lines[] = { { 1, 1, "", 5 },
		{ 3, 4, "", 2 } };
	const struct out_cartons told = { cartons, COUNT(cartons), lines,
		COUNT(lines) };

	assert_string_equal(packed(*state, "", "", &told),
	    "3 in A/ B/ 0x5| C/ 1x2| loose|");
}

/* 945 with no exceptions: cartons, and not a word of what is in them. */
static void
test_out_edi_pack__no_content_told__is_one_pack_of_all(void **state)
{
	const struct out_carton cartons[] = { { "A", "", 0, 1 },
		{ "B", "", 0, 2 } };
	const struct out_cartons told = { cartons, COUNT(cartons), NULL, 0 };

	assert_string_equal(packed(*state, "0614141", "", &told),
	    "2 in A/ B/ 0x5 1x2| loose|");
}

static void
test_out_edi_pack__more_than_the_cartons_have__is_loose(void **state)
{
	const struct out_carton cartons[] = { { "A", "", 0, 1 } };
	const struct out_carton_line lines[] = { { 1, 1, "", 4 },
		{ 1, 9, "", 4 }, { 7, 1, "", 4 } };
	const struct out_cartons told = { cartons, COUNT(cartons), lines,
		COUNT(lines) };

	assert_string_equal(packed(*state, "", "", &told),
	    "1 in A/ 0x4| loose 0x1 1x2|");
}

/* As of a confirmation that says the tracking number in one row only. */
static void
test_out_edi_pack__one_parcel_of_some_lines__has_all(void **state)
{
	const struct out_carton cartons[] = { { "", "T1", 0, 1 } };
	const struct out_carton_line lines[] = { { 1, 4, "", 2 } };
	const struct out_cartons told = { cartons, COUNT(cartons), lines,
		COUNT(lines) };

	assert_string_equal(packed(*state, "0614141", "T1", &told),
	    "1 in 006141410000000128/T1 1x2 0x5| loose|");
}

/* A pallet with its number and no lines, above cartons that have them all. */
static void
test_out_edi_pack__all_is_in_others__a_carton_without_lines_is_left_out(
    void **state)
{
	const struct out_carton cartons[] = { { "P", "", 0, 1 },
		{ "A", "", 0, 2 } };
	const struct out_carton_line lines[] = { { 2, 1, "", 5 },
		{ 2, 4, "", 2 } };
	const struct out_cartons told = { cartons, COUNT(cartons), lines,
		COUNT(lines) };

	assert_string_equal(packed(*state, "", "", &told),
	    "1 in A/ 0x5 1x2| loose|");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_edi_order_map__a_whole_850__is_an_order),
		TEST(
		    test_edi_order_map__no_place_and_no_price__holds_and_does_not_fail),
		TEST(test_edi_order_map__a_split_by_stores__is_a_line_for_each),
		TEST(test_edi_order_map__what_cannot_be__is_refused),
		TEST(test_edi_order_map__another_total__is_told),
		TEST(test_edi_order_map__orders__has_tax_and_places_by_gln),
		TEST(test_trade_change_apply__every_kind__changes_its_line),
		TEST(test_trade_change_apply__delta__adds_and_takes_away),
		TEST(
		    test_trade_change_apply__all_lines_or_the_order__cancels_it),
		TEST(
		    test_trade_change_apply__a_line_that_is_not_there__is_refused),
		TEST(test_edi_order_change_hash__the_same_words__are_the_same),
		TEST(test_edi_order_map__an_amount_below_0__is_refused),
		TEST(test_edi_order_map__allowance_by_percent__holds_the_order),
		TEST(test_trade_change_apply__price_basis__goes_with_the_price),
		TEST(
		    test_edi_order_change_map__ordchg__takes_the_net_price_for_so_many),
		TEST(
		    test_edi_order_change_map__no_quantity_or_below_0__is_refused),
		TEST(
		    test_edi_order_change_hash__another_date__is_another_change),
		TEST(test_edi_remittance_map__an_820__says_what_was_paid),
		TEST(test_trade_price__any_share__comes_to_the_very_amount),
		TEST(
		    test_out_sscc__prefix_and_key__make_18_digits_with_their_check),
		TEST(test_out_edi_pack__nothing_told__is_one_carton_or_none),
		TEST(
		    test_out_edi_pack__content_told__is_a_pack_for_each_carton),
		TEST(
		    test_out_edi_pack__told_together__is_one_pack_with_both_numbers),
		TEST(test_out_edi_pack__no_content_told__is_one_pack_of_all),
		TEST(test_out_edi_pack__one_parcel_of_some_lines__has_all),
		TEST(test_out_edi_pack__more_than_the_cartons_have__is_loose),
		TEST(
		    test_out_edi_pack__all_is_in_others__a_carton_without_lines_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
