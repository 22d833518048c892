/* edi_answer.c - see edi_answer.h. */

#include "pipeline/edi_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/edi_out.h"
#include "store/stmt.h"

enum { REASON_BYTES = 300, SHOW_BYTES = 100 };

/* One answer, and what of ours it is about. */
struct answer {
	const char *kind;    /* "997" */
	const char *answers; /* "OW 17", for people */
	char result;         /* A E P R */
	const char *detail;
	int64_t doc_id; /* 0: nothing of ours */
	bool is_repeat;
	int64_t refused_now; /* sets that were not refused before */
};

/* Any of the codes of X12 as one of ours: M, W and X refuse, too. */
static char
result_of(const char *code)
{
	return code[0] == 'A' || code[0] == 'E' || code[0] == 'P' ? code[0]
								  : 'R';
}

/* A control number as the number it is; -1: it is none of ours. */
static int64_t
number_of(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);
	char *end;
	long long no;

	if (strncmp(text, prefix, n) == 0)
		text += n;
	no = strtoll(text, &end, 10);
	return end != text && *end == '\0' && no >= 0 ? no : -1;
}

/* ---- what it answers ----------------------------------------------------- */

/* The worse the more; 0: no answer. */
static size_t
badness(char result)
{
	static const char rising[] = "AEPR";
	const char *p = result != '\0' ? strchr(rising, result) : NULL;

	return p != NULL ? (size_t)(p - rising) + 1 : 0;
}

/* The newest document with that number.  It is the same again when it says
   nothing worse than what was said before. */
static bool
find(struct stmt *s, struct answer *a, struct oms_error *err)
{
	size_t known;

	if (stmt_one(s, err)) {
		a->doc_id = col_int(s, 0);
		known = badness(col_text(s, 1)[0]);
		a->is_repeat = known > 0 && badness(a->result) <= known;
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
find_group(struct edi_intake *in, const char *code, const char *control,
    struct answer *a, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_EDI_OUT_BY_GROUP, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":code", code);
	stmt_int(s, ":group_no", number_of(control, ""));
	return find(s, a, err);
}

static bool
find_interchange(struct edi_intake *in, const char *standard,
    const char *control, struct answer *a, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_EDI_OUT_BY_INTERCHANGE,
	    err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":standard", standard);
	stmt_int(s, ":interchange_no",
	    number_of(control, in->profile->control_prefix));
	return find(s, a, err);
}

/* ---- what it changes ----------------------------------------------------- */

static bool
add_row(struct edi_intake *in, const struct answer *a, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_EDI_ACK_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", in->file->file_id);
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":kind", a->kind);
	stmt_text(s, ":answers", str_show(in->ctx, a->answers, SHOW_BYTES));
	stmt_opt_int(s, ":doc_id", a->doc_id == 0 ? INT64_MIN : a->doc_id);
	stmt_text(s, ":result", (char[]){ a->result, '\0' });
	stmt_int(s, ":is_repeat", a->is_repeat);
	stmt_int(s, ":ts_us", in->run->now_us);
	stmt_text(s, ":detail",
	    a->doc_id == 0 ? "it answers nothing that we sent" : a->detail);
	return stmt_run(s, NULL, err);
}

static bool
close_document(struct edi_intake *in, const struct answer *a,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_EDI_OUT_CLOSE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":result", (char[]){ a->result, '\0' });
	stmt_int(s, ":ts_us", in->run->now_us);
	stmt_int(s, ":file_id", in->file->file_id);
	stmt_int(s, ":doc_id", a->doc_id);
	return stmt_run(s, NULL, err);
}

/*
 * set_no 0: every set of which nothing was said; of R every set, as the whole
 * is refused.  A set never gets a better result than it has.
 */
static bool
set_result(struct edi_intake *in, struct answer *a, int64_t set_no, char result,
    const char *reason, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db,
	    set_no != 0 ? SQL_EDI_OUT_SET_RESULT : SQL_EDI_OUT_SET_REST, err);
	int64_t changed;

	if (s == NULL)
		return false;
	stmt_text(s, ":result", (char[]){ result, '\0' });
	stmt_text(s, ":reason", str_show(in->ctx, reason, REASON_BYTES));
	stmt_int(s, ":doc_id", a->doc_id);
	if (set_no != 0)
		stmt_int(s, ":set_no", set_no);
	if (!stmt_run(s, &changed, err))
		return false;
	if (result == 'R')
		a->refused_now += changed;
	return true;
}

