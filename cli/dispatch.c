/*
 * dispatch.c - the command line: global options, the verb, its exit status.
 *
 *	oms [--home DIR] [--json] [--quiet] [--verbose] [--now TIME] VERB ...
 *
 * Options may stand before and after the verb; "--" ends them.
 */

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/num.h"
#include "cli/cli.h"

enum { ALL_OPTIONS_MAX = 96 };

const struct cli_option cli_globals[] = {
	{ "home", "DIR", "the home to work on (OMS_HOME, else .)" },
	{ "json", NULL, "JSON Lines instead of text" },
	{ "quiet", NULL, "say nothing but errors" },
	{ "verbose", NULL, "say what is done" },
	{ "now", "TIME", "the time to work by, for tests (OMS_NOW)" },
	{ "version", NULL, "the version of this program" },
	{ "help", NULL, "this help" },
	{ NULL, NULL, NULL },
};

static const struct option *
option_of(const struct option *all, const char *name)
{
	for (; all->name != NULL; all++)
		if (strcmp(all->name, name) == 0)
			return all;
	return NULL;
}

static size_t
add_options(struct option *all, size_t n, const struct cli_option *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		int arg = o->arg != NULL ? required_argument : no_argument;
		const struct option *same = option_of(all, o->name);

		/* One name takes an argument everywhere or nowhere: the
		 * verb is not known yet when options are read. */
		assert(same == NULL || same->has_arg == arg);
		assert(n + 1 < ALL_OPTIONS_MAX);
		if (same == NULL)
			all[n++] = (struct option){ o->name, arg, NULL, 1 };
	}
	return n;
}

