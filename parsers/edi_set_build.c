/* edi_set_build.c - see edi_set_build.h. */

#include "parsers/edi_set_build.h"

#include <string.h>

#include "base/arena.h"
#include "base/count.h"
#include "parsers/edi_charset.h"

enum { BLOCK_BYTES = 256 << 10, SEGS_FIRST = 256, DEPTH_MAX = 64, NO_SEG = -1 };

/* Ids of HL or CPS: index + 1 of the last one that had it; 0: empty. */
struct tree_ids {
	uint32_t *slots;
	size_t room; /* a power of two */
	size_t count;
};

struct edi_set_builder {
	struct arena *arena;
	struct edi_seg *segs;
	size_t room;
	struct edi_set set;
	const struct edi_charset *charset;
	char release;
	size_t max_bytes;
	bool is_too_large;
	int32_t heads[DEPTH_MAX]; /* of the loop that is open, by depth */
	struct tree_ids ids;
	char *scratch; /* the values of the segment that is being added */
	size_t scratch_bytes;
	uint32_t lens[EDI_VALUES_MAX];
	uint16_t plain_first[EDI_ELEMENTS_MAX + 2];
	uint16_t plain_ones[EDI_ELEMENTS_MAX];
};

struct edi_set_builder *
edi_set_builder_new(mem_ctx *ctx)
{
	struct edi_set_builder *b = mem_new(ctx, struct edi_set_builder);

	b->arena = arena_new(b, BLOCK_BYTES);
	b->charset = edi_charset_find("");
	for (size_t e = 0; e < COUNT(b->plain_first); e++)
		b->plain_first[e] = (uint16_t)(e > 0 ? e - 1 : 0);
	for (size_t i = 0; i < COUNT(b->plain_ones); i++)
		b->plain_ones[i] = 1;
	return b;
}

/* "D:96A:UN:EAN008": its part no (from 0), or "". */
static const char *
version_part(struct arena *a, const char *version, int no)
{
	for (; no > 0; no--) {
		version += strcspn(version, ":");
		version += *version == ':';
	}
	return arena_strndup(a, version, strcspn(version, ":"));
}

/* "D:96A" of it; "004010" of "004010VICS". */
static const char *
release_of(struct arena *a, enum edi_standard standard, const char *version)
{
	enum { X12_BYTES = 6 };
	size_t n = strcspn(version, ":");

	if (standard == EDI_X12)
		return arena_strndup(a, version, strnlen(version, X12_BYTES));
	n += version[n] == ':' ? 1 + strcspn(version + n + 1, ":") : 0;
	return arena_strndup(a, version, n);
}

static const char *
copy(struct edi_set_builder *b, const char *s)
{
	return s != NULL ? arena_strdup(b->arena, s) : "";
}

void
edi_set_builder_reset(struct edi_set_builder *b, const struct edi_set *head,
    char release, const char *charset, int64_t max_bytes)
{
	struct edi_set *set = &b->set;
	const char *version = head->version != NULL ? head->version : "";
	bool is_x12 = head->standard == EDI_X12;

	arena_reset(b->arena);
	*set = *head;
	set->type = copy(b, head->type);
	set->version = copy(b, version);
	set->release = head->release != NULL
	    ? copy(b, head->release)
	    : release_of(b->arena, head->standard, version);
	set->assoc = head->assoc != NULL ? copy(b, head->assoc)
	    : is_x12                     ? ""
					 : version_part(b->arena, version, 3);
	set->control = copy(b, head->control);
	set->interchange = copy(b, head->interchange);
	set->sender = copy(b, head->sender);
	set->receiver = copy(b, head->receiver);
	set->group = copy(b, head->group);
	set->segs = NULL;
	set->count = 0;
	b->charset = edi_charset_find(charset);
	b->release = release;
	b->max_bytes = max_bytes > 0 ? (size_t)max_bytes : 0;
	b->is_too_large = false;
	for (size_t i = 0; i < DEPTH_MAX; i++)
		b->heads[i] = NO_SEG;
	if (b->ids.count > 0)
		memset(b->ids.slots, 0, b->ids.room * sizeof(*b->ids.slots));
	b->ids.count = 0;
}

