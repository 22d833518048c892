/* blob.c - see blob.h. */

#include "base/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"

enum {
	PIECE_BYTES = 64 << 10,
	TAG_BYTES = 16,
	SEALED_BYTES = PIECE_BYTES + TAG_BYTES,
	PIECES = 16, /* read and written at once */
	NONCE_BYTES = 16,
	ID_BYTES = SEAL_ID_BYTES - 1,
	MAGIC_BYTES = 8,
	HEAD_BYTES = MAGIC_BYTES + ID_BYTES + NONCE_BYTES + 8
};

_Static_assert(TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES &&
	NONCE_BYTES == crypto_core_hchacha20_INPUTBYTES &&
	NONCE_BYTES + 8 == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    "a nonce is the file's and the piece's number");

static const char magic[MAGIC_BYTES + 1] = "omsblob1";

struct blob {
	int fd;
	char *path;
	int64_t bytes;            /* of the content */
	int64_t at;               /* of blob_stream() */
	const unsigned char *key; /* NULL: it is plain */
	char id[SEAL_ID_BYTES];
	unsigned char head[HEAD_BYTES];
};

static void
put_number(unsigned char dst[8], uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		dst[i] = (unsigned char)v;
}

static uint64_t
get_number(const unsigned char src[8])
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | src[i];
	return v;
}

/*
 * XChaCha20-Poly1305 in its two steps: a key of this file, made of the first
 * 16 bytes of the nonce, then ChaCha20-Poly1305 with the rest of it.  Done by
 * libcrypto, which is several times as fast as libsodium at it.
 */
struct cipher {
	EVP_CIPHER_CTX *ctx; /* NULL: libcrypto would not */
	bool seals;
	const unsigned char *head;
};

static struct cipher
cipher_begin(const unsigned char head[HEAD_BYTES], const unsigned char *key,
    bool seals)
{
	struct cipher c = { EVP_CIPHER_CTX_new(), seals, head };
	unsigned char file_key[crypto_core_hchacha20_OUTPUTBYTES];

	(void)crypto_core_hchacha20(file_key, head + MAGIC_BYTES + ID_BYTES,
	    key, NULL);
	if (c.ctx != NULL &&
	    EVP_CipherInit_ex(c.ctx, EVP_chacha20_poly1305(), NULL, file_key,
		NULL, seals) != 1) {
		EVP_CIPHER_CTX_free(c.ctx);
		c.ctx = NULL;
	}
	sodium_memzero(file_key, sizeof(file_key));
	return c;
}

static void
cipher_end(struct cipher *c)
{
	EVP_CIPHER_CTX_free(c->ctx); /* wipes the key */
}

/* n bytes without the tag, which follows them where they are sealed. */
static bool
cipher_piece(struct cipher *c, int64_t piece, unsigned char *dst,
    const unsigned char *src, size_t n)
{
	unsigned char nonce[12] = { 0 };
	unsigned char tag[TAG_BYTES];
	int len = 0;

	put_number(nonce + 4, (uint64_t)piece);
	if (!c->seals)
		memcpy(tag, src + n, TAG_BYTES);
	if (c->ctx == NULL ||
	    EVP_CipherInit_ex(c->ctx, NULL, NULL, NULL, nonce, c->seals) != 1 ||
	    (!c->seals &&
		EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES,
		    tag) != 1) ||
	    EVP_CipherUpdate(c->ctx, NULL, &len, c->head, HEAD_BYTES) != 1 ||
	    EVP_CipherUpdate(c->ctx, dst, &len, src, (int)n) != 1 ||
	    EVP_CipherFinal_ex(c->ctx, dst + n, &len) != 1)
		return false;
	return !c->seals ||
	    EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES,
		dst + n) == 1;
}

static bool
fail_io(const struct blob *b, const char *what, struct oms_error *err)
{
	return oms_fail_errno(err, OMS_IO, "%s %s", what, b->path);
}

static bool
fail_changed(const struct blob *b, const char *how, struct oms_error *err)
{
	return oms_fail(err, OMS_STORE_DAMAGED, "%s %s", b->path, how);
}

