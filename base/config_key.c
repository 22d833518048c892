/* config_key.c - the table first: it is the specification. */

#include "base/config_key.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/config.h"
#include "base/count.h"
#include "base/num.h"
#include "base/str.h"

#define C(member) offsetof(struct config, member)
#define P(member) offsetof(struct partner, member)
#define E(member) offsetof(struct partner, edi.member)
#define F(member) offsetof(struct feed, member)
#define J(member) offsetof(struct job, member)

enum { TEXT_MAX_BYTES = 1024, YEAR_S = 366 * 86400 };

#define GIB (INT64_C(1) << 30)
#define TIB (INT64_C(1) << 40)

/* clang-format off */
const struct config_section_doc config_sections[SEC_COUNT] = {
	[SEC_COMPANY]    = { "company",    "Who we are, and how documents are numbered." },
	[SEC_ORDERS]     = { "orders",     "What an order must satisfy before it goes on." },
	[SEC_ALLOCATION] = { "allocation", "How stock is found for orders." },
	[SEC_BILLING]    = { "billing",    "How shipments become invoices and charges." },
	[SEC_RUN]        = { "run",        "Sizes and limits of a run." },
	[SEC_SECURITY]   = { "security",   "Secrets and personal data at rest; see docs/security.md." },
	[SEC_DEAD]       = { "dead",       "What is done with dead letters before a person looks." },
	[SEC_MONITOR]    = { "monitor",    "What is told when it takes too long, and where figures are written." },
	[SEC_BACKUP]     = { "backup",     "What is expected of backups; oms backup makes them." },
	[SEC_ALERT]      = { "alert",      "Whom to tell what waits for a person, and how." },
	[SEC_PARTNER]    = { "partner",    "Who the partner is, and how files travel." },
	[SEC_SFTP]       = { "sftp",       "The partner's SFTP server; only with transport = sftp." },
	[SEC_EDI]        = { "edi",        "How X12 or EDIFACT is traded with the partner; oms partner new --edi writes one." },
	[SEC_FEED]       = { "feed.",      "One kind of document in one direction; [feed.NAME], as many as needed." },
	[SEC_JOB]        = { "job",        "What is run when: one file a job, jobs/NAME.ini. oms run --due runs what is due." },
};

