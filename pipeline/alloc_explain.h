/*
 * alloc_explain.h - why the allocator chose what it chose, for people.
 *
 *   group 1, zone leeds, method standard: rule 20 WH-EAST|WH-WEST
 *   > WH-EAST 3/3: rank 0, late 0, doubt 0, cost 405 (scarcity 120, 45 km)
 *     WH-WEST 3/3: rank 1, late 0, doubt 0, cost 570 (scarcity 90, 300 km)
 *   3/3 from one node
 *
 * "3/3" is what the node alone would fill, of what is wanted; ">" marks what
 * was taken.  The score is compared from the left: rule rank, days late,
 * doubtful stock, cost, then split lines, then the order of the nodes.  The
 * text is bounded: of the nodes that were not taken those that would fill
 * most are shown, EXPLAIN_RIVALS at most.  When something is lacking, the nodes
 * that were out of the question are named too, and why.
 */
#ifndef OMS_PIPELINE_ALLOC_EXPLAIN_H
#define OMS_PIPELINE_ALLOC_EXPLAIN_H

#include <stdint.h>

#include "base/str.h"
#include "model/alloc.h"
#include "pipeline/alloc_book.h"

enum { EXPLAIN_MAX_BYTES = 2000, EXPLAIN_RIVALS = 3, EXPLAIN_OUT = 8 };

/* Before alloc_take(): the candidates still are what they were. */
void alloc_explain(struct sbuf *text, const struct alloc_book *book,
    int64_t group_no, const struct book_case *c, const struct book_rule *rule,
    const struct alloc_job *job, const struct alloc_plan *plan);

#endif
