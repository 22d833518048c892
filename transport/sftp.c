/* sftp.c - a partner's SFTP server, over libssh2; see transport.h, sftp.h. */

#include "transport/sftp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/fault.h"
#include "base/scope.h"
#include "base/str.h"

enum {
	US_PER_S = 1000000,
	US_PER_MS = 1000,
	MINUTE_S = 60,
	GOODBYE_US = 2 * US_PER_S,
	EMPTY_READS_MAX = 10000, /* a chunk of requests causes hundreds */
	FREE_TRIES = 100,
	CHUNK_MIN_BYTES = 1 << 14,
	SINGLE_BYTES = 7000,  /* four of these are one request */
	READDIR_BYTES = 8192, /* 1.10 loses names that do not fit */
	PUT_MODE = 0644       /* less what the server's umask takes */
};

/*
 * Waiting, and what cuts it short.
 */

void
sftp_begin(struct sftp *x, enum effort effort)
{
	int64_t now_us = clock_mono_us();

	x->call_end_us = now_us + backend_limit_us(x->p, effort);
	x->progress_us = now_us;
	x->empty_reads = 0;
	x->window_bytes = -1;
}

static void
begin_moving(struct sftp *x)
{
	sftp_begin(x, EFFORT_FILE);
	x->window_start_us = x->progress_us;
	x->window_bytes = 0;
}

void
sftp_progress(struct sftp *x, int64_t bytes)
{
	x->progress_us = clock_mono_us();
	x->empty_reads = 0;
	if (x->window_bytes >= 0)
		x->window_bytes += bytes;
}

static bool PRINTF(3, 4)
    cut(struct sftp *x, enum oms_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(x->cut, sizeof(x->cut), fmt, ap);
	va_end(ap);
	x->cut_code = code;
	return false;
}

/* The rate is taken over a minute, or less when a file may take little. */
static int64_t
window_s(const struct partner *p)
{
	int64_t tenth_s = p->file_deadline_s / 10;

	return tenth_s > MINUTE_S ? MINUTE_S : tenth_s > 0 ? tenth_s : 1;
}

/* Close one window's count of bytes when it is over. */
static bool
is_fast_enough(struct sftp *x, int64_t now_us)
{
	int64_t end_us = x->window_start_us + window_s(x->p) * US_PER_S;

	if (x->window_bytes < 0 || x->p->min_rate_bytes_s <= 0 ||
	    now_us < end_us)
		return true;
	if (x->window_bytes < window_s(x->p) * x->p->min_rate_bytes_s)
		return false;
	x->window_start_us = now_us;
	x->window_bytes = 0;
	return true;
}

/* The time left until the first limit; 0 or less, and cut, when it passed. */
static int64_t
time_left_us(struct sftp *x)
{
	const struct partner *p = x->p;
	int64_t now_us = clock_mono_us();
	int64_t idle_us = x->progress_us + US_PER_MS * p->idle_timeout_ms -
	    now_us;
	int64_t left_us = idle_us;

	if (x->session_end_us <= now_us)
		return cut(x, OMS_TIMEOUT,
		    "the session took %lld s (session_deadline_s)",
		    (long long)p->session_deadline_s);
	if (x->call_end_us <= now_us)
		return cut(x, OMS_TIMEOUT,
		    "not done in the time it may take, at most %lld s "
		    "(file_deadline_s)",
		    (long long)p->file_deadline_s);
	if (idle_us <= 0)
		return cut(x, OMS_TIMEOUT,
		    "the server was silent for %lld ms (idle_timeout_ms)",
		    (long long)p->idle_timeout_ms);
	if (!is_fast_enough(x, now_us))
		return cut(x, OMS_TIMEOUT,
		    "only %lld bytes came through in %lld s "
		    "(min_rate_bytes_s)",
		    (long long)x->window_bytes, (long long)window_s(p));
	if (x->call_end_us - now_us < left_us)
		left_us = x->call_end_us - now_us;
	if (x->session_end_us - now_us < left_us)
		left_us = x->session_end_us - now_us;
	return left_us < US_PER_S ? left_us : US_PER_S;
}

/*
 * What libssh2 reads with.  Two of its loops never come back to us: it
 * spins when the server's SFTP process has ended, and it reads on as long
 * as a flood of ignorable messages lasts.  Here both can be cut.
 */
static ssize_t
receive(libssh2_socket_t fd, void *buf, size_t n, int flags, void **abstract)
{
	struct sftp *x = *abstract;
	ssize_t got = recv(fd, buf, n, flags | MSG_NOSIGNAL);
	int e = errno;

	if (got > 0)
		x->empty_reads = 0;
	if (got == 0 || (got < 0 && e != EWOULDBLOCK && e != EINTR))
		x->is_lost = true;
	if (time_left_us(x) <= 0)
		return -ETIMEDOUT;
	if (got >= 0)
		return got;
	if (++x->empty_reads > EMPTY_READS_MAX) {
		cut(x, OMS_NET_PROTOCOL, "the server's SFTP process ended");
		return -ECONNRESET;
	}
	return e == EWOULDBLOCK || e == EINTR ? -EAGAIN : -e;
}

