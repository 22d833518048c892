/*
 * xml_record.c - the half of xml_record.h that parses: bytes to a tree.
 *
 * One libxml2 context for all records.  Each record is a small document: the
 * head of the file, its own bytes, the tail.  Our handlers normalise the
 * namespace, drop what the vocabulary does not name, hand the rest to the
 * schema validator and build the tree.  The validator is called from ours,
 * never the other way round, so that an error at the end of a record is
 * known before the record is left.
 */

#include "parsers/xml_record.h"

#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>

#include "base/count.h"
#include "base/str.h"
#include "gen/schemas.h"
#include "parsers/xml_frame.h"

enum {
	PARSE_OPTIONS = XML_PARSE_NONET | XML_PARSE_BIG_LINES,
	NAME_SLOTS = 1024,        /* of the hash of names, a power of two */
	DICT_MAX_BYTES = 4 << 20, /* names of partners: then start afresh */
	SHOWN_MAX_BYTES = 160,    /* of one fault's text */
	ATTRIBUTE_FIELDS = 5      /* of an attribute, as SAX2 gives it */
};

/* libxml2 interns names: the pointer is the name, while the context lives. */
struct name_slot {
	const xmlChar *name;
	int id;
};

struct fault {
	enum oms_code code;
	int64_t line;
	int64_t column;
	char text[SHOWN_MAX_BYTES + 80];
};

/* An open element that is in the tree. */
struct level {
	struct xml_node *node;
	struct xml_node *last; /* its newest child */
};

struct xml_parser {
	const struct xml_vocabulary *voc;
	xmlSchemaPtr schema;
	xmlParserCtxtPtr ctxt;
	xmlSchemaValidCtxtPtr valid;
	struct name_slot names[NAME_SLOTS];
	const xmlChar **attributes; /* as interned in ctxt */
	char *doc;                  /* head, record, tail */
	size_t doc_room;

	/* The record at hand. */
	const struct xml_frame *frame;
	const struct xml_record *rec;
	struct arena *arena;
	xmlSchemaSAXPlugPtr plug;
	xmlSAXHandlerPtr check; /* the validator's handlers and their data */
	void *check_data;
	struct level levels[XML_DEPTH_MAX + 2];
	int depth; /* open elements of the document */
	int skip;  /* elements at this depth and below are dropped; 0 none */
	bool is_opaque; /* they are the content of an element of ours */
	struct xml_node *root;
	char *text; /* since the last tag */
	size_t text_len;
	size_t text_room;
	size_t node_count;
	size_t dropped;
	char first_dropped[40];
	bool is_stopped;
	const char *element; /* that is being looked at */
	bool is_personal;    /* element is: no error shows its text */
	struct fault faults[XML_ERRORS_MAX];
	size_t fault_count; /* all of them, kept or not */
};

/* ------------------------------------------------------------- faults */

/* Where the parser stands, as a place in the partner's file. */
static void
file_place(const struct xml_parser *p, int line, int column, int64_t *ret_line,
    int64_t *ret_column)
{
	int64_t below = line - p->frame->head_lines - 1;

	*ret_line = p->rec->line + (below < 0 ? 0 : below);
	*ret_column = below <= 0 ? column + p->rec->column - 1 : column;
}

/*
 * libxml2's sentence about a value without the value: who reads of the fault
 * need not read of the customer.  What is behind its last quote stays.
 */
static const char *
without_value(const char *text, char *dst, size_t size)
{
	static const char *const ends[] = { "' has ", "' is ", "' does " };
	const char *from = strstr(text, "The value '"), *end = NULL;

	from = from != NULL ? from + 11 : strchr(text, '\'');
	if (from == NULL)
		return text;
	from += *from == '\'';
	for (size_t i = 0; i < COUNT(ends); i++)
		for (const char *q = from; (q = strstr(q, ends[i])) != NULL;
		     q++)
			if (end == NULL || q > end)
				end = q;
	(void)snprintf(dst, size, "%.*s(not shown)%s", (int)(from - text), text,
	    end != NULL ? end : "'");
	return dst;
}

