/* partner_check.c - see partner_check.h. */

#include "pipeline/partner_check.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "pipeline/feed_match.h"
#include "pipeline/inbox.h"
#include "pipeline/partner_state.h"
#include "transport/transport.h"

enum { SHOWN_BYTES = 200, COLUMN = 20 };

struct check {
	const struct config *cfg;
	const struct partner *p;
	FILE *out;
	mem_ctx *ctx;
	struct transport *t;
	struct stage_result found; /* .worst: the gravest code so far */
	bool is_dead;              /* the session; nothing more can be asked */
};

static void
pass(struct check *c, const char *item, const char *text)
{
	fprintf(c->out, "%-*s ok    %s\n", COLUMN, item, text);
}

static void
complain(struct check *c, const char *item, const struct oms_error *why)
{
	partner_note(&c->found, why->code);
	c->is_dead = c->is_dead || !partner_survives(why->code);
	fprintf(c->out, "%-*s FAIL  %s: %s\n", COLUMN, item,
	    oms_code_name(why->code), why->reason);
	fprintf(c->out, "%-*s       what to do: %s\n", COLUMN, "",
	    oms_code_action(why->code));
}

/* Text of several lines, each set in a little. */
static void
print_lines(struct check *c, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		fprintf(c->out, "  %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static char *
feed_item(struct check *c, const struct feed *f)
{
	return mem_printf(c->ctx, "  feed %s", f->name);
}

/* ---- a partner with a tree of its own ----------------------------------- */

static void
check_feed_dir(struct check *c, const struct feed *f)
{
	struct remote_entry *entry = NULL;
	struct oms_error err = NO_ERROR;
	size_t count = 0, skipped = 0, matching = 0;

	if (!transport_list(c->t, c->ctx, f->dir, &entry, &count, &skipped,
		&err)) {
		complain(c, feed_item(c, f), &err);
		return;
	}
	for (size_t i = 0; i < count; i++)
		matching += f->direction == FEED_IN &&
		    !feed_ignores(entry[i].name) &&
		    feed_match(c->p, f->dir, entry[i].name) == f;
	pass(c, feed_item(c, f),
	    f->direction == FEED_IN
		? mem_printf(c->ctx, "in \"%s\": %zu files, %zu match %s",
		      f->dir, count, matching, f->pattern)
		: mem_printf(c->ctx, "out \"%s\": %zu files", f->dir, count));
	if (skipped > 0)
		fprintf(c->out, "%-*s       %zu names cannot be used\n", COLUMN,
		    "", skipped);
}

static void
check_archive_dir(struct check *c, const struct feed *f)
{
	struct oms_error err = NO_ERROR;
	int64_t bytes;

	if (f->direction != FEED_IN || f->after != AFTER_ARCHIVE)
		return;
	/* Asking for a name in it finds out whether the folder can be read. */
	if (transport_stat(c->t, f->archive_dir, "oms-check", &bytes, &err))
		pass(c, "    archive",
		    mem_printf(c->ctx, "\"%s\"", f->archive_dir));
	else
		complain(c, "    archive", &err);
}

static char *
address(struct check *c)
{
	if (strcmp(c->p->transport, "sftp") == 0)
		return mem_printf(c->ctx, "sftp %s@%s:%lld", c->p->user,
		    c->p->host, (long long)c->p->port);
	return mem_printf(c->ctx, "%s %s", c->p->transport, c->p->path);
}

static void
check_remote(struct check *c)
{
	struct oms_error err = NO_ERROR;
	char *text;

	c->t = transport_spawn(c->ctx, c->cfg, c->p, -1, &err);
	if (c->t == NULL) {
		complain(c, c->p->id, &err);
		return;
	}
	pass(c, c->p->id, address(c));
	text = transport_describe(c->t, c->ctx, &err);
	if (text == NULL) {
		complain(c, c->p->id, &err);
		return;
	}
	print_lines(c, text);
	for (size_t i = 0; !c->is_dead && i < c->p->feed_count; i++) {
		check_feed_dir(c, &c->p->feeds[i]);
		if (!c->is_dead)
			check_archive_dir(c, &c->p->feeds[i]);
	}
}

/* ---- a partner that comes to our inbox and outbox ----------------------- */

static void
check_folder(struct check *c, const char *which)
{
	char *dir = mem_printf(c->ctx, "%s/%s/%s", c->cfg->home, which,
	    c->p->id);
	char *item = mem_printf(c->ctx, "  %s", which);
	struct oms_error err = NO_ERROR;

	if (access(dir, R_OK | W_OK | X_OK) == 0)
		pass(c, item, dir);
	else if (errno == ENOENT)
		pass(c, item, "not there yet: made when it is needed");
	else {
		oms_fail_errno(&err, OMS_IO, "%s", dir);
		complain(c, item, &err);
	}
}

static int
is_no_part_file(const struct dirent *e)
{
	return !feed_ignores(e->d_name);
}

/* What lies there, and what of it no run will ever take. */
static void
check_inbox(struct check *c)
{
	char *dir = mem_printf(c->ctx, "%s/inbox/%s", c->cfg->home, c->p->id);
	struct dirent **e;
	int n = scandir(dir, &e, is_no_part_file, alphasort);
	size_t matching = 0;

	for (int i = 0; i < n; i++) {
		const char *name = e[i]->d_name;
		const char *why = inbox_obstacle(fs_path(c->ctx, dir, name),
		    name);

		if (why != NULL) {
			partner_note(&c->found, OMS_VALUE);
			fprintf(c->out, "%-*s FAIL  %s: %s\n", COLUMN,
			    "    never taken",
			    str_show(c->ctx, name, SHOWN_BYTES), why);
		}
		matching += why == NULL && feed_match(c->p, NULL, name) != NULL;
		free(e[i]); /* scandir's own */
	}
	if (n < 0)
		return;
	free(e);
	pass(c, "    waiting",
	    mem_printf(c->ctx, "%d names, %zu match a feed", n, matching));
}

static void
check_local(struct check *c)
{
	pass(c, c->p->id, "takes and leaves files in our folders");
	check_folder(c, "inbox");
	check_inbox(c);
	check_folder(c, "outbox");
}

enum oms_code
partner_check(const struct config *cfg, const struct partner *p, FILE *out)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "check");
	struct check c = { .cfg = cfg, .p = p, .out = out, .ctx = ctx };

	if (partner_is_remote(p))
		check_remote(&c);
	else
		check_local(&c);
	mem_free(ctx);
	return c.found.worst;
}
