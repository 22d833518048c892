/* cmd_run.c - oms run: a job or one stage, and its report. */

#include "cli/cmd_run.h"

#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/str.h"
#include "cli/dead_select.h"
#include "cli/out.h"
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

static void
print_json(struct cli *c, const struct run_report *r)
{
	struct sbuf line;

	sbuf_init(&line, c->ctx, LINE_MAX_BYTES);
	for (size_t i = 0; i < r->stage_count; i++)
		json_stage(&line, r, &r->stages[i]);
	for (size_t i = 0; i < r->planned_count; i++)
		json_planned(&line, &r->planned[i]);
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
	if (run == NULL || !print_sums(run, r, &err) ||
	    !print_waiting(c, run, &err))
		(void)cli_fail(c, &err);
}

enum exit_code
run_job(struct cli *c, const struct job_request *req)
{
	struct run_report r;
	enum exit_code code = jobs_run(c->ctx, req, &r);

	if (c->json)
		print_json(c, &r);
	else if (!c->quiet || code != EXIT_OK)
		print_text(c, &r, req->dry_run);
	if (r.err.code != OMS_OK)
		(void)cli_fail(c, &r.err);
	return code;
}

static void
name_job(void *u, const char *name, const char *what)
{
	(void)u;
	fprintf(stderr, "  %-12s %s\n", name, what);
}

enum exit_code
cmd_run(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	int64_t wait_s;
	struct job_request req = {
		.home = c->home,
		.job = c->args[0],
		.window = cli_opt(c, "window"),
		.dry_run = cli_flag(c, "dry-run"),
		.fail_on_empty = cli_flag(c, "fail-on-empty"),
		.progress = !c->quiet && !c->json && isatty(STDERR_FILENO),
	};

	if (!cli_opt_int(c, "wait", 0, 86400, 0, &wait_s, &err))
		return cli_fail(c, &err);
	req.wait_ms = (int)wait_s * MS_PER_S;
	if (!jobs_is_known(req.job)) {
		oms_fail(&err, OMS_USAGE, "no job or stage \"%.40s\"", req.job);
		(void)cli_fail(c, &err);
		jobs_each(name_job, NULL);
		return EXIT_USAGE;
	}
	return run_job(c, &req);
}
