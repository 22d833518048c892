/* test_edi_guide.c - the promises of parsers/edi_guide.h and edi_fault.h. */

#include "tests/unit/testing.h"

#include "base/str.h"
#include "gen/schemas.h"
#include "parsers/edi_fault.h"
#include "parsers/edi_guide.h"

static const char
    dictionary[] = "standard x12\n"
		   "version 004010\n"
		   "# elements\n"
		   "e 143 ID 3 3 : Transaction Set Identifier Code\n"
		   "e 329 AN 4 9\n"
		   "e 96 N0 1 10\n"
		   "e 353 ID 2 2 closed : Purpose # 1\n"
		   "v 353 05 : Replace\n"
		   "v 353 00 : Original\n"
		   "v 353 01 : Cancellation\n"
		   "e 92 ID 2 2\n"
		   "v 92 SA : Stand-alone\n"
		   "e 324 AN 1 22 : Purchase Order Number\n"
		   "e 373 DT 8 8\n"
		   "e 610 N2 1 15\n"
		   "e 380 R 1 15\n"
		   "e 98 ID 2 3\n"
		   "e 93 AN 1 60\n"
		   "e 628 AN 1 12\n"
		   "e 735 ID 1 2\n"
		   "e 350 AN 1 20\n"
		   "e 355 ID 2 2\n"
		   "e 1705 AN 1 20 closed\n"
		   "v 1705 005010X231A1\n"
		   "c C040 98M 93 98 93 | P0304\n"
		   "s ST 143M 329M 1705\n"
		   "s SE 96M 329M\n"
		   "s BEG 353M 92M 324M 373 C040 # no release\n"
		   "s REF 98M 93 C040*3 | R0203\n"
		   "s N1 98M 93\n"
		   "s N3 93x2\n"
		   "s HL 628M 628 735M\n"
		   "s PO1 350 380 355 | C0302\n"
		   "s CTT 380M 380\n";

static const char set_850[] = "standard x12\n"
			      "version 004010\n"
			      "use x12-004010.dictionary\n"
			      "set 850 PO : Purchase Order\n"
			      "  BEG 1 1\n"
			      "  BEG.1 in 00 05\n"
			      "  BEG.5.1 in ZZ 01\n"
			      "  REF 0 *\n"
			      "  loop N1 0 200\n"
			      "    N1 1 1\n"
			      "    N3 0 2\n"
			      "  loop PO1 1 100000\n"
			      "    PO1 1 1\n"
			      "    REF 0 5\n"
			      "    loop PO1N1 0 10\n"
			      "      N1 1 1\n"
			      "  loop CTT 0 1\n"
			      "    CTT 1 1\n"
			      "count CTT 1 PO1\n"
			      "sum CTT 2 PO1.2 when CTT.1 in 1 2\n";

struct fixture {
	struct edi_guides *g;
	struct sbuf faults;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->g = edi_guides_new(f);
	sbuf_init(&f->faults, f, 1 << 20);
	edi_guides_text(f->g, "x12-004010.dictionary", dictionary);
	edi_guides_text(f->g, "x12-004010-850.guide", set_850);
	*state = f;
	return 0;
}

static const struct edi_set_def *
find_850(struct fixture *f, const char *version)
{
	const struct edi_set_def *def = NULL;

	testing_err = NO_ERROR;
	if (!edi_guides_find(f->g, EDI_X12, "850", version, &def, ERR))
		fail_msg("%s: %s", ERR->where, ERR->reason);
	return def;
}