static bool
tell_orders(struct edi_intake *in, int64_t doc_id, struct oms_error *err)
{
	return edi_out_note_refused(in->run, doc_id,
	    mem_printf(in->ctx, "%s refused", in->file->partner), NULL, err);
}

/* What is the same for all kinds, when the sets have their results. */
static bool
finish(struct edi_intake *in, const struct answer *a, const char **ret_key,
    enum intake_fate *ret, struct oms_error *err)
{
	*ret_key = mem_printf(in->ctx, "%s %s", a->kind, a->answers);
	*ret = a->is_repeat ? INTAKE_DUPLICATE : INTAKE_APPLIED;
	if (a->doc_id == 0 || a->is_repeat)
		log_event(LOG_WARN_, "ingest",
		    "partner=%s event=%s: a %s for %s", in->file->partner,
		    a->doc_id == 0 ? "ack.unmatched" : "ack.again", a->kind,
		    str_show(in->ctx, a->answers, SHOW_BYTES));
	return add_row(in, a, err);
}

/*
 * What it says of the sets, and what follows.  A second P that refuses a set
 * more is no repeat: the partner found another fault, or has told of the sets
 * one by one.
 */
static bool
apply_to_sets(struct edi_intake *in, const struct edi_set *set,
    bool (*sets)(struct edi_intake *in, const struct edi_set *set,
	struct answer *a, struct oms_error *err),
    struct answer *a, struct oms_error *err)
{
	if (a->doc_id == 0 || (a->is_repeat && a->result != 'P'))
		return true;
	if (!sets(in, set, a, err))
		return false;
	a->is_repeat = a->is_repeat && a->refused_now == 0;
	return a->is_repeat ||
	    (close_document(in, a, err) && tell_orders(in, a->doc_id, err));
}

/* ---- 997, 999 ------------------------------------------------------------ */

/* "AK5 R 5; segment 12 PO1, element 3: 7" */
static const char *
x12_reason(struct edi_intake *in, const struct edi_set *set,
    const struct edi_seg *ak2, const struct edi_seg *end)
{
	const struct edi_seg *ak3 = edi_first(set, ak2, "AK3"), *ak4;
	struct sbuf b;

	if (ak3 == NULL)
		ak3 = edi_first(set, ak2, "IK3");
	sbuf_init(&b, in->ctx, REASON_BYTES);
	sbuf_addf(&b, "%s %s", end->tag, edi_get(end, 1));
	for (unsigned e = 2; e <= 6; e++)
		if (edi_get(end, e)[0] != '\0')
			sbuf_addf(&b, " %s", edi_get(end, e));
	if (ak3 == NULL)
		return b.p;
	sbuf_addf(&b, "; segment %s %s", edi_get(ak3, 2), edi_get(ak3, 1));
	ak4 = edi_first(set, ak3, "AK4");
	if (ak4 == NULL)
		ak4 = edi_first(set, ak3, "IK4");
	if (ak4 != NULL)
		sbuf_addf(&b, ", element %s: %s", edi_get(ak4, 1),
		    edi_get(ak4, 3));
	else if (edi_get(ak3, 4)[0] != '\0')
		sbuf_addf(&b, ": %s", edi_get(ak3, 4));
	return b.p;
}

static bool
x12_sets(struct edi_intake *in, const struct edi_set *set, struct answer *a,
    struct oms_error *err)
{
	const struct edi_seg *ak2, *end;
	int64_t set_no;

	for (ak2 = edi_first(set, NULL, "AK2"); ak2 != NULL;
	     ak2 = edi_next(set, ak2)) {
		char result;

		end = edi_first(set, ak2, "AK5");
		if (end == NULL)
			end = edi_first(set, ak2, "IK5");
		set_no = number_of(edi_get(ak2, 2), "");
		if (end == NULL || set_no <= 0)
			continue;
		result = result_of(edi_get(end, 1));
		if (result == 'P') /* a set has no parts */
			result = 'R';
		if (!set_result(in, a, set_no, result,
			result == 'A' ? "" : x12_reason(in, set, ak2, end),
			err))
			return false;
	}
	return set_result(in, a, 0, a->result == 'R' ? 'R' : 'A',
	    a->result == 'R' ? a->detail : "", err);
}

