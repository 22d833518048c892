/* trade.c - see trade.h. */

#include "model/trade.h"

#include <string.h>

#include "base/num.h"
#include "model/money.h"

enum { RATE_SCALE = 6, QTY_DIGITS = 7 };

static int64_t
power_of_ten(int n)
{
	int64_t p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

bool
trade_line_minor(const char *price, int64_t price_qty, int64_t qty,
    const char *currency, int64_t *ret_minor, struct oms_error *err)
{
	int64_t scaled, minor;

	if (!num_parse_decimal(price, TRADE_PRICE_SCALE, &scaled, err))
		return oms_context(err, "price \"%.40s\"", price);
	if (scaled < 0)
		return oms_fail(err, OMS_VALUE, "the price %.40s is below 0",
		    price);
	if (scaled > MONEY_MAX_MINOR * 100 || price_qty <= 0 || qty < 0 ||
	    qty > QTY_MAX)
		return oms_fail(err, OMS_VALUE,
		    "a price of %.40s for %lld is beyond what oms takes", price,
		    (long long)qty);
	minor = num_muldiv(scaled, qty * power_of_ten(money_exponent(currency)),
	    power_of_ten(TRADE_PRICE_SCALE) * price_qty);
	if (minor > MONEY_MAX_MINOR)
		return oms_fail(err, OMS_VALUE,
		    "%lld at %.40s come to more than oms takes", (long long)qty,
		    price);
	*ret_minor = minor;
	return true;
}

int64_t
trade_tax_minor(int64_t net_minor, const char *tax_rate)
{
	struct oms_error why = NO_ERROR;
	int64_t rate;

	if (tax_rate[0] == '\0' ||
	    !num_parse_decimal(tax_rate, RATE_SCALE, &rate, &why))
		return 0;
	return num_muldiv(net_minor, rate, power_of_ten(RATE_SCALE));
}

const char *
trade_price(mem_ctx *ctx, const char *price, int64_t price_qty, int64_t qty,
    int64_t minor, const char *currency)
{
	struct oms_error why = NO_ERROR;
	int exponent = money_exponent(currency), digits = 0;
	char text[NUM_DECIMAL_BYTES];
	int64_t said = -1;

	if (price[0] != '\0' && price_qty == 1 &&
	    trade_line_minor(price, 1, qty, currency, &said, &why) &&
	    said == minor)
		return price;
	if (qty == 0 || minor % qty == 0)
		return mem_strdup(ctx,
		    num_format_decimal(qty == 0 ? minor : minor / qty, exponent,
			text));
	/* Off by less than half a minor unit when it is multiplied again. */
	while (digits < QTY_DIGITS && power_of_ten(digits) <= qty)
		digits++;
	return mem_strdup(ctx,
	    num_format_decimal(num_muldiv(minor, power_of_ten(digits), qty),
		exponent + digits, text));
}

void
trade_total(mem_ctx *ctx, struct trade *t)
{
	struct order *o = &t->order;
	struct amount sum = { 0 };

	for (size_t i = 0; i < o->line_count; i++) {
		const struct order_line *l = &o->lines[i];

		sum.net_minor += l->goods.net_minor + l->discount.net_minor +
		    l->shipping.net_minor;
		sum.tax_minor += l->goods.tax_minor + l->discount.tax_minor +
		    l->shipping.tax_minor;
	}
	for (size_t i = 0; i < o->group_count; i++) {
		sum.net_minor += o->groups[i].shipping.net_minor;
		sum.tax_minor += o->groups[i].shipping.tax_minor;
	}
	o->total = sum;
	o->payments = mem_new(ctx, struct payment);
	o->payments[0] = (struct payment){ .tender = "invoice",
		.method = "TERMS",
		.transaction_id = "",
		.processor = "",
		.amount_minor = sum.net_minor + sum.tax_minor,
		.authorised = true };
	o->payment_count = o->payments[0].amount_minor > 0;
}
