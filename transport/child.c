/*
 * child.c - a session in a process of its own; see transport_spawn.
 *
 * The child has a socket to us, the partner's lock and stderr, and dies with
 * us.  It calls the backend; we check the arguments before and the answers
 * after, so that a server which takes over the child has gained a process
 * that can send us well-formed messages.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/scope.h"
#include "base/str.h"
#include "transport/backend.h"
#include "transport/wire.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN true
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define HAS_ASAN true
#endif
#ifndef HAS_ASAN
#define HAS_ASAN false /* ASan reserves terabytes of addresses */
#endif

enum {
	US_PER_S = 1000000,
	OPEN_FILES_MAX = 64,
	RESOLVER_S = 30, /* getaddrinfo() has limits of its own */
	GRACE_S = 5,     /* the child says why it was late before we do */
	GOODBYE_MS = 4000,
	LOCAL_PATH_BYTES = 4096,
	DESCRIBE_BYTES = 16384,
	STOPPED = 100 /* the exit status of fault_step() */
};

enum op {
	OP_LIST,
	OP_GET,
	OP_PUT,
	OP_STAT,
	OP_RENAME,
	OP_REMOVE,
	OP_DESCRIBE,
	OP_COUNT
};

/*
 * The child's side.  Each takes its arguments from the call, makes it, and
 * puts the results into the answer.
 */

typedef bool serve_fn(struct transport *t, mem_ctx *row, struct wire *call,
    struct sbuf *answer, struct oms_error *err);

static bool
is_whole(const struct wire *call, struct oms_error *err)
{
	return wire_is_done(call) ||
	    oms_fail(err, OMS_NET_PROTOCOL, "a call that is no call");
}

static bool
serve_list(struct transport *t, mem_ctx *row, struct wire *call,
    struct sbuf *answer, struct oms_error *err)
{
	const char *dir = wire_take_text(call, DIR_BYTES);
	struct remote_entry *e = NULL;
	size_t count = 0, skipped = 0;

	if (!is_whole(call, err) ||
	    !t->ops->list(t, row, dir, &e, &count, &skipped, err))
		return false;
	wire_put_int(answer, (int64_t)skipped);
	wire_put_int(answer, (int64_t)count);
	for (size_t i = 0; i < count; i++) {
		wire_put_text(answer, e[i].name);
		wire_put_int(answer, e[i].size_bytes);
		wire_put_int(answer, e[i].mtime_s);
	}
	return true;
}

static bool
serve_get(struct transport *t, mem_ctx *row, struct wire *call,
    struct sbuf *answer, struct oms_error *err)
{
	const char *dir = wire_take_text(call, DIR_BYTES);
	const char *name = wire_take_text(call, NAME_BYTES);
	int64_t bytes = wire_take_int(call);
	int64_t mtime_s = wire_take_int(call);
	int64_t max_bytes = wire_take_int(call);
	const char *dst = wire_take_text(call, LOCAL_PATH_BYTES);
	char sha[FS_SHA_BYTES];

	(void)row;
	if (!is_whole(call, err) ||
	    !t->ops->get(t, dir, name, bytes, mtime_s, max_bytes, dst, sha,
		err))
		return false;
	wire_put_text(answer, sha);
	return true;
}

static bool
serve_put(struct transport *t, mem_ctx *row, struct wire *call,
    struct sbuf *answer, struct oms_error *err)
{
	const char *src = wire_take_text(call, LOCAL_PATH_BYTES);
	const char *dir = wire_take_text(call, DIR_BYTES);
	const char *name = wire_take_text(call, NAME_BYTES);

	(void)row;
	(void)answer;
	return is_whole(call, err) && t->ops->put(t, src, dir, name, err);
}

static bool
serve_stat(struct transport *t, mem_ctx *row, struct wire *call,
    struct sbuf *answer, struct oms_error *err)
{
	const char *dir = wire_take_text(call, DIR_BYTES);
	const char *name = wire_take_text(call, NAME_BYTES);
	int64_t bytes;

	(void)row;
	if (!is_whole(call, err) || !t->ops->stat(t, dir, name, &bytes, err))
		return false;
	wire_put_int(answer, bytes);
	return true;
}

