/* names.c - see names.h. */

#include "jobs/names.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"

enum { NAME_MAX_BYTES = 40 };

static const struct {
	const char *name;
	const char *what;
} jobs[] = {
	{ "nightly", "all stages, in the order of the data" },
	{ "intake", "collect and ingest: take in what partners sent" },
	{ "confirm", "take in answers, close, write and deliver documents" },
	{ "deliver", "deliver documents that are ready" },
	{ "housekeeping", "tidy folders, check and shrink the database" },
};

static bool
is_job(const char *name)
{
	for (size_t i = 0; i < COUNT(jobs); i++)
		if (strcmp(jobs[i].name, name) == 0)
			return true;
	return false;
}

static bool
is_known(const char *name)
{
	if (is_job(name))
		return true;
	for (size_t i = 0; i < stage_count; i++)
		if (strcmp(stages[i].name, name) == 0)
			return true;
	return false;
}

/* The next word of a list parted by blanks; false at its end. */
static bool
next_word(const char **at, char dst[NAME_MAX_BYTES])
{
	const char *p = *at + strspn(*at, " ");
	size_t n = strcspn(p, " ");

	snprintf(dst, NAME_MAX_BYTES, "%.*s", (int)n, p);
	*at = p + n;
	return n > 0;
}

bool
jobs_is_known(const struct config *cfg, const char *name)
{
	return is_known(name) || (cfg != NULL && config_job(cfg, name) != NULL);
}

const char *
jobs_words_of(const struct job *j)
{
	return j->run[0] != '\0' ? j->run : j->id;
}

bool
jobs_check(const struct config *cfg, struct oms_error *err)
{
	char word[NAME_MAX_BYTES];

	for (size_t i = 0; i < cfg->job_count; i++) {
		const struct job *j = &cfg->jobs[i];
		const char *at = jobs_words_of(j);

		while (next_word(&at, word))
			if (!is_known(word))
				return oms_fail(err, OMS_CONFIG,
				    "jobs/%s.ini: run: there is no job or "
				    "stage \"%s\"",
				    j->id, word);
		at = j->partners;
		while (next_word(&at, word))
			if (config_partner(cfg, word) == NULL)
				return oms_fail(err, OMS_CONFIG,
				    "jobs/%s.ini: partners: there is no "
				    "partners/%s.ini",
				    j->id, word);
	}
	return true;
}

void
jobs_each(void (*each)(void *u, const char *name, const char *what), void *u)
{
	char what[160];

	for (size_t i = 0; i < COUNT(jobs); i++)
		each(u, jobs[i].name, jobs[i].what);
	for (size_t i = 0; i < stage_count; i++) {
		if (is_job(stages[i].name))
			continue; /* deliver is both, and one thing */
		snprintf(what, sizeof(what), "stage: %s -> %s", stages[i].takes,
		    stages[i].leaves);
		each(u, stages[i].name, what);
	}
}

static bool
is_part(const struct stage *st, const char *job)
{
	return strcmp(job, "nightly") == 0 || strcmp(job, st->name) == 0 ||
	    (strcmp(job, "intake") == 0 && st->by_intake) ||
	    (strcmp(job, "confirm") == 0 && st->by_confirm) ||
	    (strcmp(job, "deliver") == 0 && st->by_deliver);
}

bool
jobs_walk(const struct stage *st, const char *words)
{
	char word[NAME_MAX_BYTES];

	while (next_word(&words, word))
		if (is_part(st, word))
			return true;
	return false;
}

bool
jobs_has_word(const char *words, const char *wanted)
{
	char word[NAME_MAX_BYTES];

	while (next_word(&words, word))
		if (strcmp(word, wanted) == 0)
			return true;
	return false;
}
