-- 0015: what happened to orders before there was an audit (0002) is sealed, too.

-- The next run seals what touched orders have without a seal.
UPDATE orders SET touched = 1 WHERE sealed_seq = 0 AND touched = 0;
