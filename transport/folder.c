/*
 * folder.c - a partner's tree on this machine; see transport.h.
 *
 * Whoever writes into the tree may plant links and pipes in it, so every
 * step down is an openat() that follows no link, and only plain files are
 * opened for good.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/fault.h"
#include "base/scope.h"
#include "transport/backend.h"

enum { COPY_BYTES = 1 << 20, PUT_MODE = 0640 };

struct folder {
	struct transport t; /* first: a session is a struct transport */
	const char *root;
	int root_fd;
};

static int
root_of(struct transport *t)
{
	return ((struct folder *)t)->root_fd;
}

static enum oms_code
code_of_errno(int e)
{
	switch (e) {
	case ENOENT:
	case ENOTDIR: return OMS_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
	case EISDIR:
	case ENXIO: /* a pipe nobody reads */
	case ELOOP: return OMS_NET_DENIED;
	case EEXIST: return OMS_EXISTS;
	case ENOSPC:
	case EDQUOT:
	case EFBIG: return OMS_REMOTE_FULL;
	default: return OMS_IO;
	}
}

static bool
fail_there(struct oms_error *err, const char *what, const char *name)
{
	return oms_fail_errno(err, code_of_errno(errno), "%s \"%.200s\"", what,
	    name);
}

/* Step into "a/b/c" below the root, one component at a time. */
static int
open_dir(struct transport *t, const char *dir, struct oms_error *err)
{
	static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC;
	char part[DIR_BYTES];
	int at = openat(root_of(t), ".", flags);

	while (at >= 0) {
		size_t n;
		int next;

		dir += strspn(dir, "/");
		n = strcspn(dir, "/");
		if (n == 0)
			return at;
		memcpy(part, dir, n);
		part[n] = '\0';
		dir += n;
		errno = EPERM;
		next = strcmp(part, "..") == 0 ? -1 : openat(at, part, flags);
		if (next < 0)
			fail_there(err, "open folder", part);
		(void)close(at);
		if (next < 0)
			return -1;
		at = next;
	}
	fail_there(err, "open folder", ".");
	return -1;
}

/* Open a plain file; O_NONBLOCK because a pipe would hold us for ever. */
static int
open_file(int dir, const char *name, int flags, struct stat *st,
    struct oms_error *err)
{
	int fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    PUT_MODE);

	if (fd < 0 || fstat(fd, st) < 0) {
		fail_there(err, "open", name);
	} else if (!S_ISREG(st->st_mode)) {
		oms_fail(err, OMS_NET_DENIED, "\"%.200s\" is no plain file",
		    name);
	} else {
		return fd;
	}
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static bool
sync_dir(int dir, struct oms_error *err)
{
	return fsync(dir) == 0 || fail_there(err, "sync", "its folder");
}

static bool
list_entries(struct listing *l, DIR *d, struct oms_error *err)
{
	struct dirent *e;
	struct stat st;
	bool usable;

	for (errno = 0; (e = readdir(d)) != NULL; errno = 0) {
		if (!listing_take(l, e->d_name, strlen(e->d_name), &usable,
			err))
			return false;
		if (usable &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    S_ISREG(st.st_mode))
			listing_add(l, e->d_name, st.st_size, st.st_mtime);
	}
	return errno == 0 || fail_there(err, "read folder", "");
}

static bool
folder_list(struct transport *t, mem_ctx *ctx, const char *dir,
    struct remote_entry **ret, size_t *ret_count, size_t *ret_skipped,
    struct oms_error *err)
{
	struct listing l = { .ctx = ctx,
		.max_entries = t->partner->max_entries };
	int fd = open_dir(t, dir, err);
	DIR *d;
	bool ok;

	if (fd < 0)
		return false;
	d = fdopendir(fd);
	if (d == NULL) {
		(void)close(fd);
		return fail_there(err, "read folder", dir);
	}
	ok = list_entries(&l, d, err);
	(void)closedir(d);
	*ret = l.entry;
	*ret_count = l.count;
	*ret_skipped = l.skipped;
	return ok;
}

static bool
folder_get(struct transport *t, const char *dir, const char *name,
    int64_t want_bytes, int64_t want_mtime_s, int64_t max_bytes,
    const char *dst, char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	AUTO_CLOSE int at = open_dir(t, dir, err);
	struct stat st;
	int64_t got;
	bool ok;

	if (at < 0)
		return false;
	AUTO_CLOSE int fd = open_file(at, name, O_RDONLY, &st, err);
	if (fd < 0 ||
	    !backend_is_same("when opened", st.st_size, want_bytes, st.st_mtime,
		want_mtime_s, err) ||
	    !fs_copy_hashed(fd, dst, max_bytes, ret_sha, &got, err))
		return false;
	/* The handle still tells when the owner has moved the name away. */
	ok = fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    (errno == ENOENT && fstat(fd, &st) == 0) ||
	    fail_there(err, "look at", name);
	ok = ok &&
	    backend_is_same("read", got, want_bytes, want_mtime_s, want_mtime_s,
		err) &&
	    backend_is_same("after reading", st.st_size, want_bytes,
		st.st_mtime, want_mtime_s, err);
	if (!ok)
		(void)unlink(dst);
	return ok;
}

