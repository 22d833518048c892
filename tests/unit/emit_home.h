/*
 * emit_home.h - a home whose orders are released, for tests of what leaves.
 *
 * What came out is asked for with emit_text(): one line a row, columns parted
 * by '|'.
 */
#ifndef OMS_TESTS_EMIT_HOME_H
#define OMS_TESTS_EMIT_HOME_H

#include <sys/stat.h>

#include "base/str.h"
#include "tests/unit/home.h"

enum { EMIT_PARTNERS_MAX = 8 };

static inline struct home *
emit_home(mem_ctx *ctx)
{
	static const char *const dirs[] = { "spool", "spool/tmp", "outbox" };
	struct home *h = home_new(ctx);

	h->cfg.batch_orders = 1000;
	h->cfg.partners = mem_array(ctx, struct partner, EMIT_PARTNERS_MAX);
	for (size_t i = 0; i < COUNT(dirs); i++)
		assert_int_equal(
		    mkdir(mem_printf(ctx, "%s/%s", h->dir, dirs[i]), 0700), 0);
	return h;
}

/* A partner with outgoing feeds; names in order, as the configuration has. */
static inline struct partner *
emit_partner(struct home *h, const char *id, const char *feed_type,
    const char *format)
{
	struct partner *p = NULL;
	struct feed *f;

	for (size_t i = 0; i < h->cfg.partner_count; i++)
		if (strcmp(h->cfg.partners[i].id, id) == 0)
			p = &h->cfg.partners[i];
	if (p == NULL)
		p = &h->cfg.partners[h->cfg.partner_count++];
	p->id = mem_strdup(h, id);
	p->transport = mem_strdup(h, "folder");
	p->path = mem_strdup(h, "");
	f = &p->feeds[p->feed_count++];
	f->name = mem_strdup(h, strchr(feed_type, '.') + 1);
	f->type = mem_strdup(h, feed_type);
	f->format = mem_strdup(h, format);
	f->direction = FEED_OUT;
	return p;
}

