-- 0005: personal data at rest: sealed values, and what finds and guards them.
--
-- Sealed texts ("enc1:...", base/seal.h) stand in the columns they always
-- stood in: customer_name and customer_email of orders; name, company,
-- address1, address2 and phone of ship_group.  A guest's customer_key is
-- "guest:#" and a keyed hash of the address.

-- By which an order is found without being read: keyed hashes of its e-mail,
-- names and phones.  The kind is part of what is hashed.  Three rows an order,
-- all over the tree: so they are short, and have no other index.
CREATE TABLE search_hash (
    hash      INTEGER NOT NULL,  -- 63 bits
    order_id  INTEGER NOT NULL,
    PRIMARY KEY (hash, order_id)
) STRICT, WITHOUT ROWID;

-- Card numbers made unreadable before the file was stored.
ALTER TABLE file ADD COLUMN cards INTEGER NOT NULL DEFAULT 0;

-- The keys whose work is in this database: all of them must be in the ring.
CREATE TABLE personal_key (
    key_id       TEXT PRIMARY KEY,  -- 8 hex digits
    state        TEXT    NOT NULL CHECK (state IN ('current', 'old')),
    done         INTEGER NOT NULL CHECK (done IN (0, 1)),  -- current: all is sealed with it
    since_ts_us  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What concerns security and no order.  Append-only.
CREATE TABLE security_event (
    event_no  INTEGER PRIMARY KEY,
    ts_us     INTEGER NOT NULL,
    kind      TEXT    NOT NULL,  -- cards_scrubbed, key_made, key_rotated
    actor     TEXT    NOT NULL,
    partner   TEXT    NOT NULL DEFAULT '',
    file_id   INTEGER,
    count     INTEGER NOT NULL DEFAULT 0,
    detail    TEXT    NOT NULL DEFAULT ''
) STRICT;
INSERT INTO counter (name, value) VALUES ('security_event', 0);
