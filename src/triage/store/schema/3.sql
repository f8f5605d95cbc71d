-- The change time of a file when it was read, unknown for those read before; and bytes of content before `consumed`, where
-- any of it was packed. Files are looked up by the time they cover, and by their number where they have another name.
ALTER TABLE marks ADD COLUMN ctime_ns INTEGER;
ALTER TABLE marks ADD COLUMN unpacked INTEGER;
CREATE INDEX marks_by_time ON marks (first_event, last_event) WHERE first_event IS NOT NULL;
CREATE INDEX marks_by_inode ON marks (inode);

-- Whether an event that is remembered has several groups, or combinations of terms, and this is not the first of them.
-- `fold` holds the groups of an event with new terms, one behind the other.
ALTER TABLE hits ADD COLUMN further INTEGER NOT NULL DEFAULT 0;
