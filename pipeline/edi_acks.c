/*
 * edi_acks.c - TA1, 997, 999 and CONTRL, from what ingest decided and wrote
 * down: the rows of edi_in and what hangs on them.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mappers/edi_ack.h"
#include "pipeline/edi_document.h"
#include "pipeline/edi_out.h"

enum { CODES_MAX = 5, DELIMITER_BYTES = 6 };

/* Columns of edi_ack_interchanges; those of a group follow them. */
enum {
	COL_FILE,
	COL_IX,
	COL_STANDARD,
	COL_SENDER,
	COL_RECEIVER,
	COL_CONTROL,
	COL_VERSION,
	COL_DATE,
	COL_TIME,
	COL_IS_TEST,
	COL_HEAD,
	COL_DELIMITERS,
	COL_GROUP_COUNT,
	COL_VERDICT,
	COL_TA105,
	COL_CONTRL,
	COL_GROUP
};

/* What of the document is being answered. */
struct answering {
	struct edi_rendering *r;
	struct edi_ack *ack;
	mem_ctx *ctx; /* lifetime: one interchange */
	bool is_contrl;
	int64_t file_id;
	struct edi_interchange ix; /* no is 0 when none is open */
};

static size_t
from_hex(const char *hex, char *dst, size_t size)
{
	char pair[3] = "";
	size_t n = 0;

	for (; hex[0] != '\0' && hex[1] != '\0' && n < size; hex += 2) {
		memcpy(pair, hex, 2);
		dst[n++] = (char)strtoul(pair, NULL, 16);
	}
	return n;
}

/* "5 7" */
static void
read_codes(const char *text, int dst[CODES_MAX])
{
	char *end;

	for (size_t i = 0; i < CODES_MAX; i++) {
		dst[i] = (int)strtol(text, &end, 10);
		text = end;
	}
}

static struct edi_interchange
interchange_at(struct stmt *s, mem_ctx *ctx)
{
	struct edi_interchange ix = { .no = col_int(s, COL_IX),
		.standard = strcmp(col_text(s, COL_STANDARD), "edifact") == 0
		    ? EDI_EDIFACT
		    : EDI_X12,
		.is_test = col_int(s, COL_IS_TEST) != 0,
		.group_count = col_int(s, COL_GROUP_COUNT),
		.verdict = (enum edi_verdict)col_text(s, COL_VERDICT)[0],
		.ta105 = (int)col_int(s, COL_TA105),
		.contrl = (int)col_int(s, COL_CONTRL) };
	size_t head_bytes = strlen(col_text(s, COL_HEAD)) / 2;
	char *head = mem_zero(ctx, head_bytes + 1, "head");
	char d[DELIMITER_BYTES] = { 0 };

	(void)str_copy(ix.sender, sizeof(ix.sender), col_text(s, COL_SENDER));
	(void)str_copy(ix.receiver, sizeof(ix.receiver),
	    col_text(s, COL_RECEIVER));
	(void)str_copy(ix.control, sizeof(ix.control),
	    col_text(s, COL_CONTROL));
	(void)str_copy(ix.version, sizeof(ix.version),
	    col_text(s, COL_VERSION));
	(void)str_copy(ix.date, sizeof(ix.date), col_text(s, COL_DATE));
	(void)str_copy(ix.time, sizeof(ix.time), col_text(s, COL_TIME));
	ix.raw_len = from_hex(col_text(s, COL_HEAD), head, head_bytes);
	ix.raw = head;
	(void)from_hex(col_text(s, COL_DELIMITERS), d, sizeof(d));
	ix.delimiters = (struct edi_delimiters){ d[0], d[1], d[2], d[3], d[4],
		d[5] };
	return ix;
}

/* ---- one group ----------------------------------------------------------- */

static struct edi_group
group_at(struct stmt *s)
{
	struct edi_group g = { .no = col_int(s, COL_GROUP),
		.is_implied = col_int(s, COL_GROUP + 1) != 0,
		.sets_said = col_int(s, COL_GROUP + 7),
		.sets_received = col_int(s, COL_GROUP + 8),
		.sets_accepted = col_int(s, COL_GROUP + 9),
		.verdict = (enum edi_verdict)col_text(s, COL_GROUP + 10)[0],
		.contrl = (int)col_int(s, COL_GROUP + 12) };

	(void)str_copy(g.code, sizeof(g.code), col_text(s, COL_GROUP + 2));
	(void)str_copy(g.sender, sizeof(g.sender), col_text(s, COL_GROUP + 3));
	(void)str_copy(g.receiver, sizeof(g.receiver),
	    col_text(s, COL_GROUP + 4));
	(void)str_copy(g.control, sizeof(g.control),
	    col_text(s, COL_GROUP + 5));
	(void)str_copy(g.version, sizeof(g.version),
	    col_text(s, COL_GROUP + 6));
	read_codes(col_text(s, COL_GROUP + 11), g.ak905);
	return g;
}

static struct edi_set_head
set_at(struct stmt *s)
{
	struct edi_set_head h = { .no = col_int(s, 0),
		.segment_count = col_int(s, 4),
		.verdict = (enum edi_verdict)col_text(s, 5)[0],
		.contrl = (int)col_int(s, 7) };

	(void)str_copy(h.type, sizeof(h.type), col_text(s, 1));
	(void)str_copy(h.control, sizeof(h.control), col_text(s, 2));
	(void)str_copy(h.version, sizeof(h.version), col_text(s, 3));
	read_codes(col_text(s, 6), h.ak502);
	return h;
}

