/*
 * cmd_check.c - prove what must always hold, and call a partner.
 *
 * Every check is a row: one that is in order, or one for each fault it found.
 */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/config.h"
#include "base/count.h"
#include "cli/commands.h"
#include "cli/invariants.h"
#include "cli/lint.h"
#include "cli/out.h"
#include "cli/partner_row.h"
#include "pipeline/alert.h"
#include "pipeline/journal.h"
#include "pipeline/partner_check.h"
#include "pipeline/partner_probe.h"
#include "pipeline/partner_state.h"
#include "pipeline/personal.h"

enum { TOLD_MAX = 100 }; /* faults of one check that are told */

/* clang-format off */
static const struct {
	const char *name;
	enum sql_id id;
	const char *promise;
} invariants[] = {
	{ "line_quantities", SQL_CHECK_LINE_QUANTITIES,
	  "the parts of a line sum to what was ordered" },
	{ "current_release", SQL_CHECK_CURRENT_RELEASE,
	  "a released part has exactly one current status" },
	{ "shipped_units", SQL_CHECK_SHIPPED_UNITS,
	  "what shipped is what the statuses say" },
	{ "empty_releases", SQL_CHECK_EMPTY_RELEASES,
	  "every release has parts" },
	{ "reserved", SQL_CHECK_RESERVED,
	  "reserved stock is what the parts hold" },
	{ "invoice_numbers", SQL_CHECK_INVOICE_NUMBERS,
	  "invoice and credit note numbers have no gap" },
	{ "invoice_sums", SQL_CHECK_INVOICE_SUMS,
	  "the lines of an invoice sum to its total" },
	{ "billed_quantities", SQL_CHECK_BILLED_QUANTITIES,
	  "what counts as billed stands on an invoice" },
	{ "charges", SQL_CHECK_CHARGES,
	  "nobody is charged more than was invoiced" },
	{ "records", SQL_CHECK_LOST_FILES,
	  "every record of a file is accounted for" },
};
/* clang-format on */

struct checker {
	struct cli *c;
	struct out *out;
	const struct config *cfg; /* NULL when it is at fault */
	struct run *run;
	size_t faults;
};

static void
tell_ok(struct checker *k, const char *check, const char *promise)
{
	if (k->c->quiet)
		return;
	out_finding(k->out, check, "ok", "", promise);
}

static void
tell_fault(struct checker *k, const char *check, const char *what,
    const char *text)
{
	mem_ctx *row = mem_ctx_new(NULL, "fault");

	k->faults++;
	lint_tell(k->out, check,
	    what[0] != '\0' ? mem_printf(row, "%s: %s", what, text) : text);
	mem_free(row);
}

static void
check_config(struct checker *k)
{
	struct oms_error err = NO_ERROR;
	size_t faults = lint_config(k->out, k->c->home);

	k->faults += faults;
	k->cfg = config_load(k->c->ctx, k->c->home, &err);
	if (faults == 0)
		tell_ok(k, "config", "the configuration has no fault");
}

static bool
check_database(struct checker *k, struct oms_error *err)
{
	struct oms_error bad = NO_ERROR;

	k->run = cli_open(k->c, err);
	if (k->run == NULL)
		return false;
	if (db_check(k->run->db, &bad) && db_check_schema(k->run->db, &bad))
		tell_ok(k, "database", "the database file is whole");
	else
		tell_fault(k, "database", "", bad.reason);
	return true;
}

bool
invariants_each(struct db *db,
    void (
	*each)(void *u, const char *check, const char *what, const char *text),
    void *u, struct oms_error *err)
{
	for (size_t i = 0; i < COUNT(invariants); i++) {
		struct stmt *s = stmt_begin(db, invariants[i].id, err);

		if (s == NULL)
			return false;
		for (size_t n = 0; n < TOLD_MAX && stmt_next(s, err); n++)
			each(u, invariants[i].name, col_text(s, 0),
			    col_text(s, 1));
		stmt_end(s);
		if (err->code != OMS_OK)
			return false;
	}
	return true;
}

/* Could the database be made again, if it were lost now? */
static bool
check_journal(struct checker *k, struct oms_error *err)
{
	struct oms_error bad = NO_ERROR;
	struct journal_end end;
	int64_t commit_no, entry_no, later_no, highest_no;
	char text[160];
	bool is_read;

	if (!db_position(k->run->db, &commit_no, &entry_no, err))
		return false;
	is_read = journal_highest(k->c->home, &highest_no, &end, &bad);
	if (!db_position(k->run->db, &commit_no, &later_no, err))
		return false;
	snprintf(text, sizeof(text),
	    "oms.db has %lld commits, and it knows of %lld: the last ones are "
	    "lost; oms rebuild makes them again",
	    (long long)commit_no, (long long)highest_no);
	if (!is_read)
		tell_fault(k, "journal", bad.where, bad.reason);
	else if (highest_no > commit_no + 1)
		tell_fault(k, "journal", "", text);
	else if (end.tx_seq < entry_no)
		tell_fault(k, "journal", "",
		    "its last entries are missing; the next run begins a new "
		    "one");
	else
		tell_ok(k, "journal", "oms rebuild can make it all again");
	return true;
}

