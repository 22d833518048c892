-- Warehouses by EDI, and what is ordered from suppliers.

---------------------------------------------------------------- advices

-- :name wms_advice_get
SELECT digest, file_id FROM wms_advice WHERE partner = :partner AND kind = :kind AND key = :key;

-- :name wms_advice_add
INSERT INTO wms_advice (partner, kind, key, digest, file_id, ts_us, shipment_key, scac, bill, note)
VALUES (:partner, :kind, :key, :digest, :file_id, :ts_us, :shipment_key, :scac, :bill, :note);

-- :name wms_nodes
SELECT node FROM ship_node WHERE partner = :partner ORDER BY node LIMIT 2;

-- :name wms_node_is
SELECT node FROM ship_node WHERE partner = :partner AND node = :node;

-- :name wms_product
SELECT sku, unit FROM product WHERE sku = :sku;

---------------------------------------------------------------- 945

-- :name wms_shipment
SELECT s.order_id, CASE WHEN s.wms_doc_id IS NULL THEN 0 ELSE 1 END
  FROM shipment s
 WHERE s.shipment_key = :shipment_key;

-- :name wms_ship_lines
-- The lines of a shipment by the numbers that its warehouse was told.
SELECT COALESCE(r.told_no, l.part_no), l.part_no, o.sku, COALESCE(w.unit, 'piece'),
       l.planned, l.quantity, COALESCE(l.closed, '')
  FROM shipment_line l
  JOIN part p ON p.order_id = l.order_id AND p.part_no = l.part_no
  JOIN order_line o ON o.order_id = p.order_id AND o.line_no = p.line_no
  LEFT JOIN product w ON w.sku = o.sku
  LEFT JOIN ship_rest r ON r.shipment_key = l.shipment_key AND r.part_no = l.part_no
 WHERE l.shipment_key = :shipment_key
 ORDER BY COALESCE(r.told_no, l.part_no), l.part_no;

-- :name wms_carton_last
SELECT CAST(COALESCE(MAX(carton_no), 0) AS BIGINT) FROM shipment_carton WHERE shipment_key = :shipment_key;

-- :name wms_carton_add
INSERT INTO shipment_carton (shipment_key, carton_no, with_no, sscc, tracking, advice)
VALUES (:shipment_key, :carton_no, :with_no, :sscc, :tracking, :advice);

-- :name wms_carton_line_add
INSERT INTO shipment_carton_line (shipment_key, carton_no, n, part_no, sku, lot, qty)
VALUES (:shipment_key, :carton_no,
        (SELECT COUNT(*) + 1 FROM shipment_carton_line l
          WHERE l.shipment_key = :shipment_key AND l.carton_no = :carton_no),
        :part_no, :sku, :lot, :qty);

---------------------------------------------------------------- 940

-- :name edi_out_sets_ship_order
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, ROW_NUMBER() OVER (ORDER BY s.shipment_key), :type, s.shipment_key
  FROM shipment s WHERE s.wms_doc_id = :doc_id;

-- :name edi_ship_orders
SELECT s.shipment_key, s.release_key, r.attempt, o.order_no, o.channel, s.node,
       s.carrier, s.service, s.promise_ts_us, s.value_minor,
       g.name, g.company, g.address1, g.address2, g.postal_code, g.city, g.state, g.country, g.phone,
       o.ship_by_ts_us, s.weight_g, COALESCE(n.name, ''), s.book_partner, s.service_kind,
       COALESCE(tg.to_q, ''), COALESCE(tg.to_id, ''), COALESCE(tg.mark_q, ''), COALESCE(tg.mark_id, ''),
       g.order_id || '/' || g.group_no AS place_ship_group
  FROM shipment s
  JOIN release r ON r.release_key = s.release_key
  JOIN orders o ON o.order_id = s.order_id
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
  LEFT JOIN trade_group tg ON tg.order_id = s.order_id AND tg.group_no = s.group_no
  LEFT JOIN ship_node n ON n.node = s.node
 WHERE s.wms_doc_id = :doc_id
 ORDER BY s.shipment_key;

