/*
 * alloc.h - which nodes send an order: the fewest, and of those the best.
 *
 * Pure arithmetic on whole numbers.  The same grid and the same job give the
 * same plan, bit for bit; how much is filled does not even depend on the
 * order of the nodes.
 *
 *   1  the needs of one SKU are added up over all lines of the job
 *   2  one node that has everything, the best by score
 *   3  else what all nodes together have is the target, and the smallest set
 *      of nodes that reaches it is taken: every set of 2, 3 ... nodes is
 *      tried, up to ALLOC_EXACT_NODES candidates
 *   4  more candidates, or no set within max_splits: the node that adds most,
 *      again and again, then nodes that turn out superfluous are dropped
 *
 * A line whose needs are several SKUs is a kit: each kit comes from one node.
 * Overlapping kits, and lines that must not be split and share a SKU, are
 * packed hardest first; there a smaller set might exist.
 */
#ifndef OMS_MODEL_ALLOC_H
#define OMS_MODEL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum {
	ALLOC_ENDLESS = INT32_MAX, /* stock of a node that never runs out */
	ALLOC_EXACT_NODES = 16,    /* 2^16 sets are still a short walk */
	ALLOC_COST_SCALE = 1000    /* a unit that empties its node, as km */
};

struct alloc; /* opaque: available stock of every SKU at every node */

/* A node as this job sees it. */
struct alloc_site {
	int32_t rank;      /* of the routing rule, 0 first; < 0: not eligible */
	int32_t late_days; /* whole days past ship-by if it sends */
	int64_t distance_km;
	bool in_use; /* it sends something of the order anyway */
};

/* So many of a SKU for one unit of the line. */
struct alloc_need {
	size_t sku;
	int64_t qty_per;
};

struct alloc_line {
	int64_t qty;
	const struct alloc_need *needs; /* one, or the components of a kit */
	size_t need_count;
};

struct alloc_rules {
	int64_t max_splits; /* nodes in all; less than 1 is 1 */
	int64_t scarcity_weight;
	int64_t distance_weight;
	bool split_lines;   /* else a line comes whole from one node or waits */
	bool ship_complete; /* all of the job or nothing */
};

struct alloc_job {
	const struct alloc_line *lines;
	size_t line_count;
	const struct alloc_site *sites; /* one a node of the grid */
	size_t in_use_count; /* nodes that count toward max_splits already */
	const struct alloc_rules *rules;
};

/* Compared from the top; the set of lower node numbers wins a tie. */
struct alloc_score {
	int64_t rank;      /* sum over the nodes */
	int64_t late_days; /* the latest node */
	int64_t doubtful;  /* SKUs taken where a picker failed before */
	int64_t cost;      /* both weights times what follows */
	int64_t split_lines;
	int64_t scarcity; /* sum of qty * ALLOC_COST_SCALE / (1 + available) */
	int64_t distance_km; /* sum over the nodes */
};

struct alloc_piece {
	size_t line;
	size_t node;
	int64_t qty;
};

/* What alloc_solve() decided; valid until the next call. */
struct alloc_plan {
	const struct alloc_piece *pieces; /* by line; none: nothing is taken */
	size_t piece_count;
	const size_t *nodes; /* ascending */
	size_t node_count;
	struct alloc_score score;
	int64_t wanted; /* units of the lines */
	int64_t filled;
	const char *
	    how; /* "one node", "fewest nodes", "nodes by what they add", "nothing" */
};

/* A grid where nothing is available yet. */
struct alloc *alloc_new(mem_ctx *ctx, size_t sku_count, size_t node_count);

/* One SKU more, with nothing available; its number. */
size_t alloc_add_sku(struct alloc *a);

/*
 * alloc_set - say what is available.
 *
 * qty       at least 0; above ALLOC_ENDLESS - 1 it is cut to that;
 *           ALLOC_ENDLESS itself never shrinks
 * doubtful  a picker failed here and nobody has counted since: last choice
 */
void alloc_set(struct alloc *a, size_t sku, size_t node, int64_t qty,
    bool doubtful);
int64_t alloc_get(const struct alloc *a, size_t sku, size_t node);

/* Choose; the grid is not changed. */
void alloc_solve(struct alloc *a, const struct alloc_job *job,
    struct alloc_plan *ret);

/* Take qty units of a line from a node, or give them back. */
void alloc_take(struct alloc *a, const struct alloc_line *line, size_t node,
    int64_t qty);
void alloc_give(struct alloc *a, const struct alloc_line *line, size_t node,
    int64_t qty);

/*
 * alloc_candidate - what one node alone would do for the job just solved.
 *
 * i       0, 1, ... in the order of the nodes
 * ret     its node, the units it could fill, and its score for those
 * false   there are no more nodes that are eligible and have anything
 */
bool alloc_candidate(struct alloc *a, const struct alloc_job *job, size_t i,
    size_t *ret_node, int64_t *ret_filled, struct alloc_score *ret);

#endif