/* Most files are small, and memory costs when it is touched. */
static size_t
room_for(int64_t bytes, size_t max)
{
	return bytes < (int64_t)max ? (size_t)bytes + 1 : max;
}

/* ---- reading ------------------------------------------------------------ */

static bool
read_raw(const struct blob *b, void *dst, size_t n, int64_t off, size_t *ret,
    struct oms_error *err)
{
	for (*ret = 0; *ret < n;) {
		ssize_t got = pread(b->fd, (char *)dst + *ret, n - *ret,
		    off + (int64_t)*ret);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_io(b, "read", err);
		if (got == 0)
			break;
		*ret += (size_t)got;
	}
	return true;
}

static void
close_blob(void *p)
{
	(void)close(((struct blob *)p)->fd);
}

/* How long the file of so many bytes of content is. */
static int64_t
sealed_bytes(int64_t bytes)
{
	return HEAD_BYTES + bytes +
	    (bytes + PIECE_BYTES - 1) / PIECE_BYTES * TAG_BYTES;
}

static bool
read_head(struct blob *b, const struct ring *ring, struct oms_error *err)
{
	struct stat st;
	size_t n;

	if (fstat(b->fd, &st) < 0)
		return fail_io(b, "look at", err);
	b->bytes = st.st_size;
	if (!read_raw(b, b->head, HEAD_BYTES, 0, &n, err))
		return false;
	if (n < HEAD_BYTES || memcmp(b->head, magic, MAGIC_BYTES) != 0)
		return true; /* as it came */
	memcpy(b->id, b->head + MAGIC_BYTES, ID_BYTES);
	if (strspn(b->id, "0123456789abcdef") != ID_BYTES)
		return fail_changed(b, "was changed: its head names no key",
		    err);
	b->key = ring != NULL ? ring_file_key(ring, b->id) : NULL;
	if (b->key == NULL)
		return oms_fail(err, OMS_SECRET,
		    "%s is encrypted with key %.8s, which the key ring "
		    "has not",
		    b->path, b->id);
	b->bytes = (int64_t)get_number(b->head + HEAD_BYTES - 8);
	if (b->bytes < 0 || b->bytes > st.st_size ||
	    sealed_bytes(b->bytes) != st.st_size)
		return fail_changed(b, "is longer or shorter than written",
		    err);
	return true;
}

struct blob *
blob_open(mem_ctx *ctx, const char *path, const struct ring *ring,
    struct oms_error *err)
{
	struct blob *b = mem_new(ctx, struct blob);

	b->path = mem_strdup(b, path);
	b->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (b->fd < 0) {
		oms_fail_errno(err, OMS_IO, "open %s", path);
		mem_free(b);
		return NULL;
	}
	mem_on_free(b, close_blob);
	if (read_head(b, ring, err))
		return b;
	mem_free(b);
	return NULL;
}

int64_t
blob_bytes(const struct blob *b)
{
	return b->bytes;
}

const char *
blob_key_id(const struct blob *b)
{
	return b->id;
}

int
blob_fd(const struct blob *b)
{
	return b->fd;
}

/* What of piece number `piece` lies at off and after; at most n bytes. */
static bool
read_piece(const struct blob *b, struct cipher *c, unsigned char *sealed,
    unsigned char *plain, char *dst, size_t n, int64_t off, size_t *ret,
    struct oms_error *err)
{
	int64_t piece = off / PIECE_BYTES;
	size_t skip = (size_t)(off % PIECE_BYTES), got, len;
	bool is_whole;

	if (!read_raw(b, sealed, room_for(b->bytes, PIECE_BYTES) + TAG_BYTES,
		HEAD_BYTES + piece * SEALED_BYTES, &got, err))
		return false;
	len = got < TAG_BYTES ? 0 : got - TAG_BYTES;
	is_whole = skip == 0 && n >= len;
	if (got < TAG_BYTES ||
	    !cipher_piece(c, piece, is_whole ? (unsigned char *)dst : plain,
		sealed, len))
		return fail_changed(b, "was changed or damaged", err);
	if (skip > len)
		return fail_changed(b, "is cut", err);
	*ret = len - skip < n ? len - skip : n;
	if (!is_whole)
		memcpy(dst, plain + skip, *ret);
	return true;
}

