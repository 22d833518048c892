/* edi_put.c - see edi_put.h. */

#include "mappers/edi_put.h"

#include <stddef.h>

void
edi_put(struct edi_writer *w, const char *tag, const char *const *texts)
{
	edi_w_tag(w, tag);
	for (; *texts != NULL; texts++)
		edi_w_text(w, *texts);
}

void
edi_put_nad(struct edi_writer *w, const char *qualifier, const char *id)
{
	edi_w_tag(w, "NAD");
	edi_w_text(w, qualifier);
	edi_w_text(w, id);
	edi_w_more(w, "");
	edi_w_more(w, "92");
}

void
edi_put_rff(struct edi_writer *w, const char *qualifier, const char *value)
{
	edi_w_tag(w, "RFF");
	edi_w_text(w, qualifier);
	edi_w_more(w, value);
}
