/* alloc.c - see alloc.h; the steps there are the functions here, upwards. */

#include "model/alloc.h"

#include <assert.h>
#include <string.h>

/* Endless stock for arithmetic: more than all needs of an order together. */
#define PLENTY (INT64_C(1) << 58)

/* A need of a line: which of the job's SKUs, and how many a unit. */
struct want {
	size_t slot;
	int64_t qty_per;
};

/* The lines placed in one set of candidates. */
struct trial {
	size_t *set; /* candidates, ascending */
	size_t set_count;
	struct alloc_piece *pieces; /* with candidates for nodes */
	size_t piece_count;
	int64_t filled;
	struct alloc_score score;
};

struct alloc {
	size_t sku_count;
	size_t sku_room;
	size_t node_count;
	int32_t *atp;    /* [sku * node_count + node] */
	bool *doubtful;  /* likewise */
	size_t *slot_of; /* SKU to slot; right only if slot_sku agrees */

	/* Scratch of the job at hand, as large as the largest job so far. */
	mem_ctx *scratch;
	size_t room_lines;
	size_t room_wants;
	size_t room_splits;

	size_t *slot_sku; /* the SKUs of the job */
	int64_t *slot_need;
	size_t slot_count;
	struct want *wants; /* of line l: first_want[l] to first_want[l + 1] */
	size_t *first_want;
	int64_t *target; /* units of line l to be filled */
	int64_t target_sum;
	size_t *hardest; /* lines, the hardest to place first */
	size_t *cand;    /* nodes that are eligible and have anything */
	size_t cand_count;
	int64_t *base; /* [slot * cand_count + candidate] */
	int64_t *left; /* [slot * set_count + i] during a trial */
	struct trial now;
	struct trial best;
	size_t *chosen; /* nodes of the plan */
};

struct alloc *
alloc_new(mem_ctx *ctx, size_t sku_count, size_t node_count)
{
	struct alloc *a = mem_new(ctx, struct alloc);

	a->sku_count = a->sku_room = sku_count;
	a->node_count = node_count;
	a->atp = mem_array(a, int32_t, sku_count * node_count + 1);
	a->doubtful = mem_array(a, bool, sku_count *node_count + 1);
	a->slot_of = mem_array(a, size_t, sku_count + 1);
	return a;
}

size_t
alloc_add_sku(struct alloc *a)
{
	size_t first = a->sku_count * a->node_count;

	if (a->sku_count == a->sku_room) {
		a->sku_room += a->sku_room / 4 + 16;
		a->atp = mem_resize(a, a->atp,
		    (a->sku_room * a->node_count + 1) * sizeof(a->atp[0]));
		a->doubtful = mem_resize(a, a->doubtful,
		    (a->sku_room * a->node_count + 1) * sizeof(bool));
		a->slot_of = mem_resize(a, a->slot_of,
		    a->sku_room * sizeof(a->slot_of[0]));
	}
	memset(a->atp + first, 0, a->node_count * sizeof(a->atp[0]));
	memset(a->doubtful + first, 0, a->node_count * sizeof(bool));
	a->slot_of[a->sku_count] = 0;
	return a->sku_count++;
}

static size_t
cell(const struct alloc *a, size_t sku, size_t node)
{
	assert(sku < a->sku_count && node < a->node_count);
	return sku * a->node_count + node;
}

void
alloc_set(struct alloc *a, size_t sku, size_t node, int64_t qty, bool doubtful)
{
	size_t i = cell(a, sku, node);

	assert(qty >= 0);
	a->atp[i] = (int32_t)(qty > ALLOC_ENDLESS ? ALLOC_ENDLESS - 1 : qty);
	a->doubtful[i] = doubtful;
}

int64_t
alloc_get(const struct alloc *a, size_t sku, size_t node)
{
	return a->atp[cell(a, sku, node)];
}

static void
change(struct alloc *a, const struct alloc_line *line, size_t node, int64_t qty)
{
	for (size_t i = 0; i < line->need_count; i++) {
		int32_t *atp = &a->atp[cell(a, line->needs[i].sku, node)];
		int64_t after = *atp + qty * line->needs[i].qty_per;

		if (*atp == ALLOC_ENDLESS)
			continue;
		assert(after >= 0 && after < ALLOC_ENDLESS);
		*atp = (int32_t)after;
	}
}

