/* cmd_stock.c - what is where, why, and a correction by hand. */

#include "base/str.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"
#include "pipeline/stock.h"

enum { QTY_LIMIT = 1000000000, MOVES = 10, WAITING = 20 };

static struct stmt *
begin(struct cli *c, const struct run *run, enum sql_id id, int64_t rows,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);
	const char *node = cli_opt(c, "node");

	if (s == NULL)
		return NULL;
	stmt_text(s, ":sku", c->args[0]);
	if (stmt_has(s, ":node"))
		stmt_text(s, ":node", node != NULL ? node : "");
	if (stmt_has(s, ":rows"))
		stmt_int(s, ":rows", rows);
	return s;
}

static bool
show_text(struct cli *c, const struct run *run, struct stmt *product,
    struct oms_error *err)
{
	page_fields(product);
	return page_table(c, "stock",
		   "node on_hand_qty held_qty reserved_qty buffer_qty "
		   "available_qty state counted_ts_us",
		   begin(c, run, SQL_CLI_STOCK, 0, err), err) &&
	    page_table(c, "on order, the next first",
		"id kind partner node qty due_ts_us",
		begin(c, run, SQL_CLI_STOCK_SUPPLY, 0, err), err) &&
	    page_table(c, "orders that wait for it, the next first",
		"order_no channel status qty",
		begin(c, run, SQL_CLI_STOCK_DEMAND, WAITING, err), err) &&
	    page_table(c, "last moves, newest first",
		"ts_us node move qty before_qty ref actor",
		begin(c, run, SQL_CLI_STOCK_MOVES, MOVES, err), err);
}

static bool
show_json(struct cli *c, const struct run *run, struct stmt *product,
    struct oms_error *err)
{
	struct page p;

	page_begin(&p, c, "stock");
	json_text(&p.json, "id", c->args[0]);
	out_json_columns(&p.json, product);
	return page_array(&p, "nodes", begin(c, run, SQL_CLI_STOCK, 0, err),
		   err) &&
	    page_array(&p, "on_order",
		begin(c, run, SQL_CLI_STOCK_SUPPLY, 0, err), err) &&
	    page_array(&p, "waiting",
		begin(c, run, SQL_CLI_STOCK_DEMAND, WAITING, err), err) &&
	    page_array(&p, "moves",
		begin(c, run, SQL_CLI_STOCK_MOVES, MOVES, err), err) &&
	    page_end(&p, err);
}

enum exit_code
cmd_stock_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	struct stmt *s;
	bool ok;

	if (run == NULL ||
	    (s = begin(c, run, SQL_CLI_PRODUCT, 0, &err)) == NULL)
		return cli_fail(c, &err);
	if (!stmt_one(s, &err)) {
		if (err.code == OMS_OK)
			oms_fail(&err, OMS_USAGE, "no product %s", c->args[0]);
		return cli_fail(c, &err);
	}
	ok = c->json ? show_json(c, run, s, &err) : show_text(c, run, s, &err);
	return ok ? EXIT_OK : cli_fail(c, &err);
}

/* Exactly one of --set and --delta, and a reason. */
static bool
read_change(struct cli *c, int64_t *ret_qty, struct oms_error *err)
{
	bool is_set = cli_flag(c, "set"), is_delta = cli_flag(c, "delta");
	const char *reason = cli_opt(c, "reason");

	if (is_set == is_delta)
		return oms_fail(err, OMS_USAGE, "give --set N or --delta N");
	if (reason == NULL || !str_is_safe_name(reason))
		return oms_fail(err, OMS_USAGE,
		    "give --reason CODE, e.g. damaged");
	return is_set
	    ? cli_opt_int(c, "set", 0, QTY_LIMIT, 0, ret_qty, err)
	    : cli_opt_int(c, "delta", -QTY_LIMIT, QTY_LIMIT, 0, ret_qty, err);
}

enum exit_code
cmd_stock_adjust(struct cli *c)
{
	const char *node = c->args[0], *sku = c->args[1];
	struct oms_error err = NO_ERROR;
	struct run *run;
	int64_t qty = 0, on_hand_qty = 0;

	if (!read_change(c, &qty, &err) ||
	    (run = jobs_open(c->ctx, c->home, &err)) == NULL ||
	    !stock_adjust(run, sku, node,
		cli_flag(c, "set") ? STOCK_TO : STOCK_BY, qty,
		cli_opt(c, "reason"), &on_hand_qty, &err))
		return cli_fail_named(c, &err);
	cli_say(c, "%s at %s: %lld on hand", sku, node, (long long)on_hand_qty);
	return EXIT_OK;
}
