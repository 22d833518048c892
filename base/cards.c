/* cards.c - see cards.h. */

#include "base/cards.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/count.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/scope.h"

enum {
	DIGITS_MIN = 14,
	DIGITS_MAX = 19,
	GROUPS_MAX = 5,
	KEEP_FIRST = 6,
	KEEP_LAST = 4,
	FILLERS_MAX = 3, /* NULs between two digits: UTF-32 */
	WINDOW_BYTES = 1 << 20,
	TAIL_BYTES = 4096 /* far longer than any card number */
};

#define LENGTH(n) (1U << (n))
#define UPTO_19   (LENGTH(16) | LENGTH(17) | LENGTH(18) | LENGTH(19))

/* clang-format off */
static const struct brand {
	int low;            /* of the prefix, both included */
	int high;
	int digits;         /* of the prefix */
	unsigned lengths;
} brands[] = {
	{ 4,    4,    1, LENGTH(16) | LENGTH(19) },   /* Visa */
	{ 51,   55,   2, LENGTH(16) },                /* Mastercard */
	{ 2221, 2720, 4, LENGTH(16) },
	{ 34,   34,   2, LENGTH(15) },                /* American Express */
	{ 37,   37,   2, LENGTH(15) },
	{ 300,  305,  3, LENGTH(14) | LENGTH(16) },   /* Diners Club */
	{ 36,   36,   2, LENGTH(14) | LENGTH(16) },
	{ 38,   39,   2, LENGTH(14) | LENGTH(16) },
	{ 6011, 6011, 4, LENGTH(16) | LENGTH(19) },   /* Discover */
	{ 644,  649,  3, LENGTH(16) | LENGTH(19) },
	{ 65,   65,   2, LENGTH(16) | LENGTH(19) },
	{ 3528, 3589, 4, LENGTH(16) | LENGTH(19) },   /* JCB */
	{ 62,   62,   2, UPTO_19 },                   /* UnionPay */
	{ 81,   81,   2, UPTO_19 },
	{ 2200, 2204, 4, UPTO_19 },                   /* Mir */
	{ 60,   60,   2, LENGTH(16) },                /* RuPay */
	{ 82,   82,   2, LENGTH(16) },
	{ 508,  508,  3, LENGTH(16) },
	{ 5018, 5018, 4, UPTO_19 },                   /* Maestro */
	{ 5020, 5020, 4, UPTO_19 },
	{ 5038, 5038, 4, UPTO_19 },
	{ 5893, 5893, 4, UPTO_19 },
	{ 6304, 6304, 4, UPTO_19 },
	{ 6759, 6759, 4, UPTO_19 },
	{ 6761, 6763, 4, UPTO_19 },
};

/* How the digits of a card are parted in print; 0 ends a row. */
static const int layouts[][GROUPS_MAX + 1] = {
	{ 4, 4, 4, 4, 0 }, { 4, 4, 4, 4, 3, 0 }, { 4, 6, 5, 0 }, { 4, 6, 4, 0 },
};
/* clang-format on */

struct group {
	size_t from; /* place of the first digit */
	size_t end;  /* behind the last */
	size_t digits;
};

/* The numbers of a line of digits, as far back as a card can reach. */
struct scan {
	char *p;
	size_t n;
	struct group groups[GROUPS_MAX]; /* the last is the newest */
	size_t count;
	int64_t cards;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_separator(char c)
{
	return c == ' ' || c == '-';
}

/* May it stand between the first and the last digit of a card? */
static bool
is_inside(char c)
{
	return is_digit(c) || is_separator(c) || c == '\0';
}

static bool
is_word(char c)
{
	return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

static bool
passes_luhn(const char *digits, size_t n)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++) {
		int d = digits[n - 1 - i] - '0';

		d = i % 2 == 0 ? d : 2 * d;
		sum += d > 9 ? d - 9 : d;
	}
	return sum % 10 == 0;
}

