/*
 * edi_movement_map.c - what the codes of carriers mean; see edi_transport.h.
 *
 * The tables are the specification.  A code is only looked for in the list of
 * its own set and release: AF in 1650 has departed, in 1651 it had an
 * accident; 1 has arrived by 9011 and is still to be done by 4405.
 *
 * source  X12 1650, 1651, 1652; UN/EDIFACT 9011 (D.96A), 4405 (D.01B);
 *         EANCOM 1997 and 2002
 */

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "mappers/edi_transport.h"

static const char *const names[MOVED_KINDS] = { "booked", "dispatched",
	"delivered", "in_transit", "eta", "exception", "note" };

/* clang-format off */
static const struct movement_code x12_1650[] = {
	{ "A3", MOVED_EXCEPTION,  "returned to the shipper" },
	{ "A7", MOVED_EXCEPTION,  "refused by the consignee" },
	{ "A9", MOVED_EXCEPTION,  "damaged" },
	{ "AF", MOVED_DISPATCHED, "departed from the pick-up" },
	{ "AG", MOVED_ETA,        "delivery is estimated" },
	{ "AH", MOVED_EXCEPTION,  "delivery was attempted" },
	{ "AP", MOVED_EXCEPTION,  "delivery was not completed" },
	{ "CA", MOVED_EXCEPTION,  "cancelled by the carrier" },
	{ "CD", MOVED_NOTE,       "departed from the delivery" },
	{ "CP", MOVED_NOTE,       "loaded" },
	{ "D1", MOVED_DELIVERED,  "delivered: unloading is completed" },
	{ "K1", MOVED_NOTE,       "arrived at customs" },
	{ "OO", MOVED_IN_TRANSIT, "out for delivery" },
	{ "P1", MOVED_IN_TRANSIT, "departed from a terminal" },
	{ "PA", MOVED_EXCEPTION,  "only a part of it" },
	{ "SD", MOVED_EXCEPTION,  "delayed" },
	{ "X1", MOVED_IN_TRANSIT, "arrived at the delivery" },
	{ "X2", MOVED_ETA,        "arrival is estimated" },
	{ "X3", MOVED_NOTE,       "arrived at the pick-up" },
	{ "X4", MOVED_IN_TRANSIT, "arrived at a terminal" },
	{ "X6", MOVED_IN_TRANSIT, "en route" },
	{ "XB", MOVED_BOOKED,     "booked" },
};

static const struct movement_code x12_1652[] = {
	{ "AA", MOVED_NOTE, "pick-up appointment" },
	{ "AB", MOVED_ETA,  "delivery appointment" },
};

/* 9011 of D.96A to D.01A, which EANCOM 1997 takes over. */
static const struct movement_code un_9011[] = {
	{ "1",  MOVED_IN_TRANSIT, "arrived" },
	{ "6",  MOVED_BOOKED,     "booked" },
	{ "13", MOVED_DISPATCHED, "collected" },
	{ "21", MOVED_DELIVERED,  "delivered" },
	{ "31", MOVED_IN_TRANSIT, "en route" },
	{ "49", MOVED_EXCEPTION,  "lost" },
	{ "54", MOVED_EXCEPTION,  "not collected" },
	{ "71", MOVED_NOTE,       "receipt acknowledged" },
};

/*
 * 4405 from D.01B on: of orders and offers, not of transport.  None of them
 * moves a shipment; they are named so that nobody takes them for 9011.
 */
static const struct movement_code un_4405[] = {
	{ "1",  MOVED_NOTE, "to be done" },
	{ "6",  MOVED_NOTE, "minimum" },
	{ "13", MOVED_NOTE, "3 days available" },
	{ "21", MOVED_NOTE, "temporary" },
};

static const struct movement_code eancom_2002[] = {
	{ "1E",  MOVED_IN_TRANSIT, "arrived" },
	{ "6E",  MOVED_BOOKED,     "booked" },
	{ "13",  MOVED_DISPATCHED, "collected" },
	{ "21",  MOVED_DELIVERED,  "delivered" },
	{ "31",  MOVED_IN_TRANSIT, "en route" },
	{ "49",  MOVED_EXCEPTION,  "lost" },
	{ "76E", MOVED_EXCEPTION,  "not collected" },
	{ "72B", MOVED_NOTE,       "receipt acknowledged" },
};

