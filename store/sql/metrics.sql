-- The figures of oms status --prometheus: columns are the value, then labels
-- in the order of jobs/metrics.c.

-- :name metrics_last_success
SELECT MAX(ended_ts_us) / 1000000, job FROM run WHERE state IN ('ok', 'partial') GROUP BY job ORDER BY job;

-- :name metrics_exit_code
SELECT exit_code, job FROM run
 WHERE run_id IN (SELECT MAX(run_id) FROM run WHERE ended_ts_us IS NOT NULL GROUP BY job) AND exit_code IS NOT NULL
 ORDER BY job;

-- :name metrics_duration_ms
SELECT (ended_ts_us - started_ts_us) / 1000, job FROM run
 WHERE run_id IN (SELECT MAX(run_id) FROM run WHERE ended_ts_us IS NOT NULL GROUP BY job)
 ORDER BY job;

-- :name metrics_stage_items
SELECT s.done, s.stage, 'done' AS outcome, s.seq, 1 FROM run_stage s WHERE s.run_id = (SELECT MAX(run_id) FROM run_stage)
UNION ALL
SELECT s.rejected, s.stage, 'rejected', s.seq, 2 FROM run_stage s WHERE s.run_id = (SELECT MAX(run_id) FROM run_stage)
UNION ALL
SELECT s.held, s.stage, 'held', s.seq, 3 FROM run_stage s WHERE s.run_id = (SELECT MAX(run_id) FROM run_stage)
UNION ALL
SELECT s.waiting, s.stage, 'waiting', s.seq, 4 FROM run_stage s WHERE s.run_id = (SELECT MAX(run_id) FROM run_stage)
 ORDER BY 4, 5;

-- :name metrics_stage_ms
SELECT took_us / 1000, stage FROM run_stage WHERE run_id = (SELECT MAX(run_id) FROM run_stage) ORDER BY seq;

-- :name metrics_dead
SELECT COUNT(*), code, age FROM (
       SELECT code, CASE WHEN first_ts_us > :ts_us - 86400000000 THEN '1d'
                         WHEN first_ts_us > :ts_us - 604800000000 THEN '7d' ELSE 'older' END AS age
         FROM dead WHERE state IN ('open', 'held', 'retried')) d
 GROUP BY code, age ORDER BY code, age;

-- :name metrics_findings
SELECT COUNT(*), code FROM finding WHERE state = 'open' GROUP BY code ORDER BY code;

-- :name metrics_holds
SELECT COUNT(*), type FROM hold WHERE state = 'open' GROUP BY type ORDER BY type;

-- :name metrics_documents
SELECT COUNT(*), partner, state FROM document WHERE state <> 'sent' GROUP BY partner, state ORDER BY partner, state;
