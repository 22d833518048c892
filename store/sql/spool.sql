-- :name file_find
SELECT file_id, state, type FROM file WHERE partner = :partner AND sha256 = :sha256;

-- :name file_add
INSERT INTO file (file_id, partner, feed, type, name, sha256, size_bytes, state, received_ts_us, parent_dead_id)
VALUES (:file_id, :partner, :feed, :type, :name, :sha256, :size_bytes, :state, :ts_us, :parent_dead_id);

-- :name file_occurrence_add
INSERT INTO file_occurrence (file_id, seq, name, place, ts_us)
VALUES (:file_id,
        (SELECT COALESCE(MAX(seq), 0) + 1 FROM file_occurrence WHERE file_id = :file_id),
        :name, :place, :ts_us);

-- :name file_set_cards
UPDATE file SET cards = :cards WHERE file_id = :file_id;

-- :name security_event_add
INSERT INTO security_event (event_no, ts_us, kind, actor, partner, file_id, count, detail)
VALUES (:event_no, :ts_us, :kind, :actor, :partner, :file_id, :count, :detail);

-- :name file_requeue
-- Read it again from the start.  What it applied before stays applied: the
-- readers know their records by key.
UPDATE file SET state = 'new', next_record = 1, next_offset = 0, next_line = 1,
       records = 0, applied = 0, duplicates = 0, rejected = 0, crashes = 0, code = '',
       feed = :feed, type = :type, parent_dead_id = COALESCE(:parent_dead_id, parent_dead_id)
 WHERE file_id = :file_id;

-- :name record_forget_rejected
DELETE FROM record WHERE file_id = :file_id AND state NOT IN ('applied', 'revision');

-- :name file_parent
-- The letter whose bytes this file has; 1 when they are not those that came.
SELECT d.dead_id, d.kind, d.partner, d.name, CASE WHEN d.file_id = f.file_id THEN 0 ELSE 1 END
  FROM file f JOIN dead d ON d.dead_id = f.parent_dead_id WHERE f.file_id = :file_id;

-- :name file_by_id
SELECT file_id, partner, feed, type, name, sha256, size_bytes, next_record, next_offset, next_line, state, crashes
  FROM file WHERE file_id = :file_id;

-- :name file_next
-- Work in the order of dependence: ranks come with the caller's list.
SELECT file_id FROM file
 WHERE state IN ('new', 'ingesting') AND type = :type AND file_id > :after
 ORDER BY file_id LIMIT 1;

-- :name file_progress
UPDATE file SET state = 'ingesting', next_record = :next_record, next_offset = :next_offset,
       next_line = :next_line, records = records + :records, applied = applied + :applied,
       duplicates = duplicates + :duplicates, rejected = rejected + :rejected
 WHERE file_id = :file_id;

-- :name file_finish
UPDATE file SET state = :state, ingested_ts_us = :ts_us, code = :code WHERE file_id = :file_id;

-- :name file_close
UPDATE file SET state = 'closed' WHERE file_id = :file_id AND state = 'dead';

-- :name file_reopen
UPDATE file SET state = 'dead' WHERE file_id = :file_id AND state = 'closed';

-- :name file_counts
SELECT applied, duplicates, rejected, state FROM file WHERE file_id = :file_id;

-- :name file_crashed
UPDATE file SET crashes = crashes + 1 WHERE file_id = :file_id RETURNING crashes;

-- :name dead_find
SELECT dead_id FROM dead
 WHERE file_id = :file_id AND record_no = :record_no AND kind = :kind;

-- :name dead_insert
INSERT INTO dead (dead_id, kind, partner, feed, file_id, record_no, doc_id, key, code, stage, where_text, reason,
                  name, sha256, state, first_ts_us, last_ts_us, owner, night)
VALUES (:dead_id, :kind, :partner, :feed, :file_id, :record_no, :doc_id, :key, :code, :stage, :where_text, :reason,
        :name, :sha256, :state, :ts_us, :ts_us, :owner, :night);

-- :name dead_reopen
-- A try that a run made by itself is a night, and counted already.  What was
-- held when a person tried it is held again.
UPDATE dead SET state = CASE WHEN state = 'retried' AND resolution = 'was held' THEN 'held' ELSE :state END, tries = tries + 1 - by_night, by_night = 0, last_ts_us = :ts_us, key = :key,
       code = :code, stage = :stage, where_text = :where_text, reason = :reason, sha256 = :sha256, resolution = '',
       owner = CASE WHEN owner = '' THEN :owner ELSE owner END
 WHERE dead_id = :dead_id;