static bool
has_brand(const char *digits, size_t n)
{
	for (size_t i = 0; i < COUNT(brands); i++) {
		const struct brand *b = &brands[i];
		int prefix = 0;

		for (int k = 0; k < b->digits; k++)
			prefix = 10 * prefix + (digits[k] - '0');
		if (prefix >= b->low && prefix <= b->high &&
		    (b->lengths & LENGTH(n)) != 0)
			return true;
	}
	return false;
}

/* The next character before (step -1) or behind a place, NULs aside. */
static char
neighbour(const struct scan *s, size_t at, int step, size_t *ret)
{
	for (int i = 0; i <= FILLERS_MAX; i++) {
		if (step < 0 ? at == 0 : at >= s->n)
			break;
		at = step < 0 ? at - 1 : at;
		if (s->p[at] != '\0') {
			*ret = step < 0 ? at : at + 1;
			return s->p[at];
		}
		at = step < 0 ? at : at + 1;
	}
	return '\0';
}

/* Does a word or a decimal point hang on to it? */
static bool
is_part_of_more(const struct scan *s, size_t at, int step)
{
	size_t next = 0;
	char c = neighbour(s, at, step, &next);

	return is_word(c) ||
	    (c == '.' && is_digit(neighbour(s, next, step, &next)));
}

static void
mask(struct scan *s, size_t from, size_t end, size_t digits)
{
	size_t i = 0;

	for (size_t at = from; at < end; at++)
		if (is_digit(s->p[at]) && i++ >= KEEP_FIRST &&
		    i <= digits - KEEP_LAST)
			s->p[at] = 'X';
	s->cards++;
}

/* Are the groups from number first on one card? */
static bool
try_card(struct scan *s, size_t first)
{
	size_t from = s->groups[first].from;
	size_t end = s->groups[s->count - 1].end, n = 0;
	char digits[DIGITS_MAX];

	for (size_t at = from; at < end; at++)
		if (is_digit(s->p[at])) {
			if (n == DIGITS_MAX)
				return false;
			digits[n++] = s->p[at];
		}
	if (n < DIGITS_MIN || !has_brand(digits, n) || !passes_luhn(digits, n))
		return false;
	if ((first == 0 && is_part_of_more(s, from, -1)) ||
	    is_part_of_more(s, end, 1))
		return false;
	mask(s, from, end, n);
	s->count = 0;
	return true;
}

/* A group has ended: alone, or with those before it as cards are printed. */
static void
try_groups(struct scan *s)
{
	if (s->groups[s->count - 1].digits >= DIGITS_MIN) {
		(void)try_card(s, s->count - 1);
		return;
	}
	for (size_t i = 0; i < COUNT(layouts); i++) {
		size_t n = 0;

		while (layouts[i][n] != 0)
			n++;
		if (n > s->count)
			continue;
		for (size_t k = 0; k < n; k++)
			if (s->groups[s->count - n + k].digits !=
			    (size_t)layouts[i][k])
				goto next;
		if (try_card(s, s->count - n))
			return;
	next:;
	}
}

static void
add_group(struct scan *s, struct group g)
{
	if (s->count == GROUPS_MAX) {
		memmove(s->groups, s->groups + 1, (GROUPS_MAX - 1) * sizeof(g));
		s->count--;
	}
	s->groups[s->count++] = g;
}

/* NULs in a row from a place on. */
static size_t
fillers(const struct scan *s, size_t at)
{
	size_t n = 0;

	while (n <= FILLERS_MAX && at + n < s->n && s->p[at + n] == '\0')
		n++;
	return n;
}

/* A number of digits: where it ends, NULs between them passed over. */
static struct group
read_group(const struct scan *s, size_t at)
{
	struct group g = { .from = at };
	size_t skip = 0;

	while (at < s->n && is_digit(s->p[at])) {
		g.digits++;
		g.end = ++at;
		skip = fillers(s, at);
		if (skip > FILLERS_MAX)
			break;
		at += skip;
	}
	return g;
}

