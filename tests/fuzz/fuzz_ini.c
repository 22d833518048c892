/* fuzz_ini.c - no bytes may crash the INI reader; lines come in order. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/inifile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
on_section(void *u, const char *section, int line_no)
{
	int *last = u;

	assert(strlen(section) <= INIFILE_SECTION_MAX_BYTES);
	assert(line_no >= *last);
	*last = line_no;
}

static void
on_pair(void *u, const char *section, const char *key, const char *value,
    int line_no)
{
	(void)section;
	assert(strlen(key) + strlen(value) <= INIFILE_LINE_MAX_BYTES);
	assert(line_no >= *(int *)u);
}

static void
on_fault(void *u, int line_no, const char *text)
{
	(void)u;
	assert(line_no > 0 && text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int last = 0;
	const struct inifile_events ev = { on_section, on_pair, on_fault,
		&last };
	mem_ctx *ctx = mem_ctx_new(NULL, "fuzz");

	char *copy = mem_zero(ctx, n + 1, "copy");

	memcpy(copy, data, n);
	inifile_parse(copy, n, &ev);
	mem_free(ctx);
	return 0;
}
