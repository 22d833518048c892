/* reconcile.c - what partners show, and taking it again: see reconcile.h. */

#include "pipeline/reconcile_internal.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "base/str.h"
#include "pipeline/edi_out.h"
#include "pipeline/emit.h"
#include "pipeline/feed_match.h"
#include "pipeline/inbox.h"
#include "pipeline/partner_state.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum { ID_DIGITS = 8, TYPE_BYTES = 40, SECOND_US = 1000000 };

/* A file that was taken in the forgotten time. */
struct input {
	const struct partner *p;
	const struct feed *feed;
	const char *dir;   /* where it lies now */
	const char *there; /* under that name */
	char *name;        /* its name when it came */
	int64_t file_id;   /* that it had; 0 unknown */
	bool is_taken;
	int64_t bytes;
	int64_t mtime_s;
	int64_t cards; /* that were taken out of it */
	char sha256[FS_SHA_BYTES];
};

/* A document there that we do not know. */
struct stranger {
	const struct partner *p;
	const char *name;
	const char *type;
	int64_t number;
	int64_t ts_us;
};

struct reconcile *
reconcile_new(mem_ctx *ctx, struct run *run, int64_t restored_us,
    reconcile_tell_fn *tell, void *u)
{
	struct reconcile *r = mem_new(ctx, struct reconcile);

	r->run = run;
	r->tell = tell;
	r->u = u;
	r->ctx = r;
	r->restored_us = restored_us;
	return r;
}

void
reconcile_say(struct reconcile *r, const char *code, const char *object,
    const char *message)
{
	r->tell(r->u, code, object, message);
}

/* One more element of an array that belongs to r. */
static void *
add(struct reconcile *r, void *array, size_t *count, size_t *room, size_t size)
{
	void **p = array;

	if (*count == *room) {
		*room = *room == 0 ? 64 : 2 * *room;
		*p = mem_resize(r->ctx, *p, *room * size);
	}
	return (char *)*p + size * (*count)++;
}

/* ---- what was taken ------------------------------------------------------ */

/* "orders.xml.00000012": the name it came under, and the id that it got. */
static bool
parse_archived(mem_ctx *ctx, const char *there, char **ret_name,
    int64_t *ret_id)
{
	const char *dot = strrchr(there, '.');
	struct oms_error not_ours = NO_ERROR;

	if (dot == NULL || dot == there || strlen(dot + 1) < ID_DIGITS ||
	    strspn(dot + 1, "0123456789") != strlen(dot + 1) ||
	    !num_parse_int(dot + 1, 1, INT64_MAX, ret_id, &not_ours))
		return false;
	*ret_name = mem_strndup(ctx, there, (size_t)(dot - there));
	return str_is_safe_name(*ret_name);
}

