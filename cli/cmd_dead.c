/* cmd_dead.c - what waits for a person, and what he does with it. */

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"
#include "pipeline/dead_ops.h"

/* What to do is a matter of the code, not of the row. */
static const char *
action_of(const char *code_name)
{
	enum oms_code code = oms_code_of_name(code_name);

	return code == OMS_CODE_COUNT ? "" : oms_code_action(code);
}

enum exit_code
cmd_dead_list(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct stmt *s;
	struct out *o;
	int64_t limit;

	if (!cli_opt_int(c, "limit", 1, INT64_MAX, INT64_MAX, &limit, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    (s = stmt_begin(run->db, SQL_CLI_DEAD_LIST, &err)) == NULL)
		return cli_fail(c, &err);
	stmt_int(s, ":every", cli_flag(c, "all"));
	stmt_text(s, ":partner", cli_filter(c, "partner"));
	stmt_text(s, ":code", cli_filter(c, "code"));
	stmt_int(s, ":rows", limit);
	o = out_open(c, "dead",
	    cli_flag(c, "all") ? "id state code partner name reason*"
			       : "id code partner name reason*");
	while (stmt_next(s, &err)) {
		out_row(o);
		out_stmt_columns(o, s);
		out_text(o, "action", action_of(page_field(s, "code")));
		out_row_end(o);
	}
	out_say_none(c, out_close(o));
	return err.code == OMS_OK ? EXIT_OK : cli_fail(c, &err);
}

/* Where the bytes are: in our folder, or never taken, or written by us. */
static void
print_way_out(struct stmt *s)
{
	const char *state = page_field(s, "state");

	if (strcmp(state, "open") != 0 && strcmp(state, "held") != 0)
		return;
	printf("to do: %s\n", action_of(page_field(s, "code")));
	if (strcmp(page_field(s, "unit"), "remote") == 0) {
		printf("file:  still at the partner's\n");
	} else if (strcmp(page_field(s, "unit"), "document") != 0) {
		printf("file:  deadletter/");
		page_print(page_field(s, "partner"));
		putchar('/');
		page_print(page_field(s, "name"));
		putchar('\n');
	}
	printf("then:  oms dead retry %s\n", page_field(s, "id"));
}

static bool
show(struct cli *c, struct stmt *s, struct oms_error *err)
{
	const char *code = page_field(s, "code");
	enum oms_code known = oms_code_of_name(code);
	struct page p;

	if (c->json) {
		page_begin(&p, c, "dead");
		out_json_columns(&p.json, s);
		json_text(&p.json, "action", action_of(code));
		return page_end(&p, err);
	}
	page_fields(s);
	if (known != OMS_CODE_COUNT)
		printf("\n%s\n", oms_code_meaning(known));
	print_way_out(s);
	return true;
}

enum exit_code
cmd_dead_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct stmt *s;
	int64_t dead_id;
	bool ok;

	if (!cli_id(c->args[0], &dead_id, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    (s = stmt_begin(run->db, SQL_CLI_DEAD_SHOW, &err)) == NULL)
		return cli_fail(c, &err);
	stmt_int(s, ":dead_id", dead_id);
	if (!stmt_one(s, &err)) {
		if (err.code == OMS_OK)
			oms_fail(&err, OMS_USAGE, "no dead letter %s",
			    c->args[0]);
		return cli_fail(c, &err);
	}
	if (!cli_flag(c, "raw"))
		ok = show(c, s, &err);
	else if (page_field(s, "sha256")[0] == '\0')
		ok = oms_fail(&err, OMS_USAGE, "dead letter %s has no bytes",
		    c->args[0]);
	else
		ok = out_raw(run, page_field(s, "sha256"), &err);
	return ok ? EXIT_OK : cli_fail(c, &err);
}

/* One line an item, so that a script sees which of many did not work. */
static void
tell(struct out *o, int64_t dead_id, const char *state, struct oms_error *err)
{
	if (err->code == OMS_NOT_FOUND) /* that code is of partners' folders */
		err->code = OMS_USAGE;
	out_row(o);
	out_int(o, "id", dead_id);
	out_text(o, "state", err->code == OMS_OK ? state : "refused");
	out_text(o, "code",
	    err->code == OMS_OK ? "" : oms_code_name(err->code));
	out_text(o, "message", err->reason);
	out_row_end(o);
}

struct retry {
	struct cli *c;
	struct run *run;
	struct out *out;
	size_t done;
	bool has_documents;
	bool has_files;
	struct oms_error worst;
};

static void
retry_one(struct retry *r, int64_t dead_id)
{
	mem_ctx *row = mem_ctx_new(NULL, "dead");
	struct oms_error err = NO_ERROR;
	const struct dead_row *d = dead_load(r->run->db, row, dead_id, &err);

	if (d != NULL && dead_retry(r->run, dead_id, &err)) {
		r->done++;
		if (strcmp(d->kind, "document") == 0)
			r->has_documents = true;
		else
			r->has_files = true;
	}
	tell(r->out, dead_id, "retried", &err);
	if (err.code != OMS_OK)
		r->worst = err;
	mem_free(row);
}

/* The list is frozen first: what dies again meanwhile is not tried twice. */
static bool
last_dead(const struct run *run, int64_t *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_DEAD_LAST, err);

	if (s == NULL || !stmt_one(s, err))
		return false;
	*ret = col_int(s, 0);
	stmt_end(s);
	return true;
}