static void
add_fault(struct xml_parser *p, enum oms_code code, const char *text)
{
	const xmlParserInput *in = p->ctxt->input;
	const char *element = p->element;
	int64_t line = p->rec->line, column = p->rec->column;
	char hidden[SHOWN_MAX_BYTES];
	struct fault *f;

	if (in != NULL)
		file_place(p, in->line, in->col, &line, &column);
	if (p->fault_count >= XML_ERRORS_MAX) {
		p->fault_count++;
		return;
	}
	f = &p->faults[p->fault_count];
	/* A facet and its type complain of one value: the first says more. */
	if (p->fault_count > 0 && f[-1].line == line && f[-1].column == column)
		return;
	p->fault_count++;
	f->code = code;
	f->line = line;
	f->column = column;
	if (p->is_personal)
		text = without_value(text, hidden, sizeof(hidden));
	(void)snprintf(f->text, sizeof(f->text), "%s%s%s%s",
	    element != NULL ? "<" : "", element != NULL ? element : "",
	    element != NULL ? ">: " : "", text);
}

static void
stop(struct xml_parser *p, enum oms_code code, const char *text)
{
	if (p->is_stopped)
		return;
	add_fault(p, code, text);
	p->is_stopped = true;
	xmlStopParser(p->ctxt);
}

/*
 * libxml2's sentence without its namespaces, its subject (we name the
 * element ourselves), and all but the first of the names it had expected.
 */
static void
plain_text(const char *s, char *dst, size_t size)
{
	static const char missing[] = "Missing child element(s). Expected";
	static const char better[] = "a child element is missing, expected";
	size_t n = 0, names = 0;
	bool in_list = false;

	if (strncmp(s, "Element '", 9) == 0) {
		const char *q = strstr(s, "': ");
		const char *a = strstr(s, "', attribute '");

		s = a != NULL && (q == NULL || a < q) ? a + 3
		    : q != NULL                       ? q + 3
						      : s;
	}
	if (strncmp(s, "xmlParse", 8) == 0 && strstr(s, ": ") != NULL)
		s = strstr(s, ": ") + 2; /* a name in libxml2, of no use */
	if (strncmp(s, missing, sizeof(missing) - 1) == 0) {
		s += sizeof(missing) - 1;
		n = sizeof(better) - 1;
		memcpy(dst, better, n);
	}
	for (; *s != '\0' && n + 5 < size; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '{' && strchr(s, '}') != NULL) {
			s = strchr(s, '}');
			continue;
		}
		in_list = (in_list || c == '(') && c != ')';
		if (in_list && c == ',' && ++names == 3) {
			memcpy(dst + n, " ...", 4);
			n += 4;
		}
		if (in_list && names >= 3)
			continue;
		dst[n++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
	}
	while (n > 0 && (dst[n - 1] == ' ' || dst[n - 1] == '.'))
		n--;
	dst[n] = '\0';
}

/*
 * "currency line 7 and ..." counts the lines of the document that we built
 * around the record, which nobody has.
 */
static void
drop_line_numbers(char *text)
{
	static const char word[] = " line ";
	char *p = text;

	while ((p = strstr(p, word)) != NULL) {
		size_t n = sizeof(word) - 1;
		size_t digits = strspn(p + n, "0123456789");

		if (digits > 0)
			memmove(p, p + n + digits, strlen(p + n + digits) + 1);
		else
			p += n;
	}
}

static void
on_invalid(void *u, xmlErrorPtr e)
{
	char text[SHOWN_MAX_BYTES];

	plain_text(e->message != NULL ? e->message : "?", text, sizeof(text));
	add_fault(u, OMS_SCHEMA, text);
}

static void
on_ill_formed(void *u, xmlErrorPtr e)
{
	struct xml_parser *p = u;
	char text[SHOWN_MAX_BYTES];

	if (e->level < XML_ERR_ERROR || p->is_stopped ||
	    e->code == XML_NS_ERR_UNDEFINED_NAMESPACE)
		return;
	plain_text(e->message != NULL ? e->message : "?", text, sizeof(text));
	drop_line_numbers(text);
	p->element = NULL;
	add_fault(p,
	    e->code == XML_I18N_CONV_FAILED ||
		    e->code == XML_ERR_INVALID_ENCODING
		? OMS_ENCODING
		: OMS_SYNTAX,
	    text);
	p->is_stopped = true; /* the parser calls no handler any more */
}