/* ---- values -------------------------------------------------------------- */

static bool
is_ascii(const char *p, size_t n)
{
	unsigned char all = 0;

	for (size_t i = 0; i < n; i++)
		all |= (unsigned char)p[i];
	return all < 0x80;
}

/* One value into dst as UTF-8, without release characters and trailing
 * blanks; the bytes behind it in dst are free to use. */
static size_t
put_value(struct edi_set_builder *b, const struct edi_value *v, char *dst)
{
	const char *p = v->p;
	size_t n = v->len;

	if (v->is_released) {
		char *bytes = dst + n * EDI_CHAR_MAX_BYTES;

		n = edi_unrelease(v, b->release, bytes, n + 1);
		p = bytes;
	}
	while (n > 0 && p[n - 1] == ' ')
		n--;
	if (n == 0)
		return 0;
	if (!is_ascii(p, n))
		return edi_charset_to_utf8(b->charset, p, n, dst);
	memcpy(dst, p, n);
	return n;
}

/* All values into the scratch, each with a NUL, those of length 0 without;
 * returns the bytes. */
static size_t
put_values(struct edi_set_builder *b, const struct edi_segment *s, size_t count)
{
	size_t bytes = 0, at = 0;

	for (size_t i = 0; i < count; i++)
		bytes += s->values[i].len * (EDI_CHAR_MAX_BYTES + 1u) + 2;
	if (b->scratch_bytes < bytes) {
		b->scratch = mem_resize(b, b->scratch, bytes * 2);
		b->scratch_bytes = bytes * 2;
	}
	for (size_t i = 0; i < count; i++) {
		size_t n = put_value(b, &s->values[i], b->scratch + at);

		b->lens[i] = (uint32_t)n;
		at += n;
		if (n > 0)
			b->scratch[at++] = '\0';
	}
	return at;
}

