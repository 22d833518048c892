/*
 * seal.h - the key ring of a home, and short texts sealed with it.
 *
 * A ring is a small text, kept away from the database (see docs/security.md):
 *
 *   # oms key ring 1
 *   search 64 hex digits      for the keyed hashes by which people search
 *   key    64 hex digits      the current key: everything new is sealed with it
 *   key    64 hex digits      an older one: read only, until the next rotation
 *
 * A key is called by its id, 8 hex digits made of the key itself: a wrong key
 * cannot pass for the right one, and nobody who sends us data can guess it.
 *
 * A sealed text is "enc1:<id>:<base64>": XChaCha20-Poly1305 over the text, the
 * first 16 bytes of its nonce before it; the other 8 are 0.  They are a keyed
 * hash (SipHash, 128 bits) of the place and the text, so the same text in the
 * same row gives the same bytes, and in another row others.  The empty text stays empty.
 */
#ifndef OMS_BASE_SEAL_H
#define OMS_BASE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

enum {
	SEAL_ID_BYTES = 9,    /* 8 hex digits and a NUL */
	SEAL_HASH_BYTES = 25, /* 24 hex digits and a NUL */
	SEAL_KEY_BYTES = 32,
	SEAL_KEYS_MAX = 8 /* of one ring */
};

struct ring; /* opaque; its memory is wiped when it goes */

/*
 * ring_parse - the ring that a text describes.
 *
 * ctx     owner of the result
 * errors  OMS_SECRET  what is wrong, by line; never a word of the text
 */
struct ring *ring_parse(mem_ctx *ctx, const char *text,
    struct oms_error *err) MUST_CHECK;

/*
 * ring_text - the text of a ring, into ctx: what ring_parse() reads.
 *
 * add_key   put a fresh key before the others (r NULL: a whole new ring)
 * only_id   leave out every key but this one; NULL keeps all
 * errors    OMS_LIMIT  it has SEAL_KEYS_MAX keys already
 */
char *ring_text(mem_ctx *ctx, const struct ring *r, bool add_key,
    const char *only_id, struct oms_error *err) MUST_CHECK;

size_t ring_count(const struct ring *r);
const char *ring_id(const struct ring *r, size_t i); /* 0: the current key */
bool ring_has(const struct ring *r, const char *id);

/*
 * seal - a text for the database, into ctx.
 *
 * place   which value this is, e.g. "orders.customer_name/17": the same text
 *         at another place looks different
 */
char *seal(mem_ctx *ctx, const struct ring *r, const char *place,
    const char *text);

enum seal_found {
	SEAL_PLAIN,  /* it is no sealed text, or of a key the ring has not */
	SEAL_OPENED, /* *ret is the text */
	SEAL_BROKEN  /* sealed with a key of ours, and changed since */
};

/* unseal - the text of a sealed text, into ctx. */
enum seal_found unseal(mem_ctx *ctx, const struct ring *r, const char *sealed,
    char **ret);

/*
 * seal_is_of - was text, which unseal() gave, sealed at this place?
 *
 * Its nonce says so: nobody without the key can make it say so of another
 * place, where somebody has moved or copied it.
 */
bool seal_is_of(const struct ring *r, const char *place, const char *sealed,
    const char *text);

/* Is it sealed with the current key?  The empty text is. */
bool seal_is_current(const struct ring *r, const char *sealed);

/*
 * seal_search - the number by which a text is found without being readable.
 *
 * kind    "email" (blanks and case do not count), "name" (nor do blanks
 *         between words), "phone" (only digits count)
 *
 * Returns 63 bits of a keyed hash, so who finds by it may, once in an age,
 * find one too many; 0 for a text of which nothing is left.
 */
int64_t seal_search(const struct ring *r, const char *kind, const char *text);

/*
 * seal_hash - what stands in for a text where it is a key of its own.
 *
 * kind    as of seal_search()
 * ret     "" for a text of which nothing is left
 */
void seal_hash(const struct ring *r, const char *kind, const char *text,
    char ret[SEAL_HASH_BYTES]);

/* For base/blob.c: the key of that id for files; NULL when there is none. */
const unsigned char *ring_file_key(const struct ring *r, const char *id);

#endif
