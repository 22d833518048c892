/* test_xml_record.c - the promises of parsers/xml_record.h. */

#include "tests/unit/testing.h"

#include <fcntl.h>

#include "base/fs.h"
#include "base/str.h"
#include "mappers/sfcc_order.h"
#include "parsers/xml_record.h"

#define NS   "http://www.demandware.com/xml/impex/order/2006-10-31"
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define ROOT "<orders xmlns=\"" NS "\">\n"
#define LINE(qty)                                                              \
	"<product-lineitems><product-lineitem><product-id>A</product-id>"      \
	"<quantity unit=\"\">" qty "</quantity></product-lineitem>"            \
	"</product-lineitems>"
#define ORDER(no, in) "<order order-no=\"" no "\">" in "</order>"

enum { REPORT_BYTES = 16384 };

struct fixture {
	char *dir;
	char *path;
	struct xml_parser *parser;
	char report[REPORT_BYTES];
	char reasons[REPORT_BYTES];
	size_t good;
	size_t bad;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	*state = f;
	f->dir = testing_tmpdir(f);
	f->path = mem_printf(f, "%s/a.xml", f->dir);
	ASSERT_OK((f->parser = xml_parser_new(f, &sfcc_order_vocabulary,
		       ERR)) != NULL);
	return 0;
}

static void
put_file(struct fixture *f, const char *bytes, size_t n)
{
	(void)unlink(f->path);
	ASSERT_OK(fs_write_tmp(f->path, bytes, n, 0600, ERR));
}

static void __attribute__((format(printf, 2, 3)))
add(char *to, const char *fmt, ...)
{
	size_t n = strlen(to);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to + n, REPORT_BYTES - n, fmt, ap);
	va_end(ap);
}

/*
 * Read it all.  The report has one word a record: its key, with the code and
 * the place when it was refused; "!code" when the whole file was.
 */
static const char *
read_bytes(struct fixture *f, const char *bytes, size_t n)
{
	mem_ctx *ctx = mem_ctx_new(f, "file");
	struct arena *a = arena_new(ctx, 4096);
	struct oms_error err = NO_ERROR;
	const struct xml_node *tree;
	struct xml_record rec;
	struct xml_file *x;

	put_file(f, bytes, n);
	f->report[0] = f->reasons[0] = '\0';
	f->good = f->bad = 0;
	x = xml_file_open(ctx, f->path, NULL, &sfcc_order_vocabulary, &err);
	if (x == NULL) {
		add(f->report, "!%s", oms_code_name(err.code));
		add(f->reasons, "%s", err.reason);
		mem_free(ctx);
		return f->report;
	}
	while (xml_file_next(x, &rec, &err)) {
		struct oms_error why = NO_ERROR;

		arena_reset(a);
		add(f->report, "%s%s", f->good + f->bad > 0 ? " " : "",
		    rec.key[0] != '\0' ? rec.key : "?");
		assert_true(rec.byte_len > 0);
		assert_int_equal(rec.record_no, f->good + f->bad + 1);
		if (xml_parse(f->parser, x, &rec, a, &tree, &why)) {
			f->good++;
			add(f->reasons, "%s", rec.note);
			continue;
		}
		f->bad++;
		add(f->report, ":%s(%s)", oms_code_name(why.code), why.where);
		add(f->reasons, "%s|", why.reason);
	}
	assert_int_equal(err.code, OMS_OK);
	mem_free(ctx);
	return f->report;
}

static const char *
read_text(struct fixture *f, const char *text)
{
	return read_bytes(f, text, strlen(text));
}

