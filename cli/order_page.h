/*
 * order_page.h - an order as support staff read it: where it is, and why.
 */
#ifndef OMS_CLI_ORDER_PAGE_H
#define OMS_CLI_ORDER_PAGE_H

#include "cli/cli.h"

struct stmt;

/*
 * order_lookup - the one order of a number.
 *
 * The statement holds the row of SQL_CLI_ORDER_BY_NO.
 *
 * channel  NULL any
 * errors   OMS_USAGE  there is none, or one in each of several channels
 */
struct stmt *order_lookup(const struct run *run, const char *order_no,
    const char *channel, int64_t *ret_order_id,
    struct oms_error *err) MUST_CHECK;

/* The order in one JSON object, or as a page. */
bool order_show_json(struct cli *c, const struct run *run, struct stmt *head,
    int64_t order_id, struct oms_error *err) MUST_CHECK;
bool order_show_text(struct cli *c, const struct run *run, struct stmt *head,
    int64_t order_id, struct oms_error *err) MUST_CHECK;

#endif
