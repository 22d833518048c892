/* edi_fault.c - the table of edi_fault.h. */

#include "parsers/edi_fault.h"

/* clang-format off */
#define X(id, name, level, ak304, ak403, ak502, envelope, contrl, text) \
	[id] = { name, EDI_LEVEL_##level, ak304, ak403, ak502, envelope, \
	    contrl, text },
/* clang-format on */
const struct edi_fault_row edi_faults[EDI_FAULT_COUNT] = { EDI_FAULTS(X) };
