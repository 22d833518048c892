/*
 * deliver_internal.h - documents become the partner's; crash-safety 3.4.
 *
 *   ready -> sending -> publishing -> sent
 *    look     O4, O5      O7          O9
 *
 * A document is written under a private name, then renamed.  Each try has a
 * private name of its own, ".<doc_id>-<try>.part": a server that woke up late
 * may still carry out the rename of the last try, and must not find a half
 * written file under that name.
 *
 * The intents are committed before the acts.  What a reply did not tell, and
 * what a killed run left, is found out by looking; the table in deliver_doc.c
 * says what each sight means.
 *
 *   deliver.c         the stage: which partners have documents to get
 *   deliver_remote.c  a partner far away, over one session
 *   deliver_outbox.c  a partner who fetches from our outbox
 *   deliver_doc.c     for both: the rows of a document, and how it ends
 */
#ifndef OMS_PIPELINE_DELIVER_INTERNAL_H
#define OMS_PIPELINE_DELIVER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/stage.h"

/* A row of document that is to be delivered. */
struct doc {
	int64_t doc_id;
	char *feed;
	char *type;
	char *name;
	char *sha256;
	int64_t size_bytes;
	char state[16];
	int64_t attempts; /* failed, since it was ready or sent again */
	int64_t next_ts_us;
	char *code;
	int64_t last_try;    /* attempt.n, 0 before the first */
	int64_t there_bytes; /* under its name at the partner, -1 nothing */
};

struct doc_list {
	struct doc *doc;
	size_t count;
	size_t room;
};

/* The documents of one partner, on their way. */
struct delivery {
	struct run *run;
	struct stage_result *res;
	const struct partner *p;
	mem_ctx *ctx;
	struct partner_call *call; /* NULL: not called yet */
	bool is_off;               /* not called any more in this run */
	const char *stopped[CONFIG_FEEDS_MAX]; /* types that keep their order */
	size_t stopped_count;
};

/*
 * deliver_remote - deliver what is due to a partner far away.
 * deliver_outbox - publish all that its partner fetches from our outbox.
 *
 * What a partner refuses rests, with its reason, and is no error.
 *
 * errors  of our own side only: the database, the disk, a stop
 */
bool deliver_remote(struct delivery *d, struct oms_error *err) MUST_CHECK;
bool deliver_outbox(struct delivery *d, struct oms_error *err) MUST_CHECK;

/* ---- what is seen -------------------------------------------------------- */

/* What lies under a name, as bits so that a rule can allow several. */
enum sight {
	ABSENT = 1,
	SAME = 2, /* in size as ours */
	SHORT = 4,
	LONG = 8,
	OTHER = SHORT | LONG,
	PRESENT = SAME | OTHER,
	ANY = PRESENT | ABSENT
};

/* What was last announced.  ready and sending: nothing to be seen yet. */
enum phase { SENDING = 1, PUBLISHING = 2, EITHER = 3 };

enum move { UPLOAD, ADOPT, WAIT, HOLD, UNCERTAIN };

/* What lies there with so many bytes; -1 nothing. */
enum sight deliver_sight(int64_t bytes, int64_t ours);

/* What was announced of it, by its state. */
enum phase deliver_phase(const struct doc *doc);

/*
 * deliver_resolve - what is to be done now.
 *
 * direct  it is written under its final name
 * part    under our private name of the last try
 * final   under its name
 */
enum move deliver_resolve(bool direct, enum sight part, enum sight final,
    enum phase phase);

/* ---- the work ------------------------------------------------------------ */

/* Every document of the partner that is on its way, in its order. */
bool deliver_load(struct delivery *d, struct doc_list *ret,
    struct oms_error *err) MUST_CHECK;

void deliver_add(mem_ctx *ctx, struct doc_list *l, const struct doc *doc);

/* A manifest says what was sent, so it goes when all of that has gone. */
bool deliver_too_early(struct delivery *d, const struct doc *doc, bool *ret,
    struct oms_error *err) MUST_CHECK;

/* Later documents of the type wait, so that they arrive in their order. */
void deliver_stop_type(struct delivery *d, const struct doc *doc);
bool deliver_is_stopped(const struct delivery *d, const struct doc *doc);

/*
 * deliver_check_copy - is our copy in spool/blob all there?
 *
 * errors  OMS_INTERNAL  it is missing or cut: deliver_hold_cut()
 *         OMS_DISK, OMS_SECRET  it cannot be read now: that is our trouble
 */
bool deliver_check_copy(const struct delivery *d, const struct doc *doc,
    struct oms_error *why) MUST_CHECK;

void deliver_say(const struct delivery *d, const struct doc *doc,
    enum log_level level, const char *event, const char *why);

/* ---- its rows, and how it ends ------------------------------------------- */

/* Write the row as it stands; inside a transaction. */
bool deliver_put(struct delivery *d, const struct doc *doc, const char *code,
    const char *reason, struct oms_error *err) MUST_CHECK;

/*
 * deliver_announce - O4 and O7: what we are about to do, durable before it is.
 *
 * state   "sending", "publishing"
 * is_new  a new try, with a private name of its own
 */
bool deliver_announce(struct delivery *d, struct doc *doc, const char *state,
    bool is_new, struct oms_error *err) MUST_CHECK;

/* O9.  how: "sent", "adopted" */
bool deliver_sent(struct delivery *d, const struct doc *doc, const char *how,
    struct oms_error *err) MUST_CHECK;

/*
 * deliver_rest - it stays where it is until a person, or its time, comes.
 *
 * Those of its type behind it wait too.
 *
 * state  that it rests in; "dead" makes a dead letter of it
 */
bool deliver_rest(struct delivery *d, struct doc *doc, const char *state,
    const struct oms_error *why, struct oms_error *err) MUST_CHECK;

/* It rests for a person ("hold"), as our copy of it is not whole. */
bool deliver_hold_cut(struct delivery *d, struct doc *doc,
    struct oms_error *err) MUST_CHECK;

/* The same, as what was seen does not say enough: HOLD or UNCERTAIN. */
bool deliver_unclear(struct delivery *d, struct doc *doc, enum move move,
    struct oms_error *err) MUST_CHECK;

#endif