static void
test_edi_guides_find__a_set__is_a_tree_of_places_in_order(void **state)
{
	const struct edi_set_def *def = find_850(*state, "004010");
	static const char *const names[] = { "ST", "BEG", "REF", "N1", "N1",
		"N3", "PO1", "PO1", "REF", "PO1N1", "N1", "CTT", "CTT", "SE" };
	static const uint16_t ends[] = { 1, 2, 3, 6, 5, 6, 11, 8, 9, 11, 11, 13,
		13, 14 };

	assert_string_equal(def->type, "850");
	assert_string_equal(def->group, "PO");
	assert_string_equal(def->version, "004010");
	assert_string_equal(def->name, "Purchase Order");
	assert_string_equal(def->source, "x12-004010-850.guide");
	assert_int_equal(def->node_count, COUNT(names));
	assert_int_equal(def->child_count, 7);
	for (size_t i = 0; i < def->node_count; i++) {
		const struct edi_node *n = def->nodes[i];
		size_t siblings = n->parent != NULL ? n->parent->child_count
						    : def->child_count;
		const struct edi_node *first = n->parent != NULL
		    ? n->parent->children
		    : def->children;

		assert_string_equal(n->name, names[i]);
		assert_int_equal(n->index, i);
		assert_int_equal(n->end, ends[i]);
		assert_true(n->place < siblings);
		assert_ptr_equal(n, &first[n->place]);
		assert_int_equal(n->depth,
		    n->parent != NULL ? n->parent->depth + 1 : 0);
		assert_int_equal(n->segment == NULL, n->child_count > 0);
	}
	assert_int_equal(def->nodes[2]->max, UINT32_MAX);
	assert_int_equal(def->nodes[3]->max, 200);
	assert_int_equal(def->nodes[3]->id, EDI_ID("N1"));
}

static void
test_edi_guides_find__the_dictionary__becomes_types_lengths_and_rules(
    void **state)
{
	const struct edi_set_def *def = find_850(*state, "004010");
	const struct edi_segment_def *beg = def->nodes[1]->segment;
	const struct edi_segment_def *ref = def->nodes[2]->segment;
	const struct edi_element_def *e = beg->uses[0].def;
	const struct edi_use *c040 = &ref->uses[2];

	assert_string_equal(e->id, "353");
	assert_string_equal(e->name, "Purpose # 1");
	assert_int_equal(e->type, EDI_T_ID);
	assert_int_equal(e->min, 2);
	assert_true(e->is_closed && beg->uses[0].is_required);
	assert_int_equal(e->code_count, 3);
	assert_string_equal(e->codes[0].value, "00");
	assert_string_equal(e->codes[2].name, "Replace");
	assert_ptr_equal(beg->uses[0].only, e->code_hash);
	assert_null(beg->uses[1].only);
	assert_int_equal(beg->use_count, 5);
	assert_int_equal(c040->max_repeat, 3);
	assert_int_equal(c040->def->component_count, 4);
	assert_int_equal(c040->def->rules[0].kind, 'P');
	assert_int_equal(c040->def->rules[0].places[1], 4);
	assert_int_equal(ref->rules[0].kind, 'R');
	assert_int_equal(def->nodes[5]->segment->use_count, 2);
	assert_int_equal(def->nodes[0]->segment->id, EDI_ID("ST"));
}

static void
test_edi_codes_have__any_length__finds_what_is_there_and_only_that(void **state)
{
	const struct edi_set_def *def = find_850(*state, "004010");
	const struct edi_code_hash
	    *short_ones = def->nodes[1]->segment->uses[0].only;
	const struct edi_code_hash
	    *longer = def->nodes[0]->segment->uses[2].only;

	assert_true(edi_codes_have(short_ones, "00", 2));
	assert_true(edi_codes_have(short_ones, "05", 2));
	assert_false(edi_codes_have(short_ones, "", 0));
	assert_false(edi_codes_have(short_ones, "0", 1));
	assert_false(edi_codes_have(short_ones, "000", 3));
	assert_false(edi_codes_have(short_ones,
	    "\0"
	    "00",
	    3));
	assert_false(edi_codes_have(short_ones, "99", 2));
	assert_true(edi_codes_have(longer, "005010X231A1", 12));
	assert_false(edi_codes_have(longer, "005010X231A1\0xx", 15));
	assert_false(edi_codes_have(longer, "005010X231A", 11));
	assert_string_equal(
	    edi_code_name(&def->nodes[1]->segment->uses[0], "01", 2),
	    "Cancellation");
	assert_null(edi_code_name(&def->nodes[1]->segment->uses[0], "77", 2));
}

static void
test_edi_guides_find__narrowed_values__hold_at_that_place_only(void **state)
{
	const struct edi_set_def *def = find_850(*state, "004010");
	const struct edi_node *beg = def->nodes[1];
	const struct edi_use *part = &beg->uses[4].def->components[0];

	assert_int_equal(beg->uses[0].code_count, 2);
	assert_string_equal(beg->uses[0].codes[1].name, "Replace");
	assert_true(edi_codes_have(beg->uses[0].only, "05", 2));
	assert_false(edi_codes_have(beg->uses[0].only, "01", 2));
	assert_true(edi_codes_have(part->only, "ZZ", 2));
	assert_null(beg->segment->uses[4].def->components[0].only);
	assert_null(def->nodes[2]->uses);
}

