/* test_edi_check.c - the promises of parsers/edi_check.h. */

#include "tests/unit/edi_text.h"

#include <talloc.h>

/* Three orders of which the second is the one that a test spoils. */
static const char good
    [] = "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           "
	 "*260328*0410*U*00401*000000017*0*P*>~\n"
	 "GS*PO*ACME*OURS*20260328*0410*17*X*004010~\n"
	 "ST*850*0001~\n"
	 "BEG*00*SA*PO-1**20260309~\n"
	 "PO1*1*22*EA*4.50**VN*SKU-1~\n"
	 "CTT*1~\n"
	 "SE*5*0001~\n"
	 "ST*850*0002~\n"
	 "BEG*00*SA*PO-2**20260310~\n"
	 "REF*DP*679~\n"
	 "DTM*010*20260424*1200~\n"
	 "N9*ZZ*GIFT~\n"
	 "MSG*HAPPY BIRTHDAY~\n"
	 "N1*ST*SHOP*92*12~\n"
	 "N3*1 MAIN STREET~\n"
	 "N4*SPRINGFIELD*IL*62701*US~\n"
	 "PO1*1*22*EA*4.50**VN*SKU-1*UP*000123456789~\n"
	 "PID*F****LAMP~\n"
	 "PO1*2*1*EA*10**VN*SKU-2~\n"
	 "CTT*2*23~\n"
	 "SE*14*0002~\n"
	 "ST*850*0003~\n"
	 "BEG*00*SA*PO-3**20260309~\n"
	 "PO1*1*22*EA*4.50**VN*SKU-1~\n"
	 "CTT*1~\n"
	 "SE*5*0003~\n"
	 "GE*3*17~\n"
	 "IEA*1*000000017~\n";

static const char
    orders[] = "UNA:+.? '\n"
	       "UNB+UNOB:3+5412345000013:14+4012345000009:14+260328:0410+99'\n"
	       "UNH+1+ORDERS:D:96A:UN:EAN008'\n"
	       "BGM+220+PO-1+9'\n"
	       "DTM+137:20260309:102'\n"
	       "NAD+BY+5412345000013::9'\n"
	       "NAD+SU+4012345000009::9'\n"
	       "LIN+1++4012345000016:EN'\n"
	       "QTY+21:22'\n"
	       "PRI+AAA:4.50'\n"
	       "LIN+2++4012345000023:EN'\n"
	       "QTY+21:1'\n"
	       "UNS+S'\n"
	       "CNT+2:2'\n"
	       "UNT+13+1'\n"
	       "UNH+2+ORDERS:D:96A:UN:EAN008'\n"
	       "BGM+220+PO-2+9'\n"
	       "DTM+137:20260309:102'\n"
	       "LIN+1++4012345000016:EN'\n"
	       "QTY+21:22'\n"
	       "UNS+S'\n"
	       "CNT+2:1'\n"
	       "UNT+8+2'\n"
	       "UNZ+2+99'\n";

struct fixture {
	struct edi_check_options options;
	struct edi_text *text;
	struct edi_sink sink;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->options.guides = edi_guides_new(f);
	f->options.is_test = -1;
	f->text = edi_text_new(f);
	f->sink = edi_text_sink(f->text);
	*state = f;
	return 0;
}

/* text with the one place of old, from a line on, made new. */
static char *
edited(mem_ctx *ctx, const char *text, const char *from, const char *old,
    const char *new)
{
	const char *at = strstr(text, from);

	if (at != NULL)
		at = strstr(at, old);
	if (at == NULL)
		fail_msg("no \"%s\" behind \"%s\"", old, from);
	return mem_printf(ctx, "%.*s%s%s", (int)(at - text), text, new,
	    at + strlen(old));
}

/* What is said of a text that is cut in two at a place; 0: not at all. */
static void
check_cut(struct fixture *f, const char *text, size_t cut)
{
	struct edi_check *c;
	size_t n = strlen(text);

	edi_text_clear(f->text);
	c = edi_check_new(f, &f->options, &f->sink);
	if (cut > 0)
		ASSERT_OK(edi_check_feed(c, text, cut, ERR));
	ASSERT_OK(edi_check_feed(c, text + cut, n - cut, ERR));
	ASSERT_OK(edi_check_finish(c, &f->text->sum, ERR));
	mem_free(c);
}

static void
check(struct fixture *f, const char *text)
{
	check_cut(f, text, 0);
}

/* ------------------------------------------------------ one fault each */

struct fault {
	const char *about;
	const char *old; /* behind "ST*850*0002", or UNH+1 */
	const char *new;
	const char
	    *trailer; /* NULL, or instead of SE, UNT: its count is right */
	const char *findings;
	const char *verdicts; /* all of them */
	const char *message;  /* of all findings */
};

