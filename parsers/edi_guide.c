/* edi_guide.c - the library of guides; see edi_guide.h. */

#include "parsers/edi_guide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"
#include "gen/schemas.h"
#include "parsers/edi_guide_set.h"

enum { BLOCK_BYTES = 256 << 10, TYPE_BYTES = 8 };

static const char folder_of_ours[] = "schemas/edi/";

struct loaded_text {
	const char *file;
	const struct dict_text *text;
	struct loaded_text *next;
};

struct loaded_dictionary {
	const char *file;
	const struct edi_dictionary *dictionary;
	struct loaded_dictionary *next;
};

struct loaded_set {
	const char *name; /* of the file, flat */
	const struct edi_set_def *def;
	struct loaded_set *next;
};

struct source_list {
	struct guide_source source;
	struct source_list *next;
};

struct edi_guides {
	struct arena *arena;
	struct source_list *memory;
	struct source_list *overlays; /* in the order they were laid */
	struct loaded_text *texts;
	struct loaded_dictionary *dictionaries;
	struct loaded_set *sets;
	unsigned depth; /* of `use` and `like`, while reading */
	/* What was found last, for sets that come one after another. */
	char last_type[TYPE_BYTES];
	char last_version[EDI_VERSION_BYTES];
	const struct edi_set_def *last;
};

struct edi_guides *
edi_guides_new(mem_ctx *ctx)
{
	struct edi_guides *g = mem_new(ctx, struct edi_guides);

	g->arena = arena_new(g, BLOCK_BYTES);
	return g;
}

/* ---- sources ------------------------------------------------------------- */

static void
forget(struct edi_guides *g)
{
	g->dictionaries = NULL;
	g->sets = NULL;
	g->last = NULL;
}

static struct guide_source *
append_source(struct edi_guides *g, struct source_list **list)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = arena_array(g->arena, struct source_list, 1);
	return &(*list)->source;
}

void
edi_guides_text(struct edi_guides *g, const char *name, const char *text)
{
	struct guide_source *s = append_source(g, &g->memory);

	s->name = s->file = arena_strdup(g->arena, name);
	s->text = text;
	s->len = strlen(text);
	forget(g);
	g->texts = NULL;
}

/* The built-in file of that name. */
static bool
built_in(const char *name, struct guide_source *ret)
{
	size_t n = sizeof(folder_of_ours) - 1;

	for (size_t i = 0; i < SCHEMAS_COUNT; i++) {
		if (strncmp(schemas_names[i], folder_of_ours, n) != 0 ||
		    strcmp(schemas_names[i] + n, name) != 0)
			continue;
		*ret = (struct guide_source){
			.name = schemas_names[i] + n,
			.file = schemas_names[i],
			.text = schemas_texts[i],
			.len = strlen(schemas_texts[i]),
		};
		return true;
	}
	return false;
}

/* A file of the disk, whole. */
static bool
read_source(struct edi_guides *g, const char *path, struct guide_source *ret,
    struct oms_error *err)
{
	const char *slash = strrchr(path, '/');
	char *text = fs_read(g, path, GUIDE_FILE_MAX_BYTES, &ret->len, err);

	if (text == NULL)
		return false;
	ret->file = arena_strdup(g->arena, path);
	ret->name = slash != NULL ? ret->file + (slash + 1 - path) : ret->file;
	ret->folder = slash != NULL
	    ? arena_strndup(g->arena, path, (size_t)(slash + 1 - path))
	    : "";
	ret->text = text;
	return true;
}

/* A file that another one names: beside it, from memory, built in. */
static bool
find_source(struct edi_guides *g, const char *folder, const char *name,
    struct guide_source *ret, struct oms_error *err)
{
	*ret = (struct guide_source){ .name = name };
	if (folder != NULL && str_is_safe_name(name)) {
		const char *path = arena_printf(g->arena, "%s%s", folder, name);

		if (access(path, F_OK) == 0)
			return read_source(g, path, ret, err);
	}
	for (const struct source_list *s = g->memory; s != NULL; s = s->next) {
		if (strcmp(s->source.name, name) == 0) {
			*ret = s->source;
			return true;
		}
	}
	return built_in(name, ret);
}

