-- X12 and EDIFACT: what came in and was decided of it, what is answered, what
-- went out and is waited for.

---------------------------------------------------------------- out

-- :name edi_out_number
-- A rollback gives the number back; after the last one comes the first.
INSERT INTO edi_counter (partner, env, kind, value)
VALUES (:partner, :env, :kind, :first)
    ON CONFLICT (partner, env, kind) DO UPDATE
   SET value = CASE WHEN edi_counter.value >= :last OR edi_counter.value < :first
                    THEN :first ELSE edi_counter.value + 1 END
RETURNING value;

-- :name edi_out_skip
-- After a restore, for a document that is the partner's and is not known here.
UPDATE edi_counter SET value = value + 1 WHERE partner = :partner;

-- :name edi_out_add
INSERT INTO edi_out (doc_id, partner, standard, is_test, interchange_no, group_no, group_code, set_type, expects, ack)
VALUES (:doc_id, :partner, :standard, :is_test, :interchange_no, :group_no, :group_code, :set_type, :expects, :ack);

-- :name edi_out_get
SELECT partner, interchange_no, group_no, standard, set_type, ack, is_test FROM edi_out WHERE doc_id = :doc_id;

-- :name edi_out_due
UPDATE edi_out SET due_ts_us = :ts_us WHERE doc_id = :doc_id;

---------------------------------------------------------------- our answers

-- :name edi_take_ta1
UPDATE edi_in
   SET ack = 'given', doc_id = :doc_id
 WHERE (file_id, ix_no) IN (
       SELECT i.file_id, i.ix_no FROM edi_in i
        WHERE i.ack = 'due' AND i.partner = :partner AND i.standard = 'x12'
        ORDER BY i.file_id, i.ix_no
        LIMIT :max);

-- :name edi_take_interchanges
UPDATE edi_in
   SET ack = 'given', doc_id = :doc_id
 WHERE (file_id, ix_no) IN (
       SELECT i.file_id, i.ix_no FROM edi_in i
        WHERE i.ack = 'due' AND i.partner = :partner AND i.standard = 'edifact'
        ORDER BY i.file_id, i.ix_no
        LIMIT :max);

-- :name edi_take_groups
UPDATE edi_in_group
   SET ack = 'given', doc_id = :doc_id
 WHERE (file_id, ix_no, group_no) IN (
       SELECT g.file_id, g.ix_no, g.group_no
         FROM edi_in_group g
         JOIN edi_in i ON i.file_id = g.file_id AND i.ix_no = g.ix_no
        WHERE g.ack = 'due' AND i.partner = :partner
        ORDER BY g.file_id, g.ix_no, g.group_no
        LIMIT :max);

-- :name edi_out_sets_ack
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, ROW_NUMBER() OVER (ORDER BY g.file_id, g.ix_no, g.group_no), :type, g.code || ' ' || g.control
  FROM edi_in_group g WHERE g.doc_id = :doc_id;

-- :name edi_out_sets_contrl
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, ROW_NUMBER() OVER (ORDER BY i.file_id, i.ix_no), :type, 'interchange ' || i.control
  FROM edi_in i WHERE i.doc_id = :doc_id;

-- :name edi_ack_interchanges
-- Those that a TA1 of the document answers.
SELECT i.file_id, i.ix_no, i.standard, i.sender, i.receiver, i.control, i.version, i.date, i.time, i.is_test,
       i.head, i.delimiters, i.group_count, i.verdict, i.ta105, i.contrl
  FROM edi_in i WHERE i.doc_id = :doc_id
 ORDER BY i.file_id, i.ix_no;

