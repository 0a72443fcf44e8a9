-- The log. `position` orders all events of the store and lets a live screen ask for what is new;
-- `engagement, seq` is the place in one engagement's chain.
CREATE TABLE events (
    position   INTEGER PRIMARY KEY,
    engagement TEXT    NOT NULL,
    seq        INTEGER NOT NULL CHECK (seq > 0),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    body       BLOB    NOT NULL,
    signature  TEXT    NOT NULL,
    UNIQUE (engagement, seq),
    UNIQUE (engagement, id)
) STRICT;

-- Append-only. The hash chain shows what was changed behind SQLite's back; these stop mistakes.
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- Without this, INSERT OR REPLACE would replace a row without asking the triggers above.
CREATE TRIGGER events_follow_each_other BEFORE INSERT ON events
WHEN NEW.seq <> 1 + (SELECT COALESCE(MAX(seq), 0) FROM events WHERE engagement = NEW.engagement)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- The end of each log, moved in the transaction that appends to it.
CREATE TABLE heads (
    engagement TEXT    PRIMARY KEY NOT NULL,
    seq        INTEGER NOT NULL,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    position   INTEGER NOT NULL
) STRICT;

CREATE INDEX heads_by_position ON heads (position);

CREATE TABLE runbooks (
    digest BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    body   BLOB NOT NULL
) STRICT;

CREATE TRIGGER runbooks_are_never_changed BEFORE UPDATE ON runbooks
BEGIN SELECT RAISE(ABORT, 'runbooks are kept as they were'); END;

CREATE TRIGGER runbooks_are_never_removed BEFORE DELETE ON runbooks
BEGIN SELECT RAISE(ABORT, 'runbooks are kept as they were'); END;

-- Recent results of checks, pruned. Transitions alone become events.
CREATE TABLE observations (
    position   INTEGER PRIMARY KEY,
    engagement TEXT    NOT NULL,
    check_id   TEXT    NOT NULL,
    body       TEXT    NOT NULL
) STRICT;

CREATE INDEX observations_by_check ON observations (engagement, check_id, position);

-- When each check last passed, which may be longer ago than any result that is kept. In microseconds
-- since 1970.
CREATE TABLE passes (
    engagement TEXT    NOT NULL,
    check_id   TEXT    NOT NULL,
    at_us      INTEGER NOT NULL,
    PRIMARY KEY (engagement, check_id)
) STRICT;

-- One summary per engagement, so that a portfolio opens without folding every log. A cache: a row
-- whose head is not the log's is out of date and made anew.
CREATE TABLE portfolio (
    engagement TEXT    PRIMARY KEY NOT NULL REFERENCES heads (engagement),
    seq        INTEGER NOT NULL,
    hash       BLOB    NOT NULL,
    sort_key   TEXT    NOT NULL,
    summary    TEXT    NOT NULL
) STRICT;

CREATE INDEX portfolio_in_order ON portfolio (sort_key, engagement);
