/*
 * ingest_orders.c - order files of SFCC into the store.
 *
 * Threads read ahead: each cuts a batch of records out of the file, one thread
 * at a time, then parses, checks and maps them beside the others, while the
 * batch before is written.  Batches are written in the order of the file, so
 * what is stored does not depend on timing.
 *
 * What a known order number means is the business of order_intake.h; a
 * conflict becomes a dead letter for a person.
 */

#include "pipeline/ingest.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "mappers/order_hash.h"
#include "mappers/sfcc_order.h"
#include "parsers/xml_record.h"
#include "pipeline/order_intake.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum {
	READERS = 2,                /* together about as fast as the writer */
	BATCHES = READERS + 1,      /* one is being written */
	BATCH_MAX_BYTES = 16 << 20, /* as cut: then it is full */
	CUT_BLOCK_BYTES = 1 << 20,
	BLOCK_BYTES = 64 << 10,
	COMMENT_BYTES = 1000
};

/* One record, and what became of it while it was read. */
struct item {
	int64_t record_no;
	int64_t byte_off;
	int64_t byte_len;
	int64_t line;
	const char *key;
	const char *note;
	struct xml_record *cut;      /* as it came out of the file */
	const struct oms_error *why; /* rejected; NULL: order is whole */
	struct order order;
	char content_hash[HASH_BYTES];
	char basket_hash[HASH_BYTES];
	char sha256[FS_SHA_BYTES]; /* of a rejected record, kept in the spool */
};

struct batch {
	struct arena *cuts; /* records and their bytes */
	struct arena *a;    /* what they became */
	struct item *items;
	size_t count;
	size_t room;
	int64_t next_record; /* where the file goes on behind it */
	int64_t next_offset;
	int64_t next_line;
	bool is_last;
	bool is_read;
	struct oms_error err; /* reading failed behind its items */
};

/* A thread, and what nobody else touches while it runs. */
struct reader {
	struct reading *of;
	struct xml_parser *parser;
	struct arena *tree;
	pthread_t thread;
};

struct reading {
	int64_t tolerance_minor;
	struct batch batches[BATCHES];
	struct reader readers[READERS];
	size_t reader_count;

	pthread_mutex_t cutting; /* guards the file and at_end */
	struct xml_file *file;
	bool at_end;

	pthread_mutex_t lock; /* guards these, and is_read of the batches */
	pthread_cond_t moved;
	size_t taken; /* batches given to a reader so far */
	size_t freed; /* batches written so far */
	bool is_stopped;
};

struct counts {
	int64_t applied;
	int64_t duplicates;
	int64_t rejected;
};

/* The writer: one file on its way into the store. */
struct intake {
	struct run *run;
	const struct file_row *file;
	const struct xml_file *xml;
	struct order_intake orders;
	bool is_careful;   /* a savepoint for each record */
	struct counts now; /* in this transaction */
	int64_t rejected_before;
};

/* ------------------------------------------------------------- reading */

static const struct oms_error *
keep_error(struct arena *a, const struct oms_error *err)
{
	struct oms_error *kept = arena_zero(a, sizeof(*kept));

	*kept = *err;
	return kept;
}

static void
cut_item(struct batch *b, const struct xml_record *rec)
{
	struct xml_record *cut = arena_array(b->cuts, struct xml_record, 1);

	*cut = *rec;
	if (rec->bytes != NULL)
		cut->bytes = arena_strndup(b->cuts, rec->bytes,
		    (size_t)rec->byte_len);
	b->items[b->count++] = (struct item){ .cut = cut,
		.record_no = rec->record_no,
		.byte_off = rec->byte_off,
		.byte_len = rec->byte_len,
		.line = rec->line,
		.key = cut->key };
}

static void
cut_batch(struct reading *g, struct batch *b)
{
	struct xml_record rec;

	b->count = 0;
	b->err = NO_ERROR;
	b->is_last = false;
	arena_reset(b->cuts);
	while (b->count < b->room && arena_bytes(b->cuts) < BATCH_MAX_BYTES) {
		if (!xml_file_next(g->file, &rec, &b->err)) {
			b->is_last = g->at_end = true;
			break;
		}
		cut_item(b, &rec);
	}
	xml_file_tell(g->file, &b->next_record, &b->next_offset, &b->next_line);
}

