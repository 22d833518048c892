/* cmd_feeds.c - oms feeds: do partners' files come as they should? */

#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/partner_row.h"
#include "pipeline/feed_watch.h"

static bool
show_feed(struct out *o, const struct run *run, const struct zone *z,
    const struct partner *p, const struct feed *f, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "feed");
	struct feed_view v;
	bool ok = feed_watch(row, run->db, z, p, f, clock_now_us(), &v, err);

	if (ok) {
		out_row(o);
		out_text(o, "id", mem_printf(row, "%s.%s", p->id, f->name));
		out_text(o, "feed", mem_printf(row, "%s.%s", p->id, f->name));
		out_text(o, "state", v.state);
		out_text(o, "code",
		    v.fault_count > 0 ? oms_code_name(v.faults[0].code) : "");
		out_text(o, "partner", p->id);
		out_int(o, "file_id", v.file_id);
		out_text(o, "name", v.name);
		out_ts(o, "last_ts_us", v.last_ts_us);
		out_int(o, "size_bytes", v.size_bytes);
		out_int(o, "median_bytes", v.median_bytes);
		out_ts(o, "expected_ts_us", v.expected_ts_us);
		out_text(o, "message",
		    v.fault_count > 0 ? v.faults[0].text : "");
		out_row_end(o);
	}
	mem_free(row);
	return ok;
}

static bool
show_partner(struct out *o, const struct run *run, const struct zone *z,
    const struct partner *p, struct oms_error *err)
{
	for (size_t i = 0; i < p->feed_count; i++)
		if (p->feeds[i].direction == FEED_IN &&
		    !show_feed(o, run, z, p, &p->feeds[i], err))
			return false;
	return true;
}

enum exit_code
cmd_feeds(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	const char *only = cli_opt(c, "partner");
	const struct config *cfg = config_load(c->ctx, c->home, &err);
	struct zone *z = cfg != NULL ? feed_zone(c->ctx, cfg, &err) : NULL;
	struct run *run = z != NULL ? cli_open(c, &err) : NULL;
	struct out *o;
	bool ok = true;

	if (run == NULL ||
	    (only != NULL && partner_named(cfg, only, &err) == NULL))
		return cli_fail(c, &err);
	o = out_open(c, "feed",
	    "feed state last_ts_us size_bytes median_bytes expected_ts_us "
	    "name message*");
	for (size_t i = 0; ok && i < cfg->partner_count; i++)
		if (only == NULL || strcmp(cfg->partners[i].id, only) == 0)
			ok = show_partner(o, run, z, &cfg->partners[i], &err);
	out_say_none(c, out_close(o));
	return ok ? EXIT_OK : cli_fail(c, &err);
}