/* ----------------------------------------------------------- handlers */

static size_t
slot_of(const xmlChar *name)
{
	uintptr_t v = (uintptr_t)name;

	return (size_t)((v >> 3) ^ (v >> 13)) & (NAME_SLOTS - 1);
}

/* The id of an interned name; -1 when the vocabulary has it not. */
static int
id_of(const struct xml_parser *p, const xmlChar *name)
{
	size_t i = slot_of(name);

	while (p->names[i].name != NULL && p->names[i].name != name)
		i = (i + 1) & (NAME_SLOTS - 1);
	return p->names[i].name != NULL ? p->names[i].id : -1;
}

static bool
is_blank(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != ' ' && s[i] != '\n' && s[i] != '\t' && s[i] != '\r')
			return false;
	return true;
}

static void
check_text(struct xml_parser *p)
{
	/* The validator takes an int: a record is far smaller. */
	p->check->characters(p->check_data, (const xmlChar *)p->text,
	    (int)p->text_len);
}

/* Text before a tag, in an element with children: blanks, or a fault. */
static void
flush_text(struct xml_parser *p)
{
	if (p->text_len > 0 && !is_blank(p->text, p->text_len))
		check_text(p);
	p->text_len = 0;
}

static const char *
trimmed(struct xml_parser *p)
{
	const char *s = p->text;
	size_t n = p->text_len;

	while (n > 0 && is_blank(s, 1)) {
		s++;
		n--;
	}
	while (n > 0 && is_blank(s + n - 1, 1))
		n--;
	return arena_strndup(p->arena, s, n);
}

/* SAX2 leaves "&#38;" for an ampersand in a value, and nothing else. */
static const char *
value_of(struct xml_parser *p, const xmlChar *from, const xmlChar *end)
{
	char *s = arena_strndup(p->arena, (const char *)from,
	    (size_t)(end - from));
	char *to = s;

	for (const char *q = s; *q != '\0'; q++) {
		*to++ = *q;
		if (strncmp(q, "&#38;", 5) == 0)
			q += 4;
	}
	if (s != to)
		*to = '\0';
	return s;
}

/* Keep the attributes we know, for the tree and for the validator. */
static int
take_attributes(struct xml_parser *p, struct xml_node *node, int count,
    const xmlChar **from, const xmlChar **to)
{
	struct xml_attr **last = &node->attrs;
	int kept = 0;

	for (int i = 0; i < count; i++, from += ATTRIBUTE_FIELDS) {
		size_t id = 0;

		while (id < p->voc->attribute_count &&
		    p->attributes[id] != from[0])
			id++;
		if (from[2] != NULL || id == p->voc->attribute_count ||
		    kept == COUNT(p->levels))
			continue;
		memcpy(to + (ptrdiff_t)kept++ * ATTRIBUTE_FIELDS, from,
		    ATTRIBUTE_FIELDS * sizeof(*from));
		*last = arena_zero(p->arena, sizeof(**last));
		(*last)->id = (int)id;
		(*last)->value = value_of(p, from[3], from[4]);
		last = &(*last)->next;
	}
	return kept;
}

static void
drop_element(struct xml_parser *p, const xmlChar *name, int id)
{
	p->skip = p->depth;
	p->is_opaque = false;
	if (id >= 0 && p->voc->names[id].kind == XML_IGNORE)
		return;
	if (p->dropped++ == 0)
		(void)str_copy(p->first_dropped, sizeof(p->first_dropped),
		    (const char *)name);
}

/* The first element of a record must be one, of our namespace or of none. */
static bool
is_ours(struct xml_parser *p, const xmlChar *uri, bool is_root)
{
	char text[SHOWN_MAX_BYTES];

	if (uri == NULL || strcmp((const char *)uri, p->voc->ns) == 0)
		return true;
	if (is_root) {
		(void)snprintf(text, sizeof(text),
		    "namespace \"%.40s\" is not \"%.80s\"", (const char *)uri,
		    p->voc->ns);
		stop(p, OMS_SCHEMA, text);
	}
	return false;
}

