/* test_csv_record.c - the promises of parsers/csv_record.h and csv_schema.h. */

#include "tests/unit/testing.h"

#include <dirent.h>

#include "base/fs.h"
#include "parsers/csv_record.h"

struct fixture {
	struct csv_schema *schema;
};

static const char list[] = "column,type,required,min,max,values,meaning\n"
			   "sku,text,yes,1,20,,a key\n"
			   "qty,int,yes,0,100,,how many\n"
			   "note,text,no,,,,anything\n"
			   "kind,enum,no,,,red|Blue,a colour\n"
			   "open,bool,no,,,,is it\n"
			   "at,time,no,,,,when\n"
			   "country,country,no,,,,where\n"
			   "currency,currency,no,,,,of price\n"
			   "price,money,no,0,,,how dear\n"
			   "lead,hours,no,0,360000,,how long\n"
			   "wait,seconds,no,0,60,,how long\n";

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	*state = f;
	ASSERT_OK(f->schema = csv_schema_parse(f, "csv/test.csv", list, ERR));
	return 0;
}

static struct csv_reader *
open_text(struct fixture *f, const char *text)
{
	struct csv_reader *r;

	ASSERT_OK(
	    r = csv_open_bytes(f, text, strlen(text), "t.csv", f->schema, ERR));
	return r;
}

/* The next record must be a good one. */
static const struct csv_record *
good(struct csv_reader *r)
{
	const struct csv_record *rec = NULL;

	testing_err = NO_ERROR;
	if (csv_next(r, &rec, ERR) != CSV_RECORD)
		fail_msg("%s: %s", ERR->where, ERR->reason);
	return rec;
}

/* The next record must be bad, with that code and place. */
static const struct csv_record *
bad(struct csv_reader *r, enum oms_code code, const char *where)
{
	const struct csv_record *rec = NULL;

	testing_err = NO_ERROR;
	assert_int_equal(csv_next(r, &rec, ERR), CSV_BAD);
	assert_string_equal(oms_code_name(ERR->code), oms_code_name(code));
	assert_string_equal(ERR->where, where);
	assert_true(ERR->reason[0] != '\0');
	return rec;
}

static void
ends(struct csv_reader *r)
{
	const struct csv_record *rec = NULL;

	testing_err = NO_ERROR;
	assert_int_equal(csv_next(r, &rec, ERR), CSV_END);
	assert_int_equal(ERR->code, OMS_OK);
}

static void
test_next__every_type__gives_typed_values(void **state)
{
	struct csv_reader *r = open_text(*state,
	    "price,currency,SKU,qty,kind,open,at,country,lead,wait,note\n"
	    "12.50,eur,A-1,7,blue,Yes,2026-03-28T02:00:00Z,us,1.5,30,"
	    "\"a \"\"b\"\", c\"\n");
	const struct csv_record *rec = good(r);

	assert_string_equal(csv_text(rec, "sku"), "A-1");
	assert_int_equal(csv_int(rec, "qty", -1), 7);
	assert_string_equal(csv_text(rec, "kind"), "Blue");
	assert_int_equal(csv_int(rec, "open", -1), 1);
	assert_int_equal(csv_int(rec, "at", 0), INT64_C(1774663200000000));
	assert_string_equal(csv_text(rec, "country"), "US");
	assert_string_equal(csv_text(rec, "currency"), "EUR");
	assert_int_equal(csv_int(rec, "price", -1), 1250);
	assert_int_equal(csv_int(rec, "lead", -1), 5400);
	assert_int_equal(csv_int(rec, "wait", -1), 30);
	assert_string_equal(csv_text(rec, "note"), "a \"b\", c");
	ends(r);
}

static void
test_next__empty_or_absent__is_null(void **state)
{
	struct csv_reader *r = open_text(*state, "sku,qty,note\nA,0,\n");
	const struct csv_record *rec = good(r);

	assert_true(csv_is_null(rec, "note"));
	assert_true(csv_is_null(rec, "price"));
	assert_false(csv_is_null(rec, "qty"));
	assert_string_equal(csv_text(rec, "note"), "");
	assert_int_equal(csv_int(rec, "price", -7), -7);
}

