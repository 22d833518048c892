-- :name stock_reserve
-- 0 rows changed: somebody else has changed the stock since it was read.
UPDATE stock SET reserved_qty = reserved_qty + :qty
 WHERE sku = :sku AND node = :node
   AND reserved_qty + :qty <= on_hand_qty - held_qty - buffer_qty;

-- :name stock_reserve_endless
-- A node without inventory information: the row, never counted, only keeps
-- what is reserved.
INSERT INTO stock (reserved_qty, sku, node, on_hand_qty, counted_ts_us)
VALUES (:qty, :sku, :node, 0, 0)
ON CONFLICT (sku, node) DO UPDATE SET reserved_qty = stock.reserved_qty + excluded.reserved_qty;

-- :name stock_free
UPDATE stock SET reserved_qty = reserved_qty - :qty
 WHERE sku = :sku AND node = :node AND reserved_qty >= :qty;

-- :name stock_part_needs
-- What a part holds reserved: its sku, or the components of its kit.
SELECT COALESCE(k.sku, l.sku), p.node, p.qty * COALESCE(k.qty_per, 1)
  FROM part p
  JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
  LEFT JOIN kit_component k ON k.order_id = l.order_id AND k.line_no = l.line_no
 WHERE p.order_id = :order_id AND p.part_no = :part_no
 ORDER BY k.comp_no;

-- :name stock_of
SELECT on_hand_qty, counted_ts_us FROM stock WHERE sku = :sku AND node = :node;

-- :name stock_day
-- The last count and the last move of a day; 0 none.
SELECT COALESCE((SELECT s.counted_ts_us FROM stock s
                  WHERE s.sku = :sku AND s.node = :node AND s.counted_ts_us BETWEEN :from_us AND :to_us), 0),
       COALESCE((SELECT MAX(m.ts_us) FROM stock_move m
                  WHERE m.sku = :sku AND m.node = :node AND m.ts_us BETWEEN :from_us AND :to_us
                    AND m.kind IN ('ship', 'adjust')), 0);

-- :name stock_is_known
SELECT (SELECT COUNT(*) FROM product WHERE sku = :sku),
       (SELECT COUNT(*) FROM ship_node WHERE node = :node);

-- :name stock_change
-- By hand: a count also makes a short-picked cell trusted again.
INSERT INTO stock (sku, node, on_hand_qty, counted_ts_us)
VALUES (:sku, :node, :on_hand_qty, :ts_us)
ON CONFLICT (sku, node) DO UPDATE SET
    on_hand_qty = excluded.on_hand_qty,
    counted_ts_us = CASE WHEN :is_count = 1 THEN excluded.counted_ts_us
                         ELSE stock.counted_ts_us END,
    dirty_ts_us = CASE WHEN :is_count = 1 THEN 0 ELSE stock.dirty_ts_us END;

-- :name stock_book
-- Something came, went or is on hold; the first that is known of a cell is as
-- good as a count.
INSERT INTO stock (sku, node, on_hand_qty, held_qty, counted_ts_us)
VALUES (:sku, :node, :qty, CASE WHEN :held_qty > 0 THEN :held_qty ELSE 0 END, :ts_us)
ON CONFLICT (sku, node) DO UPDATE SET
    on_hand_qty = stock.on_hand_qty + :qty,
    held_qty = CASE WHEN stock.held_qty + :held_qty > 0 THEN stock.held_qty + :held_qty ELSE 0 END;

-- :name stock_hold_none
UPDATE stock SET held_qty = 0 WHERE sku = :sku AND node = :node AND held_qty <> 0;
