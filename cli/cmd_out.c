/* cmd_out.c - documents for partners, and what a person decides of them. */

#include <string.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"
#include "pipeline/document.h"

enum exit_code
cmd_out_list(struct cli *c)
{
	static const char *const filters[] = { "partner", "type", "state",
		NULL };

	return out_list(c, "document", SQL_CLI_OUT_LIST, filters,
	    "id state code partner name* items sent_ts_us");
}

static struct stmt *
begin(const struct run *run, enum sql_id id, int64_t doc_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s != NULL)
		stmt_int(s, ":doc_id", doc_id);
	return s;
}

static bool
show(struct cli *c, const struct run *run, struct stmt *s, int64_t doc_id,
    struct oms_error *err)
{
	struct page p;

	if (!c->json) {
		page_fields(s);
		return page_table(c, "attempts",
		    "n started_ts_us phase outcome reason*",
		    begin(run, SQL_CLI_OUT_ATTEMPTS, doc_id, err), err);
	}
	page_begin(&p, c, "document");
	out_json_columns(&p.json, s);
	return page_array(&p, "attempts_made",
		   begin(run, SQL_CLI_OUT_ATTEMPTS, doc_id, err), err) &&
	    page_end(&p, err);
}

enum exit_code
cmd_out_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct stmt *s;
	int64_t doc_id;
	bool ok;

	if (!cli_id(c->args[0], &doc_id, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    (s = begin(run, SQL_CLI_OUT_SHOW, doc_id, &err)) == NULL)
		return cli_fail(c, &err);
	if (!stmt_one(s, &err)) {
		if (err.code == OMS_OK)
			oms_fail(&err, OMS_USAGE, "no document %s", c->args[0]);
		return cli_fail(c, &err);
	}
	if (!cli_flag(c, "raw"))
		ok = show(c, run, s, doc_id, &err);
	else if (page_field(s, "sha256")[0] == '\0')
		ok = oms_fail(&err, OMS_USAGE, "document %s is not written yet",
		    c->args[0]);
	else
		ok = out_raw(run, page_field(s, "sha256"), &err);
	return ok ? EXIT_OK : cli_fail(c, &err);
}

static enum exit_code
decide(struct cli *c,
    bool (*fn)(struct run *run, int64_t doc_id, struct oms_error *err),
    const char *done)
{
	struct oms_error err = NO_ERROR;
	struct run *run;
	int64_t doc_id;

	if (!cli_id(c->args[0], &doc_id, &err) ||
	    (run = jobs_open(c->ctx, c->home, &err)) == NULL ||
	    !fn(run, doc_id, &err))
		return cli_fail_named(c, &err);
	cli_say(c, "document %lld %s", (long long)doc_id, done);
	return EXIT_OK;
}

enum exit_code
cmd_out_resend(struct cli *c)
{
	return decide(c, document_resend, "is sent again by the next run");
}

enum exit_code
cmd_out_adopt(struct cli *c)
{
	return decide(c, document_adopt, "counts as sent");
}