static void
test_edi_set_places__a_segment__gives_every_place_of_it(void **state)
{
	const struct edi_set_def *def = find_850(*state, "004010");
	const struct edi_places *n1 = edi_set_places(def, EDI_ID("N1"));

	assert_int_equal(n1->count, 2);
	assert_ptr_equal(n1->nodes[0], def->nodes[4]);
	assert_ptr_equal(n1->nodes[1], def->nodes[10]);
	assert_null(edi_set_places(def, EDI_ID("HL")));
	for (size_t i = 0; i < def->node_count; i++)
		if (def->nodes[i]->segment != NULL)
			assert_non_null(edi_set_places(def, def->nodes[i]->id));
	assert_non_null(edi_dictionary_segment(def->dictionary, EDI_ID("HL")));
	assert_null(edi_dictionary_segment(def->dictionary, EDI_ID("ZZZ")));
}

static void
test_edi_guides_find__totals__name_what_they_count(void **state)
{
	const struct edi_set_def *def = find_850(*state, "004010");
	const struct edi_total *sum = &def->totals[1];

	assert_string_equal(def->total_count, "PO1");
	assert_int_equal(def->total_rows, 2);
	assert_int_equal(def->totals[0].id, EDI_ID("CTT"));
	assert_int_equal(def->totals[0].component, 1);
	assert_int_equal(def->totals[0].when_element, 0);
	assert_true(sum->is_sum);
	assert_int_equal(sum->of_element, 2);
	assert_int_equal(sum->when_count, 2);
	assert_string_equal(sum->when_values[1], "2");
}

static void
test_edi_guides_find__what_is_behind_the_version__is_ignored(void **state)
{
	struct fixture *f = *state;
	const struct edi_set_def *def = find_850(*state, "004010");

	assert_non_null(def);
	assert_ptr_equal(find_850(f, "004010VICS"), def);
	assert_null(find_850(f, "003999"));
	assert_null(find_850(f, "00401"));
	assert_null(find_850(f, "a version that is far too long"));
	ASSERT_OK(edi_guides_find(f->g, EDI_X12, "8-50", "004010", &def, ERR));
	assert_null(def);
	ASSERT_OK(
	    edi_guides_find(f->g, EDI_EDIFACT, "850", "004010", &def, ERR));
	assert_null(def);
}

static void
test_edi_guides_find__edifact__the_version_is_the_first_two_parts(void **state)
{
	struct fixture *f = *state;
	const struct edi_set_def *def;

	edi_guides_text(f->g, "edifact-d96a.dictionary",
	    "standard edifact\nversion D:96A\n"
	    "e 0062 an 1 14\ne 0065 an 1 6\ne 0074 n 1 6\ne 6060 n 1 15\n"
	    "c S009 0065M 0062\nc C186 0065M 6060M 0065\n"
	    "s UNH 0062M S009M\ns UNT 0074M 0062M\n"
	    "s QTY C186M | \ns LIN 0062 0065 0062 | D1(1,2) D5(3,1,2)\n");
	edi_guides_text(f->g, "edifact-d96a-orders.guide",
	    "standard edifact\nversion D:96A\nuse edifact-d96a.dictionary\n"
	    "set ORDERS\n  loop SG25 1 9999\n    LIN 1 1\n    QTY 0 9\n"
	    "    QTY.1.1 in 21\n");
	ASSERT_OK(edi_guides_find(f->g, EDI_EDIFACT, "ORDERS",
	    "D:96A:UN:EAN008", &def, ERR));
	assert_non_null(def);
	assert_string_equal(def->nodes[1]->name, "SG25");
	assert_string_equal(def->nodes[0]->segment->tag, "UNH");
	assert_int_equal(def->nodes[2]->segment->rules[1].kind, '5');
	assert_int_equal(def->nodes[2]->segment->rules[1].count, 3);
	assert_int_equal(
	    def->nodes[3]->segment->uses[0].def->components[1].def->type,
	    EDI_T_R);
	assert_non_null(def->nodes[3]->uses[0].def->components[0].only);
	ASSERT_OK(edi_guides_find(f->g, EDI_EDIFACT, "ORDERS", "D:77Z:UN", &def,
	    ERR));
	assert_null(def);
}

