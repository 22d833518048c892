/* hash.c - see hash.h. */

#include "base/hash.h"

#include <sodium.h>

enum { RAW_BYTES = (HASH_BYTES - 1) / 2 };

_Static_assert((int)RAW_BYTES >= (int)crypto_generichash_BYTES_MIN,
    "libsodium makes hashes this short");

void
hash_of(const void *p, size_t n, char ret_hex[HASH_BYTES])
{
	unsigned char raw[RAW_BYTES];

	/* Picks the fast code; without it the portable one does as well. */
	(void)!sodium_init();
	(void)crypto_generichash(raw, sizeof(raw), p, n, NULL, 0);
	sodium_bin2hex(ret_hex, HASH_BYTES, raw, sizeof(raw));
}

_Static_assert(sizeof(struct hash_hmac) >= sizeof(crypto_auth_hmacsha256_state),
    "the state fits");
_Static_assert((int)HASH_HMAC_BYTES ==
	2 * (int)crypto_auth_hmacsha256_BYTES + 1,
    "and the text");

void
hash_hmac_begin(struct hash_hmac *h, const void *key, size_t n)
{
	(void)!sodium_init();
	(void)crypto_auth_hmacsha256_init((void *)h, key, n);
}

void
hash_hmac_add(struct hash_hmac *h, const void *p, size_t n)
{
	(void)crypto_auth_hmacsha256_update((void *)h, p, n);
}

void
hash_hmac_end(struct hash_hmac *h, char ret_hex[HASH_HMAC_BYTES])
{
	unsigned char raw[crypto_auth_hmacsha256_BYTES];

	(void)crypto_auth_hmacsha256_final((void *)h, raw);
	sodium_bin2hex(ret_hex, HASH_HMAC_BYTES, raw, sizeof(raw));
}
