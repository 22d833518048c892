/* cmd_key.c - the keys of personal data: make, change, show. */

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "pipeline/personal.h"

/* The ring of the configuration as a file now has it; it is written first
   when there is none, or when add_key asks for one more. */
static struct ring *
write_ring(struct run *run, const struct ring *old, bool add_key,
    const char *only_id, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "ring");
	const char *text = ring_text(ctx, old, add_key, only_id, err);

	if (text == NULL || !personal_write(run->cfg, text, err))
		return NULL;
	return ring_parse(run->ctx, text, err);
}

static void
say_old_copy(void *u, const char *path)
{
	struct cli *c = u;

	cli_say(c,
	    "%s was put aside before and is not encrypted with it: remove it "
	    "when you need it no more",
	    path);
}

static bool
convert(struct cli *c, struct run *run, const struct ring *ring,
    const char *kind, struct oms_error *err)
{
	struct personal_counts counts;

	if (!personal_adopt(run, ring, kind, err) || !personal_open(run, err) ||
	    !personal_convert(run, &counts, err))
		return false;
	cli_say(c, "%lld rows and %lld files are encrypted with key %s",
	    (long long)counts.rows, (long long)counts.files, ring_id(ring, 0));
	return personal_old_copies(run, say_old_copy, c, err);
}

/* What no value needs any more goes from the file. */
static bool
drop_old_keys(struct cli *c, struct run *run, const struct ring *ring,
    struct oms_error *err)
{
	const struct ring *left;

	if (ring_count(ring) == 1)
		return true;
	if (strncmp(run->cfg->personal_key, "file:", 5) != 0) {
		cli_say(c,
		    "only key %s is in use now: take the others out of %s",
		    ring_id(ring, 0), run->cfg->personal_key);
		return true;
	}
	left = write_ring(run, ring, false, ring_id(ring, 0), err);
	if (left != NULL)
		cli_say(c,
		    "key %s is gone from the ring: a copy of it opens "
		    "only older backups",
		    ring_id(ring, 1));
	return left != NULL;
}

static enum exit_code
print_ring(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	const struct config *cfg = config_load(c->ctx, c->home, &err);
	struct ring *old = cfg != NULL ? personal_load(c->ctx, cfg, &err)
				       : NULL;
	const char *text = err.code == OMS_OK
	    ? ring_text(c->ctx, old, true, NULL, &err)
	    : NULL;

	if (text == NULL)
		return cli_fail(c, &err);
	(void)fputs(text, stdout);
	return EXIT_OK;
}

/* A ring that lies there is of an earlier try, or was brought by somebody. */
static bool
make_key(struct cli *c, struct run *run, struct oms_error *err)
{
	struct ring *ring;
	bool is_used, is_done;

	if (!personal_state(run, run->cfg->ring, &is_used, &is_done, err))
		return false;
	if (is_done)
		return oms_fail(err, OMS_USAGE,
		    "personal data is encrypted already; oms key rotate "
		    "changes the key");
	ring = personal_load(run->ctx, run->cfg, err);
	if (ring == NULL && err->code == OMS_OK)
		ring = write_ring(run, NULL, true, NULL, err);
	return ring != NULL && convert(c, run, ring, "key_made", err);
}

enum exit_code
cmd_key_new(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run;

	if (cli_flag(c, "print"))
		return print_ring(c);
	run = jobs_open_alone(c->ctx, c->home, "key new", &err);
	if (run == NULL || !make_key(c, run, &err))
		return cli_fail(c, &err);
	cli_say(c,
	    "keep a copy of the ring away from this machine: without "
	    "it the data is lost");
	return EXIT_OK;
}

/*
 * What is to do can be told from the ring and the table, wherever an earlier
 * rotation was killed: finish the walk, drop what is old, or begin anew.
 */
static bool
rotate(struct cli *c, struct run *run, struct oms_error *err)
{
	const struct ring *ring = run->cfg->ring;
	bool is_used, is_done;

	if (ring == NULL)
		return oms_fail(err, OMS_USAGE,
		    "personal data is not encrypted: oms key new");
	if (!personal_state(run, ring, &is_used, &is_done, err))
		return false;
	if (is_done && ring_count(ring) > 1)
		return drop_old_keys(c, run, ring, err);
	if (is_done)
		ring = write_ring(run, ring, true, NULL, err);
	return ring != NULL && convert(c, run, ring, "key_rotated", err) &&
	    drop_old_keys(c, run, ring, err);
}

enum exit_code
cmd_key_rotate(struct cli *c)
{
	struct oms_error err = NO_ERROR;
	struct run *run = jobs_open_alone(c->ctx, c->home, "key rotate", &err);

	return run != NULL && rotate(c, run, &err) ? EXIT_OK
						   : cli_fail(c, &err);
}

enum exit_code
cmd_key_list(struct cli *c)
{
	static const char *const filters[] = { NULL };

	return out_list(c, "key", SQL_PERSONAL_KEY_LIST, filters,
	    "id state since_ts_us");
}
