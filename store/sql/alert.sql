-- Alerts: what is new, what is over, what is to be sent.

-- :name alert_take_new
-- What waits and was not told: told by this alert, unless its code is ignored.
INSERT INTO alert_item (subject, kind, code, partner, ts_us, command, reason, alert_id)
SELECT a.subject, a.kind, a.code, a.partner, CASE WHEN a.ts_us = 0 THEN :ts_us ELSE a.ts_us END,
       CASE WHEN a.code IN ('inbox.kept', 'requeue.kept', 'store.journal') THEN 'oms check' ELSE a.command END, a.reason,
       CASE WHEN :ignored LIKE '% ' || a.code || ' %' THEN 0 ELSE :alert_id END
  FROM attention a
 WHERE a.subject NOT IN (SELECT i.subject FROM alert_item i WHERE i.cleared_ts_us IS NULL)
ON CONFLICT (subject) DO UPDATE
   SET alert_id = excluded.alert_id, ts_us = excluded.ts_us, cleared_ts_us = NULL,
       code = excluded.code, reason = excluded.reason;

-- :name alert_clear
UPDATE alert_item SET cleared_ts_us = :ts_us
 WHERE cleared_ts_us IS NULL AND subject NOT IN (SELECT subject FROM attention);

-- :name alert_open_count
SELECT COUNT(*) FROM alert_item WHERE cleared_ts_us IS NULL AND alert_id > 0;

-- :name alert_new_count
SELECT COUNT(*) FROM alert_item WHERE alert_id = :alert_id;

-- :name alert_groups
-- What one alert tells, put together.
SELECT kind, code, partner, COUNT(*) AS items FROM alert_item WHERE alert_id = :alert_id
 GROUP BY kind, code, partner ORDER BY COUNT(*) DESC, kind, code, partner;

-- :name alert_examples
SELECT command, reason FROM alert_item
 WHERE alert_id = :alert_id AND kind = :kind AND code = :code AND partner = :partner
 ORDER BY ts_us, subject LIMIT :rows;

-- :name alert_digest_rows
-- By age; a day has :day_us.
SELECT code, partner, COUNT(*) AS items,
       SUM(CASE WHEN age < :day_us THEN 1 ELSE 0 END) AS d1,
       SUM(CASE WHEN age >= :day_us AND age < 3 * :day_us THEN 1 ELSE 0 END) AS d3,
       SUM(CASE WHEN age >= 3 * :day_us AND age < 7 * :day_us THEN 1 ELSE 0 END) AS d7,
       SUM(CASE WHEN age >= 7 * :day_us THEN 1 ELSE 0 END) AS older
  FROM (SELECT code, partner, :now_us - ts_us AS age FROM alert_item WHERE cleared_ts_us IS NULL) AS a
 GROUP BY code, partner ORDER BY COUNT(*) DESC, code, partner;

-- :name alert_digest_known
SELECT 1 FROM alert WHERE kind = 'digest' AND "window" = :window;

-- :name alert_add
INSERT INTO alert (alert_id, kind, "window", run_id, ts_us, items, title, body)
VALUES (:alert_id, :kind, :window, :run_id, :ts_us, :items, :title, :body);

-- :name alert_sending_add
INSERT INTO alert_sending (alert_id, channel, state) VALUES (:alert_id, :channel, 'due');

-- :name alert_next_due
SELECT a.alert_id, s.channel, a.kind, a.ts_us, a.items, a.title, a.body
  FROM alert_sending s JOIN alert a ON a.alert_id = s.alert_id
 WHERE s.state = 'due'
   AND (a.alert_id > :alert_id OR (a.alert_id = :alert_id AND s.channel > :channel))
 ORDER BY a.alert_id, s.channel LIMIT 1;

-- :name alert_sending_done
UPDATE alert_sending SET state = 'sent', sent_ts_us = :ts_us, attempts = attempts + 1, code = '', reason = ''
 WHERE alert_id = :alert_id AND channel = :channel;

-- :name alert_sending_failed
UPDATE alert_sending SET attempts = attempts + 1, code = :code, reason = :reason, state = :state
 WHERE alert_id = :alert_id AND channel = :channel;

-- :name cli_alert_list
SELECT a.alert_id AS id, s.state, s.code, a.kind AS alert, a."window", a.ts_us, a.items, a.title,
       s.channel, s.attempts, s.sent_ts_us, s.reason
  FROM alert a LEFT JOIN alert_sending s ON s.alert_id = a.alert_id
 ORDER BY a.alert_id DESC, s.channel LIMIT :rows;

-- :name cli_alert_show
SELECT alert_id AS id, kind AS alert, "window", ts_us, items, title, body FROM alert WHERE alert_id = :alert_id;