static bool
write_all(int to, const char *p, size_t left, const char *name,
    struct oms_error *err)
{
	while (left > 0) {
		ssize_t n = write(to, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_there(err, "write", name);
		p += n;
		left -= (size_t)n;
	}
	return true;
}

static bool
copy(const struct blob *from, int to, const char *name, int64_t *ret_bytes,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "put");
	char *chunk = mem_zero(row, COPY_BYTES, "chunk");
	bool ok = true;
	size_t n = 1;

	*ret_bytes = 0;
	while (ok && n > 0) {
		ok = backend_read_own(from, chunk, COPY_BYTES, *ret_bytes, &n,
			 err) &&
		    write_all(to, chunk, n, name, err);
		*ret_bytes += (int64_t)n;
	}
	mem_free(row);
	return ok;
}

static bool
put_file(const struct blob *from, int dir, const char *name,
    struct oms_error *err)
{
	struct stat st;
	int64_t bytes;
	int fd = open_file(dir, name, O_WRONLY | O_CREAT | O_TRUNC, &st, err);
	bool ok;

	if (fd < 0)
		return false;
	ok = copy(from, fd, name, &bytes, err);
	if (ok && fsync(fd) < 0)
		ok = fail_there(err, "sync", name);
	if (close(fd) < 0 && ok)
		ok = fail_there(err, "close", name);
	if (ok && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		ok = fail_there(err, "look at", name);
	if (ok && st.st_size != bytes)
		ok = oms_fail(err, OMS_IO, "%lld bytes lie there of %lld",
		    (long long)st.st_size, (long long)bytes);
	if (!ok) /* half a file helps nobody, and may fill the disk */
		(void)unlinkat(dir, name, 0);
	return ok;
}

static bool
folder_put(struct transport *t, const char *src, const char *dir,
    const char *name, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "put");
	struct blob *from = blob_open(row, src, t->ring, err);
	AUTO_CLOSE int at = from != NULL ? open_dir(t, dir, err) : -1;
	bool ok = at >= 0 && put_file(from, at, name, err);

	mem_free(row);
	if (!ok)
		return false;
	fault_step("transport.put");
	return sync_dir(at, err);
}

static bool
folder_stat(struct transport *t, const char *dir, const char *name,
    int64_t *ret_bytes, struct oms_error *err)
{
	AUTO_CLOSE int at = open_dir(t, dir, err);
	struct stat st;

	if (at < 0)
		return false;
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*ret_bytes = st.st_size;
	else if (errno == ENOENT)
		*ret_bytes = -1;
	else
		return fail_there(err, "look at", name);
	return true;
}

/* Some file systems know no RENAME_NOREPLACE; a link never overwrites. */
static int
rename_noreplace(int from_dir, const char *from, int to_dir, const char *to)
{
	if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(from_dir, from, to_dir, to, 0) < 0)
		return -1;
	return unlinkat(from_dir, from, 0);
}

static bool
folder_rename(struct transport *t, const char *from_dir, const char *from,
    const char *to_dir, const char *to, struct oms_error *err)
{
	AUTO_CLOSE int at = open_dir(t, from_dir, err);

	if (at < 0)
		return false;
	AUTO_CLOSE int to_at = open_dir(t, to_dir, err);
	if (to_at < 0)
		return false;
	if (rename_noreplace(at, from, to_at, to) < 0)
		return oms_fail_errno(err, code_of_errno(errno), "refused");
	fault_step("transport.rename");
	return sync_dir(to_at, err) && sync_dir(at, err);
}

static bool
folder_remove(struct transport *t, const char *dir, const char *name,
    struct oms_error *err)
{
	AUTO_CLOSE int at = open_dir(t, dir, err);

	if (at < 0)
		return false;
	if (unlinkat(at, name, 0) < 0)
		return errno == ENOENT || fail_there(err, "unlink", name);
	fault_step("transport.remove");
	return sync_dir(at, err);
}

static char *
folder_describe(struct transport *t, mem_ctx *ctx, struct oms_error *err)
{
	const char *root = ((struct folder *)t)->root;

	(void)err;
	return mem_printf(ctx,
	    "transport: folder\nroot: %s\nfree_bytes: %lld\n", root,
	    (long long)fs_free_bytes(root));
}

static void
folder_abandon(struct transport *t)
{
	(void)t;
}

static void
folder_close(void *p)
{
	(void)close(((struct folder *)p)->root_fd);
}

struct transport *
folder_open(mem_ctx *ctx, const struct config *cfg, const struct partner *p,
    struct oms_error *err)
{
	static const struct transport_ops ops = {
		.list = folder_list,
		.get = folder_get,
		.put = folder_put,
		.stat = folder_stat,
		.rename = folder_rename,
		.remove = folder_remove,
		.describe = folder_describe,
		.abandon = folder_abandon,
	};
	struct folder *f;
	int fd;

	(void)cfg;
	if (p->path == NULL || p->path[0] == '\0') {
		oms_fail(err, OMS_CONFIG,
		    "%s has no path: its files lie in our inbox and outbox",
		    p->id);
		return NULL;
	}
	fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) { /* it may be a share that is mounted again tomorrow */
		oms_fail_errno(err, OMS_PEER, "open folder %s", p->path);
		return NULL;
	}
	f = mem_new(ctx, struct folder);
	f->t = (struct transport){ .ops = &ops, .partner = p };
	f->root = p->path;
	f->root_fd = fd;
	mem_on_free(f, folder_close);
	return &f->t;
}
