/* cmd_recover.c - a restored home learns what its partners know. */

#include "cli/commands.h"
#include "cli/out.h"
#include "jobs/recover.h"

static void
tell(void *u, const char *code, const char *object, const char *message)
{
	struct out *o = u;

	out_finding(o, object, "found", code, message);
}

enum exit_code
cmd_recover(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct out *o = out_open(c, "finding", "code id message*");
	enum exit_code code = jobs_recover(c->ctx, c->home,
	    cli_flag(c, "accept"), tell, o, &err);

	(void)out_close(o);
	if (err.code != OMS_OK)
		return cli_fail(c, &err);
	if (code == EXIT_TEMPORARY)
		cli_say(c,
		    "not every partner answered, so nothing was "
		    "decided: run oms recover again");
	else if (code == EXIT_FOUND)
		cli_say(c,
		    "not ended: partners have documents that nothing found "
		    "here makes again, so something that came in is missing. "
		    "If it came again it would be sent twice: put it into "
		    "inbox/ and run oms recover again; if it is lost for "
		    "ever, oms recover --accept");
	else if (code == EXIT_UNCERTAIN)
		cli_say(c,
		    "reconciled, and documents wait for you: oms out list; "
		    "ask the partner, then oms out adopt or oms out resend; "
		    "then oms start");
	else
		cli_say(c, "reconciled: oms start lets the next run go on");
	return code;
}
