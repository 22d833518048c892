/* cmd_version.c - which program this is, and how its verbs complete. */

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/out.h"

enum exit_code
cmd_version(struct cli *c)
{
	struct out *o;

	if (!c->json) {
		printf("oms %s\n", OMS_VERSION);
		return EXIT_OK;
	}
	o = out_open(c, "version", "");
	out_row(o);
	out_text(o, "id", "oms");
	out_text(o, "version", OMS_VERSION);
	out_text(o, "compiler", __VERSION__);
	out_row_end(o);
	(void)out_close(o);
	return EXIT_OK;
}

static bool
is_first_of_name(size_t i)
{
	return i == 0 || strcmp(verbs[i - 1].name, verbs[i].name) != 0;
}

static void
print_options(const struct cli_option *o)
{
	for (; o != NULL && o->name != NULL; o++)
		printf(" --%s", o->name);
}

/* "	order) words='show history ...' ;;" */
static void
print_subs(void)
{
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].sub == NULL || !is_first_of_name(i))
			continue;
		printf("\t%s) words='", verbs[i].name);
		for (size_t j = i; j < verb_count &&
		     strcmp(verbs[j].name, verbs[i].name) == 0;
		     j++)
			if (verbs[j].sub != NULL) /* "acks" alone lists */
				printf("%s%s", j > i ? " " : "", verbs[j].sub);
		printf("' ;;\n");
	}
}

static void
print_option_cases(void)
{
	for (size_t i = 0; i < verb_count; i++) {
		const struct verb *v = &verbs[i];

		if (v->options == NULL)
			continue;
		printf(v->sub != NULL ? "\t'%s %s') " : "\t'%s '*%s) ", v->name,
		    v->sub != NULL ? v->sub : "");
		printf("words=\"$words");
		print_options(v->options);
		printf("\" ;;\n");
	}
}

enum exit_code
cmd_completion(struct cli *c)
{
	if (strcmp(c->args[0], "bash") != 0) {
		struct oms_error err = NO_ERROR;

		oms_fail(&err, OMS_USAGE, "only bash is known, not \"%.40s\"",
		    c->args[0]);
		return cli_fail(c, &err);
	}
	printf("# Made by `oms completion bash`; do not edit.\n"
	       "# shellcheck shell=bash disable=SC2207\n"
	       "_oms() {\n"
	       "\tlocal word=${COMP_WORDS[COMP_CWORD]} verb='' sub='' "
	       "words='' w\n"
	       "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	       "\t\tcase $w in\n"
	       "\t\t-*) ;;\n"
	       "\t\t*) if [ -z \"$verb\" ]; then verb=$w; "
	       "elif [ -z \"$sub\" ]; then sub=$w; fi ;;\n"
	       "\t\tesac\n"
	       "\tdone\n"
	       "\tif [ -z \"$verb\" ]; then\n"
	       "\t\twords='");
	for (size_t i = 0; i < verb_count; i++)
		if (is_first_of_name(i))
			printf("%s%s", i > 0 ? " " : "", verbs[i].name);
	printf("'\n"
	       "\telif [ -z \"$sub\" ]; then case $verb in\n");
	print_subs();
	printf("\tesac; fi\n"
	       "\tif [ \"${word:0:1}\" = - ]; then\n"
	       "\twords='");
	print_options(cli_globals);
	printf("'\n"
	       "\tcase \"$verb $sub\" in\n");
	print_option_cases();
	printf("\tesac; fi\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	       "}\n"
	       "complete -o default -F _oms oms\n");
	return EXIT_OK;
}
