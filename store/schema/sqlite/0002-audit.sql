-- 0002: who changed what, chained: a row says what the row before it was.

INSERT INTO counter (name, value) VALUES ('audit', 0);

CREATE TABLE audit (
    audit_id  INTEGER PRIMARY KEY,  -- gapless, from 1
    ts_us     INTEGER NOT NULL,
    actor     TEXT    NOT NULL,  -- run:17, or the user of the system
    category  TEXT    NOT NULL,  -- order, stock, dead, document, partner, ...
    action    TEXT    NOT NULL,  -- hold, adjust, retry, ...
    object    TEXT    NOT NULL,  -- what it was done to: order 1001, dead 7
    before    TEXT    NOT NULL,  -- "" when there was nothing
    after     TEXT    NOT NULL,
    prev      TEXT    NOT NULL,  -- hash of the row before; "" the first
    hash      TEXT    NOT NULL   -- of all of the above: store/audit.h
) STRICT;

CREATE TRIGGER audit_frozen BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER event_frozen BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_kept BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- What was sealed: an audit row of category seal has the digest of the rows
-- that these lines name; a line is "order_id from upto sums" (pipeline/seal.h).
CREATE TABLE seal (
    audit_id  INTEGER PRIMARY KEY REFERENCES audit,
    list      TEXT    NOT NULL
) STRICT;

CREATE TRIGGER seal_frozen BEFORE UPDATE ON seal
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER seal_kept BEFORE DELETE ON seal
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER stock_move_frozen BEFORE UPDATE ON stock_move
BEGIN SELECT RAISE(ABORT, 'stock moves are append-only'); END;
CREATE TRIGGER stock_move_kept BEFORE DELETE ON stock_move
BEGIN SELECT RAISE(ABORT, 'stock moves are append-only'); END;

-- The last event of the order, and the last stock move, that has its seal.
ALTER TABLE orders ADD COLUMN sealed_seq INTEGER NOT NULL DEFAULT 0;
INSERT INTO counter (name, value) VALUES ('sealed_move', 0);

-- The files of the configuration as the last run read them.
CREATE TABLE config_file (
    name    TEXT PRIMARY KEY,  -- relative to the home
    sha256  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
