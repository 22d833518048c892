/*
 * out_edi_packs.c - what is in which carton; see out_edi_trade.h.
 *
 * A carton that is told twice, as by warehouses that write it above each of
 * its lines, is one.  What is in no carton that was told is loose, unless
 * cartons were told whose content was not: then it is in those.
 */

#include <string.h>

#include "mappers/out_edi_trade.h"

/* A pack while it is filled. */
struct filling {
	struct out_label *labels;
	size_t label_count;
	struct out_packed *items;
	size_t item_count;
};

struct packing {
	mem_ctx *ctx;
	const struct out_notice *n;
	const struct out_cartons *told;
	struct filling *packs; /* room for one more than cartons */
	size_t pack_count;
	size_t *pack_of;   /* of each carton */
	int64_t *rest_qty; /* of each line */
};

/* Room for one more of n elements. */
static void *
one_more(mem_ctx *ctx, void *p, size_t n, size_t bytes)
{
	if ((n & (n - 1)) != 0)
		return p;
	return mem_resize(ctx, p, (n == 0 ? 1 : 2 * n) * bytes);
}

static void
add_label(struct packing *k, struct filling *f, const char *sscc,
    const char *tracking)
{
	f->labels = one_more(k->ctx, f->labels, f->label_count,
	    sizeof(f->labels[0]));
	f->labels[f->label_count++] = (struct out_label){ sscc, tracking };
}

static void
add_item(struct packing *k, struct filling *f, size_t line, const char *lot,
    int64_t qty)
{
	for (size_t i = 0; i < f->item_count; i++)
		if (f->items[i].line == line &&
		    strcmp(f->items[i].lot, lot) == 0) {
			f->items[i].qty += qty;
			return;
		}
	f->items = one_more(k->ctx, f->items, f->item_count,
	    sizeof(f->items[0]));
	f->items[f->item_count++] = (struct out_packed){ line, qty, lot };
}

/* An earlier carton of v[i], by number from 1; 0: there is none. */
static size_t
earlier(int64_t no, size_t i)
{
	return no > 0 && (size_t)no <= i ? (size_t)no : 0;
}

static void
take_cartons(struct packing *k)
{
	for (size_t i = 0; i < k->told->carton_count; i++) {
		const struct out_carton *c = &k->told->cartons[i];
		size_t same = earlier(c->same_no, i);
		size_t with = earlier(c->with_no, i);

		if (same != 0)
			k->pack_of[i] = k->pack_of[same - 1];
		else if (with != 0)
			k->pack_of[i] = k->pack_of[with - 1];
		else
			k->pack_of[i] = k->pack_count++;
		if (same == 0)
			add_label(k, &k->packs[k->pack_of[i]], c->sscc,
			    c->tracking);
	}
}

static void
take_lines(struct packing *k)
{
	for (size_t i = 0; i < k->n->line_count; i++)
		k->rest_qty[i] = k->n->lines[i].shipped_qty;
	for (size_t i = 0; i < k->told->line_count; i++) {
		const struct out_carton_line *l = &k->told->lines[i];
		size_t at = 0;

		while (at < k->n->line_count &&
		    k->n->lines[at].line_no != l->line_no)
			at++;
		if (at == k->n->line_count || l->carton_no < 1 ||
		    (size_t)l->carton_no > k->told->carton_count)
			continue;
		add_item(k, &k->packs[k->pack_of[l->carton_no - 1]], at, l->lot,
		    l->qty);
		k->rest_qty[at] -= l->qty;
	}
}

/* The cartons without content as one pack, in the place of the first. */
static struct filling *
join_empty(struct packing *k)
{
	struct filling *first = NULL;

	for (size_t i = 0; i < k->pack_count; i++) {
		struct filling *f = &k->packs[i];

		if (f->item_count > 0)
			continue;
		if (first == NULL) {
			first = f;
			continue;
		}
		for (size_t j = 0; j < f->label_count; j++)
			add_label(k, first, f->labels[j].sscc,
			    f->labels[j].tracking);
	}
	return first;
}

/* One carton has all, when nothing was told but perhaps its tracking number
   beside one of the lines. */
static struct filling *
only_pack(struct packing *k, const char *sscc)
{
	struct filling *f = &k->packs[0];

	if (k->pack_count == 1 && f->label_count == 1 &&
	    f->labels[0].sscc[0] == '\0')
		return f;
	if (k->told->carton_count > 0 ||
	    (sscc[0] == '\0' && k->n->tracking[0] == '\0'))
		return NULL;
	k->pack_count = 1;
	add_label(k, f, sscc, k->n->tracking);
	return f;
}

static void
take_rest(struct packing *k, const char *sscc)
{
	struct filling loose = { NULL, 0, NULL, 0 }, *f = NULL;

	for (size_t i = 0; i < k->n->line_count; i++) {
		if (k->rest_qty[i] <= 0)
			continue;
		if (f == NULL)
			f = join_empty(k);
		if (f == NULL)
			f = only_pack(k, sscc);
		if (f == NULL)
			f = &loose;
		add_item(k, f, i, "", k->rest_qty[i]);
	}
	k->packs[k->pack_count] = loose;
}

/* Pallets with cartons inside, which are told too, have nothing else. */
static struct out_packing
packing_of(const struct packing *k)
{
	const struct filling *loose = &k->packs[k->pack_count];
	struct out_packing p = { .loose = loose->items,
		.loose_count = loose->item_count };
	struct out_pack *packs = mem_array(k->ctx, struct out_pack,
	    k->pack_count + 1);

	for (size_t i = 0; i < k->pack_count; i++) {
		const struct filling *f = &k->packs[i];

		if (f->item_count == 0)
			continue;
		packs[p.pack_count++] = (struct out_pack){ f->labels,
			f->label_count, f->items, f->item_count };
		p.label_count += f->label_count;
	}
	p.packs = packs;
	return p;
}

struct out_packing
out_edi_pack(mem_ctx *ctx, const struct out_notice *n,
    const struct out_cartons *told)
{
	size_t cartons = told->carton_count;
	struct packing k = { .ctx = ctx,
		.n = n,
		.told = told,
		.packs = mem_array(ctx, struct filling, cartons + 2),
		.pack_of = mem_array(ctx, size_t, cartons + 1),
		.rest_qty = mem_array(ctx, int64_t, n->line_count + 1) };
	char *sscc = mem_zero(ctx, SSCC_BYTES, "sscc");

	out_sscc(n->trade.profile->gs1_prefix, n->shipment_key, sscc);
	take_cartons(&k);
	take_lines(&k);
	take_rest(&k, sscc);
	/* A single carton without a number gets ours, as one not told does. */
	if (k.pack_count == 1 && k.packs[0].label_count == 1 &&
	    k.packs[0].labels[0].sscc[0] == '\0')
		k.packs[0].labels[0].sscc = sscc;
	return packing_of(&k);
}
