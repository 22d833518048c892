-- Partners: what is known of them, and what their servers can do.

-- :name partner_capability_get
SELECT value FROM partner_capability WHERE partner = :partner AND name = :name;

-- :name partner_capability_set
INSERT INTO partner_capability (partner, name, value, ts_us)
VALUES (:partner, :name, :value, :ts_us)
ON CONFLICT (partner, name) DO UPDATE
   SET value = excluded.value, ts_us = excluded.ts_us
 WHERE partner_capability.value <> excluded.value;