void
alloc_take(struct alloc *a, const struct alloc_line *line, size_t node,
    int64_t qty)
{
	change(a, line, node, -qty);
}

void
alloc_give(struct alloc *a, const struct alloc_line *line, size_t node,
    int64_t qty)
{
	change(a, line, node, qty);
}

static void
new_trial(struct alloc *a, struct trial *t)
{
	t->set = mem_array(a->scratch, size_t, a->node_count + 1);
	t->pieces = mem_array(a->scratch, struct alloc_piece,
	    a->room_lines * a->room_splits);
}

static void
make_room(struct alloc *a, size_t lines, size_t wants, size_t splits)
{
	size_t cells;

	if (lines < a->room_lines && wants < a->room_wants &&
	    splits <= a->room_splits)
		return;
	a->room_lines = 2 * (lines > a->room_lines ? lines : a->room_lines) + 1;
	a->room_wants = 2 * (wants > a->room_wants ? wants : a->room_wants) + 1;
	a->room_splits = splits > a->room_splits ? splits : a->room_splits;
	cells = a->room_wants * (a->node_count + 1);
	mem_free(a->scratch);
	a->scratch = mem_ctx_new(a, "alloc job");
	a->slot_sku = mem_array(a->scratch, size_t, a->room_wants);
	a->slot_need = mem_array(a->scratch, int64_t, a->room_wants);
	a->wants = mem_array(a->scratch, struct want, a->room_wants);
	a->first_want = mem_array(a->scratch, size_t, a->room_lines);
	a->target = mem_array(a->scratch, int64_t, a->room_lines);
	a->hardest = mem_array(a->scratch, size_t, a->room_lines);
	a->cand = mem_array(a->scratch, size_t, a->node_count + 1);
	a->base = mem_array(a->scratch, int64_t, cells);
	a->left = mem_array(a->scratch, int64_t, cells);
	a->chosen = mem_array(a->scratch, size_t, a->node_count + 1);
	new_trial(a, &a->now);
	new_trial(a, &a->best);
}

/* How many nodes may be taken that are not in use. */
static size_t
max_new(const struct alloc *a, const struct alloc_job *job)
{
	int64_t n = job->rules->max_splits < 1 ? 1 : job->rules->max_splits;

	n -= (int64_t)job->in_use_count;
	if (n < 0)
		return 0;
	return (uint64_t)n < a->node_count ? (size_t)n : a->node_count;
}

static size_t
max_nodes(const struct alloc *a, const struct alloc_job *job)
{
	size_t n = max_new(a, job) + job->in_use_count;

	return n < a->node_count ? n : a->node_count;
}

/* Without those that are in use anyway. */
static size_t
count_new(const struct alloc *a, const struct alloc_job *job,
    const struct trial *t)
{
	size_t count = t->set_count;

	for (size_t i = 0; job->in_use_count > 0 && i < t->set_count; i++)
		count -= job->sites[a->cand[t->set[i]]].in_use;
	return count;
}

/* The slot of a SKU in this job, a new one when it is not there yet. */
static size_t
slot_for(struct alloc *a, size_t sku)
{
	size_t slot = a->slot_of[sku];

	if (slot < a->slot_count && a->slot_sku[slot] == sku)
		return slot;
	slot = a->slot_count++;
	a->slot_of[sku] = slot;
	a->slot_sku[slot] = sku;
	return slot;
}

/* A kit may name a component twice: its needs are added up. */
static size_t
add_wants(struct alloc *a, const struct alloc_line *line, size_t first)
{
	size_t end = first;

	assert(line->need_count > 0);
	for (size_t i = 0; i < line->need_count; i++) {
		size_t slot = slot_for(a, line->needs[i].sku);
		size_t w = first;

		while (w < end && a->wants[w].slot != slot)
			w++;
		if (w == end)
			a->wants[end++] = (struct want){ .slot = slot };
		a->wants[w].qty_per += line->needs[i].qty_per;
	}
	return end;
}

