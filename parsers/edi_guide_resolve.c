/* edi_guide_resolve.c - a set as text into tables; see edi_guide_set.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/edi_guide_set.h"

struct resolving {
	struct arena *arena;
	const struct set_text *text;
	const struct edi_dictionary *dictionary;
	struct guide_faults *faults;
	struct edi_set_def *def;
	const struct edi_node **nodes;
	size_t count;
};

/* So that reading goes on behind a fault. */
static const struct edi_segment_def no_segment = { .tag = "", .name = "" };

/* ---- values at one place ------------------------------------------------- */

static const char *
name_of(const struct edi_element_def *def, const char *value)
{
	struct edi_code key = { .value = value };
	const struct edi_code *code = def->code_count == 0
	    ? NULL
	    : bsearch(&key, def->codes, def->code_count, sizeof(key),
		  edi_code_compare);

	return code != NULL ? code->name : "";
}

static bool
check_value(struct resolving *r, struct guide_at at,
    const struct edi_element_def *def, const char *value)
{
	size_t n = strlen(value);

	if (n < def->min || n > def->max)
		return guide_fault(r->faults, at,
		    "value %s: element %s has %u to %u characters", value,
		    def->id, def->min, def->max);
	return !def->is_closed || edi_codes_have(def->code_hash, value, n) ||
	    guide_fault(r->faults, at,
		"value %s is not in the closed list of element %s", value,
		def->id);
}

static void
narrow_values(struct resolving *r, const struct set_narrow *n,
    struct edi_use *use)
{
	struct edi_code *codes = arena_array(r->arena, struct edi_code,
	    n->count);

	for (size_t i = 0; i < n->count; i++) {
		if (!check_value(r, n->at, use->def, n->values[i]))
			return;
		codes[i].value = n->values[i];
		codes[i].name = name_of(use->def, n->values[i]);
	}
	qsort(codes, n->count, sizeof(*codes), edi_code_compare);
	for (size_t i = 1; i < n->count; i++)
		if (edi_code_compare(&codes[i - 1], &codes[i]) == 0) {
			guide_fault(r->faults, n->at, "value %s stands twice",
			    codes[i].value);
			return;
		}
	use->codes = codes;
	use->code_count = n->count;
	use->only = edi_code_hash_new(r->arena, codes, n->count);
}

/* The component of a composite, in a copy of the composite of its own. */
static struct edi_use *
own_component(struct resolving *r, struct edi_use *use, unsigned component)
{
	const struct edi_element_def *old = use->def;
	struct edi_element_def *def = arena_array(r->arena,
	    struct edi_element_def, 1);
	struct edi_use *parts = arena_array(r->arena, struct edi_use,
	    old->component_count);

	memcpy(parts, old->components, old->component_count * sizeof(*parts));
	*def = *old;
	def->components = parts;
	use->def = def;
	return &parts[component - 1];
}

/* What a narrowing means: an element or a component; NULL with a fault. */
static struct edi_use *
narrowed_use(struct resolving *r, const struct set_narrow *n, const char *tag,
    struct edi_use *uses, size_t use_count)
{
	struct edi_use *use;
	unsigned component = n->component;

	if (n->element > use_count) {
		guide_fault(r->faults, n->at, "%s.%u: %s has %zu elements", tag,
		    n->element, tag, use_count);
		return NULL;
	}
	use = &uses[n->element - 1];
	if (component == 0 && n->kind == SET_IN)
		component = 1;
	if (use->def->components == NULL && component > 1) {
		guide_fault(r->faults, n->at,
		    "%s.%u.%u: element %s has no "
		    "components",
		    tag, n->element, component, use->def->id);
		return NULL;
	}
	if (use->def->components == NULL || component == 0)
		return use;
	if (component > use->def->component_count) {
		guide_fault(r->faults, n->at, "%s.%u.%u: %s has %zu components",
		    tag, n->element, component, use->def->id,
		    use->def->component_count);
		return NULL;
	}
	return own_component(r, use, component);
}

static const struct edi_use *
narrow_uses(struct resolving *r, const struct set_place *p,
    const struct edi_segment_def *segment)
{
	struct edi_use *uses;

	if (p->narrows == NULL || segment->use_count == 0)
		return NULL;
	uses = arena_array(r->arena, struct edi_use, segment->use_count);
	memcpy(uses, segment->uses, segment->use_count * sizeof(*uses));
	for (const struct set_narrow *n = p->narrows; n != NULL; n = n->next) {
		struct edi_use *use = narrowed_use(r, n, p->name, uses,
		    segment->use_count);

		if (use == NULL)
			continue;
		if (n->kind == SET_IN) {
			narrow_values(r, n, use);
			continue;
		}
		use->is_required = n->kind == SET_REQUIRED;
		use->is_forbidden = n->kind == SET_FORBIDDEN;
	}
	return uses;
}

