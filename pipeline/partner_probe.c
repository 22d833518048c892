/* partner_probe.c - see partner_probe.h. */

#include "pipeline/partner_probe.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "pipeline/partner_state.h"
#include "pipeline/spool.h"
#include "store/audit.h"
#include "store/stmt.h"
#include "transport/transport.h"

enum { FINDINGS_MAX = 200, SKEW_TOLERATED_S = 120, S_US = 1000000 };

/* Names nobody has, and nobody takes for a document. */
static const char part[] = ".oms-probe.part";
static const char other[] = ".oms-probe.other";
static const char whole[] = ".oms-probe";
static const char text[] = "A probe of oms; it may be removed.\n";

struct probe {
	struct run *run;
	const struct partner *p;
	struct transport *t;
	mem_ctx *ctx;
	const char *dir; /* of the feed being looked at */
	const char *feed;
	char *local; /* the probe's bytes, in spool/tmp */
	struct partner_finding found[FINDINGS_MAX];
	size_t count;
};

static void
note(struct probe *b, const char *name, const char *value, bool is_bad)
{
	if (b->count == FINDINGS_MAX)
		return;
	b->found[b->count++] = (struct partner_finding){
		.name = b->feed == NULL
		    ? mem_strdup(b->ctx, name)
		    : mem_printf(b->ctx, "%s.%s", b->feed, name),
		.value = mem_strdup(b->ctx, value),
		.is_bad = is_bad,
	};
}

/* A step that failed: its code is what is found. */
static bool
fails(struct probe *b, const char *name, const struct oms_error *why)
{
	note(b, name, oms_code_name(why->code), true);
	return false;
}

static bool
remove_all(struct probe *b, struct oms_error *err)
{
	return transport_remove(b->t, b->dir, part, err) &&
	    transport_remove(b->t, b->dir, other, err) &&
	    transport_remove(b->t, b->dir, whole, err);
}

/* Read it back: are the bytes ours, and does its clock agree with ours? */
static void
compare(struct probe *b)
{
	struct oms_error why = NO_ERROR;
	struct remote_entry *e = NULL;
	size_t count = 0, skipped = 0;
	char want[FS_SHA_BYTES], got[FS_SHA_BYTES] = "";
	char *back = spool_tmp(b->run, b->ctx);
	int64_t skew_s;

	if (!transport_list(b->t, b->ctx, b->dir, &e, &count, &skipped, &why)) {
		(void)fails(b, "list", &why);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(e[i].name, part) != 0)
			continue;
		if (!transport_get(b->t, b->dir, part, e[i].size_bytes,
			e[i].mtime_s, 1 << 20, back, got, &why)) {
			(void)fails(b, "read_back", &why);
			return;
		}
		(void)unlink(back);
		fs_sha_of(text, sizeof(text) - 1, want);
		note(b, "read_back",
		    strcmp(want, got) == 0 ? "same" : "different",
		    strcmp(want, got) != 0);
		skew_s = e[i].mtime_s - clock_now_us() / S_US;
		note(b, "clock",
		    clock_is_fixed() ||
			    (skew_s < SKEW_TOLERATED_S &&
				skew_s > -SKEW_TOLERATED_S)
			? "agrees"
			: "differs",
		    false);
		return;
	}
	note(b, "read_back", "not listed", false);
}

/* A server that overwrites in silence could lose a document of ours. */
static bool
rename_twice(struct probe *b)
{
	struct oms_error why = NO_ERROR;
	int64_t bytes = -1;

	if (!transport_rename(b->t, b->dir, part, b->dir, whole, &why))
		return fails(b, "rename", &why);
	note(b, "rename", "works", false);
	if (!transport_put(b->t, b->local, b->dir, other, &why))
		return fails(b, "write", &why);
	if (transport_rename(b->t, b->dir, other, b->dir, whole, &why)) {
		note(b, "rename_onto_existing", "overwrites", false);
		return true;
	}
	note(b, "rename_onto_existing", "refused", false);
	why = NO_ERROR;
	return transport_stat(b->t, b->dir, whole, &bytes, &why) ||
	    fails(b, "stat", &why);
}