-- :name edi_ack_groups
-- What the document answers, with its interchange.  One without a group has
-- NULLs instead.
SELECT i.file_id, i.ix_no, i.standard, i.sender, i.receiver, i.control, i.version, i.date, i.time, i.is_test,
       i.head, i.delimiters, i.group_count, i.verdict, i.ta105, i.contrl,
       g.group_no, g.is_implied, g.code, g.sender, g.receiver, g.control, g.version, g.sets_said, g.sets_received,
       g.sets_accepted, g.verdict, g.codes, g.contrl
  FROM (SELECT file_id, ix_no, group_no FROM edi_in_group WHERE doc_id = :doc_id
        UNION ALL
        SELECT j.file_id, j.ix_no, k.group_no
          FROM edi_in j LEFT JOIN edi_in_group k ON k.file_id = j.file_id AND k.ix_no = j.ix_no
         WHERE j.doc_id = :doc_id) x
  JOIN edi_in i ON i.file_id = x.file_id AND i.ix_no = x.ix_no
  LEFT JOIN edi_in_group g ON g.file_id = x.file_id AND g.ix_no = x.ix_no AND g.group_no = x.group_no
 ORDER BY i.file_id, i.ix_no, g.group_no;

-- :name edi_ack_sets
SELECT set_no, type, control, version, segments, verdict, codes, contrl
  FROM edi_in_set
 WHERE file_id = :file_id AND ix_no = :ix_no AND group_no = :group_no
 ORDER BY set_no;

-- :name edi_ack_findings
SELECT n, fault, severity, segment, segment_no, loop, element, component, repetition, element_id, value
  FROM edi_in_finding
 WHERE file_id = :file_id AND ix_no = :ix_no AND group_no = :group_no AND set_no = :set_no
 ORDER BY n;

---------------------------------------------------------------- in

-- :name edi_in_known
-- The number came before and something of it was taken; the last one.  A mended
-- letter has the number of the interchange it came in, and other bytes.
SELECT file_id, sha256 FROM edi_in
 WHERE partner = :partner AND control = :control AND received_ts_us >= :since_us
   AND sender = :sender AND receiver = :receiver AND is_test = :is_test
   AND verdict <> 'R' AND file_id <> :file_id
   AND NOT EXISTS (SELECT 1 FROM file f JOIN dead d ON d.dead_id = f.parent_dead_id
                    WHERE f.file_id = edi_in.file_id AND d.kind = 'record' AND d.file_id <> f.file_id)
 ORDER BY received_ts_us DESC, file_id DESC LIMIT 1;

-- :name edi_in_repair
-- The file is a mended set, or it is mended and came before with an interchange
-- that was read.  One that died whole was never answered.
SELECT d.dead_id FROM file f JOIN dead d ON d.dead_id = f.parent_dead_id
 WHERE f.file_id = :file_id
   AND (d.kind = 'record'
        OR (d.file_id <> f.file_id AND EXISTS (SELECT 1 FROM edi_in i WHERE i.file_id = d.file_id)));

-- :name edi_dead_resolve
-- What is about an order that is not known, a cancellation, is not settled by
-- the order; a conflict is for a person.
UPDATE dead SET state = 'resolved', by_night = 0, last_ts_us = :ts_us, resolution = :resolution
 WHERE partner = :partner AND key = :key AND state IN ('open', 'held', 'retried')
   AND code NOT IN ('data.reference', 'order.conflict')
   AND EXISTS (SELECT 1 FROM edi_in_set s
                WHERE s.file_id = dead.file_id AND s.record_no = dead.record_no AND s.type = :type);

-- :name edi_in_add
INSERT INTO edi_in (file_id, ix_no, partner, standard, sender, receiver, control, version, date, time, is_test, head,
                    delimiters, byte_off, byte_len, sha256, received_ts_us, group_count, verdict, ta105, contrl, ack)
VALUES (:file_id, :ix_no, :partner, :standard, :sender, :receiver, :control, :version, :date, :time, :is_test, :head,
        :delimiters, :byte_off, :byte_len, :sha256, :received_ts_us, :group_count, :verdict, :ta105, :contrl, :ack)
ON CONFLICT (file_id, ix_no) DO NOTHING;

