/*
 * edi_survey.c - pass 1 over a file: every envelope, and what is decided of it.
 *
 * A trailer may refuse all that stands before it; so nothing is applied before
 * the whole file was seen.
 */

#include <string.h>

#include "base/count.h"
#include "base/str.h"
#include "pipeline/edi_intake_internal.h"
#include "pipeline/edi_out.h"
#include "store/stmt.h"

#define US_PER_DAY (INT64_C(86400) * 1000000)

enum { CODES_TEXT_BYTES = 60, TAIL_BYTES = 512, CTRL_Z = 0x1a };

/* ---- findings ------------------------------------------------------------ */

/* Codes, dates and numbers are nobody's name; other values may be. */
static bool
may_tell(const struct edi_finding *f)
{
	static const enum edi_fault plain[] = { EDI_F_CODE, EDI_F_DATE,
		EDI_F_TIME, EDI_F_NUMBER, EDI_F_DECIMAL };

	if (edi_faults[f->fault].level < EDI_LEVEL_SEGMENT &&
	    f->fault != EDI_F_GARBAGE)
		return true;
	for (size_t i = 0; i < COUNT(plain); i++)
		if (f->fault == plain[i])
			return true;
	return f->value[0] == '\0';
}

const struct edi_noted *
edi_note(mem_ctx *ctx, struct edi_noted_list *l, const struct edi_finding *f,
    int64_t n)
{
	struct edi_noted *noted;

	if (l->count == EDI_FINDINGS_KEPT_MAX)
		return NULL;
	if (l->count == l->room) {
		l->room = l->room == 0 ? 8 : 2 * l->room;
		l->v = mem_resize(ctx, l->v,
		    l->room * sizeof(struct edi_noted *));
	}
	noted = mem_new(ctx, struct edi_noted);
	l->v[l->count++] = noted;
	*noted = (struct edi_noted){ .f = *f, .n = n, .may_tell = may_tell(f) };
	noted->f.segment = mem_strdup(ctx, f->segment);
	noted->f.loop = mem_strdup(ctx, f->loop);
	noted->f.element_id = mem_strdup(ctx, f->element_id);
	noted->f.value = mem_strdup(ctx, f->value);
	noted->f.message = mem_strdup(ctx, f->message);
	return noted;
}

bool
edi_note_store(struct edi_reading *r, const struct edi_noted *n,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->in.run->db, SQL_EDI_IN_FINDING_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", r->in.file->file_id);
	stmt_int(s, ":ix_no", n->f.interchange_no);
	stmt_int(s, ":group_no", n->f.group_no);
	stmt_int(s, ":set_no", n->f.set_no);
	stmt_int(s, ":n", n->n);
	stmt_text(s, ":fault", edi_faults[n->f.fault].name);
	stmt_text(s, ":severity",
	    n->f.severity == EDI_ERROR ? "error" : "warning");
	stmt_text(s, ":segment", n->f.segment);
	stmt_int(s, ":segment_no", n->f.segment_no);
	stmt_text(s, ":loop", n->f.loop);
	stmt_int(s, ":element", n->f.element);
	stmt_int(s, ":component", n->f.component);
	stmt_int(s, ":repetition", n->f.repetition);
	stmt_text(s, ":element_id", n->f.element_id);
	stmt_text(s, ":value", n->may_tell ? n->f.value : "");
	return stmt_run(s, NULL, err);
}

static enum oms_code
code_of(enum edi_fault fault)
{
	switch (fault) {
	case EDI_F_CUT:
	case EDI_F_UNTERMINATED:
	case EDI_F_GROUP_CUT:
	case EDI_F_SET_CUT: return OMS_TRUNCATED;
	case EDI_F_CHARSET: return OMS_ENCODING;
	case EDI_F_IX_DUPLICATE:
	case EDI_F_GROUP_DUPLICATE: return OMS_DUPLICATE;
	default:
		return edi_faults[fault].level == EDI_LEVEL_ELEMENT
		    ? OMS_VALUE
		    : OMS_SCHEMA;
	}
}

