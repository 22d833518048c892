/* feed_watch.c - see feed_watch.h. */

#include "pipeline/feed_watch.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pattern.h"
#include "base/str.h"
#include "store/stmt.h"

enum {
	MEDIAN_FILES_MIN = 3, /* fewer say nothing of what is usual */
	DAYS_BACK_MAX = 400,
	NUMBER_MAX_BYTES = 18,
	TEXT_MAX_BYTES = 1000,
	NAME_SHOWN_BYTES = 80
};

struct seen {
	const char *name;
	int64_t size_bytes;
	int64_t ts_us; /* last sent */
};

struct looking {
	mem_ctx *ctx;
	const struct feed *feed;
	const struct zone *zone;
	int64_t now_us;
	int64_t since_us;                  /* nobody looked before */
	struct seen files[FEED_FILES_MAX]; /* the newest first */
	size_t count;
	bool is_empty; /* the newest was read and has no record */
	struct feed_view *view;
};

struct zone *
feed_zone(mem_ctx *ctx, const struct config *cfg, struct oms_error *err)
{
	const struct job *nightly = config_job(cfg, "nightly");

	return zone_load(ctx,
	    cfg->monitor_zone[0] != '\0' ? cfg->monitor_zone
		: nightly != NULL        ? nightly->zone
					 : "UTC",
	    err);
}

