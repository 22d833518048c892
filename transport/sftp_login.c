/* sftp_login.c - from a host name to an SFTP session; see sftp.h. */

#include "transport/sftp.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/scope.h"
#include "base/str.h"

enum {
	KEY_FILE_BYTES = 65536,
	AGENT_KEYS_MAX = 3, /* servers count each as a failed login */
	US_PER_MS = 1000,
	MODERN_VERSION = 0x010b00 /* 1.11.0 */
};

/* clang-format off */

/*
 * What a libssh2 does not know is left out, so one list serves 1.10 and
 * 1.11.  Without a list 1.10 would offer 3des, arcfour and hmac-md5.
 */
static const struct {
	int method;
	const char *prefs;
	const char *legacy; /* added with legacy_algorithms */
} algorithms[] = {
	{ LIBSSH2_METHOD_KEX,
	  "curve25519-sha256,curve25519-sha256@libssh.org,"
	  "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
	  "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
	  "diffie-hellman-group14-sha256,"
	  "diffie-hellman-group-exchange-sha256",
	  ",diffie-hellman-group14-sha1" },
	{ LIBSSH2_METHOD_CRYPT_CS,
	  "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,"
	  "aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr",
	  ",aes256-cbc,aes128-cbc" },
	{ LIBSSH2_METHOD_CRYPT_SC,
	  "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,"
	  "aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr",
	  ",aes256-cbc,aes128-cbc" },
	{ LIBSSH2_METHOD_MAC_CS,
	  "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
	  "hmac-sha2-256,hmac-sha2-512",
	  ",hmac-sha1" },
	{ LIBSSH2_METHOD_MAC_SC,
	  "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
	  "hmac-sha2-256,hmac-sha2-512",
	  ",hmac-sha1" },
};
/* clang-format on */

/* Is the libssh2 we run with at least 1.11, which knows rsa-sha2 and more? */
static bool
is_modern(void)
{
	return libssh2_version(MODERN_VERSION) != NULL;
}

/*
 * The TCP connection.
 */

static void
set_options(int fd, const struct partner *p)
{
	unsigned silent_ms = (unsigned)p->idle_timeout_ms;
	int on = 1;

	/* All three only make a good line better: failures do not matter. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms,
	    sizeof(silent_ms));
}

/* Finish a connect() under way; 0 or an errno. */
static int
await_connect(int fd, int64_t end_us)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int e = 0;

	for (;;) {
		int64_t left_us = end_us - clock_mono_us();
		int n;

		if (left_us <= 0)
			return ETIMEDOUT;
		n = poll(&pfd, 1, (int)(left_us / US_PER_MS) + 1);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			break;
	}
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0 ? errno : e;
}

static int
connect_to(const struct addrinfo *a, const struct partner *p, int64_t end_us,
    int *ret_errno)
{
	int fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);

	*ret_errno = errno;
	if (fd < 0)
		return -1;
	set_options(fd, p);
	*ret_errno = 0;
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0)
		*ret_errno = errno == EINPROGRESS ? await_connect(fd, end_us)
						  : errno;
	if (*ret_errno == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Try the addresses in turn, each with its share of the time. */
static bool
reach(struct sftp *x, struct oms_error *err)
{
	const struct addrinfo want = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };
	int64_t end_us = clock_mono_us() + US_PER_MS * x->p->connect_timeout_ms;
	struct addrinfo *all;
	char port[16];
	int rc, left = 0, e = 0;

	snprintf(port, sizeof(port), "%d", (int)x->p->port);
	rc = getaddrinfo(x->p->host, port, &want, &all);
	if (rc != 0)
		return oms_fail(err, OMS_PEER, "host %.100s: %s", x->p->host,
		    gai_strerror(rc));
	for (struct addrinfo *a = all; a != NULL; a = a->ai_next)
		left++;
	for (struct addrinfo *a = all; a != NULL && x->fd < 0; a = a->ai_next) {
		int64_t now = clock_mono_us();

		x->fd = connect_to(a, x->p, now + (end_us - now) / left--, &e);
	}
	freeaddrinfo(all);
	return x->fd >= 0 ||
	    oms_fail(err, OMS_PEER, "connect to %.100s port %s: %s", x->p->host,
		port, strerror(e));
}

/*
 * The handshake, and whom we talk to.
 */

/* Is the word of n bytes among the names? */
static bool
is_among(const char *word, size_t n, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strlen(names[i]) == n && memcmp(names[i], word, n) == 0)
			return true;
	return false;
}

/*
 * Ask for those of the wanted names that this libssh2 knows.  It would drop
 * the others itself, but 1.10 does so with a memcpy() onto itself.
 */
