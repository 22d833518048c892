/*
 * diff.c - see diff.h.
 *
 * Two lines to be matched are a point (x, y); a step right takes a line of a
 * out, a step down puts one of b in, a diagonal keeps one.  With d steps the
 * furthest point on each diagonal k = x - y is what matters; it is kept for
 * every d, so that the way back can be walked.
 */

#include "base/diff.h"

#include <stdint.h>
#include <string.h>

enum { CONTEXT_LINES = 3, STEPS_MAX = 2000 };

struct line {
	const char *p;
	size_t n; /* with its line feed, when it has one */
};

struct text {
	struct line *line;
	size_t count;
};

/* What becomes of the lines, in order: kept, taken out, put in. */
struct edit {
	char op; /* ' ', '-' or '+' */
	size_t a;
	size_t b;
};

struct script {
	struct edit *edit;
	size_t count;
};

static struct text
cut(mem_ctx *ctx, const char *p, size_t n)
{
	struct text t = { NULL, 0 };
	size_t lines = 1, at = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	t.line = mem_array(ctx, struct line, lines);
	while (at < n) {
		const char *end = memchr(p + at, '\n', n - at);
		size_t len = end != NULL ? (size_t)(end - p) + 1 - at : n - at;

		t.line[t.count++] = (struct line){ p + at, len };
		at += len;
	}
	return t;
}

