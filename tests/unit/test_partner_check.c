/* test_partner_check.c - what oms check tells of a partner. */

#include "tests/unit/exchange_home.h"

#include "pipeline/partner_check.h"

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct home *h = home_new(run);

	*state = h;
	home_feed(h, &h->partner[0], FEED_IN, "orders", "sfcc.order", "out",
	    "*.xml");
	home_feed(h, &h->partner[0], FEED_OUT, "status", "sfcc.order_status",
	    "in", "");
	return 0;
}

/* What it prints; *ret_code is what it returns. */
static char *
check(struct home *h, enum oms_code *ret_code)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	char *said;

	assert_non_null(out);
	*ret_code = partner_check(&h->cfg, &h->partner[0], out);
	assert_int_equal(fclose(out), 0);
	said = mem_strdup(h, text);
	free(text);
	return said;
}

static void
test_partner_check__all_well__lists_every_folder(void **state)
{
	struct home *h = *state;
	enum oms_code code;
	char *said;

	home_write(h, "there/out/a.xml", "<orders/>");
	home_write(h, "there/out/b.txt", "");
	said = check(h, &code);
	assert_int_equal(code, OMS_OK);
	assert_non_null(strstr(said, "in \"out\": 2 files, 1 match *.xml"));
	assert_non_null(strstr(said, "out \"in\": 0 files"));
	assert_non_null(strstr(said, "archive"));
	assert_null(strstr(said, "FAIL"));
	assert_true(home_has(h, "there/out/a.xml"));
}

static void
test_partner_check__folder_missing__says_what_to_do_and_goes_on(void **state)
{
	struct home *h = *state;
	enum oms_code code;
	char *said;

	assert_int_equal(rmdir(home_path(h, "there/archive")), 0);
	said = check(h, &code);
	assert_int_equal(code, OMS_NOT_FOUND);
	assert_non_null(strstr(said, "FAIL  net.not_found: "));
	assert_non_null(strstr(said, oms_code_action(OMS_NOT_FOUND)));
	assert_non_null(strstr(said, "out \"in\": 0 files"));
}

static void
test_partner_check__no_connection__says_so_and_stops(void **state)
{
	struct home *h = *state;
	enum oms_code code;
	char *said;

	h->partner[0].path = home_path(h, "nowhere");
	said = check(h, &code);
	assert_int_equal(code, OMS_PEER);
	assert_null(strstr(said, "feed"));
}

static void
test_partner_check__our_own_folders__are_looked_at(void **state)
{
	struct home *h = *state;
	enum oms_code code;
	char *said;

	h->partner[0].path = mem_strdup(h, "");
	said = check(h, &code);
	assert_int_equal(code, OMS_OK);
	assert_non_null(strstr(said, "inbox/shop"));
	assert_non_null(strstr(said, "not there yet"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_partner_check__all_well__lists_every_folder),
		TEST(
		    test_partner_check__folder_missing__says_what_to_do_and_goes_on),
		TEST(test_partner_check__no_connection__says_so_and_stops),
		TEST(test_partner_check__our_own_folders__are_looked_at),
	};
	return cmocka_run_group_tests_name("partner_check", tests, NULL, NULL);
}