/* ---- places -------------------------------------------------------------- */

static const struct edi_segment_def *
find_segment(struct resolving *r, struct guide_at at, const char *tag)
{
	const struct dict_text *d = r->dictionary->text;
	const struct dict_entry *e = dict_find(&d->segments, tag);
	const char *near;

	if (e != NULL)
		return edi_dictionary_segment(r->dictionary, EDI_ID(tag));
	near = dict_nearest(&d->segments, tag);
	guide_fault(r->faults, at,
	    "segment %s is not in the dictionary %s%s%s%s", tag, d->file,
	    near[0] != '\0' ? "; is " : "", near,
	    near[0] != '\0' ? " meant?" : "");
	return &no_segment;
}

/* Does the segment have that element, that component? */
static bool
check_ref(struct resolving *r, struct guide_at at, const char *tag,
    unsigned element, unsigned component)
{
	const struct edi_segment_def *s = find_segment(r, at, tag);
	size_t parts;

	if (s == &no_segment)
		return false;
	if (element > s->use_count)
		return guide_fault(r->faults, at, "%s.%u: %s has %zu elements",
		    tag, element, tag, s->use_count);
	parts = s->uses[element - 1].def->component_count;
	return component <= (parts > 0 ? parts : 1) ||
	    guide_fault(r->faults, at, "%s.%u.%u: there are %zu components",
		tag, element, component, parts);
}

static void
resolve_when(struct resolving *r, const struct set_place *p,
    struct edi_node *node)
{
	const struct set_when *w = &p->when;

	if (w->tag == NULL)
		return;
	if (p->first != NULL && strcmp(w->tag, p->first->name) != 0) {
		guide_fault(r->faults, p->at,
		    "when looks at %s; loop %s begins with %s", w->tag, p->name,
		    p->first->name);
		return;
	}
	if (!check_ref(r, p->at, w->tag, w->element, w->component))
		return;
	node->when_element = (uint8_t)w->element;
	node->when_component = (uint8_t)(w->component > 0 ? w->component : 1);
	node->when_values = w->values;
	node->when_count = w->count;
}

static void
check_head(struct resolving *r, const struct set_place *p)
{
	const struct set_place *head = p->first;

	if (head == NULL)
		guide_fault(r->faults, p->at, "loop %s is empty", p->name);
	else if (head->is_loop)
		guide_fault(r->faults, head->at,
		    "loop %s begins with a loop; a segment is wanted first",
		    p->name);
	else if (head->min != 1 || head->max != 1)
		guide_fault(r->faults, head->at,
		    "%s begins the loop %s and must be `%s 1 1`", head->name,
		    p->name, head->name);
}

static void resolve_places(struct resolving *r, const struct set_place *in,
    struct edi_node *parent, const struct edi_node **ret, size_t *ret_count);

static void
resolve_place(struct resolving *r, const struct set_place *p,
    struct edi_node *node)
{
	node->name = p->name;
	node->min = p->min;
	node->max = p->max;
	node->depth = (uint16_t)p->depth;
	node->index = (uint16_t)r->count;
	r->nodes[r->count++] = node;
	if (p->is_loop) {
		check_head(r, p);
		resolve_when(r, p, node);
		resolve_places(r, p, node, &node->children, &node->child_count);
		node->id = node->child_count > 0 ? node->children[0].id : 0;
	} else {
		node->segment = find_segment(r, p->at, p->name);
		node->id = EDI_ID(p->name);
		node->uses = narrow_uses(r, p, node->segment);
	}
	node->end = (uint16_t)r->count;
}

/* ST and SE stand around every set, and are not written. */
static void
resolve_service(struct resolving *r, const char *tag, struct edi_node *node)
{
	struct set_place p = { .name = tag,
		.at = r->text->head.use_at,
		.min = 1,
		.max = 1 };

	resolve_place(r, &p, node);
}

static void
resolve_places(struct resolving *r, const struct set_place *in,
    struct edi_node *parent, const struct edi_node **ret, size_t *ret_count)
{
	bool is_x12 = r->text->head.standard == EDI_X12;
	struct edi_node *nodes;
	size_t n = 0;

