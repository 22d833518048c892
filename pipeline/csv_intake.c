/* csv_intake.c - see csv_intake.h. */

#include "pipeline/csv_intake.h"

#include <string.h>

#include "base/str.h"
#include "pipeline/feed_type.h"
#include "pipeline/personal.h"
#include "pipeline/spool.h"

enum {
	BATCH_ROWS = 1000,
	KEY_MAX_BYTES = 200,
	PAYLOAD_MAX_BYTES = 3 * CSV_RECORD_MAX_BYTES,
	SHOW_BYTES = 200
};

/* Counts since the last commit. */
struct counts {
	int64_t applied;
	int64_t duplicates;
	int64_t rejected;
};

/* An intake with its own affairs. */
struct reader {
	struct intake in;
	mem_ctx *ctx; /* lifetime: the file */
	struct csv_reader *csv;
	const char *name; /* "acme/stock.csv" */
	const char *what; /* "stock" */
	int64_t next_record;
	int64_t rejected; /* of the whole file, committed or not */
	bool has_dead;    /* a good row may repair a dead letter */
	struct counts batch;
	bool is_dead;         /* why kills the file */
	struct oms_error why; /* of the last rejected row */
	enum oms_code worst;  /* its code; OMS_OK: none was */
};

/* "S00000001/2": what people call the row, and what repairs it. */
static char *
key_of(const struct reader *r, mem_ctx *ctx)
{
	const struct intake_type *type = r->in.type;
	char shown[PERSONAL_KEY_BYTES];
	struct sbuf b;

	sbuf_init(&b, ctx, KEY_MAX_BYTES);
	if (!type->keep_records)
		sbuf_addf(&b, "%s:", r->what);
	for (size_t i = 0; i < INTAKE_KEYS_MAX && type->keys[i] != NULL; i++) {
		const char *text = csv_field(r->csv, type->keys[i]);

		if (i == 0 && text[0] == '\0')
			return mem_strdup(ctx, ""); /* it cannot be told */
		personal_record_key(r->in.run->cfg->ring, text, shown);
		sbuf_addf(&b, "%s%s", i > 0 ? "/" : "",
		    str_show(ctx, shown, SHOW_BYTES));
	}
	return sbuf_ok(&b) ? b.p : mem_strdup(ctx, "");
}

static bool
add_record(struct reader *r, const struct csv_record *rec, const char *key,
    const char *state, const char *note, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->in.run->db, SQL_INTAKE_RECORD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", r->in.file->file_id);
	stmt_int(s, ":record_no", r->next_record);
	stmt_int(s, ":byte_off", rec->byte_off);
	stmt_int(s, ":byte_len", rec->byte_len);
	stmt_int(s, ":line_no", rec->line_no);
	stmt_text(s, ":key", key);
	stmt_text(s, ":state", state);
	stmt_text(s, ":note", note);
	return stmt_run(s, NULL, err);
}

/* The file has more bad rows than we keep one by one: say so, once. */
static bool
note_overflow(struct reader *r, struct oms_error *err)
{
	const struct file_row *f = r->in.file;
	struct dead_letter d = { .kind = "file",
		.partner = f->partner,
		.feed = f->feed,
		.file_name = f->name,
		.file_id = f->file_id,
		.key = "",
		.stage = "ingest",
		.ext = ".csv",
		.sha256 = f->sha256 };
	struct oms_error why = NO_ERROR;

	oms_fail(&why, OMS_LIMIT,
	    "more than %d rows of it are rejected; the others of them are "
	    "counted and have no dead letter of their own",
	    INTAKE_DEAD_MAX);
	oms_at(&why, "%s", r->name);
	return dead_add(r->in.run, &d, &why, err);
}

static bool
add_dead(struct reader *r, mem_ctx *ctx, const char *key, struct oms_error *err)
{
	const struct file_row *f = r->in.file;
	char sha[FS_SHA_BYTES];
	struct dead_letter d = { .kind = "record",
		.partner = f->partner,
		.feed = f->feed,
		.file_name = f->name,
		.file_id = f->file_id,
		.record_no = r->next_record,
		.key = key,
		.stage = "ingest",
		.ext = ".csv",
		.sha256 = sha };
	struct sbuf payload;

	sbuf_init(&payload, ctx, PAYLOAD_MAX_BYTES);
	csv_reject(r->csv, &r->why, &payload);
	if (!sbuf_ok(&payload))
		return oms_fail(err, OMS_INTERNAL, "a row too long to reject");
	r->has_dead = true;
	return spool_keep_bytes(r->in.run, payload.p, payload.len, sha, err) &&
	    dead_add(r->in.run, &d, &r->why, err);
}