static bool
is_known_file(struct reconcile *r, const struct partner *p, const char *name,
    int64_t file_id, bool *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RECONCILE_KNOWN_FILE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", file_id);
	stmt_text(s, ":partner", p->id);
	stmt_text(s, ":name", name);
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
fetch(struct reconcile *r, struct partner_call *call, struct input *in,
    struct oms_error *net, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	char *tmp = spool_tmp(r->run, row);
	bool ok = true;

	if (transport_get(call->session, in->dir, in->there, in->bytes,
		in->mtime_s, in->feed->max_bytes, tmp, in->sha256, net))
		ok = spool_scrub(tmp, in->feed, in->sha256, &in->cards, err) &&
		    spool_keep(r->run, tmp, in->sha256, err);
	mem_free(row);
	return ok;
}

/* One name in an archive folder, or in a folder that nothing is moved from. */
static bool
look_at_input(struct reconcile *r, struct partner_call *call,
    const struct feed *f, const char *dir, const struct remote_entry *e,
    struct oms_error *net, struct oms_error *err)
{
	struct input in = { .p = call->p,
		.dir = dir,
		.bytes = e->size_bytes,
		.mtime_s = e->mtime_s };
	bool is_known = false;

	if (!parse_archived(r->ctx, e->name, &in.name, &in.file_id))
		return true;
	in.feed = feed_match(call->p, f->dir, in.name);
	if (in.feed == NULL || strcmp(in.feed->archive_dir, dir) != 0)
		return true;
	if (in.file_id > r->max_file_id)
		r->max_file_id = in.file_id;
	if (!is_known_file(r, call->p, in.name, in.file_id, &is_known, err))
		return false;
	if (is_known)
		return true;
	in.there = mem_strdup(r->ctx, e->name);
	if (!fetch(r, call, &in, net, err) || net->code != OMS_OK)
		return err->code == OMS_OK;
	*(struct input *)add(r, &r->input, &r->input_count, &r->input_room,
	    sizeof(in)) = in;
	return true;
}

static bool
is_known_remote(struct reconcile *r, const struct input *in, bool *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RECONCILE_KNOWN_REMOTE,
	    err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->p->id);
	stmt_text(s, ":dir", in->dir);
	stmt_text(s, ":name", in->name);
	stmt_int(s, ":size_bytes", in->bytes);
	stmt_int(s, ":mtime_s", in->mtime_s);
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

/* One name in the folder of a feed that keeps: it may have been taken. */
static bool
look_at_kept(struct reconcile *r, struct partner_call *call,
    const struct feed *f, const struct remote_entry *e, struct oms_error *net,
    struct oms_error *err)
{
	struct input in = { .p = call->p,
		.feed = f,
		.dir = f->dir,
		.bytes = e->size_bytes,
		.mtime_s = e->mtime_s };
	bool is_known = false;

	if (feed_match(call->p, f->dir, e->name) != f ||
	    !str_is_safe_name(e->name) || e->size_bytes > f->max_bytes ||
	    e->mtime_s > r->restored_us / SECOND_US)
		return true;
	in.name = mem_strdup(r->ctx, e->name);
	in.there = in.name;
	if (!is_known_remote(r, &in, &is_known, err))
		return false;
	if (is_known)
		return true;
	if (!fetch(r, call, &in, net, err) || net->code != OMS_OK)
		return err->code == OMS_OK;
	*(struct input *)add(r, &r->input, &r->input_count, &r->input_room,
	    sizeof(in)) = in;
	return true;
}

static bool
look_at_keeping_feed(struct reconcile *r, struct partner_call *call,
    const struct feed *f, struct oms_error *net, struct oms_error *err)
{
	struct remote_entry *entry;
	size_t count, skipped;
	bool ok = true;

	if (!transport_list(call->session, r->ctx, f->dir, &entry, &count,
		&skipped, net))
		return true;
	for (size_t i = 0; ok && net->code == OMS_OK && i < count; i++)
		ok = look_at_kept(r, call, f, &entry[i], net, err);
	return ok;
}

/* Is that folder listed for an earlier feed of the partner? */
static bool
is_archive_listed(const struct partner *p, size_t feed)
{
	const struct feed *f = &p->feeds[feed];

	for (size_t i = 0; i < feed; i++)
		if (p->feeds[i].direction == FEED_IN &&
		    p->feeds[i].after == AFTER_ARCHIVE &&
		    strcmp(p->feeds[i].archive_dir, f->archive_dir) == 0 &&
		    strcmp(p->feeds[i].dir, f->dir) == 0)
			return true;
	return false;
}

static bool
look_at_feed_in(struct reconcile *r, struct partner_call *call, size_t feed,
    struct oms_error *net, struct oms_error *err)
{
	const struct feed *f = &call->p->feeds[feed];
	struct remote_entry *entry;
	size_t count, skipped;
	bool ok = true;

	if (f->after == AFTER_KEEP)
		return look_at_keeping_feed(r, call, f, net, err);
	if (f->after == AFTER_DELETE) {
		reconcile_say(r, "input.unseen",
		    mem_printf(r->ctx, "%s.%s", call->p->id, f->name),
		    "what it takes is removed there: ask the partner for the "
		    "files it gave since the backup, put them into inbox/, "
		    "and run oms recover again");
		return true;
	}
	if (is_archive_listed(call->p, feed))
		return true;
	if (!transport_list(call->session, r->ctx, f->archive_dir, &entry,
		&count, &skipped, net)) {
		if (net->code == OMS_NOT_FOUND) /* nothing was moved there */
			*net = NO_ERROR;
		return true;
	}
	for (size_t i = 0; ok && net->code == OMS_OK && i < count; i++)
		ok = look_at_input(r, call, f, f->archive_dir, &entry[i], net,
		    err);
	return ok;
}

/* ---- what was sent ------------------------------------------------------- */

/* SHIP_wms-east_00000012_20260328T020000Z.xml */
static bool
parse_document(mem_ctx *ctx, const struct partner *p, const char *name,
    struct stranger *ret)
{
	char *copy = mem_strdup(ctx, name), *rest = copy, *part[4];
	struct oms_error not_ours = NO_ERROR;

	for (int i = 0; i < 4; i++) {
		part[i] = strsep(&rest, "_");
		if (part[i] == NULL)
			return false;
	}
	part[3][strcspn(part[3], ".")] = '\0';
	*ret = (struct stranger){ .p = p,
		.name = name,
		.type = emit_type_of_prefix(part[0]) };
	if (rest != NULL || ret->type == NULL || strcmp(part[1], p->id) != 0 ||
	    strlen(part[3]) != 16 || part[3][8] != 'T')
		return false;
	return num_parse_int(part[2], 1, INT64_MAX, &ret->number, &not_ours) &&
	    num_parse_ts(mem_printf(ctx, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ",
			     part[3], part[3] + 4, part[3] + 6, part[3] + 9,
			     part[3] + 11, part[3] + 13),
		&ret->ts_us, &not_ours);
}

static bool
is_known_document(struct reconcile *r, const struct partner *p,
    const char *name, bool *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RECONCILE_KNOWN_NAME, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":partner", p->id);
	stmt_text(s, ":name", name);
	*ret = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

static void
add_time(struct reconcile *r, int64_t ts_us)
{
	size_t at = 0;

	while (at < r->time_count && r->time_us[at] < ts_us)
		at++;
	if (at < r->time_count && r->time_us[at] == ts_us)
		return;
	r->time_us = mem_resize(r->ctx, r->time_us,
	    (r->time_count + 1) * sizeof(*r->time_us));
	memmove(&r->time_us[at + 1], &r->time_us[at],
	    (r->time_count - at) * sizeof(*r->time_us));
	r->time_us[at] = ts_us;
	r->time_count++;
}

static bool
look_at_document(struct reconcile *r, const struct partner *p, const char *name,
    struct oms_error *err)
{
	struct stranger s;
	bool is_known;

	if (!parse_document(r->ctx, p, name, &s))
		return true;
	if (!is_known_document(r, p, name, &is_known, err))
		return false;
	if (is_known)
		return true;
	add_time(r, s.ts_us);
	*(struct stranger *)add(r, &r->stranger, &r->stranger_count,
	    &r->stranger_room, sizeof(s)) = s;
	return true;
}

const struct folder *
reconcile_folder(const struct reconcile *r, const struct partner *p,
    const char *dir)
{
	for (size_t i = 0; i < r->folder_count; i++)
		if (r->folder[i].p == p && strcmp(r->folder[i].dir, dir) == 0)
			return &r->folder[i];
	return NULL;
}

static bool
add_folder(struct reconcile *r, const struct folder *f, struct oms_error *err)
{
	*(struct folder *)add(r, &r->folder, &r->folder_count, &r->folder_room,
	    sizeof(*f)) = *f;
	for (size_t i = 0; i < f->count; i++)
		if (!look_at_document(r, f->p, f->entry[i].name, err))
			return false;
	return true;
}

static bool
look_at_feed_out(struct reconcile *r, struct partner_call *call,
    const struct feed *f, struct oms_error *net, struct oms_error *err)
{
	struct folder found = { .p = call->p, .dir = f->dir };
	size_t skipped;

	if (reconcile_folder(r, call->p, f->dir) != NULL)
		return true;
	if (!transport_list(call->session, r->ctx, f->dir, &found.entry,
		&found.count, &skipped, net))
		return true;
	return add_folder(r, &found, err);
}

/* Our own outbox is the folder of a partner that fetches. */
static bool
look_at_outbox(struct reconcile *r, const struct partner *p,
    struct oms_error *err)
{
	struct folder found = { .p = p, .dir = "" };
	char *dir = mem_printf(r->ctx, "%s/outbox/%s", r->run->cfg->home,
	    p->id);
	struct dirent **e = NULL;
	int n = scandir(dir, &e, NULL, alphasort);
	struct stat st;

	found.entry = mem_array(r->ctx, struct remote_entry,
	    (size_t)(n > 0 ? n : 1));
	for (int i = 0; i < n; i++) {
		if (e[i]->d_name[0] != '.' &&
		    lstat(fs_path(r->ctx, dir, e[i]->d_name), &st) == 0 &&
		    S_ISREG(st.st_mode))
			found.entry[found.count++] = (struct remote_entry){
				.name = mem_strdup(r->ctx, e[i]->d_name),
				.size_bytes = st.st_size
			};
		free(e[i]);
	}
	free(e);
	return add_folder(r, &found, err);
}

/* ---- the look ------------------------------------------------------------ */

static bool
unreached(struct reconcile *r, const struct partner *p, const char *why)
{
	r->unreached++;
	reconcile_say(r, "partner.unreached", p->id, why);
	return true;
}

/* Everything that one partner shows us; *net is what stopped it. */
static bool
look_at_feeds(struct reconcile *r, struct partner_call *call,
    struct oms_error *net, struct oms_error *err)
{
	const struct partner *p = call->p;
	bool ok = true;

	for (size_t i = 0; ok && net->code == OMS_OK && i < p->feed_count; i++)
		ok = p->feeds[i].direction == FEED_IN
		    ? look_at_feed_in(r, call, i, net, err)
		    : look_at_feed_out(r, call, &p->feeds[i], net, err);
	return ok;
}

static bool
call_partner(struct reconcile *r, mem_ctx *ctx, const struct partner *p,
    struct oms_error *err)
{
	struct stage_result res = { 0 };
	struct partner_call *call = NULL;
	struct oms_error net = NO_ERROR;

	if (!partner_call_open(r->run, p, "recover", &res, ctx, &call, err))
		return false;
	if (call == NULL)
		return unreached(r, p,
		    res.note[0] != '\0' ? res.note
					: "it is not called now: oms status");
	if (!look_at_feeds(r, call, &net, err))
		return false;
	if (net.code == OMS_OK)
		return partner_call_end(call, err);
	(void)unreached(r, p, net.reason);
	return partner_survives(net.code) ? partner_call_end(call, err)
					  : partner_call_lost(call, &net, err);
}

/* The context is the call's: with it the partner's lock goes. */
static bool
look_at_partner(struct reconcile *r, const struct partner *p,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "call");
	bool ok = partner_is_remote(p) ? call_partner(r, ctx, p, err)
				       : look_at_outbox(r, p, err);

	mem_free(ctx);
	return ok;
}

