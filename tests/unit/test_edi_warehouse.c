/* test_edi_warehouse.c - the promises of mappers/edi_warehouse.h: what a
   warehouse says, read through the guides that are built in, and what it is
   told, checked by them. */

#include "tests/unit/testing.h"

#include "mappers/edi_warehouse.h"
#include "parsers/edi_check.h"

#define SEC INT64_C(1000000)

/* 2026-03-28T02:00:00Z */
#define NOW (SEC * 1774663200)

typedef const char *describe_fn(mem_ctx *ctx, const struct edi_set *set,
    struct oms_error *err);

struct home {
	struct edi_profile p;
	struct sbuf out;
	struct edi_writer *w;
	describe_fn *describe;
	const char *said; /* of the last set; NULL: it was refused */
	struct oms_error why;
	struct edi_summary sum;
};

static int
setup(void **state)
{
	struct home *h = mem_new(mem_ctx_new(NULL, "test"), struct home);
	char **const texts[] = { &h->p.assoc, &h->p.our_qualifier,
		&h->p.their_qualifier, &h->p.our_group_id, &h->p.their_group_id,
		&h->p.application, &h->p.agreement, &h->p.element_separator,
		&h->p.component_separator, &h->p.repetition_separator,
		&h->p.terminator, &h->p.release, &h->p.decimal_mark,
		&h->p.charset, &h->p.control_prefix, &h->p.item_qualifier,
		&h->p.their_item_qualifier, &h->p.warehouse_id,
		&h->p.vendor_no };

	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = mem_strdup(h, "");
	h->p.standard = mem_strdup(h, "x12");
	h->p.version = mem_strdup(h, "004010");
	h->p.our_id = mem_strdup(h, "MERCHANT");
	h->p.their_id = mem_strdup(h, "WMS");
	h->p.suffix = mem_strdup(h, "lf");
	h->p.replacement = mem_strdup(h, " ");
	h->p.syntax = 3;
	*state = h;
	return 0;
}

static void
be_edifact(struct home *h, const char *version)
{
	h->p.standard = mem_strdup(h, "edifact");
	h->p.version = mem_strdup(h, version);
}

/* ---- in ------------------------------------------------------------------- */

static bool
map_set(void *u, const struct edi_set_head *head, const struct edi_set *set,
    struct oms_error *err)
{
	struct home *h = u;

	(void)err;
	if (h->describe == NULL)
		return true;
	if (set == NULL)
		fail_msg("%s %s was rejected", head->type, head->control);
	h->why = NO_ERROR;
	h->said = h->describe(h, set, &h->why);
	return true;
}

static bool
tell(void *u, const struct edi_finding *f, struct oms_error *err)
{
	const struct home *h = u;

	(void)err;
	if (f->severity == EDI_ERROR || h->describe == NULL)
		print_message("# %s %s %s segment %d: %s\n",
		    f->severity == EDI_ERROR ? "error" : "warning", f->set_type,
		    f->segment, (int)f->segment_no, f->message);
	return true;
}

static void
check(struct home *h, const char *text)
{
	struct edi_sink sink = { .u = h, .set_end = map_set, .finding = tell };
	struct edi_check_options options = { .guides = edi_guides_new(h),
		.lenient = h->describe != NULL ? EDI_COUNTS : EDI_STRICT,
		.collect = true,
		.is_test = -1 };
	struct edi_check *c = edi_check_new(h, &options, &sink);

	ASSERT_OK(edi_check_feed(c, text, strlen(text), ERR));
	ASSERT_OK(edi_check_finish(c, &h->sum, ERR));
}

static const char *
read_x12(struct home *h, describe_fn *fn, const char *code, const char *type,
    const char *body)
{
	h->describe = fn;
	check(h,
	    mem_printf(h,
		"ISA*00*          *00*          *ZZ*WMS            *ZZ*"
		"MERCHANT       *260328*0130*U*00401*000000017*0*P*>~"
		"GS*%s*WMS*MERCHANT*20260328*0130*4*X*004010~"
		"ST*%s*0001~%sSE*9*0001~GE*1*4~IEA*1*000000017~",
		code, type, body));
	return h->said;
}

static const char *
read_edifact(struct home *h, describe_fn *fn, const char *type,
    const char *body)
{
	h->describe = fn;
	check(h,
	    mem_printf(h,
		"UNB+UNOC:3+WMS:14+OUR:14+260328:0130+7'"
		"UNH+1+%s'%sUNT+9+1'UNZ+1+7'",
		type, body));
	return h->said;
}