void
edi_note_why(const struct edi_noted *n, struct oms_error *why)
{
	const struct edi_fault_row *row = &edi_faults[n->f.fault];
	char element[16] = "";

	if (n->f.element > 0)
		snprintf(element, sizeof(element), "%02d", n->f.element);
	if (n->may_tell)
		oms_fail(why, code_of(n->f.fault), "%s [%s]", n->f.message,
		    row->name);
	else
		oms_fail(why, code_of(n->f.fault), "%s%s%s%s [%s]",
		    n->f.segment, element, n->f.segment[0] != '\0' ? ": " : "",
		    row->text, row->name);
	if (n->f.segment_no > 0)
		oms_at(why, "line %lld segment %lld (%s)", (long long)n->f.line,
		    (long long)n->f.segment_no, n->f.segment);
	else
		oms_at(why, "line %lld", (long long)n->f.line);
}

const char *
edi_codes_text(mem_ctx *ctx, const int codes[5])
{
	struct sbuf b;

	sbuf_init(&b, ctx, CODES_TEXT_BYTES);
	for (size_t i = 0; i < 5 && codes[i] != 0; i++)
		sbuf_addf(&b, "%s%d", i > 0 ? " " : "", codes[i]);
	return b.p;
}

/* ---- pass 1 -------------------------------------------------------------- */

static struct edi_ix_fact *
ix_now(struct edi_survey *v)
{
	return v->ix_count > 0 ? &v->ix[v->ix_count - 1] : NULL;
}

static struct edi_group_fact *
group_now(struct edi_survey *v)
{
	struct edi_ix_fact *x = ix_now(v);

	return x != NULL && x->group_count > 0 ? &v->groups[v->group_count - 1]
					       : NULL;
}

/* Text of an envelope: a partner may have put any bytes there. */
static void
bind_shown(struct stmt *s, mem_ctx *row, const char *name, const char *text)
{
	stmt_text(s, name, str_show(row, text, EDI_PARTY_BYTES));
}

/* Was something taken of an interchange with this number? */
static bool
look_up(struct edi_reading *r, struct edi_ix_fact *x, struct oms_error *err)
{
	int64_t days = r->in.profile->duplicate_days;
	mem_ctx *row;
	struct stmt *s;

	if (days == 0 || r->is_repair)
		return true;
	s = stmt_begin(r->in.run->db, SQL_EDI_IN_KNOWN, err);
	if (s == NULL)
		return false;
	row = mem_ctx_new(r->ctx, "row");
	stmt_text(s, ":partner", r->in.file->partner);
	bind_shown(s, row, ":control", x->ix.control);
	stmt_int(s, ":since_us", r->in.received_ts_us - days * US_PER_DAY);
	bind_shown(s, row, ":sender", x->ix.sender);
	bind_shown(s, row, ":receiver", x->ix.receiver);
	stmt_int(s, ":is_test", x->ix.is_test);
	stmt_int(s, ":file_id", r->in.file->file_id);
	x->is_known = stmt_one(s, err);
	if (x->is_known) {
		x->known_file_id = col_int(s, 0);
		(void)str_copy(x->known_sha256, sizeof(x->known_sha256),
		    col_text(s, 1));
	}
	stmt_end(s);
	mem_free(row);
	return err->code == OMS_OK;
}

static bool
on_interchange(void *u, const struct edi_interchange *ix, bool *ret_known,
    struct oms_error *err)
{
	struct edi_reading *r = u;
	struct edi_survey *v = &r->survey;
	struct edi_ix_fact *x;

	if (v->ix_count == v->ix_room) {
		v->ix_room = v->ix_room == 0 ? 4 : 2 * v->ix_room;
		v->ix = mem_resize(r->ctx, v->ix, v->ix_room * sizeof(*v->ix));
	}
	x = &v->ix[v->ix_count++];
	*x = (struct edi_ix_fact){ .ix = *ix,
		.first_group = v->group_count,
		.why = v->ahead,
		.findings = v->ahead_count };
	v->ahead = NULL;
	v->ahead_count = 0;
	if (!look_up(r, x, err))
		return false;
	*ret_known = x->is_known;
	return true;
}

