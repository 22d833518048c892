/*
 * codes.h - every way to fail, once: name, class, meaning, what to do.
 *
 * The names are stored in dead letters, holds and events and are read by
 * dashboards: never rename or reuse one, only add.  `oms explain CODE`,
 * oms-codes(7) and docs/operations.md are made from this table.
 *
 *   X(constant, name, class, meaning, what to do)
 */
#ifndef OMS_BASE_CODES_H
#define OMS_BASE_CODES_H

/* clang-format off */
#define OMS_CODES(X) \
X(OMS_OK, "ok", CLASS_NONE, "nothing went wrong", "nothing to do") \
X(OMS_INTERNAL, "internal", CLASS_OPERATOR, \
  "oms met a state it does not know", \
  "run oms check, keep the output and report it") \
X(OMS_USAGE, "usage", CLASS_OPERATOR, \
  "the command line is not understood", \
  "see oms --help or the manual page oms(1)") \
X(OMS_CONFIG, "config", CLASS_OPERATOR, \
  "the configuration is missing or wrong; nothing was touched", \
  "run oms config lint and mend the line it names") \
X(OMS_SECRET, "config.secret", CLASS_OPERATOR, \
  "a secret cannot be read or its file is open to others", \
  "give the file mode 0600 and the owner that runs oms, or set the variable") \
X(OMS_STORE_DAMAGED, "store.damaged", CLASS_STOP, \
  "the database is damaged or is not an oms database", \
  "stop the jobs, keep oms.db and oms.db-wal; oms rebuild makes it again from what is stored, oms restore takes a backup") \
X(OMS_STORE_VERSION, "store.version", CLASS_STOP, \
  "the database was written by a newer oms", \
  "use the newer oms; never downgrade a home") \
X(OMS_JOURNAL, "store.journal", CLASS_OPERATOR, \
  "the journal is damaged, or does not fit the database or this oms", \
  "keep spool/journal as it is, restore it from a backup, or begin a new one: oms rebuild --base") \
X(OMS_DAMAGED, "backup.damaged", CLASS_STOP, \
  "a piece of a backup is missing, or is not what was written", \
  "take an older one: oms backup --list DIR; then look after that disk") \
X(OMS_DB_BUSY, "store.busy", CLASS_RETRY, \
  "another oms holds the database", \
  "nothing: the next run tries again") \
X(OMS_LOCKED, "lock.held", CLASS_RETRY, \
  "another run of this home is at work", \
  "wait for it; oms status names its job and process") \
X(OMS_STOPPED, "stopped", CLASS_OPERATOR, \
  "a person stopped this home, or the partner, with oms stop", \
  "when the reason is gone: oms start; oms status tells who and why") \
X(OMS_IO, "io", CLASS_RETRY, \
  "reading or writing a local file failed", \
  "check the disk and the rights of the folder named; the next run tries again") \
X(OMS_DISK, "io.disk", CLASS_STOP, \
  "our own disk or memory fails: the database or the spool cannot be used", \
  "check the disk, the memory and the rights of the home; the next run tries again") \
X(OMS_SPACE, "io.space", CLASS_STOP, \
  "no space is left, or a quota is used up; nothing was lost", \
  "make room, then run the job again") \
X(OMS_LIMIT, "limit", CLASS_REJECT, \
  "a file, record or number is larger than the configured limit", \
  "if it is right, raise the limit named and retry the dead letter") \
X(OMS_SYNTAX, "data.syntax", CLASS_REJECT, \
  "the bytes are not well-formed XML or CSV at the place named", \
  "mend that place in the dead letter and retry it, and tell the partner") \
X(OMS_SCHEMA, "data.schema", CLASS_REJECT, \
  "the record does not fit its schema at the place named", \
  "mend that place in the dead letter and retry it, and tell the partner") \
X(OMS_VALUE, "data.value", CLASS_REJECT, \
  "a field holds a value that cannot be used", \
  "mend that field in the dead letter and retry it") \
X(OMS_ENCODING, "data.encoding", CLASS_REJECT, \
  "the bytes do not match the declared character set", \
  "ask the partner for UTF-8, or convert the dead letter and retry it") \
X(OMS_DOCTYPE, "data.doctype", CLASS_REJECT, \
  "the XML carries a DOCTYPE, which oms refuses as unsafe", \
  "remove the DOCTYPE and retry; ask the partner why it is there") \
X(OMS_TRUNCATED, "data.truncated", CLASS_REJECT, \
  "the file ends before its document does", \
  "ask the partner to send it again; nothing of it was used") \
X(OMS_COLUMN, "data.column", CLASS_REJECT, \
  "the header row misses a column, repeats one or names an unknown one", \
  "compare the header with docs/formats, mend it and retry") \
X(OMS_DUPLICATE, "data.duplicate", CLASS_REJECT, \
  "the key was given before", \
  "nothing if it is a repeat; else give the record its own key") \