static bool
next_dead(const struct retry *r, int64_t last, int64_t *dead_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_CLI_DEAD_AFTER, err);
	bool is_there;

	if (s == NULL)
		return false;
	stmt_int(s, ":after", *dead_id);
	stmt_int(s, ":last", last);
	stmt_text(s, ":partner", cli_filter(r->c, "partner"));
	stmt_text(s, ":code", cli_filter(r->c, "code"));
	is_there = stmt_one(s, err);
	if (is_there)
		*dead_id = col_int(s, 0);
	stmt_end(s);
	return is_there;
}

static bool
retry_all(struct retry *r, struct oms_error *err)
{
	int64_t dead_id = 0, last;

	if (!last_dead(r->run, &last, err))
		return false;
	while (next_dead(r, last, &dead_id, err))
		retry_one(r, dead_id);
	return err->code == OMS_OK;
}

/* All ids are checked before the first is touched. */
static bool
parse_ids(struct cli *c, int64_t **ret, struct oms_error *err)
{
	int64_t *ids = mem_array(c->ctx, int64_t, c->arg_count);

	for (size_t i = 0; i < c->arg_count; i++)
		if (!cli_id(c->args[i], &ids[i], err))
			return false;
	*ret = ids;
	return true;
}

static bool
retry_given(struct retry *r, struct oms_error *err)
{
	int64_t *ids;

	if (!parse_ids(r->c, &ids, err))
		return false;
	for (size_t i = 0; i < r->c->arg_count; i++)
		retry_one(r, ids[i]);
	return true;
}

static enum exit_code
start_job(struct cli *c, const char *job, enum exit_code code)
{
	struct job_request req = { .home = c->home, .job = job };
	struct run_report report = { 0 };
	enum exit_code got;

	got = jobs_run(c->ctx, &req, &report);
	if (report.err.code != OMS_OK)
		(void)cli_fail(c, &report.err);
	else
		cli_say(c, "run %lld (%s) ended with status %d",
		    (long long)report.run_id, job, (int)got);
	return code != EXIT_OK ? code : got;
}

enum exit_code
cmd_dead_retry(struct cli *c)
{
	struct retry r = { .c = c };
	struct oms_error err = NO_ERROR;
	mem_ctx *ctx = mem_ctx_new(c->ctx, "retry");
	bool is_all = c->arg_count == 1 && strcmp(c->args[0], "ALL") == 0;
	enum exit_code code;
	bool ok;

	r.run = jobs_open(ctx, c->home, &err);
	if (r.run == NULL)
		return cli_fail(c, &err);
	r.out = out_open(c, "dead", "id state code message*");
	ok = is_all ? retry_all(&r, &err) : retry_given(&r, &err);
	(void)out_close(r.out);
	mem_free(ctx); /* the run below opens the database itself */
	if (!ok)
		return cli_fail(c, &err);
	code = exit_code_of(r.worst.code);
	if (cli_flag(c, "no-run"))
		return code;
	if (r.has_files)
		code = start_job(c, "intake", code);
	if (r.has_documents)
		code = start_job(c, "deliver", code);
	return code;
}

enum exit_code
cmd_dead_close(struct cli *c)
{
	const char *reason = cli_opt(c, "reason");
	struct oms_error err = NO_ERROR, worst = NO_ERROR;
	struct run *run;
	struct out *o;
	int64_t *ids;

	if (reason == NULL || reason[0] == '\0') {
		oms_fail(&err, OMS_USAGE, "give --reason TEXT");
		return cli_fail(c, &err);
	}
	if (!parse_ids(c, &ids, &err) ||
	    (run = jobs_open(c->ctx, c->home, &err)) == NULL)
		return cli_fail(c, &err);
	o = out_open(c, "dead", "id state code message*");
	for (size_t i = 0; i < c->arg_count; i++) {
		struct oms_error one = NO_ERROR;

		bool ok = dead_close(run, ids[i], reason, &one);

		tell(o, ids[i], "closed", &one);
		if (!ok)
			worst = one;
	}
	(void)out_close(o);
	return exit_code_of(worst.code);
}
