/*
 * edi_supply.c - what is to come: 850 or ORDERS to the supplier, 943 or DESADV
 * to the warehouse that will get it.
 */

#include <stdio.h>
#include <string.h>

#include "mappers/edi_put.h"
#include "mappers/edi_warehouse.h"
#include "model/money.h"

enum { NAME_MAX_BYTES = 35, TEXT_MAX_BYTES = 45, NUMBER_BYTES = 24 };

struct edi_supplies {
	struct edi_writer *w;
	const struct edi_profile *p;
	bool is_x12;
	bool notice;
	int64_t created_ts_us;
	const struct edi_supply *s; /* that is open */
	int64_t lines;
	int64_t qty;
};

struct edi_supplies *
edi_supplies_new(mem_ctx *ctx, struct edi_writer *w,
    const struct edi_profile *p, int64_t created_ts_us, bool notice)
{
	struct edi_supplies *d = mem_new(ctx, struct edi_supplies);

	d->w = w;
	d->p = p;
	d->is_x12 = strcmp(p->standard, "x12") == 0;
	d->notice = notice;
	d->created_ts_us = created_ts_us;
	return d;
}

static const char *
text_of(int64_t v, char dst[NUMBER_BYTES])
{
	snprintf(dst, NUMBER_BYTES, "%lld", (long long)v);
	return dst;
}

/* What the warehouse calls the node. */
static const char *
place_of(const struct edi_supplies *d)
{
	return d->notice && d->p->warehouse_id[0] != '\0' ? d->p->warehouse_id
							  : d->s->node;
}

/* ---- 850 ------------------------------------------------------------------ */

static void
open_850(struct edi_supplies *d, const struct edi_supply *s)
{
	struct edi_writer *w = d->w;

	edi_w_set(w, "850");
	SEGMENT(w, "BEG", "00", "SA", s->supply_no, "");
	edi_w_date(w, d->created_ts_us);
	SEGMENT(w, "CUR", "BY", s->currency);
	if (d->p->vendor_no[0] != '\0')
		SEGMENT(w, "REF", "11", d->p->vendor_no);
	edi_w_tag(w, "DTM");
	edi_w_text(w, "002");
	edi_w_date(w, s->due_ts_us);
	SEGMENT(w, "N1", "BY", "", "91", d->p->our_id);
	edi_w_tag(w, "N1");
	edi_w_text(w, "ST");
	edi_w_textn(w, s->node_name, NAME_MAX_BYTES);
	edi_w_text(w, "91");
	edi_w_text(w, place_of(d));
}

static void
line_850(struct edi_supplies *d, const struct edi_supply_line *l)
{
	struct edi_writer *w = d->w;

	edi_w_tag(w, "PO1");
	edi_w_int(w, l->line_no);
	edi_w_int(w, l->qty);
	edi_w_text(w, edi_unit(d->p, l->unit));
	edi_w_minor(w, l->price_minor, d->s->currency);
	edi_w_skip(w, 1);
	edi_w_text(w, edi_item_qualifier(d->p));
	edi_w_text(w, l->sku);
	if (l->name[0] != '\0') {
		edi_w_tag(w, "PID");
		edi_w_text(w, "F");
		edi_w_skip(w, 3);
		edi_w_textn(w, l->name, NAME_MAX_BYTES);
	}
}

static void
close_850(struct edi_supplies *d)
{
	edi_w_tag(d->w, "CTT");
	edi_w_int(d->w, d->lines);
	edi_w_int(d->w, d->qty);
}

/* ---- 943 ------------------------------------------------------------------ */

static void
open_943(struct edi_supplies *d, const struct edi_supply *s)
{
	struct edi_writer *w = d->w;

	edi_w_set(w, "943");
	SEGMENT(w, "W06", "J", s->supply_no);
	edi_w_date(w, d->created_ts_us);
	SEGMENT(w, "N1", "WH", s->node_name, "92", place_of(d));
	SEGMENT(w, "N1", "DE", "", "91", d->p->our_id);
	if (s->supplier[0] != '\0')
		SEGMENT(w, "N1", "SF", "", "91", s->supplier);
	edi_w_tag(w, "G62");
	edi_w_text(w, "17");
	edi_w_date(w, s->due_ts_us);
	SEGMENT(w, "W27", "M");
}

