/* test_diff.c - the promises of base/diff.h. */

#include "tests/unit/testing.h"

#include "base/diff.h"

static int
setup(void **state)
{
	*state = mem_ctx_new(mem_ctx_new(NULL, "test"), "fixture");
	return 0;
}

static const char *
diff(mem_ctx *ctx, const char *a, const char *b)
{
	struct sbuf out;

	sbuf_init(&out, ctx, 1 << 22);
	diff_unified(&out, a, strlen(a), "a", b, strlen(b), "b");
	assert_true(sbuf_ok(&out));
	return out.p;
}

#define HEAD "--- a\n+++ b\n"

static void
test_diff__same_texts__is_nothing(void **state)
{
	assert_string_equal(diff(*state, "", ""), "");
	assert_string_equal(diff(*state, "1\n2\n", "1\n2\n"), "");
	assert_string_equal(diff(*state, "1", "1"), "");
}

static void
test_diff__one_line_changed__has_three_lines_around_it(void **state)
{
	assert_string_equal(diff(*state, "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
				"1\n2\n3\n4\nX\n6\n7\n8\n9\n"),
	    HEAD "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n");
}

static void
test_diff__only_put_in_or_taken_out__counts_as_patch_does(void **state)
{
	assert_string_equal(diff(*state, "", "1\n"),
	    HEAD "@@ -0,0 +1 @@\n+1\n");
	assert_string_equal(diff(*state, "1\n", ""),
	    HEAD "@@ -1 +0,0 @@\n-1\n");
	assert_string_equal(diff(*state, "1\n3\n", "1\n2\n3\n"),
	    HEAD "@@ -1,2 +1,3 @@\n 1\n+2\n 3\n");
}

static void
test_diff__far_changes__are_hunks_of_their_own(void **state)
{
	assert_string_equal(diff(*state, "a\n1\n2\n3\n4\n5\n6\n7\nb\n",
				"A\n1\n2\n3\n4\n5\n6\n7\nB\n"),
	    HEAD "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
		 "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
	assert_string_equal(
	    diff(*state, "a\n1\n2\n3\n4\nb\n", "A\n1\n2\n3\n4\nB\n"),
	    HEAD "@@ -1,6 +1,6 @@\n-a\n+A\n 1\n 2\n 3\n 4\n-b\n+B\n");
}

static void
test_diff__no_line_end__is_said(void **state)
{
	assert_string_equal(diff(*state, "1\n2", "1\n2\n"),
	    HEAD "@@ -1,2 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n+2\n");
}

/* Apply a difference to a text of one-letter lines: what patch(1) does. */
static void
apply(const char *a, const char *patch, char *dst)
{
	const char *p = strstr(patch, "\n@@ ");
	size_t at = 0;

	for (p = p == NULL ? "" : p + 1; *p != '\0';
	     p += strcspn(p, "\n") + 1) {
		if (*p == '@') {
			size_t line = strtoul(strchr(p, '-') + 1, NULL, 10);
			const char *comma = strchr(p, ',');
			bool none = comma != NULL && comma < strchr(p, '+') &&
			    comma[1] == '0';

			for (line -= none ? 0 : 1; at < line; at++) {
				*dst++ = a[2 * at];
				*dst++ = '\n';
			}
			continue;
		}
		if (*p != '+') {
			assert_int_equal(p[1], a[2 * at]);
			at++;
		}
		if (*p != '-') {
			*dst++ = p[1];
			*dst++ = '\n';
		}
	}
	strcpy(dst, a + 2 * at);
}

static void
test_diff__any_two_texts__turn_one_into_the_other(void **state)
{
	unsigned seed = 7;

	for (int round = 0; round < 3000; round++) {
		mem_ctx *ctx = mem_ctx_new(*state, "round");
		char text[2][41] = { "", "" }, got[200];

		for (int t = 0; t < 2; t++)
			for (size_t i = 0; i < 20; i++) {
				seed = seed * 1103515245 + 12345;
				if ((seed >> 16) % 24 < i)
					break;
				seed = seed * 1103515245 + 12345;
				text[t][2 * i] = (char)('a' + (seed >> 16) % 4);
				text[t][2 * i + 1] = '\n';
			}
		apply(text[0], diff(ctx, text[0], text[1]), got);
		assert_string_equal(got, text[1]);
		mem_free(ctx);
	}
}

static void
test_diff__nothing_in_common__stays_within_its_bounds(void **state)
{
	struct sbuf a, b, out;

	sbuf_init(&a, *state, 1 << 20);
	sbuf_init(&b, *state, 1 << 20);
	sbuf_init(&out, *state, 1 << 22);
	for (int i = 0; i < 20000; i++) {
		sbuf_addf(&a, "a%d\n", i);
		sbuf_addf(&b, "b%d\n", i);
	}
	diff_unified(&out, a.p, a.len, "a", b.p, b.len, "b");
	assert_true(sbuf_ok(&out));
	assert_memory_equal(out.p, HEAD "@@ -1,20000 +1,20000 @@\n-a0\n", 40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_diff__same_texts__is_nothing),
		TEST(test_diff__one_line_changed__has_three_lines_around_it),
		TEST(test_diff__only_put_in_or_taken_out__counts_as_patch_does),
		TEST(test_diff__far_changes__are_hunks_of_their_own),
		TEST(test_diff__no_line_end__is_said),
		TEST(test_diff__any_two_texts__turn_one_into_the_other),
		TEST(test_diff__nothing_in_common__stays_within_its_bounds),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
