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
