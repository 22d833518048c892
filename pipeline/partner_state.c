/* partner_state.c - see partner_state.h; the rules are crash-safety 3.6. */

#include "pipeline/partner_state.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/fs.h"
#include "base/log.h"
#include "pipeline/act.h"
#include "store/stmt.h"

#define MINUTE_US ((int64_t)60 * 1000000)

/* A killed run's session needs a moment to die with its lock. */
enum { LOCK_WAIT_MS = 2000 };

bool
partner_is_remote(const struct partner *p)
{
	return strcmp(p->transport, "folder") != 0 || p->path[0] != '\0';
}

bool
run_serves(const struct run *run, const char *partner)
{
	size_t n = strlen(partner);

	if (run->partners == NULL || run->partners[0] == '\0')
		return true;
	for (const char *p = run->partners; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len == n && memcmp(p, partner, n) == 0)
			return true;
		p += len;
	}
	return false;
}

bool
partner_survives(enum oms_code code)
{
	static const enum oms_code harmless[] = { OMS_NOT_FOUND, OMS_EXISTS,
		OMS_NET_DENIED, OMS_UNSTABLE, OMS_LIMIT, OMS_REMOTE_FULL };

	for (size_t i = 0; i < COUNT(harmless); i++)
		if (harmless[i] == code)
			return true;
	return false;
}

/* The order of exit statuses: what needs a person most comes first. */
static int
gravity(enum oms_code code)
{
	static const struct {
		enum oms_code code;
		int gravity;
	} known[] = {
		{ OMS_HOST_KEY, 90 },
		{ OMS_AUTH, 80 },
		{ OMS_SECRET, 70 },
		{ OMS_ALGORITHM, 70 },
		{ OMS_UNCERTAIN, 60 },
		{ OMS_DELIVER_CONFLICT, 50 },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i].code == code)
			return known[i].gravity;
	switch (oms_code_class(code)) {
	case CLASS_STOP: return 100;
	case CLASS_OPERATOR: return 40;
	case CLASS_REJECT: return 30;
	case CLASS_RETRY: return 20;
	case CLASS_NONE: break;
	}
	return 0;
}

void
partner_note(struct stage_result *res, enum oms_code code)
{
	if (gravity(code) > gravity(res->worst))
		res->worst = code;
}

void
partner_tell(struct stage_result *res, const struct partner *p,
    const struct oms_error *why)
{
	if (gravity(why->code) > gravity(res->worst) || res->note[0] == '\0')
		snprintf(res->note, sizeof(res->note),
		    "partner %s: %.150s [%s]", p->id, why->reason,
		    oms_code_name(why->code));
	partner_note(res, why->code);
}

/* FNV-1a: spread, not secret. */
static uint32_t
hash_of(const char *s)
{
	uint32_t h = 2166136261U;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619U;
	return h;
}

int64_t
partner_backoff_us(const char *name, int64_t failures)
{
	static const int64_t minutes[] = { 5, 10, 20, 40, 67 };
	int64_t i = failures < 1 ? 0 : failures - 1;
	int64_t base_us = minutes[i < (int64_t)COUNT(minutes)
				  ? i
				  : (int64_t)COUNT(minutes) - 1] *
	    MINUTE_US;

	return base_us / 100 * (80 + (int64_t)(hash_of(name) % 41));
}

bool
partner_is_due(int64_t next_ts_us)
{
	int64_t wait_us = next_ts_us - clock_now_us();

	return wait_us <= 0 || wait_us > 2 * 67 * MINUTE_US;
}

static void
call_free(void *p)
{
	struct partner_call *c = p;

	if (c->lock_fd >= 0)
		(void)close(c->lock_fd);
}

static struct partner_call *
call_new(mem_ctx *ctx, struct run *run, const struct partner *p,
    const char *stage, struct stage_result *res)
{
	struct partner_call *c = mem_new(ctx, struct partner_call);

	c->run = run;
	c->p = p;
	c->stage = stage;
	c->res = res;
	c->lock_fd = -1;
	mem_on_free(c, call_free);
	return c;
}

