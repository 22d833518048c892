-- Touched orders, a range of order_id at a time: each of these reads the same
-- orders in the same order, so that the stage can merge them.

-- :name rollup_orders
-- paid: what the shop itself has captured already.  News that no document has
-- taken yet has not been told.
SELECT o.order_id, o.partner, o.total_minor, o.shop_sent,
       CASE WHEN EXISTS (SELECT 1 FROM hold h
                          WHERE h.order_id = o.order_id AND h.state = 'open')
            THEN 1 ELSE 0 END,
       (SELECT COALESCE(SUM(p.amount_minor), 0) FROM payment p
         WHERE p.order_id = o.order_id AND p.captured = 1),
       (SELECT COALESCE(MAX(u.seq), 0) FROM order_update u
         WHERE u.order_id = o.order_id AND u.doc_id IS NOT NULL),
       (SELECT COUNT(*) FROM order_update u
         WHERE u.order_id = o.order_id AND u.doc_id IS NULL)
  FROM orders o
 WHERE o.touched = 1 AND o.order_id > :after
 ORDER BY o.order_id
 LIMIT :max;

-- :name rollup_groups
SELECT o.order_id, g.group_no, g.shop_id
  FROM orders o
  JOIN ship_group g ON g.order_id = o.order_id
 WHERE o.touched = 1 AND o.order_id > :after AND o.order_id <= :upto
 ORDER BY o.order_id, g.group_no;

-- :name rollup_parts
SELECT o.order_id, l.group_no, p.qty, p.status
  FROM orders o
 CROSS JOIN part p
  JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
 WHERE p.order_id = o.order_id AND o.touched = 1 AND o.order_id > :after AND o.order_id <= :upto
 ORDER BY o.order_id, p.part_no;

-- :name rollup_shipments
-- One row a shipment, and one more for each further charge that is done.
SELECT o.order_id, s.group_no, s.tracking,
       CASE c.kind WHEN 'capture' THEN c.amount_minor WHEN 'refund' THEN -c.amount_minor ELSE 0 END
  FROM orders o
  JOIN shipment s ON s.order_id = o.order_id
  LEFT JOIN charge c ON c.shipment_key = s.shipment_key AND c.state = 'done'
 WHERE o.touched = 1 AND o.order_id > :after AND o.order_id <= :upto
 ORDER BY o.order_id, s.shipment_key;

-- :name rollup_invoiced
-- What is to be paid for an order of which a part will never come.
SELECT COALESCE(SUM(total_minor), 0) FROM invoice WHERE order_id = :order_id;

-- :name rollup_set
UPDATE orders
   SET label_ts_us = CASE WHEN label = :label THEN label_ts_us ELSE :ts_us END,
       label = :label, status_min = :status_min, status_max = :status_max,
       shop_sent = :shop_sent, touched = 0, sealed_seq = COALESCE(:sealed_seq, sealed_seq)
 WHERE order_id = :order_id;

-- :name rollup_untold_shipments
DELETE FROM order_update_shipment
 WHERE order_id = :order_id
   AND seq IN (SELECT u.seq FROM order_update u
                WHERE u.order_id = :order_id AND u.doc_id IS NULL);

-- :name rollup_untold
DELETE FROM order_update WHERE order_id = :order_id AND doc_id IS NULL;

-- :name rollup_update_add
INSERT INTO order_update (order_id, seq, ts_us, order_status, shipping_status, payment_status, label)
VALUES (:order_id, :seq, :ts_us, :order_status, :shipping_status, :payment_status, :label);

-- :name rollup_update_shipment_add
INSERT INTO order_update_shipment (order_id, seq, group_no, shop_id, status, tracking)
VALUES (:order_id, :seq, :group_no, :shop_id, :status, :tracking);
