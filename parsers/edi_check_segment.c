/*
 * edi_check_segment.c - the order of segments: a walk over the tree of the
 * guide, one frame for each loop that is open.
 *
 * A segment is sought from where we are, in the innermost loop first, then
 * outwards.  What is found nowhere ahead is looked for behind and below: then
 * it is misplaced, is said once, and its own loop is opened on top of the
 * others ("detached"), so that what belongs to it fits; the place where we
 * were is kept.
 */

#include "parsers/edi_check_internal.h"

#include <string.h>

/* In edi_level.used: it was said to be missing, so its coming late is known. */
static const uint32_t SAID_MISSING = UINT32_C(1) << 31;

/* ------------------------------------------------------------- plans */

static const struct edi_branch *
level_new(struct edi_check *c, const struct edi_node *nodes, size_t count)
{
	struct edi_branch *l = mem_new(c, struct edi_branch);
	uint32_t *ids = mem_array(c, uint32_t, count + 1);
	uint16_t *required = mem_array(c, uint16_t, count + 1);

	l->nodes = nodes;
	l->count = (uint16_t)count;
	l->used = mem_array(c, uint32_t, count + 1);
	l->below = mem_array(c, const struct edi_branch *, count + 1);
	for (size_t i = 0; i < count; i++) {
		ids[i] = nodes[i].id;
		if (nodes[i].min > 0)
			required[l->required_count++] = (uint16_t)i;
		if (nodes[i].child_count > 0)
			l->below[i] = level_new(c, nodes[i].children,
			    nodes[i].child_count);
	}
	l->ids = ids;
	l->required = required;
	return l;
}

static struct edi_plan *
plan_of(struct edi_check *c, const struct edi_set_def *def)
{
	struct edi_plan *p;

	for (p = c->plans; p != NULL; p = p->next)
		if (p->def == def)
			return p;
	p = mem_new(c, struct edi_plan);
	p->def = def;
	p->root = level_new(c, def->children, def->child_count);
	p->next = c->plans;
	c->plans = p;
	return p;
}

static void
push(struct edi_check *c, const struct edi_branch *level,
    const struct edi_node *loop, bool is_detached)
{
	c->frames[c->depth++] = (struct edi_frame){ .level = level,
		.loop = loop,
		.is_detached = is_detached };
	memset(level->used, 0, level->count * sizeof(*level->used));
}

void
edi_walk_begin(struct edi_check *c)
{
	c->depth = 0;
	c->is_lost = false;
	c->plan = c->set.def == NULL ? NULL : plan_of(c, c->set.def);
	if (c->plan != NULL)
		push(c, c->plan->root, NULL, false);
}

/* ------------------------------------------------------------- places */

static bool
is_text(const char *p, size_t len, const char *want)
{
	for (size_t i = 0; i < len; i++)
		if (want[i] == '\0' || want[i] != p[i])
			return false;
	return want[len] == '\0';
}

/* A loop that asks for a value in its first segment: is it there? */
static bool
has_value(const struct edi_node *n, const struct edi_segment *s)
{
	const struct edi_value *v = edi_component(s, n->when_element,
	    n->when_component == 0 ? 1 : n->when_component);

	for (size_t i = 0; v != NULL && i < n->when_count; i++)
		if (is_text(v->p, v->len, n->when_values[i]))
			return true;
	return false;
}

static inline bool
fits(const struct edi_node *n, const struct edi_segment *s)
{
	return n->id == s->id && (n->when_element == 0 || has_value(n, s));
}

/* The name of the segment that a place begins with: for a finding. */
static const char *
head_tag(const struct edi_node *n)
{
	while (n->segment == NULL)
		n = &n->children[0];
	return n->segment->tag;
}

