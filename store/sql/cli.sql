-- What the commands show.  The names of the columns are the keys of their
-- JSON (cli/out.h): renaming one breaks a contract.

---------------------------------------------------------------- status

-- :name cli_backlog
-- How much waits before each stage, in the order of the data.  "> 0" and
-- "<> 'sent'" say again what the partial indexes hold, so that they are used.
SELECT 1 AS n, 'ingest' AS id, COUNT(*) AS count, 'files to read' AS what
  FROM file WHERE state IN ('new', 'ingesting')
UNION ALL
SELECT 2, 'accept', COUNT(*), 'orders to check' FROM orders WHERE stage > 0 AND stage = 1
UNION ALL
SELECT 3, 'allocate', COUNT(*), 'orders that need stock' FROM orders WHERE stage > 0 AND stage = 2
UNION ALL
SELECT 4, 'release', COUNT(*), 'orders to release to their nodes' FROM orders WHERE stage > 0 AND stage = 3
UNION ALL
SELECT 5, 'bill', COUNT(*), 'shipments to invoice' FROM shipment WHERE stage > 0 AND stage = 4
UNION ALL
SELECT 6, 'route', COUNT(*), 'shipments without a carrier' FROM shipment WHERE stage > 0 AND stage = 5
UNION ALL
SELECT 7, 'emit', COUNT(*), 'shipments to tell their warehouse' FROM shipment WHERE stage > 0 AND stage = 6
UNION ALL
SELECT 8, 'book', COUNT(*), 'shipments that wait for their charge or booking' FROM shipment WHERE stage > 0 AND stage = 7
UNION ALL
SELECT 9, 'charge', COUNT(*), 'charges to ask for' FROM charge WHERE state = 'due'
UNION ALL
SELECT 10, 'deliver', COUNT(*), 'documents on their way' FROM document
 WHERE state <> 'sent' AND state IN ('pending', 'ready', 'sending', 'publishing')
 ORDER BY n;

-- :name cli_attention
-- What waits for a person, in one row.
SELECT (SELECT COUNT(*) FROM dead WHERE state IN ('open', 'held', 'retried')) AS dead,
       (SELECT COUNT(*) FROM hold WHERE state = 'open') AS holds,
       (SELECT COUNT(*) FROM document WHERE state <> 'sent' AND state IN ('uncertain', 'hold', 'dead')) AS documents,
       (SELECT COUNT(*) FROM partner_state WHERE breaker <> '') AS partners,
       (SELECT COUNT(*) FROM finding WHERE state = 'open' AND code <> 'deliver.uncertain') AS findings;

-- :name cli_dead_counts
SELECT code AS id, 'open' AS state, code, COUNT(*) AS count, MIN(first_ts_us) AS first_ts_us
  FROM dead WHERE state IN ('open', 'held', 'retried')
 GROUP BY code ORDER BY COUNT(*) DESC, code;

-- :name cli_hold_counts
SELECT type AS id, 'open' AS state, code, COUNT(*) AS count, MIN(set_ts_us) AS first_ts_us
  FROM hold WHERE state = 'open' GROUP BY type, code ORDER BY COUNT(*) DESC, type, code;

-- :name cli_document_troubles
SELECT doc_id AS id, state, code, partner, type, name, attempts, created_ts_us, next_ts_us, reason
  FROM document WHERE state <> 'sent' AND (state IN ('uncertain', 'hold', 'dead') OR attempts > 0)
 ORDER BY doc_id;

-- :name cli_partner_state
SELECT breaker, reason, failures, next_ts_us, last_ok_ts_us
  FROM partner_state WHERE partner = :partner;

-- :name cli_partner_counts
-- What lies between us and a partner.
SELECT (SELECT COUNT(*) FROM document d WHERE d.partner = :partner AND d.state <> 'sent') AS documents,
       (SELECT COUNT(*) FROM dead x WHERE x.partner = :partner AND x.state IN ('open', 'held', 'retried')) AS dead;

-- :name cli_runs
SELECT run_id AS id, state, '' AS code, exit_code, job, "window", started_ts_us, ended_ts_us, version
  FROM run ORDER BY run_id DESC LIMIT :rows;

---------------------------------------------------------------- files in

-- :name cli_file_list
SELECT file_id AS id, state, code, partner, feed, type, name, size_bytes, records, applied,
       duplicates, rejected, received_ts_us, ingested_ts_us, sha256
  FROM file
 WHERE (:partner = '' OR partner = :partner) AND (:state = '' OR state = :state)
 ORDER BY file_id LIMIT :rows;

-- :name cli_file_show
SELECT file_id AS id, state, code, partner, feed, type, name, size_bytes, records, applied,
       duplicates, rejected, crashes, received_ts_us, ingested_ts_us, next_record, parent_dead_id, sha256
  FROM file WHERE file_id = :file_id;

