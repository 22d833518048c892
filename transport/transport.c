/* transport.c - the checks every backend would have to make; see transport.h. */

#include "transport/transport.h"

#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/str.h"
#include "transport/backend.h"

enum { US_PER_MS = 1000, US_PER_S = 1000000, LISTING_FIRST = 64 };

static const struct {
	const char *name;
	struct transport *(*open)(mem_ctx *ctx, const struct config *cfg,
	    const struct partner *p, struct oms_error *err);
} backends[] = {
	{ "folder", folder_open },
	{ "sftp", sftp_open },
};

/* What a session survives; after anything else it may be out of step. */
static const enum oms_code harmless[] = { OMS_NOT_FOUND, OMS_EXISTS,
	OMS_NET_DENIED, OMS_UNSTABLE, OMS_LIMIT, OMS_REMOTE_FULL };

static struct transport *
with_ring(struct transport *t, const struct config *cfg)
{
	if (t != NULL)
		t->ring = cfg->ring;
	return t;
}

struct transport *
transport_open(mem_ctx *ctx, const struct config *cfg, const struct partner *p,
    struct oms_error *err)
{
	for (size_t i = 0; i < COUNT(backends); i++)
		if (strcmp(p->transport, backends[i].name) == 0)
			return with_ring(backends[i].open(ctx, cfg, p, err),
			    cfg);
	oms_fail(err, OMS_CONFIG, "transport \"%.40s\" is not folder or sftp",
	    p->transport);
	return NULL;
}

int64_t
backend_limit_us(const struct partner *p, enum effort effort)
{
	switch (effort) {
	case EFFORT_LOGIN: /* twice: the host key may need a second look */
		return 2 * US_PER_MS *
		    (p->connect_timeout_ms + 2 * p->idle_timeout_ms);
	case EFFORT_REPLY: return 2 * US_PER_MS * p->idle_timeout_ms;
	case EFFORT_FILE: break;
	}
	return US_PER_S * p->file_deadline_s;
}

static bool
has_control(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return true;
	return false;
}

/* Remote names are data of the partner: one component, and printable. */
static bool
is_name(const char *s, size_t n)
{
	return n > 0 && n < NAME_BYTES && strcmp(s, ".") != 0 &&
	    strcmp(s, "..") != 0 && memchr(s, '/', n) == NULL &&
	    !has_control(s, n) && str_is_utf8(s, n);
}

static bool
check_name(const char *name, struct oms_error *err)
{
	return is_name(name, strlen(name)) ||
	    oms_fail(err, OMS_VALUE,
		"a remote name must be one printable component of at most "
		"%d bytes",
		NAME_BYTES - 1);
}

/* Folders come from our configuration, but typing errors do too. */
static bool
check_dir(const char *dir, struct oms_error *err)
{
	size_t n = strlen(dir);

	return (n < DIR_BYTES && !has_control(dir, n)) ||
	    oms_fail(err, OMS_CONFIG,
		"a remote folder must be printable and under %d bytes",
		DIR_BYTES);
}

static bool
check_place(struct transport *t, const char *dir, const char *name,
    struct oms_error *err)
{
	if (t->ended[0] != '\0')
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the session ended before: %s", t->ended);
	return check_dir(dir, err) && (name == NULL || check_name(name, err));
}

/* Look at how a call ended: is the session still in step? */
static bool
ended(struct transport *t, bool ok, const struct oms_error *err)
{
	if (ok)
		return true;
	for (size_t i = 0; i < COUNT(harmless); i++)
		if (err->code == harmless[i])
			return false;
	str_copy(t->ended, sizeof(t->ended), err->reason);
	t->ops->abandon(t);
	return false;
}

/* A name alone does not tell a person which folder lacks it. */
static void
at_place(struct oms_error *err, const char *verb, const char *dir,
    const char *name)
{
	oms_context(err, "%s \"%.60s%s%.100s\"", verb, dir,
	    dir[0] != '\0' ? "/" : "", name);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct remote_entry *)a)->name,
	    ((const struct remote_entry *)b)->name);
}

/* A name a folder has once; some servers tell it twice. */
static size_t
drop_twins(struct remote_entry *e, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(e[kept - 1].name, e[i].name) != 0)
			e[kept++] = e[i];
	return kept;
}

bool
transport_list(struct transport *t, mem_ctx *ctx, const char *dir,
    struct remote_entry **ret, size_t *ret_count, size_t *ret_skipped,
    struct oms_error *err)
{
	if (!check_place(t, dir, NULL, err))
		return false;
	if (!t->ops->list(t, ctx, dir, ret, ret_count, ret_skipped, err)) {
		oms_context(err, "list \"%.120s\"", dir);
		return ended(t, false, err);
	}
	if (*ret_count > 1)
		qsort(*ret, *ret_count, sizeof(**ret), by_name);
	*ret_count = drop_twins(*ret, *ret_count);
	return true;
}

