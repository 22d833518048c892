/* cmd_windows.c - oms windows and oms schedule: when jobs are due, were due. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"
#include "jobs/schedule.h"

#define US_PER_S INT64_C(1000000)

enum { WINDOWS_SHOWN = 14 };

struct windows {
	struct cli *c;
	struct run *run;
	const struct config *cfg;
	int64_t now_us;
	struct out *out;
};

static bool
open_windows(struct cli *c, struct windows *w, struct oms_error *err)
{
	*w = (struct windows){ .c = c, .now_us = clock_now_us() };
	w->cfg = config_load(c->ctx, c->home, err);
	w->run = w->cfg != NULL ? cli_open(c, err) : NULL;
	return w->run != NULL;
}

/* ---- windows ------------------------------------------------------------- */

static void
window_row(struct windows *w, const struct schedule *s, const struct slot *slot,
    const char *state, struct stmt *served)
{
	char local[ZONE_TIME_BYTES], id[100];

	snprintf(id, sizeof(id), "%s %s %s", s->job->id, slot->date, slot->at);
	out_row(w->out);
	out_text(w->out, "id", id);
	out_text(w->out, "job", s->job->id);
	out_text(w->out, "window", slot->date);
	out_text(w->out, "at", slot->at);
	out_text(w->out, "zone", s->job->zone);
	out_text(w->out, "state", state);
	out_text(w->out, "code",
	    strcmp(state, "missed") == 0 ? oms_code_name(OMS_WINDOW) : "");
	out_ts(w->out, "due_ts_us", slot->due_us);
	out_text(w->out, "local", zone_format(s->zone, slot->due_us, local));
	out_int(w->out, "run",
	    served != NULL ? page_field_int(served, "run_id") : 0);
	out_ts(w->out, "began_ts_us",
	    served != NULL ? page_field_int(served, "started_ts_us") : 0);
	out_row_end(w->out);
}

/* The next one, those that wait, and what became of the others. */
static bool
show_coming(struct windows *w, const struct schedule *s, struct oms_error *err)
{
	struct slot due[SCHEDULE_DUE_MAX], missed[SCHEDULE_DUE_MAX], slot;
	size_t due_count, missed_count;

	if (!schedule_due(w->run->db, s, w->now_us, due, &due_count, missed,
		&missed_count, err))
		return false;
	if (schedule_next(s, w->now_us, &slot))
		window_row(w, s, &slot, "next", NULL);
	for (size_t i = due_count; i-- > 0;)
		window_row(w, s, &due[i], "due", NULL);
	for (size_t i = 0; i < missed_count; i++)
		window_row(w, s, &missed[i], "missed", NULL);
	return true;
}

static bool
show_job(struct windows *w, const struct job *job, int64_t limit,
    struct oms_error *err)
{
	struct schedule s;
	struct stmt *rows;

	if (!schedule_open(w->c->ctx, job, &s, err) || !show_coming(w, &s, err))
		return false;
	rows = stmt_begin(w->run->db, SQL_WINDOW_LIST, err);
	if (rows == NULL)
		return false;
	stmt_text(rows, ":job", job->id);
	stmt_int(rows, ":rows", limit);
	while (stmt_next(rows, err)) {
		struct slot slot = { .due_us = page_field_int(rows,
					 "due_ts_us") };

		if (strcmp(page_field(rows, "state"), "due") == 0)
			continue; /* is among the coming */
		snprintf(slot.date, sizeof(slot.date), "%s",
		    page_field(rows, "business_date"));
		snprintf(slot.at, sizeof(slot.at), "%s",
		    page_field(rows, "at"));
		window_row(w, &s, &slot, page_field(rows, "state"), rows);
	}
	return err->code == OMS_OK;
}

enum exit_code
cmd_windows(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	const char *only = cli_opt(c, "job");
	struct windows w;
	int64_t limit;
	bool ok;

	if (!cli_opt_int(c, "limit", 1, INT_MAX, WINDOWS_SHOWN, &limit, &err) ||
	    !open_windows(c, &w, &err))
		return cli_fail(c, &err);
	if (only != NULL && config_job(w.cfg, only) == NULL) {
		oms_fail(&err, OMS_USAGE, "there is no jobs/%.40s.ini", only);
		return cli_fail(c, &err);
	}
	w.out = out_open(c, "window",
	    "job window at state due_ts_us local zone run began_ts_us");
	ok = true;
	for (size_t i = 0; ok && i < w.cfg->job_count; i++)
		if (only == NULL || strcmp(only, w.cfg->jobs[i].id) == 0)
			ok = show_job(&w, &w.cfg->jobs[i], limit, &err);
	out_say_none(c, out_close(w.out));
	return ok ? EXIT_OK : cli_fail(c, &err);
}

/* ---- schedule ------------------------------------------------------------ */

/* "2d 4h", "5h 20m", "7m": as people say it. */
static char *
span_text(int64_t us, char dst[24])
{
	long long m = (long long)(us / US_PER_S / 60);

	if (m >= 48 * 60)
		snprintf(dst, 24, "%lldd %lldh", m / 1440, m / 60 % 24);
	else if (m >= 60)
		snprintf(dst, 24, "%lldh %lldm", m / 60, m % 60);
	else
		snprintf(dst, 24, "%lldm", m);
	return dst;
}

