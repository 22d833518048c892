/*
 * pattern.h - does a text match a regular expression, as a whole?
 *
 * Expressions come from reference files and are matched against text of
 * partners, so the work of one match is bounded: a bad pair costs an error,
 * never the night.  A thin veneer over PCRE2, which knows UTF-8.
 */
#ifndef OMS_BASE_PATTERN_H
#define OMS_BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/mem.h"

struct pattern; /* opaque */

/*
 * pattern_new - compile an expression; it matches whole texts only.
 *
 * ctx     owner of the result
 * text    PCRE2 syntax, UTF-8           e.g. "[0-9]{5}(-[0-9]{4})?"
 * errors  OMS_VALUE  not an expression; the reason names the place
 * source  pcre2api(3)
 */
struct pattern *pattern_new(mem_ctx *ctx, const char *text,
    struct oms_error *err) MUST_CHECK;

/*
 * pattern_match - try the expression on all of s.
 *
 * *ret    whether it matched; set only on true
 * errors  OMS_VALUE  s is not UTF-8
 *         OMS_LIMIT  the match would take too much time or memory
 */
bool pattern_match(const struct pattern *p, const char *s, bool *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * pattern_group - as pattern_match(), and where the first group matched.
 *
 * *ret_at, *ret_len  bytes of s; set only when it matched, 0 and 0 when the
 *                    group did not take part
 */
bool pattern_group(const struct pattern *p, const char *s, bool *ret,
    size_t *ret_at, size_t *ret_len, struct oms_error *err) MUST_CHECK;

#endif
