/* doc_lines.c - see doc_lines.h. */

#include "pipeline/doc_lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/scope.h"
#include "base/str.h"
#include "parsers/edi_reader.h"
#include "pipeline/edi_out.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum {
	KEY_MAX_BYTES = 1000,
	FIELD_MAX_BYTES = 64 << 10,
	CHUNK_BYTES = 64 << 10
};

/* The attribute that begins an item in XML, the column that names it in CSV.
 * They are our own bytes: an element begins on a line of its own. */
/* clang-format off */
static const struct doc_key {
	const char *type;
	const char *xml;
	const char *column;
} doc_keys[] = {
	{ "wms.ship_order",              "<shipping-order shipment-key=\"", "shipment_key" },
	{ "courier.manifest",            NULL,                              "shipment_key" },
	{ "carrier.booking",             NULL,                              "shipment_key" },
	{ "payment.capture_request",     NULL,                              "charge_key" },
	{ "sfcc.order_status",           "<order order-no=\"",              NULL },
	{ "accounting.invoice_journal",  NULL,                              "invoice_no" },
	{ "accounting.journal_manifest", NULL,                              "name" },
};
/* clang-format on */

struct reading {
	const struct doc_key *key;
	doc_lines_fn *fn;
	void *u;
	FILE *f;
	mem_ctx *ctx;
	int64_t line; /* being read, from 1 */
};

/* ---- XML ----------------------------------------------------------------- */

static void
unescape(const char *p, char dst[KEY_MAX_BYTES])
{
	static const char *const names[][2] = { { "&amp;", "&" },
		{ "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" },
		{ "&apos;", "'" } };
	size_t n = 0;

	while (*p != '\0' && *p != '"' && n < KEY_MAX_BYTES - 1) {
		size_t i = 0;

		while (i < COUNT(names) &&
		    strncmp(p, names[i][0], strlen(names[i][0])) != 0)
			i++;
		dst[n++] = i < COUNT(names) ? names[i][1][0] : *p;
		p += i < COUNT(names) ? strlen(names[i][0]) : 1;
	}
	dst[n] = '\0';
}

static bool
read_xml(struct reading *r)
{
	char key[KEY_MAX_BYTES] = "", *text = NULL;
	int64_t first = 0;
	size_t room = 0;
	bool more = true;

	while (more && getline(&text, &room, r->f) >= 0) {
		const char *at = strstr(text, r->key->xml);

		r->line++;
		if (at == NULL)
			continue;
		if (first > 0)
			more = r->fn(r->u, first, r->line - 1, key);
		unescape(at + strlen(r->key->xml), key);
		first = r->line;
	}
	free(text);
	/* The last line closes the document. */
	return !more || first == 0 || r->fn(r->u, first, r->line - 1, key);
}

/* ---- CSV ----------------------------------------------------------------- */

/* One field; *ret_end is what ended it: a comma, a newline or EOF. */
static void
read_field(struct reading *r, struct sbuf *field, int *ret_end)
{
	bool quoted = false;
	int c;

	sbuf_clear(field);
	while ((c = getc(r->f)) != EOF && (quoted || (c != ',' && c != '\n'))) {
		r->line += c == '\n';
		if (c == '"') /* a doubled one is one; keys have none */
			quoted = !quoted;
		else if (c != '\r')
			sbuf_addc(field, (char)c);
	}
	*ret_end = c;
}

static bool
read_csv(struct reading *r)
{
	char key[KEY_MAX_BYTES];
	int64_t column = -1, first;
	struct sbuf field;
	int end = 0;

	sbuf_init(&field, r->ctx, FIELD_MAX_BYTES);
	for (bool header = true; end != EOF; header = false) {
		first = ++r->line;
		key[0] = '\0';
		end = ',';
		for (int64_t i = 0; end == ','; i++) {
			read_field(r, &field, &end);
			if (header && strcmp(field.p, r->key->column) == 0)
				column = i;
			else if (!header && i == column)
				(void)str_copy(key, sizeof(key), field.p);
		}
		if (key[0] != '\0' && !r->fn(r->u, first, r->line, key))
			return true;
	}
	return true;
}

/* ---- EDI ----------------------------------------------------------------- */

