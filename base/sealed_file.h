/*
 * sealed_file.h - whole files under a key: what a backup is made of.
 *
 * XChaCha20-Poly1305 in chunks of 64 KiB (libsodium's secretstream), so that a
 * file of any size takes the same little memory, and a chunk that is changed,
 * missing, moved or added is noticed.
 *
 *   "omsseal1" <24 bytes of header> { <chunk of 65536 + 17 bytes> } <last chunk>
 */
#ifndef OMS_BASE_SEALED_FILE_H
#define OMS_BASE_SEALED_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/fs.h"

struct file_key {
	unsigned char byte[32];
};

/*
 * file_key_parse - the key that 64 hex digits are.
 *
 * errors  OMS_SECRET  they are not; the text is never told
 */
bool file_key_parse(const char *hex, struct file_key *ret,
    struct oms_error *err) MUST_CHECK;

/* Forget the key: its memory is wiped. */
void file_key_wipe(struct file_key *key);

/*
 * file_key_name - a name for a text that only holders of the key can make.
 *
 * For names of sealed files: they tell nothing, and the same text has the same
 * name again.
 */
void file_key_name(const struct file_key *key, const char *text,
    char ret_hex[FS_SHA_BYTES]);

/* How large a text of n bytes is when it is sealed. */
int64_t sealed_file_bytes(int64_t n);

/*
 * sealed_file_write - seal what is read from fd into the new file dst.
 *
 * ret_sha, ret_bytes  of the text, not of the sealed file
 * errors  OMS_IO, OMS_SPACE; dst does not exist then
 */
bool sealed_file_write(int fd, const char *dst, const struct file_key *key,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes,
    struct oms_error *err) MUST_CHECK;

/*
 * sealed_file_read - the text of the sealed file fd into the new file dst.
 *
 * dst     NULL: only look whether it is whole
 * errors  OMS_SECRET  it was sealed with another key, or it is damaged: nobody
 *                     can tell which
 *         OMS_IO, OMS_SPACE; dst does not exist then
 */
bool sealed_file_read(int fd, const char *dst, const struct file_key *key,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes,
    struct oms_error *err) MUST_CHECK;

#endif
