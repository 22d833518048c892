-- :name backup_blobs
-- Every blob that something of ours names; -1 when its size is not noted.
SELECT sha256, MAX(size_bytes) FROM stored GROUP BY sha256 ORDER BY sha256;

-- :name backup_last_run
SELECT COALESCE(MAX(run_id), 0) FROM run;

-- :name backup_add
INSERT INTO backup (backup_id, place, name, ts_us, pieces, size_bytes, sealed)
VALUES (:backup_id, :place, :name, :ts_us, :pieces, :size_bytes, :sealed);

-- :name backup_last
SELECT place, name, ts_us FROM backup ORDER BY backup_id DESC LIMIT 1;

-- :name restore_add
INSERT INTO restore (restore_id, backup, backup_ts_us, ts_us, doc_id)
VALUES (:restore_id, :backup, :backup_ts_us, :ts_us,
        (SELECT value FROM counter WHERE name = 'document'));

-- :name restore_open
SELECT restore_id, backup, backup_ts_us, ts_us, doc_id FROM restore
 WHERE reconciled_ts_us IS NULL ORDER BY restore_id DESC LIMIT 1;

-- :name restore_end
UPDATE restore SET reconciled_ts_us = :ts_us, outcome = :outcome
 WHERE reconciled_ts_us IS NULL;

-- :name restore_doubt
-- It lay in our outbox then; since then the partner may have taken it.
UPDATE document SET state = 'uncertain', code = :code, reason = :reason
 WHERE partner = :partner AND name = :name AND state = 'sent';

---------------------------------------------------------------- reconcile

-- :name reconcile_unsent
-- What the restored database thinks it has still to send.
SELECT doc_id, partner, feed, type, name, sha256, size_bytes, state, code
  FROM document
 WHERE state IN ('pending', 'ready', 'sending', 'publishing', 'uncertain') AND state <> 'sent'
 ORDER BY doc_id;

-- :name reconcile_known_name
SELECT doc_id FROM document WHERE partner = :partner AND name = :name;

-- :name reconcile_known_file
-- A file of that partner under that id, seen by that name.
SELECT f.file_id FROM file f
 WHERE f.file_id = :file_id AND f.partner = :partner
   AND EXISTS (SELECT 1 FROM file_occurrence o WHERE o.file_id = f.file_id AND o.name = :name);

-- :name reconcile_known_remote
-- What we have of that listing; a file that was only seen, we have not.
SELECT remote_id FROM remote_file
 WHERE partner = :partner AND dir = :dir AND name = :name AND size_bytes = :size_bytes
   AND mtime_s = :mtime_s AND file_id IS NOT NULL;

-- :name reconcile_last_file
SELECT value FROM counter WHERE name = 'file';

-- :name reconcile_conflicts
-- Other bytes lie there under its name.
SELECT COUNT(*) FROM document WHERE state = 'hold' AND code = 'deliver.conflict';

-- :name reconcile_max_number
-- A number once given at a partner's is never given again.
INSERT INTO document_counter (partner, type, value) VALUES (:partner, :type, :value)
    ON CONFLICT (partner, type) DO UPDATE SET value = excluded.value
 WHERE document_counter.value < excluded.value;

-- :name reconcile_counter
UPDATE counter SET value = :value WHERE value < :value AND name = :name;

-- :name reconcile_doubt
UPDATE document SET state = 'uncertain', code = :code, reason = :reason, next_ts_us = 0
 WHERE doc_id = :doc_id AND state <> 'sent';

-- :name reconcile_conflict
UPDATE document SET state = 'hold', code = :code, reason = :reason, next_ts_us = 0
 WHERE doc_id = :doc_id AND state <> 'sent';

-- :name reconcile_answered
-- The partner has answered something that stands in it, so it has it.
SELECT d.doc_id FROM document d
 WHERE d.doc_id = :doc_id
   AND (EXISTS (SELECT 1 FROM shipment s JOIN shipment_line l ON l.shipment_key = s.shipment_key
                 WHERE s.wms_doc_id = d.doc_id AND (l.quantity > 0 OR l.closed IS NOT NULL))
     OR EXISTS (SELECT 1 FROM charge c
                 WHERE c.doc_id = d.doc_id AND c.answer_ts_us IS NOT NULL));

