/* deliver.c - every partner gets its documents; see deliver_internal.h. */

#include "pipeline/deliver_internal.h"

#include "pipeline/partner_state.h"
#include "pipeline/stop.h"
#include "store/stmt.h"

static bool
deliver_to(struct run *run, const struct partner *p, struct stage_result *res,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "delivery");
	struct delivery d = { .run = run, .res = res, .p = p, .ctx = ctx };
	bool ok = true;

	if (!run_serves(run, p->id))
		;
	else if (stop_is_set(run->cfg->home, p->id))
		res->waiting++;
	else if (!partner_is_remote(p))
		ok = deliver_outbox(&d, err);
	else if (!run->offline)
		ok = deliver_remote(&d, err);
	mem_free(ctx);
	return ok || oms_context(err, "deliver to %s", p->id);
}

/* The partners with documents to go, by id. */
static bool
load_partners(struct run *run, mem_ctx *ctx, char ***ret, size_t *ret_count,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DOCUMENT_PARTNERS, err);
	char **id = NULL;
	size_t count = 0, room = 0;

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		if (count == room) {
			room = room == 0 ? 16 : 2 * room;
			id = mem_resize(ctx, id, room * sizeof(*id));
		}
		id[count++] = col_dup(s, 0, ctx);
	}
	*ret = id;
	*ret_count = count;
	return err->code == OMS_OK;
}

/* What waits for a person is told every night, until somebody decides. */
static bool
note_standing(struct run *run, struct stage_result *res, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DOCUMENT_STANDING, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		partner_note(res, oms_code_of_name(col_text(s, 0)));
		res->waiting += col_int(s, 1);
	}
	return err->code == OMS_OK;
}

bool
stage_deliver(struct run *run, struct stage_result *res, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "deliver");
	char **id = NULL;
	size_t count = 0;
	bool ok = note_standing(run, res, err) &&
	    load_partners(run, ctx, &id, &count, err);

	for (size_t i = 0; ok && i < count; i++) {
		const struct partner *p = config_partner(run->cfg, id[i]);

		if (p != NULL) {
			ok = deliver_to(run, p, res, err);
			continue;
		}
		log_event(LOG_WARN_, "deliver",
		    "partner=%s event=partner.unknown: it has documents and "
		    "no configuration",
		    id[i]);
		partner_note(res, OMS_CONFIG);
		res->waiting++;
	}
	mem_free(ctx);
	return ok;
}
