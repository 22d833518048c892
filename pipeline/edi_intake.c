/*
 * edi_intake.c - a file of X12 or EDIFACT into the store, set by set.
 *
 * Pass 1 (edi_survey.c) reads all of it and decides of the envelopes; pass 2
 * reads it again and applies what is good, batch_orders sets a transaction.
 * A reader that is killed begins with both again and skips what is done: the
 * same bytes give the same decisions.
 *
 * A TA1 and a set each are a record of the file, counted in its order.
 */

#include "pipeline/edi_document.h"

#include <string.h>

#include "base/str.h"
#include "parsers/edi_check.h"
#include "pipeline/edi_answer.h"
#include "pipeline/edi_intake_internal.h"
#include "pipeline/personal.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum { BATCH_SETS = 1000, SHOW_BYTES = 200 };

/* The guides of a partner, overlays and all, while the process lives. */
struct edi_kept {
	const struct partner *partner;
	struct edi_guides *guides;
	struct edi_kept *next;
};

/* Counts since the last commit. */
struct counts {
	int64_t applied;
	int64_t duplicates;
	int64_t rejected;
};

/* A record: a set, or a TA1. */
struct unit {
	const struct edi_set_head *head; /* NULL: a TA1 */
	const struct edi_set *set;       /* NULL: it was rejected */
	const struct edi_segment *ta1;
	int64_t off;
	int64_t len;
	int64_t line;
};

/* Pass 2. */
struct applying {
	struct edi_reading r;
	struct stage_result *res;
	size_t ix;    /* of the survey, + 1 */
	size_t group; /* of the survey, + 1; 0 outside of one */
	int64_t unit_no;
	int64_t groups_seen;
	int64_t first_set_off;       /* of the group */
	struct edi_noted_list noted; /* of the set */
	mem_ctx *noted_ctx;          /* lifetime: the set; NULL: it has none */
	mem_ctx *row;                /* lifetime: the record */

	bool in_batch;
	bool wrote_survey;
	int64_t batch_count;
	struct counts batch;
	int64_t rejected; /* of the whole file */
	bool has_dead;    /* a good set may repair a dead letter */
	bool is_dead;     /* why kills the file */
	struct oms_error why;
	enum oms_code worst;
};

bool
edi_intake_feed(struct edi_reading *r, struct edi_check *c,
    struct oms_error *err)
{
	char *chunk = mem_zero(r->ctx, EDI_CHUNK_BYTES, "chunk");
	bool ok = true;
	size_t n = 1;

	for (int64_t off = 0; ok && n > 0; off += (int64_t)n)
		ok = blob_read(r->blob, chunk, EDI_CHUNK_BYTES, off, &n, err) &&
		    (n == 0 || edi_check_feed(c, chunk, n, err));
	mem_free(chunk);
	return ok;
}

static bool
is_among(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; (p = strstr(p, word)) != NULL; p += n)
		if ((p == words || strchr(" ,", p[-1]) != NULL) &&
		    strchr(" ,", p[n]) != NULL)
			return true;
	return false;
}

const struct edi_document *
edi_intake_document(const struct edi_reading *r, enum edi_standard standard,
    const char *type)
{
	const struct edi_document *d = edi_document_of(standard, type);
	const char *sets = r->in.profile->sets;

	if (d != NULL && !d->is_answer && sets[0] != '\0' &&
	    !is_among(sets, type))
		return NULL;
	return d;
}

/* ---- the transaction ----------------------------------------------------- */

static bool
begin_batch(struct applying *a, struct oms_error *err)
{
	if (a->in_batch)
		return true;
	if (!db_begin(a->r.in.run->db, err))
		return false;
	a->in_batch = true;
	a->batch_count = 0;
	a->batch = (struct counts){ 0 };
	if (a->wrote_survey)
		return true;
	a->wrote_survey = true;
	return edi_survey_store(&a->r, err);
}

