-- Orders that wait for the gates: orders.stage 1.  A batch is the stretch of
-- the queue between two keys, see pipeline/queue.h.

-- :name accept_queue
SELECT priority, ship_by_ts_us, order_ts_us, order_id FROM orders
 WHERE stage > 0 AND stage = 1
   AND (priority, ship_by_ts_us, order_ts_us, order_id)
       > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
 ORDER BY priority, ship_by_ts_us, order_ts_us, order_id LIMIT :count;

-- :name accept_unknown_sku
-- A kit's own sku must be known too: it is what is billed.
-- CROSS JOIN keeps SQLite from walking all kits there are for the sake of the
-- order of the rows.
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order))
SELECT l.order_id, l.sku, l.line_no, 0 AS comp_no,
       (SELECT COUNT(*) FROM product p WHERE p.sku = l.sku) AS inactive
  FROM batch b JOIN order_line l ON l.order_id = b.order_id
 WHERE NOT EXISTS (SELECT 1 FROM product p WHERE p.sku = l.sku AND p.active = 1)
UNION ALL
SELECT k.order_id, k.sku, k.line_no, k.comp_no,
       (SELECT COUNT(*) FROM product p WHERE p.sku = k.sku)
  FROM batch b CROSS JOIN kit_component k
 WHERE k.order_id = b.order_id
   AND NOT EXISTS (SELECT 1 FROM product p WHERE p.sku = k.sku AND p.active = 1)
 ORDER BY 1, 3, 4;

-- :name accept_incomplete
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order))
SELECT o.order_id, o.incomplete,
       CASE WHEN o.shop_status IN ('COMPLETED', 'REPLACED', 'FAILED')
            THEN o.shop_status ELSE '' END AS shop_status
  FROM batch b JOIN orders o ON o.order_id = b.order_id
 WHERE o.incomplete <> '' OR o.shop_status IN ('COMPLETED', 'REPLACED', 'FAILED')
    OR NOT EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.order_id);

-- :name accept_totals
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order))
SELECT o.order_id, o.recon
  FROM batch b JOIN orders o ON o.order_id = b.order_id
 WHERE o.recon <> '';

-- :name accept_payment
-- The first tender that is not authorised is named; none: nothing pays it.
-- A total below 0 is for a person: nothing can be charged, who would pay whom?
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order))
SELECT o.order_id, o.currency, o.total_minor,
       (SELECT COUNT(*) FROM payment p WHERE p.order_id = o.order_id) AS tenders,
       COALESCE(u.tender, '') AS tender, COALESCE(u.amount_minor, 0) AS amount_minor
  FROM batch b JOIN orders o ON o.order_id = b.order_id
  LEFT JOIN payment u ON u.order_id = o.order_id
   AND u.n = (SELECT MIN(p.n) FROM payment p
               WHERE p.order_id = o.order_id AND p.amount_minor > 0 AND p.authorised = 0)
 WHERE o.total_minor < 0
    OR (o.total_minor > 0
        AND (u.n IS NOT NULL
             OR NOT EXISTS (SELECT 1 FROM payment p
                             WHERE p.order_id = o.order_id AND p.amount_minor > 0)));

-- :name accept_payment_total
-- Nothing paid at all is for accept_payment to say.
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order)),
paid AS (
    SELECT b.order_id, (SELECT COALESCE(SUM(p.amount_minor), 0) FROM payment p
                         WHERE p.order_id = b.order_id) AS paid_minor
      FROM batch b)
SELECT o.order_id, o.currency, o.total_minor, paid.paid_minor
  FROM paid JOIN orders o ON o.order_id = paid.order_id
 WHERE paid.paid_minor <> o.total_minor AND paid.paid_minor > 0;

-- :name accept_twin
-- The latest earlier order with the same basket; a cancelled one is no twin.
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order)),
twin AS (
    SELECT o.order_id, o.order_ts_us,
           (SELECT e.order_id FROM orders e
             WHERE e.customer_key = o.customer_key
               AND e.order_ts_us BETWEEN o.order_ts_us - :window_us AND o.order_ts_us
               AND (e.order_ts_us < o.order_ts_us OR e.order_id < o.order_id)
               AND e.basket_hash = o.basket_hash AND e.currency = o.currency
               AND e.status_min < 9000
             ORDER BY e.order_ts_us DESC, e.order_id DESC LIMIT 1) AS earlier_id
      FROM batch b JOIN orders o ON o.order_id = b.order_id
     WHERE o.customer_key NOT IN ('', 'guest:'))
