/* test_writers.c - XML, CSV and JSON that every reader takes. */

#include <libxml/parser.h>

#include "tests/unit/testing.h"
#include "writers/csv.h"
#include "writers/json.h"
#include "writers/xml.h"

struct fixture {
	struct sbuf out;
};

static int
setup(void **state)
{
	struct fixture *f = mem_new(mem_ctx_new(NULL, "test"), struct fixture);

	sbuf_init(&f->out, f, 1 << 20);
	*state = f;
	return 0;
}

/* ---- XML ---------------------------------------------------------------- */

static void
test_xml__elements_and_attributes__are_indented(void **state)
{
	struct fixture *f = *state;
	struct xmlw *w = xmlw_new(f, &f->out);

	xmlw_open(w, "a");
	xmlw_attr(w, "x", "1");
	xmlw_open(w, "b");
	xmlw_leaf(w, "c", "text");
	xmlw_leaf_int(w, "d", INT64_MIN);
	xmlw_opt_leaf(w, "e", "");
	xmlw_close(w);
	xmlw_open(w, "f");
	xmlw_attr_int(w, "y", -2);
	xmlw_opt_attr(w, "z", "");
	xmlw_close(w);
	xmlw_close(w);
	ASSERT_OK(xmlw_end(w, ERR));
	assert_string_equal(f->out.p,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<a x=\"1\">\n"
	    "  <b>\n"
	    "    <c>text</c>\n"
	    "    <d>-9223372036854775808</d>\n"
	    "  </b>\n"
	    "  <f y=\"-2\"/>\n"
	    "</a>\n");
}

/* What was written is read again by libxml2: the same text. */
static void
test_xml__any_text__is_read_again_as_it_was(void **state)
{
	static const char *const texts[] = { "", " ", "a & b", "<x>", "]]>",
		"\"quoted\"", "it's", "&amp;", "tab\there", "line\nend",
		"cr\rhere", "\xe6\x9d\xb1\xe4\xba\xac", "\xf0\x9f\x98\x80",
		"<!-- -->", "\x7f" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct xmlw *w = xmlw_new(f, &f->out);
		xmlDocPtr doc;
		xmlChar *text, *attr;

		xmlw_open(w, "a");
		xmlw_attr(w, "x", texts[i]);
		xmlw_leaf(w, "b", texts[i]);
		ASSERT_OK(xmlw_end(w, ERR));
		doc = xmlReadMemory(f->out.p, (int)f->out.len, "t", NULL,
		    XML_PARSE_NONET);
		assert_non_null(doc);
		attr = xmlGetProp(xmlDocGetRootElement(doc), BAD_CAST "x");
		text = xmlNodeGetContent(
		    xmlFirstElementChild(xmlDocGetRootElement(doc)));
		assert_string_equal((char *)attr, texts[i]);
		assert_string_equal((char *)text, texts[i]);
		xmlFree(attr);
		xmlFree(text);
		xmlFreeDoc(doc);
		sbuf_clear(&f->out);
	}
}

static void
test_xml__what_xml_cannot_hold__stops_and_names_the_element(void **state)
{
	static const char *const bad[] = { "\x01", "a\x0b", "\x1f", "\xff",
		"\xc3", "\xed\xa0\xbd", "\xef\xbf\xbe", "\xef\xbf\xbf",
		"\xc0\x80" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct xmlw *w = xmlw_new(f, &f->out);

		xmlw_open(w, "a");
		ASSERT_OK(xmlw_ok(w, ERR));
		xmlw_leaf(w, "city", bad[i]);
		xmlw_leaf(w, "later", "\x02");
		xmlw_close(w);
		ASSERT_FAILS(OMS_ENCODING, xmlw_end(w, ERR));
		assert_string_equal(ERR->where, "element or attribute city");
		assert_null(strstr(f->out.p, "later"));
		sbuf_clear(&f->out);
	}
}

static void
test_xml__buffer_full__is_a_limit(void **state)
{
	struct fixture *f = *state;
	struct xmlw *w;
	struct sbuf out;

	sbuf_init(&out, f, 5000);
	w = xmlw_new(f, &out);
	xmlw_open(w, "a");
	for (int i = 0; i < 1000; i++)
		xmlw_leaf(w, "b", "0123456789");
	ASSERT_FAILS(OMS_LIMIT, xmlw_end(w, ERR));
}

/* The buffer may be gone before the writer: it must not be touched then. */
static void
test_xml__freed_without_an_end__leaves_the_buffer_alone(void **state)
{
	struct fixture *f = *state;
	mem_ctx *ctx = mem_ctx_new(f, "document");
	struct xmlw *w = xmlw_new(ctx, &f->out);

	xmlw_open(w, "a");
	xmlw_leaf(w, "b", "waits in libxml2");
	mem_free(ctx);
	assert_null(strstr(f->out.p, "waits"));
}

/* ---- CSV ---------------------------------------------------------------- */

