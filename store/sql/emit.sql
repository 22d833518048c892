-- Documents out: take the rows, then read them again for the bytes.
-- A term that repeats the condition of a partial index (stage > 0,
-- state <> 'sent') is there so that the planner uses it.
-- A hold with shipment_key '' is for all shipments of its order.  COALESCE and
-- not IN ('', key): SQLite builds a table for such a list, for every row.

-- :name emit_number
-- Gapless per partner and type: a rollback gives the number back.
INSERT INTO document_counter (partner, type, value)
VALUES (:partner, :type, 1)
    ON CONFLICT (partner, type) DO UPDATE SET value = document_counter.value + 1
RETURNING value;

-- :name emit_document_add
INSERT INTO document (doc_id, partner, feed, type, doc_no, name, run_id, window, created_ts_us, state, items)
VALUES (:doc_id, :partner, :feed, :type, :doc_no, :name, :run_id, :window, :ts_us, 'pending', :items);

-- :name emit_take_ship_orders
-- With a courier or carrier to book, the shipment goes on to that (7).  It is
-- booked already when the warehouse refused the order for it.
UPDATE shipment
   SET wms_doc_id = :doc_id,
       stage = CASE WHEN book_partner <> '' AND book_doc_id IS NULL THEN 7 ELSE 0 END
 WHERE shipment_key IN (
       SELECT s.shipment_key
         FROM shipment s
         JOIN ship_node n ON n.node = s.node
        WHERE s.stage > 0 AND s.stage = 6
          AND s.status <> 'CANCELLED'
          AND n.partner = :partner
          AND NOT EXISTS (
              SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
               WHERE h.order_id = s.order_id AND h.state = 'open'
                 AND COALESCE(NULLIF(h.shipment_key, ''), s.shipment_key) = s.shipment_key
                 AND ' ' || t.blocks || ' ' LIKE '% emit %')
        ORDER BY s.shipment_key
        LIMIT :max);

-- :name emit_take_handovers
-- Only what is paid is booked: every capture of the shipment is done, and
-- none that was declined is still to be asked for again.
UPDATE shipment
   SET book_doc_id = :doc_id,
       stage = 0,
       status = CASE WHEN status = 'PENDING' THEN 'BOOKED' ELSE status END
 WHERE shipment_key IN (
       SELECT s.shipment_key
         FROM shipment s
        WHERE s.stage > 0 AND s.stage = 7
          AND s.status <> 'CANCELLED'
          AND s.book_partner = :partner
          AND s.service_kind = :kind
          AND NOT EXISTS (
              SELECT 1 FROM charge c
               WHERE c.shipment_key = s.shipment_key
                 AND c.kind = 'capture'
                 AND (c.state IN ('due', 'requested') OR c.again = 1))
          AND NOT EXISTS (
              SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
               WHERE h.order_id = s.order_id AND h.state = 'open'
                 AND COALESCE(NULLIF(h.shipment_key, ''), s.shipment_key) = s.shipment_key
                 AND ' ' || t.blocks || ' ' LIKE '% book %')
        ORDER BY s.shipment_key
        LIMIT :max);

-- :name emit_events_booked
INSERT INTO event (order_id, seq, ts_us, event, from_status, to_status, actor, detail)
SELECT s.order_id,
       (SELECT COALESCE(MAX(e.seq), 0) FROM event e WHERE e.order_id = s.order_id)
           + ROW_NUMBER() OVER (PARTITION BY s.order_id ORDER BY s.shipment_key),
       :ts_us, :event, NULL, NULL, :actor,
       s.shipment_key || ' ' || s.carrier || ' ' || s.service
  FROM shipment s
 WHERE s.book_doc_id = :doc_id;

-- :name emit_touch_booked
-- As every event does: so that it is sealed.
UPDATE orders SET touched = 1
 WHERE touched = 0
   AND order_id IN (SELECT s.order_id FROM shipment s WHERE s.book_doc_id = :doc_id);

-- :name emit_take_charges
-- No money is taken for what a hold keeps from being billed.
UPDATE charge
   SET state = 'requested', doc_id = :doc_id
 WHERE charge_id IN (
       SELECT c.charge_id
         FROM charge c
        WHERE c.state = 'due'
          AND (c.kind = 'refund' OR NOT EXISTS (
              SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
               WHERE h.order_id = c.order_id AND h.state = 'open'
                 AND COALESCE(NULLIF(h.shipment_key, ''), c.shipment_key) = c.shipment_key
                 AND ' ' || t.blocks || ' ' LIKE '% bill %'))
        ORDER BY c.charge_id
        LIMIT :max);

-- :name emit_take_updates
UPDATE order_update
   SET doc_id = :doc_id
 WHERE (order_id, seq) IN (
       SELECT u.order_id, u.seq
         FROM order_update u
         JOIN orders o ON o.order_id = u.order_id
        WHERE u.doc_id IS NULL AND o.partner = :partner
        ORDER BY u.order_id, u.seq
        LIMIT :max);

-- :name emit_take_invoices
UPDATE invoice
   SET journal_doc_id = :doc_id
 WHERE invoice_no IN (
       SELECT i.invoice_no FROM invoice i
        WHERE i.journal_doc_id IS NULL
        ORDER BY i.invoice_no
        LIMIT :max);

-- :name emit_take_journals
-- Those that have their bytes and are in no manifest.
UPDATE document
   SET manifest_doc_id = :doc_id
 WHERE doc_id IN (
       SELECT d.doc_id FROM document d
        WHERE d.type = 'accounting.invoice_journal' AND d.manifest_doc_id IS NULL
          AND d.partner = :partner AND d.sha256 <> ''
        ORDER BY d.doc_id
        LIMIT :max);

