/* edi_dictionary.c - see edi_dictionary.h. */

#include "parsers/edi_dictionary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/nearest.h"

enum {
	ID_MAX_BYTES = 8,
	LENGTH_MAX = 100000000,
	USES_MAX = EDI_ELEMENTS_MAX - 1,
	REPEAT_MAX = 9999
};

/* ---- entries by name ----------------------------------------------------- */

static uint32_t
hash_of_id(const char *id)
{
	uint32_t h = 2166136261u;

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 16777619u;
	return h;
}

/* The slot of that name, or the empty one where it would go. */
static uint32_t *
slot_of(const struct dict_map *m, const char *id)
{
	uint32_t at = hash_of_id(id) & m->mask;

	while (
	    m->slots[at] != 0 && strcmp(m->rows[m->slots[at] - 1]->id, id) != 0)
		at = (at + 1) & m->mask;
	return &m->slots[at];
}

struct dict_entry *
dict_find(const struct dict_map *m, const char *id)
{
	uint32_t *slot = m->room > 0 ? slot_of(m, id) : NULL;

	return slot != NULL && *slot != 0 ? m->rows[*slot - 1] : NULL;
}

static void
map_grow(struct arena *a, struct dict_map *m, size_t room)
{
	struct dict_entry **rows = arena_array(a, struct dict_entry *, room);

	if (m->count > 0)
		memcpy(rows, m->rows, m->count * sizeof(*rows));
	m->rows = rows;
	m->room = room;
	m->slots = arena_array(a, uint32_t, room * 2);
	m->mask = (uint32_t)room * 2 - 1;
	for (size_t i = 0; i < m->count; i++)
		*slot_of(m, rows[i]->id) = (uint32_t)i + 1;
}

/* Put it in, or in place of the one that has its name. */
static void
map_put(struct arena *a, struct dict_map *m, struct dict_entry *e)
{
	uint32_t *slot;

	if (m->count == m->room)
		map_grow(a, m, m->room == 0 ? 256 : m->room * 2);
	slot = slot_of(m, e->id);
	if (*slot == 0) {
		m->rows[m->count++] = e;
		*slot = (uint32_t)m->count;
	} else {
		m->rows[*slot - 1] = e;
	}
}

static void
map_copy(struct arena *a, struct dict_map *m, const struct dict_map *from)
{
	if (from->room == 0)
		return;
	m->count = from->count;
	m->rows = from->rows;
	map_grow(a, m, from->room);
}

const char *
dict_nearest(const struct dict_map *m, const char *id)
{
	struct nearest n = NEAREST_TO(id);

	for (size_t i = 0; i < m->count; i++)
		nearest_offer(&n, m->rows[i]->id);
	return nearest_found(&n) != NULL ? nearest_found(&n) : "";
}

struct dict_text *
dict_text_new(struct arena *a, const char *file, const struct dict_text *base)
{
	struct dict_text *d = arena_array(a, struct dict_text, 1);

	d->arena = a;
	d->file = file;
	if (base != NULL) {
		map_copy(a, &d->elements, &base->elements);
		map_copy(a, &d->segments, &base->segments);
	}
	return d;
}

/* Was it written in this file, not taken over? */
static bool
is_own(const struct dict_text *d, const struct dict_entry *e)
{
	return strcmp(e->at.file, d->file) == 0;
}

/* ---- elements and codes -------------------------------------------------- */

static const struct {
	const char *word;
	enum edi_standard standard;
	enum edi_type type;
} types[] = {
	{ "AN", EDI_X12, EDI_T_AN },
	{ "ID", EDI_X12, EDI_T_ID },
	{ "R", EDI_X12, EDI_T_R },
	{ "DT", EDI_X12, EDI_T_DT },
	{ "TM", EDI_X12, EDI_T_TM },
	{ "B", EDI_X12, EDI_T_B },
	{ "an", EDI_EDIFACT, EDI_T_AN },
	{ "a", EDI_EDIFACT, EDI_T_A },
	{ "n", EDI_EDIFACT, EDI_T_R },
};