static const struct fault faults_x12[] = {
	{ .about = "SE01 counts wrongly",
	    .old = "SE*14*",
	    .new = "SE*15*",
	    .findings = "E set-count 850/0002 14 SE 1.0 @21:4+502\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 4 contrl 29\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "SE says 15 segments, but 14 came\n" },
	{ .about = "SE01 is no number",
	    .old = "SE*14*",
	    .new = "SE*XIV*",
	    .findings = "E set-count 850/0002 14 SE 1.0 @21:4+502\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 4 contrl 29\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 623 bytes\n",
	    .message = "SE says XIV segments, but 14 came\n" },
	{ .about = "SE02 names another set",
	    .old = "SE*14*0002",
	    .new = "SE*14*0009",
	    .findings = "E set-control 850/0002 14 SE 2.0 @21:7+505\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 3 contrl 28\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "SE names set 0009, but it began as 0002\n" },
	{ .about = "GE01 counts wrongly",
	    .old = "GE*3*",
	    .new = "GE*4*",
	    .findings = "E group-count / 0 GE 1.0 @27:4+599\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 A\n"
			"set 850 0003 A\n"
			"group 17 R 4 3 0 5 contrl 29\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "GE says 4 sets, but 3 came\n" },
	{ .about = "GE02 names another group",
	    .old = "GE*3*17",
	    .new = "GE*3*18",
	    .findings = "E group-control / 0 GE 2.0 @27:6+601\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 A\n"
			"set 850 0003 A\n"
			"group 17 R 3 3 0 4 contrl 28\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "GE names group 18, but it began as 17\n" },
	{ .about = "GE02 with zeroes is the same number",
	    .old = "GE*3*17",
	    .new = "GE*3*0017",
	    .findings = "",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 A\n"
			"set 850 0003 A\n"
			"group 17 A 3 3 3\n"
			"interchange 000000017 A 000 contrl 0, 624 bytes\n",
	    .message = "" },
	{ .about = "IEA01 counts wrongly",
	    .old = "IEA*1*",
	    .new = "IEA*2*",
	    .findings = "E interchange-count / 0 IEA 1.0 @28:5+609\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 A\n"
			"set 850 0003 A\n"
			"group 17 A 3 3 3\n"
			"interchange 000000017 R 021 contrl 29, 622 bytes\n",
	    .message = "IEA says 2 groups, but 1 came\n" },
	{ .about = "IEA02 names another interchange",
	    .old = "IEA*1*000000017",
	    .new = "IEA*1*000000018",
	    .findings = "E interchange-control / 0 IEA 2.0 @28:7+611\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 A\n"
			"set 850 0003 A\n"
			"group 17 A 3 3 3\n"
			"interchange 000000017 R 001 contrl 28, 622 bytes\n",
	    .message = "IEA names interchange 000000018, but it began as "
		       "000000017\n" },
	{ .about = "BEG is not there",
	    .old = "BEG*00*SA*PO-2**20260310~\n",
	    .new = "",
	    .trailer = "SE*13*0002~",
	    .findings = "E segment-missing 850/0002 2 BEG 0.0 @9:1+248\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 13\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 596 bytes\n",
	    .message = "BEG is missing before this REF: the guide demands "
		       "it\n" },
	{ .about = "BEG was lost after SE01 was counted: one cause",
	    .old = "BEG*00*SA*PO-2**20260310~\n",
	    .new = "",
	    .findings = "E segment-missing 850/0002 2 BEG 0.0 @9:1+248\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 13\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 596 bytes\n",
	    .message = "BEG is missing before this REF: the guide demands "
		       "it\n" },
	{ .about = "PO103 is too long",
	    .old = "*22*EA*4.50**VN*SKU-1*UP",
	    .new = "*22*EACH*4.50**VN*SKU-1*UP",
	    .findings = "E element-too-long 850/0002 10 PO1 3.0 @17:10+414\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 39\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 624 bytes\n",
	    .message = "PO103 is \"EACH\": 4 characters where at most 2 are "
		       "allowed\n" },
	{ .about = "ST02 came before",
	    .old = "ST*850*0002~",
	    .new = "ST*850*0001~",
	    .trailer = "SE*14*0001~",
	    .findings = "E set-duplicate 850/0001 1 ST 2.0 @8:8+242\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0001 R 23 contrl 26\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "set control number 0001 stands twice in this group\n" },
	{ .about = "BEG05 is no date",
	    .old = "20260310",
	    .new = "20260230",
	    .findings = "E element-date 850/0002 2 BEG 5.0 @9:17+264\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 12\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "BEG05 20260230 is no date\n" },
	{ .about = "a segment that nobody knows",
	    .old = "REF*DP*679~\n",
	    .new = "ZZX*1~\n"
		   "REF*DP*679~\n",
	    .trailer = "SE*15*0002~",
	    .findings = "E segment-unknown 850/0002 3 ZZX 0.0 @10:1+274\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 15\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 629 bytes\n",
	    .message = "no segment ZZX is known in 004010: it was left out\n" },
	{ .about = "a segment of another set",
	    .old = "REF*DP*679~\n",
	    .new = "BSN*00*1*20260309*1200~\n"
		   "REF*DP*679~\n",
	    .trailer = "SE*15*0002~",
	    .findings = "E segment-not-in-set 850/0002 3 BSN 0.0 @10:1+274\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 15\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 646 bytes\n",
	    .message = "BSN (Beginning Segment for Ship Notice) is no segment "
		       "of set 850\n" },
	{ .about = "P: a qualifier alone",
	    .old = "*SKU-1*UP*000123456789",
	    .new = "*SKU-1*UP",
	    .findings = "E element-condition 850/0002 10 PO1 9.0 @17:1+405\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 48\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 609 bytes\n",
	    .message = "PO109 is missing: of PO108 and PO109, all must be "
		       "there or none\n" },
	{ .about = "N1 before N9",
	    .old = "N9*ZZ*GIFT~\n"
		   "MSG*HAPPY BIRTHDAY~\n"
		   "N1*ST*SHOP*92*12~\n"
		   "N3*1 MAIN STREET~\n"
		   "N4*SPRINGFIELD*IL*62701*US~\n",
	    .new = "N1*ST*SHOP*92*12~\n"
		   "N3*1 MAIN STREET~\n"
		   "N4*SPRINGFIELD*IL*62701*US~\n"
		   "N9*ZZ*GIFT~\n"
		   "MSG*HAPPY BIRTHDAY~\n",
	    .findings = "E segment-order 850/0002 8 N9 0.0 @15:1+373\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 15\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "N9 stands too late: it belongs before N1\n" },
	{ .about = "N1 before N9, which comes twice",
	    .old = "N9*ZZ*GIFT~\n"
		   "MSG*HAPPY BIRTHDAY~\n"
		   "N1*ST*SHOP*92*12~\n"
		   "N3*1 MAIN STREET~\n"
		   "N4*SPRINGFIELD*IL*62701*US~\n",
	    .new = "N1*ST*SHOP*92*12~\n"
		   "N9*ZZ*GIFT~\n"
		   "MSG*HAPPY~\n"
		   "N9*ZZ*CARD~\n"
		   "MSG*BIRTHDAY~\n"
		   "N1*BT*SHOP*92*13~\n",
	    .trailer = "SE*15*0002~",
	    .findings = "E segment-order 850/0002 6 N9 0.0 @13:1+327\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 15\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 611 bytes\n",
	    .message = "N9 stands too late: it belongs before N1\n" },
	{ .about = "BEG after REF",
	    .old = "BEG*00*SA*PO-2**20260310~\n"
		   "REF*DP*679~\n",
	    .new = "REF*DP*679~\n"
		   "BEG*00*SA*PO-2**20260310~\n",
	    .findings = "E segment-missing 850/0002 2 BEG 0.0 @9:1+248\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 13\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "BEG is missing before this REF: the guide demands "
		       "it\n" },
	{ .about = "N1 is not there",
	    .old = "N1*ST*SHOP*92*12~\n",
	    .new = "",
	    .trailer = "SE*13*0002~",
	    .findings = "E segment-unexpected 850/0002 7 N3 0.0 @14:1+341\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 15\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 604 bytes\n",
	    .message = "N3 may not stand here: it belongs to loop N1, which "
		       "begins with N1\n" },
	{ .about = "no PO1 at all",
	    .old = "PO1*1*22*EA*4.50**VN*SKU-1*UP*000123456789~\n"
		   "PID*F****LAMP~\n"
		   "PO1*2*1*EA*10**VN*SKU-2~\n"
		   "CTT*2*23~\n",
	    .new = "",
	    .trailer = "SE*10*0002~",
	    .findings = "E segment-missing 850/0002 10 PO1 0.0 @17:1+405\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 13\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 528 bytes\n",
	    .message = "PO1 is missing before this SE: the guide demands "
		       "it\n" },
	{ .about = "BEG twice",
	    .old = "REF*DP*679~\n",
	    .new = "BEG*00*SA*PO-2**20260310~\n"
		   "REF*DP*679~\n",
	    .trailer = "SE*15*0002~",
	    .findings = "E segment-too-often 850/0002 3 BEG 0.0 @10:1+274\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 35\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 648 bytes\n",
	    .message = "BEG occurs more than 1 time\n" },
	{ .about = "twelve DTM where ten may stand",
	    .old = "DTM*010*20260424*1200~\n",
	    .new = "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n"
		   "DTM*010*20260424~\n",
	    .trailer = "SE*25*0002~",
	    .findings = "E segment-too-often 850/0002 14 DTM 0.0 @21:1+466\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 35\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 815 bytes\n",
	    .message = "DTM occurs more than 10 times\n" },
	{ .about = "a loop too often",
	    .old = "CTT*2*23~\n",
	    .new = "CTT*2*23~\n"
		   "CTT*2*23~\n",
	    .trailer = "SE*15*0002~",
	    .findings = "E loop-too-often 850/0002 14 CTT 0.0 @21:1+499\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 36\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 632 bytes\n",
	    .message = "loop CTT occurs more than 1 time\n" },
	{ .about = "SE is not there",
	    .old = "SE*14*0002~\n",
	    .new = "",
	    .findings = "E set-cut 850/0002 14 SE 0.0 @21:1+499\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 2 contrl 13\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 610 bytes\n",
	    .message = "set 850 0002 ends without SE before this ST\n" },
	{ .about = "ST is not there",
	    .old = "ST*850*0002~\n",
	    .new = "",
	    .findings = "E segment-unexpected / 0 BEG 0.0 @8:1+235\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0003 A\n"
			"group 17 P 3 2 2\n"
			"interchange 000000017 A 000 contrl 0, 609 bytes\n",
	    .message = "BEG stands in no set: ST is missing before it\n" },
	{ .about = "SE and GE are not there",
	    .old = "SE*14*0002~\n"
		   "ST*850*0003~\n"
		   "BEG*00*SA*PO-3**20260309~\n"
		   "PO1*1*22*EA*4.50**VN*SKU-1~\n"
		   "CTT*1~\n"
		   "SE*5*0003~\n"
		   "GE*3*17~\n",
	    .new = "",
	    .findings = "E set-cut 850/0002 14 SE 0.0 @21:1+499\n"
			"E group-cut / 0 GE 0.0 @21:1+499\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 2 contrl 13\n"
			"group 17 R -1 2 0 3 contrl 13\n"
			"interchange 000000017 P 000 contrl 0, 516 bytes\n",
	    .message = "set 850 0002 ends without SE before this IEA\n"
		       "group 17 ends without GE before this IEA\n" },
	{ .about = "ST02 is too short",
	    .old = "ST*850*0002~",
	    .new = "ST*850*2~",
	    .trailer = "SE*14*2~",
	    .findings = "E set-control-form 850/2 1 ST 2.0 @8:8+242\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 2 R 7 contrl 12\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 616 bytes\n",
	    .message = "ST02 is \"2\": it must have 4 to 9 characters\n" },
	{ .about = "ST01 is no number",
	    .old = "ST*850*0002~",
	    .new = "ST*PO*0002~",
	    .findings = "E set-id PO/0002 1 ST 1.0 @8:4+238\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set PO 0002 R 6 contrl 12\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 621 bytes\n",
	    .message = "ST01 is \"PO\": it must be three digits\n" },
	{ .about = "BEG03 is empty",
	    .old = "*PO-2*",
	    .new = "**",
	    .findings = "E element-missing 850/0002 2 BEG 3.0 @9:1+248\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 13\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 618 bytes\n",
	    .message = "BEG03 is missing: Purchase Order Number\n" },
	{ .about = "two mandatory elements at the end",
	    .old = "BEG*00*SA*PO-2**20260310",
	    .new = "BEG*00*SA",
	    .findings = "E element-missing 850/0002 2 BEG 3.0 @9:1+248\n"
			"E element-missing 850/0002 2 BEG 5.0 @9:1+248\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 13\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 607 bytes\n",
	    .message = "BEG03 is missing: Purchase Order Number\n"
		       "BEG05 is missing: Date\n" },
	{ .about = "too many elements",
	    .old = "REF*DP*679",
	    .new = "REF*DP*679*TEXT**MORE",
	    .findings = "E element-too-many 850/0002 3 REF 5.0 @10:18+291\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 16\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 633 bytes\n",
	    .message = "REF05: more elements than the segment has\n" },
	{ .about = "an empty element at the end",
	    .old = "REF*DP*679",
	    .new = "REF*DP*679*",
	    .findings = "E trailing-separator 850/0002 3 REF 3.0 @10:12+285\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 45\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 623 bytes\n",
	    .message = "REF03: empty at the end: leave the separators away\n" },
	{ .about = "two terminators in a row",
	    .old = "REF*DP*679~\n",
	    .new = "~\n"
		   "REF*DP*679~\n",
	    .findings = "E segment-empty 850/0002 3 - 0.0 @10:1+274\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 12\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 624 bytes\n",
	    .message = "two segment terminators stand in a row: \"~\"\n" },
	{ .about = "a time that is none",
	    .old = "*1200",
	    .new = "*2460",
	    .findings = "E element-time 850/0002 4 DTM 3.0 @11:18+303\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 12\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "DTM03 2460 is no time\n" },
	{ .about = "a quantity that is no number",
	    .old = "PO1*1*22*",
	    .new = "PO1*1*2O*",
	    .findings = "E element-number 850/0002 10 PO1 2.0 @17:7+411\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 37\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "PO102 is \"2O\": it is no number\n" },
	{ .about = "sign and mark do not count",
	    .old = "*4.50**VN*SKU-1*UP",
	    .new = "*-12345678901234567.**VN*SKU-1*UP",
	    .findings = "",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 A\n"
			"set 850 0003 A\n"
			"group 17 A 3 3 3\n"
			"interchange 000000017 A 000 contrl 0, 637 bytes\n",
	    .message = "" },
	{ .about = "eighteen digits where 17 may be",
	    .old = "*4.50**VN*SKU-1*UP",
	    .new = "*1234567890.12345678**VN*SKU-1*UP",
	    .findings = "E element-too-long 850/0002 10 PO1 4.0 @17:13+417\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 39\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 637 bytes\n",
	    .message = "PO104 is \"1234567890.12345678\": 18 digits where at "
		       "most 17 are allowed\n" },
	{ .about = "a comma as decimal mark",
	    .old = "*4.50**VN*SKU-1*UP",
	    .new = "*4,50**VN*SKU-1*UP",
	    .findings = "E element-decimal 850/0002 10 PO1 4.0 @17:13+417\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 19\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "PO104 is \"4,50\": the decimal mark must be \".\"\n" },
	{ .about = "components where there are none",
	    .old = "*SKU-1*UP",
	    .new = "*SKU>1*UP",
	    .findings = "E element-components 850/0002 10 PO1 7.2 @17:26+430\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 16\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "PO107-2: the element has no components\n" },
	{ .about = "a control character",
	    .old = "MSG*HAPPY",
	    .new = "MSG*HAP\011PY",
	    .findings = "E element-character 850/0002 6 MSG 1.0 @13:5+325\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 21\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 623 bytes\n",
	    .message = "MSG01 is \"HAP\\x09PY BIRTHDAY\": a character in it "
		       "may not stand there\n" },
	{ .about = "UTF-8 counts by characters",
	    .old = "N4*SPRINGFIELD*IL",
	    .new = "N4*SPRINGFIELD*\303\234L",
	    .findings = "",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 A\n"
			"set 850 0003 A\n"
			"group 17 A 3 3 3\n"
			"interchange 000000017 A 000 contrl 0, 623 bytes\n",
	    .message = "" },
	{ .about = "CTT01 counts wrongly",
	    .old = "CTT*2*23",
	    .new = "CTT*3*23",
	    .findings = "E total 850/0002 13 CTT 1.0 @20:5+493\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 29\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 622 bytes\n",
	    .message = "CTT01 is 3: the set has 2 PO1\n" },
	{ .about = "CTT02 sums wrongly",
	    .old = "CTT*2*23",
	    .new = "CTT*2*24.50",
	    .findings = "W total 850/0002 13 CTT 2.0 @20:7+495\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 A\n"
			"set 850 0003 A\n"
			"group 17 A 3 3 3\n"
			"interchange 000000017 A 000 contrl 0, 625 bytes\n",
	    .message = "CTT02 is 24.50: the sum of element 2 of all PO1 is "
		       "23\n" },
	{ .about = "C: PO105 without PO104",
	    .old = "*EA*4.50**VN*SKU-1*UP",
	    .new = "*EA**TE*VN*SKU-1*UP",
	    .findings = "E element-condition 850/0002 10 PO1 4.0 @17:1+405\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 48\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 620 bytes\n",
	    .message = "PO104 is missing: of PO105 and PO104, the first "
		       "demands all the others\n" },
	{ .about = "R: N1 with its first only",
	    .old = "N1*ST*SHOP*92*12",
	    .new = "N1*ST",
	    .findings = "E element-condition 850/0002 7 N1 2.0 @14:1+341\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 48\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 611 bytes\n",
	    .message = "N102 is missing: of N102 and N103, at least one must "
		       "be there\n" },
	{ .about = "P: N103 without N104",
	    .old = "N1*ST*SHOP*92*12",
	    .new = "N1*ST*SHOP*92",
	    .findings = "E element-condition 850/0002 7 N1 4.0 @14:1+341\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 48\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 619 bytes\n",
	    .message = "N104 is missing: of N103 and N104, all must be there "
		       "or none\n" },
	{ .about = "L: ITD03 needs 04, 05 or 13",
	    .old = "DTM*010",
	    .new = "ITD*01*3*2~\n"
		   "DTM*010",
	    .trailer = "SE*15*0002~",
	    .findings = "E element-condition 850/0002 4 ITD 4.0 @11:1+286\n",
	    .verdicts = "from ZZ:ACME to ZZ:OURS 000000017 00401 20260328 "
			"0410\n"
			"set 850 0001 A\n"
			"set 850 0002 R 5 contrl 48\n"
			"set 850 0003 A\n"
			"group 17 P 3 3 2\n"
			"interchange 000000017 P 000 contrl 0, 634 bytes\n",
	    .message = "ITD04 is missing: of ITD03, ITD04, ITD05 and ITD13, "
		       "the first demands one of the others\n" },
};

static const struct fault faults_edifact[] = {
	{ .about = "BGM is not there",
	    .old = "BGM+220+PO-1+9'\n",
	    .new = "",
	    .trailer = "UNT+12+1'",
	    .findings = "E segment-missing ORDERS/1 2 BGM 0.0 @4:1+101\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 13\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 423 bytes\n",
	    .message = "BGM is missing before this DTM: the guide demands "
		       "it\n" },
	{ .about = "UNT counts wrongly",
	    .old = "UNT+13+1",
	    .new = "UNT+12+1",
	    .findings = "E set-count ORDERS/1 13 UNT 1.0 @15:5+294\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 4 contrl 29\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 439 bytes\n",
	    .message = "UNT says 12 segments, but 13 came\n" },
	{ .about = "UNT names another message",
	    .old = "UNT+13+1",
	    .new = "UNT+13+7",
	    .findings = "E set-control ORDERS/1 13 UNT 2.0 @15:8+297\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 3 contrl 28\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 439 bytes\n",
	    .message = "UNT names set 7, but it began as 1\n" },
	{ .about = "UNZ counts wrongly",
	    .old = "UNZ+2+",
	    .new = "UNZ+3+",
	    .findings = "E interchange-count / 0 UNZ 1.0 @24:5+433\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 A\n"
			"set ORDERS 2 A\n"
			"group  A -1 2 2\n"
			"interchange 99 R 021 contrl 29, 439 bytes\n",
	    .message = "UNZ says 3 messages, but 2 came\n" },
	{ .about = "UNZ names another interchange",
	    .old = "UNZ+2+99",
	    .new = "UNZ+2+98",
	    .findings = "E interchange-control / 0 UNZ 2.0 @24:7+435\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 A\n"
			"set ORDERS 2 A\n"
			"group  A -1 2 2\n"
			"interchange 99 R 001 contrl 28, 439 bytes\n",
	    .message = "UNZ names interchange 98, but it began as 99\n" },
	{ .about = "0062 twice",
	    .old = "UNH+2+ORDERS:D:96A:UN:EAN008'\n"
		   "BGM+220+PO-2+9'\n"
		   "DTM+137:20260309:102'\n"
		   "LIN+1++4012345000016:EN'\n"
		   "QTY+21:22'\n"
		   "UNS+S'\n"
		   "CNT+2:1'\n"
		   "UNT+8+2'\n",
	    .new = "UNH+1+ORDERS:D:96A:UN:EAN008'\n"
		   "BGM+220+PO-2+9'\n"
		   "DTM+137:20260309:102'\n"
		   "LIN+1++4012345000016:EN'\n"
		   "QTY+21:22'\n"
		   "UNS+S'\n"
		   "CNT+2:1'\n"
		   "UNT+8+1'\n",
	    .findings = "E set-duplicate ORDERS/1 1 UNH 1.0 @16:5+304\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 A\n"
			"set ORDERS 1 R 23 contrl 26\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 439 bytes\n",
	    .message = "set control number 1 stands twice in this "
		       "interchange\n" },
	{ .about = "UNT is not there",
	    .old = "UNT+13+1'\n",
	    .new = "",
	    .findings = "E set-cut ORDERS/1 13 UNT 0.0 @15:1+290\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 2 contrl 13\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 429 bytes\n",
	    .message = "set ORDERS 1 ends without UNT before this UNH\n" },
	{ .about = "UNH is not there",
	    .old = "UNH+1+ORDERS:D:96A:UN:EAN008'\n",
	    .new = "",
	    .findings = "E segment-unexpected / 0 BGM 0.0 @3:1+71\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 2 A\n"
			"group  P -1 1 1\n"
			"interchange 99 A 000 contrl 0, 409 bytes\n",
	    .message = "BGM stands in no set: UNH is missing before it\n" },
	{ .about = "a quantity with a comma",
	    .old = "QTY+21:22'",
	    .new = "QTY+21:22,5'",
	    .findings = "E element-decimal ORDERS/1 7 QTY 1.2 @9:8+221\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 19\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 441 bytes\n",
	    .message = "QTY element 1.2 (6060) is \"22,5\": the decimal mark "
		       "must be \".\"\n" },
	{ .about = "no digit before the mark",
	    .old = "PRI+AAA:4.50'",
	    .new = "PRI+AAA:.50'",
	    .findings = "E element-number ORDERS/1 8 PRI 1.2 @10:9+233\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 37\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 438 bytes\n",
	    .message = "PRI element 1.2 (5118) is \".50\": it is no number\n" },
	{ .about = "bytes that UNOB has not",
	    .old = "BGM+220+PO-1+9'",
	    .new = "BGM+220+PO\3771+9'",
	    .findings = "E charset ORDERS/1 2 BGM 2.0 @4:9+109\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 46\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 439 bytes\n",
	    .message = "BGM element 2 (1004) is \"PO\\xff1\": bytes in it are "
		       "not of the character set that UNB declares\n" },
	{ .about = "a control character in a value",
	    .old = "BGM+220+PO-1+9'",
	    .new = "BGM+220+PO\0011+9'",
	    .findings = "E element-character ORDERS/1 2 BGM 2.0 @4:9+109\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 21\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 439 bytes\n",
	    .message = "BGM element 2 (1004) is \"PO\\x011\": a character in "
		       "it may not stand there\n" },
	{ .about = "a released value counts without its release",
	    .old = "BGM+220+PO-1+9'",
	    .new = "BGM+220+PO?+45678901234567890123456789012345+9'",
	    .findings = "",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 A\n"
			"set ORDERS 2 A\n"
			"group  A -1 2 2\n"
			"interchange 99 A 000 contrl 0, 471 bytes\n",
	    .message = "" },
	{ .about = "a released value that is too long",
	    .old = "BGM+220+PO-1+9'",
	    .new = "BGM+220+PO?+456789012345678901234567890123456+9'",
	    .findings = "E element-too-long ORDERS/1 2 BGM 2.0 @4:9+109\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 39\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 472 bytes\n",
	    .message = "BGM element 2 (1004) is "
		       "\"PO+456789012345678901234567890123456\": 36 "
		       "characters where at most 35 are allowed\n" },
	{ .about = "too many components",
	    .old = "DTM+137:20260309:102'",
	    .new = "DTM+137:20260309:102:X'",
	    .findings = "E element-components ORDERS/1 3 DTM 1.4 @5:22+138\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 16\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 441 bytes\n",
	    .message = "DTM element 1.4: more components than the element "
		       "has\n" },
	{ .about = "an empty component at the end",
	    .old = "NAD+BY+5412345000013::9'",
	    .new = "NAD+BY+5412345000013::'",
	    .findings = "E trailing-separator ORDERS/1 4 NAD 2.3 @6:23+161\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 45\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 438 bytes\n",
	    .message = "NAD element 2.3: empty at the end: leave the "
		       "separators away\n" },
	{ .about = "a mandatory component is not there",
	    .old = "DTM+137:20260309:102'",
	    .new = "DTM+:20260309:102'",
	    .findings = "E element-missing ORDERS/1 3 DTM 1.1 @5:1+117\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 13\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 436 bytes\n",
	    .message = "DTM element 1.1 (2005) is missing: Date/time/period "
		       "qualifier\n" },
	{ .about = "CNT 2 counts wrongly",
	    .old = "CNT+2:2'",
	    .new = "CNT+2:3'",
	    .findings = "E total ORDERS/1 12 CNT 1.2 @14:7+287\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 29\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 439 bytes\n",
	    .message = "CNT element 1.2 is 3: the set has 2 LIN\n" },
	{ .about = "a segment that D:96A does not know",
	    .old = "UNS+S'\n",
	    .new = "ZZX+1'\n"
		   "UNS+S'\n",
	    .trailer = "UNT+14+1'",
	    .findings = "E segment-unknown ORDERS/1 11 ZZX 0.0 @13:1+274\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 15\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 446 bytes\n",
	    .message = "no segment ZZX is known in D:96A: it was left out\n" },
	{ .about = "BGM after LIN",
	    .old = "QTY+21:22'\n",
	    .new = "QTY+21:22'\n"
		   "BGM+220+PO-9+9'\n",
	    .trailer = "UNT+14+1'",
	    .findings = "E segment-order ORDERS/1 8 BGM 0.0 @10:1+225\n",
	    .verdicts = "from 5412345000013:14 to 4012345000009:14 99 UNOB:3 "
			"20260328 0410\n"
			"set ORDERS 1 R 5 contrl 15\n"
			"set ORDERS 2 A\n"
			"group  P -1 2 1\n"
			"interchange 99 P 000 contrl 0, 455 bytes\n",
	    .message = "BGM stands too late: it belongs before LIN\n" },
};

static void
check_fault(struct fixture *f, const char *text, const char *from,
    const struct fault *t)
{
	const char *end = text == good ? "SE*14*0002~" : "UNT+13+1'";
	char *bad = edited(f, text, from, t->old, t->new);

	if (t->trailer != NULL)
		bad = edited(f, bad, "", end, t->trailer);
	check(f, bad);
	if (strcmp(f->text->findings.p, t->findings) != 0)
		fail_msg("%s: %s, not %s", t->about, f->text->findings.p,
		    t->findings);
	if (strcmp(f->text->verdicts.p, t->verdicts) != 0)
		fail_msg("%s: %s, not %s", t->about, f->text->verdicts.p,
		    t->verdicts);
	if (strcmp(f->text->messages.p, t->message) != 0)
		fail_msg("%s: %s, not %s", t->about, f->text->messages.p,
		    t->message);
}

/* 1.3, 1.4 of the rules of EDI: one cause, one finding, at its place. */
static void
test_edi_check_feed__one_fault_in_x12__is_said_once_where_it_is(void **state)
{
	for (size_t i = 0; i < COUNT(faults_x12); i++)
		check_fault(*state, good, "ST*850*0002", &faults_x12[i]);
}

static void
test_edi_check_feed__one_fault_in_edifact__is_said_once_where_it_is(
    void **state)
{
	for (size_t i = 0; i < COUNT(faults_edifact); i++)
		check_fault(*state, orders, "UNH+1", &faults_edifact[i]);
}

static void
test_edi_check_feed__good_files__have_no_finding(void **state)
{
	struct fixture *f = *state;

	check(f, good);
	assert_string_equal(f->text->findings.p, "");
	assert_int_equal(f->text->sum.sets_accepted, 3);
	assert_int_equal(f->text->sum.segments, 28);
	check(f, orders);
	assert_string_equal(f->text->findings.p, "");
	assert_int_equal(f->text->sum.sets_accepted, 2);
}

/* All places where a file may be cut in two: nothing changes. */
static void
every_cut(struct fixture *f, const char *text)
{
	char *findings, *verdicts, *segments;

	check(f, text);
	findings = mem_strdup(f, f->text->findings.p);
	verdicts = mem_strdup(f, f->text->verdicts.p);
	segments = mem_strdup(f, f->text->segments.p);
	for (size_t cut = 1; cut < strlen(text); cut++) {
		check_cut(f, text, cut);
		assert_string_equal(f->text->findings.p, findings);
		assert_string_equal(f->text->verdicts.p, verdicts);
		assert_string_equal(f->text->segments.p, segments);
	}
}

static void
test_edi_check_feed__cut_anywhere__says_the_same(void **state)
{
	struct fixture *f = *state;
	char *bad = edited(f, good, "ST*850*0002", "SKU-1*UP", "SKU>1*UP");

	bad = edited(f, bad, "ST*850*0002", "BEG*00*SA*PO-2**20260310~\n", "");
	bad = edited(f, bad, "ST*850*0002", "679", "679*");
	bad = edited(f, bad, "ST*850*0003", "GE*3", "GE*4");
	every_cut(f, bad);
	bad = edited(f, orders, "UNH+1", "PO-1", "?'PO\303\234 OF ?+ WORDS");
	bad = edited(f, bad, "UNH+1", "QTY+21:22", "QTY+21:X");
	every_cut(f, bad);
}

static void
test_edi_check_feed__each_segment__comes_with_its_place(void **state)
{
	struct fixture *f = *state;

	check(f, edited(f, good, "ST*850*0002", "REF*DP*679~\n", "ZZX*1~\n"));
	assert_non_null(strstr(f->text->segments.p,
	    "ST 1 ST\nBEG 2 BEG\nZZX 3 -\nDTM 4 DTM\nN9 5 N9 in N9\n"
	    "MSG 6 MSG in N9\nN1 7 N1 in N1\nN3 8 N3 in N1\n"
	    "N4 9 N4 in N1\nPO1 10 PO1 in PO1\nPID 11 PID in PID\n"
	    "PO1 12 PO1 in PO1\nCTT 13 CTT in CTT\nSE 14 SE\n"));
}

/* ------------------------------------------------------------ envelopes */

static void
expect(struct fixture *f, const char *findings, const char *verdict)
{
	assert_string_equal(f->text->findings.p, findings);
	if (strstr(f->text->verdicts.p, verdict) == NULL)
		fail_msg("no \"%s\" in %s", verdict, f->text->verdicts.p);
}

static void
test_edi_check_feed__a_control_number_twice__is_refused_at_its_level(
    void **state)
{
	struct fixture *f = *state;
	char *twice = mem_printf(f, "%s%s", good, good);

	check(f, twice);
	expect(f, "E interchange-duplicate / 0 ISA 13.0 @29:91+712\n",
	    "interchange 000000017 R 025 contrl 26");
	assert_non_null(strstr(f->text->verdicts.p,
	    "interchange 000000017 A 000 contrl 0, 622 bytes\nfrom"));

	check(f, edited(f, twice, "IEA", "000000017*0*P", "000000018*0*P"));
	expect(f, "E interchange-control / 0 IEA 2.0 @56:7+1233\n",
	    "interchange 000000018 R 001");

	twice = edited(f, good, "", "IEA*1*",
	    "GS*PO*ACME*OURS*20260328*0410*0017*X*004010~\n"
	    "ST*850*0001~\nBEG*00*SA*PO-9**20260309~\n"
	    "PO1*1*22*EA*4.50**VN*SKU-1~\nSE*4*0001~\nGE*1*17~\nIEA*2*");
	check(f, twice);
	expect(f, "E group-duplicate / 0 GS 6.0 @28:31+635\n",
	    "group 0017 R 1 1 0 19 contrl 26\n");
	f->options.no_group_check = true;
	check(f, twice);
	expect(f, "", "group 0017 A 1 1 1\n");
}

static void
test_edi_check_feed__the_number_was_here_before__is_refused(void **state)
{
	struct fixture *f = *state;

	f->text->is_known = true;
	check(f, good);
	expect(f, "E interchange-duplicate / 0 ISA 13.0 @1:91+90\n",
	    "interchange 000000017 R 025 contrl 26");
	assert_string_equal(f->text->messages.p,
	    "interchange 000000017 of ZZ:ACME was received before\n");
}

static void
test_edi_check_feed__other_parties_than_expected__are_refused(void **state)
{
	struct fixture *f = *state;

	f->options.sender = "ZZ:ACME";
	f->options.receiver = "ZZ:OURS";
	f->options.is_test = 0;
	check(f, good);
	expect(f, "", "interchange 000000017 A 000");
	f->options.sender = "ZZ:EMCA";
	check(f, good);
	expect(f, "E sender-unknown / 0 ISA 6.0 @1:36+35\n",
	    "interchange 000000017 R 006 contrl 23");
	f->options.sender = NULL;
	f->options.receiver = "01:OURS";
	check(f, good);
	expect(f, "E receiver-unknown / 0 ISA 8.0 @1:55+54\n",
	    "interchange 000000017 R 009 contrl 7");
	f->options.receiver = NULL;
	f->options.is_test = 1;
	check(f, good);
	expect(f, "E test-indicator / 0 ISA 15.0 @1:103+102\n",
	    "interchange 000000017 R 020 contrl 25");
	assert_string_equal(f->text->messages.p,
	    "this is a production interchange, expected is a test one\n");
}

static void
test_edi_check_feed__values_of_isa__are_checked_with_their_codes(void **state)
{
	static const struct {
		const char *old, *new, *findings, *verdict;
	} t[] = {
		{ "*260328*0410*U", "*260230*0410*U",
		    "E envelope-value / 0 ISA 9.0 @1:71+70\n", "R 014" },
		{ "*260328*0410*U", "*260328*2410*U",
		    "E envelope-value / 0 ISA 10.0 @1:78+77\n", "R 015" },
		{ "*00401*", "*10401*",
		    "E interchange-version / 0 ISA 12.0 @1:85+84\n", "R 017" },
		{ "*000000017*0", "*A00000017*0", NULL, "R 018" },
		{ "*0*P*>", "*2*P*>",
		    "E envelope-value / 0 ISA 14.0 @1:101+100\n", "R 019" },
		{ "*0*P*>", "*0*X*>",
		    "E envelope-value / 0 ISA 15.0 @1:103+102\n", "R 020" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(t); i++) {
		check(f, edited(f, good, "", t[i].old, t[i].new));
		expect(f,
		    t[i].findings != NULL ? t[i].findings : f->text->findings.p,
		    t[i].verdict);
	}
}

static void
test_edi_check_feed__a_file_that_is_cut__is_said_once(void **state)
{
	struct fixture *f = *state;
	char *cut = mem_strdup(f, good);

	*strstr(cut, "SE*5*0003") = '\0';
	check(f, cut);
	expect(f, "E interchange-cut 850/0003 4 IEA 0.0 @26:1+585\n",
	    "set 850 0003 R 2 contrl 13\ngroup 17 R -1 3 0 3 contrl 13\n"
	    "interchange 000000017 R 023 contrl 13, 585 bytes\n");
	cut[strlen(cut) - 4] = '\0';
	check(f, cut);
	expect(f, "E unterminated 850/0003 4 - 0.0 @25:1+578\n",
	    "set 850 0003 R 2");
	f->options.lenient = EDI_UNTERMINATED;
	cut = mem_strdup(f, good);
	*strrchr(cut, '~') = '\0';
	check(f, cut);
	expect(f, "W unterminated / 0 - 0.0 @28:1+605\n",
	    "interchange 000000017 E 000 contrl 0, 620 bytes\n");
}

static void
test_edi_check_feed__ta1_only__has_no_group_or_one(void **state)
{
	struct fixture *f = *state;
	char *head = mem_strdup(f, good);

	*strstr(head, "GS*PO") = '\0';
	check(f,
	    mem_printf(f,
		"%sTA1*000000905*260328*0410*A*000~\n"
		"IEA*0*000000017~\n",
		head));
	expect(f, "", "interchange 000000017 A 000");
	assert_string_equal(f->text->segments.p, "TA1 0 -\n");
	check(f,
	    mem_printf(f,
		"%sTA1*000000905*260328*0410*A*000~\n"
		"IEA*1*000000017~\n",
		head));
	expect(f, "", "interchange 000000017 A 000");
	check(f, mem_printf(f, "%sIEA*1*000000017~\n", head));
	expect(f, "E interchange-count / 0 IEA 1.0 @2:5+111\n",
	    "interchange 000000017 R 021");
}

static void
test_edi_check_feed__gs01_of_another_set__refuses_its_group(void **state)
{
	struct fixture *f = *state;
	char *bad = edited(f, good, "", "GS*PO*", "GS*IN*");

	check(f, bad);
	expect(f, "E group-code 850/0001 1 ST 1.0 @3:4+153\n",
	    "group 17 R 3 3 0 1 contrl 12\n");
	f->options.lenient = EDI_GROUP_CODE;
	check(f, bad);
	expect(f, "W group-code 850/0001 1 ST 1.0 @3:4+153\n",
	    "group 17 E 3 3 3\n");
}

static void
test_edi_check_feed__groups_of_edifact__are_counted_by_unz(void **state)
{
	static const char grouped
	    [] = "UNB+UNOB:3+A:14+B:14+260328:0410+99'\n"
		 "UNG+ORDERS+A+B+260328:0410+1+UN+D:96A'\n"
		 "UNH+1+ORDERS:D:96A:UN'\nBGM+220+1+9'\nDTM+137:20260309:102'\n"
		 "LIN+1'\nUNS+S'\nUNT+6+1'\nUNE+1+1'\n"
		 "UNG+ORDERS+A+B+260328:0410+2+UN+D:96A'\n"
		 "UNH+2+ORDERS:D:96A:UN'\nBGM+220+1+9'\nDTM+137:20260309:102'\n"
		 "LIN+1'\nUNS+S'\nUNT+6+2'\n"
		 "UNH+3+ORDERS:D:96A:UN'\nBGM+220+1+9'\nDTM+137:20260309:102'\n"
		 "LIN+1'\nUNS+S'\nUNT+6+3'\nUNE+2+2'\n"
		 "UNZ+2+99'\n";
	struct fixture *f = *state;

	check(f, grouped);
	expect(f, "", "group 2 A 2 2 2\ninterchange 99 A");
	check(f, edited(f, grouped, "UNE+1", "+2+UN", "+1+UN"));
	expect(f,
	    "E group-duplicate / 0 UNG 5.0 @10:28+193\n"
	    "E group-control / 0 UNE 2.0 @23:7+373\n",
	    "group 1 R 2 2 0 19 4 contrl 26\n");
	check(f, edited(f, grouped, "UNE+1", "UNE+2+2", "UNE+1+2"));
	expect(f, "E group-count / 0 UNE 1.0 @23:5+371\n",
	    "group 2 R 1 2 0 5 contrl 29\n");
	check(f, edited(f, grouped, "UNG+", "ORDERS+A", "INVOIC+A"));
	expect(f, "E group-code ORDERS/1 1 UNH 2.0 @3:7+82\n",
	    "group 1 R 1 1 0 1 contrl 12\n");
	check(f, edited(f, grouped, "UNE+2+2'\n", "UNZ+2", "UNZ+3"));
	expect(f, "E interchange-count / 0 UNZ 1.0 @24:5+380\n",
	    "interchange 99 R 021 contrl 29");
}

/* One cause, one finding: neither UNT nor UNE nor UNZ is blamed for it. */
static void
test_edi_check_feed__a_number_that_is_missing__is_said_once(void **state)
{
	struct fixture *f = *state;

	check(f, edited(f, orders, "", "UNH+1+", "UNH++"));
	expect(f, "E set-control-form ORDERS/ 1 UNH 1.0 @3:5+75\n",
	    "set ORDERS  R 7 contrl 12\n");
	check(f, edited(f, orders, "UNB", "+99'", "+'"));
	expect(f, "E envelope-value / 0 UNB 5.0 @2:58+67\n", "interchange  R");
	check(f, edited(f, good, "GS*PO", "*17*X", "**X"));
	expect(f, "E group-control-form / 0 GS 6.0 @2:31+137\n",
	    "group  R 3 3 0 6 contrl 12\n");
}

static void
test_edi_check_feed__a_version_nobody_knows__is_said_once_a_group(void **state)
{
	struct fixture *f = *state;
	char *text = edited(f, good, "GS*PO", "004010", "003060");

	check(f, text);
	expect(f, "W group-version / 0 GS 8.0 @2:36+142\n",
	    "set 850 0003 A\ngroup 17 A 3 3 3\n");
	/* The partner's profile says which guides are meant. */
	f->options.version = "004010";
	check(f, text);
	expect(f, "", "group 17 A 3 3 3\n");
}

/* What was accepted before the interchange was found wrong, is not. */
static void
test_edi_check_finish__of_a_refused_interchange__no_set_is_accepted(
    void **state)
{
	struct fixture *f = *state;

	check(f, edited(f, good, "", "IEA*1*000000017", "IEA*1*000000018"));
	assert_int_equal(f->text->sum.sets_accepted, 0);
	assert_int_equal(f->text->sum.sets_rejected, 3);
	check(f, good);
	assert_int_equal(f->text->sum.sets_accepted, 3);
}

/* ----------------------------------------------------------- leniencies */

static void
test_edi_check_feed__a_leniency__makes_its_error_a_warning(void **state)
{
	static const struct {
		enum edi_lenient bit;
		const char *old, *new, *finding, *verdict;
	} t[] = {
		{ EDI_COUNTS, "SE*14*", "SE*15*", "set-count", "R 4" },
		{ EDI_COUNTS, "GE*3*", "GE*4*", "group-count", "A" },
		{ EDI_COUNTS, "IEA*1*", "IEA*4*", "interchange-count", "A" },
		{ EDI_COUNTS, "CTT*2*23", "CTT*4", "total", "R 5" },
		{ EDI_CONTROLS, "SE*14*0002", "SE*14*2", "set-control", "R 3" },
		{ EDI_CONTROLS, "GE*3*17", "GE*3*1", "group-control", "A" },
		{ EDI_TRAILING, "REF*DP*679", "REF*DP*679*",
		    "trailing-separator", "R 5" },
		{ EDI_BLANKS, "*22*EA*4.50**VN*SKU-1*UP",
		    "*22*EA *4.50**VN*SKU-1*UP", "element-too-long", "R 5" },
		{ EDI_LENGTHS, "*22*EA*4.50**VN*SKU-1*UP",
		    "*22*EACH*4.50**VN*SKU-1*UP", "element-too-long", "R 5" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(t); i++) {
		char *bad = edited(f, good, "ST*850*0002", t[i].old, t[i].new);
		bool is_set = t[i].verdict[0] == 'R';

		f->options.lenient = EDI_STRICT;
		check(f, bad);
		assert_int_equal(f->text->sum.errors, 1);
		assert_int_equal(f->text->sum.warnings, 0);
		assert_ptr_equal(strstr(f->text->findings.p, t[i].finding),
		    f->text->findings.p + 2);
		assert_non_null(strstr(f->text->verdicts.p,
		    mem_printf(f, "set 850 0002 %s", t[i].verdict)));

		/* A value with a blank is too long, as well. */
		f->options.lenient = ~(unsigned)(t[i].bit | EDI_LENGTHS);
		check(f, bad);
		assert_int_equal(f->text->sum.errors, 1);

		f->options.lenient = (unsigned)t[i].bit;
		check(f, bad);
		assert_int_equal(f->text->sum.errors, 0);
		assert_int_equal(f->text->sum.warnings, 1);
		assert_ptr_equal(strstr(f->text->findings.p, t[i].finding),
		    f->text->findings.p + 2);
		assert_non_null(strstr(f->text->verdicts.p,
		    is_set ? "set 850 0002 E\n" : "set 850 0002 A\n"));
		assert_non_null(
		    strstr(f->text->verdicts.p, "interchange 000000017 E 000"));
	}
}

/* ------------------------------------------- what a small guide can say */

static const char small_dictionary[] = "standard x12\n"
				       "version 004010\n"
				       "e 143 ID 3 3\n"
				       "e 329 AN 4 9\n"
				       "e 96 N0 1 10\n"
				       "e 1 ID 1 3 closed : Colour\n"
				       "v 1 R : Red\n"
				       "v 1 G : Green\n"
				       "v 1 B : Blue\n"
				       "e 2 N2 1 6 : Price\n"
				       "e 3 R 1 8 : Weight\n"
				       "e 4 TM 4 8 : Time\n"
				       "e 5 DT 6 8 : Date\n"
				       "e 6 AN 1 5 : Text\n"
				       "e 628 AN 1 12\n"
				       "e 735 ID 1 2\n"
				       "c C001 6M 6 6 | P0203\n"
				       "s ST 143M 329M\n"
				       "s SE 96M 329M\n"
				       "s VAL 1 2 3 4 5 6*3 C001\n"
				       "s RUL 6x9 | P0102 R0304 E0506 C0708\n"
				       "s LRU 6x4 | L01020304\n"
				       "s HL 628M 628 735M\n"
				       "s LIN 6\n"
				       "s TOT 96 3\n";

static const char small_set[] = "standard x12\n"
				"version 004010\n"
				"use x12-004010.dictionary\n"
				"set 850 PO : Small\n"
				"  VAL 0 *\n"
				"  VAL.6 in A BB\n"
				"  RUL 0 *\n"
				"  LRU 0 *\n"
				"  loop S 0 1 when HL.3 in S\n"
				"    HL 1 1\n"
				"    loop P 0 * when HL.3 in P\n"
				"      HL 1 1\n"
				"      LIN 0 1\n"
				"    loop I 0 * when HL.3 in I\n"
				"      HL 1 1\n"
				"      LIN 1 1\n"
				"  TOT 0 1\n"
				"count TOT 1 HL\n"
				"tree HL\n";

static void
use_small_guide(struct fixture *f)
{
	f->options.guides = edi_guides_new(f);
	edi_guides_text(f->options.guides, "x12-004010.dictionary",
	    small_dictionary);
	edi_guides_text(f->options.guides, "x12-004010-850.guide", small_set);
}

/* A set with these segments in an envelope that is right. */
static char *
with_body(struct fixture *f, const char *body)
{
	int segments = 2;

	for (const char *p = body; *p != '\0'; p++)
		segments += *p == '~';
	return mem_printf(f,
	    "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS        "
	    "   *260328*0410*^*00501*000000017*0*P*>~\n"
	    "GS*PO*ACME*OURS*20260328*0410*17*X*004010~\nST*850*0001~\n"
	    "%sSE*%d*0001~\nGE*1*17~\nIEA*1*000000017~\n",
	    body, segments);
}

struct body {
	const char *body;
	const char *findings; /* fault, number and tag, element.component */
};

/* Only what and where, without bytes: "E element-code 2 VAL 1.0\n". */
static void
check_body(struct fixture *f, const struct body *t)
{
	char got[4096] = "", *line, *save;
	size_t len = 0;

	check(f, with_body(f, t->body));
	line = strtok_r(mem_strdup(f, f->text->findings.p), "\n", &save);
	for (; line != NULL; line = strtok_r(NULL, "\n", &save)) {
		char level, fault[40], set[40], tag[8];
		int no, e, c;

		assert_int_equal(sscanf(line, "%c %39s %39s %d %7s %d.%d",
				     &level, fault, set, &no, tag, &e, &c),
		    7);
		len += (size_t)snprintf(got + len, sizeof(got) - len,
		    "%c %s %d %s %d.%d\n", level, fault, no, tag, e, c);
	}
	if (strcmp(got, t->findings) != 0)
		fail_msg("%s: %s, not %s", t->body, got, t->findings);
}

static void
test_edi_check_feed__values__are_what_the_guide_says(void **state)
{
	static const struct body t[] = {
		{ "VAL*R*-1234*-.5*235959*20240229*BB~\n", "" },
		{ "VAL*X~\n", "E element-code 2 VAL 1.0\n" },
		{ "VAL*r~\n", "E element-code 2 VAL 1.0\n" },
		{ "VAL*RRRR~\n", "E element-too-long 2 VAL 1.0\n" },
		{ "VAL**12.5~\n", "E element-number 2 VAL 2.0\n" },
		{ "VAL**1234567~\n", "E element-too-long 2 VAL 2.0\n" },
		{ "VAL**-~\n", "E element-number 2 VAL 2.0\n" },
		{ "VAL***1.2.3~\n", "E element-number 2 VAL 3.0\n" },
		{ "VAL***1E3~\n", "E element-number 2 VAL 3.0\n" },
		{ "VAL***+1~\n", "E element-number 2 VAL 3.0\n" },
		{ "VAL****2400~\n", "E element-time 2 VAL 4.0\n" },
		{ "VAL****12345~\n", "E element-time 2 VAL 4.0\n" },
		{ "VAL****1234567~\nVAL****12345678~\n", "" },
		{ "VAL****123460~\n", "E element-time 2 VAL 4.0\n" },
		{ "VAL*****240229~\n", "" },
		{ "VAL*****230229~\n", "E element-date 2 VAL 5.0\n" },
		{ "VAL*****21000229~\n", "E element-date 2 VAL 5.0\n" },
		{ "VAL*****20001301~\n", "E element-date 2 VAL 5.0\n" },
		{ "VAL******A^BB^A~\n", "" },
		{ "VAL******A^BB^A^A^A~\n",
		    "E element-repetitions 2 VAL 6.0\n" },
		{ "VAL******A^C~\n", "E element-code 2 VAL 6.0\n" },
		{ "VAL*******1>2>3~\n", "" },
		{ "VAL*******>2>3~\n", "E element-missing 2 VAL 7.1\n" },
		{ "VAL*******1>2~\n", "E element-condition 2 VAL 7.3\n" },
		{ "VAL*******1>2>3>4>5~\n",
		    "E element-components 2 VAL 7.4\n" },
		{ "VAL*******1>>~\n", "E trailing-separator 2 VAL 7.3\n" },
		{ "VAL*R>G~\n", "E element-components 2 VAL 1.2\n" },
	};
	struct fixture *f = *state;

	use_small_guide(f);
	for (size_t i = 0; i < COUNT(t); i++)
		check_body(f, &t[i]);
	check(f, with_body(f, "VAL*X~\n"));
	assert_string_equal(f->text->messages.p,
	    "VAL01 is \"X\": expected is one of B, G, R\n");
	f->options.lenient = EDI_CODES;
	check_body(f,
	    &(struct body){ "VAL*X~\n", "W element-code 2 VAL 1.0\n" });
}

/* X12 names the element: C and P the one that is missing, E the second. */
static void
test_edi_check_feed__relational_rules__name_the_element(void **state)
{
	static const struct body t[] = {
		{ "RUL*A*B*C*D*E**G*H~\nRUL***C~\nLRU*A*B~\nLRU****D~\n", "" },
		{ "RUL*A**C~\n", "E element-condition 2 RUL 2.0\n" },
		{ "RUL**B*C~\n", "E element-condition 2 RUL 1.0\n" },
		{ "RUL*A*B~\n", "E element-condition 2 RUL 3.0\n" },
		{ "RUL***C**E*F~\n", "E element-exclusion 2 RUL 6.0\n" },
		{ "RUL***C****G~\n", "E element-condition 2 RUL 8.0\n" },
		{ "RUL***C*****H~\n", "" },
		{ "LRU*A~\n", "E element-condition 2 LRU 2.0\n" },
	};
	struct fixture *f = *state;

	use_small_guide(f);
	for (size_t i = 0; i < COUNT(t); i++)
		check_body(f, &t[i]);
	assert_int_equal(edi_faults[EDI_F_CONDITION].ak403, 2);
	assert_int_equal(edi_faults[EDI_F_EXCLUSION].ak403, 10);
}

/* The same of EDIFACT, in segments and in composites. */
static void
test_edi_check_feed__rules_of_edifact__name_the_element(void **state)
{
	static const char dictionary[] = "standard edifact\n"
					 "version D:96A\n"
					 "e 0051 an 1 2\n"
					 "e 0052 an 1 3\n"
					 "e 0054 an 1 3\n"
					 "e 0057 an 1 6\n"
					 "e 0062 an 1 14\n"
					 "e 0065 an 1 6\n"
					 "e 0074 n 1 6\n"
					 "e 1 an 1 5\n"
					 "c S009 0065M 0052M 0054M 0051M 0057\n"
					 "c C001 1 1 1 | D5(1,3)\n"
					 "s UNH 0062M S009M\n"
					 "s UNT 0074M 0062M\n"
					 "s AAA 1 1 1 | D1(1,2) D7(2,3)\n"
					 "s BBB 1 1 | D2(1,2)\n"
					 "s CCC C001\n";
	static const char set[] = "standard edifact\n"
				  "version D:96A\n"
				  "use edifact-d96a.dictionary\n"
				  "set ORDERS : Small\n"
				  "  AAA 0 1\n"
				  "  BBB 0 1\n"
				  "  CCC 0 1\n";
	static const struct {
		const char *body, *finding;
	} t[] = {
		{ "AAA+X'BBB+X+Y'CCC+X::Z'", "" },
		{ "AAA+++Z'", "E element-condition ORDERS/1 2 AAA 1.0" },
		{ "AAA+X+Y'", "E element-exclusion ORDERS/1 2 AAA 2.0" },
		{ "AAA++Y+Z'", "E element-exclusion ORDERS/1 2 AAA 3.0" },
		{ "BBB+X'", "E element-condition ORDERS/1 2 BBB 2.0" },
		{ "CCC+X:Y'", "E element-condition ORDERS/1 2 CCC 1.3" },
	};
	struct fixture *f = *state;

	f->options.guides = edi_guides_new(f);
	edi_guides_text(f->options.guides, "edifact-d96a.dictionary",
	    dictionary);
	edi_guides_text(f->options.guides, "edifact-d96a-orders.guide", set);
	for (size_t i = 0; i < COUNT(t); i++) {
		int segments = 2;

		for (const char *p = t[i].body; *p != '\0'; p++)
			segments += *p == '\'';
		check(f,
		    mem_printf(f,
			"UNB+UNOB:3+A:14+B:14+260328:0410+9'"
			"UNH+1+ORDERS:D:96A:UN'%sUNT+%d+1'UNZ+1+9'",
			t[i].body, segments));
		assert_int_equal(f->text->sum.errors, t[i].finding[0] == 'E');
		assert_memory_equal(f->text->findings.p, t[i].finding,
		    strlen(t[i].finding));
	}
	assert_int_equal(edi_faults[EDI_F_CONDITION].contrl, 48);
}

static void
test_edi_check_feed__a_dtm__is_what_its_2379_says(void **state)
{
	static const struct {
		const char *value; /* 2380:2379 */
		const char *fault; /* "" none */
	} t[] = {
		{ "20240229:102", "" }, { "20230229:102", "element-date" },
		{ "2024022:102", "element-date" },
		{ "202402290:102", "element-date" },
		{ "2024022X:102", "element-date" }, { "240229:101", "" },
		{ "230229:101", "element-date" }, { "290224:2", "" },
		{ "310424:2", "element-date" }, { "2402292359:201", "" },
		{ "2402292400:201", "element-time" },
		{ "240229235959:202", "" }, { "202402292359:203", "" },
		{ "202402292360:203", "element-time" },
		{ "202413292360:203", "element-date" },
		{ "20240229:203", "element-date" },
		{ "20240229235959:204", "" },
		{ "20240229235960:204", "element-time" },
		{ "202402292359CET:303", "" },
		{ "202402292359XX:303", "element-date" }, { "202453:616", "" },
		{ "202454:616", "element-date" },
		{ "202400:616", "element-date" },
		{ "20260328-20260404:718", "" }, { "2026032820260404:718", "" },
		{ "20260328-20260431:718", "element-date" },
		{ "20260231-20260404:718", "element-date" },
		{ "20260328:718", "element-date" }, { "1430:401", "" },
		{ "2430:401", "element-time" }, { "366:107", "" },
		{ "367:107", "element-date" }, { "0229:106", "" },
		{ "0230:106", "element-date" },
		{ "7:804", "" },        /* days: a number, no date */
		{ "20240229", "" },     /* 2379 left out */
		{ "?20240229:102", "" } /* released */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(t); i++) {
		const char *found;

		check(f,
		    edited(f, orders, "UNH+2", "DTM+137:20260309:102",
			mem_printf(f, "DTM+137:%s", t[i].value)));
		found = strstr(f->text->findings.p, "E ");
		if (t[i].fault[0] == '\0' ? found != NULL
					  : found == NULL ||
			    strncmp(found + 2, t[i].fault,
				strlen(t[i].fault)) != 0)
			fail_msg("%s: %s, not %s", t[i].value,
			    f->text->findings.p, t[i].fault);
	}
	check(f,
	    edited(f, orders, "UNH+2", "DTM+137:20260309:102",
		"DTM+137:20260230:102"));
	expect(f, "E element-date ORDERS/2 3 DTM 1.2 @18:9+354\n",
	    "set ORDERS 2 R 5 contrl 12\n");
	assert_string_equal(f->text->messages.p,
	    "DTM element 1.2 (2380) is \"20260230\": 2379 says 102, and "
	    "there is no such date\n");
}

static void
test_edi_check_feed__trees_and_loops__are_chosen_by_values(void **state)
{
	static const struct body t[] = {
		{ "HL*1**S~\nHL*2*1*P~\nLIN*A~\nHL*3*1*I~\nLIN*B~\nHL*4*1*P~\n"
		  "HL*5*1*I~\nLIN*C~\nTOT*5~\n",
		    "" },
		{ "HL*1**S~\nHL*3*1*P~\nHL*4*1*P~\n", "E tree 3 HL 1.0\n" },
		{ "HL*1**S~\nHL*2*2*P~\nHL*3*1*P~\n", "E tree 3 HL 2.0\n" },
		{ "HL*1**S~\nHL*2*9*P~\n", "E tree 3 HL 2.0\n" },
		{ "HL*1**S~\nHL*X*1*P~\nHL*3*1*P~\n", "E tree 3 HL 1.0\n" },
		/* What follows an unknown level is not said, too. */
		{ "HL*1**S~\nHL*2*1*X~\nLIN*A~\nHL*3*1*P~\nLIN*B~\n",
		    "E segment-unexpected 3 HL 3.0\n" },
		{ "HL*1**S~\nHL*2*1*I~\nHL*3*1*I~\nLIN*A~\n",
		    "E segment-missing 4 LIN 0.0\n" },
		{ "HL*1**S~\nTOT*2~\n", "E total 3 TOT 1.0\n" },
	};
	struct fixture *f = *state;

	use_small_guide(f);
	for (size_t i = 0; i < COUNT(t); i++)
		check_body(f, &t[i]);
}

static void
test_edi_check_feed__an_856__counts_its_hl(void **state)
{
	struct fixture *f = *state;
	char *text = edited(f,
	    with_body(f,
		"BSN*00*S-1*20260309*1200~\nHL*1**S~\nHL*2*1*O~\nPRF*PO-1~\n"
		"HL*3*2*I~\nLIN**VN*SKU-1~\nSN1**5*EA~\nCTT*3*5~\n"),
	    "", "ST*850", "ST*856");

	text = edited(f, text, "", "GS*PO", "GS*SH");
	check(f, text);
	expect(f, "", "set 856 0001 A\n");
	check(f, edited(f, text, "", "CTT*3", "CTT*1"));
	assert_string_equal(f->text->messages.p,
	    "CTT01 is 1: the set has 3 HL\n");
}

/* ------------------------------------------------------------- charsets */

static void
test_edi_check_feed__lower_case_under_unoa__is_a_warning(void **state)
{
	struct fixture *f = *state;
	char *text = edited(f, orders, "", "UNOB", "UNOA");

	text = edited(f, text, "UNH+1", "PO-1", "po-1");
	text = edited(f, text, "UNH+2", "PO-2", "po-2 @");
	check(f, text);
	expect(f,
	    "W charset ORDERS/1 2 BGM 2.0 @4:9+109\n"
	    "W charset ORDERS/2 2 BGM 2.0 @17:9+338\n",
	    "interchange 99 A 000 contrl 0");
	text = edited(f, text, "UNH+1", "po-1", "po\303\2341");
	check(f, text);
	assert_int_equal(f->text->sum.errors, 1);
	f->options.lenient = EDI_CHARSET;
	check(f, text);
	assert_int_equal(f->text->sum.errors, 0);
	f->options.lenient = EDI_STRICT;
	check(f, edited(f, text, "", "UNOA", "UNOW"));
	assert_string_equal(f->text->findings.p, "");
	check(f, edited(f, text, "", "UNOA", "UNOX"));
	assert_non_null(
	    strstr(f->text->findings.p, "E envelope-value / 0 UNB 1.0 "));
	assert_non_null(strstr(f->text->verdicts.p, "R 024 contrl 46"));
}

/* --------------------------------------------------------------- bounds */

static void
test_edi_check_feed__a_set_without_guide__has_its_envelope_checked(void **state)
{
	struct fixture *f = *state;
	char *text = edited(f, good, "ST*850*0002", "ST*850", "ST*899");

	check(f, text);
	expect(f, "W set-unknown 899/0002 1 ST 1.0 @8:4+238\n",
	    "set 899 0002 A\n");
	check(f, edited(f, text, "ST*899", "SE*14", "SE*13"));
	assert_int_equal(f->text->sum.errors, 1);
	f->options.guides = NULL;
	check(f, text);
	assert_string_equal(f->text->findings.p, "");
}

static void
test_edi_check_feed__a_set_of_nothing_but_faults__is_bounded(void **state)
{
	enum { FAULTS = 1000 };
	struct fixture *f = *state;
	struct sbuf b;
	size_t lines = 0;

	sbuf_init(&b, f, 1 << 20);
	for (int i = 0; i < FAULTS; i++)
		sbuf_adds(&b, "VAL*X~\n");
	use_small_guide(f);
	check(f, with_body(f, b.p));
	for (const char *p = f->text->findings.p; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, EDI_SET_FINDINGS_MAX);
	assert_int_equal(f->text->sum.errors, FAULTS);
}

static void
test_edi_check_feed__one_bad_set__may_refuse_the_interchange(void **state)
{
	struct fixture *f = *state;
	char *bad = edited(f, good, "ST*850*0002", "20260310", "20260230");

	f->options.suspend_interchange = true;
	check(f, bad);
	expect(f, "E element-date 850/0002 2 BEG 5.0 @9:17+264\n",
	    "group 17 P 3 3 2\ninterchange 000000017 R 024 contrl 18");
	check(f, good);
	expect(f, "", "interchange 000000017 A 000");
}

/* A sink that looks at whole sets. */
static bool
keep_set(void *u, const struct edi_set_head *h, const struct edi_set *set,
    struct oms_error *err)
{
	struct edi_text *t = u;

	(void)err;
	sbuf_addf(&t->segments, "whole %s %s %d\n", h->control,
	    set != NULL ? set->control : "-",
	    set != NULL ? (int)set->count : 0);
	return true;
}

static void
test_edi_check_feed__collected_sets__are_whole_or_not_there(void **state)
{
	struct fixture *f = *state;
	char *bad = edited(f, good, "ST*850*0002", "20260310", "20260230");

	f->sink.set_end = keep_set;
	f->sink.segment = NULL;
	f->options.collect = true;
	check(f, bad);
	assert_string_equal(f->text->segments.p,
	    "whole 0001 0001 5\nwhole 0002 - 0\nwhole 0003 0003 5\n");
	f->options.set_max_bytes = 2000;
	check(f, good);
	assert_string_equal(f->text->segments.p,
	    "whole 0001 0001 5\nwhole 0002 - 0\nwhole 0003 0003 5\n");
	assert_non_null(strstr(f->text->findings.p, "E set-limit 850/0002 "));
	assert_int_equal(f->text->sum.errors, 1);
}

/* One character for two purposes: no segment of it can be told, ISA neither. */
static void
test_edi_check_feed__a_header_that_cannot_be_read__opens_its_interchange(
    void **state)
{
	struct fixture *f = *state;
	const char *said, *group;

	check(f, edited(f, good, "ISA*", "P*>~\n", "P*>*"));
	said = f->text->verdicts.p;
	assert_int_equal(strncmp(said, "from ", 5), 0);
	group = strstr(said, "group ");
	assert_true(group == NULL || group > said);
	assert_non_null(strstr(f->text->findings.p, "E delimiters "));
	assert_int_equal(f->text->sum.sets_accepted, 0);
}

/* Whatever stands in a set, the sets around it are read. */
static void
test_edi_check_feed__a_broken_set__leaves_its_neighbours_alone(void **state)
{
	static const char wrong[] = "X*~>\001\377";
	struct fixture *f = *state;
	const char *from = strstr(good, "ST*850*0002");
	const char *to = strstr(good, "~\nST*850*0003");
	char *bad = mem_strdup(f, good);

	for (const char *p = from; p < to; p++) {
		for (size_t i = 0; i + 1 < sizeof(wrong); i++) {
			bad[p - good] = wrong[i];
			check(f, bad);
			assert_non_null(
			    strstr(f->text->verdicts.p, "set 850 0001 A\n"));
			assert_non_null(
			    strstr(f->text->verdicts.p, "set 850 0003 A\n"));
			assert_non_null(strstr(f->text->verdicts.p,
			    "\ninterchange 000000017 "));
		}
		bad[p - good] = *p;
	}
}

/* No file may make the checker keep what has gone by. */
static void
test_edi_check_feed__many_sets__need_memory_for_control_numbers_only(
    void **state)
{
	enum { SETS = 20000, PER_SET_BYTES = 16 };
	struct fixture *f = *state;
	struct edi_sink none = { 0 };
	struct edi_check *c = edi_check_new(f, &f->options, &none);
	const char *head = "GS*PO*ACME*OURS*20260328*0410*17*X*004010~\n";
	char *isa = mem_strdup(f, good);
	size_t before = 0;

	*strstr(isa, "GS*PO") = '\0';
	ASSERT_OK(edi_check_feed(c, isa, strlen(isa), ERR));
	ASSERT_OK(edi_check_feed(c, head, strlen(head), ERR));
	for (int i = 1; i <= SETS; i++) {
		char set[200];
		int n = snprintf(set, sizeof(set),
		    "ST*850*%05d~\nBEG*00*SA*PO-1**20260309~\n"
		    "PO1*1*22*EA*4.50**VN*SKU-1~\nSE*4*%05d~\n",
		    i, i);

		ASSERT_OK(edi_check_feed(c, set, (size_t)n, ERR));
		if (i == 1)
			before = talloc_total_size(c);
	}
	assert_true(
	    talloc_total_size(c) - before < (size_t)SETS * 2 * PER_SET_BYTES);
	mem_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    test_edi_check_feed__one_fault_in_x12__is_said_once_where_it_is),
		TEST(
		    test_edi_check_feed__one_fault_in_edifact__is_said_once_where_it_is),
		TEST(test_edi_check_feed__good_files__have_no_finding),
		TEST(test_edi_check_feed__cut_anywhere__says_the_same),
		TEST(test_edi_check_feed__each_segment__comes_with_its_place),
		TEST(
		    test_edi_check_feed__a_control_number_twice__is_refused_at_its_level),
		TEST(
		    test_edi_check_feed__a_header_that_cannot_be_read__opens_its_interchange),
		TEST(
		    test_edi_check_feed__the_number_was_here_before__is_refused),
		TEST(
		    test_edi_check_feed__other_parties_than_expected__are_refused),
		TEST(
		    test_edi_check_feed__values_of_isa__are_checked_with_their_codes),
		TEST(test_edi_check_feed__a_file_that_is_cut__is_said_once),
		TEST(test_edi_check_feed__ta1_only__has_no_group_or_one),
		TEST(
		    test_edi_check_feed__gs01_of_another_set__refuses_its_group),
		TEST(
		    test_edi_check_feed__groups_of_edifact__are_counted_by_unz),
		TEST(
		    test_edi_check_feed__a_number_that_is_missing__is_said_once),
		TEST(
		    test_edi_check_feed__a_version_nobody_knows__is_said_once_a_group),
		TEST(
		    test_edi_check_finish__of_a_refused_interchange__no_set_is_accepted),
		TEST(
		    test_edi_check_feed__a_leniency__makes_its_error_a_warning),
		TEST(test_edi_check_feed__values__are_what_the_guide_says),
		TEST(test_edi_check_feed__relational_rules__name_the_element),
		TEST(test_edi_check_feed__rules_of_edifact__name_the_element),
		TEST(test_edi_check_feed__a_dtm__is_what_its_2379_says),
		TEST(
		    test_edi_check_feed__trees_and_loops__are_chosen_by_values),
		TEST(test_edi_check_feed__an_856__counts_its_hl),
		TEST(test_edi_check_feed__lower_case_under_unoa__is_a_warning),
		TEST(
		    test_edi_check_feed__a_set_without_guide__has_its_envelope_checked),
		TEST(
		    test_edi_check_feed__a_set_of_nothing_but_faults__is_bounded),
		TEST(
		    test_edi_check_feed__one_bad_set__may_refuse_the_interchange),
		TEST(
		    test_edi_check_feed__collected_sets__are_whole_or_not_there),
		TEST(
		    test_edi_check_feed__a_broken_set__leaves_its_neighbours_alone),
		TEST(
		    test_edi_check_feed__many_sets__need_memory_for_control_numbers_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
