/*
 * wire.h - messages between oms and its transfer child.
 *
 * A message is its length in bytes and then its fields, in the order both
 * sides agree on.  Fields are put into an sbuf and taken out of a wire; what
 * does not fit is remembered, and asked once, at the end.  Neither side
 * trusts a length: the child has talked to a stranger.
 */
#ifndef OMS_TRANSPORT_WIRE_H
#define OMS_TRANSPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	WIRE_CALL_BYTES = 16384,     /* of a call, at most */
	WIRE_ANSWER_BYTES = 64 << 20 /* of an answer: 200,000 long names */
};

/* A message received, and how far it has been read. */
struct wire {
	const char *p;
	size_t left;
	bool bad; /* a field was not there, or not well-formed */
};

void wire_put_int(struct sbuf *b, int64_t v);
void wire_put_text(struct sbuf *b, const char *s);

int64_t wire_take_int(struct wire *w);

/* The text lies in the message; "" when it is bad.  At most max bytes. */
const char *wire_take_text(struct wire *w, size_t max_bytes);

/* Were all fields there, and nothing more? */
bool wire_is_done(const struct wire *w);

/*
 * wire_send, wire_recv - one whole message over the socket fd.
 *
 * end_us  of clock_mono_us(); 0 for no limit
 * max     bytes of the message; a longer one is refused
 * errors  OMS_TIMEOUT  end_us passed
 *         OMS_NET_PROTOCOL  the other side is gone, or sends nonsense
 */
bool wire_send(int fd, const struct sbuf *b, int64_t end_us,
    struct oms_error *err) MUST_CHECK;
bool wire_recv(int fd, mem_ctx *ctx, size_t max, int64_t end_us,
    struct wire *ret, struct oms_error *err) MUST_CHECK;

#endif
