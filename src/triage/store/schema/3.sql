-- The change time of a file when it was read, unknown for those read before; and bytes of content before `consumed`, where
-- any of it was packed. Files are looked up by the time they cover, and by their number where they have another name.
ALTER TABLE marks ADD COLUMN ctime_ns INTEGER;
ALTER TABLE marks ADD COLUMN unpacked INTEGER;
CREATE INDEX marks_by_time ON marks (first_event, last_event) WHERE first_event IS NOT NULL;
CREATE INDEX marks_by_inode ON marks (inode);
