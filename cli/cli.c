/* cli.c - see cli.h. */

#include "cli/cli.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "pipeline/personal.h"
#include "store/db.h"
#include "writers/json.h"

enum {
	READ_CACHE_BYTES = 16 << 20,
	ERROR_LINE_BYTES = 8192,
	PATTERN_MAX_BYTES = 8192 /* the database takes 50,000 */
};

static const char *
given(const struct cli *c, const char *name, bool *ret_given)
{
	*ret_given = true;
	for (size_t i = 0; i < c->given_count; i++)
		if (strcmp(c->given_name[i], name) == 0)
			return c->given_value[i];
	*ret_given = false;
	return NULL;
}

bool
cli_flag(const struct cli *c, const char *name)
{
	bool is_given;

	(void)given(c, name, &is_given);
	return is_given;
}

const char *
cli_opt(const struct cli *c, const char *name)
{
	bool is_given;

	return given(c, name, &is_given);
}

const char *
cli_filter(const struct cli *c, const char *name)
{
	const char *value = cli_opt(c, name);

	return value != NULL ? value : "";
}

bool
cli_opt_int(const struct cli *c, const char *name, int64_t min, int64_t max,
    int64_t fallback, int64_t *ret, struct oms_error *err)
{
	const char *text = cli_opt(c, name);

	*ret = fallback;
	if (text == NULL || num_parse_int(text, min, max, ret, err))
		return true;
	return oms_fail(err, OMS_USAGE,
	    "--%s \"%.40s\" is not a whole number from %lld to %lld", name,
	    text, (long long)min, (long long)max);
}

bool
cli_id(const char *arg, int64_t *ret, struct oms_error *err)
{
	return num_parse_int(arg, 1, INT64_MAX, ret, err) ||
	    oms_fail(err, OMS_USAGE, "\"%.40s\" is no id: a number from 1 on",
		arg);
}

char *
cli_like(mem_ctx *ctx, const char *before, const char *text, const char *after)
{
	struct sbuf b;

	sbuf_init(&b, ctx, PATTERN_MAX_BYTES);
	sbuf_adds(&b, before);
	for (; *text != '\0'; text++) {
		if (strchr("%_\\", *text) != NULL)
			sbuf_addc(&b, '\\');
		sbuf_addc(&b, *text);
	}
	sbuf_adds(&b, after);
	return b.p;
}

static void
verb_name(const struct cli *c, char *dst, size_t size)
{
	const struct verb *v = c->verb;

	snprintf(dst, size, "%s%s%s", v == NULL ? "" : v->name,
	    v == NULL || v->sub == NULL ? "" : " ",
	    v == NULL || v->sub == NULL ? "" : v->sub);
}

static void
fail_json(const char *name, const struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "error");
	struct sbuf line;
	struct json j;

	sbuf_init(&line, ctx, ERROR_LINE_BYTES);
	json_begin(&j, &line);
	json_object(&j, NULL);
	json_int(&j, "v", 1);
	json_text(&j, "kind", "error");
	json_text(&j, "verb", name);
	json_text(&j, "code", oms_code_name(err->code));
	json_text(&j, "where", err->where);
	json_text(&j, "message", err->reason);
	json_text(&j, "action", oms_code_action(err->code));
	json_close(&j);
	(void)fwrite(line.p, 1, line.len, stderr);
	mem_free(ctx);
}

enum exit_code
cli_fail_named(const struct cli *c, struct oms_error *err)
{
	if (err->code == OMS_NOT_FOUND || err->code == OMS_REFERENCE)
		err->code = OMS_USAGE;
	return cli_fail(c, err);
}

enum exit_code
cli_fail(const struct cli *c, const struct oms_error *err)
{
	char name[80];

	verb_name(c, name, sizeof(name));
	if (c->json) {
		fail_json(name, err);
		return exit_code_of(err->code);
	}
	if (name[0] == '\0') /* it is not known yet */
		fprintf(stderr, "oms: %s [%s]\n", err->reason,
		    oms_code_name(err->code));
	else
		log_error(name, err);
	/* What to do is worth a line when a person must do it and the
	 * reason does not say it. */
	if ((oms_code_class(err->code) >= CLASS_OPERATOR ||
		err->code == OMS_IO) &&
	    err->code != OMS_USAGE && err->code != OMS_CONFIG &&
	    (!c->quiet || oms_code_class(err->code) == CLASS_STOP))
		fprintf(stderr, "hint: %s\n", oms_code_action(err->code));
	return exit_code_of(err->code);
}

void
cli_say(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet)
		return;
	(void)fflush(stdout); /* after what was printed before */
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

struct run *
cli_open(struct cli *c, struct oms_error *err)
{
	struct run *run = mem_new(c->ctx, struct run);
	struct oms_error why = NO_ERROR;
	struct config *cfg = config_load(c->ctx, c->home, &why);

	/* Looking must work when the configuration does not. */
	if (cfg == NULL) {
		cfg = mem_new(c->ctx, struct config);
		cfg->home = mem_strdup(c->ctx, c->home);
		cfg->personal_key = mem_strdup(c->ctx,
		    "file:keys/personal.key");
	}
	run->ctx = c->ctx;
	run->cfg = cfg;
	run->now_us = clock_now_us();
	run->db = db_open(c->ctx, c->home, DB_READ, READ_CACHE_BYTES, err);
	if (run->db == NULL)
		return NULL;
	why = NO_ERROR;
	if (!personal_open(run, &why)) /* then it is shown as it lies there */
		cli_say(c, "%s [%s]", why.reason, oms_code_name(why.code));
	return run;
}

void
cli_note(struct cli *c, const struct audit_entry *e)
{
	struct oms_error err = NO_ERROR;
	struct run *run = jobs_open(c->ctx, c->home, &err);

	if (run != NULL && db_begin(run->db, &err)) {
		if (audit_add(run->db, run->now_us, run->actor, e, &err) &&
		    db_commit(run->db, "cli.note", &err))
			return;
		db_rollback(run->db);
	}
	cli_say(c, "not in the audit: %s", err.reason);
}
