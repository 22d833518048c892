/* test_sfcc_order.c - the promises of mappers/sfcc_order.h and order_hash.h. */

#include "tests/unit/testing.h"

#include "base/fs.h"
#include "mappers/order_hash.h"
#include "mappers/sfcc_order.h"

#define NS "http://www.demandware.com/xml/impex/order/2006-10-31"

#define AMOUNTS(net, tax, gross)                                               \
	"<net-price>" net "</net-price><tax>" tax "</tax><gross-price>" gross  \
	"</gross-price>"
#define LINE(sku, qty, net, tax, gross, more)                                  \
	"<product-lineitem>" AMOUNTS(net, tax,                                 \
	    gross) "<position>1.0</position><product-id>" sku "</product-id>"  \
		   "<quantity unit=''>" qty                                    \
		   "</quantity><tax-rate>0.2</tax-rate>"                       \
		   "<shipment-id>S1</shipment-id>" more "</product-lineitem>"
#define ADJUST(net, tax, gross)                                                \
	"<price-adjustments><price-adjustment>" AMOUNTS(net, tax,              \
	    gross) "<promotion-id>P</promotion-id></price-adjustment></"       \
		   "price-adjustments>"
#define TOTAL(name, net, tax, gross, more)                                     \
	"<" name ">" AMOUNTS(net, tax, gross) more "</" name ">"
#define SHIP                                                                   \
	"<shipments><shipment shipment-id='S1'><shipping-method>fast"          \
	"</shipping-method><shipping-address><first-name>Ann</first-name>"     \
	"<last-name>Lee</last-name><address1>1 High St</address1>"             \
	"<address2>Back</address2><suite>4</suite><city>Leeds</city>"          \
	"<postal-code>LS1 4AP</postal-code><country-code>gb</country-code>"    \
	"<phone>1</phone></shipping-address></shipment></shipments>"
#define BASIC                                                                  \
	"<order-date>2026-03-27T10:00:00.000Z</order-date>"                    \
	"<currency>EUR</currency><taxation>net</taxation>"
#define SHIPPING(net, tax, gross, more)                                        \
	"<shipping-lineitems><shipping-lineitem>" AMOUNTS(net, tax,            \
	    gross) "<item-id>STANDARD</item-id><shipment-id>S1</shipment-id>"  \
		   "<tax-rate>0.2</tax-rate>" more                             \
		   "</shipping-lineitem></shipping-lineitems>"

struct fixture {
	char *path;
	struct xml_parser *parser;
	struct arena *a;
	struct order o;
	int64_t tolerance;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	*state = f;
	f->path = mem_printf(f, "%s/a.xml", testing_tmpdir(f));
	f->a = arena_new(f, 4096);
	f->tolerance = 1;
	ASSERT_OK((f->parser = xml_parser_new(f, &sfcc_order_vocabulary,
		       ERR)) != NULL);
	return 0;
}

static bool
map(struct fixture *f, const char *inner, struct oms_error *err)
{
	char *text = mem_printf(f,
	    "<orders xmlns='" NS "'>\n<order order-no='0001'>%s</order>"
	    "</orders>",
	    inner);
	struct xml_record rec;
	const struct xml_node *tree;
	struct xml_file *x;
	bool ok;

	(void)unlink(f->path);
	ASSERT_OK(fs_write_tmp(f->path, text, strlen(text), 0600, ERR));
	ASSERT_OK((x = xml_file_open(f, f->path, NULL, &sfcc_order_vocabulary,
		       ERR)) != NULL);
	ASSERT_OK(xml_file_next(x, &rec, ERR));
	ASSERT_OK(xml_parse(f->parser, x, &rec, f->a, &tree, ERR));
	ok = sfcc_order_map(f->a, tree, f->tolerance, &f->o, err);
	mem_free(x);
	return ok;
}

static void
assert_amount(struct amount got, int64_t net, int64_t tax)
{
	assert_int_equal(got.net_minor, net);
	assert_int_equal(got.tax_minor, tax);
}

