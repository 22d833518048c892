-- :name partner_state_get
SELECT breaker, reason, config_sha256, failures, next_ts_us
  FROM partner_state WHERE partner = :partner;

-- :name partner_state_up
INSERT INTO partner_state (partner, last_ok_ts_us) VALUES (:partner, :ts_us)
ON CONFLICT (partner) DO UPDATE
   SET breaker = '', reason = '', failures = 0, next_ts_us = 0, last_ok_ts_us = excluded.last_ok_ts_us;

-- :name partner_state_down
-- breaker is '' for a failure that may pass by itself.
INSERT INTO partner_state (partner, breaker, reason, config_sha256, failures, next_ts_us)
VALUES (:partner, :breaker, :reason, :config_sha256, :failures, :next_ts_us)
ON CONFLICT (partner) DO UPDATE
   SET breaker = excluded.breaker, reason = excluded.reason, config_sha256 = excluded.config_sha256,
       failures = excluded.failures, next_ts_us = excluded.next_ts_us;

---------------------------------------------------------------- collect

-- :name remote_listed
-- The row of a name, size and time that the listing shows again.
UPDATE remote_file SET last_ts_us = :ts_us
 WHERE partner = :partner AND dir = :dir AND name = :name
   AND size_bytes = :size_bytes AND mtime_s = :mtime_s
RETURNING remote_id, state, first_ts_us, fail_ts_us, attempts, next_ts_us, file_id;

-- :name remote_add
INSERT INTO remote_file (remote_id, partner, feed, dir, name, size_bytes, mtime_s, state, first_ts_us, last_ts_us)
VALUES (:remote_id, :partner, :feed, :dir, :name, :size_bytes, :mtime_s, 'seen', :ts_us, :ts_us);

-- :name remote_set
UPDATE remote_file
   SET state = :state, feed = :feed, first_ts_us = :first_ts_us, fail_ts_us = :fail_ts_us,
       attempts = :attempts, next_ts_us = :next_ts_us, file_id = :file_id, code = :code, reason = :reason
 WHERE remote_id = :remote_id;

-- :name remote_gone
-- What the listing of a folder does not show any more, and we never had.
UPDATE remote_file SET state = 'gone'
 WHERE partner = :partner AND dir = :dir AND state IN ('seen', 'stable', 'fetching', 'unstable')
   AND last_ts_us < :ts_us;

-- :name remote_fetched
-- Ours, but perhaps still lying at the partner's.
SELECT remote_id, feed, name, size_bytes, mtime_s, first_ts_us, fail_ts_us, attempts, file_id
  FROM remote_file
 WHERE partner = :partner AND dir = :dir AND state = 'fetched'
 ORDER BY remote_id;

-- :name remote_dead_resolve
-- What was refused or expired has been fetched after all.
UPDATE dead SET state = 'resolved', last_ts_us = :ts_us, resolution = 'fetched'
 WHERE partner = :partner AND key = :key AND kind = 'remote' AND state IN ('open', 'held', 'retried');

---------------------------------------------------------------- deliver

-- :name document_work
-- The || '' keeps SQLite away from the index of all documents there ever were.
SELECT d.doc_id, d.feed, d.type, d.name, d.sha256, d.size_bytes, d.state, d.attempts, d.next_ts_us, d.code,
       COALESCE((SELECT MAX(a.n) FROM attempt a WHERE a.doc_id = d.doc_id), 0)
  FROM document d
 WHERE d.partner || '' = :partner AND d.state IN ('ready', 'sending', 'publishing') AND d.state <> 'sent'
 ORDER BY d.doc_id;

-- :name document_partners
SELECT DISTINCT partner FROM document
 WHERE state IN ('ready', 'sending', 'publishing') AND state <> 'sent'
 ORDER BY partner;

-- :name document_standing
-- What a person must decide; dead ones have their dead letters.
SELECT code, COUNT(*) FROM document
 WHERE state IN ('hold', 'uncertain') AND state <> 'sent'
 GROUP BY code ORDER BY code;

-- :name document_unsent_before
SELECT COUNT(*) FROM document
 WHERE state IN ('pending', 'ready', 'sending', 'publishing', 'uncertain', 'hold', 'dead')
   AND state <> 'sent' AND partner || '' = :partner AND doc_id < :doc_id;

-- :name document_set
UPDATE document
   SET state = :state, attempts = :attempts, next_ts_us = :next_ts_us, code = :code, reason = :reason
 WHERE doc_id = :doc_id;

-- :name attempt_add
INSERT INTO attempt (doc_id, n, started_ts_us, phase) VALUES (:doc_id, :n, :ts_us, :phase);

-- :name attempt_phase
UPDATE attempt SET phase = :phase WHERE doc_id = :doc_id AND n = :n;

-- :name attempt_end
UPDATE attempt SET outcome = :outcome, reason = :reason WHERE doc_id = :doc_id AND n = :n;

-- :name document_find
SELECT state, type, name FROM document WHERE doc_id = :doc_id;

-- :name document_sent
UPDATE document SET state = 'sent', sent_ts_us = :ts_us, next_ts_us = 0, code = '', reason = '',
       answer_due_ts_us = :answer_due_ts_us
 WHERE doc_id = :doc_id AND state <> 'sent';

-- :name document_again
-- What was never written is written first.
UPDATE document SET state = CASE WHEN sha256 = '' THEN 'pending' ELSE 'ready' END, attempts = 0, next_ts_us = 0, code = '', reason = ''
 WHERE doc_id = :doc_id;

-- :name document_dead_resolve
UPDATE dead SET state = 'resolved', last_ts_us = :ts_us, resolution = :resolution
 WHERE kind = 'document' AND doc_id = :doc_id AND state IN ('open', 'held', 'retried');

-- :name sent_parts
-- What a shipping order moves, order by order, with the last of its history.
SELECT p.order_id, p.part_no, p.qty, p.release_key,
       (SELECT COALESCE(MAX(r.seq), 0) FROM release_status r
         WHERE r.order_id = p.order_id AND r.part_no = p.part_no)
  FROM shipment s
  JOIN part p ON p.order_id = s.order_id AND p.shipment_key = s.shipment_key
 WHERE s.wms_doc_id = :doc_id AND p.status = :from_status
 ORDER BY p.order_id, p.part_no;

-- :name sent_status_past
UPDATE release_status SET status_quantity = 0
 WHERE order_id = :order_id AND part_no = :part_no AND seq = :seq;

-- :name sent_status_now
-- one_current_release refuses it when something else was current.
INSERT INTO release_status (order_id, part_no, seq, release_key, status, status_quantity, qty, ts_us)
VALUES (:order_id, :part_no, :seq, :release_key, :to_status, :qty, :qty, :ts_us);
