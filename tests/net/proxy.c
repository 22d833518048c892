/*
 * proxy.c - a bad line between us and a real server; tests only.
 *
 *	proxy LISTEN_PORT SERVER_PORT LOG CONNECTION TOXIC [ARGUMENT...]
 *
 * Prints "PORT PID" once it listens and goes on in the background, for ten
 * minutes at most.  The toxic is in the CONNECTION-th connection, in each of
 * them when that is 0; the others pass unharmed.  LOG gets a line
 * "CONNECTION TO-SERVER-BYTES TO-CLIENT-BYTES" at the end of each.
 *
 *	none
 *	cut up|down BYTES rst|fin|hang  pass so many bytes to the server (up)
 *	                or the client (down), then end both sides like this
 *	refuse          reset at once
 *	silent          accept and say nothing
 *	banner          an SSH banner and nothing more
 *	http            the answer of a server that is no SSH server
 *	garbage         an SSH banner and then noise
 *	latency MS      every piece comes so much later
 *	jitter MS       every piece comes up to so much later
 *	stall MS N      every N-th piece does, as when a packet is lost
 *	rate BYTES      so many bytes a second each way
 *	slice BYTES     pieces of that size
 *	idle MS         cut when nothing has come for so long
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { UP, DOWN, BUFFER_BYTES = 1 << 16, LIFE_S = 600, US_PER_MS = 1000 };

enum ending { ENDING_NONE, ENDING_RST, ENDING_FIN, ENDING_HANG };

/* What is wrong with the line; the defaults are a good one. */
struct toxic {
	const char *word;
	int64_t cut_bytes[2]; /* -1: never */
	enum ending ending;
	size_t piece_bytes;
	int64_t delay_us;
	bool is_random;
	int delay_every;
	int64_t idle_us; /* 0: never */
};

/* One direction: read from, hold back until due, write to. */
struct pipe {
	int from;
	int to;
	char buf[BUFFER_BYTES];
	size_t len;
	size_t at;
	int64_t due_us;
	int64_t passed_bytes;
	int pieces;
	bool is_over;
};

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "proxy: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(2);
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t
number(char **arg, int i)
{
	if (arg[i] == NULL)
		die("%s lacks a number", arg[0]);
	return strtoll(arg[i], NULL, 10);
}

static void
parse_cut(struct toxic *t, char **arg)
{
	static const char *const endings[] = { "", "rst", "fin", "hang" };

	if (arg[1] == NULL || arg[2] == NULL || arg[3] == NULL)
		die("cut up|down BYTES rst|fin|hang");
	t->cut_bytes[strcmp(arg[1], "up") == 0 ? UP : DOWN] = number(arg, 2);
	for (int i = ENDING_RST; i <= ENDING_HANG; i++)
		if (strcmp(arg[3], endings[i]) == 0)
			t->ending = (enum ending)i;
	if (t->ending == ENDING_NONE)
		die("no such ending: %s", arg[3]);
}

static struct toxic
parse(char **arg)
{
	struct toxic t = { .word = arg[0],
		.cut_bytes = { -1, -1 },
		.piece_bytes = BUFFER_BYTES,
		.delay_every = 1 };

	if (strcmp(t.word, "cut") == 0)
		parse_cut(&t, arg);
	else if (strcmp(t.word, "latency") == 0)
		t.delay_us = US_PER_MS * number(arg, 1);
	else if (strcmp(t.word, "jitter") == 0)
		t.delay_us = US_PER_MS * number(arg, 1), t.is_random = true;
	else if (strcmp(t.word, "stall") == 0)
		t.delay_us = US_PER_MS * number(arg, 1),
		t.delay_every = (int)number(arg, 2);
	else if (strcmp(t.word, "rate") == 0)
		t.piece_bytes = (size_t)number(arg, 1) / 10,
		t.delay_us = 100 * US_PER_MS;
	else if (strcmp(t.word, "slice") == 0)
		t.piece_bytes = (size_t)number(arg, 1);
	else if (strcmp(t.word, "idle") == 0)
		t.idle_us = US_PER_MS * number(arg, 1);
	if (t.piece_bytes == 0 || t.piece_bytes > BUFFER_BYTES)
		die("a piece has 1 to %d bytes", BUFFER_BYTES);
	return t;
}

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int
connect_to(int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("connect to port %d: %s", port, strerror(errno));
	return fd;
}

static void
be_prompt(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* close() with this lingering sends a reset. */
static void
reset(int fd)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	(void)close(fd);
}

/* Say nothing more and hold the line until the client lets go of it. */
static void
hang(int client)
{
	char buf[4096];

	while (read(client, buf, sizeof(buf)) > 0)
		;
}

static void
end_line(int client, int server, enum ending ending)
{
	switch (ending) {
	case ENDING_NONE: break;
	case ENDING_RST:
		reset(client);
		reset(server);
		break;
	case ENDING_FIN:
		(void)close(client);
		(void)close(server);
		break;
	case ENDING_HANG: hang(client); break;
	}
}

static int64_t
delay_of(const struct toxic *t, struct pipe *p)
{
	if (t->delay_us == 0 || ++p->pieces % t->delay_every != 0)
		return 0;
	return t->is_random ? rand() % t->delay_us : t->delay_us;
}

static void
take(const struct toxic *t, struct pipe *p)
{
	size_t room = t->piece_bytes;
	ssize_t n;

	/* The pieces of a slicer are cut on the way out. */
	if (t->delay_us == 0)
		room = BUFFER_BYTES;
	n = read(p->from, p->buf, room);
	if (n <= 0) {
		p->is_over = true;
		(void)shutdown(p->to, SHUT_WR);
		return;
	}
	p->len = (size_t)n;
	p->at = 0;
	p->due_us = now_us() + delay_of(t, p);
}

