-- 0006: copies that were made of the home, and copies that it was made from.

INSERT INTO counter (name, value) VALUES ('backup', 0), ('restore', 0);

-- A copy that was made and proved.
CREATE TABLE backup (
    backup_id   INTEGER PRIMARY KEY,
    place       TEXT    NOT NULL,  -- the folder
    name        TEXT    NOT NULL,  -- 20260328T020000Z
    ts_us       INTEGER NOT NULL,
    pieces      INTEGER NOT NULL,
    size_bytes  INTEGER NOT NULL,
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1))
) STRICT;

-- This database came out of a backup.  Until it is reconciled nothing is sent.
CREATE TABLE restore (
    restore_id        INTEGER PRIMARY KEY,
    backup            TEXT    NOT NULL,  -- its name
    backup_ts_us      INTEGER NOT NULL,
    ts_us             INTEGER NOT NULL,
    doc_id            INTEGER NOT NULL,  -- the last one the backup knew
    reconciled_ts_us  INTEGER,
    outcome           TEXT    NOT NULL DEFAULT ''  -- reconciled, forced
) STRICT;
CREATE INDEX restore_open ON restore (restore_id) WHERE reconciled_ts_us IS NULL;

-- Every content in spool/blob that the database names, and what names it;
-- its size is -1 where it is not noted.  Backup and fsck go by this.
CREATE VIEW stored (sha256, size_bytes, named_by) AS
SELECT sha256, size_bytes, 'file ' || file_id FROM file
 UNION ALL
SELECT sha256, size_bytes, 'document ' || doc_id FROM document WHERE sha256 <> ''
 UNION ALL
SELECT sha256, -1, 'dead letter ' || dead_id FROM dead WHERE sha256 <> ''
 UNION ALL
SELECT sha256, -1, 'dead letter ' || dead_id FROM dead_version;