static bool
apply_997(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	const struct edi_seg *ak1 = edi_first(set, NULL, "AK1");
	const struct edi_seg *ak9 = edi_first(set, NULL, "AK9");
	struct answer a = { .kind = set->type };

	if (ak1 == NULL || ak9 == NULL)
		return oms_fail(err, OMS_SCHEMA, "a %s without %s", set->type,
		    ak1 == NULL ? "AK1" : "AK9");
	a.answers = mem_printf(in->ctx, "%s %s", edi_get(ak1, 1),
	    edi_get(ak1, 2));
	a.result = result_of(edi_get(ak9, 1));
	a.detail = mem_printf(in->ctx, "AK9 %s %s", edi_get(ak9, 1),
	    edi_get(ak9, 5));
	if (!find_group(in, edi_get(ak1, 1), edi_get(ak1, 2), &a, err))
		return false;
	return apply_to_sets(in, set, x12_sets, &a, err) &&
	    finish(in, &a, ret_key, ret, err);
}

/* ---- TA1 ----------------------------------------------------------------- */

static const char *
ta1_text(struct edi_intake *in, const struct edi_segment *s, unsigned e)
{
	size_t n;
	const char *p = edi_raw(s, e, &n);

	return p != NULL ? mem_strndup(in->ctx, p, n) : "";
}

bool
edi_answer_ta1(struct edi_intake *in, const struct edi_interchange *ix,
    const struct edi_segment *ta1, const char **ret_key, enum intake_fate *ret,
    struct oms_error *err)
{
	const char *control = ta1_text(in, ta1, 1);
	struct answer a = { .kind = "TA1",
		.answers = mem_printf(in->ctx, "interchange %s", control),
		.result = result_of(ta1_text(in, ta1, 4)),
		.detail = mem_printf(in->ctx, "TA1 %s %s", ta1_text(in, ta1, 4),
		    ta1_text(in, ta1, 5)) };

	(void)ix;
	if (!find_interchange(in, "x12", control, &a, err))
		return false;
	/* It says nothing of the sets, unless they did not get that far. */
	if (a.doc_id != 0 && !a.is_repeat && a.result == 'R' &&
	    (!set_result(in, &a, 0, 'R', a.detail, err) ||
		!close_document(in, &a, err) ||
		!tell_orders(in, a.doc_id, err)))
		return false;
	return finish(in, &a, ret_key, ret, err);
}

/* ---- CONTRL -------------------------------------------------------------- */

/* 0083: 4 refuses this level and all below; 7 and 8 acknowledge. */
static bool
is_refusal(const char *action)
{
	return strcmp(action, "4") == 0;
}

/* How many segments of that tag refuse; the action is their element e. */
static size_t
count_refusals(const struct edi_set *set, const char *tag, unsigned e)
{
	size_t count = 0;

	for (size_t i = 0; i < set->count; i++)
		count += strcmp(set->segs[i].tag, tag) == 0 &&
		    is_refusal(edi_get(&set->segs[i], e));
	return count;
}

/* Our interchanges have one group: refused, it takes all sets with it. */
static char
contrl_result(const struct edi_set *set, const struct edi_seg *uci)
{
	if (is_refusal(edi_get(uci, 4)) || count_refusals(set, "UCF", 4) > 0)
		return 'R';
	return count_refusals(set, "UCM", 3) > 0 ? 'P' : 'A';
}

static bool
contrl_sets(struct edi_intake *in, const struct edi_set *set, struct answer *a,
    struct oms_error *err)
{
	bool all_refused = a->result == 'R';

	for (size_t i = 0; i < set->count; i++) {
		const struct edi_seg *ucm = &set->segs[i];
		bool refused = is_refusal(edi_get(ucm, 3));
		int64_t set_no = number_of(edi_get(ucm, 1), "");

		if (strcmp(ucm->tag, "UCM") != 0 || set_no <= 0)
			continue;
		if (!set_result(in, a, set_no, refused ? 'R' : 'A',
			refused
			    ? mem_printf(in->ctx, "UCM 4 %s", edi_get(ucm, 4))
			    : "",
			err))
			return false;
	}
	return set_result(in, a, 0, all_refused ? 'R' : 'A',
	    all_refused ? a->detail : "", err);
}

