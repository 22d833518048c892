/*
 * ingest_orders.c - order files of SFCC into the store.
 *
 * Threads read ahead: each cuts a batch of records out of the file, one thread
 * at a time, then parses, checks and maps them beside the others, while the
 * batch before is written.  Batches are written in the order of the file, so
 * what is stored does not depend on timing.
 *
 * What an order number that is known already means:
 *
 *   the same content           duplicate: counted, nothing else
 *   other, nothing released    revision: the order is replaced
 *   other, something released  conflict: a dead letter for a person
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
#include "model/status.h"
#include "parsers/xml_record.h"
#include "pipeline/order_ops.h"
#include "pipeline/personal.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

enum {
	READERS = 2,                /* together about as fast as the writer */
	BATCHES = READERS + 1,      /* one is being written */
	BATCH_MAX_BYTES = 16 << 20, /* as cut: then it is full */
	CUT_BLOCK_BYTES = 1 << 20,
	BLOCK_BYTES = 64 << 10,
	DETAIL_BYTES = 300,
	PLACE_BYTES = 80,
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
	const char *channel;
	const char *shown_name;
	int64_t last_order_id;
	bool any_dead;     /* the partner has dead letters waiting */
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

/* ------------------------------------------------------------- the rows */

/* A value of a group of an order, for nobody to read but us. */
static void
seal_group(struct stmt *s, const char *name, const char *text, int64_t order_id,
    int64_t group_no)
{
	char place[PLACE_BYTES];

	(void)snprintf(place, sizeof(place), "ship_group.%s/%lld/%lld",
	    name + 1, (long long)order_id, (long long)group_no);
	stmt_sealed(s, name, text, place);
}

static bool
add_group(struct intake *in, int64_t order_id, size_t i,
    const struct ship_group *g, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_GROUP_ADD, err);
	int64_t group_no = (int64_t)i + 1;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":group_no", group_no);
	stmt_text(s, ":shop_id", g->shop_id);
	stmt_text(s, ":method", g->method);
	seal_group(s, ":name", g->name, order_id, group_no);
	seal_group(s, ":company", g->company, order_id, group_no);
	seal_group(s, ":address1", g->address1, order_id, group_no);
	seal_group(s, ":address2", g->address2, order_id, group_no);
	stmt_text(s, ":city", g->city);
	stmt_text(s, ":postal_code", g->postal_code);
	stmt_text(s, ":state", g->state);
	stmt_text(s, ":country", g->country);
	seal_group(s, ":phone", g->phone, order_id, group_no);
	stmt_int(s, ":ship_net_minor", g->shipping.net_minor);
	stmt_int(s, ":ship_tax_minor", g->shipping.tax_minor);
	return stmt_run(s, NULL, err);
}

static bool
add_components(struct intake *in, int64_t order_id, int64_t line_no,
    const struct order_line *l, struct oms_error *err)
{
	for (size_t i = 0; i < l->component_count; i++) {
		struct stmt *s = stmt_begin(in->run->db,
		    SQL_INGEST_COMPONENT_ADD, err);

		if (s == NULL)
			return false;
		stmt_int(s, ":order_id", order_id);
		stmt_int(s, ":line_no", line_no);
		stmt_int(s, ":comp_no", (int64_t)i + 1);
		stmt_text(s, ":sku", l->components[i].sku);
		stmt_int(s, ":qty_per", l->components[i].qty_per);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

static bool
add_taxes(struct intake *in, int64_t order_id, int64_t line_no,
    const struct order_line *l, struct oms_error *err)
{
	for (size_t i = 0; i < l->tax_count; i++) {
		struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_TAX_ADD,
		    err);

		if (s == NULL)
			return false;
		stmt_int(s, ":order_id", order_id);
		stmt_int(s, ":line_no", line_no);
		stmt_int(s, ":n", (int64_t)i + 1);
		stmt_text(s, ":tax_id", l->taxes[i].tax_id);
		stmt_text(s, ":tax_rate", l->taxes[i].tax_rate);
		stmt_int(s, ":amount_minor", l->taxes[i].amount_minor);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

static bool
add_part(struct intake *in, int64_t order_id, int64_t line_no, int64_t qty,
    int status, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_PART_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":line_no", line_no);
	stmt_int(s, ":qty", qty);
	stmt_int(s, ":status", status);
	return stmt_run(s, NULL, err);
}

static bool
add_line(struct intake *in, int64_t order_id, size_t i,
    const struct order_line *l, int status, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_LINE_ADD, err);
	int64_t line_no = (int64_t)i + 1;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":line_no", line_no);
	stmt_int(s, ":group_no", (int64_t)l->group + 1);
	stmt_text(s, ":sku", l->sku);
	stmt_text(s, ":name", l->name);
	stmt_int(s, ":qty", l->qty);
	stmt_int(s, ":net_minor", l->goods.net_minor);
	stmt_int(s, ":tax_minor", l->goods.tax_minor);
	stmt_int(s, ":disc_net_minor", l->discount.net_minor);
	stmt_int(s, ":disc_tax_minor", l->discount.tax_minor);
	stmt_int(s, ":ship_net_minor", l->shipping.net_minor);
	stmt_int(s, ":ship_tax_minor", l->shipping.tax_minor);
	stmt_text(s, ":tax_rate", l->tax_rate);
	stmt_text(s, ":position", l->position);
	return stmt_run(s, NULL, err) &&
	    add_part(in, order_id, line_no, l->qty, status, err) &&
	    add_components(in, order_id, line_no, l, err) &&
	    add_taxes(in, order_id, line_no, l, err);
}

