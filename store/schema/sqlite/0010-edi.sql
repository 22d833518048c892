-- 0010: X12 and EDIFACT: envelopes in and out, what was answered.

-- The last interchange and group control numbers given; a resend keeps its.
CREATE TABLE edi_counter (
    partner  TEXT    NOT NULL,
    env      TEXT    NOT NULL CHECK (env IN ('test', 'production')),
    kind     TEXT    NOT NULL CHECK (kind IN ('interchange', 'group')),
    value    INTEGER NOT NULL,
    PRIMARY KEY (partner, env, kind)
) STRICT, WITHOUT ROWID;

---------------------------------------------------------------- in

-- Every interchange of every file, and what was decided of it.  Read again, a
-- file changes nothing here: these are the decisions that were told.
CREATE TABLE edi_in (
    file_id         INTEGER NOT NULL REFERENCES file,
    ix_no           INTEGER NOT NULL,  -- in the file, from 1
    partner         TEXT    NOT NULL,
    standard        TEXT    NOT NULL CHECK (standard IN ('x12', 'edifact')),
    sender          TEXT    NOT NULL,  -- "ZZ:ACME"
    receiver        TEXT    NOT NULL,
    control         TEXT    NOT NULL,
    version         TEXT    NOT NULL,  -- ISA12, "UNOC:3"
    date            TEXT    NOT NULL,  -- CCYYMMDD
    time            TEXT    NOT NULL,  -- HHMM[SS]
    is_test         INTEGER NOT NULL CHECK (is_test IN (0, 1)),
    head            TEXT    NOT NULL,  -- ISA or UNB as sent, in hex: for TA1, UCI
    delimiters      TEXT    NOT NULL,  -- of struct edi_delimiters, in hex
    byte_off        INTEGER NOT NULL,  -- in the file
    byte_len        INTEGER NOT NULL,
    sha256          TEXT    NOT NULL,  -- of these bytes: is a repeat the same?
    received_ts_us  INTEGER NOT NULL,
    group_count     INTEGER NOT NULL,
    verdict         TEXT    NOT NULL CHECK (verdict IN ('A', 'E', 'P', 'R')),
    ta105           INTEGER NOT NULL,  -- 0 none
    contrl          INTEGER NOT NULL,  -- 0085, 0 none
    ack             TEXT    NOT NULL CHECK (ack IN ('none', 'due', 'given')),
    doc_id          INTEGER,           -- the document with its TA1 or CONTRL
    PRIMARY KEY (file_id, ix_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX edi_in_known ON edi_in (partner, control, received_ts_us);
CREATE INDEX edi_in_due ON edi_in (partner, file_id, ix_no) WHERE ack = 'due';
CREATE INDEX edi_in_doc ON edi_in (doc_id) WHERE doc_id IS NOT NULL;

CREATE TABLE edi_in_group (
    file_id        INTEGER NOT NULL,
    ix_no          INTEGER NOT NULL,
    group_no       INTEGER NOT NULL,
    is_implied     INTEGER NOT NULL CHECK (is_implied IN (0, 1)),
    code           TEXT    NOT NULL,  -- GS01; EDIFACT without UNG: ''
    sender         TEXT    NOT NULL,
    receiver       TEXT    NOT NULL,
    control        TEXT    NOT NULL,
    version        TEXT    NOT NULL,
    sets_said      INTEGER NOT NULL,  -- -1: it did not say
    sets_received  INTEGER NOT NULL,
    sets_accepted  INTEGER NOT NULL,
    verdict        TEXT    NOT NULL CHECK (verdict IN ('A', 'E', 'P', 'R')),
    codes          TEXT    NOT NULL,  -- AK905 ff., parted by blanks
    contrl         INTEGER NOT NULL,
    ack            TEXT    NOT NULL CHECK (ack IN ('none', 'due', 'given')),
    doc_id         INTEGER,           -- the document that acknowledges it
    PRIMARY KEY (file_id, ix_no, group_no),
    FOREIGN KEY (file_id, ix_no) REFERENCES edi_in
) STRICT, WITHOUT ROWID;
CREATE INDEX edi_in_group_due ON edi_in_group (file_id) WHERE ack = 'due';
CREATE INDEX edi_in_group_doc ON edi_in_group (doc_id) WHERE doc_id IS NOT NULL;

CREATE TABLE edi_in_set (
    file_id    INTEGER NOT NULL,
    ix_no      INTEGER NOT NULL,
    group_no   INTEGER NOT NULL,
    set_no     INTEGER NOT NULL,  -- in the group
    record_no  INTEGER NOT NULL,  -- in the file: table record
    type       TEXT    NOT NULL,
    control    TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    segments   INTEGER NOT NULL,
    verdict    TEXT    NOT NULL CHECK (verdict IN ('A', 'E', 'R')),
    codes      TEXT    NOT NULL,  -- AK502 ff., parted by blanks
    contrl     INTEGER NOT NULL,  -- 0085, 0 none
    PRIMARY KEY (file_id, ix_no, group_no, set_no),
    FOREIGN KEY (file_id, ix_no, group_no) REFERENCES edi_in_group
) STRICT, WITHOUT ROWID;
CREATE INDEX edi_in_set_record ON edi_in_set (file_id, record_no);

-- What was wrong, as the acknowledgement says it; set_no 0: with the group,
-- group_no 0: with the interchange.  A value that may be personal is left out.
CREATE TABLE edi_in_finding (
    file_id      INTEGER NOT NULL,
    ix_no        INTEGER NOT NULL,
    group_no     INTEGER NOT NULL,
    set_no       INTEGER NOT NULL,
    n            INTEGER NOT NULL,
    fault        TEXT    NOT NULL,  -- name in parsers/edi_fault.h
    severity     TEXT    NOT NULL CHECK (severity IN ('warning', 'error')),
    segment      TEXT    NOT NULL,
    segment_no   INTEGER NOT NULL,
    loop         TEXT    NOT NULL,
    element      INTEGER NOT NULL,
    component    INTEGER NOT NULL,
    repetition   INTEGER NOT NULL,
    element_id   TEXT    NOT NULL,
    value        TEXT    NOT NULL,
    PRIMARY KEY (file_id, ix_no, group_no, set_no, n)
) STRICT, WITHOUT ROWID;

---------------------------------------------------------------- out

-- The envelope of a document; one interchange a document, one group in it.
CREATE TABLE edi_out (
    doc_id          INTEGER PRIMARY KEY REFERENCES document,
    partner         TEXT    NOT NULL,
    standard        TEXT    NOT NULL CHECK (standard IN ('x12', 'edifact')),
    is_test         INTEGER NOT NULL CHECK (is_test IN (0, 1)),
    interchange_no  INTEGER NOT NULL,
    group_no        INTEGER NOT NULL,
    group_code      TEXT    NOT NULL,  -- GS01; set type in EDIFACT
    set_type        TEXT    NOT NULL,  -- "940", "ORDERS"; TA1 has no sets
    expects         TEXT    NOT NULL CHECK (expects IN ('none', '997', '999', 'contrl')),
    -- open: waits for its acknowledgement; none: waits for none
    ack             TEXT    NOT NULL CHECK (ack IN ('none', 'open', 'A', 'E', 'P', 'R')),
    due_ts_us       INTEGER,           -- set when it was sent; NULL: never due
    acked_ts_us     INTEGER,
    acked_by        INTEGER,           -- file
    closed_ts_us    INTEGER            -- a person said: it is settled
) STRICT;
CREATE INDEX edi_out_open ON edi_out (partner, due_ts_us) WHERE ack = 'open';
CREATE INDEX edi_out_refused ON edi_out (partner, doc_id)
    WHERE (ack = 'P' OR ack = 'R') AND closed_ts_us IS NULL;
CREATE INDEX edi_out_number ON edi_out (partner, interchange_no);
CREATE INDEX edi_out_group ON edi_out (partner, group_code, group_no);

-- The sets of it: what each was about, and what the partner said of it.
CREATE TABLE edi_out_set (
    doc_id   INTEGER NOT NULL REFERENCES edi_out,
    set_no   INTEGER NOT NULL,  -- from 1: ST02
    type     TEXT    NOT NULL,
    key      TEXT    NOT NULL,  -- order_no, shipment_key, invoice_no ...
    ack      TEXT    NOT NULL DEFAULT '' CHECK (ack IN ('', 'A', 'E', 'R')),
    reason   TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (doc_id, set_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX edi_out_set_key ON edi_out_set (key);

-- An acknowledgement that came: also one that fits nothing, or comes again.
CREATE TABLE edi_ack (
    file_id    INTEGER NOT NULL,
    n          INTEGER NOT NULL,  -- in the file, from 1
    partner    TEXT    NOT NULL,
    kind       TEXT    NOT NULL,  -- TA1 997 999 CONTRL APERAK
    answers    TEXT    NOT NULL,  -- "OW 17", "interchange 000000017"
    doc_id     INTEGER,           -- NULL: nothing of ours
    result     TEXT    NOT NULL,  -- A E P R
    is_repeat  INTEGER NOT NULL CHECK (is_repeat IN (0, 1)),
    ts_us      INTEGER NOT NULL,
    detail     TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (file_id, n)
) STRICT, WITHOUT ROWID;
