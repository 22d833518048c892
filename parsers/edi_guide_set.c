/* edi_guide_set.c - a set as it is written; see edi_guide_set.h. */

#include "parsers/edi_guide_set.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/nearest.h"

enum { TYPE_MAX_BYTES = 7 };

struct set_reading {
	struct arena *arena;
	struct set_text *text;
	const struct guide_line *line;
	struct guide_faults *faults;
	set_like_fn *like;
	void *like_u;
	struct set_place *segment; /* that narrowing lines belong to */
	struct set_place *open[GUIDE_DEPTH_MAX + 2]; /* by level; [1] the set */
	unsigned open_max; /* the deepest level that may come next */
	bool is_lost;      /* `set` or `like` was wrong: one fault is enough */
};

/* ---- places -------------------------------------------------------------- */

static bool
take_often(const struct guide_line *l, size_t from, uint32_t *ret_min,
    uint32_t *ret_max, struct guide_faults *f)
{
	if (l->count < from + 2 ||
	    !guide_number(l->words[from], false, ret_min) ||
	    !guide_number(l->words[from + 1], true, ret_max))
		return guide_fault(f, l->at,
		    "%s: how often, like `1 1` or `0 *`, is not said",
		    l->words[0]);
	return *ret_min <= *ret_max ||
	    guide_fault(f, l->at, "at least %u is more than at most %u",
		*ret_min, *ret_max);
}

/* "when HL.3 in S", from that word on; all that is left of the line. */
static bool
take_when(struct arena *a, const struct guide_line *l, size_t from,
    struct set_when *ret, struct guide_faults *f)
{
	char ref[80];
	bool ok = l->count >= from + 4 && strcmp(l->words[from], "when") == 0 &&
	    strcmp(l->words[from + 2], "in") == 0 &&
	    strlen(l->words[from + 1]) < sizeof(ref);

	if (ok) {
		snprintf(ref, sizeof(ref), "%s", l->words[from + 1]);
		ok = guide_place(ref, &ret->element, &ret->component) &&
		    ret->element > 0;
	}
	if (!ok)
		return guide_fault(f, l->at,
		    "`when TAG.ELEMENT in VALUE...` is wanted at \"%s\"",
		    l->words[from]);
	ret->tag = arena_strdup(a, ref);
	ret->values = guide_values(a, l, from + 3, &ret->count);
	return true;
}

static struct set_place *
new_place(struct set_reading *r, struct set_place *parent, const char *name)
{
	struct set_place *p = arena_array(r->arena, struct set_place, 1);

	p->name = arena_strdup(r->arena, name);
	p->at = r->line->at;
	p->parent = parent;
	p->depth = r->line->level - 1;
	if (parent->last != NULL)
		parent->last->next = p;
	else
		parent->first = p;
	parent->last = p;
	if (++r->text->place_count == SET_PLACES_MAX + 1)
		guide_fault(r->faults, p->at, "more than %d places",
		    SET_PLACES_MAX);
	return p;
}

/* "loop HLS 1 1 when HL.3 in S" */
static void
take_loop(struct set_reading *r, struct set_place *parent)
{
	const struct guide_line *l = r->line;
	struct set_place *p;

	if (l->count < 4) {
		guide_fault(r->faults, l->at,
		    "loop wants a name, and how often: `loop N1 0 200`");
		return;
	}
	p = new_place(r, parent, l->words[1]);
	p->is_loop = true;
	(void)(take_often(l, 2, &p->min, &p->max, r->faults) &&
	    (l->count == 4 || take_when(r->arena, l, 4, &p->when, r->faults)));
	r->segment = NULL;
	if (l->level > GUIDE_DEPTH_MAX) {
		guide_fault(r->faults, l->at, "loops more than %d deep",
		    GUIDE_DEPTH_MAX);
		return;
	}
	r->open[l->level + 1] = p;
	r->open_max = l->level + 1;
}

static void
take_segment(struct set_reading *r, struct set_place *parent)
{
	const struct guide_line *l = r->line;
	struct set_place *p = new_place(r, parent, l->words[0]);

	if (take_often(l, 1, &p->min, &p->max, r->faults) && l->count > 3)
		guide_fault(r->faults, l->at, "\"%s\" is more than wanted",
		    l->words[3]);
	r->segment = p;
	r->open_max = l->level;
}

/* ---- narrowing ----------------------------------------------------------- */

