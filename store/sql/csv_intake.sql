-- :name intake_file
-- When the file came the last time, its rejects so far, and whether its
-- partner has dead letters that a row of it may repair.
SELECT COALESCE((SELECT MAX(o.ts_us) FROM file_occurrence o WHERE o.file_id = f.file_id),
                f.received_ts_us),
       f.rejected,
       CASE WHEN EXISTS (SELECT 1 FROM dead d
                          WHERE d.partner = f.partner
                            AND d.state IN ('open', 'held', 'retried'))
            THEN 1 ELSE 0 END
  FROM file f
 WHERE f.file_id = :file_id;

-- :name intake_record
-- A file read again keeps what it applied before.
INSERT INTO record (file_id, record_no, byte_off, byte_len, line_no, key, state, note)
VALUES (:file_id, :record_no, :byte_off, :byte_len, :line_no, :key, :state, :note)
ON CONFLICT (file_id, record_no) DO NOTHING;