static void
assert_reason(const struct fixture *f, const char *part)
{
	if (strstr(f->reasons, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, f->reasons);
}

/* ----------------------------------------------------------- good ones */

static void
test_read__every_shape_of_a_good_file__gives_its_orders(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		const char *report;
	} cases[] = {
		{ "plain", HEAD ROOT ORDER("1", "") ORDER("2", "") "</orders>",
		    "1 2" },
		{ "no declaration", ROOT ORDER("1", "") "</orders>\n\n", "1" },
		{ "mark", "\xef\xbb\xbf" HEAD ROOT ORDER("1", "") "</orders>",
		    "1" },
		{ "no namespace", "<orders>" ORDER("1", LINE("2")) "</orders>",
		    "1" },
		{ "prefix",
		    "<o:orders xmlns:o='" NS "'><o:order order-no='1'>"
		    "<o:currency>EUR</o:currency></o:order></o:orders>",
		    "1" },
		{ "prefix on the order only",
		    "<orders><dw:order xmlns:dw='" NS "' order-no='1'>"
		    "<dw:currency>EUR</dw:currency></dw:order></orders>",
		    "1" },
		{ "empty", ROOT "</orders>", "" },
		{ "empty element", "<orders/>", "" },
		{ "empty with attributes",
		    HEAD "<orders xmlns='" NS "' version='20.8' />\n", "" },
		{ "one order alone",
		    HEAD "<order xmlns='" NS "' order-no='7'/>", "7" },
		{ "one order alone, long",
		    "<order "
		    "order-no='7'><currency>EUR</currency></order>\n",
		    "7" },
		{ "empty elements",
		    ROOT "<order order-no='1'/>"
			 "<order order-no='2'/></orders>",
		    "1 2" },
		{ "comments",
		    "<!-- <orders> -->" ROOT "<!-- <order order-no='0'> "
		    "-->" ORDER("1",
			"<!-- </order><order> "
			"--><currency>EUR</"
			"currency>") "<?pi "
				     "<order> "
				     "?></"
				     "orders><!-- "
				     "</orders> "
				     "--> ",
		    "1" },
		{ "data",
		    ROOT ORDER("1",
			"<created-by><![CDATA[</order> <order>]]>"
			"</created-by>") "</orders>",
		    "1" },
		{ "greater in a value",
		    "<orders x='a>b'><order order-no='1' "
		    "x=\"'>'\"/></orders>",
		    "1" },
		{ "carriage returns",
		    "<orders>\r\n<order order-no='1'>\r\n</order>\r\n"
		    "</orders>\r\n",
		    "1" },
		{ "any order of elements",
		    ROOT ORDER("1",
			"<payments/><totals/><product-lineitems>"
			"<product-lineitem><quantity "
			"unit=''>1.0</quantity>"
			"<position>1</position><product-id>A</"
			"product-id>"
			"</product-lineitem></product-lineitems>"
			"<order-date>2026-03-27T10:00:00.000Z</"
			"order-date>") "</orders>",
		    "1" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		if (strcmp(read_text(f, cases[i].text), cases[i].report) != 0)
			fail_msg("%s: %s: %s", cases[i].what, f->report,
			    f->reasons);
}

static void
test_read__unknown_elements__are_dropped_and_noted(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    read_text(f,
		ROOT ORDER("1",
		    "<wishes><order-date>never</order-date></wishes>"
		    "<x:currency xmlns:x='urn:x'>nonsense</x:currency>"
		    "<currency>EUR</currency>") "</orders>"),
	    "1");
	assert_string_equal(f->reasons,
	    "dropped 2 unknown elements, first <wishes>");
}

static void
test_read__foreign_attributes_and_hints__change_nothing(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    read_text(f,
		"<orders xmlns='" NS "' xmlns:xsi="
		"'http://www.w3.org/2001/XMLSchema-instance' "
		"xsi:schemaLocation='" NS " http://127.0.0.1:1/x.xsd'>"
		"<order order-no='1' xsi:schemaLocation='a /etc/hostname' "
		"xsi:type='Wrong' loyalty='7'>"
		"<currency xsi:nil='true'>EUR</currency></order></orders>"),
	    "1");
}

static void
test_read__blank_before_the_declaration__is_taken_and_noted(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    read_text(f, "\n" HEAD ROOT ORDER("1", "") "</orders>"), "1");
	assert_reason(f, "blank before the XML declaration");
}