static bool
take_type(enum edi_standard standard, const char *word, struct dict_entry *e)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		if (types[i].standard == standard &&
		    strcmp(types[i].word, word) == 0) {
			e->type = types[i].type;
			return true;
		}
	}
	if (standard != EDI_X12 || word[0] != 'N' || word[1] < '0' ||
	    word[1] > '9' || word[2] != '\0')
		return false;
	e->type = EDI_T_N;
	e->decimals = (uint8_t)(word[1] - '0');
	return true;
}

/* "e 353 ID 2 2 closed": into e. */
static bool
take_element(struct dict_text *d, const struct guide_line *l,
    struct dict_entry *e, struct guide_faults *f)
{
	bool has_closed = l->count == 6 && strcmp(l->words[5], "closed") == 0;

	if (l->count != 5 && !has_closed)
		return guide_fault(f, l->at,
		    "%s wants number, type, shortest, longest, and perhaps "
		    "closed",
		    l->words[0]);
	if (!take_type(d->head.standard, l->words[2], e))
		return guide_fault(f, l->at, "type %s; %s is wanted",
		    l->words[2],
		    d->head.standard == EDI_X12 ? "AN ID N0 to N9 R DT TM or B"
						: "an, a or n");
	if (!guide_number(l->words[3], false, &e->min) ||
	    !guide_number(l->words[4], false, &e->max) || e->max == 0 ||
	    e->max > LENGTH_MAX)
		return guide_fault(f, l->at,
		    "the lengths \"%s %s\" are not two numbers", l->words[3],
		    l->words[4]);
	if (e->min > e->max)
		return guide_fault(f, l->at,
		    "the shortest, %u, is longer than the longest, %u", e->min,
		    e->max);
	e->is_closed = has_closed;
	return true;
}

static bool
is_id(const char *s)
{
	size_t letter = s[0] >= 'A' && s[0] <= 'Z';
	size_t digits = strspn(s + letter, "0123456789");

	return digits > 0 && s[letter + digits] == '\0' &&
	    letter + digits <= ID_MAX_BYTES;
}

/* Segments: a letter, then one or two letters or digits. */
static bool
is_tag(const char *s)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = strlen(s);

	return n >= 2 && n <= 3 && s[0] >= 'A' && s[0] <= 'Z' &&
	    strspn(s, upper) == n;
}

static struct dict_entry *
new_entry(struct dict_text *d, const struct guide_line *l, char kind)
{
	struct dict_entry *e = arena_array(d->arena, struct dict_entry, 1);

	e->kind = kind;
	e->at = l->at;
	e->id = arena_strdup(d->arena, l->words[1]);
	e->name = arena_strdup(d->arena, l->name);
	return e;
}

/* Is the name free in this file? */
static bool
is_new(struct dict_text *d, const struct dict_map *m,
    const struct guide_line *l, struct guide_faults *f)
{
	const struct dict_entry *old = dict_find(m, l->words[1]);

	return old == NULL || !is_own(d, old) ||
	    guide_fault(f, l->at, "%s stands in line %d already", l->words[1],
		old->at.line);
}

static void
line_e(struct dict_text *d, const struct guide_line *l, struct guide_faults *f)
{
	struct dict_entry *e = new_entry(d, l, 'e');

	if (!is_id(l->words[1]))
		guide_fault(f, l->at, "%s is no number of an element",
		    l->words[1]);
	else if (is_new(d, &d->elements, l, f) && take_element(d, l, e, f))
		map_put(d->arena, &d->elements, e);
}

/* An element that may be changed: one that was taken over is copied first. */
static struct dict_entry *
own_element(struct dict_text *d, const struct guide_line *l,
    struct guide_faults *f)
{
	struct dict_entry *old = dict_find(&d->elements, l->words[1]), *e;

	if (old == NULL || old->kind != 'e') {
		const char *near = dict_nearest(&d->elements, l->words[1]);

		guide_fault(f, l->at,
		    "element %s is not in the dictionary%s%s%s", l->words[1],
		    near[0] != '\0' ? "; is " : "", near,
		    near[0] != '\0' ? " meant?" : "");
		return NULL;
	}
	if (is_own(d, old))
		return old;
	e = arena_array(d->arena, struct dict_entry, 1);
	*e = *old;
	e->at = l->at;
	e->codes = arena_array(d->arena, struct dict_code, e->code_count + 1);
	e->code_room = e->code_count + 1;
	if (e->code_count > 0)
		memcpy(e->codes, old->codes, e->code_count * sizeof(*e->codes));
	map_put(d->arena, &d->elements, e);
	return e;
}