static const char *
describe_advice(mem_ctx *ctx, const struct edi_set *set, struct oms_error *err)
{
	struct edi_ship_advice *a = edi_ship_advice_read(ctx, set, err);
	struct sbuf b;

	if (a == NULL)
		return NULL;
	sbuf_init(&b, ctx, 10000);
	sbuf_addf(&b, "%s %s %s total %lld %s|", a->shipment_key, a->advice_no,
	    a->omission == ADVICE_SHORT ? "short" : "shipped",
	    (long long)a->total_qty, a->shipped.is_day ? "day" : "time");
	for (size_t i = 0; i < a->carton_count; i++)
		sbuf_addf(&b, "carton %s %s%s|", a->cartons[i].sscc,
		    a->cartons[i].tracking,
		    a->cartons[i].with >= 0 ? " with" : "");
	for (size_t i = 0; i < a->line_count; i++) {
		const struct advice_line *l = &a->lines[i];

		sbuf_addf(&b, "%lld %s %s %lld%s%s in %lld short %lld|",
		    (long long)l->line_no,
		    l->item.count > 0 ? l->item.ids[0].id : "-", l->status,
		    (long long)l->shipped_qty, l->follows ? " follows" : "",
		    l->is_substitute ? " instead" : "", (long long)l->carton,
		    (long long)l->difference_qty);
	}
	return b.p;
}

#define W06_F "W06*F*S1*20260328*A1~N1*SF*East*92*EAST~"

static void
test_945__cartons__are_lines_of_one_number(void **state)
{
	assert_string_equal(read_x12(*state, describe_advice, "SW", "945",
				"W06*F*S1*20260328*A1~N1*SF*East*92*EAST~LX*1~"
				"MAN*GM*000000000000000017**CP*T1~"
				"W12*CC*5*3**EA**VN*A~N9*LI*1~LX*2~"
				"MAN*GM*000000000000000024~"
				"W12*CC*5*2**EA**VN*A~N9*LI*1~W03*5~"),
	    "S1 A1 short total 5 day|carton 000000000000000017 T1|"
	    "carton 000000000000000024 |1 A CC 3 in 0 short -1|"
	    "1 A CC 2 in 1 short -1|");
}

/* The lines of one LX are in all of its cartons: none of them is lost. */
static void
test_945__several_cartons_of_one_lx__are_told_together(void **state)
{
	assert_string_equal(read_x12(*state, describe_advice, "SW", "945",
				W06_F "LX*1~MAN*GM*000000000000000017~"
				      "MAN*GM*000000000000000024~MAN*CP*T1~"
				      "W12*CC*5*3**EA**VN*A~N9*LI*1~LX*2~"
				      "MAN*GM*000000000000000031**CP*T3~"
				      "MAN*GM*000000000000000048**CP*T4~"
				      "W12*CC*5*1**EA**VN*A~N9*LI*1~LX*3~"
				      "MAN*CP*T5~MAN*CP*T6~"
				      "W12*CC*5*1**EA**VN*A~N9*LI*1~W03*5~"),
	    "S1 A1 short total 5 day|carton 000000000000000017 T1|"
	    "carton 000000000000000024 T1 with|"
	    "carton 000000000000000031 T3|"
	    "carton 000000000000000048 T4 with|carton  T5|carton  T6 with|"
	    "1 A CC 3 in 0 short -1|1 A CC 1 in 2 short -1|"
	    "1 A CC 1 in 4 short -1|");
}

/* Rule 1 of edi.md 2.8: no guide says which sign W1204 has. */
static void
test_945__difference__has_no_sign(void **state)
{
	const char *said = read_x12(*state, describe_advice, "SW", "945",
	    W06_F "LX*1~W12*CP*5*3*-2*EA**VN*A~W12*CP*5*3*2*EA**VN*B~");

	assert_string_equal(said,
	    "S1 A1 short total -1 day|0 A CP 3 in -1 short 2|"
	    "0 B CP 3 in -1 short 2|");
}

