-- :name ingest_order_id_get
-- Ids are taken from here once a batch, and the last one is written back.
SELECT value FROM counter WHERE name = 'order';

-- :name ingest_order_id_set
UPDATE counter SET value = :value WHERE name = 'order';

-- :name ingest_record_add
-- A file read again keeps what its records became the first time.
INSERT INTO record (file_id, record_no, byte_off, byte_len, line_no, key, state, note, total_minor, currency)
VALUES (:file_id, :record_no, :byte_off, :byte_len, :line_no, :key, :state, :note, :total_minor, :currency)
ON CONFLICT (file_id, record_no) DO NOTHING;

-- :name ingest_order_add
-- 0 rows changed: the number is known, it is a repeat, a revision or a conflict.
INSERT INTO orders (order_id, order_no, channel, partner, revision, content_hash, file_id, record_no,
                    currency, taxation, customer_key, customer_no, customer_name, customer_email,
                    order_ts_us, received_ts_us, ship_by_ts_us, total_minor, tax_minor, basket_hash,
                    shop_status, payment_status, recon, incomplete, ship_complete, stage, touched,
                    status_min, status_max, label, label_ts_us)
VALUES (:order_id, :order_no, :channel, :partner, 1, :content_hash, :file_id, :record_no,
        :currency, :taxation, :customer_key, :customer_no, :customer_name, :customer_email,
        :order_ts_us, :received_ts_us, :ship_by_ts_us, :total_minor, :tax_minor, :basket_hash,
        :shop_status, :payment_status, :recon, :incomplete, :ship_complete, :stage, 1,
        :status, :status, :label, :received_ts_us)
ON CONFLICT (order_no, channel) DO NOTHING;

-- :name ingest_order_known
-- ours: every part was ended here and not by the shop.
SELECT o.order_id, o.revision, o.content_hash, o.shop_status,
       (SELECT COUNT(*) FROM release r WHERE r.order_id = o.order_id),
       (SELECT COUNT(*) FROM part p WHERE p.order_id = o.order_id AND p.status BETWEEN 3200 AND 8999),
       (SELECT COUNT(*) FROM part p WHERE p.order_id = o.order_id AND p.status >= 9000),
       (SELECT COUNT(*) FROM part p WHERE p.order_id = o.order_id AND p.status < 9000)
  FROM orders o
 WHERE o.order_no = :order_no AND o.channel = :channel;

-- :name ingest_order_revise
UPDATE orders
   SET revision = revision + 1, partner = :partner, content_hash = :content_hash, file_id = :file_id,
       record_no = :record_no, currency = :currency, taxation = :taxation, customer_key = :customer_key,
       customer_no = :customer_no, customer_name = :customer_name, customer_email = :customer_email,
       order_ts_us = :order_ts_us, ship_by_ts_us = :ship_by_ts_us, total_minor = :total_minor,
       tax_minor = :tax_minor, basket_hash = :basket_hash, shop_status = :shop_status,
       payment_status = :payment_status, recon = :recon, incomplete = :incomplete, stage = :stage,
       touched = 1, status_min = :status, status_max = :status, label = :label, label_ts_us = :ts_us
 WHERE order_id = :order_id;

-- :name ingest_free_stock
-- What its scheduled parts hold reserved, kits by their components.
UPDATE stock
   SET reserved_qty = reserved_qty - (
       SELECT SUM(p.qty * COALESCE(k.qty_per, 1))
         FROM part p
         JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
         LEFT JOIN kit_component k ON k.order_id = l.order_id AND k.line_no = l.line_no
        WHERE p.order_id = :order_id AND p.status = 1500
          AND p.node = stock.node AND COALESCE(k.sku, l.sku) = stock.sku)
 WHERE (sku, node) IN (
       SELECT COALESCE(k.sku, l.sku), p.node
         FROM part p
         JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
         LEFT JOIN kit_component k ON k.order_id = l.order_id AND k.line_no = l.line_no
        WHERE p.order_id = :order_id AND p.status = 1500);

-- :name ingest_drop_parts
DELETE FROM part WHERE order_id = :order_id;

-- :name ingest_drop_components
DELETE FROM kit_component WHERE order_id = :order_id;

-- :name ingest_drop_taxes
DELETE FROM line_tax WHERE order_id = :order_id;

-- :name ingest_drop_payments
DELETE FROM payment WHERE order_id = :order_id;

-- :name ingest_drop_lines
DELETE FROM order_line WHERE order_id = :order_id;

-- :name ingest_drop_groups
DELETE FROM ship_group WHERE order_id = :order_id;

-- :name ingest_close_holds
-- Holds a run has set; those of a person stay until a person lifts them.
UPDATE hold SET state = 'resolved', resolved_ts_us = :ts_us, resolved_by = :actor
 WHERE order_id = :order_id AND state = 'open' AND set_by LIKE 'run:%';

-- :name ingest_group_add
INSERT INTO ship_group (order_id, group_no, shop_id, method, name, company, address1, address2, city,
                        postal_code, state, country, phone, ship_net_minor, ship_tax_minor)
VALUES (:order_id, :group_no, :shop_id, :method, :name, :company, :address1, :address2, :city,
        :postal_code, :state, :country, :phone, :ship_net_minor, :ship_tax_minor);

-- :name ingest_line_add
INSERT INTO order_line (order_id, line_no, group_no, sku, name, qty, net_minor, tax_minor, disc_net_minor,
                        disc_tax_minor, ship_net_minor, ship_tax_minor, tax_rate, position)
VALUES (:order_id, :line_no, :group_no, :sku, :name, :qty, :net_minor, :tax_minor, :disc_net_minor,
        :disc_tax_minor, :ship_net_minor, :ship_tax_minor, :tax_rate, :position);

-- :name ingest_component_add
INSERT INTO kit_component (order_id, line_no, comp_no, sku, qty_per)
VALUES (:order_id, :line_no, :comp_no, :sku, :qty_per);

-- :name ingest_tax_add
INSERT INTO line_tax (order_id, line_no, n, tax_id, tax_rate, amount_minor)
VALUES (:order_id, :line_no, :n, :tax_id, :tax_rate, :amount_minor);

-- :name ingest_part_add
-- One part a line to begin with: it is split when its pieces part ways.
INSERT INTO part (order_id, part_no, line_no, qty, status)
VALUES (:order_id, :line_no, :line_no, :qty, :status);

-- :name ingest_payment_add
INSERT INTO payment (order_id, n, tender, method, amount_minor, authorised, captured, transaction_id, processor)
VALUES (:order_id, :n, :tender, :method, :amount_minor, :authorised, :captured, :transaction_id, :processor);

-- :name ingest_event_first
INSERT INTO event (order_id, seq, ts_us, event, to_status, actor, detail)
VALUES (:order_id, 1, :ts_us, 'received', :to_status, :actor, :detail);

-- :name ingest_any_dead
-- Is anything of the partner waiting at all?  Mostly not: then nobody asks.
SELECT 1 FROM dead
 WHERE partner = :partner AND state IN ('open', 'held', 'retried') AND key <> '' LIMIT 1;

-- :name ingest_dead_of
-- A conflict is for a person to settle: no repeat of the order mends it.
SELECT COUNT(*), SUM(CASE WHEN code = 'order.conflict' THEN 1 ELSE 0 END) FROM dead
 WHERE partner = :partner AND key = :key AND state IN ('open', 'held', 'retried')
   AND COALESCE(file_id, 0) <> :not_of_file_id;