/* The same, where it is a fault that it is not there. */
static bool
want_source(struct edi_guides *g, const char *folder, struct guide_at at,
    const char *name, struct guide_source *ret, struct guide_faults *f)
{
	struct oms_error err = NO_ERROR;

	*ret = (struct guide_source){ .name = name, .file = name };
	if (g->depth >= GUIDE_DEPTH_MAX)
		return guide_fault(f, at,
		    "use or like more than %d deep; do files name each other "
		    "in a circle?",
		    GUIDE_DEPTH_MAX);
	if (find_source(g, folder, name, ret, &err))
		return true;
	if (err.code != OMS_OK)
		return guide_fault(f, at, "%s: %s", name, err.reason);
	return guide_fault(f, at, "there is no file %s", name);
}

/* The name is the index, so it must be right. */
static void
check_name(const struct guide_source *s, const struct guide_head *h,
    const char *set, struct guide_faults *f)
{
	char want[GUIDE_NAME_BYTES];

	guide_name(h->standard, h->version, set, want);
	if (strcmp(s->name, want) != 0)
		guide_fault(f, (struct guide_at){ s->file, 0 },
		    "by what it says this file is called %s", want);
}

/* ---- dictionaries -------------------------------------------------------- */

static const struct dict_text *dict_text_of(struct edi_guides *g,
    const struct guide_source *s, struct guide_faults *f);

/* What `use` of a dictionary takes over; NULL: nothing. */
static const struct dict_text *
base_of(struct edi_guides *g, const struct guide_source *s,
    const struct guide_head *h, struct guide_faults *f)
{
	struct guide_source base;
	const struct dict_text *ret;

	if (h->use == NULL ||
	    !want_source(g, s->folder, h->use_at, h->use, &base, f))
		return NULL;
	g->depth++;
	ret = dict_text_of(g, &base, f);
	g->depth--;
	if (ret->head.has_standard && ret->head.standard != h->standard) {
		guide_fault(f, h->use_at, "%s is of the other standard",
		    h->use);
		return NULL;
	}
	return ret;
}

static struct dict_text *
read_dict_text(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	struct guide_reader *in = arena_array(g->arena, struct guide_reader, 1);
	struct guide_head h = { 0 };
	struct dict_text *d = NULL;

	guide_reader_init(in, s, f);
	while (guide_next(in)) {
		bool is_use = strcmp(in->line.words[0], "use") == 0;

		if (is_use && d != NULL)
			guide_fault(f, in->line.at,
			    "use stands before all elements and segments");
		if (guide_head_line(&h, g->arena, &in->line, f))
			continue;
		if (d == NULL) {
			if (!guide_head_check(&h, in->line.at, f))
				break;
			d = dict_text_new(g->arena, s->file,
			    base_of(g, s, &h, f));
			d->head = h;
		}
		if (!dict_text_line(d, &in->line, f))
			guide_fault(f, in->line.at,
			    "\"%s\"; e, v, c or s is wanted here",
			    in->line.words[0]);
	}
	if (d == NULL) {
		d = dict_text_new(g->arena, s->file, base_of(g, s, &h, f));
		d->head = h;
	}
	return d;
}

/* Never NULL; kept only without a fault. */
static const struct dict_text *
dict_text_of(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	size_t before = f->count;
	struct loaded_text *t;
	struct dict_text *d;

	for (t = g->texts; t != NULL; t = t->next)
		if (strcmp(t->file, s->file) == 0)
			return t->text;
	d = read_dict_text(g, s, f);
	if (f->count == before &&
	    guide_head_check(&d->head, (struct guide_at){ s->file, 1 }, f))
		check_name(s, &d->head, "", f);
	if (f->count == before) {
		t = arena_array(g->arena, struct loaded_text, 1);
		*t = (struct loaded_text){ s->file, d, g->texts };
		g->texts = t;
	}
	return d;
}

