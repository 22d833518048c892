/*
 * config_key.h - the one table of configuration keys, and their values.
 *
 * Private to base/config*.c.  A key knows its section, where its value lies
 * in the struct of that section, and how text becomes that value.
 */
#ifndef OMS_BASE_CONFIG_KEY_H
#define OMS_BASE_CONFIG_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

enum config_section {
	SEC_COMPANY,
	SEC_ORDERS,
	SEC_ALLOCATION,
	SEC_BILLING,
	SEC_RUN,
	SEC_SECURITY,
	SEC_DEAD,
	SEC_MONITOR,
	SEC_BACKUP,
	SEC_ALERT,
	SEC_PARTNER, /* from here on: partners/<partner>.ini */
	SEC_SFTP,
	SEC_EDI,
	SEC_FEED, /* [feed.NAME] */
	SEC_JOB,  /* jobs/<job>.ini */
	SEC_COUNT
};

enum config_type {
	KEY_TEXT,        /* min to max bytes */
	KEY_PATH,        /* relative to the home */
	KEY_WORD,        /* one of words, kept as text */
	KEY_CHOICE,      /* one of words, kept as its index: an enum */
	KEY_BOOL,        /* yes or no */
	KEY_INT,         /* min to max */
	KEY_DURATION_S,  /* 90s 5m 2h 1d, kept in seconds */
	KEY_DURATION_MS, /* the same and 500ms, kept in milliseconds */
	KEY_SIZE,        /* 4096 64KiB 512MiB 1GiB, kept in bytes */
	KEY_SECRET,      /* env:NAME, file:PATH, credential:NAME */
	KEY_HOST_KEYS,   /* may be given again: one more each time */
	KEY_DEAD_RULES   /* the same: CODE ACTION [WITH] */
};

struct config_key {
	enum config_section section;
	const char *name;
	enum config_type type;
	size_t offset; /* in struct config, partner, feed or job */
	int64_t min;
	int64_t max;
	const char *initial; /* default, as text; NULL: none, "" empty */
	const char *words;   /* "first|value|weight", or NULL */
	const char *what;    /* a sentence for people */
};

struct config_section_doc {
	const char *name; /* "company"; for feeds "feed." */
	const char *what;
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;
extern const struct config_section_doc config_sections[SEC_COUNT];

/*
 * config_key_set - turn text into the value at base, by the key's type.
 *
 * base    the struct of the key's section
 * home    for KEY_PATH
 * errors  OMS_CONFIG  the reason is what is expected; secrets never in it
 */
bool config_key_set(mem_ctx *ctx, const struct config_key *key, void *base,
    const char *home, const char *text, struct oms_error *err) MUST_CHECK;

/* The value at base as text, in the form config_key_set() takes. */
char *config_key_show(mem_ctx *ctx, const struct config_key *key,
    const void *base);

/*
 * config_edi_to_do - what is to be done for a value that a new partner's file
 * has in the place of one that must be asked for; NULL: it is none such.
 */
const char *config_edi_to_do(const char *key, const char *value);

/* Give every key of the section its default. */
void config_key_defaults(mem_ctx *ctx, enum config_section section, void *base,
    const char *home);

#endif