static void
test_read__latin_1__becomes_utf_8(void **state)
{
	struct fixture *f = *state;
	mem_ctx *ctx = mem_ctx_new(f, "file");
	struct arena *a = arena_new(ctx, 4096);
	const struct xml_node *tree;
	struct xml_record rec;
	struct xml_file *x;
	static const char text[] =
	    "<?xml version='1.0' encoding='ISO-8859-1'?><orders>"
	    "<order order-no='1'><created-by>M\xfcller</created-by></order>"
	    "</orders>";

	put_file(f, text, sizeof(text) - 1);
	ASSERT_OK((x = xml_file_open(ctx, f->path, NULL, &sfcc_order_vocabulary,
		       ERR)) != NULL);
	ASSERT_OK(xml_file_next(x, &rec, ERR));
	ASSERT_OK(xml_parse(f->parser, x, &rec, a, &tree, ERR));
	assert_string_equal(tree->child->text, "M\xc3\xbcller");
}

/* SFCC-04: what a shop without its filter writes for an emoji. */
static void
test_read__surrogate_references__are_repaired_and_noted(void **state)
{
	struct fixture *f = *state;
	mem_ctx *ctx = mem_ctx_new(f, "file");
	struct arena *a = arena_new(ctx, 4096);
	const struct xml_node *tree;
	struct xml_record rec;
	struct xml_file *x;
	static const char text[] = ROOT
	    "<order order-no='1'><created-by>a&#55357;&#56355;b&#xD83D;"
	    "&#xdc23;&amp;<![CDATA[&#55357;]]></created-by></order></orders>";

	put_file(f, text, sizeof(text) - 1);
	ASSERT_OK((x = xml_file_open(ctx, f->path, NULL, &sfcc_order_vocabulary,
		       ERR)) != NULL);
	ASSERT_OK(xml_file_next(x, &rec, ERR));
	ASSERT_OK(xml_parse(f->parser, x, &rec, a, &tree, ERR));
	assert_string_equal(tree->child->text,
	    "a\xf0\x9f\x90\xa3"
	    "b\xf0\x9f\x90\xa3&&#55357;");
	assert_string_equal(rec.note, "repaired 2 surrogate pairs");
}

/* ------------------------------------------------- one record refused */

