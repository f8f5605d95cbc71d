-- Times are microseconds since the Unix epoch, UTC. Paths are bytes as the system has them.

-- What lists need of an alert. `number` is the order of arrival.
CREATE TABLE alerts (
    number      INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    rule_id     TEXT NOT NULL,
    rule_name   TEXT NOT NULL,
    severity    TEXT NOT NULL,
    risk_score  INTEGER NOT NULL,
    event_id    TEXT NOT NULL,
    time        INTEGER NOT NULL,
    found       INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    actor       TEXT,
    source      TEXT,
    target      TEXT,
    destination TEXT,
    account     TEXT,
    region      TEXT,
    action      TEXT,
    suspicious  INTEGER NOT NULL,
    late        INTEGER NOT NULL,
    held        INTEGER NOT NULL
) STRICT;
CREATE INDEX alerts_by_time ON alerts (time DESC, id);

-- The event behind an alert, apart so that lists do not read past it.
CREATE TABLE bodies (
    alert       INTEGER PRIMARY KEY REFERENCES alerts (number),
    ecs         TEXT NOT NULL,
    raw         TEXT NOT NULL,
    path        BLOB NOT NULL,
    offset      INTEGER NOT NULL
) STRICT;

-- What analysts decided. `hash` chains each row to the one before.
CREATE TABLE decisions (
    seq         INTEGER PRIMARY KEY,
    alert       TEXT NOT NULL REFERENCES alerts (id),
    at          INTEGER NOT NULL,
    analyst     TEXT NOT NULL,
    action      TEXT NOT NULL,
    hash        BLOB NOT NULL
) STRICT;
CREATE INDEX decisions_by_alert ON decisions (alert, seq);

-- Where the chain ends, to notice rows missing at its end.
CREATE TABLE chain (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    seq         INTEGER NOT NULL,
    hash        BLOB NOT NULL
) STRICT;
INSERT INTO chain VALUES (1, 0, zeroblob(32));

CREATE TRIGGER decisions_are_appended BEFORE INSERT ON decisions
WHEN new.seq IS NOT (SELECT seq + 1 FROM chain)
BEGIN SELECT raise(ABORT, 'decisions are appended in order'); END;
CREATE TRIGGER decisions_are_not_edited BEFORE UPDATE ON decisions
BEGIN SELECT raise(ABORT, 'decisions are never edited'); END;
CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
BEGIN SELECT raise(ABORT, 'decisions are never deleted'); END;

-- How far each file was read.
CREATE TABLE marks (
    path        BLOB PRIMARY KEY,
    device      INTEGER NOT NULL,
    inode       INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    mtime_ns    INTEGER NOT NULL,
    consumed    INTEGER NOT NULL,
    head        INTEGER NOT NULL,
    content     TEXT,
    records     INTEGER NOT NULL,
    bad         INTEGER NOT NULL,
    problem     TEXT,
    first_event INTEGER,
    last_event  INTEGER
) STRICT, WITHOUT ROWID;

-- When an actor (1), address (2) or user agent (3) was first seen; `value` is a hash.
CREATE TABLE seen (
    kind        INTEGER NOT NULL,
    value       BLOB NOT NULL,
    first       INTEGER NOT NULL,
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;

-- How many rows of each kind `seen` has.
CREATE TABLE seen_rows (
    kind        INTEGER PRIMARY KEY,
    rows        INTEGER NOT NULL
) STRICT;
