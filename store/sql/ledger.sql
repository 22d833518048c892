-- The ledger of what came in and what went out: nothing may be missing.
-- A difference is a row: what it concerns, and what is wrong.

-- :name ledger_files
-- Those that one run read, by its time; 0 any.  Those of a business date; ''
-- any.  One file; 0 any.  A mended dead letter is a file too.
SELECT f.file_id, f.partner, f.feed, f.type, f.name, f.state, f.records, f.applied, f.duplicates, f.rejected,
       COALESCE(f.parent_dead_id, 0)
  FROM file f
 WHERE (:ts_us = 0 OR f.ingested_ts_us = :ts_us)
   AND (:file_id = 0 OR f.file_id = :file_id)
   AND (:night = '' OR EXISTS (SELECT 1 FROM run r
                                WHERE r.started_ts_us = f.ingested_ts_us AND r."window" = :night))
 ORDER BY f.file_id;

-- :name ledger_records
-- By outcome and currency.  A dead letter that was mended since has moved
-- from rejected to applied, and its money is that of the order it became.  A
-- set that is worth nothing, an acknowledgement, is "-".
SELECT CASE WHEN r.state = 'applied' OR r.state = 'revision' THEN 'applied'
            WHEN r.state = 'duplicate' THEN 'duplicate'
            WHEN COALESCE((SELECT d.state FROM dead d
                            WHERE d.file_id = r.file_id AND d.record_no = r.record_no AND d.kind = 'record'),
                          (SELECT d.state FROM file f JOIN dead d ON d.dead_id = f.parent_dead_id
                            WHERE f.file_id = r.file_id), '') = 'resolved'
            THEN 'applied' ELSE 'rejected' END AS outcome,
       COALESCE(r.currency, CASE WHEN r.state = 'rejected' THEN
                (SELECT MIN(o.currency) FROM orders o WHERE o.order_no = r.key AND r.key <> '') END,
                CASE WHEN :is_trade = 1 AND NOT (r.state = 'rejected' AND EXISTS (
                          SELECT 1 FROM edi_in_set s
                           WHERE s.file_id = r.file_id AND s.record_no = r.record_no
                             AND s.type IN ('850', 'ORDERS', '860', 'ORDCHG'))) THEN '-' END, '') AS money,
       COUNT(*),
       SUM(COALESCE(r.total_minor, CASE WHEN r.state = 'rejected' THEN
                (SELECT MIN(o.total_minor) FROM orders o WHERE o.order_no = r.key AND r.key <> '') END, 0))
  FROM record r WHERE r.file_id = :file_id
 GROUP BY outcome, money ORDER BY outcome, money;

-- :name ledger_lost_rejects
-- What is refused of a mended dead letter stays that dead letter.
SELECT 'file ' || r.file_id || ' record ' || r.record_no,
       'it was refused, and there is no dead letter of it'
  FROM record r
 WHERE r.file_id = :file_id AND (r.state = 'rejected' OR r.state = 'conflict')
   AND NOT EXISTS (SELECT 1 FROM dead d
                    WHERE d.file_id = r.file_id AND d.record_no = r.record_no AND d.kind = 'record')
   AND NOT EXISTS (SELECT 1 FROM file f JOIN dead d ON d.dead_id = f.parent_dead_id
                    WHERE f.file_id = r.file_id)
 ORDER BY r.record_no;

-- :name ledger_lost_orders
-- An order that has not been replaced since is worth what its record says.
-- Among sets only orders and their changes are looked for.
SELECT 'file ' || r.file_id || ' record ' || r.record_no,
       CASE WHEN o.order_id IS NULL THEN 'it was applied, and there is no order ' || r.key
            ELSE 'order ' || r.key || ' is worth ' || o.total_minor || ' ' || o.currency || ', its record said '
                 || r.total_minor || ' ' || r.currency || ' (in minor units)' END
  FROM record r
  LEFT JOIN orders o ON o.order_no = r.key
 WHERE r.file_id = :file_id AND (r.state = 'applied' OR r.state = 'revision')
   AND (o.order_id IS NULL
        OR (o.file_id = r.file_id AND o.record_no = r.record_no AND r.total_minor IS NOT NULL
            AND (o.total_minor <> r.total_minor OR o.currency <> r.currency)))
   AND (NOT EXISTS (SELECT 1 FROM edi_in e WHERE e.file_id = r.file_id)
        OR EXISTS (SELECT 1 FROM edi_in_set s
                    WHERE s.file_id = r.file_id AND s.record_no = r.record_no
                      AND s.type IN ('850', 'ORDERS', '860', 'ORDCHG')))
 ORDER BY r.record_no;

-- :name ledger_journals
-- What each journal lists and what it counted, by currency.  :run_id 0: all.
SELECT d.doc_id, d.partner, d.name, t.currency, t.entries, t.debit_minor, t.credit_minor,
       (SELECT COUNT(*) FROM invoice i WHERE i.journal_doc_id = d.doc_id AND i.currency = t.currency),
       (SELECT COALESCE(SUM(i.total_minor), 0) FROM invoice i
         WHERE i.journal_doc_id = d.doc_id AND i.currency = t.currency)
  FROM document d JOIN document_total t ON t.doc_id = d.doc_id
 WHERE d.type = 'accounting.invoice_journal'
   AND (:run_id = 0 OR d.run_id = :run_id) AND (:night = '' OR d."window" = :night)
 ORDER BY d.doc_id, t.currency;

-- :name ledger_orders
-- Every order is open, completed or cancelled.
SELECT currency AS id, 'ok' AS state, '' AS code, currency, COUNT(*) AS orders, SUM(total_minor) AS total_minor,
       SUM(CASE WHEN status_min < 3900 THEN 1 ELSE 0 END) AS open,
       SUM(CASE WHEN status_min BETWEEN 3900 AND 8999 THEN 1 ELSE 0 END) AS completed,
       SUM(CASE WHEN status_min >= 9000 THEN 1 ELSE 0 END) AS cancelled
  FROM orders GROUP BY currency ORDER BY currency;

-- :name ledger_lost_parts
-- An order that is at rest under a status that none of its parts has.
SELECT 'order ' || o.order_no, 'it counts as ' || o.label || ', its parts do not'
  FROM orders o
 WHERE o.touched = 0
   AND NOT EXISTS (SELECT 1 FROM part p WHERE p.order_id = o.order_id AND p.status = o.status_max)
 ORDER BY o.order_id;

-- :name ledger_strangers
-- Orders that no record brought.
SELECT 'order ' || o.order_no, 'no record of a file brought it'
  FROM orders o
 WHERE NOT EXISTS (SELECT 1 FROM record r
                    WHERE r.file_id = o.file_id AND r.record_no = o.record_no
                      AND (r.state = 'applied' OR r.state = 'revision'))
 ORDER BY o.order_id;