static void
add_code(struct arena *a, struct dict_entry *e, const struct guide_line *l)
{
	if (e->code_count == e->code_room) {
		size_t room = e->code_room == 0 ? 8 : e->code_room * 2;
		struct dict_code *codes = arena_array(a, struct dict_code,
		    room);

		if (e->code_count > 0)
			memcpy(codes, e->codes, e->code_count * sizeof(*codes));
		e->codes = codes;
		e->code_room = room;
	}
	e->codes[e->code_count++] = (struct dict_code){
		.value = arena_strdup(a, l->words[2]),
		.name = arena_strdup(a, l->name),
		.at = l->at,
	};
}

static void
line_v(struct dict_text *d, const struct guide_line *l, struct guide_faults *f)
{
	struct dict_entry *e;

	if (l->count != 3) {
		guide_fault(f, l->at, "%s wants an element and one value",
		    l->words[0]);
		return;
	}
	e = own_element(d, l, f);
	if (e != NULL)
		add_code(d->arena, e, l);
}

/* ---- composites, segments and their rules -------------------------------- */

/* What follows the name of an element: M, xN, *N. */
static bool
take_suffix(const char *p, struct dict_use *u, uint32_t *ret_times)
{
	*ret_times = 1;
	u->max_repeat = 1;
	while (*p != '\0') {
		char kind = *p++, digits[8];
		size_t n = strspn(p, "0123456789");
		uint32_t v;

		if (kind == 'M') {
			u->is_required = true;
			continue;
		}
		if ((kind != 'x' && kind != '*') || n == 0 ||
		    n >= sizeof(digits))
			return false;
		snprintf(digits, sizeof(digits), "%.*s", (int)n, p);
		if (!guide_number(digits, false, &v) || v == 0 ||
		    v > (kind == 'x' ? (uint32_t)USES_MAX : REPEAT_MAX))
			return false;
		if (kind == 'x')
			*ret_times = v;
		else
			u->max_repeat = (uint16_t)v;
		p += n;
	}
	return true;
}

/* "C212Mx5" is appended to uses. */
static bool
take_use(struct arena *a, const char *word, struct dict_use *uses,
    size_t *count)
{
	size_t letter = word[0] >= 'A' && word[0] <= 'Z';
	size_t n = letter + strspn(word + letter, "0123456789");
	struct dict_use u = { 0 };
	uint32_t times;

	if (n == letter || n > ID_MAX_BYTES ||
	    !take_suffix(word + n, &u, &times) || *count + times > USES_MAX)
		return false;
	u.id = arena_strndup(a, word, n);
	while (times-- > 0)
		uses[(*count)++] = u;
	return true;
}

/* Numbers of two digits each: "P0304". */
static bool
take_places_x12(const char *p, struct edi_rule *rule)
{
	for (; *p != '\0'; p += 2) {
		if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9' ||
		    rule->count == EDI_RULE_PLACES)
			return false;
		rule->places[rule->count++] = (uint8_t)((p[0] - '0') * 10 +
		    (p[1] - '0'));
	}
	return true;
}

/* "(3,4)" */
static bool
take_places_edifact(const char *p, struct edi_rule *rule)
{
	char end;

	if (*p++ != '(')
		return false;
	do {
		uint32_t v = 0;
		size_t n = strspn(p, "0123456789");
		char digits[4];

		if (n == 0 || n >= sizeof(digits) ||
		    rule->count == EDI_RULE_PLACES)
			return false;
		snprintf(digits, sizeof(digits), "%.*s", (int)n, p);
		if (!guide_number(digits, false, &v) || v > USES_MAX)
			return false;
		rule->places[rule->count++] = (uint8_t)v;
		end = p[n];
		p += n + (end != '\0');
	} while (end == ',');
	return end == ')' && *p == '\0';
}

