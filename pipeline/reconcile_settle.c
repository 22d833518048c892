/* reconcile_settle.c - each document of ours: does its partner have it? */

#include "pipeline/reconcile_internal.h"

#include <fcntl.h>
#include <string.h>

#include "base/scope.h"
#include "base/str.h"
#include "pipeline/document.h"
#include "pipeline/partner_state.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

/* A document of ours that is not known to be sent. */
struct unsent {
	int64_t doc_id;
	char *partner;
	char *feed;
	char *type;
	char *name;
	char *sha256;
	int64_t bytes;
	char state[16];
};

static bool
load_unsent(struct reconcile *r, mem_ctx *ctx, struct unsent **ret,
    size_t *ret_count, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RECONCILE_UNSENT, err);
	size_t room = 0;

	*ret = NULL;
	*ret_count = 0;
	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		struct unsent d = { .doc_id = col_int(s, 0),
			.partner = col_dup(s, 1, ctx),
			.feed = col_dup(s, 2, ctx),
			.type = col_dup(s, 3, ctx),
			.name = col_dup(s, 4, ctx),
			.sha256 = col_dup(s, 5, ctx),
			.bytes = col_int(s, 6) };

		str_copy(d.state, sizeof(d.state), col_text(s, 7));
		if (*ret_count == room) {
			room = room == 0 ? 64 : 2 * room;
			*ret = mem_resize(ctx, *ret, room * sizeof(d));
		}
		(*ret)[(*ret_count)++] = d;
	}
	return err->code == OMS_OK;
}

static bool
set(struct reconcile *r, const struct unsent *d, enum sql_id id,
    enum oms_code code, const char *reason, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, id, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":code", oms_code_name(code));
	stmt_text(s, ":reason", reason);
	stmt_int(s, ":doc_id", d->doc_id);
	return stmt_run(s, NULL, err);
}

/* What a document turned out to be, in one transaction. */
enum verdict { VERDICT_SENT, VERDICT_UNCERTAIN, VERDICT_CONFLICT };

static bool
decide(struct reconcile *r, const struct unsent *d, enum verdict v,
    const char *why, struct oms_error *err)
{
	static const char *const codes[] = { "document.sent",
		"document.uncertain", "document.conflict" };
	mem_ctx *row = mem_ctx_new(NULL, "row");
	bool ok = db_begin(r->run->db, err);

	if (ok) {
		ok = v == VERDICT_SENT
		    ? document_mark_sent(r->run, d->doc_id, err)
		    : v == VERDICT_UNCERTAIN
		    ? set(r, d, SQL_RECONCILE_DOUBT, OMS_UNCERTAIN, why, err)
		    : set(r, d, SQL_RECONCILE_CONFLICT, OMS_DELIVER_CONFLICT,
			  why, err);
		if (ok)
			ok = db_commit(r->run->db, "recover.settled", err);
		else
			db_rollback(r->run->db);
	}
	if (ok)
		reconcile_say(r, codes[v],
		    mem_printf(row, "document %lld", (long long)d->doc_id),
		    mem_printf(row, "%s for %s: %s", d->name, d->partner, why));
	mem_free(row);
	return ok;
}

