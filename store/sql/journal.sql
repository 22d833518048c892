-- The journal: store/journal.h.

-- :name journal_commit
-- In every transaction, as its last statement but one.
UPDATE journal_head SET commit_no = commit_no + 1 RETURNING commit_no, entry_no;

-- :name journal_entry
UPDATE journal_head SET entry_no = :entry_no;

-- :name journal_position
SELECT commit_no, entry_no FROM journal_head;

-- :name journal_go_on_at
-- A rebuild that came out elsewhere goes on where the next entry begins.
UPDATE journal_head SET commit_no = :commit_no;

-- :name journal_last_run
-- Which program wrote the last run, and is there anything to rebuild at all?
SELECT (SELECT COALESCE(MAX(run_id), 0) FROM run) + (SELECT COUNT(*) FROM file),
       COALESCE((SELECT version FROM run WHERE run_id = (SELECT MAX(run_id) FROM run)), '');

-- :name journal_document
SELECT name, sha256 FROM document WHERE doc_id = :doc_id;

-- :name journal_created
-- The row of the audit that a new database begins with.
SELECT ts_us FROM audit WHERE audit_id = 1;
