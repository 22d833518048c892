/* cmd_explain.c - the table of codes, for people. */

#include <stdio.h>

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/out.h"

static void
explain(struct out *o, enum oms_code code)
{
	out_row(o);
	out_text(o, "id", oms_code_name(code));
	out_text(o, "code", oms_code_name(code));
	out_text(o, "class", oms_class_name(oms_code_class(code)));
	out_text(o, "meaning", oms_code_meaning(code));
	out_text(o, "action", oms_code_action(code));
	out_row_end(o);
}

static enum exit_code
explain_all(struct cli *c)
{
	struct out *o = out_open(c, "code", "code meaning*");

	for (int i = 0; i < OMS_CODE_COUNT; i++)
		explain(o, (enum oms_code)i);
	(void)out_close(o);
	return EXIT_OK;
}

static enum exit_code
unknown(struct cli *c, const char *name)
{
	struct nearest n = NEAREST_TO(name);
	struct oms_error err = NO_ERROR;
	const char *meant;

	for (int i = 0; i < OMS_CODE_COUNT; i++)
		nearest_offer(&n, oms_code_name((enum oms_code)i));
	meant = nearest_found(&n);
	oms_fail(&err, OMS_USAGE, "no code \"%.40s\"%s%s%s", name,
	    meant != NULL ? "; is " : "; see oms explain --all",
	    meant != NULL ? meant : "", meant != NULL ? " meant?" : "");
	return cli_fail(c, &err);
}

enum exit_code
cmd_explain(struct cli *c)
{
	enum oms_code code;

	if (c->arg_count == 0 || cli_flag(c, "all"))
		return explain_all(c);
	code = oms_code_of_name(c->args[0]);
	if (code == OMS_CODE_COUNT)
		return unknown(c, c->args[0]);
	if (c->json) {
		struct out *o = out_open(c, "code", "");

		explain(o, code);
		(void)out_close(o);
		return EXIT_OK;
	}
	printf("code     %s\nclass    %s\nmeaning  %s\nto do    %s\n",
	    oms_code_name(code), oms_class_name(oms_code_class(code)),
	    oms_code_meaning(code), oms_code_action(code));
	return EXIT_OK;
}
