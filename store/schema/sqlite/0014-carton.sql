-- 0014: cartons whose content a warehouse tells together.

-- The carton that has the lines of this one, too; 0: it has its own.
ALTER TABLE shipment_carton ADD COLUMN with_no INTEGER NOT NULL DEFAULT 0;