/* Every element has one value: then these tables do for all segments. */
static bool
is_plain(const struct edi_segment *s, size_t count)
{
	if (count != s->element_count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (s->first[i + 1] != i || s->values[i].component != 1 ||
		    s->values[i].repetition != 1)
			return false;
	return true;
}

static void
put_numbers(struct edi_set_builder *b, const struct edi_segment *s,
    size_t count, struct edi_seg *seg)
{
	uint16_t *numbers, *first;

	if (is_plain(s, count)) {
		seg->first = b->plain_first;
		seg->repetition = seg->component = b->plain_ones;
		return;
	}
	numbers = arena_array(b->arena, uint16_t,
	    2 * count + s->element_count + 2u);
	first = numbers + 2 * count;
	for (size_t i = 0; i < count; i++) {
		numbers[i] = s->values[i].repetition;
		numbers[count + i] = s->values[i].component;
	}
	for (size_t e = 1; e <= s->element_count + 1u; e++)
		first[e] = s->first[e];
	seg->first = first;
	seg->repetition = numbers;
	seg->component = numbers + count;
}

static void
take_values(struct edi_set_builder *b, const struct edi_segment *s,
    struct edi_seg *seg)
{
	size_t count = s->first[s->element_count + 1];
	size_t bytes = put_values(b, s, count);
	const char **values = arena_zero(b->arena,
	    count * sizeof(*values) + bytes);
	char *text = (char *)(values + count);

	if (bytes > 0)
		memcpy(text, b->scratch, bytes);
	for (size_t i = 0; i < count; i++) {
		values[i] = b->lens[i] > 0 ? text : "";
		text += b->lens[i] > 0 ? b->lens[i] + 1u : 0;
	}
	seg->values = values;
	seg->element_count = s->element_count;
	put_numbers(b, s, count, seg);
}

/* ---- trees --------------------------------------------------------------- */

/* The parent by the guide: the head of the loop, or of the loop around. */
static void
set_parent(struct edi_set_builder *b, const struct edi_node *node,
    struct edi_seg *seg)
{
	const struct edi_node *loop = node != NULL ? node->parent : NULL;
	bool is_head = loop != NULL && node == loop->children;

	seg->parent = NO_SEG;
	seg->loop = loop != NULL ? loop->name : "";
	if (loop == NULL || loop->depth >= DEPTH_MAX)
		return;
	if (!is_head)
		seg->parent = b->heads[loop->depth];
	else if (loop->parent != NULL)
		seg->parent = b->heads[loop->parent->depth];
	if (is_head)
		b->heads[loop->depth] = (int32_t)b->set.count;
}

/* Where it starts is another place in each process: nobody can send ids that
 * all fall together. */
static uint64_t
hash_of(const struct edi_set_builder *b, const char *s)
{
	uint64_t h = UINT64_C(14695981039346656037) ^ (uintptr_t)b;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return h ^ h >> 29;
}

static uint32_t *
id_slot(struct edi_set_builder *b, const char *id)
{
	size_t at = hash_of(b, id) & (b->ids.room - 1);

	while (b->ids.slots[at] != 0 &&
	    strcmp(edi_get(&b->segs[b->ids.slots[at] - 1], 1), id) != 0)
		at = (at + 1) & (b->ids.room - 1);
	return &b->ids.slots[at];
}

static void
grow_ids(struct edi_set_builder *b)
{
	uint32_t *old = b->ids.slots;
	size_t n = b->ids.room;

	b->ids.room = n == 0 ? SEGS_FIRST : n * 2;
	b->ids.slots = mem_array(b, uint32_t, b->ids.room);
	for (size_t i = 0; i < n; i++)
		if (old[i] != 0)
			*id_slot(b, edi_get(&b->segs[old[i] - 1], 1)) = old[i];
	mem_free(old);
}

/* The parent by its own numbers: HL02, CPS02; it must have come before. */
static void
set_tree(struct edi_set_builder *b, struct edi_seg *seg)
{
	const char *id = edi_get(seg, 1), *parent = edi_get(seg, 2);
	uint32_t *slot;

	seg->tree = NO_SEG;
	if (strcmp(seg->tag, "HL") != 0 && strcmp(seg->tag, "CPS") != 0)
		return;
	if (b->ids.count * 2 >= b->ids.room)
		grow_ids(b);
	if (parent[0] != '\0')
		seg->tree = (int32_t)*id_slot(b, parent) - 1;
	slot = id_slot(b, id);
	b->ids.count += *slot == 0;
	*slot = (uint32_t)b->set.count + 1;
}

/* ---- segments ------------------------------------------------------------ */

static bool
has_room(struct edi_set_builder *b, const struct edi_segment *s)
{
	size_t count = s->first[s->element_count + 1];
	size_t need = arena_bytes(b->arena) + b->set.count * sizeof(*b->segs) +
	    count * 16 + s->raw_len;

	b->is_too_large = b->is_too_large || need > b->max_bytes ||
	    b->set.count >= INT32_MAX - 1;
	return !b->is_too_large;
}

bool
edi_set_builder_add(struct edi_set_builder *b, const struct edi_segment *s,
    const struct edi_node *node, int64_t segment_no)
{
	struct edi_seg *seg;

	if (!has_room(b, s))
		return false;
	if (b->set.count == b->room) {
		b->room = b->room == 0 ? SEGS_FIRST : b->room * 2;
		b->segs = mem_resize(b, b->segs, b->room * sizeof(*b->segs));
	}
	seg = &b->segs[b->set.count];
	*seg = (struct edi_seg){
		.segment_no = segment_no,
		.line = s->line,
		.byte_off = s->byte_off,
		.byte_len = s->byte_len,
	};
	memcpy(seg->tag, s->tag, sizeof(seg->tag));
	take_values(b, s, seg);
	set_parent(b, node, seg);
	set_tree(b, seg);
	b->set.count++;
	return true;
}

const struct edi_set *
edi_set_builder_finish(struct edi_set_builder *b)
{
	if (b->is_too_large)
		return NULL;
	b->set.segs = b->segs;
	for (size_t i = b->set.count; i-- > 0;) {
		struct edi_seg *seg = &b->segs[i];
		int32_t end = seg->end > 0 ? seg->end : (int32_t)i + 1;

		seg->end = end;
		if (seg->parent >= 0 && b->segs[seg->parent].end < end)
			b->segs[seg->parent].end = end;
	}
	return &b->set;
}
