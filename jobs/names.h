/* names.h - what can be run: jobs, stages, and the jobs of jobs/. */
#ifndef OMS_JOBS_NAMES_H
#define OMS_JOBS_NAMES_H

#include <stdbool.h>

#include "base/config.h"
#include "base/error.h"
#include "jobs/stages.h"

/* Is it a job, or a stage that can be run alone?  cfg NULL: of ours. */
bool jobs_is_known(const struct config *cfg, const char *name);

/* Does every file in jobs/ run what there is? errors  OMS_CONFIG */
bool jobs_check(const struct config *cfg, struct oms_error *err) MUST_CHECK;

/* Call each() with every job and stage: its name and a line for people. */
void jobs_each(void (*each)(void *u, const char *name, const char *what),
    void *u);

/* What a job of jobs/ runs: what it says, or what its name says. */
const char *jobs_words_of(const struct job *j);

/* Is this stage part of it?  words: jobs and stages, parted by blanks. */
bool jobs_walk(const struct stage *st, const char *words);
bool jobs_has_word(const char *words, const char *wanted);

#endif