static bool
add_payment(struct intake *in, int64_t order_id, size_t i,
    const struct payment *p, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_PAYMENT_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":n", (int64_t)i + 1);
	stmt_text(s, ":tender", p->tender);
	stmt_text(s, ":method", p->method);
	stmt_int(s, ":amount_minor", p->amount_minor);
	stmt_int(s, ":authorised", p->authorised);
	stmt_int(s, ":captured", p->captured);
	stmt_text(s, ":transaction_id", p->transaction_id);
	stmt_text(s, ":processor", p->processor);
	return stmt_run(s, NULL, err);
}

static bool
is_cancelled(const struct order *o)
{
	return strcmp(o->shop_status, "CANCELLED") == 0;
}

static int
first_status(const struct order *o)
{
	return is_cancelled(o) ? PART_CANCELLED : PART_CREATED;
}

/* By which support finds the order, where its texts are sealed. */
static bool
add_hashes(struct intake *in, int64_t order_id, const struct order *o,
    struct oms_error *err)
{
	struct run *run = in->run;
	bool ok = run->cfg->ring == NULL ||
	    (personal_add_hash(run, order_id, "email", o->customer_email,
		 err) &&
		personal_add_hash(run, order_id, "name", o->customer_name,
		    err));

	for (size_t i = 0; run->cfg->ring != NULL && ok && i < o->group_count;
	     i++) {
		const struct ship_group *g = &o->groups[i];

		/* Mostly he sends it to himself. */
		ok = (strcmp(g->name, o->customer_name) == 0 ||
			 personal_add_hash(run, order_id, "name", g->name,
			     err)) &&
		    personal_add_hash(run, order_id, "phone", g->phone, err);
	}
	return ok;
}

static bool
add_children(struct intake *in, int64_t order_id, const struct order *o,
    struct oms_error *err)
{
	bool ok = add_hashes(in, order_id, o, err);

	for (size_t i = 0; ok && i < o->group_count; i++)
		ok = add_group(in, order_id, i, &o->groups[i], err);
	for (size_t i = 0; ok && i < o->line_count; i++)
		ok = add_line(in, order_id, i, &o->lines[i], first_status(o),
		    err);
	for (size_t i = 0; ok && i < o->payment_count; i++)
		ok = add_payment(in, order_id, i, &o->payments[i], err);
	return ok;
}

/* Who bought it: the number the shop gave, or the guest's address. */
static void
customer_key(const struct intake *in, const struct order *o,
    char dst[PERSONAL_KEY_BYTES])
{
	const char *who = o->customer_email[0] != '\0' ? o->customer_email
						       : o->order_no;
	char key[PERSONAL_KEY_BYTES];

	if (o->customer_no[0] != '\0') {
		(void)str_copy(dst, PERSONAL_KEY_BYTES, o->customer_no);
		return;
	}
	(void)snprintf(key, sizeof(key), "guest:%s", who);
	personal_customer_key(in->run->cfg->ring, key, dst);
}