static bool
take_rule(const char *word, struct edi_rule *rule)
{
	if (word[0] == 'D') {
		rule->kind = word[1];
		return strchr("1234567", word[1]) != NULL && word[1] != '\0' &&
		    take_places_edifact(word + 2, rule);
	}
	rule->kind = word[0];
	return strchr("PRECL", word[0]) != NULL &&
	    take_places_x12(word + 1, rule);
}

static bool
check_rule(const struct dict_entry *e, const struct guide_line *l,
    const char *word, const struct edi_rule *rule, struct guide_faults *f)
{
	if (rule->count < 2)
		return guide_fault(f, l->at,
		    "rule %s names less than two "
		    "places",
		    word);
	for (size_t i = 0; i < rule->count; i++) {
		if (rule->places[i] == 0 || rule->places[i] > e->use_count)
			return guide_fault(f, l->at,
			    "rule %s names place %u; %s has %zu", word,
			    rule->places[i], e->id, e->use_count);
		for (size_t j = 0; j < i; j++)
			if (rule->places[i] == rule->places[j])
				return guide_fault(f, l->at,
				    "rule %s names place %u twice", word,
				    rule->places[i]);
	}
	return true;
}

static void
take_rules(struct dict_text *d, const struct guide_line *l, size_t from,
    struct dict_entry *e, struct guide_faults *f)
{
	struct edi_rule *rules = arena_array(d->arena, struct edi_rule,
	    l->count - from + 1);

	for (size_t i = from; i < l->count; i++) {
		struct edi_rule rule = { 0 };

		if (!take_rule(l->words[i], &rule))
			guide_fault(f, l->at,
			    "%s is no rule; P0304 or D2(3,4) is one",
			    l->words[i]);
		else if (check_rule(e, l, l->words[i], &rule, f))
			rules[e->rule_count++] = rule;
	}
	e->rules = rules;
}

/* Uses up to "|", rules behind it. */
static void
take_uses(struct dict_text *d, const struct guide_line *l, struct dict_entry *e,
    struct guide_faults *f)
{
	struct dict_use uses[USES_MAX] = { 0 };
	struct dict_use *kept;
	size_t i;

	for (i = 2; i < l->count && strcmp(l->words[i], "|") != 0; i++)
		if (!take_use(d->arena, l->words[i], uses, &e->use_count))
			guide_fault(f, l->at,
			    "\"%s\" is no element; like 353, 353M, C212x5 or "
			    "128*5, and at most %d of them",
			    l->words[i], USES_MAX);
	if (e->use_count == 0)
		guide_fault(f, l->at, "%s has no elements", e->id);
	kept = arena_array(d->arena, struct dict_use, e->use_count + 1);
	memcpy(kept, uses, e->use_count * sizeof(*kept));
	e->uses = kept;
	take_rules(d, l, i < l->count ? i + 1 : i, e, f);
}

static void
line_c(struct dict_text *d, const struct guide_line *l, struct guide_faults *f)
{
	struct dict_entry *e = new_entry(d, l, 'c');

	if (!is_id(l->words[1])) {
		guide_fault(f, l->at, "%s is no name of a composite",
		    l->words[1]);
	} else if (is_new(d, &d->elements, l, f)) {
		take_uses(d, l, e, f);
		map_put(d->arena, &d->elements, e);
	}
}

static void
line_s(struct dict_text *d, const struct guide_line *l, struct guide_faults *f)
{
	struct dict_entry *e = new_entry(d, l, 's');

	if (!is_tag(l->words[1])) {
		guide_fault(f, l->at, "%s is no tag of a segment", l->words[1]);
	} else if (is_new(d, &d->segments, l, f)) {
		take_uses(d, l, e, f);
		map_put(d->arena, &d->segments, e);
	}
}