static struct xml_node *
add_node(struct xml_parser *p, int id)
{
	struct xml_node *n = arena_zero(p->arena, sizeof(*n));
	struct level *parent = &p->levels[p->depth - 1];
	int64_t column;

	n->id = id;
	n->text = "";
	file_place(p, p->ctxt->input->line, 0, &n->line, &column);
	if (p->root == NULL)
		p->root = n;
	else if (parent->last != NULL)
		parent->last->next = n;
	else
		parent->node->child = n;
	parent->last = n;
	p->levels[p->depth] = (struct level){ .node = n };
	return n;
}

static void
on_start(void *u, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int ns_count, const xmlChar **ns, int attr_count,
    int defaulted, const xmlChar **attrs)
{
	const xmlChar *kept[(XML_DEPTH_MAX + 2) * ATTRIBUTE_FIELDS];
	struct xml_parser *p = u;
	struct xml_node *node;
	bool is_root;
	int id;

	(void)prefix, (void)ns_count, (void)ns, (void)defaulted;
	if (++p->depth > XML_DEPTH_MAX) {
		stop(p, OMS_LIMIT, "elements are nested deeper than 64");
		return;
	}
	is_root = p->depth == 1 + (int)p->frame->wrapped;
	if (p->skip > 0 || p->is_stopped || p->depth <= (int)p->frame->wrapped)
		return;
	id = id_of(p, name);
	if (id < 0 || p->voc->names[id].kind == XML_IGNORE ||
	    !is_ours(p, uri, is_root)) {
		drop_element(p, name, id);
		return;
	}
	if (++p->node_count > XML_NODES_MAX) {
		stop(p, OMS_LIMIT, "the record has more than 200000 elements");
		return;
	}
	if (!is_root)
		flush_text(p);
	p->text_len = 0;
	node = add_node(p, id);
	p->element = p->voc->names[id].name;
	p->is_personal = p->voc->names[id].kind == XML_PERSONAL;
	attr_count = take_attributes(p, node, attr_count, attrs, kept);
	p->check->startElementNs(p->check_data, name, NULL,
	    (const xmlChar *)p->voc->ns, 0, NULL, attr_count, 0, kept);
	if (p->voc->names[id].kind == XML_OPAQUE) {
		p->skip = p->depth + 1;
		p->is_opaque = true;
	}
}

static void
on_end(void *u, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_parser *p = u;
	struct xml_node *node;
	int depth = p->depth--;

	(void)prefix, (void)uri;
	if (p->skip > 0 && depth >= p->skip) {
		if (depth == p->skip && !p->is_opaque)
			p->skip = 0;
		return;
	}
	p->skip = 0;
	if (p->is_stopped || depth <= (int)p->frame->wrapped)
		return;
	node = p->levels[depth].node;
	p->element = p->voc->names[node->id].name;
	p->is_personal = p->voc->names[node->id].kind == XML_PERSONAL;
	if (node->child == NULL && !p->is_opaque) {
		node->text = trimmed(p);
		if (p->text_len > 0)
			check_text(p);
		p->text_len = 0;
	} else {
		flush_text(p);
	}
	p->is_opaque = false;
	p->check->endElementNs(p->check_data, name, NULL,
	    (const xmlChar *)p->voc->ns);
}

static void
on_text(void *u, const xmlChar *s, int n)
{
	struct xml_parser *p = u;
	size_t need = p->text_len + (size_t)n;

	if (p->skip > 0 || p->depth <= (int)p->frame->wrapped)
		return;
	if (need > p->text_room) {
		p->text_room = need * 2;
		p->text = mem_resize(p, p->text, p->text_room);
	}
	memcpy(p->text + p->text_len, s, (size_t)n);
	p->text_len = need;
}

static void
on_doctype(void *u, const xmlChar *name, const xmlChar *external,
    const xmlChar *system_id)
{
	(void)name, (void)external, (void)system_id;
	stop(u, OMS_DOCTYPE, "a DOCTYPE");
}

