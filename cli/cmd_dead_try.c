/* cmd_dead_try.c - oms dead retry --dry-run: what would come of it. */

#include <stdio.h>

#include "cli/commands.h"
#include "cli/dead_select.h"
#include "cli/out.h"
#include "jobs/dry_run.h"

enum exit_code
dead_try(struct cli *c, const struct dead_selection *sel)
{
	struct retry_report r;
	enum exit_code code = dry_retry(c->ctx, c->home, sel->ids, sel->count,
	    &r);
	struct out *o;

	if (r.err.code != OMS_OK)
		return cli_fail(c, &r.err);
	o = out_open(c, "change", "what id state code message*");
	for (size_t i = 0; i < r.change_count; i++) {
		out_row(o);
		out_text(o, "what", r.changes[i].what);
		out_text(o, "id", r.changes[i].id);
		out_text(o, "state", r.changes[i].state);
		out_text(o, "code", r.changes[i].code);
		out_text(o, "message", r.changes[i].message);
		out_row_end(o);
	}
	out_say_none(c, out_close(o));
	cli_say(c, "dry run: nothing was kept");
	return code;
}
