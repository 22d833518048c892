-- Customers who order by EDI: what they sent, and what is said back.

-- :name trade_find
-- The order of that number, and whether these words were heard before.
SELECT o.order_id, o.revision,
       (SELECT COUNT(*) FROM release r WHERE r.order_id = o.order_id),
       COALESCE(t.partner, ''),
       (SELECT COUNT(*) FROM trade_message m WHERE m.order_id = o.order_id AND m.hash = :hash),
       (SELECT COUNT(*)
          FROM trade_message m
          JOIN trade_message n ON n.order_id = m.order_id
         WHERE m.order_id = o.order_id AND m.hash = :hash
           AND (n.ts_us > m.ts_us
                OR (n.ts_us = m.ts_us
                    AND (n.file_id > m.file_id
                         OR (n.file_id = m.file_id AND n.record_no > m.record_no)))))
  FROM orders o
  LEFT JOIN trade_order t ON t.order_id = o.order_id
 WHERE o.order_no = :order_no AND o.channel = :channel;

-- :name trade_message_add
INSERT INTO trade_message (order_id, hash, set_type, file_id, record_no, ts_us)
VALUES (:order_id, :hash, :set_type, :file_id, :record_no, :ts_us)
ON CONFLICT (order_id, hash) DO NOTHING;

-- :name trade_order_set
INSERT INTO trade_order (order_id, partner, set_type, po_number, release_no, order_type, po_date, vendor_no,
                         department, customer_order, promotion, contract, buyer_q, buyer_id, bill_q, bill_id,
                         vendor_q, vendor_id, ship_from_ts_us, ship_by_ts_us, deliver_from_ts_us,
                         deliver_by_ts_us, cancel_after_ts_us, terms_net_days, note)
VALUES (:order_id, :partner, :set_type, :po_number, :release_no, :order_type, :po_date, :vendor_no,
        :department, :customer_order, :promotion, :contract, :buyer_q, :buyer_id, :bill_q, :bill_id,
        :vendor_q, :vendor_id, :ship_from_ts_us, :ship_by_ts_us, :deliver_from_ts_us,
        :deliver_by_ts_us, :cancel_after_ts_us, :terms_net_days, :note)
ON CONFLICT (order_id) DO UPDATE
   SET set_type = excluded.set_type, release_no = excluded.release_no, order_type = excluded.order_type,
       po_date = excluded.po_date, vendor_no = excluded.vendor_no, department = excluded.department,
       customer_order = excluded.customer_order, promotion = excluded.promotion, contract = excluded.contract,
       buyer_q = excluded.buyer_q, buyer_id = excluded.buyer_id, bill_q = excluded.bill_q, bill_id = excluded.bill_id,
       vendor_q = excluded.vendor_q, vendor_id = excluded.vendor_id, ship_from_ts_us = excluded.ship_from_ts_us,
       ship_by_ts_us = excluded.ship_by_ts_us, deliver_from_ts_us = excluded.deliver_from_ts_us,
       deliver_by_ts_us = excluded.deliver_by_ts_us, cancel_after_ts_us = excluded.cancel_after_ts_us,
       terms_net_days = excluded.terms_net_days, note = excluded.note;

-- :name trade_groups_drop
DELETE FROM trade_group WHERE order_id = :order_id;

-- :name trade_lines_drop
DELETE FROM trade_line WHERE order_id = :order_id;

-- :name trade_responses_drop
-- Not given yet: the newest revision answers for them.
DELETE FROM trade_response WHERE order_id = :order_id AND doc_id IS NULL;

-- :name trade_group_add
INSERT INTO trade_group (order_id, group_no, to_q, to_id, mark_q, mark_id)
VALUES (:order_id, :group_no, :to_q, :to_id, :mark_q, :mark_id);

-- :name trade_line_add
INSERT INTO trade_line (order_id, line_no, buyer_line, uom, seller_q, seller_item, buyer_q, buyer_item,
                        gtin_q, gtin, price, price_basis, price_qty)
VALUES (:order_id, :line_no, :buyer_line, :uom, :seller_q, :seller_item, :buyer_q, :buyer_item,
        :gtin_q, :gtin, :price, :price_basis, :price_qty);

-- :name trade_response_add
INSERT INTO trade_response (order_id, revision, dead_id, partner)
SELECT o.order_id, o.revision, 0, :partner FROM orders o WHERE o.order_id = :order_id
ON CONFLICT (order_id, revision, dead_id) DO NOTHING;

