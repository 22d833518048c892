/*
 * edi_tender_answer.c - 990, the answer to a 204; see edi_transport.h.
 *
 * 558 changed its meaning: in 4010 a D is "cancelled" by its list and sent as
 * "declined" by carriers, later releases have E for that.  Either way the
 * carrier does not take the load.
 */

#include <string.h>

#include "base/count.h"
#include "mappers/edi_transport.h"

/* clang-format off */
static const struct {
	const char *from; /* release that has it */
	const char *code;
	const char *state;
} answers[] = {
	{ "",       "A", "accepted"    },
	{ "",       "B", "conditional" },
	{ "",       "C", "countered"   },
	{ "",       "D", "declined"    },
	{ "004010", "E", "declined"    }, /* nothing else in any release */
};
/* clang-format on */

static const char *
state_of(const struct edi_set *set, const char *code)
{
	for (size_t i = 0; i < COUNT(answers); i++)
		if (strcmp(answers[i].code, code) == 0 &&
		    strcmp(set->release, answers[i].from) >= 0)
			return answers[i].state;
	return NULL;
}

/* All remarks as one text. */
static const char *
remarks(mem_ctx *ctx, const struct edi_set *set)
{
	const struct edi_seg *k1 = edi_first(set, NULL, "K1");
	const char *text = "";

	for (; k1 != NULL; k1 = edi_next(set, k1))
		for (unsigned e = 1; e <= 2; e++)
			if (edi_get(k1, e)[0] != '\0')
				text = mem_printf(ctx, "%s%s%s", text,
				    text[0] != '\0' ? " " : "", edi_get(k1, e));
	return text;
}

bool
edi_tender_answer_map(mem_ctx *ctx, const struct edi_set *set,
    struct edi_tender_answer *ret, struct oms_error *err)
{
	const struct edi_seg *b1 = edi_first(set, NULL, "B1");
	const struct edi_seg *n9 = edi_with(set, NULL, "N9", 1, "CN");
	const struct edi_seg *l11 = edi_with(set, NULL, "L11", 2, "CN");

	if (b1 == NULL || edi_get(b1, 2)[0] == '\0')
		return oms_fail(err, OMS_VALUE,
		    "the answer names no shipment: B102 was expected");
	*ret = (struct edi_tender_answer){
		.scac = edi_get(b1, 1),
		.shipment_key = edi_get(b1, 2),
		.code = edi_get(b1, 4),
		.date = edi_get(b1, 3),
		.state = state_of(set, edi_get(b1, 4)),
		.reference = n9 != NULL ? edi_get(n9, 2)
		    : l11 != NULL       ? edi_get(l11, 1)
					: "",
		.reason = remarks(ctx, set),
	};
	if (ret->state != NULL)
		return true;
	oms_fail(err, OMS_VALUE,
	    "\"%.20s\" is no answer of %s: A, B, C, D or E was expected",
	    ret->code, set->release);
	return edi_at(err, b1);
}