static void
read_item(struct reader *r, struct batch *b, struct item *it)
{
	const struct reading *g = r->of;
	struct oms_error why = NO_ERROR;
	const struct xml_node *tree;

	arena_reset(r->tree);
	if (xml_parse(r->parser, g->file, it->cut, r->tree, &tree, &why) &&
	    sfcc_order_map(b->a, tree, g->tolerance_minor, &it->order, &why)) {
		order_content_hash(&it->order, it->content_hash);
		order_basket_hash(&it->order, it->basket_hash);
		it->key = it->order.order_no;
	} else {
		it->why = keep_error(b->a, &why);
	}
	it->note = it->cut->note;
}

/* A batch to be filled, in turn; NULL: nobody wants it any more. */
static struct batch *
await_free(struct reading *g)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&g->lock);
	while (g->taken - g->freed == BATCHES && !g->is_stopped)
		pthread_cond_wait(&g->moved, &g->lock);
	if (!g->is_stopped)
		b = &g->batches[g->taken++ % BATCHES];
	pthread_mutex_unlock(&g->lock);
	return b;
}

/* The batches are taken in the order in which their records are cut. */
static struct batch *
next_batch(struct reading *g)
{
	struct batch *b;

	pthread_mutex_lock(&g->cutting);
	b = g->at_end ? NULL : await_free(g);
	if (b != NULL)
		cut_batch(g, b);
	pthread_mutex_unlock(&g->cutting);
	return b;
}

static void *
read_ahead(void *u)
{
	struct reader *r = u;
	struct reading *g = r->of;
	struct batch *b;

	while ((b = next_batch(g)) != NULL) {
		arena_reset(b->a);
		for (size_t i = 0; i < b->count; i++)
			read_item(r, b, &b->items[i]);
		pthread_mutex_lock(&g->lock);
		b->is_read = true;
		pthread_cond_broadcast(&g->moved);
		pthread_mutex_unlock(&g->lock);
	}
	return NULL;
}

static struct batch *
await_batch(struct reading *g)
{
	struct batch *b = &g->batches[g->freed % BATCHES];

	pthread_mutex_lock(&g->lock);
	while (!b->is_read)
		pthread_cond_wait(&g->moved, &g->lock);
	pthread_mutex_unlock(&g->lock);
	return b;
}

static void
give_back(struct reading *g, struct batch *b)
{
	pthread_mutex_lock(&g->lock);
	b->is_read = false;
	g->freed++;
	pthread_cond_broadcast(&g->moved);
	pthread_mutex_unlock(&g->lock);
}

static void
stop_reading(struct reading *g)
{
	pthread_mutex_lock(&g->lock);
	g->is_stopped = true;
	pthread_cond_broadcast(&g->moved);
	pthread_mutex_unlock(&g->lock);
	for (size_t i = 0; i < g->reader_count; i++)
		(void)pthread_join(g->readers[i].thread, NULL);
}

/* One reader is enough; more only make it faster. */
static bool
start_reading(struct reading *g, struct oms_error *err)
{
	for (size_t i = 0; i < READERS; i++, g->reader_count++)
		if (pthread_create(&g->readers[i].thread, NULL, read_ahead,
			&g->readers[i]) != 0)
			break;
	return g->reader_count > 0 ||
	    oms_fail(err, OMS_IO, "no thread to read ahead");
}

/* No two threads take memory from one context: every reader has its own, and
   a batch belongs to one thread at a time. */
static struct reading *
reading_new(mem_ctx *ctx, const struct config *cfg, const struct file_row *file,
    struct oms_error *err)
{
	struct reading *g = mem_new(ctx, struct reading);
	size_t room = cfg->batch_orders < 1 ? 1 : (size_t)cfg->batch_orders;

