/* order_page.c - see order_page.h. */

#include "cli/order_page.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/num.h"
#include "base/str.h"
#include "cli/out.h"
#include "cli/page.h"
#include "model/money.h"
#include "model/status.h"

enum { LAST_EVENTS = 8, FIRST_STATUSES = 64, CHANNELS_MAX_BYTES = 200 };

static struct stmt *
begin(const struct run *run, enum sql_id id, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, id, err);

	if (s != NULL)
		stmt_int(s, ":order_id", order_id);
	return s;
}

/* ----------------------------------------------------------------- look */

static struct stmt *
begin_lookup(const struct run *run, const char *order_no, const char *channel,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_ORDER_BY_NO, err);

	if (s == NULL)
		return NULL;
	stmt_text(s, ":order_no", order_no);
	stmt_text(s, ":channel", channel != NULL ? channel : "");
	return s;
}

static bool
fail_unknown(const struct run *run, const char *order_no, const char *channel,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_ORDER_DEAD, err);
	char hint[80] = "";

	if (s == NULL)
		return false;
	stmt_text(s, ":order_no", order_no);
	if (stmt_one(s, err))
		snprintf(hint, sizeof(hint),
		    ": it could not be read, see oms dead show %lld",
		    (long long)col_int(s, 0));
	stmt_end(s);
	return err->code == OMS_OK &&
	    oms_fail(err, OMS_USAGE, "no order %s%s%s%s", order_no,
		channel != NULL ? " in channel " : "",
		channel != NULL ? channel : "", hint);
}

/* Sold under one number in several places: which ones? */
static bool
check_alone(const struct run *run, const char *order_no, const char *channel,
    struct oms_error *err)
{
	struct stmt *s = begin_lookup(run, order_no, channel, err);
	char channels[CHANNELS_MAX_BYTES] = "";
	size_t rows = 0, n = 0;

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		rows++;
		n = strlen(channels);
		snprintf(channels + n, sizeof(channels) - n, " %s",
		    page_field(s, "channel"));
	}
	if (err->code != OMS_OK)
		return false;
	if (rows == 0)
		return fail_unknown(run, order_no, channel, err);
	return rows == 1 ||
	    oms_fail(err, OMS_USAGE,
		"order %s was sold in several channels: give --channel, one "
		"of%s",
		order_no, channels);
}

struct stmt *
order_lookup(const struct run *run, const char *order_no, const char *channel,
    int64_t *ret_order_id, struct oms_error *err)
{
	struct stmt *s;

	if (!check_alone(run, order_no, channel, err))
		return NULL;
	s = begin_lookup(run, order_no, channel, err);
	if (s == NULL || !stmt_one(s, err))
		return NULL;
	*ret_order_id = page_field_int(s, "order_id");
	return s;
}

static bool
has_open_hold(const struct run *run, int64_t order_id, bool *ret,
    struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_ORDER_HOLDS, order_id, err);

	if (s == NULL)
		return false;
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

/* The label of the order as it stands now, not as the last run left it. */
static bool
live_label(const struct run *run, int64_t order_id, const char **ret,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "label");
	size_t count = 0, room = FIRST_STATUSES;
	int *status = mem_array(ctx, int, room);
	struct stmt *s;
	bool is_held = false, ok = has_open_hold(run, order_id, &is_held, err);

	s = ok ? begin(run, SQL_CLI_ORDER_STATUSES, order_id, err) : NULL;
	while (s != NULL && stmt_next(s, err)) {
		if (count == room) {
			room *= 2;
			status = mem_resize(ctx, status,
			    room * sizeof(*status));
		}
		status[count++] = (int)col_int(s, 0);
	}
	if (err->code == OMS_OK && count > 0)
		*ret = order_label(status, count, is_held);
	else /* an order without a line */
		*ret = is_held ? "ON_HOLD" : part_status_name(PART_CREATED);
	mem_free(ctx);
	return err->code == OMS_OK;
}

/* ----------------------------------------------------------------- JSON */