static void
test_945__codes__say_what_a_line_left_out_means(void **state)
{
	static const struct {
		const char *code;
		const char *said; /* NULL: refused */
	} rows[] = {
		{ "F", "S1 A1 short total -1 day|" },
		{ "J", "S1 A1 short total -1 day|" },
		{ "N", "S1 A1 shipped total -1 day|" },
		{ "X", "S1 A1 shipped total -1 day|" },
		{ "K", NULL },
		{ "A", NULL },
	};
	struct home *h = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *said = read_x12(h, describe_advice, "SW", "945",
		    mem_printf(h, "W06*%s*S1*20260328*A1~N1*SF*E*92*EAST~",
			rows[i].code));

		if (rows[i].said != NULL) {
			assert_string_equal(said, rows[i].said);
			continue;
		}
		assert_null(said);
		assert_int_equal(h->why.code, OMS_SCHEMA);
	}
}

/* CN is "next carrier", no cancellation; BP and BO say that more is to come. */
static void
test_945__statuses__of_a_rest_and_of_a_substitute(void **state)
{
	assert_string_equal(
	    read_x12(*state, describe_advice, "SW", "945",
		W06_F "LX*1~W12*BP*5*3**EA**VN*A~W12*BO*5*0**EA**VN*B~"
		      "W12*CN*5*5**EA**VN*C~"
		      "W12*IS*5*5**EA**VN*E*********VN*D~"),
	    "S1 A1 short total -1 day|0 A BP 3 follows in -1 short -1|"
	    "0 B BO 0 follows in -1 short -1|0 C CN 5 in -1 short -1|"
	    "0 E IS 5 instead in -1 short -1|");
}

static void
test_945__quantities_that_are_none__name_their_place(void **state)
{
	struct home *h = *state;

	assert_null(read_x12(h, describe_advice, "SW", "945",
	    W06_F "LX*1~W12*CC*5*2.5**EA**VN*A~"));
	assert_int_equal(h->why.code, OMS_VALUE);
	assert_non_null(strstr(h->why.where, "W12"));
	assert_null(read_x12(h, describe_advice, "SW", "945",
	    W06_F "LX*1~W12*CC*5*-2**EA**VN*A~"));
	assert_int_equal(h->why.code, OMS_VALUE);
	assert_null(read_x12(h, describe_advice, "SW", "945",
	    "W06*F**20260328*A1~N1*SF*East*92*EAST~"));
	assert_int_equal(h->why.code, OMS_SCHEMA);
}

#define DESADV_HEAD "BGM+351+D1+9'DTM+11:202603281430:203'RFF+ON:S1'"

static void
test_desadv__both_ways_to_name_our_line__are_read(void **state)
{
	assert_string_equal(
	    read_edifact(*state, describe_advice, "DESADV:D:96A:UN",
		DESADV_HEAD
		"CPS+1'CPS+2+1'PAC+1++CT'PCI+33E'GIN+BJ+000000000000000017'"
		"LIN+1++A:SA'QTY+12:3'RFF+LI:7'"
		"LIN+2++B:SA'QTY+12:2'RFF+ON:S1:9'QVR+-3:21+BP'CNT+2:2'"),
	    "S1 D1 short total -1 time|carton 000000000000000017 |"
	    "7 A  3 in 0 short -1|9 B BP 2 follows in 0 short -1|");
}

static void
test_desadv__numbers_of_one_gin__are_cartons_told_together(void **state)
{
	assert_string_equal(
	    read_edifact(*state, describe_advice, "DESADV:D:96A:UN",
		DESADV_HEAD "CPS+1'PAC+2++CT'PCI+33E'"
			    "GIN+BJ+000000000000000017+000000000000000024'"
			    "LIN+1++A:SA'QTY+12:3'RFF+LI:7'CNT+2:1'"),
	    "S1 D1 short total -1 time|carton 000000000000000017 |"
	    "carton 000000000000000024  with|7 A  3 in 0 short -1|");
}

static void
test_desadv__two_orders_or_a_cancellation__are_refused(void **state)
{
	struct home *h = *state;

	assert_null(read_edifact(h, describe_advice, "DESADV:D:96A:UN",
	    DESADV_HEAD "CPS+1'LIN+1++A:SA'QTY+12:3'RFF+ON:S2:1'"));
	assert_int_equal(h->why.code, OMS_SCHEMA);
	assert_null(read_edifact(h, describe_advice, "DESADV:D:96A:UN",
	    "BGM+351+D1+1'RFF+ON:S1'CPS+1'LIN+1++A:SA'QTY+12:3'"));
	assert_int_equal(h->why.code, OMS_SCHEMA);
}

