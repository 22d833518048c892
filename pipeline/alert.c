/* alert.c - see alert.h. */

#include "pipeline/alert.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/alert_channel.h"
#include "store/stmt.h"

enum {
	BODY_MAX_BYTES = 1 << 20,
	GROUPS_MAX = 60, /* told in full; the rest is counted */
	EXAMPLES = 3,
	CHANNEL_BYTES = 16
};

#define DAY_US ((int64_t)86400 * 1000000)

bool
alert_has_channel(const struct config *cfg)
{
	for (size_t i = 0; i < alert_channel_count; i++)
		if (alert_channels[i].is_set(cfg))
			return true;
	return false;
}

static bool
count_of(struct run *run, enum sql_id id, int64_t alert_id, int64_t *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	*ret = 0;
	if (s == NULL)
		return false;
	if (stmt_has(s, ":alert_id"))
		stmt_int(s, ":alert_id", alert_id);
	if (stmt_one(s, err))
		*ret = col_int(s, 0);
	stmt_end(s);
	return err->code == OMS_OK;
}

/* ---- writing messages --------------------------------------------------- */

static bool
add_sending(struct run *run, int64_t alert_id, const char *channel,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ALERT_SENDING_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":alert_id", alert_id);
	stmt_text(s, ":channel", channel);
	return stmt_run(s, NULL, err);
}

static bool
add_alert(struct run *run, const struct alert_message *m, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ALERT_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":alert_id", m->alert_id);
	stmt_text(s, ":kind", m->kind);
	stmt_text(s, ":window", run->window);
	stmt_int(s, ":run_id", run->run_id);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_int(s, ":items", m->items);
	stmt_text(s, ":title", m->title);
	stmt_text(s, ":body", m->body);
	if (!stmt_run(s, NULL, err))
		return false;
	for (size_t i = 0; i < alert_channel_count; i++)
		if (alert_channels[i].is_set(run->cfg) &&
		    !add_sending(run, m->alert_id, alert_channels[i].name, err))
			return false;
	return true;
}

/* One kind of thing with one code at one partner. */
struct group {
	char *kind;
	char *code;
	char *partner;
	int64_t items;
};

static bool
load_groups(struct run *run, mem_ctx *ctx, int64_t alert_id, struct group *dst,
    size_t *ret_count, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ALERT_GROUPS, err);
	size_t n = 0;

	if (s == NULL)
		return false;
	stmt_int(s, ":alert_id", alert_id);
	while (n < GROUPS_MAX && stmt_next(s, err))
		dst[n++] = (struct group){ .kind = col_dup(s, 0, ctx),
			.code = col_dup(s, 1, ctx),
			.partner = col_dup(s, 2, ctx),
			.items = col_int(s, 3) };
	stmt_end(s);
	*ret_count = n;
	return err->code == OMS_OK;
}

static bool
add_examples(struct run *run, int64_t alert_id, const struct group *g,
    struct sbuf *body, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ALERT_EXAMPLES, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":alert_id", alert_id);
	stmt_text(s, ":kind", g->kind);
	stmt_text(s, ":code", g->code);
	stmt_text(s, ":partner", g->partner);
	stmt_int(s, ":rows", EXAMPLES);
	while (stmt_next(s, err))
		sbuf_addf(body, "  %s\n    %s\n", col_text(s, 0),
		    str_show(body->ctx, col_text(s, 1), 300));
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
describe_new(struct run *run, mem_ctx *ctx, int64_t alert_id, struct sbuf *body,
    struct oms_error *err)
{
	struct group group[GROUPS_MAX];
	enum oms_code code;
	size_t count;

	if (!load_groups(run, ctx, alert_id, group, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct group *g = &group[i];

		sbuf_addf(body, "%lld x %s, %s%s%s\n", (long long)g->items,
		    g->kind, g->code[0] != '\0' ? g->code : "no code",
		    g->partner[0] != '\0' ? ", partner " : "", g->partner);
		code = oms_code_of_name(g->code);
		if (code != OMS_CODE_COUNT)
			sbuf_addf(body, "  to do: %s\n", oms_code_action(code));
		if (!add_examples(run, alert_id, g, body, err))
			return false;
		if (g->items > EXAMPLES)
			sbuf_addf(body, "  and %lld more\n",
			    (long long)g->items - EXAMPLES);
		sbuf_adds(body, "\n");
	}
	return true;
}

/* Note what waits and was not told, as told by that alert. */
static bool
take_new(struct run *run, mem_ctx *ctx, int64_t alert_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ALERT_TAKE_NEW, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":ignored",
	    mem_printf(ctx, " %s ", run->cfg->alert_ignore));
	stmt_int(s, ":alert_id", alert_id);
	return stmt_run(s, NULL, err);
}