static bool
serve_rename(struct transport *t, mem_ctx *row, struct wire *call,
    struct sbuf *answer, struct oms_error *err)
{
	const char *from_dir = wire_take_text(call, DIR_BYTES);
	const char *from = wire_take_text(call, NAME_BYTES);
	const char *to_dir = wire_take_text(call, DIR_BYTES);
	const char *to = wire_take_text(call, NAME_BYTES);

	(void)row;
	(void)answer;
	return is_whole(call, err) &&
	    t->ops->rename(t, from_dir, from, to_dir, to, err);
}

static bool
serve_remove(struct transport *t, mem_ctx *row, struct wire *call,
    struct sbuf *answer, struct oms_error *err)
{
	const char *dir = wire_take_text(call, DIR_BYTES);
	const char *name = wire_take_text(call, NAME_BYTES);

	(void)row;
	(void)answer;
	return is_whole(call, err) && t->ops->remove(t, dir, name, err);
}

static bool
serve_describe(struct transport *t, mem_ctx *row, struct wire *call,
    struct sbuf *answer, struct oms_error *err)
{
	char *text;

	if (!is_whole(call, err))
		return false;
	text = t->ops->describe(t, row, err);
	if (text == NULL)
		return false;
	wire_put_text(answer, text);
	return true;
}

static serve_fn *const serve[] = {
	[OP_LIST] = serve_list,
	[OP_GET] = serve_get,
	[OP_PUT] = serve_put,
	[OP_STAT] = serve_stat,
	[OP_RENAME] = serve_rename,
	[OP_REMOVE] = serve_remove,
	[OP_DESCRIBE] = serve_describe,
};
_Static_assert(COUNT(serve) == OP_COUNT, "every call is served");

static bool
answer_failure(int fd, mem_ctx *row, const struct oms_error *why,
    struct oms_error *err)
{
	struct sbuf b;

	sbuf_init(&b, row, WIRE_CALL_BYTES);
	wire_put_int(&b, why->code);
	wire_put_text(&b, why->where);
	wire_put_text(&b, why->reason);
	return wire_send(fd, &b, 0, err);
}

/* One call; false when nobody is there to be answered. */
static bool
serve_one(int fd, struct transport *t, mem_ctx *row)
{
	struct oms_error err = NO_ERROR;
	struct wire call;
	struct sbuf answer;
	int64_t op;

	if (!wire_recv(fd, row, WIRE_CALL_BYTES, 0, &call, &err))
		return false;
	sbuf_init(&answer, row, WIRE_ANSWER_BYTES);
	wire_put_int(&answer, OMS_OK);
	op = wire_take_int(&call);
	if (op < 0 || op >= OP_COUNT)
		return false;
	if (!serve[op](t, row, &call, &answer, &err))
		return answer_failure(fd, row, &err, &err);
	return wire_send(fd, &answer, 0, &err);
}

