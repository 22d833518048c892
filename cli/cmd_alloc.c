/* cmd_alloc.c - why the allocator chose what it chose. */

#include <stdio.h>

#include "base/num.h"
#include "cli/commands.h"
#include "cli/order_page.h"
#include "cli/out.h"
#include "cli/page.h"

static struct stmt *
begin(const struct run *run, int64_t order_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_ORDER_EXPLAIN, err);

	if (s != NULL)
		stmt_int(s, ":order_id", order_id);
	return s;
}

/* The text has lines of its own; each is made safe for a terminal. */
static void
print_lines(const char *text)
{
	mem_ctx *row = mem_ctx_new(NULL, "explain");

	while (*text != '\0') {
		size_t n = 0;

		while (text[n] != '\0' && text[n] != '\n')
			n++;
		printf("  ");
		page_print(mem_strndup(row, text, n));
		putchar('\n');
		text += n + (text[n] == '\n');
	}
	mem_free(row);
}

enum exit_code
cmd_alloc_explain(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	int64_t order_id;
	struct stmt *s;
	size_t rows = 0;

	if (run == NULL ||
	    order_lookup(run, c->args[0], cli_opt(c, "channel"), &order_id,
		&err) == NULL ||
	    (s = begin(run, order_id, &err)) == NULL)
		return cli_fail(c, &err);
	if (c->json) {
		if (!out_all(c, "explain", "", s, &rows, &err))
			return cli_fail(c, &err);
		return EXIT_OK;
	}
	while (stmt_next(s, &err)) {
		char ts[NUM_TS_BYTES];

		printf("%s\n", out_time(page_field_int(s, "ts_us"), ts));
		print_lines(page_field(s, "text"));
		rows++;
	}
	if (err.code != OMS_OK)
		return cli_fail(c, &err);
	if (rows == 0)
		cli_say(c, "order %s was not allocated yet", c->args[0]);
	return EXIT_OK;
}