static bool
make_new(struct run *run, mem_ctx *ctx, struct oms_error *err)
{
	struct alert_message m = { .kind = "new" };
	struct sbuf body;

	if (!db_save(run->db, err) ||
	    !db_next(run->db, "alert", &m.alert_id, err) ||
	    !take_new(run, ctx, m.alert_id, err) ||
	    !count_of(run, SQL_ALERT_NEW_COUNT, m.alert_id, &m.items, err))
		return false;
	if (m.items == 0) /* the number goes back; what is ignored is noted */
		return db_undo(run->db, err) && take_new(run, ctx, 0, err);
	if (!db_keep(run->db, err))
		return false;
	sbuf_init(&body, ctx, BODY_MAX_BYTES);
	if (!describe_new(run, ctx, m.alert_id, &body, err))
		return false;
	m.title = mem_printf(ctx, "%lld new %s for a person, run %lld",
	    (long long)m.items, m.items == 1 ? "thing waits" : "things wait",
	    (long long)run->run_id);
	m.body = body.p;
	return add_alert(run, &m, err);
}

/* What was told and is over; when nothing is left, say so. */
static bool
make_clear(struct run *run, mem_ctx *ctx, struct oms_error *err)
{
	struct alert_message m = { .kind = "clear" };
	int64_t before, after;
	struct stmt *s;

	if (!count_of(run, SQL_ALERT_OPEN_COUNT, 0, &before, err) ||
	    (s = stmt_begin(run->db, SQL_ALERT_CLEAR, err)) == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	if (!stmt_run(s, NULL, err) ||
	    !count_of(run, SQL_ALERT_OPEN_COUNT, 0, &after, err))
		return false;
	if (before == 0 || after > 0)
		return true;
	m.items = before;
	m.title = mem_printf(ctx, "all clear, run %lld",
	    (long long)run->run_id);
	m.body = mem_printf(ctx,
	    "Everything that you were told of is over (%lld).\n",
	    (long long)before);
	return db_next(run->db, "alert", &m.alert_id, err) &&
	    add_alert(run, &m, err);
}

/* ---- the digest --------------------------------------------------------- */

static bool
describe_digest(struct run *run, struct sbuf *body, int64_t *ret_items,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ALERT_DIGEST_ROWS, err);

	*ret_items = 0;
	if (s == NULL)
		return false;
	stmt_int(s, ":day_us", DAY_US);
	stmt_int(s, ":now_us", run->now_us);
	while (stmt_next(s, err)) {
		if (*ret_items == 0)
			sbuf_addf(body, "%8s %8s %8s %8s %8s  %s\n", "all",
			    "< 1 day", "1-3", "3-7", "> 7", "what");
		*ret_items += col_int(s, 2);
		sbuf_addf(body, "%8lld %8lld %8lld %8lld %8lld  %s%s%s\n",
		    (long long)col_int(s, 2), (long long)col_int(s, 3),
		    (long long)col_int(s, 4), (long long)col_int(s, 5),
		    (long long)col_int(s, 6), col_text(s, 0),
		    col_text(s, 1)[0] != '\0' ? ", " : "", col_text(s, 1));
	}
	stmt_end(s);
	if (*ret_items == 0)
		sbuf_adds(body, "0 things wait for a person.\n");
	return err->code == OMS_OK;
}

static bool
is_digest_made(struct run *run, bool *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ALERT_DIGEST_KNOWN, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":window", run->window);
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
make_digest(struct run *run, mem_ctx *ctx, struct oms_error *err)
{
	struct alert_message m = { .kind = "digest" };
	struct sbuf body;
	bool is_made;

	if (!is_digest_made(run, &is_made, err))
		return false;
	if (is_made || !run->cfg->alert_digest)
		return true;
	sbuf_init(&body, ctx, BODY_MAX_BYTES);
	if (!describe_digest(run, &body, &m.items, err))
		return false;
	m.title = mem_printf(ctx, "%s: %lld wait for a person", run->window,
	    (long long)m.items);
	m.body = body.p;
	return db_next(run->db, "alert", &m.alert_id, err) &&
	    add_alert(run, &m, err);
}

bool
alert_make(struct run *run, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "alert");
	bool ok = db_begin(run->db, err);

	ok = ok && make_new(run, ctx, err) && make_clear(run, ctx, err) &&
	    make_digest(run, ctx, err) && db_commit(run->db, "alert.made", err);
	if (!ok)
		db_rollback(run->db);
	mem_free(ctx);
	return ok;
}

