/*
 * edi_gen.c - write purchase orders as EDI: the same for the same arguments.
 *
 *	edi_gen x12|edifact [-n SETS] [-f FIRST] [-l LINES] [-s SEED] > orders
 *
 * One interchange, one group (X12), sets of 850 or ORDERS (D.96A, EANCOM):
 * about 1.5 KB each, 3 to 15 lines, or LINES.  Counts, control numbers and what
 * is split over stores add up.  FIRST numbers the first order and the
 * interchange.  Invented parties only; some texts need release characters.
 */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINES_MIN = 3, LINES_MAX = 15 };

static uint64_t state;
static int segments;        /* of the set */
static unsigned line_count; /* of every set; 0: by chance */

/* splitmix64: small, and the same everywhere. */
static uint64_t
next_random(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static unsigned
below(unsigned n)
{
	return (unsigned)(next_random() % n);
}

static unsigned
lines_of_set(void)
{
	return line_count > 0 ? line_count
			      : LINES_MIN + below(LINES_MAX - LINES_MIN + 1);
}

#define PICK(list) list[below(sizeof(list) / sizeof((list)[0]))]

static const char *const companies[] = { "HARBOUR HARDWARE",
	"NORTHLAMP LIGHTING", "FJORDWARE TRADING", "QUAY AND SONS",
	"MEADOW KITCHENS", "OLD MILL SUPPLY" };
static const char *const streets[] = { "7 QUAY LANE", "118 FOUNDRY ROAD",
	"2290 ORCHARD AVENUE SUITE 4", "15 STATION SQUARE", "84 DYKE STREET" };
static const char *const cities[] = { "PORTHAVEN*ME*04101",
	"MILLBROOK*OH*43215", "EASTFIELD*TX*75201", "LAKE GROVE*OR*97034" };
static const char *const things[] = { "LAMP, BRASS, 11 INCH",
	"SHELF BRACKET STEEL GREY", "HINGE 8/0 LOCK GEAR", "TEA TOWEL LINEN",
	"CABLE 3 M BLACK", "BOX OF 50 SCREWS 4X40" };
static const char *const texts[] = { "DELIVER BETWEEN 8 AND 11",
	"DRIVER?'S HELP AT DOCK 4", "CALL ?+49 40 555 0100 BEFORE ARRIVAL",
	"DO NOT STACK" };

static void __attribute__((format(printf, 1, 2))) put(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	segments++;
}

/* ----------------------------------------------------------------- X12 */

static void
put_850(unsigned no)
{
	unsigned lines = lines_of_set();

	segments = 0;
	put("ST*850*%09u~", no);
	put("BEG*00*SA*PO%08u**202603%02u~", no, 1 + below(28));
	put("CUR*BY*USD~");
	put("REF*DP*%03u~", below(1000));
	put("REF*IA*%06u*VENDOR NUMBER~", below(1000000));
	put("FOB*CC*OR*PORTHAVEN~");
	put("ITD*01*3*2**30**31*****NET 31 DAYS~");
	put("DTM*010*202604%02u~", 1 + below(28));
	put("DTM*001*202605%02u~", 1 + below(28));
	put("TD5**2*UPSN*M*GROUND~");
	put("N1*BY*%s*92*%04u~", PICK(companies), below(10000));
	put("N1*ST*%s*92*%04u~", PICK(companies), below(10000));
	put("N3*%s~", PICK(streets));
	put("N4*%s*US~", PICK(cities));
	for (unsigned i = 1; i <= lines; i++) {
		unsigned qty = 2 + below(47), half = qty / 2;

		put("PO1*%u*%u*EA*%u.%02u*TE*VN*SKU-%04u*UP*0%011u~", i, qty,
		    below(500), below(100), below(10000), below(1000000000));
		put("PID*F****%s~", PICK(things));
		put("PO4*%u*1*EA*PLT94**%u*LB~", 1 + below(24), 1 + below(90));
		if (below(4) == 0)
			put("SDQ*EA*92*%04u*%u*%04u*%u~", 1 + below(4), half,
			    5 + below(4), qty - half);
	}
	put("CTT*%u~", lines);
	put("SE*%d*%09u~", segments + 1, no);
}

static void
put_x12(unsigned first, unsigned sets)
{
	printf("ISA*00*          *00*          *ZZ*NORTHLAMP      *ZZ*"
	       "FJORDWARE      *260328*0410*U*00401*%09u*0*P*>~"
	       "GS*PO*NORTHLAMP*FJORDWARE*20260328*0410*17*X*004010~",
	    first);
	for (unsigned i = 0; i < sets; i++)
		put_850(first + i);
	printf("GE*%u*17~IEA*1*%09u~", sets, first);
}

/* ------------------------------------------------------------- EDIFACT */

static void
put_party(const char *role)
{
	put("NAD+%s+54%011u::9++%s+%s+PORTHAVEN++%05u+US'", role,
	    below(1000000000), PICK(companies), PICK(streets), below(100000));
}

static void
put_orders(unsigned no)
{
	unsigned lines = lines_of_set();

	segments = 0;
	put("UNH+%u+ORDERS:D:96A:UN:EAN008'", no);
	put("BGM+220+PO%08u+9'", no);
	put("DTM+137:202603%02u:102'", 1 + below(28));
	put("DTM+2:202604%02u:102'", 1 + below(28));
	put("FTX+DEL+++%s'", PICK(texts));
	put("RFF+CT:%06u'", below(1000000));
	put_party("BY");
	put("CTA+PD+:E HOLM'");
	put("COM+555 01%02u:TE'", below(100));
	put_party("SU");
	put_party("DP");
	put("CUX+2:EUR:9'");
	put("TDT+20++30+31'");
	for (unsigned i = 1; i <= lines; i++) {
		put("LIN+%u++40%011u:EN'", i, below(1000000000));
		put("PIA+1+SKU-%04u:SA'", below(10000));
		put("IMD+F++:::%s'", PICK(things));
		put("QTY+21:%u'", 1 + below(48));
		put("MOA+203:%u.%02u'", below(9000), below(100));
		put("PRI+AAA:%u.%02u'", below(500), below(100));
	}
	put("UNS+S'");
	put("CNT+2:%u'", lines);
	put("UNT+%d+%u'", segments + 1, no);
}

static void
put_edifact(unsigned first, unsigned sets)
{
	printf("UNA:+.? 'UNB+UNOA:3+5412345000013:14+4012345000009:14+"
	       "260328:0410+%u'",
	    first);
	for (unsigned i = 0; i < sets; i++)
		put_orders(first + i);
	printf("UNZ+%u+%u'", sets, first);
}

int
main(int argc, char **argv)
{
	unsigned sets = 1000, first = 1;
	int c;

	while ((c = getopt(argc, argv, "n:f:l:s:")) != -1) {
		if (c == 'n')
			sets = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'f')
			first = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'l')
			line_count = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 's')
			state = strtoull(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind + 1 != argc)
		return 2;
	if (strcmp(argv[optind], "x12") == 0)
		put_x12(first, sets);
	else if (strcmp(argv[optind], "edifact") == 0)
		put_edifact(first, sets);
	else
		return 2;
	return fflush(stdout) == 0 ? 0 : 1;
}
