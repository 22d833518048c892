/*
 * stage.h - what every stage of the pipeline is given, and gives back.
 *
 * A stage reads rows in one state and leaves them in the next, in one
 * transaction a batch.  No stage calls another; jobs/stages.c has the table.
 * Killed at any moment, a stage run again does the rest and nothing twice.
 */
#ifndef OMS_PIPELINE_STAGE_H
#define OMS_PIPELINE_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "base/mem.h"
#include "store/db.h"

/* One execution of a job: what its stages share. */
struct run {
	mem_ctx *ctx; /* lifetime: the run */
	const struct config *cfg;
	struct db *db;
	int64_t run_id;
	int64_t now_us;       /* business time of the whole run: a second */
	const char *window;   /* business date served, "2026-03-28" */
	const char *actor;    /* "run:17", or the person for a command */
	const char *partners; /* only these, parted by blanks; "" all */
	bool offline;         /* dry run: no partner is called */
	bool replay;          /* oms rebuild: only the database is made again */
	int64_t skip_file;    /* ingest leaves it for later; 0 none */
	struct journaling *journal; /* pipeline/journal.h; NULL none */
	struct edi_kept *edi; /* guides: pipeline/edi_intake.c; NULL none */
	bool progress;        /* a person looks at the terminal */
};

/* Has the run to do with that partner's files? */
bool run_serves(const struct run *run, const char *partner);

/* What a stage did; the sums of run_stage. */
struct stage_result {
	int64_t done;     /* moved on */
	int64_t rejected; /* dead letters and rejects made */
	int64_t held;     /* holds set */
	int64_t waiting;  /* left for a later run */
	char note[200];   /* for people, or "" */
	/* The gravest thing that happened and did not stop the stage. */
	enum oms_code worst;
};

/*
 * A stage.  false means that the run cannot go on (no space, a damaged
 * store, a bug); what concerns one partner, file or order is dealt with
 * inside and counted.
 */
typedef bool stage_fn(struct run *run, struct stage_result *res,
    struct oms_error *err);

stage_fn stage_collect;  /* partners' files -> file(new) */
stage_fn stage_ingest;   /* file(new) -> orders, stock, confirmations */
stage_fn stage_accept;   /* orders 1100 -> 1200 or a hold */
stage_fn stage_allocate; /* parts 1200, 1300, 1310, 1400 -> 1500, 1300 */
stage_fn stage_release;  /* parts 1500 -> 3200, a release and a shipment */
stage_fn stage_bill;     /* shipment -> invoice, charges */
stage_fn stage_route;    /* shipment -> carrier and service */
stage_fn stage_close;    /* parts 3800, all paid -> 3900 */
stage_fn stage_rollup;   /* orders touched -> label, order_update */
stage_fn stage_emit;     /* rows -> document(pending), then its bytes */
stage_fn stage_deliver;  /* document(ready) -> sent */

#endif