bool
blob_read(const struct blob *b, void *dst, size_t n, int64_t off, size_t *ret_n,
    struct oms_error *err)
{
	mem_ctx *row;
	unsigned char *sealed, *plain;
	struct cipher c;
	size_t got = 0, room;
	bool ok = true;

	*ret_n = 0;
	if (b->key == NULL)
		return read_raw(b, dst, n, off, ret_n, err);
	if (off >= b->bytes)
		return true;
	if ((int64_t)n > b->bytes - off)
		n = (size_t)(b->bytes - off);
	row = mem_ctx_new(NULL, "pieces");
	room = room_for(b->bytes, PIECE_BYTES);
	sealed = mem_resize(row, NULL, room + TAG_BYTES);
	plain = mem_resize(row, NULL, room);
	c = cipher_begin(b->head, b->key, false);
	while (ok && *ret_n < n) {
		ok = read_piece(b, &c, sealed, plain, (char *)dst + *ret_n,
		    n - *ret_n, off + (int64_t)*ret_n, &got, err);
		*ret_n += ok ? got : 0;
	}
	cipher_end(&c);
	sodium_memzero(plain, room);
	mem_free(row);
	return ok;
}

bool
blob_hash(const struct blob *b, char ret_hex[FS_SHA_BYTES],
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "hash");
	char *chunk = mem_resize(row, NULL, PIECES * PIECE_BYTES);
	struct fs_sha h;
	int64_t off = 0;
	size_t n = 1;
	bool ok = true;

	fs_sha_begin(&h);
	while (ok && n > 0) {
		ok = blob_read(b, chunk, PIECES * PIECE_BYTES, off, &n, err);
		fs_sha_add(&h, chunk, ok ? n : 0);
		off += (int64_t)n;
	}
	fs_sha_end(&h, ret_hex);
	sodium_memzero(chunk, PIECES * PIECE_BYTES);
	mem_free(row);
	return ok;
}

static ssize_t
stream_read(void *u, char *dst, size_t n)
{
	struct blob *b = u;
	struct oms_error err = NO_ERROR;
	size_t got;

	if (!blob_read(b, dst, n, b->at, &got, &err)) {
		errno = EIO;
		return -1;
	}
	b->at += (int64_t)got;
	return (ssize_t)got;
}

FILE *
blob_stream(struct blob *b)
{
	b->at = 0;
	return fopencookie(b, "r",
	    (cookie_io_functions_t){ .read = stream_read });
}

/* ---- writing ------------------------------------------------------------ */

static int
create(const char *path, mode_t mode, struct oms_error *err)
{
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		oms_fail_errno(err, fs_code_of_errno(errno), "create %s", path);
	return fd;
}

/* Sync and close; after an error the file is lost, so it is removed. */
static bool
finish(int *fd, const char *path, bool ok, struct oms_error *err)
{
	int raw = *fd;

	*fd = -1;
	if (ok && fsync(raw) < 0)
		ok = oms_fail_errno(err, fs_code_of_errno(errno), "sync %s",
		    path);
	if (close(raw) < 0 && ok)
		ok = oms_fail_errno(err, fs_code_of_errno(errno), "close %s",
		    path);
	if (!ok)
		(void)unlink(path);
	return ok;
}

static void
make_head(const struct ring *ring, const char *sha256, int64_t bytes,
    unsigned char head[HEAD_BYTES])
{
	const char *id = ring_id(ring, 0);

	memcpy(head, magic, MAGIC_BYTES);
	memcpy(head + MAGIC_BYTES, id, ID_BYTES);
	(void)crypto_generichash(head + MAGIC_BYTES + ID_BYTES, NONCE_BYTES,
	    (const unsigned char *)sha256, strlen(sha256),
	    ring_file_key(ring, id), SEAL_KEY_BYTES);
	put_number(head + HEAD_BYTES - 8, (uint64_t)bytes);
}

