/* notify.c - see notify.h. */

#include "transport/notify.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/hash.h"

enum {
	ADDRESS_BYTES = 320, /* RFC 5321: 64 + 1 + 255 */
	GRACE_MS = 2000,     /* the child says why before we end it */
	US_PER_MS = 1000,
	HEADER_BYTES = 400
};

/* ---- the child ---------------------------------------------------------- */

struct sender {
	CURL *curl;
	struct curl_slist *list; /* addresses, or headers */
	const char *left;        /* of the mail, not sent yet */
	char why[CURL_ERROR_SIZE];
};

/* Is it this machine?  Only there may a password go without TLS. */
static bool
is_local(const char *url)
{
	static const char *const hosts[] = { "://127.0.0.1", "://localhost",
		"://[::1]" };

	if (strchr(url, '@') != NULL) /* what looks like a host may be a user */
		return false;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		const char *p = strstr(url, hosts[i]);
		size_t n = strlen(hosts[i]);

		if (p != NULL && (p[n] == ':' || p[n] == '/' || p[n] == '\0'))
			return true;
	}
	return false;
}

static bool
judge(const struct sender *s, CURLcode rc, struct oms_error *err)
{
	enum oms_code code = OMS_NET_PROTOCOL;

	switch (rc) {
	case CURLE_OK: return true;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT: code = OMS_PEER; break;
	case CURLE_OPERATION_TIMEDOUT: code = OMS_TIMEOUT; break;
	case CURLE_LOGIN_DENIED: code = OMS_AUTH; break;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_SSL_CACERT_BADFILE: code = OMS_CONFIG; break;
	case CURLE_PEER_FAILED_VERIFICATION: code = OMS_HOST_KEY; break;
	default: break;
	}
	return oms_fail(err, code, "%s",
	    s->why[0] != '\0' ? s->why : curl_easy_strerror(rc));
}

static void
set_common(struct sender *s, const char *url, const char *protocols,
    const char *ca_file, int64_t timeout_ms)
{
	curl_easy_setopt(s->curl, CURLOPT_URL, url);
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->why);
	curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(s->curl, CURLOPT_FOLLOWLOCATION, 0L);
	if (ca_file != NULL && ca_file[0] != '\0')
		curl_easy_setopt(s->curl, CURLOPT_CAINFO, ca_file);
}

static size_t
give_mail(char *dst, size_t size, size_t count, void *u)
{
	struct sender *s = u;
	size_t n = strlen(s->left), room = size * count;

	n = n < room ? n : room;
	memcpy(dst, s->left, n);
	s->left += n;
	return n;
}

static size_t
drop_answer(char *p, size_t size, size_t count, void *u)
{
	(void)p;
	(void)u;
	return size * count;
}

static bool
add_addresses(struct sender *s, const char *to, struct oms_error *err)
{
	while (*to != '\0') {
		size_t n = strcspn(to, ","), skip = strspn(to, " \t");
		char address[ADDRESS_BYTES];

		if (n - skip > 2 && n - skip < sizeof(address) - 2) {
			snprintf(address, sizeof(address), "<%.*s>",
			    (int)(n - skip), to + skip);
			s->list = curl_slist_append(s->list, address);
		} else if (n > skip) {
			return oms_fail(err, OMS_CONFIG,
			    "mail_to has an address that is none");
		}
		to += n + (to[n] == ',');
	}
	return s->list != NULL ||
	    oms_fail(err, OMS_CONFIG, "mail_to names nobody");
}

static bool
send_mail(struct sender *s, const void *arg, struct oms_error *err)
{
	const struct notify_mail *m = arg;
	char from[ADDRESS_BYTES];

	if (m->is_plain_allowed && !is_local(m->server))
		return oms_fail(err, OMS_CONFIG,
		    "mail_tls = none is for a server on this machine only");
	if (!add_addresses(s, m->to, err))
		return false;
	snprintf(from, sizeof(from), "<%s>", m->from);
	set_common(s, m->server, "smtp,smtps", m->ca_file, m->timeout_ms);
	curl_easy_setopt(s->curl, CURLOPT_USE_SSL,
	    m->is_plain_allowed ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	if (m->user != NULL && m->user[0] != '\0') {
		curl_easy_setopt(s->curl, CURLOPT_USERNAME, m->user);
		curl_easy_setopt(s->curl, CURLOPT_PASSWORD,
		    m->password != NULL ? m->password : "");
	}
	s->left = m->message;
	curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, s->list);
	curl_easy_setopt(s->curl, CURLOPT_READFUNCTION, give_mail);
	curl_easy_setopt(s->curl, CURLOPT_READDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_CRLF, 1L);
	curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
	return judge(s, curl_easy_perform(s->curl), err);
}

