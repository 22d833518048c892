-- :name event_add
-- seq goes on from the last event of the order.
INSERT INTO event (order_id, seq, ts_us, event, from_status, to_status, actor, detail)
VALUES (:order_id,
        (SELECT COALESCE(MAX(seq), 0) + 1 FROM event WHERE order_id = :order_id),
        :ts_us, :event, :from_status, :to_status, :actor, :detail);

-- :name hold_add
-- The partial unique index hold_once makes the same open hold a no-op.
INSERT INTO hold (hold_id, order_id, shipment_key, type, code, reason, state, set_ts_us, set_by)
VALUES (:hold_id, :order_id, :shipment_key, :type, :code, :reason, 'open', :ts_us, :actor);

-- :name hold_find_open
SELECT hold_id, reason, code FROM hold
 WHERE order_id = :order_id AND shipment_key = :shipment_key AND type = :type AND state = 'open';

-- :name hold_set_reason
UPDATE hold SET code = :code, reason = :reason WHERE hold_id = :hold_id;

-- :name hold_close
UPDATE hold SET state = 'resolved', resolved_ts_us = :ts_us, resolved_by = :actor
 WHERE hold_id = :hold_id AND state = 'open';

-- :name hold_overruled
-- Of a shipment also by what a person said of its whole order.
SELECT 1 FROM hold
 WHERE order_id = :order_id AND type = :type AND code = :code
   AND COALESCE(NULLIF(shipment_key, ''), :shipment_key) = :shipment_key
   AND state = 'resolved' AND resolved_by NOT LIKE 'run:%' LIMIT 1;

-- :name part_set_status
-- The WHERE clause is the guard: 0 rows changed means someone was first.
UPDATE part SET status = :to_status
 WHERE order_id = :order_id AND part_no = :part_no AND status = :from_status;

-- :name release_status_past
-- What was current becomes history.
UPDATE release_status SET status_quantity = 0
 WHERE order_id = :order_id AND part_no = :part_no AND status_quantity > 0;

-- :name release_status_add
-- A part that was never released has no release key and gets no row.
INSERT INTO release_status (order_id, part_no, seq, release_key, status, status_quantity, qty, ts_us, implied)
SELECT p.order_id, p.part_no,
       (SELECT COALESCE(MAX(s.seq), 0) + 1 FROM release_status s
         WHERE s.order_id = p.order_id AND s.part_no = p.part_no),
       p.release_key, p.status, p.qty, p.qty, :ts_us, 0
  FROM part p
 WHERE p.order_id = :order_id AND p.part_no = :part_no AND p.release_key <> '';

-- :name order_set_stage
UPDATE orders SET stage = :stage, touched = 1 WHERE order_id = :order_id;

-- :name order_touch
UPDATE orders SET touched = 1 WHERE order_id = :order_id AND touched = 0;
