/* cmd_edi.c - oms edi check and lint: files of EDI, and guides. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/edi_file.h"
#include "cli/edi_remedy.h"
#include "cli/edi_reply.h"
#include "cli/out.h"
#include "writers/json.h"

enum { LINE_MAX_BYTES = 16 << 10 };

/* One check of one file. */
struct checking {
	struct cli *c;
	bool acks; /* stdout is for the acknowledgement */
	bool forgivable[EDI_FAULT_COUNT]; /* errors that a leniency forgives */
	struct sbuf line;
	struct json json;
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
	fprintf(to, "%s%s [%s]\n",
	    f->set_type[0] != '\0' || f->segment_no > 0 ? ": " : "", f->message,
	    edi_faults[f->fault].name);
}

static bool
on_finding(void *u, const struct edi_finding *f, struct oms_error *err)
{
	struct checking *k = u;

	(void)err;
	if (f->severity == EDI_ERROR)
		k->forgivable[f->fault] = edi_lenient_of(f->fault)[0] != '\0';
	if (k->c->json && !k->acks)
		finding_json(k, f);
	else if (!k->c->quiet)
		finding_text(k, f);
	return true;
}

/* ---- check -------------------------------------------------------------------- */

static const char *
plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

static void
say_summary(struct checking *k, const struct edi_summary *s)
{
	struct json *j = &k->json;

	if (!k->c->json) {
		cli_say(k->c,
		    "%lld interchange%s, %lld group%s, %lld set%s: %lld "
		    "accepted, %lld rejected; %lld error%s, %lld warning%s",
		    (long long)s->interchanges, plural(s->interchanges),
		    (long long)s->groups, plural(s->groups), (long long)s->sets,
		    plural(s->sets), (long long)s->sets_accepted,
		    (long long)s->sets_rejected, (long long)s->errors,
		    plural(s->errors), (long long)s->warnings,
		    plural(s->warnings));
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
	json_close(j);
	out_line(&k->line);
}

/* Once behind all errors: where more is said, and what would forgive them. */
static void
say_way_on(struct checking *k)
{
	struct sbuf names;

	sbuf_init(&names, k->c->ctx, LINE_MAX_BYTES);
	for (int i = 0; i < EDI_FAULT_COUNT; i++) {
		const char *name = edi_lenient_of((enum edi_fault)i);

		if (k->forgivable[i] && strstr(names.p, name) == NULL)
			sbuf_addf(&names, "%s%s", names.len > 0 ? "," : "",
			    name);
	}
	cli_say(k->c, "what to do about one: oms explain NAME, its name in []");
	if (names.len > 0)
		cli_say(k->c,
		    "if you can live with it: --lenient %s; for his files, "
		    "lenient in [edi]",
		    names.p);
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
	json_begin(&k->json, &k->line);
	if (k->acks)
		sink = edi_reply_sink(c, &sink);
	if (!edi_file_options(c, &options, &partner, &err))
		return cli_fail(c, &err);
	if (!edi_file_read(c, &options, &sink, &sum, &err)) {
		if (c->json && oms_code_class(err.code) == CLASS_REJECT)
			say_summary(k, &sum); /* no EDI: the last line is it */
		return edi_file_fail(c, &err);
	}
	say_summary(k, &sum);
	if (sum.errors > 0 && !c->json)
		say_way_on(k);
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
	struct oms_error err = NO_ERROR;
	size_t faults = 0;

	if (c->arg_count == 0) {
		struct out *o = out_open(c, "guide",
		    "standard version set name*");

		edi_guides_each(on_guide, o);
		(void)out_close(o);
		return EXIT_OK;
	}
	for (size_t i = 0; i < c->arg_count; i++)
		if (access(c->args[i], R_OK) != 0) {
			oms_fail_errno(&err, OMS_USAGE, "%s", c->args[i]);
			return cli_fail(c, &err);
		}
	for (size_t i = 0; i < c->arg_count; i++)
		faults += edi_guides_lint(c->args[i], on_fault, c);
	if (faults == 0)
		cli_say(c, "no fault");
	return faults > 0 ? EXIT_FOUND : EXIT_OK;
}
