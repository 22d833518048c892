-- Reference data: a row replaces the row with its key.

-- :name ref_products_upsert
INSERT INTO product (sku, name, class, weight_g, unit, shortage, active)
VALUES (:sku, :name, COALESCE(:class, ''), :weight_g, COALESCE(:unit, 'piece'),
        COALESCE(:shortage, 'backorder'), COALESCE(:active, 1))
ON CONFLICT (sku) DO UPDATE SET
       name = excluded.name, class = excluded.class, weight_g = excluded.weight_g,
       unit = excluded.unit, shortage = excluded.shortage, active = excluded.active;

-- :name ref_ship_nodes_upsert
INSERT INTO ship_node (node, name, partner, node_group, country, no_inventory, lead_s, open)
VALUES (:node, :name, :partner, COALESCE(:node_group, ''), :country,
        COALESCE(:no_inventory, 'zero'), COALESCE(:lead_hours, 86400), COALESCE(:open, 1))
ON CONFLICT (node) DO UPDATE SET
       name = excluded.name, partner = excluded.partner, node_group = excluded.node_group,
       country = excluded.country, no_inventory = excluded.no_inventory,
       lead_s = excluded.lead_s, open = excluded.open;

-- :name ref_zones_upsert
INSERT INTO zone (country, postal_prefix, zone)
VALUES (:country, COALESCE(:postal_prefix, ''), :zone)
ON CONFLICT (country, postal_prefix) DO UPDATE SET zone = excluded.zone;

-- :name ref_lanes_upsert
INSERT INTO lane (node, zone, distance_km)
VALUES (:node, :zone, :distance_km)
ON CONFLICT (node, zone) DO UPDATE SET distance_km = excluded.distance_km;

-- :name ref_carrier_codes_upsert
INSERT INTO carrier_code (partner, set_type, code, event)
VALUES (:partner, :set, :code, :event)
ON CONFLICT (partner, set_type, code) DO UPDATE SET event = excluded.event;

-- :name ref_carrier_codes_get
SELECT partner || '/' || set_type || '/' || code, event
  FROM carrier_code WHERE partner = :partner AND set_type = :set AND code = :code;

-- :name ref_carrier_services_upsert
INSERT INTO carrier_service (carrier, service, kind, partner, method, transit_s, max_weight_g,
                             currency, max_value_minor, active)
VALUES (:carrier, :service, :kind, :partner, COALESCE(:method, ''), :transit_hours, :max_weight_g,
        COALESCE(:currency, ''), :max_value, COALESCE(:active, 1))
ON CONFLICT (carrier, service) DO UPDATE SET
       kind = excluded.kind, partner = excluded.partner, method = excluded.method,
       transit_s = excluded.transit_s, max_weight_g = excluded.max_weight_g,
       currency = excluded.currency, max_value_minor = excluded.max_value_minor,
       active = excluded.active;

-- :name ref_rates_upsert
INSERT INTO rate (carrier, service, zone, max_weight_g, currency, price_minor)
VALUES (:carrier, :service, :zone, :max_weight_g, :currency, :price)
ON CONFLICT (carrier, service, zone, max_weight_g) DO UPDATE SET
       currency = excluded.currency, price_minor = excluded.price_minor;

-- :name ref_routing_rules_upsert
INSERT INTO routing_rule (rule_no, kind, channel, zone, class, method, currency, min_value_minor,
                          max_value_minor, min_weight_g, max_weight_g, target)
VALUES (:rule_no, :kind, COALESCE(:channel, ''), COALESCE(:zone, ''), COALESCE(:class, ''),
        COALESCE(:method, ''), COALESCE(:currency, ''), :min_value, :max_value, :min_weight_g,
        :max_weight_g, :target)
ON CONFLICT (rule_no) DO UPDATE SET
       kind = excluded.kind, channel = excluded.channel, zone = excluded.zone,
       class = excluded.class, method = excluded.method, currency = excluded.currency,
       min_value_minor = excluded.min_value_minor, max_value_minor = excluded.max_value_minor,
       min_weight_g = excluded.min_weight_g, max_weight_g = excluded.max_weight_g,
       target = excluded.target;

-- :name ref_spending_limits_upsert
INSERT INTO spending_limit (customer_key, currency, limit_minor)
VALUES (:customer, :currency, :limit)
ON CONFLICT (customer_key, currency) DO UPDATE SET limit_minor = excluded.limit_minor;

