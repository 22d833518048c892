/* cmd_rebuild.c - the database again, from the journal and the stored bytes. */

#include "jobs/rebuild.h"

#include "cli/commands.h"
#include "cli/out.h"

static void
found(void *u, const char *kind, const char *key, const char *what)
{
	struct out *o = u;

	out_row(o);
	out_text(o, "id", key);
	out_text(o, "state", "differs");
	out_text(o, "table", kind);
	out_text(o, "message", what);
	out_row_end(o);
}

static void
say_made(struct cli *c, const struct rebuild_report *r)
{
	if (r->torn_bytes > 0)
		cli_say(c,
		    "the journal ends in %lld bytes that never became true",
		    (long long)r->torn_bytes);
	cli_say(c,
	    "made again from commit %lld to %lld: %lld transactions applied, "
	    "%lld stages done again, %lld documents compared",
	    (long long)r->from_commit_no, (long long)r->commit_no,
	    (long long)r->transactions, (long long)r->stages,
	    (long long)r->documents);
	if (!r->has_old)
		cli_say(c, "there is no oms.db to compare it with");
	else if (!r->old_is_sound)
		cli_say(c, "oms.db is damaged: %s", r->old_fault);
}

/* What came of it, and what to do next. */
static enum exit_code
say_verdict(struct cli *c, const struct rebuild_request *req,
    const struct rebuild_report *r)
{
	if (r->is_in_place) {
		if (r->aside != NULL)
			cli_say(c, "the old one is now %s", r->aside);
		cli_say(c, "in place: the next run goes on with it");
	} else if (r->faults > 0) {
		cli_say(c, "%lld %s, nothing was replaced",
		    (long long)r->faults,
		    r->faults == 1 ? "difference" : "differences");
	} else if (r->old_is_sound) {
		cli_say(c, "equal: nothing to replace");
	} else {
		cli_say(c, "proven%s",
		    req->replace ? "" : "; oms rebuild --yes puts it in place");
	}
	return r->faults > 0 ? EXIT_FOUND : EXIT_OK;
}

static enum exit_code
begin_anew(struct cli *c)
{
	struct oms_error err = NO_ERROR;

	if (!rebuild_base(c->ctx, c->home, &err))
		return cli_fail(c, &err);
	cli_say(c, "the journal begins anew with a copy of the database");
	return EXIT_OK;
}

enum exit_code
cmd_rebuild(struct cli *c)
{
	struct rebuild_request req = { .home = c->home,
		.to = cli_opt(c, "to"),
		.replace = cli_flag(c, "yes") && !cli_flag(c, "verify"),
		.discard = cli_flag(c, "discard") };
	struct rebuild_report report;
	struct oms_error err = NO_ERROR;
	struct out *o;
	bool ok;

	if (cli_flag(c, "base"))
		return begin_anew(c);
	o = out_open(c, "difference", "table id message*");
	ok = rebuild(c->ctx, &req, found, o, &report, &err);
	(void)out_close(o);
	if (!ok)
		return cli_fail(c, &err);
	say_made(c, &report);
	return say_verdict(c, &req, &report);
}
