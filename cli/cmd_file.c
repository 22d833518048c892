/* cmd_file.c - files that came in, and what became of them. */

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"

enum exit_code
cmd_file_list(struct cli *c)
{
	static const char *const filters[] = { "partner", "state", NULL };

	return out_list(c, "file", SQL_CLI_FILE_LIST, filters,
	    "id state code partner name* records applied rejected "
	    "received_ts_us");
}

static struct stmt *
begin(const struct run *run, enum sql_id id, int64_t file_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s != NULL)
		stmt_int(s, ":file_id", file_id);
	return s;
}

static struct stmt *
begin_records(struct cli *c, const struct run *run, int64_t file_id,
    struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_FILE_RECORDS, file_id, err);

	if (s != NULL)
		stmt_int(s, ":every", cli_flag(c, "all"));
	return s;
}

static bool
show_json(struct cli *c, const struct run *run, struct stmt *head,
    int64_t file_id, struct oms_error *err)
{
	struct page p;

	page_begin(&p, c, "file");
	out_json_columns(&p.json, head);
	return page_array(&p, "occurrences",
		   begin(run, SQL_CLI_FILE_OCCURRENCES, file_id, err), err) &&
	    page_array(&p, "records", begin_records(c, run, file_id, err),
		err) &&
	    page_array(&p, "dead", begin(run, SQL_CLI_FILE_DEAD, file_id, err),
		err) &&
	    page_end(&p, err);
}

static bool
show_text(struct cli *c, const struct run *run, struct stmt *head,
    int64_t file_id, struct oms_error *err)
{
	page_fields(head);
	return page_table(c, "seen", "ts_us place name",
		   begin(run, SQL_CLI_FILE_OCCURRENCES, file_id, err), err) &&
	    page_table(c, "records", "record_no state line_no key note*",
		begin_records(c, run, file_id, err), err) &&
	    page_table(c, "dead letters", "id state code key reason*",
		begin(run, SQL_CLI_FILE_DEAD, file_id, err), err);
}

enum exit_code
cmd_file_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct stmt *s;
	int64_t file_id;
	bool ok;

	if (!cli_id(c->args[0], &file_id, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    (s = begin(run, SQL_CLI_FILE_SHOW, file_id, &err)) == NULL)
		return cli_fail(c, &err);
	if (!stmt_one(s, &err)) {
		if (err.code == OMS_OK)
			oms_fail(&err, OMS_USAGE, "no file %s", c->args[0]);
		return cli_fail(c, &err);
	}
	if (cli_flag(c, "raw"))
		ok = out_raw(run, page_field(s, "sha256"), &err);
	else if (c->json)
		ok = show_json(c, run, s, file_id, &err);
	else
		ok = show_text(c, run, s, file_id, &err);
	return ok ? EXIT_OK : cli_fail(c, &err);
}