/* "in 00 05", "required" ... from the second word on. */
static bool
take_narrow(struct arena *a, const struct guide_line *l, struct set_narrow *n,
    struct guide_faults *f)
{
	static const char *const words[] = { "in", "required", "optional",
		"forbidden" };

	n->at = l->at;
	for (size_t i = 0; l->count > 1 && i < COUNT(words); i++) {
		if (strcmp(words[i], l->words[1]) != 0)
			continue;
		n->kind = (enum set_narrow_kind)i;
		n->values = guide_values(a, l, 2, &n->count);
		if ((n->kind == SET_IN) == (n->count > 0))
			return true;
	}
	return guide_fault(f, l->at,
	    "behind %s.%u is wanted: in VALUE..., required, optional or "
	    "forbidden",
	    l->words[0], n->element);
}

static void
add_narrow(struct arena *a, struct set_place *p, const struct set_narrow *n)
{
	struct set_narrow **at = &p->narrows;

	while (*at != NULL)
		at = &(*at)->next;
	*at = arena_array(a, struct set_narrow, 1);
	**at = *n;
}

/* The element, cut off the first word. */
static bool
take_element(const struct guide_line *l, struct set_narrow *n,
    struct guide_faults *f)
{
	return (guide_place(l->words[0], &n->element, &n->component) &&
		   n->element > 0) ||
	    guide_fault(f, l->at,
		"%s: an element is named like BEG.2, a component like QTY.1.1",
		l->words[0]);
}

/* A line "BEG.1 in 00 05" below the segment BEG. */
static void
take_narrow_here(struct set_reading *r)
{
	const struct guide_line *l = r->line;
	struct set_narrow n = { 0 };

	if (!take_element(l, &n, r->faults) ||
	    !take_narrow(r->arena, l, &n, r->faults))
		return;
	if (r->segment == NULL || strcmp(r->segment->name, l->words[0]) != 0)
		guide_fault(r->faults, l->at,
		    "a line of %s stands below its segment", l->words[0]);
	else
		add_narrow(r->arena, r->segment, &n);
}

/* ---- changes: like and overlay ------------------------------------------- */

struct change {
	struct arena *arena;
	const struct guide_line *line;
	bool is_often;
	uint32_t min;
	uint32_t max;
	struct set_narrow narrow;
	size_t applied;
};

static void
change_place(struct change *c, struct set_place *p)
{
	c->applied++;
	if (c->is_often) {
		p->min = c->min;
		p->max = c->max;
		p->at = c->line->at;
	} else if (p->is_loop) {
		if (p->first != NULL)
			add_narrow(c->arena, p->first, &c->narrow);
	} else {
		add_narrow(c->arena, p, &c->narrow);
	}
}

/* All places of that path below in; *miss: the part that is not there. */
static void
change_path(struct change *c, struct set_place *in, const char *path,
    struct set_place **miss_in, const char **miss)
{
	size_t n = strcspn(path, "/");
	bool is_last = path[n] == '\0', is_there = false;

	for (struct set_place *p = in->first; p != NULL; p = p->next) {
		if (strlen(p->name) != n || strncmp(p->name, path, n) != 0 ||
		    (!is_last && !p->is_loop))
			continue;
		is_there = true;
		if (is_last)
			change_place(c, p);
		else
			change_path(c, p, path + n + 1, miss_in, miss);
	}
	if (!is_there) {
		*miss_in = in;
		*miss = path;
	}
}

static void
fault_path(const struct guide_line *l, const struct set_text *t,
    const struct set_place *in, const char *miss, struct guide_faults *f)
{
	char name[GUIDE_NAME_BYTES];
	struct nearest near = NEAREST_TO(name);
	const char *best;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(miss, "/"), miss);
	for (const struct set_place *p = in->first; p != NULL; p = p->next)
		nearest_offer(&near, p->name);
	best = nearest_found(&near);
	guide_fault(f, l->at, "%s %s has no %s%s%s%s",
	    in->parent == NULL ? "set" : "loop",
	    in->parent == NULL ? t->type : in->name, name,
	    best != NULL ? "; is " : "", best != NULL ? best : "",
	    best != NULL ? " meant?" : "");
}

void
set_text_change(struct arena *a, struct set_text *t, const struct guide_line *l,
    struct guide_faults *f)
{
	struct change c = { .arena = a, .line = l };
	struct set_place *miss_in = NULL;
	const char *miss = NULL;
	bool ok;