#define LIST(codes) codes, COUNT(codes)

/* Directories as year and letter: "D:96A" is 1996A.  First match. */
static const struct {
	enum edi_standard standard;
	const char *type;
	int element;
	const char *from;
	const char *to;
	const char *assoc; /* what 0057 begins with */
	const struct movement_code *codes;
	size_t count;
} lists[] = {
	{ EDI_X12,     "214",    1650, "",      "~",     "",    LIST(x12_1650) },
	{ EDI_X12,     "214",    1652, "",      "~",     "",    LIST(x12_1652) },
	{ EDI_EDIFACT, "IFTSTA", 0,    "1990A", "2001A", "",    LIST(un_9011) },
	{ EDI_EDIFACT, "IFTSTA", 0,    "2001B", "~",     "EAN", LIST(eancom_2002) },
	{ EDI_EDIFACT, "IFTSTA", 0,    "2001B", "~",     "",    LIST(un_4405) },
};

static const struct {
	const char *code;
	const char *text;
} x12_1651[] = {
	{ "A1", "missed delivery" },
	{ "A2", "incorrect address" },
	{ "AA", "mis-sorted" },
	{ "AF", "accident" },
	{ "AG", "consignee related" },
	{ "AH", "driver related" },
	{ "AI", "mechanical breakdown" },
	{ "AM", "shipper related" },
	{ "AO", "weather" },
	{ "AW", "past cut-off time" },
	{ "B1", "consignee closed" },
	{ "B4", "held for pick-up" },
	{ "B5", "held at the consignee's wish" },
	{ "BS", "refused by the customer" },
	{ "C2", "on credit hold" },
	{ "CA", "customs" },
	{ "D1", "carrier's dispatch" },
};
/* clang-format on */

const char *
movement_name(enum movement_kind kind)
{
	return names[kind];
}

enum movement_kind
movement_of(const char *name)
{
	int i;

	for (i = 0; i < MOVED_KINDS; i++)
		if (strcmp(names[i], name) == 0)
			break;
	return (enum movement_kind)i;
}

bool
movement_passes(const char *code)
{
	static const char *const passing[] = { "AH", "AP", "SD", "49", "54",
		"76E" };

	for (size_t i = 0; i < COUNT(passing); i++)
		if (strcmp(passing[i], code) == 0)
			return true;
	return false;
}

/* "D:96A" -> "1996A", so that directories sort; X12's do as they are. */
static void
release_text(const struct edi_set *set, char ret[16])
{
	const char *r = set->release;
	const char *colon = strchr(r, ':');

	if (set->standard == EDI_X12 || colon == NULL)
		snprintf(ret, 16, "%.15s", r);
	else
		snprintf(ret, 16, "%s%.3s", colon[1] == '9' ? "19" : "20",
		    colon + 1);
}

const struct movement_code *
movement_code_of(const struct edi_set *set, int element, const char *code)
{
	char release[16];

	release_text(set, release);
	for (size_t i = 0; i < COUNT(lists); i++) {
		if (lists[i].standard != set->standard ||
		    lists[i].element != element ||
		    strcmp(lists[i].type, set->type) != 0 ||
		    strcmp(release, lists[i].from) < 0 ||
		    strcmp(release, lists[i].to) > 0 ||
		    strncmp(set->assoc, lists[i].assoc,
			strlen(lists[i].assoc)) != 0)
			continue;
		for (size_t k = 0; k < lists[i].count; k++)
			if (strcmp(lists[i].codes[k].code, code) == 0)
				return &lists[i].codes[k];
		return NULL;
	}
	return NULL;
}

const char *
movement_reason_x12(const char *code)
{
	for (size_t i = 0; i < COUNT(x12_1651); i++)
		if (strcmp(x12_1651[i].code, code) == 0)
			return x12_1651[i].text;
	return "";
}
