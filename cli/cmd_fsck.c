/* cmd_fsck.c - do database and folders say the same? */

#include "base/config.h"
#include "base/scope.h"
#include "cli/commands.h"
#include "cli/invariants.h"
#include "cli/out.h"
#include "pipeline/emit.h"
#include "pipeline/fsck.h"
#include "pipeline/spool.h"
#include "store/audit.h"

struct fscker {
	struct out *out;
	size_t found;
};

static void
tell(void *u, const char *code, const char *object, const char *message,
    const char *action)
{
	struct fscker *f = u;

	f->found++;
	out_row(f->out);
	out_text(f->out, "id", object);
	out_text(f->out, "state", "fault");
	out_text(f->out, "code", code);
	out_text(f->out, "message", message);
	out_text(f->out, "action", action);
	out_row_end(f->out);
}

static void
tell_invariant(void *u, const char *check, const char *what, const char *text)
{
	(void)check;
	tell(u, "invariant", what, text,
	    "oms check names the promise; report it: this should never be");
}

/* Nothing is compared with a database that is not whole: exit status 8. */
static bool
look(struct cli *c, struct fscker *f, struct oms_error *err)
{
	struct oms_error faulty = NO_ERROR;
	struct run *run = cli_open(c, err);
	const struct config *cfg = config_load(c->ctx, c->home, &faulty);

	if (run == NULL || !db_check(run->db, err) ||
	    !db_check_schema(run->db, err))
		return false;
	if (cfg == NULL)
		tell(f, "config", "oms.ini", faulty.reason, "oms config lint");
	return fsck_look(run, cfg, cli_flag(c, "fast"), tell, f, err) &&
	    invariants_each(run->db, tell_invariant, f, err);
}

/* The lock of a run: what we change, nobody else is about to use. */
static struct run *
open_locked(struct cli *c, int *ret_lock, struct oms_error *err)
{
	struct run *run = jobs_open(c->ctx, c->home, err);

	*ret_lock = run == NULL ? -1 : jobs_lock(c->ctx, run->cfg, "fsck", err);
	return *ret_lock < 0 ? NULL : run;
}

static enum exit_code
repair_views(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	AUTO_CLOSE int lock = -1;
	struct run *run = open_locked(c, &lock, &err);

	if (run == NULL || !db_check(run->db, &err) ||
	    !db_check_schema(run->db, &err) || !emit_repair_outbox(run, &err) ||
	    !spool_repair_views(run, &err))
		return cli_fail(c, &err);
	cli_say(c, "deadletter/ and outbox/ are as the database says");
	return EXIT_OK;
}

static enum exit_code
gc(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	AUTO_CLOSE int lock = -1;
	struct run *run = open_locked(c, &lock, &err);
	struct fscker f = { 0 };
	int64_t count = 0, bytes = 0;
	bool ok;

	/* A damaged database names less than it did. */
	if (run == NULL || !db_check(run->db, &err) ||
	    !db_check_schema(run->db, &err))
		return cli_fail(c, &err);
	f.out = out_open(c, "garbage", "code id message action");
	ok = fsck_gc(run, cli_flag(c, "dry-run"), tell, &f, &count, &bytes,
	    &err);
	(void)out_close(f.out);
	if (!ok)
		return cli_fail(c, &err);
	cli_say(c, "%lld files, %lld bytes%s", (long long)count,
	    (long long)bytes,
	    cli_flag(c, "dry-run") ? " would be removed" : " removed");
	return EXIT_OK;
}

enum exit_code
cmd_fsck(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct fscker f = { 0 };
	bool ok;

	if (cli_flag(c, "repair-views"))
		return repair_views(c);
	if (cli_flag(c, "gc"))
		return gc(c);
	f.out = out_open(c, "finding", "code id message* action*");
	ok = look(c, &f, &err);
	(void)out_close(f.out);
	if (!ok)
		return cli_fail(c, &err);
	cli_say(c, "%zu findings", f.found);
	return f.found == 0 ? EXIT_OK : EXIT_FOUND;
}
