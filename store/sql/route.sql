-- :name route_services
SELECT carrier, service, kind, partner, method, transit_s, max_weight_g, currency, max_value_minor
  FROM carrier_service WHERE active = 1;

-- :name route_rates
SELECT carrier, service, zone, max_weight_g, price_minor, currency FROM rate;

-- :name route_rules
SELECT channel, zone, class, method, currency, min_value_minor, max_value_minor,
       min_weight_g, max_weight_g, target
  FROM routing_rule WHERE kind = 'carrier' ORDER BY rule_no;

-- :name route_queue
-- Stage 5 is SHIPMENT_TO_ROUTE, "> 0" as in bill_queue.  The last column is our own hold of an earlier
-- run, which does not stop us; any other that stops the warehouse order does.
SELECT s.shipment_key, s.order_id, s.weight_g, s.value_minor, o.channel, o.currency,
       g.method, g.zone, n.lead_s,
       EXISTS (SELECT 1 FROM hold h
                WHERE h.order_id = s.order_id AND h.state = 'open'
                  AND h.shipment_key = s.shipment_key AND h.code = 'route.no_service')
  FROM shipment s
  JOIN orders o ON o.order_id = s.order_id
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
  LEFT JOIN ship_node n ON n.node = s.node
 WHERE s.stage > 0 AND s.stage = 5 AND s.shipment_key > :after
   AND NOT EXISTS (SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
                    WHERE h.order_id = s.order_id AND h.state = 'open'
                      AND COALESCE(NULLIF(h.shipment_key, ''), s.shipment_key) = s.shipment_key
                      AND h.code <> 'route.no_service'
                      AND ' ' || t.blocks || ' ' LIKE '% emit %')
 ORDER BY s.shipment_key LIMIT :n;

-- :name route_queue_count
SELECT COUNT(*) FROM shipment WHERE stage > 0 AND stage = 5;

-- :name route_classes
-- Of what is in the shipments of a batch, in their order, some twice; a kit
-- has those of its components too.
SELECT s.shipment_key, COALESCE(p.class, ''), COALESCE(c.class, '')
  FROM shipment s
  JOIN shipment_line sl ON sl.shipment_key = s.shipment_key
  JOIN part t ON t.order_id = sl.order_id AND t.part_no = sl.part_no
  JOIN order_line l ON l.order_id = t.order_id AND l.line_no = t.line_no
  LEFT JOIN product p ON p.sku = l.sku
  LEFT JOIN kit_component k ON k.order_id = l.order_id AND k.line_no = l.line_no
  LEFT JOIN product c ON c.sku = k.sku
 WHERE s.stage > 0 AND s.stage = 5 AND s.shipment_key > :after AND s.shipment_key <= :upto
   AND sl.closed IS NULL AND (p.class <> '' OR c.class <> '')
 ORDER BY s.shipment_key;

-- :name route_shipment_routed
UPDATE shipment
   SET stage = 6, carrier = :carrier, service = :service, service_kind = :kind,
       book_partner = :partner, rate_minor = :rate_minor, promise_ts_us = :promise_ts_us
 WHERE shipment_key = :shipment_key AND stage = 5;
