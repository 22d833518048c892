/* finding.c - see finding.h. */

#include "pipeline/finding.h"

#include "base/log.h"
#include "store/stmt.h"

static bool
add(struct run *run, const struct finding *f, struct oms_error *err)
{
	struct stmt *s;
	int64_t finding_id;

	if (!db_next(run->db, "finding", &finding_id, err))
		return false;
	s = stmt_begin(run->db, SQL_FINDING_ADD, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":finding_id", finding_id);
	stmt_text(s, ":code", oms_code_name(f->code));
	stmt_text(s, ":object", f->object);
	stmt_text(s, ":partner", f->partner);
	stmt_text(s, ":text", f->text);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_int(s, ":run_id", run->run_id);
	log_event(LOG_WARN_, "watch", "event=finding code=%s object=\"%s\"",
	    oms_code_name(f->code), f->object);
	return stmt_run(s, NULL, err);
}

bool
finding_raise(struct run *run, const struct finding *f, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FINDING_AGAIN, err);
	int64_t changed;

	if (s == NULL)
		return false;
	stmt_text(s, ":text", f->text);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_int(s, ":run_id", run->run_id);
	stmt_text(s, ":code", oms_code_name(f->code));
	stmt_text(s, ":object", f->object);
	if (!stmt_run(s, &changed, err))
		return false;
	return changed > 0 || add(run, f, err);
}

bool
finding_settle(struct run *run, enum oms_code code, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FINDING_CLEAR, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":code", oms_code_name(code));
	stmt_int(s, ":run_id", run->run_id);
	return stmt_run(s, NULL, err);
}

bool
finding_adopt(struct run *run, enum oms_code code, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FINDING_ADOPT, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":code", oms_code_name(code));
	stmt_int(s, ":run_id", run->run_id);
	return stmt_run(s, NULL, err);
}

bool
finding_clear(struct run *run, enum oms_code code, const char *object,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FINDING_CLEAR_ONE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":code", oms_code_name(code));
	stmt_text(s, ":object", object);
	return stmt_run(s, NULL, err);
}

bool
finding_is_open(struct run *run, enum oms_code code, const char *object,
    bool *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FINDING_IS_OPEN, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":code", oms_code_name(code));
	stmt_text(s, ":object", object);
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}