static void
test_edi_guides_find__like__takes_the_tree_with_its_own_dictionary(void **state)
{
	struct fixture *f = *state;
	const struct edi_set_def *def;

	edi_guides_text(f->g, "x12-005010.dictionary",
	    "standard x12\nversion 005010\nuse x12-004010.dictionary\n"
	    "e 324 AN 1 35\nv 353 06 : Confirmation\ns N3 93x3\n");
	edi_guides_text(f->g, "x12-005010-850.guide",
	    "standard x12\nversion 005010\nuse x12-005010.dictionary\n"
	    "like x12-004010-850.guide\n"
	    "  REF 0 12\n  PO1/REF 0 0\n  N1.2 required\n  BEG.1 in 06\n");
	def = find_850(f, "005010X231A1");
	assert_string_equal(def->version, "005010");
	assert_string_equal(def->type, "850");
	assert_int_equal(def->nodes[2]->max, 12);
	assert_int_equal(def->nodes[8]->max, 0);
	assert_true(def->nodes[4]->uses[1].is_required);
	assert_null(def->nodes[10]->uses);
	assert_int_equal(def->nodes[5]->segment->use_count, 3);
	/* An element that is replaced changes every segment that uses it. */
	assert_int_equal(def->nodes[1]->segment->uses[2].def->max, 35);
	assert_int_equal(def->nodes[1]->uses[0].code_count, 1);
	assert_string_equal(def->nodes[1]->uses[0].codes[0].name,
	    "Confirmation");
	def = find_850(f, "004010");
	assert_int_equal(def->nodes[1]->segment->uses[2].def->max, 22);
	assert_int_equal(def->nodes[1]->segment->uses[0].def->code_count, 3);
	assert_int_equal(def->nodes[2]->max, UINT32_MAX);
}

static void
test_edi_guides_find__a_wrong_guide__is_an_error_with_file_and_line(
    void **state)
{
	struct fixture *f = *state;
	const struct edi_set_def *def = NULL;

	edi_guides_text(f->g, "x12-004010-860.guide",
	    "standard x12\nversion 004010\nuse x12-004010.dictionary\n"
	    "set 860 PC\n  BGE 1 1\n  REF 2 1\n");
	ASSERT_FAILS(OMS_CONFIG,
	    edi_guides_find(f->g, EDI_X12, "860", "004010", &def, ERR));
	assert_string_equal(ERR->where, "x12-004010-860.guide:6");
	assert_non_null(strstr(ERR->reason, "and 1 more"));
	assert_null(def);
	/* And it stays one. */
	ASSERT_FAILS(OMS_CONFIG,
	    edi_guides_find(f->g, EDI_X12, "860", "004010", &def, ERR));
}

static void
test_edi_guides_segment__of_a_dictionary__is_found_by_version(void **state)
{
	struct fixture *f = *state;
	const struct edi_segment_def *s = edi_guides_segment(f->g, EDI_X12,
	    "004010VICS", EDI_ID("PO1"));

	assert_string_equal(s->tag, "PO1");
	assert_null(edi_guides_segment(f->g, EDI_X12, "004010", EDI_ID("XX")));
	assert_null(edi_guides_segment(f->g, EDI_X12, "003000", EDI_ID("PO1")));
}

/* ---- every fault, with its line ------------------------------------------ */

static void
collect(void *u, const char *fault)
{
	struct fixture *f = u;

	sbuf_adds(&f->faults, fault);
	sbuf_addc(&f->faults, '\n');
}

static char *
write_file(mem_ctx *ctx, const char *dir, const char *name, const char *text)
{
	char *path = mem_printf(ctx, "%s/%s", dir, name);
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
	assert_int_equal(fclose(out), 0);
	return path;
}

/* The faults of a file beside the good dictionary and set; names of the
 * folder are left out. */
static void
lint_gives(struct fixture *f, const char *name, const char *text,
    const char *want)
{
	char *dir = testing_tmpdir(f), *path, *got, *at;
	size_t n = strlen(dir) + 1, count = 0;

	write_file(f, dir, "x12-004010.dictionary", dictionary);
	write_file(f, dir, "x12-004010-850.guide", set_850);
	path = write_file(f, dir, name, text);
	sbuf_clear(&f->faults);
	sbuf_adds(&f->faults, "");
	count = edi_guides_lint(path, collect, f);
	sbuf_addc(&f->faults, '\0');
	got = mem_strdup(f, f->faults.p);
	while ((at = strstr(got, dir)) != NULL)
		memmove(at, at + n, strlen(at + n) + 1);
	assert_string_equal(got, want);
	for (const char *p = want; *p != '\0'; p++)
		count -= *p == '\n';
	assert_int_equal(count, 0);
}

