/* Money that never loses a cent: TEMP-10, SFCC-36, billing 4.2. */

#include "tests/unit/testing.h"

#include "base/num.h"
#include "model/money.h"

enum { CASES = 200000, LINES = 40 };

static int
setup(void **state)
{
	mem_ctx *top = mem_ctx_new(NULL, "test");

	*state = mem_ctx_new(top, "fixture");
	return 0;
}

/* xorshift64*: the same cases at every run, everywhere. */
static uint64_t seed;

static int64_t
random_upto(int64_t max)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (int64_t)((seed * UINT64_C(2685821657736338717)) >> 1) %
	    (max + 1);
}

static int64_t
random_amount(void)
{
	static const int64_t max[] = { 0, 9, 100, 99999, MONEY_MAX_MINOR };
	int64_t amount = random_upto(max[random_upto(4)]);

	return random_upto(1) ? amount : -amount;
}

static void
test_money_exponent__each_kind__is_iso_4217(void **state)
{
	static const struct {
		const char *currency;
		int exponent;
	} want[] = { { "EUR", 2 }, { "USD", 2 }, { "JPY", 0 }, { "KWD", 3 },
		{ "CLF", 4 }, { "ZWG", 2 }, { "AED", 2 }, { "XPF", 0 },
		{ "TND", 3 }, { "XTS", -1 }, { "XAU", -1 }, { "eur", -1 },
		{ "EU", -1 }, { "EURO", -1 }, { "", -1 }, { "R A", -1 },
		{ "UR ", -1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(money_exponent(want[i].currency),
		    want[i].exponent);
}

static void
test_money_parse__decimal_text__is_minor_units(void **state)
{
	static const struct {
		const char *text, *currency;
		int64_t minor;
	} want[] = { { "12.5", "EUR", 1250 }, { ".00", "EUR", 0 },
		{ "-10.00", "USD", -1000 }, { "12.5000", "EUR", 1250 },
		{ "1200", "JPY", 1200 }, { "1200.0", "JPY", 1200 },
		{ "1.234", "KWD", 1234 }, { "0.0001", "CLF", 1 },
		{ "10000000000.00", "EUR", MONEY_MAX_MINOR },
		{ "-10000000000.00", "EUR", -MONEY_MAX_MINOR } };
	int64_t minor;

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		ASSERT_OK(
		    money_parse(want[i].text, want[i].currency, &minor, ERR));
		assert_int_equal(minor, want[i].minor);
	}
}

static void
test_money_parse__not_an_amount__is_refused(void **state)
{
	static const struct {
		const char *text, *currency;
	} bad[] = { { "12.505", "EUR" }, { "12.5", "JPY" }, { "1.2345", "KWD" },
		{ "", "EUR" }, { "12,5", "EUR" }, { "INF", "EUR" },
		{ "1", "XTS" }, { "1", "" }, { "10000000000.01", "EUR" },
		{ "-10000000000.01", "EUR" },
		{ "99999999999999999999", "EUR" } };
	int64_t minor = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_FAILS(OMS_VALUE,
		    money_parse(bad[i].text, bad[i].currency, &minor, ERR));
	assert_int_equal(minor, 77);
}

static void
test_money_format__any_amount__parses_back(void **state)
{
	static const char *const currency[] = { "EUR", "JPY", "KWD", "CLF" };
	char text[NUM_DECIMAL_BYTES];
	int64_t minor;

	(void)state;
	assert_string_equal(money_format(1250, "EUR", text), "12.50");
	assert_string_equal(money_format(-5, "EUR", text), "-0.05");
	assert_string_equal(money_format(1250, "JPY", text), "1250");
	assert_string_equal(money_format(1, "KWD", text), "0.001");
	seed = 1;
	for (int i = 0; i < CASES; i++) {
		const char *c = currency[random_upto(3)];
		int64_t amount = random_amount();

		ASSERT_OK(
		    money_parse(money_format(amount, c, text), c, &minor, ERR));
		assert_int_equal(minor, amount);
	}
}

static void
test_money_split__known_cases__largest_remainder_then_lower_index(void **state)
{
	static const struct {
		int64_t amount, weight[4], want[4];
	} cases[] = {
		{ 100, { 1, 1, 1, 0 }, { 34, 33, 33, 0 } },
		{ -100, { 1, 1, 1, 0 }, { -34, -33, -33, 0 } },
		{ 2, { 1, 1, 1, 1 }, { 1, 1, 0, 0 } },
		{ 10, { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
		{ 5, { 1, 9, 0, 0 }, { 1, 4, 0, 0 } },
		{ 7, { 0, 0, 0, 0 }, { 7, 0, 0, 0 } },
		{ 0, { 3, 2, 1, 0 }, { 0, 0, 0, 0 } },
		{ 1, { 0, 0, 5, 0 }, { 0, 0, 1, 0 } },
	};
	int64_t got[4];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		money_split(cases[i].amount, cases[i].weight, 4, got);
		for (int k = 0; k < 4; k++)
			assert_int_equal(got[k], cases[i].want[k]);
	}
}

/* Fractions of |amount| * weight / sum, to compare without a double. */
__extension__ typedef unsigned __int128 wide;

static void
check_split(int64_t amount, const int64_t *weight, size_t n, const int64_t *got)
{
	uint64_t abs = (uint64_t)(amount < 0 ? -amount : amount);
	uint64_t whole = 0, least_up = UINT64_MAX, most_down = 0;
	int64_t sum = 0;
	size_t last_up = 0, first_down = n;

	for (size_t i = 0; i < n; i++) {
		whole += (uint64_t)weight[i];
		sum += got[i];
	}
	assert_int_equal(sum, amount);
	for (size_t i = 0; whole > 0 && i < n; i++) {
		wide product = (wide)abs * (uint64_t)weight[i];
		uint64_t share = (uint64_t)(got[i] < 0 ? -got[i] : got[i]);
		uint64_t rest = (uint64_t)(product % whole);

		assert_true(got[i] == 0 || (got[i] < 0) == (amount < 0));
		assert_in_range(share - (uint64_t)(product / whole), 0, 1);
		if (share > product / whole) {
			last_up = rest <= least_up ? i : last_up;
			least_up = rest < least_up ? rest : least_up;
		} else if (rest > most_down) {
			most_down = rest;
			first_down = i;
		}
	}
	/* Who got a unit had no smaller remainder than who did not. */
	assert_true(most_down <= least_up);
	assert_true(most_down != least_up || last_up < first_down);
}

static void
test_money_split__random_weights__sum_sign_and_rank_hold(void **state)
{
	int64_t weight[LINES], got[LINES];

	(void)state;
	seed = 2;
	for (int i = 0; i < CASES; i++) {
		size_t n = (size_t)random_upto(i % 100 == 0 ? LINES - 1 : 6) +
		    1;
		int64_t max = i % 3 == 0 ? 3 : MONEY_MAX_MINOR;
		int64_t amount = random_amount();

		for (size_t k = 0; k < n; k++)
			weight[k] = random_upto(max);
		money_split(amount, weight, n, got);
		check_split(amount, weight, n, got);
	}
}

static void
test_money_split__largest_numbers__do_not_overflow(void **state)
{
	int64_t weight[2] = { INT64_MAX - 1, 1 }, got[2];

	(void)state;
	money_split(INT64_MAX, weight, 2, got);
	assert_int_equal(got[0], INT64_MAX - 1);
	assert_int_equal(got[1], 1);
}

static void
test_money_share__any_sequence__sums_to_the_amount(void **state)
{
	(void)state;
	seed = 3;
	for (int i = 0; i < CASES; i++) {
		int64_t amount = random_amount();
		int64_t qty = random_upto(i % 2 ? 12 : 1000000) + 1;
		int64_t done = 0, sum = 0;

		for (int k = 0; done < qty; k++) {
			int64_t take = k > 8 ? qty - done
					     : random_upto(qty - done);
			int64_t share = money_share(amount, qty, done, take);

			assert_true(share == 0 || (share < 0) == (amount < 0));
			assert_true(take > 0 || share == 0);
			done += take;
			sum += share;
		}
		assert_int_equal(sum, amount);
	}
}

static void
test_money_share__halves__round_away_from_zero(void **state)
{
	(void)state;
	assert_int_equal(money_share(5, 2, 0, 1), 3);
	assert_int_equal(money_share(5, 2, 1, 1), 2);
	assert_int_equal(money_share(-5, 2, 0, 1), -3);
	assert_int_equal(money_share(100, 3, 1, 1), 34);
	assert_int_equal(money_share(MONEY_MAX_MINOR, 1000000, 999999, 1),
	    1000000);
}

/* An invoice line of what a line brought, and what came back of it. */
struct piece {
	int64_t qty, amount, back_qty;
};

/* Give back some of a piece; the whole of it comes to its amount. */
static int64_t
give_back(struct piece *p, int64_t qty)
{
	int64_t share = money_share(p->amount, p->qty, p->back_qty, qty);

	assert_true(share == 0 || (share < 0) == (p->amount < 0));
	p->back_qty += qty;
	return share;
}

static void
test_money_next__bills_and_credits_in_any_order__end_exact(void **state)
{
	enum { STEPS = 12 };

	(void)state;
	seed = 4;
	for (int i = 0; i < CASES; i++) {
		struct piece piece[STEPS + 1];
		int64_t amount = random_amount(), qty = random_upto(9) + 1;
		int64_t billed = 0, so_far = 0, share, take;
		int count = 0;

		for (int k = 0; k < STEPS; k++) {
			struct piece *p = &piece[random_upto(count)];

			if (p < &piece[count] && random_upto(2) == 0) {
				take = random_upto(p->qty - p->back_qty);
				so_far -= give_back(p, take);
				billed -= take;
			} else if (billed < qty) {
				take = random_upto(qty - billed - 1) + 1;
				share = money_next(amount, qty, billed + take,
				    so_far);
				assert_true(
				    share == 0 || (share < 0) == (amount < 0));
				piece[count++] = (struct piece){ take, share,
					0 };
				billed += take;
				so_far += share;
			}
			assert_true(
			    so_far == 0 || (so_far < 0) == (amount < 0));
			assert_true(billed < qty || so_far == amount);
		}
		so_far += money_next(amount, qty, qty, so_far);
		assert_int_equal(so_far, amount);
	}
}

static void
test_give_back__all_of_an_invoice_line__is_its_amount(void **state)
{
	(void)state;
	seed = 5;
	for (int i = 0; i < CASES; i++) {
		struct piece p = { random_upto(20) + 1, random_amount(), 0 };
		int64_t back = 0;

		while (p.back_qty < p.qty)
			back += give_back(&p,
			    random_upto(p.qty - p.back_qty - 1) + 1);
		assert_int_equal(back, p.amount);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_money_exponent__each_kind__is_iso_4217),
		TEST(test_money_parse__decimal_text__is_minor_units),
		TEST(test_money_parse__not_an_amount__is_refused),
		TEST(test_money_format__any_amount__parses_back),
		TEST(
		    test_money_split__known_cases__largest_remainder_then_lower_index),
		TEST(test_money_split__random_weights__sum_sign_and_rank_hold),
		TEST(test_money_split__largest_numbers__do_not_overflow),
		TEST(test_money_share__any_sequence__sums_to_the_amount),
		TEST(test_money_share__halves__round_away_from_zero),
		TEST(
		    test_money_next__bills_and_credits_in_any_order__end_exact),
		TEST(test_give_back__all_of_an_invoice_line__is_its_amount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