static bool
check_invariant(struct checker *k, size_t i, struct oms_error *err)
{
	struct stmt *s = stmt_begin(k->run->db, invariants[i].id, err);
	size_t found = 0;

	if (s == NULL)
		return false;
	while (found < TOLD_MAX && stmt_next(s, err)) {
		tell_fault(k, invariants[i].name, col_text(s, 0),
		    col_text(s, 1));
		found++;
	}
	stmt_end(s);
	if (err->code != OMS_OK)
		return false;
	if (found == 0)
		tell_ok(k, invariants[i].name, invariants[i].promise);
	else if (found == TOLD_MAX)
		tell_fault(k, invariants[i].name, "", "and perhaps more");
	return true;
}

/* Does the partner that reference data names exist, and write such files? */
static bool
check_named(struct checker *k, const char *check, enum sql_id id,
    const char *(*type_of)(const char *kind), struct oms_error *err)
{
	struct stmt *s = stmt_begin(k->run->db, id, err);
	size_t before = k->faults;
	char text[200];

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		const char *name = col_text(s, 2);
		const char *type = type_of(col_text(s, 1));
		const struct partner *p = config_partner(k->cfg, name);

		if (p == NULL)
			snprintf(text, sizeof(text),
			    "there is no partners/%s.ini", name);
		else if (config_feed(p, FEED_OUT, type) == NULL)
			snprintf(text, sizeof(text),
			    "partner %s has no feed %s", name, type);
		else
			continue;
		tell_fault(k, check, col_text(s, 0), text);
	}
	if (err->code == OMS_OK && k->faults == before)
		tell_ok(k, check, "the partners named have their feeds");
	return err->code == OMS_OK;
}

/* Is it still there?  A name that was shown with escapes is believed. */
static bool
lies_there(const struct checker *k, mem_ctx *row, const char *object)
{
	struct stat st;

	return strchr(object, '\\') != NULL ||
	    lstat(mem_printf(row, "%s/%s", k->c->home, object), &st) == 0;
}

/* What a run could not take, as far as it is still there. */
static bool
check_left(struct checker *k, const char *check, enum oms_code code,
    const char *promise, struct oms_error *err)
{
	struct stmt *s = stmt_begin(k->run->db, SQL_FINDING_OF_CODE, err);
	mem_ctx *row = mem_ctx_new(NULL, check);
	size_t before = k->faults;

	if (s != NULL)
		stmt_text(s, ":code", oms_code_name(code));
	while (s != NULL && stmt_next(s, err))
		if (lies_there(k, row, col_text(s, 0)))
			tell_fault(k, check, col_text(s, 0), col_text(s, 1));
	mem_free(row);
	if (err->code == OMS_OK && k->faults == before)
		tell_ok(k, check, promise);
	return err->code == OMS_OK;
}

static const char *
type_of_node(const char *kind)
{
	(void)kind;
	return "wms.ship_order";
}

static const char *
type_of_service(const char *kind)
{
	return strcmp(kind, "courier") == 0 ? "courier.manifest"
					    : "carrier.booking";
}

/* How old the last backup is; only a fault when one is asked for. */
static bool
check_backup(struct checker *k, struct oms_error *err)
{
	struct stmt *s = stmt_begin(k->run->db, SQL_BACKUP_LAST, err);
	int64_t max_s = k->cfg->backup_max_age_s, age_s = -1;
	char text[200] = "no backup was made yet: oms backup DIR";

	if (s == NULL)
		return false;
	if (stmt_one(s, err)) {
		age_s = (k->run->now_us - col_int(s, 2)) / 1000000;
		snprintf(text, sizeof(text),
		    "the last backup, %.40s, is %lld minutes old",
		    col_text(s, 1), (long long)(age_s / 60));
	}
	stmt_end(s);
	if (err->code != OMS_OK)
		return false;
	if (max_s > 0 && (age_s < 0 || age_s > max_s))
		tell_fault(k, "backup", "", text);
	else
		tell_ok(k, "backup", text);
	return true;
}

/* What a probe found, and whether it is as it was. */
static void
tell_finding(void *u, const struct partner_finding *f)
{
	struct checker *k = u;
	bool is_new = f->before[0] == '\0';
	bool is_drift = !is_new && strcmp(f->before, f->value) != 0;

	k->faults += f->is_bad || is_drift;
	out_row(k->out);
	out_text(k->out, "id", f->name);
	out_text(k->out, "state",
	    f->is_bad      ? "fault"
		: is_drift ? "drift"
		: is_new   ? "new"
			   : "ok");
	out_text(k->out, "value", f->value);
	out_text(k->out, "before", is_drift ? f->before : "");
	out_row_end(k->out);
}