static bool
end_batch(struct applying *a, int64_t offset, int64_t line, bool is_last,
    struct oms_error *err)
{
	struct run *run = a->r.in.run;
	const struct file_row *file = a->r.in.file;

	if (!ingest_progress(run, file, a->unit_no + 1, offset, line,
		a->batch.applied, a->batch.duplicates, a->batch.rejected,
		err) ||
	    (is_last && !ingest_finish(run, file, err)) ||
	    !db_commit(run->db, "ingest.edi", err))
		return false;
	a->in_batch = false;
	a->res->done += a->batch.applied;
	a->res->rejected += a->batch.rejected;
	return true;
}

/* ---- one record ---------------------------------------------------------- */

static struct edi_ix_fact *
ix_of(struct applying *a)
{
	return &a->r.survey.ix[a->ix - 1];
}

static struct edi_group_fact *
group_of(struct applying *a)
{
	return a->group > 0 ? &a->r.survey.groups[a->group - 1] : NULL;
}

static bool
add_record(struct applying *a, const struct unit *u, const char *key,
    const char *state, const char *note, struct oms_error *err)
{
	struct stmt *s = stmt_begin(a->r.in.run->db, SQL_INTAKE_RECORD, err);
	char shown[PERSONAL_KEY_BYTES];

	if (s == NULL)
		return false;
	personal_record_key(a->r.in.run->cfg->ring, key, shown);
	stmt_int(s, ":file_id", a->r.in.file->file_id);
	stmt_int(s, ":record_no", a->unit_no);
	stmt_int(s, ":byte_off", u->off);
	stmt_int(s, ":byte_len", u->len);
	stmt_int(s, ":line_no", u->line);
	stmt_text(s, ":key", str_show(a->row, shown, SHOW_BYTES));
	stmt_text(s, ":state", state);
	stmt_text(s, ":note", note);
	return stmt_run(s, NULL, err);
}

/* The file has more bad sets than we keep one by one: say so, once. */
static bool
add_file_letter(struct applying *a, const struct oms_error *why,
    struct oms_error *err)
{
	const struct file_row *f = a->r.in.file;
	const char *dot = strrchr(f->name, '.');
	struct dead_letter d = { .kind = "file",
		.partner = f->partner,
		.feed = f->feed,
		.file_name = f->name,
		.file_id = f->file_id,
		.key = "",
		.stage = "ingest",
		.ext = dot != NULL ? dot : "",
		.sha256 = f->sha256 };
	struct oms_error placed = *why;

	oms_at(&placed, "%s", a->r.name);
	return dead_add(a->r.in.run, &d, &placed, err);
}

static bool
note_overflow(struct applying *a, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	oms_fail(&why, OMS_LIMIT,
	    "more than %d sets of it are rejected; the others of them are "
	    "counted and have no dead letter of their own",
	    INTAKE_DEAD_MAX);
	return add_file_letter(a, &why, err);
}

/* "interchange 000000017 group 4 850 0001" */
static const char *
place_of(struct applying *a, const struct unit *u)
{
	const struct edi_group_fact *g = group_of(a);
	const char *group = g != NULL && !g->g.is_implied
	    ? mem_printf(a->row, " group %s", g->g.control)
	    : "";

	return mem_printf(a->row, "interchange %s%s %s %s",
	    ix_of(a)->ix.control, group,
	    u->head != NULL ? u->head->type : "TA1",
	    u->head != NULL ? u->head->control : "");
}

