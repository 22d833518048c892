/* cmd_audit.c - who changed what: list, export, report, verify. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/scope.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "pipeline/audit_verify.h"
#include "writers/csv.h"

enum {
	LIST_ROWS = 100,
	DATE_LENGTH = 10,
	LINE_MAX_BYTES = 1 << 20,
	HEAD_MAX_BYTES = 200
};

#define DAY_US ((int64_t)86400 * 1000000)

/* ---- a stretch of time --------------------------------------------------- */

struct span {
	int64_t since_us; /* and from then on */
	int64_t until_us; /* and before that */
};

/* A date is its whole day, so as an end it is the midnight after it. */
static bool
read_time(const struct cli *c, const char *name, bool is_end, int64_t *ret_us,
    struct oms_error *err)
{
	const char *text = cli_opt(c, name);

	if (text == NULL)
		return true;
	if (!num_parse_ts(text, ret_us, err))
		return oms_fail(err, OMS_USAGE,
		    "--%s \"%.40s\" is no date or time like 2026-03-28 or "
		    "2026-03-28T02:00:00Z",
		    name, text);
	if (is_end && strlen(text) == DATE_LENGTH)
		*ret_us += DAY_US;
	return true;
}

static bool
read_span(const struct cli *c, const char *since, const char *until,
    struct span *ret, struct oms_error *err)
{
	*ret = (struct span){ 0, INT64_MAX };
	return read_time(c, since, false, &ret->since_us, err) &&
	    read_time(c, until, true, &ret->until_us, err);
}

static struct stmt *
begin(const struct run *run, enum sql_id id, const struct span *span,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s != NULL) {
		stmt_int(s, ":since", span->since_us);
		stmt_int(s, ":until", span->until_us);
	}
	return s;
}

/* ---- list, report -------------------------------------------------------- */

