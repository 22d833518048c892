/* test_str.c - the promises of base/str.h and base/error.h. */

#include "tests/unit/testing.h"

#include "base/str.h"

static int
setup(void **state)
{
	*state = mem_ctx_new(mem_ctx_new(NULL, "test"), "fixture");
	return 0;
}

static void
test_sbuf__past_its_limit__keeps_what_fits_and_remembers(void **state)
{
	struct sbuf b;

	sbuf_init(&b, *state, 10);
	sbuf_adds(&b, "0123456789");
	assert_true(sbuf_ok(&b));
	sbuf_addc(&b, 'x');
	assert_false(sbuf_ok(&b));
	assert_string_equal(b.p, "0123456789");
	sbuf_addf(&b, "%d", 1);
	assert_string_equal(b.p, "0123456789");
}

static void
test_sbuf__many_small_adds__hold_every_byte(void **state)
{
	struct sbuf b;

	sbuf_init(&b, *state, 1 << 20);
	for (int i = 0; i < 10000; i++)
		sbuf_addf(&b, "%04d,", i);
	assert_int_equal(b.len, 50000);
	assert_memory_equal(b.p + 49995, "9999,", 6);
}

static void
test_is_utf8__bad_sequences__are_refused(void **state)
{
	static const char *const bad[] = { "\xff", "\xc0\xaf", "\xe0\x80\xaf",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xc3", "\x80" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_is_utf8(bad[i], strlen(bad[i])));
	assert_true(str_is_utf8("Gr\xc3\xbc\xc3\x9f"
				"e \xf0\x9f\x98\x80",
	    13));
}

static void
test_show__control_bytes_and_length__are_tamed(void **state)
{
	assert_string_equal(str_show(*state, "a\x1b[31m\n", 40),
	    "a\\x1b[31m\\x0a");
	assert_string_equal(str_show(*state, "abcdef", 3), "abc...");
	assert_string_equal(str_show(*state, "\xff", 3), "\\xff");
}

static void
test_is_safe_name__ways_out_of_a_folder__are_refused(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".hid", "a/b", "../x",
		"a\nb", "\xff" };
	char long_name[300];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_is_safe_name(bad[i]));
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_false(str_is_safe_name(long_name));
	assert_true(str_is_safe_name("orders 2026 (1).xml"));
}

static void
test_error__place_and_purpose__read_outermost_first(void **state)
{
	struct oms_error err = NO_ERROR;

	(void)state;
	assert_false(oms_fail(&err, OMS_VALUE, "\"x\" is no number"));
	assert_false(oms_at(&err, "field qty"));
	assert_false(oms_at(&err, "stock.csv line 4"));
	assert_false(oms_context(&err, "read stock"));
	assert_string_equal(err.where, "stock.csv line 4 field qty");
	assert_string_equal(err.reason, "read stock: \"x\" is no number");
}

static void
test_codes__every_one__has_a_unique_name_meaning_and_action(void **state)
{
	(void)state;
	for (int i = 0; i < OMS_CODE_COUNT; i++) {
		assert_true(oms_code_meaning((enum oms_code)i)[0] != '\0');
		assert_true(oms_code_action((enum oms_code)i)[0] != '\0');
		assert_int_equal(
		    oms_code_of_name(oms_code_name((enum oms_code)i)), i);
	}
	assert_int_equal(oms_code_of_name("no.such"), OMS_CODE_COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sbuf__past_its_limit__keeps_what_fits_and_remembers),
		TEST(test_sbuf__many_small_adds__hold_every_byte),
		TEST(test_is_utf8__bad_sequences__are_refused),
		TEST(test_show__control_bytes_and_length__are_tamed),
		TEST(test_is_safe_name__ways_out_of_a_folder__are_refused),
		TEST(test_error__place_and_purpose__read_outermost_first),
		TEST(
		    test_codes__every_one__has_a_unique_name_meaning_and_action),
	};
	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