-- :name ref_address_rules_upsert
INSERT INTO address_rule (country, postal_pattern, postal_required, state_required, deliverable)
VALUES (:country, COALESCE(:postal_pattern, ''), :postal_required, :state_required, :deliverable)
ON CONFLICT (country) DO UPDATE SET
       postal_pattern = excluded.postal_pattern, postal_required = excluded.postal_required,
       state_required = excluded.state_required, deliverable = excluded.deliverable;

-- What a row is before and after: its key, then what the audit tells of it.

-- :name ref_products_get
SELECT sku, name, class, weight_g, unit, shortage, active FROM product WHERE sku = :sku;

-- :name ref_ship_nodes_get
SELECT node, name, partner, node_group, country, no_inventory, lead_s, open FROM ship_node WHERE node = :node;

-- :name ref_zones_get
SELECT country || '/' || postal_prefix, zone FROM zone
 WHERE country = :country AND postal_prefix = COALESCE(:postal_prefix, '');

-- :name ref_lanes_get
SELECT node || '/' || zone, distance_km FROM lane WHERE node = :node AND zone = :zone;

-- :name ref_carrier_services_get
SELECT carrier || '/' || service, kind, partner, method, transit_s, max_weight_g, currency, max_value_minor, active
  FROM carrier_service WHERE carrier = :carrier AND service = :service;

-- :name ref_rates_get
SELECT carrier || '/' || service || '/' || zone || '/' || CAST(max_weight_g AS TEXT), currency, price_minor
  FROM rate WHERE carrier = :carrier AND service = :service AND zone = :zone AND max_weight_g = :max_weight_g;

-- :name ref_routing_rules_get
SELECT CAST(rule_no AS TEXT), kind, channel, zone, class, method, currency, min_value_minor, max_value_minor,
       min_weight_g, max_weight_g, target
  FROM routing_rule WHERE rule_no = :rule_no;

-- :name ref_spending_limits_get
SELECT customer_key, currency, limit_minor
  FROM spending_limit WHERE customer_key = :customer AND currency = :currency;

-- :name ref_address_rules_get
SELECT country, postal_pattern, postal_required, state_required, deliverable
  FROM address_rule WHERE country = :country;

-- :name ref_stock_get
-- What a count meets: are sku and node known, the stock as it stands, and what
-- moved since the count was taken.  A move at the very time of the count came
-- after it: the cautious reading.
SELECT CASE WHEN EXISTS (SELECT 1 FROM product p WHERE p.sku = k.sku) THEN 1 ELSE 0 END,
       CASE WHEN EXISTS (SELECT 1 FROM ship_node n WHERE n.node = k.node) THEN 1 ELSE 0 END,
       s.on_hand_qty,
       s.counted_ts_us,
       CAST(COALESCE((SELECT SUM(m.qty) FROM stock_move m
                       WHERE m.sku = k.sku AND m.node = k.node AND m.ts_us >= :counted_ts_us
                         AND m.kind IN ('ship', 'adjust')), 0) AS BIGINT)
  FROM (SELECT CAST(:sku AS TEXT) AS sku, CAST(:node AS TEXT) AS node) k
  LEFT JOIN stock s ON s.sku = k.sku AND s.node = k.node;

-- :name ref_stock_upsert
-- A count taken after the short pick clears the doubt that it left.
INSERT INTO stock (sku, node, on_hand_qty, buffer_qty, counted_ts_us)
VALUES (:sku, :node, :on_hand_qty, COALESCE(:buffer_qty, 0), :counted_ts_us)
ON CONFLICT (sku, node) DO UPDATE SET
       on_hand_qty = excluded.on_hand_qty,
       buffer_qty = COALESCE(:buffer_qty, stock.buffer_qty),
       counted_ts_us = excluded.counted_ts_us,
       dirty_ts_us = CASE WHEN excluded.counted_ts_us >= stock.dirty_ts_us
                          THEN 0 ELSE stock.dirty_ts_us END;

-- :name stock_move_add
INSERT INTO stock_move (move_id, sku, node, ts_us, kind, qty, before_qty, ref, actor)
VALUES (:move_id, :sku, :node, :ts_us, :kind, :qty, :before_qty, :ref, :actor);
