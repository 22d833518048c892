/* table.c - see table.h.  The only file that knows libsmartcols. */

#include "cli/table.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <libsmartcols.h>

#include "base/str.h"

enum {
	BLOCK_ROWS = 500,
	OUT_OF_MEMORY = 5,
	COLUMNS_MAX = 24,
	FOLD_MIN_WIDTH = 24
};

struct table {
	struct libscols_table *tb;
	struct libscols_line *line;
	size_t rows;
	size_t columns;
	size_t folded; /* the column that is; columns: none */
	size_t width[COLUMNS_MAX];
	size_t screen; /* its width; 0: not a terminal */
	mem_ctx *ctx;
	mem_ctx *block; /* the texts of the rows not printed yet */
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

static size_t
screen_width(void)
{
	struct winsize w;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0)
		return 0;
	return w.ws_col;
}

struct table *
table_new(mem_ctx *ctx)
{
	struct table *t = mem_new(ctx, struct table);

	t->ctx = ctx;
	t->block = mem_ctx_new(ctx, "block");
	t->folded = COLUMNS_MAX;
	t->screen = screen_width();
	t->tb = scols_new_table();
	check(t->tb == NULL ? -1 : 0);
	mem_on_free(t, table_free);
	check(scols_table_set_name(t->tb, "oms"));
	return t;
}

/* Places on the screen, near enough: the bytes that begin a character. */
static size_t
text_width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

static void
widen(struct table *t, size_t column, const char *text)
{
	size_t n = text_width(text);

	if (n > t->width[column])
		t->width[column] = n;
}

void
table_column(struct table *t, const char *title, bool is_right, bool is_long)
{
	int flags = is_right ? SCOLS_FL_RIGHT : 0;
	struct libscols_column *cl;

	assert(t->columns < COLUMNS_MAX);
	if (is_long && t->screen > 0) {
		flags |= SCOLS_FL_WRAP;
		t->folded = t->columns;
	}
	cl = scols_table_new_column(t->tb, title, 0, flags);
	check(cl == NULL ? -1 : 0);
	if (is_long && t->screen > 0) {
		check(scols_column_set_safechars(cl, "\n"));
		check(scols_column_set_wrapfunc(cl, scols_wrapnl_chunksize,
		    scols_wrapnl_nextchunk, NULL));
	}
	widen(t, t->columns++, title);
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
	widen(t, column, text);
	if (t->screen > 0 && strchr(text, '\n') != NULL) {
		char *plain = mem_strdup(t->block, text);

		for (char *p = plain; (p = strchr(p, '\n')) != NULL; p++)
			*p = ' ';
		text = plain;
	}
	check(scols_line_set_data(t->line, column, text));
}

/* Lines of at most width places: parted at blanks where there are any. */
static char *
fold(mem_ctx *ctx, const char *text, size_t width)
{
	struct sbuf b;
	size_t at = 0, blank = 0; /* after the last one of this line */

	sbuf_init(&b, ctx, 2 * strlen(text) + 2);
	for (; *text != '\0'; text++) {
		bool begins = ((unsigned char)*text & 0xC0) != 0x80;

		if (begins && at == width && *text != ' ' && blank > 0) {
			b.p[blank - 1] = '\n';
			at = text_width(b.p + blank);
			blank = 0;
		} else if (begins && at == width) {
			sbuf_addc(&b, '\n');
			at = blank = 0;
			if (*text == ' ')
				continue;
		}
		sbuf_addc(&b, *text);
		if (*text == ' ')
			blank = b.len;
		at += begins;
	}
	return b.p;
}

static void
fold_column(struct table *t)
{
	struct libscols_iter *it;
	struct libscols_line *line;
	size_t others = 0, width;

	for (size_t i = 0; i < t->columns; i++)
		others += i == t->folded ? 0 : t->width[i] + 1;
	if (t->screen == 0 || t->folded == COLUMNS_MAX ||
	    others + t->width[t->folded] <= t->screen)
		return;
	width = others + FOLD_MIN_WIDTH < t->screen ? t->screen - others
						    : FOLD_MIN_WIDTH;
	it = scols_new_iter(SCOLS_ITER_FORWARD);
	check(it == NULL ? -1 : 0);
	while (scols_table_next_line(t->tb, it, &line) == 0) {
		const char *text = scols_cell_get_data(
		    scols_line_get_cell(line, t->folded));

		if (text != NULL)
			check(scols_line_set_data(line, t->folded,
			    fold(t->block, text, width)));
	}
	scols_free_iter(it);
}

void
table_print(struct table *t)
{
	if (t->rows == 0)
		return;
	fold_column(t);
	check(scols_print_table(t->tb));
	scols_table_remove_lines(t->tb);
	check(scols_table_enable_noheadings(t->tb, 1));
	mem_free(t->block);
	t->block = mem_ctx_new(t->ctx, "block");
	t->rows = 0;
}