static bool
add_dead(struct applying *a, const struct unit *u, const char *key,
    const struct oms_error *why, struct oms_error *err)
{
	const struct file_row *f = a->r.in.file;
	const struct edi_group_fact *g = group_of(a);
	char sha[FS_SHA_BYTES];
	struct dead_letter d = { .kind = "record",
		.partner = f->partner,
		.feed = f->feed,
		.file_name = f->name,
		.file_id = f->file_id,
		.record_no = a->unit_no,
		.key = key,
		.stage = "ingest",
		.ext = ix_of(a)->ix.standard == EDI_X12 ? ".x12" : ".edi",
		.sha256 = sha };
	struct oms_error placed = *why;

	if (strncmp(placed.where, "line ", 5) != 0) /* that of the fault */
		oms_at(&placed, "line %lld", (long long)u->line);
	oms_at(&placed, "%s %s", a->r.name,
	    str_show(a->row, place_of(a, u), SHOW_BYTES));
	a->has_dead = true;
	return edi_letter(&a->r, &ix_of(a)->ix, g != NULL ? &g->g : NULL,
		   a->first_set_off, u->off, u->len, sha, err) &&
	    dead_add(a->r.in.run, &d, &placed, err);
}

static bool
reject(struct applying *a, const struct unit *u, const char *key,
    const struct oms_error *why, struct oms_error *err)
{
	int64_t max = a->r.in.file->max_rejects;

	a->rejected++;
	a->batch.rejected++;
	a->worst = why->code;
	if (max >= 0 && a->rejected > max) {
		a->is_dead = true;
		a->why = *why;
		oms_context(&a->why,
		    "rejected set %lld, and max_rejects is %lld",
		    (long long)a->rejected, (long long)max);
		a->why.code = OMS_LIMIT;
		return oms_fail(err, OMS_LIMIT, "too many rejects");
	}
	if (a->rejected > INTAKE_DEAD_MAX)
		return a->rejected > INTAKE_DEAD_MAX + 1 ||
		    note_overflow(a, err);
	return add_record(a, u, key, "rejected", why->reason, err) &&
	    add_dead(a, u, key, why, err);
}

/* A new order settles the letters of sets that were to bring it: no change of
   it, no cancellation, no shipment says what the next of its kind does. */
static bool
mend(struct applying *a, const struct unit *u, const char *key,
    struct oms_error *err)
{
	struct stmt *s;

	if (!a->has_dead || !a->r.in.is_whole || key[0] == '\0')
		return true;
	s = stmt_begin(a->r.in.run->db, SQL_EDI_DEAD_RESOLVE, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", a->r.in.run->now_us);
	stmt_text(s, ":resolution", "a later set brought it");
	stmt_text(s, ":partner", a->r.in.file->partner);
	stmt_text(s, ":key", key);
	stmt_text(s, ":type", u->head->type);
	return stmt_run(s, NULL, err);
}

static bool
keep(struct applying *a, const struct unit *u, const char *key,
    enum intake_fate fate, const char *note, struct oms_error *err)
{
	bool applied = fate == INTAKE_APPLIED;

