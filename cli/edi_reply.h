/* edi_reply.h - the acknowledgement of a file that is checked: --ack. */
#ifndef OMS_CLI_EDI_REPLY_H
#define OMS_CLI_EDI_REPLY_H

#include "cli/cli.h"
#include "parsers/edi_check.h"

/*
 * edi_reply_sink - answer what is read, on stdout.
 *
 * X12: TA1 when ISA14 asks for it or the envelope is wrong; 997, or 999 for
 * groups of 005010.  EDIFACT: CONTRL.  A set without a guide is refused: who
 * cannot read it cannot take it.  Answers are not answered.
 *
 * findings  is told of each finding, too
 */
struct edi_sink edi_reply_sink(struct cli *c, const struct edi_sink *findings);

#endif