/* ---- overlays ------------------------------------------------------------ */

struct overlay_reading {
	struct guide_head head;
	char set[TYPE_BYTES]; /* of the section; "" none yet */
	struct guide_reader in;
};

/*
 * The next line that is no head and no section; false at the end.  The lines
 * themselves were looked at when the overlay was laid.
 */
static bool
overlay_next(struct edi_guides *g, struct overlay_reading *o,
    struct guide_faults *f)
{
	while (guide_next(&o->in)) {
		const struct guide_line *l = &o->in.line;

		if (guide_head_line(&o->head, g->arena, l, f))
			continue;
		if (strcmp(l->words[0], "overlay") != 0 || l->level > 0)
			return true;
		o->set[0] = '\0';
		if (l->count != 2 ||
		    !str_copy(o->set, sizeof(o->set), l->words[1]))
			guide_fault(f, l->at,
			    "overlay wants one set: `overlay 850`");
	}
	return false;
}

static struct overlay_reading *
overlay_open(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	struct overlay_reading *o = arena_array(g->arena,
	    struct overlay_reading, 1);

	guide_reader_init(&o->in, s, f);
	return o;
}

static bool
is_about(const struct overlay_reading *o, const struct guide_head *h)
{
	return o->head.has_standard && o->head.standard == h->standard &&
	    o->head.version != NULL && strcmp(o->head.version, h->version) == 0;
}

static void
overlay_set(struct edi_guides *g, const struct guide_source *s,
    struct set_text *t, struct guide_faults *f)
{
	struct overlay_reading *o = overlay_open(g, s, f);

	while (overlay_next(g, o, f))
		if (o->in.line.level > 0 && is_about(o, &t->head) &&
		    strcmp(o->set, t->type) == 0)
			set_text_change(g->arena, t, &o->in.line, f);
}

static void
overlay_dictionary(struct edi_guides *g, const struct guide_source *s,
    struct dict_text *d, struct guide_faults *f)
{
	struct overlay_reading *o = overlay_open(g, s, f);

	d->file = s->file;
	while (overlay_next(g, o, f))
		if (o->in.line.level == 0 && is_about(o, &d->head))
			(void)dict_text_overlay(d, &o->in.line, f);
}

/* ---- dictionaries, with overlays ----------------------------------------- */

static const struct dict_text *
with_overlays(struct edi_guides *g, const struct dict_text *text,
    struct guide_faults *f)
{
	struct dict_text *d;

	if (g->overlays == NULL)
		return text;
	d = dict_text_new(g->arena, text->file, text);
	d->head = text->head;
	for (const struct source_list *o = g->overlays; o != NULL; o = o->next)
		overlay_dictionary(g, &o->source, d, f);
	d->file = text->file;
	return d;
}

/* Never NULL; kept only without a fault. */
static const struct edi_dictionary *
dictionary_of(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	size_t before = f->count;
	struct loaded_dictionary *l;
	const struct dict_text *text;
	const struct edi_dictionary *d;

	for (l = g->dictionaries; l != NULL; l = l->next)
		if (strcmp(l->file, s->file) == 0)
			return l->dictionary;
	text = dict_text_of(g, s, f);
	d = edi_dictionary_resolve(g->arena, with_overlays(g, text, f), f);
	if (f->count == before) {
		l = arena_array(g->arena, struct loaded_dictionary, 1);
		*l = (struct loaded_dictionary){ s->file, d, g->dictionaries };
		g->dictionaries = l;
	}
	return d;
}

/* ---- sets ---------------------------------------------------------------- */

struct like_reading {
	struct edi_guides *g;
	const char *folder;
};

