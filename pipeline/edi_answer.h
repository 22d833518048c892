/*
 * edi_answer.h - what partners say of the EDI that we sent them.
 *
 * 997 and 999 answer a group, CONTRL and TA1 an interchange, APERAK what a
 * set was about.  Each is a row of edi_ack.  The first one closes what it
 * answers (edi_out, edi_out_set), unless it only says that it came (UCI 8).
 * A later one counts when it is worse: A, E, P, R.  One that is not, and one
 * that answers nothing of ours, changes nothing and is no error.  A refusal
 * opens again what a person settled.  What was refused is noted in the
 * history of its orders, and found by every run until a person settles it
 * (pipeline/watch.c, oms acks close).
 */
#ifndef OMS_PIPELINE_EDI_ANSWER_H
#define OMS_PIPELINE_EDI_ANSWER_H

#include "parsers/edi_check.h"
#include "pipeline/edi_document.h"

/* A TA1, which is in no set.  As edi_apply_fn. */
bool edi_answer_ta1(struct edi_intake *in, const struct edi_interchange *ix,
    const struct edi_segment *ta1, const char **ret_key, enum intake_fate *ret,
    struct oms_error *err) MUST_CHECK;

#endif
