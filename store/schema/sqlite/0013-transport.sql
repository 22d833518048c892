-- 0013: carriers: loads offered to them, what they say, what they bill.

-- When it will come, by the carrier's last word.
ALTER TABLE shipment ADD COLUMN eta_ts_us INTEGER;

INSERT INTO hold_type (type, blocks, meaning) VALUES
    ('TENDER', 'book', 'the carrier does not take the load as it was offered');

-- A shipment offered (204) or given (IFTMIN) to a carrier; again after a no.
CREATE TABLE tender (
    shipment_key    TEXT    NOT NULL REFERENCES shipment,
    attempt         INTEGER NOT NULL,  -- from 1
    partner         TEXT    NOT NULL,
    doc_id          INTEGER NOT NULL REFERENCES document,
    -- to_withdraw: the shipment was cancelled, the carrier is to be told
    state           TEXT    NOT NULL CHECK (state IN ('sent', 'accepted', 'declined',
                        'conditional', 'countered', 'to_withdraw', 'withdrawn')),
    code            TEXT    NOT NULL DEFAULT '',  -- of the answer, as sent
    reference       TEXT    NOT NULL DEFAULT '',  -- the carrier's
    reason          TEXT    NOT NULL DEFAULT '',
    answered_ts_us  INTEGER,
    cancel_doc_id   INTEGER,  -- the document that takes it back
    PRIMARY KEY (shipment_key, attempt)
) STRICT, WITHOUT ROWID;
CREATE INDEX tender_to_withdraw ON tender (partner, shipment_key) WHERE state = 'to_withdraw';
CREATE INDEX tender_withdrawn ON tender (cancel_doc_id) WHERE cancel_doc_id IS NOT NULL;

