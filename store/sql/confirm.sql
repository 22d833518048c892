-- What warehouses, payment processors and couriers tell us.

-- :name confirm_line
-- A line of a shipment as the warehouse knows it: its number is our part.
SELECT s.order_id, s.node, s.status, CASE WHEN s.wms_doc_id IS NULL THEN 0 ELSE 1 END,
       p.part_no, p.status, p.line_no, o.sku, l.planned, l.quantity, COALESCE(l.closed, '')
  FROM shipment s
  LEFT JOIN shipment_line l ON l.shipment_key = s.shipment_key AND l.order_id = s.order_id
                           AND l.part_no = :part_no
  LEFT JOIN part p ON p.order_id = l.order_id AND p.part_no = l.part_no
  LEFT JOIN order_line o ON o.order_id = p.order_id AND o.line_no = p.line_no
 WHERE s.shipment_key = :shipment_key;

-- :name confirm_split_qty
-- What was split off a confirmed line as short.  Such a part begins where its
-- parent stood, at the node; one that allocation split off begins released.
SELECT CAST(COALESCE(SUM(l.planned), 0) AS BIGINT)
  FROM shipment_line l
  JOIN part p ON p.order_id = l.order_id AND p.part_no = l.part_no
  JOIN release_status r ON r.order_id = p.order_id AND r.part_no = p.part_no AND r.seq = 1
 WHERE l.shipment_key = :shipment_key AND l.closed = 'SHORT' AND p.parent_no = :part_no
   AND r.status > 3200;

-- :name confirm_implied
-- No file said that the part was there: it follows from what came after.
UPDATE release_status SET implied = 1
 WHERE order_id = :order_id AND part_no = :part_no AND status_quantity > 0;

-- :name confirm_split_part
-- The short quantity, as a part of its own where its parent stands.
INSERT INTO part (order_id, part_no, line_no, qty, status, node, release_key, parent_no, attempts)
SELECT p.order_id,
       (SELECT MAX(x.part_no) + 1 FROM part x WHERE x.order_id = p.order_id),
       p.line_no, :qty, p.status, p.node, p.release_key, p.part_no, p.attempts
  FROM part p
 WHERE p.order_id = :order_id AND p.part_no = :part_no
RETURNING part_no;

-- :name confirm_part_qty
UPDATE part SET qty = :qty WHERE order_id = :order_id AND part_no = :part_no;

-- :name confirm_part_short
-- Back in the queue, without a shipment; its release key stays until the next.
UPDATE part SET attempts = attempts + 1, shipment_key = ''
 WHERE order_id = :order_id AND part_no = :part_no;

-- :name confirm_line_shipped
UPDATE shipment_line SET planned = :qty, quantity = :qty
 WHERE shipment_key = :shipment_key AND order_id = :order_id AND part_no = :part_no;

-- :name confirm_line_short
UPDATE shipment_line SET closed = 'SHORT'
 WHERE shipment_key = :shipment_key AND order_id = :order_id AND part_no = :part_no;

-- :name confirm_line_split
INSERT INTO shipment_line (shipment_key, order_id, part_no, planned, quantity, closed)
VALUES (:shipment_key, :order_id, :part_no, :qty, 0, 'SHORT');

-- :name confirm_line_rest
-- What is to follow: a line of the same shipment, open.
INSERT INTO shipment_line (shipment_key, order_id, part_no, planned)
VALUES (:shipment_key, :order_id, :part_no, :qty);

-- :name confirm_part_rest
UPDATE part SET shipment_key = :shipment_key WHERE order_id = :order_id AND part_no = :part_no;

-- :name confirm_rest_add
-- The warehouse knows the new line by the number it was told of the old one.
INSERT INTO ship_rest (shipment_key, part_no, told_no)
VALUES (:shipment_key, :new_no,
        COALESCE((SELECT r.told_no FROM ship_rest r
                   WHERE r.shipment_key = :shipment_key AND r.part_no = :part_no), :part_no));

-- :name confirm_pieces
-- What one unit of a line takes from the shelf.
SELECT sku, qty_per FROM kit_component
 WHERE order_id = :order_id AND line_no = :line_no ORDER BY comp_no;

-- :name confirm_stock_shipped
-- A count taken after the goods left has seen it; one at that very time has not.
UPDATE stock
   SET on_hand_qty = on_hand_qty - CASE WHEN counted_ts_us <= :ts_us THEN :qty ELSE 0 END,
       reserved_qty = CASE WHEN reserved_qty > :qty THEN reserved_qty - :qty ELSE 0 END
 WHERE sku = :sku AND node = :node
RETURNING on_hand_qty, counted_ts_us;

-- :name confirm_shipment_lighter
UPDATE shipment
   SET weight_g = weight_g - (SELECT CASE WHEN shipment.weight_g > p.weight_g * :qty
                                          THEN p.weight_g * :qty ELSE shipment.weight_g END
                                FROM product p WHERE p.sku = :sku)
 WHERE shipment_key = :shipment_key
   AND EXISTS (SELECT 1 FROM product p WHERE p.sku = :sku);

