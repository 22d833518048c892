/* cmd_run.c - oms run: a job or one stage, and its report. */

#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/num.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/dead_select.h"
#include "cli/out.h"
#include "jobs/names.h"
#include "jobs/run.h"
#include "model/money.h"
#include "store/stmt.h"

enum { LINE_MAX_BYTES = 4096, MS_PER_S = 1000 };

/* ---- for programs: one object a stage, one for the run ------------------- */

static void
json_stage(struct sbuf *line, const struct run_report *r,
    const struct stage_report *s)
{
	struct json j;

	json_begin(&j, line);
	json_object(&j, NULL);
	json_int(&j, "v", 1);
	json_text(&j, "kind", "stage");
	json_int(&j, "id", r->run_id);
	json_text(&j, "stage", s->stage);
	json_text(&j, "state", s->res.worst == OMS_OK ? "ok" : "partial");
	json_text(&j, "code", oms_code_name(s->res.worst));
	json_int(&j, "done", s->res.done);
	json_int(&j, "rejected", s->res.rejected);
	json_int(&j, "held", s->res.held);
	json_int(&j, "waiting", s->res.waiting);
	json_int(&j, "took_us", s->took_us);
	json_text(&j, "note", s->res.note);
	json_close(&j);
	out_line(line);
}

static void
json_planned(struct sbuf *line, const struct planned *p)
{
	struct json j;

	json_begin(&j, line);
	json_object(&j, NULL);
	json_int(&j, "v", 1);
	json_text(&j, "kind", "document");
	json_null(&j, "id"); /* the run that is kept gives it one */
	json_text(&j, "state", "planned");
	json_text(&j, "code", "");
	json_text(&j, "partner", p->partner);
	json_text(&j, "name", p->name);
	json_int(&j, "size_bytes", p->size_bytes);
	json_close(&j);
	out_line(line);
}

static void
json_run(struct sbuf *line, const struct run_report *r)
{
	struct json j;
	char ts[NUM_TS_BYTES];

	json_begin(&j, line);
	json_object(&j, NULL);
	json_int(&j, "v", 1);
	json_text(&j, "kind", "run");
	json_int(&j, "id", r->run_id);
	json_text(&j, "job", r->job);
	json_text(&j, "window", r->window);
	json_text(&j, "state", jobs_state_name(r->exit_code));
	json_text(&j, "code", oms_code_name(r->err.code));
	json_text(&j, "message", r->err.reason);
	if (r->started_ts_us == 0) /* it did not begin */
		json_null(&j, "started_ts");
	else
		json_text(&j, "started_ts",
		    num_format_ts(r->started_ts_us, ts));
	json_int(&j, "took_us", r->took_us);
	json_int(&j, "audit_id", r->head.audit_id);
	json_text(&j, "audit_hash", r->head.hash);
	json_int(&j, "exit_code", r->exit_code);
	json_close(&j);
	out_line(line);
}

/* One object a currency; at least one, for the counts. */
static void
json_ledger(struct sbuf *line, const struct run_report *r, size_t i)
{
	static const struct ledger_money none = { "", 0, 0, 0, 0 };
	const struct ledger_sum *sum = &r->ledger;
	const struct ledger_money *m = i < sum->money_count ? &sum->money[i]
							    : &none;
	struct json j;

	json_begin(&j, line);
	json_object(&j, NULL);
	json_int(&j, "v", 1);
	json_text(&j, "kind", "ledger");
	json_int(&j, "id", r->run_id);
	json_text(&j, "state", r->difference_count == 0 ? "ok" : "difference");
	json_text(&j, "code",
	    r->difference_count == 0 ? "" : oms_code_name(OMS_LEDGER));
	json_int(&j, "records", sum->in);
	json_int(&j, "applied", sum->applied);
	json_int(&j, "duplicate", sum->duplicate);
	json_int(&j, "rejected", sum->rejected);
	json_int(&j, "pending", sum->pending);
	json_int(&j, "unknown", sum->unknown);
	json_text(&j, "currency", m->currency);
	json_int(&j, "in_minor", m->in_minor);
	json_int(&j, "applied_minor", m->applied_minor);
	json_int(&j, "duplicate_minor", m->duplicate_minor);
	json_int(&j, "rejected_minor", m->rejected_minor);
	json_int(&j, "differences", (int64_t)r->difference_count);
	json_close(&j);
	out_line(line);
}

