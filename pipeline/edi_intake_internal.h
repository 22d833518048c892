/*
 * edi_intake_internal.h - what the parts of the intake of EDI share.
 *
 *	edi_survey.c   pass 1: the envelopes, and what is decided of them
 *	edi_intake.c   pass 2: the sets, one by one
 *	edi_letter.c   a set that was refused, as a file of its own
 */
#ifndef OMS_PIPELINE_EDI_INTAKE_INTERNAL_H
#define OMS_PIPELINE_EDI_INTAKE_INTERNAL_H

#include "base/fs.h"
#include "parsers/edi_check.h"
#include "pipeline/edi_document.h"
#include "pipeline/spool.h"

enum { EDI_CHUNK_BYTES = 256 << 10, EDI_FINDINGS_KEPT_MAX = 1000 };

/* A finding that outlives its callback. */
struct edi_noted {
	struct edi_finding f;
	int64_t n;     /* among those of the same set, group or interchange */
	bool may_tell; /* its value and message hold nothing personal */
};

struct edi_noted_list {
	struct edi_noted **v;
	size_t count;
	size_t room;
};

/* What pass 1 learned of a group. */
struct edi_group_fact {
	struct edi_group g;
	bool is_refused;             /* as a whole */
	int64_t answers;             /* sets that are never acknowledged */
	int64_t unsupported;         /* good ones that nobody here takes */
	const struct edi_noted *why; /* its first error */
	int64_t findings;
};

/* What pass 1 learned of an interchange. */
struct edi_ix_fact {
	struct edi_interchange ix; /* raw is a copy */
	char sha256[FS_SHA_BYTES];
	bool is_refused; /* as a whole */
	bool is_known;   /* the number was here before */
	bool is_repeat;  /* and so were its bytes */
	bool is_cut;
	bool has_ta1;
	int64_t known_file_id; /* 0: in this file */
	char known_sha256[FS_SHA_BYTES];
	size_t first_group; /* in edi_survey.groups */
	size_t group_count;
	const struct edi_noted *why;
	int64_t findings;
};

struct edi_survey {
	struct edi_ix_fact *ix;
	size_t ix_count;
	size_t ix_room;
	struct edi_group_fact *groups;
	size_t group_count;
	size_t group_room;
	struct edi_noted_list findings;  /* of interchanges and groups */
	const struct edi_noted *garbage; /* bytes of no set */
	const struct edi_noted *ahead; /* first error of the next interchange */
	int64_t ahead_count;           /* its findings so far */
	int64_t units;                 /* sets and TA1s */
	int64_t refused;               /* of them */
};

/* One file on its way into the store. */
struct edi_reading {
	struct edi_intake in;
	mem_ctx *ctx;     /* lifetime: the file */
	const char *name; /* "acme/po.x12", safe to print */
	struct blob *blob;
	struct edi_check_options options;
	bool is_repair; /* its interchange was answered when it came */
	struct edi_survey survey;
};

/* edi_intake.c: feed the whole blob to a checker. */
bool edi_intake_feed(struct edi_reading *r, struct edi_check *c,
    struct oms_error *err) MUST_CHECK;

/* Does oms take this set from this partner?  NULL: it does not. */
const struct edi_document *edi_intake_document(const struct edi_reading *r,
    enum edi_standard standard, const char *type);

/*
 * edi_survey_read - pass 1: nothing is written.
 *
 * errors  OMS_SYNTAX  it is no EDI; those of the store and of guides
 */
bool edi_survey_read(struct edi_reading *r, struct oms_error *err) MUST_CHECK;

/* Write down what it found: edi_in, edi_in_group; inside a transaction. */
bool edi_survey_store(struct edi_reading *r, struct oms_error *err) MUST_CHECK;

/* Keep a finding in ctx; NULL when the list is full. */
const struct edi_noted *edi_note(mem_ctx *ctx, struct edi_noted_list *l,
    const struct edi_finding *f, int64_t n);

/* The row of it; ix_no, group_no, set_no are those of the finding. */
bool edi_note_store(struct edi_reading *r, const struct edi_noted *n,
    struct oms_error *err) MUST_CHECK;

/* As a failure: its code, a sentence without personal data that ends with the
   name of the fault, "[segment-missing]", and its line. */
void edi_note_why(const struct edi_noted *n, struct oms_error *why);

/* "4 5", of codes that end with a 0. */
const char *edi_codes_text(mem_ctx *ctx, const int codes[5]);

/*
 * edi_letter - the bytes of a set with an envelope of its own, kept as a blob.
 *
 * group      NULL: it stands outside of one
 * head_end   where the first set of the group begins: GS or UNG is before it
 * off, len   of the set in the file
 * ret_sha    "" when it is too large to be kept apart
 */
bool edi_letter(struct edi_reading *r, const struct edi_interchange *ix,
    const struct edi_group *group, int64_t head_end, int64_t off, int64_t len,
    char ret_sha[FS_SHA_BYTES], struct oms_error *err) MUST_CHECK;

#endif
