/*
 * cmd_dead_edit.c - mend a dead letter in an editor, or from a file.
 *
 * The editor gets a private copy; what is saved becomes a version of its own.
 * No shell is asked: $VISUAL or $EDITOR is cut into words, quotes keep blanks
 * together, and nothing is expanded.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/scope.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "pipeline/dead_ops.h"
#include "pipeline/spool.h"

enum { WORDS_MAX = 32 };

extern char **environ;

/* ---- the editor --------------------------------------------------------- */

/* One word of the command; *p stands behind it then. */
static char *
next_word(mem_ctx *ctx, const char **p, struct oms_error *err)
{
	char *word = mem_strdup(ctx, *p), *dst = word;
	char quote = '\0';

	for (; **p != '\0' && (quote != '\0' || **p != ' '); (*p)++) {
		if (quote == '\0' && (**p == '\'' || **p == '"'))
			quote = **p;
		else if (**p == quote)
			quote = '\0';
		else
			*dst++ = **p;
	}
	*dst = '\0';
	if (quote == '\0')
		return word;
	oms_fail(err, OMS_USAGE, "a quote in VISUAL or EDITOR is not closed");
	return NULL;
}

static bool
editor_words(mem_ctx *ctx, char *argv[WORDS_MAX + 1], size_t *ret_count,
    struct oms_error *err)
{
	const char *p = getenv("VISUAL");
	size_t n = 0;

	if (p == NULL || p[0] == '\0')
		p = getenv("EDITOR");
	if (p == NULL || p[0] == '\0')
		p = "vi";
	for (p += strspn(p, " "); *p != '\0'; p += strspn(p, " ")) {
		if (n == WORDS_MAX - 1)
			return oms_fail(err, OMS_USAGE,
			    "VISUAL or EDITOR has more than %d words",
			    WORDS_MAX - 1);
		argv[n] = next_word(ctx, &p, err);
		if (argv[n++] == NULL)
			return false;
	}
	*ret_count = n;
	return n > 0 || oms_fail(err, OMS_USAGE, "VISUAL or EDITOR is empty");
}