static inline char *
emit_text(struct home *h, const char *sql)
{
	sqlite3_stmt *s = NULL;
	struct sbuf b;

	sbuf_init(&b, h, 1 << 20);
	if (sqlite3_prepare_v2(h->sql, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s in: %s", sqlite3_errmsg(h->sql), sql);
	while (sqlite3_step(s) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(s); i++) {
			const char *t = (const char *)sqlite3_column_text(s, i);

			sbuf_addf(&b, "%s%s", i > 0 ? "|" : "",
			    t != NULL ? t : "NULL");
		}
		sbuf_addc(&b, '\n');
	}
	sqlite3_finalize(s);
	return b.p;
}

/* The bytes of a document, as deliver will find them. */
static inline char *
emit_file(struct home *h, const char *name)
{
	const char *sha = emit_text(h,
	    mem_printf(h, "SELECT sha256 FROM document WHERE name = '%s'",
		name));
	char *path = mem_printf(h, "%s/spool/blob/%.2s/%.64s", h->cfg.home, sha,
	    sha);
	char *p = mem_zero(h, 1 << 20, "file");
	FILE *f = fopen(path, "r");

	if (f == NULL)
		fail_msg("%s does not exist", path);
	p[fread(p, 1, (1 << 20) - 1, f)] = '\0';
	fclose(f);
	return p;
}

/*
 * Orders from..to, each with one destination, two lines (the second a kit),
 * a released part a line, a shipment at the stage given, its invoice of 119,
 * its payment and a capture that is due.
 */
static inline void
emit_orders(struct home *h, int from, int to, int shipment_stage)
{
	static const char *const sql[] = {
		"INSERT OR IGNORE INTO file (file_id, partner, feed, type, "
		"name,"
		" sha256, size_bytes, state, received_ts_us) VALUES (1, 'shop',"
		" 'orders', 'sfcc.order', 'o.xml', 'x', 1, 'ingested', 0)",
		"INSERT OR IGNORE INTO ship_node (node, name, partner, country,"
		" no_inventory, lead_s, open) VALUES"
		" ('WH-EAST', 'East', 'wms-east', 'DE', 'zero', 0, 1)",
		"INSERT INTO orders (order_id, order_no, channel, partner,"
		" content_hash, file_id, record_no, currency, taxation,"
		" customer_key, customer_no, customer_name, customer_email,"
		" order_ts_us, received_ts_us, ship_by_ts_us, total_minor,"
		" tax_minor, basket_hash, shop_status, payment_status, recon,"
		" incomplete, ship_complete, stage, touched, status_min,"
		" status_max, label) SELECT n, printf('%08d', n), 'web', "
		"'shop',"
		" '', 1, n, 'EUR', 'gross', 'c', 'c', 'Ann', 'a@example.org', "
		"0,"
		" 0, 0, 11900, 1900, '', 'NEW', 'NOT_PAID', '', '', 0, 0, 1,"
		" 3200, 3200, 'RELEASED' FROM seq",
		"INSERT INTO ship_group (order_id, group_no, shop_id, method,"
		" name, company, address1, address2, city, postal_code, state,"
		" country, phone, ship_net_minor, ship_tax_minor) SELECT n, 1,"
		" printf('ship%d', n), 'std', 'Ann & Bob', '', '1 Main St', '',"
		" 'Bonn', '53111', '', 'DE', '+49 228 1', 500, 95 FROM seq",
		"INSERT INTO order_line (order_id, line_no, group_no, sku, "
		"name,"
		" qty, net_minor, tax_minor, disc_net_minor, disc_tax_minor,"
		" ship_net_minor, ship_tax_minor, tax_rate, position) SELECT n,"
		" l, 1, 'SKU-' || l, 'Thing ' || l, 2, 5250, 998, -500, -95, 0,"
		" 0, '0.19', l FROM seq, (SELECT 1 AS l UNION SELECT 2)",
		"INSERT INTO kit_component SELECT n, 2, c, 'COMP-' || c, c"
		" FROM seq, (SELECT 1 AS c UNION SELECT 2)",
		"INSERT INTO part (order_id, part_no, line_no, qty, status, "
		"node,"
		" release_key, shipment_key) SELECT n, l, l, 2, 3200, "
		"'WH-EAST',"
		" printf('R%08d', n), printf('S%08d', n)"
		" FROM seq, (SELECT 1 AS l UNION SELECT 2)",
		"INSERT INTO payment (order_id, n, tender, method, "
		"amount_minor,"
		" authorised, captured, transaction_id, processor) SELECT n, 1,"
		" 'card', 'VISA', 11900, 1, 0, 'T' || n, 'psp' FROM seq",
		"INSERT INTO release SELECT printf('R%08d', n), n, 1, "
		"'WH-EAST',"
		" 1, 0 FROM seq",
		"INSERT INTO shipment (shipment_key, release_key, order_id,"
		" group_no, node, stage, status, carrier, service, "
		"service_kind,"
		" book_partner, rate_minor, weight_g, value_minor, "
		"promise_ts_us)"
		" SELECT printf('S%08d', n), printf('R%08d', n), n, 1, "
		"'WH-EAST',"
		" :stage, 'PENDING', 'SWIFT', 'DAY', 'courier', 'swift', 450,"
		" 1200, 11900, 1774749600000000 FROM seq",
		"INSERT INTO shipment_line (shipment_key, order_id, part_no,"
		" planned) SELECT printf('S%08d', n), n, l, 2"
		" FROM seq, (SELECT 1 AS l UNION SELECT 2)",
		"INSERT INTO invoice (invoice_no, kind, order_id, shipment_key,"
		" issued_ts_us, currency, goods_minor, discount_minor,"
		" shipping_minor, tax_minor, total_minor) SELECT"
		" printf('INV-%08d', n), 'invoice', n, printf('S%08d', n),"
		" 1774663200000000, 'EUR', 10500, -1000, 500, 1900, 11900"
		" FROM seq",
		"INSERT INTO invoice_line (invoice_no, n, line_no, sku, qty,"
		" net_minor, disc_minor, ship_minor, tax_minor, tax_rate) "
		"SELECT"
		" printf('INV-%08d', n), l, l, 'SKU-' || l, 2, 5250, -500, 0,"
		" 903, '0.19' FROM seq, (SELECT 1 AS l UNION SELECT 2)",
		"INSERT INTO invoice_line (invoice_no, n, line_no, sku, qty,"
		" net_minor, disc_minor, ship_minor, tax_minor, tax_rate) "
		"SELECT"
		" printf('INV-%08d', n), 3, 0, '', 1, 0, 0, 500, 94, '0.07'"
		" FROM seq",
		"INSERT INTO charge (charge_id, idem_key, kind, order_id,"
		" shipment_key, invoice_no, payment_n, amount_minor, currency,"
		" state, ts_us) SELECT n, printf('S%08d:charge:1:1', n),"
		" 'capture', n, printf('S%08d', n), printf('INV-%08d', n), 1,"
		" 11900, 'EUR', 'due', 0 FROM seq",
	};

	home_exec(h, "BEGIN");
	home_exec(h,
	    mem_printf(h,
		"CREATE TEMP TABLE seq AS WITH RECURSIVE s(n) AS (SELECT %d "
		"UNION ALL SELECT n + 1 FROM s WHERE n < %d) SELECT n FROM s",
		from, to));
	for (size_t i = 0; i < COUNT(sql); i++) {
		char *at = strstr(sql[i], ":stage");

		home_exec(h,
		    at == NULL ? sql[i]
			       : mem_printf(h, "%.*s%d%s", (int)(at - sql[i]),
				     sql[i], shipment_stage, at + 6));
	}
	home_exec(h, "DROP TABLE temp.seq");
	home_exec(h, "COMMIT");
}

#endif
