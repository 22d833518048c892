/*
 * ssh_key.h - host keys pinned for a partner, and the kind of a key file.
 *
 * A pin is a line "type base64", as in a .pub file or in known_hosts after
 * the names.  A server key is trusted when it equals a pin byte for byte;
 * there is no trust on first use, and no other file is read.
 */
#ifndef OMS_TRANSPORT_SSH_KEY_H
#define OMS_TRANSPORT_SSH_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	SSH_TYPE_BYTES = 32,        /* "ecdsa-sha2-nistp256" and a NUL */
	SSH_FINGERPRINT_BYTES = 52, /* "SHA256:" and 43 base64 digits */
	SSH_SHA256_BYTES = 32,
	SSH_METHODS_MAX = 512
};

/* A host key as a server shows it. */
struct ssh_key {
	char type[SSH_TYPE_BYTES];
	char fingerprint[SSH_FINGERPRINT_BYTES]; /* as ssh-keygen -l says it */
	char *base64;
};

/*
 * ssh_key_of_blob - the words for a key in the form of RFC 4253 6.6.
 *
 * blob    n bytes: a length, the type, the key
 * sha256  of the blob
 * errors  OMS_NET_PROTOCOL  the blob does not begin with a type
 */
bool ssh_key_of_blob(mem_ctx *ctx, const void *blob, size_t n,
    const unsigned char sha256[SSH_SHA256_BYTES], struct ssh_key *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * ssh_key_check_pins - are the partner's host_key lines keys we can compare?
 *
 * errors  OMS_CONFIG  a line is not "type base64", or of an unknown type
 */
bool ssh_key_check_pins(const struct partner *p,
    struct oms_error *err) MUST_CHECK;

bool ssh_key_is_pinned(const struct partner *p, const struct ssh_key *key);

/* The types pinned, "ssh-ed25519 and ssh-rsa"; "none" without a pin. */
void ssh_key_pinned_types(const struct partner *p, struct sbuf *out);

/*
 * ssh_key_methods - host key algorithms to ask for, best first.
 *
 * only_pinned  only those that can show a pinned key
 * out          "ssh-ed25519,rsa-sha2-512"; may stay empty
 */
void ssh_key_methods(const struct partner *p, bool only_pinned,
    struct sbuf *out);

/* What can be said of a private key without its passphrase. */
struct ssh_key_file {
	bool is_rsa;
	bool is_encrypted;
};
struct ssh_key_file ssh_key_file_look(const char *text);

#endif
