-- :name counter_next
-- Inside a transaction, so that a rollback gives the number back.
UPDATE counter SET value = value + 1 WHERE name = :name RETURNING value;
