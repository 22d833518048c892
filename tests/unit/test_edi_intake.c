/* Sets in, answers out and in, envelopes: pipeline/edi_intake.c, edi_out.c,
   edi_answer.c, watch.c. */

#include "tests/unit/csv_home.h"

#include "base/config_key.h"
#include "pipeline/edi_out.h"
#include "pipeline/watch.h"

#define S INT64_C(1000000)

static struct home *
edi_home(void)
{
	struct home *h = home_new();
	struct partner *p = mem_array(h, struct partner, 1);

	config_key_defaults(h, SEC_MONITOR, &h->cfg, h->cfg.home);
	config_key_defaults(h, SEC_PARTNER, p, h->cfg.home);
	config_key_defaults(h, SEC_EDI, p, h->cfg.home);
	p->id = mem_strdup(h, "acme");
	p->edi.standard = mem_strdup(h, "x12");
	p->edi.our_id = mem_strdup(h, "US");
	p->edi.their_id = mem_strdup(h, "ACME");
	h->cfg.partners = p;
	h->cfg.partner_count = 1;
	return h;
}

static struct edi_profile *
profile(struct home *h)
{
	return &h->cfg.partners[0].edi;
}

static char *
interchange_of(struct home *h, const char *code, const char *control,
    const char *sets, int count)
{
	return mem_printf(h,
	    "ISA*00*          *00*          *ZZ*ACME           *ZZ*US        "
	    "     *260328*0130*U*00401*%s*0*P*>~"
	    "GS*%s*ACME*US*20260328*0130*7*X*004010~%sGE*%d*7~IEA*1*%s~",
	    control, code, sets, count, control);
}

/* An interchange of sets that are answers: "ST*997*..~SE*..~". */
static char *
interchange(struct home *h, const char *control, const char *sets, int count)
{
	return interchange_of(h, "FA", control, sets, count);
}

#define ACK(no, answers, ak9)                                                  \
	"ST*997*" no "~AK1*" answers "~AK9*" ak9 "~SE*4*" no "~"

/* A 940 of ours with three sets, as emit would have taken it. */
static void
put_document(struct home *h, int doc_id)
{
	static const struct edi_out_type type = { "wms.ship_order", EDI_X12,
		"940", "OW", "", SQL_COUNT, NULL };

	do_sql(h,
	    mem_printf(h,
		"INSERT INTO document (doc_id, partner, feed, type, doc_no, "
		"name, run_id, \"window\", created_ts_us, state) VALUES (%d, "
		"'acme', 'orders', 'wms.ship_order', %d, 'SHIP_%d.x12', 1, "
		"'2026-03-28', 0, 'sent')",
		doc_id, doc_id, doc_id));
	ASSERT_OK(db_begin(h->run.db, ERR));
	ASSERT_OK(
	    edi_out_add(&h->run, &h->cfg.partners[0], &type, doc_id, ERR));
	ASSERT_OK(db_commit(h->run.db, "test.put", ERR));
	do_sql(h,
	    mem_printf(h,
		"INSERT INTO edi_out_set (doc_id, set_no, type, key) VALUES "
		"(%d, 1, '940', 'S1'), (%d, 2, '940', 'S2'), (%d, 3, '940', "
		"'S3')",
		doc_id, doc_id, doc_id));
}

static void
mark_sent(struct home *h, int doc_id)
{
	ASSERT_OK(db_begin(h->run.db, ERR));
	ASSERT_OK(edi_out_sent(&h->run, doc_id, NOW, ERR));
	ASSERT_OK(db_commit(h->run.db, "test.sent", ERR));
}

static void
watch(struct home *h, int64_t now_us)
{
	h->run.now_us = now_us;
	h->run.run_id++;
	ASSERT_OK(db_begin(h->run.db, ERR));
	ASSERT_OK(watch_all(&h->run, ERR));
	ASSERT_OK(db_commit(h->run.db, "test.watch", ERR));
}

#define OPEN_FINDINGS                                                          \
	"SELECT code, object FROM finding WHERE state = 'open' ORDER BY 1, 2"

/* ---- control numbers ----------------------------------------------------- */

