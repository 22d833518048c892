/* test_emit.c - documents: what is taken, what they hold, what crashes do. */

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <sys/wait.h>

#include "base/fault.h"
#include "base/fs.h"
#include "gen/schemas.h"
#include "pipeline/emit.h"
#include "tests/unit/emit_home.h"

#define SHIP     "SHIP_wms-east_00000001_20260328T020000Z.xml"
#define MANIFEST "MANIFEST_swift_00000001_20260328T020000Z.csv"
#define BOOKING  "BOOKING_swift_00000001_20260328T020000Z.csv"
#define CAPTURE  "CAPTURE_psp_00000001_20260328T020000Z.csv"
#define STATUS   "ORDERSTATUS_shop_00000001_20260328T020000Z.xml"
#define JOURNAL  "JOURNAL_books_00000001_20260328T020000Z.csv"
#define LISTING  "JOURNALMANIFEST_books_00000001_20260328T020000Z.csv"

static int
setup(void **state)
{
	*state = emit_home(mem_ctx_new(NULL, "test"));
	return 0;
}

static struct stage_result
emit(struct home *h)
{
	struct stage_result res = { 0 };

	ASSERT_OK(stage_emit(&h->run, &res, ERR));
	return res;
}

static char *
documents(struct home *h)
{
	return emit_text(h,
	    "SELECT name, state, items, sum_minor FROM document "
	    "ORDER BY doc_id");
}

static void
quiet(void *u, xmlErrorPtr e)
{
	char *first = u;

	if (first[0] == '\0')
		snprintf(first, 300, "line %d: %s", e->line, e->message);
}

/* Does the document fit the schema that pc reads? */
static void
assert_valid(const char *xml, xmlSchemaParserCtxtPtr pc)
{
	char fault[300] = "";
	xmlDocPtr doc = xmlReadMemory(xml, (int)strlen(xml), "document", NULL,
	    XML_PARSE_NONET);
	xmlSchemaPtr schema = xmlSchemaParse(pc);
	xmlSchemaValidCtxtPtr v;

	assert_non_null(doc);
	assert_non_null(schema);
	v = xmlSchemaNewValidCtxt(schema);
	xmlSchemaSetValidStructuredErrors(v, quiet, fault);
	if (xmlSchemaValidateDoc(v, doc) != 0)
		fail_msg("%s in\n%s", fault, xml);
	xmlSchemaFreeValidCtxt(v);
	xmlSchemaFree(schema);
	xmlSchemaFreeParserCtxt(pc);
	xmlFreeDoc(doc);
}

static xmlSchemaParserCtxtPtr
schema_of(const char *name)
{
	for (int i = 0; i < SCHEMAS_COUNT; i++)
		if (strcmp(schemas_names[i], name) == 0)
			return xmlSchemaNewMemParserCtxt(schemas_texts[i],
			    (int)strlen(schemas_texts[i]));
	fail_msg("no schema %s", name);
	return NULL;
}