-- :name dead_resolve_key
-- A repeat proves nothing about what stood beside the first in its own file.
UPDATE dead SET state = 'resolved', by_night = 0, last_ts_us = :ts_us, resolution = :resolution
 WHERE partner = :partner AND key = :key AND state IN ('open', 'held', 'retried')
   AND COALESCE(file_id, 0) <> :not_of_file_id;

-- :name dead_resolve_file
-- A file that is read now repairs the dead letter it came from, and its own of
-- an earlier time; not those that this reading made.
UPDATE dead SET state = 'resolved', by_night = 0, last_ts_us = :ts_us, resolution = :resolution
 WHERE state = 'retried'
   AND (dead_id = :parent_dead_id OR (file_id = :file_id AND kind = 'file'));

-- :name dead_file_retried
UPDATE dead SET state = 'retried', resolution = CASE WHEN state = 'held' THEN 'was held' ELSE '' END
 WHERE file_id = :file_id AND kind = 'file' AND state IN ('open', 'held');

-- :name dead_of_name
-- Whole files that died earlier under the name of this one.
SELECT d.dead_id, f.sha256, f.file_id
  FROM dead d JOIN file f ON f.file_id = d.file_id
 WHERE d.partner = :partner AND d.state IN ('open', 'held', 'retried') AND d.kind = 'file'
   AND f.name = :name AND f.file_id < :file_id AND d.dead_id > :after
 ORDER BY d.dead_id LIMIT 1;

-- :name dead_by_id
SELECT d.dead_id, d.kind, d.partner, d.feed, d.file_id, d.record_no, d.key, d.code, d.stage, d.where_text, d.reason,
       d.name, d.sha256, d.state, d.tries, d.first_ts_us, d.last_ts_us, d.resolution, d.doc_id, d.owner, d.note,
       d.nights, (SELECT COALESCE(MAX(v.version), 0) FROM dead_version v WHERE v.dead_id = d.dead_id)
  FROM dead d WHERE d.dead_id = :dead_id;

-- :name dead_open_next
SELECT d.dead_id, d.kind, d.partner, d.feed, d.file_id, d.record_no, d.key, d.code, d.stage, d.where_text, d.reason,
       d.name, d.sha256, d.state, d.tries, d.first_ts_us, d.last_ts_us, d.resolution, d.doc_id, d.owner, d.note,
       d.nights, (SELECT COALESCE(MAX(v.version), 0) FROM dead_version v WHERE v.dead_id = d.dead_id)
  FROM dead d WHERE d.dead_id > :after AND d.state IN ('open', 'held') AND d.sha256 <> ''
 ORDER BY d.dead_id LIMIT 1;

-- :name dead_set_state
UPDATE dead SET state = :state, by_night = 0, last_ts_us = :ts_us, resolution = :resolution WHERE dead_id = :dead_id;

-- :name dead_set_owner
UPDATE dead SET owner = :owner WHERE dead_id = :dead_id;

-- :name dead_set_note
UPDATE dead SET note = :note WHERE dead_id = :dead_id;

-- :name dead_night
-- A run tries it by itself.
UPDATE dead SET nights = nights + 1, night = :night, by_night = 1 WHERE dead_id = :dead_id;

-- :name dead_due_next
-- What a run may try by itself, once a night.
SELECT dead_id FROM dead
 WHERE dead_id > :after AND state = 'open' AND code = :code AND nights < :nights AND night < :night
   AND sha256 <> '' AND kind IN ('file', 'record')
 ORDER BY dead_id LIMIT 1;

-- :name dead_version_add
INSERT INTO dead_version (dead_id, version, parent, sha256, actor, ts_us, note)
VALUES (:dead_id, :version, :parent, :sha256, :actor, :ts_us, :note);

-- :name dead_version_use
UPDATE dead SET sha256 = :sha256 WHERE dead_id = :dead_id;

-- :name dead_version_get
-- The version of that number; 0 the last one.
SELECT version, parent, sha256, actor, ts_us, note FROM dead_version
 WHERE dead_id = :dead_id AND (:version = 0 OR version = :version)
 ORDER BY version DESC LIMIT 1;

-- :name dead_version_knows
SELECT version FROM dead_version WHERE dead_id = :dead_id AND sha256 = :sha256 ORDER BY version DESC LIMIT 1;

-- :name remote_retry_file
UPDATE remote_file SET state = 'seen', attempts = 0, next_ts_us = 0
 WHERE partner = :partner AND name = :name AND state IN ('expired', 'refused', 'unstable');
