/* cmd_stop.c - stop the home or a partner, and start it again. */

#include "base/clock.h"
#include "base/config.h"
#include "cli/commands.h"
#include "pipeline/restore.h"
#include "pipeline/stop.h"

/* A stop must work when nothing else does: only the home has to be there. */
static bool
check_partner(struct cli *c, const char *partner, struct oms_error *err)
{
	const struct config *cfg;

	if (partner == NULL)
		return true;
	cfg = config_load(c->ctx, c->home, err);
	if (cfg == NULL)
		return false;
	return config_partner(cfg, partner) != NULL ||
	    oms_fail(err, OMS_USAGE,
		"no partner \"%.40s\": oms status lists them", partner);
}

/* The flag is what counts; a damaged database cannot keep us from it. */
static void
write_audit(struct cli *c, const char *action, const char *partner,
    const char *reason)
{
	struct audit_entry e = { .category = "home",
		.action = action,
		.object = partner == NULL
		    ? "home"
		    : mem_printf(c->ctx, "partner %s", partner),
		.after = reason };

	cli_note(c, &e);
}

enum exit_code
cmd_stop(struct cli *c)
{
	const char *partner = cli_opt(c, "partner");
	const char *reason = cli_opt(c, "reason");
	struct oms_error err = NO_ERROR;
	bool is_new = false;

	if (!check_partner(c, partner, &err) ||
	    !stop_set(c->home, partner, jobs_actor(c->ctx), clock_now_us(),
		reason != NULL ? reason : "no reason given", &is_new, &err))
		return cli_fail(c, &err);
	if (!is_new) {
		cli_say(c, "stopped already: %s",
		    stop_why(c->ctx, c->home, partner));
		return EXIT_OK;
	}
	write_audit(c, "stop", partner, reason);
	cli_say(c, "%s stopped until oms start%s%s",
	    partner != NULL ? partner : "every run is",
	    partner != NULL ? " --partner " : "",
	    partner != NULL ? partner : "");
	return EXIT_OK;
}

/*
 * A restored home must not send before it knows what it had sent.  A database
 * that cannot be read sends nothing either, so that is no reason to refuse.
 */
static bool
may_start(struct cli *c, struct oms_error *err)
{
	struct oms_error unread = NO_ERROR;
	struct run *run = cli_open(c, &unread); /* it needs no keys */
	struct restore_info info;

	if (run == NULL || !restore_find(run->db, &info, &unread) ||
	    info.restore_id == 0)
		return true;
	if (cli_flag(c, "force")) {
		run = jobs_open(c->ctx, c->home, err);
		return run != NULL && restore_end(run, &info, "forced", err);
	}
	return oms_fail(err, OMS_STOPPED,
	    "this home was restored from backup %s and does not know yet what "
	    "was sent since: run oms recover first (oms start --force sends "
	    "without knowing)",
	    info.backup);
}

enum exit_code
cmd_start(struct cli *c)
{
	const char *partner = cli_opt(c, "partner");
	struct oms_error err = NO_ERROR;
	bool was = false;

	if (!check_partner(c, partner, &err) ||
	    (partner == NULL && !may_start(c, &err)) ||
	    !stop_clear(c->home, partner, &was, &err))
		return cli_fail(c, &err);
	if (!was) {
		cli_say(c, "it was not stopped");
		return EXIT_OK;
	}
	write_audit(c, "start", partner, NULL);
	cli_say(c, "started: the next run goes on");
	return EXIT_OK;
}
