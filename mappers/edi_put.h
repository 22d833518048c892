/*
 * edi_put.h - segments that several of our sets have.
 */
#ifndef OMS_MAPPERS_EDI_PUT_H
#define OMS_MAPPERS_EDI_PUT_H

#include "writers/edi.h"

/* A tag and its elements, open for more: SEGMENT(w, "BGM", "220", number). */
#define SEGMENT(w, tag, ...)                                                   \
	edi_put(w, tag, (const char *const[]){ __VA_ARGS__, NULL })

/* The same; NULL ends the texts. */
void edi_put(struct edi_writer *w, const char *tag, const char *const *texts);

/* A place by a number that we or the partner gave it: NAD+qualifier+id::92. */
void edi_put_nad(struct edi_writer *w, const char *qualifier, const char *id);

/* RFF+qualifier:value */
void edi_put_rff(struct edi_writer *w, const char *qualifier,
    const char *value);

#endif
