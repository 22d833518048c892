/*
 * alloc_book.h - what the allocator knows, loaded once a run.
 *
 * Nodes, products and zones become small numbers; the stock of every product
 * at every node is one cell of the grid in model/alloc.h.  The memory is that
 * of the reference data, whatever the number of orders.
 *
 * Available is on hand - reserved - buffer, and never below 0.  A cell is
 * empty while a short pick there is younger than dirty_s and nobody has
 * counted since; after that it is doubtful.  A count that was never taken
 * (counted_ts_us 0, or no row) or is older than stale_stock_s is no
 * information: the node's no_inventory says whether that means endless;
 * `ask` counts as zero.  A known 0 is always 0.
 */
#ifndef OMS_PIPELINE_ALLOC_BOOK_H
#define OMS_PIPELINE_ALLOC_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "model/alloc.h"
#include "pipeline/stage.h"

/* What becomes of a quantity that no node has. */
enum shortage { SHORTAGE_BACKORDER, SHORTAGE_CANCEL, SHORTAGE_ASK };

struct book_node {
	const char *node;
	char *group;
	int64_t lead_us; /* release to hand-over */
	bool open;
	bool endless; /* without information it has everything */
};

struct book_product {
	size_t text; /* offset of its SKU */
	int64_t weight_g;
	size_t class; /* number of its class, 0 none */
	enum shortage shortage;
};

/* A routing rule of kind node; an empty condition matches all. */
struct book_rule {
	int64_t rule_no;
	char *channel;
	char *zone;
	char *method;
	char *currency;
	size_t class;            /* 0: any */
	int64_t min_value_minor; /* INT64_MIN, INT64_MAX: no bound */
	int64_t max_value_minor;
	int64_t min_weight_g;
	int64_t max_weight_g;
	char *target;  /* as written */
	int32_t *rank; /* of each node; -1: it is not among the targets */
};

/* What a rule looks at. */
struct book_case {
	const char *channel;
	const char *zone;
	const char *method;
	const char *currency;
	int64_t value_minor;
	int64_t weight_g;
	const size_t *products; /* numbers of its lines */
	size_t product_count;
};

struct alloc_book {
	struct alloc *grid;
	struct book_node *nodes; /* by name */
	size_t node_count;
	struct book_product *products; /* 0: one that has no record at all */
	size_t product_count;
	struct book_rule *rules; /* by number */
	size_t rule_count;
	struct book_index *index; /* of SKUs, classes and zones */
};

/* Load everything; errors OMS_STORE_DAMAGED, OMS_IO. */
struct alloc_book *alloc_book_new(mem_ctx *ctx, const struct run *run,
    struct oms_error *err) MUST_CHECK;

/* Load the stock again, after another process has changed it. */
bool alloc_book_reload(struct alloc_book *book, const struct run *run,
    struct oms_error *err) MUST_CHECK;

/* The number of a product; 0 when there is no record of it at all. */
size_t book_product(const struct alloc_book *book, const char *sku);

/* The first rule that matches; NULL when none does. */
const struct book_rule *book_rule(const struct alloc_book *book,
    const struct book_case *c);

/* The number of a node; book->node_count when there is none of that name. */
size_t book_node(const struct alloc_book *book, const char *node);

/*
 * book_sites - every node as an order with that rule and zone sees it.
 *
 * rule  NULL: every open node, all of one rank
 * zone  "" or without lanes: all equally far
 * ret   book->node_count sites
 */
void book_sites(const struct alloc_book *book, const struct book_rule *rule,
    const char *zone, int64_t now_us, int64_t ship_by_ts_us,
    struct alloc_site *ret);

#endif
