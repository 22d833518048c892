-- Personal data at rest: the keys in use, and the walk to another key.

-- :name personal_keys
SELECT key_id, state, done, since_ts_us FROM personal_key ORDER BY since_ts_us, key_id;

-- :name personal_keys_old
UPDATE personal_key SET state = 'old', done = 0;

-- :name personal_key_add
-- A key that comes back is current again.
INSERT INTO personal_key (key_id, state, done, since_ts_us) VALUES (:key_id, 'current', 0, :ts_us)
ON CONFLICT (key_id) DO UPDATE SET state = 'current', done = 0;

-- :name personal_keys_drop_old
DELETE FROM personal_key WHERE state = 'old';

-- :name personal_key_done
UPDATE personal_key SET done = 1 WHERE state = 'current';

-- :name personal_orders
-- Orders with a value that is not under the current key; NULs never match.
SELECT order_id, customer_name, customer_email, customer_key, order_id AS place_orders
  FROM orders
 WHERE order_id > :after
   AND ((customer_name <> '' AND customer_name NOT LIKE :prefix)
     OR (customer_email <> '' AND customer_email NOT LIKE :prefix)
     OR (customer_key LIKE 'guest:%@%'))
 ORDER BY order_id LIMIT :rows;

-- :name personal_order_set
UPDATE orders
   SET customer_key = :customer_key, customer_name = :customer_name, customer_email = :customer_email
 WHERE order_id = :order_id;

-- :name personal_groups
SELECT order_id, group_no, name, company, address1, address2, phone,
       order_id || '/' || group_no AS place_ship_group
  FROM ship_group
 WHERE order_id >= :after
   AND ((name <> '' AND name NOT LIKE :prefix) OR (company <> '' AND company NOT LIKE :prefix)
     OR (address1 <> '' AND address1 NOT LIKE :prefix) OR (address2 <> '' AND address2 NOT LIKE :prefix)
     OR (phone <> '' AND phone NOT LIKE :prefix))
 ORDER BY order_id, group_no LIMIT :rows;

-- :name personal_group_set
UPDATE ship_group
   SET name = :name, company = :company, address1 = :address1, address2 = :address2, phone = :phone
 WHERE order_id = :order_id AND group_no = :group_no;

-- :name personal_hash_add
INSERT INTO search_hash (hash, order_id) VALUES (:hash, :order_id)
ON CONFLICT (hash, order_id) DO NOTHING;

-- :name personal_hash_drop
DELETE FROM search_hash WHERE hash = :hash AND order_id = :order_id;

-- :name personal_hashed
-- What an order is found by, and of which kind it is.
SELECT 'email', customer_email FROM orders WHERE order_id = :order_id
 UNION ALL SELECT 'name', customer_name FROM orders WHERE order_id = :order_id
 UNION ALL SELECT 'name', name FROM ship_group WHERE order_id = :order_id
 UNION ALL SELECT 'phone', phone FROM ship_group WHERE order_id = :order_id;

-- :name personal_notes
-- What people wrote on dead letters; dead_set_note puts it back.
SELECT dead_id, note, dead_id AS place_dead FROM dead
 WHERE dead_id > :after AND note <> '' AND note NOT LIKE :prefix
 ORDER BY dead_id LIMIT :rows;

-- :name personal_trade_notes
-- What customers by EDI ask for: gift texts, instructions.
SELECT order_id, note, order_id AS place_trade_order FROM trade_order
 WHERE order_id > :after AND note <> '' AND note NOT LIKE :prefix
 ORDER BY order_id LIMIT :rows;

-- :name personal_trade_note_set
UPDATE trade_order SET note = :note WHERE order_id = :order_id;

-- :name personal_guests
SELECT customer_key FROM spending_limit WHERE customer_key LIKE 'guest:%@%'
 UNION SELECT customer_key FROM customer_spend WHERE customer_key LIKE 'guest:%@%'
 ORDER BY 1 LIMIT :rows;

-- :name personal_limit_move
-- Two spellings of one address become one customer: the first limit holds.
INSERT INTO spending_limit (customer_key, currency, limit_minor)
SELECT :new_key, currency, limit_minor FROM spending_limit WHERE customer_key = :old_key
ON CONFLICT (customer_key, currency) DO NOTHING;

-- :name personal_limit_drop
DELETE FROM spending_limit WHERE customer_key = :old_key;

-- :name personal_spend_move
INSERT INTO customer_spend (customer_key, currency, committed_minor)
SELECT :new_key, currency, committed_minor FROM customer_spend WHERE customer_key = :old_key
ON CONFLICT (customer_key, currency)
DO UPDATE SET committed_minor = customer_spend.committed_minor + excluded.committed_minor;

-- :name personal_spend_drop
DELETE FROM customer_spend WHERE customer_key = :old_key;

-- :name personal_key_list
SELECT key_id AS id, CASE WHEN state = 'current' AND done = 0 THEN 'rotating' ELSE state END AS state,
       '' AS code, since_ts_us
  FROM personal_key ORDER BY since_ts_us DESC, key_id LIMIT :rows;

---------------------------------------------------------------- fsck
-- What is told, then the sealed columns, then their place.

-- :name personal_sealed_orders
SELECT 'order ' || order_no, customer_name, customer_email, order_id AS place_orders
  FROM orders ORDER BY order_id;

-- :name personal_sealed_groups
SELECT 'order ' || o.order_no || ' destination ' || g.group_no, g.name, g.company, g.address1, g.address2, g.phone,
       g.order_id || '/' || g.group_no AS place_ship_group
  FROM ship_group g JOIN orders o ON o.order_id = g.order_id ORDER BY g.order_id, g.group_no;

-- :name personal_sealed_notes
SELECT 'dead ' || dead_id, note, dead_id AS place_dead FROM dead WHERE note <> '' ORDER BY dead_id;

-- :name personal_sealed_trade_notes
SELECT 'order ' || o.order_no, t.note, t.order_id AS place_trade_order
  FROM trade_order t JOIN orders o ON o.order_id = t.order_id WHERE t.note <> '' ORDER BY t.order_id;
