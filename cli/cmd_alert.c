/* cmd_alert.c - what people were told, and whether it arrived. */

#include <stdio.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"
#include "pipeline/alert.h"

enum { ROWS = 100 };

enum exit_code
cmd_alert_list(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct stmt *s;
	int64_t limit;

	if (!cli_opt_int(c, "limit", 1, INT64_MAX, ROWS, &limit, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    (s = stmt_begin(run->db, SQL_CLI_ALERT_LIST, &err)) == NULL)
		return cli_fail(c, &err);
	return out_newest(c, "alert",
	    "id alert ts_us channel state items title*", s, limit);
}

enum exit_code
cmd_alert_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct stmt *s;
	struct page p;
	int64_t id;

	if (!cli_id(c->args[0], &id, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    (s = stmt_begin(run->db, SQL_CLI_ALERT_SHOW, &err)) == NULL)
		return cli_fail(c, &err);
	stmt_int(s, ":alert_id", id);
	if (!stmt_one(s, &err)) {
		if (err.code == OMS_OK)
			oms_fail(&err, OMS_USAGE, "no alert %s", c->args[0]);
		return cli_fail(c, &err);
	}
	if (!c->json) {
		printf("%s\n\n", page_field(s, "title"));
		fputs(page_field(s, "body"),
		    stdout); /* made safe when written */
		return EXIT_OK;
	}
	page_begin(&p, c, "alert");
	out_json_columns(&p.json, s);
	return page_end(&p, &err) ? EXIT_OK : cli_fail(c, &err);
}

enum exit_code
cmd_alert_test(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = jobs_open(c->ctx, c->home, &err);
	size_t failed = 0;

	if (run == NULL)
		return cli_fail(c, &err);
	if (!alert_has_channel(run->cfg)) {
		oms_fail(&err, OMS_CONFIG,
		    "no channel is set in [alert] of oms.ini");
		return cli_fail(c, &err);
	}
	if (!alert_test(run, &err) || !alert_send(run, &failed, &err))
		return cli_fail(c, &err);
	if (failed > 0)
		cli_say(c, "%zu of the channels failed: oms alert list",
		    failed);
	else
		cli_say(c, "every channel took it");
	return failed == 0 ? EXIT_OK : EXIT_TEMPORARY;
}