static enum exit_code
probe_partner(struct cli *c, const char *id)
{
	struct checker k = { .c = c };
	struct oms_error err = NO_ERROR;
	const struct partner *p;
	bool ok;

	k.run = jobs_open(c->ctx, c->home, &err);
	if (k.run == NULL)
		return cli_fail(c, &err);
	p = config_partner(k.run->cfg, id);
	if (!partner_is_remote(p)) {
		oms_fail(&err, OMS_USAGE,
		    "%s has no place of its own to be probed", id);
		return cli_fail(c, &err);
	}
	k.out = out_open(c, "probe", "id state value before");
	ok = partner_probe(k.run, p, tell_finding, &k, &err);
	(void)out_close(k.out);
	if (!ok)
		return cli_fail(c, &err);
	return k.faults == 0 ? EXIT_OK : EXIT_FOUND;
}

static enum exit_code
check_partner(struct cli *c, const char *id)
{
	struct oms_error err = NO_ERROR;
	const struct config *cfg = config_load(c->ctx, c->home, &err);
	const struct partner *p;
	enum oms_code code;
	struct out *o;

	if (cfg == NULL)
		return cli_fail(c, &err);
	p = partner_named(cfg, id, &err);
	if (p == NULL)
		return cli_fail(c, &err);
	if (cli_flag(c, "probe-write"))
		return probe_partner(c, id);
	code = partner_check(cfg, p, c->json ? stderr : stdout);
	if (c->json) {
		o = out_open(c, "check", "");
		out_finding(o, id, code == OMS_OK ? "ok" : "fault",
		    code == OMS_OK ? "" : oms_code_name(code),
		    oms_code_meaning(code));
		(void)out_close(o);
	}
	if (code == OMS_OK)
		return EXIT_OK;
	return exit_code_of(code) == EXIT_REFUSED ? EXIT_REFUSED : EXIT_FOUND;
}

static void
tell_old_copy(void *u, const char *path)
{
	tell_fault(u, "personal", path,
	    "it was put aside before the current key, so its personal data is "
	    "plain, or under an older one: remove it when you need it no more");
}

/* SEC-03: in the open, or under a key that is wholly in use? */
static bool
check_personal(struct checker *k, struct oms_error *err)
{
	bool is_used, is_done;

	if (!personal_state(k->run, k->run->cfg->ring, &is_used, &is_done, err))
		return false;
	if (is_done)
		tell_ok(k, "personal", "personal data is encrypted");
	else if (!is_used)
		tell_fault(k, "personal", "",
		    "personal data is stored unencrypted: oms key new makes a "
		    "key and encrypts it");
	else if (k->run->cfg->ring == NULL)
		tell_fault(k, "personal", "",
		    "personal data is encrypted and its key ring cannot be "
		    "read: put your copy of it back (no backup has it)");
	else
		tell_fault(k, "personal", "",
		    "a change of keys is not finished: oms key rotate goes on");
	return !is_done || personal_old_copies(k->run, tell_old_copy, k, err);
}

/* Without a channel only the exit status tells that something waits. */
static void
check_channels(struct checker *k)
{
	if (alert_has_channel(k->cfg))
		tell_ok(k, "alerts", "people are told what waits for them");
	else
		tell_fault(k, "alerts", "",
		    "nobody is told what waits: give a channel in [alert] of "
		    "oms.ini, e.g. mail_to");
}

static bool
check_all(struct checker *k, struct oms_error *err)
{
	check_config(k);
	if (!check_database(k, err) || !check_journal(k, err))
		return false;
	for (size_t i = 0; i < COUNT(invariants); i++)
		if (!check_invariant(k, i, err))
			return false;
	if (!check_left(k, "inbox", OMS_INBOX, "every file is taken", err) ||
	    !check_left(k, "requeue", OMS_REQUEUE,
		"nothing is left in deadletter/requeue", err) ||
	    !check_personal(k, err))
		return false;
	if (k->cfg != NULL)
		check_channels(k);
	return k->cfg == NULL ||
	    (check_backup(k, err) &&
		check_named(k, "node_partners", SQL_CHECK_NODE_PARTNERS,
		    type_of_node, err) &&
		check_named(k, "service_partners", SQL_CHECK_SERVICE_PARTNERS,
		    type_of_service, err));
}

enum exit_code
cmd_check(struct cli *c)
{
	struct checker k = { .c = c };
	struct oms_error err = NO_ERROR;
	bool ok;

	if (cli_flag(c, "partner"))
		return check_partner(c, cli_opt(c, "partner"));
	k.out = out_open(c, "check", "id state message*");
	ok = check_all(&k, &err);
	(void)out_close(k.out);
	if (!ok)
		return cli_fail(c, &err);
	cli_say(c, "%zu faults", k.faults);
	return k.faults == 0 ? EXIT_OK : EXIT_FOUND;
}
