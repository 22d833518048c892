/*
 * sftp_server.c - an SFTP 3 server that misbehaves as told; tests only.
 *
 *	sftp_server -d FOLDER
 *
 * OpenSSH runs it as its subsystem, so the SSH around it is real.  It serves
 * FOLDER; what it does wrong stands in the file FOLDER/../manners, one line a
 * thing.  Without that file it is a good server.  FOLDER/../requests gets a
 * line "REQUEST PATH [PATH]" for each request, so that a test sees what was
 * asked of it.
 *
 *	on REQUEST PART N ACTION [ARGUMENT...]
 *
 * The N-th REQUEST whose path has PART in it (0: each of them; PART "*":
 * every path) is met with
 *
 *	status S       the status S, and nothing is done
 *	done S         it is done, and the status is S
 *	silent         nothing is done and nothing is said, for ever
 *	mute           it is done and nothing is said
 *	exit, gone     the server ends: before it is done, after
 *	kill           the same by SIGKILL, before
 *	stop MS        stopped (SIGSTOP) before, for so long; 0: for ever
 *	late MS        done so much later, and nothing in between
 *	garbage, huge, alien, short    an answer that is none: noise, of 4 GB,
 *	               to another request, cut off
 *	overwrite      rename: onto what is there
 *	copy MS        rename: a copy, so slow, then the source is removed
 *	both S         rename: the new name beside the old; status S
 *	bytes N        read: at most so many
 *	vanish, grow N, cut N, replace    read: first this becomes of the file
 *	quota N S      write: N bytes in all, then status S
 *
 *	set WORD [ARGUMENT]
 *
 *	noattrs        listings tell names only
 *	nostatvfs, nofsync    not supported
 *	single         one open handle at a time
 *	once           a file that was read to its end is removed
 *	shuffle        listings in an odd order
 *	twice          every entry is listed twice
 *	size N PART    so much is added to the sizes told below such a path
 *	mtime N        that is every file's time; "changing": a new one each time
 *	crowd N        so many more entries listed
 *	name TEXT      one more entry listed; %hh is a byte, "NxC" N times C
 *	chatter        a line of text before the first answer
 *	version N      of the protocol
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum {
	INIT = 1,
	VERSION,
	OPEN,
	CLOSE,
	READ,
	WRITE,
	LSTAT,
	FSTAT,
	SETSTAT,
	FSETSTAT,
	OPENDIR,
	READDIR,
	REMOVE,
	MKDIR,
	RMDIR,
	REALPATH,
	STAT,
	RENAME,
	STATUS = 101,
	HANDLE,
	DATA,
	NAME,
	ATTRS,
	EXTENDED = 200,
	REQUEST_MAX = 256
};

enum { OK, END, MISSING, DENIED, FAILURE, BAD_MESSAGE, UNSUPPORTED = 8 };

enum {
	PACKET_BYTES = 1 << 19,
	PATH_BYTES = 8192,
	HANDLES_MAX = 32,
	HOOKS_MAX = 32,
	NAMES_A_REPLY = 100,
	ODD_SIZE = 20,
	ODD_TIME = 1700000000,
	LIFE_S = 600
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct hook {
	int request;
	char part[256];
	int nth; /* 0: each */
	int seen;
	char action[16];
	long arg[2];
};

/* How the server is today. */
static struct {
	struct hook hook[HOOKS_MAX];
	size_t hook_count;
	bool noattrs, nostatvfs, nofsync, single, once, shuffle, twice;
	bool chatter, is_time_set, is_time_changing;
	long size_more, mtime_s, crowd, version;
	char size_part[64];
	char name[PATH_BYTES];
	size_t name_len;
} manners = { .version = 3 };

struct entry {
	char *name;
	size_t len;
	bool is_odd; /* listed, and not there */
};

struct handle {
	bool is_used;
	int fd; /* -1: a folder */
	char path[PATH_BYTES];
	bool is_at_end;
	struct entry *entry;
	size_t count;
	size_t next;
};

static struct handle handles[HANDLES_MAX];
static FILE *requests;
static long written_bytes; /* against the quota */

