/* cmd_edi.c - oms edi check and lint: files of EDI, and guides. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/edi_file.h"
#include "cli/out.h"
#include "mappers/edi_ack.h"
#include "writers/json.h"

enum { ACK_MAX_BYTES = 256 << 20, LINE_MAX_BYTES = 16 << 10 };

/* A set that an acknowledgement is to name, with its findings. */
struct held_set {
	struct edi_set_head head;
	struct edi_finding *findings;
	size_t finding_count;
	struct held_set *next;
};

struct held_group {
	struct edi_group group;
	struct held_set *sets;
	struct held_set **last_set;
	struct held_group *next;
};

/* One check of one file. */
struct checking {
	struct cli *c;
	struct sbuf line;
	struct json json;

	/* --ack: one interchange at a time, until its verdict is in */
	bool acks;
	mem_ctx *held; /* lifetime: the interchange */
	struct held_group *groups;
	struct held_group **last_group;
	struct edi_finding *pending; /* of the set that is being read */
	size_t pending_count;
	int64_t answered; /* interchanges written so far */
	struct sbuf ack;
};

/* ---- findings ------------------------------------------------------------- */

static const char *
severity_of(const struct edi_finding *f)
{
	return f->severity == EDI_ERROR ? "error" : "warning";
}

static void
json_place(struct json *j, const char *key, int64_t value)
{
	if (value > 0)
		json_int(j, key, value);
	else
		json_null(j, key);
}

static void
finding_json(struct checking *k, const struct edi_finding *f)
{
	struct json *j = &k->json;

	json_object(j, NULL);
	json_text(j, "kind", "finding");
	json_text(j, "severity", severity_of(f));
	json_text(j, "code", edi_faults[f->fault].name);
	json_text(j, "standard", f->standard == EDI_X12 ? "x12" : "edifact");
	json_text(j, "interchange", f->interchange);
	json_text(j, "group", f->group);
	json_text(j, "set_type", f->set_type);
	json_place(j, "set_no", f->set_no);
	json_text(j, "segment", f->segment);
	json_place(j, "segment_no", f->segment_no);
	json_place(j, "element", f->element);
	json_place(j, "component", f->component);
	json_place(j, "repetition", f->repetition);
	json_int(j, "line", f->line);
	json_int(j, "byte", f->byte_off);
	json_text(j, "value", f->value);
	json_text(j, "message", f->message);
	json_close(j);
	out_line(&k->line);
}

/* "FILE:12:7: error: 850 0001 segment 5 PO103: message [code]" */
static void
finding_text(struct checking *k, const struct edi_finding *f)
{
	FILE *to = k->acks ? stderr : stdout;

	fprintf(to, "%s:%lld:%lld: %s: ", k->c->args[0], (long long)f->line,
	    (long long)f->column, severity_of(f));
	if (f->set_type[0] != '\0')
		fprintf(to, "%s %s", f->set_type, f->set);
	if (f->segment_no > 0)
		fprintf(to, " segment %lld", (long long)f->segment_no);
	fprintf(to, "%s%s [%s]\n", f->set_type[0] != '\0' ? ": " : "",
	    f->message, edi_faults[f->fault].name);
}

static struct edi_finding
copy_finding(mem_ctx *ctx, const struct edi_finding *f)
{
	struct edi_finding copy = *f;

	copy.segment = mem_strdup(ctx, f->segment);
	copy.loop = mem_strdup(ctx, f->loop);
	copy.element_id = mem_strdup(ctx, f->element_id);
	copy.value = mem_strdup(ctx, f->value);
	copy.interchange = copy.group = copy.set = copy.message = "";
	copy.set_type = "";
	return copy;
}

static bool
on_finding(void *u, const struct edi_finding *f, struct oms_error *err)
{
	struct checking *k = u;

	(void)err;
	if (k->c->json && !k->acks)
		finding_json(k, f);
	else if (!k->c->quiet)
		finding_text(k, f);
	if (k->acks && f->set_no > 0 && k->pending_count < EDI_SET_FINDINGS_MAX)
		k->pending[k->pending_count++] = copy_finding(k->held, f);
	return true;
}

/* ---- the acknowledgement ---------------------------------------------------- */

static bool
on_interchange(void *u, const struct edi_interchange *ix, bool *ret_known,
    struct oms_error *err)
{
	struct checking *k = u;

	(void)ix;
	(void)err;
	*ret_known = false;
	mem_free(k->held);
	k->held = mem_ctx_new(k->c->ctx, "interchange");
	k->groups = NULL;
	k->last_group = &k->groups;
	k->pending = mem_array(k->held, struct edi_finding,
	    EDI_SET_FINDINGS_MAX);
	k->pending_count = 0;
	return true;
}

