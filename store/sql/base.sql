-- :name counter_get
SELECT value FROM counter WHERE name = :name;

-- :name counter_set
-- At the end of a transaction: a rollback gives its numbers back.
UPDATE counter SET value = :value WHERE name = :name;
