/*
 * edi_fault.h - everything that can be wrong with EDI, in one table.
 *
 * A finding has a fault; the fault has a name that never changes, and what it
 * is called in each acknowledgement.  -1: it cannot be said there.
 *
 *   X(constant, name, level, AK304, AK403, AK502, TA105 or AK905, CONTRL 0085,
 *     sentence)
 *
 * The fourth last column is AK905 (997, 999) for faults of a group, TA105 for
 * faults of an interchange; faults of other levels have none.
 *
 * source  X12 elements 720, 723, 718, 716, I18; UN/EDIFACT 0085
 */
#ifndef OMS_PARSERS_EDI_FAULT_H
#define OMS_PARSERS_EDI_FAULT_H

#include "parsers/edi.h"

enum edi_level {
	EDI_LEVEL_FILE,
	EDI_LEVEL_INTERCHANGE,
	EDI_LEVEL_GROUP,
	EDI_LEVEL_SET,
	EDI_LEVEL_SEGMENT,
	EDI_LEVEL_ELEMENT
};

/* clang-format off */
#define EDI_FAULTS(X) \
X(EDI_F_GARBAGE,          "garbage",               FILE,        -1, -1, -1, -1, -1, "bytes that belong to no interchange") \
X(EDI_F_DELIMITERS,       "delimiters",            INTERCHANGE, -1, -1, -1,  4, 20, "service characters that cannot be told apart") \
X(EDI_F_ISA_LENGTH,       "isa-length",            INTERCHANGE, -1, -1, -1, 22, -1, "an ISA that is not 106 bytes long") \
X(EDI_F_WRAPPED,          "wrapped",               SEGMENT,     -1, -1, -1, -1, 21, "a line end inside a segment") \
X(EDI_F_INDENTED,         "indented",              SEGMENT,     -1, -1, -1, -1, 21, "blanks before a segment") \
X(EDI_F_CUT,              "interchange-cut",       INTERCHANGE, -1, -1, -1, 23, 13, "the interchange ends without IEA or UNZ") \
X(EDI_F_UNTERMINATED,     "unterminated",          INTERCHANGE, -1, -1, -1, 23, 13, "the last segment has no terminator") \
X(EDI_F_RELEASE,          "release",               SEGMENT,     -1, -1, -1, -1, 21, "a release character that releases nothing") \
X(EDI_F_ENVELOPE,         "envelope-value",        INTERCHANGE, -1, -1, -1, 24, 12, "a value of ISA, GS, UNB or UNG that cannot be") \
X(EDI_F_RECEIVER,         "receiver-unknown",      INTERCHANGE, -1, -1, -1,  9,  7, "the interchange is addressed to somebody else") \
X(EDI_F_SENDER,           "sender-unknown",        INTERCHANGE, -1, -1, -1,  6, 23, "the sender is not this partner") \
X(EDI_F_TEST,             "test-indicator",        INTERCHANGE, -1, -1, -1, 20, 25, "a test interchange where production is expected, or the other way") \
X(EDI_F_IX_VERSION,       "interchange-version",   INTERCHANGE, -1, -1, -1, 17,  2, "the version of the syntax is not known") \
X(EDI_F_IX_CONTROL,       "interchange-control",   INTERCHANGE, -1, -1, -1,  1, 28, "ISA13 and IEA02, or UNB and UNZ, differ") \
X(EDI_F_IX_COUNT,         "interchange-count",     INTERCHANGE, -1, -1, -1, 21, 29, "the count in IEA01 or UNZ is wrong") \
X(EDI_F_IX_DUPLICATE,     "interchange-duplicate", INTERCHANGE, -1, -1, -1, 25, 26, "this control number was here before") \
X(EDI_F_GROUP_CODE,       "group-code",            GROUP,       -1, -1, -1,  1, 12, "GS01 does not fit the sets in it") \
X(EDI_F_GROUP_VERSION,    "group-version",         GROUP,       -1, -1, -1,  2, 12, "no guide knows the version of the group") \
X(EDI_F_GROUP_CUT,        "group-cut",             GROUP,       -1, -1, -1,  3, 13, "the group ends without GE or UNE") \
X(EDI_F_GROUP_CONTROL,    "group-control",         GROUP,       -1, -1, -1,  4, 28, "GS06 and GE02, or UNG and UNE, differ") \
X(EDI_F_GROUP_CONTROL_FORM, "group-control-form",  GROUP,       -1, -1, -1,  6, 12, "GS06 or UNG 0048 is missing or malformed") \
X(EDI_F_GROUP_COUNT,      "group-count",           GROUP,       -1, -1, -1,  5, 29, "the count in GE01 or UNE is wrong") \
X(EDI_F_GROUP_DUPLICATE,  "group-duplicate",       GROUP,       -1, -1, -1, 19, 26, "two groups have this control number") \
X(EDI_F_NO_GUIDE,         "set-unknown",           SET,         -1, -1,  1, -1, 14, "no guide for this set") \
X(EDI_F_SET_CUT,          "set-cut",               SET,         -1, -1,  2, -1, 13, "the set ends without SE or UNT") \
X(EDI_F_SET_CONTROL,      "set-control",           SET,         -1, -1,  3, -1, 28, "ST02 and SE02, or UNH and UNT, differ") \
X(EDI_F_SET_COUNT,        "set-count",             SET,         -1, -1,  4, -1, 29, "the count in SE01 or UNT is wrong") \
X(EDI_F_SET_ID,           "set-id",                SET,         -1, -1,  6, -1, 12, "ST01 or UNH names no set") \
X(EDI_F_SET_CONTROL_FORM, "set-control-form",      SET,         -1, -1,  7, -1, 12, "ST02 or UNH 0062 is missing or malformed") \
X(EDI_F_SET_DUPLICATE,    "set-duplicate",         SET,         -1, -1, 23, -1, 26, "two sets have this control number") \
X(EDI_F_SET_LIMIT,        "set-limit",             SET,         -1, -1,  5, -1, 18, "the set is larger than the limit") \
X(EDI_F_SEG_UNKNOWN,      "segment-unknown",       SEGMENT,      1, -1,  5, -1, 15, "no segment of this name is known") \
X(EDI_F_SEG_UNEXPECTED,   "segment-unexpected",    SEGMENT,      2, -1,  5, -1, 15, "this segment may not stand here") \
X(EDI_F_SEG_MISSING,      "segment-missing",       SEGMENT,      3, -1,  5, -1, 13, "a mandatory segment is missing") \
X(EDI_F_LOOP_MAX,         "loop-too-often",        SEGMENT,      4, -1,  5, -1, 36, "the loop occurs more often than it may") \
X(EDI_F_SEG_MAX,          "segment-too-often",     SEGMENT,      5, -1,  5, -1, 35, "the segment occurs more often than it may") \
X(EDI_F_SEG_NOT_IN_SET,   "segment-not-in-set",    SEGMENT,      6, -1,  5, -1, 15, "the set has no such segment") \
X(EDI_F_SEG_ORDER,        "segment-order",         SEGMENT,      7, -1,  5, -1, 15, "the segment stands in the wrong place") \
X(EDI_F_SEG_EMPTY,        "segment-empty",         SEGMENT,      1, -1,  5, -1, 12, "a segment without a name or a value") \
X(EDI_F_SEG_TOO_LONG,     "segment-too-long",      SEGMENT,      8, -1,  5, -1, 39, "the segment is longer than any may be") \
X(EDI_F_TREE,             "tree",                  SEGMENT,      8,  7,  5, -1, 12, "an HL or CPS whose parent is not there, or out of turn") \
X(EDI_F_TRAILING,         "trailing-separator",    ELEMENT,      8, -1,  5, -1, 45, "empty elements or components at the end") \
X(EDI_F_REQUIRED,         "element-missing",       ELEMENT,      8,  1,  5, -1, 13, "a mandatory element is missing") \
X(EDI_F_CONDITION,        "element-condition",     ELEMENT,      8,  2,  5, -1, 48, "another element demands this one") \
X(EDI_F_TOO_MANY,         "element-too-many",      ELEMENT,      8,  3,  5, -1, 16, "more elements than the segment has") \
X(EDI_F_TOO_SHORT,        "element-too-short",     ELEMENT,      8,  4,  5, -1, 40, "the value is too short") \
X(EDI_F_TOO_LONG,         "element-too-long",      ELEMENT,      8,  5,  5, -1, 39, "the value is too long") \
X(EDI_F_CHARACTER,        "element-character",     ELEMENT,      8,  6,  5, -1, 21, "a character that may not be in this value") \
X(EDI_F_NUMBER,           "element-number",        ELEMENT,      8,  6,  5, -1, 37, "the value is not a number") \
X(EDI_F_DECIMAL,          "element-decimal",       ELEMENT,      8,  6,  5, -1, 19, "the decimal mark is not that of the interchange") \
X(EDI_F_CODE,             "element-code",          ELEMENT,      8,  7,  5, -1, 12, "the code is not in the list") \
X(EDI_F_DATE,             "element-date",          ELEMENT,      8,  8,  5, -1, 12, "there is no such date") \
X(EDI_F_TIME,             "element-time",          ELEMENT,      8,  9,  5, -1, 12, "there is no such time") \
X(EDI_F_EXCLUSION,        "element-exclusion",     ELEMENT,      8, 10,  5, -1, 48, "another element forbids this one") \
X(EDI_F_REPETITIONS,      "element-repetitions",   ELEMENT,      8, 12,  5, -1, 16, "the element is repeated more often than it may") \
X(EDI_F_COMPONENTS,       "element-components",    ELEMENT,      8, 13,  5, -1, 16, "more components than the element has") \
X(EDI_F_CHARSET,          "charset",               ELEMENT,      8,  6,  5, -1, 46, "bytes that are not of the declared character set") \
X(EDI_F_TOTAL,            "total",                 SET,         -1, -1,  5, -1, 29, "a control total of the set is wrong: CTT, CNT") \
X(EDI_F_NOT_SUPPORTED,    "set-not-supported",     SET,         -1, -1,  1, -1, 14, "this set is not taken from this partner")

