/*
 * alert_channel.h - the ways to a person: a file, syslog, a mail, a POST.
 *
 * Private to pipeline/alert*.c.
 */
#ifndef OMS_PIPELINE_ALERT_CHANNEL_H
#define OMS_PIPELINE_ALERT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"

struct alert_message {
	int64_t alert_id; /* 0: not in the database */
	const char *kind; /* new, clear, digest, test, failure */
	int64_t ts_us;
	int64_t items;
	const char *title;
	const char *body; /* lines of text */
};

struct alert_channel {
	const char *name; /* as in alert_sending */
	bool (*is_set)(const struct config *cfg);
	bool (*send)(const struct config *cfg, const struct alert_message *m,
	    struct oms_error *err);
};

extern const struct alert_channel alert_channels[];
extern const size_t alert_channel_count;

#endif