/* Step 1: what is needed of each SKU, over all lines. */
static void
sum_needs(struct alloc *a, const struct alloc_job *job)
{
	a->target_sum = 0;
	memset(a->slot_need, 0, a->slot_count * sizeof(a->slot_need[0]));
	for (size_t l = 0; l < job->line_count; l++) {
		a->target_sum += a->target[l];
		for (size_t w = a->first_want[l]; w < a->first_want[l + 1]; w++)
			a->slot_need[a->wants[w].slot] += a->target[l] *
			    a->wants[w].qty_per;
	}
}

static bool
is_candidate(const struct alloc *a, const struct alloc_job *job, size_t node)
{
	if (job->sites[node].rank < 0 ||
	    (!job->sites[node].in_use && max_new(a, job) == 0))
		return false;
	for (size_t s = 0; s < a->slot_count; s++)
		if (a->atp[a->slot_sku[s] * a->node_count + node] > 0)
			return true;
	return false;
}

static void
find_candidates(struct alloc *a, const struct alloc_job *job)
{
	a->cand_count = 0;
	for (size_t n = 0; n < a->node_count; n++)
		if (is_candidate(a, job, n))
			a->cand[a->cand_count++] = n;
	for (size_t s = 0; s < a->slot_count; s++) {
		const int32_t *row = a->atp + a->slot_sku[s] * a->node_count;
		int64_t *base = a->base + s * a->cand_count;

		for (size_t c = 0; c < a->cand_count; c++)
			base[c] = row[a->cand[c]] == ALLOC_ENDLESS
			    ? PLENTY
			    : row[a->cand[c]];
	}
}

/* Kits first, then by quantity, then as written. */
static bool
is_harder(const struct alloc *a, size_t l, size_t m)
{
	size_t kit_l = a->first_want[l + 1] - a->first_want[l];
	size_t kit_m = a->first_want[m + 1] - a->first_want[m];

	if ((kit_l > 1) != (kit_m > 1))
		return kit_l > 1;
	return a->target[l] > a->target[m];
}

static void
sort_hardest(struct alloc *a, size_t line_count)
{
	for (size_t l = 0; l < line_count; l++) {
		size_t i = l;

		for (; i > 0 && is_harder(a, l, a->hardest[i - 1]); i--)
			a->hardest[i] = a->hardest[i - 1];
		a->hardest[i] = l;
	}
}

static void
compile(struct alloc *a, const struct alloc_job *job)
{
	size_t needs = 0;

	for (size_t l = 0; l < job->line_count; l++)
		needs += job->lines[l].need_count;
	make_room(a, job->line_count, needs, max_nodes(a, job));
	a->slot_count = 0;
	a->first_want[0] = 0;
	for (size_t l = 0; l < job->line_count; l++) {
		a->first_want[l + 1] = add_wants(a, &job->lines[l],
		    a->first_want[l]);
		a->target[l] = job->lines[l].qty;
	}
	sum_needs(a, job);
	find_candidates(a, job);
	sort_hardest(a, job->line_count);
}

/* Units of a line that member i of the set can still give. */
static int64_t
room_for(const struct alloc *a, size_t line, size_t i, size_t set_count)
{
	int64_t room = PLENTY;

	for (size_t w = a->first_want[line]; w < a->first_want[line + 1]; w++) {
		int64_t units = a->left[a->wants[w].slot * set_count + i] /
		    a->wants[w].qty_per;

		room = units < room ? units : room;
	}
	return room;
}

static void
take_units(struct alloc *a, size_t line, size_t i, size_t set_count,
    int64_t units)
{
	for (size_t w = a->first_want[line]; w < a->first_want[line + 1]; w++)
		a->left[a->wants[w].slot * set_count + i] -= units *
		    a->wants[w].qty_per;
}

/*
 * The node with most left takes what it can: the whole line, if any can.
 * Returns the units placed; pieces are kept unless keep is false.
 */
static int64_t
place_line(struct alloc *a, const struct alloc_job *job, size_t line,
    struct trial *t, bool keep)
{
	int64_t want = a->target[line];
	size_t pieces = 0;

