/* out_journal.c - the neutral journal: the postings table says it all. */

#include "base/count.h"
#include "base/num.h"
#include "mappers/out.h"
#include "model/money.h"

#include <stddef.h>
#include <string.h>

static const char *const columns[] = { "entry", "line", "date", "account",
	"debit", "credit", "tax_code", "jurisdiction", "currency", "ref",
	"text", "order_no", "shipment_key", "invoice_no" };

enum { DATE_BYTES = 10, CURRENCY_BYTES = 3 };

static const char tax_account[] = "2200";

/*
 * What an invoice posts besides its tax.  Amounts are signed as the invoice
 * has them; sign +1 debits a positive amount, -1 credits it.  A negative one
 * goes to the other side, which is all there is to a credit note.
 *
 * source  billing 4.3, standard postings
 */
/* clang-format off */
static const struct {
	const char *account;
	size_t offset; /* of the amount in the invoice */
	int sign;
} postings[] = {
	{ "1200", offsetof(struct out_invoice, total_minor),    +1 }, /* receivable */
	{ "4000", offsetof(struct out_invoice, goods_minor),    -1 }, /* revenue */
	{ "4090", offsetof(struct out_invoice, discount_minor), -1 }, /* discount */
	{ "4100", offsetof(struct out_invoice, shipping_minor), -1 }, /* shipping */
};
/* clang-format on */

void
out_journal_begin(struct out_journal *j, mem_ctx *ctx, struct sbuf *out)
{
	*j = (struct out_journal){ .ctx = ctx };
	csvw_begin(&j->csv, out, CSVW_GUARDED, columns, COUNT(columns));
}

/* The sums of a currency, made when it is met first. */
static size_t
total_of(struct out_journal *j, const char *currency)
{
	size_t i = 0, bytes = (j->total_count + 1) * sizeof(*j->totals);

	while (
	    i < j->total_count && strcmp(j->totals[i].currency, currency) != 0)
		i++;
	if (i == j->total_count) {
		j->totals = mem_resize(j->ctx, j->totals, bytes);
		j->totals[i] = (struct out_journal_total){ 0 };
		(void)str_copy(j->totals[i].currency, CURRENCY_BYTES + 1,
		    currency);
		j->total_count++;
	}
	return i;
}

void
out_journal_open(struct out_journal *j, const struct out_invoice *i)
{
	j->invoice = i;
	j->tax_count = 0;
	j->entry++;
	j->line = 0;
	j->total = total_of(j, i->currency);
	num_format_ts(i->issued_ts_us, j->date);
	j->date[DATE_BYTES] = '\0';
}

void
out_journal_tax(struct out_journal *j, const char *rate, int64_t tax_minor)
{
	size_t i = 0;

	while (i < j->tax_count && strcmp(j->taxes[i].rate, rate) != 0)
		i++;
	if (i == j->tax_room) {
		j->tax_room = j->tax_room == 0 ? 4 : j->tax_room * 2;
		j->taxes = mem_resize(j->ctx, j->taxes,
		    j->tax_room * sizeof(*j->taxes));
	}
	if (i == j->tax_count) {
		j->taxes[i] = (struct out_tax){ mem_strdup(j->ctx, rate), 0 };
		j->tax_count++;
	}
	j->taxes[i].minor += tax_minor;
}

/* "US-CA" or "DE": who is owed the tax. */
static const char *
jurisdiction(const struct out_invoice *i, char *dst, size_t size)
{
	snprintf(dst, size, "%s%s%s", i->country,
	    i->state[0] != '\0' ? "-" : "", i->state);
	return dst;
}

static void
add_text(struct csvw *w, const struct out_invoice *i)
{
	bool is_credit = strcmp(i->kind, "credit") == 0;
	char text[160];

	csvw_text(w, is_credit ? i->credits : i->invoice_no);
	if (is_credit)
		snprintf(text, sizeof(text), "Credit note for %s", i->credits);
	else
		snprintf(text, sizeof(text), "Invoice for order %s",
		    i->order_no);
	csvw_text(w, text);
}

/* One row; signed_minor debits when it is above zero.  Nothing for zero. */
static void
post(struct out_journal *j, const char *account, int64_t signed_minor,
    const char *tax_code, const char *place)
{
	const struct out_invoice *i = j->invoice;
	struct out_journal_total *t = &j->totals[j->total];
	bool is_debit = signed_minor > 0;
	int64_t minor = is_debit ? signed_minor : -signed_minor;
	char amount[NUM_DECIMAL_BYTES];

	if (minor == 0)
		return;
	money_format(minor, i->currency, amount);
	csvw_int(&j->csv, j->entry);
	csvw_int(&j->csv, ++j->line);
	csvw_text(&j->csv, j->date);
	csvw_text(&j->csv, account);
	csvw_text(&j->csv, is_debit ? amount : "");
	csvw_text(&j->csv, is_debit ? "" : amount);
	csvw_text(&j->csv, tax_code);
	csvw_text(&j->csv, place);
	csvw_text(&j->csv, i->currency);
	add_text(&j->csv, i);
	csvw_text(&j->csv, i->order_no);
	csvw_text(&j->csv, i->shipment_key);
	csvw_text(&j->csv, i->invoice_no);
	csvw_row(&j->csv);
	t->lines++;
	t->debit_minor += is_debit ? minor : 0;
	t->credit_minor += is_debit ? 0 : minor;
}

bool
out_journal_close(struct out_journal *j, struct oms_error *err)
{
	const struct out_invoice *i = j->invoice;
	int64_t balance = 0;
	char place[80];

	for (size_t n = 0; n < COUNT(postings); n++) {
		const char *at = (const char *)i + postings[n].offset;
		int64_t minor = *(const int64_t *)(const void *)at *
		    postings[n].sign;

		balance += minor;
		post(j, postings[n].account, minor, "", "");
	}
	jurisdiction(i, place, sizeof(place));
	for (size_t n = 0; n < j->tax_count; n++) {
		balance -= j->taxes[n].minor;
		post(j, tax_account, -j->taxes[n].minor, j->taxes[n].rate,
		    place);
		mem_free(j->taxes[n].rate);
	}
	j->totals[j->total].entries++;
	j->invoice = NULL;
	if (balance == 0)
		return true;
	oms_fail(err, OMS_INTERNAL,
	    "debits and credits differ by %lld minor units",
	    (long long)balance);
	return oms_at(err, "%s", i->invoice_no);
}
