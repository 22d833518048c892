/* verbs.c - every command of the program, in one table. */

#include <stddef.h>
#include <stdint.h>

#include "base/count.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/dead_select.h"

/* clang-format off */
static const struct cli_option init_options[] = {
	{ "example", NULL, "a home with partners and goods that runs at once" },
	{ "example-edi", NULL, "the example, and partners who trade X12 and EDIFACT" },
	{ "no-key", NULL, "leave personal data unencrypted" },
	{ NULL, NULL, NULL },
};

static const struct cli_option run_options[] = {
	{ "dry-run", NULL, "in a copy of the home; show what would be written" },
	{ "window", "DATE", "the business day served (the day of the clock)" },
	{ "due", NULL, "every job of jobs/ that is due and has not run" },
	{ "until", "TIME", "begin no stage after it: 06:00" },
	{ "max-duration", "TIME", "begin no stage after this long: 90m, 2h" },
	{ "wait", "SECONDS", "wait for another run to end (0)" },
	{ "fail-on-empty", NULL, "exit status 4 when there was nothing to do" },
	{ NULL, NULL, NULL },
};

static const struct cli_option status_options[] = {
	{ "prometheus", NULL, "the figures, in the text format of Prometheus" },
	{ NULL, NULL, NULL },
};

static const struct cli_option feeds_options[] = {
	{ "partner", "ID", "only of that partner" },
	{ NULL, NULL, NULL },
};

static const struct cli_option reconcile_options[] = {
	{ "night", "DATE", "only what runs of that business date read and wrote" },
	{ "file", "ID", "only that file" },
	{ NULL, NULL, NULL },
};

static const struct cli_option windows_options[] = {
	{ "job", "NAME", "only of that job" },
	{ "limit", "N", "no more than N of each job (14)" },
	{ NULL, NULL, NULL },
};

static const struct cli_option schedule_options[] = {
	{ "systemd", NULL, "a service and a timer that run what is due" },
	{ "cron", NULL, "the line for cron that does it" },
	{ NULL, NULL, NULL },
};

static const struct cli_option stop_options[] = {
	{ "partner", "ID", "only this partner; the others go on" },
	{ "reason", "TEXT", "why; shown to everyone who finds it stopped" },
	{ NULL, NULL, NULL },
};

static const struct cli_option start_options[] = {
	{ "partner", "ID", "only this partner" },
	{ "force", NULL, "also when a restored home is not reconciled" },
	{ NULL, NULL, NULL },
};

static const struct cli_option file_list_options[] = {
	{ "partner", "ID", "only of that partner" },
	{ "state", "STATE", "new, ingesting, ingested, dead or closed" },
	{ "limit", "N", "no more than N" },
	{ NULL, NULL, NULL },
};

