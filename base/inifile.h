/*
 * inifile.h - one INI file, read strictly, every fault with its line.
 *
 * inih splits the lines; this reader looks at them first, because inih cuts
 * what it finds too long and stops at the first bad line.  A line with a
 * fault is reported and not read.
 */
#ifndef OMS_BASE_INIFILE_H
#define OMS_BASE_INIFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/mem.h"

enum {
	INIFILE_MAX_BYTES = 1 << 20,
	INIFILE_LINE_MAX_BYTES = 4096,
	INIFILE_SECTION_MAX_BYTES = 48 /* inih cuts longer names in silence */
};

struct inifile_events {
	void (*section)(void *u, const char *section, int line_no);
	void (*pair)(void *u, const char *section, const char *key,
	    const char *value, int line_no);
	void (*fault)(void *u, int line_no, const char *text);
	void *u;
};

/*
 * inifile_load - the bytes of an INI file, into ctx, NUL-terminated.
 *
 * errors  OMS_CONFIG  absent, not a plain file, writable by everybody, or
 *                     larger than INIFILE_MAX_BYTES
 *         OMS_IO
 */
char *inifile_load(mem_ctx *ctx, const char *path, size_t *ret_n,
    struct oms_error *err) MUST_CHECK;

/*
 * inifile_parse - call the events for n bytes, in the order of the lines.
 *
 * Comments begin a line with ; or #.  A value is everything after the first
 * '=' (or ':'), without the blanks around it: there are no inline comments,
 * no quotes and no continued lines.
 */
void inifile_parse(const char *p, size_t n, const struct inifile_events *ev);

#endif