static void
test_read__one_bad_order__is_confined_to_itself(void **state)
{
	static const struct {
		const char *bad;
		const char *report;
		const char *reason;
	} cases[] = {
		{ ORDER("2", "<currency>EUR</curency>"), "2:data.syntax",
		    "mismatch" },
		{ ORDER("2", "a & b"), "2:data.syntax", "" },
		{ ORDER("2", "&#0;"), "2:data.syntax", "xmlChar value 0" },
		{ ORDER("2", "<created-by>&#55357;</created-by>"),
		    "2:data.syntax", "55357" },
		{ ORDER("2", "<created-by>&#xDC23;&#xD83D;</created-by>"),
		    "2:data.syntax", "56355" },
		{ ORDER("2", "<created-by>\x01</created-by>"), "2:data.syntax",
		    "" },
		{ ORDER("2", "<created-by>\xc0\xaf</created-by>"),
		    "2:data.encoding", "not UTF-8" },
		{ ORDER("2", "<created-by>M\xfcller</created-by>"),
		    "2:data.encoding", "not UTF-8" },
		{ ORDER("2", "&company;"), "2:data.syntax", "company" },
		{ ORDER("2", "<!DOCTYPE order>"), "2:data.syntax", "" },
		{ ORDER("2", "<currency a='1' a='2'>EUR</currency>"),
		    "2:data.syntax", "redefined" },
		{ ORDER("2", "<currency a=1>EUR</currency>"), "2:data.syntax",
		    "" },
		{ ORDER("2", "<currency a='1>EUR</currency>"), "2:data.syntax",
		    "" },
		{ ORDER("2", LINE("many")), "2:data.schema",
		    "<quantity>: 'many' is not a valid value of the atomic "
		    "type 'xs:double'" },
		{ ORDER("2",
		      "<product-lineitems><product-lineitem><product-id>A"
		      "</product-id></product-lineitem></product-lineitems>"),
		    "2:data.schema",
		    "<product-lineitem>: a child element is missing, expected "
		    "is one of ( quantity" },
		{ ORDER("2",
		      "<currency>EUR</currency><currency>EUR"
		      "</currency>"),
		    "2:data.schema",
		    "<currency>: This element is not "
		    "expected" },
		{ ORDER("2", "<totals>much</totals>"), "2:data.schema",
		    "<totals>: Character content" },
		{ "<order/>", "?:data.schema", "'order-no' is required" },
		{ "<order order-no=''/>", "?:data.schema", "order-no" },
		{ "<order order-no=' 2'/>", " 2:data.schema", "order-no" },
		{ "<order order-no='123456789012345678901234567890"
		  "123456789012345678901'/>",
		    "123456789012345678901234567890123456789012345678901"
		    ":data.schema",
		    "'51'" },
		{ "<x:order xmlns:x='urn:x' order-no='2'/>", "2:data.schema",
		    "namespace \"urn:x\" is not" },
		{ "<order order-no='2'><currency>EUR</currency>",
		    "2:data.syntax", "no end tag before the next" },
		{ "some text", "?:data.syntax", "none of them" },
		{ "<header>x</header>", "?:data.syntax", "none of them" },
		{ "</order>", "?:data.syntax", "none of them" },
		{ "<![CDATA[x]]>", "?:data.syntax", "none of them" },
		{ "< ", "?:data.syntax", "none of them" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		char want[300];

		read_text(f,
		    mem_printf(f,
			ROOT ORDER("1", "") "\n%s\n" ORDER("3", "") "</orders>",
			cases[i].bad));
		snprintf(want, sizeof(want), "1 %s(line 3", cases[i].report);
		if (strncmp(f->report, want, strlen(want)) != 0 ||
		    strcmp(f->report + strlen(f->report) - 2, " 3") != 0)
			fail_msg("%s: %s: %s", cases[i].bad, f->report,
			    f->reasons);
		assert_reason(f, cases[i].reason);
	}
}

static void
test_read__two_bad_of_five__are_pinned_to_line_and_column(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    read_text(f,
		HEAD ROOT ORDER("1",
		    LINE("1")) "\n"
			       "  <order order-no=\"2\">\n"
			       "    <currency>EUR</currency>\n"
			       "    <taxation>sideways</taxation>\n"
			       "  </order>\n" ORDER("3", "") ORDER("4",
				   LINE("x")) ORDER("5", "") "\n</orders>\n"),
	    "1 2:data.schema(line 6 column 34) 3 "
	    "4:data.schema(line 8 column 142) 5");
}

static void
test_read__all_on_one_line__still_pins_the_bad_one(void **state)
{
	struct fixture *f = *state;
	size_t at;

	read_text(f,
	    "<orders>" ORDER("1", "") ORDER("2", LINE("x"))
		ORDER("3", "") "</orders>");
	at = strlen("<orders>" ORDER("1", "") "<order order-no=\"2\">"
					      "<product-lineitems>"
					      "<product-lineitem>"
					      "<product-id>A</product-id>"
					      "<quantity unit=\"\">x"
					      "</quantity>");
	assert_string_equal(f->report,
	    mem_printf(f, "1 2:data.schema(line 1 column %zu) 3", at + 1));
}