/* The sets of a document are the rows of edi_out_set, in their order. */
struct edi_sets {
	const char **keys;
	size_t count;
	size_t room;
	size_t next;
	int64_t first; /* line of ST or UNH */
	struct reading *r;
};

static bool
load_keys(const struct run *run, int64_t doc_id, mem_ctx *ctx,
    struct edi_sets *sets, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_TRACE_EDI_KEYS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	while (stmt_next(s, err)) {
		if (sets->count == sets->room) {
			sets->room = sets->room == 0 ? 64 : 2 * sets->room;
			sets->keys = mem_resize(ctx, sets->keys,
			    sets->room * sizeof(*sets->keys));
		}
		sets->keys[sets->count++] = col_dup(s, 0, ctx);
	}
	return err->code == OMS_OK;
}

static bool
on_segment(void *u, const struct edi_event *ev, struct oms_error *err)
{
	struct edi_sets *sets = u;
	struct reading *r = sets->r;

	(void)err;
	if (ev->kind != EDI_SEGMENT)
		return true;
	if (ev->segment->id == EDI_ID("ST") || ev->segment->id == EDI_ID("UNH"))
		sets->first = ev->segment->line;
	if (ev->segment->id != EDI_ID("SE") && ev->segment->id != EDI_ID("UNT"))
		return true;
	return sets->next < sets->count &&
	    r->fn(r->u, sets->first, ev->segment->line,
		sets->keys[sets->next++]);
}

static bool
read_edi(const struct run *run, int64_t doc_id, const char *sha256,
    struct reading *r, struct oms_error *err)
{
	struct edi_sets sets = { .r = r };
	struct edi_reader *reader;
	struct blob *b;
	bool more = true; /* false: fn has heard enough */
	char *chunk;
	size_t n = 1;

	if (!load_keys(run, doc_id, r->ctx, &sets, err))
		return false;
	b = spool_open(run, r->ctx, sha256, err);
	if (b == NULL)
		return false;
	chunk = mem_zero(r->ctx, CHUNK_BYTES, "chunk");
	reader = edi_reader_new(r->ctx, EDI_STRICT, on_segment, &sets);
	for (int64_t off = 0; more && n > 0; off += (int64_t)n)
		more = blob_read(b, chunk, CHUNK_BYTES, off, &n, err) &&
		    (n > 0 ? edi_reader_feed(reader, chunk, n, err)
			   : edi_reader_finish(reader, err));
	return err->code == OMS_OK;
}

/* ---- both ---------------------------------------------------------------- */

static FILE *
open_bytes(const struct run *run, mem_ctx *ctx, const char *sha256,
    struct oms_error *err)
{
	struct blob *b = spool_open(run, ctx, sha256, err);
	FILE *f = b != NULL ? blob_stream(b) : NULL;

	if (f == NULL && err->code == OMS_OK)
		oms_fail_errno(err, OMS_IO, "open %s", sha256);
	return f;
}

bool
doc_lines_each(const struct run *run, int64_t doc_id, const char *type,
    const char *name, const char *sha256, doc_lines_fn *fn, void *u,
    struct oms_error *err)
{
	const char *ext = strrchr(name, '.');
	bool is_xml = ext != NULL && strcmp(ext, ".xml") == 0;
	mem_ctx *ctx = mem_ctx_new(NULL, "lines");
	struct reading r = { .fn = fn, .u = u, .ctx = ctx };

	for (size_t i = 0; i < COUNT(doc_keys); i++)
		if (strcmp(doc_keys[i].type, type) == 0)
			r.key = &doc_keys[i];
	if (sha256[0] == '\0')
		oms_fail(err, OMS_USAGE, "document %s is not written yet",
		    name);
	else if (edi_out_is_name(name))
		(void)read_edi(run, doc_id, sha256, &r, err);
	else if (r.key == NULL || (is_xml ? r.key->xml : r.key->column) == NULL)
		oms_fail(err, OMS_USAGE, "%s: no lines of a %s are known", name,
		    type);
	else if ((r.f = open_bytes(run, ctx, sha256, err)) != NULL)
		(void)(is_xml ? read_xml(&r) : read_csv(&r));
	if (r.f != NULL && ferror(r.f))
		oms_fail_errno(err, OMS_IO, "read document %s", name);
	if (r.f != NULL)
		(void)fclose(r.f);
	mem_free(ctx);
	return err->code == OMS_OK;
}
