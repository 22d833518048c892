/*
 * edi_freight.c - what carriers bill: 210.
 *
 * Expected is the rate found when the shipment was routed, less what was
 * billed for it before.  What differs waits for a person; we pay nobody.
 */

#include "pipeline/edi_document.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "mappers/edi_transport.h"
#include "model/money.h"
#include "pipeline/act.h"
#include "pipeline/edi_transport.h"
#include "pipeline/finding.h"
#include "pipeline/order_ops.h"
#include "pipeline/sent_to.h"
#include "store/stmt.h"

enum { OBJECT_BYTES = 120, TEXT_BYTES = 300, SHOW_BYTES = 60 };

struct bill {
	struct edi_freight f;
	int64_t order_id;
	char currency[4];       /* of the order, and so of the rate */
	int64_t expected_minor; /* INT64_MIN: we have no rate */
	bool is_different;
};

static bool
load_shipment(struct edi_intake *in, const char *key, struct bill *b,
    struct oms_error *err)
{
	struct stmt *s;

	if (key[0] == '\0')
		return oms_fail(err, OMS_UNMATCHED,
		    "it names no shipment: B303 was expected");
	if (!sent_to_check(in->run, SENT_BOOKING, key, in->file->partner, err))
		return false;
	s = stmt_begin(in->run->db, SQL_TRANSPORT_SHIPMENT, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", key);
	if (!stmt_one(s, err))
		return false;
	b->order_id = col_int(s, 0);
	(void)str_copy(b->currency, sizeof(b->currency), col_text(s, 1));
	b->expected_minor = col_is_null(s, 2) ? INT64_MIN : col_int(s, 2);
	stmt_end(s);
	return true;
}

/* The same number: the same words are a repeat, others are refused. */
static bool
check_repeat(struct edi_intake *in, const struct bill *b, bool *ret_repeat,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRANSPORT_FREIGHT, err);
	const struct edi_freight *f = &b->f;
	bool same;

	*ret_repeat = false;
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":invoice_no", f->invoice_no);
	if (!stmt_one(s, err))
		return err->code == OMS_OK;
	same = strcmp(col_text(s, 0), f->shipment_key) == 0 &&
	    strcmp(col_text(s, 1), f->currency) == 0 &&
	    col_int(s, 2) == f->amount_minor &&
	    strcmp(col_text(s, 3), f->correction) == 0;
	stmt_end(s);
	*ret_repeat = true;
	return same ||
	    oms_fail(err, OMS_DUPLICATE,
		"freight invoice %s came before with another amount or "
		"shipment",
		str_show(in->ctx, f->invoice_no, SHOW_BYTES));
}

static bool
compare(struct edi_intake *in, struct bill *b, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRANSPORT_FREIGHT_BILLED,
	    err);

	if (s == NULL)
		return false;
	stmt_text(s, ":shipment_key", b->f.shipment_key);
	stmt_text(s, ":currency", b->currency);
	if (!stmt_one(s, err))
		return false;
	if (b->expected_minor != INT64_MIN)
		b->expected_minor -= col_int(s, 0);
	stmt_end(s);
	b->is_different = b->expected_minor != b->f.amount_minor ||
	    strcmp(b->currency, b->f.currency) != 0 ||
	    (b->f.charge_count > 0 && b->f.charges_minor != b->f.amount_minor);
	return true;
}

static bool
add_charges(struct edi_intake *in, const struct bill *b, struct oms_error *err)
{
	for (size_t i = 0; i < b->f.charge_count; i++) {
		const struct edi_charge *c = &b->f.charges[i];
		struct stmt *s = stmt_begin(in->run->db,
		    SQL_TRANSPORT_CHARGE_ADD, err);

		if (s == NULL)
			return false;
		stmt_text(s, ":partner", in->file->partner);
		stmt_text(s, ":invoice_no", b->f.invoice_no);
		stmt_int(s, ":n", (int64_t)i + 1);
		stmt_text(s, ":code", c->code);
		stmt_text(s, ":text", c->text);
		stmt_int(s, ":amount_minor", c->amount_minor);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

static bool
add_invoice(struct edi_intake *in, const struct bill *b, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_TRANSPORT_FREIGHT_ADD,
	    err);
	const struct edi_freight *f = &b->f;

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":invoice_no", f->invoice_no);
	stmt_text(s, ":shipment_key", f->shipment_key);
	stmt_text(s, ":scac", f->scac);
	stmt_text(s, ":pay", f->pay);
	stmt_text(s, ":correction", f->correction);
	stmt_text(s, ":currency", f->currency);
	stmt_int(s, ":amount_minor", f->amount_minor);
	stmt_int(s, ":charges_minor", f->charges_minor);
	stmt_opt_int(s, ":expected_minor", b->expected_minor);
	stmt_text(s, ":state", b->is_different ? "different" : "equal");
	stmt_opt_int(s, ":invoice_ts_us",
	    f->invoice_ts_us != 0 ? f->invoice_ts_us : INT64_MIN);
	stmt_int(s, ":ts_us", in->received_ts_us);
	stmt_int(s, ":file_id", in->file->file_id);
	stmt_int(s, ":record_no", in->record_no);
	return stmt_run(s, NULL, err) && add_charges(in, b, err);
}