static bool
is_same(const struct line *a, const struct line *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static void
add(struct script *s, char op, size_t a, size_t b)
{
	s->edit[s->count++] = (struct edit){ op, a, b };
}

/* Lines of a from..to are taken out, those of b put in. */
static void
replace(struct script *s, size_t a, size_t a_end, size_t b, size_t b_end)
{
	for (; a < a_end; a++)
		add(s, '-', a, b);
	for (; b < b_end; b++)
		add(s, '+', a_end, b);
}

/* The part between the common ends. */
struct middle {
	const struct line *a;
	const struct line *b;
	int64_t n;
	int64_t m;
	int32_t *trace[STEPS_MAX + 1]; /* furthest x, by diagonal + d */
};

/* Was the last step to diagonal k downwards? */
static bool
came_down(const int32_t *v, int64_t d, int64_t k)
{
	return k == -d || (k != d && v[k - 1 + d - 1] < v[k + 1 + d - 1]);
}

/* The number of steps, or -1 when there are too many. */
static int64_t
search(mem_ctx *ctx, struct middle *g)
{
	for (int64_t d = 0; d <= STEPS_MAX; d++) {
		const int32_t *v = d > 0 ? g->trace[d - 1] : NULL;
		int32_t *w = mem_array(ctx, int32_t, (size_t)(2 * d + 1));

		g->trace[d] = w;
		for (int64_t k = -d; k <= d; k += 2) {
			int64_t x = d == 0       ? 0
			    : came_down(v, d, k) ? v[k + 1 + d - 1]
						 : v[k - 1 + d - 1] + 1;
			int64_t y = x - k;

			while (x < g->n && y < g->m && y >= 0 &&
			    is_same(&g->a[x], &g->b[y])) {
				x++;
				y++;
			}
			w[k + d] = (int32_t)x;
			if (x >= g->n && y >= g->m)
				return d;
		}
	}
	return -1;
}

/* From the end to the beginning; the script is turned round afterwards. */
static void
walk_back(const struct middle *g, int64_t d, size_t base, struct script *s)
{
	int64_t x = g->n, y = g->m;
	size_t first = s->count;

	for (; d >= 0; d--) {
		int64_t k = x - y, from_x = 0, from_y = 0;
		bool down = false;

		if (d > 0) {
			const int32_t *v = g->trace[d - 1];

			down = came_down(v, d, k);
			from_x = down ? v[k + 1 + d - 1] : v[k - 1 + d - 1];
			from_y = from_x - (down ? k + 1 : k - 1);
		}
		while (x > from_x && y > from_y) {
			x--;
			y--;
			add(s, ' ', base + (size_t)x, base + (size_t)y);
		}
		if (d > 0)
			add(s, down ? '+' : '-', base + (size_t)from_x,
			    base + (size_t)from_y);
		x = from_x;
		y = from_y;
	}
	for (size_t i = first, j = s->count; i + 1 < j; i++) {
		struct edit swap = s->edit[--j];

		s->edit[j] = s->edit[i];
		s->edit[i] = swap;
	}
}

static struct script
compare(mem_ctx *ctx, const struct text *a, const struct text *b)
{
	struct script s = {
		mem_array(ctx, struct edit, a->count + b->count + 1), 0
	};
	struct middle *g = mem_new(ctx, struct middle);
	size_t head = 0, a_end = a->count, b_end = b->count;
	int64_t d;

	while (head < a_end && head < b_end &&
	    is_same(&a->line[head], &b->line[head])) {
		add(&s, ' ', head, head);
		head++;
	}
	while (a_end > head && b_end > head &&
	    is_same(&a->line[a_end - 1], &b->line[b_end - 1])) {
		a_end--;
		b_end--;
	}
	g->a = a->line + head;
	g->b = b->line + head;
	g->n = (int64_t)(a_end - head);
	g->m = (int64_t)(b_end - head);
	d = search(ctx, g);
	if (d < 0)
		replace(&s, head, a_end, head, b_end);
	else
		walk_back(g, d, head, &s);
	for (; a_end < a->count; a_end++, b_end++)
		add(&s, ' ', a_end, b_end);
	return s;
}

static void
print_line(struct sbuf *out, char op, const struct line *l)
{
	sbuf_addc(out, op);
	sbuf_add(out, l->p, l->n);
	if (l->n == 0 || l->p[l->n - 1] != '\n')
		sbuf_adds(out, "\n\\ No newline at end of file\n");
}

/* "3,7", as patch(1) wants it: where nothing is, the line before. */
static void
print_range(struct sbuf *out, char sign, size_t at, size_t count)
{
	sbuf_addf(out, " %c%zu", sign, at + (count > 0));
	if (count != 1)
		sbuf_addf(out, ",%zu", count);
}

static void
print_hunk(struct sbuf *out, const struct script *s, size_t from, size_t to,
    const struct text *a, const struct text *b)
{
	size_t taken = 0, put = 0;

	for (size_t i = from; i < to; i++) {
		taken += s->edit[i].op != '+';
		put += s->edit[i].op != '-';
	}
	sbuf_adds(out, "@@");
	print_range(out, '-', s->edit[from].a, taken);
	print_range(out, '+', s->edit[from].b, put);
	sbuf_adds(out, " @@\n");
	for (size_t i = from; i < to; i++) {
		const struct edit *e = &s->edit[i];

		print_line(out, e->op,
		    e->op == '+' ? &b->line[e->b] : &a->line[e->a]);
	}
}

/* Where the hunk that begins at a change ends: behind its context. */
static size_t
hunk_end(const struct script *s, size_t at)
{
	size_t last = at;

	for (; at < s->count && at <= last + 2 * CONTEXT_LINES; at++)
		if (s->edit[at].op != ' ')
			last = at;
	last += 1 + CONTEXT_LINES;
	return last < s->count ? last : s->count;
}

void
diff_unified(struct sbuf *out, const char *a, size_t an, const char *name_a,
    const char *b, size_t bn, const char *name_b)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "diff");
	struct text one = cut(ctx, a, an), two = cut(ctx, b, bn);
	struct script s = compare(ctx, &one, &two);
	bool any = false;

	for (size_t i = 0; i < s.count; i++) {
		size_t from, to;

		if (s.edit[i].op == ' ')
			continue;
		if (!any)
			sbuf_addf(out, "--- %s\n+++ %s\n", name_a, name_b);
		any = true;
		from = i > CONTEXT_LINES ? i - CONTEXT_LINES : 0;
		to = hunk_end(&s, i);
		print_hunk(out, &s, from, to, &one, &two);
		i = to;
	}
	mem_free(ctx);
}