	if (applied)
		a->batch.applied++;
	else
		a->batch.duplicates++;
	return add_record(a, u, key, applied ? "applied" : "duplicate", note,
		   err) &&
	    (!applied || mend(a, u, key, err));
}

/* ---- what is decided of it ----------------------------------------------- */

/* The first error of the set, with how many more there are. */
static void
own_fault(struct applying *a, const struct unit *u, struct oms_error *why)
{
	const struct edi_noted *first = NULL;
	int64_t errors = 0;

	for (size_t i = 0; i < a->noted.count; i++)
		if (a->noted.v[i]->f.severity == EDI_ERROR) {
			errors++;
			if (first == NULL)
				first = a->noted.v[i];
		}
	if (first == NULL) {
		oms_fail(why, OMS_SCHEMA, "%s",
		    edi_faults[u->head->first_fault].text);
		return;
	}
	edi_note_why(first, why);
	if (errors > 1) {
		size_t n = strlen(why->reason);

		snprintf(why->reason + n, sizeof(why->reason) - n,
		    " (and %lld more)", (long long)errors - 1);
	}
}

/* The envelope was refused, and all that is in it. */
static void
envelope_fault(struct applying *a, const struct edi_noted *first,
    const char *what, struct oms_error *why)
{
	if (first != NULL) {
		edi_note_why(first, why);
		oms_context(why, "the %s is refused", what);
	} else {
		oms_fail(why, OMS_SCHEMA, "the %s is refused as a whole", what);
	}
	(void)a;
}

static void
known_fault(const struct edi_ix_fact *x, struct oms_error *why)
{
	char in_file[60] = "in this file";

	if (x->known_file_id != 0)
		snprintf(in_file, sizeof(in_file), "in file %lld",
		    (long long)x->known_file_id);
	oms_fail(why, OMS_DUPLICATE,
	    "interchange %s came before, %s, with other bytes: ask the "
	    "partner; if it is a new one, retry this dead letter as it is "
	    "[%s]",
	    x->ix.control, in_file, edi_faults[EDI_F_IX_DUPLICATE].name);
}

/* Why it cannot be applied; false: it can. */
static bool
is_refused(struct applying *a, const struct unit *u, struct oms_error *why)
{
	const struct edi_ix_fact *x = ix_of(a);
	const struct edi_group_fact *g = group_of(a);

	if (x->is_known)
		known_fault(x, why);
	else if (u->head != NULL && u->head->verdict == EDI_REJECTED)
		own_fault(a, u, why);
	else if (x->is_refused)
		envelope_fault(a, x->why, "interchange", why);
	else if (g != NULL && g->is_refused)
		envelope_fault(a, g->why, "group", why);
	else if (u->head != NULL &&
	    edi_intake_document(&a->r, x->ix.standard, u->head->type) == NULL)
		oms_fail(why, OMS_SCHEMA,
		    "no %s is taken from this partner: see `sets` in [edi] "
		    "[set-not-supported]",
		    u->head->type);
	else
		return false;
	return true;
}

static const char *
verdict_text(struct applying *a, const struct edi_set_head *h, bool refused)
{
	return mem_printf(a->row, "%c",
	    refused ? EDI_REJECTED : (int)h->verdict);
}

/* edi_in_set, and what was wrong with it. */
static bool
store_set(struct applying *a, const struct edi_set_head *h, bool refused,
    struct oms_error *err)
{
	const struct edi_ix_fact *x = ix_of(a);
	bool is_taken = edi_intake_document(&a->r, x->ix.standard, h->type) !=
	    NULL;
	const struct edi_fault_row
	    *not_taken = &edi_faults[EDI_F_NOT_SUPPORTED];
	const char *codes = edi_codes_text(a->row, h->ak502);
	struct stmt *s;

	if (a->group == 0)
		return true;
	s = stmt_begin(a->r.in.run->db, SQL_EDI_IN_SET_ADD, err);
	if (s == NULL)
		return false;
	if (!is_taken && h->verdict != EDI_REJECTED)
		codes = mem_printf(a->row, "%d", not_taken->ak502);
	stmt_int(s, ":file_id", a->r.in.file->file_id);
	stmt_int(s, ":ix_no", x->ix.no);
	stmt_int(s, ":group_no", group_of(a)->g.no);
	stmt_int(s, ":set_no", h->no);
	stmt_int(s, ":record_no", a->unit_no);
	stmt_text(s, ":type", str_show(a->row, h->type, EDI_PARTY_BYTES));
	stmt_text(s, ":control", str_show(a->row, h->control, EDI_PARTY_BYTES));
	stmt_text(s, ":version", str_show(a->row, h->version, EDI_PARTY_BYTES));
	stmt_int(s, ":segments", h->segment_count);
	stmt_text(s, ":verdict", verdict_text(a, h, refused));
	stmt_text(s, ":codes", codes);
	stmt_int(s, ":contrl",
	    !is_taken && h->verdict != EDI_REJECTED ? not_taken->contrl
						    : h->contrl);
	if (!stmt_run(s, NULL, err))
		return false;
	for (size_t i = 0; i < a->noted.count; i++)
		if (!edi_note_store(&a->r, a->noted.v[i], err))
			return false;
	return true;
}

/* What a record that cannot say its key is called: "850 4/0001". */
static const char *
control_key(struct applying *a, const struct unit *u)
{
	const struct edi_group_fact *g = group_of(a);

	if (u->head == NULL)
		return mem_printf(a->row, "TA1 %s", ix_of(a)->ix.control);
	return mem_printf(a->row, "%s %s/%s", u->head->type,
	    g != NULL && !g->g.is_implied ? g->g.control : ix_of(a)->ix.control,
	    u->head->control);
}

static bool
call(struct applying *a, const struct unit *u, const char **ret_key,
    enum intake_fate *ret_fate, struct oms_error *why)
{
	const struct edi_document *d;

