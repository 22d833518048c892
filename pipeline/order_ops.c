/* order_ops.c - see order_ops.h. */

#include "pipeline/order_ops.h"

#include <string.h>

#include "model/status.h"
#include "pipeline/act.h"
#include "store/stmt.h"

static bool
touch(const struct run *run, int64_t order_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ORDER_TOUCH, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	return stmt_run(s, NULL, err);
}

bool
order_event(const struct run *run, int64_t order_id, const char *event,
    int from, int to, const char *detail, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_EVENT_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":event", event);
	stmt_opt_int(s, ":from_status", from == 0 ? INT64_MIN : from);
	stmt_opt_int(s, ":to_status", to == 0 ? INT64_MIN : to);
	stmt_text(s, ":actor", run->actor);
	stmt_text(s, ":detail", detail);
	return stmt_run(s, NULL, err) && touch(run, order_id, err);
}

bool
order_set_stage(const struct run *run, int64_t order_id, int stage,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ORDER_SET_STAGE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":stage", stage);
	stmt_int(s, ":order_id", order_id);
	return stmt_run(s, NULL, err);
}

/* The open hold of that type: its id, 0 when there is none. */
static bool
find_open(const struct run *run, int64_t order_id, const char *shipment_key,
    const char *type, int64_t *ret_id, bool *ret_same, const char *reason,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_HOLD_FIND_OPEN, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_text(s, ":shipment_key", shipment_key);
	stmt_text(s, ":type", type);
	*ret_id = 0;
	if (stmt_one(s, err)) {
		*ret_id = col_int(s, 0);
		*ret_same = strcmp(col_text(s, 1), reason) == 0;
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
insert_hold(const struct run *run, int64_t order_id, const char *shipment_key,
    const char *type, enum oms_code code, const char *reason,
    struct oms_error *err)
{
	struct stmt *s;
	int64_t hold_id;

	if (!db_next(run->db, "hold", &hold_id, err))
		return false;
	s = stmt_begin(run->db, SQL_HOLD_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":hold_id", hold_id);
	stmt_int(s, ":order_id", order_id);
	stmt_text(s, ":shipment_key", shipment_key);
	stmt_text(s, ":type", type);
	stmt_text(s, ":code", oms_code_name(code));
	stmt_text(s, ":reason", reason);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":actor", run->actor);
	return stmt_run(s, NULL, err);
}

/* The cause of an open hold has changed: say the present one. */
static bool
update_reason(const struct run *run, int64_t hold_id, enum oms_code code,
    const char *reason, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_HOLD_SET_REASON, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":code", oms_code_name(code));
	stmt_text(s, ":reason", reason);
	stmt_int(s, ":hold_id", hold_id);
	return stmt_run(s, NULL, err);
}

bool
hold_set(const struct run *run, int64_t order_id, const char *shipment_key,
    const char *type, enum oms_code code, const char *reason, bool *ret_new,
    struct oms_error *err)
{
	char detail[600];
	bool same = false;
	int64_t hold_id;

	*ret_new = false;
	if (!find_open(run, order_id, shipment_key, type, &hold_id, &same,
		reason, err))
		return false;
	if (hold_id != 0)
		return same || update_reason(run, hold_id, code, reason, err);
	snprintf(detail, sizeof(detail), "%s%s%s: %s [%s]", type,
	    shipment_key[0] != '\0' ? " " : "", shipment_key, reason,
	    oms_code_name(code));
	if (!insert_hold(run, order_id, shipment_key, type, code, reason,
		err) ||
	    !order_event(run, order_id, "hold_set", 0, 0, detail, err) ||
	    !act_on_order(run, order_id, shipment_key, "hold", "", detail, err))
		return false;
	*ret_new = true;
	return true;
}

bool
hold_resolve(const struct run *run, int64_t order_id, const char *shipment_key,
    const char *type, struct oms_error *err)
{
	bool same;
	int64_t hold_id;
	struct stmt *s;

	if (!find_open(run, order_id, shipment_key, type, &hold_id, &same, "",
		err))
		return false;
	if (hold_id == 0)
		return oms_fail(err, OMS_NOT_FOUND, "no open hold %s%s%s", type,
		    shipment_key[0] != '\0' ? " on " : "", shipment_key);
	s = stmt_begin(run->db, SQL_HOLD_CLOSE, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":actor", run->actor);
	stmt_int(s, ":hold_id", hold_id);
	return stmt_run(s, NULL, err) &&
	    order_event(run, order_id, "hold_resolved", 0, 0, type, err) &&
	    act_on_order(run, order_id, shipment_key, "release", type, "", err);
}

bool
hold_was_overruled(const struct run *run, int64_t order_id,
    const char *shipment_key, const char *type, enum oms_code code, bool *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_HOLD_OVERRULED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_text(s, ":type", type);
	stmt_text(s, ":code", oms_code_name(code));
	stmt_text(s, ":shipment_key", shipment_key);
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
move_release_status(const struct run *run, int64_t order_id, int64_t part_no,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_RELEASE_STATUS_PAST, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":part_no", part_no);
	if (!stmt_run(s, NULL, err))
		return false;
	s = stmt_begin(run->db, SQL_RELEASE_STATUS_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":part_no", part_no);
	return stmt_run(s, NULL, err);
}

bool
part_move(const struct run *run, int64_t order_id, int64_t part_no, int from,
    int to, struct oms_error *err)
{
	struct stmt *s;
	int64_t changed;

	if (!part_check_move(from, to, err))
		return false;
	s = stmt_begin(run->db, SQL_PART_SET_STATUS, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":to_status", to);
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":part_no", part_no);
	stmt_int(s, ":from_status", from);
	if (!stmt_run(s, &changed, err))
		return false;
	if (changed != 1)
		return oms_fail(err, OMS_TRANSITION,
		    "part %lld is not %s any more", (long long)part_no,
		    part_status_name(from));
	return move_release_status(run, order_id, part_no, err);
}
