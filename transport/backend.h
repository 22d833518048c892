/*
 * backend.h - what a backend promises to transport.c, and gets from it.
 *
 * A backend embeds struct transport as its first member and fills in ops.
 * transport.c checks names and folders, sorts listings and remembers that a
 * session is dead, so a backend sees only sane arguments of a live session.
 * Private to transport/.
 */
#ifndef OMS_TRANSPORT_BACKEND_H
#define OMS_TRANSPORT_BACKEND_H

#include "base/blob.h"
#include "transport/ssh_key.h"
#include "transport/transport.h"

enum {
	NAME_BYTES = 256, /* of a remote name, with its NUL */
	DIR_BYTES = 1024, /* of a remote folder, with its NUL */
	REMOTE_PATH_BYTES = NAME_BYTES + DIR_BYTES
};

/* The calls of transport.h, in its order and with its promises. */
struct transport_ops {
	bool (*list)(struct transport *t, mem_ctx *ctx, const char *dir,
	    struct remote_entry **ret, size_t *ret_count, size_t *ret_skipped,
	    struct oms_error *err);
	bool (*get)(struct transport *t, const char *dir, const char *name,
	    int64_t want_bytes, int64_t want_mtime_s, int64_t max_bytes,
	    const char *dst, char ret_sha[FS_SHA_BYTES], struct oms_error *err);
	bool (*put)(struct transport *t, const char *src, const char *dir,
	    const char *name, struct oms_error *err);
	bool (*stat)(struct transport *t, const char *dir, const char *name,
	    int64_t *ret_bytes, struct oms_error *err);
	bool (*rename)(struct transport *t, const char *from_dir,
	    const char *from, const char *to_dir, const char *to,
	    struct oms_error *err);
	bool (*remove)(struct transport *t, const char *dir, const char *name,
	    struct oms_error *err);
	char *(*describe)(struct transport *t, mem_ctx *ctx,
	    struct oms_error *err);
	void (*abandon)(
	    struct transport *t); /* cut the line, wait for nobody */
};

struct transport {
	const struct transport_ops *ops;
	const struct partner *partner;
	const struct ring *ring; /* of our files; NULL: they are plain */
	char ended[200];         /* why no call is possible any more, or "" */
};

/* Open a session; see transport_open.  One for each word of `transport`. */
struct transport *folder_open(mem_ctx *ctx, const struct config *cfg,
    const struct partner *p, struct oms_error *err) MUST_CHECK;
struct transport *sftp_open(mem_ctx *ctx, const struct config *cfg,
    const struct partner *p, struct oms_error *err) MUST_CHECK;

/* transport_scan_key, in this process. */
bool transport_scan(mem_ctx *ctx, const struct config *cfg,
    const struct partner *p, const char *type, struct ssh_key *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * How long a call may take in all.  Silence is cut earlier, after
 * idle_timeout_ms; this bounds a server that drips.
 */
enum effort { EFFORT_LOGIN, EFFORT_REPLY, EFFORT_FILE };
int64_t backend_limit_us(const struct partner *p, enum effort effort);

/* A listing that grows; take() counts what cannot be a name. */
struct listing {
	mem_ctx *ctx;
	struct remote_entry *entry;
	size_t count;
	size_t room;
	size_t skipped;
	int64_t seen; /* every entry looked at, of any kind */
	int64_t max_entries;
};

/*
 * listing_take - one more entry of the folder; may it be added?
 *
 * Call it for every entry, "." and ".." too, with n bytes at name.
 * *ret_usable is false for a name to be left out.
 *
 * errors  OMS_LIMIT  more than max_entries
 */
bool listing_take(struct listing *l, const char *name, size_t n,
    bool *ret_usable, struct oms_error *err) MUST_CHECK;

/* Add a plain file whose name listing_take() found usable. */
void listing_add(struct listing *l, const char *name, int64_t size_bytes,
    int64_t mtime_s);

/*
 * backend_read_own - blob_read() of what we send: our disk, our fault.
 *
 * errors  OMS_DISK instead of OMS_IO, so that no partner is blamed for it
 */
bool backend_read_own(const struct blob *b, void *dst, size_t n, int64_t off,
    size_t *ret_n, struct oms_error *err) MUST_CHECK;

/*
 * backend_is_same - what transport_get compares: a size and a time seen
 * now with those of the listing.
 *
 * when    "when opened", "after reading": for the reason
 * errors  OMS_UNSTABLE
 */
bool backend_is_same(const char *when, int64_t bytes, int64_t want_bytes,
    int64_t mtime_s, int64_t want_mtime_s, struct oms_error *err) MUST_CHECK;

#endif