static const char *
describe_lines(mem_ctx *ctx, const struct edi_receipt *r)
{
	struct sbuf b;

	sbuf_init(&b, ctx, 10000);
	sbuf_addf(&b, "%s of %s at %s total %lld sum %lld|", r->receipt_no,
	    r->supply_no, r->place, (long long)r->total_qty,
	    (long long)r->sum_qty);
	for (size_t i = 0; i < r->line_count; i++) {
		const struct receipt_line *l = &r->lines[i];

		sbuf_addf(&b, "%lld %s %s good %lld damaged %lld held %lld|",
		    (long long)l->line_no, l->item.ids[0].id, l->lot,
		    (long long)l->good_qty, (long long)l->damaged_qty,
		    (long long)l->held_qty);
	}
	return b.p;
}

static const char *
describe_receipt(mem_ctx *ctx, const struct edi_set *set, struct oms_error *err)
{
	struct edi_receipt *r = edi_receipt_read(ctx, set, true, err);

	return r == NULL ? NULL : describe_lines(ctx, r);
}

static const char *
describe_receipt_without(mem_ctx *ctx, const struct edi_set *set,
    struct oms_error *err)
{
	struct edi_receipt *r = edi_receipt_read(ctx, set, false, err);

	return r == NULL ? NULL : describe_lines(ctx, r);
}

#define RECEIPT                                                                \
	"W17*F*20260328*R1*PO-1~N1*WH*East*92*EAST~W07*10*EA**VN*A***L1~"      \
	"N9*LI*2~W13*3*EA*01**05~W13*4*EA*02~W13*1*EA*09~W14*10~"

static void
test_944__damaged_units__are_in_W07_or_beside_it(void **state)
{
	assert_string_equal(
	    read_x12(*state, describe_receipt, "RE", "944", RECEIPT),
	    "R1 of PO-1 at EAST total 10 sum 10|2 A L1 good 7 damaged 3 held "
	    "1|");
	assert_string_equal(
	    read_x12(*state, describe_receipt_without, "RE", "944", RECEIPT),
	    "R1 of PO-1 at EAST total 10 sum 10|2 A L1 good 10 damaged 3 held "
	    "1|");
}

static void
test_944__more_damaged_than_came__is_refused(void **state)
{
	struct home *h = *state;

	assert_null(read_x12(h, describe_receipt, "RE", "944",
	    "W17*F*20260328*R1~N1*WH*E*92*EAST~W07*1*EA**VN*A~W13*3*EA*01**05~"
	    "W14*1~"));
	assert_int_equal(h->why.code, OMS_VALUE);
	assert_null(read_x12(h, describe_receipt, "RE", "944",
	    "W17*K*20260328*R1~N1*WH*E*92*EAST~W07*1*EA**VN*A~W14*1~"));
	assert_int_equal(h->why.code, OMS_SCHEMA);
}

static void
test_recadv__received_and_accepted__part_good_from_damaged(void **state)
{
	assert_string_equal(
	    read_edifact(*state, describe_receipt, "RECADV:D:96A:UN",
		"BGM+632+R1+9'RFF+ON:PO-1'NAD+WH+E::92'CPS+1'"
		"LIN+1++A:SA'QTY+48:10'QTY+194:8'"
		"LIN+2++B:SA'QTY+48:10'QTY+124:1'LIN+3++C:SA'QTY+194:4'"),
	    "R1 of PO-1 at E total -1 sum 0|0 A  good 8 damaged 2 held 0|"
	    "0 B  good 9 damaged 1 held 0|0 C  good 4 damaged 0 held 0|");
}

static const char *
describe_adjustment(mem_ctx *ctx, const struct edi_set *set,
    struct oms_error *err)
{
	struct edi_adjustment *a = edi_adjustment_read(ctx, set, err);
	struct sbuf b;

	if (a == NULL)
		return NULL;
	sbuf_init(&b, ctx, 10000);
	sbuf_addf(&b, "%s/%s|", a->our_no, a->their_no);
	for (size_t i = 0; i < a->line_count; i++)
		sbuf_addf(&b, "%s %s %lld held %lld|", a->lines[i].reason,
		    a->lines[i].item.ids[0].id, (long long)a->lines[i].qty,
		    (long long)a->lines[i].held_qty);
	return b.p;
}

