/* dead_ops.c - see dead_ops.h. */

#include "pipeline/dead_ops.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

#include "base/scope.h"
#include "base/str.h"
#include "pipeline/document.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

/* The columns of dead_by_id and dead_open_next, in their order. */
static struct dead_row *
from_columns(struct stmt *s, mem_ctx *ctx)
{
	struct dead_row *d = mem_new(ctx, struct dead_row);

	d->dead_id = col_int(s, 0);
	d->kind = col_dup(s, 1, d);
	d->partner = col_dup(s, 2, d);
	d->feed = col_dup(s, 3, d);
	d->file_id = col_int(s, 4);
	d->record_no = col_int(s, 5);
	d->key = col_dup(s, 6, d);
	d->code = col_dup(s, 7, d);
	d->stage = col_dup(s, 8, d);
	d->where = col_dup(s, 9, d);
	d->reason = col_dup(s, 10, d);
	d->name = col_dup(s, 11, d);
	d->sha256 = col_dup(s, 12, d);
	d->state = col_dup(s, 13, d);
	d->tries = col_int(s, 14);
	d->first_ts_us = col_int(s, 15);
	d->last_ts_us = col_int(s, 16);
	d->resolution = col_dup(s, 17, d);
	d->doc_id = col_int(s, 18);
	return d;
}

struct dead_row *
dead_load(struct db *db, mem_ctx *ctx, int64_t dead_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_DEAD_BY_ID, err);
	struct dead_row *d = NULL;

	if (s == NULL)
		return NULL;
	stmt_int(s, ":dead_id", dead_id);
	if (stmt_one(s, err))
		d = from_columns(s, ctx);
	stmt_end(s);
	if (d == NULL && err->code == OMS_OK)
		oms_fail(err, OMS_NOT_FOUND, "no dead letter %lld",
		    (long long)dead_id);
	return d;
}

struct dead_row *
dead_load_open_after(struct db *db, mem_ctx *ctx, int64_t after,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_DEAD_OPEN_NEXT, err);
	struct dead_row *d = NULL;

	if (s == NULL)
		return NULL;
	stmt_int(s, ":after", after);
	if (stmt_one(s, err))
		d = from_columns(s, ctx);
	stmt_end(s);
	return d;
}

static bool
set_state(struct run *run, int64_t dead_id, const char *state,
    const char *resolution, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_SET_STATE, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":state", state);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":resolution", resolution);
	stmt_int(s, ":dead_id", dead_id);
	return stmt_run(s, NULL, err);
}

/* The bytes to try: the file in deadletter/ as it is now, made a blob. */
static bool
take_view(struct run *run, mem_ctx *row, const struct dead_row *d,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes, int64_t *ret_cards,
    struct oms_error *err)
{
	char *path = mem_printf(row, "%s/deadletter/%s/%s", run->cfg->home,
	    d->partner, d->name);
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *tmp = spool_tmp(run, row);

	*ret_cards = 0;
	if (fd < 0) { /* gone: a person moved it away; the original counts */
		(void)str_copy(ret_sha, FS_SHA_BYTES, d->sha256);
		*ret_bytes = spool_bytes(run, d->sha256);
		return *ret_bytes >= 0 ||
		    oms_fail_errno(err, OMS_IO, "open %s", path);
	}
	return fs_copy_hashed(fd, tmp, INT64_MAX, ret_sha, ret_bytes, err) &&
	    spool_scrub(tmp, NULL, ret_sha, ret_cards, err) &&
	    spool_keep(run, tmp, ret_sha, err);
}

/* The feed that reads it: the one it came by, or the one of its name. */
static const struct feed *
feed_for(const struct run *run, const struct dead_row *d, const char *name)
{
	const struct partner *p = config_partner(run->cfg, d->partner);

	for (size_t i = 0; p != NULL && i < p->feed_count; i++) {
		const struct feed *f = &p->feeds[i];

		if (f->direction != FEED_IN)
			continue;
		if (d->feed[0] != '\0' ? strcmp(f->name, d->feed) == 0
				       : fnmatch(f->pattern, name, 0) == 0)
			return f;
	}
	return NULL;
}

