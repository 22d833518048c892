/*
 * compare.h - are two databases equal, row by row?
 *
 * Both are read in the order of their keys, so the memory used does not grow
 * with them.  What differs is named by table and key; values are not told,
 * they may be a person's.
 */
#ifndef OMS_STORE_COMPARE_H
#define OMS_STORE_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* table "orders", key "1001", what "only in the first" or "label, stage" */
typedef void compare_fn(void *u, const char *table, const char *key,
    const char *what);

/* A column that may differ. */
struct compare_exempt {
	const char *table;
	const char *column;
};

/*
 * store_compare - every table of both.
 *
 * exempt   ends with a NULL table
 * each     is called for every row that differs
 * ret      how many do
 * errors   OMS_STORE_DAMAGED, OMS_CONFIG, OMS_IO: one of them cannot be read
 */
bool store_compare(const char *first, const char *second,
    const struct compare_exempt *exempt, compare_fn *each, void *u,
    int64_t *ret, struct oms_error *err) MUST_CHECK;

#endif