/* What is billed is the total: true of every order that reconciles. */
static void
assert_adds_up(const struct order *o)
{
	int64_t net = 0, tax = 0;

	for (size_t i = 0; i < o->line_count; i++) {
		const struct order_line *l = &o->lines[i];

		net += l->goods.net_minor + l->discount.net_minor +
		    l->shipping.net_minor;
		tax += l->goods.tax_minor + l->discount.tax_minor +
		    l->shipping.tax_minor;
		assert_true(l->discount.net_minor <= 0);
	}
	for (size_t i = 0; i < o->group_count; i++) {
		net += o->groups[i].shipping.net_minor;
		tax += o->groups[i].shipping.tax_minor;
	}
	assert_amount(o->total, net, tax);
}

static void
assert_good(struct fixture *f, const char *inner)
{
	ASSERT_OK(map(f, inner, ERR));
	assert_string_equal(f->o.recon, "");
	assert_string_equal(f->o.incomplete, "");
	assert_adds_up(&f->o);
}

static void
test_map__a_whole_order__has_every_field(void **state)
{
	struct fixture *f = *state;
	const struct order *o = &f->o;

	assert_good(f,
	    BASIC
	    "<customer><customer-no>C7</customer-no><customer-name>Ann "
	    "Lee</customer-name><customer-email>ann@x.org"
	    "</customer-email></customer><status><order-status>NEW"
	    "</order-status><payment-status>NOT_PAID</payment-status>"
	    "</status><product-lineitems>" LINE("A", "2.0", "20.00", "4.00",
		"24.00",
		"<product-name>Tea &amp; cup</product-name>" ADJUST("-2.00",
		    "-0.40", "-2.40")) LINE("B", "1.0", "10.00", "2.00",
		"12.00", "") "</product-lineitems>" SHIPPING("5.00", "1.00",
		"6.00", ADJUST("-1.00", "-0.20", "-1.20")) SHIP
	    "<totals>" TOTAL("merchandize-total", "30.00", "6.00", "36.00",
		ADJUST("-2.81", "-0.56",
		    "-3.37")) TOTAL("adjusted-merchandize-total", "25.19",
		"5.04", "30.23", "") TOTAL("shipping-total", "5.00", "1.00",
		"6.00", "") TOTAL("adjusted-shipping-total", "4.00", "0.80",
		"4.80", "") TOTAL("order-total", "29.19", "5.84", "35.03",
		"") "</totals><payments><payment><credit-card><card-type>VISA"
		    "</card-type><card-number>4111111111111111</card-number>"
		    "</credit-card><amount>35.03</amount><processor-id>PSP"
		    "</processor-id><transaction-id>t1</transaction-id></"
		    "payment>"
		    "</payments>");
	assert_string_equal(o->order_no, "0001");
	assert_string_equal(o->currency, "EUR");
	assert_string_equal(o->taxation, "net");
	assert_string_equal(o->customer_no, "C7");
	assert_string_equal(o->customer_name, "Ann Lee");
	assert_string_equal(o->customer_email, "ann@x.org");
	assert_string_equal(o->shop_status, "NEW");
	assert_string_equal(o->payment_status, "NOT_PAID");
	assert_int_equal(o->order_ts_us, INT64_C(1774605600000000));
	assert_amount(o->total, 2919, 584);
	assert_int_equal(o->line_count, 2);
	assert_string_equal(o->lines[0].sku, "A");
	assert_string_equal(o->lines[0].name, "Tea & cup");
	assert_string_equal(o->lines[0].position, "1.0");
	assert_string_equal(o->lines[0].tax_rate, "0.2");
	assert_int_equal(o->lines[0].qty, 2);
	assert_amount(o->lines[0].goods, 2000, 400);
	/* 2.81 by 18 to 10: 180.64 and 100.36, so 181 and 100 */
	assert_amount(o->lines[0].discount, -200 - 181, -40 - 36);
	assert_amount(o->lines[1].discount, -100, -20);
	assert_int_equal(o->group_count, 1);
	assert_string_equal(o->groups[0].shop_id, "S1");
	assert_string_equal(o->groups[0].method, "fast");
	assert_string_equal(o->groups[0].name, "Ann Lee");
	assert_string_equal(o->groups[0].address1, "1 High St");
	assert_string_equal(o->groups[0].address2, "Back, 4");
	assert_string_equal(o->groups[0].country, "GB");
	assert_amount(o->groups[0].shipping, 400, 80);
	assert_int_equal(o->payment_count, 1);
	assert_string_equal(o->payments[0].tender, "card");
	assert_string_equal(o->payments[0].method, "VISA");
	assert_string_equal(o->payments[0].transaction_id, "t1");
	assert_int_equal(o->payments[0].amount_minor, 3503);
	assert_true(o->payments[0].authorised);
	assert_false(o->payments[0].captured);
}