static void
test_edi_guides_lint__good_files__have_no_faults(void **state)
{
	lint_gives(*state, "x12-004010-850.guide", set_850, "");
	lint_gives(*state, "x12-004010.dictionary", dictionary, "");
}

static void
test_edi_guides_lint__a_dictionary__says_every_fault(void **state)
{
	lint_gives(*state, "x12-004011.dictionary",
	    "standard x12\n"
	    "version 004011\n"
	    "e 353 ID 2 2 closed\n"
	    "e 353 ID 2 2\n"
	    "e 92 ID 3 2\n"
	    "e 93 id 1 2\n"
	    "e 94 AN 1\n"
	    "e 95 AN one 2\n"
	    "e XX AN 1 1\n"
	    "v 354 00\n"
	    "e 96 AN 1 2\n"
	    "v 96 A\n"
	    "v 96 B\n"
	    "v 96 A\n"
	    "c C001 96 C002\n"
	    "c C002 96\n"
	    "s BEG 353 351M 96x0 | P01 P0103 Q0102 R0101\n"
	    "s beg 96\n"
	    "  e 97 AN 1 1\n"
	    "hello world\n"
	    "\te 98 AN 1 1\n"
	    "s REF\n",
	    "x12-004011.dictionary:4: 353 stands in line 3 already\n"
	    "x12-004011.dictionary:5: the shortest, 3, is longer than the "
	    "longest, 2\n"
	    "x12-004011.dictionary:6: type id; AN ID N0 to N9 R DT TM or B is "
	    "wanted\n"
	    "x12-004011.dictionary:7: e wants number, type, shortest, longest, "
	    "and perhaps closed\n"
	    "x12-004011.dictionary:8: the lengths \"one 2\" are not two "
	    "numbers\n"
	    "x12-004011.dictionary:9: XX is no number of an element\n"
	    "x12-004011.dictionary:10: element 354 is not in the dictionary; "
	    "is 353 meant?\n"
	    "x12-004011.dictionary:17: \"96x0\" is no element; like 353, 353M, "
	    "C212x5 or 128*5, and at most 255 of them\n"
	    "x12-004011.dictionary:17: rule P01 names less than two places\n"
	    "x12-004011.dictionary:17: rule P0103 names place 3; BEG has 2\n"
	    "x12-004011.dictionary:17: Q0102 is no rule; P0304 or D2(3,4) is "
	    "one\n"
	    "x12-004011.dictionary:17: rule R0101 names place 1 twice\n"
	    "x12-004011.dictionary:18: beg is no tag of a segment\n"
	    "x12-004011.dictionary:19: no indent may be here\n"
	    "x12-004011.dictionary:20: \"hello\"; e, v, c or s is wanted here\n"
	    "x12-004011.dictionary:21: a tab; blanks are wanted, two a level\n"
	    "x12-004011.dictionary:22: s wants more than that\n"
	    "x12-004011.dictionary:3: element 353 is closed and has no values; "
	    "lines like `v 353 00` are missing\n"
	    "x12-004011.dictionary:14: element 96 has the value A already, in "
	    "line 12\n"
	    "x12-004011.dictionary:15: C002 is a composite inside the "
	    "composite C001\n"
	    "x12-004011.dictionary:17: element 351 is not in the dictionary "
	    "x12-004011.dictionary; is 353 meant?\n");
}