void
sftp_watch(struct sftp *x)
{
#if LIBSSH2_VERSION_NUM >= 0x010b01
	(void)libssh2_session_callback_set2(x->ssh, LIBSSH2_CALLBACK_RECV,
	    (libssh2_cb_generic *)receive);
#else
	/* ISO C has no cast from a function to the void pointer wanted. */
	union {
		ssize_t (*function)(libssh2_socket_t fd, void *buf, size_t n,
		    int flags, void **abstract);
		void *pointer;
	} callback = { .function = receive };

	(void)libssh2_session_callback_set(x->ssh, LIBSSH2_CALLBACK_RECV,
	    callback.pointer);
#endif
}

/*
 * A keepalive must not come between the halves of another packet, so only
 * when nothing waits to be sent and the socket has room.
 */
static void
keep_alive(struct sftp *x, int directions)
{
	struct pollfd out = { .fd = x->fd, .events = POLLOUT };
	int next_s;

	if (x->sftp != NULL && x->p->keepalive_s > 0 &&
	    (directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) == 0 &&
	    poll(&out, 1, 0) == 1 && out.revents == POLLOUT)
		(void)libssh2_keepalive_send(x->ssh, &next_s);
}

/*
 * While a login goes on, servers collect small answers until we acknowledge
 * the last one, which the kernel likes to do 40 ms later: twice a session.
 * It forgets this wish with every answer.
 */
static void
acknowledge_now(const struct sftp *x)
{
	int on = 1;

	if (x->sftp == NULL)
		(void)setsockopt(x->fd, IPPROTO_TCP, TCP_QUICKACK, &on,
		    sizeof(on));
}

bool
sftp_wait(struct sftp *x)
{
	int directions = libssh2_session_block_directions(x->ssh);
	struct pollfd pfd = { .fd = x->fd };
	int64_t left_us;

	x->empty_reads = 0;
	/* libssh2 waits for ever for the answers of a server that is gone. */
	if (x->sftp != NULL &&
	    libssh2_channel_eof(libssh2_sftp_get_channel(x->sftp)) == 1)
		return cut(x, OMS_NET_PROTOCOL,
		    "the server's SFTP process ended");
	keep_alive(x, directions);
	acknowledge_now(x);
	left_us = time_left_us(x);
	if (left_us <= 0)
		return false;
	if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
		pfd.events = POLLOUT;
	if ((directions & LIBSSH2_SESSION_BLOCK_INBOUND) != 0 ||
	    pfd.events == 0)
		pfd.events |= POLLIN;
	return poll(&pfd, 1, (int)(left_us / US_PER_MS) + 1) >= 0 ||
	    errno == EINTR || cut(x, OMS_NET_PROTOCOL, "poll failed");
}

void
sftp_shut(struct sftp *x)
{
	x->broken = true;
	if (x->fd >= 0)
		(void)shutdown(x->fd, SHUT_RDWR);
}

/*
 * Say goodbye within two seconds, unless the line is cut: then everything
 * libssh2 tries to send fails at once.  The socket is closed last, because
 * libssh2 would else write to whatever gets its number.
 */
void
sftp_hang_up(struct sftp *x)
{
	LIBSSH2_SFTP *sftp = x->sftp;
	int rc = 0;

	x->sftp = NULL; /* its end is now what we wait for */
	x->call_end_us = clock_mono_us() + GOODBYE_US;
	x->progress_us = x->call_end_us;
	x->window_bytes = -1;
	if (sftp != NULL && !x->broken)
		SFTP_RC(x, rc, libssh2_sftp_shutdown(sftp));
	if (rc != 0)
		sftp_shut(x);
	if (x->ssh != NULL && !x->broken)
		SFTP_RC(x, rc, libssh2_session_disconnect(x->ssh, "done"));
	sftp_shut(x);
	for (int i = 0; x->ssh != NULL && i < FREE_TRIES; i++)
		if (libssh2_session_free(x->ssh) != LIBSSH2_ERROR_EAGAIN)
			x->ssh = NULL;
	x->ssh = NULL;
	if (x->fd >= 0)
		(void)close(x->fd);
	x->fd = -1;
	x->broken = x->is_lost = false;
	x->cut[0] = '\0';
}

bool
sftp_is_cut(const struct sftp *x)
{
	return x->is_lost || x->cut[0] != '\0';
}

/*
 * Errors.
 */