/* SFCC-07, SFCC-18 */
static void
test_emit__shipments_to_emit__become_a_valid_shipping_order(void **state)
{
	static const char *const want[] = {
		"<shipping-orders xmlns=\"urn:oms:shipping-order:1\" "
		"partner=\"wms-east\" document-no=\"1\" "
		"created=\"2026-03-28T02:00:00Z\">\n",
		"  <shipping-order shipment-key=\"S00000001\" "
		"release-key=\"R00000001\" attempt=\"1\" "
		"node=\"WH-EAST\">\n"
		"    <order-no>00000001</order-no>\n"
		"    <channel>web</channel>\n"
		"    <carrier>SWIFT</carrier>\n"
		"    <service>DAY</service>\n"
		"    <promise>2026-03-29T02:00:00Z</promise>\n"
		"    <ship-to>\n"
		"      <name>Ann &amp; Bob</name>\n"
		"      <address1>1 Main St</address1>\n"
		"      <postal-code>53111</postal-code>\n"
		"      <city>Bonn</city>\n"
		"      <country>DE</country>\n"
		"      <phone>+49 228 1</phone>\n"
		"    </ship-to>\n"
		"    <line ship-line-no=\"1\" order-line=\"1\" "
		"sku=\"SKU-1\" qty=\"2\">\n"
		"      <name>Thing 1</name>\n"
		"    </line>\n"
		"    <line ship-line-no=\"2\" order-line=\"2\" "
		"sku=\"SKU-2\" qty=\"2\">\n"
		"      <name>Thing 2</name>\n"
		"      <component sku=\"COMP-1\" qty=\"2\"/>\n"
		"      <component sku=\"COMP-2\" qty=\"4\"/>\n"
		"    </line>\n"
		"  </shipping-order>\n",
	};
	struct home *h = *state;
	char *xml;

	emit_partner(h, "wms-east", "wms.ship_order", "xml");
	emit_orders(h, 1, 3, 6);
	home_exec(h,
	    "UPDATE shipment SET book_partner = '' WHERE order_id = 3");
	assert_int_equal(emit(h).done, 3);
	assert_string_equal(documents(h), SHIP "|ready|3|35700\n");
	xml = emit_file(h, SHIP);
	for (size_t i = 0; i < COUNT(want); i++)
		if (strstr(xml, want[i]) == NULL)
			fail_msg("expected\n%sin\n%s", want[i], xml);
	assert_valid(xml, schema_of("schemas/wms/shipping_order.xsd"));
	assert_string_equal(emit_text(h,
				"SELECT stage, wms_doc_id FROM shipment "
				"ORDER BY shipment_key"),
	    "7|1\n7|1\n0|1\n");
	assert_int_equal(emit(h).done, 0);
	assert_string_equal(documents(h), SHIP "|ready|3|35700\n");
}

static void
test_emit__csv_feed__has_a_row_a_line_and_component(void **state)
{
	static const char want[] =
	    "shipment_key,release_key,attempt,order_no,channel,node,carrier,"
	    "service,promise_at,name,company,address1,address2,postal_code,"
	    "city,state,country,phone,ship_line_no,parent_line,order_line,sku,"
	    "product_name,qty\r\n"
#define HEAD                                                                   \
	"S00000001,R00000001,1,00000001,web,WH-EAST,SWIFT,DAY,"                \
	"2026-03-29T02:00:00Z,Ann & Bob,,1 Main St,,53111,Bonn,,DE,"           \
	"+49 228 1,"
	    HEAD "1,,1,SKU-1,Thing 1,2\r\n" HEAD "2,,2,SKU-2,Thing 2,2\r\n" HEAD
	    ",2,2,COMP-1,,2\r\n" HEAD ",2,2,COMP-2,,4\r\n";
#undef HEAD
	struct home *h = *state;

	emit_partner(h, "wms-east", "wms.ship_order", "csv");
	emit_orders(h, 1, 1, 6);
	emit(h);
	assert_string_equal(emit_file(h,
				"SHIP_wms-east_00000001_"
				"20260328T020000Z.csv"),
	    want);
}

static void
test_emit__holds_and_cancelled__stay_out(void **state)
{
	struct home *h = *state;

	emit_partner(h, "wms-east", "wms.ship_order", "xml");
	emit_orders(h, 1, 5, 6);
	home_exec(h,
	    "UPDATE shipment SET status = 'CANCELLED' WHERE order_id = 1;"
	    "INSERT INTO hold_type VALUES ('NOBOOK', 'book', 'test');"
	    "INSERT INTO hold (hold_id, order_id, shipment_key, type, code,"
	    " reason, state, set_ts_us, set_by) VALUES"
	    " (1, 2, '', 'MANUAL', 'c', 'r', 'open', 0, 'ann'),"
	    " (2, 3, 'S00000003', 'LIMIT', 'c', 'r', 'open', 0, 'run:1'),"
	    " (3, 4, '', 'MANUAL', 'c', 'r', 'resolved', 0, 'ann'),"
	    " (4, 5, '', 'NOBOOK', 'c', 'r', 'open', 0, 'ann')");
	assert_int_equal(emit(h).done, 2);
	assert_string_equal(emit_text(h,
				"SELECT order_id FROM shipment WHERE "
				"wms_doc_id IS NOT NULL ORDER BY 1"),
	    "4\n5\n");
	home_exec(h, "UPDATE hold SET state = 'resolved'");
	assert_int_equal(emit(h).done, 2);
}

