/*
 * feed_watch.h - do a feed's files come as they should?
 *
 * Looks at the newest files of a feed and at what its section expects: the
 * time, the size against the median, records in it, no gap in the numbers of
 * the names.  Only looks; watch.h makes findings of it.
 */
#ifndef OMS_PIPELINE_FEED_WATCH_H
#define OMS_PIPELINE_FEED_WATCH_H

#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "base/zone.h"
#include "pipeline/stage.h"

enum {
	FEED_FILES_MAX = 100, /* looked at */
	FEED_MEDIAN_FILES = 10,
	FEED_GAPS_TOLD = 20 /* ranges of missing numbers */
};

enum { FEED_FAULTS_MAX = 4 };

/* One thing that is not as expected, and the sentence that says so. */
struct feed_fault {
	enum oms_code code;
	const char *text;
};

struct feed_view {
	const char *partner;
	const char *feed;
	const char *state; /* ok new late missing empty small gap */
	int64_t file_id;   /* the last; 0 none */
	const char *name;
	int64_t last_ts_us;     /* when any of them was last sent; 0 never */
	int64_t size_bytes;     /* of the last */
	int64_t median_bytes;   /* of those before; 0 too few */
	int64_t expected_ts_us; /* by when the next is to come; 0 never */
	struct feed_fault faults[FEED_FAULTS_MAX]; /* the gravest first */
	size_t fault_count;
};

/* The zone that expectations are in; owned by ctx. */
struct zone *feed_zone(mem_ctx *ctx, const struct config *cfg,
    struct oms_error *err) MUST_CHECK;

/*
 * feed_watch - look at one feed.
 *
 * ctx     owner of the texts in ret
 * z       feed_zone()
 * now_us  the moment to judge by
 * errors  of the store
 */
bool feed_watch(mem_ctx *ctx, struct db *db, const struct zone *z,
    const struct partner *p, const struct feed *f, int64_t now_us,
    struct feed_view *ret, struct oms_error *err) MUST_CHECK;

#endif
