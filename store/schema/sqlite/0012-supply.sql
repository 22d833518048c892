-- 0012: warehouses by EDI, and what is ordered from suppliers.

-- Units that are there and may not be sold: 947 05, off again by 55.
ALTER TABLE stock ADD COLUMN held_qty INTEGER NOT NULL DEFAULT 0 CHECK (held_qty >= 0);

---------------------------------------------------------------- advices

-- What a warehouse said, once: a repeat is known by its number.
CREATE TABLE wms_advice (
    partner       TEXT    NOT NULL,
    kind          TEXT    NOT NULL CHECK (kind IN ('ship', 'receipt', 'adjustment')),
    key           TEXT    NOT NULL,  -- W0602/W0604; W1703; W1502/W1503
    digest        TEXT    NOT NULL,  -- of what it says
    file_id       INTEGER NOT NULL,
    ts_us         INTEGER NOT NULL,  -- when it happened
    shipment_key  TEXT    NOT NULL DEFAULT '',
    scac          TEXT    NOT NULL DEFAULT '',
    bill          TEXT    NOT NULL DEFAULT '',  -- bill of lading
    note          TEXT    NOT NULL DEFAULT '',  -- what did not add up
    PRIMARY KEY (partner, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX wms_advice_of ON wms_advice (shipment_key) WHERE shipment_key <> '';

-- A rest that a partial advice left open: a line of its own (part_no), that
-- the warehouse knows by the line it was told.
CREATE TABLE ship_rest (
    shipment_key  TEXT    NOT NULL REFERENCES shipment,
    part_no       INTEGER NOT NULL,
    told_no       INTEGER NOT NULL,
    PRIMARY KEY (shipment_key, part_no)
) STRICT, WITHOUT ROWID;

-- The cartons or pallets that left, and what is in each.
CREATE TABLE shipment_carton (
    shipment_key  TEXT    NOT NULL REFERENCES shipment,
    carton_no     INTEGER NOT NULL,  -- from 1, over all advices
    sscc          TEXT    NOT NULL,  -- 18 digits, or ''
    tracking      TEXT    NOT NULL,
    advice        TEXT    NOT NULL,  -- key of its wms_advice
    PRIMARY KEY (shipment_key, carton_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE shipment_carton_line (
    shipment_key  TEXT    NOT NULL,
    carton_no     INTEGER NOT NULL,
    n             INTEGER NOT NULL,  -- in the carton, from 1
    part_no       INTEGER NOT NULL,
    sku           TEXT    NOT NULL,
    lot           TEXT    NOT NULL,
    qty           INTEGER NOT NULL CHECK (qty > 0),
    PRIMARY KEY (shipment_key, carton_no, n),
    FOREIGN KEY (shipment_key, carton_no) REFERENCES shipment_carton
) STRICT, WITHOUT ROWID;

---------------------------------------------------------------- supply

-- Goods that are to come to a node: bought, or moved between nodes.
CREATE TABLE supply_order (
    supply_no      TEXT PRIMARY KEY,
    kind           TEXT    NOT NULL CHECK (kind IN ('purchase', 'transfer')),
    partner        TEXT    NOT NULL,  -- supplier; transfer: '' or who sends
    node           TEXT    NOT NULL,  -- where they are to come
    currency       TEXT    NOT NULL,
    due_ts_us      INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('open', 'received')),
    order_doc_id   INTEGER,           -- 850, ORDERS to the supplier
    notice_doc_id  INTEGER            -- 943, DESADV to the warehouse
) STRICT, WITHOUT ROWID;
CREATE INDEX supply_order_new ON supply_order (partner, supply_no) WHERE order_doc_id IS NULL;
CREATE INDEX supply_notice_new ON supply_order (node, supply_no) WHERE notice_doc_id IS NULL;
CREATE INDEX supply_order_doc ON supply_order (order_doc_id) WHERE order_doc_id IS NOT NULL;
CREATE INDEX supply_notice_doc ON supply_order (notice_doc_id) WHERE notice_doc_id IS NOT NULL;

CREATE TABLE supply_line (
    supply_no     TEXT    NOT NULL REFERENCES supply_order,
    line_no       INTEGER NOT NULL,
    sku           TEXT    NOT NULL,
    qty           INTEGER NOT NULL CHECK (qty > 0),
    price_minor   INTEGER NOT NULL,  -- of one unit
    received_qty  INTEGER NOT NULL DEFAULT 0,  -- good ones
    damaged_qty   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (supply_no, line_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX supply_line_of ON supply_line (sku);

---------------------------------------------------------------- report

-- What a partner was last told of each product: 846, INVRPT.
CREATE TABLE stock_report (
    partner  TEXT    NOT NULL,
    sku      TEXT    NOT NULL,
    window   TEXT    NOT NULL,  -- one report a business day
    qty      INTEGER NOT NULL,
    doc_id   INTEGER NOT NULL,
    PRIMARY KEY (partner, sku)
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_report_doc ON stock_report (doc_id, sku);
