/*
 * edi_transport.h - what carriers are told and say, in X12 and EDIFACT.
 *
 * Pure, as all mappers: rows become one set, a set becomes a struct, and
 * nothing is looked up.  Texts of what is read are never NULL and live as long
 * as the set or ctx.
 *
 *	out  edi_load           204  IFTMIN  a load offered, a shipment booked
 *	in   edi_tender_answer  990          the offer is taken, or not
 *	     edi_movements      214  IFTSTA  where it is
 *	     edi_freight        210          what it costs
 *
 * source  X12 004010 and 005010; UN/EDIFACT D.96A and D.01B; docs/formats/edi
 */
#ifndef OMS_MAPPERS_EDI_TRANSPORT_H
#define OMS_MAPPERS_EDI_TRANSPORT_H

#include "mappers/out.h"
#include "parsers/edi_set.h"
#include "writers/edi.h"

/* ---- 204, IFTMIN --------------------------------------------------------- */

struct edi_load {
	struct out_handover h;
	const char *node_name;
	const char *node_country;
	int64_t pickup_ts_us;  /* not before; 0 not known */
	int64_t ship_by_ts_us; /* not after; 0 not known */
	bool is_cancel;        /* what was offered is taken back */
};

/* One set of a writer whose interchange and group are open. */
void edi_load_write(struct edi_writer *w, const struct edi_profile *p,
    int64_t created_ts_us, const struct edi_load *l);

/* ---- 990 ----------------------------------------------------------------- */

struct edi_tender_answer {
	const char *shipment_key; /* B102: the number of our 204 */
	const char *scac;
	const char *code;      /* B104 as sent */
	const char *date;      /* B103 as sent, or "" */
	const char *state;     /* accepted declined conditional countered */
	const char *reference; /* the carrier's, N9 or L11 with CN; or "" */
	const char *reason;    /* K1, or "" */
};

/*
 * edi_tender_answer_map - a 990.
 *
 * errors  OMS_VALUE  it names no shipment, or its code is none we know
 */
bool edi_tender_answer_map(mem_ctx *ctx, const struct edi_set *set,
    struct edi_tender_answer *ret, struct oms_error *err) MUST_CHECK;

/* ---- 214, IFTSTA --------------------------------------------------------- */

/* What a carrier's status is to us.  Only the first three move a shipment. */
enum movement_kind {
	MOVED_BOOKED,
	MOVED_DISPATCHED,
	MOVED_DELIVERED,
	MOVED_IN_TRANSIT,
	MOVED_ETA,       /* the time is when it will come */
	MOVED_EXCEPTION, /* a person must look */
	MOVED_NOTE,      /* kept, and nothing else */
	MOVED_KINDS
};

/* "booked", "in_transit" ...; of a word MOVED_KINDS: there is none such. */
const char *movement_name(enum movement_kind kind);
enum movement_kind movement_of(const char *name);

/* One word of a list of statuses. */
struct movement_code {
	const char *code;
	enum movement_kind kind;
	const char *text; /* for people: "arrived at a terminal" */
};

/*
 * movement_code_of - what a status code means, in that set and release.
 *
 * Never by the code alone: IFTSTA has another list in D.01B than in D.96A,
 * and EANCOM has its own in both.
 *
 * element  of 214: 1650 status, 1652 appointment; of IFTSTA it is 0
 * NULL     the list of that set and release does not have it
 */
const struct movement_code *movement_code_of(const struct edi_set *set,
    int element, const char *code);

/* Of 1651, why; "" when it is not known.  Has nothing to do with 1650. */
const char *movement_reason_x12(const char *code);

struct edi_movement {
	const char *shipment_key;
	const char *code;      /* as sent */
	const char *agency;    /* EDIFACT 3055 of it, or "" */
	const char *text;      /* what it means, "" not known */
	const char *reason;    /* code as sent, or "" */
	const char *why;       /* what that means, or free text, or "" */
	const char *reference; /* the carrier's: PRO, consignment number */
	const char *tracking;
	const char *place;     /* "MEMPHIS, TN, US", or "" */
	const char *equipment; /* "SCAC 30402", or "" */
	enum movement_kind kind;
	bool is_known; /* the code is in the list of that set and release */
	bool is_local; /* the zone is not known: ts_us takes it as UTC */
	int64_t ts_us; /* 0: it says none */
};

struct edi_movements {
	struct edi_movement *moves; /* in the order of the set */
	size_t count;
};

/*
 * edi_movements_map - a 214 or IFTSTA as what happened, one after another.
 *
 * errors  OMS_VALUE  a date that is none, or a status that says neither which
 *                    shipment it is about nor what happened
 *         OMS_LIMIT  more than 10000 of them
 */
bool edi_movements_map(mem_ctx *ctx, const struct edi_set *set,
    struct edi_movements *ret, struct oms_error *err) MUST_CHECK;

/* ---- 210 ----------------------------------------------------------------- */

struct edi_charge {
	const char *code; /* L108: FUE, CUS, or "" */
	const char *text; /* L502 or L112, or "" */
	int64_t amount_minor;
};

struct edi_freight {
	const char *invoice_no;
	const char *shipment_key;
	const char *pay;        /* PP CC TP ... */
	const char *correction; /* B308, or "" */
	const char *scac;
	const char *currency; /* C301, or "" */
	int64_t invoice_ts_us;
	int64_t amount_minor;
	struct edi_charge *charges;
	size_t charge_count;
	int64_t charges_minor; /* their sum */
};

/*
 * edi_freight_map - a 210.
 *
 * currency  of amounts when C3 is not there; an ISO 4217 code
 * errors    OMS_VALUE  no invoice number, or a value that cannot be used
 *           OMS_LIMIT  more than 1000 charges
 */
bool edi_freight_map(mem_ctx *ctx, const struct edi_set *set,
    const char *currency, struct edi_freight *ret,
    struct oms_error *err) MUST_CHECK;

/* The shipment a 210 is about, before its amounts are read; "" none. */
const char *edi_freight_shipment(const struct edi_set *set);

#endif
