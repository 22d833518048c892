/* out_journal_manifest.c - what proves that a journal arrived whole. */

#include "base/count.h"
#include "base/num.h"
#include "mappers/out.h"
#include "model/money.h"

static const char *const columns[] = { "name", "sha256", "size_bytes",
	"entries", "lines", "debit", "credit", "currency" };

void
out_journal_manifest_begin(struct csvw *w, struct sbuf *out)
{
	csvw_begin(w, out, CSVW_GUARDED, columns, COUNT(columns));
}

void
out_journal_manifest_add(struct csvw *w, const struct out_journal_file *f)
{
	const struct out_journal_total *t = &f->sums;
	char amount[NUM_DECIMAL_BYTES];

	csvw_text(w, f->name);
	csvw_text(w, f->sha256);
	csvw_int(w, f->size_bytes);
	csvw_int(w, t->entries);
	csvw_int(w, t->lines);
	csvw_text(w, money_format(t->debit_minor, t->currency, amount));
	csvw_text(w, money_format(t->credit_minor, t->currency, amount));
	csvw_text(w, t->currency);
	csvw_row(w);
}