SELECT twin.order_id, e.order_no, e.channel, twin.order_ts_us - e.order_ts_us AS apart_us
  FROM twin JOIN orders e ON e.order_id = twin.earlier_id;

-- :name accept_spending
-- A limit of the customer's own, NULL for none at all, goes before everyone's.
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order)),
spend AS (
    SELECT o.order_id, o.currency, o.total_minor,
           COALESCE(c.committed_minor, 0) AS committed_minor,
           CASE WHEN s.customer_key IS NULL THEN :limit_minor ELSE s.limit_minor END AS limit_minor
      FROM batch b JOIN orders o ON o.order_id = b.order_id
      LEFT JOIN spending_limit s
        ON s.customer_key = o.customer_key AND s.currency = o.currency
      LEFT JOIN customer_spend c
        ON c.customer_key = o.customer_key AND c.currency = o.currency)
SELECT order_id, currency, total_minor, committed_minor, limit_minor
  FROM spend WHERE committed_minor + total_minor > limit_minor;

-- :name accept_addresses
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order))
SELECT g.order_id, g.group_no, g.name, g.company, g.address1, g.city,
       g.postal_code, g.state, g.country, g.zone,
       g.order_id || '/' || g.group_no AS place_ship_group
  FROM batch b JOIN ship_group g ON g.order_id = b.order_id;

-- :name accept_set_zone
UPDATE ship_group SET zone = :zone
 WHERE order_id = :order_id AND group_no = :group_no;

-- :name accept_holds
-- Every open hold on the order itself, and all that a person resolved.
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order))
SELECT h.order_id, h.type, h.code, h.state, h.set_by, h.reason
  FROM batch b JOIN hold h ON h.order_id = b.order_id
 WHERE h.shipment_key = ''
   AND (h.state = 'open' OR (h.state = 'resolved' AND h.resolved_by NOT LIKE 'run:%'))
 ORDER BY h.order_id, h.hold_id;

-- :name accept_events
-- One event for each order that passes; then its parts; the orders last,
-- because they are what makes the batch.
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order))
INSERT INTO event (order_id, seq, ts_us, event, from_status, to_status, actor, detail)
SELECT b.order_id,
       (SELECT COALESCE(MAX(e.seq), 0) + 1 FROM event e WHERE e.order_id = b.order_id),
       :ts_us, 'accepted', 1100, 1200, :actor, ''
  FROM batch b
 WHERE NOT EXISTS (SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
                    WHERE h.order_id = b.order_id AND h.state = 'open' AND h.shipment_key = ''
                      AND ' ' || t.blocks || ' ' LIKE '% allocate %');

-- :name accept_parts
WITH batch AS (
    SELECT order_id FROM orders
     WHERE stage > 0 AND stage = 1
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
       AND (priority, ship_by_ts_us, order_ts_us, order_id)
           <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order))
UPDATE part SET status = 1200
 WHERE status = 1100
   AND order_id IN (
       SELECT b.order_id FROM batch b
        WHERE NOT EXISTS (SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
                           WHERE h.order_id = b.order_id AND h.state = 'open' AND h.shipment_key = ''
                             AND ' ' || t.blocks || ' ' LIKE '% allocate %'));

-- :name accept_orders
UPDATE orders SET stage = 2, touched = 1
 WHERE stage > 0 AND stage = 1
   AND (priority, ship_by_ts_us, order_ts_us, order_id)
       > (:after_priority, :after_ship_by, :after_order_ts, :after_order)
   AND (priority, ship_by_ts_us, order_ts_us, order_id)
       <= (:upto_priority, :upto_ship_by, :upto_order_ts, :upto_order)
   AND NOT EXISTS (SELECT 1 FROM hold h JOIN hold_type t ON t.type = h.type
                    WHERE h.order_id = orders.order_id AND h.state = 'open' AND h.shipment_key = ''
                      AND ' ' || t.blocks || ' ' LIKE '% allocate %');

-- :name address_rule_all
SELECT country, postal_pattern, postal_required, state_required, deliverable
  FROM address_rule ORDER BY country;

-- :name zone_all
SELECT country, postal_prefix, zone FROM zone;