-- :name edi_in_group_add
INSERT INTO edi_in_group (file_id, ix_no, group_no, is_implied, code, sender, receiver, control, version, sets_said,
                          sets_received, sets_accepted, verdict, codes, contrl, ack)
VALUES (:file_id, :ix_no, :group_no, :is_implied, :code, :sender, :receiver, :control, :version, :sets_said,
        :sets_received, :sets_accepted, :verdict, :codes, :contrl, :ack)
ON CONFLICT (file_id, ix_no, group_no) DO NOTHING;

-- :name edi_in_set_add
INSERT INTO edi_in_set (file_id, ix_no, group_no, set_no, record_no, type, control, version, segments, verdict, codes,
                        contrl)
VALUES (:file_id, :ix_no, :group_no, :set_no, :record_no, :type, :control, :version, :segments, :verdict, :codes,
        :contrl)
ON CONFLICT (file_id, ix_no, group_no, set_no) DO NOTHING;

-- :name edi_in_finding_add
INSERT INTO edi_in_finding (file_id, ix_no, group_no, set_no, n, fault, severity, segment, segment_no, loop, element,
                            component, repetition, element_id, value)
VALUES (:file_id, :ix_no, :group_no, :set_no, :n, :fault, :severity, :segment, :segment_no, :loop, :element,
        :component, :repetition, :element_id, :value)
ON CONFLICT (file_id, ix_no, group_no, set_no, n) DO NOTHING;

---------------------------------------------------------------- their answers

-- :name edi_out_by_group
SELECT doc_id, ack
  FROM edi_out
 WHERE partner = :partner AND group_code = :code AND group_no = :group_no
 ORDER BY doc_id DESC LIMIT 1;

-- :name edi_out_by_interchange
SELECT doc_id, ack
  FROM edi_out
 WHERE partner = :partner AND standard = :standard AND interchange_no = :interchange_no
 ORDER BY doc_id DESC LIMIT 1;

-- :name edi_out_by_key
SELECT s.doc_id, s.ack, s.set_no
  FROM edi_out_set s JOIN edi_out o ON o.doc_id = s.doc_id
 WHERE s.key = :key AND o.partner = :partner
 ORDER BY s.doc_id DESC, s.set_no DESC LIMIT 1;

-- :name edi_out_close
-- What a person settled before he knew of a refusal is open again.
UPDATE edi_out
   SET ack = :result, acked_ts_us = :ts_us, acked_by = :file_id,
       closed_ts_us = CASE WHEN :result IN ('P', 'R') THEN NULL ELSE closed_ts_us END
 WHERE doc_id = :doc_id;

-- :name edi_out_set_result
UPDATE edi_out_set SET ack = :result, reason = :reason
 WHERE doc_id = :doc_id AND set_no = :set_no AND ack <> :result AND (ack IN ('', 'A') OR :result = 'R');

-- :name edi_out_set_rest
UPDATE edi_out_set SET ack = :result, reason = :reason
 WHERE doc_id = :doc_id AND (ack = '' OR (:result = 'R' AND ack <> 'R'));

-- :name edi_out_refused_orders
-- The orders that the refused sets of a document were about: his own, and
-- what he ships or carries.  Another partner may have the same number.
SELECT o.order_id, s.type, s.key, s.reason, s.set_no
  FROM edi_out_set s
  JOIN edi_out d ON d.doc_id = s.doc_id
  JOIN orders o ON o.order_no = s.key
  JOIN trade_order t ON t.order_id = o.order_id AND t.partner = d.partner
 WHERE s.doc_id = :doc_id AND s.ack = 'R'
UNION
SELECT h.order_id, s.type, s.key, s.reason, s.set_no
  FROM edi_out_set s
  JOIN edi_out d ON d.doc_id = s.doc_id
  JOIN shipment h ON h.shipment_key = s.key
 WHERE s.doc_id = :doc_id AND s.ack = 'R'
   AND (h.book_partner = d.partner
        OR EXISTS (SELECT 1 FROM tender x WHERE x.shipment_key = h.shipment_key AND x.partner = d.partner)
        OR EXISTS (SELECT 1 FROM ship_node n WHERE n.node = h.node AND n.partner = d.partner)
        OR EXISTS (SELECT 1 FROM trade_order t WHERE t.order_id = h.order_id AND t.partner = d.partner))