	c.is_often = strchr(l->words[0], '.') == NULL;
	if (c.is_often)
		ok = take_often(l, 1, &c.min, &c.max, f) &&
		    (l->count == 3 ||
			guide_fault(f, l->at, "\"%s\" is more than wanted",
			    l->words[3]));
	else
		ok = take_element(l, &c.narrow, f) &&
		    take_narrow(a, l, &c.narrow, f);
	if (!ok)
		return;
	change_path(&c, &t->root, l->words[0], &miss_in, &miss);
	if (c.applied == 0 && miss != NULL)
		fault_path(l, t, miss_in, miss, f);
}

/* ---- copies -------------------------------------------------------------- */

static struct set_narrow *
copy_narrows(struct arena *a, const struct set_narrow *from)
{
	struct set_narrow *ret = NULL, **at = &ret;

	for (; from != NULL; from = from->next) {
		*at = arena_array(a, struct set_narrow, 1);
		**at = *from;
		(*at)->next = NULL;
		at = &(*at)->next;
	}
	return ret;
}

/* Below to, what is below from. */
static void
copy_places(struct arena *a, struct set_place *to, const struct set_place *from)
{
	to->first = to->last = NULL;
	for (const struct set_place *p = from->first; p != NULL; p = p->next) {
		struct set_place *copy = arena_array(a, struct set_place, 1);

		*copy = *p;
		copy->parent = to;
		copy->next = NULL;
		copy->narrows = copy_narrows(a, p->narrows);
		copy_places(a, copy, p);
		if (to->last != NULL)
			to->last->next = copy;
		else
			to->first = copy;
		to->last = copy;
	}
}

/* A copy that may be changed. */
static struct set_text *
copy_text(struct arena *a, const struct set_text *from)
{
	struct set_text *t = arena_array(a, struct set_text, 1);

	*t = *from;
	copy_places(a, &t->root, &from->root);
	return t;
}

/* ---- set, like, totals, tree --------------------------------------------- */

static bool
is_type(const char *s)
{
	static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = strlen(s);

	return n > 0 && n <= TYPE_MAX_BYTES && strspn(s, fine) == n;
}

static void
line_set(struct set_reading *r)
{
	const struct guide_line *l = r->line;
	struct set_text *t = r->text;
	bool is_x12 = t->head.standard == EDI_X12;

	if (t->type != NULL) {
		guide_fault(r->faults, l->at, "a second set; one a file");
		return;
	}
	if (l->count != (is_x12 ? 3 : 2) || !is_type(l->words[1])) {
		guide_fault(r->faults, l->at,
		    is_x12 ? "set wants type and functional group: `set 850 PO`"
			   : "set wants a type: `set ORDERS`");
		r->is_lost = t->type == NULL;
		return;
	}
	t->at = l->at;
	t->type = arena_strdup(r->arena, l->words[1]);
	t->group = is_x12 ? arena_strdup(r->arena, l->words[2]) : "";
	t->name = arena_strdup(r->arena, l->name);
	r->open_max = 1;
}

static void
line_like(struct set_reading *r)
{
	const struct guide_line *l = r->line;
	struct set_text *t = r->text;
	const struct set_text *from;
	struct guide_head head = t->head;

	if (t->type != NULL || l->count != 2) {
		guide_fault(r->faults, l->at,
		    "like stands in place of set, and wants one file");
		return;
	}
	from = r->like(r->like_u, l->at, l->words[1], r->faults);
	r->is_lost = from == NULL || from->type == NULL;
	if (r->is_lost)
		return;
	if (from->head.standard != head.standard) {
		guide_fault(r->faults, l->at, "%s is of the other standard",
		    l->words[1]);
		r->is_lost = true;
		return;
	}
	*t = *copy_text(r->arena, from);
	for (struct set_place *p = t->root.first; p != NULL; p = p->next)
		p->parent = &t->root;
	t->head = head;
	t->at = l->at;
	t->like = arena_strdup(r->arena, l->words[1]);
	if (l->name[0] != '\0')
		t->name = arena_strdup(r->arena, l->name);
}

/* "CTT 1", "CNT 1.2", "PO1.2" as tag, element, component. */
static bool
take_ref(struct arena *a, const char *tag, const char *place, const char **ret,
    unsigned *ret_element, unsigned *ret_component)
{
	char ref[80];

	snprintf(ref, sizeof(ref), "%s%s%s", tag, place[0] != '\0' ? "." : "",
	    place);
	if (!guide_place(ref, ret_element, ret_component))
		return false;
	*ret = arena_strdup(a, ref);
	return true;
}

