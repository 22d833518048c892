/*
 * nearest.h - "did you mean": the known word nearest to one that is not.
 *
 *	struct nearest n = NEAREST_TO("pattren");
 *
 *	for (size_t i = 0; i < COUNT(words); i++)
 *		nearest_offer(&n, words[i]);
 *	if (nearest_found(&n) != NULL) ...      "pattern"
 */
#ifndef OMS_BASE_NEAREST_H
#define OMS_BASE_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word;
	const char *best;
	size_t distance;
};

#define NEAREST_TO(w) ((struct nearest){ .word = (w), .distance = (size_t)-1 })

/* One known word; of equally near ones the first offered stays. */
void nearest_offer(struct nearest *n, const char *known);

/* The best of those offered; NULL when none is near enough to be meant. */
const char *nearest_found(const struct nearest *n);

#endif
