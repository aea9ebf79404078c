-- Who was erased is known by keyed digests only. record_key and traces are there until no other
-- file holds anything of the record, then they go. All times are microseconds since 1970.
CREATE TABLE erasure_secret (
    secret BLOB NOT NULL
) STRICT;

CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    dataset TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    record_key TEXT,
    traces TEXT,
    created_at INTEGER NOT NULL,
    certificate TEXT
) STRICT;
CREATE INDEX erasures_by_time ON erasures (created_at);

CREATE TABLE suppressions (
    id TEXT NOT NULL,
    dataset TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id, kind, digest)
) STRICT;
