/*
 * home.h - a home made by hand, for tests of stages: a database, a small
 * configuration and a few orders.
 *
 *	home_exec(h, "...")           change the database behind oms's back
 *	ASSERT_SQL(h, "...", want)    the rows, columns by |, rows by ;
 *	home_order(h, 7, "A*2 B*1")   order 7 wants two of A and one of B
 */
#ifndef OMS_TESTS_HOME_H
#define OMS_TESTS_HOME_H

#include "tests/unit/testing.h"
#include "tests/unit/order_columns.h"

#include <sqlite3.h>

#include "base/config.h"
#include "pipeline/stage.h"
#include "store/db.h"

struct home {
	mem_ctx *ctx;
	char *dir;
	struct config cfg;
	struct run run;
	struct stage_result res;
	sqlite3 *sql; /* a connection of the test's own */
};

#define HOME_NOW_US INT64_C(1774663200000000) /* 2026-03-28T02:00:00Z */
#define HOUR_US     INT64_C(3600000000)

static inline void
home_close(void *p)
{
	sqlite3_close(((struct home *)p)->sql);
}

static inline void
home_exec(struct home *h, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(h->sql, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", why, sql);
}

/* Is it refused by the database?  The reason is compared. */
static inline void
home_refuses(struct home *h, const char *sql, const char *reason)
{
	char *why = NULL;

	assert_int_not_equal(sqlite3_exec(h->sql, sql, NULL, NULL, &why),
	    SQLITE_OK);
	if (strstr(why, reason) == NULL)
		fail_msg("\"%s\" is not \"%s\"", why, reason);
	sqlite3_free(why);
}

static inline int
home_row(void *u, int n, char **value, char **name)
{
	char **got = u;

	(void)name;
	for (int i = 0; i < n; i++) {
		char *more = mem_printf(mem_parent(*got), "%s%s%s", *got,
		    i > 0               ? "|"
			: **got != '\0' ? ";"
					: "",
		    value[i] != NULL ? value[i] : "NULL");

		mem_free(*got);
		*got = more;
	}
	return 0;
}

static inline void
home_expect(struct home *h, const char *sql, const char *want)
{
	mem_ctx *ctx = mem_ctx_new(h->ctx, "rows");
	char *got = mem_strdup(ctx, ""), *why = NULL;

	if (sqlite3_exec(h->sql, sql, home_row, &got, &why) != SQLITE_OK)
		fail_msg("%s: %s", why, sql);
	assert_string_equal(got, want);
	mem_free(ctx);
}

/* A macro, so that a failure names the line of the test. */
#define ASSERT_SQL(h, sql, want) home_expect((h), (sql), (want))

static inline struct home *
home_new(mem_ctx *ctx)
{
	struct home *h = mem_new(ctx, struct home);
	char *path;

	h->ctx = ctx;
	h->dir = testing_tmpdir(ctx);
	h->cfg = (struct config){ .home = h->dir,
		.payment_total = mem_strdup(ctx, "report"),
		.shipping_charge = mem_strdup(ctx, "first"),
		.max_splits = 3,
		.scarcity_weight = 3,
		.distance_weight = 1,
		.split_lines = true,
		.dirty_s = 86400,
		.batch_orders = 2 };
	h->run = (struct run){ .ctx = ctx,
		.cfg = &h->cfg,
		.run_id = 1,
		.now_us = HOME_NOW_US,
		.window = "2026-03-28",
		.actor = "run:1" };
	ASSERT_OK(h->run.db = db_open(ctx, h->dir, DB_CREATE, 8 << 20, ERR));
	path = mem_printf(ctx, "%s/oms.db", h->dir);
	assert_int_equal(sqlite3_open(path, &h->sql), SQLITE_OK);
	mem_on_free(h, home_close);
	home_exec(h,
	    "PRAGMA foreign_keys = ON;"
	    "INSERT INTO file (file_id, partner, feed, type, name, sha256,"
	    " size_bytes, state, received_ts_us)"
	    " VALUES (1, 'shop', 'orders', 'sfcc.order', 'a.xml', 'x', 1,"
	    " 'ingested', 0);");
	return h;
}

/* A stage on a home: what it did is in h->res. */
static inline void
home_run(struct home *h, stage_fn *stage)
{
	struct oms_error err = NO_ERROR;

	h->res = (struct stage_result){ 0 };
	if (!stage(&h->run, &h->res, &err))
		fail_msg("stage: %s", err.reason);
}

static inline void
home_product(struct home *h, const char *sku, int weight_g,
    const char *shortage)
{
	home_exec(h,
	    mem_printf(h->ctx,
		"INSERT INTO product (sku, name, weight_g, shortage, active)"
		" VALUES ('%s', '%s', %d, '%s', 1);",
		sku, sku, weight_g, shortage));
}

static inline void
home_node(struct home *h, const char *node, const char *no_inventory)
{
	home_exec(h,
	    mem_printf(h->ctx,
		"INSERT INTO ship_node (node, name, partner, node_group,"
		" country, no_inventory, lead_s, open)"
		" VALUES ('%s', '%s', 'wms', 'own', 'GB', '%s', 0, 1);",
		node, node, no_inventory));
}

static inline void
home_stock(struct home *h, const char *sku, const char *node, int on_hand)
{
	home_exec(h,
	    mem_printf(h->ctx,
		"INSERT INTO stock (sku, node, on_hand_qty, counted_ts_us)"
		" VALUES ('%s', '%s', %d, %lld);",
		sku, node, on_hand, (long long)(HOME_NOW_US - HOUR_US)));
}

static inline void
home_line(struct home *h, int order_id, int n, const char *sku, int qty,
    int status)
{
	home_exec(h,
	    mem_printf(h->ctx,
		"INSERT INTO order_line (order_id, line_no, group_no, sku,"
		" name, qty, net_minor, tax_minor, disc_net_minor,"
		" disc_tax_minor, ship_net_minor, ship_tax_minor, tax_rate,"
		" position) VALUES (%d, %d, 1, '%s', '%s', %d, 1000, 200, 0,"
		" 0, 0, 0, '0.2', '%d');"
		"INSERT INTO part (order_id, part_no, line_no, qty, status)"
		" VALUES (%d, %d, %d, %d, %d);",
		order_id, n, sku, sku, qty, n, order_id, n, n, qty, status));
}

/*
 * An order as ingest leaves it, faultless, of one customer each.
 *
 * lines  "SKU*QTY ...", one part a line
 * stage  1: parts 1100; 2: parts 1200
 */
static inline void
home_order_at(struct home *h, int order_id, const char *lines, int stage)
{
	int status = stage == 1 ? 1100 : 1200, n = 0, qty, used;
	char sku[40];

	home_exec(h,
	    mem_printf(h->ctx,
		"INSERT INTO orders (" ORDER_COLUMNS
		") VALUES (%d, 'N-%d', 'web', 'shop', 1,"
		" 'c%d', 1, %d, 'GBP', 'net', 'c%d', 'c%d', 'Ann Lee', '',"
		" %lld, %lld, %lld, 5, 1200, 200, 'b%d', 'NEW', 'PAID', '',"
		" '', 0, %d, 0, %d, %d, '', '');",
		order_id, order_id, order_id, order_id, order_id, order_id,
		(long long)(HOME_NOW_US - 48 * HOUR_US + order_id),
		(long long)HOME_NOW_US,
		(long long)(HOME_NOW_US + 24 * HOUR_US + order_id), order_id,
		stage, status, status));
	home_exec(h,
	    mem_printf(h->ctx,
		"INSERT INTO ship_group VALUES (%d, 1, 'sh1', 'standard',"
		" 'Ann Lee', '', '1 High Street', '', 'Leeds', 'LS1 4AP', '',"
		" 'GB', '', '', 0, 0);"
		"INSERT INTO payment (order_id, n, tender, method,"
		" amount_minor, authorised, captured, transaction_id,"
		" processor) VALUES (%d, 1, 'card', 'VISA', 1200, 1, 0, 't%d',"
		" 'psp');",
		order_id, order_id, order_id));
	while (sscanf(lines, "%39[^*]*%d%n ", sku, &qty, &used) == 2) {
		home_line(h, order_id, ++n, sku, qty, status);
		lines += used;
		lines += strspn(lines, " ");
	}
}

#endif
