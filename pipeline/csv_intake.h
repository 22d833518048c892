/*
 * csv_intake.h - read a CSV file into the store, a row at a time.
 *
 * Rows are committed batch_orders at a time, each batch together with the
 * place in the file where the next begins: a reader that is killed goes on
 * there, and no row is applied twice.  A bad row takes back only its own
 * work.  It becomes a dead letter whose payload is a CSV file of the header,
 * that row and an `error` column; repaired and retried, that file is read
 * like any other.  A file whose header is wrong is dead whole.
 *
 * Of one file INTAKE_DEAD_MAX rows become dead letters; what is bad beyond
 * that is only counted, and the file gets a dead letter of its own.  When the
 * feed sets max_rejects, a file with more malformed rows than that is dead
 * before anything of it is applied; rows that are refused later, by what the
 * store knows, kill the rest of it.
 */
#ifndef OMS_PIPELINE_CSV_INTAKE_H
#define OMS_PIPELINE_CSV_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/fs.h"
#include "parsers/csv_record.h"
#include "pipeline/ingest.h"
#include "pipeline/stage.h"
#include "store/stmt.h"

enum { INTAKE_DEAD_MAX = 1000, INTAKE_KEYS_MAX = 4 };

/* What a row came to. */
enum intake_fate {
	INTAKE_APPLIED,
	INTAKE_DUPLICATE /* known already: nothing was changed */
};

struct intake;

/*
 * A function that applies a row, inside a transaction.
 *
 * false  class reject: the row is undone and becomes a dead letter;
 *        any other class: the file waits for the next run
 */
typedef bool intake_row_fn(struct intake *in, const struct csv_record *rec,
    enum intake_fate *ret, struct oms_error *err);

/* What is known of a type of file before it is opened. */
struct intake_type {
	const char *type; /* "ref.stock" */
	intake_row_fn *row;
	enum sql_id upsert; /* for a row function that only needs that */
	enum sql_id get;    /* of the row as it stands, for such a one */
	/* Before a batch of records first to last is committed; or NULL. */
	bool (*batch_end)(struct intake *in, int64_t first, int64_t last,
	    struct oms_error *err);
	bool keep_records;                 /* a record row for good rows, too */
	const char *keys[INTAKE_KEYS_MAX]; /* columns that name a row */
};

/* What of reference data changed: for the audit, by its row functions. */
struct intake_changes {
	int64_t added; /* of this batch, as the next two */
	int64_t changed;
	int64_t untold;
	int64_t told; /* rows of the audit, for the whole file */
	struct fs_sha sha;
};

/* The file being read, as its row function sees it. */
struct intake {
	struct run *run;
	const struct file_row *file;
	const struct intake_type *type;
	int64_t received_ts_us; /* when the file came, the last time */
	struct intake_changes changes;
};

/*
 * csv_intake - read the whole file, from where an earlier run stopped.
 *
 * Result and errors as ingest_fn has them.
 */
bool csv_intake(struct run *run, const struct file_row *file,
    const struct intake_type *type, struct stage_result *res,
    struct oms_error *err) MUST_CHECK;

#endif
