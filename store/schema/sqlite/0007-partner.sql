-- 0007: what a partner's server can do, as oms check --probe-write found it.

CREATE TABLE partner_capability (
    partner  TEXT    NOT NULL,
    name     TEXT    NOT NULL,  -- rename_onto_existing, host_key, ...
    value    TEXT    NOT NULL,
    ts_us    INTEGER NOT NULL,  -- when it was first found so
    PRIMARY KEY (partner, name)
) STRICT, WITHOUT ROWID;
