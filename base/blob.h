/*
 * blob.h - a file of ours, read at any place, plain or encrypted.
 *
 * Everybody who reads bytes of spool/blob/ reads them here, and never opens
 * the path himself: with a key ring the files are encrypted at rest.
 *
 *	struct blob *b = blob_open(ctx, path, cfg->ring, err);
 *
 *	while (blob_read(b, dst, sizeof(dst), off, &n, err) && n > 0)
 *		off += (int64_t)n;
 *
 * An encrypted file is a head and pieces of 64 KiB, each sealed by itself with
 * XChaCha20-Poly1305, so that a record is read without the file before it:
 *
 *   "omsblob1" id(8) nonce(16) size(8, big end first)   the head, 40 bytes
 *   piece tag(16), piece tag(16) ...                    the last one shorter
 *
 * The head is authenticated with every piece, and the piece's number is part
 * of its nonce: no piece can be moved, left out or put into another file.
 * The nonce is a keyed hash of the content's sha256: the same content gives
 * the same bytes.
 */
#ifndef OMS_BASE_BLOB_H
#define OMS_BASE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/seal.h"

struct blob; /* opaque */

/*
 * blob_open - open a plain or an encrypted file.
 *
 * ctx     owner of the result; freeing it closes the file
 * ring    of the home; NULL: only plain files can be read
 * errors  OMS_IO, OMS_SECRET (its key is not in the ring), OMS_STORE_DAMAGED
 *         (it is cut)
 */
struct blob *blob_open(mem_ctx *ctx, const char *path, const struct ring *ring,
    struct oms_error *err) MUST_CHECK;

/* The length of the content, in bytes. */
int64_t blob_bytes(const struct blob *b);

/* The id of the key it is encrypted with; "" for a plain file. */
const char *blob_key_id(const struct blob *b);

/*
 * The file as it lies, plain or encrypted, at its first byte: to copy it.
 *
 * It belongs to b.  blob_read() does not move it.
 */
int blob_fd(const struct blob *b);

/*
 * blob_hash - the sha256 of the content, by reading all of it.
 *
 * errors  as blob_read()
 */
bool blob_hash(const struct blob *b, char ret_hex[FS_SHA_BYTES],
    struct oms_error *err) MUST_CHECK;

/*
 * blob_read - n bytes of the content from byte off on.
 *
 * Fewer than n only at the end.  Safe in several threads at once.
 *
 * errors  OMS_IO, OMS_STORE_DAMAGED (it was changed)
 */
bool blob_read(const struct blob *b, void *dst, size_t n, int64_t off,
    size_t *ret_n, struct oms_error *err) MUST_CHECK;

/*
 * blob_stream - the content for stdio, from its first byte on.
 *
 * Close it before b goes.  NULL: errno says why.
 */
FILE *blob_stream(struct blob *b);

/*
 * blob_write - the plain file src, encrypted, as the new file dst, synced.
 *
 * ring    its current key is used
 * sha256  of the content, in hex
 * errors  OMS_IO, OMS_SPACE; dst does not exist then
 */
bool blob_write(const char *src, const char *dst, const struct ring *ring,
    const char *sha256, struct oms_error *err) MUST_CHECK;

/*
 * blob_copy - the content as a plain new file, synced.
 *
 * mode    of dst, whatever the umask
 */
bool blob_copy(const struct blob *b, const char *dst, mode_t mode,
    struct oms_error *err) MUST_CHECK;

/*
 * blob_seal - as blob_write(), from an open blob: for another key.
 */
bool blob_seal(const struct blob *b, const char *dst, const struct ring *ring,
    const char *sha256, struct oms_error *err) MUST_CHECK;

#endif