static void
test_edi_out_add__last_number__begins_again(void **state)
{
	struct home *h = edi_home();

	(void)state;
	profile(h)->control_first = 8;
	profile(h)->control_last = 9;
	for (int i = 1; i <= 3; i++)
		put_document(h, i);
	assert_sql(h, "SELECT interchange_no, group_no, ack FROM edi_out",
	    "8|8|open;9|9|open;8|8|open");
	mem_free(mem_parent(h));
}

/* ISA13 and UNB 0020 as most partners have them: nine digits. */
static void
test_edi_out_add__after_999999999__comes_1(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	do_sql(h, "UPDATE edi_counter SET value = 999999998");
	put_document(h, 2);
	put_document(h, 3);
	assert_sql(h, "SELECT interchange_no, group_no FROM edi_out",
	    "1|1;999999999|999999999;1|1");
	mem_free(mem_parent(h));
}

static void
test_edi_out_add__test_and_production__count_apart(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	profile(h)->test = true;
	put_document(h, 2);
	assert_sql(h, "SELECT is_test, interchange_no FROM edi_out", "0|1;1|1");
	mem_free(mem_parent(h));
}

/* ---- what is owed -------------------------------------------------------- */

static void
test_watch__unacknowledged__found_when_it_is_overdue(void **state)
{
	struct home *h = edi_home();

	(void)state;
	profile(h)->ack_time_s = 3600;
	put_document(h, 1);
	watch(h, NOW + 10 * DAY); /* never sent: nothing is due */
	assert_sql(h, OPEN_FINDINGS, "");
	mark_sent(h, 1);
	watch(h, NOW + 3599 * S);
	assert_sql(h, OPEN_FINDINGS, "");
	watch(h, NOW + 3600 * S);
	assert_sql(h, OPEN_FINDINGS, "edi.overdue|document 1");
	feed(h, "edi.trade",
	    interchange(h, "000000001", ACK("0001", "OW*1", "A*3*3*3"), 1));
	watch(h, NOW + 3601 * S);
	assert_sql(h, OPEN_FINDINGS, "");
	mem_free(mem_parent(h));
}

static void
test_watch__settled_by_a_person__is_found_no_more(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	feed(h, "edi.trade",
	    interchange(h, "000000001", ACK("0001", "OW*1", "R*3*3*0"), 1));
	watch(h, NOW);
	assert_sql(h, OPEN_FINDINGS, "edi.refused|document 1");
	ASSERT_OK(edi_out_settle(&h->run, 1, "by phone", ERR));
	ASSERT_OK(edi_out_settle(&h->run, 1, "again", ERR));
	watch(h, NOW);
	assert_sql(h, OPEN_FINDINGS, "");
	assert_sql(h, "SELECT COUNT(*) FROM audit WHERE action = 'settle'",
	    "1");
	mem_free(mem_parent(h));
}

static void
test_watch__refused_after_it_was_settled__is_found_again(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	ASSERT_OK(edi_out_settle(&h->run, 1, "he has it, by phone", ERR));
	feed(h, "edi.trade",
	    interchange(h, "000000001", ACK("0001", "OW*1", "R*3*3*0"), 1));
	watch(h, NOW);
	assert_sql(h, OPEN_FINDINGS, "edi.refused|document 1");
	mem_free(mem_parent(h));
}

/* ---- answers ------------------------------------------------------------- */

static void
test_answer__partly__each_set_has_its_result(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	feed(h, "edi.warehouse",
	    interchange(h, "000000001",
		"ST*997*0001~AK1*OW*1~AK2*940*0002~AK3*W01*7**8~AK4*1**6~"
		"AK5*R*5~AK9*P*3*3*2~SE*8*0001~",
		1));
	assert_sql(h, "SELECT ack, acked_by FROM edi_out", "P|1");
	assert_sql(h, "SELECT set_no, ack, reason FROM edi_out_set",
	    "1|A|;2|R|AK5 R 5; segment 7 W01, element 1: 6;3|A|");
	mem_free(mem_parent(h));
}

static void
test_answer__second_one__changes_nothing(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	feed(h, "edi.trade",
	    interchange(h, "000000001",
		ACK("0001", "OW*1", "A*3*3*3") ACK("0002", "OW*000000001",
		    "A*3*3*3") ACK("0003", "IN*1", "R*1*1*0"),
		3));
	assert_sql(h, "SELECT ack FROM edi_out", "A");
	assert_sql(h, "SELECT doc_id, result, is_repeat FROM edi_ack",
	    "1|A|0;1|A|1;-|R|0");
	assert_sql(h, "SELECT state, applied, duplicates, rejected FROM file",
	    "ingested|2|1|0");
	assert_sql(h, "SELECT COUNT(*) FROM edi_in_group WHERE ack <> 'none'",
	    "0"); /* an answer is not answered */
	mem_free(mem_parent(h));
}