static void
test_map__gross_amounts_only__net_follows(void **state)
{
	struct fixture *f = *state;

	assert_good(f,
	    "<order-date>2026-03-27T10:00:00Z</order-date><currency>EUR"
	    "</currency><taxation>gross</taxation><product-lineitems>"
	    "<product-lineitem><tax>2.00</tax><gross-price>12.00"
	    "</gross-price><product-id>A</product-id><quantity>1</quantity>"
	    "</product-lineitem>"
	    "<product-lineitem><tax>1.00</tax><base-price>3.00</base-price>"
	    "<product-id>B</product-id><quantity>2</quantity>"
	    "</product-lineitem></product-lineitems>" SHIP);
	assert_string_equal(f->o.taxation, "gross");
	assert_amount(f->o.lines[0].goods, 1000, 200);
	assert_amount(f->o.lines[1].goods, 500, 100);
	assert_amount(f->o.total, 1500, 300);
}

static void
test_map__currency_without_decimals__takes_whole_amounts(void **state)
{
	struct fixture *f = *state;

	assert_good(f,
	    "<order-date>2026-03-27T10:00:00Z</order-date><currency>JPY"
	    "</currency><product-lineitems>" LINE("A", "1", "1000.00", "100",
		"1100", "") "</product-lineitems>" SHIP);
	assert_amount(f->o.lines[0].goods, 1000, 100);
}

static void
test_map__options_and_product_shipping__are_money_of_the_line(void **state)
{
	struct fixture *f = *state;

	assert_good(f,
	    BASIC "<product-lineitems>" LINE("A", "1", "10.00", "2.00", "12.00",
		"<option-lineitems><option-lineitem>" AMOUNTS("3.00", "0.60",
		    "3.60") "<option-id>engrave</option-id><value-id>y</"
			    "value-id>"
			    "<product-id>O</product-id>" ADJUST("-1.00",
				"-0.20",
				"-1.20") "</option-lineitem></"
					 "option-lineitems><shipping-"
					 "lineitem>" AMOUNTS("4.00", "0.80",
					     "4.80") "<quantity "
						     "unit=''>1</"
						     "quantity><tax-rate>0.2</"
						     "tax-rate>"
						     "<type>surcharge</"
						     "type>" ADJUST("-4.00",
							 "-0.80",
							 "-4.80") "</"
								  "shipping-"
								  "lineitem><"
								  "tax-items><"
								  "tax-item><"
								  "tax-id>city"
								  "</"
								  "tax-id><tax-"
								  "rate>0.05</"
								  "tax-rate><"
								  "tax-amount>"
								  "0.50"
								  "</"
								  "tax-amount><"
								  "/tax-item><"
								  "tax-item><"
								  "tax-id>"
								  "state</"
								  "tax-id>"
								  "<tax-rate>0."
								  "15</"
								  "tax-rate><"
								  "tax-amount>"
								  "1.50</"
								  "tax-amount>"
								  "</"
								  "tax-item></"
								  "tax-items>") "</product-lineitems>" SHIP "<totals>" TOTAL("merchandize-total",
		"13.00", "2.60", "15.60",
		"") TOTAL("adjusted-merchandize-total", "12.00", "2.40",
		"14.40", "") TOTAL("shipping-total", "4.00", "0.80", "4.80",
		"") TOTAL("adjusted-shipping-total", "0.00", "0.00", "0.00", "")
		TOTAL("order-total", "12.00", "2.40", "14.40", "") "</totals>");
	assert_amount(f->o.lines[0].goods, 1300, 260);
	assert_amount(f->o.lines[0].discount, -100, -20);
	assert_amount(f->o.lines[0].shipping, 0, 0);
	assert_int_equal(f->o.lines[0].tax_count, 2);
	assert_string_equal(f->o.lines[0].taxes[1].tax_id, "state");
	assert_int_equal(f->o.lines[0].taxes[1].amount_minor, 150);
}

