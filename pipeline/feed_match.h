/*
 * feed_match.h - which feed takes a file of that name.
 */
#ifndef OMS_PIPELINE_FEED_MATCH_H
#define OMS_PIPELINE_FEED_MATCH_H

#include <stdbool.h>

#include "base/config.h"

/*
 * feed_match - the first incoming feed whose pattern takes the name.
 *
 * dir  only feeds of that folder of the partner's; NULL all of them
 */
const struct feed *feed_match(const struct partner *p, const char *dir,
    const char *name);

/*
 * feed_ignores - is it a name that writers use for what is not finished?
 *
 * A leading dot, or .part .tmp .filepart .writing .done at the end.
 *
 * source  pitfalls P1
 */
bool feed_ignores(const char *name);

#endif