static const xmlSAXHandler handlers = {
	.initialized = XML_SAX2_MAGIC,
	.internalSubset = on_doctype,
	.startElementNs = on_start,
	.endElementNs = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.serror = on_ill_formed,
};

/* ---------------------------------------------------------- the bytes */

/* The number of a character reference at p ("&#55357;"); NULL if none. */
static const char *
reference(const char *p, const char *end, uint32_t *ret)
{
	uint32_t v = 0;
	int digits = 0, base = 10;

	if (end - p < 4 || p[0] != '&' || p[1] != '#')
		return NULL;
	p += 2;
	if (*p == 'x') {
		base = 16;
		p++;
	}
	for (; p < end && *p != ';' && digits < 8; p++, digits++) {
		int d = *p >= '0' && *p <= '9' ? *p - '0'
		    : *p >= 'a' && *p <= 'f'   ? *p - 'a' + 10
		    : *p >= 'A' && *p <= 'F'   ? *p - 'A' + 10
					       : base;

		if (d >= base)
			return NULL;
		v = v * (uint32_t)base + (uint32_t)d;
	}
	*ret = v;
	return p < end && *p == ';' && digits > 0 ? p + 1 : NULL;
}

static char *
next_reference(char *p, char *end)
{
	while ((p = memchr(p, '&', (size_t)(end - p))) != NULL) {
		if (end - p > 1 && p[1] == '#')
			return p;
		p++;
	}
	return NULL;
}

/*
 * Two references to surrogates become one to the character they mean: what
 * shops write for an emoji.  Shorter, so it is done in place.  Inside CDATA
 * the same characters are text and stay.
 *
 * source  algolia/algoliasearch-sfcc-b2c, pull request 185
 */
static size_t
repair_surrogates(char *doc, size_t n, size_t *ret_pairs)
{
	char *to = doc, *from = doc, *end = doc + n;
	static const char cdata[] = "<![CDATA[";

	*ret_pairs = 0;
	for (char *p; (p = next_reference(from, end)) != NULL;) {
		char *skip = memmem(from, (size_t)(p - from), cdata,
		    sizeof(cdata) - 1);
		uint32_t high, low;
		const char *mid, *after;
		char *next = p + 2;

		if (skip != NULL) {
			next = memmem(skip, (size_t)(end - skip), "]]>", 3);
			if (next == NULL)
				break;
		} else if ((mid = reference(p, end, &high)) != NULL &&
		    high >= 0xd800 && high < 0xdc00 &&
		    (after = reference(mid, end, &low)) != NULL &&
		    low >= 0xdc00 && low < 0xe000) {
			memmove(to, from, (size_t)(p - from));
			to += p - from;
			to += snprintf(to, 12, "&#x%X;",
			    0x10000 + ((high - 0xd800) << 10) + low - 0xdc00);
			from = doc + (after - doc);
			++*ret_pairs;
			continue;
		}
		memmove(to, from, (size_t)(next - from));
		to += next - from;
		from = next;
	}
	memmove(to, from, (size_t)(end - from));
	return (size_t)(to - doc) + (size_t)(end - from);
}