static void
json_findings(struct cli *c, struct sbuf *line, const struct run_report *r)
{
	struct oms_error err = NO_ERROR;
	struct run *run = r->run_id != 0 ? cli_open(c, &err) : NULL;
	struct stmt *s = run != NULL
	    ? stmt_begin(run->db, SQL_FINDING_LIST, &err)
	    : NULL;

	while (s != NULL && stmt_next(s, &err)) {
		struct json j;

		json_begin(&j, line);
		json_object(&j, NULL);
		json_int(&j, "v", 1);
		json_text(&j, "kind", "finding");
		out_json_columns(&j, s);
		json_close(&j);
		out_line(line);
	}
	if (err.code != OMS_OK)
		(void)cli_fail(c, &err);
}

static void
print_json(struct cli *c, const struct run_report *r, bool dry_run)
{
	struct sbuf line;

	sbuf_init(&line, c->ctx, LINE_MAX_BYTES);
	for (size_t i = 0; i < r->stage_count; i++)
		json_stage(&line, r, &r->stages[i]);
	for (size_t i = 0; i < r->planned_count; i++)
		json_planned(&line, &r->planned[i]);
	if (r->run_id != 0 && !dry_run) {
		json_ledger(&line, r, 0);
		for (size_t i = 1; i < r->ledger.money_count; i++)
			json_ledger(&line, r, i);
		json_findings(c, &line, r);
	}
	json_run(&line, r);
}

/* ---- for people ---------------------------------------------------------- */

static void
print_stages(const struct run_report *r)
{
	printf("%-10s %8s %8s %8s %8s %9s\n", "stage", "done", "rejected",
	    "held", "waiting", "seconds");
	for (size_t i = 0; i < r->stage_count; i++) {
		const struct stage_report *s = &r->stages[i];

		printf("%-10s %8lld %8lld %8lld %8lld %9.2f%s%s\n", s->stage,
		    (long long)s->res.done, (long long)s->res.rejected,
		    (long long)s->res.held, (long long)s->res.waiting,
		    (double)s->took_us / 1e6,
		    s->res.note[0] != '\0' ? "  " : "", s->res.note);
	}
}

/* "1 file", "2 files" */
static const char *
counted(struct run *run, int64_t n, const char *what)
{
	return mem_printf(run->ctx, "%lld %s%s", (long long)n, what,
	    n == 1 ? "" : "s");
}

