-- What an alert says beyond its own event, as JSON; and whether another event has turned out to be the first.
ALTER TABLE alerts ADD COLUMN aggregate TEXT;
ALTER TABLE alerts ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
ALTER TABLE alerts ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;

-- The rules that run on this state, by the hash of what they ask for, and whether all that was read was put to them.
CREATE TABLE rules (
    number      INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    whole       INTEGER NOT NULL
) STRICT;

-- The events that rules which look at more than one event remember. `key` and `fold` are hashes of values; `different`
-- holds hashes of values with the place of their field.
CREATE TABLE hits (
    rule        INTEGER NOT NULL REFERENCES rules (number) ON DELETE CASCADE,
    key         BLOB NOT NULL,
    time        INTEGER NOT NULL,
    event       TEXT NOT NULL,
    until       INTEGER NOT NULL,
    fold        BLOB,
    different   BLOB NOT NULL,
    raw         TEXT NOT NULL,
    path        BLOB NOT NULL,
    offset      INTEGER NOT NULL,
    PRIMARY KEY (rule, key, time, event)
) STRICT;
CREATE INDEX hits_by_event ON hits (rule, event);

-- Rules that an analyst has switched off, or on again, by id.
CREATE TABLE switches (
    rule        TEXT PRIMARY KEY,
    enabled     INTEGER NOT NULL,
    analyst     TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