-- :name edi_ship_order_lines
-- A line that closed before it was written is not to be shipped.
SELECT s.shipment_key, l.part_no, p.line_no, ol.sku, ol.name, l.planned, k.sku, k.qty_per,
       COALESCE(w.unit, 'piece')
  FROM shipment s
  JOIN shipment_line l ON l.shipment_key = s.shipment_key
  JOIN part p ON p.order_id = l.order_id AND p.part_no = l.part_no
  JOIN order_line ol ON ol.order_id = p.order_id AND ol.line_no = p.line_no
  LEFT JOIN kit_component k ON k.order_id = p.order_id AND k.line_no = p.line_no
  LEFT JOIN product w ON w.sku = ol.sku
 WHERE s.wms_doc_id = :doc_id AND l.closed IS NULL
 ORDER BY s.shipment_key, l.order_id, l.part_no, k.comp_no;

---------------------------------------------------------------- stock reports

-- :name wms_stocked_next
-- What is counted at a node, product by product.
SELECT sku FROM stock WHERE node = :node AND sku > :after AND on_hand_qty <> 0 ORDER BY sku LIMIT 1;

-- :name emit_take_stock_report
-- One report a business day and partner: what every product has that may be
-- sold, at all nodes together.  A cell whose shelf is in doubt has nothing.
INSERT INTO stock_report (partner, sku, window, qty, doc_id)
SELECT :partner, p.sku, :window, CAST(COALESCE(SUM(
       CASE WHEN n.open = 1 AND s.dirty_ts_us = 0
             AND s.on_hand_qty - s.held_qty - s.reserved_qty - s.buffer_qty > 0
            THEN s.on_hand_qty - s.held_qty - s.reserved_qty - s.buffer_qty
            ELSE 0 END), 0) AS BIGINT), :doc_id
  FROM product p
  LEFT JOIN stock s ON s.sku = p.sku
  LEFT JOIN ship_node n ON n.node = s.node
 WHERE p.active = 1
   AND NOT EXISTS (SELECT 1 FROM stock_report r
                    WHERE r.partner = :partner AND r.sku = p.sku AND r.window >= :window)
 GROUP BY p.sku
 ORDER BY p.sku
 LIMIT :max
    ON CONFLICT (partner, sku) DO UPDATE
   SET window = excluded.window, qty = excluded.qty, doc_id = excluded.doc_id;

-- :name edi_out_sets_stock_report
-- A set holds 10000 lines: SET_LINES_MAX.
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, t.n, :type, CAST(:doc_id AS TEXT) || '-' || CAST(t.n AS TEXT)
  FROM (SELECT DISTINCT (x.k - 1) / 10000 + 1 AS n
          FROM (SELECT ROW_NUMBER() OVER (ORDER BY r.sku) AS k
                  FROM stock_report r WHERE r.doc_id = :doc_id) x) t;

-- :name edi_stock_report
SELECT r.sku, COALESCE(p.name, ''), COALESCE(p.unit, 'piece'), r.qty,
       CAST(r.doc_id AS TEXT) || '-'
       || CAST((ROW_NUMBER() OVER (ORDER BY r.sku) - 1) / 10000 + 1 AS TEXT)
  FROM stock_report r
  LEFT JOIN product p ON p.sku = r.sku
 WHERE r.doc_id = :doc_id
 ORDER BY r.sku;

---------------------------------------------------------------- supply

-- :name supply_standing
SELECT o.kind, o.partner, o.node, o.currency,
       CASE WHEN o.order_doc_id IS NULL AND o.notice_doc_id IS NULL THEN 0 ELSE 1 END,
       l.sku, l.qty, l.price_minor, o.due_ts_us
  FROM supply_order o
  LEFT JOIN supply_line l ON l.supply_no = o.supply_no AND l.line_no = :line_no
 WHERE o.supply_no = :supply_no;

-- :name supply_order_upsert
INSERT INTO supply_order (supply_no, kind, partner, node, currency, due_ts_us, state)
VALUES (:supply_no, :kind, :supplier, :node, :currency, :due_at, 'open')
    ON CONFLICT (supply_no) DO UPDATE SET due_ts_us = excluded.due_ts_us;