static void
test_read__many_faults_in_an_order__tells_five_and_counts_the_rest(void **state)
{
	struct fixture *f = *state;

	read_text(f,
	    ROOT "<order order-no='1'>\n<currency>E</currency>\n"
		 "<order-date>x</order-date>\n<taxation>x</taxation>\n"
		 "<tax-rounded-at-group>x</tax-rounded-at-group>\n"
		 "<place-date>x</place-date>\n<totals>x</totals>\n"
		 "<payments>x</payments>\n</order></orders>");
	assert_reason(f, "<currency>: ");
	assert_reason(f, "; line 4 column ");
}

static void
test_read__an_order_without_end__at_the_end_of_the_root(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    read_text(f, ROOT ORDER("1", "") "<order order-no='2'></orders>"),
	    "1 2:data.syntax(line 2 column 29)");
}

static void
test_read__an_open_comment__costs_its_order_only(void **state)
{
	static const char text[] = ROOT ORDER("1", "") "\n" ORDER("2",
	    "<!-- open") "\n" ORDER("3", "<![CDATA[ open") "\n" ORDER("4",
	    "") "\n" ORDER("5", "<!-- open again");
	struct fixture *f = *state;

	assert_string_equal(
	    read_text(f,
		mem_printf(f, "%s%*s" ORDER("6", "") "</orders>", text, 70000,
		    "")),
	    "1 2:data.syntax(line 3 column 1) 3:data.syntax(line 4 column 1) "
	    "4 5:data.syntax(line 6 column 1) 6");
	/* Near the end it may as well be the cut of a transfer. */
	assert_string_equal(read_text(f, mem_printf(f, "%s</orders>", text)),
	    "!data.truncated");
}

static void
test_read__two_documents_in_one_file__loses_no_order(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    read_text(f,
		HEAD ROOT ORDER("1", "") "</orders>\n" HEAD ROOT ORDER("2",
		    "") "</orders>\n"),
	    "1 ?:data.syntax(line 5 column 1) 2");
	assert_reason(f, "none of them");
}

/* ------------------------------------------------- whole files refused */

static void
test_open__what_is_not_whole_or_not_ours__is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t n; /* 0: all of it */
		const char *code;
	} cases[] = {
		{ "", 0, "!data.truncated" },
		{ "   \n", 0, "!data.truncated" },
		{ "<?xml version='1.0'?>", 0, "!data.truncated" },
		{ "<?xml version='1.0", 0, "!data.truncated" },
		{ "<orders", 0, "!data.truncated" },
		{ ROOT, 0, "!data.truncated" },
		{ ROOT ORDER("1", ""), 0, "!data.truncated" },
		{ ROOT ORDER("1", "") "</orders", 0, "!data.truncated" },
		{ ROOT ORDER("1", "") "</order>", 0, "!data.truncated" },
		{ ROOT "<orders/>", 0, "!data.truncated" },
		{ "<order order-no='1'>", 0, "!data.truncated" },
		{ "sku,qty\nA,1\n", 0, "!data.syntax" },
		{ "{\"orders\": []}", 0, "!data.syntax" },
		{ "</orders>", 0, "!data.syntax" },
		{ "<orders a='1' a='2'></orders>", 0, "!data.syntax" },
		{ "<inventory></inventory>", 0, "!data.schema" },
		{ "<orders xmlns='urn:x'></orders>", 0, "!data.schema" },
		{ "<!DOCTYPE orders><orders/>", 0, "!data.doctype" },
		{ HEAD "<!-- x --><!DOCTYPE orders [<!ENTITY a 'b'>]>"
		       "<orders/>",
		    0, "!data.doctype" },
		{ "<!doctype html><html></html>", 0, "!data.doctype" },
		{ "\xff\xfe<\0o\0", 6, "!data.encoding" },
		{ "\xfe\xff\0<\0o", 6, "!data.encoding" },
		{ "<\0o\0r\0", 6, "!data.encoding" },
		{ "\0\0\xfe\xff", 4, "!data.encoding" },
		{ "<?xml version='1.0' encoding='UTF-16'?><orders/>", 0,
		    "!data.encoding" },
		{ "<?xml version='1.0' encoding='EBCDIC-US'?><orders/>", 0,
		    "!data.encoding" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = cases[i].n > 0 ? cases[i].n : strlen(cases[i].text);

		read_bytes(f, cases[i].text, n);
		if (strcmp(f->report, cases[i].code) != 0)
			fail_msg("%.40s: %s: %s", cases[i].text, f->report,
			    f->reasons);
	}
}

