/* deliver_outbox.c - documents for partners who fetch from our outbox. */

#include "pipeline/deliver_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "pipeline/document.h"
#include "pipeline/partner_state.h"
#include "pipeline/spool.h"

enum { OUTBOX_MODE = 0750, DOCUMENT_MODE = 0640 };

static char *
outbox_path(const struct delivery *d, mem_ctx *ctx, const char *name)
{
	return mem_printf(ctx, "%s/outbox/%s/%s", d->run->cfg->home, d->p->id,
	    name);
}

static char *
outbox_part(const struct delivery *d, mem_ctx *ctx, const struct doc *doc)
{
	return outbox_path(d, ctx,
	    mem_printf(ctx, ".%08lld.part", (long long)doc->doc_id));
}

static bool
look_here(const char *path, const struct doc *doc, int64_t *ret_bytes,
    enum sight *ret, struct oms_error *err)
{
	struct stat st;
	bool is_there = lstat(path, &st) == 0;

	if (!is_there && errno != ENOENT && errno != ENOTDIR)
		return oms_fail_errno(err, OMS_IO, "look at %s", path);
	*ret_bytes = is_there ? (int64_t)st.st_size : -1;
	*ret = deliver_sight(*ret_bytes, doc->size_bytes);
	return true;
}

static bool
is_same_here(mem_ctx *row, const char *path, const struct doc *doc)
{
	struct oms_error unread = NO_ERROR;
	char sha[FS_SHA_BYTES];
	size_t n = 0;
	char *text = fs_read(row, path, (size_t)doc->size_bytes, &n, &unread);

	if (text == NULL)
		return false;
	fs_sha_of(text, n, sha);
	return strcmp(sha, doc->sha256) == 0;
}

/* What is the next thing to do with it?  See the resolution table. */
static bool
look_in_outbox(struct delivery *d, mem_ctx *row, struct doc *doc,
    enum sight *ret_part, enum move *ret, struct oms_error *err)
{
	enum sight final = ABSENT;
	int64_t part_bytes;

	if (!look_here(outbox_part(d, row, doc), doc, &part_bytes, ret_part,
		err) ||
	    !look_here(outbox_path(d, row, doc->name), doc, &doc->there_bytes,
		&final, err))
		return false;
	if (final == SAME && doc->size_bytes <= d->p->read_back_bytes &&
	    !is_same_here(row, outbox_path(d, row, doc->name), doc))
		final = LONG; /* another file, of the size of ours */
	*ret = deliver_resolve(false, *ret_part, final, deliver_phase(doc));
	return true;
}

/* O5: a copy beside our blob; the partner may change it or delete it. */
static bool
put_part(struct delivery *d, mem_ctx *row, const struct doc *doc,
    struct oms_error *err)
{
	char *part = outbox_part(d, row, doc);

	return fs_mkdir(outbox_path(d, row, "."), OUTBOX_MODE, err) &&
	    fs_remove(part, err) &&
	    spool_copy(d->run, doc->sha256, part, DOCUMENT_MODE, err) &&
	    fs_sync_dir_of(part, err);
}

/* The folder cannot be used now: the other partners go on. */
static bool
not_now(struct delivery *d, const struct doc *doc, struct oms_error *why,
    struct oms_error *err)
{
	if (oms_code_class(why->code) == CLASS_STOP) {
		*err = *why;
		return false;
	}
	deliver_say(d, doc, LOG_WARN_, "document.not_now", why->reason);
	partner_note(d->res, why->code);
	d->res->waiting++;
	deliver_stop_type(d, doc);
	return true;
}

/* What is to be published goes to *out; what cannot be rests. */
static bool
prepare(struct delivery *d, mem_ctx *row, struct doc *doc, struct doc_list *out,
    struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	enum sight part = ABSENT;
	enum move move = HOLD;
	bool is_new;

	if (!look_in_outbox(d, row, doc, &part, &move, &why))
		return not_now(d, doc, &why, err);
	/* Announced with a whole part beside it: only the rename is left. */
	is_new = deliver_phase(doc) == SENDING;
	if (move == UPLOAD && !is_new && part != SAME)
		move = HOLD;
	if (move == WAIT) /* no server here that could be at work still */
		move = HOLD;
	if (move == HOLD || move == UNCERTAIN)
		return deliver_unclear(d, doc, move, err);
	if (move == UPLOAD && is_new && !deliver_check_copy(d, doc, &why))
		return why.code == OMS_INTERNAL ? deliver_hold_cut(d, doc, err)
						: not_now(d, doc, &why, err);
	if (move == UPLOAD && is_new && !put_part(d, row, doc, &why))
		return not_now(d, doc, &why, err);
	(void)str_copy(doc->state, sizeof(doc->state), "publishing");
	deliver_add(d->ctx, out, doc);
	return true;
}

static bool
prepare_all(struct delivery *d, struct doc_list *work, struct doc_list *out,
    struct oms_error *err)
{
	bool ok = true, early = false;

	for (size_t i = 0; ok && i < work->count; i++) {
		mem_ctx *row = mem_ctx_new(NULL, "row");
		struct doc *doc = &work->doc[i];

		/* Those before it are here or stopped. */
		if (d->stopped_count > 0)
			ok = deliver_too_early(d, doc, &early, err);
		if (ok && (early || deliver_is_stopped(d, doc)))
			d->res->waiting++;
		else if (ok)
			ok = prepare(d, row, doc, out, err);
		mem_free(row);
	}
	return ok;
}

/* O7: all of them announced in one transaction. */
static bool
announce_all(struct delivery *d, const struct doc_list *out,
    struct oms_error *err)
{
	bool ok = db_begin(d->run->db, err);

	for (size_t i = 0; ok && i < out->count; i++)
		ok = deliver_put(d, &out->doc[i], "", "", err);
	if (ok)
		return db_commit(d->run->db, "deliver.announced", err);
	db_rollback(d->run->db);
	return false;
}

static bool
publish_all(struct delivery *d, const struct doc_list *out,
    struct oms_error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < out->count; i++) {
		mem_ctx *row = mem_ctx_new(NULL, "row");
		const struct doc *doc = &out->doc[i];
		char *part = outbox_part(d, row, doc);
		char *final = outbox_path(d, row, doc->name);

		/* Adopted: the name is there, and perhaps our part beside. */
		ok = doc->there_bytes >= 0 ? fs_remove(part, err)
					   : fs_publish(part, final, err);
		mem_free(row);
	}
	return ok;
}

/* O9 */
static bool
all_sent(struct delivery *d, const struct doc_list *out, struct oms_error *err)
{
	bool ok = db_begin(d->run->db, err);

	for (size_t i = 0; ok && i < out->count; i++)
		ok = document_mark_sent(d->run, out->doc[i].doc_id, err);
	if (ok) {
		d->res->done += (int64_t)out->count;
		return db_commit(d->run->db, "deliver.outbox", err);
	}
	db_rollback(d->run->db);
	return false;
}

/*
 * Once a document has its name in the outbox its partner may take it, so the
 * same steps are needed as for one far away.
 */
bool
deliver_outbox(struct delivery *d, struct oms_error *err)
{
	struct doc_list work = { 0 }, out = { 0 };

	if (!deliver_load(d, &work, err) || !prepare_all(d, &work, &out, err))
		return false;
	return out.count == 0 ||
	    (announce_all(d, &out, err) && publish_all(d, &out, err) &&
		all_sent(d, &out, err));
}