UNION
SELECT i.order_id, s.type, s.key, s.reason, s.set_no
  FROM edi_out_set s
  JOIN edi_out d ON d.doc_id = s.doc_id
  JOIN invoice i ON i.invoice_no = s.key
  JOIN trade_order t ON t.order_id = i.order_id AND t.partner = d.partner
 WHERE s.doc_id = :doc_id AND s.ack = 'R'
 ORDER BY 5, 1;

-- :name edi_ack_add
INSERT INTO edi_ack (file_id, n, partner, kind, answers, doc_id, result, is_repeat, ts_us, detail)
VALUES (:file_id, (SELECT COALESCE(MAX(n), 0) + 1 FROM edi_ack WHERE file_id = :file_id),
        :partner, :kind, :answers, :doc_id, :result, :is_repeat, :ts_us, :detail);

---------------------------------------------------------------- the desk

-- :name cli_acks_list
SELECT id, state, code, partner, name, standard, interchange_no, group_code, group_no, set_type, sets, refused,
       sent_ts_us, due_ts_us, acked_ts_us, expects
  FROM (SELECT o.doc_id AS id,
               CASE WHEN o.closed_ts_us IS NOT NULL THEN 'settled'
                    WHEN o.ack = 'A' THEN 'accepted' WHEN o.ack = 'E' THEN 'errors'
                    WHEN o.ack = 'P' THEN 'partly' WHEN o.ack = 'R' THEN 'refused'
                    WHEN o.ack = 'none' THEN 'none'
                    WHEN d.state <> 'sent' THEN 'unsent'
                    WHEN o.due_ts_us <= :now_us THEN 'overdue' ELSE 'open' END AS state,
               CASE WHEN o.closed_ts_us IS NOT NULL THEN ''
                    WHEN o.ack = 'P' OR o.ack = 'R' THEN 'edi.refused'
                    WHEN o.ack = 'open' AND o.due_ts_us <= :now_us THEN 'edi.overdue' ELSE '' END AS code,
               o.partner, d.name, o.standard, o.interchange_no, o.group_code, o.group_no, o.set_type,
               (SELECT COUNT(*) FROM edi_out_set s WHERE s.doc_id = o.doc_id) AS sets,
               (SELECT COUNT(*) FROM edi_out_set s WHERE s.doc_id = o.doc_id AND s.ack = 'R') AS refused,
               d.sent_ts_us, o.due_ts_us, o.acked_ts_us, o.expects
          FROM edi_out o JOIN document d ON d.doc_id = o.doc_id
         WHERE :partner = '' OR o.partner = :partner) x
 WHERE :state = '' OR state = :state
 ORDER BY id LIMIT :rows;

-- :name cli_acks_find
-- A document, or an interchange by its control number; the newest first.
SELECT doc_id FROM edi_out
 WHERE (doc_id = :doc_id OR interchange_no = :interchange_no) AND (:partner = '' OR partner = :partner)
 ORDER BY doc_id DESC LIMIT 2;