	g->tolerance_minor = cfg->totals_tolerance_minor;
	for (size_t i = 0; i < READERS; i++) {
		struct reader *r = &g->readers[i];

		r->of = g;
		r->parser = xml_parser_new(g, &sfcc_order_vocabulary, err);
		if (r->parser == NULL)
			return NULL;
		r->tree = arena_new(g, BLOCK_BYTES);
	}
	g->file = xml_file_open(g, file->path, cfg->ring,
	    &sfcc_order_vocabulary, err);
	if (g->file == NULL ||
	    !xml_file_seek(g->file, file->next_record, file->next_offset,
		file->next_line, err))
		return NULL;
	for (size_t i = 0; i < BATCHES; i++) {
		g->batches[i].cuts = arena_new(g, CUT_BLOCK_BYTES);
		g->batches[i].a = arena_new(g, BLOCK_BYTES);
		g->batches[i].items = mem_array(g, struct item, room);
		g->batches[i].room = room;
	}
	pthread_mutex_init(&g->cutting, NULL);
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->moved, NULL);
	return g;
}

static bool
add_record(struct intake *in, const struct item *it, const char *state,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_RECORD_ADD, err);
	const struct order *o = &it->order; /* mapped, unless there is a why */

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", in->file->file_id);
	stmt_int(s, ":record_no", it->record_no);
	stmt_int(s, ":byte_off", it->byte_off);
	stmt_int(s, ":byte_len", it->byte_len);
	stmt_int(s, ":line_no", it->line);
	stmt_text(s, ":key", it->key);
	stmt_text(s, ":state", state);
	stmt_text(s, ":note", it->note);
	stmt_opt_int(s, ":total_minor",
	    it->why == NULL ? o->total.net_minor + o->total.tax_minor
			    : INT64_MIN);
	stmt_opt_text(s, ":currency", it->why == NULL ? o->currency : NULL);
	return stmt_run(s, NULL, err);
}

/* ------------------------------------------------------ dead letters */

/*
 * The document with a comment at its end that says what is wrong: in ASCII,
 * for nobody knows its encoding here, and without the "--" that would end it.
 */
static char *
with_comment(mem_ctx *row, const char *doc, size_t *n,
    const struct oms_error *why)
{
	char *text = mem_printf(row, "<!-- %s: %s -->\n",
	    oms_code_name(why->code),
	    str_show(row, why->reason, COMMENT_BYTES));
	size_t len = strlen(text);
	const char *end = memrchr(doc, '<', *n); /* the root's end tag */
	size_t head = end != NULL ? (size_t)(end - doc) : *n;
	char *both;

	for (char *p = text + 4; p < text + len - 4; p++)
		if ((unsigned char)*p >= 0x80 || (p[0] == '-' && p[1] == '-'))
			*p = '?';
	both = mem_resize(row, NULL, *n + len + 1);
	memcpy(both, doc, head);
	memcpy(both + head, text, len);
	memcpy(both + head + len, doc + head, *n - head + 1);
	*n += len;
	return both;
}

/* Keep the bytes of a record as a small document that can be edited. */
static bool
keep_bytes(struct intake *in, struct item *it, const struct oms_error *why,
    struct oms_error *err)
{
	mem_ctx *row;
	char *doc;
	size_t n;
	bool ok;

	if (it->sha256[0] != '\0' || it->byte_len > XML_RECORD_MAX_BYTES)
		return true; /* too large a one is found in its file */
	row = mem_ctx_new(NULL, "row"); /* not in the reader's memory */
	doc = xml_file_extract(in->xml, row, it->byte_off, it->byte_len, &n,
	    err);
	ok = doc != NULL;
	if (ok) {
		doc = with_comment(row, doc, &n, why);
		ok = spool_keep_bytes(in->run, doc, n, it->sha256, err);
	}
	mem_free(row);
	return ok;
}

/* People mend the dead letter, not the file: where is it wrong there? */
static void
add_own_line(const struct intake *in, const struct item *it,
    struct oms_error *why)
{
	int64_t shift = xml_file_extract_line(in->xml) - it->line;
	size_t n = strlen(why->where);
	long long line;

