/*
 * turn.h - the stages of a run, and what persons do meanwhile, take turns.
 *
 * A stage that is made again by a rebuild (pipeline/journal.h) reads at one
 * moment and commits at another.  An act that committed between the two would
 * have no place: nobody could say whether the stage had read before or after
 * it.  So acts come in only where a stage has just committed: the stage gives
 * the turn away there, when one waits, and looks on when that is done.
 *
 *   locks/act.lock    held by one act, from when it waits until it has ended
 *   locks/stage.lock  held by the stage, and by the act whose turn it is
 *
 * Always taken in this order, and before the writer lock of the database; both
 * are free when their holder is killed.  An act waits for a batch of the stage.
 */
#ifndef OMS_PIPELINE_TURN_H
#define OMS_PIPELINE_TURN_H

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

struct turn;

/* Nothing is held yet; what is held is given back when ctx is freed. */
struct turn *turn_open(mem_ctx *ctx, const char *home);

/*
 * turn_take_stage - the stage goes on; harmless when it holds the turn.
 *
 * errors  OMS_DB_BUSY  an act has not ended for seconds; OMS_IO
 */
bool turn_take_stage(struct turn *t, struct oms_error *err) MUST_CHECK;

/*
 * turn_let_acts - an act that waits may do its work now; true when one did.
 *
 * The turn is the stage's again, unless an act has not ended for seconds: then
 * turn_take_stage() tells.
 */
bool turn_let_acts(struct turn *t);

/* For a stage that has ended, and for an act. */
void turn_give(struct turn *t);

/* An act waits for its turn.  errors  OMS_DB_BUSY, OMS_IO */
bool turn_take_act(struct turn *t, struct oms_error *err) MUST_CHECK;

#endif