static void
say_missing(struct edi_check *c, const struct edi_segment *s,
    const struct edi_frame *f, uint16_t i)
{
	const struct edi_node *n = &f->level->nodes[i];
	struct edi_spot spot = { .segment = s,
		.tag = head_tag(n),
		.loop = n->segment == NULL ? n : f->loop };
	uint32_t used = f->level->used[i];

	if (used == 0)
		edi_check_say(c, &spot, EDI_F_SEG_MISSING, 0,
		    "%s is missing before this %s%s%s: the guide demands it",
		    spot.tag, s->tag, f->loop == NULL ? "" : " in loop ",
		    f->loop == NULL ? "" : f->loop->name);
	else
		edi_check_say(c, &spot, EDI_F_SEG_MISSING, 0,
		    "%s%s occurs %u times before this %s where at least %u "
		    "are demanded",
		    n->segment == NULL ? "loop " : "", n->name, (unsigned)used,
		    s->tag, (unsigned)n->min);
	f->level->used[i] |= SAID_MISSING;
}

/* What is demanded before place i must have come. */
static void
pass(struct edi_check *c, const struct edi_segment *s, struct edi_frame *f,
    uint16_t i)
{
	const struct edi_branch *l = f->level;

	for (; f->next_required < l->required_count &&
	     l->required[f->next_required] < i;
	     f->next_required++) {
		uint16_t at = l->required[f->next_required];

		if (l->used[at] < l->nodes[at].min)
			say_missing(c, s, f, at);
	}
}

/* Leave the loops above depth. */
static void
leave(struct edi_check *c, const struct edi_segment *s, size_t depth)
{
	for (; c->depth > depth; c->depth--) {
		struct edi_frame *f = &c->frames[c->depth - 1];

		pass(c, s, f, f->level->count);
	}
}

/* Its first segment opens a loop; returns the node of the segment. */
static const struct edi_node *
enter(struct edi_check *c, const struct edi_branch *l, uint16_t i,
    bool is_detached)
{
	const struct edi_node *n = &l->nodes[i];

	if (n->segment != NULL || c->depth == WALK_DEPTH_MAX)
		return n->segment != NULL ? n : &n->children[0];
	push(c, l->below[i], n, is_detached);
	c->frames[c->depth - 1].level->used[0] = 1;
	return &n->children[0];
}

static void
say_too_often(struct edi_check *c, const struct edi_segment *s,
    const struct edi_frame *f, const struct edi_node *n)
{
	struct edi_spot spot = { .segment = s, .loop = f->loop };

	if (n->segment == NULL) {
		spot.loop = n;
		edi_check_say(c, &spot, EDI_F_LOOP_MAX, 0,
		    "loop %s occurs more than %u time%s%s%s", n->name,
		    (unsigned)n->max, n->max == 1 ? "" : "s",
		    f->loop == NULL ? "" : " in loop ",
		    f->loop == NULL ? "" : f->loop->name);
		return;
	}
	edi_check_say(c, &spot, EDI_F_SEG_MAX, 0,
	    "%s occurs more than %u time%s%s%s", s->tag, (unsigned)n->max,
	    n->max == 1 ? "" : "s", f->loop == NULL ? "" : " in loop ",
	    f->loop == NULL ? "" : f->loop->name);
}

/* Take the segment at place i of frame d. */
static const struct edi_node *
take(struct edi_check *c, const struct edi_segment *s, size_t d, uint16_t i)
{
	struct edi_frame *f = &c->frames[d];
	uint32_t *used = &f->level->used[i];

	if (c->depth > d + 1)
		leave(c, s, d + 1);
	pass(c, s, f, i);
	f->pos = i;
	*used = (*used & ~SAID_MISSING) + 1;
	/* Said at the first one that is too many, not at each. */
	if (*used - 1 == f->level->nodes[i].max)
		say_too_often(c, s, f, &f->level->nodes[i]);
	return enter(c, f->level, i, f->is_detached);
}

/* Sibling loops that a value tells apart may come in any order. */
static uint16_t
first_ahead(const struct edi_frame *f, uint32_t id)
{
	uint16_t i = f->pos;

	if (f->level->nodes[i].when_element == 0 || f->level->ids[i] != id)
		return i == 0 && f->loop != NULL ? 1 : i;
	while (i > 0 && f->level->ids[i - 1] == id &&
	    f->level->nodes[i - 1].when_element != 0)
		i--;
	return i == 0 && f->loop != NULL ? 1 : i;
}

/* Where we looked, from the best to the worst of what may be done. */
struct place {
	bool is_found;
	size_t depth;
	uint16_t at;
};

