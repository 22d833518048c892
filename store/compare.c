/*
 * compare.c - see compare.h.
 *
 * The statements are made of what the schema says of itself, so they are not
 * among those in store/sql/.
 */

#include "store/compare.h"

#include <sqlite3.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { SQL_MAX_BYTES = 16384, KEY_MAX_BYTES = 200, COLUMNS_MAX = 64 };

struct side {
	sqlite3 *handle;
	sqlite3_stmt *rows;
	bool has_row;
};

struct comparison {
	mem_ctx *ctx;
	struct side side[2];
	const struct compare_exempt *exempt;
	compare_fn *each;
	void *u;
	int64_t count;
};

/* A table as both have it: the columns of its key come first. */
struct table {
	const char *name;
	char *columns[COLUMNS_MAX];
	int count;
	int key_count;
};

static bool
fail(const struct side *s, const char *what, struct oms_error *err)
{
	int rc = sqlite3_errcode(s->handle) & 0xff;

	return oms_fail(err,
	    rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? OMS_STORE_DAMAGED
							: OMS_IO,
	    "%s: %s", what, sqlite3_errmsg(s->handle));
}

static bool
prepare(struct side *s, const char *sql, sqlite3_stmt **ret,
    struct oms_error *err)
{
	return sqlite3_prepare_v2(s->handle, sql, -1, ret, NULL) == SQLITE_OK ||
	    fail(s, "compare", err);
}

static void
add_column(struct table *t, mem_ctx *ctx, const unsigned char *name)
{
	if (t->count < COLUMNS_MAX)
		t->columns[t->count++] = mem_strdup(ctx, (const char *)name);
}

/* The columns of the key in its order, then the others. */
static bool
read_columns(struct comparison *c, struct side *s, struct table *t,
    struct oms_error *err)
{
	static const char sql[] = "SELECT name, pk FROM pragma_table_info(?1) "
				  "ORDER BY pk = 0, pk, cid";
	sqlite3_stmt *q = NULL;
	int rc;

	if (!prepare(s, sql, &q, err))
		return false;
	sqlite3_bind_text(q, 1, t->name, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		add_column(t, c->ctx, sqlite3_column_text(q, 0));
		t->key_count += sqlite3_column_int(q, 1) > 0;
	}
	sqlite3_finalize(q);
	if (t->key_count == 0) /* every column, then: rows are a set */
		t->key_count = t->count;
	return rc == SQLITE_DONE || fail(s, t->name, err);
}

static bool
begin_rows(struct side *s, const struct table *t, mem_ctx *ctx,
    struct oms_error *err)
{
	struct sbuf sql;

	sbuf_init(&sql, ctx, SQL_MAX_BYTES);
	sbuf_adds(&sql, "SELECT ");
	for (int i = 0; i < t->count; i++)
		sbuf_addf(&sql, "%s\"%s\"", i > 0 ? ", " : "", t->columns[i]);
	sbuf_addf(&sql, " FROM \"%s\" ORDER BY ", t->name);
	for (int i = 0; i < t->key_count; i++)
		sbuf_addf(&sql, "%s\"%s\"", i > 0 ? ", " : "", t->columns[i]);
	return prepare(s, sql.p, &s->rows, err);
}

static bool
step(struct side *s, const struct table *t, struct oms_error *err)
{
	int rc = sqlite3_step(s->rows);

	s->has_row = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE || fail(s, t->name, err);
}

