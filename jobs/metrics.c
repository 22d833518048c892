/* metrics.c - see metrics.h; the table first. */

#include "jobs/metrics.h"

#include <string.h>

#include "base/count.h"
#include "base/fs.h"
#include "base/log.h"
#include "pipeline/stop.h"
#include "store/stmt.h"

enum { LABELS_MAX = 2, FILE_MODE = 0644 };

/* What one statement says. */
struct metric {
	const char *name;
	const char *help;
	enum sql_id id;
	const char *labels[LABELS_MAX]; /* of its columns after the first */
	bool is_ms;                     /* shown in seconds */
};

/* clang-format off */
static const struct metric metrics[] = {
	{ "oms_run_last_success_timestamp_seconds",
	  "When a run of the job last ended well, or with items that wait for a person.",
	  SQL_METRICS_LAST_SUCCESS, { "job" }, false },
	{ "oms_run_exit_code", "The exit status of the job's last run.",
	  SQL_METRICS_EXIT_CODE, { "job" }, false },
	{ "oms_run_duration_seconds", "How long the job's last run took.",
	  SQL_METRICS_DURATION_MS, { "job" }, true },
	{ "oms_stage_items", "What each stage of the last run did.",
	  SQL_METRICS_STAGE_ITEMS, { "stage", "outcome" }, false },
	{ "oms_stage_duration_seconds", "How long each stage of the last run took.",
	  SQL_METRICS_STAGE_MS, { "stage" }, true },
	{ "oms_dead_letters", "Dead letters that are open, by code and age.",
	  SQL_METRICS_DEAD, { "code", "age" }, false },
	{ "oms_holds", "Holds that are open.",
	  SQL_METRICS_HOLDS, { "type" }, false },
	{ "oms_findings", "Findings that are open: what is not as it should be.",
	  SQL_METRICS_FINDINGS, { "code" }, false },
	{ "oms_documents_unsent", "Documents that are not at their partner yet.",
	  SQL_METRICS_DOCUMENTS, { "partner", "state" }, false },
};
/* clang-format on */

static void
head(struct sbuf *b, const char *name, const char *help)
{
	sbuf_addf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Text format: a label's value escapes backslash, quote and newline. */
static void
add_label(struct sbuf *b, const char *name, const char *value)
{
	sbuf_addf(b, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			sbuf_addc(b, '\\');
		if (*value == '\n')
			sbuf_adds(b, "\\n");
		else
			sbuf_addc(b, *value);
	}
	sbuf_addc(b, '"');
}

static void
add_value(struct sbuf *b, int64_t value, bool is_ms)
{
	if (is_ms)
		sbuf_addf(b, " %lld.%03d\n", (long long)value / 1000,
		    (int)(value % 1000));
	else
		sbuf_addf(b, " %lld\n", (long long)value);
}

static bool
write_metric(struct run *run, struct sbuf *b, const struct metric *m,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, m->id, err);

	if (s == NULL)
		return false;
	if (stmt_has(s, ":ts_us"))
		stmt_int(s, ":ts_us", run->now_us);
	head(b, m->name, m->help);
	while (stmt_next(s, err)) {
		sbuf_addf(b, "%s{", m->name);
		for (int i = 0; i < LABELS_MAX && m->labels[i] != NULL; i++) {
			if (i > 0)
				sbuf_addc(b, ',');
			add_label(b, m->labels[i], col_text(s, i + 1));
		}
		sbuf_addc(b, '}');
		add_value(b, col_int(s, 0), m->is_ms);
	}
	return err->code == OMS_OK;
}

/* The same that oms status shows as work in hand. */
static bool
write_backlog(struct run *run, struct sbuf *b, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_BACKLOG, err);

	if (s == NULL)
		return false;
	head(b, "oms_backlog", "What waits before each stage.");
	while (stmt_next(s, err)) {
		sbuf_adds(b, "oms_backlog{");
		add_label(b, "stage", col_text(s, 1));
		sbuf_addc(b, '}');
		add_value(b, col_int(s, 2), false);
	}
	return err->code == OMS_OK;
}

/* 1 unless it refused us, fails, or was stopped by a person. */
static bool
is_up(struct run *run, const char *partner, bool *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_PARTNER_STATE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", partner);
	*ret = !stmt_one(s, err) ||
	    (col_text(s, 0)[0] == '\0' && col_int(s, 2) == 0);
	stmt_end(s);
	*ret = *ret && !stop_is_set(run->cfg->home, partner);
	return err->code == OMS_OK;
}

static bool
write_partners(struct run *run, struct sbuf *b, struct oms_error *err)
{
	head(b, "oms_partner_up",
	    "0 when the partner refused us, cannot be reached or is stopped.");
	for (size_t i = 0; run->cfg != NULL && i < run->cfg->partner_count;
	     i++) {
		const char *id = run->cfg->partners[i].id;
		bool up;

		if (!is_up(run, id, &up, err))
			return false;
		sbuf_adds(b, "oms_partner_up{");
		add_label(b, "partner", id);
		sbuf_addf(b, "} %d\n", up);
	}
	return true;
}

static void
write_disk(struct run *run, struct sbuf *b, const char *home)
{
	char *wal = fs_path(run->ctx, home, "oms.db-wal");
	int64_t free_bytes = fs_free_bytes(home);

	if (free_bytes >= 0) {
		head(b, "oms_free_bytes",
		    "Free space of the home's file system.");
		sbuf_addf(b, "oms_free_bytes %lld\n", (long long)free_bytes);
	}
	head(b, "oms_wal_bytes", "Size of the database's write-ahead log.");
	sbuf_addf(b, "oms_wal_bytes %lld\n", (long long)fs_size_bytes(wal));
}

bool
metrics_write(struct run *run, struct sbuf *b, struct oms_error *err)
{
	for (size_t i = 0; i < COUNT(metrics); i++)
		if (!write_metric(run, b, &metrics[i], err))
			return false;
	if (!write_backlog(run, b, err) || !write_partners(run, b, err))
		return false;
	if (run->cfg != NULL)
		write_disk(run, b, run->cfg->home);
	return sbuf_ok(b) ||
	    oms_fail(err, OMS_LIMIT, "the figures take more than %d bytes",
		METRICS_MAX_BYTES);
}

void
metrics_leave(struct run *run)
{
	const char *path = run->cfg->metrics_file;
	struct oms_error err = NO_ERROR;
	struct sbuf b;

	if (path[0] == '\0' || run->offline)
		return;
	sbuf_init(&b, run->ctx, METRICS_MAX_BYTES);
	if (!metrics_write(run, &b, &err) ||
	    !fs_replace(path, b.p, b.len, FILE_MODE, &err))
		log_event(LOG_WARN_, "metrics", "event=not_written reason=%s",
		    err.reason);
}
