/* stock_ops.c - see stock_ops.h. */

#include "pipeline/stock_ops.h"

#include "store/stmt.h"

bool
stock_move_add(const struct run *run, const char *sku, const char *node,
    int64_t ts_us, const char *kind, int64_t qty, int64_t before_qty,
    const char *ref, struct oms_error *err)
{
	struct stmt *s;
	int64_t move_id;

	if (!db_next(run->db, "stock_move", &move_id, err))
		return false;
	s = stmt_begin(run->db, SQL_STOCK_MOVE_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":move_id", move_id);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	stmt_int(s, ":ts_us", ts_us);
	stmt_text(s, ":kind", kind);
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":before_qty", before_qty);
	stmt_text(s, ":ref", ref);
	stmt_text(s, ":actor", run->actor);
	return stmt_run(s, NULL, err);
}