static void
seal_order(struct stmt *s, const char *name, const char *text, int64_t order_id)
{
	char place[PLACE_BYTES];

	(void)snprintf(place, sizeof(place), "orders.%s/%lld", name + 1,
	    (long long)order_id);
	stmt_sealed(s, name, text, place);
}

/* From :content_hash on the two statements name the same, in one order. */
static void
bind_order(struct stmt *s, struct intake *in, const struct item *it,
    int64_t order_id, bool is_new)
{
	const struct order *o = &it->order;
	const struct config *cfg = in->run->cfg;
	int64_t order_ts_us = o->order_ts_us != 0 ? o->order_ts_us
						  : in->run->now_us;
	char customer[PERSONAL_KEY_BYTES];

	customer_key(in, o, customer);
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":content_hash", it->content_hash);
	stmt_int(s, ":file_id", in->file->file_id);
	stmt_int(s, ":record_no", it->record_no);
	stmt_text(s, ":currency", o->currency);
	stmt_text(s, ":taxation", o->taxation);
	stmt_text(s, ":customer_key", customer);
	stmt_text(s, ":customer_no", o->customer_no);
	seal_order(s, ":customer_name", o->customer_name, order_id);
	seal_order(s, ":customer_email", o->customer_email, order_id);
	stmt_int(s, ":order_ts_us", order_ts_us);
	if (is_new)
		stmt_int(s, ":received_ts_us", in->run->now_us);
	stmt_int(s, ":ship_by_ts_us",
	    order_ts_us + cfg->handling_s * INT64_C(1000000));
	stmt_int(s, ":total_minor", o->total.net_minor + o->total.tax_minor);
	stmt_int(s, ":tax_minor", o->total.tax_minor);
	stmt_text(s, ":basket_hash", it->basket_hash);
	stmt_text(s, ":shop_status", o->shop_status);
	stmt_text(s, ":payment_status", o->payment_status);
	stmt_text(s, ":recon", o->recon);
	stmt_text(s, ":incomplete", o->incomplete);
	if (is_new)
		stmt_int(s, ":ship_complete", cfg->ship_complete);
	stmt_int(s, ":stage",
	    is_cancelled(o) ? ORDER_AT_REST : ORDER_TO_ACCEPT);
	stmt_int(s, ":status", first_status(o));
	stmt_text(s, ":label", part_status_name(first_status(o)));
}

/* *ret_new false: the number is known, and nothing was done. */
static bool
insert_order(struct intake *in, const struct item *it, bool *ret_new,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_ORDER_ADD, err);
	int64_t changed;

	if (s == NULL)
		return false;
	stmt_int(s, ":order_id", in->last_order_id + 1);
	stmt_text(s, ":order_no", it->order.order_no);
	stmt_text(s, ":channel", in->channel);
	bind_order(s, in, it, in->last_order_id + 1, true);
	if (!stmt_run(s, &changed, err))
		return false;
	*ret_new = changed > 0;
	return true;
}

static void
detail_of(const struct intake *in, const struct item *it, const char *prefix,
    char dst[DETAIL_BYTES])
{
	(void)snprintf(dst, DETAIL_BYTES, "%s%s record %lld", prefix,
	    in->shown_name, (long long)it->record_no);
}

static bool
first_event(struct intake *in, const struct item *it, int64_t order_id,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_EVENT_FIRST, err);
	char detail[DETAIL_BYTES];

	if (s == NULL)
		return false;
	detail_of(in, it, "", detail);
	stmt_int(s, ":order_id", order_id);
	stmt_int(s, ":ts_us", in->run->now_us);
	stmt_int(s, ":to_status", PART_CREATED);
	stmt_text(s, ":actor", in->run->actor);
	stmt_text(s, ":detail", detail);
	return stmt_run(s, NULL, err);
}

static bool
cancelled_event(struct intake *in, const struct item *it, int64_t order_id,
    struct oms_error *err)
{
	return !is_cancelled(&it->order) ||
	    order_event(in->run, order_id, "cancelled", PART_CREATED,
		PART_CANCELLED, "by the shop", err);
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
	    in->shown_name, (long long)it->record_no,
	    it->key[0] != '\0' ? " order " : "", it->key);
	if (!keep_bytes(in, it, why, err))
		return false;
	d.sha256 = it->sha256;
	in->any_dead = true;
	in->now.rejected++;
	return add_record(in, it, state, err) &&
	    dead_add(in->run, &d, &placed, err);
}

