/* money.c - see money.h. */

#include "model/money.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/mem.h"
#include "base/num.h"

__extension__ typedef unsigned __int128 wide;

enum { CODE_BYTES = 3, FEW_WEIGHTS = 32 };

/*
 * ISO 4217 by its number of decimals, each code with one blank after it.
 * ANG and BGN left the list in 2025 and 2026: refunds still come in them.
 * Metals, funds' units and the codes for tests and for no currency have no
 * decimals there: no money to us.
 */
static const struct {
	int exponent;
	const char *codes;
} by_exponent[] = {
	{ 2,
	    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND "
	    "BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU "
	    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
	    "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR "
	    "KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU "
	    "MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK "
	    "PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
	    "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD "
	    "USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG " },
	{ 0,
	    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF "
	    "XPF " },
	{ 3, "BHD IQD JOD KWD LYD OMR TND " },
	{ 4, "CLF UYW " },
};

int
money_exponent(const char *currency)
{
	const char *p;

	if (strnlen(currency, CODE_BYTES + 1) != CODE_BYTES)
		return -1;
	for (size_t i = 0; i < COUNT(by_exponent); i++)
		for (p = by_exponent[i].codes; *p != '\0'; p += CODE_BYTES + 1)
			if (memcmp(p, currency, CODE_BYTES) == 0)
				return by_exponent[i].exponent;
	return -1;
}

bool
money_parse(const char *s, const char *currency, int64_t *ret_minor,
    struct oms_error *err)
{
	int exponent = money_exponent(currency);
	int64_t minor;

	if (exponent < 0)
		return oms_fail(err, OMS_VALUE,
		    "\"%.10s\" is not a currency of ISO 4217", currency);
	if (!num_parse_decimal(s, exponent, &minor, err))
		return oms_context(err, "amount in %s", currency);
	if (minor > MONEY_MAX_MINOR || minor < -MONEY_MAX_MINOR)
		return oms_fail(err, OMS_VALUE,
		    "amount \"%.40s\" %s is beyond the bound of oms", s,
		    currency);
	*ret_minor = minor;
	return true;
}

char *
money_format(int64_t minor, const char *currency, char *dst)
{
	int exponent = money_exponent(currency);

	return num_format_decimal(minor, exponent < 0 ? 0 : exponent, dst);
}

struct remainder {
	uint64_t rest; /* of |amount| * weight / sum */
	size_t index;
};

static int
larger_first(const void *a, const void *b)
{
	const struct remainder *x = a, *y = b;

	if (x->rest != y->rest)
		return x->rest > y->rest ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

void
money_split(int64_t amount, const int64_t *weight, size_t n, int64_t *ret)
{
	struct remainder few[FEW_WEIGHTS], *by_rest = few;
	uint64_t abs = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	uint64_t sum = 0, left = abs;

	for (size_t i = 0; i < n; i++) {
		assert(weight[i] >= 0);
		sum += (uint64_t)weight[i];
		ret[i] = 0;
	}
	if (sum == 0) {
		if (n > 0)
			ret[0] = amount;
		return;
	}
	if (n > FEW_WEIGHTS)
		by_rest = mem_array(NULL, struct remainder, n);
	for (size_t i = 0; i < n; i++) {
		wide product = (wide)abs * (uint64_t)weight[i];
		uint64_t share = (uint64_t)(product / sum);

		by_rest[i].rest = (uint64_t)(product % sum);
		by_rest[i].index = i;
		ret[i] = (int64_t)share;
		left -= share;
	}
	if (left > 0)
		qsort(by_rest, n, sizeof(by_rest[0]), larger_first);
	for (size_t k = 0; k < left; k++)
		ret[by_rest[k].index]++;
	for (size_t i = 0; amount < 0 && i < n; i++)
		ret[i] = -ret[i];
	if (by_rest != few)
		mem_free(by_rest);
}

int64_t
money_share(int64_t amount, int64_t qty, int64_t done, int64_t take)
{
	assert(qty > 0);
	return num_muldiv(amount, done + take, qty) -
	    num_muldiv(amount, done, qty);
}

int64_t
money_next(int64_t amount, int64_t qty, int64_t upto, int64_t so_far)
{
	int64_t next;

	assert(qty > 0);
	next = num_muldiv(amount, upto, qty) - so_far;
	return (next < 0) == (amount < 0) ? next : 0;
}