/* T16: wherever a transfer was cut, nothing of the file is used. */
static void
test_open__cut_at_every_byte__is_refused(void **state)
{
	static const char whole[] = HEAD
	    "<!-- made by hand -->\n" ROOT ORDER("1", LINE("1")) "\n" ORDER("2",
		"<notes><![CDATA[</orders >]]></notes>") "\n"
							 "<order "
							 "order-no=\"3\"/>\n</"
							 "orders>";
	struct fixture *f = *state;

	assert_string_equal(read_text(f, whole), "1 2 3");
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		read_bytes(f, whole, n);
		if (f->report[0] != '!' || f->good != 0)
			fail_msg("cut at %zu: %s", n, f->report);
	}
}

/* ------------------------------------------------------------ hostile */

static char *
repeated(mem_ctx *ctx, const char *before, const char *what, size_t times,
    const char *after)
{
	size_t n = strlen(what), at = strlen(before);
	char *s = mem_resize(ctx, NULL, at + n * times + strlen(after) + 1);

	memcpy(s, before, at);
	for (size_t i = 0; i < times; i++, at += n)
		memcpy(s + at, what, n);
	memcpy(s + at, after, strlen(after) + 1);
	return s;
}

/* T17 */
static void
test_read__bombs__cost_their_record_only(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *open;
		const char *what;
		size_t times;
		const char *close;
		const char *code;
	} cases[] = {
		{ "", "<a>", 100000, "", "2:limit" },
		{ "", "<customer>", 300, "", "2:data.schema" },
		{ "<currency", " a=''", 100000, ">EUR</currency>", "2:limit" },
		{ "<created-by>", "aaaaaaaaaa", 900000, "</created-by>",
		    "2:limit" },
		{ "<created-by>", "aaaaaaaaaa", 100000, "</created-by>",
		    "2:data.schema" },
		{ "<notes>", "<a/>", 200000, "</notes>", "2" },
		{ "<product-lineitems>", "<product-lineitem/>", 250000,
		    "</product-lineitems>", "2:data.schema" },
		{ "<", "abcdefghij", 100000, "/>", "2:data.syntax" },
		{ "<!--", " <order> ", 1000000, "-->", "2:limit" },
		{ "", "&#x41;", 300000, "", "2:data.schema" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *open = mem_printf(f,
		    ROOT ORDER("1", "") "<order order-no=\"2\">%s",
		    cases[i].open);
		char *close = mem_printf(f,
		    "%s</order>" ORDER("3", "") "</orders>", cases[i].close);
		char *all = repeated(f, open, cases[i].what, cases[i].times,
		    close);
		size_t n = strlen(cases[i].code);

		read_text(f, all);
		if (strncmp(f->report, "1 ", 2) != 0 ||
		    strncmp(f->report + 2, cases[i].code, n) != 0 ||
		    strcmp(f->report + strlen(f->report) - 2, " 3") != 0)
			fail_msg("%s: %.100s: %.200s", cases[i].what, f->report,
			    f->reasons);
		mem_free(all);
	}
}

/* The parser interns names: those of one record must not harm the next. */
static void
test_read__a_record_of_countless_names__leaves_the_next_ones_alone(void **state)
{
	struct fixture *f = *state;
	const char *after;
	struct sbuf b;

	sbuf_init(&b, f, 32 << 20);
	sbuf_adds(&b, ROOT ORDER("1", LINE("1")));
	for (int r = 2; r < 6; r++) {
		sbuf_addf(&b, "<order order-no=\"%d\">", r);
		for (int i = 0; i < 60000; i++)
			sbuf_addf(&b, "<n%080d-%d/>", i, r);
		sbuf_adds(&b, "</order>");
	}
	sbuf_adds(&b, ORDER("6", LINE("1")) ORDER("7", LINE("x")) "</orders>");
	assert_true(sbuf_ok(&b));
	read_bytes(f, b.p, b.len);
	after = strstr(b.p, "x</quantity>") + strlen("x</quantity>");
	assert_string_equal(f->report,
	    mem_printf(f, "1 2 3 4 5 6 7:data.schema(line 2 column %td)",
		after - strchr(b.p, '\n')));
}

