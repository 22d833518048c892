/* edi_put.c - see edi_put.h. */

#include "mappers/edi_put.h"

#include <stddef.h>
#include <string.h>

void
edi_put(struct edi_writer *w, const char *tag, const char *const *texts)
{
	edi_w_tag(w, tag);
	for (; *texts != NULL; texts++)
		edi_w_text(w, *texts);
}

static bool
is_gln(const struct edi_profile *p, const char *id)
{
	return (strcmp(p->our_qualifier, "14") == 0 &&
		   strcmp(p->our_id, id) == 0) ||
	    (strcmp(p->their_qualifier, "14") == 0 &&
		strcmp(p->their_id, id) == 0);
}

void
edi_put_nad(struct edi_writer *w, const struct edi_profile *p,
    const char *qualifier, const char *id)
{
	edi_w_tag(w, "NAD");
	edi_w_text(w, qualifier);
	edi_w_text(w, id);
	if (id[0] == '\0')
		return;
	edi_w_more(w, "");
	edi_w_more(w, is_gln(p, id) ? "9" : "92");
}

void
edi_put_rff(struct edi_writer *w, const char *qualifier, const char *value)
{
	edi_w_tag(w, "RFF");
	edi_w_text(w, qualifier);
	edi_w_more(w, value);
}