/* An interrupt is the editor's affair while it has the terminal. */
static bool
wait_for(pid_t pid, const char *name, struct oms_error *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, on_int, on_quit;
	int status = 0;
	pid_t got;

	(void)sigaction(SIGINT, &ignore, &on_int);
	(void)sigaction(SIGQUIT, &ignore, &on_quit);
	while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	(void)sigaction(SIGINT, &on_int, NULL);
	(void)sigaction(SIGQUIT, &on_quit, NULL);
	if (got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	return oms_fail(err, OMS_USAGE,
	    "the editor %s did not end well: nothing was changed", name);
}

static bool
run_editor(mem_ctx *ctx, char *path, struct oms_error *err)
{
	char *argv[WORDS_MAX + 1];
	size_t n = 0;
	pid_t pid;
	int rc;

	if (!editor_words(ctx, argv, &n, err))
		return false;
	argv[n++] = path;
	argv[n] = NULL;
	rc = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (rc != 0)
		return oms_fail(err, OMS_USAGE,
		    "the editor %s cannot be started: %s; set VISUAL, or give "
		    "--with FILE",
		    argv[0], strerror(rc));
	return wait_for(pid, argv[0], err);
}

/* ---- the private copy --------------------------------------------------- */

/* A folder that a run sweeps when this process is dead (jobs/dry_run.c). */
static char *
private_folder(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	char *dir = mem_printf(ctx, "%s/spool/tmp/edit-%ld", home,
	    (long)getpid());

	return fs_mkdir(dir, 0700, err) ? dir : NULL;
}

static bool
copy_out(struct run *run, mem_ctx *ctx, const struct dead_row *d,
    const char *path, struct oms_error *err)
{
	(void)ctx;
	return spool_copy(run, d->sha256, path, 0600, err);
}

/* Standard input as a file, whatever it is. */
static bool
copy_stdin(const char *path, struct oms_error *err)
{
	char sha[FS_SHA_BYTES];
	int64_t bytes;

	return fs_copy_hashed(STDIN_FILENO, path, INT64_MAX, sha, &bytes, err);
}

static void
remove_private(const char *dir, const char *path)
{
	(void)unlink(path);
	(void)rmdir(dir); /* an editor's own files are swept by a run */
}

/* ---- the verb ----------------------------------------------------------- */

static bool
keep(struct cli *c, int64_t dead_id, const char *path, struct oms_error *err)
{
	const char *note = cli_opt(c, "note");
	struct run *run = jobs_open(c->ctx, c->home, err);
	int64_t version = 0;
	struct out *o;

	if (run == NULL ||
	    !dead_edit(run, dead_id, path,
		note != NULL ? note : "oms dead edit", &version, err))
		return false;
	o = out_open(c, "dead", "id state version");
	out_row(o);
	out_int(o, "id", dead_id);
	out_text(o, "state", version == 0 ? "unchanged" : "edited");
	out_text(o, "code", "");
	out_int(o, "version", version);
	out_row_end(o);
	(void)out_close(o);
	if (version != 0)
		cli_say(c, "now: oms dead retry %lld --dry-run",
		    (long long)dead_id);
	return true;
}

/* The last version, with what was edited in deadletter/ before. */
static bool
open_copy(struct cli *c, int64_t dead_id, const char *dir, char **ret_path,
    struct oms_error *err)
{
	struct run *run = jobs_open(c->ctx, c->home, err);
	struct dead_row *d;

	if (run == NULL || !dead_take_edits(run, dead_id, err) ||
	    (d = dead_load(run->db, c->ctx, dead_id, err)) == NULL)
		return false;
	*ret_path = fs_path(c->ctx, dir, d->name);
	if (!copy_out(run, c->ctx, d, *ret_path, err))
		return false;
	mem_free(run); /* nobody waits for a person at his editor */
	return true;
}

static bool
edit(struct cli *c, int64_t dead_id, struct oms_error *err)
{
	char *dir, *path = NULL;
	bool ok;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return oms_fail(err, OMS_USAGE,
		    "an editor needs a terminal: give --with FILE, or --with - "
		    "for standard input");
	dir = private_folder(c->ctx, c->home, err);
	if (dir == NULL)
		return false;
	ok = open_copy(c, dead_id, dir, &path, err) &&
	    run_editor(c->ctx, path, err);
	if (ok && !keep(c, dead_id, path, err)) {
		cli_say(c, "your text is in %s until the next run", path);
		return false;
	}
	if (path != NULL)
		remove_private(dir, path);
	return ok;
}

static bool
edit_with(struct cli *c, int64_t dead_id, const char *file,
    struct oms_error *err)
{
	char *dir, *path;
	bool ok;

	if (strcmp(file, "-") != 0)
		return access(file, R_OK) == 0
		    ? keep(c, dead_id, file, err)
		    : oms_fail_errno(err, OMS_USAGE, "--with %s", file);
	dir = private_folder(c->ctx, c->home, err);
	if (dir == NULL)
		return false;
	path = fs_path(c->ctx, dir, "stdin");
	ok = copy_stdin(path, err) && keep(c, dead_id, path, err);
	remove_private(dir, path);
	return ok;
}

enum exit_code
cmd_dead_edit(struct cli *c)
{
	const char *file = cli_opt(c, "with");
	struct oms_error err = NO_ERROR;
	int64_t dead_id;
	bool ok;

	if (!cli_id(c->args[0], &dead_id, &err))
		return cli_fail(c, &err);
	ok = file != NULL ? edit_with(c, dead_id, file, &err)
			  : edit(c, dead_id, &err);
	return ok ? EXIT_OK : cli_fail_named(c, &err);
}
