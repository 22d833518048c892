/*
 * cmd_trace.c - where did this come from, where did it go.
 *
 * Everything meets in the order: a line of a document has a key, the key an
 * order, the order the record of a file with its bytes; and back.
 */

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"
#include "pipeline/doc_lines.h"
#include "pipeline/spool.h"

enum { LIMIT_ROWS = 100, CHUNK_BYTES = 64 << 10, NAME_BYTES = 400 };

struct tracing {
	struct cli *c;
	struct run *run;
	struct out *out;
	mem_ctx *ctx;
	int64_t limit; /* items of one document or file that are told */
	int64_t line;  /* 0 all of it */
	char partner[NAME_BYTES];
	char name[NAME_BYTES];
	size_t found;

	/* --raw: the record that was met last */
	int64_t records;
	char sha256[FS_SHA_BYTES];
	int64_t byte_off;
	int64_t byte_len;
};

/* A document or a file, as trace_document and trace_file have it. */
struct thing {
	int64_t id;
	char *path; /* partner/name */
	char *type;
	char *state;
	char *sha256;
};

/* ---- one row of the tree ------------------------------------------------- */

static void PRINTF(6, 7) tell(struct tracing *t, int level, const char *what,
    const char *id, const char *state, const char *fmt, ...)
{
	char detail[2 * NAME_BYTES + 300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	t->found++;
	if (cli_flag(t->c, "raw"))
		return;
	if (!t->c->json) {
		printf("%*s%s ", 2 * level, "", what);
		page_print(id);
		printf("%s%s%s", state[0] != '\0' ? " " : "", state,
		    detail[0] != '\0' ? ": " : "");
		page_print(detail);
		printf("\n");
		return;
	}
	out_row(t->out);
	out_text(t->out, "id", id);
	out_text(t->out, "state", state);
	out_text(t->out, "code", "");
	out_int(t->out, "level", level);
	out_text(t->out, "what", what);
	out_text(t->out, "detail", detail);
	out_row_end(t->out);
}

static char *
number(struct tracing *t, int64_t id)
{
	return mem_printf(t->ctx, "%lld", (long long)id);
}

/* ---- lines of documents -------------------------------------------------- */

/* Where a key stands in a document. */
struct place {
	const char *key;
	int64_t first;
	int64_t last;
};

/* The items of a key stand together: the first and the last line of them. */
static bool
find_key(void *u, int64_t first, int64_t last, const char *key)
{
	struct place *p = u;

	if (strcmp(key, p->key) != 0)
		return p->first == 0;
	if (p->first == 0)
		p->first = first;
	p->last = last;
	return true;
}

/* ---- an order ------------------------------------------------------------ */

static void
tell_record(struct tracing *t, int level, int64_t file_id, const char *path,
    const char *sha256, int64_t record_no, int64_t off, int64_t len,
    int64_t line_no, const char *state)
{
	tell(t, level, "file", number(t, file_id), state,
	    "%s, record %lld, %lld bytes from byte %lld, line %lld, sha256 %s",
	    path, (long long)record_no, (long long)len, (long long)off,
	    (long long)line_no, sha256);
	t->records++;
	(void)str_copy(t->sha256, sizeof(t->sha256), sha256);
	t->byte_off = off;
	t->byte_len = len;
}

static bool
tell_origin(struct tracing *t, int level, int64_t order_id, bool with_file,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(t->run->db, SQL_TRACE_ORDER, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	if (stmt_one(s, err)) {
		tell(t, level, "order", col_text(s, 0), col_text(s, 2), "of %s",
		    col_text(s, 1));
		if (with_file)
			tell_record(t, level + 1, col_int(s, 3), col_text(s, 4),
			    col_text(s, 5), col_int(s, 6), col_int(s, 7),
			    col_int(s, 8), col_int(s, 9), "");
		if (with_file && col_int(s, 10) > 0)
			tell(t, level + 2, "dead", number(t, col_int(s, 10)),
			    "", "mended there; came in file %lld, record %lld",
			    (long long)col_int(s, 11),
			    (long long)col_int(s, 12));
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

/* The columns of trace_documents. */
static bool
tell_in_document(struct tracing *t, int level, struct stmt *s,
    struct oms_error *err)
{
	struct place p = { .key = col_text(s, 1) };
	char lines[80] = "";

	if (col_is_null(s, 2)) {
		tell(t, level, col_text(s, 0), p.key, "", "in no document yet");
		return true;
	}
	if (col_text(s, 6)[0] != '\0' &&
	    !doc_lines_each(t->run, col_int(s, 2), col_text(s, 4),
		col_text(s, 3), col_text(s, 6), find_key, &p, err))
		return false;
	if (p.first < p.last)
		snprintf(lines, sizeof(lines), ", lines %lld to %lld",
		    (long long)p.first, (long long)p.last);
	else if (p.first > 0)
		snprintf(lines, sizeof(lines), ", line %lld",
		    (long long)p.first);
	tell(t, level, col_text(s, 0), p.key, col_text(s, 5),
	    "document %lld, %s%s", (long long)col_int(s, 2), col_text(s, 3),
	    lines);
	return true;
}

static bool
tell_documents(struct tracing *t, int level, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(t->run->db, SQL_TRACE_DOCUMENTS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	while (stmt_next(s, err))
		if (!tell_in_document(t, level, s, err)) {
			stmt_end(s);
			return false;
		}
	return err->code == OMS_OK;
}

/* The orders of a key, each with what is asked for. */
static bool
tell_key(struct tracing *t, int level, const char *key, bool with_file,
    bool with_documents, struct oms_error *err)
{
	struct stmt *s = stmt_begin(t->run->db, SQL_TRACE_FIND, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":key", key);
	while (stmt_next(s, err))
		if (!tell_origin(t, level, col_int(s, 0), with_file, err) ||
		    (with_documents &&
			!tell_documents(t, level + 1, col_int(s, 0), err))) {
			stmt_end(s);
			return false;
		}
	return err->code == OMS_OK;
}

/* ---- a document ---------------------------------------------------------- */

struct walking {
	struct tracing *t;
	struct oms_error *err;
	char *last; /* key told */
	int64_t count;
};

static bool
tell_line(void *u, int64_t first, int64_t last, const char *key)
{
	struct walking *w = u;
	struct tracing *t = w->t;

	if (t->line > 0 && (t->line < first || t->line > last))
		return t->line > last;
	if (t->line == 0 && w->last != NULL && strcmp(w->last, key) == 0)
		return true;
	if (w->count++ == t->limit)
		return false;
	w->last = mem_strdup(t->ctx, key);
	tell(t, 1, "line", number(t, t->line > 0 ? t->line : first), "", "%s",
	    key);
	return tell_key(t, 2, key, true, t->line > 0, w->err);
}

/* What an acknowledgement answers: the interchanges of incoming files. */
static bool
tell_answered(struct tracing *t, int64_t doc_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(t->run->db, SQL_TRACE_EDI_ANSWERED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	stmt_int(s, ":rows", t->limit);
	while (stmt_next(s, err)) {
		tell(t, 1, "answers", col_text(s, 0), col_text(s, 1),
		    "interchange %s", col_text(s, 2));
		tell_record(t, 2, col_int(s, 3), col_text(s, 4), col_text(s, 5),
		    col_int(s, 6), col_int(s, 7), col_int(s, 8), col_int(s, 9),
		    "");
	}
	return err->code == OMS_OK;
}

static bool
tell_document(struct tracing *t, const struct thing *d, struct oms_error *err)
{
	struct walking w = { .t = t, .err = err };
	size_t before;

	tell(t, 0, "document", number(t, d->id), d->state, "%s, %s", d->path,
	    d->type);
	before = t->found;
	if (!doc_lines_each(t->run, d->id, d->type, d->path, d->sha256,
		tell_line, &w, err) ||
	    err->code != OMS_OK || !tell_answered(t, d->id, err))
		return false;
	if (t->line > 0 && t->found == before)
		cli_say(t->c, "line %lld carries nothing of an order",
		    (long long)t->line);
	return true;
}

/* ---- a file -------------------------------------------------------------- */

static bool
tell_file(struct tracing *t, const struct thing *f, struct oms_error *err)
{
	struct stmt *s = stmt_begin(t->run->db, SQL_TRACE_RECORDS, err);

	if (s == NULL)
		return false;
	tell(t, 0, "file", number(t, f->id), f->state, "%s, %s, sha256 %s",
	    f->path, f->type, f->sha256);
	stmt_int(s, ":file_id", f->id);
	stmt_int(s, ":line_no", t->line);
	stmt_int(s, ":rows", t->limit);
	while (stmt_next(s, err)) {
		char *key = col_dup(s, 4, t->ctx);

		tell_record(t, 1, f->id, f->path, f->sha256, col_int(s, 0),
		    col_int(s, 1), col_int(s, 2), col_int(s, 3),
		    col_text(s, 5));
		key[strcspn(key, "/")] = '\0'; /* "S00000001/2": a line of it */
		if (!tell_key(t, 2, key, false, true, err)) {
			stmt_end(s);
			return false;
		}
	}
	return err->code == OMS_OK;
}

/* ---- what is meant ------------------------------------------------------- */

/* [PATH/]PARTNER/NAME[:LINE], document:ID[:LINE], file:ID[:LINE] */
static void
split(struct tracing *t, const char *arg)
{
	const char *colon = strrchr(arg, ':'), *slash;
	long long line;
	char extra;

	if (colon != NULL && sscanf(colon + 1, "%lld%c", &line, &extra) == 1 &&
	    line > 0 && strchr(arg, ':') != NULL &&
	    !(colon == strchr(arg, ':') &&
		(strncmp(arg, "document:", 9) == 0 ||
		    strncmp(arg, "file:", 5) == 0)))
		t->line = line;
	else
		colon = arg + strlen(arg);
	snprintf(t->name, sizeof(t->name), "%.*s", (int)(colon - arg), arg);
	slash = strrchr(t->name, '/');
	if (slash != NULL) {
		const char *from = slash;

		while (from > t->name && from[-1] != '/')
			from--;
		snprintf(t->partner, sizeof(t->partner), "%.*s",
		    (int)(slash - from), from);
		memmove(t->name, slash + 1, strlen(slash));
	}
}

static int64_t
id_after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);
	long long id;

	return strncmp(text, prefix, n) == 0 &&
		sscanf(text + n, "%lld", &id) == 1
	    ? id
	    : 0;
}

static bool
load_thing(struct tracing *t, enum sql_id id, const char *bind,
    const char *prefix, struct thing *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(t->run->db, id, err);
	bool found;

	if (s == NULL)
		return false;
	stmt_int(s, bind, id_after(t->name, prefix));
	stmt_text(s, ":name", t->name);
	stmt_text(s, ":partner", t->partner);
	found = stmt_one(s, err);
	if (found)
		*ret = (struct thing){ col_int(s, 0), col_dup(s, 1, t->ctx),
			col_dup(s, 2, t->ctx), col_dup(s, 3, t->ctx),
			col_dup(s, 4, t->ctx) };
	stmt_end(s);
	return found;
}

static bool
trace(struct tracing *t, const char *arg, struct oms_error *err)
{
	struct thing d;

	if (!tell_key(t, 0, arg, true, true, err) || t->found > 0)
		return err->code == OMS_OK;
	split(t, arg);
	if (load_thing(t, SQL_TRACE_DOCUMENT, ":doc_id", "document:", &d, err))
		return tell_document(t, &d, err);
	if (err->code == OMS_OK &&
	    load_thing(t, SQL_TRACE_FILE, ":file_id", "file:", &d, err))
		return tell_file(t, &d, err);
	return err->code == OMS_OK &&
	    oms_fail(err, OMS_USAGE,
		"\"%.100s\" is unknown: give the number of an order, a "
		"shipment, release, invoice or charge key, a tracking number, "
		"the name or path of a file or document, or file:ID, "
		"document:ID; all of the last with :LINE",
		arg);
}

/* ---- --raw --------------------------------------------------------------- */

static bool
raw(struct tracing *t, struct oms_error *err)
{
	char *chunk = mem_zero(t->ctx, CHUNK_BYTES, "chunk");
	struct blob *b;
	size_t n = 0;

	if (t->records != 1)
		return oms_fail(err, OMS_USAGE,
		    "%lld records are meant: --raw takes one",
		    (long long)t->records);
	b = spool_open(t->run, t->ctx, t->sha256, err);
	if (b == NULL)
		return false;
	for (int64_t left = t->byte_len, at = t->byte_off; left > 0;) {
		if (!blob_read(b, chunk,
			left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES, at, &n,
			err))
			return false;
		if (n == 0)
			return oms_fail(err, OMS_IO,
			    "the stored file is shorter than the record");
		(void)fwrite(chunk, 1, n, stdout);
		left -= (int64_t)n;
		at += (int64_t)n;
	}
	return true;
}

enum exit_code
cmd_trace(struct cli *c)
{
	struct tracing t = { .c = c, .ctx = mem_ctx_new(c->ctx, "trace") };
	struct oms_error err = NO_ERROR;
	bool ok;

	if (!cli_opt_int(c, "limit", 1, INT64_MAX, LIMIT_ROWS, &t.limit,
		&err) ||
	    (t.run = cli_open(c, &err)) == NULL)
		return cli_fail(c, &err);
	t.out = out_open(c, "trace", "id");
	ok = trace(&t, c->args[0], &err);
	if (c->json)
		(void)out_close(t.out);
	if (ok && cli_flag(c, "raw"))
		ok = raw(&t, &err);
	return ok ? EXIT_OK : cli_fail(c, &err);
}