static bool
on_group(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct edi_reading *r = u;
	struct edi_survey *v = &r->survey;

	(void)err;
	if (v->group_count == v->group_room) {
		v->group_room = v->group_room == 0 ? 8 : 2 * v->group_room;
		v->groups = mem_resize(r->ctx, v->groups,
		    v->group_room * sizeof(*v->groups));
	}
	v->groups[v->group_count++] = (struct edi_group_fact){ .g = *g };
	ix_now(v)->group_count++;
	return true;
}

static bool
on_set_end(void *u, const struct edi_set_head *h, const struct edi_set *set,
    struct oms_error *err)
{
	struct edi_reading *r = u;
	struct edi_group_fact *g = group_now(&r->survey);
	enum edi_standard standard = ix_now(&r->survey)->ix.standard;
	const struct edi_document *known = edi_document_of(standard, h->type);

	(void)set;
	(void)err;
	r->survey.units++;
	if (g == NULL)
		return true;
	g->answers += known != NULL && known->is_answer;
	if (h->verdict != EDI_REJECTED &&
	    edi_intake_document(r, standard, h->type) == NULL)
		g->unsupported++;
	return true;
}

/* A TA1 stands in no set. */
static bool
on_segment(void *u, const struct edi_segment *s, int64_t segment_no,
    const struct edi_node *node, struct oms_error *err)
{
	struct edi_reading *r = u;

	(void)s;
	(void)node;
	(void)err;
	if (segment_no != 0)
		return true;
	ix_now(&r->survey)->has_ta1 = true;
	r->survey.units++;
	return true;
}

/* A good set that nobody takes is a rejected one. */
static bool
on_group_end(void *u, const struct edi_group *end, struct oms_error *err)
{
	struct edi_reading *r = u;
	struct edi_group_fact *g = group_now(&r->survey);

	(void)err;
	if (g == NULL)
		return true;
	g->g = *end;
	g->is_refused = end->verdict == EDI_REJECTED;
	if (g->is_refused || g->unsupported == 0)
		return true;
	g->g.sets_accepted -= g->unsupported;
	g->g.verdict = g->g.sets_accepted > 0 ? EDI_PARTLY : EDI_REJECTED;
	return true;
}

/* What may stand behind the last terminator and is no part of it. */
static bool
is_filler(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0' ||
	    c == CTRL_Z;
}

/* An interchange sent again may have another tail: line ends, blanks. */
static bool
leave_tail(struct edi_reading *r, int64_t off, int64_t *len,
    struct oms_error *err)
{
	char tail[TAIL_BYTES];
	size_t n = 0;

	while (n == 0 && *len > 0) {
		size_t want = *len < TAIL_BYTES ? (size_t)*len : TAIL_BYTES;

		if (!blob_read(r->blob, tail, want, off + *len - (int64_t)want,
			&n, err))
			return false;
		*len -= (int64_t)want;
		while (n > 0 && is_filler(tail[n - 1]))
			n--;
		*len += (int64_t)n;
	}
	return true;
}

static bool
hash_range(struct edi_reading *r, int64_t off, int64_t len,
    char ret[FS_SHA_BYTES], struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(r->ctx, "hash");
	char *chunk = mem_zero(row, EDI_CHUNK_BYTES, "chunk");
	struct fs_sha sha;
	size_t n = 1;
	bool ok;

	fs_sha_begin(&sha);
	ok = leave_tail(r, off, &len, err);
	while (ok && len > 0 && n > 0) {
		size_t want = len < EDI_CHUNK_BYTES ? (size_t)len
						    : EDI_CHUNK_BYTES;

		ok = blob_read(r->blob, chunk, want, off, &n, err);
		fs_sha_add(&sha, chunk, ok ? n : 0);
		off += (int64_t)n;
		len -= (int64_t)n;
	}
	fs_sha_end(&sha, ret);
	mem_free(row);
	return ok;
}