/* Ahead of us: a place with room, or else the first one without. */
static struct place
ahead(const struct edi_check *c, const struct edi_segment *s,
    struct place *ret_full)
{
	for (size_t d = c->depth; d-- > 0;) {
		const struct edi_frame *f = &c->frames[d];
		const struct edi_branch *l = f->level;

		for (uint16_t i = first_ahead(f, s->id); i < l->count; i++) {
			struct place p = { true, d, i };

			if (l->ids[i] != s->id || !fits(&l->nodes[i], s))
				continue;
			if ((l->used[i] & ~SAID_MISSING) < l->nodes[i].max)
				return p;
			if (!ret_full->is_found)
				*ret_full = p;
		}
	}
	return (struct place){ 0 };
}

/* ---------------------------------------------------------- misplaced */

/* Its first segment came again in a loop that stands in a wrong place. */
static const struct edi_node *
again(struct edi_check *c, const struct edi_segment *s)
{
	for (size_t d = c->depth; d-- > 0 && c->frames[d].is_detached;) {
		struct edi_frame *f = &c->frames[d];

		if (!fits(f->loop, s))
			continue;
		leave(c, s, d + 1);
		pass(c, s, f, f->level->count);
		memset(f->level->used, 0,
		    f->level->count * sizeof(*f->level->used));
		f->pos = 0;
		f->next_required = 0;
		f->level->used[0] = 1;
		return &f->level->nodes[0];
	}
	return NULL;
}

/* The frames above d are left if they, too, were opened in a wrong place. */
static void
leave_detached(struct edi_check *c, const struct edi_segment *s, size_t d)
{
	size_t depth = c->depth;

	while (depth > d + 1 && c->frames[depth - 1].is_detached)
		depth--;
	leave(c, s, depth);
}

/* Behind us, in a loop that is open. */
static const struct edi_node *
behind(struct edi_check *c, const struct edi_segment *s, size_t d)
{
	struct edi_frame *f = &c->frames[d];
	const struct edi_branch *l = f->level;
	struct edi_spot spot = { .segment = s, .loop = f->loop };

	for (uint16_t i = f->loop == NULL ? 0 : 1; i < f->pos; i++) {
		if (!fits(&l->nodes[i], s))
			continue;
		/* That it was not there has been said. */
		if ((l->used[i] & SAID_MISSING) == 0)
			edi_check_say(c, &spot, EDI_F_SEG_ORDER, 0,
			    "%s stands too late: it belongs before %s%s%s",
			    s->tag, head_tag(&l->nodes[f->pos]),
			    f->loop == NULL ? "" : " in loop ",
			    f->loop == NULL ? "" : f->loop->name);
		l->used[i] = (l->used[i] & ~SAID_MISSING) + 1;
		if (l->nodes[i].segment == NULL)
			leave_detached(c, s, d);
		return enter(c, l, i, true);
	}
	return NULL;
}

/* Places from a level down to a segment. */
struct path {
	uint16_t at[WALK_DEPTH_MAX];
	size_t len;
};

static bool
find_below(const struct edi_branch *l, bool is_loop,
    const struct edi_segment *s, struct path *ret)
{
	if (ret->len + 2 >= WALK_DEPTH_MAX)
		return false;
	/* The first segment of a loop is sought as the loop: see fits(). */
	for (uint16_t i = is_loop; i < l->count; i++) {
		bool is_it = fits(&l->nodes[i], s);

		ret->at[ret->len++] = i;
		if (is_it && l->below[i] != NULL)
			ret->at[ret->len++] = 0;
		if (is_it ||
		    (l->below[i] != NULL &&
			find_below(l->below[i], true, s, ret)))
			return true;
		ret->len--;
	}
	return false;
}

/* The loop it stands in was not begun: its first segment is what lacks. */
static void
say_headless(struct edi_check *c, const struct edi_segment *s,
    const struct edi_frame *f, uint16_t i)
{
	const struct edi_node *n = &f->level->nodes[i];
	struct edi_spot spot = { .segment = s, .loop = n };

	if (f->level->used[i] == 0 && n->min > 0 && i >= f->pos) {
		spot.tag = head_tag(n);
		edi_check_say(c, &spot, EDI_F_SEG_MISSING, 0,
		    "%s is missing before this %s: it begins loop %s", spot.tag,
		    s->tag, n->name);
		f->level->used[i] |= SAID_MISSING;
		return;
	}
	edi_check_say(c, &spot, EDI_F_SEG_UNEXPECTED, 0,
	    "%s may not stand here: it belongs to loop %s, which begins with "
	    "%s",
	    s->tag, n->name, head_tag(n));
}

