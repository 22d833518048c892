/* alloc_book.c - see alloc_book.h. */

#include "pipeline/alloc_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/stmt.h"

enum {
	LANE_MISSING_KM = 40000, /* farther than any lane: round the Earth */
	NAME_MAX_BYTES = 80
};

#define DAY_US INT64_C(86400000000)

struct lane_zone {
	const char *zone;
	int32_t *km; /* to each node */
};

struct book_index {
	char *text; /* every SKU, each with its NUL */
	size_t text_bytes;
	size_t text_room;
	uint32_t *slots;   /* hash of a SKU to its product; 0 free */
	size_t slot_count; /* a power of two */
	char **classes;    /* class 1 is classes[0] */
	size_t class_count;
	struct lane_zone *zones; /* by name */
	size_t zone_count;
};

/* FNV-1a: SKUs are short and differ at their ends. */
static uint64_t
hash_of(const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}

/* Where a SKU is in the table, or the free place where it would be. */
static uint32_t *
slot_of(const struct alloc_book *book, const char *sku)
{
	const struct book_index *x = book->index;

	for (uint64_t h = hash_of(sku);; h++) {
		uint32_t *slot = &x->slots[h & (x->slot_count - 1)];

		if (*slot == 0 ||
		    strcmp(x->text + book->products[*slot].text, sku) == 0)
			return slot;
	}
}

size_t
book_product(const struct alloc_book *book, const char *sku)
{
	return *slot_of(book, sku);
}

static void
rehash(struct alloc_book *book)
{
	struct book_index *x = book->index;

	mem_free(x->slots);
	x->slot_count = x->slot_count == 0 ? 1024 : 2 * x->slot_count;
	x->slots = mem_array(x, uint32_t, x->slot_count);
	for (size_t p = 1; p < book->product_count; p++)
		*slot_of(book, x->text + book->products[p].text) = (uint32_t)p;
}

static size_t
add_text(struct book_index *x, const char *sku)
{
	size_t n = strlen(sku) + 1, at = x->text_bytes;

	if (at + n > x->text_room) {
		x->text_room = 2 * (at + n);
		x->text = mem_resize(x, x->text, x->text_room);
	}
	memcpy(x->text + at, sku, n);
	x->text_bytes += n;
	return at;
}

/* Product 0 is the one without a record, at the start and in no slot. */
static size_t
add_product(struct alloc_book *book, const char *sku,
    struct book_product product)
{
	size_t p = book->product_count;

	if ((p & (p - 1)) == 0)
		book->products = mem_resize(book, book->products,
		    (p == 0 ? 1 : 2 * p) * sizeof(*book->products));
	product.text = add_text(book->index, sku);
	book->products[book->product_count++] = product;
	if (p == 0)
		return 0;
	if (2 * p >= book->index->slot_count)
		rehash(book);
	else
		*slot_of(book, sku) = (uint32_t)p;
	return p;
}

static size_t
class_number(struct book_index *x, const char *class)
{
	if (class[0] == '\0')
		return 0;
	for (size_t i = 0; i < x->class_count; i++)
		if (strcmp(x->classes[i], class) == 0)
			return i + 1;
	x->classes = mem_resize(x, x->classes,
	    (x->class_count + 1) * sizeof(*x->classes));
	x->classes[x->class_count++] = mem_strdup(x, class);
	return x->class_count;
}

static enum shortage
shortage_of(const char *word)
{
	return strcmp(word, "cancel") == 0 ? SHORTAGE_CANCEL
	    : strcmp(word, "ask") == 0     ? SHORTAGE_ASK
					   : SHORTAGE_BACKORDER;
}

static bool
load_products(struct alloc_book *book, const struct run *run,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BOOK_PRODUCTS, err);

	if (s == NULL)
		return false;
	rehash(book);
	add_product(book, "", (struct book_product){ 0 });
	while (stmt_next(s, err))
		add_product(book, col_text(s, 0),
		    (struct book_product){ .weight_g = col_int(s, 1),
			.class = class_number(book->index, col_text(s, 2)),
			.shortage = shortage_of(col_text(s, 3)) });
	return err->code == OMS_OK;
}

static int
node_order(const void *a, const void *b)
{
	return strcmp(((const struct book_node *)a)->node,
	    ((const struct book_node *)b)->node);
}

static bool
load_nodes(struct alloc_book *book, const struct run *run,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BOOK_NODES, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		book->nodes = mem_resize(book, book->nodes,
		    (book->node_count + 1) * sizeof(*book->nodes));
		book->nodes[book->node_count++] = (struct book_node){
			.node = col_dup(s, 0, book),
			.group = col_dup(s, 1, book),
			.endless = strcmp(col_text(s, 2), "infinite") == 0,
			.lead_us = col_int(s, 3) * 1000000,
			.open = col_int(s, 4) != 0
		};
	}
	if (book->node_count > 0)
		qsort(book->nodes, book->node_count, sizeof(*book->nodes),
		    node_order);
	return err->code == OMS_OK;
}