/* 05 and 55 move units between states: what is there does not change. */
static void
test_947__holds__change_no_total_whatever_their_sign(void **state)
{
	assert_string_equal(
	    read_x12(*state, describe_adjustment, "AW", "947",
		"W15*20260328*O1*T1~N1*WH*East*92*EAST~W19*AA*-3*EA**VN*A~W19*"
		"05*-4*EA**VN*A~"
		"W19*05*4*EA**VN*A~W19*55*-2*EA**VN*A~W19*56*9*EA**VN*A~"),
	    "O1/T1|AA A -3 held 0|05 A 0 held 4|05 A 0 held 4|55 A 0 held -2|"
	    "56 A 9 held 0|");
}

static const char *
describe_count(mem_ctx *ctx, const struct edi_set *set, struct oms_error *err)
{
	struct edi_stock_count *c = edi_stock_count_read(ctx, set, err);
	struct sbuf b;

	if (c == NULL)
		return NULL;
	sbuf_init(&b, ctx, 10000);
	sbuf_addf(&b, "%s %s %s %lld|", c->report_no, c->place,
	    c->is_whole ? "whole" : "part",
	    (long long)(c->counted.ts_us / SEC));
	for (size_t i = 0; i < c->line_count; i++)
		sbuf_addf(&b, c->lines[i].has_qty ? "%s %lld%s|" : "%s none|",
		    c->lines[i].item.ids[0].id, (long long)c->lines[i].qty,
		    c->lines[i].is_available ? " available" : "");
	return b.p;
}

static void
test_846__only_17_and_33__are_stock(void **state)
{
	assert_string_equal(
	    read_x12(*state, describe_count, "IB", "846",
		"BIA*00*SI*R1*20260328*0200~N1*WH*East*92*EAST~"
		"LIN*1*VN*A~QTY*33*7*EA~QTY*17*9*EA~LIN*2*VN*B~QTY*33*7~"
		"LIN*3*VN*C~QTY*QH*5~QTY*29*1000~QTY*63*8~"
		"LIN*4*VN*D~QTY*17*0~CTT*4~"),
	    "R1 EAST whole 1774663200|A 9|B 7 available|C none|D 0|");
}

/* In D.96A QTY begins the group, in D.01B INV. */
static void
test_invrpt__both_directories__count_145_and_17(void **state)
{
	static const char want[] = "R1 E whole 1774661400|A 9|B 7|C none|";
	static const char head[] = "BGM+35+R1+9'DTM+137:20260328:102'"
				   "DTM+366:202603280130:203'NAD+WH+E::92'";
	struct home *h = *state;

	assert_string_equal(
	    read_edifact(h, describe_count, "INVRPT:D:96A:UN",
		mem_printf(h,
		    "%sLIN+1++A:SA'QTY+17:4'QTY+145:9'LIN+2++B:SA'QTY+17:7'"
		    "INV+2'LIN+3++C:SA'QTY+198:40'QTY+124:1'",
		    head)),
	    want);
	assert_string_equal(
	    read_edifact(h, describe_count, "INVRPT:D:01B:UN",
		mem_printf(h,
		    "%sLIN+1++A:SA'INV++1'QTY+145:4'INV++1'QTY+145:5'"
		    "LIN+2++B:SA'INV++1'QTY+17:7'LIN+3++C:SA'INV++2'QTY+124:1'",
		    head)),
	    want);
	assert_null(read_edifact(h, describe_count, "INVRPT:D:96A:UN",
	    "BGM+78+R1+9'DTM+137:20260328:102'LIN+1++A:SA'QTY+145:9'"));
	assert_int_equal(h->why.code, OMS_SCHEMA);
}

/* ---- out ------------------------------------------------------------------ */

static struct edi_writer *
begin(struct home *h, const char *group)
{
	static const struct edi_head head = { .interchange_no = 1,
		.group_no = 1,
		.created_ts_us = NOW };

	sbuf_init(&h->out, h, 100000);
	h->w = edi_writer_new(h, &h->out, &h->p, &head);
	edi_w_interchange(h->w);
	edi_w_group(h->w, group, "");
	return h->w;
}