static void
test_map__a_kit_in_a_kit__is_multiplied_out(void **state)
{
	struct fixture *f = *state;
	const struct order_line *l;

	assert_good(f,
	    BASIC
	    "<product-lineitems>" LINE("KIT", "3", "9.00", "1.80", "10.80",
		"<bundled-product-lineitems><bundled-product-lineitem>"
		"<product-id>X</product-id><quantity unit=''>2.0</quantity>"
		"</bundled-product-lineitem><bundled-product-lineitem>"
		"<product-id>INNER</product-id><quantity unit=''>2</quantity>"
		"<bundled-product-lineitems><bundled-product-lineitem>"
		"<product-id>Y</product-id><quantity unit=''>5</quantity>"
		"</bundled-product-lineitem></bundled-product-lineitems>"
		"</bundled-product-lineitem></bundled-product-lineitems>") "</"
									   "pro"
									   "duc"
									   "t-"
									   "lin"
									   "eit"
									   "ems"
									   ">" SHIP);
	l = &f->o.lines[0];
	assert_int_equal(l->component_count, 2);
	assert_string_equal(l->components[0].sku, "X");
	assert_int_equal(l->components[0].qty_per, 2);
	assert_string_equal(l->components[1].sku, "Y");
	assert_int_equal(l->components[1].qty_per, 10);
}

static void
test_map__gift_certificates__are_lines_inside_or_beside_the_goods(void **state)
{
	static const char *const totals[] = {
		TOTAL("merchandize-total", "10.00", "2.00", "12.00", ""),
		TOTAL("merchandize-total", "60.00", "2.00", "62.00", ""),
		"",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(totals); i++) {
		assert_good(f,
		    mem_printf(f,
			BASIC "<product-lineitems>" LINE("A", "1", "10.00",
			    "2.00", "12.00",
			    "") "</"
				"product-lineitems><giftcertificate-lineitems>"
				"<giftcertificate-lineitem>" AMOUNTS("50.00",
				    "0.00",
				    "50.00") "</giftcertificate-lineitem>"
					     "</giftcertificate-lineitems>" SHIP
					     "<totals>%s" TOTAL("order-total",
						 "60.00", "2.00", "62.00",
						 "") "</totals>",
			totals[i]));
		assert_int_equal(f->o.line_count, 2);
		assert_string_equal(f->o.lines[1].sku, "GIFT-CERTIFICATE");
		assert_int_equal(f->o.lines[1].qty, 1);
		assert_amount(f->o.lines[1].goods, 5000, 0);
	}
}

static void
test_map__order_discount__falls_on_taxed_lines_as_tax(void **state)
{
	struct fixture *f = *state;

	assert_good(f,
	    BASIC "<product-lineitems>" LINE("A", "1", "10.00", "2.00", "12.00",
		"") LINE("FREE", "1", "0.00", "0.00", "0.00", "")
		LINE("BOOK", "1", "10.00", "0.00", "10.00",
		    "") "</product-lineitems>" SHIP
			"<totals>" TOTAL("merchandize-total", "20.00", "2.00",
			    "22.00", ADJUST("-2.01", "-0.20", "-2.21"))
			    TOTAL("order-total", "17.99", "1.80", "19.79",
				"") "</totals>");
	assert_amount(f->o.lines[0].discount, -101, -20);
	assert_amount(f->o.lines[1].discount, 0, 0);
	assert_amount(f->o.lines[2].discount, -100, 0);
}

