/* act.c - see act.h. */

#include "pipeline/act.h"

#include <string.h>

#include "base/log.h"
#include "store/stmt.h"

bool
act_add(const struct run *run, const struct audit_entry *e,
    struct oms_error *err)
{
	return audit_add(run->db, run->now_us, run->actor, e, err);
}

bool
act_on(const struct run *run, const char *category, int64_t id,
    const char *action, const char *before, const char *after,
    struct oms_error *err)
{
	char object[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = category,
		.action = action,
		.object = object,
		.before = before,
		.after = after };

	snprintf(object, sizeof(object), "%s %lld", category, (long long)id);
	return act_add(run, &e, err);
}

static bool
is_by_person(const struct run *run)
{
	return run->run_id == 0;
}

bool
act_on_order(const struct run *run, int64_t order_id, const char *shipment_key,
    const char *action, const char *before, const char *after,
    struct oms_error *err)
{
	char object[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "order",
		.action = action,
		.object = object,
		.before = before,
		.after = after };
	struct stmt *s;

	if (!is_by_person(run))
		return true;
	s = stmt_begin(run->db, SQL_AUDIT_ORDER_NO, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_INTERNAL, "order %lld is gone",
			(long long)order_id);
	snprintf(object, sizeof(object), "order %.200s of %.100s%s%.60s",
	    col_text(s, 0), col_text(s, 1),
	    shipment_key[0] != '\0' ? ", shipment " : "", shipment_key);
	stmt_end(s);
	return act_add(run, &e, err);
}

/* ---- configuration ------------------------------------------------------ */

static bool
say_file(const struct run *run, const char *name, const char *before,
    const char *after, struct oms_error *err)
{
	char object[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "config",
		.action = before[0] == '\0' ? "added"
		    : after[0] == '\0'      ? "removed"
					    : "changed",
		.object = object,
		.before = before,
		.after = after };

	snprintf(object, sizeof(object), "file %.300s", name);
	return act_add(run, &e, err);
}

static bool
set_file(const struct run *run, const char *name, const char *sha256,
    struct oms_error *err)
{
	bool is_gone = sha256[0] == '\0';
	struct stmt *s = stmt_begin(run->db,
	    is_gone ? SQL_CONFIG_FILE_GONE : SQL_CONFIG_FILE_SET, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":name", name);
	if (!is_gone)
		stmt_text(s, ":sha256", sha256);
	return stmt_run(s, NULL, err);
}

/* A file of the configuration as it was, and as it is; "" it was not. */
struct change {
	const char *name;
	const char *before;
	const char *after;
};

static size_t
find(struct change *all, size_t count, const char *name)
{
	size_t i = 0;

	while (i < count && strcmp(all[i].name, name) != 0)
		i++;
	return i;
}

static bool
load_changes(const struct run *run, mem_ctx *ctx, struct change **ret,
    size_t *ret_count, struct oms_error *err)
{
	const struct config *cfg = run->cfg;
	struct stmt *s = stmt_begin(run->db, SQL_CONFIG_FILES, err);
	size_t room = cfg->file_count, i;

	*ret_count = cfg->file_count;
	*ret = mem_array(ctx, struct change, room);
	for (i = 0; i < cfg->file_count; i++)
		(*ret)[i] = (struct change){ cfg->files[i].name, "",
			cfg->files[i].sha256 };
	while (s != NULL && stmt_next(s, err)) {
		i = find(*ret, *ret_count, col_text(s, 0));
		if (i == *ret_count && i == room) {
			room = 2 * room + 8;
			*ret = mem_resize(ctx, *ret, room * sizeof(**ret));
		}
		if (i == *ret_count)
			(*ret)[(*ret_count)++] = (struct change){
				col_dup(s, 0, ctx), "", ""
			};
		(*ret)[i].before = col_dup(s, 1, ctx);
	}
	return err->code == OMS_OK;
}

bool
act_on_config(const struct run *run, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "config");
	struct change *all = NULL;
	size_t count = 0;
	bool ok = load_changes(run, ctx, &all, &count, err);

	for (size_t i = 0; ok && i < count; i++)
		if (strcmp(all[i].before, all[i].after) != 0)
			ok = say_file(run, all[i].name, all[i].before,
				 all[i].after, err) &&
			    set_file(run, all[i].name, all[i].after, err);
	mem_free(ctx);
	return ok;
}

/* ---- the witness -------------------------------------------------------- */

static bool
write_head(const struct run *run, mem_ctx *ctx, const struct audit_head *head,
    struct oms_error *err)
{
	char *path = fs_path(ctx, run->cfg->home, "locks/audit.head");
	char *text = mem_printf(ctx, "%lld %s\n", (long long)head->audit_id,
	    head->hash);

	return fs_replace(path, text, strlen(text), 0640, err);
}

void
act_note_head(const struct run *run, struct audit_head *ret)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "head");
	struct oms_error err = NO_ERROR;

	if (audit_read_head(run->db, ret, &err) && ret->audit_id > 0) {
		log_event(LOG_INFO_, "audit",
		    "event=audit.head id=%lld hash=%s",
		    (long long)ret->audit_id, ret->hash);
		(void)write_head(run, ctx, ret, &err);
	}
	if (err.code != OMS_OK)
		log_error("audit", &err);
	mem_free(ctx);
}