#define P_ACK(no, refused)                                                     \
	"ST*997*" no "~AK1*OW*1~AK2*940*" refused "~AK5*R*5~AK9*P*3*3*2~"      \
	"SE*6*" no "~"

/* What it refuses more is refused; the same P again is a repeat. */
static void
test_answer__second_p__refuses_what_it_names(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	feed(h, "edi.trade",
	    interchange(h, "000000001", P_ACK("0001", "0002"), 1));
	feed(h, "edi.trade",
	    interchange(h, "000000002", P_ACK("0001", "0002"), 1));
	assert_sql(h, "SELECT ack FROM edi_out_set", "A;R;A");
	feed(h, "edi.trade",
	    interchange(h, "000000003", P_ACK("0001", "0003"), 1));
	assert_sql(h, "SELECT ack FROM edi_out_set", "A;R;R");
	assert_sql(h, "SELECT ack, acked_by FROM edi_out", "P|3");
	assert_sql(h, "SELECT result, is_repeat FROM edi_ack", "P|0;P|1;P|0");
	mem_free(mem_parent(h));
}

static void
test_answer__worse_than_the_first__is_applied(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	feed(h, "edi.trade",
	    interchange(h, "000000001", ACK("0001", "OW*1", "A*3*3*3"), 1));
	feed(h, "edi.trade",
	    interchange(h, "000000002", ACK("0001", "OW*1", "R*3*3*0"), 1));
	feed(h, "edi.trade",
	    interchange(h, "000000003", ACK("0001", "OW*1", "A*3*3*3"), 1));
	assert_sql(h, "SELECT ack FROM edi_out", "R");
	assert_sql(h, "SELECT ack FROM edi_out_set", "R;R;R");
	assert_sql(h, "SELECT result, is_repeat FROM edi_ack", "A|0;R|0;A|1");
	watch(h, NOW);
	assert_sql(h, OPEN_FINDINGS, "edi.refused|document 1");
	mem_free(mem_parent(h));
}

/* A CONTRL about our first interchange. */
static char *
contrl(struct home *h, int no, int segments, const char *body)
{
	return mem_printf(h,
	    "UNB+UNOC:3+ACME+US+260328:0130+%d'"
	    "UNH+1+CONTRL:D:3:UN'UCI+1+US+ACME+%s'UNT+%d+1'"
	    "UNZ+1+%d'",
	    no, body, segments, no);
}

static struct home *
edifact_home(void)
{
	struct home *h = edi_home();

	profile(h)->standard = mem_strdup(h, "edifact");
	put_document(h, 1);
	do_sql(h, "UPDATE edi_out SET standard = 'edifact'");
	return h;
}

static void
test_answer__receipt__the_document_stays_open(void **state)
{
	struct home *h = edifact_home();

	(void)state;
	feed(h, "edi.trade", contrl(h, 1, 3, "8"));
	assert_sql(h, "SELECT ack, acked_ts_us FROM edi_out", "open|-");
	assert_sql(h, "SELECT COUNT(*) FROM edi_out_set WHERE ack = ''", "3");
	assert_sql(h, "SELECT result, is_repeat, detail FROM edi_ack",
	    "A|0|UCI 8 ");
	feed(h, "edi.trade", contrl(h, 2, 4, "7'UCM+2+INVRPT:D:96A:UN+4+12"));
	assert_sql(h, "SELECT ack FROM edi_out", "P");
	assert_sql(h, "SELECT ack FROM edi_out_set", "A;R;A");
	feed(h, "edi.trade", contrl(h, 3, 3, "4+23"));
	assert_sql(h, "SELECT ack FROM edi_out", "R");
	assert_sql(h, "SELECT ack FROM edi_out_set", "R;R;R");
	watch(h, NOW);
	assert_sql(h, OPEN_FINDINGS, "edi.refused|document 1");
	mem_free(mem_parent(h));
}

