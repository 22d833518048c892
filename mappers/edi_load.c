/*
 * edi_load.c - a shipment for a carrier: offered by 204, booked by IFTMIN.
 *
 * One set a shipment, with one place to load and one to unload.  The number of
 * the shipment is our shipment key: the carrier's answers name it again.
 */

#include <stdio.h>
#include <string.h>

#include "mappers/edi_put.h"
#include "mappers/edi_transport.h"

enum {
	X12_NAME_BYTES = 60,
	X12_LINE_BYTES = 55,
	X12_CITY_BYTES = 30,
	X12_ORDER_BYTES = 22, /* OID02 */
	X12_REF_BYTES = 30,
	X12_STATE_BYTES = 2,
	X12_CODE_BYTES = 15,
	TEXT_BYTES = 35, /* of most texts of EDIFACT */
	CODE_BYTES = 9,  /* 3229, 3251 */
	PHONE_BYTES = 80,
	KG_BYTES = 24,
	GRAMS_PER_KG = 1000
};

#define US_PER_MINUTE INT64_C(60000000)
#define US_PER_DAY    (1440 * US_PER_MINUTE)

struct loading {
	struct edi_writer *w;
	const struct edi_profile *p;
	int64_t created_ts_us;
	const struct edi_load *l;
	char kg[KG_BYTES];
};

/* A component of EDIFACT, cut between two characters. */
static void
more_cut(struct edi_writer *w, const char *text)
{
	char shown[TEXT_BYTES + 1];
	size_t n = strnlen(text, TEXT_BYTES);

	while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
		n--;
	memcpy(shown, text, n);
	shown[n] = '\0';
	edi_w_more(w, shown);
}

static const char *
name_of(const struct out_address *a)
{
	return a->name[0] != '\0' ? a->name : a->company;
}

static const char *
node_name(const struct edi_load *l)
{
	return l->node_name[0] != '\0' ? l->node_name : l->h.node;
}

/* ---- 204 ------------------------------------------------------------------ */

/* A code of fixed length that is none of ours is better left out. */
static const char *
if_fits(const char *text, size_t min_bytes, size_t max_bytes)
{
	size_t n = strlen(text);

	return n >= min_bytes && n <= max_bytes ? text : "";
}

static void
x12_time(struct edi_writer *w, const char *qualifier, const char *of,
    int64_t ts_us)
{
	if (ts_us == 0)
		return;
	SEGMENT(w, "G62", qualifier);
	edi_w_date(w, ts_us);
	edi_w_text(w, of);
	edi_w_time(w, ts_us);
	edi_w_text(w, "UT");
}

static void
x12_stop(struct loading *d, const char *no, const char *why)
{
	SEGMENT(d->w, "S5", no, why);
}

static void
x12_weight(struct loading *d)
{
	if (d->l->h.weight_g > 0)
		SEGMENT(d->w, "AT8", "G", "K", d->kg);
}

/* When it may be fetched at the latest: a day is its end, and a time that is
   before the load is ready is none. */
static int64_t
latest_pickup(const struct edi_load *l)
{
	bool is_day = l->ship_by_ts_us % US_PER_DAY == 0;
	int64_t by = l->ship_by_ts_us +
	    (is_day ? US_PER_DAY - US_PER_MINUTE : 0);

	return l->ship_by_ts_us != 0 && by > l->pickup_ts_us ? by : 0;
}

/* An answer is of use until the load may be fetched. */
static int64_t
respond_by(const struct loading *d)
{
	const struct edi_load *l = d->l;

	return !l->is_cancel && l->pickup_ts_us > d->created_ts_us
	    ? l->pickup_ts_us
	    : 0;
}

static void
x12_pick_up(struct loading *d)
{
	const struct edi_load *l = d->l;

	x12_stop(d, "1", "CL");
	x12_time(d->w, "37", "I", l->pickup_ts_us);
	x12_time(d->w, "38", "K", latest_pickup(l));
	x12_weight(d);
	SEGMENT(d->w, "N1", "SF");
	edi_w_textn(d->w, node_name(l), X12_NAME_BYTES);
	edi_w_text(d->w, "92");
	edi_w_text(d->w, l->h.node);
	if (l->node_country[0] != '\0')
		SEGMENT(d->w, "N4", "", "", "", if_fits(l->node_country, 2, 3));
}

