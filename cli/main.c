/* main.c - the process around the command line: see dispatch.c. */

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

/* Tables need wide characters; cron runs us without a locale. */
static void
set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL ||
	    strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* Data that did not reach its reader is a failure, unless he left. */
static enum exit_code
finish_output(enum exit_code code)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (errno == EPIPE || errno == 0)
		return code;
	fprintf(stderr, "oms: write the output: %s\n", strerror(errno));
	return code == EXIT_OK ? EXIT_TEMPORARY : code;
}

int
main(int argc, char **argv)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "oms");
	enum exit_code code;

	mem_for_openssl();
	(void)umask(027);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a write fails then, and we say so */
	set_locale();
	code = finish_output(cli_main(ctx, argc, argv));
	mem_free(ctx);
	return (int)code;
}
