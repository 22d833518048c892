/* feed_match.c - see feed_match.h. */

#include "pipeline/feed_match.h"

#include <fnmatch.h>
#include <string.h>

#include "base/count.h"

const struct feed *
feed_match(const struct partner *p, const char *dir, const char *name)
{
	for (size_t i = 0; i < p->feed_count; i++) {
		const struct feed *f = &p->feeds[i];

		if (f->direction == FEED_IN &&
		    (dir == NULL || strcmp(f->dir, dir) == 0) &&
		    fnmatch(f->pattern, name, FNM_PERIOD) == 0)
			return f;
	}
	return NULL;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

bool
feed_ignores(const char *name)
{
	static const char *const unfinished[] = { ".part", ".tmp", ".filepart",
		".writing", ".done" };

	for (size_t i = 0; i < COUNT(unfinished); i++)
		if (ends_with(name, unfinished[i]))
			return true;
	return name[0] == '.';
}