/* clang-format off */
static const char *const words[REQUEST_MAX] = {
	[INIT] = "init", [OPEN] = "open", [CLOSE] = "close", [READ] = "read",
	[WRITE] = "write", [LSTAT] = "lstat", [FSTAT] = "fstat",
	[SETSTAT] = "setstat", [FSETSTAT] = "fsetstat", [OPENDIR] = "opendir",
	[READDIR] = "readdir", [REMOVE] = "remove", [MKDIR] = "mkdir",
	[RMDIR] = "rmdir", [REALPATH] = "realpath", [STAT] = "stat",
	[RENAME] = "rename", [EXTENDED] = "extended"
};
/* clang-format on */

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	_exit(2);
}

static void
wait_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* ---- manners ------------------------------------------------------------ */

static int
request_of(const char *word)
{
	for (int i = 0; i < REQUEST_MAX; i++)
		if (words[i] != NULL && strcmp(words[i], word) == 0)
			return i;
	die("manners: no request %s", word);
}

static void
learn_name(const char *s)
{
	char *at = manners.name, *end = NULL;
	long n = strtol(s, &end, 10);
	unsigned byte;

	if (end > s && *end == 'x' && n > 0 && n < PATH_BYTES) {
		memset(at, end[1], (size_t)n);
		at += n;
		s = end + 2;
	}
	for (; *s != '\0' && at < manners.name + PATH_BYTES - 1; s++) {
		if (*s == '%' && sscanf(s + 1, "%2x", &byte) == 1) {
			*at++ = (char)byte;
			s += 2;
		} else {
			*at++ = *s;
		}
	}
	manners.name_len = (size_t)(at - manners.name);
}

static void
learn_set(const char *word, const char *arg)
{
	const struct {
		const char *word;
		bool *flag;
	} flags[] = {
		{ "noattrs", &manners.noattrs },
		{ "nostatvfs", &manners.nostatvfs },
		{ "nofsync", &manners.nofsync },
		{ "single", &manners.single },
		{ "once", &manners.once },
		{ "shuffle", &manners.shuffle },
		{ "twice", &manners.twice },
		{ "chatter", &manners.chatter },
	};

	for (size_t i = 0; i < COUNT(flags); i++)
		if (strcmp(flags[i].word, word) == 0) {
			*flags[i].flag = true;
			return;
		}
	if (strcmp(word, "size") == 0)
		(void)sscanf(arg, "%ld %63s", &manners.size_more,
		    manners.size_part);
	else if (strcmp(word, "crowd") == 0)
		manners.crowd = atol(arg);
	else if (strcmp(word, "version") == 0)
		manners.version = atol(arg);
	else if (strcmp(word, "name") == 0)
		learn_name(arg);
	else if (strcmp(word, "mtime") == 0) {
		manners.is_time_set = true;
		manners.is_time_changing = strcmp(arg, "changing") == 0;
		manners.mtime_s = atol(arg);
	} else {
		die("manners: set %s?", word);
	}
}

static void
learn(char *line)
{
	char word[16] = "", arg[PATH_BYTES] = "";
	struct hook *h = &manners.hook[manners.hook_count];

	if (sscanf(line, "on %15s %255s %d %15s %ld %ld", word, h->part,
		&h->nth, h->action, &h->arg[0], &h->arg[1]) >= 4) {
		h->request = request_of(word);
		if (++manners.hook_count == HOOKS_MAX)
			die("manners: too many");
	} else if (sscanf(line, "set %15s %8191[^\n]", word, arg) >= 1) {
		learn_set(word, arg);
	} else if (line[strspn(line, " \n")] != '\0') {
		die("manners: %s", line);
	}
}

static void
learn_manners(const char *path)
{
	FILE *f = fopen(path, "r");
	static char line[PATH_BYTES];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		learn(line);
	if (f != NULL)
		fclose(f);
}

static struct hook *
hook_for(int request, const char *path)
{
	struct hook *found = NULL;

	for (size_t i = 0; i < manners.hook_count; i++) {
		struct hook *h = &manners.hook[i];

		if (h->request != request ||
		    (strcmp(h->part, "*") != 0 &&
			strstr(path, h->part) == NULL))
			continue;
		h->seen++;
		if (found == NULL && (h->nth == 0 || h->nth == h->seen))
			found = h;
	}
	return found;
}