static const struct cli_option file_show_options[] = {
	{ "raw", NULL, "the bytes of the file, as they came" },
	{ "all", NULL, "every record, not only those with something to tell" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_list_options[] = {
	DEAD_FILTERS,
	{ "all", NULL, "also those that are resolved or closed" },
	{ "limit", "N", "no more than N" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_show_options[] = {
	{ "raw", NULL, "its bytes: those of the last version" },
	{ "number", "N", "with --raw: of that version; 1 is what came" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_diff_options[] = {
	{ "from", "N", "the version to compare (1: what came)" },
	{ "to", "N", "with that one (the last)" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_edit_options[] = {
	{ "with", "FILE", "no editor: FILE is the new version; - is stdin" },
	{ "note", "TEXT", "what was done, kept with the version" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_retry_options[] = {
	DEAD_FILTERS,
	{ "dry-run", NULL, "in a copy of the home; show what would change" },
	{ "no-run", NULL, "leave the work to the next run" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_hold_options[] = {
	DEAD_FILTERS,
	{ "reason", "TEXT", "why; becomes the note" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_release_options[] = {
	DEAD_FILTERS,
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_close_options[] = {
	DEAD_FILTERS,
	{ "reason", "TEXT", "why it is given up" },
	{ "yes", NULL, "really: more than one that was not named by its id" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_reopen_options[] = {
	DEAD_FILTERS,
	{ "yes", NULL, "really: more than one that was not named by its id" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_assign_options[] = {
	DEAD_FILTERS,
	{ "to", "NAME", "who cares for it from now on; \"\" nobody" },
	{ NULL, NULL, NULL },
};

static const struct cli_option dead_note_options[] = {
	DEAD_FILTERS,
	{ "text", "TEXT", "what is to be known of it; \"\" nothing" },
	{ NULL, NULL, NULL },
};

static const struct cli_option out_list_options[] = {
	{ "partner", "ID", "only for that partner" },
	{ "type", "TYPE", "only of that type, e.g. wms.ship_order" },
	{ "state", "STATE", "pending, ready, sending, publishing, sent, "
	  "uncertain, hold, dead" },
	{ "limit", "N", "no more than N" },
	{ NULL, NULL, NULL },
};

static const struct cli_option out_show_options[] = {
	{ "raw", NULL, "the bytes of the document" },
	{ NULL, NULL, NULL },
};

static const struct cli_option order_options[] = {
	{ "channel", "NAME", "where it was sold, when the number is not unique" },
	{ NULL, NULL, NULL },
};

static const struct cli_option order_find_options[] = {
	{ "label", "LABEL", "only with that label, e.g. ON_HOLD" },
	{ "sku", "SKU", "only with that product" },
	{ "stuck", NULL, "those that stand too long, by [monitor] stuck" },
	{ "limit", "N", "no more than N (100)" },
	{ NULL, NULL, NULL },
};

static const struct cli_option order_hold_options[] = {
	{ "reason", "TEXT", "why" },
	{ "shipment", "KEY", "hold this shipment, not the whole order" },
	{ "channel", "NAME", "where it was sold, when the number is not unique" },
	{ NULL, NULL, NULL },
};

static const struct cli_option order_release_options[] = {
	{ "shipment", "KEY", "the hold of this shipment" },
	{ "channel", "NAME", "where it was sold, when the number is not unique" },
	{ NULL, NULL, NULL },
};

static const struct cli_option stock_show_options[] = {
	{ "node", "NODE", "only at that ship node" },
	{ NULL, NULL, NULL },
};

static const struct cli_option stock_adjust_options[] = {
	{ "set", "N", "on hand is N" },
	{ "delta", "N", "on hand is N more, or less with a minus" },
	{ "reason", "CODE", "why: found, damaged, ..." },
	{ NULL, NULL, NULL },
};

static const struct cli_option trace_options[] = {
	{ "raw", NULL, "the bytes of the incoming record, as they came" },
	{ "limit", "N", "no more than N items of a document or file (100)" },
	{ NULL, NULL, NULL },
};

static const struct cli_option audit_list_options[] = {
	{ "category", "NAME", "order, stock, dead, document, partner, security, "
	  "reference, config, run ...; seal, all" },
	{ "actor", "NAME", "a user of the system, or run:17" },
	{ "object", "TEXT", "what it was done to: \"order 1001\", \"dead 7\"" },
	{ "since", "TIME", "a date or a time" },
	{ "until", "TIME", "a date, with its day, or before a time" },
	{ "limit", "N", "no more than N (100)" },
	{ NULL, NULL, NULL },
};

static const struct cli_option alert_list_options[] = {
	{ "limit", "N", "no more than N (100)" },
	{ NULL, NULL, NULL },
};

static const struct cli_option audit_export_options[] = {
	{ "from", "TIME", "a date or a time" },
	{ "to", "TIME", "a date, with its day, or before a time" },
	{ "output", "FILE", "a new file, not standard output" },
	{ NULL, NULL, NULL },
};

static const struct cli_option audit_report_options[] = {
	{ "from", "TIME", "a date or a time" },
	{ "to", "TIME", "a date, with its day, or before a time" },
	{ NULL, NULL, NULL },
};

static const struct cli_option audit_verify_options[] = {
	{ "anchor", "ID:HASH", "a head that was noted: of a run's report, or a log" },
	{ NULL, NULL, NULL },
};

static const struct cli_option acks_options[] = {
	{ "overdue", NULL, "only what a partner owes us by now" },
	{ "partner", "ID", "only of that partner" },
	{ "state", "STATE", "open, overdue, accepted, errors, partly, refused, settled, unsent, none" },
	{ "limit", "N", "no more than N" },
	{ NULL, NULL, NULL },
};

static const struct cli_option payments_options[] = {
	{ "unmatched", NULL, "only what names no invoice of ours" },
	{ "owed", NULL, "instead: invoices that are not paid in full, or more" },
	{ "partner", "ID", "only of that partner" },
	{ "limit", "N", "no more than N" },
	{ NULL, NULL, NULL },
};

static const struct cli_option acks_show_options[] = {
	{ "partner", "ID", "when several partners have that control number" },
	{ NULL, NULL, NULL },
};

static const struct cli_option acks_close_options[] = {
	{ "partner", "ID", "when several partners have that control number" },
	{ "reason", "TEXT", "why nothing is waited for; it stands in the audit" },
	{ NULL, NULL, NULL },
};

static const struct cli_option acks_renew_options[] = {
	{ "partner", "ID", "when several partners have that control number" },
	{ "reason", "TEXT", "what was mended; it stands in the audit" },
	{ NULL, NULL, NULL },
};

static const struct cli_option freight_options[] = {
	{ "partner", "ID", "only of that carrier" },
	{ "state", "STATE", "equal, different, settled" },
	{ "limit", "N", "no more than N" },
	{ NULL, NULL, NULL },
};

static const struct cli_option freight_show_options[] = {
	{ "partner", "ID", "when several carriers have that number" },
	{ NULL, NULL, NULL },
};

static const struct cli_option freight_settle_options[] = {
	{ "partner", "ID", "when several carriers have that number" },
	{ "reason", "TEXT", "why it is right after all; it stands in the audit" },
	{ NULL, NULL, NULL },
};

static const struct cli_option partner_new_options[] = {
	{ "edi", "STANDARD", "with [edi], every switch explained: x12 or edifact" },
	{ "kind", "KIND", "shop, wms or carrier (shop)" },
	{ NULL, NULL, NULL },
};

static const struct cli_option keyscan_options[] = {
	{ "pin", "SHA256:...", "pin the key with this fingerprint" },
	{ NULL, NULL, NULL },
};

static const struct cli_option check_options[] = {
	{ "partner", "ID", "call this partner and test every feed" },
	{ "probe-write", NULL, "also write, rename and remove a small file" },
	{ NULL, NULL, NULL },
};

static const struct cli_option rebuild_options[] = {
	{ "verify", NULL, "only make it, prove it and compare it (the default)" },
	{ "yes", NULL, "put it in the place of one that is gone or damaged" },
	{ "discard", NULL, "with --yes: also of one that is sound but differs" },
	{ "to", "DIR", "leave the new oms.db in DIR" },
	{ "base", NULL, "begin a new journal with a copy of the database" },
	{ NULL, NULL, NULL },
};

static const struct cli_option fsck_options[] = {
	{ "fast", NULL, "compare sizes; read no file" },
	{ "repair-views", NULL, "bring deadletter/ and outbox/ to what the "
	  "database says" },
	{ "gc", NULL, "remove what nothing names any more" },
	{ "dry-run", NULL, "with --gc: only say what would go" },
	{ NULL, NULL, NULL },
};

static const struct cli_option backup_options[] = {
	{ "key", "REF", "seal it: file:PATH or env:NAME, 64 hex digits" },
	{ "keep", "N", "then remove all but the newest N" },
	{ "list", NULL, "show the backups in DIR" },
	{ "verify", NULL, "read one from end to end, and open its database" },
	{ NULL, NULL, NULL },
};

static const struct cli_option restore_options[] = {
	{ "to", "HOME", "the home to make of it (else --home)" },
	{ "key", "REF", "it is sealed: file:PATH or env:NAME" },
	{ "yes", NULL, "there is a database: put it aside" },
	{ NULL, NULL, NULL },
};

static const struct cli_option recover_options[] = {
	{ "accept", NULL, "end though partners have documents that nothing "
	  "makes again" },
	{ NULL, NULL, NULL },
};

static const struct cli_option edi_check_options[] = {
	{ "lenient", "NAMES", "forgive these, each with a warning; see below" },
	{ "partner", "ID", "by his profile: guides, leniencies, who may send" },
	{ "ack", NULL, "write the acknowledgement to stdout" },
	{ NULL, NULL, NULL },
};

static const struct cli_option edi_show_options[] = {
	{ "set", "N", "only the N-th set of the file" },
	{ "short", NULL, "a line a segment" },
	{ "lenient", "NAMES", "as oms edi check" },
	{ "partner", "ID", "by his profile" },
	{ NULL, NULL, NULL },
};

static const struct cli_option explain_options[] = {
	{ "all", NULL, "every code" },
	{ NULL, NULL, NULL },
};

static const struct cli_option key_new_options[] = {
	{ "print", NULL, "print a ring with a new key, and change nothing" },
	{ NULL, NULL, NULL },
};

/* name, sub, arguments, how few and many, options, function, line, more */
const struct verb verbs[] = {
{ "init", NULL, "DIR", 1, 1, init_options, cmd_init,
  "make a home",
  "DIR must be empty or absent; a home that was half made is finished." },
{ "run", NULL, "[JOB|STAGE]", 0, 1, run_options, cmd_run,
  "do the work: a job, one stage of it, or with --due what is due",
  "JOB is a file in jobs/, or nightly, intake, confirm, deliver or housekeeping;\n"
  "STAGE is collect, ingest, accept, allocate, release, bill, route, close, rollup,\n"
  "emit, deliver or relabel. --due looks into jobs/: one line of cron, every\n"
  "quarter of an hour, is enough." },
{ "status", NULL, "", 0, 0, status_options, cmd_status,
  "what waits, what is dead, partners, the last runs",
  NULL },
{ "feeds", NULL, "", 0, 0, feeds_options, cmd_feeds,
  "do partners' files come as they should: when, how large, without a gap",
  "What a feed expects stands in its section: expect, min_size_percent,\n"
  "allow_empty, sequence." },
{ "reconcile", NULL, "", 0, 0, reconcile_options, cmd_reconcile,
  "the ledger: in = applied + duplicate + rejected + pending",
  "In records and in money; exit status 11 when it does not add up." },
{ "windows", NULL, "", 0, 0, windows_options, cmd_windows,
  "every time a job was due, and what became of it",
  NULL },
{ "schedule", NULL, "", 0, 0, schedule_options, cmd_schedule,
  "when each job of jobs/ is due next, and when it ran",
  NULL },
{ "stop", NULL, "", 0, 0, stop_options, cmd_stop,
  "do no run until oms start, or leave one partner alone",
  "A run at work ends after its stage, with exit status 12; nothing is lost." },
{ "start", NULL, "", 0, 0, start_options, cmd_start,
  "take a stop back; the next run goes on",
  NULL },
{ "order", "show", "NO", 1, 1, order_options, cmd_order_show,
  "where an order is, and why",
  NULL },
{ "order", "history", "NO", 1, 1, order_options, cmd_order_history,
  "everything that happened to it",
  NULL },
{ "order", "find", "[TEXT]", 0, 1, order_find_options, cmd_order_find,
  "by number, name, customer, e-mail, tracking or key",
  NULL },
{ "order", "hold", "NO TYPE", 2, 2, order_hold_options, cmd_order_hold,
  "stop an order or one of its shipments",
  "TYPE is a hold type, e.g. MANUAL or FRAUD; a hold that is open already stays." },
{ "order", "release", "NO TYPE", 2, 2, order_release_options, cmd_order_release,
  "resolve a hold; the next run goes on",
  NULL },
{ "file", "list", "", 0, 0, file_list_options, cmd_file_list,
  "every file that came in, with its fate",
  NULL },
{ "file", "show", "ID", 1, 1, file_show_options, cmd_file_show,
  "one file: when it came, what its records became",
  NULL },
{ "dead", "list", "", 0, 0, dead_list_options, cmd_dead_list,
  "what waits for a person",
  NULL },
{ "dead", "show", "ID", 1, 1, dead_show_options, cmd_dead_show,
  "one dead letter: what is wrong and what to do",
  NULL },
{ "dead", "diff", "ID", 1, 1, dead_diff_options, cmd_dead_diff,
  "what was changed between two versions of it",
  NULL },
{ "dead", "edit", "ID", 1, 1, dead_edit_options, cmd_dead_edit,
  "mend it in $VISUAL or $EDITOR, or --with FILE",
  "What is saved becomes a new version; what came is kept as version 1." },
{ "dead", "retry", "[ID...|ALL|-]", 0, SIZE_MAX, dead_retry_options, cmd_dead_retry,
  "try again, with what now lies in deadletter/",
  "ALL in capitals takes every open one, - ids from stdin, a filter those that\n"
  "it leaves; held ones only by their ids or --state held." },
{ "dead", "hold", "[ID...|ALL|-]", 0, SIZE_MAX, dead_hold_options, cmd_dead_hold,
  "leave it alone: no run and no ALL tries it",
  NULL },
{ "dead", "release", "[ID...|ALL|-]", 0, SIZE_MAX, dead_release_options, cmd_dead_release,
  "take the hold back",
  NULL },
{ "dead", "close", "[ID...|ALL|-]", 0, SIZE_MAX, dead_close_options, cmd_dead_close,
  "give up, with --reason",
  NULL },
{ "dead", "reopen", "[ID...|ALL|-]", 0, SIZE_MAX, dead_reopen_options, cmd_dead_reopen,
  "open again what was closed",
  NULL },
{ "dead", "assign", "[ID...|ALL|-]", 0, SIZE_MAX, dead_assign_options, cmd_dead_assign,
  "say who cares for it: --to NAME",
  NULL },
{ "dead", "note", "[ID...|ALL|-]", 0, SIZE_MAX, dead_note_options, cmd_dead_note,
  "write on it what is to be known: --text TEXT",
  NULL },
{ "out", "list", "", 0, 0, out_list_options, cmd_out_list,
  "every document we wrote, with its fate",
  NULL },
{ "out", "show", "ID", 1, 1, out_show_options, cmd_out_show,
  "one document and the attempts to send it",
  NULL },
{ "out", "resend", "ID", 1, 1, NULL, cmd_out_resend,
  "send the same bytes again",
  NULL },
{ "out", "adopt", "ID", 1, 1, NULL, cmd_out_adopt,
  "the partner has it: go on as if it was sent",
  NULL },
{ "acks", "show", "DOC|CONTROL", 1, 1, acks_show_options, cmd_acks_show,
  "one interchange: its sets, and what the partner said of each",
  "DOC is the number of the document, CONTROL the control number of the\n"
  "interchange with its leading zeros: 000000017." },
{ "acks", "close", "DOC|CONTROL", 1, 1, acks_close_options, cmd_acks_close,
  "settle what is overdue or refused, with --reason",
  NULL },
{ "acks", "renew", "DOC|CONTROL", 1, 1, acks_renew_options, cmd_acks_renew,
  "the cause is mended: have what was refused written anew, with --reason",
  "The next run writes the refused orders, shipments and invoices into another\n"
  "document, with new control numbers, as the partner's file asks for by then.\n"
  "For 855, 856, 810 and 940, ORDRSP, DESADV, INVOIC and ORDERS to a warehouse." },
{ "acks", NULL, "", 0, 0, acks_options, cmd_acks,
  "what we sent in EDI, and whether partners acknowledged it",
  NULL },
{ "freight", "show", "INVOICE", 1, 1, freight_show_options, cmd_freight_show,
  "a carrier's invoice with its charges",
  NULL },
{ "freight", "settle", "INVOICE", 1, 1, freight_settle_options, cmd_freight_settle,
  "take an invoice that is not as expected, with --reason",
  NULL },
{ "freight", NULL, "", 0, 0, freight_options, cmd_freight,
  "what carriers bill (210), and whether it is our rate",
  NULL },
{ "payments", NULL, "", 0, 0, payments_options, cmd_payments,
  "what customers by EDI said they paid, and what they owe",
  NULL },
{ "alert", "list", "", 0, 0, alert_list_options, cmd_alert_list,
  "whom we told what, and whether it arrived",
  NULL },
{ "alert", "show", "ID", 1, 1, NULL, cmd_alert_show,
  "one message in full",
  NULL },
{ "alert", "test", "", 0, 0, NULL, cmd_alert_test,
  "send a message over every channel, now",
  NULL },
{ "partner", "list", "", 0, 0, NULL, cmd_partner_list,
  "every partner, and how it stands with it",
  NULL },
{ "partner", "new", "ID", 1, 1, partner_new_options, cmd_partner_new,
  "write partners/ID.ini, to be filled in",
  "A file that is there is never overwritten." },
{ "partner", "reset", "ID", 1, 1, NULL, cmd_partner_reset,
  "call it again after a refusal or a back-off",
  NULL },
{ "partner", "keyscan", "ID", 1, 1, keyscan_options, cmd_partner_keyscan,
  "the host keys its server shows, and pin one",
  "Nothing is trusted by being shown: compare the fingerprint with the one the\n"
  "partner gave you on another way, then pin it." },
{ "partner", "rotate", "ID", 1, 1, NULL, cmd_partner_rotate,
  "put its next credential into force, once it logs in",
  NULL },
{ "stock", "show", "SKU", 1, 1, stock_show_options, cmd_stock_show,
  "what is on hand at every node, and who waits",
  NULL },
{ "stock", "adjust", "NODE SKU", 2, 2, stock_adjust_options, cmd_stock_adjust,
  "correct it: --set N or --delta N, and --reason",
  NULL },
{ "alloc", "explain", "NO", 1, 1, order_options, cmd_alloc_explain,
  "why the allocator chose what it chose",
  NULL },
{ "trace", NULL, "ID|FILE[:LINE]", 1, 1, trace_options, cmd_trace,
  "where did this come from, where did it go",
  "From a line of a document to the bytes of the incoming file, and back. ID is\n"
  "the number of an order, a shipment, release, invoice or charge key, or a\n"
  "tracking number; FILE a name, a path, file:ID or document:ID." },
{ "audit", "list", "", 0, 0, audit_list_options, cmd_audit_list,
  "who changed what, the newest first",
  "Seals are left out, unless --category seal or all." },
{ "audit", "export", "", 0, 0, audit_export_options, cmd_audit_export,
  "every row with its hash, as CSV or with --json as JSON Lines",
  "docs/formats/audit.md says how to check it without oms." },
{ "audit", "report", "", 0, 0, audit_report_options, cmd_audit_report,
  "how often who did what",
  NULL },
{ "audit", "verify", "", 0, 0, audit_verify_options, cmd_audit_verify,
  "was any row edited, deleted, inserted or cut off?",
  "Exit status 11 when one was. It covers the audit, the history of all orders and\n"
  "the moves of stock." },
{ "check", NULL, "", 0, 0, check_options, cmd_check,
  "prove database, books and files; call a partner",
  NULL },
{ "fsck", NULL, "", 0, 0, fsck_options, cmd_fsck,
  "compare database and folders; change nothing unless told",
  NULL },
{ "backup", NULL, "DIR [NAME]", 1, 2, backup_options, cmd_backup,
  "add a copy of the home to DIR, while runs are at work",
  "Keys, passwords and inbox/ are not in it. NAME is for --verify; without it the\n"
  "newest." },
{ "restore", NULL, "DIR [NAME]", 1, 2, restore_options, cmd_restore,
  "make a home of a backup; it is stopped until it is reconciled",
  "Without NAME the newest. An old database is put aside, never deleted." },
{ "recover", NULL, "", 0, 0, recover_options, cmd_recover,
  "after restore: learn from the partners what was done since the backup",
  "Sends nothing. What was done and cannot be proved becomes uncertain. What came\n"
  "by hand since the backup must lie in inbox/ again before." },
{ "rebuild", NULL, "", 0, 0, rebuild_options, cmd_rebuild,
  "make the database again from the stored bytes, and prove it equal",
  "The old oms.db is never changed: with --yes it is moved aside when the new one\n"
  "is complete and proven. Stop the jobs before." },
{ "config", "lint", "", 0, 0, NULL, cmd_config_lint,
  "every fault of the configuration",
  NULL },
{ "config", "show", "", 0, 0, NULL, cmd_config_show,
  "every key with its value and where it comes from",
  NULL },
{ "config", "doc", "", 0, 0, NULL, cmd_config_doc,
  "the table of keys, in Markdown",
  NULL },
{ "key", "new", "", 0, 0, key_new_options, cmd_key_new,
  "make a key ring and encrypt personal data and files with it",
  "The ring is where [security] personal_key says; with --print nothing is written,\n"
  "for a ring that a systemd credential or a variable brings." },
{ "key", "rotate", "", 0, 0, NULL, cmd_key_rotate,
  "encrypt everything with a new key, and forget the old one",
  "No run may be at work. Killed half way, give it again: it goes on." },
{ "key", "list", "", 0, 0, NULL, cmd_key_list,
  "the keys in use, by their ids",
  NULL },
{ "edi", "check", "FILE", 1, 1, edi_check_options, cmd_edi_check,
  "what is wrong with a file of X12 or EDIFACT, and where",
  "FILE may be - for stdin. Exit status 0 without errors, 11 with, 2 when it is no EDI.\n"
  "What may be forgiven: wrapped isa-length indented unterminated garbage counts\n"
  "controls group-code trailing blanks charset codes lengths, parted by blanks." },
{ "edi", "show", "FILE", 1, 1, edi_show_options, cmd_edi_show,
  "the sets of a file as trees, with the names of what is in them",
  NULL },
{ "edi", "lint", "[FILE...]", 0, 1000, NULL, cmd_edi_lint,
  "the faults of guides, with their lines; without FILE the guides there are",
  NULL },
{ "explain", NULL, "[CODE]", 0, 1, explain_options, cmd_explain,
  "what a code, hold, label or fault of EDI means and what to do",
  NULL },
{ "completion", NULL, "bash", 1, 1, NULL, cmd_completion,
  "for the shell: eval \"$(oms completion bash)\"",
  NULL },
{ "version", NULL, "", 0, 0, NULL, cmd_version,
  "which program this is",
  NULL },
};
/* clang-format on */

const size_t verb_count = COUNT(verbs);