static enum edi_fault
fault_of(const char *name)
{
	int i = 0;

	while (i < EDI_FAULT_COUNT && strcmp(edi_faults[i].name, name) != 0)
		i++;
	return (enum edi_fault)i;
}

static bool
answer_findings(struct answering *a, const struct edi_group *g,
    const struct edi_set_head *h, struct oms_error *err)
{
	struct stmt *s = stmt_begin(a->r->run->db, SQL_EDI_ACK_FINDINGS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", a->file_id);
	stmt_int(s, ":ix_no", a->ix.no);
	stmt_int(s, ":group_no", g->no);
	stmt_int(s, ":set_no", h->no);
	while (stmt_next(s, err)) {
		struct edi_finding f = { .fault = fault_of(col_text(s, 1)),
			.severity = strcmp(col_text(s, 2), "error") == 0
			    ? EDI_ERROR
			    : EDI_WARNING,
			.standard = a->ix.standard,
			.interchange = a->ix.control,
			.group = g->control,
			.set_type = h->type,
			.set = h->control,
			.interchange_no = a->ix.no,
			.group_no = g->no,
			.set_no = h->no,
			.segment = col_text(s, 3),
			.segment_no = col_int(s, 4),
			.loop = col_text(s, 5),
			.element = (int)col_int(s, 6),
			.component = (int)col_int(s, 7),
			.repetition = (int)col_int(s, 8),
			.element_id = col_text(s, 9),
			.value = col_text(s, 10),
			.message = "" };

		if (f.fault < EDI_FAULT_COUNT)
			edi_ack_finding(a->ack, &f);
	}
	return err->code == OMS_OK;
}

/* An answer among others is not answered. */
static bool
is_answer(const struct answering *a, const char *type)
{
	const struct edi_document *d = edi_document_of(a->ix.standard, type);

	return d != NULL && d->is_answer;
}

static bool
answer_group(struct answering *a, const struct edi_group *g,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(a->r->run->db, SQL_EDI_ACK_SETS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", a->file_id);
	stmt_int(s, ":ix_no", a->ix.no);
	stmt_int(s, ":group_no", g->no);
	edi_ack_group(a->ack, g);
	while (err->code == OMS_OK && stmt_next(s, err)) {
		struct edi_set_head h = set_at(s);

		if (is_answer(a, h.type))
			continue;
		edi_ack_set(a->ack, &h);
		if (!answer_findings(a, g, &h, err)) {
			stmt_end(s);
			return false;
		}
		edi_ack_set_end(a->ack, &h);
	}
	if (err->code != OMS_OK)
		return false;
	edi_ack_group_end(a->ack, g);
	return a->is_contrl || edi_render_done(a->r, 0, err);
}

/* ---- one document -------------------------------------------------------- */

static bool
end_interchange(struct answering *a, struct oms_error *err)
{
	if (a->ix.no == 0)
		return true;
	edi_ack_interchange_end(a->ack, &a->ix);
	a->ix.no = 0;
	mem_free(a->ctx);
	return !a->is_contrl || edi_render_done(a->r, 0, err);
}

static bool
answer_row(struct answering *a, struct stmt *s, struct oms_error *err)
{
	struct edi_group g;

	if (a->ix.no != col_int(s, COL_IX) ||
	    a->file_id != col_int(s, COL_FILE)) {
		if (!end_interchange(a, err))
			return false;
		a->ctx = mem_ctx_new(a->r->ctx, "interchange");
		a->file_id = col_int(s, COL_FILE);
		a->ix = interchange_at(s, a->ctx);
		edi_ack_interchange(a->ack, &a->ix);
	}
	if (col_is_null(s, COL_GROUP))
		return true;
	g = group_at(s);
	return answer_group(a, &g, err);
}

bool
edi_render_acks(struct edi_rendering *r, struct oms_error *err)
{
	bool is_contrl = r->type->standard == EDI_EDIFACT;
	struct answering a = { .r = r,
		.is_contrl = is_contrl,
		.ack = edi_ack_new(r->ctx, r->w,
		    is_contrl ? "contrl" : r->type->set,
		    r->profile->ack_accepted) };
	struct stmt *s = edi_render_query(r, SQL_EDI_ACK_GROUPS, err);

	while (s != NULL && err->code == OMS_OK && stmt_next(s, err))
		if (!answer_row(&a, s, err))
			stmt_end(s);
	return err->code == OMS_OK && end_interchange(&a, err);
}

bool
edi_render_ta1(struct edi_rendering *r, struct oms_error *err)
{
	struct stmt *s = edi_render_query(r, SQL_EDI_ACK_INTERCHANGES, err);

	while (s != NULL && err->code == OMS_OK && stmt_next(s, err)) {
		mem_ctx *ctx = mem_ctx_new(r->ctx, "interchange");
		struct edi_interchange ix = interchange_at(s, ctx);

		edi_ack_ta1(r->w, &ix);
		mem_free(ctx);
		if (!edi_render_done(r, 0, err))
			stmt_end(s);
	}
	return err->code == OMS_OK;
}