/* What came in and what money moved, by partner and currency. */
static bool
print_sums(struct run *run, const struct run_report *r, struct oms_error *err)
{
	char amount[NUM_DECIMAL_BYTES];
	struct stmt *s = stmt_begin(run->db, SQL_REPORT_FILES, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", r->started_ts_us);
	while (stmt_next(s, err))
		printf("read       %s.%s: %s, %s: %lld applied, %lld known "
		       "already, %lld rejected\n",
		    col_text(s, 0), col_text(s, 1),
		    counted(run, col_int(s, 2), "file"),
		    counted(run, col_int(s, 3), "record"),
		    (long long)col_int(s, 4), (long long)col_int(s, 5),
		    (long long)col_int(s, 6));
	s = stmt_begin(run->db, SQL_REPORT_INVOICED, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", r->started_ts_us);
	while (stmt_next(s, err))
		printf("%s   %s, %s %s\n",
		    strcmp(col_text(s, 1), "credit") == 0 ? "credited"
							  : "invoiced",
		    counted(run, col_int(s, 2),
			strcmp(col_text(s, 1), "credit") == 0 ? "credit note"
							      : "invoice"),
		    money_format(col_int(s, 3), col_text(s, 0), amount),
		    col_text(s, 0));
	s = stmt_begin(run->db, SQL_REPORT_DOCUMENTS, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":run_id", r->run_id);
	while (stmt_next(s, err))
		printf("wrote      outbox/%s/%s: %s, %s\n", col_text(s, 0),
		    col_text(s, 2), counted(run, col_int(s, 4), "item"),
		    col_text(s, 3));
	return err->code == OMS_OK;
}

/* in = applied + known + rejected, in records and in each currency. */
static void
print_ledger(const struct run_report *r)
{
	char in[NUM_DECIMAL_BYTES], applied[NUM_DECIMAL_BYTES];
	char duplicate[NUM_DECIMAL_BYTES], rejected[NUM_DECIMAL_BYTES];
	const struct ledger_sum *sum = &r->ledger;

	if (sum->in > 0)
		printf("ledger     %lld in = %lld applied + %lld known already "
		       "+ %lld rejected\n",
		    (long long)sum->in, (long long)sum->applied,
		    (long long)sum->duplicate, (long long)sum->rejected);
	for (size_t i = 0; i < sum->money_count; i++) {
		const struct ledger_money *m = &sum->money[i];
		const char *cur = m->currency;

		printf("ledger     %s in = %s + %s + %s %s\n",
		    money_format(m->in_minor, cur, in),
		    money_format(m->applied_minor, cur, applied),
		    money_format(m->duplicate_minor, cur, duplicate),
		    money_format(m->rejected_minor, cur, rejected), cur);
	}
	if (sum->unknown > 0)
		printf("ledger     %lld of them cannot be read: nobody knows "
		       "their worth\n",
		    (long long)sum->unknown);
	for (size_t i = 0; i < r->difference_count; i++)
		printf("DIFFERENCE %s: %s: oms reconcile\n",
		    r->differences[i].object, r->differences[i].text);
}

/* Which command shows a finding. */
static const char *
shown_by(const char *code)
{
	return strncmp(code, "feed.", 5) == 0         ? "oms feeds"
	    : strncmp(code, "edi.", 4) == 0           ? "oms acks"
	    : strcmp(code, "order.stuck") == 0        ? "oms order find --stuck"
	    : strcmp(code, "freight.difference") == 0 ? "oms freight"
	    : strcmp(code, "carrier.exception") == 0  ? "oms order find"
	    : strcmp(code, "window.missed") == 0      ? "oms windows"
	    : strcmp(code, "inbox.kept") == 0 ||
		strcmp(code, "requeue.kept") == 0 ||
		strcmp(code, "store.journal") == 0
	    ? "oms check"
	    : "oms out list";
}

/* What is told above already is left out. */
static bool
print_findings(struct run *run, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FINDING_LIST, err);

	while (s != NULL && stmt_next(s, err)) {
		const char *code = col_text(s, 2);

		if (strcmp(code, oms_code_name(OMS_UNCERTAIN)) != 0 &&
		    strcmp(code, oms_code_name(OMS_LEDGER)) != 0)
			printf("look at    %s %s: %s: %s\n", code,
			    col_text(s, 3), col_text(s, 5), shown_by(code));
	}
	return err->code == OMS_OK;
}

/* What waits for a person, each with the command that tells more. */
static bool
print_waiting(struct cli *c, struct run *run, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_REPORT_OPEN_DEAD, err);
	int64_t overdue = 0;

	while (s != NULL && stmt_next(s, err))
		printf("waits      %s of %s, %s: oms dead show %lld\n",
		    counted(run, col_int(s, 2), "dead letter"), col_text(s, 0),
		    col_text(s, 1), (long long)col_int(s, 3));
	if (err->code == OMS_OK && dead_count_overdue(c, run, &overdue, err) &&
	    overdue > 0)
		printf("overdue    %s, older than [dead] max_age: oms dead "
		       "list\n",
		    counted(run, overdue, "dead letter"));
	if (err->code == OMS_OK)
		s = stmt_begin(run->db, SQL_REPORT_OPEN_HOLDS, err);
	while (s != NULL && stmt_next(s, err))
		printf("waits      %s %s, %s: oms order show %s\n",
		    counted(run, col_int(s, 2), "hold"), col_text(s, 0),
		    col_text(s, 1), col_text(s, 3));
	if (err->code == OMS_OK)
		s = stmt_begin(run->db, SQL_REPORT_DOCUMENTS_WAITING, err);
	while (s != NULL && stmt_next(s, err))
		printf("waits      document %s for %s is %s, %s: oms out show "
		       "%lld\n",
		    col_text(s, 5), col_text(s, 1), col_text(s, 2),
		    col_text(s, 3), (long long)col_int(s, 0));
	if (err->code == OMS_OK)
		s = stmt_begin(run->db, SQL_REPORT_BREAKERS, err);
	while (s != NULL && stmt_next(s, err))
		printf("waits      partner %s is not called, %s: oms check "
		       "--partner %s\n",
		    col_text(s, 0), col_text(s, 1), col_text(s, 0));
	return err->code == OMS_OK;
}

static void
print_text(struct cli *c, const struct run_report *r, bool dry_run)
{
	struct oms_error err = NO_ERROR;
	struct run *run;

	if (r->run_id == 0)
		return; /* it did not begin: the failure says why */
	printf("%srun %lld, job %s, window %s\n\n",
	    dry_run ? "dry run, nothing is kept: " : "", (long long)r->run_id,
	    r->job, r->window);
	print_stages(r);
	printf("\n");
	if (dry_run) {
		printf("it would write %zu documents\n", r->planned_count);
		for (size_t i = 0; i < r->planned_count; i++)
			printf("  outbox/%s/%s  %lld bytes\n",
			    r->planned[i].partner, r->planned[i].name,
			    (long long)r->planned[i].size_bytes);
		return;
	}
	run = cli_open(c, &err);
	if (run == NULL || !print_sums(run, r, &err)) {
		(void)cli_fail(c, &err);
		return;
	}
	print_ledger(r);
	if (!print_waiting(c, run, &err) || !print_findings(run, &err))
		(void)cli_fail(c, &err);
}

