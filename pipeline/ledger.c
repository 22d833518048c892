/* ledger.c - see ledger.h. */

#include "pipeline/ledger.h"

#include <stdarg.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "pipeline/csv_intake.h"
#include "store/stmt.h"

enum { TEXT_MAX_BYTES = 400, OBJECT_MAX_BYTES = 120 };

#define NO_MONEY "-" /* ledger_records: a set that is no order */

/* What of a file the ledger can tell. */
enum worth {
	WORTH_NONE,  /* reference data and answers: their counts are enough */
	WORTH_ORDER, /* every record is an order */
	WORTH_TRADE  /* sets, and among them orders */
};

struct reading {
	struct run *run;
	const struct ledger_scope *scope;
	const struct ledger_reader *to;
	struct ledger_sum *sum;
	size_t found;
};

static void
tell(struct reading *r, const char *object, const char *text)
{
	if (r->found++ < LEDGER_TOLD_MAX && r->to->difference != NULL)
		r->to->difference(r->to->u, object, text);
}

static void PRINTF(3, 4)
    tell_file(struct reading *r, int64_t file_id, const char *fmt, ...)
{
	char object[OBJECT_MAX_BYTES], text[TEXT_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(object, sizeof(object), "file %lld", (long long)file_id);
	tell(r, object, text);
}

/* Every row of a statement without parameters but :file_id. */
static bool
tell_rows(struct reading *r, enum sql_id id, int64_t file_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, id, err);

	if (s == NULL)
		return false;
	if (file_id != 0)
		stmt_int(s, ":file_id", file_id);
	while (stmt_next(s, err))
		tell(r, col_text(s, 0), col_text(s, 1));
	return err->code == OMS_OK;
}

/* ---- a file -------------------------------------------------------------- */

static struct ledger_money *
money_of(struct ledger_sum *sum, const char *currency)
{
	for (size_t i = 0; i < sum->money_count; i++)
		if (strcmp(sum->money[i].currency, currency) == 0)
			return &sum->money[i];
	if (sum->money_count == LEDGER_MONEY_MAX)
		return NULL;
	sum->money[sum->money_count] = (struct ledger_money){ "", 0, 0, 0, 0 };
	(void)str_copy(sum->money[sum->money_count].currency,
	    sizeof(sum->money[0].currency), currency);
	return &sum->money[sum->money_count++];
}

static bool
add_money(int64_t *sum, int64_t amount)
{
	return num_add(*sum, amount, sum);
}

/* What the columns of the file call rejected may be mended by now. */
static bool
add_outcome(struct ledger_sum *sum, const char *outcome, const char *currency,
    int64_t count, int64_t amount_minor, struct oms_error *err)
{
	struct ledger_money *m = NULL;
	bool ok = true;

	if (strcmp(outcome, "applied") == 0)
		sum->applied += count;
	else if (strcmp(outcome, "duplicate") == 0)
		sum->duplicate += count;
	else
		sum->rejected += count;
	if (strcmp(currency, NO_MONEY) == 0)
		return true;
	if (currency[0] == '\0') {
		sum->unknown += count;
		return true;
	}
	m = money_of(sum, currency);
	if (m == NULL)
		return oms_fail(err, OMS_LIMIT,
		    "the ledger has more than %d currencies", LEDGER_MONEY_MAX);
	ok = add_money(&m->in_minor, amount_minor) &&
	    add_money(strcmp(outcome, "applied") == 0   ? &m->applied_minor
		    : strcmp(outcome, "duplicate") == 0 ? &m->duplicate_minor
							: &m->rejected_minor,
		amount_minor);
	return ok || oms_fail(err, OMS_LIMIT, "the ledger's sums do not fit");
}

static bool
read_records(struct reading *r, struct ledger_file *f, enum worth worth,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_LEDGER_RECORDS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", f->file_id);
	stmt_int(s, ":is_trade", worth == WORTH_TRADE);
	while (stmt_next(s, err))
		if (!add_outcome(&f->sum, col_text(s, 0), col_text(s, 1),
			col_int(s, 2), col_int(s, 3), err))
			return false;
	return err->code == OMS_OK;
}

static bool
compare_records(struct reading *r, const struct ledger_file *f,
    struct oms_error *err)
{
	int64_t sum = f->sum.applied + f->sum.duplicate + f->sum.rejected;

	if (sum != f->sum.in)
		tell_file(r, f->file_id,
		    "%lld records were read, %lld are there: %lld applied, "
		    "%lld duplicate, %lld rejected",
		    (long long)f->sum.in, (long long)sum,
		    (long long)f->sum.applied, (long long)f->sum.duplicate,
		    (long long)f->sum.rejected);
	return tell_rows(r, SQL_LEDGER_LOST_REJECTS, f->file_id, err) &&
	    tell_rows(r, SQL_LEDGER_LOST_ORDERS, f->file_id, err);
}

struct counted {
	int64_t applied;
	int64_t duplicates;
	int64_t rejected;
};

/* Sets refused beyond INTAKE_DEAD_MAX have no record of their own. */
static void
add_uncounted(struct ledger_file *f, enum worth worth, const struct counted *n)
{
	int64_t more = n->rejected - INTAKE_DEAD_MAX;

	if (worth == WORTH_TRADE && more > 0) {
		f->sum.rejected += more;
		f->sum.unknown += more;
	}
}

