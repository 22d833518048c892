/*
 * ingest.h - reading one file of a known type into the store.
 *
 * Runs in a child process with resource limits and its own connection.  A
 * reader commits every batch_orders records together with file.next_record,
 * next_offset and next_line, so that a killed child goes on where it was, and
 * finishes by marking the file ingested.  A bad record becomes a dead letter
 * and the rest goes on; a file that cannot be read at all becomes dead whole.
 */
#ifndef OMS_PIPELINE_INGEST_H
#define OMS_PIPELINE_INGEST_H

#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

/* A row of the file table, as its reader needs it. */
struct file_row {
	int64_t file_id;
	const char *partner;
	const char *feed;
	const char *type;
	const char *name;
	const char *sha256;
	const char *path; /* of the blob */
	int64_t size_bytes;
	int64_t next_record;
	int64_t next_offset;
	int64_t next_line;
	int64_t max_rejects; /* of the feed; -1 no limit */
};

/*
 * An ingest function.
 *
 * true   the file is in its final state: ingested or dead, committed
 * false  the run cannot go on with it now (err: retry or stop)
 */
typedef bool ingest_fn(struct run *run, const struct file_row *file,
    struct stage_result *res, struct oms_error *err);

ingest_fn ingest_sfcc_orders;   /* pipeline/ingest_orders.c */
ingest_fn ingest_reference;     /* pipeline/ingest_reference.c, all ref.* */
ingest_fn ingest_supply_orders; /* pipeline/edi_supply.c */
ingest_fn ingest_ship_confirm;  /* pipeline/confirm.c */
ingest_fn ingest_capture_result;
ingest_fn ingest_courier_status;
ingest_fn ingest_edi; /* pipeline/edi_intake.c, all edi.* */

/* The file is read: set its state, inside the caller's last transaction. */
bool ingest_finish(struct run *run, const struct file_row *file,
    struct oms_error *err) MUST_CHECK;

/* Add to the file's counts and remember where to go on; same transaction. */
bool ingest_progress(struct run *run, const struct file_row *file,
    int64_t next_record, int64_t next_offset, int64_t next_line,
    int64_t applied, int64_t duplicates, int64_t rejected,
    struct oms_error *err) MUST_CHECK;

/* The whole file is dead: one transaction of its own (begins and commits). */
bool ingest_kill_file(struct run *run, const struct file_row *file,
    const struct oms_error *why, struct oms_error *err) MUST_CHECK;

/*
 * ingest_end - a reader is through with the file.
 *
 * ok     it was read to its end
 * why    else: what kills the file; NULL: it waits for the next run, err
 *        says why
 * worst  code of the last rejected record, or OMS_OK
 */
bool ingest_end(struct run *run, const struct file_row *file, bool ok,
    const struct oms_error *why, enum oms_code worst, struct stage_result *res,
    struct oms_error *err) MUST_CHECK;

#endif
