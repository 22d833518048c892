-- closable_part (schema) are the delivered parts with nothing to be captured.
-- Each statement takes the same ones: the status moves last.

-- :name close_batch
SELECT MAX(order_id)
  FROM (SELECT DISTINCT order_id FROM closable_part
         WHERE order_id > :after ORDER BY order_id LIMIT :n) b;

-- :name close_events
-- One a shipment; seq goes on from the last event of the order.
INSERT INTO event (order_id, seq, ts_us, event, from_status, to_status, actor, detail)
SELECT c.order_id,
       (SELECT COALESCE(MAX(e.seq), 0) FROM event e WHERE e.order_id = c.order_id) +
       ROW_NUMBER() OVER (PARTITION BY c.order_id ORDER BY c.shipment_key),
       :ts_us, 'completed', 3800, 3900, :actor, c.shipment_key
  FROM (SELECT DISTINCT order_id, shipment_key FROM closable_part
         WHERE order_id > :after AND order_id <= :last) c;

-- :name close_touch
UPDATE orders SET touched = 1
 WHERE touched = 0
   AND order_id IN (SELECT order_id FROM closable_part
                     WHERE order_id > :after AND order_id <= :last);

-- :name close_release_past
UPDATE release_status SET status_quantity = 0
 WHERE status_quantity > 0
   AND (order_id, part_no) IN (SELECT order_id, part_no FROM closable_part
                                WHERE order_id > :after AND order_id <= :last);

-- :name close_release_add
INSERT INTO release_status (order_id, part_no, seq, release_key, status, status_quantity, qty, ts_us, implied)
SELECT c.order_id, c.part_no,
       (SELECT COALESCE(MAX(r.seq), 0) + 1 FROM release_status r
         WHERE r.order_id = c.order_id AND r.part_no = c.part_no),
       c.release_key, 3900, c.qty, c.qty, :ts_us, 0
  FROM closable_part c
 WHERE c.order_id > :after AND c.order_id <= :last AND c.release_key <> '';

-- :name close_parts
UPDATE part SET status = 3900
 WHERE status = 3800
   AND (order_id, part_no) IN (SELECT order_id, part_no FROM closable_part
                                WHERE order_id > :after AND order_id <= :last);

-- :name close_waiting
SELECT COUNT(*) FROM part WHERE status = 3800;
