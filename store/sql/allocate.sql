-- What the allocator knows: see pipeline/alloc_book.h.

-- :name book_products
SELECT sku, weight_g, class, shortage FROM product ORDER BY sku;

-- :name book_nodes
SELECT node, node_group, no_inventory, lead_s, open FROM ship_node;

-- :name book_lanes
SELECT zone, node, distance_km FROM lane ORDER BY zone, node;

-- :name book_rules
SELECT rule_no, channel, zone, class, method, currency, min_value_minor,
       max_value_minor, min_weight_g, max_weight_g, target
  FROM routing_rule WHERE kind = 'node' ORDER BY rule_no;

-- :name book_stock
SELECT sku, node, on_hand_qty - held_qty, reserved_qty, buffer_qty, counted_ts_us, dirty_ts_us
  FROM stock ORDER BY sku, node;

-- Orders that wait for stock: orders.stage 2, in the order of the queue.

-- :name allocate_queue
SELECT priority, ship_by_ts_us, order_ts_us, order_id FROM orders
 WHERE stage > 0 AND stage = 2
   AND (priority, ship_by_ts_us, order_ts_us, order_id)
       > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
 ORDER BY priority, ship_by_ts_us, order_ts_us, order_id LIMIT :count;

-- :name allocate_parts
-- A row for each part, or for each component of a kit: those that wait, and
-- those that have a node already.  An order without such parts has one row.
SELECT o.order_id, o.channel, o.currency, o.total_minor, o.ship_by_ts_us, o.ship_complete,
       p.part_no, l.group_no, p.qty, p.status, p.release_key <> '', l.sku,
       g.zone, g.method, k.sku, k.qty_per, p.node
  FROM orders o
  LEFT JOIN part p ON p.order_id = o.order_id AND p.status BETWEEN 1120 AND 3999
  LEFT JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
  LEFT JOIN ship_group g ON g.order_id = l.order_id AND g.group_no = l.group_no
  LEFT JOIN kit_component k ON k.order_id = l.order_id AND k.line_no = l.line_no
 WHERE o.stage > 0 AND o.stage = 2
   AND (o.priority, o.ship_by_ts_us, o.order_ts_us, o.order_id)
       > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
   AND (o.priority, o.ship_by_ts_us, o.order_ts_us, o.order_id)
       <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order)
   AND NOT EXISTS (SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
                    WHERE h.order_id = o.order_id AND h.state = 'open' AND h.shipment_key = ''
                      AND ' ' || t.blocks || ' ' LIKE '% allocate %')
 ORDER BY o.priority, o.ship_by_ts_us, o.order_ts_us, o.order_id, p.part_no, k.comp_no;

-- :name part_place
-- The first piece of a part stays its own; the WHERE clause is the guard.
UPDATE part SET status = :to_status, node = :node, qty = :qty
 WHERE order_id = :order_id AND part_no = :part_no AND status = :from_status;

-- :name part_split
-- The other pieces are new parts; they have no release of their own yet.
INSERT INTO part (order_id, part_no, line_no, qty, status, node, parent_no, attempts)
SELECT p.order_id,
       (SELECT MAX(m.part_no) + 1 FROM part m WHERE m.order_id = p.order_id),
       p.line_no, :qty, :to_status, :node, p.part_no, p.attempts
  FROM part p WHERE p.order_id = :order_id AND p.part_no = :part_no;

-- :name alloc_explain_add
INSERT INTO alloc_explain (order_id, seq, ts_us, text)
VALUES (:order_id,
        (SELECT COALESCE(MAX(e.seq), 0) + 1 FROM alloc_explain e WHERE e.order_id = :order_id),
        :ts_us, :text);