/* The document is whole and its guides find nothing in it. */
static const char *
end(struct home *h)
{
	edi_w_group_end(h->w);
	edi_w_interchange_end(h->w);
	ASSERT_OK(edi_w_ok(h->w, ERR));
	h->describe = NULL;
	check(h, h->out.p);
	assert_int_equal(h->sum.errors, 0);
	assert_int_equal(h->sum.warnings, 0);
	assert_int_equal(h->sum.sets_accepted, h->sum.sets);
	return h->out.p;
}

static void
assert_has(const char *text, const char *want)
{
	if (strstr(text, want) == NULL)
		fail_msg("no \"%s\" in\n%s", want, text);
}

/* A kit with two components, and a plain line; then one that has no name. */
static const char *
write_order(struct home *h)
{
	static const struct edi_ship_order o = {
		.s = { .shipment_key = "S00000001",
		    .release_key = "R00000001",
		    .attempt = 1,
		    .order_no = "4711",
		    .channel = "shop",
		    .node = "WH-EAST",
		    .carrier = "UPS",
		    .service = "ground",
		    .promise_ts_us = NOW,
		    .to = { "Ann O'Hara", "Acme + Co", "1 High St", "Floor 2",
			"02108", "Boston", "MA", "US", "555*01" } },
		.ship_by_ts_us = NOW,
		.weight_g = 1250,
		.node_name = "Warehouse East",
		.scac = "UPSN",
		.is_parcel = true,
		.place = { "UL", "0614141000005", "" },
		.mark = { "92", "0042", "" }
	};
	static const struct out_ship_line kit = { 1, 1, "KIT", "A box", 2 };
	static const struct out_ship_line plain = { 7, 2, "012345678905", "",
		3 };
	static const struct out_component pear = { "PEAR", 4 },
					  fig = { "FIG", 2 };
	struct edi_ship_orders *d = edi_ship_orders_new(h,
	    begin(h, strcmp(h->p.standard, "x12") == 0 ? "OW" : "ORDERS"),
	    &h->p, NOW);

	edi_ship_order_open(d, &o);
	edi_ship_order_line(d, &kit, "piece");
	edi_ship_order_component(d, &pear);
	edi_ship_order_component(d, &fig);
	edi_ship_order_line(d, &plain, "gram");
	edi_ship_order_close(d);
	return end(h);
}

static void
test_940__lines__carry_our_number_and_their_components(void **state)
{
	struct home *h = *state;
	const char *text;

	h->p.item_qualifier = mem_strdup(h, "UP");
	text = write_order(h);
	assert_has(text, "W05*N*S00000001*4711~");
	assert_has(text,
	    "N1*ST*Ann O'Hara*UL*0614141000005~\nN2*Acme + Co~\n"
	    "N3*1 High St*Floor 2");
	assert_has(text, "PER*DC**TE*555 01~\nN1*Z7**92*0042~");
	assert_has(text, "W66*PP*U***ground*****UPSN~");
	assert_has(text,
	    "W01*2*EA**UP*KIT~\nG69*A box~\nN9*LI*1~\n"
	    "N9*ZZ*PEAR*COMPONENT 4~\nN9*ZZ*FIG*COMPONENT 2~");
	assert_has(text, "W01*3*GR*012345678905~\nN9*LI*7~\nW76*5*1.250*KG~");
}

static void
test_orders__components__are_sub_lines_of_their_kit(void **state)
{
	static const char *const versions[] = { "D:96A", "D:01B" };
	struct home *h = *state;

	for (size_t i = 0; i < COUNT(versions); i++) {
		const char *text;

		be_edifact(h, versions[i]);
		text = write_order(h);
		assert_has(text, "BGM+220+S00000001+9'");
		assert_has(text,
		    "NAD+DP+0614141000005::9++Ann O?'Hara:Acme ?+ Co+1 High "
		    "St:Floor 2+"
		    "Boston+MA+02108+US'");
		assert_has(text, "NAD+UC+0042::92'");
		assert_has(text,
		    "LIN+1++KIT:SA'\nQTY+21:2:PCE'\nRFF+LI:1'\n"
		    "LIN+2++PEAR:SA+1:1'\nQTY+21:4'\n"
		    "LIN+3++FIG:SA+1:1'\nQTY+21:2'\n"
		    "LIN+4++012345678905:SA'\nQTY+21:3:GRM'\n"
		    "RFF+LI:7'\nUNS+S'\nCNT+2:4'");
	}
}

