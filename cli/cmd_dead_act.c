/* cmd_dead_act.c - what a person does with dead letters, one or many. */

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/dead_select.h"
#include "cli/edi_remedy.h"
#include "cli/out.h"
#include "jobs/dry_run.h"
#include "pipeline/dead_ops.h"

enum { TEXT_MAX_BYTES = 500 };

/* The text of an option that must be there; it may be empty when empty_ok. */
static bool
need(struct cli *c, const char *name, bool empty_ok, const char **ret,
    struct oms_error *err)
{
	*ret = cli_opt(c, name);
	if (*ret == NULL || (!empty_ok && (*ret)[0] == '\0'))
		return oms_fail(err, OMS_USAGE, "give --%s TEXT", name);
	return strlen(*ret) <= TEXT_MAX_BYTES ||
	    oms_fail(err, OMS_USAGE, "--%s is longer than %d bytes", name,
		TEXT_MAX_BYTES);
}

static bool
select_in(struct cli *c, const char *states, struct run **ret_run,
    struct dead_selection *sel, struct oms_error *err)
{
	*ret_run = jobs_open(c->ctx, c->home, err);
	return *ret_run != NULL && dead_select(c, *ret_run, states, sel, err);
}

/* ---- retry -------------------------------------------------------------- */

struct retry {
	struct cli *c;
	struct dead_selection tried;
	bool has_documents;
	bool has_files;
};

static bool
retry_one(struct run *run, int64_t dead_id, void *u, struct oms_error *err)
{
	struct retry *r = u;
	mem_ctx *row = mem_ctx_new(NULL, "dead");
	const struct dead_row *d = dead_load(run->db, row, dead_id, err);
	bool ok = d != NULL && dead_retry(run, dead_id, err);

	if (ok && strcmp(d->kind, "document") == 0)
		r->has_documents = true;
	else if (ok)
		r->has_files = true;
	mem_free(row);
	return ok && dead_select_add(r->c, &r->tried, dead_id, err);
}

/* What came of it: of a failure where, why and what to do. */
static void
tell_fate(struct out *o, const struct dead_row *d)
{
	mem_ctx *row = mem_ctx_new(NULL, "fate");
	bool is_over = strcmp(d->state, "resolved") == 0;
	bool is_due = strcmp(d->state, "retried") == 0;

	out_row(o);
	out_int(o, "id", d->dead_id);
	out_text(o, "state", d->state);
	out_text(o, "code", is_over || is_due ? "" : d->code);
	out_text(o, "message",
	    is_over      ? d->resolution
		: is_due ? "the run did not come to it"
			 : mem_printf(row, "%s%s%s", d->where,
			       d->where[0] != '\0' ? ": " : "", d->reason));
	out_text(o, "action",
	    is_over      ? ""
		: is_due ? "oms run intake"
			 : edi_dead_action(d->code, d->reason));
	out_row_end(o);
	mem_free(row);
}

static enum exit_code
tell_fates(struct cli *c, const struct dead_selection *tried,
    enum exit_code code)
{
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	struct out *o;

	if (run == NULL)
		return cli_fail(c, &err);
	o = out_open(c, "dead_tried", "id state code message* action*");
	for (size_t i = 0; i < tried->count; i++) {
		mem_ctx *row = mem_ctx_new(NULL, "dead");
		struct dead_row *d = dead_load(run->db, row, tried->ids[i],
		    &err);

		if (d != NULL)
			tell_fate(o, d);
		mem_free(row);
		if (d == NULL)
			break;
	}
	(void)out_close(o);
	return err.code == OMS_OK ? code : cli_fail(c, &err);
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
	struct dead_selection sel;
	enum exit_code code;
	struct run *run;

