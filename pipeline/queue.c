/* queue.c - see queue.h. */

#include "pipeline/queue.h"

static void
bind_after(struct stmt *s, const struct queue_key *k)
{
	stmt_int(s, ":after_priority", k->priority);
	stmt_int(s, ":after_ship_by", k->ship_by_ts_us);
	stmt_int(s, ":after_order_ts", k->order_ts_us);
	stmt_int(s, ":after_order", k->order_id);
}

static void
bind_both(struct stmt *s, const struct queue *q)
{
	bind_after(s, &q->after);
	stmt_int(s, ":upto_priority", q->upto.priority);
	stmt_int(s, ":upto_ship_by", q->upto.ship_by_ts_us);
	stmt_int(s, ":upto_order_ts", q->upto.order_ts_us);
	stmt_int(s, ":upto_order", q->upto.order_id);
}

struct stmt *
queue_stmt(const struct run *run, enum sql_id id, const struct queue *q,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s != NULL)
		bind_both(s, q);
	return s;
}

bool
queue_next(const struct run *run, enum sql_id id, struct queue *q,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s == NULL)
		return false;
	q->after = q->upto;
	q->count = 0;
	bind_after(s, &q->after);
	stmt_int(s, ":count", run->cfg->batch_orders);
	while (stmt_next(s, err)) {
		q->upto = (struct queue_key){ col_int(s, 0), col_int(s, 1),
			col_int(s, 2), col_int(s, 3) };
		q->count++;
	}
	return err->code == OMS_OK && q->count > 0;
}

bool
queue_count(const struct run *run, enum sql_id id, int64_t *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s == NULL)
		return false;
	*ret = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}
