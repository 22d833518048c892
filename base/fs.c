/* fs.c - see fs.h.  sha256 is OpenSSL's. */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
/* These functions allocate nothing and cannot fail; those that OpenSSL would
   rather see used do and may, for a hash that is not going to change. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/scope.h"

enum {
	CHUNK_BYTES = 1 << 20,
	PATH_MAX_BYTES = 4096,
	POLL_MS = 20,
	TREE_DEPTH_MAX = 32
};

_Static_assert(sizeof(struct fs_sha) >= sizeof(SHA256_CTX),
    "the opaque state holds OpenSSL's");

enum oms_code
fs_code_of_errno(int e)
{
	return e == ENOSPC || e == EDQUOT || e == EFBIG ? OMS_SPACE : OMS_IO;
}

static bool
fail_io(struct oms_error *err, const char *what, const char *path)
{
	return oms_fail_errno(err, fs_code_of_errno(errno), "%s %s", what,
	    path);
}

void
fs_sha_begin(struct fs_sha *h)
{
	(void)SHA256_Init((SHA256_CTX *)h->opaque);
}

void
fs_sha_add(struct fs_sha *h, const void *p, size_t n)
{
	(void)SHA256_Update((SHA256_CTX *)h->opaque, p, n);
}

void
fs_sha_end(struct fs_sha *h, char ret_hex[FS_SHA_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[SHA256_DIGEST_LENGTH];

	(void)SHA256_Final(raw, (SHA256_CTX *)h->opaque);
	for (size_t i = 0; i < sizeof(raw); i++) {
		*ret_hex++ = digits[raw[i] >> 4];
		*ret_hex++ = digits[raw[i] & 15];
	}
	*ret_hex = '\0';
}

void
fs_sha_of(const void *p, size_t n, char ret_hex[FS_SHA_BYTES])
{
	struct fs_sha h;

	fs_sha_begin(&h);
	fs_sha_add(&h, p, n);
	fs_sha_end(&h, ret_hex);
}

char *
fs_path(mem_ctx *ctx, const char *dir, const char *name)
{
	return mem_printf(ctx, "%s/%s", dir, name);
}

static bool
sync_dir(const char *dir, struct oms_error *err)
{
	AUTO_CLOSE int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_io(err, "open folder", dir);
	return fsync(fd) == 0 || fail_io(err, "sync folder", dir);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
fs_remove_tree(const char *path)
{
	(void)nftw(path, remove_one, TREE_DEPTH_MAX, FTW_DEPTH | FTW_PHYS);
}

bool
fs_sync_dir_of(const char *path, struct oms_error *err)
{
	char copy[PATH_MAX_BYTES];

	snprintf(copy, sizeof(copy), "%s", path);
	return sync_dir(dirname(copy), err);
}

bool
fs_mkdir(const char *path, mode_t mode, struct oms_error *err)
{
	char copy[PATH_MAX_BYTES];

	if (mkdir(path, mode) == 0)
		return fs_sync_dir_of(path, err);
	if (errno == EEXIST)
		return true;
	if (errno != ENOENT)
		return fail_io(err, "make folder", path);
	snprintf(copy, sizeof(copy), "%s", path);
	if (!fs_mkdir(dirname(copy), mode, err))
		return false;
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return fail_io(err, "make folder", path);
	return fs_sync_dir_of(path, err);
}

bool
fs_write_all(int fd, const void *p, size_t left, const char *path,
    struct oms_error *err)
{
	const char *from = p;

	while (left > 0) {
		ssize_t n = write(fd, from, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_io(err, "write", path);
		from += n;
		left -= (size_t)n;
	}
	return true;
}

/* Sync and close; after an error the file is lost, so it is removed. */
static bool
finish(int *fd, const char *path, bool ok, struct oms_error *err)
{
	int raw = *fd;

	*fd = -1;
	if (ok && fsync(raw) < 0)
		ok = fail_io(err, "sync", path);
	if (close(raw) < 0 && ok)
		ok = fail_io(err, "close", path);
	if (!ok)
		(void)unlink(path);
	return ok;
}

static int
create(const char *path, mode_t mode, struct oms_error *err)
{
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		fail_io(err, "create", path);
	return fd;
}

bool
fs_write_tmp(const char *path, const void *p, size_t n, mode_t mode,
    struct oms_error *err)
{
	AUTO_CLOSE int fd = create(path, mode, err);

	if (fd < 0)
		return false;
	return finish(&fd, path, fs_write_all(fd, p, n, path, err), err);
}

bool
fs_replace(const char *path, const void *p, size_t n, mode_t mode,
    struct oms_error *err)
{
	char tmp[PATH_MAX_BYTES];

	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	if (!fs_remove(tmp, err) || !fs_write_tmp(tmp, p, n, mode, err))
		return false;
	if (rename(tmp, path) < 0) {
		fail_io(err, "rename to", path);
		(void)unlink(tmp);
		return false;
	}
	fault_step("fs.replace");
	return fs_sync_dir_of(path, err);
}

int64_t
fs_size_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

bool
fs_publish(const char *tmp, const char *final, struct oms_error *err)
{
	struct stat ours, theirs;

	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, final, RENAME_NOREPLACE) == 0) {
		fault_step("fs.publish");
		return fs_sync_dir_of(final, err);
	}
	if (errno != EEXIST)
		return fail_io(err, "rename to", final);
	if (stat(tmp, &ours) < 0 || stat(final, &theirs) < 0)
		return fail_io(err, "look at", final);
	if (ours.st_size != theirs.st_size)
		return oms_fail(err, OMS_EXISTS,
		    "%s exists with %lld bytes, ours has %lld", final,
		    (long long)theirs.st_size, (long long)ours.st_size);
	if (unlink(tmp) < 0)
		return fail_io(err, "remove", tmp);
	return fs_sync_dir_of(final, err);
}

