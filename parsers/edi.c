/* edi.c - names of leniencies, release characters: see edi.h. */

#include "parsers/edi.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/nearest.h"

enum { NAME_BYTES = 32 };

static const char *const names_of_bits[] = {
#define X(id, name, what) name,
	EDI_LENIENCIES(X)
#undef X
};

static bool
add_name(const char *name, unsigned *bits, struct oms_error *err)
{
	struct nearest n = NEAREST_TO(name);

	for (size_t i = 0; i < COUNT(names_of_bits); i++) {
		if (strcmp(name, names_of_bits[i]) == 0) {
			*bits |= 1u << i;
			return true;
		}
		nearest_offer(&n, names_of_bits[i]);
	}
	if (nearest_found(&n) != NULL)
		return oms_fail(err, OMS_CONFIG,
		    "no leniency is called \"%s\"; did you mean \"%s\"?", name,
		    nearest_found(&n));
	return oms_fail(err, OMS_CONFIG,
	    "no leniency is called \"%s\"; there are wrapped, isa-length, "
	    "indented, unterminated, garbage, counts, controls, group-code, "
	    "trailing, blanks, charset, codes and lengths",
	    name);
}

bool
edi_lenient_parse(const char *names, unsigned *ret, struct oms_error *err)
{
	static const char between[] = " ,\t";
	unsigned bits = EDI_STRICT;
	char name[NAME_BYTES];

	for (const char *p = names + strspn(names, between); *p != '\0';) {
		size_t n = strcspn(p, between);

		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		if (!add_name(name, &bits, err))
			return false;
		p += n;
		p += strspn(p, between);
	}
	*ret = bits;
	return true;
}

size_t
edi_unrelease(const struct edi_value *v, char release, char *dst, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < v->len && n < size; i++) {
		if (v->is_released && v->p[i] == release && ++i == v->len)
			break;
		dst[n++] = v->p[i];
	}
	if (n < size)
		dst[n] = '\0';
	return n;
}
