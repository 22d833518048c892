/* page.c - see page.h. */

#include "cli/page.h"

#include <assert.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"

enum { SHOWN_MAX_BYTES = 2000, NAME_WIDTH = 15 };

void
page_begin(struct page *p, struct cli *c, const char *kind)
{
	p->ctx = mem_ctx_new(c->ctx, "page");
	sbuf_init(&p->line, p->ctx, PAGE_MAX_BYTES);
	json_begin(&p->json, &p->line);
	json_object(&p->json, NULL);
	json_int(&p->json, "v", 1);
	json_text(&p->json, "kind", kind);
}

bool
page_end(struct page *p, struct oms_error *err)
{
	bool ok = sbuf_ok(&p->line);

	json_close(&p->json);
	if (ok)
		out_line(&p->line);
	mem_free(p->ctx);
	return ok || oms_fail(err, OMS_LIMIT, "it has too many rows to show");
}

bool
page_array(struct page *p, const char *key, struct stmt *s,
    struct oms_error *err)
{
	if (s == NULL)
		return false;
	json_array(&p->json, key);
	while (stmt_next(s, err)) {
		json_object(&p->json, NULL);
		out_json_columns(&p->json, s);
		json_close(&p->json);
	}
	json_close(&p->json);
	return err->code == OMS_OK;
}

void
page_print(const char *text)
{
	mem_ctx *row = mem_ctx_new(NULL, "show");

	fputs(str_show(row, text, SHOWN_MAX_BYTES), stdout);
	mem_free(row);
}

void
page_print_line(const char *p, size_t n)
{
	mem_ctx *row = mem_ctx_new(NULL, "line");

	while (n > 0) {
		size_t cell = 0;

		while (cell < n && p[cell] != '\t')
			cell++;
		fputs(str_show(row, mem_strndup(row, p, cell), cell), stdout);
		if (cell < n)
			putchar(p[cell++]);
		p += cell;
		n -= cell;
	}
	putchar('\n');
	mem_free(row);
}

/* "received_ts_us" is the field "received". */
static int
name_len(const char *name)
{
	size_t n = strlen(name);
	bool is_time = n > 6 && strcmp(name + n - 6, "_ts_us") == 0;

	return (int)(is_time ? n - 6 : n);
}

void
page_fields(struct stmt *s)
{
	for (int i = 0; i < col_count(s); i++) {
		const char *name = col_name(s, i);
		char ts[NUM_TS_BYTES];

		bool is_time = strstr(name, "ts_us") != NULL;

		if (col_is_null(s, i) || col_text(s, i)[0] == '\0' ||
		    (is_time && col_int(s, i) == 0))
			continue;
		printf("%-*.*s ", NAME_WIDTH, name_len(name), name);
		if (is_time)
			page_print(out_time(col_int(s, i), ts));
		else
			page_print(col_text(s, i));
		putchar('\n');
	}
}

bool
page_table(struct cli *c, const char *title, const char *columns,
    struct stmt *s, struct oms_error *err)
{
	struct out *o;

	if (s == NULL)
		return false;
	if (!stmt_next(s, err))
		return err->code == OMS_OK;
	printf("\n%s\n", title);
	o = out_open(c, "", columns);
	do
		out_stmt_row(o, s);
	while (stmt_next(s, err));
	(void)out_close(o);
	return err->code == OMS_OK;
}

static int
index_of(struct stmt *s, const char *name)
{
	for (int i = 0; i < col_count(s); i++)
		if (strcmp(col_name(s, i), name) == 0)
			return i;
	assert(false && "the statement has no such column");
	return 0;
}

const char *
page_field(struct stmt *s, const char *name)
{
	return col_text(s, index_of(s, name));
}

int64_t
page_field_int(struct stmt *s, const char *name)
{
	return col_int(s, index_of(s, name));
}
