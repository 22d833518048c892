-- What watches the data: findings, feeds, stuck orders, overdue answers, and
-- the windows of jobs.

---------------------------------------------------------------- findings

-- :name finding_again
UPDATE finding SET text = :text, last_ts_us = :ts_us, last_run_id = :run_id
 WHERE code = :code AND object = :object AND state = 'open';

-- :name finding_add
INSERT INTO finding (finding_id, code, object, partner, text, first_ts_us, last_ts_us, last_run_id, state)
VALUES (:finding_id, :code, :object, :partner, :text, :ts_us, :ts_us, :run_id, 'open');

-- :name finding_adopt
UPDATE finding SET last_run_id = :run_id
 WHERE code = :code AND state = 'open' AND last_run_id = 0;

-- :name finding_clear
-- What this run looked for and did not find any more.
UPDATE finding SET state = 'cleared', cleared_ts_us = :ts_us
 WHERE code = :code AND state = 'open' AND last_run_id <> :run_id;

-- :name finding_clear_one
UPDATE finding SET state = 'cleared', cleared_ts_us = :ts_us
 WHERE code = :code AND object = :object AND state = 'open';

-- :name finding_is_open
SELECT 1 FROM finding WHERE code = :code AND (:object = '' OR object = :object) AND state = 'open';

-- :name finding_of_code
SELECT object, text, partner FROM finding WHERE code = :code AND state = 'open' ORDER BY object;

-- :name finding_list
SELECT finding_id AS id, state, code, object, partner, text, first_ts_us, last_ts_us, cleared_ts_us
  FROM finding WHERE state = 'open' ORDER BY code, object;

---------------------------------------------------------------- feeds

-- :name watch_feed_files
-- The newest first, and when each was last sent.  Mended dead letters are not
-- the partner's.
SELECT f.file_id, f.name, f.size_bytes, f.state, f.records,
       COALESCE((SELECT MAX(o.ts_us) FROM file_occurrence o WHERE o.file_id = f.file_id), f.received_ts_us)
  FROM file f
 WHERE f.partner = :partner AND f.feed = :feed AND COALESCE(f.parent_dead_id, 0) = 0
 ORDER BY f.file_id DESC LIMIT :rows;

-- :name watch_since
-- When this home began to be looked after.
SELECT COALESCE(MIN(started_ts_us), 0) FROM run WHERE run_id = 1;

---------------------------------------------------------------- orders

-- :name watch_stuck
-- "< 3900" says again what the index holds, so that it is used.
SELECT COUNT(*), MIN(label_ts_us) FROM orders
 WHERE label = :label AND label_ts_us < :before_us AND status_min < 3900;

-- :name watch_stuck_orders
SELECT order_no AS id, label AS state, 'order.stuck' AS code, order_no, channel, label, customer_no,
       customer_name, customer_email, order_ts_us, currency, total_minor, label_ts_us AS since_ts_us
  FROM orders
 WHERE label = :label AND label_ts_us < :before_us AND status_min < 3900
 ORDER BY label_ts_us, order_id LIMIT :rows;

---------------------------------------------------------------- answers

-- :name watch_answers
-- Documents whose answer is overdue, with what is still open of them.
SELECT d.doc_id, d.partner, d.type, d.name, d.sent_ts_us,
       CASE WHEN d.type = 'payment.capture_request'
            THEN (SELECT COUNT(*) FROM charge c WHERE c.doc_id = d.doc_id AND c.state = 'requested')
            ELSE (SELECT COUNT(*) FROM shipment s
                   WHERE s.wms_doc_id = d.doc_id AND s.status <> 'CANCELLED' AND s.shipped_ts_us IS NULL)
       END
  FROM document d
 WHERE d.answer_due_ts_us IS NOT NULL AND d.answer_due_ts_us <= :ts_us
 ORDER BY d.doc_id;

-- :name watch_answered
UPDATE document SET answer_due_ts_us = NULL WHERE doc_id = :doc_id;

-- :name watch_uncertain
SELECT doc_id, partner, name FROM document
 WHERE state <> 'sent' AND state = 'uncertain' ORDER BY doc_id;

---------------------------------------------------------------- windows

-- :name window_begin
INSERT INTO run_window (job, business_date, at, zone, due_ts_us, state, run_id)
VALUES (:job, :business_date, :at, :zone, :due_ts_us, 'running', :run_id)
ON CONFLICT (job, business_date, at) DO UPDATE
   SET state = 'running', run_id = excluded.run_id, zone = excluded.zone, due_ts_us = excluded.due_ts_us;

-- :name window_end
UPDATE run_window SET state = :state WHERE run_id = :run_id AND state = 'running';

-- :name window_crashed
-- We hold the lock of the home: whoever served these is dead.
UPDATE run_window SET state = 'due' WHERE state = 'running' AND run_id IS NOT NULL;

-- :name window_miss
INSERT INTO run_window (job, business_date, at, zone, due_ts_us, state)
VALUES (:job, :business_date, :at, :zone, :due_ts_us, 'missed')
ON CONFLICT (job, business_date, at) DO UPDATE SET state = 'missed';

-- :name window_get
SELECT state, COALESCE(run_id, 0) FROM run_window
 WHERE job = :job AND business_date = :business_date AND at = :at;

-- :name window_last
-- The last that was served, and when that began.
SELECT w.due_ts_us, r.started_ts_us FROM run_window w JOIN run r ON r.run_id = w.run_id
 WHERE w.job = :job AND w.state IN ('running', 'done', 'partial')
 ORDER BY w.due_ts_us DESC LIMIT 1;

-- :name window_list
SELECT w.job || ' ' || w.business_date || ' ' || w.at AS id, w.state, '' AS code, w.job, w.business_date,
       w.at, w.zone, w.due_ts_us, w.run_id, r.started_ts_us, r.ended_ts_us
  FROM run_window w LEFT JOIN run r ON r.run_id = w.run_id
 WHERE w.job = :job ORDER BY w.due_ts_us DESC LIMIT :rows;