/* r->why is set: the row goes to the dead letters. */
static bool
reject(struct reader *r, const struct csv_record *rec, struct oms_error *err)
{
	int64_t max = r->in.file->max_rejects;
	mem_ctx *ctx;
	char *key;
	bool ok;

	r->rejected++;
	r->batch.rejected++;
	r->worst = r->why.code;
	if (max >= 0 && r->rejected > max) {
		r->is_dead = true;
		oms_context(&r->why,
		    "rejected row %lld, and max_rejects is %lld",
		    (long long)r->rejected, (long long)max);
		r->why.code = OMS_LIMIT;
		return oms_fail(err, OMS_LIMIT, "too many rejects");
	}
	if (r->rejected > INTAKE_DEAD_MAX)
		return r->rejected > INTAKE_DEAD_MAX + 1 ||
		    note_overflow(r, err);
	ctx = mem_ctx_new(r->ctx, "reject");
	key = key_of(r, ctx);
	ok = add_record(r, rec, key, "rejected", r->why.reason, err) &&
	    add_dead(r, ctx, key, err);
	mem_free(ctx);
	return ok;
}

/* A good row: count it, keep its place, and resolve what it repairs. */
static bool
keep(struct reader *r, const struct csv_record *rec, enum intake_fate fate,
    struct oms_error *err)
{
	bool applied = fate == INTAKE_APPLIED, ok = true;
	mem_ctx *ctx;
	char *key;

	if (applied)
		r->batch.applied++;
	else
		r->batch.duplicates++;
	if (!r->in.type->keep_records && !r->has_dead)
		return true;
	ctx = mem_ctx_new(r->ctx, "keep");
	key = key_of(r, ctx);
	if (r->in.type->keep_records)
		ok = add_record(r, rec, key, applied ? "applied" : "duplicate",
		    "", err);
	if (ok && r->has_dead && key[0] != '\0')
		ok = dead_resolve(r->in.run, r->in.file->partner, key,
		    applied ? 0 : r->in.file->file_id, "a later row brought it",
		    err);
	mem_free(ctx);
	return ok;
}

static bool
apply(struct reader *r, const struct csv_record *rec, struct oms_error *err)
{
	struct db *db = r->in.run->db;
	enum intake_fate fate = INTAKE_APPLIED;
	struct oms_error why = NO_ERROR;

	if (!db_save(db, err))
		return false;
	if (r->in.type->row(&r->in, rec, &fate, &why))
		return db_keep(db, err) && keep(r, rec, fate, err);
	if (oms_code_class(why.code) != CLASS_REJECT) {
		*err = why;
		return oms_at(err, "line %lld", (long long)rec->line_no);
	}
	oms_at(&why, "%s line %lld", r->name, (long long)rec->line_no);
	r->why = why;
	return db_undo(db, err) && reject(r, rec, err);
}

static bool
read_rows(struct reader *r, bool *ret_more, struct oms_error *err)
{
	int64_t batch = r->in.run->cfg->batch_orders;
	const struct csv_record *rec;

	if (batch <= 0)
		batch = BATCH_ROWS;
	for (int64_t n = 0; n < batch; n++) {
		r->why = NO_ERROR;
		switch (csv_next(r->csv, &rec, &r->why)) {
		case CSV_RECORD:
			if (!apply(r, rec, err))
				return false;
			break;
		case CSV_BAD:
			if (!reject(r, rec, err))
				return false;
			break;
		case CSV_FAILED: *err = r->why; return false;
		case CSV_END: *ret_more = false; return true;
		}
		r->next_record++;
	}
	return true;
}

static bool
end_batch(struct reader *r, int64_t first, struct oms_error *err)
{
	const struct intake_type *type = r->in.type;

	return type->batch_end == NULL ||
	    type->batch_end(&r->in, first, r->next_record - 1, err);
}