static void
test_map__a_surcharge__belongs_to_the_price(void **state)
{
	struct fixture *f = *state;

	assert_good(f,
	    BASIC "<product-lineitems>" LINE("A", "1", "10.00", "2.00", "12.00",
		ADJUST("1.00", "0.20", "1.20")) "</product-lineitems>" SHIP);
	assert_amount(f->o.lines[0].goods, 1100, 220);
	assert_amount(f->o.lines[0].discount, 0, 0);
}

static void
test_map__tax_rounded_at_group__adds_up_to_the_unit(void **state)
{
	struct fixture *f = *state;
	static const char order[] = BASIC
	    "<tax-rounded-at-group>true</tax-rounded-at-group>"
	    "<product-lineitems>" LINE("A", "1", "1.11", "0.22", "1.33", "")
		LINE("B", "1", "2.22", "0.44", "2.66",
		    "") "</product-lineitems>" SHIP
			"<totals>" TOTAL("merchandize-total", "3.33", "0.67",
			    "4.00", "") TOTAL("order-total", "3.33", "0.67",
			    "4.00", "") "</totals>";

	assert_good(f, order);
	assert_amount(f->o.total, 333, 67);
	assert_amount(f->o.lines[1].goods, 222, 45);
	f->tolerance = 0;
	ASSERT_OK(map(f, order, ERR));
	assert_string_equal(f->o.recon,
	    "merchandize-total tax is 0.67, the lines add up to 0.66");
}

