/*
 * edi_ack.h - TA1, 997, 999 and CONTRL: what was decided, said back.
 *
 * Pure, as all mappers: the caller gives what was decided (of the checker, or
 * of the store), these functions write it.  997 and 999 answer one group a
 * set; CONTRL and TA1 one interchange.  An answer is never answered.
 *
 *	edi_ack_interchange(a, ix)
 *		edi_ack_group(a, group)
 *			edi_ack_set(a, set)
 *				edi_ack_finding(a, finding) ...
 *			edi_ack_set_end(a, set)
 *		edi_ack_group_end(a, group)
 *	edi_ack_interchange_end(a, ix)
 *
 * All of them are given as they stand at their ends, verdict and counts in
 * them, and findings in the order of the segments.
 *
 * source  X12 997 and 999; ISO 9735 CONTRL, D.3 and syntax 4
 */
#ifndef OMS_MAPPERS_EDI_ACK_H
#define OMS_MAPPERS_EDI_ACK_H

#include "parsers/edi_check.h"
#include "writers/edi.h"

struct edi_ack; /* opaque */

/*
 * edi_ack_new - answers to go into w, whose interchange and group are open.
 *
 * kind      "997", "999", "contrl"
 * accepted  name accepted sets, too
 */
struct edi_ack *edi_ack_new(mem_ctx *ctx, struct edi_writer *w,
    const char *kind, bool accepted);

/* The interchange that is answered: UCI repeats both parties as sent. */
void edi_ack_interchange(struct edi_ack *a, const struct edi_interchange *ix);
void edi_ack_interchange_end(struct edi_ack *a,
    const struct edi_interchange *ix);

void edi_ack_group(struct edi_ack *a, const struct edi_group *g);
void edi_ack_set(struct edi_ack *a, const struct edi_set_head *s);
void edi_ack_finding(struct edi_ack *a, const struct edi_finding *f);
void edi_ack_set_end(struct edi_ack *a, const struct edi_set_head *s);
void edi_ack_group_end(struct edi_ack *a, const struct edi_group *g);

/* TA1, into an interchange of w that is open and has no group. */
void edi_ack_ta1(struct edi_writer *w, const struct edi_interchange *ix);

#endif