static void
test_read__entities_of_a_doctype__are_never_expanded(void **state)
{
	struct fixture *f = *state;

	read_text(f,
	    "<!DOCTYPE orders [<!ENTITY a 'aaaaaaaaaa'>"
	    "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
	    "<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" ROOT ORDER("1",
		"<created-by>&b;&x;</created-by>") "</orders>");
	assert_string_equal(f->report, "!data.doctype");
	read_text(f,
	    ROOT ORDER("1",
		"<!DOCTYPE o [<!ENTITY a 'x'>]><created-by>&a;"
		"</created-by>") ORDER("2", "") "</orders>");
	assert_int_equal(f->good, 1);
}

static void
test_read__nul_bytes__refuse_their_record(void **state)
{
	static const char text[] = ROOT ORDER("1",
	    "") "<order order-no=\"2\">"
		"<created-by>a\0b</created-by></order>" ORDER("3",
		    "") "</orders>";
	struct fixture *f = *state;

	read_bytes(f, text, sizeof(text) - 1);
	assert_int_equal(f->good, 2);
	assert_int_equal(f->bad, 1);
}

/* ---------------------------------------------------------- going on */

static void
test_seek__to_where_a_tell_was__gives_the_same_records(void **state)
{
	struct fixture *f = *state;
	mem_ctx *ctx = mem_ctx_new(f, "file");
	int64_t no, off, line;
	struct xml_record rec, again;
	struct xml_file *x;

	read_text(f,
	    HEAD ROOT ORDER("1", "\n") "\n  " ORDER("2",
		"\n\n") "  garbage " ORDER("3", "")
		ORDER("4", "") "\n</orders>\n");
	for (int skip = 0; skip < 5; skip++) {
		ASSERT_OK((x = xml_file_open(ctx, f->path, NULL,
			       &sfcc_order_vocabulary, ERR)) != NULL);
		for (int i = 0; i < skip; i++)
			ASSERT_OK(xml_file_next(x, &rec, ERR));
		xml_file_tell(x, &no, &off, &line);
		ASSERT_OK(xml_file_next(x, &rec, ERR));
		ASSERT_OK((x = xml_file_open(ctx, f->path, NULL,
			       &sfcc_order_vocabulary, ERR)) != NULL);
		ASSERT_OK(xml_file_seek(x, no, off, line, ERR));
		ASSERT_OK(xml_file_next(x, &again, ERR));
		assert_int_equal(again.record_no, rec.record_no);
		assert_int_equal(again.byte_off, rec.byte_off);
		assert_int_equal(again.byte_len, rec.byte_len);
		assert_int_equal(again.line, rec.line);
		assert_int_equal(again.column, rec.column);
		assert_string_equal(again.key, rec.key);
	}
}