/* Says nothing with --quiet when all went well. */
static enum exit_code
run_job(struct cli *c, const struct job_request *req)
{
	struct run_report r;
	enum exit_code code = jobs_run(c->ctx, req, &r);

	if (c->json)
		print_json(c, &r, req->dry_run);
	else if (!c->quiet || code != EXIT_OK)
		print_text(c, &r, req->dry_run);
	if (r.was_done)
		cli_say(c, "%s of %s was done meanwhile", req->job,
		    req->window);
	if (r.err.code == OMS_LOCKED && req->slot != NULL)
		cli_say(c, "%s: what is due stays due", r.err.reason);
	else if (r.err.code != OMS_OK)
		(void)cli_fail(c, &r.err);
	return code;
}

static void
name_job(void *u, const char *name, const char *what)
{
	(void)u;
	fprintf(stderr, "  %-12s %s\n", name, what);
}

/* A configuration at fault is told by the run itself. */
static bool
is_known(struct cli *c, const char *job)
{
	struct oms_error ignored = NO_ERROR;
	const struct config *cfg = config_load(c->ctx, c->home, &ignored);

	return cfg == NULL || jobs_is_known(cfg, job);
}

static bool
duration_of(const struct cli *c, struct job_request *req, struct oms_error *err)
{
	const char *text = cli_opt(c, "max-duration");

	return text == NULL || config_duration_s(text, &req->max_duration_s) ||
	    oms_fail(err, OMS_USAGE,
		"--max-duration \"%.40s\" is no duration like 90m or 2h", text);
}

/* ---- what is due --------------------------------------------------------- */

static struct due *
find_due(struct cli *c, const char *only, size_t *ret_count,
    struct oms_error *err)
{
	struct run *run = jobs_open(c->ctx, c->home, err);
	struct due *due = NULL;
	bool ok = run != NULL &&
	    (only == NULL || config_job(run->cfg, only) != NULL ||
		oms_fail(err, OMS_USAGE, "there is no jobs/%.40s.ini", only)) &&
	    schedule_all_due(run, run, only, &due, ret_count, err);

	return ok ? due : NULL;
}

/*
 * Every slot that is due and was not served.  Another run at work is no
 * failure: what is due is still due a quarter of an hour later.
 */
static enum exit_code
run_due(struct cli *c, struct job_request *req)
{
	struct oms_error err = NO_ERROR;
	enum exit_code worst = EXIT_OK, code;
	size_t count = 0;
	struct due *due;

	if (req->window != NULL) {
		oms_fail(&err, OMS_USAGE,
		    "--due finds its windows itself: leave --window out");
		return cli_fail(c, &err);
	}
	due = find_due(c, req->job, &count, &err);
	if (due == NULL)
		return cli_fail(c, &err);
	for (size_t i = 0; i < count; i++) {
		req->job = due[i].job->id;
		req->window = due[i].slot.date;
		req->slot = &due[i].slot;
		code = run_job(c, req);
		if (code == EXIT_LOCKED)
			return worst;
		worst = jobs_graver(worst, code);
		if (code == EXIT_STOPPED)
			break;
	}
	if (count == 0)
		cli_say(c, "nothing is due: oms schedule shows what is next");
	return count == 0 && req->fail_on_empty ? EXIT_NOTHING : worst;
}

enum exit_code
cmd_run(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	int64_t wait_s;
	struct job_request req = {
		.home = c->home,
		.job = c->arg_count > 0 ? c->args[0] : NULL,
		.window = cli_opt(c, "window"),
		.until = cli_opt(c, "until"),
		.dry_run = cli_flag(c, "dry-run"),
		.fail_on_empty = cli_flag(c, "fail-on-empty"),
		.progress = !c->quiet && !c->json && isatty(STDERR_FILENO),
	};

	if (!cli_opt_int(c, "wait", 0, 86400, 0, &wait_s, &err) ||
	    !duration_of(c, &req, &err))
		return cli_fail(c, &err);
	req.wait_ms = (int)wait_s * MS_PER_S;
	if (cli_flag(c, "due"))
		return run_due(c, &req);
	if (req.job == NULL) {
		oms_fail(&err, OMS_USAGE,
		    "run what? JOB, STAGE, or --due: what is due");
		return cli_fail(c, &err);
	}
	if (!is_known(c, req.job)) {
		oms_fail(&err, OMS_USAGE, "no job or stage \"%.40s\"", req.job);
		(void)cli_fail(c, &err);
		jobs_each(name_job, NULL);
		return EXIT_USAGE;
	}
	return run_job(c, &req);
}
