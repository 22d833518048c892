/*
 * error.h - what went wrong, said once, for three readers.
 *
 *   the caller    reads the code            (enum oms_code)
 *   the policy    reads the class           (retry, reject, operator)
 *   the operator  reads where and reason    (CLI, log, dead letter)
 *
 * A function that can fail returns bool, true when it did its work, or a
 * pointer, NULL when it could not; the error is its last argument and is
 * untouched on success.  Recording an error never allocates, so it works
 * when memory is what ran out.
 */
#ifndef OMS_BASE_ERROR_H
#define OMS_BASE_ERROR_H

#include <stdbool.h>

#include "base/codes.h"

/*
 * What to do about it: try again, reject the data, ask for a person, or stop
 * the run at once because going on would do harm.
 */
enum oms_class {
	CLASS_NONE,
	CLASS_RETRY,
	CLASS_REJECT,
	CLASS_OPERATOR,
	CLASS_STOP
};

#define X(code, name, class, meaning, action) code,
enum oms_code { OMS_CODES(X) OMS_CODE_COUNT };
#undef X

struct oms_error {
	enum oms_code code;
	char where[256];  /* "acme/po-17.csv line 42 field qty", or "" */
	char reason[480]; /* outermost context first, cause last; never NULL */
};

#define NO_ERROR     ((struct oms_error){ .code = OMS_OK })
#define MUST_CHECK   __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Record a failure.  Always false, so callers write "return oms_fail(". */
bool oms_fail(struct oms_error *err, enum oms_code code, const char *fmt, ...)
    PRINTF(3, 4);

/* As oms_fail, with ": " and strerror(errno) appended. */
bool oms_fail_errno(struct oms_error *err, enum oms_code code, const char *fmt,
    ...) PRINTF(3, 4);

/* Say what we were doing: put "text: " in front of the reason. */
bool oms_context(struct oms_error *err, const char *fmt, ...) PRINTF(2, 3);

/* Say where in the data; each caller adds its own, outermost first. */
bool oms_at(struct oms_error *err, const char *fmt, ...) PRINTF(2, 3);

const char *oms_code_name(enum oms_code code);
enum oms_class oms_code_class(enum oms_code code);
const char *oms_class_name(enum oms_class class);
const char *oms_code_meaning(enum oms_code code);
const char *oms_code_action(enum oms_code code);

/* The code of that name; OMS_CODE_COUNT when there is none. */
enum oms_code oms_code_of_name(const char *name);

#endif
