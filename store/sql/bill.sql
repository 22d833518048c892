-- :name bill_queue
-- Stage 4 is SHIPMENT_TO_BILL.  The planner takes the partial index
-- shipment_work only when its condition is repeated: stage > 0.  The last
-- column is our own hold of an earlier run: it does not stop us, the limit may
-- have been raised.
SELECT s.shipment_key,
       EXISTS (SELECT 1 FROM hold h
                WHERE h.order_id = s.order_id AND h.state = 'open'
                  AND h.shipment_key = s.shipment_key AND h.code = 'order.spending_limit')
  FROM shipment s
 WHERE s.stage > 0 AND s.stage = 4 AND s.shipment_key > :after
   AND NOT EXISTS (SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
                    WHERE h.order_id = s.order_id AND h.state = 'open'
                      AND COALESCE(NULLIF(h.shipment_key, ''), s.shipment_key) = s.shipment_key
                      AND NOT (h.shipment_key <> '' AND h.code = 'order.spending_limit')
                      AND ' ' || t.blocks || ' ' LIKE '% bill %')
 ORDER BY s.shipment_key LIMIT :n;

-- :name bill_queue_count
SELECT COUNT(*) FROM shipment WHERE stage > 0 AND stage = 4;

-- :name bill_shipment
-- prior: NULL nothing billed yet, 'credit' some of it was credited.
SELECT s.order_id, s.group_no, o.currency, o.customer_key, o.total_minor,
       g.ship_net_minor, g.ship_tax_minor,
       (SELECT MIN(i.kind) FROM invoice i WHERE i.order_id = s.order_id) AS prior
  FROM shipment s
  JOIN orders o ON o.order_id = s.order_id
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
 WHERE s.shipment_key = :shipment_key;

-- :name bill_lines
SELECT l.line_no, l.sku, l.qty, l.billed_qty, l.net_minor, l.disc_net_minor,
       l.ship_net_minor, l.tax_minor + l.disc_tax_minor + l.ship_tax_minor,
       l.tax_rate, sl.planned
  FROM shipment_line sl
  JOIN part p ON p.order_id = sl.order_id AND p.part_no = sl.part_no
  JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
 WHERE sl.shipment_key = :shipment_key AND sl.closed IS NULL
 ORDER BY sl.order_id, sl.part_no;

-- :name bill_line_so_far
SELECT SUM(l.net_minor), SUM(l.disc_minor), SUM(l.ship_minor), SUM(l.tax_minor)
  FROM invoice i JOIN invoice_line l ON l.invoice_no = i.invoice_no
 WHERE i.order_id = :order_id AND l.line_no = :line_no;

-- :name bill_shipping_so_far
SELECT SUM(l.ship_minor), SUM(l.tax_minor)
  FROM invoice i
  JOIN shipment s ON s.shipment_key = i.shipment_key
  JOIN invoice_line l ON l.invoice_no = i.invoice_no AND l.line_no = 0
 WHERE i.order_id = :order_id AND s.group_no = :group_no;

-- :name bill_group_lines
-- What the shipping charge is shared by: value after discounts, or weight.
SELECT l.line_no, l.qty, l.billed_qty, l.net_minor + l.disc_net_minor,
       l.qty * COALESCE((SELECT SUM(k.qty_per * c.weight_g)
                           FROM kit_component k JOIN product c ON c.sku = k.sku
                          WHERE k.order_id = l.order_id AND k.line_no = l.line_no),
                        (SELECT p.weight_g FROM product p WHERE p.sku = l.sku), 0)
  FROM order_line l
 WHERE l.order_id = :order_id AND l.group_no = :group_no;

-- :name bill_line_billed
UPDATE order_line SET billed_qty = billed_qty + :qty
 WHERE order_id = :order_id AND line_no = :line_no;

-- :name bill_invoice_add
INSERT INTO invoice (invoice_no, kind, credits, order_id, shipment_key, issued_ts_us, currency,
                     goods_minor, discount_minor, shipping_minor, tax_minor, total_minor, settled_minor)