size_t
book_node(const struct alloc_book *book, const char *node)
{
	struct book_node key = { .node = node };
	const struct book_node *n = book->node_count == 0
	    ? NULL
	    : bsearch(&key, book->nodes, book->node_count, sizeof(*book->nodes),
		  node_order);

	return n == NULL ? book->node_count : (size_t)(n - book->nodes);
}

static int
zone_order(const void *a, const void *b)
{
	return strcmp(((const struct lane_zone *)a)->zone,
	    ((const struct lane_zone *)b)->zone);
}

static void
add_zone(struct alloc_book *book, const char *name)
{
	struct book_index *x = book->index;
	struct lane_zone *z;

	x->zones = mem_resize(x, x->zones,
	    (x->zone_count + 1) * sizeof(*x->zones));
	z = &x->zones[x->zone_count++];
	z->zone = mem_strdup(x, name);
	z->km = mem_array(x, int32_t, book->node_count + 1);
	for (size_t n = 0; n < book->node_count; n++)
		z->km[n] = LANE_MISSING_KM;
}

/* Rows come zone by zone. */
static bool
load_lanes(struct alloc_book *book, const struct run *run,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BOOK_LANES, err);
	struct book_index *x = book->index;

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		size_t n = book_node(book, col_text(s, 1));
		int64_t km = col_int(s, 2);

		if (x->zone_count == 0 ||
		    strcmp(x->zones[x->zone_count - 1].zone, col_text(s, 0)) !=
			0)
			add_zone(book, col_text(s, 0));
		if (n < book->node_count)
			x->zones[x->zone_count - 1].km[n] = (int32_t)(km <
				    LANE_MISSING_KM
				? km
				: LANE_MISSING_KM);
	}
	if (x->zone_count > 0)
		qsort(x->zones, x->zone_count, sizeof(*x->zones), zone_order);
	return err->code == OMS_OK;
}

/* One target: a node or a group of nodes.  Earlier targets rank first. */
static bool
rank_target(const struct alloc_book *book, const char *target, int32_t rank,
    struct book_rule *rule)
{
	bool known = false;

	for (size_t n = 0; n < book->node_count; n++) {
		const struct book_node *node = &book->nodes[n];

		if (strcmp(node->node, target) != 0 &&
		    strcmp(node->group, target) != 0)
			continue;
		known = true;
		if (rule->rank[n] < 0)
			rule->rank[n] = rank;
	}
	return known;
}

static void
rank_targets(const struct alloc_book *book, struct book_rule *rule)
{
	const char *p = rule->target;

	for (int32_t rank = 0; *p != '\0'; rank++) {
		char name[NAME_MAX_BYTES];
		size_t n = strcspn(p, "|"), len;

		len = n;
		for (; len > 0 && *p == ' '; p++, n--)
			len--;
		while (len > 0 && p[len - 1] == ' ')
			len--;
		snprintf(name, sizeof(name), "%.*s", (int)len, p);
		if (!rank_target(book, name, rank, rule))
			log_event(LOG_WARN_, "allocate",
			    "event=rule.target rule=%lld target=%s: no node "
			    "or group of that name",
			    (long long)rule->rule_no, name);
		p += n;
		p += *p == '|';
	}
}

static int64_t
bound(struct stmt *s, int col, int64_t none)
{
	return col_is_null(s, col) ? none : col_int(s, col);
}

static void
add_rule(struct alloc_book *book, struct stmt *s)
{
	struct book_rule *r;

	book->rules = mem_resize(book, book->rules,
	    (book->rule_count + 1) * sizeof(*book->rules));
	r = &book->rules[book->rule_count++];
	*r = (struct book_rule){ .rule_no = col_int(s, 0),
		.channel = col_dup(s, 1, book),
		.zone = col_dup(s, 2, book),
		.class = class_number(book->index, col_text(s, 3)),
		.method = col_dup(s, 4, book),
		.currency = col_dup(s, 5, book),
		.min_value_minor = bound(s, 6, INT64_MIN),
		.max_value_minor = bound(s, 7, INT64_MAX),
		.min_weight_g = bound(s, 8, INT64_MIN),
		.max_weight_g = bound(s, 9, INT64_MAX),
		.target = col_dup(s, 10, book),
		.rank = mem_array(book, int32_t, book->node_count + 1) };
	for (size_t n = 0; n < book->node_count; n++)
		r->rank[n] = -1;
	rank_targets(book, r);
}

static bool
load_rules(struct alloc_book *book, const struct run *run,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BOOK_RULES, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err))
		add_rule(book, s);
	return err->code == OMS_OK;
}

/* Without a record: nothing, or everything. */
static void
set_default(struct alloc_book *book, size_t product)
{
	for (size_t n = 0; n < book->node_count; n++)
		alloc_set(book->grid, product, n,
		    book->nodes[n].endless ? ALLOC_ENDLESS : 0, false);
}

