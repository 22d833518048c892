/* watch.c - see watch.h. */

#include "pipeline/watch.h"

#include <string.h>

#include "base/config.h"
#include "base/count.h"
#include "base/num.h"
#include "base/str.h"
#include "pipeline/feed_watch.h"
#include "pipeline/finding.h"
#include "store/stmt.h"

#define US_PER_S INT64_C(1000000)

enum { NAME_SHOWN_BYTES = 80 };

static bool
watch_feed(struct run *run, const struct zone *z, const struct partner *p,
    const struct feed *f, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "feed");
	struct feed_view view;
	bool ok = feed_watch(ctx, run->db, z, p, f, run->now_us, &view, err);

	for (size_t i = 0; ok && i < view.fault_count; i++) {
		struct finding finding = { .code = view.faults[i].code,
			.object = mem_printf(ctx, "%s.%s", p->id, f->name),
			.partner = p->id,
			.text = view.faults[i].text };

		ok = finding_raise(run, &finding, err);
	}
	mem_free(ctx);
	return ok;
}

static bool
watch_feeds(struct run *run, struct oms_error *err)
{
	struct zone *z = feed_zone(run->ctx, run->cfg, err);

	if (z == NULL)
		return false;
	for (size_t i = 0; i < run->cfg->partner_count; i++) {
		const struct partner *p = &run->cfg->partners[i];

		for (size_t n = 0; n < p->feed_count; n++)
			if (p->feeds[n].direction == FEED_IN &&
			    !watch_feed(run, z, p, &p->feeds[n], err))
				return false;
	}
	return true;
}

static bool
watch_stuck(void *u, const struct stuck_rule *rule, struct oms_error *err)
{
	struct run *run = u;
	struct stmt *s = stmt_begin(run->db, SQL_WATCH_STUCK, err);
	char object[80], text[300], ts[NUM_TS_BYTES];
	int64_t count, oldest_ts_us;

	if (s == NULL)
		return false;
	stmt_text(s, ":label", rule->label);
	stmt_int(s, ":before_us", run->now_us - rule->age_s * US_PER_S);
	if (!stmt_one(s, err))
		return false;
	count = col_int(s, 0);
	oldest_ts_us = col_int(s, 1);
	stmt_end(s);
	if (count == 0)
		return true;
	snprintf(object, sizeof(object), "%s %s", rule->label, rule->age);
	snprintf(text, sizeof(text),
	    "%lld order%s %s for longer than %s, the oldest since %s%s%s",
	    (long long)count, count == 1 ? " is" : "s are", rule->label,
	    rule->age, num_format_ts(oldest_ts_us, ts),
	    rule->queue[0] != '\0' ? "; for " : "", rule->queue);
	return finding_raise(run,
	    &(struct finding){ OMS_STUCK, object, "", text }, err);
}

/* ---- answers ------------------------------------------------------------- */

struct overdue {
	int64_t doc_id;
	int64_t open; /* of its items */
	char *object;
	char *partner;
	char *text;
};

enum { OVERDUE_MAX = 1000 }; /* in one run; the rest waits its turn */

static void
read_overdue(struct stmt *s, mem_ctx *ctx, struct overdue *o)
{
	bool is_capture = strcmp(col_text(s, 2), "payment.capture_request") ==
	    0;
	char ts[NUM_TS_BYTES];

	o->doc_id = col_int(s, 0);
	o->open = col_int(s, 5);
	o->partner = col_dup(s, 1, ctx);
	o->object = mem_printf(ctx, "document %lld", (long long)o->doc_id);
	o->text = mem_printf(ctx, "%lld %s%s of %s, sent %s, %s no answer",
	    (long long)o->open, is_capture ? "charge" : "shipment",
	    o->open == 1 ? "" : "s",
	    str_show(ctx, col_text(s, 3), NAME_SHOWN_BYTES),
	    num_format_ts(col_int(s, 4), ts), o->open == 1 ? "has" : "have");
}

static bool
set_answered(struct run *run, int64_t doc_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_WATCH_ANSWERED, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":doc_id", doc_id);
	return stmt_run(s, NULL, err);
}