bool
dict_text_line(struct dict_text *d, const struct guide_line *l,
    struct guide_faults *f)
{
	static const struct {
		const char *word;
		void (*take)(struct dict_text *d, const struct guide_line *l,
		    struct guide_faults *f);
	} kinds[] = {
		{ "e", line_e },
		{ "v", line_v },
		{ "c", line_c },
		{ "s", line_s },
	};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].word, l->words[0]) != 0)
			continue;
		if (l->level != 0)
			guide_fault(f, l->at, "no indent may be here");
		else if (l->count < 3)
			guide_fault(f, l->at, "%s wants more than that",
			    l->words[0]);
		else
			kinds[i].take(d, l, f);
		return true;
	}
	return false;
}

bool
dict_text_overlay(struct dict_text *d, const struct guide_line *l,
    struct guide_faults *f)
{
	struct dict_entry *e, changed = { 0 };

	if (strcmp(l->words[0], "code") == 0) {
		line_v(d, l, f);
		return true;
	}
	if (strcmp(l->words[0], "element") != 0)
		return false;
	if (!take_element(d, l, &changed, f))
		return true;
	e = own_element(d, l, f);
	if (e == NULL)
		return true;
	e->type = changed.type;
	e->decimals = changed.decimals;
	e->min = changed.min;
	e->max = changed.max;
	e->is_closed = e->is_closed || changed.is_closed;
	return true;
}

/* ---- tables -------------------------------------------------------------- */

int
edi_code_compare(const void *a, const void *b)
{
	return strcmp(((const struct edi_code *)a)->value,
	    ((const struct edi_code *)b)->value);
}

static uint64_t
pack(const char *s, size_t n)
{
	uint64_t key = 1;

	for (size_t i = 0; i < n; i++)
		key = key << 8 | (unsigned char)s[i];
	return key;
}

const struct edi_code_hash *
edi_code_hash_new(struct arena *a, const struct edi_code *codes, size_t count)
{
	struct edi_code_hash *h = arena_array(a, struct edi_code_hash, 1);
	uint64_t *slots;
	const char **longer;
	uint32_t bits = 2;

	if (count == 0)
		return NULL;
	while ((size_t)1 << bits < count * 4)
		bits++;
	slots = arena_array(a, uint64_t, (size_t)1 << bits);
	longer = arena_array(a, const char *, count);
	h->mask = (1u << bits) - 1;
	h->shift = 64 - bits;
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(codes[i].value);
		uint64_t key = pack(codes[i].value, n);
		uint32_t at = (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >>
		    h->shift);

		if (n >= sizeof(key)) {
			longer[h->longer_count++] = codes[i].value;
			continue;
		}
		while (slots[at & h->mask] != 0)
			at++;
		slots[at & h->mask] = key;
	}
	h->slots = slots;
	h->longer = longer;
	return h;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(((const struct dict_code *)a)->value,
	    ((const struct dict_code *)b)->value);
}

/* The later of two equal values: fine when one of them was taken over. */
static void
merge_code(const struct dict_entry *e, struct dict_code *kept,
    const struct dict_code *c, struct guide_faults *f)
{
	bool is_later = c->at.line > kept->at.line;

	if (strcmp(kept->at.file, c->at.file) == 0)
		guide_fault(f, is_later ? c->at : kept->at,
		    "element %s has the value %s already, in line %d", e->id,
		    c->value, is_later ? kept->at.line : c->at.line);
	else if (strcmp(c->at.file, e->at.file) == 0)
		*kept = *c;
}

static void
resolve_codes(struct arena *a, const struct dict_entry *e,
    struct edi_element_def *def, struct guide_faults *f)
{
	size_t n = e->code_count, kept = 0;
	struct dict_code *texts = arena_array(a, struct dict_code, n + 1);
	struct edi_code *codes = arena_array(a, struct edi_code, n + 1);

	if (n > 0) {
		memcpy(texts, e->codes, n * sizeof(*texts));
		qsort(texts, n, sizeof(*texts), compare_texts);
	}
	for (size_t i = 0; i < n; i++)
		if (kept > 0 && compare_texts(&texts[kept - 1], &texts[i]) == 0)
			merge_code(e, &texts[kept - 1], &texts[i], f);
		else
			texts[kept++] = texts[i];
	for (size_t i = 0; i < kept; i++)
		codes[i] = (struct edi_code){ texts[i].value, texts[i].name };
	if (e->is_closed && kept == 0)
		guide_fault(f, e->at,
		    "element %s is closed and has no values; lines like "
		    "`v %s 00` are missing",
		    e->id, e->id);
	def->codes = codes;
	def->code_count = kept;
	def->code_hash = edi_code_hash_new(a, codes, kept);
}