static void
test_emit__node_of_another_partner__waits(void **state)
{
	struct home *h = *state;

	emit_partner(h, "wms-west", "wms.ship_order", "xml");
	emit_orders(h, 1, 2, 6);
	assert_int_equal(emit(h).waiting, 2);
	assert_string_equal(documents(h), "");
	assert_string_equal(emit_text(h,
				"SELECT value FROM counter "
				"WHERE name = 'document'"),
	    "0\n");
}

/* SFCC-13, SFCC-34: booked only when the money is there. */
static void
test_emit__booking__waits_for_every_capture(void **state)
{
	struct home *h = *state;

	emit_partner(h, "swift", "courier.manifest", "");
	emit_orders(h, 1, 4, 7);
	home_exec(h,
	    "UPDATE charge SET state = 'done' WHERE charge_id <> 2;"
	    "INSERT INTO charge (charge_id, idem_key, kind, order_id,"
	    " shipment_key, invoice_no, payment_n, amount_minor, currency,"
	    " state, ts_us, again) SELECT charge_id + 10, 'k' || charge_id,"
	    " 'capture', order_id, shipment_key, invoice_no, 1, 1, 'EUR',"
	    " 'declined', 0, charge_id = 3 FROM charge WHERE charge_id IN"
	    " (1, 3);"
	    "DELETE FROM charge WHERE charge_id = 4");
	assert_int_equal(emit(h).done, 2);
	assert_string_equal(emit_text(h,
				"SELECT shipment_key, status, stage, "
				"book_doc_id FROM shipment ORDER BY 1"),
	    "S00000001|BOOKED|0|1\nS00000002|PENDING|7|NULL\n"
	    "S00000003|PENDING|7|NULL\nS00000004|BOOKED|0|1\n");
	assert_string_equal(emit_text(h,
				"SELECT order_id, seq, event, actor, detail "
				"FROM event ORDER BY 1, 2"),
	    "1|1|booked|run:1|S00000001 SWIFT DAY\n"
	    "4|1|booked|run:1|S00000004 SWIFT DAY\n");
	assert_string_equal(emit_file(h, MANIFEST),
	    "shipment_key,order_no,carrier,service,node,name,company,"
	    "address1,address2,postal_code,city,state,country,phone,weight_g,"
	    "value,currency,promise_at\r\n"
	    "S00000001,00000001,SWIFT,DAY,WH-EAST,Ann & Bob,,1 Main St,,"
	    "53111,Bonn,,DE,+49 228 1,1200,119.00,EUR,"
	    "2026-03-29T02:00:00Z\r\n"
	    "S00000004,00000004,SWIFT,DAY,WH-EAST,Ann & Bob,,1 Main St,,"
	    "53111,Bonn,,DE,+49 228 1,1200,119.00,EUR,"
	    "2026-03-29T02:00:00Z\r\n");
}

/* Whatever the partners are called, and in the run that writes the order. */
static void
test_emit__nothing_to_be_paid__is_booked_at_once(void **state)
{
	struct home *h = *state;

	emit_partner(h, "swift", "courier.manifest", "");
	emit_partner(h, "wms-east", "wms.ship_order", "xml");
	emit_orders(h, 1, 2, 6);
	home_exec(h, "UPDATE charge SET state = 'done' WHERE charge_id = 1");
	assert_int_equal(emit(h).done, 3);
	assert_string_equal(emit_text(h,
				"SELECT status, stage, wms_doc_id, book_doc_id "
				"FROM shipment ORDER BY shipment_key"),
	    "BOOKED|0|1|2\nPENDING|7|1|NULL\n");
}

/* SEC-05: people open it in a spreadsheet. */
static void
test_emit__booking__is_guarded_and_has_the_rate(void **state)
{
	struct home *h = *state;

	emit_partner(h, "swift", "carrier.booking", "");
	emit_orders(h, 1, 1, 7);
	home_exec(h,
	    "UPDATE charge SET state = 'done';"
	    "UPDATE shipment SET service_kind = 'carrier';"
	    "UPDATE ship_group SET name = '=1+1', company = '@x'");
	assert_int_equal(emit(h).done, 1);
	assert_non_null(strstr(emit_file(h, BOOKING),
	    "WH-EAST,'=1+1,'@x,1 Main St,,53111,Bonn,,DE,'+49 228 1,1200,"
	    "119.00,EUR,2026-03-29T02:00:00Z,4.50\r\n"));
}