/* clang-format off */
static const struct {
	int rc;
	enum oms_code code;
	const char *text;
} ssh_errors[] = {
	{ LIBSSH2_ERROR_BANNER_RECV, OMS_NET_PROTOCOL,
	  "the server does not speak SSH" },
	{ LIBSSH2_ERROR_BANNER_SEND, OMS_NET_PROTOCOL,
	  "the server cut the connection" },
	{ LIBSSH2_ERROR_SOCKET_SEND, OMS_NET_PROTOCOL,
	  "the server cut the connection" },
	{ LIBSSH2_ERROR_SOCKET_RECV, OMS_NET_PROTOCOL,
	  "the server cut the connection" },
	{ LIBSSH2_ERROR_SOCKET_DISCONNECT, OMS_NET_PROTOCOL,
	  "the server cut the connection" },
	{ LIBSSH2_ERROR_CHANNEL_CLOSED, OMS_NET_PROTOCOL,
	  "the server closed the channel" },
	{ LIBSSH2_ERROR_TIMEOUT, OMS_TIMEOUT, "no answer in time" },
	{ LIBSSH2_ERROR_SOCKET_TIMEOUT, OMS_TIMEOUT, "no answer in time" },
	{ LIBSSH2_ERROR_BUFFER_TOO_SMALL, OMS_NET_PROTOCOL,
	  "a name of the server is too long" },
	{ LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED, OMS_NET_DENIED,
	  "the server offers no SFTP to this user" },
	{ LIBSSH2_ERROR_CHANNEL_FAILURE, OMS_NET_DENIED,
	  "the server offers no SFTP to this user" },
	{ LIBSSH2_ERROR_HOSTKEY_INIT, OMS_HOST_KEY,
	  "the server's host key cannot be read" },
	{ LIBSSH2_ERROR_HOSTKEY_SIGN, OMS_HOST_KEY,
	  "the server did not prove that it has its host key" },
};

/* SFTP version 3 and what later versions added; FAILURE says nothing. */
static const struct {
	unsigned long fx;
	enum oms_code code;
	const char *text;
} fx_errors[] = {
	{ LIBSSH2_FX_EOF, OMS_NET_PROTOCOL, "unexpected end" },
	{ LIBSSH2_FX_NO_SUCH_FILE, OMS_NOT_FOUND, "not there" },
	{ LIBSSH2_FX_PERMISSION_DENIED, OMS_NET_DENIED, "permission denied" },
	{ LIBSSH2_FX_FAILURE, OMS_NET_PROTOCOL,
	  "the server failed and does not say why" },
	{ LIBSSH2_FX_BAD_MESSAGE, OMS_NET_PROTOCOL, "bad message" },
	{ LIBSSH2_FX_NO_CONNECTION, OMS_NET_PROTOCOL,
	  "the server lost its storage" },
	{ LIBSSH2_FX_CONNECTION_LOST, OMS_NET_PROTOCOL,
	  "the server lost its storage" },
	{ LIBSSH2_FX_OP_UNSUPPORTED, OMS_NET_DENIED,
	  "the server cannot do that" },
	{ LIBSSH2_FX_INVALID_HANDLE, OMS_NET_PROTOCOL, "invalid handle" },
	{ LIBSSH2_FX_NO_SUCH_PATH, OMS_NOT_FOUND, "no such folder" },
	{ LIBSSH2_FX_FILE_ALREADY_EXISTS, OMS_EXISTS, "the name exists" },
	{ LIBSSH2_FX_WRITE_PROTECT, OMS_NET_DENIED, "write-protected" },
	{ LIBSSH2_FX_NO_SPACE_ON_FILESYSTEM, OMS_REMOTE_FULL,
	  "the server's disk is full" },
	{ LIBSSH2_FX_QUOTA_EXCEEDED, OMS_REMOTE_FULL,
	  "the quota is used up" },
	{ LIBSSH2_FX_LOCK_CONFLICT, OMS_UNSTABLE,
	  "somebody else has it open" },
	{ LIBSSH2_FX_NOT_A_DIRECTORY, OMS_NOT_FOUND, "not a folder" },
	{ LIBSSH2_FX_INVALID_FILENAME, OMS_NET_DENIED,
	  "the server does not take that name" },
	{ LIBSSH2_FX_LINK_LOOP, OMS_NET_DENIED, "a loop of links" },
};
/* clang-format on */

/* The server's own answer; -1 when the failure was not an answer. */
static long
fx_of(struct sftp *x, long rc)
{
	/* After anything else last_error is that of some earlier call. */
	return rc == LIBSSH2_ERROR_SFTP_PROTOCOL && x->sftp != NULL
	    ? (long)libssh2_sftp_last_error(x->sftp)
	    : -1;
}

static bool
fail_fx(unsigned long fx, struct oms_error *err)
{
	for (size_t i = 0; i < COUNT(fx_errors); i++)
		if (fx_errors[i].fx == fx)
			return oms_fail(err, fx_errors[i].code,
			    "%s (SFTP status %lu)", fx_errors[i].text, fx);
	return oms_fail(err, OMS_NET_PROTOCOL, "SFTP status %lu", fx);
}

bool
sftp_fail(struct sftp *x, long rc, struct oms_error *err)
{
	long fx = fx_of(x, rc);
	char *text = NULL;

	x->is_vague = fx == LIBSSH2_FX_FAILURE;
	if (fx > 0)
		return fail_fx((unsigned long)fx, err);
	if (x->ssh != NULL)
		(void)libssh2_session_last_error(x->ssh, &text, NULL, 0);
	sftp_shut(x);
	if (x->cut[0] != '\0')
		return oms_fail(err, x->cut_code, "%s", x->cut);
	if (x->is_lost) /* libssh2 has other names for it at every place */
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the server cut the connection (libssh2 %ld)", rc);
	for (size_t i = 0; i < COUNT(ssh_errors); i++)
		if (ssh_errors[i].rc == rc)
			return oms_fail(err, ssh_errors[i].code,
			    "%s (libssh2 %ld)", ssh_errors[i].text, rc);
	return oms_fail(err, OMS_NET_PROTOCOL, "%s (libssh2 %ld)",
	    text != NULL ? text : "failed", rc);
}