/* All numbers of the line of digits that begins at a place; where it ends. */
static size_t
scan_line(struct scan *s, size_t at)
{
	s->count = 0;
	while (at < s->n && is_digit(s->p[at])) {
		struct group g = read_group(s, at);
		size_t next = g.end, skip = fillers(s, g.end);

		add_group(s, g);
		try_groups(s);
		at = g.end;
		next += skip <= FILLERS_MAX ? skip : 0;
		if (next >= s->n || !is_separator(s->p[next]))
			break;
		next++;
		skip = fillers(s, next);
		next += skip <= FILLERS_MAX ? skip : 0;
		if (next >= s->n || !is_digit(s->p[next]))
			break;
		at = next;
	}
	return at;
}

int64_t
cards_scrub(char *p, size_t n)
{
	struct scan s = { .p = p, .n = n };
	size_t done = 0;

	/* A card is so long that looking at every 14th byte finds it. */
	for (size_t at = DIGITS_MIN - 1; at < n; at += DIGITS_MIN) {
		size_t from = at;

		if (!is_inside(p[at]))
			continue;
		while (from > done && is_inside(p[from - 1]))
			from--;
		while (from < n && is_inside(p[from])) {
			if (is_digit(p[from]))
				from = scan_line(&s, from);
			else
				from++;
		}
		done = from;
		at = from;
	}
	return s.cards;
}

/* ---- files -------------------------------------------------------------- */

static bool
write_back(int fd, const char *p, size_t n, off_t off, const char *path,
    struct oms_error *err)
{
	while (n > 0) {
		ssize_t put = pwrite(fd, p, n, off);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return oms_fail_errno(err, fs_code_of_errno(errno),
			    "write %s", path);
		p += put;
		off += put;
		n -= (size_t)put;
	}
	return true;
}

/*
 * How much of a full window can be let go: up to its last byte that is in no
 * card.  In a desert of digits without one a card could only be by chance.
 */
static size_t
settled(const char *p, size_t n)
{
	for (size_t i = n; i > n - TAIL_BYTES; i--)
		if (!is_inside(p[i - 1]) && !is_word(p[i - 1]) &&
		    p[i - 1] != '.')
			return i - 1;
	return n;
}

static bool
scrub_windows(int fd, char *buf, const char *path, int64_t *ret_cards,
    struct oms_error *err)
{
	off_t base = 0;
	size_t have = 0;
	ssize_t got = 1;

	while (got > 0) {
		int64_t cards;
		size_t done;

		got = pread(fd, buf + have, WINDOW_BYTES - have,
		    base + (off_t)have);
		if (got < 0 && errno == EINTR) {
			got = 1;
			continue;
		}
		if (got < 0)
			return oms_fail_errno(err, OMS_IO, "read %s", path);
		have += (size_t)got;
		if (got > 0 && have < WINDOW_BYTES)
			continue;
		done = got == 0 ? have : settled(buf, have);
		cards = cards_scrub(buf, done);
		if (cards > 0 && !write_back(fd, buf, done, base, path, err))
			return false;
		*ret_cards += cards;
		memmove(buf, buf + done, have - done);
		base += (off_t)done;
		have -= done;
	}
	return true;
}

bool
cards_scrub_file(const char *path, int64_t *ret_cards, struct oms_error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	mem_ctx *row;
	bool ok;

	*ret_cards = 0;
	if (fd < 0)
		return oms_fail_errno(err, OMS_IO, "open %s", path);
	row = mem_ctx_new(NULL, "cards");
	ok = scrub_windows(fd, mem_resize(row, NULL, WINDOW_BYTES), path,
	    ret_cards, err);
	if (ok && *ret_cards > 0 && fsync(fd) < 0)
		ok = oms_fail_errno(err, fs_code_of_errno(errno), "sync %s",
		    path);
	mem_free(row);
	return ok;
}