static void
compare_counts(struct reading *r, struct ledger_file *f,
    const struct counted *n)
{
	f->sum.applied = n->applied;
	f->sum.duplicate = n->duplicates;
	f->sum.rejected = n->rejected;
	if (f->sum.in != n->applied + n->duplicates + n->rejected)
		tell_file(r, f->file_id,
		    "%lld records were read: %lld applied, %lld duplicate, "
		    "%lld rejected",
		    (long long)f->sum.in, (long long)n->applied,
		    (long long)n->duplicates, (long long)n->rejected);
}

static bool
add_sum(struct ledger_sum *to, const struct ledger_sum *from,
    struct oms_error *err)
{
	to->in += from->in;
	to->applied += from->applied;
	to->duplicate += from->duplicate;
	to->rejected += from->rejected;
	to->pending += from->pending;
	to->unknown += from->unknown;
	for (size_t i = 0; i < from->money_count; i++) {
		const struct ledger_money *m = &from->money[i];
		struct ledger_money *sum = money_of(to, m->currency);

		if (sum == NULL || !add_money(&sum->in_minor, m->in_minor) ||
		    !add_money(&sum->applied_minor, m->applied_minor) ||
		    !add_money(&sum->duplicate_minor, m->duplicate_minor) ||
		    !add_money(&sum->rejected_minor, m->rejected_minor))
			return oms_fail(err, OMS_LIMIT,
			    "the ledger's sums do not fit");
	}
	return true;
}

static bool
read_file(struct reading *r, struct ledger_file *f, const char *type,
    const struct counted *n, struct oms_error *err)
{
	bool is_read = strcmp(f->state, "ingested") == 0;
	enum worth worth = strcmp(type, "sfcc.order") == 0 ? WORTH_ORDER
	    : strcmp(type, "edi.trade") == 0               ? WORTH_TRADE
							   : WORTH_NONE;

	f->sum.pending = strcmp(f->state, "new") == 0 ||
	    strcmp(f->state, "ingesting") == 0;
	if (worth == WORTH_NONE)
		compare_counts(r, f, n);
	else if (!read_records(r, f, worth, err))
		return false;
	add_uncounted(f, worth, n);
	if (worth != WORTH_NONE && is_read && !compare_records(r, f, err))
		return false;
	if (r->to->file != NULL)
		r->to->file(r->to->u, f);
	return f->is_mended || add_sum(r->sum, &f->sum, err);
}

static bool
read_files(struct reading *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_LEDGER_FILES, err);
	mem_ctx *ctx;
	bool ok = true;

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", r->scope->run_ts_us);
	stmt_int(s, ":file_id", r->scope->file_id);
	stmt_text(s, ":night", r->scope->night);
	while (ok && stmt_next(s, err)) {
		struct counted n = { col_int(s, 7), col_int(s, 8),
			col_int(s, 9) };
		struct ledger_file f = { .file_id = col_int(s, 0) };

		ctx = mem_ctx_new(NULL, "ledger");
		f.partner = col_dup(s, 1, ctx);
		f.feed = col_dup(s, 2, ctx);
		f.name = col_dup(s, 4, ctx);
		f.state = col_dup(s, 5, ctx);
		f.sum.in = col_int(s, 6);
		f.is_mended = col_int(s, 10) != 0;
		ok = read_file(r, &f, col_text(s, 3), &n, err);
		mem_free(ctx);
	}
	stmt_end(s);
	return ok && err->code == OMS_OK;
}

/* ---- what goes out ------------------------------------------------------- */

static void
compare_journal(struct reading *r, const struct ledger_journal *j)
{
	char object[OBJECT_MAX_BYTES], text[TEXT_MAX_BYTES];

	snprintf(object, sizeof(object), "document %lld", (long long)j->doc_id);
	if (j->entries != j->invoices) {
		snprintf(text, sizeof(text),
		    "%lld entries in %s, %lld invoices and credit notes",
		    (long long)j->entries, j->currency, (long long)j->invoices);
		tell(r, object, text);
	}
	if (j->debit_minor != j->credit_minor) {
		snprintf(text, sizeof(text),
		    "debit %lld and credit %lld %s do not balance (in minor "
		    "units)",
		    (long long)j->debit_minor, (long long)j->credit_minor,
		    j->currency);
		tell(r, object, text);
	}
}

static bool
read_journals(struct reading *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_LEDGER_JOURNALS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":run_id", r->scope->run_id);
	stmt_text(s, ":night", r->scope->night);
	while (stmt_next(s, err)) {
		struct ledger_journal j = { .doc_id = col_int(s, 0),
			.partner = col_text(s, 1),
			.name = col_text(s, 2),
			.currency = col_text(s, 3),
			.entries = col_int(s, 4),
			.debit_minor = col_int(s, 5),
			.credit_minor = col_int(s, 6),
			.invoices = col_int(s, 7),
			.total_minor = col_int(s, 8) };

		compare_journal(r, &j);
		if (r->to->journal != NULL)
			r->to->journal(r->to->u, &j);
	}
	return err->code == OMS_OK;
}

bool
ledger_read(struct run *run, const struct ledger_scope *scope,
    const struct ledger_reader *reader, struct ledger_sum *ret_sum,
    size_t *ret_found, struct oms_error *err)
{
	struct reading r = { run, scope, reader, ret_sum, 0 };
	bool ok;

	*ret_sum = (struct ledger_sum){ 0 };
	ok = read_files(&r, err) &&
	    (scope->file_id != 0 || read_journals(&r, err)) &&
	    (!scope->everything ||
		(tell_rows(&r, SQL_LEDGER_LOST_PARTS, 0, err) &&
		    tell_rows(&r, SQL_LEDGER_STRANGERS, 0, err)));
	*ret_found = r.found;
	return ok;
}