/* Pieces from number first on, sealed one behind the other. */
static bool
seal_pieces(struct cipher *c, const unsigned char *plain, size_t n,
    int64_t first, unsigned char *dst, size_t *ret, struct oms_error *err)
{
	unsigned char *to = dst;

	for (size_t at = 0; at < n; at += PIECE_BYTES, first++) {
		size_t len = n - at < PIECE_BYTES ? n - at : PIECE_BYTES;

		if (!cipher_piece(c, first, to, plain + at, len))
			return oms_fail(err, OMS_INTERNAL,
			    "libcrypto does not encrypt");
		to += len + TAG_BYTES;
	}
	*ret = (size_t)(to - dst);
	return true;
}

static bool
seal_all(const struct blob *b, int fd, const char *dst, const struct ring *ring,
    const char *sha256, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "pieces");
	size_t room = room_for(b->bytes, PIECES * PIECE_BYTES);
	unsigned char *plain = mem_resize(row, NULL, room);
	unsigned char *sealed = mem_resize(row, NULL,
	    room + (room / PIECE_BYTES + 1) * TAG_BYTES);
	const unsigned char *key = ring_file_key(ring, ring_id(ring, 0));
	unsigned char head[HEAD_BYTES];
	struct cipher c;
	int64_t off = 0;
	size_t n = 0, sealed_n = 0;
	bool ok;

	make_head(ring, sha256, b->bytes, head);
	c = cipher_begin(head, key, true);
	ok = fs_write_all(fd, head, HEAD_BYTES, dst, err);
	while (ok && off < b->bytes) {
		ok = blob_read(b, plain, room, off, &n, err) &&
		    (n > 0 || fail_changed(b, "became shorter", err)) &&
		    seal_pieces(&c, plain, n, off / PIECE_BYTES, sealed,
			&sealed_n, err) &&
		    fs_write_all(fd, sealed, sealed_n, dst, err);
		(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		off += (int64_t)n;
	}
	cipher_end(&c);
	sodium_memzero(plain, room);
	mem_free(row);
	return ok;
}

bool
blob_seal(const struct blob *b, const char *dst, const struct ring *ring,
    const char *sha256, struct oms_error *err)
{
	AUTO_CLOSE int fd = create(dst, 0600, err);

	if (fd < 0)
		return false;
	return finish(&fd, dst, seal_all(b, fd, dst, ring, sha256, err), err);
}

bool
blob_write(const char *src, const char *dst, const struct ring *ring,
    const char *sha256, struct oms_error *err)
{
	/* Content that looks like our own head is content all the same. */
	struct blob b = { .fd = open(src, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
		.path = (char *)(uintptr_t)src };
	AUTO_CLOSE int fd = b.fd;
	struct stat st;

	if (fd < 0)
		return fail_io(&b, "open", err);
	if (fstat(fd, &st) < 0)
		return fail_io(&b, "look at", err);
	b.bytes = st.st_size;
	return blob_seal(&b, dst, ring, sha256, err);
}

static bool
copy_all(const struct blob *b, int fd, const char *dst, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "copy");
	size_t room = room_for(b->bytes, PIECES * PIECE_BYTES);
	char *chunk = mem_resize(row, NULL, room);
	int64_t off = 0;
	size_t n = 1;
	bool ok = true;

	while (ok && n > 0) {
		ok = blob_read(b, chunk, room, off, &n, err) &&
		    fs_write_all(fd, chunk, n, dst, err);
		off += (int64_t)n;
	}
	mem_free(row);
	return ok;
}

bool
blob_copy(const struct blob *b, const char *dst, mode_t mode,
    struct oms_error *err)
{
	AUTO_CLOSE int fd = create(dst, 0600, err);
	bool ok;

	if (fd < 0)
		return false;
	ok = copy_all(b, fd, dst, err);
	if (ok && fchmod(fd, mode) < 0)
		ok = oms_fail_errno(err, OMS_IO, "change the mode of %s", dst);
	return finish(&fd, dst, ok, err);
}
