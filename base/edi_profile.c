/* edi_profile.c - values of [edi] that have parts. */

#include "base/edi_profile.h"

#include <stddef.h>
#include <string.h>

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { MESSAGE_BYTES = 6, CODE_MAX_BYTES = EDI_ASSOC_BYTES - 1 };

/* One word of "EAN008 IFTMIN:EAN004". */
struct word {
	const char *message;
	size_t message_bytes; /* 0: of all others */
	const char *code;
	size_t code_bytes;
};

/* The word at *at, which is moved behind it; false: there is none left. */
static bool
next_word(const char **at, struct word *ret)
{
	size_t n, colon;

	*at += strspn(*at, " ");
	n = strcspn(*at, " ");
	colon = strcspn(*at, ": ");
	if (n == 0)
		return false;
	*ret = (struct word){ *at, 0, *at, n };
	if (colon < n) {
		ret->message_bytes = colon;
		ret->code = *at + colon + 1;
		ret->code_bytes = n - colon - 1;
	}
	*at += n;
	return true;
}

void
edi_profile_assoc(const struct edi_profile *p, const char *message, bool is_own,
    char ret[EDI_ASSOC_BYTES])
{
	const char *at = p->assoc;
	bool found_own = false;
	struct word w;

	ret[0] = '\0';
	while (!found_own && next_word(&at, &w)) {
		found_own = w.message_bytes == strlen(message) &&
		    strncmp(w.message, message, w.message_bytes) == 0;
		if ((!found_own && (w.message_bytes > 0 || is_own)) ||
		    w.code_bytes > CODE_MAX_BYTES)
			continue;
		memcpy(ret, w.code, w.code_bytes);
		ret[w.code_bytes] = '\0';
	}
}

const char *
edi_profile_assoc_fault(const char *assoc)
{
	const char *at = assoc;
	bool has_general = false;
	struct word w;

	while (next_word(&at, &w)) {
		bool is_general = w.code == w.message;

		if (!is_general &&
		    (w.message_bytes != MESSAGE_BYTES ||
			strspn(w.message, CAPITALS) < MESSAGE_BYTES))
			return "before : stands a message, as in "
			       "IFTMIN:EAN004";
		if (w.code_bytes == 0 || w.code_bytes > CODE_MAX_BYTES ||
		    strspn(w.code, CAPITALS "0123456789") < w.code_bytes)
			return "an association code is 1 to 6 of A-Z 0-9";
		if (is_general && has_general)
			return "only one code can be of all messages: name "
			       "the message of the other, as in IFTMIN:EAN004";
		has_general = has_general || is_general;
	}
	return NULL;
}