/* The same number in the same file: were it the same bytes? */
static void
compare_within(struct edi_survey *v, struct edi_ix_fact *x)
{
	if (x->is_known ||
	    (x->ix.ta105 != edi_faults[EDI_F_IX_DUPLICATE].envelope &&
		x->ix.contrl != edi_faults[EDI_F_IX_DUPLICATE].contrl))
		return;
	for (size_t i = 0; i + 1 < v->ix_count && !x->is_known; i++)
		if (strcmp(v->ix[i].ix.control, x->ix.control) == 0) {
			x->is_known = true;
			memcpy(x->known_sha256, v->ix[i].sha256, FS_SHA_BYTES);
		}
}

/* No set of it can say why it was refused: the letter of the file does. */
static void
tell_if_empty(struct edi_survey *v, const struct edi_ix_fact *x)
{
	int64_t sets = 0;

	for (size_t i = 0; i < x->group_count; i++)
		sets += v->groups[x->first_group + i].g.sets_received;
	if (sets == 0 && !x->has_ta1 && !x->is_known && v->garbage == NULL)
		v->garbage = x->why;
}

static bool
on_interchange_end(void *u, const struct edi_interchange *end,
    struct oms_error *err)
{
	struct edi_reading *r = u;
	struct edi_survey *v = &r->survey;
	struct edi_ix_fact *x = ix_now(v);
	int64_t unsupported = 0;

	x->ix = *end;
	x->ix.raw = mem_strndup(r->ctx, end->raw, end->raw_len);
	for (size_t i = 0; i < x->group_count; i++)
		unsupported += v->groups[x->first_group + i].unsupported;
	x->is_refused = end->verdict == EDI_REJECTED ||
	    (r->options.suspend_interchange && unsupported > 0);
	if (!hash_range(r, end->byte_off, end->byte_len, x->sha256, err))
		return false;
	compare_within(v, x);
	x->is_repeat = x->is_known && strcmp(x->sha256, x->known_sha256) == 0;
	if (!x->is_refused)
		return true;
	x->ix.verdict = EDI_REJECTED;
	tell_if_empty(v, x);
	for (size_t i = 0; i < x->group_count; i++) {
		struct edi_group_fact *g = &v->groups[x->first_group + i];

		g->is_refused = true;
		g->g.sets_accepted = 0;
		g->g.verdict = EDI_REJECTED;
	}
	return true;
}

/* Of a header, which is checked before its interchange is told. */
static void
note_ahead(struct edi_reading *r, const struct edi_finding *f)
{
	struct edi_survey *v = &r->survey;
	const struct edi_noted *n = edi_note(r->ctx, &v->findings, f,
	    ++v->ahead_count);

	if (v->ahead == NULL && f->severity == EDI_ERROR)
		v->ahead = n;
}

/* What concerns a set is noted by pass 2, with the set. */
static bool
on_finding(void *u, const struct edi_finding *f, struct oms_error *err)
{
	struct edi_reading *r = u;
	struct edi_survey *v = &r->survey;
	struct edi_ix_fact *x = ix_now(v);
	struct edi_group_fact *g = group_now(v);
	const struct edi_noted *n;

	(void)err;
	if (x != NULL && f->fault == EDI_F_CUT && f->severity == EDI_ERROR)
		x->is_cut = true;
	if (f->set_no != 0)
		return true;
	if (f->interchange_no == 0 || f->fault == EDI_F_GARBAGE) {
		if (v->garbage == NULL && f->severity == EDI_ERROR)
			v->garbage = edi_note(r->ctx, &v->findings, f, 0);
		return true;
	}
	if (x == NULL || f->interchange_no > x->ix.no) {
		note_ahead(r, f);
		return true;
	}
	if (f->group_no == 0 || g == NULL) {
		n = edi_note(r->ctx, &v->findings, f, ++x->findings);
		if (x->why == NULL && f->severity == EDI_ERROR)
			x->why = n;
	} else {
		n = edi_note(r->ctx, &v->findings, f, ++g->findings);
		if (g->why == NULL && f->severity == EDI_ERROR)
			g->why = n;
	}
	return true;
}