	for (const struct set_place *p = in->first; p != NULL; p = p->next)
		n++;
	nodes = arena_array(r->arena, struct edi_node, n + 2);
	n = 0;
	if (parent == NULL)
		resolve_service(r, is_x12 ? "ST" : "UNH", &nodes[n++]);
	for (const struct set_place *p = in->first; p != NULL; p = p->next)
		resolve_place(r, p, &nodes[n++]);
	if (parent == NULL)
		resolve_service(r, is_x12 ? "SE" : "UNT", &nodes[n++]);
	for (size_t i = 0; i < n; i++) {
		nodes[i].parent = parent;
		nodes[i].place = (uint16_t)i;
	}
	*ret = nodes;
	*ret_count = n;
}

/* ---- ambiguity ----------------------------------------------------------- */

static bool
has_when(const struct set_place *p)
{
	return p->when.tag != NULL;
}

static const char *
common_value(const struct set_when *a, const struct set_when *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++)
			if (strcmp(a->values[i], b->values[j]) == 0)
				return a->values[i];
	return NULL;
}

static bool
same_place(const struct set_when *a, const struct set_when *b)
{
	return a->element == b->element &&
	    (a->component > 0 ? a->component : 1) ==
	    (b->component > 0 ? b->component : 1);
}

/* Two loops that begin with the same segment; b may follow a at once. */
static void
check_loops(struct resolving *r, const struct set_place *a,
    const struct set_place *b)
{
	const char *value;

	if (!has_when(a)) {
		guide_fault(r->faults, b->at,
		    "loop %s begins with %s as loop %s in line %d, which has "
		    "no when and takes them all",
		    b->name, a->first->name, a->name, a->at.line);
		return;
	}
	if (!has_when(b) || strcmp(a->when.tag, a->first->name) != 0 ||
	    strcmp(b->when.tag, b->first->name) != 0)
		return; /* a fault of its own */
	if (!same_place(&a->when, &b->when)) {
		guide_fault(r->faults, b->at,
		    "loops %s and %s begin with %s; their when must look at "
		    "the same element",
		    a->name, b->name, a->first->name);
		return;
	}
	value = common_value(&a->when, &b->when);
	if (value != NULL)
		guide_fault(r->faults, b->at,
		    "value %s leads to loop %s and to loop %s in line %d",
		    value, b->name, a->name, a->at.line);
}

static const char *
head_of(const struct set_place *p)
{
	if (!p->is_loop)
		return p->name;
	return p->first != NULL ? p->first->name : "";
}

static void
check_pair(struct resolving *r, const struct set_place *a,
    const struct set_place *b, bool is_next)
{
	if (head_of(a)[0] == '\0' || strcmp(head_of(a), head_of(b)) != 0)
		return;
	if (a->is_loop && b->is_loop)
		check_loops(r, a, b);
	else if (is_next && a->min != a->max && !has_when(a) && !has_when(b))
		guide_fault(r->faults, b->at,
		    "%s follows %s in line %d, which may take it: nobody can "
		    "tell which is meant",
		    b->name, a->name, a->at.line);
}

static void
check_siblings(struct resolving *r, const struct set_place *in)
{
	for (const struct set_place *a = in->first; a != NULL; a = a->next) {
		for (const struct set_place *b = a->next; b != NULL;
		     b = b->next) {
			if (a->is_loop && b->is_loop &&
			    strcmp(a->name, b->name) == 0)
				guide_fault(r->faults, b->at,
				    "loop %s stands in line %d already; give "
				    "it a name of its own",
				    b->name, a->at.line);
			check_pair(r, a, b, b == a->next);
			if (b->min > 0) /* nothing can jump over it */
				break;
		}
		check_siblings(r, a);
	}
}

/* ---- where segments stand, totals, tree ---------------------------------- */

static struct edi_places *
places_slot(struct edi_places *slots, uint32_t mask, uint32_t id)
{
	uint32_t at = (id * 0x9E3779B1u) >> 8 & mask;

	while (slots[at].id != 0 && slots[at].id != id)
		at = (at + 1) & mask;
	return &slots[at];
}