static bool
is_hook(const struct hook *h, const char *action)
{
	return h != NULL && strcmp(h->action, action) == 0;
}

/* ---- packets ------------------------------------------------------------ */

struct packet {
	unsigned char *p;
	size_t at;
	size_t len;
};

static void
put_bytes(struct packet *b, const void *p, size_t n)
{
	if (b->at + n > PACKET_BYTES)
		die("an answer is too long");
	memcpy(b->p + b->at, p, n);
	b->at += n;
}

static void
put_u8(struct packet *b, unsigned v)
{
	unsigned char c = (unsigned char)v;

	put_bytes(b, &c, 1);
}

static void
put_u32(struct packet *b, uint32_t v)
{
	v = htonl(v);
	put_bytes(b, &v, sizeof(v));
}

static void
put_u64(struct packet *b, uint64_t v)
{
	put_u32(b, (uint32_t)(v >> 32));
	put_u32(b, (uint32_t)v);
}

static void
put_text(struct packet *b, const void *p, size_t n)
{
	put_u32(b, (uint32_t)n);
	put_bytes(b, p, n);
}

static uint32_t
take_u32(struct packet *b)
{
	uint32_t v;

	if (b->len - b->at < sizeof(v))
		die("a request is too short");
	memcpy(&v, b->p + b->at, sizeof(v));
	b->at += sizeof(v);
	return ntohl(v);
}

static uint64_t
take_u64(struct packet *b)
{
	uint64_t high = take_u32(b);

	return high << 32 | take_u32(b);
}

static const unsigned char *
take_text(struct packet *b, size_t *ret_n)
{
	const unsigned char *p;

	*ret_n = take_u32(b);
	if (*ret_n > b->len - b->at)
		die("a request is too short");
	p = b->p + b->at;
	b->at += *ret_n;
	return p;
}

static void
take_path(struct packet *b, char path[PATH_BYTES])
{
	size_t n;
	const unsigned char *p = take_text(b, &n);

	if (n >= PATH_BYTES)
		n = PATH_BYTES - 1;
	memcpy(path, p, n);
	path[n] = '\0';
	if (n == 0)
		strcpy(path, ".");
}

static bool
read_all(void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = read(STDIN_FILENO, (char *)p + at, n - at);

		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

static void
write_all(const void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t sent = write(STDOUT_FILENO, (const char *)p + at,
		    n - at);

		if (sent <= 0)
			_exit(1); /* nobody listens any more */
		at += (size_t)sent;
	}
}

/* ---- answers ------------------------------------------------------------ */

/* The request at work, and its answer as it grows. */
static struct {
	uint32_t id;
	const struct hook *hook;
	struct packet out;
} now;

static void
begin(int type)
{
	now.out.at = 0;
	put_u8(&now.out, (unsigned)type);
	put_u32(&now.out, now.id);
}

/* Send what begin() began, as the hook says it is to be sent. */
static void
answer(void)
{
	uint32_t len = htonl((uint32_t)now.out.at);
	uint32_t alien = htonl(now.id + 1000);

	if (is_hook(now.hook, "mute"))
		return;
	if (is_hook(now.hook, "gone"))
		_exit(0);
	if (is_hook(now.hook, "huge"))
		len = 0xffffffff;
	if (is_hook(now.hook, "alien"))
		memcpy(now.out.p + 1, &alien, sizeof(alien));
	if (is_hook(now.hook, "garbage"))
		memset(now.out.p, 0xa5, now.out.at);
	write_all(&len, sizeof(len));
	write_all(now.out.p,
	    is_hook(now.hook, "short") ? now.out.at / 2 : now.out.at);
	if (is_hook(now.hook, "short"))
		_exit(0);
}

static void
answer_status(unsigned status)
{
	if (is_hook(now.hook, "done"))
		status = (unsigned)now.hook->arg[0];
	begin(STATUS);
	put_u32(&now.out, status);
	put_text(&now.out, "", 0);
	put_text(&now.out, "", 0);
	answer();
}

static unsigned
status_of_errno(void)
{
	return errno == ENOENT                  ? MISSING
	    : errno == EACCES || errno == EPERM ? DENIED
						: FAILURE;
}

