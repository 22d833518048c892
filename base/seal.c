/* seal.c - see seal.h.  All of it is libsodium's. */

#include "base/seal.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum {
	HASH_BYTES = crypto_shorthash_siphashx24_BYTES,
	NONCE_BYTES = HASH_BYTES, /* what is behind them is 0 */
	NONCE_DIGITS = 24,        /* of base64: 18 bytes, it is in them */
	TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	EXTRA_BYTES = NONCE_BYTES + TAG_BYTES,
	HEX_BYTES = 2 * SEAL_KEY_BYTES,
	LINE_BYTES = 128,
	TEXT_MAX_BYTES = 4096,
	NORMAL_BYTES = 512
};

_Static_assert((int)HASH_BYTES == (int)crypto_shorthash_siphashx24_KEYBYTES,
    "a hash can be the key of the next");
_Static_assert((int)SEAL_KEY_BYTES == (int)crypto_kdf_KEYBYTES,
    "one length of key for everything");
_Static_assert((int)SEAL_KEY_BYTES ==
	(int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    "and for this");

static const char mark[] = "enc1:";
enum { MARK_BYTES = sizeof(mark) - 1 + SEAL_ID_BYTES }; /* with "<id>:" */

/* One key of the file, and what is derived from it for each use. */
struct key {
	char id[SEAL_ID_BYTES];
	unsigned char master[SEAL_KEY_BYTES];
	unsigned char field[SEAL_KEY_BYTES];
	unsigned char nonce[SEAL_KEY_BYTES];
	unsigned char file[SEAL_KEY_BYTES];
};

struct ring {
	struct key keys[SEAL_KEYS_MAX];
	size_t count;
	unsigned char search[SEAL_KEY_BYTES];
	bool has_search;
};

static void
wipe_ring(void *p)
{
	sodium_memzero(p, sizeof(struct ring));
}

static struct ring *
new_ring(mem_ctx *ctx)
{
	struct ring *r = mem_new(ctx, struct ring);

	(void)!sodium_init(); /* picks the fast code */
	mem_on_free(r, wipe_ring);
	return r;
}

static void
derive(struct key *k)
{
	unsigned char id[crypto_kdf_BYTES_MIN];

	(void)crypto_kdf_derive_from_key(id, sizeof(id), 1, "oms-name",
	    k->master);
	sodium_bin2hex(k->id, sizeof(k->id), id, (SEAL_ID_BYTES - 1) / 2);
	(void)crypto_kdf_derive_from_key(k->field, SEAL_KEY_BYTES, 2,
	    "omsfield", k->master);
	(void)crypto_kdf_derive_from_key(k->nonce, SEAL_KEY_BYTES, 3,
	    "omsnonce", k->master);
	(void)crypto_kdf_derive_from_key(k->file, SEAL_KEY_BYTES, 4, "oms-file",
	    k->master);
}

static bool
parse_hex(const char *hex, unsigned char *ret)
{
	size_t n = 0;

	return strlen(hex) == HEX_BYTES &&
	    sodium_hex2bin(ret, SEAL_KEY_BYTES, hex, HEX_BYTES, NULL, &n,
		NULL) == 0 &&
	    n == SEAL_KEY_BYTES;
}

/* Never a word of the line: it may be the secret. */
static bool
bad_line(size_t line, const char *what, struct oms_error *err)
{
	return oms_fail(err, OMS_SECRET, "line %zu of the key ring %s", line,
	    what);
}

static bool
parse_line(struct ring *r, char *text, size_t line, struct oms_error *err)
{
	char word[LINE_BYTES] = "", hex[LINE_BYTES] = "", more[2] = "";
	int words = sscanf(text, "%127s %127s %1s", word, hex, more);
	bool ok = words == 2;

	if (words <= 0 || word[0] == '#')
		return true;
	if (ok && strcmp(word, "search") == 0) {
		if (r->has_search)
			return bad_line(line, "is a second search key", err);
		ok = r->has_search = parse_hex(hex, r->search);
	} else if (ok && strcmp(word, "key") == 0) {
		struct key *k = &r->keys[r->count];

		if (r->count == SEAL_KEYS_MAX)
			return bad_line(line, "is one key too many", err);
		ok = parse_hex(hex, k->master);
		if (ok) {
			derive(k);
			ok = !ring_has(r, k->id);
			r->count += ok;
		}
	} else {
		ok = false;
	}
	sodium_memzero(hex, sizeof(hex));
	return ok ||
	    bad_line(line,
		"is not \"key\" or \"search\" and 64 hex digits, each once",
		err);
}

struct ring *
ring_parse(mem_ctx *ctx, const char *text, struct oms_error *err)
{
	struct ring *r = new_ring(ctx);
	char line[LINE_BYTES + 1];
	bool ok = true;

	for (size_t no = 1; ok && *text != '\0'; no++) {
		size_t n = strcspn(text, "\n");

		if (n > LINE_BYTES) {
			ok = bad_line(no, "is too long", err);
			break;
		}
		memcpy(line, text, n);
		line[n] = '\0';
		ok = parse_line(r, line, no, err);
		text += n + (text[n] == '\n');
	}
	sodium_memzero(line, sizeof(line));
	if (ok && (r->count == 0 || !r->has_search))
		ok = oms_fail(err, OMS_SECRET,
		    "the key ring has no %s line: oms key new makes one",
		    r->count == 0 ? "key" : "search");
	if (ok)
		return r;
	mem_free(r);
	return NULL;
}

static void
add_line(struct sbuf *b, const char *word, const unsigned char *key)
{
	char hex[HEX_BYTES + 1];

	sodium_bin2hex(hex, sizeof(hex), key, SEAL_KEY_BYTES);
	sbuf_addf(b, "%s %s\n", word, hex);
	sodium_memzero(hex, sizeof(hex));
}

char *
ring_text(mem_ctx *ctx, const struct ring *r, bool add_key, const char *only_id,
    struct oms_error *err)
{
	unsigned char fresh[SEAL_KEY_BYTES];
	struct sbuf b;

	if (add_key && r != NULL && r->count == SEAL_KEYS_MAX) {
		oms_fail(err, OMS_LIMIT,
		    "the ring holds %d keys: finish a rotation first",
		    SEAL_KEYS_MAX);
		return NULL;
	}
	(void)!sodium_init();
	sbuf_init(&b, ctx, TEXT_MAX_BYTES);
	sbuf_adds(&b,
	    "# oms key ring 1: keep it secret, and keep a copy "
	    "away from the home\n");
	randombytes_buf(fresh, sizeof(fresh));
	add_line(&b, "search", r != NULL ? r->search : fresh);
	randombytes_buf(fresh, sizeof(fresh));
	if (add_key)
		add_line(&b, "key", fresh);
	sodium_memzero(fresh, sizeof(fresh));
	for (size_t i = 0; r != NULL && i < r->count; i++)
		if (only_id == NULL || strcmp(r->keys[i].id, only_id) == 0)
			add_line(&b, "key", r->keys[i].master);
	return b.p;
}

size_t
ring_count(const struct ring *r)
{
	return r->count;
}

const char *
ring_id(const struct ring *r, size_t i)
{
	return r->keys[i].id;
}

static const struct key *
find_key(const struct ring *r, const char *id)
{
	for (size_t i = 0; i < r->count; i++)
		if (strncmp(r->keys[i].id, id, SEAL_ID_BYTES - 1) == 0)
			return &r->keys[i];
	return NULL;
}

bool
ring_has(const struct ring *r, const char *id)
{
	return find_key(r, id) != NULL;
}

const unsigned char *
ring_file_key(const struct ring *r, const char *id)
{
	const struct key *k = find_key(r, id);

	return k != NULL ? k->file : NULL;
}

/* ---- base64 ------------------------------------------------------------- */
/* Not libsodium's, which takes its time so as to betray nothing: what is
   coded here is sealed. */

static const char digits64
    [] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t
base64_bytes(size_t n)
{
	return (n * 4 + 2) / 3;
}

static void
to_base64(const unsigned char *p, size_t n, char *dst)
{
	for (; n >= 3; n -= 3, p += 3) {
		uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 |
		    p[2];

		*dst++ = digits64[bits >> 18];
		*dst++ = digits64[bits >> 12 & 63];
		*dst++ = digits64[bits >> 6 & 63];
		*dst++ = digits64[bits & 63];
	}
	if (n > 0) {
		uint32_t bits = (uint32_t)p[0] << 16 |
		    (n > 1 ? (uint32_t)p[1] << 8 : 0);

		*dst++ = digits64[bits >> 18];
		*dst++ = digits64[bits >> 12 & 63];
		if (n > 1)
			*dst++ = digits64[bits >> 6 & 63];
	}
	*dst = '\0';
}

/* One more than the value of each digit; 0: no digit. */
/* clang-format off */
static const unsigned char values64[256] = {
	['A'] =  1, ['B'] =  2, ['C'] =  3, ['D'] =  4, ['E'] =  5, ['F'] =  6,
	['G'] =  7, ['H'] =  8, ['I'] =  9, ['J'] = 10, ['K'] = 11, ['L'] = 12,
	['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
	['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
	['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
	['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
	['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64
};
/* clang-format on */

/* How many bytes it was; 0 when it is no base64. */
static size_t
from_base64(const char *text, unsigned char *dst)
{
	uint32_t bits = 0;
	unsigned count = 0;
	size_t n = 0;

	for (; *text != '\0'; text++) {
		unsigned v = values64[(unsigned char)*text];

		if (v == 0)
			return 0;
		bits = bits << 6 | (v - 1);
		count += 6;
		if (count >= 8) {
			count -= 8;
			dst[n++] = (unsigned char)(bits >> count);
		}
	}
	return (bits & ((1U << count) - 1)) == 0 ? n : 0;
}

/* ---- texts -------------------------------------------------------------- */

/* SipHash of the text, its key the SipHash of the place. */
static void
hash_at(const unsigned char *key, const char *place, const char *text, size_t n,
    unsigned char ret[HASH_BYTES])
{
	unsigned char here[HASH_BYTES];

	(void)crypto_shorthash_siphashx24(here, (const unsigned char *)place,
	    strlen(place), key);
	(void)crypto_shorthash_siphashx24(ret, (const unsigned char *)text, n,
	    here);
}

/* As XChaCha20-Poly1305 wants it. */
static void
widen(const unsigned char nonce[NONCE_BYTES],
    unsigned char wide[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES])
{
	memset(wide, 0, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
	memcpy(wide, nonce, NONCE_BYTES);
}

char *
seal(mem_ctx *ctx, const struct ring *r, const char *place, const char *text)
{
	unsigned char wide[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
	const struct key *k = &r->keys[0];
	size_t n = strlen(text), raw_n = n + EXTRA_BYTES;
	size_t room = base64_bytes(raw_n) + 1;
	unsigned char *raw;
	char *out;

	if (n == 0)
		return mem_strdup(ctx, "");
	out = mem_resize(ctx, NULL, MARK_BYTES + room + raw_n);
	raw = (unsigned char *)out + MARK_BYTES + room;
	hash_at(k->nonce, place, text, n, raw);
	widen(raw, wide);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(raw + NONCE_BYTES,
	    NULL, (const unsigned char *)text, n, (const unsigned char *)mark,
	    sizeof(mark) - 1, NULL, wide, k->field);
	memcpy(out, mark, sizeof(mark) - 1);
	memcpy(out + sizeof(mark) - 1, k->id, SEAL_ID_BYTES - 1);
	out[MARK_BYTES - 1] = ':';
	to_base64(raw, raw_n, out + MARK_BYTES);
	return out;
}

/* The key of a sealed text; NULL: it is none, or of nobody we know. */
static const struct key *
key_of(const struct ring *r, const char *sealed)
{
	if (strncmp(sealed, mark, sizeof(mark) - 1) != 0 ||
	    strlen(sealed) <= MARK_BYTES || sealed[MARK_BYTES - 1] != ':')
		return NULL;
	return find_key(r, sealed + sizeof(mark) - 1);
}

enum seal_found
unseal(mem_ctx *ctx, const struct ring *r, const char *sealed, char **ret)
{
	unsigned char wide[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
	const struct key *k = key_of(r, sealed);
	const char *text = sealed + MARK_BYTES;
	unsigned char *raw, *at;
	size_t n;

	if (k == NULL)
		return SEAL_PLAIN;
	raw = mem_resize(ctx, NULL, strlen(text) + 1);
	n = from_base64(text, raw);
	if (n <= EXTRA_BYTES)
		return SEAL_BROKEN;
	widen(raw, wide);
	at = raw + NONCE_BYTES; /* opened where it lies */
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(at, NULL, NULL, at,
		n - NONCE_BYTES, (const unsigned char *)mark, sizeof(mark) - 1,
		wide, k->field) != 0)
		return SEAL_BROKEN;
	at[n - EXTRA_BYTES] = '\0';
	*ret = (char *)at;
	return SEAL_OPENED;
}

bool
seal_is_of(const struct ring *r, const char *place, const char *sealed,
    const char *text)
{
	char digits[NONCE_DIGITS + 1];
	unsigned char raw[NONCE_DIGITS], nonce[NONCE_BYTES];
	const struct key *k = key_of(r, sealed);

	if (k == NULL || strlen(sealed + MARK_BYTES) < NONCE_DIGITS)
		return false;
	memcpy(digits, sealed + MARK_BYTES, NONCE_DIGITS);
	digits[NONCE_DIGITS] = '\0';
	hash_at(k->nonce, place, text, strlen(text), nonce);
	return from_base64(digits, raw) >= NONCE_BYTES &&
	    sodium_memcmp(raw, nonce, NONCE_BYTES) == 0;
}

bool
seal_is_current(const struct ring *r, const char *sealed)
{
	return sealed[0] == '\0' || key_of(r, sealed) == &r->keys[0];
}

/* What of a text counts when it is searched; its length. */
static size_t
normalise(const char *kind, const char *text, char dst[NORMAL_BYTES])
{
	bool is_phone = strcmp(kind, "phone") == 0;
	bool is_email = strcmp(kind, "email") == 0;
	size_t n = 0;

	for (; *text != '\0' && n + 1 < NORMAL_BYTES; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_phone && (c < '0' || c > '9' || (n == 0 && c == '0')))
			continue;
		if (isspace(c) && (is_email || n == 0 || dst[n - 1] == ' '))
			continue;
		dst[n++] = isspace(c) ? ' ' : (char)tolower(c);
	}
	while (n > 0 && dst[n - 1] == ' ')
		n--;
	return n;
}

int64_t
seal_search(const struct ring *r, const char *kind, const char *text)
{
	char normal[NORMAL_BYTES];
	unsigned char raw[HASH_BYTES];
	size_t n = normalise(kind, text, normal);
	uint64_t hash = 0;

	if (n == 0)
		return 0;
	hash_at(r->search, kind, normal, n, raw);
	for (size_t i = 0; i < sizeof(hash); i++)
		hash = hash << 8 | raw[i];
	hash >>= 1;
	return hash != 0 ? (int64_t)hash : 1;
}

void
seal_hash(const struct ring *r, const char *kind, const char *text,
    char ret[SEAL_HASH_BYTES])
{
	unsigned char raw[crypto_generichash_BYTES_MIN];
	char normal[NORMAL_BYTES];
	size_t n = normalise(kind, text, normal);
	crypto_generichash_state h;

	ret[0] = '\0';
	if (n == 0)
		return;
	(void)crypto_generichash_init(&h, r->search, SEAL_KEY_BYTES,
	    sizeof(raw));
	(void)crypto_generichash_update(&h, (const unsigned char *)kind,
	    strlen(kind) + 1);
	(void)crypto_generichash_update(&h, (const unsigned char *)normal, n);
	(void)crypto_generichash_final(&h, raw, sizeof(raw));
	sodium_bin2hex(ret, SEAL_HASH_BYTES, raw, (SEAL_HASH_BYTES - 1) / 2);
}
