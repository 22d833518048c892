-- :name dry_retry_mark
SELECT (SELECT value FROM counter WHERE name = 'dead'), (SELECT value FROM counter WHERE name = 'document'),
       (SELECT value FROM counter WHERE name = 'stock_move');

-- :name dry_retry_letter
-- The letter first, then the file that its bytes became, then its orders.
SELECT what, id, state, code, message FROM (
    SELECT 1 AS rank, 0 AS n, 'dead' AS what, CAST(dead_id AS TEXT) AS id, state,
           CASE WHEN state = 'resolved' THEN '' ELSE code END AS code,
           CASE WHEN state = 'resolved' THEN resolution ELSE where_text || ': ' || reason END AS message
      FROM dead WHERE dead_id = :dead_id
    UNION ALL
    SELECT 2, f.file_id, 'file', CAST(f.file_id AS TEXT), f.state, f.code,
           f.type || ': ' || f.applied || ' applied, ' || f.duplicates || ' known, ' || f.rejected || ' rejected'
      FROM file f WHERE f.parent_dead_id = :dead_id
    UNION ALL
    SELECT 3, r.record_no, 'order', o.order_no, r.state, '',
           o.label || ', revision ' || o.revision || ', ' || o.currency
      FROM file f JOIN record r ON r.file_id = f.file_id
      JOIN orders o ON o.order_no = r.key
     WHERE f.parent_dead_id = :dead_id AND f.type = 'sfcc.order' AND r.state IN ('applied', 'revision', 'duplicate')
       AND o.file_id = f.file_id) AS t
 ORDER BY rank, n;

-- :name dry_retry_rest
SELECT what, id, state, code, message FROM (
    SELECT 1 AS rank, dead_id AS n, 'dead' AS what, CAST(dead_id AS TEXT) AS id, state, code,
           where_text || ': ' || reason AS message
      FROM dead WHERE dead_id > :dead_id
    UNION ALL
    SELECT 2, move_id, 'stock', sku || ' ' || node, kind, '',
           'on hand ' || before_qty || ' -> ' || (before_qty + qty)
      FROM stock_move WHERE move_id > :move_id
    UNION ALL
    SELECT 3, doc_id, 'document', CAST(doc_id AS TEXT), state, code, partner || '/' || name || ', ' || items || ' items'
      FROM document WHERE doc_id > :doc_id) AS t
 ORDER BY rank, n;
