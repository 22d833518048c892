/* test_alloc.c - the promises of model/alloc.h; most over seeded random cases. */

#include "tests/unit/testing.h"

#include "model/alloc.h"

enum { SKUS = 6, NODES = 20, LINES = 5, CASES = 4000 };

/* A random case, small enough to be solved by trying everything. */
struct fixture {
	mem_ctx *ctx;
	uint64_t seed;
	size_t node_count;
	int64_t atp[SKUS][NODES];
	bool doubtful[SKUS][NODES];
	struct alloc_need needs[LINES][3];
	struct alloc_line lines[LINES];
	struct alloc_site sites[NODES];
	struct alloc_rules rules;
	struct alloc_job job;
	struct alloc *grid;
	mem_ctx *scratch; /* of one case */
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->ctx = run;
	*state = f;
	return 0;
}

/* xorshift64*: the same cases on every machine. */
static int64_t
pick(struct fixture *f, int64_t below)
{
	f->seed ^= f->seed >> 12;
	f->seed ^= f->seed << 25;
	f->seed ^= f->seed >> 27;
	return (int64_t)((f->seed * UINT64_C(0x2545F4914F6CDD1D)) >> 33) %
	    below;
}

static void
load_grid(struct fixture *f)
{
	mem_free(f->scratch);
	f->scratch = mem_ctx_new(f->ctx, "case");
	f->grid = alloc_new(f->scratch, SKUS, f->node_count);
	for (size_t s = 0; s < SKUS; s++)
		for (size_t n = 0; n < f->node_count; n++)
			alloc_set(f->grid, s, n, f->atp[s][n],
			    f->doubtful[s][n]);
}

/* kits: one line in three consists of two or three SKUs */
static void
make_case(struct fixture *f, uint64_t seed, size_t node_count, bool kits)
{
	f->seed = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	f->node_count = node_count;
	for (size_t n = 0; n < node_count; n++) {
		f->sites[n] = (struct alloc_site){ .rank = (int32_t)pick(f, 3),
			.late_days = (int32_t)pick(f, 2),
			.distance_km = pick(f, 900) };
		for (size_t s = 0; s < SKUS; s++) {
			f->atp[s][n] = pick(f, 3) == 0 ? 0 : pick(f, 7);
			f->doubtful[s][n] = pick(f, 8) == 0;
		}
	}
	f->job.line_count = (size_t)pick(f, LINES) + 1;
	for (size_t l = 0; l < f->job.line_count; l++) {
		struct alloc_line *line = &f->lines[l];

		*line = (struct alloc_line){ .qty = pick(f, 6) + 1,
			.needs = f->needs[l],
			.need_count = 1 };
		if (kits && pick(f, 3) == 0)
			line->need_count = 2 + (size_t)pick(f, 2);
		for (size_t i = 0; i < line->need_count; i++)
			f->needs[l][i] = (struct alloc_need){
				.sku = (size_t)pick(f, SKUS),
				.qty_per = line->need_count > 1 ? pick(f, 2) + 1
								: 1
			};
	}
	f->rules = (struct alloc_rules){ .max_splits = (int64_t)node_count,
		.scarcity_weight = 3,
		.distance_weight = 1,
		.split_lines = true };
	f->job.lines = f->lines;
	f->job.sites = f->sites;
	f->job.rules = &f->rules;
	load_grid(f);
}

/* Nothing over what is there, no line over its quantity, sums agree. */
static void
assert_plan_is_sound(struct fixture *f, const struct alloc_plan *p)
{
	int64_t left[SKUS][NODES], filled[LINES] = { 0 }, sum = 0;
	bool used[NODES] = { false };

	memcpy(left, f->atp, sizeof(left));
	for (size_t i = 0; i < p->piece_count; i++) {
		const struct alloc_piece *e = &p->pieces[i];
		const struct alloc_line *line = &f->lines[e->line];

		assert_true(e->qty > 0);
		assert_true(i == 0 || p->pieces[i - 1].line <= e->line);
		assert_true(f->sites[e->node].rank >= 0);
		filled[e->line] += e->qty;
		sum += e->qty;
		used[e->node] = true;
		for (size_t k = 0; k < line->need_count; k++) {
			int64_t *cell = &left[line->needs[k].sku][e->node];

			*cell -= e->qty * line->needs[k].qty_per;
			assert_true(*cell >= 0);
		}
	}
	assert_int_equal(sum, p->filled);
	for (size_t l = 0; l < f->job.line_count; l++)
		assert_true(filled[l] <= f->lines[l].qty);
	for (size_t i = 0; i < p->node_count; i++)
		assert_true(used[p->nodes[i]]);
}