static const char *
write_supply(struct home *h, const char *group, bool notice)
{
	static const struct edi_supply o = { "PO-1", "mills", "WH-EAST",
		"Warehouse East", "EUR", NOW };
	static const struct edi_supply_line l = { 3, "A", "Apple", "piece", 7,
		125 };
	struct edi_supplies *d = edi_supplies_new(h, begin(h, group), &h->p,
	    NOW, notice);

	edi_supply_open(d, &o);
	edi_supply_line(d, &l);
	edi_supply_close(d);
	return end(h);
}

static void
test_supply__every_form__passes_its_guide(void **state)
{
	struct home *h = *state;

	assert_has(write_supply(h, "PO", false), "PO1*3*7*EA*1.25**VN*A~");
	assert_has(write_supply(h, "AR", true),
	    "W04*7*EA**VN*A~\nG69*Apple~\n"
	    "N9*LI*3~\nW03*7~");
	be_edifact(h, "D:96A");
	h->p.decimal_mark = mem_strdup(h, ",");
	assert_has(write_supply(h, "ORDERS", false), "PRI+AAA:1,25'");
	assert_has(write_supply(h, "DESADV", true), "QTY+12:7:PCE'\nRFF+LI:3'");
	be_edifact(h, "D:01B");
	assert_has(write_supply(h, "ORDERS", false), "PRI+AAA:1,25'");
	assert_has(write_supply(h, "DESADV", true), "QTY+12:7:PCE'\nRFF+LI:3'");
}

static const char *
write_report(struct home *h, const char *group)
{
	struct edi_stock_reports *d = edi_stock_reports_new(h, begin(h, group),
	    &h->p, NOW);

	edi_stock_report_open(d, "9-1");
	edi_stock_report_line(d, "A", "Apple", "piece", 7);
	edi_stock_report_line(d, "B", "", "millilitre", 0);
	edi_stock_report_close(d);
	return end(h);
}

static void
test_stock_report__every_form__passes_its_guide(void **state)
{
	struct home *h = *state;

	assert_has(write_report(h, "IB"),
	    "LIN*1*VN*A~\nPID*F****Apple~\nQTY*33*7*EA~\n"
	    "LIN*2*VN*B~\nQTY*33*0*ML~\nCTT*2~");
	be_edifact(h, "D:96A");
	assert_has(write_report(h, "INVRPT"), "LIN+1++A:SA'\nQTY+145:7:PCE'");
	be_edifact(h, "D:01B");
	assert_has(write_report(h, "INVRPT"),
	    "LIN+1++A:SA'\nINV++1'\nQTY+145:7:PCE'");
}

static void
test_edi_unit_is__a_case__is_no_piece(void **state)
{
	(void)state;
	assert_true(edi_unit_is("", "piece"));
	assert_true(edi_unit_is("EA", "piece"));
	assert_true(edi_unit_is("PCE", "piece"));
	assert_false(edi_unit_is("CA", "piece"));
	assert_false(edi_unit_is("A", "piece"));
	assert_false(edi_unit_is("EA", "gram"));
	assert_false(edi_unit_is("EACH", "piece"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_945__cartons__are_lines_of_one_number),
		TEST(test_945__several_cartons_of_one_lx__are_told_together),
		TEST(
		    test_desadv__numbers_of_one_gin__are_cartons_told_together),
		TEST(test_945__difference__has_no_sign),
		TEST(test_945__codes__say_what_a_line_left_out_means),
		TEST(test_945__statuses__of_a_rest_and_of_a_substitute),
		TEST(test_945__quantities_that_are_none__name_their_place),
		TEST(test_desadv__both_ways_to_name_our_line__are_read),
		TEST(test_desadv__two_orders_or_a_cancellation__are_refused),
		TEST(test_944__damaged_units__are_in_W07_or_beside_it),
		TEST(test_944__more_damaged_than_came__is_refused),
		TEST(
		    test_recadv__received_and_accepted__part_good_from_damaged),
		TEST(test_947__holds__change_no_total_whatever_their_sign),
		TEST(test_846__only_17_and_33__are_stock),
		TEST(test_invrpt__both_directories__count_145_and_17),
		TEST(test_940__lines__carry_our_number_and_their_components),
		TEST(test_orders__components__are_sub_lines_of_their_kit),
		TEST(test_supply__every_form__passes_its_guide),
		TEST(test_stock_report__every_form__passes_its_guide),
		TEST(test_edi_unit_is__a_case__is_no_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