static bool
take_lock(struct partner_call *c, struct oms_error *err)
{
	char *dir = fs_path(c, c->run->cfg->home, "locks");

	if (!fs_mkdir(dir, 0750, err))
		return false;
	/* With a word before it: a partner may be called run, act or stage. */
	c->lock_fd = fs_lock(mem_printf(c, "%s/partner-%s.lock", dir, c->p->id),
	    LOCK_WAIT_MS, err);
	if (c->lock_fd >= 0)
		return true;
	if (err->code != OMS_LOCKED)
		return false;
	*err = NO_ERROR;
	log_event(LOG_INFO_, c->stage, "partner=%s event=partner.busy",
	    c->p->id);
	return true;
}

/* What the table says: may we call, and how often in a row did it fail? */
static bool
ask_state(struct partner_call *c, bool *ret_may, struct oms_error *err)
{
	struct stmt *s = stmt_begin(c->run->db, SQL_PARTNER_STATE_GET, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", c->p->id);
	*ret_may = true;
	if (stmt_one(s, err)) {
		const char *breaker = col_text(s, 0);

		if (breaker[0] != '\0' &&
		    strcmp(col_text(s, 2), c->run->cfg->sha256) == 0) {
			*ret_may = false;
			partner_note(c->res, oms_code_of_name(breaker));
			log_event(LOG_WARN_, c->stage,
			    "partner=%s event=partner.breaker code=%s: %s",
			    c->p->id, breaker, col_text(s, 1));
		} else if (breaker[0] == '\0' &&
		    !partner_is_due(col_int(s, 4))) {
			*ret_may = false;
			log_event(LOG_INFO_, c->stage,
			    "partner=%s event=partner.backoff failures=%lld",
			    c->p->id, (long long)col_int(s, 3));
		}
		c->failures = col_int(s, 3);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
may_call(struct partner_call *c, bool *ret_may, struct oms_error *err)
{
	*ret_may = false;
	if (!take_lock(c, err))
		return false;
	return c->lock_fd < 0 || ask_state(c, ret_may, err);
}

bool
partner_call_open(struct run *run, const struct partner *p, const char *stage,
    struct stage_result *res, mem_ctx *ctx, struct partner_call **ret,
    struct oms_error *err)
{
	struct partner_call *c = call_new(ctx, run, p, stage, res);
	struct oms_error net = NO_ERROR;
	bool may = false;
	bool ok = may_call(c, &may, err);

	*ret = NULL;
	if (ok && may && partner_call_again(c, &net)) {
		*ret = c;
		return true;
	}
	if (ok && may)
		ok = partner_call_lost(c, &net, err);
	else if (ok)
		res->waiting++;
	mem_free(c);
	return ok;
}

/* The current credential was refused: a person shall put the next in force. */
static void
warn_next(struct partner_call *c)
{
	struct oms_error ignored = NO_ERROR;
	const char *said;

	if (!config_has_next(c->p))
		return;
	said = transport_describe(c->session, c, &ignored);
	if (said != NULL && strstr(said, "login: next ") != NULL)
		log_event(LOG_WARN_, c->stage,
		    "partner=%s event=partner.next_credential: the server "
		    "takes "
		    "the next credential only: oms partner rotate %s",
		    c->p->id, c->p->id);
}

bool
partner_call_again(struct partner_call *c, struct oms_error *err)
{
	mem_free(c->session);
	c->session = transport_spawn(c, c->run->cfg, c->p, c->lock_fd, err);
	if (c->session != NULL)
		warn_next(c);
	return c->session != NULL;
}

/* Our own disk or memory, not the partner: going on would do harm. */
static bool
is_ours(enum oms_code code)
{
	return oms_code_class(code) == CLASS_STOP || code == OMS_INTERNAL;
}

/* Trying again would lock the account, or ask a stranger once more. */
static bool
is_refusal(enum oms_code code)
{
	return code == OMS_AUTH || code == OMS_HOST_KEY ||
	    code == OMS_ALGORITHM;
}

static bool
say_refused(const struct partner_call *c, const struct oms_error *why,
    struct oms_error *err)
{
	struct audit_entry e = { .category = "security",
		.action = "refused",
		.object = mem_printf(c->run->ctx, "partner %s", c->p->id),
		.before = "called",
		.after = mem_printf(c->run->ctx,
		    "not called until its configuration changes: %s: %.300s",
		    oms_code_name(why->code), why->reason) };

	return act_add(c->run, &e, err);
}

static bool
write_down(struct partner_call *c, const struct oms_error *why,
    struct oms_error *err)
{
	int64_t next_us = 0; /* a fault on our side is free to try again */
	struct stmt *s;

	c->failures++;
	if (oms_code_class(why->code) == CLASS_RETRY)
		next_us = clock_now_us() +
		    partner_backoff_us(c->p->id, c->failures);
	if (!db_begin(c->run->db, err))
		return false;
	s = stmt_begin(c->run->db, SQL_PARTNER_STATE_DOWN, err);
	if (s == NULL) {
		db_rollback(c->run->db);
		return false;
	}
	stmt_text(s, ":partner", c->p->id);
	stmt_text(s, ":breaker",
	    is_refusal(why->code) ? oms_code_name(why->code) : "");
	stmt_text(s, ":reason", why->reason);
	stmt_text(s, ":config_sha256", c->run->cfg->sha256);
	stmt_int(s, ":failures", c->failures);
	stmt_int(s, ":next_ts_us", next_us);
	if (stmt_run(s, NULL, err) &&
	    (!is_refusal(why->code) || say_refused(c, why, err)))
		return db_commit(c->run->db, "partner.down", err);
	db_rollback(c->run->db);
	return false;
}

bool
partner_call_lost(struct partner_call *c, const struct oms_error *why,
    struct oms_error *err)
{
	struct oms_error said = *why;

	mem_free(c->session);
	c->session = NULL;
	if (is_ours(why->code)) {
		*err = *why;
		return oms_context(err, "partner %s", c->p->id);
	}
	oms_context(&said, "partner %s", c->p->id);
	log_error(c->stage, &said);
	partner_tell(c->res, c->p, why);
	c->res->waiting++;
	return write_down(c, why, err);
}

/* A breaker that closes is a change; a partner that answers is none. */
static bool
say_called_again(struct run *run, const char *partner, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_PARTNER_STATE_GET, err);
	struct audit_entry e = { .category = "security",
		.action = "accepted",
		.after = "called" };

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", partner);
	if (stmt_one(s, err) && col_text(s, 0)[0] != '\0')
		e.before = mem_printf(run->ctx, "not called: %s",
		    col_text(s, 0));
	stmt_end(s);
	if (err->code != OMS_OK || e.before == NULL)
		return err->code == OMS_OK;
	e.object = mem_printf(run->ctx, "partner %s", partner);
	return act_add(run, &e, err);
}

bool
partner_reset(struct run *run, const char *partner, struct oms_error *err)
{
	struct stmt *s;

	if (!db_begin(run->db, err))
		return false;
	if (!say_called_again(run, partner, err)) {
		db_rollback(run->db);
		return false;
	}
	s = stmt_begin(run->db, SQL_PARTNER_STATE_UP, err);
	if (s != NULL) {
		stmt_text(s, ":partner", partner);
		stmt_int(s, ":ts_us", clock_now_us());
		if (stmt_run(s, NULL, err))
			return db_commit(run->db, "partner.up", err);
	}
	db_rollback(run->db);
	return false;
}

bool
partner_call_end(struct partner_call *c, struct oms_error *err)
{
	if (c->session == NULL)
		return true;
	mem_free(c->session);
	c->session = NULL;
	return partner_reset(c->run, c->p->id, err);
}