static void
test_edi_guides_lint__a_set__says_every_fault(void **state)
{
	lint_gives(*state, "x12-004010-855.guide",
	    "standard x12\n"
	    "version 004010\n"
	    "use x12-004010.dictionary\n"
	    "set 855 PR\n"
	    "  BEG 1 1\n"
	    "  BEG.1 in 00 99\n"
	    "  BEG.9 required\n"
	    "  BEG.2.2 in SA\n"
	    "  BEG.3 sometimes\n"
	    "  REF.1 in ZZ\n"
	    "  REF 0 5\n"
	    "  REF 0 1\n"
	    "  loop N1 0 2\n"
	    "    N1 0 1\n"
	    "      N3 0 1\n"
	    "  loop N1 0 2\n"
	    "    N1 1 1\n"
	    "    loop X 1 1\n"
	    "  loop PO1 5 1\n"
	    "    PO1 1 1 1\n"
	    "  loop A 0 1 when HL.3 in S T\n"
	    "    HL 1 1\n"
	    "  loop B 0 1 when HL.3 in T\n"
	    "    HL 1 1\n"
	    "  loop C 0 1 when PO1.3 in T\n"
	    "    HL 1 1\n"
	    "  loop D 0 1 when N3.8 in T\n"
	    "    N3 1 1\n"
	    "   N3 0 1\n"
	    "count CTT 1 PO1\n"
	    "sum N1 1 PO1\n"
	    "count HL 1 PO9\n"
	    "tree CPS\n"
	    "loop\n",
	    "x12-004010-855.guide:9: behind BEG.3 is wanted: in VALUE..., "
	    "required, optional or forbidden\n"
	    "x12-004010-855.guide:10: a line of REF stands below its segment\n"
	    "x12-004010-855.guide:15: the indent is deeper than the loop "
	    "before it opens\n"
	    "x12-004010-855.guide:19: at least 5 is more than at most 1\n"
	    "x12-004010-855.guide:20: \"1\" is more than wanted\n"
	    "x12-004010-855.guide:29: an indent of 3 blanks; two a level are "
	    "wanted\n"
	    "x12-004010-855.guide:31: `sum CTT 2 PO1.2` is wanted, and perhaps "
	    "a when\n"
	    "x12-004010-855.guide:34: \"loop\"; standard, version, use, set, "
	    "like, count, sum or tree is wanted here\n"
	    "x12-004010-855.guide:6: value 99 is not in the closed list of "
	    "element 353\n"
	    "x12-004010-855.guide:7: BEG.9: BEG has 5 elements\n"
	    "x12-004010-855.guide:8: BEG.2.2: element 92 has no components\n"
	    "x12-004010-855.guide:14: N1 begins the loop N1 and must be `N1 1 "
	    "1`\n"
	    "x12-004010-855.guide:18: loop X is empty\n"
	    "x12-004010-855.guide:25: when looks at PO1; loop C begins with "
	    "HL\n"
	    "x12-004010-855.guide:27: N3.8: N3 has 2 elements\n"
	    "x12-004010-855.guide:12: REF follows REF in line 11, which may "
	    "take it: nobody can tell which is meant\n"
	    "x12-004010-855.guide:16: loop N1 stands in line 13 already; give "
	    "it a name of its own\n"
	    "x12-004010-855.guide:16: loop N1 begins with N1 as loop N1 in "
	    "line 13, which has no when and takes them all\n"
	    "x12-004010-855.guide:23: value T leads to loop B and to loop A in "
	    "line 21\n"
	    "x12-004010-855.guide:30: the set has no segment CTT\n"
	    "x12-004010-855.guide:32: the set has no segment PO9\n"
	    "x12-004010-855.guide:33: the set has no segment CPS\n");
}

static void
test_edi_guides_lint__heads__must_be_there_and_fit(void **state)
{
	struct fixture *f = *state;

	lint_gives(f, "x12-004010-855.guide", "set 855 PR\n",
	    "x12-004010-855.guide:1: no standard; a line `standard x12` or "
	    "`standard edifact` is wanted first\n");
	lint_gives(f, "x12-004010-855.guide", "standard tradacoms\nversion\n",
	    "x12-004010-855.guide:1: standard tradacoms; x12 or edifact is "
	    "wanted\n"
	    "x12-004010-855.guide:2: version wants one word, and no indent\n"
	    "x12-004010-855.guide: no line `set`, `like` or `overlay`\n");
	lint_gives(f, "x12-004010-855.guide",
	    "standard x12\nversion 004010\nuse x12-004010.dictionary\n"
	    "set 850 PO\n  BEG 1 1\n",
	    "x12-004010-855.guide: by what it says this file is called "
	    "x12-004010-850.guide\n");
	lint_gives(f, "edifact-d96a-orders.guide",
	    "standard edifact\nversion D:96A\nuse x12-004010.dictionary\n"
	    "set ORDERS\n  BEG 1 1\n",
	    "edifact-d96a-orders.guide:3: x12-004010.dictionary is of the "
	    "other standard\n");
	lint_gives(f, "x12-004010-855.guide",
	    "standard x12\nversion 004010\nuse none.dictionary\nset 855 PR\n",
	    "x12-004010-855.guide:3: there is no file none.dictionary\n");
	lint_gives(f, "x12-004010-855.guide",
	    "standard x12\nversion 004010\nuse x12-004010.dictionary\n"
	    "like x12-004010-855.guide\n  BEG 1 1\n",
	    "x12-004010-855.guide:4: use or like more than 8 deep; do files "
	    "name each other in a circle?\n");
	lint_gives(f, "x12-004010-855.guide", "\x01\n\xff\n",
	    "x12-004010-855.guide:1: byte 0x01 is no text\n"
	    "x12-004010-855.guide:2: the line is not UTF-8\n"
	    "x12-004010-855.guide: no line `set`, `like` or `overlay`\n");
}