static void
test_next__records_over_many_windows__have_their_exact_bytes(void **state)
{
	struct fixture *f = *state;
	mem_ctx *ctx = mem_ctx_new(f, "file");
	struct sbuf b;
	struct xml_record rec;
	struct xml_file *x;
	char no[20];

	sbuf_init(&b, f, 32 << 20);
	sbuf_adds(&b, HEAD ROOT);
	for (int i = 1; i <= 3000; i++)
		sbuf_addf(&b,
		    "<order order-no=\"%d\">\n<notes>%*s</notes>"
		    "</order>\n",
		    i, i * 7 % 9000, "");
	sbuf_adds(&b, "</orders>\n");
	put_file(f, b.p, b.len);
	ASSERT_OK((x = xml_file_open(ctx, f->path, NULL, &sfcc_order_vocabulary,
		       ERR)) != NULL);
	for (int i = 1; i <= 3000; i++) {
		ASSERT_OK(xml_file_next(x, &rec, ERR));
		snprintf(no, sizeof(no), "%d", i);
		assert_string_equal(rec.key, no);
		assert_int_equal(rec.line, 1 + 2 * i);
		assert_int_equal(rec.column, 1);
		assert_memory_equal(rec.bytes, b.p + rec.byte_off,
		    (size_t)rec.byte_len);
		assert_memory_equal(rec.bytes + rec.byte_len - 8, "</order>",
		    8);
	}
	assert_false(xml_file_next(x, &rec, ERR));
}

static void
test_extract__a_record__is_a_document_that_reads_the_same(void **state)
{
	struct fixture *f = *state;
	mem_ctx *ctx = mem_ctx_new(f, "file");
	struct xml_record rec;
	struct xml_file *x;
	char *doc;
	size_t n;

	read_text(f,
	    HEAD "<o:orders xmlns:o='" NS "' version='20.8'>\n"
		 "<o:order order-no='1'/><o:order order-no='2'><o:currency>"
		 "euro</o:currency></o:order></o:orders>");
	ASSERT_OK((x = xml_file_open(ctx, f->path, NULL, &sfcc_order_vocabulary,
		       ERR)) != NULL);
	ASSERT_OK(xml_file_next(x, &rec, ERR));
	ASSERT_OK(xml_file_next(x, &rec, ERR));
	ASSERT_OK((doc = xml_file_extract(x, ctx, rec.byte_off, rec.byte_len,
		       &n, ERR)) != NULL);
	assert_int_equal(n, strlen(doc));
	assert_string_equal(doc,
	    HEAD "<o:orders xmlns:o='" NS "' version='20.8'>\n"
		 "<o:order order-no='2'><o:currency>euro</o:currency>"
		 "</o:order>\n</o:orders>");
	assert_string_equal(read_bytes(f, doc, n),
	    "2:data.schema(line 3 column 52)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read__every_shape_of_a_good_file__gives_its_orders),
		TEST(test_read__unknown_elements__are_dropped_and_noted),
		TEST(test_read__foreign_attributes_and_hints__change_nothing),
		TEST(
		    test_read__blank_before_the_declaration__is_taken_and_noted),
		TEST(test_read__latin_1__becomes_utf_8),
		TEST(test_read__surrogate_references__are_repaired_and_noted),
		TEST(test_read__one_bad_order__is_confined_to_itself),
		TEST(test_read__two_bad_of_five__are_pinned_to_line_and_column),
		TEST(test_read__all_on_one_line__still_pins_the_bad_one),
		TEST(
		    test_read__many_faults_in_an_order__tells_five_and_counts_the_rest),
		TEST(test_read__an_order_without_end__at_the_end_of_the_root),
		TEST(test_read__an_open_comment__costs_its_order_only),
		TEST(test_read__two_documents_in_one_file__loses_no_order),
		TEST(test_open__what_is_not_whole_or_not_ours__is_refused),
		TEST(test_open__cut_at_every_byte__is_refused),
		TEST(test_read__bombs__cost_their_record_only),
		TEST(
		    test_read__a_record_of_countless_names__leaves_the_next_ones_alone),
		TEST(test_read__entities_of_a_doctype__are_never_expanded),
		TEST(test_read__nul_bytes__refuse_their_record),
		TEST(test_seek__to_where_a_tell_was__gives_the_same_records),
		TEST(
		    test_next__records_over_many_windows__have_their_exact_bytes),
		TEST(test_extract__a_record__is_a_document_that_reads_the_same),
	};
	return cmocka_run_group_tests_name("xml_record", tests, NULL, NULL);
}