static void
index_places(struct resolving *r)
{
	struct edi_places *slots;
	const struct edi_node **lists;
	uint32_t mask = 7;
	size_t segments = 0, at = 0;

	for (size_t i = 0; i < r->count; i++)
		segments += r->nodes[i]->segment != NULL;
	while (mask < segments * 2)
		mask = mask * 2 + 1;
	slots = arena_array(r->arena, struct edi_places, (size_t)mask + 1);
	lists = arena_array(r->arena, const struct edi_node *, segments + 1);
	for (size_t i = 0; i < r->count; i++) {
		const struct edi_node *node = r->nodes[i];
		struct edi_places *slot = places_slot(slots, mask, node->id);

		if (node->segment == NULL)
			continue;
		slot->id = node->id;
		slot->segment = node->segment;
		slot->count++;
	}
	for (size_t i = 0; i < r->count; i++) {
		const struct edi_node *node = r->nodes[i];
		struct edi_places *slot = places_slot(slots, mask, node->id);

		if (node->segment == NULL || slot->nodes != NULL)
			continue;
		slot->nodes = &lists[at];
		for (size_t j = i; j < r->count; j++)
			if (r->nodes[j]->segment != NULL &&
			    r->nodes[j]->id == node->id)
				lists[at++] = r->nodes[j];
	}
	r->def->places = slots;
	r->def->place_mask = mask;
}

/* A segment that a total or a tree speaks of must be in the set. */
static bool
is_in_set(struct resolving *r, struct guide_at at, const char *tag)
{
	return edi_set_places(r->def, EDI_ID(tag)) != NULL ||
	    guide_fault(r->faults, at, "the set has no segment %s", tag);
}

static bool
check_total(struct resolving *r, const struct set_total *t)
{
	if (!is_in_set(r, t->at, t->tag) || !is_in_set(r, t->at, t->of_tag) ||
	    !check_ref(r, t->at, t->tag, t->element, t->component))
		return false;
	if (t->is_sum &&
	    !check_ref(r, t->at, t->of_tag, t->of_element, t->of_component))
		return false;
	if (t->when.tag == NULL)
		return true;
	if (strcmp(t->when.tag, t->tag) != 0)
		return guide_fault(r->faults, t->at,
		    "when looks at %s; the total stands in %s", t->when.tag,
		    t->tag);
	return check_ref(r, t->at, t->tag, t->when.element, t->when.component);
}

static uint8_t
component_of(unsigned component)
{
	return (uint8_t)(component > 0 ? component : 1);
}

static void
resolve_totals(struct resolving *r)
{
	const struct set_text *text = r->text;
	struct edi_total *totals = arena_array(r->arena, struct edi_total,
	    SET_TOTALS_MAX);

	for (size_t i = 0; i < text->total_count; i++) {
		const struct set_total *t = &text->totals[i];

		if (!check_total(r, t))
			continue;
		if (!t->is_sum && r->def->total_count == NULL)
			r->def->total_count = t->of_tag;
		totals[r->def->total_rows++] = (struct edi_total){
			.is_sum = t->is_sum,
			.id = EDI_ID(t->tag),
			.element = (uint8_t)t->element,
			.component = component_of(t->component),
			.of_id = EDI_ID(t->of_tag),
			.of_element = (uint8_t)t->of_element,
			.of_component = component_of(t->of_component),
			.tag = t->tag,
			.of_tag = t->of_tag,
			.when_element = (uint8_t)t->when.element,
			.when_component = component_of(t->when.component),
			.when_values = t->when.values,
			.when_count = t->when.count,
		};
	}
	r->def->totals = totals;
}

static void
resolve_tree(struct resolving *r)
{
	const char *tag = r->text->tree;

	if (tag == NULL || tag[0] == '\0' ||
	    !is_in_set(r, r->text->tree_at, tag))
		return;
	r->def->has_tree = true;
	r->def->tree_id = EDI_ID(tag);
}

struct edi_set_def *
set_text_resolve(struct arena *a, const struct set_text *t,
    const struct edi_dictionary *d, struct guide_faults *f)
{
	struct edi_set_def *def = arena_array(a, struct edi_set_def, 1);
	struct resolving r = { .arena = a,
		.text = t,
		.dictionary = d,
		.faults = f,
		.def = def };

	if (t->place_count > SET_PLACES_MAX)
		return def;
	r.nodes = arena_array(a, const struct edi_node *, t->place_count + 2);
	def->standard = t->head.standard;
	def->type = t->type;
	def->group = t->group;
	def->version = t->head.version;
	def->name = t->name;
	def->source = t->at.file;
	def->dictionary = d;
	resolve_places(&r, &t->root, NULL, &def->children, &def->child_count);
	def->nodes = r.nodes;
	def->node_count = r.count;
	check_siblings(&r, &t->root);
	index_places(&r);
	resolve_totals(&r);
	resolve_tree(&r);
	return def;
}
