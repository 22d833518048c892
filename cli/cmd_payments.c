/* cmd_payments.c - what trade customers said they paid, and what they owe. */

#include "cli/commands.h"
#include "cli/out.h"

enum exit_code
cmd_payments(struct cli *c)
{
	bool owed = cli_flag(c, "owed");
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	struct stmt *s = NULL;
	int64_t limit;
	size_t rows;

	if (run == NULL ||
	    !cli_opt_int(c, "limit", 1, INT64_MAX, INT64_MAX, &limit, &err) ||
	    (s = stmt_begin(run->db,
		 owed ? SQL_CLI_PAYMENTS_OWED : SQL_CLI_PAYMENTS, &err)) ==
		NULL)
		return cli_fail(c, &err);
	stmt_text(s, ":partner", cli_filter(c, "partner"));
	if (stmt_has(s, ":unmatched"))
		stmt_int(s, ":unmatched", cli_flag(c, "unmatched"));
	stmt_int(s, ":rows", limit);
	if (!out_all(c, owed ? "owed" : "payment",
		owed ? "invoice_no partner order_no* issued_ts_us currency "
		       "total_minor paid_minor open_minor"
		     : "partner trace_no* received_ts_us currency paid_minor "
		       "discount_minor reference* invoice_no",
		s, &rows, &err))
		return cli_fail(c, &err);
	out_say_none(c, rows);
	return EXIT_OK;
}
