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
	int rank;           /* reference 1, orders 2, confirmations 3 */
	const char *schema; /* in schemas/, e.g. "csv/stock.csv" */
	ingest_fn *ingest;  /* FEED_IN */
	const char *what;   /* one line for people */
};

extern const struct feed_type feed_types[];
extern const size_t feed_type_count;

/* NULL when there is none of that name. */
const struct feed_type *feed_type_of(const char *name);

#endif
