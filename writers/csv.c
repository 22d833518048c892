/* csv.c - see csv.h. */

#include "writers/csv.h"

#include <assert.h>
#include <string.h>

#include "base/num.h"

/* A sign, digits, one point with digits: what a spreadsheet cannot run. */
static bool
is_number(const char *s)
{
	size_t whole, decimals = 0;

	s += *s == '-' || *s == '+';
	whole = strspn(s, "0123456789");
	s += whole;
	if (*s == '.')
		decimals = strspn(s + 1, "0123456789");
	if (decimals > 0)
		s += 1 + decimals;
	return *s == '\0' && whole + decimals > 0;
}

static bool
is_formula(const char *s)
{
	return s[0] != '\0' && strchr("=+-@\t\r", s[0]) != NULL &&
	    !is_number(s);
}

/* Blanks at the ends are quoted too: some readers trim bare fields. */
static bool
needs_quotes(const char *s, size_t n)
{
	return n > 0 &&
	    (s[0] == ' ' || s[n - 1] == ' ' || strcspn(s, ",\"\r\n") < n);
}

void
csvw_begin(struct csvw *w, struct sbuf *out, enum csvw_flavour flavour,
    const char *const *columns, size_t width)
{
	*w = (struct csvw){ .out = out, .flavour = flavour, .width = width };
	for (size_t i = 0; i < width; i++)
		csvw_text(w, columns[i]);
	csvw_row(w);
}

void
csvw_text(struct csvw *w, const char *s)
{
	bool guard = w->flavour == CSVW_GUARDED && is_formula(s);
	size_t n = strlen(s);

	if (w->field++ > 0)
		sbuf_addc(w->out, ',');
	if (!needs_quotes(s, n)) {
		if (guard)
			sbuf_addc(w->out, '\'');
		sbuf_add(w->out, s, n);
		return;
	}
	sbuf_adds(w->out, guard ? "\"'" : "\"");
	for (size_t run; *s != '\0'; s += run) {
		run = strcspn(s, "\"");
		sbuf_add(w->out, s, run);
		if (s[run] == '"') {
			sbuf_adds(w->out, "\"\"");
			run++;
		}
	}
	sbuf_addc(w->out, '"');
}

void
csvw_int(struct csvw *w, int64_t value)
{
	char digits[NUM_DECIMAL_BYTES];

	csvw_text(w, num_format_decimal(value, 0, digits));
}

void
csvw_row(struct csvw *w)
{
	assert(w->field == w->width);
	w->field = 0;
	sbuf_add(w->out, "\r\n", 2);
}
