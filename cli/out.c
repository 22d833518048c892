/* out.c - see out.h. */

#include "cli/out.h"

#include <ctype.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "cli/table.h"
#include "cli/partner_row.h"
#include "model/money.h"
#include "model/status.h"
#include "pipeline/spool.h"

enum { KEY_MAX_BYTES = 48, CHUNK_BYTES = 65536, US_PER_S = 1000000 };

struct out {
	struct cli *c;
	const char *kind;
	char keys[OUT_COLUMNS_MAX][KEY_MAX_BYTES];
	size_t key_count;
	struct table *table;
	struct sbuf line;
	struct json json;
	size_t rows;
	mem_ctx *ctx;
};

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/*
 * What a column is called: "received_ts_us" RECEIVED, "total_minor" TOTAL,
 * "line_no" LINE; some have a name of their own.
 */
static void
make_title(const char *key, char *dst)
{
	static const char *const names[][2] = { { "ts_us", "TIME" },
		{ "idem_key", "CHARGE" }, { "order_ts_us", "SOLD" },
		{ "duplicates", "KNOWN" }, { "answer_ref", "ANSWER" } };
	static const char *const units[] = { "_ts_us", "_minor", "_bytes",
		"_qty", "_no", "_key", "_name" };
	size_t n = strlen(key);

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(key, names[i][0]) == 0) {
			str_copy(dst, KEY_MAX_BYTES, names[i][1]);
			return;
		}
	for (size_t i = 0; i < COUNT(units); i++)
		if (ends_with(key, units[i])) {
			n -= strlen(units[i]);
			break;
		}
	for (size_t i = 0; i < n; i++)
		dst[i] = key[i] == '_' ? ' '
				       : (char)toupper((unsigned char)key[i]);
	dst[n] = '\0';
}

/* Numbers stand to the right; ids are names. */
static bool
is_number(const char *key)
{
	static const char *const names[] = { "count", "qty", "records",
		"applied", "duplicates", "rejected", "tries", "attempts",
		"items", "done", "held", "waiting", "failures", "documents",
		"dead" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(key, names[i]) == 0)
			return true;
	return ends_with(key, "_minor") || ends_with(key, "_qty") ||
	    ends_with(key, "_bytes") || ends_with(key, "_g");
}

static void
add_columns(struct out *o, const char *columns)
{
	while (*columns != '\0' && o->key_count < OUT_COLUMNS_MAX) {
		char *key = o->keys[o->key_count++], title[KEY_MAX_BYTES];
		size_t n = strcspn(columns, " ");
		bool is_long = columns[n - 1] == '*';

		snprintf(key, KEY_MAX_BYTES, "%.*s", (int)(n - is_long),
		    columns);
		make_title(key, title);
		table_column(o->table, title, is_number(key), is_long);
		columns += n;
		columns += *columns == ' ';
	}
}

struct out *
out_open(struct cli *c, const char *kind, const char *columns)
{
	mem_ctx *ctx = mem_ctx_new(c->ctx, "out");
	struct out *o = mem_new(ctx, struct out);

	o->ctx = ctx;
	o->c = c;
	o->kind = kind;
	sbuf_init(&o->line, ctx, OUT_ROW_MAX_BYTES);
	if (!c->json) {
		o->table = table_new(ctx);
		add_columns(o, columns);
	}
	return o;
}

void
out_row(struct out *o)
{
	o->rows++;
	if (o->table != NULL) {
		table_row(o->table);
		return;
	}
	json_begin(&o->json, &o->line);
	json_object(&o->json, NULL);
	json_int(&o->json, "v", 1);
	json_text(&o->json, "kind", o->kind);
}

void
out_line(struct sbuf *line)
{
	(void)fwrite(line->p, 1, line->len, stdout);
	sbuf_clear(line);
}

void
out_row_end(struct out *o)
{
	if (o->table != NULL)
		return;
	json_close(&o->json);
	out_line(&o->line);
}