-- :name reconcile_remote_add
-- We had it, and it was moved away in the time that was lost.
INSERT INTO remote_file (remote_id, partner, feed, dir, name, size_bytes, mtime_s, state, first_ts_us, last_ts_us, file_id)
VALUES (:remote_id, :partner, :feed, :dir, :name, :size_bytes, :mtime_s, 'archived', :ts_us, :ts_us, :file_id)
    ON CONFLICT (partner, dir, name, size_bytes, mtime_s) DO UPDATE
   SET state = 'archived', file_id = excluded.file_id;

-- :name reconcile_work
-- Is something there that the lost time may have worked on?
SELECT COUNT(*) FROM file WHERE state IN ('new', 'ingesting');

-- :name reconcile_uncertain
SELECT COUNT(*) FROM document WHERE state IN ('uncertain', 'hold') AND state <> 'sent';

---------------------------------------------------------------- fsck

-- :name fsck_blobs
-- As backup_blobs, with what names it.
SELECT sha256, MAX(size_bytes), MIN(named_by) FROM stored GROUP BY sha256 ORDER BY sha256;

-- :name fsck_blob_named
SELECT 1 FROM stored WHERE sha256 = :sha256 LIMIT 1;

-- :name fsck_states
-- States that cannot be: what concerns it, and what is wrong.
SELECT 'document ' || doc_id, 'it is ' || state || ' and has no bytes' FROM document
 WHERE state IN ('ready', 'sending', 'publishing', 'sent') AND (sha256 = '' OR size_bytes <= 0)
UNION ALL
SELECT 'document ' || doc_id, 'it is sent and has no time of it' FROM document
 WHERE state = 'sent' AND sent_ts_us IS NULL
UNION ALL
SELECT 'file ' || file_id, 'it is ' || state || ', its ' || records || ' records end before record ' || next_record
  FROM file WHERE state = 'ingested' AND next_record <> records + 1
   AND type NOT LIKE 'ref.%'
UNION ALL
SELECT 'file ' || file_id, 'it is new and records of it were read' FROM file
 WHERE state = 'new' AND records > 0
UNION ALL
SELECT 'run ' || run_id, 'it ended and has no time of it' FROM run
 WHERE state NOT IN ('running', 'crashed') AND ended_ts_us IS NULL
UNION ALL
SELECT 'dead letter ' || dead_id, 'the file that it is about is ' || f.state
  FROM dead d JOIN file f ON f.file_id = d.file_id
 WHERE d.kind = 'file' AND d.state = 'open' AND f.state NOT IN ('dead', 'ingested', 'closed');

-- :name fsck_counters
-- A counter that has fallen behind would give a key twice.
SELECT k.name, 'the counter stands at ' || c.value || ', the highest key is ' || k.highest
  FROM (SELECT 'run' AS name, COALESCE(MAX(run_id), 0) AS highest FROM run
        UNION ALL SELECT 'file', COALESCE(MAX(file_id), 0) FROM file
        UNION ALL SELECT 'dead', COALESCE(MAX(dead_id), 0) FROM dead
        UNION ALL SELECT 'order', COALESCE(MAX(order_id), 0) FROM orders
        UNION ALL SELECT 'document', COALESCE(MAX(doc_id), 0) FROM document
        UNION ALL SELECT 'charge', COALESCE(MAX(charge_id), 0) FROM charge
        UNION ALL SELECT 'remote', COALESCE(MAX(remote_id), 0) FROM remote_file
        UNION ALL SELECT 'audit', COALESCE(MAX(audit_id), 0) FROM audit
        UNION ALL SELECT 'stock_move', COALESCE(MAX(move_id), 0) FROM stock_move) k
  JOIN counter c ON c.name = k.name
 WHERE c.value < k.highest
UNION ALL
SELECT 'documents of ' || d.partner, d.type || ': the counter stands at ' || COALESCE(MAX(c.value), 0)
       || ', the highest number is ' || MAX(d.doc_no)
  FROM document d
  LEFT JOIN document_counter c ON c.partner = d.partner AND c.type = d.type
 GROUP BY d.partner, d.type
HAVING COALESCE(MAX(c.value), 0) < MAX(d.doc_no);

-- :name fsck_views
-- What must lie in deadletter/: every open dead letter with bytes.
SELECT partner, name, dead_id FROM dead
 WHERE state IN ('open', 'held') AND sha256 <> '' ORDER BY dead_id;

-- :name fsck_unsent
-- What must lie in outbox/ of a partner far away: written, and not sent yet.
SELECT partner, name, doc_id FROM document
 WHERE state IN ('ready', 'sending', 'publishing', 'uncertain', 'hold', 'dead')
   AND state <> 'sent' AND sha256 <> ''
 ORDER BY doc_id;