static void
x12_address(struct edi_writer *w, const struct out_address *a)
{
	SEGMENT(w, "N1", "ST");
	edi_w_textn(w, name_of(a), X12_NAME_BYTES);
	if (a->name[0] != '\0' && a->company[0] != '\0') {
		edi_w_tag(w, "N2");
		edi_w_textn(w, a->company, X12_NAME_BYTES);
	}
	if (a->address1[0] != '\0') {
		edi_w_tag(w, "N3");
		edi_w_textn(w, a->address1, X12_LINE_BYTES);
		edi_w_textn(w, a->address2, X12_LINE_BYTES);
	}
	edi_w_tag(w, "N4");
	edi_w_textn(w, if_fits(a->city, 2, SIZE_MAX), X12_CITY_BYTES);
	edi_w_text(w, if_fits(a->state, X12_STATE_BYTES, X12_STATE_BYTES));
	edi_w_text(w, if_fits(a->postal_code, 3, X12_CODE_BYTES));
	edi_w_text(w, a->country);
	if (a->phone[0] != '\0') {
		SEGMENT(w, "G61", "DC");
		edi_w_textn(w, name_of(a), X12_NAME_BYTES);
		edi_w_text(w, "TE");
		edi_w_textn(w, a->phone, PHONE_BYTES);
	}
}

static void
x12_delivery(struct loading *d)
{
	const struct out_handover *h = &d->l->h;

	x12_stop(d, "2", "CU");
	x12_time(d->w, "54", "L", h->promise_ts_us);
	x12_weight(d);
	x12_address(d->w, &h->to);
	SEGMENT(d->w, "OID", h->shipment_key);
	edi_w_textn(d->w, h->order_no, X12_ORDER_BYTES);
	if (h->weight_g > 0) {
		edi_w_skip(d->w, 3);
		edi_w_text(d->w, "K");
		edi_w_text(d->w, d->kg);
	}
}

/* L301/02 go together; the charge is what our rate says. */
static void
x12_total(struct loading *d)
{
	const struct out_handover *h = &d->l->h;
	bool has_rate = h->rate_minor != INT64_MIN;

	if (h->weight_g <= 0 && !has_rate)
		return;
	edi_w_tag(d->w, "L3");
	edi_w_text(d->w, h->weight_g > 0 ? d->kg : "");
	edi_w_text(d->w, h->weight_g > 0 ? "G" : "");
	if (has_rate) {
		edi_w_skip(d->w, 2);
		edi_w_n2(d->w, h->rate_minor, h->currency);
	}
}

static void
write_204(struct loading *d)
{
	const struct out_handover *h = &d->l->h;

	edi_w_set(d->w, "204");
	SEGMENT(d->w, "B2", "", d->p->scac, "", h->shipment_key, "", "PP");
	SEGMENT(d->w, "B2A", d->l->is_cancel ? "01" : "00", "LT");
	edi_w_tag(d->w, "L11");
	edi_w_textn(d->w, h->order_no, X12_REF_BYTES);
	edi_w_text(d->w, "CO");
	if (h->service[0] != '\0') {
		edi_w_tag(d->w, "L11");
		edi_w_textn(d->w, h->service, X12_REF_BYTES);
		edi_w_text(d->w, "ZZ");
		edi_w_text(d->w, "SERVICE");
	}
	x12_time(d->w, "64", "1", respond_by(d));
	x12_pick_up(d);
	x12_delivery(d);
	x12_total(d);
	edi_w_set_end(d->w);
}

/* ---- IFTMIN --------------------------------------------------------------- */

static bool
is_eancom(const struct edi_profile *p)
{
	char assoc[EDI_ASSOC_BYTES];

	edi_profile_assoc(p, "IFTMIN", false, assoc);
	return strncmp(assoc, "EAN", 3) == 0;
}

/* By road: 3 of UN/ECE Recommendation 19, which EANCOM writes as 30. */
static const char *
by_road(const struct edi_profile *p)
{
	return is_eancom(p) ? "30" : "3";
}

/* C040 and C082 of a carrier: the SCAC by the list that says so. */
static void
carrier_id(struct loading *d)
{
	edi_w_text(d->w, d->p->scac);
	if (d->p->scac[0] == '\0')
		return;
	edi_w_more(d->w, "172");
	edi_w_more(d->w, "182");
}

static void
transport(struct loading *d)
{
	SEGMENT(d->w, "TDT", "20", "", by_road(d->p), "");
	carrier_id(d);
	if (d->p->scac[0] == '\0') {
		edi_w_more(d->w, "");
		edi_w_more(d->w, "");
		more_cut(d->w, d->l->h.carrier);
	}
}