bool
reconcile_look(struct reconcile *r, size_t *ret_unreached,
    struct oms_error *err)
{
	const struct config *cfg = r->run->cfg;

	for (size_t i = 0; i < cfg->partner_count; i++)
		if (!look_at_partner(r, &cfg->partners[i], err))
			return oms_context(err, "look at %s",
			    cfg->partners[i].id);
	*ret_unreached = r->unreached;
	return true;
}

const int64_t *
reconcile_times(const struct reconcile *r, size_t *ret_count)
{
	*ret_count = r->time_count;
	return r->time_us;
}

/* ---- take it again ------------------------------------------------------- */

static int
by_file_id(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if (x->file_id != y->file_id)
		return x->file_id < y->file_id ? -1 : 1;
	if (x->mtime_s != y->mtime_s)
		return x->mtime_s < y->mtime_s ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool
raise_counter(struct reconcile *r, const char *name, int64_t value,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, SQL_RECONCILE_COUNTER, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":value", value);
	stmt_text(s, ":name", name);
	return stmt_run(s, NULL, err);
}

static bool
add_remote(struct reconcile *r, const struct input *in, int64_t file_id,
    struct oms_error *err)
{
	int64_t remote_id;
	struct stmt *s;

	if (!db_next(r->run->db, "remote", &remote_id, err) ||
	    (s = stmt_begin(r->run->db, SQL_RECONCILE_REMOTE_ADD, err)) == NULL)
		return false;
	stmt_int(s, ":remote_id", remote_id);
	stmt_text(s, ":partner", in->p->id);
	stmt_text(s, ":feed", in->feed->name);
	stmt_text(s, ":dir", in->feed->dir);
	stmt_text(s, ":name", in->name);
	stmt_int(s, ":size_bytes", in->bytes);
	stmt_int(s, ":mtime_s", in->mtime_s);
	stmt_int(s, ":ts_us", r->run->now_us);
	stmt_int(s, ":file_id", file_id);
	return stmt_run(s, NULL, err);
}