-- :name cli_file_occurrences
SELECT name, place, ts_us FROM file_occurrence WHERE file_id = :file_id ORDER BY seq;

-- :name cli_file_records
-- Those with something to tell; an applied record is an order.
SELECT record_no, state, line_no, byte_off, byte_len, key, note
  FROM record
 WHERE file_id = :file_id AND (state <> 'applied' OR note <> '' OR :every = 1)
 ORDER BY record_no;

-- :name cli_file_dead
SELECT dead_id AS id, state, code, kind AS unit, record_no, key, reason
  FROM dead WHERE file_id = :file_id ORDER BY dead_id;

---------------------------------------------------------------- dead letters

-- :name cli_partner_was
SELECT 1 FROM file WHERE partner = :partner
 UNION ALL
SELECT 1 FROM dead WHERE partner = :partner
 UNION ALL
SELECT 1 FROM document WHERE partner = :partner LIMIT 1;

-- :name cli_dead_list
-- The filters of every verb: "" and 0 are any.  :states is the list of those wanted, '' all.
SELECT dead_id AS id, state, code, kind AS unit, partner, feed, file_id, record_no, doc_id, key,
       stage, where_text AS "where", reason, name, tries, nights, owner, note, first_ts_us, last_ts_us,
       CASE WHEN state IN ('open', 'retried') AND first_ts_us < :overdue_us THEN 1 ELSE 0 END AS overdue,
       resolution, sha256
  FROM dead
 WHERE (:states = '' OR :states LIKE '% ' || state || ' %')
   AND (:partner = '' OR partner = :partner) AND (:code = '' OR code = :code)
   AND (:feed = '' OR feed = :feed) AND (:owner = '' OR owner = :owner) AND (:key = '' OR key = :key)
   AND (:before_us = 0 OR first_ts_us < :before_us)
 ORDER BY dead_id LIMIT :rows;

-- :name cli_dead_show
SELECT dead_id AS id, state, code, kind AS unit, partner, feed, file_id, record_no, doc_id, key,
       stage, where_text AS "where", reason, name, tries, nights, owner, note, first_ts_us, last_ts_us,
       resolution, sha256
  FROM dead WHERE dead_id = :dead_id;

-- :name cli_dead_versions
SELECT version, parent, actor, ts_us, note, sha256 FROM dead_version WHERE dead_id = :dead_id ORDER BY version;

-- :name cli_dead_overdue
SELECT COUNT(*) FROM dead WHERE state IN ('open', 'retried') AND first_ts_us < :overdue_us;

---------------------------------------------------------------- documents out

-- :name cli_out_list
SELECT doc_id AS id, state, code, partner, type, doc_no, name, items, sum_minor, size_bytes, attempts,
       created_ts_us, sent_ts_us, next_ts_us, reason, "window", run_id, sha256
  FROM document
 WHERE (:partner = '' OR partner = :partner) AND (:type = '' OR type = :type)
   AND (:state = '' OR state = :state)
 ORDER BY doc_id LIMIT :rows;

-- :name cli_out_show
SELECT doc_id AS id, state, code, partner, feed, type, doc_no, name, items, sum_minor, size_bytes, attempts,
       created_ts_us, sent_ts_us, next_ts_us, reason, "window", run_id, sha256
  FROM document WHERE doc_id = :doc_id;

-- :name cli_out_attempts
SELECT n, started_ts_us, phase, outcome, reason FROM attempt WHERE doc_id = :doc_id ORDER BY n;

---------------------------------------------------------------- orders

-- :name cli_order_dead
-- Not an order yet: is it a dead letter?
SELECT dead_id FROM dead WHERE key = :order_no AND state IN ('open', 'held', 'retried')
 ORDER BY dead_id LIMIT 1;

-- :name cli_order_by_no
SELECT order_id, order_no, channel, partner, revision, currency, taxation, customer_no, customer_name,
       customer_email, order_ts_us, received_ts_us, ship_by_ts_us, priority, total_minor, tax_minor,
       shop_status, payment_status, recon, incomplete, stage, file_id, record_no, ship_complete
  FROM orders
 WHERE order_no = :order_no AND (:channel = '' OR channel = :channel)
 ORDER BY channel;

-- :name cli_order_statuses
SELECT status FROM part WHERE order_id = :order_id;

-- :name cli_order_groups
SELECT group_no, shop_id, method, name, company, address1, address2, city, postal_code, state, country,
       phone, zone, ship_net_minor, ship_tax_minor
  FROM ship_group WHERE order_id = :order_id ORDER BY group_no;

-- :name cli_order_payments
SELECT n, tender, method, amount_minor, authorised, captured, transaction_id, processor, used_minor
  FROM payment WHERE order_id = :order_id ORDER BY n;

