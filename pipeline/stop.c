/* stop.c - see stop.h. */

#include "pipeline/stop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fs.h"
#include "base/num.h"

enum { TEXT_MAX_BYTES = 1000 };

static char *
path_of(mem_ctx *ctx, const char *home, const char *partner)
{
	return mem_printf(ctx, "%s/stop/%s", home,
	    partner != NULL ? partner : "ALL");
}

static bool
write_flag(mem_ctx *ctx, const char *home, const char *path, const char *text,
    struct oms_error *err)
{
	char *dir = fs_path(ctx, home, "stop");
	char *tmp = mem_printf(ctx, "%s/.%ld.tmp", dir, (long)getpid());

	if (!fs_mkdir(dir, 0750, err))
		return false;
	(void)unlink(tmp); /* of a process that died and had our number */
	if (!fs_write_tmp(tmp, text, strlen(text), 0640, err))
		return false;
	if (!fs_publish(tmp, path, err)) {
		(void)unlink(tmp);
		if (err->code != OMS_EXISTS)
			return false;
		*err = NO_ERROR; /* somebody else stopped it just now */
	}
	fault_step("stop.set");
	return true;
}

bool
stop_set(const char *home, const char *partner, const char *actor,
    int64_t ts_us, const char *reason, bool *ret_new, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "stop");
	char *path = path_of(ctx, home, partner);
	bool is_new = access(path, F_OK) != 0;
	char ts[NUM_TS_BYTES];
	char *text = mem_printf(ctx, "%s by %s: %.500s\n",
	    num_format_ts(ts_us, ts), actor, reason);
	bool ok = !is_new || write_flag(ctx, home, path, text, err);

	mem_free(ctx);
	if (ret_new != NULL)
		*ret_new = is_new;
	return ok || oms_context(err, "stop");
}

bool
stop_clear(const char *home, const char *partner, bool *ret_was,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "stop");
	char *path = path_of(ctx, home, partner);
	bool ok = true;

	*ret_was = access(path, F_OK) == 0;
	if (*ret_was) {
		ok = fs_remove(path, err);
		if (ok)
			fault_step("stop.clear");
	}
	mem_free(ctx);
	return ok || oms_context(err, "start");
}

bool
stop_is_set(const char *home, const char *partner)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "stop");
	bool is_set = access(path_of(ctx, home, partner), F_OK) == 0 ||
	    (errno != ENOENT && errno != ENOTDIR);

	mem_free(ctx);
	return is_set;
}

char *
stop_why(mem_ctx *ctx, const char *home, const char *partner)
{
	struct oms_error unread = NO_ERROR;
	size_t n = 0;
	char *text;

	if (!stop_is_set(home, partner))
		return mem_strdup(ctx, "");
	text = fs_read(ctx, path_of(ctx, home, partner), TEXT_MAX_BYTES, &n,
	    &unread);
	if (text == NULL)
		return mem_strdup(ctx, unread.reason);
	text[strcspn(text, "\n")] = '\0';
	return text;
}