static const char *
csv_of(struct fixture *f, enum csvw_flavour flavour, const char *text)
{
	static const char *const columns[] = { "a", "b" };
	struct csvw w;

	sbuf_clear(&f->out);
	csvw_begin(&w, &f->out, flavour, columns, COUNT(columns));
	csvw_text(&w, text);
	csvw_int(&w, -7);
	csvw_row(&w);
	return f->out.p;
}

/* RFC 4180 2.5 to 2.7 */
static void
test_csv__field__is_quoted_only_when_needed(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "two words", "two words" },
		{ "a,b", "\"a,b\"" },
		{ "\"", "\"\"\"\"" },
		{ "5\" disk", "\"5\"\" disk\"" },
		{ "a\nb", "\"a\nb\"" },
		{ "a\r\nb", "\"a\r\nb\"" },
		{ " left", "\" left\"" },
		{ "right ", "\"right \"" },
		{ "a;b'c", "a;b'c" },
		{ "=1+1", "=1+1" },
		{ "\xe6\x9d\xb1", "\xe6\x9d\xb1" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(csv_of(f, CSVW_RAW, cases[i].text),
		    mem_printf(f, "a,b\r\n%s,-7\r\n", cases[i].want));
}

/* SEC-05 */
static void
test_csv__guarded_formula__gets_an_apostrophe(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "=1+1", "'=1+1" },
		{ "+cmd", "'+cmd" },
		{ "-2+3", "'-2+3" },
		{ "@SUM(A1)", "'@SUM(A1)" },
		{ "\t=1", "'\t=1" },
		{ "\r=1", "\"'\r=1\"" },
		{ "=\"a\",b", "\"'=\"\"a\"\",b\"" },
		{ "-0.02", "-0.02" },
		{ "+5", "+5" },
		{ "-.5", "-.5" },
		{ "-", "'-" },
		{ "-5.", "'-5." },
		{ "-1e5", "'-1e5" },
		{ "+49 228 1", "'+49 228 1" },
		{ "a=1", "a=1" },
		{ "", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(csv_of(f, CSVW_GUARDED, cases[i].text),
		    mem_printf(f, "a,b\r\n%s,-7\r\n", cases[i].want));
}

/* ---- JSON --------------------------------------------------------------- */

static void
test_json__nested_values__are_one_line_an_object(void **state)
{
	struct fixture *f = *state;
	struct json j;

	json_begin(&j, &f->out);
	for (int i = 1; i <= 2; i++) {
		json_object(&j, NULL);
		json_int(&j, "n", i);
		json_array(&j, "list");
		json_text(&j, NULL, "a");
		json_object(&j, NULL);
		json_close(&j);
		json_array(&j, NULL);
		json_close(&j);
		json_close(&j);
		json_bool(&j, "yes", true);
		json_bool(&j, "no", false);
		json_null(&j, "none");
		json_close(&j);
	}
	assert_string_equal(f->out.p,
	    "{\"n\":1,\"list\":[\"a\",{},[]],\"yes\":true,\"no\":false,"
	    "\"none\":null}\n"
	    "{\"n\":2,\"list\":[\"a\",{},[]],\"yes\":true,\"no\":false,"
	    "\"none\":null}\n");
}

/* RFC 8259 7 */
static void
test_json__text__is_escaped_and_always_utf8(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "", "" },
		{ "a\"b\\c/", "a\\\"b\\\\c/" },
		{ "\b\f\n\r\t", "\\b\\f\\n\\r\\t" },
		{ "\x01\x1f\x7f", "\\u0001\\u001f\\u007f" },
		{ "\xe6\x9d\xb1\xf0\x9f\x98\x80",
		    "\xe6\x9d\xb1\xf0\x9f\x98\x80" },
		{ "a\xff", "a\xef\xbf\xbd" },
		{ "\xc3", "\xef\xbf\xbd" },
		{ "\xe6\x9d x", "\xef\xbf\xbd\xef\xbf\xbd x" },
	};
	struct fixture *f = *state;
	struct json j;

	for (size_t i = 0; i < COUNT(cases); i++) {
		sbuf_clear(&f->out);
		json_begin(&j, &f->out);
		json_object(&j, NULL);
		json_text(&j, cases[i].text, cases[i].text);
		json_close(&j);
		assert_string_equal(f->out.p,
		    mem_printf(f, "{\"%s\":\"%s\"}\n", cases[i].want,
			cases[i].want));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_xml__elements_and_attributes__are_indented),
		TEST(test_xml__any_text__is_read_again_as_it_was),
		TEST(
		    test_xml__what_xml_cannot_hold__stops_and_names_the_element),
		TEST(test_xml__buffer_full__is_a_limit),
		TEST(test_xml__freed_without_an_end__leaves_the_buffer_alone),
		TEST(test_csv__field__is_quoted_only_when_needed),
		TEST(test_csv__guarded_formula__gets_an_apostrophe),
		TEST(test_json__nested_values__are_one_line_an_object),
		TEST(test_json__text__is_escaped_and_always_utf8),
	};

	return cmocka_run_group_tests_name("writers", tests, NULL, NULL);
}
