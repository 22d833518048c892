/* inifile.c - see inifile.h.  The only file that knows inih. */

#include "base/inifile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <ini.h>

#include "base/scope.h"
#include "base/str.h"

struct source {
	const char *p;
	size_t left;
	int line_no;
	const struct inifile_events *ev;
};

static bool
is_usable(const char *path, int fd, struct stat *st, struct oms_error *err)
{
	if (fstat(fd, st) < 0)
		return oms_fail_errno(err, OMS_IO, "look at %s", path);
	if (!S_ISREG(st->st_mode))
		return oms_fail(err, OMS_CONFIG, "%s is not a file", path);
	if ((st->st_mode & S_IWOTH) != 0)
		return oms_fail(err, OMS_CONFIG,
		    "%s can be written by everybody: chmod o-w", path);
	if (st->st_size > INIFILE_MAX_BYTES)
		return oms_fail(err, OMS_CONFIG, "%s is larger than %d bytes",
		    path, INIFILE_MAX_BYTES);
	return true;
}

char *
inifile_load(mem_ctx *ctx, const char *path, size_t *ret_n,
    struct oms_error *err)
{
	/* O_NONBLOCK: a pipe of that name must not hang the run. */
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	size_t n = 0;
	ssize_t got = 1;
	char *p;

	if (fd < 0) {
		oms_fail_errno(err, OMS_CONFIG, "open %s", path);
		return NULL;
	}
	if (!is_usable(path, fd, &st, err))
		return NULL;
	p = mem_zero(ctx, INIFILE_MAX_BYTES + 1, "ini");
	while (got > 0 && n < INIFILE_MAX_BYTES) {
		got = read(fd, p + n, INIFILE_MAX_BYTES - n);
		if (got < 0 && errno != EINTR) {
			oms_fail_errno(err, OMS_IO, "read %s", path);
			return NULL;
		}
		n += got > 0 ? (size_t)got : 0;
	}
	*ret_n = n;
	return mem_resize(ctx, p, n + 1);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *
check_bytes(const char *p, size_t n)
{
	if (n >= INIFILE_LINE_MAX_BYTES)
		return "the line is longer than 4096 bytes";
	if (memchr(p, '\0', n) != NULL)
		return "the line holds a NUL byte";
	if (!str_is_utf8(p, n))
		return "the line is not UTF-8";
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] < 0x20 && !is_blank(p[i])) ||
		    p[i] == 0x7f)
			return "the line holds a control byte";
	return NULL;
}

/* "[name]", and nothing but a comment after it. */
static const char *
check_section(struct source *s, const char *p, size_t n)
{
	char name[INIFILE_SECTION_MAX_BYTES + 1] = "";
	const char *end = memchr(p, ']', n);
	const char *rest;

	if (end == NULL)
		return "the section has no ]";
	if (end - p < 2)
		return "the section has no name";
	if (end - p - 1 > INIFILE_SECTION_MAX_BYTES)
		return "the section's name is longer than 48 bytes";
	rest = end + 1;
	while (rest < p + n && is_blank(*rest))
		rest++;
	if (rest < p + n && *rest != ';' && *rest != '#')
		return "there is text after the section's ]";
	memcpy(name, p + 1, (size_t)(end - p) - 1);
	s->ev->section(s->ev->u, name, s->line_no);
	return NULL;
}

/* What is wrong with the line, as inih would not tell; NULL when nothing. */
static const char *
check_line(struct source *s, const char *p, size_t n)
{
	const char *fault = check_bytes(p, n);

	if (fault != NULL)
		return fault;
	while (n > 0 && is_blank(*p)) {
		p++;
		n--;
	}
	if (n == 0 || *p == ';' || *p == '#')
		return NULL;
	if (*p == '[')
		return check_section(s, p, n);
	if (*p == '=' || *p == ':')
		return "the line has no key";
	if (memchr(p, '=', n) == NULL && memchr(p, ':', n) == NULL)
		return "the line is no key = value, section or comment";
	return NULL;
}

/* fgets() for inih: the next line; an empty one in place of a bad one. */
static char *
next_line(char *dst, int size, void *u)
{
	struct source *s = u;
	const char *end, *fault;
	size_t n;

	if (s->left == 0)
		return NULL;
	end = memchr(s->p, '\n', s->left);
	n = end == NULL ? s->left : (size_t)(end - s->p);
	s->line_no++;
	fault = check_line(s, s->p, n);
	if (fault != NULL || n + 2 > (size_t)size) {
		s->ev->fault(s->ev->u, s->line_no,
		    fault != NULL ? fault : "the line is too long");
		snprintf(dst, (size_t)size, "\n");
	} else {
		memcpy(dst, s->p, n);
		memcpy(dst + n, "\n", 2);
	}
	n += end != NULL;
	s->p += n;
	s->left -= n;
	return dst;
}

static int
on_pair(void *u, const char *section, const char *key, const char *value)
{
	const struct source *s = u;

	s->ev->pair(s->ev->u, section, key, value, s->line_no);
	return 1;
}

void
inifile_parse(const char *p, size_t n, const struct inifile_events *ev)
{
	struct source s = { .ev = ev };

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	s.p = p;
	s.left = n;
	/* Debian's inih takes these at run time and defaults to the traps. */
	ini_use_stack = false;
	ini_initial_alloc = INIFILE_LINE_MAX_BYTES + 8;
	ini_max_line = INIFILE_LINE_MAX_BYTES + 8;
	ini_allow_realloc = false;
	ini_allow_inline_comments = false;
	ini_allow_multiline = false;
	if (ini_parse_stream(next_line, &s, on_pair, &s) != 0)
		ev->fault(ev->u, s.line_no, "the file cannot be read");
}
