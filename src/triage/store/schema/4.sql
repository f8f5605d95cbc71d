-- How much an alert matters: its priority, the findings that make it, by name, what ties it to others, in JSON, and whether
-- the log around it has been searched. Nothing for those recorded before. The incident it belongs to.
--
-- None of this is evidence or decided: it can be worked out again, and the audit chain does not cover it.
ALTER TABLE alerts ADD COLUMN priority INTEGER;
ALTER TABLE alerts ADD COLUMN findings TEXT;
ALTER TABLE alerts ADD COLUMN trace TEXT;
ALTER TABLE alerts ADD COLUMN refined INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN incident TEXT;
CREATE INDEX alerts_by_refined ON alerts (refined, priority);