/* A good order mends what waits under its number. */
static bool
resolve_dead(struct intake *in, const struct item *it, bool is_duplicate,
    struct oms_error *err)
{
	int64_t not_of = is_duplicate ? in->file->file_id : 0;
	struct stmt *s;
	int64_t count, conflicts;
	char resolution[DETAIL_BYTES];

	if (!in->any_dead)
		return true;
	s = stmt_begin(in->run->db, SQL_INGEST_DEAD_OF, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	stmt_text(s, ":key", it->key);
	stmt_int(s, ":not_of_file_id", not_of);
	if (!stmt_one(s, err))
		return false;
	count = col_int(s, 0);
	conflicts = col_int(s, 1);
	stmt_end(s);
	if (count == 0 || (is_duplicate && conflicts > 0))
		return true;
	(void)snprintf(resolution, sizeof(resolution),
	    "repaired by file %lld, record %lld", (long long)in->file->file_id,
	    (long long)it->record_no);
	return dead_resolve(in->run, in->file->partner, it->key, not_of,
	    resolution, err);
}

/* ------------------------------------------------ numbers known before */

enum fate { FATE_DUPLICATE, FATE_REVISION, FATE_CONFLICT };

struct known {
	int64_t order_id;
	int64_t revision;
	enum fate fate;
	const char *why; /* a conflict */
};

/* May this content replace what we have?  Not once goods are on their way. */
static void
judge(struct stmt *s, const struct item *it, struct known *k)
{
	bool was_released = col_int(s, 4) > 0 || col_int(s, 5) > 0;
	bool ended_here = col_int(s, 6) > 0 && col_int(s, 7) == 0 &&
	    strcmp(col_text(s, 3), "CANCELLED") != 0;

	k->order_id = col_int(s, 0);
	k->revision = col_int(s, 1);
	k->fate = FATE_CONFLICT;
	if (strcmp(col_text(s, 2), it->content_hash) == 0)
		k->fate = FATE_DUPLICATE;
	else if (was_released)
		k->why = "its goods were released to a warehouse already";
	else if (ended_here && !is_cancelled(&it->order))
		k->why = "the order was ended here";
	else
		k->fate = FATE_REVISION;
}

static bool
find_known(struct intake *in, const struct item *it, struct known *k,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_ORDER_KNOWN, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":order_no", it->order.order_no);
	stmt_text(s, ":channel", in->channel);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_INTERNAL, "order %s is there and not",
			it->order.order_no);
	judge(s, it, k);
	stmt_end(s);
	return true;
}

/* What hangs on the order as it was; its reservations first. */
static bool
drop_children(struct intake *in, int64_t order_id, struct oms_error *err)
{
	static const enum sql_id steps[] = { SQL_INGEST_FREE_STOCK,
		SQL_INGEST_DROP_PARTS, SQL_INGEST_DROP_COMPONENTS,
		SQL_INGEST_DROP_TAXES, SQL_INGEST_DROP_PAYMENTS,
		SQL_INGEST_DROP_LINES, SQL_INGEST_DROP_GROUPS };

	if (!personal_drop_hashes(in->run, order_id, err))
		return false;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct stmt *s = stmt_begin(in->run->db, steps[i], err);

		if (s == NULL)
			return false;
		stmt_int(s, ":order_id", order_id);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	return true;
}

static bool
close_holds(struct intake *in, int64_t order_id, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_CLOSE_HOLDS, err);
	int64_t closed;

	if (s == NULL)
		return false;
	stmt_int(s, ":ts_us", in->run->now_us);
	stmt_text(s, ":actor", in->run->actor);
	stmt_int(s, ":order_id", order_id);
	if (!stmt_run(s, &closed, err))
		return false;
	return closed == 0 ||
	    order_event(in->run, order_id, "hold_resolved", 0, 0,
		"the shop sent a revision", err);
}

static bool
revise(struct intake *in, const struct item *it, const struct known *k,
    struct oms_error *err)
{
	char prefix[40], detail[DETAIL_BYTES];
	struct stmt *s;

