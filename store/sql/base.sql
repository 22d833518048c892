-- :name counter_next
-- Inside a transaction, so that a rollback gives the number back.  Two
-- statements cost a third of one with RETURNING.
UPDATE counter SET value = value + 1 WHERE name = :name;

-- :name counter_get
SELECT value FROM counter WHERE name = :name;