	while (want > 0) {
		int64_t most = 0, units;
		size_t where = 0;

		for (size_t i = 0; i < t->set_count; i++) {
			int64_t room = room_for(a, line, i, t->set_count);

			if (room > most) {
				most = room;
				where = i;
			}
		}
		if (most == 0 || (most < want && !job->rules->split_lines))
			break;
		units = most < want ? most : want;
		take_units(a, line, where, t->set_count, units);
		if (keep)
			t->pieces[t->piece_count++] = (struct alloc_piece){
				line, t->set[where], units
			};
		want -= units;
		pieces++;
	}
	t->score.split_lines += pieces > 1;
	return a->target[line] - want;
}

/* Only the columns of the set are worked on. */
static void
begin_trial(struct alloc *a, struct trial *t)
{
	for (size_t s = 0; s < a->slot_count; s++)
		for (size_t i = 0; i < t->set_count; i++)
			a->left[s * t->set_count +
			    i] = a->base[s * a->cand_count + t->set[i]];
	t->piece_count = 0;
	t->filled = 0;
	t->score = (struct alloc_score){ 0 };
}

static void
place(struct alloc *a, const struct alloc_job *job, struct trial *t)
{
	begin_trial(a, t);
	for (size_t i = 0; i < job->line_count; i++)
		t->filled += place_line(a, job, a->hardest[i], t, true);
}

static void
score_taken(const struct alloc *a, size_t slot, size_t c, int64_t taken,
    struct alloc_score *score)
{
	size_t sku = a->slot_sku[slot];
	int64_t available = a->base[slot * a->cand_count + c];

	if (taken == 0)
		return;
	if (available < PLENTY)
		score->scarcity += taken * ALLOC_COST_SCALE / (1 + available);
	score->doubtful += a->doubtful[sku * a->node_count + a->cand[c]];
}

static void
score_site(const struct alloc *a, const struct alloc_job *job, size_t c,
    struct alloc_score *score)
{
	const struct alloc_site *site = &job->sites[a->cand[c]];

	score->rank += site->rank;
	score->distance_km += site->distance_km;
	if (site->late_days > score->late_days)
		score->late_days = site->late_days;
}

static void
score_cost(const struct alloc_job *job, struct alloc_score *score)
{
	score->cost = job->rules->scarcity_weight * score->scarcity +
	    job->rules->distance_weight * score->distance_km;
}

/* After place(): what was taken is what is no longer left. */
static void
score_trial(const struct alloc *a, const struct alloc_job *job, struct trial *t)
{
	for (size_t i = 0; i < t->set_count; i++) {
		size_t c = t->set[i];

		score_site(a, job, c, &t->score);
		for (size_t s = 0; s < a->slot_count; s++)
			score_taken(a, s, c,
			    a->base[s * a->cand_count + c] -
				a->left[s * t->set_count + i],
			    &t->score);
	}
	score_cost(job, &t->score);
}

static bool
is_better(const struct alloc_score *x, const struct alloc_score *y)
{
	if (x->rank != y->rank)
		return x->rank < y->rank;
	if (x->late_days != y->late_days)
		return x->late_days < y->late_days;
	if (x->doubtful != y->doubtful)
		return x->doubtful < y->doubtful;
	if (x->cost != y->cost)
		return x->cost < y->cost;
	return x->split_lines < y->split_lines;
}

static void
swap_trials(struct alloc *a)
{
	struct trial t = a->best;

	a->best = a->now;
	a->now = t;
}

static bool
has_all(const struct alloc *a, size_t c)
{
	for (size_t s = 0; s < a->slot_count; s++)
		if (a->base[s * a->cand_count + c] < a->slot_need[s])
			return false;
	return true;
}

/* Step 2.  No placing is needed: everything comes from there. */
static bool
best_single(struct alloc *a, const struct alloc_job *job)
{
	bool found = false;

	for (size_t c = 0; c < a->cand_count; c++) {
		struct alloc_score score = { 0 };

		if (!has_all(a, c))
			continue;
		score_site(a, job, c, &score);
		for (size_t s = 0; s < a->slot_count; s++)
			score_taken(a, s, c, a->slot_need[s], &score);
		score_cost(job, &score);
		if (found && !is_better(&score, &a->best.score))
			continue;
		a->best.set[0] = c;
		a->best.score = score;
		found = true;
	}
	if (!found)
		return false;
	a->best.set_count = 1;
	a->best.piece_count = 0;
	a->best.filled = a->target_sum;
	for (size_t l = 0; l < job->line_count; l++)
		if (a->target[l] > 0)
			a->best.pieces
			    [a->best.piece_count++] = (struct alloc_piece){ l,
				a->best.set[0], a->target[l] };
	return true;
}