/* So that reading goes on behind a fault. */
static const struct edi_element_def unknown = { .id = "", .name = "" };

/* Uses as pointers to what they name. */
static const struct edi_use *
resolve_uses(struct arena *a, const struct edi_dictionary *d,
    const struct dict_entry *e, struct guide_faults *f)
{
	const struct dict_map *m = &d->text->elements;
	struct edi_use *uses = arena_array(a, struct edi_use, e->use_count + 1);

	for (size_t i = 0; i < e->use_count; i++) {
		const struct dict_use *from = &e->uses[i];
		uint32_t slot = m->room > 0 ? *slot_of(m, from->id) : 0;
		const char *near;

		uses[i].is_required = from->is_required;
		uses[i].max_repeat = from->max_repeat;
		uses[i].def = &unknown;
		if (slot == 0) {
			near = dict_nearest(m, from->id);
			guide_fault(f, e->at,
			    "element %s is not in the dictionary %s%s%s%s",
			    from->id, d->text->file,
			    near[0] != '\0' ? "; is " : "", near,
			    near[0] != '\0' ? " meant?" : "");
			continue;
		}
		uses[i].def = &d->elements[slot - 1];
		if (uses[i].def->is_closed)
			uses[i].only = uses[i].def->code_hash;
		if (e->kind == 'c' && m->rows[slot - 1]->kind == 'c')
			guide_fault(f, e->at,
			    "%s is a composite inside the composite %s",
			    from->id, e->id);
	}
	return uses;
}

static void
resolve_elements(struct arena *a, struct edi_dictionary *d,
    struct guide_faults *f)
{
	const struct dict_map *m = &d->text->elements;

	for (size_t i = 0; i < m->count; i++) {
		const struct dict_entry *e = m->rows[i];
		struct edi_element_def *def = &d->elements[i];

		def->id = e->id;
		def->name = e->name;
		def->type = e->type;
		def->decimals = e->decimals;
		def->min = e->min;
		def->max = e->max;
		def->is_closed = e->is_closed;
		def->rules = e->rules;
		def->rule_count = e->rule_count;
		resolve_codes(a, e, def, f);
	}
	for (size_t i = 0; i < m->count; i++) {
		const struct dict_entry *e = m->rows[i];

		if (e->kind == 'e')
			continue;
		d->elements[i].components = resolve_uses(a, d, e, f);
		d->elements[i].component_count = e->use_count;
	}
}

struct edi_dictionary *
edi_dictionary_resolve(struct arena *a, const struct dict_text *t,
    struct guide_faults *f)
{
	struct edi_dictionary *d = arena_array(a, struct edi_dictionary, 1);

	d->text = t;
	d->elements = arena_array(a, struct edi_element_def,
	    t->elements.count + 1);
	d->segments = arena_array(a, struct edi_segment_def,
	    t->segments.count + 1);
	resolve_elements(a, d, f);
	for (size_t i = 0; i < t->segments.count; i++) {
		const struct dict_entry *e = t->segments.rows[i];

		d->segments[i] = (struct edi_segment_def){
			.tag = e->id,
			.id = EDI_ID(e->id),
			.name = e->name,
			.uses = resolve_uses(a, d, e, f),
			.use_count = e->use_count,
			.rules = e->rules,
			.rule_count = e->rule_count,
		};
	}
	return d;
}

const struct edi_segment_def *
edi_dictionary_segment(const struct edi_dictionary *d, uint32_t id)
{
	const struct dict_map *m = &d->text->segments;
	char tag[EDI_TAG_BYTES] = { (char)(id >> 16), (char)(id >> 8), (char)id,
		'\0' };
	uint32_t slot = m->room > 0 ? *slot_of(m, tag) : 0;

	return slot != 0 ? &d->segments[slot - 1] : NULL;
}
