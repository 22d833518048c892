/* help.c - what a verb does, from the table of verbs. */

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum { INDENT = 28 };

static void
print_option(const struct cli_option *o)
{
	char left[80];

	snprintf(left, sizeof(left), "  --%s%s%s", o->name,
	    o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
	printf("%-*s %s\n", INDENT, left, o->what);
}

static void
print_verb(const struct verb *v)
{
	char left[80];

	snprintf(left, sizeof(left), "  %s%s%s%s%s", v->name,
	    v->sub != NULL ? " " : "", v->sub != NULL ? v->sub : "",
	    v->args[0] != '\0' ? " " : "", v->args);
	if (strlen(left) >= INDENT)
		printf("%s\n%-*s %s\n", left, INDENT, "", v->what);
	else
		printf("%-*s %s\n", INDENT, left, v->what);
}

static void
help_one(const struct verb *v)
{
	printf("oms %s%s%s%s%s - %s\n", v->name, v->sub != NULL ? " " : "",
	    v->sub != NULL ? v->sub : "", v->args[0] != '\0' ? " " : "",
	    v->args, v->what);
	if (v->more != NULL)
		printf("\n%s\n", v->more);
	if (v->options != NULL)
		printf("\n");
	for (const struct cli_option *o = v->options;
	     o != NULL && o->name != NULL; o++)
		print_option(o);
}

static void
help_all(void)
{
	printf("oms - order management for merchants whose systems talk in "
	       "files\n\n"
	       "usage: oms [options] VERB ...\n\n");
	for (size_t i = 0; i < verb_count; i++)
		print_verb(&verbs[i]);
	printf("\n");
	for (const struct cli_option *o = cli_globals; o->name != NULL; o++)
		print_option(o);
	printf("\nexit status: 0 all well, 1 internal, 2 usage or "
	       "configuration, 3 some items are\n"
	       "dead or rejected, 4 nothing to do, 5 run again, 6 another "
	       "run is at work,\n"
	       "7 refused by a partner, 8 store damaged or too new, 9 no "
	       "space, 10 a delivery\n"
	       "is uncertain, 11 a check found problems, 12 somebody stopped "
	       "it\n");
}

void
cli_help(const char *name, const char *sub)
{
	size_t shown = 0, of_family = 0;

	if (name == NULL) {
		help_all();
		return;
	}
	for (size_t i = 0; i < verb_count; i++)
		of_family += strcmp(verbs[i].name, name) == 0;
	for (size_t i = 0; i < verb_count; i++) {
		const struct verb *v = &verbs[i];

		if (strcmp(v->name, name) != 0 ||
		    (sub != NULL && v->sub != NULL && strcmp(v->sub, sub) != 0))
			continue;
		shown++;
		if (sub != NULL || of_family == 1)
			help_one(v);
		else
			print_verb(v);
	}
	if (shown == 0) /* an unknown second word: show the family */
		cli_help(name, NULL);
}