static bool
on_group(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct checking *k = u;
	struct held_group *h = mem_new(k->held, struct held_group);

	(void)g;
	(void)err;
	h->last_set = &h->sets;
	*k->last_group = h;
	return true;
}

static bool
on_set_end(void *u, const struct edi_set_head *s, const struct edi_set *set,
    struct oms_error *err)
{
	struct checking *k = u;
	struct held_group *g = *k->last_group;
	struct held_set *h = mem_new(k->held, struct held_set);

	(void)set;
	(void)err;
	h->head = *s;
	h->finding_count = k->pending_count;
	h->findings = mem_array(h, struct edi_finding, k->pending_count + 1);
	memcpy(h->findings, k->pending,
	    k->pending_count * sizeof(*h->findings));
	k->pending_count = 0;
	*g->last_set = h;
	g->last_set = &h->next;
	return true;
}

static bool
on_group_end(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct checking *k = u;

	(void)err;
	(*k->last_group)->group = *g;
	k->last_group = &(*k->last_group)->next;
	return true;
}

/* "ZZ:ACME" or "5412345000013:14" as id and qualifier. */
static void
split_party(mem_ctx *ctx, bool is_x12, const char *party, char **ret_id,
    char **ret_qualifier)
{
	size_t n = strcspn(party, ":");
	const char *rest = party[n] == ':' ? party + n + 1 : "";
	char *first = mem_strndup(ctx, party, n);
	char *second = mem_strdup(ctx, rest);

	*ret_id = is_x12 ? second : first;
	*ret_qualifier = is_x12 ? first : second;
}

/* We answer as the one it was sent to, in the delimiters it came with. */
static struct edi_profile *
profile_of(mem_ctx *ctx, const struct edi_interchange *ix, const char *version)
{
	struct edi_profile *p = mem_new(ctx, struct edi_profile);
	bool is_x12 = ix->standard == EDI_X12;
	char *empty = mem_strdup(ctx, "");
	char **const texts[] = { &p->assoc, &p->our_group_id,
		&p->their_group_id, &p->application, &p->agreement,
		&p->element_separator, &p->component_separator,
		&p->repetition_separator, &p->terminator, &p->release,
		&p->decimal_mark, &p->control_prefix };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		*texts[i] = empty;
	p->standard = mem_strdup(ctx, is_x12 ? "x12" : "edifact");
	p->version = mem_strdup(ctx, version);
	p->charset = mem_strdup(ctx, is_x12 ? "utf-8" : "UNOC");
	p->suffix = mem_strdup(ctx, "lf");
	p->replacement = mem_strdup(ctx, " ");
	p->test = ix->is_test;
	p->syntax = strchr(ix->version, ':') != NULL
	    ? strchr(ix->version, ':')[1] - '0'
	    : 3;
	p->una = true;
	split_party(ctx, is_x12, ix->receiver, &p->our_id, &p->our_qualifier);
	split_party(ctx, is_x12, ix->sender, &p->their_id, &p->their_qualifier);
	return p;
}

static bool
is_answer(const struct held_group *g)
{
	return strcmp(g->group.code, "FA") == 0 ||
	    (g->sets != NULL && strcmp(g->sets->head.type, "CONTRL") == 0);
}

static void
answer_group(struct edi_ack *a, const struct held_group *g)
{
	edi_ack_group(a, &g->group);
	for (const struct held_set *s = g->sets; s != NULL; s = s->next) {
		edi_ack_set(a, &s->head);
		for (size_t i = 0; i < s->finding_count; i++)
			edi_ack_finding(a, &s->findings[i]);
		edi_ack_set_end(a, &s->head);
	}
	edi_ack_group_end(a, &g->group);
}

/* "997", "999" for a 005010, "contrl". */
static const char *
kind_of(const struct edi_interchange *ix, const struct held_group *first)
{
	if (ix->standard == EDI_EDIFACT)
		return "contrl";
	return first != NULL && strncmp(first->group.version, "005", 3) == 0
	    ? "999"
	    : "997";
}

static void
write_answer(struct checking *k, const struct edi_interchange *ix,
    struct edi_writer *w, const char *kind)
{
	struct edi_ack *a = edi_ack_new(k->held, w, kind, true);

	if (ix->standard == EDI_X12 && (ix->wants_ack || ix->ta105 != 0)) {
		edi_w_interchange(w);
		edi_ack_ta1(w, ix);
		edi_w_interchange_end(w);
	}
	if (k->groups == NULL && ix->standard == EDI_X12)
		return;
	edi_w_interchange(w);
	edi_w_group(w, ix->standard == EDI_X12 ? "FA" : "CONTRL",
	    strcmp(kind, "999") == 0 ? "005010X231A1" : "");
	edi_ack_interchange(a, ix);
	for (struct held_group *g = k->groups; g != NULL; g = g->next)
		if (!is_answer(g))
			answer_group(a, g);
	edi_ack_interchange_end(a, ix);
	edi_w_group_end(w);
	edi_w_interchange_end(w);
}