-- :name trade_get_order
SELECT o.order_no, o.currency, o.taxation, o.customer_no, o.customer_name, o.customer_email, o.shop_status,
       o.payment_status, o.order_ts_us, o.recon, o.incomplete,
       t.set_type, t.po_number, t.release_no, t.order_type, t.po_date, t.vendor_no, t.department,
       t.customer_order, t.promotion, t.contract, t.buyer_q, t.buyer_id, t.bill_q, t.bill_id, t.vendor_q,
       t.vendor_id, t.terms_net_days, t.note, t.ship_from_ts_us, t.ship_by_ts_us, t.deliver_from_ts_us,
       t.deliver_by_ts_us, t.cancel_after_ts_us,
       o.order_id AS place_orders, t.order_id AS place_trade_order
  FROM orders o JOIN trade_order t ON t.order_id = o.order_id
 WHERE o.order_id = :order_id;

-- :name trade_get_groups
SELECT g.shop_id, g.method, g.name, g.company, g.address1, g.address2, g.city, g.postal_code, g.state,
       g.country, g.phone, g.ship_net_minor, g.ship_tax_minor, t.to_q, t.to_id, t.mark_q, t.mark_id,
       g.order_id || '/' || g.group_no AS place_ship_group
  FROM ship_group g
  JOIN trade_group t ON t.order_id = g.order_id AND t.group_no = g.group_no
 WHERE g.order_id = :order_id ORDER BY g.group_no;

-- :name trade_get_lines
SELECT l.sku, l.name, l.position, l.tax_rate, l.qty, l.group_no, l.net_minor, l.tax_minor, l.disc_net_minor,
       l.disc_tax_minor, l.ship_net_minor, l.ship_tax_minor,
       t.buyer_line, t.uom, t.seller_q, t.seller_item, t.buyer_q, t.buyer_item, t.gtin_q, t.gtin, t.price,
       t.price_basis, t.price_qty
  FROM order_line l
  JOIN trade_line t ON t.order_id = l.order_id AND t.line_no = l.line_no
 WHERE l.order_id = :order_id ORDER BY l.line_no;

-- What goes out: take the rows, name the sets, read them again.

-- :name trade_take_responses
-- Once it is known of every part what becomes of it.
UPDATE trade_response
   SET doc_id = :doc_id
 WHERE (order_id, revision, dead_id) IN (
       SELECT r.order_id, r.revision, r.dead_id
         FROM trade_response r
        WHERE r.doc_id IS NULL AND r.partner = :partner
          AND NOT EXISTS (SELECT 1 FROM part p WHERE p.order_id = r.order_id AND p.status < 1300)
        ORDER BY r.order_id, r.revision, r.dead_id
        LIMIT :max);

-- :name trade_take_notices
-- Once the warehouse has spoken of every line of it.
UPDATE trade_notice
   SET doc_id = :doc_id
 WHERE shipment_key IN (
       SELECT n.shipment_key
         FROM trade_notice n JOIN shipment s ON s.shipment_key = n.shipment_key
        WHERE n.doc_id IS NULL AND n.partner = :partner AND s.status <> 'CANCELLED'
          AND NOT EXISTS (SELECT 1 FROM shipment_line l
                           WHERE l.shipment_key = n.shipment_key AND l.quantity = 0 AND l.closed IS NULL)
        ORDER BY n.shipment_key
        LIMIT :max);

-- :name trade_take_invoices
UPDATE trade_invoice
   SET doc_id = :doc_id
 WHERE invoice_no IN (
       SELECT i.invoice_no
         FROM trade_invoice i JOIN shipment s ON s.shipment_key = i.shipment_key
        WHERE i.doc_id IS NULL AND i.partner = :partner
          AND s.shipped_ts_us IS NOT NULL AND s.status <> 'CANCELLED'
          AND NOT EXISTS (SELECT 1 FROM shipment_line l
                           WHERE l.shipment_key = i.shipment_key AND l.quantity = 0 AND l.closed IS NULL)
        ORDER BY i.shipment_key, i.invoice_no
        LIMIT :max);

-- :name trade_sets_responses
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, ROW_NUMBER() OVER (ORDER BY r.order_id, r.revision, r.dead_id), :type, o.order_no
  FROM trade_response r JOIN orders o ON o.order_id = r.order_id
 WHERE r.doc_id = :doc_id;