static void
set_cell(struct alloc_book *book, const struct run *run, size_t product,
    size_t node, struct stmt *s)
{
	const struct config *cfg = run->cfg;
	int64_t available = col_int(s, 2) - col_int(s, 3) - col_int(s, 4);
	int64_t counted_us = col_int(s, 5), dirty_us = col_int(s, 6);
	bool doubtful = dirty_us > counted_us;
	bool counted = counted_us > 0 &&
	    (cfg->stale_stock_s == 0 ||
		run->now_us - counted_us <= cfg->stale_stock_s * 1000000);

	if (!counted)
		available = book->nodes[node].endless ? ALLOC_ENDLESS : 0;
	if (available < 0 ||
	    (doubtful && run->now_us - dirty_us < cfg->dirty_s * 1000000))
		available = 0;
	alloc_set(book->grid, product, node, available, doubtful);
}

/* A product that only the stock knows: somebody may yet have ordered it. */
static size_t
product_for(struct alloc_book *book, const char *sku)
{
	size_t p = book_product(book, sku);

	if (p == 0) {
		p = add_product(book, sku, (struct book_product){ 0 });
		(void)alloc_add_sku(book->grid);
		set_default(book, p);
	}
	return p;
}

bool
alloc_book_reload(struct alloc_book *book, const struct run *run,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_BOOK_STOCK, err);
	size_t product = 0;

	if (s == NULL)
		return false;
	for (size_t p = 0; p < book->product_count; p++)
		set_default(book, p);
	while (stmt_next(s, err)) {
		const char *sku = col_text(s, 0);
		size_t node = book_node(book, col_text(s, 1));

		if (node == book->node_count)
			continue;
		if (product == 0 ||
		    strcmp(book->index->text + book->products[product].text,
			sku) != 0)
			product = product_for(book, sku);
		set_cell(book, run, product, node, s);
	}
	return err->code == OMS_OK;
}

struct alloc_book *
alloc_book_new(mem_ctx *ctx, const struct run *run, struct oms_error *err)
{
	struct alloc_book *book = mem_new(ctx, struct alloc_book);

	book->index = mem_new(book, struct book_index);
	if (load_products(book, run, err) && load_nodes(book, run, err) &&
	    load_lanes(book, run, err) && load_rules(book, run, err)) {
		book->grid = alloc_new(book, book->product_count,
		    book->node_count);
		if (alloc_book_reload(book, run, err))
			return book;
	}
	mem_free(book);
	return NULL;
}

static bool
is_one_of(const char *condition, const char *value)
{
	return condition[0] == '\0' || strcmp(condition, value) == 0;
}

static bool
has_class(const struct alloc_book *book, const struct book_case *c,
    size_t class)
{
	for (size_t i = 0; i < c->product_count; i++)
		if (book->products[c->products[i]].class == class)
			return true;
	return class == 0;
}

const struct book_rule *
book_rule(const struct alloc_book *book, const struct book_case *c)
{
	for (size_t i = 0; i < book->rule_count; i++) {
		const struct book_rule *r = &book->rules[i];

		if (is_one_of(r->channel, c->channel) &&
		    is_one_of(r->zone, c->zone) &&
		    is_one_of(r->method, c->method) &&
		    is_one_of(r->currency, c->currency) &&
		    c->value_minor >= r->min_value_minor &&
		    c->value_minor <= r->max_value_minor &&
		    c->weight_g >= r->min_weight_g &&
		    c->weight_g <= r->max_weight_g &&
		    has_class(book, c, r->class))
			return r;
	}
	return NULL;
}

/* Whole days past the date to ship by, begun days counted. */
static int32_t
late_days(const struct book_node *node, int64_t now_us, int64_t ship_by_ts_us)
{
	int64_t late_us = now_us + node->lead_us - ship_by_ts_us;

	return late_us <= 0 ? 0 : (int32_t)((late_us + DAY_US - 1) / DAY_US);
}

void
book_sites(const struct alloc_book *book, const struct book_rule *rule,
    const char *zone, int64_t now_us, int64_t ship_by_ts_us,
    struct alloc_site *ret)
{
	const struct book_index *x = book->index;
	struct lane_zone key = { .zone = zone };
	const struct lane_zone *z = x->zone_count == 0
	    ? NULL
	    : bsearch(&key, x->zones, x->zone_count, sizeof(*x->zones),
		  zone_order);

	for (size_t n = 0; n < book->node_count; n++)
		ret[n] = (struct alloc_site){ .rank = !book->nodes[n].open ? -1
			    : rule != NULL ? rule->rank[n]
					   : 0,
			.late_days = late_days(&book->nodes[n], now_us,
			    ship_by_ts_us),
			.distance_km = z != NULL ? z->km[n] : LANE_MISSING_KM };
}
