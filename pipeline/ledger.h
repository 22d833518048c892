/*
 * ledger.h - nothing lost: what came in is what became of it.
 *
 *	in  = applied + duplicate + rejected + pending    in records and money
 *	out : every invoice stands in one journal, and the journal balances
 *
 * A rejected record whose dead letter was mended has moved to applied; its
 * money is that of the order it became.  What a rejected record is worth may
 * be unknown: nobody can read it; the count says so.  Only looks.
 */
#ifndef OMS_PIPELINE_LEDGER_H
#define OMS_PIPELINE_LEDGER_H

#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

enum { LEDGER_MONEY_MAX = 32, LEDGER_TOLD_MAX = 100 };

/* What records are worth, in one currency; all of them, by outcome. */
struct ledger_money {
	char currency[8];
	int64_t in_minor;
	int64_t applied_minor;
	int64_t duplicate_minor;
	int64_t rejected_minor;
};

struct ledger_sum {
	int64_t in; /* records */
	int64_t applied;
	int64_t duplicate;
	int64_t rejected;
	int64_t pending; /* files that are not read to their end */
	int64_t unknown; /* order records that nobody can read */
	struct ledger_money money[LEDGER_MONEY_MAX];
	size_t money_count;
};

/* One file of the ledger. */
struct ledger_file {
	int64_t file_id;
	const char *partner;
	const char *feed;
	const char *name;
	const char *state;
	bool is_mended; /* an edited dead letter: the sum has it already */
	struct ledger_sum sum;
};

/* One journal, in one currency. */
struct ledger_journal {
	int64_t doc_id;
	const char *partner;
	const char *name;
	const char *currency;
	int64_t entries;  /* as the journal counted them */
	int64_t invoices; /* that name it */
	int64_t total_minor;
	int64_t debit_minor;
	int64_t credit_minor;
};

/* Which part of the ledger. */
struct ledger_scope {
	int64_t run_ts_us; /* files that the run of that time read; 0 any */
	int64_t run_id;    /* journals of that run; 0 any */
	int64_t file_id;   /* that file only; 0 any */
	const char *night; /* of that business date; "" any */
	bool everything;   /* also orders and invoices of all time */
};

/* Whom to tell; each may be NULL. */
struct ledger_reader {
	void (*file)(void *u, const struct ledger_file *f);
	void (*journal)(void *u, const struct ledger_journal *j);
	void (*difference)(void *u, const char *object, const char *text);
	void *u;
};

/*
 * ledger_read - add up, and tell every difference.
 *
 * ret_sum    of all files, mended ones left out
 * ret_found  how many differences there are; told are LEDGER_TOLD_MAX
 * errors     of the store
 */
bool ledger_read(struct run *run, const struct ledger_scope *scope,
    const struct ledger_reader *reader, struct ledger_sum *ret_sum,
    size_t *ret_found, struct oms_error *err) MUST_CHECK;

#endif
