/*
 * diff.h - the lines in which two texts differ, as patch(1) knows it.
 *
 *	--- one
 *	+++ other
 *	@@ -1,4 +1,4 @@
 *
 * The shortest such list for texts that differ in up to some thousand lines;
 * beyond that what lies between their common beginning and end is given as
 * taken out and put in.  Memory and time are bounded.
 */
#ifndef OMS_BASE_DIFF_H
#define OMS_BASE_DIFF_H

#include <stddef.h>

#include "base/str.h"

/*
 * diff_unified - append the differences of a and b; nothing when they are the
 * same.
 *
 * a, b    an and bn bytes; they may hold NULs
 * name_*  of the two, in the head
 * source  Myers, "An O(ND) Difference Algorithm and Its Variations", 1986
 */
void diff_unified(struct sbuf *out, const char *a, size_t an,
    const char *name_a, const char *b, size_t bn, const char *name_b);

#endif
