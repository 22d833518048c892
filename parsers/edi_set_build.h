/*
 * edi_set_build.h - a set in memory, out of the segments of a reader.
 *
 * For the checker, who knows the place of each segment.  All memory is kept
 * from set to set; what finish() returned lasts until the next reset().
 */
#ifndef OMS_PARSERS_EDI_SET_BUILD_H
#define OMS_PARSERS_EDI_SET_BUILD_H

#include "parsers/edi_guide.h"
#include "parsers/edi_set.h"

struct edi_set_builder; /* opaque */

struct edi_set_builder *edi_set_builder_new(mem_ctx *ctx);

/*
 * edi_set_builder_reset - a new set begins.
 *
 * head       all but segs and count; its texts are copied.  release, assoc
 *            NULL: taken from version
 * release    the release character, or 0
 * charset    UNB 0001, "UNOC"; "" for X12
 * max_bytes  that the set may take in memory
 */
void edi_set_builder_reset(struct edi_set_builder *b,
    const struct edi_set *head, char release, const char *charset,
    int64_t max_bytes);

/*
 * edi_set_builder_add - the next segment, ST and SE too.
 *
 * node        its place; NULL: it has none, and stands outside of all loops
 * segment_no  in the set, from 1
 * returns     false: the set is larger than max_bytes; finish() gives NULL
 */
bool edi_set_builder_add(struct edi_set_builder *b, const struct edi_segment *s,
    const struct edi_node *node, int64_t segment_no);

/* The whole set; NULL when it was too large. */
const struct edi_set *edi_set_builder_finish(struct edi_set_builder *b);

#endif