static bool
json_line_list(struct page *p, const char *key, struct stmt *s, int64_t line_no,
    struct oms_error *err)
{
	if (s == NULL)
		return false;
	stmt_int(s, ":line_no", line_no);
	return page_array(p, key, s, err);
}

static bool
json_lines(struct page *p, const struct run *run, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_ORDER_LINES, order_id, err);

	if (s == NULL)
		return false;
	json_array(&p->json, "lines");
	while (stmt_next(s, err)) {
		int64_t line_no = page_field_int(s, "line_no");

		json_object(&p->json, NULL);
		out_json_columns(&p->json, s);
		if (!json_line_list(p, "components",
			begin(run, SQL_CLI_LINE_COMPONENTS, order_id, err),
			line_no, err) ||
		    !json_line_list(p, "parts",
			begin(run, SQL_CLI_LINE_PARTS, order_id, err), line_no,
			err))
			return false;
		json_close(&p->json);
	}
	json_close(&p->json);
	return err->code == OMS_OK;
}

/* Why it does not go on, as far as that is a code. */
static bool
load_code(struct cli *c, const struct run *run, int64_t order_id,
    const char **ret, struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_ORDER_HOLDS, order_id, err);

	if (s == NULL)
		return false;
	if (stmt_one(s, err))
		*ret = mem_strdup(c->ctx, page_field(s, "code"));
	stmt_end(s);
	return err->code == OMS_OK;
}

bool
order_show_json(struct cli *c, const struct run *run, struct stmt *head,
    int64_t order_id, struct oms_error *err)
{
	static const struct {
		const char *key;
		enum sql_id id;
	} lists[] = {
		{ "holds", SQL_CLI_ORDER_HOLDS },
		{ "ship_to", SQL_CLI_ORDER_GROUPS },
		{ "payments", SQL_CLI_ORDER_PAYMENTS },
		{ "shipments", SQL_CLI_ORDER_SHIPMENTS },
		{ "tenders", SQL_CLI_ORDER_TENDERS },
		{ "carrier_events", SQL_CLI_ORDER_MOVEMENTS },
		{ "freight", SQL_CLI_ORDER_FREIGHT },
		{ "invoices", SQL_CLI_ORDER_INVOICES },
		{ "charges", SQL_CLI_ORDER_CHARGES },
		{ "history", SQL_CLI_ORDER_HISTORY },
	};
	const char *label = "", *code = "";
	struct page p;

	if (!live_label(run, order_id, &label, err) ||
	    !load_code(c, run, order_id, &code, err))
		return false;
	page_begin(&p, c, "order");
	json_text(&p.json, "id", page_field(head, "order_no"));
	json_text(&p.json, "state", label);
	json_text(&p.json, "code", code);
	json_text(&p.json, "label", label);
	out_json_columns(&p.json, head);
	for (size_t i = 0; i < COUNT(lists); i++)
		if (!page_array(&p, lists[i].key,
			begin(run, lists[i].id, order_id, err), err))
			return false;
	return json_lines(&p, run, order_id, err) && page_end(&p, err);
}

/* ----------------------------------------------------------------- text */

static const char *
money(int64_t minor, const char *currency, char *dst)
{
	if (money_exponent(currency) >= 0)
		return money_format(minor, currency, dst);
	snprintf(dst, NUM_DECIMAL_BYTES, "%lld", (long long)minor);
	return dst;
}

static void
print_word(const char *before, const char *text)
{
	if (text[0] == '\0')
		return;
	fputs(before, stdout);
	page_print(text);
}

