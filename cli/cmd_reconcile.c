/* cmd_reconcile.c - oms reconcile: the ledger, and where it does not add up. */

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/zone.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "pipeline/ledger.h"

struct told {
	struct cli *c;
	struct out *files;
	struct out *journals;
	struct sbuf differences; /* object NUL text NUL ... */
};

enum { DIFFERENCES_MAX_BYTES = LEDGER_TOLD_MAX * 1024 };

static void
ledger_row(struct out *o, const char *id, const char *state,
    const struct ledger_sum *sum, size_t i)
{
	static const struct ledger_money none = { "", 0, 0, 0, 0 };
	const struct ledger_money *m = i < sum->money_count ? &sum->money[i]
							    : &none;

	out_text(o, "id", id);
	out_text(o, "file", id);
	out_text(o, "state", state);
	out_text(o, "code", "");
	out_int(o, "records", sum->in);
	out_int(o, "applied", sum->applied);
	out_int(o, "duplicate", sum->duplicate);
	out_int(o, "rejected", sum->rejected);
	out_int(o, "pending", sum->pending);
	out_int(o, "unknown", sum->unknown);
	out_text(o, "currency", m->currency);
	out_minor(o, "in_minor", m->in_minor, m->currency);
	out_minor(o, "applied_minor", m->applied_minor, m->currency);
	out_minor(o, "duplicate_minor", m->duplicate_minor, m->currency);
	out_minor(o, "rejected_minor", m->rejected_minor, m->currency);
}

static void
on_file(void *u, const struct ledger_file *f)
{
	struct told *t = u;
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)f->file_id);
	for (size_t i = 0; i == 0 || i < f->sum.money_count; i++) {
		out_row(t->files);
		ledger_row(t->files, id, f->is_mended ? "mended" : f->state,
		    &f->sum, i);
		out_text(t->files, "name", f->name);
		out_row_end(t->files);
	}
}

static void
on_journal(void *u, const struct ledger_journal *j)
{
	struct told *t = u;

	out_row(t->journals);
	out_int(t->journals, "id", j->doc_id);
	out_int(t->journals, "document", j->doc_id);
	out_text(t->journals, "state",
	    j->entries == j->invoices && j->debit_minor == j->credit_minor
		? "ok"
		: "difference");
	out_text(t->journals, "code", "");
	out_int(t->journals, "entries", j->entries);
	out_int(t->journals, "invoices", j->invoices);
	out_text(t->journals, "currency", j->currency);
	out_minor(t->journals, "total_minor", j->total_minor, j->currency);
	out_minor(t->journals, "debit_minor", j->debit_minor, j->currency);
	out_minor(t->journals, "credit_minor", j->credit_minor, j->currency);
	out_text(t->journals, "name", j->name);
	out_row_end(t->journals);
}

/* Told last, when the tables are out. */
static void
on_difference(void *u, const char *object, const char *text)
{
	struct told *t = u;

	sbuf_add(&t->differences, object, strlen(object) + 1);
	sbuf_add(&t->differences, text, strlen(text) + 1);
}

static void
show_differences(struct told *t)
{
	struct out *o = out_open(t->c, "difference", "object text*");
	const char *p = t->differences.p, *end = p + t->differences.len;

	while (p < end) {
		const char *text = p + strlen(p) + 1;

		out_row(o);
		out_text(o, "id", p);
		out_text(o, "state", "difference");
		out_text(o, "code", oms_code_name(OMS_LEDGER));
		out_text(o, "object", p);
		out_text(o, "text", text);
		out_row_end(o);
		p = text + strlen(text) + 1;
	}
	(void)out_close(o);
}

static bool
show_orders(struct cli *c, const struct run *run, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_LEDGER_ORDERS, err);
	size_t rows;

	if (s == NULL)
		return false;
	if (!c->json)
		printf("\n");
	return out_all(c, "orders",
	    "currency orders total_minor open completed cancelled", s, &rows,
	    err);
}

static bool
scope_of(struct cli *c, struct ledger_scope *scope, struct oms_error *err)
{
	const char *file = cli_opt(c, "file");
	struct oms_error bad = NO_ERROR;
	int64_t day;

	scope->night = cli_filter(c, "night");
	if (scope->night[0] != '\0' &&
	    !zone_parse_day(scope->night, &day, &bad))
		return oms_fail(err, OMS_USAGE, "--night: %s", bad.reason);
	if (file != NULL && !cli_id(file, &scope->file_id, err))
		return false;
	scope->everything = file == NULL && scope->night[0] == '\0';
	return true;
}

static bool
check_file(struct run *run, int64_t file_id, struct oms_error *err)
{
	struct stmt *s;
	bool is_there;

	if (file_id == 0)
		return true;
	s = stmt_begin(run->db, SQL_FILE_BY_ID, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	is_there = stmt_one(s, err);
	stmt_end(s);
	return is_there ||
	    (err->code == OMS_OK &&
		oms_fail(err, OMS_USAGE, "there is no file %lld",
		    (long long)file_id));
}

/* Tables beside each other must not mix: journals wait for the files. */
static bool
read_ledger(struct cli *c, struct run *run, const struct ledger_scope *scope,
    struct ledger_sum *sum, size_t *found, struct oms_error *err)
{
	struct told t = { .c = c };
	const struct ledger_reader reader = { on_file, on_journal,
		on_difference, &t };
	bool ok;

	sbuf_init(&t.differences, c->ctx, DIFFERENCES_MAX_BYTES);
	t.files = out_open(c, "ledger",
	    "file state records applied duplicate rejected pending currency "
	    "in_minor applied_minor duplicate_minor rejected_minor unknown "
	    "name");
	t.journals = out_open(c, "journal",
	    "document entries invoices currency total_minor debit_minor "
	    "credit_minor name");
	ok = ledger_read(run, scope, &reader, sum, found, err);
	for (size_t i = 0; ok && (i == 0 || i < sum->money_count); i++) {
		out_row(t.files);
		ledger_row(t.files, "all", *found == 0 ? "ok" : "difference",
		    sum, i);
		out_text(t.files, "name", "");
		out_row_end(t.files);
	}
	(void)out_close(t.files);
	if (!c->json)
		printf("\n");
	(void)out_close(t.journals);
	if (ok && scope->everything)
		ok = show_orders(c, run, err);
	if (ok && *found > 0) {
		if (!c->json)
			printf("\n");
		show_differences(&t);
	}
	return ok;
}

enum exit_code
cmd_reconcile(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct ledger_scope scope = { 0 };
	struct ledger_sum sum = { 0 };
	struct run *run;
	size_t found = 0;

	if (!scope_of(c, &scope, &err) || (run = cli_open(c, &err)) == NULL ||
	    !check_file(run, scope.file_id, &err) ||
	    !read_ledger(c, run, &scope, &sum, &found, &err))
		return cli_fail(c, &err);
	if (found == 0)
		cli_say(c, "no difference");
	else
		cli_say(c, "%zu difference%s: keep this output and report it",
		    found, found == 1 ? "" : "s");
	return found == 0 ? EXIT_OK : EXIT_FOUND;
}
