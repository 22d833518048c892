/* alloc_explain.c - see alloc_explain.h. */

#include "pipeline/alloc_explain.h"

static void
say_score(struct sbuf *text, const struct alloc_score *s)
{
	sbuf_addf(text,
	    ": rank %lld, late %lld d, doubtful %lld, scarcity %lld, %lld km, "
	    "cost %lld\n",
	    (long long)s->rank, (long long)s->late_days, (long long)s->doubtful,
	    (long long)s->scarcity, (long long)s->distance_km,
	    (long long)s->cost);
}

static void
say_rule(struct sbuf *text, int64_t group_no, const struct book_case *c,
    const struct book_rule *rule)
{
	sbuf_addf(text,
	    "group %lld, zone %.40s, method %.40s: ", (long long)group_no,
	    c->zone[0] != '\0' ? c->zone : "none", c->method);
	if (rule == NULL)
		sbuf_adds(text, "no rule, any open node\n");
	else
		sbuf_addf(text, "rule %lld %.200s\n", (long long)rule->rule_no,
		    rule->target);
}

static void
say_candidates(struct sbuf *text, const struct alloc_book *book,
    const struct alloc_job *job, int64_t wanted)
{
	struct alloc_score score;
	int64_t filled;
	size_t node, i;

	for (i = 0; alloc_candidate(book->grid, job, i, &node, &filled, &score);
	     i++) {
		if (i >= EXPLAIN_CANDIDATES)
			continue;
		sbuf_addf(text, "%s fills %lld of %lld", book->nodes[node].node,
		    (long long)filled, (long long)wanted);
		say_score(text, &score);
	}
	if (i == 0)
		sbuf_adds(text, "no eligible node has any of it\n");
	else if (i > EXPLAIN_CANDIDATES)
		sbuf_addf(text, "and %zu more nodes\n", i - EXPLAIN_CANDIDATES);
}

static void
say_choice(struct sbuf *text, const struct alloc_book *book,
    const struct alloc_plan *plan)
{
	if (plan->node_count == 0) {
		sbuf_adds(text, "chosen nothing\n");
		return;
	}
	sbuf_adds(text, "chosen ");
	for (size_t i = 0; i < plan->node_count; i++)
		sbuf_addf(text, "%s%s", i > 0 ? " + " : "",
		    book->nodes[plan->nodes[i]].node);
	sbuf_addf(text, ", %s, %lld of %lld units, %lld split lines", plan->how,
	    (long long)plan->filled, (long long)plan->wanted,
	    (long long)plan->score.split_lines);
	say_score(text, &plan->score);
}

void
alloc_explain(struct sbuf *text, const struct alloc_book *book,
    int64_t group_no, const struct book_case *c, const struct book_rule *rule,
    const struct alloc_job *job, const struct alloc_plan *plan)
{
	say_rule(text, group_no, c, rule);
	say_candidates(text, book, job, plan->wanted);
	say_choice(text, book, plan);
}