static void
print_head(struct stmt *s, const char *label)
{
	const char *currency = page_field(s, "currency");
	char ts[NUM_TS_BYTES], due[NUM_TS_BYTES], total[NUM_DECIMAL_BYTES],
	    tax[NUM_DECIMAL_BYTES];

	print_word("order     ", page_field(s, "order_no"));
	printf("   %s\n", label);
	printf("sold      %s in ",
	    out_time(page_field_int(s, "order_ts_us"), ts));
	page_print(page_field(s, "channel"));
	printf(", ship by %s",
	    out_time(page_field_int(s, "ship_by_ts_us"), due));
	if (page_field_int(s, "revision") > 1)
		printf(", revision %s", page_field(s, "revision"));
	printf("\ncustomer  ");
	page_print(page_field(s, "customer_name"));
	print_word(", ", page_field(s, "customer_email"));
	print_word(", customer ", page_field(s, "customer_no"));
	printf("\ntotal     %s %s, tax %s of it (%s)\n",
	    money(page_field_int(s, "total_minor"), currency, total), currency,
	    money(page_field_int(s, "tax_minor"), currency, tax),
	    page_field(s, "taxation"));
}

static bool
print_payments(const struct run *run, const char *currency, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_ORDER_PAYMENTS, order_id, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		char amount[NUM_DECIMAL_BYTES];

		printf("paid by   %s", page_field(s, "tender"));
		print_word(" ", page_field(s, "method"));
		printf(" %s%s%s\n",
		    money(page_field_int(s, "amount_minor"), currency, amount),
		    page_field_int(s, "authorised") ? ", authorised"
						    : ", not authorised",
		    page_field_int(s, "captured") ? ", taken by the shop" : "");
	}
	return err->code == OMS_OK;
}

static bool
print_addresses(const struct run *run, int64_t order_id, struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_ORDER_GROUPS, order_id, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		printf("ship to   ");
		page_print(page_field(s, "name"));
		print_word(", ", page_field(s, "company"));
		print_word(", ", page_field(s, "address1"));
		print_word(", ", page_field(s, "address2"));
		print_word(", ", page_field(s, "postal_code"));
		print_word(" ", page_field(s, "city"));
		print_word(" ", page_field(s, "state"));
		print_word(", ", page_field(s, "country"));
		print_word(" by ", page_field(s, "method"));
		print_word(" (zone ", page_field(s, "zone"));
		printf("%s\n", page_field(s, "zone")[0] != '\0' ? ")" : "");
	}
	return err->code == OMS_OK;
}

/* Each open hold, what it stops, what to do, and the command for it. */
static bool
print_holds(const struct run *run, const char *order_no, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_ORDER_HOLDS, order_id, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		enum oms_code code = oms_code_of_name(page_field(s, "code"));
		const char *key = page_field(s, "shipment_key");
		char ts[NUM_TS_BYTES];

		printf("  HOLD %s%s%s since %s by %s: ", page_field(s, "type"),
		    key[0] != '\0' ? " on " : "", key,
		    out_time(page_field_int(s, "set_ts_us"), ts),
		    page_field(s, "set_by"));
		page_print(page_field(s, "reason"));
		printf("\n    stops %s\n", page_field(s, "blocks"));
		if (code != OMS_CODE_COUNT && code != OMS_OK)
			printf("    to do: %s [%s]\n", oms_code_action(code),
			    oms_code_name(code));
		printf("    then:  oms order release ");
		page_print(order_no);
		printf(" %s%s%s\n", page_field(s, "type"),
		    key[0] != '\0' ? " --shipment " : "", key);
	}
	return err->code == OMS_OK;
}

/* What a part without a shipment waits for, by its status; is_run: for the
 * next run, unless the order is held. */
/* clang-format off */
static const struct {
	int status;
	bool is_run;
	const char *waits;
} part_waits[] = {
	{ PART_CREATED,          true,  "waits for the next run to check the order" },
	{ PART_PENDING_PAYMENT,  false, "waits for its payment" },
	{ PART_ACTION_REQUIRED,  false, "waits for the customer's answer" },
	{ PART_CONFIRMED,        true,  "waits for the next run to find stock" },
	{ PART_BACKORDERED,      false, "no stock; goes on by itself when stock comes" },
	{ PART_UNSCHEDULED,      true,  "was taken back from its node; waits for another" },
	{ PART_BACKORDERED_NODE, false, "the warehouse did not find it; waits for stock" },
	{ PART_SCHEDULED,        true,  "stock is reserved; waits to be released" },
	{ PART_CANCELLED,        false, "is cancelled" },
	{ PART_TIMED_OUT,        false, "timed out" },
	{ PART_FAILED,           false, "failed" },
};
/* clang-format on */