static bool
watch_answers(struct run *run, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "answers");
	struct overdue *all = mem_array(ctx, struct overdue, OVERDUE_MAX);
	struct stmt *s = stmt_begin(run->db, SQL_WATCH_ANSWERS, err);
	size_t count = 0;
	bool ok = s != NULL;

	if (ok)
		stmt_int(s, ":ts_us", run->now_us);
	while (ok && count < OVERDUE_MAX && stmt_next(s, err))
		read_overdue(s, ctx, &all[count++]);
	if (ok)
		stmt_end(s);
	ok = ok && err->code == OMS_OK;
	for (size_t i = 0; ok && i < count; i++)
		ok = all[i].open == 0
		    ? set_answered(run, all[i].doc_id, err)
		    : finding_raise(run,
			  &(struct finding){ OMS_ANSWER, all[i].object,
			      all[i].partner, all[i].text },
			  err);
	mem_free(ctx);
	return ok;
}

static bool
watch_uncertain(struct run *run, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "uncertain");
	struct stmt *s = stmt_begin(run->db, SQL_WATCH_UNCERTAIN, err);
	bool ok = s != NULL;

	while (ok && stmt_next(s, err))
		ok = finding_raise(run,
		    &(struct finding){ OMS_UNCERTAIN,
			mem_printf(ctx, "document %lld",
			    (long long)col_int(s, 0)),
			col_text(s, 1),
			mem_printf(ctx, "%s may or may not have reached them",
			    str_show(ctx, col_text(s, 2), NAME_SHOWN_BYTES)) },
		    err);
	mem_free(ctx);
	return ok && err->code == OMS_OK;
}

/* ---- EDI ----------------------------------------------------------------- */

static bool
watch_edi_overdue(struct run *run, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "overdue");
	struct stmt *s = stmt_begin(run->db, SQL_EDI_WATCH_OVERDUE, err);
	char ts[NUM_TS_BYTES];
	bool ok = s != NULL;

	if (ok) {
		stmt_int(s, ":ts_us", run->now_us);
		stmt_int(s, ":rows", OVERDUE_MAX);
	}
	while (ok && stmt_next(s, err))
		ok = finding_raise(run,
		    &(struct finding){ OMS_EDI_OVERDUE,
			mem_printf(ctx, "document %lld",
			    (long long)col_int(s, 0)),
			col_text(s, 1),
			mem_printf(ctx,
			    "%s, interchange %lld: the %s was due %s",
			    str_show(ctx, col_text(s, 2), NAME_SHOWN_BYTES),
			    (long long)col_int(s, 5), col_text(s, 4),
			    num_format_ts(col_int(s, 3), ts)) },
		    err);
	mem_free(ctx);
	return ok && err->code == OMS_OK;
}

static const char *
refused_text(mem_ctx *ctx, struct stmt *s)
{
	const char *name = str_show(ctx, col_text(s, 2), NAME_SHOWN_BYTES);

	if (col_int(s, 5) == 0)
		return mem_printf(ctx, "%s, interchange %lld, is refused", name,
		    (long long)col_int(s, 3));
	return mem_printf(ctx,
	    "%s, interchange %lld: %lld of %lld sets are refused", name,
	    (long long)col_int(s, 3), (long long)col_int(s, 4),
	    (long long)col_int(s, 5));
}

static bool
watch_edi_refused(struct run *run, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "refused");
	struct stmt *s = stmt_begin(run->db, SQL_EDI_WATCH_REFUSED, err);
	bool ok = s != NULL;

	if (ok)
		stmt_int(s, ":rows", OVERDUE_MAX);
	while (ok && stmt_next(s, err))
		ok = finding_raise(run,
		    &(struct finding){ OMS_EDI_REFUSED,
			mem_printf(ctx, "document %lld",
			    (long long)col_int(s, 0)),
			col_text(s, 1), refused_text(ctx, s) },
		    err);
	mem_free(ctx);
	return ok && err->code == OMS_OK;
}

bool
watch_all(struct run *run, struct oms_error *err)
{
	static const enum oms_code codes[] = { OMS_FEED_LATE, OMS_FEED_MISSING,
		OMS_FEED_SMALL, OMS_FEED_EMPTY, OMS_FEED_GAP, OMS_STUCK,
		OMS_ANSWER, OMS_EDI_OVERDUE, OMS_EDI_REFUSED, OMS_UNCERTAIN,
		OMS_JOURNAL };

	if (!watch_feeds(run, err) ||
	    !config_each_stuck(run->cfg, watch_stuck, run, err) ||
	    !watch_answers(run, err) || !watch_edi_overdue(run, err) ||
	    !watch_edi_refused(run, err) || !watch_uncertain(run, err) ||
	    !finding_adopt(run, OMS_JOURNAL, err))
		return false;
	for (size_t i = 0; i < COUNT(codes); i++)
		if (!finding_settle(run, codes[i], err))
			return false;
	return true;
}