	if (u->head == NULL)
		return edi_answer_ta1(&a->r.in, &ix_of(a)->ix, u->ta1, ret_key,
		    ret_fate, why);
	d = edi_intake_document(&a->r, ix_of(a)->ix.standard, u->head->type);
	if (u->set == NULL)
		return oms_fail(why, OMS_LIMIT,
		    "the set takes more than %lld bytes: see max_set in [edi]",
		    (long long)a->r.options.set_max_bytes);
	return d->apply(&a->r.in, u->set, ret_key, ret_fate, why);
}

static bool
apply(struct applying *a, const struct unit *u, struct oms_error *err)
{
	struct db *db = a->r.in.run->db;
	const char *key = control_key(a, u);
	enum intake_fate fate = INTAKE_APPLIED;
	struct oms_error why = NO_ERROR;

	a->r.in.is_whole = false;
	if (!db_save(db, err))
		return false;
	if (call(a, u, &key, &fate, &why))
		return db_keep(db, err) && keep(a, u, key, fate, "", err);
	if (oms_code_class(why.code) != CLASS_REJECT) {
		*err = why;
		return oms_at(err, "line %lld", (long long)u->line);
	}
	return db_undo(db, err) && reject(a, u, key, &why, err);
}

static bool
take_unit(struct applying *a, const struct unit *u, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	bool refused = is_refused(a, u, &why);

	a->r.in.record_no = a->unit_no;
	a->r.in.ctx = a->row;
	if (u->head != NULL && !store_set(a, u->head, refused, err))
		return false;
	if (ix_of(a)->is_repeat)
		return keep(a, u, control_key(a, u), INTAKE_DUPLICATE,
		    "the interchange came before", err);
	if (refused)
		return reject(a, u, control_key(a, u), &why, err);
	return apply(a, u, err);
}

static bool
on_unit(struct applying *a, const struct unit *u, struct oms_error *err)
{
	int64_t batch = a->r.in.run->cfg->batch_orders;
	bool ok;

	if (++a->unit_no < a->r.in.file->next_record)
		return true; /* done before we were killed */
	a->row = mem_ctx_new(a->r.ctx, "record");
	ok = begin_batch(a, err) && take_unit(a, u, err);
	mem_free(a->row);
	if (!ok || ++a->batch_count < (batch > 0 ? batch : BATCH_SETS))
		return ok;
	return end_batch(a, u->off + u->len, u->line, false, err);
}

/* ---- what the checker tells ---------------------------------------------- */

static bool
on_interchange(void *u, const struct edi_interchange *ix, bool *ret_known,
    struct oms_error *err)
{
	struct applying *a = u;

	(void)ix;
	(void)err;
	a->ix++;
	a->group = 0;
	*ret_known = ix_of(a)->known_file_id != 0;
	return true;
}

static bool
on_group(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct applying *a = u;

	(void)g;
	(void)err;
	a->group = (size_t)++a->groups_seen;
	a->first_set_off = 0;
	return true;
}

static bool
on_set(void *u, const struct edi_set_head *h, struct oms_error *err)
{
	struct applying *a = u;

	(void)err;
	if (a->first_set_off == 0)
		a->first_set_off = h->byte_off;
	return true;
}

static bool
on_set_end(void *u, const struct edi_set_head *h, const struct edi_set *set,
    struct oms_error *err)
{
	struct applying *a = u;
	const struct unit unit = { .head = h,
		.set = set,
		.off = h->byte_off,
		.len = h->byte_len,
		.line = h->line };
	bool ok = on_unit(a, &unit, err);