static void
test_answer__group_refused__its_sets_are(void **state)
{
	struct home *h = edifact_home();

	(void)state;
	feed(h, "edi.trade", contrl(h, 1, 4, "7'UCF+1+US+ACME+4+12"));
	assert_sql(h, "SELECT code, reason FROM dead", "");
	assert_sql(h, "SELECT ack FROM edi_out", "R");
	assert_sql(h, "SELECT ack, reason FROM edi_out_set WHERE set_no = 1",
	    "R|UCI 7 ; UCF 4");
	mem_free(mem_parent(h));
}

/* Order <id> of a partner, with a shipment S<id> that nobody carries yet. */
static void
put_order(struct home *h, int id, const char *order_no, const char *partner)
{
	do_sql(h,
	    mem_printf(h,
		"INSERT INTO orders (order_id, order_no, channel, partner,"
		" content_hash, file_id, record_no, currency, taxation,"
		" customer_key, customer_no, customer_name, customer_email,"
		" order_ts_us, received_ts_us, ship_by_ts_us, total_minor,"
		" tax_minor, basket_hash, shop_status, payment_status, recon,"
		" incomplete, ship_complete, stage, touched, status_min,"
		" status_max, label) VALUES (%d, '%s', '%s', '%s', '', 1, %d,"
		" 'USD', 'net', 'C', '', '', '', 0, 0, 0, 0, 0, '', '', '', '',"
		" '', 0, 0, 0, 3200, 3200, 'RELEASED');"
		"INSERT INTO trade_order VALUES (%d, '%s', '850', '%s', '', '',"
		" '', '', '', '', '', '', '', '', '', '', '', '', 0, 0, 0, 0,"
		" 0, '', '');"
		"INSERT INTO release VALUES ('R%d', %d, 1, 'EAST', 1, 0);"
		"INSERT INTO shipment (shipment_key, release_key, order_id,"
		" group_no, node, stage, status, weight_g, value_minor)"
		" VALUES ('H%d', 'R%d', %d, 1, 'EAST', 4, 'BOOKED', 1, 0)",
		id, order_no, partner, partner, id, id, partner, order_no, id,
		id, id, id, id));
}

static void
test_answer__refused__only_orders_of_that_partner_are_told(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	put_order(h, 1, "S1", "other");
	put_order(h, 2, "S1", "acme");
	put_order(h, 3, "N3", "other");
	put_order(h, 4, "N4", "acme");
	do_sql(h,
	    "UPDATE edi_out_set SET key = 'H3' WHERE set_no = 2;"
	    "UPDATE edi_out_set SET key = 'H4' WHERE set_no = 3");
	feed(h, "edi.trade",
	    interchange(h, "000000001", ACK("0001", "OW*1", "R*3*3*0"), 1));
	assert_sql(h, "SELECT order_id, detail FROM event ORDER BY order_id",
	    "2|acme refused the 940 of S1: AK9 R ;"
	    "4|acme refused the 940 of H4: AK9 R ");
	mem_free(mem_parent(h));
}

/* ---- APERAK ---------------------------------------------------------------- */

#define APERAK(no, body, count)                                                \
	"UNB+UNOC:3+ACME+US+260328:0130+" no "'"                               \
	"UNH+1+APERAK:D:96A:UN'" body "UNT+" count "+1'UNZ+1+" no "'"

/* By any of its references; an error, or 1225 27, refuses that one set. */
static void
test_answer__aperak__refuses_the_set_it_names(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_document(h, 1);
	do_sql(h,
	    "UPDATE edi_out_set SET key = 'H3' WHERE set_no = 2;"
	    "UPDATE edi_out_set SET key = 'H4' WHERE set_no = 3");
	profile(h)->standard = mem_strdup(h, "edifact");
	feed(h, "edi.trade",
	    APERAK("1",
		"BGM+313+A-1+9'DTM+137:20260328:102'RFF+ACW:77'"
		"RFF+ON:H3'ERC+12'FTX+AAO+++no such item'",
		"8"));
	assert_sql(h, "SELECT state FROM file", "ingested");
	assert_sql(h, "SELECT reason FROM dead", "");
	assert_sql(h, "SELECT set_no FROM edi_out_set WHERE ack = 'R'", "2");
	assert_sql(h, "SELECT reason FROM edi_out_set WHERE set_no = 2",
	    "ERC 12: no such item");
	assert_sql(h, "SELECT ack FROM edi_out", "P");
	feed(h, "edi.trade",
	    APERAK("2", "BGM+312+A-2+27'DTM+137:20260328:102'RFF+ON:H4'", "5"));
	assert_sql(h, "SELECT set_no FROM edi_out_set WHERE ack = 'R'", "2;3");
	assert_sql(h, "SELECT answers, result, is_repeat FROM edi_ack",
	    "H3|R|0;H4|R|0");
	mem_free(mem_parent(h));
}

