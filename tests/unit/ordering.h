/*
 * ordering.h - a home with orders made by hand, for tests of the stages.
 *
 *	struct ordering *o = ordering_new(*state);
 *	order_add(o, 1, "EUR", 2500, 500);
 *	...
 *	ASSERT_OK(stage_bill(&o->run, &o->res, ERR));
 *	assert_int_equal(ask(o, "SELECT COUNT(*) FROM invoice"), 1);
 *
 * The rows are written and looked at through a second connection, so that
 * the tests see what was committed and nothing else.
 */
#ifndef OMS_TESTS_ORDERING_H
#define OMS_TESTS_ORDERING_H

#include "tests/unit/testing.h"

#include <sqlite3.h>

#include "pipeline/stage.h"
#include "store/db.h"

#define NOW_US INT64_C(1774663200000000) /* 2026-03-28T02:00:00Z */

struct ordering {
	struct config cfg;
	struct run run;
	struct stage_result res;
	sqlite3 *raw;
	int64_t parts; /* part numbers given */
};

static inline void
ordering_close(void *p)
{
	sqlite3_close(((struct ordering *)p)->raw);
}

static inline void __attribute__((format(printf, 2, 3)))
sql(struct ordering *o, const char *fmt, ...)
{
	char text[2000], *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (sqlite3_exec(o->raw, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
}

/* The first column of the first row, as text in a static buffer. */
static inline const char *
ask_text(struct ordering *o, const char *query)
{
	static char text[600];
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(o->raw, query, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", query, sqlite3_errmsg(o->raw));
	text[0] = '\0';
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0) != NULL)
		snprintf(text, sizeof(text), "%s",
		    (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return text;
}

static inline int64_t __attribute__((format(printf, 2, 3)))
ask(struct ordering *o, const char *fmt, ...)
{
	char text[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return strtoll(ask_text(o, text), NULL, 10);
}

static inline struct ordering *
ordering_new(mem_ctx *ctx)
{
	struct ordering *o = mem_new(ctx, struct ordering);
	char *home = testing_tmpdir(ctx);

	o->cfg.home = home;
	o->cfg.invoice_prefix = mem_strdup(ctx, "INV-");
	o->cfg.credit_prefix = mem_strdup(ctx, "CN-");
	o->cfg.shipping_charge = mem_strdup(ctx, "first");
	o->cfg.batch_orders = 1000;
	o->run.ctx = ctx;
	o->run.cfg = &o->cfg;
	o->run.now_us = NOW_US;
	o->run.window = "2026-03-28";
	o->run.actor = "run:1";
	o->run.run_id = 1;
	testing_err = NO_ERROR;
	o->run.db = db_open(ctx, home, DB_CREATE, 8 << 20, ERR);
	if (o->run.db == NULL)
		fail_msg("%s", testing_err.reason);
	assert_int_equal(
	    sqlite3_open(mem_printf(ctx, "%s/oms.db", home), &o->raw),
	    SQLITE_OK);
	mem_on_free(o, ordering_close);
	sql(o,
	    "PRAGMA synchronous = OFF;"
	    "INSERT INTO file (file_id, partner, feed, type, name, sha256,"
	    " size_bytes, state, received_ts_us) VALUES"
	    " (1, 'sfcc', 'sfcc.orders', 'sfcc.order', 'o.xml', 'x', 1,"
	    " 'ingested', 0);"
	    "INSERT INTO ship_node VALUES ('EAST', 'East', 'wms-east', '',"
	    " 'US', 'zero', 3600, 1);");
	return o;
}

/* An order of customer C<id mod 10>, accepted, with one group US to 1. */
static inline void
order_add(struct ordering *o, int64_t id, const char *currency,
    int64_t total_minor, int64_t tax_minor)
{
	sql(o,
	    "INSERT INTO orders (order_id, order_no, channel, partner,"
	    " content_hash, file_id, record_no, currency, taxation,"
	    " customer_key, customer_no, customer_name, customer_email,"
	    " order_ts_us, received_ts_us, ship_by_ts_us, total_minor,"
	    " tax_minor, basket_hash, shop_status, payment_status, recon,"
	    " incomplete, ship_complete, stage, touched, status_min,"
	    " status_max, label) VALUES (%lld, 'O%lld', 'web', 'sfcc', '', 1,"
	    " %lld, '%s', 'net', 'C%lld', '', '', '', 0, 0, 0, %lld, %lld,"
	    " '', '', '', '', '', 0, 0, 0, 3200, 3200, 'RELEASED')",
	    (long long)id, (long long)id, (long long)id, currency,
	    (long long)id % 10, (long long)total_minor, (long long)tax_minor);
}

static inline void
group_add(struct ordering *o, int64_t id, int group_no, int64_t net_minor,
    int64_t tax_minor)
{
	sql(o,
	    "INSERT INTO ship_group VALUES (%lld, %d, '', 'ground', 'N', '',"
	    " 'A', '', 'C', '10001', 'NY', 'US', '', 'US-1', %lld, %lld)",
	    (long long)id, group_no, (long long)net_minor,
	    (long long)tax_minor);
}

/* Net, tax, discount net, discount tax, shipping net, shipping tax. */
static inline void
line_add(struct ordering *o, int64_t id, int line_no, int group_no, int64_t qty,
    const int64_t minor[6])
{
	sql(o,
	    "INSERT INTO order_line VALUES (%lld, %d, %d, 'SKU-%d', '',"
	    " %lld, %lld, %lld, %lld, %lld, %lld, %lld, '0.2', '', 0)",
	    (long long)id, line_no, group_no, line_no, (long long)qty,
	    (long long)minor[0], (long long)minor[1], (long long)minor[2],
	    (long long)minor[3], (long long)minor[4], (long long)minor[5]);
}

static inline void
payment_add(struct ordering *o, int64_t id, int n, const char *tender,
    int64_t amount_minor, int captured)
{
	sql(o,
	    "INSERT INTO payment VALUES (%lld, %d, '%s', 'M', %lld, 1, %d,"
	    " 'T', 'P', 0)",
	    (long long)id, n, tender, (long long)amount_minor, captured);
}

/* A shipment to be billed, without lines; its key is S<n>. */
static inline void
shipment_add(struct ordering *o, int n, int64_t id, int group_no)
{
	sql(o,
	    "INSERT INTO release VALUES ('R%08d', %lld, %d, 'EAST', 1, 0);"
	    "INSERT INTO shipment (shipment_key, release_key, order_id,"
	    " group_no, node, stage, status, weight_g, value_minor) VALUES"
	    " ('S%08d', 'R%08d', %lld, %d, 'EAST', 4, 'PENDING', 1000, 0)",
	    n, (long long)id, group_no, n, n, (long long)id, group_no);
}

static inline void
ship_line(struct ordering *o, int n, int64_t id, int line_no, int64_t qty)
{
	int64_t part_no = ++o->parts;

	sql(o,
	    "INSERT INTO part (order_id, part_no, line_no, qty, status, node,"
	    " release_key, shipment_key) VALUES (%lld, %lld, %d, %lld, 3200,"
	    " 'EAST', 'R%08d', 'S%08d');"
	    "INSERT INTO shipment_line (shipment_key, order_id, part_no,"
	    " planned) VALUES ('S%08d', %lld, %lld, %lld)",
	    (long long)id, (long long)part_no, line_no, (long long)qty, n, n, n,
	    (long long)id, (long long)part_no, (long long)qty);
}

/* A person releases every open hold. */
static inline void
release_holds(struct ordering *o)
{
	sql(o,
	    "UPDATE hold SET state = 'resolved', resolved_by = 'anna',"
	    " resolved_ts_us = 1 WHERE state = 'open'");
}

#endif