X(OMS_REFERENCE, "data.reference", CLASS_REJECT, \
  "the record names something oms does not know", \
  "load the missing reference data, then retry the dead letter") \
X(OMS_UNMATCHED, "data.unmatched", CLASS_REJECT, \
  "a confirmation names a shipment, charge or line that is not ours or not open", \
  "compare the key with oms order show; mend it and retry, or close it") \
X(OMS_SENDER, "data.sender", CLASS_REJECT, \
  "a partner speaks of a shipment or charge that was given to another", \
  "ask both partners; if the word is true, put the file into the inbox of the one it was given to, else close it") \
X(OMS_TRANSITION, "data.transition", CLASS_REJECT, \
  "the status change is not allowed from where the order stands", \
  "see oms order history; correct the file or close the dead letter") \
X(OMS_CONFLICT, "order.conflict", CLASS_REJECT, \
  "an order number came again with other content after its release", \
  "compare both with oms dead show; agree with the shop which one counts") \
X(OMS_POISON, "data.poison", CLASS_REJECT, \
  "reading the file killed its process three times", \
  "keep the file away from production and report it") \
X(OMS_REQUEUE, "requeue.kept", CLASS_OPERATOR, \
  "a file in deadletter/requeue/ cannot be taken as a try of a dead letter", \
  "give it the name of an open dead letter's file (oms dead list), or remove it from there") \
X(OMS_INBOX, "inbox.kept", CLASS_OPERATOR, \
  "a file in an inbox cannot be taken, and it may be an order", \
  "oms check says which and why; mend that, or move the file away, and the next run goes on") \
X(OMS_NO_FEED, "data.no_feed", CLASS_REJECT, \
  "no feed of the partner takes a file of this name", \
  "rename the file or add a pattern to the feed, then retry") \
X(OMS_PEER, "net.unreachable", CLASS_RETRY, \
  "the partner's server or folder cannot be reached", \
  "nothing: later runs try again; if it lasts, ask the partner") \
X(OMS_TIMEOUT, "net.timeout", CLASS_RETRY, \
  "the partner's server went silent or is too slow", \
  "nothing: later runs try again; if it lasts, ask the partner") \
X(OMS_NET_PROTOCOL, "net.protocol", CLASS_RETRY, \
  "the partner's server broke the protocol or cut the connection", \
  "nothing: later runs try again; if it lasts, ask the partner") \
X(OMS_ALGORITHM, "net.algorithm", CLASS_OPERATOR, \
  "the server offers no algorithm that this libssh2 knows", \
  "run oms check --partner P, which names the cure") \
X(OMS_AUTH, "net.auth", CLASS_OPERATOR, \
  "the server refused our user, key or password", \
  "mend the credentials in the partner's file; oms does not try again before") \
X(OMS_HOST_KEY, "net.host_key", CLASS_OPERATOR, \
  "the server showed a host key that is not pinned", \
  "confirm the fingerprint with the partner by another way, then add it as host_key") \
X(OMS_NET_DENIED, "net.denied", CLASS_OPERATOR, \
  "the server does not let us read or write there", \
  "ask the partner for the rights, or correct the folder in the feed") \
X(OMS_NOT_FOUND, "net.not_found", CLASS_OPERATOR, \
  "a folder or file is not there on the partner's side", \
  "correct the folder in the feed, or ask the partner to create it") \
X(OMS_EXISTS, "net.exists", CLASS_RETRY, \
  "the name exists already on the partner's side", \
  "nothing: oms compares it before it goes on") \
X(OMS_REMOTE_FULL, "net.full", CLASS_RETRY, \
  "the partner's disk or quota is full", \
  "tell the partner; later runs try again") \
X(OMS_UNSTABLE, "net.unstable", CLASS_RETRY, \
  "the remote file changed while we looked at it", \
  "nothing: it is taken when it stands still") \
X(OMS_DELIVER_CONFLICT, "deliver.conflict", CLASS_OPERATOR, \
  "another file with our document's name lies at the partner's", \
  "compare both with oms out show, then oms out adopt or resend") \
X(OMS_UNCERTAIN, "deliver.uncertain", CLASS_OPERATOR, \
  "the partner may have taken the document, and nothing proves it", \
  "ask the partner, then oms out adopt (they have it) or resend") \
X(OMS_NONDETERMINISTIC, "deliver.changed", CLASS_OPERATOR, \
  "writing a document again gave other bytes", \
  "keep both, report it; oms out resend sends the first") \
X(OMS_UNKNOWN_SKU, "order.unknown_sku", CLASS_REJECT, \
  "an order line names a product oms does not know", \
  "load the product, and the next run goes on by itself") \
X(OMS_INCOMPLETE, "order.incomplete", CLASS_REJECT, \
  "the order lacks something that is needed to fulfil it", \
  "have the shop correct and export it again, or release the hold") \