bool
edi_survey_read(struct edi_reading *r, struct oms_error *err)
{
	const struct edi_sink sink = { .u = r,
		.interchange = on_interchange,
		.group = on_group,
		.set_end = on_set_end,
		.segment = on_segment,
		.group_end = on_group_end,
		.interchange_end = on_interchange_end,
		.finding = on_finding };
	struct edi_survey *v = &r->survey;
	struct edi_summary sum;
	struct edi_check *c;
	bool ok;

	c = edi_check_new(r->ctx, &r->options, &sink);
	ok = edi_intake_feed(r, c, err) && edi_check_finish(c, &sum, err);
	mem_free(c);
	for (size_t i = 0; i < v->group_count; i++)
		v->refused += v->groups[i].g.sets_received -
		    v->groups[i].g.sets_accepted;
	for (size_t i = 0; i < v->ix_count; i++)
		if (v->ix[i].is_repeat) /* they are no rejects */
			for (size_t k = 0; k < v->ix[i].group_count; k++)
				v->refused -= v->groups[v->ix[i].first_group +
						   k]
						  .g.sets_received;
	return ok;
}

/* ---- what is owed to the partner ----------------------------------------- */

/* Mended letters came from us, and answers are not answered. */
static bool
is_answered(const struct edi_reading *r, const struct edi_group_fact *g)
{
	return !r->is_repair && strcmp(g->g.code, "FA") != 0 &&
	    (g->answers == 0 || g->answers < g->g.sets_received);
}

static bool
all_are_answers(const struct edi_reading *r, const struct edi_ix_fact *x)
{
	for (size_t i = 0; i < x->group_count; i++)
		if (is_answered(r, &r->survey.groups[x->first_group + i]))
			return false;
	return x->group_count > 0 || x->has_ta1;
}

static bool
is_ours(const struct edi_reading *r, const struct edi_ix_fact *x)
{
	return (strcmp(r->in.profile->standard, "edifact") == 0) ==
	    (x->ix.standard == EDI_EDIFACT);
}

static bool
owes_ta1(const struct edi_reading *r, const struct edi_ix_fact *x)
{
	const char *when = r->in.profile->ta1;

	if (x->ix.standard != EDI_X12 || r->is_repair || !is_ours(r, x) ||
	    all_are_answers(r, x))
		return false;
	return strcmp(when, "always") == 0 ||
	    (strcmp(when, "asked") == 0 && x->ix.wants_ack) ||
	    (strcmp(when, "errors") == 0 && x->ix.ta105 != 0);
}

static bool
owes_contrl(const struct edi_reading *r, const struct edi_ix_fact *x)
{
	const char *kind = edi_ack_kind(r->in.profile, r->in.profile->ack);

	return x->ix.standard == EDI_EDIFACT && !r->is_repair &&
	    is_ours(r, x) && strcmp(kind, "contrl") == 0 &&
	    !all_are_answers(r, x);
}

/* An interchange that a TA1 refuses is answered by that alone. */
static bool
owes_group(const struct edi_reading *r, const struct edi_ix_fact *x,
    const struct edi_group_fact *g)
{
	const char *kind = edi_ack_kind(r->in.profile, r->in.profile->ack);
	bool is_refused = x->ix.ta105 != 0 && x->is_refused;

	return x->ix.standard == EDI_X12 && is_ours(r, x) &&
	    strcmp(kind, "none") != 0 && strcmp(kind, "contrl") != 0 &&
	    is_answered(r, g) &&
	    !(is_refused && (x->is_known || owes_ta1(r, x)));
}

/* ---- the rows ------------------------------------------------------------ */

static char *
to_hex(mem_ctx *ctx, const char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = mem_zero(ctx, 2 * n + 1, "hex");

	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[(unsigned char)p[i] >> 4];
		hex[2 * i + 1] = digits[(unsigned char)p[i] & 15];
	}
	return hex;
}