-- :name emit_pending_next
SELECT doc_id, partner, type, name, doc_no, created_ts_us, sha256
  FROM document
 WHERE state <> 'sent' AND state = 'pending' AND doc_id > :after
 ORDER BY doc_id LIMIT 1;

-- :name emit_unsent_next
-- The same columns: what is written, and not the partner's yet.
SELECT doc_id, partner, type, name, doc_no, created_ts_us, sha256
  FROM document
 WHERE state <> 'sent' AND state <> 'pending' AND sha256 <> '' AND doc_id > :after
 ORDER BY doc_id LIMIT 1;

-- :name emit_set_ready
UPDATE document
   SET state = 'ready', items = :items, sum_minor = :sum_minor, sha256 = :sha256,
       size_bytes = :size_bytes, code = '', reason = ''
 WHERE doc_id = :doc_id AND state = 'pending';

-- :name emit_total_add
-- Written again with the same rows it is the same.
INSERT INTO document_total (doc_id, currency, entries, lines, debit_minor, credit_minor)
VALUES (:doc_id, :currency, :entries, :lines, :debit_minor, :credit_minor)
    ON CONFLICT (doc_id, currency) DO NOTHING;

-- :name emit_set_hold
UPDATE document SET state = 'hold', code = :code, reason = :reason
 WHERE doc_id = :doc_id AND state = 'pending';

-- :name emit_waiting
-- Shipments a document is still to be made for.
SELECT COUNT(*) FROM shipment WHERE stage > 0 AND stage IN (6, 7) AND status <> 'CANCELLED';

-- :name render_shipments
SELECT s.shipment_key, s.release_key, r.attempt, o.order_no, o.channel, s.node,
       s.carrier, s.service, s.promise_ts_us, s.value_minor,
       g.name, g.company, g.address1, g.address2, g.postal_code, g.city, g.state, g.country, g.phone,
       g.order_id || '/' || g.group_no AS place_ship_group
  FROM shipment s
  JOIN release r ON r.release_key = s.release_key
  JOIN orders o ON o.order_id = s.order_id
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
 WHERE s.wms_doc_id = :doc_id
 ORDER BY s.shipment_key;

-- :name render_shipment_lines
-- A line that closed before it was written is not to be shipped.
SELECT s.shipment_key, l.part_no, p.line_no, ol.sku, ol.name, l.planned, k.sku, k.qty_per
  FROM shipment s
  JOIN shipment_line l ON l.shipment_key = s.shipment_key
  JOIN part p ON p.order_id = l.order_id AND p.part_no = l.part_no
  JOIN order_line ol ON ol.order_id = p.order_id AND ol.line_no = p.line_no
  LEFT JOIN kit_component k ON k.order_id = p.order_id AND k.line_no = p.line_no
 WHERE s.wms_doc_id = :doc_id AND l.closed IS NULL
 ORDER BY s.shipment_key, l.order_id, l.part_no, k.comp_no;

-- :name render_handovers
SELECT s.shipment_key, o.order_no, s.carrier, s.service, s.node, s.weight_g, s.value_minor,
       o.currency, s.promise_ts_us, s.rate_minor,
       g.name, g.company, g.address1, g.address2, g.postal_code, g.city, g.state, g.country, g.phone,
       g.order_id || '/' || g.group_no AS place_ship_group
  FROM shipment s
  JOIN orders o ON o.order_id = s.order_id
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
 WHERE s.book_doc_id = :doc_id
 ORDER BY s.shipment_key;

-- :name render_charges
SELECT c.idem_key, c.kind, o.order_no, c.shipment_key, c.invoice_no, p.tender, p.method,
       p.processor, p.transaction_id, c.amount_minor, c.currency
  FROM charge c
  JOIN orders o ON o.order_id = c.order_id
  JOIN payment p ON p.order_id = c.order_id AND p.n = c.payment_n
 WHERE c.doc_id = :doc_id
 ORDER BY c.charge_id;

-- :name render_updates
SELECT u.order_id, u.seq, o.order_no, u.order_status, u.shipping_status, u.payment_status
  FROM order_update u
  JOIN orders o ON o.order_id = u.order_id
 WHERE u.doc_id = :doc_id
 ORDER BY u.order_id, u.seq;

-- :name render_update_shipments
SELECT u.order_id, u.seq, s.shop_id, s.status, s.tracking
  FROM order_update u
  JOIN order_update_shipment s ON s.order_id = u.order_id AND s.seq = u.seq
 WHERE u.doc_id = :doc_id
 ORDER BY u.order_id, u.seq, s.group_no;

-- :name render_invoices
SELECT i.invoice_no, i.kind, i.credits, o.order_no, i.shipment_key, g.country, g.state,
       i.currency, i.issued_ts_us, i.goods_minor, i.discount_minor, i.shipping_minor, i.total_minor
  FROM invoice i
  JOIN orders o ON o.order_id = i.order_id
  JOIN shipment s ON s.shipment_key = i.shipment_key
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
 WHERE i.journal_doc_id = :doc_id
 ORDER BY i.invoice_no;

-- :name render_invoice_lines
SELECT i.invoice_no, l.tax_rate, l.tax_minor
  FROM invoice i
  JOIN invoice_line l ON l.invoice_no = i.invoice_no
 WHERE i.journal_doc_id = :doc_id
 ORDER BY i.invoice_no, l.n;

-- :name render_journals
SELECT d.name, d.sha256, d.size_bytes, t.entries, t.lines, t.debit_minor, t.credit_minor, t.currency
  FROM document d
  JOIN document_total t ON t.doc_id = d.doc_id
 WHERE d.manifest_doc_id = :doc_id
 ORDER BY d.doc_id, t.currency;
