/* cmd_dead.c - what waits for a person: list, show, diff. */

#include <stdio.h>
#include <string.h>

#include "base/diff.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/dead_select.h"
#include "cli/edi_remedy.h"
#include "cli/out.h"
#include "cli/page.h"
#include "pipeline/dead_ops.h"
#include "pipeline/dead_version.h"
#include "pipeline/spool.h"

enum { DIFF_MAX_BYTES = 64 << 20 };

#define DAY_US INT64_C(86400000000)

/* What to do is a matter of the code, and of the fault that a reason names. */
static const char *
action_of(struct stmt *s)
{
	return edi_dead_action(page_field(s, "code"), page_field(s, "reason"));
}

/* ---- list --------------------------------------------------------------- */

static void
list_row(struct out *o, struct stmt *s, int64_t now_us)
{
	char age[32];
	int64_t days = (now_us - page_field_int(s, "first_ts_us")) / DAY_US;

	out_row(o);
	out_stmt_columns(o, s);
	snprintf(age, sizeof(age), "%lldd", (long long)(days < 0 ? 0 : days));
	out_text(o, "age", age);
	out_text(o, "action", action_of(s));
	out_row_end(o);
}

enum exit_code
cmd_dead_list(struct cli *c)
{
	const char *states = cli_flag(c, "all") ? "" : " open held retried ";
	struct oms_error err = NO_ERROR;
	int64_t limit, overdue = 0;
	struct run *run;
	struct stmt *s;
	struct out *o;

	if (!cli_opt_int(c, "limit", 1, INT64_MAX, INT64_MAX, &limit, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    (s = stmt_begin(run->db, SQL_CLI_DEAD_LIST, &err)) == NULL ||
	    !dead_select_bind(c, run, s, states, limit, &err))
		return cli_fail(c, &err);
	o = out_open(c, "dead", "id state age code partner owner name reason*");
	while (stmt_next(s, &err)) {
		overdue += page_field_int(s, "overdue");
		list_row(o, s, run->now_us);
	}
	out_say_none(c, out_close(o));
	if (overdue > 0 && !c->json)
		cli_say(c, "overdue: %lld, older than [dead] max_age",
		    (long long)overdue);
	return err.code == OMS_OK ? EXIT_OK : cli_fail(c, &err);
}

/* ---- show --------------------------------------------------------------- */

/* All that is wrong with a set, where its reason tells the first. */
static void
print_check(struct cli *c, struct stmt *s)
{
	enum edi_fault fault = edi_fault_in(page_field(s, "reason"));
	const char *home = c->home;
	size_t n = strlen(home);

	if (fault == EDI_FAULT_COUNT)
		return;
	printf("check: oms edi check %s%sdeadletter/", home,
	    n > 0 && home[n - 1] == '/' ? "" : "/");
	page_print(page_field(s, "partner"));
	putchar('/');
	page_print(page_field(s, "name"));
	printf(" --partner ");
	page_print(page_field(s, "partner"));
	printf("\nwhy:   oms explain %s\n", edi_faults[fault].name);
}

/* The commands to type next: every state has its own. */
static void
print_commands(struct cli *c, struct stmt *s)
{
	const char *id = page_field(s, "id"), *unit = page_field(s, "unit");
	bool has_file = strcmp(unit, "remote") != 0 &&
	    strcmp(unit, "document") != 0;

	if (strcmp(page_field(s, "state"), "retried") == 0) {
		printf("then:  oms run intake\n");
		return;
	}
	if (strcmp(page_field(s, "state"), "held") == 0)
		printf("held:  oms dead release %s\n", id);
	if (has_file) {
		print_check(c, s);
		printf("mend:  oms dead edit %s\n"
		       "try:   oms dead retry %s --dry-run\n",
		    id, id);
	}
	printf("then:  oms dead retry %s\n", id);
	printf("or:    oms dead close %s --reason TEXT\n", id);
}

/* Where the bytes are: in our folder, or never taken, or written by us. */
static void
print_way_out(struct cli *c, struct stmt *s)
{
	const char *state = page_field(s, "state");

	if (strcmp(state, "closed") == 0)
		printf("back:  oms dead reopen %s\n", page_field(s, "id"));
	if (strcmp(state, "resolved") == 0 || strcmp(state, "closed") == 0)
		return;
	printf("to do: %s\n", action_of(s));
	if (strcmp(page_field(s, "unit"), "remote") == 0) {
		printf("file:  still at the partner's\n");
	} else if (strcmp(page_field(s, "unit"), "document") != 0 &&
	    strcmp(state, "retried") != 0) {
		printf("file:  deadletter/");
		page_print(page_field(s, "partner"));
		putchar('/');
		page_print(page_field(s, "name"));
		putchar('\n');
	}
	print_commands(c, s);
}

static struct stmt *
begin_versions(struct run *run, int64_t dead_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_DEAD_VERSIONS, err);

	if (s != NULL)
		stmt_int(s, ":dead_id", dead_id);
	return s;
}

