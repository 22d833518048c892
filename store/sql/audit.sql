-- The chain of changes: see store/audit.h and pipeline/seal.h.

-- :name audit_last
SELECT hash, audit_id FROM audit ORDER BY audit_id DESC LIMIT 1;

-- :name audit_add
INSERT INTO audit (audit_id, ts_us, actor, category, action, object, before, after, prev, hash)
VALUES (:audit_id, :ts_us, :actor, :category, :action, :object, :before, :after, :prev, :hash);

-- :name audit_has_made
SELECT 1 FROM audit WHERE category = 'home' AND action = 'init' LIMIT 1;

-- :name audit_order_no
SELECT order_no, channel FROM orders WHERE order_id = :order_id;

---------------------------------------------------------------- seals
-- What stands behind order_id, or is move_id: the columns are what is hashed,
-- in this order; docs/formats/audit.md tells partners of it.

-- :name seal_events
-- Those of touched orders that have no seal yet.
SELECT e.order_id, o.sealed_seq,
       e.seq, e.ts_us, e.event, e.from_status, e.to_status, e.actor, e.detail
  FROM orders o
 CROSS JOIN event e
 WHERE e.order_id = o.order_id AND e.seq > o.sealed_seq
   AND o.touched = 1 AND o.order_id > :after AND o.order_id <= :upto
 ORDER BY o.order_id, e.seq;

-- :name seal_next_orders
SELECT MAX(b.order_id)
  FROM (SELECT o.order_id FROM orders o
         WHERE o.touched = 1 AND o.order_id > :after ORDER BY o.order_id LIMIT :max) b;

-- :name seal_order
UPDATE orders SET sealed_seq = :sealed_seq WHERE order_id = :order_id;

-- :name seal_moves
SELECT 0, :after, m.move_id, m.sku, m.node, m.ts_us, m.kind, m.qty, m.before_qty, m.ref, m.actor
  FROM stock_move m
 WHERE m.move_id > :after AND m.move_id <= :upto
 ORDER BY m.move_id;

-- :name seal_moves_of
-- What there is to seal: the last one sealed, the last one there is.
SELECT c.value, (SELECT COALESCE(MAX(m.move_id), 0) FROM stock_move m)
  FROM counter c WHERE c.name = 'sealed_move';

-- :name seal_add
INSERT INTO seal (audit_id, list) VALUES (:audit_id, :list);

---------------------------------------------------------------- verify

-- :name verify_chain
SELECT audit_id, ts_us, actor, category, action, object, before, after, prev, hash
  FROM audit ORDER BY audit_id;

-- :name verify_counter
SELECT value FROM counter WHERE name = 'audit';

-- :name verify_list
SELECT list FROM seal WHERE audit_id = :audit_id;

-- :name verify_lists_alone
SELECT s.audit_id FROM seal s
 WHERE NOT EXISTS (SELECT 1 FROM audit a WHERE a.audit_id = s.audit_id AND a.category = 'seal')
 ORDER BY s.audit_id;

-- :name verify_events
-- The columns of seal_events.
SELECT e.order_id, CAST(:after AS BIGINT),
       e.seq, e.ts_us, e.event, e.from_status, e.to_status, e.actor, e.detail
  FROM event e
 WHERE e.order_id = :order_id AND e.seq > :after AND e.seq <= :upto
 ORDER BY e.seq;

-- :name verify_strays
-- Events that no seal covers although nothing is to come, or that came in
-- front; of an order that waits for its seal, those that are missing.
SELECT COALESCE(o.order_no, 'order_id ' || x.order_id), x.first, x.last,
       COALESCE(o.sealed_seq, 0), COALESCE(o.touched, 0),
       (SELECT COUNT(*) FROM event t WHERE t.order_id = x.order_id AND t.seq > COALESCE(o.sealed_seq, 0)) AS tail
  FROM (SELECT e.order_id, MIN(e.seq) AS first, MAX(e.seq) AS last FROM event e GROUP BY e.order_id) x
  LEFT JOIN orders o ON o.order_id = x.order_id
 WHERE x.first < 1 OR x.last > COALESCE(o.sealed_seq, 0)
 ORDER BY x.order_id;

-- :name verify_sealed_sum
SELECT COALESCE(SUM(o.sealed_seq), 0) FROM orders o;

-- :name verify_moves
-- Those that came after the last seal: how many, and the range of their keys.
SELECT COUNT(*), COALESCE(MIN(m.move_id), 0), COALESCE(MAX(m.move_id), 0),
       (SELECT COALESCE(MIN(x.move_id), 1) FROM stock_move x)
  FROM stock_move m WHERE m.move_id > :after;

---------------------------------------------------------------- desk

-- :name audit_list
SELECT audit_id AS id, ts_us, actor, category, action, object, before, after, prev, hash
  FROM audit
 WHERE (:category = '' AND category <> 'seal' OR category = :category OR :category = 'all')
   AND (:actor = '' OR actor = :actor)
   AND (:object = '' OR object = :object OR object LIKE :within ESCAPE '\')
   AND ts_us >= :since AND ts_us < :until
 ORDER BY audit_id DESC LIMIT :rows;

-- :name audit_export
SELECT audit_id, ts_us, actor, category, action, object, before, after, prev, hash
  FROM audit WHERE ts_us >= :since AND ts_us < :until ORDER BY audit_id;

-- :name audit_report
SELECT category, actor, action, COUNT(*) AS count, MIN(ts_us) AS first_ts_us, MAX(ts_us) AS last_ts_us
  FROM (SELECT category, CASE WHEN actor LIKE 'run:%' THEN 'runs' ELSE actor END AS actor, action, ts_us
          FROM audit WHERE ts_us >= :since AND ts_us < :until) a
 GROUP BY category, actor, action
 ORDER BY category, actor, action;

---------------------------------------------------------------- configuration

-- :name config_files
SELECT name, sha256 FROM config_file ORDER BY name;

-- :name config_file_set
INSERT INTO config_file (name, sha256) VALUES (:name, :sha256)
ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256;

-- :name config_file_gone
DELETE FROM config_file WHERE name = :name;
