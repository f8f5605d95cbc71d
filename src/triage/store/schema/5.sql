-- How far shards of search clusters were read, written with the alerts of the same page. `number`: everything up to this
-- sequence number was read; `overlap`: stretches of numbers above it that were read, in JSON; `since`: events before this were not asked for;
-- `narrowed`: when the server last left out what no rule asks for.
CREATE TABLE cursors (
    cluster TEXT NOT NULL,
    uuid TEXT NOT NULL,
    shard INTEGER NOT NULL,
    "index" TEXT NOT NULL,
    number INTEGER NOT NULL,
    term INTEGER NOT NULL,
    overlap TEXT NOT NULL,
    documents INTEGER NOT NULL,
    first_event INTEGER,
    last_event INTEGER,
    since INTEGER,
    narrowed INTEGER,
    PRIMARY KEY (cluster, uuid, shard)
) WITHOUT ROWID;

-- What a team has decided together, as its log in the cluster holds it: a copy, in the log's order, from 1 without a gap.
-- `seq`: the decision that it is here; none while the alert is not known here.
CREATE TABLE shared_log (
    number INTEGER PRIMARY KEY,
    alert TEXT NOT NULL,
    at INTEGER NOT NULL,
    analyst TEXT NOT NULL,
    action TEXT NOT NULL,
    writer TEXT NOT NULL,
    hash BLOB NOT NULL,
    seq INTEGER
);
CREATE INDEX shared_log_by_seq ON shared_log (seq);
CREATE INDEX shared_log_by_alert ON shared_log (alert) WHERE seq IS NULL;

-- Which log that is: one row. `prefix` begins the names of its indices, `log` is the name that only this log has and is
-- written to by. `offered`: decisions up to this one, made here before they were shared, were put to the team.
CREATE TABLE shared (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    cluster TEXT NOT NULL,
    prefix TEXT NOT NULL,
    log TEXT NOT NULL,
    offered INTEGER NOT NULL
);
