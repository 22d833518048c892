/* cmd_freight.c - what carriers bill, and whether it is what we expected. */

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"
#include "pipeline/edi_transport.h"

/* ---- list ---------------------------------------------------------------- */

enum exit_code
cmd_freight(struct cli *c)
{
	static const char *const filters[] = { "partner", "state", NULL };

	return out_list(c, "freight", SQL_CLI_FREIGHT_LIST, filters,
	    "state partner invoice_no shipment_key order_no currency "
	    "amount_minor expected_minor received_ts_us");
}

/* ---- which one is meant -------------------------------------------------- */

static bool
find(struct cli *c, struct run *run, const char **ret_partner,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_FREIGHT_FIND, err);
	size_t found = 0;

	if (s == NULL)
		return false;
	stmt_text(s, ":invoice_no", c->args[0]);
	stmt_text(s, ":partner", cli_filter(c, "partner"));
	while (stmt_next(s, err))
		if (found++ == 0)
			*ret_partner = col_dup(s, 0, c->ctx);
	if (err->code != OMS_OK)
		return false;
	if (found == 0)
		return oms_fail(err, OMS_USAGE,
		    "no freight invoice has the number %.40s: oms freight "
		    "lists all",
		    c->args[0]);
	return found == 1 ||
	    oms_fail(err, OMS_USAGE,
		"several carriers have an invoice %.40s: give --partner",
		c->args[0]);
}

/* ---- show ---------------------------------------------------------------- */

static struct stmt *
begin(struct cli *c, struct run *run, enum sql_id id, const char *partner,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s == NULL)
		return NULL;
	stmt_text(s, ":partner", partner);
	stmt_text(s, ":invoice_no", c->args[0]);
	return s;
}

static bool
show(struct cli *c, struct run *run, struct stmt *s, const char *partner,
    struct oms_error *err)
{
	struct page p;

	if (!c->json) {
		page_fields(s);
		return page_table(c, "charges",
		    "n code text* currency amount_minor",
		    begin(c, run, SQL_CLI_FREIGHT_CHARGES, partner, err), err);
	}
	page_begin(&p, c, "freight");
	out_json_columns(&p.json, s);
	return page_array(&p, "charges",
		   begin(c, run, SQL_CLI_FREIGHT_CHARGES, partner, err), err) &&
	    page_end(&p, err);
}

enum exit_code
cmd_freight_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	const char *partner = "";
	struct stmt *s = NULL;

	if (run == NULL || !find(c, run, &partner, &err) ||
	    (s = begin(c, run, SQL_CLI_FREIGHT_SHOW, partner, &err)) == NULL ||
	    !stmt_one(s, &err) || !show(c, run, s, partner, &err))
		return cli_fail(c, &err);
	return EXIT_OK;
}

/* ---- settle --------------------------------------------------------------- */

enum exit_code
cmd_freight_settle(struct cli *c)
{
	const char *reason = cli_opt(c, "reason"), *partner = "";
	struct oms_error err = NO_ERROR;
	struct run *run;

	if (reason == NULL || reason[0] == '\0') {
		oms_fail(&err, OMS_USAGE,
		    "say why: --reason \"fuel surcharge, as agreed\"");
		return cli_fail(c, &err);
	}
	run = jobs_open(c->ctx, c->home, &err);
	if (run == NULL || !find(c, run, &partner, &err) ||
	    !freight_settle(run, partner, c->args[0], reason, &err))
		return cli_fail_named(c, &err);
	cli_say(c, "freight invoice %s of %s is settled", c->args[0], partner);
	return EXIT_OK;
}
