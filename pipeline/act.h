/*
 * act.h - what a person or a run did, as a row of the audit.
 *
 * Inside the transaction of the act.  What runs do to orders is not here:
 * that is the history of the order, which is sealed (seal.h).
 */
#ifndef OMS_PIPELINE_ACT_H
#define OMS_PIPELINE_ACT_H

#include "base/error.h"
#include "pipeline/stage.h"
#include "store/audit.h"

enum { ACT_TEXT_BYTES = 600 };

/* act_add - write it down, whoever did it. */
bool act_add(const struct run *run, const struct audit_entry *e,
    struct oms_error *err) MUST_CHECK;

/*
 * act_on - a thing with a number, by what audit rows call it: "dead 7".
 *
 * category  "dead", "run": of the row, and the first word of its object
 */
bool act_on(const struct run *run, const char *category, int64_t id,
    const char *action, const char *before, const char *after,
    struct oms_error *err) MUST_CHECK;

/*
 * act_on_order - a person changed an order; of a run nothing is written.
 *
 * action        "hold"
 * shipment_key  "" for the whole order
 */
bool act_on_order(const struct run *run, int64_t order_id,
    const char *shipment_key, const char *action, const char *before,
    const char *after, struct oms_error *err) MUST_CHECK;

/*
 * act_on_config - note which files of the configuration changed since the last
 * run.
 *
 * A row "config changed" a file, with its sha256 before and after: never what
 * is in it.
 */
bool act_on_config(const struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * act_note_head - write the head of the chain into locks/audit.head.
 *
 * "ID HASH": what oms audit verify compares the chain with.  What fails here
 * is only logged: the file is a witness, not the truth.
 */
void act_note_head(const struct run *run, struct audit_head *ret);

#endif