void
out_finding(struct out *o, const char *id, const char *state, const char *code,
    const char *message)
{
	out_row(o);
	out_text(o, "id", id);
	out_text(o, "state", state);
	out_text(o, "code", code);
	out_text(o, "message", message);
	out_row_end(o);
}

static void
cell(struct out *o, const char *key, const char *text)
{
	for (size_t i = 0; i < o->key_count; i++)
		if (strcmp(o->keys[i], key) == 0)
			table_cell(o->table, i, text);
}

void
out_text(struct out *o, const char *key, const char *value)
{
	if (o->table != NULL)
		cell(o, key, value);
	else
		json_text(&o->json, key, value);
}

void
out_int(struct out *o, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	if (o->table != NULL)
		cell(o, key, text);
	else
		json_int(&o->json, key, value);
}

void
out_minor(struct out *o, const char *key, int64_t amount_minor,
    const char *currency)
{
	char money[NUM_DECIMAL_BYTES];

	if (o->table != NULL && money_exponent(currency) >= 0)
		cell(o, key, money_format(amount_minor, currency, money));
	else
		out_int(o, key, amount_minor);
}

static void
json_ts(struct json *j, const char *key, int64_t ts_us)
{
	char name[KEY_MAX_BYTES], text[NUM_TS_BYTES];

	snprintf(name, sizeof(name), "%.*s", (int)(strlen(key) - strlen("_us")),
	    key);
	if (ts_us == 0)
		json_null(j, name);
	else
		json_text(j, name, num_format_ts(ts_us, text));
}

/* People read whole seconds; JSON has the rest. */
char *
out_time(int64_t ts_us, char dst[NUM_TS_BYTES])
{
	return num_format_ts(ts_us - ts_us % US_PER_S, dst);
}

void
out_ts(struct out *o, const char *key, int64_t ts_us)
{
	char text[NUM_TS_BYTES];

	if (o->table == NULL)
		json_ts(&o->json, key, ts_us);
	else if (ts_us != 0)
		cell(o, key, out_time(ts_us, text));
}

/* The currency of a row: of its column of that name. */
static const char *
row_currency(struct stmt *s)
{
	for (int i = 0; i < col_count(s); i++)
		if (strcmp(col_name(s, i), "currency") == 0)
			return col_text(s, i);
	return "";
}

static void
text_column(struct out *o, struct stmt *s, int i)
{
	const char *key = col_name(s, i);
	char money[NUM_DECIMAL_BYTES];

	if (col_is_null(s, i))
		return;
	if (ends_with(key, "ts_us")) {
		out_ts(o, key, col_int(s, i));
	} else if (ends_with(key, "_minor")) {
		const char *currency = row_currency(s);

		if (money_exponent(currency) >= 0)
			cell(o, key,
			    money_format(col_int(s, i), currency, money));
		else
			out_int(o, key, col_int(s, i));
	} else if (strcmp(key, "status") == 0 && col_is_int(s, i)) {
		cell(o, key, part_status_name((int)col_int(s, i)));
	} else {
		cell(o, key, col_text(s, i));
	}
}

void
out_json_columns(struct json *j, struct stmt *s)
{
	for (int i = 0; i < col_count(s); i++) {
		const char *key = col_name(s, i);

		if (ends_with(key, "ts_us"))
			json_ts(j, key, col_int(s, i));
		else if (col_is_null(s, i))
			json_null(j, key);
		else if (col_is_int(s, i))
			json_int(j, key, col_int(s, i));
		else
			json_text(j, key, col_text(s, i));
		if (strcmp(key, "status") == 0 && col_is_int(s, i))
			json_text(j, "status_name",
			    part_status_name((int)col_int(s, i)));
	}
}

void
out_stmt_columns(struct out *o, struct stmt *s)
{
	if (o->table == NULL)
		out_json_columns(&o->json, s);
	else
		for (int i = 0; i < col_count(s); i++)
			text_column(o, s, i);
}

void
out_stmt_row(struct out *o, struct stmt *s)
{
	out_row(o);
	out_stmt_columns(o, s);
	out_row_end(o);
}