/* Pass a piece on; false when the line is to be cut here. */
static bool
give(const struct toxic *t, struct pipe *p, int64_t cut_bytes)
{
	size_t n = p->len - p->at;
	ssize_t sent;

	if (n > t->piece_bytes)
		n = t->piece_bytes;
	if (cut_bytes >= 0 && (int64_t)n > cut_bytes - p->passed_bytes)
		n = (size_t)(cut_bytes - p->passed_bytes);
	sent = n == 0 ? 0 : write(p->to, p->buf + p->at, n);
	if (sent < 0) {
		p->is_over = true;
		p->len = p->at = 0;
		return true;
	}
	p->at += (size_t)sent;
	p->passed_bytes += sent;
	if (p->at == p->len)
		p->len = p->at = 0;
	return cut_bytes < 0 || p->passed_bytes < cut_bytes;
}

/* What to poll for; returns how long at most, in ms. */
static int
arm(const struct toxic *t, struct pipe pipes[2], struct pollfd fds[2])
{
	int64_t now = now_us(), wait_us = -1;

	if (t->idle_us > 0)
		wait_us = t->idle_us;
	for (int i = 0; i < 2; i++) {
		struct pipe *p = &pipes[i];
		bool holds = p->len > p->at;

		fds[i] = (struct pollfd){ .fd = -1 };
		if (!holds && !p->is_over)
			fds[i] = (struct pollfd){ p->from, POLLIN, 0 };
		else if (holds && p->due_us <= now)
			fds[i] = (struct pollfd){ p->to, POLLOUT, 0 };
		else if (holds && (wait_us < 0 || p->due_us - now < wait_us))
			wait_us = p->due_us - now;
	}
	return wait_us < 0 ? -1 : (int)(wait_us / US_PER_MS) + 1;
}

static void
pass(const struct toxic *t, int client, int server, struct pipe pipes[2])
{
	struct pollfd fds[2];

	pipes[UP] = (struct pipe){ .from = client, .to = server };
	pipes[DOWN] = (struct pipe){ .from = server, .to = client };
	while (!pipes[UP].is_over || !pipes[DOWN].is_over) {
		int n = poll(fds, 2, arm(t, pipes, fds));

		if (n == 0 && t->idle_us > 0) {
			end_line(client, server, ENDING_RST);
			return;
		}
		for (int i = 0; i < 2; i++) {
			if (fds[i].fd < 0 || fds[i].revents == 0)
				continue;
			if (pipes[i].len == 0) {
				take(t, &pipes[i]);
			} else if (!give(t, &pipes[i], t->cut_bytes[i])) {
				end_line(client, server, t->ending);
				return;
			}
		}
	}
}

static void
log_line(const char *path, int connection, const struct pipe pipes[2])
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	dprintf(fd, "%d %lld %lld\n", connection,
	    (long long)pipes[UP].passed_bytes,
	    (long long)pipes[DOWN].passed_bytes);
	(void)close(fd);
}

/* A server that is none; true when the toxic is one of these. */
static bool
pose(const struct toxic *t, int client)
{
	static const struct {
		const char *word;
		const char *says;
	} poses[] = {
		{ "silent", "" },
		{ "banner", "SSH-2.0-OpenSSH_9.2\r\n" },
		{ "garbage",
		    "SSH-2.0-OpenSSH_9.2\r\n\xff\xff\xff\xff\x80\x12\x00"
		    "zz%n%n%n\x01\x02\x03 not a packet, not at all" },
		{ "http",
		    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" },
	};

	if (strcmp(t->word, "refuse") == 0) {
		reset(client);
		return true;
	}
	for (size_t i = 0; i < sizeof(poses) / sizeof(poses[0]); i++) {
		if (strcmp(poses[i].word, t->word) != 0)
			continue;
		(void)!write(client, poses[i].says, strlen(poses[i].says));
		if (strcmp(t->word, "http") != 0)
			hang(client);
		return true;
	}
	return false;
}

static void
serve(int client, int server_port, const char *log, int connection,
    const struct toxic *t)
{
	static struct pipe pipes[2];
	int server;

	be_prompt(client);
	if (!pose(t, client)) {
		server = connect_to(server_port);
		be_prompt(server);
		pass(t, client, server, pipes);
	}
	log_line(log, connection, pipes);
	_exit(0);
}

static int
listen_on(int port, int *ret_port)
{
	struct sockaddr_in a = loopback(port);
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, 16) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		die("listen on port %d: %s", port, strerror(errno));
	*ret_port = ntohs(a.sin_port);
	return fd;
}

int
main(int argc, char **argv)
{
	static const struct toxic none = { .word = "none",
		.cut_bytes = { -1, -1 },
		.piece_bytes = BUFFER_BYTES,
		.delay_every = 1 };
	struct toxic toxic;
	int fd, port, which, connection = 0;
	pid_t pid;

	if (argc < 6)
		die("proxy LISTEN_PORT SERVER_PORT LOG CONNECTION TOXIC...");
	toxic = parse(argv + 5);
	which = atoi(argv[4]);
	fd = listen_on(atoi(argv[1]), &port);
	pid = fork();
	if (pid != 0) { /* it listens already: connect at once */
		printf("%d %d\n", port, (int)pid);
		return pid < 0;
	}
	/* Whoever reads our output must see its end. */
	(void)!freopen("/dev/null", "w", stdout);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(LIFE_S);
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0)
			continue;
		connection++;
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)alarm(LIFE_S);
			(void)close(fd);
			serve(client, atoi(argv[2]), argv[3], connection,
			    which == 0 || which == connection ? &toxic : &none);
		}
		(void)close(client);
	}
}