-- :name trade_sets_notices
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, ROW_NUMBER() OVER (ORDER BY n.shipment_key), :type, n.shipment_key
  FROM trade_notice n WHERE n.doc_id = :doc_id;

-- :name trade_sets_invoices
-- Without the credit notes that are part of their invoice here.
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, ROW_NUMBER() OVER (ORDER BY t.invoice_no), :type, t.invoice_no
  FROM trade_invoice t JOIN invoice i ON i.invoice_no = t.invoice_no
 WHERE t.doc_id = :doc_id
   AND NOT EXISTS (SELECT 1 FROM trade_invoice d WHERE d.invoice_no = i.credits AND d.doc_id = :doc_id);

-- :name trade_render_responses
SELECT r.order_id, r.revision, r.dead_id, o.order_no, o.currency, o.shop_status,
       COALESCE((SELECT d.reason FROM dead d WHERE d.dead_id = r.dead_id), ''),
       t.po_number, t.release_no, t.po_date, t.vendor_no, t.department, t.customer_order, t.promotion,
       t.contract, t.buyer_q, t.buyer_id, t.bill_q, t.bill_id, t.vendor_q, t.vendor_id, t.terms_net_days
  FROM trade_response r
  JOIN orders o ON o.order_id = r.order_id
  JOIN trade_order t ON t.order_id = r.order_id
 WHERE r.doc_id = :doc_id
 ORDER BY r.order_id, r.revision, r.dead_id;

-- :name trade_render_response_lines
SELECT t.buyer_line, t.uom, t.seller_q, t.seller_item, t.buyer_q, t.buyer_item, t.gtin_q, t.gtin, t.price,
       t.price_basis, l.sku,
       CAST(SUM(CASE WHEN p.status >= 1500 AND p.status < 9000 THEN p.qty ELSE 0 END) AS BIGINT) AS accepted,
       CAST(SUM(CASE WHEN p.status < 1500 THEN p.qty ELSE 0 END) AS BIGINT) AS later,
       CAST(SUM(CASE WHEN p.status >= 9000 THEN p.qty ELSE 0 END) AS BIGINT) AS refused
  FROM order_line l
  JOIN trade_line t ON t.order_id = l.order_id AND t.line_no = l.line_no
  JOIN part p ON p.order_id = l.order_id AND p.line_no = l.line_no
 WHERE l.order_id = :order_id
 GROUP BY l.line_no, t.buyer_line, t.uom, t.seller_q, t.seller_item, t.buyer_q, t.buyer_item, t.gtin_q, t.gtin,
          t.price, t.price_basis, l.sku
 ORDER BY l.line_no;

-- :name trade_render_notices
SELECT s.shipment_key, s.order_id, s.node, s.carrier, s.service, s.book_partner, s.tracking, s.weight_g,
       s.shipped_ts_us, s.promise_ts_us, o.order_no, o.currency,
       g.name, g.company, g.address1, g.address2, g.postal_code, g.city, g.state, g.country, g.phone,
       tg.to_q, tg.to_id, tg.mark_q, tg.mark_id,
       COALESCE((SELECT MIN(i.invoice_no) FROM invoice i
                  WHERE i.order_id = s.order_id AND i.shipment_key = s.shipment_key AND i.kind = 'invoice'), ''),
       COALESCE(w.name, ''),
       t.po_number, t.release_no, t.po_date, t.vendor_no, t.department, t.customer_order, t.promotion,
       t.contract, t.buyer_q, t.buyer_id, t.bill_q, t.bill_id, t.vendor_q, t.vendor_id, t.terms_net_days,
       COALESCE((SELECT MAX(a.bill) FROM wms_advice a
                  WHERE a.shipment_key = s.shipment_key AND a.bill <> ''), s.shipment_key),
       COALESCE((SELECT MAX(a.scac) FROM wms_advice a
                  WHERE a.shipment_key = s.shipment_key AND a.scac <> ''), ''),
       g.order_id || '/' || g.group_no AS place_ship_group
  FROM trade_notice n
  JOIN shipment s ON s.shipment_key = n.shipment_key
  JOIN orders o ON o.order_id = s.order_id
  JOIN trade_order t ON t.order_id = s.order_id
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
  JOIN trade_group tg ON tg.order_id = s.order_id AND tg.group_no = s.group_no
  LEFT JOIN ship_node w ON w.node = s.node
 WHERE n.doc_id = :doc_id
 ORDER BY n.shipment_key;

