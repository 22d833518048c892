/* edi_remedy.h - what to do about each fault of EDI, for oms explain. */
#ifndef OMS_CLI_EDI_REMEDY_H
#define OMS_CLI_EDI_REMEDY_H

#include "parsers/edi_fault.h"

/* The fault of a name; EDI_FAULT_COUNT: there is none. */
enum edi_fault edi_fault_of_name(const char *name);

/* The fault that a reason of a dead letter names, "... [sender-unknown]";
   EDI_FAULT_COUNT: none. */
enum edi_fault edi_fault_in(const char *reason);

/*
 * edi_dead_action - what to do about a dead letter: what its reason's fault of
 * EDI wants when that is one of the envelope, else what its code wants.
 *
 * code_name  "data.schema"; "" is returned for one that is not known
 */
const char *edi_dead_action(const char *code_name, const char *reason);

/* The leniency that forgives it, or "". */
const char *edi_lenient_of(enum edi_fault fault);

/* What to do, a sentence. */
const char *edi_remedy(enum edi_fault fault);

/* "segment": where it is found. */
const char *edi_level_name(enum edi_level level);

#endif