/* Under the id it had, so that all that comes of it has its old numbers. */
static bool
take(struct reconcile *r, const struct input *in, struct oms_error *err)
{
	int64_t file_id;
	bool is_new;

	if (!db_begin(r->run->db, err))
		return false;
	if ((in->file_id == 0 ||
		raise_counter(r, "file", in->file_id - 1, err)) &&
	    spool_register(r->run, in->p->id, in->feed->name, in->feed->type,
		in->name, in->sha256, in->bytes, "recover", &file_id, &is_new,
		err) &&
	    spool_note_cards(r->run, file_id, in->p->id, in->cards, err) &&
	    add_remote(r, in, file_id, err))
		return db_commit(r->run->db, "recover.taken", err);
	db_rollback(r->run->db);
	return false;
}

static bool
count(struct reconcile *r, enum sql_id id, int64_t *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(r->run->db, id, err);

	if (s == NULL)
		return false;
	*ret = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

/* What was taken out of an archive has its order: none goes before another. */
static bool
take_until(struct reconcile *r, int64_t until_us, bool archived,
    struct oms_error *err)
{
	for (size_t i = 0; i < r->input_count; i++) {
		struct input *in = &r->input[i];

		if (in->is_taken || (in->file_id != 0) != archived)
			continue;
		if (in->mtime_s > until_us / SECOND_US && archived)
			break;
		if (in->mtime_s > until_us / SECOND_US)
			continue;
		if (!take(r, in, err))
			return oms_context(err, "take %s again", in->there);
		in->is_taken = true;
		reconcile_say(r, "input.again",
		    mem_printf(r->ctx, "%s: %s", in->p->id, in->name),
		    archived
			? "taken since the backup; fetched again from the "
			  "archive"
			: "it lay there when the home was restored, and may "
			  "have been taken since the backup");
	}
	return true;
}

static bool
take_inbox(struct reconcile *r, struct oms_error *err)
{
	struct stage_result res = { 0 };

	if (r->inbox_done)
		return true;
	r->inbox_done = true;
	return inbox_collect(r->run, &res, err);
}

/*
 * A run takes its inbox before it calls partners: then the ids that the
 * archives show leave room for it.
 */
static bool
has_room_before(struct reconcile *r, bool *ret, struct oms_error *err)
{
	int64_t last_id;

	*ret = true;
	if (!count(r, SQL_RECONCILE_LAST_FILE, &last_id, err))
		return false;
	for (size_t i = 0; i < r->input_count; i++)
		*ret = *ret && r->input[i].file_id != last_id + 1;
	return true;
}

bool
reconcile_take(struct reconcile *r, int64_t until_us, int64_t *ret_work,
    struct oms_error *err)
{
	bool inbox_first;

	if (r->input_count > 1)
		qsort(r->input, r->input_count, sizeof(*r->input), by_file_id);
	return has_room_before(r, &inbox_first, err) &&
	    (!inbox_first || take_inbox(r, err)) &&
	    take_until(r, until_us, true, err) &&
	    take_until(r, until_us, false, err) && take_inbox(r, err) &&
	    count(r, SQL_RECONCILE_WORK, ret_work, err);
}

/* ---- the end ------------------------------------------------------------- */

/* Its control numbers are the partner's, too: a gap does no harm. */
static bool
skip_controls(struct reconcile *r, const struct stranger *s,
    struct oms_error *err)
{
	struct stmt *q;
	bool is_known;

	if (!edi_out_is_name(s->name))
		return true;
	if (!is_known_document(r, s->p, s->name, &is_known, err))
		return false;
	q = is_known ? NULL : stmt_begin(r->run->db, SQL_EDI_OUT_SKIP, err);
	if (q == NULL)
		return is_known;
	stmt_text(q, ":partner", s->p->id);
	return stmt_run(q, NULL, err);
}

static bool
raise_number(struct reconcile *r, const struct stranger *s,
    struct oms_error *err)
{
	struct stmt *q = stmt_begin(r->run->db, SQL_RECONCILE_MAX_NUMBER, err);

	if (q == NULL)
		return false;
	stmt_text(q, ":partner", s->p->id);
	stmt_text(q, ":type", s->type);
	stmt_int(q, ":value", s->number);
	return stmt_run(q, NULL, err) && skip_controls(r, s, err);
}

static bool
tell_strangers(struct reconcile *r, int64_t *ret, struct oms_error *err)
{
	for (size_t i = 0; i < r->stranger_count; i++) {
		const struct stranger *s = &r->stranger[i];
		bool is_known;

		if (!is_known_document(r, s->p, s->name, &is_known, err))
			return false;
		*ret += !is_known;
		if (!is_known)
			reconcile_say(r, "document.unknown",
			    mem_printf(r->ctx, "%s: %s", s->p->id, s->name),
			    "sent since the backup, and nothing that was found "
			    "makes it again: put what came by hand back into "
			    "inbox/, and run oms recover again");
	}
	return true;
}

static bool
raise_numbers(struct reconcile *r, struct oms_error *err)
{
	bool ok = raise_counter(r, "file", r->max_file_id, err);

	for (size_t i = 0; ok && i < r->stranger_count; i++)
		ok = raise_number(r, &r->stranger[i], err);
	return ok;
}

bool
reconcile_end(struct reconcile *r, bool accept, int64_t *ret_unknown,
    int64_t *ret_waiting, struct oms_error *err)
{
	int64_t strangers = 0;

	if (!db_begin(r->run->db, err))
		return false;
	if (tell_strangers(r, &strangers, err) &&
	    count(r, SQL_RECONCILE_CONFLICTS, ret_unknown, err) &&
	    count(r, SQL_RECONCILE_UNCERTAIN, ret_waiting, err)) {
		*ret_unknown += strangers;
		if ((*ret_unknown > 0 && !accept) || raise_numbers(r, err))
			return db_commit(r->run->db, "recover.numbers", err);
	}
	db_rollback(r->run->db);
	return false;
}