/* When the job last began to serve a window; 0 never. */
static bool
last_began(struct windows *w, const struct job *job, int64_t *ret_us,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(w->run->db, SQL_WINDOW_LAST, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":job", job->id);
	*ret_us = stmt_one(s, err) ? col_int(s, 1) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
schedule_row(struct windows *w, const struct job *job, struct oms_error *err)
{
	struct slot due[SCHEDULE_DUE_MAX], missed[SCHEDULE_DUE_MAX], next;
	char left[24] = "", passed[24] = "", local[ZONE_TIME_BYTES] = "";
	size_t due_count, missed_count;
	int64_t began_us;
	struct schedule s;
	bool has_next;

	if (!schedule_open(w->c->ctx, job, &s, err) ||
	    !schedule_due(w->run->db, &s, w->now_us, due, &due_count, missed,
		&missed_count, err) ||
	    !last_began(w, job, &began_us, err))
		return false;
	has_next = schedule_next(&s, w->now_us, &next);
	if (has_next) {
		span_text(next.due_us - w->now_us, left);
		zone_format(s.zone, next.due_us, local);
	}
	if (began_us != 0)
		span_text(w->now_us - began_us, passed);
	out_row(w->out);
	out_text(w->out, "id", job->id);
	out_text(w->out, "job", job->id);
	out_text(w->out, "state",
	    due_count > 0   ? "due"
		: !has_next ? "by hand"
			    : "waiting");
	out_text(w->out, "code", "");
	out_ts(w->out, "next_ts_us", has_next ? next.due_us : 0);
	out_text(w->out, "local", local);
	out_text(w->out, "left", left);
	out_ts(w->out, "last_ts_us", began_us);
	out_text(w->out, "passed", passed);
	out_text(w->out, "zone", job->zone);
	out_int(w->out, "due", (int64_t)due_count);
	out_row_end(w->out);
	return true;
}

/* The program and the home as another process finds them. */
struct places {
	char oms[PATH_MAX];
	char home[PATH_MAX];
};

static void
find_places(const struct cli *c, struct places *p)
{
	ssize_t n = readlink("/proc/self/exe", p->oms, sizeof(p->oms) - 1);

	if (n > 0)
		p->oms[n] = '\0';
	else
		snprintf(p->oms, sizeof(p->oms), "/usr/local/bin/oms");
	if (realpath(c->home, p->home) == NULL)
		snprintf(p->home, sizeof(p->home), "%s", c->home);
}

static void
print_systemd(const struct places *p)
{
	printf("# oms-due.service: runs the jobs of jobs/ that are due.\n"
	       "[Unit]\n"
	       "Description=oms: what is due\n"
	       "Documentation=man:oms(1)\n"
	       "After=network-online.target\n"
	       "Wants=network-online.target\n\n"
	       "[Service]\n"
	       "Type=oneshot\n"
	       "User=oms\n"
	       "Environment=\"OMS_HOME=%s\"\n"
	       "ExecStart=%s --quiet run --due\n"
	       "# 3: ran, some items wait for a person.  6: another run is at "
	       "work.\n"
	       "SuccessExitStatus=3 6\n"
	       "UMask=0027\n"
	       "NoNewPrivileges=yes\n"
	       "PrivateTmp=yes\n"
	       "ProtectSystem=strict\n"
	       "ReadWritePaths=%s\n\n",
	    p->home, p->oms, p->home);
	printf("# oms-due.timer: every quarter of an hour. oms itself knows "
	       "the zones and\n"
	       "# the nights on which clocks change; Persistent makes up for a "
	       "machine that\n"
	       "# was off.\n"
	       "[Unit]\n"
	       "Description=oms: look what is due\n\n"
	       "[Timer]\n"
	       "OnCalendar=*:0/15\n"
	       "Persistent=true\n"
	       "RandomizedDelaySec=60\n\n"
	       "[Install]\n"
	       "WantedBy=timers.target\n");
}

static void
print_cron(const struct places *p)
{
	printf("# Every quarter of an hour: what jobs/ says is due. The times "
	       "and zones stand\n"
	       "# there, so that CRON_TZ is not needed: with it, cron skips or "
	       "doubles a job\n"
	       "# on nights when clocks change, and only some crons know it at "
	       "all.\n"
	       "OMS_HOME=%s\n"
	       "*/15 * * * *  %s --quiet run --due\n",
	    p->home, p->oms);
}

enum exit_code
cmd_schedule(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct places places;
	struct windows w;
	bool ok = true;

	if (cli_flag(c, "systemd") || cli_flag(c, "cron")) {
		find_places(c, &places);
		if (cli_flag(c, "systemd"))
			print_systemd(&places);
		else
			print_cron(&places);
		return EXIT_OK;
	}
	if (!open_windows(c, &w, &err))
		return cli_fail(c, &err);
	w.out = out_open(c, "job",
	    "job state next_ts_us local left last_ts_us passed zone");
	for (size_t i = 0; ok && i < w.cfg->job_count; i++)
		ok = schedule_row(&w, &w.cfg->jobs[i], &err);
	out_say_none(c, out_close(w.out));
	return ok ? EXIT_OK : cli_fail(c, &err);
}
