-- 0003: the desk of dead letters: who cares for one, and its mended versions.

ALTER TABLE dead ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE dead ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- How often runs tried it by themselves, a night each; the business date of
-- the last such try, or of its making; 1 while such a try is under way.
ALTER TABLE dead ADD COLUMN nights INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead ADD COLUMN night TEXT NOT NULL DEFAULT '';
ALTER TABLE dead ADD COLUMN by_night INTEGER NOT NULL DEFAULT 0;

-- The bytes of a dead letter, each time they changed.  dead.sha256 is those
-- of the last one; the first, as they came, never change.
CREATE TABLE dead_version (
    dead_id  INTEGER NOT NULL REFERENCES dead,
    version  INTEGER NOT NULL,  -- from 1
    parent   INTEGER NOT NULL,  -- the version it was made of; 0 for the first
    sha256   TEXT    NOT NULL,  -- in spool/blob
    actor    TEXT    NOT NULL,  -- run:17, or who edited it
    ts_us    INTEGER NOT NULL,
    note     TEXT    NOT NULL,
    PRIMARY KEY (dead_id, version)
) STRICT, WITHOUT ROWID;

INSERT INTO dead_version (dead_id, version, parent, sha256, actor, ts_us, note)
SELECT dead_id, 1, 0, sha256, 'run:0', first_ts_us, 'as it came'
  FROM dead WHERE sha256 <> '';

CREATE TRIGGER dead_version_frozen BEFORE UPDATE ON dead_version
BEGIN SELECT RAISE(ABORT, 'versions of dead letters are append-only'); END;
CREATE TRIGGER dead_version_kept BEFORE DELETE ON dead_version
BEGIN SELECT RAISE(ABORT, 'versions of dead letters are append-only'); END;
