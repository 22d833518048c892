/*
 * feed_type.h - every kind of document oms reads or writes, in one table.
 */
#ifndef OMS_PIPELINE_FEED_TYPE_H
#define OMS_PIPELINE_FEED_TYPE_H

#include "base/config.h"
#include "pipeline/ingest.h"

/* In the order they are read: what others depend on comes first. */
struct feed_type {
	const char *name; /* "ref.stock" */
	enum feed_direction direction;
	int rank;           /* reference 1, stock 2, orders 3, answers 4, 5 */
	const char *schema; /* in schemas/, e.g. "csv/stock.csv" */
	ingest_fn *ingest;  /* FEED_IN */
	const char *what;   /* one line for people */
	/* FEED_OUT: `format` may be, parted by blanks; NULL: it has one form
	   and `format` is not looked at, but for EDI. */
	const char *formats;
};

extern const struct feed_type feed_types[];
extern const size_t feed_type_count;

/* NULL when there is none of that name. */
const struct feed_type *feed_type_of(const char *name);

/*
 * feed_fault - what is wrong with the type of a feed, with file and line.
 *
 * The keys are right, or the configuration would not have been loaded; but
 * what comes by a feed of an unknown type would wait for ever, and so would
 * answers in EDI that no feed takes out.
 *
 * ret  into ctx; NULL when it is a type of that direction and format
 */
char *feed_fault(mem_ctx *ctx, const struct config *cfg, const struct feed *f);

/*
 * feed_check_types - has every feed of every partner a type of ours?
 *
 * errors  OMS_CONFIG  the first that has not
 */
bool feed_check_types(const struct config *cfg,
    struct oms_error *err) MUST_CHECK;

#endif
