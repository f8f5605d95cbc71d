-- Rules that an analyst has switched off, or on again, by id.
CREATE TABLE switches (
    rule        TEXT PRIMARY KEY,
    enabled     INTEGER NOT NULL,
    analyst     TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
