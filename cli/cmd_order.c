/* cmd_order.c - find an order, hold it, release it; the page: order_page.c. */

#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/order_page.h"
#include "cli/out.h"
#include "cli/page.h"
#include "pipeline/order_ops.h"

enum { KNOWN_MAX_BYTES = 400, FIND_ROWS = 100, PHONE_DIGITS_MIN = 6 };

static struct stmt *
begin(const struct run *run, enum sql_id id, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s != NULL)
		stmt_int(s, ":order_id", order_id);
	return s;
}

enum exit_code
cmd_order_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	struct stmt *head;
	int64_t order_id;
	bool ok;

	if (run == NULL)
		return cli_fail(c, &err);
	head = order_lookup(run, c->args[0], cli_opt(c, "channel"), &order_id,
	    &err);
	if (head == NULL)
		return cli_fail(c, &err);
	ok = c->json ? order_show_json(c, run, head, order_id, &err)
		     : order_show_text(c, run, head, order_id, &err);
	return ok ? EXIT_OK : cli_fail(c, &err);
}

enum exit_code
cmd_order_history(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = cli_open(c, &err);
	int64_t order_id;
	size_t rows;

	if (run == NULL ||
	    order_lookup(run, c->args[0], cli_opt(c, "channel"), &order_id,
		&err) == NULL)
		return cli_fail(c, &err);
	if (!out_all(c, "event", "ts_us event from to actor detail*",
		begin(run, SQL_CLI_ORDER_HISTORY, order_id, &err), &rows, &err))
		return cli_fail(c, &err);
	return EXIT_OK;
}

/* Digits enough, and nothing else but what parts them. */
static bool
is_phone(const char *text)
{
	size_t digits = 0;

	for (const char *p = text; *p != '\0'; p++)
		digits += *p >= '0' && *p <= '9';
	return digits >= PHONE_DIGITS_MIN &&
	    strspn(text, "0123456789+-()/. ") == strlen(text);
}

static struct stmt *
begin_find(struct cli *c, const struct run *run, struct oms_error *err)
{
	const char *text = c->arg_count > 0 ? c->args[0] : "";
	struct stmt *s = stmt_begin(run->db,
	    text[0] != '\0' ? SQL_CLI_ORDER_FIND : SQL_CLI_ORDER_LIST, err);

	if (s != NULL && text[0] != '\0') {
		stmt_text(s, ":pattern", cli_like(c->ctx, "%", text, "%"));
		stmt_text(s, ":text", text);
		stmt_hash(s, ":email_hash", "email", text);
		stmt_hash(s, ":name_hash", "name", text);
		stmt_hash(s, ":phone_hash", "phone",
		    is_phone(text) ? text : "");
	}
	return s;
}

struct stuck_list {
	struct out *out;
	const struct run *run;
	int64_t now_us;
	int64_t limit;
	size_t rules;
};

static bool
list_stuck(void *u, const struct stuck_rule *rule, struct oms_error *err)
{
	struct stuck_list *l = u;
	struct stmt *s = stmt_begin(l->run->db, SQL_WATCH_STUCK_ORDERS, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":label", rule->label);
	stmt_int(s, ":before_us", l->now_us - rule->age_s * INT64_C(1000000));
	stmt_int(s, ":rows", l->limit);
	l->rules++;
	while (stmt_next(s, err)) {
		out_row(l->out);
		out_stmt_columns(l->out, s);
		out_text(l->out, "allowed", rule->age);
		out_text(l->out, "queue", rule->queue);
		out_row_end(l->out);
	}
	return err->code == OMS_OK;
}

static enum exit_code
find_stuck(struct cli *c, int64_t limit)
{
	struct oms_error err = NO_ERROR;
	struct stuck_list l = { .limit = limit, .now_us = clock_now_us() };
	const struct config *cfg = config_load(c->ctx, c->home, &err);
	size_t rows;
	bool ok;

	l.run = cfg != NULL ? cli_open(c, &err) : NULL;
	if (l.run == NULL)
		return cli_fail(c, &err);
	l.out = out_open(c, "order",
	    "order_no channel label since_ts_us allowed queue customer_name*");
	ok = config_each_stuck(cfg, list_stuck, &l, &err);
	rows = out_close(l.out);
	if (!ok)
		return cli_fail(c, &err);
	if (l.rules == 0)
		cli_say(c, "[monitor] stuck in oms.ini has no rule");
	else
		out_say_none(c, rows);
	return EXIT_OK;
}