static void
print_part_wait(struct stmt *s, bool is_held)
{
	int status = (int)page_field_int(s, "status");

	for (size_t i = 0; i < COUNT(part_waits); i++) {
		if (part_waits[i].status != status)
			continue;
		printf("  line %s ", page_field(s, "line_no"));
		page_print(page_field(s, "sku"));
		printf(" x %s: %s", page_field(s, "qty"),
		    is_held && part_waits[i].is_run ? "waits for the hold"
						    : part_waits[i].waits);
		print_word(" at ", page_field(s, "node"));
		putchar('\n');
	}
}

static bool
print_part_waits(const struct run *run, int64_t order_id, struct oms_error *err)
{
	struct stmt *s;
	bool is_held = false;

	if (!has_open_hold(run, order_id, &is_held, err))
		return false;
	s = begin(run, SQL_CLI_ORDER_PARTS, order_id, err);
	if (s == NULL)
		return false;
	while (stmt_next(s, err))
		print_part_wait(s, is_held);
	return err->code == OMS_OK;
}

/* One of the two documents of a shipment, as columns of the statement. */
static void
print_document(struct stmt *s, int first, const char *what)
{
	const char *state = col_text(s, first + 1);

	if (col_int(s, first) == 0) {
		printf("waits for the next run to write its %s", what);
		return;
	}
	printf("its %s, document %lld, is %s", what,
	    (long long)col_int(s, first), state);
	print_word(" for ", col_text(s, first + 2));
	print_word(": ", col_text(s, first + 4));
}

static void
print_sent(struct stmt *s, int first, const char *who, const char *what)
{
	char ts[NUM_TS_BYTES];

	printf("waits for the %s of ", what);
	page_print(who);
	if (!col_is_null(s, first + 3))
		printf(", asked %s", out_time(col_int(s, first + 3), ts));
}

/* The columns of SQL_CLI_SHIPMENT_WAITS. */
enum {
	W_KEY,
	W_STAGE,
	W_STATUS,
	W_NODE,
	W_CARRIER,
	W_SERVICE,
	W_WMS,
	W_WMS_STATE,
	W_WMS_PARTNER,
	W_WMS_SENT,
	W_WMS_REASON,
	W_BOOK,
	W_BOOK_STATE,
	W_BOOK_PARTNER,
	W_BOOK_SENT,
	W_BOOK_REASON,
	W_DUE,
	W_REQUESTED,
	W_DECLINED,
	W_REFUND,
	W_PART_STATUS
};

/* Money is asked for beside the warehouse's work, so it is said beside it. */
static void
print_charges(struct stmt *s)
{
	if (col_int(s, W_DECLINED) > 0)
		printf("; its charge was declined");
	if (col_int(s, W_DUE) > 0)
		printf("; its charge is to be asked for");
	if (col_int(s, W_REQUESTED) > 0)
		printf("; its charge waits for the processor's answer");
	if (col_int(s, W_REFUND) > 0)
		printf("; its refund is under way");
}

static void
print_shipment_wait(struct stmt *s)
{
	const char *status = col_text(s, W_STATUS);
	int64_t stage = col_int(s, W_STAGE), part = col_int(s, W_PART_STATUS);

	printf("  shipment %s: ", col_text(s, W_KEY));
	if (strcmp(status, "CANCELLED") == 0)
		printf("is cancelled");
	else if (strcmp(status, "DELIVERED") == 0)
		printf("is delivered");
	else if (stage == SHIPMENT_TO_BILL)
		printf("waits to be invoiced");
	else if (stage == SHIPMENT_TO_ROUTE)
		printf("waits for a carrier");
	else if (stage == SHIPMENT_TO_EMIT || part == PART_RELEASED)
		print_document(s, W_WMS, "shipping order");
	else if (part >= PART_SENT_TO_NODE && part < PART_SHIPPED)
		print_sent(s, W_WMS, col_text(s, W_NODE), "confirmation");
	else if (stage == SHIPMENT_TO_BOOK)
		printf("waits for its charge, then for its booking");
	else if (col_int(s, W_BOOK) != 0 &&
	    strcmp(col_text(s, W_BOOK_STATE), "sent") != 0)
		print_document(s, W_BOOK, "booking");
	else
		print_sent(s, W_BOOK, col_text(s, W_CARRIER), "status");
	print_charges(s);
	putchar('\n');
}

