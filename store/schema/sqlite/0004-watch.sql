-- 0004: watching the data, windows of jobs, and the money of every record.

-- What is not as it should be; a row is never deleted.  Open rows are what is
-- so now, as far as the last run saw.
CREATE TABLE finding (
    finding_id     INTEGER PRIMARY KEY,  -- from 1, in the order of being found
    code           TEXT    NOT NULL,  -- oms explain CODE
    object         TEXT    NOT NULL,  -- what it concerns: sfcc.orders, file 11
    partner        TEXT    NOT NULL,  -- whom it concerns, or ''
    text           TEXT    NOT NULL,  -- a sentence; may change while it is open
    first_ts_us    INTEGER NOT NULL,
    last_ts_us     INTEGER NOT NULL,  -- last seen
    last_run_id    INTEGER NOT NULL,  -- by this run
    state          TEXT    NOT NULL CHECK (state IN ('open', 'cleared')),
    cleared_ts_us  INTEGER
) STRICT;
CREATE UNIQUE INDEX finding_open ON finding (code, object) WHERE state = 'open';

INSERT INTO counter (name, value) VALUES ('finding', 0);

-- One time at which a job was due: by business date and time of day, so that
-- no change of clocks can skip or double it.  Those to come have no row.
CREATE TABLE run_window (
    job            TEXT    NOT NULL,
    business_date  TEXT    NOT NULL,  -- 2026-03-28
    at             TEXT    NOT NULL,  -- 02:30, as jobs/JOB.ini says
    zone           TEXT    NOT NULL,  -- Europe/Vienna
    due_ts_us      INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('due', 'running', 'done',
                       'partial', 'missed')),
    run_id         INTEGER REFERENCES run,  -- the last that served it
    PRIMARY KEY (job, business_date, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_window_running ON run_window (run_id) WHERE state = 'running';

-- Files of a feed, newest last: what is usual for it.
CREATE INDEX file_feed ON file (partner, feed, file_id);

-- What the record says the order is worth; NULL when that cannot be read.
ALTER TABLE record ADD COLUMN total_minor INTEGER;
ALTER TABLE record ADD COLUMN currency TEXT;

-- Since when an order has its label: how long has it stood there?
ALTER TABLE orders ADD COLUMN label_ts_us INTEGER NOT NULL DEFAULT 0;
UPDATE orders SET label_ts_us = received_ts_us;
CREATE INDEX orders_label ON orders (label, label_ts_us) WHERE status_min < 3900;

-- When the partner's answer is due; NULL: none is, or all of it came.
ALTER TABLE document ADD COLUMN answer_due_ts_us INTEGER;
CREATE INDEX document_answer ON document (answer_due_ts_us) WHERE answer_due_ts_us IS NOT NULL;