static void
test_edi_guides_lint__loops_that_are_empty__are_a_fault_each(void **state)
{
	lint_gives(*state, "x12-004010-855.guide",
	    "standard x12\nversion 004010\nuse x12-004010.dictionary\n"
	    "set 855 PR\n  loop A 0 1\n  loop B 0 1\n    loop C 1 1\n"
	    "      BEG 1 1\n",
	    "x12-004010-855.guide:5: loop A is empty\n"
	    "x12-004010-855.guide:7: loop B begins with a loop; a segment is "
	    "wanted first\n");
}

static void
test_edi_guides_lint__a_line_too_long__is_one_fault(void **state)
{
	struct fixture *f = *state;
	char *text = mem_printf(f, "%s%2001s\n", set_850, "x");

	lint_gives(f, "x12-004010-850.guide", text,
	    "x12-004010-850.guide:21: the line has 2001 bytes; at most 2000 "
	    "may be\n");
}

static void
test_edi_guides_lint__no_such_file__says_so(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(edi_guides_lint("/nowhere/x.guide", collect, f), 1);
}

/* ---- overlays ------------------------------------------------------------ */

static void
test_edi_guides_overlay__narrow_and_relax__changes_what_it_names(void **state)
{
	struct fixture *f = *state;
	const struct edi_set_def *def;
	char *path = write_file(f, testing_tmpdir(f), "acme.overlay",
	    "standard x12\n"
	    "version 004010\n"
	    "overlay 850\n"
	    "  BEG.2 in SA DS       # narrower codes\n"
	    "  BEG.2 optional\n"
	    "  BEG.1 in 00 ZZ\n"
	    "  REF 1 2\n"
	    "  PO1/REF 0 0\n"
	    "  PO1/PO1N1/N1.2 required\n"
	    "  PO1.1 forbidden\n"
	    "element 324 AN 1 15    # a shorter PO number\n"
	    "code 353 ZZ : Ours\n"
	    "code 353 00 : Ours, too\n");

	assert_non_null(find_850(f, "004010"));
	ASSERT_OK(edi_guides_overlay(f->g, path, ERR));
	def = find_850(f, "004010");
	assert_false(def->nodes[1]->uses[1].is_required);
	assert_int_equal(def->nodes[1]->uses[1].code_count, 2);
	assert_true(edi_codes_have(def->nodes[1]->uses[0].only, "ZZ", 2));
	assert_false(edi_codes_have(def->nodes[1]->uses[0].only, "05", 2));
	assert_string_equal(edi_code_name(&def->nodes[1]->uses[0], "00", 2),
	    "Ours, too");
	assert_int_equal(def->nodes[1]->segment->uses[2].def->max, 15);
	assert_int_equal(def->nodes[2]->min, 1);
	assert_int_equal(def->nodes[2]->max, 2);
	assert_int_equal(def->nodes[8]->max, 0);
	assert_null(def->nodes[4]->uses);
	assert_true(def->nodes[10]->uses[1].is_required);
	assert_true(def->nodes[7]->uses[0].is_forbidden);
}

static void
overlay_fails(struct fixture *f, const char *text, const char *where,
    const char *reason)
{
	char *dir = testing_tmpdir(f);
	char *path = write_file(f, dir, "acme.overlay", text);

	ASSERT_FAILS(OMS_CONFIG, edi_guides_overlay(f->g, path, ERR));
	assert_string_equal(ERR->where,
	    mem_printf(f, "%s/acme.overlay%s", dir, where));
	assert_string_equal(ERR->reason, reason);
}

