/* document.c - see document.h. */

#include "pipeline/document.h"

#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/str.h"
#include "model/status.h"
#include "pipeline/act.h"
#include "pipeline/edi_out.h"
#include "pipeline/order_ops.h"
#include "store/stmt.h"

#define US_PER_S INT64_C(1000000)

enum { NAME_SHOWN_BYTES = 200, KEY_BYTES = 24 };

struct found {
	char state[16];
	char type[40];
	char name[NAME_SHOWN_BYTES + 1];
};

const struct feed *
document_feed(const struct partner *p, const char *feed, const char *type)
{
	for (size_t i = 0; i < p->feed_count; i++)
		if (p->feeds[i].direction == FEED_OUT &&
		    strcmp(p->feeds[i].name, feed) == 0)
			return &p->feeds[i];
	return config_feed(p, FEED_OUT, type);
}

/* A part of a shipping order that the warehouse has now. */
struct part {
	int64_t order_id;
	int64_t part_no;
	int64_t qty;
	char release_key[KEY_BYTES];
	int64_t last_seq; /* of its history */
};

static bool
find(struct run *run, int64_t doc_id, struct found *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DOCUMENT_FIND, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_NOT_FOUND, "no document %lld",
			(long long)doc_id);
	(void)snprintf(ret->state, sizeof(ret->state), "%s", col_text(s, 0));
	(void)snprintf(ret->type, sizeof(ret->type), "%s", col_text(s, 1));
	(void)snprintf(ret->name, sizeof(ret->name), "%s", col_text(s, 2));
	stmt_end(s);
	return true;
}

/*
 * What the document moves, in memory: emit bounds its size.  Statements over
 * all of it at once would keep every page they change until they are through.
 */
static bool
load_parts(struct run *run, int64_t doc_id, mem_ctx *ctx, struct part **ret,
    size_t *ret_count, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_SENT_PARTS, err);
	struct part *p;
	size_t room = 0;

	*ret = NULL;
	*ret_count = 0;
	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	stmt_int(s, ":from_status", PART_RELEASED);
	while (stmt_next(s, err)) {
		if (*ret_count == room) {
			room = room == 0 ? 64 : 2 * room;
			*ret = mem_resize(ctx, *ret, room * sizeof(**ret));
		}
		p = &(*ret)[(*ret_count)++];
		*p = (struct part){ .order_id = col_int(s, 0),
			.part_no = col_int(s, 1),
			.qty = col_int(s, 2),
			.last_seq = col_int(s, 4) };
		(void)str_copy(p->release_key, sizeof(p->release_key),
		    col_text(s, 3));
	}
	return err->code == OMS_OK;
}

/* What was current becomes history; both rows are found by their keys. */
static bool
add_status(struct run *run, const struct part *p, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_SENT_STATUS_PAST, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", p->order_id);
	stmt_int(s, ":part_no", p->part_no);
	stmt_int(s, ":seq", p->last_seq);
	if (!stmt_run(s, NULL, err))
		return false;
	s = stmt_begin(run->db, SQL_SENT_STATUS_NOW, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", p->order_id);
	stmt_int(s, ":part_no", p->part_no);
	stmt_int(s, ":seq", p->last_seq + 1);
	stmt_text(s, ":release_key", p->release_key);
	stmt_int(s, ":to_status", PART_SENT_TO_NODE);
	stmt_int(s, ":qty", p->qty);
	stmt_int(s, ":ts_us", run->now_us);
	return stmt_run(s, NULL, err);
}

static bool
move_part(struct run *run, const struct part *p, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_PART_SET_STATUS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":to_status", PART_SENT_TO_NODE);
	stmt_int(s, ":order_id", p->order_id);
	stmt_int(s, ":part_no", p->part_no);
	stmt_int(s, ":from_status", PART_RELEASED);
	return stmt_run(s, NULL, err) && add_status(run, p, err);
}

static bool
tell_order(struct run *run, int64_t order_id, const char *name,
    struct oms_error *err)
{
	return order_event(run, order_id, "sent", PART_RELEASED,
	    PART_SENT_TO_NODE, name, err);
}