static void
line_943(struct edi_supplies *d, const struct edi_supply_line *l)
{
	struct edi_writer *w = d->w;

	edi_w_tag(w, "W04");
	edi_w_int(w, l->qty);
	edi_w_text(w, edi_unit(d->p, l->unit));
	edi_w_skip(w, 1);
	edi_w_text(w, edi_item_qualifier(d->p));
	edi_w_text(w, l->sku);
	if (l->name[0] != '\0') {
		edi_w_tag(w, "G69");
		edi_w_textn(w, l->name, TEXT_MAX_BYTES);
	}
	edi_w_tag(w, "N9");
	edi_w_text(w, "LI");
	edi_w_int(w, l->line_no);
}

static void
close_943(struct edi_supplies *d)
{
	edi_w_tag(d->w, "W03");
	edi_w_int(d->w, d->qty);
}

/* ---- ORDERS, DESADV ------------------------------------------------------- */

static void
open_orders(struct edi_supplies *d, const struct edi_supply *s)
{
	struct edi_writer *w = d->w;

	edi_w_set(w, "ORDERS");
	SEGMENT(w, "BGM", "220", s->supply_no, "9");
	edi_w_dtm(w, "137", d->created_ts_us);
	edi_w_dtm(w, "2", s->due_ts_us);
	edi_put_nad(w, "BY", d->p->our_id);
	edi_put_nad(w, "SU", s->supplier);
	edi_put_nad(w, "DP", s->node);
	edi_w_tag(w, "CUX");
	edi_w_text(w, "2");
	edi_w_more(w, s->currency);
	edi_w_more(w, "9");
}

static void
open_desadv(struct edi_supplies *d, const struct edi_supply *s)
{
	struct edi_writer *w = d->w;

	edi_w_set(w, "DESADV");
	SEGMENT(w, "BGM", "351", s->supply_no, "9");
	edi_w_dtm(w, "137", d->created_ts_us);
	edi_w_dtm(w, "17", s->due_ts_us);
	edi_put_rff(w, "ON", s->supply_no);
	edi_put_nad(w, "BY", d->p->our_id);
	if (s->supplier[0] != '\0')
		edi_put_nad(w, "SU", s->supplier);
	edi_put_nad(w, "DP", place_of(d));
	SEGMENT(w, "CPS", "1");
}

/* With the decimal mark of the interchange. */
static const char *
price_of(const struct edi_supplies *d, int64_t minor,
    char dst[NUM_DECIMAL_BYTES])
{
	char *mark = strchr(money_format(minor, d->s->currency, dst), '.');

	if (mark != NULL && d->p->decimal_mark[0] != '\0')
		*mark = d->p->decimal_mark[0];
	return dst;
}

static void
line_edifact(struct edi_supplies *d, const struct edi_supply_line *l)
{
	struct edi_writer *w = d->w;
	char text[NUMBER_BYTES], price[NUM_DECIMAL_BYTES];

	edi_w_tag(w, "LIN");
	edi_w_int(w, l->line_no);
	edi_w_skip(w, 1);
	edi_w_text(w, l->sku);
	edi_w_more(w, edi_item_qualifier(d->p));
	edi_w_tag(w, "QTY");
	edi_w_text(w, d->notice ? "12" : "21");
	edi_w_more(w, text_of(l->qty, text));
	edi_w_more(w, edi_unit(d->p, l->unit));
	if (d->notice) {
		edi_put_rff(w, "LI", text_of(l->line_no, text));
		return;
	}
	edi_w_tag(w, "PRI");
	edi_w_text(w, "AAA");
	edi_w_more(w, price_of(d, l->price_minor, price));
}

static void
close_edifact(struct edi_supplies *d)
{
	char text[NUMBER_BYTES];

	if (!d->notice)
		SEGMENT(d->w, "UNS", "S");
	edi_w_tag(d->w, "CNT");
	edi_w_text(d->w, "2");
	edi_w_more(d->w, text_of(d->lines, text));
}

/* ---- all ------------------------------------------------------------------ */

void
edi_supply_open(struct edi_supplies *d, const struct edi_supply *s)
{
	d->s = s;
	d->lines = d->qty = 0;
	if (d->is_x12)
		(d->notice ? open_943 : open_850)(d, s);
	else
		(d->notice ? open_desadv : open_orders)(d, s);
}

void
edi_supply_line(struct edi_supplies *d, const struct edi_supply_line *l)
{
	d->lines++;
	d->qty += l->qty;
	if (!d->is_x12)
		line_edifact(d, l);
	else
		(d->notice ? line_943 : line_850)(d, l);
}

void
edi_supply_close(struct edi_supplies *d)
{
	if (!d->is_x12)
		close_edifact(d);
	else
		(d->notice ? close_943 : close_850)(d);
	edi_w_set_end(d->w);
}