static void PRINTF(3, 4)
    tell(struct looking *l, enum oms_code code, const char *fmt, ...)
{
	struct feed_view *v = l->view;
	char text[TEXT_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->faults[v->fault_count++] = (struct feed_fault){ code,
		mem_strdup(l->ctx, text) };
}

/* ---- the time ------------------------------------------------------------ */

/* The end of the newest span that began at or before a moment and, with
 * is_over, has ended; its beginning in *ret_from_us.  0: there is none. */
static int64_t
span_before(const struct looking *l, const struct zone_span *span,
    int64_t ts_us, bool is_over, int64_t *ret_from_us)
{
	int64_t today = zone_day(l->zone, ts_us, NULL);

	for (int64_t day = today; day > today - DAYS_BACK_MAX; day--) {
		int64_t from_us = zone_ts_us(l->zone, day, span->from_s);
		int64_t to_us = zone_ts_us(l->zone, day + span->to_s / 86400,
		    span->to_s % 86400);

		if ((span->days & 1U << zone_weekday(day)) == 0 ||
		    (is_over ? to_us : from_us) > ts_us)
			continue;
		*ret_from_us = from_us;
		return to_us;
	}
	return 0;
}

/* By when the next one is to come: the end of the first span that is not
 * over, unless its file is here already. */
static int64_t
next_end(const struct looking *l, const struct zone_span *span)
{
	int64_t today = zone_day(l->zone, l->now_us, NULL) - 1;

	for (int64_t day = today; day < today + DAYS_BACK_MAX; day++) {
		int64_t from_us = zone_ts_us(l->zone, day, span->from_s);
		int64_t to_us = zone_ts_us(l->zone, day + span->to_s / 86400,
		    span->to_s % 86400);

		if ((span->days & 1U << zone_weekday(day)) != 0 &&
		    to_us > l->now_us && l->view->last_ts_us < from_us)
			return to_us;
	}
	return 0;
}

static void
look_at_time(struct looking *l)
{
	char end[ZONE_TIME_BYTES], last[ZONE_TIME_BYTES] = "never";
	struct oms_error ignored = NO_ERROR; /* checked with the rest */
	int64_t from_us, earlier_from_us, to_us;
	struct zone_span span;
	bool is_second;

	if (l->feed->expect[0] == '\0' ||
	    !zone_parse_span(l->feed->expect, &span, &ignored))
		return;
	l->view->expected_ts_us = next_end(l, &span);
	to_us = span_before(l, &span, l->now_us, true, &from_us);
	if (to_us == 0 || from_us < l->since_us ||
	    l->view->last_ts_us >= from_us)
		return;
	is_second = span_before(l, &span, from_us - 1, false,
			&earlier_from_us) != 0 &&
	    earlier_from_us >= l->since_us &&
	    l->view->last_ts_us < earlier_from_us;
	if (l->view->last_ts_us != 0)
		zone_format(l->zone, l->view->last_ts_us, last);
	tell(l, is_second ? OMS_FEED_MISSING : OMS_FEED_LATE,
	    "a file was due by %s, the last came %s%s",
	    zone_format(l->zone, to_us, end), last,
	    is_second ? "; it is not the first that did not come" : "");
}

/* ---- the size ------------------------------------------------------------ */

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t
median(const struct looking *l)
{
	int64_t sizes[FEED_MEDIAN_FILES];
	size_t n = 0;

	for (size_t i = 1; i < l->count && n < FEED_MEDIAN_FILES; i++)
		sizes[n++] = l->files[i].size_bytes;
	if (n < MEDIAN_FILES_MIN)
		return 0;
	qsort(sizes, n, sizeof(sizes[0]), by_value);
	return n % 2 == 1 ? sizes[n / 2]
			  : (sizes[n / 2 - 1] + sizes[n / 2]) / 2;
}

static void
look_at_size(struct looking *l)
{
	int64_t percent = l->feed->min_size_percent;
	struct feed_view *v = l->view;
	const char *name = str_show(l->ctx, v->name, NAME_SHOWN_BYTES);

	if (l->is_empty && !l->feed->allow_empty)
		tell(l, OMS_FEED_EMPTY, "%s holds no record", name);
	v->median_bytes = median(l);
	if (v->median_bytes > 0 &&
	    v->size_bytes < num_muldiv(v->median_bytes, percent, 100))
		tell(l, OMS_FEED_SMALL,
		    "%s has %lld bytes, less than %lld%% of the usual %lld",
		    name, (long long)v->size_bytes, (long long)percent,
		    (long long)v->median_bytes);
}

/* ---- the numbers --------------------------------------------------------- */

static size_t
numbers(struct looking *l, int64_t ret[FEED_FILES_MAX])
{
	struct oms_error ignored = NO_ERROR;
	struct pattern *p = pattern_new(l->ctx, l->feed->sequence, &ignored);
	size_t n = 0;

	for (size_t i = 0; p != NULL && i < l->count; i++) {
		char digits[NUMBER_MAX_BYTES + 1];
		size_t at, len;
		bool fits;

		ignored = NO_ERROR;
		if (!pattern_group(p, l->files[i].name, &fits, &at, &len,
			&ignored) ||
		    !fits || len == 0 || len > NUMBER_MAX_BYTES)
			continue;
		snprintf(digits, sizeof(digits), "%.*s", (int)len,
		    l->files[i].name + at);
		n += num_parse_int(digits, 0, INT64_MAX - 1, &ret[n], &ignored);
	}
	qsort(ret, n, sizeof(ret[0]), by_value);
	return n;
}

static void
look_at_numbers(struct looking *l)
{
	int64_t n[FEED_FILES_MAX];
	size_t count, gaps = 0;
	struct sbuf text;

	if (l->feed->sequence[0] == '\0')
		return;
	count = numbers(l, n);
	sbuf_init(&text, l->ctx, TEXT_MAX_BYTES);
	for (size_t i = 1; i < count; i++) {
		if (n[i] - n[i - 1] <= 1 || ++gaps > FEED_GAPS_TOLD)
			continue;
		sbuf_addf(&text, "%s%lld", gaps > 1 ? ", " : "",
		    (long long)n[i - 1] + 1);
		if (n[i] - n[i - 1] > 2)
			sbuf_addf(&text, "-%lld", (long long)n[i] - 1);
	}
	if (gaps > 0)
		tell(l, OMS_FEED_GAP, "of %lld to %lld there is no %s%s",
		    (long long)n[0], (long long)n[count - 1], text.p,
		    gaps > FEED_GAPS_TOLD ? " and more" : "");
}

/* ---- all of it ----------------------------------------------------------- */

static bool
load_files(struct looking *l, struct db *db, struct oms_error *err)
{
	struct feed_view *v = l->view;
	struct stmt *s = stmt_begin(db, SQL_WATCH_FEED_FILES, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", v->partner);
	stmt_text(s, ":feed", v->feed);
	stmt_int(s, ":rows", FEED_FILES_MAX);
	while (stmt_next(s, err) && l->count < FEED_FILES_MAX) {
		struct seen *f = &l->files[l->count++];

		f->name = col_dup(s, 1, l->ctx);
		f->size_bytes = col_int(s, 2);
		f->ts_us = col_int(s, 5);
		if (f->ts_us > v->last_ts_us)
			v->last_ts_us = f->ts_us;
		if (l->count > 1)
			continue;
		v->file_id = col_int(s, 0);
		v->name = f->name;
		v->size_bytes = f->size_bytes;
		l->is_empty = strcmp(col_text(s, 3), "ingested") == 0 &&
		    col_int(s, 4) == 0;
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
load_since(struct looking *l, struct db *db, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_WATCH_SINCE, err);

	if (s == NULL || !stmt_one(s, err))
		return false;
	l->since_us = col_int(s, 0);
	stmt_end(s);
	return true;
}

/* "feed.late" is shown as "late". */
static const char *
state_of(const struct feed_view *v)
{
	if (v->fault_count > 0)
		return strchr(oms_code_name(v->faults[0].code), '.') + 1;
	return v->file_id == 0 ? "new" : "ok";
}

bool
feed_watch(mem_ctx *ctx, struct db *db, const struct zone *z,
    const struct partner *p, const struct feed *f, int64_t now_us,
    struct feed_view *ret, struct oms_error *err)
{
	struct looking l = { .ctx = ctx,
		.feed = f,
		.zone = z,
		.now_us = now_us,
		.view = ret };

	*ret = (struct feed_view){ .partner = p->id,
		.feed = f->name,
		.name = "" };
	if (!load_since(&l, db, err) || !load_files(&l, db, err))
		return false;
	look_at_time(&l);
	if (ret->file_id != 0) {
		look_at_size(&l);
		look_at_numbers(&l);
	}
	ret->state = state_of(ret);
	return true;
}
