-- 0008: what waits for a person, whom we told of it, and how.

INSERT INTO counter (name, value) VALUES ('alert', 0);

-- Everything that waits for a person now.  subject names the thing, for
-- ever; a new run failing is a new thing.
CREATE VIEW attention AS
SELECT 'dead:' || dead_id AS subject, 'dead letter' AS kind, code, partner,
       first_ts_us AS ts_us, 'oms dead show ' || dead_id AS command, reason
  FROM dead WHERE state = 'open'
 UNION ALL
SELECT 'hold:' || h.hold_id, 'hold', h.code, o.partner, h.set_ts_us,
       'oms order show ' || o.order_no, h.reason
  FROM hold h JOIN orders o ON o.order_id = h.order_id WHERE h.state = 'open'
 UNION ALL
SELECT 'document:' || doc_id || ':' || state, 'document', code, partner, created_ts_us,
       'oms out show ' || doc_id, reason
  FROM document WHERE state <> 'sent' AND (state = 'uncertain' OR state = 'hold' OR state = 'dead')
 UNION ALL
SELECT 'partner:' || partner || ':' || breaker, 'partner', breaker, partner, next_ts_us,
       'oms check --partner ' || partner, reason
  FROM partner_state WHERE breaker <> ''
 UNION ALL
SELECT 'finding:' || finding_id, 'finding', code, partner, first_ts_us,
       CASE WHEN code LIKE 'feed.%' THEN 'oms feeds' WHEN code = 'order.stuck' THEN 'oms order find --stuck'
            WHEN code = 'window.missed' THEN 'oms windows' WHEN code = 'ledger.difference' THEN 'oms reconcile'
            ELSE 'oms out list' END,
       object || ': ' || text
  FROM finding WHERE state = 'open' AND code <> 'deliver.uncertain'
 UNION ALL
SELECT 'run:' || run_id, 'run', 'run.' || state, '', started_ts_us, 'oms status',
       'job ' || job || ' ended with status ' || exit_code
  FROM run WHERE run_id = (SELECT MAX(run_id) FROM run) AND state = 'failed';

-- Of those, what was told, until it is over.
CREATE TABLE alert_item (
    subject        TEXT PRIMARY KEY,
    kind           TEXT    NOT NULL,
    code           TEXT    NOT NULL,
    partner        TEXT    NOT NULL,
    ts_us          INTEGER NOT NULL,  -- since when it waits
    command        TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    alert_id       INTEGER NOT NULL,  -- the one that told it; 0 ignored
    cleared_ts_us  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_item_of ON alert_item (alert_id);
CREATE INDEX alert_item_open ON alert_item (code) WHERE cleared_ts_us IS NULL;

-- One message.
CREATE TABLE alert (
    alert_id  INTEGER PRIMARY KEY,
    kind      TEXT    NOT NULL CHECK (kind IN ('new', 'clear', 'digest', 'test')),
    window    TEXT    NOT NULL,  -- business date
    run_id    INTEGER NOT NULL,
    ts_us     INTEGER NOT NULL,
    items     INTEGER NOT NULL,
    title     TEXT    NOT NULL,
    body      TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX alert_digest ON alert (window) WHERE kind = 'digest';

-- And its way over each channel.
CREATE TABLE alert_sending (
    alert_id    INTEGER NOT NULL REFERENCES alert,
    channel     TEXT    NOT NULL CHECK (channel IN ('folder', 'syslog', 'mail', 'webhook')),
    state       TEXT    NOT NULL CHECK (state IN ('due', 'sent', 'failed')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    sent_ts_us  INTEGER,
    code        TEXT    NOT NULL DEFAULT '',
    reason      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (alert_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_due ON alert_sending (alert_id) WHERE state = 'due';
