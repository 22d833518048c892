/* config_edi.c - the section [edi] of a new partner, every key explained. */

#include <string.h>

#include "base/config.h"
#include "base/config_key.h"
#include "base/count.h"
#include "base/str.h"

#define TO_DO "TO DO: "

enum { LINE_BYTES = 78 };

/* What a new partner begins with; the rest is left as it is by default. */
static const struct {
	const char *name;
	const char *value; /* NULL: the standard */
	const char *hint;
} given[] = {
	{ "standard", NULL, NULL },
	{ "test", "yes",
	    "No goods move for a test: say no when both are ready." },
	{ "our_id", "OUR-ID", TO_DO "ask the partner what he calls us." },
	{ "their_id", "THEIR-ID", TO_DO "ask the partner for his own." },
};

const char *
config_edi_to_do(const char *key, const char *value)
{
	for (size_t i = 0; i < COUNT(given); i++)
		if (strcmp(given[i].name, key) == 0)
			return given[i].hint != NULL &&
				strncmp(given[i].hint, TO_DO, strlen(TO_DO)) ==
				    0 &&
				strcmp(given[i].value, value) == 0
			    ? given[i].hint + strlen(TO_DO)
			    : NULL;
	return NULL;
}

/* A sentence as a comment, in lines of at most LINE_BYTES. */
static void
add_comment(struct sbuf *b, const char *text)
{
	size_t column = LINE_BYTES;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column + 1 + n > LINE_BYTES) {
			if (column < LINE_BYTES)
				sbuf_addc(b, '\n');
			sbuf_addc(b, ';');
			column = 1;
		}
		sbuf_addc(b, ' ');
		sbuf_add(b, text, n);
		column += 1 + n;
		text += n;
		while (*text == ' ')
			text++;
	}
	sbuf_addc(b, '\n');
}

/* Keys of the other standard say so in front: "X12: ...". */
static bool
concerns(const struct config_key *k, const char *standard)
{
	bool is_x12 = strcmp(standard, "x12") == 0;

	if (k->section != SEC_EDI)
		return false;
	return strncmp(k->what,
		   is_x12 ? "EDIFACT: " : "X12: ", is_x12 ? 9 : 5) != 0;
}

static void
add_key(struct sbuf *b, const struct config_key *k, const char *standard)
{
	size_t i = 0;

	sbuf_addc(b, '\n');
	add_comment(b, k->what);
	if (k->words != NULL)
		sbuf_addf(b, "; One of: %s\n", k->words);
	while (i < COUNT(given) && strcmp(given[i].name, k->name) != 0)
		i++;
	if (i == COUNT(given)) {
		sbuf_addf(b, ";%s =%s%s\n", k->name,
		    k->initial[0] != '\0' ? " " : "", k->initial);
		return;
	}
	if (given[i].hint != NULL)
		add_comment(b, given[i].hint);
	sbuf_addf(b, "%s = %s\n", k->name,
	    given[i].value != NULL ? given[i].value : standard);
}

void
config_edi_section(struct sbuf *b, const char *standard)
{
	sbuf_adds(b, "[edi]\n");
	add_comment(b,
	    "A key behind a ; has the value shown. Take the ; away to change "
	    "it.");
	for (size_t i = 0; i < config_key_count; i++)
		if (concerns(&config_keys[i], standard))
			add_key(b, &config_keys[i], standard);
}
