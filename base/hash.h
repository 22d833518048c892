/*
 * hash.h - a short name for a content: equal contents, equal names.
 *
 * For telling a repeat from a change.  What must stand against an attacker,
 * or be compared with a partner's sum, is sha256 (fs.h).
 */
#ifndef OMS_BASE_HASH_H
#define OMS_BASE_HASH_H

#include <stddef.h>

enum { HASH_BYTES = 33 }; /* 32 hex digits and a NUL */

/*
 * hash_of - BLAKE2b-128 of n bytes, in hex.
 *
 * source  RFC 7693; libsodium
 */
void hash_of(const void *p, size_t n, char ret_hex[HASH_BYTES]);

#endif
