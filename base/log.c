/* log.c - see log.h. */

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"

static enum log_level shown = LOG_WARN_;

static const char *const level_names[] = { "error", "warn", "info", "debug" };

void
log_set_level(enum log_level level)
{
	shown = level;
}

void
log_event(enum log_level level, const char *stage, const char *fmt, ...)
{
	char line[1200], ts[NUM_TS_BYTES];
	va_list ap;

	if (level > shown)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s %s %s %s\n", num_format_ts(clock_now_us(), ts),
	    level_names[level], stage, line);
}

void
log_error(const char *stage, const struct oms_error *err)
{
	fprintf(stderr, "oms %s: %s%s%s [%s]\n", stage, err->where,
	    err->where[0] != '\0' ? ": " : "", err->reason,
	    oms_code_name(err->code));
}