/* In a loop that is not open: its heads are taken as if they had come. */
static const struct edi_node *
below(struct edi_check *c, const struct edi_segment *s, size_t d)
{
	struct path path = { .len = 0 };
	const struct edi_branch *l = c->frames[d].level;

	if (!find_below(l, c->frames[d].loop != NULL, s, &path) || path.len < 2)
		return NULL;
	say_headless(c, s, &c->frames[d], path.at[0]);
	leave_detached(c, s, d);
	for (size_t i = 0; i + 1 < path.len; i++) {
		if (c->depth == WALK_DEPTH_MAX)
			return NULL;
		(void)enter(c, l, path.at[i], true);
		l = l->below[path.at[i]];
	}
	c->frames[c->depth - 1].pos = path.at[path.len - 1];
	l->used[path.at[path.len - 1]] = 1;
	return &l->nodes[path.at[path.len - 1]];
}

/* ------------------------------------------------------- not in the set */

/* The set has it, but not with this value: nor with what follows it. */
static void
say_other_value(struct edi_check *c, const struct edi_segment *s,
    const struct edi_places *places)
{
	const struct edi_node *n = places->nodes[0]->parent;
	struct edi_spot spot = { .segment = s };
	const struct edi_value *v;
	char show[SHOW_BYTES + 8];

	c->is_lost = true;
	if (n == NULL || n->when_element == 0) {
		edi_check_say(c, &spot, EDI_F_SEG_UNEXPECTED, 0,
		    "%s may not stand here", s->tag);
		return;
	}
	spot.element = n->when_element;
	v = edi_component(s, n->when_element, n->when_component);
	if (v != NULL) {
		spot.value = v->p;
		spot.value_len = v->len;
	}
	edi_check_say(c, &spot, EDI_F_SEG_UNEXPECTED, 0,
	    "%s with \"%s\" in element %u may not stand here", s->tag,
	    edi_show(spot.value != NULL ? spot.value : "", spot.value_len,
		show),
	    (unsigned)n->when_element);
}

static void
say_stranger(struct edi_check *c, const struct edi_segment *s)
{
	const struct edi_set_def *def = c->set.def;
	const struct edi_segment_def *known = edi_dictionary_segment(
	    def->dictionary, s->id);
	struct edi_spot spot = { .segment = s };

	if (known != NULL)
		edi_check_say(c, &spot, EDI_F_SEG_NOT_IN_SET, 0,
		    "%s (%s) is no segment of set %s", s->tag, known->name,
		    def->type);
	else
		edi_check_say(c, &spot, EDI_F_SEG_UNKNOWN, 0,
		    "no segment %s is known in %s: it was left out", s->tag,
		    def->version);
}

static const struct edi_node *
misplaced(struct edi_check *c, const struct edi_segment *s)
{
	const struct edi_places *places = edi_set_places(c->set.def, s->id);
	const struct edi_node *n;

	if (places == NULL) {
		say_stranger(c, s);
		return NULL;
	}
	for (size_t d = c->depth; d-- > 0;) {
		n = behind(c, s, d);
		if (n == NULL)
			n = below(c, s, d);
		if (n != NULL)
			return n;
	}
	say_other_value(c, s, places);
	return NULL;
}

const struct edi_node *
edi_walk_place(struct edi_check *c, const struct edi_segment *s)
{
	struct place full = { 0 }, p;
	const struct edi_node *n;

	if (s->id == 0) /* the reader has said that it has no name */
		return NULL;
	p = ahead(c, s, &full);
	if (p.is_found) {
		c->is_lost = false;
		return take(c, s, p.depth, p.at);
	}
	n = again(c, s);
	if (n != NULL)
		return n;
	if (c->is_lost)
		return NULL;
	if (full.is_found)
		return take(c, s, full.depth, full.at);
	return misplaced(c, s);
}
