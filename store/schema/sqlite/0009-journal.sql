-- 0009: where the database stands in the journal (store/journal.h).

CREATE TABLE journal_head (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    commit_no  INTEGER NOT NULL,  -- transactions committed since it was made
    entry_no   INTEGER NOT NULL   -- the newest entry that one of them is in
) STRICT;

INSERT INTO journal_head (one, commit_no, entry_no) VALUES (1, 0, 0);