static bool
read_batch(struct reader *r, bool *ret_more, struct stage_result *res,
    struct oms_error *err)
{
	struct run *run = r->in.run;
	const struct file_row *file = r->in.file;
	int64_t first = r->next_record;

	r->batch = (struct counts){ 0 };
	if (!db_begin(run->db, err))
		return false;
	if (!read_rows(r, ret_more, err) || !end_batch(r, first, err) ||
	    !ingest_progress(run, file, r->next_record, csv_offset(r->csv),
		csv_line_no(r->csv), r->batch.applied, r->batch.duplicates,
		r->batch.rejected, err) ||
	    (!*ret_more && !ingest_finish(run, file, err)) ||
	    !db_commit(run->db, "ingest.csv", err)) {
		db_rollback(run->db);
		return false;
	}
	res->done += r->batch.applied;
	res->rejected += r->batch.rejected;
	return true;
}

/* Has the file more malformed rows than the feed allows?  Nothing is done. */
static bool
survey(struct reader *r, struct oms_error *err)
{
	int64_t max = r->in.file->max_rejects, bad = 0;
	const struct csv_record *rec;
	enum csv_result got;

	if (max < 0 || r->in.file->next_offset > 0)
		return true;
	do {
		struct oms_error why = NO_ERROR;

		got = csv_next(r->csv, &rec, &why);
		if (got == CSV_FAILED) {
			*err = why;
			return false;
		}
		if (got == CSV_BAD && ++bad > max) {
			oms_context(&why,
			    "rejected row %lld, and max_rejects "
			    "is %lld; nothing was applied",
			    (long long)bad, (long long)max);
			why.code = OMS_LIMIT;
			r->why = why;
			r->is_dead = true;
			return false;
		}
	} while (got != CSV_END);
	csv_seek(r->csv, 0, 1);
	return true;
}

static bool
load_file(struct reader *r, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->in.run->db, SQL_INTAKE_FILE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", r->in.file->file_id);
	if (!stmt_one(s, err))
		return err->code != OMS_OK
		    ? false
		    : oms_fail(err, OMS_INTERNAL, "file %lld is gone",
			  (long long)r->in.file->file_id);
	r->in.received_ts_us = col_int(s, 0);
	r->rejected = col_int(s, 1);
	r->has_dead = col_int(s, 2) != 0;
	stmt_end(s);
	return true;
}

static bool
open_file(struct reader *r, struct oms_error *err)
{
	const struct file_row *file = r->in.file;
	const struct feed_type *type = feed_type_of(file->type);
	struct csv_schema *schema;

	if (!load_file(r, err))
		return false;
	schema = csv_schema_load(r->ctx, type->schema, err);
	if (schema == NULL)
		return false;
	r->csv = csv_open(r->ctx, file->path, r->in.run->cfg->ring, r->name,
	    schema, &r->why);
	if (r->csv != NULL)
		return true;
	r->is_dead = oms_code_class(r->why.code) == CLASS_REJECT;
	*err = r->why;
	return false;
}

static bool
read_file(struct reader *r, struct stage_result *res, struct oms_error *err)
{
	bool more = true;

	if (!open_file(r, err) || !survey(r, err))
		return false;
	csv_seek(r->csv, r->in.file->next_offset, r->in.file->next_line);
	while (more)
		if (!read_batch(r, &more, res, err))
			return false;
	return true;
}

bool
csv_intake(struct run *run, const struct file_row *file,
    const struct intake_type *type, struct stage_result *res,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "csv_intake");
	struct reader *r = mem_new(ctx, struct reader);
	const char *dot = strchr(file->type, '.');
	bool ok;

	r->in = (struct intake){ .run = run, .file = file, .type = type };
	r->ctx = ctx;
	r->name = mem_printf(ctx, "%s/%s", file->partner,
	    str_show(ctx, file->name, SHOW_BYTES));
	r->what = dot != NULL ? dot + 1 : file->type;
	r->next_record = file->next_record;
	ok = read_file(r, res, err);
	ok = ingest_end(run, file, ok, r->is_dead ? &r->why : NULL, r->worst,
	    res, err);
	mem_free(ctx);
	return ok;
}
