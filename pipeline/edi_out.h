/*
 * edi_out.h - documents out in X12 and EDIFACT: numbers, envelopes, bytes.
 *
 * The transaction that takes the rows of a document (pipeline/emit.c) draws
 * its control numbers too, and writes the row edi_out with a row edi_out_set
 * for each set: what it is about, in the order of the document.  The bytes
 * come later, from these rows alone; sent again, they keep their numbers.
 *
 * A new kind of set is a row of the table in edi_out.c, two statements and a
 * function:
 *
 *	static bool
 *	ship_orders(struct edi_rendering *r, struct oms_error *err)
 *	{
 *		struct stmt *s = edi_render_query(r, SQL_EDI_940, err);
 *
 *		while (err->code == OMS_OK && stmt_next(s, err)) {
 *			edi_w_set(r->w, "940");
 *			...
 *			edi_w_set_end(r->w);
 *			if (!edi_render_done(r, amount_minor, err))
 *				stmt_end(s);
 *		}
 *		return err->code == OMS_OK;
 *	}
 */
#ifndef OMS_PIPELINE_EDI_OUT_H
#define OMS_PIPELINE_EDI_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "base/mem.h"
#include "parsers/edi.h"
#include "pipeline/render.h"
#include "pipeline/stage.h"
#include "store/stmt.h"
#include "writers/edi.h"

struct render; /* pipeline/render.c */
struct edi_out_type;

/* A document being written. */
struct edi_rendering {
	struct run *run;
	const struct document *doc;
	const struct partner *partner;
	const struct edi_profile *profile;
	const struct edi_out_type *type;
	struct edi_writer *w; /* interchange and group are open */
	mem_ctx *ctx;         /* lifetime: the document */
	struct render *of;
};

/*
 * A function that writes the sets of a document, those of edi_out_set in
 * their order; the envelopes are written for it.
 *
 * errors  as render_document()
 */
typedef bool edi_render_fn(struct edi_rendering *r, struct oms_error *err);

/* What a type of document is in EDI. */
struct edi_out_type {
	const char *type; /* of the feed: "wms.ship_order" */
	enum edi_standard standard;
	const char *set;     /* "940", "ORDERS" */
	const char *group;   /* GS01 "OW"; EDIFACT: the set */
	const char *version; /* of GS08 and ST; "" the profile's */
	/* Adds the rows of edi_out_set of :doc_id; SQL_COUNT: none. */
	enum sql_id sets;
	edi_render_fn *render;
};

/*
 * edi_out_find - what that type is for the partner; NULL: nothing.
 *
 * Of acknowledgements the one that the profile asks for.
 *
 * set  only this one of edi_out_type; NULL: any
 */
const struct edi_out_type *edi_out_find(const struct partner *p,
    const char *type, const char *set);

/* Does oms write documents of that type in that standard? */
bool edi_out_writes(const char *type, enum edi_standard standard);

/* Is a feed of the partner written in EDI? */
bool edi_out_is(const struct feed *f);

/*
 * edi_out_add - the envelope of a document that was just made.
 *
 * Inside the transaction that takes its rows: draws the control numbers,
 * adds edi_out and its sets.
 */
bool edi_out_add(struct run *run, const struct partner *p,
    const struct edi_out_type *t, int64_t doc_id,
    struct oms_error *err) MUST_CHECK;

/* The partner has it: from now on its acknowledgement is waited for. */
bool edi_out_sent(struct run *run, int64_t doc_id, int64_t sent_ts_us,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_out_settle - a person says: nothing more is to be done about it.
 *
 * For a document that is overdue, or that the partner refused.  A transaction
 * of its own, with its row in the audit; again it is a no-op.
 *
 * errors  OMS_NOT_FOUND
 */
bool edi_out_settle(struct run *run, int64_t doc_id, const char *reason,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_out_renew - have what the partner refused written anew.
 *
 * The cause is mended: the next run writes the refused sets into another
 * document, by the profile and the data of that day, with numbers of its own.
 * This one is settled.  A transaction of its own, with its row in the audit
 * and a note in each order.  Loads (204, IFTMIN) are offered anew by the
 * carrier's answer, and what only the moment needed (846, 997) is not.
 *
 * errors  OMS_NOT_FOUND
 *         OMS_TRANSITION  nothing of it was refused, it is settled, the goods
 *                         have left, or such are not written anew
 */
bool edi_out_renew(struct run *run, int64_t doc_id, const char *reason,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_out_note_refused - a note in the order of each set that was refused.
 *
 * said    "acme refused": before "the 810 of INV-00000001"
 * reason  NULL: of each set, as the partner gave it
 */
bool edi_out_note_refused(struct run *run, int64_t doc_id, const char *said,
    const char *reason, struct oms_error *err) MUST_CHECK;

/* Write it; called by render_document() for names that end so. */
bool edi_out_is_name(const char *name);
bool edi_out_render(struct edi_rendering *r, struct sbuf *out,
    struct oms_error *err) MUST_CHECK;

/* The rows of the document by a statement of one parameter, :doc_id. */
struct stmt *edi_render_query(struct edi_rendering *r, enum sql_id id,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_render_done - a set is written: count it.
 *
 * amount_minor  what it is worth, for the sum of the document; 0 nothing
 * errors        OMS_ENCODING, OMS_LIMIT, OMS_IO, OMS_SPACE
 */
bool edi_render_done(struct edi_rendering *r, int64_t amount_minor,
    struct oms_error *err) MUST_CHECK;

/*
 * edi_ack_kind - how the sets of one side are acknowledged by the other.
 *
 * word  `ack` or `expect_ack` of the profile
 * ret   "997", "999", "contrl" or "none"
 */
const char *edi_ack_kind(const struct edi_profile *profile, const char *word);

/* pipeline/edi_acks.c: what we answer */
edi_render_fn edi_render_acks; /* 997, 999, CONTRL */
edi_render_fn edi_render_ta1;

#endif
