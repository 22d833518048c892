/*
 * transport.h - another machine's folder, whatever speaks to it.
 *
 * One interface, two backends: sftp.c (libssh2) and folder.c (a directory of
 * this machine).  A session does one thing at a time and every call has an
 * absolute deadline.  After any error but OMS_NOT_FOUND, OMS_EXISTS,
 * OMS_NET_DENIED, OMS_UNSTABLE, OMS_LIMIT and OMS_REMOTE_FULL the session is
 * dead: close it.
 *
 * transport_spawn() puts a session into a child process that has neither the
 * database nor any other descriptor of ours; the calls are then messages to
 * it.  A hostile server gets a process with nothing in it.
 *
 * Names are bytes of the partner's: never used as a local path.
 */
#ifndef OMS_TRANSPORT_TRANSPORT_H
#define OMS_TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "transport/ssh_key.h"

struct transport; /* an open session */

#define TRANSPORT_ANY_TIME INT64_MIN /* of transport_get: do not compare it */

struct remote_entry {
	char *name; /* one path component; never "." or ".." */
	int64_t size_bytes;
	int64_t mtime_s; /* as the server says; compare only with itself */
};

/*
 * transport_open - connect, check the host key, log in.
 *
 * ctx     owner of the session; freeing it closes it
 * A folder without a path has no session (OMS_CONFIG): its files lie in our
 * own inbox and outbox.
 *
 * errors  OMS_PEER, OMS_TIMEOUT, OMS_NET_PROTOCOL  try later
 *         OMS_ALGORITHM, OMS_HOST_KEY, OMS_AUTH, OMS_SECRET, OMS_CONFIG
 *         a person must act; the reason holds the fingerprint shown
 */
struct transport *transport_open(mem_ctx *ctx, const struct config *cfg,
    const struct partner *p, struct oms_error *err) MUST_CHECK;

/*
 * transport_spawn - transport_open in a child process of its own.
 *
 * keep_fd  a descriptor the child keeps open (the partner's lock), or -1
 * errors   as transport_open, and OMS_IO when the fork fails
 */
struct transport *transport_spawn(mem_ctx *ctx, const struct config *cfg,
    const struct partner *p, int keep_fd, struct oms_error *err) MUST_CHECK;

/*
 * transport_scan_key - the host key of one type that a server shows.
 *
 * In a child, without a login, and without trust: a person must compare the
 * fingerprint with the partner's before it is pinned.
 *
 * type    "ssh-ed25519", "ssh-rsa", ...
 * ret     the key; its base64 in ctx
 * errors  as transport_open; OMS_ALGORITHM when it has no key of that type
 */
bool transport_scan_key(mem_ctx *ctx, const struct config *cfg,
    const struct partner *p, const char *type, struct ssh_key *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * transport_list - every plain file in dir, in the order of their names.
 *
 * Skips folders, links and names that cannot be one component of a path
 * (each skipped name is counted in *ret_skipped).  A name that the server
 * tells twice is told once.
 *
 * errors  OMS_NOT_FOUND, OMS_NET_DENIED, OMS_LIMIT (more than max_entries)
 */
bool transport_list(struct transport *t, mem_ctx *ctx, const char *dir,
    struct remote_entry **ret, size_t *ret_count, size_t *ret_skipped,
    struct oms_error *err) MUST_CHECK;

/* The entry of that name in what transport_list gave; NULL when it is not. */
const struct remote_entry *transport_entry(const struct remote_entry *entry,
    size_t count, const char *name);

/*
 * transport_get - copy dir/name to the new local file dst, hashing.
 *
 * The size is compared four ways: listing (want_bytes), handle before,
 * bytes read, path after; mtime before and after, unless want_mtime_s is
 * TRANSPORT_ANY_TIME.  dst is synced.  A name
 * that is gone after the reading is asked of the handle: some servers drop
 * a file once it has been read.
 *
 * errors  OMS_UNSTABLE  it changed while we read; dst is removed
 *         OMS_NOT_FOUND, OMS_NET_DENIED, OMS_LIMIT (over max_bytes)
 */
bool transport_get(struct transport *t, const char *dir, const char *name,
    int64_t want_bytes, int64_t want_mtime_s, int64_t max_bytes,
    const char *dst, char ret_sha[FS_SHA_BYTES],
    struct oms_error *err) MUST_CHECK;

/*
 * transport_put - write the local file src to dir/name, from byte 0.
 *
 * Truncates what is there, so name must be a private one (".<id>.part").
 * Synced where the server can; the size is compared after the close.  After
 * a failure nothing is left of it, where the session still allowed that.
 *
 * errors  OMS_NET_DENIED, OMS_NOT_FOUND, OMS_REMOTE_FULL
 */
bool transport_put(struct transport *t, const char *src, const char *dir,
    const char *name, struct oms_error *err) MUST_CHECK;

/*
 * transport_stat - does dir/name exist, and how large is it?
 *
 * *ret_bytes is -1 when it does not exist; that is no error.
 */
bool transport_stat(struct transport *t, const char *dir, const char *name,
    int64_t *ret_bytes, struct oms_error *err) MUST_CHECK;

/*
 * transport_rename - plain rename, never deleting or overwriting first.
 *
 * A few servers overwrite even so: look at the target first, or give it a
 * name nobody else uses.
 *
 * Some servers say that it is done when it is not, or keep both names: the
 * old name's absence is the proof.
 *
 * On any error the caller must look (transport_stat) before believing it:
 * the reply may have been lost after the rename was done.
 *
 * errors  OMS_EXISTS, OMS_NOT_FOUND, OMS_NET_DENIED, OMS_TIMEOUT, ...
 */
bool transport_rename(struct transport *t, const char *from_dir,
    const char *from, const char *to_dir, const char *to,
    struct oms_error *err) MUST_CHECK;

/* Remove dir/name; absent is fine.  errors  OMS_NET_DENIED */
bool transport_remove(struct transport *t, const char *dir, const char *name,
    struct oms_error *err) MUST_CHECK;

/*
 * transport_describe - what `oms check` tells of the server, into ctx.
 *
 * Host key type and fingerprint, key exchange, cipher, login method, library
 * version; one "name: value" a line.
 */
char *transport_describe(struct transport *t, mem_ctx *ctx,
    struct oms_error *err) MUST_CHECK;

#endif