VALUES (:invoice_no, :kind, :credits, :order_id, :shipment_key, :ts_us, :currency,
        :goods_minor, :discount_minor, :shipping_minor, :tax_minor, :total_minor, :settled_minor);

-- :name bill_invoice_line_add
INSERT INTO invoice_line (invoice_no, n, line_no, sku, qty, net_minor, disc_minor, ship_minor, tax_minor, tax_rate)
VALUES (:invoice_no, :n, :line_no, :sku, :qty, :net_minor, :disc_minor, :ship_minor, :tax_minor, :tax_rate);

-- :name bill_shipment_billed
-- The guard makes billing a shipment twice an error even without the index.
UPDATE shipment SET stage = 5, value_minor = :value_minor
 WHERE shipment_key = :shipment_key AND stage = 4;

-- :name bill_limit
-- A row with a NULL limit is no limit; no row is the limit for everyone.
SELECT l.customer_key IS NOT NULL, l.limit_minor, COALESCE(c.committed_minor, 0)
  FROM (SELECT :customer_key AS customer_key, :currency AS currency) k
  LEFT JOIN spending_limit l ON l.customer_key = k.customer_key AND l.currency = k.currency
  LEFT JOIN customer_spend c ON c.customer_key = k.customer_key AND c.currency = k.currency;

-- :name bill_spend_add
INSERT INTO customer_spend (customer_key, currency, committed_minor)
VALUES (:customer_key, :currency, :minor)
ON CONFLICT (customer_key, currency)
DO UPDATE SET committed_minor = customer_spend.committed_minor + excluded.committed_minor;

-- :name bill_spend_back
-- A person may have reset what was committed: never below 0.
UPDATE customer_spend
   SET committed_minor = CASE WHEN committed_minor > :minor THEN committed_minor - :minor ELSE 0 END
 WHERE currency = :currency
   AND customer_key = (SELECT o.customer_key FROM orders o WHERE o.order_id = :order_id);

-- :name bill_payments
SELECT n, tender, amount_minor - used_minor, authorised, captured, used_minor
  FROM payment WHERE order_id = :order_id ORDER BY n;

-- :name bill_payment_use
UPDATE payment SET used_minor = used_minor + :minor
 WHERE order_id = :order_id AND n = :n;

-- :name bill_charge_add
INSERT INTO charge (charge_id, idem_key, kind, order_id, shipment_key, invoice_no, payment_n,
                    amount_minor, currency, state, ts_us)
VALUES (:charge_id, :idem_key, :kind, :order_id, :shipment_key, :invoice_no, :payment_n,
        :amount_minor, :currency, :state, :ts_us);

-- :name bill_charge_tries
-- A capture has a new key only after a decline; every refund is its own.
SELECT COUNT(*) FROM charge
 WHERE shipment_key = :shipment_key AND payment_n = :payment_n AND kind = :kind
   AND (kind = 'refund' OR state = 'declined');

-- :name bill_charge_find
SELECT kind, order_id, shipment_key, payment_n, amount_minor, currency, state, idem_key
  FROM charge WHERE charge_id = :charge_id;

-- :name bill_charge_answer
UPDATE charge SET state = :state, answer_ts_us = :ts_us, answer_ref = :reference, again = :again
 WHERE charge_id = :charge_id;

-- :name bill_refunds_waiting
SELECT COALESCE(SUM(amount_minor), 0) FROM charge
 WHERE shipment_key = :shipment_key AND payment_n = :payment_n
   AND kind = 'refund' AND state = 'waiting';

-- :name bill_refunds_set
UPDATE charge SET state = :state
 WHERE shipment_key = :shipment_key AND payment_n = :payment_n
   AND kind = 'refund' AND state = 'waiting';

