/* cmd_status.c - the whole house on one page. */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/count.h"
#include "cli/commands.h"
#include "cli/dead_select.h"
#include "cli/out.h"
#include "cli/page.h"
#include "cli/partner_row.h"
#include "jobs/metrics.h"
#include "pipeline/stop.h"

enum { LAST_RUNS = 5 };

static void
title(const struct cli *c, const char *text)
{
	if (!c->json)
		printf("%s\n", text);
}

static void
end_section(const struct cli *c, size_t rows)
{
	if (!c->json)
		printf(rows > 0 ? "\n" : "  none\n\n");
}

/* Of the dead letters: those that nobody has looked after for too long. */
static bool
show_overdue(struct cli *c, const struct run *run, struct oms_error *err)
{
	int64_t count;

	if (!dead_count_overdue(c, run, &count, err))
		return false;
	if (count > 0)
		printf(" (%lld overdue)", (long long)count);
	return true;
}

/* The state at a glance, before the tables. */
static bool
show_attention(struct cli *c, const struct run *run, struct oms_error *err)
{
	static const char *const what[][2] = {
		{ "dead letter", "dead letters" },
		{ "hold", "holds" },
		{ "document in trouble", "documents in trouble" },
		{ "partner that refused us", "partners that refused us" },
		{ "finding", "findings" },
	};
	struct stmt *s;
	bool any = false;

	if (c->json)
		return true;
	if (stop_is_set(c->home, NULL))
		printf("STOPPED, no run begins before oms start: %s\n",
		    stop_why(c->ctx, c->home, NULL));
	s = stmt_begin(run->db, SQL_CLI_ATTENTION, err);
	if (s == NULL || !stmt_one(s, err))
		return false;
	for (int i = 0; i < (int)COUNT(what); i++) {
		int64_t n = col_int(s, i);

		if (n == 0)
			continue;
		printf("%s%lld %s",
		    any ? ", " : "waits for a person: ", (long long)n,
		    what[i][n != 1]);
		any = true;
		if (i == 0 && !show_overdue(c, run, err))
			return false;
	}
	printf(any ? "\n\n" : "all is well: nothing waits for a person\n\n");
	stmt_end(s);
	return true;
}

static bool
show_backlog(struct cli *c, const struct run *run, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_BACKLOG, err);
	struct out *o;

	if (s == NULL)
		return false;
	title(c, "work in hand");
	o = out_open(c, "backlog", "stage waiting what");
	while (stmt_next(s, err)) {
		int64_t count = page_field_int(s, "count");

		if (count == 0 && !c->json)
			continue;
		out_row(o);
		out_text(o, "id", page_field(s, "id"));
		out_text(o, "stage", page_field(s, "id"));
		out_text(o, "state", count > 0 ? "waiting" : "empty");
		out_text(o, "code", "");
		out_int(o, "waiting", count);
		out_text(o, "what", page_field(s, "what"));
		out_row_end(o);
	}
	end_section(c, out_close(o));
	return err->code == OMS_OK;
}

static bool
show_list(struct cli *c, const struct run *run, const char *name,
    const char *kind, const char *columns, enum sql_id id,
    struct oms_error *err)
{
	size_t rows;

	title(c, name);
	if (!out_all(c, kind, columns, stmt_begin(run->db, id, err), &rows,
		err))
		return false;
	end_section(c, rows);
	return true;
}

/* The rest of the page must not need a configuration in order. */
static bool
show_partners(struct cli *c, const struct run *run, struct oms_error *err)
{
	struct oms_error bad = NO_ERROR;
	const struct config *cfg = config_load(c->ctx, c->home, &bad);
	struct out *o;

	title(c, "partners");
	if (cfg == NULL) {
		o = out_open(c, "config", "state code message");
		out_row(o);
		out_text(o, "id", "config");
		out_text(o, "state", "fault");
		out_text(o, "code", oms_code_name(bad.code));
		out_text(o, "message", bad.reason);
		out_row_end(o);
		end_section(c, out_close(o));
		return true;
	}
	o = out_open(c, "partner",
	    "partner state code documents dead last_ok_ts_us reason*");
	for (size_t i = 0; i < cfg->partner_count; i++)
		if (!partner_row(run, c->home, &cfg->partners[i], o, err))
			return false;
	end_section(c, out_close(o));
	return true;
}

static bool
show_runs(struct cli *c, const struct run *run, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_RUNS, err);
	size_t rows;

	if (s == NULL)
		return false;
	stmt_int(s, ":rows", LAST_RUNS);
	title(c, "last runs");
	if (!out_all(c, "run",
		"id job window state exit_code started_ts_us ended_ts_us", s,
		&rows, err))
		return false;
	end_section(c, rows);
	return true;
}

static enum exit_code
print_prometheus(struct cli *c)
{
	struct oms_error err = NO_ERROR, ignored = NO_ERROR;
	struct run *run = cli_open(c, &err);
	struct sbuf b;

	if (run == NULL)
		return cli_fail(c, &err);
	run->cfg = config_load(c->ctx, c->home, &ignored);
	run->now_us = clock_now_us();
	sbuf_init(&b, c->ctx, METRICS_MAX_BYTES);
	if (!metrics_write(run, &b, &err))
		return cli_fail(c, &err);
	fputs(b.p, stdout);
	return EXIT_OK;
}

enum exit_code
cmd_status(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;

	if (cli_flag(c, "prometheus"))
		return print_prometheus(c);
	run = cli_open(c, &err);
	if (run == NULL || !show_attention(c, run, &err) ||
	    !show_backlog(c, run, &err) ||
	    !show_list(c, run, "dead letters (oms dead list)", "dead",
		"code count first_ts_us", SQL_CLI_DEAD_COUNTS, &err) ||
	    !show_list(c, run, "holds (oms order find --label ON_HOLD)", "hold",
		"id code count first_ts_us", SQL_CLI_HOLD_COUNTS, &err) ||
	    !show_list(c, run, "documents in trouble (oms out show ID)",
		"document", "id state code partner name attempts reason*",
		SQL_CLI_DOCUMENT_TROUBLES, &err) ||
	    !show_list(c, run, "findings", "finding",
		"code object first_ts_us text*", SQL_FINDING_LIST, &err) ||
	    !show_partners(c, run, &err) || !show_runs(c, run, &err))
		return cli_fail(c, &err);
	return EXIT_OK;
}