static void
test_map__totals_that_do_not_add_up__are_named(void **state)
{
	static const struct {
		const char *totals;
		const char *recon;
	} cases[] = {
		{ TOTAL("merchandize-total", "20.00", "2.00", "22.00", ""),
		    "merchandize-total net is 20.00, the lines add up to "
		    "10.00" },
		{ TOTAL("merchandize-total", "10.00", "2.00", "12.01", ""),
		    "<merchandize-total> of line 2: gross is 12.01, net and "
		    "tax are 12.00" },
		{ TOTAL("adjusted-merchandize-total", "9.00", "2.00", "11.00",
		      ""),
		    "adjusted-merchandize-total net is 9.00, the lines and "
		    "adjustments add up to 10.00" },
		{ TOTAL("shipping-total", "1.00", "0.00", "1.00", ""),
		    "shipping-total net is 1.00, the shipping lines add up to "
		    "0.00" },
		{ TOTAL("adjusted-shipping-total", "0.00", "0.01", "0.01", ""),
		    "adjusted-shipping-total tax is 0.01, the shipping lines "
		    "and adjustments add up to 0.00" },
		{ TOTAL("order-total", "10.00", "1.99", "11.99", ""),
		    "order-total tax is 1.99, goods and shipping add up to "
		    "2.00" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ASSERT_OK(map(f,
		    mem_printf(f,
			BASIC "<product-lineitems>" LINE("A", "1", "10.00",
			    "2.00", "12.00", "") "</product-lineitems>" SHIP
						 "<totals>%s</totals>",
			cases[i].totals),
		    ERR));
		assert_string_equal(f->o.recon, cases[i].recon);
	}
}

static void
test_map__shipments_of_an_order__add_up_with_or_without_its_discount(
    void **state)
{
	static const struct {
		const char *net;
		const char *recon;
	} cases[] = {
		{ "9.00", "" },  /* with the order's discount */
		{ "10.00", "" }, /* without */
		{ "9.50",
		    "adjusted-merchandize-total net is 9.00, the "
		    "shipments add up to 9.50" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ASSERT_OK(map(f,
		    mem_printf(f,
			BASIC "<product-lineitems>" LINE("A", "1", "10.00",
			    "0.00", "10.00",
			    "") "</product-lineitems><shipments><shipment "
				"shipment-id='S1'><totals>"
				"<adjusted-merchandize-total><net-price>%s"
				"</net-price></adjusted-merchandize-total></"
				"totals>"
				"</shipment></shipments><totals>" TOTAL(
				    "merchandize-total", "10.00", "0.00",
				    "10.00", ADJUST("-1.00", "0.00", "-1.00"))
				    TOTAL("adjusted-merchandize-total", "9.00",
					"0.00", "9.00", "") "</totals>",
			cases[i].net),
		    ERR));
		assert_string_equal(f->o.recon, cases[i].recon);
	}
}

static void
test_map__what_an_order_lacks__is_said_and_nothing_is_lost(void **state)
{
	struct fixture *f = *state;

	ASSERT_OK(map(f, "<currency>EUR</currency>", ERR));
	assert_string_equal(f->o.incomplete,
	    "no order-date, no shipment, no order line");
}

static void
test_map__lines_without_a_shipment__hang_on_an_empty_one(void **state)
{
	struct fixture *f = *state;

	ASSERT_OK(map(f,
	    BASIC "<product-lineitems>" LINE("A", "1", "10.00", "2.00", "12.00",
		"") "</product-lineitems>",
	    ERR));
	assert_string_equal(f->o.incomplete, "no shipment");
	assert_int_equal(f->o.group_count, 1);
	assert_string_equal(f->o.groups[0].shop_id, "");
	assert_adds_up(&f->o);
}

static void
test_map__shipping_of_a_shipment_without_lines__goes_with_the_first_line(
    void **state)
{
	struct fixture *f = *state;

	assert_good(f,
	    BASIC "<product-lineitems>" LINE("A", "1", "10.00", "2.00", "12.00",
		"") "</product-lineitems><shipping-lineitems>"
		    "<shipping-lineitem>" AMOUNTS("4.00", "0.80",
			"4.80") "<item-id>STANDARD</item-id>"
				"<shipment-id>S2</shipment-id></"
				"shipping-lineitem>"
				"</shipping-lineitems><shipments>"
				"<shipment shipment-id='S2'/><shipment "
				"shipment-id='S1'/>"
				"</shipments><totals>" TOTAL("order-total",
				    "14.00", "2.80", "16.80", "") "</totals>");
	assert_amount(f->o.groups[0].shipping, 0, 0);
	assert_amount(f->o.groups[1].shipping, 400, 80);
}

static void
test_map__an_order_that_is_over_for_the_shop__is_incomplete(void **state)
{
	struct fixture *f = *state;

	ASSERT_OK(map(f,
	    BASIC "<status><order-status>COMPLETED</order-status></status>"
		  "<product-lineitems>" LINE("A", "1", "10.00", "2.00", "12.00",
		      "") "</product-lineitems>" SHIP,
	    ERR));
	assert_string_equal(f->o.incomplete, "no order-status to work on");
}

static void
test_map__unusable_values__name_line_and_element(void **state)
{
	static const struct {
		const char *inner;
		const char *where;
		const char *reason;
	} cases[] = {
		{ "", "line 2 <order>", "the order has no currency" },
		{ "<currency>XXQ</currency>", "line 2 <currency>",
		    "\"XXQ\" is not a currency of ISO 4217" },
		{ BASIC "\n<product-lineitems>" LINE("A", "1.5", "1", "0", "1",
		      "") "</product-lineitems>",
		    "line 3 <quantity>",
		    "\"1.5\": quantity must be whole units" },
		{ BASIC "<product-lineitems>" LINE("A", "0.0", "1", "0", "1",
		      "") "</product-lineitems>",
		    "line 2 <quantity>",
		    "\"0.0\" is not a quantity from 1 to 1000000" },
		{ BASIC "<product-lineitems>" LINE("A", "-1", "1", "0", "1",
		      "") "</product-lineitems>",
		    "line 2 <quantity>",
		    "\"-1\" is not a quantity from 1 to 1000000" },
		{ BASIC "<product-lineitems>" LINE("A", "INF", "1", "0", "1",
		      "") "</product-lineitems>",
		    "line 2 <quantity>",
		    "\"INF\": quantity must be whole units" },
		{ BASIC "<product-lineitems>" LINE("A", "1", "1.001", "0", "1",
		      "") "</product-lineitems>",
		    "line 2 <net-price>", NULL },
		{ BASIC "<shipments><shipment shipment-id='X'/><shipment "
			"shipment-id='Y'/></shipments><product-lineitems>" LINE(
			    "A", "1", "1", "0", "1", "") "</product-lineitems>",
		    "line 2 <shipment-id>",
		    "\"S1\" is no shipment of the order" },
		{ BASIC "<shipments><shipment shipment-id='X'/></shipments>"
			"<product-lineitems>" LINE("A", "1", "1", "0", "1",
			    "") "</product-lineitems>",
		    "line 2 <shipment-id>",
		    "\"S1\" is no shipment of the order" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		testing_err = NO_ERROR;
		if (map(f, cases[i].inner, ERR))
			fail_msg("%s is fine", cases[i].inner);
		assert_int_equal(ERR->code, OMS_VALUE);
		assert_string_equal(ERR->where, cases[i].where);
		if (cases[i].reason != NULL)
			assert_string_equal(ERR->reason, cases[i].reason);
	}
}

static void
test_map__payments__become_tenders(void **state)
{
	static const struct {
		const char *payment;
		const char *status;
		const char *tender;
		const char *method;
		bool authorised;
		bool captured;
	} cases[] = {
		{ "<credit-card><card-type>AMEX</card-type></credit-card>"
		  "<transaction-id>7</transaction-id>",
		    "", "card", "AMEX", true, false },
		{ "<credit-card/><transaction-id>undefined</transaction-id>",
		    "", "card", "CREDIT_CARD", false, false },
		{ "<credit-card/><processor-id>PSP</processor-id>", "", "card",
		    "CREDIT_CARD", true, false },
		{ "<credit-card/><transaction-type>AUTH</transaction-type>", "",
		    "card", "CREDIT_CARD", true, false },
		{ "<credit-card/><transaction-type>CAPTURE"
		  "</transaction-type>",
		    "", "card", "CREDIT_CARD", true, true },
		{ "<credit-card/><transaction-id>7</transaction-id>"
		  "<transaction-type>AUTH_REVERSAL</transaction-type>",
		    "PAID", "card", "CREDIT_CARD", false, false },
		{ "<credit-card/>", "PAID", "card", "CREDIT_CARD", true, true },
		{ "<gift-certificate><giftcertificate-id>1"
		  "</giftcertificate-id></gift-certificate>",
		    "", "gift_certificate", "GIFT_CERTIFICATE", true, false },
		{ "<dw-apple-pay/><transaction-id>7</transaction-id>", "",
		    "wallet", "APPLE_PAY", true, false },
		{ "<dw-android-pay/>", "", "wallet", "ANDROID_PAY", false,
		    false },
		{ "<salesforce-payments><paypal/></salesforce-payments>"
		  "<transaction-type>AUTH</transaction-type>",
		    "", "wallet", "SALESFORCE_PAYMENTS", true, false },
		{ "<bank-transfer/>", "", "bank", "BANK_TRANSFER", true,
		    false },
		{ "<bml/>", "", "invoice", "BML", true, false },
		{ "<custom-method><method-name>KLARNA</method-name>"
		  "</custom-method>",
		    "", "invoice", "KLARNA", true, false },
		{ "<custom-method><method-name>STORE_CREDIT</method-name>"
		  "</custom-method><transaction-type>AUTH"
		  "</transaction-type>",
		    "", "store_credit", "STORE_CREDIT", true, false },
		{ "", "", "card", "", false, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct payment *p;

		ASSERT_OK(map(f,
		    mem_printf(f,
			BASIC "<status><payment-status>%s</payment-status>"
			      "</status><payments><payment>%s<amount>1.00"
			      "</amount></payment></payments>",
			cases[i].status, cases[i].payment),
		    ERR));
		p = &f->o.payments[0];
		assert_string_equal(p->tender, cases[i].tender);
		assert_string_equal(p->method, cases[i].method);
		assert_int_equal(p->authorised, cases[i].authorised);
		assert_int_equal(p->captured, cases[i].captured);
		assert_int_equal(p->amount_minor, 100);
	}
}

static void
test_map__control_characters__are_blanks(void **state)
{
	struct fixture *f = *state;

	ASSERT_OK(map(f,
	    BASIC "<customer><customer-name>Ann&#9;Lee&#10;x&#133;"
		  "</customer-name></customer>",
	    ERR));
	assert_string_equal(f->o.customer_name, "Ann Lee x  ");
}

static void
test_hash__the_same_order_in_another_dress__is_the_same(void **state)
{
	struct fixture *f = *state;
	char first[HASH_BYTES], second[HASH_BYTES], third[HASH_BYTES];

	ASSERT_OK(map(f,
	    BASIC "<product-lineitems>" LINE("A", "1.0", "10.00", "2.00",
		"12.00", "") "</product-lineitems>" SHIP,
	    ERR));
	order_content_hash(&f->o, first);
	assert_int_equal(strlen(first), 32);
	ASSERT_OK(map(f,
	    SHIP "\n\n<product-lineitems><product-lineitem>"
		 "<shipment-id> S1 </shipment-id><product-id>A</product-id>"
		 "<tax-rate>0.2</tax-rate><quantity unit='pc'>1</quantity>"
		 "<gross-price>12</gross-price><net-price>10.0</net-price>"
		 "<tax>2.00</tax><position>1.0</position><brand>b</brand>"
		 "</product-lineitem></product-lineitems><new/>" BASIC,
	    ERR));
	order_content_hash(&f->o, second);
	assert_string_equal(first, second);
	ASSERT_OK(map(f,
	    BASIC "<product-lineitems>" LINE("A", "2.0", "10.00", "2.00",
		"12.00", "") "</product-lineitems>" SHIP,
	    ERR));
	order_content_hash(&f->o, third);
	assert_string_not_equal(first, third);
}

static void
test_basket_hash__lines_in_another_order__are_the_same_basket(void **state)
{
	struct order_line lines[] = { { .sku = "A", .qty = 1 },
		{ .sku = "B", .qty = 2 } };
	struct order_line turned[] = { lines[1], lines[0] };
	struct order o = { .lines = lines, .line_count = 2 };
	char first[HASH_BYTES], second[HASH_BYTES];

	(void)state;
	order_basket_hash(&o, first);
	o.lines = turned;
	order_basket_hash(&o, second);
	assert_string_equal(first, second);
	turned[0].qty = 3;
	order_basket_hash(&o, second);
	assert_string_not_equal(first, second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_map__a_whole_order__has_every_field),
		TEST(test_map__gross_amounts_only__net_follows),
		TEST(test_map__currency_without_decimals__takes_whole_amounts),
		TEST(
		    test_map__options_and_product_shipping__are_money_of_the_line),
		TEST(test_map__a_kit_in_a_kit__is_multiplied_out),
		TEST(
		    test_map__gift_certificates__are_lines_inside_or_beside_the_goods),
		TEST(test_map__order_discount__falls_on_taxed_lines_as_tax),
		TEST(test_map__a_surcharge__belongs_to_the_price),
		TEST(test_map__tax_rounded_at_group__adds_up_to_the_unit),
		TEST(test_map__totals_that_do_not_add_up__are_named),
		TEST(
		    test_map__shipments_of_an_order__add_up_with_or_without_its_discount),
		TEST(
		    test_map__what_an_order_lacks__is_said_and_nothing_is_lost),
		TEST(test_map__lines_without_a_shipment__hang_on_an_empty_one),
		TEST(
		    test_map__shipping_of_a_shipment_without_lines__goes_with_the_first_line),
		TEST(
		    test_map__an_order_that_is_over_for_the_shop__is_incomplete),
		TEST(test_map__unusable_values__name_line_and_element),
		TEST(test_map__payments__become_tenders),
		TEST(test_map__control_characters__are_blanks),
		TEST(test_hash__the_same_order_in_another_dress__is_the_same),
		TEST(
		    test_basket_hash__lines_in_another_order__are_the_same_basket),
	};
	return cmocka_run_group_tests_name("sfcc_order", tests, NULL, NULL);
}
