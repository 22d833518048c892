/* Card numbers are made unreadable, and nothing else is: SEC-04, CMP-01. */

#include "testing.h"

#include "base/cards.h"
#include "base/fs.h"

static int
setup(void **state)
{
	*state = mem_ctx_new(mem_ctx_new(NULL, "test"), "row");
	return 0;
}

static void
assert_scrubs(const char *text, const char *want)
{
	char copy[200];
	size_t n = strlen(text);

	memcpy(copy, text, n + 1);
	assert_int_equal(cards_scrub(copy, n), strcmp(text, want) != 0);
	assert_string_equal(copy, want);
}

static void
test_scrub__card_numbers_of_the_brands__keep_six_and_four(void **state)
{
	(void)state;
	assert_scrubs("4111111111111111", "411111XXXXXX1111");
	assert_scrubs("<n>5555555555554444</n>", "<n>555555XXXXXX4444</n>");
	assert_scrubs("x,2223003122003222,5", "x,222300XXXXXX3222,5");
	assert_scrubs("378282246310005", "378282XXXXX0005");
	assert_scrubs("30569309025904", "305693XXXX5904");
	assert_scrubs("6011111111111117.", "601111XXXXXX1117.");
	assert_scrubs("3530111333300000", "353011XXXXXX0000");
	assert_scrubs("6200000000000005", "620000XXXXXX0005");
	assert_scrubs("6304000000000000000", "630400XXXXXXXXX0000");
}

static void
test_scrub__card_as_printed__is_found_by_its_groups(void **state)
{
	(void)state;
	assert_scrubs("4111 1111 1111 1111", "4111 11XX XXXX 1111");
	assert_scrubs("4111-1111-1111-1111", "4111-11XX-XXXX-1111");
	assert_scrubs("qty 2 4111 1111 1111 1111 7",
	    "qty 2 4111 11XX XXXX 1111 7");
	assert_scrubs("3782 822463 10005", "3782 82XXXX X0005");
	assert_scrubs("2 4111111111111111", "2 411111XXXXXX1111");
}

static void
test_scrub__other_numbers__stay(void **state)
{
	static const char *const others[] = {
		"4111111111111112",        /* not by Luhn's rule */
		"4006381333931",           /* EAN-13, and once a Visa length */
		"9780306406157",           /* ISBN */
		"00012345600012",          /* GTIN-14 */
		"1Z9994111111111111111",   /* UPS: glued to a letter */
		"94001118992231975428",    /* USPS: 20 digits */
		"041111111111111111",      /* part of a longer number */
		"A4111111111111111",       /* a key of somebody */
		"4111111111111111B",       /* "" */
		"4111111111111111.50",     /* an amount */
		"0.4111111111111111",      /* a rate */
		"41 11 11 11 11 11 11 11", /* no card is printed so */
		"4111  1111  1111  1111",  /* nor so */
		"1774656000000000",        /* microseconds since 1970 */
		"00010001 00010002 00010003 00010004",
		"2026-03-28 2026-03-29",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++)
		assert_scrubs(others[i], others[i]);
}

static void
test_scrub__utf16__is_scrubbed_too(void **state)
{
	const char card[] = "4111111111111111";
	char text[80] = { 0 };

	(void)state;
	for (size_t i = 0; card[i] != '\0'; i++)
		text[2 * i + 1] = card[i]; /* big end first */
	assert_int_equal(cards_scrub(text, 2 * strlen(card)), 1);
	assert_int_equal(text[2 * 6 + 1], 'X');
	assert_int_equal(text[2 * 5 + 1], '1');
}

/* At every place around the seams of the windows that a file is read in. */
static void
test_scrub_file__at_any_place__is_found_and_nothing_moves(void **state)
{
	static const char card[] = "4111111111111111";
	enum { BYTES = (1 << 20) + 100 };
	mem_ctx *ctx = *state;
	char *path = fs_path(ctx, testing_tmpdir(ctx), "f");
	char *text = mem_zero(ctx, BYTES, "text"), *got;
	int64_t cards;
	size_t n;

	for (size_t at = (1 << 20) - 20; at < (1 << 20) + 4; at++) {
		memset(text, '.', BYTES);
		memcpy(text + at, card, 16);
		text[at - 1] = text[at + 16] = '\n';
		(void)unlink(path);
		ASSERT_OK(fs_write_tmp(path, text, BYTES, 0600, ERR));
		ASSERT_OK(cards_scrub_file(path, &cards, ERR));
		assert_int_equal(cards, 1);
		ASSERT_OK((got = fs_read(ctx, path, BYTES, &n, ERR)) != NULL);
		assert_int_equal(n, BYTES);
		memcpy(text + at, "411111XXXXXX1111", 16);
		assert_memory_equal(got, text, BYTES);
	}
}

static void
test_scrub_file__unreadable__fails(void **state)
{
	int64_t cards;

	ASSERT_FAILS(OMS_IO,
	    cards_scrub_file(testing_tmpdir(*state), &cards, ERR));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_scrub__card_numbers_of_the_brands__keep_six_and_four),
		TEST(test_scrub__card_as_printed__is_found_by_its_groups),
		TEST(test_scrub__other_numbers__stay),
		TEST(test_scrub__utf16__is_scrubbed_too),
		TEST(test_scrub_file__at_any_place__is_found_and_nothing_moves),
		TEST(test_scrub_file__unreadable__fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
