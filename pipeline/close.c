/* close.c - the stage close: what is delivered and paid is completed. */

#include "pipeline/stage.h"

#include "base/count.h"
#include "pipeline/queue.h"
#include "store/stmt.h"

/* The orders of a batch: after < order_id <= last. */
struct range {
	int64_t after;
	int64_t last; /* 0: there are no more */
};

static bool
find_batch(struct run *run, struct range *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLOSE_BATCH, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":after", r->after);
	stmt_int(s, ":n", run->cfg->batch_orders);
	r->last = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

/* In this order: the last step moves the parts out of closable_part. */
static const enum sql_id steps[] = { SQL_CLOSE_EVENTS, SQL_CLOSE_TOUCH,
	SQL_CLOSE_RELEASE_PAST, SQL_CLOSE_RELEASE_ADD, SQL_CLOSE_PARTS };

static bool
close_batch(struct run *run, const struct range *r, struct stage_result *res,
    struct oms_error *err)
{
	int64_t changed;

	for (size_t i = 0; i < COUNT(steps); i++) {
		struct stmt *s = stmt_begin(run->db, steps[i], err);

		if (s == NULL)
			return false;
		if (stmt_has(s, ":ts_us"))
			stmt_int(s, ":ts_us", run->now_us);
		if (stmt_has(s, ":actor"))
			stmt_text(s, ":actor", run->actor);
		stmt_int(s, ":after", r->after);
		stmt_int(s, ":last", r->last);
		if (!stmt_run(s, &changed, err))
			return false;
		if (steps[i] == SQL_CLOSE_EVENTS)
			res->done += changed;
	}
	return true;
}

bool
stage_close(struct run *run, struct stage_result *res, struct oms_error *err)
{
	struct range r = { 0 };
	bool ok;

	do {
		r.after = r.last;
		ok = db_begin(run->db, err) && find_batch(run, &r, err) &&
		    (r.last == 0 || close_batch(run, &r, res, err)) &&
		    db_commit(run->db, "close.batch", err);
	} while (ok && r.last > 0);
	if (!ok) {
		db_rollback(run->db);
		return false;
	}
	return queue_count(run, SQL_CLOSE_WAITING, &res->waiting, err);
}