static void
object_of(const char *partner, const char *invoice_no, char ret[OBJECT_BYTES])
{
	snprintf(ret, OBJECT_BYTES, "%.60s %.50s", partner, invoice_no);
}

static void
say_difference(const struct bill *b, char ret[TEXT_BYTES])
{
	const struct edi_freight *f = &b->f;
	char billed[NUM_DECIMAL_BYTES], expected[NUM_DECIMAL_BYTES],
	    sum[NUM_DECIMAL_BYTES];
	size_t n;

	snprintf(ret, TEXT_BYTES, "shipment %.40s is billed %s %s, ",
	    f->shipment_key, money_format(f->amount_minor, f->currency, billed),
	    f->currency);
	n = strlen(ret);
	if (b->expected_minor == INT64_MIN)
		snprintf(ret + n, TEXT_BYTES - n, "and we have no rate");
	else
		snprintf(ret + n, TEXT_BYTES - n, "expected %s %s",
		    money_format(b->expected_minor, b->currency, expected),
		    b->currency);
	n = strlen(ret);
	if (f->charge_count > 0 && f->charges_minor != f->amount_minor)
		snprintf(ret + n, TEXT_BYTES - n, "; its charges add up to %s",
		    money_format(f->charges_minor, f->currency, sum));
}

static bool
tell(struct edi_intake *in, const struct bill *b, struct oms_error *err)
{
	char object[OBJECT_BYTES], text[TEXT_BYTES], detail[TEXT_BYTES];
	char amount[NUM_DECIMAL_BYTES];

	snprintf(detail, sizeof(detail), "%.40s: %.60s bills %s %s by %.50s",
	    b->f.shipment_key, in->file->partner,
	    money_format(b->f.amount_minor, b->f.currency, amount),
	    b->f.currency, b->f.invoice_no);
	if (!order_event(in->run, b->order_id, "freight", 0, 0, detail, err))
		return false;
	if (!b->is_different)
		return true;
	object_of(in->file->partner, b->f.invoice_no, object);
	say_difference(b, text);
	return finding_raise(in->run,
	    &(struct finding){ OMS_FREIGHT, object, in->file->partner, text },
	    err);
}

bool
edi_apply_freight(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	struct bill b = { .order_id = 0 };
	bool is_repeat;

	if (!load_shipment(in, edi_freight_shipment(set), &b, err) ||
	    !edi_freight_map(in->ctx, set, b.currency, &b.f, err))
		return false;
	*ret_key = b.f.invoice_no;
	*ret = INTAKE_DUPLICATE;
	if (!check_repeat(in, &b, &is_repeat, err))
		return false;
	if (is_repeat)
		return true;
	*ret = INTAKE_APPLIED;
	return compare(in, &b, err) && add_invoice(in, &b, err) &&
	    tell(in, &b, err);
}

/* ---- a person ------------------------------------------------------------- */

/* Settled before is well; one that is equal, or none, is not. */
static bool
was_settled(struct run *run, const char *partner, const char *invoice_no,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_TRANSPORT_FREIGHT, err);
	bool is_settled;

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", partner);
	stmt_text(s, ":invoice_no", invoice_no);
	is_settled = stmt_one(s, err) && strcmp(col_text(s, 4), "settled") == 0;
	stmt_end(s);
	return is_settled ||
	    (err->code == OMS_OK &&
		oms_fail(err, OMS_USAGE,
		    "freight invoice %.40s of %s is as expected: there is "
		    "nothing to settle",
		    invoice_no, partner));
}

static bool
settle(struct run *run, const char *partner, const char *invoice_no,
    const char *reason, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_TRANSPORT_FREIGHT_SETTLE, err);
	char object[OBJECT_BYTES], name[ACT_TEXT_BYTES];
	struct audit_entry e = { .category = "freight",
		.action = "settle",
		.object = name,
		.before = "different",
		.after = reason };
	int64_t changed;

	if (s == NULL)
		return false;
	stmt_text(s, ":reason", reason);
	stmt_text(s, ":partner", partner);
	stmt_text(s, ":invoice_no", invoice_no);
	if (!stmt_run(s, &changed, err))
		return false;
	if (changed == 0)
		return was_settled(run, partner, invoice_no, err);
	object_of(partner, invoice_no, object);
	snprintf(name, sizeof(name), "freight invoice %s", object);
	return act_add(run, &e, err) &&
	    finding_clear(run, OMS_FREIGHT, object, err);
}

bool
freight_settle(struct run *run, const char *partner, const char *invoice_no,
    const char *reason, struct oms_error *err)
{
	if (!db_begin(run->db, err))
		return false;
	if (settle(run, partner, invoice_no, reason, err))
		return db_commit(run->db, "freight.settle", err);
	db_rollback(run->db);
	return false;
}