static void
answer_rc(int rc)
{
	answer_status(rc == 0 ? OK : status_of_errno());
}

static void
put_attrs(const char *path, const struct stat *st)
{
	static long tick;
	uint32_t mtime_s = (uint32_t)st->st_mtime;
	bool is_file = S_ISREG(st->st_mode);
	bool lies = is_file && strstr(path, manners.size_part) != NULL;

	if (manners.is_time_set && is_file)
		mtime_s = (uint32_t)(manners.is_time_changing
			? (getpid() % 100000) * 1000 + ++tick
			: manners.mtime_s);
	put_u32(&now.out, 0x1 | 0x2 | 0x4 | 0x8);
	put_u64(&now.out,
	    (uint64_t)(st->st_size + (lies ? manners.size_more : 0)));
	put_u32(&now.out, st->st_uid);
	put_u32(&now.out, st->st_gid);
	put_u32(&now.out, st->st_mode);
	put_u32(&now.out, mtime_s);
	put_u32(&now.out, mtime_s);
}

static void
answer_attrs(int rc, const char *path, const struct stat *st)
{
	if (rc < 0) {
		answer_status(status_of_errno());
		return;
	}
	begin(ATTRS);
	put_attrs(path, st);
	answer();
}

/* ---- handles ------------------------------------------------------------ */

static struct handle *
new_handle(const char *path)
{
	for (size_t i = 0; i < HANDLES_MAX; i++)
		if (manners.single && handles[i].is_used)
			return NULL;
	for (size_t i = 0; i < HANDLES_MAX; i++)
		if (!handles[i].is_used) {
			handles[i] = (struct handle){ .is_used = true,
				.fd = -1 };
			strcpy(handles[i].path, path);
			return &handles[i];
		}
	return NULL;
}

static void
answer_handle(const struct handle *h)
{
	uint32_t i = htonl((uint32_t)(h - handles));

	begin(HANDLE);
	put_text(&now.out, &i, sizeof(i));
	answer();
}

static struct handle *
take_handle(struct packet *in)
{
	size_t n;
	const unsigned char *p = take_text(in, &n);
	uint32_t i;

	if (n != sizeof(i))
		die("no handle of ours");
	memcpy(&i, p, sizeof(i));
	i = ntohl(i);
	if (i >= HANDLES_MAX || !handles[i].is_used)
		die("a handle that is not open");
	return &handles[i];
}

static void
open_file(struct packet *in, const char *path)
{
	uint32_t flags = take_u32(in);
	int how = (flags & 0x2) != 0 ? O_WRONLY : O_RDONLY;
	struct handle *h = new_handle(path);

	if ((flags & 0x8) != 0)
		how |= O_CREAT;
	if ((flags & 0x10) != 0)
		how |= O_TRUNC;
	if (h == NULL) {
		answer_status(FAILURE);
		return;
	}
	h->fd = open(path, how, 0644);
	if (h->fd < 0) {
		h->is_used = false;
		answer_status(status_of_errno());
		return;
	}
	answer_handle(h);
}

static void
close_handle(struct handle *h)
{
	int rc = h->fd >= 0 ? close(h->fd) : 0;

	if (manners.once && h->is_at_end)
		(void)unlink(h->path);
	for (size_t i = 0; i < h->count; i++)
		free(h->entry[i].name);
	free(h->entry);
	h->is_used = false;
	answer_rc(rc);
}

/* ---- listings ----------------------------------------------------------- */

static void
add_entry(struct handle *h, const char *name, size_t len, bool is_odd)
{
	if ((h->count & (h->count + 1)) == 0)
		h->entry = realloc(h->entry,
		    (2 * h->count + 2) * sizeof(*h->entry));
	if (h->entry == NULL)
		die("no memory");
	h->entry[h->count].name = malloc(len + 1);
	if (h->entry[h->count].name == NULL)
		die("no memory");
	memcpy(h->entry[h->count].name, name, len);
	h->entry[h->count].name[len] = '\0';
	h->entry[h->count].len = len;
	h->entry[h->count++].is_odd = is_odd;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name,
	    ((const struct entry *)b)->name);
}