static bool
print_shipment_waits(const struct run *run, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_SHIPMENT_WAITS, order_id, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err))
		print_shipment_wait(s);
	return err->code == OMS_OK;
}

/* A customer by EDI may name a first day. */
static bool
print_first_day(const struct run *run, int64_t order_id, struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_ORDER_FIRST_DAY, order_id, err);
	char ts[NUM_TS_BYTES];

	if (s == NULL)
		return false;
	if (stmt_one(s, err) && col_int(s, 0) > run->now_us)
		printf("  waits for %s: the customer wants it not shipped "
		       "before\n",
		    out_time(col_int(s, 0), ts));
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
print_where(const struct run *run, struct stmt *head, int64_t order_id,
    struct oms_error *err)
{
	printf("\nwhere it is, and why\n");
	print_word("  totals: ", page_field(head, "recon"));
	if (page_field(head, "recon")[0] != '\0')
		putchar('\n');
	print_word("  lacks: ", page_field(head, "incomplete"));
	if (page_field(head, "incomplete")[0] != '\0')
		putchar('\n');
	return print_holds(run, page_field(head, "order_no"), order_id, err) &&
	    print_first_day(run, order_id, err) &&
	    print_part_waits(run, order_id, err) &&
	    print_shipment_waits(run, order_id, err);
}

static struct stmt *
begin_last_events(const struct run *run, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = begin(run, SQL_CLI_ORDER_LAST_EVENTS, order_id, err);

	if (s != NULL)
		stmt_int(s, ":rows", LAST_EVENTS);
	return s;
}

bool
order_show_text(struct cli *c, const struct run *run, struct stmt *head,
    int64_t order_id, struct oms_error *err)
{
	const char *label = "";

	if (!live_label(run, order_id, &label, err))
		return false;
	print_head(head, label);
	return print_payments(run, page_field(head, "currency"), order_id,
		   err) &&
	    print_addresses(run, order_id, err) &&
	    print_where(run, head, order_id, err) &&
	    page_table(c, "lines",
		"line_no sku name* part_no qty status node shipment_key",
		begin(run, SQL_CLI_ORDER_PARTS, order_id, err), err) &&
	    page_table(c, "shipments",
		"shipment_key node status_name carrier service tracking "
		"invoice_no promise_ts_us",
		begin(run, SQL_CLI_ORDER_SHIPMENTS, order_id, err), err) &&
	    page_table(c, "loads offered to carriers",
		"shipment_key attempt partner state reference answered_ts_us "
		"reason*",
		begin(run, SQL_CLI_ORDER_TENDERS, order_id, err), err) &&
	    page_table(c, "what carriers said",
		"shipment_key ts_us event code reason reference detail*",
		begin(run, SQL_CLI_ORDER_MOVEMENTS, order_id, err), err) &&
	    page_table(c, "freight invoices",
		"shipment_key partner invoice_no currency amount_minor "
		"expected_minor state",
		begin(run, SQL_CLI_ORDER_FREIGHT, order_id, err), err) &&
	    page_table(c, "invoices",
		"invoice_no kind shipment_key issued_ts_us currency "
		"tax_minor total_minor",
		begin(run, SQL_CLI_ORDER_INVOICES, order_id, err), err) &&
	    page_table(c, "charges",
		"idem_key kind state currency amount_minor ts_us answer_ref",
		begin(run, SQL_CLI_ORDER_CHARGES, order_id, err), err) &&
	    page_table(c, "last events, newest first",
		"ts_us event actor detail*",
		begin_last_events(run, order_id, err), err);
}
