/*
 * reconcile_internal.h - what the files of a reconciliation share: reconcile.c
 * looks and takes again, reconcile_settle.c settles our documents by what was
 * seen.
 */
#ifndef OMS_PIPELINE_RECONCILE_INTERNAL_H
#define OMS_PIPELINE_RECONCILE_INTERNAL_H

#include "pipeline/reconcile.h"
#include "transport/transport.h"

/* A folder for documents, as it was listed. */
struct folder {
	const struct partner *p;
	const char *dir;
	struct remote_entry *entry;
	size_t count;
};

struct reconcile {
	struct run *run;
	reconcile_tell_fn *tell;
	void *u;
	mem_ctx *ctx;
	int64_t restored_us;
	bool inbox_done;
	struct input *input; /* what was taken, to be taken again */
	size_t input_count, input_room;
	struct folder *folder;
	size_t folder_count, folder_room;
	struct stranger *stranger; /* documents that we do not know */
	size_t stranger_count, stranger_room;
	int64_t *time_us;
	size_t time_count;
	int64_t max_file_id; /* seen in an archive */
	size_t unreached;
};

/* Tell a person; the words are those of reconcile_tell_fn. */
void reconcile_say(struct reconcile *r, const char *code, const char *object,
    const char *message);

/* dir of p, "" our outbox for it; NULL when it was not listed. */
const struct folder *reconcile_folder(const struct reconcile *r,
    const struct partner *p, const char *dir);

#endif
