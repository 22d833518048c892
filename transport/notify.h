/*
 * notify.h - tell a person: a mail over SMTP, or a signed POST.
 *
 * Each goes out from a child process of its own with a deadline, so that a
 * server which is silent, slow or hostile holds nothing up.  What was sent
 * may arrive twice when an answer is lost; the message names itself.
 */
#ifndef OMS_TRANSPORT_NOTIFY_H
#define OMS_TRANSPORT_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

/* Members that are NULL or "" are not used. */
struct notify_mail {
	const char *server; /* smtp://host:587 or smtps://host */
	const char *user;
	const char *password;
	bool is_plain_allowed; /* without TLS, to this machine only */
	const char *ca_file;   /* trusted instead of the system's */
	const char *from;      /* one address */
	const char *to;        /* addresses, parted by commas */
	const char *message;   /* RFC 5322, header and body, CRLF or LF */
	int64_t timeout_ms;
};

struct notify_post {
	const char *url;  /* https://...; http:// to this machine only */
	const char *key;  /* signs the body; "" sends it unsigned */
	const char *id;   /* names the message, the same at every try */
	const char *ts;   /* when it was made; part of what is signed */
	const char *body; /* JSON */
	const char *ca_file;
	int64_t timeout_ms;
};

/*
 * notify_mail - send one mail to all addresses.
 *
 * errors  OMS_CONFIG   a server or an address that cannot be used
 *         OMS_PEER, OMS_TIMEOUT, OMS_NET_PROTOCOL, OMS_AUTH
 */
bool notify_mail(const struct notify_mail *m, struct oms_error *err) MUST_CHECK;

/*
 * notify_post - POST one JSON object; any answer 2xx is success.
 *
 * Headers: X-Oms-Id, X-Oms-Timestamp, and X-Oms-Signature, "sha256=" and the
 * HMAC-SHA256 in hex of timestamp, ".", body.  Redirects are not followed.
 *
 * errors  as notify_mail
 */
bool notify_post(const struct notify_post *p, struct oms_error *err) MUST_CHECK;

#endif