/* ---- movements ----------------------------------------------------------- */

/* at7  status, reason and two more, then date and time of the status */
static void
feed_status(struct home *h, const char *control, const char *at7)
{
	feed(h, "edi.transport",
	    mem_printf(h,
		"ISA*00*          *00*          *ZZ*ACME           *ZZ*US      "
		"       *260328*0130*U*00401*%s*0*P*>~"
		"GS*QM*ACME*US*20260328*0130*7*X*004010~ST*214*0001~"
		"B10*PRO-1*H1*INTL~LX*1~AT7*%s*UT~"
		"SE*5*0001~GE*1*7~IEA*1*%s~",
		control, at7, control));
}

static void
feed_214(struct home *h, const char *control)
{
	feed_status(h, control, "AF*NS***20260328*0100");
}

static void
test_transport__given_to_nobody__only_a_carrier_moves_it(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_order(h, 1, "N1", "acme");
	h->cfg.partners[0].kind = mem_strdup(h, "shop");
	feed_214(h, "000000001");
	assert_sql(h, "SELECT status FROM shipment", "BOOKED");
	assert_sql(h, "SELECT code, reason FROM dead",
	    "data.sender|shipment H1 was given to no carrier, not to acme");
	h->cfg.partners[0].kind = mem_strdup(h, "carrier");
	feed_214(h, "000000002");
	assert_sql(h, "SELECT status FROM shipment", "DISPATCHED");
	mem_free(mem_parent(h));
}

/* What kept it from moving is over when it moves; what became of the goods
   is not, before they are delivered.  By the time of the words. */
static void
test_transport__moves_on__ends_what_passes(void **state)
{
	static const struct {
		const char *at7;
		const char *findings;
	} words[] = {
		{ "SD*AO***20260328*1000", "carrier.exception|H1" },
		{ "P1*NS***20260328*0900",
		    "carrier.exception|H1" }, /* before */
		{ "P1*NS***20260328*1100", "" },
		{ "AH*AG***20260328*1030", "" }, /* told too late */
		{ "AH*AG***20260329*1000", "carrier.exception|H1" },
		{ "X2*NS***20260330*1000", "carrier.exception|H1" },
		{ "OO*NS***20260329*1400", "" },
		{ "A9*NS***20260329*1500", "carrier.exception|H1" },
		{ "OO*NS***20260330*0800", "carrier.exception|H1" },
		{ "D1*NS***20260330*1200", "" },
		{ "AH*NS***20260330*0900", "" },
	};
	struct home *h = edi_home();

	(void)state;
	put_order(h, 1, "N1", "acme");
	h->cfg.partners[0].kind = mem_strdup(h, "carrier");
	for (size_t i = 0; i < COUNT(words); i++) {
		feed_status(h, mem_printf(h, "%09zu", i + 1), words[i].at7);
		assert_sql(h, OPEN_FINDINGS, words[i].findings);
	}
	assert_sql(h, "SELECT COUNT(*) FROM dead", "0");
	mem_free(mem_parent(h));
}

/* ---- sets ---------------------------------------------------------------- */