-- :name cli_order_holds
SELECT h.type, h.shipment_key, h.code, h.reason, h.state, h.set_ts_us, h.set_by, t.blocks, t.meaning
  FROM hold h JOIN hold_type t ON t.type = h.type
 WHERE h.order_id = :order_id AND h.state = 'open' ORDER BY h.hold_id;

-- :name cli_order_lines
SELECT line_no, group_no, sku, name, qty, net_minor, tax_minor, disc_net_minor, disc_tax_minor,
       ship_net_minor, ship_tax_minor, tax_rate, position, billed_qty
  FROM order_line WHERE order_id = :order_id ORDER BY line_no;

-- :name cli_line_parts
SELECT part_no, qty, status, node, release_key, shipment_key, parent_no, attempts
  FROM part WHERE order_id = :order_id AND line_no = :line_no ORDER BY part_no;

-- :name cli_line_components
SELECT comp_no, sku, qty_per FROM kit_component
 WHERE order_id = :order_id AND line_no = :line_no ORDER BY comp_no;

-- :name cli_order_parts
SELECT p.line_no, l.sku, l.name, p.part_no, p.qty, p.status, p.node, p.shipment_key, p.attempts
  FROM part p JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
 WHERE p.order_id = :order_id ORDER BY p.line_no, p.part_no;

-- :name cli_order_shipments
SELECT s.shipment_key, s.release_key, s.group_no, s.node, s.carrier, s.service, s.status AS status_name,
       s.stage, s.tracking, COALESCE(i.invoice_no, '') AS invoice_no, s.shipped_ts_us, s.promise_ts_us,
       s.weight_g, s.value_minor, s.wms_doc_id, s.book_doc_id, s.eta_ts_us
  FROM shipment s LEFT JOIN invoice i ON i.shipment_key = s.shipment_key AND i.kind = 'invoice'
 WHERE s.order_id = :order_id ORDER BY s.shipment_key;

-- :name cli_order_invoices
SELECT invoice_no, kind, credits, shipment_key, issued_ts_us, currency, goods_minor, discount_minor,
       shipping_minor, tax_minor, total_minor
  FROM invoice WHERE order_id = :order_id ORDER BY issued_ts_us, invoice_no;

-- :name cli_order_charges
-- By shipment, which is what charges are found by.
SELECT c.idem_key, c.kind, c.shipment_key, c.invoice_no, c.amount_minor, c.currency, c.state, c.ts_us,
       c.answer_ts_us, c.answer_ref, c.doc_id
  FROM shipment s JOIN charge c ON c.shipment_key = s.shipment_key
 WHERE s.order_id = :order_id ORDER BY c.charge_id;

-- :name cli_order_history
SELECT seq, ts_us, event, from_status AS "from", to_status AS "to", actor, detail
  FROM event WHERE order_id = :order_id ORDER BY seq;

-- :name cli_order_last_events
SELECT seq, ts_us, event, from_status AS "from", to_status AS "to", actor, detail
  FROM event WHERE order_id = :order_id ORDER BY seq DESC LIMIT :rows;

-- :name cli_shipment_waits
-- What a shipment waits for: its documents and its charges.
SELECT s.shipment_key, s.stage, s.status, s.node, s.carrier, s.service,
       COALESCE(w.doc_id, 0), COALESCE(w.state, ''), COALESCE(w.partner, ''), w.sent_ts_us, COALESCE(w.reason, ''),
       COALESCE(b.doc_id, 0), COALESCE(b.state, ''), COALESCE(b.partner, ''), b.sent_ts_us, COALESCE(b.reason, ''),
       (SELECT COUNT(*) FROM charge c WHERE c.shipment_key = s.shipment_key AND c.kind = 'capture' AND c.state = 'due'),
       (SELECT COUNT(*) FROM charge c WHERE c.shipment_key = s.shipment_key AND c.kind = 'capture' AND c.state = 'requested'),
       (SELECT COUNT(*) FROM charge c WHERE c.shipment_key = s.shipment_key AND c.state = 'declined'
           AND NOT EXISTS (SELECT 1 FROM charge a WHERE a.shipment_key = s.shipment_key
                              AND a.kind = c.kind AND a.payment_n = c.payment_n AND a.charge_id > c.charge_id)),
       (SELECT COUNT(*) FROM charge c WHERE c.shipment_key = s.shipment_key AND c.kind = 'refund' AND c.state IN ('due', 'requested', 'waiting')),
       (SELECT MIN(p.status) FROM part p WHERE p.order_id = s.order_id AND p.shipment_key = s.shipment_key)
  FROM shipment s
  LEFT JOIN document w ON w.doc_id = s.wms_doc_id
  LEFT JOIN document b ON b.doc_id = s.book_doc_id
 WHERE s.order_id = :order_id ORDER BY s.shipment_key;