static struct set_text *set_text_of(struct edi_guides *g,
    const struct guide_source *s, struct guide_faults *f);

static const struct set_text *
read_like(void *u, struct guide_at at, const char *file, struct guide_faults *f)
{
	const struct like_reading *r = u;
	const struct set_text *ret;
	struct guide_source s;

	if (!want_source(r->g, r->folder, at, file, &s, f))
		return NULL;
	r->g->depth++;
	ret = set_text_of(r->g, &s, f);
	r->g->depth--;
	return ret;
}

static struct set_text *
set_text_of(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	struct like_reading r = { g, s->folder };

	return set_text_read(g->arena, s, read_like, &r, f);
}

/* The dictionary that a set uses; NULL with a fault. */
static const struct edi_dictionary *
used_dictionary(struct edi_guides *g, const struct guide_source *s,
    const struct set_text *t, struct guide_faults *f)
{
	const struct guide_head *h = &t->head, *of;
	const struct edi_dictionary *d;
	struct guide_source source;

	if (h->use == NULL) {
		guide_fault(f, t->at,
		    "no dictionary; a line like `use x12-004010.dictionary` is "
		    "wanted");
		return NULL;
	}
	if (!want_source(g, s->folder, h->use_at, h->use, &source, f))
		return NULL;
	d = dictionary_of(g, &source, f);
	of = &d->text->head;
	if (!of->has_standard || of->version == NULL)
		return NULL;
	if (of->standard == h->standard)
		return d;
	guide_fault(f, h->use_at, "%s is of the other standard", h->use);
	return NULL;
}

/* The tables of a guide file; NULL with faults. */
static const struct edi_set_def *
set_of(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	size_t before = f->count;
	struct set_text *t = set_text_of(g, s, f);
	const struct edi_dictionary *d;
	const struct edi_set_def *def;

	if (t->type == NULL || !guide_head_check(&t->head, t->at, f))
		return NULL;
	check_name(s, &t->head, t->type, f);
	d = used_dictionary(g, s, t, f);
	if (d == NULL)
		return NULL;
	for (const struct source_list *o = g->overlays; o != NULL; o = o->next)
		overlay_set(g, &o->source, t, f);
	def = set_text_resolve(g->arena, t, d, f);
	return f->count == before ? def : NULL;
}

/* The guide of exactly that version; *ret NULL: there is none. */
static bool
find_exactly(struct edi_guides *g, enum edi_standard standard, const char *type,
    const char *version, const struct edi_set_def **ret, struct guide_faults *f)
{
	char name[GUIDE_NAME_BYTES];
	struct guide_source s;
	struct oms_error ignored = NO_ERROR;
	const struct edi_set_def *def = NULL;
	struct loaded_set *l;

	*ret = NULL;
	guide_name(standard, version, type, name);
	for (l = g->sets; l != NULL && def == NULL; l = l->next)
		if (strcmp(l->name, name) == 0)
			def = l->def;
	if (def == NULL) {
		if (!find_source(g, NULL, name, &s, &ignored))
			return true;
		def = set_of(g, &s, f);
		if (def == NULL)
			return false;
		l = arena_array(g->arena, struct loaded_set, 1);
		*l = (struct loaded_set){ s.name, def, g->sets };
		g->sets = l;
	}
	/* A type like "8-50" has the same file. */
	if (strcmp(def->type, type) == 0 && strcmp(def->version, version) == 0)
		*ret = def;
	return true;
}

/* "004010VICS" as "004010", "D:96A:UN:EAN008" as "D:96A". */
static void
proper_version(enum edi_standard standard, const char *version,
    char dst[EDI_VERSION_BYTES])
{
	enum { X12_BYTES = 6 };
	size_t n;

	(void)str_copy(dst, EDI_VERSION_BYTES, version);
	n = strlen(dst);
	if (standard == EDI_X12 && n > X12_BYTES) {
		dst[X12_BYTES] = '\0';
	} else if (standard == EDI_EDIFACT) {
		n = strcspn(dst, ":");
		n += dst[n] == ':' ? 1 + strcspn(dst + n + 1, ":") : 0;
		dst[n] = '\0';
	}
}

