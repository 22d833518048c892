/* ssh_key.c - see ssh_key.h. */

#include "transport/ssh_key.h"

#include <stdint.h>
#include <string.h>

#include "base/count.h"

enum { HEAD_BYTES = 128 }; /* of a key file, enough for cipher and type */

/* clang-format off */
static const struct {
	const char *method; /* what the handshake asks for */
	const char *type;   /* the key that answers it */
	bool legacy;        /* SHA-1: only with legacy_algorithms */
} methods[] = {
	{ "ssh-ed25519",         "ssh-ed25519",         false },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", false },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", false },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", false },
	{ "rsa-sha2-512",        "ssh-rsa",             false },
	{ "rsa-sha2-256",        "ssh-rsa",             false },
	{ "ssh-rsa",             "ssh-rsa",             true  },
};
/* clang-format on */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* Base64 without '=': RFC 4648 4, as OpenSSH writes fingerprints. */
static void
to_base64(const unsigned char *p, size_t n, char *dst)
{
	uint32_t acc = 0;
	int bits = 0;

	for (size_t i = 0; i < n; i++) {
		acc = acc << 8 | p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			*dst++ = digits[acc >> (bits - 6) & 63];
	}
	if (bits > 0)
		*dst++ = digits[acc << (6 - bits) & 63];
	*dst = '\0';
}

/* At most max bytes of base64 text over several lines; how many there were. */
static size_t
from_base64(const char *s, unsigned char *dst, size_t max)
{
	uint32_t acc = 0;
	int bits = 0;
	size_t n = 0;

	for (; *s != '\0' && n < max; s++) {
		const char *d = strchr(digits, *s);

		if (*s == '\n' || *s == '\r')
			continue;
		if (d == NULL)
			break;
		acc = acc << 6 | (uint32_t)(d - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			dst[n++] = (unsigned char)(acc >> bits);
		}
	}
	return n;
}

/* A string of RFC 4251 5 at *at; NULL when it does not end within n. */
static const unsigned char *
next_string(const unsigned char *p, size_t n, size_t *at, size_t *ret_len)
{
	const unsigned char *head;

	if (n < *at || n - *at < 4)
		return NULL;
	head = p + *at;
	*ret_len = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
	    (size_t)head[2] << 8 | head[3];
	if (n - *at - 4 < *ret_len)
		return NULL;
	*at += 4 + *ret_len;
	return head + 4;
}

bool
ssh_key_of_blob(mem_ctx *ctx, const void *blob, size_t n,
    const unsigned char sha256[SSH_SHA256_BYTES], struct ssh_key *ret,
    struct oms_error *err)
{
	size_t at = 0, len = 0;
	const unsigned char *type = next_string(blob, n, &at, &len);

	if (type == NULL || len == 0 || len >= sizeof(ret->type))
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the server's host key has no type");
	for (size_t i = 0; i < len; i++) /* it is printed for people */
		ret->type[i] = type[i] > ' ' && type[i] < 0x7f ? (char)type[i]
							       : '?';
	ret->type[len] = '\0';
	memcpy(ret->fingerprint, "SHA256:", 7);
	to_base64(sha256, SSH_SHA256_BYTES, ret->fingerprint + 7);
	ret->base64 = mem_zero(ctx, (n + 2) / 3 * 4 + 1, "host key");
	to_base64(blob, n, ret->base64);
	return true;
}

/* The two words of a pin; a comment may follow. */
struct pin {
	const char *type;
	size_t type_len;
	const char *base64;
	size_t base64_len;
};

static struct pin
pin_of(const char *line)
{
	static const char space[] = " \t";
	struct pin pin;

	pin.type = line + strspn(line, space);
	pin.type_len = strcspn(pin.type, space);
	pin.base64 = pin.type + pin.type_len;
	pin.base64 += strspn(pin.base64, space);
	pin.base64_len = strspn(pin.base64, digits);
	return pin;
}

static bool
is_word(const char *word, size_t n, const char *s)
{
	return strlen(s) == n && memcmp(word, s, n) == 0;
}

static bool
is_type(const struct pin *pin)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (is_word(pin->type, pin->type_len, methods[i].type))
			return true;
	return false;
}