static void
add_header(struct sender *s, const char *name, const char *value)
{
	char line[HEADER_BYTES];

	snprintf(line, sizeof(line), "%s: %s", name, value);
	s->list = curl_slist_append(s->list, line);
}

static void
sign(struct sender *s, const struct notify_post *p)
{
	char text[HASH_HMAC_BYTES + 8] = "sha256=";
	struct hash_hmac h;

	if (p->key == NULL || p->key[0] == '\0')
		return;
	hash_hmac_begin(&h, p->key, strlen(p->key));
	hash_hmac_add(&h, p->ts, strlen(p->ts));
	hash_hmac_add(&h, ".", 1);
	hash_hmac_add(&h, p->body, strlen(p->body));
	hash_hmac_end(&h, text + strlen(text));
	add_header(s, "X-Oms-Signature", text);
}

static bool
send_post(struct sender *s, const void *arg, struct oms_error *err)
{
	const struct notify_post *p = arg;
	long status = 0;

	if (strncmp(p->url, "https://", 8) != 0 && !is_local(p->url))
		return oms_fail(err, OMS_CONFIG,
		    "webhook_url must be https://, or a server on this "
		    "machine");
	set_common(s, p->url, "https,http", p->ca_file, p->timeout_ms);
	add_header(s, "Content-Type", "application/json");
	add_header(s, "X-Oms-Id", p->id);
	add_header(s, "X-Oms-Timestamp", p->ts);
	sign(s, p);
	curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, s->list);
	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, p->body);
	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(p->body));
	curl_easy_setopt(s->curl, CURLOPT_USERAGENT, "oms/" OMS_VERSION);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, drop_answer);
	if (!judge(s, curl_easy_perform(s->curl), err))
		return false;
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 401 || status == 403)
		return oms_fail(err, OMS_AUTH, "the server answered %ld",
		    status);
	return (status >= 200 && status < 300) ||
	    oms_fail(err, OMS_NET_PROTOCOL, "the server answered %ld", status);
}

typedef bool send_fn(struct sender *s, const void *arg, struct oms_error *err);

static _Noreturn void
be_sender(int fd, pid_t parent, send_fn *fn, const void *arg,
    int64_t timeout_ms)
{
	struct oms_error err = NO_ERROR;
	struct sender s = { .why = "" };
	ssize_t n;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm((unsigned)(timeout_ms / 1000 + 2));
	s.curl = curl_global_init(CURL_GLOBAL_DEFAULT) == 0 ? curl_easy_init()
							    : NULL;
	if (s.curl == NULL)
		oms_fail(&err, OMS_NET_PROTOCOL, "libcurl does not start");
	else
		(void)!fn(&s, arg, &err);
	n = write(fd, &err, sizeof(err)); /* one piece: below PIPE_BUF */
	_exit(n == (ssize_t)sizeof(err) ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* ---- our side ----------------------------------------------------------- */

/* Wait for the child's word; *ret is what it said. */
static bool
await(int fd, int64_t limit_ms, struct oms_error *ret)
{
	int64_t end_us = clock_mono_us() + limit_ms * US_PER_MS;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left_us = end_us - clock_mono_us();
		int n;

		if (left_us <= 0)
			return oms_fail(ret, OMS_TIMEOUT, "no answer in time");
		n = poll(&p, 1, (int)(left_us / US_PER_MS) + 1);
		if (n > 0)
			break;
		if (n < 0 && errno != EINTR)
			return oms_fail_errno(ret, OMS_IO, "poll");
	}
	if (read(fd, ret, sizeof(*ret)) != (ssize_t)sizeof(*ret)) {
		*ret = NO_ERROR;
		return oms_fail(ret, OMS_NET_PROTOCOL,
		    "the process that sends has died");
	}
	return ret->code == OMS_OK;
}

static bool
in_child(send_fn *fn, const void *arg, int64_t timeout_ms,
    struct oms_error *err)
{
	struct oms_error said = NO_ERROR;
	pid_t pid, parent = getpid();
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return oms_fail_errno(err, OMS_IO, "make a pipe");
	pid = fork();
	if (pid == 0)
		be_sender(fd[1], parent, fn, arg, timeout_ms);
	(void)close(fd[1]);
	if (pid < 0)
		oms_fail_errno(&said, OMS_IO, "start the process that sends");
	else
		(void)!await(fd[0], timeout_ms + GRACE_MS, &said);
	(void)close(fd[0]);
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (said.code != OMS_OK)
		*err = said;
	return said.code == OMS_OK;
}

bool
notify_mail(const struct notify_mail *m, struct oms_error *err)
{
	return in_child(send_mail, m, m->timeout_ms, err);
}

bool
notify_post(const struct notify_post *p, struct oms_error *err)
{
	return in_child(send_post, p, p->timeout_ms, err);
}
