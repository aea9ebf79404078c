-- Secrets are kept as SHA-256 only; all times are microseconds since 1970-01-01T00:00Z.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'analyst', 'manager', 'admin')),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'analyst', 'manager', 'admin')),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tickets (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('signin', 'live')),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'analyst', 'manager', 'admin')),
    name TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tickets_by_end ON tickets (expires_at);

CREATE TABLE imports (
    id TEXT PRIMARY KEY,
    dataset TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    progress TEXT NOT NULL
) STRICT;
CREATE INDEX imports_by_state ON imports (state);