/* By the last bytes first: an order nobody asked for. */
static int
by_tail(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	for (size_t i = 1; i <= x->len && i <= y->len; i++)
		if (x->name[x->len - i] != y->name[y->len - i])
			return x->name[x->len - i] < y->name[y->len - i] ? 1
									 : -1;
	return x->len < y->len ? 1 : -1;
}

static void
open_dir(const char *path)
{
	DIR *d = opendir(path);
	struct handle *h = d == NULL ? NULL : new_handle(path);
	struct dirent *e;
	char name[32];

	if (h == NULL) {
		answer_status(d == NULL ? status_of_errno() : FAILURE);
		if (d != NULL)
			closedir(d);
		return;
	}
	while ((e = readdir(d)) != NULL)
		for (int i = 0; i <= (int)manners.twice; i++)
			add_entry(h, e->d_name, strlen(e->d_name), false);
	closedir(d);
	for (long i = 0; i < manners.crowd; i++) {
		snprintf(name, sizeof(name), "odd-%06ld.txt", i);
		add_entry(h, name, strlen(name), true);
	}
	if (manners.name_len > 0)
		add_entry(h, manners.name, manners.name_len, true);
	qsort(h->entry, h->count, sizeof(*h->entry),
	    manners.shuffle ? by_tail : by_name);
	answer_handle(h);
}

static void
stat_entry(const struct handle *h, const struct entry *e, struct stat *st)
{
	char path[2 * PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", h->path, e->name);
	if (!e->is_odd && lstat(path, st) == 0)
		return;
	*st = (struct stat){ .st_mode = S_IFREG | 0644,
		.st_size = ODD_SIZE,
		.st_mtime = ODD_TIME };
}

static void
read_dir(struct handle *h)
{
	size_t n = h->count - h->next;
	struct stat st;

	if (n > NAMES_A_REPLY)
		n = NAMES_A_REPLY;
	if (n == 0) {
		answer_status(END);
		return;
	}
	begin(NAME);
	put_u32(&now.out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = &h->entry[h->next++];

		put_text(&now.out, e->name, e->len);
		put_text(&now.out, "", 0);
		stat_entry(h, e, &st);
		if (manners.noattrs)
			put_u32(&now.out, 0);
		else
			put_attrs(h->path, &st);
	}
	answer();
}

/* ---- bytes -------------------------------------------------------------- */

static void
append(const char *path, long n)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	for (long i = 0; fd >= 0 && i < n; i++)
		(void)!write(fd, "x", 1);
	(void)close(fd);
}

/* Other bytes of the same length, under the same name and time. */
static void
replace(const char *path)
{
	char other[PATH_BYTES + 8];
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	snprintf(other, sizeof(other), "%s.new", path);
	(void)close(open(other, O_WRONLY | O_CREAT | O_TRUNC, 0644));
	append(other, st.st_size + 7);
	(void)rename(other, path);
}

static void
spoil(const struct handle *h)
{
	if (is_hook(now.hook, "vanish"))
		(void)unlink(h->path);
	else if (is_hook(now.hook, "grow"))
		append(h->path, now.hook->arg[0]);
	else if (is_hook(now.hook, "cut"))
		(void)!truncate(h->path, now.hook->arg[0]);
	else if (is_hook(now.hook, "replace"))
		replace(h->path);
}

static void
read_file(struct packet *in, struct handle *h)
{
	static char buf[1 << 16];
	uint64_t at = take_u64(in);
	size_t n = take_u32(in);
	ssize_t got;

	spoil(h);
	if (n > sizeof(buf))
		n = sizeof(buf);
	if (is_hook(now.hook, "bytes") && n > (size_t)now.hook->arg[0])
		n = (size_t)now.hook->arg[0];
	got = pread(h->fd, buf, n, (off_t)at);
	if (got <= 0) {
		h->is_at_end = got == 0;
		answer_status(got == 0 ? END : FAILURE);
		return;
	}
	begin(DATA);
	put_text(&now.out, buf, (size_t)got);
	answer();
}