	if (!select_in(c, " open ", &run, &sel, &err))
		return cli_fail(c, &err);
	if (cli_flag(c, "dry-run")) {
		mem_free(run);
		return dead_try(c, &sel);
	}
	code = dead_each(c, run, &sel, "retried", retry_one, &r);
	mem_free(run); /* the run below opens the database itself */
	if (cli_flag(c, "no-run"))
		return code;
	if (r.has_files)
		code = start_job(c, "intake", code);
	if (r.has_documents)
		code = start_job(c, "deliver", code);
	return r.tried.count > 0 ? tell_fates(c, &r.tried, code) : code;
}

/* ---- the others --------------------------------------------------------- */

static bool
hold_one(struct run *run, int64_t dead_id, void *u, struct oms_error *err)
{
	return dead_hold(run, dead_id, u, err);
}

static bool
release_one(struct run *run, int64_t dead_id, void *u, struct oms_error *err)
{
	(void)u;
	return dead_release(run, dead_id, err);
}

static bool
close_one(struct run *run, int64_t dead_id, void *u, struct oms_error *err)
{
	return dead_close(run, dead_id, u, err);
}

static bool
assign_one(struct run *run, int64_t dead_id, void *u, struct oms_error *err)
{
	return dead_assign(run, dead_id, u, err);
}

static bool
note_one(struct run *run, int64_t dead_id, void *u, struct oms_error *err)
{
	return dead_note(run, dead_id, u, err);
}

static enum exit_code
act_on(struct cli *c, const char *states, const char *done, dead_act_fn *act,
    const char *text)
{
	struct oms_error err = NO_ERROR;
	struct dead_selection sel;
	struct run *run;
	char *copy = text != NULL ? mem_strdup(c->ctx, text) : NULL;

	if (!select_in(c, states, &run, &sel, &err))
		return cli_fail(c, &err);
	return dead_each(c, run, &sel, done, act, copy);
}

enum exit_code
cmd_dead_hold(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	const char *reason = NULL;

	if (cli_flag(c, "reason") && !need(c, "reason", false, &reason, &err))
		return cli_fail(c, &err);
	return act_on(c, " open ", "held", hold_one, reason);
}

enum exit_code
cmd_dead_release(struct cli *c)
{
	return act_on(c, " held ", "open", release_one, NULL);
}

enum exit_code
cmd_dead_assign(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	const char *to;

	if (!need(c, "to", true, &to, &err))
		return cli_fail(c, &err);
	return act_on(c, " open held retried ", "assigned", assign_one, to);
}

enum exit_code
cmd_dead_note(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	const char *text;

	if (!need(c, "text", true, &text, &err))
		return cli_fail(c, &err);
	return act_on(c, " open held retried ", "noted", note_one, text);
}

/* Many need --yes, unless each of them was named. */
static bool
is_meant(struct cli *c, const struct dead_selection *sel, const char *what,
    const char *list, struct oms_error *err)
{
	return sel->is_explicit || sel->count <= 1 || cli_flag(c, "yes") ||
	    oms_fail(err, OMS_USAGE,
		"it would %s %zu dead letters: look at them with %s, then add "
		"--yes",
		what, sel->count, list);
}

static bool
reopen_one(struct run *run, int64_t dead_id, void *u, struct oms_error *err)
{
	(void)u;
	return dead_reopen(run, dead_id, err);
}

enum exit_code
cmd_dead_reopen(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct dead_selection sel;
	struct run *run;

	if (!select_in(c, " closed ", &run, &sel, &err) ||
	    !is_meant(c, &sel, "open again", "oms dead list --state closed",
		&err))
		return cli_fail(c, &err);
	return dead_each(c, run, &sel, "open", reopen_one, NULL);
}

enum exit_code
cmd_dead_close(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct dead_selection sel;
	const char *reason;
	struct run *run;

	if (!need(c, "reason", false, &reason, &err) ||
	    !select_in(c, " open held ", &run, &sel, &err) ||
	    !is_meant(c, &sel, "close", "oms dead list", &err))
		return cli_fail(c, &err);
	return dead_each(c, run, &sel, "closed", close_one,
	    mem_strdup(c->ctx, reason));
}
