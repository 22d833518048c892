/* order_hash.c - see order_hash.h. */

#include "mappers/order_hash.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { DUMP_ROOM = 4096 };

/* Bytes in a fixed order, each value with its end. */
struct dump {
	char *p;
	size_t len;
	size_t room;
	mem_ctx *ctx; /* NULL while the first room is enough */
	char first[DUMP_ROOM];
};

static void
put(struct dump *d, const void *p, size_t n)
{
	if (d->len + n > d->room) {
		size_t room = (d->len + n) * 2;
		char *grown;

		if (d->ctx == NULL)
			d->ctx = mem_ctx_new(NULL, "dump");
		grown = mem_resize(d->ctx, NULL, room);
		memcpy(grown, d->p, d->len);
		d->p = grown;
		d->room = room;
	}
	memcpy(d->p + d->len, p, n);
	d->len += n;
}

static void
text(struct dump *d, const char *s)
{
	put(d, s, strlen(s) + 1);
}

/* Least byte first: the same on every machine. */
static void
number(struct dump *d, int64_t v)
{
	unsigned char b[8];

	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (unsigned char)((uint64_t)v >> (8 * i));
	put(d, b, sizeof(b));
}

static void
amount(struct dump *d, struct amount a)
{
	number(d, a.net_minor);
	number(d, a.tax_minor);
}

static void
dump_line(struct dump *d, const struct order_line *l)
{
	text(d, l->sku);
	text(d, l->name);
	text(d, l->position);
	text(d, l->tax_rate);
	number(d, l->qty);
	number(d, (int64_t)l->group);
	amount(d, l->goods);
	amount(d, l->discount);
	amount(d, l->shipping);
	number(d, (int64_t)l->component_count);
	for (size_t i = 0; i < l->component_count; i++) {
		text(d, l->components[i].sku);
		number(d, l->components[i].qty_per);
	}
	number(d, (int64_t)l->tax_count);
	for (size_t i = 0; i < l->tax_count; i++) {
		text(d, l->taxes[i].tax_id);
		text(d, l->taxes[i].tax_rate);
		number(d, l->taxes[i].amount_minor);
	}
}

static void
dump_group(struct dump *d, const struct ship_group *g)
{
	const char *const texts[] = { g->shop_id, g->method, g->name,
		g->company, g->address1, g->address2, g->city, g->postal_code,
		g->state, g->country, g->phone };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		text(d, texts[i]);
	amount(d, g->shipping);
}

static void
dump_payment(struct dump *d, const struct payment *p)
{
	text(d, p->tender);
	text(d, p->method);
	text(d, p->transaction_id);
	text(d, p->processor);
	number(d, p->amount_minor);
	number(d, p->authorised);
	number(d, p->captured);
}

static void
finish(struct dump *d, char ret[HASH_BYTES])
{
	hash_of(d->p, d->len, ret);
	mem_free(d->ctx);
}

static void
start(struct dump *d)
{
	d->p = d->first;
	d->len = 0;
	d->room = sizeof(d->first);
	d->ctx = NULL;
}

void
order_content_hash(const struct order *o, char ret[HASH_BYTES])
{
	const char *const texts[] = { o->order_no, o->currency, o->taxation,
		o->customer_no, o->customer_name, o->customer_email,
		o->shop_status, o->payment_status };
	struct dump d;

	start(&d);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		text(&d, texts[i]);
	number(&d, o->order_ts_us);
	amount(&d, o->total);
	number(&d, (int64_t)o->line_count);
	for (size_t i = 0; i < o->line_count; i++)
		dump_line(&d, &o->lines[i]);
	number(&d, (int64_t)o->group_count);
	for (size_t i = 0; i < o->group_count; i++)
		dump_group(&d, &o->groups[i]);
	number(&d, (int64_t)o->payment_count);
	for (size_t i = 0; i < o->payment_count; i++)
		dump_payment(&d, &o->payments[i]);
	finish(&d, ret);
}

static int
by_sku(const void *a, const void *b)
{
	const struct order_line *const *x = a, *const *y = b;
	int order = strcmp((*x)->sku, (*y)->sku);

	return order != 0 ? order
			  : ((*x)->qty > (*y)->qty) - ((*x)->qty < (*y)->qty);
}

void
order_basket_hash(const struct order *o, char ret[HASH_BYTES])
{
	const struct order_line *sorted[ORDER_LINES_MAX] = { NULL };
	struct dump d;

	for (size_t i = 0; i < o->line_count; i++)
		sorted[i] = &o->lines[i];
	qsort(sorted, o->line_count, sizeof(sorted[0]), by_sku);
	start(&d);
	for (size_t i = 0; i < o->line_count; i++) {
		text(&d, sorted[i]->sku);
		number(&d, sorted[i]->qty);
	}
	finish(&d, ret);
}