/*
 * Single requests.
 */

/* dir "" is where the login lands. */
static size_t
join(char path[REMOTE_PATH_BYTES], const char *dir, const char *name)
{
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	snprintf(path, REMOTE_PATH_BYTES, "%.*s%s%s", (int)n, dir,
	    n == 0 || (n == 1 && dir[0] == '/') ? "" : "/", name);
	return strlen(path);
}

static int
look(struct sftp *x, const char *path, int how, LIBSSH2_SFTP_ATTRIBUTES *ret)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	SFTP_RC(x, rc,
	    libssh2_sftp_stat_ex(x->sftp, path, (unsigned)strlen(path), how,
		ret));
	sftp_progress(x, 0);
	return rc;
}

static bool
is_missing(struct sftp *x, long rc)
{
	long fx = fx_of(x, rc);

	return fx == LIBSSH2_FX_NO_SUCH_FILE || fx == LIBSSH2_FX_NO_SUCH_PATH;
}

/* Size and time; a server that tells neither cannot be trusted with files. */
static bool
read_attrs(const LIBSSH2_SFTP_ATTRIBUTES *a, int64_t *ret_bytes,
    int64_t *ret_mtime_s)
{
	if ((a->flags & LIBSSH2_SFTP_ATTR_SIZE) == 0 || a->filesize > INT64_MAX)
		return false;
	*ret_bytes = (int64_t)a->filesize;
	*ret_mtime_s = (a->flags & LIBSSH2_SFTP_ATTR_ACMODTIME) != 0
	    ? (int64_t)a->mtime
	    : 0;
	return true;
}

static bool
is_plain(const LIBSSH2_SFTP_ATTRIBUTES *a)
{
	return (a->flags & LIBSSH2_SFTP_ATTR_PERMISSIONS) == 0 ||
	    LIBSSH2_SFTP_S_ISREG(a->permissions);
}

static bool
sftp_stat(struct transport *t, const char *dir, const char *name,
    int64_t *ret_bytes, struct oms_error *err)
{
	struct sftp *x = (struct sftp *)t;
	char path[REMOTE_PATH_BYTES];
	LIBSSH2_SFTP_ATTRIBUTES a;
	int64_t mtime_s;
	int rc;

	join(path, dir, name);
	sftp_begin(x, EFFORT_REPLY);
	rc = look(x, path, LIBSSH2_SFTP_LSTAT, &a);
	if (is_missing(x, rc)) {
		*ret_bytes = -1;
		return true;
	}
	if (rc != 0)
		return sftp_fail(x, rc, err);
	return read_attrs(&a, ret_bytes, &mtime_s) ||
	    oms_fail(err, OMS_NET_PROTOCOL, "the server tells no size");
}

/*
 * FAILURE is what most servers say to an existing name, and to many other
 * things: look.
 */
static bool
fail_rename(struct sftp *x, int rc, const char *to, struct oms_error *err)
{
	LIBSSH2_SFTP_ATTRIBUTES a;

	sftp_fail(x, rc, err);
	if (!x->is_vague)
		return false;
	rc = look(x, to, LIBSSH2_SFTP_LSTAT, &a);
	if (rc == 0)
		return oms_fail(err, OMS_EXISTS, "the name exists");
	return is_missing(x, rc)
	    ? oms_fail(err, OMS_NET_DENIED, "the server does not rename it")
	    : sftp_fail(x, rc, err);
}

static bool
sftp_rename(struct transport *t, const char *from_dir, const char *from,
    const char *to_dir, const char *to, struct oms_error *err)
{
	struct sftp *x = (struct sftp *)t;
	char old[REMOTE_PATH_BYTES], new[REMOTE_PATH_BYTES];
	unsigned old_len = (unsigned)join(old, from_dir, from);
	unsigned new_len = (unsigned)join(new, to_dir, to);
	int rc;

	sftp_begin(x, EFFORT_REPLY);
	/* Not posix-rename: that one overwrites. */
	SFTP_RC(x, rc,
	    libssh2_sftp_rename_ex(x->sftp, old, old_len, new, new_len, 0));
	if (rc != 0)
		return fail_rename(x, rc, new, err);
	fault_step("transport.rename");
	return true;
}

static bool
sftp_remove(struct transport *t, const char *dir, const char *name,
    struct oms_error *err)
{
	struct sftp *x = (struct sftp *)t;
	LIBSSH2_SFTP_ATTRIBUTES a;
	char path[REMOTE_PATH_BYTES];
	unsigned len = (unsigned)join(path, dir, name);
	int rc;