static void
rff(struct loading *d, const char *qualifier, const char *value)
{
	SEGMENT(d->w, "RFF", qualifier);
	more_cut(d->w, value);
}

/* Our own name of the place, as the buyer of the transport assigned it. */
static void
consignor(struct loading *d)
{
	const struct edi_load *l = d->l;

	SEGMENT(d->w, "NAD", "CZ", l->h.node);
	edi_w_more(d->w, "");
	edi_w_more(d->w, "92");
	edi_w_skip(d->w, 1);
	edi_w_textn(d->w, node_name(l), TEXT_BYTES);
	edi_w_skip(d->w, 4);
	edi_w_text(d->w, l->node_country);
}

/* C080 and C059 take one text in several components of 35. */
static void
two(struct edi_writer *w, const char *first, const char *second)
{
	edi_w_textn(w, first, TEXT_BYTES);
	more_cut(w, second);
}

static void
consignee(struct loading *d)
{
	const struct out_address *a = &d->l->h.to;

	SEGMENT(d->w, "NAD", "CN", "", "");
	two(d->w, name_of(a), a->name[0] != '\0' ? a->company : "");
	two(d->w, a->address1, a->address2);
	edi_w_textn(d->w, a->city, TEXT_BYTES);
	edi_w_text(d->w, if_fits(a->state, 1, CODE_BYTES));
	edi_w_text(d->w, if_fits(a->postal_code, 1, CODE_BYTES));
	edi_w_text(d->w, a->country);
	if (a->phone[0] == '\0')
		return;
	SEGMENT(d->w, "CTA", "IC");
	edi_w_tag(d->w, "COM");
	edi_w_textn(d->w, a->phone, PHONE_BYTES);
	edi_w_more(d->w, "TE");
}

static void
carrier(struct loading *d)
{
	SEGMENT(d->w, "NAD", "CA");
	carrier_id(d);
	if (d->p->scac[0] == '\0') {
		edi_w_skip(d->w, 1);
		edi_w_textn(d->w, d->l->h.carrier, TEXT_BYTES);
	}
}

static void
goods(struct loading *d)
{
	SEGMENT(d->w, "GID", "1");
	if (d->l->h.weight_g <= 0)
		return;
	SEGMENT(d->w, "MEA", "AAE", "G", "KGM");
	edi_w_more(d->w, d->kg);
}

static void
write_iftmin(struct loading *d)
{
	const struct edi_load *l = d->l;

	edi_w_set(d->w, "IFTMIN");
	SEGMENT(d->w, "BGM", "610", l->h.shipment_key,
	    l->is_cancel ? "1" : "9");
	edi_w_dtm(d->w, "137", d->created_ts_us);
	if (l->h.promise_ts_us != 0)
		edi_w_dtm(d->w, "2", l->h.promise_ts_us);
	if (l->pickup_ts_us != 0)
		edi_w_dtm(d->w, "10", l->pickup_ts_us);
	if (latest_pickup(l) != 0)
		edi_w_dtm(d->w, "235", latest_pickup(l));
	if (l->h.service[0] != '\0') {
		SEGMENT(d->w, "FTX", "DEL", "", "");
		edi_w_textn(d->w, l->h.service, TEXT_BYTES);
	}
	if (l->h.weight_g > 0) {
		SEGMENT(d->w, "CNT", "7");
		edi_w_more(d->w, d->kg);
		edi_w_more(d->w, "KGM");
	}
	rff(d, "CU", l->h.shipment_key);
	rff(d, "ON", l->h.order_no);
	transport(d);
	consignor(d);
	consignee(d);
	carrier(d);
	goods(d);
	edi_w_set_end(d->w);
}

/* ------------------------------------------------------------------------- */

void
edi_load_write(struct edi_writer *w, const struct edi_profile *p,
    int64_t created_ts_us, const struct edi_load *l)
{
	struct loading d = { .w = w,
		.p = p,
		.created_ts_us = created_ts_us,
		.l = l };
	bool is_x12 = strcmp(p->standard, "x12") == 0;
	bool has_mark = !is_x12 && p->decimal_mark[0] != '\0';
	int64_t g = l->h.weight_g;

	snprintf(d.kg, sizeof(d.kg), "%lld%s%03lld",
	    (long long)(g / GRAMS_PER_KG), has_mark ? p->decimal_mark : ".",
	    (long long)(g % GRAMS_PER_KG));
	if (is_x12)
		write_204(&d);
	else
		write_iftmin(&d);
}