static void
test_emit__due_charges__are_requested_once(void **state)
{
	struct home *h = *state;

	emit_partner(h, "psp", "payment.capture_request", "");
	emit_orders(h, 1, 3, 6);
	home_exec(h,
	    "UPDATE charge SET kind = 'refund', amount_minor = 5 "
	    "WHERE charge_id = 2;"
	    "INSERT INTO hold (hold_id, order_id, shipment_key, type, code,"
	    " reason, state, set_ts_us, set_by) SELECT order_id, order_id,"
	    " '', 'FRAUD', 'c', 'r', 'open', 0, 'ann' FROM orders"
	    " WHERE order_id > 1");
	emit(h);
	emit(h);
	assert_string_equal(documents(h), CAPTURE "|ready|2|11905\n");
	assert_string_equal(emit_file(h, CAPTURE),
	    "charge_key,kind,order_no,shipment_key,invoice_no,tender,method,"
	    "processor,transaction_id,amount,currency,requested_at\r\n"
	    "S00000001:charge:1:1,capture,00000001,S00000001,INV-00000001,"
	    "card,VISA,psp,T1,119.00,EUR,2026-03-28T02:00:00Z\r\n"
	    "S00000002:charge:1:1,refund,00000002,S00000002,INV-00000002,"
	    "card,VISA,psp,T2,0.05,EUR,2026-03-28T02:00:00Z\r\n");
	assert_string_equal(emit_text(h, "SELECT state FROM charge ORDER BY 1"),
	    "due\nrequested\nrequested\n");
}

/* SFCC-19.  OMS_SFCC_XSD names Salesforce's order.xsd, where it is at hand. */
static void
test_emit__order_updates__are_valid_for_the_shop(void **state)
{
	const char *order_xsd = getenv("OMS_SFCC_XSD");
	struct home *h = *state;
	struct stage_result res = { 0 };
	char *xml;

	emit_partner(h, "shop", "sfcc.order_status", "");
	emit_orders(h, 1, 2, 6);
	home_exec(h,
	    "UPDATE part SET status = 3700 WHERE order_id = 1;"
	    "UPDATE shipment SET tracking = '1Z' WHERE order_id = 1;"
	    "UPDATE ship_group SET shop_id = '' WHERE order_id = 2");
	ASSERT_OK(stage_rollup(&h->run, &res, ERR));
	assert_int_equal(emit(h).done, 2);
	xml = emit_file(h, STATUS);
	assert_string_equal(xml,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<orders xmlns=\"http://www.demandware.com/xml/impex/order/"
	    "2006-10-31\">\n"
	    "  <order order-no=\"00000001\">\n"
	    "    <status>\n"
	    "      <order-status>OPEN</order-status>\n"
	    "      <shipping-status>SHIPPED</shipping-status>\n"
	    "      <confirmation-status>CONFIRMED</confirmation-status>\n"
	    "      <payment-status>NOT_PAID</payment-status>\n"
	    "    </status>\n"
	    "    <shipments>\n"
	    "      <shipment shipment-id=\"ship1\">\n"
	    "        <status>\n"
	    "          <shipping-status>SHIPPED</shipping-status>\n"
	    "        </status>\n"
	    "        <tracking-number>1Z</tracking-number>\n"
	    "      </shipment>\n"
	    "    </shipments>\n"
	    "  </order>\n"
	    "  <order order-no=\"00000002\">\n"
	    "    <status>\n"
	    "      <order-status>OPEN</order-status>\n"
	    "      <shipping-status>NOT_SHIPPED</shipping-status>\n"
	    "      <confirmation-status>CONFIRMED</confirmation-status>\n"
	    "      <payment-status>NOT_PAID</payment-status>\n"
	    "    </status>\n"
	    "  </order>\n"
	    "</orders>\n");
	if (order_xsd != NULL)
		assert_valid(xml, xmlSchemaNewParserCtxt(order_xsd));
}

#define OF_INVOICE                                                             \
	"EUR,INV-00000001,Invoice for order 00000001,00000001,S00000001,"      \
	"INV-00000001\r\n"
#define OF_CREDIT                                                              \
	"EUR,INV-00000001,Credit note for INV-00000001,00000001,S00000001,"    \
	"CN-1\r\n"
