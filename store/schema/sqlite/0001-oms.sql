-- 0001: everything the first oms knew.  Never edit a released step: add one.
--
-- Times are microseconds since 1970 UTC (_ts_us), money is minor units of the
-- row's or its order's currency (_minor), quantities are whole base units
-- (qty), weights grams (_g).  Keys and numbers come from the counter table.
--
-- Where a night writes rows for every order, a CHECK says = OR = and not IN:
-- SQLite builds a table for a list of three words or more, for every row.

CREATE TABLE counter (
    name   TEXT PRIMARY KEY,  -- e.g. invoice
    value  INTEGER NOT NULL   -- the last one given
) STRICT, WITHOUT ROWID;

INSERT INTO counter (name, value) VALUES
    ('run', 0), ('file', 0), ('dead', 0), ('order', 0), ('hold', 0),
    ('release', 0), ('shipment', 0), ('invoice', 0), ('credit', 0),
    ('charge', 0), ('document', 0), ('remote', 0), ('stock_move', 0);

---------------------------------------------------------------- runs

CREATE TABLE run (
    run_id         INTEGER PRIMARY KEY,
    job            TEXT    NOT NULL,  -- nightly, intake, ...
    window         TEXT    NOT NULL,  -- business date served, 2026-03-28
    state          TEXT    NOT NULL CHECK (state IN ('running', 'ok',
                       'partial', 'failed', 'crashed')),
    pid            INTEGER NOT NULL,
    version        TEXT    NOT NULL,  -- of oms
    config_sha256  TEXT    NOT NULL,
    started_ts_us  INTEGER NOT NULL,
    ended_ts_us    INTEGER,
    exit_code      INTEGER
) STRICT;