	sftp_begin(x, EFFORT_REPLY);
	SFTP_RC(x, rc, libssh2_sftp_unlink_ex(x->sftp, path, len));
	if (is_missing(x, rc))
		return true;
	if (fx_of(x, rc) == LIBSSH2_FX_FAILURE) {
		int seen = look(x, path, LIBSSH2_SFTP_LSTAT, &a);

		if (is_missing(x, seen))
			return true;
		if (seen == 0)
			return oms_fail(err, OMS_NET_DENIED,
			    "the server does not remove it");
		rc = seen;
	}
	if (rc != 0)
		return sftp_fail(x, rc, err);
	fault_step("transport.remove");
	return true;
}

/*
 * Handles.
 */

static LIBSSH2_SFTP_HANDLE *
open_handle(struct sftp *x, const char *path, unsigned long flags, int type,
    struct oms_error *err)
{
	LIBSSH2_SFTP_HANDLE *h;
	LIBSSH2_SFTP_ATTRIBUTES a;
	int rc;

	SFTP_PTR(x, h, rc,
	    libssh2_sftp_open_ex(x->sftp, path, (unsigned)strlen(path), flags,
		PUT_MODE, type));
	sftp_progress(x, 0);
	if (h != NULL)
		return h;
	sftp_fail(x, rc, err);
	if (!x->is_vague)
		return NULL;
	rc = look(x, path, LIBSSH2_SFTP_STAT, &a);
	if (is_missing(x, rc) && (flags & LIBSSH2_FXF_CREAT) == 0)
		oms_fail(err, OMS_NOT_FOUND, "not there");
	else if (rc == 0 &&
	    LIBSSH2_SFTP_S_ISDIR(a.permissions) !=
		(type == LIBSSH2_SFTP_OPENDIR))
		oms_fail(err, OMS_NET_DENIED, "it is of another kind");
	return NULL;
}

/* Close and look: only a close that succeeds says that the bytes are there. */
static bool
close_handle(struct sftp *x, LIBSSH2_SFTP_HANDLE *h, bool ok,
    struct oms_error *err)
{
	int rc = 0;

	if (x->broken) { /* only its memory is left to free */
		for (int i = 0; i < FREE_TRIES; i++)
			if (libssh2_sftp_close_handle(h) !=
			    LIBSSH2_ERROR_EAGAIN)
				break;
		return false;
	}
	sftp_begin(x, EFFORT_REPLY);
	SFTP_RC(x, rc, libssh2_sftp_close_handle(h));
	if (rc == LIBSSH2_ERROR_TIMEOUT) {
		sftp_fail(x, rc, err);
		return close_handle(x, h, false, err);
	}
	if (rc == 0 || (!ok && fx_of(x, rc) > 0))
		return ok;
	sftp_fail(x, rc, err);
	return oms_context(err, "close");
}

/*
 * Listing.
 */

static bool
list_entry(struct sftp *x, struct listing *l, const char *dir, const char *name,
    LIBSSH2_SFTP_ATTRIBUTES *a, struct oms_error *err)
{
	static const unsigned long all = LIBSSH2_SFTP_ATTR_SIZE |
	    LIBSSH2_SFTP_ATTR_PERMISSIONS | LIBSSH2_SFTP_ATTR_ACMODTIME;
	char path[REMOTE_PATH_BYTES];
	int64_t bytes, mtime_s;
	int rc;

	if ((a->flags & all) != all) { /* ask for what it did not say */
		join(path, dir, name);
		rc = look(x, path, LIBSSH2_SFTP_LSTAT, a);
		if (is_missing(x, rc))
			return true;
		if (rc != 0)
			return sftp_fail(x, rc, err);
	}
	if (is_plain(a) && read_attrs(a, &bytes, &mtime_s))
		listing_add(l, name, bytes, mtime_s);
	return true;
}

static bool
list_entries(struct sftp *x, LIBSSH2_SFTP_HANDLE *h, struct listing *l,
    const char *dir, struct oms_error *err)
{
	char name[READDIR_BYTES];
	LIBSSH2_SFTP_ATTRIBUTES a;
	bool usable;
	int n;

	for (;;) {
		SFTP_RC(x, n,
		    libssh2_sftp_readdir_ex(h, name, sizeof(name) - 1, NULL, 0,
			&a));
		if (n == 0)
			return true;
		if (n < 0)
			return sftp_fail(x, n, err);
		name[n] = '\0';
		sftp_progress(x, 0);
		if (!listing_take(l, name, (size_t)n, &usable, err) ||
		    (usable && !list_entry(x, l, dir, name, &a, err)))
			return false;
	}
}

static bool
sftp_list(struct transport *t, mem_ctx *ctx, const char *dir,
    struct remote_entry **ret, size_t *ret_count, size_t *ret_skipped,
    struct oms_error *err)
{
	struct sftp *x = (struct sftp *)t;
	struct listing l = { .ctx = ctx, .max_entries = x->p->max_entries };
	LIBSSH2_SFTP_HANDLE *h;

	sftp_begin(x, EFFORT_FILE);
	h = open_handle(x, dir[0] == '\0' ? "." : dir, 0, LIBSSH2_SFTP_OPENDIR,
	    err);
	if (h == NULL ||
	    !close_handle(x, h, list_entries(x, h, &l, dir, err), err))
		return false;
	*ret = l.entry;
	*ret_count = l.count;
	*ret_skipped = l.skipped;
	return true;
}