-- :name cli_acks_show
SELECT o.doc_id AS id,
       CASE WHEN o.closed_ts_us IS NOT NULL THEN 'settled'
            WHEN o.ack = 'A' THEN 'accepted' WHEN o.ack = 'E' THEN 'errors'
            WHEN o.ack = 'P' THEN 'partly' WHEN o.ack = 'R' THEN 'refused'
            WHEN o.ack = 'none' THEN 'none'
            WHEN d.state <> 'sent' THEN 'unsent'
            WHEN o.due_ts_us <= :now_us THEN 'overdue' ELSE 'open' END AS state,
       CASE WHEN o.closed_ts_us IS NOT NULL THEN ''
            WHEN o.ack = 'P' OR o.ack = 'R' THEN 'edi.refused'
            WHEN o.ack = 'open' AND o.due_ts_us <= :now_us THEN 'edi.overdue' ELSE '' END AS code,
       o.partner, d.type, d.name, o.standard, CASE WHEN o.is_test = 1 THEN 'test' ELSE 'production' END AS env,
       o.interchange_no, o.group_code, o.group_no, o.set_type, o.expects, d.state AS document_state, d.sent_ts_us,
       o.due_ts_us, o.acked_ts_us, o.acked_by AS acked_by_file, o.closed_ts_us
  FROM edi_out o JOIN document d ON d.doc_id = o.doc_id
 WHERE o.doc_id = :doc_id;

-- :name cli_acks_sets
SELECT set_no AS n, type, key,
       CASE ack WHEN 'A' THEN 'accepted' WHEN 'E' THEN 'errors' WHEN 'R' THEN 'refused' ELSE '' END AS ack, reason
  FROM edi_out_set WHERE doc_id = :doc_id ORDER BY set_no;

-- :name cli_order_edi
-- What an order made us send in X12 and EDIFACT, and what was said of each set.
SELECT s.type, s.key, o.partner, s.doc_id AS document,
       CASE WHEN s.ack = 'A' THEN 'accepted' WHEN s.ack = 'E' THEN 'errors'
            WHEN o.closed_ts_us IS NOT NULL THEN 'settled'
            WHEN s.ack = 'R' THEN 'refused'
            WHEN o.ack = 'A' THEN 'accepted' WHEN o.ack = 'E' THEN 'errors'
            WHEN o.ack = 'P' THEN 'partly' WHEN o.ack = 'R' THEN 'refused'
            WHEN d.state <> 'sent' THEN 'unsent' WHEN o.ack = 'none' THEN 'none'
            WHEN o.due_ts_us <= :now_us THEN 'overdue' ELSE 'open' END AS answer,
       d.sent_ts_us, o.due_ts_us, o.acked_ts_us, s.reason
  FROM (SELECT shipment_key AS key FROM shipment WHERE order_id = :order_id
         UNION SELECT invoice_no FROM invoice WHERE order_id = :order_id
         UNION SELECT w.order_no FROM orders w WHERE w.order_id = :order_id) k
  JOIN edi_out_set s ON s.key = k.key
  JOIN edi_out o ON o.doc_id = s.doc_id
  JOIN document d ON d.doc_id = s.doc_id
 WHERE d.type IN ('wms.ship_order', 'carrier.booking')
    OR (d.type IN ('trade.order_response', 'trade.ship_notice', 'trade.invoice')
        AND o.partner = (SELECT t.partner FROM trade_order t WHERE t.order_id = :order_id))
 ORDER BY s.doc_id, s.set_no;

-- :name cli_acks_answers
SELECT a.ts_us, a.kind, a.answers, a.result, CASE WHEN a.is_repeat = 1 THEN 'again' ELSE '' END AS again,
       f.partner || '/' || f.name AS file, a.detail
  FROM edi_ack a JOIN file f ON f.file_id = a.file_id
 WHERE a.doc_id = :doc_id ORDER BY a.file_id, a.n;

-- :name edi_out_state
SELECT o.ack, o.closed_ts_us, d.type, o.set_type
  FROM edi_out o JOIN document d ON d.doc_id = o.doc_id
 WHERE o.doc_id = :doc_id;

-- :name edi_out_settle
UPDATE edi_out SET closed_ts_us = :ts_us WHERE doc_id = :doc_id AND closed_ts_us IS NULL;

-- What a partner refused goes into another document: its rows are to be taken again.

-- :name edi_renew_responses
UPDATE trade_response SET doc_id = NULL
 WHERE doc_id = :doc_id
   AND order_id IN (SELECT o.order_id FROM edi_out_set s JOIN orders o ON o.order_no = s.key
                     WHERE s.doc_id = :doc_id AND s.ack = 'R');