static bool
show(struct cli *c, struct run *run, struct stmt *s, int64_t dead_id,
    struct oms_error *err)
{
	const char *code = page_field(s, "code");
	enum oms_code known = oms_code_of_name(code);
	struct page p;

	if (c->json) {
		page_begin(&p, c, "dead");
		out_json_columns(&p.json, s);
		json_text(&p.json, "action", action_of(s));
		return page_array(&p, "versions",
			   begin_versions(run, dead_id, err), err) &&
		    page_end(&p, err);
	}
	page_fields(s);
	if (known != OMS_CODE_COUNT)
		printf("\n%s\n", oms_code_meaning(known));
	print_way_out(c, s);
	return page_table(c, "versions", "version ts_us actor note*",
	    begin_versions(run, dead_id, err), err);
}

static bool
load_version(struct cli *c, struct run *run, int64_t dead_id, const char *opt,
    int64_t fallback, struct dead_version **ret, struct oms_error *err)
{
	int64_t n;

	if (!cli_opt_int(c, opt, 1, INT64_MAX, fallback, &n, err))
		return false;
	*ret = dead_version_load(run->db, c->ctx, dead_id, n, err);
	if (*ret == NULL && err->code == OMS_NOT_FOUND)
		err->code = OMS_USAGE;
	return *ret != NULL;
}

static bool
show_raw(struct cli *c, struct run *run, int64_t dead_id, struct oms_error *err)
{
	struct dead_version *v;

	return load_version(c, run, dead_id, "number", 0, &v, err) &&
	    out_raw(run, v->sha256, err);
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
	if (cli_flag(c, "number") && !cli_flag(c, "raw"))
		ok = oms_fail(&err, OMS_USAGE, "--number N goes with --raw");
	else
		ok = cli_flag(c, "raw") ? show_raw(c, run, dead_id, &err)
					: show(c, run, s, dead_id, &err);
	return ok ? EXIT_OK : cli_fail(c, &err);
}

/* ---- diff --------------------------------------------------------------- */

static char *
title(struct cli *c, int64_t dead_id, const struct dead_version *v)
{
	char ts[NUM_TS_BYTES];

	return mem_printf(c->ctx, "dead letter %lld, version %lld\t%s %s",
	    (long long)dead_id, (long long)v->version, out_time(v->ts_us, ts),
	    v->actor);
}

static bool
make_diff(struct cli *c, struct run *run, int64_t dead_id,
    const struct dead_version *from, const struct dead_version *to,
    struct sbuf *ret, struct oms_error *err)
{
	size_t n = 0, m = 0;
	char *a = spool_read(run, c->ctx, from->sha256, DIFF_MAX_BYTES, &n,
	    err);
	char *b = a == NULL
	    ? NULL
	    : spool_read(run, c->ctx, to->sha256, DIFF_MAX_BYTES, &m, err);

	if (b == NULL)
		return false;
	diff_unified(ret, a, n, title(c, dead_id, from), b, m,
	    title(c, dead_id, to));
	return sbuf_ok(ret) ||
	    oms_fail(err, OMS_LIMIT, "the versions differ too much to show");
}

static bool
print_json_diff(struct cli *c, int64_t dead_id, const struct dead_version *from,
    const struct dead_version *to, const char *text, struct oms_error *err)
{
	struct page p;

	page_begin(&p, c, "dead_diff");
	json_int(&p.json, "id", dead_id);
	json_text(&p.json, "state", text[0] == '\0' ? "same" : "differs");
	json_text(&p.json, "code", "");
	json_int(&p.json, "from", from->version);
	json_int(&p.json, "to", to->version);
	json_text(&p.json, "diff", text);
	return page_end(&p, err);
}

/* Its text is a partner's: safe for a terminal, exact for a program. */
static void
print_diff(const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		page_print_line(text, n);
		text += n + (text[n] == '\n');
	}
}

enum exit_code
cmd_dead_diff(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct dead_version *from, *to;
	struct sbuf text;
	struct run *run;
	int64_t dead_id;

	sbuf_init(&text, c->ctx, 2 * (size_t)DIFF_MAX_BYTES);
	if (!cli_id(c->args[0], &dead_id, &err) ||
	    (run = cli_open(c, &err)) == NULL ||
	    !load_version(c, run, dead_id, "from", 1, &from, &err) ||
	    !load_version(c, run, dead_id, "to", 0, &to, &err) ||
	    !make_diff(c, run, dead_id, from, to, &text, &err))
		return cli_fail(c, &err);
	if (!c->json)
		print_diff(text.p);
	else if (!print_json_diff(c, dead_id, from, to, text.p, &err))
		return cli_fail(c, &err);
	if (text.len == 0)
		cli_say(c, "versions %lld and %lld are the same",
		    (long long)from->version, (long long)to->version);
	return EXIT_OK;
}
