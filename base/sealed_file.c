/* sealed_file.c - see sealed_file.h. */

#include "base/sealed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/scope.h"

enum {
	TEXT_BYTES = 65536,
	CHUNK_BYTES = TEXT_BYTES + crypto_secretstream_xchacha20poly1305_ABYTES,
	HEADER_BYTES = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
	MAGIC_BYTES = 8
};

static const char magic[] = "omsseal1";

_Static_assert(sizeof(((struct file_key *)0)->byte) ==
	crypto_secretstream_xchacha20poly1305_KEYBYTES,
    "a key of the stream");

bool
file_key_parse(const char *hex, struct file_key *ret, struct oms_error *err)
{
	size_t n = 0;

	if (strlen(hex) == 2 * sizeof(ret->byte) &&
	    sodium_hex2bin(ret->byte, sizeof(ret->byte), hex, strlen(hex), NULL,
		&n, NULL) == 0 &&
	    n == sizeof(ret->byte))
		return true;
	return oms_fail(err, OMS_SECRET,
	    "the key is not 64 hex digits; one is made by: openssl rand -hex "
	    "32");
}

void
file_key_wipe(struct file_key *key)
{
	sodium_memzero(key, sizeof(*key));
}

void
file_key_name(const struct file_key *key, const char *text,
    char ret_hex[FS_SHA_BYTES])
{
	unsigned char raw[32];

	(void)crypto_generichash(raw, sizeof(raw), (const unsigned char *)text,
	    strlen(text), key->byte, sizeof(key->byte));
	sodium_bin2hex(ret_hex, FS_SHA_BYTES, raw, sizeof(raw));
}

int64_t
sealed_file_bytes(int64_t n)
{
	return MAGIC_BYTES + HEADER_BYTES + n +
	    (n / TEXT_BYTES + 1) * (CHUNK_BYTES - TEXT_BYTES);
}

/* Up to n bytes; fewer only at the end of the file, -1 on an error. */
static ssize_t
read_full(int fd, unsigned char *p, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = read(fd, p + have, n - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static int
create(const char *path, struct oms_error *err)
{
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		oms_fail_errno(err, fs_code_of_errno(errno), "create %s", path);
	return fd;
}

/* Synced, or not there. */
static bool
finish(int fd, const char *path, bool ok, struct oms_error *err)
{
	if (ok && fsync(fd) < 0)
		ok = oms_fail_errno(err, fs_code_of_errno(errno), "sync %s",
		    path);
	if (!ok)
		(void)unlink(path);
	return ok;
}

/* What both ways need. */
struct stream {
	crypto_secretstream_xchacha20poly1305_state state;
	struct fs_sha sha;
	unsigned char text[TEXT_BYTES];
	unsigned char chunk[CHUNK_BYTES];
	unsigned char head[MAGIC_BYTES + HEADER_BYTES];
};

static bool
seal_all(struct stream *s, int from, int to, const char *dst,
    int64_t *ret_bytes, struct oms_error *err)
{
	unsigned char tag = 0;

	while (tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
		ssize_t n = read_full(from, s->text, TEXT_BYTES);
		unsigned long long len;

		if (n < 0)
			return oms_fail_errno(err, OMS_IO, "read for %s", dst);
		if (n < TEXT_BYTES)
			tag = crypto_secretstream_xchacha20poly1305_TAG_FINAL;
		fs_sha_add(&s->sha, s->text, (size_t)n);
		*ret_bytes += n;
		(void)crypto_secretstream_xchacha20poly1305_push(&s->state,
		    s->chunk, &len, s->text, (unsigned long long)n, NULL, 0,
		    tag);
		if (!fs_write_all(to, s->chunk, (size_t)len, dst, err))
			return false;
	}
	return true;
}

bool
sealed_file_write(int fd, const char *dst, const struct file_key *key,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "seal");
	struct stream *s = mem_new(ctx, struct stream);
	AUTO_CLOSE int to = create(dst, err);
	bool ok = to >= 0;

	*ret_bytes = 0;
	fs_sha_begin(&s->sha);
	if (ok) {
		memcpy(s->head, magic, MAGIC_BYTES);
		(void)crypto_secretstream_xchacha20poly1305_init_push(&s->state,
		    s->head + MAGIC_BYTES, key->byte);
		ok = finish(to, dst,
		    fs_write_all(to, s->head, sizeof(s->head), dst, err) &&
			seal_all(s, fd, to, dst, ret_bytes, err),
		    err);
	}
	fs_sha_end(&s->sha, ret_sha);
	sodium_memzero(s, sizeof(*s));
	mem_free(ctx);
	return ok;
}

static bool
broken(struct oms_error *err)
{
	return oms_fail(err, OMS_SECRET,
	    "it was sealed with another key, or it is damaged");
}

/* to is -1: nothing is written. */
static bool
open_all(struct stream *s, int from, int to, const char *dst,
    int64_t *ret_bytes, struct oms_error *err)
{
	unsigned char tag = 0;

	while (tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
		ssize_t n = read_full(from, s->chunk, CHUNK_BYTES);
		unsigned long long len;

		if (n < 0)
			return oms_fail_errno(err, OMS_IO, "read");
		if (crypto_secretstream_xchacha20poly1305_pull(&s->state,
			s->text, &len, &tag, s->chunk, (unsigned long long)n,
			NULL, 0) != 0)
			return broken(err);
		fs_sha_add(&s->sha, s->text, (size_t)len);
		*ret_bytes += (int64_t)len;
		if (to >= 0 &&
		    !fs_write_all(to, s->text, (size_t)len, dst, err))
			return false;
	}
	/* Nothing may follow the last chunk. */
	return read_full(from, s->chunk, 1) == 0 || broken(err);
}

static bool
begin_open(struct stream *s, int fd, const struct file_key *key,
    struct oms_error *err)
{
	ssize_t n = read_full(fd, s->head, sizeof(s->head));

	if (n < 0)
		return oms_fail_errno(err, OMS_IO, "read");
	if (n < (ssize_t)sizeof(s->head) ||
	    memcmp(s->head, magic, MAGIC_BYTES) != 0)
		return oms_fail(err, OMS_SECRET, "it is not a sealed file");
	return crypto_secretstream_xchacha20poly1305_init_pull(&s->state,
		   s->head + MAGIC_BYTES, key->byte) == 0 ||
	    broken(err);
}

bool
sealed_file_read(int fd, const char *dst, const struct file_key *key,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "unseal");
	struct stream *s = mem_new(ctx, struct stream);
	AUTO_CLOSE int to = dst != NULL ? create(dst, err) : -1;
	bool ok = dst == NULL || to >= 0;

	*ret_bytes = 0;
	fs_sha_begin(&s->sha);
	if (ok) {
		ok = begin_open(s, fd, key, err) &&
		    open_all(s, fd, to, dst, ret_bytes, err);
		if (dst != NULL)
			ok = finish(to, dst, ok, err);
	}
	fs_sha_end(&s->sha, ret_sha);
	sodium_memzero(s, sizeof(*s));
	mem_free(ctx);
	return ok;
}