static int
order_of_name(const void *name, const void *entry)
{
	return strcmp(name, ((const struct remote_entry *)entry)->name);
}

const struct remote_entry *
transport_entry(const struct remote_entry *entry, size_t count,
    const char *name)
{
	return count == 0
	    ? NULL
	    : bsearch(name, entry, count, sizeof(*entry), order_of_name);
}

bool
transport_get(struct transport *t, const char *dir, const char *name,
    int64_t want_bytes, int64_t want_mtime_s, int64_t max_bytes,
    const char *dst, char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	if (!check_place(t, dir, name, err))
		return false;
	if (want_bytes > max_bytes)
		return oms_fail(err, OMS_LIMIT,
		    "get \"%.120s\": %lld bytes, the limit is %lld", name,
		    (long long)want_bytes, (long long)max_bytes);
	if (t->ops->get(t, dir, name, want_bytes, want_mtime_s, max_bytes, dst,
		ret_sha, err))
		return true;
	at_place(err, "get", dir, name);
	return ended(t, false, err);
}

bool
transport_put(struct transport *t, const char *src, const char *dir,
    const char *name, struct oms_error *err)
{
	if (!check_place(t, dir, name, err))
		return false;
	if (t->ops->put(t, src, dir, name, err))
		return true;
	at_place(err, "put", dir, name);
	return ended(t, false, err);
}

bool
transport_stat(struct transport *t, const char *dir, const char *name,
    int64_t *ret_bytes, struct oms_error *err)
{
	if (!check_place(t, dir, name, err))
		return false;
	if (t->ops->stat(t, dir, name, ret_bytes, err))
		return true;
	at_place(err, "look at", dir, name);
	return ended(t, false, err);
}

bool
transport_rename(struct transport *t, const char *from_dir, const char *from,
    const char *to_dir, const char *to, struct oms_error *err)
{
	if (!check_place(t, from_dir, from, err) ||
	    !check_place(t, to_dir, to, err))
		return false;
	if (t->ops->rename(t, from_dir, from, to_dir, to, err))
		return true;
	at_place(err, "as", to_dir, to);
	at_place(err, "rename", from_dir, from);
	return ended(t, false, err);
}

bool
transport_remove(struct transport *t, const char *dir, const char *name,
    struct oms_error *err)
{
	if (!check_place(t, dir, name, err))
		return false;
	if (t->ops->remove(t, dir, name, err))
		return true;
	at_place(err, "remove", dir, name);
	return ended(t, false, err);
}

char *
transport_describe(struct transport *t, mem_ctx *ctx, struct oms_error *err)
{
	char *text;

	if (!check_place(t, "", NULL, err))
		return NULL;
	text = t->ops->describe(t, ctx, err);
	(void)ended(t, text != NULL, err);
	return text;
}

bool
listing_take(struct listing *l, const char *name, size_t n, bool *ret_usable,
    struct oms_error *err)
{
	*ret_usable = false;
	if ((n == 1 && name[0] == '.') ||
	    (n == 2 && memcmp(name, "..", 2) == 0))
		return true;
	if (++l->seen > l->max_entries)
		return oms_fail(err, OMS_LIMIT,
		    "more than %lld entries, the limit (max_entries)",
		    (long long)l->max_entries);
	*ret_usable = is_name(name, n);
	if (!*ret_usable)
		l->skipped++;
	return true;
}

void
listing_add(struct listing *l, const char *name, int64_t size_bytes,
    int64_t mtime_s)
{
	if (l->count == l->room) {
		l->room = l->room == 0 ? LISTING_FIRST : 2 * l->room;
		l->entry = mem_resize(l->ctx, l->entry,
		    l->room * sizeof(*l->entry));
	}
	l->entry[l->count++] = (struct remote_entry){
		.name = mem_strdup(l->ctx, name),
		.size_bytes = size_bytes,
		.mtime_s = mtime_s,
	};
}

bool
backend_read_own(const struct blob *b, void *dst, size_t n, int64_t off,
    size_t *ret_n, struct oms_error *err)
{
	if (blob_read(b, dst, n, off, ret_n, err))
		return true;
	if (err->code == OMS_IO)
		err->code = OMS_DISK;
	return false;
}

bool
backend_is_same(const char *when, int64_t bytes, int64_t want_bytes,
    int64_t mtime_s, int64_t want_mtime_s, struct oms_error *err)
{
	if (bytes != want_bytes)
		return oms_fail(err, OMS_UNSTABLE,
		    "it has %lld bytes %s, the listing said %lld",
		    (long long)bytes, when, (long long)want_bytes);
	if (want_mtime_s != TRANSPORT_ANY_TIME && mtime_s != want_mtime_s)
		return oms_fail(err, OMS_UNSTABLE,
		    "its time is %lld %s, the listing said %lld",
		    (long long)mtime_s, when, (long long)want_mtime_s);
	return true;
}
