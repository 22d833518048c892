-- Orders whose parts have a node: orders.stage 3.

-- :name release_queue
SELECT priority, ship_by_ts_us, order_ts_us, order_id FROM orders
 WHERE stage > 0 AND stage = 3
   AND (priority, ship_by_ts_us, order_ts_us, order_id)
       > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
 ORDER BY priority, ship_by_ts_us, order_ts_us, order_id LIMIT :count;

-- :name release_parts
-- A row for each part before its release, or for each component of a kit,
-- with the stock it has reserved; an order without such parts has one row.
-- What a customer wants shipped not before a day waits for that day.
SELECT o.order_id, o.ship_complete, p.part_no, l.group_no, p.node, p.qty,
       p.release_key <> '', COALESCE(k.sku, l.sku), COALESCE(k.qty_per, 1),
       COALESCE(w.weight_g, 0), s.on_hand_qty - s.held_qty, s.reserved_qty, s.counted_ts_us,
       COALESCE(n.no_inventory, 'zero'), p.status
  FROM orders o
  LEFT JOIN part p ON p.order_id = o.order_id
   AND p.status IN (1200, 1300, 1310, 1400, 1500)
  LEFT JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
  LEFT JOIN kit_component k ON k.order_id = l.order_id AND k.line_no = l.line_no
  LEFT JOIN product w ON w.sku = COALESCE(k.sku, l.sku)
  LEFT JOIN stock s ON s.sku = COALESCE(k.sku, l.sku) AND s.node = p.node
  LEFT JOIN ship_node n ON n.node = p.node
 WHERE o.stage > 0 AND o.stage = 3
   AND (o.priority, o.ship_by_ts_us, o.order_ts_us, o.order_id)
       > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
   AND (o.priority, o.ship_by_ts_us, o.order_ts_us, o.order_id)
       <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order)
   AND NOT EXISTS (SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
                    WHERE h.order_id = o.order_id AND h.state = 'open' AND h.shipment_key = ''
                      AND ' ' || t.blocks || ' ' LIKE '% release %')
   AND NOT EXISTS (SELECT 1 FROM trade_order t
                    WHERE t.order_id = o.order_id AND t.ship_from_ts_us > :now_us)
 ORDER BY o.priority, o.ship_by_ts_us, o.order_ts_us, o.order_id, p.part_no, k.comp_no;

-- :name release_short_cells
-- Where more is reserved than there is, and what scheduled parts hold of it.
SELECT s.sku, s.node, s.on_hand_qty - s.held_qty, s.reserved_qty, SUM(p.qty * COALESCE(k.qty_per, 1))
  FROM orders o
  JOIN part p ON p.order_id = o.order_id AND p.status = 1500
  JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
  LEFT JOIN kit_component k ON k.order_id = l.order_id AND k.line_no = l.line_no
  JOIN stock s ON s.sku = COALESCE(k.sku, l.sku) AND s.node = p.node
 WHERE o.stage > 0 AND o.stage = 3 AND s.reserved_qty > s.on_hand_qty - s.held_qty
 GROUP BY s.sku, s.node, s.on_hand_qty, s.held_qty, s.reserved_qty;

-- :name release_add
-- Every release of an order's group from a node is one more attempt.
INSERT INTO release (release_key, order_id, group_no, node, attempt, ts_us)
VALUES (:release_key, :order_id, :group_no, :node,
        (SELECT COUNT(*) + 1 FROM release r WHERE r.order_id = :order_id
            AND r.group_no = :group_no AND r.node = :node), :ts_us);

-- :name release_add_shipment
INSERT INTO shipment (shipment_key, release_key, order_id, group_no, node, stage, status,
                      weight_g, value_minor)
VALUES (:shipment_key, :release_key, :order_id, :group_no, :node, :stage, 'PENDING',
        :weight_g, 0);

-- :name release_part
-- The WHERE clause is the guard.
UPDATE part SET status = :to_status, release_key = :release_key, shipment_key = :shipment_key
 WHERE order_id = :order_id AND part_no = :part_no AND status = 1500;

-- :name release_add_line
INSERT INTO shipment_line (shipment_key, order_id, part_no, planned)
VALUES (:shipment_key, :order_id, :part_no, :planned);

-- :name release_unplace
UPDATE part SET node = '' WHERE order_id = :order_id AND part_no = :part_no;

-- :name release_first_status
INSERT INTO release_status (order_id, part_no, seq, release_key, status,
                            status_quantity, qty, ts_us)
VALUES (:order_id, :part_no, 1, :release_key, 3200, :qty, :qty, :ts_us);

-- :name release_take_keys
-- Gapless, because the orders that get them are in the same transaction.
UPDATE counter SET value = value + :count WHERE name = :name RETURNING value - :count;