static bool
prefer(struct sftp *x, int method, const char *wanted, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(x, "methods");
	const char **known = NULL;
	int count = libssh2_session_supported_algs(x->ssh, method, &known);
	int rc = count;
	struct sbuf b;

	sbuf_init(&b, row, SSH_METHODS_MAX);
	for (const char *s = wanted; count > 0 && *s != '\0';) {
		size_t n = strcspn(s, ",");

		if (is_among(s, n, known, count))
			sbuf_addf(&b, "%s%.*s", b.len > 0 ? "," : "", (int)n,
			    s);
		s += n + (s[n] == ',');
	}
	if (count > 0)
		libssh2_free(x->ssh, known);
	if (b.len > 0)
		rc = libssh2_session_method_pref(x->ssh, method, b.p);
	else if (count >= 0)
		rc = LIBSSH2_ERROR_METHOD_NOT_SUPPORTED;
	mem_free(row);
	if (rc == LIBSSH2_ERROR_METHOD_NOT_SUPPORTED)
		return oms_fail(err, OMS_ALGORITHM,
		    "this libssh2 knows none of the algorithms allowed");
	return rc == 0 || sftp_fail(x, rc, err);
}

static bool
set_algorithms(struct sftp *x, bool only_pinned, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(x, "wanted");
	struct sbuf b;
	bool ok;

	sbuf_init(&b, row, SSH_METHODS_MAX);
	ssh_key_methods(x->p, only_pinned, &b);
	ok = prefer(x, LIBSSH2_METHOD_HOSTKEY, b.p, err);
	for (size_t i = 0; ok && i < COUNT(algorithms); i++) {
		sbuf_clear(&b);
		sbuf_adds(&b, algorithms[i].prefs);
		if (x->p->legacy_algorithms)
			sbuf_adds(&b, algorithms[i].legacy);
		ok = prefer(x, algorithms[i].method, b.p, err);
	}
	mem_free(row);
	return ok;
}

/*
 * The session's own words for a handshake without a common algorithm.  What
 * the server offered libssh2 does not tell.
 */
static bool
fail_algorithm(const struct sftp *x, struct oms_error *err)
{
	if (is_modern())
		return oms_fail(err, OMS_ALGORITHM,
		    "%.60s port %d offers nothing that this libssh2 %s "
		    "supports: run ssh-audit on it; for an old server set "
		    "legacy_algorithms = yes, or ask the partner to update it",
		    x->p->host, (int)x->p->port, libssh2_version(0));
	return oms_fail(err, OMS_ALGORITHM,
	    "%.60s port %d offers nothing that this libssh2 %s supports; it "
	    "needs an ed25519 or ecdsa host key, aes-ctr and hmac-sha2. "
	    "rsa-sha2, chacha20, GCM or EtM-only servers need libssh2 1.11.1 "
	    "or newer: install it (same SONAME), or ask the partner to enable "
	    "ed25519 or ecdsa host keys and aes-ctr",
	    x->p->host, (int)x->p->port, libssh2_version(0));
}

/*
 * Without memory libssh2 would say that the server has no algorithm for us,
 * and the partner would not be called until a person had looked.
 */
static LIBSSH2_ALLOC_FUNC(ssh_malloc)
{
	(void)abstract;
	return mem_malloc(count);
}

static LIBSSH2_REALLOC_FUNC(ssh_realloc)
{
	(void)abstract;
	return mem_realloc(ptr, count);
}

static LIBSSH2_FREE_FUNC(ssh_free)
{
	(void)abstract;
	free(ptr);
}

static bool
handshake(struct sftp *x, bool only_pinned, struct oms_error *err)
{
	int rc;

	if (!reach(x, err))
		return false;
	sftp_begin(x, EFFORT_REPLY);
	x->ssh = libssh2_session_init_ex(ssh_malloc, ssh_free, ssh_realloc, x);
	if (x->ssh == NULL)
		return oms_fail(err, OMS_NET_PROTOCOL, "no SSH session");
	libssh2_session_set_blocking(x->ssh, 0);
	sftp_watch(x);
	if (!set_algorithms(x, only_pinned, err))
		return false;
	SFTP_RC(x, rc, libssh2_session_handshake(x->ssh, x->fd));
	sftp_progress(x, 0);
	if ((rc == LIBSSH2_ERROR_KEX_FAILURE ||
		rc == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE) &&
	    !sftp_is_cut(x)) {
		sftp_shut(x);
		return fail_algorithm(x, err);
	}
	if (rc == 0)
		return true;
	sftp_fail(x, rc, err);
	return oms_context(err, "handshake with %.60s port %d", x->p->host,
	    (int)x->p->port);
}