/*
 * Fetching.
 */

/* What to fetch, and what the listing said of it. */
struct fetch {
	const char *path;
	int64_t bytes;
	int64_t mtime_s;
	const char *dst;
};

/* A file of ours cannot be written: the partner has no part in it. */
static enum oms_code
our_code(void)
{
	return fs_code_of_errno(errno) == OMS_SPACE ? OMS_SPACE : OMS_DISK;
}

static bool
write_local(int fd, const char *p, size_t left, const char *dst,
    struct oms_error *err)
{
	while (left > 0) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return oms_fail_errno(err, our_code(), "write %s", dst);
		p += n;
		left -= (size_t)n;
	}
	return true;
}

/*
 * libssh2 asks ahead for four buffers: for a small file a small buffer
 * spares the server a hundred requests beyond its end.  The least still
 * gives two of them, so that the end comes together with the bytes.
 */
static size_t
chunk_for(int64_t bytes)
{
	if (bytes < CHUNK_MIN_BYTES)
		return CHUNK_MIN_BYTES;
	return bytes < SFTP_CHUNK_BYTES ? (size_t)bytes + 1 : SFTP_CHUNK_BYTES;
}

/*
 * libssh2 loses its place when a server answers with fewer bytes than it was
 * asked for: it tells an end, or fails.  From there on we ask for one piece at
 * a time, where it cannot.
 */
static bool
pull(struct sftp *x, LIBSSH2_SFTP_HANDLE *h, const struct fetch *f, int fd,
    struct fs_sha *sha, struct oms_error *err)
{
	size_t room = chunk_for(f->bytes);
	int64_t got = 0;
	ssize_t n;

	for (;;) {
		SFTP_RC(x, n, libssh2_sftp_read(h, x->chunk, room));
		if (got < f->bytes && room > SINGLE_BYTES &&
		    (n == 0 || n == LIBSSH2_ERROR_SFTP_PROTOCOL)) {
			libssh2_sftp_seek64(h, (libssh2_uint64_t)got);
			room = SINGLE_BYTES;
			continue;
		}
		if (n < 0)
			return sftp_fail(x, n, err);
		if (n == 0)
			break;
		got += n;
		sftp_progress(x, n);
		if (got > f->bytes)
			return oms_fail(err, OMS_UNSTABLE,
			    "it grew past the %lld bytes of the listing",
			    (long long)f->bytes);
		fs_sha_add(sha, x->chunk, (size_t)n);
		if (!write_local(fd, x->chunk, (size_t)n, f->dst, err))
			return false;
	}
	return backend_is_same("read", got, f->bytes, f->mtime_s, f->mtime_s,
	    err);
}

static bool
check_attrs(const LIBSSH2_SFTP_ATTRIBUTES *a, const struct fetch *f,
    const char *when, struct oms_error *err)
{
	int64_t bytes, mtime_s;

	if (!is_plain(a))
		return oms_fail(err, OMS_NET_DENIED, "it is no plain file");
	if (!read_attrs(a, &bytes, &mtime_s))
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the server tells no size");
	return backend_is_same(when, bytes, f->bytes, mtime_s, f->mtime_s, err);
}

static bool
check_handle(struct sftp *x, LIBSSH2_SFTP_HANDLE *h, const struct fetch *f,
    const char *when, struct oms_error *err)
{
	LIBSSH2_SFTP_ATTRIBUTES a;
	int rc;

	memset(&a, 0, sizeof(a));
	SFTP_RC(x, rc, libssh2_sftp_fstat_ex(h, &a, 0));
	sftp_progress(x, 0);
	if (rc != 0)
		return sftp_fail(x, rc, err);
	return check_attrs(&a, f, when, err);
}

/*
 * The handle is asked instead when the name is gone: some servers drop a
 * file once it has been read.
 */
static bool
check_path(struct sftp *x, LIBSSH2_SFTP_HANDLE *h, const struct fetch *f,
    struct oms_error *err)
{
	LIBSSH2_SFTP_ATTRIBUTES a;
	int rc = look(x, f->path, LIBSSH2_SFTP_STAT, &a);

	if (is_missing(x, rc))
		return check_handle(x, h, f, "after reading", err);
	if (rc != 0)
		return sftp_fail(x, rc, err);
	return check_attrs(&a, f, "after reading", err);
}

static bool
fetch_into(struct sftp *x, LIBSSH2_SFTP_HANDLE *h, const struct fetch *f,
    char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	static const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC;
	struct fs_sha sha;
	int fd;
	bool ok;

	if (!check_handle(x, h, f, "when opened", err))
		return false;
	fd = open(f->dst, flags, 0600);
	if (fd < 0)
		return oms_fail_errno(err, our_code(), "create %s", f->dst);
	fs_sha_begin(&sha);
	ok = pull(x, h, f, fd, &sha, err) && check_path(x, h, f, err);
	fs_sha_end(&sha, ret_sha);
	if (ok && fsync(fd) < 0)
		ok = oms_fail_errno(err, our_code(), "sync %s", f->dst);
	if (close(fd) < 0 && ok)
		ok = oms_fail_errno(err, our_code(), "close %s", f->dst);
	if (!ok)
		(void)unlink(f->dst);
	return ok;
}