/* The first byte from p on that is not ASCII; end when there is none. */
static const char *
skip_ascii(const char *p, const char *end)
{
	uint64_t v;

	for (; end - p >= (ptrdiff_t)sizeof(v); p += sizeof(v)) {
		memcpy(&v, p, sizeof(v));
		if ((v & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	while (p < end && (unsigned char)*p < 0x80)
		p++;
	return p;
}

/* Overlong forms and the like, which libxml2 does not always mind. */
static bool
check_utf8(const struct xml_record *r, struct oms_error *err)
{
	const char *p = r->bytes, *end = p + r->byte_len, *from;
	int64_t line = r->line;

	while ((p = from = skip_ascii(p, end)) < end) {
		while (p < end && (unsigned char)*p >= 0x80)
			p++;
		if (!str_is_utf8(from, (size_t)(p - from)))
			break;
	}
	if (from == end)
		return true;
	for (p = r->bytes; p < from; p++)
		line += *p == '\n';
	oms_fail(err, OMS_ENCODING,
	    "there are bytes that are not UTF-8, which the file is to be in");
	return oms_at(err, "line %lld", (long long)line);
}

static void
add_note(struct xml_record *r, const char *what)
{
	size_t n = strlen(r->note);

	(void)snprintf(r->note + n, sizeof(r->note) - n, "%s%s",
	    n > 0 ? "; " : "", what);
}

/* Head, record and tail in p->doc; the number of bytes. */
static size_t
make_document(struct xml_parser *p, const struct xml_frame *fr,
    struct xml_record *rec)
{
	size_t n = (size_t)rec->byte_len, pairs = 0;
	size_t need = fr->head_len + n + fr->tail_len + 1;
	char note[60];

	if (need > p->doc_room) {
		p->doc_room = need * 2;
		p->doc = mem_resize(p, p->doc, p->doc_room);
	}
	memcpy(p->doc, fr->head, fr->head_len);
	memcpy(p->doc + fr->head_len, rec->bytes, n);
	n = repair_surrogates(p->doc + fr->head_len, n, &pairs) + fr->head_len;
	memcpy(p->doc + n, fr->tail, fr->tail_len + 1);
	if (pairs > 0) {
		(void)snprintf(note, sizeof(note),
		    "repaired %zu surrogate pair%s", pairs,
		    pairs > 1 ? "s" : "");
		add_note(rec, note);
	}
	return n + fr->tail_len;
}

/* ----------------------------------------------------------- one record */

static bool
reserve(struct xml_parser *p, struct oms_error *err)
{
	if (p->ctxt != NULL && xmlDictGetUsage(p->ctxt->dict) < DICT_MAX_BYTES)
		return true;
	if (p->ctxt != NULL)
		xmlFreeParserCtxt(p->ctxt);
	p->ctxt = xmlNewParserCtxt();
	if (p->ctxt == NULL)
		return oms_fail(err, OMS_IO, "no memory for a parser");
	*p->ctxt->sax = handlers;
	p->ctxt->userData = p;
	memset(p->names, 0, sizeof(p->names));
	for (size_t i = 0; i < p->voc->name_count; i++) {
		const xmlChar *name = xmlDictLookup(p->ctxt->dict,
		    (const xmlChar *)p->voc->names[i].name, -1);
		size_t at = slot_of(name);

		while (p->names[at].name != NULL)
			at = (at + 1) & (NAME_SLOTS - 1);
		p->names[at] = (struct name_slot){ name, (int)i };
	}
	for (size_t i = 0; i < p->voc->attribute_count; i++)
		p->attributes[i] = xmlDictLookup(p->ctxt->dict,
		    (const xmlChar *)p->voc->attributes[i], -1);
	return true;
}

static void
start_record(struct xml_parser *p, const struct xml_frame *fr,
    const struct xml_record *rec, struct arena *a)
{
	p->frame = fr;
	p->rec = rec;
	p->arena = a;
	p->depth = p->skip = 0;
	p->levels[0] = p->levels[1] = (struct level){ 0 };
	p->root = NULL;
	p->text_len = p->node_count = p->dropped = p->fault_count = 0;
	p->is_stopped = p->is_opaque = false;
	p->element = NULL;
	p->is_personal = false;
	p->check = NULL;
	p->check_data = NULL;
	/* An empty SAX of the user: its handlers are ours to call. */
	p->plug = xmlSchemaSAXPlug(p->valid, &p->check, &p->check_data);
}

/* All faults as one sentence, the first one as the place. */
static bool
fail_record(const struct xml_parser *p, struct oms_error *err)
{
	const struct fault *f = p->faults;
	size_t kept = p->fault_count < XML_ERRORS_MAX ? p->fault_count
						      : XML_ERRORS_MAX;
	char text[sizeof(err->reason)];
	int n = snprintf(text, sizeof(text), "%s", f->text);

	for (size_t i = 1; i < kept && n > 0 && (size_t)n < sizeof(text); i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "; line %lld column %lld: %s", (long long)f[i].line,
		    (long long)f[i].column, f[i].text);
	if (p->fault_count > kept && n > 0 && (size_t)n < sizeof(text))
		(void)snprintf(text + n, sizeof(text) - (size_t)n,
		    "; and %zu more", p->fault_count - kept);
	oms_fail(err, f->code, "%s", text);
	return oms_at(err, "line %lld column %lld", (long long)f->line,
	    (long long)f->column);
}

bool
xml_parse(struct xml_parser *p, const struct xml_file *f,
    struct xml_record *rec, struct arena *a, const struct xml_node **ret,
    struct oms_error *err)
{
	const struct xml_frame *fr = xml_file_frame(f);
	char note[120];
	size_t n;

	if (rec->why.code != OMS_OK) {
		*err = rec->why;
		return false;
	}
	if ((fr->is_utf8 && !check_utf8(rec, err)) || !reserve(p, err))
		return false;
	n = make_document(p, fr, rec);
	start_record(p, fr, rec, a);
	(void)xmlCtxtReadMemory(p->ctxt, p->doc, (int)n, NULL, NULL,
	    PARSE_OPTIONS);
	if (p->ctxt->wellFormed == 0 && p->fault_count == 0)
		add_fault(p, OMS_SYNTAX, "the record is not well-formed XML");
	if (p->root == NULL && p->fault_count == 0)
		add_fault(p, OMS_SCHEMA, "there is no record");
	xmlSchemaSAXUnplug(p->plug);
	p->plug = NULL;
	if (p->fault_count > 0)
		return fail_record(p, err);
	if (p->dropped > 0) {
		(void)snprintf(note, sizeof(note),
		    "dropped %zu unknown element%s, first <%s>", p->dropped,
		    p->dropped > 1 ? "s" : "", p->first_dropped);
		add_note(rec, note);
	}
	*ret = p->root;
	return true;
}

/* ----------------------------------------------------------- the parser */

/* No DTD, entity or schema is ever fetched from anywhere. */
static xmlParserInputPtr
refuse_entity(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	(void)url, (void)id, (void)ctxt;
	return NULL;
}

static void
init_library(void)
{
	static bool done;

	if (done)
		return;
	(void)xmlMemSetup(free, mem_malloc, mem_realloc, mem_malloc_text);
	xmlInitParser();
	xmlSetExternalEntityLoader(refuse_entity);
	done = true;
}

static void
on_bad_schema(void *u, xmlErrorPtr e)
{
	struct oms_error *err = u;

	if (err->code == OMS_OK)
		oms_fail(err, OMS_INTERNAL, "%s",
		    e->message != NULL ? e->message : "?");
}

/* The compiled schema of that name; a warning of it is a failure too. */
static xmlSchemaPtr
compile(const char *name, struct oms_error *err)
{
	static struct {
		const char *name;
		xmlSchemaPtr schema;
	} done[SCHEMAS_COUNT];
	size_t i = 0;
	xmlSchemaParserCtxtPtr pc;

	while (i < SCHEMAS_COUNT && strcmp(schemas_names[i], name) != 0)
		i++;
	if (i == SCHEMAS_COUNT) {
		oms_fail(err, OMS_INTERNAL, "there is no schema %s", name);
		return NULL;
	}
	if (done[i].schema != NULL)
		return done[i].schema;
	pc = xmlSchemaNewMemParserCtxt(schemas_texts[i],
	    (int)strlen(schemas_texts[i]));
	if (pc == NULL) {
		oms_fail(err, OMS_IO, "no memory for schema %s", name);
		return NULL;
	}
	xmlSchemaSetParserStructuredErrors(pc, on_bad_schema, err);
	done[i].schema = xmlSchemaParse(pc);
	xmlSchemaFreeParserCtxt(pc);
	if (err->code != OMS_OK || done[i].schema == NULL) {
		oms_context(err, "schema %s", name);
		return NULL;
	}
	return done[i].schema;
}

static void
free_parser(void *u)
{
	struct xml_parser *p = u;

	xmlSchemaFreeValidCtxt(p->valid);
	xmlFreeParserCtxt(p->ctxt);
}

struct xml_parser *
xml_parser_new(mem_ctx *ctx, const struct xml_vocabulary *voc,
    struct oms_error *err)
{
	struct xml_parser *p = mem_new(ctx, struct xml_parser);

	init_library();
	p->voc = voc;
	p->attributes = mem_array(p, const xmlChar *, voc->attribute_count);
	p->schema = compile(voc->schema, err);
	if (p->schema == NULL) {
		mem_free(p);
		return NULL;
	}
	p->valid = xmlSchemaNewValidCtxt(p->schema);
	mem_on_free(p, free_parser);
	if (p->valid == NULL || !reserve(p, err)) {
		if (err->code == OMS_OK)
			oms_fail(err, OMS_IO, "no memory for a validator");
		mem_free(p);
		return NULL;
	}
	xmlSchemaSetValidStructuredErrors(p->valid, on_invalid, p);
	return p;
}

/* ------------------------------------------------------------- the head */

struct head_check {
	const struct xml_vocabulary *voc;
	struct oms_error *err;
	int64_t line;
};

static void
on_head_start(void *u, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int ns_count, const xmlChar **ns, int attr_count,
    int defaulted, const xmlChar **attrs)
{
	struct head_check *c = u;

	(void)name, (void)prefix, (void)ns_count, (void)ns, (void)attr_count;
	(void)defaulted, (void)attrs;
	if (uri == NULL || strcmp((const char *)uri, c->voc->ns) == 0 ||
	    c->err->code != OMS_OK)
		return;
	oms_fail(c->err, OMS_SCHEMA,
	    "the root's namespace is \"%.80s\", not "
	    "\"%s\"",
	    (const char *)uri, c->voc->ns);
	oms_at(c->err, "line %lld", (long long)c->line);
}

static void
on_head_fault(void *u, xmlErrorPtr e)
{
	struct head_check *c = u;
	char text[SHOWN_MAX_BYTES];

	if (e->level < XML_ERR_ERROR || c->err->code != OMS_OK ||
	    e->code == XML_NS_ERR_UNDEFINED_NAMESPACE)
		return;
	plain_text(e->message != NULL ? e->message : "?", text, sizeof(text));
	oms_fail(c->err, OMS_SYNTAX, "the start of the file: %s", text);
	oms_at(c->err, "line %lld", (long long)c->line);
}

bool
xml_check_head(const char *doc, size_t n, const struct xml_vocabulary *voc,
    int64_t line, struct oms_error *err)
{
	struct head_check c = { .voc = voc, .err = err, .line = line };
	xmlParserCtxtPtr ctxt;

	init_library();
	if ((ctxt = xmlNewParserCtxt()) == NULL)
		return oms_fail(err, OMS_IO, "no memory for a parser");
	*ctxt->sax = (xmlSAXHandler){ .initialized = XML_SAX2_MAGIC,
		.startElementNs = on_head_start,
		.serror = on_head_fault };
	ctxt->userData = &c;
	(void)xmlCtxtReadMemory(ctxt, doc, (int)n, NULL, NULL, PARSE_OPTIONS);
	if (ctxt->wellFormed == 0 && err->code == OMS_OK)
		oms_fail(err, OMS_SYNTAX, "the start of the file is not XML");
	xmlFreeParserCtxt(ctxt);
	return err->code == OMS_OK;
}

/* ------------------------------------------------------------- the tree */

const struct xml_node *
xml_child(const struct xml_node *n, int id)
{
	for (n = n->child; n != NULL && n->id != id; n = n->next)
		;
	return n;
}

const struct xml_node *
xml_again(const struct xml_node *n)
{
	int id = n->id;

	for (n = n->next; n != NULL && n->id != id; n = n->next)
		;
	return n;
}

const char *
xml_text(const struct xml_node *n, int id)
{
	const struct xml_node *c = xml_child(n, id);

	return c != NULL ? c->text : "";
}

const char *
xml_attr_of(const struct xml_node *n, int id)
{
	for (const struct xml_attr *a = n->attrs; a != NULL; a = a->next)
		if (a->id == id)
			return a->value;
	return "";
}