-- What a carrier said to an offer: the same again is not said to a later one.
CREATE TABLE tender_answer (
    partner       TEXT    NOT NULL,
    shipment_key  TEXT    NOT NULL REFERENCES shipment,
    code          TEXT    NOT NULL,  -- as sent
    date          TEXT    NOT NULL,  -- B103 as sent
    reference     TEXT    NOT NULL,  -- the carrier's
    attempt       INTEGER NOT NULL,  -- of the tender it was said of
    ts_us         INTEGER NOT NULL,
    PRIMARY KEY (partner, shipment_key, code, date, reference)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER shipment_withdrawn AFTER UPDATE OF status ON shipment
WHEN NEW.status = 'CANCELLED' AND OLD.status <> 'CANCELLED'
BEGIN
    UPDATE tender SET state = 'to_withdraw'
     WHERE shipment_key = NEW.shipment_key
       AND state IN ('sent', 'accepted', 'conditional', 'countered');
END;

-- What carriers said of shipments, word by word; also what moved nothing.
CREATE TABLE carrier_event (
    shipment_key  TEXT    NOT NULL REFERENCES shipment,
    n             INTEGER NOT NULL,  -- from 1, as they came
    partner       TEXT    NOT NULL,
    event         TEXT    NOT NULL CHECK (event IN ('booked', 'dispatched', 'delivered',
                      'in_transit', 'eta', 'exception', 'note')),
    code          TEXT    NOT NULL,  -- as sent: AF, 21, 1E
    reason        TEXT    NOT NULL,  -- as sent: NS, BS
    ts_us         INTEGER NOT NULL,  -- 0: it says none
    is_local      INTEGER NOT NULL CHECK (is_local IN (0, 1)),  -- zone not known: taken as UTC
    place         TEXT    NOT NULL,
    equipment     TEXT    NOT NULL,
    reference     TEXT    NOT NULL,  -- PRO, number of the consignment
    detail        TEXT    NOT NULL,  -- for people
    file_id       INTEGER NOT NULL REFERENCES file,
    record_no     INTEGER NOT NULL,
    PRIMARY KEY (shipment_key, n)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX carrier_event_once ON carrier_event (shipment_key, partner, code, reason, ts_us, place);

-- What a code means to one partner, where no list of ours has it, or another.
CREATE TABLE carrier_code (
    partner   TEXT NOT NULL,
    set_type  TEXT NOT NULL CHECK (set_type IN ('214', 'IFTSTA')),
    code      TEXT NOT NULL,
    event     TEXT NOT NULL CHECK (event IN ('booked', 'dispatched', 'delivered',
                  'in_transit', 'eta', 'exception', 'note')),
    PRIMARY KEY (partner, set_type, code)
) STRICT, WITHOUT ROWID;

-- A carrier's invoice (210) for a shipment of ours.
CREATE TABLE freight_invoice (
    partner         TEXT    NOT NULL,
    invoice_no      TEXT    NOT NULL,
    shipment_key    TEXT    NOT NULL REFERENCES shipment,
    scac            TEXT    NOT NULL,
    pay             TEXT    NOT NULL,  -- PP CC TP ...
    correction      TEXT    NOT NULL,  -- B308, or ''
    currency        TEXT    NOT NULL,
    amount_minor    INTEGER NOT NULL,
    charges_minor   INTEGER NOT NULL,  -- sum of its charges
    expected_minor  INTEGER,           -- our rate less what was billed before; NULL none
    state           TEXT    NOT NULL CHECK (state IN ('equal', 'different', 'settled')),
    reason          TEXT    NOT NULL DEFAULT '',  -- why it was settled
    invoice_ts_us   INTEGER,
    received_ts_us  INTEGER NOT NULL,
    file_id         INTEGER NOT NULL REFERENCES file,
    record_no       INTEGER NOT NULL,
    PRIMARY KEY (partner, invoice_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX freight_invoice_of ON freight_invoice (shipment_key);
CREATE INDEX freight_different ON freight_invoice (partner, invoice_no) WHERE state = 'different';

CREATE TABLE freight_charge (
    partner       TEXT    NOT NULL,
    invoice_no    TEXT    NOT NULL,
    n             INTEGER NOT NULL,
    code          TEXT    NOT NULL,  -- FUE, CUS, ''
    text          TEXT    NOT NULL,
    amount_minor  INTEGER NOT NULL,
    PRIMARY KEY (partner, invoice_no, n),
    FOREIGN KEY (partner, invoice_no) REFERENCES freight_invoice
) STRICT, WITHOUT ROWID;

-- As in 0008, with the commands for what EDI brings.
DROP VIEW attention;
CREATE VIEW attention AS
SELECT 'dead:' || dead_id AS subject, 'dead letter' AS kind, code, partner,
       first_ts_us AS ts_us, 'oms dead show ' || dead_id AS command, reason
  FROM dead WHERE state = 'open'
 UNION ALL
SELECT 'hold:' || h.hold_id, 'hold', h.code, o.partner, h.set_ts_us,
       'oms order show ' || o.order_no, h.reason
  FROM hold h JOIN orders o ON o.order_id = h.order_id WHERE h.state = 'open'
 UNION ALL
SELECT 'document:' || doc_id || ':' || state, 'document', code, partner, created_ts_us,
       'oms out show ' || doc_id, reason
  FROM document WHERE state <> 'sent' AND (state = 'uncertain' OR state = 'hold' OR state = 'dead')
 UNION ALL
SELECT 'partner:' || partner || ':' || breaker, 'partner', breaker, partner, next_ts_us,
       'oms check --partner ' || partner, reason
  FROM partner_state WHERE breaker <> ''
 UNION ALL
SELECT 'finding:' || f.finding_id, 'finding', f.code, f.partner, f.first_ts_us,
       CASE WHEN f.code LIKE 'feed.%' THEN 'oms feeds' WHEN f.code = 'order.stuck' THEN 'oms order find --stuck'
            WHEN f.code = 'window.missed' THEN 'oms windows' WHEN f.code = 'ledger.difference' THEN 'oms reconcile'
            WHEN f.code LIKE 'edi.%' THEN 'oms acks' WHEN f.code = 'freight.difference' THEN 'oms freight'
            WHEN f.code = 'carrier.exception'
            THEN 'oms order show ' || COALESCE((SELECT o.order_no FROM shipment s JOIN orders o ON o.order_id = s.order_id
                                                 WHERE s.shipment_key = f.object), '')
            ELSE 'oms out list' END,
       f.object || ': ' || f.text
  FROM finding f WHERE f.state = 'open' AND f.code <> 'deliver.uncertain'
 UNION ALL
SELECT 'run:' || run_id, 'run', 'run.' || state, '', started_ts_us, 'oms status',
       'job ' || job || ' ended with status ' || exit_code
  FROM run WHERE run_id = (SELECT MAX(run_id) FROM run) AND state = 'failed';
