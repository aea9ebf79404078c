-- Change streams to follow, each with what it left out last. Settings may hold a password: they
-- are kept as given, in a file that only its owner may read, and are never shown whole.
CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
    created_at INTEGER NOT NULL,
    definition TEXT NOT NULL
) STRICT;

CREATE TABLE source_faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    fault TEXT NOT NULL
) STRICT;
CREATE INDEX source_faults_by_source ON source_faults (source, number);