#define X(id, name, level, ak304, ak403, ak502, envelope, contrl, text) id,
enum edi_fault { EDI_FAULTS(X) EDI_FAULT_COUNT };
#undef X
/* clang-format on */

struct edi_fault_row {
	const char *name; /* "segment-missing" */
	enum edi_level level;
	int ak304; /* IK304 is the same */
	int ak403;
	int ak502;
	int envelope;
	int contrl;
	const char *text;
};

extern const struct edi_fault_row edi_faults[EDI_FAULT_COUNT];

enum edi_severity { EDI_WARNING, EDI_ERROR };

/* One thing that is wrong, and where.  Texts last until the call returns. */
struct edi_finding {
	enum edi_fault fault;
	enum edi_severity severity;
	enum edi_standard standard;
	const char *interchange; /* control number, "" outside one */
	const char *group;       /* control number, "" outside one */
	const char *set_type;    /* "850", "ORDERS", "" outside a set */
	const char *set;         /* control number of the set */
	int64_t interchange_no;  /* in the file, from 1; 0 outside */
	int64_t group_no;        /* in the interchange */
	int64_t set_no;          /* in the group */
	const char *segment;     /* tag, "" none */
	int64_t segment_no;      /* in the set, ST or UNH is 1; 0 outside */
	const char *loop;        /* the guide's name of the loop, or "" */
	int element;             /* place in the segment, 0 none */
	int component;
	int repetition;
	const char *element_id; /* of the dictionary: "355", "" unknown */
	int64_t line;
	int64_t column;
	int64_t byte_off;
	const char *value;   /* safe to print, at most 60 bytes */
	const char *message; /* what, what was expected, what to do */
};

#endif
