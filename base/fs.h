/*
 * fs.h - files that are either absent or complete.
 *
 * fs_publish is the one way a finished file gets its name: private name, write, fsync,
 * close, rename that refuses to overwrite, fsync of the folder.  A crash
 * before the rename leaves only a file in the temporary folder, which is
 * garbage by definition (crash-safety, 3.0).
 */
#ifndef OMS_BASE_FS_H
#define OMS_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/mem.h"

enum { FS_SHA_BYTES = 65 }; /* 64 hex digits and a NUL */

/* Running sha256 of a stream.  One call to begin, any to add, one to end. */
struct fs_sha {
	uint64_t opaque[16]; /* SHA256_CTX */
};
void fs_sha_begin(struct fs_sha *h);
void fs_sha_add(struct fs_sha *h, const void *p, size_t n);
void fs_sha_end(struct fs_sha *h, char ret_hex[FS_SHA_BYTES]);

/* The sha256 of n bytes at p. */
void fs_sha_of(const void *p, size_t n, char ret_hex[FS_SHA_BYTES]);

/* A path: the parts joined with '/'. */
char *fs_path(mem_ctx *ctx, const char *dir, const char *name);

/*
 * fs_mkdir - make the folder and its parents, durably; existing is fine.
 *
 * mode    e.g. 0750
 * errors  OMS_IO, OMS_SPACE
 */
bool fs_mkdir(const char *path, mode_t mode, struct oms_error *err) MUST_CHECK;

/*
 * fs_write_all - write n bytes to an open file; it is not synced.
 *
 * path    only for what an error says
 * errors  OMS_IO, OMS_SPACE; some of the bytes may be written
 */
bool fs_write_all(int fd, const void *p, size_t n, const char *path,
    struct oms_error *err) MUST_CHECK;

/*
 * fs_write_tmp - write n bytes to a new file, synced and closed.
 *
 * path    must not exist; on failure it does not exist again
 * errors  OMS_IO, OMS_SPACE
 */
bool fs_write_tmp(const char *path, const void *p, size_t n, mode_t mode,
    struct oms_error *err) MUST_CHECK;

/*
 * fs_publish - give the synced file tmp its final name, never overwriting.
 *
 * When final exists already, with the same size: tmp is removed and the call
 * succeeds (an earlier try got this far).  Another size: OMS_EXISTS.
 *
 * errors  OMS_EXISTS  another file has the name; tmp is kept
 *         OMS_IO, OMS_SPACE
 * source  crash-safety 3.0, durable_publish
 */
bool fs_publish(const char *tmp, const char *final,
    struct oms_error *err) MUST_CHECK;

/* Remove a file and sync its folder; one that is not there is fine. */
bool fs_remove(const char *path, struct oms_error *err) MUST_CHECK;

/* Remove a folder and all in it, as far as it goes; links are not followed. */
void fs_remove_tree(const char *path);

/* Sync the folder that holds path. */
bool fs_sync_dir_of(const char *path, struct oms_error *err) MUST_CHECK;

/*
 * fs_read - a whole file into ctx, NUL-terminated.
 *
 * max     bytes; a larger file is OMS_LIMIT
 * errors  OMS_IO (also when absent), OMS_LIMIT
 */
char *fs_read(mem_ctx *ctx, const char *path, size_t max, size_t *ret_n,
    struct oms_error *err) MUST_CHECK;

/*
 * fs_copy_hashed - copy from an open descriptor to a new file, hashing.
 *
 * Reads to the end of fd.  The copy is synced and closed.
 *
 * max_bytes  more is OMS_LIMIT, and dst is removed
 * errors     OMS_IO: fd cannot be read; OMS_DISK, OMS_SPACE: dst cannot be
 *            written; OMS_LIMIT
 */
bool fs_copy_hashed(int fd, const char *dst, int64_t max_bytes,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes,
    struct oms_error *err) MUST_CHECK;

/*
 * fs_draft_hashed - the same, not synced: of it another file is made, which is.
 */
bool fs_draft_hashed(int fd, const char *dst, int64_t max_bytes,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes,
    struct oms_error *err) MUST_CHECK;

/* The sha256 and size of what is left to read from fd.  errors  OMS_IO */
bool fs_hash_fd(int fd, char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes,
    struct oms_error *err) MUST_CHECK;

/*
 * fs_copy - copy a file of ours to a new file, synced and closed.
 *
 * mode    of the copy, whatever the umask, e.g. 0640
 * errors  OMS_IO, OMS_SPACE; dst does not exist then
 */
bool fs_copy(const char *src, const char *dst, mode_t mode,
    struct oms_error *err) MUST_CHECK;

/*
 * fs_replace - make path hold these n bytes; readers see the old or the new.
 *
 * errors  OMS_IO, OMS_SPACE; what was there is still there then
 */
bool fs_replace(const char *path, const void *p, size_t n, mode_t mode,
    struct oms_error *err) MUST_CHECK;

/* The size of a file; 0 when it is not there. */
int64_t fs_size_bytes(const char *path);

/* Exclusive kernel lock, free when the last holder dies; -1 when it is held. */
int fs_lock(const char *path, int wait_ms, struct oms_error *err);

/*
 * fs_lock_again, fs_unlock - the same lock by its open file, which a child
 * process shares: each of them holds and gives it for both.
 *
 * errors  OMS_LOCKED, OMS_IO; it stays open
 */
bool fs_lock_again(int fd, const char *path, int wait_ms,
    struct oms_error *err) MUST_CHECK;
void fs_unlock(int fd);

/* Free bytes of the file system that holds path; -1 when unknown. */
int64_t fs_free_bytes(const char *path);

/* The code for errno after a failed write: OMS_SPACE or OMS_IO. */
enum oms_code fs_code_of_errno(int e);

#endif
