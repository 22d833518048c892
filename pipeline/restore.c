/* restore.c - see restore.h. */

#include "pipeline/restore.h"

#include "base/str.h"
#include "store/audit.h"
#include "store/stmt.h"

bool
restore_find(struct db *db, struct restore_info *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_RESTORE_OPEN, err);

	*ret = (struct restore_info){ 0 };
	if (s == NULL)
		return false;
	if (stmt_one(s, err)) {
		ret->restore_id = col_int(s, 0);
		str_copy(ret->backup, sizeof(ret->backup), col_text(s, 1));
		ret->backup_ts_us = col_int(s, 2);
		ret->ts_us = col_int(s, 3);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

bool
restore_end(struct run *run, const struct restore_info *info,
    const char *outcome, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct audit_entry e = { .category = "home",
		.action = "recover",
		.object = mem_printf(row, "backup %s", info->backup),
		.after = outcome };
	bool ok = db_begin(run->db, err);
	struct stmt *s = NULL;

	if (ok && (s = stmt_begin(run->db, SQL_RESTORE_END, err)) != NULL) {
		stmt_int(s, ":ts_us", run->now_us);
		stmt_text(s, ":outcome", outcome);
		ok = stmt_run(s, NULL, err) &&
		    audit_add(run->db, run->now_us, run->actor, &e, err) &&
		    db_commit(run->db, "recover.end", err);
	}
	ok = ok && s != NULL;
	if (!ok)
		db_rollback(run->db);
	mem_free(row);
	return ok;
}
