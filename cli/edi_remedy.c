/* edi_remedy.c - see edi_remedy.h. */

#include "cli/edi_remedy.h"

#include <string.h>

#include "base/count.h"
#include "base/error.h"

enum { FAULT_NAME_BYTES = 40 };

/* clang-format off */
static const struct remedy {
	enum edi_fault fault;
	unsigned lenient; /* bit; 0: nothing forgives it */
	const char *text; /* NULL: that of the level */
} remedies[] = {
	{ EDI_F_GARBAGE, EDI_GARBAGE,
	  "look at the bytes with oms edi show; a mailbox may have put them there" },
	{ EDI_F_DELIMITERS, 0,
	  "ask the partner for other separators: no letters, no digits, four different ones" },
	{ EDI_F_ISA_LENGTH, EDI_ISA_LENGTH,
	  "ask the partner to fill each element of ISA with blanks to its length" },
	{ EDI_F_WRAPPED, EDI_WRAPPED, "ask the partner to send it without line ends inside segments" },
	{ EDI_F_INDENTED, EDI_INDENTED, "ask the partner to send no blanks before segments" },
	{ EDI_F_CUT, 0, "the file is not whole: ask the partner to send it again" },
	{ EDI_F_UNTERMINATED, EDI_UNTERMINATED,
	  "look whether the end of the file is missing; if not, ask the partner for the terminator" },
	{ EDI_F_RECEIVER, 0, "is it for somebody else? If not, correct our_id in [edi]" },
	{ EDI_F_SENDER, 0, "is it from somebody else? If not, correct their_id in [edi]" },
	{ EDI_F_TEST, 0, "tell the partner; or change test in [edi] when you go live" },
	{ EDI_F_IX_CONTROL, EDI_CONTROLS, "ask the partner; the file may be put together of two" },
	{ EDI_F_IX_COUNT, EDI_COUNTS, "ask the partner whether something is missing" },
	{ EDI_F_IX_DUPLICATE, 0,
	  "nothing when it was sent twice; if it is a new one, retry its dead letter" },
	{ EDI_F_GROUP_CODE, EDI_GROUP_CODE, "ask the partner to write the GS01 of the set" },
	{ EDI_F_GROUP_VERSION, 0,
	  "ask for 004010, 005010, D:96A or D:01B; or set guide_version in [edi]" },
	{ EDI_F_GROUP_CONTROL, EDI_CONTROLS, NULL },
	{ EDI_F_GROUP_COUNT, EDI_COUNTS, "ask the partner whether a set is missing" },
	{ EDI_F_GROUP_DUPLICATE, 0, "ask the partner to count; or set check_groups = no in [edi]" },
	{ EDI_F_NO_GUIDE, 0, "oms edi lint lists the sets there are; only the envelope was checked" },
	{ EDI_F_SET_CONTROL, EDI_CONTROLS, NULL },
	{ EDI_F_SET_COUNT, EDI_COUNTS,
	  "ask the partner whether segments are missing; in a dead letter that was edited, count again: SE and UNT count the first segment and themselves, too" },
	{ EDI_F_SET_DUPLICATE, 0, "ask the partner to count; or set check_sets = no in [edi]" },
	{ EDI_F_SET_LIMIT, 0, "ask the partner to send it in parts, or raise max_set in [edi]" },
	{ EDI_F_TRAILING, EDI_TRAILING,
	  "ask the partner to leave the separators away, or set trailing = optional in [edi]" },
	{ EDI_F_CHARSET, EDI_CHARSET, "ask the partner to declare the character set that he sends" },
	{ EDI_F_CODE, EDI_CODES,
	  "ask what the code means; an overlay (guides in [edi]) can allow it" },
	{ EDI_F_TOO_SHORT, EDI_LENGTHS, "an overlay (guides in [edi]) can allow it: element ..." },
	{ EDI_F_TOO_LONG, EDI_LENGTHS, "an overlay (guides in [edi]) can allow it: element ..." },
	{ EDI_F_DECIMAL, 0, "ask the partner to name his decimal mark in UNA" },
	{ EDI_F_TOTAL, EDI_COUNTS, "ask the partner whether lines are missing" },
	{ EDI_F_NOT_SUPPORTED, 0, "add it to sets in [edi], or ask the partner to send it elsewhere" },
};

static const char *const of_level[] = {
	[EDI_LEVEL_FILE] = "ask the partner to send the file again",
	[EDI_LEVEL_INTERCHANGE] = "the whole interchange is refused: ask the partner to mend and send it again",
	[EDI_LEVEL_GROUP] = "the whole group is refused: ask the partner to mend and send it again",
	[EDI_LEVEL_SET] = "the set is refused, the others are not: ask the partner to mend and send it again",
	[EDI_LEVEL_SEGMENT] = "oms edi show has the set as a tree; if the partner is right, an overlay (guides in [edi]) says so",
	[EDI_LEVEL_ELEMENT] = "mend the dead letter, or ask the partner; if he is right, an overlay (guides in [edi]) says so",
};

static const char *const lenient_names[] = {
#define X(id, name, what) name,
	EDI_LENIENCIES(X)
#undef X
};
/* clang-format on */

static const struct remedy *
remedy_of(enum edi_fault fault)
{
	for (size_t i = 0; i < COUNT(remedies); i++)
		if (remedies[i].fault == fault)
			return &remedies[i];
	return NULL;
}

enum edi_fault
edi_fault_of_name(const char *name)
{
	int i = 0;

	while (i < EDI_FAULT_COUNT && strcmp(edi_faults[i].name, name) != 0)
		i++;
	return (enum edi_fault)i;
}

enum edi_fault
edi_fault_in(const char *reason)
{
	enum edi_fault last = EDI_FAULT_COUNT; /* before it stand values */
	char name[FAULT_NAME_BYTES];

	for (const char *p = reason; (p = strchr(p, '[')) != NULL; p++) {
		size_t n = strcspn(p + 1, "]");
		enum edi_fault found;

		if (n >= sizeof(name) || p[1 + n] != ']')
			continue;
		memcpy(name, p + 1, n);
		name[n] = '\0';
		found = edi_fault_of_name(name);
		if (found != EDI_FAULT_COUNT)
			last = found;
	}
	return last;
}

const char *
edi_dead_action(const char *code_name, const char *reason)
{
	enum oms_code code = oms_code_of_name(code_name);
	enum edi_fault fault = edi_fault_in(reason);

	if (fault != EDI_FAULT_COUNT &&
	    edi_faults[fault].level < EDI_LEVEL_SEGMENT)
		return edi_remedy(fault);
	return code == OMS_CODE_COUNT ? "" : oms_code_action(code);
}

const char *
edi_lenient_of(enum edi_fault fault)
{
	const struct remedy *r = remedy_of(fault);

	for (size_t i = 0; r != NULL && i < COUNT(lenient_names); i++)
		if (r->lenient == 1U << i)
			return lenient_names[i];
	return "";
}

const char *
edi_remedy(enum edi_fault fault)
{
	const struct remedy *r = remedy_of(fault);

	return r != NULL && r->text != NULL ? r->text
					    : of_level[edi_faults[fault].level];
}

const char *
edi_level_name(enum edi_level level)
{
	static const char *const names[] = { [EDI_LEVEL_FILE] = "file",
		[EDI_LEVEL_INTERCHANGE] = "interchange",
		[EDI_LEVEL_GROUP] = "group",
		[EDI_LEVEL_SET] = "set",
		[EDI_LEVEL_SEGMENT] = "segment",
		[EDI_LEVEL_ELEMENT] = "element" };

	return names[level];
}
