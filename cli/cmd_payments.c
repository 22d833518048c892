/* cmd_payments.c - what trade customers said they paid, and what they owe. */

#include "cli/commands.h"
#include "cli/out.h"

enum exit_code
cmd_payments(struct cli *c)
{
	static const char *const filters[] = { "partner", NULL };
	bool owed = cli_flag(c, "owed");
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	struct stmt *s = run == NULL
	    ? NULL
	    : stmt_begin(run->db,
		  owed ? SQL_CLI_PAYMENTS_OWED : SQL_CLI_PAYMENTS, &err);

	if (s != NULL && stmt_has(s, ":unmatched"))
		stmt_int(s, ":unmatched", cli_flag(c, "unmatched"));
	return out_filtered(c, run, owed ? "owed" : "payment", s, filters,
	    owed ? "invoice_no partner order_no* issued_ts_us currency "
		   "total_minor paid_minor open_minor"
		 : "partner trace_no* received_ts_us currency paid_minor "
		   "discount_minor reference* invoice_no",
	    &err);
}