/* Step 3: the target becomes what all nodes together can fill. */
static void
lower_targets(struct alloc *a, const struct alloc_job *job)
{
	struct trial *all = &a->now;

	all->set_count = a->cand_count;
	for (size_t c = 0; c < a->cand_count; c++)
		all->set[c] = c;
	begin_trial(a, all);
	for (size_t i = 0; i < job->line_count; i++) {
		size_t l = a->hardest[i];

		a->target[l] = place_line(a, job, l, all, false);
	}
	sum_needs(a, job);
	sort_hardest(a, job->line_count);
}

/* Necessary for any set, and for plain lines that may be split sufficient. */
static bool
set_has_all(const struct alloc *a, const struct trial *t)
{
	for (size_t s = 0; s < a->slot_count; s++) {
		int64_t sum = 0;

		for (size_t i = 0; i < t->set_count; i++)
			sum += a->base[s * a->cand_count + t->set[i]];
		if (sum < a->slot_need[s])
			return false;
	}
	return true;
}

static void
set_of_mask(uint32_t mask, struct trial *t)
{
	t->set_count = 0;
	for (size_t c = 0; mask != 0; c++, mask >>= 1)
		if (mask & 1)
			t->set[t->set_count++] = c;
}

/* The next number with as many bits set: Gosper's hack, HAKMEM 175. */
static uint32_t
next_mask(uint32_t mask)
{
	uint32_t low = mask & -mask;
	uint32_t ripple = mask + low;

	return ripple | (((ripple ^ mask) >> 2) / low);
}

static bool
best_of_size(struct alloc *a, const struct alloc_job *job, size_t k)
{
	uint32_t end = UINT32_C(1) << a->cand_count;
	bool found = false;

	for (uint32_t mask = (UINT32_C(1) << k) - 1; mask < end;
	     mask = next_mask(mask)) {
		set_of_mask(mask, &a->now);
		if (count_new(a, job, &a->now) > max_new(a, job) ||
		    !set_has_all(a, &a->now))
			continue;
		place(a, job, &a->now);
		if (a->now.filled < a->target_sum)
			continue;
		score_trial(a, job, &a->now);
		if (found && !is_better(&a->now.score, &a->best.score))
			continue;
		swap_trials(a);
		found = true;
	}
	return found;
}

static bool
fewest_nodes(struct alloc *a, const struct alloc_job *job)
{
	size_t k_max = max_nodes(a, job);

	if (a->cand_count > ALLOC_EXACT_NODES)
		return false;
	for (size_t k = 2; k <= k_max && k <= a->cand_count; k++)
		if (best_of_size(a, job, k))
			return true;
	return false;
}

/* The set of best plus candidate c, in order; false when it is in there. */
static bool
extend(const struct trial *best, size_t c, struct trial *t)
{
	size_t i = 0;

	while (i < best->set_count && best->set[i] < c)
		i++;
	if (i < best->set_count && best->set[i] == c)
		return false;
	memcpy(t->set, best->set, i * sizeof(t->set[0]));
	t->set[i] = c;
	memcpy(t->set + i + 1, best->set + i,
	    (best->set_count - i) * sizeof(t->set[0]));
	t->set_count = best->set_count + 1;
	return true;
}

/* Add the node that fills most more; false when none fills any more. */
static bool
add_node(struct alloc *a, const struct alloc_job *job)
{
	struct alloc_score score = { 0 };
	int64_t filled = a->best.filled;
	size_t who = a->cand_count;

	for (size_t c = 0; c < a->cand_count; c++) {
		if (!extend(&a->best, c, &a->now) ||
		    count_new(a, job, &a->now) > max_new(a, job))
			continue;
		place(a, job, &a->now);
		score_trial(a, job, &a->now);
		if (a->now.filled < filled ||
		    (a->now.filled == filled &&
			(who == a->cand_count ||
			    !is_better(&a->now.score, &score))))
			continue;
		filled = a->now.filled;
		score = a->now.score;
		who = c;
	}
	if (who == a->cand_count)
		return false;
	(void)extend(&a->best, who, &a->now);
	place(a, job, &a->now);
	score_trial(a, job, &a->now);
	swap_trials(a);
	return true;
}

