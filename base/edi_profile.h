/*
 * edi_profile.h - [edi] in a partner's file: how we trade EDI with him.
 *
 * Every switch has a default that most partners can live with; only
 * standard, our_id and their_id must be given.
 */
#ifndef OMS_BASE_EDI_PROFILE_H
#define OMS_BASE_EDI_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

struct edi_profile {
	char *standard; /* "x12", "edifact", "" the partner has no EDI */
	char *version;  /* "004010", "005010", "D:96A", "D:01B" */
	char *assoc;    /* EDIFACT 0057: "EAN008", or "EAN008 IFTMIN:EAN004" */
	bool test;      /* ISA15 T, UNB 0035 1; production is the default */

	/* who we are to him, who he is: envelope */
	char *our_id;        /* ISA06 or ISA08, UNB 0004/0010 */
	char *our_qualifier; /* ISA05, UNB 0007: "ZZ", "14" */
	char *their_id;
	char *their_qualifier;
	char *our_group_id;   /* GS02; "" = our_id */
	char *their_group_id; /* GS03; "" = their_id */
	char *application;    /* UNB 0026, or "" */
	char *agreement;      /* UNB 0032, or "" */

	/* how what we write looks */
	char *element_separator;    /* "" the standard's: * or + */
	char *component_separator;  /* > or : */
	char *repetition_separator; /* ^ from 00402 on, or * in syntax 4 */
	char *terminator;           /* ~ or ' */
	char *release;              /* EDIFACT: ? */
	char *decimal_mark;         /* EDIFACT: . */
	char *suffix;               /* none cr lf crlf: behind a terminator */
	char *replacement;          /* X12: for service characters in data; ""
				       refuse the document */
	char *charset;              /* X12: utf-8 iso-8859-1 ascii; EDIFACT:
				       UNOA UNOB UNOC UNOY ... */
	int64_t syntax;             /* EDIFACT 0002: 1 to 4 */
	bool una;                   /* write UNA always */
	bool groups;                /* EDIFACT: UNG and UNE */

	/* control numbers */
	int64_t control_first; /* 1 */
	int64_t control_last;  /* 999999999: then control_first again */
	char *control_prefix;  /* EDIFACT 0020, or "" */

	/* acknowledgements */
	char *ack;          /* what we send: 997 999 contrl none */
	bool ack_accepted;  /* name accepted sets in it, too: AK2 */
	char *ta1;          /* asked (ISA14), always, errors, never */
	char *expect_ack;   /* what he owes us: none 997 999 contrl */
	int64_t ack_time_s; /* until it is overdue */
	bool ask_ta1;       /* set ISA14 or UNB 0031 */

	/* what we take */
	char *lenient;          /* "wrapped indented", of parsers/edi.h */
	char *guides;           /* overlays, relative to the home */
	char *guide_version;    /* read his sets by this version's guides */
	char *sets;             /* only these: "850 860"; "" all we know */
	int64_t duplicate_days; /* ISA13 may not come twice in; 0 no check */
	bool check_groups;
	bool check_sets;
	char *on_error;        /* set, interchange: what is refused */
	int64_t max_set_bytes; /* of one set in memory */
	char *trailing;        /* allowed, optional, refused: separators */

	/* what his documents mean */
	char *item_qualifier;       /* out: of our sku: VN SK UP EN; SA SRV */
	char *their_item_qualifier; /* his own item number: BP IN */
	char *change_qty;           /* 860 QI QD: new, delta */
	char *omitted_lines;        /* 945: by_code, short, shipped, open */
	char *short_lines;          /* 945, DESADV: backorder, close */
	char *absent_items;         /* 846 INVRPT: keep, zero */
	bool damaged_in_received;   /* 944: W07 counts damaged units, too */
	char *gs1_prefix;           /* for SSCC-18, "" none */
	char *vendor_no;            /* what he calls us: REF*IA */
	char *warehouse_id;         /* N1*SF, N1*WH: of a wms, "" its node */
	char *scac;                 /* of a carrier */
};

enum { EDI_ASSOC_BYTES = 7 };

/*
 * edi_profile_assoc - the association code that a message is written with.
 *
 * message  "ORDERS": its own of assoc, else the one of all the others
 * is_own   only its own: for messages of another version than the profile's
 * ret      "" none
 */
void edi_profile_assoc(const struct edi_profile *p, const char *message,
    bool is_own, char ret[EDI_ASSOC_BYTES]);

/* Why assoc cannot be read, as a sentence; NULL: it can. */
const char *edi_profile_assoc_fault(const char *assoc);

#endif