static void
write_file(struct packet *in, struct handle *h)
{
	uint64_t at = take_u64(in);
	size_t n;
	const unsigned char *p = take_text(in, &n);
	unsigned status = OK;

	if (is_hook(now.hook, "quota") &&
	    written_bytes + (long)n > now.hook->arg[0]) {
		n = now.hook->arg[0] > written_bytes
		    ? (size_t)(now.hook->arg[0] - written_bytes)
		    : 0;
		status = (unsigned)now.hook->arg[1];
	}
	written_bytes += (long)n;
	if (pwrite(h->fd, p, n, (off_t)at) != (ssize_t)n)
		status = FAILURE;
	answer_status(status);
}

/* ---- names -------------------------------------------------------------- */

static int
copy_slowly(const char *from, const char *to, long ms)
{
	int in = open(from, O_RDONLY);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0644);
	char buf[64];
	struct stat st = { 0 };
	long pieces;
	ssize_t n;

	if (in < 0 || out < 0 || fstat(in, &st) < 0)
		return -1;
	pieces = st.st_size / (long)sizeof(buf) + 1;
	while ((n = read(in, buf, sizeof(buf))) > 0) {
		wait_ms(ms / pieces);
		if (write(out, buf, (size_t)n) != n)
			return -1;
	}
	close(in);
	close(out);
	return unlink(from);
}

/* What OpenSSH does: a link and an unlink, which never overwrites. */
static void
rename_file(const char *from, const char *to)
{
	int rc;

	if (is_hook(now.hook, "overwrite"))
		rc = rename(from, to);
	else if (is_hook(now.hook, "copy"))
		rc = copy_slowly(from, to, now.hook->arg[0]);
	else
		rc = link(from, to);
	if (is_hook(now.hook, "both")) {
		answer_status(
		    rc < 0 ? status_of_errno() : (unsigned)now.hook->arg[0]);
		return;
	}
	if (rc == 0 && !is_hook(now.hook, "overwrite") &&
	    !is_hook(now.hook, "copy"))
		rc = unlink(from);
	answer_rc(rc);
}

static void
answer_statvfs(const char *path)
{
	struct statvfs v;

	if (manners.nostatvfs || statvfs(path, &v) < 0) {
		answer_status(UNSUPPORTED);
		return;
	}
	begin(EXTENDED + 1);
	put_u64(&now.out, v.f_bsize);
	put_u64(&now.out, v.f_frsize);
	put_u64(&now.out, v.f_blocks);
	put_u64(&now.out, v.f_bfree);
	put_u64(&now.out, 0); /* it is full */
	put_u64(&now.out, v.f_files);
	put_u64(&now.out, v.f_ffree);
	put_u64(&now.out, v.f_ffree);
	put_u64(&now.out, 0);
	put_u64(&now.out, 0);
	put_u64(&now.out, 255);
	answer();
}

static void
answer_extended(struct packet *in)
{
	char name[PATH_BYTES], path[PATH_BYTES];

	take_path(in, name);
	if (strcmp(name, "statvfs@openssh.com") == 0) {
		take_path(in, path);
		answer_statvfs(path);
	} else if (strcmp(name, "fsync@openssh.com") == 0 && !manners.nofsync) {
		answer_rc(fsync(take_handle(in)->fd));
	} else {
		answer_status(UNSUPPORTED);
	}
}

static void
answer_realpath(const char *path)
{
	begin(NAME);
	put_u32(&now.out, 1);
	put_text(&now.out, path, strlen(path));
	put_text(&now.out, "", 0);
	put_u32(&now.out, 0);
	answer();
}

/* ---- requests ----------------------------------------------------------- */

static bool
has_handle(int request)
{
	return request == CLOSE || request == READ || request == WRITE ||
	    request == FSTAT || request == READDIR || request == FSETSTAT;
}

/* Stop here, and let somebody else wake us. */
static void
stop_for(long ms)
{
	pid_t me = getpid();

	FILE *f = fopen("../stopped", "a"); /* who is to be killed in the end */

	if (f != NULL) {
		fprintf(f, "%d\n", (int)me);
		fclose(f);
	}
	if (ms > 0 && fork() == 0) {
		wait_ms(ms);
		(void)kill(me, SIGCONT);
		_exit(0);
	}
	(void)raise(SIGSTOP);
}

