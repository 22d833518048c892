-- :name report_open_dead
SELECT partner, code, COUNT(*) AS count, MIN(dead_id) AS first_id FROM dead
 WHERE state IN ('open', 'held') GROUP BY partner, code ORDER BY partner, code;

-- :name report_open_holds
SELECT h.type, h.code, COUNT(*) AS count, MIN(o.order_no) AS first_order
  FROM hold h JOIN orders o ON o.order_id = h.order_id
 WHERE h.state = 'open' GROUP BY h.type, h.code ORDER BY h.type, h.code;

-- :name report_documents_waiting
SELECT doc_id, partner, state, code, reason, name FROM document
 WHERE state <> 'sent' AND (state IN ('uncertain', 'hold', 'dead') OR code <> '') ORDER BY doc_id;

-- :name report_breakers
SELECT partner, breaker AS code, reason FROM partner_state WHERE breaker <> '' ORDER BY partner;

-- :name report_invoiced
-- What was invoiced and credited by documents of the accountants in this run.
SELECT i.currency, i.kind, COUNT(*) AS count, SUM(i.total_minor) AS total_minor
  FROM invoice i WHERE i.issued_ts_us = :ts_us GROUP BY i.currency, i.kind ORDER BY 1, 2;

-- :name report_files
SELECT partner, feed, COUNT(*) AS files, SUM(records) AS records, SUM(applied) AS applied,
       SUM(duplicates) AS duplicates, SUM(rejected) AS rejected
  FROM file WHERE ingested_ts_us = :ts_us GROUP BY partner, feed ORDER BY partner, feed;

-- :name report_documents
SELECT partner, type, name, state, items FROM document WHERE run_id = :run_id ORDER BY doc_id;
