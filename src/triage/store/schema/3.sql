-- The change time of a file when it was read, unknown for those read before; and bytes of content before `consumed`, where
-- any of it was packed. Files are looked up by the time they cover, and by their number where they have another name.
ALTER TABLE marks ADD COLUMN ctime_ns INTEGER;
ALTER TABLE marks ADD COLUMN unpacked INTEGER;
CREATE INDEX marks_by_time ON marks (first_event, last_event) WHERE first_event IS NOT NULL;
CREATE INDEX marks_by_inode ON marks (inode);

-- Whether an event that is remembered has several groups, or combinations of terms, and this is not the first of them.
-- `fold` holds the groups of an event with new terms, one behind the other.
ALTER TABLE hits ADD COLUMN further INTEGER NOT NULL DEFAULT 0;

-- Alerts recorded under ids made of the event's id alone, as schema 1 and 2 did, by the ids that they have now.
CREATE TABLE aliases (
    id          TEXT PRIMARY KEY,
    alert       TEXT NOT NULL REFERENCES alerts (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_by_alert ON aliases (alert);

-- The audit chain over everything that is evidence or was decided: what it is about, a hash of that, the analyst where one
-- did it, the kernel's user id of who wrote it, and a hash that chains each row to the one before.
CREATE TABLE links (
    seq         INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    content     BLOB NOT NULL,
    analyst     TEXT,
    uid         INTEGER,
    hash        BLOB NOT NULL
) STRICT;

-- Where it ends, to notice rows missing at its end.
CREATE TABLE links_end (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    seq         INTEGER NOT NULL,
    hash        BLOB NOT NULL
) STRICT;
INSERT INTO links_end VALUES (1, 0, zeroblob(32));

CREATE TRIGGER links_are_appended BEFORE INSERT ON links
WHEN new.seq IS NOT (SELECT seq + 1 FROM links_end)
BEGIN SELECT raise(ABORT, 'links are appended in order'); END;
CREATE TRIGGER links_are_not_edited BEFORE UPDATE ON links
BEGIN SELECT raise(ABORT, 'links are never edited'); END;
CREATE TRIGGER links_are_not_deleted BEFORE DELETE ON links
BEGIN SELECT raise(ABORT, 'links are never deleted'); END;

-- What the record of an alert lay in, where it did not stand in its file by itself.
ALTER TABLE bodies ADD COLUMN envelope TEXT;

-- When a rule last ran, in seconds of the clock on the wall, and for how many seconds after that what it remembers is kept.
ALTER TABLE rules ADD COLUMN used INTEGER;
ALTER TABLE rules ADD COLUMN keep INTEGER NOT NULL DEFAULT 2678400;

-- Alerts that were moved to an archive, by every id that they had: their events may be delivered again.
CREATE TABLE archived (
    id          TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- A decision leaves only where the chain says that it is in an archive.
CREATE INDEX links_of_archived_decisions ON links (subject) WHERE kind = 'archived decision';
DROP TRIGGER decisions_are_not_deleted;
CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
WHEN NOT EXISTS (SELECT 1 FROM links WHERE kind = 'archived decision' AND subject = CAST(old.seq AS TEXT))
BEGIN SELECT raise(ABORT, 'decisions are never deleted'); END;
