/* alloc_explain.c - see alloc_explain.h; written for every order, so quick. */

#include "pipeline/alloc_explain.h"

#include <string.h>

/* "<label><n>", without the price of a format. */
static void
say(struct sbuf *text, const char *label, int64_t n)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		digits[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		digits[--at] = '-';
	sbuf_adds(text, label);
	sbuf_add(text, digits + at, sizeof(digits) - at);
}

static void
say_score(struct sbuf *text, const struct alloc_score *s)
{
	say(text, ": rank ", s->rank);
	say(text, ", late ", s->late_days);
	say(text, ", doubt ", s->doubtful);
	say(text, ", cost ", s->cost);
	say(text, " (scarcity ", s->scarcity);
	say(text, ", ", s->distance_km);
	sbuf_adds(text, " km)\n");
}

static void
say_rule(struct sbuf *text, int64_t group_no, const struct book_case *c,
    const struct book_rule *rule)
{
	say(text, "group ", group_no);
	sbuf_adds(text, ", zone ");
	sbuf_adds(text, c->zone[0] != '\0' ? c->zone : "none");
	sbuf_adds(text, ", method ");
	sbuf_adds(text, c->method);
	if (rule == NULL) {
		sbuf_adds(text, ": no rule, any open node\n");
		return;
	}
	say(text, ": rule ", rule->rule_no);
	sbuf_addc(text, ' ');
	sbuf_adds(text, rule->target);
	sbuf_addc(text, '\n');
}

static bool
is_chosen(const struct alloc_plan *plan, size_t node)
{
	for (size_t i = 0; i < plan->node_count; i++)
		if (plan->nodes[i] == node)
			return true;
	return false;
}

static void
say_node(struct sbuf *text, const struct alloc_book *book,
    const struct alloc_plan *plan, size_t node, int64_t filled,
    const struct alloc_score *score)
{
	sbuf_adds(text, is_chosen(plan, node) ? "> " : "  ");
	sbuf_adds(text, book->nodes[node].node);
	say(text, " ", filled);
	say(text, "/", plan->wanted);
	say_score(text, score);
}

/* The nodes that were taken; returns what the best of the others fills. */
static int64_t
say_chosen(struct sbuf *text, const struct alloc_book *book,
    const struct alloc_job *job, const struct alloc_plan *plan)
{
	struct alloc_score score;
	int64_t filled, most = 0;
	size_t node;

	for (size_t i = 0;
	     alloc_candidate(book->grid, job, i, &node, &filled, &score); i++) {
		if (is_chosen(plan, node))
			say_node(text, book, plan, node, filled, &score);
		else if (filled > most)
			most = filled;
	}
	return most;
}

/* Of the others those that fill most. */
static void
say_rivals(struct sbuf *text, const struct alloc_book *book,
    const struct alloc_job *job, const struct alloc_plan *plan, int64_t most)
{
	struct alloc_score score;
	int64_t filled, shown = 0, more = 0;
	size_t node;

	for (size_t i = 0;
	     alloc_candidate(book->grid, job, i, &node, &filled, &score); i++) {
		if (is_chosen(plan, node))
			continue;
		if (filled < most || shown == EXPLAIN_RIVALS) {
			more++;
			continue;
		}
		say_node(text, book, plan, node, filled, &score);
		shown++;
	}
	if (more > 0) {
		say(text, "  and ", more);
		sbuf_adds(text, " more\n");
	}
}

enum why_not { WHY_NONE, WHY_SPLITS, WHY_RULE, WHY_CLOSED, WHY_COUNT };

/* Why the node is none of those to choose from. */
static enum why_not
why_not(const struct alloc_book *book, const struct alloc_job *job, size_t node)
{
	if (!book->nodes[node].open)
		return WHY_CLOSED;
	if (job->sites[node].rank < 0)
		return WHY_RULE;
	return !job->sites[node].in_use && job->in_use_count > 0 &&
		(int64_t)job->in_use_count >= job->rules->max_splits
	    ? WHY_SPLITS
	    : WHY_NONE;
}

/* The nodes that are out for one reason, in a line of their own. */
static void
say_out(struct sbuf *text, const struct alloc_book *book,
    const struct alloc_job *job, enum why_not why)
{
	static const char *const words[] = { [WHY_NONE] = "  none of it: ",
		[WHY_SPLITS] = "  beyond max_splits: ",
		[WHY_RULE] = "  not in the rule: ",
		[WHY_CLOSED] = "  closed: " };
	size_t count = 0, next = 0, candidate = SIZE_MAX;
	struct alloc_score score;
	int64_t filled;

	for (size_t n = 0; n < book->node_count; n++) {
		while (next == 0 || (candidate != SIZE_MAX && candidate < n))
			if (!alloc_candidate(book->grid, job, next++,
				&candidate, &filled, &score))
				candidate = SIZE_MAX;
		if (candidate == n || why_not(book, job, n) != why)
			continue;
		if (count++ >= EXPLAIN_OUT)
			continue;
		sbuf_adds(text, count == 1 ? words[why] : ", ");
		sbuf_adds(text, book->nodes[n].node);
	}
	if (count > EXPLAIN_OUT)
		say(text, " and more: ", (int64_t)count - EXPLAIN_OUT);
	if (count > 0)
		sbuf_addc(text, '\n');
}

static void
say_sum(struct sbuf *text, const struct alloc_plan *plan)
{
	if (plan->node_count == 0) {
		sbuf_adds(text, "nothing taken\n");
		return;
	}
	say(text, "", plan->filled);
	say(text, "/", plan->wanted);
	sbuf_adds(text, " from ");
	sbuf_adds(text, plan->how);
	if (plan->node_count == 1) {
		sbuf_addc(text, '\n');
		return;
	}
	say(text, ", split lines ", plan->score.split_lines);
	say_score(text, &plan->score);
}

void
alloc_explain(struct sbuf *text, const struct alloc_book *book,
    int64_t group_no, const struct book_case *c, const struct book_rule *rule,
    const struct alloc_job *job, const struct alloc_plan *plan)
{
	int64_t most;

	say_rule(text, group_no, c, rule);
	most = say_chosen(text, book, job, plan);
	say_rivals(text, book, job, plan, most);
	for (int why = 0; plan->filled < plan->wanted && why < WHY_COUNT; why++)
		say_out(text, book, job, (enum why_not)why);
	say_sum(text, plan);
}
