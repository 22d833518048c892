/* cmd_acks.c - what partners said of the EDI we sent, and what they owe us. */

#include <string.h>

#include "base/num.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"
#include "pipeline/edi_out.h"

/* ---- list ---------------------------------------------------------------- */

enum exit_code
cmd_acks(struct cli *c)
{
	static const char *const filters[] = { "partner", NULL };
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	struct stmt *s = run == NULL
	    ? NULL
	    : stmt_begin(run->db, SQL_CLI_ACKS_LIST, &err);

	if (s != NULL) {
		stmt_int(s, ":now_us", run->now_us);
		stmt_text(s, ":state",
		    cli_flag(c, "overdue") ? "overdue"
					   : cli_filter(c, "state"));
	}
	return out_filtered(c, run, "ack", s, filters,
	    "id state partner name* interchange_no set_type sets refused "
	    "due_ts_us",
	    &err);
}

/* ---- which one is meant -------------------------------------------------- */

/* A number with leading zeros is a control number, as ISA13 has it. */
static bool
find(struct cli *c, struct run *run, int64_t *ret_doc_id, struct oms_error *err)
{
	const char *arg = c->args[0];
	bool is_control = arg[0] == '0';
	int64_t number;
	size_t found = 0;
	struct stmt *s;

	if (!num_parse_int(arg, 1, INT64_MAX, &number, err)) {
		*err = NO_ERROR;
		return oms_fail(err, OMS_USAGE,
		    "\"%.40s\" is no document and no control number: "
		    "oms acks lists all",
		    arg);
	}
	s = stmt_begin(run->db, SQL_CLI_ACKS_FIND, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", is_control ? 0 : number);
	stmt_int(s, ":interchange_no", is_control ? number : -1);
	stmt_text(s, ":partner", cli_filter(c, "partner"));
	while (stmt_next(s, err))
		if (found++ == 0)
			*ret_doc_id = col_int(s, 0);
	if (err->code != OMS_OK)
		return false;
	if (found == 0)
		return oms_fail(err, OMS_USAGE,
		    "no EDI of ours is %s %.40s: oms acks lists all",
		    is_control ? "interchange" : "document", arg);
	return found == 1 ||
	    oms_fail(err, OMS_USAGE,
		"several interchanges have the number %.40s: give --partner, "
		"or the document",
		arg);
}

/* ---- show ---------------------------------------------------------------- */

static struct stmt *
begin(struct run *run, enum sql_id id, int64_t doc_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s == NULL)
		return NULL;
	if (stmt_has(s, ":now_us"))
		stmt_int(s, ":now_us", run->now_us);
	stmt_int(s, ":doc_id", doc_id);
	return s;
}

static bool
show(struct cli *c, struct run *run, struct stmt *s, int64_t doc_id,
    struct oms_error *err)
{
	struct page p;

	if (!c->json) {
		page_fields(s);
		return page_table(c, "sets", "n type key ack reason*",
			   begin(run, SQL_CLI_ACKS_SETS, doc_id, err), err) &&
		    page_table(c, "answers",
			"ts_us kind answers result again file* detail*",
			begin(run, SQL_CLI_ACKS_ANSWERS, doc_id, err), err);
	}
	page_begin(&p, c, "ack");
	out_json_columns(&p.json, s);
	return page_array(&p, "sets",
		   begin(run, SQL_CLI_ACKS_SETS, doc_id, err), err) &&
	    page_array(&p, "answers",
		begin(run, SQL_CLI_ACKS_ANSWERS, doc_id, err), err) &&
	    page_end(&p, err);
}

enum exit_code
cmd_acks_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	struct stmt *s = NULL;
	int64_t doc_id = 0;

	if (run == NULL || !find(c, run, &doc_id, &err) ||
	    (s = begin(run, SQL_CLI_ACKS_SHOW, doc_id, &err)) == NULL ||
	    !stmt_one(s, &err) || !show(c, run, s, doc_id, &err))
		return cli_fail(c, &err);
	return EXIT_OK;
}

/* ---- close, renew -------------------------------------------------------- */

/* The reason of the person, the home, and the document; NULL: err says why. */
static struct run *
begin_act(struct cli *c, const char *example, int64_t *ret_doc_id,
    struct oms_error *err)
{
	const char *reason = cli_opt(c, "reason");
	struct run *run;

	if (reason == NULL || reason[0] == '\0') {
		oms_fail(err, OMS_USAGE, "say why: --reason \"%s\"", example);
		return NULL;
	}
	run = jobs_open(c->ctx, c->home, err);
	return run != NULL && find(c, run, ret_doc_id, err) ? run : NULL;
}

enum exit_code
cmd_acks_close(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	int64_t doc_id = 0;
	struct run *run = begin_act(c, "the partner has it, by phone", &doc_id,
	    &err);

	if (run == NULL ||
	    !edi_out_settle(run, doc_id, cli_opt(c, "reason"), &err))
		return cli_fail_named(c, &err);
	cli_say(c, "document %lld is settled: nothing is waited for any more",
	    (long long)doc_id);
	return EXIT_OK;
}

enum exit_code
cmd_acks_renew(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	int64_t doc_id = 0;
	struct run *run = begin_act(c, "his vendor number was wrong", &doc_id,
	    &err);

	if (run == NULL ||
	    !edi_out_renew(run, doc_id, cli_opt(c, "reason"), &err))
		return cli_fail_named(c, &err);
	cli_say(c,
	    "the next run writes what was refused in document %lld into "
	    "another one",
	    (long long)doc_id);
	return EXIT_OK;
}
