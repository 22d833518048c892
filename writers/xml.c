/* xml.c - see xml.h.  The writing is libxml2's xmlTextWriter. */

#include "writers/xml.h"

#include <string.h>

#include <libxml/xmlwriter.h>

#include "base/num.h"

struct xmlw {
	xmlTextWriterPtr writer;
	struct sbuf *out;
	struct oms_error fault; /* the first; then nothing more is written */
};

enum text { TEXT_PLAIN, TEXT_MARKUP, TEXT_ILLEGAL };

/* A full buffer remembers that it is; told so, libxml2 would print it. */
static int
on_bytes(void *u, const char *p, int n)
{
	struct xmlw *w = u;

	if (w->out != NULL)
		sbuf_add(w->out, p, (size_t)n);
	return n;
}

/* libxml2 writes what it still holds when it is freed: too late for us. */
static void
on_free(void *p)
{
	struct xmlw *w = p;

	w->out = NULL;
	xmlFreeTextWriter(w->writer);
}

struct xmlw *
xmlw_new(mem_ctx *ctx, struct sbuf *out)
{
	struct xmlw *w = mem_new(ctx, struct xmlw);
	xmlOutputBufferPtr io = xmlOutputBufferCreateIO(on_bytes, NULL, w,
	    NULL);

	w->out = out;
	w->writer = io != NULL ? xmlNewTextWriter(io) : NULL;
	if (w->writer == NULL) {
		oms_fail(&w->fault, OMS_LIMIT, "no memory to write XML");
		return w;
	}
	mem_on_free(w, on_free);
	(void)xmlTextWriterSetIndent(w->writer, 1);
	(void)xmlTextWriterSetIndentString(w->writer, BAD_CAST "  ");
	/* Not xmlTextWriterStartDocument(): it would convert UTF-8 to UTF-8,
	 * every byte of it. */
	sbuf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	return w;
}

/* What libxml2 said: below zero it could not get memory. */
static void
done(struct xmlw *w, int rc)
{
	if (rc < 0 && w->fault.code == OMS_OK)
		oms_fail(&w->fault, OMS_LIMIT, "no memory to write XML");
}

static bool
is_open(const struct xmlw *w)
{
	return w->fault.code == OMS_OK;
}

/* XML 1.0, 2.2: all of Unicode but most control characters, U+FFFE, U+FFFF. */
static enum text
kind_of(const char *s)
{
	enum text kind = TEXT_PLAIN;
	bool ascii = true;
	size_t n = 0;

	for (unsigned char c; (c = (unsigned char)s[n]) != '\0'; n++) {
		if (c >= 0x80)
			ascii = false;
		else if (c == '<' || c == '>' || c == '&' || c == '"' ||
		    c == '\n' || c == '\t' || c == '\r')
			kind = TEXT_MARKUP;
		else if (c < 0x20)
			return TEXT_ILLEGAL;
	}
	if (!ascii &&
	    (!str_is_utf8(s, n) || strstr(s, "\xef\xbf\xbe") != NULL ||
		strstr(s, "\xef\xbf\xbf") != NULL))
		return TEXT_ILLEGAL;
	return kind;
}

static void
refuse(struct xmlw *w, const char *name)
{
	oms_fail(&w->fault, OMS_ENCODING,
	    "the text holds a character that XML cannot hold");
	oms_at(&w->fault, "element or attribute %s", name);
}

/* Text without markup goes out as it is: that is most of it, and faster. */
static void
text(struct xmlw *w, const char *name, const char *s)
{
	switch (kind_of(s)) {
	case TEXT_PLAIN:
		done(w, xmlTextWriterWriteRaw(w->writer, BAD_CAST s));
		break;
	case TEXT_MARKUP:
		done(w, xmlTextWriterWriteString(w->writer, BAD_CAST s));
		break;
	case TEXT_ILLEGAL: refuse(w, name); break;
	}
}

void
xmlw_open(struct xmlw *w, const char *name)
{
	if (is_open(w))
		done(w, xmlTextWriterStartElement(w->writer, BAD_CAST name));
}

void
xmlw_attr(struct xmlw *w, const char *name, const char *value)
{
	if (!is_open(w))
		return;
	done(w, xmlTextWriterStartAttribute(w->writer, BAD_CAST name));
	text(w, name, value);
	done(w, xmlTextWriterEndAttribute(w->writer));
}

void
xmlw_attr_int(struct xmlw *w, const char *name, int64_t value)
{
	char digits[NUM_DECIMAL_BYTES];

	xmlw_attr(w, name, num_format_decimal(value, 0, digits));
}

void
xmlw_leaf(struct xmlw *w, const char *name, const char *s)
{
	if (!is_open(w))
		return;
	done(w, xmlTextWriterStartElement(w->writer, BAD_CAST name));
	text(w, name, s);
	done(w, xmlTextWriterEndElement(w->writer));
}

void
xmlw_leaf_int(struct xmlw *w, const char *name, int64_t value)
{
	char digits[NUM_DECIMAL_BYTES];

	xmlw_leaf(w, name, num_format_decimal(value, 0, digits));
}

void
xmlw_opt_attr(struct xmlw *w, const char *name, const char *value)
{
	if (value[0] != '\0')
		xmlw_attr(w, name, value);
}

void
xmlw_opt_leaf(struct xmlw *w, const char *name, const char *s)
{
	if (s[0] != '\0')
		xmlw_leaf(w, name, s);
}

void
xmlw_close(struct xmlw *w)
{
	if (is_open(w))
		done(w, xmlTextWriterEndElement(w->writer));
}

bool
xmlw_ok(const struct xmlw *w, struct oms_error *err)
{
	if (!is_open(w)) {
		*err = w->fault;
		return false;
	}
	return sbuf_ok(w->out) ||
	    oms_fail(err, OMS_LIMIT, "the XML document outgrows its %zu bytes",
		w->out->max);
}

bool
xmlw_end(struct xmlw *w, struct oms_error *err)
{
	if (is_open(w))
		done(w, xmlTextWriterEndDocument(w->writer));
	if (is_open(w))
		done(w, xmlTextWriterFlush(w->writer));
	return xmlw_ok(w, err);
}
