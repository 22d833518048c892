-- :name run_mark_crashed
-- We hold the lock of the home, so whoever began these is dead.
UPDATE run SET state = 'crashed', ended_ts_us = :ts_us WHERE state = 'running';

-- :name run_add
INSERT INTO run (run_id, job, window, state, pid, version, config_sha256, started_ts_us)
VALUES (:run_id, :job, :window, 'running', :pid, :version, :config_sha256, :ts_us);

-- :name run_end
UPDATE run SET state = :state, ended_ts_us = :ts_us, exit_code = :exit_code WHERE run_id = :run_id;

-- :name run_stage_add
INSERT INTO run_stage (run_id, seq, stage, done, rejected, held, waiting, took_us, note)
VALUES (:run_id, :seq, :stage, :done, :rejected, :held, :waiting, :took_us, :note);