static bool
has_option(const struct cli_option *o, const char *name)
{
	for (; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return true;
	return false;
}

static void
offer_options(struct nearest *n, const struct cli_option *o)
{
	for (; o != NULL && o->name != NULL; o++)
		nearest_offer(n, o->name);
}

/* The option as it was written: getopt would also take its beginning. */
static const char *
written(char **argv, const char *value)
{
	const char *last = argv[optind - 1];

	if (value != NULL && last == value)
		last = argv[optind - 2];
	return last;
}

static bool
is_abbreviated(const char *text, const char *name)
{
	size_t n = strcspn(text + 2, "=");

	return text[0] == '-' && text[1] == '-' &&
	    (strlen(name) != n || strncmp(text + 2, name, n) != 0);
}

static bool
bad_option(const char *text, struct oms_error *err)
{
	char name[48];
	struct nearest n = NEAREST_TO(name);
	const char *meant;

	snprintf(name, sizeof(name), "%.*s",
	    (int)strcspn(text + strspn(text, "-"), "="),
	    text + strspn(text, "-"));
	offer_options(&n, cli_globals);
	for (size_t i = 0; i < verb_count; i++)
		offer_options(&n, verbs[i].options);
	meant = nearest_found(&n);
	return oms_fail(err, OMS_USAGE, "unknown option %.60s%s%s%s", text,
	    meant != NULL ? "; is --" : "", meant != NULL ? meant : "",
	    meant != NULL ? " meant?" : "");
}

static bool
keep_option(struct cli *c, const char *name, const char *value,
    struct oms_error *err)
{
	if (c->given_count == CLI_OPTIONS_MAX)
		return oms_fail(err, OMS_USAGE, "too many options");
	if (cli_flag(c, name) && value != NULL)
		return oms_fail(err, OMS_USAGE, "--%s is given twice", name);
	c->given_name[c->given_count] = name;
	c->given_value[c->given_count++] = value;
	return true;
}

/* Take the options out; what is left in argv from optind on are words. */
static bool
read_options(struct cli *c, int argc, char **argv, struct oms_error *err)
{
	static struct option all[ALL_OPTIONS_MAX];
	size_t n = add_options(all, 0, cli_globals);
	int got, index = 0;

	for (size_t i = 0; i < verb_count; i++)
		n = add_options(all, n, verbs[i].options);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((got = getopt_long(argc, argv, ":hqv", all, &index)) != -1) {
		if (got == 'h' || got == 'q' || got == 'v') {
			if (!keep_option(c,
				got == 'h'       ? "help"
				    : got == 'q' ? "quiet"
						 : "verbose",
				NULL, err))
				return false;
			continue;
		}
		if (got == ':')
			return oms_fail(err, OMS_USAGE, "%.60s needs a value",
			    argv[optind - 1]);
		if (got == '?' ||
		    is_abbreviated(written(argv, optarg), all[index].name))
			return bad_option(written(argv, optarg), err);
		if (!keep_option(c, all[index].name, optarg, err))
			return false;
	}
	return true;
}

static bool
unknown_verb(const char *name, const char *sub, struct oms_error *err)
{
	struct nearest n = NEAREST_TO(sub != NULL ? sub : name);
	const char *meant;

	for (size_t i = 0; i < verb_count; i++)
		if (sub == NULL)
			nearest_offer(&n, verbs[i].name);
		else if (strcmp(verbs[i].name, name) == 0)
			nearest_offer(&n, verbs[i].sub);
	meant = nearest_found(&n);
	return oms_fail(err, OMS_USAGE, "unknown verb \"%.40s%s%.40s\"%s%s%s",
	    name, sub != NULL ? " " : "", sub != NULL ? sub : "",
	    meant != NULL ? "; is \"" : "; see oms --help",
	    meant != NULL ? meant : "", meant != NULL ? "\" meant?" : "");
}

/* The row for the words; how many of them it took. */
static const struct verb *
verb_of(char **words, size_t count, size_t *ret_taken)
{
	for (size_t i = 0; i < verb_count; i++) {
		const struct verb *v = &verbs[i];

		*ret_taken = v->sub == NULL ? 1 : 2;
		if (*ret_taken <= count && strcmp(v->name, words[0]) == 0 &&
		    (v->sub == NULL || strcmp(v->sub, words[1]) == 0))
			return v;
	}
	return NULL;
}

static bool
is_family(const char *name)
{
	for (size_t i = 0; i < verb_count; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return true;
	return false;
}

/* "order" alone: which verbs are there? */
static bool
half_verb(const char *name, struct oms_error *err)
{
	char known[200] = "";

	for (size_t i = 0; i < verb_count; i++) {
		size_t n = strlen(known);

		if (strcmp(verbs[i].name, name) == 0)
			snprintf(known + n, sizeof(known) - n, " %s",
			    verbs[i].sub);
	}
	return oms_fail(err, OMS_USAGE, "oms %s needs one of:%s", name, known);
}

static bool
check_use(const struct cli *c, struct oms_error *err)
{
	const struct verb *v = c->verb;

	for (size_t i = 0; i < c->given_count; i++)
		if (!has_option(cli_globals, c->given_name[i]) &&
		    !has_option(v->options, c->given_name[i]))
			return oms_fail(err, OMS_USAGE,
			    "--%s is no option of oms %s%s%s", c->given_name[i],
			    v->name, v->sub != NULL ? " " : "",
			    v->sub != NULL ? v->sub : "");
	if (c->arg_count < v->args_min || c->arg_count > v->args_max)
		return oms_fail(err, OMS_USAGE, "usage: oms %s%s%s%s%s",
		    v->name, v->sub != NULL ? " " : "",
		    v->sub != NULL ? v->sub : "", v->args[0] != '\0' ? " " : "",
		    v->args);
	return true;
}

static const struct verb *
find_verb(struct cli *c, char **words, size_t count, struct oms_error *err)
{
	const struct verb *v;
	size_t taken;

	if (count == 0) {
		oms_fail(err, OMS_USAGE, "no verb; see oms --help");
		return NULL;
	}
	v = verb_of(words, count, &taken);
	if (v == NULL && count == 1 && is_family(words[0]))
		(void)half_verb(words[0], err);
	else if (v == NULL)
		(void)unknown_verb(words[0],
		    is_family(words[0]) ? words[1] : NULL, err);
	if (v == NULL)
		return NULL;
	c->verb = v;
	c->args = words + taken;
	c->arg_count = count - taken;
	return check_use(c, err) ? v : NULL;
}

/* A time as people write it, or microseconds since 1970. */
static bool
fix_clock(const char *text, struct oms_error *err)
{
	struct oms_error ignored = NO_ERROR;
	int64_t us;

	if (!num_parse_int(text, 0, INT64_MAX, &us, &ignored) &&
	    !num_parse_ts(text, &us, err))
		return oms_fail(err, OMS_USAGE,
		    "--now \"%.40s\" is not a time like 2026-03-28T02:00:00Z",
		    text);
	clock_fix(us);
	return true;
}

static bool
use_globals(struct cli *c, struct oms_error *err)
{
	const char *home = cli_opt(c, "home"), *now = cli_opt(c, "now");

	if (home == NULL)
		home = getenv("OMS_HOME");
	c->home = home != NULL && home[0] != '\0' ? home : ".";
	c->json = cli_flag(c, "json");
	c->quiet = cli_flag(c, "quiet");
	c->verbose = cli_flag(c, "verbose");
	if (c->verbose)
		log_set_level(LOG_INFO_);
	if (c->quiet)
		log_set_level(LOG_ERROR_);
	if (now == NULL)
		now = getenv("OMS_NOW");
	return now == NULL || now[0] == '\0' || fix_clock(now, err);
}

static enum exit_code
run_verb(struct cli *c, char **words, size_t count)
{
	struct oms_error err = NO_ERROR;
	const struct verb *v = find_verb(c, words, count, &err);

	return v != NULL ? v->fn(c) : cli_fail(c, &err);
}

static enum exit_code
help(struct cli *c, char **words, size_t count)
{
	struct oms_error err = NO_ERROR;

	if (count > 0 && !is_family(words[0])) {
		(void)unknown_verb(words[0], NULL, &err);
		return cli_fail(c, &err);
	}
	cli_help(count > 0 ? words[0] : NULL, count > 1 ? words[1] : NULL);
	return EXIT_OK;
}

enum exit_code
cli_main(mem_ctx *ctx, int argc, char **argv)
{
	struct cli c = { .ctx = ctx };
	struct oms_error err = NO_ERROR;
	bool is_read = read_options(&c, argc, argv, &err);
	char **words = argv + optind;
	size_t count = (size_t)(argc - optind);

	/* Before all else, so that the complaint has the form asked for. */
	if (!use_globals(&c, &err) || !is_read)
		return cli_fail(&c, &err);
	if (cli_flag(&c, "version")) {
		printf("oms %s\n", OMS_VERSION);
		return EXIT_OK;
	}
	if (count > 0 && strcmp(words[0], "help") == 0)
		return help(&c, words + 1, count - 1);
	if (cli_flag(&c, "help"))
		return help(&c, words, count);
	return run_verb(&c, words, count);
}
