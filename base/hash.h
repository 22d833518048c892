/*
 * hash.h - a short name for a content: equal contents, equal names.
 *
 * For telling a repeat from a change.  What must stand against an attacker,
 * or be compared with a partner's sum, is sha256 (fs.h).
 */
#ifndef OMS_BASE_HASH_H
#define OMS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_BYTES = 33 }; /* 32 hex digits and a NUL */

/*
 * hash_of - BLAKE2b-128 of n bytes, in hex.
 *
 * source  RFC 7693; libsodium
 */
void hash_of(const void *p, size_t n, char ret_hex[HASH_BYTES]);

enum { HASH_HMAC_BYTES = 65 }; /* 64 hex digits and a NUL */

/*
 * HMAC-SHA256 of a stream, for signatures: begin, add any number of times,
 * end.  The key may have any length.
 *
 * source  RFC 2104; libsodium
 */
struct hash_hmac {
	uint64_t opaque[64]; /* crypto_auth_hmacsha256_state */
};
void hash_hmac_begin(struct hash_hmac *h, const void *key, size_t n);
void hash_hmac_add(struct hash_hmac *h, const void *p, size_t n);
void hash_hmac_end(struct hash_hmac *h, char ret_hex[HASH_HMAC_BYTES]);

#endif
