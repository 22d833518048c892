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
SELECT s.order_id, COALESCE(n.partner, ''), s.status, CASE WHEN s.wms_doc_id IS NULL THEN 0 ELSE 1 END
  FROM shipment s
  LEFT JOIN ship_node n ON n.node = s.node
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
INSERT INTO shipment_carton (shipment_key, carton_no, sscc, tracking, advice)
VALUES (:shipment_key, :carton_no, :sscc, :tracking, :advice);

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
       o.ship_by_ts_us, s.weight_g, COALESCE(n.name, ''), s.book_partner, s.service_kind
  FROM shipment s
  JOIN release r ON r.release_key = s.release_key
  JOIN orders o ON o.order_id = s.order_id
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
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
