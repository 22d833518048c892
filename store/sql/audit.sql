-- The chain of changes: see store/audit.h.

-- :name audit_last
SELECT hash FROM audit ORDER BY audit_id DESC LIMIT 1;

-- :name audit_add
INSERT INTO audit (audit_id, ts_us, actor, category, action, object, before, after, prev, hash)
VALUES (:audit_id, :ts_us, :actor, :category, :action, :object, :before, :after, :prev, :hash);