enum exit_code
cmd_order_find(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;
	struct stmt *s;
	int64_t limit;

	if (!cli_opt_int(c, "limit", 1, INT64_MAX, FIND_ROWS, &limit, &err))
		return cli_fail(c, &err);
	if (cli_flag(c, "stuck"))
		return find_stuck(c, limit);
	if ((run = cli_open(c, &err)) == NULL ||
	    (s = begin_find(c, run, &err)) == NULL)
		return cli_fail(c, &err);
	stmt_text(s, ":label", cli_filter(c, "label"));
	stmt_text(s, ":sku", cli_filter(c, "sku"));
	return out_newest(c, "order",
	    "order_no channel label order_ts_us customer_name* currency "
	    "total_minor",
	    s, limit);
}

/* -------------------------------------------------------- hold, release */

static bool
check_type(const struct run *run, const char *type, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_HOLD_TYPE, err);
	struct sbuf known;

	if (s == NULL)
		return false;
	stmt_text(s, ":type", type);
	if (stmt_one(s, err)) {
		stmt_end(s);
		return true;
	}
	stmt_end(s);
	s = stmt_begin(run->db, SQL_CLI_HOLD_TYPES, err);
	if (s == NULL)
		return false;
	sbuf_init(&known, run->ctx, KNOWN_MAX_BYTES);
	while (stmt_next(s, err))
		sbuf_addf(&known, " %s", col_text(s, 0));
	return oms_fail(err, OMS_USAGE, "\"%.40s\" is no hold type:%s", type,
	    known.p);
}

static bool
check_shipment(const struct run *run, int64_t order_id, const char *key,
    struct oms_error *err)
{
	struct stmt *s;
	bool is_there;

	if (key[0] == '\0')
		return true;
	s = begin(run, SQL_CLI_SHIPMENT_OF, order_id, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", key);
	is_there = stmt_one(s, err);
	stmt_end(s);
	return is_there ||
	    (err->code == OMS_OK &&
		oms_fail(err, OMS_USAGE, "the order has no shipment \"%.40s\"",
		    key));
}

struct order_change {
	struct run *run;
	int64_t order_id;
	const char *type;
	const char *shipment_key;
};

static bool
begin_change(struct cli *c, struct order_change *ch, struct oms_error *err)
{
	struct stmt *head;

	ch->type = c->args[1];
	ch->shipment_key = cli_filter(c, "shipment");
	ch->run = jobs_open(c->ctx, c->home, err);
	if (ch->run == NULL)
		return false;
	head = order_lookup(ch->run, c->args[0], cli_opt(c, "channel"),
	    &ch->order_id, err);
	if (head == NULL)
		return false;
	stmt_end(head);
	return check_type(ch->run, ch->type, err) &&
	    check_shipment(ch->run, ch->order_id, ch->shipment_key, err) &&
	    db_begin(ch->run->db, err);
}

enum exit_code
cmd_order_hold(struct cli *c)
{
	const char *reason = cli_opt(c, "reason");
	struct oms_error err = NO_ERROR;
	struct order_change ch;
	bool is_new = false;

	if (reason == NULL || reason[0] == '\0') {
		oms_fail(&err, OMS_USAGE, "give --reason TEXT");
		return cli_fail(c, &err);
	}
	if (!str_is_utf8(reason, strlen(reason))) {
		oms_fail(&err, OMS_USAGE, "the reason is not UTF-8");
		return cli_fail(c, &err);
	}
	if (!begin_change(c, &ch, &err))
		return cli_fail(c, &err);
	if (!hold_set(ch.run, ch.order_id, ch.shipment_key, ch.type, OMS_HELD,
		reason, &is_new, &err) ||
	    !db_commit(ch.run->db, "order.hold", &err)) {
		db_rollback(ch.run->db);
		return cli_fail(c, &err);
	}
	cli_say(c, is_new ? "order %s is held: %s" : "order %s was held: %s",
	    c->args[0], ch.type);
	return EXIT_OK;
}

enum exit_code
cmd_order_release(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct order_change ch;

	if (!begin_change(c, &ch, &err))
		return cli_fail(c, &err);
	if (!hold_resolve(ch.run, ch.order_id, ch.shipment_key, ch.type,
		&err) ||
	    !db_commit(ch.run->db, "order.release", &err)) {
		db_rollback(ch.run->db);
		return cli_fail_named(c, &err);
	}
	cli_say(c, "hold %s of order %s is resolved; the next run goes on",
	    ch.type, c->args[0]);
	return EXIT_OK;
}