static int
compare_ints(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* As SQLite sorts them: NULL, numbers, text. */
static int
compare_values(sqlite3_stmt *a, sqlite3_stmt *b, int i)
{
	int type_a = sqlite3_column_type(a, i), type_b;
	int bytes_a, bytes_b, order;

	type_b = sqlite3_column_type(b, i);
	if (type_a != type_b)
		return compare_ints(type_a == SQLITE_NULL ? 0 : type_a,
		    type_b == SQLITE_NULL ? 0 : type_b);
	if (type_a == SQLITE_NULL)
		return 0;
	if (type_a == SQLITE_INTEGER)
		return compare_ints(sqlite3_column_int64(a, i),
		    sqlite3_column_int64(b, i));
	bytes_a = sqlite3_column_bytes(a, i);
	bytes_b = sqlite3_column_bytes(b, i);
	order = bytes_a > 0 && bytes_b > 0
	    ? memcmp(sqlite3_column_blob(a, i), sqlite3_column_blob(b, i),
		  (size_t)(bytes_a < bytes_b ? bytes_a : bytes_b))
	    : 0;
	return order != 0 ? order : compare_ints(bytes_a, bytes_b);
}

static int
compare_keys(const struct comparison *c, const struct table *t)
{
	int order = 0;

	if (!c->side[0].has_row || !c->side[1].has_row)
		return c->side[0].has_row ? -1 : 1;
	for (int i = 0; order == 0 && i < t->key_count; i++)
		order = compare_values(c->side[0].rows, c->side[1].rows, i);
	return order;
}

static bool
is_exempt(const struct comparison *c, const struct table *t, const char *column)
{
	for (const struct compare_exempt *e = c->exempt; e->table != NULL; e++)
		if (strcmp(e->table, t->name) == 0 &&
		    strcmp(e->column, column) == 0)
			return true;
	return false;
}

static void
tell(struct comparison *c, const struct table *t, const struct side *s,
    const char *what)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct sbuf key;

	sbuf_init(&key, row, KEY_MAX_BYTES);
	for (int i = 0; i < t->key_count; i++)
		sbuf_addf(&key, "%s%.60s", i > 0 ? " " : "",
		    (const char *)sqlite3_column_text(s->rows, i));
	c->count++;
	c->each(c->u, t->name, str_show(row, key.p, KEY_MAX_BYTES), what);
	mem_free(row);
}

static void
compare_row(struct comparison *c, const struct table *t)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct sbuf what;

	sbuf_init(&what, row, KEY_MAX_BYTES);
	for (int i = t->key_count; i < t->count; i++)
		if (!is_exempt(c, t, t->columns[i]) &&
		    compare_values(c->side[0].rows, c->side[1].rows, i) != 0)
			sbuf_addf(&what, "%s%s", what.len > 0 ? ", " : "",
			    t->columns[i]);
	if (what.len > 0)
		tell(c, t, &c->side[0], what.p);
	mem_free(row);
}

static bool
merge(struct comparison *c, const struct table *t, struct oms_error *err)
{
	struct side *a = &c->side[0], *b = &c->side[1];

	if (!step(a, t, err) || !step(b, t, err))
		return false;
	while (a->has_row || b->has_row) {
		int order = compare_keys(c, t);

		if (order < 0)
			tell(c, t, a, "only in the first");
		else if (order > 0)
			tell(c, t, b, "only in the second");
		else
			compare_row(c, t);
		if ((order <= 0 && !step(a, t, err)) ||
		    (order >= 0 && !step(b, t, err)))
			return false;
	}
	return true;
}

static bool
compare_table(struct comparison *c, const char *name, struct oms_error *err)
{
	struct table t = { .name = name };
	bool ok = read_columns(c, &c->side[0], &t, err) &&
	    begin_rows(&c->side[0], &t, c->ctx, err) &&
	    begin_rows(&c->side[1], &t, c->ctx, err) && merge(c, &t, err);

	for (int i = 0; i < 2; i++) {
		sqlite3_finalize(c->side[i].rows);
		c->side[i].rows = NULL;
	}
	return ok;
}

static bool
compare_tables(struct comparison *c, struct oms_error *err)
{
	static const char
	    sql[] = "SELECT name FROM sqlite_schema WHERE type = 'table' "
		    "AND name NOT LIKE 'sqlite_%' ORDER BY name";
	sqlite3_stmt *q = NULL;
	bool ok = prepare(&c->side[0], sql, &q, err);
	int rc = SQLITE_DONE;

	while (ok && (rc = sqlite3_step(q)) == SQLITE_ROW)
		ok = compare_table(c, (const char *)sqlite3_column_text(q, 0),
		    err);
	sqlite3_finalize(q);
	return ok && (rc == SQLITE_DONE || fail(&c->side[0], "compare", err));
}

static bool
open_side(struct side *s, const char *path, struct oms_error *err)
{
	int rc = sqlite3_open_v2(path, &s->handle, SQLITE_OPEN_READONLY, NULL);

	return rc == SQLITE_OK || fail(s, path, err);
}

bool
store_compare(const char *first, const char *second,
    const struct compare_exempt *exempt, compare_fn *each, void *u,
    int64_t *ret, struct oms_error *err)
{
	struct comparison c = { .exempt = exempt, .each = each, .u = u };
	bool ok;

	c.ctx = mem_ctx_new(NULL, "compare");
	ok = open_side(&c.side[0], first, err) &&
	    open_side(&c.side[1], second, err) && compare_tables(&c, err);
	*ret = c.count;
	sqlite3_close(c.side[0].handle);
	sqlite3_close(c.side[1].handle);
	mem_free(c.ctx);
	return ok;
}