static void
probe_dir(struct probe *b)
{
	struct oms_error why = NO_ERROR;
	bool ok;

	if (!remove_all(b, &why)) { /* of a probe that was cut short */
		(void)fails(b, "remove", &why);
		return;
	}
	if (!transport_put(b->t, b->local, b->dir, part, &why)) {
		(void)fails(b, "write", &why);
		return;
	}
	note(b, "write", "works", false);
	compare(b);
	ok = strcmp(b->p->publish, "rename") != 0 || rename_twice(b);
	why = NO_ERROR;
	if (!remove_all(b, &why))
		(void)fails(b, "remove", &why);
	else if (ok)
		note(b, "remove", "works", false);
}

/* "name: value" lines of the session itself; what differs at each is left. */
static void
note_session(struct probe *b, char *lines)
{
	static const char *const kept[] = { "server", "fingerprint", "login",
		"key_exchange", "cipher" };

	for (char *line = lines; line != NULL && *line != '\0';) {
		char *nl = strchr(line, '\n');
		char *colon = strchr(line, ':');

		if (nl != NULL)
			*nl = '\0';
		if (colon != NULL && colon[1] == ' ') {
			*colon = '\0';
			for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]);
			     i++)
				if (strcmp(kept[i], line) == 0)
					note(b, line, colon + 2, false);
		}
		line = nl != NULL ? nl + 1 : NULL;
	}
}

static bool
is_probed(const struct partner *p, size_t i)
{
	if (p->feeds[i].direction != FEED_OUT)
		return false;
	for (size_t j = 0; j < i; j++)
		if (p->feeds[j].direction == FEED_OUT &&
		    strcmp(p->feeds[j].dir, p->feeds[i].dir) == 0)
			return false;
	return true;
}

static bool
talk(struct probe *b, struct oms_error *err)
{
	char *lines;

	b->t = transport_spawn(b->ctx, b->run->cfg, b->p, -1, err);
	if (b->t == NULL)
		return false;
	lines = transport_describe(b->t, b->ctx, err);
	if (lines == NULL)
		return false;
	note_session(b, lines);
	for (size_t i = 0; i < b->p->feed_count; i++) {
		if (!is_probed(b->p, i))
			continue;
		b->dir = b->p->feeds[i].dir;
		b->feed = b->p->feeds[i].name;
		probe_dir(b);
	}
	return true;
}

static bool
compare_stored(struct probe *b, struct partner_finding *f,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(b->run->db, SQL_PARTNER_CAPABILITY_GET,
	    err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", b->p->id);
	stmt_text(s, ":name", f->name);
	f->before = stmt_one(s, err) ? col_dup(s, 0, b->ctx) : "";
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
store_one(struct probe *b, const struct partner_finding *f,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(b->run->db, SQL_PARTNER_CAPABILITY_SET,
	    err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", b->p->id);
	stmt_text(s, ":name", f->name);
	stmt_text(s, ":value", f->value);
	stmt_int(s, ":ts_us", b->run->now_us);
	return stmt_run(s, NULL, err);
}

static bool
audit_drift(struct probe *b, const struct partner_finding *f,
    struct oms_error *err)
{
	struct audit_entry e = { .category = "partner",
		.action = "drift",
		.object = mem_printf(b->ctx, "partner %s", b->p->id),
		.before = mem_printf(b->ctx, "%s %s", f->name, f->before),
		.after = mem_printf(b->ctx, "%s %s", f->name, f->value) };

	return f->before[0] == '\0' || strcmp(f->before, f->value) == 0 ||
	    audit_add(b->run->db, b->run->now_us, b->run->actor, &e, err);
}

static bool
store(struct probe *b, struct oms_error *err)
{
	bool ok = db_begin(b->run->db, err);

	for (size_t i = 0; ok && i < b->count; i++)
		ok = compare_stored(b, &b->found[i], err) &&
		    store_one(b, &b->found[i], err) &&
		    audit_drift(b, &b->found[i], err);
	if (ok)
		return db_commit(b->run->db, "partner.probed", err);
	db_rollback(b->run->db);
	return false;
}

bool
partner_probe(struct run *run, const struct partner *p,
    void (*each)(void *u, const struct partner_finding *f), void *u,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "probe");
	struct probe b = { .run = run, .p = p, .ctx = ctx };
	bool ok;

	b.local = spool_tmp(run, ctx);
	ok = fs_write_tmp(b.local, text, sizeof(text) - 1, 0600, err);
	if (ok) {
		ok = talk(&b, err);
		(void)unlink(b.local);
	}
	ok = ok && store(&b, err);
	for (size_t i = 0; ok && i < b.count; i++)
		each(u, &b.found[i]);
	mem_free(ctx);
	return ok;
}
