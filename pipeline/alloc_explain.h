/*
 * alloc_explain.h - why the allocator chose what it chose, for people.
 *
 *   group 1, zone leeds, method standard: rule 20 WH-EAST|WH-WEST
 *   WH-EAST fills 2 of 3: rank 0, late 0 d, doubtful 0, scarcity 120, 45 km, cost 405
 *   WH-WEST fills 3 of 3: rank 1, late 0 d, doubtful 0, scarcity 90, 300 km, cost 570
 *   chosen WH-WEST, one node, 3 of 3 units: rank 1, ...
 *
 * The text is bounded: of many candidates the first are shown.
 */
#ifndef OMS_PIPELINE_ALLOC_EXPLAIN_H
#define OMS_PIPELINE_ALLOC_EXPLAIN_H

#include <stdint.h>

#include "base/str.h"
#include "model/alloc.h"
#include "pipeline/alloc_book.h"

enum { EXPLAIN_MAX_BYTES = 2000, EXPLAIN_CANDIDATES = 8 };

/* Before alloc_take(): the candidates still are what they were. */
void alloc_explain(struct sbuf *text, const struct alloc_book *book,
    int64_t group_no, const struct book_case *c, const struct book_rule *rule,
    const struct alloc_job *job, const struct alloc_plan *plan);

#endif
