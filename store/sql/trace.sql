-- From what left to what came, and back: oms trace.

-- :name trace_find
-- The orders that a key of any kind stands for.
SELECT order_id FROM orders WHERE order_no = :key
UNION SELECT order_id FROM shipment WHERE shipment_key = :key
UNION SELECT order_id FROM shipment WHERE tracking = :key AND tracking <> ''
UNION SELECT order_id FROM release WHERE release_key = :key
UNION SELECT order_id FROM invoice WHERE invoice_no = :key
UNION SELECT order_id FROM charge WHERE idem_key = :key
 ORDER BY order_id;

-- :name trace_order
SELECT o.order_no, o.channel, o.label, r.file_id, f.partner || '/' || f.name, f.sha256,
       r.record_no, r.byte_off, r.byte_len, r.line_no, COALESCE(d.dead_id, 0), COALESCE(d.file_id, 0),
       COALESCE(d.record_no, 0)
  FROM orders o
  JOIN file f ON f.file_id = o.file_id
  JOIN record r ON r.file_id = o.file_id AND r.record_no = o.record_no
  LEFT JOIN dead d ON d.dead_id = f.parent_dead_id
 WHERE o.order_id = :order_id;

-- :name trace_documents
-- What of the order stands in which document.
SELECT x.kind, x.key, d.doc_id, d.partner || '/' || d.name, d.type, d.state, d.sha256
  FROM (SELECT 1 AS n, 'shipment' AS kind, s.shipment_key AS key, s.wms_doc_id AS doc_id
          FROM shipment s WHERE s.order_id = :order_id
        UNION ALL
        SELECT 2, 'shipment', s.shipment_key, s.book_doc_id FROM shipment s WHERE s.order_id = :order_id
        UNION ALL
        SELECT 3, 'invoice', i.invoice_no, i.journal_doc_id FROM invoice i WHERE i.order_id = :order_id
        UNION ALL
        SELECT 4, 'charge', c.idem_key, c.doc_id
          FROM shipment s JOIN charge c ON c.shipment_key = s.shipment_key WHERE s.order_id = :order_id
        UNION ALL
        SELECT 5, 'order', o.order_no, u.doc_id
          FROM order_update u JOIN orders o ON o.order_id = u.order_id WHERE u.order_id = :order_id
        UNION ALL
        SELECT 6, 'order', o.order_no, r.doc_id
          FROM trade_response r JOIN orders o ON o.order_id = r.order_id WHERE r.order_id = :order_id
        UNION ALL
        SELECT 7, 'shipment', n.shipment_key, n.doc_id
          FROM trade_notice n JOIN shipment s ON s.shipment_key = n.shipment_key WHERE s.order_id = :order_id
        UNION ALL
        SELECT 8, 'invoice', t.invoice_no, t.doc_id
          FROM trade_invoice t JOIN invoice i ON i.invoice_no = t.invoice_no WHERE i.order_id = :order_id) x
  LEFT JOIN document d ON d.doc_id = x.doc_id
 WHERE x.n <> 2 OR x.doc_id IS NOT NULL
 ORDER BY x.n, x.key, d.doc_id;

-- :name trace_document
SELECT doc_id, partner || '/' || name, type, state, sha256
  FROM document
 WHERE (doc_id = :doc_id OR name = :name) AND (:partner = '' OR partner = :partner)
 ORDER BY doc_id;

-- :name trace_file
SELECT file_id, partner || '/' || name, type, state, sha256
  FROM file
 WHERE (file_id = :file_id OR name = :name) AND (:partner = '' OR partner = :partner)
 ORDER BY file_id DESC;

-- :name trace_records
-- Those from a line on: with :line_no 0 all of them, else the last one that
-- begins there or before.
SELECT record_no, byte_off, byte_len, line_no, key, state
  FROM record
 WHERE file_id = :file_id
   AND (:line_no = 0 OR record_no = (SELECT MAX(r.record_no) FROM record r
                                      WHERE r.file_id = :file_id AND r.line_no <= :line_no))
 ORDER BY record_no LIMIT :rows;
