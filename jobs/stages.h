/* stages.h - the way of the data, as a table. */
#ifndef OMS_JOBS_STAGES_H
#define OMS_JOBS_STAGES_H

#include "pipeline/stage.h"

struct stage {
	const char *name;
	const char *takes;  /* what it finds, for people */
	const char *leaves; /* what it leaves */
	stage_fn *fn;
	bool is_remade;  /* follows from rows and blobs: pipeline/journal.h */
	bool by_intake;  /* the job intake runs it */
	bool by_confirm; /* the job confirm runs it */
	bool by_deliver; /* the job deliver runs it */
};

extern const struct stage stages[];
extern const size_t stage_count;

#endif
