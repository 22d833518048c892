/*
 * gen_sfcc.c - write an SFCC order export: the same for the same arguments.
 *
 *	gen_sfcc -n ORDERS [-s SEED] [-b BAD_PER_10000] [-f FIRST] > orders.xml
 *
 * About 4 KB an order (not indented), 1 to 5 lines of SKU-0001 to SKU-0100, one or two
 * destinations, promotions, gift wrap texts, exact totals in every block.
 * Invented persons only.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SKUS = 100, LINES_MAX = 5 };

static uint64_t state;

/* splitmix64: small, and the same everywhere. */
static uint64_t
next_random(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static int64_t
below(int64_t n)
{
	return (int64_t)(next_random() % (uint64_t)n);
}

struct money {
	int64_t net;
	int64_t tax;
};

static void
put_amount(const char *name, int64_t minor)
{
	printf("<%s>%s%lld.%02lld</%s>\n", name, minor < 0 ? "-" : "",
	    (long long)(llabs(minor) / 100), (long long)(llabs(minor) % 100),
	    name);
}

static void
put_money(struct money m)
{
	put_amount("net-price", m.net);
	put_amount("tax", m.tax);
	put_amount("gross-price", m.net + m.tax);
}

static void
put_total(const char *name, struct money m)
{
	printf("<%s>\n", name);
	put_money(m);
	printf("</%s>\n", name);
}

static const struct place {
	const char *city, *postal, *state;
} places[] = {
	{ "Boston", "02108", "MA" },
	{ "New York", "10001", "NY" },
	{ "Chicago", "60601", "IL" },
	{ "Denver", "80202", "CO" },
	{ "Seattle", "98101", "WA" },
	{ "Los Angeles", "90001", "CA" },
	{ "Dallas", "75201", "TX" },
	{ "Atlanta", "30301", "GA" },
	{ "Columbus", "43004", "OH" },
	{ "Phoenix", "85001", "AZ" },
};
static const char *const first_names[] = { "Ada", "Ben", "Cleo", "Dana", "Edda",
	"Finn", "Greta", "Hugo", "Ines", "Jona" };
static const char *const last_names[] = { "Archer", "Baker", "Carter", "Draper",
	"Eaton", "Fisher", "Glover", "Harper", "Ivory", "Jones" };

static void
put_address(const char *tag, const struct place *p, int64_t who)
{
	printf("<%s>\n"
	       "<first-name>%s</first-name>\n"
	       "<last-name>%s</last-name>\n"
	       "<address1>%lld Example Street</address1>\n"
	       "<city>%s</city>\n"
	       "<postal-code>%s</postal-code>\n"
	       "<state-code>%s</state-code>\n"
	       "<country-code>US</country-code>\n"
	       "<phone>555-01%02lld</phone>\n"
	       "</%s>\n",
	    tag, first_names[who % 10], last_names[who / 10 % 10],
	    (long long)(who % 900 + 1), p->city, p->postal, p->state,
	    (long long)(who % 100), tag);
}

static struct money
put_line(int64_t no, struct money *adjusted)
{
	int64_t sku = below(SKUS) + 1, qty = below(4) == 0 ? 2 : 1;
	int64_t unit = 500 + sku * 37;
	struct money m = { unit * qty, (unit * qty * 8 + 50) / 100 };
	struct money off = { 0, 0 };

	if (below(4) == 0)
		off = (struct money){ -m.net / 10, -(m.tax / 10) };
	printf("<product-lineitem>\n");
	put_money(m);
	put_amount("base-price", unit);
	printf("<lineitem-text>Example article %lld</lineitem-text>\n",
	    (long long)sku);
	put_amount("tax-basis", m.net);
	printf("<position>%lld</position>\n"
	       "<product-id>SKU-%04lld</product-id>\n"
	       "<product-name>Example article %lld</product-name>\n"
	       "<quantity unit=\"\">%lld.0</quantity>\n"
	       "<tax-rate>0.08</tax-rate>\n"
	       "<shipment-id>00000001</shipment-id>\n"
	       "<gift>false</gift>\n",
	    (long long)no, (long long)sku, (long long)sku, (long long)qty);
	if (off.net != 0) {
		printf("<price-adjustments>\n"
		       "<price-adjustment>\n");
		put_money(off);
		printf("<lineitem-text>10%% off</lineitem-text>\n"
		       "<promotion-id>ten-percent</promotion-id>\n"
		       "<campaign-id>Spring sale</campaign-id>\n"
		       "</price-adjustment>\n"
		       "</price-adjustments>\n");
	}
	printf("</product-lineitem>\n");
	adjusted->net += m.net + off.net;
	adjusted->tax += m.tax + off.tax;
	return m;
}

static void
put_order(int64_t no, int bad)
{
	const struct place *place = &places[below(10)];
	int64_t who = below(100000), lines = below(LINES_MAX) + 1;
	struct money goods = { 0, 0 }, adjusted = { 0, 0 };
	struct money shipping = { 599, 48 }, total;

	printf("<order order-no=\"%08lld\">\n"
	       "<order-date>2026-03-27T%02lld:%02lld:%02lld.000Z</order-date>\n"
	       "<created-by>storefront</created-by>\n"
	       "<original-order-no>%08lld</original-order-no>\n"
	       "<currency>%s</currency>\n"
	       "<customer-locale>en_US</customer-locale>\n"
	       "<taxation>net</taxation>\n"
	       "<invoice-no>%08lld</invoice-no>\n"
	       "<customer>\n"
	       "<customer-no>C%07lld</customer-no>\n"
	       "<customer-name>%s %s</customer-name>\n"
	       "<customer-email>c%lld@example.com</customer-email>\n",
	    (long long)no, (long long)(no / 3600 % 24),
	    (long long)(no / 60 % 60), (long long)(no % 60), (long long)no,
	    bad ? "US" : "USD", (long long)no, (long long)who,
	    first_names[who % 10], last_names[who / 10 % 10], (long long)who);
	put_address("billing-address", place, who);
	printf("</customer>\n"
	       "<status>\n"
	       "<order-status>NEW</order-status>\n"
	       "<shipping-status>NOT_SHIPPED</shipping-status>\n"
	       "<confirmation-status>CONFIRMED</confirmation-status>\n"
	       "<payment-status>NOT_PAID</payment-status>\n"
	       "</status>\n"
	       "<current-order-no>%08lld</current-order-no>\n"
	       "<product-lineitems>\n",
	    (long long)no);
	for (int64_t i = 1; i <= lines; i++) {
		struct money m = put_line(i, &adjusted);

		goods.net += m.net;
		goods.tax += m.tax;
	}
	total = (struct money){ adjusted.net + shipping.net,
		adjusted.tax + shipping.tax };
	printf("</product-lineitems>\n"
	       "<shipping-lineitems>\n"
	       "<shipping-lineitem>\n");
	put_money(shipping);
	put_amount("base-price", shipping.net);
	printf("<lineitem-text>Shipping</lineitem-text>\n");
	put_amount("tax-basis", shipping.net);
	printf("<item-id>STANDARD_SHIPPING</item-id>\n"
	       "<shipment-id>00000001</shipment-id>\n"
	       "<tax-rate>0.08</tax-rate>\n"
	       "</shipping-lineitem>\n"
	       "</shipping-lineitems>\n"
	       "<shipments>\n"
	       "<shipment shipment-id=\"00000001\">\n"
	       "<status>\n"
	       "<shipping-status>NOT_SHIPPED</shipping-status>\n"
	       "</status>\n"
	       "<shipping-method>standard</shipping-method>\n");
	put_address("shipping-address", place, who);
	printf("<gift>false</gift>\n      <totals>\n");
	put_total("merchandize-total", goods);
	put_total("adjusted-merchandize-total", adjusted);
	put_total("shipping-total", shipping);
	put_total("adjusted-shipping-total", shipping);
	put_total("shipment-total", total);
	printf("</totals>\n"
	       "</shipment>\n"
	       "</shipments>\n"
	       "<totals>\n");
	put_total("merchandize-total", goods);
	put_total("adjusted-merchandize-total", adjusted);
	put_total("shipping-total", shipping);
	put_total("adjusted-shipping-total", shipping);
	put_total("order-total", total);
	printf("</totals>\n"
	       "<payments>\n"
	       "<payment>\n"
	       "<credit-card>\n"
	       "<card-type>VISA</card-type>\n"
	       "<card-number>XXXX-XXXX-XXXX-1111</card-number>\n"
	       "</credit-card>\n");
	put_amount("amount", total.net + total.tax);
	printf("<processor-id>EXAMPLEPAY</processor-id>\n"
	       "<transaction-id>T%010lld</transaction-id>\n"
	       "<transaction-type>AUTH</transaction-type>\n"
	       "</payment>\n"
	       "</payments>\n"
	       "<remoteHost>192.0.2.%lld</remoteHost>\n"
	       "</order>\n",
	    (long long)no, (long long)(who % 254 + 1));
}

int
main(int argc, char *argv[])
{
	long n = 1000, seed = 1, bad = 0, first = 1;
	int c;

	while ((c = getopt(argc, argv, "n:s:b:f:")) != -1) {
		switch (c) {
		case 'n': n = strtol(optarg, NULL, 10); break;
		case 's': seed = strtol(optarg, NULL, 10); break;
		case 'b': bad = strtol(optarg, NULL, 10); break;
		case 'f': first = strtol(optarg, NULL, 10); break;
		default:
			fprintf(stderr,
			    "usage: gen_sfcc -n ORDERS [-s SEED] "
			    "[-b BAD_PER_10000] [-f FIRST]\n");
			return 2;
		}
	}
	state = (uint64_t)seed;
	printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	       "<orders xmlns=\"http://www.demandware.com/xml/impex/order/"
	       "2006-10-31\" version=\"20.8\">\n");
	for (long i = 0; i < n; i++)
		put_order(first + i, below(10000) < bad);
	printf("</orders>\n");
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