/* Drop what later nodes have made superfluous, the last candidate first. */
static void
drop_nodes(struct alloc *a, const struct alloc_job *job)
{
	for (size_t i = a->best.set_count; i-- > 0 && a->best.set_count > 1;) {
		a->now.set_count = a->best.set_count - 1;
		memcpy(a->now.set, a->best.set, i * sizeof(a->now.set[0]));
		memcpy(a->now.set + i, a->best.set + i + 1,
		    (a->now.set_count - i) * sizeof(a->now.set[0]));
		place(a, job, &a->now);
		if (a->now.filled < a->best.filled)
			continue;
		score_trial(a, job, &a->now);
		swap_trials(a);
	}
}

/* Step 4. */
static void
greedy(struct alloc *a, const struct alloc_job *job)
{
	a->best.set_count = 0;
	a->best.piece_count = 0;
	a->best.filled = 0;
	while (a->best.filled < a->target_sum && add_node(a, job))
		;
	drop_nodes(a, job);
}

static int64_t
units_wanted(const struct alloc_job *job)
{
	int64_t sum = 0;

	for (size_t l = 0; l < job->line_count; l++)
		sum += job->lines[l].qty;
	return sum;
}

/* Pieces were made hardest line first; the caller reads them by line. */
static void
sort_pieces(struct trial *t)
{
	for (size_t i = 1; i < t->piece_count; i++) {
		struct alloc_piece p = t->pieces[i];
		size_t k = i;

		for (; k > 0 && t->pieces[k - 1].line > p.line; k--)
			t->pieces[k] = t->pieces[k - 1];
		t->pieces[k] = p;
	}
}

static void
publish(struct alloc *a, const char *how, struct alloc_plan *ret)
{
	struct trial *t = &a->best;

	sort_pieces(t);
	for (size_t i = 0; i < t->piece_count; i++)
		t->pieces[i].node = a->cand[t->pieces[i].node];
	for (size_t i = 0; i < t->set_count; i++)
		a->chosen[i] = a->cand[t->set[i]];
	ret->pieces = t->pieces;
	ret->piece_count = t->piece_count;
	ret->nodes = a->chosen;
	ret->node_count = t->set_count;
	ret->score = t->score;
	ret->filled = t->filled;
	ret->how = how;
}

static const char *
solve(struct alloc *a, const struct alloc_job *job, int64_t wanted)
{
	if (a->cand_count == 0 || wanted == 0)
		return "nothing";
	if (best_single(a, job))
		return "one node";
	lower_targets(a, job);
	if (a->target_sum == 0 ||
	    (a->target_sum < wanted && job->rules->ship_complete))
		return "nothing";
	if (a->target_sum < wanted && best_single(a, job))
		return "one node";
	if (fewest_nodes(a, job))
		return "fewest nodes";
	greedy(a, job);
	if (a->best.filled == 0 ||
	    (a->best.filled < wanted && job->rules->ship_complete))
		return "nothing";
	return "nodes by what they add";
}

void
alloc_solve(struct alloc *a, const struct alloc_job *job,
    struct alloc_plan *ret)
{
	int64_t wanted = units_wanted(job);
	const char *how;

	*ret = (struct alloc_plan){ .wanted = wanted };
	compile(a, job);
	how = solve(a, job, wanted);
	if (strcmp(how, "nothing") == 0)
		ret->how = how;
	else
		publish(a, how, ret);
}

bool
alloc_candidate(struct alloc *a, const struct alloc_job *job, size_t i,
    size_t *ret_node, int64_t *ret_filled, struct alloc_score *ret)
{
	struct trial *t = &a->now;

	if (i >= a->cand_count)
		return false;
	t->set_count = 1;
	t->set[0] = i;
	place(a, job, t);
	score_trial(a, job, t);
	*ret_node = a->cand[i];
	*ret_filled = t->filled;
	*ret = t->score;
	return true;
}