static bool
apply_contrl(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	const struct edi_seg *uci = edi_first(set, NULL, "UCI");
	struct answer a = { .kind = "CONTRL" };
	bool is_receipt; /* it came, and nothing of it was checked yet */

	if (uci == NULL)
		return oms_fail(err, OMS_SCHEMA, "a CONTRL without UCI");
	a.result = contrl_result(set, uci);
	is_receipt = a.result == 'A' && strcmp(edi_get(uci, 4), "8") == 0;
	a.answers = mem_printf(in->ctx, "interchange %s", edi_get(uci, 1));
	a.detail = mem_printf(in->ctx, "UCI %s %s%s", edi_get(uci, 4),
	    edi_get(uci, 5),
	    a.result == 'R' && !is_refusal(edi_get(uci, 4)) ? "; UCF 4" : "");
	if (!find_interchange(in, "edifact", edi_get(uci, 1), &a, err))
		return false;
	return (is_receipt || apply_to_sets(in, set, contrl_sets, &a, err)) &&
	    finish(in, &a, ret_key, ret, err);
}

/* ---- APERAK -------------------------------------------------------------- */

static const struct edi_seg *
first_of(const struct edi_set *set, const char *tag)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->segs[i].tag, tag) == 0)
			return &set->segs[i];
	return NULL;
}

static bool
find_key(struct edi_intake *in, const char *key, struct answer *a,
    int64_t *ret_set_no, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_EDI_OUT_BY_KEY, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":key", key);
	if (stmt_one(s, err)) {
		a->doc_id = col_int(s, 0);
		a->is_repeat = strcmp(col_text(s, 1), "R") == 0;
		*ret_set_no = col_int(s, 2);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

/* What it is about: the first of its references that we know, by any name. */
static bool
find_reference(struct edi_intake *in, const struct edi_set *set,
    struct answer *a, int64_t *ret_set_no, struct oms_error *err)
{
	for (size_t i = 0; i < set->count && a->doc_id == 0; i++) {
		const char *key = edi_getc(&set->segs[i], 1, 2);

		if (strcmp(set->segs[i].tag, "RFF") != 0 || key[0] == '\0')
			continue;
		if (!find_key(in, key, a, ret_set_no, err))
			return false;
		if (a->doc_id != 0 || a->answers[0] == '\0')
			a->answers = key;
	}
	return true;
}

/* An error, or a 1225 that says "not accepted" without naming one. */
static bool
is_refused(const struct edi_set *set)
{
	const struct edi_seg *bgm = first_of(set, "BGM");

	return first_of(set, "ERC") != NULL ||
	    (bgm != NULL && strcmp(edi_get(bgm, 3), "27") == 0);
}

/* The partner's application refuses what his translator took. */
static bool
apply_aperak(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	const struct edi_seg *erc = first_of(set, "ERC");
	const struct edi_seg *ftx = first_of(set, "FTX");
	struct answer a = { .kind = "APERAK",
		.answers = "",
		.result = is_refused(set) ? 'R' : 'A' };
	int64_t set_no = 0;

	a.detail = mem_printf(in->ctx, "%s%s%s%s", erc != NULL ? "ERC " : "",
	    erc != NULL ? edi_get(erc, 1) : "", ftx != NULL ? ": " : "",
	    ftx != NULL ? edi_get(ftx, 4) : "");
	a.detail = str_show(in->ctx, a.detail, REASON_BYTES);
	if (!find_reference(in, set, &a, &set_no, err))
		return false;
	if (a.doc_id != 0 && !a.is_repeat && a.result == 'R') {
		a.result = 'P';
		if (!set_result(in, &a, set_no, 'R', a.detail, err) ||
		    !close_document(in, &a, err) ||
		    !tell_orders(in, a.doc_id, err))
			return false;
		a.result = 'R';
	}
	return finish(in, &a, ret_key, ret, err);
}

/* ---- all ----------------------------------------------------------------- */

bool
edi_apply_answer(struct edi_intake *in, const struct edi_set *set,
    const char **ret_key, enum intake_fate *ret, struct oms_error *err)
{
	static const struct {
		const char *type;
		edi_apply_fn *apply;
	} kinds[] = {
		{ "997", apply_997 },
		{ "999", apply_997 },
		{ "CONTRL", apply_contrl },
		{ "APERAK", apply_aperak },
	};

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].type, set->type) == 0)
			return kinds[i].apply(in, set, ret_key, ret, err);
	return oms_fail(err, OMS_INTERNAL, "a %s is no answer", set->type);
}