-- :name trade_render_notice_lines
SELECT t.buyer_line, t.uom, t.seller_q, t.seller_item, t.buyer_q, t.buyer_item, t.gtin_q, t.gtin, t.price,
       t.price_basis, ol.sku, CAST(SUM(l.quantity) AS BIGINT) AS shipped, ol.qty, ol.line_no
  FROM shipment_line l
  JOIN part p ON p.order_id = l.order_id AND p.part_no = l.part_no
  JOIN order_line ol ON ol.order_id = p.order_id AND ol.line_no = p.line_no
  JOIN trade_line t ON t.order_id = ol.order_id AND t.line_no = ol.line_no
 WHERE l.shipment_key = :shipment_key AND l.quantity > 0
 GROUP BY ol.line_no, t.buyer_line, t.uom, t.seller_q, t.seller_item, t.buyer_q, t.buyer_item, t.gtin_q, t.gtin,
          t.price, t.price_basis, ol.sku, ol.qty
 ORDER BY ol.line_no;

-- :name trade_render_cartons
-- In the order of their numbers, which have no gaps; last: the first of the same.
SELECT sscc, tracking, with_no,
       MIN(carton_no) OVER (PARTITION BY sscc, CASE WHEN sscc = '' THEN tracking ELSE '' END)
  FROM shipment_carton WHERE shipment_key = :shipment_key
 ORDER BY carton_no;

-- :name trade_render_carton_lines
SELECT c.carton_no, p.line_no, c.lot, CAST(SUM(c.qty) AS BIGINT)
  FROM shipment_carton_line c
  JOIN shipment s ON s.shipment_key = c.shipment_key
  JOIN part p ON p.order_id = s.order_id AND p.part_no = c.part_no
 WHERE c.shipment_key = :shipment_key
 GROUP BY c.carton_no, p.line_no, c.lot
 ORDER BY c.carton_no, p.line_no, c.lot;

-- :name trade_render_invoices
SELECT i.invoice_no, i.kind, i.credits, i.order_id, i.shipment_key, i.issued_ts_us, i.currency,
       s.shipped_ts_us, o.order_no,
       g.name, g.company, g.address1, g.address2, g.postal_code, g.city, g.state, g.country, g.phone,
       tg.to_q, tg.to_id, tg.mark_q, tg.mark_id,
       t.po_number, t.release_no, t.po_date, t.vendor_no, t.department, t.customer_order, t.promotion,
       t.contract, t.buyer_q, t.buyer_id, t.bill_q, t.bill_id, t.vendor_q, t.vendor_id, t.terms_net_days,
       COALESCE((SELECT MAX(a.bill) FROM wms_advice a
                  WHERE a.shipment_key = s.shipment_key AND a.bill <> ''), s.shipment_key),
       g.order_id || '/' || g.group_no AS place_ship_group
  FROM trade_invoice d
  JOIN invoice i ON i.invoice_no = d.invoice_no
  JOIN orders o ON o.order_id = i.order_id
  JOIN trade_order t ON t.order_id = i.order_id
  JOIN shipment s ON s.shipment_key = i.shipment_key
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
  JOIN trade_group tg ON tg.order_id = s.order_id AND tg.group_no = s.group_no
 WHERE d.doc_id = :doc_id
   AND NOT EXISTS (SELECT 1 FROM trade_invoice x WHERE x.invoice_no = i.credits AND x.doc_id = :doc_id)
 ORDER BY i.invoice_no;

-- :name trade_render_invoice_lines
-- Of the invoice and the credit notes in the same document; line 0 is freight.
SELECT COALESCE(t.buyer_line, ''), COALESCE(t.uom, ''), COALESCE(t.seller_q, ''), COALESCE(t.seller_item, ''),
       COALESCE(t.buyer_q, ''), COALESCE(t.buyer_item, ''), COALESCE(t.gtin_q, ''), COALESCE(t.gtin, ''),
       COALESCE(t.price, ''), COALESCE(t.price_basis, ''), l.sku,
       l.line_no, CAST(SUM(l.qty) AS BIGINT), CAST(SUM(l.net_minor) AS BIGINT), CAST(SUM(l.disc_minor) AS BIGINT),
       CAST(SUM(l.ship_minor) AS BIGINT), CAST(SUM(l.tax_minor) AS BIGINT), l.tax_rate,
       COALESCE(t.price_qty, 1)
  FROM invoice i
  JOIN invoice_line l ON l.invoice_no = i.invoice_no
  LEFT JOIN trade_line t ON t.order_id = i.order_id AND t.line_no = l.line_no
 WHERE i.order_id = :order_id
   AND (i.invoice_no = :invoice_no
        OR (i.credits = :invoice_no
            AND EXISTS (SELECT 1 FROM trade_invoice d WHERE d.invoice_no = i.invoice_no AND d.doc_id = :doc_id)))
 GROUP BY l.line_no, t.buyer_line, t.uom, t.seller_q, t.seller_item, t.buyer_q, t.buyer_item, t.gtin_q, t.gtin,
          t.price, t.price_basis, l.sku, l.tax_rate, t.price_qty
 ORDER BY l.line_no;

