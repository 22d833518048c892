/* cmd_backup.c - copies of the home, and the home out of a copy. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/fs.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "pipeline/backup.h"
#include "pipeline/personal.h"

/* The key that --key names; ret->key stays NULL without the option. */
static bool
open_store(struct cli *c, const char *dir, const char *home,
    struct backup_store *ret, struct oms_error *err)
{
	const char *ref = cli_opt(c, "key");
	struct config cfg = { .home = mem_strdup(c->ctx, home) };
	struct file_key *key;
	char *hex;

	*ret = (struct backup_store){ .dir = dir };
	if (ref == NULL)
		return true;
	hex = config_secret(c->ctx, &cfg, ref, err);
	key = mem_new(c->ctx, struct file_key);
	if (hex == NULL || !file_key_parse(hex, key, err))
		return oms_context(err, "--key %s", ref);
	ret->key = key;
	return true;
}

/*
 * Where to unseal: in the home, whose rights are right; without one, in a
 * folder of this process alone.
 */
static char *
scratch_for(struct cli *c, bool *ret_own, struct oms_error *err)
{
	char *dir;

	*ret_own = access(fs_path(c->ctx, c->home, "spool"), W_OK) != 0;
	if (!*ret_own)
		return backup_scratch(c->ctx, c->home, err);
	dir = mem_printf(c->ctx, "%s/oms-backup-XXXXXX",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (mkdtemp(dir) == NULL) {
		oms_fail_errno(err, OMS_IO, "make folder %s", dir);
		return NULL;
	}
	return dir;
}

static void
leave_scratch(struct cli *c, const char *dir, bool is_own)
{
	if (dir != NULL)
		(void)unlink(fs_path(c->ctx, dir, "manifest"));
	if (dir != NULL && is_own)
		(void)rmdir(dir);
}

/* The lines of --list; a sealed copy without its key shows only its name. */
static void
list_row(struct out *o, const char *file, const struct backup_info *info,
    const struct oms_error *why)
{
	out_row(o);
	out_text(o, "id", info->name);
	out_text(o, "state",
	    why->code == OMS_OK           ? info->is_sealed ? "sealed" : "plain"
		: why->code == OMS_SECRET ? "locked"
					  : "damaged");
	out_text(o, "code",
	    why->code == OMS_OK ? "" : oms_code_name(why->code));
	out_text(o, "file", file);
	out_ts(o, "made_ts_us", info->ts_us);
	out_int(o, "run_id", info->run_id);
	out_int(o, "pieces", info->pieces);
	out_int(o, "size_bytes", info->bytes);
	out_text(o, "oms", info->version);
	out_row_end(o);
}

static enum exit_code
list(struct cli *c, const struct backup_store *st, const char *scratch)
{
	struct oms_error err = NO_ERROR;
	char **names = NULL;
	size_t count = 0, bad = 0;
	struct out *o;

	if (!backup_names(c->ctx, st->dir, &names, &count, &err))
		return cli_fail(c, &err);
	o = out_open(c, "backup",
	    "id state made_ts_us run_id pieces size_bytes oms");
	for (size_t i = 0; i < count; i++) {
		struct oms_error why = NO_ERROR;
		struct backup_info info;

		if (!backup_read(st, names[i], scratch, &info, &why))
			bad += why.code != OMS_SECRET;
		list_row(o, names[i], &info, &why);
	}
	out_say_none(c, out_close(o));
	return bad == 0 ? EXIT_OK : EXIT_FOUND;
}

static void
tell_fault(void *u, const char *piece, const char *what)
{
	struct out *o = u;

	out_finding(o, piece, "fault", oms_code_name(OMS_DAMAGED), what);
}

/* The file of a copy: that of the name given, or the newest. */
static char *
pick(struct cli *c, const struct backup_store *st, const char *wanted,
    struct oms_error *err)
{
	char **names = NULL;
	size_t count = 0, len;

	if (!backup_names(c->ctx, st->dir, &names, &count, err))
		return NULL;
	for (size_t i = count; i > 0; i--) {
		char *name = names[i - 1];

		len = strlen(name) - strlen(".backup");
		if (wanted == NULL || strcmp(name, wanted) == 0 ||
		    (strlen(wanted) == len && strncmp(name, wanted, len) == 0))
			return name;
	}
	oms_fail(err, OMS_USAGE,
	    "there is no backup%s%s in %s: oms backup "
	    "--list %s shows them",
	    wanted != NULL ? " " : "", wanted != NULL ? wanted : "", st->dir,
	    st->dir);
	return NULL;
}

static enum exit_code
verify(struct cli *c, const struct backup_store *st, const char *scratch)
{
	struct oms_error err = NO_ERROR;
	char *name = pick(c, st, c->arg_count > 1 ? c->args[1] : NULL, &err);
	size_t faults = 0;
	struct out *o;
	bool ok;

	if (name == NULL)
		return cli_fail(c, &err);
	o = out_open(c, "fault", "id code message*");
	ok = backup_verify(st, name, scratch, tell_fault, o, &faults, &err);
	(void)out_close(o);
	if (!ok)
		return cli_fail(c, &err);
	cli_say(c, "%s: %zu faults", name, faults);
	return faults == 0 ? EXIT_OK : EXIT_FOUND;
}

static enum exit_code
look(struct cli *c, const char *dir)
{
	struct oms_error err = NO_ERROR;
	struct backup_store st;
	enum exit_code code;
	bool is_own = false;
	char *scratch;

	if (!open_store(c, dir, c->home, &st, &err) ||
	    (scratch = scratch_for(c, &is_own, &err)) == NULL)
		return cli_fail(c, &err);
	code = cli_flag(c, "list") ? list(c, &st, scratch)
				   : verify(c, &st, scratch);
	leave_scratch(c, scratch, is_own);
	return code;
}

static void
tell_made(struct cli *c, const struct backup_made *m)
{
	struct oms_error none = NO_ERROR;
	struct out *o;

	if (c->json) {
		o = out_open(c, "backup", "");
		list_row(o, "", &m->info, &none);
		(void)out_close(o);
	}
	cli_say(c,
	    "backup %s: %lld pieces, %lld bytes; new are %lld with %lld bytes",
	    m->info.name, (long long)m->info.pieces, (long long)m->info.bytes,
	    (long long)m->new_pieces, (long long)m->new_bytes);
	cli_say(c,
	    "keys and passwords are not in it: keep copies of them "
	    "elsewhere");
}

/* Who loses the home loses what lies in it. */
static bool
is_elsewhere(const struct cli *c, const char *dir, struct oms_error *err)
{
	char *at = mem_strdup(c->ctx, dir), *slash;
	char home[PATH_MAX], real[PATH_MAX];
	size_t n;

	if (realpath(c->home, home) == NULL)
		return true;
	while (realpath(at, real) == NULL) { /* what is there of it already */
		if ((slash = strrchr(at, '/')) == NULL)
			at = mem_strdup(c->ctx, ".");
		else
			slash[slash == at] = '\0';
		if (errno != ENOENT)
			return true; /* whoever opens it says more */
	}
	n = strlen(home);
	return strncmp(real, home, n) != 0 ||
	    (real[n] != '\0' && real[n] != '/') ||
	    oms_fail(err, OMS_USAGE,
		"%s lies in the home: a backup there is lost with it", dir);
}

static enum exit_code
make(struct cli *c, const char *dir)
{
	struct oms_error err = NO_ERROR;
	struct backup_store st;
	struct backup_made made;
	struct run *run = jobs_open(c->ctx, c->home, &err);
	int64_t keep, removed = 0, bytes = 0;
	char *scratch;

	if (run == NULL || !open_store(c, dir, c->home, &st, &err) ||
	    !cli_opt_int(c, "keep", 1, 1000000, 0, &keep, &err) ||
	    !is_elsewhere(c, dir, &err) || !backup_make(run, &st, &made, &err))
		return cli_fail(c, &err);
	tell_made(c, &made);
	if (keep > 0) {
		scratch = backup_scratch(c->ctx, c->home, &err);
		if (scratch == NULL ||
		    !backup_keep(&st, keep, scratch, &removed, &bytes, &err))
			return cli_fail(c, &err);
		leave_scratch(c, scratch, false);
		cli_say(c, "%lld older ones removed, %lld bytes",
		    (long long)removed, (long long)bytes);
	}
	if (made.bad_blobs == 0)
		return EXIT_OK;
	cli_say(c, "%lld files of the spool are missing or damaged: oms fsck",
	    (long long)made.bad_blobs);
	return EXIT_FOUND;
}

enum exit_code
cmd_backup(struct cli *c)
{
	return cli_flag(c, "list") || cli_flag(c, "verify")
	    ? look(c, c->args[0])
	    : make(c, c->args[0]);
}

/* ---- restore ------------------------------------------------------------ */

static bool
may_restore(struct cli *c, const char *home, struct oms_error *err)
{
	if (access(fs_path(c->ctx, home, "oms.db"), F_OK) != 0 ||
	    cli_flag(c, "yes"))
		return true;
	return oms_fail(err, OMS_USAGE,
	    "%s has a database: give --yes to put it aside, into replaced/",
	    home);
}

/* Is every key of those ids in the ring of that home? */
static bool
has_keys(struct cli *c, const char *home, const char *ids)
{
	struct oms_error none = NO_ERROR;
	const struct config *cfg = config_load(c->ctx, home, &none);
	const struct ring *ring = cfg != NULL
	    ? personal_load(c->ctx, cfg, &none)
	    : NULL;
	char *rest = mem_strdup(c->ctx, ids), *id;

	while ((id = strsep(&rest, " ")) != NULL)
		if (id[0] != '\0' && (ring == NULL || !ring_has(ring, id)))
			return false;
	return true;
}

static void
tell_restored(struct cli *c, const char *home, const struct restored *r)
{
	cli_say(c, "%s is as backup %s was: %lld files written to the spool",
	    home, r->info.name, (long long)r->blobs);
	if (r->kept > 0)
		cli_say(c,
		    "%lld files of the configuration were there and "
		    "stay as they are",
		    (long long)r->kept);
	if (r->aside[0] != '\0')
		cli_say(c, "the old database lies in %s/%s", home, r->aside);
	if (!has_keys(c, home, r->key_ids))
		cli_say(c,
		    "personal data and files are encrypted with key %s, which "
		    "is never in a backup: put the copy of keys/personal.key "
		    "of that time back into %s, nothing works without it",
		    r->key_ids, home);
	cli_say(c,
	    "nothing is sent yet. Put keys and passwords back, then: oms "
	    "--home %s check; oms --home %s recover; oms --home %s start",
	    home, home, home);
}

enum exit_code
cmd_restore(struct cli *c)
{
	const char *home = cli_opt(c, "to") != NULL ? cli_opt(c, "to")
						    : c->home;
	struct oms_error err = NO_ERROR;
	struct backup_store st;
	struct restored r;
	char *name;

	if (!may_restore(c, home, &err) ||
	    !open_store(c, c->args[0], home, &st, &err) ||
	    (name = pick(c, &st, c->arg_count > 1 ? c->args[1] : NULL, &err)) ==
		NULL ||
	    !backup_restore(&st, name, home, jobs_actor(c->ctx), clock_now_us(),
		&r, &err))
		return cli_fail(c, &err);
	tell_restored(c, home, &r);
	return EXIT_OK;
}
