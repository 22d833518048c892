.mode list
.separator " | "
.nullvalue -
SELECT '-- orders';
SELECT order_no, channel, revision, currency, total_minor, stage, label, status_min, status_max, shop_sent FROM orders ORDER BY order_no, channel;
SELECT '-- lines';
SELECT o.order_no, line_no, group_no, sku, qty, billed_qty, net_minor, l.tax_minor, disc_net_minor, disc_tax_minor, l.ship_net_minor, l.ship_tax_minor FROM order_line l JOIN orders o USING (order_id) ORDER BY 1, 2;
SELECT '-- parts';
SELECT o.order_no, part_no, line_no, qty, status, node, release_key, shipment_key, parent_no, attempts FROM part JOIN orders o USING (order_id) ORDER BY 1, 2;
SELECT '-- holds';
SELECT o.order_no, shipment_key, type, code, reason, state FROM hold JOIN orders o USING (order_id) ORDER BY 1, 2, 3, hold_id;
SELECT '-- shipments';
SELECT shipment_key, release_key, o.order_no, node, s.stage, status, carrier, service, rate_minor, weight_g, value_minor, tracking, wms_doc_id, book_doc_id FROM shipment s JOIN orders o USING (order_id) ORDER BY 1;
SELECT '-- shipment lines';
SELECT shipment_key, part_no, planned, quantity, closed FROM shipment_line ORDER BY 1, 2;
SELECT '-- release history';
SELECT o.order_no, part_no, seq, release_key, status, status_quantity, qty, implied FROM release_status JOIN orders o USING (order_id) ORDER BY 1, 2, 3;
SELECT '-- invoices';
SELECT invoice_no, kind, credits, o.order_no, shipment_key, i.currency, goods_minor, discount_minor, shipping_minor, i.tax_minor, i.total_minor, journal_doc_id FROM invoice i JOIN orders o USING (order_id) ORDER BY 1;
SELECT '-- charges';
SELECT idem_key, kind, payment_n, amount_minor, state, answer_ref, doc_id FROM charge ORDER BY charge_id;
SELECT '-- spend';
SELECT customer_key, currency, committed_minor FROM customer_spend ORDER BY 1, 2;
SELECT '-- stock that moved';
SELECT DISTINCT s.sku, s.node, on_hand_qty, reserved_qty, dirty_ts_us > 0 FROM stock s LEFT JOIN stock_move m ON m.sku = s.sku AND m.node = s.node AND m.kind <> 'count' WHERE reserved_qty > 0 OR m.sku IS NOT NULL ORDER BY 1, 2;
SELECT '-- documents';
SELECT doc_id, partner, type, doc_no, name, state, items, sum_minor, code FROM document ORDER BY doc_id;
SELECT '-- files';
SELECT partner, feed, name, state, records, applied, duplicates, rejected, code FROM file WHERE partner <> 'merchant' ORDER BY 1, 3, sha256;
SELECT '-- dead letters';
SELECT dead_id, kind, partner, key, code, where_text, reason, name, state FROM dead ORDER BY dead_id;
SELECT '-- care for dead letters' WHERE EXISTS (SELECT 1 FROM dead WHERE owner || note <> '' OR nights > 0);
SELECT dead_id, owner, CASE WHEN note LIKE 'enc1:%' THEN '(sealed)' ELSE note END, nights FROM dead WHERE owner || note <> '' OR nights > 0 ORDER BY dead_id;
SELECT '-- versions of dead letters' WHERE EXISTS (SELECT 1 FROM dead_version WHERE version > 1);
SELECT dead_id, version, parent, note, sha256 FROM dead_version WHERE version > 1 ORDER BY 1, 2;
SELECT '-- history';
SELECT o.order_no, seq, event, from_status, to_status FROM event JOIN orders o USING (order_id) ORDER BY 1, 2;