static bool
sftp_get(struct transport *t, const char *dir, const char *name,
    int64_t want_bytes, int64_t want_mtime_s, int64_t max_bytes,
    const char *dst, char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	struct sftp *x = (struct sftp *)t;
	char path[REMOTE_PATH_BYTES];
	struct fetch f = { path, want_bytes, want_mtime_s, dst };
	LIBSSH2_SFTP_HANDLE *h;
	bool ok;

	(void)max_bytes; /* nothing over want_bytes is ever taken */
	join(path, dir, name);
	begin_moving(x);
	h = open_handle(x, path, LIBSSH2_FXF_READ, LIBSSH2_SFTP_OPENFILE, err);
	if (h == NULL)
		return false;
	ok = fetch_into(x, h, &f, ret_sha, err);
	if (close_handle(x, h, ok, err))
		return true;
	if (ok)
		(void)unlink(dst);
	return false;
}

/*
 * Sending.
 */

static bool
push_chunk(struct sftp *x, LIBSSH2_SFTP_HANDLE *h, size_t n,
    struct oms_error *err)
{
	size_t at = 0;

	while (at < n) {
		ssize_t sent;

		/* Always the rest of the same bytes: some are on the way. */
		SFTP_RC(x, sent, libssh2_sftp_write(h, x->chunk + at, n - at));
		if (sent < 0)
			return sftp_fail(x, sent, err);
		if (sent == 0 && !sftp_wait(x))
			return sftp_fail(x, LIBSSH2_ERROR_TIMEOUT, err);
		if (sent > 0)
			sftp_progress(x, sent);
		at += (size_t)sent;
	}
	return true;
}

static bool
push(struct sftp *x, LIBSSH2_SFTP_HANDLE *h, const struct blob *b,
    int64_t *ret_bytes, struct oms_error *err)
{
	size_t n = 1;

	for (*ret_bytes = 0; n > 0; *ret_bytes += (int64_t)n)
		if (!backend_read_own(b, x->chunk, SFTP_CHUNK_BYTES, *ret_bytes,
			&n, err) ||
		    !push_chunk(x, h, n, err))
			return false;
	return true;
}

/* Ask for the bytes to be on disk, of a server that knows the question. */
static bool
sync_handle(struct sftp *x, LIBSSH2_SFTP_HANDLE *h, struct oms_error *err)
{
	int rc;

	if (x->has_no_fsync)
		return true;
	SFTP_RC(x, rc, libssh2_sftp_fsync(h));
	sftp_progress(x, 0);
	if (fx_of(x, rc) > 0)
		x->has_no_fsync = true;
	return rc == 0 || x->has_no_fsync || sftp_fail(x, rc, err);
}

/* A full disk is only "failure" in version 3: ask how much is free. */
static void
explain_write(struct sftp *x, const char *path, struct oms_error *err)
{
	LIBSSH2_SFTP_STATVFS v;
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);
	int rc;

	if (x->broken || !x->is_vague || err->code != OMS_NET_PROTOCOL)
		return;
	if (len == 0) {
		path = slash == NULL ? "." : "/";
		len = 1;
	}
	SFTP_RC(x, rc, libssh2_sftp_statvfs(x->sftp, path, len, &v));
	if (rc == 0)
		oms_fail(err, OMS_REMOTE_FULL,
		    "the server takes no more bytes; %llu KiB are free there",
		    (unsigned long long)(v.f_bavail * v.f_frsize / 1024));
	else if (fx_of(x, rc) > 0)
		oms_fail(err, OMS_REMOTE_FULL,
		    "the server takes no more bytes and does not say why");
	else
		sftp_fail(x, rc, err);
}

static bool
check_size(struct sftp *x, const char *path, int64_t bytes,
    struct oms_error *err)
{
	LIBSSH2_SFTP_ATTRIBUTES a;
	int64_t there, mtime_s;
	int rc = look(x, path, LIBSSH2_SFTP_STAT, &a);

	if (rc != 0)
		return sftp_fail(x, rc, err);
	if (!read_attrs(&a, &there, &mtime_s))
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the server tells no size");
	return there == bytes ||
	    oms_fail(err, OMS_NET_PROTOCOL, "%lld bytes lie there of %lld",
		(long long)there, (long long)bytes);
}

static bool
put_from(struct sftp *x, const struct blob *b, const char *path,
    struct oms_error *err)
{
	static const unsigned long flags = LIBSSH2_FXF_WRITE |
	    LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC;
	LIBSSH2_SFTP_HANDLE *h = open_handle(x, path, flags,
	    LIBSSH2_SFTP_OPENFILE, err);
	int64_t bytes;
	bool ok;
	int rc;