X(OMS_ADDRESS, "order.address", CLASS_REJECT, \
  "the ship-to address breaks the rules of its country", \
  "have the shop correct and export it again, or release the hold") \
X(OMS_TOTALS, "order.totals", CLASS_REJECT, \
  "the order's amounts do not add up by the rule named", \
  "have the shop check the order; release the hold to bill it as it stands") \
X(OMS_PAYMENT, "order.payment", CLASS_REJECT, \
  "no authorised payment covers the order", \
  "wait for the payment or release the hold") \
X(OMS_SPENDING, "order.spending_limit", CLASS_REJECT, \
  "the customer's spending limit would be passed", \
  "raise the limit (reference file spending_limits) or release the hold") \
X(OMS_TWIN, "order.twin", CLASS_REJECT, \
  "an order of the same customer with the same content came shortly before", \
  "ask the customer, then release the hold or cancel the order") \
X(OMS_TEST_ORDER, "order.test", CLASS_REJECT, \
  "the order came in a test interchange: no goods shall move for it", \
  "leave it held; only in a home where everything is a test, release the hold") \
X(OMS_NO_SERVICE, "route.no_service", CLASS_REJECT, \
  "no carrier service serves the zone, weight, value and method", \
  "add a service or a rate; the next run routes it by itself") \
X(OMS_FEED_LATE, "feed.late", CLASS_OPERATOR, \
  "a file that is expected has not come by its time", \
  "ask the partner whether it was sent; oms feeds shows the feed, oms status the partner") \
X(OMS_FEED_MISSING, "feed.missing", CLASS_OPERATOR, \
  "more than one file in a row that was expected has not come", \
  "ask the partner; if the feed ended, take its key expect away") \
X(OMS_FEED_SMALL, "feed.small", CLASS_OPERATOR, \
  "the last file is much smaller than the ones before it", \
  "ask the partner whether the export was whole; oms file show tells what was in it") \
X(OMS_FEED_EMPTY, "feed.empty", CLASS_OPERATOR, \
  "the last file holds no record", \
  "ask the partner; if that is as it should be, give the feed allow_empty = yes") \
X(OMS_FEED_GAP, "feed.gap", CLASS_OPERATOR, \
  "numbers are missing among the names of a feed's files", \
  "ask the partner for the files named; it is told until they come or a hundred newer ones have") \
X(OMS_STUCK, "order.stuck", CLASS_OPERATOR, \
  "orders stand under a label for longer than the configuration allows", \
  "oms order find --stuck lists them, oms order show tells what each waits for") \
X(OMS_ANSWER, "answer.overdue", CLASS_OPERATOR, \
  "a partner has not answered a document in time", \
  "ask the partner whether it has the document; oms out show names it") \
X(OMS_EDI_OVERDUE, "edi.overdue", CLASS_OPERATOR, \
  "a partner owes the acknowledgement of EDI that we sent", \
  "oms acks --overdue lists it; ask the partner, send it again with oms out resend, or oms acks close") \
X(OMS_EDI_REFUSED, "edi.refused", CLASS_OPERATOR, \
  "a partner refused EDI that we sent", \
  "oms acks show names the sets and the reason; mend the cause, then have them written anew with oms acks renew, or settle them with oms acks close") \
X(OMS_TENDER, "tender.declined", CLASS_REJECT, \
  "a carrier does not take a load, or not as it was offered", \
  "see why with oms order show; agree with the carrier, then release the hold: a load that was declined is offered again") \
X(OMS_CARRIER, "carrier.exception", CLASS_OPERATOR, \
  "a carrier says that a shipment is delayed, damaged, refused or lost", \
  "oms order show tells what was said; ask the carrier; it is over when the shipment is delivered, a delay also when it moves on") \
X(OMS_FREIGHT, "freight.difference", CLASS_OPERATOR, \
  "a carrier bills another amount than the rate of the shipment", \
  "oms freight show has its charges; agree with the carrier, then oms freight settle") \
X(OMS_LEDGER, "ledger.difference", CLASS_OPERATOR, \
  "what came in and what became of it do not add up", \
  "oms reconcile prints every difference; keep its output and report it") \
X(OMS_WINDOW, "window.missed", CLASS_OPERATOR, \
  "a job was due and has not run", \
  "oms windows shows which; oms run --due runs it; see that cron or the timer is at work") \
X(OMS_TIME_UP, "run.time_up", CLASS_RETRY, \
  "the run began no further stage because its time was up; nothing was lost", \
  "nothing: the next run goes on; if it happens often, give it more time or start it earlier") \
X(OMS_DECLINED, "charge.declined", CLASS_REJECT, \
  "the payment processor refused the charge", \
  "ask the customer for another payment, then release the hold to try again") \
X(OMS_HELD, "order.held", CLASS_REJECT, \
  "a person put the order or one of its shipments on hold", \
  "see who and why with oms order show, and release the hold when the reason is gone")
/* clang-format on */

#endif