/*
 * Ask for the pinned types first: the server picks by our order, and might
 * else show a good key of another type.  Nothing in common may only mean
 * that it has none of these, so look what it does show.
 */
static bool
shake_hands(struct sftp *x, struct oms_error *err)
{
	bool only_pinned = x->p->host_key_count > 0;

	if (handshake(x, only_pinned, err))
		return true;
	if (!only_pinned || err->code != OMS_ALGORITHM)
		return false;
	sftp_hang_up(x);
	return handshake(x, false, err);
}

static bool
check_host_key(struct sftp *x, struct oms_error *err)
{
	size_t n = 0;
	int type = 0;
	const char *blob = libssh2_session_hostkey(x->ssh, &n, &type);
	const char *sha = libssh2_hostkey_hash(x->ssh,
	    LIBSSH2_HOSTKEY_HASH_SHA256);
	char room[SSH_METHODS_MAX];
	struct sbuf pinned;
	mem_ctx *row;

	if (blob == NULL || sha == NULL)
		return oms_fail(err, OMS_NET_PROTOCOL, "no host key");
	if (!ssh_key_of_blob(x, blob, n, (const unsigned char *)sha, &x->key,
		err))
		return false;
	if (ssh_key_is_pinned(x->p, &x->key))
		return true;
	row = mem_ctx_new(x, "pinned");
	sbuf_init(&pinned, row, sizeof(room));
	ssh_key_pinned_types(x->p, &pinned);
	str_copy(room, sizeof(room), pinned.p);
	mem_free(row);
	return oms_fail(err, OMS_HOST_KEY,
	    "%.80s port %d shows the %s key %s, which is not pinned "
	    "(pinned: %s); we did not log in",
	    x->p->host, (int)x->p->port, x->key.type, x->key.fingerprint, room);
}

/*
 * The login: each configured way once, agent, key file, password.
 */

static bool
fail_auth(const char *how, bool is_rsa, struct oms_error *err)
{
	if (is_rsa && !is_modern())
		return oms_fail(err, OMS_AUTH,
		    "%s refused: RSA keys do not work with libssh2 %s, which "
		    "signs them with SHA-1 only; use an ed25519 key, or "
		    "install libssh2 1.11.1 or newer",
		    how, libssh2_version(0));
	return oms_fail(err, OMS_AUTH, "%s refused by the server", how);
}

/* What a login call's result means; true when the server let us in. */
static bool
judge(struct sftp *x, int rc, const char *how, bool is_rsa,
    struct oms_error *err)
{
	sftp_progress(x, 0);
	if (rc != 0 && sftp_is_cut(x)) { /* not an answer of the server */
		sftp_fail(x, rc, err);
		return oms_context(err, "log in by %s", how);
	}
	switch (rc) {
	case 0: x->login = how; return true;
	case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
	case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
	case LIBSSH2_ERROR_SOCKET_DISCONNECT: /* it hung up on us: a no */
		return fail_auth(how, is_rsa, err);
	case LIBSSH2_ERROR_PASSWORD_EXPIRED:
		return oms_fail(err, OMS_AUTH, "the password has expired");
	case LIBSSH2_ERROR_METHOD_NONE:
	case LIBSSH2_ERROR_AGENT_PROTOCOL:
		return oms_fail(err, OMS_AUTH,
		    "%s: the agent gave no "
		    "signature",
		    how);
	default:
		sftp_fail(x, rc, err);
		return oms_context(err, "log in by %s", how);
	}
}

static bool
is_rsa_blob(const struct libssh2_agent_publickey *id)
{
	static const char rsa[] = "\0\0\0\7ssh-rsa";

	return id->blob_len >= sizeof(rsa) - 1 &&
	    memcmp(id->blob, rsa, sizeof(rsa) - 1) == 0;
}

static bool
try_agent_keys(struct sftp *x, LIBSSH2_AGENT *agent, struct oms_error *err)
{
	struct libssh2_agent_publickey *id = NULL;
	int tried = 0, skipped = 0, rc;

	while (tried < AGENT_KEYS_MAX &&
	    libssh2_agent_get_identity(agent, &id, id) == 0) {
		if (is_rsa_blob(id) && !is_modern()) {
			skipped++;
			continue;
		}
		tried++;
		SFTP_RC(x, rc, libssh2_agent_userauth(agent, x->p->user, id));
		if (judge(x, rc, "agent key", false, err))
			return true;
		if (err->code != OMS_AUTH)
			return false;
	}
	if (tried > 0)
		return false;
	return skipped > 0 ? fail_auth("agent key", true, err)
			   : oms_fail(err, OMS_AUTH, "the agent has no key");
}