static bool
find(struct edi_guides *g, enum edi_standard standard, const char *type,
    const char *version, const struct edi_set_def **ret, struct guide_faults *f)
{
	char proper[EDI_VERSION_BYTES];

	if (!find_exactly(g, standard, type, version, ret, f))
		return false;
	proper_version(standard, version, proper);
	return *ret != NULL || strcmp(proper, version) == 0 ||
	    find_exactly(g, standard, type, proper, ret, f);
}

/* The first of the faults, for a caller who stops there. */
static bool
fail_with(struct oms_error *err, const struct guide_faults *f)
{
	struct oms_error first = f->first;

	oms_fail(err, OMS_CONFIG, "%s", first.reason);
	if (f->count > 1)
		oms_fail(err, OMS_CONFIG, "%s (and %zu more: oms edi lint)",
		    first.reason, f->count - 1);
	return oms_at(err, "%s", first.where);
}

bool
edi_guides_find(struct edi_guides *g, enum edi_standard standard,
    const char *type, const char *version, const struct edi_set_def **ret,
    struct oms_error *err)
{
	struct guide_faults f = { 0 };

	if (g->last != NULL && g->last->standard == standard &&
	    strcmp(g->last_type, type) == 0 &&
	    strcmp(g->last_version, version) == 0) {
		*ret = g->last;
		return true;
	}
	*ret = NULL;
	/* a set without a type (ST**0001) would name the dictionary's file */
	if (*type == '\0' || strlen(type) >= TYPE_BYTES ||
	    strlen(version) >= EDI_VERSION_BYTES)
		return true;
	if (!find(g, standard, type, version, ret, &f))
		return fail_with(err, &f);
	g->last = *ret;
	(void)str_copy(g->last_type, sizeof(g->last_type), type);
	(void)str_copy(g->last_version, sizeof(g->last_version), version);
	return true;
}

static const struct edi_dictionary *
find_dictionary(struct edi_guides *g, enum edi_standard standard,
    const char *version, struct guide_faults *f)
{
	char name[GUIDE_NAME_BYTES];
	struct oms_error ignored = NO_ERROR;
	struct guide_source s;
	const struct edi_dictionary *d;

	guide_name(standard, version, "", name);
	if (!find_source(g, NULL, name, &s, &ignored))
		return NULL;
	d = dictionary_of(g, &s, f);
	return f->count == 0 && strcmp(d->text->head.version, version) == 0
	    ? d
	    : NULL;
}

/* The dictionary of a version, or of the version proper; NULL none. */
static const struct edi_dictionary *
nearest_dictionary(struct edi_guides *g, enum edi_standard standard,
    const char *version)
{
	struct guide_faults f = { 0 };
	char proper[EDI_VERSION_BYTES];
	const struct edi_dictionary *d;

	if (strlen(version) >= EDI_VERSION_BYTES)
		return NULL;
	d = find_dictionary(g, standard, version, &f);
	if (d != NULL)
		return d;
	proper_version(standard, version, proper);
	return find_dictionary(g, standard, proper, &f);
}

const struct edi_segment_def *
edi_guides_segment(struct edi_guides *g, enum edi_standard standard,
    const char *version, uint32_t id)
{
	const struct edi_dictionary *d = nearest_dictionary(g, standard,
	    version);

	return d != NULL ? edi_dictionary_segment(d, id) : NULL;
}

bool
edi_guides_knows(struct edi_guides *g, enum edi_standard standard,
    const char *version)
{
	return nearest_dictionary(g, standard, version) != NULL;
}

/* ---- laying an overlay --------------------------------------------------- */