	if (shift == 0 || why->code == OMS_CONFLICT || /* nothing is wrong */
	    sscanf(why->where, "line %lld", &line) != 1)
		return;
	(void)snprintf(why->where + n, sizeof(why->where) - n,
	    ", line %lld of the dead letter", line + (long long)shift);
}

static bool
bury(struct intake *in, struct item *it, const char *state,
    const struct oms_error *why, struct oms_error *err)
{
	struct dead_letter d = { .kind = "record",
		.partner = in->file->partner,
		.feed = in->file->feed,
		.file_name = in->file->name,
		.file_id = in->file->file_id,
		.record_no = it->record_no,
		.key = it->key,
		.stage = "ingest",
		.ext = ".xml" };
	struct oms_error placed = *why;

	add_own_line(in, it, &placed);
	oms_at(&placed, "%s/%s record %lld%s%s", in->file->partner,
	    in->orders.shown_name, (long long)it->record_no,
	    it->key[0] != '\0' ? " order " : "", it->key);
	if (!keep_bytes(in, it, why, err))
		return false;
	d.sha256 = it->sha256;
	in->orders.any_dead = true;
	in->now.rejected++;
	return add_record(in, it, state, err) &&
	    dead_add(in->run, &d, &placed, err);
}

/* ------------------------------------------------------- the batches */

static bool
apply_order(struct intake *in, struct item *it, struct oms_error *err)
{
	static const char *const states[] = { [ORDER_IS_NEW] = "applied",
		[ORDER_IS_DUPLICATE] = "duplicate",
		[ORDER_IS_REVISION] = "revision" };
	struct order_record rec = { .order = &it->order,
		.content_hash = it->content_hash,
		.basket_hash = it->basket_hash,
		.record_no = it->record_no };
	struct oms_error why = NO_ERROR;
	enum order_fate fate;
	int64_t order_id;

	if (!order_intake_store(&in->orders, &rec, &fate, &order_id, &why, err))
		return false;
	if (fate == ORDER_IS_CONFLICT) {
		oms_at(&why, "line %lld", (long long)it->line);
		return bury(in, it, "conflict", &why, err);
	}
	if (fate == ORDER_IS_DUPLICATE)
		in->now.duplicates++;
	else
		in->now.applied++;
	return order_intake_mend(&in->orders, it->key, it->record_no,
		   fate == ORDER_IS_DUPLICATE, err) &&
	    add_record(in, it, states[fate], err);
}

/*
 * One record with a savepoint around it: what the schema of the store
 * refuses although the mapper let it pass must not take the batch with it.
 */
static bool
apply_carefully(struct intake *in, struct item *it, struct oms_error *err)
{
	struct counts before = in->now;
	int64_t last = in->orders.last_order_id;
	struct oms_error why = NO_ERROR;

	if (!db_save(in->run->db, err))
		return false;
	if (apply_order(in, it, &why))
		return db_keep(in->run->db, err);
	if (oms_code_class(why.code) != CLASS_REJECT) {
		*err = why;
		return false;
	}
	in->now = before;
	in->orders.last_order_id = last;
	return db_undo(in->run->db, err) && bury(in, it, "rejected", &why, err);
}

static bool
apply_items(struct intake *in, struct batch *b, struct oms_error *err)
{
	for (size_t i = 0; i < b->count; i++) {
		struct item *it = &b->items[i];
		bool ok = it->why != NULL
		    ? bury(in, it, "rejected", it->why, err)
		    : in->is_careful ? apply_carefully(in, it, err)
				     : apply_order(in, it, err);

		if (!ok)
			return false;
	}
	return true;
}

static bool
save_state(struct intake *in, const struct batch *b, struct oms_error *err)
{
	return order_intake_end(&in->orders, err) &&
	    ingest_progress(in->run, in->file, b->next_record, b->next_offset,
		b->next_line, in->now.applied, in->now.duplicates,
		in->now.rejected, err) &&
	    (!b->is_last || ingest_finish(in->run, in->file, err));
}