static void
test_ingest_edi__killed_between_batches__goes_on_there(void **state)
{
	struct home *h = edi_home();

	(void)state;
	put_file(h, "edi.trade",
	    interchange(h, "000000001",
		ACK("0001", "OW*1", "A*1*1*1") ACK("0002", "OW*2", "A*1*1*1")
		    ACK("0003", "OW*3", "Q*1*1*1")
			ACK("0004", "OW*4", "A*1*1*1"),
		4));
	ASSERT_OK(read_file(h, ERR));
	assert_sql(h, "SELECT COUNT(*) FROM edi_ack", "3");
	/* As if the second batch had never been: it is done, and once. */
	do_sql(h,
	    "DELETE FROM edi_ack WHERE answers = 'OW 4';"
	    "DELETE FROM record WHERE record_no > 2;"
	    "DELETE FROM edi_in_set WHERE record_no > 2;"
	    "DELETE FROM edi_in_finding;"
	    "UPDATE file SET state = 'ingesting', next_record = 3, "
	    "records = 2, applied = 2, rejected = 0");
	ASSERT_OK(read_file(h, ERR));
	assert_sql(h, "SELECT answers FROM edi_ack", "OW 1;OW 2;OW 4");
	assert_sql(h, "SELECT record_no, state FROM record",
	    "1|applied;2|applied;3|rejected;4|applied");
	assert_sql(h, "SELECT records, applied, rejected FROM file", "4|3|1");
	assert_sql(h, "SELECT COUNT(*) FROM dead", "1");
	mem_free(mem_parent(h));
}

static void
test_ingest_edi__too_many_rejects__nothing_is_applied(void **state)
{
	struct home *h = edi_home();

	(void)state;
	h->max_rejects = 0;
	feed(h, "edi.trade",
	    interchange(h, "000000001",
		ACK("0001", "OW*1", "A*1*1*1") ACK("0002", "OW*2", "Q*1*1*1"),
		2));
	assert_sql(h, "SELECT state, applied FROM file", "dead|0");
	assert_sql(h, "SELECT COUNT(*) FROM edi_ack", "0");
	assert_sql(h, "SELECT COUNT(*) FROM edi_in", "0");
	mem_free(mem_parent(h));
}

static void
test_ingest_edi__wrong_trailer__nothing_of_the_group_is_applied(void **state)
{
	struct home *h = edi_home();

	(void)state;
	feed(h, "edi.trade",
	    interchange(h, "000000001", ACK("0001", "OW*1", "A*1*1*1"), 9));
	assert_sql(h, "SELECT applied, rejected FROM file", "0|1");
	assert_sql(h, "SELECT verdict, codes FROM edi_in_group", "R|5");
	assert_sql(h, "SELECT COUNT(*) FROM edi_ack", "0");
	mem_free(mem_parent(h));
}

static void
test_ingest_edi__rejected_set__its_letter_is_a_whole_file(void **state)
{
	struct home *h = edi_home();
	const char *want = "ISA*00*          *00*          *ZZ*ACME           "
			   "*ZZ*US        "
			   "     *260328*0130*U*00401*000000001*0*P*>~\n"
			   "GS*FA*ACME*US*20260328*0130*7*X*004010~\n"
			   "ST*997*0002~AK1*OW*2~AK9*Q*1*1*1~SE*4*0002~\n"
			   "GE*1*7~\nIEA*1*000000001~\n";

	(void)state;
	feed(h, "edi.trade",
	    interchange(h, "000000001",
		ACK("0001", "OW*1", "A*1*1*1") ACK("0002", "OW*2", "Q*1*1*1"),
		2));
	assert_string_equal(last_payload(h), want);
	mem_free(mem_parent(h));
}

static void
test_ingest_edi__no_edi__the_file_is_dead(void **state)
{
	struct home *h = edi_home();

	(void)state;
	feed(h, "edi.trade", "Dear partner\n");
	assert_sql(h, "SELECT state, code FROM file", "dead|data.syntax");
	mem_free(mem_parent(h));
}

/* ---- letters and repeats ------------------------------------------------- */

#define GOOD_AND_BAD                                                           \
	ACK("0001", "OW*1", "A*1*1*1") ACK("0002", "OW*2", "Q*1*1*1")

#define ORDER(no, purpose)                                                     \
	"ST*850*" no "~BEG*" purpose                                           \
	"*SA*PO-1**20260327~CUR*BY*USD~N1*ST*Ada Marsh~N3*12 Long Acre~"       \
	"N4*Boston*MA*02108*US~PO1*1*2*EA*18.99*PE*VN*SKU-1~CTT*1~SE*9*" no    \
	"~"

#define LETTERS "SELECT key, state, resolution FROM dead ORDER BY dead_id"

