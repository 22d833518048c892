/* document.c - see document.h. */

#include "pipeline/document.h"

#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "model/status.h"
#include "store/stmt.h"

enum { NAME_SHOWN_BYTES = 200 };

struct found {
	char state[16];
	char type[40];
	char name[NAME_SHOWN_BYTES + 1];
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

/* Binds what the statement has; the five of a shipping order differ. */
static bool
run_for_parts(struct run *run, enum sql_id id, int64_t doc_id,
    const char *detail, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	stmt_int(s, ":from_status", PART_RELEASED);
	if (stmt_has(s, ":to_status"))
		stmt_int(s, ":to_status", PART_SENT_TO_NODE);
	if (stmt_has(s, ":ts_us"))
		stmt_int(s, ":ts_us", run->now_us);
	if (stmt_has(s, ":actor")) {
		stmt_text(s, ":actor", run->actor);
		stmt_text(s, ":detail", detail);
	}
	return stmt_run(s, NULL, err);
}

/* The parts themselves move last: the others find them by their status. */
static bool
move_parts(struct run *run, int64_t doc_id, const char *name,
    struct oms_error *err)
{
	static const enum sql_id steps[] = { SQL_SENT_EVENTS,
		SQL_SENT_RELEASE_PAST, SQL_SENT_RELEASE_NOW, SQL_SENT_ORDERS,
		SQL_SENT_PARTS };

	for (size_t i = 0; i < COUNT(steps); i++)
		if (!run_for_parts(run, steps[i], doc_id, name, err))
			return oms_context(err, "document %lld",
			    (long long)doc_id);
	return true;
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

bool
document_mark_sent(struct run *run, int64_t doc_id, struct oms_error *err)
{
	struct found d;
	struct stmt *s;
	int64_t changed;

	if (!find(run, doc_id, &d, err))
		return false;
	s = stmt_begin(run->db, SQL_DOCUMENT_SENT, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", clock_now_us());
	stmt_int(s, ":doc_id", doc_id);
	if (!stmt_run(s, &changed, err))
		return false;
	return changed == 0 || strcmp(d.type, "wms.ship_order") != 0 ||
	    move_parts(run, doc_id, d.name, err);
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
decide(struct run *run, int64_t doc_id, bool has_it, struct oms_error *err)
{
	struct found d;

	if (!db_begin(run->db, err))
		return false;
	if (find(run, doc_id, &d, err) && check_stands(&d, doc_id, err) &&
	    (has_it ? document_mark_sent(run, doc_id, err)
		    : send_again(run, doc_id, err)) &&
	    resolve_dead(run, doc_id,
		has_it ? "the partner has it" : "sent again", err))
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