/* One transaction; after a failure nothing of it is left. */
static bool
write_once(struct intake *in, struct batch *b, struct oms_error *err)
{
	in->now = (struct counts){ 0 };
	if (!db_begin(in->run->db, err))
		return false;
	if (order_intake_begin(&in->orders, err) && apply_items(in, b, err) &&
	    save_state(in, b, err))
		return db_commit(in->run->db, "ingest.orders", err);
	db_rollback(in->run->db);
	return false;
}

static bool
write_batch(struct intake *in, struct batch *b, struct oms_error *err)
{
	bool ok = true;

	/* Before the transaction: nobody should wait for these syncs. */
	for (size_t i = 0; ok && i < b->count; i++)
		ok = b->items[i].why == NULL ||
		    keep_bytes(in, &b->items[i], b->items[i].why, err);
	if (!ok || write_once(in, b, err))
		return ok;
	if (oms_code_class(err->code) != CLASS_REJECT)
		return false;
	*err = NO_ERROR; /* one record is to blame: find out which */
	in->is_careful = true;
	ok = write_once(in, b, err);
	in->is_careful = false;
	return ok;
}

/* More rejected records than the feed allows: the first of them says why. */
static bool
is_beyond_rejects(const struct intake *in, const struct batch *b,
    struct oms_error *why)
{
	int64_t rejected = in->rejected_before;
	const struct item *first = NULL;

	for (size_t i = 0; i < b->count; i++) {
		rejected += b->items[i].why != NULL;
		if (first == NULL && b->items[i].why != NULL)
			first = &b->items[i];
	}
	if (in->file->max_rejects < 0 || first == NULL ||
	    rejected <= in->file->max_rejects)
		return false;
	oms_fail(why, OMS_LIMIT,
	    "more than %lld rejected records, the limit of the feed; record "
	    "%lld: %s",
	    (long long)in->file->max_rejects, (long long)first->record_no,
	    first->why->reason);
	oms_at(why, "%s", first->why->where);
	return true;
}

static bool
write_all(struct intake *in, struct reading *g, struct stage_result *res,
    struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	for (bool is_last = false; !is_last;) {
		struct batch *b = await_batch(g);

		if (b->err.code != OMS_OK) {
			*err = b->err;
			return false;
		}
		if (is_beyond_rejects(in, b, &why)) {
			res->rejected++;
			res->worst = OMS_LIMIT;
			return ingest_kill_file(in->run, in->file, &why, err);
		}
		if (!write_batch(in, b, err))
			return false;
		in->rejected_before += in->now.rejected;
		res->done += in->now.applied;
		res->rejected += in->now.rejected;
		is_last = b->is_last;
		give_back(g, b);
	}
	return true;
}

static bool
load_rejected(struct intake *in, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_FILE_COUNTS, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":file_id", in->file->file_id);
	in->rejected_before = stmt_one(s, err) ? col_int(s, 2) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
ingest(struct run *run, mem_ctx *ctx, const struct file_row *file,
    struct stage_result *res, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	struct reading *g = reading_new(ctx, run->cfg, file, &why);
	struct intake in = { .run = run, .file = file };
	bool ok;

	if (g == NULL) {
		if (oms_code_class(why.code) != CLASS_REJECT) {
			*err = why;
			return false;
		}
		res->rejected++;
		return ingest_kill_file(run, file, &why, err);
	}
	in.xml = g->file;
	in.orders = (struct order_intake){ .run = run,
		.file = file,
		.channel = order_intake_channel(run->cfg, file),
		.shown_name = str_show(ctx, file->name, 200),
		.sender = "the shop" };
	if (!load_rejected(&in, err))
		return false;
	if (!start_reading(g, err))
		return false;
	ok = write_all(&in, g, res, err);
	stop_reading(g);
	return ok;
}

bool
ingest_sfcc_orders(struct run *run, const struct file_row *file,
    struct stage_result *res, struct oms_error *err)
{
	/* Apart from the run's memory: other threads allocate in it. */
	mem_ctx *ctx = mem_ctx_new(NULL, "orders");
	bool ok = ingest(run, ctx, file, res, err);

	mem_free(ctx);
	return ok;
}