-- What each stage of a run did, for the report and for oms status.
CREATE TABLE run_stage (
    run_id     INTEGER NOT NULL REFERENCES run,
    seq        INTEGER NOT NULL,
    stage      TEXT    NOT NULL,
    done       INTEGER NOT NULL,  -- things moved on
    rejected   INTEGER NOT NULL,  -- dead letters and rejects made
    held       INTEGER NOT NULL,  -- holds set
    waiting    INTEGER NOT NULL,  -- left for a later run
    took_us    INTEGER NOT NULL,
    note       TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

---------------------------------------------------------------- files in

-- A name seen on a partner's side; the memory that prevents a second fetch.
CREATE TABLE remote_file (
    remote_id     INTEGER PRIMARY KEY,
    partner       TEXT    NOT NULL,
    feed          TEXT    NOT NULL,
    dir           TEXT    NOT NULL,
    name          TEXT    NOT NULL,  -- the partner's bytes
    size_bytes    INTEGER NOT NULL,
    mtime_s       INTEGER NOT NULL,  -- by the partner's clock
    state         TEXT    NOT NULL CHECK (state IN ('seen', 'stable',
                      'fetching', 'fetched', 'archived', 'gone', 'unstable',
                      'refused', 'expired')),
    first_ts_us   INTEGER NOT NULL,
    last_ts_us    INTEGER NOT NULL,  -- last listed
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_ts_us    INTEGER NOT NULL DEFAULT 0,  -- no try before
    fail_ts_us    INTEGER NOT NULL DEFAULT 0,  -- first failed try; 0 none
    file_id       INTEGER REFERENCES file,
    code          TEXT    NOT NULL DEFAULT '',
    reason        TEXT    NOT NULL DEFAULT '',
    UNIQUE (partner, dir, name, size_bytes, mtime_s)
) STRICT;

-- Why a partner is not called for now: after refusals, until it is mended.
CREATE TABLE partner_state (
    partner        TEXT PRIMARY KEY,
    breaker        TEXT    NOT NULL DEFAULT '',  -- code that opened it, or ''
    reason         TEXT    NOT NULL DEFAULT '',
    config_sha256  TEXT    NOT NULL DEFAULT '',  -- when it opened
    failures       INTEGER NOT NULL DEFAULT 0,   -- in a row
    next_ts_us     INTEGER NOT NULL DEFAULT 0,
    last_ok_ts_us  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Bytes we own: spool/blob/<ab>/<sha256>.
CREATE TABLE file (
    file_id         INTEGER PRIMARY KEY,
    partner         TEXT    NOT NULL,
    feed            TEXT    NOT NULL,  -- '' when no feed takes the name
    type            TEXT    NOT NULL,  -- sfcc.order, ref.stock, ...
    name            TEXT    NOT NULL,  -- as the partner called it
    sha256          TEXT    NOT NULL,
    size_bytes      INTEGER NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('new', 'ingesting',
                        'ingested', 'dead', 'closed')),
    received_ts_us  INTEGER NOT NULL,
    ingested_ts_us  INTEGER,
    next_record     INTEGER NOT NULL DEFAULT 1,  -- where to go on
    next_offset     INTEGER NOT NULL DEFAULT 0,  -- its first byte
    next_line       INTEGER NOT NULL DEFAULT 1,
    records         INTEGER NOT NULL DEFAULT 0,  -- read so far
    applied         INTEGER NOT NULL DEFAULT 0,
    duplicates      INTEGER NOT NULL DEFAULT 0,
    rejected        INTEGER NOT NULL DEFAULT 0,
    crashes         INTEGER NOT NULL DEFAULT 0,  -- processes it killed
    parent_dead_id  INTEGER,  -- the dead letter this one repairs
    code            TEXT    NOT NULL DEFAULT '',
    UNIQUE (partner, sha256)
) STRICT;
CREATE INDEX file_work ON file (state, file_id) WHERE state IN ('new', 'ingesting');

-- Every time the same bytes were seen.
CREATE TABLE file_occurrence (
    file_id    INTEGER NOT NULL REFERENCES file,
    seq        INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    place      TEXT    NOT NULL,  -- inbox, sftp, retry
    ts_us      INTEGER NOT NULL,
    PRIMARY KEY (file_id, seq)
) STRICT, WITHOUT ROWID;

-- One unit of a file: where its original bytes lie and what became of it.
CREATE TABLE record (
    file_id     INTEGER NOT NULL REFERENCES file,
    record_no   INTEGER NOT NULL,  -- from 1
    byte_off    INTEGER NOT NULL,
    byte_len    INTEGER NOT NULL,
    line_no     INTEGER NOT NULL,  -- of its first byte
    key         TEXT    NOT NULL,  -- order_no, or ''
    state       TEXT    NOT NULL CHECK (state = 'applied' OR state = 'duplicate'
                    OR state = 'revision' OR state = 'rejected' OR state = 'conflict'),
    note        TEXT    NOT NULL DEFAULT '',  -- repairs, unknown elements
    PRIMARY KEY (file_id, record_no)
) STRICT, WITHOUT ROWID;

-- What waits for a person.  deadletter/<partner>/<name> is a view of this.
CREATE TABLE dead (
    dead_id      INTEGER PRIMARY KEY,
    kind         TEXT    NOT NULL CHECK (kind IN ('file', 'record',
                     'document', 'remote')),
    partner      TEXT    NOT NULL,
    feed         TEXT    NOT NULL,
    file_id      INTEGER REFERENCES file,
    record_no    INTEGER NOT NULL DEFAULT 0,
    doc_id       INTEGER,
    key          TEXT    NOT NULL DEFAULT '',  -- order_no, shipment_key ...
    code         TEXT    NOT NULL,
    stage        TEXT    NOT NULL,
    where_text   TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    name         TEXT    NOT NULL,  -- of the file in deadletter/<partner>/
    sha256       TEXT    NOT NULL,  -- its bytes, in spool/blob; '' none
    state        TEXT    NOT NULL CHECK (state IN ('open', 'held', 'retried',
                     'resolved', 'closed')),
    tries        INTEGER NOT NULL DEFAULT 1,
    first_ts_us  INTEGER NOT NULL,
    last_ts_us   INTEGER NOT NULL,
    resolution   TEXT    NOT NULL DEFAULT '',
    UNIQUE (file_id, record_no, kind, doc_id)
) STRICT;
CREATE INDEX dead_open ON dead (partner, key) WHERE state IN ('open', 'held', 'retried');

---------------------------------------------------------------- reference

CREATE TABLE product (
    sku            TEXT PRIMARY KEY,
    name           TEXT    NOT NULL,
    class          TEXT    NOT NULL DEFAULT '',  -- for rules, e.g. bulky
    weight_g       INTEGER NOT NULL CHECK (weight_g >= 0),
    unit           TEXT    NOT NULL DEFAULT 'piece',  -- piece, gram, millilitre
    shortage       TEXT    NOT NULL CHECK (shortage IN ('backorder', 'cancel',
                       'ask')),  -- what to do without stock
    active         INTEGER NOT NULL CHECK (active IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE ship_node (
    node           TEXT PRIMARY KEY,  -- WH-EAST
    name           TEXT    NOT NULL,
    partner        TEXT    NOT NULL,  -- the WMS that runs it
    node_group     TEXT    NOT NULL DEFAULT '',
    country        TEXT    NOT NULL,  -- ISO 3166-1 alpha-2
    no_inventory   TEXT    NOT NULL CHECK (no_inventory IN ('zero',
                       'infinite')),
    lead_s         INTEGER NOT NULL,  -- release to hand-over
    open           INTEGER NOT NULL CHECK (open IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE stock (
    sku             TEXT    NOT NULL,
    node            TEXT    NOT NULL,
    on_hand_qty     INTEGER NOT NULL,  -- below 0: the warehouse knows more
    reserved_qty    INTEGER NOT NULL DEFAULT 0 CHECK (reserved_qty >= 0),
    buffer_qty      INTEGER NOT NULL DEFAULT 0 CHECK (buffer_qty >= 0),
    counted_ts_us   INTEGER NOT NULL,  -- when the last count was taken
    dirty_ts_us     INTEGER NOT NULL DEFAULT 0,  -- short-picked; 0 = trusted
    PRIMARY KEY (sku, node)
) STRICT, WITHOUT ROWID;

-- Append-only: why on hand changed.  Later moves survive an older count.
CREATE TABLE stock_move (
    move_id     INTEGER PRIMARY KEY,
    sku         TEXT    NOT NULL,
    node        TEXT    NOT NULL,
    ts_us       INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('count', 'adjust', 'ship')),
    qty         INTEGER NOT NULL,  -- signed change
    before_qty  INTEGER NOT NULL,
    ref         TEXT    NOT NULL,  -- shipment key, file id, reason code
    actor       TEXT    NOT NULL
) STRICT;
CREATE INDEX stock_move_of ON stock_move (sku, node, ts_us);

-- A set of destinations.  The longest matching prefix wins.
CREATE TABLE zone (
    country        TEXT NOT NULL,
    postal_prefix  TEXT NOT NULL,  -- '' = the whole country
    zone           TEXT NOT NULL,
    PRIMARY KEY (country, postal_prefix)
) STRICT, WITHOUT ROWID;

CREATE TABLE lane (
    node          TEXT    NOT NULL,
    zone          TEXT    NOT NULL,
    distance_km   INTEGER NOT NULL CHECK (distance_km >= 0),
    PRIMARY KEY (node, zone)
) STRICT, WITHOUT ROWID;

CREATE TABLE carrier_service (
    carrier         TEXT    NOT NULL,
    service         TEXT    NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind IN ('courier', 'carrier')),
    partner         TEXT    NOT NULL,  -- who gets the manifest or booking
    method          TEXT    NOT NULL,  -- shipping method served, '' any
    transit_s       INTEGER NOT NULL CHECK (transit_s >= 0),
    max_weight_g    INTEGER,
    currency        TEXT    NOT NULL DEFAULT '',  -- of max_value_minor
    max_value_minor INTEGER,
    active          INTEGER NOT NULL CHECK (active IN (0, 1)),
    PRIMARY KEY (carrier, service)
) STRICT, WITHOUT ROWID;

CREATE TABLE rate (
    carrier       TEXT    NOT NULL,
    service       TEXT    NOT NULL,
    zone          TEXT    NOT NULL,
    max_weight_g  INTEGER NOT NULL,  -- up to and with
    price_minor   INTEGER NOT NULL CHECK (price_minor >= 0),
    currency      TEXT    NOT NULL,
    PRIMARY KEY (carrier, service, zone, max_weight_g)
) STRICT, WITHOUT ROWID;

-- First match by rule_no wins; an empty condition matches all.
CREATE TABLE routing_rule (
    rule_no          INTEGER PRIMARY KEY,
    kind             TEXT NOT NULL CHECK (kind IN ('node', 'carrier')),
    channel          TEXT NOT NULL DEFAULT '',
    zone             TEXT NOT NULL DEFAULT '',
    class            TEXT NOT NULL DEFAULT '',
    method           TEXT NOT NULL DEFAULT '',
    currency         TEXT NOT NULL DEFAULT '',  -- of the values
    min_value_minor  INTEGER,
    max_value_minor  INTEGER,
    min_weight_g     INTEGER,
    max_weight_g     INTEGER,
    target           TEXT NOT NULL  -- nodes or groups; carrier or carrier:service; parted by |
) STRICT;

CREATE TABLE spending_limit (
    customer_key  TEXT    NOT NULL,
    currency      TEXT    NOT NULL,
    limit_minor   INTEGER,  -- NULL = unlimited
    PRIMARY KEY (customer_key, currency)
) STRICT, WITHOUT ROWID;

-- What a customer was charged: captured + asked for - given back.
CREATE TABLE customer_spend (
    customer_key     TEXT    NOT NULL,
    currency         TEXT    NOT NULL,
    committed_minor  INTEGER NOT NULL CHECK (committed_minor >= 0),
    PRIMARY KEY (customer_key, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE address_rule (
    country          TEXT PRIMARY KEY,
    postal_pattern   TEXT    NOT NULL DEFAULT '',  -- PCRE2, whole code; '' any
    postal_required  INTEGER NOT NULL CHECK (postal_required IN (0, 1)),
    state_required   INTEGER NOT NULL CHECK (state_required IN (0, 1)),
    deliverable      INTEGER NOT NULL CHECK (deliverable IN (0, 1))
) STRICT, WITHOUT ROWID;

---------------------------------------------------------------- orders

CREATE TABLE orders (
    order_id         INTEGER PRIMARY KEY,
    order_no         TEXT    NOT NULL,
    channel          TEXT    NOT NULL,  -- where it was sold
    partner          TEXT    NOT NULL,  -- who sent it
    revision         INTEGER NOT NULL DEFAULT 1,
    content_hash     TEXT    NOT NULL,  -- of its canonical content
    file_id          INTEGER NOT NULL REFERENCES file,
    record_no        INTEGER NOT NULL,  -- the original bytes: record
    currency         TEXT    NOT NULL CHECK (length(currency) = 3),
    taxation         TEXT    NOT NULL CHECK (taxation IN ('net', 'gross')),
    customer_key     TEXT    NOT NULL,  -- customer number, or guest:<e-mail>
    customer_no      TEXT    NOT NULL,
    customer_name    TEXT    NOT NULL,
    customer_email   TEXT    NOT NULL,
    order_ts_us      INTEGER NOT NULL,
    received_ts_us   INTEGER NOT NULL,
    ship_by_ts_us    INTEGER NOT NULL,
    priority         INTEGER NOT NULL DEFAULT 5,  -- class, 1 first
    total_minor      INTEGER NOT NULL,  -- gross, as the customer pays it
    tax_minor        INTEGER NOT NULL,
    basket_hash      TEXT    NOT NULL,  -- of sku and quantity, for twins
    shop_status      TEXT    NOT NULL,  -- order-status as exported, or ''
    payment_status   TEXT    NOT NULL,  -- payment-status as exported, or ''
    recon            TEXT    NOT NULL,  -- the totals rule it breaks, or ''
    incomplete       TEXT    NOT NULL,  -- what it lacks, or ''
    ship_complete    INTEGER NOT NULL CHECK (ship_complete IN (0, 1)),
    stage            INTEGER NOT NULL,  -- model/status.h, enum order_stage
    touched          INTEGER NOT NULL,  -- 1: the roll-up below is stale
    status_min       INTEGER NOT NULL,  -- roll-up of its parts
    status_max       INTEGER NOT NULL,
    label            TEXT    NOT NULL,
    shop_sent        TEXT    NOT NULL DEFAULT '',  -- last status told the shop
    UNIQUE (order_no, channel)
) STRICT;
CREATE INDEX orders_work ON orders (stage, priority, ship_by_ts_us, order_ts_us, order_id) WHERE stage > 0;
CREATE INDEX orders_touched ON orders (order_id) WHERE touched = 1;
CREATE INDEX orders_customer ON orders (customer_key, order_ts_us);

-- A destination within an order: SFCC's shipment, with its address.
CREATE TABLE ship_group (
    order_id        INTEGER NOT NULL REFERENCES orders,
    group_no        INTEGER NOT NULL,  -- from 1
    shop_id         TEXT    NOT NULL,  -- shipment-id of the shop
    method          TEXT    NOT NULL,  -- shipping method id
    name            TEXT    NOT NULL,
    company         TEXT    NOT NULL,
    address1        TEXT    NOT NULL,
    address2        TEXT    NOT NULL,
    city            TEXT    NOT NULL,
    postal_code     TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    country         TEXT    NOT NULL,  -- upper case, or ''
    phone           TEXT    NOT NULL,
    zone            TEXT    NOT NULL DEFAULT '',  -- set by accept
    ship_net_minor  INTEGER NOT NULL,  -- shipping charge after adjustments
    ship_tax_minor  INTEGER NOT NULL,
    PRIMARY KEY (order_id, group_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_line (
    order_id        INTEGER NOT NULL REFERENCES orders,
    line_no         INTEGER NOT NULL,  -- from 1, in the order of the file
    group_no        INTEGER NOT NULL,
    sku             TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    qty             INTEGER NOT NULL CHECK (qty > 0),
    net_minor       INTEGER NOT NULL,  -- line total before any discount
    tax_minor       INTEGER NOT NULL,
    disc_net_minor  INTEGER NOT NULL,  -- line and share of order discounts
    disc_tax_minor  INTEGER NOT NULL,
    ship_net_minor  INTEGER NOT NULL,  -- product shipping charge
    ship_tax_minor  INTEGER NOT NULL,
    tax_rate        TEXT    NOT NULL,  -- as written, e.g. 0.1
    position        TEXT    NOT NULL,  -- as written by the shop
    billed_qty      INTEGER NOT NULL DEFAULT 0,  -- cumulative, for shares
    PRIMARY KEY (order_id, line_no),
    CHECK (billed_qty BETWEEN 0 AND qty)
) STRICT, WITHOUT ROWID;

-- What a kit consists of: a line with components ships those, not its sku.
CREATE TABLE kit_component (
    order_id  INTEGER NOT NULL REFERENCES orders,
    line_no   INTEGER NOT NULL,
    comp_no   INTEGER NOT NULL,
    sku       TEXT    NOT NULL,
    qty_per   INTEGER NOT NULL CHECK (qty_per > 0),  -- in one kit
    PRIMARY KEY (order_id, line_no, comp_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE line_tax (
    order_id      INTEGER NOT NULL REFERENCES orders,
    line_no       INTEGER NOT NULL,
    n             INTEGER NOT NULL,
    tax_id        TEXT    NOT NULL,  -- the authority
    tax_rate      TEXT    NOT NULL,
    amount_minor  INTEGER NOT NULL,
    PRIMARY KEY (order_id, line_no, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment (
    order_id        INTEGER NOT NULL REFERENCES orders,
    n               INTEGER NOT NULL,
    tender          TEXT    NOT NULL CHECK (tender = 'card' OR tender = 'wallet'
                        OR tender = 'bank' OR tender = 'invoice'
                        OR tender = 'gift_certificate' OR tender = 'store_credit'),
    method          TEXT    NOT NULL,  -- the shop's word, e.g. VISA
    amount_minor    INTEGER NOT NULL,
    authorised      INTEGER NOT NULL CHECK (authorised IN (0, 1)),
    captured        INTEGER NOT NULL CHECK (captured IN (0, 1)),  -- by the shop
    transaction_id  TEXT    NOT NULL,
    processor       TEXT    NOT NULL,
    used_minor      INTEGER NOT NULL DEFAULT 0,  -- asked for so far
    PRIMARY KEY (order_id, n)
) STRICT, WITHOUT ROWID;

-- A quantity of one line with one fate; only parts have a status.
CREATE TABLE part (
    order_id      INTEGER NOT NULL REFERENCES orders,
    part_no       INTEGER NOT NULL,  -- from 1 within the order
    line_no       INTEGER NOT NULL,
    qty           INTEGER NOT NULL CHECK (qty > 0),
    status        INTEGER NOT NULL,  -- model/status.h
    node          TEXT    NOT NULL DEFAULT '',  -- from 1500 on
    release_key   TEXT    NOT NULL DEFAULT '',  -- the current one
    shipment_key  TEXT    NOT NULL DEFAULT '',  -- the current one
    parent_no     INTEGER NOT NULL DEFAULT 0,   -- part it was split from
    attempts      INTEGER NOT NULL DEFAULT 0,   -- short picks so far
    PRIMARY KEY (order_id, part_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE hold_type (
    type      TEXT PRIMARY KEY,
    blocks    TEXT NOT NULL,  -- stages, parted by blanks
    meaning   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO hold_type (type, blocks, meaning) VALUES
    ('PAYMENT',   'allocate release bill emit book', 'no authorised payment covers it'),
    ('FRAUD',     'allocate release bill emit book', 'suspected fraud'),
    ('LIMIT',     'allocate release bill emit book', 'spending limit passed'),
    ('ADDRESS',   'allocate release bill emit book', 'address breaks its country''s rules'),
    ('DATA',      'allocate release bill emit book', 'something needed is missing or unknown'),
    ('MANUAL',    'allocate release bill emit book', 'set by a person'),
    ('CREDIT',    'release bill emit book',          'credit not cleared'),
    ('DUPLICATE', 'allocate release bill emit book', 'may be the same order twice'),
    ('RECON',     'allocate release bill emit book', 'amounts do not add up'),
    ('CUSTOM',    'allocate release bill emit book', 'a rule of the merchant');

-- What stops an order or one shipment until resolved.
CREATE TABLE hold (
    hold_id         INTEGER PRIMARY KEY,
    order_id        INTEGER NOT NULL REFERENCES orders,
    shipment_key    TEXT    NOT NULL DEFAULT '',  -- '' = the whole order
    type            TEXT    NOT NULL REFERENCES hold_type,
    code            TEXT    NOT NULL,  -- oms explain CODE
    reason          TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('open', 'resolved',
                        'rejected')),
    set_ts_us       INTEGER NOT NULL,
    set_by          TEXT    NOT NULL,
    resolved_ts_us  INTEGER,
    resolved_by     TEXT
) STRICT;
CREATE UNIQUE INDEX hold_once ON hold (order_id, shipment_key, type) WHERE state = 'open';
CREATE INDEX hold_of ON hold (order_id);

-- What happened to an order.  Append-only.
CREATE TABLE event (
    order_id     INTEGER NOT NULL REFERENCES orders,
    seq          INTEGER NOT NULL,
    ts_us        INTEGER NOT NULL,
    event        TEXT    NOT NULL,  -- received, accepted, hold_set, ...
    from_status  INTEGER,
    to_status    INTEGER,
    actor        TEXT    NOT NULL,  -- run:17 or the person
    detail       TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, seq)
) STRICT, WITHOUT ROWID;

-- Why the allocator chose what it chose.
CREATE TABLE alloc_explain (
    order_id  INTEGER NOT NULL REFERENCES orders,
    seq       INTEGER NOT NULL,
    ts_us     INTEGER NOT NULL,
    text      TEXT    NOT NULL,  -- lines of "node: score parts"
    PRIMARY KEY (order_id, seq)
) STRICT, WITHOUT ROWID;

---------------------------------------------------------------- fulfilment
-- Lifecycle 2.5: one current release key a part, a shipment line goes from 0
-- to its planned quantity once, keys are never reused.

CREATE TABLE release (
    release_key  TEXT PRIMARY KEY,  -- R00000001
    order_id     INTEGER NOT NULL REFERENCES orders,
    group_no     INTEGER NOT NULL,
    node         TEXT    NOT NULL,
    attempt      INTEGER NOT NULL,  -- 1, then one more at each re-release
    ts_us        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX release_of ON release (order_id);

CREATE TABLE release_status (
    order_id         INTEGER NOT NULL,
    part_no          INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    release_key      TEXT    NOT NULL REFERENCES release,
    status           INTEGER NOT NULL,
    status_quantity  INTEGER NOT NULL CHECK (status_quantity >= 0),  -- 0 = past
    qty              INTEGER NOT NULL CHECK (qty > 0),
    ts_us            INTEGER NOT NULL,
    implied          INTEGER NOT NULL DEFAULT 0,  -- skipped, no file said it
    PRIMARY KEY (order_id, part_no, seq),
    FOREIGN KEY (order_id, part_no) REFERENCES part
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_current_release ON release_status (order_id, part_no) WHERE status_quantity > 0;

CREATE TABLE shipment (
    shipment_key   TEXT PRIMARY KEY,  -- S00000001
    release_key    TEXT    NOT NULL REFERENCES release,
    order_id       INTEGER NOT NULL REFERENCES orders,
    group_no       INTEGER NOT NULL,
    node           TEXT    NOT NULL,
    stage          INTEGER NOT NULL,  -- model/status.h, enum shipment_stage
    status         TEXT    NOT NULL CHECK (status = 'PENDING' OR status = 'BOOKED'
                       OR status = 'DISPATCHED' OR status = 'DELIVERED' OR status = 'CANCELLED'),
    shipped_ts_us  INTEGER,           -- confirmed by the warehouse
    carrier        TEXT    NOT NULL DEFAULT '',
    service        TEXT    NOT NULL DEFAULT '',
    service_kind   TEXT    NOT NULL DEFAULT '',
    book_partner   TEXT    NOT NULL DEFAULT '',
    rate_minor     INTEGER,           -- what it costs us
    weight_g       INTEGER NOT NULL,
    value_minor    INTEGER NOT NULL,  -- invoice total
    promise_ts_us  INTEGER,
    tracking       TEXT    NOT NULL DEFAULT '',
    wms_doc_id     INTEGER,
    book_doc_id    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX shipment_of ON shipment (order_id);
CREATE INDEX shipment_work ON shipment (stage, shipment_key) WHERE stage > 0;
CREATE UNIQUE INDEX shipment_wms_doc ON shipment (wms_doc_id, shipment_key) WHERE wms_doc_id IS NOT NULL;
CREATE INDEX shipment_book_doc ON shipment (book_doc_id) WHERE book_doc_id IS NOT NULL;
CREATE INDEX shipment_tracking ON shipment (tracking) WHERE tracking <> '';

CREATE TABLE shipment_line (
    shipment_key  TEXT    NOT NULL REFERENCES shipment,
    order_id      INTEGER NOT NULL,
    part_no       INTEGER NOT NULL,
    planned       INTEGER NOT NULL CHECK (planned > 0),
    quantity      INTEGER NOT NULL DEFAULT 0 CHECK (quantity IN (0, planned)),
    closed        TEXT,  -- why it will never ship under this key: SHORT, ...
    PRIMARY KEY (shipment_key, order_id, part_no),
    FOREIGN KEY (order_id, part_no) REFERENCES part
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ships_once ON shipment_line (order_id, part_no) WHERE quantity > 0;
CREATE UNIQUE INDEX one_open_pick ON shipment_line (order_id, part_no) WHERE quantity = 0 AND closed IS NULL;
CREATE TRIGGER shipment_line_frozen BEFORE UPDATE OF quantity ON shipment_line
WHEN OLD.quantity <> 0 OR OLD.closed IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'shipment line closed'); END;
CREATE TRIGGER shipment_line_kept BEFORE DELETE ON shipment_line
BEGIN SELECT RAISE(ABORT, 'shipment keys are never reused'); END;

---------------------------------------------------------------- money

CREATE TABLE invoice (
    invoice_no       TEXT PRIMARY KEY,  -- gapless within its kind
    kind             TEXT    NOT NULL CHECK (kind IN ('invoice', 'credit')),
    credits          TEXT    NOT NULL DEFAULT '',  -- credit: the invoice
    order_id         INTEGER NOT NULL REFERENCES orders,
    shipment_key     TEXT    NOT NULL REFERENCES shipment,
    issued_ts_us     INTEGER NOT NULL,
    currency         TEXT    NOT NULL,
    goods_minor      INTEGER NOT NULL,  -- net, before discounts
    discount_minor   INTEGER NOT NULL,  -- net, 0 or less
    shipping_minor   INTEGER NOT NULL,  -- net
    tax_minor        INTEGER NOT NULL,  -- all of it
    total_minor      INTEGER NOT NULL,  -- credit notes: negative
    settled_minor    INTEGER NOT NULL DEFAULT 0,  -- of it: on terms, or taken by the shop
    journal_doc_id   INTEGER,
    CHECK (total_minor = goods_minor + discount_minor + shipping_minor + tax_minor)
) STRICT, WITHOUT ROWID;
CREATE INDEX invoice_of ON invoice (order_id);
CREATE UNIQUE INDEX invoice_once ON invoice (shipment_key) WHERE kind = 'invoice';
CREATE INDEX invoice_no_journal ON invoice (invoice_no) WHERE journal_doc_id IS NULL;
CREATE UNIQUE INDEX invoice_journal ON invoice (journal_doc_id, invoice_no) WHERE journal_doc_id IS NOT NULL;

CREATE TABLE invoice_line (
    invoice_no      TEXT    NOT NULL REFERENCES invoice,
    n               INTEGER NOT NULL,
    line_no         INTEGER NOT NULL,  -- of the order; 0 = shipping charge
    sku             TEXT    NOT NULL,
    qty             INTEGER NOT NULL,
    net_minor       INTEGER NOT NULL,
    disc_minor      INTEGER NOT NULL,  -- net
    ship_minor      INTEGER NOT NULL,  -- net
    tax_minor       INTEGER NOT NULL,  -- of goods, discount and shipping
    tax_rate        TEXT    NOT NULL,
    credited_qty    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (invoice_no, n)
) STRICT, WITHOUT ROWID;

-- What the payment processor is asked to do, and its answer.
CREATE TABLE charge (
    charge_id     INTEGER PRIMARY KEY,
    idem_key      TEXT    NOT NULL UNIQUE,  -- S00000001:charge:1:1
    kind          TEXT    NOT NULL CHECK (kind IN ('capture', 'refund')),
    order_id      INTEGER NOT NULL REFERENCES orders,
    shipment_key  TEXT    NOT NULL REFERENCES shipment,
    invoice_no    TEXT    NOT NULL REFERENCES invoice,
    payment_n     INTEGER NOT NULL,
    amount_minor  INTEGER NOT NULL CHECK (amount_minor > 0),
    currency      TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state = 'due' OR state = 'requested'
                      OR state = 'done' OR state = 'declined' OR state = 'waiting'),
    ts_us         INTEGER NOT NULL,
    answer_ts_us  INTEGER,
    answer_ref    TEXT    NOT NULL DEFAULT '',
    again         INTEGER NOT NULL DEFAULT 0,  -- 1: declined, to be asked anew
    doc_id        INTEGER
) STRICT;
CREATE INDEX charge_of ON charge (shipment_key);
CREATE INDEX charge_due ON charge (charge_id) WHERE state = 'due';
CREATE INDEX charge_again ON charge (charge_id) WHERE again = 1;
CREATE INDEX charge_doc ON charge (doc_id) WHERE doc_id IS NOT NULL;

-- Delivered parts (3800) with nothing of their shipment left to be captured.
CREATE INDEX part_delivered ON part (order_id) WHERE status = 3800;
CREATE VIEW closable_part AS
SELECT p.order_id, p.part_no, p.qty, p.release_key, p.shipment_key
  FROM part p
 WHERE p.status = 3800
   AND NOT EXISTS (SELECT 1 FROM charge c
                    WHERE c.shipment_key = p.shipment_key AND c.kind = 'capture'
                      AND (c.state IN ('due', 'requested') OR c.again = 1));

---------------------------------------------------------------- documents out

-- A finished or coming document for a partner; crash-safety 3.4.
CREATE TABLE document (
    doc_id         INTEGER PRIMARY KEY,
    partner        TEXT    NOT NULL,
    feed           TEXT    NOT NULL,
    type           TEXT    NOT NULL,  -- wms.ship_order, ...
    doc_no         INTEGER NOT NULL,  -- control number per partner and type
    name           TEXT    NOT NULL,  -- file name at the partner's
    run_id         INTEGER NOT NULL,
    window         TEXT    NOT NULL,
    created_ts_us  INTEGER NOT NULL,  -- the time written in it
    state          TEXT    NOT NULL CHECK (state IN ('pending', 'ready',
                       'sending', 'publishing', 'sent', 'uncertain', 'hold',
                       'dead')),
    items          INTEGER NOT NULL DEFAULT 0,
    sum_minor      INTEGER NOT NULL DEFAULT 0,
    sha256         TEXT    NOT NULL DEFAULT '',
    size_bytes     INTEGER NOT NULL DEFAULT 0,
    attempts       INTEGER NOT NULL DEFAULT 0,
    next_ts_us     INTEGER NOT NULL DEFAULT 0,
    sent_ts_us     INTEGER,
    code           TEXT    NOT NULL DEFAULT '',
    reason         TEXT    NOT NULL DEFAULT '',
    manifest_doc_id INTEGER,  -- a journal: the document that lists it
    UNIQUE (partner, type, doc_no),
    UNIQUE (partner, name)
) STRICT;
CREATE INDEX document_work ON document (state, doc_id) WHERE state <> 'sent';
CREATE INDEX document_unlisted ON document (partner, doc_id)
    WHERE type = 'accounting.invoice_journal' AND manifest_doc_id IS NULL;
CREATE INDEX document_listed ON document (manifest_doc_id) WHERE manifest_doc_id IS NOT NULL;

-- What a journal adds up to, for its manifest.
CREATE TABLE document_total (
    doc_id        INTEGER NOT NULL REFERENCES document,
    currency      TEXT    NOT NULL,
    entries       INTEGER NOT NULL,
    lines         INTEGER NOT NULL,
    debit_minor   INTEGER NOT NULL,
    credit_minor  INTEGER NOT NULL,
    PRIMARY KEY (doc_id, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE document_counter (
    partner  TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    value    INTEGER NOT NULL,
    PRIMARY KEY (partner, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
    doc_id         INTEGER NOT NULL REFERENCES document,
    n              INTEGER NOT NULL,
    started_ts_us  INTEGER NOT NULL,
    phase          TEXT    NOT NULL CHECK (phase IN ('sending', 'publishing')),
    outcome        TEXT    NOT NULL DEFAULT '',  -- '' = never came back
    reason         TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (doc_id, n)
) STRICT, WITHOUT ROWID;

-- What the shop is told of an order: a snapshot, so a document can be
-- written again.
CREATE TABLE order_update (
    order_id         INTEGER NOT NULL REFERENCES orders,
    seq              INTEGER NOT NULL,
    ts_us            INTEGER NOT NULL,
    order_status     TEXT    NOT NULL,
    shipping_status  TEXT    NOT NULL,
    payment_status   TEXT    NOT NULL,
    label            TEXT    NOT NULL,
    doc_id           INTEGER,
    PRIMARY KEY (order_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_update_new ON order_update (order_id) WHERE doc_id IS NULL;
CREATE UNIQUE INDEX order_update_doc ON order_update (doc_id, order_id, seq) WHERE doc_id IS NOT NULL;

CREATE TABLE order_update_shipment (
    order_id   INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    group_no   INTEGER NOT NULL,
    shop_id    TEXT    NOT NULL,
    status     TEXT    NOT NULL,  -- NOT_SHIPPED, SHIPPED
    tracking   TEXT    NOT NULL,
    PRIMARY KEY (order_id, seq, group_no)
) STRICT, WITHOUT ROWID;