static void
test_next__other_dialects__read_the_same(void **state)
{
	static const char *const dialects[] = {
		"sku,qty\nA,1\nB,2\n",
		"sku,qty\r\nA,1\r\nB,2\r\n",
		"sku,qty\rA,1\rB,2\r",
		"\xef\xbb\xbfsku,qty\nA,1\nB,2",
		"\xef\xbb\xbf\"sku\",\"qty\"\r\n\"A\",\"1\"\r\n\"B\",\"2\"\r\n",
		"sku;qty\nA;1\nB;2\n",
		"\n\nsku,qty\n\nA,1\n\r\n  \nB,2\n\n",
		" sku , qty \n A , 1 \n B,2\n",
		"sku,qty,error\nA,1,bad\nB,2,\"worse, much\"\n",
	};

	for (size_t i = 0; i < COUNT(dialects); i++) {
		struct csv_reader *r = open_text(*state, dialects[i]);
		const struct csv_record *rec = good(r);

		assert_string_equal(csv_text(rec, "sku"), "A");
		assert_int_equal(csv_int(rec, "qty", 0), 1);
		rec = good(r);
		assert_string_equal(csv_text(rec, "sku"), "B");
		assert_int_equal(csv_int(rec, "qty", 0), 2);
		ends(r);
	}
}