/* "count CTT 1 PO1", "sum CTT 2 PO1.2", and perhaps "when CNT.1.1 in 2" */
static void
line_total(struct set_reading *r)
{
	const struct guide_line *l = r->line;
	struct set_text *t = r->text;
	struct set_total total = { .at = l->at };

	total.is_sum = strcmp(l->words[0], "sum") == 0;
	if (l->count < 4 ||
	    !take_ref(r->arena, l->words[1], l->words[2], &total.tag,
		&total.element, &total.component) ||
	    !take_ref(r->arena, l->words[3], "", &total.of_tag,
		&total.of_element, &total.of_component) ||
	    total.element == 0 || total.is_sum != (total.of_element > 0)) {
		guide_fault(r->faults, l->at,
		    "`%s` is wanted, and perhaps a when",
		    total.is_sum ? "sum CTT 2 PO1.2" : "count CTT 1 PO1");
		return;
	}
	if (l->count > 4 && !take_when(r->arena, l, 4, &total.when, r->faults))
		return;
	if (t->total_count == SET_TOTALS_MAX)
		guide_fault(r->faults, l->at, "more than %d totals",
		    SET_TOTALS_MAX);
	else
		t->totals[t->total_count++] = total;
}

static void
line_tree(struct set_reading *r)
{
	const struct guide_line *l = r->line;

	if (l->count != 2 ||
	    (strcmp(l->words[1], "HL") != 0 && strcmp(l->words[1], "CPS") != 0))
		guide_fault(r->faults, l->at,
		    "`tree HL` or `tree CPS` is "
		    "wanted");
	r->text->tree = arena_strdup(r->arena, l->count > 1 ? l->words[1] : "");
	r->text->tree_at = l->at;
}

/* ---- files --------------------------------------------------------------- */

/* A line with an indent. */
static void
take_inner(struct set_reading *r)
{
	const struct guide_line *l = r->line;
	bool is_narrow = strchr(l->words[0], '.') != NULL;

	if (r->is_lost) {
		return;
	} else if (r->text->type == NULL) {
		guide_fault(r->faults, l->at,
		    "an indent, and no line `set` or `like` before");
	} else if (r->text->like != NULL) {
		set_text_change(r->arena, r->text, l, r->faults);
	} else if (is_narrow) {
		take_narrow_here(r);
	} else if (l->level > r->open_max) {
		guide_fault(r->faults, l->at,
		    "the indent is deeper than the loop before it opens");
	} else {
		struct set_place *parent = r->open[l->level];

		if (strcmp(l->words[0], "loop") == 0)
			take_loop(r, parent);
		else
			take_segment(r, parent);
	}
}

static void
take_outer(struct set_reading *r)
{
	static const struct {
		const char *word;
		void (*take)(struct set_reading *r);
	} kinds[] = {
		{ "set", line_set },
		{ "like", line_like },
		{ "count", line_total },
		{ "sum", line_total },
		{ "tree", line_tree },
	};

	r->segment = NULL;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].word, r->line->words[0]) == 0) {
			kinds[i].take(r);
			return;
		}
	}
	guide_fault(r->faults, r->line->at,
	    "\"%s\"; standard, version, use, set, like, count, sum or tree is "
	    "wanted here",
	    r->line->words[0]);
}

struct set_text *
set_text_read(struct arena *a, const struct guide_source *s, set_like_fn *like,
    void *u, struct guide_faults *f)
{
	struct guide_reader *in = arena_array(a, struct guide_reader, 1);
	struct set_text *t = arena_array(a, struct set_text, 1);
	struct set_reading r = { .arena = a,
		.text = t,
		.line = &in->line,
		.faults = f,
		.like = like,
		.like_u = u };

	t->at = (struct guide_at){ s->file, 0 };
	t->root.name = "";
	r.open[1] = &t->root;
	guide_reader_init(in, s, f);
	while (guide_next(in)) {
		if (guide_head_line(&t->head, a, &in->line, f))
			continue;
		if (in->line.level > 0)
			take_inner(&r);
		else
			take_outer(&r);
	}
	if (t->type == NULL && !r.is_lost)
		guide_fault(f, t->at, "no line `set` or `like`");
	return t;
}