	if (!drop_children(in, k->order_id, err))
		return false;
	s = stmt_begin(in->run->db, SQL_INGEST_ORDER_REVISE, err);
	if (s == NULL)
		return false;
	bind_order(s, in, it, k->order_id, false);
	stmt_int(s, ":ts_us", in->run->now_us);
	stmt_int(s, ":order_id", k->order_id);
	(void)snprintf(prefix, sizeof(prefix), "revision %lld, ",
	    (long long)k->revision + 1);
	detail_of(in, it, prefix, detail);
	in->now.applied++;
	return stmt_run(s, NULL, err) &&
	    add_children(in, k->order_id, &it->order, err) &&
	    close_holds(in, k->order_id, err) &&
	    order_event(in->run, k->order_id, "revised", 0,
		first_status(&it->order), detail, err) &&
	    cancelled_event(in, it, k->order_id, err) &&
	    resolve_dead(in, it, false, err) &&
	    add_record(in, it, "revision", err);
}

static bool
apply_known(struct intake *in, struct item *it, struct oms_error *err)
{
	struct known k = { 0 };
	struct oms_error why = NO_ERROR;

	if (!find_known(in, it, &k, err))
		return false;
	switch (k.fate) {
	case FATE_DUPLICATE:
		in->now.duplicates++;
		return resolve_dead(in, it, true, err) &&
		    add_record(in, it, "duplicate", err);
	case FATE_REVISION: return revise(in, it, &k, err);
	case FATE_CONFLICT: break;
	}
	oms_fail(&why, OMS_CONFLICT, "order %s %s, but %s", it->order.order_no,
	    is_cancelled(&it->order) ? "was cancelled by the shop"
				     : "came with other content",
	    k.why);
	oms_at(&why, "line %lld", (long long)it->line);
	return bury(in, it, "conflict", &why, err);
}

/* ------------------------------------------------------- the batches */

static bool
apply_order(struct intake *in, struct item *it, struct oms_error *err)
{
	int64_t order_id = in->last_order_id + 1;
	bool is_new;

	if (!insert_order(in, it, &is_new, err))
		return false;
	if (!is_new)
		return apply_known(in, it, err);
	in->last_order_id = order_id;
	in->now.applied++;
	return add_children(in, order_id, &it->order, err) &&
	    first_event(in, it, order_id, err) &&
	    cancelled_event(in, it, order_id, err) &&
	    resolve_dead(in, it, false, err) &&
	    add_record(in, it, "applied", err);
}

/*
 * One record with a savepoint around it: what the schema of the store
 * refuses although the mapper let it pass must not take the batch with it.
 */
static bool
apply_carefully(struct intake *in, struct item *it, struct oms_error *err)
{
	struct counts before = in->now;
	int64_t last = in->last_order_id;
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
	in->last_order_id = last;
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
load_state(struct intake *in, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_ORDER_ID_GET, err);

	if (s == NULL || !stmt_one(s, err))
		return false;
	in->last_order_id = col_int(s, 0);
	stmt_end(s);
	s = stmt_begin(in->run->db, SQL_INGEST_ANY_DEAD, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":partner", in->file->partner);
	in->any_dead = stmt_one(s, err);
	stmt_end(s);
	return err->code == OMS_OK;
}

static bool
save_state(struct intake *in, const struct batch *b, struct oms_error *err)
{
	struct stmt *s = stmt_begin(in->run->db, SQL_INGEST_ORDER_ID_SET, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":value", in->last_order_id);
	return stmt_run(s, NULL, err) &&
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
	if (load_state(in, err) && apply_items(in, b, err) &&
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

static const char *
channel_of(const struct config *cfg, const struct file_row *file)
{
	const struct partner *p = config_partner(cfg, file->partner);

	for (size_t i = 0; p != NULL && i < p->feed_count; i++) {
		const struct feed *feed = &p->feeds[i];

		if (feed->direction == FEED_IN &&
		    strcmp(feed->name, file->feed) == 0 &&
		    feed->channel != NULL && feed->channel[0] != '\0')
			return feed->channel;
	}
	return file->partner;
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
	in.channel = channel_of(run->cfg, file);
	in.shown_name = str_show(ctx, file->name, 200);
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