static void
test_edi_guides_overlay__what_is_not_there__is_an_error_with_its_line(
    void **state)
{
	static const char head[] = "standard x12\nversion 004010\n";
	static const struct {
		const char *rest, *where, *reason;
	} cases[] = {
		{ "overlay 850\n  PO9 0 1\n", ":4",
		    "set 850 has no PO9; is PO1 meant?" },
		{ "overlay 850\n  PO1/N1 0 1\n", ":4", "loop PO1 has no N1" },
		{ "overlay 850\n  REF.1 in TOOLONG\n", ":4",
		    "value TOOLONG: element 98 has 2 to 3 characters" },
		{ "overlay 851\n  REF 0 1\n", ":4",
		    "no guide for set 851 of version 004010" },
		{ "overlay 850\n  REF 0 1\nversion 004010VICS\n"
		  "  REF 0 1\n",
		    ":6",
		    "set 850 has a guide of version 004010; write that one" },
		{ "  REF 0 1\n", ":3",
		    "an indent, and no line `overlay SET` before" },
		{ "element 325 AN 1 1\n", ":3",
		    "element 325 is not in the dictionary; is 329 meant?" },
		{ "set 850 PO\n", ":3",
		    "\"set\"; overlay, element or code is wanted here" },
		{ "", "", "the overlay says nothing" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *f;
		void *other;

		(void)setup(&other);
		f = other;
		overlay_fails(f, mem_printf(f, "%s%s", head, cases[i].rest),
		    cases[i].where, cases[i].reason);
		(void)testing_teardown(&other);
	}
	(void)state;
}

/* ---- what is built in ---------------------------------------------------- */

static void
test_edi_guides_lint__every_built_in_file__is_without_fault(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < SCHEMAS_COUNT; i++) {
		const char *name = strrchr(schemas_names[i], '/') + 1;

		if (strncmp(schemas_names[i], "schemas/edi/", 12) == 0)
			edi_guides_lint(name, collect, f);
	}
	if (f->faults.len > 0)
		fail_msg("%s", f->faults.p);
}

static void
test_edi_faults__every_row__has_a_name_of_its_own(void **state)
{
	for (size_t i = 0; i < EDI_FAULT_COUNT; i++) {
		assert_non_null(edi_faults[i].name);
		assert_non_null(edi_faults[i].text);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(edi_faults[i].name,
			    edi_faults[j].name);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_edi_guides_find__a_set__is_a_tree_of_places_in_order),
		TEST(
		    test_edi_guides_find__the_dictionary__becomes_types_lengths_and_rules),
		TEST(
		    test_edi_codes_have__any_length__finds_what_is_there_and_only_that),
		TEST(
		    test_edi_guides_find__narrowed_values__hold_at_that_place_only),
		TEST(test_edi_set_places__a_segment__gives_every_place_of_it),
		TEST(test_edi_guides_find__totals__name_what_they_count),
		TEST(
		    test_edi_guides_find__what_is_behind_the_version__is_ignored),
		TEST(
		    test_edi_guides_find__edifact__the_version_is_the_first_two_parts),
		TEST(
		    test_edi_guides_find__like__takes_the_tree_with_its_own_dictionary),
		TEST(
		    test_edi_guides_find__a_wrong_guide__is_an_error_with_file_and_line),
		TEST(
		    test_edi_guides_segment__of_a_dictionary__is_found_by_version),
		TEST(test_edi_guides_lint__good_files__have_no_faults),
		TEST(test_edi_guides_lint__a_dictionary__says_every_fault),
		TEST(test_edi_guides_lint__a_set__says_every_fault),
		TEST(test_edi_guides_lint__heads__must_be_there_and_fit),
		TEST(
		    test_edi_guides_lint__loops_that_are_empty__are_a_fault_each),
		TEST(test_edi_guides_lint__a_line_too_long__is_one_fault),
		TEST(test_edi_guides_lint__no_such_file__says_so),
		TEST(
		    test_edi_guides_overlay__narrow_and_relax__changes_what_it_names),
		TEST(
		    test_edi_guides_overlay__what_is_not_there__is_an_error_with_its_line),
		TEST(
		    test_edi_guides_lint__every_built_in_file__is_without_fault),
		TEST(test_edi_faults__every_row__has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