-- :name edi_renew_notices
UPDATE trade_notice SET doc_id = NULL
 WHERE doc_id = :doc_id
   AND shipment_key IN (SELECT s.key FROM edi_out_set s WHERE s.doc_id = :doc_id AND s.ack = 'R');

-- :name edi_renew_invoices
-- With the credit notes that were part of them.
UPDATE trade_invoice SET doc_id = NULL
 WHERE doc_id = :doc_id
   AND invoice_no IN (SELECT i.invoice_no
                        FROM edi_out_set s JOIN invoice i ON i.invoice_no = s.key OR i.credits = s.key
                       WHERE s.doc_id = :doc_id AND s.ack = 'R');

-- :name edi_renew_ship_orders
-- Those of which the warehouse has not confirmed a line.
UPDATE shipment SET wms_doc_id = NULL, stage = 6
 WHERE wms_doc_id = :doc_id AND shipped_ts_us IS NULL AND status <> 'CANCELLED'
   AND NOT EXISTS (SELECT 1 FROM shipment_line l
                    WHERE l.shipment_key = shipment.shipment_key AND (l.quantity > 0 OR l.closed IS NOT NULL))
   AND shipment_key IN (SELECT s.key FROM edi_out_set s WHERE s.doc_id = :doc_id AND s.ack = 'R');

---------------------------------------------------------------- what is watched

-- :name edi_watch_overdue
SELECT o.doc_id, o.partner, d.name, o.due_ts_us, o.expects, o.interchange_no
  FROM edi_out o JOIN document d ON d.doc_id = o.doc_id
 WHERE o.ack = 'open' AND o.due_ts_us <= :ts_us AND o.closed_ts_us IS NULL
 ORDER BY o.doc_id LIMIT :rows;

-- :name edi_watch_refused
SELECT o.doc_id, o.partner, d.name, o.interchange_no,
       (SELECT COUNT(*) FROM edi_out_set s WHERE s.doc_id = o.doc_id AND s.ack = 'R'),
       (SELECT COUNT(*) FROM edi_out_set s WHERE s.doc_id = o.doc_id)
  FROM edi_out o JOIN document d ON d.doc_id = o.doc_id
 WHERE (o.ack = 'P' OR o.ack = 'R') AND o.closed_ts_us IS NULL
 ORDER BY o.doc_id LIMIT :rows;

---------------------------------------------------------------- from where to where

-- :name trace_edi_keys
SELECT key FROM edi_out_set WHERE doc_id = :doc_id ORDER BY set_no;

-- :name trace_edi_answered
-- The interchanges that a TA1 or CONTRL answers, the groups of a 997 or 999.
SELECT x.what, x.verdict, i.control, i.file_id, f.partner || '/' || f.name, f.sha256,
       COALESCE((SELECT MIN(s.record_no) FROM edi_in_set s
                  WHERE s.file_id = i.file_id AND s.ix_no = i.ix_no
                    AND (x.group_no = 0 OR s.group_no = x.group_no)), 0),
       i.byte_off, i.byte_len,
       COALESCE((SELECT MIN(r.line_no) FROM edi_in_set s
                   JOIN record r ON r.file_id = s.file_id AND r.record_no = s.record_no
                  WHERE s.file_id = i.file_id AND s.ix_no = i.ix_no
                    AND (x.group_no = 0 OR s.group_no = x.group_no)), 0)
  FROM (SELECT 'interchange' AS what, verdict, file_id, ix_no, 0 AS group_no FROM edi_in WHERE doc_id = :doc_id
        UNION ALL
        SELECT code || ' ' || control, verdict, file_id, ix_no, group_no FROM edi_in_group WHERE doc_id = :doc_id) x
  JOIN edi_in i ON i.file_id = x.file_id AND i.ix_no = x.ix_no
  JOIN file f ON f.file_id = i.file_id
 ORDER BY i.file_id, i.ix_no, x.group_no LIMIT :rows;
