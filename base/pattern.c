/* pattern.c - see pattern.h; the one home of PCRE2. */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/pattern.h"

#include <pcre2.h>
#include <string.h>

enum {
	STEPS_MAX = 100000, /* backtracking steps of one match */
	DEPTH_MAX = 1000,
	HEAP_MAX_KIB = 1024
};

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *result;
};

static void
pattern_close(void *p)
{
	struct pattern *pattern = p;

	pcre2_match_data_free(pattern->result);
	pcre2_match_context_free(pattern->limits);
	pcre2_code_free(pattern->code);
}

static bool
fail(struct oms_error *err, enum oms_code code, const char *what, int rc)
{
	char why[120];

	pcre2_get_error_message(rc, (PCRE2_UCHAR *)why, sizeof(why));
	return oms_fail(err, code, "%s: %s", what, why);
}

struct pattern *
pattern_new(mem_ctx *ctx, const char *text, struct oms_error *err)
{
	struct pattern *p = mem_new(ctx, struct pattern);
	PCRE2_SIZE at;
	int rc;

	mem_on_free(p, pattern_close);
	p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED |
		PCRE2_NEVER_BACKSLASH_C,
	    &rc, &at, NULL);
	if (p->code == NULL) {
		fail(err, OMS_VALUE, "not a pattern", rc);
		oms_context(err, "\"%.60s\" at %zu", text, at);
		mem_free(p);
		return NULL;
	}
	p->limits = pcre2_match_context_create(NULL);
	p->result = pcre2_match_data_create(2, NULL);
	if (p->limits == NULL || p->result == NULL) {
		fail(err, OMS_LIMIT, "pattern", PCRE2_ERROR_NOMEMORY);
		mem_free(p);
		return NULL;
	}
	pcre2_set_match_limit(p->limits, STEPS_MAX);
	pcre2_set_depth_limit(p->limits, DEPTH_MAX);
	pcre2_set_heap_limit(p->limits, HEAP_MAX_KIB);
	return p;
}

bool
pattern_match(const struct pattern *p, const char *s, bool *ret,
    struct oms_error *err)
{
	int rc = pcre2_match(p->code, (PCRE2_SPTR)s, strlen(s), 0, 0, p->result,
	    p->limits);

	switch (rc) {
	case PCRE2_ERROR_NOMATCH: *ret = false; return true;
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
	case PCRE2_ERROR_NOMEMORY: return fail(err, OMS_LIMIT, "match", rc);
	default: break;
	}
	if (rc < 0)
		return fail(err, OMS_VALUE, "match", rc);
	*ret = true;
	return true;
}

bool
pattern_group(const struct pattern *p, const char *s, bool *ret, size_t *ret_at,
    size_t *ret_len, struct oms_error *err)
{
	const PCRE2_SIZE *v;

	if (!pattern_match(p, s, ret, err))
		return false;
	if (!*ret)
		return true;
	v = pcre2_get_ovector_pointer(p->result);
	*ret_at = v[2] == PCRE2_UNSET ? 0 : v[2];
	*ret_len = v[2] == PCRE2_UNSET ? 0 : v[3] - v[2];
	return true;
}
