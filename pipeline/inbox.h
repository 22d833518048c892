/*
 * inbox.h - files that somebody drops into inbox/<partner>/.
 *
 * A file there is taken when it is durably ours and only then removed; killed
 * in between, the next run finds bytes it knows and removes them.  Nothing
 * says when a person has finished copying, so a file whose end is not in
 * sight gets inbox_settle to grow before it is taken as it is.
 *
 * Links, folders, unreadable and oversized files are left, with a warning; so
 * is one that the database refuses.  Each run says so, and what may be an order
 * of a name or a kind that oms never takes makes its exit status 3.  Each is a
 * finding, too, until it is gone.
 */
#ifndef OMS_PIPELINE_INBOX_H
#define OMS_PIPELINE_INBOX_H

#include "base/error.h"
#include "pipeline/stage.h"

/*
 * inbox_collect - take every finished file of every inbox, and of
 * deadletter/requeue/.
 *
 * A file that has the name of a dead letter's file is a try of that letter;
 * below deadletter/requeue/ the letter's number in front is enough.
 *
 * errors  of the store and of our own disk: the run cannot go on
 */
bool inbox_collect(struct run *run, struct stage_result *res,
    struct oms_error *err) MUST_CHECK;

/*
 * inbox_obstacle - why is what has this name in an inbox never taken?
 *
 * Of its name and kind only: whether a file is whole, is not too large and may
 * be read is seen when it is taken.
 *
 * path  where it lies; links are not followed
 *
 * returns  words for a person, with what to do; NULL when a run will take it,
 *          when there is nothing, and for a folder, which harms nobody
 */
const char *inbox_obstacle(const char *path, const char *name);

/*
 * inbox_has_end - does the file end where its document does?
 *
 * An XML document ends with the closing tag of its root, or is an empty
 * root; other text ends with a line break.
 *
 * fd    open for reading; its position does not matter
 * type  of the feed, e.g. "sfcc.order"
 */
bool inbox_has_end(int fd, const char *type);

#endif