static const char
    entries[] = "entry,line,date,account,debit,credit,tax_code,jurisdiction,"
		"currency,ref,text,order_no,shipment_key,invoice_no\r\n"
		"1,1,2026-03-28,1200,,56.53,,," OF_CREDIT
		"1,2,2026-03-28,4000,52.50,,,," OF_CREDIT
		"1,3,2026-03-28,4090,,5.00,,," OF_CREDIT
		"1,4,2026-03-28,2200,9.03,,0.19,DE," OF_CREDIT
		"2,1,2026-03-28,1200,119.00,,,," OF_INVOICE
		"2,2,2026-03-28,4000,,105.00,,," OF_INVOICE
		"2,3,2026-03-28,4090,10.00,,,," OF_INVOICE
		"2,4,2026-03-28,4100,,5.00,,," OF_INVOICE
		"2,5,2026-03-28,2200,,18.06,0.19,DE," OF_INVOICE
		"2,6,2026-03-28,2200,,0.94,0.07,DE," OF_INVOICE;

/* Every entry balances; a credit note's postings are on the other side. */
static void
test_emit__invoices__become_balanced_entries_and_a_manifest(void **state)
{
	struct home *h = *state;
	char *sha;

	emit_partner(h, "books", "accounting.journal_manifest", "");
	emit_partner(h, "books", "accounting.invoice_journal", "");
	emit_orders(h, 1, 1, 6);
	home_exec(h,
	    "INSERT INTO invoice (invoice_no, kind, credits, order_id,"
	    " shipment_key, issued_ts_us, currency, goods_minor,"
	    " discount_minor, shipping_minor, tax_minor, total_minor)"
	    " SELECT 'CN-1', 'credit', invoice_no, order_id, shipment_key,"
	    " issued_ts_us, currency, -5250, 500, 0, -903, -5653"
	    " FROM invoice;"
	    "INSERT INTO invoice_line (invoice_no, n, line_no, sku, qty,"
	    " net_minor, disc_minor, ship_minor, tax_minor, tax_rate)"
	    " VALUES ('CN-1', 1, 1, 'SKU-1', 2, -5250, 500, 0, -903, '0.19')");
	assert_int_equal(emit(h).done, 3);
	assert_string_equal(emit_file(h, JOURNAL), entries);
	sha = emit_text(h,
	    "SELECT name || ',' || sha256 || ',' || size_bytes FROM document "
	    "WHERE type = 'accounting.invoice_journal'");
	sha[strlen(sha) - 1] = '\0';
	assert_string_equal(emit_file(h, LISTING),
	    mem_printf(h,
		"name,sha256,size_bytes,entries,lines,debit,credit,"
		"currency\r\n%s,2,10,190.53,190.53,EUR\r\n",
		sha));
	assert_int_equal(emit(h).done, 0);
}

static void
test_emit__unbalanced_invoice__holds_the_document_with_its_reason(void **state)
{
	struct home *h = *state;
	struct stage_result res;

	emit_partner(h, "books", "accounting.invoice_journal", "");
	emit_partner(h, "books", "accounting.journal_manifest", "");
	emit_orders(h, 1, 2, 6);
	home_exec(h,
	    "UPDATE invoice_line SET tax_minor = 902 "
	    "WHERE invoice_no = 'INV-00000002' AND n = 2");
	res = emit(h);
	assert_int_equal(res.rejected, 1);
	assert_int_equal(res.worst, OMS_INTERNAL);
	assert_string_equal(emit_text(h,
				"SELECT state, code, reason, sha256 "
				"FROM document"),
	    "hold|internal|debits and credits differ by 1 minor units|\n");
	assert_string_equal(emit_text(h, "SELECT COUNT(*) FROM document_total"),
	    "0\n");
}

/* A text that intake would have refused never makes a broken document. */
static void
test_emit__illegal_character__holds_the_document(void **state)
{
	struct home *h = *state;

	emit_partner(h, "wms-east", "wms.ship_order", "xml");
	emit_orders(h, 1, 1, 6);
	home_exec(h, "UPDATE ship_group SET city = 'Bo' || char(1) || 'nn'");
	assert_int_equal(emit(h).rejected, 1);
	assert_string_equal(emit_text(h, "SELECT state, code FROM document"),
	    "hold|data.encoding\n");
	assert_tree_is(h->dir,
	    "./oms.db\n./oms.db-shm\n./oms.db-wal\n./oms.db.writer\n");
}