static bool
on_interchange_end(void *u, const struct edi_interchange *ix,
    struct oms_error *err)
{
	struct checking *k = u;
	const char *kind = kind_of(ix, k->groups);
	struct edi_head head = { .interchange_no = ++k->answered,
		.group_no = k->answered,
		.created_ts_us = clock_now_us() };
	struct edi_writer *w;

	if (!k->acks || (k->groups != NULL && is_answer(k->groups)))
		return true; /* an answer is never answered */
	w = edi_writer_new(k->held, &k->ack,
	    profile_of(k->held, ix,
		ix->standard == EDI_EDIFACT    ? "D:96A"
		    : strcmp(kind, "999") == 0 ? "005010"
					       : "004010"),
	    &head);
	write_answer(k, ix, w, kind);
	if (!edi_w_ok(w, err))
		return false;
	fwrite(k->ack.p, 1, k->ack.len, stdout);
	sbuf_clear(&k->ack);
	return true;
}

/* ---- check -------------------------------------------------------------------- */

static void
say_summary(struct checking *k, const struct edi_summary *s)
{
	struct json *j = &k->json;

	if (!k->c->json) {
		cli_say(k->c,
		    "%lld interchanges, %lld groups, %lld sets: %lld accepted, "
		    "%lld rejected; %lld errors, %lld warnings",
		    (long long)s->interchanges, (long long)s->groups,
		    (long long)s->sets, (long long)s->sets_accepted,
		    (long long)s->sets_rejected, (long long)s->errors,
		    (long long)s->warnings);
		return;
	}
	if (k->acks)
		return;
	json_object(j, NULL);
	json_text(j, "kind", "summary");
	json_int(j, "interchanges", s->interchanges);
	json_int(j, "groups", s->groups);
	json_int(j, "sets", s->sets);
	json_int(j, "segments", s->segments);
	json_int(j, "sets_accepted", s->sets_accepted);
	json_int(j, "sets_rejected", s->sets_rejected);
	json_int(j, "errors", s->errors);
	json_int(j, "warnings", s->warnings);
	json_close(j);
	out_line(&k->line);
}

enum exit_code
cmd_edi_check(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct checking *k = mem_new(c->ctx, struct checking);
	struct edi_check_options options;
	struct edi_summary sum = { 0 };
	const struct partner *partner;
	struct edi_sink sink = { .u = k, .finding = on_finding };

	k->c = c;
	k->acks = cli_flag(c, "ack");
	sbuf_init(&k->line, c->ctx, LINE_MAX_BYTES);
	sbuf_init(&k->ack, c->ctx, ACK_MAX_BYTES);
	json_begin(&k->json, &k->line);
	if (k->acks) {
		sink.interchange = on_interchange;
		sink.group = on_group;
		sink.set_end = on_set_end;
		sink.group_end = on_group_end;
		sink.interchange_end = on_interchange_end;
	}
	if (!edi_file_options(c, &options, &partner, &err))
		return cli_fail(c, &err);
	if (!edi_file_read(c, &options, &sink, &sum, &err))
		return edi_file_fail(c, &err);
	say_summary(k, &sum);
	return sum.errors > 0 ? EXIT_FOUND : EXIT_OK;
}

/* ---- lint --------------------------------------------------------------------- */

static void
on_fault(void *u, const char *fault)
{
	struct cli *c = u;
	struct sbuf line;
	struct json j;

	if (!c->json) {
		puts(fault);
		return;
	}
	sbuf_init(&line, c->ctx, LINE_MAX_BYTES);
	json_begin(&j, &line);
	json_object(&j, NULL);
	json_text(&j, "kind", "fault");
	json_text(&j, "message", fault);
	json_close(&j);
	out_line(&line);
}

static void
on_guide(void *u, const struct edi_set_def *def)
{
	struct out *o = u;

	out_row(o);
	out_text(o, "id", def->source);
	out_text(o, "standard", def->standard == EDI_X12 ? "x12" : "edifact");
	out_text(o, "version", def->version);
	out_text(o, "set", def->type);
	out_text(o, "name", def->name);
	out_row_end(o);
}

enum exit_code
cmd_edi_lint(struct cli *c)
{
	size_t faults = 0;

	if (c->arg_count == 0) {
		struct out *o = out_open(c, "guide",
		    "standard version set name*");

		edi_guides_each(on_guide, o);
		(void)out_close(o);
		return EXIT_OK;
	}
	for (size_t i = 0; i < c->arg_count; i++)
		faults += edi_guides_lint(c->args[i], on_fault, c);
	if (faults == 0)
		cli_say(c, "no fault");
	return faults > 0 ? EXIT_FOUND : EXIT_OK;
}
