/*
 * json.h - write JSON Lines: one object a line, for programs.
 *
 *	json_begin(&j, &out);
 *	json_object(&j, NULL);              {
 *	json_text(&j, "order_no", no);      "order_no":"00001",
 *	json_array(&j, "parts");            "parts":[
 *	json_int(&j, NULL, 1200);           1200
 *	json_close(&j);                     ]
 *	json_close(&j);                     }  and a newline
 *
 * key is NULL in an array and for the outermost value.  Amounts are written
 * as integers of minor units, so no reader makes a double of money.  The
 * result is always valid: bytes that are not UTF-8 become U+FFFD.
 */
#ifndef OMS_WRITERS_JSON_H
#define OMS_WRITERS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { JSON_DEPTH_MAX = 16 };

struct json {
	struct sbuf *out;
	size_t depth;
	bool more[JSON_DEPTH_MAX + 1]; /* is there a value before this one? */
	char end[JSON_DEPTH_MAX + 1];  /* '}' or ']' */
};

void json_begin(struct json *j, struct sbuf *out);

void json_object(struct json *j, const char *key); /* until json_close() */
void json_array(struct json *j, const char *key);

/* Close the innermost; the outermost ends the line. */
void json_close(struct json *j);

void json_text(struct json *j, const char *key, const char *value);
void json_int(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