-- :name bill_again_queue
-- The last column is our own hold, as in bill_queue.
SELECT c.charge_id, c.kind, c.order_id, c.shipment_key, c.invoice_no, c.payment_n,
       c.amount_minor, c.currency, o.customer_key,
       EXISTS (SELECT 1 FROM hold h
                WHERE h.order_id = c.order_id AND h.state = 'open'
                  AND h.shipment_key = c.shipment_key AND h.code = 'order.spending_limit')
  FROM charge c
  JOIN shipment s ON s.shipment_key = c.shipment_key
  JOIN orders o ON o.order_id = c.order_id
 WHERE c.again = 1 AND c.charge_id > :after
   AND (s.status <> 'CANCELLED' OR c.kind = 'refund')
   AND NOT EXISTS (SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
                    WHERE h.order_id = c.order_id AND h.state = 'open'
                      AND COALESCE(NULLIF(h.shipment_key, ''), c.shipment_key) = c.shipment_key
                      AND NOT (h.shipment_key <> '' AND h.code = 'order.spending_limit')
                      AND ' ' || t.blocks || ' ' LIKE '% bill %')
 ORDER BY c.charge_id LIMIT :n;

-- :name bill_again_done
UPDATE charge SET again = 0 WHERE charge_id = :charge_id;

-- :name bill_owed
-- Invoiced less credited, less settled, less asked, plus given back: what the
-- customer still owes for the shipment; below 0 it is we who owe.
SELECT COALESCE((SELECT SUM(i.total_minor - i.settled_minor) FROM invoice i
                  WHERE i.order_id = :order_id AND i.shipment_key = :shipment_key), 0) -
       COALESCE((SELECT SUM(CASE WHEN c.kind = 'capture' THEN c.amount_minor ELSE -c.amount_minor END)
                   FROM charge c
                  WHERE c.shipment_key = :shipment_key AND c.state <> 'declined'), 0),
       COALESCE((SELECT SUM(i.settled_minor) FROM invoice i
                  WHERE i.order_id = :order_id AND i.shipment_key = :shipment_key), 0);

-- :name bill_captures
-- Newest first, with what of each was given back already.
SELECT c.charge_id, c.payment_n, c.state,
       c.amount_minor - COALESCE((SELECT SUM(r.amount_minor) FROM charge r
                                   WHERE r.shipment_key = c.shipment_key AND r.payment_n = c.payment_n
                                     AND r.kind = 'refund' AND r.state <> 'declined'), 0)
  FROM charge c
 WHERE c.shipment_key = :shipment_key AND c.kind = 'capture'
   AND c.state IN ('due', 'requested', 'done')
 ORDER BY CASE c.state WHEN 'due' THEN 0 ELSE 1 END, c.charge_id DESC;

-- :name bill_charge_reduce
UPDATE charge SET amount_minor = amount_minor - :minor
 WHERE charge_id = :charge_id AND state = 'due';

-- :name bill_charge_delete
DELETE FROM charge WHERE charge_id = :charge_id AND state = 'due';

-- :name bill_invoice_of
SELECT i.invoice_no, i.currency, s.group_no
  FROM invoice i JOIN shipment s ON s.shipment_key = i.shipment_key
 WHERE i.shipment_key = :shipment_key AND i.kind = 'invoice';

-- :name bill_invoice_lines
SELECT n, line_no, sku, qty, credited_qty, net_minor, disc_minor, ship_minor, tax_minor, tax_rate
  FROM invoice_line WHERE invoice_no = :invoice_no ORDER BY n;

-- :name bill_line_credited
UPDATE invoice_line SET credited_qty = credited_qty + :qty
 WHERE invoice_no = :invoice_no AND n = :n;

-- :name bill_shipment_value
UPDATE shipment SET value_minor = value_minor + :minor
 WHERE shipment_key = :shipment_key;

-- :name bill_invoice_settled
-- Of a credit note, in the transaction that issues it.
UPDATE invoice SET settled_minor = :minor WHERE invoice_no = :invoice_no;