/* section, name, type, offset, min, max, default, words, sentence */
const struct config_key config_keys[] = {
{ SEC_COMPANY, "name", KEY_TEXT, C(company_name), 0, 200, "", NULL,
  "The merchant's name, as documents show it." },
{ SEC_COMPANY, "invoice_prefix", KEY_TEXT, C(invoice_prefix), 0, 20, "INV-", NULL,
  "What invoice numbers begin with. Change it only between two ranges of numbers." },
{ SEC_COMPANY, "credit_prefix", KEY_TEXT, C(credit_prefix), 0, 20, "CN-", NULL,
  "What credit note numbers begin with." },

{ SEC_ORDERS, "payment_total", KEY_WORD, C(payment_total), 0, 0, "report", "report|hold",
  "What to do when the payments do not sum to the order's total: report it, or hold the order." },
{ SEC_ORDERS, "totals_tolerance_minor", KEY_INT, C(totals_tolerance_minor), 0, 1000, "1", NULL,
  "How far a block of totals may be off, in minor units of the currency (cents), before the order is held." },
{ SEC_ORDERS, "twin_window", KEY_DURATION_S, C(twin_window_s), 0, 30 * 86400, "0", NULL,
  "Hold an order when the same customer ordered the same things within this time; 0 turns the check off." },
{ SEC_ORDERS, "handling_time", KEY_DURATION_S, C(handling_s), 0, YEAR_S, "1d", NULL,
  "From the order's time to the time it should be shipped by." },

{ SEC_ALLOCATION, "max_splits", KEY_INT, C(max_splits), 1, 16, "3", NULL,
  "Over how many ship nodes one order may be split." },
{ SEC_ALLOCATION, "scarcity_weight", KEY_INT, C(scarcity_weight), 0, 1000, "3", NULL,
  "How much to spare nodes where a product is scarce, against distance_weight." },
{ SEC_ALLOCATION, "distance_weight", KEY_INT, C(distance_weight), 0, 1000, "1", NULL,
  "How much to prefer near nodes, against scarcity_weight." },
{ SEC_ALLOCATION, "ship_complete", KEY_BOOL, C(ship_complete), 0, 0, "no", NULL,
  "Wait until the whole order can be shipped, instead of shipping what there is." },
{ SEC_ALLOCATION, "split_lines", KEY_BOOL, C(split_lines), 0, 0, "yes", NULL,
  "May the quantity of one line come from several nodes?" },
{ SEC_ALLOCATION, "dirty_time", KEY_DURATION_S, C(dirty_s), 0, YEAR_S, "1d", NULL,
  "After a short pick the node counts as empty of the product this long, or until a newer count." },
{ SEC_ALLOCATION, "stale_stock_time", KEY_DURATION_S, C(stale_stock_s), 0, YEAR_S, "0", NULL,
  "A stock count older than this is no information; 0: counts never grow old." },

{ SEC_BILLING, "shipping_charge", KEY_WORD, C(shipping_charge), 0, 0, "first", "first|value|weight",
  "On which invoice an order's shipping charge goes: the first, or shared by value or by weight." },
{ SEC_BILLING, "spending_limit_minor", KEY_INT, C(spending_limit_minor), 0, INT64_C(1000000000000), "0", NULL,
  "What every customer without a limit of his own may owe, in minor units of each currency; 0: no limit." },
{ SEC_BILLING, "maintenance", KEY_BOOL, C(maintenance), 0, 0, "no", NULL,
  "Pause billing; shipments wait in the queue and nothing is lost." },

{ SEC_RUN, "batch_orders", KEY_INT, C(batch_orders), 1, 100000, "1000", NULL,
  "How many orders one database commit takes." },
{ SEC_RUN, "min_free", KEY_SIZE, C(min_free_bytes), 0, 1024 * TIB, "256MiB", NULL,
  "Start no run with less free space than this on the home's file system." },
{ SEC_RUN, "child_memory", KEY_SIZE, C(child_memory_bytes), INT64_C(64) << 20, TIB, "1GiB", NULL,
  "Address space of the process that reads a file; a file that needs more is refused." },
{ SEC_RUN, "child_cpu", KEY_DURATION_S, C(child_cpu_s), 1, 86400, "30m", NULL,
  "Processor time of the process that reads a file." },
{ SEC_RUN, "max_attempts", KEY_INT, C(max_attempts), 1, 1000, "12", NULL,
  "How often a transfer is tried before a person is asked." },
{ SEC_RUN, "inbox_settle_time", KEY_DURATION_MS, C(inbox_settle_ms), 0, 3600000, "2s", NULL,
  "A file dropped into inbox/ is taken when it has not changed for this long." },
{ SEC_RUN, "cache", KEY_SIZE, C(cache_bytes), INT64_C(1) << 20, GIB * 64, "64MiB", NULL,
  "Page cache of the database: the memory a stage uses." },

{ SEC_SECURITY, "personal_key", KEY_SECRET, C(personal_key), 0, 0, "file:keys/personal.key", NULL,
  "The key ring that encrypts personal data and files; oms key new makes it and turns encryption on." },

{ SEC_DEAD, "max_age", KEY_DURATION_S, C(dead_max_age_s), 0, YEAR_S, "14d", NULL,
  "An open dead letter that is older is shown as overdue; 0: never. None is ever closed by itself." },
{ SEC_DEAD, "rule", KEY_DEAD_RULES, C(dead_rules), 0, 0, "data.reference retry 7", NULL,
  "What to do with the letters of a code: \"data.reference retry 7\" tries them again for seven nights, without a person; \"order.conflict hold\" holds them at once; \"data.value owner anna\" gives them to somebody; \"data.reference none\" takes back what was said before. Give it again for another; the default stays." },
{ SEC_MONITOR, "zone", KEY_TEXT, C(monitor_zone), 0, 64, "", NULL,
  "The time zone of what feeds expect, e.g. Europe/Vienna; empty: that of jobs/nightly.ini, else UTC." },
{ SEC_MONITOR, "stuck", KEY_TEXT, C(stuck), 0, TEXT_MAX_BYTES, "", NULL,
  "Orders that stand too long, as LABEL AGE [QUEUE], parted by commas: BACKORDERED 30d purchasing, ON_HOLD 3d service. oms order find --stuck lists them." },
{ SEC_MONITOR, "capture_answer", KEY_DURATION_S, C(capture_answer_s), 0, YEAR_S, "1d", NULL,
  "How long the processor may take to answer a capture request; 0: for ever." },
{ SEC_MONITOR, "ship_answer", KEY_DURATION_S, C(ship_answer_s), 0, YEAR_S, "3d", NULL,
  "How long a warehouse may take to confirm a shipping order; 0: for ever." },
{ SEC_MONITOR, "metrics_file", KEY_PATH, C(metrics_file), 0, TEXT_MAX_BYTES, "", NULL,
  "Where each run leaves its figures for Prometheus (the textfile collector), e.g. /var/lib/node_exporter/oms.prom; empty: nowhere." },

{ SEC_BACKUP, "max_age", KEY_DURATION_S, C(backup_max_age_s), 0, YEAR_S, "0", NULL,
  "oms check complains when the last backup is older than this, or there is none; 0: it does not." },
{ SEC_ALERT, "folder", KEY_PATH, C(alert_folder), 0, TEXT_MAX_BYTES, "", NULL,
  "A folder that gets every alert as a file." },
{ SEC_ALERT, "syslog", KEY_PATH, C(alert_syslog), 0, TEXT_MAX_BYTES, "", NULL,
  "The socket of syslog or the journal: /dev/log." },
{ SEC_ALERT, "mail_to", KEY_TEXT, C(mail_to), 0, TEXT_MAX_BYTES, "", NULL,
  "Who gets a mail, parted by commas; empty: nobody." },
{ SEC_ALERT, "mail_from", KEY_TEXT, C(mail_from), 0, 254, "", NULL,
  "The sender of the mails." },
{ SEC_ALERT, "mail_server", KEY_TEXT, C(mail_server), 0, TEXT_MAX_BYTES, "smtp://127.0.0.1", NULL,
  "The server that takes them: smtp://host:587, or smtps://host." },
{ SEC_ALERT, "mail_user", KEY_TEXT, C(mail_user), 0, 254, "", NULL,
  "The login there; empty: none." },
{ SEC_ALERT, "mail_password", KEY_SECRET, C(mail_password), 0, 0, "", NULL,
  "Its password." },
{ SEC_ALERT, "mail_tls", KEY_WORD, C(mail_tls), 0, 0, "required", "required|none",
  "Whether the connection must be encrypted; none is for a server on this machine only." },
{ SEC_ALERT, "webhook_url", KEY_TEXT, C(webhook_url), 0, TEXT_MAX_BYTES, "", NULL,
  "Where a JSON object is posted; https:// only, but on this machine." },
{ SEC_ALERT, "webhook_secret", KEY_SECRET, C(webhook_secret), 0, 0, "", NULL,
  "The key of its signature (HMAC-SHA256)." },
{ SEC_ALERT, "ca_file", KEY_PATH, C(alert_ca_file), 0, TEXT_MAX_BYTES, "", NULL,
  "Certificates trusted instead of the system's." },
{ SEC_ALERT, "timeout", KEY_DURATION_MS, C(alert_timeout_ms), 100, 120000, "10s", NULL,
  "How long a channel may take; one that fails is tried again by later runs, for a day." },
{ SEC_ALERT, "ignore", KEY_TEXT, C(alert_ignore), 0, TEXT_MAX_BYTES, "", NULL,
  "Codes that nobody is told of at once, parted by blanks; the digest has them." },
{ SEC_ALERT, "digest", KEY_BOOL, C(alert_digest), 0, 0, "yes", NULL,
  "A summary with the first run of each business day, also when nothing waits." },

{ SEC_PARTNER, "kind", KEY_WORD, P(kind), 0, 0, NULL, "shop|wms|courier|carrier|payment|accounting|data",
  "What the partner is to us." },
{ SEC_PARTNER, "node", KEY_TEXT, P(node), 0, 32, "", NULL,
  "Of a wms: the ship node it runs, e.g. WH-EAST. A second one of the node may confirm, and is told nothing." },
{ SEC_PARTNER, "transport", KEY_WORD, P(transport), 0, 0, "folder", "folder|sftp",
  "How files travel: a folder of this machine, or an SFTP server." },
{ SEC_PARTNER, "path", KEY_PATH, P(path), 0, TEXT_MAX_BYTES, "", NULL,
  "Of a folder partner: the root of its tree, e.g. a mounted share. Empty: files are dropped into inbox/<partner> and fetched from outbox/<partner>." },
{ SEC_PARTNER, "publish", KEY_WORD, P(publish), 0, 0, "rename", "rename|direct",
  "How a finished document gets its name on the partner's side: renamed into place, or written there directly when the server cannot rename." },
{ SEC_PARTNER, "settle_time", KEY_DURATION_S, P(settle_s), 0, 86400, "60s", NULL,
  "With complete = stable: the time between the two looks that must agree." },
{ SEC_PARTNER, "read_back", KEY_SIZE, P(read_back_bytes), 0, TIB, "4MiB", NULL,
  "A document found at the partner's after a doubtful delivery is read back and compared up to this size; of a larger one only the size is compared." },
{ SEC_PARTNER, "max_entries", KEY_INT, P(max_entries), 1, 10000000, "100000", NULL,
  "A folder with more files than this is not listed." },

{ SEC_SFTP, "host", KEY_TEXT, P(host), 0, 253, "", NULL,
  "Name or address of the server." },
{ SEC_SFTP, "port", KEY_INT, P(port), 1, 65535, "22", NULL,
  "Its port." },
{ SEC_SFTP, "user", KEY_TEXT, P(user), 0, 128, "", NULL,
  "Whom we log in as." },
{ SEC_SFTP, "key_file", KEY_PATH, P(key_file), 0, TEXT_MAX_BYTES, "", NULL,
  "Our private key, mode 0600, relative to the home." },
{ SEC_SFTP, "passphrase", KEY_SECRET, P(passphrase), 0, 0, "", NULL,
  "The private key's passphrase, as env:NAME, file:PATH or credential:NAME." },
{ SEC_SFTP, "password", KEY_SECRET, P(password), 0, 0, "", NULL,
  "The login's password, as env:NAME, file:PATH or credential:NAME." },
{ SEC_SFTP, "next_key_file", KEY_PATH, P(next_key_file), 0, TEXT_MAX_BYTES, "", NULL,
  "The key that shall follow key_file: tried once the server refuses the current one; oms partner rotate puts it into force." },
{ SEC_SFTP, "next_passphrase", KEY_SECRET, P(next_passphrase), 0, 0, "", NULL,
  "Its passphrase." },
{ SEC_SFTP, "next_password", KEY_SECRET, P(next_password), 0, 0, "", NULL,
  "The password that shall follow password." },
{ SEC_SFTP, "use_agent", KEY_BOOL, P(use_agent), 0, 0, "no", NULL,
  "Ask the ssh-agent of the user that runs oms for keys." },
{ SEC_SFTP, "legacy_algorithms", KEY_BOOL, P(legacy_algorithms), 0, 0, "no", NULL,
  "Also offer algorithms that are no longer thought safe (ssh-rsa, SHA-1), for old servers." },
{ SEC_SFTP, "host_key", KEY_HOST_KEYS, P(host_keys), 0, 0, NULL, NULL,
  "A host key the server may show, as in known_hosts without the name: \"ssh-ed25519 AAAA...\". Give it again for a second key. Any other key is refused." },
{ SEC_SFTP, "connect_timeout", KEY_DURATION_MS, P(connect_timeout_ms), 1, 600000, "20s", NULL,
  "For connecting, the key exchange and the login." },
{ SEC_SFTP, "idle_timeout", KEY_DURATION_MS, P(idle_timeout_ms), 1, 3600000, "60s", NULL,
  "Give up when no byte came for this long." },
{ SEC_SFTP, "file_deadline", KEY_DURATION_S, P(file_deadline_s), 1, 86400, "30m", NULL,
  "For one whole file." },
{ SEC_SFTP, "session_deadline", KEY_DURATION_S, P(session_deadline_s), 1, 86400, "2h", NULL,
  "For one whole session." },
{ SEC_SFTP, "min_rate", KEY_SIZE, P(min_rate_bytes_s), 0, GIB, "1KiB", NULL,
  "Give up when fewer bytes a second came over a whole minute; 0: never." },
{ SEC_SFTP, "keepalive", KEY_DURATION_S, P(keepalive_s), 0, 3600, "30s", NULL,
  "Send a sign of life this often; 0: never." },

{ SEC_EDI, "standard", KEY_WORD, E(standard), 0, 0, "", "x12|edifact|",
  "Which of the two is traded with the partner; empty: none." },
{ SEC_EDI, "version", KEY_TEXT, E(version), 0, 23, "", NULL,
  "Of what we write: 004010, 005010, D:96A or D:01B; empty: 004010 or D:96A." },
{ SEC_EDI, "assoc", KEY_TEXT, E(assoc), 0, 200, "", NULL,
  "EDIFACT: the association code written in UNH, e.g. EAN008; for messages with another one, parted by blanks: EAN008 IFTMIN:EAN004." },
{ SEC_EDI, "test", KEY_BOOL, E(test), 0, 0, "no", NULL,
  "Is this a test? Both sides say so in their envelopes; a test interchange in production is refused." },
{ SEC_EDI, "our_id", KEY_TEXT, E(our_id), 0, 35, "", NULL,
  "Who we are in his envelopes: ISA06 of what we write, ISA08 of what he does; UNB likewise." },
{ SEC_EDI, "our_qualifier", KEY_TEXT, E(our_qualifier), 0, 4, "", NULL,
  "What kind of id that is: ZZ, 01 (DUNS), 14 (GLN) ...; empty: ZZ, or none in EDIFACT." },
{ SEC_EDI, "their_id", KEY_TEXT, E(their_id), 0, 35, "", NULL,
  "Who he is in envelopes." },
{ SEC_EDI, "their_qualifier", KEY_TEXT, E(their_qualifier), 0, 4, "", NULL,
  "What kind of id that is; empty: ZZ, or none in EDIFACT." },
{ SEC_EDI, "our_group_id", KEY_TEXT, E(our_group_id), 0, 35, "", NULL,
  "GS02 of what we write; empty: our_id." },
{ SEC_EDI, "their_group_id", KEY_TEXT, E(their_group_id), 0, 35, "", NULL,
  "GS03 of what we write; empty: their_id." },
{ SEC_EDI, "application", KEY_TEXT, E(application), 0, 14, "", NULL,
  "UNB 0026, the application reference; empty: left out." },
{ SEC_EDI, "agreement", KEY_TEXT, E(agreement), 0, 35, "", NULL,
  "UNB 0032, the agreement; empty: left out." },
{ SEC_EDI, "element_separator", KEY_TEXT, E(element_separator), 0, 4, "", NULL,
  "Between elements, one character or 0x1D; empty: * in X12, + in EDIFACT." },
{ SEC_EDI, "component_separator", KEY_TEXT, E(component_separator), 0, 4, "", NULL,
  "Between components; empty: > in X12, : in EDIFACT." },
{ SEC_EDI, "repetition_separator", KEY_TEXT, E(repetition_separator), 0, 4, "", NULL,
  "Between repetitions; empty: ^ in X12 from 00402 on, * in EDIFACT syntax 4." },
{ SEC_EDI, "terminator", KEY_TEXT, E(terminator), 0, 4, "", NULL,
  "Behind a segment; empty: ~ in X12, ' in EDIFACT." },
{ SEC_EDI, "release", KEY_TEXT, E(release), 0, 4, "", NULL,
  "EDIFACT: before a service character in data; empty: ?" },
{ SEC_EDI, "decimal_mark", KEY_TEXT, E(decimal_mark), 0, 1, "", NULL,
  "EDIFACT: the decimal mark we write; empty: a point." },
{ SEC_EDI, "suffix", KEY_WORD, E(suffix), 0, 0, "lf", "none|cr|lf|crlf",
  "What is written behind each terminator." },
{ SEC_EDI, "replacement", KEY_TEXT, E(replacement), 0, 1, " ", NULL,
  "X12: what a service character in data becomes; none: such a document is refused." },
{ SEC_EDI, "charset", KEY_TEXT, E(charset), 0, 16, "", NULL,
  "X12: utf-8, iso-8859-1 or ascii; EDIFACT: UNOA, UNOB, UNOC ...; empty: utf-8, or UNOC. Of what he sends EDIFACT says it itself." },
{ SEC_EDI, "syntax", KEY_INT, E(syntax), 1, 4, "3", NULL,
  "EDIFACT: the syntax version we write." },
{ SEC_EDI, "una", KEY_BOOL, E(una), 0, 0, "yes", NULL,
  "EDIFACT: write UNA, also when it says what is agreed anyhow." },
{ SEC_EDI, "groups", KEY_BOOL, E(groups), 0, 0, "no", NULL,
  "EDIFACT: write UNG and UNE." },
{ SEC_EDI, "control_first", KEY_INT, E(control_first), 1, 999999999, "1", NULL,
  "The first interchange and group control number we give." },
{ SEC_EDI, "control_last", KEY_INT, E(control_last), 1, 999999999, "999999999", NULL,
  "The last; then control_first again." },
{ SEC_EDI, "control_prefix", KEY_TEXT, E(control_prefix), 0, 5, "", NULL,
  "EDIFACT: before the interchange control number." },
{ SEC_EDI, "ack", KEY_WORD, E(ack), 0, 0, "auto", "auto|997|999|contrl|none",
  "What we answer to his sets; auto: 997, 999 for 005010, CONTRL for EDIFACT. Needs a feed out of type edi.ack." },
{ SEC_EDI, "ack_accepted", KEY_BOOL, E(ack_accepted), 0, 0, "yes", NULL,
  "Name the accepted sets in it, too, not only those with errors." },
{ SEC_EDI, "ta1", KEY_WORD, E(ta1), 0, 0, "asked", "asked|always|errors|never",
  "X12: when we answer the interchange itself: when ISA14 asks, always, only when it has errors, never." },
{ SEC_EDI, "expect_ack", KEY_WORD, E(expect_ack), 0, 0, "auto", "auto|997|999|contrl|none",
  "What he owes us for what we send; auto as in ack." },
{ SEC_EDI, "ack_time", KEY_DURATION_S, E(ack_time_s), 0, 90 * 86400, "1d", NULL,
  "Until then; later it is overdue: oms acks --overdue. 0: never." },
{ SEC_EDI, "ask_ta1", KEY_BOOL, E(ask_ta1), 0, 0, "no", NULL,
  "Ask for an answer to the interchange: ISA14, UNB 0031." },
{ SEC_EDI, "lenient", KEY_TEXT, E(lenient), 0, 200, "", NULL,
  "What is forgiven to his files, each with a warning, parted by blanks: see oms edi check --help." },
{ SEC_EDI, "guides", KEY_TEXT, E(guides), 0, TEXT_MAX_BYTES, "", NULL,
  "Overlays that narrow or relax our guides for him, files of the home parted by blanks: partners/acme.guide." },
{ SEC_EDI, "guide_version", KEY_TEXT, E(guide_version), 0, 23, "", NULL,
  "Read his sets by the guides of this version, whatever they say." },
{ SEC_EDI, "sets", KEY_TEXT, E(sets), 0, 200, "", NULL,
  "Take only these sets, parted by blanks: 850 860; empty: all that oms knows." },
{ SEC_EDI, "duplicate_days", KEY_INT, E(duplicate_days), 0, 3660, "366", NULL,
  "An interchange control number that came within so many days is a duplicate; 0: no check." },
{ SEC_EDI, "check_groups", KEY_BOOL, E(check_groups), 0, 0, "yes", NULL,
  "Refuse a group whose control number stands twice in an interchange." },
{ SEC_EDI, "check_sets", KEY_BOOL, E(check_sets), 0, 0, "yes", NULL,
  "Refuse a set whose control number stands twice in its group." },
{ SEC_EDI, "on_error", KEY_WORD, E(on_error), 0, 0, "set", "set|interchange",
  "What one bad set costs: that set, or the whole interchange." },
{ SEC_EDI, "max_set", KEY_SIZE, E(max_set_bytes), INT64_C(1) << 10, GIB, "64MiB", NULL,
  "The memory one set of his may take while it is read, some ten times its bytes; a larger one is refused. Keep it well below child_memory." },
{ SEC_EDI, "trailing", KEY_WORD, E(trailing), 0, 0, "optional", "optional|refused",
  "Empty elements at the end of his segments: let them be, or an error." },
{ SEC_EDI, "item_qualifier", KEY_TEXT, E(item_qualifier), 0, 3, "", NULL,
  "What our sku is to him: VN, SK, UP, EN ...; empty: VN in X12, SA in EDIFACT." },
{ SEC_EDI, "their_item_qualifier", KEY_TEXT, E(their_item_qualifier), 0, 3, "", NULL,
  "What his own number of an item is called; empty: BP." },
{ SEC_EDI, "change_qty", KEY_WORD, E(change_qty), 0, 0, "new", "new|delta",
  "Is the quantity of a changed line (860 QI, QD) the new one, or the difference?" },
{ SEC_EDI, "omitted_lines", KEY_WORD, E(omitted_lines), 0, 0, "by_code", "by_code|short|shipped|open",
  "What a line means that his shipping advice leaves out: by W0601, or always short, shipped, or to follow." },
{ SEC_EDI, "short_lines", KEY_WORD, E(short_lines), 0, 0, "backorder", "backorder|close",
  "What becomes of what he did not ship: it is looked for elsewhere, or cancelled." },
{ SEC_EDI, "absent_items", KEY_WORD, E(absent_items), 0, 0, "keep", "keep|zero",
  "What a product means that his stock report leaves out: unchanged, or none left." },
{ SEC_EDI, "damaged_in_received", KEY_BOOL, E(damaged_in_received), 0, 0, "yes", NULL,
  "Does the received quantity (944 W07) count damaged units, too?" },
{ SEC_EDI, "gs1_prefix", KEY_TEXT, E(gs1_prefix), 0, 12, "", NULL,
  "Our GS1 company prefix, for SSCCs; empty: we write none." },
{ SEC_EDI, "vendor_no", KEY_TEXT, E(vendor_no), 0, 30, "", NULL,
  "Our number at the partner: REF*IA." },
{ SEC_EDI, "warehouse_id", KEY_TEXT, E(warehouse_id), 0, 35, "", NULL,
  "What a warehouse is called in his sets; empty: its node." },
{ SEC_EDI, "scac", KEY_TEXT, E(scac), 0, 4, "", NULL,
  "A carrier's Standard Carrier Alpha Code." },

{ SEC_FEED, "type", KEY_TEXT, F(type), 1, 64, NULL, NULL,
  "The kind of document, e.g. sfcc.order; oms config lint knows them all." },
{ SEC_FEED, "direction", KEY_CHOICE, F(direction), 0, 0, NULL, "in|out",
  "in: from the partner to us; out: from us to the partner." },
{ SEC_FEED, "dir", KEY_TEXT, F(dir), 0, TEXT_MAX_BYTES, "", NULL,
  "The folder on the partner's side; empty: its root." },
{ SEC_FEED, "pattern", KEY_TEXT, F(pattern), 0, 200, "", NULL,
  "Names the feed takes in, as a shell pattern: *.xml." },
{ SEC_FEED, "format", KEY_WORD, F(format), 0, 0, "xml", "xml|csv|x12|edifact",
  "Of documents out, where the type has several; x12 and edifact need [edi]." },
{ SEC_FEED, "complete", KEY_CHOICE, F(complete), 0, 0, "stable", "stable|done|rename",
  "How a remote file proves that it is whole: it stands still, a done file lies beside it, or the partner renames it into place." },
{ SEC_FEED, "done_suffix", KEY_TEXT, F(done_suffix), 1, 32, ".done", NULL,
  "With complete = done: the end of the done file's name." },
{ SEC_FEED, "after", KEY_CHOICE, F(after), 0, 0, "archive", "archive|delete|keep",
  "What to do with the remote file once our copy is safe." },
{ SEC_FEED, "archive_dir", KEY_TEXT, F(archive_dir), 1, TEXT_MAX_BYTES, "archive", NULL,
  "With after = archive: the folder on the partner's side it is moved to." },
{ SEC_FEED, "channel", KEY_TEXT, F(channel), 0, 32, "", NULL,
  "Of orders in: where they were sold; empty: the partner's id." },
{ SEC_FEED, "max_bytes", KEY_SIZE, F(max_bytes), 1, TIB, "2GiB", NULL,
  "A larger file is not taken." },
{ SEC_FEED, "max_rejects", KEY_INT, F(max_rejects), -1, 1000000000, "-1", NULL,
  "With more rejected records than this the whole file is refused; -1: never." },
{ SEC_FEED, "expect", KEY_TEXT, F(expect), 0, 64, "", NULL,
  "When a file is to come in: 02:00-04:30, or mon-fri 02:00-04:30, in the zone of [monitor]; empty: at any time, or never." },
{ SEC_FEED, "min_size_percent", KEY_INT, F(min_size_percent), 0, 100, "0", NULL,
  "A file smaller than this share of the median of the last ten is told; 0: any size will do." },
{ SEC_FEED, "allow_empty", KEY_BOOL, F(allow_empty), 0, 0, "no", NULL,
  "Is a file without a single record as it should be?" },
{ SEC_FEED, "sequence", KEY_TEXT, F(sequence), 0, 200, "", NULL,
  "The number in the names, as a regular expression with one group: orders-([0-9]+)[.]xml; a gap is told. Empty: they are not numbered." },

{ SEC_JOB, "run", KEY_TEXT, J(run), 0, 300, "", NULL,
  "The jobs and stages to run, parted by blanks, in the order of the data; empty: what the job's name says." },
{ SEC_JOB, "partners", KEY_TEXT, J(partners), 0, TEXT_MAX_BYTES, "", NULL,
  "Collect from and deliver to these partners only, parted by blanks; empty: all." },
{ SEC_JOB, "zone", KEY_TEXT, J(zone), 0, 64, "UTC", NULL,
  "The time zone of all times here, e.g. Europe/Vienna." },
{ SEC_JOB, "at", KEY_TEXT, J(at), 0, 600, "", NULL,
  "When it is due: 02:00, or several times parted by blanks; empty: only by hand." },
{ SEC_JOB, "days", KEY_TEXT, J(days), 1, 64, "daily", NULL,
  "On which days: daily, mon-fri or mon,wed,sat." },
{ SEC_JOB, "cut_off", KEY_TEXT, J(cut_off), 5, 5, "00:00", NULL,
  "When the business day begins: a run before this time serves the day before." },
{ SEC_JOB, "catch_up", KEY_CHOICE, J(catch_up), 0, 0, "last", "none|last|all",
  "When nobody was there at its time: leave it, run the last window, or run all of them." },
{ SEC_JOB, "catch_up_max", KEY_INT, J(catch_up_max), 1, 40, "7", NULL,
  "With catch_up = all: how many windows back." },
{ SEC_JOB, "start_within", KEY_DURATION_S, J(start_within_s), 60, 86400, "1h", NULL,
  "A window not begun this long after its time is told, and missed with catch_up = none." },
{ SEC_JOB, "until", KEY_TEXT, J(until), 0, 5, "", NULL,
  "Begin no stage after this time: 06:00; empty: no such time." },
{ SEC_JOB, "max_duration", KEY_DURATION_S, J(max_duration_s), 0, 7 * 86400, "0", NULL,
  "Begin no stage when the run has taken this long; 0: never mind." },
{ SEC_FEED, "scrub", KEY_WORD, F(scrub), 0, 0, "cards", "cards|off",
  "Before a file is stored, replace the middle digits of card numbers in it by X; off only for files that never hold any, such as product data." },
};
/* clang-format on */