static bool
file_name_of(struct run *run, mem_ctx *row, int64_t file_id, char **ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_BY_ID, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	*ret = stmt_one(s, err) ? col_dup(s, 4, row) : mem_strdup(row, "");
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
retry_bytes(struct run *run, mem_ctx *row, const struct dead_row *d,
    struct oms_error *err)
{
	char sha[FS_SHA_BYTES], *name;
	int64_t bytes = 0, cards, file_id = d->file_id;
	const struct feed *feed;
	bool is_new, ok;

	if (!file_name_of(run, row, d->file_id, &name, err) ||
	    !take_view(run, row, d, sha, &bytes, &cards, err))
		return false;
	feed = feed_for(run, d, name);
	if (feed == NULL)
		return oms_fail(err, OMS_NO_FEED,
		    "no incoming feed of partner %s takes %s", d->partner,
		    name);
	if (!db_begin(run->db, err))
		return false;
	if (strcmp(d->kind, "file") == 0 && strcmp(sha, d->sha256) == 0)
		ok = file_requeue(run, d->file_id, feed->name, feed->type,
		    d->dead_id, err);
	else
		ok = spool_register_child(run, d->partner, feed->name,
		    feed->type, name, sha, bytes, "retry", d->dead_id, &file_id,
		    &is_new, err);
	if (ok && spool_note_cards(run, file_id, d->partner, cards, err) &&
	    set_state(run, d->dead_id, "retried", "", err))
		return db_commit(run->db, "dead.retry", err);
	db_rollback(run->db);
	return false;
}

static bool
retry_remote(struct run *run, const struct dead_row *d, struct oms_error *err)
{
	struct stmt *s;

	if (!db_begin(run->db, err))
		return false;
	s = stmt_begin(run->db, SQL_REMOTE_RETRY_FILE, err);
	if (s != NULL) {
		stmt_text(s, ":partner", d->partner);
		stmt_text(s, ":name", d->key);
		if (stmt_run(s, NULL, err) &&
		    set_state(run, d->dead_id, "resolved", "looked for again",
			err))
			return db_commit(run->db, "dead.retry", err);
	}
	db_rollback(run->db);
	return false;
}

static bool
retry_document(struct run *run, const struct dead_row *d, struct oms_error *err)
{
	if (!document_resend(run, d->doc_id, err) || !db_begin(run->db, err))
		return false;
	if (set_state(run, d->dead_id, "resolved", "sent again", err))
		return db_commit(run->db, "dead.retry", err);
	db_rollback(run->db);
	return false;
}

/* What is resolved or closed stays so, with what was said of it. */
static struct dead_row *
load_waiting(struct run *run, mem_ctx *row, int64_t dead_id,
    struct oms_error *err)
{
	struct dead_row *d = dead_load(run->db, row, dead_id, err);

	if (d == NULL ||
	    (strcmp(d->state, "resolved") != 0 &&
		strcmp(d->state, "closed") != 0))
		return d;
	oms_fail(err, OMS_TRANSITION, "dead letter %lld is %s: %s",
	    (long long)dead_id, d->state, d->resolution);
	return NULL;
}

bool
dead_retry(struct run *run, int64_t dead_id, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = load_waiting(run, row, dead_id, err);
	bool ok = d != NULL;

	if (ok && strcmp(d->state, "retried") == 0)
		ok = true; /* its bytes are taken and wait for the next run */
	else if (ok && strcmp(d->kind, "document") == 0)
		ok = retry_document(run, d, err);
	else if (ok && strcmp(d->kind, "remote") == 0)
		ok = retry_remote(run, d, err);
	else if (ok)
		ok = retry_bytes(run, row, d, err);
	mem_free(row);
	return ok;
}

/* Only one that is dead: rows of another may have gone in. */
static bool
close_file(struct run *run, int64_t file_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FILE_CLOSE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	return stmt_run(s, NULL, err);
}

/* After the commit; what a crash leaves of it is swept by the next run. */
static bool
remove_view(struct run *run, mem_ctx *row, const struct dead_row *d,
    struct oms_error *err)
{
	char *path = mem_printf(row, "%s/deadletter/%s/%s", run->cfg->home,
	    d->partner, d->name);

	return d->name[0] == '\0' ||
	    (fs_remove(mem_printf(row, "%s.why", path), err) &&
		fs_remove(path, err));
}

bool
dead_close(struct run *run, int64_t dead_id, const char *reason,
    struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct dead_row *d = load_waiting(run, row, dead_id, err);
	bool ok = d != NULL && db_begin(run->db, err);

	if (ok) {
		ok = set_state(run, dead_id, "closed", reason, err) &&
		    (strcmp(d->kind, "file") != 0 ||
			close_file(run, d->file_id, err)) &&
		    db_commit(run->db, "dead.close", err);
		if (!ok)
			db_rollback(run->db);
	}
	ok = ok && remove_view(run, row, d, err);
	mem_free(row);
	return ok;
}
