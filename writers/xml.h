/*
 * xml.h - write XML that is well-formed, whatever the data hold.
 *
 *	struct xmlw *w = xmlw_new(ctx, &out);
 *
 *	xmlw_open(w, "orders");
 *	xmlw_attr(w, "xmlns", NAMESPACE);
 *	xmlw_leaf(w, "order-no", order_no);
 *	xmlw_close(w);
 *	if (!xmlw_end(w, err)) ...               asked once, at the end
 *
 * UTF-8 with a declaration, two blanks of indent, a newline at the end.
 * Markup in text is escaped.  What XML 1.0 cannot hold (control characters,
 * bytes that are not UTF-8) was refused when it came in; met here, it stops
 * the writer: nothing more is written and xmlw_ok() says why.
 *
 * The bytes go to an sbuf, which the caller may empty between two elements:
 * a document of any size needs the memory of one element.
 */
#ifndef OMS_WRITERS_XML_H
#define OMS_WRITERS_XML_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

struct xmlw; /* opaque */

/*
 * xmlw_new - begin a document: writes the declaration.
 *
 * ctx  owner of the writer
 * out  where the bytes go; outlives the writer
 */
struct xmlw *xmlw_new(mem_ctx *ctx, struct sbuf *out);

/* Open an element; its attributes, then its content follow. */
void xmlw_open(struct xmlw *w, const char *name);
void xmlw_attr(struct xmlw *w, const char *name, const char *value);
void xmlw_attr_int(struct xmlw *w, const char *name, int64_t value);

/* An element that holds only text. */
void xmlw_leaf(struct xmlw *w, const char *name, const char *text);
void xmlw_leaf_int(struct xmlw *w, const char *name, int64_t value);

/* The same, left out when the text is "". */
void xmlw_opt_attr(struct xmlw *w, const char *name, const char *value);
void xmlw_opt_leaf(struct xmlw *w, const char *name, const char *text);

/* Close the innermost element that is open. */
void xmlw_close(struct xmlw *w);

/*
 * xmlw_ok - has all of it been written so far?
 *
 * errors  OMS_ENCODING  a text holds a character that XML forbids; err->where
 *                       names the element or attribute
 *         OMS_LIMIT     more bytes than the sbuf may hold
 */
bool xmlw_ok(const struct xmlw *w, struct oms_error *err) MUST_CHECK;

/* Close what is open and pass the last bytes on.  errors as xmlw_ok */
bool xmlw_end(struct xmlw *w, struct oms_error *err) MUST_CHECK;

#endif