static int64_t
needed(const struct fixture *f, size_t sku)
{
	int64_t sum = 0;

	for (size_t l = 0; l < f->job.line_count; l++)
		for (size_t k = 0; k < f->lines[l].need_count; k++)
			if (f->needs[l][k].sku == sku)
				sum += f->lines[l].qty * f->needs[l][k].qty_per;
	return sum;
}

static int64_t
available(const struct fixture *f, size_t sku, uint32_t mask)
{
	int64_t sum = 0;

	for (size_t n = 0; n < f->node_count; n++)
		if (mask & (UINT32_C(1) << n))
			sum += f->atp[sku][n];
	return sum;
}

static int64_t
fillable(const struct fixture *f, size_t sku, uint32_t mask)
{
	int64_t need = needed(f, sku), have = available(f, sku, mask);

	return need < have ? need : have;
}

/* The fewest nodes by which all that can be filled is filled. */
static int
fewest(const struct fixture *f)
{
	uint32_t all = (UINT32_C(1) << f->node_count) - 1;
	int best = (int)f->node_count + 1;

	for (uint32_t mask = 0; mask <= all; mask++) {
		bool enough = true;

		for (size_t s = 0; s < SKUS; s++)
			enough = enough &&
			    fillable(f, s, mask) == fillable(f, s, all);
		if (enough && __builtin_popcount(mask) < best)
			best = __builtin_popcount(mask);
	}
	return best;
}