/* The key itself begins with its type again: a line cut short shows there. */
static bool
is_whole(const struct pin *pin)
{
	unsigned char head[HEAD_BYTES];
	size_t at = 0, len = 0;
	size_t n = from_base64(pin->base64, head, sizeof(head));
	const unsigned char *type = next_string(head, n, &at, &len);
	const char *end = pin->base64 + pin->base64_len;

	end += strspn(end, "=");
	return type != NULL && (*end == '\0' || *end == ' ' || *end == '\t') &&
	    len == pin->type_len && memcmp(type, pin->type, len) == 0;
}

bool
ssh_key_check_pins(const struct partner *p, struct oms_error *err)
{
	for (size_t i = 0; i < p->host_key_count; i++) {
		struct pin pin = pin_of(p->host_keys[i]);

		if (!is_type(&pin))
			return oms_fail(err, OMS_CONFIG,
			    "host_key %zu is of no known type: \"%.40s\"",
			    i + 1, p->host_keys[i]);
		if (!is_whole(&pin))
			return oms_fail(err, OMS_CONFIG,
			    "host_key %zu is not \"type base64\" as in a .pub "
			    "file: \"%.40s\"",
			    i + 1, p->host_keys[i]);
	}
	return true;
}

bool
ssh_key_is_pinned(const struct partner *p, const struct ssh_key *key)
{
	for (size_t i = 0; i < p->host_key_count; i++) {
		struct pin pin = pin_of(p->host_keys[i]);

		if (is_word(pin.type, pin.type_len, key->type) &&
		    is_word(pin.base64, pin.base64_len, key->base64))
			return true;
	}
	return false;
}

static bool
has_pin_of_type(const struct partner *p, const char *type)
{
	for (size_t i = 0; i < p->host_key_count; i++) {
		struct pin pin = pin_of(p->host_keys[i]);

		if (is_word(pin.type, pin.type_len, type))
			return true;
	}
	return false;
}

void
ssh_key_pinned_types(const struct partner *p, struct sbuf *out)
{
	const char *last = "";

	for (size_t i = 0; i < COUNT(methods); i++) {
		const char *type = methods[i].type;

		if (strcmp(type, last) == 0 || !has_pin_of_type(p, type))
			continue;
		sbuf_addf(out, "%s%s", out->len > 0 ? " and " : "", type);
		last = type;
	}
	if (out->len == 0)
		sbuf_adds(out, "none");
}

void
ssh_key_methods(const struct partner *p, bool only_pinned, struct sbuf *out)
{
	for (size_t i = 0; i < COUNT(methods); i++) {
		if (methods[i].legacy && !p->legacy_algorithms)
			continue;
		if (only_pinned && !has_pin_of_type(p, methods[i].type))
			continue;
		sbuf_addf(out, "%s%s", out->len > 0 ? "," : "",
		    methods[i].method);
	}
}

/* OpenSSH's own form says cipher and type in clear (PROTOCOL.key). */
static struct ssh_key_file
look_openssh(const char *base64)
{
	static const char magic[] = "openssh-key-v1"; /* with its NUL */
	struct ssh_key_file ret = { false, false };
	unsigned char head[HEAD_BYTES];
	size_t n = from_base64(base64, head, sizeof(head));
	size_t at = sizeof(magic), len = 0;
	const unsigned char *s;

	if (n < at || memcmp(head, magic, sizeof(magic)) != 0)
		return ret;
	s = next_string(head, n, &at, &len); /* cipher */
	ret.is_encrypted = s != NULL &&
	    !(len == 4 && memcmp(s, "none", 4) == 0);
	bool has_kdf = next_string(head, n, &at, &len) != NULL;
	bool has_options = next_string(head, n, &at, &len) != NULL;

	if (!has_kdf || !has_options)
		return ret;
	at += 8; /* number of keys, length of the first */
	s = next_string(head, n, &at, &len);
	ret.is_rsa = s != NULL && len == 7 && memcmp(s, "ssh-rsa", 7) == 0;
	return ret;
}

struct ssh_key_file
ssh_key_file_look(const char *text)
{
	static const char openssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
	const char *at = strstr(text, openssh);

	if (at != NULL)
		return look_openssh(at + sizeof(openssh) - 1);
	return (struct ssh_key_file){
		.is_rsa = strstr(text, "BEGIN RSA PRIVATE KEY") != NULL,
		.is_encrypted = strstr(text, "ENCRYPTED") != NULL,
	};
}
