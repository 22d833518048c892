-- 0011: customers who order by EDI: what is said back to them as they said it.

-- Beside a row of orders.  Texts are as sent; nothing here is personal but
-- note, which is sealed (base/seal.h).
CREATE TABLE trade_order (
    order_id            INTEGER PRIMARY KEY REFERENCES orders,
    partner             TEXT    NOT NULL,
    set_type            TEXT    NOT NULL,  -- 850, ORDERS
    po_number           TEXT    NOT NULL,
    release_no          TEXT    NOT NULL,  -- of a blanket order, or ''
    order_type          TEXT    NOT NULL,  -- SA, DS ...; 220
    po_date             TEXT    NOT NULL,  -- CCYYMMDD, or ''
    vendor_no           TEXT    NOT NULL,  -- what he calls us
    department          TEXT    NOT NULL,
    customer_order      TEXT    NOT NULL,
    promotion           TEXT    NOT NULL,
    contract            TEXT    NOT NULL,
    buyer_q             TEXT    NOT NULL,  -- qualifier: 92, UL, 9
    buyer_id            TEXT    NOT NULL,
    bill_q              TEXT    NOT NULL,
    bill_id             TEXT    NOT NULL,
    vendor_q            TEXT    NOT NULL,
    vendor_id           TEXT    NOT NULL,
    ship_from_ts_us     INTEGER NOT NULL,  -- not before; 0 none
    ship_by_ts_us       INTEGER NOT NULL,
    deliver_from_ts_us  INTEGER NOT NULL,
    deliver_by_ts_us    INTEGER NOT NULL,
    cancel_after_ts_us  INTEGER NOT NULL,
    terms_net_days      TEXT    NOT NULL,
    note                TEXT    NOT NULL
) STRICT;