const size_t config_key_count = COUNT(config_keys);

#undef C
#undef P
#undef E
#undef F
#undef J

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit seconds[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 },
	{ "d", 86400 }, { NULL, 0 } };
static const struct unit milliseconds[] = { { "ms", 1 }, { "s", 1000 },
	{ "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 } };
static const struct unit bytes[] = { { "", 1 }, { "KiB", INT64_C(1) << 10 },
	{ "MiB", INT64_C(1) << 20 }, { "GiB", INT64_C(1) << 30 }, { NULL, 0 } };

static const struct unit *
units_of(enum config_type type)
{
	return type == KEY_DURATION_S ? seconds
	    : type == KEY_DURATION_MS ? milliseconds
				      : bytes;
}

/* Index of text among "a|b|c"; -1 when it is none of them. */
static int
word_index(const char *words, const char *text)
{
	size_t n = strlen(text);

	for (int i = 0; words != NULL; i++) {
		size_t len = strcspn(words, "|");

		if (len == n && strncmp(words, text, n) == 0)
			return i;
		words = words[len] == '|' ? words + len + 1 : NULL;
	}
	return -1;
}

static char *
word_at(mem_ctx *ctx, const char *words, int i)
{
	while (i-- > 0)
		words += strcspn(words, "|") + 1;
	return mem_strndup(ctx, words, strcspn(words, "|"));
}

/* The text of a number in its largest exact unit. */
static char *
show_units(mem_ctx *ctx, const struct unit *units, int64_t v)
{
	const struct unit *best = units;

	for (const struct unit *u = units; v != 0 && u->name != NULL; u++)
		if (v % u->factor == 0)
			best = u;
	if (v == 0)
		return mem_strdup(ctx, "0");
	return mem_printf(ctx, "%lld%s", (long long)(v / best->factor),
	    best->name);
}

static bool
parse_units(const struct unit *units, const char *text, int64_t *ret)
{
	char digits[24];
	size_t n = strspn(text, "0123456789");
	struct oms_error ignored = NO_ERROR;
	int64_t v;

	if (n == 0 || n >= sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)n, text);
	if (!num_parse_int(digits, 0, INT64_MAX, &v, &ignored))
		return false;
	if (v == 0 && text[n] == '\0') { /* nothing needs no unit */
		*ret = 0;
		return true;
	}
	while (text[n] == ' ')
		n++;
	for (; units->name != NULL; units++)
		if (strcmp(units->name, text + n) == 0)
			return !__builtin_mul_overflow(v, units->factor, ret);
	return false;
}

bool
config_duration_s(const char *text, int64_t *ret_s)
{
	return parse_units(seconds, text, ret_s);
}

static bool
set_units(const struct config_key *k, int64_t *dst, const char *text,
    struct oms_error *err)
{
	const struct unit *units = units_of(k->type);
	const char *example = k->type == KEY_SIZE ? "64MiB"
	    : k->type == KEY_DURATION_S           ? "90s, 5m, 2h or 1d"
						  : "500ms, 90s or 5m";
	mem_ctx *row;
	int64_t v;

	if (!parse_units(units, text, &v))
		return oms_fail(err, OMS_CONFIG,
		    "\"%.40s\" is no %s: write it like %s", text,
		    k->type == KEY_SIZE ? "size" : "duration", example);
	if (v >= k->min && v <= k->max) {
		*dst = v;
		return true;
	}
	row = mem_ctx_new(NULL, "range");
	oms_fail(err, OMS_CONFIG, "%.40s is not from %s to %s", text,
	    show_units(row, units, k->min), show_units(row, units, k->max));
	mem_free(row);
	return false;
}

static bool
set_bool(bool *dst, const char *text, struct oms_error *err)
{
	static const char yes[] = "yes|true|on|1", no[] = "no|false|off|0";

	if (word_index(yes, text) < 0 && word_index(no, text) < 0)
		return oms_fail(err, OMS_CONFIG, "\"%.40s\" is not yes or no",
		    text);
	*dst = word_index(yes, text) >= 0;
	return true;
}

static bool
set_int(const struct config_key *k, int64_t *dst, const char *text,
    struct oms_error *err)
{
	if (num_parse_int(text, k->min, k->max, dst, err))
		return true;
	return oms_fail(err, OMS_CONFIG,
	    "\"%.40s\" is not a whole number from %lld to %lld", text,
	    (long long)k->min, (long long)k->max);
}

static bool
check_word(const struct config_key *k, const char *text, struct oms_error *err)
{
	return word_index(k->words, text) >= 0 ||
	    oms_fail(err, OMS_CONFIG, "\"%.40s\" is none of %s", text,
		k->words);
}

static bool
set_text(mem_ctx *ctx, const struct config_key *k, char **dst, const char *text,
    struct oms_error *err)
{
	int64_t n = (int64_t)strlen(text);

	if (n < k->min || n > k->max)
		return oms_fail(err, OMS_CONFIG,
		    "\"%.40s\" is not %lld to %lld bytes long", text,
		    (long long)k->min, (long long)k->max);
	*dst = mem_strdup(ctx, text);
	return true;
}

/* A reference, never the secret: the complaint must not print the text. */
static bool
set_secret(mem_ctx *ctx, char **dst, const char *text, struct oms_error *err)
{
	const char *name = text + 4;

	if (strncmp(text, "file:", 5) == 0 && text[5] != '\0') {
		*dst = mem_strdup(ctx, text);
		return true;
	}
	if (strncmp(text, "credential:", 11) == 0 &&
	    str_is_safe_name(text + 11)) {
		*dst = mem_strdup(ctx, text);
		return true;
	}
	if (strncmp(text, "env:", 4) != 0 || name[0] == '\0' ||
	    isdigit((unsigned char)name[0]))
		return oms_fail(err, OMS_CONFIG,
		    "a secret is given as env:NAME, file:PATH or "
		    "credential:NAME, never itself");
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return oms_fail(err, OMS_CONFIG,
			    "env: is not followed by a variable's name");
	*dst = mem_strdup(ctx, text);
	return true;
}

static bool
add_host_key(mem_ctx *ctx, struct partner *p, const char *text,
    struct oms_error *err)
{
	const char *blob = strchr(text, ' ');
	size_t n = strspn(blob == NULL ? "" : blob + 1,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+/=");

	if (blob == NULL || n < 40 ||
	    (blob[1 + n] != '\0' && blob[1 + n] != ' ') ||
	    strncmp(blob + 1, "AAAA", 4) != 0)
		return oms_fail(err, OMS_CONFIG,
		    "\"%.40s\" is no host key like ssh-ed25519 AAAA...", text);
	if (p->host_key_count == CONFIG_HOST_KEYS_MAX)
		return oms_fail(err, OMS_CONFIG, "more than %d host keys",
		    CONFIG_HOST_KEYS_MAX);
	p->host_keys[p->host_key_count++] = mem_strndup(ctx, text,
	    (size_t)(blob - text) + 1 + n);
	return true;
}

bool
config_duration(const char *text, int64_t *ret_s, struct oms_error *err)
{
	return parse_units(seconds, text, ret_s) ||
	    oms_fail(err, OMS_CONFIG,
		"\"%.40s\" is no duration: write it like 90s, 5m, 2h or 1d",
		text);
}

static const char dead_actions[] = "retry|hold|owner|none";

enum { NIGHTS_MAX = 366, OWNER_MAX_BYTES = 64 };

static bool
set_rule(mem_ctx *ctx, struct dead_rule *r, const char *code,
    const char *action, const char *with, struct oms_error *err)
{
	struct oms_error no = NO_ERROR;
	int i = word_index(dead_actions, action);

	r->code = oms_code_of_name(code);
	if (r->code == OMS_CODE_COUNT || r->code == OMS_OK)
		return oms_fail(err, OMS_CONFIG,
		    "\"%s\" is no code: oms explain --all", code);
	if (i < 0)
		return oms_fail(err, OMS_CONFIG, "\"%s\" is none of %s", action,
		    dead_actions);
	r->action = (enum dead_action)i;
	if (r->action == DEAD_RETRY &&
	    !num_parse_int(with, 1, NIGHTS_MAX, &r->nights, &no))
		return oms_fail(err, OMS_CONFIG,
		    "retry is followed by the nights, 1 to %d", NIGHTS_MAX);
	if (r->action == DEAD_OWNER && with[0] == '\0')
		return oms_fail(err, OMS_CONFIG, "owner is followed by a name");
	if (r->action != DEAD_RETRY && r->action != DEAD_OWNER &&
	    with[0] != '\0')
		return oms_fail(err, OMS_CONFIG, "nothing follows %s", action);
	r->owner = mem_strdup(ctx, r->action == DEAD_OWNER ? with : "");
	return true;
}

static bool
add_dead_rule(mem_ctx *ctx, struct config *cfg, const char *text,
    struct oms_error *err)
{
	char code[48] = "", action[16] = "", with[OWNER_MAX_BYTES + 1] = "";

	if (sscanf(text, "%47s %15s %64[^\n]", code, action, with) < 2)
		return oms_fail(err, OMS_CONFIG,
		    "\"%.40s\" is no rule like data.reference retry 7", text);
	if (cfg->dead_rule_count == CONFIG_DEAD_RULES_MAX)
		return oms_fail(err, OMS_CONFIG, "more than %d rules",
		    CONFIG_DEAD_RULES_MAX);
	if (!set_rule(ctx, &cfg->dead_rules[cfg->dead_rule_count], code, action,
		with, err))
		return false;
	cfg->dead_rule_count++;
	return true;
}

bool
config_key_set(mem_ctx *ctx, const struct config_key *k, void *base,
    const char *home, const char *text, struct oms_error *err)
{
	void *dst = (char *)base + k->offset;
	int choice;

	switch (k->type) {
	case KEY_TEXT: return set_text(ctx, k, dst, text, err);
	case KEY_PATH:
		if (!set_text(ctx, k, dst, text, err))
			return false;
		if (text[0] != '/' && text[0] != '\0')
			*(char **)dst = mem_printf(ctx, "%s/%s", home, text);
		return true;
	case KEY_WORD:
		if (!check_word(k, text, err))
			return false;
		*(char **)dst = mem_strdup(ctx, text);
		return true;
	case KEY_CHOICE:
		if (!check_word(k, text, err))
			return false;
		choice = word_index(k->words, text);
		memcpy(dst, &choice, sizeof(choice)); /* any enum */
		return true;
	case KEY_BOOL: return set_bool(dst, text, err);
	case KEY_INT: return set_int(k, dst, text, err);
	case KEY_DURATION_S:
	case KEY_DURATION_MS:
	case KEY_SIZE: return set_units(k, dst, text, err);
	case KEY_SECRET: return set_secret(ctx, dst, text, err);
	case KEY_HOST_KEYS: return add_host_key(ctx, base, text, err);
	case KEY_DEAD_RULES: return add_dead_rule(ctx, base, text, err);
	}
	return oms_fail(err, OMS_INTERNAL, "key %s has no type", k->name);
}

static char *
show_host_keys(mem_ctx *ctx, const struct partner *p)
{
	struct sbuf b;

	sbuf_init(&b, ctx, SIZE_MAX / 2);
	for (size_t i = 0; i < p->host_key_count; i++)
		sbuf_addf(&b, "%s%s", i > 0 ? ", " : "", p->host_keys[i]);
	return b.p;
}

static char *
show_dead_rules(mem_ctx *ctx, const struct config *cfg)
{
	struct sbuf b;

	sbuf_init(&b, ctx, SIZE_MAX / 2);
	for (size_t i = 0; i < cfg->dead_rule_count; i++) {
		const struct dead_rule *r = &cfg->dead_rules[i];

		sbuf_addf(&b, "%s%s %s", i > 0 ? ", " : "",
		    oms_code_name(r->code),
		    word_at(ctx, dead_actions, (int)r->action));
		if (r->action == DEAD_RETRY)
			sbuf_addf(&b, " %lld", (long long)r->nights);
		if (r->action == DEAD_OWNER)
			sbuf_addf(&b, " %s", r->owner);
	}
	return b.p;
}

char *
config_key_show(mem_ctx *ctx, const struct config_key *k, const void *base)
{
	const void *src = (const char *)base + k->offset;
	const char *text;
	int choice;

	switch (k->type) {
	case KEY_TEXT:
	case KEY_PATH:
	case KEY_WORD:
		text = *(char *const *)src;
		return mem_strdup(ctx, text == NULL ? "" : text);
	case KEY_CHOICE:
		memcpy(&choice, src, sizeof(choice));
		return word_at(ctx, k->words, choice);
	case KEY_BOOL:
		return mem_strdup(ctx, *(const bool *)src ? "yes" : "no");
	case KEY_INT:
		return mem_printf(ctx, "%lld",
		    (long long)*(const int64_t *)src);
	case KEY_DURATION_S:
	case KEY_DURATION_MS:
	case KEY_SIZE:
		return show_units(ctx, units_of(k->type),
		    *(const int64_t *)src);
	case KEY_SECRET:
		text = *(char *const *)src;
		return mem_strdup(ctx, text[0] == '\0' ? "" : "<secret>");
	case KEY_HOST_KEYS: return show_host_keys(ctx, base);
	case KEY_DEAD_RULES: return show_dead_rules(ctx, base);
	}
	return mem_strdup(ctx, "");
}

void
config_key_defaults(mem_ctx *ctx, enum config_section section, void *base,
    const char *home)
{
	struct oms_error err = NO_ERROR;

	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *k = &config_keys[i];
		char **text = (char **)(void *)((char *)base + k->offset);
		bool is_text = k->type == KEY_TEXT || k->type == KEY_PATH ||
		    k->type == KEY_WORD || k->type == KEY_SECRET;

		if (k->section != section)
			continue;
		if (is_text && (k->initial == NULL || k->initial[0] == '\0')) {
			*text = mem_strdup(ctx, "");
			continue;
		}
		if (k->initial == NULL) /* required, or a list */
			continue;
		if (!config_key_set(ctx, k, base, home, k->initial, &err))
			assert(false && "a default of the key table is wrong");
	}
}