size_t
out_close(struct out *o)
{
	size_t rows = o->rows;

	if (o->table != NULL)
		table_print(o->table);
	mem_free(o->ctx);
	return rows;
}

void
out_say_none(const struct cli *c, size_t rows)
{
	if (rows == 0 && !c->json)
		cli_say(c, "none");
}

bool
out_all(struct cli *c, const char *kind, const char *columns, struct stmt *s,
    size_t *ret_rows, struct oms_error *err)
{
	struct out *o;

	if (s == NULL)
		return false;
	o = out_open(c, kind, columns);
	while (stmt_next(s, err))
		out_stmt_row(o, s);
	*ret_rows = out_close(o);
	return err->code == OMS_OK;
}

static bool
bind_filters(struct cli *c, struct stmt *s, const char *const filters[],
    struct oms_error *err)
{
	char name[40];
	int64_t limit;

	if (!cli_opt_int(c, "limit", 1, INT64_MAX, INT64_MAX, &limit, err))
		return false;
	for (size_t i = 0; filters[i] != NULL; i++) {
		snprintf(name, sizeof(name), ":%s", filters[i]);
		stmt_text(s, name, cli_filter(c, filters[i]));
	}
	stmt_int(s, ":rows", limit);
	return true;
}

/* One of those that the help of the verb names: a wrong word finds nothing. */
static bool
state_filter(const struct cli *c, struct oms_error *err)
{
	const char *state = cli_opt(c, "state");
	const struct cli_option *o = c->verb->options;
	const char *p;

	if (state == NULL)
		return true;
	while (strcmp(o->name, "state") != 0)
		o++;
	for (p = o->what; *p != '\0'; p += strspn(p, ", ")) {
		size_t n = strcspn(p, ", ");

		if (strlen(state) == n && strncmp(p, state, n) == 0 &&
		    strcmp(state, "or") != 0)
			return true;
		p += n;
	}
	return oms_fail(err, OMS_USAGE, "--state \"%.40s\" is none of: %s",
	    state, o->what);
}

enum exit_code
out_filtered(struct cli *c, struct run *run, const char *kind, struct stmt *s,
    const char *const filters[], const char *columns, struct oms_error *err)
{
	size_t rows;

	if (s == NULL || !partner_filter(c, run, err) ||
	    !state_filter(c, err) || !bind_filters(c, s, filters, err) ||
	    !out_all(c, kind, columns, s, &rows, err))
		return cli_fail(c, err);
	out_say_none(c, rows);
	return EXIT_OK;
}

enum exit_code
out_list(struct cli *c, const char *kind, enum sql_id id,
    const char *const filters[], const char *columns)
{
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	struct stmt *s = run != NULL ? stmt_begin(run->db, id, &err) : NULL;

	return out_filtered(c, run, kind, s, filters, columns, &err);
}

enum exit_code
out_newest(struct cli *c, const char *kind, const char *columns, struct stmt *s,
    int64_t limit)
{
	struct oms_error err = NO_ERROR;
	size_t rows;

	stmt_int(s, ":rows", limit);
	if (!out_all(c, kind, columns, s, &rows, &err))
		return cli_fail(c, &err);
	out_say_none(c, rows);
	if ((int64_t)rows == limit)
		cli_say(c, "only the newest %lld: see --limit",
		    (long long)limit);
	return EXIT_OK;
}

bool
out_raw(const struct run *run, const char *sha256, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "raw");
	struct blob *b = spool_open(run, ctx, sha256, err);
	char *chunk = mem_zero(ctx, CHUNK_BYTES, "chunk");
	bool ok = b != NULL;
	int64_t off = 0;
	size_t n = 1;

	while (ok && n > 0) {
		ok = blob_read(b, chunk, CHUNK_BYTES, off, &n, err) &&
		    fwrite(chunk, 1, n, stdout) == n;
		off += (int64_t)n;
	}
	mem_free(ctx);
	return ok || err->code == OMS_OK; /* a reader that left is no error */
}