static bool
by_agent(struct sftp *x, struct oms_error *err)
{
	LIBSSH2_AGENT *agent = libssh2_agent_init(x->ssh);
	bool ok = false;

	if (agent == NULL || libssh2_agent_connect(agent) != 0)
		oms_fail(err, OMS_AUTH,
		    "no agent answers at SSH_AUTH_SOCK (use_agent = yes)");
	else if (libssh2_agent_list_identities(agent) != 0)
		oms_fail(err, OMS_AUTH, "the agent does not list its keys");
	else
		ok = try_agent_keys(x, agent, err);
	if (agent != NULL) {
		(void)libssh2_agent_disconnect(agent);
		libssh2_agent_free(agent);
	}
	return ok;
}

/* As ssh does: a private key that others can read is no secret. */
static char *
read_key_file(mem_ctx *ctx, const char *path, size_t *ret_n,
    struct oms_error *err)
{
	struct stat st;
	char *text = fs_read(ctx, path, KEY_FILE_BYTES, ret_n, err);

	if (text == NULL) {
		err->code = OMS_SECRET;
		oms_context(err, "key_file");
		return NULL;
	}
	if (stat(path, &st) < 0 || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		oms_fail(err, OMS_SECRET,
		    "key_file %s may be read by others: chmod 600", path);
		return NULL;
	}
	return text;
}

static bool
use_key(struct sftp *x, const char *text, size_t n, const char *passphrase,
    struct oms_error *err)
{
	struct ssh_key_file kind = ssh_key_file_look(text);
	size_t user_len = strlen(x->p->user);
	int rc;

	if (kind.is_encrypted && passphrase == NULL)
		return oms_fail(err, OMS_SECRET,
		    "key_file %s is encrypted and passphrase is not set",
		    x->p->key_file);
	SFTP_RC(x, rc,
	    libssh2_userauth_publickey_frommemory(x->ssh, x->p->user, user_len,
		NULL, 0, text, n, passphrase));
	if (rc == LIBSSH2_ERROR_FILE ||
	    rc == LIBSSH2_ERROR_KEYFILE_AUTH_FAILED ||
	    (rc == LIBSSH2_ERROR_SOCKET_NONE && !sftp_is_cut(x)))
		return oms_fail(err, OMS_AUTH,
		    "key_file %s cannot be opened: %s", x->p->key_file,
		    kind.is_encrypted ? "wrong passphrase, or damaged"
				      : "damaged, or of an unknown kind");
	return judge(x, rc, "key file", kind.is_rsa, err);
}

static bool
is_set(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static bool
by_key_file(struct sftp *x, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(x, "key file");
	char *phrase = NULL;
	size_t n = 0;
	char *text = read_key_file(row, x->p->key_file, &n, err);
	bool ok = text != NULL;

	if (ok && is_set(x->p->passphrase)) {
		phrase = config_secret(row, x->cfg, x->p->passphrase, err);
		ok = phrase != NULL;
	}
	ok = ok && use_key(x, text, n, phrase, err);
	if (text != NULL)
		explicit_bzero(text, n);
	if (phrase != NULL)
		explicit_bzero(phrase, strlen(phrase));
	mem_free(row);
	return ok;
}

/* Answer the one prompt there should be, once; libssh2 frees the answer. */
static void
answer_prompt(const char *name, int name_len, const char *instruction,
    int instruction_len, int prompt_count,
    const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts,
    LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses, void **abstract)
{
	struct sftp *x = *abstract;

	(void)name;
	(void)name_len;
	(void)instruction;
	(void)instruction_len;
	(void)prompts;
	if (prompt_count != 1 || x->is_secret_said)
		return;
	x->is_secret_said = true;
	responses[0].text = strdup(x->secret);
	if (responses[0].text != NULL)
		responses[0].length = (unsigned)strlen(responses[0].text);
}

static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *s = list; (s = strstr(s, word)) != NULL; s += n)
		if ((s == list || s[-1] == ',') &&
		    (s[n] == ',' || s[n] == '\0'))
			return true;
	return false;
}

