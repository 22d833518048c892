/*
 * sftp.h - one SFTP session; shared by sftp_login.c and sftp.c only.
 *
 * libssh2 runs non-blocking, and every wait is ours, so that nothing can
 * hold us longer than the limits of the partner say: silence, the call, the
 * session, the rate.  A call that failed otherwise than by an answer of the
 * server (LIBSSH2_ERROR_SFTP_PROTOCOL) leaves libssh2 in the middle of it;
 * the connection is then shut at once and never used again.
 */
#ifndef OMS_TRANSPORT_SFTP_H
#define OMS_TRANSPORT_SFTP_H

#include <libssh2.h>
#include <libssh2_sftp.h>

#include "transport/backend.h"
#include "transport/ssh_key.h"

struct sftp {
	struct transport t; /* first: a session is a struct transport */
	const struct config *cfg;
	const struct partner *p;

	int fd;
	LIBSSH2_SESSION *ssh;
	LIBSSH2_SFTP *sftp; /* NULL until logged in */
	bool broken;        /* shut; libssh2 may only be freed */
	bool is_lost;       /* the line ended or broke, as receive() saw */
	bool is_vague; /* the last answer was FAILURE, which says nothing */

	int64_t session_end_us; /* of clock_mono_us(), like all of these */
	int64_t call_end_us;
	int64_t progress_us;     /* the last time something came of a call */
	int64_t window_start_us; /* of the time the rate is taken over */
	int64_t window_bytes;    /* -1 when no file is being moved */
	int empty_reads; /* in a row; libssh2 spins at the end of a channel */

	char cut[160]; /* which limit passed, or "" */
	enum oms_code cut_code;

	struct ssh_key key;  /* the server's */
	const char *login;   /* how we were let in */
	const char *secret;  /* for the keyboard-interactive prompt */
	bool is_secret_said; /* at most once: accounts get locked */
	bool is_next;        /* it took the next credential */
	bool has_no_fsync;   /* the server said so */
	char *chunk;         /* SFTP_CHUNK_BYTES */
};

enum {
	/*
	 * libssh2 cuts it into requests of 30,000 bytes and keeps them all
	 * on the way at once; this size is the throughput of a long line.
	 */
	SFTP_CHUNK_BYTES = 1 << 20
};

/* Connect, check the host key, log in and start SFTP.  For sftp_open. */
bool sftp_login(struct sftp *x, struct oms_error *err) MUST_CHECK;

/*
 * sftp_scan_key - connect, and keep the host key of that type; no login.
 *
 * type    "ssh-ed25519"
 * errors  OMS_ALGORITHM  the server has no such key, or libssh2 no such word
 */
bool sftp_scan_key(struct sftp *x, const char *type, struct ssh_key *ret,
    struct oms_error *err) MUST_CHECK;

/* Read for libssh2 from now on, so that no loop of its own holds us. */
void sftp_watch(struct sftp *x);

/* A call begins: set how long it may take. */
void sftp_begin(struct sftp *x, enum effort effort);

/* Something came of the call: so many bytes of a file, or 0. */
void sftp_progress(struct sftp *x, int64_t bytes);

/* Wait until libssh2 can go on; false when a limit has passed (x->cut). */
bool sftp_wait(struct sftp *x);

/*
 * sftp_fail - record why a libssh2 call failed, and shut what is out of step.
 *
 * rc  what the call returned; for calls that return a pointer
 *     libssh2_session_last_errno()
 */
bool sftp_fail(struct sftp *x, long rc, struct oms_error *err);

/* Did the line, or a limit, end the call?  libssh2 may call that a refusal. */
bool sftp_is_cut(const struct sftp *x);

/* Shut the connection; everything libssh2 still does then fails at once. */
void sftp_shut(struct sftp *x);

/* Free the SSH session and close the socket, saying goodbye if it works. */
void sftp_hang_up(struct sftp *x);

/* Repeat a call that gives a number until it is done or a limit passes. */
#define SFTP_RC(x, rc, call)                                                   \
	do {                                                                   \
		(rc) = (call);                                                 \
		if ((rc) == LIBSSH2_ERROR_EAGAIN && !sftp_wait(x))             \
			(rc) = LIBSSH2_ERROR_TIMEOUT;                          \
	} while ((rc) == LIBSSH2_ERROR_EAGAIN)

/* The same for a call that gives a pointer; rc says why it is NULL. */
#define SFTP_PTR(x, ptr, rc, call)                                             \
	do {                                                                   \
		(ptr) = (call);                                                \
		(rc) = (ptr) != NULL ? 0                                       \
				     : libssh2_session_last_errno((x)->ssh);   \
		if ((rc) == LIBSSH2_ERROR_EAGAIN && !sftp_wait(x))             \
			(rc) = LIBSSH2_ERROR_TIMEOUT;                          \
	} while ((rc) == LIBSSH2_ERROR_EAGAIN)

#endif
