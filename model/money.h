/*
 * money.h - minor units, currencies, and splits that never lose a cent.
 *
 * An amount is int64_t minor units and an ISO 4217 code; the exponent says
 * how many decimals the code has (JPY 0, EUR 2, KWD 3).  Amounts are bounded
 * by MONEY_MAX_MINOR, so that sums of a million of them still fit.
 */
#ifndef OMS_MODEL_MONEY_H
#define OMS_MODEL_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MONEY_MAX_MINOR INT64_C(1000000000000) /* either side of 0 */

/* The decimals of a currency; -1 when the code is none of ISO 4217. */
int money_exponent(const char *currency);

/*
 * money_parse - decimal text as minor units of a currency.
 *
 * "12.5" EUR is 1250; ".00" is 0; trailing zeros may pass the exponent.
 *
 * errors  OMS_VALUE  not an amount, too many decimals, beyond the bound
 */
bool money_parse(const char *s, const char *currency, int64_t *ret_minor,
    struct oms_error *err) MUST_CHECK;

/* 1250 EUR is "12.50".  dst holds NUM_DECIMAL_BYTES. */
char *money_format(int64_t minor, const char *currency, char *dst);

/*
 * money_split - one amount over n weights, by largest remainder.
 *
 * ret[i] = floor(|amount| * weight[i] / sum), then the units left over go to
 * the largest remainders, ties to the lower index; the sign is restored.
 * The ret sum to amount, always.  All weights 0: all of it to index 0.
 *
 * weight  n values, each >= 0, with a sum within int64_t
 * source  billing 4.2, apportionment step 1
 */
void money_split(int64_t amount, const int64_t *weight, size_t n, int64_t *ret);

/*
 * money_share - the part of an amount that goes with some of its units.
 *
 * R(amount * (done + take) / qty) - R(amount * done / qty), R half up away
 * from zero: over any sequence of takes the shares sum to amount exactly.
 *
 * qty    ordered, > 0;  done  gone before;  take  going now
 * source billing 4.2, apportionment step 2
 */
int64_t money_share(int64_t amount, int64_t qty, int64_t done, int64_t take);

/*
 * money_next - as money_share, when so_far was taken for what is done.
 *
 * R(amount * upto / qty) - so_far, but never with the other sign than amount:
 * 0 then.  After a credit so_far may stand off the ideal by a unit, and yet
 * the share with upto = qty takes exactly what is left.
 *
 * upto    done + take;  so_far  between 0 and amount
 */
int64_t money_next(int64_t amount, int64_t qty, int64_t upto, int64_t so_far);

#endif
