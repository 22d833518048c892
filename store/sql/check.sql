-- The invariants of `oms check`.  Every row a statement gives is a fault:
-- its first column is what it concerns, the second says what is wrong.

-- :name check_line_quantities
SELECT o.order_no || ' line ' || l.line_no,
       'parts sum to ' || COALESCE(SUM(p.qty), 0) || ', ordered are ' || l.qty
  FROM order_line l
  JOIN orders o ON o.order_id = l.order_id
  LEFT JOIN part p ON p.order_id = l.order_id AND p.line_no = l.line_no
 GROUP BY l.order_id, l.line_no, o.order_no, l.qty
HAVING COALESCE(SUM(p.qty), 0) <> l.qty
 ORDER BY l.order_id, l.line_no;

-- :name check_current_release
-- A part under a release key has exactly one current row, of its quantity.
SELECT o.order_no || ' part ' || p.part_no,
       'released as ' || p.release_key || ' with ' || COUNT(s.seq) || ' current status rows of '
       || COALESCE(SUM(s.status_quantity), 0) || ', it has ' || p.qty
  FROM part p
  JOIN orders o ON o.order_id = p.order_id
  LEFT JOIN release_status s ON s.order_id = p.order_id AND s.part_no = p.part_no AND s.status_quantity > 0
 WHERE p.release_key <> ''
 GROUP BY p.order_id, p.part_no, o.order_no, p.release_key, p.qty, p.status
HAVING COUNT(s.seq) <> 1 OR SUM(s.status_quantity) <> p.qty
    OR MIN(s.status) <> p.status OR MIN(s.release_key) <> p.release_key
 ORDER BY p.order_id, p.part_no;

-- :name check_shipped_units
-- What shipped is what its current status says, and the other way round.
SELECT o.order_no || ' part ' || p.part_no,
       'status ' || p.status || ' with ' || COALESCE(SUM(l.quantity), 0) || ' of ' || p.qty || ' shipped'
  FROM part p
  JOIN orders o ON o.order_id = p.order_id
  LEFT JOIN shipment_line l ON l.order_id = p.order_id AND l.part_no = p.part_no AND l.quantity > 0
 GROUP BY p.order_id, p.part_no, o.order_no, p.status, p.qty
HAVING (p.status BETWEEN 3700 AND 3999 AND COALESCE(SUM(l.quantity), 0) <> p.qty)
    OR (p.status < 3700 AND COALESCE(SUM(l.quantity), 0) <> 0)
 ORDER BY p.order_id, p.part_no;

-- :name check_empty_releases
SELECT r.release_key, 'no part was ever released under it'
  FROM release r
 WHERE NOT EXISTS (SELECT 1 FROM release_status s
                    WHERE s.order_id = r.order_id AND s.release_key = r.release_key)
 ORDER BY r.release_key;

-- :name check_reserved
-- Reserved stock is the sum of the parts that hold it, kits by component.
SELECT d.sku || ' at ' || d.node,
       'reserved are ' || SUM(d.reserved) || ', the parts hold ' || SUM(d.held)
  FROM (SELECT sku, node, reserved_qty AS reserved, 0 AS held FROM stock WHERE reserved_qty <> 0
        UNION ALL
        SELECT COALESCE(k.sku, l.sku), p.node, 0, p.qty * COALESCE(k.qty_per, 1)
          FROM part p
          JOIN order_line l ON l.order_id = p.order_id AND l.line_no = p.line_no
          LEFT JOIN kit_component k ON k.order_id = p.order_id AND k.line_no = p.line_no
         WHERE p.status BETWEEN 1500 AND 3350
           AND EXISTS (SELECT 1 FROM stock x
                        WHERE x.sku = COALESCE(k.sku, l.sku) AND x.node = p.node)) d
 GROUP BY d.sku, d.node
HAVING SUM(d.reserved) <> SUM(d.held)
 ORDER BY d.sku, d.node;

-- :name check_invoice_numbers
-- Gapless within the kind: as many numbers as the counter gave.
SELECT c.name || ' numbers', 'the counter gave ' || c.value || ', there are ' || COUNT(i.invoice_no)
  FROM counter c
  LEFT JOIN invoice i ON i.kind = c.name
 WHERE c.name IN ('invoice', 'credit')
 GROUP BY c.name, c.value
HAVING COUNT(i.invoice_no) <> c.value
 ORDER BY c.name;

-- :name check_invoice_sums
SELECT i.invoice_no, 'the lines sum to ' || COALESCE(SUM(l.net_minor + l.disc_minor + l.ship_minor + l.tax_minor), 0)
       || ', its total is ' || i.total_minor
  FROM invoice i
  LEFT JOIN invoice_line l ON l.invoice_no = i.invoice_no
 GROUP BY i.invoice_no, i.total_minor
HAVING COALESCE(SUM(l.net_minor + l.disc_minor + l.ship_minor + l.tax_minor), 0) <> i.total_minor
 ORDER BY i.invoice_no;

-- :name check_billed_quantities
SELECT o.order_no || ' line ' || l.line_no, 'billed are ' || l.billed_qty || ', the invoices hold '
       || COALESCE(SUM(n.qty), 0)
  FROM order_line l
  JOIN orders o ON o.order_id = l.order_id
  LEFT JOIN (invoice i JOIN invoice_line n ON n.invoice_no = i.invoice_no AND i.kind = 'invoice')
    ON i.order_id = l.order_id AND n.line_no = l.line_no
 GROUP BY l.order_id, l.line_no, o.order_no, l.billed_qty
HAVING COALESCE(SUM(n.qty), 0) < l.billed_qty
 ORDER BY l.order_id, l.line_no;

-- :name check_charges
-- Nobody is charged more than was invoiced.
SELECT c.invoice_no, 'charged or asked for are ' || SUM(c.amount_minor) || ', its total is ' || i.total_minor
  FROM charge c
  JOIN invoice i ON i.invoice_no = c.invoice_no
 WHERE c.kind = 'capture' AND c.state <> 'declined' AND i.kind = 'invoice'
 GROUP BY c.invoice_no, i.total_minor
HAVING SUM(c.amount_minor) > i.total_minor
 ORDER BY c.invoice_no;

-- :name check_lost_files
-- An accepted file's records are all accounted for.
SELECT 'file ' || file_id, 'read ' || records || ' records: ' || applied || ' applied, '
       || duplicates || ' duplicate, ' || rejected || ' rejected'
  FROM file
 WHERE state = 'ingested' AND records <> applied + duplicates + rejected
 ORDER BY file_id;

-- :name check_stock_nodes
SELECT n.node, 'partner "' || n.partner || '" runs it' , n.partner FROM ship_node n ORDER BY n.node;

-- :name check_service_partners
SELECT s.carrier || ':' || s.service, s.kind, s.partner FROM carrier_service s
 WHERE s.active = 1 ORDER BY s.carrier, s.service;
