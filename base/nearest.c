/* nearest.c - see nearest.h.  Distance: Damerau's, adjacent letters swapped. */

#include "base/nearest.h"

#include <string.h>

enum { WORD_MAX_BYTES = 48 };

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX_BYTES + 1];
	size_t na = strlen(a), nb = strlen(b);
	size_t *old = rows[0], *above = rows[1], *row = rows[2];

	if (na > WORD_MAX_BYTES || nb > WORD_MAX_BYTES)
		return na + nb;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= nb; j++)
		above[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *spare = old;

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1,
			    above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && old[j - 2] + 1 < row[j])
				row[j] = old[j - 2] + 1;
		}
		old = above;
		above = row;
		row = spare;
	}
	return above[nb];
}

void
nearest_offer(struct nearest *n, const char *known)
{
	size_t d = distance(n->word, known);

	if (d < n->distance) {
		n->distance = d;
		n->best = known;
	}
}

const char *
nearest_found(const struct nearest *n)
{
	size_t len = strlen(n->word);

	return n->distance <= 1 + len / 4 && n->distance < len ? n->best : NULL;
}