-- Remittances.

-- :name trade_remittance_known
SELECT remittance_id, amount_minor, currency,
       (SELECT COUNT(*) FROM remittance_line l WHERE l.remittance_id = remittance.remittance_id)
  FROM remittance WHERE partner = :partner AND trace_no = :trace_no;

-- :name trade_remittance_add
INSERT INTO remittance (remittance_id, partner, trace_no, method, currency, amount_minor, paid_ts_us, file_id,
                        record_no, received_ts_us)
VALUES (:remittance_id, :partner, :trace_no, :method, :currency, :amount_minor, :paid_ts_us, :file_id,
        :record_no, :received_ts_us);

-- :name trade_remittance_line_add
-- An invoice or credit note of an order of his, in the same currency.
INSERT INTO remittance_line (remittance_id, n, qualifier, reference, invoice_no, paid_minor, discount_minor, reason)
SELECT :remittance_id, :n, :qualifier, :reference,
       COALESCE((SELECT i.invoice_no FROM invoice i JOIN trade_order t ON t.order_id = i.order_id
                  WHERE i.invoice_no = :reference AND t.partner = :partner AND i.currency = :currency), ''),
       :paid_minor, :discount_minor, :reason;

-- :name trade_remittance_orders
-- Orders it pays, with what it pays of each.
SELECT i.order_id, CAST(SUM(l.paid_minor) AS BIGINT)
  FROM remittance_line l JOIN invoice i ON i.invoice_no = l.invoice_no
 WHERE l.remittance_id = :remittance_id
 GROUP BY i.order_id ORDER BY i.order_id;

-- :name cli_payments
SELECT r.partner, r.trace_no, r.received_ts_us, r.paid_ts_us, r.method, r.currency, r.amount_minor,
       l.n, l.qualifier, l.reference, l.invoice_no, l.paid_minor, l.discount_minor, l.reason
  FROM remittance r JOIN remittance_line l ON l.remittance_id = r.remittance_id
 WHERE (:partner = '' OR r.partner = :partner) AND (:unmatched = 0 OR l.invoice_no = '')
 ORDER BY r.remittance_id, l.n LIMIT :rows;

-- :name cli_payments_owed
-- Invoices less their credit notes, less what was paid and what he took off.
SELECT x.invoice_no, x.partner, x.order_no, x.issued_ts_us, x.currency, x.total_minor, x.paid_minor,
       x.total_minor - x.paid_minor AS open_minor
  FROM (SELECT i.invoice_no, t.partner, o.order_no, i.issued_ts_us, i.currency,
               CAST(i.total_minor
                    + COALESCE((SELECT SUM(k.total_minor) FROM invoice k
                                 WHERE k.order_id = i.order_id AND k.credits = i.invoice_no), 0) AS BIGINT) AS total_minor,
               CAST(COALESCE((SELECT SUM(l.paid_minor + l.discount_minor) FROM remittance_line l
                               WHERE l.invoice_no = i.invoice_no
                                  OR l.invoice_no IN (SELECT k.invoice_no FROM invoice k
                                                       WHERE k.order_id = i.order_id AND k.credits = i.invoice_no)), 0)
                    AS BIGINT) AS paid_minor
          FROM trade_order t
          JOIN orders o ON o.order_id = t.order_id
          JOIN invoice i ON i.order_id = t.order_id AND i.kind = 'invoice'
         WHERE :partner = '' OR t.partner = :partner) x
 WHERE x.total_minor <> x.paid_minor
 ORDER BY x.invoice_no LIMIT :rows;

-- :name cli_order_first_day
-- Of one that was released already: none.
SELECT t.ship_from_ts_us FROM trade_order t
 WHERE t.order_id = :order_id AND NOT EXISTS (SELECT 1 FROM release r WHERE r.order_id = t.order_id);
