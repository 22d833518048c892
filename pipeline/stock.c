/* stock.c - see stock.h. */

#include "pipeline/stock.h"

#include <stdio.h>

#include "base/str.h"

#include "pipeline/act.h"
#include "pipeline/stock_ops.h"
#include "store/stmt.h"

enum { SHOW_BYTES = 60 };

#define ON_HAND_MAX INT64_C(1000000000)
#define US_PER_DAY  INT64_C(86400000000)

bool
stock_reserve(const struct run *run, const char *sku, const char *node,
    int64_t qty, bool endless, bool *ret_enough, struct oms_error *err)
{
	enum sql_id id = endless ? SQL_STOCK_RESERVE_ENDLESS
				 : SQL_STOCK_RESERVE;
	struct stmt *s = stmt_begin(run->db, id, err);
	int64_t changed;

	if (s == NULL)
		return false;
	stmt_int(s, ":qty", qty);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	if (!stmt_run(s, &changed, err))
		return false;
	*ret_enough = changed == 1;
	return true;
}

static bool
free_reserved(const struct run *run, const char *sku, const char *node,
    int64_t qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_STOCK_FREE, err);
	int64_t changed;

	if (s == NULL)
		return false;
	stmt_int(s, ":qty", qty);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	if (!stmt_run(s, &changed, err))
		return false;
	return changed == 1 ||
	    oms_fail(err, OMS_STORE_DAMAGED,
		"less than %lld of %s is reserved at %s", (long long)qty, sku,
		node);
}

bool
stock_free_part(const struct run *run, int64_t order_id, int64_t part_no,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_STOCK_PART_NEEDS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":part_no", part_no);
	while (stmt_next(s, err)) {
		if (free_reserved(run, col_text(s, 0), col_text(s, 1),
			col_int(s, 2), err))
			continue;
		stmt_end(s);
		return oms_context(err, "part %lld", (long long)part_no);
	}
	return err->code == OMS_OK;
}

static bool
check_known(const struct run *run, const char *sku, const char *node,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_STOCK_IS_KNOWN, err);
	bool sku_known, node_known;

	if (s == NULL)
		return false;
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	if (!stmt_one(s, err))
		return false;
	sku_known = col_int(s, 0) > 0;
	node_known = col_int(s, 1) > 0;
	stmt_end(s);
	if (!sku_known)
		return oms_fail(err, OMS_REFERENCE, "no product %s", sku);
	return node_known ||
	    oms_fail(err, OMS_REFERENCE, "no ship node %s", node);
}

static bool
on_hand(const struct run *run, const char *sku, const char *node,
    int64_t *ret_qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_STOCK_OF, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	*ret_qty = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
change(const struct run *run, const char *sku, const char *node,
    enum stock_change how, int64_t to_qty, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_STOCK_CHANGE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	stmt_int(s, ":on_hand_qty", to_qty);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_int(s, ":is_count", how == STOCK_TO);
	return stmt_run(s, NULL, err);
}

static bool
write_act(const struct run *run, const char *sku, const char *node,
    int64_t before_qty, int64_t after_qty, const char *reason,
    struct oms_error *err)
{
	char object[ACT_TEXT_BYTES], before[40], after[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "stock",
		.action = "adjust",
		.object = object,
		.before = before,
		.after = after };

	snprintf(object, sizeof(object), "stock %.200s at %.200s", sku, node);
	snprintf(before, sizeof(before), "on_hand %lld", (long long)before_qty);
	snprintf(after, sizeof(after), "on_hand %lld, %.200s",
	    (long long)after_qty, reason);
	return act_add(run, &e, err);
}

static bool
adjust(const struct run *run, const char *sku, const char *node,
    enum stock_change how, int64_t qty, const char *reason, int64_t *ret_qty,
    struct oms_error *err)
{
	int64_t before;

	if (!check_known(run, sku, node, err) ||
	    !on_hand(run, sku, node, &before, err))
		return false;
	*ret_qty = how == STOCK_TO ? qty : before + qty;
	return change(run, sku, node, how, *ret_qty, err) &&
	    stock_move_add(run, sku, node, run->now_us, "adjust",
		*ret_qty - before, before, reason, err) &&
	    write_act(run, sku, node, before, *ret_qty, reason, err);
}

bool
stock_adjust(const struct run *run, const char *sku, const char *node,
    enum stock_change how, int64_t qty, const char *reason,
    int64_t *ret_on_hand_qty, struct oms_error *err)
{
	int64_t after;

	if (reason[0] == '\0')
		return oms_fail(err, OMS_USAGE, "a reason must be given");
	if (qty > ON_HAND_MAX || qty < -ON_HAND_MAX ||
	    (how == STOCK_TO && qty < 0))
		return oms_fail(err, OMS_USAGE, "%lld is no stock",
		    (long long)qty);
	if (!db_begin(run->db, err))
		return false;
	if (!adjust(run, sku, node, how, qty, reason, &after, err)) {
		db_rollback(run->db);
		return false;
	}
	if (!db_commit(run->db, "stock.adjust", err))
		return false;
	*ret_on_hand_qty = after;
	return true;
}

/* ---- by files ------------------------------------------------------------ */

static bool
check_word(bool is_known, const char *column, const char *value,
    struct oms_error *err)
{
	mem_ctx *tmp;

	if (is_known)
		return true;
	tmp = mem_ctx_new(NULL, "unknown");
	oms_fail(err, OMS_REFERENCE, "%s \"%s\" is not known", column,
	    str_show(tmp, value, SHOW_BYTES));
	mem_free(tmp);
	return oms_at(err, "column %s", column);
}

/* The stock that a count meets. */
struct meeting {
	bool exists;
	int64_t on_hand_qty;
	int64_t counted_ts_us;
	int64_t moved_qty; /* since the count that comes */
};

static bool
load_meeting(const struct run *run, const char *sku, const char *node,
    int64_t counted_ts_us, struct meeting *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_REF_STOCK_GET, err);
	bool sku_known, node_known;

	if (s == NULL)
		return false;
	stmt_int(s, ":counted_ts_us", counted_ts_us);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	if (!stmt_one(s, err))
		return false;
	sku_known = col_int(s, 0) != 0;
	node_known = col_int(s, 1) != 0;
	ret->exists = !col_is_null(s, 2);
	ret->on_hand_qty = col_int(s, 2);
	ret->counted_ts_us = col_int(s, 3);
	ret->moved_qty = col_int(s, 4);
	stmt_end(s);
	return check_word(sku_known, "sku", sku, err) &&
	    check_word(node_known, "node", node, err);
}

