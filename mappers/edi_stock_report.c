/* edi_stock_report.c - what is available, as 846 or INVRPT. */

#include <stdio.h>
#include <string.h>

#include "mappers/edi_put.h"
#include "mappers/edi_warehouse.h"

enum { NAME_MAX_BYTES = 35, NUMBER_BYTES = 24 };

struct edi_stock_reports {
	struct edi_writer *w;
	const struct edi_profile *p;
	bool is_x12;
	int64_t created_ts_us;
	int64_t lines;
};

struct edi_stock_reports *
edi_stock_reports_new(mem_ctx *ctx, struct edi_writer *w,
    const struct edi_profile *p, int64_t created_ts_us)
{
	struct edi_stock_reports *d = mem_new(ctx, struct edi_stock_reports);

	d->w = w;
	d->p = p;
	d->is_x12 = strcmp(p->standard, "x12") == 0;
	d->created_ts_us = created_ts_us;
	return d;
}

void
edi_stock_report_open(struct edi_stock_reports *d, const char *report_no)
{
	const char *us = d->p->vendor_no[0] != '\0' ? d->p->vendor_no
						    : d->p->our_id;
	struct edi_writer *w = d->w;

	d->lines = 0;
	edi_w_set(w, d->is_x12 ? "846" : "INVRPT");
	if (!d->is_x12) {
		edi_w_tag(w, "BGM");
		edi_w_text(w, "35");
		edi_w_text(w, report_no);
		edi_w_text(w, "9");
		edi_w_dtm(w, "137", d->created_ts_us);
		edi_w_dtm(w, "366", d->created_ts_us);
		edi_put_nad(w, "SU", us);
		edi_put_nad(w, "BY", d->p->their_id);
		return;
	}
	edi_w_tag(w, "BIA");
	edi_w_text(w, "00");
	edi_w_text(w, "SI");
	edi_w_text(w, report_no);
	edi_w_date(w, d->created_ts_us);
	edi_w_time(w, d->created_ts_us);
	edi_w_tag(w, "N1");
	edi_w_text(w, "VN");
	edi_w_skip(w, 1);
	edi_w_text(w, "92");
	edi_w_text(w, us);
}

static void
x12_line(struct edi_stock_reports *d, const char *sku, const char *name,
    const char *unit, const char *qty)
{
	struct edi_writer *w = d->w;

	edi_w_tag(w, "LIN");
	edi_w_int(w, d->lines);
	edi_w_text(w, edi_item_qualifier(d->p));
	edi_w_text(w, sku);
	if (name[0] != '\0') {
		edi_w_tag(w, "PID");
		edi_w_text(w, "F");
		edi_w_skip(w, 3);
		edi_w_textn(w, name, NAME_MAX_BYTES);
	}
	edi_w_tag(w, "QTY");
	edi_w_text(w, "33");
	edi_w_text(w, qty);
	edi_w_text(w, edi_unit(d->p, unit));
}

/* D.96A begins the group with QTY, D.01B with INV. */
static bool
inv_first(const struct edi_profile *p)
{
	return strncmp(p->version, "D:0", 3) == 0;
}

static void
edifact_line(struct edi_stock_reports *d, const char *sku, const char *unit,
    const char *qty)
{
	struct edi_writer *w = d->w;

	edi_w_tag(w, "LIN");
	edi_w_int(w, d->lines);
	edi_w_skip(w, 1);
	edi_w_text(w, sku);
	edi_w_more(w, edi_item_qualifier(d->p));
	if (inv_first(d->p)) {
		edi_w_tag(w, "INV");
		edi_w_skip(w, 1);
		edi_w_text(w, "1"); /* 7491: accepted stock */
	}
	edi_w_tag(w, "QTY");
	edi_w_text(w, "145");
	edi_w_more(w, qty);
	edi_w_more(w, edi_unit(d->p, unit));
}

void
edi_stock_report_line(struct edi_stock_reports *d, const char *sku,
    const char *name, const char *unit, int64_t qty)
{
	char text[NUMBER_BYTES];

	snprintf(text, sizeof(text), "%lld", (long long)qty);
	d->lines++;
	if (d->is_x12)
		x12_line(d, sku, name, unit, text);
	else
		edifact_line(d, sku, unit, text);
}

void
edi_stock_report_close(struct edi_stock_reports *d)
{
	if (d->is_x12) {
		edi_w_tag(d->w, "CTT");
		edi_w_int(d->w, d->lines);
	}
	edi_w_set_end(d->w);
}
