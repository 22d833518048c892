/* wire.c - see wire.h. */

#include "transport/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

enum { US_PER_MS = 1000, POLL_MS = 60000 };

void
wire_put_int(struct sbuf *b, int64_t v)
{
	sbuf_add(b, &v, sizeof(v)); /* the same machine on both ends */
}

void
wire_put_text(struct sbuf *b, const char *s)
{
	size_t n = strlen(s);

	wire_put_int(b, (int64_t)n);
	sbuf_add(b, s, n + 1); /* with its NUL: it is used where it lies */
}

int64_t
wire_take_int(struct wire *w)
{
	int64_t v = 0;

	if (w->left < sizeof(v)) {
		w->bad = true;
		w->left = 0;
		return 0;
	}
	memcpy(&v, w->p, sizeof(v));
	w->p += sizeof(v);
	w->left -= sizeof(v);
	return v;
}

const char *
wire_take_text(struct wire *w, size_t max_bytes)
{
	int64_t n = wire_take_int(w);
	const char *s = w->p;

	if (w->bad || n < 0 || (uint64_t)n >= w->left ||
	    (uint64_t)n > max_bytes || s[n] != '\0' ||
	    memchr(s, '\0', (size_t)n) != NULL) {
		w->bad = true;
		w->left = 0;
		return "";
	}
	w->p += n + 1;
	w->left -= (size_t)n + 1;
	return s;
}

bool
wire_is_done(const struct wire *w)
{
	return !w->bad && w->left == 0;
}

static bool
await(int fd, short events, int64_t end_us, struct oms_error *err)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	for (;;) {
		int64_t left_ms = POLL_MS;
		int n;

		if (end_us != 0)
			left_ms = (end_us - clock_mono_us()) / US_PER_MS + 1;
		if (left_ms <= 0)
			return oms_fail(err, OMS_TIMEOUT,
			    "the transfer process does not answer in time");
		n = poll(&pfd, 1, left_ms < POLL_MS ? (int)left_ms : POLL_MS);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return oms_fail_errno(err, OMS_NET_PROTOCOL, "poll");
	}
}

/* Would the call have blocked, so that it should be made again? */
static bool
is_early(ssize_t n)
{
	return n < 0 &&
	    (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK);
}

static bool
send_all(int fd, const char *p, size_t left, int64_t end_us,
    struct oms_error *err)
{
	while (left > 0) {
		ssize_t n;

		if (!await(fd, POLLOUT, end_us, err))
			return false;
		n = send(fd, p, left, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (is_early(n))
			continue;
		if (n < 0)
			return oms_fail_errno(err, OMS_NET_PROTOCOL,
			    "the other process is gone");
		p += n;
		left -= (size_t)n;
	}
	return true;
}

static bool
recv_all(int fd, char *p, size_t left, int64_t end_us, struct oms_error *err)
{
	while (left > 0) {
		ssize_t n;

		if (!await(fd, POLLIN, end_us, err))
			return false;
		n = recv(fd, p, left, MSG_DONTWAIT);
		if (is_early(n))
			continue;
		if (n <= 0)
			return oms_fail(err, OMS_NET_PROTOCOL,
			    "the other process is gone");
		p += n;
		left -= (size_t)n;
	}
	return true;
}

bool
wire_send(int fd, const struct sbuf *b, int64_t end_us, struct oms_error *err)
{
	uint64_t n = b->len;

	if (!sbuf_ok(b))
		return oms_fail(err, OMS_LIMIT, "the message is over %zu bytes",
		    b->max);
	return send_all(fd, (const char *)&n, sizeof(n), end_us, err) &&
	    send_all(fd, b->p, b->len, end_us, err);
}

bool
wire_recv(int fd, mem_ctx *ctx, size_t max, int64_t end_us, struct wire *ret,
    struct oms_error *err)
{
	uint64_t n = 0;
	char *p;

	if (!recv_all(fd, (char *)&n, sizeof(n), end_us, err))
		return false;
	if (n > max)
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the other process sends nonsense");
	p = mem_zero(ctx, (size_t)n + 1, "message");
	*ret = (struct wire){ .p = p, .left = (size_t)n };
	return recv_all(fd, p, (size_t)n, end_us, err);
}