/* A section names a set that has a guide, by the version of that guide. */
static void
check_section(struct edi_guides *g, const struct overlay_reading *o,
    struct guide_faults *f)
{
	const struct guide_line *l = &o->in.line;
	const struct edi_set_def *def = NULL;
	size_t before = f->count;

	(void)find(g, o->head.standard, o->set, o->head.version, &def, f);
	if (f->count > before)
		return;
	if (def == NULL)
		guide_fault(f, l->at, "no guide for set %s of version %s",
		    o->set, o->head.version);
	else if (strcmp(def->version, o->head.version) != 0)
		guide_fault(f, l->at,
		    "set %s has a guide of version %s; write that one", o->set,
		    def->version);
}

/* Every line says something, and something that is there: the first look. */
static void
check_overlay(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	struct overlay_reading *o = overlay_open(g, s, f);
	char checked[TYPE_BYTES + EDI_VERSION_BYTES] = "";
	size_t lines = 0;

	while (overlay_next(g, o, f)) {
		const struct guide_line *l = &o->in.line;
		char about[sizeof(checked)];

		if (lines++ == 0 && !guide_head_check(&o->head, l->at, f))
			return;
		if (l->level == 0) {
			if (strcmp(l->words[0], "element") != 0 &&
			    strcmp(l->words[0], "code") != 0)
				guide_fault(f, l->at,
				    "\"%s\"; overlay, element or code is "
				    "wanted here",
				    l->words[0]);
			else if (find_dictionary(g, o->head.standard,
				     o->head.version, f) == NULL &&
			    f->count == 0)
				guide_fault(f, l->at,
				    "no dictionary of version %s",
				    o->head.version);
			continue;
		}
		snprintf(about, sizeof(about), "%s %s", o->set,
		    o->head.version);
		if (o->set[0] == '\0')
			guide_fault(f, l->at,
			    "an indent, and no line `overlay SET` before");
		else if (strcmp(about, checked) != 0)
			check_section(g, o, f);
		(void)str_copy(checked, sizeof(checked), about);
	}
	if (lines == 0)
		guide_fault(f, (struct guide_at){ s->file, 0 },
		    "the overlay says nothing");
}

/* What the overlay names is read anew, with it: the second look. */
static void
apply_overlay(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	struct overlay_reading *o = overlay_open(g, s, f);
	struct guide_faults quiet = { 0 };
	const struct edi_set_def *def;

	while (overlay_next(g, o, &quiet)) {
		size_t before = f->count;

		if (o->in.line.level == 0)
			(void)find_dictionary(g, o->head.standard,
			    o->head.version, f);
		else
			(void)find(g, o->head.standard, o->set, o->head.version,
			    &def, f);
		if (f->count > before)
			return; /* all that is wrong was said at once */
	}
}

static void
lay_overlay(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	check_overlay(g, s, f);
	if (f->count > 0)
		return;
	*append_source(g, &g->overlays) = *s;
	forget(g);
	apply_overlay(g, s, f);
}

bool
edi_guides_overlay(struct edi_guides *g, const char *path,
    struct oms_error *err)
{
	struct guide_faults f = { 0 };
	struct guide_source s = { 0 };

	if (!read_source(g, path, &s, err)) {
		err->code = OMS_CONFIG;
		return oms_context(err, "an overlay, see guides in [edi]");
	}
	s.folder = NULL; /* it names no files */
	lay_overlay(g, &s, &f);
	return f.count == 0 || fail_with(err, &f);
}

bool
edi_guides_overlays(struct edi_guides *g, const char *home, const char *files,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "overlays");
	char *list = mem_strdup(ctx, files), *save;
	bool ok = true;

	for (char *name = strtok_r(list, " ,", &save); ok && name != NULL;
	     name = strtok_r(NULL, " ,", &save))
		ok = edi_guides_overlay(g,
		    name[0] == '/' ? name : fs_path(ctx, home, name), err);
	mem_free(ctx);
	return ok;
}

