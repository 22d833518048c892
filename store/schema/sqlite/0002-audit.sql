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
