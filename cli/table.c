/* table.c - see table.h.  The only file that knows libsmartcols. */

#include "cli/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <libsmartcols.h>

enum { BLOCK_ROWS = 500, OUT_OF_MEMORY = 5 };

struct table {
	struct libscols_table *tb;
	struct libscols_line *line;
	size_t rows;
};

static void
check(int rc)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "oms: out of memory\n");
	exit(OUT_OF_MEMORY);
}

static void
table_free(void *p)
{
	scols_unref_table(((struct table *)p)->tb);
}

struct table *
table_new(mem_ctx *ctx)
{
	struct table *t = mem_new(ctx, struct table);

	t->tb = scols_new_table();
	check(t->tb == NULL ? -1 : 0);
	mem_on_free(t, table_free);
	check(scols_table_set_name(t->tb, "oms"));
	return t;
}

void
table_column(struct table *t, const char *title, bool is_right, bool is_long)
{
	int flags = (is_right ? SCOLS_FL_RIGHT : 0) |
	    (is_long ? SCOLS_FL_WRAP : 0);

	check(scols_table_new_column(t->tb, title, 0, flags) == NULL ? -1 : 0);
}

void
table_row(struct table *t)
{
	if (t->rows == BLOCK_ROWS)
		table_print(t);
	t->line = scols_table_new_line(t->tb, NULL);
	check(t->line == NULL ? -1 : 0);
	t->rows++;
}

void
table_cell(struct table *t, size_t column, const char *text)
{
	check(scols_line_set_data(t->line, column, text));
}

void
table_print(struct table *t)
{
	if (t->rows == 0)
		return;
	check(scols_print_table(t->tb));
	scols_table_remove_lines(t->tb);
	check(scols_table_enable_noheadings(t->tb, 1));
	t->rows = 0;
}