/* Addresses in use now; the limit is what may come on top of them. */
static rlim_t
address_space(void)
{
	AUTO_CLOSE int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[64] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	return (rlim_t)strtoul(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void
lower(unsigned what, rlim_t max)
{
	struct rlimit r;

	if (getrlimit(what, &r) < 0)
		return;
	if (r.rlim_max != RLIM_INFINITY && max > r.rlim_max)
		max = r.rlim_max;
	r.rlim_cur = r.rlim_max = max;
	(void)setrlimit(what, &r);
}

/* Close everything but the descriptors given, which are sorted. */
static void
close_others(const int *keep, size_t count)
{
	unsigned from = 0;

	for (size_t i = 0; i < count; i++) {
		if (keep[i] < (int)from)
			continue;
		if (keep[i] > (int)from)
			(void)close_range(from, (unsigned)keep[i] - 1, 0);
		from = (unsigned)keep[i] + 1;
	}
	(void)close_range(from, ~0U, 0);
}

static void
keep_only(int fd, int keep_fd)
{
	int low = keep_fd < fd ? keep_fd : fd;
	int high = keep_fd < fd ? fd : keep_fd;
	const int keep[] = { STDERR_FILENO, low, high };
	int null;

	close_others(keep, COUNT(keep));
	/* Or else a socket gets the number libraries print to. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0 && null < STDERR_FILENO)
		(void)dup(null);
}

static void
reset_signals(void)
{
	static const int set[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM,
		SIGCHLD, SIGUSR1, SIGUSR2 };
	sigset_t none;

	for (size_t i = 0; i < COUNT(set); i++)
		(void)signal(set[i], SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
isolate(int fd, int keep_fd, pid_t parent, const struct config *cfg,
    const struct partner *p)
{
	reset_signals();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before it could tell us */
		_exit(EXIT_FAILURE);
	keep_only(fd, keep_fd);
	lower(RLIMIT_CORE, 0); /* a core would hold the secrets */
	if (!HAS_ASAN && cfg->child_memory_bytes > 0)
		lower(RLIMIT_AS,
		    address_space() + (rlim_t)cfg->child_memory_bytes);
	lower(RLIMIT_NOFILE, OPEN_FILES_MAX);
	(void)alarm((unsigned)(p->session_deadline_s + GRACE_S));
}

/* Show the host key of that type, and end. */
static _Noreturn void
be_scanner(int fd, pid_t parent, const struct config *cfg,
    const struct partner *p, const char *type)
{
	struct oms_error err = NO_ERROR;
	struct ssh_key key = { 0 };
	struct sbuf answer;
	mem_ctx *ctx;

	isolate(fd, -1, parent, cfg, p);
	ctx = mem_ctx_new(NULL, "scan");
	if (!transport_scan(ctx, cfg, p, type, &key, &err)) {
		(void)!answer_failure(fd, ctx, &err, &err);
		_exit(EXIT_FAILURE);
	}
	sbuf_init(&answer, ctx, WIRE_CALL_BYTES);
	wire_put_int(&answer, OMS_OK);
	wire_put_text(&answer, key.type);
	wire_put_text(&answer, key.fingerprint);
	wire_put_text(&answer, key.base64);
	(void)!wire_send(fd, &answer, 0, &err);
	_exit(EXIT_SUCCESS);
}

static _Noreturn void
be_child(int fd, int keep_fd, pid_t parent, const struct config *cfg,
    const struct partner *p)
{
	struct oms_error err = NO_ERROR;
	struct transport *t;
	mem_ctx *session, *row;
	struct sbuf ok;
	bool more;

	isolate(fd, keep_fd, parent, cfg, p);
	session = mem_ctx_new(NULL, "session");
	t = transport_open(session, cfg, p, &err);
	if (t == NULL) {
		(void)!answer_failure(fd, session, &err, &err);
		_exit(EXIT_FAILURE);
	}
	sbuf_init(&ok, session, WIRE_CALL_BYTES);
	wire_put_int(&ok, OMS_OK);
	more = wire_send(fd, &ok, 0, &err);
	while (more) {
		row = mem_ctx_new(NULL, "call");
		more = serve_one(fd, t, row);
		mem_free(row);
	}
	mem_free(session); /* says goodbye to the server */
	_exit(EXIT_SUCCESS);
}

/*
 * Our side.
 */

struct child {
	struct transport t; /* first: a session is a struct transport */
	pid_t pid;          /* -1 when it has been reaped */
	int fd;
	int64_t session_end_us;
};

/* Take leave of the child; its exit status as of waitpid(), or -1. */
static int
reap(struct child *c)
{
	int status = -1;
	pid_t pid;

	if (c->pid < 0)
		return -1;
	(void)kill(c->pid, SIGKILL); /* nothing to one that has ended */
	do
		pid = waitpid(c->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	c->pid = -1;
	(void)close(c->fd);
	c->fd = -1;
	if (pid < 0)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == STOPPED)
		_exit(STOPPED); /* a crash test stops the whole program */
	return status;
}

/* The child did not answer; err says how we noticed. */
static bool
fail_child(struct child *c, struct oms_error *err)
{
	enum oms_code seen = err->code;
	int status = reap(c);

	if (seen == OMS_TIMEOUT)
		return false;
	if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return oms_fail(err, OMS_TIMEOUT,
		    "the session took %lld s (session_deadline_s)",
		    (long long)c->t.partner->session_deadline_s);
	if (status >= 0 && WIFSIGNALED(status))
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the transfer process died of signal %d", WTERMSIG(status));
	if (status >= 0)
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the transfer process ended with status %d",
		    WEXITSTATUS(status));
	return false;
}

static bool
take_failure(int64_t code, struct wire *w, struct oms_error *err)
{
	const char *where = wire_take_text(w, sizeof(err->where));
	const char *reason = wire_take_text(w, sizeof(err->reason));

	if (!wire_is_done(w) || code <= OMS_OK || code >= OMS_CODE_COUNT)
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the transfer process sends nonsense");
	oms_fail(err, (enum oms_code)code, "%s", reason);
	return where[0] == '\0' ? false : oms_at(err, "%s", where);
}

/* Wait for the answer; true leaves *ret at its results. */
static bool
await_answer(struct child *c, mem_ctx *row, int64_t limit_us, struct wire *ret,
    struct oms_error *err)
{
	int64_t end_us = clock_mono_us() + limit_us;
	int64_t code;

	if (end_us > c->session_end_us)
		end_us = c->session_end_us;
	if (!wire_recv(c->fd, row, WIRE_ANSWER_BYTES,
		end_us + (int64_t)GRACE_S * US_PER_S, ret, err))
		return fail_child(c, err);
	code = wire_take_int(ret);
	return (code == OMS_OK && !ret->bad) || take_failure(code, ret, err);
}

/* Begin a call; the arguments follow. */
static void
begin(struct sbuf *call, mem_ctx **ret_row, enum op op)
{
	*ret_row = mem_ctx_new(NULL, "call");
	sbuf_init(call, *ret_row, WIRE_CALL_BYTES);
	wire_put_int(call, op);
}

static bool
ask(struct transport *t, const struct sbuf *call, enum effort effort,
    struct wire *ret, struct oms_error *err)
{
	struct child *c = (struct child *)t;
	int64_t limit_us = backend_limit_us(t->partner, effort);

	if (c->pid < 0)
		return oms_fail(err, OMS_NET_PROTOCOL,
		    "the transfer process has ended");
	if (!wire_send(c->fd, call,
		clock_mono_us() + (int64_t)GRACE_S * US_PER_S, err))
		return fail_child(c, err);
	/* Several requests may make a call: a rename, and a look after it. */
	return await_answer(c, call->ctx, 3 * limit_us, ret, err);
}

/* Were the results all there?  Frees the call. */
static bool
end(mem_ctx *row, bool ok, const struct wire *w, struct oms_error *err)
{
	if (ok && !wire_is_done(w))
		ok = oms_fail(err, OMS_NET_PROTOCOL,
		    "the transfer process sends nonsense");
	mem_free(row);
	return ok;
}

static bool
take_entries(struct wire *w, struct listing *l, struct oms_error *err)
{
	int64_t skipped = wire_take_int(w);
	int64_t count = wire_take_int(w);

	w->bad |= skipped < 0 || count < 0;
	for (int64_t i = 0; i < count && !w->bad; i++) {
		const char *name = wire_take_text(w, NAME_BYTES);
		int64_t size_bytes = wire_take_int(w);
		int64_t mtime_s = wire_take_int(w);
		bool usable;

		if (w->bad)
			break;
		if (!listing_take(l, name, strlen(name), &usable, err))
			return false;
		if (usable)
			listing_add(l, name, size_bytes, mtime_s);
	}
	l->skipped += (size_t)skipped;
	return true; /* a bad message is seen at its end */
}

static bool
child_list(struct transport *t, mem_ctx *ctx, const char *dir,
    struct remote_entry **ret, size_t *ret_count, size_t *ret_skipped,
    struct oms_error *err)
{
	struct listing l = { .ctx = ctx,
		.max_entries = t->partner->max_entries };
	struct sbuf call;
	struct wire w;
	mem_ctx *row;
	bool ok;

	begin(&call, &row, OP_LIST);
	wire_put_text(&call, dir);
	ok = ask(t, &call, EFFORT_FILE, &w, err) && take_entries(&w, &l, err);
	*ret = l.entry;
	*ret_count = l.count;
	*ret_skipped = l.skipped;
	return end(row, ok, &w, err);
}

static bool
child_get(struct transport *t, const char *dir, const char *name,
    int64_t want_bytes, int64_t want_mtime_s, int64_t max_bytes,
    const char *dst, char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	struct sbuf call;
	struct wire w;
	mem_ctx *row;
	bool ok;

	begin(&call, &row, OP_GET);
	wire_put_text(&call, dir);
	wire_put_text(&call, name);
	wire_put_int(&call, want_bytes);
	wire_put_int(&call, want_mtime_s);
	wire_put_int(&call, max_bytes);
	wire_put_text(&call, dst);
	ok = ask(t, &call, EFFORT_FILE, &w, err);
	if (ok)
		w.bad |= !str_copy(ret_sha, FS_SHA_BYTES,
		    wire_take_text(&w, FS_SHA_BYTES));
	if (!end(row, ok, &w, err)) {
		if (((struct child *)t)->pid < 0)
			(void)unlink(dst); /* the dead do not tidy up */
		return false;
	}
	return strspn(ret_sha, "0123456789abcdef") == FS_SHA_BYTES - 1 ||
	    oms_fail(err, OMS_NET_PROTOCOL, "the hash is no hash");
}

static bool
child_put(struct transport *t, const char *src, const char *dir,
    const char *name, struct oms_error *err)
{
	struct sbuf call;
	struct wire w;
	mem_ctx *row;

	begin(&call, &row, OP_PUT);
	wire_put_text(&call, src);
	wire_put_text(&call, dir);
	wire_put_text(&call, name);
	return end(row, ask(t, &call, EFFORT_FILE, &w, err), &w, err);
}

static bool
child_stat(struct transport *t, const char *dir, const char *name,
    int64_t *ret_bytes, struct oms_error *err)
{
	struct sbuf call;
	struct wire w;
	mem_ctx *row;
	bool ok;

	begin(&call, &row, OP_STAT);
	wire_put_text(&call, dir);
	wire_put_text(&call, name);
	ok = ask(t, &call, EFFORT_REPLY, &w, err);
	if (ok)
		*ret_bytes = wire_take_int(&w);
	return end(row, ok, &w, err);
}

static bool
child_rename(struct transport *t, const char *from_dir, const char *from,
    const char *to_dir, const char *to, struct oms_error *err)
{
	struct sbuf call;
	struct wire w;
	mem_ctx *row;

	begin(&call, &row, OP_RENAME);
	wire_put_text(&call, from_dir);
	wire_put_text(&call, from);
	wire_put_text(&call, to_dir);
	wire_put_text(&call, to);
	return end(row, ask(t, &call, EFFORT_REPLY, &w, err), &w, err);
}

static bool
child_remove(struct transport *t, const char *dir, const char *name,
    struct oms_error *err)
{
	struct sbuf call;
	struct wire w;
	mem_ctx *row;

	begin(&call, &row, OP_REMOVE);
	wire_put_text(&call, dir);
	wire_put_text(&call, name);
	return end(row, ask(t, &call, EFFORT_REPLY, &w, err), &w, err);
}

static char *
child_describe(struct transport *t, mem_ctx *ctx, struct oms_error *err)
{
	struct sbuf call;
	struct wire w;
	mem_ctx *row;
	char *text = NULL;
	bool ok;

	begin(&call, &row, OP_DESCRIBE);
	ok = ask(t, &call, EFFORT_REPLY, &w, err);
	if (ok)
		text = mem_strdup(ctx, wire_take_text(&w, DESCRIBE_BYTES));
	return end(row, ok, &w, err) ? text : NULL;
}

static void
child_abandon(struct transport *t)
{
	(void)reap((struct child *)t);
}

/* Hang up, give the child a moment to do the same, and reap it. */
static void
child_close(void *p)
{
	struct child *c = p;
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };

	if (c->pid < 0)
		return;
	(void)shutdown(c->fd, SHUT_WR);
	(void)poll(&pfd, 1, GOODBYE_MS);
	(void)reap(c);
}