-- :name cli_order_find
-- One search box: number, customer, e-mail, phone, tracking, shipment, invoice.
-- Sealed names, addresses and phones are found by their keyed hashes, whole.
SELECT order_no AS id, label AS state, '' AS code, order_no, channel, label, customer_no, customer_name,
       customer_email, order_ts_us, currency, total_minor
  FROM orders
 WHERE order_id IN (
         SELECT order_id FROM orders
          WHERE LOWER(order_no) LIKE LOWER(:pattern) ESCAPE '\' OR customer_no = :text
             OR LOWER(customer_email) = LOWER(:text) OR LOWER(customer_name) LIKE LOWER(:pattern) ESCAPE '\'
         UNION SELECT order_id FROM search_hash WHERE hash IN (:email_hash, :name_hash, :phone_hash)
         UNION SELECT order_id FROM shipment WHERE tracking = :text AND tracking <> ''
         UNION SELECT order_id FROM shipment WHERE shipment_key = :text
         UNION SELECT order_id FROM release WHERE release_key = :text
         UNION SELECT order_id FROM invoice WHERE invoice_no = :text)
   AND (:label = '' OR label = :label)
   AND (:sku = '' OR EXISTS (SELECT 1 FROM order_line l
                              WHERE l.order_id = orders.order_id AND l.sku = :sku))
 ORDER BY order_ts_us DESC, order_id DESC LIMIT :rows;

-- :name cli_order_list
SELECT order_no AS id, label AS state, '' AS code, order_no, channel, label, customer_no, customer_name,
       customer_email, order_ts_us, currency, total_minor
  FROM orders
 WHERE (:label = '' OR label = :label)
   AND (:sku = '' OR EXISTS (SELECT 1 FROM order_line l
                              WHERE l.order_id = orders.order_id AND l.sku = :sku))
 ORDER BY order_ts_us DESC, order_id DESC LIMIT :rows;

-- :name cli_hold_type
SELECT type, blocks, meaning FROM hold_type WHERE type = :type;

-- :name cli_hold_types
SELECT type FROM hold_type ORDER BY type;

-- :name cli_shipment_of
SELECT 1 FROM shipment WHERE order_id = :order_id AND shipment_key = :shipment_key;

-- :name cli_order_explain
SELECT seq, ts_us, text FROM alloc_explain WHERE order_id = :order_id ORDER BY seq;

---------------------------------------------------------------- stock

-- :name cli_product
SELECT sku, name, class, weight_g, unit, shortage, active FROM product WHERE sku = :sku;

-- :name cli_stock
SELECT s.sku || '@' || s.node AS id, CASE WHEN s.dirty_ts_us > 0 THEN 'dirty' ELSE 'trusted' END AS state,
       '' AS code, s.sku, s.node, s.on_hand_qty, s.held_qty, s.reserved_qty, s.buffer_qty,
       s.on_hand_qty - s.held_qty - s.reserved_qty - s.buffer_qty AS available_qty, s.counted_ts_us, s.dirty_ts_us
  FROM stock s WHERE s.sku = :sku AND (:node = '' OR s.node = :node) ORDER BY s.node;

-- :name cli_stock_moves
SELECT move_id AS id, ts_us, sku, node, kind AS move, qty, before_qty, ref, actor
  FROM stock_move WHERE sku = :sku AND (:node = '' OR node = :node)
 ORDER BY move_id DESC LIMIT :rows;

-- :name cli_stock_supply
-- What is on order of a product and has not come.
SELECT o.supply_no AS id, o.kind, o.partner, o.node, l.qty - l.received_qty - l.damaged_qty AS qty,
       o.due_ts_us
  FROM supply_order o
  JOIN supply_line l ON l.supply_no = o.supply_no
 WHERE l.sku = :sku AND o.state = 'open' AND l.received_qty + l.damaged_qty < l.qty
   AND (:node = '' OR o.node = :node)
 ORDER BY o.due_ts_us, o.supply_no;

-- :name cli_stock_demand
-- Who waits for a product, alone or in a kit; in the order they get it.
SELECT o.order_no, o.channel, p.status, SUM(p.qty * COALESCE(k.qty_per, 1)) AS qty
  FROM orders o
  JOIN part p ON p.order_id = o.order_id
  JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
  LEFT JOIN kit_component k ON k.order_id = p.order_id AND k.line_no = p.line_no
 WHERE o.stage > 0 AND o.stage = 2 AND p.status IN (1200, 1300, 1310, 1400)
   AND COALESCE(k.sku, l.sku) = :sku
 GROUP BY o.order_id, o.order_no, o.channel, p.status, o.priority, o.ship_by_ts_us, o.order_ts_us
 ORDER BY o.priority, o.ship_by_ts_us, o.order_ts_us, o.order_id LIMIT :rows;