/* Run the stage in a process that dies after durable step n; did it? */
static bool
stop_after(struct home *h, int step)
{
	char *counter = mem_printf(h, "%s/counter", h->dir);
	FILE *f = fopen(counter, "w");
	int status = 0;
	pid_t child;

	fprintf(f, "%d\n", step);
	fclose(f);
	child = fork();
	if (child == 0) {
		struct stage_result res = { 0 };
		struct oms_error err = NO_ERROR;

		(void)!freopen("/dev/null", "w", stderr);
		setenv("OMS_STOP_COUNTER", counter, 1);
		h->run.db = db_open(h, h->dir, DB_WRITE, 1 << 20, &err);
		_exit(stage_emit(&h->run, &res, &err) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(unlink(counter), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
	return WEXITSTATUS(status) == FAULT_STOPPED;
}

static void
test_emit__stopped_at_any_step__ends_as_if_not(void **state)
{
	char want[8192] = "";
	bool stopped = true;
	int step = 0;

	(void)state;
	for (; stopped; step++) {
		struct home *h = emit_home(mem_ctx_new(NULL, "crash"));
		char *got;

		emit_partner(h, "books", "accounting.invoice_journal", "");
		emit_partner(h, "books", "accounting.journal_manifest", "");
		emit_partner(h, "psp", "payment.capture_request", "");
		emit_partner(h, "wms-east", "wms.ship_order", "xml");
		emit_orders(h, 1, 3, 6);
		stopped = stop_after(h, step) || step == 0;
		ASSERT_OK(emit_render_pending(&h->run, ERR));
		(void)emit(h);
		got = mem_printf(h, "%s%s%s%s",
		    emit_text(h,
			"SELECT doc_id, name, state, sha256, size_bytes,"
			" items, sum_minor, manifest_doc_id FROM document "
			"ORDER BY doc_id"),
		    emit_file(h, LISTING), emit_file(h, CAPTURE),
		    emit_file(h, SHIP));
		if (step == 0)
			snprintf(want, sizeof(want), "%s", got);
		assert_string_equal(got, want);
		mem_free(mem_parent(h));
	}
	assert_true(step > 10); /* or there was nothing to stop */
}

static void
test_emit_render_pending__other_bytes_than_before__holds_it(void **state)
{
	struct home *h = *state;

	emit_partner(h, "psp", "payment.capture_request", "");
	emit_orders(h, 1, 1, 6);
	emit(h);
	home_exec(h,
	    "UPDATE document SET state = 'pending';"
	    "UPDATE charge SET amount_minor = 1");
	ASSERT_OK(emit_render_pending(&h->run, ERR));
	assert_string_equal(emit_text(h, "SELECT state, code FROM document"),
	    "hold|deliver.changed\n");
	home_exec(h,
	    "UPDATE document SET state = 'pending';"
	    "UPDATE charge SET amount_minor = 11900");
	ASSERT_OK(emit_render_pending(&h->run, ERR));
	assert_string_equal(emit_text(h, "SELECT state, code FROM document"),
	    "ready|\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    test_emit__shipments_to_emit__become_a_valid_shipping_order),
		TEST(test_emit__csv_feed__has_a_row_a_line_and_component),
		TEST(test_emit__holds_and_cancelled__stay_out),
		TEST(test_emit__node_of_another_partner__waits),
		TEST(test_emit__booking__waits_for_every_capture),
		TEST(test_emit__nothing_to_be_paid__is_booked_at_once),
		TEST(test_emit__booking__is_guarded_and_has_the_rate),
		TEST(test_emit__due_charges__are_requested_once),
		TEST(test_emit__order_updates__are_valid_for_the_shop),
		TEST(
		    test_emit__invoices__become_balanced_entries_and_a_manifest),
		TEST(
		    test_emit__unbalanced_invoice__holds_the_document_with_its_reason),
		TEST(test_emit__illegal_character__holds_the_document),
		TEST(test_emit__stopped_at_any_step__ends_as_if_not),
		TEST(
		    test_emit_render_pending__other_bytes_than_before__holds_it),
	};

	return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