static void
test_next__bad_field__says_line_column_and_what_is_wanted(void **state)
{
	static const struct {
		const char
		    *row; /* sku,qty,kind,open,at,country,currency,price */
		const char *where;
		const char *reason;
	} cases[] = {
		{ ",1,,,,,,", "column 1 sku", "is empty" },
		{ "\"\",1,,,,,,", "column 1 sku", "is empty" },
		{ "A,,,,,,,", "column 2 qty", "is empty" },
		{ "A,12x,,,,,,", "column 2 qty",
		    "\"12x\" is not a whole number from 0 to 100" },
		{ "A,101,,,,,,", "column 2 qty",
		    "\"101\" is not a whole number from 0 to 100" },
		{ "A,-1,,,,,,", "column 2 qty",
		    "\"-1\" is not a whole number from 0 to 100" },
		{ "A,99999999999999999999,,,,,,", "column 2 qty",
		    "\"99999999999999999999\" is not a whole number from 0 to "
		    "100" },
		{ "A,1,green,,,,,", "column 3 kind",
		    "\"green\" is not one of red|Blue" },
		{ "A,1,,maybe,,,,", "column 4 open",
		    "\"maybe\" is not 0 or 1" },
		{ "A,1,,,2026-02-29,,,", "column 5 at",
		    "\"2026-02-29\" is not a time like 2026-03-28T02:00:00Z" },
		{ "A,1,,,,USA,,", "column 6 country",
		    "\"USA\" is not a country of two letters, like US" },
		{ "A,1,,,,,EUX,", "column 7 currency",
		    "\"EUX\" is not a currency of ISO 4217, like EUR" },
		{ "A,1,,,,,,5", "column 8 price",
		    "an amount needs the currency of its row, which is empty" },
		{ "A,1,,,,,EUR,1.234", "column 8 price",
		    "\"1.234\" is not an amount in EUR with at most 2 "
		    "decimals" },
		{ "A,1,,,,,JPY,1.5", "column 8 price",
		    "\"1.5\" is not an amount in JPY with at most 0 decimals" },
		{ "A,1,,,,,EUR,-1", "column 8 price",
		    "\"-1\" is not at least 0 minor units or more" },
		{ "A123456789012345678901,1,,,,,,", "column 1 sku",
		    "\"A123456789012345678901\" is not 1 to 20 bytes long" },
		{ "\"A\tB\",1,,,,,,", "column 1 sku",
		    "\"A\\x09B\" is not text without control characters" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_printf(*state,
		    "sku,qty,kind,open,at,country,currency,price\n%s\nB,2,,,,"
		    ",,\n",
		    cases[i].row);
		struct csv_reader *r = open_text(*state, text);
		char *where = mem_printf(*state, "t.csv line 2 %s",
		    cases[i].where);

		bad(r, OMS_VALUE, where);
		assert_string_equal(ERR->reason, cases[i].reason);
		assert_string_equal(csv_text(good(r), "sku"), "B");
		ends(r);
	}
}

static void
test_next__wrong_number_of_fields__says_both_counts(void **state)
{
	struct csv_reader *r = open_text(*state,
	    "sku,qty\nA\nA,1,2\nA,1,\nB,2\n");

	bad(r, OMS_SYNTAX, "t.csv line 2");
	assert_string_equal(ERR->reason, "1 fields where the header has 2");
	bad(r, OMS_SYNTAX, "t.csv line 3");
	bad(r, OMS_SYNTAX, "t.csv line 4");
	assert_int_equal(csv_int(good(r), "qty", 0), 2);
	ends(r);
}

/* T17: a quote that is never closed must not swallow the file. */
static void
test_next__quote_never_closed__costs_one_line(void **state)
{
	static const char *const rest[] = {
		"B,2\nC,3\n",          /* open until the end */
		"B,2\nC,3\n\"D\",4\n", /* a quote far below fits badly */
		"B,2\nC,3\nD,\"4\"\n", /* a quote far below closes it */
	};

	for (size_t i = 0; i < COUNT(rest); i++) {
		char *text = mem_printf(*state, "sku,qty\n\"A,1\n%s", rest[i]);
		struct csv_reader *r = open_text(*state, text);
		const struct csv_record *rec;

		rec = bad(r, OMS_SYNTAX, "t.csv line 2");
		assert_int_equal(rec->byte_off, 8);
		assert_int_equal(rec->byte_len, 5);
		rec = good(r);
		assert_string_equal(csv_text(rec, "sku"), "B");
		assert_int_equal(rec->line_no, 3);
		assert_string_equal(csv_text(good(r), "sku"), "C");
	}
}

static void
test_next__quote_in_a_plain_field__names_the_byte(void **state)
{
	struct csv_reader *r = open_text(*state,
	    "sku,qty,note\nA,1,5\" pipe\nB,2,\"5\"\" pipe\"\n"
	    "C,3,\"x\" y\nD,4,\n");

	bad(r, OMS_SYNTAX, "t.csv line 2");
	assert_non_null(
	    strstr(ERR->reason, "byte 6 of the line, field 3 note"));
	assert_string_equal(csv_text(good(r), "note"), "5\" pipe");
	bad(r, OMS_SYNTAX, "t.csv line 4");
	assert_string_equal(csv_text(good(r), "sku"), "D");
	ends(r);
}

static void
test_next__bytes_that_are_not_utf8__says_the_offset(void **state)
{
	struct csv_reader *r = open_text(*state,
	    "sku,qty\nM\xfcller,1\nM\xc3\xbcller,2\n");

	bad(r, OMS_ENCODING, "t.csv line 2");
	assert_string_equal(ERR->reason,
	    "byte \\xfc at offset 9 of the file is not UTF-8");
	assert_string_equal(csv_text(good(r), "sku"), "M\xc3\xbcller");
	ends(r);
}

static void
test_next__nul_and_lone_return__are_syntax(void **state)
{
	static const char text[] = "sku,qty\nA\0B,1\nC\rD,2\nE,3\n";
	struct fixture *f = *state;
	struct csv_reader *r;

	ASSERT_OK(r = csv_open_bytes(f, text, sizeof(text) - 1, "t.csv",
		      f->schema, ERR));
	bad(r, OMS_SYNTAX, "t.csv line 2");
	bad(r, OMS_SYNTAX, "t.csv line 3");
	assert_string_equal(csv_text(good(r), "sku"), "E");
	ends(r);
}

static char *
repeated(mem_ctx *ctx, const char *before, char c, size_t n, const char *after)
{
	struct sbuf b;

	sbuf_init(&b, ctx, n + 1000);
	sbuf_adds(&b, before);
	for (size_t i = 0; i < n; i++)
		sbuf_addc(&b, c);
	sbuf_adds(&b, after);
	assert_true(sbuf_ok(&b));
	return b.p;
}

static void
test_next__huge_fields_lines_and_rows__are_bounded(void **state)
{
	struct csv_reader *r;

	r = open_text(*state,
	    repeated(*state, "sku,qty\nA", 'x', CSV_FIELD_MAX_BYTES,
		",1\nB,2\n"));
	bad(r, OMS_LIMIT, "t.csv line 2");
	assert_string_equal(csv_text(good(r), "sku"), "B");

	r = open_text(*state,
	    repeated(*state, "sku,qty\nA", 'x', 3 << 20, ",1\nB,2\n"));
	bad(r, OMS_LIMIT, "t.csv line 2");
	assert_string_equal(csv_text(good(r), "sku"), "B");
	ends(r);

	r = open_text(*state,
	    repeated(*state, "sku,qty\n", ',', 1000000, "\nB,2\n"));
	bad(r, OMS_SYNTAX, "t.csv line 2");
	assert_string_equal(ERR->reason,
	    "1000001 fields where the header has 2");
	assert_string_equal(csv_text(good(r), "sku"), "B");

	/* An open quote over more than a record may hold. */
	r = open_text(*state,
	    repeated(*state, "sku,qty\n\"A,1\nB,2\n", '\n', 2 << 20, "C,3\n"));
	bad(r, OMS_SYNTAX, "t.csv line 2");
	assert_string_equal(csv_text(good(r), "sku"), "B");
	assert_string_equal(csv_text(good(r), "sku"), "C");
	ends(r);
}

static void
test_open__bad_header__names_the_column(void **state)
{
	static const struct {
		const char *text;
		enum oms_code code;
		const char *reason; /* begins with */
	} cases[] = {
		{ "sku,qty,skuu\n", OMS_COLUMN,
		    "unknown column 3 \"skuu\"; known are: sku, qty, note" },
		{ "sku,qty,sku\n", OMS_COLUMN,
		    "column sku stands twice, as 1 and 3" },
		{ "sku,note\nA,1\n", OMS_COLUMN, "column qty is missing" },
		{ "A,1\nB,2\n", OMS_COLUMN, "unknown column 1 \"A\"" },
		{ "sku,qty,\n", OMS_COLUMN, "unknown column 3 \"\"" },
		{ "", OMS_TRUNCATED, "the file is empty" },
		{ "\n\n\r\n", OMS_TRUNCATED, "the file is empty" },
		{ "\xef\xbb\xbf", OMS_TRUNCATED, "the file is empty" },
		{ "sku,\"qty\n", OMS_SYNTAX, "the quote opened in field 2" },
		{ "sku\tqty\n", OMS_COLUMN, "unknown column 1 \"sku" },
		{ "sku,q\xfcy\n", OMS_ENCODING, "byte \\xfc at offset 5" },
		{ "\xff\xfes\0k\0u\0", OMS_ENCODING, "the file is UTF-16" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ASSERT_FAILS(cases[i].code,
		    csv_open_bytes(f, cases[i].text, strlen(cases[i].text),
			"t.csv", f->schema, ERR));
		if (strncmp(ERR->reason, cases[i].reason,
			strlen(cases[i].reason)) != 0)
			fail_msg("case %zu: %s", i, ERR->reason);
		assert_int_equal(strncmp(ERR->where, "t.csv", 5), 0);
	}
	ASSERT_FAILS(OMS_IO,
	    csv_open(f, "/nonexistent.csv", NULL, "t.csv", f->schema, ERR));
}

static void
test_seek__to_any_record__goes_on_there(void **state)
{
	struct fixture *f = *state;
	const char *text = "\xef\xbb\xbfsku,qty\r\nA,1\r\n\"B,\r\nC,3\r\nD,4";
	struct csv_reader *r = open_text(f, text), *again;
	int64_t off[4], line[4];

	for (size_t i = 0; i < COUNT(off); i++) {
		const struct csv_record *rec;

		off[i] = csv_offset(r);
		line[i] = csv_line_no(r);
		testing_err = NO_ERROR;
		(void)!csv_next(r, &rec, ERR);
		assert_int_equal(rec->byte_off, off[i]);
		assert_int_equal(rec->line_no, line[i]);
	}
	ends(r);
	again = open_text(f, text);
	csv_seek(again, off[3], line[3]);
	assert_string_equal(csv_text(good(again), "sku"), "D");
	csv_seek(again, off[1], line[1]);
	bad(again, OMS_SYNTAX, "t.csv line 3");
	assert_string_equal(csv_text(good(again), "sku"), "C");
	csv_seek(again, 0, 1);
	assert_string_equal(csv_text(good(again), "sku"), "A");
}

static void
test_reject__a_bad_row__can_be_repaired_and_read(void **state)
{
	struct fixture *f = *state;
	struct csv_reader *r = open_text(f,
	    "qty;Error;sku;note\r\nmany;old;A;\"x;y\"\r\n1;;B\r\n");
	struct sbuf b;

	sbuf_init(&b, f, 4000);
	bad(r, OMS_VALUE, "t.csv line 2 column 1 qty");
	csv_reject(r, ERR, &b);
	assert_string_equal(b.p,
	    "qty;sku;note;error\n"
	    "many;A;\"x;y\";\"column 1 qty: \"\"many\"\" is not "
	    "a whole number from 0 to 100 [data.value]\"\n");
	bad(open_text(f, b.p), OMS_VALUE, "t.csv line 2 column 1 qty");

	sbuf_clear(&b);
	bad(r, OMS_SYNTAX, "t.csv line 3");
	csv_reject(r, ERR, &b);
	assert_string_equal(b.p,
	    "qty;sku;note;error\n1;;B;3 fields where the header "
	    "has 4 [data.syntax]\n");
}

/* Read all there is: how many good and bad records. */
static void
read_all(mem_ctx *ctx, const struct csv_schema *schema, const char *p, size_t n,
    size_t *ret_good, size_t *ret_bad)
{
	struct csv_reader *r;
	const struct csv_record *rec;
	struct sbuf reject;

	*ret_good = *ret_bad = 0;
	testing_err = NO_ERROR;
	r = csv_open_bytes(ctx, p, n, "t.csv", schema, ERR);
	if (r == NULL) {
		assert_int_equal(oms_code_class(ERR->code), CLASS_REJECT);
		return;
	}
	sbuf_init(&reject, r, 1 << 20);
	for (;;) {
		struct oms_error why = NO_ERROR;
		enum csv_result got = csv_next(r, &rec, &why);

		if (got == CSV_END)
			break;
		assert_true(got == CSV_RECORD || got == CSV_BAD);
		assert_true(rec->byte_off + rec->byte_len <= (int64_t)n);
		if (got == CSV_RECORD) {
			++*ret_good;
			continue;
		}
		++*ret_bad;
		assert_int_equal(oms_code_class(why.code), CLASS_REJECT);
		csv_reject(r, &why, &reject);
		assert_true(sbuf_ok(&reject));
		sbuf_clear(&reject);
	}
	mem_free(r);
}

/* T16, T17: hostile files, and every beginning of them, are read to the end. */
static void
test_next__corpus_cut_anywhere__ends_and_never_invents(void **state)
{
	static const char folder[] = "tests/corpus/csv";
	DIR *dir = opendir(folder);
	size_t files = 0;

	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		mem_ctx *ctx = mem_ctx_new(*state, "file");
		size_t n, whole, bad_count, good_count;
		struct csv_schema *schema;
		char *text;

		if (e->d_name[0] == '.') {
			mem_free(ctx);
			continue;
		}
		files++;
		ASSERT_OK(schema = csv_schema_load(ctx,
			      mem_printf(ctx, "csv/%.*s.csv",
				  (int)strcspn(e->d_name, "-."), e->d_name),
			      ERR));
		ASSERT_OK(text = fs_read(ctx, fs_path(ctx, folder, e->d_name),
			      1 << 20, &n, ERR));
		read_all(ctx, schema, text, n, &whole, &bad_count);
		for (size_t cut = 0; cut < n; cut++) {
			read_all(ctx, schema, text, cut, &good_count,
			    &bad_count);
			assert_true(good_count <= whole + 1);
		}
		mem_free(ctx);
	}
	closedir(dir);
	assert_true(files >= 16);
}

static void
test_schema__every_list_of_ours__loads(void **state)
{
	static const char *const names[] = { "products", "ship_nodes", "stock",
		"zones", "lanes", "carrier_services", "rates", "routing_rules",
		"spending_limits", "address_rules", "ship_confirm",
		"capture_result", "courier_status" };

	for (size_t i = 0; i < COUNT(names); i++)
		ASSERT_OK(csv_schema_load(*state,
		    mem_printf(*state, "csv/%s.csv", names[i]), ERR));
	ASSERT_FAILS(OMS_INTERNAL,
	    csv_schema_load(*state, "csv/none.csv", ERR));
}

static void
test_schema__a_bad_list__is_refused(void **state)
{
	static const char *const lists[] = {
		"column,type,required,min,max,values,meaning\n",
		"column,type,required,min,max,values,meaning\n"
		"a,number,yes,,,,x\n",
		"column,type,required,min,max,values,meaning\n"
		"a,int,yes,,,,x\nA,int,yes,,,,x\n",
		"column,type,required,min,max,values,meaning\n"
		"a,enum,yes,,,,x\n",
		"column,type,required,min,max,values,meaning\n"
		"a,money,yes,,,,x\n",
	};

	for (size_t i = 0; i < COUNT(lists); i++)
		ASSERT_FAILS(OMS_INTERNAL,
		    csv_schema_parse(*state, "csv/bad.csv", lists[i], ERR));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_next__every_type__gives_typed_values),
		TEST(test_next__empty_or_absent__is_null),
		TEST(test_next__other_dialects__read_the_same),
		TEST(test_next__bad_field__says_line_column_and_what_is_wanted),
		TEST(test_next__wrong_number_of_fields__says_both_counts),
		TEST(test_next__quote_never_closed__costs_one_line),
		TEST(test_next__quote_in_a_plain_field__names_the_byte),
		TEST(test_next__bytes_that_are_not_utf8__says_the_offset),
		TEST(test_next__nul_and_lone_return__are_syntax),
		TEST(test_next__huge_fields_lines_and_rows__are_bounded),
		TEST(test_open__bad_header__names_the_column),
		TEST(test_seek__to_any_record__goes_on_there),
		TEST(test_reject__a_bad_row__can_be_repaired_and_read),
		TEST(test_next__corpus_cut_anywhere__ends_and_never_invents),
		TEST(test_schema__every_list_of_ours__loads),
		TEST(test_schema__a_bad_list__is_refused),
	};
	return cmocka_run_group_tests_name("csv_record", tests, NULL, NULL);
}
