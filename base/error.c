/* error.c - see error.h. */

#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum oms_class class;
	const char *meaning;
	const char *action;
} codes[] = {
#define X(code, name, class, meaning, action)                                  \
	[code] = { name, class, meaning, action },
	OMS_CODES(X)
#undef X
};

static void PRINTF(3, 0)
    vset(struct oms_error *err, enum oms_code code, const char *fmt, va_list ap)
{
	err->code = code;
	err->where[0] = '\0';
	vsnprintf(err->reason, sizeof(err->reason), fmt, ap);
}

/* Put text, a separator and what dst held before into dst; cut if too long. */
static void PRINTF(4, 0) vprepend(char *dst, size_t size, const char *sep,
    const char *fmt, va_list ap)
{
	char before[sizeof(((struct oms_error *)0)->reason)];
	size_t n;

	snprintf(before, sizeof(before), "%s", dst);
	vsnprintf(dst, size, fmt, ap);
	n = strlen(dst);
	if (before[0] != '\0')
		snprintf(dst + n, size - n, "%s%s", sep, before);
}

bool
oms_fail(struct oms_error *err, enum oms_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vset(err, code, fmt, ap);
	va_end(ap);
	return false;
}

bool
oms_fail_errno(struct oms_error *err, enum oms_code code, const char *fmt, ...)
{
	const char *cause = strerror(errno); /* before anything changes errno */
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vset(err, code, fmt, ap);
	va_end(ap);
	n = strlen(err->reason);
	snprintf(err->reason + n, sizeof(err->reason) - n, ": %s", cause);
	return false;
}

bool
oms_context(struct oms_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprepend(err->reason, sizeof(err->reason), ": ", fmt, ap);
	va_end(ap);
	return false;
}

bool
oms_at(struct oms_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprepend(err->where, sizeof(err->where), " ", fmt, ap);
	va_end(ap);
	return false;
}

const char *
oms_code_name(enum oms_code code)
{
	return codes[code].name;
}

enum oms_class
oms_code_class(enum oms_code code)
{
	return codes[code].class;
}

const char *oms_class_name(enum oms_class class)
{
	static const char *const names[] = { "none", "retry", "reject",
		"operator", "stop" };

	return names[class];
}

const char *
oms_code_meaning(enum oms_code code)
{
	return codes[code].meaning;
}

const char *
oms_code_action(enum oms_code code)
{
	return codes[code].action;
}

enum oms_code
oms_code_of_name(const char *name)
{
	int code = 0;

	while (code < OMS_CODE_COUNT && strcmp(codes[code].name, name) != 0)
		code++;
	return (enum oms_code)code;
}
