/*
 * cli.h - what every verb is given, and how it answers.
 *
 * A verb is a row of the table in verbs.c: name, arguments, options, a line
 * for people, a function.  The table makes the help, the completion and the
 * checks of the command line, so that they cannot differ.
 *
 * stdout is data; everything else goes to stderr.  What a verb returns is
 * the exit status of the program (jobs/run.h).
 */
#ifndef OMS_CLI_CLI_H
#define OMS_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "jobs/run.h"
#include "pipeline/stage.h"
#include "store/audit.h"

enum { CLI_OPTIONS_MAX = 32 };

struct cli_option {
	const char *name; /* "reason", without the dashes */
	const char *arg;  /* "TEXT"; NULL when it takes none */
	const char *what; /* a line for people */
};

struct verb;

struct cli {
	mem_ctx *ctx; /* lifetime: the program */
	const struct verb *verb;
	const char *home;
	bool json;  /* JSON Lines instead of text */
	bool quiet; /* say nothing but errors */
	bool verbose;
	char **args; /* after the verb; ends with NULL */
	size_t arg_count;
	const char *given_name[CLI_OPTIONS_MAX];
	const char *given_value[CLI_OPTIONS_MAX];
	size_t given_count;
};

struct verb {
	const char *name; /* "order" */
	const char *sub;  /* "show"; NULL when the verb stands alone */
	const char *args; /* "NO", "ID..."; "" none */
	size_t args_min;
	size_t args_max;
	const struct cli_option *options; /* ends with a NULL name */
	enum exit_code (*fn)(struct cli *c);
	const char *what; /* one line */
	const char *more; /* for --help; NULL none */
};

extern const struct verb verbs[]; /* cli/verbs.c */
extern const size_t verb_count;
extern const struct cli_option cli_globals[]; /* ends with a NULL name */

/* Was the option given?  Its value; NULL when not. */
bool cli_flag(const struct cli *c, const char *name);
const char *cli_opt(const struct cli *c, const char *name);
const char *cli_filter(const struct cli *c, const char *name); /* "" if not */

/*
 * cli_opt_int - the number of an option, or fallback when it is not given.
 *
 * errors  OMS_USAGE
 */
bool cli_opt_int(const struct cli *c, const char *name, int64_t min,
    int64_t max, int64_t fallback, int64_t *ret,
    struct oms_error *err) MUST_CHECK;

/* The argument as an id. errors  OMS_USAGE  no whole number from 1 on */
bool cli_id(const char *arg, int64_t *ret, struct oms_error *err) MUST_CHECK;

/*
 * cli_like - a pattern for LIKE ... ESCAPE '\': before, text, after.
 *
 * The wildcards of text are made plain, those of before and after are not.
 */
char *cli_like(mem_ctx *ctx, const char *before, const char *text,
    const char *after);

/* Say the failure, in text or JSON, on stderr; its exit status. */
enum exit_code cli_fail(const struct cli *c, const struct oms_error *err);

/* As cli_fail(), when what is missing is what the person named. */
enum exit_code cli_fail_named(const struct cli *c, struct oms_error *err);

/* Say what was done, on stderr, unless --quiet. */
void cli_say(const struct cli *c, const char *fmt, ...) PRINTF(2, 3);

/*
 * cli_open - the run of a verb that only looks: no lock, no configuration.
 *
 * errors  as db_open()
 */
struct run *cli_open(struct cli *c, struct oms_error *err) MUST_CHECK;

/*
 * cli_note - write into the audit what a verb did that changed no row.
 *
 * What keeps it out of there is said, and is no failure of the verb.
 */
void cli_note(struct cli *c, const struct audit_entry *e);

/* The whole command line; ctx lives as long as the program. */
enum exit_code cli_main(mem_ctx *ctx, int argc, char **argv);

/* "oms --help", "oms VERB --help": to stdout. */
void cli_help(const char *name, const char *sub);

#endif
