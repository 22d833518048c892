/*
 * fuzz_money.c - amounts survive text and back; splits and shares are exact.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "model/money.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { PARTS_MAX = 16 };

static void
text_and_back(const char *text, const char *currency)
{
	struct oms_error err = NO_ERROR;
	char shown[NUM_DECIMAL_BYTES];
	int64_t minor, again;

	if (!money_parse(text, currency, &minor, &err))
		return;
	assert(minor <= MONEY_MAX_MINOR && minor >= -MONEY_MAX_MINOR);
	money_format(minor, currency, shown);
	assert(money_parse(shown, currency, &again, &err));
	assert(again == minor);
}

static void
split_and_share(const uint8_t *data, size_t n, int64_t amount)
{
	int64_t weight[PARTS_MAX], part[PARTS_MAX], sum = 0, qty = 0, done = 0;

	n = n > PARTS_MAX ? PARTS_MAX : n;
	for (size_t i = 0; i < n; i++) {
		weight[i] = data[i];
		qty += data[i];
	}
	money_split(amount, weight, n, part);
	for (size_t i = 0; i < n; i++)
		sum += part[i];
	assert(n == 0 || sum == amount);
	sum = 0;
	for (size_t i = 0; i < n && qty > 0; i++) {
		sum += money_share(amount, qty, done, weight[i]);
		done += weight[i];
	}
	assert(qty == 0 || sum == amount);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "fuzz");
	char *text = mem_strndup(ctx, (const char *)data, n);
	int64_t amount = 0, ts;
	struct oms_error err = NO_ERROR;

	text_and_back(text, "EUR");
	text_and_back(text, "JPY");
	text_and_back(text, "KWD");
	(void)!num_parse_ts(text, &ts, &err);
	if (n > sizeof(amount)) {
		memcpy(&amount, data, sizeof(amount));
		amount %= MONEY_MAX_MINOR;
		split_and_share(data + sizeof(amount), n - sizeof(amount),
		    amount);
	}
	mem_free(ctx);
	return 0;
}