static void
test_ingest_edi__repeat_of_a_rejected_set__its_letter_stays_open(void **state)
{
	struct home *h = edi_home();
	char *first = interchange(h, "000000001", GOOD_AND_BAD, 2);

	(void)state;
	feed(h, "edi.trade", first);
	feed(h, "edi.trade",
	    mem_printf(h, "%s%s", first,
		interchange(h, "000000002", ACK("0001", "OW*3", "A*1*1*1"),
		    1)));
	assert_sql(h, "SELECT state FROM record WHERE file_id = 2",
	    "duplicate;duplicate;applied");
	assert_sql(h, LETTERS, "997 7/0002|open|");
	mem_free(mem_parent(h));
}

/* FTP clients, mail and VANs add line ends, pad to a block, or drop them. */
static void
test_ingest_edi__repeat_with_another_tail__is_a_repeat(void **state)
{
	static const char *const tails[] = { "", "\r\n", "\n\n \n", "\x1a" };
	struct home *h = edi_home();
	char *first = interchange(h, "000000001",
	    ACK("0001", "OW*1", "A*1*1*1"), 1);
	char *padding = mem_zero(h, 2001, "padding");
	size_t n = strlen(first);

	(void)state;
	memset(padding, ' ', 2000);
	feed(h, "edi.trade", mem_printf(h, "%s\n", first));
	for (size_t i = 0; i <= COUNT(tails); i++) {
		feed(h, "edi.trade",
		    mem_printf(h, "%s%s", first,
			i < COUNT(tails) ? tails[i] : padding));
		assert_sql(h,
		    "SELECT duplicates, rejected FROM file "
		    "ORDER BY file_id DESC LIMIT 1",
		    "1|0");
	}
	first[n - 20] = '7';
	feed(h, "edi.trade", first);
	assert_sql(h, "SELECT applied, duplicates FROM file WHERE file_id = 7",
	    "0|0");
	mem_free(mem_parent(h));
}

static void
test_ingest_edi__order_comes__only_letters_of_orders_are_settled(void **state)
{
	struct home *h = edi_home();

	(void)state;
	feed(h, "edi.trade",
	    interchange_of(h, "PO", "000000001",
		ORDER("0001", "01") ORDER("0002", "03"), 2));
	assert_sql(h, LETTERS, "PO-1|open|;850 7/0002|open|");
	/* One of an order, and one of a change of it. */
	do_sql(h,
	    "UPDATE dead SET key = 'PO-1' WHERE dead_id = 2;"
	    "INSERT INTO dead (dead_id, kind, partner, feed, file_id, "
	    "record_no, key, code, stage, where_text, reason, name, sha256, "
	    "state, first_ts_us, last_ts_us) VALUES (3, 'record', 'acme', "
	    "'feed', 1, 9, 'PO-1', 'data.value', 'ingest', '', '', '', '', "
	    "'open', 0, 0);"
	    "INSERT INTO edi_in_set VALUES (1, 1, 1, 9, 9, '860', '0009', '', "
	    "1, 'R', '', 0)");
	feed(h, "edi.trade",
	    interchange_of(h, "PO", "000000002", ORDER("0001", "00"), 1));
	assert_sql(h, "SELECT applied FROM file WHERE file_id = 2", "1");
	assert_sql(h, LETTERS,
	    "PO-1|open|;PO-1|resolved|a later set brought it;PO-1|open|");
	mem_free(mem_parent(h));
}

static void
test_ingest_edi__dead_file_retried__is_acknowledged(void **state)
{
	struct home *h = edi_home();

	(void)state;
	profile(h)->sets = mem_strdup(h, "846");
	h->max_rejects = 0;
	feed(h, "edi.trade",
	    interchange_of(h, "PO", "000000001", ORDER("0001", "00"), 1));
	assert_sql(h, "SELECT state FROM file", "dead");
	/* Retried as it is. */
	do_sql(h,
	    "UPDATE dead SET state = 'retried';"
	    "UPDATE file SET state = 'new', next_record = 1, next_offset = 0, "
	    "next_line = 1, rejected = 0, parent_dead_id = 1");
	h->max_rejects = -1;
	ASSERT_OK(read_file(h, ERR));
	assert_sql(h, "SELECT state, parent_dead_id FROM file", "ingested|1");
	assert_sql(h, "SELECT verdict, ack FROM edi_in_group", "R|due");
	mem_free(mem_parent(h));
}