static bool
by_password(struct sftp *x, const char *offered, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(x, "password");
	char *secret = config_secret(row, x->cfg, x->p->password, err);
	unsigned user_len = (unsigned)strlen(x->p->user);
	bool ok = false;
	int rc;

	if (secret == NULL) {
		mem_free(row);
		return false;
	}
	x->secret = secret;
	if (has_word(offered, "password")) {
		SFTP_RC(x, rc,
		    libssh2_userauth_password_ex(x->ssh, x->p->user, user_len,
			secret, (unsigned)strlen(secret), NULL));
		ok = judge(x, rc, "password", false, err);
	} else {
		SFTP_RC(x, rc,
		    libssh2_userauth_keyboard_interactive_ex(x->ssh, x->p->user,
			user_len, answer_prompt));
		ok = judge(x, rc, "keyboard-interactive", false, err);
	}
	x->secret = NULL;
	explicit_bzero(secret, strlen(secret));
	mem_free(row);
	return ok;
}

static bool
fail_offer(const struct sftp *x, const char *offered, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "offer");

	oms_fail(err, OMS_AUTH,
	    "the server takes %s; configured for %s are:%s%s%s%s",
	    str_show(row, offered, 120), x->p->id,
	    x->p->use_agent ? " agent" : "",
	    is_set(x->p->key_file) ? " key_file" : "",
	    is_set(x->p->password) ? " password" : "",
	    !x->p->use_agent && !is_set(x->p->key_file) &&
		    !is_set(x->p->password)
		? " nothing"
		: "");
	mem_free(row);
	return false;
}

/* Each configured way once: agent, key file, password. */
static bool
try_all(struct sftp *x, const char *offered, struct oms_error *err)
{
	const struct partner *p = x->p;
	bool takes_key = has_word(offered, "publickey");
	bool takes_password = has_word(offered, "password") ||
	    has_word(offered, "keyboard-interactive");

	fail_offer(x, offered, err);
	if (p->use_agent && takes_key) {
		if (by_agent(x, err))
			return true;
		if (err->code != OMS_AUTH)
			return false;
	}
	if (is_set(p->key_file) && takes_key) {
		if (by_key_file(x, err))
			return true;
		if (err->code != OMS_AUTH)
			return false;
	}
	return is_set(p->password) && takes_password &&
	    by_password(x, offered, err);
}

/* The partner may have put our next credential into force already. */
static bool
try_next(struct sftp *x, const char *offered, struct oms_error *err)
{
	struct partner next = config_with_next(x->p);
	const struct partner *p = x->p;
	bool ok;

	x->p = &next;
	ok = try_all(x, offered, err);
	x->p = p;
	x->is_next = ok;
	return ok;
}

static bool
log_in(struct sftp *x, struct oms_error *err)
{
	const struct partner *p = x->p;
	char offered[256];
	char *list;
	int rc;

	SFTP_PTR(x, list, rc,
	    libssh2_userauth_list(x->ssh, p->user, (unsigned)strlen(p->user)));
	sftp_progress(x, 0);
	if (list == NULL && libssh2_userauth_authenticated(x->ssh)) {
		x->login = "none";
		return true;
	}
	if (list == NULL)
		return sftp_fail(x, rc, err);
	str_copy(offered, sizeof(offered), list); /* libssh2 reuses it */
	if (try_all(x, offered, err))
		return true;
	return err->code == OMS_AUTH && config_has_next(p) &&
	    try_next(x, offered, err);
}

bool
sftp_scan_key(struct sftp *x, const char *type, struct ssh_key *ret,
    struct oms_error *err)
{
	struct partner asked = *x->p;
	struct oms_error unpinned = NO_ERROR;
	const struct partner *p = x->p;
	bool ok;

	/* A pin that no key equals: it only says which type to ask for. */
	asked.host_keys[0] = mem_printf(x, "%s AAAA", type);
	asked.host_key_count = 1;
	x->p = &asked;
	ok = handshake(x, true, err);
	if (ok) {
		(void)!check_host_key(x, &unpinned);
		*ret = x->key;
		ok = x->key.base64 != NULL ||
		    oms_fail(err, unpinned.code, "%s", unpinned.reason);
	}
	x->p = p;
	return ok;
}

bool
sftp_login(struct sftp *x, struct oms_error *err)
{
	struct oms_error why = NO_ERROR; /* set and dropped while trying */
	int rc;

	if (!shake_hands(x, &why) || !check_host_key(x, &why)) {
		*err = why;
		return false;
	}
	sftp_begin(x, EFFORT_REPLY);
	if (!log_in(x, &why)) {
		*err = why;
		return oms_context(err, "%.80s as %.40s", x->p->host,
		    x->p->user);
	}
	sftp_begin(x, EFFORT_REPLY);
	SFTP_PTR(x, x->sftp, rc, libssh2_sftp_init(x->ssh));
	if (x->sftp == NULL) {
		sftp_fail(x, rc, err);
		return oms_context(err, "start SFTP on %.80s", x->p->host);
	}
	return true;
}
