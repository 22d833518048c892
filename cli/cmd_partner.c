/* cmd_partner.c - partners: how they stand, their keys, their credentials. */

#include <string.h>

#include "base/config.h"
#include "base/count.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/page.h"
#include "cli/partner_row.h"
#include "pipeline/partner_file.h"
#include "pipeline/partner_state.h"
#include "pipeline/stop.h"
#include "store/audit.h"
#include "transport/transport.h"

static const char *const key_types[] = { "ssh-ed25519", "ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa" };

const struct partner *
partner_named(const struct config *cfg, const char *id, struct oms_error *err)
{
	const struct partner *p = config_partner(cfg, id);
	struct nearest n = NEAREST_TO(id);
	const char *meant;

	if (p != NULL)
		return p;
	for (size_t i = 0; i < cfg->partner_count; i++)
		nearest_offer(&n, cfg->partners[i].id);
	meant = nearest_found(&n);
	oms_fail(err, OMS_USAGE, "no partner %.40s%s%s%s", id,
	    meant != NULL ? "; is " : "; see oms partner list",
	    meant != NULL ? meant : "", meant != NULL ? " meant?" : "");
	return NULL;
}

/* One that was taken out of the configuration still has its rows. */
static bool
partner_was(const struct run *run, const char *id, bool *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_PARTNER_WAS, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", id);
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

bool
partner_filter(struct cli *c, const struct run *run, struct oms_error *err)
{
	const char *id = cli_filter(c, "partner");
	struct oms_error at_fault = NO_ERROR;
	const struct config *cfg;
	bool was = false;

	if (id[0] == '\0')
		return true;
	if (!partner_was(run, id, &was, err))
		return false;
	if (was)
		return true;
	cfg = config_load(c->ctx, c->home, &at_fault);
	return cfg == NULL || partner_named(cfg, id, err) != NULL;
}

/* ---- list --------------------------------------------------------------- */

static bool
load_counts(const struct run *run, const char *partner, struct out *o,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_PARTNER_COUNTS, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", partner);
	if (stmt_one(s, err)) {
		out_int(o, "documents", col_int(s, 0));
		out_int(o, "dead", col_int(s, 1));
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

bool
partner_row(const struct run *run, const char *home, const struct partner *p,
    struct out *o, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_PARTNER_STATE, err);
	const char *stopped = stop_why(run->ctx, home, p->id);
	const char *state = "ok";
	bool is_known;

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", p->id);
	is_known = stmt_one(s, err);
	if (stopped[0] != '\0')
		state = "stopped";
	else if (is_known && page_field(s, "breaker")[0] != '\0')
		state = "refused";
	else if (is_known && page_field_int(s, "failures") > 0)
		state = "failing";
	else if (!is_known) /* a folder of ours is never called */
		state = p->path[0] == '\0' &&
			strcmp(p->transport, "folder") == 0
		    ? "local"
		    : "new";
	out_row(o);
	out_text(o, "id", p->id);
	out_text(o, "partner", p->id);
	out_text(o, "state", state);
	out_text(o, "code", is_known ? page_field(s, "breaker") : "");
	out_text(o, "role", p->kind);
	out_text(o, "transport", p->transport);
	out_int(o, "failures", is_known ? page_field_int(s, "failures") : 0);
	out_ts(o, "last_ok_ts_us",
	    is_known ? page_field_int(s, "last_ok_ts_us") : 0);
	out_ts(o, "next_ts_us", is_known ? page_field_int(s, "next_ts_us") : 0);
	out_text(o, "reason",
	    stopped[0] != '\0' ? stopped
		: is_known     ? page_field(s, "reason")
			       : "");
	stmt_end(s);
	if (err->code != OMS_OK || !load_counts(run, p->id, o, err))
		return false;
	out_row_end(o);
	return true;
}

enum exit_code
cmd_partner_list(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	const struct config *cfg = config_load(c->ctx, c->home, &err);
	struct run *run = cfg != NULL ? cli_open(c, &err) : NULL;
	bool ok = run != NULL;
	struct out *o;

	if (!ok)
		return cli_fail(c, &err);
	o = out_open(c, "partner",
	    "id role transport state last_ok_ts_us reason*");
	for (size_t i = 0; ok && i < cfg->partner_count; i++)
		ok = partner_row(run, c->home, &cfg->partners[i], o, &err);
	out_say_none(c, out_close(o));
	return ok ? EXIT_OK : cli_fail(c, &err);
}

/* ---- reset -------------------------------------------------------------- */

static bool
add_audit(struct cli *c, struct run *run, const char *action,
    const char *partner, const char *before, const char *after,
    struct oms_error *err)
{
	struct audit_entry e = { .category = "partner",
		.action = action,
		.object = mem_printf(c->ctx, "partner %s", partner),
		.before = before,
		.after = after };

	if (!db_begin(run->db, err))
		return false;
	if (audit_add(run->db, run->now_us, run->actor, &e, err))
		return db_commit(run->db, "partner.audit", err);
	db_rollback(run->db);
	return false;
}

enum exit_code
cmd_partner_new(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	const char *standard = cli_opt(c, "edi"), *kind = cli_opt(c, "kind");
	const char *id = c->args[0];
	struct run *run;

	if (standard == NULL) {
		oms_fail(&err, OMS_USAGE,
		    "say which: --edi x12 or --edi edifact; without EDI, copy "
		    "the file of a partner and change it");
		return cli_fail(c, &err);
	}
	run = jobs_open(c->ctx, c->home, &err);
	if (run == NULL ||
	    !partner_file_new(run->cfg, id, kind != NULL ? kind : "shop",
		standard, &err) ||
	    !add_audit(c, run, "new", id, "", standard, &err))
		return cli_fail_named(c, &err);
	cli_say(c,
	    "partners/%s.ini is written: look for TO DO in it, then run oms "
	    "config lint",
	    id);
	return EXIT_OK;
}

enum exit_code
cmd_partner_reset(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = jobs_open(c->ctx, c->home, &err);
	const struct partner *p;

	if (run == NULL ||
	    (p = partner_named(run->cfg, c->args[0], &err)) == NULL ||
	    !partner_reset(run, p->id, &err) ||
	    !add_audit(c, run, "reset", p->id, "", "", &err))
		return cli_fail(c, &err);
	cli_say(c,
	    "the next run calls %s again; to try now: oms check "
	    "--partner %s",
	    p->id, p->id);
	return EXIT_OK;
}

/* ---- keyscan ------------------------------------------------------------ */

struct scan {
	struct cli *c;
	const struct config *cfg;
	const struct partner *p;
	struct out *out;
	const char *wanted; /* fingerprint to pin, or NULL */
	char *pin;          /* "type base64" of it, once it was shown */
	struct ssh_key key;
	size_t shown;
};

static bool
is_pinned(const struct partner *p, const char *pin)
{
	for (size_t i = 0; i < p->host_key_count; i++)
		if (strcmp(p->host_keys[i], pin) == 0)
			return true;
	return false;
}

static void
tell_key(struct scan *s, const char *type, const char *fingerprint,
    const char *state, const char *line)
{
	out_row(s->out);
	out_text(s->out, "id", type);
	out_text(s->out, "fingerprint", fingerprint);
	out_text(s->out, "state", state);
	out_text(s->out, "host_key", line);
	out_row_end(s->out);
}

/* A pin whose key the server did not show: gone, or of the future. */
static void
tell_pins_not_shown(struct scan *s, char *const *shown, size_t count)
{
	for (size_t i = 0; i < s->p->host_key_count; i++) {
		const char *pin = s->p->host_keys[i];
		bool is_shown = false;

		for (size_t j = 0; j < count; j++)
			is_shown = is_shown || strcmp(shown[j], pin) == 0;
		if (!is_shown)
			tell_key(s,
			    mem_strndup(s->c->ctx, pin, strcspn(pin, " ")), "",
			    "pinned, not shown", pin);
	}
}

static bool
scan_all(struct scan *s, struct oms_error *err)
{
	char *shown[COUNT(key_types)] = { NULL };

	for (size_t i = 0; i < COUNT(key_types); i++) {
		struct oms_error why = NO_ERROR;
		char *line;

		if (!transport_scan_key(s->c->ctx, s->cfg, s->p, key_types[i],
			&s->key, &why)) {
			if (why.code == OMS_ALGORITHM)
				continue;
			*err = why;
			return false;
		}
		line = mem_printf(s->c->ctx, "%s %s", s->key.type,
		    s->key.base64);
		if (s->shown > 0 && strcmp(shown[s->shown - 1], line) == 0)
			continue;
		shown[s->shown++] = line;
		tell_key(s, s->key.type, s->key.fingerprint,
		    is_pinned(s->p, line) ? "pinned" : "not pinned", line);
		if (s->wanted != NULL &&
		    strcmp(s->wanted, s->key.fingerprint) == 0)
			s->pin = line;
	}
	tell_pins_not_shown(s, shown, s->shown);
	return s->shown > 0 ||
	    oms_fail(err, OMS_ALGORITHM,
		"%.80s shows no host key that this libssh2 understands",
		s->p->host);
}

static bool
pin(struct scan *s, struct oms_error *err)
{
	struct run *run;

	if (s->wanted == NULL)
		return true;
	if (s->pin == NULL)
		return oms_fail(err, OMS_HOST_KEY,
		    "no key with the fingerprint %.60s was shown: nothing is "
		    "pinned",
		    s->wanted);
	if (is_pinned(s->p, s->pin))
		return true;
	if (!partner_file_pin(s->cfg, s->p, s->pin, err))
		return false;
	run = jobs_open(s->c->ctx, s->c->home, err);
	if (run == NULL ||
	    !add_audit(s->c, run, "pin", s->p->id, "", s->wanted, err))
		return false;
	cli_say(s->c, "%s is pinned in partners/%s.ini", s->wanted, s->p->id);
	return true;
}

enum exit_code
cmd_partner_keyscan(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct scan s = { .c = c, .wanted = cli_opt(c, "pin") };
	bool ok;

	s.cfg = config_load(c->ctx, c->home, &err);
	if (s.cfg == NULL ||
	    (s.p = partner_named(s.cfg, c->args[0], &err)) == NULL)
		return cli_fail(c, &err);
	if (strcmp(s.p->transport, "sftp") != 0) {
		oms_fail(&err, OMS_USAGE,
		    "%s has no server: its transport is "
		    "%s",
		    s.p->id, s.p->transport);
		return cli_fail(c, &err);
	}
	s.out = out_open(c, "host_key", "id fingerprint state");
	ok = scan_all(&s, &err);
	(void)out_close(s.out);
	if (!ok || !pin(&s, &err))
		return cli_fail(c, &err);
	if (s.wanted == NULL)
		cli_say(c,
		    "compare a fingerprint with what the partner told "
		    "you on another way, then: oms partner keyscan %s "
		    "--pin SHA256:...",
		    s.p->id);
	return EXIT_OK;
}

/* ---- rotate ------------------------------------------------------------- */

/* Nothing is changed before the server has taken the next credential. */
static bool
prove_next(struct cli *c, const struct config *cfg, const struct partner *p,
    struct oms_error *err)
{
	struct partner next = config_with_next(p);
	struct transport *t = transport_spawn(c->ctx, cfg, &next, -1, err);

	if (t == NULL)
		return oms_context(err, "the next credential of %s", p->id);
	mem_free(t);
	return true;
}

enum exit_code
cmd_partner_rotate(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = jobs_open(c->ctx, c->home, &err);
	const struct partner *p;

	if (run == NULL ||
	    (p = partner_named(run->cfg, c->args[0], &err)) == NULL)
		return cli_fail(c, &err);
	if (!config_has_next(p)) {
		oms_fail(&err, OMS_USAGE,
		    "%s has no next credential: give next_key_file or "
		    "next_password in partners/%s.ini",
		    p->id, p->id);
		return cli_fail(c, &err);
	}
	if (!prove_next(c, run->cfg, p, &err) ||
	    !partner_file_rotate(run->cfg, p, &err) ||
	    !add_audit(c, run, "rotate", p->id, "current credential",
		"next credential", &err) ||
	    !partner_reset(run, p->id, &err))
		return cli_fail(c, &err);
	cli_say(c,
	    "%s logs in with what was its next credential; the file as "
	    "it was: partners/%s.ini.old",
	    p->id, p->id);
	return EXIT_OK;
}