bool
alert_test(struct run *run, struct oms_error *err)
{
	struct alert_message m = { .kind = "test",
		.title = "a test of the channels",
		.body = "If you read this, the channel works.\n" };
	bool ok = db_begin(run->db, err);

	ok = ok && db_next(run->db, "alert", &m.alert_id, err) &&
	    add_alert(run, &m, err) && db_commit(run->db, "alert.test", err);
	if (!ok)
		db_rollback(run->db);
	return ok;
}

/* ---- sending ------------------------------------------------------------ */

struct due {
	struct alert_message m;
	const struct alert_channel *channel;
};

static const struct alert_channel *
channel_of(const char *name)
{
	for (size_t i = 0; i < alert_channel_count; i++)
		if (strcmp(alert_channels[i].name, name) == 0)
			return &alert_channels[i];
	return NULL;
}

/* The next message after that one; its channel NULL at the end. */
static bool
load_due(struct run *run, mem_ctx *ctx, int64_t after_id, const char *after,
    struct due *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ALERT_NEXT_DUE, err);

	ret->channel = NULL;
	if (s == NULL)
		return false;
	stmt_int(s, ":alert_id", after_id);
	stmt_text(s, ":channel", after);
	if (stmt_one(s, err)) {
		ret->m = (struct alert_message){ .alert_id = col_int(s, 0),
			.kind = col_dup(s, 2, ctx),
			.ts_us = col_int(s, 3),
			.items = col_int(s, 4),
			.title = col_dup(s, 5, ctx),
			.body = col_dup(s, 6, ctx) };
		ret->channel = channel_of(col_text(s, 1));
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
note_outcome(struct run *run, const struct due *d, const struct oms_error *why,
    struct oms_error *err)
{
	bool is_sent = why->code == OMS_OK;
	struct stmt *s;

	if (!db_begin(run->db, err))
		return false;
	s = stmt_begin(run->db,
	    is_sent ? SQL_ALERT_SENDING_DONE : SQL_ALERT_SENDING_FAILED, err);
	if (s == NULL) {
		db_rollback(run->db);
		return false;
	}
	if (is_sent) {
		stmt_int(s, ":ts_us", run->now_us);
	} else {
		stmt_text(s, ":code", oms_code_name(why->code));
		stmt_text(s, ":reason", why->reason);
		stmt_text(s, ":state",
		    run->now_us - d->m.ts_us > DAY_US ? "failed" : "due");
	}
	stmt_int(s, ":alert_id", d->m.alert_id);
	stmt_text(s, ":channel", d->channel->name);
	if (stmt_run(s, NULL, err))
		return db_commit(run->db, "alert.noted", err);
	db_rollback(run->db);
	return false;
}

/* One that failed is not asked again in this run. */
static bool
send_one(struct run *run, const struct due *d, bool *is_down,
    struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	if (*is_down)
		return true;
	if (!d->channel->is_set(run->cfg))
		oms_fail(&why, OMS_CONFIG, "the channel %s is no longer set",
		    d->channel->name);
	else if (!d->channel->send(run->cfg, &d->m, &why))
		oms_context(&why, "alert by %s", d->channel->name);
	if (why.code != OMS_OK) {
		log_error("alert", &why);
		*is_down = true;
	}
	return note_outcome(run, d, &why, err);
}

bool
alert_send(struct run *run, size_t *ret_failed, struct oms_error *err)
{
	bool is_down[8] = { false };
	char channel[CHANNEL_BYTES] = "";
	int64_t alert_id = 0;
	bool ok = true, more = true;

	*ret_failed = 0;
	while (ok && more) {
		mem_ctx *row = mem_ctx_new(NULL, "due");
		struct due d;

		ok = load_due(run, row, alert_id, channel, &d, err);
		more = ok && d.channel != NULL;
		if (more) {
			alert_id = d.m.alert_id;
			str_copy(channel, sizeof(channel), d.channel->name);
			ok = send_one(run, &d,
			    &is_down[d.channel - alert_channels], err);
		}
		mem_free(row);
	}
	for (size_t i = 0; i < alert_channel_count; i++)
		*ret_failed += is_down[i];
	return ok;
}

void
alert_failure(const struct config *cfg, const char *job,
    const struct oms_error *why)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "alert");
	struct alert_message m = { .kind = "failure",
		.ts_us = clock_now_us(),
		.items = 1,
		.title = mem_printf(ctx, "the job %s did not run: %s", job,
		    oms_code_name(why->code)),
		.body = mem_printf(ctx, "%s\n\nto do: %s\n", why->reason,
		    oms_code_action(why->code)) };

	for (size_t i = 0; i < alert_channel_count; i++) {
		struct oms_error err = NO_ERROR;

		if (alert_channels[i].is_set(cfg) &&
		    !alert_channels[i].send(cfg, &m, &err))
			log_error("alert", &err);
	}
	mem_free(ctx);
}