static int
compare(const struct alloc_score *a, const struct alloc_score *b)
{
	const int64_t x[] = { a->rank, a->late_days, a->doubtful, a->cost,
		a->split_lines };
	const int64_t y[] = { b->rank, b->late_days, b->doubtful, b->cost,
		b->split_lines };

	for (size_t i = 0; i < COUNT(x); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

static void
test_solve__plain_lines__fill_is_the_smaller_of_need_and_stock(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;

	for (uint64_t seed = 1; seed <= CASES; seed++) {
		int64_t got[SKUS] = { 0 };
		size_t nodes = seed % 5 == 0 ? NODES : 1 + seed % 6;

		make_case(f, seed, nodes, false);
		alloc_solve(f->grid, &f->job, &p);
		assert_plan_is_sound(f, &p);
		for (size_t i = 0; i < p.piece_count; i++)
			got[f->needs[p.pieces[i].line][0].sku] += p.pieces[i]
								      .qty;
		for (size_t s = 0; s < SKUS; s++)
			assert_int_equal(got[s],
			    fillable(f, s, (UINT32_C(1) << nodes) - 1));
	}
}

static void
test_solve__small_case__has_the_fewest_nodes_of_all_sets(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;

	for (uint64_t seed = 1; seed <= CASES; seed++) {
		make_case(f, seed, 1 + seed % 7, false);
		alloc_solve(f->grid, &f->job, &p);
		assert_int_equal(p.node_count, fewest(f));
	}
}

/* Each set by itself, by closing all other nodes, must not score better. */
static void
test_solve__small_case__no_other_set_of_that_size_scores_better(void **state)
{
	struct fixture *f = *state;
	struct alloc_site open[NODES];
	struct alloc_score best;
	struct alloc_plan p;
	int64_t filled;
	size_t size;

	for (uint64_t seed = 1; seed <= CASES / 4; seed++) {
		make_case(f, seed, 1 + seed % 6, false);
		alloc_solve(f->grid, &f->job, &p);
		best = p.score;
		filled = p.filled;
		size = p.node_count;
		memcpy(open, f->sites, sizeof(open));
		for (uint32_t m = 0; m < UINT32_C(1) << f->node_count; m++) {
			for (size_t n = 0; n < f->node_count; n++)
				f->sites[n].rank = m & (UINT32_C(1) << n)
				    ? open[n].rank
				    : -1;
			alloc_solve(f->grid, &f->job, &p);
			if (p.filled == filled && p.node_count == size)
				assert_true(compare(&best, &p.score) <= 0);
		}
	}
}

static void
test_solve__other_node_order__fills_every_line_the_same(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;

	for (uint64_t seed = 1; seed <= CASES; seed++) {
		int64_t one[LINES] = { 0 }, two[LINES] = { 0 };
		size_t n = 2 + seed % 18;

		make_case(f, seed, n, false);
		alloc_solve(f->grid, &f->job, &p);
		for (size_t i = 0; i < p.piece_count; i++)
			one[p.pieces[i].line] += p.pieces[i].qty;
		for (size_t i = n - 1; i > 0; i--) {
			size_t k = (size_t)pick(f, (int64_t)i + 1);
			struct alloc_site site = f->sites[i];

			f->sites[i] = f->sites[k];
			f->sites[k] = site;
			for (size_t s = 0; s < SKUS; s++) {
				int64_t qty = f->atp[s][i];

				f->atp[s][i] = f->atp[s][k];
				f->atp[s][k] = qty;
			}
		}
		load_grid(f);
		alloc_solve(f->grid, &f->job, &p);
		for (size_t i = 0; i < p.piece_count; i++)
			two[p.pieces[i].line] += p.pieces[i].qty;
		assert_memory_equal(one, two, sizeof(one));
	}
}

static void
test_solve__same_case_after_others__gives_the_same_plan(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;
	struct alloc_piece first[LINES * NODES];
	struct alloc_score score;
	size_t count;

	for (uint64_t seed = 1; seed <= CASES / 4; seed++) {
		make_case(f, seed, 2 + seed % 18, true);
		alloc_solve(f->grid, &f->job, &p);
		count = p.piece_count;
		score = p.score;
		if (count > 0)
			memcpy(first, p.pieces, count * sizeof(first[0]));
		f->lines[0].qty += 100;
		alloc_solve(f->grid, &f->job, &p);
		f->lines[0].qty -= 100;
		alloc_solve(f->grid, &f->job, &p);
		assert_int_equal(p.piece_count, count);
		if (count > 0)
			assert_memory_equal(p.pieces, first,
			    count * sizeof(first[0]));
		assert_memory_equal(&p.score, &score, sizeof(score));
	}
}

/* CAT-06: a kit ships complete from one node. */
static void
test_solve__kits__come_whole_from_one_node_each(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;

	for (uint64_t seed = 1; seed <= CASES; seed++) {
		make_case(f, seed, seed % 7 == 0 ? 18 : 1 + seed % 6, true);
		f->rules.max_splits = 1 + (int64_t)(seed % 4);
		alloc_solve(f->grid, &f->job, &p);
		assert_plan_is_sound(f, &p);
		assert_true(p.node_count <= (size_t)f->rules.max_splits);
	}
}

/* Nodes in use count toward the limit and are free to be used again. */
static void
test_solve__nodes_in_use__leave_room_for_fewer_new_ones(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;
	bool was_used = false, was_full = false;

	for (uint64_t seed = 1; seed <= CASES; seed++) {
		size_t new_count = 0, new_max;

		make_case(f, seed, seed % 7 == 0 ? 18 : 2 + seed % 6, true);
		f->rules.max_splits = 1 + (int64_t)(seed % 4);
		f->job.in_use_count = 1 + seed % 2;
		for (size_t n = 0; n < f->job.in_use_count; n++)
			f->sites[n].in_use = true;
		alloc_solve(f->grid, &f->job, &p);
		f->job.in_use_count = 0;
		assert_plan_is_sound(f, &p);
		for (size_t i = 0; i < p.node_count; i++)
			new_count += !f->sites[p.nodes[i]].in_use;
		new_max = f->rules.max_splits > (int64_t)(1 + seed % 2)
		    ? (size_t)f->rules.max_splits - (1 + seed % 2)
		    : 0;
		assert_true(new_count <= new_max);
		was_used = was_used || new_count < p.node_count;
		was_full = was_full || (new_max > 0 && new_count == new_max);
	}
	assert_true(was_used && was_full);
}

static void
test_solve__lines_not_to_be_split__have_one_piece_at_most(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;

	for (uint64_t seed = 1; seed <= CASES; seed++) {
		make_case(f, seed, 1 + seed % 6, seed % 2 == 0);
		f->rules.split_lines = false;
		alloc_solve(f->grid, &f->job, &p);
		assert_plan_is_sound(f, &p);
		for (size_t i = 0; i < p.piece_count; i++) {
			assert_int_equal(p.pieces[i].qty,
			    f->lines[p.pieces[i].line].qty);
			assert_true(
			    i == 0 || p.pieces[i].line > p.pieces[i - 1].line);
		}
	}
}

static void
test_solve__ship_complete__takes_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;
	int all = 0, none = 0;

	for (uint64_t seed = 1; seed <= CASES; seed++) {
		make_case(f, seed, 1 + seed % 6, false);
		f->rules.ship_complete = true;
		alloc_solve(f->grid, &f->job, &p);
		assert_plan_is_sound(f, &p);
		assert_true(p.filled == 0 || p.filled == p.wanted);
		all += p.filled > 0;
		none += p.filled == 0;
	}
	assert_true(all > CASES / 10 && none > CASES / 10);
}

/* Vendure #1028: the same SKU on two lines must not be promised twice. */
static void
test_solve__one_sku_on_two_lines__needs_are_added_up(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;

	make_case(f, 1, 2, false);
	memset(f->atp, 0, sizeof(f->atp));
	f->atp[0][0] = 3;
	f->atp[0][1] = 2;
	f->job.line_count = 2;
	f->lines[0] = (struct alloc_line){ 2, f->needs[0], 1 };
	f->lines[1] = (struct alloc_line){ 3, f->needs[1], 1 };
	f->needs[0][0] = f->needs[1][0] = (struct alloc_need){ 0, 1 };
	load_grid(f);
	alloc_solve(f->grid, &f->job, &p);
	assert_int_equal(p.piece_count, 2);
	assert_int_equal(p.filled, 5);
	assert_int_equal(p.pieces[0].node, 1); /* the larger line goes first */
	assert_int_equal(p.pieces[1].node, 0);
	assert_int_equal(p.score.split_lines, 0);
}

/* WH-03: one warehouse if one has all, though others are nearer together. */
static void
test_solve__one_node_has_all__it_is_taken_alone(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;

	make_case(f, 1, 3, false);
	memset(f->atp, 0, sizeof(f->atp));
	for (size_t n = 0; n < 3; n++)
		f->sites[n] = (struct alloc_site){ .distance_km = n == 2 ? 5000
									 : 1 };
	f->atp[0][0] = f->atp[1][1] = f->atp[0][2] = f->atp[1][2] = 9;
	f->job.line_count = 2;
	f->lines[0] = (struct alloc_line){ 1, f->needs[0], 1 };
	f->lines[1] = (struct alloc_line){ 1, f->needs[1], 1 };
	f->needs[0][0] = (struct alloc_need){ 0, 1 };
	f->needs[1][0] = (struct alloc_need){ 1, 1 };
	load_grid(f);
	alloc_solve(f->grid, &f->job, &p);
	assert_int_equal(p.node_count, 1);
	assert_int_equal(p.nodes[0], 2);
	assert_string_equal(p.how, "one node");
}

static void
one_line(struct fixture *f, int64_t qty)
{
	make_case(f, 1, 2, false);
	memset(f->atp, 0, sizeof(f->atp));
	memset(f->doubtful, 0, sizeof(f->doubtful));
	memset(f->sites, 0, sizeof(f->sites));
	f->job.line_count = 1;
	f->lines[0] = (struct alloc_line){ qty, f->needs[0], 1 };
	f->needs[0][0] = (struct alloc_need){ 0, 1 };
}

/* Each part of the score decides when all above it are equal. */
static void
test_solve__score__is_compared_from_the_top(void **state)
{
	struct fixture *f = *state;
	static const struct {
		struct alloc_site site[2];
		bool doubtful[2];
		int64_t atp[2];
		size_t node;
	} cases[] = {
		{ { { 1, 0, 0, 0 }, { 0, 9, 900, 0 } }, { 0, 1 }, { 9, 1 }, 1 },
		{ { { 0, 1, 0, 0 }, { 0, 0, 900, 0 } }, { 0, 1 }, { 9, 1 }, 1 },
		{ { { 0, 0, 0, 0 }, { 0, 0, 900, 0 } }, { 1, 0 }, { 9, 1 }, 1 },
		{ { { 0, 0, 10, 0 }, { 0, 0, 9, 0 } }, { 0, 0 }, { 5, 5 }, 1 },
		{ { { 0, 0, 9, 0 }, { 0, 0, 9, 0 } }, { 0, 0 }, { 1, 9 }, 1 },
		{ { { 0, 0, 9, 0 }, { 0, 0, 9, 0 } }, { 0, 0 }, { 5, 5 }, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct alloc_plan p;

		one_line(f, 1);
		for (size_t n = 0; n < 2; n++) {
			f->sites[n] = cases[i].site[n];
			f->atp[0][n] = cases[i].atp[n];
			f->doubtful[0][n] = cases[i].doubtful[n];
		}
		load_grid(f);
		alloc_solve(f->grid, &f->job, &p);
		assert_int_equal(p.node_count, 1);
		assert_int_equal(p.nodes[0], cases[i].node);
	}
}

static void
test_solve__no_node_is_eligible__plan_is_empty(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;

	one_line(f, 1);
	f->atp[0][0] = f->atp[0][1] = 5;
	f->sites[0].rank = f->sites[1].rank = -1;
	load_grid(f);
	alloc_solve(f->grid, &f->job, &p);
	assert_int_equal(p.piece_count, 0);
	assert_int_equal(p.filled, 0);
	assert_string_equal(p.how, "nothing");
}

/* DFC-07: no inventory information may mean that a node never runs out. */
static void
test_take__endless_stock__never_shrinks(void **state)
{
	struct fixture *f = *state;
	struct alloc_plan p;

	one_line(f, 1000000);
	f->atp[0][1] = ALLOC_ENDLESS;
	load_grid(f);
	alloc_solve(f->grid, &f->job, &p);
	assert_int_equal(p.filled, 1000000);
	alloc_take(f->grid, &f->lines[0], 1, 1000000);
	assert_int_equal(alloc_get(f->grid, 0, 1), ALLOC_ENDLESS);
}

static void
test_take__then_give__leaves_the_grid_as_it_was(void **state)
{
	struct fixture *f = *state;

	one_line(f, 3);
	f->atp[0][0] = 5;
	load_grid(f);
	alloc_take(f->grid, &f->lines[0], 0, 3);
	assert_int_equal(alloc_get(f->grid, 0, 0), 2);
	alloc_give(f->grid, &f->lines[0], 0, 3);
	assert_int_equal(alloc_get(f->grid, 0, 0), 5);
}

static void
test_candidate__two_nodes__says_what_each_alone_would_do(void **state)
{
	struct fixture *f = *state;
	struct alloc_score score;
	struct alloc_plan p;
	int64_t filled;
	size_t node;

	one_line(f, 4);
	f->atp[0][0] = 1;
	f->atp[0][1] = 3;
	f->sites[1].distance_km = 70;
	load_grid(f);
	alloc_solve(f->grid, &f->job, &p);
	assert_int_equal(p.node_count, 2);
	assert_true(
	    alloc_candidate(f->grid, &f->job, 1, &node, &filled, &score));
	assert_int_equal(node, 1);
	assert_int_equal(filled, 3);
	assert_int_equal(score.distance_km, 70);
	assert_false(
	    alloc_candidate(f->grid, &f->job, 2, &node, &filled, &score));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    test_solve__plain_lines__fill_is_the_smaller_of_need_and_stock),
		TEST(test_solve__small_case__has_the_fewest_nodes_of_all_sets),
		TEST(
		    test_solve__small_case__no_other_set_of_that_size_scores_better),
		TEST(test_solve__other_node_order__fills_every_line_the_same),
		TEST(test_solve__same_case_after_others__gives_the_same_plan),
		TEST(test_solve__kits__come_whole_from_one_node_each),
		TEST(test_solve__nodes_in_use__leave_room_for_fewer_new_ones),
		TEST(test_solve__lines_not_to_be_split__have_one_piece_at_most),
		TEST(test_solve__ship_complete__takes_all_or_nothing),
		TEST(test_solve__one_sku_on_two_lines__needs_are_added_up),
		TEST(test_solve__one_node_has_all__it_is_taken_alone),
		TEST(test_solve__score__is_compared_from_the_top),
		TEST(test_solve__no_node_is_eligible__plan_is_empty),
		TEST(test_take__endless_stock__never_shrinks),
		TEST(test_take__then_give__leaves_the_grid_as_it_was),
		TEST(test_candidate__two_nodes__says_what_each_alone_would_do),
	};
	return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