bool
fs_remove(const char *path, struct oms_error *err)
{
	if (unlink(path) < 0)
		return errno == ENOENT || fail_io(err, "remove", path);
	fault_step("fs.remove");
	return fs_sync_dir_of(path, err);
}

char *
fs_read(mem_ctx *ctx, const char *path, size_t max, size_t *ret_n,
    struct oms_error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	char *p;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		fail_io(err, "open", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		oms_fail(err, OMS_IO, "%s is not a file", path);
		return NULL;
	}
	if (st.st_size < 0 || (size_t)st.st_size > max) {
		oms_fail(err, OMS_LIMIT, "%s has %lld bytes, the limit is %zu",
		    path, (long long)st.st_size, max);
		return NULL;
	}
	p = mem_zero(ctx, (size_t)st.st_size + 1, "file");
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, p + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			fail_io(err, "read", path);
			return NULL;
		}
		if (got == 0)
			break;
		n += (size_t)got;
	}
	p[n] = '\0';
	*ret_n = n;
	return p;
}

/* What cannot be written is ours; what cannot be read may be somebody else's. */
static bool
is_ours(struct oms_error *err)
{
	if (err->code == OMS_IO)
		err->code = OMS_DISK;
	return false;
}

static bool
copy_loop(int from, int to, const char *dst, int64_t max_bytes, bool will_sync,
    struct fs_sha *sha, int64_t *ret_bytes, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "copy");
	char *chunk = mem_resize(row, NULL, CHUNK_BYTES);
	bool ok = true;
	ssize_t n;

	*ret_bytes = 0;
	while (ok && (n = read(from, chunk, CHUNK_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ok = fail_io(err, "read for", dst);
			break;
		}
		*ret_bytes += n;
		if (*ret_bytes > max_bytes) {
			ok = oms_fail(err, OMS_LIMIT,
			    "more than %lld bytes, the limit",
			    (long long)max_bytes);
			break;
		}
		if (sha != NULL)
			fs_sha_add(sha, chunk, (size_t)n);
		ok = fs_write_all(to, chunk, (size_t)n, dst, err) ||
		    is_ours(err);
		/* Only a hint: less is left for the sync at the end. */
		if (will_sync)
			(void)sync_file_range(to, *ret_bytes - n, n,
			    SYNC_FILE_RANGE_WRITE);
	}
	mem_free(row);
	return ok;
}

static bool
copy_hashed(int fd, int to, const char *dst, int64_t max_bytes, bool will_sync,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes, struct oms_error *err)
{
	struct fs_sha sha;
	bool ok;

	fs_sha_begin(&sha);
	ok = copy_loop(fd, to, dst, max_bytes, will_sync, &sha, ret_bytes, err);
	fs_sha_end(&sha, ret_sha);
	return ok;
}

bool
fs_copy_hashed(int fd, const char *dst, int64_t max_bytes,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes, struct oms_error *err)
{
	AUTO_CLOSE int to = create(dst, 0600, err);
	bool ok;

	if (to < 0)
		return is_ours(err);
	ok = copy_hashed(fd, to, dst, max_bytes, true, ret_sha, ret_bytes, err);
	return finish(&to, dst, ok, err) || (ok && is_ours(err));
}

bool
fs_draft_hashed(int fd, const char *dst, int64_t max_bytes,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes, struct oms_error *err)
{
	AUTO_CLOSE int to = create(dst, 0600, err);

	if (to < 0)
		return is_ours(err);
	if (copy_hashed(fd, to, dst, max_bytes, false, ret_sha, ret_bytes, err))
		return true;
	(void)unlink(dst);
	return false;
}

bool
fs_hash_fd(int fd, char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "hash");
	char *chunk = mem_resize(row, NULL, CHUNK_BYTES);
	struct fs_sha sha;
	ssize_t n;

	*ret_bytes = 0;
	fs_sha_begin(&sha);
	while ((n = read(fd, chunk, CHUNK_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		fs_sha_add(&sha, chunk, (size_t)n);
		*ret_bytes += n;
	}
	fs_sha_end(&sha, ret_sha);
	mem_free(row);
	return n == 0 || oms_fail_errno(err, OMS_IO, "read");
}

bool
fs_copy(const char *src, const char *dst, mode_t mode, struct oms_error *err)
{
	AUTO_CLOSE int from = open(src, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	AUTO_CLOSE int to = -1;
	int64_t bytes;
	bool ok;

	if (from < 0)
		return fail_io(err, "open", src);
	to = create(dst, mode, err);
	if (to < 0)
		return false;
	ok = copy_loop(from, to, dst, INT64_MAX, true, NULL, &bytes, err);
	if (ok && fchmod(to, mode) < 0) /* whatever the umask says */
		ok = fail_io(err, "chmod", dst);
	return finish(&to, dst, ok, err);
}

bool
fs_lock_again(int fd, const char *path, int wait_ms, struct oms_error *err)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK) {
			fail_io(err, "lock", path);
			return false;
		}
		if (wait_ms <= 0)
			return oms_fail(err, OMS_LOCKED, "%s is held", path);
		usleep(POLL_MS * 1000);
		wait_ms -= POLL_MS;
	}
	return true;
}

void
fs_unlock(int fd)
{
	(void)flock(fd, LOCK_UN);
}

int
fs_lock(const char *path, int wait_ms, struct oms_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0) {
		fail_io(err, "open lock", path);
		return -1;
	}
	if (fs_lock_again(fd, path, wait_ms, err))
		return fd;
	(void)close(fd);
	return -1;
}

int64_t
fs_free_bytes(const char *path)
{
	struct statvfs v;

	if (statvfs(path, &v) < 0)
		return -1;
	return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}
