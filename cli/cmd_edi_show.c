/* cmd_edi_show.c - oms edi show: a set as a tree that a person can read. */

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/edi_file.h"

enum { INDENT = 2, SHOW_BYTES = 200, NAME_WIDTH = 38 };

struct showing {
	struct cli *c;
	const struct edi_check_options *options;
	int64_t only; /* this set of the file; 0 all */
	bool is_short;
	int64_t sets;
	bool is_on; /* the set that is read now is shown */
	enum edi_standard standard;
	const struct edi_set_head *head;
	char release; /* of the interchange; 0 none */
};

static bool
on_interchange(void *u, const struct edi_interchange *ix, bool *ret_known,
    struct oms_error *err)
{
	struct showing *k = u;

	(void)err;
	*ret_known = false;
	k->standard = ix->standard;
	k->release = ix->delimiters.release;
	if (k->only == 0)
		printf("interchange %s: %s to %s, %s %s, version %s%s\n",
		    ix->control, ix->sender, ix->receiver, ix->date, ix->time,
		    ix->version, ix->is_test ? ", a test" : "");
	return true;
}

static bool
on_group(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct showing *k = u;

	(void)err;
	if (k->only == 0 && !g->is_implied)
		printf("group %s %s: version %s\n", g->code, g->control,
		    g->version);
	return true;
}

static bool
on_set(void *u, const struct edi_set_head *s, struct oms_error *err)
{
	struct showing *k = u;

	(void)err;
	k->is_on = ++k->sets == k->only || k->only == 0;
	k->head = s;
	if (k->is_on)
		printf("set %lld: %s %s, version %s, %s\n", (long long)k->sets,
		    s->type, s->control, s->version,
		    s->def != NULL ? s->def->name : "no guide");
	return true;
}

/* ---- values --------------------------------------------------------------- */

static const struct edi_use *
use_at(const struct edi_use *uses, size_t count, size_t place)
{
	return place >= 1 && place <= count ? &uses[place - 1] : NULL;
}

/* "    02 92   Purchase Order Type Code              SA  Stand-alone" */
static void
show_value(struct showing *k, int depth, const char *place,
    const struct edi_use *use, const struct edi_value *v)
{
	char raw[SHOW_BYTES + 1];
	mem_ctx *row = mem_ctx_new(NULL, "value");
	size_t n = edi_unrelease(v, k->release, raw, sizeof(raw) - 1);
	const char *meaning = use != NULL ? edi_code_name(use, raw, n) : NULL;

	raw[n] = '\0';
	printf("%*s%-6s %-5s %-*.*s %s%s%s\n", depth * INDENT, "", place,
	    use != NULL ? use->def->id : "", NAME_WIDTH, NAME_WIDTH,
	    use != NULL ? use->def->name : "", str_show(row, raw, SHOW_BYTES),
	    meaning != NULL ? "  = " : "", meaning != NULL ? meaning : "");
	mem_free(row);
}

static void
show_element(struct showing *k, int depth, const struct edi_segment *s,
    unsigned e, const struct edi_use *use)
{
	for (unsigned i = s->first[e]; i < s->first[e + 1]; i++) {
		const struct edi_value *v = &s->values[i];
		const struct edi_use *inner = use;
		char place[24];

		if (v->len == 0)
			continue;
		if (use != NULL && use->def->component_count > 0)
			inner = use_at(use->def->components,
			    use->def->component_count, v->component);
		snprintf(place, sizeof(place),
		    v->component > 1 || inner != use ? "%02u.%u" : "%02u", e,
		    (unsigned)v->component);
		show_value(k, depth, place, inner, v);
	}
}

/* What begins a loop stands above what is in it. */
static int
depth_of(const struct edi_node *node)
{
	bool is_head = node != NULL && node->parent != NULL && node->place == 0;

	return node == NULL ? 1 : is_head ? node->depth : node->depth + 1;
}

static bool
on_segment(void *u, const struct edi_segment *s, int64_t segment_no,
    const struct edi_node *node, struct oms_error *err)
{
	struct showing *k = u;
	const struct edi_segment_def *def;
	const struct edi_use *uses;
	int depth = depth_of(node);
	mem_ctx *row;

	(void)err;
	if (!k->is_on || k->head == NULL || segment_no == 0)
		return true;
	def = node != NULL ? node->segment
			   : edi_guides_segment(k->options->guides, k->standard,
				 k->head->version, s->id);
	uses = node != NULL && node->uses != NULL ? node->uses
	    : def != NULL                         ? def->uses
						  : NULL;
	row = mem_ctx_new(NULL, "segment");
	printf("%*s%s%s%s  #%lld", depth * INDENT, "", s->tag,
	    def != NULL ? "  " : "", def != NULL ? def->name : "",
	    (long long)segment_no);
	if (k->is_short)
		printf("  %s",
		    str_show(row, mem_strndup(row, s->raw, s->raw_len),
			SHOW_BYTES));
	printf("%s\n",
	    node == NULL && k->head->def != NULL ? "  (has no place here)"
						 : "");
	for (unsigned e = 1; !k->is_short && e <= s->element_count; e++)
		show_element(k, depth + 1, s, e,
		    def != NULL && uses != NULL
			? use_at(uses, def->use_count, e)
			: NULL);
	mem_free(row);
	return true;
}

static bool
on_set_end(void *u, const struct edi_set_head *s, const struct edi_set *set,
    struct oms_error *err)
{
	struct showing *k = u;

	(void)set;
	(void)err;
	if (k->is_on)
		printf("%s%s\n", edi_verdict_name(s->verdict),
		    s->finding_count > 0 ? ": see oms edi check" : "");
	k->is_on = false;
	k->head = NULL;
	return true;
}

enum exit_code
cmd_edi_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct showing k = { .c = c, .is_short = cli_flag(c, "short") };
	const struct edi_sink sink = { .u = &k,
		.interchange = on_interchange,
		.group = on_group,
		.set = on_set,
		.segment = on_segment,
		.set_end = on_set_end };
	struct edi_check_options options;
	struct edi_summary sum = { 0 };
	const struct partner *partner;

	if (!cli_opt_int(c, "set", 1, INT64_MAX, 0, &k.only, &err) ||
	    !edi_file_options(c, &options, &partner, &err))
		return cli_fail(c, &err);
	k.options = &options;
	if (!edi_file_read(c, &options, &sink, &sum, &err))
		return edi_file_fail(c, &err);
	if (k.only > k.sets) {
		oms_fail(&err, OMS_USAGE,
		    "there is no set %lld: the last of the file is %lld",
		    (long long)k.only, (long long)k.sets);
		return cli_fail(c, &err);
	}
	return EXIT_OK;
}