enum exit_code
cmd_audit_list(struct cli *c)
{
	const char *object = cli_filter(c, "object");
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct span span;
	struct stmt *s;
	int64_t limit;

	if (!read_span(c, "since", "until", &span, &err) ||
	    !cli_opt_int(c, "limit", 1, INT64_MAX, LIST_ROWS, &limit, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    (s = begin(run, SQL_AUDIT_LIST, &span, &err)) == NULL)
		return cli_fail(c, &err);
	stmt_text(s, ":category", cli_filter(c, "category"));
	stmt_text(s, ":actor", cli_filter(c, "actor"));
	stmt_text(s, ":object", object);
	/* "order 1001" also finds "order 1001 of sfcc". */
	stmt_text(s, ":within", cli_like(c->ctx, "", object, " %"));
	return out_newest(c, "audit",
	    "id ts_us actor category action object before after*", s, limit);
}

enum exit_code
cmd_audit_report(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct span span;
	size_t rows;

	if (!read_span(c, "from", "to", &span, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    !out_all(c, "audit_count",
		"category actor action count first_ts_us last_ts_us",
		begin(run, SQL_AUDIT_REPORT, &span, &err), &rows, &err))
		return cli_fail(c, &err);
	out_say_none(c, rows);
	return EXIT_OK;
}

/* ---- export -------------------------------------------------------------- */

static const char *const columns[] = { "audit_id", "ts_us", "actor", "category",
	"action", "object", "before", "after", "prev", "hash" };

enum { NUMBERS = 2 }; /* the first of them */

static void
csv_row(struct csvw *w, struct stmt *s)
{
	for (int i = 0; i < (int)COUNT(columns); i++)
		csvw_text(w, col_text(s, i));
	csvw_row(w);
}

/* As in the table, so that the hash can be made again: no time is rewritten. */
static void
json_row(struct sbuf *line, struct stmt *s)
{
	struct json j;

	json_begin(&j, line);
	json_object(&j, NULL);
	json_int(&j, "v", 1);
	json_text(&j, "kind", "audit");
	for (int i = 0; i < (int)COUNT(columns); i++)
		if (i < NUMBERS)
			json_int(&j, columns[i], col_int(s, i));
		else
			json_text(&j, columns[i], col_text(s, i));
	json_close(&j);
}

static bool
write_rows(struct cli *c, FILE *to, struct stmt *s, int64_t *ret_rows,
    struct oms_error *err)
{
	struct sbuf line;
	struct csvw w;

	sbuf_init(&line, c->ctx, LINE_MAX_BYTES);
	if (!c->json)
		csvw_begin(&w, &line, CSVW_RAW, columns, COUNT(columns));
	while (stmt_next(s, err)) {
		if (c->json)
			json_row(&line, s);
		else
			csv_row(&w, s);
		(void)fwrite(line.p, 1, line.len, to);
		sbuf_clear(&line);
		++*ret_rows;
	}
	(void)fwrite(line.p, 1, line.len, to); /* the header of an empty one */
	return err->code == OMS_OK;
}

/* A file is new, and whole when we say so. */
static bool export(struct cli *c, struct stmt *s, int64_t *ret_rows,
    struct oms_error *err)
{
	const char *path = cli_opt(c, "output");
	AUTO_FCLOSE FILE *f = NULL;

	if (path == NULL)
		return write_rows(c, stdout, s, ret_rows, err);
	f = fopen(path, "wxe");
	if (f == NULL)
		return oms_fail_errno(err, OMS_USAGE, "create %s", path);
	if (!write_rows(c, f, s, ret_rows, err))
		return false;
	return (fflush(f) == 0 && fsync(fileno(f)) == 0) ||
	    oms_fail_errno(err, fs_code_of_errno(errno), "write %s", path);
}

enum exit_code
cmd_audit_export(struct cli *c)
{
	struct audit_entry note = { .category = "security",
		.action = "export",
		.object = "audit" };
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct span span;
	struct stmt *s;
	int64_t rows = 0;

	if (!read_span(c, "from", "to", &span, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    (s = begin(run, SQL_AUDIT_EXPORT, &span, &err)) == NULL ||
	    !export(c, s, &rows, &err))
		return cli_fail(c, &err);
	note.after = mem_printf(c->ctx, "%lld rows", (long long)rows);
	cli_note(c, &note);
	if (cli_opt(c, "output") != NULL)
		cli_say(c, "%s: %lld rows", cli_opt(c, "output"),
		    (long long)rows);
	return EXIT_OK;
}

/* ---- verify -------------------------------------------------------------- */

struct telling {
	struct out *out;
};

static void
tell(void *u, const struct verify_fault *f)
{
	struct out *o = ((struct telling *)u)->out;

	out_finding(o, f->id, f->kind, "audit", f->what);
}

static bool
parse_head(const char *text, struct audit_head *ret)
{
	char extra;
	long long id;

	if (sscanf(text, "%lld%*1[: ]%64[0-9a-f]%c", &id, ret->hash, &extra) <
		2 ||
	    id < 1 || strlen(ret->hash) != FS_SHA_BYTES - 1)
		return false;
	ret->audit_id = id;
	return true;
}

/* What was noted elsewhere: by the last run, and by whoever asks. */
static bool
add_heads(struct cli *c, struct verify *v, struct oms_error *err)
{
	const char *given = cli_opt(c, "anchor");
	char *path = fs_path(c->ctx, c->home, "locks/audit.head");
	struct oms_error unread = NO_ERROR;
	size_t n = 0;
	char *text = fs_read(c->ctx, path, HEAD_MAX_BYTES, &n, &unread);

	if (text != NULL && parse_head(text, &v->heads[v->head_count]))
		v->head_count++;
	else
		cli_say(c,
		    "%s cannot be read: only the chain itself is "
		    "looked at, and --anchor",
		    path);
	if (given == NULL)
		return true;
	return parse_head(given, &v->heads[v->head_count++]) ||
	    oms_fail(err, OMS_USAGE,
		"--anchor \"%.100s\" is no head like 17:<64 hex digits>; the "
		"report of every run ends with one",
		given);
}

static void
say_whole(struct cli *c, const struct verify *v)
{
	char ts[NUM_TS_BYTES];
	struct out *o;

	cli_say(c,
	    "%lld rows, %lld sealed rows of orders and stock, %lld that wait "
	    "for their seal; head %lld:%s",
	    (long long)v->rows, (long long)v->sealed_rows,
	    (long long)v->open_rows, (long long)v->last.audit_id, v->last.hash);
	if (v->upgraded_id != 0)
		cli_say(c,
		    "before %s (audit %lld, the upgrade) this home had no "
		    "audit: what happened till then was sealed only since, and "
		    "that nobody had changed it is not proven",
		    num_format_ts(v->upgraded_ts_us, ts),
		    (long long)v->upgraded_id);
	if (!c->json)
		return;
	o = out_open(c, "audit_head", "");
	out_row(o);
	out_int(o, "id", v->last.audit_id);
	out_text(o, "state", v->faults == 0 ? "ok" : "fault");
	out_text(o, "hash", v->last.hash);
	out_int(o, "rows", v->rows);
	out_int(o, "sealed_rows", v->sealed_rows);
	out_int(o, "open_rows", v->open_rows);
	out_int(o, "faults", v->faults);
	if (v->upgraded_id != 0)
		out_int(o, "unproven_before_ts_us", v->upgraded_ts_us);
	out_row_end(o);
	(void)out_close(o);
}

enum exit_code
cmd_audit_verify(struct cli *c)
{
	struct telling t = { NULL };
	struct verify v = { .tell = tell, .u = &t };
	struct oms_error err = NO_ERROR;
	struct run *run;
	bool ok;

	if (!add_heads(c, &v, &err) || (run = cli_open(c, &err)) == NULL)
		return cli_fail(c, &err);
	t.out = out_open(c, "audit_fault", "id state message*");
	ok = audit_verify(run->db, &v, &err);
	(void)out_close(t.out);
	if (!ok)
		return cli_fail(c, &err);
	say_whole(c, &v);
	return v.faults == 0 ? EXIT_OK : EXIT_FOUND;
}
