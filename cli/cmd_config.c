/* cmd_config.c - the configuration: its faults, its values, its manual. */

#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "cli/commands.h"
#include "cli/lint.h"
#include "cli/out.h"
#include "jobs/names.h"
#include "parsers/edi_guide.h"
#include "pipeline/feed_type.h"

struct linter {
	struct out *out;
	size_t faults;
};

void
lint_tell(struct out *o, const char *check, const char *text)
{
	out_finding(o, check, "fault", oms_code_name(OMS_CONFIG), text);
}

static void
tell(void *u, const char *text)
{
	struct linter *l = u;

	l->faults++;
	lint_tell(l->out, "config", text);
}

static void
lint_feed(struct linter *l, const struct config *cfg, const struct feed *f)
{
	mem_ctx *row = mem_ctx_new(NULL, "feed");
	const char *text = feed_fault(row, cfg, f);

	if (text != NULL)
		tell(l, text);
	mem_free(row);
}

/* The overlays of a partner are there, and have no fault. */
static void
lint_guides(struct linter *l, const struct config *cfg, const struct partner *p)
{
	mem_ctx *row = mem_ctx_new(NULL, "guides");
	struct oms_error err = NO_ERROR;

	if (!edi_guides_overlays(edi_guides_new(row), cfg->home, p->edi.guides,
		&err))
		tell(l,
		    mem_printf(row, "partners/%s.ini: %s%s%s", p->id, err.where,
			err.where[0] != '\0' ? ": " : "", err.reason));
	mem_free(row);
}

size_t
lint_config(struct out *o, const char *home)
{
	struct linter l = { .out = o };
	struct oms_error err = NO_ERROR;
	mem_ctx *ctx = mem_ctx_new(NULL, "lint");
	struct config *cfg;

	(void)config_lint(home, tell, &l);
	cfg = config_load(ctx, home, &err);
	for (size_t i = 0; cfg != NULL && i < cfg->partner_count; i++) {
		lint_guides(&l, cfg, &cfg->partners[i]);
		for (size_t j = 0; j < cfg->partners[i].feed_count; j++)
			lint_feed(&l, cfg, &cfg->partners[i].feeds[j]);
	}
	if (cfg != NULL && !jobs_check(cfg, &err))
		tell(&l, err.reason);
	mem_free(ctx);
	return l.faults;
}

enum exit_code
cmd_config_lint(struct cli *c)
{
	struct out *o = out_open(c, "fault", "id message*");
	size_t faults = lint_config(o, c->home);

	(void)out_close(o);
	if (faults == 0)
		cli_say(c, "the configuration of %s is in order", c->home);
	else
		cli_say(c, "%zu %s in the configuration of %s", faults,
		    faults == 1 ? "fault" : "faults", c->home);
	return faults == 0 ? EXIT_OK : EXIT_FOUND;
}

static void
show_key(void *u, const char *section, const char *key, const char *value,
    const char *origin)
{
	struct out *o = u;

	out_row(o);
	out_text(o, "section", section);
	out_text(o, "key", key);
	out_text(o, "value", value);
	out_text(o, "origin", origin);
	out_row_end(o);
}

enum exit_code
cmd_config_show(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct config *cfg = config_load(c->ctx, c->home, &err);
	struct out *o;

	if (cfg == NULL)
		return cli_fail(c, &err);
	o = out_open(c, "key", "section key value* origin");
	config_each(cfg, show_key, o);
	(void)out_close(o);
	return EXIT_OK;
}

static void
print_types(enum feed_direction direction)
{
	for (size_t i = 0; i < feed_type_count; i++)
		if (feed_types[i].direction == direction)
			printf("| `%s` | %s |\n", feed_types[i].name,
			    feed_types[i].what);
}

enum exit_code
cmd_config_doc(struct cli *c)
{
	(void)c;
	config_print_markdown();
	printf("\n## Types of feeds\n\n### direction = in\n\n"
	       "| type | what it is |\n|---|---|\n");
	print_types(FEED_IN);
	printf("\n### direction = out\n\n| type | what it is |\n|---|---|\n");
	print_types(FEED_OUT);
	return EXIT_OK;
}
