/*
 * test_edi_corpus.c - guides, reader and checker on whole files.
 *
 * tests/corpus/edi/good: no finding at all.  tests/corpus/edi/bad: the one
 * finding that the file is named by, x12-FAULT.x12, and nothing else.
 */

#include "tests/unit/testing.h"

#include <dirent.h>

#include "parsers/edi_check.h"

enum { FILE_MAX = 1 << 20, LIMIT_BYTES = 200 };

struct fixture {
	char path[300];
	int findings;
	int errors;           /* of them */
	enum edi_fault fault; /* of the last one */
	char message[300];
};

static int
setup(void **state)
{
	*state = mem_new(mem_ctx_new(NULL, "corpus"), struct fixture);
	return 0;
}

static bool
on_finding(void *u, const struct edi_finding *found, struct oms_error *err)
{
	struct fixture *f = u;

	(void)err;
	f->findings++;
	f->errors += found->severity == EDI_ERROR;
	f->fault = found->fault;
	snprintf(f->message, sizeof(f->message), "%s line %lld %s: %s",
	    edi_faults[found->fault].name, (long long)found->line,
	    found->segment, found->message);
	print_message("# %s: %s\n", f->path, f->message);
	return true;
}

/* Some faults are faults only for somebody who expects something. */
static void
expect(struct edi_check_options *o, const char *fault)
{
	o->is_test = -1;
	if (strcmp(fault, "receiver-unknown") == 0)
		o->receiver = "ZZ:NORTHFIELD";
	else if (strcmp(fault, "sender-unknown") == 0)
		o->sender = "ZZ:LARKSPUR";
	else if (strcmp(fault, "test-indicator") == 0)
		o->is_test = 0;
	else if (strcmp(fault, "set-limit") == 0) {
		o->collect = true;
		o->set_max_bytes = LIMIT_BYTES;
	}
}

static void
check_file(struct fixture *f, const char *fault, unsigned lenient)
{
	mem_ctx *ctx = mem_ctx_new(mem_parent(f), "file");
	struct edi_check_options options = { .guides = edi_guides_new(ctx),
		.lenient = lenient };
	struct edi_sink sink = { .u = f, .finding = on_finding };
	struct edi_summary sum;
	struct edi_check *c;
	char *bytes = mem_array(ctx, char, FILE_MAX);
	FILE *in = fopen(f->path, "rb");
	size_t n;

	assert_non_null(in);
	n = fread(bytes, 1, FILE_MAX, in);
	assert_true(n > 0 && feof(in));
	assert_int_equal(fclose(in), 0);
	expect(&options, fault);
	f->findings = f->errors = 0;
	c = edi_check_new(ctx, &options, &sink);
	ASSERT_OK(edi_check_feed(c, bytes, n, ERR));
	ASSERT_OK(edi_check_finish(c, &sum, ERR));
	assert_int_equal(sum.errors + sum.warnings, f->findings);
	mem_free(ctx);
}

/* each() is called with the path of every file in a folder; how many. */
static size_t
each_file(struct fixture *f, const char *folder,
    void (*each)(struct fixture *f, const char *name))
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(f->path, sizeof(f->path), "%s/%s", folder,
		    entry->d_name);
		each(f, entry->d_name);
		count++;
	}
	closedir(dir);
	return count;
}

static void
is_good(struct fixture *f, const char *name)
{
	(void)name;
	check_file(f, "", EDI_STRICT);
	if (f->findings != 0)
		fail_msg("%s: %s", f->path, f->message);
}

static void
is_bad(struct fixture *f, const char *name)
{
	char fault[60];
	size_t n;

	name = strchr(name, '-');
	assert_non_null(name);
	n = strcspn(name + 1, ".");
	assert_true(n < sizeof(fault));
	memcpy(fault, name + 1, n);
	fault[n] = '\0';
	check_file(f, fault, EDI_STRICT);
	if (f->findings != 1 || strcmp(edi_faults[f->fault].name, fault) != 0)
		fail_msg("%s: %d findings, the last: %s", f->path, f->findings,
		    f->findings > 0 ? f->message : "none");
}

static void
test_edi_check__good_files__have_no_finding(void **state)
{
	assert_true(each_file(*state, "tests/corpus/edi/good", is_good) >= 36);
}

static void
test_edi_check__bad_files__have_the_one_they_are_named_by(void **state)
{
	assert_true(each_file(*state, "tests/corpus/edi/bad", is_bad) >= 52);
}

/*
 * Files of others, with the odd envelopes of real life: what is forgiven is
 * a warning, and the sets themselves must pass.
 */
static void
test_edi_check__samples__have_no_false_error(void **state)
{
	static const char *const names[] = { "x12-204.x12", "x12-210.x12",
		"x12-214.x12", "x12-810-two-sets.x12", "x12-820-nak.x12",
		"x12-846-tilde-elements.x12", "x12-850-bom.x12",
		"x12-850-cr-terminator.x12", "x12-850-lf-terminator.x12",
		"x12-850-nak-crlf.x12", "x12-850-pipe.x12",
		"x12-850-repsep-00403.x12", "x12-855-ucs-multi.x12",
		"x12-855.x12", "x12-856-bots.x12",
		"x12-940-delete-isa16-missing.x12",
		"x12-940-generalmills-new.x12",
		"x12-940-simplot-indented-lf.x12", "x12-990.x12", "x12-997.x12",
		"x12-999.x12", "x12-ta1-only.x12" };
	const char *folder = getenv("OMS_EDI_SAMPLES");
	struct fixture *f = *state;

	if (folder == NULL) {
		print_message("# left out: OMS_EDI_SAMPLES is not set\n");
		return;
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(f->path, sizeof(f->path), "%s/%s", folder, names[i]);
		check_file(f, "", ~0u);
		if (f->errors != 0)
			fail_msg("%s: %s", f->path, f->message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_edi_check__good_files__have_no_finding),
		TEST(test_edi_check__bad_files__have_the_one_they_are_named_by),
		TEST(test_edi_check__samples__have_no_false_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