static bool
store_group(struct edi_reading *r, const struct edi_ix_fact *x,
    const struct edi_group_fact *f, mem_ctx *row, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->in.run->db, SQL_EDI_IN_GROUP_ADD, err);
	const struct edi_group *g = &f->g;

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", r->in.file->file_id);
	stmt_int(s, ":ix_no", x->ix.no);
	stmt_int(s, ":group_no", g->no);
	stmt_int(s, ":is_implied", g->is_implied);
	bind_shown(s, row, ":code", g->code);
	bind_shown(s, row, ":sender", g->sender);
	bind_shown(s, row, ":receiver", g->receiver);
	bind_shown(s, row, ":control", g->control);
	bind_shown(s, row, ":version", g->version);
	stmt_int(s, ":sets_said", g->sets_said);
	stmt_int(s, ":sets_received", g->sets_received);
	stmt_int(s, ":sets_accepted", g->sets_accepted);
	stmt_text(s, ":verdict", (char[]){ (char)g->verdict, '\0' });
	stmt_text(s, ":codes", edi_codes_text(row, g->ak905));
	stmt_int(s, ":contrl", g->contrl);
	stmt_text(s, ":ack", owes_group(r, x, f) ? "due" : "none");
	return stmt_run(s, NULL, err);
}

static bool
store_interchange(struct edi_reading *r, const struct edi_ix_fact *x,
    mem_ctx *row, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->in.run->db, SQL_EDI_IN_ADD, err);
	const struct edi_interchange *ix = &x->ix;
	const struct edi_delimiters *d = &ix->delimiters;
	const char d6[] = { d->element, d->component, d->repetition, d->segment,
		d->release, d->decimal };

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", r->in.file->file_id);
	stmt_int(s, ":ix_no", ix->no);
	stmt_text(s, ":partner", r->in.file->partner);
	stmt_text(s, ":standard", ix->standard == EDI_X12 ? "x12" : "edifact");
	bind_shown(s, row, ":sender", ix->sender);
	bind_shown(s, row, ":receiver", ix->receiver);
	bind_shown(s, row, ":control", ix->control);
	bind_shown(s, row, ":version", ix->version);
	bind_shown(s, row, ":date", ix->date);
	bind_shown(s, row, ":time", ix->time);
	stmt_int(s, ":is_test", ix->is_test);
	stmt_text(s, ":head", to_hex(row, ix->raw, ix->raw_len));
	stmt_text(s, ":delimiters", to_hex(row, d6, sizeof(d6)));
	stmt_int(s, ":byte_off", ix->byte_off);
	stmt_int(s, ":byte_len", ix->byte_len);
	stmt_text(s, ":sha256", x->sha256);
	stmt_int(s, ":received_ts_us", r->in.received_ts_us);
	stmt_int(s, ":group_count", ix->group_count);
	stmt_text(s, ":verdict", (char[]){ (char)ix->verdict, '\0' });
	stmt_int(s, ":ta105", ix->ta105);
	stmt_int(s, ":contrl", ix->contrl);
	stmt_text(s, ":ack",
	    owes_ta1(r, x) || owes_contrl(r, x) ? "due" : "none");
	return stmt_run(s, NULL, err);
}

bool
edi_survey_store(struct edi_reading *r, struct oms_error *err)
{
	const struct edi_survey *v = &r->survey;
	mem_ctx *row = mem_ctx_new(r->ctx, "row");
	bool ok = true;

	for (size_t i = 0; ok && i < v->ix_count; i++) {
		const struct edi_ix_fact *x = &v->ix[i];

		ok = store_interchange(r, x, row, err);
		for (size_t k = 0; ok && k < x->group_count; k++)
			ok = store_group(r, x, &v->groups[x->first_group + k],
			    row, err);
	}
	for (size_t i = 0; ok && i < v->findings.count; i++)
		ok = v->findings.v[i]->n == 0 ||
		    edi_note_store(r, v->findings.v[i], err);
	mem_free(row);
	return ok;
}