static void
test_ingest_edi__repeat_after_a_mended_set__is_no_other_interchange(
    void **state)
{
	struct home *h = edi_home();
	char *first = interchange(h, "000000001", GOOD_AND_BAD, 2);

	(void)state;
	feed(h, "edi.trade", first);
	put_file(h, "edi.trade",
	    interchange(h, "000000001", ACK("0002", "OW*2", "A*1*1*1"), 1));
	do_sql(h, "UPDATE file SET parent_dead_id = 1 WHERE file_id = 2");
	ASSERT_OK(read_file(h, ERR));
	assert_sql(h, "SELECT applied FROM file WHERE file_id = 2", "1");
	feed(h, "edi.trade",
	    mem_printf(h, "%s%s",
		interchange(h, "000000002", ACK("0001", "OW*3", "A*1*1*1"), 1),
		first));
	assert_sql(h,
	    "SELECT applied, duplicates, rejected FROM file WHERE file_id = 3",
	    "1|2|0");
	mem_free(mem_parent(h));
}

static void
test_ingest_edi__set_not_taken_refuses_all__corrected_one_is_no_repeat(
    void **state)
{
	struct home *h = edi_home();
	const char *good = ACK("0001", "OW*1", "A*1*1*1");

	(void)state;
	profile(h)->sets = mem_strdup(h, "846");
	profile(h)->on_error = mem_strdup(h, "interchange");
	feed(h, "edi.trade",
	    interchange_of(h, "PO", "000000001", ORDER("0001", "00"), 1));
	assert_sql(h, "SELECT verdict, ta105, contrl FROM edi_in", "R|24|18");
	assert_sql(h, "SELECT COUNT(*) FROM edi_ack", "0");
	feed(h, "edi.trade", interchange(h, "000000001", good, 1));
	assert_sql(h, "SELECT applied FROM file WHERE file_id = 2", "1");
	mem_free(mem_parent(h));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edi_out_add__last_number__begins_again),
		cmocka_unit_test(test_edi_out_add__after_999999999__comes_1),
		cmocka_unit_test(
		    test_edi_out_add__test_and_production__count_apart),
		cmocka_unit_test(
		    test_watch__unacknowledged__found_when_it_is_overdue),
		cmocka_unit_test(
		    test_watch__settled_by_a_person__is_found_no_more),
		cmocka_unit_test(
		    test_watch__refused_after_it_was_settled__is_found_again),
		cmocka_unit_test(test_answer__partly__each_set_has_its_result),
		cmocka_unit_test(test_answer__second_one__changes_nothing),
		cmocka_unit_test(test_answer__second_p__refuses_what_it_names),
		cmocka_unit_test(test_answer__worse_than_the_first__is_applied),
		cmocka_unit_test(test_answer__receipt__the_document_stays_open),
		cmocka_unit_test(test_answer__group_refused__its_sets_are),
		cmocka_unit_test(
		    test_answer__refused__only_orders_of_that_partner_are_told),
		cmocka_unit_test(
		    test_transport__given_to_nobody__only_a_carrier_moves_it),
		cmocka_unit_test(test_answer__aperak__refuses_the_set_it_names),
		cmocka_unit_test(test_transport__moves_on__ends_what_passes),
		cmocka_unit_test(
		    test_ingest_edi__killed_between_batches__goes_on_there),
		cmocka_unit_test(
		    test_ingest_edi__too_many_rejects__nothing_is_applied),
		cmocka_unit_test(
		    test_ingest_edi__wrong_trailer__nothing_of_the_group_is_applied),
		cmocka_unit_test(
		    test_ingest_edi__rejected_set__its_letter_is_a_whole_file),
		cmocka_unit_test(test_ingest_edi__no_edi__the_file_is_dead),
		cmocka_unit_test(
		    test_ingest_edi__repeat_of_a_rejected_set__its_letter_stays_open),
		cmocka_unit_test(
		    test_ingest_edi__repeat_with_another_tail__is_a_repeat),
		cmocka_unit_test(
		    test_ingest_edi__order_comes__only_letters_of_orders_are_settled),
		cmocka_unit_test(
		    test_ingest_edi__dead_file_retried__is_acknowledged),
		cmocka_unit_test(
		    test_ingest_edi__repeat_after_a_mended_set__is_no_other_interchange),
		cmocka_unit_test(
		    test_ingest_edi__set_not_taken_refuses_all__corrected_one_is_no_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, testing_teardown);
}