bool
stock_day_moment(const struct run *run, const char *sku, const char *node,
    bool is_count, int64_t *ts_us, struct oms_error *err)
{
	int64_t day_us = *ts_us - *ts_us % US_PER_DAY;
	struct stmt *s = stmt_begin(run->db, SQL_STOCK_DAY, err);
	int64_t counted_ts_us, moved_ts_us;

	if (s == NULL)
		return false;
	stmt_int(s, ":from_us", day_us);
	stmt_int(s, ":to_us", day_us + US_PER_DAY - 1);
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	if (!stmt_one(s, err))
		return false;
	counted_ts_us = col_int(s, 0);
	moved_ts_us = col_int(s, 1);
	stmt_end(s);
	*ts_us = counted_ts_us > day_us ? counted_ts_us : day_us;
	if (is_count && moved_ts_us >= *ts_us)
		*ts_us = moved_ts_us + 1;
	return true;
}

static bool
save_count(const struct run *run, const char *sku, const char *node,
    int64_t counted_ts_us, int64_t on_hand_qty, int64_t buffer_qty,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_REF_STOCK_UPSERT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	stmt_int(s, ":on_hand_qty", on_hand_qty);
	stmt_opt_int(s, ":buffer_qty", buffer_qty);
	stmt_int(s, ":counted_ts_us", counted_ts_us);
	return stmt_run(s, NULL, err);
}

bool
stock_count(const struct run *run, const char *sku, const char *node,
    int64_t on_hand_qty, int64_t buffer_qty, int64_t counted_ts_us,
    const char *ref, bool *ret_is_news, struct oms_error *err)
{
	struct meeting old;

	if (!load_meeting(run, sku, node, counted_ts_us, &old, err))
		return false;
	*ret_is_news = !old.exists || counted_ts_us >= old.counted_ts_us;
	if (!*ret_is_news)
		return true;
	on_hand_qty += old.moved_qty;
	if (!save_count(run, sku, node, counted_ts_us, on_hand_qty, buffer_qty,
		err))
		return false;
	return (old.exists && on_hand_qty == old.on_hand_qty) ||
	    stock_move_add(run, sku, node, counted_ts_us, "count",
		on_hand_qty - old.on_hand_qty, old.on_hand_qty, ref, err);
}

static bool
save_book(const struct run *run, const char *sku, const char *node, int64_t qty,
    int64_t held_qty, int64_t ts_us, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_STOCK_BOOK, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":held_qty", held_qty);
	stmt_int(s, ":ts_us", ts_us);
	return stmt_run(s, NULL, err);
}

static bool
book_act(const struct run *run, const char *sku, const char *node,
    const struct meeting *old, int64_t qty, int64_t held_qty, const char *ref,
    struct oms_error *err)
{
	char reason[ACT_TEXT_BYTES];

	if (held_qty == 0)
		return write_act(run, sku, node, old->on_hand_qty,
		    old->on_hand_qty + qty, ref, err);
	snprintf(reason, sizeof(reason), "on hold %+lld, %.200s",
	    (long long)held_qty, ref);
	return write_act(run, sku, node, old->on_hand_qty,
	    old->on_hand_qty + qty, reason, err);
}

bool
stock_book(const struct run *run, const char *sku, const char *node,
    int64_t qty, int64_t held_qty, int64_t ts_us, const char *ref,
    struct oms_error *err)
{
	struct meeting old;

	if (!load_meeting(run, sku, node, ts_us, &old, err))
		return false;
	if (old.exists && old.counted_ts_us > ts_us)
		qty = 0;
	if (qty == 0 && held_qty == 0)
		return true;
	return save_book(run, sku, node, qty, held_qty, ts_us, err) &&
	    (qty == 0 ||
		stock_move_add(run, sku, node, ts_us, "adjust", qty,
		    old.on_hand_qty, ref, err)) &&
	    book_act(run, sku, node, &old, qty, held_qty, ref, err);
}

bool
stock_hold_none(const struct run *run, const char *sku, const char *node,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_STOCK_HOLD_NONE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":sku", sku);
	stmt_text(s, ":node", node);
	return stmt_run(s, NULL, err);
}