/* What the hook does before the request is done; true: that is all. */
static bool
is_met(const struct hook *h)
{
	if (is_hook(h, "exit"))
		_exit(0);
	if (is_hook(h, "kill"))
		(void)raise(SIGKILL);
	if (is_hook(h, "stop"))
		stop_for(h->arg[0]);
	if (is_hook(h, "late"))
		wait_ms(h->arg[0]);
	if (is_hook(h, "status"))
		answer_status((unsigned)h->arg[0]);
	return is_hook(h, "silent") || is_hook(h, "status");
}

static void
do_named(int request, struct packet *in, const char *path, const char *to)
{
	struct stat st;

	switch (request) {
	case OPEN: open_file(in, path); break;
	case OPENDIR: open_dir(path); break;
	case LSTAT: answer_attrs(lstat(path, &st), path, &st); break;
	case STAT: answer_attrs(stat(path, &st), path, &st); break;
	case REMOVE: answer_rc(unlink(path)); break;
	case RENAME: rename_file(path, to); break;
	case MKDIR: answer_rc(mkdir(path, 0755)); break;
	case RMDIR: answer_rc(rmdir(path)); break;
	case REALPATH: answer_realpath(path); break;
	default: answer_status(UNSUPPORTED);
	}
}

static void
do_handle(int request, struct packet *in, struct handle *h)
{
	struct stat st;

	switch (request) {
	case CLOSE: close_handle(h); break;
	case READ: read_file(in, h); break;
	case WRITE: write_file(in, h); break;
	case READDIR: read_dir(h); break;
	case FSTAT: answer_attrs(fstat(h->fd, &st), h->path, &st); break;
	default: answer_status(OK);
	}
}

static void
serve(int request, struct packet *in)
{
	static char path[PATH_BYTES], to[PATH_BYTES];
	struct handle *h = NULL;

	now.id = take_u32(in);
	to[0] = '\0';
	if (request == EXTENDED) {
		strcpy(path, (const char *)in->p + in->at + 4);
	} else if (has_handle(request)) {
		h = take_handle(in);
		strcpy(path, h->path);
	} else {
		take_path(in, path);
		if (request == RENAME)
			take_path(in, to);
	}
	fprintf(requests, "%s %s %s\n",
	    words[request] != NULL ? words[request] : "?", path, to);
	fflush(requests);
	now.hook = hook_for(request, path);
	if (is_met(now.hook))
		return;
	if (request == EXTENDED)
		answer_extended(in);
	else if (h != NULL)
		do_handle(request, in, h);
	else
		do_named(request, in, path, to);
}

static void
greet(void)
{
	static const char chatter[] = "Welcome to the warehouse!\n";
	struct packet *out = &now.out;
	uint32_t len;

	if (manners.chatter)
		write_all(chatter, sizeof(chatter) - 1);
	now.hook = hook_for(INIT, "");
	if (is_met(now.hook))
		return;
	put_u8(out, VERSION);
	put_u32(out, (uint32_t)manners.version);
	len = htonl((uint32_t)out->at);
	write_all(&len, sizeof(len));
	write_all(out->p, out->at);
}

int
main(int argc, char **argv)
{
	static unsigned char in_bytes[PACKET_BYTES + 1],
	    out_bytes[PACKET_BYTES];
	uint32_t len;

	if (argc != 3 || strcmp(argv[1], "-d") != 0 || chdir(argv[2]) < 0)
		die("sftp_server -d FOLDER");
	(void)alarm(LIFE_S);
	(void)signal(SIGHUP, SIG_IGN); /* who wakes up late acts late */
	(void)signal(SIGCHLD, SIG_IGN);
	umask(022);
	learn_manners("../manners");
	requests = fopen("../requests", "a");
	if (requests == NULL)
		die("../requests: %s", strerror(errno));
	now.out.p = out_bytes;
	while (read_all(&len, sizeof(len))) {
		struct packet in = { .p = in_bytes, .at = 1 };

		in.len = ntohl(len);
		if (in.len == 0 || in.len > PACKET_BYTES ||
		    !read_all(in.p, in.len))
			break;
		in.p[in.len] = '\0';
		if (in.p[0] == INIT)
			greet();
		else
			serve(in.p[0], &in);
	}
	return 0;
}