	mem_free(a->noted_ctx);
	a->noted_ctx = NULL;
	a->noted = (struct edi_noted_list){ 0 };
	return ok;
}

/* A TA1 stands in no set. */
static bool
on_segment(void *u, const struct edi_segment *s, int64_t segment_no,
    const struct edi_node *node, struct oms_error *err)
{
	const struct unit unit = { .ta1 = s,
		.off = s->byte_off,
		.len = s->byte_len,
		.line = s->line };

	(void)node;
	return segment_no != 0 || on_unit(u, &unit, err);
}

static bool
on_group_end(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct applying *a = u;

	(void)g;
	(void)err;
	a->group = 0;
	return true;
}

static bool
on_finding(void *u, const struct edi_finding *f, struct oms_error *err)
{
	struct applying *a = u;

	(void)err;
	if (f->set_no == 0)
		return true;
	if (a->noted_ctx == NULL)
		a->noted_ctx = mem_ctx_new(a->r.ctx, "findings");
	(void)edi_note(a->noted_ctx, &a->noted, f, (int64_t)a->noted.count + 1);
	return true;
}

/* ---- a file -------------------------------------------------------------- */

static bool
apply_file(struct applying *a, struct oms_error *err)
{
	const struct edi_sink sink = { .u = a,
		.interchange = on_interchange,
		.group = on_group,
		.set = on_set,
		.set_end = on_set_end,
		.segment = on_segment,
		.group_end = on_group_end,
		.finding = on_finding };
	struct edi_summary sum;
	struct oms_error why = NO_ERROR;
	struct edi_check *c;

	c = edi_check_new(a->r.ctx, &a->r.options, &sink);
	if (!edi_intake_feed(&a->r, c, err) ||
	    !edi_check_finish(c, &sum, err) || !begin_batch(a, err))
		return false;
	if (a->r.survey.garbage != NULL) {
		edi_note_why(a->r.survey.garbage, &why);
		oms_context(&why, "beside the sets in it, which were read");
		if (!add_file_letter(a, &why, err))
			return false;
		a->worst = why.code;
	}
	return end_batch(a, a->r.in.file->size_bytes, 1, true, err);
}

/* Is it a case for a person as a whole?  Nothing is done then. */
static bool
check_survey(struct applying *a)
{
	const struct edi_survey *v = &a->r.survey;
	int64_t max = a->r.in.file->max_rejects;

	if (v->ix_count > 0 && v->ix[v->ix_count - 1].is_cut) {
		oms_fail(&a->why, OMS_TRUNCATED,
		    "interchange %s ends before its trailer; nothing of the "
		    "file was applied",
		    v->ix[v->ix_count - 1].ix.control);
		a->is_dead = true;
	} else if (max >= 0 && v->refused > max &&
	    a->r.in.file->next_record <= 1) {
		oms_fail(&a->why, OMS_LIMIT,
		    "%lld rejected sets, and max_rejects is %lld; nothing was "
		    "applied",
		    (long long)v->refused, (long long)max);
		a->is_dead = true;
	}
	return !a->is_dead;
}

static bool
load_file(struct applying *a, struct oms_error *err)
{
	struct run *run = a->r.in.run;
	struct stmt *s = stmt_begin(run->db, SQL_INTAKE_FILE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", a->r.in.file->file_id);
	if (stmt_one(s, err)) {
		a->r.in.received_ts_us = col_int(s, 0);
		a->rejected = col_int(s, 1);
		a->has_dead = col_int(s, 2) != 0;
	}
	stmt_end(s);
	s = err->code == OMS_OK ? stmt_begin(run->db, SQL_EDI_IN_REPAIR, err)
				: NULL;
	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", a->r.in.file->file_id);
	a->r.is_repair = stmt_one(s, err);
	stmt_end(s);
	a->r.blob = blob_open(a->r.ctx, a->r.in.file->path, run->cfg->ring,
	    err);
	return a->r.blob != NULL;
}

/* "ZZ:ACME"; in EDIFACT "5412345000013:14" */
static const char *
party(mem_ctx *ctx, const struct edi_profile *p, const char *id,
    const char *qualifier)
{
	if (strcmp(p->standard, "edifact") == 0)
		return mem_printf(ctx, "%s%s%s", id,
		    qualifier[0] != '\0' ? ":" : "", qualifier);
	return mem_printf(ctx, "%s:%s", qualifier[0] != '\0' ? qualifier : "ZZ",
	    id);
}

/* His guides, read when his first file is: they cost more than an order. */
static bool
set_guides(struct applying *a, struct oms_error *err)
{
	struct run *run = a->r.in.run;
	struct edi_kept *k = run->edi;

	while (k != NULL && k->partner != a->r.in.partner)
		k = k->next;
	if (k == NULL) {
		k = mem_new(run->ctx, struct edi_kept);
		k->partner = a->r.in.partner;
		k->guides = edi_guides_new(k);
		if (!edi_guides_overlays(k->guides, run->cfg->home,
			a->r.in.profile->guides, err))
			return false;
		k->next = run->edi;
		run->edi = k;
	}
	a->r.options.guides = k->guides;
	return true;
}

static bool
set_options(struct applying *a, struct oms_error *err)
{
	const struct edi_profile *p = a->r.in.profile;
	struct edi_check_options *o = &a->r.options;

	*o = (struct edi_check_options){
		/* In both passes: what is too large is so in either. */
		.collect = true,
		.set_max_bytes = p->max_set_bytes,
		.no_group_check = !p->check_groups,
		.no_set_check = !p->check_sets,
		.suspend_interchange = strcmp(p->on_error, "interchange") == 0,
		.version = p->guide_version[0] != '\0' ? p->guide_version
						       : NULL,
		.sender = party(a->r.ctx, p, p->their_id, p->their_qualifier),
		.receiver = party(a->r.ctx, p, p->our_id, p->our_qualifier),
		.is_test = p->test,
	};
	if (!edi_lenient_parse(p->lenient, &o->lenient, err))
		return false;
	if (strcmp(p->trailing, "refused") != 0)
		o->lenient |= EDI_TRAILING;
	return set_guides(a, err);
}

static bool
read_file(struct applying *a, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	a->r.in.partner = config_partner(a->r.in.run->cfg,
	    a->r.in.file->partner);
	if (a->r.in.partner == NULL || a->r.in.partner->edi.standard[0] == '\0')
		return oms_fail(err, OMS_CONFIG,
		    "partner %s has no [edi] with a standard",
		    a->r.in.file->partner);
	a->r.in.profile = &a->r.in.partner->edi;
	if (!load_file(a, err) || !set_options(a, err))
		return false;
	if (!edi_survey_read(&a->r, &why)) {
		*err = why;
		a->why = why;
		a->is_dead = oms_code_class(why.code) == CLASS_REJECT;
		return false;
	}
	return check_survey(a) && apply_file(a, err);
}

bool
ingest_edi(struct run *run, const struct file_row *file,
    struct stage_result *res, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "edi_intake");
	struct applying *a = mem_new(ctx, struct applying);
	bool ok;

	a->r.in = (struct edi_intake){ .run = run, .file = file };
	a->r.ctx = ctx;
	a->r.name = mem_printf(ctx, "%s/%s", file->partner,
	    str_show(ctx, file->name, SHOW_BYTES));
	a->res = res;
	ok = read_file(a, err);
	if (!ok)
		db_rollback(run->db);
	ok = ingest_end(run, file, ok, a->is_dead ? &a->why : NULL, a->worst,
	    res, err);
	mem_free(ctx);
	return ok;
}