bool
document_move_parts(struct run *run, int64_t doc_id, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "sent");
	struct part *parts;
	struct found d;
	size_t count;
	bool ok = find(run, doc_id, &d, err) &&
	    load_parts(run, doc_id, ctx, &parts, &count, err);

	for (size_t i = 0; ok && i < count; i++) {
		bool is_new = i == 0 ||
		    parts[i].order_id != parts[i - 1].order_id;

		ok = move_part(run, &parts[i], err) &&
		    (!is_new ||
			tell_order(run, parts[i].order_id, d.name, err));
	}
	mem_free(ctx);
	return ok || oms_context(err, "document %lld", (long long)doc_id);
}

static bool
resolve_dead(struct run *run, int64_t doc_id, const char *resolution,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DOCUMENT_DEAD_RESOLVE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":resolution", resolution);
	stmt_int(s, ":doc_id", doc_id);
	return stmt_run(s, NULL, err);
}

/* How long the partner may take to answer such a document; 0: no answer. */
static int64_t
answer_time_s(const struct config *cfg, const char *type)
{
	if (strcmp(type, "payment.capture_request") == 0)
		return cfg->capture_answer_s;
	return strcmp(type, "wms.ship_order") == 0 ? cfg->ship_answer_s : 0;
}

bool
document_mark_sent(struct run *run, int64_t doc_id, struct oms_error *err)
{
	int64_t changed, now_us = clock_now_us(), answer_s;
	struct found d;
	struct stmt *s;

	if (!find(run, doc_id, &d, err))
		return false;
	s = stmt_begin(run->db, SQL_DOCUMENT_SENT, err);
	if (s == NULL)
		return false;
	answer_s = answer_time_s(run->cfg, d.type);
	stmt_int(s, ":ts_us", now_us);
	stmt_opt_int(s, ":answer_due_ts_us",
	    answer_s == 0 ? INT64_MIN : now_us + answer_s * US_PER_S);
	stmt_int(s, ":doc_id", doc_id);
	if (!stmt_run(s, &changed, err))
		return false;
	if (changed == 0)
		return true;
	if (edi_out_is_name(d.name) && !edi_out_sent(run, doc_id, now_us, err))
		return false;
	if (strcmp(d.type, "wms.ship_order") != 0)
		return true;
	db_call(run->db, "document_move_parts", doc_id);
	if (!document_move_parts(run, doc_id, err))
		return false;
	db_call_end(run->db);
	return true;
}

/* A person decides only over what stands still. */
static bool
check_stands(const struct found *d, int64_t doc_id, struct oms_error *err)
{
	static const char *const still[] = { "hold", "uncertain", "dead" };

	for (size_t i = 0; i < COUNT(still); i++)
		if (strcmp(d->state, still[i]) == 0)
			return true;
	return oms_fail(err, OMS_TRANSITION,
	    "document %lld (%s) is %s: only what is on hold, uncertain or "
	    "dead waits for a person",
	    (long long)doc_id, d->name, d->state);
}

static bool
send_again(struct run *run, int64_t doc_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DOCUMENT_AGAIN, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	return stmt_run(s, NULL, err);
}

static bool
write_act(const struct run *run, int64_t doc_id, const struct found *d,
    bool has_it, struct oms_error *err)
{
	char object[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "document",
		.action = has_it ? "adopt" : "resend",
		.object = object,
		.before = d->state,
		.after = has_it ? "sent" : "ready" };

	snprintf(object, sizeof(object), "document %lld, %.300s",
	    (long long)doc_id, d->name);
	return act_add(run, &e, err);
}

static bool
decide(struct run *run, int64_t doc_id, bool has_it, struct oms_error *err)
{
	struct found d;

	if (!db_begin(run->db, err))
		return false;
	if (find(run, doc_id, &d, err) && check_stands(&d, doc_id, err) &&
	    (has_it ? document_mark_sent(run, doc_id, err)
		    : send_again(run, doc_id, err)) &&
	    resolve_dead(run, doc_id,
		has_it ? "the partner has it" : "sent again", err) &&
	    write_act(run, doc_id, &d, has_it, err))
		return db_commit(run->db, "document.decide", err);
	db_rollback(run->db);
	return false;
}

bool
document_resend(struct run *run, int64_t doc_id, struct oms_error *err)
{
	return decide(run, doc_id, false, err);
}

bool
document_adopt(struct run *run, int64_t doc_id, struct oms_error *err)
{
	return decide(run, doc_id, true, err);
}