static struct child *
child_new(mem_ctx *ctx, const struct partner *p, pid_t pid, int fd)
{
	static const struct transport_ops ops = {
		.list = child_list,
		.get = child_get,
		.put = child_put,
		.stat = child_stat,
		.rename = child_rename,
		.remove = child_remove,
		.describe = child_describe,
		.abandon = child_abandon,
	};
	struct child *c = mem_new(ctx, struct child);

	c->t = (struct transport){ .ops = &ops, .partner = p };
	c->pid = pid;
	c->fd = fd;
	c->session_end_us = clock_mono_us() +
	    (int64_t)US_PER_S * p->session_deadline_s;
	mem_on_free(c, child_close);
	return c;
}

/* A child that answers on a socket: in the child *ret is NULL. */
static bool
fork_child(mem_ctx *ctx, const struct partner *p, struct child **ret,
    int *ret_fd, struct oms_error *err)
{
	pid_t pid;
	int fd[2];

	*ret = NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		return oms_fail_errno(err, OMS_IO, "make a socket pair");
	pid = fork();
	*ret_fd = fd[1];
	if (pid == 0)
		return true;
	(void)close(fd[1]);
	if (pid < 0) {
		oms_fail_errno(err, OMS_IO, "start the transfer process");
		(void)close(fd[0]);
		return false;
	}
	*ret = child_new(ctx, p, pid, fd[0]);
	return true;
}