	if (h == NULL)
		return false;
	ok = push(x, h, b, &bytes, err) && sync_handle(x, h, err);
	ok = close_handle(x, h, ok, err);
	if (ok)
		return check_size(x, path, bytes, err);
	explain_write(x, path, err);
	if (x->broken)
		return false;
	/* Half a file helps nobody, and may be what fills the disk. */
	SFTP_RC(x, rc,
	    libssh2_sftp_unlink_ex(x->sftp, path, (unsigned)strlen(path)));
	return rc == 0 || fx_of(x, rc) > 0 ? false : sftp_fail(x, rc, err);
}

static bool
sftp_put(struct transport *t, const char *src, const char *dir,
    const char *name, struct oms_error *err)
{
	struct sftp *x = (struct sftp *)t;
	mem_ctx *row = mem_ctx_new(NULL, "put");
	struct blob *b = blob_open(row, src, t->ring, err);
	char path[REMOTE_PATH_BYTES];
	bool ok = b != NULL;

	if (ok) {
		join(path, dir, name);
		begin_moving(x);
		ok = put_from(x, b, path, err);
	}
	mem_free(row);
	if (!ok)
		return false;
	fault_step("transport.put");
	return true;
}

/*
 * The session.
 */

static char *
sftp_describe(struct transport *t, mem_ctx *ctx, struct oms_error *err)
{
	/* clang-format off */
	static const struct {
		const char *name;
		int method;
	} agreed[] = {
		{ "key_exchange",  LIBSSH2_METHOD_KEX },
		{ "host_key_method", LIBSSH2_METHOD_HOSTKEY },
		{ "cipher",        LIBSSH2_METHOD_CRYPT_CS },
		{ "mac",           LIBSSH2_METHOD_MAC_CS },
	};
	/* clang-format on */
	struct sftp *x = (struct sftp *)t;
	const char *banner = libssh2_session_banner_get(x->ssh);
	struct sbuf b;

	(void)err;
	sbuf_init(&b, ctx, READDIR_BYTES);
	sbuf_addf(&b, "transport: sftp\nserver: %s\n",
	    banner == NULL ? "" : str_show(ctx, banner, 120));
	sbuf_addf(&b, "host_key: %s\nfingerprint: %s\n", x->key.type,
	    x->key.fingerprint);
	for (size_t i = 0; i < COUNT(agreed); i++) {
		const char *s = libssh2_session_methods(x->ssh,
		    agreed[i].method);

		sbuf_addf(&b, "%s: %s\n", agreed[i].name, s == NULL ? "" : s);
	}
	sbuf_addf(&b, "login: %s%s\nlibssh2: %s\n", x->is_next ? "next " : "",
	    x->login, libssh2_version(0));
	return b.p;
}

static void
sftp_abandon(struct transport *t)
{
	sftp_shut((struct sftp *)t);
}

static void
sftp_close(void *p)
{
	sftp_hang_up(p);
}

static bool
check_partner(const struct partner *p, struct oms_error *err)
{
	if (p->host == NULL || p->host[0] == '\0' || p->user == NULL ||
	    p->user[0] == '\0')
		return oms_fail(err, OMS_CONFIG, "%s has no host or no user",
		    p->id);
	return ssh_key_check_pins(p, err);
}

/* A session that has not called anybody yet. */
static struct sftp *
sftp_new(mem_ctx *ctx, const struct config *cfg, const struct partner *p,
    struct oms_error *err)
{
	struct sftp *x;

	if (libssh2_init(0) != 0) {
		oms_fail(err, OMS_NET_PROTOCOL, "libssh2 does not start");
		return NULL;
	}
	x = mem_new(ctx, struct sftp);
	x->cfg = cfg;
	x->p = p;
	x->fd = -1;
	x->session_end_us = clock_mono_us() + US_PER_S * p->session_deadline_s;
	mem_on_free(x, sftp_close);
	return x;
}

bool
transport_scan(mem_ctx *ctx, const struct config *cfg, const struct partner *p,
    const char *type, struct ssh_key *ret, struct oms_error *err)
{
	struct sftp *x = sftp_new(ctx, cfg, p, err);
	bool ok = x != NULL && sftp_scan_key(x, type, ret, err);

	if (ok)
		ret->base64 = mem_strdup(ctx, ret->base64);
	mem_free(x);
	return ok;
}

struct transport *
sftp_open(mem_ctx *ctx, const struct config *cfg, const struct partner *p,
    struct oms_error *err)
{
	static const struct transport_ops ops = {
		.list = sftp_list,
		.get = sftp_get,
		.put = sftp_put,
		.stat = sftp_stat,
		.rename = sftp_rename,
		.remove = sftp_remove,
		.describe = sftp_describe,
		.abandon = sftp_abandon,
	};
	struct sftp *x;

	if (!check_partner(p, err) || (x = sftp_new(ctx, cfg, p, err)) == NULL)
		return NULL;
	x->t = (struct transport){ .ops = &ops, .partner = p };
	x->chunk = mem_zero(x, SFTP_CHUNK_BYTES, "chunk");
	if (!sftp_login(x, err)) {
		mem_free(x);
		return NULL;
	}
	libssh2_keepalive_config(x->ssh, 0, (unsigned)p->keepalive_s);
	return &x->t;
}