bool
edi_guides_overlay_text(struct edi_guides *g, const char *name,
    const char *text, struct oms_error *err)
{
	struct guide_faults f = { 0 };
	struct guide_source s = { .text = text, .len = strlen(text) };

	s.name = s.file = arena_strdup(g->arena, name);
	lay_overlay(g, &s, &f);
	return f.count == 0 || fail_with(err, &f);
}

/* ---- all of them --------------------------------------------------------- */

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/*
 * What kind of file it is, its lines say: people call an overlay acme.guide,
 * too.  A file that begins as neither is what its name says.
 */
static bool
is_overlay(struct edi_guides *g, const struct guide_source *s)
{
	struct guide_faults quiet = { 0 };
	struct guide_head head = { 0 };
	struct guide_reader in;

	guide_reader_init(&in, s, &quiet);
	while (guide_next(&in)) {
		const char *word = in.line.words[0];

		if (guide_head_line(&head, g->arena, &in.line, &quiet))
			continue;
		if (strcmp(word, "overlay") == 0 ||
		    strcmp(word, "element") == 0 || strcmp(word, "code") == 0)
			return true;
		if (strcmp(word, "set") == 0 || strcmp(word, "like") == 0)
			return false;
	}
	return !ends_with(s->name, ".guide");
}

static void
lint_source(struct edi_guides *g, const struct guide_source *s,
    struct guide_faults *f)
{
	if (ends_with(s->name, ".dictionary"))
		(void)dictionary_of(g, s, f);
	else if (is_overlay(g, s))
		lay_overlay(g, s, f);
	else
		(void)set_of(g, s, f);
}

size_t
edi_guides_lint(const char *path, void (*each)(void *u, const char *fault),
    void *u)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "lint");
	struct edi_guides *g = edi_guides_new(ctx);
	struct guide_faults f = { .each = each, .u = u };
	struct guide_source s = { 0 };
	struct oms_error err = NO_ERROR;

	if (read_source(g, path, &s, &err) ||
	    (access(path, F_OK) != 0 && built_in(path, &s)))
		lint_source(g, &s, &f);
	else
		guide_fault(&f, (struct guide_at){ path, 0 }, "%s", err.reason);
	mem_free(ctx);
	return f.count;
}

void
edi_guides_each(void (*each)(void *u, const struct edi_set_def *def), void *u)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "guides");
	struct edi_guides *g = edi_guides_new(ctx);
	size_t n = sizeof(folder_of_ours) - 1;

	for (size_t i = 0; i < SCHEMAS_COUNT; i++) {
		struct guide_faults f = { 0 };
		struct guide_source s;
		const struct edi_set_def *def;

		if (strncmp(schemas_names[i], folder_of_ours, n) != 0 ||
		    !ends_with(schemas_names[i], ".guide") ||
		    !built_in(schemas_names[i] + n, &s))
			continue;
		def = set_of(g, &s, &f);
		if (def != NULL)
			each(u, def);
	}
	mem_free(ctx);
}

/* ---- codes --------------------------------------------------------------- */

bool
edi_codes_have_longer(const struct edi_code_hash *h, const char *p, size_t len)
{
	for (size_t i = 0; i < h->longer_count; i++)
		if (strlen(h->longer[i]) == len &&
		    memcmp(h->longer[i], p, len) == 0)
			return true;
	return false;
}

const char *
edi_code_name(const struct edi_use *use, const char *value, size_t len)
{
	const struct edi_element_def *def = use->def;
	char text[64];
	struct edi_code key = { .value = text };
	const struct edi_code *code;

	if (len >= sizeof(text) || def->code_count == 0)
		return NULL;
	snprintf(text, sizeof(text), "%.*s", (int)len, value);
	code = bsearch(&key, def->codes, def->code_count, sizeof(key),
	    edi_code_compare);
	return code != NULL && code->name[0] != '\0' ? code->name : NULL;
}