-- :name confirm_stock_short
-- The shelf is not what we thought, unless it was counted since.
UPDATE stock
   SET reserved_qty = CASE WHEN reserved_qty > :qty THEN reserved_qty - :qty ELSE 0 END,
       dirty_ts_us = CASE WHEN counted_ts_us > :ts_us THEN dirty_ts_us ELSE :now_us END
 WHERE sku = :sku AND node = :node;

-- :name confirm_shipment_shipped
UPDATE shipment
   SET shipped_ts_us = :ts_us,
       tracking = CASE WHEN :tracking = '' THEN tracking ELSE :tracking END
 WHERE shipment_key = :shipment_key;

-- :name confirm_parcel_add
-- Of trade customers only, who are told of each parcel; once for a number.
INSERT INTO shipment_carton (shipment_key, carton_no, sscc, tracking, advice)
SELECT s.shipment_key,
       (SELECT COALESCE(MAX(c.carton_no), 0) + 1 FROM shipment_carton c WHERE c.shipment_key = s.shipment_key),
       '', :tracking, ''
  FROM shipment s
  JOIN trade_order t ON t.order_id = s.order_id
 WHERE s.shipment_key = :shipment_key
   AND NOT EXISTS (SELECT 1 FROM shipment_carton c
                    WHERE c.shipment_key = s.shipment_key AND c.sscc = '' AND c.tracking = :tracking);

-- :name confirm_parcel_line_add
INSERT INTO shipment_carton_line (shipment_key, carton_no, n, part_no, sku, lot, qty)
SELECT c.shipment_key, c.carton_no,
       (SELECT COUNT(*) + 1 FROM shipment_carton_line l
         WHERE l.shipment_key = c.shipment_key AND l.carton_no = c.carton_no),
       :part_no, :sku, '', :qty
  FROM shipment_carton c
 WHERE c.shipment_key = :shipment_key AND c.sscc = '' AND c.tracking = :tracking;

-- :name confirm_shipment_empty
-- Every line of it is closed: it will never leave.
UPDATE shipment SET status = 'CANCELLED', stage = 0
 WHERE shipment_key = :shipment_key
   AND NOT EXISTS (SELECT 1 FROM shipment_line l
                    WHERE l.shipment_key = :shipment_key AND l.closed IS NULL);

-- :name confirm_charge
SELECT charge_id, order_id, kind, amount_minor, currency, state FROM charge
 WHERE idem_key = :charge_key;

-- :name courier_shipment
SELECT order_id, status FROM shipment WHERE shipment_key = :shipment_key;

-- :name courier_unshipped
-- A line the warehouse has not confirmed yet.
SELECT p.part_no, p.status
  FROM shipment_line l
  JOIN part p ON p.order_id = l.order_id AND p.part_no = l.part_no
 WHERE l.shipment_key = :shipment_key AND l.closed IS NULL AND l.quantity = 0
   AND p.status < 3700
 ORDER BY p.part_no LIMIT 1;

-- :name courier_next_part
-- The next part that left and has not come as far as the courier says.
SELECT p.part_no, p.status
  FROM shipment_line l
  JOIN part p ON p.order_id = l.order_id AND p.part_no = l.part_no
 WHERE l.shipment_key = :shipment_key AND l.quantity > 0 AND l.part_no > :after
   AND p.status >= 3700 AND p.status < :to_status
 ORDER BY l.part_no LIMIT 1;

-- :name courier_set_status
-- Once the courier has the goods there is nothing left to book.
UPDATE shipment
   SET status = :status,
       stage = CASE WHEN :status = 'BOOKED' THEN stage ELSE 0 END,
       tracking = CASE WHEN :tracking = '' THEN tracking ELSE :tracking END
 WHERE shipment_key = :shipment_key;

-- :name sent_ship_order
-- Who ships it: its node, the partner that runs it, whom it was sent to.
SELECT s.node, COALESCE(n.partner, ''), COALESCE(d.partner, n.partner, ''), COALESCE(d.partner, '')
  FROM shipment s
  LEFT JOIN ship_node n ON n.node = s.node
  LEFT JOIN document d ON d.doc_id = s.wms_doc_id
 WHERE s.shipment_key = :key;

-- :name sent_booking
-- Who carries it: as it is routed, and as it was booked.
SELECT s.node, COALESCE(n.partner, ''), s.book_partner, COALESCE(d.partner, '')
  FROM shipment s
  LEFT JOIN ship_node n ON n.node = s.node
  LEFT JOIN document d ON d.doc_id = s.book_doc_id
 WHERE s.shipment_key = :key;

-- :name sent_charge
SELECT '', '', '', COALESCE(d.partner, '')
  FROM charge c
  LEFT JOIN document d ON d.doc_id = c.doc_id
 WHERE c.idem_key = :key;