static bool
is_answered(struct reconcile *r, const struct unsent *d, bool *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RECONCILE_ANSWERED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", d->doc_id);
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

static const char *
dir_of(const struct partner *p, const struct unsent *d)
{
	const struct feed *f = document_feed(p, d->feed, d->type);

	return partner_is_remote(p) && f != NULL ? f->dir : "";
}

/* The sha256 of what lies there; *ret_read false when it may not be read. */
static bool
hash_there(struct reconcile *r, struct partner_call *call, const char *dir,
    const struct remote_entry *e, char sha[FS_SHA_BYTES], bool *ret_read,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct oms_error net = NO_ERROR;
	char *tmp = spool_tmp(r->run, row);
	bool ok = true;

	*ret_read = transport_get(call->session, dir, e->name, e->size_bytes,
	    e->mtime_s, e->size_bytes, tmp, sha, &net);
	if (*ret_read)
		ok = fs_remove(tmp, err);
	else if (!partner_survives(net.code))
		ok = oms_fail(err, net.code, "%s", net.reason);
	mem_free(row);
	return ok;
}

static bool
hash_here(struct reconcile *r, const struct partner *p, const char *name,
    char sha[FS_SHA_BYTES], bool *ret_read, struct oms_error *err)
{
	AUTO_CLOSE int fd = open(mem_printf(r->ctx, "%s/outbox/%s/%s",
				     r->run->cfg->home, p->id, name),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int64_t bytes;

	*ret_read = fd >= 0;
	return fd < 0 || fs_hash_fd(fd, sha, &bytes, err);
}

/* It lies there: is it ours? */
static bool
compare(struct reconcile *r, struct partner_call *call, const struct partner *p,
    const struct unsent *d, const struct remote_entry *e, struct oms_error *err)
{
	char sha[FS_SHA_BYTES];
	bool is_read;

	if (e->size_bytes != d->bytes)
		return decide(r, d, VERDICT_CONFLICT,
		    "a file of another size has its name there", err);
	if (!(call != NULL
		    ? hash_there(r, call, dir_of(p, d), e, sha, &is_read, err)
		    : hash_here(r, p, d->name, sha, &is_read, err)))
		return false;
	if (!is_read)
		return decide(r, d, VERDICT_SENT,
		    "the partner has it, by name and size", err);
	if (strcmp(sha, d->sha256) != 0)
		return decide(r, d, VERDICT_CONFLICT,
		    "a file of other bytes has its name there", err);
	return decide(r, d, VERDICT_SENT, "the partner has it, byte for byte",
	    err);
}

/* NULL too when the partner, or the folder, is no longer one of ours. */
static const struct remote_entry *
entry_of(const struct reconcile *r, const struct partner *p,
    const struct unsent *d)
{
	const struct folder *f = p == NULL
	    ? NULL
	    : reconcile_folder(r, p, dir_of(p, d));

	return f == NULL ? NULL : transport_entry(f->entry, f->count, d->name);
}

static bool
settle(struct reconcile *r, struct partner_call *call, const struct partner *p,
    const struct unsent *d, struct oms_error *err)
{
	const struct remote_entry *e = entry_of(r, p, d);
	bool answered;

	if (e != NULL)
		return compare(r, call, p, d, e, err);
	if (!is_answered(r, d, &answered, err))
		return false;
	if (answered)
		return decide(r, d, VERDICT_SENT,
		    "the partner has answered what stands in it", err);
	if (strcmp(d->state, "uncertain") == 0)
		return true; /* as it was, and told already */
	return decide(r, d, VERDICT_UNCERTAIN,
	    "it is not in the partner's folder: it was taken from there, or "
	    "never sent",
	    err);
}

/* The documents of one partner, over one session. */
static bool
settle_partner(struct reconcile *r, const struct partner *p,
    const struct unsent *d, size_t count, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "settle");
	struct stage_result res = { 0 };
	struct partner_call *call = NULL;
	bool ok = true, is_mine = false;

	for (size_t i = 0; i < count; i++)
		is_mine = is_mine || strcmp(d[i].partner, p->id) == 0;
	if (is_mine && partner_is_remote(p)) {
		ok = partner_call_open(r->run, p, "recover", &res, ctx, &call,
		    err);
		if (ok && call == NULL)
			ok = oms_fail(err, OMS_PEER, "%s", res.note);
	}
	for (size_t i = 0; ok && is_mine && i < count; i++)
		if (strcmp(d[i].partner, p->id) == 0)
			ok = settle(r, call, p, &d[i], err);
	if (ok && call != NULL)
		ok = partner_call_end(call, err);
	mem_free(ctx);
	return ok || oms_context(err, "settle documents of %s", p->id);
}

bool
reconcile_settle(struct reconcile *r, struct oms_error *err)
{
	const struct config *cfg = r->run->cfg;
	mem_ctx *ctx = mem_ctx_new(NULL, "unsent");
	struct unsent *d;
	size_t count;
	bool ok = load_unsent(r, ctx, &d, &count, err);

	for (size_t i = 0; ok && i < cfg->partner_count; i++)
		ok = settle_partner(r, &cfg->partners[i], d, count, err);
	for (size_t i = 0; ok && i < count; i++)
		if (config_partner(cfg, d[i].partner) == NULL)
			ok = settle(r, NULL, NULL, &d[i], err);
	mem_free(ctx);
	return ok;
}