-- :name supply_line_upsert
INSERT INTO supply_line (supply_no, line_no, sku, qty, price_minor)
VALUES (:supply_no, :line_no, :sku, :qty, :price)
    ON CONFLICT (supply_no, line_no) DO UPDATE
   SET sku = excluded.sku, qty = excluded.qty, price_minor = excluded.price_minor;

-- :name supply_receive
-- The line that is named, when it is of that product; else one that is open.
UPDATE supply_line
   SET received_qty = received_qty + :good_qty, damaged_qty = damaged_qty + :damaged_qty
 WHERE supply_no = :supply_no
   AND line_no = (SELECT l.line_no
                    FROM supply_line l
                    JOIN supply_order o ON o.supply_no = l.supply_no
                   WHERE l.supply_no = :supply_no AND o.node = :node AND l.sku = :sku
                   ORDER BY CASE WHEN l.line_no = :line_no THEN 0 ELSE 1 END,
                            CASE WHEN l.received_qty + l.damaged_qty < l.qty THEN 0 ELSE 1 END,
                            l.line_no
                   LIMIT 1);

-- :name supply_close
UPDATE supply_order SET state = 'received'
 WHERE supply_no = :supply_no
   AND NOT EXISTS (SELECT 1 FROM supply_line l
                    WHERE l.supply_no = :supply_no AND l.received_qty + l.damaged_qty < l.qty);

-- :name emit_take_supply_orders
UPDATE supply_order
   SET order_doc_id = :doc_id
 WHERE supply_no IN (
       SELECT o.supply_no FROM supply_order o
        WHERE o.order_doc_id IS NULL AND o.kind = 'purchase' AND o.partner = :partner
        ORDER BY o.supply_no
        LIMIT :max);

-- :name emit_take_stock_notices
UPDATE supply_order
   SET notice_doc_id = :doc_id
 WHERE supply_no IN (
       SELECT o.supply_no
         FROM supply_order o
         JOIN ship_node n ON n.node = o.node
        WHERE o.notice_doc_id IS NULL AND n.partner = :partner
        ORDER BY o.supply_no
        LIMIT :max);

-- :name edi_out_sets_supply_order
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, ROW_NUMBER() OVER (ORDER BY o.supply_no), :type, o.supply_no
  FROM supply_order o WHERE o.order_doc_id = :doc_id;

-- :name edi_out_sets_stock_notice
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, ROW_NUMBER() OVER (ORDER BY o.supply_no), :type, o.supply_no
  FROM supply_order o WHERE o.notice_doc_id = :doc_id;

-- :name edi_supply_orders
SELECT o.supply_no, o.partner, o.node, COALESCE(n.name, ''), o.currency, o.due_ts_us
  FROM supply_order o
  LEFT JOIN ship_node n ON n.node = o.node
 WHERE o.order_doc_id = :doc_id
 ORDER BY o.supply_no;

-- :name edi_supply_order_lines
SELECT l.supply_no, l.line_no, l.sku, COALESCE(p.name, ''), COALESCE(p.unit, 'piece'), l.qty, l.price_minor
  FROM supply_order o
  JOIN supply_line l ON l.supply_no = o.supply_no
  LEFT JOIN product p ON p.sku = l.sku
 WHERE o.order_doc_id = :doc_id
 ORDER BY l.supply_no, l.line_no;

-- :name edi_stock_notices
SELECT o.supply_no, o.partner, o.node, COALESCE(n.name, ''), o.currency, o.due_ts_us
  FROM supply_order o
  LEFT JOIN ship_node n ON n.node = o.node
 WHERE o.notice_doc_id = :doc_id
 ORDER BY o.supply_no;

-- :name edi_stock_notice_lines
SELECT l.supply_no, l.line_no, l.sku, COALESCE(p.name, ''), COALESCE(p.unit, 'piece'), l.qty, l.price_minor
  FROM supply_order o
  JOIN supply_line l ON l.supply_no = o.supply_no
  LEFT JOIN product p ON p.sku = l.sku
 WHERE o.notice_doc_id = :doc_id
 ORDER BY l.supply_no, l.line_no;