static int64_t
login_limit_us(const struct partner *p)
{
	return backend_limit_us(p, EFFORT_LOGIN) +
	    (int64_t)RESOLVER_S * US_PER_S;
}

/* What a new child shall do: serve a session, or show a host key. */
struct errand {
	const struct config *cfg;
	const struct partner *p;
	int keep_fd;          /* -1 none */
	const char *key_type; /* NULL: serve a session */
};

/* Start a child and wait for what it says first; end() frees *ret_row. */
static struct child *
start(mem_ctx *ctx, const struct errand *e, mem_ctx **ret_row, struct wire *ret,
    struct oms_error *err)
{
	pid_t parent = getpid();
	struct child *c;
	int fd = -1;

	if (!fork_child(ctx, e->p, &c, &fd, err))
		return NULL;
	if (c == NULL && e->key_type != NULL)
		be_scanner(fd, parent, e->cfg, e->p, e->key_type);
	if (c == NULL)
		be_child(fd, e->keep_fd, parent, e->cfg, e->p);
	*ret_row = mem_ctx_new(NULL, "start");
	if (await_answer(c, *ret_row, login_limit_us(e->p), ret, err))
		return c;
	mem_free(*ret_row);
	mem_free(c);
	return NULL;
}

struct transport *
transport_spawn(mem_ctx *ctx, const struct config *cfg, const struct partner *p,
    int keep_fd, struct oms_error *err)
{
	struct errand e = { .cfg = cfg, .p = p, .keep_fd = keep_fd };
	struct child *c;
	struct wire w;
	mem_ctx *row;

	c = start(ctx, &e, &row, &w, err);
	if (c == NULL)
		return NULL;
	if (!end(row, true, &w, err)) {
		mem_free(c);
		return NULL;
	}
	return &c->t;
}

bool
transport_scan_key(mem_ctx *ctx, const struct config *cfg,
    const struct partner *p, const char *type, struct ssh_key *ret,
    struct oms_error *err)
{
	struct errand e = { .cfg = cfg,
		.p = p,
		.keep_fd = -1,
		.key_type = type };
	struct child *c;
	struct wire w;
	mem_ctx *row;
	bool ok;

	c = start(ctx, &e, &row, &w, err);
	if (c == NULL)
		return false;
	str_copy(ret->type, sizeof(ret->type),
	    wire_take_text(&w, sizeof(ret->type)));
	str_copy(ret->fingerprint, sizeof(ret->fingerprint),
	    wire_take_text(&w, sizeof(ret->fingerprint)));
	ret->base64 = mem_strdup(ctx, wire_take_text(&w, WIRE_CALL_BYTES));
	ok = end(row, true, &w, err);
	mem_free(c);
	return ok;
}