CREATE TABLE trade_group (
    order_id  INTEGER NOT NULL REFERENCES trade_order,
    group_no  INTEGER NOT NULL,
    to_q      TEXT    NOT NULL,
    to_id     TEXT    NOT NULL,
    mark_q    TEXT    NOT NULL,  -- the store it is for, or ''
    mark_id   TEXT    NOT NULL,
    PRIMARY KEY (order_id, group_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE trade_line (
    order_id     INTEGER NOT NULL REFERENCES trade_order,
    line_no      INTEGER NOT NULL,
    buyer_line   TEXT    NOT NULL,  -- PO101, LIN 1082; the same for all its splits
    uom          TEXT    NOT NULL,
    seller_q     TEXT    NOT NULL,
    seller_item  TEXT    NOT NULL,
    buyer_q      TEXT    NOT NULL,
    buyer_item   TEXT    NOT NULL,
    gtin_q       TEXT    NOT NULL,
    gtin         TEXT    NOT NULL,
    price        TEXT    NOT NULL,  -- decimal text, or ''
    price_basis  TEXT    NOT NULL,
    price_qty    INTEGER NOT NULL CHECK (price_qty > 0),  -- the price is for so many
    PRIMARY KEY (order_id, line_no)
) STRICT, WITHOUT ROWID;

-- Every order and change that was applied: the same again changes nothing.
CREATE TABLE trade_message (
    order_id   INTEGER NOT NULL REFERENCES trade_order,
    hash       TEXT    NOT NULL,  -- of what it says, whatever its envelope
    set_type   TEXT    NOT NULL,
    file_id    INTEGER NOT NULL,
    record_no  INTEGER NOT NULL,
    ts_us      INTEGER NOT NULL,
    PRIMARY KEY (order_id, hash)
) STRICT, WITHOUT ROWID;

---------------------------------------------------------------- out

-- An answer to a revision of an order, or to a change that was refused.
CREATE TABLE trade_response (
    order_id  INTEGER NOT NULL REFERENCES trade_order,
    revision  INTEGER NOT NULL,
    dead_id   INTEGER NOT NULL,  -- of the refused change; 0 none
    partner   TEXT    NOT NULL,
    doc_id    INTEGER,           -- NULL: to be given
    PRIMARY KEY (order_id, revision, dead_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX trade_response_due ON trade_response (partner, order_id) WHERE doc_id IS NULL;
CREATE INDEX trade_response_doc ON trade_response (doc_id) WHERE doc_id IS NOT NULL;

CREATE TRIGGER trade_change_refused AFTER INSERT ON dead
WHEN NEW.code = 'order.conflict' AND NEW.key <> ''
BEGIN
    INSERT INTO trade_response (order_id, revision, dead_id, partner)
    SELECT o.order_id, o.revision, NEW.dead_id, t.partner
      FROM orders o JOIN trade_order t ON t.order_id = o.order_id
     WHERE o.order_no = NEW.key AND t.partner = NEW.partner;
END;

-- A shipment to be announced: since the warehouse confirmed it.
CREATE TABLE trade_notice (
    shipment_key  TEXT PRIMARY KEY REFERENCES shipment,
    partner       TEXT    NOT NULL,
    doc_id        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX trade_notice_due ON trade_notice (partner, shipment_key) WHERE doc_id IS NULL;
CREATE INDEX trade_notice_doc ON trade_notice (doc_id) WHERE doc_id IS NOT NULL;

CREATE TRIGGER trade_shipped AFTER UPDATE OF shipped_ts_us ON shipment
WHEN OLD.shipped_ts_us IS NULL AND NEW.shipped_ts_us IS NOT NULL
BEGIN
    INSERT INTO trade_notice (shipment_key, partner)
    SELECT NEW.shipment_key, t.partner FROM trade_order t WHERE t.order_id = NEW.order_id;
END;

-- An invoice or credit note to be sent, once its shipment is.  A credit note in
-- the same document as its invoice is part of it: what the customer gets says
-- what was shipped.
CREATE TABLE trade_invoice (
    invoice_no    TEXT PRIMARY KEY REFERENCES invoice,
    shipment_key  TEXT    NOT NULL,
    partner       TEXT    NOT NULL,
    doc_id        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX trade_invoice_due ON trade_invoice (partner, invoice_no) WHERE doc_id IS NULL;
CREATE INDEX trade_invoice_doc ON trade_invoice (doc_id) WHERE doc_id IS NOT NULL;

CREATE TRIGGER trade_invoiced AFTER INSERT ON invoice
BEGIN
    INSERT INTO trade_invoice (invoice_no, shipment_key, partner)
    SELECT NEW.invoice_no, NEW.shipment_key, t.partner FROM trade_order t WHERE t.order_id = NEW.order_id;
END;

---------------------------------------------------------------- money in

-- A payment a customer told us of (820).
CREATE TABLE remittance (
    remittance_id  INTEGER PRIMARY KEY,
    partner        TEXT    NOT NULL,
    trace_no       TEXT    NOT NULL,
    method         TEXT    NOT NULL,
    currency       TEXT    NOT NULL,
    amount_minor   INTEGER NOT NULL,
    paid_ts_us     INTEGER NOT NULL,  -- 0: it does not say
    file_id        INTEGER NOT NULL,
    record_no      INTEGER NOT NULL,
    received_ts_us INTEGER NOT NULL,
    UNIQUE (partner, trace_no)
) STRICT;

CREATE TABLE remittance_line (
    remittance_id   INTEGER NOT NULL REFERENCES remittance,
    n               INTEGER NOT NULL,
    qualifier       TEXT    NOT NULL,
    reference       TEXT    NOT NULL,  -- as the payer has it
    invoice_no      TEXT    NOT NULL,  -- ours; '' when it is none of his
    paid_minor      INTEGER NOT NULL,
    discount_minor  INTEGER NOT NULL,
    reason          TEXT    NOT NULL,
    PRIMARY KEY (remittance_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX remittance_line_of ON remittance_line (invoice_no) WHERE invoice_no <> '';
CREATE INDEX remittance_line_unmatched ON remittance_line (remittance_id) WHERE invoice_no = '';

INSERT INTO counter (name, value) VALUES ('remittance', 0);
